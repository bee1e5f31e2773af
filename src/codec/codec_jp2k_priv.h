/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the JPEG 2000 codec: the codestream's structure (codec_jp2k_parse.c),
 * OpenJPEG (codec_jp2k_opj.c), tile surgery (codec_jp2k_tile.c).
 * Names of fields are those of ISO/IEC 15444-1 annex A.
 */
#ifndef DSC_CODEC_CODEC_JP2K_PRIV_H
#define DSC_CODEC_CODEC_JP2K_PRIV_H

#include "codec/codec_priv.h"

enum {
    DSC_J2K_SOC = 0xFF4F,
    DSC_J2K_CAP = 0xFF50,
    DSC_J2K_SIZ = 0xFF51,
    DSC_J2K_COD = 0xFF52,
    DSC_J2K_COC = 0xFF53,
    DSC_J2K_TLM = 0xFF55,
    DSC_J2K_PLM = 0xFF57,
    DSC_J2K_PLT = 0xFF58,
    DSC_J2K_QCD = 0xFF5C,
    DSC_J2K_QCC = 0xFF5D,
    DSC_J2K_RGN = 0xFF5E,
    DSC_J2K_POC = 0xFF5F,
    DSC_J2K_PPM = 0xFF60,
    DSC_J2K_PPT = 0xFF61,
    DSC_J2K_CRG = 0xFF63,
    DSC_J2K_COM = 0xFF64,
    DSC_J2K_SOT = 0xFF90,
    DSC_J2K_SOD = 0xFF93,
    DSC_J2K_EOC = 0xFFD9,
    DSC_J2K_MAX_LEVELS = 32,
    DSC_J2K_MAX_COMPONENTS = 3,
    /* Where Ssiz of component c lies in a codestream: + 3 * c. */
    DSC_J2K_SSIZ_OFFSET = 42,
};

/* How one component is coded (COD, COC). */
typedef struct dsc_j2k_coding {
    uint8_t levels;
    uint8_t block_w, block_h; /* exponents, 2 to 10 */
    uint8_t style;
    uint8_t wavelet; /* 0: 9/7 irreversible, 1: 5/3 reversible */
    uint8_t precinct[DSC_J2K_MAX_LEVELS + 1]; /* PPy << 4 | PPx, from LL up */
} dsc_j2k_coding;

typedef struct dsc_j2k_cod {
    uint8_t order;
    uint16_t layers;
    uint8_t mct;
    dsc_j2k_coding comp[DSC_J2K_MAX_COMPONENTS];
} dsc_j2k_cod;

typedef struct dsc_j2k_part {
    size_t sot; /* offset of the SOT marker */
    size_t end; /* of the tile-part */
    uint32_t tile;
} dsc_j2k_part;

/* Offsets are from `stream.data`, the codestream without JP2 boxes, from SOC
 * up to and with EOC. */
typedef struct dsc_j2k_head {
    dsc_bytes stream;
    uint32_t xsiz, ysiz, xosiz, yosiz, xtsiz, ytsiz, xtosiz, ytosiz;
    uint32_t tiles_x, tiles; /* across, all */
    uint16_t components;
    uint8_t precision;
    bool is_signed;
    bool high_throughput;
    bool has_roi;     /* RGN in the main header */
    bool has_reorder; /* POC, PPM or PPT anywhere */
    size_t first_sot;
    dsc_j2k_cod cod; /* of the main header */
    dsc_j2k_part *parts;
    size_t part_count;
} dsc_j2k_head;

static inline uint32_t dsc_j2k_get16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}
static inline uint32_t dsc_j2k_get32(const uint8_t *p)
{
    return dsc_j2k_get16(p) << 16 | dsc_j2k_get16(p + 2);
}

/* Parse and check the whole structure: main header, every tile-part, EOC;
 * every tile present, no more packets than there are bytes. Frees nothing on
 * failure that it does not own: call dsc_j2k__free in any case. */
dsc_status dsc_j2k__parse(dsc_j2k_head *head, dsc_bytes in,
                          dsc_error *err) DSC_WARN_UNUSED;
void dsc_j2k__free(dsc_j2k_head *head);

/* Does it agree with the dataset's format? */
dsc_status dsc_j2k__match(const dsc_j2k_head *head, const dsc_format *fmt,
                          dsc_error *err) DSC_WARN_UNUSED;

/* ---- OpenJPEG ---- */

/* Samples as integers, one plane after the other, on the reference grid. */
typedef struct dsc_j2k_planes {
    uint32_t x0, y0, w, h;
    uint16_t components;
    uint8_t precision;
    bool is_signed;
    int32_t *data;
    size_t count; /* of int32_t */
} dsc_j2k_planes;

dsc_status dsc_j2k__planes_alloc(dsc_j2k_planes *planes,
                                 dsc_error *err) DSC_WARN_UNUSED;
void dsc_j2k__planes_free(dsc_j2k_planes *planes);

/* Decode a codestream whose size has been checked; geometry and precision of
 * `planes` say what must come out. */
dsc_status dsc_j2k__decompress(dsc_j2k_planes *planes, dsc_bytes stream,
                               dsc_error *err) DSC_WARN_UNUSED;

typedef struct dsc_j2k_params {
    bool irreversible;
    bool mct;
    uint8_t order;
    uint8_t levels;
    uint8_t block_w, block_h; /* exponents */
    uint32_t tile_w, tile_h;  /* 0: one tile */
} dsc_j2k_params;

/* Encode without rate control: every bit plane is kept. */
dsc_status dsc_j2k__compress(dsc_buf *out, const dsc_j2k_planes *planes,
                             const dsc_j2k_params *params,
                             dsc_error *err) DSC_WARN_UNUSED;

/* The same with the 9/7 wavelet, quantised so finely that rounding gives the
 * samples back (docs/adr/0002-ycc-irreversible.md). The stream's SIZ says
 * precision + *extra bits. DSC_UNSUPPORTED where no fineness is enough. */
dsc_status dsc_j2k__compress_fine(dsc_buf *out, unsigned *extra,
                                  const dsc_j2k_planes *planes,
                                  const dsc_j2k_params *params,
                                  dsc_error *err) DSC_WARN_UNUSED;

/* ---- between frames and planes ---- */

/* Words <-> integers. A signed value is kept in max(precision, high bit + 1)
 * bits of the word, zeros above, so that every word has one meaning. */
dsc_status dsc_j2k__to_frame(dsc_frame *frame, const dsc_j2k_planes *planes,
                             dsc_error *err) DSC_WARN_UNUSED;
/* Only the rectangle of `planes` (x0, y0, w, h). false where a word does not
 * fit the precision. */
bool dsc_j2k__from_frame(dsc_j2k_planes *planes, const dsc_frame *frame);

/* Must the colour stay YBR_ICT, that is irreversible? */
bool dsc_j2k__wants_ict(const dsc_format *fmt, const dsc_j2k_cod *cod);
dsc_j2k_params dsc_j2k__params_like(const dsc_j2k_cod *cod);

dsc_status dsc_j2k__decode(dsc_frame *out, dsc_bytes in, const dsc_format *fmt,
                           dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_j2k__edit(dsc_buf *out, dsc_bytes in, const dsc_format *fmt,
                         const dsc_rects *rects, const dsc_fill *fill,
                         dsc_error *err) DSC_WARN_UNUSED;

#endif
