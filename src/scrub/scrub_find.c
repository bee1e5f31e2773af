/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 2, plan: all text on all frames, as tracks (a line and the frames that
 * show it).
 *
 * The first frame is searched whole. After that a frame is compared, tile by
 * tile, with what was searched there last, so that a text which comes up slowly
 * is a change at some frame; lines on tiles that did not change live on, and
 * only the changed parts are searched again. A line that is found again where
 * one was is the same track, so it is read once. */
#include "scrub/scrub_priv.h"

#include <string.h>

/* Noise and compression between frames of a still scene are below this. With 12
 * a noisy still scene is searched on every frame, at 30 times the cost. */
#define TOLERANCE 24
/* More lines than any screen shows: a frame of noise, or an attack. */
#define MAX_TRACKS 20000
/* A line that is found again after at most so many frames was there between. */
#define GAP 8u
/* In a clip, a proposal below this score that could not be read and that was
 * not seen on a second frame is speckle. */
#define SPECKLE_SCORE 0.6f
#define CLIP_FRAMES   3u

static void free_track(dsc_track *t)
{
    dsc_free(t->spans);
    dsc_words_free(&t->words);
}

void dsc_tracks_free(dsc_tracks *tracks)
{
    for (size_t i = 0; i < tracks->count; i++)
        free_track(&tracks->items[i]);
    dsc_free(tracks->items);
    *tracks = (dsc_tracks){0};
}

dsc_status dsc_track_add(dsc_tracks *tracks, dsc_track *track, dsc_error *err)
{
    if (tracks->count >= MAX_TRACKS)
        return dsc_fail(err, DSC_LIMIT, "more than %d lines of text",
                        MAX_TRACKS);
    if (tracks->count == tracks->cap) {
        size_t cap = tracks->cap ? tracks->cap * 2 : 32;
        dsc_track *items = dsc_calloc(cap, sizeof *items);
        if (!items)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        if (tracks->count)
            memcpy(items, tracks->items, tracks->count * sizeof *items);
        dsc_free(tracks->items);
        tracks->items = items;
        tracks->cap = cap;
    }
    tracks->items[tracks->count++] = *track;
    track->spans = NULL;
    track->words = (dsc_words){0};
    return DSC_OK;
}

/* ---- one line ---- */

/* Read and judge one proposed line; nothing is added where only lines that
 * could be read were asked for and this one could not. */
static dsc_status judge_line(dsc_scrubber *s, const dsc_facts *facts,
                             const dsc_plane *plane, const dsc_text_box *line,
                             uint32_t frame, dsc_tracks *tracks, dsc_error *err)
{
    dsc_track track = {
        .box = line->box, .first = frame, .last = frame, .score = line->score};
    dsc_reading r = {.line = {0}};
    dsc_status st = DSC_OK;

    if (s->ocr)
        st = dsc_policy_is_safe(s->policy)
                 ? dsc_words_read(s->ocr, plane, line, &r, err)
                 : dsc_ocr_line(s->ocr, plane, line, &r.line, err);
    if (!st && (r.line.count || r.rows.count || s->find & DSC_FIND_DETECTOR))
        st = dsc_words_judge(s, facts, plane, &r, &track, tracks, err);
    dsc_reading_free(&r);
    return st;
}

/* Two boxes that are one line seen twice. */
static bool same_line(dsc_rect a, dsc_rect b)
{
    int64_t common = dsc_rect_area(dsc_rect_intersect(a, b));
    int64_t area_a = dsc_rect_area(a), area_b = dsc_rect_area(b);
    int64_t smaller = area_a < area_b ? area_a : area_b;
    int64_t larger = area_a < area_b ? area_b : area_a;

    return common * 10 >= smaller * 7 && smaller * 2 >= larger;
}

/* A line that an earlier view of this frame showed as well; what that view
 * could not read, this one may. */
static dsc_status see_again(dsc_scrubber *s, const dsc_facts *facts,
                            const dsc_plane *plane, const dsc_text_box *line,
                            dsc_tracks *tracks, size_t known, dsc_error *err)
{
    dsc_track *t = &tracks->items[known], old;
    uint32_t frame = t->first;
    dsc_tracks again = {0};
    dsc_status st = DSC_OK;

    t->box = dsc_rect_union(t->box, line->box);
    if (t->was_read || !s->ocr)
        return DSC_OK;
    st = judge_line(s, facts, plane, line, frame, &again, err);
    if (!st && again.count && again.items[0].was_read) {
        old = *t;
        *t = again.items[0];
        again.items[0] = old;
        if (again.count == 1)
            t->box = dsc_rect_union(t->box, old.box);
        for (size_t i = 1; !st && i < again.count; i++)
            st = dsc_track_add(tracks, &again.items[i], err);
    }
    dsc_tracks_free(&again);
    return st;
}

dsc_status dsc_find_lines(dsc_scrubber *s, const dsc_facts *facts,
                          const dsc_plane *plane, const dsc_rect *within,
                          dsc_detect_effort effort, uint32_t frame,
                          dsc_tracks *tracks, dsc_error *err)
{
    size_t earlier;
    dsc_text_boxes boxes = {0};
    dsc_status st = dsc_find_codes(plane, within, frame, tracks, err);

    earlier = tracks->count;
    if (!st)
        st = dsc_detector_find(s->detector, plane, within, effort, &boxes, err);

    for (size_t i = 0; !st && i < boxes.count; i++) {
        const dsc_text_box *line = &boxes.items[i];
        size_t known = 0;
        if (dsc_codes_hold(tracks, frame, line->box))
            continue; /* bars that look like letters */
        while (known < earlier &&
               (tracks->items[known].first != frame ||
                tracks->items[known].is_code ||
                !same_line(tracks->items[known].box, line->box)))
            known++;
        st = known < earlier
                 ? see_again(s, facts, plane, line, tracks, known, err)
                 : judge_line(s, facts, plane, line, frame, tracks, err);
    }
    if (!st)
        dsc_codes_claim_text(tracks);
    dsc_text_boxes_free(&boxes);
    return st;
}

/* ---- frame to frame ---- */

typedef struct clip {
    dsc_scrubber *s;
    dsc_instance *inst;
    dsc_detect_effort effort;
    const dsc_region_list *blank;
    dsc_buf boxed;
    dsc_tracks *tracks;
    dsc_tracks found;    /* on the current frame's changed parts */
    dsc_views now, seen; /* seen: each part as it was last searched */
    dsc_frame frame;
    dsc_buf encoded[2];
    uint8_t *map;
    uint32_t map_w, map_h;
    size_t *live; /* tracks that may go on */
    size_t live_count, live_cap;
    bool have_previous;
} clip;

static dsc_plane plane_of(const dsc_view *view)
{
    return (dsc_plane){view->data, view->columns, view->rows, view->stride};
}

static dsc_status search(clip *c, const dsc_rect *within, uint32_t frame,
                         dsc_tracks *out, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t v = 0; !st && v < c->now.count; v++) {
        dsc_plane plane = plane_of(&c->now.items[v]);
        st = dsc_find_lines(c->s, dsc_instance_facts(c->inst), &plane, within,
                            c->effort, frame, out, err);
    }
    return st;
}

/* The tracks that this frame may show; of all that there were, few. */
static dsc_status list_live(clip *c, uint32_t frame, dsc_error *err)
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
        if (frame - c->tracks->items[i].last <= GAP)
            c->live[c->live_count++] = i;
    return DSC_OK;
}

/* Flood one component of changed tiles (8-connected), clearing it; returns
 * its rectangle in tiles. The stack is the map itself plus a scan: small
 * grids, so repeated passes are cheap. */
static dsc_rect take_component(clip *c, uint32_t tx, uint32_t ty)
{
    dsc_rect r = {(int32_t)tx, (int32_t)ty, 1, 1};
    bool grew = true;

    while (grew) {
        dsc_rect around =
            dsc_rect_clip(dsc_rect_grow(r, 1, 1), c->map_w, c->map_h);
        grew = false;
        for (int32_t y = around.y; y < around.y + around.h; y++) {
            for (int32_t x = around.x; x < around.x + around.w; x++) {
                uint8_t *t = &c->map[(size_t)y * c->map_w + (size_t)x];
                if (!*t)
                    continue;
                *t = 0;
                r = dsc_rect_union(r, (dsc_rect){x, y, 1, 1});
                grew = true;
            }
        }
    }
    return r;
}

/* A changed part is searched together with every known line that it touches,
 * so that no line is searched in halves. */
static dsc_rect widen_to_lines(const clip *c, dsc_rect r, uint32_t frame)
{
    for (size_t i = 0; i < c->live_count; i++) {
        const dsc_track *t = &c->tracks->items[c->live[i]];
        if (t->last + 1 == frame &&
            !dsc_rect_empty(dsc_rect_intersect(r, t->box)))
            r = dsc_rect_union(r, dsc_rect_grow(t->box, 4, 4));
    }
    return r;
}

/* Lines that the changed part does not touch live on; the others wait to be
 * found again. */
static void carry_over(clip *c, const dsc_rects *dirty, uint32_t frame)
{
    for (size_t i = 0; i < c->live_count; i++) {
        dsc_track *t = &c->tracks->items[c->live[i]];
        if (t->last + 1 == frame && !dsc_rects_covered(dirty, t->box)) {
            t->last = frame;
            t->extended = true;
        }
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
            !same_line(a->spans[i].box, b->spans[i].box))
            return false;
    }
    return true;
}

static bool all_blank(const dsc_track *t)
{
    for (size_t i = 0; i < t->span_count; i++)
        if (!t->spans[i].decision.blank)
            return false;
    return true;
}

/* Does the line found on this frame go on with the track? After a gap only if
 * both go, for nobody looked at what the frames between show there. */
static bool continues(const dsc_track *t, const dsc_track *found,
                      uint32_t frame)
{
    if (t->last >= frame || !same_line(t->box, found->box))
        return false;
    if (all_blank(t) && all_blank(found))
        return true;
    return t->last + 1 == frame && same_spans(t, found);
}

static bool same_words(const dsc_words *a, const dsc_words *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i].utf8, b->items[i].utf8) != 0)
            return false;
    return true;
}

/* Join a line found on this frame with the track that it continues. */
static dsc_status join(clip *c, dsc_track *found, uint32_t frame,
                       dsc_error *err)
{
    for (size_t i = 0; i < c->live_count; i++) {
        dsc_track *t = &c->tracks->items[c->live[i]];
        if (!continues(t, found, frame))
            continue;
        t->box = dsc_rect_union(t->box, found->box);
        for (size_t k = 0; k < t->span_count && k < found->span_count; k++) {
            dsc_span *old = &t->spans[k], *now = &found->spans[k];
            old->box = dsc_rect_union(old->box, now->box);
            old->halo = dsc_rect_union(old->halo, now->halo);
            if (now->decision.blank && old->decision.cls == DSC_CLASS_UNKNOWN)
                old->decision = now->decision;
        }
        t->mixed |= !same_words(&t->words, &found->words);
        t->wide |= found->wide;
        t->last = frame;
        t->extended = true;
        t->was_read |= found->was_read;
        if (found->score > t->score)
            t->score = found->score;
        return DSC_OK;
    }
    return dsc_track_add(c->tracks, found, err);
}

static void remember_all(clip *c)
{
    dsc_views swap = c->seen;
    c->seen = c->now;
    c->now = swap;
}

/* A part of the frame was searched. */
static void remember(clip *c, const dsc_rect *part)
{
    for (size_t v = 0; v < c->now.count; v++) {
        const dsc_view *now = &c->now.items[v];
        dsc_view *seen = &c->seen.items[v];
        for (int32_t y = part->y; y < part->y + part->h; y++)
            memcpy(seen->data + (size_t)y * seen->stride + part->x,
                   now->data + (size_t)y * now->stride + part->x,
                   (size_t)part->w);
    }
}

static dsc_status search_changes(clip *c, uint32_t frame, dsc_error *err)
{
    dsc_rect image = {0, 0, (int32_t)c->now.items[0].columns,
                      (int32_t)c->now.items[0].rows};
    dsc_rects dirty = {0};
    dsc_status st = DSC_OK;

    for (uint32_t y = 0; y < c->map_h; y++) {
        for (uint32_t x = 0; !st && x < c->map_w; x++) {
            dsc_rect r;
            if (!c->map[(size_t)y * c->map_w + x])
                continue;
            r = take_component(c, x, y);
            r = (dsc_rect){r.x * DSC_TILE, r.y * DSC_TILE, r.w * DSC_TILE,
                           r.h * DSC_TILE};
            r = widen_to_lines(c, r, frame);
            st = dsc_rects_add(&dirty, dsc_rect_intersect(r, image), err);
        }
    }
    carry_over(c, &dirty, frame);
    for (size_t i = 0; !st && i < dirty.count; i++)
        st = search(c, &dirty.items[i], frame, &c->found, err);
    for (size_t i = 0; !st && i < c->found.count; i++)
        st = join(c, &c->found.items[i], frame, err);
    if (dirty.count == 1 &&
        dsc_rect_area(dirty.items[0]) == dsc_rect_area(image))
        remember_all(c); /* the views may have other sizes than before */
    else
        for (size_t i = 0; !st && i < dirty.count; i++)
            remember(c, &dirty.items[i]);
    dsc_tracks_free(&c->found);
    dsc_rects_free(&dirty);
    return st;
}

/* Tiles that changed in any view; a change of views (which a new window would
 * be) marks all. */
static size_t compare(clip *c)
{
    const dsc_views *now = &c->now, *before = &c->seen;
    size_t tiles = (size_t)c->map_w * c->map_h, changed = 0;
    uint8_t *one = c->map + tiles;

    memset(c->map, 0, tiles);
    for (size_t v = 0; v < now->count; v++) {
        if (v >= before->count) {
            memset(c->map, 1, tiles);
            changed = tiles;
            break;
        }
        memset(one, 0, tiles);
        changed += dsc_blit_changed_tiles(c->s->blit, &now->items[v],
                                          &before->items[v], TOLERANCE, one);
        for (size_t i = 0; i < tiles; i++)
            c->map[i] |= one[i];
    }
    return changed;
}

static void extend_all(clip *c, uint32_t frame)
{
    dsc_rects none = {0};
    carry_over(c, &none, frame);
}

static dsc_status one_frame(clip *c, uint32_t f, dsc_error *err)
{
    dsc_buf *bytes = &c->encoded[f % 2], *old = &c->encoded[(f + 1) % 2];
    dsc_status st = dsc_instance_frame(c->inst, f, bytes, NULL, err);

    if (!st)
        st = list_live(c, f, err);
    if (st)
        return st;
    if (c->have_previous && bytes->len == old->len &&
        !memcmp(bytes->data, old->data, bytes->len)) {
        extend_all(c, f); /* the same frame again */
        return DSC_OK;
    }
    st = dsc_instance_decode(c->inst, f, dsc_bytes_of(bytes), &c->frame, err);
    if (!st)
        st = dsc_views_render(&c->now, c->s->blit, c->inst, &c->frame, err);
    if (!st && c->blank)
        st = dsc_fill_boxes(&c->now, c->blank, f, &c->boxed, err);
    if (st)
        return st;
    if (!c->have_previous) {
        dsc_plane plane = plane_of(&c->now.items[0]);
        st = search(c, NULL, f, c->tracks, err);
        dsc_page_measure(&c->tracks->page, &plane, c->tracks);
        remember_all(c);
    } else if (compare(c))
        st = search_changes(c, f, err);
    else
        extend_all(c, f);
    c->have_previous = true;
    return st;
}

static bool is_speckle(const dsc_track *t)
{
    return !t->extended && !t->is_code && !t->was_read &&
           t->score < SPECKLE_SCORE;
}

static void drop_speckle(dsc_tracks *tracks, uint32_t frames)
{
    size_t kept = 0;

    if (frames < CLIP_FRAMES)
        return;
    for (size_t i = 0; i < tracks->count; i++) {
        dsc_track *t = &tracks->items[i];
        if (is_speckle(t))
            free_track(t);
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

dsc_status dsc_find_text(dsc_scrubber *s, dsc_instance *inst,
                         dsc_detect_effort effort, const dsc_region_list *blank,
                         const dsc_region_list *gone, dsc_tracks *tracks,
                         dsc_error *err)
{
    clip c = {.s = s,
              .inst = inst,
              .effort = effort,
              .blank = blank,
              .tracks = tracks};
    dsc_status st = DSC_OK;

    c.map_w = (inst->fmt.columns + DSC_TILE - 1) / DSC_TILE;
    c.map_h = (inst->fmt.rows + DSC_TILE - 1) / DSC_TILE;
    c.map = dsc_calloc((size_t)c.map_w * c.map_h, 2);
    if (!c.map)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    for (uint32_t f = 0; !st && f < inst->frames; f++)
        st = one_frame(&c, f, err);
    if (!st) {
        drop_speckle(tracks, inst->frames);
        st = dsc_decide_frames(s, dsc_instance_facts(inst), tracks, gone, err);
    }
    if (!st)
        reach_ends(tracks, inst->frames);
    dsc_free(c.map);
    dsc_free(c.live);
    dsc_tracks_free(&c.found);
    dsc_frame_free(&c.frame);
    dsc_buf_free(&c.boxed);
    dsc_views_free(&c.now);
    dsc_views_free(&c.seen);
    dsc_buf_free(&c.encoded[0]);
    dsc_buf_free(&c.encoded[1]);
    return st;
}
