/* SPDX-License-Identifier: Apache-2.0 */
#define LANES 4
#define BLOCK 24
#include "detect/net_vector_p.h"

#include <arm_neon.h>

/* Activations are below 128: they may be read as signed. */
static inline vi dot4(vi sum, vi in, int32_t w)
{
    int8x16_t a = (int8x16_t)in, b = vreinterpretq_s8_s32(vdupq_n_s32(w));
    int16x8_t low = vmull_s8(vget_low_s8(a), vget_low_s8(b));
    int16x8_t high = vmull_high_s8(a, b);

    return (vi)vpadalq_s16((int32x4_t)sum, vpaddq_s16(low, high));
}

static inline vi dot2(vi sum, vi in, int32_t w)
{
    int16x8_t a = (int16x8_t)in, b = vreinterpretq_s16_s32(vdupq_n_s32(w));
    int32x4_t low = vmull_s16(vget_low_s16(a), vget_low_s16(b));
    int32x4_t high = vmull_high_s16(a, b);

    return sum + (vi)vpaddq_s32(low, high);
}

static inline vh narrow(vi a, vi b)
{
    return (vh)vqmovun_high_s32(vqmovun_s32((int32x4_t)a), (int32x4_t)b);
}

static inline vh plus(vh a, vh b)
{
    return (vh)vqaddq_u16((uint16x8_t)a, (uint16x8_t)b);
}

static inline vu join(vh ab, vh cd)
{
    static const uint8_t turn[16] = {0, 4, 8,  12, 1, 5, 9,  13,
                                     2, 6, 10, 14, 3, 7, 11, 15};
    uint16x8_t top = vdupq_n_u16(NET_TOP);
    uint8x16_t bytes = vmovn_high_u16(vmovn_u16(vminq_u16((uint16x8_t)ab, top)),
                                      vminq_u16((uint16x8_t)cd, top));

    return (vu)vqtbl1q_u8(bytes, vld1q_u8(turn));
}

const dsc_net_kernels dsc_net_kernels_neon = {first_row, body_row, head_row,
                                              STEP};
