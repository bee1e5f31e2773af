/* SPDX-License-Identifier: Apache-2.0
 *
 * The supervisor. It never parses DICOM: it hands paths to worker processes
 * and collects their answers, so a file that kills a worker costs that file. */
#include "batch/batch_priv.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_JOBS      256u
#define MAX_ANSWER    ((uint32_t)1 << 30)
#define RESTART_LIMIT 3 /* deaths in a row without any answer: give up */

typedef struct worker {
    pid_t pid;
    int fd; /* -1: none */
    bool busy;
    uint64_t number;
    char *path; /* of the file at hand */
} worker;

typedef struct pool {
    dsc_scrubber *scrubber;
    const dsc_batch_options *options;
    dsc_source *source;
    worker *workers;
    unsigned count;
    uint64_t next_number;
    bool walked, stopping;
    sigset_t open_mask; /* while waiting; else the two signals are blocked */
    int deaths_in_a_row;
    dsc_batch_fn fn;
    void *ctx;
    dsc_batch_totals *totals;
} pool;

static volatile sig_atomic_t signals;

static void on_signal(int sig)
{
    (void)sig;
    signals++;
}

static void deliver(pool *p, uint64_t number, dsc_outcome outcome,
                    const char *reason, const dsc_buf *line, uint64_t bytes)
{
    dsc_batch_event e = {number,    outcome, reason, (const char *)line->data,
                         line->len, bytes};

    p->totals->outcomes[outcome]++;
    if (!p->fn(p->ctx, &e))
        p->stopping = true;
}

/* A file that no worker answered for. */
static dsc_status deliver_own(pool *p, uint64_t number, const char *path,
                              dsc_outcome outcome, const char *reason,
                              dsc_error *err)
{
    dsc_result r = DSC_RESULT_INIT;
    dsc_buf line = {0};
    dsc_status st;

    r.outcome = outcome;
    snprintf(r.reason, sizeof r.reason, "%s", reason);
    st = dsc_batch_line(&line, p->options, path, NULL, &r, err);
    if (!st)
        deliver(p, number, outcome, r.reason, &line, 0);
    dsc_buf_free(&line);
    return st;
}

static dsc_status start_worker(pool *p, worker *w, dsc_error *err)
{
    int fds[2];
    pid_t pid, parent;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
        return dsc_fail(err, DSC_IO, "cannot start a worker: %s",
                        strerror(errno));
    fflush(NULL);
    parent = getpid();
    pid = fork();
    if (pid < 0) {
        close(fds[0]);
        close(fds[1]);
        return dsc_fail(err, DSC_IO, "cannot start a worker: %s",
                        strerror(errno));
    }
    if (pid == 0) {
        for (unsigned i = 0; i < p->count; i++)
            if (p->workers[i].fd >= 0)
                close(p->workers[i].fd);
        close(fds[0]);
        dsc_worker_main(p->scrubber, p->options, fds[1], parent);
    }
    close(fds[1]);
    w->fd = fds[0];
    w->pid = pid;
    w->busy = false;
    return DSC_OK;
}

/* Close and reap; returns the signal that killed it, or 0. */
static int end_worker(worker *w)
{
    int status = 0;

    if (w->fd < 0)
        return 0;
    close(w->fd);
    w->fd = -1;
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static dsc_status bury(pool *p, worker *w, dsc_error *err)
{
    char reason[64];
    int sig = end_worker(w);
    dsc_status st = DSC_OK;

    p->totals->worker_deaths++;
    snprintf(reason, sizeof reason, "the worker died on this file (%s %d)",
             sig ? "signal" : "no signal", sig);
    /* Nobody's data makes the kernel send SIGKILL: that is the environment
     * (a person, or too little memory). */
    if (w->busy)
        st = deliver_own(p, w->number, w->path,
                         sig == SIGKILL ? DSC_FAILED : DSC_QUARANTINED, reason,
                         err);
    w->busy = false;
    dsc_free(w->path);
    w->path = NULL;
    if (!st && ++p->deaths_in_a_row > RESTART_LIMIT * (int)p->count)
        st = dsc_fail(err, DSC_INTERNAL, "workers die one after the other");
    return st ? st : start_worker(p, w, err);
}

static dsc_status take_answer(pool *p, worker *w, dsc_error *err)
{
    dsc_answer a;
    dsc_buf reason = {0}, line = {0};
    dsc_status st = DSC_OK;

    if (!dsc_read_all(w->fd, &a, sizeof a) || a.outcome > DSC_IGNORED ||
        !a.reason_len || a.reason_len > 4096 || a.line_len > MAX_ANSWER)
        return bury(p, w, err);
    if (dsc_buf_resize(&reason, a.reason_len, err) ||
        dsc_buf_resize(&line, a.line_len, err)) {
        st = DSC_NOMEM;
    } else if (!dsc_read_all(w->fd, reason.data, reason.len) ||
               !dsc_read_all(w->fd, line.data, line.len)) {
        st = bury(p, w, err);
    } else {
        reason.data[reason.len - 1] = '\0';
        w->busy = false;
        dsc_free(w->path);
        w->path = NULL;
        p->deaths_in_a_row = 0;
        deliver(p, w->number, (dsc_outcome)a.outcome, (const char *)reason.data,
                &line, a.bytes);
    }
    dsc_buf_free(&reason);
    dsc_buf_free(&line);
    return st;
}

static bool send_job(const worker *w, const dsc_job *job, const char *path,
                     const char *relative)
{
    return dsc_write_all(w->fd, job, sizeof *job) &&
           dsc_write_all(w->fd, path, job->path_len) &&
           dsc_write_all(w->fd, relative, job->relative_len);
}

/* A worker that died while it waited is no fault of the next file, which gets
 * a new worker. */
static dsc_status hand_over(pool *p, worker *w, const dsc_job *job,
                            const char *path, const char *relative,
                            dsc_error *err)
{
    dsc_status st;

    w->busy = true;
    if (send_job(w, job, path, relative))
        return DSC_OK;
    w->busy = false;
    st = bury(p, w, err);
    if (st)
        return st;
    w->path = dsc_strdup(path);
    if (!w->path)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    w->busy = true;
    return send_job(w, job, path, relative) ? DSC_OK : bury(p, w, err);
}

/* Give the worker the next file; entries that are no files are told here. */
static dsc_status feed(pool *p, worker *w, dsc_error *err)
{
    dsc_status st = DSC_OK;

    while (!st && !p->walked && !w->busy && !p->stopping) {
        dsc_item item;
        dsc_job job;
        st = dsc_source_next(p->source, &item, err);
        if (st || !item.name) {
            p->walked = true;
            break;
        }
        p->next_number++;
        if (item.found != DSC_FOUND_FILE) {
            st = item.found == DSC_FOUND_SPECIAL
                     ? deliver_own(p, p->next_number, item.name, DSC_IGNORED,
                                   "not a regular file", err)
                     : deliver_own(p, p->next_number, item.name, DSC_FAILED,
                                   "cannot be read (broken link, link loop "
                                   "or no permission)",
                                   err);
            continue;
        }
        job = (dsc_job){(uint32_t)strlen(item.name) + 1,
                        (uint32_t)strlen(item.relative) + 1};
        w->path = dsc_strdup(item.name);
        if (!w->path)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        w->number = p->next_number;
        st = hand_over(p, w, &job, item.name, item.relative, err);
    }
    return st;
}

static dsc_status serve_pool(pool *p, dsc_error *err)
{
    struct pollfd polls[MAX_JOBS];
    dsc_status st = DSC_OK;

    while (!st) {
        unsigned busy = 0;
        if (signals)
            p->stopping = p->totals->interrupted = true;
        if (signals > 1)
            break;
        for (unsigned i = 0; !st && i < p->count; i++) {
            if (!p->workers[i].busy)
                st = feed(p, &p->workers[i], err);
            polls[i] = (struct pollfd){p->workers[i].fd, POLLIN, 0};
            if (!p->workers[i].busy)
                polls[i].fd = -1;
            busy += p->workers[i].busy;
        }
        if (st || !busy)
            break;
        if (ppoll(polls, p->count, NULL, &p->open_mask) < 0) {
            if (errno != EINTR)
                st = dsc_fail(err, DSC_IO, "poll: %s", strerror(errno));
            continue;
        }
        for (unsigned i = 0; !st && i < p->count; i++)
            if (polls[i].fd >= 0 && polls[i].revents)
                st = take_answer(p, &p->workers[i], err);
    }
    return st;
}

static void end_pool(pool *p, bool at_once)
{
    for (unsigned i = 0; i < p->count; i++) {
        worker *w = &p->workers[i];
        if (w->fd >= 0 && at_once)
            kill(w->pid, SIGKILL);
        end_worker(w);
        dsc_free(w->path);
    }
}

dsc_status dsc_batch_run(dsc_scrubber *scrubber,
                         const dsc_batch_options *options, dsc_batch_fn fn,
                         void *ctx, dsc_batch_totals *totals, dsc_error *err)
{
    struct sigaction stop = {.sa_handler = on_signal}, old_int, old_term;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old_pipe;
    pool p = {.scrubber = scrubber,
              .options = options,
              .count = options->jobs < 1          ? 1
                       : options->jobs > MAX_JOBS ? MAX_JOBS
                                                  : options->jobs,
              .fn = fn,
              .ctx = ctx,
              .totals = totals};
    sigset_t block, old_mask;
    dsc_status st;

    *totals = (dsc_batch_totals){0};
    signals = 0;
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigaddset(&block, SIGTERM);
    sigprocmask(SIG_BLOCK, &block, &old_mask);
    p.open_mask = old_mask;
    sigdelset(&p.open_mask, SIGINT);
    sigdelset(&p.open_mask, SIGTERM);
    sigaction(SIGINT, &stop, &old_int);
    sigaction(SIGTERM, &stop, &old_term);
    sigaction(SIGPIPE, &ignore, &old_pipe);
    st = dsc_source_open(&p.source, &options->source, err);
    p.workers = dsc_calloc(p.count, sizeof *p.workers);
    if (!st && !p.workers)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    for (unsigned i = 0; p.workers && i < p.count; i++)
        p.workers[i].fd = -1;
    for (unsigned i = 0; !st && i < p.count; i++)
        st = start_worker(&p, &p.workers[i], err);
    if (!st)
        st = serve_pool(&p, err);
    if (p.workers)
        end_pool(&p, st != DSC_OK || signals > 1);
    dsc_free(p.workers);
    dsc_source_close(&p.source);
    sigprocmask(SIG_SETMASK, &old_mask, NULL); /* what waits is counted */
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
    sigaction(SIGPIPE, &old_pipe, NULL);
    return st;
}
