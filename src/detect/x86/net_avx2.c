/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/x86/net_avx2_p.h"

/* 2 x 127 x 127 fits 16 bits: maddubs does not saturate. */
static inline vi dot4(vi sum, vi in, int32_t w)
{
    __m256i two = _mm256_maddubs_epi16((__m256i)in, _mm256_set1_epi32(w));
    return sum + (vi)_mm256_madd_epi16(two, _mm256_set1_epi16(1));
}

static inline vi dot2(vi sum, vi in, int32_t w)
{
    return sum + (vi)_mm256_madd_epi16((__m256i)in, _mm256_set1_epi32(w));
}

const dsc_net_kernels dsc_net_kernels_avx2 = {first_row, body_row, head_row,
                                              STEP};
