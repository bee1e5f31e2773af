/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks that every codec makes before it allocates. */
#include "codec/codec_priv.h"

static bool is_one_sample(dsc_photometric p)
{
    return p == DSC_MONOCHROME1 || p == DSC_MONOCHROME2 ||
           p == DSC_PALETTE_COLOR;
}

static dsc_status check_bits(const dsc_format *fmt, dsc_error *err)
{
    unsigned alloc = fmt->bits_allocated, stored = fmt->bits_stored;

    if (alloc != 1 && alloc != 8 && alloc != 16 && alloc != 32)
        return dsc_fail(err, DSC_UNSUPPORTED, "Bits Allocated is %u", alloc);
    if (!stored || stored > alloc)
        return dsc_fail(err, DSC_BADFILE,
                        "Bits Stored is %u with Bits Allocated %u", stored,
                        alloc);
    if (fmt->high_bit >= alloc || fmt->high_bit + 1u < stored)
        return dsc_fail(err, DSC_BADFILE,
                        "High Bit is %u with Bits Stored %u of %u",
                        fmt->high_bit, stored, alloc);
    return DSC_OK;
}

dsc_status dsc_codec__check_format(size_t *bytes, const dsc_format *fmt,
                                   dsc_error *err)
{
    size_t n;
    dsc_status st;

    if (!fmt->columns || !fmt->rows || fmt->columns > UINT16_MAX ||
        fmt->rows > UINT16_MAX)
        return dsc_fail(err, DSC_BADFILE, "image of %u x %u pixels",
                        fmt->columns, fmt->rows);
    if (fmt->samples != 1 && fmt->samples != 3)
        return dsc_fail(err, DSC_UNSUPPORTED, "Samples per Pixel is %u",
                        fmt->samples);
    if (fmt->photometric >= DSC_PHOTOMETRIC_COUNT ||
        is_one_sample(fmt->photometric) != (fmt->samples == 1))
        return dsc_fail(err, DSC_BADFILE, "Samples per Pixel is %u for %s",
                        fmt->samples, dsc_photometric_name(fmt->photometric));
    if ((st = check_bits(fmt, err)))
        return st;
    if (!dsc_frame_bytes(fmt, &n) || n > DSC_CODEC_FRAME_LIMIT)
        return dsc_fail(err, DSC_LIMIT,
                        "a frame of %u x %u pixels is over the limit",
                        fmt->columns, fmt->rows);
    if (bytes)
        *bytes = n;
    return DSC_OK;
}

dsc_status dsc_codec__check_frame(const dsc_frame *frame, const dsc_format *fmt,
                                  dsc_error *err)
{
    const dsc_format *f = &frame->fmt;
    size_t n;

    DSC_CHECK(frame->data && dsc_frame_bytes(f, &n) && n == frame->size, err);
    DSC_CHECK(f->columns == fmt->columns && f->rows == fmt->rows, err);
    DSC_CHECK(f->samples == fmt->samples, err);
    DSC_CHECK(dsc_sample_bytes(f) == dsc_sample_bytes(fmt), err);
    return DSC_OK;
}

void dsc_codec__sample_place(size_t *first, size_t *step, const dsc_format *fmt,
                             unsigned s)
{
    size_t bytes = dsc_sample_bytes(fmt);
    bool planar = fmt->layout == DSC_PLANAR;

    *first = planar ? s * bytes * fmt->columns * fmt->rows : s * bytes;
    *step = planar ? bytes : bytes * fmt->samples;
}
