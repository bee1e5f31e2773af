/* SPDX-License-Identifier: Apache-2.0
 *
 * Data Matrix: a rectangle of modules with two solid sides that meet, and two
 * whose modules alternate. Aztec: squares in squares about its middle. Both
 * only as they lie on screens and labels, not turned. */
#include "detect/codes_priv.h"

#include <math.h>

#define MIN_MODULE  1.8F /* smaller ones are found as text that nobody reads */
#define RINGS       7 /* runs through an Aztec code's middle, all of one width */
#define SIDE        9 /* runs of the shortest alternating side */
#define AZTEC_LEAST 7 /* modules from its middle to its edge */
#define AZTEC_MOST  76
#define MATRIX_MOST 145u /* runs of an alternating side, and one more */

/* A row or column of the plane, and the module found in it. */
typedef struct grid {
    const dsc_plane *p;
    bool standing; /* x runs down the plane */
    float module;
    int middle; /* grey between ink and paper */
    bool dark;  /* ink is */
} grid;

static bool is_ink(const grid *g, float x, float y)
{
    float across = g->standing ? y : x, down = g->standing ? x : y;
    int v;

    if (across < 0 || down < 0 || across >= (float)g->p->columns ||
        down >= (float)g->p->rows)
        return false;
    v = g->p->data[(size_t)down * g->p->stride + (size_t)across];
    return (v < g->middle) == g->dark;
}

/* Run i begins with edge i; what is before edge 0 is `first_light`. */
static bool is_light(const dsc_scan *s, size_t i)
{
    return (i % 2 == 0) != s->first_light;
}

/* From edge i: how many runs of one width follow each other. */
static size_t even_runs(const dsc_scan *s, size_t i)
{
    size_t n = 0;

    while (n < MATRIX_MOST && i + n + 1 < s->edge_count) {
        float run = dsc_scan_run(s, i + n);
        float mean = (s->edges[i + n + 1] - s->edges[i]) / (float)(n + 1);
        if (fabsf(run - mean) > 0.45F * mean)
            break;
        n++;
    }
    return n;
}

static grid grid_at(const dsc_plane *p, const dsc_scan *s, bool standing,
                    size_t i, size_t runs)
{
    grid g = {p, standing, 0, 0, !is_light(s, i)};

    g.module = (s->edges[i + runs] - s->edges[i]) / (float)runs;
    g.middle = (s->peaks[i + 1] + s->peaks[i + 2]) / 2;
    return g;
}

static dsc_status add(const grid *g, float x, float y, float w, float h,
                      dsc_codes *out, dsc_error *err)
{
    float m = g->module + 2;
    dsc_rect r = {(int32_t)(x - m), (int32_t)(y - m), (int32_t)(w + 2 * m + 1),
                  (int32_t)(h + 2 * m + 1)};

    if (g->standing)
        r = (dsc_rect){r.y, r.x, r.h, r.w};
    return dsc_codes__add(out, r, DSC_CODE_MATRIX, err);
}

/* ---- Data Matrix ---- */

/* Its corner beside the alternating side, which is the first row, and where the
 * rows go; the solid column is the first one or the last. */
typedef struct matrix {
    float x, y;
    float down; /* one module, or less than 0 upwards */
    int columns, rows;
    bool solid_first;
} matrix;

static bool module_is_ink(const grid *g, const matrix *m, int column, int row)
{
    return is_ink(g, m->x + ((float)column + 0.5F) * g->module,
                  m->y + ((float)row + 0.5F) * m->down);
}

/* One in 18 of the sides, and of what lies around the solid ones, may be wrong.
 */
static int may_be_wrong(const matrix *m)
{
    return (m->rows + m->columns) / 6;
}

static bool has_sides(const grid *g, const matrix *m)
{
    int solid = m->solid_first ? 0 : m->columns - 1;
    int outside = m->solid_first ? -1 : m->columns;
    int wrong = 0, most = may_be_wrong(m);

    for (int row = 0; wrong <= most && row < m->rows; row++) {
        wrong += !module_is_ink(g, m, solid, row);
        wrong += module_is_ink(g, m, outside, row);
        wrong += module_is_ink(g, m, m->columns - 1 - solid, row) != row % 2;
    }
    for (int column = 0; wrong <= most && column < m->columns; column++) {
        int from_solid = m->solid_first ? column : m->columns - 1 - column;
        wrong += module_is_ink(g, m, column, 0) == from_solid % 2;
        wrong += !module_is_ink(g, m, column, m->rows - 1);
        wrong += module_is_ink(g, m, column, m->rows);
    }
    return wrong <= most;
}

static bool is_matrix(const grid *g, const matrix *m)
{
    int ink = 0, inner = (m->columns - 2) * (m->rows - 2);

    if (!has_sides(g, m))
        return false;
    for (int row = 1; row + 1 < m->rows; row++)
        for (int column = 1; column + 1 < m->columns; column++)
            ink += module_is_ink(g, m, column, row);
    return ink * 5 > inner && ink * 5 < 4 * inner;
}

/* Rows of a matrix with so many columns: it is square, or one of six. */
static int rows_of(int columns, int choice)
{
    static const int long_ones[][2] = {{18, 8},  {32, 8},  {26, 12},
                                       {36, 12}, {36, 16}, {48, 16}};

    if (!choice)
        return columns >= 10 ? columns : 0;
    return choice <= 6 && long_ones[choice - 1][0] == columns
               ? long_ones[choice - 1][1]
               : 0;
}

/* The side was met at y, somewhere in its modules. */
static bool find_matrix(const grid *g, float from, float to, float y, matrix *m)
{
    static const float within[] = {0.5F, 0.2F, 0.8F};

    for (int way = 0; way < 12 * 7; way++) {
        *m = (matrix){.solid_first = way & 1,
                      .down = way & 2 ? g->module : -g->module};
        m->columns = (int)lroundf((to - from) / g->module) + 1;
        m->rows = rows_of(m->columns, way / 12);
        m->x = m->solid_first ? from : to - (float)m->columns * g->module;
        m->y = y + 0.5F - within[way / 4 % 3] * m->down;
        if (m->rows && is_matrix(g, m))
            return true;
    }
    return false;
}

static dsc_status matrix_in(const dsc_plane *p, const dsc_scan *s,
                            bool standing, size_t i, size_t runs, float y,
                            dsc_codes *out, dsc_error *err)
{
    grid g = grid_at(p, s, standing, i, runs);
    matrix m;
    float h;

    if (g.module < MIN_MODULE ||
        !find_matrix(&g, s->edges[i], s->edges[i + runs], y, &m))
        return DSC_OK;
    h = (float)m.rows * m.down;
    return add(&g, m.x, h < 0 ? m.y + h : m.y, (float)m.columns * g.module,
               fabsf(h), out, err);
}

/* ---- Aztec ---- */

/* Ink about the middle, then paper, ink, paper, ink. */
static bool has_rings(const grid *g, float x, float y)
{
    int wrong = 0;

    for (int v = -4; v <= 4; v++)
        for (int u = -4; u <= 4; u++) {
            int far = u * u > v * v ? u : v;
            wrong += is_ink(g, x + (float)u * g->module,
                            y + (float)v * g->module) != (far % 2 == 0);
            if (wrong > 5) /* of 81 */
                return false;
        }
    return true;
}

/* How much of 100 is ink on a square of modules around the middle. */
static int ink_around(const grid *g, float x, float y, int far)
{
    int ink = 0;

    for (int k = -far; k < far; k++) {
        float a = (float)k * g->module, b = (float)far * g->module;
        ink += is_ink(g, x + a, y - b) + is_ink(g, x + b, y + a) +
               is_ink(g, x - a, y + b) + is_ink(g, x - b, y - a);
    }
    return 100 * ink / (8 * far);
}

/* The middle of the ink above and below y, if it is as high as a module. */
static bool find_middle(const grid *g, float x, float *y)
{
    float up = 0, down = 0, most = 1.6F * g->module;

    while (up < most && is_ink(g, x, *y - up))
        up++;
    while (down < most && is_ink(g, x, *y + down))
        down++;
    *y += (down - up) / 2 + 0.5F;
    return up && down && up + down < most + 1;
}

/* Rings at edge i; its code goes to where all around is of one colour. */
static dsc_status rings_in(const dsc_plane *p, const dsc_scan *s, size_t i,
                           float y, dsc_codes *out, dsc_error *err)
{
    grid g = grid_at(p, s, false, i + 1, RINGS - 1);
    float x = (s->edges[i + 3] + s->edges[i + 4]) / 2, half;
    int far = AZTEC_LEAST + 1, ink;

    if (g.module < MIN_MODULE || !find_middle(&g, x, &y) ||
        !has_rings(&g, x, y))
        return DSC_OK;
    while (far < AZTEC_MOST && (ink = ink_around(&g, x, y, far)) > 4 &&
           ink < 96)
        far++;
    half = ((float)far + 0.5F) * g.module;
    return add(&g, x - half, y - half, 2 * half, 2 * half, out, err);
}

/* ---- all lines ---- */

static bool is_held(const dsc_codes *codes, bool standing, float x, float y)
{
    for (size_t i = 0; i < codes->count; i++) {
        const dsc_rect *b = &codes->items[i].box;
        float u = standing ? y : x, v = standing ? x : y;
        if (codes->items[i].kind == DSC_CODE_MATRIX && u >= (float)b->x &&
            v >= (float)b->y && u < (float)(b->x + b->w) &&
            v < (float)(b->y + b->h))
            return true;
    }
    return false;
}

/* Ink at both ends: the last module is paper beside paper. A narrow margin of
 * paper looks like one module more. */
static dsc_status sides_in(const dsc_plane *p, const dsc_scan *s, bool standing,
                           size_t i, size_t runs, float y, dsc_codes *out,
                           dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t skip = 0; skip < 2; skip++)
        for (size_t cut = 0; !st && cut < 3; cut++)
            if (runs >= SIDE + skip + cut && (runs - skip - cut) % 2)
                st = matrix_in(p, s, standing, i + skip, runs - skip - cut, y,
                               out, err);
    return st;
}

/* Is the run before it of another width? */
static bool begins(const dsc_scan *s, size_t i)
{
    float run = dsc_scan_run(s, i);

    return !i || fabsf(dsc_scan_run(s, i - 1) - run) > 0.3F * run;
}

static dsc_status find_in_line(const dsc_plane *p, const dsc_scan *s,
                               bool standing, uint32_t y, dsc_codes *out,
                               dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i + RINGS < s->edge_count; i++) {
        size_t runs;
        if (!begins(s, i))
            continue;
        runs = even_runs(s, i);
        if (runs < RINGS || is_held(out, standing, s->edges[i], (float)y))
            continue;
        st = sides_in(p, s, standing, i, runs, (float)y, out, err);
        for (size_t k = i; !st && !standing && k + RINGS <= i + runs; k++)
            st = rings_in(p, s, k, (float)y, out, err);
    }
    return st;
}

dsc_status dsc_codes__grids(const dsc_plane *p, dsc_codes *out, dsc_error *err)
{
    dsc_scan row = {0}, column = {0};
    dsc_status st = dsc_scan_make(&row, p->columns, err);

    if (!st)
        st = dsc_scan_make(&column, p->rows, err);
    for (uint32_t y = 1; !st && y < p->rows; y += DSC_CODE_STEP) {
        dsc_scan_row(&row, p, y);
        st = find_in_line(p, &row, false, y, out, err);
    }
    for (uint32_t x = 1; !st && x < p->columns; x += DSC_CODE_STEP) {
        dsc_scan_column(&column, p, x);
        st = find_in_line(p, &column, true, x, out, err);
    }
    dsc_scan_free(&row);
    dsc_scan_free(&column);
    return st;
}
