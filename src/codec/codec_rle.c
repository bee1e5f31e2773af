/* SPDX-License-Identifier: Apache-2.0
 *
 * RLE Lossless, PS3.5 Annex G: a 64-byte header, then one PackBits segment
 * for each byte of each sample, most significant byte first.
 *
 * Reading rules, where Annex G leaves room:
 *  - segments lie in ascending order after the header and do not overlap; each
 *    ends where the next begins, the last one at the end of the frame;
 *  - a segment yields exactly one byte a pixel. One that ends early or whose
 *    last run goes over is an error;
 *  - what follows in the segment may only be padding: 0x00 (which Annex G asks
 *    for) or 0x80 (PackBits' own filler, which old encoders end with);
 *  - one-bit pixels are a byte each (G.2 pads them to whole bytes), but some
 *    encoders compress the packed bits of the native form: the segment's length
 *    tells, and a changed frame is written as it was. */
#include "codec/codec_priv.h"

#include <string.h>

#define HEADER_BYTES 64u
#define MAX_SEGMENTS 15u
/* PackBits' best: two bytes stand for 128. */
#define MAX_RATIO 64u

static uint32_t read_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static void write_u32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

/* Where byte `b`, counted from the most significant one, lies in a word. */
static size_t byte_in_word(size_t word_bytes, size_t b)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    (void)word_bytes;
    return b;
#else
    return word_bytes - 1 - b;
#endif
}

static dsc_status rle_format(dsc_format *out, size_t *bytes,
                             const dsc_format *fmt, dsc_error *err)
{
    if (fmt->bits_allocated == 1 && fmt->samples != 1)
        return dsc_fail(err, DSC_BADFILE, "RLE of %u one-bit samples a pixel",
                        fmt->samples);
    if (fmt->samples == 3 && fmt->photometric != DSC_RGB &&
        fmt->photometric != DSC_YBR_FULL)
        return dsc_fail(err, DSC_UNSUPPORTED, "RLE of %s",
                        dsc_photometric_name(fmt->photometric));
    *out = *fmt;
    if (fmt->samples == 1 || fmt->layout == DSC_YBR422)
        out->layout = DSC_INTERLEAVED;
    return dsc_codec__check_format(bytes, out, err);
}

/* ---- decode ---- */

typedef struct segments {
    size_t start[MAX_SEGMENTS + 1]; /* the last one is the end */
    unsigned count;
} segments;

static dsc_status read_header(segments *out, dsc_bytes in, unsigned want,
                              dsc_error *err)
{
    uint32_t n;

    if (in.len < HEADER_BYTES)
        return dsc_fail(err, DSC_BADFILE, "RLE frame of %zu bytes", in.len);
    n = read_u32(in.data);
    if (n != want)
        return dsc_fail(err, DSC_BADFILE, "RLE frame has %u segments, not %u",
                        n, want);
    out->count = want;
    for (unsigned i = 0; i < want; i++) {
        size_t at = read_u32(in.data + 4 + 4 * (size_t)i);
        size_t least = i ? out->start[i - 1] + 1 : HEADER_BYTES;
        if (at < least || at >= in.len)
            return dsc_fail(err, DSC_BADFILE,
                            "RLE segment %u at impossible offset %zu", i + 1,
                            at);
        out->start[i] = at;
    }
    out->start[want] = in.len;
    return DSC_OK;
}

static bool is_padding(const uint8_t *p, const uint8_t *end)
{
    while (p < end && (*p == 0x00 || *p == 0x80))
        p++;
    return p == end;
}

/* One segment into `n` bytes. NULL, or what is wrong with it. */
static const char *unpack(uint8_t *out, size_t n, const uint8_t *p,
                          const uint8_t *end)
{
    size_t done = 0;

    while (done < n) {
        uint8_t code;
        size_t run;

        if (p == end)
            return "ends early";
        code = *p++;
        if (code == 0x80)
            continue;
        run = code < 0x80 ? code + 1u : 257u - code;
        if (run > n - done)
            return "holds too much";
        if (code < 0x80) {
            if (run > (size_t)(end - p))
                return "ends inside a run";
            memcpy(out + done, p, run);
            p += run;
        } else {
            if (p == end)
                return "ends inside a run";
            memset(out + done, *p++, run);
        }
        done += run;
    }
    return is_padding(p, end) ? NULL : "holds too much";
}

static size_t packed_bytes(size_t pixels)
{
    return pixels / 8 + (pixels % 8 != 0);
}

/* Are the segment's bytes eight pixels each? `plane` has room for `pixels`
 * bytes and holds the segment's afterwards. Sets *wrong where neither form
 * fits. */
static bool unpack_bits(uint8_t *plane, size_t pixels, const uint8_t *p,
                        const uint8_t *end, const char **wrong)
{
    *wrong = unpack(plane, pixels, p, end);
    if (!*wrong || unpack(plane, packed_bytes(pixels), p, end))
        return false;
    *wrong = NULL;
    return true;
}

static const char *decode_bits(uint8_t *out, size_t pixels, uint8_t *plane,
                               const uint8_t *p, const uint8_t *end)
{
    const char *wrong;
    bool packed = unpack_bits(plane, pixels, p, end, &wrong);

    if (wrong)
        return wrong;
    if (packed && pixels % 8 && plane[pixels / 8] >> pixels % 8)
        return "holds too much";
    for (size_t i = 0; i < pixels; i++) {
        out[i] = packed ? plane[i / 8] >> i % 8 & 1u : plane[i];
        if (out[i] > 1)
            return "holds more than one bit a pixel";
    }
    return NULL;
}

static dsc_status decode_planes(dsc_frame *out, dsc_bytes in,
                                const segments *segs, uint8_t *plane,
                                dsc_error *err)
{
    size_t bytes = dsc_sample_bytes(&out->fmt);
    size_t pixels = (size_t)out->fmt.columns * out->fmt.rows;

    for (unsigned i = 0; i < segs->count; i++) {
        size_t at, step;
        const char *wrong = unpack(plane, pixels, in.data + segs->start[i],
                                   in.data + segs->start[i + 1]);
        if (wrong)
            return dsc_fail(err, DSC_BADFILE, "RLE segment %u %s", i + 1,
                            wrong);
        dsc_codec__sample_place(&at, &step, &out->fmt, i / (unsigned)bytes);
        at += byte_in_word(bytes, i % bytes);
        if (step == 1) {
            memcpy(out->data + at, plane, pixels);
        } else {
            for (size_t k = 0; k < pixels; k++, at += step)
                out->data[at] = plane[k];
        }
    }
    return DSC_OK;
}

static dsc_status decode_bit_plane(dsc_frame *out, dsc_bytes in, uint8_t *plane,
                                   dsc_error *err)
{
    const char *wrong =
        decode_bits(out->data, out->size, plane,
                    in.data + read_u32(in.data + 4), in.data + in.len);

    return wrong ? dsc_fail(err, DSC_BADFILE, "RLE segment 1 %s", wrong)
                 : DSC_OK;
}

static dsc_status rle_decode(dsc_frame *out, dsc_bytes in,
                             const dsc_format *fmt, dsc_error *err)
{
    dsc_format format;
    segments segs = {0};
    size_t bytes, least, pixels = 0;
    uint8_t *plane = NULL;
    dsc_status st;

    if ((st = rle_format(&format, &bytes, fmt, err)) ||
        (st = read_header(
             &segs, in, (unsigned)(format.samples * dsc_sample_bytes(&format)),
             err)))
        goto done;
    /* eight one-bit pixels may share a byte */
    least = bytes / MAX_RATIO / (format.bits_allocated == 1 ? 8 : 1);
    if (least > in.len) {
        st = dsc_fail(err, DSC_BADFILE,
                      "RLE frame of %zu bytes cannot hold %u x %u pixels",
                      in.len, format.columns, format.rows);
        goto done;
    }
    pixels = (size_t)format.columns * format.rows;
    plane = dsc_alloc(pixels);
    if (!plane) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory (RLE plane)");
        goto done;
    }
    st = dsc_frame_alloc(out, &format, err);
    if (!st && format.bits_allocated == 1)
        st = decode_bit_plane(out, in, plane, err);
    else if (!st)
        st = decode_planes(out, in, &segs, plane, err);
done:
    if (st)
        dsc_frame_free(out);
    dsc_wipe_free(plane, pixels);
    return st;
}

/* ---- encode ---- */

/* How many bytes from `p` on are equal, at most 128. */
static size_t run_length(const uint8_t *p, size_t left)
{
    size_t n = 1, most = left < 128 ? left : 128;

    while (n < most && p[n] == p[0])
        n++;
    return n;
}

/* One row. `out` has room for n + n / 128 + 1 bytes. A run of two stays inside
 * a literal, where coding it alone would save nothing. Returns bytes used. */
static size_t pack_row(uint8_t *out, const uint8_t *row, size_t n)
{
    size_t used = 0, i = 0;

    while (i < n) {
        size_t run = run_length(row + i, n - i), lit = 0;
        if (run >= 2) {
            out[used++] = (uint8_t)(257 - run);
            out[used++] = row[i];
            i += run;
            continue;
        }
        while (lit < 128 && i + lit < n &&
               run_length(row + i + lit, n - i - lit) < 3)
            lit++;
        out[used++] = (uint8_t)(lit - 1);
        memcpy(out + used, row + i, lit);
        used += lit;
        i += lit;
    }
    return used;
}

/* One byte plane, row by row (G.3.1 wants no run over a row's end), padded to
 * even length. */
static dsc_status pack_plane(dsc_buf *out, const uint8_t *first, size_t step,
                             const dsc_format *fmt, uint8_t *row,
                             dsc_error *err)
{
    size_t w = fmt->columns;
    dsc_status st;

    for (uint32_t y = 0; y < fmt->rows; y++) {
        size_t len = out->len;
        for (size_t x = 0; x < w; x++, first += step)
            row[x] = *first;
        if ((st = dsc_buf_reserve(out, len + w + w / 128 + 1, err)))
            return st;
        out->len += pack_row(out->data + len, row, w);
    }
    return out->len % 2 ? dsc_buf_append(out, "", 1, err) : DSC_OK;
}

static dsc_status encode_planes(dsc_buf *out, const dsc_frame *frame,
                                uint8_t *row, dsc_error *err)
{
    const dsc_format *fmt = &frame->fmt;
    size_t bytes = dsc_sample_bytes(fmt);
    unsigned count = (unsigned)(fmt->samples * bytes);
    dsc_status st = dsc_buf_resize(out, HEADER_BYTES, err);

    if (st)
        return st;
    write_u32(out->data, count);
    for (unsigned i = 0; i < count; i++) {
        size_t at, step;
        if (out->len > UINT32_MAX)
            return dsc_fail(err, DSC_LIMIT, "RLE frame over 4 GiB");
        write_u32(out->data + 4 + 4 * (size_t)i, (uint32_t)out->len);
        dsc_codec__sample_place(&at, &step, fmt, i / (unsigned)bytes);
        at += byte_in_word(bytes, i % bytes);
        if ((st = pack_plane(out, frame->data + at, step, fmt, row, err)))
            return st;
    }
    return DSC_OK;
}

/* Is this frame one of packed bits? */
static dsc_status stores_packed(bool *packed, dsc_bytes like, size_t pixels,
                                dsc_error *err)
{
    segments segs = {0};
    dsc_error ignored = DSC_ERROR_INIT;
    const char *wrong;
    uint8_t *plane;

    *packed = false;
    if (!like.len || read_header(&segs, like, 1, &ignored))
        return DSC_OK;
    plane = dsc_alloc(pixels);
    if (!plane)
        return dsc_fail(err, DSC_NOMEM, "out of memory (RLE plane)");
    *packed = unpack_bits(plane, pixels, like.data + segs.start[0],
                          like.data + segs.start[1], &wrong);
    dsc_wipe_free(plane, pixels);
    return DSC_OK;
}

/* Rows of packed bits are no whole bytes: the frame counts as one row. */
static dsc_status encode_packed(dsc_buf *out, const dsc_frame *frame,
                                dsc_error *err)
{
    size_t n = packed_bytes(frame->size);
    uint8_t *bits = dsc_calloc(n, 1);
    dsc_status st = bits ? dsc_buf_resize(out, HEADER_BYTES, err)
                         : dsc_fail(err, DSC_NOMEM, "out of memory (RLE row)");

    if (!st)
        st = dsc_buf_reserve(out, HEADER_BYTES + n + n / 128 + 2, err);
    for (size_t i = 0; !st && i < frame->size; i++)
        bits[i / 8] |= (uint8_t)(frame->data[i] << i % 8);
    if (!st) {
        write_u32(out->data, 1);
        write_u32(out->data + 4, HEADER_BYTES);
        out->len += pack_row(out->data + HEADER_BYTES, bits, n);
        st = out->len % 2 ? dsc_buf_append(out, "", 1, err) : DSC_OK;
    }
    dsc_wipe_free(bits, n);
    return st;
}

static dsc_status check_bits(const dsc_frame *frame, dsc_error *err)
{
    for (size_t i = 0; i < frame->size; i++)
        if (frame->data[i] > 1)
            return dsc_fail(err, DSC_INTERNAL, "one-bit sample over 1");
    return DSC_OK;
}

static dsc_status rle_encode(dsc_buf *out, const dsc_frame *frame,
                             const char *uid, dsc_bytes like,
                             const dsc_format *fmt, dsc_error *err)
{
    dsc_format format;
    bool packed = false;
    uint8_t *row = NULL;
    dsc_status st;

    (void)uid;
    out->len = 0;
    if ((st = rle_format(&format, NULL, fmt, err)) ||
        (st = dsc_codec__check_frame(frame, &format, err)))
        return st;
    DSC_CHECK(frame->fmt.layout != DSC_YBR422, err);
    if (format.bits_allocated == 1 &&
        ((st = check_bits(frame, err)) ||
         (st = stores_packed(&packed, like, frame->size, err))))
        return st;
    if (packed) {
        st = encode_packed(out, frame, err);
        if (st)
            out->len = 0;
        return st;
    }
    row = dsc_alloc(format.columns);
    if (!row)
        return dsc_fail(err, DSC_NOMEM, "out of memory (RLE row)");
    st = encode_planes(out, frame, row, err);
    if (st)
        out->len = 0;
    dsc_wipe_free(row, format.columns);
    return st;
}

const dsc_codec dsc_codec_rle = {
    .name = "rle",
    .encapsulated = true,
    .decode = rle_decode,
    .encode = rle_encode,
};
