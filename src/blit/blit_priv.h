/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the files of this module and by its tests only.
 */
#ifndef DSC_BLIT_BLIT_PRIV_H
#define DSC_BLIT_BLIT_PRIV_H

#include "blit/blit.h"
#include "blit/kernels.h"

#include <string.h>

enum {
#define X(kernel, type) DSC_KERNEL_##kernel,
    DSC_BLIT_KERNELS(X)
#undef X
    DSC_KERNEL_COUNT
};

struct dsc_blit {
#define X(kernel, type) type *kernel;
    DSC_BLIT_KERNELS(X)
#undef X
    const char *variant[DSC_KERNEL_COUNT];
};

/* ---- how a frame lies in memory ---- */

/* A cell is the smallest run of bytes that holds whole pixels: one pixel (of
 * one plane), or the pair of DSC_YBR422. Rows are tight. */
typedef struct dsc_blit__geometry {
    uint32_t columns;     /* in pixels */
    uint32_t cells, rows; /* of a plane */
    uint32_t cell_px;
    size_t planes;
    size_t cell_bytes, stride, plane_bytes;
} dsc_blit__geometry;

/* false where the format is not one of ours or the memory is too small. */
bool dsc_blit__geometry_of(const dsc_frame *frame, dsc_blit__geometry *out);

/* ---- rectangles, band by band ---- */

typedef struct dsc_blit__box {
    uint32_t x0, x1, y0, y1; /* in cells; x1 and y1 are outside */
} dsc_blit__box;

/* `rect` in cells, clipped, grown to whole cells; false where nothing is
 * left of it. */
bool dsc_blit__box_of(const dsc_blit__geometry *geo, dsc_rect rect,
                      dsc_blit__box *out);

typedef struct dsc_blit__span {
    uint32_t x0, x1;
} dsc_blit__span;

/* Goes down the image in bands of rows that the same rectangles cover. */
typedef struct dsc_blit__sweep {
    dsc_blit__box *boxes; /* sorted by y0; `next` of `count` not yet met */
    size_t count, next;
    dsc_blit__box *active; /* those that cover this band, sorted by x0 */
    size_t active_count;
    uint32_t rows;
    /* the band: rows y0..y1-1 and the union of its boxes, left to right */
    uint32_t y0, y1;
    dsc_blit__span *spans;
    size_t span_count;
    void *memory;
} dsc_blit__sweep;

/* false when out of memory. */
bool dsc_blit__sweep_start(dsc_blit__sweep *sweep,
                           const dsc_blit__geometry *geo,
                           const dsc_rects *rects);
bool dsc_blit__sweep_next(dsc_blit__sweep *sweep);
void dsc_blit__sweep_end(dsc_blit__sweep *sweep);

/* ---- windows ---- */

/* A window in whole stored values, low < high. */
typedef struct dsc_blit__scale {
    int64_t low, high;
    bool invert;
    bool has_ramp; /* samples of up to 16 bits and a window that fits them */
    dsc_ramp ramp;
} dsc_blit__scale;

/* `window` NULL: everything that bits stored can hold. */
void dsc_blit__scale_make(dsc_blit__scale *out, const dsc_format *fmt,
                          const dsc_window *window, bool invert);
uint8_t dsc_blit__scale_value(const dsc_blit__scale *scale, int64_t value);

/* Are bits stored and high bit possible within the decoded sample? */
bool dsc_blit__bits_ok(const dsc_format *fmt);

/* Sample i of a frame as a word. */
static inline uint32_t dsc_blit__word(const uint8_t *data, size_t sample_bytes,
                                      size_t i)
{
    uint16_t v16;
    uint32_t v32;

    if (sample_bytes == 1)
        return data[i];
    if (sample_bytes == 2) {
        memcpy(&v16, data + 2 * i, sizeof v16);
        return v16;
    }
    memcpy(&v32, data + 4 * i, sizeof v32);
    return v32;
}

#endif
