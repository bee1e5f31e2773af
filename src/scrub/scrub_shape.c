/* SPDX-License-Identifier: Apache-2.0
 *
 * From tracks to boxes: what goes together, how far each box reaches, and what
 * becomes of kept text that a box cuts. */
#include "scrub/scrub_priv.h"

#include <string.h>

/* What was read no better says nothing. */
#define SAYS_NOTHING 0.75F
/* What stays and was read so well is what it was read as. */
#define KNOWN 0.85F

#define EXPLICIT_BIG_ENDIAN "1.2.840.10008.1.2.2"

/* ---- cells ---- */

static uint32_t common_multiple(uint32_t a, uint32_t b)
{
    uint32_t m = a;

    while (m % b)
        m += a;
    return m;
}

/* What is whole cells in every frame, which may be coded in different ways. A
 * stream that cannot be edited is re-encoded, which is exact. */
static dsc_status stream_cells(dsc_instance *inst, dsc_cells *c, dsc_error *err)
{
    dsc_buf buf = {0};
    dsc_status st = DSC_OK;
    bool exact = false;

    for (uint32_t f = 0; !st && !exact && f < inst->frames; f++) {
        uint32_t w = 1, h = 1;
        st = dsc_instance_frame(inst, f, &buf, NULL, err);
        if (!st &&
            !inst->codec->cell(&w, &h, dsc_bytes_of(&buf), &inst->fmt, NULL)) {
            c->w = common_multiple(c->w, w);
            c->h = common_multiple(c->h, h);
            exact = w == 1 && h == 1; /* so is every frame of this codec */
        }
    }
    dsc_buf_free(&buf);
    return st;
}

/* Which cells go whole in any frame; all where one cannot be looked at. */
static dsc_status stream_parts(dsc_instance *inst, dsc_cells *c, dsc_error *err)
{
    dsc_buf buf = {0};
    dsc_status st = DSC_OK;

    c->whole = dsc_calloc(dsc_cells_across(c), dsc_cells_down(c));
    if (!c->whole)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (uint32_t f = 0; !st && f < inst->frames; f++) {
        st = dsc_instance_frame(inst, f, &buf, NULL, err);
        if (!st && inst->codec->parts(c, dsc_bytes_of(&buf), &inst->fmt, NULL))
            memset(c->whole, 1, dsc_cells_across(c) * dsc_cells_down(c));
    }
    dsc_buf_free(&buf);
    return st;
}

dsc_status dsc_plan_cells(dsc_instance *inst, bool parts, const dsc_cells **out,
                          dsc_error *err)
{
    bool edits = dsc_instance_edits_streams(inst);
    dsc_cells c = {
        .w = 1, .h = 1, .columns = inst->fmt.columns, .rows = inst->fmt.rows};
    dsc_status st = DSC_OK;

    *out = &inst->cells;
    if (inst->cells.w && (!parts || inst->cells.whole))
        return DSC_OK;
    if (edits) {
        st = stream_cells(inst, &c, err);
    } else if (inst->fmt.layout == DSC_YBR422 ||
               (inst->fmt.bits_allocated == 8 &&
                !strcmp(dsc_dicom_transfer_syntax(inst->ds),
                        EXPLICIT_BIG_ENDIAN))) {
        /* Pairs of pixels share their chroma, or a 16-bit word whose bytes a
         * reader may fail to swap: whole pairs are right for every reader. */
        c.w = 2;
    }
    if (!st && parts && edits && inst->codec->parts && c.w * c.h > 1)
        st = stream_parts(inst, &c, err);
    if (st)
        dsc_free(c.whole);
    else
        inst->cells = c;
    return st;
}

/* ---- text ---- */

dsc_rect dsc_region_box(const dsc_region *r)
{
    return (dsc_rect){r->x, r->y, r->w, r->h};
}

static void set_box(dsc_region *r, dsc_rect box)
{
    r->x = box.x;
    r->y = box.y;
    r->w = box.w;
    r->h = box.h;
}

/* The ink of a word's box, which is a pixel wider. */
static dsc_rect without_edge(dsc_rect box)
{
    dsc_rect r = dsc_rect_grow(box, -1, -1);

    return dsc_rect_empty(r) ? box : r;
}

static dsc_rect ink_of(const dsc_region *kept)
{
    return without_edge(dsc_region_box(kept));
}

bool dsc_regions_meet(const dsc_region *a, const dsc_region *b)
{
    return a->overlay == b->overlay && a->first_frame <= b->last_frame &&
           b->first_frame <= a->last_frame;
}

static const char *source_of(const dsc_span *span)
{
    return span->was_read ? "ocr" : "detector";
}

static dsc_region region_for(const dsc_track *t, const dsc_span *span,
                             uint16_t overlay)
{
    dsc_region r = dsc_region_of(span->box, t->first, t->last);

    r.source = source_of(span);
    r.cls = span->decision.blank ? dsc_class_report_name(span->decision.cls)
                                 : dsc_class_name(span->decision.cls);
    r.rule = span->decision.rule;
    r.doubtful = span->decision.doubtful;
    r.reason = span->decision.reason;
    r.confidence = span->decision.confidence;
    r.overlay = overlay;
    return r;
}

/* The class that says most about a line of several words. */
static dsc_decision strongest(const dsc_track *t)
{
    static const int rank[] = {
        [DSC_CLASS_NAME] = 12,       [DSC_CLASS_ID] = 11,
        [DSC_CLASS_BIRTH] = 10,      [DSC_CLASS_PERSON] = 9,
        [DSC_CLASS_CONTACT] = 8,     [DSC_CLASS_DATE] = 7,
        [DSC_CLASS_TIME] = 6,        [DSC_CLASS_INSTITUTION] = 5,
        [DSC_CLASS_DEVICE] = 4,      [DSC_CLASS_AGE] = 3,
        [DSC_CLASS_MEASUREMENT] = 2, [DSC_CLASS_LABEL] = 1,
        [DSC_CLASS_UNIT] = 1,        [DSC_CLASS_SCALE] = 1,
        [DSC_CLASS_LATERALITY] = 1,  [DSC_CLASS_VENDOR] = 1,
        [DSC_CLASS_UNKNOWN] = 0,
    };
    dsc_decision best = t->spans[0].decision;

    for (size_t i = 1; i < t->span_count; i++)
        if (rank[t->spans[i].decision.cls] > rank[best.cls])
            best = t->spans[i].decision;
    return best;
}

/* Pull the sides of `wish` back out of kept ink, but never into `core`, which
 * has to go. Of the two sides that a corner could be left by, the one that
 * costs less. */
static dsc_rect yield_to(dsc_rect wish, dsc_rect core, dsc_rect ink)
{
    int32_t x1 = wish.x + wish.w, y1 = wish.y + wish.h;
    int32_t left = core.x >= ink.x + ink.w ? ink.x + ink.w - wish.x : INT32_MAX;
    int32_t right = ink.x >= core.x + core.w ? x1 - ink.x : INT32_MAX;
    int32_t up = core.y >= ink.y + ink.h ? ink.y + ink.h - wish.y : INT32_MAX;
    int32_t down = ink.y >= core.y + core.h ? y1 - ink.y : INT32_MAX;
    int32_t across = left < right ? left : right;
    int32_t along = up < down ? up : down;

    if (dsc_rect_empty(dsc_rect_intersect(wish, ink)))
        return wish;
    if (across <= along && across != INT32_MAX) {
        wish.x += left <= right ? left : 0;
        wish.w -= across;
    } else if (along != INT32_MAX) {
        wish.y += up <= down ? up : 0;
        wish.h -= along;
    }
    return wish; /* unchanged: the core itself lies on kept ink */
}

/* What is planned. */
typedef struct shape {
    uint16_t overlay;
    const dsc_cells *cells; /* or NULL */
    dsc_region_list *regions, *kept;
} shape;

/* Words of one track that go together. */
typedef struct run {
    dsc_span span; /* the first, and the box of all */
    size_t count;
    float read;     /* of the word that was read best; 1: one has a class */
    dsc_rect words; /* of a line that goes whole: without the finder's box */
} run;

static void join_run(run *r, const dsc_span *span)
{
    /* a class says something, however it was read */
    float read = span->decision.cls == DSC_CLASS_UNKNOWN ? span->read : 1;

    if (!r->count++)
        *r = (run){.span = *span, .count = 1, .read = read};
    r->span.box = dsc_rect_union(r->span.box, span->box);
    r->span.halo = dsc_rect_union(r->span.halo, span->halo);
    r->read = read > r->read ? read : r->read;
}

/* Kept text in a box that is no line as high as it, and in which nothing could
 * be read: tissue, marks of a scale, several lines taken for one. It is left
 * out of the box, if it stays for a reason and not for want of one. */
static bool stands_apart(const run *r, const dsc_region *kept)
{
    dsc_rect box = r->span.box, ink = ink_of(kept);

    return r->read < SAYS_NOTHING && !kept->doubtful &&
           strcmp(kept->rule ? kept->rule : "none", "none") != 0 &&
           ink.h * 2 <= box.h && !dsc_rect_empty(dsc_rect_intersect(box, ink));
}

/* A rule or a bar: ink that stays and is no text. */
static bool is_no_text(const dsc_region *kept)
{
    return kept->source && !strcmp(kept->source, "detector");
}

/* Kept text that only the finder's box reaches along the line: it was read by
 * itself, and none of the words of this line is near it. */
static bool is_beyond(const run *r, const dsc_region *kept)
{
    dsc_rect near = dsc_rect_grow(r->words, r->words.h / 2, 0);
    dsc_rect ink = ink_of(kept);
    int32_t middle = ink.y + ink.h / 2;

    return !dsc_rect_empty(r->words) && !kept->doubtful && !is_no_text(kept) &&
           kept->confidence >= KNOWN && middle >= r->words.y &&
           middle < r->words.y + r->words.h &&
           dsc_rect_empty(dsc_rect_intersect(near, dsc_region_box(kept)));
}

/* The box with its halo, but not into kept text; nor where only the halo's
 * cells reach kept text. */
static dsc_rect wish_of(const dsc_region *r, const dsc_span *span,
                        const dsc_cells *c, const dsc_region_list *kept)
{
    dsc_rect wish = dsc_rect_union(span->box, span->halo);
    dsc_rect core = span->was_read ? without_edge(span->box) : span->box;

    for (size_t i = 0; i < kept->count; i++)
        if (dsc_regions_meet(r, &kept->items[i]))
            wish = yield_to(wish, core, ink_of(&kept->items[i]));
    for (size_t i = 0; c && i < kept->count; i++) {
        dsc_rect ink = ink_of(&kept->items[i]);
        if (dsc_regions_meet(r, &kept->items[i]) &&
            !dsc_rect_empty(
                dsc_rect_intersect(dsc_rect_to_parts(wish, c), ink)) &&
            dsc_rect_empty(
                dsc_rect_intersect(dsc_rect_to_parts(span->box, c), ink)))
            return span->box;
    }
    return wish;
}

static dsc_status add_run(const dsc_track *t, const run *words, const shape *to,
                          dsc_error *err)
{
    const dsc_region_list *kept = to->kept;
    dsc_region r = region_for(t, &words->span, to->overlay);
    dsc_rect wish = wish_of(&r, &words->span, to->cells, kept);
    dsc_rects parts = {0};
    dsc_status st;

    st = dsc_rects_add(&parts, wish, err);
    for (size_t i = 0; !st && i < kept->count; i++)
        if (dsc_regions_meet(&r, &kept->items[i]) &&
            ((!t->is_news && stands_apart(words, &kept->items[i])) ||
             is_beyond(words, &kept->items[i])))
            st = dsc_rects_cut(&parts, dsc_region_box(&kept->items[i]), err);
    for (size_t i = 0; !st && i < parts.count; i++) {
        set_box(&r, parts.items[i]);
        st = dsc_region_add(to->regions, &r, err);
    }
    dsc_rects_free(&parts);
    return st;
}

/* Words that go and stand side by side go as one box, so that the gaps do not
 * tell how long the words were. A line that goes whole goes with the
 * detector's box, which covers ink that the words' boxes may miss. */
static dsc_status plan_track(const dsc_track *t, const shape *to,
                             dsc_error *err)
{
    run words = {.count = 0};
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < t->span_count; i++) {
        if (t->spans[i].decision.blank && !t->spans[i].settled) {
            join_run(&words, &t->spans[i]);
            continue;
        }
        if (words.count)
            st = add_run(t, &words, to, err);
        words.count = 0;
    }
    if (!st && words.count && words.count == t->span_count) {
        words.words = words.span.box;
        words.span.box = dsc_rect_union(words.span.box, t->box);
        words.span.decision = strongest(t);
    }
    if (!st && words.count)
        st = add_run(t, &words, to, err);
    return st;
}

dsc_status dsc_plan_tracks(const dsc_tracks *tracks, uint16_t overlay,
                           const dsc_cells *cells, dsc_region_list *regions,
                           dsc_region_list *kept, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; i < tracks->count; i++) {
        const dsc_track *t = &tracks->items[i];
        for (size_t k = 0; !st && k < t->span_count; k++) {
            dsc_region r = region_for(t, &t->spans[k], overlay);
            if (!t->spans[k].decision.blank)
                st = dsc_region_add(kept, &r, err);
        }
    }
    for (size_t i = 0; !st && i < tracks->count; i++)
        st = plan_track(&tracks->items[i],
                        &(shape){overlay, cells, regions, kept}, err);
    return st;
}

/* ---- text that boxes cut ---- */

static void to_cells(const dsc_cells *c, dsc_region *r)
{
    if (!r->overlay)
        set_box(r, dsc_rect_to_parts(dsc_region_box(r), c));
}

/* What is left of kept text `k` on the frames that `cut` does not have. */
static dsc_status keep_rest(dsc_region_list *kept, size_t k,
                            const dsc_region *cut, dsc_error *err)
{
    dsc_region before = kept->items[k], after = kept->items[k];
    dsc_status st = DSC_OK;

    if (before.first_frame < cut->first_frame) {
        before.last_frame = cut->first_frame - 1;
        st = dsc_region_add(kept, &before, err);
    }
    if (!st && after.last_frame > cut->last_frame) {
        after.first_frame = cut->last_frame + 1;
        st = dsc_region_add(kept, &after, err);
    }
    return st;
}

/* Half a number may be read as another: text that loses ink goes whole. What
 * lies inside the box is gone already, and of a rule or a bar no more need go.
 * Nothing of it has to be hidden: where whole cells go, its ink is enough. */
static dsc_status cut(const dsc_cells *c, const dsc_region *by, size_t k,
                      dsc_region_list *regions, dsc_region_list *kept,
                      dsc_error *err)
{
    dsc_region lost = kept->items[k], box = *by;
    dsc_rect ink = ink_of(&lost);
    dsc_rect common = dsc_rect_intersect(ink, dsc_region_box(&box));
    dsc_status st = keep_rest(kept, k, &box, err);

    kept->items[k].w = 0; /* taken out at the end */
    if (st || dsc_rect_area(common) == dsc_rect_area(ink) || is_no_text(&lost))
        return st;
    if (lost.first_frame < box.first_frame)
        lost.first_frame = box.first_frame;
    if (lost.last_frame > box.last_frame)
        lost.last_frame = box.last_frame;
    lost.cls = dsc_class_name(DSC_CLASS_UNKNOWN);
    lost.rule = "cut";
    lost.reason = "would be cut by the box beside it";
    if (!lost.overlay && c->w > 1 && c->h > 1)
        set_box(&lost, ink);
    to_cells(c, &lost);
    return dsc_region_add(regions, &lost, err);
}

dsc_status dsc_plan_settle(dsc_instance *inst, dsc_region_list *regions,
                           dsc_region_list *kept, dsc_error *err)
{
    const dsc_cells *c;
    size_t left = 0;
    dsc_status st = DSC_OK;

    if (!regions->count)
        return DSC_OK;
    st = dsc_plan_cells(inst, false, &c, err);
    for (size_t i = 0; !st && i < regions->count; i++)
        to_cells(c, &regions->items[i]);
    for (size_t i = 0; !st && i < regions->count; i++)
        for (size_t k = 0; !st && k < kept->count; k++) {
            const dsc_region *r = &regions->items[i], *t = &kept->items[k];
            if (t->w && dsc_regions_meet(r, t) &&
                !dsc_rect_empty(
                    dsc_rect_intersect(dsc_region_box(r), ink_of(t))))
                st = cut(c, r, k, regions, kept, err);
        }
    for (size_t k = 0; k < kept->count; k++)
        if (kept->items[k].w)
            kept->items[left++] = kept->items[k];
    kept->count = left;
    return st;
}
