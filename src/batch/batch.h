/* SPDX-License-Identifier: Apache-2.0
 *
 * Many files: find them, share them among worker processes, collect their
 * report lines, write the ledger. A worker that crashes, hangs or takes too
 * much memory costs one file.
 */
#ifndef DSC_BATCH_BATCH_H
#define DSC_BATCH_BATCH_H

#include "batch/place.h"
#include "batch/source.h"
#include "dcmscrub.h"
#include "ledger/ledger.h"

#include <sys/types.h>

/* What files and workers may take. */
typedef struct dsc_batch_limits {
    unsigned seconds; /* for one file; 0: any time */
    uint64_t memory;  /* resident bytes of a worker; 0: any */
    int nice;         /* added to the niceness of workers */
    double max_rate;  /* files started a second; 0: any */
    bool has_hours;   /* files are only started between two times of day */
    int from, to;     /* in minutes after midnight, local time */
} dsc_batch_limits;

/* A program that is told of refused files: argv is the program, the number of
 * the ledger's row (of the file without a ledger), the outcome, the reason, and
 * the input path where `with_input` says so. */
typedef struct dsc_batch_hook {
    const char *program; /* NULL: none; looked up in the PATH */
    bool with_input;     /* patient data */
} dsc_batch_hook;

/* What is the same in all rounds; 0 before the first one has set it. */
typedef struct dsc_batch_kept {
    int lore_id; /* of LEDGER-learned */
} dsc_batch_kept;

typedef struct dsc_batch_options {
    dsc_source_options source; /* its `avoid` is the output folder */
    const char *output;        /* folder ... */
    const dsc_place *place;    /* ... opened once it was checked */
    bool keep_paths;    /* names as in the input, not from the new UIDs */
    bool disc_names;    /* of 8 characters, as discs and DICOMDIRs want them */
    bool into_existing; /* the output folder may hold something already */
    bool learn; /* look at all headers, for what they tell of others: beside the
                   workers with a ledger on a local disk, else before the first
                   file (not with a list on stdin) */
    unsigned jobs;           /* worker processes, at least 1 */
    const uint8_t *hide_key; /* not NULL: report keyed digests of paths */
    dsc_batch_limits limits;
    dsc_batch_hook on_refused;
    /* With a ledger: done files are passed over, unless their input has
     * changed, or settings or version (only where `redo` allows it). */
    dsc_ledger *ledger;
    const char *settings; /* digest of what decides about outputs */
    const char *shard;    /* "3/16"; NULL: none */
    bool redo;
    bool know_less; /* go on where less is known of others than before */
    bool mends;     /* rows of earlier rounds may have been judged by less */
    bool in_rounds; /* the caller ends the ledger's run ... */
    bool begun;     /* ... and a round before this one has begun it */
    dsc_batch_kept *kept;    /* over all rounds; NULL: there is only one */
    void (*tick)(void *ctx); /* about once a second; may be NULL */
} dsc_batch_options;

/* Check inputs and output before anything is read; makes the output folder.
 * DSC_USAGE with a clear message. */
dsc_status dsc_batch_check(const dsc_batch_options *options,
                           dsc_error *err) DSC_WARN_UNUSED;
/* The path with links resolved; its last parts need not exist. NULL with errno;
 * free with free(). */
char *dsc_batch_resolve(const char *path);

typedef struct dsc_batch_event {
    uint64_t number; /* of the file, from 1, in the order found */
    int64_t id;      /* of the ledger's row; 0: none, or not refused */
    dsc_outcome outcome;
    const char *reason;                    /* "" or without patient data */
    const char *output;                    /* its path; NULL: none */
    const char *study, *series, *instance; /* new UIDs; "" where unknown */
    const char *line;                      /* report line with its line feed */
    size_t line_len;
    uint64_t bytes; /* of the input */
} dsc_batch_event;
/* Called in the supervisor for every file as it ends (not in input order).
 * Return false to stop; with a ledger the next run does this file again. */
typedef bool (*dsc_batch_fn)(void *ctx, const dsc_batch_event *event);

typedef struct dsc_batch_totals {
    uint64_t outcomes[DSC_IGNORED + 1];
    uint64_t skipped[DSC_IGNORED + 1]; /* done in an earlier run */
    uint64_t skipped_files;
    uint64_t redone;   /* twice in this run: headers that were read later tell
                          more of them. `outcomes` has them once */
    uint64_t total;    /* files, done or not; 0 while nobody knows */
    uint64_t unlisted; /* folders that could not be listed */
    uint64_t stayed;   /* files that have the name of an old output, and were
                          not made by this ledger */
    uint64_t worker_deaths;
    bool interrupted;
} dsc_batch_totals;

/* Clean everything that was checked. `scrubber` is set up and unused: workers
 * are forked from it. `totals` is up to date whenever fn or tick are called.
 * SIGINT and SIGTERM finish the files at hand and stop; a second one stops at
 * once. */
dsc_status dsc_batch_run(dsc_scrubber *scrubber,
                         const dsc_batch_options *options, dsc_batch_fn fn,
                         void *ctx, dsc_batch_totals *totals,
                         dsc_error *err) DSC_WARN_UNUSED;

/* How many files there are, counted by a process of its own, which writes the
 * number (a uint64_t) to *fd. False where they cannot be counted. */
bool dsc_batch_count(const dsc_batch_options *options, pid_t *pid, int *fd);

/* "20:00-06:00" as hours. */
dsc_status dsc_batch_parse_hours(dsc_batch_limits *limits, const char *text,
                                 dsc_error *err) DSC_WARN_UNUSED;

#endif
