/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernels, written once for all vector sets. The including file defines
 * LANES (pixels of a vector), BLOCK (sums that stay in registers together: half
 * as many channels of two vectors, so that a weight is loaded once for both)
 * and the functions declared first. See net_c.c for what is computed.
 */
#ifndef DSC_DETECT_NET_VECTOR_P_H
#define DSC_DETECT_NET_VECTOR_P_H

#include "detect/net_kernels.h"

#include <string.h>

typedef int32_t vi __attribute__((vector_size(4 * LANES)));
typedef uint32_t vu __attribute__((vector_size(4 * LANES)));
typedef uint16_t vh __attribute__((vector_size(4 * LANES)));
typedef uint16_t half_vh __attribute__((vector_size(2 * LANES)));

/* sum + the products of each lane's 4 unsigned bytes (at most NET_TOP) with
 * the 4 signed ones of w; of each lane's 2 words with the 2 of w. */
static inline vi dot4(vi sum, vi in, int32_t w);
static inline vi dot2(vi sum, vi in, int32_t w);
/* Four words of a, four of b and so on: below 0 is 0, above the top the top. */
static inline vh narrow(vi a, vi b);
static inline vh plus(vh a, vh b); /* at most the top */
/* Narrowed words of four channels, at most NET_TOP, as a pixel's four bytes. */
static inline vu join(vh ab, vh cd);

/* No fewer than half a block, which rows are divided into. */
#define STEP (LANES > NET_LANES / 2 ? NET_LANES : NET_LANES / 2)

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

/* Sums of `block` channels from `from` on, of so many vectors of pixels from x
 * on. */
INLINE void sums(const dsc_net_layer *l, const dsc_net_row *r, uint32_t x,
                 uint32_t vectors, uint32_t from, uint32_t out, uint32_t block,
                 bool words, vi *acc)
{
    const uint8_t *in = r->in + 4 * (size_t)x;
    const int32_t *w = (const int32_t *)l->weights + from;

#pragma GCC unroll 24
    for (uint32_t o = 0; o < vectors * block; o++)
        acc[o] = splat(l->bias[from + o % block]);
    for (uint32_t t = 0; t < l->taps; t++, w += out) {
        vi v[2];
#pragma GCC unroll 2
        for (uint32_t k = 0; k < vectors; k++)
            v[k] = load(in + r->offsets[t] + k * sizeof *v);
#pragma GCC unroll 24
        for (uint32_t o = 0; o < block; o++)
#pragma GCC unroll 2
            for (uint32_t k = 0; k < vectors; k++) {
                vi *sum = &acc[k * block + o];
                *sum = words ? dot2(*sum, v[k], w[o]) : dot4(*sum, v[k], w[o]);
            }
    }
}

INLINE vi scaled(const dsc_net_layer *l, uint32_t o, vi sum)
{
    vu v = (vu)sum * l->mult[o] + l->half[o];
    return (vi)v >> (int32_t)l->shift[o];
}

INLINE vh add_to_sum(const dsc_net_row *r, uint32_t channels, uint32_t o,
                     uint32_t x, vh v)
{
    uint16_t *at = r->sum + dsc_net_sum_at(channels, o, x);
    vh old;

    if (r->add) {
        memcpy(&old, at, sizeof old);
        v = plus(v, old);
    }
    memcpy(at, &v, sizeof v);
    return v;
}

INLINE vh activation(vh v, uint32_t drop)
{
    return plus(v, (vh){0} + (uint16_t)(1u << drop >> 1)) >> (uint16_t)drop;
}

/* What comes out of the sums of one vector. */
INLINE void put(const dsc_net_layer *l, const dsc_net_row *r, uint32_t x,
                uint32_t from, uint32_t out, uint32_t block, bool first,
                const vi *acc)
{
    uint32_t drop = l->drop;

#pragma GCC unroll 6
    for (uint32_t k = 0; k < block; k += 4) {
        uint32_t o = from + k;
        vh ab = narrow(scaled(l, o, acc[k]), scaled(l, o + 1, acc[k + 1]));
        vh cd =
            narrow(scaled(l, o + 2, acc[k + 2]), scaled(l, o + 3, acc[k + 3]));
        vu group;
        if (!first) {
            ab = add_to_sum(r, out, o, x, ab);
            cd = add_to_sum(r, out, o + 2, x, cd);
        }
        group = join(activation(ab, drop), activation(cd, drop));
        memcpy(r->out + o / 4 * r->group + 4 * (size_t)x, &group, sizeof group);
    }
}

INLINE void rows(const dsc_net_layer *l, const dsc_net_row *r, uint32_t out,
                 uint32_t block, bool first)
{
    uint32_t x = r->first;
    vi acc[NET_BODY];

    for (; x + 2 * LANES <= r->pixels; x += 2 * LANES)
        for (uint32_t from = 0; from < out; from += block / 2) {
            sums(l, r, x, 2, from, out, block / 2, first, acc);
            put(l, r, x, from, out, block / 2, first, acc);
            put(l, r, x + LANES, from, out, block / 2, first, acc + block / 2);
        }
    for (; x < r->pixels; x += LANES)
        for (uint32_t from = 0; from < out; from += block) {
            sums(l, r, x, 1, from, out, block, first, acc);
            put(l, r, x, from, out, block, first, acc);
        }
}

static void first_row(const dsc_net_layer *l, const dsc_net_row *r)
{
    rows(l, r, NET_FIRST, BLOCK < NET_FIRST ? 8 : NET_FIRST, true);
}

static void body_row(const dsc_net_layer *l, const dsc_net_row *r)
{
    if (l->out == NET_BODY)
        rows(l, r, NET_BODY, BLOCK, false);
    else
        rows(l, r, NET_WIDE, BLOCK, false);
}

INLINE vu logit(const dsc_net_layer *l, uint32_t o, vi sum)
{
    vi sign = (vi)(sum < 0);
    vi v = scaled(l, o, (sum ^ sign) - sign), less = (vi)(v < NET_TOP);
    v = (v & less) | (~less & NET_TOP);
    return (vu)((v ^ sign) - sign) & 0xFF;
}

static void head_row(const dsc_net_layer *l, const dsc_net_row *r)
{
    for (uint32_t x = r->first; x < r->pixels; x += LANES) {
        vi acc[NET_HEAD];
        sums(l, r, x, 1, 0, NET_HEAD, NET_HEAD, false, acc);
        for (uint32_t o = 0; o < NET_HEAD; o += 2) {
            vu pair = logit(l, o, acc[o]) | logit(l, o + 1, acc[o + 1]) << 8;
            half_vh h = __builtin_convertvector(pair, half_vh);
            memcpy(r->head[o / 4][o / 2 % 2] + 2 * (size_t)x, &h, sizeof h);
        }
    }
}

#endif
