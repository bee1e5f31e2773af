/* SPDX-License-Identifier: Apache-2.0
 *
 * The supervisor's parts: tasks, workers, ledger, pauses, hooks. */
#ifndef DSC_BATCH_BATCH_PRIV_H
#define DSC_BATCH_BATCH_PRIV_H

#include "batch/batch.h"

#include <signal.h>
#include <sys/types.h>

#define DSC_BATCH_MAX_JOBS  256u
#define DSC_BATCH_ATTEMPTS  2u
#define DSC_BATCH_LOOKAHEAD 512u
#define DSC_BATCH_MAX_PATH  65536u

/* ---- tasks ---- */

/* One file on its way through the pool. */
typedef struct dsc_task {
    char *name, *relative;
    int fd; /* -1: open `name` */
    int64_t size, modified, started;
    uint64_t number, folder; /* a hash of the folder's name */
    unsigned attempts;
    bool unrecorded; /* not for the ledger: no instance, or one whose row must
                        stay as it is */
} dsc_task;

dsc_task *dsc_task_new(const dsc_item *item, uint64_t number);
void dsc_task_free(dsc_task **task);

/* ---- frames between supervisor and worker: a header, then bytes ---- */

typedef struct dsc_job {
    uint32_t name_len, relative_len; /* with their NULs */
    bool has_fd;                     /* which came along with this header */
    int64_t modified;                /* of what has an fd */
} dsc_job;

typedef struct dsc_answer {
    uint32_t outcome, reason_len, line_len, output_len; /* 0: no output */
    uint32_t frames, regions;
    uint64_t bytes;
    int64_t size, modified, ended;
    bool has_sha256;
    uint8_t sha256[32];
    char study[65], series[65], instance[65], modality[17];
} dsc_answer;

/* An answer with the bytes that follow it. */
typedef struct dsc_reply {
    dsc_answer head;
    dsc_buf reason, line, output;
} dsc_reply;

/* Serve jobs from `fd` until it closes or `parent` is gone. Never returns. */
_Noreturn void dsc_worker_main(dsc_scrubber *scrubber,
                               const dsc_batch_options *options, int fd,
                               pid_t parent);
bool dsc_read_all(int fd, void *data, size_t n);
bool dsc_write_all(int fd, const void *data, size_t n);
bool dsc_send_job(int fd, const dsc_task *task);
/* *passed is set where a descriptor came along. */
bool dsc_read_job(int fd, dsc_job *job, int *passed);
bool dsc_read_reply(int fd, dsc_reply *reply);
void dsc_reply_free(dsc_reply *reply);

/* The report line of one file; hides paths when asked. */
dsc_status dsc_batch_line(dsc_buf *out, const dsc_batch_options *options,
                          const char *path, const char *output,
                          const dsc_result *result,
                          dsc_error *err) DSC_WARN_UNUSED;

/* ---- pool ---- */

typedef enum dsc_blow { /* why the supervisor killed a worker */
    DSC_BLOW_NONE,
    DSC_BLOW_TIME,
    DSC_BLOW_MEMORY
} dsc_blow;

typedef struct dsc_worker {
    pid_t pid;
    int fd;          /* -1: none */
    dsc_task *task;  /* at hand; NULL: idle */
    uint64_t folder; /* of the last task */
    double begun;    /* by dsc_batch_now */
    dsc_blow blow;
} dsc_worker;

typedef struct dsc_hooks dsc_hooks;

typedef struct dsc_pool {
    dsc_scrubber *scrubber;
    const dsc_batch_options *options;
    dsc_source *source;
    dsc_worker *workers;
    unsigned count;
    dsc_task *waiting[DSC_BATCH_LOOKAHEAD]; /* found, not begun */
    unsigned waiting_count;
    uint64_t next_number;
    bool source_ended, stopping;
    bool hurry;        /* a long stretch of done files: look for more at once */
    double next_start; /* by dsc_batch_now: no file before */
    double last_tick;
    unsigned unflushed; /* rows */
    unsigned lost_in_a_row;
    dsc_hooks *hooks;
    dsc_batch_fn fn;
    void *ctx;
    dsc_batch_totals *totals;
} dsc_pool;

/* Find the next file for this worker; NULL where there is none for now. Files
 * of a folder go to the worker that has begun with it, while others have
 * something else to do. */
dsc_status dsc_pool_choose(dsc_pool *pool, const dsc_worker *worker,
                           dsc_task **task, dsc_error *err) DSC_WARN_UNUSED;
/* Tell of a file that no worker answered for. */
dsc_status dsc_pool_tell(dsc_pool *pool, const dsc_task *task,
                         dsc_outcome outcome, const char *reason,
                         dsc_error *err) DSC_WARN_UNUSED;
/* Ledger, totals, hook, callback. */
dsc_status dsc_pool_deliver(dsc_pool *pool, const dsc_task *task,
                            const dsc_reply *reply,
                            dsc_error *err) DSC_WARN_UNUSED;

dsc_status dsc_pool_start_worker(dsc_pool *pool, dsc_worker *worker,
                                 dsc_error *err) DSC_WARN_UNUSED;
/* Begin with a task, which the worker owns from now on. */
dsc_status dsc_pool_hand_over(dsc_pool *pool, dsc_worker *worker,
                              dsc_task *task, dsc_error *err) DSC_WARN_UNUSED;
/* The worker has something to say, or is gone. */
dsc_status dsc_pool_listen(dsc_pool *pool, dsc_worker *worker,
                           dsc_error *err) DSC_WARN_UNUSED;
/* Kill workers that are over a limit. */
void dsc_pool_enforce(dsc_pool *pool);
void dsc_pool_end(dsc_pool *pool, bool at_once);

/* ---- ledger ---- */

dsc_status dsc_record_begin(dsc_pool *pool, dsc_error *err) DSC_WARN_UNUSED;
typedef enum dsc_standing { /* of a file in the ledger */
    DSC_STANDING_OPEN,      /* to be done */
    DSC_STANDING_DONE,
    DSC_STANDING_KEEP /* cannot be read now, but has an output */
} dsc_standing;

/* A file that has to be done anew loses its output first. */
dsc_status dsc_record_look(dsc_pool *pool, const dsc_item *item,
                           dsc_standing *standing,
                           dsc_error *err) DSC_WARN_UNUSED;
/* Is a file of this name being worked on, or waiting? */
bool dsc_pool_has(const dsc_pool *pool, const char *name);
/* *id: of the row of a refused file, which others can see from now on. */
dsc_status dsc_record_put(dsc_pool *pool, const dsc_task *task,
                          const dsc_reply *reply, int64_t *id,
                          dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_record_flush(dsc_pool *pool, dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_record_end(dsc_pool *pool, bool failed,
                          dsc_error *err) DSC_WARN_UNUSED;

/* ---- pauses ---- */

double dsc_batch_now(void); /* seconds, monotonic */
int64_t dsc_batch_wall_ms(void);
/* May a file be started at this time of day? */
bool dsc_batch_open_at(const dsc_batch_limits *limits, int minute_of_day);
/* Seconds until the next file may be started; 0: now. */
double dsc_batch_pause(const dsc_batch_limits *limits, double next_start);

/* ---- hooks ---- */

dsc_status dsc_hooks_open(dsc_hooks **out, const dsc_batch_hook *hook,
                          dsc_error *err) DSC_WARN_UNUSED;
void dsc_hooks_run(dsc_hooks *hooks, int64_t id, const char *outcome,
                   const char *reason, const char *input);
/* Waits for those that run, for a while. */
void dsc_hooks_close(dsc_hooks **hooks);

/* Remove temporary files of processes that were killed. */
void dsc_batch_sweep(const char *folder);
/* Is a part of the path ".."? */
bool dsc_batch_has_dots(const char *path);

#endif
