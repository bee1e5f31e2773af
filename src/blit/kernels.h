/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernels of dsc_blit, one set of functions for each instruction set.
 * Plain C types only: this header is all that the per-ISA files share.
 *
 * Rules for every kernel: any alignment, any length (0 too), no byte written
 * outside the destination, none read outside the source.
 */
#ifndef DSC_BLIT_KERNELS_H
#define DSC_BLIT_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A fill pattern is a cell of 1, 2, 3, 4, 6 or 12 bytes (8, 16 or 32-bit
 * samples, one or three of them, or a Y Y Cb Cr pair), repeated over the whole
 * array. All those lengths divide 12, and three vectors of 16, 32 or 64 bytes
 * are a multiple of 12, so one kernel serves them all. 256 bytes hold three
 * vectors from any phase. */
#define DSC_PATTERN_PERIOD 12u
#define DSC_PATTERN_BYTES  256u

/* A linear window in integers, so that every machine gives the same bytes:
 *   t = ((uint16_t)(word << left) ^ flip) >> right      value without its sign
 *   d = min(saturating t - low, range)
 *   out = ((d * mul + 2^(shift-1)) >> shift) ^ invert */
typedef struct dsc_ramp {
    uint16_t left, right; /* shifts that cut the stored bits out of the word */
    uint16_t flip;        /* 0x8000 for signed samples: makes them unsigned */
    uint16_t low, range;
    uint16_t mul, shift; /* shift is 8..24 */
    uint8_t invert;      /* 0 or 255 */
} dsc_ramp;

/* Fill `rows` runs of n bytes, `stride` bytes apart, each from phase 0. */
typedef void dsc_fill_fn(uint8_t *dst, size_t stride, size_t n, size_t rows,
                         const uint8_t *pattern);
/* Index of the first byte that differs, n if none. */
typedef size_t dsc_same_fn(const uint8_t *a, const uint8_t *b, size_t n);
/* Index of the first byte that is not the pattern's, n if none. */
typedef size_t dsc_match_fn(const uint8_t *p, size_t n, const uint8_t *pattern);
/* Set map[i / 32] to 1 where |a[i] - b[i]| > tolerance; never to 0. */
typedef void dsc_diff_fn(const uint8_t *a, const uint8_t *b, size_t n,
                         uint8_t tolerance, uint8_t *map);
/* n samples of 8 or 16 bits through the window. */
typedef void dsc_window_fn(uint8_t *out, const uint8_t *in, size_t n,
                           const dsc_ramp *ramp);
/* Of n interleaved pixels: the strongest channel (max), strongest minus weakest
 * (spread), green minus weakest (green), and the mean of blue minus weakest and
 * strongest minus red, rounded up (cool). */
typedef void dsc_rgb_fn(uint8_t *out, const uint8_t *rgb, size_t n);
/* The same for three planes. */
typedef void dsc_planar_fn(uint8_t *out, const uint8_t *r, const uint8_t *g,
                           const uint8_t *b, size_t n);

/* X(kernel, type) for each kernel. */
#define DSC_BLIT_KERNELS(X)                                                    \
 X(fill, dsc_fill_fn)                                                          \
 X(same, dsc_same_fn)                                                          \
 X(match, dsc_match_fn)                                                        \
 X(diff, dsc_diff_fn)                                                          \
 X(window_u8, dsc_window_fn)                                                   \
 X(window_u16, dsc_window_fn)                                                  \
 X(max_rgb, dsc_rgb_fn)                                                        \
 X(spread_rgb, dsc_rgb_fn)                                                     \
 X(green_rgb, dsc_rgb_fn)                                                      \
 X(cool_rgb, dsc_rgb_fn)                                                       \
 X(max_planar, dsc_planar_fn)                                                  \
 X(spread_planar, dsc_planar_fn)                                               \
 X(green_planar, dsc_planar_fn)                                                \
 X(cool_planar, dsc_planar_fn)

#define DSC_BLIT_DECLARE(isa)                                                  \
 dsc_fill_fn dsc_fill_##isa;                                                   \
 dsc_same_fn dsc_same_##isa;                                                   \
 dsc_match_fn dsc_match_##isa;                                                 \
 dsc_diff_fn dsc_diff_##isa;                                                   \
 dsc_window_fn dsc_window_u8_##isa;                                            \
 dsc_window_fn dsc_window_u16_##isa;                                           \
 dsc_rgb_fn dsc_max_rgb_##isa;                                                 \
 dsc_rgb_fn dsc_spread_rgb_##isa;                                              \
 dsc_rgb_fn dsc_green_rgb_##isa;                                               \
 dsc_rgb_fn dsc_cool_rgb_##isa;                                                \
 dsc_planar_fn dsc_max_planar_##isa;                                           \
 dsc_planar_fn dsc_spread_planar_##isa;                                        \
 dsc_planar_fn dsc_green_planar_##isa;                                         \
 dsc_planar_fn dsc_cool_planar_##isa

DSC_BLIT_DECLARE(c);
DSC_BLIT_DECLARE(sse2);
DSC_BLIT_DECLARE(avx2);
DSC_BLIT_DECLARE(avx512);
DSC_BLIT_DECLARE(neon);

#endif
