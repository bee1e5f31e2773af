/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of the reader: line crops, the result cache.
 */
#ifndef DSC_OCR_OCR_PRIV_H
#define DSC_OCR_OCR_PRIV_H

#include "ocr/ocr.h"
#include "ocr/textread.h"

/* A line of text turned upright, dark (0) on white (255), in the plane's own
 * resolution, and how its pixels map back. */
typedef struct dsc_crop {
    uint8_t *px; /* w * h, rows tight */
    int32_t w, h;
    int32_t text_h;   /* height of the line's box, upright */
    dsc_rect area;    /* of the plane */
    int16_t rotation; /* as dsc_text_box */
} dsc_crop;

/* *out has px NULL where the box holds nothing readable (too small, flat). */
dsc_status dsc_ocr__crop(dsc_crop *out, const dsc_plane *plane,
                         const dsc_text_box *line, dsc_error *err);
void dsc_ocr__crop_free(dsc_crop *crop);
/* A rectangle of the crop in the plane's coordinates. */
dsc_rect dsc_ocr__to_plane(const dsc_crop *crop, dsc_rect r);

/* A copy of the crop whose pixels are scaled; its area stays as it is. */
dsc_status dsc_ocr__larger(dsc_crop *out, const dsc_crop *crop, double scale,
                           dsc_error *err);

/* The crop scaled so that its text is about 32 px high, with a white border.
 * scale and border map its pixels back: crop = (p - border) / scale. */
typedef struct dsc_sheet {
    uint8_t *px;
    int32_t w, h;
    int32_t border;
    double scale;
} dsc_sheet;
dsc_status dsc_ocr__sheet(dsc_sheet *out, const dsc_crop *crop, dsc_error *err);
void dsc_ocr__sheet_free(dsc_sheet *sheet);

/* Give each word (boxes in crop coordinates, left to right) all the ink that
 * belongs to it; letters' ink that is no word's is added as words without
 * text. */
dsc_status dsc_ocr__claim_ink(const dsc_crop *crop, dsc_words *words,
                              dsc_error *err);

/* Darker than this is ink, anti-aliased edges included. */
#define DSC_OCR_INK 190

/* Rows of letters in a box that holds more than one clean line. */
#define DSC_OCR_ROWS 16
typedef struct dsc_row_crops {
    dsc_crop items[DSC_OCR_ROWS];   /* each row alone on white */
    dsc_rect letters[DSC_OCR_ROWS]; /* of rows of one piece of ink that, in the
                                       crop's coordinates; else empty */
    size_t count;
    dsc_rects others; /* ink as high as letters that is in no row, in the
                         crop's coordinates */
} dsc_row_crops;
/* Rows whose middle is in `box`, which is in the crop's coordinates as they
 * are. A row may go on outside of the box. */
dsc_status dsc_ocr__rows(const dsc_crop *crop, dsc_rect box, dsc_row_crops *out,
                         dsc_error *err);
void dsc_ocr__rows_free(dsc_row_crops *rows);
/* Rows of one letter each that stand evenly below each other, as one row: *out,
 * whose area is theirs. Row i is among them where bit i of *members is set. No
 * px where there are none, or where they may go on. The crop is an upright part
 * of the plane. */
dsc_status dsc_ocr__stack(const dsc_plane *plane, const dsc_crop *crop,
                          const dsc_row_crops *rows, dsc_crop *out,
                          uint32_t *members, dsc_error *err);
/* The ink in the box that is in none of the words, added to `out` as words
 * without text, each on a line of its own after those of the words. All in
 * the crop's coordinates. */
dsc_status dsc_ocr__rest(const dsc_crop *crop, dsc_rect box,
                         const dsc_words *words, dsc_words *out,
                         dsc_error *err);

/* A row as the reader of small letters has it in two sizes, in the row's
 * coordinates, added to `out`. Words that it is not sure of have a certainty of
 * 0, ink in none of them no text. Nothing is added where it cannot read the
 * row. */
dsc_status dsc_ocr__small(dsc_textread *net, const dsc_crop *row,
                          dsc_words *out, dsc_error *err);
/* How sure each word of `text` is, now that the net has read the row in another
 * size. */
void dsc_ocr__agree(dsc_textread_text *text, const dsc_textread_text *other);
/* The words and their ink as the net has told of them. */
dsc_status dsc_ocr__letters(const dsc_crop *row, const dsc_textread_text *text,
                            dsc_words *out, dsc_error *err);

/* A word of letters that all look like digits, as `II`: in small print it may
 * be a number. */
bool dsc_ocr__may_be_number(const char *utf8);

/* Results by crop, least recently used ones dropped first. Word boxes are in
 * crop coordinates. */
typedef struct dsc_ocr_cache dsc_ocr_cache;
dsc_status dsc_ocr__cache_create(dsc_ocr_cache **out, dsc_error *err);
void dsc_ocr__cache_free(dsc_ocr_cache **cache);
/* NULL where this crop has not been read; borrowed until the next put. */
const dsc_words *dsc_ocr__cache_get(dsc_ocr_cache *cache, const dsc_crop *crop);
/* Takes the words and the crop's pixels (both are empty afterwards). */
void dsc_ocr__cache_put(dsc_ocr_cache *cache, dsc_crop *crop, dsc_words *words);

#endif
