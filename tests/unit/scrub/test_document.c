/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages of text and pictures with text. */
#include "scrub/scrub_priv.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static dsc_instance open_with(const char *name, const char *old,
                              const char *now)
{
    const char *dir = getenv("DSC_TESTDATA");
    char path[4096];
    static uint8_t data[1 << 20];
    dsc_instance inst = {0};
    dsc_error err = DSC_ERROR_INIT;
    size_t len, n = strlen(old), found = 0;
    FILE *fp;

    snprintf(path, sizeof path, "%s/%s", dir ? dir : "testdata", name);
    fp = fopen(path, "rb");
    cr_assert_not_null(fp);
    len = fread(data, 1, sizeof data, fp);
    fclose(fp);
    cr_assert_eq(strlen(now), n);
    for (size_t i = 0; n && i + n <= len; i++)
        if (!memcmp(data + i, old, n)) {
            memcpy(data + i, now, n);
            found++;
        }
    cr_assert(!n || found, "no %s", old);
    cr_assert_eq(
        dsc_instance_open(&inst, &(dsc_input){.data = data, .len = len}, &err),
        DSC_OK, "%s", err.msg);
    return inst;
}

typedef struct page_case {
    const char *file, *old, *now;
    dsc_page page;
    bool document;
} page_case;

#define TYPE  "ORIGINAL\\PRIMARY\\ABDOMINAL\\0001"
#define OF(t) "ORIGINAL\\PRIMARY\\" t

static const page_case cases[] = {
    /* by what is shown */
    {"us-grey-explicit.dcm", "", "", {20, 600, 40}, true},
    {"us-grey-explicit.dcm", "", "", {8, 100, 25}, true},
    {"us-grey-explicit.dcm", "", "", {7, 100, 0}, false},
    {"us-grey-explicit.dcm", "", "", {15, 190, 133}, false},
    {"us-grey-explicit.dcm", "", "", {30, 100, 26}, false},
    {"us-grey-explicit.dcm", "", "", {0, 0, 0}, false},
    /* a secondary capture needs less */
    {"screen-rgb-explicit.dcm", "", "", {3, 100, 50}, true},
    {"screen-rgb-explicit.dcm", "", "", {2, 100, 50}, false},
    {"screen-rgb-explicit.dcm", "", "", {15, 108, 72}, false},
    /* by the header alone */
    {"us-grey-explicit.dcm", TYPE, OF("PATIENTINFO\\11"), {0, 0, 300}, true},
    {"us-grey-explicit.dcm", TYPE, OF("DOSE REPORT\\11"), {0, 0, 300}, true},
    {"us-grey-explicit.dcm", TYPE, OF("dose_info\\0011"), {0, 0, 300}, true},
    {"us-grey-explicit.dcm", TYPE, OF("REPORTABLE\\011"), {0, 0, 300}, false},
    {"us-grey-explicit.dcm", TYPE, OF("SCREEN SAVE\\11"), {4, 100, 50}, true},
    {"us-grey-explicit.dcm",
     TYPE,
     OF("\\\\\\\\\\\\\\\\\\\\\\\\11"),
     {4, 100, 50},
     false},
    {"palette8-explicit.dcm", "WSD ", "SD  ", {0, 0, 300}, true},
};

Test(document, knows_a_page_from_a_picture)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const page_case *t = &cases[i];
        dsc_instance inst = open_with(t->file, t->old, t->now);
        cr_expect_eq(dsc_is_document(&inst, &t->page), t->document,
                     "case %zu: %s %s", i, t->file, t->now);
        dsc_instance_close(&inst);
    }
}

/* Words of which nobody is sure are no lines, and paper is no picture. */
Test(document, measures_text_and_picture)
{
    static uint8_t px[160 * 160];
    dsc_plane p = {px, 160, 160, 160};
    dsc_span sure = {.was_read = true, .sure = true},
             unsure = {.was_read = true};
    dsc_track t[] = {{.box = {0, 0, 160, 16},
                      .was_read = true,
                      .spans = &sure,
                      .span_count = 1},
                     {.box = {0, 32, 160, 16},
                      .was_read = true,
                      .spans = &unsure,
                      .span_count = 1}};
    dsc_tracks tracks = {.items = t, .count = 2};
    dsc_page page;

    memset(px, 200, sizeof px);
    for (int x = 0; x < 160; x += 4)
        for (int y = 0; y < 48; y++)
            px[160 * y + x] = y < 16 || y >= 32 ? 0 : 190;
    dsc_page_measure(&page, &p, &tracks);
    cr_expect_eq(page.lines, 1);
    cr_expect_eq(page.text, 10);
    cr_expect_eq(page.picture, 10);
}
