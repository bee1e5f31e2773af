/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

static dsc_region box(void)
{
    return (dsc_region){.first_frame = 2,
                        .last_frame = 41,
                        .x = 10,
                        .y = 20,
                        .w = 30,
                        .h = 40,
                        .source = "ocr",
                        .cls = "name",
                        .reason = "matches the header's name",
                        .confidence = 0.5F,
                        .overlay = 0x6002};
}

Test(report, a_line_comes_back_as_it_went)
{
    dsc_region region = box();
    dsc_result r = DSC_RESULT_INIT;
    dsc_report_entry e;
    dsc_buf line = {0};

    r.outcome = DSC_SCRUBBED;
    r.regions = (dsc_region_list){&region, 1, 1};
    cr_assert_eq(
        dsc_report_line(&line, "/in/a \"b\"\n\xC3\xA4.dcm", "o/x", &r, NULL),
        DSC_OK);
    cr_assert_eq(line.data[line.len - 1], '\n');
    cr_assert_eq(memchr(line.data, '\n', line.len - 1), NULL);
    cr_assert_eq(dsc_buf_append(&line, "", 1, NULL), DSC_OK);
    cr_assert_eq(dsc_report_parse(&e, (const char *)line.data, NULL), DSC_OK);
    cr_assert_str_eq(e.input, "/in/a \"b\"\n\xC3\xA4.dcm");
    cr_assert_str_eq(e.output, "o/x");
    cr_assert_str_eq(e.outcome, "scrubbed");
    cr_assert_eq(e.regions.count, 1);
    cr_assert_eq(e.regions.items[0].last_frame, 41);
    cr_assert_eq(e.regions.items[0].h, 40);
    cr_assert_eq(e.regions.items[0].overlay, 0x6002);
    dsc_report_entry_free(&e);
    dsc_buf_free(&line);
}

Test(report, what_nobody_looked_at_is_null_not_zero)
{
    dsc_result r = DSC_RESULT_INIT;
    dsc_buf line = {0};

    r.outcome = DSC_CLEAN;
    r.proof = (dsc_proof){true, true, true, -1, -1};
    cr_assert_eq(dsc_report_line(&line, "a", "b", &r, NULL), DSC_OK);
    cr_assert_eq(dsc_buf_append(&line, "", 1, NULL), DSC_OK);
    cr_assert(strstr((char *)line.data, "\"residual_text\":null"));
    cr_assert(strstr((char *)line.data, "\"residual_header\":null"));
    cr_assert(strstr((char *)line.data, "\"header_deidentified\":true"));
    dsc_buf_free(&line);
}

struct odd_path {
    char path[16], told[64];
};

ParameterizedTestParameters(report, a_path_that_is_no_utf8)
{
    static struct odd_path cases[] = {
        {"caf\xC3\xA9", "\"input\":\"caf\xC3\xA9\",\"output\""},
        {"a%FF", "\"input\":\"a%FF\",\"input_bytes\":\"61254646\""},
        {"a\xFF", "\"input\":\"a%FF\",\"input_bytes\":\"61ff\""},
        {"\xC3", "\"input\":\"%C3\",\"input_bytes\":\"c3\""},
        {"\xE2\x82", "\"input\":\"%E2%82\",\"input_bytes\":\"e282\""},
        /* more bytes than it takes, half of a pair, beyond the last one */
        {"\xC0\xAF", "\"input\":\"%C0%AF\",\"input_bytes\":\"c0af\""},
        {"\xE0\x80\xAF", "\"%E0%80%AF\",\"input_bytes\":\"e080af\""},
        {"\xED\xA0\x80", "\"%ED%A0%80\",\"input_bytes\":\"eda080\""},
        {"\xF4\x90\x80\x80", "\"input_bytes\":\"f4908080\""},
    };
    return cr_make_param_array(struct odd_path, cases,
                               sizeof cases / sizeof *cases);
}

ParameterizedTest(struct odd_path *c, report, a_path_that_is_no_utf8)
{
    dsc_result r = DSC_RESULT_INIT;
    dsc_report_entry e;
    dsc_buf line = {0};

    cr_assert_eq(dsc_report_line(&line, c->path, c->path, &r, NULL), DSC_OK);
    cr_assert_eq(dsc_buf_append(&line, "", 1, NULL), DSC_OK);
    cr_expect(strstr((char *)line.data, c->told), "%s", (char *)line.data);
    cr_assert_eq(dsc_report_parse(&e, (char *)line.data, NULL), DSC_OK);
    cr_expect_str_eq(e.input, c->path);
    cr_expect_str_eq(e.output, c->path);
    dsc_report_entry_free(&e);
    dsc_buf_free(&line);
}

Test(report, no_memory_is_no_line_without_a_path)
{
    dsc_result r = DSC_RESULT_INIT;
    dsc_status st = DSC_NOMEM;
    unsigned long n;

    for (n = 1; st && n < 20; n++) {
        dsc_report_entry e;
        dsc_buf line = {0};
        dsc_alloc_fail_after(n);
        st = dsc_report_line(&line, "a\xFF", "b\xFF", &r, NULL);
        dsc_alloc_fail_after(0);
        cr_expect(st == DSC_NOMEM || (st == DSC_OK && n > 4), "%lu", n);
        cr_expect(st || memmem(line.data, line.len, "\"input_bytes\":", 14));
        dsc_buf_free(&line);
        dsc_alloc_fail_after(n);
        cr_expect_eq(dsc_report_parse(&e,
                                      "{\"input\":\"a\",\"output\":\"b\","
                                      "\"outcome\":\"clean\",\"regions\":[]}",
                                      NULL),
                     n < 4 ? DSC_NOMEM : DSC_OK, "%lu", n);
        dsc_alloc_fail_after(0);
        dsc_report_entry_free(&e);
    }
    cr_expect_eq(st, DSC_OK);
}

struct bad_line {
    char text[200];
    char message[40];
};

ParameterizedTestParameters(report, refuses)
{
    static struct bad_line cases[] = {
        {"", "not a JSON object"},
        {"[1]", "not a JSON object"},
        {"{\"input\":\"a\"", "not a JSON object"},
        {"{\"outcome\":\"clean\"}", "no \"input\""},
        {"{\"input\":7,\"outcome\":\"clean\"}", "no \"input\""},
        {"{\"input\":\"a\",\"outcome\":\"clean\"}", "no \"regions\""},
        {"{\"input\":\"a\",\"input_bytes\":\"6g\",\"outcome\":\"clean\"}",
         "\"input_bytes\" is no path"},
        {"{\"input\":\"a\",\"input_bytes\":\"616\",\"outcome\":\"clean\"}",
         "\"input_bytes\" is no path"},
        {"{\"input\":\"a\",\"input_bytes\":\"6100\",\"outcome\":\"clean\"}",
         "\"input_bytes\" is no path"},
        {"{\"input\":\"a\",\"output\":\"b\",\"output_bytes\":\"C3\","
         "\"outcome\":\"clean\"}",
         "\"output_bytes\" is no path"},
        {"{\"input\":\"a\",\"outcome\":\"clean\",\"regions\":[3]}", "region 0"},
        {"{\"input\":\"a\",\"outcome\":\"clean\",\"regions\":"
         "[{\"frames\":[5,2],\"x\":0,\"y\":0,\"w\":1,\"h\":1}]}",
         "region 0"},
        {"{\"input\":\"a\",\"outcome\":\"clean\",\"regions\":"
         "[{\"frames\":[0,0],\"x\":0,\"y\":0,\"w\":-1,\"h\":1}]}",
         "region 0"},
    };
    return cr_make_param_array(struct bad_line, cases,
                               sizeof cases / sizeof cases[0]);
}

ParameterizedTest(struct bad_line *c, report, refuses)
{
    dsc_report_entry e;
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_report_parse(&e, c->text, &err), DSC_USAGE);
    cr_assert(strstr(err.msg, c->message), "%s", err.msg);
    cr_assert_null(e.input);
    cr_assert_null(e.regions.items);
}

Test(picture, outline_stays_inside_the_picture)
{
    uint8_t rgb[4 * 3 * 3] = {0};
    const uint8_t red[3] = {255, 0, 0};
    dsc_region r = box();

    r.x = -5;
    r.y = 1;
    r.w = 100;
    r.h = INT32_MAX;
    dsc_picture_outline(rgb, 4, 3, &r, red);
    cr_assert_eq(rgb[0], 255);     /* the top line lies in row 0 */
    cr_assert_eq(rgb[3 * 9], 255); /* the bottom line is clamped to row 2 */
}
