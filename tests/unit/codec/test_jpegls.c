/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/codec_jpegmark.h"
#include "codec/codec_priv.h"
#include "streams.h"

#include <charls/charls.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define UID_80 "1.2.840.10008.1.2.4.80"
#define UID_81 "1.2.840.10008.1.2.4.81"

static dsc_bytes bytes_of(const dsc_buf *b)
{
    return (dsc_bytes){b->data, b->len};
}

typedef struct recipe {
    int near;
    charls_interleave_mode ilv;
    charls_color_transformation transform;
    bool spiff;
    unsigned bits;
} recipe;

#define OK(call) cr_assert_eq((call), CHARLS_JPEGLS_ERRC_SUCCESS)

/* A stream made with CharLS itself; the frame lies as `ilv` wants it. */
static dsc_buf make_stream(const dsc_frame *frame, recipe r)
{
    dsc_buf out = {0};
    size_t n = 0;
    charls_jpegls_encoder *enc = charls_jpegls_encoder_create();
    charls_frame_info info = {frame->fmt.columns, frame->fmt.rows,
                              (int32_t)r.bits, frame->fmt.samples};
    cr_assert_not_null(enc);
    cr_assert_eq(dsc_buf_resize(&out, frame->size * 2 + 4096, NULL), DSC_OK);
    OK(charls_jpegls_encoder_set_frame_info(enc, &info));
    OK(charls_jpegls_encoder_set_near_lossless(enc, r.near));
    OK(charls_jpegls_encoder_set_interleave_mode(enc, r.ilv));
    OK(charls_jpegls_encoder_set_color_transformation(enc, r.transform));
    OK(charls_jpegls_encoder_set_destination_buffer(enc, out.data, out.len));
    if (r.spiff)
        OK(charls_jpegls_encoder_write_standard_spiff_header(
            enc, CHARLS_SPIFF_COLOR_SPACE_RGB,
            CHARLS_SPIFF_RESOLUTION_UNITS_ASPECT_RATIO, 1, 1));
    OK(charls_jpegls_encoder_encode_from_buffer(enc, frame->data, frame->size,
                                                0));
    OK(charls_jpegls_encoder_get_bytes_written(enc, &n));
    charls_jpegls_encoder_destroy(enc);
    out.len = n;
    return out;
}

/* Decode `s`, encode it like itself, decode again. */
static void round_trip(const dsc_buf *s, const dsc_format *fmt,
                       const dsc_frame *want, int near, const char *what)
{
    dsc_frame first = {0}, second = {0};
    dsc_buf out = {0};
    dsc_error err = DSC_ERROR_INIT;
    dsc_jpeg_marks a, b;
    cr_assert_eq(dsc_codec_jpegls.decode(&first, bytes_of(s), fmt, &err),
                 DSC_OK, "%s: %s", what, err.msg);
    if (near == 0)
        cr_expect(stream_same(&first, want), "%s: other samples", what);
    cr_assert_eq(
        dsc_codec_jpegls.encode(&out, &first, UID_81, bytes_of(s), fmt, &err),
        DSC_OK, "%s: %s", what, err.msg);
    cr_assert_eq(dsc_codec_jpegls.decode(&second, bytes_of(&out), fmt, &err),
                 DSC_OK, "%s: %s", what, err.msg);
    cr_expect(stream_same(&first, &second), "%s: changed by encode", what);
    cr_expect_eq(first.fmt.layout, second.fmt.layout, "%s", what);
    cr_assert_eq(dsc_codec__jpeg_marks(&a, bytes_of(s), true, NULL), DSC_OK);
    cr_assert_eq(dsc_codec__jpeg_marks(&b, bytes_of(&out), true, NULL), DSC_OK);
    cr_expect_eq(a.precision, b.precision, "%s: precision", what);
    cr_expect_eq(a.se, b.se, "%s: interleave mode", what);
    cr_expect_eq(a.near_max, near, "%s", what);
    cr_expect_eq(b.near_max, 0, "%s: not lossless", what);
    cr_expect_eq(dsc_codec__jpegls_is_lossy(bytes_of(s)), near > 0);
    cr_expect_not(dsc_codec__jpegls_is_lossy(bytes_of(&out)));
    dsc_buf_free(&out);
    dsc_frame_free(&first);
    dsc_frame_free(&second);
}

Test(jpegls, one_component_of_every_depth)
{
    for (unsigned bits = 2; bits <= 16; bits++)
        for (int near = 0; near <= (bits > 3 ? 2 : 0); near += 2) {
            char what[40];
            dsc_format fmt = stream_format(23, 14, 1, bits > 8 ? 16 : 8, bits,
                                           bits % 2 == 1);
            dsc_frame frame = stream_frame(&fmt, bits, bits);
            dsc_buf s =
                make_stream(&frame, (recipe){near, CHARLS_INTERLEAVE_MODE_NONE,
                                             0, false, bits});
            snprintf(what, sizeof what, "%u bits, near %d", bits, near);
            round_trip(&s, &fmt, &frame, near, what);
            dsc_buf_free(&s);
            dsc_frame_free(&frame);
        }
}

Test(jpegls, colour_of_every_interleave_mode)
{
    for (int ilv = 0; ilv <= 2; ilv++)
        for (int near = 0; near <= 3; near += 3)
            for (unsigned bits = 8; bits <= 16; bits += 4) {
                char what[40];
                dsc_format fmt =
                    stream_format(13, 9, 3, bits > 8 ? 16 : 8, bits, false);
                fmt.layout = ilv ? DSC_INTERLEAVED : DSC_PLANAR;
                dsc_frame frame = stream_frame(&fmt, bits, 3);
                dsc_buf s = make_stream(
                    &frame, (recipe){near, (charls_interleave_mode)ilv, 0,
                                     ilv == 1, bits});
                /* the dataset's planar configuration says nothing here */
                fmt.layout = near ? DSC_PLANAR : DSC_INTERLEAVED;
                snprintf(what, sizeof what, "ilv %d, near %d, %u bits", ilv,
                         near, bits);
                round_trip(&s, &fmt, &frame, near, what);
                dsc_buf_free(&s);
                dsc_frame_free(&frame);
            }
}

Test(jpegls, near_lossless_stays_within_near)
{
    dsc_format fmt = stream_format(31, 17, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 1), back = {0};
    dsc_buf s = make_stream(&frame, (recipe){3, 0, 0, false, 8});
    cr_assert_eq(dsc_codec_jpegls.decode(&back, bytes_of(&s), &fmt, NULL),
                 DSC_OK);
    cr_expect(!stream_same(&frame, &back));
    for (size_t i = 0; i < frame.size; i++) {
        int d = frame.data[i] - back.data[i];
        cr_assert(d >= -3 && d <= 3);
    }
    dsc_frame_free(&back);
    dsc_frame_free(&frame);
    dsc_buf_free(&s);
}

Test(jpegls, colour_transforms_are_undone)
{
    for (int t = CHARLS_COLOR_TRANSFORMATION_HP1;
         t <= CHARLS_COLOR_TRANSFORMATION_HP3; t++) {
        dsc_format fmt = stream_format(13, 9, 3, 8, 8, false);
        dsc_frame frame = stream_frame(&fmt, 8, 3);
        dsc_buf s = make_stream(
            &frame, (recipe){0, CHARLS_INTERLEAVE_MODE_LINE, t, false, 8});
        round_trip(&s, &fmt, &frame, 0, "HP transform");
        dsc_buf_free(&s);
        dsc_frame_free(&frame);
    }
}

Test(jpegls, small_and_odd_sizes)
{
    static const uint32_t sizes[][2] = {
        {1, 1}, {1, 7}, {9, 1}, {2, 2}, {63, 65}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        dsc_format fmt =
            stream_format(sizes[i][0], sizes[i][1], 3, 8, 8, false);
        dsc_frame frame = stream_frame(&fmt, 8, (uint32_t)i);
        dsc_buf s = make_stream(
            &frame, (recipe){0, CHARLS_INTERLEAVE_MODE_SAMPLE, 0, false, 8});
        round_trip(&s, &fmt, &frame, 0, "odd size");
        dsc_buf_free(&s);
        dsc_frame_free(&frame);
    }
}

/* Bits above the old stream's precision must not be lost. */
Test(jpegls, precision_grows_with_the_words)
{
    static const struct {
        unsigned allocated, stored, like, words, want;
    } cases[] = {
        {8, 7, 7, 7, 7},      {8, 7, 7, 8, 8},     {16, 12, 12, 12, 12},
        {16, 12, 12, 13, 13}, {16, 12, 16, 9, 16}, {16, 10, 10, 16, 16},
        {16, 8, 8, 8, 8},     {16, 8, 8, 9, 9},    {16, 1, 2, 1, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_format small = stream_format(11, 8, 1, cases[i].like > 8 ? 16 : 8,
                                         cases[i].like, false);
        dsc_frame old = stream_frame(&small, cases[i].like, 1), back = {0};
        dsc_buf s = make_stream(&old, (recipe){0, 0, 0, false, cases[i].like});
        dsc_format fmt =
            stream_format(11, 8, 1, cases[i].allocated, cases[i].stored, false);
        dsc_frame frame = stream_frame(&fmt, cases[i].words, 2);
        uint32_t top = 1u << (cases[i].words - 1);
        if (cases[i].allocated == 8)
            frame.data[3] = (uint8_t)top;
        else
            ((uint16_t *)(void *)frame.data)[3] = (uint16_t)top;
        dsc_buf out = {0};
        dsc_error err = DSC_ERROR_INIT;
        dsc_jpeg_marks marks;
        cr_assert_eq(dsc_codec_jpegls.encode(&out, &frame, UID_80, bytes_of(&s),
                                             &fmt, &err),
                     DSC_OK, "case %zu: %s", i, err.msg);
        cr_assert_eq(dsc_codec__jpeg_marks(&marks, bytes_of(&out), true, NULL),
                     DSC_OK);
        cr_expect_eq(marks.precision, cases[i].want, "case %zu: %u", i,
                     marks.precision);
        cr_assert_eq(dsc_codec_jpegls.decode(&back, bytes_of(&out), &fmt, NULL),
                     DSC_OK);
        cr_expect(stream_same(&frame, &back), "case %zu", i);
        dsc_buf_free(&out);
        dsc_buf_free(&s);
        dsc_frame_free(&back);
        dsc_frame_free(&old);
        dsc_frame_free(&frame);
    }
}

Test(jpegls, without_an_old_stream)
{
    for (unsigned samples = 1; samples <= 3; samples += 2)
        for (int layout = DSC_INTERLEAVED; layout <= DSC_PLANAR; layout++) {
            dsc_format fmt = stream_format(10, 6, samples, 16, 12, true);
            fmt.layout = (dsc_layout)layout;
            dsc_frame frame = stream_frame(&fmt, 16, 5), back = {0};
            dsc_buf out = {0};
            cr_assert_eq(dsc_codec_jpegls.encode(&out, &frame, UID_80,
                                                 (dsc_bytes){0}, &fmt, NULL),
                         DSC_OK);
            cr_assert_eq(
                dsc_codec_jpegls.decode(&back, bytes_of(&out), &fmt, NULL),
                DSC_OK);
            cr_expect(stream_same(&frame, &back));
            dsc_buf_free(&out);
            dsc_frame_free(&back);
            dsc_frame_free(&frame);
        }
}

/* Old encoders put a zero before EOI to make the length even. */
Test(jpegls, zero_before_the_end_marker)
{
    dsc_format fmt = stream_format(23, 14, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 8), back = {0};
    dsc_buf s = make_stream(&frame, (recipe){0, 0, 0, false, 8});
    static const uint8_t tail[] = {0x00, 0xFF, 0xD9};
    s.len -= 2;
    cr_assert_eq(dsc_buf_append(&s, tail, 3, NULL), DSC_OK);
    cr_expect_eq(dsc_codec_jpegls.decode(&back, bytes_of(&s), &fmt, NULL),
                 DSC_OK);
    cr_expect(back.data && stream_same(&frame, &back));
    s.len -= 2;
    static const uint8_t longer[] = {0x12, 0x34, 0xFF, 0xD9};
    cr_assert_eq(dsc_buf_append(&s, longer, 4, NULL), DSC_OK);
    stream_refused(&dsc_codec_jpegls, bytes_of(&s), &fmt, DSC_BADFILE,
                   "bytes before the end marker");
    dsc_frame_free(&back);
    dsc_frame_free(&frame);
    dsc_buf_free(&s);
}

Test(jpegls, bad_streams_are_refused)
{
    for (unsigned k = 0; k < 4; k++) {
        dsc_format fmt =
            stream_format(24, 18, k ? 3 : 1, k ? 8 : 16, k ? 8 : 12, false);
        fmt.layout = k == 1 ? DSC_PLANAR : DSC_INTERLEAVED;
        dsc_frame frame = stream_frame(&fmt, k ? 8 : 12, 9);
        dsc_buf s = make_stream(
            &frame,
            (recipe){k == 2 ? 2 : 0, k ? (charls_interleave_mode)(k - 1) : 0, 0,
                     k == 3, k ? 8 : 12});
        cr_expect_gt(stream_truncate(&dsc_codec_jpegls, bytes_of(&s), &fmt),
                     200);
        unsigned refused =
            stream_flip(&dsc_codec_jpegls, UID_81, bytes_of(&s), &fmt, 1500, k);
        cr_expect_gt(refused, 300, "only %u refused", refused);
        dsc_buf_free(&s);
        dsc_frame_free(&frame);
    }
}

static size_t find_marker(const dsc_buf *s, uint8_t marker)
{
    for (size_t i = 0; i + 1 < s->len; i++)
        if (s->data[i] == 0xFF && s->data[i + 1] == marker)
            return i + 2;
    cr_assert_fail("no marker %02X", marker);
    return 0;
}

Test(jpegls, headers_that_lie)
{
    static const struct {
        const char *what;
        uint8_t marker;
        int offset;
        uint8_t value;
        dsc_status want;
    } lies[] = {
        {"more rows", 0xF7, 4, 200, DSC_BADFILE},
        {"fewer rows", 0xF7, 4, 3, DSC_BADFILE},
        {"more columns", 0xF7, 6, 200, DSC_BADFILE},
        {"precision 16", 0xF7, 2, 16, DSC_BADFILE},
        {"precision 7", 0xF7, 2, 7, DSC_BADFILE},
        {"precision 0", 0xF7, 2, 0, DSC_BADFILE},
        {"two components", 0xF7, 7, 2, DSC_BADFILE},
        {"lossless JPEG", 0xF7, -1, 0xC3, DSC_BADFILE},
        {"scan of nobody", 0xDA, 3, 99, DSC_BADFILE},
        {"mapping table selector", 0xDA, 4, 1, DSC_UNSUPPORTED},
        {"interleave mode 3", 0xDA, 6, 3, DSC_UNSUPPORTED},
        {"near 255", 0xDA, 5, 255, DSC_BADFILE},
        {"point transform", 0xDA, 7, 1, DSC_UNSUPPORTED},
    };
    dsc_format fmt = stream_format(12, 10, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 4);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        dsc_buf s = make_stream(&frame, (recipe){0, 0, 0, false, 8});
        size_t at = find_marker(&s, lies[i].marker);
        s.data[at + lies[i].offset] = lies[i].value;
        stream_refused(&dsc_codec_jpegls, bytes_of(&s), &fmt, lies[i].want,
                       lies[i].what);
        dsc_buf_free(&s);
    }
    /* LSE of type 2: a palette inside the stream */
    static const uint8_t lse[] = {0xFF, 0xD8, 0xFF, 0xF8, 0, 6, 2, 1, 1, 9};
    dsc_buf s = make_stream(&frame, (recipe){0, 0, 0, false, 8}), t = {0};
    cr_assert_eq(dsc_buf_append(&t, lse, sizeof lse, NULL), DSC_OK);
    cr_assert_eq(dsc_buf_append(&t, s.data + 2, s.len - 2, NULL), DSC_OK);
    stream_refused(&dsc_codec_jpegls, bytes_of(&t), &fmt, DSC_UNSUPPORTED,
                   "mapping table");
    dsc_buf_free(&t);
    dsc_buf_free(&s);
    dsc_frame_free(&frame);
}

Test(jpegls, huge_claims)
{
    dsc_format fmt = stream_format(12, 10, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 4);
    dsc_buf s = make_stream(&frame, (recipe){0, 0, 0, false, 8});
    size_t at = find_marker(&s, 0xF7);
    s.data[at + 3] = s.data[at + 5] = 0xB0;
    s.data[at + 4] = s.data[at + 6] = 0;
    fmt = stream_format(45056, 45056, 1, 8, 8, false);
    dsc_alloc_fail_after(1);
    stream_refused(&dsc_codec_jpegls, bytes_of(&s), &fmt, DSC_BADFILE, "huge");
    memset(s.data + at + 3, 0xFF, 4);
    fmt = stream_format(65535, 65535, 1, 8, 8, false);
    stream_refused(&dsc_codec_jpegls, bytes_of(&s), &fmt, DSC_LIMIT, "65535");
    dsc_alloc_fail_after(0);
    dsc_buf_free(&s);
    dsc_frame_free(&frame);
}

Test(jpegls, out_of_memory_is_told)
{
    dsc_format fmt = stream_format(12, 10, 1, 16, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 4), back = {0};
    dsc_buf s = {0};
    unsigned long n;
    for (n = 1; n < 50; n++) {
        dsc_alloc_fail_after(n);
        dsc_status st = dsc_codec_jpegls.encode(&s, &frame, UID_80,
                                                (dsc_bytes){0}, &fmt, NULL);
        dsc_alloc_fail_after(0);
        if (!st)
            break;
        cr_assert_eq(st, DSC_NOMEM);
        cr_assert_eq(s.len, 0);
        dsc_buf_free(&s);
    }
    cr_expect(n > 3 && n < 50, "%lu", n);
    for (n = 1; n < 50; n++) {
        dsc_alloc_fail_after(n);
        dsc_status st =
            dsc_codec_jpegls.decode(&back, bytes_of(&s), &fmt, NULL);
        dsc_alloc_fail_after(0);
        if (!st)
            break;
        cr_assert_eq(st, DSC_NOMEM);
        cr_assert_null(back.data);
    }
    cr_expect(n > 1 && n < 50, "%lu", n);
    dsc_frame_free(&back);
    dsc_frame_free(&frame);
    dsc_buf_free(&s);
}

Test(jpegls, encode_refuses_what_it_cannot_hold)
{
    static const unsigned bits[] = {1, 32};
    dsc_buf out = {0};
    for (size_t i = 0; i < 2; i++) {
        dsc_format fmt = stream_format(4, 4, 1, bits[i], bits[i], false);
        dsc_frame frame = stream_frame(&fmt, bits[i], 1);
        cr_expect_eq(dsc_codec_jpegls.encode(&out, &frame, UID_80,
                                             (dsc_bytes){0}, &fmt, NULL),
                     DSC_UNSUPPORTED);
        cr_expect_eq(out.len, 0);
        dsc_frame_free(&frame);
    }
    dsc_buf_free(&out);
}
