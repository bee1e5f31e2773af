/* SPDX-License-Identifier: Apache-2.0 */
#include "base/search.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

typedef struct seen {
    char text[256];
    size_t base;
    unsigned stop_after;
    unsigned hits;
} seen;

static bool note(void *ctx, uint32_t id, size_t len, size_t end)
{
    seen *s = ctx;
    size_t n = strlen(s->text);

    snprintf(s->text + n, sizeof s->text - n, "%u@%zu ", id,
             s->base + end - len);
    return ++s->hits != s->stop_after;
}

static dsc_search *make(char (*strings)[8], size_t n)
{
    dsc_search *s = NULL;
    uint32_t id;

    cr_assert_eq(dsc_search_create(&s, NULL), DSC_OK);
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(
            dsc_search_add(s, strings[i], strlen(strings[i]), &id, NULL),
            DSC_OK);
    cr_assert_eq(dsc_search_prepare(s, NULL), DSC_OK);
    return s;
}

struct found {
    char strings[4][8];
    char text[32];
    char expect[64]; /* "number@where " */
};

ParameterizedTestParameters(search, finds)
{
    static struct found cases[] = {
        {{"doe"}, "John Doe, DOE", "0@5 0@10 "},
        {{"DOE"}, "doe", "0@0 "},
        {{"he", "she", "hers"}, "ushers", "1@1 0@2 2@2 "},
        {{"aa"}, "aaaa", "0@0 0@1 0@2 "},
        {{"abcd", "bc"}, "abce", "1@1 "},
        {{"m\xC3\xBCller"}, "M\xC3\xBCLLER M\xC3\x9CLLER", "0@0 "},
        {{"a", "a"}, "a", "0@0 "},
        {{"x"}, "", ""},
        {{"abab", "ba"}, "ababab", "1@1 0@0 1@3 0@2 "},
    };
    return cr_make_param_array(struct found, cases,
                               sizeof cases / sizeof cases[0]);
}

ParameterizedTest(struct found *c, search, finds)
{
    size_t n = 0, len = strlen(c->text);
    dsc_search *s;

    while (n < 4 && c->strings[n][0])
        n++;
    s = make(c->strings, n);
    for (size_t cut = 0; cut <= len; cut++) { /* in two pieces, cut anywhere */
        seen got = {.base = 0};
        dsc_search_state state = {0};
        dsc_search_feed(s, &state, (const uint8_t *)c->text, cut, note, &got);
        got.base = cut;
        dsc_search_feed(s, &state, (const uint8_t *)c->text + cut, len - cut,
                        note, &got);
        cr_expect_str_eq(got.text, c->expect, "cut at %zu: %s", cut, got.text);
    }
    dsc_search_free(&s);
    cr_assert_null(s);
}

Test(search, counts_strings_once_and_stops_when_told)
{
    char strings[][8] = {"one", "two", "ONE"};
    dsc_search *s = make(strings, 3);
    dsc_search_state state = {0};
    seen got = {.stop_after = 2};

    cr_assert_eq(dsc_search_count(s), 2);
    cr_assert_not(dsc_search_feed(s, &state, (const uint8_t *)"one two one two",
                                  15, note, &got));
    cr_assert_str_eq(got.text, "0@0 1@4 ");
    dsc_search_free(&s);
}

Test(search, zeros_and_high_bytes_are_bytes)
{
    static const uint8_t string[] = {0, 'A', 0, 0xFF};
    static const uint8_t text[] = {0, 0, 'a', 0, 0xFF, 0, 'A', 0, 0xFE};
    dsc_search_state state = {0};
    seen got = {.base = 0};
    dsc_search *s = NULL;
    uint32_t id;

    cr_assert_eq(dsc_search_create(&s, NULL), DSC_OK);
    cr_assert_eq(dsc_search_add(s, string, sizeof string, &id, NULL), DSC_OK);
    cr_assert_eq(dsc_search_prepare(s, NULL), DSC_OK);
    dsc_search_feed(s, &state, text, sizeof text, note, &got);
    cr_assert_str_eq(got.text, "0@1 ");
    dsc_search_free(&s);
}

Test(search, refuses_what_is_no_string)
{
    static char longest[DSC_SEARCH_MAX_LENGTH + 1];
    dsc_search *s = NULL;
    uint32_t id;

    cr_assert_eq(dsc_search_create(&s, NULL), DSC_OK);
    cr_assert_eq(dsc_search_add(s, "", 0, &id, NULL), DSC_INTERNAL);
    cr_assert_eq(dsc_search_add(s, longest, sizeof longest, &id, NULL),
                 DSC_INTERNAL);
    cr_assert_eq(dsc_search_add(s, longest, sizeof longest - 1, &id, NULL),
                 DSC_OK);
    dsc_search_free(&s);
}

Test(search, tells_when_memory_ends)
{
    const char *text = "some string that needs a node for each byte of it";
    bool made = false;

    for (unsigned long n = 1; n < 20 && !made; n++) {
        dsc_search *s = NULL;
        dsc_status st;
        uint32_t id;
        dsc_alloc_fail_after(n);
        st = dsc_search_create(&s, NULL);
        for (int i = 0; !st && i < 20; i++) {
            char string[64];
            snprintf(string, sizeof string, "%c%s", 'a' + i, text);
            st = dsc_search_add(s, string, strlen(string), &id, NULL);
        }
        if (!st)
            st = dsc_search_prepare(s, NULL);
        dsc_alloc_fail_after(0);
        cr_assert(st == DSC_OK || st == DSC_NOMEM);
        made = st == DSC_OK;
        dsc_search_free(&s);
    }
    cr_assert(made);
}
