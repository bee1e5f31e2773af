/* SPDX-License-Identifier: Apache-2.0
 *
 * What the proof searches for text: the picture without its black boxes. Their
 * edges over tissue look like letters, and each box that hid one would make new
 * ones. That the boxes are blank is proven sample by sample, not here. */
#include "scrub/scrub_priv.h"

#include <string.h>

#define BLEND_ROWS 2 /* above and below, whose mean goes into the box */

/* The mean of the pixels of column x around row y that are in no box; -1: none.
 */
static int beside(const dsc_view *v, const uint8_t *boxed, int64_t x, int64_t y)
{
    int sum = 0, n = 0;

    if (x < 0 || x >= v->columns)
        return -1;
    for (int64_t r = y - BLEND_ROWS; r <= y + BLEND_ROWS; r++) {
        if (r < 0 || r >= v->rows || boxed[(size_t)(r * v->columns + x)])
            continue;
        sum += v->data[(size_t)r * v->stride + (size_t)x];
        n++;
    }
    return n ? sum / n : -1;
}

/* The boxed pixels x0 to x1 - 1 of a row go from one neighbour to the other. */
static void fill_run(dsc_view *v, const uint8_t *boxed, uint32_t y, uint32_t x0,
                     uint32_t x1)
{
    int left = beside(v, boxed, (int64_t)x0 - 1, y);
    int right = beside(v, boxed, x1, y);
    int length = (int)(x1 - x0 + 1);

    if (left < 0 && right < 0)
        return;
    left = left < 0 ? right : left;
    right = right < 0 ? left : right;
    for (uint32_t x = x0; x < x1; x++)
        v->data[(size_t)y * v->stride + x] =
            (uint8_t)(left + (right - left) * (int)(x - x0 + 1) / length);
}

static void fill_view(dsc_view *v, const uint8_t *boxed)
{
    for (uint32_t y = 0; y < v->rows; y++) {
        const uint8_t *row = boxed + (size_t)y * v->columns;
        const uint8_t *end = row + v->columns, *at = row, *first;
        while ((first = memchr(at, 1, (size_t)(end - at)))) {
            at = memchr(first, 0, (size_t)(end - first));
            at = at ? at : end;
            fill_run(v, boxed, y, (uint32_t)(first - row),
                     (uint32_t)(at - row));
        }
    }
}

dsc_status dsc_mark_boxes(const dsc_views *views, const dsc_region_list *boxes,
                          uint32_t frame, dsc_buf *boxed, bool *any,
                          dsc_error *err)
{
    uint32_t columns = views->items[0].columns, rows = views->items[0].rows;
    dsc_status st;

    *any = false;
    boxed->len = 0;
    st = dsc_buf_resize(boxed, (size_t)columns * rows, err);
    for (size_t i = 0; !st && i < boxes->count; i++) {
        const dsc_region *g = &boxes->items[i];
        dsc_rect r =
            dsc_rect_clip((dsc_rect){g->x, g->y, g->w, g->h}, columns, rows);
        if (g->overlay || frame < g->first_frame || frame > g->last_frame)
            continue;
        *any = true;
        for (int32_t y = r.y; y < r.y + r.h; y++)
            memset(boxed->data + (size_t)y * columns + (size_t)r.x, 1,
                   (size_t)r.w);
    }
    return st;
}

void dsc_fill_boxes(dsc_views *views, const uint8_t *boxed)
{
    for (size_t i = 0; i < views->count; i++)
        fill_view(&views->items[i], boxed);
}
