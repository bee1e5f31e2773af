/* SPDX-License-Identifier: Apache-2.0
 *
 * Join the ledgers of shards into one, when they are whole and fit together. */
#ifndef DSC_BATCH_MERGE_H
#define DSC_BATCH_MERGE_H

#include "ledger/ledger.h"

typedef struct dsc_merge_options {
    const char *const *ledgers;
    size_t count;
    const char *output; /* the joined ledger; must be new */
    const char *plan;   /* every line must have its row; NULL: not checked */
} dsc_merge_options;

typedef struct dsc_merge_totals {
    uint64_t rows;
    uint64_t doubled;       /* inputs that two ledgers have */
    uint64_t pending;       /* rows that were begun anew and not ended */
    uint64_t missing;       /* lines of the plan without a row */
    uint64_t unplanned;     /* rows without a line in the plan */
    uint32_t missing_shard; /* the first that lacks something; 0: none */
    dsc_ledger_totals outcomes;
} dsc_merge_totals;

bool dsc_merge_is_whole(const dsc_merge_totals *totals);

/* The ledgers must be finished, of one version and of the same settings, and
 * all shards of one number, each once, or all without shards: DSC_USAGE tells
 * what is not so. Then the counts tell; the output exists only if the whole is
 * there. */
dsc_status dsc_merge(const dsc_merge_options *options, dsc_merge_totals *totals,
                     dsc_error *err) DSC_WARN_UNUSED;

#endif
