/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger of an archive: one row an instance, in SQLite (WAL).
 *
 * A row is written after its output has its name on disk, so that a crash in
 * between costs work, never a file: what has no row is done again, with the
 * same bytes. Rows are committed in groups; dsc_ledger_flush ends a group. One
 * batch writes at a time (a lock file beside the ledger); others may read.
 *
 * Input paths identify people: the file and those beside it have mode 0600.
 * Times are milliseconds since 1970 UTC, and only for people: nothing is
 * decided by them. Docs: docs/ledger.md.
 */
#ifndef DSC_LEDGER_LEDGER_H
#define DSC_LEDGER_LEDGER_H

#include "base/mem.h"
#include "dcmscrub.h"

#define DSC_LEDGER_PENDING (DSC_IGNORED + 1) /* to be done anew */
#define DSC_LEDGER_STATES  (DSC_LEDGER_PENDING + 1)

typedef struct dsc_ledger dsc_ledger;

typedef enum dsc_ledger_mode {
    DSC_LEDGER_READ,   /* beside a running batch, too */
    DSC_LEDGER_CREATE, /* must not exist */
    DSC_LEDGER_RESUME  /* made when missing */
} dsc_ledger_mode;

/* A ledger of an older version is brought up to date, for reading only where
 * it cannot be read as it is. DSC_USAGE with a clear
 * message for one that exists, is missing, locked, of a newer version, no
 * ledger at all, corrupt, or that cannot be written. */
dsc_status dsc_ledger_open(dsc_ledger **out, const char *path,
                           dsc_ledger_mode mode,
                           dsc_error *err) DSC_WARN_UNUSED;
/* Commits what is pending. */
void dsc_ledger_close(dsc_ledger **ledger);
/* In a child process: let go of the lock, and use the ledger no more. */
void dsc_ledger_after_fork(dsc_ledger *ledger);
/* Does a batch hold this ledger at the moment? */
bool dsc_ledger_is_busy(const char *path);
/* The name of a file beside it: its own and this end. Free with dsc_free. */
char *dsc_ledger_beside(const dsc_ledger *ledger, const char *end);
/* On a network file system, where no one else can look at a running one? */
bool dsc_ledger_is_remote(const dsc_ledger *ledger);
/* Is this statfs type one on which locks and shared memory are another thing?
 */
bool dsc_ledger_is_network(unsigned long fs_type);

/* ---- runs: one for each start of a batch ---- */

/* Finished, but for folders that could not be listed: failed, to people. */
#define DSC_LEDGER_UNLISTED "unlisted"

/* How far the run is, by a clock that does not jump. */
typedef struct dsc_ledger_progress {
    uint64_t done, passed, total; /* files; passed: done before this run;
                                     total: 0 while nobody knows */
    double seconds;
} dsc_ledger_progress;
typedef struct dsc_ledger_run {
    int64_t id;
    const char *version;  /* of dcmscrub */
    const char *settings; /* digest of all that decides about outputs */
    const char *output;   /* folder */
    const char *shard;    /* "3/16" or "" */
    bool watch;           /* its outputs may be handed on at any time */
    const char *state;    /* "running", "finished", DSC_LEDGER_UNLISTED,
                             "interrupted", "failed" */
    unsigned jobs;
    int64_t started, ended; /* ended: 0 while running or killed */
    dsc_ledger_progress progress;
} dsc_ledger_run;

/* Rows written from now on belong to this run. */
dsc_status dsc_ledger_begin(dsc_ledger *ledger, const dsc_ledger_run *run,
                            dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_ledger_end(dsc_ledger *ledger, const char *state,
                          dsc_error *err) DSC_WARN_UNUSED;

/* Part of the group of rows. */
dsc_status dsc_ledger_note(dsc_ledger *ledger, const dsc_ledger_progress *now,
                           dsc_error *err) DSC_WARN_UNUSED;

/* All runs, oldest first; strings live during the call. */
dsc_status dsc_ledger_runs(dsc_ledger *ledger,
                           bool (*fn)(void *ctx, const dsc_ledger_run *run),
                           void *ctx, dsc_error *err) DSC_WARN_UNUSED;

/* The last of them, with strings of its own and the state as people are told
 * it; all 0 where `runs` is. Free `output` with dsc_free. */
typedef struct dsc_ledger_last {
    uint64_t runs; /* how many there are */
    char version[32], settings[65], state[16], shard[32];
    char *output;
    bool watch;
    unsigned jobs;
    int64_t started, ended;
    dsc_ledger_progress progress;
} dsc_ledger_last;
dsc_status dsc_ledger_last_run(dsc_ledger *ledger, dsc_ledger_last *last,
                               dsc_error *err) DSC_WARN_UNUSED;

/* ---- rows ---- */

/* Which file an output is: this one, or one of the same bytes. Nothing is known
 * of those of a ledger from before schema 5. */
typedef struct dsc_ledger_file {
    bool known;
    uint8_t sha256[32];
    uint64_t inode;
    int64_t size, modified; /* nanoseconds since 1970 */
    bool ours; /* made by a run of this ledger; else it was there already */
} dsc_ledger_file;

typedef struct dsc_ledger_row {
    int64_t id;             /* unique and lasting */
    int64_t run;            /* dsc_ledger_run.id; set by put */
    const char *input;      /* as given; members of archives as A.zip!3/name */
    int64_t size, modified; /* of the input; nanoseconds since 1970 */
    const uint8_t *sha256;  /* 32 bytes; NULL: never read to its end */
    unsigned outcome;       /* dsc_outcome or DSC_LEDGER_PENDING */
    const char *reason;     /* without patient data */
    const char *output;     /* NULL: nothing was written */
    dsc_ledger_file file;   /* the output */
    const char *study;      /* new UIDs; "" where unknown */
    const char *series, *instance;
    const char *modality; /* "" where unknown */
    uint32_t frames, regions;
    unsigned attempts; /* workers it took */
    bool duplicate;    /* another input has this output, too; set by put */
    int64_t started, ended;
    const char *record; /* the JSON object of --report, no line feed */
    bool learned;       /* headers were read in this run, its own, too */
    dsc_taught taught;
} dsc_ledger_row;

/* Insert, or replace the row of this input. row->id is not looked at. */
dsc_status dsc_ledger_put(dsc_ledger *ledger, const dsc_ledger_row *row,
                          dsc_error *err) DSC_WARN_UNUSED;
/* Begin a group for what follows: finds cost less inside one. */
dsc_status dsc_ledger_hold(dsc_ledger *ledger, dsc_error *err) DSC_WARN_UNUSED;
/* Commit the rows put so far. */
dsc_status dsc_ledger_flush(dsc_ledger *ledger, dsc_error *err) DSC_WARN_UNUSED;

/* What rows told of before, as long as their headers were asked for: of another
 * file of the name, or when it could be read. Only input, size, modified, run,
 * sha256, learned and taught of each; those of runs behind `after_run`. */
dsc_status dsc_ledger_each_former(dsc_ledger *ledger, int64_t after_run,
                                  bool (*fn)(void *ctx,
                                             const dsc_ledger_row *row),
                                  void *ctx, dsc_error *err) DSC_WARN_UNUSED;
/* One of another ledger. */
dsc_status dsc_ledger_put_former(dsc_ledger *ledger, const dsc_ledger_row *row,
                                 dsc_error *err) DSC_WARN_UNUSED;

/* What headers of others told when a file was judged: of all that are clean,
 * scrubbed or quarantined, by id, those behind `after`. */
typedef struct dsc_ledger_judged {
    int64_t id, run;
    const char *input;
    unsigned outcome;
    dsc_taught taught;
} dsc_ledger_judged;
dsc_status dsc_ledger_each_judged(dsc_ledger *ledger, int64_t after,
                                  bool (*fn)(void *ctx,
                                             const dsc_ledger_judged *row),
                                  void *ctx, dsc_error *err) DSC_WARN_UNUSED;

/* What is known of an input. */
typedef struct dsc_ledger_known {
    bool found;
    unsigned outcome;
    int64_t id, run, size, modified, ended;
    bool has_sha256;
    uint8_t sha256[32];
    bool this_run;
    bool
        same_run_settings; /* done under the settings and version of this run */
    dsc_taught taught;
} dsc_ledger_known;
dsc_status dsc_ledger_find(dsc_ledger *ledger, const char *input,
                           dsc_ledger_known *known,
                           dsc_error *err) DSC_WARN_UNUSED;
typedef struct dsc_ledger_output {
    char *path; /* NULL: none; free with dsc_free */
    int64_t id; /* of the row */
    dsc_ledger_file file;
    bool by_watch; /* a run of this kind made the row */
} dsc_ledger_output;
/* The one in its row. */
dsc_status dsc_ledger_get_output(dsc_ledger *ledger, const char *input,
                                 dsc_ledger_output *output,
                                 dsc_error *err) DSC_WARN_UNUSED;
/* Before an input is done anew: mark its row pending, for good, and tell the
 * output that has to go (none, also where it is that of another input, too,
 * that is done under the settings of this run). `digest`: of what headers tell
 * now; an output that was made with less is nobody's. NULL: this does not
 * matter. */
dsc_status dsc_ledger_reopen(dsc_ledger *ledger, const char *input,
                             const uint64_t *digest, dsc_ledger_output *output,
                             dsc_error *err) DSC_WARN_UNUSED;
/* Of an output in its row: this one has the same bytes, and its name by now. */
dsc_status dsc_ledger_met(dsc_ledger *ledger, const char *input,
                          const dsc_ledger_file *file,
                          dsc_error *err) DSC_WARN_UNUSED;
/* A run of this ledger has made this file, under these UIDs and this path. Tell
 * that of all rows whose output it is; *claimed: there are some. */
dsc_status dsc_ledger_own(dsc_ledger *ledger, const char *study,
                          const char *series, const char *instance,
                          const char *output, const dsc_ledger_file *file,
                          bool *claimed, dsc_error *err) DSC_WARN_UNUSED;

/* ---- reading ---- */

typedef struct dsc_ledger_totals {
    uint64_t files[DSC_LEDGER_STATES];
    uint64_t bytes[DSC_LEDGER_STATES];
} dsc_ledger_totals;
dsc_status dsc_ledger_get_totals(dsc_ledger *ledger, dsc_ledger_totals *totals,
                                 dsc_error *err) DSC_WARN_UNUSED;

typedef struct dsc_ledger_query {
    unsigned outcomes; /* bits 1u << outcome; 0: all */
    const char *study; /* only this one; NULL: all */
    int64_t after_run; /* only rows of runs after this one, by run; 0: all */
    bool no_watch;     /* only rows of batches */
    bool by_study;     /* sorted by study, series, instance; else by id */
} dsc_ledger_query;
/* Streams rows; strings live during the call; fn returns false to stop. */
dsc_status dsc_ledger_each(dsc_ledger *ledger, const dsc_ledger_query *query,
                           bool (*fn)(void *ctx, const dsc_ledger_row *row),
                           void *ctx, dsc_error *err) DSC_WARN_UNUSED;

/* SQLite's own check of the whole file; DSC_BADFILE when it is corrupt. */
dsc_status dsc_ledger_check(dsc_ledger *ledger, dsc_error *err) DSC_WARN_UNUSED;

/* The name of an outcome or of the state "pending". */
const char *dsc_ledger_state_name(unsigned outcome);
/* Name and version of the library in use. */
void dsc_ledger_describe(void (*fn)(void *ctx, const char *library,
                                    const char *version),
                         void *ctx);

#endif
