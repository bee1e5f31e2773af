/* SPDX-License-Identifier: Apache-2.0
 *
 * The workers: started, fed, heard, killed, replaced. */
#include "base/log.h"
#include "batch/batch_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOST_LIMIT 100u /* files in a row without any answer: give up */
#define READ_LIMIT 60   /* seconds for an answer that has begun */

/* ---- what is told ---- */

dsc_status dsc_pool_deliver(dsc_pool *p, const dsc_task *task,
                            const dsc_reply *reply, dsc_error *err)
{
    const dsc_answer *a = &reply->head;
    dsc_batch_event e = {.number = task->number,
                         .outcome = (dsc_outcome)a->outcome,
                         .reason = (const char *)reply->reason.data,
                         .output = (const char *)reply->output.data,
                         .study = a->study,
                         .series = a->series,
                         .instance = a->instance,
                         .line = (const char *)reply->line.data,
                         .line_len = reply->line.len,
                         .bytes = a->bytes};
    bool refused = e.outcome == DSC_QUARANTINED || e.outcome == DSC_FAILED;
    dsc_status st = dsc_place_check(p->options->place, err);

    if (!st)
        st = dsc_record_put(p, task, reply, &e.id, err);
    if (st)
        return st;
    p->totals->outcomes[e.outcome]++;
    if (!p->fn(p->ctx, &e)) {
        p->stopping = true;
        return dsc_record_undo(p, task, err);
    }
    st = dsc_record_told(p, refused && p->hooks, err);
    if (!st && refused && p->hooks)
        dsc_hooks_run(p->hooks, e.id ? e.id : (int64_t)e.number,
                      dsc_outcome_name(e.outcome), e.reason, task->name);
    return st;
}

dsc_status dsc_pool_tell(dsc_pool *p, const dsc_task *task, dsc_outcome outcome,
                         const char *reason, dsc_error *err)
{
    dsc_result r = DSC_RESULT_INIT;
    dsc_reply reply = {.head = {.outcome = (uint32_t)outcome,
                                .size = task->size,
                                .modified = task->modified,
                                .taught = task->taught,
                                .ended = dsc_batch_wall_ms()}};
    dsc_status st;

    r.outcome = outcome;
    snprintf(r.reason, sizeof r.reason, "%s", reason);
    st = dsc_batch_line(&reply.line, p->options, task->name, NULL, &r, err);
    if (!st)
        st = dsc_buf_append(&reply.reason, r.reason, strlen(r.reason) + 1, err);
    if (!st)
        st = dsc_pool_deliver(p, task, &reply, err);
    dsc_reply_free(&reply);
    return st;
}

/* ---- start and end ---- */

dsc_status dsc_pool_start_worker(dsc_pool *p, dsc_worker *w, dsc_error *err)
{
    struct timeval limit = {.tv_sec = READ_LIMIT};
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
        dsc_worker_main(p, (unsigned)(w - p->workers), fds[1], parent);
    }
    close(fds[1]);
    setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fds[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    *w = (dsc_worker){.pid = pid, .fd = fds[0], .folder = w->folder};
    return DSC_OK;
}

/* Close and reap; returns the signal that killed it, or 0. One that somebody
 * has stopped goes on, to its end. */
static int end_worker(dsc_worker *w, bool kill_it)
{
    int status = 0;

    if (w->fd < 0)
        return 0;
    if (kill_it)
        kill(w->pid, SIGKILL);
    close(w->fd);
    w->fd = -1;
    kill(w->pid, SIGCONT);
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void dsc_pool_end(dsc_pool *p, bool at_once)
{
    for (unsigned i = 0; i < p->count; i++) {
        end_worker(&p->workers[i], at_once);
        dsc_task_free(&p->workers[i].task);
    }
    for (unsigned i = 0; i < p->waiting_count; i++)
        dsc_task_free(&p->waiting[i]);
    p->waiting_count = 0;
    dsc_reply_free(&p->reply);
}

/* ---- a worker is gone ---- */

/* Nobody's data makes the kernel send SIGKILL: without a blow of ours that is
 * the environment (a person, or too little memory). */
static dsc_status tell_lost(dsc_pool *p, const dsc_task *task, dsc_blow blow,
                            int sig, dsc_error *err)
{
    const dsc_batch_limits *l = &p->options->limits;
    dsc_outcome outcome = DSC_QUARANTINED;
    char reason[128];

    if (blow == DSC_BLOW_TIME)
        snprintf(reason, sizeof reason, "over the time limit of %u s",
                 l->seconds);
    else if (blow == DSC_BLOW_MEMORY)
        snprintf(reason, sizeof reason,
                 "over the memory limit of %" PRIu64 " MiB", l->memory >> 20);
    else if (sig)
        snprintf(reason, sizeof reason,
                 "the worker died on this file (signal %d)", sig);
    else
        snprintf(reason, sizeof reason,
                 "the worker ended on this file (no signal)");
    if (sig == SIGKILL && blow == DSC_BLOW_NONE)
        outcome = DSC_FAILED;
    return dsc_pool_tell(p, task, outcome, reason, err);
}

/* The file at hand is tried once more by a new worker. */
static dsc_status bury(dsc_pool *p, dsc_worker *w, bool kill_it, dsc_error *err)
{
    dsc_task *task = w->task;
    dsc_blow blow = w->blow;
    int sig;
    dsc_status st = DSC_OK;

    w->task = NULL;
    sig = end_worker(w, kill_it);
    p->totals->worker_deaths++;
    dsc_log(DSC_LOG_WARN, "batch", "a worker ended (signal %d)%s%s", sig,
            blow == DSC_BLOW_TIME ? ": over the time limit" : "",
            blow == DSC_BLOW_MEMORY ? ": over the memory limit" : "");
    st = dsc_begun_reclaim(p, (unsigned)(w - p->workers), err);
    if (!st && task && task->attempts >= DSC_BATCH_ATTEMPTS) {
        st = tell_lost(p, task, blow, sig, err);
        dsc_task_free(&task);
        if (!st && ++p->lost_in_a_row > LOST_LIMIT)
            st = dsc_fail(err, DSC_INTERNAL, "workers die one after the other");
    }
    if (!st)
        st = dsc_pool_start_worker(p, w, err);
    if (!st && task && !p->stopping)
        return dsc_pool_hand_over(p, w, task, err);
    dsc_task_free(&task); /* stopping: it stays undone */
    return st;
}

/* ---- a file ---- */

dsc_status dsc_pool_hand_over(dsc_pool *p, dsc_worker *w, dsc_task *task,
                              dsc_error *err)
{
    dsc_status st;

    /* A worker that died while it waited is no fault of the next file. */
    for (int i = 0; i < 3; i++) {
        w->blow = DSC_BLOW_NONE;
        if (dsc_send_job(w->fd, task, !w->unsettled, p->learner.lore_id)) {
            if (!task->attempts++)
                task->started = dsc_batch_wall_ms();
            w->task = task;
            w->folder = task->folder;
            w->begun = dsc_batch_now();
            p->provisional |= p->learner.path && !p->learner.ended;
            return DSC_OK;
        }
        st = bury(p, w, true, err);
        if (st) {
            dsc_task_free(&task);
            return st;
        }
    }
    dsc_task_free(&task);
    return dsc_fail(err, DSC_INTERNAL, "new workers cannot be reached");
}

/* A twin that is done anew may have taken the output away between the worker's
 * word and the row. */
static bool is_lost(const dsc_pool *p, const dsc_task *task, dsc_reply *reply)
{
    return p->options->ledger && !task->unrecorded && reply->output.len &&
           dsc_place_lacks(p->options->place, (const char *)reply->output.data,
                           &reply->head.file);
}

static dsc_status repeat(dsc_pool *p, dsc_worker *w, dsc_task *task,
                         dsc_error *err)
{
    dsc_status st = DSC_OK;

    if (task->attempts < DSC_BATCH_ATTEMPTS && !p->stopping)
        return dsc_pool_hand_over(p, w, task, err);
    if (!p->stopping) /* else it stays undone */
        st = dsc_pool_tell(p, task, DSC_FAILED, "its output was taken away",
                           err);
    dsc_task_free(&task);
    return st;
}

dsc_status dsc_pool_listen(dsc_pool *p, dsc_worker *w, dsc_error *err)
{
    uint8_t byte;
    dsc_status st;

    if (!dsc_read_reply(w->fd, &p->reply)) {
        /* Gone, or not to be understood? */
        bool gone = recv(w->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
        st = bury(p, w, !gone, err);
    } else {
        dsc_task *task = w->task;
        w->task = NULL;
        w->unsettled = true; /* until the rows are flushed */
        p->lost_in_a_row = 0;
        if (is_lost(p, task, &p->reply)) {
            st = repeat(p, w, task, err);
        } else {
            st = dsc_pool_deliver(p, task, &p->reply, err);
            dsc_task_free(&task);
        }
    }
    dsc_reply_empty(&p->reply);
    return st;
}

/* ---- limits ---- */

static uint64_t resident_bytes(pid_t pid)
{
    char path[40];
    unsigned long pages = 0;
    FILE *fp;

    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    fp = fopen(path, "re");
    if (!fp)
        return 0;
    if (fscanf(fp, "%*u %lu", &pages) != 1)
        pages = 0;
    fclose(fp);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void dsc_pool_enforce(dsc_pool *p)
{
    const dsc_batch_limits *l = &p->options->limits;
    double now = dsc_batch_now();

    for (unsigned i = 0; i < p->count; i++) {
        dsc_worker *w = &p->workers[i];
        if (!w->task || w->blow)
            continue;
        if (l->seconds && now - w->begun >= l->seconds)
            w->blow = DSC_BLOW_TIME;
        else if (l->memory && resident_bytes(w->pid) > l->memory)
            w->blow = DSC_BLOW_MEMORY;
        if (w->blow)
            kill(w->pid, SIGKILL);
    }
}
