/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the parts that find codes.
 */
#ifndef DSC_DETECT_CODES_PRIV_H
#define DSC_DETECT_CODES_PRIV_H

#include "detect/codes.h"

/* Every so many lines one is looked at. */
#define DSC_CODE_STEP 3

/* One row or column of a plane, and where it goes from light to dark and
 * back. Run i lies between edges i and i + 1. */
typedef struct dsc_scan {
    uint8_t *px;
    float *edges;   /* places of half the swing, ascending */
    uint8_t *peaks; /* peaks[i]: the extreme before edge i; one more at the
                       end */
    size_t *at;     /* where the peaks are */
    size_t n, edge_count, cap;
    bool first_light; /* is the run before edge 0 the lighter one? */
} dsc_scan;

dsc_status dsc_scan_make(dsc_scan *s, size_t longest, dsc_error *err);
void dsc_scan_free(dsc_scan *s);
/* Take the line and find its edges: swings smaller than what print has do not
 * count. */
void dsc_scan_row(dsc_scan *s, const dsc_plane *p, uint32_t y);
void dsc_scan_column(dsc_scan *s, const dsc_plane *p, uint32_t x);
static inline float dsc_scan_run(const dsc_scan *s, size_t i)
{
    return s->edges[i + 1] - s->edges[i];
}

dsc_status dsc_codes__add(dsc_codes *codes, dsc_rect box, dsc_code_kind kind,
                          dsc_error *err);
dsc_status dsc_codes__bars(const dsc_plane *p, bool standing, dsc_codes *out,
                           dsc_error *err);
dsc_status dsc_codes__matrices(const dsc_plane *p, dsc_codes *out,
                               dsc_error *err);
dsc_status dsc_codes__grids(const dsc_plane *p, dsc_codes *out, dsc_error *err);

#endif
