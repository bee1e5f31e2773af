/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of the classical detector. A plane is turned so that ink is bright,
 * its background is taken away (top-hat), and at several levels the connected
 * pieces above the level are measured, sieved and chained to lines.
 *
 * All arithmetic is on integers; ratios are in thousandths.
 */
#ifndef DSC_DETECT_CLASSIC_PRIV_H
#define DSC_DETECT_CLASSIC_PRIV_H

#include "detect/detect_priv.h"

/* ---- top-hat ---- */

/* Strokes up to this wide count as ink. */
enum {
    DSC_CLASSIC_STROKE_PX = 16
};

/* hat = v - opening(v) by a square, where v is the plane or its negative.
 * hat and tmp hold columns * rows bytes each. */
void dsc_classic__top_hat(const dsc_plane *plane, bool negative, uint8_t *hat,
                          uint8_t *tmp, uint8_t *row);
/* Bytes that `row` must have. */
size_t dsc_classic__row_bytes(uint32_t columns);

/* ---- connected pieces ---- */

typedef struct dsc_piece {
    int32_t x0, y0, x1, y1; /* half open */
    int32_t area;
    int32_t runs;    /* horizontal runs */
    int32_t columns; /* vertical runs */
    int32_t line;    /* which line it went into, -1 none */
    int64_t peaks;   /* sum over runs of the run's highest value */
    int64_t peaks2;  /* of its square */
    int64_t steps;   /* sum over runs of the rise at both ends */
} dsc_piece;

typedef struct dsc_pieces {
    dsc_piece *items;
    size_t count, cap;
} dsc_pieces;

typedef struct dsc_piece_scan dsc_piece_scan;
dsc_status dsc_classic__scan_create(dsc_piece_scan **out, uint32_t columns,
                                    dsc_error *err);
void dsc_classic__scan_free(dsc_piece_scan **scan);
/* All pieces of hat > level that could be a glyph, a blot of touching glyphs
 * or a dot. *flood is set, and the list empty, where there are more than any
 * text has. */
dsc_status dsc_classic__pieces(dsc_piece_scan *scan, const uint8_t *hat,
                               int32_t columns, int32_t rows, int level,
                               dsc_pieces *out, bool *flood, dsc_error *err);

/* ---- lines ---- */

typedef struct dsc_hat {
    const uint8_t *px;
    int32_t columns, rows;
    int level;
    bool dark; /* the hat of the negative */
} dsc_hat;

/* Chain pieces to lines of upright and of turned text and add those that look
 * like text. */
dsc_status dsc_classic__lines(const dsc_hat *hat, dsc_pieces *pieces,
                              dsc_text_boxes *out, dsc_error *err);

#endif
