/* SPDX-License-Identifier: Apache-2.0
 *
 * The supervisor. It never parses DICOM: it hands paths to worker processes
 * and collects their answers, so a file that kills a worker costs that file. */
#include "batch/batch_priv.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define TICK         1.0 /* seconds */
#define MEMORY_WATCH 0.1

static volatile sig_atomic_t signals;

static void on_signal(int sig)
{
    (void)sig;
    signals++;
}

static unsigned busy_workers(const dsc_pool *p)
{
    unsigned n = 0;

    for (unsigned i = 0; i < p->count; i++)
        n += p->workers[i].task != NULL;
    return n;
}

static bool has_work(const dsc_pool *p)
{
    return !p->stopping && (p->waiting_count || !p->source_ended);
}

/* Give files to those who have none. *pause: seconds to the next start. */
static dsc_status feed_all(dsc_pool *p, double *pause, dsc_error *err)
{
    const dsc_batch_limits *l = &p->options->limits;
    dsc_status st = DSC_OK;

    *pause = 0;
    p->hurry = false;
    for (unsigned i = 0; !st && i < p->count && has_work(p); i++) {
        dsc_worker *w = &p->workers[i];
        dsc_task *task = NULL;
        if (w->task)
            continue;
        *pause = dsc_batch_pause(l, p->next_start);
        if (*pause > 0)
            break;
        st = dsc_pool_choose(p, w, &task, err);
        if (st || !task)
            continue;
        if (l->max_rate > 0)
            p->next_start = dsc_batch_now() + 1 / l->max_rate;
        st = dsc_pool_hand_over(p, w, task, err);
    }
    return st;
}

static dsc_status tick(dsc_pool *p, dsc_error *err)
{
    double now = dsc_batch_now();
    dsc_status st = DSC_OK;

    if (now - p->last_tick < TICK)
        return DSC_OK;
    p->last_tick = now;
    if (p->unflushed)
        st = dsc_record_flush(p, err);
    if (!st && p->options->tick)
        p->options->tick(p->ctx);
    return st;
}

/* How long may we sleep? */
static struct timespec patience(const dsc_pool *p, double pause)
{
    const dsc_batch_limits *l = &p->options->limits;
    double now = dsc_batch_now(), wait = p->last_tick + TICK - now;

    if (pause > 0 && pause < wait)
        wait = pause;
    if (l->memory && wait > MEMORY_WATCH)
        wait = MEMORY_WATCH;
    for (unsigned i = 0; l->seconds && i < p->count; i++) {
        const dsc_worker *w = &p->workers[i];
        if (w->task && !w->blow && w->begun + l->seconds - now < wait)
            wait = w->begun + l->seconds - now;
    }
    if (p->hurry || wait < 0)
        wait = 0;
    return (struct timespec){(time_t)wait,
                             (long)((wait - (double)(time_t)wait) * 1e9)};
}

static dsc_status listen_all(dsc_pool *p, const sigset_t *mask, double pause,
                             dsc_error *err)
{
    struct pollfd polls[DSC_BATCH_MAX_JOBS];
    struct timespec wait = patience(p, pause);
    dsc_status st = DSC_OK;

    for (unsigned i = 0; i < p->count; i++)
        polls[i] = (struct pollfd){p->workers[i].task ? p->workers[i].fd : -1,
                                   POLLIN, 0};
    if (ppoll(polls, p->count, &wait, mask) < 0)
        return errno == EINTR
                   ? DSC_OK
                   : dsc_fail(err, DSC_IO, "poll: %s", strerror(errno));
    for (unsigned i = 0; !st && i < p->count; i++)
        if (polls[i].fd >= 0 && polls[i].revents)
            st = dsc_pool_listen(p, &p->workers[i], err);
    return st;
}

static dsc_status serve(dsc_pool *p, const sigset_t *open_mask, dsc_error *err)
{
    dsc_status st = DSC_OK;

    while (!st) {
        double pause = 0;
        if (signals)
            p->stopping = p->totals->interrupted = true;
        if (signals > 1)
            break;
        st = feed_all(p, &pause, err);
        if (st || (!busy_workers(p) && !has_work(p)))
            break;
        st = listen_all(p, open_mask, pause, err);
        dsc_pool_enforce(p);
        if (!st)
            st = tick(p, err);
    }
    return st;
}

static bool is_stopped(void)
{
    return signals > 0;
}

static dsc_status start(dsc_pool *p, const sigset_t *open_mask, dsc_error *err)
{
    const dsc_batch_options *o = p->options;
    dsc_status st = dsc_source_open(&p->source, &o->source, err);

    if (!st)
        st = dsc_record_begin(p, err);
    if (!st && o->learn && dsc_batch_can_learn(&o->source))
        st = dsc_batch_learn(&p->learned, &o->source, open_mask, is_stopped,
                             err);
    dsc_scrubber_use(p->scrubber, p->learned); /* the workers inherit it */
    if (!st && o->on_refused.program)
        st = dsc_hooks_open(&p->hooks, &o->on_refused, err);
    for (unsigned i = 0; !st && i < p->count; i++)
        st = dsc_pool_start_worker(p, &p->workers[i], err);
    return st;
}

static dsc_status run(dsc_pool *p, const sigset_t *open_mask, dsc_error *err)
{
    dsc_status st, ended;

    p->workers = dsc_calloc(p->count, sizeof *p->workers);
    if (!p->workers)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (unsigned i = 0; i < p->count; i++)
        p->workers[i].fd = -1;
    p->last_tick = dsc_batch_now();
    st = start(p, open_mask, err);
    if (!st)
        st = serve(p, open_mask, err);
    dsc_pool_end(p, st != DSC_OK || signals > 1);
    if (p->totals->worker_deaths || st || signals > 1)
        dsc_batch_sweep(p->options->output);
    ended = dsc_record_end(p, st != DSC_OK, err);
    dsc_scrubber_use(p->scrubber, NULL);
    dsc_learned_free(&p->learned);
    dsc_hooks_close(&p->hooks);
    dsc_source_close(&p->source);
    dsc_free(p->workers);
    return st ? st : ended;
}

dsc_status dsc_batch_run(dsc_scrubber *scrubber,
                         const dsc_batch_options *options, dsc_batch_fn fn,
                         void *ctx, dsc_batch_totals *totals, dsc_error *err)
{
    struct sigaction stop = {.sa_handler = on_signal}, old_int, old_term;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old_pipe;
    dsc_pool *p = dsc_alloc(sizeof *p);
    sigset_t block, old_mask, open_mask;
    dsc_status st;

    *totals = (dsc_batch_totals){0};
    if (!p)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    p->scrubber = scrubber;
    p->options = options;
    p->count = options->jobs < 1 ? 1 : options->jobs;
    if (p->count > DSC_BATCH_MAX_JOBS)
        p->count = DSC_BATCH_MAX_JOBS;
    p->fn = fn;
    p->ctx = ctx;
    p->totals = totals;
    signals = 0;
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigaddset(&block, SIGTERM);
    sigprocmask(SIG_BLOCK, &block, &old_mask);
    open_mask = old_mask; /* while waiting; else the two are blocked */
    sigdelset(&open_mask, SIGINT);
    sigdelset(&open_mask, SIGTERM);
    sigaction(SIGINT, &stop, &old_int);
    sigaction(SIGTERM, &stop, &old_term);
    sigaction(SIGPIPE, &ignore, &old_pipe);
    st = run(p, &open_mask, err);
    sigprocmask(SIG_SETMASK, &old_mask, NULL); /* what waits is counted */
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
    sigaction(SIGPIPE, &old_pipe, NULL);
    dsc_free(p);
    return st;
}
