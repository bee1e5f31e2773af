/* SPDX-License-Identifier: Apache-2.0
 *
 * Where two decoded frames differ, for a proof that is not told the boxes. */
#include "scrub/scrub_priv.h"

#include <string.h>

/* Sample `s` of one pixel, whichever way the samples lie. */
static uint32_t word(const dsc_frame *f, uint32_t x, uint32_t y, unsigned s)
{
    size_t n = dsc_sample_bytes(&f->fmt);
    size_t plane = (size_t)f->fmt.columns * f->fmt.rows;
    size_t pixel = (size_t)y * f->fmt.columns + x, at;
    uint32_t w = 0;

    if (f->fmt.layout == DSC_YBR422) {
        size_t pair = (size_t)y * ((f->fmt.columns + 1u) / 2u) + x / 2u;
        return f->data[pair * 4 + (s == 0 ? x % 2u : s + 1u)];
    }
    at = f->fmt.layout == DSC_PLANAR ? s * plane + pixel
                                     : pixel * f->fmt.samples + s;
    memcpy(&w, f->data + at * n, n);
    return w;
}

static bool differs(const dsc_difference *d, uint32_t x, uint32_t y)
{
    for (unsigned s = 0; s < d->source->fmt.samples; s++)
        if (word(d->source, x, y, s) != word(d->output, x, y, s))
            return true;
    return false;
}

static bool is_black(const dsc_difference *d, uint32_t x, uint32_t y)
{
    for (unsigned s = 0; s < d->output->fmt.samples; s++)
        if (word(d->output, x, y, s) != d->fill->v[s])
            return false;
    return true;
}

bool dsc_prove_only_black(const dsc_difference *d, dsc_rect *where)
{
    for (uint32_t y = 0; y < d->source->fmt.rows; y++) {
        for (uint32_t x = 0; x < d->source->fmt.columns; x++) {
            if (differs(d, x, y) && !is_black(d, x, y)) {
                *where = (dsc_rect){(int32_t)x, (int32_t)y, 1, 1};
                return false;
            }
        }
    }
    return true;
}

/* Blacker than black is black, but an index next to the right one may be any
 * colour. */
static bool is_as_black(const dsc_difference *d, uint32_t x, uint32_t y)
{
    const dsc_format *fmt = &d->output->fmt;
    int64_t v = dsc_stored_value(fmt, word(d->output, x, y, 0));
    int64_t black = dsc_stored_value(fmt, d->fill->v[0]);

    switch (fmt->photometric) {
    case DSC_MONOCHROME1:
        return v >= black;
    case DSC_MONOCHROME2:
        return v <= black;
    default:
        return v == black;
    }
}

bool dsc_prove_as_black(const dsc_difference *d, const dsc_rects *rects,
                        dsc_rect *where)
{
    const dsc_format *fmt = &d->output->fmt;

    dsc_rects_foreach (it, rects) {
        dsc_rect r = dsc_rect_clip(*it, fmt->columns, fmt->rows);
        for (int32_t y = r.y; y < r.y + r.h; y++)
            for (int32_t x = r.x; x < r.x + r.w; x++)
                if (!is_as_black(d, (uint32_t)x, (uint32_t)y)) {
                    *where = (dsc_rect){x, y, 1, 1};
                    return false;
                }
    }
    return true;
}

#define CELL 8u

static bool cell_differs(const dsc_difference *d, uint32_t cx, uint32_t cy)
{
    for (uint32_t y = cy; y < cy + CELL && y < d->source->fmt.rows; y++)
        for (uint32_t x = cx; x < cx + CELL && x < d->source->fmt.columns; x++)
            if (differs(d, x, y))
                return true;
    return false;
}

dsc_status dsc_prove_find_cells(const dsc_difference *d, dsc_rects *out,
                                dsc_error *err)
{
    uint32_t columns = d->source->fmt.columns, rows = d->source->fmt.rows;
    dsc_status st = DSC_OK;

    out->count = 0;
    for (uint32_t y = 0; !st && y < rows; y += CELL) {
        uint32_t run = 0;
        for (uint32_t x = 0; !st; x += CELL) {
            if (x < columns && cell_differs(d, x, y)) {
                run++;
                continue;
            }
            if (run) {
                uint32_t w = run * CELL;
                dsc_rect r = {(int32_t)(x - w), (int32_t)y, (int32_t)w,
                              (int32_t)CELL};
                st = dsc_rects_add(out, dsc_rect_clip(r, columns, rows), err);
                run = 0;
            }
            if (x >= columns)
                break;
        }
    }
    return st;
}
