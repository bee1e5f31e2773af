/* SPDX-License-Identifier: Apache-2.0
 *
 * pydicom/deid recipes: the %filter graylist section, a LABEL a rule. Terms
 * are read from left to right without precedence, all matching labels apply,
 * "contains" is a regular expression search that ignores case.
 */
#include "mask/import_priv.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct recipe {
    dsc_mask__import *im;
    bool known;    /* something only a recipe has was seen */
    bool graylist; /* inside the section that has rules */
    bool open;     /* a label is being read */
    bool keep, blank;
    int root;        /* expression so far; -1: none */
    const char *why; /* NULL while the label is understood */
} recipe;

/* The next word of a line; false at its end. */
static bool next_word(const char **p, char *out, size_t size)
{
    size_t n;

    *p += strspn(*p, " \t\r");
    n = strcspn(*p, " \t\r");
    if (!n)
        return false;
    snprintf(out, size, "%.*s", (int)(n < size ? n : size - 1), *p);
    *p += n;
    return true;
}

static bool plain_pattern(const char *text)
{
    return !strpbrk(text, ".[]{}()*+?^$|\\");
}

/* a|b|c without other pattern characters. */
static bool plain_alternatives(const char *text)
{
    return !strpbrk(text, ".[]{}()*+?^$\\") && text[0] && text[0] != '|' &&
           text[strlen(text) - 1] != '|' && !strstr(text, "||");
}

static const char *set_value(dsc_mask__expr *e, const char *op,
                             const char *value)
{
    size_t n = strlen(value);

    if (n >= sizeof e->value)
        return "a value that is too long";
    memcpy(e->value, value, n + 1);
    e->fold = true;
    if (strstr(op, "equals")) {
        e->op = n ? DSC_MASK__X_EQUALS : DSC_MASK__X_PRESENT;
        if (!n)
            e->negate = !e->negate;
    } else if (!n) {
        return "a condition without a value";
    } else if (plain_pattern(value)) {
        e->op = DSC_MASK__X_CONTAINS;
    } else if (plain_alternatives(value)) {
        e->op = DSC_MASK__X_CONTAINS;
        e->alternatives = true;
    } else if (dsc_mask__pattern_portable(value)) {
        e->op = DSC_MASK__X_REGEX;
    } else {
        return "a Python pattern that POSIX does not know";
    }
    return NULL;
}

/* 0x00190010 and 00190010 are tags. */
static bool set_attribute(dsc_mask__expr *e, const char *field)
{
    const char *hex = !strncasecmp(field, "0x", 2) ? field + 2 : field;

    if (strlen(hex) == 8 && strspn(hex, "0123456789abcdefABCDEF") == 8)
        snprintf(e->attribute, sizeof e->attribute, "(%.4s,%.4s)", hex,
                 hex + 4);
    else
        snprintf(e->attribute, sizeof e->attribute, "%.71s", field);
    return dsc_mask__attribute_ok(e->attribute);
}

static bool is_criterion(const char *word, bool *has_value)
{
    static const char *const with[] = {"contains", "notcontains", "equals",
                                       "notequals"};
    static const char *const without[] = {"missing", "empty", "present"};

    for (size_t i = 0; i < 4; i++)
        if (!strcmp(word, with[i])) {
            *has_value = true;
            return true;
        }
    for (size_t i = 0; i < 3; i++)
        if (!strcmp(word, without[i])) {
            *has_value = false;
            return true;
        }
    return false;
}

/* Up to the next "||" or "+ word" that starts another term. A plus sign alone
 * may be part of the value. */
static size_t value_length(const char *p)
{
    char word[32];
    bool has_value;

    for (size_t i = 0; p[i]; i++) {
        const char *rest = p[i] == '|' && p[i + 1] == '|' ? p + i + 2
                           : p[i] == '+'                  ? p + i + 1
                                                          : NULL;
        if (rest && next_word(&rest, word, sizeof word) &&
            is_criterion(word, &has_value))
            return i;
    }
    return strlen(p);
}

static void fail_label(recipe *r, const char *why)
{
    if (!r->why)
        r->why = why;
}

static int read_term(recipe *r, const char **p, const char *op, bool has_value)
{
    dsc_mask__rule *rule = r->im->rule;
    int at = dsc_mask__expr_new(rule, DSC_MASK__X_PRESENT);
    dsc_mask__expr *e = at < 0 ? NULL : &rule->nodes[at];
    char field[80], value[512];
    const char *why;
    size_t n;

    if (!e || !next_word(p, field, sizeof field)) {
        fail_label(r,
                   e ? "a condition without a field" : "too many conditions");
        return -1;
    }
    if (!set_attribute(e, field)) {
        fail_label(r, "a field that is no single attribute");
        return -1;
    }
    *p += strspn(*p, " \t");
    n = value_length(*p);
    while (n && strchr(" \t\r", (*p)[n - 1]))
        n--;
    if (n >= sizeof value) {
        fail_label(r, "a value that is too long");
        return -1;
    }
    memcpy(value, *p, n);
    value[n] = 0;
    *p += value_length(*p);
    e->negate = !strncmp(op, "not", 3) || !strcmp(op, "missing") ||
                !strcmp(op, "empty");
    if (!has_value)
        return at;
    why = set_value(e, op, value);
    if (why)
        fail_label(r, why);
    return why ? -1 : at;
}

/* One line of conditions. */
static void read_conditions(recipe *r, const char *p)
{
    dsc_mask__expr_op join = DSC_MASK__X_AND;
    char word[32];
    bool has_value;

    for (;;) {
        int at;
        p += strspn(p, " \t\r");
        if (!*p)
            return;
        if (p[0] == '|' && p[1] == '|') {
            join = DSC_MASK__X_OR;
            p += 2;
        } else if (p[0] == '+') {
            join = DSC_MASK__X_AND;
            p++;
        }
        if (!next_word(&p, word, sizeof word) ||
            !is_criterion(word, &has_value)) {
            fail_label(r, "a condition that is not known");
            return;
        }
        at = read_term(r, &p, word, has_value);
        if (at < 0)
            return;
        r->root = r->root < 0
                      ? at
                      : dsc_mask__expr_join(r->im->rule, join, r->root, at);
        if (r->root < 0) {
            fail_label(r, "too many conditions");
            return;
        }
        join = DSC_MASK__X_AND;
    }
}

static bool read_four(const char *p, long v[4])
{
    for (int i = 0; i < 4; i++) {
        int digits = 0;
        bool minus;
        p += strspn(p, " \t");
        minus = *p == '-';
        p += minus;
        for (v[i] = 0; *p >= '0' && *p <= '9' && digits < 7; p++, digits++)
            v[i] = v[i] * 10 + (*p - '0');
        if (!digits)
            return false;
        v[i] = minus ? -v[i] : v[i];
        p += strspn(p, " \t\r");
        if (i < 3 && *p++ != ',')
            return false;
    }
    return !*p;
}

static void add_region(recipe *r, const dsc_mask__axis *x,
                       const dsc_mask__axis *y)
{
    dsc_mask__rule *rule = r->im->rule;

    if (rule->region_count == DSC_MASK_RULE_REGIONS) {
        fail_label(r, "too many regions");
        return;
    }
    rule->x[rule->region_count] = *x;
    rule->y[rule->region_count++] = *y;
}

static void read_coordinates(recipe *r, const char *kind, const char *p)
{
    dsc_mask__axis x = {-1, -1, -1}, y = {-1, -1, -1};
    bool keep = !strcmp(kind, "keepcoordinates");
    long v[4];

    p += strspn(p, " \t");
    if (!strncmp(p, "from:", 5)) {
        fail_label(r, "regions taken from an attribute; for the Sequence of "
                      "Ultrasound Regions use --mask us-regions");
        return;
    }
    if (!strncmp(p, "all", 3) && !p[3 + strspn(p + 3, " \t\r")]) {
        x.near_edge = x.far_edge = y.near_edge = y.far_edge = 0;
        if (keep)
            fail_label(r, "keeping all of the image");
    } else if (!read_four(p, v)) {
        fail_label(r, "coordinates that are not four whole numbers");
        return;
    } else {
        bool size = !strcmp(kind, "ctpcoordinates");
        x.near_edge = v[0];
        y.near_edge = v[1];
        x.size = size ? v[2] : v[2] - v[0];
        y.size = size ? v[3] : v[3] - v[1];
        for (int i = 0; i < 4; i++)
            if (v[i] < 0 || v[i] > 65535) {
                fail_label(r, "coordinates outside 0 to 65535");
                return;
            }
        if (x.size <= 0 || y.size <= 0) {
            fail_label(r, "an empty region");
            return;
        }
        r->blank = r->blank || !keep;
    }
    r->keep = r->keep || keep;
    add_region(r, &x, &y);
}

/* "coordinates all" before "keepcoordinates" is how a recipe spells keep only;
 * the whole-image region then must go. */
static void drop_whole(dsc_mask__rule *rule)
{
    unsigned n = 0;

    for (unsigned i = 0; i < rule->region_count; i++)
        if (rule->x[i].size >= 0) {
            rule->x[n] = rule->x[i];
            rule->y[n++] = rule->y[i];
        }
    rule->region_count = n;
}

static dsc_status close_label(recipe *r, dsc_error *err)
{
    dsc_mask__rule *rule = r->im->rule;

    if (!r->open)
        return DSC_OK;
    r->open = false;
    r->im->rules++;
    if (!r->why && r->keep && r->blank)
        fail_label(r, "both regions to blank and regions to keep");
    if (!r->why && r->keep) {
        drop_whole(rule);
        rule->keep_only = true;
    }
    if (!r->why && !rule->region_count)
        fail_label(r, "no coordinates");
    if (!r->why && r->root < 0) {
        r->root = dsc_mask__expr_new(rule, DSC_MASK__X_TRUE);
        dsc_mask__import_warn(r->im, rule->line,
                              "no condition: applies to every image");
    }
    if (r->why) {
        dsc_mask__import_warn(r->im, rule->line, "rule left out: %s", r->why);
        return DSC_OK;
    }
    return dsc_mask__rule_write(r->im, r->root, err);
}

static void open_label(recipe *r, const char *title, int line)
{
    dsc_mask__rule *rule = r->im->rule;

    memset(rule, 0, sizeof *rule);
    rule->line = line;
    title += strspn(title, " \t");
    dsc_mask__clean_text(rule->title, sizeof rule->title, title, strlen(title));
    if (!rule->title[0])
        snprintf(rule->title, sizeof rule->title, "deid rule of line %d", line);
    r->open = true;
    r->keep = r->blank = false;
    r->root = -1;
    r->why = NULL;
}

static dsc_status read_section(recipe *r, const char *p, int line,
                               dsc_error *err)
{
    dsc_status st = close_label(r, err);
    char word[40] = "";

    r->known = true;
    next_word(&p, word, sizeof word);
    r->graylist = !strcmp(word, "graylist");
    if (!r->graylist)
        dsc_mask__import_warn(r->im, line,
                              "section left out: only %%filter graylist holds "
                              "regions to blank");
    return st;
}

static dsc_status read_line(recipe *r, char *text, int line, dsc_error *err)
{
    const char *p = text;
    char word[40];
    char *comment = strchr(text, '#');
    bool is_label;

    /* A label's comment names its source: it stays in the title. */
    p += strspn(p, " \t\r");
    is_label = !strncmp(p, "LABEL", 5);
    if (comment && !is_label)
        *comment = 0;
    else if (comment)
        *comment = ' ';
    if (!next_word(&p, word, sizeof word))
        return DSC_OK;
    if (!strcmp(word, "FORMAT")) {
        r->known = true;
        return DSC_OK;
    }
    if (word[0] == '%') {
        if (strcmp(word, "%filter"))
            p = "";
        return read_section(r, p, line, err);
    }
    if (!r->graylist)
        return DSC_OK;
    if (is_label) {
        dsc_status st = close_label(r, err);
        open_label(r, p, line);
        return st;
    }
    if (!r->open) {
        dsc_mask__import_warn(r->im, line, "line left out: it has no LABEL");
        return DSC_OK;
    }
    if (!strcmp(word, "coordinates") || !strcmp(word, "ctpcoordinates") ||
        !strcmp(word, "keepcoordinates"))
        read_coordinates(r, word, p);
    else
        read_conditions(r, text);
    return DSC_OK;
}

dsc_status dsc_mask__import_deid(dsc_mask__import *im, dsc_error *err)
{
    recipe r = {.im = im, .root = -1};
    const char *data = im->size ? (const char *)im->data : "";
    dsc_status st = DSC_OK;
    size_t at = 0;

    for (int line = 1; at < im->size && !st; line++) {
        const char *nl = memchr(data + at, '\n', im->size - at);
        size_t n = nl ? (size_t)(nl - (data + at)) : im->size - at;
        char text[1024];
        if (n >= sizeof text) {
            dsc_mask__import_warn(im, line, "line left out: it is too long");
            fail_label(&r, "a line that is too long");
        } else {
            memcpy(text, data + at, n);
            text[n] = 0;
            st = read_line(&r, text, line, err);
        }
        at += n + 1;
    }
    if (!st)
        st = close_label(&r, err);
    if (!st && !r.known)
        st = dsc_fail(err, DSC_USAGE,
                      "%s:0: no deid recipe: neither FORMAT nor %%filter in it",
                      im->name);
    return st;
}
