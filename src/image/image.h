/* SPDX-License-Identifier: Apache-2.0
 *
 * Decoded frames and rectangles: the words the other modules speak.
 *
 * Terms are those of PS3.3 C.7.6.3 (Image Pixel Module). Coordinates are
 * pixels of the stored image, origin top left, int32_t; sizes in bytes are
 * size_t.
 */
#ifndef DSC_IMAGE_IMAGE_H
#define DSC_IMAGE_IMAGE_H

#include "base/mem.h"

typedef enum dsc_photometric {
    DSC_MONOCHROME1,
    DSC_MONOCHROME2,
    DSC_PALETTE_COLOR,
    DSC_RGB,
    DSC_YBR_FULL,
    DSC_YBR_FULL_422,
    DSC_YBR_PARTIAL_422,
    DSC_YBR_PARTIAL_420,
    DSC_YBR_RCT,
    DSC_YBR_ICT,
    DSC_PHOTOMETRIC_COUNT
} dsc_photometric;

/* The Defined Term of (0028,0004), e.g. "MONOCHROME2". */
const char *dsc_photometric_name(dsc_photometric p);
/* false where the term is unknown. Trailing spaces do not count. */
bool dsc_photometric_parse(const char *term, dsc_photometric *out);

/* How samples lie in memory. */
typedef enum dsc_layout {
    DSC_INTERLEAVED, /* R G B R G B ... (also one sample a pixel) */
    DSC_PLANAR,      /* all R, then all G, then all B */
    DSC_YBR422       /* Y0 Y1 Cb Cr for each pair of pixels, 8 bit */
} dsc_layout;

/* What a frame's samples mean: the Image Pixel attributes. */
typedef struct dsc_format {
    uint32_t columns;
    uint32_t rows;
    uint16_t samples;        /* Samples per Pixel: 1 or 3 */
    uint16_t bits_allocated; /* 1, 8, 16 or 32 */
    uint16_t bits_stored;
    uint16_t high_bit;
    bool is_signed; /* Pixel Representation 1 */
    dsc_photometric photometric;
    dsc_layout layout;
} dsc_format;

/* A decoded frame: tight rows, no padding between them or between planes,
 * samples in the machine's byte order. bits_allocated is 8, 16 or 32 (one-bit
 * pixels are spread to a byte each, value 0 or 1). fmt tells what the samples
 * are now, which may differ from the dataset's words for an encoded frame:
 * JPEG and JPEG 2000 colour arrives as RGB. */
typedef struct dsc_frame {
    dsc_format fmt;
    uint8_t *data;
    size_t size;
} dsc_frame;

/* Bytes of one sample (1, 2 or 4) of a decoded frame. */
static inline size_t dsc_sample_bytes(const dsc_format *fmt)
{
    return fmt->bits_allocated <= 8 ? 1u : fmt->bits_allocated / 8u;
}

/* Bytes of one decoded frame; false on overflow or a senseless format. */
bool dsc_frame_bytes(const dsc_format *fmt, size_t *out);

/* Make `frame` fit `fmt`, reusing its memory where it is large enough. Pixels
 * are zero. bits_allocated 1 becomes 8. Start from {0}. */
dsc_status dsc_frame_alloc(dsc_frame *frame, const dsc_format *fmt,
                           dsc_error *err) DSC_WARN_UNUSED;
/* Wipes. */
void dsc_frame_free(dsc_frame *frame);

/* DSC_YBR422 to interleaved YBR_FULL: each pixel of a pair gets the pair's
 * chroma, so nothing is lost. Other layouts stay as they are; DSC_UNSUPPORTED
 * where the full resolution has no Photometric Interpretation. */
dsc_status dsc_frame_full_chroma(dsc_frame *frame,
                                 dsc_error *err) DSC_WARN_UNUSED;

/* ---- rectangles ---- */

typedef struct dsc_rect {
    int32_t x, y, w, h;
} dsc_rect;

/* A growable list. Start from {0}. */
typedef struct dsc_rects {
    dsc_rect *items;
    size_t count;
    size_t cap;
} dsc_rects;

static inline bool dsc_rect_empty(dsc_rect r)
{
    return r.w <= 0 || r.h <= 0;
}
/* Saturates instead of overflowing. */
dsc_rect dsc_rect_intersect(dsc_rect a, dsc_rect b);
/* The smallest rectangle that holds both (an empty one counts for nothing). */
dsc_rect dsc_rect_union(dsc_rect a, dsc_rect b);
dsc_rect dsc_rect_clip(dsc_rect r, uint32_t columns, uint32_t rows);
/* Grow by dx, dy on each side (not clipped). */
dsc_rect dsc_rect_grow(dsc_rect r, int32_t dx, int32_t dy);
/* Grow to whole cells of cw x ch, then clip to the image. */
dsc_rect dsc_rect_to_cells(dsc_rect r, uint32_t cw, uint32_t ch,
                           uint32_t columns, uint32_t rows);

/* What can be changed of an encoded picture: cells of w x h pixels, and of the
 * cells that need not go whole parts of part_w x part_h, which divide w and h.
 * `whole` has one byte a cell, row by row, 0 where it can be parted; NULL where
 * none can. */
typedef struct dsc_cells {
    uint32_t w, h, columns, rows;
    uint32_t part_w, part_h;
    uint8_t *whole;
} dsc_cells;
/* How many there are; w and h are not 0. */
static inline size_t dsc_cells_across(const dsc_cells *c)
{
    return ((size_t)c->columns + c->w - 1) / c->w;
}
static inline size_t dsc_cells_down(const dsc_cells *c)
{
    return ((size_t)c->rows + c->h - 1) / c->h;
}
/* Grow until nothing but whole cells and parts of the others is inside. */
dsc_rect dsc_rect_to_parts(dsc_rect r, const dsc_cells *cells);

static inline int64_t dsc_rect_area(dsc_rect r)
{
    return dsc_rect_empty(r) ? 0 : (int64_t)r.w * r.h;
}

/* Does `a` lie in `b` whole? */
static inline bool dsc_rect_within(dsc_rect a, dsc_rect b)
{
    return dsc_rect_area(dsc_rect_intersect(a, b)) == dsc_rect_area(a);
}

dsc_status dsc_rects_add(dsc_rects *list, dsc_rect r,
                         dsc_error *err) DSC_WARN_UNUSED;
/* Take `hole` out of all rectangles of the list: what is left of each lies
 * above, below, left and right of it. */
dsc_status dsc_rects_cut(dsc_rects *list, dsc_rect hole,
                         dsc_error *err) DSC_WARN_UNUSED;
/* Area of r that lies in the union of the list. */
int64_t dsc_rects_covered(const dsc_rects *list, dsc_rect r);
void dsc_rects_free(dsc_rects *list);

#define dsc_rects_foreach(it, list)                                            \
 for (const dsc_rect *it = (list)->items;                                      \
      it && it < (list)->items + (list)->count; it++)

/* ---- black ---- */

/* The sample values that a blanked pixel gets: one per sample (Y, Cb, Cr for
 * the YBR kinds), as whole words of bits_allocated bits. */
typedef struct dsc_fill {
    uint32_t v[3];
} dsc_fill;

/* What is black for this frame (docs: design section 4).
 *  - MONOCHROME2: the lowest stored value of the frame that is not padding;
 *    MONOCHROME1: the highest. Bits above High Bit are cleared.
 *  - PALETTE COLOR: `darkest_index`.
 *  - colour: 0/0/0, or Y black and Cb = Cr = middle.
 * `padding`, where not NULL, is the closed range of stored values that are
 * Pixel Padding (0028,0120/0121) and so no black. */
typedef struct dsc_padding {
    int64_t low, high;
} dsc_padding;
dsc_fill dsc_fill_black(const dsc_frame *frame, uint32_t darkest_index,
                        const dsc_padding *padding);

/* The stored value (sign extended) in a raw sample word. */
static inline int64_t dsc_stored_value(const dsc_format *fmt, uint32_t word)
{
    unsigned shift = fmt->high_bit + 1u - fmt->bits_stored;
    uint32_t v = word >> shift;
    if (fmt->bits_stored < 32)
        v &= (1u << fmt->bits_stored) - 1u;
    if (fmt->is_signed && fmt->bits_stored < 32 &&
        (v >> (fmt->bits_stored - 1) & 1u))
        return (int64_t)v - ((int64_t)1 << fmt->bits_stored);
    return fmt->is_signed && fmt->bits_stored == 32 ? (int64_t)(int32_t)v
                                                    : (int64_t)v;
}

#endif
