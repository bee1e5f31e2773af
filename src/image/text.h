/* SPDX-License-Identifier: Apache-2.0
 *
 * Text in an image: planes to search, boxes found, words read. Shared by the
 * finders, the reader and the policy, which know nothing of each other.
 */
#ifndef DSC_IMAGE_TEXT_H
#define DSC_IMAGE_TEXT_H

#include "image/image.h"

/* A plane of 8-bit grey; borrowed. */
typedef struct dsc_plane {
    const uint8_t *data;
    uint32_t columns, rows;
    size_t stride;
} dsc_plane;

typedef struct dsc_text_box {
    dsc_rect box;     /* covers all ink of one line of text, tight */
    float score;      /* 0..1, how sure that this is text */
    int16_t rotation; /* degrees clockwise that turn the crop upright: 0, 90
                         (it reads bottom to top), 270 (top to bottom) */
    bool dark;        /* ink darker than its background */
    bool doubted;     /* a second look did not find it */
} dsc_text_box;

typedef struct dsc_text_boxes {
    dsc_text_box *items;
    size_t count, cap;
} dsc_text_boxes;
dsc_status dsc_text_boxes_add(dsc_text_boxes *boxes, const dsc_text_box *box,
                              dsc_error *err) DSC_WARN_UNUSED;
void dsc_text_boxes_free(dsc_text_boxes *boxes);

typedef struct dsc_word {
    char *utf8;       /* owned by the list */
    dsc_rect box;     /* in the plane's coordinates, rotation undone */
    float confidence; /* 0..1 */
    uint32_t line;    /* counts lines within one result */
} dsc_word;

typedef struct dsc_words {
    dsc_word *items;
    size_t count, cap;
} dsc_words;
dsc_status dsc_words_add(dsc_words *words, const char *utf8, dsc_rect box,
                         float confidence, uint32_t line,
                         dsc_error *err) DSC_WARN_UNUSED;
void dsc_words_free(dsc_words *words); /* wipes */
/* The mean confidence of what was read, longer words counting more; -1 where
 * nothing was. */
float dsc_words_certainty(const dsc_words *words);

#endif
