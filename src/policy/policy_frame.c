/* SPDX-License-Identifier: Apache-2.0
 *
 * What words of one frame tell of each other. What lines do not tell alone goes
 * (policy_lines.c); a letter that stands alone, a number under its label, the
 * marks of scales stay under "safe".
 */
#include "policy/policy_frame.h"
#include "base/utf8.h"
#include "policy/policy_term.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A frame with more words is a page; nothing on it stands alone. */
#define MAX_WORDS 1024u
/* So many heights below another a letter may be of the same word. */
#define STACKED 4
/* A depth has nothing beside so many marks next to its own. */
#define NEXT_MARKS 2
/* A word that was read well, and one that says nothing. */
#define WELL_READ  0.85F
#define BADLY_READ 0.6F

typedef dsc_policy__frame_line line;

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
    int32_t letters = (int32_t)dsc_utf8_count(w->utf8);

    /* without the pixel around it: wider than an M is more than a letter */
    if (*w->utf8 && !w->utf8[1] && 4 * (w->box.w - 2) > 5 * (w->box.h - 2))
        return false;
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

bool dsc_policy__is_beside(dsc_rect a, dsc_rect b, int32_t h)
{
    return 4 * dsc_policy__gap_y(a, b) < -a.h &&
           dsc_policy__gap_x(a, b) < DSC_BESIDE * h;
}

/* One letter, or a digit that goes: it may have been one. */
static bool is_letter(const dsc_frame_word *w)
{
    const char *p = w->utf8;
    uint32_t c = *p ? dsc_policy__next(&p) : 0;

    return c && !*p &&
           (is_mark(w->utf8) || c > 0x7F || isalpha((int)c) ||
            (isdigit((int)c) && w->decision->blank));
}

static bool is_stacked(dsc_rect a, dsc_rect b, int32_t h)
{
    return dsc_policy__gap_x(a, b) < 0 && dsc_policy__gap_y(a, b) < STACKED * h;
}

/* A mark and a letter in its row or column. */
static bool are_neighbours(const dsc_frame_word *a, const dsc_frame_word *b)
{
    int32_t h = dsc_policy__most(a->box.h, b->box.h);

    return is_mark(a->utf8) && is_letter(b) &&
           (dsc_policy__is_beside(a->box, b->box, h) ||
            is_stacked(a->box, b->box, h));
}

/* "R" above "I": the side between the two. All other pairs may be initials. */
static bool are_sides(const dsc_frame_word *a, const dsc_frame_word *b)
{
    const dsc_frame_word *top = a->box.y < b->box.y ? a : b,
                         *end = top == a ? b : a;

    return strchr("APLR", *top->utf8) && strchr("HFSI", *end->utf8);
}

/* A point at the end may be missed. */
static bool same_text(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);

    n -= n > 1 && (a[n - 1] == '.' || a[n - 1] == ',');
    m -= m > 1 && (b[m - 1] == '.' || b[m - 1] == ',');
    return n && n == m && !memcmp(a, b, n);
}

/* No letter and no digit: ink, or what a reader makes of it. */
static bool is_ink(const char *utf8)
{
    for (const char *p = utf8; *p;) {
        uint32_t c = dsc_policy__next(&p);
        bool dash_or_quote = c >= 0x2010 && c <= 0x203A;
        if (c > 0x7F ? !dash_or_quote : isalnum((int)c))
            return false;
    }
    return true;
}

bool dsc_policy__is_inside(dsc_rect a, dsc_rect b, int tenths)
{
    return 10 * dsc_rect_area(dsc_rect_intersect(a, b)) >=
           tenths * dsc_rect_area(a);
}

static bool may_be_same(const dsc_decision *d)
{
    return !(d->blank && d->cls != DSC_CLASS_UNKNOWN);
}

bool dsc_policy__is_same(const dsc_frame_word *a, const dsc_frame_word *b)
{
    return a == b || (same_text(a->utf8, b->utf8) &&
                      dsc_policy__is_inside(a->box, b->box, 6) &&
                      dsc_policy__is_inside(b->box, a->box, 6) &&
                      may_be_same(b->decision));
}

bool dsc_policy__is_ink_of(const dsc_frame_word *a, const dsc_frame_word *b)
{
    return dsc_policy__is_inside(a->box, b->box, 6) &&
           dsc_policy__is_inside(b->box, a->box, 6) &&
           may_be_same(b->decision) && b->confidence <= a->confidence;
}

/* The word's own ink, or its point, of which another reading made nothing. */
static bool is_misread(const dsc_frame_word *word, const dsc_frame_word *again)
{
    return word->confidence >= WELL_READ && again->utf8[0] &&
           (again->confidence < BADLY_READ || is_ink(again->utf8)) &&
           dsc_policy__is_inside(again->box, word->box, 9) &&
           may_be_same(again->decision);
}

/* Two marks may have each other, in a column only sides. Three in a row are a
 * word with wide spaces, two that are close its beginning. */
static bool is_harmless_mark(const dsc_policy__frame *f, size_t i, size_t k)
{
    const dsc_frame_word *a = &f->words[i], *b = &f->words[k];
    int32_t across = dsc_policy__gap_x(a->box, b->box),
            along = dsc_policy__gap_y(a->box, b->box);

    if (a->line == b->line || !is_mark(b->utf8) ||
        (b->decision->blank && b->decision->cls != DSC_CLASS_UNKNOWN) ||
        !dsc_policy__fits_box(b) ||
        (dsc_policy__is_beside(a->box, b->box, a->box.h) &&
         across < 2 * a->box.h) ||
        dsc_policy__most(across, along) < a->box.h / 4 ||
        (across < 0 && are_neighbours(a, b) && !are_sides(a, b)))
        return false;
    for (size_t n = 0; are_neighbours(a, b) && n < f->count; n++) {
        const dsc_frame_word *w = &f->words[n];
        if (!dsc_policy__is_same(a, w) && !dsc_policy__is_same(b, w) &&
            (are_neighbours(a, w) || are_neighbours(b, w)))
            return false;
    }
    return true;
}

static bool tells(const dsc_decision *d)
{
    return dsc_policy__is_caption(d) ||
           (d->blank && d->cls != DSC_CLASS_UNKNOWN);
}

/* How far a height goes between a word and another. */
static int32_t reach_of(dsc_rect box, const dsc_frame_word *w)
{
    return dsc_policy__most(box.h, dsc_policy__least(w->box.h, 2 * box.h));
}

static bool is_tick(const dsc_frame_word *w)
{
    return w->decision->rule && !strcmp(w->decision->rule, DSC_RULE_RULER);
}

/* Does the word speak of what is above or below it? What goes and nobody knows
 * what it is does so within one height. A caption, and what is known to
 * identify somebody, does within three: banners and tables have wide pitches.
 */
static bool is_around(dsc_rect box, const dsc_frame_word *w)
{
    const dsc_decision *d = w->decision;
    int32_t h = reach_of(box, w);

    return (tells(d) || d->blank || is_tick(w)) &&
           dsc_policy__gap_x(box, w->box) < h &&
           dsc_policy__gap_y(box, w->box) < (tells(d) ? 3 * h : h);
}

/* Are a word and what stands around it on either side of a ruler? The picture
 * is beyond it. */
static bool is_across(const dsc_frame_word *number, dsc_rect b)
{
    const dsc_ruler *r = number->ruler;
    dsc_rect a = number->box;
    float here = ((float)a.x + (float)a.w / 2 - r->x) * r->dy -
                 ((float)a.y + (float)a.h / 2 - r->y) * r->dx;
    float there = ((float)b.x + (float)b.w / 2 - r->x) * r->dy -
                  ((float)b.y + (float)b.h / 2 - r->y) * r->dx;

    return here * there < 0;
}

static float read_as(const dsc_frame_word *w)
{
    return w->read > w->confidence ? w->read : w->confidence;
}

/* A character or two beside a mark next to the number's: an ID may be written
 * so, one at each. Ticks and tissue are read as such, but hardly. */
static bool is_at_next_mark(const dsc_frame_word *number,
                            const dsc_frame_word *w)
{
    int32_t across = dsc_policy__gap_x(number->box, w->box),
            along = dsc_policy__gap_y(number->box, w->box);
    float step = hypotf(number->ruler->dx, number->ruler->dy);

    return w->utf8[0] && dsc_utf8_count(w->utf8) <= 2 && read_as(w) >= 0.5F &&
           w->decision->blank &&
           (float)dsc_policy__most(across, along) < NEXT_MARKS * step;
}

/* Ink that stays, as a rule does. */
static bool is_no_text(const dsc_frame_word *w)
{
    return !w->utf8[0] && !w->decision->blank;
}

/* The colour bar between two numbers: nothing that was read as text. */
static bool is_bar(dsc_rect a, dsc_rect b, const dsc_frame_word *w)
{
    int32_t middle = w->box.y + w->box.h / 2;
    dsc_rect top = a.y < b.y ? a : b, end = a.y < b.y ? b : a;

    return w->decision->blank && w->decision->cls == DSC_CLASS_UNKNOWN &&
           (read_as(w) < 0.5F || is_ink(w->utf8)) && middle >= top.y + top.h &&
           middle <= end.y;
}

/* Is another word one that a word can have near it? */
static bool counts(const dsc_policy__frame *f, size_t i, size_t but,
                   dsc_policy__near what, const dsc_frame_word *other)
{
    const dsc_frame_word *w = &f->words[i];

    if (dsc_policy__is_same(w, other) ||
        dsc_policy__is_same(&f->words[but], other) || is_misread(w, other) ||
        (is_no_text(other) && !is_tick(other)))
        return false;
    if (what == DSC_NEAR_BUT_BAR)
        return !is_bar(w->box, f->words[but].box, other);
    if (what == DSC_NEAR_HERE)
        return !is_tick(other) &&
               (tells(other->decision) ||
                !(is_across(w, other->box) || dsc_policy__is_ink_of(w, other)));
    return true;
}

static bool is_near(const dsc_frame_word *w, const dsc_frame_word *other,
                    dsc_policy__near what)
{
    return dsc_policy__is_beside(w->box, other->box, reach_of(w->box, other)) ||
           are_neighbours(w, other) ||
           (what != DSC_NEAR_ON_LINE && is_around(w->box, other)) ||
           (what == DSC_NEAR_HERE && is_at_next_mark(w, other));
}

bool dsc_policy__is_alone(const dsc_policy__frame *f, size_t i, size_t but,
                          dsc_policy__near what)
{
    for (size_t k = 0; k < f->count; k++)
        if (counts(f, i, but, what, &f->words[k]) &&
            is_near(&f->words[i], &f->words[k], what) &&
            !is_harmless_mark(f, i, k))
            return false;
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

static void keep_or_not(const dsc_policy__frame *f, size_t i, bool stays,
                        dsc_class cls, const char *rule, const char *reason)
{
    dsc_decision *d = f->words[i].decision;

    if (stays)
        dsc_policy__keep_word(f, i, cls, 0.7F, rule, reason);
    else if (!d->blank)
        *d = (dsc_decision){.blank = true,
                            .cls = DSC_CLASS_UNKNOWN,
                            .rule = beside,
                            .reason = "beside other text on some frame"};
}

/* A mark beside a letter that goes is one of the same word. */
static bool is_beside_lost(const dsc_policy__frame *f, size_t i)
{
    const dsc_frame_word *a = &f->words[i];

    for (size_t k = 0; k < f->count; k++) {
        const dsc_frame_word *b = &f->words[k];
        if (b->decision->blank && are_neighbours(a, b) &&
            !dsc_policy__is_same(a, b) && !is_misread(a, b))
            return true;
    }
    return false;
}

static void drop_marks(const dsc_policy__frame *f, const char *rule)
{
    bool more = true;

    while (more) {
        more = false;
        for (size_t i = 0; i < f->count; i++) {
            const dsc_decision *d = f->words[i].decision;
            if (d->blank || d->rule != rule || !is_beside_lost(f, i))
                continue;
            keep_or_not(f, i, false, d->cls, rule, NULL);
            more = true;
        }
    }
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
            keep_or_not(f, i, dsc_policy__is_alone(f, i, i, DSC_NEAR_ALL), cls,
                        rule, "a mark of the picture that stands alone");
    }
    drop_marks(f, rule);
}

/* Marks of a ruler stay beside a number that is explained by it. Others go, as
 * all goes that nobody can read. */
static void keep_ticks(const dsc_policy__frame *f)
{
    for (size_t i = 0; i < f->count; i++) {
        const dsc_frame_word *tick = &f->words[i];
        bool stays = false;
        if (!is_tick(tick))
            continue;
        for (size_t k = 0; k < f->count && !stays; k++) {
            const dsc_frame_word *w = &f->words[k];
            stays = dsc_policy__is_depth(w) &&
                    dsc_policy__gap_x(w->box, tick->box) < 2 * w->box.h &&
                    dsc_policy__gap_y(w->box, tick->box) < 2 * w->box.h;
        }
        *tick->decision = dsc_policy_decide_unread(f->policy, 0);
        if (stays)
            dsc_policy__keep_word(f, i, DSC_CLASS_SCALE, 0.8F, DSC_RULE_RULER,
                                  "marks of a ruler");
    }
}

/* ---- numbers and their labels ---- */

/* "12.05": a day and a month as well */
static bool is_day(const char *text, size_t whole, size_t decimals)
{
    const char *month = text + whole + 1;

    return whole == 2 && decimals == 2 && *text <= '3' &&
           (month[0] == '0' || (month[0] == '1' && month[1] <= '2'));
}

bool dsc_policy__is_value(const char *text)
{
    size_t whole = strspn(text, "0123456789"), rest = 0;

    if (text[whole] == '.' || text[whole] == ',')
        rest = 1 + strspn(text + whole + 1, "0123456789");
    return whole && whole <= 3 && rest != 1 && rest <= 3 &&
           !text[whole + rest] && !(whole > 1 && *text == '0') &&
           !(rest && is_day(text, whole, rest - 1));
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

/* A label above the number; below it for a heart rate. */
static bool has_label(const line *number, const line *lines, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (is_label(&lines[k]) &&
            (dsc_policy__is_below(&lines[k], number) ||
             (is_rate(&lines[k]) && dsc_policy__is_below(number, &lines[k]))))
            return true;
    return false;
}

/* On the line of a word: nearest to it on its left, or its right. */
static const line *neighbour(const dsc_frame_word *w, const line *lines,
                             size_t count, bool right)
{
    const line *best = NULL;
    int32_t least = DSC_BESIDE * w->box.h;

    for (size_t k = 0; k < count; k++) {
        const dsc_rect box = lines[k].box;
        int32_t gap = dsc_policy__gap_x(w->box, box);
        if (dsc_policy__is_beside(w->box, box, w->box.h) && gap < least &&
            right == (2 * box.x + box.w > 2 * w->box.x + w->box.w) &&
            !(lines[k].count == 1 && (dsc_policy__is_same(w, lines[k].words) ||
                                      is_no_text(lines[k].words)))) {
            best = &lines[k];
            least = gap;
        }
    }
    return best;
}

/* Is there something on a number's line that is no label, or something around
 * it that identifies, or goes and is no value? The label on its right may be
 * the next one of a list. */
static bool has_company(const dsc_policy__frame *f, const dsc_frame_word *w,
                        const line *before, const line *after)
{
    if ((before && !is_label(before)) || (after && !is_label(after)))
        return true;
    for (size_t k = 0; k < f->count; k++) {
        const dsc_frame_word *other = &f->words[k];
        if (is_around(w->box, other) &&
            (tells(other->decision) || !dsc_policy__is_value(other->utf8)))
            return true;
    }
    return false;
}

/* A number alone, or with its unit. */
static bool is_result(const line *l)
{
    const dsc_decision *unit = l->words[l->count - 1].decision;

    return dsc_policy__is_value(l->words->utf8) &&
           (l->count == 1 ||
            (l->count == 2 && !unit->blank && unit->cls == DSC_CLASS_UNIT));
}

/* A result right above or below this number, in one column with it. */
static bool is_listed(const line *number, const line *lines, size_t count)
{
    const dsc_rect a = number->box;

    for (size_t k = 0; k < count; k++) {
        const dsc_rect b = lines[k].box;
        const line *label;
        if (&lines[k] == number || !is_result(&lines[k]) ||
            dsc_policy__gap_y(a, b) >= 2 * a.h ||
            (abs(a.x - b.x) > a.h && abs(a.x + a.w - b.x - b.w) > a.h))
            continue;
        label = neighbour(lines[k].words, lines, count, false);
        if (label && is_label(label))
            return true;
    }
    return false;
}

/* A label on the left of a number is near, or heads a row of a list. */
static bool follows(const line *number, const line *label, const line *lines,
                    size_t count)
{
    return dsc_policy__gap_x(number->box, label->box) <
               DSC_NEAR_LABEL * number->box.h ||
           is_listed(number, lines, count);
}

/* A number right below its label, or right of it; a heart rate may be above. */
static void keep_values(const dsc_policy__frame *f, const line *lines,
                        size_t count)
{
    static const char rule[] = "number-label";

    for (size_t i = 0; i < count; i++) {
        const dsc_frame_word *w = lines[i].words;
        const line *before, *after;
        size_t word = (size_t)(w - f->words);
        bool company, stays;
        if (lines[i].count > 1 || !dsc_policy__is_value(w->utf8) ||
            !may_stay(w, rule))
            continue;
        before = neighbour(w, lines, count, false);
        after = neighbour(w, lines, count, true);
        company = has_company(f, w, before, after);
        stays =
            (before && !company && follows(&lines[i], before, lines, count)) ||
            (has_label(&lines[i], lines, count) &&
             dsc_policy__is_alone(f, word, word, DSC_NEAR_ALL));
        if (stays || company)
            keep_or_not(f, word, stays, DSC_CLASS_MEASUREMENT, rule,
                        "a number beside its label");
    }
}

dsc_status dsc_policy_decide_frame(const dsc_policy *policy,
                                   const dsc_facts *facts,
                                   const dsc_frame_word *words, size_t count,
                                   dsc_error *err)
{
    dsc_policy__frame f = {policy, words, count};
    line *lines;
    size_t n, looks = 0;
    dsc_status st = dsc_policy__list_lines(&lines, &n, words, count, err);

    if (!st)
        st = dsc_policy__compare_lines(policy, facts, lines, n, &looks, err);
    if (!st && policy->kind == DSC_POLICY_SAFE && count <= MAX_WORDS) {
        dsc_policy__find_scales(&f);
        keep_ticks(&f);
        keep_values(&f, lines, n);
        keep_marks(&f);
        dsc_policy__drop_initials(&f);
    }
    dsc_free(lines);
    return st;
}
