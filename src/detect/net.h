/* SPDX-License-Identifier: Apache-2.0
 *
 * The small convolutional net that finds text (models/textdet), in integers.
 *
 * Activations have 7 bits, weights 8, sums 32: no product or sum can overflow
 * or saturate, so the order of summing does not matter and every instruction
 * set gives the same maps.
 */
#ifndef DSC_DETECT_NET_H
#define DSC_DETECT_NET_H

#include "base/mem.h"

/* Input pixels that an output depends on to each side, rounded up to the
 * net's step of 4. */
#define DSC_NET_REACH 104
/* A logit of 1 in the maps. */
#define DSC_NET_LOGIT 16

/* Two maps at half the resolution of the input. Cells that are more than some
 * 16 pixels from a difference of 3 grey levels are no text. Around the maps is
 * a guard of such cells: the row above and below, and the end of each row. */
typedef struct dsc_net_maps {
    const int8_t *text;   /* logits: is this text */
    const int8_t *centre; /* is this the middle of a line */
    uint32_t w, h;
    size_t stride;
} dsc_net_maps;

typedef struct dsc_net dsc_net;

/* Load weights; DSC_USAGE when the file is missing, broken or of another
 * version. `flags` are CPU flags. */
dsc_status dsc_net_load(dsc_net **out, const char *path, unsigned flags,
                        dsc_error *err) DSC_WARN_UNUSED;
void dsc_net_free(dsc_net **n);

/* Run on 8-bit grey of w x h (multiples of 4). The maps live until the next
 * call; memory is kept for planes of up to this size. */
dsc_status dsc_net_run(dsc_net *n, const uint8_t *grey, size_t stride,
                       uint32_t w, uint32_t h, dsc_net_maps *maps,
                       dsc_error *err) DSC_WARN_UNUSED;
/* The same where the hints, a smaller net's maps of this plane, have a logit
 * from `least` on; elsewhere is no text. What comes out is a quarter the hints.
 */
dsc_status dsc_net_run_where(dsc_net *n, const uint8_t *grey, size_t stride,
                             const dsc_net_maps *hints, int least,
                             dsc_net_maps *maps,
                             dsc_error *err) DSC_WARN_UNUSED;

#endif
