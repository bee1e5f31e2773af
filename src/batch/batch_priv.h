/* SPDX-License-Identifier: Apache-2.0
 *
 * The supervisor's parts: tasks, workers, ledger, pauses, hooks. */
#ifndef DSC_BATCH_BATCH_PRIV_H
#define DSC_BATCH_BATCH_PRIV_H

#include "batch/batch.h"
#include "ledger/lore.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>

#define DSC_BATCH_MAX_JOBS  256u
#define DSC_BATCH_ATTEMPTS  2u
#define DSC_BATCH_LOOKAHEAD 512u
#define DSC_BATCH_MAX_PATH  65536u
#define DSC_BATCH_QUEUE     64u

typedef struct dsc_pool dsc_pool;

/* ---- tasks ---- */

/* One file on its way through the pool. */
typedef struct dsc_task {
    const char *name, *relative; /* behind it */
    int fd;                      /* -1: open `name` */
    int64_t size, modified, started;
    uint64_t number, folder; /* a hash of the folder's name */
    unsigned attempts;
    bool unrecorded;   /* not for the ledger: no instance, or one whose row must
                          stay as it is */
    bool has_header;   /* a file or a member, not what is told of others */
    dsc_taught taught; /* by which its lost output was judged */
} dsc_task;

dsc_task *dsc_task_new(const dsc_item *item, uint64_t number);
void dsc_task_free(dsc_task **task);

/* ---- frames between supervisor and worker: a header, then bytes ---- */

typedef struct dsc_job {
    uint32_t name_len, relative_len; /* with their NULs */
    bool has_fd;                     /* which came along with this header */
    bool settled;     /* the rows of all this worker's answers are on disk */
    int64_t modified; /* of what has an fd */
    int lore_id;      /* of what headers tell */
} dsc_job;

typedef struct dsc_answer {
    uint32_t outcome, reason_len, line_len, output_len; /* 0: no output */
    uint32_t frames, regions;
    uint64_t bytes;
    int64_t size, modified, ended;
    bool has_sha256;
    uint8_t sha256[32];
    char study[65], series[65], instance[65], modality[17];
    dsc_ledger_file file; /* the output */
    dsc_taught taught;
    bool name_taken;
} dsc_answer;

/* An answer with the bytes that follow it. */
typedef struct dsc_reply {
    dsc_answer head;
    dsc_buf reason, line, output;
} dsc_reply;

/* Serve jobs from `fd` until it closes or `parent` is gone. Never returns. */
_Noreturn void dsc_worker_main(dsc_pool *pool, unsigned slot, int fd,
                               pid_t parent);
bool dsc_read_all(int fd, void *data, size_t n);
bool dsc_write_all(int fd, const void *data, size_t n);
bool dsc_send_job(int fd, const dsc_task *task, bool settled, int lore_id);
/* *passed is set where a descriptor came along. */
bool dsc_read_job(int fd, dsc_job *job, int *passed);
bool dsc_send_reply(int fd, const dsc_reply *reply);
bool dsc_read_reply(int fd, dsc_reply *reply);
void dsc_reply_free(dsc_reply *reply);
/* For the next one; what is not large stays allocated. */
void dsc_reply_empty(dsc_reply *reply);

/* The report line of one file; hides paths when asked. */
dsc_status dsc_batch_line(dsc_buf *out, const dsc_batch_options *options,
                          const char *path, const char *output,
                          const dsc_result *result,
                          dsc_error *err) DSC_WARN_UNUSED;

/* ---- what headers tell ---- */

#define DSC_LEARNER_DEATHS 3
#define DSC_LEARNER_AHEAD                                                      \
 200u                         /* files, before the first one is cleaned ...    \
                               */
#define DSC_LEARNER_GRACE 1.0 /* ... but no longer than this, in seconds */

/* From the process that keeps it. */
typedef struct dsc_learner_news {
    uint64_t passed; /* items of the source */
    uint32_t ended, status;
    char why[256];
} dsc_learner_news;

typedef struct dsc_learner {
    char *path;                /* of the lore; NULL: nobody learns beside */
    dsc_source_options source; /* what it reads */
    const dsc_pool *pool;      /* whose descriptors it closes */
    int lore_id;               /* of the one that this run began with, */
    bool has_lore;             /* if it is made */
    bool started, ended;
    bool all_first; /* no file is cleaned before it has ended */
    pid_t pid;
    int fd; /* -1: not at work */
    unsigned deaths;
    uint64_t passed;
    double since; /* by dsc_batch_now */
} dsc_learner;

/* Reads all headers there are; `mask` of signals while it waits. */
dsc_status dsc_learn_now(dsc_lore *lore, const dsc_source_options *options,
                         const sigset_t *mask, bool (*stopped)(void),
                         dsc_error *err) DSC_WARN_UNUSED;
/* This is the one that the run begins with. */
dsc_status dsc_learner_take(dsc_learner *learner, dsc_lore *lore,
                            dsc_error *err) DSC_WARN_UNUSED;
/* From now on workers may look at the lore. */
dsc_status dsc_learner_prepare(dsc_learner *learner,
                               dsc_error *err) DSC_WARN_UNUSED;
/* The same beside the workers; once. */
dsc_status dsc_learner_start(dsc_learner *learner,
                             dsc_error *err) DSC_WARN_UNUSED;
/* There is something to read from its fd. */
dsc_status dsc_learner_listen(dsc_learner *learner,
                              dsc_error *err) DSC_WARN_UNUSED;
/* Is it worth while to let it go ahead for a moment? */
bool dsc_learner_is_behind(const dsc_learner *learner);
void dsc_learner_stop(dsc_learner *learner);

/* DSC_IO where it is not the lore of this number, which the run began with. */
dsc_status dsc_learner_is(dsc_lore *lore, int id,
                          dsc_error *err) DSC_WARN_UNUSED;
/* That lore, for recall only, or DSC_IO. */
dsc_status dsc_learner_open(dsc_lore **lore, const char *path, int id,
                            dsc_error *err) DSC_WARN_UNUSED;

/* A lesson's place, for a worker: opened when it is asked first. */
typedef struct dsc_lore_place {
    const char *path;
    int id;
    dsc_lore *lore;
} dsc_lore_place;
dsc_status dsc_lore_place_recall(void *place, const dsc_kin *kin,
                                 dsc_lesson_fn fn, void *ctx,
                                 dsc_error *err) DSC_WARN_UNUSED;

/* ---- what workers have begun ---- */

/* A file for each worker, beside the ledger: the outputs that may be on disk
 * while their rows are not. After a kill they are taken back, since the next
 * run may have others in their place. */
typedef struct dsc_begun {
    int fd; /* -1: none */
    bool sync;
    off_t last, end; /* where the last entry begins, and all of them end */
} dsc_begun;

/* In the worker. */
void dsc_begun_open(dsc_begun *begun, const dsc_ledger *ledger, unsigned slot);
/* Before an output is begun. `settled`: what was noted before has its rows by
 * now. */
dsc_status dsc_begun_note(dsc_begun *begun, bool settled, const char *output,
                          const dsc_result *result,
                          dsc_error *err) DSC_WARN_UNUSED;
/* Before it gets its name: what the name will stand for. Not known: somebody
 * else has made that. */
dsc_status dsc_begun_named(dsc_begun *begun, const dsc_ledger_file *file,
                           dsc_error *err) DSC_WARN_UNUSED;
/* In the supervisor, when the worker is gone: remove its temporary files, and
 * outputs of its own that no row claims. */
dsc_status dsc_begun_reclaim(dsc_pool *pool, unsigned slot,
                             dsc_error *err) DSC_WARN_UNUSED;
/* Of all slots; or only forget them. */
dsc_status dsc_begun_reclaim_all(dsc_pool *pool, bool take_back,
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
    bool unsettled; /* some of its answers have no row on disk yet */
} dsc_worker;

/* A row to be written. Many at once cost half of what each costs alone, when a
 * worker has had the caches meanwhile. */
typedef struct dsc_queued {
    dsc_buf name;
    bool learned;
    unsigned attempts;
    int64_t started;
    dsc_reply reply; /* its line without the line feed */
} dsc_queued;

typedef struct dsc_hooks dsc_hooks;

struct dsc_pool {
    dsc_scrubber *scrubber;
    const dsc_batch_options *options;
    dsc_source_options source_options; /* of the pass at hand */
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
    dsc_queued queued[DSC_BATCH_QUEUE]; /* in no transaction yet */
    unsigned queued_count;
    unsigned unflushed; /* rows */
    dsc_reply reply;    /* that was read last */
    unsigned lost_in_a_row;
    dsc_meanwhile meanwhile; /* for the source, and what came of it */
    dsc_status meanwhile_status;
    dsc_error meanwhile_error;
    /* What headers tell: in memory, told before the first file; or beside the
     * ledger, told meanwhile, and files that were judged by less are done anew
     * in another pass. */
    dsc_learner learner;
    dsc_lore *lore;  /* in memory, or for `again` */
    char *lore_path; /* where the one in memory is kept; NULL: it is not */
    dsc_lessons lessons;
    char *spool;    /* a copy of the list on stdin; NULL: none */
    bool first_run; /* of this ledger */
    bool in_ledger; /* the run has begun there */
    /* The last one before; the last one that was finished; the last batch that
     * was, or but for folders that could not be listed. 0: none. */
    int64_t earlier_run, finished_run, walked_run;
    bool learn_early; /* with the first file, else with the first to be done */
    bool unsettled;   /* rows of earlier runs may have been judged by less */
    bool provisional; /* rows of this pass, too */
    bool again;       /* a pass after the first */
    uint64_t redone, conflicts; /* of this pass */
    dsc_kin last_kin;           /* and what the lore told of it */
    uint64_t last_digest;
    double begun_at; /* by dsc_batch_now */
    dsc_hooks *hooks;
    dsc_batch_fn fn;
    void *ctx;
    dsc_batch_totals *totals;
};

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
/* Is there a row, of any run, that was judged by less? Reading digests costs a
 * tenth of walking over the inputs. A signal stops the run. */
dsc_status dsc_record_any_stale(dsc_pool *pool, bool *any,
                                dsc_error *err) DSC_WARN_UNUSED;
/* After the last pass, for inputs that were not met again: take back outputs of
 * those of which headers tell more by now, and tell what was to be done anew,
 * or has lost its output, as failed. DSC_IO if there were some of the first
 * kind. Stops the run where a signal comes. */
dsc_status dsc_record_settle(dsc_pool *pool, dsc_error *err) DSC_WARN_UNUSED;
/* Is a file of this name being worked on, or waiting? */
bool dsc_pool_has(const dsc_pool *pool, const char *name);
/* *id: of the row of a refused file. Nobody else sees a row before it is told:
 * one whose teller is killed meanwhile is done, and told, again. */
dsc_status dsc_record_put(dsc_pool *pool, const dsc_task *task,
                          const dsc_reply *reply, int64_t *id,
                          dsc_error *err) DSC_WARN_UNUSED;
/* The file that was put last was told of: write the rows that wait where there
 * are many, or `at_once`. */
dsc_status dsc_record_told(dsc_pool *pool, bool at_once,
                           dsc_error *err) DSC_WARN_UNUSED;
/* The old output of a row that is pending by now; *stays as of a place. */
dsc_status dsc_record_remove(const dsc_batch_options *options,
                             const dsc_ledger_output *output, bool *stays,
                             dsc_error *err) DSC_WARN_UNUSED;
/* Nobody could be told of it: the next run does it again. */
dsc_status dsc_record_undo(dsc_pool *pool, const dsc_task *task,
                           dsc_error *err) DSC_WARN_UNUSED;
/* Write the rows that wait. */
dsc_status dsc_record_drain(dsc_pool *pool, dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_record_flush(dsc_pool *pool, dsc_error *err) DSC_WARN_UNUSED;
/* `killed`: workers that had a file at hand. */
dsc_status dsc_record_end(dsc_pool *pool, bool failed, bool killed,
                          dsc_error *err) DSC_WARN_UNUSED;

/* ---- is as much known as before? ---- */

/* All stop the run where a signal came. */

/* At its start. *less: what files of the ledger told may not be known any more:
 * all headers must be read, and then dsc_known_require asked, before the first
 * file is cleaned. */
dsc_status dsc_known_check(dsc_pool *pool, bool *less,
                           dsc_error *err) DSC_WARN_UNUSED;
/* Rounds go on with the lore that the first one began with, or DSC_IO. */
dsc_status dsc_known_keeps(const dsc_batch_options *options, dsc_lore *lore,
                           dsc_error *err) DSC_WARN_UNUSED;
/* In later rounds of a run: DSC_IO where the lore is gone meanwhile. */
dsc_status dsc_known_join(dsc_pool *pool, dsc_error *err) DSC_WARN_UNUSED;
/* The same where the lore is in memory, which is filled by what is kept. */
dsc_status dsc_known_load(dsc_pool *pool, dsc_error *err) DSC_WARN_UNUSED;
/* What belongs together with a file that was in a run before, and of which less
 * is known now, will be refused; unless that is wanted. DSC_USAGE where nobody
 * can tell what that is. */
dsc_status dsc_known_require(dsc_pool *pool, dsc_error *err) DSC_WARN_UNUSED;
/* At the end, when workers are gone: DSC_IO where the header of a file of this
 * run was not read; else its rows need not be looked at again. */
dsc_status dsc_known_finish(dsc_pool *pool, dsc_error *err) DSC_WARN_UNUSED;
/* May its header, if learned from, tell of others? */
bool dsc_known_may_tell(const dsc_ledger_row *row);

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
/* Waits for those that run, for a while; `at_once`: kills them. */
void dsc_hooks_close(dsc_hooks **hooks, bool at_once);

/* Remove temporary files of processes that were killed: at any depth, or in
 * this folder only. */
void dsc_batch_sweep(const char *folder);
void dsc_batch_sweep_folder(const char *folder);
/* Is a part of the path ".."? */
bool dsc_batch_has_dots(const char *path);

#endif
