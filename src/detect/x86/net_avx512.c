/* SPDX-License-Identifier: Apache-2.0 */
#define LANES 16
#define BLOCK 24
#include "detect/net_vector_p.h"

#include <immintrin.h>

static inline vi dot4(vi sum, vi in, int32_t w)
{
    return (vi)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)in,
                                   _mm512_set1_epi32(w));
}

static inline vi dot2(vi sum, vi in, int32_t w)
{
    return (vi)_mm512_dpwssd_epi32((__m512i)sum, (__m512i)in,
                                   _mm512_set1_epi32(w));
}

static inline vh narrow(vi a, vi b)
{
    return (vh)_mm512_packus_epi32((__m512i)a, (__m512i)b);
}

static inline vh plus(vh a, vh b)
{
    return (vh)_mm512_adds_epu16((__m512i)a, (__m512i)b);
}

static inline vu join(vh ab, vh cd)
{
    __m512i top = _mm512_set1_epi16(NET_TOP);
    __m512i bytes = _mm512_packus_epi16(_mm512_min_epu16((__m512i)ab, top),
                                        _mm512_min_epu16((__m512i)cd, top));
    __m128i turn =
        _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);

    return (vu)_mm512_shuffle_epi8(bytes, _mm512_broadcast_i32x4(turn));
}

const dsc_net_kernels dsc_net_kernels_avx512 = {first_row, body_row, head_row,
                                                STEP};
