/* SPDX-License-Identifier: Apache-2.0
 *
 * Two letters. `SH` is a view, `PS` a setting, and both are initials of many
 * people: what may be either stays where it is used as a term. `PW`, which few
 * names begin with, stays alone as well, but not at another setting. */
#include "base/utf8.h"
#include "policy/policy_frame.h"
#include "policy/policy_term.h"

#include <ctype.h>
#include <string.h>

/* Two letters that are less sure are no word by themselves. */
#define TWO_READ 0.7F

/* Without their points: "S.R." is read as "SR." as well. A colon behind them
 * says that they name what is next. */
static bool take_two_letters(const char *text, char out[3])
{
    size_t n = 0;

    for (; *text; text++) {
        if (*text == '.' || *text == ',' || (*text == ':' && !text[1]))
            continue;
        if (n == 2 || !isalpha((unsigned char)*text))
            return false;
        out[n++] = *text;
    }
    out[n] = '\0';
    return n == 2;
}

static bool are_two_letters(const char *text)
{
    char two[3];

    return take_two_letters(text, two);
}

/* "SR.": hardly a term, and somebody's. */
static bool are_pointed(const char *text)
{
    return are_two_letters(text) && strchr(text, '.') &&
           isupper((unsigned char)text[0]) &&
           isupper((unsigned char)text[1 + (text[1] == '.')]);
}

/* MM, DB: a unit as hardly anybody writes it away from a number. */
static bool is_capital_unit(const dsc_frame_word *w)
{
    char two[3];

    return w->decision->cls == DSC_CLASS_UNIT &&
           take_two_letters(w->utf8, two) && isupper((unsigned char)two[0]) &&
           isupper((unsigned char)two[1]);
}

static bool is_longer(const dsc_frame_word *w)
{
    return dsc_utf8_count(w->utf8) > 2 && !are_two_letters(w->utf8);
}

/* A word of three letters and more that stays, and is no setting. */
static bool is_site(const dsc_frame_word *w)
{
    const dsc_decision *d = w->decision;

    return !d->blank && is_longer(w) && !strpbrk(w->utf8, "0123456789") &&
           d->cls != DSC_CLASS_UNIT && strcmp(d->rule, "allow-label") != 0;
}

/* A number, but none of a scale. */
static bool has_digits(const dsc_frame_word *w)
{
    return !w->decision->blank && w->decision->cls != DSC_CLASS_SCALE &&
           strpbrk(w->utf8, "0123456789");
}

/* What is next to a word on its line. */
static const dsc_frame_word *next_to(const dsc_policy__frame *f,
                                     const dsc_frame_word *w, bool right)
{
    const dsc_frame_word *best = NULL;
    int32_t least = DSC_BESIDE * w->box.h;

    for (size_t k = 0; k < f->count; k++) {
        const dsc_frame_word *b = &f->words[k];
        int32_t gap = dsc_policy__gap_x(w->box, b->box);
        if (b->utf8[0] && gap < least &&
            right == (2 * b->box.x + b->box.w > 2 * w->box.x + w->box.w) &&
            dsc_policy__is_beside(w->box, b->box, w->box.h) &&
            !dsc_policy__is_same(w, b) && !dsc_policy__is_ink_of(w, b)) {
            best = b;
            least = gap;
        }
    }
    return best;
}

/* Is the number right below a word, and has no label of its own? */
static bool is_value_of(const dsc_policy__frame *f, const dsc_frame_word *w,
                        const dsc_frame_word *number)
{
    const dsc_frame_word *before;

    if (!has_digits(number) || !dsc_policy__is_value(number->utf8) ||
        number->box.y <= w->box.y ||
        dsc_policy__gap_x(w->box, number->box) >= 0 ||
        dsc_policy__gap_y(w->box, number->box) >= w->box.h)
        return false;
    before = next_to(f, number, false);
    return !before || before->decision->blank || has_digits(before) ||
           before->decision->cls == DSC_CLASS_UNIT;
}

/* Is it a part of a longer term of its line? */
static bool is_in_term(const dsc_policy__frame *f, size_t i)
{
    size_t first = i, end = i + 1;

    while (first && f->words[first - 1].line == f->words[i].line)
        first--;
    while (end < f->count && f->words[end].line == f->words[i].line)
        end++;
    for (size_t from = first; from <= i; from++)
        for (size_t to = i + 1; to <= end && to - from <= DSC_TERM_WORDS; to++)
            if (to - from > 1 &&
                dsc_policy__make_term(f->policy, &f->words[from], to - from))
                return true;
    return false;
}

/* Values of a list stand in a column; a unit is right behind its number. */
static bool is_near_digits(const dsc_policy__frame *f, const dsc_frame_word *w,
                           bool right)
{
    const dsc_frame_word *next = next_to(f, w, right);
    int32_t far = (right ? DSC_BESIDE : DSC_NEAR_LABEL) * w->box.h;

    return next && has_digits(next) &&
           dsc_policy__gap_x(w->box, next->box) < far;
}

/* Two letters of a longer word, read once more in another view. */
static bool is_part_of(const dsc_frame_word *w, const dsc_frame_word *longer)
{
    return !longer->decision->blank && longer->confidence >= w->confidence &&
           is_longer(longer) && dsc_policy__is_inside(w->box, longer->box, 9);
}

/* What makes a term of two letters: it names a number, or what is seen. */
static bool has_use(const dsc_policy__frame *f, size_t i)
{
    const dsc_frame_word *w = &f->words[i];

    if (w->decision->cls == DSC_CLASS_UNIT && is_near_digits(f, w, false))
        return true;
    if (is_capital_unit(w))
        return false;
    if (is_in_term(f, i) || is_near_digits(f, w, true))
        return true;
    for (size_t k = 0; k < f->count; k++) {
        const dsc_frame_word *other = &f->words[k];
        if (k != i && ((is_site(other) &&
                        dsc_policy__is_beside(w->box, other->box, w->box.h)) ||
                       is_value_of(f, w, other) || is_part_of(w, other)))
            return true;
    }
    return false;
}

/* Or what a reader made of a name: two letters that it is not sure of. */
static bool may_be_initials(const dsc_policy__frame *f, const dsc_frame_word *w)
{
    char two[3];

    return take_two_letters(w->utf8, two) &&
           (dsc_policy__are_initials(f->policy, two) || is_capital_unit(w) ||
            are_pointed(w->utf8) || w->confidence < TWO_READ);
}

/* Is a setting or its value next to it? */
static bool is_at_setting(const dsc_policy__frame *f, const dsc_frame_word *w)
{
    for (int right = 0; right < 2; right++) {
        const dsc_frame_word *next = next_to(f, w, right);
        if (next && !next->decision->blank &&
            (has_digits(next) || next->decision->cls == DSC_CLASS_UNIT ||
             (!strcmp(next->decision->rule, "allow-label") &&
              (dsc_utf8_count(next->utf8) > 2 ||
               is_near_digits(f, next, true)))))
            return true;
    }
    return false;
}

/* Two letters of a list, which stay alone. */
static bool is_short_term(const dsc_frame_word *w)
{
    return are_two_letters(w->utf8) && w->decision->cls != DSC_CLASS_UNIT;
}

void dsc_policy__drop_initials(const dsc_policy__frame *f)
{
    for (size_t i = 0; i < f->count; i++) {
        const dsc_frame_word *w = &f->words[i];
        if (!w->decision->blank &&
            (may_be_initials(f, w) ||
             (is_short_term(w) && is_at_setting(f, w))) &&
            !has_use(f, i))
            *w->decision = (dsc_decision){.blank = true,
                                          .cls = DSC_CLASS_UNKNOWN,
                                          .doubtful = true,
                                          .rule = "initials",
                                          .reason = "two letters that name "
                                                    "nothing, a term or "
                                                    "somebody's initials"};
    }
}
