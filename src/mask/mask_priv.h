/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the files of this module only.
 */
#ifndef DSC_MASK_MASK_PRIV_H
#define DSC_MASK_MASK_PRIV_H

#include "mask/mask.h"

#include <regex.h>

/* Limits: far above any honest template file, far below what hurts. */
#define DSC_MASK_FILE_BYTES    ((size_t)1 << 20)
#define DSC_MASK_NODES         100000u
#define DSC_MASK_DEPTH         32u
#define DSC_MASK_TEXT          512u
#define DSC_MASK_LIST          64u
#define DSC_MASK_GROUPS        8u /* any/all inside any/all */
#define DSC_MASK_SET_TEMPLATES 10000u
#define DSC_MASK_PATTERN       256u
#define DSC_MASK_VALUE         1024u
/* Fractions are kept as whole millionths, so that a box is the same on every
 * machine. */
#define DSC_MASK_ONE 1000000

/* ---- problems ---- */

/* Where problems go. Every problem is counted; running out of memory is told
 * apart, since it is not the file's fault. */
typedef struct dsc_mask__diag {
    void (*fn)(void *ctx, int line, const char *message);
    void *ctx;
    size_t count;
    bool nomem;
} dsc_mask__diag;
void dsc_mask__tell(dsc_mask__diag *diag, unsigned line, const char *fmt, ...)
    DSC_PRINTF(3, 4);

/* ---- the file as a tree of nodes with line numbers ---- */

typedef enum dsc_mask__kind {
    DSC_MASK__SCALAR,
    DSC_MASK__MAP, /* children: key, value, key, value ... */
    DSC_MASK__LIST
} dsc_mask__kind;

typedef struct dsc_mask__node {
    dsc_mask__kind kind;
    unsigned line;    /* from 1 */
    unsigned column;  /* from 0, in characters */
    size_t begin;     /* byte offset in the file */
    size_t end;       /* byte offset after the last byte */
    char *text;       /* scalars; owned */
    uint32_t child;   /* first child, 0: none (node 0 is the root) */
    uint32_t last;    /* last child */
    uint32_t sibling; /* next child of the same parent, 0: none */
    uint32_t count;   /* children */
} dsc_mask__node;

typedef struct dsc_mask__tree {
    dsc_mask__node *nodes;
    uint32_t count, cap;
} dsc_mask__tree;

/* Parse. Tells every reason why this is no acceptable YAML; false then. */
bool dsc_mask__tree_parse(dsc_mask__tree *tree, const uint8_t *data,
                          size_t size, dsc_mask__diag *diag);
void dsc_mask__tree_free(dsc_mask__tree *tree);
/* Child number `n` of a list, value of `key` of a map; NULL when there is
 * none. */
const dsc_mask__node *dsc_mask__child(const dsc_mask__tree *tree,
                                      const dsc_mask__node *node, uint32_t n);
const dsc_mask__node *dsc_mask__value(const dsc_mask__tree *tree,
                                      const dsc_mask__node *node,
                                      const char *key);

/* ---- a template as libcyaml loads it ---- */

typedef enum dsc_mask__flag {
    DSC_MASK__UNSET,
    DSC_MASK__YES,
    DSC_MASK__NO
} dsc_mask__flag;

typedef enum dsc_mask__op {
    DSC_MASK__ANY,
    DSC_MASK__ALL,
    DSC_MASK__EQUALS,
    DSC_MASK__CONTAINS,
    DSC_MASK__STARTS,
    DSC_MASK__REGEX,
    DSC_MASK__RANGE,
    DSC_MASK__PRESENT
} dsc_mask__op;

typedef struct dsc_mask__cond {
    char *attribute;
    char **equals, **contains, **starts_with, **regex;
    unsigned equals_count, contains_count, starts_with_count, regex_count;
    char *min, *max;
    dsc_mask__flag present, ignore_case, negate;
    struct dsc_mask__cond *any, *all;
    unsigned any_count, all_count;
    /* Not in the file; made by dsc_mask__compile. */
    dsc_mask__op op;
    uint32_t attribute_index;
    regex_t *compiled;
    unsigned compiled_count;
    double low, high;
} dsc_mask__cond;

/* Two of the three words of an axis, in pixels or millionths; -1: not given. */
typedef struct dsc_mask__axis {
    int64_t near_edge, far_edge, size;
} dsc_mask__axis;

typedef struct dsc_mask__region {
    char *left, *right, *width, *top, *bottom, *height;
    dsc_mask__axis x, y;
} dsc_mask__region;

typedef struct dsc_mask__origin {
    char *source, *rule, *version, *licence;
} dsc_mask__origin;

typedef struct dsc_mask__template {
    char *id, *description;
    dsc_mask__origin *provenance;
    unsigned provenance_count;
    dsc_mask__cond *match;
    unsigned match_count;
    int unit; /* 0 pixels, 1 fraction */
    int mode; /* 0 blank, 1 keep only */
    dsc_mask__region *regions;
    unsigned regions_count;
    /* Not in the file. */
    char *origin; /* provenance in one line */
    char *file;
    unsigned condition_count;
} dsc_mask__template;

/* Load one template from its piece of the file. NULL after telling why. */
dsc_mask__template *dsc_mask__load_template(const dsc_mask__tree *tree,
                                            const dsc_mask__node *node,
                                            const uint8_t *data,
                                            dsc_mask__diag *diag);
void dsc_mask__free_template(dsc_mask__template *t);

/* ---- the set ---- */

struct dsc_masks {
    dsc_mask__template **items;
    size_t count, cap;
    char **attributes; /* every attribute that a condition names, once */
    size_t attribute_count, attribute_cap;
    dsc_mask_known_fn known;
};

/* Add the templates of a file's bytes; those with problems are left out. */
void dsc_mask__load_bytes(dsc_masks *set, const char *name,
                          const dsc_buf *bytes, dsc_mask__diag *diag);
/* Check what the schema cannot and prepare for matching. false after telling
 * what is wrong. */
bool dsc_mask__compile(dsc_masks *set, dsc_mask__template *t,
                       const dsc_mask__tree *tree, const dsc_mask__node *node,
                       dsc_mask__diag *diag);
/* The conditions' part of that. */
bool dsc_mask__compile_conditions(dsc_masks *set, dsc_mask__template *t,
                                  const dsc_mask__tree *tree,
                                  const dsc_mask__node *list,
                                  dsc_mask__diag *diag);
void dsc_mask__free_conditions(dsc_mask__cond *items, unsigned count);

/* A decimal number without regard to the locale; the whole text must be one
 * (spaces around it are fine). */
bool dsc_mask__number(const char *text, double *out);
/* NULL, or what makes a pattern unacceptable. */
const char *dsc_mask__pattern_problem(const char *pattern);
/* "Rows" or "(0019,1010)". */
bool dsc_mask__attribute_ok(const char *text);

#endif
