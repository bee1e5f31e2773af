/* SPDX-License-Identifier: Apache-2.0
 *
 * Cut an archive into shards for many machines: a manifest of all inputs, each
 * with the shard of its patient. */
#ifndef DSC_BATCH_PLAN_H
#define DSC_BATCH_PLAN_H

#include "batch/source.h"
#include "deid/deid.h"

typedef struct dsc_plan_options {
    dsc_source_options source;
    const char *output; /* of the manifest; must be new */
    uint32_t shards;
    unsigned jobs; /* processes that read headers */
    const dsc_key *key;
} dsc_plan_options;

typedef struct dsc_plan_totals {
    uint64_t files, by_patient, by_path, told;
    uint64_t unlisted; /* folders that could not be listed */
    uint64_t largest;  /* shard */
} dsc_plan_totals;

/* The digest of a key that manifests tell. */
dsc_status dsc_plan_key_digest(const dsc_key *key, char out[17],
                               dsc_error *err) DSC_WARN_UNUSED;

/* A file whose header can be read goes to the shard of its Patient ID; without
 * one, to that of its study's other files, whose lines come first, or else of
 * its study; any other to that of its path. With the same key and number of
 * shards a patient is always in the same shard. */
dsc_status dsc_plan_write(const dsc_plan_options *options,
                          dsc_plan_totals *totals,
                          dsc_error *err) DSC_WARN_UNUSED;

#endif
