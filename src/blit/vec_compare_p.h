/* SPDX-License-Identifier: Apache-2.0
 *
 * The comparing kernels in terms of the vector words of <isa>_p.h, included
 * once by compare_<isa>.c. */
#include "blit/scalar_p.h"

static inline vec v_diff_at(const uint8_t *a, const uint8_t *b)
{
    return v_xor(v_load(a), v_load(b));
}

size_t KERNEL(same)(const uint8_t *a, const uint8_t *b, size_t n)
{
    size_t i = 0;

    if (n < VEC_BYTES)
        return first_difference(a, b, n);
    for (; n - i >= 4 * VEC_BYTES; i += 4 * VEC_BYTES) {
        const uint8_t *p = a + i, *q = b + i;
        vec d =
            v_or(v_or(v_diff_at(p, q), v_diff_at(p + VEC_BYTES, q + VEC_BYTES)),
                 v_or(v_diff_at(p + 2 * VEC_BYTES, q + 2 * VEC_BYTES),
                      v_diff_at(p + 3 * VEC_BYTES, q + 3 * VEC_BYTES)));
        if (!v_is_zero(d))
            return i + first_difference(p, q, 4 * VEC_BYTES);
    }
    for (; n - i >= VEC_BYTES; i += VEC_BYTES)
        if (!v_is_zero(v_diff_at(a + i, b + i)))
            return i + first_difference(a + i, b + i, VEC_BYTES);
    /* The last vector overlaps what is known to be the same. */
    if (i == n || v_is_zero(v_diff_at(a + n - VEC_BYTES, b + n - VEC_BYTES)))
        return n;
    return i + first_difference(a + i, b + i, n - i);
}

/* The first difference from i on, where the pattern's phase at i is 0. */
static inline size_t mismatch(const uint8_t *p, size_t i, size_t n,
                              const uint8_t *pattern)
{
    return i + first_difference(p + i, pattern, n - i);
}

size_t KERNEL(match)(const uint8_t *p, size_t n, const uint8_t *pattern)
{
    const size_t step = 3 * VEC_BYTES;
    size_t i = 0, last;
    vec v0, v1, v2;

    if (n < VEC_BYTES)
        return mismatch(p, 0, n, pattern);
    v0 = v_load(pattern);
    v1 = v_load(pattern + VEC_BYTES);
    v2 = v_load(pattern + 2 * VEC_BYTES);
    for (; n - i >= step; i += step) {
        const uint8_t *q = p + i;
        vec d = v_or(v_xor(v_load(q), v0),
                     v_or(v_xor(v_load(q + VEC_BYTES), v1),
                          v_xor(v_load(q + 2 * VEC_BYTES), v2)));
        if (!v_is_zero(d))
            return mismatch(p, i, i + step, pattern);
    }
    if (i == n)
        return n;
    /* The last vector overlaps what has been seen, or what follows. */
    last = n - VEC_BYTES;
    v2 = v_diff_at(p + last, pattern + last % DSC_PATTERN_PERIOD);
    if (n - i > VEC_BYTES)
        v2 = v_or(v2, v_xor(v_load(p + i), v0));
    if (n - i > 2 * VEC_BYTES)
        v2 = v_or(v2, v_xor(v_load(p + i + VEC_BYTES), v1));
    return v_is_zero(v2) ? n : mismatch(p, i, n, pattern);
}

void KERNEL(diff)(const uint8_t *a, const uint8_t *b, size_t n,
                  uint8_t tolerance, uint8_t *map)
{
    tile_vec limit = v_tile_limit(tolerance);
    size_t i = 0;

    for (; n - i >= TILE_PX; i += TILE_PX, map++)
        if (!*map)
            *map = v_tile_over(a + i, b + i, limit);
    if (i < n && !*map)
        *map = any_over(a + i, b + i, n - i, tolerance);
}
