/* SPDX-License-Identifier: Apache-2.0
 *
 * Ink that is in boxes of two lines. Where lines stand close, a finder's box
 * reaches into the next one: a word's box holds a strip of the line above it,
 * which goes, and takes the word along; half a letter is in a box of its own,
 * which nobody can read. Here a strip is left to the word that holds all of it,
 * and what shows nothing but ink of words is none of its own. So no ink is in
 * fewer boxes than one. */
#include "scrub/scrub_priv.h"

#include <string.h>

/* Grey levels that are still the paper. */
#define FLAT 4
/* What stays and was read so well is what it was read as; no worse it may stay
 * for what stands around it. */
#define WELL_READ  0.85F
#define LEAST_READ 0.5F
/* A letter is so much higher than a piece of it at most. */
#define TIMES 2

typedef struct desk {
    const dsc_plane *plane;
    const dsc_tracks *tracks;
    uint32_t frame;
} desk;

/* ---- where the ink is ---- */

static bool is_ink(const desk *d, int32_t x, int32_t y, int ground)
{
    int v = d->plane->data[(size_t)y * d->plane->stride + (size_t)x];

    return v - ground > FLAT || ground - v > FLAT;
}

static bool row_is_empty(const desk *d, dsc_rect box, int32_t y, int ground)
{
    for (int32_t x = box.x; x < box.x + box.w; x++)
        if (is_ink(d, x, y, ground))
            return false;
    return true;
}

static bool holds(const dsc_rects *boxes, int32_t x, int32_t y)
{
    dsc_rects_foreach (b, boxes)
        if (x >= b->x && y >= b->y && x < b->x + b->w && y < b->y + b->h)
            return true;
    return false;
}

/* Words of other lines that hold ink of a part of the plane, and have been
 * judged: they go with all that is in their boxes, or are known for what they
 * are and no higher than `high`; of so many bytes. What is seen as faint may be
 * dropped yet. */
static dsc_status words_in(const desk *d, dsc_rect part, size_t bytes,
                           int32_t high, const dsc_track *but, dsc_rects *out,
                           dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < d->tracks->count; i++) {
        const dsc_track *t = &d->tracks->items[i];
        if (t == but || t->first > d->frame || t->last < d->frame ||
            !dsc_rect_empty(t->beside))
            continue;
        for (size_t k = 0; !st && k < t->span_count; k++) {
            const dsc_span *s = &t->spans[k];
            bool known = s->read >= WELL_READ && s->box.h <= high;
            const char *text = k < t->words.count ? t->words.items[k].utf8 : "";
            if (s->was_read && !s->settled && (s->decision.blank || known) &&
                strlen(text) >= bytes &&
                !dsc_rect_empty(dsc_rect_intersect(s->box, part)))
                st = dsc_rects_add(out, s->box, err);
        }
    }
    return st;
}

/* Is there ink, and all of it in such words? */
static dsc_status is_of_words(const desk *d, dsc_rect part, int ground,
                              int32_t high, const dsc_track *but, bool *is,
                              dsc_error *err)
{
    dsc_rects words = {0};
    size_t ink = 0, other = 0;
    dsc_status st = words_in(d, part, 0, high, but, &words, err);

    for (int32_t y = part.y; !st && words.count && y < part.y + part.h; y++)
        for (int32_t x = part.x; x < part.x + part.w; x++) {
            if (!is_ink(d, x, y, ground))
                continue;
            ink++;
            other += !holds(&words, x, y);
        }
    *is = ink > 0 && !other;
    dsc_rects_free(&words);
    return st;
}

/* ---- strips ---- */

/* From the box's first row on, or from its last one up: empty rows, ink, and
 * empty ones but the last; empty where the word goes on so far. */
static dsc_rect strip_of(const desk *d, dsc_rect box, int ground, bool top)
{
    int32_t n = 0, turns = 0; /* from paper to ink and back */

    for (; n < box.h && turns < 3; n++) {
        int32_t y = top ? box.y + n : box.y + box.h - 1 - n;
        turns += row_is_empty(d, box, y, ground) == (turns % 2 == 1);
    }
    n = turns == 3 && 2 * n <= box.h + 4 ? n - 2 : 0;
    return (dsc_rect){box.x, top ? box.y : box.y + box.h - n, box.w, n};
}

/* A piece of a straight line that goes on beyond the word: its rows and one
 * more on each side. */
static bool is_rule(const desk *d, dsc_rect strip, int ground)
{
    int32_t first = strip.y, last = strip.y + strip.h - 1;

    while (first < last && row_is_empty(d, strip, first, ground))
        first++;
    while (first < last && row_is_empty(d, strip, last, ground))
        last--;
    return dsc_is_rule(
        d->plane, (dsc_rect){strip.x, first - 1, strip.w, last - first + 3});
}

/* Leave a strip of another line to that, and a rule to itself. */
static dsc_status trim(const desk *d, dsc_track *t, dsc_span *s, bool top,
                       dsc_error *err)
{
    dsc_rect box = dsc_rect_clip(s->box, d->plane->columns, d->plane->rows);
    int ground = dsc_ground_of(d->plane, box);
    dsc_rect strip = strip_of(d, box, ground, top);
    bool is = false;
    dsc_status st = DSC_OK;

    if (dsc_rect_empty(strip))
        return DSC_OK;
    is = is_rule(d, strip, ground);
    if (!is)
        st = is_of_words(d, strip, ground, INT32_MAX, t, &is, err);
    if (is) {
        s->box.y = top ? strip.y + strip.h : box.y;
        s->box.h = box.h - strip.h;
    }
    return st;
}

/* ---- what nobody could read ---- */

static bool is_unread(const dsc_track *t)
{
    return t->span_count == 1 && !t->spans->was_read &&
           t->spans->decision.blank && !t->is_news && !t->is_code &&
           dsc_rect_empty(t->beside);
}

/* A large letter's box has room for other text. */
static dsc_status settle(const desk *d, dsc_track *t, dsc_error *err)
{
    dsc_rect box =
        dsc_rect_clip(t->spans->box, d->plane->columns, d->plane->rows);

    return is_of_words(d, box, dsc_ground_of(d->plane, box), TIMES * box.h, t,
                       &t->spans->settled, err);
}

/* No word that was read well, and nobody was recognised in it. */
static bool is_doubtful(const dsc_track *t, const dsc_span *s)
{
    return s->decision.blank && !s->settled && !t->is_code &&
           dsc_rect_empty(t->beside) && s->read < WELL_READ &&
           !dsc_span_identifies(s);
}

/* Words that show one colour: another text behind one had gone with this. */
static dsc_status are_plain(const dsc_views *views, const dsc_rects *words,
                            bool *are, dsc_error *err)
{
    dsc_status st = DSC_OK;

    *are = true;
    dsc_rects_foreach (w, words) {
        dsc_rect ink = {0, 0, 0, 0};
        if (!st && *are)
            st = dsc_find_tint(views, *w, &ink, err);
        *are = *are && dsc_rect_empty(ink);
    }
    return st;
}

/* The edges of buttons and panels, with words or without, are no letters. What
 * shows no edge is something else, and a letter alone tells nothing. */
static dsc_status settle_panels(const dsc_line_search *how, const desk *d,
                                const dsc_track *t, dsc_span *s, dsc_error *err)
{
    dsc_rect box = dsc_rect_clip(s->box, d->plane->columns, d->plane->rows);
    dsc_rect area;
    dsc_rects words = {0};
    uint8_t *mask = NULL;
    int ground = dsc_rect_empty(box) ? 0 : dsc_ground_of(d->plane, box);
    bool all = true, any = false;
    dsc_status st = words_in(d, box, 2, TIMES * box.h, t, &words, err);

    if (!st)
        st = dsc_panels_in(d->plane, box, &mask, &area, err);
    for (int32_t y = box.y; !st && all && y < box.y + box.h; y++)
        for (int32_t x = box.x; all && x < box.x + box.w; x++) {
            all = mask[(size_t)(y - area.y) * (size_t)area.w +
                       (size_t)(x - area.x)] ||
                  holds(&words, x, y);
            any = any || is_ink(d, x, y, ground);
        }
    if (!st && all && how->views)
        st = are_plain(how->views, &words, &all, err);
    s->settled = !st && all && any;
    dsc_free(mask);
    dsc_rects_free(&words);
    return st;
}

dsc_status dsc_share_ink(const dsc_line_search *how, const dsc_plane *plane,
                         dsc_tracks *tracks, size_t first, dsc_error *err)
{
    desk d = {plane, tracks, how->frame};
    dsc_status st = DSC_OK;

    for (size_t i = first; !st && i < tracks->count; i++) {
        dsc_track *t = &tracks->items[i];
        for (size_t k = 0; !st && k < t->words.count; k++)
            for (int top = 0; !st && top < 2; top++)
                if (dsc_span_is_trusted(t, k, LEAST_READ))
                    st = trim(&d, t, &t->spans[k], top, err);
    }
    for (size_t i = first; !st && i < tracks->count; i++) {
        dsc_track *t = &tracks->items[i];
        if (is_unread(t) &&
            !(how->views && how->view &&
              dsc_views_has_news(how->views, how->view, t->spans->box)))
            st = settle(&d, t, err);
        for (size_t k = 0; !st && k < t->span_count; k++)
            if (is_doubtful(t, &t->spans[k]) && (how->views || !t->is_news))
                st = settle_panels(how, &d, t, &t->spans[k], err);
    }
    return st;
}
