/* SPDX-License-Identifier: Apache-2.0
 *
 * Vector words for AVX2, see sse2_p.h. */
#ifndef DSC_BLIT_X86_AVX2_P_H
#define DSC_BLIT_X86_AVX2_P_H

#include "blit/kernels.h"

#include <immintrin.h>

#define KERNEL(name) dsc_##name##_avx2
#define VEC_BYTES    ((size_t)32)

typedef __m256i vec;

static inline vec v_load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}
static inline void v_store(uint8_t *p, vec v)
{
    _mm256_storeu_si256((__m256i *)p, v);
}
static inline vec v_xor(vec a, vec b)
{
    return _mm256_xor_si256(a, b);
}
static inline vec v_or(vec a, vec b)
{
    return _mm256_or_si256(a, b);
}
static inline bool v_is_zero(vec v)
{
    return _mm256_testz_si256(v, v);
}
static inline vec v_max(vec a, vec b)
{
    return _mm256_max_epu8(a, b);
}
static inline vec v_min(vec a, vec b)
{
    return _mm256_min_epu8(a, b);
}
static inline vec v_sub(vec a, vec b)
{
    return _mm256_sub_epi8(a, b);
}
static inline vec v_mean(vec a, vec b)
{
    return _mm256_avg_epu8(a, b);
}

typedef __m256i tile_vec;
static inline tile_vec v_tile_limit(uint8_t tolerance)
{
    return _mm256_set1_epi8((char)tolerance);
}
static inline bool v_tile_over(const uint8_t *a, const uint8_t *b,
                               tile_vec limit)
{
    vec x = v_load(a), y = v_load(b);
    vec d = _mm256_or_si256(_mm256_subs_epu8(x, y), _mm256_subs_epu8(y, x));

    return !v_is_zero(_mm256_subs_epu8(d, limit));
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
        .flip = _mm256_set1_epi16((short)r->flip),
        .low = _mm256_set1_epi16((short)r->low),
        .range = _mm256_set1_epi16((short)r->range),
        .mul = _mm256_set1_epi16((short)r->mul),
        .round = _mm256_set1_epi32(1 << (r->shift - 1)),
        .invert = _mm256_set1_epi8((char)r->invert),
    };
}
static inline vec v_ramp(vec w, const ramp_vec *r)
{
    vec t = _mm256_srl_epi16(
        _mm256_xor_si256(_mm256_sll_epi16(w, r->left), r->flip), r->right);
    vec d = _mm256_min_epu16(_mm256_subs_epu16(t, r->low), r->range);
    vec lo = _mm256_mullo_epi16(d, r->mul);
    vec hi = _mm256_mulhi_epu16(d, r->mul);

    return _mm256_packs_epi32(
        _mm256_srl_epi32(
            _mm256_add_epi32(_mm256_unpacklo_epi16(lo, hi), r->round),
            r->shift),
        _mm256_srl_epi32(
            _mm256_add_epi32(_mm256_unpackhi_epi16(lo, hi), r->round),
            r->shift));
}
/* Within each half, as v_narrow packs. */
static inline void v_widen(vec v, vec *low, vec *high)
{
    *low = _mm256_unpacklo_epi8(v, _mm256_setzero_si256());
    *high = _mm256_unpackhi_epi8(v, _mm256_setzero_si256());
}
static inline vec v_narrow(vec low, vec high)
{
    return _mm256_packus_epi16(low, high);
}
static inline vec v_pack(vec a, vec b)
{
    return _mm256_permute4x64_epi64(_mm256_packus_epi16(a, b), 0xd8);
}

static inline vec v_two(const uint8_t *low, const uint8_t *high)
{
    return _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)low)),
        _mm_loadu_si128((const __m128i *)high), 1);
}
/* Bytes of x, y, z (48 bytes of each half) picked by one mask each. */
static inline vec v_pick(vec x, vec y, vec z, __m128i mx, __m128i my,
                         __m128i mz)
{
    return v_or(v_or(_mm256_shuffle_epi8(x, _mm256_broadcastsi128_si256(mx)),
                     _mm256_shuffle_epi8(y, _mm256_broadcastsi128_si256(my))),
                _mm256_shuffle_epi8(z, _mm256_broadcastsi128_si256(mz)));
}
#define M(...) _mm_setr_epi8(__VA_ARGS__)
static inline void v_split_rgb(const uint8_t *p, vec *r, vec *g, vec *b)
{
    vec x = v_two(p, p + 48), y = v_two(p + 16, p + 64),
        z = v_two(p + 32, p + 80);

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
