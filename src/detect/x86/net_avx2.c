/* SPDX-License-Identifier: Apache-2.0 */
#define LANES 8
#define BLOCK 8
#include "detect/net_vector_p.h"

#include <immintrin.h>

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

static inline vh narrow(vi a, vi b)
{
    return (vh)_mm256_packus_epi32((__m256i)a, (__m256i)b);
}

static inline vh plus(vh a, vh b)
{
    return (vh)_mm256_adds_epu16((__m256i)a, (__m256i)b);
}

static inline vu join(vh ab, vh cd)
{
    __m256i top = _mm256_set1_epi16(NET_TOP);
    __m256i bytes = _mm256_packus_epi16(_mm256_min_epu16((__m256i)ab, top),
                                        _mm256_min_epu16((__m256i)cd, top));
    __m128i turn =
        _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);

    return (vu)_mm256_shuffle_epi8(bytes, _mm256_broadcastsi128_si256(turn));
}

const dsc_net_kernels dsc_net_kernels_avx2 = {first_row, body_row, head_row,
                                              STEP};
