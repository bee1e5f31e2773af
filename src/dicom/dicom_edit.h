/* SPDX-License-Identifier: Apache-2.0
 *
 * One walk over every element at every level that decides what becomes of
 * each, and the same walk again as a check of what was written. What the
 * decision leaves alone keeps its bytes.
 *
 * Elements of File Meta, group lengths, Data Set Trailing Padding and the
 * top-level Pixel Data are not met: the writer makes or drops them.
 */
#ifndef DSC_DICOM_DICOM_EDIT_H
#define DSC_DICOM_DICOM_EDIT_H

#include "dicom/dicom.h"

#define DSC_TAG_ITEM DSC_TAG(0xFFFE, 0xE000)

/* The dataset or a sequence item, while the walk is in it. */
typedef struct dsc_item dsc_item;

/* Where the walk is. Borrowed: good until the callback returns. */
typedef struct dsc_at {
    uint32_t tag;      /* DSC_TAG_ITEM: an item of `sequence`, met before the
                          elements in it */
    char vr[3];        /* as it is or would be written */
    char meaning[3];   /* the same, but UN becomes the dictionary's */
    char standard[3];  /* the dictionary's ("xs": US or SS, "ox": OB or OW ...);
                          "" for what is not in it, and for private ones */
    const char *path;  /* "(0008,1110)[0].(0008,1155)"; no values */
    uint32_t depth;    /* 0: top level */
    uint32_t sequence; /* that this lies in; 0 at the top level */
    uint32_t index;    /* number of the item in `sequence`, from 0 */
    uint64_t length;   /* bytes of the value; of sequences: the items */
    const char *creator;  /* private elements: who reserved the block, "" when
                             nobody; NULL for others */
    const dsc_item *item; /* that it lies in; for DSC_TAG_ITEM the item */
    unsigned mark;        /* what edit->mark was set to for the sequence or item
                             around this, at the nearest level that did; else 0 */
    void *walk;           /* inside of the module */
} dsc_at;

/* The value as UTF-8, numbers printed; NULL for sequences, items and bulk.
 * Good until the callback returns. */
const char *dsc_at_text(const dsc_at *at);
/* Keyword of the dictionary, "" when there is none. Good until the callback
 * returns. */
const char *dsc_at_keyword(const dsc_at *at);
/* Can the character set in force hold this text? */
bool dsc_at_can_hold(const dsc_at *at, const char *utf8);

/* Neighbours, as they were before the walk changed anything. Values as UTF-8;
 * false when absent, empty, no text or too long. */
bool dsc_item_text(const dsc_item *item, uint32_t tag, char *buf, size_t size);
/* ... in the first item of a sequence in this item, as in a code sequence. */
bool dsc_item_first(const dsc_item *item, uint32_t sequence, uint32_t tag,
                    char *buf, size_t size);
bool dsc_item_has(const dsc_item *item, uint32_t tag);
/* The next tag in the item after `tag` (0 to start); 0 at the end. */
uint32_t dsc_item_next(const dsc_item *item, uint32_t tag);
/* The item around the sequence that this item is in; NULL at the top. */
const dsc_item *dsc_item_parent(const dsc_item *item);

typedef enum dsc_edit_kind {
    DSC_EDIT_KEEP,   /* as it is; a sequence or item is walked into */
    DSC_EDIT_REMOVE, /* an element, or a whole item */
    DSC_EDIT_EMPTY,  /* no value; a sequence without items */
    DSC_EDIT_SET     /* `text`, UTF-8, values separated by backslash */
} dsc_edit_kind;

typedef struct dsc_edit {
    dsc_edit_kind kind; /* KEEP when the callback is entered */
    char vr[3];         /* of a value that is set; "" = as it was */
    unsigned mark;      /* for all below a sequence or item that is kept; the
                           mark in force when the callback is entered */
    dsc_buf text;       /* empty when the callback is entered */
} dsc_edit;

typedef dsc_status (*dsc_edit_fn)(void *ctx, const dsc_at *at, dsc_edit *edit,
                                  dsc_error *err);

/* Walk and change. After an error the instance is not to be used. */
dsc_status dsc_dicom_edit(dsc_dicom *ds, dsc_edit_fn fn, void *ctx,
                          dsc_error *err) DSC_WARN_UNUSED;
/* Walk and look only. */
dsc_status dsc_dicom_edit_dry(const dsc_dicom *ds, dsc_edit_fn fn, void *ctx,
                              dsc_error *err) DSC_WARN_UNUSED;

/* ---- the check ---- */

typedef enum dsc_differ_kind {
    DSC_DIFFER_MISSING, /* should be there and is not */
    DSC_DIFFER_ADDED,   /* is there and was not before, or should be gone */
    DSC_DIFFER_VALUE    /* has another value, VR or number of items */
} dsc_differ_kind;

/* Called for each difference between what fn asks for of `source` and what
 * `output` has. Return true to accept it. `text` is the output's value (NULL
 * where dsc_at_text would be). */
typedef bool (*dsc_differ_fn)(void *ctx, const dsc_at *at, dsc_differ_kind kind,
                              const char *text);

/* DSC_UNPROVEN with the path of the first difference that is not accepted. */
dsc_status dsc_dicom_edit_check(const dsc_dicom *source,
                                const dsc_dicom *output, dsc_edit_fn fn,
                                dsc_differ_fn differ, void *ctx,
                                dsc_error *err) DSC_WARN_UNUSED;

#endif
