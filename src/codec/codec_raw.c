/* SPDX-License-Identifier: Apache-2.0
 *
 * Native frames: the stored words themselves, in the machine's byte order,
 * cut to one frame by the reader. One-bit frames start at bit 0 of byte 0. */
#include "codec/codec_jpegmark.h"
#include "codec/codec_priv.h"

#include <string.h>

/* What the native frame looks like: the dataset's words, made exact. 4:2:2
 * has a layout of its own (PS3.3 C.7.6.3.1.2), and the kinds that only
 * encapsulated frames may have are refused, since nobody knows what such
 * bytes mean (PS3.5 8.2). */
static dsc_status native_format(dsc_format *out, const dsc_format *fmt,
                                dsc_error *err)
{
    *out = *fmt;
    switch (fmt->photometric) {
    case DSC_YBR_PARTIAL_420:
    case DSC_YBR_RCT:
    case DSC_YBR_ICT:
        return dsc_fail(err, DSC_UNSUPPORTED, "%s in native pixel data",
                        dsc_photometric_name(fmt->photometric));
    case DSC_YBR_FULL_422:
    case DSC_YBR_PARTIAL_422:
        if (fmt->bits_allocated != 8 || fmt->layout == DSC_PLANAR)
            return dsc_fail(err, DSC_UNSUPPORTED,
                            "%s that is planar or not of 8 bits",
                            dsc_photometric_name(fmt->photometric));
        out->layout = DSC_YBR422;
        break;
    default:
        if (fmt->layout == DSC_YBR422)
            return dsc_fail(err, DSC_INTERNAL, "4:2:2 layout for %s",
                            dsc_photometric_name(fmt->photometric));
    }
    if (fmt->samples == 1)
        out->layout = DSC_INTERLEAVED;
    return DSC_OK;
}

static size_t packed_bytes(size_t pixels)
{
    return pixels / 8 + (pixels % 8 != 0);
}

static void unpack_bits(uint8_t *out, const uint8_t *in, size_t pixels)
{
    for (size_t i = 0; i < pixels; i++)
        out[i] = in[i / 8] >> (i % 8) & 1u;
}

static dsc_status raw_decode(dsc_frame *out, dsc_bytes in,
                             const dsc_format *fmt, dsc_error *err)
{
    dsc_format native;
    size_t want = 0, stored;
    dsc_status st;

    if ((st = native_format(&native, fmt, err)) ||
        (st = dsc_codec__check_format(&want, &native, err)))
        goto done;
    stored = fmt->bits_allocated == 1 ? packed_bytes(want) : want;
    if (in.len != stored) {
        st = dsc_fail(err, DSC_BADFILE,
                      "native frame has %zu bytes instead of %zu", in.len,
                      stored);
        goto done;
    }
    if ((st = dsc_frame_alloc(out, &native, err)))
        goto done;
    if (fmt->bits_allocated == 1)
        unpack_bits(out->data, in.data, want);
    else
        memcpy(out->data, in.data, want);
done:
    if (st)
        dsc_frame_free(out);
    return st;
}

static dsc_status pack_bits(dsc_buf *out, const dsc_frame *frame,
                            dsc_error *err)
{
    size_t n = frame->size;
    dsc_status st = dsc_buf_resize(out, packed_bytes(n), err);

    if (st)
        return st;
    for (size_t i = 0; i < n; i++) {
        if (frame->data[i] > 1)
            return dsc_fail(err, DSC_INTERNAL, "one-bit sample over 1");
        out->data[i / 8] |= (uint8_t)(frame->data[i] << (i % 8));
    }
    return DSC_OK;
}

static dsc_status encode_words(dsc_buf *out, const dsc_frame *frame,
                               const dsc_format *native, dsc_error *err)
{
    size_t n;
    dsc_status st;

    if (frame->fmt.samples == 1 || frame->fmt.layout == native->layout)
        return dsc_buf_append(out, frame->data, frame->size, err);
    /* Making 4:2:2 of something else, or the reverse, is not lossless. */
    DSC_CHECK(frame->fmt.layout != DSC_YBR422 && native->layout != DSC_YBR422,
              err);
    DSC_CHECK(dsc_frame_bytes(native, &n), err);
    if ((st = dsc_buf_resize(out, n, err)))
        return st;
    dsc_codec__relayout(out->data, native->layout, frame);
    return DSC_OK;
}

static dsc_status raw_encode(dsc_buf *out, const dsc_frame *frame,
                             const char *uid, dsc_bytes like,
                             const dsc_format *fmt, dsc_error *err)
{
    dsc_format native;
    dsc_status st;

    (void)uid; /* the writer swaps bytes where the syntax asks for it */
    (void)like;
    out->len = 0;
    if ((st = native_format(&native, fmt, err)) ||
        (st = dsc_codec__check_format(NULL, &native, err)) ||
        (st = dsc_codec__check_frame(frame, &native, err)))
        return st;
    if (fmt->bits_allocated == 1)
        st = pack_bits(out, frame, err);
    else
        st = encode_words(out, frame, &native, err);
    if (st)
        out->len = 0;
    return st;
}

const dsc_codec dsc_codec_raw = {
    .name = "raw",
    .encapsulated = false,
    .decode = raw_decode,
    .encode = raw_encode,
};
