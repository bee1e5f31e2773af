/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects that are no mere image: which kinds there are, what can be made of
 * them, and how presentation states and structured reports are cleaned
 * (PS3.15 E.3.3 Clean Graphics, E.3.4 Clean Structured Content).
 */
#ifndef DSC_DEID_OBJECT_H
#define DSC_DEID_OBJECT_H

#include "deid/deid.h"

typedef enum dsc_object_kind {
    DSC_OBJECT_IMAGE,
    DSC_OBJECT_PR, /* presentation states */
    DSC_OBJECT_SR, /* structured reports */
    DSC_OBJECT_KO, /* key object selections */
    DSC_OBJECT_WAVEFORM,
    DSC_OBJECT_RT, /* plans, structure sets, records without pixels */
    DSC_OBJECT_SEGMENTATION,
    DSC_OBJECT_REGISTRATION, /* and fiducials, deformations */
    DSC_OBJECT_SPECTROSCOPY,
    DSC_OBJECT_DOCUMENT, /* encapsulated PDF, CDA, STL, OBJ */
    DSC_OBJECT_RAW,      /* raw data, and sound */
    DSC_OBJECT_OTHER,    /* all that is not known */
    DSC_OBJECT_COUNT
} dsc_object_kind;

/* "image", "pr" ... */
const char *dsc_object_name(dsc_object_kind kind);
/* What a reader of messages calls it: "a structured report". */
const char *dsc_object_title(dsc_object_kind kind);
/* What was cleaned, for a report: "a structured report: ...". */
const char *dsc_object_note(dsc_object_kind kind);
bool dsc_object_can_clean(dsc_object_kind kind);
bool dsc_object_parse(const char *name, size_t len, dsc_object_kind *kind);
/* By SOP Class UID; what has Pixel Data is an image or a segmentation. */
dsc_object_kind dsc_object_of(const char *sop_class, bool has_pixels);

typedef enum dsc_object_way {
    DSC_OBJECT_CLEAN,
    DSC_OBJECT_QUARANTINE,
    DSC_OBJECT_DROP /* no output, and no fault */
} dsc_object_way;

/* What is done with each kind. */
typedef struct dsc_object_ways {
    uint8_t way[DSC_OBJECT_COUNT];
} dsc_object_ways;
void dsc_object_default(dsc_object_ways *ways);
/* "sr=quarantine,document=drop" on top of what is set. DSC_USAGE for unknown
 * words, and for kinds that nobody can clean. */
dsc_status dsc_object_set(dsc_object_ways *ways, const char *text,
                          dsc_error *err) DSC_WARN_UNUSED;

/* The special rules for one instance. */
typedef struct dsc_object dsc_object;

/* Looks over `ds`, which is the case's source, and makes itself the case's
 * handler; keep it as long as the case. */
dsc_status dsc_object_open(dsc_object **out, dsc_object_kind kind,
                           dsc_deid_case *c, const dsc_dicom *ds,
                           dsc_error *err) DSC_WARN_UNUSED;
void dsc_object_close(dsc_object **object);

#endif
