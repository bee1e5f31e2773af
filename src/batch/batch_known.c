/* SPDX-License-Identifier: Apache-2.0
 *
 * No run knows less than those before it: docs/adr/0028. What headers told is
 * kept with the ledger. Where it is lost or behind, as after a power cut, that
 * is seen: a row tells which header was read for it, and the lore which ones
 * were. */
#include "batch/batch_priv.h"
#include "batch/post_priv.h"

#include <inttypes.h>
#include <string.h>

#define LISTEN_EVERY 256u /* rows */

typedef struct check {
    dsc_pool *pool;
    dsc_lore *lore; /* NULL: nothing is known */
    bool (*fn)(struct check *check, const dsc_ledger_row *row);
    dsc_lore_mark mark;
    bool marked;          /* the mark is one of this ledger's */
    int64_t run, started; /* this one */
    uint64_t seen, learned, missing, strangers;
    dsc_status status;
    dsc_error *err;
} check;

static bool note_run(void *ctx, const dsc_ledger_run *run)
{
    check *c = ctx;

    c->run = run->id;
    c->started = run->started;
    c->marked = c->marked ||
                (run->id == c->mark.run && run->started == c->mark.started);
    return true;
}

/* What is no instance tells nothing, what was dropped may; what was never read
 * will be. */
bool dsc_known_may_tell(const dsc_ledger_row *row)
{
    return row->learned && (row->outcome != DSC_IGNORED || row->study[0]) &&
           (row->outcome != DSC_FAILED || row->taught.asked);
}

static bool look(void *ctx, const dsc_ledger_row *row)
{
    check *c = ctx;
    bool has = false;

    if (++c->seen % LISTEN_EVERY == 0 && dsc_post_is_stopped(NULL))
        c->pool->stopping = c->pool->totals->interrupted = true;
    if (c->pool->stopping)
        return false;
    if (!dsc_known_may_tell(row))
        return true;
    c->learned++;
    if (c->lore)
        c->status = dsc_lore_has(c->lore, row->input, row->size, row->modified,
                                 &has, c->err);
    if (c->status || has)
        return !c->status;
    c->missing++;
    return !c->fn || c->fn(c, row);
}

/* Rows of this run only, or all that the mark does not cover; and what those
 * told of before. */
static dsc_status look_at(check *c, bool this_run, dsc_error *err)
{
    dsc_ledger *l = c->pool->options->ledger;
    dsc_ledger_query rows = {.outcomes = 0};
    dsc_status st = DSC_OK;

    c->err = err;
    if (c->lore)
        st = dsc_lore_get_mark(c->lore, &c->mark, err);
    if (!st)
        st = dsc_record_flush(c->pool, err);
    if (!st)
        st = dsc_ledger_runs(l, note_run, c, err);
    if (this_run)
        rows.after_run = c->run - 1;
    else if (c->marked)
        rows.after_run = c->mark.run;
    if (!st)
        st = dsc_ledger_each(l, &rows, look, c, err);
    if (!st && !c->status && !c->pool->stopping)
        st = dsc_ledger_each_former(l, rows.after_run, look, c, err);
    return st ? st : c->status;
}

dsc_status dsc_known_keeps(const dsc_batch_options *o, dsc_lore *lore,
                           dsc_error *err)
{
    if (!o->kept)
        return DSC_OK;
    if (o->kept->lore_id)
        return dsc_learner_is(lore, o->kept->lore_id, err);
    o->kept->lore_id = dsc_lore_id(lore);
    return DSC_OK;
}

/* *lore: NULL where there is none. */
static dsc_status find_lore(dsc_lore **lore, dsc_learner *l, dsc_error *err)
{
    dsc_error e = DSC_ERROR_INIT;
    dsc_status st = dsc_lore_open_alone(lore, l->path, &e);

    if (st)
        return st == DSC_BADFILE ? DSC_OK : dsc_fail(err, st, "%s", e.msg);
    return dsc_learner_take(l, *lore, err);
}

dsc_status dsc_known_join(dsc_pool *p, dsc_error *err)
{
    check c = {.pool = p};
    dsc_status st = find_lore(&c.lore, &p->learner, err);

    if (!st && !c.lore)
        st = look_at(&c, false, err);
    if (!st && c.learned)
        st = dsc_fail(err, DSC_IO, "LEDGER-learned is gone");
    dsc_lore_close(&c.lore);
    return st;
}

dsc_status dsc_known_check(dsc_pool *p, bool *less, dsc_error *err)
{
    check c = {.pool = p};
    bool lost = false;
    dsc_status st = find_lore(&c.lore, &p->learner, err);

    if (!st)
        st = look_at(&c, false, err);
    if (!st && c.lore)
        st = dsc_lore_has_lost(c.lore, &lost, err);
    if (!st && !c.lore && c.learned) {
        st = dsc_lore_create(&c.lore, p->learner.path, err);
        if (!st)
            st = dsc_learner_take(&p->learner, c.lore, err);
    } else if (!st && !c.lore)
        st = dsc_lore_clear(p->learner.path, err);
    dsc_lore_close(&c.lore);
    /* The last run did not come to its end, or had to refuse some. */
    p->unsettled = p->unsettled || c.learned || lost;
    *less = c.missing || lost;
    return st;
}

dsc_status dsc_known_load(dsc_pool *p, dsc_error *err)
{
    check c = {.pool = p};
    bool found = false;
    dsc_status st = DSC_OK;

    p->lore_path = dsc_ledger_beside(p->options->ledger, "-learned");
    if (!p->lore_path)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    if (p->first_run) {
        st = dsc_lore_clear(p->lore_path, err);
        return st ? st : dsc_known_keeps(p->options, p->lore, err);
    }
    st = dsc_lore_load(p->lore, p->lore_path, &found, err);
    if (!st && !found && p->options->begun)
        return dsc_fail(err, DSC_IO, "LEDGER-learned is gone");
    if (!st && !found)
        st = look_at(&c, false, err);
    if (!st && !found && !c.learned)
        st = dsc_lore_clear(p->lore_path, err);
    return st ? st : dsc_known_keeps(p->options, p->lore, err);
}

/* ---- what is lost ---- */

static bool mark_lost(check *c, const dsc_ledger_row *row)
{
    dsc_lore_lost lost = {.name = row->input,
                          .size = row->size,
                          .modified = row->modified,
                          .sha256 = row->sha256,
                          .kin = row->taught.kin,
                          .known = row->taught.known};

    c->strangers += !row->taught.asked;
    if (lost.kin.study || lost.kin.patient)
        c->status = dsc_lore_add_lost(c->lore, &lost, c->err);
    return !c->status;
}

/* Has it only another time of change? */
static bool is_the_same(check *c, const dsc_lore_lost *lost)
{
    dsc_ledger_known now;
    bool has = false;

    return lost->sha256 &&
           !dsc_ledger_find(c->pool->options->ledger, lost->name, &now, NULL) &&
           now.has_sha256 && !memcmp(now.sha256, lost->sha256, 32) &&
           !dsc_lore_has(c->lore, lost->name, now.size, now.modified, &has,
                         NULL) &&
           has;
}

/* It was read after all; or all is known, its own header included, by which it
 * was judged. */
static bool is_found(void *ctx, const dsc_lore_lost *lost)
{
    check *c = ctx;
    dsc_lessons lessons = {dsc_lore_recall_rest, c->lore};
    uint64_t digest = 0;
    bool has = false;

    if (c->pool->options->know_less)
        return true;
    return (!dsc_lore_has(c->lore, lost->name, lost->size, lost->modified, &has,
                          NULL) &&
            has) ||
           is_the_same(c, lost) ||
           (lost->known &&
            !dsc_lessons_digest(&lessons, &lost->kin, &digest, NULL) &&
            digest == lost->known);
}

/* The one to write to: nobody else does by now. */
static dsc_status open_lore(check *c, dsc_lore **file, dsc_error *err)
{
    dsc_pool *p = c->pool;
    dsc_status st = p->lore_path ? DSC_OK
                                 : dsc_lore_join(file, p->learner.path,
                                                 p->learner.lore_id, err);

    c->lore = p->lore_path ? p->lore : *file;
    return st;
}

dsc_status dsc_known_require(dsc_pool *p, dsc_error *err)
{
    check c = {.pool = p, .fn = mark_lost};
    dsc_lore *file = NULL;
    dsc_status st = open_lore(&c, &file, err);

    if (!st)
        st = look_at(&c, false, err);
    if (!st && !p->stopping)
        st = dsc_lore_find_lost(c.lore, is_found, &c, err);
    if (!st)
        st = dsc_lore_flush(c.lore, err);
    dsc_lore_close(&file);
    if (st || p->stopping || !c.strangers || p->options->know_less)
        return st;
    return dsc_fail(err, DSC_USAGE,
                    "less may be known than in a run before: %" PRIu64
                    " refused files of the ledger are not, as they were, among "
                    "the inputs, and LEDGER-learned does not have them; name "
                    "them, too, or take --know-less",
                    c.strangers);
}

/* ---- at the end ---- */

dsc_status dsc_known_finish(dsc_pool *p, dsc_error *err)
{
    check c = {.pool = p};
    dsc_lore *file = NULL;
    dsc_status st;

    if (!p->options->ledger || p->options->in_rounds ||
        (!p->lore_path && !p->learner.ended))
        return DSC_OK; /* nothing was judged, or there is more to come */
    st = open_lore(&c, &file, err);
    if (!st)
        st = look_at(&c, true, err);
    if (!st && c.missing)
        st = dsc_fail(err, DSC_IO,
                      "the headers of %" PRIu64 " files could not be read, or "
                      "not as they are now, when others were judged: --resume "
                      "reads them and does anew what they tell of",
                      c.missing);
    if (!st && !p->stopping)
        st = dsc_lore_set_mark(c.lore, &(dsc_lore_mark){c.run, c.started}, err);
    if (!st && p->lore_path)
        st = dsc_lore_save(p->lore, p->lore_path, err);
    dsc_lore_close(&file);
    return st;
}
