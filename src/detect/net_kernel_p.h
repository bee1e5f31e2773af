/* SPDX-License-Identifier: Apache-2.0
 *
 * The convolution, written once and compiled for each instruction set. The
 * channel counts are constants in each copy, so that the sums of a few pixels
 * stay in registers. */
#ifndef DSC_DETECT_NET_KERNEL_P_H
#define DSC_DETECT_NET_KERNEL_P_H

#include "detect/net.h"

#define PIXELS 4 /* done together, to use each weight more than once */

static inline __attribute__((always_inline)) void
conv_pixels(const dsc_net_layer *l, const float *const *taps,
            unsigned tap_count, size_t step, float *dst, size_t dst_step,
            unsigned pixels, unsigned in, unsigned out, bool relu, bool add)
{
    float sum[PIXELS][NET_MAX_CHANNELS];

    for (unsigned p = 0; p < pixels; p++)
        for (unsigned o = 0; o < out; o++)
            sum[p][o] = l->bias[o];
    for (unsigned t = 0; t < tap_count; t++) {
        const float *w = l->weights + (size_t)t * in * out;
        const float *src = taps[t];
        for (unsigned i = 0; i < in; i++, w += out)
            for (unsigned p = 0; p < pixels; p++) {
                float v = src[p * step + i];
                for (unsigned o = 0; o < out; o++)
                    sum[p][o] += v * w[o];
            }
    }
    for (unsigned p = 0; p < pixels; p++) {
        float *d = dst + p * dst_step;
        for (unsigned o = 0; o < out; o++) {
            float v = sum[p][o];
            if (relu && v < 0)
                v = 0;
            d[o] = add ? d[o] + v : v;
        }
    }
}

static inline __attribute__((always_inline)) void
conv_shape(const dsc_net_layer *l, const dsc_net_map *in, dsc_net_map *out,
           unsigned ci, unsigned co, bool relu, bool add)
{
    int64_t half = l->kernel / 2, d = l->dilation;
    int64_t row = ((int64_t)in->w + 2 * NET_BORDER) * ci;

    for (uint32_t y = 0; y < out->h; y++) {
        for (uint32_t x = 0; x < out->w; x += PIXELS) {
            unsigned n = out->w - x < PIXELS ? out->w - x : PIXELS;
            const float *centre = dsc_net_at(in, x * l->stride, y * l->stride);
            const float *taps[9];
            unsigned t = 0;
            for (int64_t ky = -half; ky <= half; ky++)
                for (int64_t kx = -half; kx <= half; kx++)
                    taps[t++] = centre + ky * d * row + kx * d * ci;
            if (n == PIXELS)
                conv_pixels(l, taps, t, (size_t)l->stride * ci,
                            dsc_net_at(out, x, y), co, PIXELS, ci, co, relu,
                            add);
            else
                for (unsigned p = 0; p < n; p++) {
                    conv_pixels(l, taps, t, 0, dsc_net_at(out, x + p, y), co, 1,
                                ci, co, relu, add);
                    for (unsigned k = 0; k < t; k++)
                        taps[k] += (size_t)l->stride * ci;
                }
        }
    }
}

/* The shapes of the net have copies of their own; any other goes slowly. */
static inline __attribute__((always_inline)) void
conv_any(const dsc_net_layer *l, const dsc_net_map *in, dsc_net_map *out,
         bool relu, bool add)
{
    if (l->in == 24 && l->out == 24 && relu && add)
        conv_shape(l, in, out, 24, 24, true, true);
    else if (l->in == 12 && l->out == 24)
        conv_shape(l, in, out, 12, 24, true, false);
    else if (l->in == 1 && l->out == 12)
        conv_shape(l, in, out, 1, 12, true, false);
    else if (l->in == 24 && l->out == 8)
        conv_shape(l, in, out, 24, 8, false, false);
    else
        conv_shape(l, in, out, l->in, l->out, relu, add);
}

#endif
