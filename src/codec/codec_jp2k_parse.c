/* SPDX-License-Identifier: Apache-2.0
 *
 * The structure of a JPEG 2000 codestream (ISO/IEC 15444-1 annex A): enough
 * to know before OpenJPEG allocates anything that the stream is whole and
 * that its size, depth and number of tiles, packets and code-blocks are in
 * proportion to its bytes.
 */
#include "codec/codec_jp2k_priv.h"

#include <string.h>

enum {
    PART2_RSIZ = 0x8000,
    HT_STYLE = 0x40,
    MAX_PRECISION = 16,
    MAX_TILES = 16384,
    MAX_BLOCKS = 1 << 22, /* code-blocks; OpenJPEG has some 200 bytes each */
    SOT_LENGTH = 10,
    DEFAULT_PRECINCT = 0xFF,
};

/* Samples of a frame: 1 GiB of OpenJPEG's integers. */
static const uint64_t max_samples = (uint64_t)1 << 28;

typedef struct reader {
    dsc_j2k_head *h;
    uint8_t *next_part; /* of each tile */
    uint64_t packets;
    bool saw_cod, saw_qcd;
} reader;

static dsc_status broken(dsc_error *err, size_t at, const char *what)
{
    return dsc_fail(err, DSC_BADFILE, "JPEG 2000 stream: %s at byte %zu", what,
                    at);
}

/* ---- boxes ---- */

static const uint8_t jp2_signature[12] = {0,   0,   0,    12,   'j',  'P',
                                          ' ', ' ', 0x0D, 0x0A, 0x87, 0x0A};

/* DICOM wants the bare codestream, but files with JP2 boxes around it exist. */
static dsc_status find_codestream(dsc_bytes *out, dsc_bytes in, dsc_error *err)
{
    size_t pos = 0;
    *out = in;
    if (in.len < sizeof jp2_signature ||
        memcmp(in.data, jp2_signature, sizeof jp2_signature) != 0)
        return DSC_OK;
    while (in.len - pos >= 8) {
        const uint8_t *p = in.data + pos;
        uint64_t len = dsc_j2k_get32(p);
        size_t head = 8;
        if (len == 1) {
            if (in.len - pos < 16)
                break;
            len = (uint64_t)dsc_j2k_get32(p + 8) << 32 | dsc_j2k_get32(p + 12);
            head = 16;
        } else if (len == 0) {
            len = in.len - pos;
        }
        if (len < head)
            break;
        bool is_stream = memcmp(p + 4, "jp2c", 4) == 0;
        /* The last box may count padding that is no longer there. */
        if (len > in.len - pos)
            return broken(err, pos, "box longer than the frame");
        if (is_stream) {
            out->data = p + head;
            out->len = (size_t)len - head;
            return DSC_OK;
        }
        pos += (size_t)len;
    }
    return broken(err, pos, "no codestream box");
}

/* ---- main header ---- */

static dsc_status read_siz(dsc_j2k_head *h, const uint8_t *p, size_t n,
                           dsc_error *err)
{
    if (n < 36 || n != 36 + 3 * (size_t)dsc_j2k_get16(p + 34))
        return broken(err, 4, "bad SIZ length");
    if (dsc_j2k_get16(p) & PART2_RSIZ)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG 2000 stream with extensions of part 2");
    h->xsiz = dsc_j2k_get32(p + 2);
    h->ysiz = dsc_j2k_get32(p + 6);
    h->xosiz = dsc_j2k_get32(p + 10);
    h->yosiz = dsc_j2k_get32(p + 14);
    h->xtsiz = dsc_j2k_get32(p + 18);
    h->ytsiz = dsc_j2k_get32(p + 22);
    h->xtosiz = dsc_j2k_get32(p + 26);
    h->ytosiz = dsc_j2k_get32(p + 30);
    h->components = (uint16_t)dsc_j2k_get16(p + 34);
    if (h->xsiz > INT32_MAX || h->ysiz > INT32_MAX || h->xosiz >= h->xsiz ||
        h->yosiz >= h->ysiz || !h->xtsiz || !h->ytsiz || h->xtosiz > h->xosiz ||
        h->ytosiz > h->yosiz || (uint64_t)h->xtosiz + h->xtsiz <= h->xosiz ||
        (uint64_t)h->ytosiz + h->ytsiz <= h->yosiz)
        return broken(err, 4, "impossible size or tiling");
    if (h->components != 1 && h->components != 3)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG 2000 stream of %u components", h->components);
    for (unsigned c = 0; c < h->components; c++) {
        const uint8_t *s = p + 36 + 3 * c;
        if (s[0] != p[36])
            return dsc_fail(err, DSC_UNSUPPORTED,
                            "JPEG 2000 components of different depth");
        if (s[1] != 1 || s[2] != 1)
            return dsc_fail(err, DSC_UNSUPPORTED,
                            "JPEG 2000 stream with subsampled components");
    }
    h->precision = (uint8_t)((p[36] & 0x7F) + 1);
    h->is_signed = (p[36] & 0x80) != 0;
    if (h->precision > MAX_PRECISION)
        return dsc_fail(err, DSC_UNSUPPORTED, "JPEG 2000 stream of %u bits",
                        h->precision);
    return DSC_OK;
}

static dsc_status count_tiles(dsc_j2k_head *h, dsc_error *err)
{
    uint64_t w = h->xsiz - h->xosiz, ht = h->ysiz - h->yosiz;
    if (w * ht * h->components > max_samples)
        return dsc_fail(err, DSC_LIMIT,
                        "JPEG 2000 frame of more than 2^28 samples");
    uint64_t across = (h->xsiz - h->xtosiz + (uint64_t)h->xtsiz - 1) / h->xtsiz;
    uint64_t down = (h->ysiz - h->ytosiz + (uint64_t)h->ytsiz - 1) / h->ytsiz;
    if (across * down > MAX_TILES)
        return dsc_fail(err, DSC_LIMIT, "JPEG 2000 stream of over %d tiles",
                        MAX_TILES);
    h->tiles_x = (uint32_t)across;
    h->tiles = (uint32_t)(across * down);
    /* Each has a tile-part of at least a SOT segment and SOD. */
    if (h->tiles > h->stream.len / (SOT_LENGTH + 4))
        return broken(err, 4, "more tiles than its bytes can hold");
    return DSC_OK;
}

/* SPcod / SPcoc: n bytes at p. */
static dsc_status read_coding(dsc_j2k_coding *c, const uint8_t *p, size_t n,
                              bool precincts, dsc_error *err)
{
    if (n < 5 || p[0] > DSC_J2K_MAX_LEVELS || p[4] > 1 || p[1] > 8 ||
        p[2] > 8 || p[1] + p[2] > 8 ||
        n != 5 + (precincts ? (size_t)p[0] + 1 : 0))
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG 2000 stream: bad coding style segment");
    c->levels = p[0];
    c->block_w = (uint8_t)(p[1] + 2);
    c->block_h = (uint8_t)(p[2] + 2);
    c->style = p[3];
    c->wavelet = p[4];
    memset(c->precinct, DEFAULT_PRECINCT, sizeof c->precinct);
    if (precincts)
        memcpy(c->precinct, p + 5, (size_t)p[0] + 1);
    return DSC_OK;
}

static dsc_status read_cod(dsc_j2k_cod *cod, const uint8_t *p, size_t n,
                           dsc_error *err)
{
    if (n < 10)
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG 2000 stream: bad coding style segment");
    cod->order = p[1];
    cod->layers = (uint16_t)dsc_j2k_get16(p + 2);
    cod->mct = p[4];
    if (cod->order > 4 || !cod->layers || cod->mct > 1)
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG 2000 stream: bad coding style segment");
    dsc_status st = read_coding(&cod->comp[0], p + 5, n - 5, p[0] & 1, err);
    for (unsigned c = 1; c < DSC_J2K_MAX_COMPONENTS; c++)
        cod->comp[c] = cod->comp[0];
    return st;
}

static dsc_status read_coc(const dsc_j2k_head *h, dsc_j2k_cod *cod,
                           const uint8_t *p, size_t n, dsc_error *err)
{
    if (n < 2 || p[0] >= h->components)
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG 2000 stream: bad component coding style");
    return read_coding(&cod->comp[p[0]], p + 2, n - 2, p[1] & 1, err);
}

static bool main_marker(unsigned m)
{
    switch (m) {
    case DSC_J2K_CAP:
    case DSC_J2K_COD:
    case DSC_J2K_COC:
    case DSC_J2K_TLM:
    case DSC_J2K_PLM:
    case DSC_J2K_QCD:
    case DSC_J2K_QCC:
    case DSC_J2K_RGN:
    case DSC_J2K_POC:
    case DSC_J2K_PPM:
    case DSC_J2K_CRG:
    case DSC_J2K_COM:
    case 0xFF59: /* CPF, corresponding profile (part 15) */
        return true;
    default:
        return false;
    }
}

static dsc_status main_segment(reader *r, unsigned m, const uint8_t *p,
                               size_t n, dsc_error *err)
{
    dsc_j2k_head *h = r->h;
    switch (m) {
    case DSC_J2K_CAP:
        h->high_throughput = true;
        return DSC_OK;
    case DSC_J2K_COD:
        if (r->saw_cod)
            return dsc_fail(err, DSC_BADFILE, "JPEG 2000 stream: second COD");
        r->saw_cod = true;
        return read_cod(&h->cod, p, n, err);
    case DSC_J2K_COC:
        if (!r->saw_cod)
            return dsc_fail(err, DSC_BADFILE,
                            "JPEG 2000 stream: COC before COD");
        return read_coc(h, &h->cod, p, n, err);
    case DSC_J2K_QCD:
        r->saw_qcd = true;
        return DSC_OK;
    case DSC_J2K_RGN:
        h->has_roi = true;
        return DSC_OK;
    case DSC_J2K_POC:
    case DSC_J2K_PPM:
        h->has_reorder = true;
        return DSC_OK;
    default:
        return DSC_OK;
    }
}

/* Read the marker at *pos and step over its segment. */
static dsc_status next_segment(const dsc_j2k_head *h, size_t *pos, size_t end,
                               unsigned *marker, const uint8_t **body,
                               size_t *n, dsc_error *err)
{
    const uint8_t *d = h->stream.data;
    if (end - *pos < 4)
        return broken(err, *pos, "cut off");
    *marker = dsc_j2k_get16(d + *pos);
    size_t len = dsc_j2k_get16(d + *pos + 2);
    if (len < 2 || len > end - *pos - 2)
        return broken(err, *pos, "bad segment length");
    *body = d + *pos + 4;
    *n = len - 2;
    *pos += 2 + len;
    return DSC_OK;
}

static dsc_status read_main(reader *r, dsc_error *err)
{
    dsc_j2k_head *h = r->h;
    const uint8_t *d = h->stream.data, *body;
    size_t pos = 2, n, at = 2;
    unsigned m;
    if (h->stream.len < 4 || dsc_j2k_get16(d) != DSC_J2K_SOC)
        return broken(err, 0, "no start of codestream");
    dsc_status st = next_segment(h, &pos, h->stream.len, &m, &body, &n, err);
    if (st)
        return st;
    if (m != DSC_J2K_SIZ)
        return broken(err, at, "no SIZ");
    st = read_siz(h, body, n, err);
    if (!st)
        st = count_tiles(h, err);
    while (!st) {
        at = pos;
        if (h->stream.len - pos >= 2 && dsc_j2k_get16(d + pos) == DSC_J2K_SOT)
            break;
        st = next_segment(h, &pos, h->stream.len, &m, &body, &n, err);
        if (!st && !main_marker(m))
            st = broken(err, at, "unexpected marker");
        if (!st)
            st = main_segment(r, m, body, n, err);
    }
    h->first_sot = pos;
    if (!st && (!r->saw_cod || !r->saw_qcd))
        st = broken(err, pos, "no COD or QCD");
    return st;
}

/* ---- tile-parts ---- */

static uint32_t ceil_shift(uint32_t v, unsigned s)
{
    return (uint32_t)(((uint64_t)v + ((uint64_t)1 << s) - 1) >> s);
}

/* Precincts of a span of one resolution (15444-1 equation B-16). */
static uint64_t precincts(uint32_t a, uint32_t b, unsigned down, unsigned pp)
{
    uint32_t lo = ceil_shift(a, down), hi = ceil_shift(b, down);
    return hi > lo ? ceil_shift(hi, pp) - (lo >> pp) : 0;
}

static void tile_span(uint32_t *a, uint32_t *b, uint32_t index, uint32_t offset,
                      uint32_t size, uint32_t image0, uint32_t image1)
{
    uint64_t lo = offset + (uint64_t)index * size, hi = lo + size;
    *a = lo < image0 ? image0 : (uint32_t)lo;
    *b = hi > image1 ? image1 : (uint32_t)hi;
}

/* Every packet takes a byte at least: tiny precincts over a large picture,
 * or layers by the thousand, are no way to make a decoder allocate. */
static dsc_status count_packets(reader *r, uint32_t tile,
                                const dsc_j2k_cod *cod, dsc_error *err)
{
    const dsc_j2k_head *h = r->h;
    uint32_t x0, x1, y0, y1;
    uint64_t blocks = 0;
    tile_span(&x0, &x1, tile % h->tiles_x, h->xtosiz, h->xtsiz, h->xosiz,
              h->xsiz);
    tile_span(&y0, &y1, tile / h->tiles_x, h->ytosiz, h->ytsiz, h->yosiz,
              h->ysiz);
    for (unsigned c = 0; c < h->components; c++) {
        const dsc_j2k_coding *k = &cod->comp[c];
        for (unsigned i = 0; i <= k->levels; i++) {
            unsigned down = k->levels - i, pp = k->precinct[i];
            if (i > 0 && (!(pp & 15) || !(pp >> 4)))
                return broken(err, h->first_sot, "bad precinct size");
            r->packets += precincts(x0, x1, down, pp & 15) *
                          precincts(y0, y1, down, pp >> 4) * cod->layers;
        }
        blocks +=
            ((uint64_t)(x1 - x0) * (y1 - y0)) >> (k->block_w + k->block_h);
    }
    if (r->packets > h->stream.len)
        return broken(err, h->first_sot, "more packets than bytes");
    if (blocks > MAX_BLOCKS)
        return dsc_fail(err, DSC_LIMIT,
                        "JPEG 2000 stream of over %d code-blocks", MAX_BLOCKS);
    return DSC_OK;
}

static dsc_status tile_segment(reader *r, dsc_j2k_cod *cod, bool first,
                               unsigned m, const uint8_t *p, size_t n,
                               dsc_error *err)
{
    dsc_j2k_head *h = r->h;
    if (!first && (m == DSC_J2K_COD || m == DSC_J2K_COC || m == DSC_J2K_QCD ||
                   m == DSC_J2K_QCC || m == DSC_J2K_RGN))
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG 2000 stream: coding style in a later tile-part");
    switch (m) {
    case DSC_J2K_COD:
        return read_cod(cod, p, n, err);
    case DSC_J2K_COC:
        return read_coc(h, cod, p, n, err);
    case DSC_J2K_POC:
    case DSC_J2K_PPT:
        h->has_reorder = true;
        return DSC_OK;
    case DSC_J2K_QCD:
    case DSC_J2K_QCC:
    case DSC_J2K_RGN:
    case DSC_J2K_PLT:
    case DSC_J2K_COM:
        return DSC_OK;
    default:
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG 2000 stream: unexpected marker in a tile-part");
    }
}

/* From the SOT at `pos`; sets *end. */
static dsc_status read_part(reader *r, size_t pos, size_t *end, dsc_error *err)
{
    dsc_j2k_head *h = r->h;
    const uint8_t *d = h->stream.data, *body;
    size_t sot = pos, n;
    unsigned m;
    dsc_j2k_cod cod = h->cod;
    dsc_status st = next_segment(h, &pos, h->stream.len, &m, &body, &n, err);
    if (st)
        return st;
    if (n != SOT_LENGTH - 2)
        return broken(err, sot, "bad SOT length");
    uint32_t tile = dsc_j2k_get16(body), part = body[6];
    size_t length = dsc_j2k_get32(body + 2);
    /* 0: up to the end of the codestream; the EOC is cut off later. */
    if (length == 0 && h->stream.len - sot >= 2)
        length = h->stream.len - sot - 2;
    if (length < SOT_LENGTH + 4 || length > h->stream.len - sot)
        return broken(err, sot, "tile-part longer than the stream");
    if (tile >= h->tiles || part != r->next_part[tile] || part == 255)
        return broken(err, sot, "tile-part out of order");
    r->next_part[tile]++;
    *end = sot + length;
    while (*end - pos < 2 || dsc_j2k_get16(d + pos) != DSC_J2K_SOD) {
        st = next_segment(h, &pos, *end, &m, &body, &n, err);
        if (!st)
            st = tile_segment(r, &cod, part == 0, m, body, n, err);
        if (st)
            return st;
    }
    h->parts[h->part_count++] = (dsc_j2k_part){sot, *end, tile};
    return part == 0 ? count_packets(r, tile, &cod, err) : DSC_OK;
}

static dsc_status room_for_part(dsc_j2k_head *h, size_t *cap, dsc_error *err)
{
    if (h->part_count < *cap)
        return DSC_OK;
    size_t want = *cap ? *cap * 2 : 16;
    dsc_j2k_part *more = dsc_calloc(want, sizeof *more);
    if (!more)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    if (h->part_count)
        memcpy(more, h->parts, h->part_count * sizeof *more);
    dsc_free(h->parts);
    h->parts = more;
    *cap = want;
    return DSC_OK;
}

static dsc_status read_parts(reader *r, dsc_error *err)
{
    dsc_j2k_head *h = r->h;
    const uint8_t *d = h->stream.data;
    size_t pos = h->first_sot, cap = 0;
    dsc_status st = DSC_OK;
    while (!st) {
        if (h->stream.len - pos < 2)
            return broken(err, pos, "it ends before its end marker");
        unsigned m = dsc_j2k_get16(d + pos);
        if (m == DSC_J2K_EOC)
            break;
        if (m != DSC_J2K_SOT)
            return broken(err, pos, "no tile-part");
        st = room_for_part(h, &cap, err);
        if (!st)
            st = read_part(r, pos, &pos, err);
    }
    if (st)
        return st;
    h->stream.len = pos + 2;
    for (uint32_t t = 0; t < h->tiles; t++)
        if (!r->next_part[t])
            return broken(err, pos, "missing tile");
    return DSC_OK;
}

/* Padding after EOC must not count where Psot is 0. */
static void trim_padding(dsc_bytes *s)
{
    while (s->len > 2 && dsc_j2k_get16(s->data + s->len - 2) != DSC_J2K_EOC &&
           (s->data[s->len - 1] == 0 || s->data[s->len - 1] == 0xFF))
        s->len--;
}

dsc_status dsc_j2k__parse(dsc_j2k_head *head, dsc_bytes in, dsc_error *err)
{
    reader r = {.h = head};
    memset(head, 0, sizeof *head);
    dsc_status st = find_codestream(&head->stream, in, err);
    if (st)
        return st;
    trim_padding(&head->stream);
    st = read_main(&r, err);
    if (st)
        return st;
    r.next_part = dsc_alloc(head->tiles);
    if (!r.next_part)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    st = read_parts(&r, err);
    dsc_free(r.next_part);
    for (unsigned c = 0; c < head->components; c++)
        if (head->cod.comp[c].style & HT_STYLE)
            head->high_throughput = true;
    return st;
}

void dsc_j2k__free(dsc_j2k_head *head)
{
    dsc_free(head->parts);
    head->parts = NULL;
    head->part_count = 0;
}

dsc_status dsc_j2k__match(const dsc_j2k_head *head, const dsc_format *fmt,
                          dsc_error *err)
{
    uint32_t w = head->xsiz - head->xosiz, h = head->ysiz - head->yosiz;
    unsigned room = fmt->bits_allocated < 8 ? 8 : fmt->bits_allocated;
    if (w != fmt->columns || h != fmt->rows)
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG 2000 stream of %u x %u where the dataset says "
                        "%u x %u",
                        w, h, fmt->columns, fmt->rows);
    if (head->components != fmt->samples)
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG 2000 stream of %u components where the dataset "
                        "says %u samples per pixel",
                        head->components, fmt->samples);
    if (head->precision > room)
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG 2000 stream of %u bits where the dataset "
                        "allocates %u",
                        head->precision, fmt->bits_allocated);
    return DSC_OK;
}
