/* SPDX-License-Identifier: Apache-2.0
 *
 * AVX2 with the products of VNNI, which processors without AVX-512 have too. */
#include "detect/x86/net_avx2_p.h"

static inline vi dot4(vi sum, vi in, int32_t w)
{
    return (vi)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)in,
                                       _mm256_set1_epi32(w));
}

static inline vi dot2(vi sum, vi in, int32_t w)
{
    return (vi)_mm256_dpwssd_avx_epi32((__m256i)sum, (__m256i)in,
                                       _mm256_set1_epi32(w));
}

const dsc_net_kernels dsc_net_kernels_avxvnni = {first_row, body_row, head_row,
                                                 STEP};
