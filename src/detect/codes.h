/* SPDX-License-Identifier: Apache-2.0
 *
 * Where are barcodes, QR codes and the like? Found by how they look, never
 * decoded: what cannot be decoded any more may still identify somebody.
 */
#ifndef DSC_DETECT_CODES_H
#define DSC_DETECT_CODES_H

#include "image/text.h"

typedef enum dsc_code_kind {
    DSC_CODE_BARS,  /* Code 39, Code 128, EAN ..., PDF417; lying or standing */
    DSC_CODE_MATRIX /* QR, Data Matrix, Aztec */
} dsc_code_kind;

typedef struct dsc_code {
    dsc_rect box; /* all of the code and a little around */
    dsc_code_kind kind;
} dsc_code;

typedef struct dsc_codes {
    dsc_code *items;
    size_t count, cap;
} dsc_codes;
void dsc_codes_free(dsc_codes *codes);

/* Codes in the part `within` of the plane (NULL: all of it), dark on light or
 * light on dark. Replaces the content of *out. */
dsc_status dsc_codes_find(const dsc_plane *plane, const dsc_rect *within,
                          dsc_codes *out, dsc_error *err) DSC_WARN_UNUSED;

#endif
