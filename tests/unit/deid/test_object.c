/* SPDX-License-Identifier: Apache-2.0 */
#include "made.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- content of reports ---- */

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

/* A name broken by the end of a line, and a caption whose value is below it. */
Test(object, values_over_two_lines_of_a_text)
{
    maker m = {0};
    char *text;

    open_tree(&m);
    content(&m, "TEXT", "999901", TEXT, "UT",
            "seen was Muster-\r\nmann again\r\ncalm");
    put_item_end(&m);
    content(&m, "TEXT", "999901", TEXT, "UT",
            "Patient name:\r\nXolbiqua\r\nEF 64 %");
    put_item_end(&m);
    content(&m, "TEXT", "999901", TEXT, "UT", "Muster\\mann");
    put_item_end(&m);
    content(&m, "TEXT", "999901", TEXT, "UT", "EF 64 %\r\n\r\nHR 72 bpm");
    put_item_end(&m);
    close_tree(&m);
    text = cleaned(&m, DSC_OBJECT_SR, "internal");
    expect_line(text, ROOT "[0].(0040,A160) UT seen was\r\nagain\r\ncalm\n");
    expect_line(text, ROOT "[1].(0040,A160) UT Patient name:\r\n\r\nEF 64 %\n");
    expect_none(text, "Muster");
    expect_line(text, ROOT "[3].(0040,A160) UT EF 64 %\r\n\r\nHR 72 bpm\n");
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

/* A code that goes in an item that stays is another code, not none. */
Test(object, codes_that_identify_become_dummies)
{
    maker m = {0};
    uint32_t number = 1;
    char *text;

    open_tree(&m);
    content(&m, "CODE", "121032", 0, NULL, NULL);
    put_header(&m, DSC_TAG(0x0040, 0xA168), "SQ", OPEN);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0008, 0x0100), "SH", "F");
    put_text(&m, DSC_TAG(0x0008, 0x0102), "SH", "DCM");
    put_text(&m, DSC_TAG(0x0008, 0x0103), "SH", "01");
    put_text(&m, DSC_TAG(0x0008, 0x0104), "LO", "Female");
    put_item_end(&m);
    put_sequence_end(&m);
    put_item_end(&m);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0040, 0xA010), "CS", "SELECTED FROM");
    put_raw(&m, DSC_TAG(0x0040, 0xDB73), "UL", &number, 4);
    put_item_end(&m);
    close_tree(&m);
    text = cleaned(&m, DSC_OBJECT_SR, "basic");
    expect_none(text, "Female");
    expect_line(text, "(0040,A168)[0].(0008,0100) SH ANONYMIZED\n");
    expect_line(text, "(0040,A168)[0].(0008,0102) SH 99ANONYMIZED\n");
    expect_none(text, "(0008,0103)");
    expect_line(text, "(0040,A168)[0].(0008,0104) LO ANONYMIZED\n");
    free(text);
    text = cleaned(&m, DSC_OBJECT_SR, "research");
    expect_line(text, "(0040,A168)[0].(0008,0104) LO Female\n");
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
