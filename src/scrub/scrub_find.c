/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 2, plan: the lines of text of one plane, read and judged one by one. */
#include "scrub/scrub_priv.h"

#include <string.h>

/* More lines than any screen shows: a frame of noise, or an attack. */
#define MAX_TRACKS 20000
/* Of words in a box, and around what is left of it. */
#define ROWS          3
#define AROUND_INK_PX 4
/* So sure a reader is of a word that nothing lies over. */
#define READ_WELL 0.85F

void dsc_track_free(dsc_track *t)
{
    dsc_free(t->spans);
    dsc_words_free(&t->words);
}

void dsc_tracks_free(dsc_tracks *tracks)
{
    for (size_t i = 0; i < tracks->count; i++)
        dsc_track_free(&tracks->items[i]);
    dsc_free(tracks->items);
    *tracks = (dsc_tracks){0};
}

dsc_status dsc_track_add(dsc_tracks *tracks, dsc_track *track, dsc_error *err)
{
    dsc_track *items;

    if (tracks->count >= MAX_TRACKS)
        return dsc_fail(err, DSC_LIMIT, "more than %d lines of text",
                        MAX_TRACKS);
    items = dsc_room(tracks->items, tracks->count, &tracks->cap, sizeof *items);
    if (!items)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    tracks->items = items;
    tracks->items[tracks->count++] = *track;
    track->spans = NULL;
    track->words = (dsc_words){0};
    return DSC_OK;
}

/* ---- one line ---- */

/* Is anything in the tracks from `first` on known to identify, or surely a
 * harmless word? */
static bool says_something(const dsc_tracks *tracks, size_t first)
{
    for (size_t i = first; i < tracks->count; i++)
        for (size_t k = 0; k < tracks->items[i].span_count; k++) {
            const dsc_span *s = &tracks->items[i].spans[k];
            if (s->decision.cls != DSC_CLASS_UNKNOWN &&
                (s->decision.cls < DSC_CLASS_MEASUREMENT ||
                 s->read >= READ_WELL))
                return true;
        }
    return false;
}

/* Read, if it is to be, and judge one proposed line; nothing is added where
 * only lines that could be read were asked for and this one could not. */
static dsc_status judge_as(dsc_scrubber *s, const dsc_line_search *how,
                           const dsc_plane *plane, const dsc_text_box *line,
                           bool read, dsc_tracks *tracks, dsc_error *err)
{
    dsc_track track = {.box = line->box,
                       .first = how->frame,
                       .last = how->frame,
                       .score = line->score,
                       .doubted = line->doubted};
    dsc_reading r = {.line = {0}};
    size_t first = tracks->count;
    dsc_status st = DSC_OK;

    if (s->ocr && read)
        st = dsc_policy_is_safe(s->policy)
                 ? dsc_words_read(s->ocr, plane, how->filled, line, &r, err)
                 : dsc_ocr_line(s->ocr, plane, line, &r.line, err);
    if (!st && (r.line.count || r.rows.count || s->find & DSC_FIND_DETECTOR))
        st = dsc_words_judge(s, how->facts, plane, &r, &track, tracks, err);
    for (size_t i = first;
         !st && i < tracks->count && dsc_policy_is_safe(s->policy); i++)
        st =
            dsc_words_see_inside(s, plane, how->filled, &tracks->items[i], err);
    if (says_something(tracks, first))
        for (size_t i = first; i < tracks->count; i++)
            tracks->items[i].doubted = false;
    dsc_reading_free(&r);
    return st;
}

static dsc_status judge_line(dsc_scrubber *s, const dsc_line_search *how,
                             const dsc_plane *plane, const dsc_text_box *line,
                             dsc_tracks *tracks, dsc_error *err)
{
    return judge_as(s, how, plane, line, true, tracks, err);
}

bool dsc_same_line(dsc_rect a, dsc_rect b)
{
    int64_t common = dsc_rect_area(dsc_rect_intersect(a, b));
    int64_t area_a = dsc_rect_area(a), area_b = dsc_rect_area(b);
    int64_t smaller = area_a < area_b ? area_a : area_b;
    int64_t larger = area_a < area_b ? area_b : area_a;

    return common * 10 >= smaller * 7 && smaller * 2 >= larger;
}

/* By half a letter or more: there is text that the other view did not show. */
static bool goes_beyond(dsc_rect line, dsc_rect known)
{
    int32_t side = line.w < line.h ? line.w : line.h;
    dsc_rect around = dsc_rect_grow(known, side / 2, side / 2);

    return !dsc_rect_within(line, around);
}

/* Does the plane show ink in the line that the views before it do not? */
static bool has_news(const dsc_line_search *how, const dsc_text_box *line)
{
    return how->views && how->view &&
           dsc_views_has_news(how->views, how->view, line->box);
}

/* Not a rule or a bar, in which other views often see more. */
static bool any_word_stays(const dsc_track *t)
{
    for (size_t i = 0; i < t->span_count; i++)
        if (t->spans[i].was_read && !t->spans[i].decision.blank)
            return true;
    return false;
}

/* A view shows a line where an earlier one showed text, some of which may stay,
 * and ink that the earlier one did not show: there may be another text at the
 * same place. */
static dsc_status see_through(dsc_scrubber *s, const dsc_line_search *how,
                              const dsc_plane *plane, const dsc_text_box *line,
                              dsc_tracks *tracks, dsc_error *err)
{
    size_t first = tracks->count;
    dsc_status st = judge_line(s, how, plane, line, tracks, err);

    for (size_t i = first; i < tracks->count; i++)
        tracks->items[i].is_news = true;
    if (dsc_policy_is_safe(s->policy))
        dsc_tracks_doubt(s->policy, tracks, first);
    return st;
}

/* A line that an earlier view of this frame showed as well; what that view
 * could not read, this one may. What was no text there may be text here: a name
 * of another colour on a scale of colours. */
static dsc_status see_again(dsc_scrubber *s, const dsc_line_search *how,
                            const dsc_plane *plane, const dsc_text_box *line,
                            dsc_tracks *tracks, size_t known, dsc_error *err)
{
    dsc_track *t = &tracks->items[known], old;
    dsc_text_box seen = *line;
    dsc_tracks again = {0};
    bool more = goes_beyond(line->box, t->box);
    dsc_status st = DSC_OK;

    t->box = dsc_rect_union(t->box, line->box);
    seen.doubted &= t->doubted;
    t->doubted = seen.doubted;
    if (s->ocr && any_word_stays(t) && has_news(how, line))
        return see_through(s, how, plane, &seen, tracks, err);
    if (s->ocr && t->was_read && more && dsc_words_may_stay(t))
        return judge_line(s, how, plane, &seen, tracks, err);
    if (t->was_read || !s->ocr)
        return DSC_OK;
    st = judge_line(s, how, plane, &seen, &again, err);
    if (!st && again.count &&
        (again.items[0].was_read ||
         (dsc_words_may_stay(t) && !dsc_words_may_stay(&again.items[0])))) {
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

/* ---- colour that a compression spread ---- */

static dsc_status add_words(const dsc_tracks *tracks, uint32_t frame,
                            dsc_rect box, dsc_rects *words, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < tracks->count; i++) {
        const dsc_track *t = &tracks->items[i];
        if (t->first > frame || t->last < frame)
            continue;
        for (size_t k = 0; !st && k < t->words.count; k++)
            if (dsc_span_is_trusted(t, k, READ_WELL) &&
                !dsc_rect_empty(dsc_rect_intersect(t->spans[k].box, box)))
                st = dsc_rects_add(words, t->spans[k].box, err);
    }
    return st;
}

static int32_t height_of(const dsc_rects *words)
{
    int32_t high = 0;

    dsc_rects_foreach (w, words)
        high = w->h > high ? w->h : high;
    return high;
}

/* Chroma is coarse where brightness is sharp, so that a later view shows
 * words that were read once more, blurred and larger: then *is. A box that
 * holds many such words, and other ink, is one for that alone, added to
 * `boxes`. */
static dsc_status look_for_fringe(const dsc_scrubber *s,
                                  const dsc_line_search *how, dsc_text_box line,
                                  const dsc_tracks *tracks,
                                  dsc_text_boxes *boxes, bool *is,
                                  dsc_error *err)
{
    dsc_rects words = {0}, other = {0};
    int64_t area = 0;
    dsc_rect box = line.box;
    dsc_status st = DSC_OK;

    *is = false;
    if (!how->views || !how->view || !dsc_policy_is_safe(s->policy))
        return DSC_OK;
    st = add_words(tracks, how->frame, box, &words, err);
    if (!st && how->old)
        st = add_words(how->old, how->frame, box, &words, err);
    if (!st && words.count)
        st = dsc_take_fringe(how->views, how->view, box, &words, &other, err);
    for (size_t i = 0; i < other.count; i++) {
        dsc_rect r =
            dsc_rect_grow(other.items[i], AROUND_INK_PX, AROUND_INK_PX);
        other.items[i] = dsc_rect_intersect(box, r);
        area += dsc_rect_area(other.items[i]);
    }
    *is = !st && words.count &&
          (!other.count || (box.h >= ROWS * height_of(&words) &&
                            2 * area <= dsc_rect_area(box)));
    dsc_rects_foreach (r, &other) {
        line.box = *r;
        if (!st && *is)
            st = dsc_text_boxes_add(boxes, &line, err);
    }
    dsc_rects_free(&words);
    dsc_rects_free(&other);
    return st;
}

/* ---- what no reader saw beside it ---- */

static bool any_stays(const dsc_tracks *tracks, uint32_t frame, dsc_rect box)
{
    for (size_t i = 0; i < tracks->count; i++) {
        const dsc_track *t = &tracks->items[i];
        if (t->first <= frame && frame <= t->last &&
            !dsc_rect_empty(dsc_rect_intersect(t->box, box)) &&
            dsc_words_may_stay(t))
            return true;
    }
    return false;
}

/* What no reader saw are lines for themselves. What is in no word of theirs
 * then is text that cannot be read. `bar`: look beside it, not in box `which`.
 */
static dsc_status judge_faint(dsc_scrubber *s, const dsc_plane *plane,
                              const dsc_line_search *how, dsc_text_boxes *boxes,
                              size_t which, const dsc_rect *bar,
                              dsc_tracks *tracks, dsc_error *err)
{
    dsc_rect beside = bar ? *bar : boxes->items[which].box;
    size_t first = tracks->count;
    bool more = true;
    dsc_status st = DSC_OK;

    for (int pass = 0; !st && more && pass < 2; pass++) {
        dsc_text_boxes rows = {0};
        st = bar ? dsc_find_beside_bar(plane, boxes, *bar, tracks, how->frame,
                                       &rows, err)
                 : dsc_find_faint(plane, boxes, which, tracks, how->frame,
                                  &rows, err);
        more = rows.count > 0;
        for (size_t i = 0; !st && i < rows.count; i++)
            st =
                judge_as(s, how, plane, &rows.items[i], pass == 0, tracks, err);
        dsc_text_boxes_free(&rows);
    }
    for (size_t i = first; i < tracks->count; i++) {
        tracks->items[i].is_rest = !tracks->items[i].was_read;
        tracks->items[i].beside = beside;
    }
    return st;
}

/* ---- beside bars that are explained ---- */

static bool is_beside(dsc_rect word, const dsc_rects *bars)
{
    dsc_rects_foreach (bar, bars)
        if (!dsc_rect_empty(
                dsc_rect_intersect(dsc_rect_grow(word, word.h, word.h), *bar)))
            return true;
    return false;
}

/* A finder takes a bar and what stands at it for one text, that cannot be read.
 * Without the bar a word is read there as if nothing lay under it. */
static void doubt_beside_bars(const dsc_scrubber *s, const dsc_line_search *how,
                              dsc_tracks *tracks)
{
    for (size_t i = 0; i < tracks->count; i++) {
        dsc_track *t = &tracks->items[i];
        for (size_t k = 0; k < t->words.count; k++) {
            if (!t->spans[k].was_read ||
                !is_beside(t->spans[k].box, how->bars) ||
                !dsc_bars_holds_other_ink(how->views, t->spans[k].box))
                continue;
            t->words.items[k].confidence = 0;
            t->loose = true; /* on the frames before as well */
            if (!t->spans[k].decision.blank)
                t->spans[k].decision =
                    dsc_policy_decide_unread(s->policy, t->score);
        }
    }
}

/* Text beside a bar that is too dim for the finder had gone with the bar. */
static dsc_status judge_beside_bars(dsc_scrubber *s, const dsc_plane *plane,
                                    const dsc_line_search *how,
                                    dsc_text_boxes *boxes, dsc_tracks *tracks,
                                    dsc_error *err)
{
    dsc_rect all = {0, 0, (int32_t)plane->columns, (int32_t)plane->rows};
    dsc_rect within = how->within ? *how->within : all;
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && how->bars && i < how->bars->count; i++) {
        const dsc_rect *bar = &how->bars->items[i];
        dsc_rect near = dsc_rect_grow(*bar, bar->w, bar->w);
        if (!dsc_rect_empty(dsc_rect_intersect(near, within)))
            st = judge_faint(s, plane, how, boxes, 0, bar, tracks, err);
    }
    return st;
}

/* ---- a second look ---- */

/* Pixels around a line that a search of it sees, and computes, as well. */
#define SEEN_PX 104

static int64_t search_area(dsc_rect r, const dsc_plane *plane)
{
    return dsc_rect_area(dsc_rect_clip(dsc_rect_grow(r, SEEN_PX, SEEN_PX),
                                       plane->columns, plane->rows));
}

static bool is_there(const dsc_text_boxes *boxes, dsc_rect r)
{
    for (size_t i = 0; i < boxes->count; i++) {
        dsc_rect b = boxes->items[i].box;
        if (b.x == r.x && b.y == r.y && b.w == r.w && b.h == r.h)
            return true;
    }
    return false;
}

/* A line becomes what the second look found at its place; where that is
 * nothing it is doubted. */
static dsc_status take_second(dsc_text_box *line, const dsc_text_boxes *again,
                              dsc_text_boxes *out, dsc_error *err)
{
    dsc_status st = DSC_OK;

    line->doubted = true;
    for (size_t i = 0; !st && i < again->count; i++) {
        int64_t a = dsc_rect_area(line->box);
        int64_t b = dsc_rect_area(again->items[i].box);
        int64_t common =
            dsc_rect_area(dsc_rect_intersect(line->box, again->items[i].box));
        if (common * 10 < (a < b ? a : b))
            continue;
        line->doubted = false;
        if (!is_there(out, again->items[i].box))
            st = dsc_text_boxes_add(out, &again->items[i], err);
    }
    return !st && line->doubted ? dsc_text_boxes_add(out, line, err) : st;
}

/* The small net, which every frame of a clip gets, takes some patches of colour
 * flow and speckle for text: what is new on a frame the wide one sees, too. It
 * searches around each such line, or all of them at once if that is less. */
static dsc_status look_again(dsc_scrubber *s, const dsc_plane *plane,
                             const dsc_line_search *how, dsc_text_boxes *boxes,
                             dsc_error *err)
{
    dsc_text_boxes again = {0}, out = {0}, swap;
    dsc_rect all = {0, 0, 0, 0};
    int64_t area = 0;
    bool at_once;
    dsc_status st = DSC_OK;

    for (size_t i = 0; i < boxes->count; i++) {
        dsc_text_box *line = &boxes->items[i];
        line->doubted = how->is_new(how->clip, line); /* until it is found */
        if (line->doubted) {
            all = dsc_rect_union(all, line->box);
            area += search_area(line->box, plane);
        }
    }
    at_once = area > search_area(all, plane);
    if (at_once)
        st = dsc_look_at(how->looks, s->detector, plane, &all, DSC_DETECT_AGAIN,
                         &again, err);
    for (size_t i = 0; !st && i < boxes->count; i++) {
        dsc_text_box *line = &boxes->items[i];
        if (!line->doubted) {
            st = dsc_text_boxes_add(&out, line, err);
            continue;
        }
        if (!at_once)
            st = dsc_look_at(how->looks, s->detector, plane, &line->box,
                             DSC_DETECT_AGAIN, &again, err);
        if (!st)
            st = take_second(line, &again, &out, err);
    }
    swap = *boxes;
    *boxes = out;
    dsc_text_boxes_free(&swap);
    dsc_text_boxes_free(&again);
    return st;
}

/* Is there nothing in the box but one grey? */
static bool is_empty(const dsc_plane *p, dsc_rect box)
{
    int low, high;

    return dsc_range_of(p, box, &low, &high) && low == high;
}

/* ---- bars that are explained ---- */

/* Around a bar or a panel the finder looks again without it. */
#define AROUND_PX 48

/* Is it at an edge of the panel? */
static bool crosses(dsc_rect box, dsc_rect panel)
{
    return !dsc_rect_empty(dsc_rect_intersect(box, panel)) &&
           !dsc_rect_within(box, panel);
}

static bool crosses_any(dsc_rect box, const dsc_rects *panels)
{
    dsc_rects_foreach (panel, panels)
        if (crosses(box, *panel))
            return true;
    return false;
}

static bool meets_any(dsc_rect box, const dsc_rects *rects)
{
    dsc_rects_foreach (r, rects)
        if (!dsc_rect_empty(dsc_rect_intersect(box, *r)))
            return true;
    return false;
}

/* Add what is found in a part of the plane, of it what is in `places`; of the
 * boxes the first `old` are of the whole picture. */
static dsc_status look_in(dsc_scrubber *s, const dsc_plane *plane,
                          const dsc_line_search *how, dsc_rect part,
                          const dsc_rects *places, size_t old,
                          dsc_text_boxes *boxes, dsc_error *err)
{
    dsc_text_boxes local = {0};
    dsc_status st = dsc_look_at(how->looks, s->detector, plane, &part,
                                how->effort, &local, err);

    for (size_t i = 0; !st && i < local.count; i++) {
        bool known = !meets_any(local.items[i].box, places);
        for (size_t k = 0; k < old; k++)
            known =
                known || dsc_same_line(boxes->items[k].box, local.items[i].box);
        if (!known && !is_there(boxes, local.items[i].box))
            st = dsc_text_boxes_add(boxes, &local.items[i], err);
    }
    dsc_text_boxes_free(&local);
    return st;
}

/* Around them, so far that no line in them is cut; parts that overlap are one.
 */
static dsc_status parts_around(const dsc_rects *what, const dsc_plane *plane,
                               const dsc_line_search *how, dsc_rects *parts,
                               dsc_error *err)
{
    dsc_status st = DSC_OK;

    dsc_rects_foreach (r, what) {
        dsc_rect near = dsc_rect_clip(dsc_rect_grow(*r, AROUND_PX, AROUND_PX),
                                      plane->columns, plane->rows);
        size_t i = 0;
        if (how->within)
            near = dsc_rect_intersect(near, *how->within);
        while (i < parts->count)
            if (dsc_rect_empty(dsc_rect_intersect(near, parts->items[i]))) {
                i++;
            } else {
                near = dsc_rect_union(near, parts->items[i]);
                parts->items[i] = parts->items[--parts->count];
                i = 0;
            }
        if (!st && !dsc_rect_empty(near))
            st = dsc_rects_add(parts, near, err);
    }
    return st;
}

/* What the finder took for text with a bar in it, or the edge of a panel, is
 * what it finds there without; all else is as the whole picture shows it. */
static dsc_status look_without(dsc_scrubber *s, const dsc_plane *plane,
                               const dsc_line_search *how,
                               dsc_text_boxes *boxes, dsc_error *err)
{
    dsc_rects what = {0}, places = {0}, parts = {0};
    size_t kept = 0;
    dsc_status st = DSC_OK;

    dsc_rects_foreach (bar, how->bars) {
        dsc_rect near = dsc_rect_grow(*bar, AROUND_PX, AROUND_PX);
        if (!st)
            st = dsc_rects_add(&what, *bar, err);
        if (!st)
            st = dsc_rects_add(&places, near, err);
    }
    dsc_rects_foreach (panel, how->panels) {
        bool any = false;
        for (size_t i = 0; !any && i < boxes->count; i++)
            any = crosses(boxes->items[i].box, *panel);
        if (any && !st)
            st = dsc_rects_add(&what, *panel, err);
        if (any && !st)
            st = dsc_rects_add(&places, *panel, err);
    }
    if (!st)
        st = parts_around(&what, plane, how, &parts, err);
    for (size_t i = 0; !st && i < boxes->count; i++) {
        dsc_rect box = boxes->items[i].box;
        if (!meets_any(box, how->bars) && !crosses_any(box, how->panels))
            boxes->items[kept++] = boxes->items[i];
        else
            st = dsc_rects_add(&places, box, err);
    }
    boxes->count = kept;
    dsc_rects_foreach (part, &parts)
        if (!st)
            st = look_in(s, plane, how, *part, &places, kept, boxes, err);
    dsc_rects_free(&what);
    dsc_rects_free(&places);
    dsc_rects_free(&parts);
    return st;
}

dsc_status dsc_find_lines(dsc_scrubber *s, const dsc_plane *plane,
                          const dsc_line_search *how, dsc_tracks *tracks,
                          dsc_error *err)
{
    const dsc_plane *whole = how->whole ? how->whole : plane;
    size_t earlier;
    dsc_text_boxes boxes = {0};
    dsc_buf looked = {0}; /* of each box: was it? */
    dsc_status st = dsc_find_codes(plane, how->within, how->frame, tracks, err);

    earlier = tracks->count;
    if (!st)
        st = dsc_look_at(how->looks, s->detector, whole, how->within,
                         how->effort, &boxes, err);
    if (!st && how->is_new)
        st = look_again(s, whole, how, &boxes, err);
    if (!st && how->whole)
        st = look_without(s, plane, how, &boxes, err);
    for (size_t i = 0; !st && i < boxes.count; i++) {
        dsc_text_box line = boxes.items[i];
        size_t known = 0;
        /* bars that look like letters, nothing, or nothing new? */
        bool passed = is_empty(plane, line.box) ||
                      dsc_codes_hold(tracks, how->frame, line.box) ||
                      (how->is_known && how->is_known(how->clip, &line));
        if (!passed)
            st = look_for_fringe(s, how, line, tracks, &boxes, &passed, err);
        if (!st)
            st = dsc_buf_append(&looked, &(uint8_t){!passed}, 1, err);
        if (st || passed)
            continue;
        while (known < earlier &&
               (tracks->items[known].first != how->frame ||
                tracks->items[known].is_code ||
                !dsc_same_line(tracks->items[known].box, line.box)))
            known++;
        if (known < earlier) {
            st = see_again(s, how, plane, &line, tracks, known, err);
            continue;
        }
        known = tracks->count;
        st = judge_line(s, how, plane, &line, tracks, err);
        if (!st && how->was_read)
            st = how->was_read(how->clip, &line, known, err);
    }
    for (size_t i = 0; !st && i < boxes.count; i++)
        if (looked.data[i] && any_stays(tracks, how->frame, boxes.items[i].box))
            st = judge_faint(s, plane, how, &boxes, i, NULL, tracks, err);
    if (!st)
        st = judge_beside_bars(s, plane, how, &boxes, tracks, err);
    if (!st && how->whole)
        doubt_beside_bars(s, how, tracks);
    if (!st && how->still && s->ocr && dsc_policy_is_safe(s->policy))
        st = dsc_share_ink(how, plane, tracks, earlier, err);
    if (!st)
        dsc_codes_claim_text(tracks);
    dsc_buf_free(&looked);
    dsc_text_boxes_free(&boxes);
    return st;
}
