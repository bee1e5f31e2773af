/* SPDX-License-Identifier: Apache-2.0
 *
 * Many files: find them, share them among worker processes, collect their
 * report lines. A worker that crashes costs one file.
 */
#ifndef DSC_BATCH_BATCH_H
#define DSC_BATCH_BATCH_H

#include "batch/source.h"
#include "dcmscrub.h"

typedef struct dsc_batch_options {
    dsc_source_options source; /* its `avoid` is the output folder */
    const char *output;        /* folder */
    bool keep_paths;         /* names as in the input, not from the new UIDs */
    bool into_existing;      /* the output folder may hold something already */
    unsigned jobs;           /* worker processes, at least 1 */
    const uint8_t *hide_key; /* not NULL: report keyed digests of paths */
} dsc_batch_options;

/* Check inputs and output before anything is read; makes the output folder.
 * DSC_USAGE with a clear message. */
dsc_status dsc_batch_check(const dsc_batch_options *options,
                           dsc_error *err) DSC_WARN_UNUSED;

typedef struct dsc_batch_event {
    uint64_t number; /* of the file, from 1, in the order found */
    dsc_outcome outcome;
    const char *reason; /* "" or without patient data */
    const char *line;   /* report line with its line feed */
    size_t line_len;
    uint64_t bytes; /* of the input */
} dsc_batch_event;
/* Called in the supervisor for every file as it ends (not in input order).
 * Return false to stop. */
typedef bool (*dsc_batch_fn)(void *ctx, const dsc_batch_event *event);

typedef struct dsc_batch_totals {
    uint64_t outcomes[DSC_IGNORED + 1];
    uint64_t worker_deaths;
    bool interrupted;
} dsc_batch_totals;

/* Clean everything. `scrubber` is set up and unused: workers are forked from
 * it. SIGINT and SIGTERM finish the files at hand and stop; a second one stops
 * at once. */
dsc_status dsc_batch_run(dsc_scrubber *scrubber,
                         const dsc_batch_options *options, dsc_batch_fn fn,
                         void *ctx, dsc_batch_totals *totals,
                         dsc_error *err) DSC_WARN_UNUSED;

/* How many files there are, for a progress line. */
uint64_t dsc_batch_count(const dsc_batch_options *options);

#endif
