/* SPDX-License-Identifier: Apache-2.0
 *
 * Allow-lists: those that are built in, as the text files have them, and those
 * of a site, most of which are wrong.
 */
#include "policy/policy.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static dsc_decision decide(const dsc_policy *policy, const char *word)
{
    dsc_word w = {.utf8 = (char *)(uintptr_t)word, .confidence = 0.95f};
    dsc_decision d;

    cr_assert_eq(dsc_policy_decide_line(policy, NULL, &w, 1, &d, NULL), DSC_OK);
    return d;
}

/* ---- the files and the tables that were made of them agree ---- */

static size_t check_file(const char *path)
{
    FILE *f = fopen(path, "r");
    char line[512], section[512] = "";
    size_t terms = 0;

    cr_assert_not_null(f, "%s", path);
    while (fgets(line, sizeof line, f)) {
        const char *term = line;
        dsc_decision d;
        line[strcspn(line, "\n")] = 0;
        if (!line[0] || line[0] == '#')
            continue;
        if (line[0] == '[') {
            snprintf(section, sizeof section, "%s", line);
            continue;
        }
        term += *term == '!';
        terms++;
        /* A letter alone, and what is a name, need a number beside them. */
        d = decide(dsc_policy_plain(DSC_POLICY_SAFE), term);
        if (strlen(term) > 1 && strcmp(d.rule, "name-term"))
            cr_expect(!strncmp(d.rule, "allow-", 6) ||
                          !strcmp(d.rule, "caption") ||
                          !strcmp(d.rule, "institution"),
                      "%s: \"%s\" of %s: %s", path, term, section, d.rule);
    }
    fclose(f);
    return terms;
}

Test(policy_allow, built_in_lists_are_known)
{
    DIR *dir = opendir(ALLOW);
    size_t terms = 0;

    cr_assert_not_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        char path[1024];
        size_t n = strlen(e->d_name);
        if (n < 5 || strcmp(e->d_name + n - 4, ".txt"))
            continue;
        snprintf(path, sizeof path, "%s/%s", ALLOW, e->d_name);
        terms += check_file(path);
    }
    closedir(dir);
    cr_expect_gt(terms, 2000);
}

/* ---- a site's own ---- */

static dsc_policy *safe(void)
{
    dsc_policy *p = NULL;

    cr_assert_eq(dsc_policy_create(&p, "safe", NULL, NULL, NULL), DSC_OK);
    return p;
}

Test(policy_allow, own_terms_stay)
{
    static const char text[] =
        "\xEF\xBB\xBF# ours\r\n\r\n[label]\r\n"
        "  Zqx Gröning  \n!Zwiebel\nMargaret\n"
        "[unit]\nfurlong\nzq/ell\nzq\n!qz\n[vendor]\nOurViewer 3\n";
    dsc_policy *p = safe();

    cr_assert(decide(p, "ZqxGroning").blank);
    cr_assert_eq(dsc_policy_allow(p, "x", text, sizeof text - 1, NULL), DSC_OK);
    cr_expect_not(decide(p, "zqx gröning").blank);
    cr_expect_not(decide(p, "ZqxGroning").blank);
    cr_expect_not(decide(p, "Zwiebel").blank);
    cr_expect_not(decide(p, "12 furlong").blank);
    cr_expect_not(decide(p, "12furlong").blank);
    cr_expect_not(decide(p, "ZQ/ell").blank);
    cr_expect(decide(p, "zqell").blank);
    cr_expect(decide(p, "Zq").blank, "two letters, as a name may have");
    cr_expect_not(decide(p, "12 zq").blank);
    cr_expect_not(decide(p, "qz").blank);
    cr_expect_str_eq(decide(p, "OurViewer 3").rule, "allow-vendor");
    cr_expect(decide(p, "Margaret").blank, "somebody's name");
    cr_expect(decide(p, "OurViewer 4").blank);
    /* Of this policy only. */
    cr_expect(decide(dsc_policy_plain(DSC_POLICY_SAFE), "Zwiebel").blank);
    dsc_policy_free(&p);
}

Test(policy_allow, no_list_keeps_what_identifies)
{
    static const char text[] = "[text]\nSmith\n!Smith\nJohn Smith\n471123\n"
                               "12.04.1963\nKlinikum Nordstadt\n";
    dsc_policy *p = safe();
    dsc_facts facts = {0};
    dsc_word w[2] = {{.utf8 = (char *)(uintptr_t) "John", .confidence = 1},
                     {.utf8 = (char *)(uintptr_t) "Smith", .confidence = 1}};
    dsc_decision d[2];

    cr_assert_eq(dsc_policy_allow(p, "x", text, sizeof text - 1, NULL), DSC_OK);
    cr_assert_eq(
        dsc_facts_add(&facts, DSC_CLASS_NAME, "PN", "Smith^John", NULL),
        DSC_OK);
    cr_assert_eq(dsc_policy_decide_line(p, &facts, w, 2, d, NULL), DSC_OK);
    cr_expect(d[0].blank && d[1].blank);
    w[0].utf8 = (char *)(uintptr_t) "Name:";
    cr_assert_eq(dsc_policy_decide_line(p, NULL, w, 2, d, NULL), DSC_OK);
    cr_expect(!d[0].blank && d[1].blank);
    cr_expect(decide(p, "12.04.1963").blank);
    dsc_facts_free(&facts);
    dsc_policy_free(&p);
}

Test(policy_allow, lists_that_are_wrong)
{
    static const struct {
        const char *text;
        size_t len; /* 0: to its end */
        const char *message;
    } rows[] = {
        {"Liver", 0, "own.txt:1: a term before the first [section]"},
        {"# a\n\n  \nLiver", 0, "own.txt:4: a term before"},
        {"[label", 0, "own.txt:1: a section has no ]"},
        {"[labels]\n", 0, "own.txt:1: no section of this name"},
        {"[]\n", 0, "own.txt:1: no section of this name"},
        {"[label]\nx\n", 0, "own.txt:2: a term has two letters"},
        {"[label]\n!\n", 0, "own.txt:2: a term has two letters"},
        {"[label]\n---\n", 0, "own.txt:2: a term has two letters"},
        {"[label]\n.*\n", 0, "own.txt:2: a term has two letters"},
        {"[unit]\n%\n", 0, "own.txt:2: a term has two letters"},
        {"[unit]\nml min\n", 0, "own.txt:2: a unit is one run"},
        {"[unit]\nml-min\n", 0, "own.txt:2: a unit is one run"},
        {"[unit]\nml / min\n", 0, "own.txt:2: a unit is one run"},
        {"[unit]\nml/min/kg\n", 0, "own.txt:2: a unit is one run"},
        {"[unit]\n/ml-min\n", 0, "own.txt:2: a unit is one run"},
        {"[label]\nab\xFF\n", 0, "own.txt:2: a term holds what is no text"},
        {"[label]\na\x01z\n", 0, "own.txt:2: a term holds what is no text"},
        {"[label]\nab\0cd\n", 14, "own.txt:2: a zero byte"},
        {"[label]\na b c d e f g h i j k\n", 0, "own.txt:2: a term is too"},
        {"[label]\nabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh"
         "ijklmnopqrstuvwxyz\n",
         0, "own.txt:2: a term is too long"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dsc_policy *p = safe();
        dsc_error err = DSC_ERROR_INIT;
        size_t n = rows[i].len ? rows[i].len : strlen(rows[i].text);
        cr_expect_eq(dsc_policy_allow(p, "own.txt", rows[i].text, n, &err),
                     DSC_USAGE, "row %zu", i);
        cr_expect_not_null(strstr(err.msg, rows[i].message), "row %zu: %s", i,
                           err.msg);
        dsc_policy_free(&p);
    }
}

Test(policy_allow, huge_term_is_refused)
{
    enum {
        SIZE = 1 << 20
    };
    char *text = malloc(SIZE);
    dsc_policy *p = safe();
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_not_null(text);
    memset(text, 'a', SIZE);
    memcpy(text, "[label]\n", 8);
    cr_expect_eq(dsc_policy_allow(p, "x", text, SIZE, &err), DSC_USAGE);
    cr_expect_not_null(strstr(err.msg, "x:2: a term is too long"), "%s",
                       err.msg);
    dsc_policy_free(&p);
    free(text);
}
