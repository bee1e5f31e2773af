/* SPDX-License-Identifier: Apache-2.0
 *
 * The small convolutional net that finds text (models/textdet).
 *
 * Feature maps are float, [row][column][channel], with a border of zeros as
 * wide as the largest dilation, so that kernels have no edges to mind. Every
 * output is summed in one fixed order, channel by channel in lanes of its own
 * and without fused multiply-add: all variants give the same bits.
 */
#ifndef DSC_DETECT_NET_H
#define DSC_DETECT_NET_H

#include "base/mem.h"

#define NET_MAX_LAYERS   16
#define NET_MAX_CHANNELS 24
#define NET_BORDER       8 /* the largest dilation */
/* Input pixels that an output depends on to each side, rounded up to the
 * net's step of 4. */
#define NET_REACH 96

typedef struct dsc_net_layer {
    uint32_t out, in, kernel, stride, dilation;
    float *weights; /* [ky][kx][in][out] */
    float *bias;
} dsc_net_layer;

typedef struct dsc_net_map {
    float *data; /* the first pixel inside the border is at dsc_net_at(map, 0,
                    0) */
    uint32_t w, h, channels;
    size_t size; /* bytes owned */
} dsc_net_map;

static inline float *dsc_net_at(const dsc_net_map *m, uint32_t x, uint32_t y)
{
    size_t row = (size_t)m->w + 2 * NET_BORDER;
    return m->data +
           ((y + NET_BORDER) * row + x + NET_BORDER) * (size_t)m->channels;
}

/* One convolution with ReLU (`relu`), and `out` += instead of = (`add`), for
 * the rows of `out`. in and out are different maps. */
typedef void (*dsc_net_conv_fn)(const dsc_net_layer *layer,
                                const dsc_net_map *in, dsc_net_map *out,
                                bool relu, bool add);

void dsc_net_conv_c(const dsc_net_layer *, const dsc_net_map *, dsc_net_map *,
                    bool, bool);
void dsc_net_conv_avx2(const dsc_net_layer *, const dsc_net_map *,
                       dsc_net_map *, bool, bool);
void dsc_net_conv_avx512(const dsc_net_layer *, const dsc_net_map *,
                         dsc_net_map *, bool, bool);

typedef struct dsc_net dsc_net;

/* Load weights; DSC_USAGE when the file is missing, broken or of another
 * version. `flags` are CPU flags. */
dsc_status dsc_net_load(dsc_net **out, const char *path, unsigned flags,
                        dsc_error *err) DSC_WARN_UNUSED;
void dsc_net_free(dsc_net **n);

/* Run on 8-bit grey of w x h (multiples of 4). *maps is w/2 x h/2 pixels of
 * two values: how much text, how much the middle of a line (logits); it lives
 * until the next call. */
dsc_status dsc_net_run(dsc_net *n, const uint8_t *grey, size_t stride,
                       uint32_t w, uint32_t h, const float **maps,
                       dsc_error *err) DSC_WARN_UNUSED;

#endif
