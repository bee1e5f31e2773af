/* SPDX-License-Identifier: Apache-2.0
 *
 * Blank rectangles of a tiled JPEG 2000 stream so that every tile without one
 * keeps its bytes.
 *
 * A touched tile is encoded as a codestream of its own, at its own place on
 * the reference grid (so that the parity of its subbands and its code-block
 * partition stay), and its one tile-part takes the place of the old ones.
 * COD and QCD go into its header, where they override the main header's, so
 * that the tile may be reversible in an irreversible stream.
 */
#include "codec/codec_jp2k_priv.h"

#include <string.h>

enum {
    SOT_SEGMENT = 12,
    PSOT_OFFSET = 6
};

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v & 0xFFFF);
}

static dsc_status refuse(const dsc_j2k_head *h, dsc_error *err)
{
    if (h->tiles < 2)
        return dsc_fail(err, DSC_UNSUPPORTED, "JPEG 2000 stream of one tile");
    if (h->xosiz || h->yosiz || h->xtosiz || h->ytosiz)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG 2000 stream with an offset grid");
    if (h->has_roi || h->has_reorder || h->high_throughput)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG 2000 stream with packed headers, a region of "
                        "interest, reordering or high throughput");
    return DSC_OK;
}

static dsc_rect tile_rect(const dsc_j2k_head *h, uint32_t tile)
{
    /* Clipped to the picture, which is far below 2^31 on each side. */
    uint64_t x = (uint64_t)(tile % h->tiles_x) * h->xtsiz;
    uint64_t y = (uint64_t)(tile / h->tiles_x) * h->ytsiz;
    uint64_t w = h->xsiz - x < h->xtsiz ? h->xsiz - x : h->xtsiz;
    uint64_t ht = h->ysiz - y < h->ytsiz ? h->ysiz - y : h->ytsiz;
    return (dsc_rect){(int32_t)x, (int32_t)y, (int32_t)w, (int32_t)ht};
}

static bool touched(const dsc_rects *rects, dsc_rect tile)
{
    dsc_rects_foreach (r, rects)
        if (!dsc_rect_empty(dsc_rect_intersect(*r, tile)))
            return true;
    return false;
}

/* Frames of this codec are interleaved. */
static void fill_rect(dsc_frame *frame, dsc_rect r, const dsc_fill *fill)
{
    const dsc_format *f = &frame->fmt;
    size_t bytes = dsc_sample_bytes(f);
    r = dsc_rect_clip(r, f->columns, f->rows);
    for (int32_t y = r.y; y < r.y + r.h; y++) {
        size_t at = (size_t)y * f->columns + (size_t)r.x;
        uint8_t *p = frame->data + at * f->samples * bytes;
        for (int32_t x = 0; x < r.w; x++)
            for (unsigned s = 0; s < f->samples; s++, p += bytes) {
                if (bytes == 1)
                    *p = (uint8_t)fill->v[s];
                else if (bytes == 2)
                    memcpy(p, &(uint16_t){(uint16_t)fill->v[s]}, 2);
                else
                    memcpy(p, &fill->v[s], 4);
            }
    }
}

static dsc_status encode_tile(dsc_buf *piece, const dsc_j2k_head *h,
                              dsc_rect tile, const dsc_frame *frame, bool ict,
                              dsc_error *err)
{
    unsigned extra;
    dsc_j2k_params params = dsc_j2k__params_like(&h->cod);
    dsc_j2k_planes planes = {
        .x0 = (uint32_t)tile.x,
        .y0 = (uint32_t)tile.y,
        .w = (uint32_t)tile.w,
        .h = (uint32_t)tile.h,
        .components = h->components,
        .precision = h->precision,
        .is_signed = h->is_signed,
    };
    /* OpenJPEG allocates for whole tiles, however far they reach out */
    params.tile_w = h->xtsiz < h->xsiz ? h->xtsiz : h->xsiz;
    params.tile_h = h->ytsiz < h->ysiz ? h->ytsiz : h->ysiz;
    dsc_status st = dsc_j2k__planes_alloc(&planes, err);
    if (!st && !dsc_j2k__from_frame(&planes, frame))
        st = dsc_fail(err, DSC_UNSUPPORTED,
                      "blank value does not fit the stream's precision");
    if (!st)
        st = ict ? dsc_j2k__compress_fine(piece, &extra, &planes, &params, err)
                 : dsc_j2k__compress(piece, &planes, &params, err);
    dsc_j2k__planes_free(&planes);
    return st;
}

/* Copy the segments of a main header that a tile-part header may hold too and
 * that say how the tile is coded. */
static dsc_status copy_coding(dsc_buf *out, const dsc_j2k_head *piece,
                              dsc_error *err)
{
    const uint8_t *d = piece->stream.data;
    size_t pos = 2;
    dsc_status st = DSC_OK;
    while (!st && pos < piece->first_sot) {
        unsigned m = dsc_j2k_get16(d + pos);
        size_t n = 2 + dsc_j2k_get16(d + pos + 2);
        if (m == DSC_J2K_COD || m == DSC_J2K_COC || m == DSC_J2K_QCD ||
            m == DSC_J2K_QCC)
            st = dsc_buf_append(out, d + pos, n, err);
        pos += n;
    }
    return st;
}

static dsc_status graft(dsc_buf *out, const dsc_buf *piece_bytes, uint32_t tile,
                        dsc_error *err)
{
    dsc_j2k_head piece;
    size_t start = out->len;
    uint8_t sot[SOT_SEGMENT] = {0};
    dsc_status st = dsc_j2k__parse(
        &piece, (dsc_bytes){piece_bytes->data, piece_bytes->len}, err);
    if (st)
        goto done;
    if (piece.part_count != 1) {
        st = dsc_fail(err, DSC_INTERNAL, "tile of several parts");
        goto done;
    }
    put16(sot, DSC_J2K_SOT);
    put16(sot + 2, SOT_SEGMENT - 2);
    put16(sot + 4, tile);
    sot[11] = 1; /* TNsot */
    st = dsc_buf_append(out, sot, sizeof sot, err);
    if (!st)
        st = copy_coding(out, &piece, err);
    if (!st) {
        size_t body = piece.parts[0].sot + SOT_SEGMENT;
        st = dsc_buf_append(out, piece.stream.data + body,
                            piece.parts[0].end - body, err);
    }
    if (!st && out->len - start > UINT32_MAX)
        st = dsc_fail(err, DSC_LIMIT, "JPEG 2000 tile too large");
    if (!st)
        put32(out->data + start + PSOT_OFFSET, (uint32_t)(out->len - start));
done:
    dsc_j2k__free(&piece);
    return st;
}

/* All of the main header but the lengths of what comes after it. */
static dsc_status copy_main(dsc_buf *out, const dsc_j2k_head *h, dsc_error *err)
{
    const uint8_t *d = h->stream.data;
    size_t pos = 2;
    dsc_status st = dsc_buf_append(out, d, 2, err);
    while (!st && pos < h->first_sot) {
        unsigned m = dsc_j2k_get16(d + pos);
        size_t n = 2 + dsc_j2k_get16(d + pos + 2);
        if (m != DSC_J2K_TLM && m != DSC_J2K_PLM)
            st = dsc_buf_append(out, d + pos, n, err);
        pos += n;
    }
    return st;
}

static dsc_status rebuild(dsc_buf *out, const dsc_j2k_head *h,
                          const dsc_frame *frame, const dsc_rects *rects,
                          bool ict, dsc_error *err)
{
    static const uint8_t eoc[2] = {0xFF, 0xD9};
    dsc_buf piece = {0};
    uint8_t *done_tile = dsc_alloc(h->tiles);
    dsc_status st = DSC_OK;
    if (!done_tile)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    st = copy_main(out, h, err);
    for (size_t i = 0; i < h->part_count && !st; i++) {
        const dsc_j2k_part *p = &h->parts[i];
        dsc_rect tile = tile_rect(h, p->tile);
        if (!touched(rects, tile)) {
            st = dsc_buf_append(out, h->stream.data + p->sot, p->end - p->sot,
                                err);
        } else if (!done_tile[p->tile]) {
            done_tile[p->tile] = 1;
            st = encode_tile(&piece, h, tile, frame, ict, err);
            if (!st)
                st = graft(out, &piece, p->tile, err);
        }
    }
    if (!st)
        st = dsc_buf_append(out, eoc, sizeof eoc, err);
    dsc_buf_free(&piece);
    dsc_free(done_tile);
    return st;
}

dsc_status dsc_j2k__edit(dsc_buf *out, dsc_bytes in, const dsc_format *fmt,
                         const dsc_rects *rects, const dsc_fill *fill,
                         dsc_error *err)
{
    dsc_j2k_head head = {0};
    dsc_frame frame = {0}, again = {0};
    dsc_status st = dsc_codec__check_format(NULL, fmt, err);
    out->len = 0;
    if (!st)
        st = dsc_j2k__parse(&head, in, err);
    if (!st)
        st = dsc_j2k__match(&head, fmt, err);
    if (!st)
        st = refuse(&head, err);
    if (!st)
        st = dsc_j2k__decode(&frame, in, fmt, err);
    if (st)
        goto done;
    dsc_rects_foreach (r, rects)
        fill_rect(&frame, *r, fill);
    st = rebuild(out, &head, &frame, rects, dsc_j2k__wants_ict(fmt, &head.cod),
                 err);
    if (!st)
        st =
            dsc_j2k__decode(&again, (dsc_bytes){out->data, out->len}, fmt, err);
    if (!st && (again.size != frame.size ||
                memcmp(again.data, frame.data, frame.size) != 0))
        st = dsc_fail(err, DSC_UNSUPPORTED,
                      "JPEG 2000 tiles could not be put in exactly");
done:
    dsc_frame_free(&again);
    dsc_frame_free(&frame);
    dsc_j2k__free(&head);
    if (st)
        out->len = 0;
    return st;
}
