/* SPDX-License-Identifier: Apache-2.0
 *
 * What words of one frame tell of each other. A caption's value may stand in
 * the line below it, a name may be broken over two lines: these go. A letter
 * that stands alone, a number under its label, the marks of scales: these stay
 * under "safe".
 */
#include "policy/policy_frame.h"

#include <string.h>

/* A frame with more words is a page; nothing on it stands alone. */
#define MAX_WORDS 1024u
/* Words of a line that may belong to a value of the next one, and there. */
#define EDGE 3u
/* So many heights away a word is still on the same line. */
#define BESIDE 6

/* ---- lines ---- */

typedef struct line {
    const dsc_frame_word *words;
    size_t count;
    dsc_rect box;
    bool fresh;
} line;

static line line_at(const dsc_frame_word *words, size_t count)
{
    line l = {words, 0, words[0].box, false};

    for (; l.count < count && words[l.count].line == words[0].line; l.count++) {
        l.box = dsc_rect_union(l.box, words[l.count].box);
        l.fresh = l.fresh || words[l.count].fresh;
    }
    return l;
}

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t most(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* Pixels between two boxes; less than 0 where they overlap. */
static int32_t between(int32_t a, int32_t a_size, int32_t b, int32_t b_size)
{
    return most(b - (a + a_size), a - (b + b_size));
}

static int32_t gap_x(dsc_rect a, dsc_rect b)
{
    return between(a.x, a.w, b.x, b.w);
}

static int32_t gap_y(dsc_rect a, dsc_rect b)
{
    return between(a.y, a.h, b.y, b.h);
}

static bool same_size(const line *a, const line *b)
{
    return a->box.h * 2 <= b->box.h * 3 + 4 && b->box.h * 2 <= a->box.h * 3 + 4;
}

/* The next line of a paragraph, or of a column. */
static bool is_below(const line *a, const line *b)
{
    int32_t gap = b->box.y - (a->box.y + a->box.h);
    int32_t h = least(a->box.h, b->box.h);

    return same_size(a, b) && 2 * gap >= -h && gap <= h &&
           gap_x(a->box, b->box) < 0;
}

/* On the same line, but found as another one. */
static bool is_right(const line *a, const line *b)
{
    int32_t gap = b->box.x - (a->box.x + a->box.w);
    int32_t h = least(a->box.h, b->box.h);

    return same_size(a, b) && gap >= -h / 2 && gap <= 8 * h &&
           2 * gap_y(a->box, b->box) < -h;
}

/* ---- what two lines hold together ---- */

/* The words around a break: the last ones of a line and the first ones of the
 * next. */
typedef struct edges {
    const dsc_frame_word *of[2 * EDGE];
    dsc_word words[2 * EDGE];
    size_t count, before; /* all; of the first line */
    dsc_policy__mark marks[2 * EDGE];
    dsc_policy__line text;
} edges;

static void add_edge(edges *e, const dsc_frame_word *w)
{
    if (!w->utf8[0])
        return;
    e->of[e->count] = w;
    e->words[e->count++] = (dsc_word){
        .utf8 = (char *)w->utf8, .box = w->box, .confidence = w->confidence};
}

/* `most` words of each line; false where one has none. */
static bool take_edges(edges *e, const line *a, const line *b, size_t most_each)
{
    memset(e, 0, sizeof *e);
    for (size_t i = a->count > most_each ? a->count - most_each : 0;
         i < a->count; i++)
        add_edge(e, &a->words[i]);
    e->before = e->count;
    for (size_t i = 0; i < b->count && i < most_each; i++)
        add_edge(e, &b->words[i]);
    return e->before && e->before < e->count;
}

static void blank_word(const dsc_policy *policy, const dsc_frame_word *w,
                       const dsc_policy__mark *m)
{
    dsc_decision *d = w->decision;

    if (!m->identifying || (d->blank && d->cls != DSC_CLASS_UNKNOWN) ||
        !(m->classes & ~policy->keep))
        return;
    *d = (dsc_decision){.blank = true,
                        .cls = m->cls,
                        .confidence = m->confidence,
                        .rule = m->rule,
                        .reason = m->reason};
}

static void blank_marked(const dsc_policy *policy, const edges *e)
{
    for (size_t i = 0; i < e->count; i++)
        blank_word(policy, e->of[i], &e->marks[i]);
}

/* A value of the header that is broken after the last word of a line. */
static dsc_status find_broken(const dsc_policy *policy, const dsc_facts *facts,
                              const line *a, const line *b, dsc_error *err)
{
    edges e;
    dsc_status st;

    if (!facts || !take_edges(&e, a, b, 1))
        return DSC_OK;
    st = dsc_policy__line_make(&e.text, e.words, e.count, err);
    if (!st)
        st = dsc_policy__match_facts(facts, &e.text, e.marks, err);
    if (!st)
        blank_marked(policy, &e);
    dsc_policy__line_free(&e.text);
    return st;
}

/* A caption at the end of a line, and its value at the beginning of another,
 * which may be the head of the next column (`head`). */
static dsc_status find_announced(const dsc_policy *policy, const line *a,
                                 const line *b, bool *head, dsc_error *err)
{
    dsc_policy__known known[2 * EDGE] = {{0}};
    edges e;
    dsc_status st;

    if (!take_edges(&e, a, b, EDGE))
        return DSC_OK;
    st = dsc_policy__line_make(&e.text, e.words, e.count, err);
    if (!st) {
        dsc_policy__find_known(policy, &e.text, known);
        dsc_policy__match_announced(&e.text, e.before, e.marks);
        *head = dsc_policy__is_head(&e.text, e.before);
        blank_marked(policy, &e);
    }
    dsc_policy__line_free(&e.text);
    return st;
}

/* A caption, or what stands beside one. */
static bool is_caption(const dsc_decision *d)
{
    return d->rule &&
           (!strcmp(d->rule, "allow-caption") || !strcmp(d->rule, "caption"));
}

/* A caption speaks to what is beside it and, if no value is there, to what is
 * below. Two lines that stood together on an earlier frame were compared there.
 */
static dsc_status compare_all(const dsc_policy *policy, const dsc_facts *facts,
                              const line *lines, size_t count, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < count; i++) {
        const line *a = &lines[i], *next = NULL;
        bool answered = false, head = false;
        for (size_t k = 0; k < count; k++)
            if (k != i && is_right(a, &lines[k]) &&
                (!next || lines[k].box.x < next->box.x))
                next = &lines[k];
        if (next && (a->fresh || next->fresh))
            st = find_broken(policy, facts, a, next, err);
        if (!st && next &&
            (a->fresh || next->fresh || is_caption(next->words[0].decision)))
            st = find_announced(policy, a, next, &head, err);
        answered = next && !head && next->words[0].decision->blank;
        for (size_t k = 0; !st && k < count; k++) {
            bool other;
            if (k == i || !is_below(a, &lines[k]) ||
                !(a->fresh || lines[k].fresh))
                continue;
            st = find_broken(policy, facts, a, &lines[k], err);
            if (!st && !answered)
                st = find_announced(policy, a, &lines[k], &other, err);
        }
    }
    return st;
}

/* ---- what stands alone ---- */

void dsc_policy__keep_word(const dsc_policy__frame *f, size_t i, dsc_class cls,
                           float confidence, const char *rule,
                           const char *reason)
{
    if (!(f->policy->drop & DSC_POLICY_BIT(cls)))
        *f->words[i].decision = (dsc_decision){.cls = cls,
                                               .confidence = confidence,
                                               .doubtful = true,
                                               .rule = rule,
                                               .reason = reason};
}

bool dsc_policy__fits_box(const dsc_frame_word *w)
{
    int32_t letters = 0;

    for (const char *p = w->utf8; *p; p++)
        letters += (*p & 0xC0) != 0x80;
    return 2 * w->box.w <= 3 * letters * w->box.h &&
           w->box.h <= 4 * w->box.w + 4;
}

/* Letters that systems put beside a picture: sides of the patient, the
 * transducer's mark, makers' signs. Of one letter alone a reader cannot tell
 * how tall it is, and takes a G in a ring for other signs. */
static bool is_mark(const char *text)
{
    return (text[0] && strchr("APLRHFSIVMGTEpsv@", text[0]) && !text[1]) ||
           !strcmp(text, "\xC2\xA9") || !strcmp(text, "\xC2\xAE");
}

/* "L4", "T12", "M3": a vertebra, a map of greys */
static bool is_level(const char *text)
{
    size_t digits = strspn(text + (text[0] != 0), "0123456789");

    return text[0] && strchr("CTLSDM", text[0]) && digits && digits <= 2 &&
           text[1] != '0' && !text[1 + digits] &&
           (digits == 1 || text[1] == '1');
}

/* ".62", "-0.4": smaller than 1, so neither a date nor an age */
static bool is_fraction(const char *text)
{
    size_t digits;

    text += *text == '-' || *text == '+';
    text += *text == '0';
    digits = strspn(text + (*text != 0), "0123456789");
    return *text == '.' && digits && digits <= 2 && !text[1 + digits];
}

static bool is_beside(dsc_rect a, dsc_rect b, int32_t h)
{
    return 4 * gap_y(a, b) < -a.h && gap_x(a, b) < BESIDE * h;
}

/* Marks of which one stands in the row or column of the other. */
static bool are_neighbours(const dsc_frame_word *a, const dsc_frame_word *b)
{
    int32_t h = most(a->box.h, b->box.h);

    return is_mark(a->utf8) && is_mark(b->utf8) &&
           (is_beside(a->box, b->box, h) ||
            (gap_x(a->box, b->box) < 0 && gap_y(a->box, b->box) < 2 * h));
}

/* Two marks may have each other. Three in a row are a word with wide spaces,
 * two that are close its beginning. */
static bool is_harmless_mark(const dsc_policy__frame *f, size_t i, size_t k)
{
    const dsc_frame_word *a = &f->words[i], *b = &f->words[k];
    int32_t across = gap_x(a->box, b->box), along = gap_y(a->box, b->box);

    if (a->line == b->line || !is_mark(b->utf8) ||
        (b->decision->blank && b->decision->cls != DSC_CLASS_UNKNOWN) ||
        !dsc_policy__fits_box(b) ||
        (is_beside(a->box, b->box, a->box.h) && across < 2 * a->box.h) ||
        most(across, along) < a->box.h / 4)
        return false;
    for (size_t n = 0; n < f->count; n++)
        if (n != i && n != k &&
            (are_neighbours(a, &f->words[n]) ||
             are_neighbours(b, &f->words[n])) &&
            are_neighbours(a, b))
            return false;
    return true;
}

/* Does the word speak of what is above or below it? What goes and nobody knows
 * what it is does so within one height. A caption, and what is known to
 * identify somebody, does within three: banners and tables have wide pitches.
 */
static bool is_around(dsc_rect box, const dsc_frame_word *w, int32_t h)
{
    const dsc_decision *d = w->decision;
    bool tells = is_caption(d) || (d->blank && d->cls != DSC_CLASS_UNKNOWN);

    return (tells || d->blank) && gap_x(box, w->box) < h &&
           gap_y(box, w->box) < (tells ? 3 * h : h);
}

bool dsc_policy__is_alone(const dsc_policy__frame *f, size_t i, size_t but,
                          bool around)
{
    dsc_rect box = f->words[i].box;

    for (size_t k = 0; k < f->count; k++) {
        const dsc_frame_word *w = &f->words[k];
        int32_t h = most(box.h, least(w->box.h, 2 * box.h));
        bool near = around && is_around(box, w, h);
        if (k != i && k != but &&
            (near || is_beside(box, w->box, h) ||
             are_neighbours(&f->words[i], w)) &&
            !is_harmless_mark(f, i, k))
            return false;
    }
    return true;
}

static const char beside[] = "beside";

/* Nothing but its surroundings speaks against the word. A track is one decision
 * on many frames: what does not stand alone on one of them goes. */
static bool may_stay(const dsc_frame_word *w, const char *rule)
{
    const dsc_decision *d = w->decision;

    if (!d->blank)
        return d->rule == rule;
    return d->cls == DSC_CLASS_UNKNOWN && d->rule != beside &&
           w->confidence >= 0.5F && dsc_policy__fits_box(w);
}

static void keep_alone(const dsc_policy__frame *f, size_t i, dsc_class cls,
                       const char *rule, const char *reason)
{
    dsc_decision *d = f->words[i].decision;

    if (dsc_policy__is_alone(f, i, i, true))
        dsc_policy__keep_word(f, i, cls, 0.7F, rule, reason);
    else if (!d->blank)
        *d = (dsc_decision){.blank = true,
                            .cls = DSC_CLASS_UNKNOWN,
                            .rule = beside,
                            .reason = "beside other text on some frame"};
}

static void keep_marks(const dsc_policy__frame *f)
{
    static const char rule[] = "mark";

    for (size_t i = 0; i < f->count; i++) {
        const char *text = f->words[i].utf8;
        dsc_class cls = is_fraction(text)                 ? DSC_CLASS_SCALE
                        : *text == 'L' && is_mark(text)   ? DSC_CLASS_LATERALITY
                        : *text == 'R' && is_mark(text)   ? DSC_CLASS_LATERALITY
                        : is_mark(text) || is_level(text) ? DSC_CLASS_LABEL
                                                          : DSC_CLASS_UNKNOWN;
        if (cls != DSC_CLASS_UNKNOWN && may_stay(&f->words[i], rule))
            keep_alone(f, i, cls, rule,
                       "a mark of the picture that stands alone");
    }
}

/* ---- numbers and their labels ---- */

/* A number of one to three digits, and what follows its point. */
static bool is_value(const char *text)
{
    size_t whole = strspn(text, "0123456789"), rest = 0;

    if (text[whole] == '.' || text[whole] == ',')
        rest = 1 + strspn(text + whole + 1, "0123456789");
    return whole && whole <= 3 && rest != 1 && rest <= 3 && !text[whole + rest];
}

/* One or two words of the list, and nothing else: HR */
static bool is_label(const line *l)
{
    for (size_t i = 0; i < l->count; i++) {
        const dsc_decision *d = l->words[i].decision;
        if (d->blank || d->cls != DSC_CLASS_LABEL ||
            strcmp(d->rule, "allow-label") != 0)
            return false;
    }
    return l->count <= 2;
}

static bool is_rate(const line *l)
{
    return l->count == 1 && (!strcmp(l->words[0].utf8, "HR") ||
                             !strcmp(l->words[0].utf8, "BPM"));
}

static bool has_label(const line *number, const line *lines, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (is_label(&lines[k]) &&
            (is_below(&lines[k], number) ||
             (is_rate(&lines[k]) && is_below(number, &lines[k]))))
            return true;
    return false;
}

/* A number right below its label; a heart rate may be above. */
static void keep_values(const dsc_policy__frame *f, const line *lines,
                        size_t count)
{
    static const char rule[] = "number-label";

    for (size_t i = 0; i < count; i++)
        if (lines[i].count == 1 && is_value(lines[i].words[0].utf8) &&
            may_stay(&lines[i].words[0], rule) &&
            has_label(&lines[i], lines, count))
            keep_alone(f, (size_t)(lines[i].words - f->words),
                       DSC_CLASS_MEASUREMENT, rule, "a number below its label");
}

static dsc_status list_lines(line **lines, size_t *n,
                             const dsc_frame_word *words, size_t count,
                             dsc_error *err)
{
    *n = 0;
    *lines = dsc_calloc(count + 1, sizeof **lines);
    if (!*lines)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i += (*lines)[(*n)++].count)
        (*lines)[*n] = line_at(words + i, count - i);
    return DSC_OK;
}

dsc_status dsc_policy_decide_lines(const dsc_policy *policy,
                                   const dsc_facts *facts,
                                   const dsc_frame_word *words, size_t count,
                                   dsc_error *err)
{
    line *lines;
    size_t n;
    dsc_status st = list_lines(&lines, &n, words, count, err);

    if (!st)
        st = compare_all(policy, facts, lines, n, err);
    dsc_free(lines);
    return st;
}

dsc_status dsc_policy_decide_frame(const dsc_policy *policy,
                                   const dsc_facts *facts,
                                   const dsc_frame_word *words, size_t count,
                                   dsc_error *err)
{
    dsc_policy__frame f = {policy, words, count};
    line *lines;
    size_t n;
    dsc_status st = list_lines(&lines, &n, words, count, err);

    if (!st)
        st = compare_all(policy, facts, lines, n, err);
    if (!st && policy->kind == DSC_POLICY_SAFE && count <= MAX_WORDS) {
        dsc_policy__find_scales(&f);
        keep_values(&f, lines, n);
        keep_marks(&f);
    }
    dsc_free(lines);
    return st;
}
