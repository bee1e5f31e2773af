/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers that make a scale: on one straight line, at even distances that go
 * with their values, three at least. Or two that can be nothing else: a value
 * and its negative at the ends of a colour bar, a frequency and its first
 * harmonic side by side, round numbers far from all other text. What identifies
 * somebody does not stand so.
 */
#include "policy/policy_frame.h"

#include <math.h>
#include <string.h>

/* What was read worse is no number: a date that was misread may stand where a
 * mark would. */
#define LEAST_READ 0.3F
/* A frame with more bare numbers is a table. */
#define MAX_NUMBERS 96u
/* Marks one after the other that may be misread, and how large what was taken
 * for one is, in their heights, with the cells of a compression. */
#define MOST_MISSING 3
#define MOST_HIGH    5
#define MOST_WIDE    8
/* Of a depth beside a ruler. */
#define LEAST_DEPTH   5.0F
#define LEAST_AT_FOOT 8 /* of a shorter one too many numbers are */

static const char scale_rule[] = "scale";

typedef struct mark {
    size_t word; /* of the frame */
    dsc_rect box;
    float x, y, size, value;
    bool sure;  /* it was read as a number */
    bool point; /* a point was read, even at its end */
    unsigned decimals;
    unsigned digits; /* all of them as one number */
} mark;

static bool near(float a, float b, float limit)
{
    return fabsf(a - b) <= limit;
}

/* ---- what may be a number ---- */

/* The digit that a reader may have taken for this letter; 0: none. */
static char digit_of(char c)
{
    static const char from[] = "OoQDIil|!ZzSsGbBgq";
    static const char to[] = "000011111225566899";
    const char *p = c ? strchr(from, c) : NULL;

    return p ? to[p - from] : '\0';
}

/* The length of a dash of Unicode, as a tick beside a number is read. */
static size_t dash(const char *text)
{
    return !strncmp(text, "\xE2\x80\x93", 3) ||
                   !strncmp(text, "\xE2\x80\x94", 3)
               ? 3
               : *text == '_';
}

/* "-1.5", ".62", "10." and, not sure, "lO" and a tick before a number. */
static bool read_number(const char *text, mark *m)
{
    unsigned whole = 0, letters = 0;
    float tenth = 1, sign = 1;
    bool padded = false;

    m->value = 0;
    m->decimals = m->digits = 0;
    m->point = false;
    m->sure = !dash(text);
    text += dash(text);
    if (*text == '-' || *text == '+')
        sign = *text++ == '-' ? -1.0F : 1.0F;
    for (; *text && !dash(text); text++) {
        char c = *text;
        if ((c == '.' || c == ',') && !m->point) {
            m->point = true;
            continue;
        }
        if (c < '0' || c > '9') {
            c = digit_of(c);
            m->sure = false;
            letters++;
        }
        if (!c)
            return false;
        padded = padded || (whole == 1 && !m->point && !m->digits);
        if (m->point)
            m->decimals++;
        else
            whole++;
        m->digits = m->digits * 10 + (unsigned)(c - '0');
        tenth = m->point ? tenth / 10 : tenth;
        m->value = m->point ? m->value + tenth * (float)(c - '0')
                            : m->value * 10 + (float)(c - '0');
    }
    m->sure = m->sure && !*text;
    m->value *= sign;
    /* A year may be part of a date, and so may 06; "Bo" is no 80. */
    return !text[dash(text)] && whole <= 4 && m->decimals <= 2 &&
           whole + m->decimals > 0 && !padded &&
           (letters < 2 || letters < whole + m->decimals) &&
           !(whole == 4 && !m->decimals && m->value >= 1850 &&
             m->value <= 2100);
}

/* Is there a word beside it on its line that goes and is no number, or a
 * caption? "Station 25" is no depth. */
static bool has_company(const dsc_policy__frame *f, size_t i)
{
    for (int side = -1; side <= 1; side += 2) {
        size_t k = i + (size_t)side;
        mark m;
        if (k < f->count && f->words[k].line == f->words[i].line &&
            (dsc_policy__is_caption(f->words[k].decision) ||
             (f->words[k].decision->blank &&
              !read_number(f->words[k].utf8, &m))))
            return true;
    }
    return false;
}

static bool has_rule(const dsc_frame_word *w, const char *rule)
{
    return !w->decision->blank && !strcmp(w->decision->rule, rule);
}

bool dsc_policy__is_depth(const dsc_frame_word *w)
{
    return has_rule(w, DSC_RULE_DEPTH);
}

static size_t gather(const dsc_policy__frame *f, mark *marks)
{
    size_t n = 0;

    for (size_t i = 0; i < f->count; i++) {
        const dsc_frame_word *w = &f->words[i];
        mark m = {.word = i, .box = w->box};
        if (w->decision->blank
                ? w->decision->cls != DSC_CLASS_UNKNOWN
                : !has_rule(w, scale_rule) && !dsc_policy__is_depth(w))
            continue;
        if (w->confidence < LEAST_READ || !dsc_policy__fits_box(w) ||
            !read_number(w->utf8, &m) || has_company(f, i))
            continue;
        if (n == MAX_NUMBERS)
            return 0;
        m.size = (float)w->box.h;
        m.x = (float)w->box.x;
        m.y = (float)w->box.y + m.size / 2;
        marks[n++] = m;
    }
    return n;
}

/* ---- three and more ---- */

/* Far enough apart to be no words of one sentence. */
static bool apart(const mark *a, const mark *b)
{
    return fabsf(a->x - b->x) >= 4.0F * a->size ||
           fabsf(a->y - b->y) >= 1.4F * a->size;
}

static float smaller(const mark *a, const mark *b)
{
    return fminf(a->size, b->size);
}

/* The left end of a number, its middle or its right one: side 0, 1, 2. */
static float anchor(const mark *m, int side)
{
    return m->x + (float)m->box.w * (float)side / 2;
}

static bool in_column(const mark *a, const mark *b)
{
    float limit = 0.6F * smaller(a, b);

    for (int side = 0; side < 3; side++)
        if (near(anchor(a, side), anchor(b, side), limit))
            return true;
    return false;
}

static bool in_row(const mark *a, const mark *b)
{
    return near(a->y, b->y, 0.6F * a->size);
}

/* How far a value is from that of a to that of b. */
static float part_of(const mark *a, const mark *b, float value)
{
    return (value - a->value) / (b->value - a->value);
}

/* Where a mark stands at a part of the way from a to b. */
static void place_at(const mark *a, const mark *b, int side, float part,
                     float *x, float *y)
{
    *x = anchor(a, side) + part * (anchor(b, side) - anchor(a, side));
    *y = a->y + part * (b->y - a->y);
}

/* Does this number stand between a and b, where they want its value? */
static bool fits(const mark *a, const mark *b, const mark *m, float value,
                 int side)
{
    float size = smaller(a, b);
    float steps = hypotf(a->x - b->x, a->y - b->y) / 12;
    float limit = fminf(0.6F * size, fmaxf(3, steps));
    float part = part_of(a, b, value);
    float x, y;

    place_at(a, b, side, part, &x, &y);
    return part > 0 && part < 1 && near(x, anchor(m, side), limit) &&
           near(y, m->y, limit) && apart(a, m) && apart(b, m);
}

/* What an age may be: a whole number of two or three digits. */
static bool may_be_age(const mark *m)
{
    return !m->point && m->value >= 10;
}

/* Marks of one line, from its first to its last. */
typedef struct marks_row {
    bool in[MAX_NUMBERS];
    float part[MAX_NUMBERS + 2]; /* sorted */
    size_t count;
    bool ages; /* they may all be */
} marks_row;

static void join_part(marks_row *r, float part)
{
    size_t k = r->count++;

    for (; k && r->part[k - 1] > part; k--)
        r->part[k] = r->part[k - 1];
    r->part[k] = part;
}

static void join(marks_row *r, const mark *m, float part)
{
    join_part(r, part);
    r->ages = r->ages && may_be_age(m);
}

/* A mark that was found twice is no step. */
#define LEAST_STEP 1e-3F

static float least_step(const marks_row *r)
{
    float least = 1;

    for (size_t k = 1; k < r->count; k++)
        if (r->part[k] - r->part[k - 1] >= LEAST_STEP)
            least = fminf(least, r->part[k] - r->part[k - 1]);
    return least;
}

/* Even steps, of which one may be missing here and there; `length` is that of
 * all of them in heights. Three numbers that may be ages have the same step and
 * stand far apart, as rows of a table do not. */
static bool is_even(const marks_row *r, float length)
{
    float least = least_step(r), most = 0;
    size_t steps = 0;

    for (size_t k = 1; k < r->count; k++) {
        float step = r->part[k] - r->part[k - 1];
        steps += step >= LEAST_STEP;
        most = fmaxf(most, step);
    }
    return steps >= 2 && most <= 2.1F * least &&
           (!r->ages || steps >= 3 ||
            (least * length >= 5 && most <= 1.05F * least));
}

/* Is there other text where the mark would be at this part of the way from a to
 * b? Another reading of it may be a wrong one, or it went. */
static bool has_text(const dsc_policy__frame *f, const mark *a, const mark *b,
                     int side, float part)
{
    float size = smaller(a, b);
    dsc_rect there;
    float x, y;

    place_at(a, b, side, part, &x, &y);
    there = (dsc_rect){(int32_t)(x - size / 2), (int32_t)y, (int32_t)size, 1};
    for (size_t i = 0; i < f->count; i++) {
        const dsc_frame_word *w = &f->words[i];
        if ((float)w->box.h <= MOST_HIGH * size &&
            (float)w->box.w <= MOST_WIDE * size &&
            !dsc_rect_empty(dsc_rect_intersect(there, w->box)))
            return true;
    }
    return false;
}

/* Where more than one mark is missing, text that was misread may be in their
 * places. An ID has digits. */
static void fill_gaps(const dsc_policy__frame *f, const mark *a, const mark *b,
                      int side, marks_row *r)
{
    float least = least_step(r), places[MOST_MISSING];
    marks_row all = *r;

    for (size_t k = 1; k < r->count; k++) {
        float gap = r->part[k] - r->part[k - 1];
        size_t missing = (size_t)lroundf(gap / least) - (gap >= least / 2);
        if (gap <= 2.1F * least)
            continue;
        if (missing > MOST_MISSING || all.count + missing > MAX_NUMBERS)
            return;
        for (size_t i = 0; i < missing; i++) {
            places[i] =
                r->part[k - 1] + gap * (float)(i + 1) / (float)(missing + 1);
            if (!has_text(f, a, b, side, places[i]))
                return;
        }
        for (size_t i = 0; i < missing; i++)
            join_part(&all, places[i]);
    }
    *r = all;
}

/* A digit in the column or the row of a and b, no further beyond them than
 * `reach` times their distance, where they want another value, with a sign or
 * without. An ID whose digits have a box each may have some that stand as a
 * scale's do. */
static bool is_stranger(const mark *a, const mark *b, const mark *m,
                        float reach)
{
    bool down = in_column(a, b) && in_column(a, m);
    float from = down ? a->y : anchor(a, 1), to = down ? b->y : anchor(b, 1);
    float at = ((down ? m->y : anchor(m, 1)) - from) / (to - from);
    float limit = 0.6F * m->size / fabsf(to - from);

    return (down || (in_row(a, b) && in_row(a, m))) && m->sure && !m->point &&
           m->value >= 0 && m->value < 10 && at > -1.1F * reach &&
           at < 1 + 1.1F * reach && !near(at, part_of(a, b, m->value), limit) &&
           !near(at, part_of(a, b, -m->value), limit);
}

static bool any_stranger(const mark *m, size_t n, const mark *a, const mark *b,
                         float reach)
{
    for (size_t k = 0; k < n; k++)
        if (is_stranger(a, b, &m[k], reach))
            return true;
    return false;
}

/* Numbers on the line between a and b, and these two with them. What seems to
 * be a minus may be a tick. */
static void fit(const dsc_policy__frame *f, const mark *m, size_t n,
                const mark *a, const mark *b, int side, bool *scale)
{
    marks_row r = {.ages = true};
    float size = smaller(a, b);

    if (near(a->value, b->value, 1e-4F))
        return;
    join(&r, a, 0);
    join(&r, b, 1);
    for (size_t k = 0; k < n; k++) {
        float value =
            fits(a, b, &m[k], m[k].value, side) ? m[k].value : -m[k].value;
        r.in[k] = m[k].word == a->word || m[k].word == b->word;
        if (r.in[k] || (value != m[k].value && m[k].value >= 0) ||
            !fits(a, b, &m[k], value, side))
            continue;
        r.in[k] = true;
        join(&r, &m[k], part_of(a, b, value));
    }
    if (r.count >= 3 && !r.ages && (a->value >= 10 || b->value >= 10))
        fill_gaps(f, a, b, side, &r);
    if (!is_even(&r, hypotf(a->x - b->x, a->y - b->y) / size) ||
        any_stranger(m, n, a, b, 1))
        return;
    for (size_t k = 0; k < n; k++)
        scale[k] = scale[k] || r.in[k];
}

static void find_rows(const dsc_policy__frame *f, const mark *m, size_t n,
                      bool *scale)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            mark a = m[i], b = m[j];
            if (!a.sure || !b.sure || !apart(&a, &b))
                continue;
            for (int side = 0; side < 3; side++)
                fit(f, m, n, &a, &b, side, scale);
            if (a.value >= 0 && b.value >= 0)
                continue;
            a.value = fabsf(a.value);
            b.value = fabsf(b.value);
            for (int side = 0; side < 3; side++)
                fit(f, m, n, &a, &b, side, scale);
        }
}

/* ---- two ---- */

/* Digits of one font; other ink at one of them makes its box higher. */
static bool same_size(const mark *a, const mark *b)
{
    return 6 * fabsf(a->size - b->size) <= fmaxf(a->size, b->size);
}

/* ".62" and "-.62", of which a reader may miss the points. */
static bool opposite(const mark *a, const mark *b)
{
    return a->value * b->value < 0 && a->digits == b->digits &&
           same_size(a, b) && (in_column(a, b) || in_row(a, b)) && apart(a, b);
}

static bool far_apart(const mark *a, const mark *b)
{
    return fabsf(a->x - b->x) >= 5 * a->size ||
           fabsf(a->y - b->y) >= 5 * a->size;
}

/* 1, 2, 5, 10, 20, 50, 100 */
static bool is_round(float v)
{
    while (v >= 9.99F)
        v /= 10;
    return near(v, 1, 1e-3F) || near(v, 2, 1e-3F) || near(v, 5, 1e-3F);
}

/* Whole numbers may be a case's number or an age that was written twice. */
static bool is_velocity(const mark *a, const mark *b)
{
    return (a->decimals && b->decimals) ||
           (a->digits <= 99 && (a->point || b->point));
}

static bool is_found_again(const dsc_policy__frame *f, const mark *a,
                           const mark *b)
{
    return dsc_policy__is_same(&f->words[a->word], &f->words[b->word]);
}

/* The same at both ends of a colour bar: in one column, and no third one. */
static bool twins(const dsc_policy__frame *f, const mark *m, size_t n, size_t i,
                  size_t j)
{
    for (size_t k = 0; k < n; k++)
        if (m[k].digits == m[i].digits && in_column(&m[i], &m[k]) &&
            !is_found_again(f, &m[i], &m[k]) &&
            !is_found_again(f, &m[j], &m[k]))
            return false;
    return m[i].digits == m[j].digits && m[i].digits > 0 &&
           same_size(&m[i], &m[j]) && m[i].digits <= 999 &&
           is_velocity(&m[i], &m[j]) && in_column(&m[i], &m[j]) &&
           far_apart(&m[i], &m[j]);
}

/* The frequency that is sent and the one that is received, in MHz. */
static bool harmonic(const mark *a, const mark *b)
{
    float between = b->x - a->x - (float)a->box.w;

    return a->decimals == 1 && b->decimals == 1 && a->value >= 0.5F &&
           a->value <= 10 && near(b->value, 2 * a->value, 1e-3F) &&
           in_row(a, b) && between > a->size / 2 && between < 4 * a->size;
}

/* Zero and a round number, or one of a digit and its double, down or across the
 * screen: 50 and 100 may be ages. */
static bool ticks(const mark *a, const mark *b)
{
    const mark *low = a->value < b->value ? a : b, *high = low == a ? b : a;

    return (near(low->value, 0, 1e-4F) ||
            (low->value >= 1 && low->value < 10 && is_round(low->value) &&
             near(high->value, 2 * low->value, 1e-3F))) &&
           is_round(high->value) && high->value >= 1 && !high->decimals &&
           (in_column(a, b) || in_row(a, b)) && far_apart(a, b);
}

/* Numbers with a point or a sign are no ages: the bar between them may be ink
 * that nobody read. */
static bool is_bar(const mark *a, const mark *b)
{
    return in_column(a, b) && far_apart(a, b) &&
           (a->point || b->point || a->value * b->value < 0);
}

static bool both_alone(const dsc_policy__frame *f, const mark *a, const mark *b,
                       dsc_policy__near what)
{
    return dsc_policy__is_alone(f, a->word, b->word, what) &&
           dsc_policy__is_alone(f, b->word, a->word, what);
}

static bool is_pair(const dsc_policy__frame *f, const mark *m, size_t n,
                    size_t i, size_t k)
{
    const mark *a = &m[i], *b = &m[k];

    if (!a->sure || !b->sure)
        return false;
    if (harmonic(a, b) && both_alone(f, a, b, DSC_NEAR_ON_LINE))
        return true;
    if (opposite(a, b) || twins(f, m, n, i, k))
        return both_alone(f, a, b,
                          is_bar(a, b) ? DSC_NEAR_BUT_BAR : DSC_NEAR_ALL);
    return ticks(a, b) && !any_stranger(m, n, a, b, 3) &&
           both_alone(f, a, b, DSC_NEAR_ALL);
}

/* ---- at a ruler ---- */

/* How many marks are between the first one and the number. */
static float marks_to(const dsc_ruler *r, const mark *m)
{
    float x = m->x + (float)m->box.w / 2 - r->x, y = m->y - r->y;

    return (float)r->before +
           (x * r->dx + y * r->dy) / (r->dx * r->dx + r->dy * r->dy);
}

/* The depth at the foot of an upright ruler, where it may stand a little higher
 * for want of room, or fives beside its long marks; one for each mark. */
static bool is_depth(const dsc_policy__frame *f, const mark *m)
{
    const dsc_ruler *r = f->words[m->word].ruler;
    bool foot = r && !r->after && fabsf(r->dx) <= r->dy / 20 &&
                m->value >= LEAST_AT_FOOT;

    return r && m->sure && !m->point && m->value >= LEAST_DEPTH &&
           near(marks_to(r, m), m->value, foot ? 0.5F : 0.3F) &&
           (foot || (r->is_long && fmodf(m->value, LEAST_DEPTH) == 0)) &&
           dsc_policy__is_alone(f, m->word, m->word, DSC_NEAR_HERE);
}

/* Where a ruler wants this number, another reading of it is no other number. */
static void keep_depth(const dsc_policy__frame *f, const mark *m, size_t n,
                       size_t i)
{
    for (size_t k = 0; k < n; k++)
        if (k == i ||
            ((m[k].digits < 10) == (m[i].digits < 10) &&
             dsc_policy__is_ink_of(&f->words[m[i].word], &f->words[m[k].word])))
            dsc_policy__keep_word(f, m[k].word, DSC_CLASS_SCALE, 0.8F,
                                  DSC_RULE_DEPTH,
                                  "as many marks of a ruler as it says");
}

/* What was found twice is a mark twice, or the other one would go. */
static void find_again(const dsc_policy__frame *f, const mark *m, size_t n,
                       bool *scale)
{
    bool first[MAX_NUMBERS];

    memcpy(first, scale, n * sizeof *first);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; first[i] && k < n; k++)
            scale[k] = scale[k] || is_found_again(f, &m[i], &m[k]);
}

static void find_pairs(const dsc_policy__frame *f, const mark *m, size_t n,
                       bool *scale)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            if (i != k && is_pair(f, m, n, i, k))
                scale[i] = scale[k] = true;
}

void dsc_policy__find_scales(const dsc_policy__frame *f)
{
    mark marks[MAX_NUMBERS];
    bool scale[MAX_NUMBERS] = {false};
    size_t n = gather(f, marks);

    find_rows(f, marks, n, scale);
    find_pairs(f, marks, n, scale);
    find_again(f, marks, n, scale);
    for (size_t i = 0; i < n; i++)
        if (scale[i])
            dsc_policy__keep_word(f, marks[i].word, DSC_CLASS_SCALE, 0.8F,
                                  scale_rule, "a mark of a scale");
    for (size_t i = 0; i < n; i++)
        if (is_depth(f, &marks[i]))
            keep_depth(f, marks, n, i);
}
