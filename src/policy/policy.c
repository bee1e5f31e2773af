/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_term.h"

#include <string.h>

/* Below this the engine did not read a word of letters, it guessed. */
#define READ_CONFIDENCE 0.25f
/* What stays under "safe" was read better than this; long words are right
 * more often than the engine thinks. */
#define SAFE_CONFIDENCE 0.5f
#define LONG_CONFIDENCE 0.3f
/* So near to these, people should look. */
#define DOUBT          0.15f
#define DOUBTFUL_MATCH 0.65f

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
    mark->classes |= DSC_POLICY_BIT(cls);
    if (mark->identifying && mark->confidence >= confidence)
        return;
    mark->identifying = true;
    mark->cls = cls;
    mark->confidence = confidence;
    mark->rule = rule;
    mark->reason = reason;
}

/* ---- one word ---- */

/* What a line was made of while its words are decided. */
typedef struct desk {
    const dsc_policy *policy;
    const dsc_policy__line *line;
    dsc_policy__mark *marks;
    dsc_policy__known *known;
} desk;

static const struct {
    const char *rule, *reason;
    dsc_class cls;
    float confidence;
} pieces[] = {
    [DSC_PIECE_NONE] = {"unknown", "nothing that is known to be harmless",
                        DSC_CLASS_UNKNOWN, 0},
    [DSC_PIECE_NAME_TERM] = {"name-term", "a term that is a name as well",
                             DSC_CLASS_UNKNOWN, 0.4F},
    [DSC_PIECE_DATE] = {"unknown", "nothing that is known to be harmless",
                        DSC_CLASS_UNKNOWN, 0},
    [DSC_PIECE_LETTER] = {"letter", "a setting's letter before its number",
                          DSC_CLASS_LABEL, 0.7F},
    [DSC_PIECE_PRESET] = {"preset",
                          "a preset's number; of a bed before its ward it "
                          "would be written so",
                          DSC_CLASS_LABEL, 0.7F},
    [DSC_PIECE_ALIKE] = {"alike",
                         "a listed term but for letters that look "
                         "alike",
                         DSC_CLASS_LABEL, 0.7F},
    [DSC_PIECE_NUMBER_LABEL] = {"number-label", "a number after a label",
                                DSC_CLASS_MEASUREMENT, 0.8F},
    [DSC_PIECE_CAPTION] = {"allow-caption", "a caption without its value",
                           DSC_CLASS_LABEL, 0.9F},
    [DSC_PIECE_VENDOR] = {"allow-vendor", "a device's name or screen",
                          DSC_CLASS_VENDOR, 0.9F},
    [DSC_PIECE_LATERALITY] = {"allow-laterality", "a side",
                              DSC_CLASS_LATERALITY, 0.9F},
    [DSC_PIECE_TEXT] = {"allow-text", "a view, site or message of the list",
                        DSC_CLASS_LABEL, 0.9F},
    [DSC_PIECE_LABEL] = {"allow-label", "a measurement or setting of the list",
                         DSC_CLASS_LABEL, 0.9F},
    [DSC_PIECE_UNIT] = {"allow-unit", "a unit", DSC_CLASS_UNIT, 0.9F},
    [DSC_PIECE_NUMBER_UNIT] = {"number-unit", "a number with a unit",
                               DSC_CLASS_MEASUREMENT, 0.95F}};

static void say(dsc_decision *out, bool blank, dsc_class cls, float confidence,
                const char *rule, const char *reason)
{
    out->blank = blank;
    out->cls = cls;
    out->confidence = confidence;
    out->rule = rule;
    out->reason = reason;
}

/* A word of which nothing, or hardly anything, could be read. */
static bool unread(const desk *d, size_t i)
{
    size_t letters = 0;

    if (d->line->unclear[i])
        return true;
    if (d->marks[i].cls == DSC_CLASS_MEASUREMENT ||
        d->known[i].piece >= DSC_PIECE_NUMBER_UNIT)
        return false;
    for (size_t k = 0; k < d->line->token_count; k++)
        if (d->line->tokens[k].word == i)
            letters += d->line->tokens[k].end - d->line->tokens[k].start;
    return letters >= 3 && d->line->confidence[i] < READ_CONFIDENCE;
}

/* Letters or digits in a word with a date that are no part of it: the word may
 * hold more. */
static bool holds_more(const desk *d, size_t i)
{
    for (size_t k = 0; k < d->line->token_count; k++) {
        const dsc_policy__token *t = &d->line->tokens[k];
        size_t letters = 0, digits = 0;
        for (size_t c = t->start; c < t->end; c++)
            if (d->line->piece[c] != DSC_PIECE_DATE) {
                letters += dsc_policy__is_letter(d->line->text[c].c);
                digits += dsc_policy__is_digit(d->line->text[c].c);
            }
        if (t->word == i && (letters > 2 || digits > 3))
            return true;
    }
    return false;
}

/* Does a wish of the user's keep this identifying word? */
static bool is_wanted(const desk *d, size_t i)
{
    const uint32_t numbers = DSC_POLICY_BIT(DSC_CLASS_DATE) |
                             DSC_POLICY_BIT(DSC_CLASS_TIME) |
                             DSC_POLICY_BIT(DSC_CLASS_AGE);
    uint32_t classes = d->marks[i].classes;

    return classes && !(classes & ~d->policy->keep) && !d->line->unclear[i] &&
           !(!(classes & ~numbers) && holds_more(d, i));
}

/* A side marker that stands alone: an L may be an initial as well. */
static bool is_side(const desk *d, size_t i)
{
    uint32_t c = d->line->text_count ? d->line->text[0].c : 0;

    return d->policy->keep & DSC_POLICY_BIT(DSC_CLASS_LATERALITY) &&
           d->line->words == 1 && i == 0 && d->line->token_count == 1 &&
           d->known[0].chars == 1 && (c == 'L' || c == 'R');
}

/* Signs alone stay beside what stays. */
static bool is_sign(const desk *d, size_t i)
{
    size_t n = 0;

    for (size_t k = 0; k < d->line->text_count; k++) {
        uint32_t c = d->line->text[k].c;
        if (d->line->text[k].word != i || c == ' ')
            continue;
        if (c >= 0x80 || !c || !strchr("+-=:/%<>()[]~*.,#", (int)c))
            return false;
        n++;
    }
    return n && !d->known[i].chars && n <= 2 && d->line->words > 1 &&
           (!i || d->known[i - 1].piece > DSC_PIECE_NAME_TERM) &&
           (i + 1 >= d->line->words ||
            d->known[i + 1].piece > DSC_PIECE_NAME_TERM);
}

static bool is_percent(const desk *d, size_t i)
{
    for (size_t k = 0; k < d->line->text_count; k++)
        if (d->line->text[k].word == i && d->line->text[k].c == '%')
            return true;
    return false;
}

/* A bracket whose other half the line lacks is a letter that was read as one:
 * initials pass for a side so ("re)"). */
static bool is_half_side(const desk *d, size_t i)
{
    int line = 0, word = 0;

    if (d->known[i].piece != DSC_PIECE_LATERALITY)
        return false;
    for (size_t k = 0; k < d->line->text_count; k++) {
        uint32_t c = d->line->text[k].c;
        int side = (c == '(') - (c == ')');
        line += side;
        word += d->line->text[k].word == i ? side : 0;
    }
    return line && word;
}

/* A short term is read by chance more easily than a long one. */
static float needed(const dsc_policy__known *k)
{
    if (k->piece == DSC_PIECE_ALIKE || k->piece == DSC_PIECE_LETTER)
        return SAFE_CONFIDENCE;
    if (k->chars >= 4)
        return LONG_CONFIDENCE;
    return k->chars == 3 ? SAFE_CONFIDENCE - 0.1F : SAFE_CONFIDENCE;
}

static bool is_measure_label(const desk *d, size_t i)
{
    return d->known[i].piece == DSC_PIECE_LABEL ||
           (d->known[i].piece == DSC_PIECE_ALIKE && d->known[i].chars >= 6);
}

static bool is_measured(const desk *d, size_t i)
{
    return is_measure_label(d, i) || d->known[i].piece >= DSC_PIECE_NUMBER_UNIT;
}

/* "LA Diam 1.1 cm": label, number and unit vouch for each other, if one of them
 * was read well and none guessed. */
static bool is_whole_measurement(const desk *d, size_t i)
{
    size_t from = i, to = i + 1;
    bool label = false, number = false, read = false;

    if (!is_measured(d, i))
        return false;
    while (from && is_measured(d, from - 1))
        from--;
    while (to < d->line->words && is_measured(d, to))
        to++;
    for (size_t k = from; k < to; k++) {
        label = label || is_measure_label(d, k);
        number = number || d->known[k].piece == DSC_PIECE_NUMBER_UNIT;
        read = read || d->line->confidence[k] >= SAFE_CONFIDENCE;
    }
    return label && number && read;
}

static void decide_safe(const desk *d, size_t i, dsc_decision *out)
{
    const dsc_policy__known *k = &d->known[i];
    float read = d->line->confidence[i];
    float least = is_whole_measurement(d, i) ? READ_CONFIDENCE : needed(k);
    dsc_policy__piece p = k->piece;

    if (is_side(d, i)) {
        say(out, false, DSC_CLASS_LATERALITY, 0.6F, "side", "a side marker");
    } else if (is_sign(d, i)) {
        say(out, false, is_percent(d, i) ? DSC_CLASS_UNIT : DSC_CLASS_LABEL,
            0.6F, "sign", "a sign between words that stay");
    } else if (p <= DSC_PIECE_NAME_TERM) {
        say(out, true, DSC_CLASS_UNKNOWN, pieces[p].confidence,
            k->number ? "bare-number" : pieces[p].rule,
            k->number ? "a number that nothing explains" : pieces[p].reason);
        out->doubtful = p == DSC_PIECE_NAME_TERM;
    } else if (read < least || is_half_side(d, i)) {
        say(out, true, DSC_CLASS_UNKNOWN, read, "badly-read",
            "a harmless word, if it was read rightly");
        out->doubtful = read >= least - DOUBT;
    } else {
        say(out, false, pieces[p].cls,
            pieces[p].confidence < read ? pieces[p].confidence : read,
            pieces[p].rule, pieces[p].reason);
        out->doubtful = p <= DSC_PIECE_ALIKE || read < least + DOUBT;
    }
}

static void decide_phi(const desk *d, size_t i, dsc_decision *out)
{
    dsc_policy__piece p = d->known[i].piece;

    if (unread(d, i))
        say(out, true, DSC_CLASS_UNKNOWN, 0, "unread",
            "text that could not be read");
    else if (p > DSC_PIECE_NAME_TERM)
        say(out, false, pieces[p].cls, pieces[p].confidence, pieces[p].rule,
            pieces[p].reason);
    else
        say(out, false, d->marks[i].cls, d->marks[i].confidence, "none",
            "nothing that identifies");
}

static void decide_word(const desk *d, size_t i, dsc_decision *out)
{
    const dsc_policy__mark *m = &d->marks[i];

    if (i >= d->line->words) {
        say(out, true, DSC_CLASS_UNKNOWN, 0, "too-long",
            "the line is too long to judge");
    } else if (m->identifying) {
        say(out, true, m->cls, m->confidence, m->rule, m->reason);
        out->doubtful = m->confidence < DOUBTFUL_MATCH;
        if (is_wanted(d, i))
            say(out, false, m->cls, m->confidence, "keep", "kept by --keep");
    } else if (d->line->unclear[i]) {
        say(out, true, DSC_CLASS_UNKNOWN, 0, "unread",
            "text that could not be read");
    } else if (d->policy->kind == DSC_POLICY_SAFE) {
        decide_safe(d, i, out);
    } else {
        decide_phi(d, i, out);
    }
    if (!out->blank && d->policy->drop & DSC_POLICY_BIT(out->cls))
        say(out, true, out->cls, out->confidence, "remove",
            "removed by --remove");
    if (d->policy->kind == DSC_POLICY_ALL && !out->blank)
        say(out, true, out->cls, out->confidence, "all", "all text");
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

/* Is a word beside this one of such a class? */
static bool is_beside(const desk *d, uint32_t word, uint32_t classes)
{
    for (uint32_t k = word ? word - 1 : 0; k <= word + 1; k++)
        if (k != word && k < d->line->words && d->marks[k].identifying &&
            DSC_POLICY_BIT(d->marks[k].cls) & classes)
            return true;
    return false;
}

/* A number, and not "2D". */
static bool is_value(const dsc_policy__line *line, const dsc_policy__token *t)
{
    return dsc_policy__token_digits(line, t) == t->end - t->start ||
           dsc_policy__token_piece(line, t) == DSC_PIECE_NUMBER_UNIT;
}

/* Two letters that name no number: initials, or a name as "Li" is. */
static bool may_be_initials(const dsc_policy__line *line, size_t i)
{
    const dsc_policy__token *t = &line->tokens[i];
    dsc_policy__piece p = dsc_policy__token_piece(line, t);

    return t->end - t->start == 2 && !line->text[t->start].lower &&
           !dsc_policy__token_digits(line, t) &&
           (p == DSC_PIECE_LABEL || p == DSC_PIECE_TEXT ||
            p == DSC_PIECE_LATERALITY) &&
           !(i + 1 < line->token_count &&
             (is_value(line, t + 1) ||
              (p == DSC_PIECE_LABEL &&
               dsc_policy__token_piece(line, t + 1) == p) /* "LA Diam" */));
}

/* Four letters and more that speak of nothing behind them: "HEAD 45Y", and not
 * "45Y Frame rate". */
static bool may_be_called(const dsc_policy__line *line, size_t i)
{
    const dsc_policy__token *t = &line->tokens[i];

    return t->end - t->start >= 4 &&
           (i + 1 == line->token_count ||
            dsc_policy__token_piece(line, t + 1) <= DSC_PIECE_DATE);
}

/* "Moser, MD 354": what seemed to be its label identifies somebody. */
static bool lost_label(const desk *d, size_t i)
{
    const dsc_policy__token *t = &d->line->tokens[i];

    return t->word && d->marks[t->word - 1].identifying &&
           dsc_policy__token_piece(d->line, t) == DSC_PIECE_NUMBER_LABEL;
}

/* A word of a list that stands beside a name is part of it, and so is one that
 * people are called beside an age or an ID: "John Head", "HEAD 45Y". */
static void mark_beside(const desk *d)
{
    const uint32_t named = DSC_POLICY_BIT(DSC_CLASS_NAME),
                   people = named | DSC_POLICY_BIT(DSC_CLASS_PERSON);
    const uint32_t facts = DSC_POLICY_BIT(DSC_CLASS_AGE) |
                           DSC_POLICY_BIT(DSC_CLASS_BIRTH) |
                           DSC_POLICY_BIT(DSC_CLASS_ID);

    for (size_t i = 0; i < d->line->token_count; i++) {
        const dsc_policy__token *t = &d->line->tokens[i];
        bool name =
            dsc_policy__is_name(d->line->text + t->start, t->end - t->start);
        if (!d->marks[t->word].identifying &&
            ((name && is_beside(d, t->word, named)) ||
             (name && may_be_called(d->line, i) &&
              is_beside(d, t->word, people | facts)) ||
             lost_label(d, i) ||
             (may_be_initials(d->line, i) && is_beside(d, t->word, people))))
            d->known[t->word].piece = DSC_PIECE_NAME_TERM;
    }
}

static dsc_status judge(const desk *d, const dsc_facts *facts, dsc_error *err)
{
    dsc_status st = DSC_OK;

    dsc_policy__find_known(d->policy, d->line, d->known);
    dsc_policy__match_captions(d->line, d->marks);
    dsc_policy__match_dates(d->line, d->marks);
    dsc_policy__match_shapes(d->line, d->marks);
    if (facts)
        st = dsc_policy__match_facts(facts, d->line, d->marks, err);
    if (st)
        return st;
    if (facts)
        dsc_policy__match_short(facts, d->line, d->marks);
    dsc_policy__match_phrases(facts, d->line, d->marks);
    mark_initials(d->line, d->marks);
    mark_beside(d);
    dsc_policy__guess(d->line, d->marks);
    return DSC_OK;
}

dsc_status dsc_policy_decide_line(const dsc_policy *policy,
                                  const dsc_facts *facts, const dsc_word *words,
                                  size_t count, dsc_decision *out,
                                  dsc_error *err)
{
    dsc_policy__line line = {0};
    desk d = {policy, &line, NULL, NULL};
    dsc_status st = DSC_OK;

    if (!count)
        return DSC_OK;
    /* Until decided, and where deciding fails, a word goes. */
    for (size_t i = 0; i < count; i++) {
        memset(&out[i], 0, sizeof out[i]);
        say(&out[i], true, DSC_CLASS_UNKNOWN, 0, "none", "not decided");
    }
    d.marks = dsc_calloc(count, sizeof *d.marks);
    d.known = dsc_calloc(count, sizeof *d.known);
    if (!d.marks || !d.known)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    if (!st)
        st = dsc_policy__line_make(&line, words, count, err);
    if (!st)
        st = judge(&d, facts, err);
    for (size_t i = 0; !st && i < count; i++)
        decide_word(&d, i, &out[i]);
    if (!st && policy->kind == DSC_POLICY_SAFE)
        dsc_policy__finish_phrases(&line, d.known, out);
    dsc_policy__line_free(&line);
    dsc_free(d.marks);
    dsc_free(d.known);
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
