/* SPDX-License-Identifier: Apache-2.0
 *
 * QR codes: three squares in squares, whose middle line has runs of 1, 1, 3, 1
 * and 1 modules in every direction, at the corners of a square. */
#include "detect/codes_priv.h"

#include <math.h>

#define MAX_SQUARES 256
#define MIN_SIDE    10.0F /* modules between two squares: version 1 has 14 */
#define MAX_SIDE    180.0F

typedef struct square {
    float x, y, module;
    int middle; /* grey between ink and paper */
    bool dark;
} square;

typedef struct squares {
    square items[MAX_SQUARES];
    size_t count;
} squares;

/* Runs i to i + 4: the module, or 0. */
static float module_at(const dsc_scan *s, size_t i)
{
    static const float ideal[5] = {1, 1, 3, 1, 1};
    float module = (s->edges[i + 5] - s->edges[i]) / 7;

    if (module < 0.9F)
        return 0;
    for (size_t k = 0; k < 5; k++) {
        float off = fabsf(dsc_scan_run(s, i + k) - ideal[k] * module);
        if (off > 0.55F * module + (k == 2 ? 0.45F * module : 0))
            return 0;
    }
    return module;
}

/* Ink is ink and paper is paper, the two sides of the square included. */
static bool two_greys(const dsc_scan *s, size_t i, int *middle)
{
    int low[2] = {255, 255}, high[2] = {0, 0}, contrast;

    for (size_t k = i; k <= i + 6; k++) {
        int v = s->peaks[k];
        low[k % 2] = v < low[k % 2] ? v : low[k % 2];
        high[k % 2] = v > high[k % 2] ? v : high[k % 2];
    }
    contrast = low[0] > high[1] ? low[0] - high[1] : low[1] - high[0];
    *middle =
        low[0] > high[1] ? (low[0] + high[1]) / 2 : (low[1] + high[0]) / 2;
    return contrast > 0 && high[0] - low[0] < contrast &&
           high[1] - low[1] < contrast;
}

static bool run_is_light(const dsc_scan *s, size_t i)
{
    /* run i lies after edge i; before edge 0 is what the line begins with */
    return (i % 2 == 0) != s->first_light;
}

/* The same runs across, through the middle. */
static bool confirmed(dsc_scan *across, const dsc_plane *p, square *q)
{
    uint32_t x = (uint32_t)(q->x + 0.5F);

    if (x >= p->columns)
        return false;
    dsc_scan_column(across, p, x);
    for (size_t i = 0; i + 5 < across->edge_count; i++) {
        float module;
        if (q->y < across->edges[i + 2] || q->y > across->edges[i + 3])
            continue;
        module = module_at(across, i);
        if (module < q->module * 0.7F || module > q->module * 1.4F ||
            run_is_light(across, i) == q->dark)
            return false;
        q->y = (across->edges[i + 2] + across->edges[i + 3]) / 2;
        return true;
    }
    return false;
}

static void add_square(squares *all, const square *q)
{
    for (size_t i = 0; i < all->count; i++) {
        const square *o = &all->items[i];
        if (fabsf(o->x - q->x) < 3 * q->module &&
            fabsf(o->y - q->y) < 3 * q->module)
            return;
    }
    if (all->count < MAX_SQUARES)
        all->items[all->count++] = *q;
}

/* ---- three of them ---- */

static bool alike(const square *a, const square *b)
{
    return a->dark == b->dark && a->module < b->module * 1.4F &&
           b->module < a->module * 1.4F;
}

/* Is `a` the corner between `b` and `c`? */
static bool is_corner(const square *a, const square *b, const square *c)
{
    float ux = b->x - a->x, uy = b->y - a->y;
    float vx = c->x - a->x, vy = c->y - a->y;
    float u = sqrtf(ux * ux + uy * uy), v = sqrtf(vx * vx + vy * vy);

    return u >= MIN_SIDE * a->module && u <= MAX_SIDE * a->module &&
           fabsf(u - v) <= 0.2F * u && fabsf(ux * vx + uy * vy) <= 0.2F * u * v;
}

/* All of the square, module by module: dark but for a ring of light. The steps
 * are one module along and one across. */
static bool is_finder(const dsc_plane *p, const square *q, const float along[2],
                      const float across[2])
{
    int wrong = 0;

    for (int v = -4; v <= 4; v++)
        for (int u = -4; u <= 4; u++) {
            float x = q->x + (float)u * along[0] + (float)v * across[0];
            float y = q->y + (float)u * along[1] + (float)v * across[1];
            int far = u * u > v * v ? u * u : v * v;
            bool ink = far != 4 && far != 16, dark;
            if (x < 0 || y < 0 || x >= (float)p->columns || y >= (float)p->rows)
                continue;
            dark = p->data[(size_t)y * p->stride + (size_t)x] < q->middle;
            wrong += (dark == q->dark) != ink;
        }
    return wrong <= 12; /* of 81; the outer 32 may lie beside the paper */
}

static bool all_finders(const dsc_plane *p, const square *a, const square *b,
                        const square *c)
{
    float dx = fabsf(b->x - a->x), dy = fabsf(b->y - a->y);
    /* a line at an angle crosses wider modules */
    float module = a->module * (dx > dy ? dx : dy) / hypotf(dx, dy);
    float u = hypotf(dx, dy) / module;
    float v = hypotf(c->x - a->x, c->y - a->y) / module;
    float along[2] = {(b->x - a->x) / u, (b->y - a->y) / u};
    float across[2] = {(c->x - a->x) / v, (c->y - a->y) / v};

    return is_finder(p, a, along, across) && is_finder(p, b, along, across) &&
           is_finder(p, c, along, across);
}

static dsc_rect box_of(const square *a, const square *b, const square *c)
{
    float x[4] = {a->x, b->x, c->x, b->x + c->x - a->x};
    float y[4] = {a->y, b->y, c->y, b->y + c->y - a->y};
    float margin = 5.5F * a->module + 2; /* half a square's diagonal */
    float x0 = x[0], x1 = x[0], y0 = y[0], y1 = y[0];

    for (int i = 1; i < 4; i++) {
        x0 = fminf(x0, x[i]);
        x1 = fmaxf(x1, x[i]);
        y0 = fminf(y0, y[i]);
        y1 = fmaxf(y1, y[i]);
    }
    return (dsc_rect){(int32_t)(x0 - margin), (int32_t)(y0 - margin),
                      (int32_t)(x1 - x0 + 2 * margin + 1),
                      (int32_t)(y1 - y0 + 2 * margin + 1)};
}

static dsc_status join_squares(const dsc_plane *plane, const squares *all,
                               dsc_codes *out, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t a = 0; a < all->count; a++)
        for (size_t b = 0; b < all->count; b++)
            for (size_t c = b + 1; !st && c < all->count; c++) {
                const square *p = &all->items[a], *q = &all->items[b],
                             *r = &all->items[c];
                if (a != b && a != c && alike(p, q) && alike(p, r) &&
                    is_corner(p, q, r) && all_finders(plane, p, q, r))
                    st = dsc_codes__add(out, box_of(p, q, r), DSC_CODE_MATRIX,
                                        err);
            }
    return st;
}

dsc_status dsc_codes__matrices(const dsc_plane *p, dsc_codes *out,
                               dsc_error *err)
{
    squares all = {.count = 0};
    dsc_scan row = {0}, across = {0};
    dsc_status st = dsc_scan_make(&row, p->columns, err);

    if (!st)
        st = dsc_scan_make(&across, p->rows, err);
    for (uint32_t y = 1; !st && y < p->rows; y += DSC_CODE_STEP) {
        dsc_scan_row(&row, p, y);
        for (size_t i = 0; i + 5 < row.edge_count; i++) {
            square q = {.module = module_at(&row, i),
                        .dark = !run_is_light(&row, i)};
            q.x = (row.edges[i + 2] + row.edges[i + 3]) / 2;
            q.y = (float)y;
            if (q.module > 0 && two_greys(&row, i, &q.middle) &&
                confirmed(&across, p, &q))
                add_square(&all, &q);
        }
    }
    if (!st)
        st = join_squares(p, &all, out, err);
    dsc_scan_free(&row);
    dsc_scan_free(&across);
    return st;
}
