/* SPDX-License-Identifier: Apache-2.0 */
#include "image/image.h"

#include <string.h>

static const char *const photometric_names[DSC_PHOTOMETRIC_COUNT] = {
    [DSC_MONOCHROME1] = "MONOCHROME1",
    [DSC_MONOCHROME2] = "MONOCHROME2",
    [DSC_PALETTE_COLOR] = "PALETTE COLOR",
    [DSC_RGB] = "RGB",
    [DSC_YBR_FULL] = "YBR_FULL",
    [DSC_YBR_FULL_422] = "YBR_FULL_422",
    [DSC_YBR_PARTIAL_422] = "YBR_PARTIAL_422",
    [DSC_YBR_PARTIAL_420] = "YBR_PARTIAL_420",
    [DSC_YBR_RCT] = "YBR_RCT",
    [DSC_YBR_ICT] = "YBR_ICT",
};

const char *dsc_photometric_name(dsc_photometric p)
{
    return p < DSC_PHOTOMETRIC_COUNT ? photometric_names[p] : "";
}

bool dsc_photometric_parse(const char *term, dsc_photometric *out)
{
    size_t n = strlen(term);

    while (n && term[n - 1] == ' ')
        n--;
    for (unsigned i = 0; i < DSC_PHOTOMETRIC_COUNT; i++) {
        if (strlen(photometric_names[i]) == n &&
            !strncmp(photometric_names[i], term, n)) {
            *out = (dsc_photometric)i;
            return true;
        }
    }
    return false;
}

bool dsc_frame_bytes(const dsc_format *fmt, size_t *out)
{
    size_t n;

    if (!fmt->columns || !fmt->rows || !fmt->samples)
        return false;
    if (fmt->layout == DSC_YBR422) {
        /* two bytes a pixel; an odd last column still takes a whole pair */
        size_t pairs = (fmt->columns + (size_t)1) / 2;
        return dsc_mul(pairs, 4, &n) && dsc_mul(n, fmt->rows, out);
    }
    return dsc_mul(fmt->columns, fmt->rows, &n) &&
           dsc_mul(n, fmt->samples, &n) &&
           dsc_mul(n, dsc_sample_bytes(fmt), out);
}

dsc_status dsc_frame_alloc(dsc_frame *frame, const dsc_format *fmt,
                           dsc_error *err)
{
    size_t size;

    if (!dsc_frame_bytes(fmt, &size))
        return dsc_fail(err, DSC_BADFILE, "impossible frame size");
    if (!frame->data || frame->size != size) {
        dsc_frame_free(frame);
        frame->data = dsc_alloc(size);
        if (!frame->data)
            return dsc_fail(err, DSC_NOMEM,
                            "out of memory (frame of %zu bytes)", size);
        frame->size = size;
    } else {
        memset(frame->data, 0, size);
    }
    frame->fmt = *fmt;
    if (fmt->bits_allocated == 1)
        frame->fmt.bits_allocated = 8;
    return DSC_OK;
}

void dsc_frame_free(dsc_frame *frame)
{
    dsc_wipe_free(frame->data, frame->size);
    frame->data = NULL;
    frame->size = 0;
}

dsc_status dsc_frame_full_chroma(dsc_frame *frame, dsc_error *err)
{
    dsc_format fmt = frame->fmt;
    dsc_frame out = {0};
    size_t pairs = ((size_t)fmt.columns + 1) / 2;
    dsc_status st;

    if (fmt.layout != DSC_YBR422)
        return DSC_OK;
    if (fmt.photometric != DSC_YBR_FULL_422)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "%s has no form of full resolution",
                        dsc_photometric_name(fmt.photometric));
    fmt.layout = DSC_INTERLEAVED;
    fmt.photometric = DSC_YBR_FULL;
    if ((st = dsc_frame_alloc(&out, &fmt, err)))
        return st;
    for (uint32_t y = 0; y < fmt.rows; y++) {
        const uint8_t *row = frame->data + y * pairs * 4;
        uint8_t *to = out.data + (size_t)y * fmt.columns * 3;
        for (uint32_t x = 0; x < fmt.columns; x++) {
            const uint8_t *pair = row + x / 2 * (size_t)4;
            *to++ = pair[x % 2];
            *to++ = pair[2];
            *to++ = pair[3];
        }
    }
    dsc_frame_free(frame);
    *frame = out;
    return DSC_OK;
}
