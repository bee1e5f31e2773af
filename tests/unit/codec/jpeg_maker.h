/* SPDX-License-Identifier: Apache-2.0
 *
 * JPEG streams made by libjpeg for the tests, and an own look at their
 * coefficients. */
#ifndef DSC_TESTS_JPEG_MAKER_H
#define DSC_TESTS_JPEG_MAKER_H

#include "codec/codec.h"

#include <stdio.h>

#include <jpeglib.h>

typedef struct jpeg_recipe {
    char name[32]; /* no pointer: test parameters are copied about */
    uint32_t w, h;
    int comps;
    int hs[3], vs[3]; /* sampling factors */
    int quality;
    unsigned restart;       /* in MCUs */
    bool progressive;       /* libjpeg's simple script */
    bool separate;          /* sequential, one scan for each component */
    bool cut_dc;            /* progressive, the last DC bit is never sent */
    bool many_scans;        /* progressive, one scan for each coefficient */
    bool optimise;          /* Huffman tables made for this image */
    bool rgb;               /* RGB inside, Adobe marker with transform 0 */
    bool bare;              /* neither JFIF nor Adobe */
    bool comment;           /* COM, APP1, APP5 and a JFIF thumbnail */
    bool flat;              /* one level in all components */
    bool neutral;           /* YBR without colour */
    uint32_t red;           /* YBR: so many columns of red, black beside them */
    bool wide_tables;       /* 16-bit quantisers, so SOF1 */
    unsigned dc_quant;      /* overrides the DC quantiser */
    const uint8_t *picture; /* w * h * comps samples in place of noise; not in
                               parameters */
} jpeg_recipe;

/* A noisy picture, never black. Free with dsc_buf_free. */
void jpeg_make(dsc_buf *out, const jpeg_recipe *r);
dsc_format jpeg_format(const jpeg_recipe *r);

/* All quantised coefficients. */
typedef struct jpeg_coefs {
    int comps;
    int h[3], v[3], maxh, maxv;
    unsigned across[3], down[3]; /* blocks */
    uint16_t quant[3][64];
    int16_t *block[3]; /* across * down * 64 */
    unsigned restart;
    bool progressive, jfif, adobe;
    int adobe_transform;
} jpeg_coefs;
void jpeg_look(jpeg_coefs *out, dsc_bytes in);
void jpeg_look_free(jpeg_coefs *c);

/* The stream again with one coefficient changed by `delta`. */
void jpeg_alter(dsc_buf *out, dsc_bytes in, int comp, unsigned bx, unsigned by,
                int k, int delta);

/* How many markers of this kind (0xC0 ... 0xFE) stand outside entropy data. */
unsigned jpeg_count_markers(dsc_bytes in, uint8_t marker);

static inline dsc_bytes bytes_of(const dsc_buf *b)
{
    return (dsc_bytes){b->data, b->len};
}

#endif
