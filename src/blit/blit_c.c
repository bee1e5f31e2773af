/* SPDX-License-Identifier: Apache-2.0
 *
 * The reference kernels in plain C. Built with full optimisation, so that the
 * vector variants are measured against the best the compiler makes of them. */
#include "blit/scalar_p.h"

/* Two periods as three words. */
#define STEP 24u

void dsc_fill_c(uint8_t *dst, size_t stride, size_t n, size_t rows,
                const uint8_t *pattern)
{
    const uint64_t a = load_u64(pattern), b = load_u64(pattern + 8),
                   c = load_u64(pattern + 16);

    for (size_t y = 0; y < rows; y++, dst += stride) {
        size_t i = 0;
        for (; n - i >= STEP; i += STEP) {
            memcpy(dst + i, &a, sizeof a);
            memcpy(dst + i + 8, &b, sizeof b);
            memcpy(dst + i + 16, &c, sizeof c);
        }
        copy_short(dst + i, pattern, n - i);
    }
}

size_t dsc_same_c(const uint8_t *a, const uint8_t *b, size_t n)
{
    size_t i = 0;

    for (; n - i >= 32; i += 32) {
        uint64_t d = (load_u64(a + i) ^ load_u64(b + i)) |
                     (load_u64(a + i + 8) ^ load_u64(b + i + 8)) |
                     (load_u64(a + i + 16) ^ load_u64(b + i + 16)) |
                     (load_u64(a + i + 24) ^ load_u64(b + i + 24));
        if (d)
            break;
    }
    return i + first_difference(a + i, b + i, n - i);
}

size_t dsc_match_c(const uint8_t *p, size_t n, const uint8_t *pattern)
{
    uint64_t a = load_u64(pattern), b = load_u64(pattern + 8),
             c = load_u64(pattern + 16);
    size_t i = 0;

    for (; n - i >= STEP; i += STEP) {
        uint64_t d = (load_u64(p + i) ^ a) | (load_u64(p + i + 8) ^ b) |
                     (load_u64(p + i + 16) ^ c);
        if (d)
            return i + first_difference(p + i, pattern, STEP);
    }
    return i + first_difference(p + i, pattern, n - i);
}

void dsc_diff_c(const uint8_t *a, const uint8_t *b, size_t n, uint8_t tolerance,
                uint8_t *map)
{
    for (size_t i = 0; i < n; i += TILE_PX, map++) {
        if (*map)
            continue;
        if (n - i >= TILE_PX)
            *map = any_over(a + i, b + i, TILE_PX, tolerance);
        else
            *map = any_over(a + i, b + i, n - i, tolerance);
    }
}

void dsc_window_u8_c(uint8_t *out, const uint8_t *in, size_t n,
                     const dsc_ramp *ramp)
{
    const dsc_ramp r = *ramp;

    for (size_t i = 0; i < n; i++)
        out[i] = ramp_value(&r, in[i]);
}

void dsc_window_u16_c(uint8_t *out, const uint8_t *in, size_t n,
                      const dsc_ramp *ramp)
{
    const dsc_ramp r = *ramp;

    for (size_t i = 0; i < n; i++)
        out[i] = ramp_value(&r, load_u16(in + 2 * i));
}

#define RGB_KERNEL(name, value)                                                \
 void dsc_##name##_rgb_c(uint8_t *restrict out, const uint8_t *restrict rgb,   \
                         size_t n)                                             \
 {                                                                             \
  for (size_t i = 0; i < n; i++)                                               \
   out[i] = value(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]);                 \
 }

RGB_KERNEL(max, strongest)
RGB_KERNEL(spread, spread)
RGB_KERNEL(green, green)
RGB_KERNEL(cool, cool)

#define PLANAR_KERNEL(name, value)                                             \
 void dsc_##name##_planar_c(uint8_t *restrict out, const uint8_t *r,           \
                            const uint8_t *g, const uint8_t *b, size_t n)      \
 {                                                                             \
  for (size_t i = 0; i < n; i++)                                               \
   out[i] = value(r[i], g[i], b[i]);                                           \
 }

PLANAR_KERNEL(max, strongest)
PLANAR_KERNEL(spread, spread)
PLANAR_KERNEL(green, green)
PLANAR_KERNEL(cool, cool)
