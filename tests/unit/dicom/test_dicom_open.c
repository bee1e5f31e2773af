/* SPDX-License-Identifier: Apache-2.0
 *
 * What opens and, mostly, what must not.
 */
#include "build.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static dsc_status open_bytes(const void *p, size_t n, dsc_error *err)
{
    dsc_dicom *ds = NULL;
    dsc_status st = dsc_dicom_open_memory(&ds, p, n, NULL, err);

    cr_assert_eq(st == DSC_OK, ds != NULL);
    cr_assert_eq(st != DSC_OK, err->msg[0] != '\0');
    dsc_dicom_free(&ds);
    return st;
}

/* A complete small image in any syntax; encapsulated ones get one fragment. */
static void make_image(maker *m, const char *syntax)
{
    static const uint8_t pixels[16] = {1, 2, 3, 4, 5, 6, 7, 8};
    bool native = !strcmp(syntax, IMPLICIT) || !strcmp(syntax, EXPLICIT) ||
                  !strcmp(syntax, BIG) || !strcmp(syntax, DEFLATED);

    put_meta(m, syntax);
    put_identity(m);
    put_text(m, DSC_TAG(0x10, 0x10), "PN", "Doe^Jane");
    put_header(m, DSC_TAG(0x18, 0x6011), "SQ", OPEN);
    put_item(m, OPEN);
    put_us(m, DSC_TAG(0x18, 0x6012), 1);
    put_item_end(m);
    put_sequence_end(m);
    put_image(m, &small_image);
    if (native) {
        put_raw(m, DSC_TAG(0x7FE0, 0x10), "OW", pixels, sizeof pixels);
        return;
    }
    put_header(m, DSC_TAG(0x7FE0, 0x10), "OB", OPEN);
    put_item(m, 0);
    put_item(m, sizeof pixels);
    put_bytes(m, pixels, sizeof pixels);
    put_sequence_end(m);
}

static const char *const syntaxes[] = {IMPLICIT, EXPLICIT, BIG,
                                       JPEG,     HTJ2K,    RLE};

Test(open, every_syntax)
{
    for (size_t i = 0; i < sizeof syntaxes / sizeof *syntaxes; i++) {
        maker m = {0};
        dsc_dicom *ds;
        char name[32];
        dsc_error err = DSC_ERROR_INIT;

        make_image(&m, syntaxes[i]);
        cr_assert_eq(open_made(&ds, &m, &err), DSC_OK, "%s: %s", syntaxes[i],
                     err.msg);
        cr_assert_str_eq(dsc_dicom_transfer_syntax(ds), syntaxes[i]);
        cr_assert_eq(dsc_dicom_get_kind(ds), DSC_KIND_IMAGE);
        cr_assert(dsc_dicom_string(ds, DSC_TAG(0x10, 0x10), name, sizeof name));
        cr_assert_str_eq(name, "Doe^Jane");
        dsc_dicom_free(&ds);
        dsc_buf_free(&m.out);
    }
    CHECK_LEAKS();
}

/* Cut anywhere: never a success, except where only trailing zero bytes or
 * nothing of the dataset is lost, and never a crash. */
Test(open, truncated_at_every_byte)
{
    for (size_t i = 0; i < sizeof syntaxes / sizeof *syntaxes; i++) {
        maker m = {0};

        make_image(&m, syntaxes[i]);
        for (size_t n = 0; n < m.out.len; n++) {
            dsc_error err = DSC_ERROR_INIT;
            dsc_dicom *ds = NULL;
            dsc_status st =
                dsc_dicom_open_memory(&ds, m.out.data, n, NULL, &err);

            if (st == DSC_OK) {
                /* cut between two top-level elements: no longer an image, or
                 * without its pixels */
                cr_assert_neq(dsc_dicom_get_kind(ds), DSC_KIND_IMAGE,
                              "%s cut at %zu", syntaxes[i], n);
            } else {
                cr_assert_eq(st, n < 132 ? DSC_NOTDICOM : DSC_BADFILE,
                             "%s cut at %zu: %s", syntaxes[i], n, err.msg);
            }
            dsc_dicom_free(&ds);
        }
        dsc_buf_free(&m.out);
    }
    CHECK_LEAKS();
}

Test(open, other_things)
{
    static const char text[] = "This is a text file, longer than eight bytes.";
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0};
    static const uint8_t almost[] = {8, 0, 0x16, 0, 'X', 'Y', 2, 0, '1', '2'};
    uint8_t noise[4096];
    uint32_t x = 12345;
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(open_bytes("", 0, &err), DSC_NOTDICOM);
    cr_assert_eq(open_bytes(text, sizeof text, &err), DSC_NOTDICOM);
    cr_assert_eq(open_bytes(png, sizeof png, &err), DSC_NOTDICOM);
    cr_assert_eq(open_bytes(almost, sizeof almost, &err), DSC_NOTDICOM);
    memset(noise, 0, sizeof noise);
    cr_assert_eq(open_bytes(noise, sizeof noise, &err), DSC_NOTDICOM);
    for (size_t i = 0; i < sizeof noise; i++) {
        x = x * 1664525u + 1013904223u;
        noise[i] = (uint8_t)(x >> 24);
    }
    cr_assert_eq(open_bytes(noise, sizeof noise, &err), DSC_NOTDICOM);
    memcpy(noise + 128, "DICM", 4);
    err = (dsc_error)DSC_ERROR_INIT;
    cr_assert_eq(open_bytes(noise, sizeof noise, &err), DSC_BADFILE);
}

Test(open, no_such_file_and_no_file)
{
    dsc_dicom *ds = NULL;
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_dicom_open(&ds, "/nonexistent/secret", NULL, &err),
                 DSC_IO);
    cr_assert_null(strstr(err.msg, "secret"));
    err = (dsc_error)DSC_ERROR_INIT;
    cr_assert_eq(dsc_dicom_open(&ds, "/tmp", NULL, &err), DSC_NOTDICOM);
    err = (dsc_error)DSC_ERROR_INIT;
    cr_assert_eq(dsc_dicom_open(&ds, "/dev/null", NULL, &err), DSC_NOTDICOM);
    cr_assert_null(ds);
}

Test(open, bare_datasets)
{
    static const struct {
        bool big, implicit;
        const char *syntax;
    } cases[] = {
        {false, true, IMPLICIT}, {false, false, EXPLICIT}, {true, false, BIG}};

    for (size_t i = 0; i < 3; i++) {
        maker m = {.big = cases[i].big, .implicit = cases[i].implicit};
        dsc_dicom *ds;

        put_identity(&m);
        put_text(&m, DSC_TAG(0x10, 0x20), "LO", "ID1");
        cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
        cr_assert_str_eq(dsc_dicom_transfer_syntax(ds), cases[i].syntax);
        cr_assert_eq(dsc_dicom_get_kind(ds), DSC_KIND_OTHER);
        dsc_dicom_free(&ds);
        dsc_buf_free(&m.out);
    }
}

Test(open, bare_dataset_with_the_letters_dicm_inside)
{
    maker m = {0};
    char value[160];
    dsc_dicom *ds;

    memset(value, 'x', sizeof value);
    memcpy(value + 128 - 34 - 8, "DICM", 4);
    put_text(&m, DSC_TAG(8, 0x16), "UI", "1.2.840.10008.5.1.4.1.1.7");
    put_raw(&m, DSC_TAG(8, 0x70), "LO", value, sizeof value);
    cr_assert_eq(memcmp(m.out.data + 128, "DICM", 4), 0);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_str_eq(dsc_dicom_transfer_syntax(ds), EXPLICIT);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
}

/* ---- File Meta ---- */

Test(meta, syntax_missing_or_wrong)
{
    static const uint8_t zeros[128];
    maker m = {0};
    dsc_dicom *ds;
    dsc_error err = DSC_ERROR_INIT;

    put_bytes(&m, zeros, sizeof zeros);
    put_bytes(&m, "DICM", 4);
    put_raw(&m, DSC_TAG(2, 1), "OB", "\0\1", 2);
    put_identity(&m);
    put_image(&m, &small_image);
    cr_assert_eq(open_made(&ds, &m, &err), DSC_OK, "%s", err.msg);
    cr_assert_str_eq(dsc_dicom_transfer_syntax(ds), EXPLICIT);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);

    /* says implicit, is explicit */
    put_meta(&m, IMPLICIT);
    m.implicit = false;
    put_identity(&m);
    put_image(&m, &small_image);
    cr_assert_eq(open_made(&ds, &m, &err), DSC_OK, "%s", err.msg);
    cr_assert_str_eq(dsc_dicom_transfer_syntax(ds), EXPLICIT);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);

    /* no UID at all, and one that would be a format string or a path */
    static const char *const bad[] = {"%s%s%n", "../../x", "1.2.\"\\"};
    for (size_t i = 0; i < 3; i++) {
        err = (dsc_error)DSC_ERROR_INIT;
        put_meta(&m, bad[i]);
        put_identity(&m);
        cr_assert_eq(open_made(&ds, &m, &err), DSC_BADFILE);
        cr_assert_str_eq(err.msg, "(0002,0010) is no UID");
        dsc_buf_free(&m.out);
    }
}

Test(meta, broken)
{
    static const uint8_t zeros[128];
    dsc_error err = DSC_ERROR_INIT;
    maker m = {0};

    put_bytes(&m, zeros, sizeof zeros);
    put_bytes(&m, "DICM", 4);
    put_header(&m, DSC_TAG(2, 1), "OB", 1000000);
    cr_assert_eq(open_bytes(m.out.data, m.out.len, &err), DSC_BADFILE);
    m.out.len = 132;
    put_header(&m, DSC_TAG(2, 1), "OB", OPEN);
    put_identity(&m);
    cr_assert_eq(open_bytes(m.out.data, m.out.len, &err), DSC_BADFILE);
    m.out.len = 132;
    put_text(&m, DSC_TAG(2, 0x10), "UI", EXPLICIT);
    put_text(&m, DSC_TAG(2, 0x10), "UI", IMPLICIT);
    put_identity(&m);
    err = (dsc_error)DSC_ERROR_INIT;
    cr_assert_eq(open_bytes(m.out.data, m.out.len, &err), DSC_BADFILE);
    cr_assert_not_null(strstr(err.msg, "(0002,0010)"));
    m.out.len = 132;
    put_text(&m, DSC_TAG(2, 0x10), "UI", EXPLICIT);
    err = (dsc_error)DSC_ERROR_INIT;
    cr_assert_eq(open_bytes(m.out.data, m.out.len, &err), DSC_BADFILE);
    dsc_buf_free(&m.out);
}

/* ---- structure ---- */

static dsc_status with_tail(void (*tail)(maker *), dsc_error *err)
{
    maker m = {0};
    dsc_status st;

    *err = (dsc_error)DSC_ERROR_INIT;
    put_meta(&m, EXPLICIT);
    put_identity(&m);
    tail(&m);
    st = open_bytes(m.out.data, m.out.len, err);
    dsc_buf_free(&m.out);
    return st;
}

static void twice(maker *m)
{
    put_text(m, DSC_TAG(0x10, 0x10), "PN", "Alpha^Beta");
    put_text(m, DSC_TAG(0x10, 0x10), "PN", "Gamma^Delta");
}
static void twice_apart(maker *m)
{
    put_text(m, DSC_TAG(0x10, 0x10), "PN", "Alpha^Beta");
    put_text(m, DSC_TAG(0x10, 0x20), "LO", "1");
    put_text(m, DSC_TAG(0x10, 0x10), "PN", "Gamma^Delta");
}
static void meta_inside(maker *m)
{
    put_text(m, DSC_TAG(0x10, 0x10), "PN", "Alpha^Beta");
    put_text(m, DSC_TAG(2, 0x16), "AE", "ALPHA");
}
static void bad_vr(maker *m)
{
    put_bytes(m, "\x10\0\x10\0??\2\0ab", 10);
}
static void stray_end(maker *m)
{
    put_sequence_end(m);
}
static void stray_item(maker *m)
{
    put_item(m, OPEN);
}
static void open_text(maker *m)
{
    put_header(m, DSC_TAG(0x10, 0x4000), "UT", OPEN);
    put_item(m, 0);
    put_sequence_end(m);
}
static void too_long(maker *m)
{
    put_header(m, DSC_TAG(0x10, 0x4000), "UT", 0xFFFFFFF0u);
    put_bytes(m, "abcd", 4);
}
static void item_outgrows_sequence(maker *m)
{
    put_header(m, DSC_TAG(8, 0x1140), "SQ", 16);
    put_item(m, 100);
    put_text(m, DSC_TAG(8, 0x1150), "UI", "1.2");
    put_text(m, DSC_TAG(0x10, 0x10), "PN", "Alpha^Beta");
}
static void element_outgrows_item(maker *m)
{
    put_header(m, DSC_TAG(8, 0x1140), "SQ", 8 + 12);
    put_item(m, 12);
    put_header(m, DSC_TAG(8, 0x1150), "UI", 40);
    put_bytes(m, "1.2.", 4);
    put_text(m, DSC_TAG(0x10, 0x10), "PN", "A long name, longer than that");
}
static void sequence_of_text(maker *m)
{
    put_raw(m, DSC_TAG(8, 0x1140), "SQ", "not an item!", 12);
}
static void end_with_length(maker *m)
{
    put_header(m, DSC_TAG(8, 0x1140), "SQ", OPEN);
    put16(m, 0xFFFE);
    put16(m, 0xE0DD);
    put32(m, 4);
    put32(m, 0);
}
static void never_ends(maker *m)
{
    put_header(m, DSC_TAG(8, 0x1140), "SQ", OPEN);
    put_item(m, OPEN);
    put_text(m, DSC_TAG(8, 0x1150), "UI", "1.2");
}

Test(structure, broken)
{
    static const struct {
        void (*tail)(maker *);
        const char *says;
    } cases[] = {
        {twice, "(0010,0010) appears twice"},
        {twice_apart, "twice"},
        {meta_inside, "(0002,0016)"},
        {bad_vr, "(0010,0010) has no valid VR"},
        {stray_end, "(FFFE,E0DD)"},
        {stray_item, "(FFFE,E000)"},
        {open_text, "(0010,4000) has no length"},
        {too_long, "(0010,4000)"},
        {item_outgrows_sequence, "(0008,1140)"},
        {element_outgrows_item, "(0008,1150)"},
        {sequence_of_text, "(0008,1140)"},
        {end_with_length, "(0008,1140)"},
        {never_ends, "ends early"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_error err;
        cr_assert_eq(with_tail(cases[i].tail, &err), DSC_BADFILE, "case %zu",
                     i);
        cr_assert_not_null(strstr(err.msg, cases[i].says), "case %zu: %s", i,
                           err.msg);
        cr_assert_null(strstr(err.msg, "Alpha"));
    }
    CHECK_LEAKS();
}

Test(structure, unordered_elements_are_fine)
{
    maker m = {0};
    dsc_dicom *ds;
    char text[16];

    put_meta(&m, EXPLICIT);
    put_text(&m, DSC_TAG(0x10, 0x20), "LO", "second");
    put_text(&m, DSC_TAG(0x10, 0x10), "PN", "first");
    put_identity(&m);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert(dsc_dicom_string(ds, DSC_TAG(0x10, 0x10), text, sizeof text));
    cr_assert_str_eq(text, "first");
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
}

/* ---- bombs ---- */

static dsc_status nested(unsigned depth, bool defined, bool implicit,
                         const char *vr, dsc_error *err)
{
    maker m = {0};
    dsc_status st;

    *err = (dsc_error)DSC_ERROR_INIT;
    put_meta(&m, implicit ? IMPLICIT : EXPLICIT);
    put_identity(&m);
    for (unsigned i = 0; i < depth; i++) {
        uint32_t rest = (depth - i) * (implicit ? 16u : 20u);
        put_header(&m, DSC_TAG(0x40, 0xA730), vr,
                   defined ? rest - (implicit ? 8u : 12u) : OPEN);
        put_item(&m, defined ? rest - (implicit ? 16u : 20u) : OPEN);
        if (!strcmp(vr, "UN"))
            m.implicit = true; /* inside UN everything is implicit */
    }
    for (unsigned i = 0; i < depth && !defined; i++) {
        put_item_end(&m);
        put_sequence_end(&m);
    }
    st = open_bytes(m.out.data, m.out.len, err);
    dsc_buf_free(&m.out);
    return st;
}

Test(bomb, nesting)
{
    dsc_error err;

    cr_assert_eq(nested(64, false, false, "SQ", &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(nested(64, true, true, "SQ", &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(nested(65, false, false, "SQ", &err), DSC_LIMIT);
    cr_assert_eq(nested(100000, false, false, "SQ", &err), DSC_LIMIT);
    cr_assert_eq(nested(100000, true, false, "SQ", &err), DSC_LIMIT);
    cr_assert_eq(nested(100000, false, true, "SQ", &err), DSC_LIMIT);
    cr_assert_eq(nested(100000, true, true, "SQ", &err), DSC_LIMIT);
    cr_assert_eq(nested(100000, false, false, "UN", &err), DSC_LIMIT);
    CHECK_LEAKS();
}

/* In implicit VR only the private dictionary knows these to be sequences. */
Test(bomb, nesting_in_private_sequences)
{
    maker m = {0};
    dsc_error err = DSC_ERROR_INIT;

    put_meta(&m, IMPLICIT);
    put_identity(&m);
    for (unsigned i = 0; i < 100000; i++) {
        uint32_t rest = (100000 - i) * (8 + 20 + 8 + 8);
        put_raw(&m, DSC_TAG(0x2001, 0x10), "LO", "Philips Imaging DD 001", 22);
        put_header(&m, DSC_TAG(0x2001, 0x105F), "SQ", rest);
        put_item(&m, OPEN);
    }
    cr_assert_neq(open_bytes(m.out.data, m.out.len, &err), DSC_OK);
    dsc_buf_free(&m.out);
}

Test(bomb, element_count)
{
    dsc_dicom_limits limits = dsc_dicom_default_limits();
    dsc_dicom *ds = NULL;
    maker m = {0};

    put_meta(&m, EXPLICIT);
    put_identity(&m);
    put_header(&m, DSC_TAG(8, 0x1140), "SQ", OPEN);
    for (unsigned i = 0; i < 1000; i++)
        put_item(&m, 0);
    put_sequence_end(&m);
    limits.max_elements = 500;
    cr_assert_eq(
        dsc_dicom_open_memory(&ds, m.out.data, m.out.len, &limits, NULL),
        DSC_LIMIT);
    limits.max_elements = 2000;
    cr_assert_eq(
        dsc_dicom_open_memory(&ds, m.out.data, m.out.len, &limits, NULL),
        DSC_OK);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);

    put_meta(&m, EXPLICIT);
    for (uint32_t i = 0; i < 70000; i++)
        put_raw(&m, 0x00090010 + i, "LO", "", 0);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_LIMIT);
    dsc_buf_free(&m.out);
    CHECK_LEAKS();
}

Test(bomb, deflate)
{
    dsc_dicom_limits limits = dsc_dicom_default_limits();
    dsc_error err = DSC_ERROR_INIT;
    dsc_dicom *ds = NULL;
    maker m = {0};
    size_t meta, n = (size_t)32 << 20;
    void *zeros = dsc_alloc(n);

    put_meta(&m, DEFLATED);
    meta = m.out.len;
    put_identity(&m);
    put_raw(&m, DSC_TAG(0x42, 0x11), "OB", zeros, n);
    deflate_tail(&m, meta);
    cr_assert_lt(m.out.len, 100000);
    limits.max_inflated = 1 << 20;
    cr_assert_eq(
        dsc_dicom_open_memory(&ds, m.out.data, m.out.len, &limits, &err),
        DSC_LIMIT);
    cr_assert_null(ds);
    err = (dsc_error)DSC_ERROR_INIT;
    cr_assert_eq(open_made(&ds, &m, &err), DSC_OK, "%s", err.msg);
    dsc_dicom_free(&ds);
    /* cut or damaged */
    for (size_t cut = 1; cut < 60; cut++)
        cr_assert_eq(open_bytes(m.out.data, m.out.len - cut * 7, &err),
                     DSC_BADFILE);
    m.out.data[meta] = 0xFF;
    cr_assert_eq(open_bytes(m.out.data, m.out.len, &err), DSC_BADFILE);
    dsc_buf_free(&m.out);
    dsc_free(zeros);
    CHECK_LEAKS();
}

Test(bomb, inflated_beyond_memory_goes_to_a_file)
{
    dsc_dicom *ds = NULL;
    maker m = {0};
    size_t meta, n = (size_t)80 << 20;
    uint8_t *zeros = dsc_alloc(n);
    image i = small_image;
    dsc_buf frame = {0};

    i.rows = 10240;
    i.columns = 8192;
    zeros[n - 1] = 77;
    put_meta(&m, DEFLATED);
    meta = m.out.len;
    put_identity(&m);
    put_image(&m, &i);
    put_raw(&m, DSC_TAG(0x7FE0, 0x10), "OB", zeros, n);
    deflate_tail(&m, meta);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_frame(ds, 0, &frame, NULL), DSC_OK);
    cr_assert_eq(frame.len, n);
    cr_assert_eq(frame.data[n - 1], 77);
    dsc_dicom_free(&ds);
    dsc_buf_free(&frame);
    dsc_buf_free(&m.out);
    dsc_free(zeros);
}

/* ---- what is there after the dataset ---- */

Test(trailer, zeros_and_noise_after_pixels_are_dropped)
{
    static const uint8_t zeros[300];
    maker m = {0};
    dsc_dicom *ds;

    make_image(&m, EXPLICIT);
    put_bytes(&m, zeros, sizeof zeros);
    put_bytes(&m, "Doe^Jane was here", 17);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_check_frames(ds, NULL), DSC_OK);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
}

Test(trailer, before_pixels_only_zeros)
{
    static const uint8_t zeros[300];
    maker m = {0};
    dsc_error err = DSC_ERROR_INIT;

    put_meta(&m, EXPLICIT);
    put_identity(&m);
    put_bytes(&m, zeros, sizeof zeros);
    cr_assert_eq(open_bytes(m.out.data, m.out.len, &err), DSC_OK);
    put_bytes(&m, "x", 1);
    cr_assert_eq(open_bytes(m.out.data, m.out.len, &err), DSC_BADFILE);
    dsc_buf_free(&m.out);
}

/* ---- kinds ---- */

Test(kind, told_apart)
{
    static const uint8_t floats[64];
    maker m = {0};
    dsc_dicom *ds;

    put_meta(&m, EXPLICIT);
    put_identity(&m);
    put_header(&m, DSC_TAG(0x88, 0x200), "SQ", OPEN);
    put_item(&m, OPEN);
    put_image(&m, &small_image);
    put_raw(&m, DSC_TAG(0x7FE0, 0x10), "OB", floats, 16);
    put_item_end(&m);
    put_sequence_end(&m);
    put_raw(&m, DSC_TAG(0x7FE0, 8), "OF", floats, 64);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_get_kind(ds), DSC_KIND_OTHER);
    dsc_dicom_free(&ds);
    put_raw(&m, DSC_TAG(0x7FE0, 0x10), "OB", floats, 16);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_get_kind(ds), DSC_KIND_IMAGE);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);

    put_meta(&m, EXPLICIT);
    put_header(&m, DSC_TAG(4, 0x1220), "SQ", 0);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_get_kind(ds), DSC_KIND_DICOMDIR);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
}
