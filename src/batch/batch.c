/* SPDX-License-Identifier: Apache-2.0
 *
 * The supervisor. It never parses DICOM: it hands paths to worker processes
 * and collects their answers, so a file that kills a worker costs that file. */
#include "batch/batch_priv.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define TICK         1.0 /* seconds */
#define MEMORY_WATCH 0.1
#define BEHIND       0.02

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

/* Before a file is begun. */
static dsc_status learn_ahead(dsc_pool *p, double *pause, dsc_error *err)
{
    dsc_learner *l = &p->learner;
    dsc_status st = p->learn_early ? dsc_learner_start(l, err) : DSC_OK;

    if (dsc_learner_is_behind(l))
        *pause = BEHIND;
    else if (!st && l->all_first) {
        l->all_first = false;
        st = dsc_known_require(p, err);
    }
    return st;
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
        if (!*pause)
            st = learn_ahead(p, pause, err);
        if (st || *pause > 0 || p->stopping)
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

static dsc_status hear_all(dsc_pool *p, const sigset_t *mask,
                           struct timespec wait, dsc_error *err)
{
    struct pollfd polls[DSC_BATCH_MAX_JOBS + 1];
    dsc_status st = DSC_OK;

    for (unsigned i = 0; i < p->count; i++)
        polls[i] = (struct pollfd){p->workers[i].task ? p->workers[i].fd : -1,
                                   POLLIN, 0};
    polls[p->count] = (struct pollfd){p->learner.fd, POLLIN, 0};
    if (ppoll(polls, p->count + 1, &wait, mask) < 0)
        return errno == EINTR
                   ? DSC_OK
                   : dsc_fail(err, DSC_IO, "poll: %s", strerror(errno));
    for (unsigned i = 0; !st && i < p->count; i++)
        if (polls[i].fd >= 0 && polls[i].revents)
            st = dsc_pool_listen(p, &p->workers[i], err);
    if (!st && polls[p->count].fd >= 0 && polls[p->count].revents)
        st = dsc_learner_listen(&p->learner, err);
    if (p->learner.ended)
        p->totals->total = p->learner.passed;
    return st;
}

/* mask: of signals, while it waits; NULL: as they are. */
static dsc_status listen_all(dsc_pool *p, const sigset_t *mask,
                             struct timespec wait, dsc_error *err)
{
    dsc_status st = hear_all(p, mask, wait, err);

    dsc_pool_enforce(p);
    return st ? st : tick(p, err);
}

/* While the next file is being unpacked. */
static bool listen_meanwhile(void *ctx)
{
    dsc_pool *p = ctx;

    p->meanwhile_status =
        listen_all(p, NULL, (struct timespec){0}, &p->meanwhile_error);
    return !p->meanwhile_status && !p->stopping;
}

/* ---- another pass, for files of which headers tell more by now ---- */

static dsc_status open_source(dsc_pool *p, dsc_error *err)
{
    dsc_source_close(&p->source);
    p->source_ended = false;
    return dsc_source_open(&p->source, &p->source_options, err);
}

/* The same inputs once more: of a list on stdin, its copy. */
static dsc_status replay(dsc_pool *p, dsc_error *err)
{
    p->source_options.replay = p->spool;
    p->source_options.tee = NULL;
    return open_source(p, err);
}

/* In rounds, the files of those before are not done anew either. */
static dsc_status settle(dsc_pool *p, dsc_error *err)
{
    dsc_status st = DSC_OK;

    if (p->options->in_rounds)
        return DSC_OK;
    if (!p->stopping)
        st = dsc_record_settle(p, err);
    if (p->stopping)
        p->source_ended = false; /* not finished */
    return st;
}

/* *more: there is something to wait for, or to do. */
static dsc_status next_pass(dsc_pool *p, bool *more, dsc_error *err)
{
    dsc_learner *l = &p->learner;
    bool again = p->again ? p->conflicts && p->redone > p->conflicts
                          : p->unsettled || p->provisional;
    dsc_status st = DSC_OK;

    *more = false;
    if (!p->options->ledger)
        return DSC_OK;
    if (!p->lessons.recall)
        return settle(p, err);
    *more = l->path && !l->ended && (l->started || p->spool);
    again = again && (!l->path || l->ended);
    if (p->stopping && (*more || again)) {
        p->source_ended = *more = false; /* not finished */
        return DSC_OK;
    }
    if (*more)
        return dsc_learner_start(l, err);
    if (again && !p->lore)
        st = dsc_learner_open(&p->lore, l->path, l->lore_id, err);
    if (!st && again) {
        p->lessons = (dsc_lessons){dsc_lore_recall, p->lore};
        st = dsc_record_any_stale(p, &again, err);
    }
    if (st || !again)
        return st ? st : settle(p, err);
    *more = true;
    p->again = true;
    p->redone = p->conflicts = 0;
    return replay(p, err);
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
        if (!st && !busy_workers(p) && !has_work(p)) {
            bool more = false;
            st = next_pass(p, &more, err);
            if (!more)
                break;
        }
        if (st)
            break;
        st = listen_all(p, open_mask, patience(p, pause), err);
    }
    return st;
}

static bool is_stopped(void)
{
    return signals > 0;
}

static bool reads_stdin(const dsc_source_options *o)
{
    bool found = o->list && !strcmp(o->list, "-");

    for (size_t i = 0; i < o->input_count; i++)
        found = found || !strcmp(o->inputs[i], "-");
    return found;
}

/* To its end, for its copy. */
static dsc_status read_list(dsc_pool *p, dsc_error *err)
{
    dsc_item item = {.name = ""};
    dsc_error e = DSC_ERROR_INIT;
    dsc_status st = open_source(p, &e);

    while (!st && item.name) {
        st = dsc_source_next(p->source, &item, &e);
        if (!st && item.fd >= 0)
            close(item.fd);
    }
    if (st == DSC_CANCELLED) {
        p->stopping = p->totals->interrupted = true;
        return DSC_OK;
    }
    if (st)
        return dsc_fail(err, st, "%s", e.msg);
    return replay(p, err);
}

/* Beside the workers. A list on stdin is there only once: it is copied, and
 * headers are read when it has ended. */
static dsc_status learn_beside(dsc_pool *p, dsc_error *err)
{
    const dsc_batch_options *o = p->options;
    dsc_learner *l = &p->learner;
    dsc_status st = DSC_OK;

    l->path = dsc_ledger_beside(o->ledger, "-learned");
    if (reads_stdin(&o->source))
        p->spool = dsc_ledger_beside(o->ledger, "-list");
    if (!l->path || (reads_stdin(&o->source) && !p->spool))
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    l->pool = p;
    l->source = o->source;
    l->source.replay = p->spool;
    p->source_options.tee = p->spool;
    p->lessons.recall = dsc_lore_place_recall;
    if (p->first_run)
        st = dsc_lore_clear(l->path, err); /* another ledger's */
    else
        st = o->begun ? dsc_known_join(p, err)
                      : dsc_known_check(p, &l->all_first, err);
    if (l->all_first && o->in_rounds) { /* not only what comes in this one */
        l->source.list = NULL;
        l->source.inputs = &l->source.root;
        l->source.input_count = 1;
    }
    /* Those of earlier rounds. */
    p->unsettled = p->unsettled || o->begun;
    /* Where nothing may be left to do, not before there is something. */
    p->learn_early =
        l->all_first ||
        (!p->spool && (p->first_run || p->unsettled || o->in_rounds));
    p->unsettled = p->unsettled || (!p->learn_early && !p->first_run);
    if (st || !p->spool)
        return st;
    st = dsc_learner_prepare(l, err);
    if (!st)
        st = l->all_first ? read_list(p, err) : open_source(p, err);
    return st;
}

static dsc_status copy_list(dsc_pool *p, dsc_source_options *source,
                            dsc_error *err)
{
    p->spool = dsc_ledger_beside(p->options->ledger, "-list");
    p->source_options.tee = source->replay = p->spool;
    return p->spool ? read_list(p, err)
                    : dsc_fail(err, DSC_NOMEM, "out of memory");
}

static dsc_status learn_before(dsc_pool *p, const sigset_t *open_mask,
                               dsc_error *err)
{
    const dsc_batch_options *o = p->options;
    dsc_source_options source = o->source;
    dsc_status st = dsc_lore_create(&p->lore, NULL, err);

    if (!st && reads_stdin(&source))
        st = copy_list(p, &source, err);
    if (!st && o->ledger)
        st = dsc_known_load(p, err);
    if (!st)
        st = dsc_learn_now(p->lore, &source, open_mask, is_stopped, err);
    if (!st && o->ledger && !p->first_run && !o->begun && !is_stopped())
        st = dsc_known_require(p, err);
    if (!st && o->ledger)
        st = dsc_lore_save(p->lore, p->lore_path, err);
    p->lessons = (dsc_lessons){dsc_lore_recall, p->lore};
    p->unsettled = !p->first_run;
    return st;
}

static dsc_status learn(dsc_pool *p, const sigset_t *open_mask, dsc_error *err)
{
    const dsc_batch_options *o = p->options;

    if (!o->learn)
        return DSC_OK;
    if (o->ledger && !dsc_ledger_is_remote(o->ledger))
        return learn_beside(p, err);
    /* Without a ledger there is no place for a copy of the list. */
    return !o->ledger && reads_stdin(&o->source)
               ? DSC_OK
               : learn_before(p, open_mask, err);
}

static dsc_status start(dsc_pool *p, const sigset_t *open_mask, dsc_error *err)
{
    const dsc_batch_options *o = p->options;
    dsc_status st;

    p->meanwhile = (dsc_meanwhile){.fn = listen_meanwhile, .ctx = p};
    p->source_options = o->source;
    p->source_options.meanwhile = &p->meanwhile;
    st = dsc_place_check(o->place, err);
    if (!st)
        st = open_source(p, err);
    if (!st)
        st = dsc_record_begin(p, err);
    if (!st)
        st = learn(p, open_mask, err);
    p->unsettled |= o->mends;
    if (p->lessons.recall) /* the workers inherit it */
        dsc_scrubber_use(p->scrubber, &p->lessons);
    if (!st && o->on_refused.program)
        st = dsc_hooks_open(&p->hooks, &o->on_refused, err);
    for (unsigned i = 0; !st && i < p->count; i++)
        st = dsc_pool_start_worker(p, &p->workers[i], err);
    return st;
}

static dsc_status run(dsc_pool *p, const sigset_t *open_mask, dsc_error *err)
{
    dsc_status st, ended;
    bool kill_them;

    p->workers = dsc_calloc(p->count, sizeof *p->workers);
    if (!p->workers)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (unsigned i = 0; i < p->count; i++)
        p->workers[i].fd = -1;
    p->last_tick = p->begun_at = dsc_batch_now();
    st = start(p, open_mask, err);
    if (!st)
        st = serve(p, open_mask, err);
    if (!st)
        st = dsc_place_check(p->options->place, err);
    kill_them = st != DSC_OK || signals > 1;
    dsc_pool_end(p, kill_them);
    if (!st && p->source_ended && !p->totals->interrupted)
        st = dsc_known_finish(p, err);
    if (!p->options->ledger && (p->totals->worker_deaths || kill_them))
        dsc_batch_sweep(dsc_place_folder(p->options->place));
    dsc_scrubber_use(p->scrubber, NULL);
    dsc_learner_stop(&p->learner);
    dsc_lore_close(&p->lore);
    ended = dsc_record_end(p, st != DSC_OK, kill_them, st ? NULL : err);
    if (p->spool)
        unlink(p->spool);
    dsc_free(p->spool);
    dsc_free(p->lore_path);
    dsc_hooks_close(&p->hooks, signals > 1);
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
    p->learner.fd = -1;
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
