/* SPDX-License-Identifier: Apache-2.0
 *
 * A strict walk over the marker segments of a JPEG or JPEG-LS stream, private
 * to the codec module.
 *
 * The libraries behind it forgive much: they skip garbage between segments,
 * make up an end of image, and start to allocate from the header alone. This
 * walk accepts only whole streams, before any library sees them.
 */
#ifndef DSC_CODEC_CODEC_JPEGMARK_H
#define DSC_CODEC_CODEC_JPEGMARK_H

#include "codec/codec.h"

enum {
    DSC_JPEG_SOF0 = 0xC0,  /* baseline */
    DSC_JPEG_SOF1 = 0xC1,  /* extended sequential */
    DSC_JPEG_SOF3 = 0xC3,  /* lossless */
    DSC_JPEG_SOF55 = 0xF7, /* JPEG-LS */
    DSC_JPEG_MAX_COMPONENTS = 4,
};

typedef struct dsc_jpeg_marks {
    uint8_t sof; /* the one frame header's marker */
    uint8_t precision;
    uint32_t columns, rows;
    uint8_t components;
    bool subsampled; /* sampling factors differ between components */
    unsigned scans;
    /* Of the first scan; for JPEG-LS `ss` is NEAR and `se` the interleave
     * mode, for lossless JPEG `ss` is the predictor. */
    uint8_t ss, se, ah_al;
    uint8_t scan_components;
    size_t se_offset;  /* where the first scan's Se byte lies */
    uint8_t near_max;  /* JPEG-LS: largest NEAR of all scans */
    size_t scan_bytes; /* entropy-coded bytes of all scans */
    size_t length;     /* up to and with EOI; what follows is padding */
} dsc_jpeg_marks;

/* DSC_BADFILE for anything but SOI, well-formed segments with exactly one
 * frame header, scans, EOI. `ls` chooses the JPEG-LS rule of what a marker in
 * entropy-coded data is. */
dsc_status dsc_codec__jpeg_marks(dsc_jpeg_marks *out, dsc_bytes in, bool ls,
                                 dsc_error *err) DSC_WARN_UNUSED;

/* Does the stream's size agree with the dataset's format? DSC_BADFILE or
 * DSC_UNSUPPORTED. */
dsc_status dsc_codec__jpeg_marks_match(const dsc_jpeg_marks *marks,
                                       const dsc_format *fmt,
                                       dsc_error *err) DSC_WARN_UNUSED;

/* The least number of bits that holds every sample word of a frame whose
 * samples are 8 or 16 bit. */
unsigned dsc_codec__bits_needed(const dsc_frame *frame);

/* Copy samples, turning planes into pixels (DSC_PLANAR to DSC_INTERLEAVED) or
 * back. dst has the frame's size; a layout that matches is a plain copy. */
void dsc_codec__relayout(void *dst, dsc_layout want, const dsc_frame *frame);

#endif
