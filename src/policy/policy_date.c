/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates and times by their shape. A hand-written scanner: each start looks at
 * a bounded stretch of text, so hostile lines cost no more than others.
 */
#include "policy/policy_priv.h"

#include <string.h>

/* The line with what OCR made of digits turned back: in a token of digits and
 * look-alikes, half of them real digits, O is 0, I is 1 and so on. */
typedef struct view {
    const dsc_policy__line *line;
    uint32_t c[DSC_POLICY_LINE_LEN + 1];
    size_t n;
    dsc_policy__mark *marks;
} view;

typedef struct number {
    size_t start, end;
    unsigned digits, value;
} number;

static uint32_t as_digit(uint32_t c)
{
    static const char from[] = "OQDILSZB", to[] = "00011528";
    const char *p = c && c < 0x80 ? strchr(from, (int)c) : NULL;

    if (dsc_policy__is_digit(c))
        return c;
    return p ? (uint32_t)to[p - from] : 0;
}

static void make_view(view *v)
{
    const dsc_policy__line *line = v->line;

    v->n = line->text_count;
    for (size_t i = 0; i < v->n; i++)
        v->c[i] = line->text[i].c;
    v->c[v->n] = ' ';
    for (size_t k = 0; k < line->token_count; k++) {
        const dsc_policy__token *t = &line->tokens[k];
        bool alike = true;
        size_t digits = 0;
        for (size_t i = t->start; i < t->end; i++) {
            alike = alike && as_digit(v->c[i]);
            digits += dsc_policy__is_digit(v->c[i]);
        }
        /* Half at least, or DOB12 would be 00812; 2D is a mode, no 20. */
        alike = alike && 2 * digits >= t->end - t->start &&
                !(t->end - t->start == 2 && v->c[t->end - 1] == 'D');
        for (size_t i = t->start; i < t->end && alike; i++)
            v->c[i] = as_digit(v->c[i]);
    }
}

static uint32_t at(const view *v, size_t i)
{
    return i < v->n ? v->c[i] : ' ';
}

static void mark(view *v, size_t from, size_t to, dsc_class cls,
                 const char *rule, const char *reason)
{
    for (size_t i = from; i < to && i < v->n; i++)
        if (v->c[i] != ' ') {
            dsc_policy__mark_word(&v->marks[v->line->text[i].word], cls, 0.9f,
                                  rule, reason);
            v->line->piece[i] = DSC_PIECE_DATE;
        }
}

static void mark_date(view *v, size_t from, size_t to)
{
    mark(v, from, to, DSC_CLASS_DATE, "date", "a date");
}

static bool read_number(const view *v, size_t i, number *out)
{
    out->start = i;
    out->value = out->digits = 0;
    while (dsc_policy__is_digit(at(v, i)) && out->digits < 15) {
        if (out->digits < 8)
            out->value = out->value * 10 + (at(v, i) - '0');
        out->digits++;
        i++;
    }
    out->end = i;
    return out->digits > 0;
}

/* A whole number: no digit or decimal part on either side. */
static bool stands_free(const view *v, const number *n)
{
    if (n->start && dsc_policy__is_digit(at(v, n->start - 1)))
        return false;
    return !dsc_policy__is_digit(at(v, n->end)) &&
           !((at(v, n->end) == '.' || at(v, n->end) == ',') &&
             dsc_policy__is_digit(at(v, n->end + 1)));
}

static bool is_year(const number *n)
{
    return n->digits == 4 && n->value >= 1850 && n->value <= 2150;
}

static bool is_day(const number *n)
{
    return n->digits <= 2 && n->value >= 1 && n->value <= 31;
}

static bool day_month(unsigned a, unsigned b)
{
    return a >= 1 && b >= 1 && a <= 31 && b <= 31 && (a <= 12 || b <= 12);
}

/* OCR takes a leading 0 for 6 or 8: no day or month begins so. */
static unsigned as_meant(const number *n)
{
    unsigned tens = n->value / 10;

    return n->digits == 2 && (tens == 6 || tens == 8) ? n->value % 10
                                                      : n->value;
}

/* The separator at i, with at most one space on each side; 0 if none. */
static uint32_t separator(const view *v, size_t i, size_t *next)
{
    uint32_t c;
    size_t k = i;

    k += at(v, k) == ' ';
    c = at(v, k);
    if (c < 0x80 && c && strchr("./-,:;_", (int)c)) {
        k++;
        k += at(v, k) == ' ';
        *next = k;
        return c;
    }
    *next = k;
    return k > i ? ' ' : 0;
}

/* 19630412, 12041963, 19630412123456 */
static bool solid_date(const number *n)
{
    unsigned v = n->value, y = v / 10000, m = v / 100 % 100, d = v % 100;

    if (n->digits != 8 && n->digits != 12 && n->digits != 14)
        return false;
    if (y >= 1850 && y <= 2150 && m >= 1 && m <= 12 && d >= 1 && d <= 31)
        return true;
    y = v % 10000;
    return n->digits == 8 && y >= 1850 && y <= 2150 &&
           day_month(v / 1000000, v / 10000 % 100);
}

/* Three numbers; the end of the date or 0. */
static size_t three_numbers(const view *v, const number *a)
{
    number b, c;
    size_t next;
    uint32_t s1 = separator(v, a->end, &next), s2;

    if (!s1 || !read_number(v, next, &b) || b.digits > 2)
        return 0;
    s2 = separator(v, b.end, &next);
    if (!s2 || !read_number(v, next, &c) || !stands_free(v, &c))
        return 0;
    if (s1 == ' ' || s2 == ' ') {
        /* "12 04 1963" and "1963 04 12", but no row of small numbers. */
        bool big = (is_year(a) && b.digits == 2 && c.digits == 2) ||
                   (is_year(&c) && b.digits == 2 && a->digits <= 2);
        if (s1 != s2 || !big)
            return 0;
    }
    if (is_year(a))
        return c.digits <= 2 && day_month(b.value, c.value) ? c.end : 0;
    if (a->digits > 2 || s1 == ':' || s1 == ';')
        return 0;
    if (is_year(&c))
        return day_month(a->value, b.value) ||
                       day_month(as_meant(a), as_meant(&b))
                   ? c.end
                   : 0;
    if (c.digits != 2 || s1 != s2 || s1 == ',' || s1 == '_')
        return 0;
    /* Two-digit years: 12.04.63 and 63-04-12. */
    if (day_month(a->value, b.value) ||
        (a->digits == 2 && b.digits == 2 && day_month(b.value, c.value)))
        return c.end;
    return 0;
}

/* 04/1963, 1963-04 */
static size_t month_year(const view *v, const number *a)
{
    number b;
    uint32_t s = at(v, a->end);

    if ((s != '/' && s != '-') || !read_number(v, a->end + 1, &b) ||
        !stands_free(v, &b))
        return 0;
    if (a->digits <= 2 && a->value >= 1 && a->value <= 12 && is_year(&b))
        return b.end;
    return is_year(a) && b.digits == 2 && b.value >= 1 && b.value <= 12 ? b.end
                                                                        : 0;
}

/* Year, month, day with the words of Chinese, Japanese and Korean. */
static size_t cjk_date(const view *v, const number *a)
{
    static const uint32_t words[] = {0x5E74, 0x6708, 0x65E5,
                                     0xB144, 0xC6D4, 0xC77C};
    size_t i = a->end, end = 0;
    bool word = true;

    while (word && i < v->n && i < a->start + 32) {
        i += at(v, i) == ' ';
        word = false;
        for (size_t k = 0; k < 6; k++)
            word = word || at(v, i) == words[k];
        if (word)
            end = ++i;
        i += at(v, i) == ' ';
        while (word && dsc_policy__is_digit(at(v, i)))
            i++;
    }
    return end;
}

/* ---- month names ---- */

/* Between a month's name and its numbers: signs, ordinals, "de" and "of". */
static size_t skip_right(const view *v, size_t i)
{
    size_t limit = i + 3;

    while (i < limit && strchr(" .,-/'_", (int)(at(v, i) & 0x7F)) &&
           at(v, i) < 0x80)
        i++;
    if (((at(v, i) == 'D' && at(v, i + 1) == 'E') ||
         (at(v, i) == 'O' && at(v, i + 1) == 'F')) &&
        at(v, i + 2) == ' ')
        i += 3;
    return i;
}

static bool ordinal(const view *v, size_t i)
{
    static const char *const ends[] = {"ST", "ND", "RD", "TH",
                                       "ER", "DE", "OF"};

    for (size_t k = 0; k < 7; k++)
        if (at(v, i) == (unsigned char)ends[k][0] &&
            at(v, i + 1) == (unsigned char)ends[k][1])
            return true;
    return false;
}

static bool number_left(const view *v, size_t i, number *out)
{
    size_t end, k = i;

    for (int round = 0; round < 2; round++) {
        size_t limit = 3;
        while (k && limit-- && at(v, k - 1) < 0x80 &&
               strchr(" .,-/_", (int)at(v, k - 1)))
            k--;
        if (k >= 2 && ordinal(v, k - 2))
            k -= 2;
        else
            break;
    }
    end = k;
    while (k && end - k < 5 && dsc_policy__is_digit(at(v, k - 1)))
        k--;
    if (k == end || (k && dsc_policy__is_digit(at(v, k - 1))))
        return false;
    /* The number's own decimals: "1.5 mar" is none of ours. */
    if (k >= 2 && at(v, k - 1) == '.' && dsc_policy__is_digit(at(v, k - 2)))
        return false;
    return read_number(v, k, out);
}

static bool number_right(const view *v, size_t i, number *out)
{
    return read_number(v, skip_right(v, i), out) && stands_free(v, out);
}

static void around_month(view *v, size_t from, size_t to, bool sure)
{
    number left = {0}, right = {0}, year = {0};
    bool has_left = number_left(v, from, &left);
    bool has_right = number_right(v, to, &right);
    size_t start = from, end = to;
    bool day = false, has_year = false;

    if (has_left && (is_day(&left) || is_year(&left))) {
        start = left.start;
        day = is_day(&left);
        has_year = is_year(&left);
    }
    if (has_right && !has_year &&
        (is_year(&right) || (day && right.digits == 2))) {
        end = right.end;
        has_year = true;
    } else if (has_right && !day && is_day(&right)) {
        size_t after = right.end + (ordinal(v, right.end) ? 2 : 0);
        day = true;
        end = after;
        if (number_right(v, after, &year) &&
            (is_year(&year) || (!has_year && year.digits == 2))) {
            end = year.end;
            has_year = true;
        }
    } else if (sure && has_right && !day && !has_year && right.digits == 2) {
        end = right.end; /* "Dec 62" */
        has_year = true;
    }
    if (has_year && has_left && !day && left.digits <= 2)
        start = left.start; /* a day that OCR misread: 64 for 04 */
    if (has_year || (sure && day))
        mark_date(v, start, end);
}

/* A token that is a month, or a month between its numbers (12APR63). */
static void try_months(view *v, const dsc_policy__token *t)
{
    dsc_policy__char name[16];
    size_t i = t->start, n = t->end - t->start;
    bool sure;

    while (i < t->end) {
        size_t k = i;
        while (k < t->end && dsc_policy__is_letter(v->line->text[k].c))
            k++;
        if (k > i && dsc_policy__month(v->line->text + i, k - i, &sure))
            around_month(v, i, k, sure);
        i = k > i ? k : i + 1;
    }
    if (n < 3 || n > 12)
        return;
    for (i = 0; i < n; i++) {
        uint32_t c = v->line->text[t->start + i].c;
        name[i].c = c == '0' ? 'O' : c == '1' ? 'I' : c == '5' ? 'S' : c;
    }
    if (dsc_policy__month(name, n, &sure))
        around_month(v, t->start, t->end, sure);
}

/* ---- times ---- */

/* " AM", "p.m.", " Uhr": the end after it, or i. */
static size_t half_day(const view *v, size_t i)
{
    size_t k = i + (at(v, i) == ' ');

    if ((at(v, k) == 'A' || at(v, k) == 'P')) {
        size_t m = k + 1 + (at(v, k + 1) == '.');
        if (at(v, m) == 'M' && !dsc_policy__is_word(at(v, m + 1)))
            return m + 1 + (at(v, m + 1) == '.');
    }
    if (at(v, k) == 'U' && at(v, k + 1) == 'H' && at(v, k + 2) == 'R')
        return k + 3;
    return i;
}

static size_t clock_time(const view *v, const number *h)
{
    number m, s;
    size_t next, end;
    uint32_t sep = separator(v, h->end, &next);

    if (h->digits > 2 || h->value > 24)
        return 0;
    end = half_day(v, h->end);
    if (end > h->end && h->value >= 1 && h->value <= 12)
        return end;
    if (at(v, h->end) == 'H') {
        next = h->end + 1;
        sep = 'H';
    }
    if (!(sep == ':' || sep == ';' || sep == 'H' || sep == '.') ||
        !read_number(v, next, &m) || m.digits != 2 || as_meant(&m) > 59)
        return 0;
    end = m.end;
    if ((separator(v, m.end, &next) == sep || at(v, m.end) == ':') &&
        read_number(v, next, &s) && s.digits == 2 && as_meant(&s) <= 59) {
        end = s.end;
        if (at(v, end) == '.' && read_number(v, end + 1, &m))
            end = m.end;
        return half_day(v, end);
    }
    /* One dot makes a decimal number, unless a clock word follows. */
    if (sep == '.')
        return half_day(v, end) > end ? half_day(v, end) : 0;
    return half_day(v, end);
}

static void try_number(view *v, size_t i)
{
    number n;
    size_t end;

    if (!read_number(v, i, &n))
        return;
    /* The tail of a decimal number starts nothing. */
    if (i >= 2 && (at(v, i - 1) == '.' || at(v, i - 1) == ',') &&
        dsc_policy__is_digit(at(v, i - 2)))
        return;
    if (solid_date(&n)) {
        mark_date(v, n.start, n.end);
        return;
    }
    end = three_numbers(v, &n);
    if (!end)
        end = month_year(v, &n);
    if (!end)
        end = cjk_date(v, &n);
    if (end) {
        mark_date(v, n.start, end);
        return;
    }
    end = clock_time(v, &n);
    if (end)
        mark(v, n.start, end, DSC_CLASS_TIME, "time", "a time");
}

void dsc_policy__match_dates(const dsc_policy__line *line,
                             dsc_policy__mark *marks)
{
    view v = {.line = line, .marks = marks};

    make_view(&v);
    for (size_t i = 0; i < v.n; i++)
        if (dsc_policy__is_digit(v.c[i]) &&
            (!i || !dsc_policy__is_digit(v.c[i - 1])))
            try_number(&v, i);
    for (size_t k = 0; k < line->token_count; k++)
        try_months(&v, &line->tokens[k]);
    explicit_bzero(&v, sizeof v);
}
