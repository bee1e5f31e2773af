/* SPDX-License-Identifier: Apache-2.0
 *
 * JPEG 2000 streams of every kind, made with OpenJPEG itself.
 */
#ifndef DSC_TESTS_CODEC_JP2K_MAKER_H
#define DSC_TESTS_CODEC_JP2K_MAKER_H

#include "codec/codec_jp2k_priv.h"

typedef struct jp2k_recipe {
    unsigned precision;
    bool is_signed, irreversible, mct;
    uint32_t tile_w, tile_h;
    unsigned levels, layers; /* resolutions less one; 0 layers: 1 */
    int order;
    float rate; /* of the last layer; 0: all */
    int style;  /* SOP 2, EPH 4 */
    uint32_t x0, y0;
    int precinct; /* side; 0: none */
    bool parts;   /* a tile-part per resolution, with TLM and PLT */
} jp2k_recipe;

dsc_buf jp2k_make_stream(const dsc_frame *frame, jp2k_recipe r);
/* Both must succeed; free the result. */
dsc_frame jp2k_decode(dsc_bytes s, const dsc_format *fmt, const char *what);
dsc_j2k_head jp2k_parse(dsc_bytes s);

static inline dsc_bytes jp2k_bytes(const dsc_buf *b)
{
    return (dsc_bytes){b->data, b->len};
}

#endif
