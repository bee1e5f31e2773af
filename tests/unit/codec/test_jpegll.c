/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/codec_dcmjpeg.h"
#include "codec/codec_jpegmark.h"
#include "codec/codec_priv.h"
#include "streams.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define UID_57 "1.2.840.10008.1.2.4.57"
#define UID_70 "1.2.840.10008.1.2.4.70"

/* 14 x 11, 12 bit, sequential DCT at quality 100 of x * 150 + y * 90. */
static const uint8_t stream12[] = {
    0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x00, 0x01,
    0x01, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0xff, 0xdb, 0x00, 0x43,
    0x00, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01,
    0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01,
    0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01,
    0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01,
    0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01,
    0x01, 0x01, 0x01, 0x01, 0x01, 0xff, 0xc1, 0x00, 0x0b, 0x0c, 0x00, 0x0b,
    0x00, 0x0e, 0x01, 0x01, 0x11, 0x00, 0xff, 0xc4, 0x00, 0x15, 0x00, 0x01,
    0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x0e, 0x0d, 0xff, 0xc4, 0x00, 0x29, 0x10, 0x00, 0x00,
    0x03, 0x05, 0x05, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x05, 0x06, 0x07, 0x09, 0x0c, 0x28, 0x65, 0x0b, 0x29,
    0x45, 0x46, 0x64, 0x19, 0x38, 0x39, 0x47, 0x48, 0x56, 0x57, 0x66, 0x75,
    0xff, 0xda, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x3f, 0x00, 0x34, 0x7f,
    0x0a, 0xa3, 0x63, 0x2f, 0xc3, 0x86, 0x54, 0xfc, 0x53, 0x93, 0x3e, 0x4e,
    0x88, 0x23, 0xbe, 0x87, 0xa2, 0xb1, 0x97, 0xb8, 0x98, 0xea, 0x54, 0xfa,
    0x69, 0x42, 0xe4, 0xcf, 0x62, 0x43, 0x68, 0x84, 0xd7, 0xb8, 0x55, 0x17,
    0x4d, 0xbb, 0x8e, 0xee, 0x19, 0x44, 0x64, 0xbc, 0xa9, 0xc3, 0x8d, 0x29,
    0x35, 0x50, 0x8e, 0xfa, 0x1e, 0x89, 0xd3, 0x6e, 0xe3, 0xd8, 0x4c, 0x75,
    0x28, 0x8c, 0x97, 0x76, 0x94, 0x2e, 0x1c, 0x69, 0xdc, 0x48, 0x6a, 0xa8,
    0xff, 0xd9,
};

static dsc_bytes bytes_of(const dsc_buf *b)
{
    return (dsc_bytes){b->data, b->len};
}

/* A lossless stream made by the library itself. */
static dsc_buf make_stream(const dsc_frame *frame, unsigned precision,
                           unsigned predictor)
{
    dsc_buf out = {0};
    dsc_error err = DSC_ERROR_INIT;
    cr_assert_eq(dsc_codec__dcmjpeg_encode(&out, frame->data, &frame->fmt,
                                           precision, predictor, &err),
                 DSC_OK, "%s", err.msg);
    return out;
}

/* Encode, decode, compare; the frame header's values come back in *marks. */
static void round_trip(const dsc_frame *frame, const dsc_format *fmt,
                       const char *uid, dsc_bytes like, dsc_jpeg_marks *marks,
                       const char *what)
{
    dsc_buf out = {0};
    dsc_frame back = {0};
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = dsc_codec_jpegll.encode(&out, frame, uid, like, fmt, &err);
    cr_assert_eq(st, DSC_OK, "%s: %s", what, err.msg);
    st = dsc_codec_jpegll.decode(&back, bytes_of(&out), fmt, &err);
    cr_assert_eq(st, DSC_OK, "%s: %s", what, err.msg);
    cr_expect(stream_same(frame, &back), "%s: other samples", what);
    cr_expect_eq(back.fmt.layout, DSC_INTERLEAVED);
    cr_assert_eq(dsc_codec__jpeg_marks(marks, bytes_of(&out), false, &err),
                 DSC_OK);
    dsc_frame_free(&back);
    dsc_buf_free(&out);
}

Test(jpegll, samples_come_back)
{
    static const struct {
        uint32_t w, h;
        unsigned samples, allocated, stored, bits;
        bool is_signed;
        dsc_layout layout;
        unsigned precision; /* that the stream must have */
    } cases[] = {
        {1, 1, 1, 8, 8, 8, false, DSC_INTERLEAVED, 8},
        {1, 9, 1, 8, 8, 8, false, DSC_INTERLEAVED, 8},
        {33, 1, 1, 16, 16, 16, true, DSC_INTERLEAVED, 16},
        {17, 13, 1, 8, 7, 7, false, DSC_INTERLEAVED, 8},
        {17, 13, 1, 16, 12, 12, false, DSC_INTERLEAVED, 12},
        {17, 13, 1, 16, 10, 10, false, DSC_INTERLEAVED, 12},
        {17, 13, 1, 16, 8, 8, false, DSC_INTERLEAVED, 8},
        /* bits above those stored must not be lost */
        {17, 13, 1, 16, 12, 16, true, DSC_INTERLEAVED, 16},
        {17, 13, 1, 16, 7, 11, false, DSC_INTERLEAVED, 12},
        {17, 13, 1, 16, 15, 15, true, DSC_INTERLEAVED, 16},
        {19, 7, 3, 8, 8, 8, false, DSC_INTERLEAVED, 8},
        {19, 7, 3, 8, 8, 8, false, DSC_PLANAR, 8},
        {5, 6, 3, 16, 12, 12, false, DSC_PLANAR, 12},
        {5, 6, 3, 16, 16, 16, false, DSC_INTERLEAVED, 16},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char what[32];
        dsc_format fmt = stream_format(cases[i].w, cases[i].h, cases[i].samples,
                                       cases[i].allocated, cases[i].stored,
                                       cases[i].is_signed);
        fmt.layout = cases[i].layout;
        dsc_frame frame = stream_frame(&fmt, cases[i].bits, (uint32_t)i);
        dsc_jpeg_marks marks;
        snprintf(what, sizeof what, "case %zu", i);
        round_trip(&frame, &fmt, UID_70, (dsc_bytes){0}, &marks, what);
        cr_expect_eq(marks.precision, cases[i].precision, "%s: %u bits", what,
                     marks.precision);
        cr_expect_eq(marks.sof, DSC_JPEG_SOF3);
        cr_expect_eq(marks.ss, 1);
        round_trip(&frame, &fmt, UID_57, (dsc_bytes){0}, &marks, what);
        dsc_frame_free(&frame);
    }
}

Test(jpegll, predictor_and_precision_are_kept)
{
    dsc_format fmt = stream_format(21, 12, 1, 16, 12, false);
    dsc_frame frame = stream_frame(&fmt, 11, 5);
    for (unsigned precision = 12; precision <= 16; precision += 4)
        for (unsigned p = 1; p <= 7; p++) {
            dsc_jpeg_marks marks;
            dsc_buf like = make_stream(&frame, precision, p);
            round_trip(&frame, &fmt, UID_57, bytes_of(&like), &marks, ".57");
            cr_expect_eq(marks.ss, p);
            cr_expect_eq(marks.precision, precision);
            round_trip(&frame, &fmt, UID_70 " ", bytes_of(&like), &marks,
                       ".70");
            cr_expect_eq(marks.ss, 1);
            dsc_buf_free(&like);
        }
    dsc_frame_free(&frame);
}

/* Full 16-bit swings, where a predictor overflows 16 bits. */
Test(jpegll, every_predictor_survives_extremes)
{
    dsc_format fmt = stream_format(16, 16, 1, 16, 16, false);
    dsc_frame frame = stream_frame(&fmt, 16, 77);
    uint16_t *words = (uint16_t *)(void *)frame.data;
    for (size_t i = 0; i < 256; i++)
        if (i % 3)
            words[i] = i % 2 ? 0xFFFF : 0;
    for (unsigned p = 1; p <= 7; p++) {
        dsc_jpeg_marks marks;
        dsc_buf like = make_stream(&frame, 16, p);
        round_trip(&frame, &fmt, UID_57, bytes_of(&like), &marks, "extremes");
        dsc_buf_free(&like);
    }
    dsc_frame_free(&frame);
}

Test(jpegll, colour_is_never_converted)
{
    dsc_format fmt = stream_format(9, 9, 3, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 3), back = {0};
    dsc_buf s = make_stream(&frame, 8, 1);
    static const dsc_photometric kinds[] = {DSC_RGB, DSC_YBR_FULL,
                                            DSC_YBR_FULL_422};
    for (size_t i = 0; i < 3; i++) {
        fmt.photometric = kinds[i];
        cr_assert_eq(dsc_codec_jpegll.decode(&back, bytes_of(&s), &fmt, NULL),
                     DSC_OK);
        cr_expect_eq(memcmp(back.data, frame.data, frame.size), 0);
        cr_expect_eq(back.fmt.photometric,
                     kinds[i] == DSC_RGB ? DSC_RGB : DSC_YBR_FULL);
    }
    dsc_frame_free(&back);
    dsc_frame_free(&frame);
    dsc_buf_free(&s);
}

Test(jpegll, bad_streams_are_refused)
{
    dsc_format fmt = stream_format(24, 18, 1, 16, 12, false);
    dsc_frame frame = stream_frame(&fmt, 12, 9);
    dsc_buf s = make_stream(&frame, 12, 1);
    cr_expect_gt(stream_truncate(&dsc_codec_jpegll, bytes_of(&s), &fmt), 300);
    unsigned refused =
        stream_flip(&dsc_codec_jpegll, UID_57, bytes_of(&s), &fmt, 3000, 1);
    cr_expect_gt(refused, 1000, "only %u refused", refused);

    fmt = stream_format(24, 18, 3, 8, 8, false);
    dsc_frame colour = stream_frame(&fmt, 8, 9);
    dsc_buf c = make_stream(&colour, 8, 6);
    stream_truncate(&dsc_codec_jpegll, bytes_of(&c), &fmt);
    stream_flip(&dsc_codec_jpegll, UID_70, bytes_of(&c), &fmt, 2000, 2);
    dsc_frame_free(&colour);
    dsc_buf_free(&c);
    dsc_frame_free(&frame);
    dsc_buf_free(&s);
}

/* Where the frame header (after the marker) lies. */
static size_t find_marker(const dsc_buf *s, uint8_t marker)
{
    for (size_t i = 0; i + 1 < s->len; i++)
        if (s->data[i] == 0xFF && s->data[i + 1] == marker)
            return i + 2;
    cr_assert_fail("no marker %02X", marker);
    return 0;
}

typedef struct lie {
    const char *what;
    uint8_t marker;
    unsigned offset; /* from the segment's length field */
    uint8_t value;
    dsc_status want;
} lie;

Test(jpegll, headers_that_lie)
{
    static const lie lies[] = {
        {"more rows", 0xC3, 4, 200, DSC_BADFILE},
        {"fewer rows", 0xC3, 4, 3, DSC_BADFILE},
        {"no rows (DNL)", 0xC3, 4, 0, DSC_BADFILE},
        {"more columns", 0xC3, 6, 200, DSC_BADFILE},
        {"precision 16 for bytes", 0xC3, 2, 16, DSC_BADFILE},
        {"precision 1", 0xC3, 2, 1, DSC_BADFILE},
        {"precision 0", 0xC3, 2, 0, DSC_BADFILE},
        {"two components", 0xC3, 7, 2, DSC_BADFILE},
        {"no components", 0xC3, 7, 0, DSC_BADFILE},
        {"sampling 0", 0xC3, 9, 0x01, DSC_BADFILE},
        {"sampling 5", 0xC3, 9, 0x51, DSC_BADFILE},
        {"baseline", 0xC3, -1u, 0xC0, DSC_BADFILE},
        {"progressive", 0xC3, -1u, 0xC2, DSC_BADFILE},
        {"arithmetic", 0xC3, -1u, 0xCB, DSC_BADFILE},
        {"JPEG-LS", 0xC3, -1u, 0xF7, DSC_BADFILE},
        {"hierarchical", 0xC3, -1u, 0xDE, DSC_UNSUPPORTED},
        {"scan of nobody", 0xDA, 3, 99, DSC_BADFILE},
        {"scan of two", 0xDA, 2, 2, DSC_BADFILE},
        {"predictor 0", 0xDA, 5, 0, DSC_BADFILE},
        {"predictor 8", 0xDA, 5, 8, DSC_BADFILE},
        {"point transform", 0xDA, 7, 1, DSC_UNSUPPORTED},
        {"short segment", 0xC4, 0, 0xFF, DSC_BADFILE},
        {"no table", 0xC4, -1u, 0xFE, DSC_BADFILE},
    };
    dsc_format fmt = stream_format(12, 10, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 4);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        dsc_buf s = make_stream(&frame, 8, 1);
        size_t at = find_marker(&s, lies[i].marker);
        s.data[at + (int)lies[i].offset] = lies[i].value;
        stream_refused(&dsc_codec_jpegll, bytes_of(&s), &fmt, lies[i].want,
                       lies[i].what);
        dsc_buf_free(&s);
    }
    dsc_frame_free(&frame);
}

Test(jpegll, datasets_that_do_not_fit)
{
    dsc_format fmt = stream_format(12, 10, 1, 16, 12, false);
    dsc_frame frame = stream_frame(&fmt, 12, 4);
    dsc_buf s = make_stream(&frame, 12, 1);
    dsc_format f = fmt;
    f.rows = 11;
    stream_refused(&dsc_codec_jpegll, bytes_of(&s), &f, DSC_BADFILE, "rows");
    f = fmt;
    f.columns = 65535;
    stream_refused(&dsc_codec_jpegll, bytes_of(&s), &f, DSC_BADFILE, "columns");
    f = fmt;
    f.samples = 3;
    f.photometric = DSC_RGB;
    stream_refused(&dsc_codec_jpegll, bytes_of(&s), &f, DSC_BADFILE, "samples");
    f = stream_format(12, 10, 1, 8, 8, false);
    stream_refused(&dsc_codec_jpegll, bytes_of(&s), &f, DSC_BADFILE, "bits");
    f = stream_format(12, 10, 1, 32, 32, false);
    stream_refused(&dsc_codec_jpegll, bytes_of(&s), &f, DSC_UNSUPPORTED, "32");
    f = stream_format(12, 10, 1, 1, 1, false);
    stream_refused(&dsc_codec_jpegll, bytes_of(&s), &f, DSC_UNSUPPORTED, "1");
    dsc_buf_free(&s);
    dsc_frame_free(&frame);
}

/* A few bytes that claim a huge picture: refused before memory is taken. */
Test(jpegll, huge_claims)
{
    dsc_format fmt = stream_format(12, 10, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 4);
    dsc_buf s = make_stream(&frame, 8, 1);
    size_t at = find_marker(&s, 0xC3);
    s.data[at + 3] = s.data[at + 5] = 0xB0; /* 45056 x 45056: 1.9 GiB */
    s.data[at + 4] = s.data[at + 6] = 0;
    fmt = stream_format(45056, 45056, 1, 8, 8, false);
    dsc_alloc_fail_after(1);
    stream_refused(&dsc_codec_jpegll, bytes_of(&s), &fmt, DSC_BADFILE, "huge");
    memset(s.data + at + 3, 0xFF, 4);
    fmt = stream_format(65535, 65535, 1, 8, 8, false);
    stream_refused(&dsc_codec_jpegll, bytes_of(&s), &fmt, DSC_LIMIT, "65535");
    dsc_alloc_fail_after(0);
    dsc_buf_free(&s);
    dsc_frame_free(&frame);
}

/* The library only warns of these and pads with zeros. */
Test(jpegll, warnings_are_errors)
{
    dsc_format fmt = stream_format(64, 64, 1, 16, 16, false);
    dsc_frame frame = stream_frame(&fmt, 16, 4);
    dsc_buf s = make_stream(&frame, 16, 1);
    size_t scan = find_marker(&s, 0xDA) + 10;
    dsc_buf cut = {0};
    static const uint8_t eoi[] = {0xFF, 0xD9};
    size_t half = scan + (s.len - scan) * 3 / 4;
    while (s.data[half - 1] == 0xFF)
        half--;
    cr_assert_eq(dsc_buf_append(&cut, s.data, half, NULL), DSC_OK);
    cr_assert_eq(dsc_buf_append(&cut, eoi, 2, NULL), DSC_OK);
    stream_refused(&dsc_codec_jpegll, bytes_of(&cut), &fmt, DSC_BADFILE,
                   "a quarter of the scan is missing");
    dsc_buf_free(&cut);
    dsc_buf_free(&s);
    dsc_frame_free(&frame);
}

Test(jpegll, padding_after_the_end_is_fine)
{
    dsc_format fmt = stream_format(12, 10, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 4), back = {0};
    static const uint8_t pads[][2] = {{0, 0}, {0xFF, 0}, {0x20, 0x20}};
    for (size_t i = 0; i < 3; i++) {
        dsc_buf s = make_stream(&frame, 8, 1);
        cr_assert_eq(dsc_buf_append(&s, pads[i], 2, NULL), DSC_OK);
        cr_expect_eq(dsc_codec_jpegll.decode(&back, bytes_of(&s), &fmt, NULL),
                     DSC_OK);
        cr_expect(stream_same(&frame, &back));
        dsc_buf_free(&s);
    }
    dsc_frame_free(&back);
    dsc_frame_free(&frame);
}

Test(jpegll, encode_refuses_what_it_cannot_hold)
{
    dsc_format fmt = stream_format(4, 4, 1, 32, 32, false);
    dsc_frame frame = stream_frame(&fmt, 32, 1);
    dsc_buf out = {0};
    cr_expect_eq(dsc_codec_jpegll.encode(&out, &frame, UID_70, (dsc_bytes){0},
                                         &fmt, NULL),
                 DSC_UNSUPPORTED);
    dsc_frame_free(&frame);
    fmt = stream_format(4, 4, 1, 1, 1, false);
    frame = stream_frame(&fmt, 1, 1);
    cr_expect_eq(dsc_codec_jpegll.encode(&out, &frame, UID_70, (dsc_bytes){0},
                                         &fmt, NULL),
                 DSC_UNSUPPORTED);
    dsc_frame_free(&frame);
    fmt = stream_format(4, 4, 3, 8, 8, false);
    fmt.layout = DSC_YBR422;
    fmt.photometric = DSC_YBR_FULL_422;
    frame = (dsc_frame){0};
    cr_assert_eq(dsc_frame_alloc(&frame, &fmt, NULL), DSC_OK);
    cr_expect_eq(dsc_codec_jpegll.encode(&out, &frame, UID_70, (dsc_bytes){0},
                                         &fmt, NULL),
                 DSC_UNSUPPORTED);
    cr_expect_eq(out.len, 0);
    dsc_frame_free(&frame);
    dsc_buf_free(&out);
}

Test(jpegll, out_of_memory_is_told)
{
    dsc_format fmt = stream_format(12, 10, 1, 16, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 4), back = {0};
    dsc_buf s = {0};
    unsigned long n;
    for (n = 1; n < 50; n++) {
        dsc_alloc_fail_after(n);
        dsc_status st = dsc_codec_jpegll.encode(&s, &frame, UID_70,
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
            dsc_codec_jpegll.decode(&back, bytes_of(&s), &fmt, NULL);
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

/* ---- no state between calls ---- */

typedef struct job {
    const dsc_frame *frame;
    const dsc_format *fmt;
    unsigned wrong;
} job;

static void *work(void *ctx)
{
    job *j = ctx;
    for (int i = 0; i < 40; i++) {
        dsc_buf s = {0};
        dsc_frame back = {0};
        if (dsc_codec_jpegll.encode(&s, j->frame, UID_57, (dsc_bytes){0},
                                    j->fmt, NULL) ||
            dsc_codec_jpegll.decode(&back, bytes_of(&s), j->fmt, NULL) ||
            !stream_same(j->frame, &back))
            j->wrong++;
        dsc_frame_free(&back);
        dsc_buf_free(&s);
    }
    return NULL;
}

Test(jpegll, several_threads_at_once)
{
    pthread_t threads[4];
    job jobs[4];
    dsc_format fmts[4];
    dsc_frame frames[4];
    for (unsigned i = 0; i < 4; i++) {
        fmts[i] = stream_format(30 + i, 20, i == 3 ? 3 : 1, i ? 16 : 8,
                                i == 0   ? 8
                                : i == 1 ? 12
                                         : 16,
                                false);
        frames[i] = stream_frame(&fmts[i], fmts[i].bits_stored, i);
        jobs[i] = (job){&frames[i], &fmts[i], 0};
        cr_assert_eq(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        cr_expect_eq(jobs[i].wrong, 0);
        dsc_frame_free(&frames[i]);
    }
}

/* ---- 12-bit sequential JPEG ---- */

static const dsc_bytes in12 = {stream12, sizeof stream12};

static dsc_status decode12(dsc_frame *out, dsc_bytes in, const dsc_format *fmt,
                           dsc_error *err)
{
    return dsc_codec__jpeg12_decode(out, in, fmt, err);
}

static const dsc_codec codec12 = {
    .name = "jpeg12",
    .encapsulated = true,
    .decode = decode12,
};

Test(jpeg12, decodes)
{
    dsc_format fmt = stream_format(14, 11, 1, 16, 12, false);
    dsc_frame frame = {0};
    dsc_error err = DSC_ERROR_INIT;
    cr_assert_eq(dsc_codec__jpeg12_decode(&frame, in12, &fmt, &err), DSC_OK,
                 "%s", err.msg);
    for (uint32_t y = 0; y < 11; y++)
        for (uint32_t x = 0; x < 14; x++) {
            int d = (int)stream_word(&frame, x, y, 0) - (int)(x * 150 + y * 90);
            cr_assert(d >= -3 && d <= 3, "%u %u is off by %d", x, y, d);
        }
    /* and becomes lossless when written */
    dsc_jpeg_marks marks;
    round_trip(&frame, &fmt, UID_70, in12, &marks, "12 bit");
    cr_expect_eq(marks.precision, 12);
    dsc_frame_free(&frame);
}

/* Some encoders write Se = 0 over a sequential scan. */
Test(jpeg12, last_coefficient_zero)
{
    dsc_format fmt = stream_format(14, 11, 1, 16, 12, false);
    dsc_frame right = {0}, other = {0};
    dsc_jpeg_marks marks;
    dsc_buf s = {0};
    cr_assert_eq(dsc_buf_append(&s, stream12, sizeof stream12, NULL), DSC_OK);
    cr_assert_eq(dsc_codec__jpeg_marks(&marks, in12, false, NULL), DSC_OK);
    cr_assert_eq(s.data[marks.se_offset], 63);
    s.data[marks.se_offset] = 0;
    cr_assert_eq(dsc_codec__jpeg12_decode(&right, in12, &fmt, NULL), DSC_OK);
    cr_assert_eq(dsc_codec__jpeg12_decode(&other, bytes_of(&s), &fmt, NULL),
                 DSC_OK);
    cr_expect(stream_same(&right, &other));
    s.data[marks.se_offset] = 5;
    stream_refused(&codec12, bytes_of(&s), &fmt, DSC_BADFILE, "Se = 5");
    dsc_frame_free(&right);
    dsc_frame_free(&other);
    dsc_buf_free(&s);
}

Test(jpeg12, bad_streams_are_refused)
{
    dsc_format fmt = stream_format(14, 11, 1, 16, 12, false);
    cr_expect_eq(stream_truncate(&codec12, in12, &fmt), sizeof stream12);
    uint32_t state = 7;
    for (unsigned i = 0; i < 4000; i++) {
        uint8_t bad[sizeof stream12];
        dsc_frame frame = {0};
        dsc_error err = DSC_ERROR_INIT;
        memcpy(bad, stream12, sizeof bad);
        for (unsigned n = 1 + i % 3; n > 0; n--)
            bad[stream_random(&state) % sizeof bad] =
                (uint8_t)stream_random(&state);
        dsc_status st = dsc_codec__jpeg12_decode(
            &frame, (dsc_bytes){bad, sizeof bad}, &fmt, &err);
        cr_assert_neq(st, DSC_INTERNAL, "%s", err.msg);
        cr_assert_eq(frame.data != NULL, st == DSC_OK);
        dsc_frame_free(&frame);
    }
    fmt = stream_format(14, 11, 1, 8, 8, false);
    stream_refused(&codec12, in12, &fmt, DSC_BADFILE, "8 bits allocated");
    fmt = stream_format(14, 11, 1, 16, 12, false);
    dsc_frame frame = stream_frame(&fmt, 12, 1);
    dsc_buf s = make_stream(&frame, 12, 1);
    stream_refused(&codec12, bytes_of(&s), &fmt, DSC_UNSUPPORTED, "lossless");
    dsc_buf_free(&s);
    dsc_frame_free(&frame);
}
