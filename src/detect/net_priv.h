/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of the net. */
#ifndef DSC_DETECT_NET_PRIV_H
#define DSC_DETECT_NET_PRIV_H

#include "detect/net.h"
#include "detect/net_kernels.h"
#include "detect/net_mask.h"

#define NET_MAX_LAYERS   16
#define NET_MAX_DILATION 8
/* Pixels beside a row: no fewer than the dilation, and rows are aligned. */
#define NET_BORDER 16

/* The rows of a layer that others still read, in turns; then one of zeros, for
 * what lies outside. Rows are groups of 4 bytes with a border of zeros, so that
 * kernels have no edges to mind. */
typedef struct dsc_net_ring {
    uint8_t *data;
    uint32_t rows;
    size_t pitch;
} dsc_net_ring;

/* What layer i gives for a block of one grey. */
typedef struct dsc_net_flat {
    uint8_t out[NET_WIDE / 4][4 * NET_LANES];
    uint16_t sum[NET_WIDE * NET_LANES];
} dsc_net_flat;

typedef struct dsc_net_buffer {
    uint8_t *data;
    size_t size; /* bytes owned */
} dsc_net_buffer;

struct dsc_net {
    dsc_net_layer layers[NET_MAX_LAYERS];
    uint32_t count;
    uint32_t width; /* channels of the body */
    const dsc_net_kernels *kernels;
    dsc_net_flat *flats; /* [256 greys][count] */
    bool has_flat[256];

    uint32_t w4, h4; /* the plane, in quarters */
    uint32_t blocks; /* of NET_LANES quarters in a row */
    size_t group;    /* bytes of one group of channels in a row */
    const uint8_t *grey;
    size_t stride;
    dsc_net_masks masks;

    dsc_net_buffer rings, maps;
    dsc_net_ring input;                /* [samples 0 1 or 2 3 of a quarter] */
    dsc_net_ring half;                 /* [even or odd column][4 groups] */
    dsc_net_ring body[NET_MAX_LAYERS]; /* what layer i gives: [groups] */
    dsc_net_ring sum;                  /* of the layers, 16 bits a channel */
    uint32_t delay[NET_MAX_LAYERS];    /* rows that layer i is behind */
    int8_t *text, *centre; /* what comes out, a guard of "no text" around */
    size_t pitch;          /* of these */
};

#endif
