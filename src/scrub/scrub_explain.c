/* SPDX-License-Identifier: Apache-2.0
 *
 * What the policy says of a text that somebody asks about. */
#include "scrub/scrub_priv.h"

#include <string.h>

#define MAX_TEXT 65536u

/* The words of one line; ends it at its newline. */
static dsc_status split(dsc_words *words, char *line, uint32_t number,
                        dsc_error *err)
{
    char *save = NULL;
    dsc_status st = DSC_OK;

    for (char *p = strtok_r(line, " \t\r", &save); p && !st;
         p = strtok_r(NULL, " \t\r", &save))
        st = dsc_words_add(words, p, (dsc_rect){0, 0, 1, 1}, 1, number, err);
    return st;
}

static dsc_status explain_line(const dsc_scrubber *s, const dsc_facts *facts,
                               const dsc_words *words, dsc_explain_fn fn,
                               void *ctx, dsc_error *err)
{
    dsc_decision *d = dsc_calloc(words->count + 1, sizeof *d);
    dsc_status st = DSC_OK;

    if (!d)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    if (!st)
        st = dsc_policy_decide_line(s->policy, facts, words->items,
                                    words->count, d, err);
    for (size_t i = 0; !st && i < words->count; i++) {
        dsc_explanation e = {.word = words->items[i].utf8,
                             .blank = d[i].blank,
                             .doubtful = d[i].doubtful,
                             .cls = dsc_class_name(d[i].cls),
                             .rule = d[i].rule,
                             .reason = d[i].reason,
                             .confidence = d[i].confidence};
        fn(ctx, &e);
    }
    dsc_free(d);
    return st;
}

static dsc_status explain(const dsc_scrubber *s, const dsc_facts *facts,
                          char *text, dsc_explain_fn fn, void *ctx,
                          dsc_error *err)
{
    char *save = NULL;
    uint32_t number = 0;
    dsc_status st = DSC_OK;

    for (char *line = strtok_r(text, "\n", &save); line && !st;
         line = strtok_r(NULL, "\n", &save)) {
        dsc_words words = {0};
        st = split(&words, line, number++, err);
        if (!st)
            st = explain_line(s, facts, &words, fn, ctx, err);
        dsc_words_free(&words);
    }
    return st;
}

dsc_status dsc_explain(dsc_scrubber *s, const dsc_input *input,
                       const char *text, dsc_explain_fn fn, void *ctx,
                       dsc_error *err)
{
    dsc_instance inst = {0};
    dsc_error refused = DSC_ERROR_INIT;
    size_t size = strlen(text) + 1;
    char *copy = NULL;
    dsc_status st = DSC_OK;

    if (size > MAX_TEXT)
        return dsc_fail(err, DSC_USAGE, "the text has more than %u bytes",
                        MAX_TEXT);
    /* Pixels that cannot be handled do not matter here. */
    if (input) {
        st = dsc_instance_open(&inst, input, &refused);
        if (st && inst.facts_known)
            st = DSC_OK;
        else if (st)
            st = dsc_fail(err, st, "%s", refused.msg);
    }
    if (!st)
        copy = dsc_strdup(text);
    if (!st && !copy)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    if (!st)
        st = explain(s, &inst.facts, copy, fn, ctx, err);
    dsc_wipe_free(copy, copy ? size : 0);
    dsc_instance_close(&inst);
    return st;
}
