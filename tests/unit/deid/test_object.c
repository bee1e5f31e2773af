/* SPDX-License-Identifier: Apache-2.0 */
#include "../dicom/build.h"
#include "deid/object.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STORAGE "1.2.840.10008.5.1.4.1.1."

Test(object, kinds_by_sop_class)
{
    static const struct {
        const char *uid;
        bool pixels;
        dsc_object_kind kind;
    } cases[] = {
        {STORAGE "6.1", true, DSC_OBJECT_IMAGE},
        {STORAGE "11.1", false, DSC_OBJECT_PR},
        {STORAGE "11.11", false, DSC_OBJECT_PR},
        {STORAGE "88.11", false, DSC_OBJECT_SR},
        {STORAGE "88.67", false, DSC_OBJECT_SR},
        {STORAGE "88.59", false, DSC_OBJECT_KO},
        {STORAGE "88.59", true, DSC_OBJECT_IMAGE},
        {STORAGE "9.1.1", false, DSC_OBJECT_WAVEFORM},
        {STORAGE "9.4.1", false, DSC_OBJECT_RAW},
        {STORAGE "481.3", false, DSC_OBJECT_RT},
        {STORAGE "481.1", true, DSC_OBJECT_IMAGE},
        {STORAGE "66", false, DSC_OBJECT_RAW},
        {STORAGE "66.1", false, DSC_OBJECT_REGISTRATION},
        {STORAGE "66.4", true, DSC_OBJECT_SEGMENTATION},
        {STORAGE "4.2", false, DSC_OBJECT_SPECTROSCOPY},
        {STORAGE "104.1", false, DSC_OBJECT_DOCUMENT},
        {STORAGE "104.5", false, DSC_OBJECT_DOCUMENT},
        {STORAGE "30", false, DSC_OBJECT_OTHER},
        {"1.2.276.0.1", false, DSC_OBJECT_OTHER},
        {"", false, DSC_OBJECT_OTHER},
        {"", true, DSC_OBJECT_IMAGE},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(dsc_object_of(cases[i].uid, cases[i].pixels),
                     cases[i].kind, "%s", cases[i].uid);
}

Test(object, ways_are_set_by_name)
{
    static const char *const bad[] = {
        "",          "sr",         "sr=",           "sr=keep",
        "x=drop",    "sr=drop,",   "SR=drop",       "document=clean",
        "sr=drop;",  "raw=clean",  "other=clean",   "=drop",
        "sr=cleanx", "sr=drop,pr", "sr=drop,=drop",
    };
    dsc_object_ways ways;

    dsc_object_default(&ways);
    cr_expect_eq(ways.way[DSC_OBJECT_SR], DSC_OBJECT_CLEAN);
    cr_expect_eq(ways.way[DSC_OBJECT_DOCUMENT], DSC_OBJECT_QUARANTINE);
    cr_expect_eq(ways.way[DSC_OBJECT_RAW], DSC_OBJECT_QUARANTINE);
    cr_expect_eq(ways.way[DSC_OBJECT_OTHER], DSC_OBJECT_QUARANTINE);
    cr_assert_eq(dsc_object_set(&ways, "sr=quarantine,document=drop", NULL),
                 DSC_OK);
    cr_expect_eq(ways.way[DSC_OBJECT_SR], DSC_OBJECT_QUARANTINE);
    cr_expect_eq(ways.way[DSC_OBJECT_DOCUMENT], DSC_OBJECT_DROP);
    cr_expect_eq(ways.way[DSC_OBJECT_PR], DSC_OBJECT_CLEAN);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dsc_error err = DSC_ERROR_INIT;
        cr_expect_eq(dsc_object_set(&ways, bad[i], &err), DSC_USAGE, "%s",
                     bad[i]);
        cr_expect_gt(strlen(err.msg), 0);
    }
}

/* ---- what becomes of an object ---- */

static bool print(void *ctx, const dsc_element *e)
{
    dsc_buf *out = ctx;
    char line[512];
    int n;

    if (e->in_meta)
        return true;
    n = snprintf(line, sizeof line, "%s %s %s\n", e->path, e->vr,
                 e->utf8 ? e->utf8 : "-");
    cr_assert_eq(dsc_buf_append(out, line, (size_t)n, NULL), DSC_OK);
    return true;
}

/* Clean it and list what it has become; check that the check agrees. */
static char *cleaned(const maker *m, dsc_object_kind kind, const char *profile)
{
    static const dsc_key key = {{1, 2, 3}};
    dsc_deid_settings settings = {.profile = profile, .key = &key};
    dsc_write_options options = {.implementation_class_uid = "1.2.3",
                                 .implementation_version_name = "TEST"};
    dsc_error err = DSC_ERROR_INIT;
    dsc_deid *deid = NULL;
    dsc_deid_case *c = NULL;
    dsc_object *o = NULL;
    dsc_dicom *source = NULL, *work = NULL, *output = NULL;
    dsc_facts facts = {0};
    dsc_buf bytes = {0}, text = {0};
    dsc_retag what = {.pixels_changed = false};

    cr_assert_eq(
        dsc_facts_add(&facts, DSC_CLASS_NAME, "PN", "Mustermann^Max", NULL),
        DSC_OK);
    cr_assert_eq(open_made(&source, m, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(open_made(&work, m, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_deid_create(&deid, &settings, &err), DSC_OK, "%s",
                 err.msg);
    cr_assert_eq(dsc_deid_open(&c, deid, source, &facts, &err), DSC_OK);
    cr_assert_eq(dsc_object_open(&o, kind, c, source, &err), DSC_OK);
    cr_assert_eq(dsc_deid_apply(c, work, &what, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(write_made(work, &options, &bytes, &err), DSC_OK, "%s",
                 err.msg);
    cr_assert_eq(
        dsc_dicom_open_memory(&output, bytes.data, bytes.len, NULL, &err),
        DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_deid_check(c, output, true, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_dicom_walk(output, print, &text, NULL), DSC_OK);
    cr_assert_eq(dsc_buf_append(&text, "", 1, NULL), DSC_OK);
    dsc_object_close(&o);
    dsc_deid_close(&c);
    dsc_deid_free(&deid);
    dsc_dicom_free(&source);
    dsc_dicom_free(&work);
    dsc_dicom_free(&output);
    dsc_facts_free(&facts);
    dsc_buf_free(&bytes);
    return (char *)text.data;
}

static void expect_line(const char *text, const char *line)
{
    cr_expect_not_null(strstr(text, line), "%s\nis not in\n%s", line, text);
}

static void expect_none(const char *text, const char *word)
{
    cr_expect_null(strstr(text, word), "%s\nis in\n%s", word, text);
}

static void begin(maker *m, const char *sop_class)
{
    put_meta(m, EXPLICIT);
    put_text(m, DSC_TAG(0x0008, 0x0016), "UI", sop_class);
    put_text(m, DSC_TAG(0x0008, 0x0018), "UI", "1.2.276.0.99.1");
    put_text(m, DSC_TAG(0x0008, 0x0060), "CS", "SR");
    put_text(m, DSC_TAG(0x0010, 0x0010), "PN", "Mustermann^Max");
    put_text(m, DSC_TAG(0x0010, 0x0020), "LO", "FV-4711");
    put_text(m, DSC_TAG(0x0020, 0x000D), "UI", "1.2.276.0.99.2");
}

static void open_item(maker *m)
{
    put_item(m, OPEN);
}

static void code(maker *m, uint32_t sequence, const char *value,
                 const char *scheme, const char *meaning)
{
    put_header(m, sequence, "SQ", OPEN);
    open_item(m);
    put_text(m, DSC_TAG(0x0008, 0x0100), "SH", value);
    put_text(m, DSC_TAG(0x0008, 0x0102), "SH", scheme);
    put_text(m, DSC_TAG(0x0008, 0x0104), "LO", meaning);
    put_item_end(m);
    put_sequence_end(m);
}

/* Root of a report; content items follow, then close_tree. */
static void open_tree(maker *m)
{
    begin(m, STORAGE "88.33");
    put_text(m, DSC_TAG(0x0040, 0xA040), "CS", "CONTAINER");
    code(m, DSC_TAG(0x0040, 0xA043), "121144", "DCM", "Title");
    put_header(m, DSC_TAG(0x0040, 0xA730), "SQ", OPEN);
}

static void close_tree(maker *m)
{
    put_sequence_end(m);
}

/* An item with one value; left open. */
static void content(maker *m, const char *type, const char *concept,
                    uint32_t tag, const char *vr, const char *value)
{
    open_item(m);
    put_text(m, DSC_TAG(0x0040, 0xA010), "CS", "CONTAINS");
    put_text(m, DSC_TAG(0x0040, 0xA040), "CS", type);
    if (tag && tag < DSC_TAG(0x0040, 0xA043))
        put_text(m, tag, vr, value);
    code(m, DSC_TAG(0x0040, 0xA043), concept, "DCM", "Meaning");
    if (tag > DSC_TAG(0x0040, 0xA043))
        put_text(m, tag, vr, value);
}

#define TEXT     DSC_TAG(0x0040, 0xA160)
#define PNAME    DSC_TAG(0x0040, 0xA123)
#define DATETIME DSC_TAG(0x0040, 0xA120)
#define UIDREF   DSC_TAG(0x0040, 0xA124)
#define ROOT     "(0040,A730)"

static void some_content(maker *m)
{
    /* 0: a text of no table */
    content(m, "TEXT", "999901", TEXT, "UT", "seen by Mustermann, calm");
    put_item_end(m);
    /* 1: a name that the table removes (Person Observer Name is D) */
    content(m, "PNAME", "121008", PNAME, "PN", "Knipser^Karla");
    put_item_end(m);
    /* 2: Accession Number, X */
    content(m, "TEXT", "121022", TEXT, "UT", "ACC7734001");
    put_item_end(m);
    /* 3: a date of no table */
    content(m, "DATETIME", "999902", DATETIME, "DT", "20190314104500");
    put_item_end(m);
    /* 4: a device's UID */
    content(m, "UIDREF", "121012", UIDREF, "UI", "1.2.276.0.99.7");
    put_item_end(m);
    /* 5: a code, and below it a removed text alone */
    content(m, "CODE", "999903", 0, NULL, NULL);
    code(m, DSC_TAG(0x0040, 0xA168), "T-D1100", "SRT", "Head");
    put_header(m, DSC_TAG(0x0040, 0xA730), "SQ", OPEN);
    content(m, "TEXT", "121022", TEXT, "UT", "ACC7734001");
    put_item_end(m);
    put_sequence_end(m);
    put_item_end(m);
    /* 6: a text that the table removes, but something hangs on it */
    content(m, "TEXT", "121106", TEXT, "UT", "comment of Mustermann");
    put_header(m, DSC_TAG(0x0040, 0xA730), "SQ", OPEN);
    content(m, "CODE", "999904", 0, NULL, NULL);
    code(m, DSC_TAG(0x0040, 0xA168), "77", "99LOCAL", "like Mustermann");
    put_item_end(m);
    put_sequence_end(m);
    put_item_end(m);
}

Test(object, content_of_a_report_under_the_basic_profile)
{
    maker m = {0};
    char *text;

    open_tree(&m);
    some_content(&m);
    close_tree(&m);
    text = cleaned(&m, DSC_OBJECT_SR, "basic");
    expect_none(text, "Mustermann, calm");
    expect_none(text, "Knipser");
    expect_none(text, "ACC7734001");
    expect_none(text, "20190314");
    expect_none(text, "1.2.276.0.99.7");
    expect_line(text, ROOT "[0].(0040,A160) UT ANONYMIZED");
    expect_line(text, ROOT "[1].(0040,A123) PN ANONYMIZED");
    /* 2 and 3 are gone: what follows moves up */
    expect_line(text, ROOT "[2].(0040,A124) UI 2.25.");
    expect_line(text, ROOT "[3].(0040,A168)[0].(0008,0104) LO Head");
    expect_none(text, ROOT "[3].(0040,A730)");
    expect_line(text, ROOT "[4].(0040,A160) UT ANONYMIZED");
    expect_line(text, ROOT "[4].(0040,A730)[0].(0040,A168)[0].(0008,0100)");
    expect_line(text, "LO like\n");
    expect_none(text, ROOT "[5]");
    free(text);
    dsc_buf_free(&m.out);
}

Test(object, options_keep_dates_and_clean_texts)
{
    maker m = {0};
    char *text;

    open_tree(&m);
    some_content(&m);
    close_tree(&m);
    text = cleaned(&m, DSC_OBJECT_SR, "research");
    expect_none(text, "Mustermann");
    expect_none(text, "20190314104500");
    expect_none(text, "ACC7734001");
    expect_line(text, ROOT "[0].(0040,A160) UT ANONYMIZED");
    expect_line(text, ROOT "[2].(0040,A120) DT 20");
    free(text);
    text = cleaned(&m, DSC_OBJECT_SR, "internal");
    expect_none(text, "Mustermann");
    expect_none(text, "ACC7734001");
    expect_line(text, ROOT "[0].(0040,A160) UT seen by calm\n");
    expect_line(text, ROOT "[2].(0040,A120) DT 20190314104500\n");
    free(text);
    dsc_buf_free(&m.out);
}

/* A birth date goes whatever becomes of other dates, and what is no date does
 * not stay as one. */
Test(object, dates_that_no_option_keeps)
{
    maker m = {0};
    char *text;

    open_tree(&m);
    content(&m, "DATE", "121031", DSC_TAG(0x0040, 0xA121), "DA", "19380819");
    put_item_end(&m);
    content(&m, "DATETIME", "111526", DATETIME, "DT", "Mustermann");
    put_item_end(&m);
    content(&m, "DATETIME", "111526", DATETIME, "DT", "20190314104500");
    put_item_end(&m);
    close_tree(&m);
    text = cleaned(&m, DSC_OBJECT_SR, "internal");
    expect_none(text, "19380819");
    expect_none(text, "Mustermann");
    expect_line(text, ROOT "[0].(0040,A120) DT 19000101000000\n");
    expect_line(text, ROOT "[1].(0040,A120) DT 20190314104500\n");
    free(text);
    dsc_buf_free(&m.out);
}

/* Where items are referred to by their number, none may go. */
Test(object, references_by_number_keep_every_item)
{
    maker m = {0};
    uint32_t number = 1;
    char *text;

    open_tree(&m);
    some_content(&m);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0040, 0xA010), "CS", "SELECTED FROM");
    put_raw(&m, DSC_TAG(0x0040, 0xDB73), "UL", &number, 4);
    put_item_end(&m);
    close_tree(&m);
    text = cleaned(&m, DSC_OBJECT_SR, "basic");
    expect_none(text, "ACC7734001");
    expect_none(text, "20190314");
    expect_none(text, "Mustermann, calm");
    expect_line(text, ROOT "[2].(0040,A160) UT ANONYMIZED");
    expect_line(text, ROOT "[3].(0040,A120) DT 19000101000000");
    expect_line(text, ROOT "[4].(0040,A124) UI 2.25.");
    expect_line(text, ROOT "[7].(0040,DB73) UL 1");
    free(text);
    dsc_buf_free(&m.out);
}

/* Values that their items should not have. */
Test(object, stray_values_go_too)
{
    maker m = {0};
    char *text;

    open_tree(&m);
    content(&m, "CODE", "999901", TEXT, "UT", "Mustermann was here");
    put_item_end(&m);
    content(&m, "", "999901", TEXT, "UT", "and Knipser there");
    put_item_end(&m);
    content(&m, "NUM", "999901", PNAME, "PN", "Erdacht^Petra");
    put_item_end(&m);
    close_tree(&m);
    text = cleaned(&m, DSC_OBJECT_SR, "research");
    expect_none(text, "was here");
    expect_none(text, "Knipser");
    expect_none(text, "Erdacht");
    free(text);
    dsc_buf_free(&m.out);
}

static void put_floats(maker *m, uint32_t tag, size_t n)
{
    float values[256];

    for (size_t i = 0; i < n; i++)
        values[i] = (float)i + 0.5f;
    put_raw(m, tag, "FL", values, n * sizeof *values);
}

static void graphic(maker *m, const char *type, uint16_t points)
{
    open_item(m);
    put_text(m, DSC_TAG(0x0070, 0x0005), "CS", "PIXEL");
    put_us(m, DSC_TAG(0x0070, 0x0020), 2);
    put_us(m, DSC_TAG(0x0070, 0x0021), points);
    put_floats(m, DSC_TAG(0x0070, 0x0022), (size_t)points * 2);
    put_text(m, DSC_TAG(0x0070, 0x0023), "CS", type);
    put_item_end(m);
}

Test(object, graphics_of_a_presentation_state)
{
    maker m = {0};
    char *text;

    begin(&m, STORAGE "11.1");
    put_header(&m, DSC_TAG(0x0070, 0x0001), "SQ", OPEN);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0070, 0x0002), "CS", "LAYER1");
    put_header(&m, DSC_TAG(0x0070, 0x0008), "SQ", OPEN);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0070, 0x0006), "ST", "Mustermann, lesion");
    put_item_end(&m);
    put_sequence_end(&m);
    put_header(&m, DSC_TAG(0x0070, 0x0009), "SQ", OPEN);
    graphic(&m, "POLYLINE", 5);
    graphic(&m, "POLYLINE", 120);
    graphic(&m, "CIRCLE", 2);
    put_sequence_end(&m);
    put_item_end(&m);
    put_sequence_end(&m);
    text = cleaned(&m, DSC_OBJECT_PR, "basic");
    expect_none(text, "Mustermann");
    expect_line(text, "(0070,0001)[0].(0070,0008)[0].(0070,0006) ST ANON");
    expect_line(text, "(0070,0009)[0].(0070,0022) FL 0.5\\1.5\\2.5");
    expect_line(text, "(0070,0009)[1].(0070,0021) US 2\n");
    expect_line(text, "(0070,0009)[1].(0070,0022) FL 0\\0\\0\\0\n");
    expect_line(text, "(0070,0009)[2].(0070,0022) FL 0.5\\1.5\\2.5\\3.5\n");
    free(text);
    text = cleaned(&m, DSC_OBJECT_PR, "internal");
    expect_none(text, "Mustermann");
    expect_line(text, "(0070,0006) ST lesion\n");
    free(text);
    dsc_buf_free(&m.out);
}

/* ---- annotations ---- */

#define ANNOTATION "(0070,0001)"

/* A presentation state with one annotation; its sequences follow. */
static void open_annotation(maker *m, const char *layer)
{
    begin(m, STORAGE "11.1");
    put_header(m, DSC_TAG(0x0070, 0x0001), "SQ", OPEN);
    open_item(m);
    put_text(m, DSC_TAG(0x0070, 0x0002), "CS", layer);
}

static void close_annotation(maker *m)
{
    put_item_end(m);
    put_sequence_end(m);
}

static void text_objects(maker *m, const char *const *texts, size_t count)
{
    put_header(m, DSC_TAG(0x0070, 0x0008), "SQ", OPEN);
    for (size_t i = 0; i < count; i++) {
        open_item(m);
        put_text(m, DSC_TAG(0x0070, 0x0006), "ST", texts[i]);
        put_item_end(m);
    }
    put_sequence_end(m);
}

Test(object, only_measurements_stay_without_clean_descriptors)
{
    static const struct {
        const char *text;
        bool stays;
    } cases[] = {
        {"12.3 mm", true},
        {"-40 HU", true},
        {"50%", true},
        {"37.2 mm 12.3 mm", true},
        {"Mustermann 3 mm", false},
        {"lesion 3 mm", false},
        {"4711", false},
        {"0815 4711", false},
        {"19380819 mm", false},
        {"123456 mm", false},
        {"19.08.1938", false},
        {"mm", true},
        {"", false},
        {"5thAvenue 3 mm", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        maker m = {0};
        char line[128], *text;
        open_annotation(&m, "LAYER1");
        text_objects(&m, &cases[i].text, 1);
        close_annotation(&m);
        text = cleaned(&m, DSC_OBJECT_PR, "basic");
        snprintf(line, sizeof line,
                 ANNOTATION "[0].(0070,0008)[0].(0070,0006) ST %s\n",
                 cases[i].stays ? cases[i].text : "ANONYMIZED");
        expect_line(text, line);
        free(text);
        dsc_buf_free(&m.out);
    }
}

/* A name of a layer links items: it changes in all of them alike, or in none.
 */
Test(object, layers_are_renamed_alike)
{
    static const char *const layers[] = {"MUSTERMANN", "LAYER1"};

    for (int i = 0; i < 2; i++) {
        maker m = {0};
        char *text, *at, name[17] = "", line[64];
        open_annotation(&m, layers[i]);
        close_annotation(&m);
        put_header(&m, DSC_TAG(0x0070, 0x0060), "SQ", OPEN);
        open_item(&m);
        put_text(&m, DSC_TAG(0x0070, 0x0002), "CS", layers[i]);
        put_text(&m, DSC_TAG(0x0070, 0x0068), "LO", "of Mustermann");
        put_item_end(&m);
        put_sequence_end(&m);
        put_text(&m, DSC_TAG(0x0070, 0x0080), "CS", layers[i]);
        put_text(&m, DSC_TAG(0x0070, 0x0081), "LO", "said Knipser");
        text = cleaned(&m, DSC_OBJECT_PR, "basic");
        at = strstr(text, ANNOTATION "[0].(0070,0002) CS ");
        cr_assert_not_null(at);
        sscanf(at, ANNOTATION "[0].(0070,0002) CS %16s", name);
        cr_expect_eq(strcmp(name, layers[i]) != 0, i == 0, "%s", name);
        snprintf(line, sizeof line, "(0070,0060)[0].(0070,0002) CS %s\n", name);
        expect_line(text, line);
        snprintf(line, sizeof line, "\n(0070,0080) CS %s\n", name);
        expect_line(text, line);
        expect_line(text, "(0070,0068) LO ANONYMIZED\n");
        expect_line(text, "(0070,0081) LO ANONYMIZED\n");
        free(text);
        dsc_buf_free(&m.out);
    }
}

Test(object, words_in_compound_graphics_and_groups_go)
{
    maker m = {0};
    char *text;

    open_annotation(&m, "LAYER1");
    put_header(&m, DSC_TAG(0x0070, 0x0209), "SQ", OPEN);
    open_item(&m);
    put_us(&m, DSC_TAG(0x0070, 0x0021), 90);
    put_floats(&m, DSC_TAG(0x0070, 0x0022), 180);
    put_header(&m, DSC_TAG(0x0070, 0x0231), "SQ", OPEN);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0070, 0x0227), "LO", "Helvetica");
    put_item_end(&m);
    put_sequence_end(&m);
    put_header(&m, DSC_TAG(0x0070, 0x0287), "SQ", OPEN);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0070, 0x0289), "SH", "Knipser 3");
    put_item_end(&m);
    put_sequence_end(&m);
    put_text(&m, DSC_TAG(0x0070, 0x0294), "CS", "MULTILINE");
    put_item_end(&m);
    put_sequence_end(&m);
    close_annotation(&m);
    put_header(&m, DSC_TAG(0x0070, 0x0234), "SQ", OPEN);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0070, 0x0207), "LO", "Knipser");
    put_text(&m, DSC_TAG(0x0070, 0x0208), "ST", "by Knipser");
    put_item_end(&m);
    put_sequence_end(&m);
    text = cleaned(&m, DSC_OBJECT_PR, "basic");
    expect_none(text, "Knipser");
    expect_line(text, "(0070,0227) LO Helvetica\n");
    expect_line(text, "(0070,0022) FL 0\\0\\0\\0\n");
    expect_line(text, "(0070,0021) US 2\n");
    free(text);
    dsc_buf_free(&m.out);
}

/* The overlay that shapes a shutter goes, and the shutter with it. */
Test(object, bitmap_shutters_go_others_stay)
{
    for (int bitmap = 0; bitmap < 2; bitmap++) {
        maker m = {0};
        char *text;
        begin(&m, STORAGE "11.1");
        put_text(&m, DSC_TAG(0x0018, 0x1600), "CS",
                 bitmap ? "BITMAP" : "CIRCULAR");
        put_us(&m, DSC_TAG(0x0018, 0x1622), 0);
        put_us(&m, DSC_TAG(0x0018, 0x1623), 0x6000);
        text = cleaned(&m, DSC_OBJECT_PR, "basic");
        cr_expect_eq(strstr(text, "(0018,1600)") == NULL, bitmap == 1);
        cr_expect_eq(strstr(text, "(0018,1622)") == NULL, bitmap == 1);
        cr_expect_eq(strstr(text, "(0018,1623)") == NULL, bitmap == 1);
        free(text);
        dsc_buf_free(&m.out);
    }
}

Test(object, annotations_of_waveforms)
{
    maker m = {0};
    char *text;

    begin(&m, STORAGE "9.1.1");
    put_header(&m, DSC_TAG(0x0040, 0xB020), "SQ", OPEN);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0070, 0x0006), "ST", "seen by Knipser");
    put_item_end(&m);
    open_item(&m);
    code(&m, DSC_TAG(0x0040, 0xA043), "X1", "99LOCAL", "Mustermann rate");
    put_text(&m, DSC_TAG(0x0040, 0xA30A), "DS", "72");
    put_item_end(&m);
    put_sequence_end(&m);
    text = cleaned(&m, DSC_OBJECT_WAVEFORM, "basic");
    expect_none(text, "Knipser");
    expect_none(text, "Mustermann");
    expect_line(text, "(0040,B020)[0].(0070,0006) ST ANONYMIZED\n");
    expect_line(text, "(0040,B020)[1].(0040,A30A) DS 72\n");
    expect_line(text, "(0008,0104) LO rate\n");
    free(text);
    dsc_buf_free(&m.out);
}

/* ---- labels, overrides, claims ---- */

Test(object, labels_that_people_type_lose_what_identifies)
{
    maker m = {0};
    char *text;

    begin(&m, STORAGE "66.4");
    put_header(&m, DSC_TAG(0x0062, 0x0002), "SQ", OPEN);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0062, 0x0005), "LO", "Liver");
    put_text(&m, DSC_TAG(0x0062, 0x0006), "ST", "Liver of Mustermann");
    put_item_end(&m);
    put_sequence_end(&m);
    put_text(&m, DSC_TAG(0x6000, 0x0022), "LO", "overlay of Mustermann");
    text = cleaned(&m, DSC_OBJECT_SEGMENTATION, "basic");
    expect_line(text, "(0062,0005) LO Liver\n");
    expect_line(text, "(0062,0006) ST Liver of\n");
    expect_none(text, "(6000,0022)");
    free(text);
    dsc_buf_free(&m.out);
}

/* In every kind, images among them. */
Test(object, addresses_go)
{
    static const dsc_object_kind kinds[] = {DSC_OBJECT_KO, DSC_OBJECT_IMAGE};

    for (int i = 0; i < 2; i++) {
        maker m = {0};
        char *text;
        begin(&m, STORAGE "88.59");
        put_text(&m, DSC_TAG(0x0008, 0x1190), "UR", "http://pacs/?id=1");
        put_header(&m, DSC_TAG(0x0040, 0xA390), "SQ", OPEN);
        open_item(&m);
        put_text(&m, DSC_TAG(0x0040, 0xE001), "ST", "1.2.276^ward");
        put_text(&m, DSC_TAG(0x0040, 0xE010), "UR", "http://pacs/?id=2");
        put_item_end(&m);
        put_sequence_end(&m);
        text = cleaned(&m, kinds[i], "internal");
        expect_none(text, "pacs");
        expect_none(text, "ward");
        expect_line(text, "(0008,1190) UR urn:anonymized\n");
        expect_line(text, "[0].(0040,E001) ST urn:anonymized\n");
        expect_line(text, "[0].(0040,E010) UR urn:anonymized\n");
        free(text);
        dsc_buf_free(&m.out);
    }
}

/* Write a profile file and clean with it. */
static char *cleaned_with(const maker *m, dsc_object_kind kind,
                          const char *profile)
{
    char path[] = "/tmp/dsc-object-XXXXXX";
    int fd = mkstemp(path);
    char *text;

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, profile, strlen(profile)), (ssize_t)strlen(profile));
    close(fd);
    text = cleaned(m, kind, path);
    unlink(path);
    return text;
}

Test(object, a_profile_file_has_the_last_word)
{
    maker m = {0};
    char *text;

    open_tree(&m);
    content(&m, "TEXT", "999901", TEXT, "UT", "calm");
    put_item_end(&m);
    close_tree(&m);
    text = cleaned_with(&m, DSC_OBJECT_SR,
                        "profile: basic\nattributes:\n  TextValue: keep\n");
    expect_line(text, "(0040,A160) UT calm\n");
    free(text);
    text = cleaned_with(&m, DSC_OBJECT_SR,
                        "profile: basic\nattributes:\n  ContentSequence: "
                        "remove\n");
    expect_none(text, "(0040,A730)");
    free(text);
    dsc_buf_free(&m.out);
}

#define CONTENT_CLAIM  "(0008,0100) SH 113104\n"
#define GRAPHICS_CLAIM "(0008,0100) SH 113103\n"

/* Claimed is what was done, whoever asked. */
Test(object, claims_of_what_was_done)
{
    static const char asked[] = "profile: basic\noptions:\n  clean-graphics: "
                                "yes\n  clean-structured-content: yes\n";
    static const struct {
        dsc_object_kind kind;
        bool asked, content, graphics;
    } cases[] = {
        {DSC_OBJECT_SR, false, true, false},
        {DSC_OBJECT_KO, false, true, false},
        {DSC_OBJECT_PR, false, false, true},
        {DSC_OBJECT_WAVEFORM, false, true, false},
        {DSC_OBJECT_RT, false, false, false},
        {DSC_OBJECT_IMAGE, false, false, false},
        {DSC_OBJECT_IMAGE, true, true, true},
        {DSC_OBJECT_SR, true, true, true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        maker m = {0};
        char *text;
        begin(&m, STORAGE "7");
        text = cases[i].asked ? cleaned_with(&m, cases[i].kind, asked)
                              : cleaned(&m, cases[i].kind, "basic");
        cr_expect_eq(strstr(text, CONTENT_CLAIM) != NULL, cases[i].content,
                     "%zu", i);
        cr_expect_eq(strstr(text, GRAPHICS_CLAIM) != NULL, cases[i].graphics,
                     "%zu", i);
        free(text);
        dsc_buf_free(&m.out);
    }
}

/* What an option keeps in an image is cleaned there too. */
Test(object, content_and_graphics_inside_of_images)
{
    static const char asked[] = "profile: basic\noptions:\n  clean-graphics: "
                                "yes\n  clean-structured-content: yes\n";
    maker m = {0};
    char *text;

    begin(&m, STORAGE "7");
    put_header(&m, DSC_TAG(0x0040, 0x0555), "SQ", OPEN);
    content(&m, "TEXT", "999901", TEXT, "UT", "held by Knipser");
    put_item_end(&m);
    put_sequence_end(&m);
    put_header(&m, DSC_TAG(0x0070, 0x0001), "SQ", OPEN);
    open_item(&m);
    put_header(&m, DSC_TAG(0x0070, 0x0009), "SQ", OPEN);
    graphic(&m, "POLYLINE", 120);
    put_sequence_end(&m);
    put_item_end(&m);
    put_sequence_end(&m);
    text = cleaned_with(&m, DSC_OBJECT_IMAGE, asked);
    expect_none(text, "Knipser");
    expect_line(text, "(0040,0555)[0].(0040,A160) UT ANONYMIZED\n");
    expect_line(text, "(0070,0022) FL 0\\0\\0\\0\n");
    free(text);
    dsc_buf_free(&m.out);
}
