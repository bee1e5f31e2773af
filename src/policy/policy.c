/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_priv.h"

#include <string.h>

/* Below this the engine did not read a word of letters, it guessed. */
#define READ_CONFIDENCE 0.25f

const char *dsc_class_name(dsc_class c)
{
    static const char *const names[] = {[DSC_CLASS_UNKNOWN] = "unknown",
                                        [DSC_CLASS_NAME] = "name",
                                        [DSC_CLASS_ID] = "id",
                                        [DSC_CLASS_DATE] = "date",
                                        [DSC_CLASS_TIME] = "time",
                                        [DSC_CLASS_INSTITUTION] = "institution",
                                        [DSC_CLASS_PERSON] = "person",
                                        [DSC_CLASS_DEVICE] = "device",
                                        [DSC_CLASS_BIRTH] = "birth",
                                        [DSC_CLASS_CONTACT] = "contact",
                                        [DSC_CLASS_AGE] = "age",
                                        [DSC_CLASS_MEASUREMENT] = "measurement",
                                        [DSC_CLASS_LABEL] = "label",
                                        [DSC_CLASS_UNIT] = "unit",
                                        [DSC_CLASS_SCALE] = "scale",
                                        [DSC_CLASS_LATERALITY] = "laterality",
                                        [DSC_CLASS_VENDOR] = "vendor"};

    return (size_t)c < sizeof names / sizeof names[0] ? names[c] : "unknown";
}

const char *dsc_class_report_name(dsc_class c)
{
    switch (c) {
    case DSC_CLASS_BIRTH:
        return dsc_class_name(DSC_CLASS_DATE);
    case DSC_CLASS_CONTACT:
        return dsc_class_name(DSC_CLASS_ID);
    case DSC_CLASS_AGE:
        return dsc_class_name(DSC_CLASS_UNKNOWN);
    default:
        /* It has no words for harmless text that goes. */
        return dsc_class_name(c >= DSC_CLASS_MEASUREMENT ? DSC_CLASS_UNKNOWN
                                                         : c);
    }
}

void dsc_policy__mark_word(dsc_policy__mark *mark, dsc_class cls,
                           float confidence, const char *rule,
                           const char *reason)
{
    /* A date of birth is one however else it was found. */
    if (mark->identifying &&
        (mark->cls == DSC_CLASS_BIRTH
             ? cls != DSC_CLASS_BIRTH || mark->confidence >= confidence
             : cls != DSC_CLASS_BIRTH && mark->confidence >= confidence))
        return;
    mark->identifying = true;
    mark->cls = cls;
    mark->confidence = confidence;
    mark->rule = rule;
    mark->reason = reason;
}

/* A word of which nothing, or hardly anything, could be read. */
static bool unread(const dsc_policy__line *line, const dsc_word *words,
                   size_t i, dsc_class guess)
{
    size_t letters = 0;

    if (line->unclear[i])
        return true;
    if (guess == DSC_CLASS_MEASUREMENT || guess == DSC_CLASS_UNIT)
        return false;
    for (size_t k = 0; k < line->token_count; k++)
        if (line->tokens[k].word == i)
            letters += line->tokens[k].end - line->tokens[k].start;
    return letters >= 3 && words[i].confidence < READ_CONFIDENCE;
}

static void decide_word(const dsc_policy *policy, const dsc_policy__line *line,
                        const dsc_word *words, size_t i,
                        const dsc_policy__mark *mark, dsc_decision *out)
{
    out->cls = mark->cls;
    out->confidence = mark->confidence;
    out->blank = true;
    if (i >= line->words) {
        out->cls = DSC_CLASS_UNKNOWN;
        out->confidence = 0;
        out->rule = "too-long";
        out->reason = "the line is too long to judge";
    } else if (mark->identifying) {
        out->rule = mark->rule;
        out->reason = mark->reason;
    } else if (unread(line, words, i, mark->cls)) {
        out->cls = DSC_CLASS_UNKNOWN;
        out->confidence = 0;
        out->rule = "unread";
        out->reason = "text that could not be read";
    } else {
        out->blank = policy->kind != DSC_POLICY_PHI;
        out->rule = out->blank ? "all" : "none";
        out->reason = out->blank ? "all text" : "nothing that identifies";
    }
    if (policy->kind != DSC_POLICY_PHI)
        out->blank = true;
}

static bool is_single_letter(const dsc_policy__line *line, size_t i)
{
    size_t letters = 0;

    for (size_t k = 0; k < line->token_count; k++) {
        const dsc_policy__token *t = &line->tokens[k];
        if (t->word != i)
            continue;
        if (!dsc_policy__is_letter(line->text[t->start].c))
            return false;
        letters += t->end - t->start;
    }
    return letters == 1;
}

static void mark_initial(const dsc_policy__line *line, dsc_policy__mark *marks,
                         size_t i, size_t beside)
{
    if (!marks[i].identifying && marks[beside].identifying &&
        marks[beside].cls == DSC_CLASS_NAME && is_single_letter(line, i))
        dsc_policy__mark_word(&marks[i], DSC_CLASS_NAME, 0.7F, "initial",
                              "an initial beside a name");
}

/* Single letters beside a name of the header are that person's initials, and
 * so are those beside these. */
static void mark_initials(const dsc_policy__line *line, dsc_policy__mark *marks)
{
    for (size_t i = 1; i < line->words; i++)
        mark_initial(line, marks, i, i - 1);
    for (size_t i = line->words; i-- > 1;)
        mark_initial(line, marks, i - 1, i);
}

dsc_status dsc_policy_decide_line(const dsc_policy *policy,
                                  const dsc_facts *facts, const dsc_word *words,
                                  size_t count, dsc_decision *out,
                                  dsc_error *err)
{
    dsc_policy__line line = {0};
    dsc_policy__mark *marks = NULL;
    dsc_status st;

    if (!count)
        return DSC_OK;
    /* Until decided, and where deciding fails, a word goes. */
    for (size_t i = 0; i < count; i++) {
        memset(&out[i], 0, sizeof out[i]);
        out[i].blank = true;
        out[i].rule = "none";
        out[i].reason = "not decided";
    }
    marks = dsc_calloc(count, sizeof *marks);
    if (!marks)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    st = dsc_policy__line_make(&line, words, count, err);
    if (st)
        goto done;
    dsc_policy__match_captions(&line, marks);
    dsc_policy__match_dates(&line, marks);
    if (facts)
        st = dsc_policy__match_facts(facts, &line, marks, err);
    if (st)
        goto done;
    mark_initials(&line, marks);
    dsc_policy__guess(&line, marks);
    for (size_t i = 0; i < count; i++)
        decide_word(policy, &line, words, i, &marks[i], &out[i]);
done:
    dsc_policy__line_free(&line);
    dsc_free(marks);
    return st;
}

dsc_decision dsc_policy_decide_unread(const dsc_policy *policy, float score)
{
    dsc_decision d = {.blank = true,
                      .rule = "unread",
                      .reason = "text that could not be read"};

    /* What cannot be read is text all the same, under every policy. */
    (void)policy;
    if (score > 0)
        d.confidence = score < 1 ? score : 1;
    return d;
}
