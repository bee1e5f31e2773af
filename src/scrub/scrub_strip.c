/* SPDX-License-Identifier: Apache-2.0
 *
 * Ink in bars of colours or of greys. A finder sees a bar's own edges and steps
 * better than a dim name in it, or a letter that the bar's edge cuts. But all
 * along a bar each line across it has one colour: where one has not, there is
 * ink, however little of it. Nobody explains that, so it goes. */
#include "scrub/scrub_priv.h"

enum {
    EVEN = 1,         /* levels that one colour differs by */
    SIDE_LEVELS = 16, /* beside a bar there is more, for half its length: not
                         what a lossy compression makes of one colour */
    SEED_LINES = 4,   /* from one line that is looked at to the next */
    FLAT_LINES = 12,  /* of one colour on both sides: none of a bar's */
    CELL_PX = 3,      /* colours beside each other are as wide, */
    CELL_LINES = 32,  /* and go on longer than letters are high */
    LEAST_PX = 10,    /* bars are as wide, */
    MOST_PX = 96,     /* no wider, */
    LENGTH_PX = 48,   /* and as long */
    BEYOND_PX = 2,    /* there may be a frame; then comes ground */
    ENDS = 3,         /* lines at both ends that show no ink: no stroke of a
                         number beyond it is as thick */
    LOST = 24,        /* lines in it that look like ground */
    CLEAN_OF = 4,     /* so many of its lines have one colour, */
    STEPS = 8,        /* which changes as often */
    GAP_PX = 4,       /* between letters that stand below each other */
    LETTER_PX = 4     /* what is lower is a tick */
};

/* The views, where bars stand or lie: x is across a bar, y along it. */
typedef struct grid {
    const dsc_views *views; /* all of one stride */
    const uint8_t *filled;  /* pixels that nobody knows, or NULL */
    bool lies;
    int32_t w, h;
    size_t across, along; /* bytes of a view from a pixel to the next */
} grid;

typedef struct strip {
    int32_t x, w, top, end;
} strip;

typedef enum line_kind {
    OUTSIDE,
    GROUND, /* no bar is seen */
    CLEAN,  /* one colour, and another one beside it */
    BROKEN
} line_kind;

static size_t at(const grid *g, int32_t x, int32_t y)
{
    return (size_t)x * g->across + (size_t)y * g->along;
}

static dsc_rect to_plane(const grid *g, dsc_rect r)
{
    return g->lies ? (dsc_rect){r.y, r.x, r.h, r.w} : r;
}

static bool is_known(const grid *g, int32_t x, int32_t y)
{
    size_t columns = g->views->items[0].columns;

    return !g->filled || !g->filled[g->lies ? (size_t)x * columns + (size_t)y
                                            : (size_t)y * columns + (size_t)x];
}

static bool differs_by(const grid *g, int levels, int32_t x, int32_t y,
                       int32_t x2, int32_t y2)
{
    size_t a = at(g, x, y), b = at(g, x2, y2);

    for (size_t k = 0; k < g->views->count; k++) {
        const uint8_t *v = g->views->items[k].data;
        int off = v[a] - v[b];
        if (off > levels || off < -levels)
            return true;
    }
    return false;
}

static bool differs(const grid *g, int32_t x, int32_t y, int32_t x2, int32_t y2)
{
    return differs_by(g, EVEN, x, y, x2, y2);
}

/* Is there an edge between columns x - 1 and x? */
static bool is_edge_of(const grid *g, int levels, int32_t x, int32_t y)
{
    return x <= 0 || x >= g->w || !is_known(g, x, y) ||
           !is_known(g, x - 1, y) || differs_by(g, levels, x - 1, y, x, y);
}

static bool is_edge(const grid *g, int32_t x, int32_t y)
{
    return is_edge_of(g, EVEN, x, y);
}

/* A colour that goes on beside another for so long is a cell of the bar. */
static bool is_cell(const grid *g, int32_t x, int32_t y)
{
    int32_t top = y, end = y + 1;

    while (top > 0 && end - top < CELL_LINES && is_edge(g, x, top - 1))
        top--;
    while (end < g->h && end - top < CELL_LINES && is_edge(g, x, end))
        end++;
    return end - top >= CELL_LINES;
}

static bool is_even(const grid *g, const strip *s, int32_t y)
{
    int32_t from = s->x;

    for (int32_t x = s->x + 1; x < s->x + s->w; x++)
        if (!is_known(g, from, y) || (is_edge(g, x, y) && is_cell(g, x, y)))
            from = x;
        else if (is_known(g, x, y) && differs(g, from, y, x, y))
            return false;
    return true;
}

static line_kind kind_of(const grid *g, const strip *s, int32_t y)
{
    bool left = is_edge(g, s->x, y), right = is_edge(g, s->x + s->w, y);

    if (is_even(g, s, y))
        return left || right ? CLEAN : GROUND;
    return left && right ? BROKEN : OUTSIDE;
}

/* From line y on as far as clean lines go; then back to where some of them are
 * together. */
static int32_t find_end(const grid *g, const strip *s, int32_t y, int32_t by)
{
    int32_t end = y, clean = 0, lost = 0;

    for (; y >= 0 && y < g->h && lost < LOST; y += by) {
        line_kind kind = kind_of(g, s, y);
        clean = kind == CLEAN ? clean + 1 : 0;
        lost = kind == CLEAN || kind == BROKEN ? 0 : lost + 1;
        end = clean >= ENDS ? y : end;
    }
    return end;
}

/* Is most of the column beside the strip of one colour, as no tissue is? */
static bool has_ground(const grid *g, const strip *s, int32_t x)
{
    int32_t ground = s->top, votes = 0, most = 0;

    if (x < 0 || x >= g->w)
        return true;
    for (int32_t y = s->top; y < s->end; y++)
        if (!votes) {
            ground = y;
            votes = 1;
        } else {
            votes += differs(g, x, y, x, ground) ? -1 : 1;
        }
    for (int32_t y = s->top; y < s->end; y++)
        most += !differs(g, x, y, x, ground);
    return 2 * most >= s->end - s->top;
}

/* Lines of which both ends are known, and what is beside them. */
static bool is_seen(const grid *g, const strip *s, int32_t y)
{
    int32_t right = s->x + s->w;

    return is_known(g, s->x, y) && is_known(g, right - 1, y) &&
           (s->x == 0 || is_known(g, s->x - 1, y)) &&
           (right == g->w || is_known(g, right, y));
}

/* Are there edges at both sides of its lines, nearly all along? */
static bool has_sides(const grid *g, const strip *s, int32_t seen)
{
    int32_t right = s->x + s->w, any = 0, strong = 0;

    for (int32_t y = s->top; y < s->end; y++) {
        if (!is_seen(g, s, y))
            continue;
        any += is_edge(g, s->x, y) && is_edge(g, right, y);
        strong += is_edge_of(g, SIDE_LEVELS, s->x, y) &&
                  is_edge_of(g, SIDE_LEVELS, right, y);
    }
    return 4 * any >= 3 * seen && 2 * strong >= seen &&
           has_ground(g, s, s->x - BEYOND_PX) &&
           has_ground(g, s, right - 1 + BEYOND_PX);
}

static bool is_bar(const grid *g, const strip *s)
{
    int32_t middle = s->x + s->w / 2, last = s->top;
    int32_t seen = 0, clean = 0, steps = 0;

    for (int32_t y = s->top; y < s->end; y++) {
        if (!is_seen(g, s, y))
            continue;
        seen++;
        if (kind_of(g, s, y) != CLEAN)
            continue;
        clean++;
        steps += differs(g, middle, last, middle, y);
        last = y;
    }
    return seen >= LENGTH_PX && CLEAN_OF * clean >= seen && steps >= STEPS &&
           has_sides(g, s, seen);
}

/* ---- ink ---- */

/* From the first to the last edge in a line; of one edge alone the shorter
 * side. */
static dsc_rect ink_in(const grid *g, const strip *s, int32_t y)
{
    int32_t first = 0, last = 0, end = s->x + s->w;

    for (int32_t x = s->x + 1; x < end; x++)
        if (is_known(g, x, y) && is_known(g, x - 1, y) && is_edge(g, x, y) &&
            !is_cell(g, x, y)) {
            first = first ? first : x;
            last = x;
        }
    if (first == last && first - s->x < end - last)
        first = s->x;
    else if (first == last)
        last = end;
    return (dsc_rect){first, y, last - first, 1};
}

static dsc_status add_ink(const grid *g, dsc_rect ink, dsc_rects *out,
                          dsc_error *err)
{
    dsc_rect r = dsc_rect_grow(ink, 1, 1);

    if (ink.h < LETTER_PX)
        return DSC_OK;
    r = dsc_rect_clip(to_plane(g, r), g->views->items[0].columns,
                      g->views->items[0].rows);
    return dsc_rects_add(out, r, err);
}

static dsc_status add_all_ink(const grid *g, const strip *s, dsc_rects *out,
                              dsc_error *err)
{
    dsc_rect ink = {0, 0, 0, 0};
    dsc_status st = DSC_OK;

    for (int32_t y = s->top; !st && y < s->end; y++) {
        if (is_even(g, s, y))
            continue;
        if (y - ink.y - ink.h > GAP_PX) {
            st = add_ink(g, ink, out, err);
            ink = (dsc_rect){0, 0, 0, 0};
        }
        ink = dsc_rect_union(ink, ink_in(g, s, y));
    }
    return st ? st : add_ink(g, ink, out, err);
}

/* ---- bars ---- */

static bool is_flat(const grid *g, int32_t x, int32_t y)
{
    return y >= FLAT_LINES && y + FLAT_LINES < g->h &&
           !differs(g, x, y, x, y - FLAT_LINES) &&
           !differs(g, x, y, x, y + FLAT_LINES);
}

/* The next cells of one colour each in line y, from *x on. */
static bool next_cells(const grid *g, int32_t y, int32_t *x, strip *out)
{
    *out = (strip){.x = *x};
    while (*x < g->w) {
        int32_t w = 1;
        bool is;
        while (*x + w < g->w && !differs(g, *x, y, *x + w, y))
            w++;
        is = w >= CELL_PX && w <= MOST_PX && !is_flat(g, *x + w / 2, y);
        if (!is && out->w >= LEAST_PX && out->w <= MOST_PX)
            return true;
        *x += w;
        out->w += w;
        if (!is)
            *out = (strip){.x = *x};
    }
    return false;
}

/* Was the run, in line y, part of a strip that was followed? */
static bool is_old(const dsc_rects *known, const strip *s, int32_t y)
{
    dsc_rects_foreach (r, known)
        if (s->x == r->x && s->w == r->w && y >= r->y && y < r->y + r->h)
            return true;
    return false;
}

/* Most lines of a bar show both of its sides, and even ground beyond. */
static bool may_be_bar(const grid *g, const dsc_rects *known, const strip *s,
                       int32_t y)
{
    int32_t right = s->x + s->w;
    int32_t before = s->x - BEYOND_PX, behind = right - 1 + BEYOND_PX;

    return is_edge_of(g, SIDE_LEVELS, s->x, y) &&
           is_edge_of(g, SIDE_LEVELS, right, y) && !is_old(known, s, y) &&
           (before < 0 || !differs(g, before, y - 1, before, y)) &&
           (behind >= g->w || !differs(g, behind, y - 1, behind, y)) &&
           kind_of(g, s, y) == CLEAN;
}

static dsc_status find_in(const grid *g, dsc_rects *known, dsc_rects *out,
                          dsc_error *err)
{
    dsc_status st = DSC_OK;
    strip s;

    known->count = 0;
    for (int32_t y = SEED_LINES; !st && y < g->h; y += SEED_LINES)
        for (int32_t x = 0; !st && next_cells(g, y, &x, &s);) {
            if (!may_be_bar(g, known, &s, y))
                continue;
            s.top = find_end(g, &s, y, -1);
            s.end = find_end(g, &s, y, 1) + 1;
            st = dsc_rects_add(known,
                               (dsc_rect){s.x, s.top, s.w, s.end - s.top}, err);
            if (!st && is_bar(g, &s))
                st = add_all_ink(g, &s, out, err);
        }
    return st;
}

dsc_status dsc_find_bar_ink(const dsc_views *views, const uint8_t *filled,
                            dsc_rects *ink, dsc_error *err)
{
    int32_t columns = (int32_t)views->items[0].columns;
    int32_t rows = (int32_t)views->items[0].rows;
    size_t stride = views->items[0].stride;
    dsc_rects known = {0};
    dsc_status st = DSC_OK;

    ink->count = 0;
    for (int lies = 0; !st && lies < 2; lies++) {
        const grid g = {.views = views,
                        .filled = filled,
                        .lies = lies,
                        .w = lies ? rows : columns,
                        .h = lies ? columns : rows,
                        .across = lies ? stride : 1,
                        .along = lies ? 1 : stride};
        st = find_in(&g, &known, ink, err);
    }
    dsc_rects_free(&known);
    return st;
}
