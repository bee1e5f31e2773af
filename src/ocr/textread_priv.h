/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of the net for small letters. */
#ifndef DSC_OCR_TEXTREAD_PRIV_H
#define DSC_OCR_TEXTREAD_PRIV_H

#include "ocr/textread.h"

enum {
    TEXTREAD_ROWS = 24,    /* of the window that the ink stands in */
    TEXTREAD_SIDE = 4,     /* columns of paper at both ends of it */
    TEXTREAD_BORDER = 8,   /* columns that a layer may look to each side */
    TEXTREAD_TOP = 127,    /* of an activation */
    TEXTREAD_STEP = 16,    /* products that are summed up together */
    TEXTREAD_TOGETHER = 4, /* outputs that are */
    TEXTREAD_MAX_DROP = 9, /* bits */
    TEXTREAD_LAYERS = 16,
    TEXTREAD_CHANNELS = 256, /* of a layer, and classes */
    TEXTREAD_NAME = 5        /* bytes of a class's name, with the NUL */
};

typedef enum textread_sort {
    TEXTREAD_PLAIN,
    TEXTREAD_BEGIN, /* of a running sum, 16 bits a channel */
    TEXTREAD_ADD,   /* to it */
    TEXTREAD_HEAD,  /* the last layer: logits */
    TEXTREAD_SORTS
} textread_sort;

typedef struct textread_layer {
    uint32_t out, in, high, wide;
    uint32_t down;     /* stride of rows */
    uint32_t dilation; /* of columns */
    uint32_t pad;      /* rows of zeros above and below */
    uint32_t sort;
    uint32_t drop;    /* bits that the next layer's input has less than the
                         running sum */
    uint32_t height;  /* rows of what it gives */
    size_t depth;     /* products of an output, rounded up to TEXTREAD_STEP */
    int16_t *weights; /* [out][depth]: [row][column][in], then zeros; outputs
                         rounded up to TEXTREAD_TOGETHER */
    int32_t bias[TEXTREAD_CHANNELS];
    /* value = (sum * mult + half) >> shift; |sum| * mult + half < 2^31 */
    uint32_t mult[TEXTREAD_CHANNELS], half[TEXTREAD_CHANNELS];
    uint32_t shift[TEXTREAD_CHANNELS];
} textread_layer;

typedef dsc_status (*textread_run_fn)(dsc_textread *, const uint8_t *px,
                                      int32_t w, int32_t h,
                                      dsc_textread_logits *, dsc_error *);
/* textread_run.c, built for each of the instruction sets. */
dsc_status dsc_textread_run_c(dsc_textread *t, const uint8_t *px, int32_t w,
                              int32_t h, dsc_textread_logits *out,
                              dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_textread_run_avx2(dsc_textread *t, const uint8_t *px, int32_t w,
                                 int32_t h, dsc_textread_logits *out,
                                 dsc_error *err) DSC_WARN_UNUSED;

struct dsc_textread {
    textread_run_fn run;
    char names[TEXTREAD_CHANNELS][TEXTREAD_NAME];
    uint32_t classes, space;
    /* Classes that look alike in some font, as O and 0: the lowest of them; a
     * class that looks like no other is its own. */
    uint32_t shape[TEXTREAD_CHANNELS];
    bool shared[TEXTREAD_CHANNELS]; /* is it the shape of others as well? */
    textread_layer layers[TEXTREAD_LAYERS];
    uint32_t count;
    uint8_t *room; /* for a row: maps, the running sum, logits */
    size_t room_size;
};

#endif
