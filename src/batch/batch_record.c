/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger's part in a batch: what is done already, what has become of a
 * file. A row is put after its output has its name on disk. */
#include "base/log.h"
#include "batch/batch_priv.h"
#include "batch/post_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP                                                                  \
 500u /* rows to a transaction; it ends with the next tick, too                \
       */

/* ---- begin and end of a run ---- */

/* Half an archive by one rule and half by another is nothing to slip into. */
static dsc_status compare(const dsc_batch_options *o,
                          const dsc_ledger_last *last, dsc_error *err)
{
    if (!last->runs)
        return DSC_OK;
    if (strcmp(last->output, o->output))
        return dsc_fail(err, DSC_USAGE,
                        "the ledger belongs to another output folder");
    if (strcmp(last->shard, o->shard ? o->shard : ""))
        return dsc_fail(err, DSC_USAGE, "the ledger belongs to %s%s",
                        last->shard[0] ? "shard " : "a run without shards",
                        last->shard);
    if (o->redo)
        return DSC_OK;
    if (strcmp(last->version, dsc_version()))
        return dsc_fail(err, DSC_USAGE,
                        "the ledger was written by version %s of dcmscrub; "
                        "--redo does its files anew",
                        last->version);
    if (strcmp(last->settings, o->settings))
        return dsc_fail(err, DSC_USAGE,
                        "the ledger was written with other options, key, "
                        "templates or weights; --redo does its files anew");
    return DSC_OK;
}

static bool note_run(void *ctx, const dsc_ledger_run *run)
{
    dsc_pool *p = ctx;
    bool finished = !strcmp(run->state, "finished");

    p->earlier_run = run->id;
    if (finished)
        p->finished_run = run->id;
    if (!run->watch && (finished || !strcmp(run->state, DSC_LEDGER_UNLISTED)))
        p->walked_run = run->id;
    return true;
}

dsc_status dsc_record_begin(dsc_pool *p, dsc_error *err)
{
    const dsc_batch_options *o = p->options;
    dsc_ledger_last last;
    dsc_ledger_run run = {.version = dsc_version(),
                          .settings = o->settings,
                          .output = o->output,
                          .shard = o->shard ? o->shard : "",
                          .watch = o->in_rounds,
                          .jobs = p->count};
    dsc_status st;

    if (!o->ledger)
        return DSC_OK;
    st = dsc_ledger_runs(o->ledger, note_run, p, err);
    p->in_ledger = !st && o->begun;
    if (st || o->begun)
        return st;
    st = dsc_ledger_last_run(o->ledger, &last, err);
    if (!st)
        st = compare(o, &last, err);
    p->first_run = !last.runs;
    p->unsettled = last.runs && strcmp(last.state, "finished") != 0;
    if (!st)
        st = dsc_ledger_begin(o->ledger, &run, err);
    p->in_ledger = !st;
    /* Before any other ledger was there, nothing is ours to take back. */
    if (!st)
        st = dsc_begun_reclaim_all(p, !p->first_run, err);
    dsc_free(last.output);
    return st;
}

static dsc_status note_progress(dsc_pool *p, dsc_error *err)
{
    const dsc_batch_totals *t = p->totals;
    dsc_ledger_progress now = {.passed = t->skipped_files,
                               .total = t->total,
                               .seconds = dsc_batch_now() - p->begun_at};

    for (int i = 0; i <= DSC_IGNORED; i++)
        now.done += t->outcomes[i];
    return dsc_ledger_note(p->options->ledger, &now, err);
}

dsc_status dsc_record_flush(dsc_pool *p, dsc_error *err)
{
    dsc_status st;

    if (!p->options->ledger)
        return DSC_OK;
    st = dsc_record_drain(p, err);
    if (!st)
        st = note_progress(p, err);
    if (!st)
        st = dsc_ledger_flush(p->options->ledger, err);
    if (st)
        return st;
    p->unflushed = 0;
    for (unsigned i = 0; p->workers && i < p->count; i++)
        p->workers[i].unsettled = false;
    return DSC_OK;
}

/* Beside the ledger, and from runs before this one, which may have been killed.
 */
static dsc_status tidy(dsc_pool *p, dsc_error *err)
{
    char *lore = dsc_ledger_beside(p->options->ledger, "-learned");
    char *list = dsc_ledger_beside(p->options->ledger, "-list");
    bool ok = lore && list;

    if (lore)
        dsc_lore_tidy(lore);
    if (list)
        unlink(list);
    dsc_free(lore);
    dsc_free(list);
    return ok ? DSC_OK : dsc_fail(err, DSC_NOMEM, "out of memory");
}

dsc_status dsc_record_end(dsc_pool *p, bool failed, bool killed, dsc_error *err)
{
    const char *state = failed ? "failed"
                        : p->totals->interrupted || !p->source_ended
                            ? "interrupted"
                        : p->totals->unlisted ? DSC_LEDGER_UNLISTED
                                              : "finished";
    dsc_status st, ended;

    if (!p->in_ledger) /* where it is locked, that is waited for once */
        return DSC_OK;
    st = dsc_record_flush(p, err);
    for (unsigned i = 0; i < DSC_BATCH_QUEUE; i++) {
        dsc_buf_free(&p->queued[i].name);
        dsc_reply_free(&p->queued[i].reply);
    }
    if (!st)
        st = dsc_begun_reclaim_all(p, killed, err);
    if (p->options->in_rounds)
        return st;
    ended = dsc_ledger_end(p->options->ledger, st ? "failed" : state,
                           st ? NULL : err);
    if (st || ended)
        return st ? st : ended;
    return strcmp(state, "finished") ? DSC_OK : tidy(p, err);
}

/* ---- is it done? ---- */

static const char *string_of(const dsc_buf *buf)
{
    return buf->len ? (const char *)buf->data : "";
}

static bool is_queued(const dsc_pool *p, const char *name)
{
    for (unsigned i = 0; i < p->queued_count; i++)
        if (!strcmp(string_of(&p->queued[i].name), name))
            return true;
    return false;
}

dsc_status dsc_record_remove(const dsc_batch_options *o,
                             const dsc_ledger_output *output, bool *stays,
                             dsc_error *err)
{
    dsc_status st =
        dsc_place_remove(o->place, output->path, &output->file, stays, err);

    if (*stays)
        dsc_log(DSC_LOG_WARN, "batch",
                "row %" PRId64 ": what has the name of its old output was not "
                "made by this ledger, and stays",
                output->id);
    return st;
}

static dsc_status take_back(dsc_pool *p, const char *input,
                            const uint64_t *digest, dsc_error *err)
{
    dsc_ledger_output output = {.path = NULL};
    bool stays = false;
    dsc_status st = dsc_record_drain(p, err);

    if (!st)
        st = dsc_ledger_reopen(p->options->ledger, input, digest, &output, err);
    if (!st && output.path)
        st = dsc_record_remove(p->options, &output, &stays, err);
    p->totals->stayed += stays;
    dsc_free(output.path);
    return st;
}

/* Do headers tell more of a file than when it was judged? Where they tell more
 * than can be looked at, its worker will refuse it, once; also where less is
 * known than before, unless it was judged in a run that was finished. */
static dsc_status is_stale(dsc_pool *p, const dsc_taught *t, int64_t run,
                           bool *stale, dsc_error *err)
{
    bool refused = !t->told && !t->known;
    dsc_error e = DSC_ERROR_INIT;
    dsc_status st = DSC_OK;

    if (t->kin.study != p->last_kin.study ||
        t->kin.patient != p->last_kin.patient || !p->last_digest) {
        p->last_kin = t->kin;
        p->last_digest = 0;
        st = dsc_lessons_digest(&p->lessons, &t->kin, &p->last_digest, &e);
    }
    if (st)
        p->last_digest = 0; /* nobody's */
    if (st == DSC_LIMIT)
        *stale = !refused;
    else if (st == DSC_UNSUPPORTED)
        *stale = !refused && run > p->finished_run;
    else
        *stale = !st && p->last_digest != t->told && p->last_digest != t->known;
    return !st || st == DSC_LIMIT || st == DSC_UNSUPPORTED
               ? DSC_OK
               : dsc_fail(err, st, "%s", e.msg);
}

/* It is counted once. */
static void uncount(dsc_pool *p, const dsc_ledger_known *known)
{
    uint64_t *here = &p->totals->outcomes[known->outcome];
    bool by_us = known->this_run && *here;

    if (by_us) {
        --*here;
        p->totals->redone++;
    } else {
        p->totals->skipped[known->outcome]--;
        p->totals->skipped_files--;
    }
}

/* After the first pass only those are done anew of which headers tell more now,
 * as they are now. What else is new has to wait for the next run. */
static dsc_status look_again(dsc_pool *p, const dsc_item *item,
                             const dsc_ledger_known *known, bool is_file,
                             dsc_standing *standing, dsc_error *err)
{
    bool judged = known->outcome == DSC_CLEAN ||
                  known->outcome == DSC_SCRUBBED ||
                  known->outcome == DSC_QUARANTINED;
    bool stale = false;
    dsc_status st = DSC_OK;

    *standing = DSC_STANDING_DONE;
    if (!known->found || !known->taught.asked || !known->same_run_settings ||
        !judged || !is_file || dsc_pool_has(p, item->name))
        return DSC_OK;
    st = is_stale(p, &known->taught, known->run, &stale, err);
    if (st || !stale)
        return st;
    *standing = DSC_STANDING_OPEN;
    p->redone++;
    uncount(p, known);
    return known->outcome == DSC_QUARANTINED
               ? DSC_OK
               : take_back(p, item->name, &p->last_digest, err);
}

/* Of a run that did not come to its end, when its folder was on a mount that is
 * not there any more. Outputs of other runs may have been handed on, those of a
 * watch at any time. */
static dsc_status has_lost(dsc_pool *p, const char *input,
                           const dsc_ledger_known *known, bool *lost,
                           dsc_error *err)
{
    dsc_ledger_output output = {.path = NULL};
    dsc_ledger_file before;
    dsc_status st = DSC_OK;

    if (known->run > p->walked_run)
        st = dsc_ledger_get_output(p->options->ledger, input, &output, err);
    before = output.file;
    *lost = output.path && !output.by_watch &&
            dsc_place_lacks(p->options->place, output.path, &output.file);
    /* Nobody has to read the copy again. */
    if (before.known && !dsc_place_is_same(&before, &output.file))
        st = dsc_ledger_met(p->options->ledger, input, &output.file, err);
    dsc_free(output.path);
    return st;
}

dsc_status dsc_record_look(dsc_pool *p, const dsc_item *item,
                           dsc_standing *standing, dsc_error *err)
{
    dsc_ledger_known known;
    bool is_file =
        item->found == DSC_FOUND_FILE || item->found == DSC_FOUND_MEMBER;
    bool same, written, lost = false;
    dsc_status st;

    *standing = DSC_STANDING_OPEN;
    if (!p->options->ledger)
        return DSC_OK;
    st = is_queued(p, item->name) ? dsc_record_drain(p, err) : DSC_OK;
    if (!st)
        st = dsc_ledger_hold(p->options->ledger, err);
    if (!st)
        st = dsc_ledger_find(p->options->ledger, item->name, &known, err);
    if (st)
        return st;
    if (p->again)
        return look_again(p, item, &known, is_file, standing, err);
    if (!known.found)
        return DSC_OK;
    same =
        is_file
            ? known.size == item->size && known.modified == item->modified
            : item->found != DSC_FOUND_TOLD || known.outcome == item->outcome;
    written = known.outcome == DSC_CLEAN || known.outcome == DSC_SCRUBBED;
    if (written && is_file)
        st = has_lost(p, item->name, &known, &lost, err);
    if (st)
        return st;
    if (!lost && known.outcome != DSC_FAILED &&
        known.outcome != DSC_LEDGER_PENDING && known.same_run_settings &&
        same) {
        *standing = DSC_STANDING_DONE;
        p->totals->skipped[known.outcome]++;
    } else if (!is_file) {
        *standing = written ? DSC_STANDING_KEEP : DSC_STANDING_OPEN;
    } else if (dsc_pool_has(p, item->name)) {
        /* Named twice: what the first one writes must not be taken back. */
        *standing = DSC_STANDING_DONE;
    } else if (written || known.outcome == DSC_LEDGER_PENDING) {
        st = take_back(p, item->name, NULL, err);
    }
    p->totals->skipped_files += *standing == DSC_STANDING_DONE;
    return st;
}

/* ---- inputs that were not met again ---- */

#define LISTEN_EVERY 256u              /* rows */
#define MANY_NAMES   ((size_t)1 << 20) /* bytes of names at a time */

typedef struct gone {
    dsc_pool *pool;
    uint64_t seen, found;
    dsc_buf names; /* to be done anew: each with its NUL */
    dsc_status status;
    dsc_error *err;
} gone;

static bool is_told_to_stop(gone *g)
{
    dsc_pool *p = g->pool;

    if (++g->seen % LISTEN_EVERY == 0 && dsc_post_is_stopped(NULL))
        p->stopping = p->totals->interrupted = true;
    return p->stopping;
}

static bool find_stale(void *ctx, const dsc_ledger_judged *row)
{
    gone *g = ctx;
    bool stale = false;

    if (is_told_to_stop(g))
        return false;
    g->status = is_stale(g->pool, &row->taught, row->run, &stale, g->err);
    g->found += stale;
    return !g->status && !stale;
}

dsc_status dsc_record_any_stale(dsc_pool *p, bool *any, dsc_error *err)
{
    gone g = {.pool = p, .err = err};
    dsc_status st = dsc_record_drain(p, err);

    if (!st)
        st = dsc_ledger_each_judged(p->options->ledger, 0, find_stale, &g, err);
    *any = g.found > 0;
    return st ? st : g.status;
}

static bool take_back_stale(void *ctx, const dsc_ledger_row *row)
{
    gone *g = ctx;
    dsc_pool *p = g->pool;
    bool stale = false;

    if (is_told_to_stop(g))
        return false;
    if (!row->taught.asked)
        return true;
    g->status = is_stale(p, &row->taught, row->run, &stale, g->err);
    if (g->status || !stale)
        return !g->status;
    g->found++;
    if (row->run > p->earlier_run && p->totals->outcomes[row->outcome])
        p->totals->outcomes[row->outcome]--;
    g->status = take_back(p, row->input, &p->last_digest, g->err);
    return !g->status;
}

/* All inputs were walked again, but one that is gone was not met. Rows of runs
 * that were finished stay: their files were judged by all that was known then,
 * and handed on. */
static dsc_status settle_stale(gone *g, dsc_error *err)
{
    dsc_ledger *l = g->pool->options->ledger;
    dsc_ledger_query judged = {.outcomes = 1u << DSC_CLEAN | 1u << DSC_SCRUBBED,
                               .after_run = g->pool->finished_run};
    dsc_status st = dsc_ledger_each(l, &judged, take_back_stale, g, err);

    return st ? st : g->status;
}

static bool take_back_lost(void *ctx, const dsc_ledger_row *row)
{
    dsc_ledger_file file = row->file;
    gone *g = ctx;
    dsc_pool *p = g->pool;

    if (is_told_to_stop(g))
        return false;
    if (row->run <= p->earlier_run && row->output &&
        dsc_place_lacks(p->options->place, row->output, &file))
        g->status = take_back(p, row->input, NULL, g->err);
    return !g->status;
}

/* Outputs that has_lost would find, if their inputs were met: from now on
 * nobody looks for them. */
static dsc_status settle_lost(gone *g, dsc_error *err)
{
    const dsc_pool *p = g->pool;
    dsc_ledger_query written = {.outcomes =
                                    1u << DSC_CLEAN | 1u << DSC_SCRUBBED,
                                .after_run = p->walked_run,
                                .no_watch = true};
    dsc_status st = DSC_OK;

    if (p->earlier_run > p->walked_run)
        st = dsc_ledger_each(p->options->ledger, &written, take_back_lost, g,
                             err);
    return st ? st : g->status;
}

static bool keep_name(void *ctx, const dsc_ledger_row *row)
{
    gone *g = ctx;

    g->status =
        dsc_buf_append(&g->names, row->input, strlen(row->input) + 1, g->err);
    return !g->status && g->names.len < MANY_NAMES;
}

/* The row still tells what it was, so that others are not judged by less. */
static dsc_status give_up(dsc_pool *p, char *name, dsc_error *err)
{
    dsc_item item = {.name = name, .relative = name, .fd = -1};
    dsc_ledger_known known;
    dsc_task *task = NULL;
    dsc_status st = dsc_ledger_find(p->options->ledger, name, &known, err);

    if (st)
        return st;
    item.size = known.size;
    item.modified = known.modified;
    task = dsc_task_new(&item, ++p->next_number);
    if (!task)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    task->taught = known.taught;
    st = dsc_pool_tell(p, task, DSC_FAILED,
                       "to be done anew, but not met among the inputs since; "
                       "it has no output of this ledger",
                       err);
    dsc_task_free(&task);
    return st;
}

/* What was to be done anew and was not met among the inputs has no output,
 * and will have none: a ledger with it is whole all the same. */
static dsc_status settle_pending(gone *g, dsc_error *err)
{
    dsc_pool *p = g->pool;
    dsc_ledger_query pending = {.outcomes = 1u << DSC_LEDGER_PENDING};
    dsc_status st;

    do {
        g->names.len = 0;
        st = dsc_ledger_each(p->options->ledger, &pending, keep_name, g, err);
        if (!st)
            st = g->status;
        for (size_t at = 0; !st && !is_told_to_stop(g) && at < g->names.len;) {
            char *name = (char *)g->names.data + at;
            st = give_up(p, name, err);
            at += strlen(name) + 1;
        }
        if (!st)
            st = dsc_record_flush(p, err);
    } while (!st && g->names.len && !p->stopping);
    return st;
}

dsc_status dsc_record_settle(dsc_pool *p, dsc_error *err)
{
    gone g = {.pool = p, .err = err};
    dsc_status st = dsc_record_flush(p, err);

    if (!st && p->again)
        st = settle_stale(&g, err);
    if (!st && !p->stopping)
        st = settle_lost(&g, err);
    if (!st && !p->stopping)
        st = settle_pending(&g, err);
    dsc_buf_free(&g.names);
    if (st || !g.found)
        return st;
    return dsc_fail(err, DSC_IO,
                    "headers tell more of %" PRIu64
                    " cleaned files that are gone by now and cannot be done "
                    "anew: their outputs were removed, if they were made for "
                    "this ledger",
                    g.found);
}

/* ---- what has become of it ---- */

static dsc_status put_row(dsc_pool *p, const dsc_queued *q, dsc_error *err)
{
    const dsc_reply *reply = &q->reply;
    const dsc_answer *a = &reply->head;
    dsc_ledger_row row = {
        .input = string_of(&q->name),
        .size = a->size,
        .modified = a->modified,
        .sha256 = a->has_sha256 ? a->sha256 : NULL,
        .outcome = a->outcome,
        .reason = string_of(&reply->reason),
        .output = reply->output.len ? string_of(&reply->output) : NULL,
        .file = a->file,
        .study = a->study,
        .series = a->series,
        .instance = a->instance,
        .modality = a->modality,
        .frames = a->frames,
        .regions = a->regions,
        .attempts = q->attempts,
        .started = q->started,
        .ended = a->ended,
        .record = string_of(&reply->line),
        .learned = q->learned,
        .taught = a->taught};

    return dsc_ledger_put(p->options->ledger, &row, err);
}

dsc_status dsc_record_drain(dsc_pool *p, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (unsigned i = 0; i < p->queued_count; i++) {
        if (!st)
            st = put_row(p, &p->queued[i], err);
        p->queued[i].name.len = 0;
        dsc_reply_empty(&p->queued[i].reply);
    }
    p->queued_count = 0;
    return st;
}

static dsc_status copy(dsc_buf *to, const dsc_buf *from, dsc_error *err)
{
    return from->len ? dsc_buf_append(to, from->data, from->len, err) : DSC_OK;
}

static dsc_status enqueue(dsc_pool *p, const dsc_task *task,
                          const dsc_reply *reply, dsc_error *err)
{
    dsc_queued *q = &p->queued[p->queued_count++];
    dsc_buf *line = &q->reply.line;
    dsc_status st;

    q->learned = task->has_header && p->lessons.recall;
    q->attempts = task->attempts;
    q->started = task->started;
    q->reply.head = reply->head;
    st = dsc_buf_append(&q->name, task->name, strlen(task->name) + 1, err);
    if (!st)
        st = copy(&q->reply.reason, &reply->reason, err);
    if (!st)
        st = copy(&q->reply.output, &reply->output, err);
    if (!st)
        st = copy(line, &reply->line, err);
    if (!st && line->len && line->data[line->len - 1] == '\n')
        line->len--;
    if (!st)
        st = dsc_buf_append(line, "", 1, err);
    return st;
}

/* The other output may be one that was judged by less, and go. */
static void mark_conflict(dsc_pool *p, dsc_answer *a)
{
    if (a->name_taken && a->taught.asked &&
        (p->unsettled || p->provisional || p->again)) {
        a->taught.told = a->taught.known = 0;
        p->conflicts++;
    }
}

dsc_status dsc_record_put(dsc_pool *p, const dsc_task *task,
                          const dsc_reply *reply, int64_t *id, dsc_error *err)
{
    bool refused = reply->head.outcome == DSC_QUARANTINED ||
                   reply->head.outcome == DSC_FAILED;
    dsc_ledger_known known = {.found = false};
    dsc_status st;

    *id = 0;
    if (!p->options->ledger || task->unrecorded)
        return DSC_OK;
    st = enqueue(p, task, reply, err);
    if (!st)
        mark_conflict(p, &p->queued[p->queued_count - 1].reply.head);
    if (!st && (refused || p->queued_count == DSC_BATCH_QUEUE))
        st = dsc_record_drain(p, err);
    if (!st && refused) {
        st = dsc_ledger_find(p->options->ledger, task->name, &known, err);
        *id = known.id;
    }
    p->unflushed++;
    return st;
}

dsc_status dsc_record_told(dsc_pool *p, bool at_once, dsc_error *err)
{
    return p->unflushed >= GROUP || (p->unflushed && at_once)
               ? dsc_record_flush(p, err)
               : DSC_OK;
}

dsc_status dsc_record_undo(dsc_pool *p, const dsc_task *task, dsc_error *err)
{
    return p->options->ledger && !task->unrecorded
               ? take_back(p, task->name, NULL, err)
               : DSC_OK;
}
