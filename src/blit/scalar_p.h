/* SPDX-License-Identifier: Apache-2.0
 *
 * Scalar steps that the reference kernels and the heads and tails of the
 * vector kernels share. Static, so that no ISA's copy can be linked into
 * another's code.
 */
#ifndef DSC_BLIT_SCALAR_P_H
#define DSC_BLIT_SCALAR_P_H

#include "blit/kernels.h"

#include <string.h>

#define TILE_PX 32u

/* Copy n < 64 bytes; the overlapping pieces write nothing past the end. */
static inline void copy_short(uint8_t *dst, const uint8_t *src, size_t n)
{
    if (n >= 32) {
        memcpy(dst, src, 32);
        memcpy(dst + n - 32, src + n - 32, 32);
    } else if (n >= 16) {
        memcpy(dst, src, 16);
        memcpy(dst + n - 16, src + n - 16, 16);
    } else if (n >= 8) {
        memcpy(dst, src, 8);
        memcpy(dst + n - 8, src + n - 8, 8);
    } else if (n >= 4) {
        memcpy(dst, src, 4);
        memcpy(dst + n - 4, src + n - 4, 4);
    } else if (n >= 2) {
        memcpy(dst, src, 2);
        memcpy(dst + n - 2, src + n - 2, 2);
    } else if (n) {
        *dst = *src;
    }
}

static inline uint64_t load_u64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

/* Index of the first difference, n if none. */
static inline size_t first_difference(const uint8_t *a, const uint8_t *b,
                                      size_t n)
{
    size_t i = 0;

    while (n - i >= 8 && load_u64(a + i) == load_u64(b + i))
        i += 8;
    while (i < n && a[i] == b[i])
        i++;
    return i;
}

static inline bool any_over(const uint8_t *a, const uint8_t *b, size_t n,
                            uint8_t tolerance)
{
    unsigned over = 0;

    for (size_t i = 0; i < n; i++) {
        int d = a[i] - b[i];
        over |= (unsigned)(d < 0 ? -d : d) > tolerance;
    }
    return over;
}

static inline uint8_t ramp_value(const dsc_ramp *r, uint16_t word)
{
    uint16_t t = (uint16_t)((uint16_t)(word << r->left) ^ r->flip);
    uint32_t d;

    t = (uint16_t)(t >> r->right);
    d = t > r->low ? (uint32_t)(t - r->low) : 0u;
    d = d < r->range ? d : r->range;
    d = (d * r->mul + (1u << (r->shift - 1))) >> r->shift;
    return (uint8_t)(d ^ r->invert);
}

static inline uint16_t load_u16(const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint8_t strongest(uint8_t r, uint8_t g, uint8_t b)
{
    uint8_t m = r > g ? r : g;
    return m > b ? m : b;
}

static inline uint8_t weakest(uint8_t r, uint8_t g, uint8_t b)
{
    uint8_t m = r < g ? r : g;
    return m < b ? m : b;
}

static inline uint8_t spread(uint8_t r, uint8_t g, uint8_t b)
{
    return (uint8_t)(strongest(r, g, b) - weakest(r, g, b));
}

static inline uint8_t green(uint8_t r, uint8_t g, uint8_t b)
{
    return (uint8_t)(g - weakest(r, g, b));
}

static inline uint8_t cool(uint8_t r, uint8_t g, uint8_t b)
{
    return (uint8_t)((b - weakest(r, g, b) + strongest(r, g, b) - r + 1) / 2);
}

#endif
