/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/net_lines.h"

#include <math.h>
#include <string.h>

#define GROW_STEPS 24
/* Cells of a line take at least this share of their box; boxes this small are
 * left as they are. */
#define FILL_PERCENT 60
#define LEAST_SIDE   6
/* Heights that a line goes on at most. Where it goes is known of what is at
 * least so many heights long. */
#define BEYOND 3
#define LONG   2

#define NO_LINE ((dsc_net_line){INT32_MAX, INT32_MAX, -1, -1, 0, 0})

static bool is_filled(const dsc_net_line *b)
{
    int64_t area = (int64_t)(b->x1 - b->x0 + 1) * (b->y1 - b->y0 + 1);
    return (int64_t)b->cells * 100 >= area * FILL_PERCENT;
}

static void fill_certainties(dsc_net_lines *l)
{
    for (int v = -128; v < 128; v++)
        l->certainty[v + 128] = (uint16_t)lround(
            DSC_NET_CERTAIN / (1 + exp(-(double)v / DSC_NET_LOGIT)));
}

static dsc_status make_room(dsc_net_lines *l, const dsc_net_maps *m,
                            dsc_error *err)
{
    size_t cells = m->stride * m->h;

    if (!l->certainty[255])
        fill_certainties(l);
    if (l->cells < cells) {
        dsc_free(l->label);
        dsc_free(l->queue);
        l->cells = 0;
        l->label = dsc_calloc(cells, sizeof *l->label);
        l->queue = dsc_calloc(cells, sizeof *l->queue);
        if (!l->label || !l->queue)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        l->cells = cells;
    }
    memset(l->label, 0, cells * sizeof *l->label);
    return DSC_OK;
}

static dsc_status add_line(dsc_net_lines *l, dsc_net_line line, dsc_error *err)
{
    dsc_net_line *items = dsc_room(l->items, l->count, &l->cap, sizeof *items);

    if (!items)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    l->items = items;
    l->items[l->count++] = line;
    return DSC_OK;
}

static void count_cell(dsc_net_lines *l, const dsc_net_maps *m, uint32_t i,
                       dsc_net_line *b)
{
    int32_t x = (int32_t)(i % m->stride), y = (int32_t)(i / m->stride);

    b->x0 = x < b->x0 ? x : b->x0;
    b->x1 = x > b->x1 ? x : b->x1;
    b->y0 = y < b->y0 ? y : b->y0;
    b->y1 = y > b->y1 ? y : b->y1;
    b->cells++;
    b->sum += l->certainty[m->text[i] + 128];
}

static void take_cell(dsc_net_lines *l, const dsc_net_maps *m, uint32_t i,
                      int32_t label)
{
    l->label[i] = label;
    count_cell(l, m, i, &l->items[label - 1]);
}

/* What cells can belong to: of text, and of middles or of all (INT_MIN). */
typedef struct rule {
    int text, centre;
} rule;

static bool is_member(const dsc_net_maps *m, ptrdiff_t i, rule r)
{
    return m->text[i] >= r.text && m->centre[i] >= r.centre;
}

/* Give the label of cell i to its 8 neighbours that have none and belong. */
static size_t spread(dsc_net_lines *l, const dsc_net_maps *m, uint32_t i,
                     rule r, size_t tail)
{
    for (ptrdiff_t dy = -1; dy <= 1; dy++)
        for (ptrdiff_t dx = -1; dx <= 1; dx++) {
            ptrdiff_t j = (ptrdiff_t)i + dy * (ptrdiff_t)m->stride + dx;
            /* the guard is no text: j is inside where it is a member */
            if (!is_member(m, j, r) || l->label[j])
                continue;
            take_cell(l, m, (uint32_t)j, l->label[i]);
            l->queue[tail++] = (uint32_t)j;
        }
    return tail;
}

/* Most rows have no text at all. */
static bool has_text(const int8_t *row, uint32_t n, int level)
{
    int8_t most = INT8_MIN;

    for (uint32_t x = 0; x < n; x++)
        most = row[x] > most ? row[x] : most;
    return most >= level;
}

/* Label the connected parts of cells that belong; the queue holds all cells
 * that were labelled. */
static dsc_status label_parts(dsc_net_lines *l, const dsc_net_maps *m, rule r,
                              size_t *tail, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (uint32_t y = 0; y < m->h; y++) {
        uint32_t row = y * (uint32_t)m->stride;
        if (!has_text(m->text + row, m->w, r.text))
            continue;
        for (uint32_t i = row; !st && i < row + m->w; i++) {
            size_t head = *tail;
            if (!is_member(m, i, r) || l->label[i])
                continue;
            st = add_line(l, NO_LINE, err);
            if (st)
                break;
            take_cell(l, m, i, (int32_t)l->count);
            l->queue[(*tail)++] = i;
            while (head < *tail)
                *tail = spread(l, m, l->queue[head++], r, *tail);
        }
    }
    return st;
}

/* All labels grow together, a ring a step, over cells of text. */
static size_t grow_labels(dsc_net_lines *l, const dsc_net_maps *m, int text,
                          size_t tail)
{
    rule r = {text, INT8_MIN};
    size_t head = 0;

    for (int step = 0; step < GROW_STEPS && head < tail; step++)
        for (size_t ring = tail; head < ring; head++)
            tail = spread(l, m, l->queue[head], r, tail);
    return tail;
}

/* Add the label's cells in `part` (the last cells are inside) as lines whose
 * boxes they fill: halved until they do. */
static dsc_status add_parts(dsc_net_lines *l, const dsc_net_maps *m,
                            int32_t label, dsc_net_line part, dsc_error *err)
{
    dsc_net_line b = NO_LINE, other;
    dsc_status st;

    for (int32_t y = part.y0; y <= part.y1; y++)
        for (int32_t x = part.x0; x <= part.x1; x++) {
            uint32_t i = (uint32_t)y * (uint32_t)m->stride + (uint32_t)x;
            if (l->label[i] == label)
                count_cell(l, m, i, &b);
        }
    if (!b.cells)
        return DSC_OK;
    if (is_filled(&b) || (b.x1 - b.x0 < LEAST_SIDE && b.y1 - b.y0 < LEAST_SIDE))
        return add_line(l, b, err);
    part = other = b;
    if (b.x1 - b.x0 > b.y1 - b.y0)
        other.x0 = (part.x1 = b.x0 + (b.x1 - b.x0) / 2) + 1;
    else
        other.y0 = (part.y1 = b.y0 + (b.y1 - b.y0) / 2) + 1;
    st = add_parts(l, m, label, part, err);
    return st ? st : add_parts(l, m, label, other, err);
}

/* A line fills its box. What does not is two crossing lines or a pattern: its
 * parts take less room than their common box. */
static dsc_status split_ragged(dsc_net_lines *l, const dsc_net_maps *m,
                               dsc_error *err)
{
    size_t count = l->count;
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < count; i++) {
        dsc_net_line whole = l->items[i];
        if (is_filled(&whole))
            continue;
        l->items[i].cells = 0;
        st = add_parts(l, m, (int32_t)i + 1, whole, err);
    }
    return st;
}

/* The first and last letters, or all behind one, may be lost in grain or too
 * dim to start a line: beside a sure one less will do. Only the middle of its
 * height tells: above and below may be other lines. */
static void lengthen(dsc_net_line *b, const dsc_net_maps *m, int level)
{
    int32_t w = b->x1 - b->x0 + 1, h = b->y1 - b->y0 + 1;
    bool upright = h > w;
    int32_t length = upright ? h : w, high = upright ? w : h;
    int32_t middle = upright ? (b->x0 + b->x1) / 2 : (b->y0 + b->y1) / 2;
    int32_t end = (int32_t)(upright ? m->h : m->w) - 1;
    ptrdiff_t step = upright ? (ptrdiff_t)m->stride : 1;
    const int8_t *p = m->centre + middle * (upright ? 1 : (ptrdiff_t)m->stride);
    int32_t *first = upright ? &b->y0 : &b->x0;
    int32_t *last = upright ? &b->y1 : &b->x1;
    int32_t least = *first - BEYOND * high, most = *last + BEYOND * high;

    if (length < LONG * high)
        return;
    while (*first > 0 && *first > least && p[(*first - 1) * step] >= level)
        --*first;
    while (*last < end && *last < most && p[(*last + 1) * step] >= level)
        ++*last;
}

dsc_status dsc_net_lines_find(dsc_net_lines *l, const dsc_net_maps *maps,
                              const dsc_net_levels *levels, dsc_error *err)
{
    rule middles = {levels->text, levels->centre};
    rule alone = {levels->alone, INT8_MIN};
    size_t tail = 0;
    dsc_status st = make_room(l, maps, err);

    l->count = 0;
    if (!st)
        st = label_parts(l, maps, middles, &tail, err);
    if (!st)
        tail = grow_labels(l, maps, levels->text, tail);
    if (!st)
        st = label_parts(l, maps, alone, &tail, err);
    if (!st)
        st = split_ragged(l, maps, err);
    for (size_t i = 0; !st && i < l->count; i++)
        if (l->items[i].cells)
            lengthen(&l->items[i], maps, levels->beyond);
    return st;
}

void dsc_net_lines_free(dsc_net_lines *l)
{
    dsc_free(l->items);
    dsc_free(l->label);
    dsc_free(l->queue);
    *l = (dsc_net_lines){0};
}
