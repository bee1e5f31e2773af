/* SPDX-License-Identifier: Apache-2.0
 *
 * Ink of another colour in a word that stays. Initials behind a larger label
 * show as splinters between its strokes, which are no letters to any finder.
 * But a word has one colour and its ground another, and nothing else is there:
 * what neither of them is, nor between the two, is another text. */
#include "scrub/scrub_priv.h"

#include <stdlib.h>

enum {
    INK_LEVELS = 40,  /* off the ground, in brightness or in hue: ink */
    TINT_LEVELS = 32, /* off the hues of ground and letters: another colour */
    TINT_PX = 6,      /* so many pixels of it are no chance, */
    SURE_LEVELS = 40, /* if some are so far off, as few are by compression */
    SURE_PX = 2,
    HUES = 24, /* levels that are one hue, when letters are counted */
    SIDE_HUES = 2 * 255 / HUES + 2,
    SPREAD_PX = 2, /* pixels that halved chroma reaches beyond a box */
    ROOM_PX = 4    /* around a word, or its height if that is more */
};

typedef struct desk {
    dsc_rect area; /* of the picture */
    dsc_rect word; /* in the area's coordinates, and all else */
    dsc_colour *px;
    uint8_t *off; /* is of another colour; 2: was counted */
    uint32_t *stack;
    dsc_colour ground;
    int strongest;   /* levels of its ink off the ground; 0: each counts */
    dsc_hue letters; /* from the ground's hue to theirs; 0, 0: the same */
} desk;

static dsc_colour *at(const desk *d, int32_t x, int32_t y)
{
    return d->px + (size_t)y * (size_t)d->area.w + (size_t)x;
}

static dsc_status desk_make(desk *d, const dsc_views *views, dsc_error *err)
{
    size_t n = (size_t)dsc_rect_area(d->area);

    d->px = dsc_calloc(n, sizeof *d->px);
    d->off = dsc_calloc(n, sizeof *d->off);
    d->stack = dsc_calloc(n, sizeof *d->stack);
    if (!d->px || !d->off || !d->stack)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (int32_t y = 0; y < d->area.h; y++)
        for (int32_t x = 0; x < d->area.w; x++)
            *at(d, x, y) =
                dsc_views_colour(views, d->area.x + x, d->area.y + y);
    return DSC_OK;
}

static void desk_free(desk *d)
{
    dsc_free(d->px);
    dsc_free(d->off);
    dsc_free(d->stack);
}

static bool on_edge(dsc_rect r, int32_t x, int32_t y)
{
    return x == r.x || y == r.y || x == r.x + r.w - 1 || y == r.y + r.h - 1;
}

/* The median of what is shown around the word, of one of the three values:
 * right at its ink there is the colour that halved chroma spreads. */
static int16_t median_of_edge(const desk *d, int which)
{
    uint32_t count[511] = {0}, n = 0, sum;
    int at_level = 0;
    dsc_rect w = dsc_rect_clip(dsc_rect_grow(d->word, SPREAD_PX, SPREAD_PX),
                               (uint32_t)d->area.w, (uint32_t)d->area.h);

    for (int32_t y = w.y; y < w.y + w.h; y++)
        for (int32_t x = w.x; x < w.x + w.w; x++) {
            const dsc_colour *c = at(d, x, y);
            if (!on_edge(w, x, y))
                continue;
            count[255 + (which == 0 ? c->m : which == 1 ? c->u : c->v)]++;
            n++;
        }
    for (sum = count[0]; at_level < 510 && 2 * sum < n;)
        sum += count[++at_level];
    return (int16_t)(at_level - 255);
}

static bool is_ink(const desk *d, const dsc_colour *c)
{
    return abs(c->m - d->ground.m) > INK_LEVELS ||
           dsc_hue_square(dsc_hue_from(d->ground, *c)) >
               INK_LEVELS * INK_LEVELS;
}

static int strength(const desk *d, const dsc_colour *c)
{
    return abs(c->m - d->ground.m);
}

static bool is_stroke(const desk *d, const dsc_colour *c)
{
    return 2 * strength(d, c) >= d->strongest;
}

static bool is_at_stroke(const desk *d, int32_t x, int32_t y)
{
    dsc_rect around = dsc_rect_intersect(
        dsc_rect_grow((dsc_rect){x, y, 1, 1}, 1, 1), d->word);

    for (int32_t v = around.y; v < around.y + around.h; v++)
        for (int32_t u = around.x; u < around.x + around.w; u++)
            if (is_stroke(d, at(d, u, v)))
                return true;
    return false;
}

/* Edges of thin letters, and the colour that a compression spreads around them,
 * are more than their strokes. They do not count for the letters, unless ink
 * that is as weak stands by itself: then the strongest may be another text. */
static void find_strokes(desk *d)
{
    dsc_rect w = d->word;
    int alone = 0;

    d->strongest = 0;
    for (int32_t y = w.y; y < w.y + w.h; y++)
        for (int32_t x = w.x; x < w.x + w.w; x++)
            if (strength(d, at(d, x, y)) > d->strongest)
                d->strongest = strength(d, at(d, x, y));
    for (int32_t y = w.y; y < w.y + w.h; y++)
        for (int32_t x = w.x; x < w.x + w.w; x++)
            alone +=
                strength(d, at(d, x, y)) > INK_LEVELS && !is_at_stroke(d, x, y);
    if (d->strongest <= INK_LEVELS || alone >= TINT_PX)
        d->strongest = 0;
}

static size_t bin_of(const dsc_colour *c)
{
    return (size_t)((c->u + 255) / HUES * SIDE_HUES + (c->v + 255) / HUES);
}

/* The hue that most of the word's ink has. */
static dsc_hue find_letters(const desk *d)
{
    uint32_t count[SIDE_HUES * SIDE_HUES] = {0};
    size_t most = 0;
    dsc_hue sum = {0, 0};
    dsc_rect w = d->word;

    for (int pass = 0; pass < 2; pass++)
        for (int32_t y = w.y; y < w.y + w.h; y++)
            for (int32_t x = w.x; x < w.x + w.w; x++) {
                const dsc_colour *c = at(d, x, y);
                size_t bin = bin_of(c);
                if (!is_ink(d, c) || !is_stroke(d, c))
                    continue;
                if (pass == 0 && ++count[bin] > count[most])
                    most = bin;
                if (pass == 1 && bin == most) {
                    sum.u += c->u - d->ground.u;
                    sum.v += c->v - d->ground.v;
                }
            }
    if (count[most]) {
        sum.u /= count[most];
        sum.v /= count[most];
    }
    if (4 * dsc_hue_square(sum) < TINT_LEVELS * TINT_LEVELS)
        return (dsc_hue){0, 0};
    return sum;
}

static dsc_hue off_by(const desk *d, const dsc_colour *c)
{
    return dsc_hue_off(dsc_hue_from(d->ground, *c), d->letters);
}

static void find_tints(desk *d)
{
    for (size_t i = 0; i < (size_t)dsc_rect_area(d->area); i++)
        d->off[i] =
            dsc_hue_square(off_by(d, &d->px[i])) > TINT_LEVELS * TINT_LEVELS;
}

/* Connected pixels of other colours. */
typedef struct piece {
    dsc_rect box;
    uint32_t inside; /* the word's box */
    uint32_t sure;   /* of these */
    dsc_hue sum;     /* of what they are off by, and of its size */
    int64_t size;
} piece;

static piece flood(desk *d, size_t start)
{
    piece p = {.inside = 0};
    size_t w = (size_t)d->area.w, top = 0;

    d->off[start] = 2;
    d->stack[top++] = (uint32_t)start;
    while (top) {
        size_t i = d->stack[--top];
        dsc_rect px = {(int32_t)(i % w), (int32_t)(i / w), 1, 1};
        dsc_rect around = dsc_rect_clip(dsc_rect_grow(px, 1, 1), (uint32_t)w,
                                        (uint32_t)d->area.h);
        dsc_hue h = off_by(d, &d->px[i]);
        p.box = dsc_rect_union(p.box, px);
        if (!dsc_rect_empty(dsc_rect_intersect(px, d->word))) {
            p.inside++;
            p.sure += dsc_hue_square(h) > SURE_LEVELS * SURE_LEVELS;
        }
        p.sum.u += h.u;
        p.sum.v += h.v;
        p.size += llabs(h.u) + llabs(h.v);
        for (int32_t y = around.y; y < around.y + around.h; y++)
            for (int32_t x = around.x; x < around.x + around.w; x++) {
                size_t k = (size_t)y * w + (size_t)x;
                if (d->off[k] != 1)
                    continue;
                d->off[k] = 2;
                d->stack[top++] = (uint32_t)k;
            }
    }
    return p;
}

/* All that is in the word and ends near it: tissue, flow and bars go on. The
 * fringes of channels that are not in register are of all colours, and cancel
 * each other. */
static dsc_rect take_pieces(desk *d)
{
    piece all = {.inside = 0};

    for (size_t i = 0; i < (size_t)dsc_rect_area(d->area); i++) {
        piece p;
        if (d->off[i] != 1)
            continue;
        p = flood(d, i);
        if (!p.inside || p.box.x == 0 || p.box.y == 0 ||
            p.box.x + p.box.w == d->area.w || p.box.y + p.box.h == d->area.h)
            continue;
        all.box = dsc_rect_union(all.box, p.box);
        all.inside += p.inside;
        all.sure += p.sure;
        all.sum.u += p.sum.u;
        all.sum.v += p.sum.v;
        all.size += p.size;
    }
    if (all.inside < TINT_PX || all.sure < SURE_PX ||
        2 * (llabs(all.sum.u) + llabs(all.sum.v)) < all.size)
        return (dsc_rect){0, 0, 0, 0};
    return all.box;
}

dsc_status dsc_find_tint(const dsc_views *views, dsc_rect word, dsc_rect *ink,
                         dsc_error *err)
{
    const dsc_view *v = &views->items[0];
    desk d = {.word = dsc_rect_clip(word, v->columns, v->rows)};
    int32_t room = d.word.w < d.word.h ? d.word.w : d.word.h;
    dsc_status st;

    *ink = (dsc_rect){0, 0, 0, 0};
    if (views->count < DSC_VIEW_KINDS || dsc_rect_empty(d.word))
        return DSC_OK;
    room = room < ROOM_PX ? ROOM_PX : room;
    d.area =
        dsc_rect_clip(dsc_rect_grow(d.word, room, room), v->columns, v->rows);
    d.word.x -= d.area.x;
    d.word.y -= d.area.y;
    st = desk_make(&d, views, err);
    if (!st) {
        d.ground = (dsc_colour){.m = median_of_edge(&d, 0),
                                .u = median_of_edge(&d, 1),
                                .v = median_of_edge(&d, 2)};
        find_strokes(&d);
        d.letters = find_letters(&d);
        find_tints(&d);
        *ink = take_pieces(&d);
        if (!dsc_rect_empty(*ink)) {
            ink->x += d.area.x;
            ink->y += d.area.y;
        }
    }
    desk_free(&d);
    return st;
}
