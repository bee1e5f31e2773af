/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernels, written once for all vector sets. The including file defines
 * LANES (pixels done together), BLOCK (channels whose sums stay in registers
 * together), dot4() and dot2(). See net_c.c for what is computed. */
#ifndef DSC_DETECT_NET_VECTOR_P_H
#define DSC_DETECT_NET_VECTOR_P_H

#include "detect/net_kernels.h"

#include <string.h>

typedef int32_t vi __attribute__((vector_size(4 * LANES)));
typedef uint32_t vu __attribute__((vector_size(4 * LANES)));
typedef uint16_t vh __attribute__((vector_size(2 * LANES)));

/* sum + the products of each lane's 4 unsigned bytes (at most NET_TOP) with
 * the 4 signed ones of w; of each lane's 2 words with the 2 of w. */
static inline vi dot4(vi sum, vi in, int32_t w);
static inline vi dot2(vi sum, vi in, int32_t w);

#define INLINE static inline __attribute__((always_inline))

INLINE vi load(const void *p)
{
    vi v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE vi splat(int32_t v)
{
    return (vi){0} + v;
}

INLINE vu at_most(vu v, uint32_t top)
{
    vu less = (vu)(v < top);
    return (v & less) | (~less & top);
}

/* Sums of the channels from..from + BLOCK - 1 for LANES pixels from x on. */
INLINE void sums(const dsc_net_layer *l, const dsc_net_row *r, uint32_t x,
                 uint32_t from, uint32_t out, uint32_t block, bool words,
                 vi *acc)
{
    const uint8_t *in = r->in + 4 * (size_t)x;
    const int32_t *w = (const int32_t *)l->weights + from;

    for (uint32_t o = 0; o < block; o++)
        acc[o] = splat(l->bias[from + o]);
    for (uint32_t t = 0; t < l->taps; t++, w += out) {
        vi v = load(in + r->offsets[t]);
#pragma GCC unroll 24
        for (uint32_t o = 0; o < block; o++)
            acc[o] = words ? dot2(acc[o], v, w[o]) : dot4(acc[o], v, w[o]);
    }
}

INLINE vu scaled(const dsc_net_layer *l, uint32_t o, vi sum)
{
    vu v = (vu)(sum & (vi)(sum > 0));
    return (v * l->mult[o] + (1u << l->shift[o] >> 1)) >> l->shift[o];
}

INLINE vu activation(vu v, uint32_t drop)
{
    return at_most((v + (1u << drop >> 1)) >> drop, NET_TOP);
}

INLINE vu add_to_sum(const dsc_net_row *r, uint32_t o, uint32_t x, vu v)
{
    uint16_t *at = r->sum + (size_t)o * r->pixels + x;
    vh h;

    if (r->add) {
        memcpy(&h, at, sizeof h);
        v += __builtin_convertvector(h, vu);
    }
    v = at_most(v, UINT16_MAX);
    h = __builtin_convertvector(v, vh);
    memcpy(at, &h, sizeof h);
    return v;
}

INLINE void put_group(const dsc_net_row *r, uint32_t o, uint32_t x, vu v)
{
    memcpy(r->out + o / 4 * r->group + 4 * (size_t)x, &v, sizeof v);
}

INLINE void rows(const dsc_net_layer *l, const dsc_net_row *r, uint32_t out,
                 uint32_t block, bool first)
{
    uint32_t drop = l->drop;

    for (uint32_t x = 0; x < r->pixels; x += LANES)
        for (uint32_t from = 0; from < out; from += block) {
            vi acc[NET_BODY];
            sums(l, r, x, from, out, block, first, acc);
#pragma GCC unroll 6
            for (uint32_t o = 0; o < block; o += 4) {
                vu group = {0};
#pragma GCC unroll 4
                for (uint32_t k = 0; k < 4; k++) {
                    vu v = scaled(l, from + o + k, acc[o + k]);
                    if (!first)
                        v = add_to_sum(r, from + o + k, x, v);
                    group |= activation(v, drop) << (8 * k);
                }
                put_group(r, from + o, x, group);
            }
        }
}

static void first_row(const dsc_net_layer *l, const dsc_net_row *r)
{
    rows(l, r, NET_FIRST, BLOCK < NET_FIRST ? 4 : NET_FIRST, true);
}

static void body_row(const dsc_net_layer *l, const dsc_net_row *r)
{
    rows(l, r, NET_BODY, BLOCK, false);
}

INLINE vu logit(const dsc_net_layer *l, uint32_t o, vi sum)
{
    vi sign = (vi)(sum < 0);
    vi v = (vi)at_most(scaled(l, o, (sum ^ sign) - sign), NET_TOP);
    return (vu)((v ^ sign) - sign) & 0xFF;
}

static void head_row(const dsc_net_layer *l, const dsc_net_row *r)
{
    for (uint32_t x = 0; x < r->pixels; x += LANES) {
        vi acc[NET_HEAD];
        sums(l, r, x, 0, NET_HEAD, NET_HEAD, false, acc);
        for (uint32_t o = 0; o < NET_HEAD; o += 2) {
            vu pair = logit(l, o, acc[o]) | logit(l, o + 1, acc[o + 1]) << 8;
            vh h = __builtin_convertvector(pair, vh);
            memcpy(r->head[o / 4][o / 2 % 2] + 2 * (size_t)x, &h, sizeof h);
        }
    }
}

#endif
