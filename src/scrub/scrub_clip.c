/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 2, plan: all text on all frames, as tracks (a line and the frames that
 * show it).
 *
 * The first frame is searched whole. After that a frame is compared, tile by
 * tile, with what was searched there last, so that a text which comes up slowly
 * is a change at some frame. Lines on tiles that did not change live on; the
 * changed parts are searched again, and lines that are found there are read
 * again, but for those that go anyway and whose ink is the same. */
#include "scrub/scrub_priv.h"

#include <string.h>

/* A line that is found again after at most so many frames was there between. */
#define GAP 8u
/* In a clip, a proposal that was not seen on a second frame is speckle if it is
 * doubted, or if its score is below this and it could not be read. */
#define SPECKLE_SCORE 0.6f
#define CLIP_FRAMES   3u
/* Letters that only later views show are lower. */
#define HUGE_PX 64

/* A line that was read, and what came of it. */
typedef struct sight {
    dsc_rect box;
    size_t view; /* in which it was found */
    bool dark;
    uint32_t last;       /* frame on which it was there */
    size_t first, count; /* of its tracks, among those of its frame */
    size_t *tracks;      /* then in all; NULL until they are there */
    uint8_t *px;         /* the box in all views, one after the other */
    size_t bytes;
} sight;

typedef struct clip {
    dsc_scrubber *s;
    dsc_instance *inst;
    const dsc_text_search *how;
    dsc_buf boxed;
    dsc_tracks *tracks;
    dsc_tracks found; /* on the current frame's changed parts */
    size_t *joined;   /* the tracks that these became */
    size_t joined_cap;
    sight *sights;
    size_t sight_count, sight_cap;
    dsc_starts starts; /* of the lines that go */
    dsc_views now;
    dsc_changes changes;
    dsc_rects bars;   /* of colours, which `now` does not show */
    dsc_rects panels; /* which it shows as ground */
    dsc_rects ink;    /* in other bars */
    dsc_views whole;  /* which shows them, where there are any */
    dsc_frame frame;
    dsc_buf encoded[2];
    uint32_t at;  /* the current frame */
    size_t view;  /* of it that is searched */
    size_t *live; /* tracks that may go on */
    size_t live_count, live_cap;
    bool have_previous;
} clip;

/* Do the views show less than the frame does? */
static bool is_changed(const clip *c)
{
    return c->bars.count || c->panels.count;
}

static dsc_plane plane_of(const dsc_view *view)
{
    return (dsc_plane){view->data, view->columns, view->rows, view->stride};
}

/* The tracks that this frame may show; of all that there were, few. */
static dsc_status list_live(clip *c, dsc_error *err)
{
    if (c->live_cap < c->tracks->count) {
        dsc_free(c->live);
        c->live_cap = 0;
        c->live = dsc_calloc(c->tracks->cap, sizeof *c->live);
        if (!c->live)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        c->live_cap = c->tracks->cap;
    }
    c->live_count = 0;
    for (size_t i = 0; i < c->tracks->count; i++)
        if (c->at - c->tracks->items[i].last <= GAP)
            c->live[c->live_count++] = i;
    return DSC_OK;
}

/* ---- what need not be read again ---- */

static bool all_blank(const dsc_track *t)
{
    for (size_t i = 0; i < t->span_count; i++)
        if (!t->spans[i].decision.blank)
            return false;
    return true;
}

/* What one frame alone shows, and nobody is sure of. */
static bool is_speckle(const dsc_track *t)
{
    return !t->extended && !t->is_code &&
           (t->doubted || (!t->was_read && t->score < SPECKLE_SCORE));
}

static void free_sight(sight *s)
{
    dsc_free(s->tracks);
    dsc_wipe_free(s->px, s->bytes);
}

static dsc_status take_pixels(const clip *c, sight *s, dsc_error *err)
{
    size_t at = 0;

    s->bytes = (size_t)dsc_rect_area(s->box) * c->now.count;
    s->px = dsc_alloc(s->bytes);
    if (!s->px)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (size_t v = 0; v < c->now.count; v++)
        for (int32_t y = 0; y < s->box.h; y++, at += (size_t)s->box.w)
            memcpy(s->px + at, dsc_view_row(&c->now.items[v], s->box, y),
                   (size_t)s->box.w);
    return DSC_OK;
}

/* A line was read; its tracks are those from `first` on of c->found. */
static dsc_status note_sight(void *ctx, const dsc_text_box *line, size_t first,
                             dsc_error *err)
{
    clip *c = ctx;
    sight s = {.box = dsc_rect_clip(line->box, c->inst->fmt.columns,
                                    c->inst->fmt.rows),
               .view = c->view,
               .dark = line->dark,
               .last = c->at,
               .first = first,
               .count = c->found.count - first};
    sight *items;
    dsc_status st;

    if (!s.count)
        return DSC_OK;
    items = dsc_room(c->sights, c->sight_count, &c->sight_cap, sizeof *items);
    if (!items)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    c->sights = items;
    st = take_pixels(c, &s, err);
    if (!st)
        c->sights[c->sight_count++] = s;
    return st;
}

/* The box in a view, as it was seen; NULL: the frame had no such view. */
static const uint8_t *pixels_in(const sight *s, size_t view)
{
    size_t n = (size_t)dsc_rect_area(s->box);

    return (view + 1) * n <= s->bytes ? s->px + view * n : NULL;
}

/* Only in the plan: in the proof, fills stand too, and what is beside them. */
static bool follows_ink(const clip *c)
{
    return !c->how->blank;
}

static dsc_status note_starts(clip *c, const sight *s, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t k = 0; !st && k < s->count; k++) {
        const dsc_track *t = &c->tracks->items[s->tracks[k]];
        if (t->first == c->at && all_blank(t))
            st = dsc_starts_add(&c->starts,
                                (dsc_start){.track = s->tracks[k],
                                            .box = s->box,
                                            .view = s->view,
                                            .dark = s->dark},
                                pixels_in(s, s->view), err);
    }
    return st;
}

/* The tracks have joined those of the clip: say which they are. */
static dsc_status settle_sights(clip *c, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < c->sight_count; i++) {
        sight *s = &c->sights[i];
        if (s->tracks)
            continue;
        s->tracks = dsc_calloc(s->count, sizeof *s->tracks);
        if (!s->tracks)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        memcpy(s->tracks, c->joined + s->first, s->count * sizeof *s->tracks);
        if (c->at && follows_ink(c))
            st = note_starts(c, s, err);
    }
    return st;
}

/* Those that were not found on the frame before are old. */
static void forget_sights(clip *c)
{
    size_t left = 0;

    for (size_t i = 0; i < c->sight_count; i++)
        if (c->sights[i].last + 1 < c->at)
            free_sight(&c->sights[i]);
        else
            c->sights[left++] = c->sights[i];
    c->sight_count = left;
}

static bool same_ink(const clip *c, const sight *s, const dsc_text_box *line)
{
    const uint8_t *old = pixels_in(s, c->view);

    return old && dsc_ink_same(&c->now.items[c->view], old, s->box, line);
}

/* Does all of it go? What stays is read again, for another reading may tell
 * that it must go. */
static bool is_settled(const clip *c, const sight *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const dsc_track *t = &c->tracks->items[s->tracks[i]];
        if (t->last + 1 < c->at || !all_blank(t))
            return false;
    }
    return true;
}

static void go_on(clip *c, sight *s)
{
    s->last = c->at;
    for (size_t k = 0; k < s->count; k++) {
        c->tracks->items[s->tracks[k]].last = c->at;
        c->tracks->items[s->tracks[k]].extended = true;
    }
}

static bool has_speckle(const clip *c, const sight *s)
{
    for (size_t k = 0; k < s->count; k++)
        if (is_speckle(&c->tracks->items[s->tracks[k]]))
            return true;
    return false;
}

/* Lines that go and that the finder did not see on this frame go on it as well
 * while they stand there. */
static void follow_ink(clip *c)
{
    for (size_t i = 0; i < c->sight_count; i++) {
        sight *s = &c->sights[i];
        const dsc_view *now = &c->now.items[s->view];
        if (s->last + 1 == c->at && is_settled(c, s) && !has_speckle(c, s) &&
            s->view < c->now.count &&
            dsc_ink_stands(now, pixels_in(s, s->view), s->box, s->dark))
            go_on(c, s);
    }
}

static bool lived_on(const clip *c, dsc_rect box)
{
    for (size_t i = 0; i < c->live_count; i++) {
        const dsc_track *t = &c->tracks->items[c->live[i]];
        if (!t->is_code && t->last == c->at && dsc_same_line(t->box, box))
            return true;
    }
    return false;
}

/* Does an earlier view show all that this one does there? As large as this it
 * is flow, or the frame around it: nobody writes so in a hue alone. */
static bool is_no_news(const clip *c, dsc_rect box)
{
    return c->view >= DSC_FIRST_VIEWS &&
           ((box.w >= HUGE_PX && box.h >= HUGE_PX) ||
            !dsc_views_has_news(&c->now, c->view, box));
}

static bool is_at_bar(const clip *c, dsc_rect box)
{
    dsc_rects_foreach (bar, &c->bars)
        if (!dsc_rect_empty(
                dsc_rect_intersect(dsc_rect_grow(box, box.h, box.h), *bar)))
            return true;
    return false;
}

/* A line that was found again: nothing changed there, or not its ink. */
static bool is_known(void *ctx, const dsc_text_box *line)
{
    clip *c = ctx;

    if (!dsc_changes_at(&c->changes, line->box) && lived_on(c, line->box))
        return true;
    if (is_no_news(c, line->box))
        return true;
    if (is_at_bar(c, line->box))
        return false; /* faint ink over it would not count as a change */
    for (size_t i = 0; i < c->sight_count; i++) {
        sight *s = &c->sights[i];
        if (!s->tracks || !dsc_same_line(s->box, line->box) ||
            !is_settled(c, s) || !same_ink(c, s, line))
            continue;
        go_on(c, s);
        return true;
    }
    return false;
}

/* No text was there on the frames before, or none that is certain, and it will
 * be read. */
static bool is_new(void *ctx, const dsc_text_box *line)
{
    clip *c = ctx;

    if (is_no_news(c, line->box))
        return false;
    for (size_t i = 0; i < c->live_count; i++) {
        const dsc_track *t = &c->tracks->items[c->live[i]];
        if (!t->doubted &&
            2 * dsc_rect_area(dsc_rect_intersect(t->box, line->box)) >
                dsc_rect_area(line->box))
            return false;
    }
    return true;
}

/* A still gets all that a thorough search can do. Many frames would take too
 * long. */
static dsc_detect_effort effort_of(const clip *c)
{
    bool still = c->inst->frames == 1;

    return still && c->how->effort == DSC_DETECT_THOROUGH ? DSC_DETECT_WIDE
                                                          : c->how->effort;
}

/* The part `within` of one view; NULL: all of it. */
static dsc_status search(clip *c, size_t view, const dsc_rect *within,
                         dsc_error *err)
{
    dsc_plane plane = plane_of(&c->now.items[view]);
    dsc_plane whole = plane_of(&c->whole.items[view]);
    dsc_line_search how = {.facts = dsc_instance_facts(c->inst),
                           .within = within,
                           .effort = effort_of(c),
                           .frame = c->at,
                           .looks = c->how->looks,
                           .views = &c->now,
                           .view = view,
                           .old = c->tracks,
                           .bars = &c->bars,
                           .panels = &c->panels,
                           .whole = is_changed(c) ? &whole : NULL,
                           .filled = c->how->blank ? c->boxed.data : NULL,
                           .is_new =
                               c->inst->frames < CLIP_FRAMES ? NULL : is_new,
                           .is_known = is_known,
                           .was_read = note_sight,
                           .still = c->inst->frames == 1,
                           .clip = c};

    c->view = view;
    return dsc_find_lines(c->s, &plane, &how, &c->found, err);
}

/* A part of all views, NULL: all of it; of later ones what is news. */
static dsc_status search_views(clip *c, const dsc_rect *within, dsc_error *err)
{
    dsc_rect all = {0, 0, INT32_MAX, INT32_MAX}, news;
    dsc_status st = DSC_OK;

    for (size_t v = 0; !st && v < c->now.count; v++) {
        if (v < DSC_FIRST_VIEWS) {
            st = search(c, v, within, err);
            continue;
        }
        news = dsc_views_news(&c->now, v, within ? *within : all);
        if (!dsc_rect_empty(news))
            st = search(c, v, &news, err);
    }
    return st;
}

/* ---- frame to frame ---- */

/* A changed part is searched together with every known line that it touches,
 * so that no line is searched in halves; faint ink with the line that it was
 * seen beside. */
static dsc_rect widen_to_lines(const clip *c, dsc_rect r)
{
    for (size_t i = 0; i < c->live_count; i++) {
        const dsc_track *t = &c->tracks->items[c->live[i]];
        if (t->last + 1 == c->at &&
            !dsc_rect_empty(dsc_rect_intersect(r, t->box)))
            r = dsc_rect_union(
                r, dsc_rect_grow(dsc_rect_union(t->box, t->beside), 4, 4));
    }
    return r;
}

/* Lines that nothing changed at live on; the others wait to be found again. */
static void carry_over(clip *c)
{
    for (size_t i = 0; i < c->live_count; i++) {
        dsc_track *t = &c->tracks->items[c->live[i]];
        if (t->last + 1 == c->at && !dsc_changes_at(&c->changes, t->box)) {
            t->last = c->at;
            t->extended = true;
        }
    }
    /* and may be told by their ink later */
    for (size_t i = 0; i < c->sight_count; i++) {
        sight *s = &c->sights[i];
        bool all = s->tracks && s->last + 1 == c->at;
        for (size_t k = 0; all && k < s->count; k++)
            all = c->tracks->items[s->tracks[k]].last == c->at;
        if (all)
            s->last = c->at;
    }
}

/* The same decisions word by word: then it does not matter that it was read
 * anew. */
static bool same_spans(const dsc_track *a, const dsc_track *b)
{
    if (a->span_count != b->span_count)
        return false;
    for (size_t i = 0; i < a->span_count; i++) {
        if (a->spans[i].decision.blank != b->spans[i].decision.blank ||
            !dsc_same_line(a->spans[i].box, b->spans[i].box))
            return false;
    }
    return true;
}

/* Does the line found on this frame go on with the track? After a gap only if
 * both go, for nobody looked at what the frames between show there. */
static bool continues(const dsc_track *t, const dsc_track *found,
                      uint32_t frame)
{
    if (t->last >= frame || !dsc_same_line(t->box, found->box))
        return false;
    if (all_blank(t) && all_blank(found))
        return true;
    return t->last + 1 == frame && same_spans(t, found);
}

/* The same as before, and no word is doubted now. */
static bool same_words(const dsc_words *a, const dsc_words *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i].utf8, b->items[i].utf8) != 0 ||
            (b->items[i].utf8[0] && b->items[i].confidence <= 0))
            return false;
    return true;
}

/* Join a line found on this frame with the track that it continues, or add it.
 */
static dsc_status join(clip *c, dsc_track *found, size_t *track, dsc_error *err)
{
    for (size_t i = 0; i < c->live_count; i++) {
        dsc_track *t = &c->tracks->items[c->live[i]];
        *track = c->live[i];
        if (t->is_code && found->is_code && t->last == c->at &&
            dsc_same_line(t->box, found->box))
            return DSC_OK; /* lived on */
        if (!continues(t, found, c->at))
            continue;
        t->box = dsc_rect_union(t->box, found->box);
        for (size_t k = 0; k < found->span_count; k++) {
            size_t last = t->span_count - 1; /* all of more words go with it */
            dsc_span *old = &t->spans[k < last ? k : last];
            const dsc_span *now = &found->spans[k];
            old->box = dsc_rect_union(old->box, now->box);
            old->halo = dsc_rect_union(old->halo, now->halo);
            if (now->decision.blank && old->decision.cls == DSC_CLASS_UNKNOWN)
                old->decision = now->decision;
        }
        t->loose |= found->loose || !same_words(&t->words, &found->words);
        t->last = c->at;
        t->doubted &= found->doubted;
        t->extended |= !t->doubted;
        t->was_read |= found->was_read;
        if (found->score > t->score)
            t->score = found->score;
        return DSC_OK;
    }
    *track = c->tracks->count;
    return dsc_track_add(c->tracks, found, err);
}

static dsc_status join_all(clip *c, dsc_error *err)
{
    bool safe = dsc_policy_is_safe(c->s->policy);
    dsc_status st = DSC_OK;

    for (size_t i = 0; safe && !st && i < c->found.count; i++)
        st = dsc_words_see_tint(c->s, &c->now, &c->found.items[i], err);
    if (!st && c->joined_cap < c->found.count) {
        dsc_free(c->joined);
        c->joined_cap = 0;
        c->joined = dsc_calloc(c->found.cap, sizeof *c->joined);
        if (!c->joined)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        c->joined_cap = c->found.cap;
    }
    for (size_t i = 0; !st && i < c->found.count; i++)
        st = join(c, &c->found.items[i], &c->joined[i], err);
    if (!st)
        st = settle_sights(c, err);
    dsc_tracks_free(&c->found);
    return st;
}

/* Whatever is found later: what was read may stay after all, or be dropped. */
static bool goes_already(const clip *c, dsc_rect box)
{
    for (size_t i = 0; i < c->live_count; i++) {
        const dsc_track *t = &c->tracks->items[c->live[i]];
        if (t->last == c->at && all_blank(t) && !t->was_read && !t->doubted &&
            dsc_rect_within(box, t->box))
            return true;
    }
    return false;
}

/* What is no line of text by itself, on this frame. */
static dsc_status add_found(clip *c, dsc_rect box, bool is_bar,
                            dsc_decision decision, dsc_error *err)
{
    dsc_track t = {.box = box,
                   .first = c->at,
                   .last = c->at,
                   .score = 1,
                   .is_bar = is_bar,
                   .is_bar_ink = !is_bar,
                   .spans = dsc_calloc(1, sizeof *t.spans),
                   .span_count = 1};
    dsc_status st;

    if (!t.spans)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    t.spans[0] = (dsc_span){.box = box, .halo = box, .decision = decision};
    st = dsc_track_add(&c->found, &t, err);
    dsc_free(t.spans);
    return st;
}

/* Bars of this frame, but for those that lived on, and ink in those that have
 * some. */
static dsc_status add_bars(clip *c, dsc_error *err)
{
    const dsc_decision bar = {.cls = DSC_CLASS_LABEL,
                              .confidence = 1,
                              .rule = DSC_RULE_BAR,
                              .reason = "a scale of colours"};
    const dsc_decision other = {.blank = true,
                                .confidence = 1,
                                .rule = "bar-ink",
                                .reason = "ink in a bar of colours"};
    dsc_status st = DSC_OK;

    dsc_rects_foreach (r, &c->bars)
        if (!st && !lived_on(c, *r))
            st = add_found(c, *r, true, bar, err);
    dsc_rects_foreach (r, &c->ink)
        if (!st && !goes_already(c, *r))
            st = add_found(c, *r, false, other, err);
    return st;
}

static dsc_status search_changes(clip *c, dsc_error *err)
{
    dsc_rect image = {0, 0, (int32_t)c->now.items[0].columns,
                      (int32_t)c->now.items[0].rows};
    dsc_rect part;
    dsc_status st = DSC_OK;

    while (!st && dsc_changes_next(&c->changes, &part)) {
        part = dsc_rect_intersect(widen_to_lines(c, part), image);
        st = search_views(c, &part, err);
    }
    return st;
}

static dsc_status next_frame(clip *c, dsc_error *err)
{
    bool changed = dsc_changes_find(&c->changes, c->s->blit, &c->now, &c->bars);
    dsc_status st;

    carry_over(c);
    forget_sights(c);
    if (!changed && !c->ink.count)
        return DSC_OK;
    st = search_changes(c, err);
    if (!st)
        st = add_bars(c, err);
    if (!st)
        st = join_all(c, err);
    if (!st && follows_ink(c))
        follow_ink(c);
    dsc_changes_take(&c->changes, &c->now);
    return st;
}

static dsc_status first_frame(clip *c, dsc_error *err)
{
    dsc_plane plane =
        plane_of(is_changed(c) ? &c->whole.items[0] : &c->now.items[0]);
    dsc_status st = search_views(c, NULL, err);

    if (!st)
        st = add_bars(c, err);
    if (!st)
        st = join_all(c, err);
    dsc_page_measure(&c->tracks->page, &plane, c->tracks);
    dsc_changes_take(&c->changes, &c->now);
    c->have_previous = true;
    return st;
}

/* A frame's views, as they are searched. */
static dsc_status show_frame(clip *c, uint32_t f, const dsc_buf *bytes,
                             dsc_error *err)
{
    bool safe = dsc_policy_is_safe(c->s->policy), any = false;
    const uint8_t *boxed = NULL;
    dsc_status st =
        dsc_instance_look(c->inst, f, dsc_bytes_of(bytes), &c->frame, err);

    if (!st)
        st = dsc_views_render(&c->now, c->s->blit, c->inst, &c->frame, err);
    if (!st && c->how->blank)
        st = dsc_mark_boxes(&c->now, c->how->blank, f, &c->boxed, &any, err);
    boxed = any ? c->boxed.data : NULL;
    if (!st && safe)
        st = dsc_take_bars(&c->now, c->how->kept, f, &c->bars, err);
    if (!st && safe)
        st = dsc_level_panels(&c->now, boxed, &c->panels, err);
    if (!st && is_changed(c))
        st = dsc_views_render(&c->whole, c->s->blit, c->inst, &c->frame, err);
    if (!st && boxed && is_changed(c))
        dsc_fill_boxes(&c->whole, boxed);
    if (!st && boxed)
        dsc_fill_boxes(&c->now, boxed);
    return st;
}

static dsc_status one_frame(clip *c, uint32_t f, dsc_error *err)
{
    dsc_buf *bytes = &c->encoded[f % 2], *old = &c->encoded[(f + 1) % 2];
    dsc_status st = dsc_instance_frame(c->inst, f, bytes, NULL, err);

    c->at = f;
    if (!st)
        st = list_live(c, err);
    if (st)
        return st;
    if (c->have_previous && bytes->len == old->len &&
        !memcmp(bytes->data, old->data, bytes->len)) {
        dsc_changes_none(&c->changes);
        carry_over(c); /* the same frame again */
        return DSC_OK;
    }
    st = show_frame(c, f, bytes, err);
    if (!st && c->s->find & DSC_FIND_DETECTOR)
        st = dsc_find_bar_ink(&c->now, c->how->blank ? c->boxed.data : NULL,
                              &c->ink, err);
    if (st)
        return st;
    return c->have_previous ? next_frame(c, err) : first_frame(c, err);
}

static void drop_speckle(dsc_tracks *tracks, uint32_t frames)
{
    size_t kept = 0;

    if (frames < CLIP_FRAMES)
        return;
    for (size_t i = 0; i < tracks->count; i++) {
        dsc_track *t = &tracks->items[i];
        if (is_speckle(t))
            dsc_track_free(t);
        else
            tracks->items[kept++] = *t;
    }
    tracks->count = kept;
}

/* What goes for most of a clip goes on the frames before the first and after
 * the last find as well: a gap there has a find on one side only. */
static void reach_ends(dsc_tracks *tracks, uint32_t frames)
{
    for (size_t i = 0; i < tracks->count; i++) {
        dsc_track *t = &tracks->items[i];
        uint32_t most = (t->last - t->first + 1) / 2;

        if (!t->extended || !all_blank(t))
            continue;
        most = most < GAP ? most : GAP;
        if (t->first <= most)
            t->first = 0;
        if (frames - 1 - t->last <= most)
            t->last = frames - 1;
    }
}

/* Back from the frames on which lines that go were found, to where they do not
 * stand. */
static dsc_status trace_back(clip *c, dsc_error *err)
{
    dsc_buf *bytes = &c->encoded[0];
    dsc_status st = DSC_OK;

    for (uint32_t f = c->inst->frames; !st && f-- > 1;) {
        bool shown = false;
        for (size_t i = 0; !st && i < c->starts.count; i++) {
            const dsc_start *s = &c->starts.items[i];
            dsc_track *t = &c->tracks->items[s->track];
            if (t->first != f || is_speckle(t) || !all_blank(t))
                continue;
            if (!shown) {
                st = dsc_instance_frame(c->inst, f - 1, bytes, NULL, err);
                if (!st)
                    st = show_frame(c, f - 1, bytes, err);
                shown = true;
            }
            if (st || s->view >= c->now.count ||
                !dsc_ink_stands(&c->now.items[s->view], s->px, s->box, s->dark))
                continue;
            t->first = f - 1;
            t->extended = true;
        }
    }
    return st;
}

dsc_status dsc_find_text(dsc_scrubber *s, dsc_instance *inst,
                         const dsc_text_search *how, dsc_tracks *tracks,
                         dsc_error *err)
{
    clip c = {.s = s, .inst = inst, .how = how, .tracks = tracks};
    dsc_status st =
        dsc_changes_make(&c.changes, inst->fmt.columns, inst->fmt.rows, err);

    for (uint32_t f = 0; !st && f < inst->frames; f++)
        st = one_frame(&c, f, err);
    if (!st)
        st = trace_back(&c, err);
    if (!st) {
        drop_speckle(tracks, inst->frames);
        st = dsc_decide_frames(s, dsc_instance_facts(inst), tracks, how->gone,
                               err);
    }
    if (!st)
        reach_ends(tracks, inst->frames);
    dsc_changes_free(&c.changes);
    dsc_free(c.live);
    dsc_free(c.joined);
    for (size_t i = 0; i < c.sight_count; i++)
        free_sight(&c.sights[i]);
    dsc_free(c.sights);
    dsc_starts_free(&c.starts);
    dsc_tracks_free(&c.found);
    dsc_frame_free(&c.frame);
    dsc_rects_free(&c.bars);
    dsc_rects_free(&c.panels);
    dsc_rects_free(&c.ink);
    dsc_buf_free(&c.boxed);
    dsc_views_free(&c.now);
    dsc_views_free(&c.whole);
    dsc_buf_free(&c.encoded[0]);
    dsc_buf_free(&c.encoded[1]);
    return st;
}
