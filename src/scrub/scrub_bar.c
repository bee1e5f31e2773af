/* SPDX-License-Identifier: Apache-2.0
 *
 * Bars of colours that are explained whole: the map of a colour Doppler. A
 * finder takes pieces of one for text, and what stands beside it goes with
 * them. Here each pixel is accounted for, in all views: a bar is an upright
 * column, or some side by side, each row of which has one colour, from one end
 * to the other, with even ground beyond. Ink in it, of any kind, breaks a row;
 * then nothing is a bar. What is one is ground to whoever looks for text. */
#include "scrub/scrub_priv.h"

#include <string.h>

enum {
    EVEN = 1,       /* grey levels that one colour differs by */
    SEED_ROWS = 8,  /* from one row that is looked at to the next */
    FLAT_ROWS = 12, /* of one colour above and below: none of a bar's */
    LEAST_PX = 10,  /* strokes are not as thick, */
    CELL_PX = 6,    /* nor a column of several, */
    MOST_PX = 96,   /* and bars no thicker */
    LENGTH_PX = 48,
    COLUMNS = 16,
    GROUND_ROWS = 1, /* at both ends */
    BASE = 40,       /* rows as dark as this are near the base line: */
    NOTCH_PX = 3,    /* there its outer edge may be cut so deep, for a mark */
    STEP = 64,       /* levels of brightness that beside each other differ, */
    STEPS = 8,       /* so often at least in all, */
    FAINT = 4,       /* levels off the ground that somebody sees */
    STRONG_OF = 4,   /* of a word's ink: its strokes are as strong */
    AROUND_PX = 3,   /* and are not wider than this around its box */
    TURNS = 4, /* of hue; lines of a code are more. Brightness turns once */
    TURN_LEVELS = 4
};

typedef struct column {
    int32_t x, w;     /* of the plane */
    int32_t top, end; /* rows of the bar */
    int32_t ground;   /* a row of the ground */
} column;

static bool same(const dsc_views *v, int32_t x, int32_t y, int32_t x2,
                 int32_t y2)
{
    for (size_t k = 0; k < v->count; k++) {
        int off = dsc_views_at(v, k, x, y) - dsc_views_at(v, k, x2, y2);
        if (off > EVEN || off < -EVEN)
            return false;
    }
    return true;
}

/* So many pixels of the row are cut out of the bar from its outer edge, by what
 * is on the other side of it. */
static int32_t notch(const dsc_views *v, int32_t edge, int32_t inward,
                     int32_t y)
{
    int32_t n = 0, beyond = edge - inward;

    if (beyond < 0 || beyond >= (int32_t)v->items[0].columns ||
        dsc_views_at(v, 0, beyond, y) > BASE ||
        dsc_views_at(v, 0, edge + NOTCH_PX * inward, y) > BASE)
        return 0;
    while (n < NOTCH_PX && same(v, edge + n * inward, y, beyond, y))
        n++;
    return n;
}

/* One colour in columns [x, end), but for marks at outer edges? */
static bool is_row(const dsc_views *v, const column *c, int32_t y, bool first,
                   bool last)
{
    int32_t x = c->x, end = c->x + c->w;

    x += first ? notch(v, x, 1, y) : 0;
    end -= last ? notch(v, end - 1, -1, y) : 0;
    for (int32_t i = x + 1; i < end; i++)
        if (!same(v, i, y, x, y))
            return false;
    return true;
}

static bool is_like(const dsc_views *v, const column *c, int32_t y, int32_t y2)
{
    int32_t middle = c->x + c->w / 2;

    return same(v, middle, y, middle, y2);
}

/* Up and down from a row, to where the ground begins on both sides. */
static bool find_ends(const dsc_views *v, column *c, int32_t y, bool first,
                      bool last)
{
    int32_t top = y, end = y + 1, rows = (int32_t)v->items[0].rows;

    while (top > 0 && is_row(v, c, top - 1, first, last))
        top--;
    while (end < rows && is_row(v, c, end, first, last))
        end++;
    c->ground = top;
    c->top = top;
    c->end = end;
    while (c->top < y && is_like(v, c, c->top, c->ground))
        c->top++;
    while (c->end > y && is_like(v, c, c->end - 1, c->ground))
        c->end--;
    return c->top - top >= GROUND_ROWS && end - c->end >= GROUND_ROWS &&
           c->end - c->top >= LENGTH_PX;
}

/* Does it change little by little, and in one direction for long? */
static bool is_ramp(const dsc_views *v, const column *c)
{
    int32_t middle = c->x + c->w / 2, steps = 0;

    for (size_t k = 0; k < v->count; k++) {
        int from = dsc_views_at(v, k, middle, c->top), rising = -1, turns = 0;
        for (int32_t y = c->top + 1; y < c->end; y++) {
            int now = dsc_views_at(v, k, middle, y), off = now - from;
            int step = now - dsc_views_at(v, k, middle, y - 1);
            if (k == 0 && (step > STEP || step < -STEP))
                return false;
            if (rising == (off > 0) || off >= TURN_LEVELS ||
                off <= -TURN_LEVELS) {
                turns += off != 0 && rising != (off > 0);
                rising = off ? off > 0 : rising;
                from = now;
            }
        }
        if (turns > (k ? TURNS : 1) + 1) /* the first is none */
            return false;
    }
    for (int32_t y = c->top + 1; y < c->end; y++)
        steps += !is_like(v, c, y, y - 1);
    return steps >= STEPS;
}

/* Does it end at column x for most of its length, and not only at a letter? */
static bool has_side(const dsc_views *v, const column *c, int32_t x,
                     int32_t beyond)
{
    int32_t open = 0;

    if (beyond < 0 || beyond >= (int32_t)v->items[0].columns)
        return true;
    for (int32_t y = c->top; y < c->end; y++)
        open += same(v, x, y, beyond, y);
    return 4 * open <= c->end - c->top;
}

/* Columns side by side that are one colour in row y, and other ones above or
 * below. */
static size_t find_columns(const dsc_views *v, int32_t y, int32_t *x,
                           column *out)
{
    int32_t columns = (int32_t)v->items[0].columns;
    int32_t rows = (int32_t)v->items[0].rows;
    size_t n = 0;

    while (*x < columns) {
        column c = {.x = *x, .w = 1};
        bool is;
        while (c.x + c.w < columns && same(v, c.x + c.w, y, c.x, y))
            c.w++;
        is = c.w >= CELL_PX && c.w <= MOST_PX && n < COLUMNS &&
             (y < FLAT_ROWS || !is_like(v, &c, y, y - FLAT_ROWS) ||
              y + FLAT_ROWS >= rows || !is_like(v, &c, y, y + FLAT_ROWS));
        if (!is && n)
            return n;
        *x += c.w;
        if (is)
            out[n++] = c;
    }
    return n;
}

/* Does what is in a row go on beside the bar? Tissue around it does not, and
 * ends of one colour are no ground then. */
static bool is_ground(const dsc_views *v, dsc_rect bar, int32_t ground,
                      int32_t y)
{
    int32_t x = bar.x + bar.w / 2, right = bar.x + bar.w;

    return (bar.x > 0 && same(v, bar.x - 1, y, x, ground)) ||
           (right < (int32_t)v->items[0].columns &&
            same(v, right, y, x, ground));
}

/* The bar that they are; empty: none. */
static dsc_rect bar_of(const dsc_views *v, column *c, size_t n, int32_t y)
{
    const column *last = &c[n - 1];
    int32_t right = last->x + last->w;
    const dsc_rect none = {0, 0, 0, 0};
    dsc_rect bar;

    for (size_t i = 0; i < n; i++)
        if (!find_ends(v, &c[i], y, i == 0, i + 1 == n) || c[i].top != c->top ||
            c[i].end != c->end || !is_ramp(v, &c[i]) ||
            !same(v, c[i].x + c[i].w / 2, c[i].ground, c->x + c->w / 2,
                  c->ground))
            return none;
    bar = (dsc_rect){c->x, c->top, right - c->x, c->end - c->top};
    return bar.w >= LEAST_PX && bar.w <= MOST_PX && bar.h >= 2 * bar.w &&
                   has_side(v, c, c->x, c->x - 1) &&
                   has_side(v, last, right - 1, right) &&
                   is_ground(v, bar, c->ground, bar.y - 1) &&
                   is_ground(v, bar, c->ground, bar.y + bar.h)
               ? bar
               : none;
}

static void fill(dsc_views *v, dsc_rect bar, int32_t x, int32_t ground)
{
    for (size_t k = 0; k < v->count; k++) {
        dsc_view *p = &v->items[k];
        int colour = dsc_views_at(v, k, x, ground);
        for (int32_t y = bar.y; y < bar.y + bar.h; y++)
            memset(p->data + (size_t)y * p->stride + (size_t)bar.x, colour,
                   (size_t)bar.w);
    }
}

static bool was_one(const dsc_region_list *kept, uint32_t frame, dsc_rect bar)
{
    for (size_t i = 0; kept && i < kept->count; i++) {
        const dsc_region *k = &kept->items[i];
        if (!k->overlay && k->rule && !strcmp(k->rule, DSC_RULE_BAR) &&
            k->first_frame <= frame && frame <= k->last_frame &&
            dsc_same_line(dsc_region_box(k), bar))
            return true;
    }
    return !kept;
}

dsc_status dsc_take_bars(dsc_views *views, const dsc_region_list *kept,
                         uint32_t frame, dsc_rects *bars, dsc_error *err)
{
    column c[COLUMNS];
    int32_t rows = (int32_t)views->items[0].rows;
    dsc_status st = DSC_OK;

    bars->count = 0;
    for (int32_t y = SEED_ROWS; !st && y < rows && views->count > 2;
         y += SEED_ROWS)
        for (int32_t x = 0; !st && x < (int32_t)views->items[0].columns;) {
            size_t n = find_columns(views, y, &x, c);
            dsc_rect bar = {0, 0, 0, 0};
            if (n)
                bar = bar_of(views, c, n, y);
            if (dsc_rect_empty(bar) || !was_one(kept, frame, bar))
                continue;
            fill(views, bar, c->x + c->w / 2, c->ground);
            st = dsc_rects_add(bars, bar, err);
        }
    return st;
}

void dsc_bars_take_tiles(const dsc_rects *bars, const uint8_t *from,
                         uint32_t columns, uint32_t rows, uint8_t *to)
{
    dsc_rects_foreach (bar, bars) {
        dsc_rect near = dsc_rect_clip(dsc_rect_grow(*bar, bar->w, bar->w),
                                      columns * DSC_TILE, rows * DSC_TILE);
        for (int32_t y = near.y / DSC_TILE;
             y <= (near.y + near.h - 1) / DSC_TILE; y++)
            for (int32_t x = near.x / DSC_TILE;
                 x <= (near.x + near.w - 1) / DSC_TILE; x++) {
                size_t at = (size_t)y * columns + (size_t)x;
                to[at] |= from[at];
            }
    }
}

/* ---- words beside them ---- */

/* The level that most pixels of the box have. */
static int ground_of(const dsc_views *v, size_t view, dsc_rect box)
{
    uint32_t hist[256] = {0};
    int best = 0;

    for (int32_t y = box.y; y < box.y + box.h; y++)
        for (int32_t x = box.x; x < box.x + box.w; x++)
            hist[dsc_views_at(v, view, x, y)]++;
    for (int i = 1; i < 256; i++)
        best = hist[i] > hist[best] ? i : best;
    return best;
}

static int off(const dsc_views *v, size_t view, int32_t x, int32_t y,
               int ground)
{
    int o = dsc_views_at(v, view, x, y) - ground;

    return o < 0 ? -o : o;
}

/* Is there a stroke at the pixel or beside it? */
static bool at_stroke(const dsc_views *v, dsc_rect box, int32_t x, int32_t y,
                      int ground, int least)
{
    dsc_rect near = dsc_rect_intersect((dsc_rect){x - 1, y - 1, 3, 3}, box);

    for (int32_t j = near.y; j < near.y + near.h; j++)
        for (int32_t i = near.x; i < near.x + near.w; i++)
            if (off(v, 0, i, j, ground) >= least)
                return true;
    return false;
}

bool dsc_bars_holds_other_ink(const dsc_views *v, dsc_rect word)
{
    dsc_rect box = dsc_rect_clip(dsc_rect_grow(word, AROUND_PX, AROUND_PX),
                                 v->items[0].columns, v->items[0].rows);
    int bright = ground_of(v, 0, box), most = 0;
    size_t others = 0;

    for (int32_t y = box.y; y < box.y + box.h; y++)
        for (int32_t x = box.x; x < box.x + box.w; x++) {
            int o = off(v, 0, x, y, bright);
            most = o > most ? o : most;
        }
    for (size_t k = 0; k < v->count; k++) {
        int ground = ground_of(v, k, box);
        for (int32_t y = box.y; y < box.y + box.h; y++)
            for (int32_t x = box.x; x < box.x + box.w; x++)
                others += off(v, k, x, y, ground) >= FAINT &&
                          !at_stroke(v, box, x, y, bright,
                                     (most + STRONG_OF - 1) / STRONG_OF);
    }
    return others > 1;
}
