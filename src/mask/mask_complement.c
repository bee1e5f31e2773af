/* SPDX-License-Identifier: Apache-2.0
 *
 * The outside of a set of rectangles, by horizontal bands: between two
 * neighbouring edges the picture is cut in the same way in every row.
 */
#include "mask/mask_priv.h"

#include <stdlib.h>
#include <string.h>

/* Bands x gaps must stay small for any input; no device has this many. */
#define RECTS_MAX 1024u

static int by_value(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static int by_left(const void *a, const void *b)
{
    const dsc_rect *x = a, *y = b;
    return (x->x > y->x) - (x->x < y->x);
}

typedef struct sweep {
    dsc_rect *boxes; /* by left edge */
    size_t boxes_count;
    int32_t *edges; /* of the bands, ascending */
    size_t edges_count;
    int32_t columns;
} sweep;

/* A band cut like the one above it only makes that one higher. `last` is where
 * the band above starts in the list. */
static void merge_band(dsc_rects *out, size_t *last, size_t start)
{
    size_t n = out->count - start;
    bool alike = n == start - *last;

    for (size_t i = 0; i < n && alike; i++) {
        const dsc_rect *a = &out->items[*last + i];
        const dsc_rect *b = &out->items[start + i];
        alike = a->x == b->x && a->w == b->w && a->y + a->h == b->y;
    }
    if (!alike) {
        *last = start;
        return;
    }
    for (size_t i = 0; i < n; i++)
        out->items[*last + i].h += out->items[start + i].h;
    out->count = start;
}

static dsc_status add_band(const sweep *s, int32_t top, int32_t bottom,
                           dsc_rects *out, size_t *last, dsc_error *err)
{
    size_t start = out->count;
    int32_t x = 0;
    dsc_status st = DSC_OK;

    for (size_t i = 0; i <= s->boxes_count && !st; i++) {
        const dsc_rect *r = i < s->boxes_count ? &s->boxes[i] : NULL;
        dsc_rect gap = {x, top, 0, bottom - top};
        if (r && (r->y > top || r->y + r->h <= top))
            continue;
        gap.w = (r ? r->x : s->columns) - x;
        if (gap.w > 0)
            st = dsc_rects_add(out, gap, err);
        if (r && r->x + r->w > x)
            x = r->x + r->w;
    }
    if (!st)
        merge_band(out, last, start);
    return st;
}

static dsc_status sweep_bands(sweep *s, dsc_rects *out, dsc_error *err)
{
    size_t last = out->count;
    dsc_status st = DSC_OK;

    qsort(s->edges, s->edges_count, sizeof *s->edges, by_value);
    if (s->boxes_count)
        qsort(s->boxes, s->boxes_count, sizeof *s->boxes, by_left);
    for (size_t i = 0; i + 1 < s->edges_count && !st; i++)
        if (s->edges[i + 1] > s->edges[i])
            st = add_band(s, s->edges[i], s->edges[i + 1], out, &last, err);
    return st;
}

dsc_status dsc_mask_complement(const dsc_rects *keep, uint32_t columns,
                               uint32_t rows, dsc_rects *out, dsc_error *err)
{
    sweep s = {0};
    dsc_status st = DSC_OK;

    if (columns > INT32_MAX || rows > INT32_MAX)
        return dsc_fail(err, DSC_LIMIT, "image larger than 2^31");
    if (keep->count > RECTS_MAX)
        return dsc_fail(err, DSC_LIMIT, "more than %u regions to keep",
                        RECTS_MAX);
    if (!columns || !rows)
        return DSC_OK;
    s.columns = (int32_t)columns;
    s.boxes = dsc_calloc(keep->count + 1, sizeof *s.boxes);
    s.edges = dsc_calloc(2 * keep->count + 2, sizeof *s.edges);
    if (!s.boxes || !s.edges) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    s.edges[s.edges_count++] = 0;
    s.edges[s.edges_count++] = (int32_t)rows;
    dsc_rects_foreach (r, keep) {
        dsc_rect box = dsc_rect_clip(*r, columns, rows);
        if (dsc_rect_empty(box))
            continue;
        s.boxes[s.boxes_count++] = box;
        s.edges[s.edges_count++] = box.y;
        s.edges[s.edges_count++] = box.y + box.h;
    }
    st = sweep_bands(&s, out, err);
done:
    dsc_free(s.boxes);
    dsc_free(s.edges);
    return st;
}
