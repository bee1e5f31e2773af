/* SPDX-License-Identifier: Apache-2.0
 *
 * What "black" is, which depends on the pixels (PS3.3 C.7.6.3.1.2). */
#include "image/image.h"

#include <string.h>

static uint32_t word_at(const dsc_frame *frame, size_t i)
{
    uint16_t v16;
    uint32_t v32;

    switch (dsc_sample_bytes(&frame->fmt)) {
    case 1:
        return frame->data[i];
    case 2:
        memcpy(&v16, frame->data + 2 * i, sizeof v16);
        return v16;
    default:
        memcpy(&v32, frame->data + 4 * i, sizeof v32);
        return v32;
    }
}

/* A stored value back into its place in the sample word, other bits zero. */
static uint32_t to_word(const dsc_format *fmt, int64_t value)
{
    unsigned shift = fmt->high_bit + 1u - fmt->bits_stored;
    uint32_t v = (uint32_t)value;

    if (fmt->bits_stored < 32)
        v &= (1u << fmt->bits_stored) - 1u;
    /* Signed samples are kept sign extended up to bits allocated, as the
     * modality wrote them: tools that read whole words rely on it. */
    if (fmt->is_signed && value < 0 && shift == 0) {
        v = (uint32_t)value;
        if (fmt->bits_allocated < 32)
            v &= (1u << fmt->bits_allocated) - 1u;
        return v;
    }
    return v << shift;
}

static dsc_fill mono_black(const dsc_frame *frame, const dsc_padding *padding)
{
    const dsc_format *fmt = &frame->fmt;
    size_t n = frame->size / dsc_sample_bytes(fmt);
    bool highest = fmt->photometric == DSC_MONOCHROME1, found = false;
    int64_t best = 0;
    dsc_fill fill = {{0, 0, 0}};

    for (size_t i = 0; i < n; i++) {
        int64_t v = dsc_stored_value(fmt, word_at(frame, i));
        if (padding && v >= padding->low && v <= padding->high)
            continue;
        if (!found || (highest ? v > best : v < best))
            best = v;
        found = true;
    }
    /* Nothing but padding: the frame's own extreme (0 would be white in
     * MONOCHROME1). */
    if (!found && padding)
        return mono_black(frame, NULL);
    fill.v[0] = to_word(fmt, best);
    return fill;
}

dsc_fill dsc_fill_black(const dsc_frame *frame, uint32_t darkest_index,
                        const dsc_padding *padding)
{
    const dsc_format *fmt = &frame->fmt;
    uint32_t middle = 1u << (fmt->bits_stored - 1);
    unsigned down = fmt->bits_stored > 8 ? fmt->bits_stored - 8u : 0;

    switch (fmt->photometric) {
    case DSC_MONOCHROME1:
    case DSC_MONOCHROME2:
        return mono_black(frame, padding);
    case DSC_PALETTE_COLOR:
        return (dsc_fill){{darkest_index, 0, 0}};
    case DSC_YBR_FULL:
    case DSC_YBR_FULL_422:
        return (dsc_fill){{0, middle, middle}};
    case DSC_YBR_PARTIAL_422:
    case DSC_YBR_PARTIAL_420:
        return (dsc_fill){{16u << down, middle, middle}};
    default: /* RGB; JPEG 2000 colour is RGB once decoded */
        return (dsc_fill){{0, 0, 0}};
    }
}
