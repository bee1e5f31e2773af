/* SPDX-License-Identifier: Apache-2.0
 *
 * What of a plane the net must compute. A value of a layer depends on a square
 * of the plane: where that is of one grey, the value is the one of a plane of
 * this grey. And text has edges: what lies far from any is none. Both are
 * exact: the cells that are looked at get what they would get anyway.
 */
#ifndef DSC_DETECT_NET_MASK_H
#define DSC_DETECT_NET_MASK_H

#include "detect/net.h"
#include "detect/net_kernels.h"

/* For what each layer reads (the first: the plane) two masks of a bit for 4 x 4
 * pixels of the plane, NET_LANES bits a word. */
typedef struct dsc_net_masks {
    uint16_t *words;
    size_t size; /* bytes owned */
    uint32_t layers, rows, blocks, w4;
    uint16_t *row;    /* scratch, a word before and one after */
    uint8_t *differs; /* scratch: which pixels of a row do */
} dsc_net_masks;

/* For planes of 4 w4 x 4 h4. */
dsc_status dsc_net_masks_shape(dsc_net_masks *m, uint32_t layers, uint32_t w4,
                               uint32_t h4, dsc_error *err) DSC_WARN_UNUSED;
/* With `hints` only where they have a logit from `least` on. */
void dsc_net_masks_make(dsc_net_masks *m, const dsc_net_layer *layers,
                        const uint8_t *grey, size_t stride,
                        const dsc_net_maps *hints, int least);
void dsc_net_masks_free(dsc_net_masks *m);

/* A row of what layer i reads. Needed: something that counts depends on it.
 * Busy: it depends on pixels that differ, or on the plane's edge. */
uint16_t *dsc_net_needed(const dsc_net_masks *m, uint32_t i, uint32_t y);
uint16_t *dsc_net_busy(const dsc_net_masks *m, uint32_t i, uint32_t y);

#endif
