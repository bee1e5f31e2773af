/* SPDX-License-Identifier: Apache-2.0
 *
 * Test pictures with text whose ink is known.
 */
#ifndef DSC_TESTS_DETECT_DRAW_H
#define DSC_TESTS_DETECT_DRAW_H

#include "image/text.h"

typedef struct canvas {
    uint8_t *px;
    uint8_t *ink; /* coverage of all text drawn, 0..255 */
    uint32_t w, h;
} canvas;

typedef struct stroke {
    const char *text;
    double size;  /* of the font: capitals are about 0.73 of it */
    int32_t x, y; /* top left of the ink */
    int ink;      /* grey value */
    int outline;  /* grey value of a rim, or -1 */
    int rotation; /* 0, 90 (reads bottom to top), 270 */
    bool serif;
    bool mono;
    bool bold;
    bool sharp; /* no anti-aliasing */
} stroke;

canvas canvas_make(uint32_t w, uint32_t h, int grey);
void canvas_free(canvas *c);
/* Returns the box of the ink. */
dsc_rect canvas_write(canvas *c, const stroke *s);
/* Smoothed noise of mean `mean` and the given amplitude, made from `seed`. */
void canvas_speckle(canvas *c, int mean, int amplitude, int smooth,
                    uint32_t seed);
dsc_plane canvas_plane(const canvas *c);
/* Share of the ink pixels that the boxes cover. */
double canvas_covered(const canvas *c, const dsc_rect *boxes, size_t n);
/* Share of the picture that the boxes cover. */
double canvas_area(const canvas *c, const dsc_rect *boxes, size_t n);

#endif
