/* SPDX-License-Identifier: Apache-2.0
 *
 * The policy "safe" beyond single lines: what is kept and removed by wish, how
 * well a word must be read, scales, doubt, and hostile headers.
 */
#include "policy/policy.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SAFE dsc_policy_plain(DSC_POLICY_SAFE)
#define MOST 32

/* Decide on a line of words, all read as well as this. */
static size_t decide(const dsc_policy *policy, const dsc_facts *facts,
                     const char *line, float confidence, dsc_decision *d)
{
    char copy[512], *save = NULL;
    dsc_word words[MOST] = {{0}};
    size_t n = 0;

    snprintf(copy, sizeof copy, "%s", line);
    for (char *p = strtok_r(copy, " ", &save); p && n < MOST;
         p = strtok_r(NULL, " ", &save)) {
        words[n].utf8 = p;
        words[n++].confidence = confidence;
    }
    cr_assert_eq(dsc_policy_decide_line(policy, facts, words, n, d, NULL),
                 DSC_OK);
    return n;
}

static void expect(const dsc_policy *policy, const dsc_facts *facts,
                   const char *line, float confidence, const char *expected)
{
    dsc_decision d[MOST];
    char got[MOST + 1] = "";
    size_t n = decide(policy, facts, line, confidence, d);

    for (size_t i = 0; i < n; i++)
        got[i] = d[i].blank ? '#' : '.';
    cr_expect_str_eq(got, expected, "\"%s\" read at %.2f: %s (%s)", line,
                     (double)confidence, got, d[0].rule);
}

static dsc_policy *policy(const char *kind, const char *keep, const char *drop)
{
    dsc_policy *p = NULL;

    cr_assert_eq(dsc_policy_create(&p, kind, keep, drop, NULL), DSC_OK);
    return p;
}

/* ---- --keep and --remove ---- */

Test(policy_safe, kept_by_wish)
{
    static const struct {
        const char *keep, *line, *expected;
    } rows[] = {
        {"dates", "07.09.2021", "."},
        {"dates", "7 Sep 2021", "..."},
        {"dates", "7SEP2021", "."},
        {"dates", "14:22:33", "#"},
        {"times", "14:22:33", "."},
        {"dates,times", "07.09.2021 14:22", ".."},
        {"times", "07.09.2021", "#"},
        {"dates", "07.09.2021 Xqzfoo", ".#"},
        {"ages", "42Y", "."},
        {"device", "42Y", "#"},
        {"institution", "Nordstadt Klinikum", ".."},
        {"laterality", "L", "."},
        {"laterality", "R", "."},
        {"laterality", "J", "#"},
        {"laterality", "L R", "##"},
        /* no birth date, no name, whatever they are found with */
        {"dates", "12.04.1963", "#"},
        {"dates", "DOB: 01.02.1970", ".#"},
        {"dates", "Smith 07.09.2021", "#."},
        {"dates", "Smith07.09.2021", "#"},
        {"dates", "Xqzfoo07.09.2021", "#"},
        {"dates,times,institution,device,ages,laterality", "Smith", "#"},
        {"dates,times,institution,device,ages,laterality", "471123", "#"},
        {"dates", "ID: 07.09.2021", ".#"},
    };
    dsc_facts facts = {0};

    cr_assert_eq(dsc_facts_add(&facts, DSC_CLASS_BIRTH, "DA", "19630412", NULL),
                 DSC_OK);
    cr_assert_eq(dsc_facts_add(&facts, DSC_CLASS_NAME, "PN", "Smith^Ann", NULL),
                 DSC_OK);
    cr_assert_eq(dsc_facts_add(&facts, DSC_CLASS_ID, "LO", "471123", NULL),
                 DSC_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dsc_policy *p = policy("safe", rows[i].keep, NULL);
        expect(p, &facts, rows[i].line, 0.9f, rows[i].expected);
        dsc_policy_free(&p);
    }
    dsc_facts_free(&facts);
}

Test(policy_safe, removed_by_wish)
{
    static const struct {
        const char *drop, *line, *expected;
    } rows[] = {
        {"measurements", "EF 64 %", ".#."},
        {"labels", "EF 64 %", "#.."},
        {"units", "4.2 cm", ".#"},
        {"laterality", "Right kidney", "#."},
        {"vendor", "Vivid E95", "##"},
        {"measurements,labels,units", "LVIDd 4.2 cm", "###"},
        {"vendor", "EF 64 %", "..."},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dsc_policy *p = policy("safe", NULL, rows[i].drop);
        dsc_policy *q = policy("phi", NULL, rows[i].drop);
        expect(p, NULL, rows[i].line, 0.9f, rows[i].expected);
        expect(q, NULL, rows[i].line, 0.9f, rows[i].expected);
        dsc_policy_free(&p);
        dsc_policy_free(&q);
    }
}

/* ---- how well a word was read ---- */

/* Label, number and unit vouch for each other; alone, or guessed, they do not.
 */
Test(policy_safe, whole_measurements_need_one_word_read_well)
{
    static const struct {
        const char *text[3];
        float read[3];
        const char *expected;
    } rows[] = {
        {{"Diam", "1.1", "cm"}, {0.9f, 0.3f, 0.3f}, "..."},
        {{"Diam", "1.1", "cm"}, {0.26f, 0.3f, 0.3f}, "###"},
        {{"Diam", "1.1", "cm"}, {0.9f, 0.2f, 0.3f}, ".#."},
        {{"Xqzf", "1.1", "cm"}, {0.9f, 0.3f, 0.3f}, "###"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dsc_decision d[3];
        dsc_word words[3] = {{0}};
        char text[3][8], got[4] = "";
        for (size_t k = 0; k < 3; k++) {
            snprintf(text[k], sizeof text[k], "%s", rows[i].text[k]);
            words[k].utf8 = text[k];
            words[k].confidence = rows[i].read[k];
        }
        cr_assert_eq(dsc_policy_decide_line(SAFE, NULL, words, 3, d, NULL),
                     DSC_OK);
        for (size_t k = 0; k < 3; k++)
            got[k] = d[k].blank ? '#' : '.';
        cr_expect_str_eq(got, rows[i].expected, "row %zu: %s", i, got);
    }
}

Test(policy_safe, badly_read_words_go)
{
    dsc_decision d[MOST];

    expect(SAFE, NULL, "EF", 0.9f, ".");
    expect(SAFE, NULL, "EF", 0.3f, "#");
    expect(SAFE, NULL, "LVIDd", 0.45f, ".");
    expect(SAFE, NULL, "LVIDd", 0.2f, "#");
    expect(SAFE, NULL, "LV1Dd", 0.45f, "#");
    expect(SAFE, NULL, "EF", 0.0f, "#");
    decide(SAFE, NULL, "EF", 0.4f, d);
    cr_expect(d[0].blank && d[0].doubtful, "near the threshold");
    decide(SAFE, NULL, "EF", 0.1f, d);
    cr_expect(d[0].blank && !d[0].doubtful);
    decide(SAFE, NULL, "EF", 0.55f, d);
    cr_expect(!d[0].blank && d[0].doubtful, "near the threshold");
    decide(SAFE, NULL, "EF", 0.95f, d);
    cr_expect(!d[0].blank && !d[0].doubtful);
    decide(SAFE, NULL, "LV1Dd", 0.95f, d);
    cr_expect(!d[0].blank && d[0].doubtful, "letters that look alike");
    decide(SAFE, NULL, "Xqzfoo", 0.95f, d);
    cr_expect(d[0].blank && !d[0].doubtful);
}

/* A bed and its ward are written as a preset is: people look at it. */
Test(policy_safe, the_number_of_a_preset_is_doubtful)
{
    dsc_decision d[MOST];

    decide(SAFE, NULL, "3:PELVIS", 0.95f, d);
    cr_expect(!d[0].blank && d[0].doubtful);
    cr_expect_str_eq(d[0].rule, "preset");
    cr_expect_eq(d[0].cls, DSC_CLASS_LABEL);
    decide(SAFE, NULL, "PELVIS", 0.95f, d);
    cr_expect(!d[0].blank && !d[0].doubtful);
}

/* What the engine was not sure of may differ more from the header. */
Test(policy_safe, badly_read_words_match_more)
{
    dsc_facts facts = {0};
    dsc_decision d[MOST];

    cr_assert_eq(dsc_facts_add(&facts, DSC_CLASS_NAME, "PN", "Xaverius", NULL),
                 DSC_OK);
    decide(SAFE, &facts, "Xavwxpus", 0.95f, d);
    cr_expect_str_eq(d[0].rule, "unknown");
    decide(SAFE, &facts, "Xavwxpus", 0.3f, d);
    cr_expect_str_eq(d[0].rule, "header-name");
    dsc_facts_free(&facts);
}

/* ---- hostile headers ---- */

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* No value of a header may match what everybody's screen shows. */
static const char harmless[] = "LVIDd 4.2 cm HR 72 bpm PLAX 2D";

Test(policy_safe, hostile_values_match_nothing_else)
{
    static const char *const values[] = {
        ".*",
        "(.+)+$",
        "[A-Z]*",
        "%s%n%x",
        "*",
        "?",
        "^",
        "^^^^",
        "===",
        "=^=^=",
        "\\",
        "\\\\\\",
        " ",
        "\t\r\n",
        "a",
        "M",
        "^M^^^",
        "\x01\x02\x03",
        "\x1B$B\x1B(B",
        "\xFF\xFE\xFD",
        "\xC0\x80\xC0\x80",
        "\xED\xA0\x80",
        "\xF4\x90\x80\x80",
        "\xE2\x80\xAE\xE2\x80\xAC",             /* right-to-left override */
        "\xE2\x81\xA6\xE2\x81\xA9",             /* isolates */
        "\xE2\x80\x8B\xE2\x80\x8C\xEF\xBB\xBF", /* zero width */
        "\xCC\x81\xCC\x81\xCC\x81",             /* combining marks alone */
        "00000000",
        "0",
        "-",
        "--------------------------------",
        "' OR '1'='1",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };
    static const struct {
        dsc_class cls;
        const char *vr;
    } kinds[] = {{DSC_CLASS_NAME, "PN"},        {DSC_CLASS_ID, "LO"},
                 {DSC_CLASS_INSTITUTION, "LO"}, {DSC_CLASS_DATE, "DA"},
                 {DSC_CLASS_BIRTH, "DA"},       {DSC_CLASS_TIME, "TM"},
                 {DSC_CLASS_DEVICE, "SH"},      {DSC_CLASS_PERSON, "PN"}};

    for (size_t v = 0; v < sizeof values / sizeof values[0]; v++)
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            dsc_facts facts = {0};
            cr_assert_eq(dsc_facts_add(&facts, kinds[k].cls, kinds[k].vr,
                                       values[v], NULL),
                         DSC_OK);
            expect(SAFE, &facts, harmless, 0.9f, "........");
            expect(dsc_policy_plain(DSC_POLICY_PHI), &facts, harmless, 0.9f,
                   "........");
            dsc_facts_free(&facts);
        }
}

/* Marks that show nothing hide no name. */
Test(policy_safe, invisible_marks_hide_nothing)
{
    static const char *const values[] = {"Smi\xE2\x80\xAEthers^Ann",
                                         "Smi\xE2\x80\x8Bthers^Ann",
                                         "S\xE2\x81\xA6mithers\xE2\x81\xA9",
                                         "Smi\xC2\xADthers",
                                         "Smi\x01thers",
                                         "\xEF\xBB\xBFSmithers",
                                         ("Smith\xCC\x81"
                                          "ers"),
                                         "^^Smithers",
                                         "=\xE5\xB1\xB1=Smithers",
                                         "Jones\\Smithers",
                                         "Mc Smithers^^^^"};

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        dsc_facts facts = {0};
        cr_assert_eq(
            dsc_facts_add(&facts, DSC_CLASS_NAME, "PN", values[i], NULL),
            DSC_OK);
        expect(dsc_policy_plain(DSC_POLICY_PHI), &facts, "Smithers EF 64 %",
               0.9f, "#...");
        dsc_facts_free(&facts);
    }
}

Test(policy_safe, long_names_count_to_their_end, .timeout = 60)
{
    enum {
        SIZE = 10240
    };
    char *value = malloc(SIZE + 1);
    dsc_facts facts = {0};
    double start;

    cr_assert_not_null(value);
    for (size_t i = 0; i < SIZE; i++)
        value[i] = i % 8 == 7 ? ' ' : (char)('A' + (i * i / 8 + i) % 26);
    memcpy(value + SIZE - 9, "^Smithers", 9);
    value[SIZE] = 0;
    start = seconds();
    cr_assert_eq(dsc_facts_add(&facts, DSC_CLASS_NAME, "PN", value, NULL),
                 DSC_OK);
    for (int i = 0; i < 20; i++)
        expect(SAFE, &facts, "Smithers EF 64 %", 0.9f, "#...");
    cr_expect_lt(seconds() - start, 10.0);
    dsc_facts_free(&facts);
    free(value);
}

Test(policy_safe, endless_values_cannot_be_judged)
{
    enum {
        SIZE = 70000
    };
    char *value = malloc(SIZE + 1);
    dsc_facts facts = {0};
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_not_null(value);
    memset(value, 'A', SIZE);
    value[SIZE] = 0;
    cr_expect_eq(dsc_facts_add(&facts, DSC_CLASS_NAME, "PN", value, &err),
                 DSC_LIMIT);
    cr_expect_null(strstr(err.msg, "AAAA"), "no value in a message");
    dsc_facts_free(&facts);
    free(value);
}
