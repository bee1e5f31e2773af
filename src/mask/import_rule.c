/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of other tools, written in our format.
 */
#include "mask/import_priv.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>

#define OUTPUT_LIMIT ((size_t)8 << 20)

void dsc_mask__import_warn(dsc_mask__import *im, int line, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    if (!im->warn)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    im->warn(im->ctx, line, text);
}

int dsc_mask__expr_new(dsc_mask__rule *rule, dsc_mask__expr_op op)
{
    dsc_mask__expr *e;

    if (rule->node_count == DSC_MASK_RULE_NODES)
        return -1;
    e = &rule->nodes[rule->node_count];
    memset(e, 0, sizeof *e);
    e->op = op;
    return (int)rule->node_count++;
}

int dsc_mask__expr_join(dsc_mask__rule *rule, dsc_mask__expr_op op, int left,
                        int right)
{
    int at = left < 0 || right < 0 ? -1 : dsc_mask__expr_new(rule, op);

    if (at >= 0) {
        rule->nodes[at].left = (uint16_t)left;
        rule->nodes[at].right = (uint16_t)right;
    }
    return at;
}

bool dsc_mask__quote_pattern(const char *text, char *out, size_t size)
{
    size_t n = 0;

    for (; *text; text++) {
        if (strchr(".[]{}()*+?^$|\\", *text)) {
            if (n + 1 >= size)
                return false;
            out[n++] = '\\';
        }
        if (n + 1 >= size)
            return false;
        out[n++] = *text;
    }
    out[n] = 0;
    return true;
}

/* Java and Python know more than POSIX: classes by letter, lazy and possessive
 * repeats, groups with options. A backslash before punctuation means the same
 * everywhere. */
bool dsc_mask__pattern_portable(const char *p)
{
    for (; *p; p++) {
        if (*p == '\\') {
            p++;
            if (!*p || !strchr(".[]{}()*+?^$|\\-/", *p))
                return false;
        } else if (*p == '(' && p[1] == '?') {
            return false;
        } else if (strchr("*+?}", *p) && p[1] && strchr("*+?", p[1])) {
            return false;
        } else if (*p == '[') {
            /* Inside brackets POSIX takes a backslash for itself. */
            for (p++; *p && *p != ']'; p++)
                if (*p == '\\' || *p == '[' || *p == '&')
                    return false;
            if (!*p)
                return false;
        }
    }
    return true;
}

void dsc_mask__clean_text(char *out, size_t size, const char *text, size_t n)
{
    size_t k = 0;

    for (size_t i = 0; i < n && k + 1 < size; i++) {
        unsigned char c = (unsigned char)text[i];
        out[k++] = (char)(c < 0x20 || c > 0x7E ? ' ' : c);
    }
    while (k && out[k - 1] == ' ')
        k--;
    out[k] = 0;
}

/* ---- writing ---- */

static dsc_status put(dsc_buf *b, const char *text)
{
    return dsc_buf_append(b, text, strlen(text), NULL);
}

static dsc_status put_quoted(dsc_buf *b, const char *text, size_t n)
{
    dsc_status st = put(b, "\"");

    for (size_t i = 0; i < n && !st; i++) {
        if (text[i] == '"' || text[i] == '\\')
            st = put(b, "\\");
        if (!st)
            st = dsc_buf_append(b, &text[i], 1, NULL);
    }
    return st ? st : put(b, "\"");
}

static dsc_status put_leaf(dsc_buf *b, const dsc_mask__expr *e)
{
    static const char *const words[] = {[DSC_MASK__X_EQUALS] = "equals",
                                        [DSC_MASK__X_CONTAINS] = "contains",
                                        [DSC_MASK__X_STARTS] = "starts_with",
                                        [DSC_MASK__X_REGEX] = "regex"};
    const char *v = e->value;
    dsc_status st = put(b, "{attribute: ");

    if (!st)
        st = put_quoted(b, e->attribute, strlen(e->attribute));
    if (!st && e->op == DSC_MASK__X_PRESENT)
        st = put(b, ", present: yes");
    else if (!st && e->op == DSC_MASK__X_MIN) {
        st = put(b, ", min: ");
        st = st ? st : put(b, v);
    } else if (!st) {
        st = put(b, ", ");
        st = st ? st : put(b, words[e->op]);
        st = st ? st : put(b, ": [");
        for (bool more = true; more && !st;) {
            size_t n = e->alternatives ? strcspn(v, "|") : strlen(v);
            st = put_quoted(b, v, n);
            v += n;
            more = *v++ == '|';
            if (more && !st)
                st = put(b, ", ");
        }
        st = st ? st : put(b, "]");
        if (!st && e->fold)
            st = put(b, ", ignore_case: yes");
    }
    if (!st && e->negate)
        st = put(b, ", not: yes");
    return st ? st : put(b, "}");
}

/* Entries of a run of the same operator, flattened. The depth of recursion is
 * bounded by the readers. */
static dsc_status put_expr(dsc_buf *b, const dsc_mask__rule *r, unsigned at);

static dsc_status put_run(dsc_buf *b, const dsc_mask__rule *r, unsigned at,
                          dsc_mask__expr_op op, const char *between,
                          bool *first)
{
    const dsc_mask__expr *e = &r->nodes[at];
    dsc_status st = DSC_OK;

    if (e->op == op && !e->negate) {
        st = put_run(b, r, e->left, op, between, first);
        return st ? st : put_run(b, r, e->right, op, between, first);
    }
    if (!*first)
        st = put(b, between);
    *first = false;
    return st ? st : put_expr(b, r, at);
}

static dsc_status put_expr(dsc_buf *b, const dsc_mask__rule *r, unsigned at)
{
    const dsc_mask__expr *e = &r->nodes[at];
    bool first = true;
    dsc_status st;

    if (e->op != DSC_MASK__X_AND && e->op != DSC_MASK__X_OR)
        return put_leaf(b, e);
    st = put(b, e->op == DSC_MASK__X_AND ? "{all: [" : "{any: [");
    if (!st)
        st = put_run(b, r, e->left, e->op, ", ", &first);
    if (!st)
        st = put_run(b, r, e->right, e->op, ", ", &first);
    st = st ? st : put(b, "]");
    if (!st && e->negate)
        st = put(b, ", not: yes");
    return st ? st : put(b, "}");
}

/* Constants out of the way: what is left holds none, or is one. */
static unsigned fold_constants(dsc_mask__rule *r, unsigned at)
{
    dsc_mask__expr *e = &r->nodes[at];
    unsigned a, b;
    dsc_mask__expr_op deciding;
    bool negate = e->negate;

    if (e->op == DSC_MASK__X_TRUE || e->op == DSC_MASK__X_FALSE) {
        if (negate)
            e->op = e->op == DSC_MASK__X_TRUE ? DSC_MASK__X_FALSE
                                              : DSC_MASK__X_TRUE;
        e->negate = false;
        return at;
    }
    if (e->op != DSC_MASK__X_AND && e->op != DSC_MASK__X_OR)
        return at;
    a = fold_constants(r, e->left);
    b = fold_constants(r, e->right);
    deciding = e->op == DSC_MASK__X_AND ? DSC_MASK__X_FALSE : DSC_MASK__X_TRUE;
    if (r->nodes[b].op == DSC_MASK__X_TRUE ||
        r->nodes[b].op == DSC_MASK__X_FALSE) {
        unsigned swap = a;
        a = b;
        b = swap;
    }
    e->left = (uint16_t)a;
    e->right = (uint16_t)b;
    if (r->nodes[a].op != DSC_MASK__X_TRUE &&
        r->nodes[a].op != DSC_MASK__X_FALSE)
        return at;
    /* a decides or does not count. */
    at = r->nodes[a].op == deciding ? a : b;
    if (negate) {
        r->nodes[at].negate = !r->nodes[at].negate;
        return fold_constants(r, at);
    }
    return at;
}

static dsc_status put_axis(dsc_buf *b, const dsc_mask__axis *a,
                           const char *const words[3], const char *after)
{
    const int64_t values[3] = {a->near_edge, a->far_edge, a->size};
    bool first = true;
    dsc_status st = DSC_OK;

    for (int i = 0; i < 3 && !st; i++) {
        char text[48];
        if (values[i] < 0)
            continue;
        snprintf(text, sizeof text, "%s%s: %lld", first ? "" : ", ", words[i],
                 (long long)values[i]);
        first = false;
        st = put(b, text);
    }
    return st ? st : put(b, after);
}

static dsc_status put_template(dsc_mask__import *im, dsc_buf *b, unsigned root)
{
    static const char *const xs[] = {"left", "right", "width"};
    static const char *const ys[] = {"top", "bottom", "height"};
    const dsc_mask__rule *r = im->rule;
    bool first = true;
    char text[400];
    dsc_status st;

    /* The line names the rule; two may stand on one. */
    if (r->line == im->last_line)
        im->same_line++;
    else
        im->same_line = 1;
    im->last_line = r->line;
    if (im->same_line > 1)
        snprintf(text, sizeof text,
                 "- id: %s-line-%d-%u\n  description: ", im->prefix, r->line,
                 im->same_line);
    else
        snprintf(text, sizeof text,
                 "- id: %s-line-%d\n  description: ", im->prefix, r->line);
    st = put(b, text);
    if (!st)
        st = put_quoted(b, r->title, strlen(r->title));
    snprintf(text, sizeof text,
             "\n  provenance:\n    - {source: \"%s, imported from %s\", rule: "
             "line %d, version: unknown, licence: that of the source}\n"
             "  match:\n    - ",
             im->tool, im->name, r->line);
    st = st ? st : put(b, text);
    if (!st && r->nodes[root].op == DSC_MASK__X_TRUE)
        st = put(b, "{attribute: Rows, min: 1}");
    else if (!st)
        st = put_run(b, r, root, DSC_MASK__X_AND, "\n    - ", &first);
    st = st ? st : put(b, r->keep_only ? "\n  mode: keep only" : "");
    st = st ? st : put(b, "\n  regions:\n");
    for (unsigned i = 0; i < r->region_count && !st; i++) {
        st = put(b, "    - {");
        st = st ? st : put_axis(b, &r->x[i], xs, ", ");
        st = st ? st : put_axis(b, &r->y[i], ys, "}\n");
    }
    return st;
}

typedef struct relay {
    dsc_mask__import *im;
    int line;
} relay;

static void relay_problem(void *ctx, int line, const char *message)
{
    relay *r = ctx;
    (void)line;
    dsc_mask__import_warn(r->im, r->line, "left out: %.200s", message);
}

dsc_status dsc_mask__rule_write(dsc_mask__import *im, int root, dsc_error *err)
{
    dsc_buf b = {.limit = OUTPUT_LIMIT};
    relay to = {im, im->rule->line};
    dsc_mask__diag diag = {relay_problem, &to, 0, false};
    unsigned at = fold_constants(im->rule, (unsigned)root);
    dsc_status st = DSC_OK;

    if (im->rule->nodes[at].op == DSC_MASK__X_FALSE) {
        dsc_mask__import_warn(im, im->rule->line,
                              "left out: the rule can never match");
        return DSC_OK;
    }
    st = put_template(im, &b, at);
    if (st) {
        st = dsc_fail(err, st, "the imported rules are too large");
        goto done;
    }
    dsc_mask__load_bytes(im->accepted, im->name, &b, &diag);
    if (diag.nomem)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    else if (!diag.count)
        st = dsc_buf_append(im->yaml, b.data, b.len, err);
done:
    dsc_buf_free(&b);
    return st;
}

static dsc_status put_head(dsc_mask__import *im, dsc_error *err)
{
    char text[700];

    snprintf(text, sizeof text,
             "# Imported by dcmscrub from %s (%s).\n"
             "# All matching templates apply%s\n",
             im->name, im->tool,
             !strcmp(im->prefix, "ctp")
                 ? "; CTP applies the first matching rule only.\n"
                   "# CTP blanks one more column and row of uncompressed "
                   "images, so each region\n"
                   "# is one pixel wider and higher here than in the script."
                 : ".");
    return dsc_buf_append(im->yaml, text, strlen(text), err);
}

dsc_status dsc_masks_import(dsc_buf *yaml, const char *path,
                            dsc_mask_dialect dialect, dsc_mask_known_fn known,
                            void (*warn)(void *ctx, int line,
                                         const char *message),
                            void *ctx, dsc_error *err)
{
    bool ctp = dialect == DSC_MASKS_CTP;
    dsc_mask__import im = {.prefix = ctp ? "ctp" : "deid",
                           .tool = ctp ? "RSNA CTP DicomPixelAnonymizer script"
                                       : "pydicom/deid recipe",
                           .yaml = yaml,
                           .warn = warn,
                           .ctx = ctx};
    const char *slash = strrchr(path, '/');
    dsc_buf bytes = {0};
    size_t before = yaml->len;
    dsc_status st;

    dsc_mask__clean_text(im.name, sizeof im.name, slash ? slash + 1 : path,
                         strlen(slash ? slash + 1 : path));
    for (char *p = im.name; *p; p++)
        if (*p == '"' || *p == '\\')
            *p = '_';
    st = dsc_read_file(&bytes, path, DSC_MASK_FILE_BYTES, err);
    if (st)
        return st == DSC_NOMEM ? st : DSC_USAGE;
    if (bytes.len && memchr(bytes.data, 0, bytes.len)) {
        st = dsc_fail(err, DSC_USAGE, "%s:0: no text file", im.name);
        goto done;
    }
    im.data = bytes.data;
    im.size = bytes.len;
    im.rule = dsc_alloc(sizeof *im.rule);
    if (!im.rule) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    st = dsc_masks_create(&im.accepted, known, err);
    if (!st)
        st = put_head(&im, err);
    if (!st)
        st = ctp ? dsc_mask__import_ctp(&im, err)
                 : dsc_mask__import_deid(&im, err);
    if (!st && !dsc_masks_count(im.accepted))
        st = dsc_fail(err, DSC_USAGE, "%s:0: no rule that could be imported",
                      im.name);
    if (st)
        yaml->len = before;
done:
    dsc_masks_free(&im.accepted);
    dsc_free(im.rule);
    dsc_buf_free(&bytes);
    return st;
}
