/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of one frame that stand beside or below each other: what goes because
 * two of them tell of it together. A caption's value may stand in the line
 * below it, a name may be broken over two lines.
 */
#include "policy/policy_frame.h"

#include <string.h>

/* Words of a line that may belong to a value of the next one, and there. */
#define EDGE 3u

typedef dsc_policy__frame_line line;

/* ---- lines ---- */

static line line_at(const dsc_frame_word *words, size_t count)
{
    line l = {.words = words, .box = words[0].box};

    for (; l.count < count && words[l.count].line == words[0].line; l.count++) {
        l.box = dsc_rect_union(l.box, words[l.count].box);
        l.fresh = l.fresh || words[l.count].fresh;
    }
    return l;
}

static bool same_size(const line *a, const line *b)
{
    return a->box.h * 2 <= b->box.h * 3 + 4 && b->box.h * 2 <= a->box.h * 3 + 4;
}

/* The next line of a paragraph, or of a column. */
bool dsc_policy__is_below(const line *a, const line *b)
{
    int32_t gap = b->box.y - (a->box.y + a->box.h);
    int32_t h = dsc_policy__least(a->box.h, b->box.h);

    return same_size(a, b) && 2 * gap >= -h && gap <= h &&
           dsc_policy__gap_x(a->box, b->box) < 0;
}

/* On the same line, but found as another one. */
static bool is_right(const line *a, const line *b)
{
    int32_t gap = b->box.x - (a->box.x + a->box.w);
    int32_t h = dsc_policy__least(a->box.h, b->box.h);

    return same_size(a, b) && gap >= -h / 2 && gap <= 8 * h &&
           2 * dsc_policy__gap_y(a->box, b->box) < -h;
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
bool dsc_policy__is_caption(const dsc_decision *d)
{
    return d->rule &&
           (!strcmp(d->rule, "allow-caption") || !strcmp(d->rule, "caption"));
}

/* Lines that nothing new stands beside are as they were on an earlier frame. */
static void touch(line *lines, size_t count, size_t *looks)
{
    for (size_t k = 0; k < count; k++) {
        if (!lines[k].fresh)
            continue;
        lines[k].touched = true;
        for (size_t i = 0; i < count; i++)
            if (is_right(&lines[i], &lines[k]) ||
                dsc_policy__is_below(&lines[i], &lines[k]))
                lines[i].touched = true;
        *looks += count;
    }
}

/* A caption speaks to what is beside it and, if no value is there, to what is
 * below. */
static dsc_status compare(const dsc_policy *policy, const dsc_facts *facts,
                          const line *lines, size_t count, size_t i,
                          dsc_error *err)
{
    const line *a = &lines[i], *next = NULL;
    bool answered = false, head = false;
    dsc_status st = DSC_OK;

    for (size_t k = 0; k < count; k++)
        if (k != i && is_right(a, &lines[k]) &&
            (!next || lines[k].box.x < next->box.x))
            next = &lines[k];
    if (next && (a->fresh || next->fresh))
        st = find_broken(policy, facts, a, next, err);
    if (!st && next &&
        (a->fresh || next->fresh ||
         dsc_policy__is_caption(next->words[0].decision)))
        st = find_announced(policy, a, next, &head, err);
    answered = next && !head && next->words[0].decision->blank;
    for (size_t k = 0; !st && k < count; k++) {
        bool other;
        if (k == i || !dsc_policy__is_below(a, &lines[k]) ||
            !(a->fresh || lines[k].fresh))
            continue;
        st = find_broken(policy, facts, a, &lines[k], err);
        if (!st && !answered)
            st = find_announced(policy, a, &lines[k], &other, err);
    }
    return st;
}

dsc_status dsc_policy__compare_lines(const dsc_policy *policy,
                                     const dsc_facts *facts, line *lines,
                                     size_t count, size_t *looks,
                                     dsc_error *err)
{
    dsc_status st = DSC_OK;

    touch(lines, count, looks);
    for (size_t i = 0; !st && i < count; i++)
        if (lines[i].touched) {
            st = compare(policy, facts, lines, count, i, err);
            *looks += 2 * count;
        }
    return st;
}

dsc_status dsc_policy__list_lines(line **lines, size_t *n,
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
    size_t n, looks = 0;
    dsc_status st = dsc_policy__list_lines(&lines, &n, words, count, err);

    if (!st)
        st = dsc_policy__compare_lines(policy, facts, lines, n, &looks, err);
    dsc_free(lines);
    return st;
}
