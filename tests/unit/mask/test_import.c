/* SPDX-License-Identifier: Apache-2.0 */
#include "mask_testing.h"

#include "base/file.h"

/* Import a file; the result must be a file that our loader takes. */
static dsc_status import(const char *path, dsc_mask_dialect dialect,
                         dsc_masks **set, problems *p, dsc_error *err)
{
    dsc_buf yaml = {0};
    dsc_status st = dsc_masks_import(&yaml, path, dialect, all_but_misspelt,
                                     on_problem, p, err);
    char out[64];

    if (st) {
        cr_expect_eq(yaml.len, 0, "half a result");
    } else {
        make_file(out, yaml.data, yaml.len);
        cr_assert_eq(dsc_masks_create(set, NULL, NULL), DSC_OK);
        cr_assert_eq(dsc_masks_load(*set, out, err), DSC_OK, "%s", err->msg);
        unlink(out);
    }
    dsc_buf_free(&yaml);
    return st;
}

static dsc_status import_text(const char *text, size_t size,
                              dsc_mask_dialect dialect, dsc_masks **set,
                              problems *p)
{
    dsc_error err = DSC_ERROR_INIT;
    char path[64];
    dsc_status st;

    make_file(path, text, size);
    st = import(path, dialect, set, p, &err);
    unlink(path);
    return st;
}

static const struct {
    const char *header;
    uint32_t columns, rows;
    const char *boxes;
} ctp_hits[] = {
    {"Modality=US;(0008,0070)=The ACME \"U\" Works", 800, 600,
     "ctp-line-5 0,0,641,41\nctp-line-5 10,50,21,9\nctp-line-19 0,0,3,3\n"},
    {"Modality=US;(0008,0070)=acme \"u\";ManufacturerModelName=Old One", 800,
     600, "ctp-line-19 0,0,3,3\n"},
    {"Modality=CT;SeriesDescription=AAA Report;StationName=X", 400, 1041,
     "ctp-line-9 300,0,100,31\nctp-line-9 300,1011,51,30\n"
     "ctp-line-9 390,0,10,31\nctp-line-17 0,0,2,2\nctp-line-19 0,0,3,3\n"},
    {"ImageType=DERIVED\\screen.save;Modality=MR", 10, 10,
     "ctp-line-15 0,0,10,10\nctp-line-19 0,0,3,3\nctp-line-28 1,1,5,5\n"},
    {"ImageType=screenXsave", 10, 10, "ctp-line-19 0,0,3,3\n"},
    {"Modality=CR", 64, 64,
     "ctp-line-16 0,0,11,11\nctp-line-19 0,0,3,3\n"}, /* no station: "" */
    {"Modality=CRX", 64, 64, "ctp-line-19 0,0,3,3\n"},
    {"(0018,1000)=1771", 64, 64, "ctp-line-18 0,0,6,6\nctp-line-19 0,0,3,3\n"},
};

Test(import, ctp_script)
{
    static const int told[] = {22, 23, 24, 25, 26, 27, 28, 28, 29, 30};
    dsc_masks *set = NULL;
    dsc_error err = DSC_ERROR_INIT;
    problems p = {0};
    const char *line;

    cr_assert_eq(import(DATA_DIR "/ctp.script", DSC_MASKS_CTP, &set, &p, &err),
                 DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_masks_count(set), 8);
    line = p.all;
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        cr_expect_eq(strtol(line, NULL, 10), told[i], "%s", line);
        line = strchr(line, '\n') + 1;
    }
    cr_expect_eq(*line, 0, "%s", line);
    for (size_t i = 0; i < sizeof ctp_hits / sizeof ctp_hits[0]; i++) {
        hits h = {0};
        dsc_masks_match(set, header_value, (void *)ctp_hits[i].header,
                        ctp_hits[i].columns, ctp_hits[i].rows, on_hit, &h);
        cr_expect_str_eq(h.text, ctp_hits[i].boxes, "%s:\n%s",
                         ctp_hits[i].header, h.text);
    }
    dsc_masks_free(&set);
}

static const struct {
    const char *header, *boxes;
} deid_hits[] = {
    {"Modality=CT;ManufacturerModelName=DARKRAY 2;ImageType=A\\SCREEN SAVE",
     "deid-line-10 0,0,512,121\n"},
    /* From left to right: the last term is enough alone. */
    {"SeriesDescription=dose sheet", "deid-line-10 0,0,512,121\n"},
    {"Modality=CT;ManufacturerModelName=DARKRAY 2", ""},
    {"Manufacturer=acme inc;(0019,1201)=1",
     "deid-line-16 0,0,640,30\ndeid-line-16 553,30,87,16\n"},
    {"Manufacturer=acme inc;(0019,1201)=1;ImageType=ORIGINAL", ""},
    {"Manufacturer=acme inc;(0019,1201)=1;StationName=S", ""},
    {"Manufacturer=acme inc", ""},
    {"SoftwareVersions=v12x2", "deid-line-24 5,6,2,2\n"},
    {"SoftwareVersions=xv12x2", ""},
    {"Modality=US",
     "deid-line-28 0,0,640,20\ndeid-line-28 0,20,10,180\n"
     "deid-line-28 100,20,540,180\ndeid-line-28 0,200,640,280\n"},
    {"StationName=bad", "deid-line-33 0,0,640,480\n"},
};

Test(import, deid_recipe)
{
    static const int told[] = {4, 38, 41, 44, 46, 49, 52, 55, 60};
    dsc_masks *set = NULL;
    dsc_error err = DSC_ERROR_INIT;
    problems p = {0};
    const char *line;

    cr_assert_eq(
        import(DATA_DIR "/recipe.deid", DSC_MASKS_DEID, &set, &p, &err), DSC_OK,
        "%s", err.msg);
    cr_assert_eq(dsc_masks_count(set), 5);
    line = p.all;
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        cr_expect_eq(strtol(line, NULL, 10), told[i], "%s", line);
        line = strchr(line, '\n') + 1;
    }
    cr_expect_eq(*line, 0, "%s", line);
    for (size_t i = 0; i < sizeof deid_hits / sizeof deid_hits[0]; i++) {
        hits h = {0};
        dsc_masks_match(set, header_value, (void *)deid_hits[i].header, 640,
                        480, on_hit, &h);
        cr_expect_str_eq(h.text, deid_hits[i].boxes, "%s:\n%s",
                         deid_hits[i].header, h.text);
    }
    dsc_masks_free(&set);
}

/* ---- what is no file of the kind ---- */

static const struct {
    dsc_mask_dialect dialect;
    const char *text;
} wrong[] = {
    {DSC_MASKS_CTP, ""},
    {DSC_MASKS_CTP, "FORMAT dicom\n%filter graylist\nLABEL a\n"},
    {DSC_MASKS_CTP, "- id: a\n"},
    {DSC_MASKS_CTP, "{"},
    {DSC_MASKS_CTP, "/* { true. } (0,0,1,1)"},
    {DSC_MASKS_CTP, "{ true. }"},
    {DSC_MASKS_CTP, "{ true. } (0,0,0,0)"},
    {DSC_MASKS_CTP, "{ \"} (0,0,1,1)"},
    {DSC_MASKS_DEID, ""},
    {DSC_MASKS_DEID, "{ true. } (0,0,1,1)"},
    {DSC_MASKS_DEID, "LABEL a\ncoordinates 0,0,1,1\n"},
    {DSC_MASKS_DEID, "FORMAT dicom\n"},
    {DSC_MASKS_DEID, "%filter graylist\nLABEL a\n"},
    {DSC_MASKS_DEID, "%filter whitelist\nLABEL a\ncoordinates 0,0,1,1\n"},
    {DSC_MASKS_DEID, "%filter graylist\ncoordinates 0,0,1,1\n"},
};

Test(import, wrong_files)
{
    dsc_error err = DSC_ERROR_INIT;
    dsc_masks *set = NULL;
    problems p = {0};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memset(&p, 0, sizeof p);
        cr_expect_eq(import_text(wrong[i].text, strlen(wrong[i].text),
                                 wrong[i].dialect, &set, &p),
                     DSC_USAGE, "%s", wrong[i].text);
    }
    cr_expect_eq(
        import_text("{ true. }\0(0,0,1,1)", 20, DSC_MASKS_CTP, &set, &p),
        DSC_USAGE);
    cr_expect_eq(import("/nonexistent", DSC_MASKS_CTP, &set, &p, &err),
                 DSC_USAGE);
    cr_expect_eq(import("/tmp", DSC_MASKS_DEID, &set, &p, &err), DSC_USAGE);
    cr_expect_null(set);
}

Test(import, limits, .timeout = 60)
{
    size_t size = (size_t)1 << 20, n = 0;
    char *big = malloc(size + 64);
    dsc_masks *set = NULL;
    problems p = {0};

    cr_assert_not_null(big);
    big[n++] = '{';
    while (n < 400000)
        big[n++] = '(';
    n += add_text(big + n, " } (0,0,1,1) { true. } (0,0,1,1)");
    cr_assert_eq(import_text(big, n, DSC_MASKS_CTP, &set, &p), DSC_OK);
    cr_expect_eq(dsc_masks_count(set), 1);
    cr_expect_not_null(strstr(p.all, "nested too deep"), "%s", p.all);
    dsc_masks_free(&set);

    memset(&p, 0, sizeof p);
    n = add_text(big, "{ ");
    while (n < 400000)
        n += add_text(big + n, "Modality.equals(\"x\") + ");
    n += add_text(big + n, "true. } (0,0,1,1) { true. } (0,0,1,1)");
    cr_assert_eq(import_text(big, n, DSC_MASKS_CTP, &set, &p), DSC_OK);
    cr_expect_eq(dsc_masks_count(set), 1);
    cr_expect_not_null(strstr(p.all, "too long"), "%s", p.all);
    dsc_masks_free(&set);

    /* Two rules on one line; many regions. */
    memset(&p, 0, sizeof p);
    n = add_text(big, "{ true. } (0,0,1,1) { true. } (0,0,2,2) { true. }");
    for (int i = 0; i < 70; i++)
        n += add_text(big + n, "(%d,0,1,1)", i * 3);
    cr_assert_eq(import_text(big, n, DSC_MASKS_CTP, &set, &p), DSC_OK);
    cr_expect_eq(dsc_masks_count(set), 3);
    cr_expect_eq(p.count, 6);
    dsc_masks_free(&set);

    /* A line that is too long spoils its label, not the file. */
    memset(&p, 0, sizeof p);
    n = add_text(big, "%%filter graylist\nLABEL a\ncoordinates 0,0,1,1\n"
                      "contains Modality ");
    memset(big + n, 'x', 5000);
    n += 5000;
    n += add_text(big + n, "\nLABEL b\ncoordinates 0,0,1,1\n");
    cr_assert_eq(import_text(big, n, DSC_MASKS_DEID, &set, &p), DSC_OK);
    cr_expect_eq(dsc_masks_count(set), 1);
    dsc_masks_free(&set);
    free(big);
}

/* Whatever a text does to a rule, what comes out loads. */
Test(import, damaged_files, .timeout = 60)
{
    static const struct {
        const char *path;
        dsc_mask_dialect dialect;
    } sources[] = {{DATA_DIR "/ctp.script", DSC_MASKS_CTP},
                   {DATA_DIR "/recipe.deid", DSC_MASKS_DEID}};
    uint32_t seed = 3;

    for (int round = 0; round < 400; round++) {
        dsc_buf bytes = {0};
        dsc_masks *set = NULL;
        problems p = {0};
        cr_assert_eq(
            dsc_read_file(&bytes, sources[round % 2].path, 65536, NULL),
            DSC_OK);
        for (int k = 0; k < 12; k++) {
            seed = seed * 1664525u + 1013904223u;
            bytes.data[(seed >> 8) % bytes.len] =
                (uint8_t) "{}()[]\"\\*+!.,|#%\n -0x~\xE4"[(seed >> 4) % 24];
        }
        import_text((const char *)bytes.data, bytes.len,
                    sources[round % 2].dialect, &set, &p);
        dsc_masks_free(&set);
        dsc_buf_free(&bytes);
    }
}

Test(import, out_of_memory)
{
    unsigned long n = 0;
    dsc_status st;

    do {
        dsc_buf yaml = {0};
        dsc_error err = DSC_ERROR_INIT;
        n += n < 60 ? 1 : 7;
        dsc_alloc_fail_after(n);
        st = dsc_masks_import(&yaml, DATA_DIR "/ctp.script", DSC_MASKS_CTP,
                              NULL, NULL, NULL, &err);
        dsc_alloc_fail_after(0);
        if (st)
            cr_expect(st == DSC_NOMEM && yaml.len == 0, "%lu: %d %s", n, st,
                      err.msg);
        dsc_buf_free(&yaml);
    } while (st && n < 20000);
    cr_assert(n > 20 && n < 20000);
}

/* A rule for an attribute that does not exist would never be met. */
Test(import, unknown_keywords)
{
    static const char recipe[] = "FORMAT dicom\n%filter graylist\n"
                                 "LABEL one\n  contains Manfacturer ADAC\n"
                                 "  ctpcoordinates 0,0,9,9\n"
                                 "LABEL two\n  contains Manufacturer ADAC\n"
                                 "  ctpcoordinates 0,0,9,9\n";
    problems p = {0};
    dsc_masks *set = NULL;

    cr_assert_eq(import_text(recipe, strlen(recipe), DSC_MASKS_DEID, &set, &p),
                 DSC_OK);
    cr_expect_eq(dsc_masks_count(set), 1);
    cr_expect_eq(p.count, 1);
    cr_expect_eq(p.line, 3);
    cr_expect_not_null(strstr(p.all, "Manfacturer"), "%s", p.all);
    dsc_masks_free(&set);
}
