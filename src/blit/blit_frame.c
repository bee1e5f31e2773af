/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole frames: fill rectangles, prove them filled, prove the rest unchanged,
 * tell which tiles changed. */
#include "blit/blit_priv.h"

#include <string.h>

bool dsc_blit__geometry_of(const dsc_frame *frame, dsc_blit__geometry *out)
{
    const dsc_format *fmt = &frame->fmt;
    size_t sample = dsc_sample_bytes(fmt), size;

    if (!frame->data || (fmt->samples != 1 && fmt->samples != 3) ||
        (sample != 1 && sample != 2 && sample != 4) ||
        !dsc_frame_bytes(fmt, &size) || size > frame->size)
        return false;
    out->columns = fmt->columns;
    out->cells = fmt->columns;
    out->rows = fmt->rows;
    out->cell_px = 1;
    out->planes = 1;
    switch (fmt->layout) {
    case DSC_INTERLEAVED:
        out->cell_bytes = sample * fmt->samples;
        break;
    case DSC_PLANAR:
        out->cell_bytes = sample;
        out->planes = fmt->samples;
        break;
    case DSC_YBR422:
        if (sample != 1 || fmt->samples != 3)
            return false;
        out->cells = fmt->columns / 2 + fmt->columns % 2;
        out->cell_px = 2;
        out->cell_bytes = 4;
        break;
    default:
        return false;
    }
    out->stride = out->cells * out->cell_bytes;
    out->plane_bytes = out->stride * out->rows;
    return true;
}

static void put_word(uint8_t *dst, size_t sample_bytes, uint32_t v)
{
    uint8_t v8 = (uint8_t)v;
    uint16_t v16 = (uint16_t)v;

    switch (sample_bytes) {
    case 1:
        *dst = v8;
        break;
    case 2:
        memcpy(dst, &v16, sizeof v16);
        break;
    default:
        memcpy(dst, &v, sizeof v);
        break;
    }
}

static void make_pattern(uint8_t *pattern, const dsc_format *fmt,
                         const dsc_blit__geometry *geo, size_t plane,
                         const dsc_fill *fill)
{
    size_t sample = dsc_sample_bytes(fmt);

    if (fmt->layout == DSC_YBR422) {
        put_word(pattern, 1, fill->v[0]);
        put_word(pattern + 1, 1, fill->v[0]);
        put_word(pattern + 2, 1, fill->v[1]);
        put_word(pattern + 3, 1, fill->v[2]);
    } else if (geo->planes > 1) {
        put_word(pattern, sample, fill->v[plane]);
    } else {
        for (size_t s = 0; s < fmt->samples; s++)
            put_word(pattern + s * sample, sample, fill->v[s]);
    }
    for (size_t i = geo->cell_bytes; i < DSC_PATTERN_BYTES; i++)
        pattern[i] = pattern[i - geo->cell_bytes];
}

void dsc_blit_fill(const dsc_blit *blit, dsc_frame *frame,
                   const dsc_rects *rects, const dsc_fill *fill)
{
    uint8_t pattern[DSC_PATTERN_BYTES];
    dsc_blit__geometry geo;
    dsc_blit__box box;

    if (!dsc_blit__geometry_of(frame, &geo))
        return; /* dsc_blit_is_filled says no to such a frame */
    for (size_t plane = 0; plane < geo.planes; plane++) {
        uint8_t *base = frame->data + plane * geo.plane_bytes;

        make_pattern(pattern, &frame->fmt, &geo, plane, fill);
        dsc_rects_foreach (r, rects) {
            size_t run, rows;
            if (!dsc_blit__box_of(&geo, *r, &box))
                continue;
            run = (box.x1 - box.x0) * geo.cell_bytes;
            rows = box.y1 - box.y0;
            if (run == geo.stride) { /* whole rows are one run */
                run *= rows;
                rows = 1;
            }
            blit->fill(base + box.y0 * geo.stride + box.x0 * geo.cell_bytes,
                       geo.stride, run, rows, pattern);
        }
    }
}

/* ---- proofs ---- */

/* Two frames, or a frame and a pattern (b NULL), and the first byte of a
 * plane that is not as it should be. */
typedef struct search {
    const dsc_blit *blit;
    const dsc_blit__geometry *geo;
    const uint8_t *a, *b;   /* of this plane */
    const uint8_t *pattern; /* of this plane */
    size_t at;              /* offset in the plane */
} search;

/* Compare n bytes at `offset`; true where a difference was found. */
static bool run_differs(search *s, size_t offset, size_t n)
{
    size_t i = s->b ? s->blit->same(s->a + offset, s->b + offset, n)
                    : s->blit->match(s->a + offset, n, s->pattern);
    s->at = offset + i;
    return i < n;
}

static bool cells_differ(search *s, size_t row_offset, uint32_t x0, uint32_t x1)
{
    return x1 > x0 && run_differs(s, row_offset + x0 * s->geo->cell_bytes,
                                  (x1 - x0) * s->geo->cell_bytes);
}

static bool outside_row_differs(search *s, const dsc_blit__sweep *band,
                                size_t row_offset)
{
    uint32_t x = 0;

    for (size_t i = 0; i < band->span_count; i++) {
        if (cells_differ(s, row_offset, x, band->spans[i].x0))
            return true;
        x = band->spans[i].x1;
    }
    return cells_differ(s, row_offset, x, s->geo->cells);
}

static bool inside_row_differs(search *s, const dsc_blit__sweep *band,
                               size_t row_offset)
{
    for (size_t i = 0; i < band->span_count; i++)
        if (cells_differ(s, row_offset, band->spans[i].x0, band->spans[i].x1))
            return true;
    return false;
}

/* First bad byte of a band in one plane: outside the spans when two frames
 * are compared, inside when a frame is held against the fill. */
static bool band_differs(search *s, const dsc_blit__sweep *band)
{
    size_t stride = s->geo->stride;
    size_t first = band->y0 * stride, end = band->y1 * stride;
    bool inside = !s->b;
    bool all = band->span_count == 1 && band->spans[0].x0 == 0 &&
               band->spans[0].x1 == s->geo->cells;

    if (band->span_count == 0)
        return !inside && run_differs(s, first, end - first);
    if (all)
        return inside && run_differs(s, first, end - first);
    for (size_t row = first; row < end; row += stride)
        if (inside ? inside_row_differs(s, band, row)
                   : outside_row_differs(s, band, row))
            return true;
    return false;
}

/* The pixel of a byte; the pair where chroma is shared. */
static dsc_rect pixel_at(const dsc_blit__geometry *geo, size_t offset)
{
    size_t y = offset / geo->stride;
    size_t x = offset % geo->stride / geo->cell_bytes * geo->cell_px;
    dsc_rect r = {(int32_t)x, (int32_t)y, (int32_t)geo->cell_px, 1};

    return dsc_rect_clip(r, geo->columns, geo->rows);
}

/* Is everything as it should be? Otherwise the first pixel in reading order,
 * over all planes, goes to *where. */
static bool prove(const dsc_blit *blit, const dsc_frame *a, const dsc_frame *b,
                  const dsc_blit__geometry *geo, const dsc_rects *rects,
                  const dsc_fill *fill, dsc_rect *where)
{
    uint8_t pattern[3][DSC_PATTERN_BYTES];
    dsc_blit__sweep sweep;
    bool good = dsc_blit__sweep_start(&sweep, geo, rects);

    for (size_t plane = 0; fill && plane < geo->planes; plane++)
        make_pattern(pattern[plane], &a->fmt, geo, plane, fill);
    while (good && dsc_blit__sweep_next(&sweep)) {
        size_t best = SIZE_MAX;
        for (size_t plane = 0; plane < geo->planes; plane++) {
            size_t base = plane * geo->plane_bytes;
            search s = {blit,           geo,
                        a->data + base, b ? b->data + base : NULL,
                        pattern[plane], 0};
            if (band_differs(&s, &sweep) && s.at < best)
                best = s.at;
        }
        if (best != SIZE_MAX) {
            *where = pixel_at(geo, best);
            good = false;
        }
    }
    dsc_blit__sweep_end(&sweep);
    return good;
}

bool dsc_blit_is_filled(const dsc_blit *blit, const dsc_frame *frame,
                        const dsc_rects *rects, const dsc_fill *fill,
                        dsc_rect *where)
{
    dsc_blit__geometry geo;
    dsc_rect ignored;

    if (!where)
        where = &ignored;
    *where = (dsc_rect){0};
    return dsc_blit__geometry_of(frame, &geo) &&
           prove(blit, frame, NULL, &geo, rects, fill, where);
}

static bool same_format(const dsc_format *a, const dsc_format *b)
{
    return a->columns == b->columns && a->rows == b->rows &&
           a->samples == b->samples && a->bits_allocated == b->bits_allocated &&
           a->bits_stored == b->bits_stored && a->high_bit == b->high_bit &&
           a->is_signed == b->is_signed && a->photometric == b->photometric &&
           a->layout == b->layout;
}

bool dsc_blit_same_outside(const dsc_blit *blit, const dsc_frame *a,
                           const dsc_frame *b, const dsc_rects *rects,
                           dsc_rect *where)
{
    dsc_blit__geometry geo, geo_b;
    dsc_rect ignored;

    if (!where)
        where = &ignored;
    *where = (dsc_rect){0};
    return same_format(&a->fmt, &b->fmt) && dsc_blit__geometry_of(a, &geo) &&
           dsc_blit__geometry_of(b, &geo_b) &&
           prove(blit, a, b, &geo, rects, NULL, where);
}

/* ---- frame to frame ---- */

size_t dsc_blit_changed_tiles(const dsc_blit *blit, const dsc_view *a,
                              const dsc_view *b, uint8_t tolerance,
                              uint8_t *map)
{
    size_t across = ((size_t)a->columns + DSC_TILE - 1) / DSC_TILE;
    size_t down = ((size_t)a->rows + DSC_TILE - 1) / DSC_TILE;
    size_t changed = 0;

    if (a->columns != b->columns || a->rows != b->rows) {
        memset(map, 1, across * down); /* nothing can be reused */
        return across * down;
    }
    memset(map, 0, across * down);
    for (uint32_t y = 0; y < a->rows; y++)
        blit->diff(a->data + y * a->stride, b->data + y * b->stride, a->columns,
                   tolerance, map + y / DSC_TILE * across);
    for (size_t i = 0; i < across * down; i++)
        changed += map[i];
    return changed;
}
