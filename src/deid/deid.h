/* SPDX-License-Identifier: Apache-2.0
 *
 * De-identification of the header (PS3.15 Annex E): keyed UIDs, pseudonyms and
 * dates, the Basic Profile with its options, and what a cleaned file must say
 * of itself.
 */
#ifndef DSC_DEID_DEID_H
#define DSC_DEID_DEID_H

#include "dicom/dicom_edit.h"
#include "policy/policy.h"

#define DSC_UID_SIZE 65 /* 64 characters (PS3.5 9.1) and a NUL */

/* ---- key ---- */

/* A secret that makes UIDs the same in every run that uses it. */
typedef struct dsc_key {
    uint8_t bytes[32];
} dsc_key;

/* A fresh key from the system's random source. */
dsc_status dsc_key_random(dsc_key *key, dsc_error *err) DSC_WARN_UNUSED;
/* Read a key file: 64 hexadecimal digits, white space around them. */
dsc_status dsc_key_read(dsc_key *key, const char *path,
                        dsc_error *err) DSC_WARN_UNUSED;
/* Create a key file with a fresh key, mode 0600. Never overwrites. */
dsc_status dsc_key_create(const char *path, dsc_error *err) DSC_WARN_UNUSED;

/* The new UID for `uid`: 2.25.<number> (PS3.5 B.2), the number being 128 bits
 * of HMAC-SHA256(key, uid) in the form of a version 8 UUID. */
dsc_status dsc_uid_map(const dsc_key *key, const char *uid,
                       char out[DSC_UID_SIZE], dsc_error *err) DSC_WARN_UNUSED;

/* 16 hexadecimal digits that stand for `text` under the key, for names that
 * must not be told (report paths). */
dsc_status dsc_key_digest(const dsc_key *key, const char *text, char out[17],
                          dsc_error *err) DSC_WARN_UNUSED;

/* Which of `shares` parts, from 1, `text` belongs to under the key. */
dsc_status dsc_key_share(const dsc_key *key, const char *text, uint32_t shares,
                         uint32_t *share, dsc_error *err) DSC_WARN_UNUSED;

/* ---- what to do: profile, options, key, map of IDs ---- */

/* Options of PS3.15 E.3, beside the Basic Profile. */
enum {
    DSC_DEID_SAFE_PRIVATE = 1u << 0,
    DSC_DEID_KEEP_UIDS = 1u << 1,
    DSC_DEID_KEEP_DEVICE = 1u << 2,
    DSC_DEID_KEEP_INSTITUTION = 1u << 3,
    DSC_DEID_KEEP_PATIENT = 1u << 4, /* characteristics: age, sex, size */
    DSC_DEID_FULL_DATES = 1u << 5,
    DSC_DEID_SHIFT_DATES = 1u << 6, /* Modified Dates */
    DSC_DEID_DESCRIPTORS = 1u << 7, /* clean them; else they go */
    DSC_DEID_CONTENT = 1u << 8,     /* clean structured content */
    DSC_DEID_GRAPHICS = 1u << 9,    /* clean graphics */
    DSC_DEID_FACES = 1u << 10       /* clean recognizable visual features */
};

/* The date that stands where one must; no one was born or scanned on it. */
#define DSC_DEID_DUMMY_DATE "19000101"

/* Immutable once made; serves any number of instances and threads. */
typedef struct dsc_deid dsc_deid;

typedef struct dsc_deid_settings {
    const char *profile;     /* "basic", "research", "internal", or a YAML file;
                                NULL: basic */
    const char *id_map;      /* CSV of real and trial IDs, or NULL */
    const char *id_map_text; /* what is in it, where that is known already */
    const dsc_policy *text;  /* judges the words of free text that is cleaned;
                                borrowed; NULL: "phi" */
    const dsc_key *key;
} dsc_deid_settings;

/* DSC_USAGE with file and line for a malformed profile or map. */
dsc_status dsc_deid_create(dsc_deid **out, const dsc_deid_settings *settings,
                           dsc_error *err) DSC_WARN_UNUSED;
void dsc_deid_free(dsc_deid **deid);
unsigned dsc_deid_options(const dsc_deid *deid); /* DSC_DEID_* in force */

/* Map a UID: well-known ones (1.2.840.10008...) stay, all valid ones do under
 * Retain UIDs. What is no UID comes out as a mapped one too. */
dsc_status dsc_deid_map_uid(const dsc_deid *deid, const char *uid,
                            char out[DSC_UID_SIZE],
                            dsc_error *err) DSC_WARN_UNUSED;

/* ---- one instance ---- */

/* What holds for all elements of one instance: whose it is, by how many days
 * its dates move, what its header gives away. */
typedef struct dsc_deid_case dsc_deid_case;

/* `ds` is the source as it was read and must outlive the case; `facts` are the
 * identifying values of its header, borrowed as well. */
dsc_status dsc_deid_open(dsc_deid_case **out, const dsc_deid *deid,
                         const dsc_dicom *ds, const dsc_facts *facts,
                         dsc_error *err) DSC_WARN_UNUSED;
void dsc_deid_close(dsc_deid_case **c);
/* Overlay planes (60xx) were cleaned and stay; else the profile removes them.
 */
void dsc_deid_keep_overlays(dsc_deid_case *c);
/* The instance shows a face, or is a slice of a series that does:
 * Recognizable Visual Features will say YES. */
void dsc_deid_shows_face(dsc_deid_case *c);
/* The settings that the case was opened with. */
const dsc_deid *dsc_deid_of(const dsc_deid_case *c);

/* dsc_deid_map_uid with the case's settings. */
dsc_status dsc_deid_uid(const dsc_deid_case *c, const char *uid,
                        char out[DSC_UID_SIZE], dsc_error *err) DSC_WARN_UNUSED;
/* A DA, DT or TM value as the date options say, appended to `out`. *kept is
 * false (and nothing is appended) when it must go: no date option, or no valid
 * value. */
dsc_status dsc_deid_date(const dsc_deid_case *c, const char *vr,
                         const char *value, dsc_buf *out, bool *kept,
                         dsc_error *err) DSC_WARN_UNUSED;
/* Free text cleaned word by word, appended to `out`; what identifies (the
 * header's own values, dates, names after a caption) is left out. */
dsc_status dsc_deid_clean_text(const dsc_deid_case *c, const char *utf8,
                               dsc_buf *out, dsc_error *err) DSC_WARN_UNUSED;
/* Is every word known to be harmless (policy safe: measurements, units, terms
 * of the trade)? */
dsc_status dsc_deid_is_harmless(const dsc_deid_case *c, const char *utf8,
                                bool *out, dsc_error *err) DSC_WARN_UNUSED;
/* The pseudonyms that stand for Patient ID and Patient's Name. */
const char *dsc_deid_patient_id(const dsc_deid_case *c);
const char *dsc_deid_patient_name(const dsc_deid_case *c);

/* What becomes of one element, and why. */
typedef struct dsc_ruling {
    dsc_edit *edit;
    const char *code; /* "X", "Z/D", "K" ... of Table E.1-1, or "" */
    const char *why;  /* static text, no values */
    bool judged;      /* it is text of which each word was judged */
} dsc_ruling;

/* A handler for objects of one kind is asked before the profile's table, but
 * not for attributes that a profile file overrides; it sets *decided when it
 * has set ruling->edit (KEEP included). */
typedef dsc_status (*dsc_deid_handler)(void *ctx, const dsc_deid_case *c,
                                       const dsc_at *at, dsc_ruling *ruling,
                                       bool *decided, dsc_error *err);
void dsc_deid_set_handler(dsc_deid_case *c, dsc_deid_handler fn, void *ctx);
/* What the handler does of DSC_DEID_GRAPHICS and DSC_DEID_CONTENT: the output
 * claims these two where they are done, not where they were asked for. */
void dsc_deid_set_done(dsc_deid_case *c, unsigned options);

/* The handler's, else the profile's ruling for one element. */
dsc_status dsc_deid_rule(const dsc_deid_case *c, const dsc_at *at,
                         dsc_ruling *ruling, dsc_error *err) DSC_WARN_UNUSED;
/* The profile's alone (for handlers that change it afterwards). */
dsc_status dsc_deid_rule_plain(const dsc_deid_case *c, const dsc_at *at,
                               dsc_ruling *ruling,
                               dsc_error *err) DSC_WARN_UNUSED;

/* ---- act ---- */

/* What was done to the instance. */
typedef struct dsc_retag {
    bool pixels_changed;      /* some sample of some frame was blanked */
    bool pixels_clean;        /* claim Clean Pixel Data */
    bool was_lossy;           /* the source's frames are lossy compressed */
    const char *lossy_method; /* Defined Term of (0028,2114) for the source's
                                 compression; used when was_lossy */
    double lossy_ratio;       /* native bytes / encoded bytes of the source */
} dsc_retag;

/* Apply the profile to `ds`, a copy of the case's source, then say so in it:
 * Patient Identity Removed, the method and its codes, Longitudinal Temporal
 * Information Modified, Burned In Annotation, Contributing Equipment and, when
 * pixels changed, Image Type DERIVED and the lossy history. The claim holds
 * only once the output has been proven. */
dsc_status dsc_deid_apply(const dsc_deid_case *c, dsc_dicom *ds,
                          const dsc_retag *what,
                          dsc_error *err) DSC_WARN_UNUSED;

/* ---- prove ---- */

/* Is the dataset of `output` what the profile makes of the case's source, and
 * nothing else? DSC_UNPROVEN names the first attribute that is not.
 * What is not known of the run that made it: DSC_UNKNOWN_KEY, keyed values
 * (UIDs, pseudonyms, dates) must only differ from the source's;
 * DSC_UNKNOWN_FACTS, what it had learned from other headers, so that cleaned
 * text may lack more words. */
#define DSC_UNKNOWN_KEY   1u
#define DSC_UNKNOWN_FACTS 2u
dsc_status dsc_deid_check(const dsc_deid_case *c, const dsc_dicom *output,
                          unsigned unknown, dsc_error *err) DSC_WARN_UNUSED;

/* Implementation Class UID and Version Name that file meta carries. */
#define DSC_IMPLEMENTATION_CLASS_UID                                           \
 "2.25.230117534504377290885704217281601554379"
#define DSC_IMPLEMENTATION_VERSION_NAME "DCMSCRUB_0.1"

/* OpenSSL's version. */
const char *dsc_deid_library_version(void);

#endif
