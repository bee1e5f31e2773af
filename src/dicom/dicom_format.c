/* SPDX-License-Identifier: Apache-2.0
 *
 * The Image Pixel attributes, checked against each other.
 */
#include "dicom/dicom_priv.h"

#include <math.h>
#include <string.h>

static dsc_status wrong(dsc_error *err, dsc_status st, uint16_t element,
                        const char *what)
{
    return dsc_fail(err, st, "(0028,%04X) %s", element, what);
}

/* A whole number from group 0028. */
static dsc_status whole(const dsc_dicom *ds, uint16_t element, const char *name,
                        uint32_t max, uint32_t *out, dsc_error *err)
{
    uint32_t tag = DSC_TAG(0x28, element);
    double v;

    if (!dsc_dicom_number(ds, tag, 0, &v))
        return dsc_fail(err, DSC_BADFILE, "(0028,%04X) %s is %s", element, name,
                        dsc_dicom_has(ds, tag) ? "no number" : "missing");
    if (v < 0 || v > max || floor(v) < v || floor(v) > v)
        return dsc_fail(err, DSC_BADFILE, "(0028,%04X) %s is out of range",
                        element, name);
    *out = (uint32_t)v;
    return DSC_OK;
}

static dsc_status number_of_frames(const dsc_dicom *ds, uint32_t *frames,
                                   dsc_error *err)
{
    uint32_t tag = DSC_TAG(0x28, 8);
    double v;

    *frames = 1;
    if (!dsc_dicom_has(ds, tag))
        return DSC_OK;
    if (!dsc_dicom_number(ds, tag, 0, &v)) {
        char text[32];
        /* present and empty is the same as absent (type 1C, often seen) */
        if (!dsc_dicom_strings(ds, tag, text, sizeof text) && !text[0])
            return DSC_OK;
        return wrong(err, DSC_BADFILE, 8, "Number of Frames is no number");
    }
    if (v < 1 || floor(v) < v || floor(v) > v)
        return wrong(err, DSC_BADFILE, 8, "Number of Frames is out of range");
    if (v > ds->limits.max_frames)
        return dsc_fail(err, DSC_LIMIT,
                        "(0028,0008) Number of Frames is over %u",
                        ds->limits.max_frames);
    *frames = (uint32_t)v;
    return DSC_OK;
}

static dsc_status bits(const dsc_dicom *ds, dsc_format *fmt, dsc_error *err)
{
    uint32_t allocated = 0, stored = 0, high = 0, sign = 0;
    dsc_status st = whole(ds, 0x100, "Bits Allocated", 0xFFFF, &allocated, err);

    if (!st)
        st = whole(ds, 0x101, "Bits Stored", 0xFFFF, &stored, err);
    if (st)
        return st;
    if (allocated == 0)
        return wrong(err, DSC_BADFILE, 0x100, "Bits Allocated is zero");
    if (allocated != 1 && allocated != 8 && allocated != 16 && allocated != 32)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "(0028,0100) Bits Allocated %u is not supported",
                        allocated);
    if (stored == 0 || stored > allocated)
        return wrong(err, DSC_BADFILE, 0x101,
                     "Bits Stored does not fit Bits Allocated");
    high = stored - 1;
    if (dsc_dicom_has(ds, DSC_TAG(0x28, 0x102)))
        st = whole(ds, 0x102, "High Bit", 0xFFFF, &high, err);
    if (!st && dsc_dicom_has(ds, DSC_TAG(0x28, 0x103)))
        st = whole(ds, 0x103, "Pixel Representation", 1, &sign, err);
    if (st)
        return st;
    if (high >= allocated || high + 1 < stored)
        return wrong(err, DSC_BADFILE, 0x102,
                     "High Bit does not fit Bits Stored");
    fmt->bits_allocated = (uint16_t)allocated;
    fmt->bits_stored = (uint16_t)stored;
    fmt->high_bit = (uint16_t)high;
    fmt->is_signed = sign == 1;
    return DSC_OK;
}

static bool is_gray(dsc_photometric p)
{
    return p == DSC_MONOCHROME1 || p == DSC_MONOCHROME2 ||
           p == DSC_PALETTE_COLOR;
}

static dsc_status colour(const dsc_dicom *ds, bool native, dsc_format *fmt,
                         dsc_error *err)
{
    uint32_t samples = 0, planar = 0;
    char term[64];
    dsc_status st = whole(ds, 2, "Samples per Pixel", 0xFFFF, &samples, err);

    if (st)
        return st;
    if (samples != 1 && samples != 3)
        return wrong(err, samples ? DSC_UNSUPPORTED : DSC_BADFILE, 2,
                     "Samples per Pixel is neither 1 nor 3");
    if (!dsc_dicom_string(ds, DSC_TAG(0x28, 4), term, sizeof term))
        return wrong(err, DSC_BADFILE, 4,
                     "Photometric Interpretation is missing");
    if (!dsc_photometric_parse(term, &fmt->photometric))
        return wrong(err, DSC_UNSUPPORTED, 4,
                     "Photometric Interpretation is not supported");
    if (is_gray(fmt->photometric) != (samples == 1))
        return wrong(err, DSC_BADFILE, 4,
                     "Photometric Interpretation does not fit Samples per "
                     "Pixel");
    if (samples == 3 && dsc_dicom_has(ds, DSC_TAG(0x28, 6)))
        st = whole(ds, 6, "Planar Configuration", 1, &planar, err);
    fmt->samples = (uint16_t)samples;
    fmt->layout = planar ? DSC_PLANAR : DSC_INTERLEAVED;
    if (native && (fmt->photometric == DSC_YBR_FULL_422 ||
                   fmt->photometric == DSC_YBR_PARTIAL_422))
        fmt->layout = DSC_YBR422;
    return st;
}

static dsc_status combinations(bool native, const dsc_format *fmt,
                               dsc_error *err)
{
    if (fmt->layout == DSC_YBR422 && fmt->bits_allocated != 8)
        return wrong(err, DSC_UNSUPPORTED, 0x100,
                     "Bits Allocated must be 8 for 4:2:2 pixels");
    if (native && fmt->photometric == DSC_YBR_PARTIAL_420)
        return wrong(err, DSC_UNSUPPORTED, 4,
                     "YBR_PARTIAL_420 without compression is not supported");
    if (native &&
        (fmt->photometric == DSC_YBR_RCT || fmt->photometric == DSC_YBR_ICT))
        return wrong(err, DSC_BADFILE, 4,
                     "Photometric Interpretation needs JPEG 2000");
    if (fmt->bits_allocated == 1 &&
        (fmt->samples != 1 || fmt->photometric == DSC_PALETTE_COLOR))
        return wrong(err, DSC_BADFILE, 0x100,
                     "Bits Allocated 1 is for monochrome pixels only");
    return DSC_OK;
}

dsc_status dsc_dicom__read_format(const dsc_dicom *ds, bool native,
                                  dsc_format *fmt, uint32_t *frames,
                                  dsc_error *err)
{
    dsc_format f = {0};
    uint32_t n = 0;
    size_t bytes;
    dsc_status st = whole(ds, 0x10, "Rows", 0xFFFF, &f.rows, err);

    if (!st)
        st = whole(ds, 0x11, "Columns", 0xFFFF, &f.columns, err);
    if (!st && !f.rows)
        st = wrong(err, DSC_BADFILE, 0x10, "Rows is zero");
    if (!st && !f.columns)
        st = wrong(err, DSC_BADFILE, 0x11, "Columns is zero");
    if (!st)
        st = bits(ds, &f, err);
    if (!st)
        st = colour(ds, native, &f, err);
    if (!st)
        st = combinations(native, &f, err);
    if (!st)
        st = number_of_frames(ds, &n, err);
    if (st)
        return st;
    if (!dsc_frame_bytes(&f, &bytes) || bytes > ds->limits.max_frame_bytes)
        return dsc_fail(
            err, DSC_LIMIT, "a frame of %u x %u pixels is over %llu bytes",
            f.columns, f.rows, (unsigned long long)ds->limits.max_frame_bytes);
    *fmt = f;
    *frames = n;
    return DSC_OK;
}

dsc_status dsc_dicom_format(const dsc_dicom *ds, dsc_format *fmt,
                            uint32_t *frames, dsc_error *err)
{
    bool native = dsc_dicom__is_native(ds->preface.transfer_syntax);

    return dsc_dicom__read_format(ds, native, fmt, frames, err);
}

bool dsc_dicom__frame_bits(const dsc_format *fmt, uint64_t *out)
{
    size_t bytes;

    if (fmt->bits_allocated == 1) {
        *out = (uint64_t)fmt->rows * fmt->columns;
        return true;
    }
    if (!dsc_frame_bytes(fmt, &bytes))
        return false;
    *out = (uint64_t)bytes * 8;
    return true;
}
