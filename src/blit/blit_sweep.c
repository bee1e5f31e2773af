/* SPDX-License-Identifier: Apache-2.0
 *
 * A sweep over rectangles from top to bottom. Within a band of rows their
 * union is a short list of spans, so the work for a row depends on the boxes
 * that cross it and not on how many there are in all. */
#include "blit/blit_priv.h"

#include <stdlib.h>
#include <string.h>

bool dsc_blit__box_of(const dsc_blit__geometry *geo, dsc_rect rect,
                      dsc_blit__box *out)
{
    /* to the pixels, not to the spare half of an odd last pair */
    dsc_rect r = dsc_rect_clip(rect, geo->columns, geo->rows);

    if (dsc_rect_empty(r))
        return false;
    out->x0 = (uint32_t)r.x / geo->cell_px;
    out->x1 = ((uint32_t)r.x + (uint32_t)r.w + geo->cell_px - 1) / geo->cell_px;
    out->y0 = (uint32_t)r.y;
    out->y1 = (uint32_t)r.y + (uint32_t)r.h;
    return true;
}

static int by_top(const void *a, const void *b)
{
    const dsc_blit__box *p = a, *q = b;

    return (p->y0 > q->y0) - (p->y0 < q->y0);
}

bool dsc_blit__sweep_start(dsc_blit__sweep *sweep,
                           const dsc_blit__geometry *geo,
                           const dsc_rects *rects)
{
    *sweep = (dsc_blit__sweep){.rows = geo->rows};
    if (!rects || !rects->count)
        return true;
    sweep->memory = dsc_calloc(rects->count, 2 * sizeof(dsc_blit__box) +
                                                 sizeof(dsc_blit__span));
    if (!sweep->memory)
        return false;
    sweep->boxes = sweep->memory;
    sweep->active = sweep->boxes + rects->count;
    sweep->spans = (dsc_blit__span *)(sweep->active + rects->count);
    dsc_rects_foreach (r, rects) {
        if (dsc_blit__box_of(geo, *r, &sweep->boxes[sweep->count]))
            sweep->count++;
    }
    if (sweep->count > 1)
        qsort(sweep->boxes, sweep->count, sizeof *sweep->boxes, by_top);
    return true;
}

static void drop_finished(dsc_blit__sweep *sweep, uint32_t y)
{
    size_t kept = 0;

    for (size_t i = 0; i < sweep->active_count; i++)
        if (sweep->active[i].y1 > y)
            sweep->active[kept++] = sweep->active[i];
    sweep->active_count = kept;
}

static void activate(dsc_blit__sweep *sweep, const dsc_blit__box *box)
{
    dsc_blit__box *a = sweep->active;
    size_t low = 0, high = sweep->active_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (a[middle].x0 < box->x0)
            low = middle + 1;
        else
            high = middle;
    }
    memmove(a + low + 1, a + low, (sweep->active_count - low) * sizeof *a);
    a[low] = *box;
    sweep->active_count++;
}

static void merge_spans(dsc_blit__sweep *sweep)
{
    dsc_blit__span *last = NULL;

    sweep->span_count = 0;
    for (size_t i = 0; i < sweep->active_count; i++) {
        const dsc_blit__box *b = &sweep->active[i];
        if (last && b->x0 <= last->x1) {
            if (b->x1 > last->x1)
                last->x1 = b->x1;
            continue;
        }
        last = &sweep->spans[sweep->span_count++];
        *last = (dsc_blit__span){b->x0, b->x1};
    }
}

bool dsc_blit__sweep_next(dsc_blit__sweep *sweep)
{
    uint32_t y = sweep->y1;

    if (y >= sweep->rows)
        return false;
    drop_finished(sweep, y);
    while (sweep->next < sweep->count && sweep->boxes[sweep->next].y0 == y)
        activate(sweep, &sweep->boxes[sweep->next++]);
    sweep->y0 = y;
    sweep->y1 = sweep->rows;
    if (sweep->next < sweep->count)
        sweep->y1 = sweep->boxes[sweep->next].y0;
    for (size_t i = 0; i < sweep->active_count; i++)
        if (sweep->active[i].y1 < sweep->y1)
            sweep->y1 = sweep->active[i].y1;
    merge_spans(sweep);
    return true;
}

void dsc_blit__sweep_end(dsc_blit__sweep *sweep)
{
    dsc_free(sweep->memory);
    *sweep = (dsc_blit__sweep){0};
}
