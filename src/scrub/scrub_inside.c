/* SPDX-License-Identifier: Apache-2.0
 *
 * Does a word's box show the letters that were read, and nothing else? A reader
 * does not see small text between large letters, or across them. But it is
 * pieces of ink that are no letter's, it closes off ground that no letter does,
 * or it is dim where no edge of a stroke is. */
#include "base/utf8.h"
#include "scrub/scrub_priv.h"

#include <stdlib.h>
#include <string.h>

enum {
    LEAST_PX = 13, /* letters of lower boxes grow together */
    SPECK_PX = 3,  /* less is no piece of ink */
    RULE_PX = 2,
    STROKE_OF = 2,     /* the strongest ink: what has as much is a stroke, */
    DIM_OF = 5,        /* and so much may be other text, */
    EDGE_PX = 1,       /* but at the edge of a stroke */
    SOFT_OF = 3,       /* a stroke of a picture that was enlarged has less, */
    SOFT_PX = 2,       /* and a wider edge; */
    SOFT_PERCENT = 60, /* there so much beside strokes is dim, */
    SOFT_MORE = 28,    /* and so much of what is a pixel farther at most */
    GRAINS = 6         /* as much as is usual there is none */
};

/* Pieces of ink and closed off ground; `open`: ground that is nearly closed
 * off, and is where strokes are blurred. */
typedef struct shape {
    size_t pieces, holes, open;
} shape;

/* As many as any font has in the letter. */
static shape shape_of_letter(uint32_t c)
{
    shape s = {.pieces = 1};

    if (c > 127 || !c)
        return (shape){3, 2, 2};
    if (strchr("ij!?:;=\"0", (int)c))
        s.pieces = 2;
    if (c == '%') /* its stroke may meet its circles, twice */
        return (shape){3, 4, 0};
    if (strchr("ADOPQRabdeopq469#+", (int)c))
        s.holes = 1;
    if (strchr("B80g&@$", (int)c))
        s.holes = 2;
    if (strchr("CGJacegt69", (int)c))
        s.open = 1;
    if (strchr("SZsz235", (int)c))
        s.open = 2;
    return s;
}

static shape shape_of_text(const char *utf8)
{
    shape all = {0};
    uint32_t c;

    for (size_t n; (n = dsc_utf8_decode(utf8, strlen(utf8), &c)); utf8 += n) {
        shape s = shape_of_letter(c);
        all.pieces += s.pieces;
        all.holes += s.holes;
        all.open += s.open;
    }
    return all;
}

/* A box with a pixel of ground around it. */
typedef struct desk {
    uint8_t *off; /* per pixel: grey levels off the ground */
    uint8_t *ink; /* GROUND, INK or SEEN */
    uint32_t *stack;
    int32_t w, h;
    int most, grain;
    int stroke_of; /* what counts as a stroke, */
    int32_t edge;  /* and as its edge */
} desk;

enum {
    GROUND,
    INK,
    SEEN
};

static size_t area_of(const desk *d)
{
    return (size_t)d->w * (size_t)d->h;
}

static dsc_rect all_of(const desk *d)
{
    return (dsc_rect){0, 0, d->w, d->h};
}

static void desk_free(desk *d)
{
    dsc_wipe_free(d->off, area_of(d));
    dsc_wipe_free(d->ink, area_of(d));
    dsc_wipe_free(d->stack, area_of(d) * sizeof *d->stack);
}

static dsc_rect around(const desk *d, int32_t x, int32_t y, int32_t px)
{
    return dsc_rect_intersect(
        (dsc_rect){x - px, y - px, 2 * px + 1, 2 * px + 1}, all_of(d));
}

static bool has_stroke(const desk *d, dsc_rect r)
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            if (STROKE_OF * d->off[(size_t)y * (size_t)d->w + (size_t)x] >=
                d->most)
                return true;
    return false;
}

/* Of what lies so many pixels from the nearest stroke, how much is dim: neither
 * stroke nor ground. */
static size_t dim_percent(const desk *d, int32_t px)
{
    size_t all = 0, dim = 0;

    for (int32_t y = 1; y + 1 < d->h; y++)
        for (int32_t x = 1; x + 1 < d->w; x++) {
            if (has_stroke(d, around(d, x, y, px - 1)) ||
                !has_stroke(d, around(d, x, y, px)))
                continue;
            all++;
            dim += DIM_OF * d->off[(size_t)y * (size_t)d->w + (size_t)x] >=
                   d->most;
        }
    return all ? 100 * dim / all : 0;
}

/* What is usual off the ground where no stroke is: the median. */
static int grain_of(const desk *d)
{
    size_t hist[256] = {0}, n = 0, sum = 0;
    int grain = 0;

    for (size_t i = 0; i < area_of(d); i++)
        if (d->stroke_of * d->off[i] < d->most) {
            hist[d->off[i]]++;
            n++;
        }
    while (2 * (sum += hist[grain]) < n)
        grain++;
    return grain;
}

static void take_as(desk *d, int stroke_of, int32_t edge)
{
    d->stroke_of = stroke_of;
    d->edge = edge;
    d->grain = grain_of(d);
}

static dsc_status desk_make(desk *d, const dsc_plane *p, const uint8_t *filled,
                            dsc_rect box, dsc_error *err)
{
    int ground = dsc_ground_of(p, box);

    *d = (desk){.w = box.w + 2, .h = box.h + 2};
    d->off = dsc_calloc(area_of(d), 1);
    d->ink = dsc_calloc(area_of(d), 1);
    d->stack = dsc_calloc(area_of(d), sizeof *d->stack);
    if (!d->off || !d->ink || !d->stack)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (int32_t y = 0; y < box.h; y++)
        for (int32_t x = 0; x < box.w; x++) {
            size_t at = (size_t)(y + 1) * (size_t)d->w + (size_t)x + 1;
            size_t row = (size_t)(box.y + y), column = (size_t)(box.x + x);
            int off = abs(p->data[row * p->stride + column] - ground);
            if (filled && filled[row * p->columns + column])
                continue;
            d->off[at] = (uint8_t)off;
            d->most = off > d->most ? off : d->most;
        }
    take_as(d, STROKE_OF, EDGE_PX);
    return DSC_OK;
}

/* The least that a stroke has. */
static int stroke_level(const desk *d)
{
    return (d->most + d->stroke_of - 1) / d->stroke_of;
}

static void draw(desk *d, int least)
{
    for (size_t i = 0; i < area_of(d); i++)
        d->ink[i] = d->off[i] >= least ? INK : GROUND;
}

/* Take away what may be the edge of a stroke. */
static void take_edges(desk *d)
{
    for (int32_t y = 0; y < d->h; y++)
        for (int32_t x = 0; x < d->w; x++) {
            dsc_rect r = around(d, x, y, d->edge);
            if (d->stroke_of * d->off[(size_t)y * (size_t)d->w + (size_t)x] <
                d->most)
                continue;
            for (int32_t v = r.y; v < r.y + r.h; v++)
                memset(d->ink + (size_t)v * (size_t)d->w + (size_t)r.x, GROUND,
                       (size_t)r.w);
        }
}

/* The region that holds pixel `start`: its size, and its box. Ink is connected
 * by corners, ground is not. */
static size_t flood(desk *d, size_t start, dsc_rect *box)
{
    uint8_t kind = d->ink[start];
    size_t top = 0, size = 0;

    *box = (dsc_rect){0, 0, 0, 0};
    d->ink[start] = SEEN;
    d->stack[top++] = (uint32_t)start;
    for (; top; size++) {
        int32_t x = (int32_t)(d->stack[--top] % (uint32_t)d->w);
        int32_t y = (int32_t)(d->stack[top] / (uint32_t)d->w);
        dsc_rect r = around(d, x, y, 1);
        *box = dsc_rect_union(*box, (dsc_rect){x, y, 1, 1});
        for (int32_t v = r.y; v < r.y + r.h; v++)
            for (int32_t u = r.x; u < r.x + r.w; u++) {
                size_t at = (size_t)v * (size_t)d->w + (size_t)u;
                if (d->ink[at] != kind || (kind == GROUND && u != x && v != y))
                    continue;
                d->ink[at] = SEEN;
                d->stack[top++] = (uint32_t)at;
            }
    }
    return size;
}

/* A line below or above the letters, or what a box left of it. */
static bool is_rule(dsc_rect r)
{
    return r.h <= RULE_PX && r.w >= LEAST_PX;
}

static shape count(desk *d)
{
    shape s = {0};
    dsc_rect r;
    bool one = false;

    flood(d, 0, &r); /* what is around */
    for (size_t i = 0; i < area_of(d); i++) {
        bool ink = d->ink[i] == INK;
        size_t size = d->ink[i] == SEEN ? 0 : flood(d, i, &r);
        s.pieces += ink && size >= SPECK_PX && !is_rule(r);
        s.holes += !ink && size > 0;
        one |= !ink && size == 1;
    }
    s.holes -= one; /* where strokes meet */
    return s;
}

/* What shows in the box at this level. */
static shape shape_at(desk *d, int least, bool edges)
{
    draw(d, least);
    if (!edges)
        take_edges(d);
    return count(d);
}

static bool is_more(shape s, const shape *most)
{
    return s.pieces > most->pieces || s.holes > most->holes;
}

static bool has_descender(uint32_t c)
{
    return c > 127 || (c && strchr("gjpqyQ()[]{}/|$@_", (int)c));
}

/* Soft letters grow together with what is below them, but do not go below their
 * line: these many may, and the pieces of the others end where most do. */
static bool stand_on_a_line(desk *d, const char *utf8)
{
    size_t count[256] = {0}, all = 0, below = 0, may = 0, sum = 0;
    int32_t line = 0;
    dsc_rect r;
    uint32_t c;

    if (d->h > 255)
        return true;
    draw(d, stroke_level(d));
    for (size_t n; (n = dsc_utf8_decode(utf8, strlen(utf8), &c)); utf8 += n)
        may += has_descender(c);
    flood(d, 0, &r);
    for (size_t i = 0; i < area_of(d); i++) {
        if (d->ink[i] != INK)
            continue;
        flood(d, i, &r);
        if (2 * r.h < d->h)
            continue; /* a point */
        count[r.y + r.h]++;
        all++;
    }
    while (line < d->h && 2 * (sum += count[line]) < all)
        line++;
    for (int32_t y = line + d->h / 8 + 2; y <= d->h; y++)
        below += count[y];
    return below <= may;
}

/* Text that is as bright as the letters, or dim. A thin stroke that breaks is
 * whole a little lower. */
static bool holds_other(desk *d, const char *utf8)
{
    const shape letters = shape_of_text(utf8), *most = &letters;
    int stroke = stroke_level(d);
    int thin = (7 * stroke + 7) / 8;
    int dim = (d->most + DIM_OF - 1) / DIM_OF;
    shape s;

    if (is_more(shape_at(d, stroke, true), most) &&
        is_more(shape_at(d, thin, true), most))
        return true;
    dim = dim < GRAINS * d->grain ? GRAINS * d->grain : dim;
    if (dim >= stroke)
        return false;
    s = shape_at(d, dim, true);
    return s.pieces > most->pieces ||
           s.holes > most->holes + (most->open + 1) / 2 ||
           shape_at(d, dim, false).pieces > 0;
}

/* Letters of a picture that was enlarged are soft: thin strokes are dim, and
 * edges wide, which looks like other ink. But nearly all of an edge is, and
 * what is close to it grows together with the letters. */
static bool is_soft(const desk *d)
{
    return dim_percent(d, 1) >= SOFT_PERCENT && dim_percent(d, 2) <= SOFT_MORE;
}

static bool holds_other_or_is_soft(desk *d, const char *utf8)
{
    if (!holds_other(d, utf8))
        return false;
    if (!is_soft(d))
        return true;
    take_as(d, SOFT_OF, SOFT_PX);
    return !stand_on_a_line(d, utf8) || holds_other(d, utf8);
}

dsc_status dsc_holds_other_ink(const dsc_plane *plane, const uint8_t *filled,
                               const dsc_word *word, bool *does, dsc_error *err)
{
    dsc_rect box = dsc_rect_clip(word->box, plane->columns, plane->rows);
    desk d;
    dsc_status st;

    *does = false;
    if (box.h < LEAST_PX || dsc_rect_empty(box))
        return DSC_OK;
    st = desk_make(&d, plane, filled, box, err);
    *does = !st && d.most && holds_other_or_is_soft(&d, word->utf8);
    desk_free(&d);
    return st;
}
