/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the residual proof: what is looked for, and where it counts.
 */
#ifndef DSC_DEID_RESIDUAL_PRIV_H
#define DSC_DEID_RESIDUAL_PRIV_H

#include "base/search.h"
#include "deid/residual.h"
#include "policy/policy.h"

/* Kinds of places. */
enum {
    DSC_IN_TEXT = 1u << 0,   /* character values */
    DSC_IN_UID = 1u << 1,    /* UI */
    DSC_IN_BINARY = 1u << 2, /* all else: bulk, unknown VRs, comments of
                                frames, the preamble */
    /* values of numbers (DS, IS, AS) are none of these: digits mean nothing
     * there */
};

/* How a string is written, for what may stand beside it. */
typedef enum dsc_form {
    DSC_FORM_BYTES, /* ASCII or one of its supersets */
    DSC_FORM_UTF16LE,
    DSC_FORM_UTF16BE
} dsc_form;

typedef enum dsc_sought_kind {
    DSC_SOUGHT_NAME, /* of the patient */
    DSC_SOUGHT_PERSON,
    DSC_SOUGHT_ID,
    DSC_SOUGHT_DATE,
    DSC_SOUGHT_INSTITUTION,
    DSC_SOUGHT_DEVICE,
    DSC_SOUGHT_UID
} dsc_sought_kind;

typedef struct dsc_sought {
    uint8_t places; /* DSC_IN_* */
    uint8_t form;
    uint8_t kind;
} dsc_sought;

/* Hashes of "path, value": what stood where. */
typedef struct dsc_placed {
    uint64_t *items;
    size_t count, cap;
} dsc_placed;

struct dsc_residual {
    dsc_search *search;
    dsc_buf sought; /* of dsc_sought, by the number of the string */
    dsc_placed placed, kept;
    dsc_residual_scope scope;
    /* the first hit */
    size_t hits;
    uint32_t tag, outer, frame;
    bool in_frame;
    uint8_t kind;
};

/* ---- values: what of the source's header is looked for ---- */

dsc_status dsc_residual__collect(dsc_residual *r, dsc_dicom *source,
                                 dsc_error *err) DSC_WARN_UNUSED;
/* May this attribute's value be judged by its place: is it one that
 * identifies and that must change? */
bool dsc_residual__is_sought(const dsc_residual *r, uint32_t tag,
                             const char *vr, dsc_sought_kind *kind);
uint64_t dsc_residual__placed_hash(const char *path, const char *value);

/* ---- forms: how one value may be written ---- */

typedef struct dsc_forms dsc_forms;
dsc_status dsc_residual__forms_create(dsc_forms **out, dsc_residual *r,
                                      dsc_error *err) DSC_WARN_UNUSED;
void dsc_residual__forms_free(dsc_forms **forms);

/* Look for these very bytes. */
dsc_status dsc_residual__add_bytes(dsc_forms *f, dsc_sought_kind kind,
                                   unsigned places, const void *bytes,
                                   size_t len, dsc_error *err) DSC_WARN_UNUSED;
/* Look for the text in every character set, in either case. */
dsc_status dsc_residual__add_text(dsc_forms *f, dsc_sought_kind kind,
                                  unsigned places, const char *utf8, size_t len,
                                  dsc_error *err) DSC_WARN_UNUSED;
/* Look for a date, YYYYMMDD, as people and programs write it. */
dsc_status dsc_residual__add_date(dsc_forms *f, const char *yyyymmdd,
                                  dsc_error *err) DSC_WARN_UNUSED;

#endif
