/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernels of 256 bits share: all that net_vector_p.h asks for but the
 * products. */
#ifndef DSC_DETECT_NET_AVX2_P_H
#define DSC_DETECT_NET_AVX2_P_H

#define LANES 8
#define BLOCK 8
#include "detect/net_vector_p.h"

#include <immintrin.h>

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

#endif
