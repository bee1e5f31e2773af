/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/codec.h"

#include <criterion/criterion.h>
#include <string.h>

#define UID "1.2.840.10008.1.2.5"

static const dsc_codec *rle(void)
{
    return dsc_codec_for(UID);
}

static dsc_format format(uint32_t w, uint32_t h, unsigned samples,
                         unsigned bits)
{
    return (dsc_format){
        .columns = w,
        .rows = h,
        .samples = (uint16_t)samples,
        .bits_allocated = (uint16_t)bits,
        .bits_stored = (uint16_t)bits,
        .high_bit = (uint16_t)(bits - 1),
        .photometric = samples == 1 ? DSC_MONOCHROME2 : DSC_RGB,
    };
}

/* A stream of segments as given, offsets right. */
typedef struct segment {
    const char *data;
    size_t n;
} segment;

static void build(dsc_buf *out, const segment *segs, unsigned count)
{
    size_t at = 64;

    out->len = 0;
    cr_assert_eq(dsc_buf_resize(out, 64, NULL), DSC_OK);
    memset(out->data, 0, 64);
    out->data[0] = (uint8_t)count;
    for (unsigned i = 0; i < count; i++) {
        out->data[4 + 4 * i] = (uint8_t)at;
        out->data[5 + 4 * i] = (uint8_t)(at >> 8);
        at += segs[i].n;
    }
    for (unsigned i = 0; i < count; i++)
        cr_assert_eq(dsc_buf_append(out, segs[i].data, segs[i].n, NULL),
                     DSC_OK);
}

static dsc_status decode_segs(dsc_frame *out, const dsc_format *fmt,
                              const segment *segs, unsigned count)
{
    dsc_buf in = {0};
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st;

    build(&in, segs, count);
    st = rle()->decode(out, (dsc_bytes){in.data, in.len}, fmt, &err);
    if (st)
        cr_assert(!out->data && err.msg[0]);
    dsc_buf_free(&in);
    return st;
}

static dsc_status one_segment(const char *data, size_t n)
{
    dsc_format f = format(4, 2, 1, 8);
    dsc_frame frame = {0};
    segment s = {data, n};
    dsc_status st = decode_segs(&frame, &f, &s, 1);

    dsc_frame_free(&frame);
    return st;
}

Test(rle, segments)
{
#define SEG(s) s, sizeof s - 1
    static const struct {
        const char *data;
        size_t n;
        bool fine;
    } cases[] = {
        {SEG("\x07"
             "abcdefgh"),
         true},
        {SEG("\xF9"
             "a"),
         true},
        {SEG("\x03"
             "abcd"
             "\xFD"
             "e"),
         true},
        {SEG("\x80\x80\xF9"
             "a"),
         true}, /* -128 does nothing */
        {SEG("\xF9"
             "a\0"),
         true},
        {SEG("\xF9"
             "a\0\0\x80\0"),
         true},
        {SEG("\xF9"
             "a\1"),
         false}, /* more data */
        {SEG("\xF9"
             "a\xFF\0"),
         false},
        {SEG("\x08"
             "abcdefghi"),
         false}, /* nine samples */
        {SEG("\xF8"
             "a"),
         false},
        {SEG("\x81"
             "a"),
         false},
        {SEG("\x7F"
             "abcdefgh"),
         false},
        {SEG("\x06"
             "abcdefg"),
         false}, /* seven */
        {SEG("\xFA"
             "a"),
         false},
        {SEG("\x07"
             "abcdefg"),
         false}, /* cut */
        {SEG("\xF9"), false},
        {SEG("\x80\x80\x80\x80"), false},
        {SEG("\0"), false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(one_segment(cases[i].data, cases[i].n),
                     cases[i].fine ? DSC_OK : DSC_BADFILE, "case %zu", i);
}

Test(rle, planes_are_most_significant_byte_first)
{
    static const segment segs[] = {{"\1\x12\x34", 3}, {"\1\x56\x78", 3}};
    static const uint16_t want[2] = {0x1256, 0x3478};
    dsc_format f = format(2, 1, 1, 16);
    dsc_frame frame = {0};

    cr_assert_eq(decode_segs(&frame, &f, segs, 2), DSC_OK);
    cr_assert(!memcmp(frame.data, want, 4));
    dsc_frame_free(&frame);
}

Test(rle, colour_follows_planar_configuration)
{
    static const segment segs[] = {{"\1rR", 3}, {"\1gG", 3}, {"\1bB", 3}};
    dsc_format f = format(2, 1, 3, 8);
    dsc_frame frame = {0};

    cr_assert_eq(decode_segs(&frame, &f, segs, 3), DSC_OK);
    cr_assert(!memcmp(frame.data, "rgbRGB", 6));
    f.layout = DSC_PLANAR;
    cr_assert_eq(decode_segs(&frame, &f, segs, 3), DSC_OK);
    cr_assert(!memcmp(frame.data, "rRgGbB", 6));
    dsc_frame_free(&frame);
}

Test(rle, sixteen_bit_colour)
{
    static const segment segs[] = {{"\0\x11", 2}, {"\0\x12", 2}, {"\0\x21", 2},
                                   {"\0\x22", 2}, {"\0\x31", 2}, {"\0\x32", 2}};
    static const uint16_t want[3] = {0x1112, 0x2122, 0x3132};
    dsc_format f = format(1, 1, 3, 16);
    dsc_frame frame = {0};

    cr_assert_eq(decode_segs(&frame, &f, segs, 6), DSC_OK);
    cr_assert(!memcmp(frame.data, want, 6));
    dsc_frame_free(&frame);
}

/* ---- headers ---- */

static dsc_status with_header(unsigned at, uint32_t value)
{
    static const segment segs[] = {{"\1ab", 3}, {"\1cd", 3}};
    dsc_format f = format(2, 1, 1, 16);
    dsc_buf in = {0};
    dsc_frame frame = {0};
    dsc_status st;

    build(&in, segs, 2);
    for (unsigned i = 0; i < 4; i++)
        in.data[at + i] = (uint8_t)(value >> (8 * i));
    st = rle()->decode(&frame, (dsc_bytes){in.data, in.len}, &f, NULL);
    cr_assert_eq(!frame.data, st != DSC_OK);
    dsc_frame_free(&frame);
    dsc_buf_free(&in);
    return st;
}

Test(rle, headers)
{
    cr_assert_eq(with_header(0, 2), DSC_OK);
    cr_assert_eq(with_header(0, 0), DSC_BADFILE);
    cr_assert_eq(with_header(0, 1), DSC_BADFILE);
    cr_assert_eq(with_header(0, 3), DSC_BADFILE);
    cr_assert_eq(with_header(0, 16), DSC_BADFILE);
    cr_assert_eq(with_header(0, UINT32_MAX), DSC_BADFILE);
    cr_assert_eq(with_header(4, 0), DSC_BADFILE); /* inside the header */
    cr_assert_eq(with_header(4, 63), DSC_BADFILE);
    cr_assert_eq(with_header(4, 67), DSC_BADFILE); /* as the second one */
    cr_assert_eq(with_header(4, 68), DSC_BADFILE); /* behind it */
    cr_assert_eq(with_header(8, 64), DSC_BADFILE); /* as the first one */
    cr_assert_eq(with_header(8, 66), DSC_BADFILE); /* first cut short */
    cr_assert_eq(with_header(8, 69), DSC_BADFILE);
    cr_assert_eq(with_header(8, 70), DSC_BADFILE); /* at the end */
    cr_assert_eq(with_header(8, UINT32_MAX), DSC_BADFILE);
}

Test(rle, kinds_that_rle_cannot_have)
{
    static const dsc_photometric kinds[] = {
        DSC_YBR_FULL_422, DSC_YBR_PARTIAL_422, DSC_YBR_PARTIAL_420, DSC_YBR_RCT,
        DSC_YBR_ICT};
    static const segment segs[] = {{"\0a", 2}, {"\0b", 2}, {"\0c", 2}};
    dsc_format f = format(1, 1, 3, 8);
    dsc_frame frame = {0};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        f.photometric = kinds[i];
        cr_assert_eq(decode_segs(&frame, &f, segs, 3), DSC_UNSUPPORTED);
    }
}

/* 64 bytes and a little that claim gigabytes: refused before any of it is
 * allocated. */
Test(rle, giant_claim)
{
    static const segment segs[] = {{"\x81z", 2}};
    dsc_format f = format(40000, 40000, 1, 8);
    dsc_frame frame = {0};

    cr_assert_eq(decode_segs(&frame, &f, segs, 1), DSC_BADFILE);
    f = format(65535, 65535, 1, 8);
    cr_assert_eq(decode_segs(&frame, &f, segs, 1), DSC_LIMIT);
}

/* ---- encode ---- */

static uint32_t seed = 99;

static uint32_t pick(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

/* Runs and noise of all lengths. */
static void scribble(dsc_frame *frame)
{
    size_t i = 0;

    while (i < frame->size) {
        size_t n = 1 + pick(pick(4) ? 5 : 300);
        bool run = pick(2);
        uint8_t v = (uint8_t)pick(256);
        for (; n && i < frame->size; n--)
            frame->data[i++] = run ? v : (uint8_t)pick(4 + pick(250));
    }
}

static void check_segments(const dsc_buf *out, unsigned count)
{
    cr_assert_geq(out->len, 64);
    cr_assert_eq(out->len % 2, 0);
    cr_assert_eq(out->data[0], count);
    for (unsigned i = 0; i < 15; i++) {
        uint32_t at;
        memcpy(&at, out->data + 4 + 4 * i, 4); /* tests run little endian */
        if (i == 0)
            cr_assert_eq(at, 64);
        if (i < count)
            cr_assert_eq(at % 2, 0);
        else
            cr_assert_eq(at, 0);
    }
}

/* No run or literal crosses a row's end (PS3.5 G.3.1). */
static void check_rows(const dsc_buf *out, const dsc_format *f)
{
    size_t p = 64;

    for (uint32_t y = 0; y < f->rows; y++) {
        size_t done = 0;
        while (done < f->columns) {
            uint8_t c = out->data[p];
            cr_assert_neq(c, 0x80);
            done += c < 0x80 ? c + 1u : 257u - c;
            p += c < 0x80 ? c + 2u : 2u;
        }
        cr_assert_eq(done, f->columns, "row %u", y);
    }
}

Test(rle, samples_come_back)
{
    for (int round = 0; round < 400; round++) {
        dsc_format f = format(1 + pick(round % 10 ? 40 : 700), 1 + pick(20),
                              pick(2) ? 1 : 3, 8u << pick(3));
        dsc_frame frame = {0}, back = {0};
        dsc_buf out = {0}, again = {0};
        dsc_bytes bytes;

        if (f.samples == 3 && pick(2))
            f.layout = DSC_PLANAR;
        cr_assert_eq(dsc_frame_alloc(&frame, &f, NULL), DSC_OK);
        scribble(&frame);
        cr_assert_eq(rle()->encode(&out, &frame, UID, (dsc_bytes){0}, &f, NULL),
                     DSC_OK);
        cr_assert_eq(
            rle()->encode(&again, &frame, UID, (dsc_bytes){0}, &f, NULL),
            DSC_OK);
        cr_assert(out.len == again.len &&
                  !memcmp(out.data, again.data, out.len));
        check_segments(&out, f.samples * f.bits_allocated / 8u);
        check_rows(&out, &f);
        bytes = (dsc_bytes){out.data, out.len};
        cr_assert_eq(rle()->decode(&back, bytes, &f, NULL), DSC_OK);
        cr_assert(back.size == frame.size &&
                  !memcmp(back.data, frame.data, frame.size));
        dsc_frame_free(&frame);
        dsc_frame_free(&back);
        dsc_buf_free(&out);
        dsc_buf_free(&again);
    }
}

/* Planar or not, the stream is the same: planes are its nature. */
Test(rle, layout_of_the_frame_does_not_matter)
{
    dsc_format f = format(3, 2, 3, 16), planar = f;
    dsc_frame a = {0}, b = {0};
    dsc_buf out = {0}, other = {0};

    planar.layout = DSC_PLANAR;
    cr_assert_eq(dsc_frame_alloc(&a, &f, NULL), DSC_OK);
    scribble(&a);
    cr_assert_eq(rle()->encode(&out, &a, UID, (dsc_bytes){0}, &f, NULL),
                 DSC_OK);
    cr_assert_eq(
        rle()->decode(&b, (dsc_bytes){out.data, out.len}, &planar, NULL),
        DSC_OK);
    cr_assert_eq(b.fmt.layout, DSC_PLANAR);
    cr_assert(memcmp(a.data, b.data, a.size));
    cr_assert_eq(rle()->encode(&other, &b, UID, (dsc_bytes){0}, &f, NULL),
                 DSC_OK);
    cr_assert(out.len == other.len && !memcmp(out.data, other.data, out.len));
    dsc_frame_free(&a);
    dsc_frame_free(&b);
    dsc_buf_free(&out);
    dsc_buf_free(&other);
}

/* The worst case is bounded: one byte in 128 more, and the header. */
Test(rle, noise_hardly_grows)
{
    dsc_format f = format(1000, 10, 1, 8);
    dsc_frame frame = {0};
    dsc_buf out = {0};

    cr_assert_eq(dsc_frame_alloc(&frame, &f, NULL), DSC_OK);
    for (size_t i = 0; i < frame.size; i++)
        frame.data[i] = (uint8_t)pick(256);
    cr_assert_eq(rle()->encode(&out, &frame, UID, (dsc_bytes){0}, &f, NULL),
                 DSC_OK);
    cr_assert_leq(out.len, 64 + 10000 + 10 * (1000 / 128 + 1));
    memset(frame.data, 7, frame.size);
    cr_assert_eq(rle()->encode(&out, &frame, UID, (dsc_bytes){0}, &f, NULL),
                 DSC_OK);
    cr_assert_eq(out.len, 64 + 10 * 2 * 8); /* 1000 = 7 * 128 + 104 */
    dsc_frame_free(&frame);
    dsc_buf_free(&out);
}

Test(rle, truncated_and_flipped)
{
    dsc_format f = format(31, 9, 3, 16);
    dsc_frame frame = {0};
    dsc_buf out = {0};
    unsigned bad = 0, good = 0;

    cr_assert_eq(dsc_frame_alloc(&frame, &f, NULL), DSC_OK);
    scribble(&frame);
    cr_assert_eq(rle()->encode(&out, &frame, UID, (dsc_bytes){0}, &f, NULL),
                 DSC_OK);
    /* the last byte may be padding */
    for (size_t n = 0; n + 1 < out.len; n++) {
        dsc_buf cut = {0};
        cr_assert_eq(dsc_buf_append(&cut, out.data, n, NULL), DSC_OK);
        cr_assert_eq(rle()->decode(&frame, (dsc_bytes){cut.data, n}, &f, NULL),
                     DSC_BADFILE);
        dsc_buf_free(&cut);
    }
    for (int round = 0; round < 5000; round++) {
        dsc_buf copy = {0};
        dsc_error err = DSC_ERROR_INIT;
        cr_assert_eq(dsc_buf_append(&copy, out.data, out.len, NULL), DSC_OK);
        copy.data[pick((uint32_t)out.len)] = (uint8_t)pick(256);
        if (rle()->decode(&frame, (dsc_bytes){copy.data, copy.len}, &f, &err)) {
            cr_assert(err.status == DSC_BADFILE && !frame.data);
            bad++;
        } else {
            good++;
        }
        dsc_buf_free(&copy);
    }
    cr_assert(bad > 500 && good > 500, "%u bad, %u good", bad, good);
    dsc_frame_free(&frame);
    dsc_buf_free(&out);
}

Test(rle, out_of_memory)
{
    dsc_format f = format(31, 9, 1, 8);
    dsc_frame frame = {0}, back = {0};
    dsc_buf out = {0};
    unsigned failed = 0;

    cr_assert_eq(dsc_frame_alloc(&frame, &f, NULL), DSC_OK);
    scribble(&frame);
    cr_assert_eq(rle()->encode(&out, &frame, UID, (dsc_bytes){0}, &f, NULL),
                 DSC_OK);
    for (unsigned long n = 1; n < 6; n++) {
        dsc_buf mine = {0};
        dsc_status st;
        dsc_alloc_fail_after(n);
        st = rle()->decode(&back, (dsc_bytes){out.data, out.len}, &f, NULL);
        dsc_alloc_fail_after(0);
        cr_assert(st == DSC_OK || (st == DSC_NOMEM && !back.data));
        failed += st == DSC_NOMEM;
        dsc_frame_free(&back);
        dsc_alloc_fail_after(n);
        st = rle()->encode(&mine, &frame, UID, (dsc_bytes){0}, &f, NULL);
        dsc_alloc_fail_after(0);
        cr_assert(st == DSC_OK || (st == DSC_NOMEM && !mine.len));
        failed += st == DSC_NOMEM;
        dsc_buf_free(&mine);
    }
    cr_assert_geq(failed, 4);
    dsc_frame_free(&frame);
    dsc_buf_free(&out);
}
