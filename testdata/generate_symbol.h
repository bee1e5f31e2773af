/* SPDX-License-Identifier: Apache-2.0
 *
 * Barcodes and QR codes, as real ones are made: for the test files and for the
 * tests of what finds them. Needs nothing else of the generator.
 */
#ifndef DSC_TESTDATA_GENERATE_SYMBOL_H
#define DSC_TESTDATA_GENERATE_SYMBOL_H

#include <stddef.h>
#include <stdint.h>

enum {
    GEN_CODE39,  /* digits and '-' */
    GEN_CODE128, /* set B: printable ASCII */
    GEN_ITF,     /* an even number of digits */
    GEN_EAN13,   /* 12 digits */
    GEN_BARCODES
};
#define GEN_MAX_RUNS 1000

/* Widths of bars and spaces in turn, a bar first and last, in modules; returns
 * how many. 0: this text cannot be written so. */
size_t gen_barcode(int kind, const char *text, uint8_t runs[GEN_MAX_RUNS]);

/* QR, version 2, level L, mask 0: up to 32 bytes. 1 is dark. */
#define GEN_QR_SIDE 25
typedef uint8_t gen_qr[GEN_QR_SIDE][GEN_QR_SIDE];
int gen_qr_make(const char *text, gen_qr out); /* 0: too long */

#endif
