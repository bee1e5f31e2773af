/* SPDX-License-Identifier: Apache-2.0
 *
 * Connected pieces (8-neighbours) of hat > level in one pass over the rows.
 * Only pieces that touch the previous row are kept open, so memory is a few
 * rows however noisy the picture is.
 */
#include "detect/classic_priv.h"

#include <string.h>

enum {
    MAX_PIECES = 60000, /* of one level: more is noise, not text */
    MAX_SIDE = 4096,    /* of a blot of touching glyphs */
};

typedef struct run {
    int32_t x0, x1;
    int32_t piece; /* index into open pieces */
} run;

struct dsc_piece_scan {
    run *prev, *cur;
    dsc_piece *open, *next;
    int32_t *parent; /* union-find over open pieces */
    int32_t *moved;  /* root -> index in next, or -1 */
    size_t room;
};

dsc_status dsc_classic__scan_create(dsc_piece_scan **out, uint32_t columns,
                                    dsc_error *err)
{
    dsc_piece_scan *s = dsc_alloc(sizeof *s);
    size_t n = (size_t)columns / 2 + 2;

    *out = s;
    if (!s)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    s->room = n;
    s->prev = dsc_calloc(n, sizeof *s->prev);
    s->cur = dsc_calloc(n, sizeof *s->cur);
    s->open = dsc_calloc(2 * n, sizeof *s->open);
    s->next = dsc_calloc(2 * n, sizeof *s->next);
    s->parent = dsc_calloc(2 * n, sizeof *s->parent);
    s->moved = dsc_calloc(2 * n, sizeof *s->moved);
    if (s->prev && s->cur && s->open && s->next && s->parent && s->moved)
        return DSC_OK;
    dsc_classic__scan_free(out);
    return dsc_fail(err, DSC_NOMEM, "out of memory");
}

void dsc_classic__scan_free(dsc_piece_scan **scan)
{
    dsc_piece_scan *s = *scan;

    if (!s)
        return;
    dsc_free(s->prev);
    dsc_free(s->cur);
    dsc_free(s->open);
    dsc_free(s->next);
    dsc_free(s->parent);
    dsc_free(s->moved);
    dsc_free(s);
    *scan = NULL;
}

/* ---- runs ---- */

/* First x >= from with row[x] > level, or n. Rows have 64 readable bytes
 * behind them only at the end of the plane, so the tail goes singly. */
static int32_t next_above(const uint8_t *row, int32_t from, int32_t n,
                          int level)
{
    int32_t x = from;

    for (; x + 16 <= n; x += 16) {
        uint8_t top = 0;
        for (int i = 0; i < 16; i++)
            top = row[x + i] > top ? row[x + i] : top;
        if (top > level)
            break;
    }
    while (x < n && row[x] <= level)
        x++;
    return x;
}

static int32_t row_runs(const uint8_t *row, int32_t n, int level, run *out)
{
    int32_t count = 0, x = 0;

    while ((x = next_above(row, x, n, level)) < n) {
        out[count].x0 = x;
        while (x < n && row[x] > level)
            x++;
        out[count++].x1 = x;
    }
    return count;
}

static int at(const uint8_t *row, int32_t n, int32_t x)
{
    return x < 0 || x >= n ? 0 : row[x];
}

/* Rise over three pixels across one end: outside -> inside. */
static int rise(const uint8_t *row, int32_t n, int32_t end, int32_t inward,
                int32_t len)
{
    int in = at(row, n, end), far = at(row, n, end + inward);
    int out = at(row, n, end - 2 * inward);
    int near = at(row, n, end - inward);

    if (len > 1 && far > in)
        in = far;
    out = out < near ? out : near;
    return in > out ? in - out : 0;
}

static dsc_piece measure(const uint8_t *row, int32_t n, int32_t y, const run *r)
{
    int32_t len = r->x1 - r->x0;
    int peak = 0, steps;

    for (int32_t x = r->x0; x < r->x1; x++)
        peak = row[x] > peak ? row[x] : peak;
    steps = rise(row, n, r->x0, 1, len) + rise(row, n, r->x1 - 1, -1, len);
    return (dsc_piece){.x0 = r->x0,
                       .x1 = r->x1,
                       .y0 = y,
                       .y1 = y + 1,
                       .area = len,
                       .runs = 1,
                       .columns = len,
                       .line = -1,
                       .peaks = peak,
                       .peaks2 = (int64_t)peak * peak,
                       .steps = steps};
}

/* ---- pieces ---- */

static void absorb(dsc_piece *a, const dsc_piece *b)
{
    a->x0 = b->x0 < a->x0 ? b->x0 : a->x0;
    a->y0 = b->y0 < a->y0 ? b->y0 : a->y0;
    a->x1 = b->x1 > a->x1 ? b->x1 : a->x1;
    a->y1 = b->y1 > a->y1 ? b->y1 : a->y1;
    a->area += b->area;
    a->runs += b->runs;
    a->columns += b->columns;
    a->peaks += b->peaks;
    a->peaks2 += b->peaks2;
    a->steps += b->steps;
}

static int32_t root(int32_t *parent, int32_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

static int32_t join(dsc_piece_scan *s, int32_t a, int32_t b)
{
    a = root(s->parent, a);
    b = root(s->parent, b);
    if (a == b)
        return a;
    if (b < a) {
        int32_t swap = a;
        a = b;
        b = swap;
    }
    absorb(&s->open[a], &s->open[b]);
    s->parent[b] = a;
    return a;
}

/* Connect the runs of this row to the open pieces of the previous one. `open`
 * holds n_open pieces; new ones go behind. Returns how many there are. */
static int32_t connect(dsc_piece_scan *s, int32_t prev, int32_t cur,
                       int32_t n_open, const uint8_t *row, int32_t columns,
                       int32_t y)
{
    int32_t first = 0;

    for (int32_t i = 0; i < cur; i++) {
        run *r = &s->cur[i];
        int32_t id = n_open++;
        s->open[id] = measure(row, columns, y, r);
        s->parent[id] = id;
        while (first < prev && s->prev[first].x1 < r->x0)
            first++;
        for (int32_t k = first; k < prev && s->prev[k].x0 <= r->x1; k++) {
            int32_t a = s->prev[k].x0 > r->x0 ? s->prev[k].x0 : r->x0;
            int32_t b = s->prev[k].x1 < r->x1 ? s->prev[k].x1 : r->x1;
            id = join(s, id, s->prev[k].piece);
            if (b > a)
                s->open[id].columns -= b - a;
        }
        r->piece = id;
    }
    return n_open;
}

static bool worth_keeping(const dsc_piece *p)
{
    int32_t w = p->x1 - p->x0, h = p->y1 - p->y0;

    return p->area >= 3 && w <= MAX_SIDE && h <= MAX_SIDE && (h >= 2 || w >= 2);
}

static dsc_status emit(dsc_pieces *out, const dsc_piece *p, bool *flood,
                       dsc_error *err)
{
    if (*flood || !worth_keeping(p))
        return DSC_OK;
    if (out->count == MAX_PIECES) {
        *flood = true;
        return DSC_OK;
    }
    if (out->count == out->cap) {
        size_t cap = out->cap ? out->cap * 2 : 1024;
        dsc_piece *items = dsc_calloc(cap, sizeof *items);
        if (!items)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        if (out->count)
            memcpy(items, out->items, out->count * sizeof *items);
        dsc_free(out->items);
        out->items = items;
        out->cap = cap;
    }
    out->items[out->count++] = *p;
    return DSC_OK;
}

/* Close the pieces that no run of this row continues and renumber the rest.
 * Returns how many stay open, or -1 without memory. */
static int32_t settle(dsc_piece_scan *s, int32_t cur, int32_t n_open,
                      dsc_pieces *out, bool *flood, dsc_error *err)
{
    dsc_piece *swap;
    int32_t kept = 0;

    for (int32_t i = 0; i < n_open; i++)
        s->moved[i] = -1;
    for (int32_t i = 0; i < cur; i++) {
        int32_t r = root(s->parent, s->cur[i].piece);
        if (s->moved[r] < 0) {
            s->moved[r] = kept;
            s->next[kept++] = s->open[r];
        }
        s->cur[i].piece = s->moved[r];
    }
    for (int32_t i = 0; i < n_open; i++)
        if (s->parent[i] == i && s->moved[i] < 0 &&
            emit(out, &s->open[i], flood, err))
            return -1;
    for (int32_t i = 0; i < kept; i++)
        s->parent[i] = i;
    swap = s->open;
    s->open = s->next;
    s->next = swap;
    return kept;
}

dsc_status dsc_classic__pieces(dsc_piece_scan *s, const uint8_t *hat,
                               int32_t columns, int32_t rows, int level,
                               dsc_pieces *out, bool *flood, dsc_error *err)
{
    int32_t prev = 0, n_open = 0;

    out->count = 0;
    *flood = false;
    DSC_CHECK((size_t)columns / 2 + 2 <= s->room, err);
    for (int32_t y = 0; y <= rows && !*flood; y++) {
        const uint8_t *row = hat + (size_t)y * (size_t)columns;
        int32_t cur = y < rows ? row_runs(row, columns, level, s->cur) : 0;
        run *swap;
        n_open = connect(s, prev, cur, n_open, row, columns, y);
        n_open = settle(s, cur, n_open, out, flood, err);
        if (n_open < 0)
            return DSC_NOMEM;
        swap = s->prev;
        s->prev = s->cur;
        s->cur = swap;
        prev = cur;
    }
    if (*flood)
        out->count = 0;
    return DSC_OK;
}
