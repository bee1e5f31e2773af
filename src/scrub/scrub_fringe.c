/* SPDX-License-Identifier: Apache-2.0
 *
 * Fringes: the colour of letters beside them. JPEG stores chroma coarsely, most
 * often at half resolution, and brightness well: a word that is read in one
 * view is in those of hue as a blurred patch, larger than itself, which no
 * reader reads. It is nothing but the word where all that the view shows is
 * right beside its strokes and of its hue, or weak and near; and where
 * brightness, which is sharp, shows no other ink. A word without colour spreads
 * none, and on coloured ground what is between both hues may be another text.
 */
#include "scrub/scrub_priv.h"

#include <stdlib.h>
#include <string.h>

enum {
    QUIET_LEVELS = 16, /* less is no text that anybody promised to find */
    WEAK_LEVELS = 24,  /* of ringing, where there is no stroke */
    LUMA_LEVELS = 24,  /* off the ground: ink */
    HUE_LEVELS = 40,   /* off all hues between ground and letters, at most as
                         far as these are apart */
    GREY_LEVELS = 45,  /* of hue: ground has hardly a colour */
    EDGE_PX = 1,       /* of a stroke, that is soft in luma, too */
    NEAR_PX = 3,       /* halved chroma and its interpolation */
    FAR_PX = 8,        /* a block of a cell */
    OTHER_PX = 6,      /* so many pixels of other ink are no chance */
    APART_PX = 6,      /* rows without any: another text */
    GROUND_PX = 32
};

typedef struct desk {
    const dsc_views *views;
    const dsc_view *view; /* that shows the box */
    dsc_rect area;        /* the box and FAR_PX around */
    const dsc_rects *words;
    dsc_hue *letters; /* of each, from the ground's hue */
    uint8_t *away;    /* pixels from the nearest stroke of a word */
    dsc_colour ground;
    int level; /* of it in the view */
} desk;

static bool contains(dsc_rect r, int32_t x, int32_t y)
{
    return x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h;
}

static size_t index_of(const desk *d, int32_t x, int32_t y)
{
    return (size_t)(y - d->area.y) * (size_t)d->area.w +
           (size_t)(x - d->area.x);
}

static int level_at(const desk *d, int32_t x, int32_t y)
{
    return d->view->data[(size_t)y * d->view->stride + (size_t)x];
}

static bool in_a_word(const desk *d, int32_t x, int32_t y)
{
    dsc_rects_foreach (w, d->words)
        if (contains(dsc_rect_grow(*w, 1, 1), x, y))
            return true;
    return false;
}

static int16_t median(const uint32_t *count, uint32_t n)
{
    uint32_t sum = count[0];
    int level = 0;

    while (2 * sum < n)
        sum += count[++level];
    return (int16_t)(level - 255);
}

/* What most of the area shows that is in no word: is it hardly coloured? */
static bool find_ground(desk *d)
{
    uint32_t count[5][511], n = 0;
    dsc_rect a = d->area;

    memset(count, 0, sizeof count);
    for (int32_t y = a.y; y < a.y + a.h; y++)
        for (int32_t x = a.x; x < a.x + a.w; x++) {
            dsc_colour c = dsc_views_colour(d->views, x, y);
            if (in_a_word(d, x, y))
                continue;
            count[0][255 + c.luma]++;
            count[1][255 + c.u]++;
            count[2][255 + c.v]++;
            count[3][255 + level_at(d, x, y)]++;
            count[4][255 + c.m]++;
            n++;
        }
    if (n < GROUND_PX)
        return false;
    d->ground = (dsc_colour){.m = median(count[4], n),
                             .luma = median(count[0], n),
                             .u = median(count[1], n),
                             .v = median(count[2], n)};
    d->level = median(count[3], n);
    return dsc_hue_square((dsc_hue){d->ground.u, d->ground.v}) <=
           GREY_LEVELS * GREY_LEVELS;
}

/* The strokes of a word, where it was read, and the mean of their hues. */
static void take_strokes(desk *d, size_t which)
{
    dsc_rect w = dsc_rect_intersect(d->words->items[which], d->area);
    int most = 0;
    int64_t n = 0;
    dsc_hue sum = {0, 0};

    for (int pass = 0; pass < 2; pass++)
        for (int32_t y = w.y; y < w.y + w.h; y++)
            for (int32_t x = w.x; x < w.x + w.w; x++) {
                dsc_colour c = dsc_views_colour(d->views, x, y);
                int off = abs(c.m - d->ground.m);
                dsc_hue h = dsc_hue_from(d->ground, c);
                if (!pass) {
                    most = off > most ? off : most;
                    continue;
                }
                if (off <= LUMA_LEVELS || 3 * off < most)
                    continue;
                d->away[index_of(d, x, y)] = 0;
                sum.u += h.u;
                sum.v += h.v;
                n++;
            }
    d->letters[which] = n ? (dsc_hue){sum.u / n, sum.v / n} : sum;
}

static void spread(desk *d, int32_t x, int32_t y, int32_t dx, int32_t dy)
{
    uint8_t *to = &d->away[index_of(d, x, y)];

    if (contains(d->area, x + dx, y + dy)) {
        uint8_t from = d->away[index_of(d, x + dx, y + dy)];
        if (from + 1 < *to)
            *to = (uint8_t)(from + 1);
    }
}

/* Chessboard distances, downwards and back. */
static void measure(desk *d)
{
    dsc_rect a = d->area;

    for (int32_t y = a.y; y < a.y + a.h; y++)
        for (int32_t x = a.x; x < a.x + a.w; x++) {
            spread(d, x, y, -1, 0);
            for (int32_t dx = -1; dx <= 1; dx++)
                spread(d, x, y, dx, -1);
        }
    for (int32_t y = a.y + a.h - 1; y >= a.y; y--)
        for (int32_t x = a.x + a.w - 1; x >= a.x; x--) {
            spread(d, x, y, 1, 0);
            for (int32_t dx = -1; dx <= 1; dx++)
                spread(d, x, y, dx, 1);
        }
}

/* Is the hue one between the ground and letters, or little off? */
static bool is_between(dsc_hue h, dsc_hue letters)
{
    int64_t most = dsc_hue_square(letters);

    return dsc_hue_square(dsc_hue_off(h, letters)) <=
           (most < HUE_LEVELS * HUE_LEVELS ? most : HUE_LEVELS * HUE_LEVELS);
}

static bool is_of_a_word(const desk *d, int32_t x, int32_t y, dsc_hue h)
{
    for (size_t i = 0; i < d->words->count; i++)
        if (contains(dsc_rect_grow(d->words->items[i], NEAR_PX, NEAR_PX), x,
                     y) &&
            is_between(h, d->letters[i]))
            return true;
    return false;
}

static bool is_other(const desk *d, int32_t x, int32_t y)
{
    dsc_colour c = dsc_views_colour(d->views, x, y);
    int off = abs(level_at(d, x, y) - d->level);
    int away = d->away[index_of(d, x, y)];
    bool in_luma = away > EDGE_PX && abs(c.luma - d->ground.luma) > LUMA_LEVELS;

    if (away <= NEAR_PX)
        return off > QUIET_LEVELS &&
               (in_luma || !is_of_a_word(d, x, y, dsc_hue_from(d->ground, c)));
    return off > (away <= FAR_PX ? WEAK_LEVELS : QUIET_LEVELS) || in_luma;
}

/* All other ink that the box shows, in one box for rows that are close; none:
 * hardly any. */
static dsc_status other_ink(const desk *d, dsc_rect box, dsc_rects *out,
                            dsc_error *err)
{
    int px = 0;
    dsc_status st = DSC_OK;

    for (int32_t y = box.y; !st && y < box.y + box.h; y++) {
        dsc_rect row = {0, 0, 0, 0};
        dsc_rect *last = out->count ? &out->items[out->count - 1] : NULL;
        for (int32_t x = box.x; x < box.x + box.w; x++)
            if (is_other(d, x, y)) {
                row = dsc_rect_union(row, (dsc_rect){x, y, 1, 1});
                px++;
            }
        if (dsc_rect_empty(row))
            continue;
        if (last && y - last->y - last->h < APART_PX)
            *last = dsc_rect_union(*last, row);
        else
            st = dsc_rects_add(out, row, err);
    }
    if (px < OTHER_PX)
        out->count = 0;
    return st;
}

dsc_status dsc_take_fringe(const dsc_views *views, size_t which, dsc_rect box,
                           const dsc_rects *words, dsc_rects *left,
                           dsc_error *err)
{
    const dsc_view *v = &views->items[which];
    desk d = {.views = views, .view = v, .words = words};
    dsc_rect all = dsc_rect_clip(box, v->columns, v->rows);
    size_t n;
    dsc_status st = DSC_OK;

    left->count = 0;
    if (views->count < DSC_VIEW_KINDS || dsc_rect_empty(all))
        return dsc_rects_add(left, box, err);
    d.area =
        dsc_rect_clip(dsc_rect_grow(all, FAR_PX, FAR_PX), v->columns, v->rows);
    n = (size_t)dsc_rect_area(d.area);
    d.away = dsc_alloc(n);
    d.letters = dsc_calloc(words->count + 1, sizeof *d.letters);
    if (!d.away || !d.letters)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    if (!st && !find_ground(&d)) {
        st = dsc_rects_add(left, box, err);
    } else if (!st) {
        memset(d.away, UINT8_MAX, n);
        for (size_t i = 0; i < words->count; i++)
            take_strokes(&d, i);
        measure(&d);
        st = other_ink(&d, all, left, err);
    }
    dsc_free(d.away);
    dsc_free(d.letters);
    return st;
}
