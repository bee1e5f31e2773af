/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the rules for objects. */
#ifndef DSC_DEID_OBJECT_PRIV_H
#define DSC_DEID_OBJECT_PRIV_H

#include "deid/object.h"

/* ---- Table E.3.4-1, generated ---- */

typedef enum dsc_sr_action {
    DSC_SR_X,
    DSC_SR_D /* also X/D: which of the two a template asks for */
} dsc_sr_action;

typedef struct dsc_sr_row {
    char code[16], scheme[16], type[12];
    dsc_sr_action basic;
    unsigned keep, clean; /* options under which it is K, and C */
} dsc_sr_row;
extern const dsc_sr_row dsc_sr__rows[]; /* ascending */
extern const size_t dsc_sr__row_count;

/* ---- what both need ---- */

struct dsc_object {
    dsc_object_kind kind;
    unsigned options; /* DSC_DEID_* */
    bool content;     /* trees of content items stay, cleaned */
    bool graphics;    /* annotations stay, cleaned */
    /* structured reports: sequences of content all of whose items go (hashes
     * of their paths, ascending), and whether items are referred to by number
     */
    uint64_t *emptied;
    size_t emptied_count;
    bool by_reference;
};

/* Text of a standard attribute that is neither a code nor a term. */
bool dsc_object__is_free_text(const dsc_at *at);
/* Set a value; the VR stays. */
dsc_status dsc_object__put(dsc_ruling *r, const dsc_at *at, const char *text,
                           const char *why, dsc_error *err) DSC_WARN_UNUSED;
/* Free text: cleaned word by word under Clean Descriptors (or `always`), else,
 * or where nothing is left, a dummy. */
dsc_status dsc_object__clean_text(const dsc_object *o, const dsc_deid_case *c,
                                  const dsc_at *at, bool always, dsc_ruling *r,
                                  dsc_error *err) DSC_WARN_UNUSED;
#define DSC_OBJECT_DUMMY "ANONYMIZED"
/* dsc_edit.mark below annotations, and in a code that becomes a dummy;
 * deid_rule.c has 1 for sequences of dummies */
#define DSC_OBJECT_MARK      2u
#define DSC_OBJECT_MARK_CODE 3u

dsc_status dsc_object__sr_scan(dsc_object *o, const dsc_dicom *ds,
                               dsc_error *err) DSC_WARN_UNUSED;
/* Set *decided where they have something to say. */
dsc_status dsc_object__sr(const dsc_object *o, const dsc_deid_case *c,
                          const dsc_at *at, dsc_ruling *r, bool *decided,
                          dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_object__pr(const dsc_object *o, const dsc_deid_case *c,
                          const dsc_at *at, dsc_ruling *r, bool *decided,
                          dsc_error *err) DSC_WARN_UNUSED;

#endif
