/* SPDX-License-Identifier: Apache-2.0
 *
 * Barcodes: a row of light and dark runs of a few different widths between two
 * quiet zones, the same on line after line. Rulers and gratings have one width
 * of run, letters change from line to line. */
#include "detect/codes_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIN_RUNS  23   /* ITF of four digits has 27, EAN-8 43 */
#define MAX_RUNS  2000 /* of one code */
#define WIDEST    5.5F /* modules of the widest run, gaps of Code 39 included */
#define MIN_LINES 3    /* alike, one below the other */
#define STACKED   8    /* lines between the same ends: PDF417 and the like */
#define MAX_SKIP  2    /* scratched lines */
#define MAX_OPEN  256  /* codes side by side, and what looks like them */

/* Part of a scanned line that may be a cut through a code. */
typedef struct cut {
    float edges[MAX_RUNS + 1];
    size_t count; /* of edges */
    float module;
    bool quiet; /* a wide run before and after it */
} cut;

/* Cuts that stand below each other. */
typedef struct chain {
    cut last;
    float x0, x1;
    int32_t top, bottom;         /* lines */
    unsigned alike, best, lines; /* lines: those with quiet zones */
} chain;

typedef struct bars {
    const dsc_plane *plane;
    bool standing;
    int32_t lines;
    dsc_scan scan;
    cut now;
    chain *open;
    size_t open_count, open_cap;
    dsc_codes *out;
} bars;

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

/* Are there wide runs among the narrow ones, of light and of dark both? */
static bool has_two_widths(const dsc_scan *s, size_t first, size_t runs)
{
    float widths[MAX_RUNS];

    for (size_t colour = 0; colour < 2; colour++) {
        size_t n = 0, wide = 0;
        float narrow;
        for (size_t i = colour; i < runs; i += 2)
            widths[n++] = dsc_scan_run(s, first + i);
        qsort(widths, n, sizeof *widths, by_size);
        narrow = widths[n / 5];
        for (size_t i = 0; i < n; i++)
            wide += widths[i] > 1.5F * narrow;
        if (wide * 10 < n || wide == n)
            return false;
    }
    return true;
}

/* Print has one black and one white; tissue has all greys. */
static bool has_two_greys(const dsc_scan *s, size_t first, size_t runs)
{
    int low[2] = {255, 255}, high[2] = {0, 0}, light = 0, dark = 255, off = 0;

    for (size_t i = 0; i < runs; i++) {
        int v = s->peaks[first + 1 + i];
        light = v > light ? v : light;
        dark = v < dark ? v : dark;
        low[i % 2] = v < low[i % 2] ? v : low[i % 2];
        high[i % 2] = v > high[i % 2] ? v : high[i % 2];
    }
    for (size_t i = 0; i < runs; i++) {
        int v = s->peaks[first + 1 + i];
        bool lighter = high[i % 2] >= high[1 - i % 2];
        int ideal = lighter ? light : dark;
        off += abs(v - ideal) * 100 > (light - dark) * 35;
    }
    return off * 100 <= (int)runs * 10;
}

/* The narrowest runs' width: a fifth are no wider. */
static float module_of(const dsc_scan *s, size_t first, size_t runs)
{
    float widths[MAX_RUNS];

    for (size_t i = 0; i < runs; i++)
        widths[i] = dsc_scan_run(s, first + i);
    qsort(widths, runs, sizeof *widths, by_size);
    return widths[runs / 5];
}

/* ---- chains ---- */

/* How many per cent of a's edges are also b's? */
static unsigned shared_edges(const cut *a, const cut *b)
{
    float near = a->module < 1.2F ? 0.6F : a->module / 2;
    size_t k = 0, n = 0;

    for (size_t i = 0; i < a->count; i++) {
        while (k < b->count && b->edges[k] < a->edges[i] - near)
            k++;
        n += k < b->count && b->edges[k] <= a->edges[i] + near;
    }
    return (unsigned)(n * 100 / a->count);
}

static bool same_ends(const chain *c, const cut *now)
{
    float near = 2 + now->module;

    return fabsf(c->last.edges[0] - now->edges[0]) <= near &&
           fabsf(c->last.edges[c->last.count - 1] -
                 now->edges[now->count - 1]) <= near;
}

/* A chain is large, and most planes have none. */
static dsc_status make_room(bars *b, dsc_error *err)
{
    size_t cap = b->open_cap ? 2 * b->open_cap : 4;
    chain *open;

    if (b->open_count < b->open_cap)
        return DSC_OK;
    open = dsc_calloc(cap, sizeof *open);
    if (!open)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    if (b->open_count)
        memcpy(open, b->open, b->open_count * sizeof *open);
    dsc_free(b->open);
    b->open = open;
    b->open_cap = cap;
    return DSC_OK;
}

static dsc_status take_cut(bars *b, int32_t line, dsc_error *err)
{
    cut *now = &b->now;
    float x0 = now->edges[0], x1 = now->edges[now->count - 1];
    chain *c = NULL;

    for (size_t i = 0; i < b->open_count && !c; i++)
        if (b->open[i].bottom < line && same_ends(&b->open[i], now))
            c = &b->open[i];
    if (!c) {
        dsc_status st = b->open_count < MAX_OPEN ? make_room(b, err) : DSC_OK;
        if (st || b->open_count == MAX_OPEN)
            return st;
        c = &b->open[b->open_count++];
        *c = (chain){.x0 = x0, .x1 = x1, .top = line};
    } else if (shared_edges(now, &c->last) >= 80 &&
               shared_edges(&c->last, now) >= 80) {
        c->alike++;
    } else {
        c->alike = 0;
    }
    c->last = *now;
    c->bottom = line;
    c->lines += now->quiet;
    c->best = c->alike + 1 > c->best ? c->alike + 1 : c->best;
    c->x0 = x0 < c->x0 ? x0 : c->x0;
    c->x1 = x1 > c->x1 ? x1 : c->x1;
    return DSC_OK;
}

static void scan_line(bars *b, int32_t line)
{
    if (b->standing)
        dsc_scan_column(&b->scan, b->plane, (uint32_t)line);
    else
        dsc_scan_row(&b->scan, b->plane, (uint32_t)line);
}

/* Is there still something of the bars on this line? */
static bool has_bars(bars *b, const chain *c, int32_t line)
{
    size_t n = 0;

    if (line < 0 || line >= b->lines)
        return false;
    scan_line(b, line);
    for (size_t i = 0; i < b->scan.edge_count; i++)
        n += b->scan.edges[i] >= c->x0 - 1 && b->scan.edges[i] <= c->x1 + 1;
    return n >= 4;
}

/* All of the code: its ends may be worn, or slant. */
static dsc_rect extent_of(bars *b, const chain *c)
{
    int32_t margin = 2 + (int32_t)c->last.module;
    int32_t top = c->top, bottom = c->bottom;
    int32_t reach = bottom - top + 8;

    while (c->top - top < reach && has_bars(b, c, top - 1))
        top--;
    while (bottom - c->bottom < reach && has_bars(b, c, bottom + 1))
        bottom++;
    return (dsc_rect){(int32_t)c->x0 - margin, top - 2,
                      (int32_t)ceilf(c->x1 - c->x0) + 2 * margin,
                      bottom - top + 5};
}

/* Report chains that ended above `line`. */
static dsc_status close_chains(bars *b, int32_t line, dsc_error *err)
{
    size_t left = 0;
    dsc_status st = DSC_OK;

    for (size_t i = 0; i < b->open_count; i++) {
        const chain *c = &b->open[i];
        dsc_rect r;
        if (line - c->bottom <= (MAX_SKIP + 1) * DSC_CODE_STEP) {
            if (left != i)
                b->open[left] = *c;
            left++;
            continue;
        }
        if (c->best < MIN_LINES && c->lines < STACKED)
            continue;
        r = extent_of(b, c);
        if (b->standing)
            r = (dsc_rect){r.y, r.x, r.h, r.w};
        if (!st)
            st = dsc_codes__add(b->out, r, DSC_CODE_BARS, err);
    }
    b->open_count = left;
    return st;
}

/* ---- lines ---- */

/* Runs [first, first + runs) lie between two wide ones. The outermost are bars,
 * so there is an odd number; which colour bars have does not matter. With an
 * even number one end is a quiet zone that was cut short. */
static dsc_status judge_runs(bars *b, size_t first, size_t runs, int32_t line,
                             dsc_error *err)
{
    float before, after;

    if (runs % 2 == 0 && runs > MIN_RUNS) {
        dsc_status st = judge_runs(b, first, runs - 1, line, err);
        return st ? st : judge_runs(b, first + 1, runs - 1, line, err);
    }
    if (runs < MIN_RUNS || runs > MAX_RUNS ||
        !has_two_widths(&b->scan, first, runs) ||
        !has_two_greys(&b->scan, first, runs))
        return DSC_OK;
    b->now.module = module_of(&b->scan, first, runs);
    b->now.count = runs + 1;
    before = first ? dsc_scan_run(&b->scan, first - 1) : b->scan.edges[0];
    after = first + runs + 1 < b->scan.edge_count
                ? dsc_scan_run(&b->scan, first + runs)
                : (float)b->scan.n - b->scan.edges[first + runs];
    b->now.quiet = before > 3 * b->now.module && after > 3 * b->now.module;
    memcpy(b->now.edges, b->scan.edges + first,
           b->now.count * sizeof *b->now.edges);
    return take_cut(b, line, err);
}

/* How wide a run may be near run i without being a quiet zone: by the narrowest
 * of the runs around. */
static float limit_at(const dsc_scan *s, size_t i)
{
    size_t last = s->edge_count - 1;
    size_t from = i > 8 ? i - 8 : 0, to = i + 8 < last ? i + 8 : last;
    float least = INFINITY;

    for (size_t k = from; k < to; k++)
        if (dsc_scan_run(s, k) < least)
            least = dsc_scan_run(s, k);
    return least * WIDEST + 1;
}

static dsc_status judge_line(bars *b, int32_t line, dsc_error *err)
{
    const dsc_scan *s = &b->scan;
    size_t first = 0;
    dsc_status st = DSC_OK;

    if (s->edge_count < MIN_RUNS + 1)
        return DSC_OK;
    for (size_t i = 0; !st && i + 1 < s->edge_count; i++)
        if (dsc_scan_run(s, i) > limit_at(s, i)) {
            st = judge_runs(b, first, i - first, line, err);
            first = i + 1;
        }
    return st ? st : judge_runs(b, first, s->edge_count - 1 - first, line, err);
}

dsc_status dsc_codes__bars(const dsc_plane *p, bool standing, dsc_codes *out,
                           dsc_error *err)
{
    bars b = {.plane = p,
              .standing = standing,
              .lines = (int32_t)(standing ? p->columns : p->rows),
              .out = out};
    int32_t y;
    dsc_status st =
        dsc_scan_make(&b.scan, standing ? p->rows : p->columns, err);

    for (y = 1; !st && y < b.lines; y += DSC_CODE_STEP) {
        scan_line(&b, y);
        st = judge_line(&b, y, err);
        if (!st)
            st = close_chains(&b, y, err);
    }
    if (!st)
        st = close_chains(&b, INT32_MAX, err);
    dsc_free(b.open);
    dsc_scan_free(&b.scan);
    return st;
}
