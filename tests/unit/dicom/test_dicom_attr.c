/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void start(maker *m, const char *charset)
{
    put_meta(m, EXPLICIT);
    if (charset)
        put_text(m, DSC_TAG(8, 5), "CS", charset);
    put_identity(m);
}

static void expect_text(const dsc_dicom *ds, uint32_t tag, const char *first,
                        const char *all)
{
    char buf[256];

    cr_assert(dsc_dicom_string(ds, tag, buf, sizeof buf));
    cr_assert_str_eq(buf, first);
    cr_assert(dsc_dicom_strings(ds, tag, buf, sizeof buf));
    cr_assert_str_eq(buf, all);
}

Test(attr, text)
{
    maker m = {0};
    dsc_dicom *ds;
    char buf[8];

    start(&m, NULL);
    put_text(&m, DSC_TAG(8, 8), "CS", "ORIGINAL\\PRIMARY ");
    put_text(&m, DSC_TAG(8, 0x50), "SH", "");
    put_text(&m, DSC_TAG(8, 0x2111), "ST", "one\\two   ");
    put_raw(&m, DSC_TAG(0x10, 0x20), "LO", "ID\0\0", 4);
    put_raw(&m, DSC_TAG(0x10, 0x2203), "OB", "AB", 2);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    expect_text(ds, DSC_TAG(8, 8), "ORIGINAL", "ORIGINAL\\PRIMARY");
    expect_text(ds, DSC_TAG(8, 0x2111), "one\\two", "one\\two");
    expect_text(ds, DSC_TAG(0x10, 0x20), "ID", "ID");
    expect_text(ds, DSC_TAG(2, 0x16), "SECRETAE", "SECRETAE");
    memcpy(buf, "old", 4);
    cr_assert_not(dsc_dicom_string(ds, DSC_TAG(8, 0x50), buf, sizeof buf));
    cr_assert_str_eq(buf, "");
    cr_assert_not(dsc_dicom_string(ds, DSC_TAG(8, 8), buf, sizeof buf));
    cr_assert_str_eq(buf, "");
    cr_assert_not(dsc_dicom_string(ds, DSC_TAG(0x10, 0x2203), buf, sizeof buf));
    cr_assert_not(dsc_dicom_string(ds, DSC_TAG(8, 0x9999), buf, sizeof buf));
    cr_assert_not(dsc_dicom_string(ds, DSC_TAG(8, 8), buf, 0));
    cr_assert(dsc_dicom_has(ds, DSC_TAG(8, 0x50)));
    cr_assert_not(dsc_dicom_has(ds, DSC_TAG(8, 0x51)));
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
    CHECK_LEAKS();
}

Test(attr, character_sets)
{
    /* the examples of PS3.5 annexes H, I, J and K */
    static const struct {
        const char *charset, *bytes, *utf8;
    } cases[] = {
        {"ISO_IR 100", "Buc^J\xe9r\xf4me", "Buc^Jérôme"},
        {"ISO_IR 144", "\xbb\xee\xda", "Люк"},
        {"ISO_IR 192", "Wang^\xe5\xb0\x8f", "Wang^小"},
        {"GB18030", "Wang^\xcd\xf5", "Wang^王"},
        {"\\ISO 2022 IR 87",
         "Yamada^Tarou=\x1b\x24\x42\x3b\x33\x45\x44\x1b\x28\x42^"
         "\x1b\x24\x42\x42\x40\x4f\x3a\x1b\x28\x42",
         "Yamada^Tarou=山田^太郎"},
        {"\\ISO 2022 IR 149", "Hong=\x1b\x24\x29\x43\xfb\xf3", "Hong=洪"},
        {"ISO_IR 13", "\xd4\xcf\xc0\xde", "ﾔﾏﾀﾞ"},
        {"ISO 2022 IR 100\\ISO 2022 IR 144", "J\xe9=\x1b\x2d\x4c\xbb\xee\xda",
         "Jé=Люк"},
        {"\\ISO 2022 IR 58", "Zhang=\x1b\x24\x29\x41\xd5\xc5", "Zhang=张"},
        {"ISO_IR 13\\ISO 2022 IR 87", "\xd4\xcf\xc0\xde", "ﾔﾏﾀﾞ"},
        /* not what it says: every byte is still there */
        {NULL, "Buc^J\xe9r\xf4me", "Buc^Jérôme"},
        {"ISO_IR 192", "\xe9\xff", "éÿ"},
        {"NO SUCH SET", "\xe9", "é"},
        {"\\ISO 2022 IR 87", "\x1b\x24\x42\x3b", "\x1b$B;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        maker m = {0};
        dsc_dicom *ds;
        char buf[128];
        start(&m, cases[i].charset);
        put_text(&m, DSC_TAG(0x10, 0x10), "PN", cases[i].bytes);
        cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
        cr_assert(dsc_dicom_string(ds, DSC_TAG(0x10, 0x10), buf, sizeof buf));
        cr_assert_str_eq(buf, cases[i].utf8, "case %zu: %s", i, buf);
        dsc_dicom_free(&ds);
        dsc_buf_free(&m.out);
    }
    CHECK_LEAKS();
}

Test(attr, numbers)
{
    maker m = {0};
    dsc_dicom *ds;
    double v = 5;
    static const double nan_value = (double)NAN;

    setlocale(LC_ALL, "de_DE.UTF-8"); /* a decimal comma changes nothing */
    start(&m, NULL);
    put_text(&m, DSC_TAG(0x28, 0x30), "DS", " +1.5e1\\-0.25");
    put_text(&m, DSC_TAG(0x28, 8), "IS", "12abc");
    put_raw(&m, DSC_TAG(0x28, 9), "AT", "\x18\0\x63\x10", 4);
    put_raw(&m, DSC_TAG(0x28, 0x10), "US", "\1\2\3", 3);
    put_raw(&m, DSC_TAG(0x28, 0x11), "UN", "\1\2", 2);
    put_raw(&m, DSC_TAG(0x28, 0x106), "SS", "\xfe\xff", 2);
    put_text(&m, DSC_TAG(0x28, 0x1050), "DS", "");
    put_raw(&m, DSC_TAG(0x40, 0x9225), "FD", &nan_value, 8);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert(dsc_dicom_number(ds, DSC_TAG(0x28, 0x30), 0, &v));
    cr_assert(v > 14.99 && v < 15.01);
    cr_assert(dsc_dicom_number(ds, DSC_TAG(0x28, 0x30), 1, &v));
    cr_assert(v > -0.251 && v < -0.249);
    cr_assert_not(dsc_dicom_number(ds, DSC_TAG(0x28, 0x30), 2, &v));
    cr_assert_not(dsc_dicom_number(ds, DSC_TAG(0x28, 8), 0, &v));
    cr_assert_not(dsc_dicom_number(ds, DSC_TAG(0x28, 9), 0, &v));
    cr_assert_not(dsc_dicom_number(ds, DSC_TAG(0x28, 0x1050), 0, &v));
    cr_assert_not(dsc_dicom_number(ds, DSC_TAG(0x40, 0x9225), 0, &v));
    cr_assert_not(dsc_dicom_number(ds, DSC_TAG(8, 0x16), 0, &v));
    cr_assert(dsc_dicom_number(ds, DSC_TAG(0x28, 0x11), 0, &v));
    cr_assert_eq((int)v, 513);
    cr_assert(dsc_dicom_number(ds, DSC_TAG(0x28, 0x106), 0, &v));
    cr_assert_eq((int)v, -2);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
}

Test(attr, keywords)
{
    uint32_t tag = 0;

    cr_assert(dsc_dicom_keyword("PatientName", &tag));
    cr_assert_eq(tag, DSC_TAG(0x10, 0x10));
    cr_assert_not(dsc_dicom_keyword("NoSuchKeyword", &tag));
    cr_assert_not(dsc_dicom_keyword("", &tag));
    cr_assert_not(dsc_dicom_keyword("patientname", &tag));
    cr_assert(dsc_dicom_keyword("OverlayRows", &tag));
    cr_expect_eq(tag, 0x60000010u, "the first of a repeating group");
}

/* ---- walk and remove ---- */

typedef struct record {
    char text[4096];
    size_t stop_after;
} record;

static bool note(void *ctx, const dsc_element *e)
{
    record *r = ctx;
    size_t n = strlen(r->text);

    snprintf(r->text + n, sizeof r->text - n, "%s%s%s %s %u %llu %s\n",
             e->in_meta ? "meta " : "", e->path, e->vr, e->keyword, e->depth,
             (unsigned long long)e->length, e->utf8 ? e->utf8 : "-");
    return !r->stop_after || --r->stop_after;
}

static void make_nested(maker *m)
{
    start(m, "ISO_IR 100");
    put_header(m, DSC_TAG(8, 0x1140), "SQ", OPEN);
    put_item(m, OPEN);
    put_text(m, DSC_TAG(8, 5), "CS", "ISO_IR 144");
    put_text(m, DSC_TAG(0x10, 0x10), "PN", "\xbb\xee\xda");
    put_item_end(m);
    put_item(m, 10);
    put_us(m, DSC_TAG(0x28, 0x10), 7);
    put_sequence_end(m);
    put_text(m, DSC_TAG(9, 0x10), "LO", "ACME");
    put_raw(m, DSC_TAG(9, 0x1001), "UN", "hidden name\0", 12);
    put_raw(m, DSC_TAG(9, 0x1002), "UN", "\1\2\3\4", 4);
    put_text(m, DSC_TAG(0x10, 0x10), "PN", "J\xe9r");
    put_raw(m, DSC_TAG(0x10, 0x4000), "LT", "a\0b\0", 4);
    put_raw(m, DSC_TAG(0x7FE0, 0x10), "OB", "1234", 4);
}

Test(walk, all_levels)
{
    maker m = {0};
    dsc_dicom *ds;
    record r = {0};

    make_nested(&m);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_walk(ds, note, &r, NULL), DSC_OK);
    cr_assert_not_null(
        strstr(r.text, "meta (0002,0016)AE SourceApplicationEntityTitle 0 8 "
                       "SECRETAE\n"));
    cr_assert_not_null(
        strstr(r.text, "(0008,1140)[0].(0010,0010)PN PatientName 1 4 Люк\n"));
    cr_assert_not_null(strstr(r.text, "(0008,1140)[1].(0028,0010)US Rows 1 2 "
                                      "7\n"));
    cr_assert_not_null(strstr(r.text, "(0009,1001)UN  0 12 hidden name\n"));
    cr_assert_not_null(strstr(r.text, "(0009,1002)UN  0 4 -\n"));
    cr_assert_not_null(strstr(r.text, "(0010,0010)PN PatientName 0 4 Jér\n"));
    cr_assert_not_null(strstr(r.text, "(0010,4000)LT PatientComments 0 4 a "
                                      "b\n"));
    cr_assert_not_null(strstr(r.text, "(7FE0,0010)OB PixelData 0 4 -\n"));
    r = (record){.stop_after = 3};
    cr_assert_eq(dsc_dicom_walk(ds, note, &r, NULL), DSC_OK);
    cr_assert_null(strstr(r.text, "(0008,"));
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
    CHECK_LEAKS();
}

static bool is_name_or_private(void *ctx, const dsc_element *e)
{
    (void)ctx;
    return e->tag == DSC_TAG(0x10, 0x10) || (e->tag >> 16 & 1);
}

Test(remove, at_all_levels)
{
    maker m = {0};
    dsc_dicom *ds, *again;
    dsc_buf bytes = {0};
    dsc_write_options o = plain_options();
    record r = {0};
    size_t removed = 99;

    make_nested(&m);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(
        dsc_dicom_remove_if(ds, is_name_or_private, NULL, &removed, NULL),
        DSC_OK);
    cr_assert_eq(removed, 5);
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_OK);
    cr_assert_eq(
        dsc_dicom_open_memory(&again, bytes.data, bytes.len, NULL, NULL),
        DSC_OK);
    cr_assert_eq(dsc_dicom_walk(again, note, &r, NULL), DSC_OK);
    cr_assert_null(strstr(r.text, "PatientName"));
    cr_assert_null(strstr(r.text, "(0009,"));
    cr_assert_null(strstr(r.text, "SECRETAE"));
    cr_assert_not_null(strstr(r.text, "(0008,1140)[1].(0028,0010)"));
    cr_assert_null(memmem(bytes.data, bytes.len, "hidden", 6));
    cr_assert_null(memmem(bytes.data, bytes.len, "SECRET", 6));
    dsc_dicom_free(&ds);
    dsc_dicom_free(&again);
    dsc_buf_free(&bytes);
    dsc_buf_free(&m.out);
    CHECK_LEAKS();
}

/* ---- set ---- */

Test(set, values_and_their_limits)
{
    static const char long64[] =
        "1234567890123456789012345678901234567890123456789012345678901234";
    static const struct {
        uint32_t tag;
        const char *text;
        dsc_status st;
    } cases[] = {
        {DSC_TAG(0x10, 0x20), long64, DSC_OK},
        {DSC_TAG(0x10, 0x20),
         "12345678901234567890123456789012345678901234567890123456789012345",
         DSC_LIMIT},
        {DSC_TAG(0x28, 0x301), "NO", DSC_OK},
        {DSC_TAG(0x28, 0x301), "no", DSC_LIMIT},
        {DSC_TAG(0x28, 0x301), "SEVENTEEN LETTERS", DSC_LIMIT},
        {DSC_TAG(8, 0x18), "2.25.123", DSC_OK},
        {DSC_TAG(8, 0x18), "2.25.x", DSC_LIMIT},
        {DSC_TAG(8, 0x20), "20240102", DSC_OK},
        {DSC_TAG(8, 0x20), "2024-01-02", DSC_LIMIT},
        {DSC_TAG(8, 8), "DERIVED\\SECONDARY", DSC_OK},
        {DSC_TAG(0x28, 0x2110), "01\\01", DSC_LIMIT}, /* one value only */
        {DSC_TAG(0x10, 0x10), "A\nB", DSC_LIMIT},
        {DSC_TAG(0x28, 6), "0", DSC_OK},
        {DSC_TAG(0x28, 6), "65536", DSC_LIMIT},
        {DSC_TAG(0x28, 6), "1.5", DSC_LIMIT},
        {DSC_TAG(0x28, 6), "-1", DSC_LIMIT},
        {DSC_TAG(0x10, 0x10), "J\xc3\xa9r", DSC_UNSUPPORTED}, /* ASCII only */
        {DSC_TAG(9, 0x1001), "private", DSC_UNSUPPORTED},
        {DSC_TAG(0x7FE0, 0x10), "pixels", DSC_UNSUPPORTED},
        {DSC_TAG(8, 0x1140), "sequence", DSC_UNSUPPORTED},
    };
    maker m = {0};
    dsc_dicom *ds;
    char buf[256];

    start(&m, NULL);
    put_image(&m, &small_image);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_error err = DSC_ERROR_INIT;
        cr_assert_eq(dsc_dicom_set(ds, cases[i].tag, cases[i].text, &err),
                     cases[i].st, "case %zu: %s", i, err.msg);
        if (cases[i].st == DSC_OK) {
            cr_assert(dsc_dicom_strings(ds, cases[i].tag, buf, sizeof buf));
            cr_assert_str_eq(buf, cases[i].text);
        } else {
            cr_assert_null(strstr(err.msg, cases[i].text));
        }
    }
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
    CHECK_LEAKS();
}

Test(set, in_the_character_set_of_the_file)
{
    maker m = {0};
    dsc_dicom *ds;
    dsc_buf bytes = {0};
    dsc_write_options o = plain_options();
    char buf[64];

    start(&m, "ISO_IR 100");
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_set(ds, DSC_TAG(0x10, 0x10), "Jérôme", NULL),
                 DSC_OK);
    cr_assert_eq(dsc_dicom_set(ds, DSC_TAG(0x10, 0x20), "小", NULL),
                 DSC_UNSUPPORTED);
    expect_text(ds, DSC_TAG(0x10, 0x10), "Jérôme", "Jérôme");
    cr_assert_not(dsc_dicom_string(ds, DSC_TAG(0x10, 0x20), buf, sizeof buf));
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_OK);
    cr_assert_not_null(memmem(bytes.data, bytes.len, "J\xe9r\xf4me", 6));
    dsc_dicom_free(&ds);
    dsc_buf_free(&bytes);
    dsc_buf_free(&m.out);
}

Test(set, append)
{
    maker m = {0};
    dsc_dicom *ds;

    start(&m, NULL);
    put_text(&m, DSC_TAG(8, 8), "CS", "ORIGINAL\\PRIMARY");
    put_text(&m, DSC_TAG(0x12, 0x63), "OB", "xx");
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_append(ds, DSC_TAG(8, 8), "OTHER", NULL), DSC_OK);
    expect_text(ds, DSC_TAG(8, 8), "ORIGINAL", "ORIGINAL\\PRIMARY\\OTHER");
    cr_assert_eq(dsc_dicom_append(ds, DSC_TAG(0x28, 0x2112), "5.5", NULL),
                 DSC_OK);
    cr_assert_eq(dsc_dicom_append(ds, DSC_TAG(0x28, 0x2112), "3", NULL),
                 DSC_OK);
    expect_text(ds, DSC_TAG(0x28, 0x2112), "5.5", "5.5\\3");
    cr_assert_eq(dsc_dicom_append(ds, DSC_TAG(0x12, 0x63), "x", NULL),
                 DSC_BADFILE);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
}

Test(set, append_code_once)
{
    uint32_t sequence = DSC_TAG(0x12, 0x64);
    maker m = {0};
    dsc_dicom *ds;
    record r = {0};

    start(&m, NULL);
    put_text(&m, DSC_TAG(0x28, 0x9145), "LO", "no sequence");
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(dsc_dicom_append_code(ds, sequence, "113101", "DCM",
                                           "Clean Pixel Data Option", NULL),
                     DSC_OK);
    cr_assert_eq(dsc_dicom_append_code(ds, sequence, "113100", "DCM",
                                       "Basic Profile", NULL),
                 DSC_OK);
    cr_assert_eq(dsc_dicom_walk(ds, note, &r, NULL), DSC_OK);
    cr_assert_not_null(strstr(r.text, "(0012,0064)[1].(0008,0100)SH CodeValue "
                                      "1 6 113100\n"));
    cr_assert_null(strstr(r.text, "(0012,0064)[2]"));
    cr_assert_eq(
        dsc_dicom_append_code(ds, DSC_TAG(0x28, 0x9145), "1", "DCM", "x", NULL),
        DSC_BADFILE);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
    CHECK_LEAKS();
}

Test(regions, broken_ones_are_left_out)
{
    maker m = {0};
    dsc_dicom *ds;
    dsc_us_region r[2];

    start(&m, NULL);
    put_header(&m, DSC_TAG(0x18, 0x6011), "SQ", OPEN);
    for (uint32_t i = 0; i < 4; i++) {
        put_item(&m, OPEN);
        put_us(&m, DSC_TAG(0x18, 0x6012), 1);
        put_us(&m, DSC_TAG(0x18, 0x6014), 2);
        for (uint32_t e = 0x6018; e <= 0x601E; e += 2) {
            if (i == 1 && e == 0x601C)
                continue;
            put_header(&m, DSC_TAG(0x18, e), "UL", 4);
            put32(&m, e - 0x6018 + i);
        }
        put_item_end(&m);
    }
    put_sequence_end(&m);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_us_regions(ds, r, 2), 3);
    cr_assert_eq(r[0].x0, 0);
    cr_assert_eq(r[0].y1, 6);
    cr_assert_eq(r[1].x1, 6);
    cr_assert_eq(r[1].spatial_format, 1);
    cr_assert_eq(r[1].data_type, 2);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
}
