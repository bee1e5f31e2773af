/* SPDX-License-Identifier: Apache-2.0
 *
 * Which file next, and for whom. A worker keeps to a folder, so that what it
 * learned of a study is of use; a window of files that were found but not begun
 * lets the others do something else meanwhile. */
#include "base/hash.h"
#include "batch/batch_priv.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BURST 1000u /* done files passed over before the workers are heard */

static uint64_t folder_of(const char *name)
{
    const char *slash = strrchr(name, '/');

    return dsc_hash_bytes(DSC_HASH_START, name,
                          slash ? (size_t)(slash - name) : 0);
}

dsc_task *dsc_task_new(const dsc_item *item, uint64_t number)
{
    size_t n = strlen(item->name) + 1, m = strlen(item->relative) + 1;
    dsc_task *t = dsc_alloc(sizeof *t + n + m);

    if (!t) {
        if (item->fd >= 0)
            close(item->fd);
        return NULL;
    }
    *t = (dsc_task){.name = memcpy(t + 1, item->name, n),
                    .relative = memcpy((char *)(t + 1) + n, item->relative, m),
                    .fd = item->fd,
                    .size = item->size,
                    .modified = item->modified,
                    .number = number,
                    .folder = folder_of(item->name)};
    return t;
}

void dsc_task_free(dsc_task **task)
{
    dsc_task *t = *task;

    if (!t)
        return;
    if (t->fd >= 0)
        close(t->fd);
    dsc_free(t);
    *task = NULL;
}

/* What is no file is told at once. */
static dsc_status tell_other(dsc_pool *p, const dsc_task *t,
                             const dsc_item *item, dsc_error *err)
{
    switch (item->found) {
    case DSC_FOUND_TOLD:
        return dsc_pool_tell(p, t, item->outcome, item->reason, err);
    case DSC_FOUND_SPECIAL:
        return dsc_pool_tell(p, t, DSC_IGNORED, "not a regular file", err);
    case DSC_FOUND_UNLISTED:
        return dsc_pool_tell(p, t, DSC_FAILED,
                             "a folder that cannot be listed, or a loop of "
                             "links",
                             err);
    default:
        return dsc_pool_tell(p, t, DSC_FAILED,
                             "cannot be read (broken link, vanished, or no "
                             "permission)",
                             err);
    }
}

/* Find one more file that has to be done; *task stays NULL where the next entry
 * is none, or the end is there. */
static dsc_status pull(dsc_pool *p, dsc_task **task, dsc_error *err)
{
    dsc_item item;
    dsc_standing standing = DSC_STANDING_OPEN;
    dsc_status st = dsc_source_next(p->source, &item, err);

    *task = NULL;
    if (st || !item.name) {
        p->source_ended = !st;
        return st;
    }
    p->next_number++;
    if (item.found == DSC_FOUND_UNLISTED) {
        p->totals->unlisted += !p->again;
        standing = p->again ? DSC_STANDING_DONE : DSC_STANDING_KEEP;
    } else {
        st = dsc_record_look(p, &item, &standing, err);
    }
    if (!st && standing != DSC_STANDING_DONE)
        st = dsc_source_take(p->source, &item, err);
    if (st || standing == DSC_STANDING_DONE) {
        if (item.fd >= 0)
            close(item.fd);
        return st;
    }
    if (!st && p->learner.path && !p->spool)
        st = dsc_learner_start(&p->learner, err);
    if (st) {
        if (item.fd >= 0)
            close(item.fd);
        return st;
    }
    *task = dsc_task_new(&item, p->next_number);
    if (!*task)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    (*task)->unrecorded = standing == DSC_STANDING_KEEP;
    (*task)->has_header = item.found == DSC_FOUND_FILE;
    if ((*task)->has_header)
        return DSC_OK;
    st = tell_other(p, *task, &item, err);
    dsc_task_free(task);
    return st;
}

bool dsc_pool_has(const dsc_pool *p, const char *name)
{
    for (unsigned i = 0; i < p->count; i++)
        if (p->workers[i].task && !strcmp(p->workers[i].task->name, name))
            return true;
    for (unsigned i = 0; i < p->waiting_count; i++)
        if (!strcmp(p->waiting[i]->name, name))
            return true;
    return false;
}

/* Is somebody else at work in this folder? */
static bool is_taken(const dsc_pool *p, const dsc_worker *w, const dsc_task *t)
{
    for (unsigned i = 0; i < p->count; i++) {
        const dsc_worker *other = &p->workers[i];
        if (other != w && other->task && other->folder == t->folder)
            return true;
    }
    return false;
}

static dsc_task *take_waiting(dsc_pool *p, unsigned at)
{
    dsc_task *t = p->waiting[at];

    p->waiting_count--;
    memmove(&p->waiting[at], &p->waiting[at + 1],
            (p->waiting_count - at) * sizeof *p->waiting);
    return t;
}

/* Of those that wait: one of the worker's folder, else one of nobody's. */
static dsc_task *choose_waiting(dsc_pool *p, const dsc_worker *w)
{
    unsigned best = p->waiting_count;

    for (unsigned i = 0; i < p->waiting_count; i++) {
        const dsc_task *t = p->waiting[i];
        if (t->folder == w->folder)
            return take_waiting(p, i);
        if (best == p->waiting_count && !is_taken(p, w, t))
            best = i;
    }
    return best < p->waiting_count ? take_waiting(p, best) : NULL;
}

dsc_status dsc_pool_choose(dsc_pool *p, const dsc_worker *w, dsc_task **task,
                           dsc_error *err)
{
    dsc_error e = DSC_ERROR_INIT;
    dsc_status st = DSC_OK;

    *task = choose_waiting(p, w);
    for (unsigned n = 0; !st && !*task && !p->source_ended && !p->stopping &&
                         p->waiting_count < DSC_BATCH_LOOKAHEAD;
         n++) {
        dsc_task *t = NULL;
        if (n == BURST) {
            p->hurry = true;
            return DSC_OK;
        }
        st = pull(p, &t, &e);
        if (st == DSC_CANCELLED && p->meanwhile_status)
            return dsc_fail(err, p->meanwhile_status, "%s",
                            p->meanwhile_error.msg);
        if (st == DSC_CANCELLED) {
            p->stopping = p->totals->interrupted = true;
            return DSC_OK;
        }
        if (st)
            return dsc_fail(err, st, "%s", e.msg);
        /* What has its bytes open does not wait. */
        if (t && (t->fd >= 0 || !is_taken(p, w, t)))
            *task = t;
        else if (t)
            p->waiting[p->waiting_count++] = t;
    }
    if (!st && !*task && p->waiting_count)
        *task = take_waiting(p, 0);
    return st;
}
