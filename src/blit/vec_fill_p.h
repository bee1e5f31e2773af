/* SPDX-License-Identifier: Apache-2.0
 *
 * The fill kernel in terms of the vector words of <isa>_p.h, included once by
 * fill_<isa>.c. */
#include "blit/scalar_p.h"

static inline void fill_row(uint8_t *dst, size_t n, const uint8_t *pattern)
{
    const uint8_t *phase;
    vec v0, v1, v2;
    size_t i;

    if (n < VEC_BYTES) {
        copy_short(dst, pattern, n);
        return;
    }
    v_store(dst, v_load(pattern));
    /* Whole vectors from the next aligned byte on. */
    i = VEC_BYTES - ((uintptr_t)dst & (VEC_BYTES - 1));
    phase = pattern + i % DSC_PATTERN_PERIOD;
    v0 = v_load(phase);
    v1 = v_load(phase + VEC_BYTES);
    v2 = v_load(phase + 2 * VEC_BYTES);
    for (; n - i >= 3 * VEC_BYTES; i += 3 * VEC_BYTES) {
        v_store(dst + i, v0);
        v_store(dst + i + VEC_BYTES, v1);
        v_store(dst + i + 2 * VEC_BYTES, v2);
    }
    if (n - i >= VEC_BYTES) {
        v_store(dst + i, v0);
        if (n - i >= 2 * VEC_BYTES)
            v_store(dst + i + VEC_BYTES, v1);
    }
    i = n - VEC_BYTES;
    v_store(dst + i, v_load(pattern + i % DSC_PATTERN_PERIOD));
}

void KERNEL(fill)(uint8_t *dst, size_t stride, size_t n, size_t rows,
                  const uint8_t *pattern)
{
    for (size_t y = 0; y < rows; y++)
        fill_row(dst + y * stride, n, pattern);
}
