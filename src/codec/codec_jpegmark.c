/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/codec_jpegmark.h"

#include <string.h>

enum {
    SOI = 0xD8,
    EOI = 0xD9,
    SOS = 0xDA,
    DNL = 0xDC,
    DHP = 0xDE,
    EXP = 0xDF,
    DHT = 0xC4,
    JPG = 0xC8,
    DAC = 0xCC,
    LSE = 0xF8,
    RST0 = 0xD0,
    RST7 = 0xD7,
};

typedef struct walk {
    dsc_jpeg_marks *out;
    dsc_bytes in;
    size_t pos;
    bool ls;
    uint8_t seen[DSC_JPEG_MAX_COMPONENTS]; /* component ids of the frame */
} walk;

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static dsc_status broken(dsc_error *err, size_t at, const char *what)
{
    return dsc_fail(err, DSC_BADFILE, "JPEG stream: %s at byte %zu", what, at);
}

static bool is_sof(uint8_t m)
{
    return m == DSC_JPEG_SOF55 ||
           (m >= 0xC0 && m <= 0xCF && m != DHT && m != JPG && m != DAC);
}

static dsc_status read_sof(walk *w, uint8_t marker, const uint8_t *p, size_t n,
                           dsc_error *err)
{
    dsc_jpeg_marks *o = w->out;
    if (o->sof)
        return broken(err, w->pos, "second frame header");
    if (n < 6 || n != 6 + 3 * (size_t)p[5])
        return broken(err, w->pos, "bad frame header length");
    if (p[5] < 1 || p[5] > DSC_JPEG_MAX_COMPONENTS)
        return broken(err, w->pos, "bad component count");
    o->sof = marker;
    o->precision = p[0];
    o->rows = get16(p + 1);
    o->columns = get16(p + 3);
    o->components = p[5];
    for (unsigned i = 0; i < o->components; i++) {
        const uint8_t *c = p + 6 + 3 * i;
        w->seen[i] = c[0];
        if ((c[1] >> 4) < 1 || (c[1] >> 4) > 4 || (c[1] & 15) < 1 ||
            (c[1] & 15) > 4)
            return broken(err, w->pos, "bad sampling factor");
        if (c[1] != p[7])
            o->subsampled = true;
        for (unsigned j = 0; j < i; j++)
            if (w->seen[j] == c[0])
                return broken(err, w->pos, "component named twice");
    }
    return DSC_OK;
}

static dsc_status read_sos(walk *w, const uint8_t *p, size_t n, dsc_error *err)
{
    dsc_jpeg_marks *o = w->out;
    if (!o->sof)
        return broken(err, w->pos, "scan before the frame header");
    if (n < 1 || p[0] < 1 || p[0] > o->components || n != 4 + 2 * (size_t)p[0])
        return broken(err, w->pos, "bad scan header");
    for (unsigned i = 0; i < p[0]; i++)
        if (!memchr(w->seen, p[1 + 2 * i], o->components))
            return broken(err, w->pos, "scan of an unknown component");
    const uint8_t *tail = p + 1 + 2 * p[0];
    if (o->scans++ == 0) {
        o->scan_components = p[0];
        o->ss = tail[0];
        o->se = tail[1];
        o->ah_al = tail[2];
        o->se_offset = (size_t)(tail + 1 - w->in.data);
    } else if (w->ls && tail[1] != o->se) {
        return broken(err, w->pos, "scans of several interleave modes");
    }
    if (w->ls && tail[0] > o->near_max)
        o->near_max = tail[0];
    return DSC_OK;
}

/* Entropy-coded data runs to the next marker. JPEG stuffs a zero byte after
 * FF, JPEG-LS a zero bit. */
static dsc_status skip_entropy(walk *w, dsc_error *err)
{
    size_t start = w->pos;
    while (w->pos + 1 < w->in.len) {
        const uint8_t *ff =
            memchr(w->in.data + w->pos, 0xFF, w->in.len - 1 - w->pos);
        if (!ff)
            break;
        w->pos = (size_t)(ff - w->in.data);
        uint8_t next = ff[1];
        if (w->ls ? next < 0x80 : next == 0) {
            w->pos += 2;
        } else if (next >= RST0 && next <= RST7) {
            w->pos += 2;
        } else if (next == 0xFF) {
            w->pos++;
        } else {
            w->out->scan_bytes += w->pos - start;
            return DSC_OK;
        }
    }
    return broken(err, w->in.len, "it ends before its end of image marker");
}

static dsc_status read_segment(walk *w, uint8_t m, dsc_error *err)
{
    if (w->in.len - w->pos < 2)
        return broken(err, w->pos, "cut off");
    size_t len = get16(w->in.data + w->pos);
    if (len < 2 || len > w->in.len - w->pos)
        return broken(err, w->pos, "bad segment length");
    const uint8_t *body = w->in.data + w->pos + 2;
    dsc_status st = DSC_OK;
    if (is_sof(m))
        st = read_sof(w, m, body, len - 2, err);
    else if (m == SOS)
        st = read_sos(w, body, len - 2, err);
    else if (m == DNL || m == DHP || m == EXP)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG stream: hierarchical or of unknown height");
    else if (m == LSE && w->ls && (len < 3 || body[0] != 1))
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG-LS stream: mapping table or extension");
    if (st)
        return st;
    w->pos += len;
    return m == SOS ? skip_entropy(w, err) : DSC_OK;
}

static bool marker_allowed(uint8_t m)
{
    return m >= 0xC0 && m != SOI && !(m >= RST0 && m <= RST7) && m != JPG &&
           (m < 0xF0 || m == DSC_JPEG_SOF55 || m == LSE || m == 0xFE);
}

dsc_status dsc_codec__jpeg_marks(dsc_jpeg_marks *out, dsc_bytes in, bool ls,
                                 dsc_error *err)
{
    walk w = {.out = out, .in = in, .pos = 2, .ls = ls};
    memset(out, 0, sizeof *out);
    if (in.len < 4 || in.data[0] != 0xFF || in.data[1] != SOI)
        return broken(err, 0, "no start of image");
    for (;;) {
        if (in.len - w.pos < 2)
            return broken(err, w.pos, "it ends before its end of image marker");
        if (in.data[w.pos] != 0xFF)
            return broken(err, w.pos, "no marker");
        uint8_t m = in.data[w.pos + 1];
        if (m == 0xFF) { /* fill byte */
            w.pos++;
            continue;
        }
        if (!marker_allowed(m))
            return broken(err, w.pos, "unexpected marker");
        w.pos += 2;
        if (m == EOI)
            break;
        dsc_status st = read_segment(&w, m, err);
        if (st)
            return st;
    }
    if (out->scans == 0)
        return broken(err, w.pos, "no scan");
    out->length = w.pos;
    return DSC_OK;
}

dsc_status dsc_codec__jpeg_marks_match(const dsc_jpeg_marks *marks,
                                       const dsc_format *fmt, dsc_error *err)
{
    if (marks->columns != fmt->columns || marks->rows != fmt->rows)
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG stream of %u x %u where the dataset says %u x %u",
                        marks->columns, marks->rows, fmt->columns, fmt->rows);
    if (marks->components != fmt->samples)
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG stream of %u components where the dataset says "
                        "%u samples per pixel",
                        marks->components, fmt->samples);
    if (marks->components != 1 && marks->components != 3)
        return dsc_fail(err, DSC_UNSUPPORTED, "JPEG stream of %u components",
                        marks->components);
    if (marks->subsampled)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG stream with subsampled components");
    if (fmt->bits_allocated != 8 && fmt->bits_allocated != 16)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG stream with Bits Allocated %u",
                        fmt->bits_allocated);
    if (marks->precision < 2 || marks->precision > fmt->bits_allocated)
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG stream of %u bits where the dataset allocates %u",
                        marks->precision, fmt->bits_allocated);
    return DSC_OK;
}

unsigned dsc_codec__bits_needed(const dsc_frame *frame)
{
    uint32_t all = 0;
    if (dsc_sample_bytes(&frame->fmt) == 1) {
        for (size_t i = 0; i < frame->size; i++)
            all |= frame->data[i];
    } else {
        const uint16_t *p = (const uint16_t *)(const void *)frame->data;
        for (size_t i = 0; i < frame->size / 2; i++)
            all |= p[i];
    }
    unsigned bits = 0;
    while (all >> bits)
        bits++;
    return bits;
}

void dsc_codec__relayout(void *dst, dsc_layout want, const dsc_frame *frame)
{
    size_t bytes = dsc_sample_bytes(&frame->fmt);
    size_t samples = frame->fmt.samples;
    size_t pixels = frame->size / bytes / samples;
    if (want == frame->fmt.layout || samples == 1) {
        memcpy(dst, frame->data, frame->size);
        return;
    }
    for (size_t s = 0; s < samples; s++) {
        for (size_t i = 0; i < pixels; i++) {
            size_t plane = (s * pixels + i) * bytes;
            size_t inter = (i * samples + s) * bytes;
            if (want == DSC_PLANAR)
                memcpy((uint8_t *)dst + plane, frame->data + inter, bytes);
            else
                memcpy((uint8_t *)dst + inter, frame->data + plane, bytes);
        }
    }
}
