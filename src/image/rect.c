/* SPDX-License-Identifier: Apache-2.0 */
#include "image/image.h"

#include <string.h>

static int32_t saturate(int64_t v)
{
    if (v > INT32_MAX)
        return INT32_MAX;
    return v < INT32_MIN ? INT32_MIN : (int32_t)v;
}

static dsc_rect from_edges(int64_t x0, int64_t y0, int64_t x1, int64_t y1)
{
    dsc_rect r = {saturate(x0), saturate(y0), 0, 0};

    if (x1 > x0)
        r.w = saturate(x1 - x0);
    if (y1 > y0)
        r.h = saturate(y1 - y0);
    return r;
}

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

dsc_rect dsc_rect_intersect(dsc_rect a, dsc_rect b)
{
    return from_edges(max64(a.x, b.x), max64(a.y, b.y),
                      min64((int64_t)a.x + a.w, (int64_t)b.x + b.w),
                      min64((int64_t)a.y + a.h, (int64_t)b.y + b.h));
}

dsc_rect dsc_rect_union(dsc_rect a, dsc_rect b)
{
    if (dsc_rect_empty(a))
        return b;
    if (dsc_rect_empty(b))
        return a;
    return from_edges(min64(a.x, b.x), min64(a.y, b.y),
                      max64((int64_t)a.x + a.w, (int64_t)b.x + b.w),
                      max64((int64_t)a.y + a.h, (int64_t)b.y + b.h));
}

dsc_rect dsc_rect_clip(dsc_rect r, uint32_t columns, uint32_t rows)
{
    dsc_rect image = {0, 0, saturate(columns), saturate(rows)};
    return dsc_rect_intersect(r, image);
}

dsc_rect dsc_rect_grow(dsc_rect r, int32_t dx, int32_t dy)
{
    return from_edges((int64_t)r.x - dx, (int64_t)r.y - dy,
                      (int64_t)r.x + r.w + dx, (int64_t)r.y + r.h + dy);
}

dsc_rect dsc_rect_to_cells(dsc_rect r, uint32_t cw, uint32_t ch,
                           uint32_t columns, uint32_t rows)
{
    dsc_rect c = dsc_rect_clip(r, columns, rows);
    int64_t x1, y1;

    if (dsc_rect_empty(c) || !cw || !ch)
        return c;
    x1 = ((int64_t)c.x + c.w + cw - 1) / cw * cw;
    y1 = ((int64_t)c.y + c.h + ch - 1) / ch * ch;
    c = from_edges((int64_t)c.x / cw * cw, (int64_t)c.y / ch * ch, x1, y1);
    return dsc_rect_clip(c, columns, rows);
}

/* Does a cell of columns x0..x1 and rows y0..y1 go whole? */
static bool any_whole(const dsc_cells *c, size_t x0, size_t x1, size_t y0,
                      size_t y1)
{
    for (size_t y = y0; y <= y1; y++)
        if (memchr(c->whole + y * dsc_cells_across(c) + x0, 1, x1 - x0 + 1))
            return true;
    return false;
}

dsc_rect dsc_rect_to_parts(dsc_rect r, const dsc_cells *c)
{
    dsc_rect all = dsc_rect_to_cells(r, c->w, c->h, c->columns, c->rows), part;
    int32_t right, bottom;
    size_t x0, x1, y0, y1;

    if (!c->whole || dsc_rect_empty(all))
        return all;
    part = dsc_rect_to_cells(r, c->part_w, c->part_h, c->columns, c->rows);
    x0 = (size_t)all.x / c->w;
    y0 = (size_t)all.y / c->h;
    x1 = ((size_t)(all.x + all.w) - 1) / c->w;
    y1 = ((size_t)(all.y + all.h) - 1) / c->h;
    right = any_whole(c, x1, x1, y0, y1) ? all.x + all.w : part.x + part.w;
    bottom = any_whole(c, x0, x1, y1, y1) ? all.y + all.h : part.y + part.h;
    part.x = any_whole(c, x0, x0, y0, y1) ? all.x : part.x;
    part.y = any_whole(c, x0, x1, y0, y0) ? all.y : part.y;
    part.w = right - part.x;
    part.h = bottom - part.y;
    return part;
}

dsc_status dsc_rects_add(dsc_rects *list, dsc_rect r, dsc_error *err)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 16;
        dsc_rect *items = dsc_calloc(cap, sizeof *items);
        if (!items)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        dsc_free(list->items);
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = r;
    return DSC_OK;
}

/* Area of `r` inside the first `n` rectangles: what the last one covers, plus
 * what the others cover of the up to four strips around it. */
static int64_t covered(const dsc_rect *items, size_t n, dsc_rect r)
{
    while (n && !dsc_rect_empty(r)) {
        dsc_rect c = dsc_rect_intersect(items[--n], r);
        int64_t sum;
        if (dsc_rect_empty(c))
            continue;
        sum = dsc_rect_area(c);
        sum += covered(items, n, (dsc_rect){r.x, r.y, r.w, c.y - r.y});
        sum += covered(items, n,
                       (dsc_rect){r.x, c.y + c.h, r.w, r.y + r.h - c.y - c.h});
        sum += covered(items, n, (dsc_rect){r.x, c.y, c.x - r.x, c.h});
        sum += covered(items, n,
                       (dsc_rect){c.x + c.w, c.y, r.x + r.w - c.x - c.w, c.h});
        return sum;
    }
    return 0;
}

int64_t dsc_rects_covered(const dsc_rects *list, dsc_rect r)
{
    /* No edge past INT32_MAX, so that covered() cannot overflow. */
    r = dsc_rect_intersect(
        r, (dsc_rect){r.x, r.y, r.x > 0 ? INT32_MAX - r.x : INT32_MAX,
                      r.y > 0 ? INT32_MAX - r.y : INT32_MAX});
    return covered(list->items, list->count, r);
}

dsc_status dsc_rects_cut(dsc_rects *list, dsc_rect hole, dsc_error *err)
{
    size_t left = 0, count = list->count;
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < count; i++) {
        dsc_rect r = list->items[i], c = dsc_rect_intersect(r, hole);
        if (dsc_rect_empty(c))
            continue;
        const dsc_rect parts[] = {
            {r.x, r.y, r.w, c.y - r.y},
            {r.x, c.y + c.h, r.w, r.y + r.h - c.y - c.h},
            {r.x, c.y, c.x - r.x, c.h},
            {c.x + c.w, c.y, r.x + r.w - c.x - c.w, c.h},
        };
        list->items[i].w = 0;
        for (size_t k = 0; !st && k < 4; k++)
            if (!dsc_rect_empty(parts[k]))
                st = dsc_rects_add(list, parts[k], err);
    }
    for (size_t i = 0; i < list->count; i++)
        if (!dsc_rect_empty(list->items[i]))
            list->items[left++] = list->items[i];
    list->count = left;
    return st;
}

void dsc_rects_free(dsc_rects *list)
{
    dsc_free(list->items);
    list->items = NULL;
    list->count = list->cap = 0;
}
