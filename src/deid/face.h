/* SPDX-License-Identifier: Apache-2.0
 *
 * Can a face be made of these slices? Series of thin slices through a head can
 * be rendered to one (PS3.15 E.3.2).
 */
#ifndef DSC_DEID_FACE_H
#define DSC_DEID_FACE_H

#include "dicom/dicom.h"

typedef enum dsc_face {
    DSC_FACE_NO,    /* no slices, too thick or too small, or not of a head */
    DSC_FACE_MAYBE, /* the header does not say what they are of, or says two
                       things */
    DSC_FACE_YES    /* of a head */
} dsc_face;

/* By SOP Class, Image Type, slice thickness and spacing, extent along the axes
 * of the patient, body part, anatomic region and descriptions, at every level.
 * A single slice counts as its series does. What is missing or no valid value
 * speaks for a face, never against one. *why is static text. */
dsc_status dsc_face_judge(const dsc_dicom *ds, dsc_face *out, const char **why,
                          dsc_error *err) DSC_WARN_UNUSED;

#endif
