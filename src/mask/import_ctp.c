/* SPDX-License-Identifier: Apache-2.0
 *
 * RSNA CTP DicomPixelAnonymizer scripts: { signature } (x,y,w,h) (x,y,w,h) ...
 * with "*" for and, "+" for or, "!" for not, a missing attribute being "".
 */
#include "mask/import_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    dsc_mask__import *im;
    const char *p, *end;
    int line;
    unsigned nesting;
    const char *why; /* NULL while the signature is understood */
} reader;

static bool at_end(const reader *r)
{
    return r->p >= r->end;
}

static char peek(const reader *r)
{
    return at_end(r) ? '\0' : *r->p;
}

static void step(reader *r)
{
    r->line += *r->p == '\n';
    r->p++;
}

/* Spaces and both kinds of comment. */
static void skip_blank(reader *r)
{
    while (!at_end(r)) {
        if (strchr(" \t\r\n", *r->p)) {
            step(r);
        } else if (r->end - r->p > 1 && r->p[0] == '/' && r->p[1] == '/') {
            while (!at_end(r) && *r->p != '\n')
                r->p++;
        } else if (r->end - r->p > 1 && r->p[0] == '/' && r->p[1] == '*') {
            r->p += 2;
            while (!at_end(r) &&
                   !(r->end - r->p > 1 && r->p[0] == '*' && r->p[1] == '/'))
                step(r);
            r->p += r->end - r->p > 1 ? 2 : r->end - r->p;
        } else {
            return;
        }
    }
}

static int give_up(reader *r, const char *why)
{
    if (!r->why)
        r->why = why;
    return -1;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

/* Keyword, [Keyword], [gggg,eeee] or (gggg,eeee). */
static bool read_attribute(reader *r, char out[72])
{
    char closing = peek(r) == '[' ? ']' : peek(r) == '(' ? ')' : '\0';
    size_t n = 0;

    if (closing) {
        r->p++;
        out[n++] = '(';
        while (!at_end(r) && *r->p != closing && n < 70) {
            if (*r->p != ' ')
                out[n++] = *r->p;
            step(r);
        }
        if (peek(r) != closing)
            return false;
        r->p++;
        out[n++] = ')';
        out[n] = 0;
        if (!strchr(out, ',')) { /* a keyword in brackets */
            memmove(out, out + 1, n - 2);
            out[n - 2] = 0;
        }
    } else {
        while (!at_end(r) && is_word(*r->p) && n < 70)
            out[n++] = *r->p++;
        out[n] = 0;
    }
    return dsc_mask__attribute_ok(out);
}

static bool read_string(reader *r, char *out, size_t size)
{
    size_t n = 0;

    skip_blank(r);
    if (peek(r) != '"')
        return false;
    r->p++;
    while (!at_end(r) && *r->p != '"') {
        if (*r->p == '\\' && r->end - r->p > 1 &&
            (r->p[1] == '"' || r->p[1] == '\\'))
            r->p++;
        if (n + 1 >= size || (unsigned char)*r->p < 0x20)
            return false;
        out[n++] = *r->p++;
    }
    out[n] = 0;
    if (at_end(r))
        return false;
    r->p++;
    return true;
}

/* ---- methods ---- */

static const struct method {
    const char *name;
    dsc_mask__expr_op op;
    bool fold;
    char kind; /* 't' text, 'e' at the end, 'm' whole pattern, '<', '>', 'p' */
} methods[] = {
    {"equals", DSC_MASK__X_EQUALS, false, 't'},
    {"equalsIgnoreCase", DSC_MASK__X_EQUALS, true, 't'},
    {"contains", DSC_MASK__X_CONTAINS, false, 't'},
    {"containsIgnoreCase", DSC_MASK__X_CONTAINS, true, 't'},
    {"startsWith", DSC_MASK__X_STARTS, false, 't'},
    {"startsWithIgnoreCase", DSC_MASK__X_STARTS, true, 't'},
    {"endsWith", DSC_MASK__X_REGEX, false, 'e'},
    {"endsWithIgnoreCase", DSC_MASK__X_REGEX, true, 'e'},
    {"matches", DSC_MASK__X_REGEX, false, 'm'},
    {"isLessThan", DSC_MASK__X_MIN, false, '<'},
    {"isGreaterThan", DSC_MASK__X_MIN, false, '>'},
    {"exists", DSC_MASK__X_PRESENT, false, 'p'},
};

static const struct method *find_method(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (!strcmp(methods[i].name, name))
            return &methods[i];
    return NULL;
}

/* attribute < n: there, and not at least n. Whole n only: "greater than n" is
 * "at least n + 1" where values are whole, as those compared here are. */
static int number_term(reader *r, const struct method *m, const char *attribute,
                       const char *text)
{
    dsc_mask__rule *rule = r->im->rule;
    char *rest;
    long n = strtol(text, &rest, 10);
    int at, there;

    if (*rest || rest == text || n < -1000000 || n > 1000000)
        return give_up(r, "a comparison with no whole number");
    at = dsc_mask__expr_new(rule, DSC_MASK__X_MIN);
    if (at < 0)
        return give_up(r, "the signature is too long");
    snprintf(rule->nodes[at].attribute, sizeof rule->nodes[at].attribute,
             "%.71s", attribute);
    snprintf(rule->nodes[at].value, sizeof rule->nodes[at].value, "%ld",
             m->kind == '>' ? n + 1 : n);
    if (m->kind == '>')
        return at;
    rule->nodes[at].negate = true;
    there = dsc_mask__expr_new(rule, DSC_MASK__X_PRESENT);
    if (there < 0)
        return give_up(r, "the signature is too long");
    snprintf(rule->nodes[there].attribute, sizeof rule->nodes[there].attribute,
             "%.71s", attribute);
    at = dsc_mask__expr_join(rule, DSC_MASK__X_AND, there, at);
    return at < 0 ? give_up(r, "the signature is too long") : at;
}

static int text_term(reader *r, const struct method *m, const char *attribute,
                     const char *text)
{
    dsc_mask__rule *rule = r->im->rule;
    int at = dsc_mask__expr_new(rule, m->op);
    dsc_mask__expr *e = at < 0 ? NULL : &rule->nodes[at];
    char quoted[DSC_MASK_PATTERN];

    if (!e)
        return give_up(r, "the signature is too long");
    snprintf(e->attribute, sizeof e->attribute, "%.71s", attribute);
    e->fold = m->fold;
    if (m->kind == 'p') {
        return at;
    } else if (!*text && m->kind == 't' && m->op == DSC_MASK__X_EQUALS) {
        e->op = DSC_MASK__X_PRESENT; /* CTP reads a missing one as "" */
        e->negate = true;
    } else if (!*text && m->kind != 'm') {
        e->op = DSC_MASK__X_TRUE;
    } else if (m->kind == 't') {
        snprintf(e->value, sizeof e->value, "%s", text);
    } else if (m->kind == 'e') {
        if (!dsc_mask__quote_pattern(text, quoted, sizeof quoted - 1))
            return give_up(r, "a text that is too long");
        snprintf(e->value, sizeof e->value, "%s$", quoted);
    } else {
        if (!dsc_mask__pattern_portable(text) || strlen(text) > 250)
            return give_up(r, "a Java pattern that POSIX does not know");
        snprintf(e->value, sizeof e->value, "^(%.250s)$", text);
    }
    return at;
}

static int read_term(reader *r)
{
    char attribute[72], name[32], text[DSC_MASK_PATTERN] = "";
    const struct method *m;
    size_t n = 0;

    if (!read_attribute(r, attribute))
        return give_up(r, "an attribute that is not understood");
    skip_blank(r);
    if (peek(r) == ':')
        return give_up(r, "an attribute inside a sequence");
    if (peek(r) != '.')
        return give_up(r, "an attribute without a method");
    r->p++;
    while (!at_end(r) && is_word(*r->p) && n + 1 < sizeof name)
        name[n++] = *r->p++;
    name[n] = 0;
    m = find_method(name);
    if (!m)
        return give_up(r, "a method that is not known");
    skip_blank(r);
    if (peek(r) != '(')
        return give_up(r, "a method without its brackets");
    r->p++;
    skip_blank(r);
    if (peek(r) != ')' && (m->kind == '<' || m->kind == '>') &&
        peek(r) != '"') {
        for (n = 0; !at_end(r) && *r->p != ')' && n + 1 < 16; r->p++)
            text[n++] = *r->p;
        text[n] = 0;
    } else if (m->kind != 'p' && !read_string(r, text, sizeof text)) {
        return give_up(r, "a text that does not end or is too long");
    }
    skip_blank(r);
    if (peek(r) != ')')
        return give_up(r, "a method without its closing bracket");
    r->p++;
    return m->op == DSC_MASK__X_MIN ? number_term(r, m, attribute, text)
                                    : text_term(r, m, attribute, text);
}

static int read_or(reader *r);

/* (gggg,eeee).method() against a bracket around terms. */
static bool is_tag(const reader *r)
{
    return r->end - r->p > 11 && r->p[0] == '(' && r->p[5] == ',' &&
           r->p[10] == ')' && r->p[11] == '.';
}

static int read_factor(reader *r)
{
    int at;

    skip_blank(r);
    if (++r->nesting > DSC_MASK_RULE_NESTING)
        return give_up(r, "brackets nested too deep");
    if (peek(r) == '!') {
        r->p++;
        at = read_factor(r);
        if (at >= 0)
            r->im->rule->nodes[at].negate = !r->im->rule->nodes[at].negate;
    } else if (peek(r) == '(' && !is_tag(r)) {
        r->p++;
        at = read_or(r);
        skip_blank(r);
        if (at >= 0 && peek(r) != ')')
            at = give_up(r, "a missing closing bracket");
        else if (at >= 0)
            r->p++;
    } else if (r->end - r->p >= 5 && !strncmp(r->p, "true.", 5)) {
        r->p += 5;
        at = dsc_mask__expr_new(r->im->rule, DSC_MASK__X_TRUE);
    } else if (r->end - r->p >= 6 && !strncmp(r->p, "false.", 6)) {
        r->p += 6;
        at = dsc_mask__expr_new(r->im->rule, DSC_MASK__X_FALSE);
    } else {
        at = read_term(r);
    }
    r->nesting--;
    return at < 0 ? give_up(r, "the signature is too long") : at;
}

static int read_and(reader *r)
{
    int at = read_factor(r);

    for (skip_blank(r); at >= 0 && peek(r) == '*'; skip_blank(r)) {
        r->p++;
        at = dsc_mask__expr_join(r->im->rule, DSC_MASK__X_AND, at,
                                 read_factor(r));
    }
    return at;
}

static int read_or(reader *r)
{
    int at = read_and(r);

    for (skip_blank(r); at >= 0 && peek(r) == '+'; skip_blank(r)) {
        r->p++;
        at = dsc_mask__expr_join(r->im->rule, DSC_MASK__X_OR, at, read_and(r));
    }
    return at;
}

/* ---- regions ---- */

static bool read_int(reader *r, long *out)
{
    bool minus;
    long v = 0;
    int digits = 0;

    skip_blank(r);
    minus = peek(r) == '-';
    if (minus)
        r->p++;
    for (; !at_end(r) && *r->p >= '0' && *r->p <= '9' && digits < 7; digits++)
        v = v * 10 + (*r->p++ - '0');
    *out = minus ? -v : v;
    skip_blank(r);
    return digits > 0;
}

/* CTP counts negative starts from the far edge. One pixel more, see the head
 * of the output. */
static bool make_axis(long start, long size, dsc_mask__axis *a)
{
    a->near_edge = a->far_edge = a->size = -1;
    if (size <= 0 || start > 65535 || start < -65535)
        return false;
    size = size >= 65535 ? 65535 : size + 1;
    if (start >= 0) {
        a->near_edge = start;
        a->size = size;
    } else if (-start > size) {
        a->far_edge = -start - size;
        a->size = size;
    } else {
        a->far_edge = 0;
        a->size = -start;
    }
    return true;
}

static void read_region(reader *r)
{
    dsc_mask__rule *rule = r->im->rule;
    long v[4];
    int line = r->line;
    bool good = true;

    r->p++;
    for (int i = 0; i < 4 && good; i++) {
        good = read_int(r, &v[i]) && peek(r) == (i < 3 ? ',' : ')');
        if (good)
            r->p++;
    }
    if (!good) {
        dsc_mask__import_warn(r->im, line,
                              "region left out: it is not (x, y, w, h)");
        return;
    }
    if (rule->region_count == DSC_MASK_RULE_REGIONS) {
        dsc_mask__import_warn(r->im, line, "region left out: too many");
        return;
    }
    if (!make_axis(v[0], v[2], &rule->x[rule->region_count]) ||
        !make_axis(v[1], v[3], &rule->y[rule->region_count])) {
        dsc_mask__import_warn(r->im, line, "region left out: it is empty");
        return;
    }
    rule->region_count++;
}

static void skip_signature(reader *r)
{
    while (!at_end(r) && *r->p != '}') {
        if (*r->p == '"') {
            const char *close = r->p + 1;
            while (close < r->end && *close != '"' && *close != '\n')
                close++;
            if (close < r->end && *close == '"')
                r->p = close;
        }
        step(r);
    }
    if (!at_end(r))
        r->p++;
}

static dsc_status read_rule(reader *r, dsc_error *err)
{
    dsc_mask__rule *rule = r->im->rule;
    int root;

    r->p++; /* { */
    memset(rule, 0, sizeof *rule);
    rule->line = r->line;
    snprintf(rule->title, sizeof rule->title, "CTP rule of line %d", r->line);
    r->why = NULL;
    r->nesting = 0;
    root = read_or(r);
    skip_blank(r);
    if (root >= 0 && peek(r) != '}')
        root = give_up(r, "text after the signature");
    skip_signature(r);
    for (;;) {
        skip_blank(r);
        if (at_end(r) || *r->p == '{')
            break;
        if (*r->p == '(')
            read_region(r);
        else
            step(r);
    }
    r->im->rules++;
    if (root < 0) {
        dsc_mask__import_warn(r->im, rule->line, "rule left out: %s",
                              r->why ? r->why : "the signature is too long");
        return DSC_OK;
    }
    if (!rule->region_count) {
        dsc_mask__import_warn(
            r->im, rule->line,
            "rule left out: it names no region (in CTP it would keep later "
            "rules from applying; here all matching templates apply)");
        return DSC_OK;
    }
    return dsc_mask__rule_write(r->im, root, err);
}

dsc_status dsc_mask__import_ctp(dsc_mask__import *im, dsc_error *err)
{
    const char *start = im->size ? (const char *)im->data : "";
    reader r = {.im = im, .p = start, .end = start + im->size, .line = 1};
    dsc_status st = DSC_OK;

    for (skip_blank(&r); !at_end(&r) && !st; skip_blank(&r)) {
        if (*r.p == '{')
            st = read_rule(&r, err);
        else
            step(&r);
    }
    if (!st && !im->rules)
        st = dsc_fail(err, DSC_USAGE,
                      "%s:0: no CTP script: no { signature } in it", im->name);
    return st;
}
