/* SPDX-License-Identifier: Apache-2.0
 *
 * lines.txt: what goes and what stays, by language. Each row is judged under
 * phi and under safe; under all every word goes.
 */
#include "policy/policy.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE_WORDS 32

static const struct {
    const char *word;
    dsc_class cls;
    const char *vr;
} kinds[] = {
    {"name", DSC_CLASS_NAME, "PN"}, {"person", DSC_CLASS_PERSON, "PN"},
    {"id", DSC_CLASS_ID, "LO"},     {"uid", DSC_CLASS_ID, "UI"},
    {"da", DSC_CLASS_DATE, "DA"},   {"birth", DSC_CLASS_BIRTH, "DA"},
    {"tm", DSC_CLASS_TIME, "TM"},   {"inst", DSC_CLASS_INSTITUTION, "LO"},
    {"dev", DSC_CLASS_DEVICE, "SH"}};

static void facts_from(dsc_facts *facts, char *spec)
{
    char *save = NULL;

    for (char *p = strtok_r(spec, ";", &save); p;
         p = strtok_r(NULL, ";", &save)) {
        char *value = strchr(p, '=');
        bool known = false;
        cr_assert_not_null(value, "%s", p);
        *value++ = 0;
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
            if (!strcmp(kinds[i].word, p)) {
                known = true;
                cr_assert_eq(dsc_facts_add(facts, kinds[i].cls, kinds[i].vr,
                                           value, NULL),
                             DSC_OK);
            }
        cr_assert(known, "%s", p);
    }
}

/* The words of a row without their brackets, and what each must become. */
static size_t words_from(dsc_words *words, char *line, char *phi, char *safe)
{
    char *save = NULL;
    size_t n = 0;

    for (char *p = strtok_r(line, " ", &save); p;
         p = strtok_r(NULL, " ", &save), n++) {
        size_t len = strlen(p);
        bool goes = p[0] == '[' && p[len - 1] == ']';
        bool unsafe = p[0] == '{' && p[len - 1] == '}';
        cr_assert(n + 1 < MAX_LINE_WORDS);
        if (goes || unsafe) {
            p[len - 1] = 0;
            p++;
        }
        phi[n] = goes ? '#' : '.';
        safe[n] = goes || unsafe ? '#' : '.';
        cr_assert_eq(
            dsc_words_add(words, p, (dsc_rect){0, 0, 1, 1}, 0.9f, 0, NULL),
            DSC_OK);
    }
    phi[n] = safe[n] = 0;
    return n;
}

static void check(dsc_policy_kind kind, const char *name,
                  const dsc_facts *facts, const dsc_words *words,
                  const char *expected, int number)
{
    dsc_decision d[MAX_LINE_WORDS];
    char got[MAX_LINE_WORDS] = "";
    size_t wrong = 0;

    cr_assert_eq(dsc_policy_decide_line(dsc_policy_plain(kind), facts,
                                        words->items, words->count, d, NULL),
                 DSC_OK);
    for (size_t i = 0; i < words->count; i++) {
        got[i] = d[i].blank ? '#' : '.';
        if (got[i] != expected[i])
            wrong = i;
        cr_assert_not_null(d[i].rule);
        cr_assert_not_null(d[i].reason);
        /* Reasons are static: nothing of the word is in them. */
        if (strlen(words->items[i].utf8) > 4)
            cr_expect_null(strstr(d[i].reason, words->items[i].utf8));
    }
    cr_expect_str_eq(got, expected, "lines.txt:%d under %s: %s (%s: %s)",
                     number, name, got, words->items[wrong].utf8,
                     d[wrong].rule);
}

static char *trim(char *s)
{
    size_t n;

    while (*s == ' ')
        s++;
    n = strlen(s);
    while (n && (s[n - 1] == ' ' || s[n - 1] == '\n'))
        s[--n] = 0;
    return s;
}

Test(policy_lines, every_row)
{
    FILE *f = fopen(LINES, "r");
    char row[1024], all[MAX_LINE_WORDS];
    int number = 0, rows = 0;

    cr_assert_not_null(f);
    memset(all, '#', sizeof all);
    while (fgets(row, sizeof row, f)) {
        char phi[MAX_LINE_WORDS], safe[MAX_LINE_WORDS], *header, *line;
        dsc_facts facts = {0};
        dsc_words words = {0};
        number++;
        if (row[0] == '#' || row[0] == '\n')
            continue;
        header = strchr(row, '|');
        cr_assert_not_null(header, "lines.txt:%d", number);
        line = strchr(header + 1, '|');
        cr_assert_not_null(line, "lines.txt:%d", number);
        *line = 0;
        facts_from(&facts, trim(header + 1));
        words_from(&words, trim(line + 1), phi, safe);
        check(DSC_POLICY_PHI, "phi", &facts, &words, phi, number);
        check(DSC_POLICY_SAFE, "safe", &facts, &words, safe, number);
        all[words.count] = 0;
        check(DSC_POLICY_ALL, "all", &facts, &words, all, number);
        all[words.count] = '#';
        dsc_facts_free(&facts);
        dsc_words_free(&words);
        rows++;
    }
    fclose(f);
    cr_expect_geq(rows, 250);
}

/* ---- months in nine languages ---- */

static const char *const months[][13] = {
    {"en", "January", "February", "March", "April", "May", "June", "July",
     "August", "September", "October", "November", "December"},
    {"de", "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli",
     "August", "September", "Oktober", "November", "Dezember"},
    {"fr", "janvier", "février", "mars", "avril", "mai", "juin", "juillet",
     "août", "septembre", "octobre", "novembre", "décembre"},
    {"es", "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio",
     "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
    {"it", "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
     "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"},
    {"nl", "januari", "februari", "maart", "april", "mei", "juni", "juli",
     "augustus", "september", "oktober", "november", "december"},
    {"pt", "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho",
     "agosto", "setembro", "outubro", "novembro", "dezembro"},
    {"pl", "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca",
     "lipca", "sierpnia", "września", "października", "listopada", "grudnia"},
    {"pl", "styczeń", "luty", "marzec", "kwiecień", "maj", "czerwiec", "lipiec",
     "sierpień", "wrzesień", "październik", "listopad", "grudzień"},
    {"sv", "januari", "februari", "mars", "april", "maj", "juni", "juli",
     "augusti", "september", "oktober", "november", "december"}};

/* Every word of `text` must be taken for a date, with and without the header.
 */
static void check_date(const char *language, const char *text,
                       const dsc_facts *facts)
{
    char copy[128], expected[MAX_LINE_WORDS], ignored[MAX_LINE_WORDS];
    dsc_words words = {0};
    dsc_decision d[MAX_LINE_WORDS];

    snprintf(copy, sizeof copy, "%s", text);
    words_from(&words, copy, ignored, expected);
    cr_assert_eq(dsc_policy_decide_line(dsc_policy_plain(DSC_POLICY_PHI), facts,
                                        words.items, words.count, d, NULL),
                 DSC_OK);
    for (size_t i = 0; i < words.count; i++)
        cr_expect(d[i].blank, "%s: %s of \"%s\" stays", language,
                  words.items[i].utf8, text);
    dsc_words_free(&words);
}

Test(policy_lines, months_of_nine_languages)
{
    for (size_t l = 0; l < sizeof months / sizeof months[0]; l++)
        for (int m = 1; m <= 12; m++) {
            static const char *const forms[] = {"12 %s 1963", "12. %s 1963",
                                                "%s 12, 1963", "12-%s-63",
                                                "12%s1963"};
            char value[16], text[128];
            dsc_facts facts = {0};
            snprintf(value, sizeof value, "1963%02d12", m);
            cr_assert_eq(
                dsc_facts_add(&facts, DSC_CLASS_BIRTH, "DA", value, NULL),
                DSC_OK);
            for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
                const char *at = strstr(forms[f], "%s");
                snprintf(text, sizeof text, "%.*s%s%s", (int)(at - forms[f]),
                         forms[f], months[l][m], at + 2);
                check_date(months[l][0], text, NULL);
                check_date(months[l][0], text, &facts);
            }
            dsc_facts_free(&facts);
        }
}
