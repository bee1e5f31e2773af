/* SPDX-License-Identifier: Apache-2.0
 *
 * Facts in a line: an edit distance in which what an OCR engine confuses
 * (0 O Q D 8 B 6, 1 I l | 7, 5 S, 2 Z, rn m, cl d) costs a quarter of an edit.
 */
#include "policy/policy_priv.h"

#include <string.h>

#define EDIT  4    /* cost of one edit; of a confusion: 1 */
#define NEVER 9999 /* more than any sum of costs */

/* A fact that may be found in part has this many characters. */
#define LONG_FACT  6u
#define LEAST_PART 4u

/* What OCR confuses has a bit in common; ONE: it may be read as two letters,
 * FIRST: it may be the first of two that are read as one. */
enum {
    LIKE_O = 1,
    LIKE_I = 2,
    LIKE_S = 4,
    LIKE_Z = 8,
    LIKE_C = 16,
    LIKE_U = 32,
    FIRST = 64,
    ONE = 128,
    ALIKE = FIRST - 1
};
static const uint8_t looks[128] = {['0'] = LIKE_O,
                                   ['1'] = LIKE_I,
                                   ['2'] = LIKE_Z,
                                   ['5'] = LIKE_S,
                                   ['6'] = LIKE_O | LIKE_C,
                                   ['7'] = LIKE_I,
                                   ['8'] = LIKE_O,
                                   ['B'] = LIKE_O,
                                   ['C'] = LIKE_C | FIRST,
                                   ['D'] = LIKE_O | ONE,
                                   ['G'] = LIKE_C,
                                   ['H'] = ONE,
                                   ['I'] = LIKE_I | FIRST,
                                   ['J'] = LIKE_I,
                                   ['L'] = LIKE_I | FIRST,
                                   ['M'] = ONE,
                                   ['O'] = LIKE_O | LIKE_C,
                                   ['Q'] = LIKE_O,
                                   ['R'] = FIRST,
                                   ['S'] = LIKE_S,
                                   ['U'] = LIKE_U | ONE,
                                   ['V'] = LIKE_U | FIRST,
                                   ['W'] = ONE,
                                   ['Z'] = LIKE_Z};

static unsigned look_of(uint32_t c)
{
    return c < sizeof looks ? looks[c] : 0;
}

/* Characters in one class may stand for each other, alone or in a pair, so a
 * class of the pattern that the line lacks costs a whole edit at least. */
static uint64_t mask_bit(uint32_t c)
{
    unsigned look = look_of(c);

    if (c > 0x7F)
        return (uint64_t)1 << (42 + c % 22);
    if (look & (LIKE_O | LIKE_I | LIKE_C))
        return 1;
    if (c == 'R' || c == 'N' || c == 'M')
        return 2;
    if (c == 'W' || look & LIKE_U)
        return 4;
    if (look & LIKE_S)
        return 8;
    if (look & LIKE_Z)
        return 16;
    return (uint64_t)1 << (c >= 'A' ? 5 + c - 'A' : 32 + c - '0');
}

/* What to look for. */
typedef struct needle {
    uint32_t c[DSC_POLICY_FACT_LEN];
    uint8_t looks[DSC_POLICY_FACT_LEN];
    unsigned n;
    int limit; /* highest cost that is still a match */
    int loose; /* the same where the text was read badly */
    bool digits, cjk;
    uint64_t mask;
    dsc_class cls;
} needle;

/* The shorter, the stricter: three characters must be right, four may hold one
 * confusion, five and more one edit, long ones an edit each four. */
static int cost_limit(const needle *p)
{
    if (p->cjk)
        return p->n >= 4 ? EDIT : 0;
    if (dsc_policy__is_timed(p->cls))
        return p->n >= 8 ? 3 : 1;
    if (p->n <= 3)
        return 0;
    if (p->n == 4)
        return 1;
    if (p->n <= 5)
        return EDIT;
    if (p->n <= 7)
        return EDIT + 1;
    return (int)(p->n / 4) * EDIT;
}

/* What may be wrong more in text that the engine was not sure of. */
static int slack(float confidence)
{
    return confidence < 0.4F ? EDIT : confidence < 0.7F ? EDIT / 2 : 0;
}

static void add_char(needle *p, uint32_t c)
{
    p->mask |= mask_bit(c);
    p->looks[p->n] = (uint8_t)look_of(c);
    p->c[p->n++] = c;
}

static void make_needle(needle *p, const dsc_fact *fact, int most_slack)
{
    const char *s = fact->value;

    memset(p, 0, sizeof *p);
    p->cls = fact->cls;
    p->digits = true;
    while (*s && p->n < DSC_POLICY_FACT_LEN) {
        uint32_t c = dsc_policy__next(&s);
        p->digits = p->digits && dsc_policy__is_digit(c);
        p->cjk = p->cjk || dsc_policy__is_cjk(c);
        add_char(p, c);
    }
    p->limit = cost_limit(p);
    p->loose = p->limit;
    if (p->n >= 5 && !p->cjk && !dsc_policy__is_timed(p->cls))
        p->loose += most_slack;
}

/* Two characters that OCR reads as one. */
static bool pair_is(uint32_t a, uint32_t b, uint32_t one)
{
    return (one == 'M' && a == 'R' && b == 'N') ||
           (one == 'D' && a == 'C' && (b == 'L' || b == 'I')) ||
           (one == 'W' && a == 'V' && b == 'V') ||
           (one == 'U' && (a == 'L' || a == 'I') && (b == 'I' || b == 'L')) ||
           (one == 'H' && a == 'I' && b == 'I');
}

/* The best way to spell the needle with text that ends at one place. */
typedef struct column {
    int cost[DSC_POLICY_FACT_LEN + 1];
    uint32_t start[DSC_POLICY_FACT_LEN + 1];
} column;

static void better(column *to, unsigned i, int cost, uint32_t start)
{
    if (cost < to->cost[i]) {
        to->cost[i] = cost;
        to->start[i] = start;
    }
}

/* One more character of text: `now` from the two columns before it. `text`
 * points at the new character, number `j`. */
static void advance(const needle *p, const dsc_policy__char *text, uint32_t j,
                    const column *before, const column *last, column *now)
{
    uint32_t c = text->c;
    unsigned look = look_of(c);
    bool one = look & ONE, pair = j >= 1 && look_of(text[-1].c) & FIRST;

    now->cost[0] = 0;
    now->start[0] = j + 1;
    for (unsigned i = 1; i <= p->n; i++) {
        uint32_t f = p->c[i - 1];
        int swap = f == c ? 0 : look & p->looks[i - 1] & ALIKE ? 1 : EDIT;
        now->cost[i] = NEVER;
        better(now, i, last->cost[i - 1] + swap, last->start[i - 1]);
        better(now, i, last->cost[i] + EDIT, last->start[i]);
        better(now, i, now->cost[i - 1] + EDIT, now->start[i - 1]);
        if (one && i >= 2 && pair_is(p->c[i - 2], f, c))
            better(now, i, last->cost[i - 2] + 1, last->start[i - 2]);
        if (pair && pair_is(text[-1].c, c, f))
            better(now, i, before->cost[i - 1] + 1, before->start[i - 1]);
    }
}

static void first_column(const needle *p, column *c)
{
    for (unsigned i = 0; i <= p->n; i++) {
        c->cost[i] = (int)i * EDIT;
        c->start[i] = 0;
    }
}

/* ---- facts in the line ---- */

typedef struct search {
    const dsc_policy__line *line;
    dsc_policy__mark *marks;
    uint8_t *covered; /* a solid character belongs to some fact */
    dsc_class *cls;   /* of that fact */
    float *confidence;
} search;

static const dsc_policy__token *token_at(const search *s, size_t solid)
{
    return &s->line->tokens[s->line->solid[solid].word];
}

static uint32_t token_end(const dsc_policy__token *t)
{
    return t->solid + (t->end - t->start);
}

/* The least confidence of words [from, to]. */
static float lowest(const search *s, uint32_t from, uint32_t to)
{
    float least = 1;

    for (uint32_t i = from; i <= to; i++)
        if (s->line->confidence[i] < least)
            least = s->line->confidence[i];
    return least;
}

/* Facts have no zeros in front. */
static uint32_t skip_zeros(const search *s, uint32_t from, uint32_t start)
{
    while (from > start && s->line->solid[from - 1].c == '0')
        from--;
    return from;
}

/* Is text [from, to) a place where this needle may be? */
static bool place_ok(const search *s, const needle *p, uint32_t from,
                     uint32_t to, int cost)
{
    const dsc_policy__token *a = token_at(s, from), *b = token_at(s, to - 1);
    bool whole =
        skip_zeros(s, from, a->solid) == a->solid && to == token_end(b);

    if (cost > p->limit + slack(lowest(s, a->word, b->word)))
        return false;
    if (p->cjk)
        return true;
    if (p->n <= 3)
        return whole && a == b;
    if (a->word == b->word)
        return true;
    /* Over several words: a name that was torn, but not the numbers of a
     * scale that happen to make a date. */
    return whole && p->n >= 5 && !(p->digits && p->n < 8) &&
           (cost <= EDIT || cost <= p->limit / 2);
}

static void cover(search *s, const needle *p, uint32_t from, uint32_t to,
                  int cost)
{
    float confidence = 1.0f - 0.5f * (float)cost / (float)(EDIT * p->n);

    for (uint32_t k = from; k < to; k++)
        if (!s->covered[k] || s->confidence[k] < confidence) {
            s->covered[k] = p->n >= LONG_FACT || p->cjk ? 2 : 1;
            s->cls[k] = p->cls;
            s->confidence[k] = confidence;
        }
}

static void find_fact(search *s, const needle *p)
{
    const dsc_policy__char *text = s->line->solid;
    column cols[3];
    uint32_t n = (uint32_t)s->line->solid_count;

    first_column(p, &cols[2]);
    first_column(p, &cols[0]);
    for (uint32_t j = 0; j < n; j++) {
        const column *before = &cols[(j + 2) % 3], *last = &cols[j % 3];
        column *now = &cols[(j + 1) % 3];
        advance(p, &text[j], j, before, last, now);
        /* Where the cost is lowest, not on the way down to it or up: else the
         * digit after a name would be taken for a letter too many. The end
         * before this one: j characters were read then. */
        if (j && last->cost[p->n] <= p->loose &&
            last->cost[p->n] <= now->cost[p->n] &&
            last->cost[p->n] <= before->cost[p->n] && last->start[p->n] < j &&
            place_ok(s, p, last->start[p->n], j, last->cost[p->n]))
            cover(s, p, last->start[p->n], j, last->cost[p->n]);
        if (j + 1 == n && now->cost[p->n] <= p->loose &&
            now->cost[p->n] <= last->cost[p->n] && now->start[p->n] < n &&
            place_ok(s, p, now->start[p->n], n, now->cost[p->n]))
            cover(s, p, now->start[p->n], n, now->cost[p->n]);
    }
}

static const char *rule_of(dsc_class cls)
{
    static const char *const rules[] = {[DSC_CLASS_NAME] = "header-name",
                                        [DSC_CLASS_ID] = "header-id",
                                        [DSC_CLASS_DATE] = "header-date",
                                        [DSC_CLASS_TIME] = "header-time",
                                        [DSC_CLASS_INSTITUTION] =
                                            "header-institution",
                                        [DSC_CLASS_PERSON] = "header-person",
                                        [DSC_CLASS_DEVICE] = "header-device",
                                        [DSC_CLASS_BIRTH] = "header-birth"};

    return (size_t)cls < sizeof rules / sizeof rules[0] && rules[cls]
               ? rules[cls]
               : "header";
}

static const char *reason_of(dsc_class cls)
{
    switch (cls) {
    case DSC_CLASS_NAME:
        return "matches the header's name";
    case DSC_CLASS_ID:
        return "matches an ID of the header";
    case DSC_CLASS_DATE:
        return "matches a date of the header";
    case DSC_CLASS_BIRTH:
        return "matches the header's date of birth";
    case DSC_CLASS_TIME:
        return "matches a time of the header";
    case DSC_CLASS_INSTITUTION:
        return "matches the header's institution";
    case DSC_CLASS_PERSON:
        return "matches a person of the header";
    case DSC_CLASS_DEVICE:
        return "matches the header's station or device";
    default:
        return "matches an identifying value of the header";
    }
}

/* A word goes when one of its tokens is mostly made of facts, or holds a whole
 * long one. */
static void judge_tokens(search *s)
{
    for (size_t i = 0; i < s->line->token_count; i++) {
        const dsc_policy__token *t = &s->line->tokens[i];
        unsigned n = t->end - t->start, covered = 0;
        bool whole = false;
        uint32_t at = 0;
        for (uint32_t k = t->solid; k < t->solid + n; k++)
            if (s->covered[k]) {
                covered++;
                whole = whole || s->covered[k] == 2;
                at = k;
            }
        if (covered && (whole || covered * 10 >= n * 6))
            dsc_policy__mark_word(&s->marks[t->word], s->cls[at],
                                  s->confidence[at], rule_of(s->cls[at]),
                                  reason_of(s->cls[at]));
    }
}

/* ---- pieces of facts: a name cut off by the box or by the screen ---- */

static bool piece_of(const needle *part, const needle *fact)
{
    dsc_policy__char text[DSC_POLICY_FACT_LEN];
    column cols[3];

    for (unsigned i = 0; i < fact->n; i++) {
        text[i].c = fact->c[i];
        text[i].word = 0;
    }
    first_column(part, &cols[2]);
    first_column(part, &cols[0]);
    for (uint32_t j = 0; j < fact->n; j++) {
        column *now = &cols[(j + 1) % 3];
        advance(part, &text[j], j, &cols[(j + 2) % 3], &cols[j % 3], now);
        if (now->cost[part->n] <= part->limit)
            return true;
    }
    return false;
}

static void find_piece(search *s, const dsc_policy__token *t,
                       const needle *fact)
{
    needle part = {.limit = 1};
    unsigned n = t->end - t->start;

    if (n < LEAST_PART || n >= fact->n || n * 10 < fact->n * 6 ||
        s->marks[t->word].identifying)
        return;
    for (uint32_t i = t->start; i < t->end; i++)
        add_char(&part, s->line->text[i].c);
    if (!(part.mask & ~fact->mask) && piece_of(&part, fact))
        dsc_policy__mark_word(&s->marks[t->word], fact->cls, 0.6f,
                              rule_of(fact->cls), reason_of(fact->cls));
}

dsc_status dsc_policy__match_facts(const dsc_facts *facts,
                                   const dsc_policy__line *line,
                                   dsc_policy__mark *marks, dsc_error *err)
{
    search s = {.line = line, .marks = marks};
    size_t n = line->solid_count;
    uint64_t have = 0;
    int most =
        line->words ? slack(lowest(&s, 0, (uint32_t)line->words - 1)) : 0;
    dsc_status st = DSC_OK;
    needle p = {.n = 0};

    s.covered = dsc_calloc(n + 1, sizeof *s.covered);
    s.cls = dsc_calloc(n + 1, sizeof *s.cls);
    s.confidence = dsc_calloc(n + 1, sizeof *s.confidence);
    if (!s.covered || !s.cls || !s.confidence) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    for (size_t j = 0; j < n; j++)
        have |= mask_bit(line->solid[j].c);
    for (size_t i = 0; i < facts->count; i++) {
        if (facts->items[i].kind != DSC_FACT_WHOLE)
            continue;
        make_needle(&p, &facts->items[i], most);
        if (p.n && __builtin_popcountll(p.mask & ~have) * EDIT <= p.loose)
            find_fact(&s, &p);
    }
    judge_tokens(&s);
    for (size_t i = 0; i < facts->count; i++) {
        if (facts->items[i].kind != DSC_FACT_WHOLE ||
            dsc_policy__is_timed(facts->items[i].cls))
            continue;
        make_needle(&p, &facts->items[i], 0);
        if (p.n < LONG_FACT)
            continue;
        for (size_t k = 0; k < line->token_count; k++)
            find_piece(&s, &line->tokens[k], &p);
    }
    explicit_bzero(&p, sizeof p);
done:
    dsc_free(s.covered);
    dsc_free(s.cls);
    dsc_free(s.confidence);
    return st;
}

/* ---- short names, initials ---- */

static bool is_value(const dsc_policy__char *text, size_t n, const char *value)
{
    const char *p = value;

    for (size_t i = 0; i < n; i++)
        if (!*p || dsc_policy__next(&p) != text[i].c)
            return false;
    return !*p;
}

static bool is_person(const dsc_policy__mark *m)
{
    return m->identifying &&
           (m->cls == DSC_CLASS_NAME || m->cls == DSC_CLASS_PERSON);
}

/* The token is all there is, or a word beside it names somebody. */
static bool has_context(const dsc_policy__line *line,
                        const dsc_policy__mark *marks, size_t i)
{
    return line->token_count == 1 ||
           (i && is_person(&marks[line->tokens[i - 1].word])) ||
           (i + 1 < line->token_count &&
            is_person(&marks[line->tokens[i + 1].word]));
}

/* "J.S.", "J. A. S.": letters with dots; how many tokens from i spell it. */
static size_t dotted(const dsc_policy__line *line, size_t i, const char *value)
{
    size_t n = strlen(value);

    if (i + n > line->token_count)
        return 0;
    for (size_t k = 0; k < n; k++) {
        const dsc_policy__token *t = &line->tokens[i + k];
        bool dot = t->end < line->text_count && line->text[t->end].c == '.';
        if (t->end - t->start != 1 ||
            line->text[t->start].c != (unsigned char)value[k] ||
            (k + 1 < n && !(dot && t[1].start - t->end <= 2)))
            return 0;
    }
    return n;
}

void dsc_policy__match_short(const dsc_facts *facts,
                             const dsc_policy__line *line,
                             dsc_policy__mark *marks)
{
    for (size_t f = 0; f < facts->count; f++) {
        const dsc_fact *fact = &facts->items[f];
        for (size_t i = 0;
             fact->kind != DSC_FACT_WHOLE && i < line->token_count; i++) {
            const dsc_policy__token *t = &line->tokens[i];
            size_t n = fact->kind == DSC_FACT_INITIALS
                           ? dotted(line, i, fact->value)
                           : 0;
            for (size_t k = 0; k < n; k++)
                dsc_policy__mark_word(&marks[t[k].word], fact->cls, 0.6F,
                                      "initials", "initials of a person");
            if (!n &&
                is_value(line->text + t->start, t->end - t->start,
                         fact->value) &&
                has_context(line, marks, i) &&
                (fact->kind == DSC_FACT_SHORT || line->token_count > 1))
                dsc_policy__mark_word(&marks[t->word], fact->cls, 0.6F,
                                      rule_of(fact->cls), reason_of(fact->cls));
        }
    }
}
