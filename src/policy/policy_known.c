/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known to be harmless in a line: terms of the allow-lists, numbers
 * with a unit, numbers that follow the name of a measurement.
 *
 * A word is known when all of its letters and digits belong to such a piece.
 */
#include "policy/policy_term.h"

#include "base/hash.h"

#include <string.h>

/* Digits of a number that is no measurement, whatever stands beside it. */
#define ID_DIGITS 5u
/* Digits after a label, after a short one, and right after its letters. */
#define LABEL_DIGITS 4u
#define SHORT_DIGITS 3u
#define GLUED_DIGITS 2u
/* Nobody is older. */
#define OLDEST 120u
/* Numbers in a row: 3.0 x 2.1 x 4.0 cm */
#define CHAIN 4u

typedef struct scan {
    const dsc_policy *policy;
    const dsc_policy__line *line;
    uint8_t *piece; /* the line's */
} scan;

static uint32_t at(const scan *s, size_t i)
{
    return i < s->line->text_count ? s->line->text[i].c : ' ';
}

static void cover(scan *s, size_t from, size_t to, dsc_policy__piece piece)
{
    for (size_t i = from; i < to && i < s->line->text_count; i++)
        if (dsc_policy__is_word(s->line->text[i].c))
            s->piece[i] = (uint8_t)piece;
}

/* ---- numbers ---- */

typedef struct figure {
    size_t start, end;
    unsigned whole, decimals; /* digits before and after the point */
    unsigned value;           /* of those before */
    bool negative;
} figure;

static bool read_figure(const scan *s, size_t i, figure *f)
{
    memset(f, 0, sizeof *f);
    f->start = i;
    while (dsc_policy__is_digit(at(s, i)) && f->whole < 9) {
        f->value = f->value * 10 + (at(s, i++) - '0');
        f->whole++;
    }
    if (!f->whole && at(s, i) != '.')
        return false;
    if ((at(s, i) == '.' || at(s, i) == ',') &&
        dsc_policy__is_digit(at(s, i + 1))) {
        i++;
        while (dsc_policy__is_digit(at(s, i)) && f->decimals < 9) {
            i++;
            f->decimals++;
        }
    }
    f->end = i;
    return f->whole + f->decimals > 0 && !dsc_policy__is_digit(at(s, i));
}

/* Between two numbers that one unit serves. */
static size_t skip_joint(const scan *s, size_t i)
{
    size_t k = i + (at(s, i) == ' ');
    uint32_t c = at(s, k);

    if (c != 'X' && c != '/' && c != '-' && c != '*' && c != '~')
        return i;
    k++;
    return k + (at(s, k) == ' ');
}

typedef struct row {
    figure last;
    size_t end;
    unsigned count, longest;
    bool decimal, year, plain; /* plain: one number, or 1/3 */
    bool padded;               /* 067, as in dates and IDs */
    bool day;                  /* 24.02, unless a unit follows */
    bool fine;                 /* 322.7283: finer than anything is shown */
} row;

/* "24.02": a day and a month */
static bool is_day(const scan *s, const figure *f)
{
    uint32_t month;

    if (f->whole != 2 || f->decimals != 2 || !f->value || f->value > 31)
        return false;
    month = (at(s, f->end - 2) - '0') * 10 + at(s, f->end - 1) - '0';
    return month && month <= 12;
}

static void note(const scan *s, row *r, const figure *f)
{
    r->last = *f;
    r->end = f->end;
    r->count++;
    r->longest = f->whole > r->longest ? f->whole : r->longest;
    r->decimal = r->decimal || f->decimals;
    r->padded =
        r->padded || (f->whole > 1 && !f->decimals && at(s, f->start) == '0');
    /* 1963 after a label may be part of a date. */
    r->year = r->year || (f->whole == 4 && !f->decimals && f->value >= 1850 &&
                          f->value <= 2100);
    r->day = r->day || is_day(s, f);
    r->fine = r->fine || (f->whole > 1 && f->decimals > 2);
}

static bool read_row(const scan *s, size_t i, row *r)
{
    figure f;

    memset(r, 0, sizeof *r);
    r->plain = true;
    if (!read_figure(s, i, &f))
        return false;
    note(s, r, &f);
    while (r->count < CHAIN) {
        size_t next = skip_joint(s, r->end);
        if (next == r->end || !read_figure(s, next, &f))
            break;
        r->plain = r->count == 1 && at(s, r->end) == '/';
        note(s, r, &f);
    }
    return true;
}

/* An ID, or part of a date: what follows it is no unit. */
static bool is_measure(const row *r)
{
    return r->longest < ID_DIGITS && !r->padded;
}

static size_t run_end(const scan *s, size_t i)
{
    while (dsc_policy__is_word(at(s, i)) && i < s->line->text_count)
        i++;
    return i;
}

static size_t skip_to_value(const scan *s, size_t i);

/* "10 M", "67 F": an age and a sex, and no metres. */
static bool is_before_sex(const scan *s, const figure *f)
{
    size_t k = f->end + (at(s, f->end) == ' ');

    return k > f->end && !f->decimals && f->value <= OLDEST &&
           (at(s, k) == 'M' || at(s, k) == 'F') && !s->line->text[k].lower &&
           run_end(s, k) == k + 1 && at(s, k + 1) != '/' &&
           !(at(s, k + 1) == ' ' && dsc_policy__is_digit(at(s, k + 2)));
}

/* "kV 120 mA 200": what stands before a number of its own is that one's name.
 */
static bool is_next_label(const scan *s, size_t from, size_t to)
{
    uint64_t hash = DSC_HASH_START;
    const dsc_policy__term *term;
    size_t value = skip_to_value(s, to), next, end;
    figure f;

    if (value == to || !read_figure(s, value, &f) || is_before_sex(s, &f))
        return false;
    if (to - from == 2 && (at(s, from) == 'C' || at(s, from) == 'M') &&
        at(s, from + 1) == 'M' && at(s, to) != '=' && at(s, to + 1) != '=')
        return false; /* "3.3 cm 163": hardly anything but a unit */
    next = f.end + (at(s, f.end) == ' ');
    end = run_end(s, next);
    if (at(s, next) == '%' ||
        (end > next + (to - from == 1) &&
         dsc_policy__is_unit(s->policy, s->line->text + next, end - next)))
        return false; /* "37.2 mm 12.3 mm", not "57 W 400 L 40" */
    for (size_t i = from; i < to; i++)
        hash = dsc_policy__hash(hash, s->line->text[i].c);
    term = dsc_policy__find_term(s->policy, hash, 1, to - from);
    return to - from == 1 || (term && term->section == DSC_TERM_LABEL);
}

/* "0.71 K B": the first letter of initials is no unit. */
static bool is_before_letter(const scan *s, size_t i)
{
    return at(s, i) == ' ' && dsc_policy__is_letter(at(s, i + 1)) &&
           s->line->text[i - 1].lower == s->line->text[i + 1].lower &&
           run_end(s, i + 1) == i + 2 && !dsc_policy__is_digit(at(s, i + 3)) &&
           at(s, i + 2) == ' ';
}

/* The unit at i, with its divisors (ml/min/m2): its end, or i. A single letter
 * may be somebody's initial, so it needs more than a whole number before it. */
static size_t read_unit(const scan *s, size_t i, bool sure)
{
    size_t k = i + (at(s, i) == ' ' || at(s, i) == '(' || at(s, i) == '['), end;

    /* "72 /min", and "1/min" without its number */
    if (at(s, k) == '/' && k > i && at(s, i) == ' ') {
        end = run_end(s, k + 1);
        return end - k > 3 && dsc_policy__is_unit(
                                  s->policy, s->line->text + k + 1, end - k - 1)
                   ? end
                   : i;
    }
    if (at(s, k) == '%')
        return at(s, k + 1) == 'C' && run_end(s, k + 1) == k + 2 ? k + 2
                                                                 : k + 1;
    end = run_end(s, k);
    if (end == k || end - k > 10 ||
        (end - k == 1 &&
         ((!sure && at(s, end) != '/') || is_before_letter(s, end))) ||
        at(s, end) == '\'' /* N'Guyen */)
        return i;
    if (!dsc_policy__is_unit(s->policy, s->line->text + k, end - k) ||
        (k > i && is_next_label(s, k, end)))
        return i;
    for (int parts = 0; parts < 3 && at(s, end) == '/'; parts++) {
        size_t next = run_end(s, end + 1);
        if (next == end + 1 ||
            !dsc_policy__is_unit(s->policy, s->line->text + end + 1,
                                 next - end - 1))
            return parts || end - k > 1 || sure ? end : i;
        end = next;
    }
    return end;
}

/* "(85)" is an age, "#4711" somebody's number. */
static bool is_signed(const scan *s, const row *r, size_t from)
{
    uint32_t sign = from ? at(s, from - 1) : ' ';

    return (sign == '(' && at(s, r->end) == ')' && !r->decimal) ||
           (sign == '#' && r->longest > SHORT_DIGITS);
}

/* A number, or several, at i, after a label that takes so many digits (0: no
 * label); the end of what was covered, or i. */
static size_t numbers(scan *s, size_t i, unsigned digits)
{
    size_t end;
    row r;

    if (!read_row(s, i, &r) || !is_measure(&r) ||
        (!r.decimal && is_before_sex(s, &r.last)))
        return i;
    end = read_unit(s, r.end, r.decimal || digits);
    if (end > r.end) {
        cover(s, i, r.end, DSC_PIECE_NUMBER_UNIT);
        cover(s, r.end, end, DSC_PIECE_UNIT);
        return end;
    }
    /* "28W3D", "4326S": letters at its end that are no unit. */
    if (dsc_policy__is_word(at(s, r.end)))
        return i;
    if (!digits || r.longest > digits || r.year || r.day || !r.plain ||
        r.fine || is_signed(s, &r, i))
        return i;
    cover(s, i, r.end, DSC_PIECE_NUMBER_LABEL);
    return r.end;
}

/* ---- terms ---- */

typedef struct found {
    const dsc_policy__term *term;
    size_t tokens;
    bool alike;
} found;

/* Parts of one term stand close together. */
static bool adjoins(const scan *s, size_t i)
{
    const dsc_policy__token *t = &s->line->tokens[i];

    return t->start - t[-1].end <= 4;
}

/* A capital W of few dots is read as a U: "PUR". Of letters that are alike, no
 * others are tried in so short a word, nor this one beside anything else. */
static bool has_open_w(const scan *s, const dsc_policy__token *t)
{
    bool open = false;

    if (s->line->token_count > 1)
        return false;
    for (size_t i = t->start; i < t->end; i++) {
        const dsc_policy__char *c = &s->line->text[i];
        if (!dsc_policy__is_letter(c->c) || c->lower)
            return false;
        open = open || c->c == 'U';
    }
    return open && t->end - t->start == 3;
}

/* "E.A.", "S P": E/A and S/P are terms, and these are somebody's initials. */
static bool are_letters(const scan *s, const dsc_policy__token *t, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        uint32_t sign = at(s, t[k].end);
        if (t[k].end - t[k].start != 1 ||
            !dsc_policy__is_letter(at(s, t[k].start)) ||
            (k + 1 < n &&
             ((sign != '.' && sign != ' ') || t[k + 1].start > t[k].end + 2)))
            return false;
    }
    return n > 1;
}

static found longest_term(const scan *s, size_t first)
{
    const dsc_policy__line *line = s->line;
    uint64_t hash = DSC_HASH_START, alike = DSC_HASH_START;
    size_t chars = 0, letters = 0;
    uint32_t held = 0;     /* an R or V that may begin an M or W */
    bool numbered = false; /* "10" is no IO of a term */
    found best = {NULL, 0, false};

    for (size_t n = 0; n < DSC_TERM_WORDS && first + n < line->token_count;
         n++) {
        const dsc_policy__token *t = &line->tokens[first + n];
        const dsc_policy__term *term;
        uint64_t closed;
        if (n && !adjoins(s, first + n))
            break;
        for (size_t i = t->start; i < t->end; i++, chars++) {
            uint32_t c = line->text[i].c, look = dsc_policy__look(c);
            letters += dsc_policy__is_letter(c);
            hash = dsc_policy__hash(hash, c);
            if ((held == 'R' && look == 'N') || (held == 'V' && look == 'V')) {
                alike = dsc_policy__hash(alike, held == 'R' ? 'M' : 'W');
                held = 0;
                continue;
            }
            if (held)
                alike = dsc_policy__hash(alike, held);
            held = look == 'R' || look == 'V' ? look : 0;
            if (!held)
                alike = dsc_policy__hash(alike, look);
        }
        numbered = numbered ||
                   (t->end - t->start > 1 &&
                    dsc_policy__token_digits(line, t) == t->end - t->start);
        if (chars > DSC_TERM_CHARS)
            break;
        term = dsc_policy__find_term(s->policy, hash, n + 1, chars);
        /* One letter is a unit after a number only. */
        if ((term && chars < 2) || are_letters(s, &line->tokens[first], n + 1))
            continue;
        if (term) {
            best = (found){term, n + 1, false};
            continue;
        }
        closed = held ? dsc_policy__hash(alike, held) : alike;
        term = NULL;
        if (chars >= 4 && letters * 2 >= chars && !numbered)
            term = dsc_policy__find_alike(closed, n + 1, chars);
        else if (!n && has_open_w(s, t))
            term = dsc_policy__find_alike(hash, 1, chars);
        if (term && !(n == 0 && dsc_policy__is_name(line->text + t->start,
                                                    t->end - t->start)))
            best = (found){term, n + 1, true};
    }
    return best;
}

static dsc_policy__piece piece_of(const found *f)
{
    static const dsc_policy__piece pieces[] = {
        [DSC_TERM_LABEL] = DSC_PIECE_LABEL,
        [DSC_TERM_TEXT] = DSC_PIECE_TEXT,
        [DSC_TERM_UNIT] = DSC_PIECE_UNIT,
        [DSC_TERM_LATERALITY] = DSC_PIECE_LATERALITY,
        [DSC_TERM_VENDOR] = DSC_PIECE_VENDOR,
        [DSC_TERM_CAPTION] = DSC_PIECE_CAPTION};

    return f->alike ? DSC_PIECE_ALIKE : pieces[f->term->section];
}

/* To the number that a label names: "HR: 72", "EF = 64", "DFOV 16". */
static size_t skip_to_value(const scan *s, size_t i)
{
    for (size_t limit = i + 4; i < limit; i++) {
        uint32_t c = at(s, i);
        if (c >= 0x80 || !c || !strchr(" :=<>~#.(+-'", (int)c) ||
            (c == '.' && dsc_policy__is_digit(at(s, i + 1))))
            break;
    }
    return i;
}

/* Sides within a term: "Right kidney" */
static void cover_sides(scan *s, size_t first, size_t tokens)
{
    for (size_t k = first; k < first + tokens; k++) {
        const dsc_policy__token *t = &s->line->tokens[k];
        uint64_t hash = DSC_HASH_START;
        const dsc_policy__term *term;
        for (size_t i = t->start; i < t->end; i++)
            hash = dsc_policy__hash(hash, s->line->text[i].c);
        term = dsc_policy__find_term(s->policy, hash, 1, t->end - t->start);
        if (term && term->section == DSC_TERM_LATERALITY)
            cover(s, t->start, t->end, DSC_PIECE_LATERALITY);
    }
}

/* Settings with a short name whose values have four digits. */
#define LONG_VALUES "WW WL WC TR TI PRF DLP DAP EI SID SOD"

/* Digits of a number after this term. Short labels are letters of many IDs. */
static unsigned digits_after(const scan *s, const dsc_policy__token *first,
                             const found *f)
{
    if (f->term->section != DSC_TERM_LABEL)
        return 0;
    if (f->tokens == 1 && dsc_policy__token_in(s->line, first, "MI"))
        return 1; /* an index; "M/87" is read as MI 87 */
    return f->tokens == 1 && first->end - first->start <= 4 &&
                   !dsc_policy__token_in(s->line, first, LONG_VALUES)
               ? SHORT_DIGITS
               : LABEL_DIGITS;
}

/* "CINE 0118", and nothing else: systems count frames with zeros before the
 * number. Images and pages have dates and IDs beside them as well. */
static size_t frame_number(scan *s, const dsc_policy__token *first,
                           const found *f, size_t i)
{
    row r;

    if (f->tokens > 1 || f->alike || first != s->line->tokens ||
        !dsc_policy__token_in(s->line, first, "CINE FRAME") ||
        !read_row(s, i, &r) || r.count > 1 || r.decimal || r.year ||
        r.longest > LABEL_DIGITS ||
        r.end < s->line->tokens[s->line->token_count - 1].end)
        return i;
    cover(s, i, r.end, DSC_PIECE_NUMBER_LABEL);
    return r.end;
}

/* "XMIT:A": a setting that has letters for values. From F on they may be a sex,
 * and with a space between an initial. */
static void cover_letter(scan *s, const dsc_policy__token *last)
{
    uint32_t sign = at(s, last->end), value = at(s, last->end + 1);

    if ((sign == ':' || sign == '=') && value >= 'A' && value <= 'E' &&
        at(s, last->end + 2) == ' ')
        cover(s, last->end + 1, last->end + 2, DSC_PIECE_LETTER);
}

/* [mg], mg/dl, or after a number that goes for another reason. */
static bool is_written_as_unit(const scan *s, const dsc_policy__token *t)
{
    uint32_t before = t->start ? at(s, t->start - 1) : ' ';
    bool first = t == s->line->tokens;
    size_t next = t->end + 1, end = run_end(s, next);

    if (before == '[' || before == '(' ||
        (!first && dsc_policy__is_digit(at(s, t[-1].end - 1))))
        return true;
    if (before == '/' && !first)
        return dsc_policy__token_piece(s->line, t - 1) == DSC_PIECE_UNIT;
    return at(s, t->end) == '/' && end > next &&
           dsc_policy__is_unit(s->policy, s->line->text + next, end - next);
}

/* A term at token i; how many tokens it took. */
static size_t take_term(scan *s, size_t i)
{
    found f = longest_term(s, i);
    const dsc_policy__token *first = &s->line->tokens[i], *last;
    const dsc_policy__term *unit = NULL;
    dsc_policy__piece piece;
    size_t value, end;
    bool bare;

    if (!f.term)
        return 0;
    last = first + f.tokens - 1;
    bare = f.tokens == 1 && !is_written_as_unit(s, first);
    value = skip_to_value(s, last->end);
    end = numbers(s, value, digits_after(s, first, &f));
    if (end == value)
        end = frame_number(s, first, &f, value);
    if (f.term->name && !f.alike &&
        (bare || f.term->section != DSC_TERM_UNIT)) {
        /* Long, Max: only beside what nobody is called. "Page 1/3" is one. */
        bool pair = end > value && at(s, value + 1) == '/' && end == value + 3;
        if (!pair &&
            (end == value || s->piece[value] != DSC_PIECE_NUMBER_UNIT)) {
            for (size_t k = value; k < end; k++)
                s->piece[k] = DSC_PIECE_NONE;
            cover(s, first->start, last->end, DSC_PIECE_NAME_TERM);
            return f.tokens;
        }
    }
    /* CM is the cisterna magna before a number only; what is a unit as well as
     * a name or initials is one after a number only. */
    if (f.term->section == DSC_TERM_LABEL && end == value && f.tokens == 1)
        unit = dsc_policy__find_unit(s->policy, s->line->text + first->start,
                                     last->end - first->start);
    if (unit && unit->name && bare)
        piece = f.term->initials ? DSC_PIECE_NAME_TERM : piece_of(&f);
    else
        piece = unit ? DSC_PIECE_UNIT : piece_of(&f);
    cover(s, first->start, last->end, piece);
    cover_sides(s, i, f.tokens);
    if (f.term->section == DSC_TERM_LABEL && !f.alike)
        cover_letter(s, last);
    return f.tokens;
}

/* ---- tokens that are no term as a whole ---- */

/* A number to `unit`, and its unit to `end`, if it has one. */
static void cover_number(scan *s, size_t from, size_t unit, size_t end)
{
    cover(s, from, unit,
          end > unit ? DSC_PIECE_NUMBER_UNIT : DSC_PIECE_NUMBER_LABEL);
    cover(s, unit, end, DSC_PIECE_UNIT);
}

/* Is the word before a token one of letters that nobody knows? */
static bool is_after_unknown(const scan *s, const dsc_policy__token *t)
{
    return t > s->line->tokens && t[-1].end - t[-1].start > 1 &&
           dsc_policy__is_letter(s->line->text[t[-1].start].c) &&
           dsc_policy__token_piece(s->line, t - 1) <= DSC_PIECE_NAME_TERM;
}

/* C 50, G: 66, E 0.8: one letter and a number, as settings are written. M, F
 * and what else may tell a sex and an age is none, and none is an initial. */
static bool letter_and_number(scan *s, const dsc_policy__token *t)
{
    uint32_t c = s->line->text[t->start].c;
    size_t value, end;
    row r;

    if (t->end - t->start != 1 || !strchr("ABCDEGHLPRSW", (int)c) ||
        is_after_unknown(s, t))
        return false;
    value = skip_to_value(s, t->end);
    if (!read_row(s, value, &r) || r.count > 1 || !is_measure(&r) || r.fine ||
        is_before_sex(s, &r.last) ||
        (at(s, t->end) == '.' && at(s, r.end) == '.') /* "G.4." */)
        return false;
    end = read_unit(s, r.end, r.decimal);
    if (end == r.end && !r.decimal &&
        (!strchr("CDGPRWL", (int)c) ||
         r.longest > (c == 'W' || c == 'L' ? 4 : 3)))
        return false;
    if (end == r.end &&
        (dsc_policy__is_word(at(s, r.end)) || is_signed(s, &r, value)))
        return false;
    cover(s, t->start, t->end, DSC_PIECE_LETTER);
    cover_number(s, value, r.end, end);
    return true;
}

/* "MI87", "FL45": what readers make of the stroke between a sex and an age. */
static bool may_be_stroke(const scan *s, size_t from, size_t to)
{
    uint32_t sex = at(s, from), stroke = at(s, from + 1);

    return to - from == 2 && (sex == 'M' || sex == 'F' || sex == 'W') &&
           (stroke == 'I' || stroke == 'L');
}

/* HR72BPM, H4.25MHZ, C50: letters, then a number in the same run. */
static bool letters_and_number(scan *s, size_t i)
{
    const dsc_policy__token *t = &s->line->tokens[i];
    const dsc_policy__char *text = s->line->text;
    const dsc_policy__term *term = NULL;
    uint64_t hash = DSC_HASH_START;
    size_t k = t->start, end;
    row r;

    while (k < t->end && !dsc_policy__is_digit(text[k].c))
        hash = dsc_policy__hash(hash, text[k++].c);
    if (k == t->start || k == t->end || !read_row(s, k, &r))
        return false;
    if (k - t->start > 1)
        term = dsc_policy__find_term(s->policy, hash, 1, k - t->start);
    if (term && (term->section != DSC_TERM_LABEL || term->name))
        return false;
    if (!term &&
        (k - t->start > 1 || !strchr("BCDEGHLPRSW", (int)text[t->start].c)))
        return false;
    if (!is_measure(&r))
        return false;
    end = read_unit(s, r.end, r.decimal);
    if (at(s, r.end) == ' ' && r.longest > SHORT_DIGITS)
        end = r.end; /* "WT6148 MV" */
    if (end == r.end && (dsc_policy__is_word(at(s, r.end)) ||
                         (!r.decimal && (r.longest > GLUED_DIGITS ||
                                         may_be_stroke(s, t->start, k))) ||
                         (!term && !strchr("CGPR", (int)text[t->start].c))))
        return false;
    cover(s, t->start, k, term ? DSC_PIECE_LABEL : DSC_PIECE_LETTER);
    cover_number(s, k, r.end, end);
    return true;
}

static bool is_done(const scan *s, const dsc_policy__token *t)
{
    for (size_t i = t->start; i < t->end; i++)
        if (s->piece[i] == DSC_PIECE_NONE)
            return false;
    return true;
}

/* "3:PELVIS", a preset with its number in one word. */
static bool is_preset(const scan *s, const dsc_policy__token *t)
{
    return !t->start && t[1].word == t->word && at(s, t->end) == ':' &&
           t[1].start == t->end + 1 &&
           dsc_policy__token_piece(s->line, t + 1) == DSC_PIECE_TEXT;
}

/* Is the digit before a label the number of its row? It begins the line, or
 * stands behind the length of the row before: "IVSd 1.1 cm 2 LVPWd 0.9 cm". */
static bool is_row_number(const scan *s, const dsc_policy__token *t)
{
    return t[1].word == t->word + 1 &&
           dsc_policy__token_piece(s->line, t + 1) == DSC_PIECE_LABEL &&
           (t == s->line->tokens ||
            (dsc_policy__token_piece(s->line, t - 1) == DSC_PIECE_UNIT &&
             dsc_policy__token_in(s->line, t - 1, "CM MM")));
}

static void row_numbers(scan *s)
{
    for (size_t i = 0; i + 1 < s->line->token_count; i++) {
        const dsc_policy__token *t = &s->line->tokens[i];
        if (t->end - t->start != 1 || !dsc_policy__is_digit(at(s, t->start)) ||
            s->piece[t->start] != DSC_PIECE_NONE)
            continue;
        if (is_preset(s, t))
            cover(s, t->start, t->end, DSC_PIECE_PRESET);
        else if (is_row_number(s, t))
            cover(s, t->start, t->end, DSC_PIECE_NUMBER_LABEL);
    }
}

/* A word is as sure as the least sure piece of it. */
static void judge_words(const scan *s, dsc_policy__known *out)
{
    for (size_t k = 0; k < s->line->token_count; k++) {
        const dsc_policy__token *t = &s->line->tokens[k];
        dsc_policy__known *w = &out[t->word];
        for (size_t i = t->start; i < t->end; i++) {
            dsc_policy__piece p = (dsc_policy__piece)s->piece[i];
            if (!w->chars++ || p < w->piece)
                w->piece = p;
        }
    }
}

/* A word that is one number and nothing else. */
static void note_number(const scan *s, dsc_policy__known *out)
{
    for (size_t i = 0; i < s->line->text_count;) {
        uint32_t word = s->line->text[i].word;
        size_t end = i, k = i;
        figure f;
        while (end < s->line->text_count && s->line->text[end].word == word)
            end++;
        if (at(s, k) == '-' || at(s, k) == '+')
            k++;
        /* "52." is one, "52B" is none */
        out[word].number = read_figure(s, k, &f) &&
                           f.end + (at(s, f.end) == '.' ? 2 : 1) >= end &&
                           f.whole <= 4 && f.decimals <= 2;
        i = end;
    }
}

dsc_policy__piece dsc_policy__token_piece(const dsc_policy__line *line,
                                          const dsc_policy__token *t)
{
    uint8_t least = line->piece[t->start];

    for (size_t i = t->start; i < t->end; i++)
        least = line->piece[i] < least ? line->piece[i] : least;
    return (dsc_policy__piece)least;
}

void dsc_policy__find_known(const dsc_policy *policy,
                            const dsc_policy__line *line,
                            dsc_policy__known *out)
{
    scan s = {policy, line, line->piece};

    for (size_t i = 0; i < line->token_count;) {
        const dsc_policy__token *t = &line->tokens[i];
        size_t took = 1;
        if (!is_done(&s, t)) {
            took = take_term(&s, i);
            if (!took && dsc_policy__is_digit(line->text[t->start].c))
                numbers(&s, t->start, 0);
            else if (!took && !letter_and_number(&s, t))
                letters_and_number(&s, i);
            took = took ? took : 1;
        }
        i += took;
    }
    row_numbers(&s);
    judge_words(&s, out);
    note_number(&s, out);
}
