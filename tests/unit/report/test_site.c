/* SPDX-License-Identifier: Apache-2.0 */
#include "report/site_priv.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- escaping ---- */

static const char *made(dsc_html *w)
{
    cr_assert_eq(w->status, DSC_OK);
    cr_assert_eq(dsc_buf_append(&w->buf, "", 1, NULL), DSC_OK);
    return (const char *)w->buf.data;
}

#define ODD "\xEF\xBF\xBD"

typedef struct pair {
    char in[64], out[128];
} pair;

ParameterizedTestParameters(site, text_is_escaped)
{
    static pair rows[] = {
        {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
        {"\" onload='x' &", "&quot; onload=&#39;x&#39; &amp;"},
        {"a\nb\tc\rd\x1B[0m", "a b c" ODD "d" ODD "[0m"},
        {"\x80 \xFF \xC3", ODD " " ODD " " ODD},
        {"\xC0\xBC", ODD ODD},                 /* overlong '<' */
        {"\xED\xA0\x80", ODD ODD ODD},         /* surrogate */
        {"\xF4\x90\x80\x80", ODD ODD ODD ODD}, /* past Unicode */
        {"\xE2\x80\xAE"
         "evil",
         ODD "evil"}, /* right-to-left override */
        {"\xC3\xA4\xE6\xBC\xA2", "\xC3\xA4\xE6\xBC\xA2"},
        {"%s%n", "%s%n"},
        {"", ""},
    };
    return cr_make_param_array(pair, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(pair *p, site, text_is_escaped)
{
    dsc_html w = {0};

    dsc_html_put(&w, "%s", p->in);
    cr_assert_str_eq(made(&w), p->out);
    dsc_html_free(&w);
}

ParameterizedTestParameters(site, csv_is_no_formula)
{
    static pair rows[] = {
        {"plain", "\"plain\"\n"},
        {"=1+1", "\"'=1+1\"\n"},
        {"+1", "\"'+1\"\n"},
        {"-1", "\"'-1\"\n"},
        {"@SUM(A1)", "\"'@SUM(A1)\"\n"},
        {"a\"b,c", "\"a\"\"b,c\"\n"},
        {"a\nb", "\"a" ODD "b\"\n"},
        {"", "\"\"\n"},
    };
    return cr_make_param_array(pair, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(pair *p, site, csv_is_no_formula)
{
    dsc_html w = {0};

    dsc_csv_text(&w, p->in);
    dsc_csv_end(&w);
    cr_assert_str_eq(made(&w), p->out);
    dsc_html_free(&w);
}

Test(site, numbers_of_every_kind)
{
    dsc_html w = {0};

    dsc_html_put(&w, "%d|%u|%ld|%lu|%zu|%.2f|%%|%s", -1, 7u, -5L, 9UL,
                 (size_t)3, 0.125, "<");
    cr_assert_str_eq(made(&w), "-1|7|-5|9|3|0.12|%|&lt;");
    dsc_html_free(&w);
}

/* ---- bounds ---- */

Test(site, bound_of_none_wrong_is_the_rule_of_three)
{
    cr_assert_float_eq(dsc_error_bound(0, 59), 0.04950, 1e-4);
    cr_assert_float_eq(dsc_error_bound(0, 300), 3.0 / 300, 1e-4);
    cr_assert_eq(dsc_error_bound(0, 0), 1);
    cr_assert_float_eq(dsc_error_bound(0, 1), 0.95, 1e-12);
}

/* Values of R: prop.test(x, n, correct = FALSE)$conf.int[2] */
Test(site, bound_of_some_wrong_is_wilsons)
{
    cr_assert_float_eq(dsc_error_bound(1, 100), 0.054486, 1e-5);
    cr_assert_float_eq(dsc_error_bound(10, 100), 0.174366, 1e-5);
    cr_assert_float_eq(dsc_error_bound(5, 5), 1, 1e-12);
    cr_assert_float_eq(dsc_error_bound(9, 5), 1, 1e-12);
}

/* ---- the sample ---- */

Test(site, allocation_keeps_to_the_shares)
{
    uint64_t sizes[] = {9000, 900, 100}, drawn[3];

    dsc_sample_allocate(sizes, 3, 100, drawn);
    cr_assert_eq(drawn[0] + drawn[1] + drawn[2], 100);
    cr_assert_eq(drawn[0], 90);
    cr_assert_eq(drawn[1], 9);
    cr_assert_eq(drawn[2], 1);
    dsc_sample_allocate(sizes, 3, 2, drawn);
    cr_assert(drawn[0] == 1 && drawn[1] == 1 && drawn[2] == 0,
              "the largest first");
    dsc_sample_allocate(sizes, 3, 1000000, drawn);
    cr_assert(drawn[0] == 9000 && drawn[1] == 900 && drawn[2] == 100,
              "never more than there are");
    dsc_sample_allocate(sizes, 0, 5, drawn);
}

Test(site, a_small_stratum_costs_effective_size)
{
    uint64_t sizes[] = {990, 10}, fair[] = {99, 1}, odd[] = {50, 50};
    uint64_t none[] = {0, 0};

    cr_assert_float_eq(dsc_sample_effective(sizes, fair, 2), 100, 1e-9);
    cr_assert_lt(dsc_sample_effective(sizes, odd, 2), 52);
    cr_assert_eq(dsc_sample_effective(sizes, none, 2), 0);
}

Test(site, the_draw_does_not_depend_on_the_order)
{
    dsc_draw up = {0}, down = {0};
    char uid[32];
    size_t low = 0;

    for (int i = 0; i < 1000; i++) {
        snprintf(uid, sizeof uid, "2.25.%d", i);
        cr_assert_eq(dsc_draw_add(&up, 50, dsc_sample_key(1, uid, i), i, NULL),
                     DSC_OK);
    }
    for (int i = 999; i >= 0; i--) {
        snprintf(uid, sizeof uid, "2.25.%d", i);
        cr_assert_eq(
            dsc_draw_add(&down, 50, dsc_sample_key(1, uid, i), i, NULL),
            DSC_OK);
    }
    dsc_draw_sort(&up);
    dsc_draw_sort(&down);
    cr_assert_eq(up.count, 50);
    for (size_t i = 0; i < 50; i++) {
        cr_assert_eq(up.items[i].number, down.items[i].number);
        cr_assert(!i || up.items[i - 1].key < up.items[i].key);
        low += up.items[i].number < 500;
    }
    cr_assert(low > 10 && low < 40, "%zu of 50 from the first half", low);
    cr_assert_neq(dsc_sample_key(1, "2.25.1", 1),
                  dsc_sample_key(2, "2.25.1", 1));
    cr_assert_neq(dsc_sample_key(1, "", 1), dsc_sample_key(1, "", 2));
    dsc_draw_free(&up);
    dsc_draw_free(&down);
}

/* ---- counts ---- */

ParameterizedTestParameters(site, reasons_differ_by_more_than_numbers)
{
    static pair rows[] = {
        {"frame 12: RLE frame has 3 segments, not 1",
         "frame #: RLE frame has # segments, not #"},
        {"(0028,0010) Rows is 7", "(0028,0010) Rows is #"},
        {"frame 0: JPEG 2000 stream: byte 4",
         "frame #: JPEG 2000 stream: byte #"},
        {"MPEG-4 AVC/H.264 video", "MPEG-4 AVC/H.264 video"},
        {"12-bit", "12-bit"},
        {"(", "("},
        {"", ""},
    };
    return cr_make_param_array(pair, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(pair *p, site, reasons_differ_by_more_than_numbers)
{
    char buf[64];

    dsc_reason_kind(p->in, buf, sizeof buf);
    cr_assert_str_eq(buf, p->out);
    dsc_reason_kind(p->in, buf, 4);
    cr_assert_lt(strlen(buf), 4);
}

Test(site, a_flood_of_names_is_counted_together)
{
    dsc_tally t = {0};
    char name[16];
    uint64_t all = 0;

    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "n%04d", i);
        cr_assert_eq(dsc_tally_add(&t, name, 2, 1, NULL), DSC_OK);
    }
    cr_assert_leq(t.count, DSC_TALLY_MAX + 1);
    cr_assert_eq(dsc_tally_find(&t, "n0001")->counts[2], 1);
    cr_assert_null(dsc_tally_find(&t, "n4999"));
    dsc_tally_sort(&t);
    cr_assert_str_eq(t.rows[0].name, "(others)");
    for (size_t i = 0; i < t.count; i++)
        all += t.rows[i].total;
    cr_assert_eq(all, 5000);
    dsc_tally_free(&t);
}

Test(site, quantiles_are_within_a_tenth)
{
    dsc_durations d = {0};

    for (int i = 1; i <= 1000; i++)
        dsc_durations_add(&d, i);
    cr_assert_float_eq(dsc_durations_quantile(&d, 0.5), 500, 50);
    cr_assert_float_eq(dsc_durations_quantile(&d, 0.95), 950, 95);
    dsc_durations_add(&d, -1);
    dsc_durations_add(&d, NAN);
    dsc_durations_add(&d, INFINITY);
    dsc_durations_add(&d, 1e300);
    cr_assert(isfinite(dsc_durations_quantile(&d, 1)));
}

/* ---- records ---- */

ParameterizedTestParameters(site, no_record)
{
    static pair rows[] = {
        {"", ""},
        {"[]", ""},
        {"null", ""},
        {"{\"outcome\":", ""},
        {"{}", ""},
        {"{\"outcome\":\"maybe\"}", ""},
        {"{\"outcome\":7}", ""},
    };
    return cr_make_param_array(pair, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(pair *p, site, no_record)
{
    dsc_site_file f;
    dsc_site_row row = {.number = 3, .record = p->in};
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_site_file_parse(&f, &row, &err), DSC_USAGE);
    cr_assert(strstr(err.msg, "row 3"));
}

Test(site, what_is_not_as_it_should_be_is_empty)
{
    dsc_site_file f;
    dsc_site_row row = {
        .number = 1,
        .record =
            "{\"outcome\":\"scrubbed\",\"study\":\"../../etc\",\"series\":7,"
            "\"instance\":\"2.25.1\",\"modality\":\"<b>\",\"frames\":-5,"
            "\"columns\":1e99,\"proof\":[],\"notes\":{},\"ms\":{\"plan\":-3},"
            "\"regions\":[{\"frames\":[9,1],\"x\":-4,\"w\":99999999,"
            "\"confidence\":\"x\",\"class\":[1]},7,null]}"};

    cr_assert_eq(dsc_site_file_parse(&f, &row, NULL), DSC_OK);
    cr_assert_str_eq(f.study, "");
    cr_assert_str_eq(f.series, "");
    cr_assert_str_eq(f.instance, "2.25.1");
    cr_assert_str_eq(f.modality, "");
    cr_assert_eq(f.frames, 0);
    cr_assert_eq(f.columns, UINT16_MAX);
    cr_assert_not(f.proof.done);
    cr_assert_eq(dsc_site_notes(&f), 0);
    cr_assert_eq(f.ms[DSC_MS_PLAN], 0);
    cr_assert_eq(f.box_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const dsc_region *r = &f.boxes[i].region;
        cr_assert(r->first_frame <= r->last_frame && r->x >= 0 &&
                  r->w <= UINT16_MAX && r->cls[0] == '\0');
    }
    dsc_site_file_free(&f);
}

Test(site, doubtful_boxes_come_first)
{
    dsc_site_file f;
    dsc_site_row row = {
        .number = 1,
        .record = "{\"outcome\":\"scrubbed\","
                  "\"regions\":[{\"class\":\"sure\",\"confidence\":1},"
                  "{\"class\":\"blanked\",\"confidence\":0.2}],"
                  "\"kept\":[{\"class\":\"kept\",\"confidence\":0.2}]}"};

    cr_assert_eq(dsc_site_file_parse(&f, &row, NULL), DSC_OK);
    cr_assert_str_eq(f.boxes[0].region.cls, "kept");
    cr_assert_str_eq(f.boxes[1].region.cls, "blanked");
    cr_assert_str_eq(f.boxes[2].region.cls, "sure");
    dsc_site_file_free(&f);
}
