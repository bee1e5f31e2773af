/* SPDX-License-Identifier: Apache-2.0
 *
 * Vector words for AVX-512 (F, BW, VL), see sse2_p.h. */
#ifndef DSC_BLIT_X86_AVX512_P_H
#define DSC_BLIT_X86_AVX512_P_H

#include "blit/kernels.h"

#include <immintrin.h>

#define KERNEL(name) dsc_##name##_avx512
#define VEC_BYTES    ((size_t)64)

typedef __m512i vec;

static inline vec v_load(const uint8_t *p)
{
    return _mm512_loadu_si512(p);
}
static inline void v_store(uint8_t *p, vec v)
{
    _mm512_storeu_si512(p, v);
}
static inline vec v_xor(vec a, vec b)
{
    return _mm512_xor_si512(a, b);
}
static inline vec v_or(vec a, vec b)
{
    return _mm512_or_si512(a, b);
}
static inline bool v_is_zero(vec v)
{
    return _mm512_test_epi32_mask(v, v) == 0;
}
static inline vec v_max(vec a, vec b)
{
    return _mm512_max_epu8(a, b);
}
static inline vec v_min(vec a, vec b)
{
    return _mm512_min_epu8(a, b);
}
static inline vec v_sub(vec a, vec b)
{
    return _mm512_sub_epi8(a, b);
}
static inline vec v_mean(vec a, vec b)
{
    return _mm512_avg_epu8(a, b);
}

/* A tile is half a vector. */
typedef __m256i tile_vec;
static inline tile_vec v_tile_limit(uint8_t tolerance)
{
    return _mm256_set1_epi8((char)tolerance);
}
static inline bool v_tile_over(const uint8_t *a, const uint8_t *b,
                               tile_vec limit)
{
    __m256i x = _mm256_loadu_si256((const __m256i *)a),
            y = _mm256_loadu_si256((const __m256i *)b);
    __m256i d = _mm256_sub_epi8(_mm256_max_epu8(x, y), _mm256_min_epu8(x, y));

    return _mm256_cmpgt_epu8_mask(d, limit) != 0;
}

typedef struct ramp_vec {
    __m128i left, right, shift;
    vec flip, low, range, mul, round, invert;
} ramp_vec;

static inline ramp_vec v_ramp_load(const dsc_ramp *r)
{
    return (ramp_vec){
        .left = _mm_cvtsi32_si128(r->left),
        .right = _mm_cvtsi32_si128(r->right),
        .shift = _mm_cvtsi32_si128(r->shift),
        .flip = _mm512_set1_epi16((short)r->flip),
        .low = _mm512_set1_epi16((short)r->low),
        .range = _mm512_set1_epi16((short)r->range),
        .mul = _mm512_set1_epi16((short)r->mul),
        .round = _mm512_set1_epi32(1 << (r->shift - 1)),
        .invert = _mm512_set1_epi8((char)r->invert),
    };
}
static inline vec v_ramp(vec w, const ramp_vec *r)
{
    vec t = _mm512_srl_epi16(
        _mm512_xor_si512(_mm512_sll_epi16(w, r->left), r->flip), r->right);
    vec d = _mm512_min_epu16(_mm512_subs_epu16(t, r->low), r->range);
    vec lo = _mm512_mullo_epi16(d, r->mul);
    vec hi = _mm512_mulhi_epu16(d, r->mul);

    return _mm512_packs_epi32(
        _mm512_srl_epi32(
            _mm512_add_epi32(_mm512_unpacklo_epi16(lo, hi), r->round),
            r->shift),
        _mm512_srl_epi32(
            _mm512_add_epi32(_mm512_unpackhi_epi16(lo, hi), r->round),
            r->shift));
}
static inline void v_widen(vec v, vec *low, vec *high)
{
    *low = _mm512_unpacklo_epi8(v, _mm512_setzero_si512());
    *high = _mm512_unpackhi_epi8(v, _mm512_setzero_si512());
}
static inline vec v_narrow(vec low, vec high)
{
    return _mm512_packus_epi16(low, high);
}
static inline vec v_pack(vec a, vec b)
{
    return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7),
                                    _mm512_packus_epi16(a, b));
}

/* 16 bytes from each of four groups of 16 pixels. */
static inline vec v_four(const uint8_t *p)
{
    vec v = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)p));

    v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(p + 48)), 1);
    v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(p + 96)), 2);
    return _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(p + 144)),
                              3);
}
static inline vec v_pick(vec x, vec y, vec z, __m128i mx, __m128i my,
                         __m128i mz)
{
    return v_or(v_or(_mm512_shuffle_epi8(x, _mm512_broadcast_i32x4(mx)),
                     _mm512_shuffle_epi8(y, _mm512_broadcast_i32x4(my))),
                _mm512_shuffle_epi8(z, _mm512_broadcast_i32x4(mz)));
}
#define M(...) _mm_setr_epi8(__VA_ARGS__)
static inline void v_split_rgb(const uint8_t *p, vec *r, vec *g, vec *b)
{
    vec x = v_four(p), y = v_four(p + 16), z = v_four(p + 32);

    *r = v_pick(x, y, z,
                M(0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1),
                M(-1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14, -1, -1, -1, -1, -1),
                M(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1, 4, 7, 10, 13));
    *g = v_pick(x, y, z,
                M(1, 4, 7, 10, 13, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1),
                M(-1, -1, -1, -1, -1, 0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1),
                M(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14));
    *b = v_pick(x, y, z,
                M(2, 5, 8, 11, 14, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1),
                M(-1, -1, -1, -1, -1, 1, 4, 7, 10, 13, -1, -1, -1, -1, -1, -1),
                M(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 3, 6, 9, 12, 15));
}
#undef M

#endif
