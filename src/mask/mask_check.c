/* SPDX-License-Identifier: Apache-2.0
 *
 * What a schema cannot say: which words go together, numbers in range,
 * patterns that compile and stay cheap.
 */
#include "mask/mask_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PIXELS_MAX 65535

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool dsc_mask__number(const char *text, double *out)
{
    double v = 0, scale = 1;
    int exponent = 0, digits = 0;
    bool minus = false, down = false;

    while (*text == ' ')
        text++;
    if (*text == '+' || *text == '-')
        minus = *text++ == '-';
    for (; is_digit(*text) && digits < 18; text++, digits++)
        v = v * 10 + (*text - '0');
    if (*text == '.')
        for (text++; is_digit(*text) && digits < 18; text++, digits++) {
            v = v * 10 + (*text - '0');
            scale *= 10;
        }
    if (!digits)
        return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        if (*text == '+' || *text == '-')
            down = *text++ == '-';
        if (!is_digit(*text))
            return false;
        for (; is_digit(*text) && exponent < 100; text++)
            exponent = exponent * 10 + (*text - '0');
    }
    while (*text == ' ')
        text++;
    if (*text || exponent > 100)
        return false;
    v /= scale;
    while (exponent--)
        v = down ? v / 10 : v * 10;
    *out = minus ? -v : v;
    return true;
}

bool dsc_mask__attribute_ok(const char *text)
{
    size_t n = strlen(text);

    if (text[0] == '(') {
        if (n != 11 || text[5] != ',' || text[10] != ')')
            return false;
        for (size_t i = 1; i < 10; i++)
            if (i != 5 && !is_hex(text[i]))
                return false;
        return true;
    }
    if (n < 2 || n > 64 || text[0] < 'A' || text[0] > 'Z')
        return false;
    for (size_t i = 1; i < n; i++)
        if (!is_letter(text[i]) && !is_digit(text[i]))
            return false;
    return true;
}

/* glibc expands a{m,n} by copying, so nested bounds multiply: a pattern of 30
 * bytes can ask for gigabytes. The product of all upper bounds is what the
 * worst nesting costs. */
const char *dsc_mask__pattern_problem(const char *p)
{
    unsigned long product = 1;
    unsigned depth = 0;
    bool in_set = false;

    if (!*p)
        return "an empty pattern";
    if (strlen(p) > DSC_MASK_PATTERN)
        return "a pattern over 256 bytes";
    for (; *p; p++) {
        if (in_set) {
            in_set = *p != ']';
            continue;
        }
        if (*p == '\\' && p[1]) {
            if (is_digit(p[1]))
                return "back references are not allowed";
            p++;
        } else if (*p == '[') {
            in_set = true;
            if (p[1] == '^')
                p++;
            if (p[1] == ']')
                p++;
        } else if (*p == '(') {
            if (++depth > 16)
                return "too many brackets";
        } else if (*p == '{') {
            unsigned long n = 0, most = 0;
            for (p++; is_digit(*p) || *p == ','; p++) {
                n = *p == ',' ? 0 : n * 10 + (unsigned long)(*p - '0');
                most = n > most ? n : most;
                if (most > 1000)
                    return "a repeat count over 1000";
            }
            product *= most ? most : 1;
            if (product > 1000)
                return "repeat counts whose product is over 1000";
            if (!*p)
                break;
        }
    }
    return NULL;
}

/* ---- conditions ---- */

typedef struct scope {
    dsc_masks *set;
    dsc_mask__template *t;
    const dsc_mask__tree *tree;
    dsc_mask__diag *diag;
} scope;

static unsigned line_of(const scope *s, const dsc_mask__node *node,
                        const char *key)
{
    const dsc_mask__node *v = dsc_mask__value(s->tree, node, key);
    return v ? v->line : node->line;
}

/* The one operator of a condition; false unless there is exactly one. */
static bool one_operator(dsc_mask__cond *c)
{
    const struct {
        bool given;
        dsc_mask__op op;
    } ops[] = {{c->any != NULL, DSC_MASK__ANY},
               {c->all != NULL, DSC_MASK__ALL},
               {c->equals != NULL, DSC_MASK__EQUALS},
               {c->contains != NULL, DSC_MASK__CONTAINS},
               {c->starts_with != NULL, DSC_MASK__STARTS},
               {c->regex != NULL, DSC_MASK__REGEX},
               {c->min || c->max, DSC_MASK__RANGE},
               {c->present != DSC_MASK__UNSET, DSC_MASK__PRESENT}};
    unsigned count = 0;

    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        if (ops[i].given) {
            c->op = ops[i].op;
            count++;
        }
    return count == 1;
}

static bool intern(const scope *s, dsc_mask__cond *c)
{
    dsc_masks *set = s->set;
    char name[DSC_MASK_TEXT + 1];
    char *copy;

    snprintf(name, sizeof name, "%s", c->attribute);
    if (name[0] == '(')
        for (char *p = name; *p; p++)
            *p = (char)(*p >= 'A' && *p <= 'F' ? *p - 'A' + 'a' : *p);
    for (size_t i = 0; i < set->attribute_count; i++)
        if (!strcmp(set->attributes[i], name)) {
            c->attribute_index = (uint32_t)i;
            return true;
        }
    if (set->attribute_count == set->attribute_cap) {
        size_t cap = set->attribute_cap ? set->attribute_cap * 2 : 32;
        char **more = dsc_calloc(cap, sizeof *more);
        if (!more)
            return false;
        if (set->attribute_count)
            memcpy(more, set->attributes, set->attribute_count * sizeof *more);
        dsc_free(set->attributes);
        set->attributes = more;
        set->attribute_cap = cap;
    }
    copy = dsc_strdup(name);
    if (!copy)
        return false;
    c->attribute_index = (uint32_t)set->attribute_count;
    set->attributes[set->attribute_count++] = copy;
    return true;
}

static bool compile_patterns(const scope *s, dsc_mask__cond *c,
                             const dsc_mask__node *node)
{
    const dsc_mask__node *list = dsc_mask__value(s->tree, node, "regex");
    int flags = REG_EXTENDED | REG_NOSUB |
                (c->ignore_case == DSC_MASK__YES ? REG_ICASE : 0);

    c->compiled = dsc_calloc(c->regex_count, sizeof *c->compiled);
    if (!c->compiled) {
        s->diag->nomem = true;
        dsc_mask__tell(s->diag, node->line, "out of memory");
        return false;
    }
    for (unsigned i = 0; i < c->regex_count; i++) {
        const dsc_mask__node *at =
            list ? dsc_mask__child(s->tree, list, i) : NULL;
        unsigned line = at ? at->line : node->line;
        const char *why = dsc_mask__pattern_problem(c->regex[i]);
        char text[80];
        int rc;
        if (why) {
            dsc_mask__tell(s->diag, line, "regex: %s", why);
            return false;
        }
        rc = regcomp(&c->compiled[i], c->regex[i], flags);
        if (rc) {
            regerror(rc, &c->compiled[i], text, sizeof text);
            dsc_mask__tell(s->diag, line, "regex: %s", text);
            return false;
        }
        c->compiled_count++;
    }
    return true;
}

static bool check_range(const scope *s, dsc_mask__cond *c,
                        const dsc_mask__node *node)
{
    c->low = -1e300;
    c->high = 1e300;
    if (c->min && !dsc_mask__number(c->min, &c->low)) {
        dsc_mask__tell(s->diag, line_of(s, node, "min"),
                       "min: \"%.40s\" is no number", c->min);
        return false;
    }
    if (c->max && !dsc_mask__number(c->max, &c->high)) {
        dsc_mask__tell(s->diag, line_of(s, node, "max"),
                       "max: \"%.40s\" is no number", c->max);
        return false;
    }
    if (c->low > c->high) {
        dsc_mask__tell(s->diag, line_of(s, node, "min"),
                       "min is larger than max: can never match");
        return false;
    }
    return true;
}

/* Text operators with an empty text match everything or nothing, which is
 * never what was meant. */
static bool check_texts(const scope *s, const dsc_mask__cond *c,
                        const dsc_mask__node *node)
{
    char *const *texts = c->equals     ? c->equals
                         : c->contains ? c->contains
                                       : c->starts_with;
    unsigned n = c->equals     ? c->equals_count
                 : c->contains ? c->contains_count
                               : c->starts_with_count;
    for (unsigned i = 0; i < n; i++)
        if (!texts[i] || !texts[i][strspn(texts[i], " ")]) {
            dsc_mask__tell(s->diag, node->line,
                           "an empty text to compare with; use present: no");
            return false;
        }
    return true;
}

static bool check_leaf(const scope *s, dsc_mask__cond *c,
                       const dsc_mask__node *node)
{
    uint32_t tag;

    if (!c->attribute) {
        dsc_mask__tell(s->diag, node->line, "\"attribute\" is missing");
        return false;
    }
    if (!dsc_mask__attribute_ok(c->attribute)) {
        dsc_mask__tell(s->diag, line_of(s, node, "attribute"),
                       "\"%.60s\" is no attribute: write a keyword such as "
                       "Modality or a tag such as \"(0018,1000)\"",
                       c->attribute);
        return false;
    }
    if (c->attribute[0] != '(' && s->set->known &&
        !s->set->known(c->attribute, &tag)) {
        dsc_mask__tell(s->diag, line_of(s, node, "attribute"),
                       "\"%.60s\" is no keyword that is known here; name the "
                       "attribute by its tag, \"(gggg,eeee)\"",
                       c->attribute);
        return false;
    }
    if (!intern(s, c)) {
        s->diag->nomem = true;
        dsc_mask__tell(s->diag, node->line, "out of memory");
        return false;
    }
    if (c->ignore_case != DSC_MASK__UNSET &&
        (c->op == DSC_MASK__RANGE || c->op == DSC_MASK__PRESENT)) {
        dsc_mask__tell(s->diag, line_of(s, node, "ignore_case"),
                       "ignore_case does not go with min, max and present");
        return false;
    }
    if (c->op == DSC_MASK__REGEX)
        return compile_patterns(s, c, node);
    if (c->op == DSC_MASK__RANGE)
        return check_range(s, c, node);
    return check_texts(s, c, node);
}

static bool check_list(const scope *s, dsc_mask__cond *items, unsigned count,
                       const dsc_mask__node *list, unsigned depth);

static bool check_cond(const scope *s, dsc_mask__cond *c,
                       const dsc_mask__node *node, unsigned depth)
{
    s->t->condition_count++;
    if (!one_operator(c)) {
        dsc_mask__tell(s->diag, node->line,
                       "a condition takes exactly one of equals, contains, "
                       "starts_with, regex, min/max, present, any, all");
        return false;
    }
    if (c->op != DSC_MASK__ANY && c->op != DSC_MASK__ALL)
        return check_leaf(s, c, node);
    if (c->attribute || c->ignore_case != DSC_MASK__UNSET) {
        dsc_mask__tell(s->diag, node->line,
                       "any and all take no attribute and no ignore_case");
        return false;
    }
    if (depth == DSC_MASK_GROUPS) {
        dsc_mask__tell(s->diag, node->line, "groups nested too deep (limit %u)",
                       DSC_MASK_GROUPS);
        return false;
    }
    return c->op == DSC_MASK__ANY
               ? check_list(s, c->any, c->any_count,
                            dsc_mask__value(s->tree, node, "any"), depth + 1)
               : check_list(s, c->all, c->all_count,
                            dsc_mask__value(s->tree, node, "all"), depth + 1);
}

static bool check_list(const scope *s, dsc_mask__cond *items, unsigned count,
                       const dsc_mask__node *list, unsigned depth)
{
    bool good = true;

    for (unsigned i = 0; list && i < count; i++) {
        const dsc_mask__node *node = dsc_mask__child(s->tree, list, i);
        if (node && !check_cond(s, &items[i], node, depth))
            good = false;
    }
    return good && list;
}

bool dsc_mask__compile_conditions(dsc_masks *set, dsc_mask__template *t,
                                  const dsc_mask__tree *tree,
                                  const dsc_mask__node *list,
                                  dsc_mask__diag *diag)
{
    scope s = {set, t, tree, diag};
    return check_list(&s, t->match, t->match_count, list, 0);
}

void dsc_mask__free_conditions(dsc_mask__cond *items, unsigned count)
{
    for (unsigned i = 0; items && i < count; i++) {
        dsc_mask__cond *c = &items[i];
        for (unsigned k = 0; k < c->compiled_count; k++)
            regfree(&c->compiled[k]);
        dsc_free(c->compiled);
        c->compiled = NULL;
        c->compiled_count = 0;
        dsc_mask__free_conditions(c->any, c->any_count);
        dsc_mask__free_conditions(c->all, c->all_count);
    }
}

/* ---- regions ---- */

/* A length: whole pixels, or a fraction in millionths. */
static bool read_length(const char *text, bool fraction, int64_t *out)
{
    int64_t v = 0, scale = fraction ? DSC_MASK_ONE : 1;
    size_t digits = 0;

    for (; is_digit(*text) && digits < 6; text++, digits++)
        v = v * 10 + (*text - '0');
    if (!digits)
        return false;
    v *= scale;
    if (fraction && *text == '.') {
        text++;
        if (!is_digit(*text))
            return false;
        while (is_digit(*text) && scale > 1) {
            scale /= 10;
            v += (*text++ - '0') * scale;
        }
    }
    *out = v;
    return !*text && v <= (fraction ? DSC_MASK_ONE : PIXELS_MAX);
}

typedef struct side {
    const char *key, *text;
    int64_t *out;
} side;

static bool read_axis(const scope *s, const side sides[3],
                      const dsc_mask__node *node)
{
    bool fraction = s->t->unit == 1, good = true;
    unsigned given = 0;

    for (size_t i = 0; i < 3; i++) {
        const char *text = sides[i].text;
        *sides[i].out = -1;
        if (!text)
            continue;
        given++;
        if (read_length(text, fraction, sides[i].out))
            continue;
        good = false;
        if (text[0] == '-')
            dsc_mask__tell(s->diag, line_of(s, node, sides[i].key),
                           "%s: %.20s is negative", sides[i].key, text);
        else if (fraction)
            dsc_mask__tell(s->diag, line_of(s, node, sides[i].key),
                           "%s: \"%.20s\" is no fraction from 0 to 1 (unit: "
                           "fraction; six digits at most)",
                           sides[i].key, text);
        else
            dsc_mask__tell(s->diag, line_of(s, node, sides[i].key),
                           "%s: \"%.20s\" is no whole number of pixels from 0 "
                           "to %d (unit: pixels)",
                           sides[i].key, text, PIXELS_MAX);
    }
    if (given != 2) {
        dsc_mask__tell(s->diag, node->line,
                       "a region takes exactly two of %s, %s and %s",
                       sides[0].key, sides[1].key, sides[2].key);
        return false;
    }
    if (good && sides[2].text && *sides[2].out == 0) {
        dsc_mask__tell(s->diag, line_of(s, node, sides[2].key), "%s is zero",
                       sides[2].key);
        return false;
    }
    return good;
}

static bool check_region(const scope *s, dsc_mask__region *r,
                         const dsc_mask__node *node)
{
    const side x[3] = {{"left", r->left, &r->x.near_edge},
                       {"right", r->right, &r->x.far_edge},
                       {"width", r->width, &r->x.size}};
    const side y[3] = {{"top", r->top, &r->y.near_edge},
                       {"bottom", r->bottom, &r->y.far_edge},
                       {"height", r->height, &r->y.size}};
    bool good = read_axis(s, x, node);

    good = read_axis(s, y, node) && good;
    if (!good || s->t->unit != 1)
        return good;
    if ((r->x.size < 0 && r->x.near_edge + r->x.far_edge >= DSC_MASK_ONE) ||
        (r->y.size < 0 && r->y.near_edge + r->y.far_edge >= DSC_MASK_ONE)) {
        dsc_mask__tell(s->diag, node->line, "the region is empty");
        return false;
    }
    return true;
}

static bool check_id(const scope *s, const dsc_mask__node *node)
{
    const char *id = s->t->id;
    size_t n = strlen(id);
    bool good = n >= 1 && n <= 80;

    for (size_t i = 0; i < n && good; i++)
        good = is_digit(id[i]) || (id[i] >= 'a' && id[i] <= 'z') ||
               (i && strchr("-._", id[i]));
    if (!good) {
        dsc_mask__tell(s->diag, line_of(s, node, "id"),
                       "id: lower-case letters, digits, \"-\", \".\" and \"_\" "
                       "only, 80 at most");
        return false;
    }
    for (size_t i = 0; i < s->set->count; i++)
        if (!strcmp(s->set->items[i]->id, id)) {
            dsc_mask__tell(s->diag, line_of(s, node, "id"),
                           "id \"%s\" is used by another template (in %.60s)",
                           id, s->set->items[i]->file);
            return false;
        }
    return true;
}

/* "source, rule, version, licence; ..." */
static bool join_provenance(dsc_mask__template *t)
{
    dsc_buf b = {0};
    bool good = true;

    for (unsigned i = 0; i < t->provenance_count && good; i++) {
        const dsc_mask__origin *o = &t->provenance[i];
        const char *parts[] = {i ? "; " : "",
                               o->source,
                               o->rule ? ", " : "",
                               o->rule ? o->rule : "",
                               o->version ? ", " : "",
                               o->version,
                               ", ",
                               o->licence};
        for (size_t k = 0; k < sizeof parts / sizeof parts[0] && good; k++)
            good = !dsc_buf_append(&b, parts[k], strlen(parts[k]), NULL);
    }
    good = good && !dsc_buf_append(&b, "", 1, NULL);
    t->origin = good ? dsc_strdup((const char *)b.data) : NULL;
    dsc_buf_free(&b);
    return t->origin != NULL;
}

static bool check_words(const scope *s, const dsc_mask__node *node)
{
    const dsc_mask__template *t = s->t;
    const dsc_mask__node *list = dsc_mask__value(s->tree, node, "provenance");

    if (!t->description[0]) {
        dsc_mask__tell(s->diag, line_of(s, node, "description"),
                       "description is empty");
        return false;
    }
    for (unsigned i = 0; i < t->provenance_count; i++) {
        const dsc_mask__origin *o = &t->provenance[i];
        const dsc_mask__node *at =
            list ? dsc_mask__child(s->tree, list, i) : node;
        if (o->source[0] && o->version[0] && o->licence[0])
            continue;
        dsc_mask__tell(s->diag, at->line,
                       "provenance: source, version and licence must be told");
        return false;
    }
    return true;
}

bool dsc_mask__compile(dsc_masks *set, dsc_mask__template *t,
                       const dsc_mask__tree *tree, const dsc_mask__node *node,
                       dsc_mask__diag *diag)
{
    scope s = {set, t, tree, diag};
    const dsc_mask__node *regions = dsc_mask__value(tree, node, "regions");
    const dsc_mask__node *match = dsc_mask__value(tree, node, "match");
    bool good = check_id(&s, node);

    good = check_words(&s, node) && good;
    good = match && dsc_mask__compile_conditions(set, t, tree, match, diag) &&
           good;
    for (unsigned i = 0; regions && i < t->regions_count; i++) {
        const dsc_mask__node *at = dsc_mask__child(tree, regions, i);
        good = at && check_region(&s, &t->regions[i], at) && good;
    }
    if (!join_provenance(t)) {
        diag->nomem = true;
        dsc_mask__tell(diag, node->line, "out of memory");
        good = false;
    }
    return good && regions;
}
