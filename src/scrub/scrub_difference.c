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

/* Does the cell differ, and is it black but for its margin? */
static bool cell_counts(const dsc_difference *d, uint32_t cx, uint32_t cy)
{
    uint32_t x1 = cx + d->cell_w, y1 = cy + d->cell_h;
    bool any = false;

    if (x1 > d->source->fmt.columns)
        x1 = d->source->fmt.columns;
    if (y1 > d->source->fmt.rows)
        y1 = d->source->fmt.rows;
    for (uint32_t y = cy; y < y1; y++) {
        for (uint32_t x = cx; x < x1; x++) {
            bool inside = x >= cx + d->margin && x + d->margin < x1 &&
                          y >= cy + d->margin && y + d->margin < y1;
            any |= differs(d, x, y);
            if (d->margin && inside && !is_black(d, x, y))
                return false;
        }
    }
    return any;
}

dsc_status dsc_prove_find_cells(const dsc_difference *d, dsc_rects *out,
                                dsc_error *err)
{
    uint32_t columns = d->source->fmt.columns, rows = d->source->fmt.rows;
    dsc_status st = DSC_OK;

    out->count = 0;
    for (uint32_t y = 0; !st && y < rows; y += d->cell_h) {
        uint32_t run = 0;
        for (uint32_t x = 0; !st; x += d->cell_w) {
            if (x < columns && cell_counts(d, x, y)) {
                run++;
                continue;
            }
            if (run) {
                uint32_t w = run * d->cell_w;
                dsc_rect r = {(int32_t)(x - w), (int32_t)y, (int32_t)w,
                              (int32_t)d->cell_h};
                st = dsc_rects_add(out, dsc_rect_clip(r, columns, rows), err);
                run = 0;
            }
            if (x >= columns)
                break;
        }
    }
    return st;
}
