/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* ---- what is not touched ---- */

/* One element of every VR, proper and improper: odd lengths aside, all of it
 * must come back as it went in. */
static void put_everything(maker *m)
{
    static const char *const texts[] = {"AE", "AS", "CS", "DA", "DS", "DT",
                                        "IS", "LO", "LT", "PN", "SH", "ST",
                                        "TM", "UC", "UI", "UR", "UT"};
    static const char *const binaries[] = {"AT", "FD", "FL", "OB", "OD", "OF",
                                           "OL", "OV", "OW", "SL", "SS", "SV",
                                           "UL", "UN", "US", "UV"};
    uint32_t e = 0x1001;

    put_text(m, DSC_TAG(9, 0x10), "LO", "SOME CREATOR");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put_raw(m, DSC_TAG(9, e++), texts[i], "", 0);
        put_raw(m, DSC_TAG(9, e++), texts[i], "12  ", 4);
        put_raw(m, DSC_TAG(9, e++), texts[i], "12\0\0", 4);
        put_raw(m, DSC_TAG(9, e++), texts[i], "  \\ ", 4);
        put_raw(m, DSC_TAG(9, e++), texts[i], "\0\0", 2);
        put_raw(m, DSC_TAG(9, e++), texts[i], "\x80\xff\1 no such value!", 18);
    }
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
        put_raw(m, DSC_TAG(9, e++), binaries[i], "", 0);
        put_raw(m, DSC_TAG(9, e++), binaries[i], "\1\2", 2);
        put_raw(m, DSC_TAG(9, e++), binaries[i], "\1\2\3\4\5\6", 6);
        put_raw(m, DSC_TAG(9, e++), binaries[i],
                "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20", 16);
    }
    put_raw(m, DSC_TAG(0x10, 0x10), "US", "\1\2", 2); /* not its VR */
    put_raw(m, DSC_TAG(0x10, 0x20), "UN", "ID", 2);
    put_raw(m, DSC_TAG(0x10, 0x30), "OB", "20", 2);
    put_header(m, DSC_TAG(0x40, 0xA730), "SQ", OPEN);
    put_item(m, 8 + 4);
    put_raw(m, DSC_TAG(0x40, 0xA010), "CS", "AB  ", 4);
    put_item(m, OPEN);
    put_header(m, DSC_TAG(0x40, 0xA730), "SQ", 12 + 8);
    put_item(m, 4 + 8);
    put_raw(m, DSC_TAG(0x40, 0xA010), "CS", "X Y ", 4);
    put_header(m, DSC_TAG(0x40, 0xA731), "SQ", 0);
    put_item_end(m);
    put_item(m, 0);
    put_sequence_end(m);
}

static size_t dataset_begin(const dsc_buf *b)
{
    /* (0002,0000) tells the length of the rest of the group */
    const uint8_t *p = b->data + 132 + 8;
    return 144 + ((size_t)p[0] | (size_t)p[1] << 8);
}

Test(untouched, every_vr_comes_back_byte_for_byte)
{
    static const char *const syntaxes[] = {EXPLICIT, BIG, JPEG};

    for (size_t i = 0; i < 3; i++) {
        maker m = {0};
        dsc_buf bytes = {0};
        dsc_write_options o = plain_options();
        dsc_error err = DSC_ERROR_INIT;
        dsc_dicom *ds;
        size_t begin;
        bool big = !strcmp(syntaxes[i], BIG);
        uint32_t n = 0;
        double v;
        char text[512];

        put_meta(&m, syntaxes[i]);
        begin = m.out.len;
        put_identity(&m);
        put_everything(&m);
        cr_assert_eq(open_made(&ds, &m, &err), DSC_OK, "%s", err.msg);
        /* looking at values must not change them */
        for (uint32_t e = 0x1001; e < 0x1100; e++) {
            dsc_dicom_strings(ds, DSC_TAG(9, e), text, sizeof text);
            n += dsc_dicom_number(ds, DSC_TAG(9, e), 0, &v);
        }
        cr_assert_gt(n, 10);
        cr_assert_eq(write_made(ds, &o, &bytes, &err), DSC_OK, "%s", err.msg);
        cr_assert_eq(compare_bytes(syntaxes[i], m.out.data + begin,
                                   m.out.len - begin,
                                   bytes.data + dataset_begin(&bytes),
                                   bytes.len - dataset_begin(&bytes)),
                     0);
        cr_assert(big || bytes.data[dataset_begin(&bytes)] == 8);
        dsc_dicom_free(&ds);
        dsc_buf_free(&bytes);
        dsc_buf_free(&m.out);
    }
    CHECK_LEAKS();
}

Test(untouched, odd_lengths_become_even)
{
    maker m = {0}, want = {0};
    dsc_buf bytes = {0};
    dsc_write_options o = plain_options();
    dsc_dicom *ds;

    put_meta(&m, EXPLICIT);
    put_identity(&m);
    put_raw(&m, DSC_TAG(0x10, 0x10), "PN", "abc", 3);
    put_raw(&m, DSC_TAG(0x10, 0x20), "OB", "abc", 3);
    put_identity(&want);
    put_raw(&want, DSC_TAG(0x10, 0x10), "PN", "abc ", 4);
    put_raw(&want, DSC_TAG(0x10, 0x20), "OB", "abc\0", 4);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_OK);
    cr_assert_eq(compare_bytes("padded", want.out.data, want.out.len,
                               bytes.data + dataset_begin(&bytes),
                               bytes.len - dataset_begin(&bytes)),
                 0);
    dsc_dicom_free(&ds);
    dsc_buf_free(&bytes);
    dsc_buf_free(&m.out);
    dsc_buf_free(&want.out);
}

Test(untouched, group_lengths_and_padding_go)
{
    maker m = {0}, want = {0};
    dsc_buf bytes = {0};
    dsc_write_options o = plain_options();
    dsc_dicom *ds;

    put_meta(&m, EXPLICIT);
    put_raw(&m, DSC_TAG(8, 0), "UL", "\1\2\3\4", 4);
    put_identity(&m);
    put_header(&m, DSC_TAG(8, 0x1140), "SQ", 8 + 12 + 10);
    put_item(&m, 12 + 10);
    put_raw(&m, DSC_TAG(8, 0), "UL", "\1\2\3\4", 4);
    put_raw(&m, DSC_TAG(8, 0x1150), "UI", "1\0", 2);
    put_raw(&m, DSC_TAG(0xFFFC, 0xFFFC), "OB", "JANE", 4);
    put_identity(&want);
    put_header(&want, DSC_TAG(8, 0x1140), "SQ", 8 + 10);
    put_item(&want, 10);
    put_raw(&want, DSC_TAG(8, 0x1150), "UI", "1\0", 2);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_OK);
    cr_assert_eq(compare_bytes("dataset", want.out.data, want.out.len,
                               bytes.data + dataset_begin(&bytes),
                               bytes.len - dataset_begin(&bytes)),
                 0);
    dsc_dicom_free(&ds);
    dsc_buf_free(&bytes);
    dsc_buf_free(&m.out);
    dsc_buf_free(&want.out);
}

/* ---- file meta ---- */

Test(meta, is_fresh)
{
    maker m = {0};
    dsc_buf bytes = {0};
    dsc_write_options o = plain_options();
    dsc_dicom *ds, *again;
    char text[80];
    size_t zeros = 0;

    put_meta(&m, EXPLICIT);
    memset(m.out.data, 'P', 128); /* a preamble that says something */
    put_identity(&m);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_set(ds, DSC_TAG(8, 0x18), "2.25.99", NULL), DSC_OK);
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_OK);
    while (zeros < 128 && !bytes.data[zeros])
        zeros++;
    cr_assert_eq(zeros, 128);
    cr_assert_null(memmem(bytes.data, bytes.len, "SECRET", 6));
    cr_assert_null(memmem(bytes.data, bytes.len, "1.2.3.4.5", 9));
    cr_assert_eq(
        dsc_dicom_open_memory(&again, bytes.data, bytes.len, NULL, NULL),
        DSC_OK);
    cr_assert(dsc_dicom_string(again, DSC_TAG(2, 3), text, sizeof text));
    cr_assert_str_eq(text, "2.25.99");
    cr_assert(dsc_dicom_string(again, DSC_TAG(2, 0x12), text, sizeof text));
    cr_assert_str_eq(text, "1.2.3.4");
    cr_assert(dsc_dicom_string(again, DSC_TAG(2, 0x13), text, sizeof text));
    cr_assert_str_eq(text, "TEST_1");
    dsc_dicom_free(&ds);
    dsc_dicom_free(&again);
    dsc_buf_free(&bytes);
    dsc_buf_free(&m.out);
    CHECK_LEAKS();
}

Test(meta, refusals)
{
    maker m = {0};
    dsc_buf bytes = {0};
    dsc_write_options o = plain_options();
    dsc_dicom *ds;
    dsc_error err = DSC_ERROR_INIT;

    put_meta(&m, EXPLICIT);
    put_text(&m, DSC_TAG(8, 0x18), "UI", "1.2.3");
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(write_made(ds, &o, &bytes, &err), DSC_BADFILE);
    cr_assert_not_null(strstr(err.msg, "(0008,0016)"));
    o.implementation_version_name = "seventeen letters";
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_INTERNAL);
    o.implementation_version_name = NULL;
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_INTERNAL);
    dsc_dicom_free(&ds);
    dsc_buf_free(&bytes);
    dsc_buf_free(&m.out);
}

/* ---- pixels ---- */

static dsc_status keep_all(void *ctx, uint32_t frame, bool *keep, dsc_buf *out,
                           dsc_error *err)
{
    (void)ctx, (void)frame, (void)out, (void)err;
    *keep = true;
    return DSC_OK;
}

typedef struct source {
    dsc_dicom *ds;
    uint32_t change; /* this frame becomes "NEW" */
} source;

static dsc_status change_one(void *ctx, uint32_t frame, bool *keep,
                             dsc_buf *out, dsc_error *err)
{
    source *s = ctx;

    *keep = frame != s->change;
    return *keep ? DSC_OK : dsc_buf_append(out, "NEW", 3, err);
}

static dsc_status copy_frame(void *ctx, uint32_t frame, bool *keep,
                             dsc_buf *out, dsc_error *err)
{
    source *s = ctx;
    *keep = false;
    return dsc_dicom_frame(s->ds, frame, out, err);
}

static const char *const natives[] = {IMPLICIT, EXPLICIT, BIG, DEFLATED};

static void make_native(maker *m, const char *syntax, const image *i,
                        const char *vr, const uint8_t *pixels, size_t n)
{
    size_t meta;

    put_meta(m, syntax);
    meta = m->out.len;
    put_identity(m);
    put_image(m, i);
    put_raw(m, DSC_TAG(0x7FE0, 0x10), vr, pixels, n);
    if (!strcmp(syntax, DEFLATED))
        deflate_tail(m, meta);
}

static void same_frames(dsc_dicom *a, dsc_dicom *b, const char *what)
{
    dsc_buf fa = {0}, fb = {0};
    dsc_format fmt;
    uint32_t n;

    cr_assert_eq(dsc_dicom_format(a, &fmt, &n, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_check_frames(b, NULL), DSC_OK);
    for (uint32_t f = 0; f < n; f++) {
        cr_assert_eq(dsc_dicom_frame(a, f, &fa, NULL), DSC_OK);
        cr_assert_eq(dsc_dicom_frame(b, f, &fb, NULL), DSC_OK);
        cr_assert_eq(compare_bytes(what, fa.data, fa.len, fb.data, fb.len), 0);
    }
    dsc_buf_free(&fa);
    dsc_buf_free(&fb);
}

static void convert(const char *from, const char *to, const image *i,
                    const char *vr, const uint8_t *pixels, size_t n,
                    dsc_frame_fn fn)
{
    maker m = {0};
    dsc_buf bytes = {0};
    dsc_dicom *ds, *again;
    dsc_error err = DSC_ERROR_INIT;
    dsc_write_options o = plain_options();
    source s = {0};

    make_native(&m, from, i, vr, pixels, n);
    cr_assert_eq(open_made(&ds, &m, &err), DSC_OK, "%s", err.msg);
    s.ds = ds;
    o.transfer_syntax = to;
    o.frame = fn;
    o.ctx = &s;
    cr_assert_eq(write_made(ds, &o, &bytes, &err), DSC_OK, "%s to %s: %s", from,
                 to, err.msg);
    cr_assert_eq(
        dsc_dicom_open_memory(&again, bytes.data, bytes.len, NULL, &err),
        DSC_OK, "%s to %s: %s", from, to, err.msg);
    cr_assert_str_eq(dsc_dicom_transfer_syntax(again), to);
    same_frames(ds, again, to);
    dsc_dicom_free(&ds);
    dsc_dicom_free(&again);
    dsc_buf_free(&bytes);
    dsc_buf_free(&m.out);
}

Test(convert, native_to_native)
{
    static const image images[] = {
        {1, 3, 1, 8, 8, "MONOCHROME2", "3", 0, 0},
        {1, 3, 1, 16, 12, "MONOCHROME2", "2", 0, 1},
        {1, 3, 1, 32, 32, "MONOCHROME2", "2", 0, 0},
        {1, 3, 1, 1, 1, "MONOCHROME2", "5", 0, 0},
        {1, 2, 3, 8, 8, "YBR_FULL_422", "2", 0, 0},
    };
    static const size_t lengths[] = {10, 12, 24, 2, 8};
    static const uint8_t pixels[] = {1,  2,  3,  4,  5,  6,  7,  8,
                                     9,  0,  11, 12, 13, 14, 15, 16,
                                     17, 18, 19, 20, 21, 22, 23, 24};
    static const dsc_frame_fn fns[] = {NULL, keep_all, copy_frame};

    for (size_t c = 0; c < sizeof images / sizeof *images; c++) {
        for (size_t k = 0; k < 4 * 4 * 3; k++) {
            const char *from = natives[k % 4], *to = natives[k / 4 % 4];
            for (int w = 0; w < 2; w++) {
                if (!w && images[c].allocated > 8)
                    continue;
                convert(from, to, &images[c], w ? "OW" : "OB", pixels,
                        lengths[c], fns[k / 16]);
            }
        }
    }
    CHECK_LEAKS();
}

Test(convert, native_to_encapsulated_and_back)
{
    image i = {1, 3, 1, 8, 8, "MONOCHROME2", "2", 0, 0};

    for (size_t k = 0; k < 4; k++) {
        maker m = {0};
        dsc_buf bytes = {0}, back = {0};
        dsc_dicom *ds, *packed, *again;
        dsc_write_options o = plain_options();
        source s = {0};
        make_native(&m, natives[k], &i, "OW", (const uint8_t *)"abcdef", 6);
        cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
        s.ds = ds;
        o.frame = copy_frame;
        o.ctx = &s;
        o.transfer_syntax = RLE;
        cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_OK);
        cr_assert_eq(
            dsc_dicom_open_memory(&packed, bytes.data, bytes.len, NULL, NULL),
            DSC_OK);
        cr_assert_eq(dsc_dicom_check_frames(packed, NULL), DSC_OK);
        o.transfer_syntax = natives[k];
        cr_assert_eq(write_made(ds, &o, &back, NULL), DSC_OK);
        cr_assert_eq(
            dsc_dicom_open_memory(&again, back.data, back.len, NULL, NULL),
            DSC_OK);
        same_frames(ds, again, natives[k]);
        dsc_dicom_free(&ds);
        dsc_dicom_free(&packed);
        dsc_dicom_free(&again);
        dsc_buf_free(&bytes);
        dsc_buf_free(&back);
        dsc_buf_free(&m.out);
    }
    CHECK_LEAKS();
}

/* What the header may say depends on the syntax that is written. */
Test(convert, photometric_of_the_output)
{
    static const struct {
        const char *label, *syntax;
        dsc_status want;
    } cases[] = {
        {"YBR_RCT", "1.2.840.10008.1.2.4.90", DSC_OK},
        {"YBR_RCT", "1.2.840.10008.1.2.2", DSC_BADFILE},
        {"YBR_PARTIAL_420", "1.2.840.10008.1.2.4.90", DSC_OK},
        {"YBR_PARTIAL_420", "1.2.840.10008.1.2", DSC_UNSUPPORTED},
        {"RGB", "1.2.840.10008.1.2", DSC_OK},
    };
    image i = {1, 2, 3, 8, 8, "RGB", "1", 0, 0};

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        maker m = {0};
        dsc_buf bytes = {0};
        dsc_dicom *ds;
        dsc_write_options o = plain_options();
        source s = {0};
        make_native(&m, natives[0], &i, "OW", (const uint8_t *)"abcdef", 6);
        cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
        cr_assert_eq(dsc_dicom_set(ds, DSC_TAG(0x28, 4), cases[k].label, NULL),
                     DSC_OK);
        s.ds = ds;
        o.frame = copy_frame;
        o.ctx = &s;
        o.transfer_syntax = cases[k].syntax;
        cr_assert_eq(write_made(ds, &o, &bytes, NULL), cases[k].want, "%s",
                     cases[k].label);
        dsc_dicom_free(&ds);
        dsc_buf_free(&bytes);
        dsc_buf_free(&m.out);
    }
    CHECK_LEAKS();
}

static void make_fragments(maker *m, int table, bool extended)
{
    image i = small_image;

    i.frames = "2";
    put_meta(m, JPEG);
    put_identity(m);
    put_image(m, &i);
    if (extended) {
        put_header(m, DSC_TAG(0x7FE0, 1), "OV", 16);
        put_bytes(m, "\0\0\0\0\0\0\0\0\x15\0\0\0\0\0\0\0", 16);
        put_header(m, DSC_TAG(0x7FE0, 2), "OV", 16);
        put_bytes(m, "\5\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0", 16);
    }
    put_header(m, DSC_TAG(0x7FE0, 0x10), "OB", OPEN);
    put_item(m, table ? 8 : 0);
    if (table)
        put_bytes(m, "\0\0\0\0\x15\0\0\0", 8);
    put_item(m, 3); /* odd, as some write it */
    put_bytes(m, "abc", 3);
    put_item(m, 2);
    put_bytes(m, "de", 2);
    put_item(m, 2);
    put_bytes(m, "fg", 2);
    put_sequence_end(m);
}

static void expect_fragments(dsc_dicom *ds, const char *first,
                             const char *second)
{
    dsc_buf frame = {0};

    cr_assert_eq(dsc_dicom_check_frames(ds, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_frame(ds, 0, &frame, NULL), DSC_OK);
    cr_assert_eq(compare_bytes("first", (const uint8_t *)first, 6, frame.data,
                               frame.len),
                 0);
    cr_assert_eq(dsc_dicom_frame(ds, 1, &frame, NULL), DSC_OK);
    cr_assert_eq(compare_bytes("second", (const uint8_t *)second,
                               strlen(second) == 3 ? 4 : 2, frame.data,
                               frame.len),
                 0);
    dsc_buf_free(&frame);
}

Test(encapsulated, verbatim_and_with_a_changed_frame)
{
    for (int form = 0; form < 3; form++) {
        bool table = form == 1, extended = form == 2;
        maker m = {0};
        dsc_buf bytes = {0};
        dsc_dicom *ds, *again;
        dsc_write_options o = plain_options();
        source s = {.change = 1};
        bool same = false;
        static const uint8_t basic[] = {0, 0, 0, 0, 22, 0, 0, 0};
        static const uint8_t ends[] = {6, 0, 0, 0, 0, 0, 0, 0,
                                       4, 0, 0, 0, 0, 0, 0, 0};

        make_fragments(&m, table, extended);
        cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
        cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_OK);
        cr_assert_eq(
            dsc_dicom_open_memory(&again, bytes.data, bytes.len, NULL, NULL),
            DSC_OK);
        cr_assert_eq(dsc_dicom_same_pixel_data(ds, again, &same, NULL), DSC_OK);
        cr_assert(same);
        dsc_dicom_free(&again);

        o.frame = change_one;
        o.ctx = &s;
        if (!table && !extended) {
            /* three fragments, two frames, nothing to tell them apart */
            cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_BADFILE);
            dsc_dicom_free(&ds);
            dsc_buf_free(&bytes);
            dsc_buf_free(&m.out);
            continue;
        }
        cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_OK);
        cr_assert_eq(
            dsc_dicom_open_memory(&again, bytes.data, bytes.len, NULL, NULL),
            DSC_OK);
        expect_fragments(again, "abc\0de", "NEW");
        cr_assert_eq(dsc_dicom_same_pixel_data(ds, again, &same, NULL), DSC_OK);
        cr_assert_not(same);
        if (table)
            cr_assert_not_null(memmem(bytes.data, bytes.len, basic, 8));
        else
            cr_assert_not_null(memmem(bytes.data, bytes.len, ends, 16));
        dsc_dicom_free(&ds);
        dsc_dicom_free(&again);
        dsc_buf_free(&bytes);
        dsc_buf_free(&m.out);
    }
    CHECK_LEAKS();
}

static dsc_status fails(void *ctx, uint32_t frame, bool *keep, dsc_buf *out,
                        dsc_error *err)
{
    (void)ctx, (void)out;
    *keep = false;
    return frame ? dsc_fail(err, DSC_BADFILE, "cannot decode") : DSC_OK;
}

Test(write, refusals)
{
    static const uint8_t pixels[16];
    maker m = {0};
    dsc_buf bytes = {0};
    dsc_dicom *ds;
    dsc_error err = DSC_ERROR_INIT;
    dsc_write_options o = plain_options();
    source s = {.change = 0};
    image i = small_image;

    make_native(&m, EXPLICIT, &i, "OB", pixels, 16);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    /* a frame of the wrong size */
    o.frame = change_one;
    o.ctx = &s;
    cr_assert_eq(write_made(ds, &o, &bytes, &err), DSC_INTERNAL);
    /* native bytes kept in an encapsulated file */
    o.frame = keep_all;
    o.transfer_syntax = JPEG;
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_INTERNAL);
    o.frame = NULL;
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_INTERNAL);
    /* the caller's failure comes through, with the frame */
    o.frame = fails;
    o.transfer_syntax = NULL;
    cr_assert_neq(write_made(ds, &o, &bytes, NULL), DSC_OK);
    /* frame count changed behind our back */
    o.frame = keep_all;
    cr_assert_eq(dsc_dicom_set(ds, DSC_TAG(0x28, 8), "2", NULL), DSC_OK);
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_INTERNAL);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);

    i.frames = "2";
    m = (maker){0};
    put_meta(&m, JPEG);
    put_identity(&m);
    put_image(&m, &i);
    put_header(&m, DSC_TAG(0x7FE0, 0x10), "OB", OPEN);
    put_item(&m, 0);
    put_item(&m, 2);
    put_bytes(&m, "ab", 2);
    put_sequence_end(&m);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    o.frame = keep_all;
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_BADFILE);
    o.frame = NULL;
    o.transfer_syntax = EXPLICIT;
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_INTERNAL);
    dsc_dicom_free(&ds);
    dsc_buf_free(&bytes);
    dsc_buf_free(&m.out);
    CHECK_LEAKS();
}

Test(write, encapsulated_icon)
{
    maker m = {0};
    dsc_buf bytes = {0};
    dsc_dicom *ds;
    dsc_write_options o = plain_options();
    size_t begin;

    put_meta(&m, JPEG);
    begin = m.out.len;
    put_identity(&m);
    put_header(&m, DSC_TAG(0x88, 0x200), "SQ", OPEN);
    put_item(&m, OPEN);
    put_image(&m, &small_image);
    put_header(&m, DSC_TAG(0x7FE0, 0x10), "OB", OPEN);
    put_item(&m, 0);
    put_item(&m, 4);
    put_bytes(&m, "icon", 4);
    put_sequence_end(&m);
    put_item_end(&m);
    put_item(&m, OPEN);
    put_image(&m, &small_image);
    put_raw(&m, DSC_TAG(0x7FE0, 0x10), "OB", "native icon here", 16);
    put_item_end(&m);
    put_sequence_end(&m);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_OK);
    cr_assert_eq(compare_bytes("icon", m.out.data + begin, m.out.len - begin,
                               bytes.data + dataset_begin(&bytes),
                               bytes.len - dataset_begin(&bytes)),
                 0);
    o.transfer_syntax = EXPLICIT;
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_UNSUPPORTED);
    dsc_dicom_free(&ds);
    dsc_buf_free(&bytes);
    dsc_buf_free(&m.out);
    CHECK_LEAKS();
}

Test(write, disk_full)
{
    static const uint8_t pixels[16];
    maker m = {0};
    dsc_buf bytes = {0};
    dsc_dicom *ds;
    dsc_write_options o = plain_options();

    make_native(&m, EXPLICIT, &small_image, "OB", pixels, 16);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    dsc_file_fail_after(1);
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_IO);
    dsc_file_fail_after(0);
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_OK);
    dsc_dicom_free(&ds);
    dsc_buf_free(&bytes);
    dsc_buf_free(&m.out);
}

/* Every allocation of ours fails once: an error or a full result, no leak. */
Test(write, out_of_memory)
{
    static const uint8_t pixels[16];
    maker m = {0};
    unsigned long n = 1;
    bool whole = false;

    make_native(&m, DEFLATED, &small_image, "OB", pixels, 16);
    for (; !whole && n < 500; n++) {
        dsc_buf bytes = {0};
        dsc_dicom *ds = NULL;
        dsc_error err = DSC_ERROR_INIT;
        dsc_write_options o = plain_options();
        source s = {0};
        dsc_status st;

        dsc_alloc_fail_after(n);
        st = open_made(&ds, &m, &err);
        s.ds = ds;
        o.frame = copy_frame;
        o.ctx = &s;
        if (!st)
            st = write_made(ds, &o, &bytes, &err);
        dsc_alloc_fail_after(0);
        cr_assert(st == DSC_OK || st == DSC_NOMEM, "%lu: %s", n, err.msg);
        whole = st == DSC_OK;
        dsc_dicom_free(&ds);
        dsc_buf_free(&bytes);
    }
    cr_assert(whole);
    cr_assert_gt(n, 10);
    dsc_buf_free(&m.out);
    CHECK_LEAKS();
}
