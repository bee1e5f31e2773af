/* SPDX-License-Identifier: Apache-2.0
 *
 * What the policy says of a text that somebody asks about. */
#include "scrub/scrub_priv.h"

#include <string.h>

#define MAX_TEXT 65536u

/* The text as it would stand on a frame, in pixels of a letter. */
#define LETTER_W 10
#define LINE_H   20
#define INK_H    14

/* The words of one line, ended at its newline. */
static dsc_status split(dsc_words *words, char *line, uint32_t number,
                        dsc_error *err)
{
    char *save = NULL;
    dsc_status st = DSC_OK;

    for (char *p = strtok_r(line, " \t\r", &save); p && !st;
         p = strtok_r(NULL, " \t\r", &save)) {
        dsc_rect box = {(int32_t)(p - line) * LETTER_W,
                        (int32_t)number * LINE_H,
                        (int32_t)strlen(p) * LETTER_W - 2, INK_H};
        st = dsc_words_add(words, p, box, 1, number, err);
    }
    return st;
}

static dsc_status split_all(dsc_words *words, char *text, dsc_error *err)
{
    uint32_t number = 0;
    dsc_status st = DSC_OK;

    for (char *end; !st && text; text = end) {
        end = strchr(text, '\n');
        if (end)
            *end++ = '\0';
        st = split(words, text, number++, err);
    }
    return st;
}

static dsc_status decide(const dsc_scrubber *s, const dsc_facts *facts,
                         const dsc_words *words, dsc_decision *d,
                         dsc_frame_word *placed, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0, n; !st && i < words->count; i += n) {
        for (n = 0; i + n < words->count &&
                    words->items[i + n].line == words->items[i].line;
             n++)
            placed[i + n] =
                (dsc_frame_word){.utf8 = words->items[i + n].utf8,
                                 .box = words->items[i + n].box,
                                 .confidence = words->items[i + n].confidence,
                                 .line = words->items[i].line,
                                 .fresh = true,
                                 .decision = &d[i + n]};
        st = dsc_policy_decide_line(s->policy, facts, words->items + i, n,
                                    d + i, err);
    }
    return st ? st
              : dsc_policy_decide_frame(s->policy, facts, placed, words->count,
                                        err);
}

static dsc_status explain(const dsc_scrubber *s, const dsc_facts *facts,
                          char *text, dsc_explain_fn fn, void *ctx,
                          dsc_error *err)
{
    dsc_words words = {0};
    dsc_decision *d = NULL;
    dsc_frame_word *placed = NULL;
    dsc_status st = split_all(&words, text, err);

    if (!st) {
        d = dsc_calloc(words.count + 1, sizeof *d);
        placed = dsc_calloc(words.count + 1, sizeof *placed);
        if (!d || !placed)
            st = dsc_fail(err, DSC_NOMEM, "out of memory");
    }
    if (!st)
        st = decide(s, facts, &words, d, placed, err);
    for (size_t i = 0; !st && i < words.count; i++) {
        dsc_explanation e = {.word = words.items[i].utf8,
                             .blank = d[i].blank,
                             .doubtful = d[i].doubtful,
                             .cls = dsc_class_name(d[i].cls),
                             .rule = d[i].rule,
                             .reason = d[i].reason,
                             .confidence = d[i].confidence};
        fn(ctx, &e);
    }
    dsc_free(placed);
    dsc_free(d);
    dsc_words_free(&words);
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
