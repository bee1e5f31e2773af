/* SPDX-License-Identifier: Apache-2.0 */
#include "../dicom/build.h"
#include "deid/residual.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One source header; everybody in it is made up. */
static void put_source(maker *m)
{
    put_meta(m, EXPLICIT);
    put_text(m, DSC_TAG(0x0008, 0x0005), "CS", "ISO_IR 192");
    put_text(m, DSC_TAG(0x0008, 0x0016), "UI", "1.2.840.10008.5.1.4.1.1.7");
    put_text(m, DSC_TAG(0x0008, 0x0018), "UI", "1.2.276.0.7230010.3.1.4.77");
    /* cleaned before: a dummy stands here */
    put_text(m, DSC_TAG(0x0008, 0x0012), "DA", "19000101");
    put_text(m, DSC_TAG(0x0008, 0x0020), "DA", "20190407");
    put_text(m, DSC_TAG(0x0008, 0x0050), "SH", "ACC-0047119");
    put_text(m, DSC_TAG(0x0008, 0x0070), "LO", "Philips");
    put_text(m, DSC_TAG(0x0008, 0x0080), "LO", "Sankt Nirgend Hospital");
    put_text(m, DSC_TAG(0x0008, 0x0090), "PN", "Li^Wu");
    put_text(m, DSC_TAG(0x0008, 0x1010), "SH", "SYNMRC01");
    put_text(m, DSC_TAG(0x0010, 0x0010), "PN",
             "M\xC3\xBCsterfrau^Zo\xC3\xAB^Head="
             "\xE5\xB1\xB1\xE7\x94\xB0^\xE5\xA4\xAA\xE9\x83\x8E");
    put_text(m, DSC_TAG(0x0010, 0x0020), "LO", "00471193");
    put_text(m, DSC_TAG(0x0010, 0x1000), "LO", "7\\PX 4711");
    put_text(m, DSC_TAG(0x0020, 0x000D), "UI", "1.2.276.0.7230010.3.1.2.5");
    put_text(m, DSC_TAG(0x0020, 0x0010), "SH", "12");
}

static void add(maker *m, uint32_t tag, const char *vr, const char *value,
                size_t n)
{
    char padded[1024] = "";

    memcpy(padded, value, n);
    if (n & 1u)
        padded[n++] = strcmp(vr, "UI") ? ' ' : '\0';
    put_raw(m, tag, vr, padded, n);
}

/* What the search says of an output with this one element. */
static size_t search(const dsc_residual_scope *scope, uint32_t tag,
                     const char *vr, const char *value, size_t n, char *where,
                     size_t size)
{
    maker source = {0}, output = {0};
    dsc_dicom *a = NULL, *b = NULL;
    dsc_residual *r = NULL;
    size_t hits;

    put_source(&source);
    cr_assert_eq(open_made(&a, &source, NULL), DSC_OK);
    put_meta(&output, EXPLICIT);
    put_text(&output, DSC_TAG(0x0008, 0x0005), "CS", "ISO_IR 192");
    put_text(&output, DSC_TAG(0x0008, 0x0016), "UI",
             "1.2.840.10008.5.1.4.1.1.7");
    add(&output, tag, vr, value, n);
    cr_assert_eq(open_made(&b, &output, NULL), DSC_OK);
    cr_assert_eq(dsc_residual_create(&r, a, scope, NULL), DSC_OK);
    cr_assert_eq(dsc_residual_header(r, b, NULL), DSC_OK);
    hits = dsc_residual_hits(r);
    dsc_residual_describe(r, where, size);
    dsc_residual_free(&r);
    cr_assert_null(r);
    dsc_dicom_free(&a);
    dsc_dicom_free(&b);
    dsc_buf_free(&source.out);
    dsc_buf_free(&output.out);
    return hits;
}

static const dsc_residual_scope all = {.keeps = NULL};

struct leftover {
    uint32_t tag;
    char vr[3];
    char value[96];
    size_t n; /* 0: up to the NUL */
    bool found;
};

ParameterizedTestParameters(residual, finds)
{
    enum {
        COMMENT = 0x00104000,
        PRIVATE = 0x00091001,
        DESCRIPTION = 0x0008103E
    };
    static struct leftover cases[] = {
        /* the dummy that every output may have, at its place and elsewhere */
        {0x00080012, "DA", "19000101", 0, false},
        {0x00080023, "DA", "19000101", 0, false},
        /* names, in every writing */
        {COMMENT, "LT", "for M\xC3\xBCsterfrau, to see", 0, true},
        {COMMENT, "LT", "M\xC3\x9CSTERFRAU", 0, true},
        {COMMENT, "LT", "MUESTERFRAU", 0, true},
        {COMMENT, "LT", "Musterfrau", 0, true},
        {COMMENT, "LT", "m\xFCsterfrau", 0, true},
        {COMMENT, "LT", "M\xDCSTERFRAU", 0, true},
        {COMMENT, "LT", "see zo\xC3\xAB.", 0, true},
        {COMMENT, "LT", "Musterfraus", 0, false},
        {COMMENT, "LT", "Obermusterfrau", 0, false},
        {COMMENT, "LT", "head", 0, false},
        {COMMENT, "LT", "\xE5\xB1\xB1\xE7\x94\xB0", 0, true},
        {COMMENT, "LT", "\x1b$B;3ED\x1b(B", 0, true},
        {COMMENT, "LT", "\xBB\xB3\xC5\xC4", 0, true}, /* EUC-JP */
        {COMMENT, "LT", "\x8E\x52\x93\x63", 0, true}, /* SHIFT_JIS */
        {PRIVATE, "UN", "\x00\x01M\0u\0s\0t\0e\0r\0f\0r\0a\0u\0", 22, true},
        {PRIVATE, "OB", "\0\0\0M\0u\0s\0t\0e\0r\0f\0r\0a\0u", 22, true},
        {PRIVATE, "OB", "\xFF\x01Musterfrau\x02", 13, true},
        /* too short alone, not with the rest of the name */
        {COMMENT, "LT", "Li and Wu", 0, false},
        {COMMENT, "LT", "Wu, Li", 0, true},
        {COMMENT, "LT", "LI^WU", 0, true},
        /* IDs */
        {DESCRIPTION, "LO", "scan of 00471193", 0, true},
        {DESCRIPTION, "LO", "scan of 471193", 0, true},
        {DESCRIPTION, "LO", "x471193y", 0, true},
        {DESCRIPTION, "LO", "scan of 4711930", 0, false},
        {DESCRIPTION, "LO", "PX 4711", 0, true},
        {DESCRIPTION, "LO", "px4711", 0, true},
        {DESCRIPTION, "LO", "7 of 12", 0, false},
        {DESCRIPTION, "LO", "acc-0047119", 0, true},
        {0x00281050, "DS", "471193", 0, false},
        {0x00209161, "UI", "1.2.3.00471193.4", 0, true},
        {PRIVATE, "OB", "\xFF\xFE\x80PX4711\x81\x01\x90\x92", 13, false},
        {PRIVATE, "OB", "id=PX4711;", 10, true},
        /* dates */
        {COMMENT, "LT", "on 7.4.2019", 0, true},
        {COMMENT, "LT", "2019-04-07T12:00", 0, true},
        {COMMENT, "LT", "Apr 7, 2019", 0, true},
        {COMMENT, "LT", "07-APR-2019", 0, true},
        {COMMENT, "LT", "7 April 2019", 0, true},
        {COMMENT, "LT", "D20190407T", 0, true},
        {COMMENT, "LT", "120190407", 0, false},
        {COMMENT, "LT", "17.4.2019", 0, false},
        {0x00080021, "DA", "20190407", 0, false}, /* may be a shifted one */
        {0x00080020, "DA", "20190407", 0, true},
        {0x00080020, "DA", "20190408", 0, false},
        /* institutions, devices */
        {COMMENT, "LT", "the SANKT NIRGEND HOSPITAL", 0, true},
        {COMMENT, "LT", "the hospital", 0, false},
        {COMMENT, "LT", "synmrc01", 0, true},
        {0x00081090, "LO", "SYNMRC01", 0, false},
        {0x00080070, "LO", "Philips", 0, false},
        /* UIDs */
        {0x0020000E, "UI", "1.2.276.0.7230010.3.1.2.5", 0, true},
        {COMMENT, "LT", "study 1.2.276.0.7230010.3.1.2.5.", 0, true},
        {0x0020000E, "UI", "1.2.276.0.7230010.3.1.2.5.1", 0, false},
        {0x0020000E, "UI", "1.2.276.0.7230010.3.1.2.55", 0, false},
        {0x0020000E, "UI", "1.2.840.10008.5.1.4.1.1.7", 0, false},
        /* short values at the place they had */
        {0x00080090, "PN", "Li^Wu", 0, true},
        {0x00200010, "SH", "12", 0, true},
        {0x00200010, "SH", "13", 0, false},
    };
    return cr_make_param_array(struct leftover, cases,
                               sizeof cases / sizeof cases[0]);
}

ParameterizedTest(struct leftover *c, residual, finds)
{
    size_t n = c->n ? c->n : strlen(c->value);
    char where[256];
    size_t hits = search(&all, c->tag, c->vr, c->value, n, where, sizeof where);
    char tag[16];

    snprintf(tag, sizeof tag, "(%04X,%04X)", c->tag >> 16, c->tag & 0xFFFF);
    cr_expect_eq(hits > 0, c->found, "%s %s: %zu", tag, c->value, hits);
    if (hits) {
        cr_expect_eq(strncmp(where, tag, strlen(tag)), 0, "%s", where);
        cr_expect_null(strcasestr(where, "musterfrau"));
    }
}

/* A profile with these options, or overrides. */
static dsc_deid *profile(const char *yaml)
{
    static const dsc_key key = {{7}};
    char path[] = "profileXXXXXX";
    dsc_deid_settings settings = {.profile = path, .key = &key};
    dsc_deid *deid = NULL;
    dsc_error err = DSC_ERROR_INIT;
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, yaml, strlen(yaml)), (ssize_t)strlen(yaml));
    close(fd);
    cr_assert_eq(dsc_deid_create(&deid, &settings, &err), DSC_OK, "%s",
                 err.msg);
    unlink(path);
    return deid;
}

struct kept {
    char yaml[96];
    uint32_t tag;
    char vr[3], value[32];
    bool found;
};

ParameterizedTestParameters(residual, what_the_profile_keeps_is_not_sought)
{
    enum {
        COMMENT = 0x00104000
    };
    static struct kept cases[] = {
        {"profile: basic\n", 0x0020000D, "UI", "1.2.276.0.7230010.3.1.2.5",
         true},
        {"profile: basic\noptions:\n  retain-uids: yes\n", 0x0020000D, "UI",
         "1.2.276.0.7230010.3.1.2.5", false},
        {"profile: basic\n", 0x00080020, "DA", "20190407", true},
        {"profile: internal\n", 0x00080020, "DA", "20190407", false},
        {"profile: internal\n", COMMENT, "LT", "on 2019-04-07", false},
        {"profile: internal\n", COMMENT, "LT", "Musterfrau", true},
        {"profile: basic\n", 0x00080080, "LO", "Sankt Nirgend Hospital", true},
        {"profile: internal\n", 0x00080080, "LO", "Sankt Nirgend Hospital",
         false},
        {"profile: internal\n", COMMENT, "LT", "Sankt Nirgend Hospital", false},
        /* as a part of one that stays, but a name never */
        {"profile: internal\n", 0x00080080, "LO", "at SYNMRC01 here", false},
        {"profile: internal\n", 0x00080080, "LO", "at Musterfrau", true},
        {"profile: basic\n", 0x00080070, "LO", "Sankt Nirgend Hospital", false},
        {"profile: basic\nattributes:\n  PatientID: keep\n", 0x00100020, "LO",
         "00471193", false},
        {"profile: basic\nattributes:\n  PatientID: remove\n", 0x00100020, "LO",
         "00471193", true},
    };
    return cr_make_param_array(struct kept, cases,
                               sizeof cases / sizeof cases[0]);
}

ParameterizedTest(struct kept *c, residual,
                  what_the_profile_keeps_is_not_sought)
{
    dsc_deid *deid = profile(c->yaml);
    dsc_residual_scope scope = dsc_residual_scope_of(deid);
    char where[256];
    size_t hits = search(&scope, c->tag, c->vr, c->value, strlen(c->value),
                         where, sizeof where);

    cr_expect_eq(hits > 0, c->found, "%s: %zu", c->yaml, hits);
    dsc_deid_free(&deid);
}

static bool keeps_institution(const void *ctx, uint32_t tag, const char *vr)
{
    (void)ctx;
    (void)vr;
    return tag == DSC_TAG(0x0008, 0x0080);
}

Test(residual, what_the_caller_keeps_is_not_sought)
{
    dsc_residual_scope scope = all;
    char where[256];

    scope.keeps = keeps_institution;
    cr_expect_eq(search(&scope, 0x00080080, "LO", "Sankt Nirgend Hospital", 22,
                        where, sizeof where),
                 0);
    cr_expect_gt(search(&all, 0x00080080, "LO", "Sankt Nirgend Hospital", 22,
                        where, sizeof where),
                 0);
}

Test(residual, finds_across_pieces_of_a_long_value)
{
    const size_t size = 1u << 20, piece = 256u * 1024;
    maker source = {0};
    dsc_dicom *a = NULL;
    dsc_residual *r = NULL;

    put_source(&source);
    cr_assert_eq(open_made(&a, &source, NULL), DSC_OK);
    for (size_t shift = 0; shift < 14; shift++) {
        maker output = {0};
        dsc_dicom *b = NULL;
        char *value = calloc(1, size);
        memset(value, ' ', size);
        memcpy(value + 2 * piece - shift, " Musterfrau ", 12);
        put_meta(&output, EXPLICIT);
        put_raw(&output, DSC_TAG(0x0040, 0xA160), "UT", value, size);
        free(value);
        cr_assert_eq(open_made(&b, &output, NULL), DSC_OK);
        cr_assert_eq(dsc_residual_create(&r, a, &all, NULL), DSC_OK);
        cr_assert_eq(dsc_residual_header(r, b, NULL), DSC_OK);
        cr_expect_eq(dsc_residual_hits(r), 1, "shift %zu: %zu", shift,
                     dsc_residual_hits(r));
        dsc_residual_free(&r);
        dsc_dicom_free(&b);
        dsc_buf_free(&output.out);
    }
    dsc_dicom_free(&a);
    dsc_buf_free(&source.out);
}

Test(residual, finds_in_sequences_file_meta_and_after_the_dataset)
{
    static const char *const where[] = {"(0010,4000) in (0008,1140)",
                                        "(0002,0016)",
                                        "a part outside the dataset"};
    maker source = {0};
    dsc_dicom *a = NULL;

    put_source(&source);
    cr_assert_eq(open_made(&a, &source, NULL), DSC_OK);
    for (int i = 0; i < 3; i++) {
        maker output = {0};
        dsc_dicom *b = NULL;
        dsc_residual *r = NULL;
        char text[256], *ae;
        put_meta(&output, EXPLICIT);
        if (i == 0) {
            put_header(&output, DSC_TAG(0x0008, 0x1140), "SQ", OPEN);
            put_item(&output, OPEN);
            put_text(&output, DSC_TAG(0x0010, 0x4000), "LT", "Musterfrau");
            put_item_end(&output);
            put_sequence_end(&output);
        }
        put_image(&output, &small_image);
        put_raw(&output, DSC_TAG(0x7FE0, 0x0010), "OW", "0123456789abcdef", 16);
        ae = memmem(output.out.data, output.out.len, "SECRETAE", 8);
        cr_assert_not_null(ae);
        if (i == 1)
            memcpy(ae, "SYNMRC01", 8);
        if (i == 2)
            put_bytes(&output, " Musterfrau ", 12);
        cr_assert_eq(open_made(&b, &output, NULL), DSC_OK);
        cr_assert_eq(dsc_residual_create(&r, a, &all, NULL), DSC_OK);
        cr_assert_eq(dsc_residual_header(r, b, NULL), DSC_OK);
        cr_expect_eq(dsc_residual_hits(r), 1);
        dsc_residual_describe(r, text, sizeof text);
        cr_expect_eq(strncmp(text, where[i], strlen(where[i])), 0, "%s", text);
        dsc_residual_free(&r);
        dsc_dicom_free(&b);
        dsc_buf_free(&output.out);
    }
    dsc_dicom_free(&a);
    dsc_buf_free(&source.out);
}

Test(residual, finds_in_comments_of_frames)
{
    static const char with[] = "\xFF\xD8\xFF\xFE\0\x0CMusterfrau\xFF\xD9";
    static const char not [] = "\xFF\xD8\xFF\xDA\0\x02Musterfrau\xFF\xD9";
    const dsc_codec *codec = dsc_codec_for(JPEG);
    maker source = {0};
    dsc_dicom *a = NULL;
    dsc_residual *r = NULL;
    char text[256];

    put_source(&source);
    cr_assert_eq(open_made(&a, &source, NULL), DSC_OK);
    cr_assert_eq(dsc_residual_create(&r, a, &all, NULL), DSC_OK);
    cr_assert_eq(dsc_residual_frame(
                     r, codec, (dsc_bytes){(const uint8_t *)not, sizeof not -1},
                     6, NULL),
                 DSC_OK);
    cr_assert_eq(dsc_residual_hits(r), 0);
    cr_assert_eq(
        dsc_residual_frame(r, codec,
                           (dsc_bytes){(const uint8_t *)with, sizeof with - 1},
                           7, NULL),
        DSC_OK);
    cr_assert_eq(dsc_residual_hits(r), 1);
    dsc_residual_describe(r, text, sizeof text);
    cr_assert_str_eq(text, "frame 7: a comment still holds the patient's name "
                           "of the source's header");
    dsc_residual_free(&r);
    dsc_dicom_free(&a);
    dsc_buf_free(&source.out);
}

Test(residual, tells_when_memory_ends)
{
    maker source = {0};
    dsc_dicom *a = NULL;
    bool made = false;

    put_source(&source);
    cr_assert_eq(open_made(&a, &source, NULL), DSC_OK);
    for (unsigned long n = 1; n < 1000 && !made; n++) {
        dsc_residual *r = NULL;
        dsc_status st;
        dsc_alloc_fail_after(n);
        st = dsc_residual_create(&r, a, &all, NULL);
        dsc_alloc_fail_after(0);
        cr_assert(st == DSC_OK ? r != NULL : !r && st == DSC_NOMEM);
        made = st == DSC_OK;
        dsc_residual_free(&r);
    }
    cr_assert(made);
    dsc_dicom_free(&a);
    dsc_buf_free(&source.out);
}
