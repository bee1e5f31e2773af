/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines: the first half are header values (first byte: which kind), the last
 * one the words of a line. Every word must be decided, none under "all" kept,
 * and under "safe" none that goes under "phi". All of it is an allow-list, too.
 */
#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

#define WORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_fact(dsc_facts *facts, const char *line)
{
    static const struct {
        dsc_class cls;
        const char *vr;
    } kinds[] = {{DSC_CLASS_NAME, "PN"},        {DSC_CLASS_ID, "LO"},
                 {DSC_CLASS_DATE, "DA"},        {DSC_CLASS_TIME, "TM"},
                 {DSC_CLASS_INSTITUTION, "LO"}, {DSC_CLASS_DATE, "DT"},
                 {DSC_CLASS_DEVICE, "SH"},      {DSC_CLASS_PERSON, "PN"},
                 {DSC_CLASS_BIRTH, "DA"},       {DSC_CLASS_ID, "UI"}};
    size_t k = line[0] & 15;

    if (k >= sizeof kinds / sizeof kinds[0])
        k &= 7;

    if (line[0] && dsc_facts_add(facts, kinds[k].cls, kinds[k].vr, line + 1,
                                 NULL) == DSC_INTERNAL)
        abort();
}

static void try_allow(const char *text, size_t size)
{
    dsc_policy *p = NULL;

    if (dsc_policy_create(&p, "safe", NULL, NULL, NULL))
        return;
    if (dsc_policy_allow(p, "list", text, size, NULL) == DSC_INTERNAL)
        abort();
    dsc_policy_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *save = NULL, *last;
    dsc_facts facts = {0};
    dsc_word words[WORDS];
    dsc_decision d[WORDS];
    bool phi[WORDS] = {false};
    size_t count = 0;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    try_allow(text, size);
    last = strrchr(text, '\n');
    if (last)
        *last++ = 0;
    else
        last = text;
    for (char *p = strtok_r(text, "\n", &save); p && p != last;
         p = strtok_r(NULL, "\n", &save))
        add_fact(&facts, p);
    for (char *p = strtok_r(last, " ", &save); p && count < WORDS;
         p = strtok_r(NULL, " ", &save)) {
        memset(&words[count], 0, sizeof words[count]);
        words[count].utf8 = p;
        words[count++].confidence = 0.9f;
    }
    for (int policy = DSC_POLICY_ALL; policy <= DSC_POLICY_SAFE; policy++) {
        if (dsc_policy_decide_line(dsc_policy_plain((dsc_policy_kind)policy),
                                   &facts, words, count, d, NULL))
            continue;
        for (size_t i = 0; i < count; i++) {
            if (!strcmp(d[i].reason, "not decided") ||
                (policy == DSC_POLICY_ALL && !d[i].blank) ||
                (policy == DSC_POLICY_SAFE && phi[i] && !d[i].blank))
                abort();
            phi[i] = policy == DSC_POLICY_PHI && d[i].blank;
        }
    }
    dsc_facts_free(&facts);
    free(text);
    return 0;
}
