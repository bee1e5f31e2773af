/* SPDX-License-Identifier: Apache-2.0
 *
 * The format of a template, as a libcyaml schema. Each template is loaded on
 * its own, so that a mistake in one does not hide those in the next.
 */
#include "mask/mask_priv.h"

#include <cyaml/cyaml.h>
#include <stdio.h>
#include <string.h>

#define OPTIONAL (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define TEXT(key, flags, type, member)                                         \
 CYAML_FIELD_STRING_PTR(key, flags, type, member, 0, DSC_MASK_TEXT)
#define FLAG(key, member)                                                      \
 CYAML_FIELD_ENUM(key, CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT,                \
                  dsc_mask__cond, member, flag_names, 4)

static const cyaml_strval_t flag_names[] = {{"yes", DSC_MASK__YES},
                                            {"true", DSC_MASK__YES},
                                            {"no", DSC_MASK__NO},
                                            {"false", DSC_MASK__NO}};
static const cyaml_strval_t unit_names[] = {{"pixels", 0}, {"fraction", 1}};
static const cyaml_strval_t mode_names[] = {{"blank", 0}, {"keep only", 1}};

static const cyaml_schema_value_t text_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, DSC_MASK_TEXT)};

/* Conditions hold conditions. */
static const cyaml_schema_value_t cond_schema;

#define LIST(key, flags, type, member, schema)                                 \
 CYAML_FIELD_SEQUENCE(key, flags, type, member, schema, 1, DSC_MASK_LIST)

static const cyaml_schema_field_t cond_fields[] = {
    TEXT("attribute", OPTIONAL, dsc_mask__cond, attribute),
    LIST("equals", OPTIONAL, dsc_mask__cond, equals, &text_schema),
    LIST("contains", OPTIONAL, dsc_mask__cond, contains, &text_schema),
    LIST("starts_with", OPTIONAL, dsc_mask__cond, starts_with, &text_schema),
    LIST("regex", OPTIONAL, dsc_mask__cond, regex, &text_schema),
    TEXT("min", OPTIONAL, dsc_mask__cond, min),
    TEXT("max", OPTIONAL, dsc_mask__cond, max),
    FLAG("present", present),
    FLAG("ignore_case", ignore_case),
    FLAG("not", negate),
    LIST("any", OPTIONAL, dsc_mask__cond, any, &cond_schema),
    LIST("all", OPTIONAL, dsc_mask__cond, all, &cond_schema),
    CYAML_FIELD_END};

static const cyaml_schema_value_t cond_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, dsc_mask__cond, cond_fields)};

static const cyaml_schema_field_t origin_fields[] = {
    TEXT("source", CYAML_FLAG_POINTER, dsc_mask__origin, source),
    TEXT("rule", OPTIONAL, dsc_mask__origin, rule),
    TEXT("version", CYAML_FLAG_POINTER, dsc_mask__origin, version),
    TEXT("licence", CYAML_FLAG_POINTER, dsc_mask__origin, licence),
    CYAML_FIELD_END};

static const cyaml_schema_value_t origin_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, dsc_mask__origin, origin_fields)};

static const cyaml_schema_field_t region_fields[] = {
    TEXT("left", OPTIONAL, dsc_mask__region, left),
    TEXT("right", OPTIONAL, dsc_mask__region, right),
    TEXT("width", OPTIONAL, dsc_mask__region, width),
    TEXT("top", OPTIONAL, dsc_mask__region, top),
    TEXT("bottom", OPTIONAL, dsc_mask__region, bottom),
    TEXT("height", OPTIONAL, dsc_mask__region, height),
    CYAML_FIELD_END};

static const cyaml_schema_value_t region_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, dsc_mask__region, region_fields)};

static const cyaml_schema_field_t template_fields[] = {
    TEXT("id", CYAML_FLAG_POINTER, dsc_mask__template, id),
    TEXT("description", CYAML_FLAG_POINTER, dsc_mask__template, description),
    LIST("provenance", CYAML_FLAG_POINTER, dsc_mask__template, provenance,
         &origin_schema),
    LIST("match", CYAML_FLAG_POINTER, dsc_mask__template, match, &cond_schema),
    CYAML_FIELD_ENUM("unit", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT,
                     dsc_mask__template, unit, unit_names, 2),
    CYAML_FIELD_ENUM("mode", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT,
                     dsc_mask__template, mode, mode_names, 2),
    LIST("regions", CYAML_FLAG_POINTER, dsc_mask__template, regions,
         &region_schema),
    CYAML_FIELD_END};

static const cyaml_schema_value_t template_schema = {CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, dsc_mask__template, template_fields)};

/* What libcyaml says on its way out: first the reason, then from the inside
 * outwards where it was. */
typedef struct messages {
    char reason[160];
    char field[40];
    unsigned line;
} messages;

static void __attribute__((format(printf, 3, 0)))
on_message(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
    messages *m = ctx;
    char text[200];
    const char *p;
    unsigned line;

    (void)level;
    vsnprintf(text, sizeof text, fmt, args);
    text[strcspn(text, "\n")] = 0;
    if (!strncmp(text, "Load: ", 6)) {
        if (!m->reason[0] && strncmp(text + 6, "Backtrace", 9))
            snprintf(m->reason, sizeof m->reason, "%.150s", text + 6);
        return;
    }
    p = strstr(text, "(line: ");
    if (p && !m->line && sscanf(p, "(line: %u", &line) == 1)
        m->line = line;
    p = strstr(text, "field '");
    if (p && !m->field[0])
        snprintf(m->field, sizeof m->field, "%.*s",
                 (int)strcspn(p + 7, "'") > 39 ? 39 : (int)strcspn(p + 7, "'"),
                 p + 7);
}

/* The line of a key below `node`, 0 where there is none. */
static unsigned key_line(const dsc_mask__tree *tree, const dsc_mask__node *node,
                         const char *key, unsigned from)
{
    for (size_t i = (size_t)(node - tree->nodes) + 1; i < tree->count; i++) {
        const dsc_mask__node *n = &tree->nodes[i];
        if (n->begin >= node->end)
            break;
        if (n->kind == DSC_MASK__SCALAR && n->line >= from &&
            !strcmp(n->text, key))
            return n->line;
    }
    return 0;
}

/* libcyaml's reason in the words of somebody who writes a file. */
static void tell_reason(const messages *m, cyaml_err_t rc, unsigned line,
                        const dsc_mask__tree *tree, const dsc_mask__node *node,
                        dsc_mask__diag *diag)
{
    const char *r = m->reason;
    const char *key;
    unsigned at;

    if (!strncmp(r, "Unexpected key: ", 16)) {
        at = key_line(tree, node, r + 16, line);
        dsc_mask__tell(diag, at ? at : line, "unknown key \"%.60s\"", r + 16);
    } else if (!strncmp(r, "Missing required mapping field: ", 32)) {
        /* libcyaml sees that at the end; where the template is the one that
         * lacks it, its start is what helps. */
        bool origin = !strcmp(r + 32, "source") || !strcmp(r + 32, "version") ||
                      !strcmp(r + 32, "licence");
        dsc_mask__tell(diag, origin ? line : node->line, "\"%.60s\" is missing",
                       r + 32);
    } else if (!strncmp(r, "Expecting ", 10)) {
        key = !strncmp(r + 10, "SEQUENCE", 8)  ? "a list ([a, b])"
              : !strncmp(r + 10, "MAPPING", 7) ? "keys with values"
                                               : "a plain value";
        dsc_mask__tell(diag, line, "%.40s: %s is wanted here",
                       m->field[0] ? m->field : "template", key);
    } else if (rc == CYAML_ERR_SEQUENCE_ENTRIES_MIN) {
        dsc_mask__tell(diag, line, "%.40s: the list is empty", m->field);
    } else if (rc == CYAML_ERR_SEQUENCE_ENTRIES_MAX) {
        dsc_mask__tell(diag, line, "%.40s: more than %u entries", m->field,
                       DSC_MASK_LIST);
    } else {
        dsc_mask__tell(diag, line, "%.40s%s%.150s", m->field,
                       m->field[0] ? ": " : "", r[0] ? r : cyaml_strerror(rc));
    }
}

static cyaml_config_t config_for(messages *m)
{
    cyaml_config_t config = {.log_fn = on_message,
                             .log_ctx = m,
                             .mem_fn = cyaml_mem,
                             .log_level = CYAML_LOG_ERROR,
                             .flags = CYAML_CFG_NO_ALIAS};
    return config;
}

dsc_mask__template *dsc_mask__load_template(const dsc_mask__tree *tree,
                                            const dsc_mask__node *node,
                                            const uint8_t *data,
                                            dsc_mask__diag *diag)
{
    messages m = {{0}, {0}, 0};
    cyaml_config_t config = config_for(&m);
    size_t n = node->end - node->begin;
    cyaml_data_t *out = NULL;
    uint8_t *piece;
    cyaml_err_t rc;

    if (node->kind != DSC_MASK__MAP) {
        dsc_mask__tell(diag, node->line, "a template is keys with values");
        return NULL;
    }
    /* Shifted right as far as it was, so that its indentation holds. */
    piece = dsc_alloc(node->column + n + 1);
    if (!piece) {
        diag->nomem = true;
        dsc_mask__tell(diag, node->line, "out of memory");
        return NULL;
    }
    memset(piece, ' ', node->column);
    memcpy(piece + node->column, data + node->begin, n);
    rc = cyaml_load_data(piece, node->column + n, &config, &template_schema,
                         &out, NULL);
    dsc_free(piece);
    if (rc == CYAML_OK && out)
        return out;
    diag->nomem = diag->nomem || rc == CYAML_ERR_OOM;
    tell_reason(&m, rc, node->line + (m.line ? m.line - 1 : 0), tree, node,
                diag);
    return NULL;
}

void dsc_mask__free_template(dsc_mask__template *t)
{
    messages m = {{0}, {0}, 0};
    cyaml_config_t config = config_for(&m);

    if (!t)
        return;
    dsc_mask__free_conditions(t->match, t->match_count);
    dsc_free(t->origin);
    dsc_free(t->file);
    cyaml_free(&config, &template_schema, t, 0);
}

const char *dsc_masks_library_version(void)
{
    return cyaml_version_str;
}
