/* SPDX-License-Identifier: Apache-2.0 */
#define LANES 4
#define BLOCK 8
#include "detect/net_vector_p.h"

#include <emmintrin.h>

static inline vi dot4(vi sum, vi in, int32_t w)
{
    __m128i bytes = _mm_set1_epi32(w), zero = _mm_setzero_si128();
    __m128i words = _mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8);
    __m128 low = _mm_castsi128_ps(
        _mm_madd_epi16(_mm_unpacklo_epi8((__m128i)in, zero), words));
    __m128 high = _mm_castsi128_ps(
        _mm_madd_epi16(_mm_unpackhi_epi8((__m128i)in, zero), words));
    vi even = (vi)_mm_shuffle_ps(low, high, _MM_SHUFFLE(2, 0, 2, 0));
    vi odd = (vi)_mm_shuffle_ps(low, high, _MM_SHUFFLE(3, 1, 3, 1));

    return sum + even + odd;
}

static inline vi dot2(vi sum, vi in, int32_t w)
{
    return sum + (vi)_mm_madd_epi16((__m128i)in, _mm_set1_epi32(w));
}

/* SSE2 narrows to signed words only. */
static inline vh narrow(vi a, vi b)
{
    __m128i low = _mm_set1_epi32(INT16_MIN);
    __m128i words =
        _mm_packs_epi32(_mm_add_epi32((__m128i)(a & (vi)(a > 0)), low),
                        _mm_add_epi32((__m128i)(b & (vi)(b > 0)), low));

    return (vh)_mm_xor_si128(words, _mm_set1_epi16(INT16_MIN));
}

static inline vh plus(vh a, vh b)
{
    return (vh)_mm_adds_epu16((__m128i)a, (__m128i)b);
}

static inline __m128i at_most_top(vh v)
{
    return (__m128i)(v -
                     (vh)_mm_subs_epu16((__m128i)v, _mm_set1_epi16(NET_TOP)));
}

static inline vu join(vh ab, vh cd)
{
    __m128i v = _mm_packus_epi16(at_most_top(ab), at_most_top(cd));

    v = _mm_unpacklo_epi8(v, _mm_srli_si128(v, 8));
    return (vu)_mm_unpacklo_epi8(v, _mm_srli_si128(v, 8));
}

const dsc_net_kernels dsc_net_kernels_sse2 = {first_row, body_row, head_row,
                                              STEP};
