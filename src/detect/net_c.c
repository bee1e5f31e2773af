/* SPDX-License-Identifier: Apache-2.0
 *
 * The reference of the kernels: what the others compute, pixel by pixel. */
#include "detect/net_kernels.h"

#include <string.h>

static int32_t conv_sum(const dsc_net_layer *l, const dsc_net_row *r,
                        uint32_t x, uint32_t o)
{
    const int8_t *w = (const int8_t *)l->weights + 4 * (size_t)o;
    int32_t sum = l->bias[o];

    for (uint32_t t = 0; t < l->taps; t++, w += 4 * (size_t)l->out) {
        const uint8_t *in = r->in + r->offsets[t] + 4 * (size_t)x;
        sum += in[0] * w[0] + in[1] * w[1] + in[2] * w[2] + in[3] * w[3];
    }
    return sum;
}

static uint32_t scaled(const dsc_net_layer *l, uint32_t o, int32_t sum)
{
    return sum < 0 ? 0
                   : ((uint32_t)sum * l->mult[o] + l->half[o]) >> l->shift[o];
}

static uint8_t activation(uint32_t v, uint32_t drop)
{
    v = (v + (1u << drop >> 1)) >> drop;
    return (uint8_t)(v < NET_TOP ? v : NET_TOP);
}

static void first_row(const dsc_net_layer *l, const dsc_net_row *r)
{
    const int16_t *w = l->weights;

    for (uint32_t x = r->first; x < r->pixels; x++)
        for (uint32_t o = 0; o < NET_FIRST; o++) {
            int32_t sum = l->bias[o];
            for (uint32_t t = 0; t < l->taps; t++) {
                int16_t in[2];
                memcpy(in, r->in + r->offsets[t] + 4 * (size_t)x, sizeof in);
                sum += in[0] * w[(t * NET_FIRST + o) * 2] +
                       in[1] * w[(t * NET_FIRST + o) * 2 + 1];
            }
            r->out[o / 4 * r->group + 4 * (size_t)x + o % 4] =
                activation(scaled(l, o, sum), l->drop);
        }
}

static void body_row(const dsc_net_layer *l, const dsc_net_row *r)
{
    for (uint32_t x = r->first; x < r->pixels; x++)
        for (uint32_t o = 0; o < l->out; o++) {
            uint16_t *s = &r->sum[dsc_net_sum_at(l->out, o, x)];
            uint32_t v = scaled(l, o, conv_sum(l, r, x, o));
            v += r->add ? *s : 0u;
            v = v < UINT16_MAX ? v : UINT16_MAX;
            *s = (uint16_t)v;
            r->out[o / 4 * r->group + 4 * (size_t)x + o % 4] =
                activation(v, l->drop);
        }
}

static int8_t logit(const dsc_net_layer *l, uint32_t o, int32_t sum)
{
    uint32_t v = scaled(l, o, sum < 0 ? -sum : sum);
    int32_t top = (int32_t)(v < NET_TOP ? v : NET_TOP);
    return (int8_t)(sum < 0 ? -top : top);
}

static void head_row(const dsc_net_layer *l, const dsc_net_row *r)
{
    for (uint32_t x = r->first; x < r->pixels; x++)
        for (uint32_t o = 0; o < NET_HEAD; o++)
            r->head[o / 4][o / 2 % 2][2 * (size_t)x + o % 2] =
                logit(l, o, conv_sum(l, r, x, o));
}

const dsc_net_kernels dsc_net_kernels_c = {first_row, body_row, head_row,
                                           NET_LANES / 2};
