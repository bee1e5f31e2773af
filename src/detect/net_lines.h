/* SPDX-License-Identifier: Apache-2.0
 *
 * From the net's maps to lines. The map of line middles tells lines apart;
 * each middle then grows over the map of text until it meets another's share.
 */
#ifndef DSC_DETECT_NET_LINES_H
#define DSC_DETECT_NET_LINES_H

#include "detect/net.h"
#include "image/image.h"

/* A line, in cells of the maps. */
typedef struct dsc_net_line {
    int32_t x0, y0, x1, y1; /* the last cells are inside */
    uint32_t cells;         /* 0: nothing; without those beyond its ends */
    uint64_t sum; /* of the cells' certainties, each 0..DSC_NET_CERTAIN */
} dsc_net_line;

#define DSC_NET_CERTAIN 1000u

/* Scratch memory and the lines of the last maps. {0} to start with. */
typedef struct dsc_net_lines {
    dsc_net_line *items;
    size_t count, cap;
    int32_t *label;
    uint32_t *queue;
    size_t cells; /* that label and queue have room for */
    uint16_t certainty[256];
} dsc_net_lines;

/* Logits from which a cell is text, from which it is a line's middle, from
 * which text without a middle counts, and from which a middle goes on beyond
 * the ends of its line. */
typedef struct dsc_net_levels {
    int text, centre, alone, beyond;
} dsc_net_levels;

dsc_status dsc_net_lines_find(dsc_net_lines *l, const dsc_net_maps *maps,
                              const dsc_net_levels *levels,
                              dsc_error *err) DSC_WARN_UNUSED;
void dsc_net_lines_free(dsc_net_lines *l);

#endif
