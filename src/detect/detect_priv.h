/* SPDX-License-Identifier: Apache-2.0
 *
 * What a detector implements.
 */
#ifndef DSC_DETECT_DETECT_PRIV_H
#define DSC_DETECT_DETECT_PRIV_H

#include "detect/detect.h"

typedef struct dsc_detect_ops {
    const char *name;
    /* Scratch memory kept between calls. */
    dsc_status (*create)(void **state, const char *models, dsc_error *err);
    void (*free)(void *state);
    /* Add the lines of the whole plane, in its coordinates. The plane is at
     * least 3 x 3. */
    dsc_status (*find)(void *state, const dsc_plane *plane,
                       dsc_detect_effort effort, dsc_text_boxes *out,
                       dsc_error *err);
} dsc_detect_ops;

extern const dsc_detect_ops dsc_detect__net, dsc_detect__classic;

/* Move the box's edges out to the end of the ink and a pixel on, for what lies
 * below the level at which the line was found; tell which is ink and which is
 * paper from the paper around. */
void dsc_detect__snap(const dsc_plane *plane, dsc_text_box *box);

#endif
