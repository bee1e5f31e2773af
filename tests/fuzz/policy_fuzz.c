/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines: the first half are header values (first byte: which kind), the last
 * one the words of a line. Every word must be decided, none under "all" kept,
 * and under "safe" none that goes under "phi"; the same where the words stand
 * about a frame, three to a line. All of it is an allow-list, too. */
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

/* What was decided line by line, decided with places. */
static void place_words(dsc_policy_kind policy, const dsc_facts *facts,
                        dsc_word *words, size_t count, dsc_decision *d)
{
    dsc_frame_word placed[WORDS];

    for (size_t i = 0; i < count; i++) {
        const char *text = words[i].utf8;
        size_t n = strlen(text);
        placed[i] =
            (dsc_frame_word){.utf8 = text,
                             .box = {(text[0] & 63) * 8, (text[n - 1] & 31) * 6,
                                     (int32_t)n * 8, 10},
                             .confidence = words[i].confidence,
                             .line = (uint32_t)i / 3,
                             .fresh = true,
                             .decision = &d[i]};
    }
    for (size_t i = 0; i < count; i += 3)
        if (dsc_policy_decide_line(dsc_policy_plain(policy), facts, words + i,
                                   count - i < 3 ? count - i : 3, d + i, NULL))
            return;
    if (dsc_policy_decide_frame(dsc_policy_plain(policy), facts, placed, count,
                                NULL) == DSC_INTERNAL)
        abort();
}

/* Every word must be decided, and what goes under phi go under safe. */
static void check(dsc_policy_kind policy, const dsc_decision *d, size_t count,
                  bool *phi)
{
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(d[i].reason, "not decided") ||
            (policy == DSC_POLICY_ALL && !d[i].blank) ||
            (policy == DSC_POLICY_SAFE && phi[i] && !d[i].blank))
            abort();
        phi[i] = policy == DSC_POLICY_PHI && d[i].blank;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *save = NULL, *last;
    dsc_facts facts = {0};
    dsc_word words[WORDS];
    dsc_decision d[WORDS];
    bool phi[WORDS] = {false}, placed[WORDS] = {false};
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
        dsc_policy_kind kind = (dsc_policy_kind)policy;
        if (dsc_policy_decide_line(dsc_policy_plain(kind), &facts, words, count,
                                   d, NULL))
            continue;
        check(kind, d, count, phi);
        place_words(kind, &facts, words, count, d);
        check(kind, d, count, placed);
    }
    dsc_facts_free(&facts);
    free(text);
    return 0;
}
