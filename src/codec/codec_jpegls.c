/* SPDX-License-Identifier: Apache-2.0
 *
 * JPEG-LS (.80, near-lossless .81) with CharLS. What is written is always
 * lossless (NEAR 0), which .81 allows.
 */
#include <charls/charls.h>
#include <string.h>

#include "codec/codec_jpegmark.h"
#include "codec/codec_priv.h"

enum {
    LEAST_PRECISION = 2
};

static dsc_status charls_fail(dsc_error *err, charls_jpegls_errc code)
{
    switch (code) {
    case CHARLS_JPEGLS_ERRC_NOT_ENOUGH_MEMORY:
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    case CHARLS_JPEGLS_ERRC_PARAMETER_VALUE_NOT_SUPPORTED:
    case CHARLS_JPEGLS_ERRC_COLOR_TRANSFORM_NOT_SUPPORTED:
    case CHARLS_JPEGLS_ERRC_BIT_DEPTH_FOR_TRANSFORM_NOT_SUPPORTED:
    case CHARLS_JPEGLS_ERRC_ENCODING_NOT_SUPPORTED:
    case CHARLS_JPEGLS_ERRC_JPEGLS_PRESET_EXTENDED_PARAMETER_TYPE_NOT_SUPPORTED:
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG-LS feature not supported (CharLS %d)", (int)code);
    default:
        return dsc_fail(err, DSC_BADFILE, "corrupt JPEG-LS stream (CharLS %d)",
                        (int)code);
    }
}

static dsc_status check_stream(dsc_jpeg_marks *m, dsc_bytes in,
                               const dsc_format *fmt, dsc_error *err)
{
    dsc_status st = dsc_codec__check_format(NULL, fmt, err);
    if (!st)
        st = dsc_codec__jpeg_marks(m, in, true, err);
    if (!st)
        st = dsc_codec__jpeg_marks_match(m, fmt, err);
    if (st)
        return st;
    if (m->sof != DSC_JPEG_SOF55)
        return dsc_fail(err, DSC_BADFILE,
                        "not a JPEG-LS stream (frame header %02X)", m->sof);
    if (m->se > 2 || m->scans != (m->scan_components == 1 ? m->components : 1u))
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG-LS stream with an odd set of scans");
    if (m->ah_al & 15)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG-LS stream with a point transform");
    /* The longest run is one line or 2^15 samples and takes a bit. */
    uint64_t least = (uint64_t)m->rows * (1 + m->columns / 32768u);
    if (least / 8 > m->scan_bytes)
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG-LS stream too short for its size");
    return DSC_OK;
}

/* Skip a SPIFF directory, which CharLS wants to be asked about first. */
static charls_jpegls_errc read_headers(charls_jpegls_decoder *dec)
{
    charls_spiff_header spiff;
    int32_t found = 0;
    charls_jpegls_errc e =
        charls_jpegls_decoder_read_spiff_header(dec, &spiff, &found);
    return e ? e : charls_jpegls_decoder_read_header(dec);
}

/* CharLS has its own parser: what it is about to write must be what the
 * buffer was made for. */
static dsc_status decode_into(void *dst, size_t size, const dsc_jpeg_marks *m,
                              charls_jpegls_decoder *dec, dsc_error *err)
{
    charls_frame_info info;
    charls_interleave_mode ilv;
    size_t need = 0;
    charls_jpegls_errc e = read_headers(dec);
    if (!e)
        e = charls_jpegls_decoder_get_frame_info(dec, &info);
    if (!e)
        e = charls_jpegls_decoder_get_interleave_mode(dec, &ilv);
    if (!e)
        e = charls_jpegls_decoder_get_destination_size(dec, 0, &need);
    if (e)
        return charls_fail(err, e);
    if (info.width != m->columns || info.height != m->rows ||
        info.component_count != m->components ||
        info.bits_per_sample != m->precision || need != size ||
        (int)ilv != (int)m->se)
        return dsc_fail(err, DSC_BADFILE, "contradictory JPEG-LS headers");
    e = charls_jpegls_decoder_decode_to_buffer(dec, dst, size, 0);
    return e ? charls_fail(err, e) : DSC_OK;
}

static dsc_status decode_stream(void *dst, size_t size, dsc_bytes in,
                                const dsc_jpeg_marks *m, dsc_error *err)
{
    charls_jpegls_decoder *dec = charls_jpegls_decoder_create();
    if (!dec)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    charls_jpegls_errc e =
        charls_jpegls_decoder_set_source_buffer(dec, in.data, in.len);
    dsc_status st =
        e ? charls_fail(err, e) : decode_into(dst, size, m, dec, err);
    charls_jpegls_decoder_destroy(dec);
    return st;
}

/* Encoders of the past made the length even with a zero byte before the end
 * of image marker, which CharLS does not skip. Without it the stream is as
 * the standard has it; a byte that was data would be missed. */
static dsc_status decode_without_pad(void *dst, size_t size, dsc_bytes in,
                                     const dsc_jpeg_marks *m, dsc_error *err)
{
    dsc_buf copy = {0};
    dsc_status st = dsc_buf_append(&copy, in.data, m->length - 3, err);
    if (!st)
        st = dsc_buf_append(&copy, in.data + m->length - 2, 2, err);
    if (!st)
        st = decode_stream(dst, size, (dsc_bytes){copy.data, copy.len}, m, err);
    dsc_buf_free(&copy);
    return st;
}

static dsc_status decode_padded(void *dst, size_t size, dsc_bytes in,
                                const dsc_jpeg_marks *m, dsc_error *err)
{
    dsc_error first = DSC_ERROR_INIT, second = DSC_ERROR_INIT;
    dsc_status st = decode_stream(dst, size, in, m, &first);
    if (st == DSC_BADFILE && m->scan_bytes > 1 && in.data[m->length - 3] == 0)
        st = decode_without_pad(dst, size, in, m, &second);
    return st ? dsc_fail(err, first.status, "%s", first.msg) : DSC_OK;
}

static dsc_status decode_samples(dsc_frame *out, dsc_bytes in,
                                 const dsc_jpeg_marks *m, dsc_error *err)
{
    size_t samples = out->size / dsc_sample_bytes(&out->fmt);
    in.len = m->length;
    if (m->precision > 8 || dsc_sample_bytes(&out->fmt) == 1)
        return decode_padded(out->data, out->size, in, m, err);
    uint8_t *bytes = dsc_alloc(samples);
    if (!bytes)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    dsc_status st = decode_padded(bytes, samples, in, m, err);
    uint16_t *words = (uint16_t *)(void *)out->data;
    for (size_t i = 0; i < samples && !st; i++)
        words[i] = bytes[i];
    dsc_wipe_free(bytes, samples);
    return st;
}

static dsc_status jpegls_decode(dsc_frame *out, dsc_bytes in,
                                const dsc_format *fmt, dsc_error *err)
{
    dsc_jpeg_marks m;
    dsc_format f = *fmt;
    dsc_status st = check_stream(&m, in, fmt, err);
    if (st)
        return st;
    f.layout = m.se == CHARLS_INTERLEAVE_MODE_NONE && m.components > 1
                   ? DSC_PLANAR
                   : DSC_INTERLEAVED;
    if (f.photometric == DSC_YBR_FULL_422)
        f.photometric = DSC_YBR_FULL; /* what arrives is full resolution */
    st = dsc_frame_alloc(out, &f, err);
    if (st)
        return st;
    st = decode_samples(out, in, &m, err);
    if (!st && dsc_codec__bits_needed(out) > m.precision)
        st = dsc_fail(err, DSC_BADFILE,
                      "JPEG-LS samples exceed their precision");
    if (st)
        dsc_frame_free(out);
    return st;
}

static unsigned pick_precision(const dsc_frame *frame, const dsc_format *fmt,
                               const dsc_jpeg_marks *like)
{
    unsigned need = dsc_codec__bits_needed(frame);
    unsigned want = like ? like->precision : fmt->high_bit + 1u;
    if (want < LEAST_PRECISION)
        want = LEAST_PRECISION;
    return need > want ? need : want;
}

/* Bits that CharLS wants in a byte lie in a word where the dataset allocates
 * 16 bits for up to 8. */
static void *pack(const dsc_frame *frame, dsc_layout layout, unsigned precision,
                  size_t *size)
{
    uint8_t *data = dsc_alloc(frame->size);
    *size = frame->size;
    if (!data)
        return NULL;
    dsc_codec__relayout(data, layout, frame);
    if (precision <= 8 && dsc_sample_bytes(&frame->fmt) == 2) {
        const uint16_t *words = (const uint16_t *)(const void *)data;
        *size = frame->size / 2;
        for (size_t i = 0; i < *size; i++)
            data[i] = (uint8_t)words[i];
    }
    return data;
}

static charls_jpegls_errc configure(charls_jpegls_encoder *enc,
                                    const dsc_format *fmt, unsigned precision,
                                    charls_interleave_mode ilv)
{
    charls_frame_info info = {.width = fmt->columns,
                              .height = fmt->rows,
                              .bits_per_sample = (int32_t)precision,
                              .component_count = fmt->samples};
    charls_jpegls_errc e = charls_jpegls_encoder_set_frame_info(enc, &info);
    if (!e)
        e = charls_jpegls_encoder_set_near_lossless(enc, 0);
    if (!e)
        e = charls_jpegls_encoder_set_interleave_mode(enc, ilv);
    return e;
}

static dsc_status encode_samples(dsc_buf *out, const void *data, size_t size,
                                 const dsc_format *fmt, unsigned precision,
                                 charls_interleave_mode ilv, dsc_error *err)
{
    size_t room = 0, written = 0;
    charls_jpegls_encoder *enc = charls_jpegls_encoder_create();
    if (!enc)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    dsc_status st = DSC_OK;
    charls_jpegls_errc e = configure(enc, fmt, precision, ilv);
    if (!e)
        e = charls_jpegls_encoder_get_estimated_destination_size(enc, &room);
    if (e)
        goto done;
    /* Noise may grow past the estimate. */
    st = dsc_mul(room, 2, &room) ? dsc_buf_resize(out, room, err)
                                 : dsc_fail(err, DSC_LIMIT, "frame too large");
    if (st)
        goto done;
    e = charls_jpegls_encoder_set_destination_buffer(enc, out->data, out->len);
    if (!e)
        e = charls_jpegls_encoder_encode_from_buffer(enc, data, size, 0);
    if (!e)
        e = charls_jpegls_encoder_get_bytes_written(enc, &written);
    if (!e)
        st = dsc_buf_resize(out, written, err);
done:
    charls_jpegls_encoder_destroy(enc);
    if (!st && e)
        st = e == CHARLS_JPEGLS_ERRC_NOT_ENOUGH_MEMORY
                 ? dsc_fail(err, DSC_NOMEM, "out of memory")
                 : dsc_fail(err, DSC_UNSUPPORTED,
                            "JPEG-LS encoder refused the frame (CharLS %d)",
                            (int)e);
    return st;
}

/* Does decoding give these very samples again? */
static dsc_status check_same(const dsc_buf *stream, const dsc_frame *frame,
                             dsc_error *err)
{
    dsc_frame again = {0};
    dsc_status st = jpegls_decode(
        &again, (dsc_bytes){stream->data, stream->len}, &frame->fmt, err);
    uint8_t *want = NULL;
    if (st)
        goto done;
    want = dsc_alloc(frame->size);
    if (!want) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    dsc_codec__relayout(want, again.fmt.layout, frame);
    if (again.size != frame->size || memcmp(again.data, want, frame->size) != 0)
        st = dsc_fail(err, DSC_INTERNAL,
                      "JPEG-LS did not give the samples back");
done:
    dsc_wipe_free(want, frame->size);
    dsc_frame_free(&again);
    return st;
}

static dsc_status jpegls_encode(dsc_buf *out, const dsc_frame *frame,
                                const char *uid, dsc_bytes like,
                                const dsc_format *fmt, dsc_error *err)
{
    dsc_jpeg_marks marks;
    dsc_error ignored = DSC_ERROR_INIT;
    size_t size = 0;
    (void)uid; /* .80 and .81 are written alike */
    dsc_status st = dsc_codec__check_format(NULL, fmt, err);
    if (!st)
        st = dsc_codec__check_frame(frame, fmt, err);
    if (st)
        return st;
    if (frame->fmt.layout == DSC_YBR422)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG-LS frame of subsampled chroma");
    if (fmt->bits_allocated != 8 && fmt->bits_allocated != 16)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG-LS holds no samples of %u bits",
                        fmt->bits_allocated);

    bool known = like.len &&
                 !dsc_codec__jpeg_marks(&marks, like, true, &ignored) &&
                 marks.sof == DSC_JPEG_SOF55 && marks.se <= 2;
    charls_interleave_mode ilv = CHARLS_INTERLEAVE_MODE_NONE;
    if (frame->fmt.samples > 1)
        ilv = known ? (charls_interleave_mode)marks.se
                    : CHARLS_INTERLEAVE_MODE_LINE;
    unsigned precision = pick_precision(frame, fmt, known ? &marks : NULL);
    void *data =
        pack(frame,
             ilv == CHARLS_INTERLEAVE_MODE_NONE ? DSC_PLANAR : DSC_INTERLEAVED,
             precision, &size);
    if (!data)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    st = encode_samples(out, data, size, &frame->fmt, precision, ilv, err);
    if (!st)
        st = check_same(out, frame, err);
    dsc_wipe_free(data, frame->size);
    if (st)
        out->len = 0;
    return st;
}

bool dsc_codec__jpegls_is_lossy(dsc_bytes frame)
{
    dsc_jpeg_marks m;
    dsc_error ignored = DSC_ERROR_INIT;
    return dsc_codec__jpeg_marks(&m, frame, true, &ignored) ||
           m.sof != DSC_JPEG_SOF55 || m.near_max > 0;
}

const char *dsc_codec__charls_version(void)
{
    return charls_get_version_string();
}

const dsc_codec dsc_codec_jpegls = {
    .name = "jpegls",
    .encapsulated = true,
    .decode = jpegls_decode,
    .encode = jpegls_encode,
    .asides = dsc_codec__jpeg_asides,
};
