/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void start(maker *m, const char *syntax, const image *i)
{
    put_meta(m, syntax);
    put_identity(m);
    put_image(m, i);
}

/* ---- format ---- */

static dsc_status format_of(const image *i, const char *syntax, dsc_format *fmt,
                            uint32_t *frames, dsc_error *err)
{
    maker m = {0};
    dsc_dicom *ds;
    dsc_status st;

    *err = (dsc_error)DSC_ERROR_INIT;
    start(&m, syntax, i);
    put_raw(&m, DSC_TAG(0x7FE0, 0x10), "OW", "", 0);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    st = dsc_dicom_format(ds, fmt, frames, err);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
    return st;
}

Test(format, layouts)
{
    static const struct {
        const char *syntax;
        image i;
        dsc_layout layout;
    } cases[] = {
        {EXPLICIT, {2, 2, 3, 8, 8, "RGB", NULL, true, 0}, DSC_PLANAR},
        {EXPLICIT, {2, 2, 3, 8, 8, "RGB", "3", 0, 0}, DSC_INTERLEAVED},
        {EXPLICIT, {2, 2, 3, 8, 8, "YBR_FULL_422", NULL, 0, 0}, DSC_YBR422},
        {JPEG, {2, 2, 3, 8, 8, "YBR_FULL_422", NULL, 0, 0}, DSC_INTERLEAVED},
        {RLE, {2, 2, 3, 8, 8, "RGB", NULL, true, 0}, DSC_PLANAR},
        {BIG, {2, 2, 1, 16, 12, "MONOCHROME1", NULL, 0, 1}, DSC_INTERLEAVED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_format f;
        uint32_t frames;
        dsc_error err;
        cr_assert_eq(format_of(&cases[i].i, cases[i].syntax, &f, &frames, &err),
                     DSC_OK, "case %zu: %s", i, err.msg);
        cr_assert_eq(f.layout, cases[i].layout, "case %zu", i);
        cr_assert_eq(frames, cases[i].i.frames ? 3 : 1);
        cr_assert_eq(f.is_signed, cases[i].i.is_signed);
        cr_assert_eq(f.high_bit, cases[i].i.stored - 1);
    }
}

Test(format, wrong_attributes)
{
    static const struct {
        image i;
        dsc_status st;
        const char *says;
    } cases[] = {
        {{0, 4, 1, 8, 8, "MONOCHROME2", 0, 0, 0}, DSC_BADFILE, "(0028,0010)"},
        {{4, 0, 1, 8, 8, "MONOCHROME2", 0, 0, 0}, DSC_BADFILE, "(0028,0011)"},
        {{4, 4, 0, 8, 8, "MONOCHROME2", 0, 0, 0}, DSC_BADFILE, "(0028,0002)"},
        {{4, 4, 4, 8, 8, "CMYK", 0, 0, 0}, DSC_UNSUPPORTED, "(0028,0002)"},
        {{4, 4, 3, 8, 8, "HSV", 0, 0, 0}, DSC_UNSUPPORTED, "(0028,0004)"},
        {{4, 4, 3, 8, 8, "MONOCHROME2", 0, 0, 0}, DSC_BADFILE, "(0028,0004)"},
        {{4, 4, 1, 8, 8, "RGB", 0, 0, 0}, DSC_BADFILE, "(0028,0004)"},
        {{4, 4, 3, 8, 8, "YBR_RCT", 0, 0, 0}, DSC_BADFILE, "(0028,0004)"},
        {{4, 4, 3, 16, 16, "YBR_FULL_422", 0, 0, 0},
         DSC_UNSUPPORTED,
         "(0028,0100)"},
        {{4, 4, 3, 8, 8, "RGB", 0, 2, 0}, DSC_OK, ""},
        {{4, 4, 1, 0, 8, "MONOCHROME2", 0, 0, 0}, DSC_BADFILE, "(0028,0100)"},
        {{4, 4, 1, 12, 12, "MONOCHROME2", 0, 0, 0},
         DSC_UNSUPPORTED,
         "(0028,0100)"},
        {{4, 4, 1, 64, 12, "MONOCHROME2", 0, 0, 0},
         DSC_UNSUPPORTED,
         "(0028,0100)"},
        {{4, 4, 1, 8, 9, "MONOCHROME2", 0, 0, 0}, DSC_BADFILE, "(0028,0101)"},
        {{4, 4, 1, 8, 0, "MONOCHROME2", 0, 0, 0}, DSC_BADFILE, "(0028,0101)"},
        {{4, 4, 3, 1, 1, "RGB", 0, 0, 0}, DSC_BADFILE, "(0028,0100)"},
        {{4, 4, 1, 8, 8, "MONOCHROME2", "0", 0, 0}, DSC_BADFILE, "(0028,0008)"},
        {{4, 4, 1, 8, 8, "MONOCHROME2", "-3", 0, 0},
         DSC_BADFILE,
         "(0028,0008)"},
        {{4, 4, 1, 8, 8, "MONOCHROME2", "two", 0, 0},
         DSC_BADFILE,
         "(0028,0008)"},
        {{4, 4, 1, 8, 8, "MONOCHROME2", "1.5", 0, 0},
         DSC_BADFILE,
         "(0028,0008)"},
        {{4, 4, 1, 8, 8, "MONOCHROME2", "999999999999", 0, 0},
         DSC_LIMIT,
         "(0028,0008)"},
        {{4, 4, 1, 8, 8, "MONOCHROME2", "", 0, 0}, DSC_OK, ""},
        {{65535, 65535, 3, 32, 32, "RGB", 0, 0, 0}, DSC_LIMIT, "65535"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_format f;
        uint32_t frames;
        dsc_error err;
        cr_assert_eq(format_of(&cases[i].i, EXPLICIT, &f, &frames, &err),
                     cases[i].st, "case %zu: %s", i, err.msg);
        cr_assert_not_null(strstr(err.msg, cases[i].says), "case %zu: %s", i,
                           err.msg);
    }
}

static bool is_tag(void *ctx, const dsc_element *e)
{
    return e->tag == *(uint32_t *)ctx;
}

Test(format, missing_attributes)
{
    static const struct {
        uint16_t element;
        const char *says;
    } cases[] = {
        {0x10, "(0028,0010) Rows is missing"},
        {0x11, "(0028,0011) Columns is missing"},
        {0x100, "(0028,0100) Bits Allocated is missing"},
        {0x101, "(0028,0101) Bits Stored is missing"},
        {2, "(0028,0002) Samples per Pixel is missing"},
        {4, "(0028,0004) Photometric Interpretation is missing"},
    };
    maker m = {0};

    start(&m, EXPLICIT, &small_image);
    put_raw(&m, DSC_TAG(0x7FE0, 0x10), "OB", "0123456789ABCDEF", 16);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t tag = DSC_TAG(0x28, cases[i].element), frames;
        dsc_error err = DSC_ERROR_INIT;
        dsc_format f;
        dsc_dicom *ds;
        cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
        cr_assert_eq(dsc_dicom_remove_if(ds, is_tag, &tag, NULL, NULL), DSC_OK);
        cr_assert_eq(dsc_dicom_format(ds, &f, &frames, &err), DSC_BADFILE);
        cr_assert_str_eq(err.msg, cases[i].says);
        dsc_dicom_free(&ds);
    }
    dsc_buf_free(&m.out);
    CHECK_LEAKS();
}

/* ---- native ---- */

Test(native, length_must_be_exact)
{
    /* 3 x 3 x 1 frame = 9 bytes, 10 with padding */
    static const struct {
        size_t length;
        dsc_status st;
    } cases[] = {{0, DSC_BADFILE},  {8, DSC_BADFILE},   {9, DSC_OK},
                 {10, DSC_OK},      {11, DSC_BADFILE},  {12, DSC_BADFILE},
                 {18, DSC_BADFILE}, {1000, DSC_BADFILE}};
    static const uint8_t zeros[1000];
    image i = {3, 3, 1, 8, 8, "MONOCHROME2", NULL, 0, 0};

    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        maker m = {0};
        dsc_buf frame = {0};
        dsc_dicom *ds;
        start(&m, EXPLICIT, &i);
        put_raw(&m, DSC_TAG(0x7FE0, 0x10), "OB", zeros, cases[c].length);
        cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
        cr_assert_eq(dsc_dicom_check_frames(ds, NULL), cases[c].st);
        cr_assert_eq(dsc_dicom_frame(ds, 0, &frame, NULL), cases[c].st);
        cr_assert_eq(frame.len, cases[c].st ? 0 : 9);
        cr_assert_eq(dsc_dicom_frame(ds, 1, &frame, NULL), DSC_BADFILE);
        dsc_dicom_free(&ds);
        dsc_buf_free(&frame);
        dsc_buf_free(&m.out);
    }
    CHECK_LEAKS();
}

Test(native, huge_frames_over_little_data)
{
    static const uint8_t zeros[1024];
    static const char *const counts[] = {NULL, "1000000"};

    for (size_t c = 0; c < 2; c++) {
        image i = {32767, 32767, 1, 8, 8, "MONOCHROME2", counts[c], 0, 0};
        maker m = {0};
        dsc_buf frame = {0};
        dsc_dicom *ds;
        start(&m, EXPLICIT, &i);
        put_raw(&m, DSC_TAG(0x7FE0, 0x10), "OB", zeros, sizeof zeros);
        cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
        cr_assert_eq(dsc_dicom_check_frames(ds, NULL), DSC_BADFILE);
        cr_assert_eq(dsc_dicom_frame(ds, 0, &frame, NULL), DSC_BADFILE);
        cr_assert_eq(frame.cap, 0); /* nothing was allocated for it */
        dsc_dicom_free(&ds);
        dsc_buf_free(&m.out);
    }
}

Test(native, big_endian_8_bit_words_come_in_pixel_order)
{
    /* frames of 3 bytes: the second starts inside a word */
    image i = {1, 3, 1, 8, 8, "MONOCHROME2", "2", 0, 0};
    static const uint8_t want[2][3] = {{1, 2, 3}, {4, 5, 6}};
    maker m = {0};
    dsc_buf frame = {0};
    dsc_dicom *ds;

    for (int words = 0; words < 2; words++) {
        start(&m, BIG, &i);
        put_raw(&m, DSC_TAG(0x7FE0, 0x10), words ? "OW" : "OB",
                words ? "\2\1\4\3\6\5" : "\1\2\3\4\5\6", 6);
        cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
        for (uint32_t f = 0; f < 2; f++) {
            cr_assert_eq(dsc_dicom_frame(ds, f, &frame, NULL), DSC_OK);
            cr_assert_eq(
                compare_bytes("frame", want[f], 3, frame.data, frame.len), 0);
        }
        dsc_dicom_free(&ds);
        dsc_buf_free(&m.out);
    }
    dsc_buf_free(&frame);
}

Test(native, big_endian_16_and_32_bit)
{
    static const uint16_t bits[] = {16, 32};
    maker m = {0};
    dsc_buf frame = {0};
    dsc_dicom *ds;

    for (size_t b = 0; b < 2; b++) {
        image i = {1, 2, 1, bits[b], bits[b], "MONOCHROME2", NULL, 0, 0};
        size_t n = bits[b] / 4u;
        start(&m, BIG, &i);
        put_raw(&m, DSC_TAG(0x7FE0, 0x10), "OW", "\1\2\3\4\5\6\7\10", n);
        cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
        cr_assert_eq(dsc_dicom_frame(ds, 0, &frame, NULL), DSC_OK);
        cr_assert_eq(compare_bytes("frame",
                                   (const uint8_t *)(b ? "\4\3\2\1\10\7\6\5"
                                                       : "\2\1\4\3"),
                                   n, frame.data, frame.len),
                     0);
        dsc_dicom_free(&ds);
        dsc_buf_free(&m.out);
    }
    dsc_buf_free(&frame);
}

Test(native, one_bit_frames_are_shifted_to_the_first_bit)
{
    /* three frames of 3 pixels: 101 011 110 from the lowest bit up */
    image i = {1, 3, 1, 1, 1, "MONOCHROME2", "3", 0, 0};
    static const uint8_t want[] = {5, 6, 3};
    maker m = {0};
    dsc_buf frame = {0};
    dsc_dicom *ds;

    start(&m, EXPLICIT, &i);
    put_raw(&m, DSC_TAG(0x7FE0, 0x10), "OB", "\xF5\xFE", 2);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    for (uint32_t f = 0; f < 3; f++) {
        cr_assert_eq(dsc_dicom_frame(ds, f, &frame, NULL), DSC_OK);
        cr_assert_eq(frame.len, 1);
        cr_assert_eq(frame.data[0], f == 2 ? 3 : want[f], "frame %u: %02x", f,
                     frame.data[0]);
    }
    dsc_dicom_free(&ds);
    dsc_buf_free(&frame);
    dsc_buf_free(&m.out);
}

Test(native, pixels_with_a_wrong_vr_or_syntax)
{
    maker m = {0};
    dsc_dicom *ds;
    dsc_error err = DSC_ERROR_INIT;

    start(&m, EXPLICIT, &small_image);
    put_raw(&m, DSC_TAG(0x7FE0, 0x10), "UT", "0123456789ABCDEF", 16);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_check_frames(ds, NULL), DSC_BADFILE);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);

    start(&m, JPEG, &small_image);
    put_raw(&m, DSC_TAG(0x7FE0, 0x10), "OB", "0123456789ABCDEF", 16);
    cr_assert_eq(open_made(&ds, &m, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_dicom_check_frames(ds, NULL), DSC_BADFILE);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);

    start(&m, EXPLICIT, &small_image);
    put_header(&m, DSC_TAG(0x7FE0, 0x10), "OB", OPEN);
    put_item(&m, 0);
    put_item(&m, 4);
    put_bytes(&m, "abcd", 4);
    put_sequence_end(&m);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_check_frames(ds, NULL), DSC_BADFILE);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
}

/* ---- encapsulated ---- */

/* A fragment list: "|" ends a fragment, "J" and "K" stand for the marks of
 * JPEG and JPEG 2000 streams. */
typedef struct encapsulated {
    const char *frames;
    const char *fragments; /* "Jab|Jcd|" */
    int table;             /* how many entries; -1: none */
    uint32_t offsets[4];
    bool extended;
    dsc_status st;
    const char *want[3];
} encapsulated;

static void put_fragments(maker *m, const char *list)
{
    while (*list) {
        const char *end = strchr(list, '|');
        uint8_t bytes[64];
        size_t n = 0;
        for (; list < end; list++) {
            if (*list == 'J' || *list == 'K') {
                bytes[n++] = 0xFF;
                bytes[n++] = *list == 'J' ? 0xD8 : 0x4F;
                bytes[n++] = 0xFF;
                bytes[n++] = 'x';
            } else {
                bytes[n++] = (uint8_t)*list;
            }
        }
        put_item(m, (uint32_t)n);
        put_bytes(m, bytes, n);
        list++;
    }
}

static void make_encapsulated(maker *m, const encapsulated *e)
{
    image i = small_image;
    int entries = e->table < 0 ? 0 : e->table;

    i.frames = e->frames;
    start(m, JPEG, &i);
    if (e->extended) {
        put_header(m, DSC_TAG(0x7FE0, 1), "OV", (uint32_t)entries * 8);
        for (int k = 0; k < entries; k++) {
            put32(m, e->offsets[k]);
            put32(m, 0);
        }
        put_header(m, DSC_TAG(0x7FE0, 2), "OV", 0);
        entries = 0;
    }
    put_header(m, DSC_TAG(0x7FE0, 0x10), "OB", OPEN);
    put_item(m, (uint32_t)entries * 4);
    for (int k = 0; k < entries; k++)
        put32(m, e->offsets[k]);
    put_fragments(m, e->fragments);
    put_sequence_end(m);
}

#define MARK "\xFF\xD8\xFFx"

static const encapsulated cases[] = {
    /* one frame takes all */
    {"1", "Jab|cd|ef|", -1, {0}, 0, DSC_OK, {MARK "abcdef"}},
    {"1", "a|", -1, {0}, 0, DSC_OK, {"a"}},
    {"1", "", -1, {0}, 0, DSC_BADFILE, {0}},
    {"1", "||", -1, {0}, 0, DSC_BADFILE, {0}},
    /* as many fragments as frames */
    {"2", "ab|cd|", -1, {0}, 0, DSC_OK, {"ab", "cd"}},
    {"2", "ab||", -1, {0}, 0, DSC_BADFILE, {0}},
    {"2", "abc|d|", -1, {0}, 0, DSC_OK, {"abc", "d"}},
    {"2", "ab|", -1, {0}, 0, DSC_BADFILE, {0}},
    {"3", "JJJJ|", -1, {0}, 0, DSC_BADFILE, {0}},
    /* a basic table */
    {"2", "ab|cd|ef|", 2, {0, 20}, 0, DSC_OK, {"abcd", "ef"}},
    {"2", "ab|cd|ef|", 2, {0, 10}, 0, DSC_OK, {"ab", "cdef"}},
    {"2", "ab|cd|ef|", 2, {0, 12}, 0, DSC_BADFILE, {0}},
    {"2", "ab|cd|ef|", 2, {10, 20}, 0, DSC_BADFILE, {0}},
    {"2", "ab|cd|ef|", 2, {0, 0}, 0, DSC_BADFILE, {0}},
    {"2", "ab|cd|ef|", 2, {20, 0}, 0, DSC_BADFILE, {0}},
    {"2", "ab|cd|ef|", 2, {0, 0xFFFFFFF6u}, 0, DSC_BADFILE, {0}},
    {"2", "ab|cd|ef|", 1, {0}, 0, DSC_BADFILE, {0}},
    {"2", "ab|cd|ef|", 3, {0, 10, 20}, 0, DSC_BADFILE, {0}},
    /* a wrong table where there is one way only */
    {"2", "ab|cd|", 2, {0, 7777}, 0, DSC_OK, {"ab", "cd"}},
    /* an extended table */
    {"2", "ab|cd|ef|", 2, {0, 20}, 1, DSC_OK, {"abcd", "ef"}},
    {"2", "ab|cd|ef|", 2, {0, 21}, 1, DSC_BADFILE, {0}},
    {"2", "ab|cd|ef|", 1, {0}, 1, DSC_BADFILE, {0}},
    /* no table: marks */
    {"2", "Ja|b|Jc|", -1, {0}, 0, DSC_OK, {MARK "ab", MARK "c"}},
    {"2", "Ja|b|c|", -1, {0}, 0, DSC_BADFILE, {0}},
    {"2", "a|Jb|Jc|", -1, {0}, 0, DSC_BADFILE, {0}},
    {"2", "Ja|Jb|Jc|", -1, {0}, 0, DSC_BADFILE, {0}},
};

Test(encapsulated, frames_from_fragments)
{
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        maker m = {0};
        dsc_error err = DSC_ERROR_INIT;
        dsc_buf frame = {0};
        dsc_dicom *ds;
        make_encapsulated(&m, &cases[c]);
        cr_assert_eq(open_made(&ds, &m, &err), DSC_OK, "%zu %s", c, err.msg);
        cr_assert_eq(dsc_dicom_check_frames(ds, &err), cases[c].st,
                     "case %zu: %s", c, err.msg);
        for (uint32_t f = 0; f < 3 && cases[c].want[f]; f++) {
            const char *want = cases[c].want[f];
            cr_assert_eq(dsc_dicom_frame(ds, f, &frame, NULL), DSC_OK);
            cr_assert_eq(compare_bytes("frame", (const uint8_t *)want,
                                       strlen(want), frame.data, frame.len),
                         0, "case %zu", c);
        }
        if (cases[c].st)
            cr_assert_neq(dsc_dicom_frame(ds, 0, &frame, NULL), DSC_OK);
        dsc_dicom_free(&ds);
        dsc_buf_free(&frame);
        dsc_buf_free(&m.out);
    }
    CHECK_LEAKS();
}

Test(encapsulated, broken_items)
{
    static const struct {
        uint32_t tag, length;
    } items[] = {
        {DSC_TAG(0xFFFE, 0xE000), 100}, /* longer than the file */
        {DSC_TAG(0xFFFE, 0xE000), OPEN}, {DSC_TAG(0xFFFE, 0xE00D), 0},
        {DSC_TAG(0xFFFE, 0xE0DD), 4},    {DSC_TAG(0x7FE0, 0x10), 0},
    };
    for (size_t c = 0; c < sizeof items / sizeof *items; c++) {
        maker m = {0};
        dsc_error err = DSC_ERROR_INIT;
        dsc_dicom *ds;
        start(&m, JPEG, &small_image);
        put_header(&m, DSC_TAG(0x7FE0, 0x10), "OB", OPEN);
        put_item(&m, 0);
        put16(&m, items[c].tag >> 16);
        put16(&m, items[c].tag & 0xFFFF);
        put32(&m, items[c].length);
        put_bytes(&m, "abcd", 4);
        put_sequence_end(&m);
        cr_assert_eq(open_made(&ds, &m, &err), DSC_BADFILE, "case %zu", c);
        cr_assert_not_null(strstr(err.msg, "(7FE0,0010)"));
        dsc_buf_free(&m.out);
    }
    CHECK_LEAKS();
}

Test(encapsulated, video_is_not_supported)
{
    maker m = {0};
    dsc_dicom *ds;

    start(&m, MPEG, &small_image);
    put_header(&m, DSC_TAG(0x7FE0, 0x10), "OB", OPEN);
    put_item(&m, 0);
    put_item(&m, 4);
    put_bytes(&m, "abcd", 4);
    put_sequence_end(&m);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_check_frames(ds, NULL), DSC_UNSUPPORTED);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
}
