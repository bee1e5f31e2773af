/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger's part in a batch: what is done already, what has become of a
 * file. A row is put after its output has its name on disk. */
#include "base/log.h"
#include "batch/batch_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
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

dsc_status dsc_record_begin(dsc_pool *p, dsc_error *err)
{
    const dsc_batch_options *o = p->options;
    dsc_ledger_last last;
    dsc_ledger_run run = {.version = dsc_version(),
                          .settings = o->settings,
                          .output = o->output,
                          .shard = o->shard ? o->shard : "",
                          .jobs = p->count};
    dsc_status st;

    if (!o->ledger || o->begun)
        return DSC_OK;
    st = dsc_ledger_last_run(o->ledger, &last, err);
    if (!st)
        st = compare(o, &last, err);
    if (!st)
        st = dsc_ledger_begin(o->ledger, &run, err);
    dsc_free(last.output);
    return st;
}

dsc_status dsc_record_flush(dsc_pool *p, dsc_error *err)
{
    p->unflushed = 0;
    return p->options->ledger ? dsc_ledger_flush(p->options->ledger, err)
                              : DSC_OK;
}

dsc_status dsc_record_end(dsc_pool *p, bool failed, dsc_error *err)
{
    const char *state = failed || p->totals->unlisted ? "failed"
                        : p->totals->interrupted || !p->source_ended
                            ? "interrupted"
                            : "finished";

    if (p->options->in_rounds)
        return dsc_record_flush(p, err);
    return p->options->ledger ? dsc_ledger_end(p->options->ledger, state, err)
                              : DSC_OK;
}

/* ---- is it done? ---- */

/* The ledger is only a file: what it names is removed inside of the output
 * folder, nowhere else. */
static bool is_ours(const dsc_batch_options *o, const char *path)
{
    size_t n = strlen(o->output);

    return !strncmp(path, o->output, n) && path[n] == '/' &&
           !dsc_batch_has_dots(path + n);
}

static dsc_status take_back(dsc_pool *p, const char *input, dsc_error *err)
{
    char *output = NULL;
    dsc_status st = dsc_ledger_reopen(p->options->ledger, input, &output, err);

    if (!st && output && !is_ours(p->options, output))
        st = dsc_fail(err, DSC_BADFILE,
                      "the ledger names an output outside of the output "
                      "folder");
    if (!st && output && unlink(output) && errno != ENOENT)
        st = dsc_fail(err, DSC_IO, "an old output cannot be removed: %s",
                      strerror(errno));
    dsc_free(output);
    return st;
}

dsc_status dsc_record_look(dsc_pool *p, const dsc_item *item,
                           dsc_standing *standing, dsc_error *err)
{
    dsc_ledger_known known;
    bool is_file =
        item->found == DSC_FOUND_FILE || item->found == DSC_FOUND_MEMBER;
    bool same, written;
    dsc_status st;

    *standing = DSC_STANDING_OPEN;
    if (!p->options->ledger)
        return DSC_OK;
    st = dsc_ledger_find(p->options->ledger, item->name, &known, err);
    if (st || !known.found)
        return st;
    same =
        is_file
            ? known.size == item->size && known.modified == item->modified
            : item->found != DSC_FOUND_TOLD || known.outcome == item->outcome;
    written = known.outcome == DSC_CLEAN || known.outcome == DSC_SCRUBBED;
    if (known.outcome != DSC_FAILED && known.outcome != DSC_LEDGER_PENDING &&
        known.same_run_settings && same) {
        *standing = DSC_STANDING_DONE;
        p->totals->skipped[known.outcome]++;
    } else if (!is_file) {
        *standing = written ? DSC_STANDING_KEEP : DSC_STANDING_OPEN;
    } else if (dsc_pool_has(p, item->name)) {
        /* Named twice: what the first one writes must not be taken back. */
        *standing = DSC_STANDING_DONE;
    } else if (written || known.outcome == DSC_LEDGER_PENDING) {
        st = take_back(p, item->name, err);
    }
    p->totals->skipped_files += *standing == DSC_STANDING_DONE;
    return st;
}

/* ---- what has become of it ---- */

static const char *string_of(const dsc_buf *buf)
{
    return buf->len ? (const char *)buf->data : "";
}

dsc_status dsc_record_put(dsc_pool *p, const dsc_task *task,
                          const dsc_reply *reply, int64_t *id, dsc_error *err)
{
    const dsc_answer *a = &reply->head;
    bool refused = a->outcome == DSC_QUARANTINED || a->outcome == DSC_FAILED;
    dsc_ledger *ledger = p->options->ledger;
    dsc_ledger_known known = {.found = false};
    dsc_ledger_row row = {
        .input = task->name,
        .size = a->size,
        .modified = a->modified,
        .sha256 = a->has_sha256 ? a->sha256 : NULL,
        .outcome = a->outcome,
        .reason = string_of(&reply->reason),
        .output = reply->output.len ? string_of(&reply->output) : NULL,
        .study = a->study,
        .series = a->series,
        .instance = a->instance,
        .modality = a->modality,
        .frames = a->frames,
        .regions = a->regions,
        .attempts = task->attempts,
        .started = task->started,
        .ended = a->ended};
    dsc_buf record = {0};
    dsc_status st;

    *id = 0;
    if (!ledger || task->unrecorded)
        return DSC_OK;
    st = dsc_buf_append(&record, reply->line.data, reply->line.len, err);
    if (!st && record.len && record.data[record.len - 1] == '\n')
        record.len--;
    if (!st)
        st = dsc_buf_append(&record, "", 1, err);
    row.record = string_of(&record);
    if (!st)
        st = dsc_ledger_put(ledger, &row, err);
    if (!st && (++p->unflushed >= GROUP || (refused && p->hooks)))
        st = dsc_record_flush(p, err);
    if (!st && refused) {
        st = dsc_ledger_find(ledger, task->name, &known, err);
        *id = known.id;
    }
    dsc_buf_free(&record);
    return st;
}
