/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/codes_priv.h"

#include <string.h>

/* Less contrast than this is no print. */
#define SWING 48

/* ---- one line ---- */

dsc_status dsc_scan_make(dsc_scan *s, size_t longest, dsc_error *err)
{
    *s = (dsc_scan){.cap = longest};
    s->px = dsc_alloc(longest + 1);
    s->edges = dsc_calloc(longest + 1, sizeof *s->edges);
    s->peaks = dsc_alloc(longest + 2);
    s->at = dsc_calloc(longest + 2, sizeof *s->at);
    if (!s->px || !s->edges || !s->peaks || !s->at)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    return DSC_OK;
}

void dsc_scan_free(dsc_scan *s)
{
    dsc_wipe_free(s->px, s->cap + 1);
    dsc_free(s->edges);
    dsc_free(s->peaks);
    dsc_free(s->at);
    *s = (dsc_scan){0};
}

/* Where the line crosses the middle between two peaks. */
static float crossing(const dsc_scan *s, size_t from, size_t to)
{
    float middle = ((float)s->px[from] + (float)s->px[to]) / 2;
    bool rises = s->px[to] > s->px[from];

    for (size_t x = from; x < to; x++) {
        float a = s->px[x], b = s->px[x + 1];
        if (rises ? b >= middle : b <= middle)
            return (float)x + (b == a ? 1 : (middle - a) / (b - a));
    }
    return (float)to;
}

static bool has_swing(const dsc_scan *s)
{
    uint8_t low = 255, high = 0;

    for (size_t x = 0; x < s->n; x++) {
        low = s->px[x] < low ? s->px[x] : low;
        high = s->px[x] > high ? s->px[x] : high;
    }
    return high - low >= SWING;
}

/* Peaks are where the line turns back by a swing. */
static void find_edges(dsc_scan *s)
{
    size_t count = 0, high = 0, low = 0;
    int way = 0; /* 1 up, -1 down */

    s->edge_count = 0;
    if (!has_swing(s))
        return;
    for (size_t x = 1; x < s->n; x++) {
        if (s->px[x] > s->px[high])
            high = x;
        if (s->px[x] < s->px[low])
            low = x;
        if (way >= 0 && s->px[high] - s->px[x] >= SWING) {
            s->at[count++] = high;
            way = -1;
        } else if (way <= 0 && s->px[x] - s->px[low] >= SWING) {
            s->at[count++] = low;
            way = 1;
        } else {
            continue;
        }
        if (count == 1)
            s->first_light = way < 0;
        /* the other kind of peak starts anew */
        high = way > 0 ? x : high;
        low = way < 0 ? x : low;
    }
    if (!count)
        return;
    s->at[count++] = way > 0 ? high : low;
    for (size_t i = 0; i < count; i++)
        s->peaks[i] = s->px[s->at[i]];
    for (size_t i = 0; i + 1 < count; i++)
        s->edges[s->edge_count++] = crossing(s, s->at[i], s->at[i + 1]);
}

void dsc_scan_row(dsc_scan *s, const dsc_plane *p, uint32_t y)
{
    s->n = p->columns;
    memcpy(s->px, p->data + (size_t)y * p->stride, s->n);
    find_edges(s);
}

void dsc_scan_column(dsc_scan *s, const dsc_plane *p, uint32_t x)
{
    s->n = p->rows;
    for (size_t y = 0; y < s->n; y++)
        s->px[y] = p->data[y * p->stride + x];
    find_edges(s);
}

/* ---- the list ---- */

void dsc_codes_free(dsc_codes *codes)
{
    dsc_free(codes->items);
    *codes = (dsc_codes){0};
}

dsc_status dsc_codes__add(dsc_codes *codes, dsc_rect box, dsc_code_kind kind,
                          dsc_error *err)
{
    if (codes->count == codes->cap) {
        size_t cap = codes->cap ? codes->cap * 2 : 8;
        dsc_code *items = dsc_calloc(cap, sizeof *items);
        if (!items)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        if (codes->count)
            memcpy(items, codes->items, codes->count * sizeof *items);
        dsc_free(codes->items);
        codes->items = items;
        codes->cap = cap;
    }
    codes->items[codes->count++] = (dsc_code){box, kind};
    return DSC_OK;
}

dsc_status dsc_codes_find(const dsc_plane *plane, const dsc_rect *within,
                          dsc_codes *out, dsc_error *err)
{
    dsc_rect all = {0, 0, INT32_MAX, INT32_MAX};
    dsc_rect r =
        dsc_rect_clip(within ? *within : all, plane->columns, plane->rows);
    dsc_plane part;
    dsc_status st = DSC_OK;

    out->count = 0;
    if (dsc_rect_empty(r))
        return DSC_OK;
    part = (dsc_plane){plane->data + (size_t)r.y * plane->stride + (size_t)r.x,
                       (uint32_t)r.w, (uint32_t)r.h, plane->stride};
    st = dsc_codes__bars(&part, false, out, err);
    if (!st)
        st = dsc_codes__bars(&part, true, out, err);
    if (!st)
        st = dsc_codes__matrices(&part, out, err);
    if (!st)
        st = dsc_codes__grids(&part, out, err);
    for (size_t i = 0; i < out->count; i++) {
        out->items[i].box =
            dsc_rect_clip(out->items[i].box, part.columns, part.rows);
        out->items[i].box.x += r.x;
        out->items[i].box.y += r.y;
    }
    return st;
}
