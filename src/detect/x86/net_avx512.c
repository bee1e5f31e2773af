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

const dsc_net_kernels dsc_net_kernels_avx512 = {first_row, body_row, head_row};
