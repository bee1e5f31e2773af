/* SPDX-License-Identifier: Apache-2.0
 *
 * JPEG Lossless (.57, .70) and the decoding of 12-bit JPEG Extended (.51),
 * with DCMTK's copies of the IJG library.
 */
#include <string.h>

#include "codec/codec_dcmjpeg.h"
#include "codec/codec_jpegmark.h"
#include "codec/codec_priv.h"

static const char UID_SV1[] = "1.2.840.10008.1.2.4.70";

enum {
    SV1_PREDICTOR = 1,
    LAST_PREDICTOR = 7,
    LIBRARY_BYTE = 8, /* precisions that the library can write */
    LIBRARY_SHORT = 12,
    LIBRARY_WORD = 16,
};

/* A Huffman code has at least one bit, so that a small stream cannot claim a
 * huge picture: `codes` of them do not fit in the bytes that are there. */
static bool too_small(const dsc_jpeg_marks *m, uint64_t codes)
{
    return codes / 8 > m->scan_bytes;
}

static dsc_status check_lossless(const dsc_jpeg_marks *m, dsc_error *err)
{
    if (m->sof != DSC_JPEG_SOF3)
        return dsc_fail(err, DSC_BADFILE,
                        "not a lossless JPEG stream (frame header %02X)",
                        m->sof);
    if (m->ss < SV1_PREDICTOR || m->ss > LAST_PREDICTOR || m->se != 0)
        return dsc_fail(err, DSC_BADFILE, "bad lossless JPEG scan header");
    if (m->ah_al & 15)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "lossless JPEG with a point transform");
    if (too_small(m, (uint64_t)m->columns * m->rows * m->components))
        return dsc_fail(err, DSC_BADFILE, "JPEG stream too short for its size");
    return DSC_OK;
}

/* What arrives is full resolution, whatever the dataset calls it. */
static dsc_format decoded_format(const dsc_format *fmt)
{
    dsc_format f = *fmt;
    f.layout = DSC_INTERLEAVED;
    if (f.photometric == DSC_YBR_FULL_422)
        f.photometric = DSC_YBR_FULL;
    return f;
}

static void widen(uint16_t *dst, const uint8_t *src, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dst[i] = src[i];
}

/* Streams of up to 8 bits come as bytes; the dataset may want words. */
static dsc_status decode_samples(dsc_frame *out, dsc_bytes in,
                                 unsigned precision, bool lossless,
                                 dsc_error *err)
{
    size_t samples = out->size / dsc_sample_bytes(&out->fmt);
    if (precision > 8 || dsc_sample_bytes(&out->fmt) == 1)
        return dsc_codec__dcmjpeg_decode(out->data, out->size, in, precision,
                                         lossless, err);
    uint8_t *bytes = dsc_alloc(samples);
    if (!bytes)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    dsc_status st =
        dsc_codec__dcmjpeg_decode(bytes, samples, in, precision, lossless, err);
    if (!st)
        widen((uint16_t *)(void *)out->data, bytes, samples);
    dsc_wipe_free(bytes, samples);
    return st;
}

static bool exceeds(const dsc_frame *frame, unsigned precision)
{
    return dsc_codec__bits_needed(frame) > precision;
}

static dsc_status jpegll_decode(dsc_frame *out, dsc_bytes in,
                                const dsc_format *fmt, dsc_error *err)
{
    dsc_jpeg_marks m;
    dsc_format f = decoded_format(fmt);
    dsc_status st = dsc_codec__check_format(NULL, fmt, err);
    if (!st)
        st = dsc_codec__jpeg_marks(&m, in, false, err);
    if (!st)
        st = dsc_codec__jpeg_marks_match(&m, fmt, err);
    if (!st)
        st = check_lossless(&m, err);
    if (!st)
        st = dsc_frame_alloc(out, &f, err);
    if (st)
        return st;
    in.len = m.length;
    st = decode_samples(out, in, m.precision, true, err);
    /* Predictions wrap modulo 65536, whatever the precision; only a corrupt
     * stream leaves its range. */
    if (!st && exceeds(out, m.precision))
        st = dsc_fail(err, DSC_BADFILE, "JPEG samples exceed their precision");
    if (st)
        dsc_frame_free(out);
    return st;
}

dsc_status dsc_codec__jpeg12_decode(dsc_frame *out, dsc_bytes in,
                                    const dsc_format *fmt, dsc_error *err)
{
    dsc_jpeg_marks m;
    dsc_format f = decoded_format(fmt);
    dsc_buf copy = {0};
    dsc_status st = dsc_codec__jpeg_marks(&m, in, false, err);
    if (!st)
        st = dsc_codec__jpeg_marks_match(&m, fmt, err);
    if (st)
        return st;
    if (m.sof != DSC_JPEG_SOF1 || m.precision != 12)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "not a 12-bit sequential JPEG stream");
    /* A block of 64 samples takes two codes, DC and end of block. */
    if (too_small(&m, (uint64_t)m.columns * m.rows * m.components / 32))
        return dsc_fail(err, DSC_BADFILE, "JPEG stream too short for its size");
    st = dsc_buf_append(&copy, in.data, m.length, err);
    if (!st)
        st = dsc_frame_alloc(out, &f, err);
    if (st)
        goto done;
    /* Some encoders write the lossless scan header, 0 for the last
     * coefficient, over sequential scans, where 63 is the only value there
     * is. The library decodes it the same way but warns, and its warnings
     * are errors here. */
    if (m.ss == 0 && m.se == 0 && m.ah_al == 0 && m.scans == 1)
        copy.data[m.se_offset] = 63;
    st = dsc_codec__dcmjpeg_decode(
        out->data, out->size, (dsc_bytes){copy.data, copy.len}, 12, false, err);
done:
    dsc_buf_free(&copy);
    if (st)
        dsc_frame_free(out);
    return st;
}

/* The smallest precision that the library writes and that holds every bit of
 * the samples, but no less than the old stream had. */
static unsigned pick_precision(const dsc_frame *frame, const dsc_format *fmt,
                               const dsc_jpeg_marks *like)
{
    if (dsc_sample_bytes(&frame->fmt) == 1)
        return LIBRARY_BYTE;
    unsigned want = like ? like->precision : fmt->high_bit + 1u;
    unsigned need = dsc_codec__bits_needed(frame);
    if (need > want)
        want = need;
    return want <= LIBRARY_BYTE    ? LIBRARY_BYTE
           : want <= LIBRARY_SHORT ? LIBRARY_SHORT
                                   : LIBRARY_WORD;
}

static void narrow(uint8_t *dst, const uint16_t *src, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dst[i] = (uint8_t)src[i];
}

/* Does decoding give these very samples again? */
static dsc_status check_same(const dsc_buf *stream, const dsc_frame *frame,
                             const void *interleaved, dsc_error *err)
{
    dsc_frame again = {0};
    dsc_status st = jpegll_decode(
        &again, (dsc_bytes){stream->data, stream->len}, &frame->fmt, err);
    if (!st && memcmp(again.data, interleaved, frame->size) != 0)
        st = dsc_fail(err, DSC_INTERNAL,
                      "lossless JPEG did not give the samples back");
    dsc_frame_free(&again);
    return st;
}

static dsc_status encode_with(dsc_buf *out, const dsc_frame *frame,
                              const void *interleaved, const void *narrowed,
                              unsigned precision, unsigned predictor,
                              dsc_error *err)
{
    dsc_status st =
        dsc_codec__dcmjpeg_encode(out, narrowed ? narrowed : interleaved,
                                  &frame->fmt, precision, predictor, err);
    return st ? st : check_same(out, frame, interleaved, err);
}

static dsc_status check_frame(const dsc_frame *frame, const dsc_format *fmt,
                              dsc_error *err)
{
    dsc_status st = dsc_codec__check_format(NULL, fmt, err);
    if (!st)
        st = dsc_codec__check_frame(frame, fmt, err);
    if (st)
        return st;
    if (frame->fmt.layout == DSC_YBR422)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG frame of subsampled chroma");
    if (fmt->bits_allocated != 8 && fmt->bits_allocated != 16)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG holds no samples of %u bits",
                        fmt->bits_allocated);
    return DSC_OK;
}

static dsc_status jpegll_encode(dsc_buf *out, const dsc_frame *frame,
                                const char *uid, dsc_bytes like,
                                const dsc_format *fmt, dsc_error *err)
{
    dsc_jpeg_marks marks;
    dsc_error ignored = DSC_ERROR_INIT;
    uint8_t *interleaved = NULL, *bytes = NULL;
    size_t samples = 0;
    dsc_status st = check_frame(frame, fmt, err);
    if (st)
        return st;

    bool known =
        like.len && !dsc_codec__jpeg_marks(&marks, like, false, &ignored);
    bool sv1 = strncmp(uid, UID_SV1, sizeof UID_SV1 - 1) == 0;
    unsigned predictor = !sv1 && known && marks.sof == DSC_JPEG_SOF3 &&
                                 marks.ss >= SV1_PREDICTOR &&
                                 marks.ss <= LAST_PREDICTOR
                             ? marks.ss
                             : SV1_PREDICTOR;
    unsigned precision = pick_precision(frame, fmt, known ? &marks : NULL);

    interleaved = dsc_alloc(frame->size);
    if (!interleaved) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    dsc_codec__relayout(interleaved, DSC_INTERLEAVED, frame);
    samples = frame->size / dsc_sample_bytes(&frame->fmt);
    if (precision == LIBRARY_BYTE && dsc_sample_bytes(&frame->fmt) == 2) {
        bytes = dsc_alloc(samples);
        if (!bytes) {
            st = dsc_fail(err, DSC_NOMEM, "out of memory");
            goto done;
        }
        narrow(bytes, (const uint16_t *)(const void *)interleaved, samples);
    }
    st = encode_with(out, frame, interleaved, bytes, precision, predictor, err);
done:
    dsc_wipe_free(bytes, samples);
    dsc_wipe_free(interleaved, frame->size);
    if (st)
        out->len = 0;
    return st;
}

const dsc_codec dsc_codec_jpegll = {
    .name = "jpegll",
    .encapsulated = true,
    .decode = jpegll_decode,
    .encode = jpegll_encode,
    .asides = dsc_codec__jpeg_asides,
};
