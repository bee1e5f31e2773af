/* SPDX-License-Identifier: Apache-2.0
 *
 * Re-tagging: keyed UIDs and what the header must say after Clean Pixel Data
 * (PS3.15 E.3.1, PS3.3 C.12.4 and C.7.6.1.1).
 *
 * The attributes that identify a person are left alone here: cleaning the
 * whole header (PS3.15 Table E.1-1) is not part of this module yet, and every
 * report says so.
 */
#ifndef DSC_DEID_DEID_H
#define DSC_DEID_DEID_H

#include "dicom/dicom.h"

#define DSC_UID_SIZE 65 /* 64 characters (PS3.5 9.1) and a NUL */

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

/* What was done to the instance. */
typedef struct dsc_retag {
    bool pixels_changed;      /* some sample of some frame was blanked */
    bool was_lossy;           /* the source's frames are lossy compressed */
    const char *lossy_method; /* Defined Term of (0028,2114) for the source's
                                 compression; used when was_lossy */
    double lossy_ratio;       /* native bytes / encoded bytes of the source */
} dsc_retag;

/* Give the instance its new SOP Instance UID, Burned In Annotation NO,
 * De-identification Method with code 113101, and, when pixels changed, Image
 * Type DERIVED, Derivation Description and the lossy history. The claim holds
 * only once the output has been proven: nothing else may be written. */
dsc_status dsc_deid_retag(dsc_dicom *ds, const dsc_key *key,
                          const dsc_retag *what,
                          dsc_error *err) DSC_WARN_UNUSED;

/* Implementation Class UID and Version Name that file meta carries. */
#define DSC_IMPLEMENTATION_CLASS_UID                                           \
 "2.25.230117534504377290885704217281601554379"
#define DSC_IMPLEMENTATION_VERSION_NAME "DCMSCRUB_0.1"

/* OpenSSL's version. */
const char *dsc_deid_library_version(void);

#endif
