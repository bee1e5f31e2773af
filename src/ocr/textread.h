/* SPDX-License-Identifier: Apache-2.0
 *
 * A small net (models/textread) that reads one row of small letters, in
 * integers: activations of 7 bits, weights of 8, sums of 32. No sum can
 * overflow, so every CPU gives the same letters.
 */
#ifndef DSC_OCR_TEXTREAD_H
#define DSC_OCR_TEXTREAD_H

#include "base/mem.h"

/* Rows whose ink is lower, higher or wider are not read. */
#define DSC_TEXTREAD_LEAST_PX 5
#define DSC_TEXTREAD_MOST_PX  22
#define DSC_TEXTREAD_WIDEST   1016
/* A logit of 1. */
#define DSC_TEXTREAD_LOGIT 256

typedef struct dsc_textread dsc_textread;

/* Load weights; DSC_USAGE when the file is missing, broken or of another
 * version. `flags` are CPU flags. One object serves one thread. */
dsc_status dsc_textread_load(dsc_textread **out, const char *path,
                             unsigned flags, dsc_error *err) DSC_WARN_UNUSED;
void dsc_textread_free(dsc_textread **t);

/* What the net says of each column of a row, [column][class]. Class 0 is none
 * of the letters. */
typedef struct dsc_textread_logits {
    const int32_t *of; /* until the next call */
    uint32_t classes;
    int32_t columns, first; /* `first`: column of the row that is column 0 */
} dsc_textread_logits;
/* Letters on paper of 255, w x h, rows tight. `columns` is 0 where the row is
 * not for this net. */
dsc_status dsc_textread_run(dsc_textread *t, const uint8_t *px, int32_t w,
                            int32_t h, dsc_textread_logits *out,
                            dsc_error *err) DSC_WARN_UNUSED;

#define DSC_TEXTREAD_LETTERS 256 /* of a row; one with more is not read */
typedef struct dsc_textread_letter {
    const char *utf8; /* "\xEF\xBF\xBD" for none that the net knows; lives with
                         the net */
    int32_t x0, x1;   /* columns of the row that say so, x1 past the last */
    uint32_t shape;   /* the same of letters that look alike, as 0 and O do */
    uint32_t word;
} dsc_textread_letter;
typedef struct dsc_textread_text {
    dsc_textread_letter letters[DSC_TEXTREAD_LETTERS];
    size_t count;
    /* Of each word, the probability that its columns say just these letters. */
    float sure[DSC_TEXTREAD_LETTERS];
    size_t words;
} dsc_textread_text;
/* Words are parted by spaces, which are no letters of the result. */
dsc_status dsc_textread_decode(const dsc_textread *t,
                               const dsc_textread_logits *logits,
                               dsc_textread_text *out,
                               dsc_error *err) DSC_WARN_UNUSED;

#endif
