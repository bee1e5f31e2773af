/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs: one for each start. */
#include "ledger/ledger_priv.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

dsc_status dsc_ledger_begin(dsc_ledger *l, const dsc_ledger_run *run,
                            dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = dsc_ledger__prepare(
        l, &s,
        "INSERT INTO run(version, settings, output, shard, jobs, state,"
        " started, watch) VALUES(?1, ?2, ?3, ?4, ?5, 'running', ?6, ?7)",
        err);

    if (st)
        return st;
    dsc_ledger__bind_text(s, 1, run->version);
    dsc_ledger__bind_text(s, 2, run->settings);
    dsc_ledger__bind_path(s, 3, run->output);
    dsc_ledger__bind_text(s, 4, run->shard);
    sqlite3_bind_int64(s, 5, run->jobs);
    sqlite3_bind_int64(s, 6, run->started ? run->started : now_ms());
    sqlite3_bind_int(s, 7, run->watch);
    st = dsc_ledger__run(l, s, err);
    sqlite3_finalize(s);
    l->run = sqlite3_last_insert_rowid(l->db);
    snprintf(l->version, sizeof l->version, "%s", run->version);
    snprintf(l->settings, sizeof l->settings, "%s", run->settings);
    return st;
}

dsc_status dsc_ledger_end(dsc_ledger *l, const char *state, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = dsc_ledger_flush(l, err);

    if (!st)
        st = dsc_ledger__prepare(
            l, &s, "UPDATE run SET state = ?1, ended = ?2 WHERE id = ?3", err);
    if (st)
        return st;
    dsc_ledger__bind_text(s, 1, state);
    sqlite3_bind_int64(s, 2, now_ms());
    sqlite3_bind_int64(s, 3, l->run);
    st = dsc_ledger__run(l, s, err);
    sqlite3_finalize(s);
    return st;
}

static dsc_ledger_progress progress_of(sqlite3_stmt *s, int column)
{
    return (dsc_ledger_progress){
        .done = (uint64_t)sqlite3_column_int64(s, column),
        .passed = (uint64_t)sqlite3_column_int64(s, column + 1),
        .total = (uint64_t)sqlite3_column_int64(s, column + 2),
        .seconds = sqlite3_column_double(s, column + 3)};
}

dsc_status dsc_ledger_note(dsc_ledger *l, const dsc_ledger_progress *now,
                           dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = dsc_ledger_hold(l, err);

    if (!st)
        st = dsc_ledger__statement(l, DSC_LEDGER_SQL_NOTE, &s, err);
    if (st)
        return st;
    sqlite3_bind_int64(s, 1, (int64_t)now->done);
    sqlite3_bind_int64(s, 2, (int64_t)now->passed);
    sqlite3_bind_int64(s, 3, (int64_t)now->total);
    sqlite3_bind_double(s, 4, now->seconds);
    sqlite3_bind_int64(s, 5, l->run);
    return dsc_ledger__run(l, s, err);
}

dsc_status dsc_ledger_runs(dsc_ledger *l,
                           bool (*fn)(void *ctx, const dsc_ledger_run *run),
                           void *ctx, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = dsc_ledger__prepare(
        l, &s,
        dsc_ledger__has_made(l->schema)
            ? "SELECT id, version, settings, output, shard, jobs, state,"
              " started, ended, done, passed, total, seconds, watch FROM run"
              " ORDER BY id"
            : "SELECT id, version, settings, output, shard, jobs, state,"
              " started, ended, done, passed, total, seconds, 0 FROM run"
              " ORDER BY id",
        err);
    bool more = !st;
    int rc = SQLITE_DONE;

    while (more && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        char *output = dsc_ledger__path_of(s, 3);
        dsc_ledger_run run = {.id = sqlite3_column_int64(s, 0),
                              .version = dsc_ledger__text_of(s, 1),
                              .settings = dsc_ledger__text_of(s, 2),
                              .output = output ? output : "",
                              .shard = dsc_ledger__text_of(s, 4),
                              .jobs = (unsigned)sqlite3_column_int(s, 5),
                              .state = dsc_ledger__text_of(s, 6),
                              .started = sqlite3_column_int64(s, 7),
                              .ended = sqlite3_column_int64(s, 8),
                              .progress = progress_of(s, 9),
                              .watch = sqlite3_column_int(s, 13) != 0};
        more = fn(ctx, &run);
        dsc_free(output);
    }
    if (more && rc != SQLITE_DONE)
        st = dsc_ledger__fail(l->db, rc, err);
    sqlite3_finalize(s);
    return st;
}

static bool keep_last(void *ctx, const dsc_ledger_run *run)
{
    dsc_ledger_last *last = ctx;

    last->runs++;
    last->watch = run->watch;
    last->jobs = run->jobs;
    last->started = run->started;
    last->ended = run->ended;
    last->progress = run->progress;
    snprintf(last->version, sizeof last->version, "%s", run->version);
    snprintf(last->settings, sizeof last->settings, "%s", run->settings);
    snprintf(last->state, sizeof last->state, "%s",
             strcmp(run->state, DSC_LEDGER_UNLISTED) ? run->state : "failed");
    snprintf(last->shard, sizeof last->shard, "%s", run->shard);
    dsc_free(last->output);
    last->output = dsc_strdup(run->output);
    return last->output != NULL;
}

dsc_status dsc_ledger_last_run(dsc_ledger *l, dsc_ledger_last *last,
                               dsc_error *err)
{
    dsc_status st;

    *last = (dsc_ledger_last){0};
    st = dsc_ledger_runs(l, keep_last, last, err);
    if (!st && last->runs && !last->output)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    return st;
}
