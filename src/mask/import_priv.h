/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of other tools, between reading and writing.
 */
#ifndef DSC_MASK_IMPORT_PRIV_H
#define DSC_MASK_IMPORT_PRIV_H

#include "mask/mask_priv.h"

#define DSC_MASK_RULE_NODES   256u
#define DSC_MASK_RULE_REGIONS 64u
#define DSC_MASK_RULE_NESTING 64u

typedef enum dsc_mask__expr_op {
    DSC_MASK__X_TRUE,
    DSC_MASK__X_FALSE,
    DSC_MASK__X_AND,
    DSC_MASK__X_OR,
    DSC_MASK__X_EQUALS,
    DSC_MASK__X_CONTAINS,
    DSC_MASK__X_STARTS,
    DSC_MASK__X_REGEX,
    DSC_MASK__X_MIN,
    DSC_MASK__X_PRESENT
} dsc_mask__expr_op;

typedef struct dsc_mask__expr {
    dsc_mask__expr_op op;
    bool negate;
    uint16_t left, right; /* AND, OR */
    char attribute[72];
    char value[DSC_MASK_PATTERN + 1];
    bool alternatives; /* value holds several texts, '|' between them */
    bool fold;         /* ignore case */
} dsc_mask__expr;

/* One rule. Nodes point to each other by index. */
typedef struct dsc_mask__rule {
    int line;
    char title[128];
    dsc_mask__expr nodes[DSC_MASK_RULE_NODES];
    unsigned node_count;
    dsc_mask__axis x[DSC_MASK_RULE_REGIONS], y[DSC_MASK_RULE_REGIONS];
    unsigned region_count;
    bool keep_only;
} dsc_mask__rule;

typedef struct dsc_mask__import {
    const uint8_t *data;
    size_t size;
    const char *prefix; /* of the ids: "ctp" */
    const char *tool;   /* in the provenance */
    char name[80];      /* of the file, fit for quotes */
    dsc_buf *yaml;
    dsc_masks *accepted; /* what was written, as our loader sees it */
    void (*warn)(void *ctx, int line, const char *message);
    void *ctx;
    dsc_mask__rule *rule; /* the one in work */
    size_t rules;         /* met, good or bad */
    int last_line;        /* of the rule written last */
    unsigned same_line;   /* how many were written of that line */
} dsc_mask__import;

void dsc_mask__import_warn(dsc_mask__import *im, int line, const char *fmt, ...)
    DSC_PRINTF(3, 4);
/* A new node of the rule in work; -1 where the rule is too large. */
int dsc_mask__expr_new(dsc_mask__rule *rule, dsc_mask__expr_op op);
int dsc_mask__expr_join(dsc_mask__rule *rule, dsc_mask__expr_op op, int left,
                        int right);
/* A text that can stand in an extended POSIX pattern for itself. */
bool dsc_mask__quote_pattern(const char *text, char *out, size_t size);
/* Does the pattern mean the same as a POSIX extended one? */
bool dsc_mask__pattern_portable(const char *pattern);
/* A text that fits one line of YAML or a message. */
void dsc_mask__clean_text(char *out, size_t size, const char *text, size_t n);
/* Write the rule in work, checked by our own loader; a rule that does not
 * pass is told and left out. Only DSC_NOMEM and DSC_LIMIT fail. */
dsc_status dsc_mask__rule_write(dsc_mask__import *im, int root,
                                dsc_error *err) DSC_WARN_UNUSED;

/* The dialects. DSC_USAGE where the file is nothing of the kind. */
dsc_status dsc_mask__import_ctp(dsc_mask__import *im,
                                dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_mask__import_deid(dsc_mask__import *im,
                                 dsc_error *err) DSC_WARN_UNUSED;

#endif
