/* SPDX-License-Identifier: Apache-2.0
 *
 * Pixel kernels: fill, compare, frame difference, 8-bit views.
 *
 * A dsc_blit is a table of kernels chosen once for a set of CPU flags and
 * passed down; it holds no state, so one may serve many threads. Scalar C is
 * the reference: every variant gives the same bytes. Kernels never read or
 * write outside the bytes they were asked to.
 */
#ifndef DSC_BLIT_BLIT_H
#define DSC_BLIT_BLIT_H

#include "base/cpu.h"
#include "image/image.h"

typedef struct dsc_blit dsc_blit;

/* Kernels for these CPU flags (see dsc_cpu_flags). Static storage. */
const dsc_blit *dsc_blit_for(unsigned cpu_flags);
/* Which variant each kernel resolved to: calls fn("fill", "avx2") ... */
void dsc_blit_describe(const dsc_blit *blit,
                       void (*fn)(void *ctx, const char *kernel,
                                  const char *variant),
                       void *ctx);

/* Fill the rectangles (clipped to the frame; for DSC_YBR422 grown to whole
 * pairs of columns). A frame with samples other than 1 or 3, or less memory
 * than its format needs, is left alone, and dsc_blit_is_filled says no. */
void dsc_blit_fill(const dsc_blit *blit, dsc_frame *frame,
                   const dsc_rects *rects, const dsc_fill *fill);

/* Is every sample inside the rectangles the fill value? On false, *where (if
 * not NULL) is the first pixel that is not, in reading order (for DSC_YBR422
 * the pair); an empty *where means that it could not be told: a format that
 * cannot be filled, or no memory. */
bool dsc_blit_is_filled(const dsc_blit *blit, const dsc_frame *frame,
                        const dsc_rects *rects, const dsc_fill *fill,
                        dsc_rect *where);

/* Are all samples outside the rectangles (grown as in dsc_blit_fill) the same
 * in both frames? On false, *where as above; it is empty when the formats
 * differ. */
bool dsc_blit_same_outside(const dsc_blit *blit, const dsc_frame *a,
                           const dsc_frame *b, const dsc_rects *rects,
                           dsc_rect *where);

/* ---- 8-bit views ---- */

/* One plane of 8-bit grey, stride in bytes, as text finders want it. */
typedef struct dsc_view {
    uint8_t *data;
    uint32_t columns, rows;
    size_t stride;
    size_t size; /* bytes owned */
} dsc_view;

/* Make `view` fit, reusing its memory where it can. Pixels are zero. Start
 * from {0}. */
dsc_status dsc_view_alloc(dsc_view *view, uint32_t columns, uint32_t rows,
                          dsc_error *err) DSC_WARN_UNUSED;
void dsc_view_free(dsc_view *view); /* wipes */

/* What of a frame a view shows. */
typedef enum dsc_view_kind {
    DSC_VIEW_LUMA, /* monochrome through the window, MONOCHROME1 inverted;
                      colour and palette by the strongest channel */
    /* Of colour and palette only, and 0 where that is grey: */
    DSC_VIEW_CHROMA, /* strongest minus weakest channel, */
    DSC_VIEW_GREEN,  /* green minus the weakest, */
    DSC_VIEW_COOL,   /* mean of blue minus weakest and strongest minus red */
    DSC_VIEW_KINDS
} dsc_view_kind;

/* Linear window on stored values: low -> 0, high -> 255, clamped. low is
 * rounded down and high up to whole values; high <= low makes a threshold: low
 * and less -> 0, all above -> 255. */
typedef struct dsc_window {
    double low, high;
} dsc_window;

/* A window from the data: the given percentiles (0..1) of the stored values,
 * padding left out. Everything that bits stored can hold where there is no
 * such value, or no memory. */
dsc_window dsc_view_auto_window(const dsc_frame *frame, double low_fraction,
                                double high_fraction,
                                const dsc_padding *padding);

/* RGB of each palette index, 8 bits a channel; indices from first on, clamped
 * at both ends (PS3.3 C.7.6.3.1.5). Owner frees rgb with dsc_free. */
typedef struct dsc_palette {
    uint8_t *rgb;   /* 3 * count bytes */
    uint32_t count; /* 0: no palette */
    int32_t first;  /* stored value that maps to entry 0 */
} dsc_palette;
/* Stored value of the darkest entry, the first of several; a negative one as
 * its two's complement, which dsc_blit_fill cuts to the sample's width. */
uint32_t dsc_palette_darkest(const dsc_palette *palette);

/* Render `frame` into `view` (resized as needed). `window` is for monochrome
 * (NULL: full range of bits stored); `palette` for PALETTE COLOR. YBR frames
 * are converted to RGB on the way, samples of more than 8 bits are cut to 8.
 * Other kinds than DSC_VIEW_LUMA of a monochrome frame are DSC_UNSUPPORTED;
 * bits, samples or a palette that do not go together are DSC_BADFILE. */
dsc_status dsc_view_render(const dsc_blit *blit, dsc_view *view,
                           const dsc_frame *frame, dsc_view_kind kind,
                           const dsc_window *window, const dsc_palette *palette,
                           dsc_error *err) DSC_WARN_UNUSED;

/* ---- frame to frame ---- */

#define DSC_TILE 32 /* pixels; side of the tiles that are compared */

/* Mark in map (one byte a tile, row by row, ceil(columns / DSC_TILE) a row)
 * the tiles in which any pixel of the two views differs by more than
 * `tolerance`. The views have the same size. Returns how many changed. */
size_t dsc_blit_changed_tiles(const dsc_blit *blit, const dsc_view *a,
                              const dsc_view *b, uint8_t tolerance,
                              uint8_t *map);

#endif
