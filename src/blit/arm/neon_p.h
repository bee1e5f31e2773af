/* SPDX-License-Identifier: Apache-2.0
 *
 * Vector words for NEON (AArch64), see x86/sse2_p.h. */
#ifndef DSC_BLIT_ARM_NEON_P_H
#define DSC_BLIT_ARM_NEON_P_H

#include "blit/kernels.h"

#include <arm_neon.h>

#define KERNEL(name) dsc_##name##_neon
#define VEC_BYTES    ((size_t)16)

typedef uint8x16_t vec;

static inline vec v_load(const uint8_t *p)
{
    return vld1q_u8(p);
}
static inline void v_store(uint8_t *p, vec v)
{
    vst1q_u8(p, v);
}
static inline vec v_xor(vec a, vec b)
{
    return veorq_u8(a, b);
}
static inline vec v_or(vec a, vec b)
{
    return vorrq_u8(a, b);
}
static inline bool v_is_zero(vec v)
{
    return vmaxvq_u32(vreinterpretq_u32_u8(v)) == 0;
}
static inline vec v_max(vec a, vec b)
{
    return vmaxq_u8(a, b);
}
static inline vec v_min(vec a, vec b)
{
    return vminq_u8(a, b);
}
static inline vec v_sub(vec a, vec b)
{
    return vsubq_u8(a, b);
}
static inline vec v_mean(vec a, vec b)
{
    return vrhaddq_u8(a, b);
}

typedef uint8x16_t tile_vec;
static inline tile_vec v_tile_limit(uint8_t tolerance)
{
    return vdupq_n_u8(tolerance);
}
static inline bool v_tile_over(const uint8_t *a, const uint8_t *b,
                               tile_vec limit)
{
    vec d = vmaxq_u8(vabdq_u8(v_load(a), v_load(b)),
                     vabdq_u8(v_load(a + 16), v_load(b + 16)));

    return !v_is_zero(vcgtq_u8(d, limit));
}

typedef struct ramp_vec {
    int16x8_t left, right; /* NEON shifts right by negative counts */
    int32x4_t shift;
    uint16x8_t flip, low, range;
    uint16x4_t mul;
    vec invert;
} ramp_vec;

static inline ramp_vec v_ramp_load(const dsc_ramp *r)
{
    return (ramp_vec){
        .left = vdupq_n_s16((int16_t)r->left),
        .right = vdupq_n_s16((int16_t)-r->right),
        .shift = vdupq_n_s32(-r->shift),
        .flip = vdupq_n_u16(r->flip),
        .low = vdupq_n_u16(r->low),
        .range = vdupq_n_u16(r->range),
        .mul = vdup_n_u16(r->mul),
        .invert = vdupq_n_u8(r->invert),
    };
}
static inline vec v_ramp(vec w, const ramp_vec *r)
{
    uint16x8_t t = vshlq_u16(
        veorq_u16(vshlq_u16(vreinterpretq_u16_u8(w), r->left), r->flip),
        r->right);
    uint16x8_t d = vminq_u16(vqsubq_u16(t, r->low), r->range);
    /* vrshl adds the half before it shifts */
    uint32x4_t lo = vrshlq_u32(vmull_u16(vget_low_u16(d), r->mul), r->shift);
    uint32x4_t hi = vrshlq_u32(vmull_u16(vget_high_u16(d), r->mul), r->shift);

    return vreinterpretq_u8_u16(vcombine_u16(vmovn_u32(lo), vmovn_u32(hi)));
}
static inline void v_widen(vec v, vec *low, vec *high)
{
    *low = vreinterpretq_u8_u16(vmovl_u8(vget_low_u8(v)));
    *high = vreinterpretq_u8_u16(vmovl_u8(vget_high_u8(v)));
}
static inline vec v_pack(vec a, vec b)
{
    return vcombine_u8(vmovn_u16(vreinterpretq_u16_u8(a)),
                       vmovn_u16(vreinterpretq_u16_u8(b)));
}
static inline vec v_narrow(vec low, vec high)
{
    return v_pack(low, high);
}
static inline void v_split_rgb(const uint8_t *p, vec *r, vec *g, vec *b)
{
    uint8x16x3_t v = vld3q_u8(p);

    *r = v.val[0];
    *g = v.val[1];
    *b = v.val[2];
}

#endif
