/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the files of this module only. */
#ifndef DSC_DEID_DEID_PRIV_H
#define DSC_DEID_DEID_PRIV_H

#include "deid/deid.h"

/* ---- tables, generated from src/deid/tables ---- */

/* Action codes of Table E.1-1a. */
typedef enum dsc_deid__action {
    DSC_ACTION_NONE, /* in no table */
    DSC_ACTION_K,
    DSC_ACTION_X,
    DSC_ACTION_Z,
    DSC_ACTION_D,
    DSC_ACTION_C,
    DSC_ACTION_U,
    DSC_ACTION_Z_D,
    DSC_ACTION_X_Z,
    DSC_ACTION_X_D,
    DSC_ACTION_X_Z_D,
    DSC_ACTION_X_Z_U
} dsc_deid__action;
const char *dsc_deid__action_name(dsc_deid__action action);

typedef struct dsc_deid__row {
    uint32_t tag;
    dsc_deid__action basic;
    unsigned keep;  /* options under which it is K */
    unsigned clean; /* ... and C */
    const char *name;
} dsc_deid__row;
extern const dsc_deid__row dsc_deid__rows[]; /* ascending */
extern const size_t dsc_deid__row_count;

typedef struct dsc_deid__safe {
    const char *creator;
    uint16_t group;
    uint8_t element; /* in its block */
    char vr[3];      /* "" where the table gives none */
} dsc_deid__safe;
extern const dsc_deid__safe dsc_deid__safe_private[]; /* ascending */
extern const size_t dsc_deid__safe_count;

/* Types by strictness. */
typedef enum dsc_deid__kind {
    DSC_TYPE_1,
    DSC_TYPE_1C,
    DSC_TYPE_2,
    DSC_TYPE_2C,
    DSC_TYPE_3,
    DSC_TYPE_FOREIGN, /* known, but not part of this IOD or sequence */
    DSC_TYPE_UNKNOWN  /* the tables know nothing of it */
} dsc_deid__kind;

typedef struct dsc_deid__class {
    const char *uid; /* after 1.2.840.10008.5.1.4.1.1. */
    unsigned iod;
} dsc_deid__class;
extern const dsc_deid__class dsc_deid__classes[];
extern const size_t dsc_deid__class_count;

typedef struct dsc_deid__type {
    uint32_t tag;
    dsc_deid__kind kind;
    uint64_t iods[2];
} dsc_deid__type;
extern const dsc_deid__type dsc_deid__types[]; /* ascending by tag */
extern const size_t dsc_deid__type_count;

typedef struct dsc_deid__inner {
    uint32_t tag, sequence;
    dsc_deid__kind kind;
} dsc_deid__inner;
extern const dsc_deid__inner dsc_deid__inners[]; /* ascending */
extern const size_t dsc_deid__inner_count;

/* NULL: not in Table E.1-1. */
const dsc_deid__row *dsc_deid__find(uint32_t tag);
#define DSC_DEID__NO_IOD 0xFFFFu
/* Index of the IOD of a SOP Class; DSC_DEID__NO_IOD when unknown. */
unsigned dsc_deid__iod(const char *sop_class);
dsc_deid__kind dsc_deid__type_of(uint32_t tag, uint32_t sequence, unsigned iod);
const dsc_deid__safe *dsc_deid__is_safe(const char *creator, uint16_t group,
                                        uint8_t element);

/* ---- profile ---- */

typedef struct dsc_deid__override {
    uint32_t tag;
    dsc_deid__action action; /* K, X, Z, D, C or U */
} dsc_deid__override;

typedef struct dsc_deid__pair {
    char *real, *trial;
    unsigned line; /* of the file */
} dsc_deid__pair;

struct dsc_deid {
    dsc_key key;
    unsigned options;
    const dsc_policy *text;
    dsc_deid__override *overrides; /* ascending by tag */
    size_t override_count, override_cap;
    bool weaker;           /* an override keeps what the options do not */
    bool keeps_dates;      /* ... some date or time among it */
    dsc_deid__pair *pairs; /* ascending by real */
    size_t pair_count, pair_cap;
};

dsc_status dsc_deid__load_profile(dsc_deid *d, const char *name,
                                  dsc_error *err);
dsc_status dsc_deid__load_map(dsc_deid *d, const char *path, const char *known,
                              dsc_error *err);
dsc_status dsc_deid__add_override(dsc_deid *d, uint32_t tag,
                                  dsc_deid__action action, dsc_error *err);
const dsc_deid__override *dsc_deid__overridden(const dsc_deid *d, uint32_t tag);

/* Does its UID name a class, a syntax or a scheme (PS3.15 E.3.9)? */
bool dsc_deid__is_structural(uint32_t tag);

/* ---- keyed values ---- */

#define DSC_DEID__ID_SIZE 65

/* HMAC-SHA256 over "purpose\0text". */
dsc_status dsc_deid__hash(const dsc_key *key, const char *purpose,
                          const char *text, uint8_t out[32], dsc_error *err);
/* What stands for a Patient ID: of the map, else made from the key. */
dsc_status dsc_deid__pseudonym(const dsc_deid *d, const char *id,
                               char out[DSC_DEID__ID_SIZE], dsc_error *err);
/* The same for a patient met in the case, which its mapping is told of. */
dsc_status dsc_deid__stand_in(const dsc_deid_case *c, const char *id,
                              char out[DSC_DEID__ID_SIZE], dsc_error *err);
/* A new UID whatever the options retain; registered ones stay. */
dsc_status dsc_deid__new_uid(const dsc_deid_case *c, const char *uid,
                             char out[DSC_UID_SIZE], dsc_error *err);
bool dsc_deid__is_uid(const char *text);
/* One that the standard registers as an instance (frames of reference,
 * palettes ...), for `instance`, or in any other role. */
bool dsc_deid__is_well_known(const char *uid, bool instance);

/* Is a value of this VR (DA, DT, TM) valid? Moves its day by `days` and writes
 * it in the form of the standard. */
bool dsc_deid__move_date(const char *vr, const char *value, int32_t days,
                         char *out, size_t size);

/* Each of several values; *kept is false where one is not valid. */
dsc_status dsc_deid__move_dates(const char *vr, const char *value, int32_t days,
                                dsc_buf *out, bool *kept, dsc_error *err);

/* ---- case ---- */

/* A block of private elements that (0008,0300) calls harmless. */
typedef struct dsc_deid__declared {
    uint16_t group;
    char creator[65];
    bool all; /* else only those listed */
    uint8_t listed[32];
} dsc_deid__declared;

#define DSC_DEID__DECLARED 64

struct dsc_deid_case {
    const dsc_deid *deid;
    const dsc_dicom *ds;
    const dsc_facts *facts;
    unsigned iod;
    char id[DSC_DEID__ID_SIZE];
    char name[DSC_DEID__ID_SIZE];
    int32_t days;
    bool keep_overlays, shows_face;
    dsc_deid_handler handler;
    void *handler_ctx;
    unsigned done; /* by the handler */
    dsc_deid__declared *declared;
    size_t declared_count;
    struct dsc_mapping *mapping; /* that is told of all of it, or NULL */
};

/* Is a name or an ID of the header among the words of a text? */
dsc_status dsc_deid__names_person(const dsc_deid_case *c, const char *utf8,
                                  bool *out, dsc_error *err);
/* Attributes that apply() writes at the top level whatever was there. */
bool dsc_deid__is_own(const dsc_deid_case *c, uint32_t tag);
dsc_status dsc_deid__retag(const dsc_deid_case *c, dsc_dicom *ds,
                           const dsc_retag *what, dsc_error *err);
const char *dsc_deid__dates_term(const dsc_deid_case *c);

#endif
