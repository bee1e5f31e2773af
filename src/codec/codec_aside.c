/* SPDX-License-Identifier: Apache-2.0
 *
 * Comments and application data inside encoded frames.
 *
 * They are found with a walk that forgives as much as the decoders do, since
 * a frame that is kept as it is need not be of the strict form: whatever is
 * no segment is an aside itself. */
#include "codec/codec_jp2k_priv.h"

#include <string.h>

enum {
    SOI = 0xD8,
    EOI = 0xD9,
    SOS = 0xDA,
    RST0 = 0xD0,
    RST7 = 0xD7,
    TEM = 0x01,
    COM = 0xFE,
    APP0 = 0xE0,
    APP2 = 0xE2,
    APP8 = 0xE8,
    APP14 = 0xEE,
    APP15 = 0xEF,
    JFIF_SIZE = 14,  /* up to the thumbnail */
    ADOBE_SIZE = 12, /* all of it */
};

typedef struct teller {
    dsc_bytes in;
    dsc_aside_fn fn;
    void *ctx;
    bool stopped;
} teller;

static void tell(teller *t, size_t offset, size_t length, bool needed,
                 uint8_t fill)
{
    dsc_aside a = {offset, length, needed, fill};

    if (length && !t->stopped)
        t->stopped = !t->fn(t->ctx, &a);
}

static bool begins(const uint8_t *p, size_t n, const char *with, size_t len)
{
    return n >= len && !memcmp(p, with, len);
}

/* ---- the names of encoders ---- */

/* Comments that say which program made the stream, and with what settings,
 * tell of no person. Anything longer or other than plain text is more. */
static bool names_encoder(const uint8_t *p, size_t n)
{
    static const char *const known[] = {
        "Kakadu-",
        "Kdu-Layer-Info:",
        "Created by OpenJPEG version ",
        "LEAD Technologies Inc. V",
        "Lavc",
        "JasPer Version ",
        "AccuSoft",
        "Aware",
        "Intel(R) JPEG Library",
        "Intel(R) IPP JPEG encoder",
        "CREATOR: gd-jpeg v",
        "OpenHTJ2K version",
        "OpenJPH Ver ",
        "FFmpeg",
    };

    while (n && (p[n - 1] == '\0' || p[n - 1] == ' ' || p[n - 1] == '\n'))
        n--;
    for (size_t i = 0; i < n; i++)
        if ((p[i] < 0x20 && p[i] != '\n' && p[i] != '\r' && p[i] != '\t') ||
            p[i] > 0x7E)
            return false;
    for (size_t i = 0; n <= 512 && i < sizeof known / sizeof *known; i++)
        if (begins(p, n, known[i], strlen(known[i])))
            return true;
    return false;
}

/* ---- JPEG, JPEG-LS ---- */

static void tell_segment(teller *t, uint8_t m, size_t at, size_t n)
{
    const uint8_t *p = t->in.data + at;
    size_t keep = 0;

    if (m == COM) {
        tell(t, at, n, names_encoder(p, n), ' ');
        return;
    }
    if (m < APP0 || m > APP15)
        return;
    if (m == APP0 && begins(p, n, "JFIF", 5))
        keep = JFIF_SIZE; /* a thumbnail may follow */
    else if (m == APP14 && begins(p, n, "Adobe", 5))
        keep = ADOBE_SIZE;
    else if ((m == APP2 && begins(p, n, "ICC_PROFILE", 12)) ||
             (m == APP8 &&
              (begins(p, n, "mrfx", 4) || begins(p, n, "SPIFF", 6) ||
               (n == 6 && begins(p, n, "\0\0\0\1\xFF\xD8", 6)))))
        keep = n; /* colour; and the end of a SPIFF directory, with the start
                     of image in it (ISO/IEC 10918-3 Annex F) */
    if (keep > n)
        keep = n;
    tell(t, at, keep, true, 0);
    tell(t, at + keep, n - keep, false, 0);
}

/* From entropy-coded data to its end: the next marker that is no restart. A
 * marker in JPEG-LS has its high bit set; in JPEG FF 01 to FF BF, which are
 * none, end the data just as well. */
static size_t after_entropy(dsc_bytes in, size_t at, bool ls)
{
    while (at + 1 < in.len) {
        const uint8_t *ff = memchr(in.data + at, 0xFF, in.len - 1 - at);
        if (!ff)
            return in.len;
        at = (size_t)(ff - in.data);
        if (ls ? ff[1] < 0x80 : ff[1] == 0)
            at += 2;
        else if (ff[1] >= RST0 && ff[1] <= RST7)
            at += 2;
        else if (ff[1] == 0xFF)
            at++;
        else
            return at;
    }
    return in.len;
}

dsc_status dsc_codec__jpeg_asides(dsc_bytes in, dsc_aside_fn fn, void *ctx,
                                  dsc_error *err)
{
    teller t = {.in = in, .fn = fn, .ctx = ctx};
    size_t at = 2, stray;
    bool ls = false;

    (void)err;
    if (in.len < 2 || in.data[0] != 0xFF || in.data[1] != SOI) {
        tell(&t, 0, in.len, true, 0);
        return DSC_OK;
    }
    while (!t.stopped) {
        uint8_t m;
        size_t n;
        for (stray = at; at < in.len && in.data[at] != 0xFF;)
            at++; /* decoders skip what is no marker */
        tell(&t, stray, at - stray, false, 0);
        if (in.len - at < 2)
            break;
        m = in.data[at + 1];
        if (m == 0xFF || m == 0 || m == TEM || m == SOI ||
            (m >= RST0 && m <= RST7)) {
            at += m == 0xFF ? 1 : 2;
            continue;
        }
        at += 2;
        if (m == EOI)
            break;
        n = in.len - at < 2 ? 0 : (size_t)in.data[at] << 8 | in.data[at + 1];
        if (n < 2 || n > in.len - at)
            break; /* cut off */
        ls = ls || m == 0xF7;
        tell_segment(&t, m, at + 2, n - 2);
        at += n;
        if (m == SOS)
            at = after_entropy(in, at, ls);
    }
    tell(&t, at, in.len - at, false, 0);
    return DSC_OK;
}

/* ---- JPEG 2000 ---- */

/* COM segments from `at` on, up to the marker that ends a header. Returns
 * where that is. */
static size_t j2k_comments(teller *t, size_t at, size_t end, uint32_t until)
{
    const uint8_t *d = t->in.data;

    while (end - at >= 4 && !t->stopped) {
        uint32_t m = dsc_j2k_get16(d + at), n = dsc_j2k_get16(d + at + 2);
        if (m == until || n < 2 || n > end - at - 2)
            break;
        if (m == DSC_J2K_COM && n > 4) { /* Lcom, Rcom, text */
            bool text = dsc_j2k_get16(d + at + 4) == 1;
            tell(t, at + 6, n - 4, text && names_encoder(d + at + 6, n - 4),
                 text ? ' ' : 0);
        }
        at += 2 + n;
    }
    return at;
}

dsc_status dsc_codec__jp2k_asides(dsc_bytes in, dsc_aside_fn fn, void *ctx,
                                  dsc_error *err)
{
    teller t = {.in = in, .fn = fn, .ctx = ctx};
    dsc_j2k_head head = {0};
    dsc_status st = dsc_j2k__parse(&head, in, err);
    size_t start, end;

    if (st)
        goto done;
    /* offsets in the codestream become offsets in the frame */
    start = (size_t)(head.stream.data - in.data);
    end = start + head.stream.len;
    tell(&t, 0, start, true, 0); /* JP2 boxes */
    j2k_comments(&t, start + 2, start + head.first_sot, DSC_J2K_SOT);
    for (size_t i = 0; i < head.part_count; i++)
        j2k_comments(&t, start + head.parts[i].sot, start + head.parts[i].end,
                     DSC_J2K_SOD);
    tell(&t, end, in.len - end, false, 0);
done:
    dsc_j2k__free(&head);
    return st;
}

/* ---- blank ---- */

typedef struct blanker {
    dsc_buf *frame;
    bool changed;
} blanker;

static bool blank(void *ctx, const dsc_aside *a)
{
    blanker *b = ctx;
    uint8_t *p = b->frame->data + a->offset;

    if (a->needed)
        return true;
    for (size_t i = 0; i < a->length; i++) {
        b->changed = b->changed || p[i] != a->fill;
        p[i] = a->fill;
    }
    return true;
}

dsc_status dsc_codec_blank_asides(const dsc_codec *codec, dsc_buf *frame,
                                  bool *changed, dsc_error *err)
{
    blanker b = {frame, false};
    dsc_bytes in = {frame->data, frame->len};
    dsc_status st;

    if (!codec->asides)
        return DSC_OK;
    st = codec->asides(in, blank, &b, err);
    if (!st && b.changed && changed)
        *changed = true;
    return st;
}
