/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of the text finder.
 */
#ifndef DSC_DETECT_DETECT_PRIV_H
#define DSC_DETECT_DETECT_PRIV_H

#include "detect/detect.h"

/* The whole plane as another picture, row by row without gaps. */
void dsc_detect__enlarge(const dsc_plane *plane, uint8_t *out); /* 2 x 2 */
void dsc_detect__halve(const dsc_plane *plane, uint8_t *out); /* or in place */
/* Ink that differs by a few grey levels from a flat ground, as strong ink on
 * grey; all else becomes grey. False: there is none. */
bool dsc_detect__lift_faint(const dsc_plane *plane, uint8_t *out);
/* Is the frame around the box of one grey, as around drawn text? Else it was
 * noise that was lifted. */
bool dsc_detect__stands_alone(const dsc_plane *plane, dsc_rect box);
/* Has the box nearly nothing but two greys, as huge letters on plain paper? */
bool dsc_detect__is_drawn(const dsc_plane *plane, dsc_rect box);

/* Drop boxes from `first` on that say no more than the ones before. What is
 * lower than `loose` tells of an end only with room for a letter. */
dsc_status dsc_detect__drop_known(const dsc_plane *plane, int32_t loose,
                                  dsc_text_boxes *boxes, size_t first,
                                  dsc_rects *scratch,
                                  dsc_error *err) DSC_WARN_UNUSED;

/* Parts of one line that stand side by side become one. */
void dsc_detect__join(dsc_text_boxes *boxes);

/* Move the box's edges to the end of the ink and a pixel on: out, for what lies
 * below the level at which the line was found, or in over flat paper; tell
 * which is ink and which is paper from the paper around. False: speckle, since
 * the paper is grained and the score low. */
bool dsc_detect__snap(const dsc_plane *plane, dsc_text_box *box);

#endif
