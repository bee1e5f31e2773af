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

/* Values are counted less the lowest possible one. Samples of 32 bits are
 * counted in two steps: by their upper 16 bits, then, among those with the
 * upper half that was found, by their lower 16 bits. */
typedef struct histogram {
    const dsc_frame *frame;
    const dsc_padding *padding;
    size_t samples;
    size_t *bins;  /* HALF_WORDS */
    size_t *words; /* HALF_WORDS: raw sample words */
    size_t total;  /* samples that are not padding */
} histogram;

static bool is_padding(const histogram *h, int64_t v)
{
    return h->padding && v >= h->padding->low && v <= h->padding->high;
}

static void count_narrow(histogram *h)
{
    const dsc_format *fmt = &h->frame->fmt;
    const uint8_t *data = h->frame->data;
    int64_t lowest = lowest_value(fmt);

    if (dsc_sample_bytes(fmt) == 1) {
        for (size_t i = 0; i < h->samples; i++)
            h->words[data[i]]++;
    } else {
        for (size_t i = 0; i < h->samples; i++)
            h->words[dsc_blit__word(data, 2, i)]++;
    }
    for (uint32_t w = 0; w < HALF_WORDS; w++) {
        int64_t v = dsc_stored_value(fmt, w);
        if (!h->words[w] || is_padding(h, v))
            continue;
        h->bins[v - lowest] += h->words[w];
        h->total += h->words[w];
    }
}

static void count_wide(histogram *h, bool lower_half, uint32_t upper)
{
    const dsc_format *fmt = &h->frame->fmt;
    int64_t lowest = lowest_value(fmt);

    memset(h->bins, 0, HALF_WORDS * sizeof *h->bins);
    h->total = 0;
    for (size_t i = 0; i < h->samples; i++) {
        int64_t v = dsc_stored_value(fmt, dsc_blit__word(h->frame->data, 4, i));
        uint32_t t = (uint32_t)(v - lowest);
        if (is_padding(h, v))
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

/* The values at the two fractions, counted from the lowest; false where there
 * is no value at all. */
static bool find_edges(histogram *h, const double fraction[2], uint32_t edge[2])
{
    bool wide = dsc_sample_bytes(&h->frame->fmt) == 4;
    size_t rank[2];

    if (wide)
        count_wide(h, false, 0);
    else
        count_narrow(h);
    if (!h->total)
        return false;
    for (int i = 0; i < 2; i++) {
        rank[i] = rank_of(fraction[i], h->total, i);
        edge[i] = bin_of_rank(h, &rank[i]);
    }
    for (int i = 0; wide && i < 2; i++) {
        count_wide(h, true, edge[i]);
        edge[i] = edge[i] << 16 | bin_of_rank(h, &rank[i]);
    }
    return true;
}

dsc_window dsc_view_auto_window(const dsc_frame *frame, double low_fraction,
                                double high_fraction,
                                const dsc_padding *padding)
{
    const dsc_format *fmt = &frame->fmt;
    const double fraction[2] = {low_fraction, high_fraction};
    dsc_blit__geometry geo;
    histogram h = {.frame = frame, .padding = padding};
    dsc_window window = {0, 1};
    uint32_t edge[2];

    if (!dsc_blit__bits_ok(fmt))
        return window;
    window.low = (double)lowest_value(fmt);
    window.high = (double)highest_value(fmt);
    if (!dsc_blit__geometry_of(frame, &geo))
        return window;
    h.samples = geo.planes * geo.plane_bytes / dsc_sample_bytes(fmt);
    h.bins = dsc_calloc(2 * HALF_WORDS, sizeof *h.bins);
    if (!h.bins)
        return window;
    h.words = h.bins + HALF_WORDS;
    if (find_edges(&h, fraction, edge)) {
        window.low = (double)(lowest_value(fmt) + edge[0]);
        window.high = (double)(lowest_value(fmt) + edge[1]);
    }
    dsc_free(h.bins);
    return window;
}
