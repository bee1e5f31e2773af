/* SPDX-License-Identifier: Apache-2.0
 *
 * The net's kernels: one row of one layer. Lanes are pixels beside each other,
 * so a map keeps 4 channels (for the first layer: 2 samples of 16 bits) of a
 * pixel together and these groups row by row.
 */
#ifndef DSC_DETECT_NET_KERNELS_H
#define DSC_DETECT_NET_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_FIRST    16  /* channels of the first layer */
#define NET_BODY     24  /* of all others but the last */
#define NET_WIDE     48  /* of these in a wide net */
#define NET_HEAD     8   /* 2 maps x 4 sub-pixels */
#define NET_LANES    16  /* of the widest kernel: rows are padded to it */
#define NET_TOP      127 /* of an activation */
#define NET_MAX_TAPS 108 /* 3 x 3 places of 48 channels in fours */
#define NET_MAX_DROP 9

typedef struct dsc_net_layer {
    uint32_t out, in, kernel, stride, dilation;
    uint32_t drop; /* bits that the next layer's input has less than
                      the sum of the layers */
    uint32_t taps; /* groups of input that an output sums up */
    void *weights; /* [tap][out][4] int8_t, or [tap][out][2] int16_t */
    int32_t bias[NET_WIDE];
    /* value = (sum * mult + half) >> shift; |sum| * mult + half < 2^31 */
    uint32_t mult[NET_WIDE], half[NET_WIDE], shift[NET_WIDE];
} dsc_net_layer;

/* One row. Pointers are to its first pixel. */
typedef struct dsc_net_row {
    const uint8_t *in;
    const int32_t *offsets; /* of each tap from `in`, in bytes */
    uint32_t first, pixels; /* multiples of the kernels' step */
    uint8_t *out;           /* groups of 4 channels, `group` bytes apart */
    size_t group;
    /* The sum of the layers: [pixels / NET_LANES][pair of channels][four
     * pixels][of one channel, of the other][pixel], as vectors are narrowed. */
    uint16_t *sum;
    bool add;           /* to the sum; else it starts here */
    int8_t *head[2][2]; /* last layer: [map][row] */
} dsc_net_row;

/* Where in the sum of so many channels is channel o of pixel x? */
static inline size_t dsc_net_sum_at(uint32_t channels, uint32_t o, uint32_t x)
{
    uint32_t block = x / NET_LANES * (channels / 2) + o / 2;
    return (size_t)block * 2 * NET_LANES + x % NET_LANES / 4 * 8 + o % 2 * 4 +
           x % 4;
}

typedef void (*dsc_net_row_fn)(const dsc_net_layer *, const dsc_net_row *);

typedef struct dsc_net_kernels {
    dsc_net_row_fn first; /* 16-bit input, out only */
    dsc_net_row_fn body;  /* sum and out */
    dsc_net_row_fn head;
    uint32_t step; /* pixels that are done together: NET_LANES or half */
} dsc_net_kernels;

extern const dsc_net_kernels dsc_net_kernels_c, dsc_net_kernels_sse2,
    dsc_net_kernels_avx2, dsc_net_kernels_avxvnni, dsc_net_kernels_avx512,
    dsc_net_kernels_neon;

/* The best of `flags` (CPU flags). */
const dsc_net_kernels *dsc_net_kernels_for(unsigned flags);

#endif
