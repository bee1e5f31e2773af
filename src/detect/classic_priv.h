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
    int shift; /* the plane was halved so often */
    bool dark; /* the hat of the negative */
} dsc_hat;

/* What a chain of pieces looks like, in thousandths but for the first three. */
typedef struct dsc_features {
    int32_t glyphs10; /* tenths of glyphs */
    int32_t height;   /* of a glyph */
    int32_t peak;     /* contrast */
    int32_t sharp;    /* rise over three pixels / peak */
    int32_t uneven;   /* variance of the runs' peaks / peak squared */
    int32_t ring_ink, ring_half; /* share of the frame around that is ink */
    int32_t half;                /* half-tones for each ink pixel */
    int32_t paper;               /* mean paper / peak */
    int32_t tall;                /* height of the line / of a glyph */
    int32_t base;    /* spread of bottoms or tops, whichever is less */
    int32_t heights; /* spread of heights */
    int32_t fill;
    int32_t stroke, strokes; /* stroke / height; spread of strokes */
    int32_t rows, columns;   /* strokes that a row or column crosses */
    int32_t far;             /* what is not paper half a height away */
} dsc_features;
/* line: the chain's box as it reads; box: in the plane; tmp: room for n. */
dsc_features dsc_classic__measure(const dsc_hat *hat, const dsc_piece *pieces,
                                  size_t n, dsc_rect line, dsc_rect box,
                                  int32_t *tmp);
/* How much each feature speaks for text, fitted to examples. There are tables
 * for one glyph, two, a short line and a long one. */
enum {
    DSC_CLASSIC_CLASSES = 4,
    DSC_CLASSIC_FEATURES = sizeof(dsc_features) / sizeof(int32_t),
    DSC_CLASSIC_BINS = 8
};
typedef struct dsc_weights {
    int32_t bias;
    struct {
        int32_t n; /* intervals but one */
        int32_t edges[DSC_CLASSIC_BINS - 1];
        int32_t weights[DSC_CLASSIC_BINS];
    } features[DSC_CLASSIC_FEATURES]; /* in the order of dsc_features */
} dsc_weights;
extern const dsc_weights dsc_classic__weights[DSC_CLASSIC_CLASSES];

/* Log-odds of text in hundredths, less what a chain of that area must have;
 * below 0 it is no text. */
int32_t dsc_classic__odds(const dsc_features *f, int64_t area, bool turned);

#ifdef DSC_DETECT_TRACE
void dsc_classic__trace(const dsc_hat *hat, dsc_rect box, bool turned,
                        const dsc_features *f);
#endif

/* Chain pieces to lines of upright and of turned text and add those that look
 * like text; their score is the log-odds. */
dsc_status dsc_classic__lines(const dsc_hat *hat, const dsc_pieces *pieces,
                              dsc_text_boxes *out, dsc_error *err);

#endif
