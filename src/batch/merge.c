/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/merge.h"

#include "base/file.h"
#include "batch/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GROUP 10000u /* rows to a transaction */

typedef struct merger {
    const dsc_merge_options *options;
    dsc_merge_totals *totals;
    dsc_ledger_last first; /* of the first ledger: the others must agree */
    uint32_t shards;
    uint8_t *seen; /* a byte a shard */
    dsc_ledger *out;
    uint64_t unflushed;
    dsc_status status; /* of the row callback */
    dsc_error *err;
} merger;

bool dsc_merge_is_whole(const dsc_merge_totals *t)
{
    return !t->doubled && !t->pending && !t->missing && !t->unplanned;
}

/* ---- do they fit together? ---- */

static bool parse_shard(const char *text, uint32_t *number, uint32_t *of)
{
    char *end;
    unsigned long i = strtoul(text, &end, 10), n;

    if (*end != '/')
        return false;
    n = strtoul(end + 1, &end, 10);
    *number = (uint32_t)i;
    *of = (uint32_t)n;
    return !*end && i && i <= n && n <= DSC_MANIFEST_SHARDS;
}

static dsc_status check_shard(merger *m, const dsc_ledger_last *run,
                              dsc_error *err)
{
    uint32_t number, of;

    if (!run->shard[0] != !m->first.shard[0])
        return dsc_fail(err, DSC_USAGE, "some are shards, others are not");
    if (!run->shard[0])
        return DSC_OK;
    if (!parse_shard(run->shard, &number, &of))
        return dsc_fail(err, DSC_BADFILE, "its shard is no I/N");
    if (!m->seen) {
        m->shards = of;
        m->seen = dsc_calloc(of, 1);
        if (!m->seen)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
    }
    if (of != m->shards)
        return dsc_fail(err, DSC_USAGE, "a shard of %u, where others are of %u",
                        of, m->shards);
    if (m->seen[number - 1]++)
        return dsc_fail(err, DSC_USAGE, "shard %s comes twice", run->shard);
    return DSC_OK;
}

static dsc_status check_run(merger *m, const dsc_ledger_last *run,
                            dsc_error *err)
{
    if (!run->runs)
        return dsc_fail(err, DSC_USAGE, "nothing has been done with it");
    if (strcmp(run->version, m->first.version))
        return dsc_fail(err, DSC_USAGE,
                        "written by version %s of dcmscrub, others by %s",
                        run->version, m->first.version);
    if (strcmp(run->settings, m->first.settings))
        return dsc_fail(err, DSC_USAGE,
                        "written with other options, key, templates or "
                        "weights than others");
    if (strcmp(run->state, "finished"))
        return dsc_fail(err, DSC_USAGE,
                        "not finished (%s): run it again with --resume",
                        run->state);
    return check_shard(m, run, err);
}

static dsc_status check_all(merger *m, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < m->options->count; i++) {
        dsc_ledger *l = NULL;
        dsc_ledger_last run = {.runs = 0};
        st = dsc_ledger_open(&l, m->options->ledgers[i], DSC_LEDGER_READ, err);
        if (!st)
            st = dsc_ledger_last_run(l, &run, err);
        if (!st && i == 0) {
            m->first = run;
            m->first.output = NULL;
        }
        if (!st)
            st = check_run(m, &run, err);
        if (st)
            dsc_error_context(err, "ledger %zu", i + 1);
        dsc_free(run.output);
        dsc_ledger_close(&l);
    }
    for (uint32_t i = 0; !st && i < m->shards; i++)
        if (!m->seen[i])
            st = dsc_fail(err, DSC_USAGE, "shard %u/%u is missing", i + 1,
                          m->shards);
    return st;
}

/* ---- join ---- */

static bool take_row(void *ctx, const dsc_ledger_row *row)
{
    merger *m = ctx;
    dsc_ledger_known known;

    m->status = dsc_ledger_find(m->out, row->input, &known, m->err);
    if (m->status)
        return false;
    m->totals->rows++;
    m->totals->pending += row->outcome == DSC_LEDGER_PENDING;
    m->totals->doubled += known.found;
    if (known.found)
        return true;
    m->status = dsc_ledger_put(m->out, row, m->err);
    if (!m->status && ++m->unflushed == GROUP) {
        m->unflushed = 0;
        m->status = dsc_ledger_flush(m->out, m->err);
    }
    return !m->status;
}

static bool take_former(void *ctx, const dsc_ledger_row *row)
{
    merger *m = ctx;

    m->status = dsc_ledger_put_former(m->out, row, m->err);
    return !m->status;
}

static dsc_status take_ledger(merger *m, const char *path, dsc_error *err)
{
    dsc_ledger_query all = {.outcomes = 0};
    dsc_ledger *l = NULL;
    dsc_ledger_last last = {.runs = 0};
    dsc_status st = dsc_ledger_open(&l, path, DSC_LEDGER_READ, err);

    if (!st)
        st = dsc_ledger_last_run(l, &last, err);
    if (!st)
        st = dsc_ledger_begin(m->out,
                              &(dsc_ledger_run){.version = last.version,
                                                .settings = last.settings,
                                                .output = last.output,
                                                .shard = last.shard,
                                                .watch = last.watch,
                                                .jobs = last.jobs,
                                                .started = last.started},
                              err);
    if (!st)
        st = dsc_ledger_each(l, &all, take_row, m, err);
    if (!st && !m->status)
        st = dsc_ledger_each_former(l, 0, take_former, m, err);
    if (!st)
        st = m->status;
    if (!st)
        st = dsc_ledger_end(m->out, last.state, err);
    dsc_free(last.output);
    dsc_ledger_close(&l);
    return st;
}

/* ---- is it what was planned? ---- */

static dsc_status open_plan(const merger *m, dsc_manifest **plan,
                            dsc_error *err)
{
    dsc_status st = dsc_manifest_open(plan, m->options->plan, err);

    if (!st && m->shards && dsc_manifest_shards(*plan) != m->shards)
        st = dsc_fail(err, DSC_USAGE,
                      "the plan is one of %u shards, the ledgers are of %u",
                      dsc_manifest_shards(*plan), m->shards);
    return st;
}

/* `planned` has a bit for each row; a path may be in the plan twice. */
static dsc_status check_line(merger *m, const dsc_manifest_line *line,
                             uint8_t *planned, uint64_t *count, dsc_error *err)
{
    dsc_ledger_known known;
    dsc_status st = dsc_ledger_find(m->out, line->name, &known, err);
    uint8_t bit;

    if (st)
        return st;
    if (!known.found) {
        if (!m->totals->missing++)
            m->totals->missing_shard = line->shard;
        return DSC_OK;
    }
    DSC_CHECK(known.id > 0 && (uint64_t)known.id <= m->totals->rows, err);
    bit = (uint8_t)(1u << (known.id % 8));
    *count += !(planned[known.id / 8] & bit);
    planned[known.id / 8] |= bit;
    return DSC_OK;
}

static dsc_status check_plan(merger *m, dsc_error *err)
{
    dsc_manifest *plan = NULL;
    dsc_manifest_line line = {.name = ""};
    uint8_t *planned = dsc_alloc(m->totals->rows / 8 + 1);
    uint64_t count = 0, rows = m->totals->rows - m->totals->doubled;
    dsc_status st = open_plan(m, &plan, err);

    if (!st && !planned)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    while (!st && line.name) {
        st = dsc_manifest_next(plan, &line, err);
        if (!st && line.name)
            st = check_line(m, &line, planned, &count, err);
    }
    m->totals->unplanned = st ? 0 : rows - count;
    dsc_manifest_close(&plan);
    dsc_free(planned);
    return st;
}

/* ---- the file ---- */

static dsc_status give_name(const char *from, const char *to, dsc_error *err)
{
    /* link() never replaces; where there are no links, rename must do. */
    if (!link(from, to))
        return unlink(from) ? dsc_fail(err, DSC_IO, "%s", strerror(errno))
                            : DSC_OK;
    if (errno != EEXIST &&
        !renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
        return DSC_OK;
    return dsc_fail(err, DSC_IO, "the ledger cannot get its name: %s",
                    strerror(errno));
}

static void remove_part(const char *part)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char *name = dsc_alloc(strlen(part) + 5);

    for (size_t i = 0; name && i < 3; i++) {
        snprintf(name, strlen(part) + 5, "%s%s", part, ends[i]);
        unlink(name);
    }
    dsc_free(name);
}

static dsc_status join(merger *m, const char *part, dsc_error *err)
{
    dsc_manifest *plan = NULL;
    dsc_status st = m->options->plan ? open_plan(m, &plan, err) : DSC_OK;

    dsc_manifest_close(&plan); /* known to be good before the long part */
    if (st)
        return st;
    st = dsc_ledger_open(&m->out, part, DSC_LEDGER_CREATE, err);
    if (st) {
        dsc_error_context(err, "FILE.part, on the way to FILE");
        return st;
    }
    for (size_t i = 0; !st && i < m->options->count; i++)
        st = take_ledger(m, m->options->ledgers[i], err);
    if (!st)
        st = dsc_ledger_flush(m->out, err);
    if (!st && m->options->plan)
        st = check_plan(m, err);
    if (!st)
        st = dsc_ledger_get_totals(m->out, &m->totals->outcomes, err);
    dsc_ledger_close(&m->out);
    if (!st && dsc_merge_is_whole(m->totals))
        return give_name(part, m->options->output, err);
    remove_part(part);
    return st;
}

dsc_status dsc_merge(const dsc_merge_options *o, dsc_merge_totals *totals,
                     dsc_error *err)
{
    merger m = {.options = o, .totals = totals, .err = err};
    size_t n = strlen(o->output) + sizeof ".part";
    char *part = dsc_alloc(n);
    dsc_status st = DSC_OK;

    *totals = (dsc_merge_totals){0};
    if (!part)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    snprintf(part, n, "%s.part", o->output);
    if (!access(o->output, F_OK))
        st = dsc_fail(err, DSC_USAGE, "the joined ledger exists already");
    if (!st)
        st = check_all(&m, err);
    if (!st)
        st = join(&m, part, err);
    dsc_free(m.seen);
    dsc_free(part);
    return st;
}
