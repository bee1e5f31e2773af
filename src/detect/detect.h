/* SPDX-License-Identifier: Apache-2.0
 *
 * Where is text? An 8-bit view in, line boxes with scores out.
 *
 * Knows no DICOM and no patient data. Deterministic: the same view gives the
 * same boxes on every machine. Scratch memory is kept between calls, so one
 * object serves one thread, and searches without an allocation once it has
 * seen a plane as large.
 */
#ifndef DSC_DETECT_DETECT_H
#define DSC_DETECT_DETECT_H

#include "image/text.h"

typedef struct dsc_detector dsc_detector;

typedef enum dsc_detect_effort {
    DSC_DETECT_FAST,     /* the plane and coarser ones */
    DSC_DETECT_THOROUGH, /* small letters and hidden text as well */
    DSC_DETECT_WIDE,     /* and a wide net looks again: 2 to 3 times as long */
    DSC_DETECT_AGAIN     /* the same where a line was found: less strict */
} dsc_detect_effort;

/* models: the folder of the learned weights. DSC_USAGE when they are missing,
 * damaged or of another version. */
dsc_status dsc_detector_create(dsc_detector **out, const char *models,
                               dsc_error *err) DSC_WARN_UNUSED;
void dsc_detector_free(dsc_detector **d);

/* What of the plane a search within a part looks at: the part and what the net
 * sees around it. Elsewhere pixels may be any. */
dsc_rect dsc_detector_sees(const dsc_plane *plane, dsc_rect within);
/* Find lines of text in the part `within` of the plane (NULL: all of it).
 * Replaces the content of *out. Planes of any size, 1 x 1 included. */
dsc_status dsc_detector_find(dsc_detector *d, const dsc_plane *plane,
                             const dsc_rect *within, dsc_detect_effort effort,
                             dsc_text_boxes *out,
                             dsc_error *err) DSC_WARN_UNUSED;

#endif
