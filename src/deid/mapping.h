/* SPDX-License-Identifier: Apache-2.0
 *
 * The way back: an encrypted file that tells which real value stands behind
 * which new one. It is kept only where somebody asks for it.
 *
 * Any number of processes may append to one file at a time; a record counts
 * once it is on disk, and before the output that it belongs to has its name.
 * What a crash leaves of a record is not read, and overwritten by the next
 * one. Records that were changed, exchanged or cut off are noticed; an older
 * copy of the whole file is not. Format: docs/adr/0016-mapping-file.md.
 */
#ifndef DSC_DEID_MAPPING_H
#define DSC_DEID_MAPPING_H

#include "deid/deid.h"

/* What opens the file: a key or a passphrase, the other NULL. */
typedef struct dsc_secret {
    const dsc_key *key;
    const char *passphrase;
} dsc_secret;

#define DSC_PASSPHRASE_LEAST 8u

typedef enum dsc_pair_kind {
    DSC_PAIR_ID = 'I',   /* Patient ID and pseudonym */
    DSC_PAIR_NAME = 'N', /* Patient's Name and pseudonym */
    DSC_PAIR_DAYS = 'D', /* what was added to dates, and pseudonym */
    DSC_PAIR_UID = 'U'
} dsc_pair_kind;
/* "patient-id", "patient-name", "days", "uid" */
const char *dsc_pair_name(dsc_pair_kind kind);

/* Serves one thread; after a fork the child may go on with it. */
typedef struct dsc_mapping dsc_mapping;

/* A file that exists is checked against the secret; one that does not is made
 * with the first record (mode 0600). DSC_USAGE: not the file's secret, no
 * mapping, or it cannot be written; DSC_BADFILE: it is damaged. */
dsc_status dsc_mapping_open(dsc_mapping **out, const char *path,
                            const dsc_secret *secret,
                            dsc_error *err) DSC_WARN_UNUSED;
void dsc_mapping_close(dsc_mapping **mapping);

/* A new instance begins: forget what was noted and not kept. */
void dsc_mapping_start(dsc_mapping *mapping);
/* What was kept already is passed over. */
dsc_status dsc_mapping_note(dsc_mapping *mapping, dsc_pair_kind kind,
                            const char *real, const char *now,
                            dsc_error *err) DSC_WARN_UNUSED;
/* Put what was noted on disk. */
dsc_status dsc_mapping_keep(dsc_mapping *mapping,
                            dsc_error *err) DSC_WARN_UNUSED;

/* Calls fn for every pair, in the order kept; the same pair may come again.
 * fn returns false to stop. The strings are patient data. */
typedef bool (*dsc_mapping_fn)(void *ctx, dsc_pair_kind kind, const char *real,
                               const char *now);
dsc_status dsc_mapping_read(const char *path, const dsc_secret *secret,
                            dsc_mapping_fn fn, void *ctx,
                            dsc_error *err) DSC_WARN_UNUSED;

/* The case tells the mapping what it makes of whom, from here on. */
dsc_status dsc_deid_record(dsc_deid_case *c, dsc_mapping *mapping,
                           dsc_error *err) DSC_WARN_UNUSED;

#endif
