/* SPDX-License-Identifier: Apache-2.0
 *
 * What does it say? Tesseract on line crops, results cached by the crop's
 * pixels; and a small net of our own on rows of small letters, which Tesseract
 * does not know.
 *
 * One object serves one thread (Tesseract runs single-threaded in it). What is
 * read is patient data: callers must not log it, and the cache is wiped when
 * freed.
 */
#ifndef DSC_OCR_OCR_H
#define DSC_OCR_OCR_H

#include "image/text.h"

typedef struct dsc_ocr dsc_ocr;

/* languages: Tesseract's words, e.g. "eng" or "eng+deu". A language whose data
 * is missing is DSC_USAGE and the message names the Debian package. models: the
 * folder of the weights of the reader of small letters; missing or broken ones
 * are DSC_USAGE. */
dsc_status dsc_ocr_create(dsc_ocr **out, const char *languages,
                          const char *models, dsc_error *err) DSC_WARN_UNUSED;
void dsc_ocr_free(dsc_ocr **ocr);

/* Read one line: the crop `line->box` of the plane (grown a little, turned
 * upright, scaled to about 32 px of height, made dark on white). *words is
 * replaced; it is empty when nothing could be read. Where some of the line was
 * read, ink that is in no word comes as words without text: all letters of the
 * line are in one word's box or another's. */
dsc_status dsc_ocr_line(dsc_ocr *ocr, const dsc_plane *plane,
                        const dsc_text_box *line, dsc_words *words,
                        dsc_error *err) DSC_WARN_UNUSED;

/* Read a box anew that dsc_ocr_line could not read well, and that may hold two
 * lines, or letters beside what are none: upright rows of letters are told
 * apart from all else and read each alone. *words is replaced; `line` counts
 * the rows, and ink of the box that is in no row comes after them as words
 * without text, each with a line of its own. Empty when there is no row that
 * can be read. A row may go on outside of the box. *small, which is replaced
 * too, has the same rows as the surer of Tesseract and the reader of small
 * letters has each; empty where the latter is surer of none. `words` NULL: rows
 * of small letters only, empty unless they are all that is there. */
dsc_status dsc_ocr_rows(dsc_ocr *ocr, const dsc_plane *plane,
                        const dsc_text_box *box, dsc_words *words,
                        dsc_words *small, dsc_error *err) DSC_WARN_UNUSED;

const char *dsc_ocr_tesseract_version(void);
const char *dsc_ocr_leptonica_version(void);

#endif
