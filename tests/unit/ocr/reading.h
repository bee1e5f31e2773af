/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of the reader share. */
#ifndef DSC_TEST_READING_H
#define DSC_TEST_READING_H

#include "ocr/ocr.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "draw.h"

/* The caller frees it. */
static dsc_ocr *reader(void)
{
    dsc_ocr *ocr = NULL;
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_ocr_create(&ocr, "eng", MODELS, &err), DSC_OK, "%s",
                 err.msg);
    return ocr;
}

/* The share of the drawn ink that the words cover. */
static inline double covered(const canvas *c, const dsc_words *w)
{
    dsc_rect *r = calloc(w->count + 1, sizeof *r);
    double share;

    for (size_t i = 0; i < w->count; i++)
        r[i] = w->items[i].box;
    share = canvas_covered(c, r, w->count);
    free(r);
    return share;
}

#endif
