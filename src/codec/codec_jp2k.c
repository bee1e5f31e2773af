/* SPDX-License-Identifier: Apache-2.0
 *
 * JPEG 2000 (.90, .91) and the decoding of High-Throughput JPEG 2000 (.201 to
 * .203), which OpenJPEG cannot write: changed frames become .90.
 */
#include <string.h>

#include "codec/codec_jp2k_priv.h"

#define UID_PREFIX "1.2.840.10008.1.2.4."

static const char UID_LOSSLESS[] = UID_PREFIX "90";
static const char UID_GENERAL[] = UID_PREFIX "91";
static const char UID_HT[] = UID_PREFIX "20";

/* UIDs may carry padding. */
static bool uid_starts(const char *uid, const char *with)
{
    return strncmp(uid, with, strlen(with)) == 0;
}

/* ---- words and integers ---- */

static unsigned word_bits(const dsc_format *fmt)
{
    return (unsigned)dsc_sample_bytes(fmt) * 8;
}

/* How many bits of a word a value takes; signed ones are cut off there. */
static unsigned value_bits(const dsc_format *fmt, unsigned precision)
{
    unsigned bits = fmt->high_bit + 1u;
    if (bits < precision)
        bits = precision;
    return bits < word_bits(fmt) ? bits : word_bits(fmt);
}

static uint32_t low_mask(unsigned bits)
{
    return bits >= 32 ? UINT32_MAX : ((uint32_t)1 << bits) - 1;
}

static void put_word(uint8_t *dst, size_t bytes, uint32_t word)
{
    if (bytes == 1)
        *dst = (uint8_t)word;
    else if (bytes == 2)
        memcpy(dst, &(uint16_t){(uint16_t)word}, 2);
    else
        memcpy(dst, &word, 4);
}

static uint32_t get_word(const uint8_t *src, size_t bytes)
{
    uint16_t half;
    uint32_t word;
    if (bytes == 1)
        return *src;
    if (bytes == 2) {
        memcpy(&half, src, 2);
        return half;
    }
    memcpy(&word, src, 4);
    return word;
}

dsc_status dsc_j2k__to_frame(dsc_frame *frame, const dsc_j2k_planes *p,
                             dsc_error *err)
{
    const dsc_format *f = &frame->fmt;
    size_t bytes = dsc_sample_bytes(f), pixels = (size_t)p->w * p->h;
    uint32_t mask = low_mask(value_bits(f, p->precision));
    DSC_CHECK(frame->size == pixels * p->components * bytes, err);
    DSC_CHECK(f->layout == DSC_INTERLEAVED, err);
    for (size_t c = 0; c < p->components; c++) {
        const int32_t *src = p->data + c * pixels;
        uint8_t *dst = frame->data + c * bytes;
        for (size_t i = 0; i < pixels; i++, dst += p->components * bytes)
            put_word(dst, bytes, (uint32_t)src[i] & mask);
    }
    return DSC_OK;
}

/* false where the word has bits that a stream of this precision cannot hold */
static bool to_value(int32_t *out, uint32_t word, unsigned bits,
                     unsigned precision, bool is_signed)
{
    if (word & ~low_mask(is_signed ? bits : precision))
        return false;
    if (!is_signed) {
        *out = (int32_t)word;
        return true;
    }
    int64_t v = word;
    if (word >> (bits - 1) & 1)
        v -= (int64_t)1 << bits;
    int64_t half = (int64_t)1 << (precision - 1);
    *out = (int32_t)v;
    return v >= -half && v < half;
}

bool dsc_j2k__from_frame(dsc_j2k_planes *p, const dsc_frame *frame)
{
    const dsc_format *f = &frame->fmt;
    size_t bytes = dsc_sample_bytes(f);
    size_t all = (size_t)f->columns * f->rows, plane = (size_t)p->w * p->h;
    bool planar = f->layout == DSC_PLANAR && f->samples > 1;
    size_t step = (planar ? 1u : f->samples) * bytes;
    unsigned bits = value_bits(f, p->precision);
    for (size_t c = 0; c < p->components; c++) {
        for (uint32_t y = 0; y < p->h; y++) {
            size_t at = (size_t)(p->y0 + y) * f->columns + p->x0;
            const uint8_t *src =
                frame->data + at * step + c * (planar ? all * bytes : bytes);
            int32_t *dst = p->data + c * plane + (size_t)y * p->w;
            for (uint32_t x = 0; x < p->w; x++, src += step)
                if (!to_value(dst + x, get_word(src, bytes), bits, p->precision,
                              p->is_signed))
                    return false;
        }
    }
    return true;
}

/* ---- decode ---- */

static dsc_format decoded_format(const dsc_format *fmt)
{
    dsc_format f = *fmt;
    f.layout = DSC_INTERLEAVED;
    /* The multiple component transform is undone by the decoder. */
    if (f.photometric == DSC_YBR_RCT || f.photometric == DSC_YBR_ICT)
        f.photometric = DSC_RGB;
    if (f.photometric == DSC_YBR_FULL_422)
        f.photometric = DSC_YBR_FULL; /* what arrives is full resolution */
    return f;
}

static dsc_status decode_parsed(dsc_frame *out, const dsc_j2k_head *head,
                                const dsc_format *fmt, dsc_error *err)
{
    dsc_format f = decoded_format(fmt);
    dsc_j2k_planes planes = {
        .x0 = head->xosiz,
        .y0 = head->yosiz,
        .w = fmt->columns,
        .h = fmt->rows,
        .components = head->components,
        .precision = head->precision,
        .is_signed = head->is_signed,
    };
    dsc_status st = dsc_j2k__planes_alloc(&planes, err);
    if (!st)
        st = dsc_j2k__decompress(&planes, head->stream, err);
    if (!st)
        st = dsc_frame_alloc(out, &f, err);
    if (!st)
        st = dsc_j2k__to_frame(out, &planes, err);
    dsc_j2k__planes_free(&planes);
    if (st)
        dsc_frame_free(out);
    return st;
}

dsc_status dsc_j2k__decode(dsc_frame *out, dsc_bytes in, const dsc_format *fmt,
                           dsc_error *err)
{
    dsc_j2k_head head = {0};
    dsc_status st = dsc_codec__check_format(NULL, fmt, err);
    if (!st)
        st = dsc_j2k__parse(&head, in, err);
    if (!st)
        st = dsc_j2k__match(&head, fmt, err);
    if (!st)
        st = decode_parsed(out, &head, fmt, err);
    dsc_j2k__free(&head);
    return st;
}

/* ---- encode ---- */

static bool is_ict(const dsc_j2k_cod *cod)
{
    return cod->mct && cod->comp[0].wavelet == 0;
}

bool dsc_j2k__wants_ict(const dsc_format *fmt, const dsc_j2k_cod *cod)
{
    return fmt->photometric == DSC_YBR_ICT && is_ict(cod);
}

dsc_j2k_params dsc_j2k__params_like(const dsc_j2k_cod *cod)
{
    return (dsc_j2k_params){
        .mct = cod->mct != 0,
        .order = cod->order,
        .levels = cod->comp[0].levels,
        .block_w = cod->comp[0].block_w,
        .block_h = cod->comp[0].block_h,
    };
}

/* What to write where there is no old stream to follow. */
static dsc_j2k_cod default_cod(const dsc_format *fmt)
{
    dsc_j2k_cod cod = {.layers = 1};
    cod.mct =
        fmt->photometric == DSC_YBR_RCT || fmt->photometric == DSC_YBR_ICT;
    cod.comp[0] = (dsc_j2k_coding){
        .levels = 5,
        .block_w = 6,
        .block_h = 6,
        .wavelet = fmt->photometric != DSC_YBR_ICT,
    };
    return cod;
}

/* Fill the planes with the least precision, from the wanted one up, that
 * holds every bit of the words. */
static dsc_status pick_precision(dsc_j2k_planes *p, const dsc_frame *frame,
                                 unsigned wanted, dsc_error *err)
{
    unsigned tries[3] = {wanted, value_bits(&frame->fmt, wanted),
                         word_bits(&frame->fmt)};
    for (unsigned i = 0; i < 3; i++) {
        if (tries[i] < 1 || tries[i] > 16)
            continue;
        p->precision = (uint8_t)tries[i];
        if (dsc_j2k__from_frame(p, frame))
            return DSC_OK;
    }
    return dsc_fail(err, DSC_UNSUPPORTED,
                    "JPEG 2000 holds no samples of more than 16 bits here");
}

/* Does decoding give these very samples again? */
static dsc_status check_same(const dsc_buf *stream, const dsc_frame *frame,
                             const dsc_j2k_planes *p, dsc_error *err)
{
    dsc_frame again = {0};
    dsc_format f = frame->fmt;
    dsc_j2k_planes other = *p;
    other.data = NULL;
    dsc_status st = dsc_j2k__decode(
        &again, (dsc_bytes){stream->data, stream->len}, &f, err);
    if (!st)
        st = dsc_j2k__planes_alloc(&other, err);
    if (!st && (!dsc_j2k__from_frame(&other, &again) ||
                memcmp(other.data, p->data, p->count * sizeof *p->data) != 0))
        st = dsc_fail(err, DSC_INTERNAL,
                      "JPEG 2000 did not give the samples back");
    dsc_j2k__planes_free(&other);
    dsc_frame_free(&again);
    return st;
}

/* Set Ssiz back to what the samples have. */
static void patch_precision(dsc_buf *stream, const dsc_j2k_planes *p)
{
    for (size_t c = 0; c < p->components; c++)
        stream->data[DSC_J2K_SSIZ_OFFSET + 3 * c] = (uint8_t)(p->precision - 1);
}

static dsc_status compress(dsc_buf *out, const dsc_j2k_planes *planes,
                           const dsc_j2k_params *params, bool ict,
                           dsc_error *err)
{
    unsigned extra;
    if (!ict)
        return dsc_j2k__compress(out, planes, params, err);
    dsc_status st = dsc_j2k__compress_fine(out, &extra, planes, params, err);
    if (!st)
        patch_precision(out, planes);
    return st;
}

static dsc_status encode_like(dsc_buf *out, const dsc_frame *frame,
                              const dsc_j2k_head *like, const dsc_j2k_cod *cod,
                              bool ict, unsigned wanted, dsc_error *err)
{
    dsc_j2k_params params = dsc_j2k__params_like(cod);
    dsc_j2k_planes planes = {
        .w = frame->fmt.columns,
        .h = frame->fmt.rows,
        .components = frame->fmt.samples,
        .is_signed = like ? like->is_signed : frame->fmt.is_signed,
    };
    if (like && like->tiles > 1 && !like->xtosiz && !like->ytosiz) {
        params.tile_w = like->xtsiz < planes.w ? like->xtsiz : planes.w;
        params.tile_h = like->ytsiz < planes.h ? like->ytsiz : planes.h;
    }
    if (planes.components == 1)
        params.mct = false;
    dsc_status st = dsc_j2k__planes_alloc(&planes, err);
    if (!st)
        st = pick_precision(&planes, frame, wanted, err);
    if (!st)
        st = compress(out, &planes, &params, ict, err);
    if (!st)
        st = check_same(out, frame, &planes, err);
    dsc_j2k__planes_free(&planes);
    return st;
}

static dsc_status jp2k_encode(dsc_buf *out, const dsc_frame *frame,
                              const char *uid, dsc_bytes like,
                              const dsc_format *fmt, dsc_error *err)
{
    dsc_j2k_head head = {0};
    dsc_error ignored = DSC_ERROR_INIT;
    out->len = 0;
    dsc_status st = dsc_codec__check_format(NULL, fmt, err);
    if (!st)
        st = dsc_codec__check_frame(frame, fmt, err);
    if (st)
        return st;
    if (frame->fmt.layout == DSC_YBR422)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG 2000 frame of subsampled chroma");

    bool known = like.len && !dsc_j2k__parse(&head, like, &ignored) &&
                 head.components == frame->fmt.samples;
    dsc_j2k_cod cod = known ? head.cod : default_cod(fmt);
    bool ict = frame->fmt.samples == 3 && dsc_j2k__wants_ict(fmt, &cod);
    if (ict && !uid_starts(uid, UID_GENERAL))
        st = dsc_fail(err, DSC_UNSUPPORTED,
                      "YBR_ICT cannot be written in a lossless-only syntax");
    else
        st = encode_like(out, frame, known ? &head : NULL, &cod, ict,
                         known ? head.precision : fmt->bits_stored, err);
    dsc_j2k__free(&head);
    if (st)
        out->len = 0;
    return st;
}

/* ---- the rest ---- */

static dsc_status jp2k_cell(uint32_t *w, uint32_t *h, dsc_bytes in,
                            const dsc_format *fmt, dsc_error *err)
{
    (void)in;
    (void)fmt;
    (void)err;
    /* A touched tile is decoded and written again without loss. */
    *w = *h = 1;
    return DSC_OK;
}

static const char *jp2k_rewrite_uid(const char *uid, dsc_bytes first_frame)
{
    (void)first_frame;
    return uid_starts(uid, UID_HT) ? UID_LOSSLESS : uid;
}

/* RGB is coded with the reversible colour transform. */
static dsc_photometric jp2k_label(dsc_photometric samples)
{
    return samples == DSC_RGB ? DSC_YBR_RCT : samples;
}

bool dsc_codec__jp2k_is_lossy(dsc_bytes frame)
{
    dsc_j2k_head head;
    dsc_error ignored = DSC_ERROR_INIT;
    bool lossy = dsc_j2k__parse(&head, frame, &ignored) != DSC_OK;
    for (unsigned c = 0; !lossy && c < head.components; c++)
        lossy = head.cod.comp[c].wavelet == 0;
    dsc_j2k__free(&head);
    return lossy;
}

const dsc_codec dsc_codec_jp2k = {
    .name = "jp2k",
    .encapsulated = true,
    .decode = dsc_j2k__decode,
    .encode = jp2k_encode,
    .edit = dsc_j2k__edit,
    .cell = jp2k_cell,
    .rewrite_uid = jp2k_rewrite_uid,
    .label = jp2k_label,
    .asides = dsc_codec__jp2k_asides,
};
