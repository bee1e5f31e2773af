/* SPDX-License-Identifier: Apache-2.0
 *
 * Windows: stored values to 0..255 in whole numbers only, so that every
 * machine renders the same view. */
#include "blit/blit_priv.h"

#include <string.h>

#define HALF_WORDS ((size_t)65536)
/* Wider than any stored value, narrow enough for 255 * range in 64 bits. */
#define VALUE_LIMIT ((int64_t)1 << 40)

bool dsc_blit__bits_ok(const dsc_format *fmt)
{
    size_t bits = 8 * dsc_sample_bytes(fmt);

    return fmt->bits_stored >= 1 && fmt->bits_stored <= bits &&
           fmt->high_bit < bits && fmt->high_bit + 1u >= fmt->bits_stored;
}

uint32_t dsc_blit__word(const uint8_t *data, size_t sample_bytes, size_t i)
{
    uint16_t v16;
    uint32_t v32;

    switch (sample_bytes) {
    case 1:
        return data[i];
    case 2:
        memcpy(&v16, data + 2 * i, sizeof v16);
        return v16;
    default:
        memcpy(&v32, data + 4 * i, sizeof v32);
        return v32;
    }
}

static int64_t lowest_value(const dsc_format *fmt)
{
    return fmt->is_signed ? -((int64_t)1 << (fmt->bits_stored - 1)) : 0;
}

static int64_t highest_value(const dsc_format *fmt)
{
    return lowest_value(fmt) + ((int64_t)1 << fmt->bits_stored) - 1;
}

/* Round down (or up) into +-VALUE_LIMIT; not a number becomes `otherwise`. */
static int64_t whole(double v, bool up, int64_t otherwise)
{
    int64_t i;

    if (v != v)
        return otherwise;
    if (v >= (double)VALUE_LIMIT)
        return VALUE_LIMIT;
    if (v <= -(double)VALUE_LIMIT)
        return -VALUE_LIMIT;
    i = (int64_t)v;
    if (up)
        return (double)i < v ? i + 1 : i;
    return (double)i > v ? i - 1 : i;
}

/* The integer form for the kernels, where 16 bits are enough. */
static void make_ramp(dsc_blit__scale *s, const dsc_format *fmt)
{
    int64_t low = s->low - lowest_value(fmt), range = s->high - s->low;
    uint64_t r = (uint64_t)range;
    unsigned shift = 24;

    s->has_ramp = fmt->bits_allocated <= 16 && low >= 0 && low <= UINT16_MAX &&
                  range <= UINT16_MAX;
    if (!s->has_ramp)
        return;
    /* Rounded up, so that an exact half rounds up as in scale_value. */
    while ((((uint64_t)255 << shift) + r - 1) / r > UINT16_MAX)
        shift--;
    s->ramp = (dsc_ramp){
        .left = (uint16_t)(15u - fmt->high_bit),
        .right = (uint16_t)(16u - fmt->bits_stored),
        .flip = fmt->is_signed ? 0x8000u : 0u,
        .low = (uint16_t)low,
        .range = (uint16_t)range,
        .mul = (uint16_t)((((uint64_t)255 << shift) + r - 1) / r),
        .shift = (uint16_t)shift,
        .invert = s->invert ? 255u : 0u,
    };
}

void dsc_blit__scale_make(dsc_blit__scale *out, const dsc_format *fmt,
                          const dsc_window *window, bool invert)
{
    *out = (dsc_blit__scale){
        .low = lowest_value(fmt), .high = highest_value(fmt), .invert = invert};
    if (window) {
        out->low = whole(window->low, false, out->low);
        out->high = whole(window->high, true, out->high);
    }
    if (out->high <= out->low)
        out->high = out->low + 1; /* a threshold */
    make_ramp(out, fmt);
}

uint8_t dsc_blit__scale_value(const dsc_blit__scale *s, int64_t value)
{
    uint64_t range = (uint64_t)(s->high - s->low), d;

    if (value <= s->low)
        d = 0;
    else if (value >= s->high)
        d = 255;
    else
        d = ((uint64_t)(value - s->low) * 255 + range / 2) / range;
    return (uint8_t)(s->invert ? 255 - d : d);
}

/* ---- percentiles ---- */

typedef struct histogram {
    const dsc_frame *frame;
    const dsc_padding *padding;
    size_t samples;
    size_t *bins; /* HALF_WORDS */
    size_t total; /* samples that are not padding */
} histogram;

/* Count values, less the lowest possible one, by their upper 16 bits; or
 * those with the upper half `upper` by their lower 16 bits. */
static void count_values(histogram *h, bool lower_half, uint32_t upper)
{
    const dsc_format *fmt = &h->frame->fmt;
    size_t bytes = dsc_sample_bytes(fmt);
    int64_t lowest = lowest_value(fmt);

    memset(h->bins, 0, HALF_WORDS * sizeof *h->bins);
    h->total = 0;
    for (size_t i = 0; i < h->samples; i++) {
        int64_t v =
            dsc_stored_value(fmt, dsc_blit__word(h->frame->data, bytes, i));
        uint32_t t = (uint32_t)(v - lowest);
        if (h->padding && v >= h->padding->low && v <= h->padding->high)
            continue;
        if (!lower_half)
            h->bins[t >> 16]++;
        else if (t >> 16 == upper)
            h->bins[t & 0xffff]++;
        h->total++;
    }
}

/* The bin that holds rank *k; *k becomes the rank within it. */
static uint32_t bin_of_rank(const histogram *h, size_t *k)
{
    uint32_t bin = 0;

    while (bin + 1 < HALF_WORDS && *k >= h->bins[bin])
        *k -= h->bins[bin++];
    return bin;
}

static size_t rank_of(double fraction, size_t total, bool up)
{
    double last = (double)(total - 1);
    int64_t k = whole(fraction * last, up, up ? (int64_t)(total - 1) : 0);

    if (k < 0)
        return 0;
    return (size_t)k < total ? (size_t)k : total - 1;
}

dsc_window dsc_view_auto_window(const dsc_frame *frame, double low_fraction,
                                double high_fraction,
                                const dsc_padding *padding)
{
    const dsc_format *fmt = &frame->fmt;
    dsc_blit__geometry geo;
    histogram h = {.frame = frame, .padding = padding};
    double *edges[2];
    dsc_window window = {0, 1};

    if (!dsc_blit__bits_ok(fmt))
        return window;
    window.low = (double)lowest_value(fmt);
    window.high = (double)highest_value(fmt);
    if (!dsc_blit__geometry_of(frame, &geo))
        return window;
    h.samples = geo.planes * geo.plane_bytes / dsc_sample_bytes(fmt);
    h.bins = dsc_calloc(HALF_WORDS, sizeof *h.bins);
    if (!h.bins)
        return window;
    edges[0] = &window.low;
    edges[1] = &window.high;
    for (int up = 0; up < 2; up++) {
        uint32_t upper = 0;
        size_t k;
        if (fmt->bits_stored > 16 || !up)
            count_values(&h, fmt->bits_stored <= 16, 0);
        if (!h.total)
            break;
        k = rank_of(up ? high_fraction : low_fraction, h.total, up);
        if (fmt->bits_stored > 16) {
            upper = bin_of_rank(&h, &k);
            count_values(&h, true, upper);
        }
        *edges[up] = (double)(lowest_value(fmt) + ((int64_t)upper << 16) +
                              bin_of_rank(&h, &k));
    }
    dsc_free(h.bins);
    return window;
}
