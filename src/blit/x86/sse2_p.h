/* SPDX-License-Identifier: Apache-2.0
 *
 * Vector words for SSE2; what each must do is said here, the other sets
 * follow. */
#ifndef DSC_BLIT_X86_SSE2_P_H
#define DSC_BLIT_X86_SSE2_P_H

#include "blit/kernels.h"

#include <emmintrin.h>

#define KERNEL(name) dsc_##name##_sse2
#define VEC_BYTES    ((size_t)16)

typedef __m128i vec;

static inline vec v_load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}
static inline void v_store(uint8_t *p, vec v)
{
    _mm_storeu_si128((__m128i *)p, v);
}
static inline vec v_xor(vec a, vec b)
{
    return _mm_xor_si128(a, b);
}
static inline vec v_or(vec a, vec b)
{
    return _mm_or_si128(a, b);
}
static inline bool v_is_zero(vec v)
{
    return _mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_setzero_si128())) == 0xffff;
}
static inline vec v_max(vec a, vec b)
{
    return _mm_max_epu8(a, b);
}
static inline vec v_min(vec a, vec b)
{
    return _mm_min_epu8(a, b);
}
static inline vec v_sub(vec a, vec b)
{
    return _mm_sub_epi8(a, b);
}
/* Rounded up. */
static inline vec v_mean(vec a, vec b)
{
    return _mm_avg_epu8(a, b);
}

/* Is any of 32 absolute differences over the limit? */
typedef __m128i tile_vec;
static inline tile_vec v_tile_limit(uint8_t tolerance)
{
    return _mm_set1_epi8((char)tolerance);
}
static inline vec v_over(vec a, vec b, vec limit)
{
    vec d = _mm_or_si128(_mm_subs_epu8(a, b), _mm_subs_epu8(b, a));
    return _mm_subs_epu8(d, limit);
}
static inline bool v_tile_over(const uint8_t *a, const uint8_t *b,
                               tile_vec limit)
{
    return !v_is_zero(
        _mm_or_si128(v_over(v_load(a), v_load(b), limit),
                     v_over(v_load(a + 16), v_load(b + 16), limit)));
}

/* The window, see dsc_ramp. */
typedef struct ramp_vec {
    vec left, right, flip, low, range, mul, round, shift, invert;
} ramp_vec;

static inline ramp_vec v_ramp_load(const dsc_ramp *r)
{
    return (ramp_vec){
        .left = _mm_cvtsi32_si128(r->left),
        .right = _mm_cvtsi32_si128(r->right),
        .flip = _mm_set1_epi16((short)r->flip),
        .low = _mm_set1_epi16((short)r->low),
        .range = _mm_set1_epi16((short)r->range),
        .mul = _mm_set1_epi16((short)r->mul),
        .round = _mm_set1_epi32(1 << (r->shift - 1)),
        .shift = _mm_cvtsi32_si128(r->shift),
        .invert = _mm_set1_epi8((char)r->invert),
    };
}
/* 16-bit words to 0..255, still 16 bits each. */
static inline vec v_ramp(vec w, const ramp_vec *r)
{
    vec t = _mm_srl_epi16(_mm_xor_si128(_mm_sll_epi16(w, r->left), r->flip),
                          r->right);
    vec d = _mm_subs_epu16(t, r->low);
    vec lo, hi;

    d = _mm_sub_epi16(d, _mm_subs_epu16(d, r->range)); /* min, unsigned */
    lo = _mm_mullo_epi16(d, r->mul);
    hi = _mm_mulhi_epu16(d, r->mul);
    return _mm_packs_epi32(
        _mm_srl_epi32(_mm_add_epi32(_mm_unpacklo_epi16(lo, hi), r->round),
                      r->shift),
        _mm_srl_epi32(_mm_add_epi32(_mm_unpackhi_epi16(lo, hi), r->round),
                      r->shift));
}
/* Bytes to words, in whatever order v_narrow undoes. */
static inline void v_widen(vec v, vec *low, vec *high)
{
    *low = _mm_unpacklo_epi8(v, _mm_setzero_si128());
    *high = _mm_unpackhi_epi8(v, _mm_setzero_si128());
}
static inline vec v_narrow(vec low, vec high)
{
    return _mm_packus_epi16(low, high);
}
/* Words of two vectors that follow each other to bytes. */
static inline vec v_pack(vec a, vec b)
{
    return _mm_packus_epi16(a, b);
}

/* One round of a perfect shuffle of 48 bytes. Byte i goes to 2 i mod 47, so
 * after four rounds byte 3 j + c is at 16 (3 j + c) = j + 16 c (mod 47). */
static inline void v_shuffle_48(vec *a, vec *b, vec *c)
{
    vec x = _mm_unpacklo_epi8(*a, _mm_unpackhi_epi64(*b, *b));
    vec y = _mm_unpacklo_epi8(_mm_unpackhi_epi64(*a, *a), *c);
    vec z = _mm_unpacklo_epi8(*b, _mm_unpackhi_epi64(*c, *c));

    *a = x;
    *b = y;
    *c = z;
}
/* VEC_BYTES interleaved pixels to channels. */
static inline void v_split_rgb(const uint8_t *p, vec *r, vec *g, vec *b)
{
    *r = v_load(p);
    *g = v_load(p + 16);
    *b = v_load(p + 32);
    for (int i = 0; i < 4; i++)
        v_shuffle_48(r, g, b);
}

#endif
