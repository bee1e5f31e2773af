/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows: written in groups, found by input, streamed to readers. */
#include "ledger/ledger_priv.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const statements[DSC_LEDGER_SQL_COUNT] = {
    [DSC_LEDGER_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [DSC_LEDGER_SQL_COMMIT] = "COMMIT",
    [DSC_LEDGER_SQL_FIND] =
        "SELECT i.outcome, i.id, i.size, i.modified, i.ended, r.version,"
        " r.settings, i.taught, i.run, i.sha256 FROM instance i"
        " JOIN run r ON r.id = i.run"
        " WHERE i.input = ?1",
    [DSC_LEDGER_SQL_PUT] =
        "INSERT INTO instance(run, input, size, modified, sha256, outcome,"
        " reason, output, study, series, instance, modality, frames, regions,"
        " attempts, duplicate, started, ended, record, taught)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
        " ?15, ?16, ?17, ?18, ?19, ?20)"
        " ON CONFLICT(input) DO UPDATE SET run = ?1, size = ?3, modified = ?4,"
        " sha256 = ?5, outcome = ?6, reason = ?7, output = ?8, study = ?9,"
        " series = ?10, instance = ?11, modality = ?12, frames = ?13,"
        " regions = ?14, attempts = ?15, duplicate = ?16, started = ?17,"
        " ended = ?18, record = ?19, taught = ?20",
    [DSC_LEDGER_SQL_TWIN] =
        "SELECT 1 FROM instance WHERE study = ?1 AND series = ?2"
        " AND instance = ?3 AND output = ?4 AND input <> ?5"
        " AND outcome IN ('clean','scrubbed') LIMIT 1",
    /* A twin of another version or of other settings will be done anew, too:
     * its output may go. */
    [DSC_LEDGER_SQL_PEER] =
        "SELECT 1 FROM instance i JOIN run r ON r.id = i.run"
        " WHERE i.study = ?1 AND i.series = ?2 AND i.instance = ?3"
        " AND i.output = ?4 AND i.input <> ?5"
        " AND i.outcome IN ('clean','scrubbed')"
        " AND r.version = ?6 AND r.settings = ?7"
        " AND (?8 IS NULL OR i.taught IS NULL"
        "  OR ?8 IN (substr(i.taught, 17, 8), substr(i.taught, 25, 8)))"
        " LIMIT 1",
    [DSC_LEDGER_SQL_REOPEN] =
        "UPDATE instance SET outcome = 'pending' WHERE input = ?1",
    [DSC_LEDGER_SQL_OUTPUT] = ("SELECT output, study, series, instance"
                               " FROM instance WHERE input = ?1"),
    [DSC_LEDGER_SQL_NOTE] = "UPDATE run SET done = ?1, passed = ?2, total = ?3,"
                            " seconds = ?4 WHERE id = ?5",
    [DSC_LEDGER_SQL_FORMER] =
        "INSERT INTO former VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT DO NOTHING",
};

const char *dsc_ledger_state_name(unsigned outcome)
{
    return outcome < DSC_LEDGER_PENDING ? dsc_outcome_name((dsc_outcome)outcome)
                                        : "pending";
}

static unsigned state_of(const char *name)
{
    for (unsigned i = 0; i < DSC_LEDGER_PENDING; i++)
        if (name && !strcmp(name, dsc_outcome_name((dsc_outcome)i)))
            return i;
    return DSC_LEDGER_PENDING;
}

dsc_status dsc_ledger__prepare(dsc_ledger *l, sqlite3_stmt **out,
                               const char *sql, dsc_error *err)
{
    int rc = sqlite3_prepare_v3(l->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out,
                                NULL);
    return rc == SQLITE_OK ? DSC_OK : dsc_ledger__fail(l->db, rc, err);
}

dsc_status dsc_ledger__statement(dsc_ledger *l, int which, sqlite3_stmt **out,
                                 dsc_error *err)
{
    dsc_status st = DSC_OK;

    if (!l->sql[which])
        st = dsc_ledger__prepare(l, &l->sql[which], statements[which], err);
    *out = l->sql[which];
    return st;
}

/* Is there a row? Its columns live until the statement is put back. */
static dsc_status first_row(dsc_ledger *l, sqlite3_stmt *s, bool *found,
                            dsc_error *err)
{
    int rc = sqlite3_step(s);

    *found = rc == SQLITE_ROW;
    return *found || rc == SQLITE_DONE ? DSC_OK
                                       : dsc_ledger__fail(l->db, rc, err);
}

static void put_back(sqlite3_stmt *s)
{
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
}

dsc_status dsc_ledger__run(dsc_ledger *l, sqlite3_stmt *s, dsc_error *err)
{
    bool found;
    dsc_status st = first_row(l, s, &found, err);

    put_back(s);
    return st;
}

static dsc_status plain(dsc_ledger *l, int which, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = dsc_ledger__statement(l, which, &s, err);
    return st ? st : dsc_ledger__run(l, s, err);
}

static void bind_path(sqlite3_stmt *s, int at, const char *path)
{
    if (path)
        sqlite3_bind_blob(s, at, path, (int)strlen(path), SQLITE_STATIC);
    else
        sqlite3_bind_null(s, at);
}

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text ? text : "", -1, SQLITE_STATIC);
}

/* Study, patient, told, known: 8 bytes each. Nothing where nobody asked. */
#define TAUGHT_SIZE 32

static void bind_taught(sqlite3_stmt *s, int at, bool learned,
                        const dsc_taught *t)
{
    uint64_t words[] = {t->kin.study, t->kin.patient, t->told, t->known};

    _Static_assert(sizeof words == TAUGHT_SIZE, "as it is read");
    if (t->asked)
        sqlite3_bind_blob(s, at, words, sizeof words, SQLITE_TRANSIENT);
    else if (learned)
        sqlite3_bind_zeroblob(s, at, 0);
    else
        sqlite3_bind_null(s, at);
}

static dsc_taught taught_of(sqlite3_stmt *s, int column)
{
    const void *blob = sqlite3_column_blob(s, column);
    uint64_t words[4];

    if (!blob || sqlite3_column_bytes(s, column) != TAUGHT_SIZE)
        return (dsc_taught){.asked = false};
    memcpy(words, blob, sizeof words);
    return (dsc_taught){.asked = true,
                        .kin = {.study = words[0], .patient = words[1]},
                        .told = words[2],
                        .known = words[3]};
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static dsc_status open_group(dsc_ledger *l, dsc_error *err)
{
    dsc_status st = l->in_group ? DSC_OK : plain(l, DSC_LEDGER_SQL_BEGIN, err);

    if (!st)
        l->in_group = true;
    return st;
}

dsc_status dsc_ledger_flush(dsc_ledger *l, dsc_error *err)
{
    dsc_status st = l->in_group ? plain(l, DSC_LEDGER_SQL_COMMIT, err) : DSC_OK;

    if (!st)
        l->in_group = false;
    return st;
}

dsc_status dsc_ledger_hold(dsc_ledger *l, dsc_error *err)
{
    return open_group(l, err);
}

/* ---- runs ---- */

dsc_status dsc_ledger_begin(dsc_ledger *l, const dsc_ledger_run *run,
                            dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = dsc_ledger__prepare(
        l, &s,
        "INSERT INTO run(version, settings, output, shard, jobs, state,"
        " started) VALUES(?1, ?2, ?3, ?4, ?5, 'running', ?6)",
        err);

    if (st)
        return st;
    bind_text(s, 1, run->version);
    bind_text(s, 2, run->settings);
    bind_path(s, 3, run->output);
    bind_text(s, 4, run->shard);
    sqlite3_bind_int64(s, 5, run->jobs);
    sqlite3_bind_int64(s, 6, run->started ? run->started : now_ms());
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
    bind_text(s, 1, state);
    sqlite3_bind_int64(s, 2, now_ms());
    sqlite3_bind_int64(s, 3, l->run);
    st = dsc_ledger__run(l, s, err);
    sqlite3_finalize(s);
    return st;
}

/* SQLite ends neither blobs nor NULLs with a NUL, so paths are copied. */
static char *path_of(sqlite3_stmt *s, int column)
{
    const void *data = sqlite3_column_blob(s, column);
    size_t n = (size_t)sqlite3_column_bytes(s, column);
    char *copy = data || sqlite3_column_type(s, column) != SQLITE_NULL
                     ? dsc_alloc(n + 1)
                     : NULL;

    if (copy && n)
        memcpy(copy, data, n);
    return copy;
}

static const char *text_of(sqlite3_stmt *s, int column)
{
    const unsigned char *text = sqlite3_column_text(s, column);
    return text ? (const char *)text : "";
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
    dsc_status st = open_group(l, err);

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
        "SELECT id, version, settings, output, shard, jobs, state, started,"
        " ended, done, passed, total, seconds FROM run ORDER BY id",
        err);
    bool more = !st;
    int rc = SQLITE_DONE;

    while (more && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        char *output = path_of(s, 3);
        dsc_ledger_run run = {.id = sqlite3_column_int64(s, 0),
                              .version = text_of(s, 1),
                              .settings = text_of(s, 2),
                              .output = output ? output : "",
                              .shard = text_of(s, 4),
                              .jobs = (unsigned)sqlite3_column_int(s, 5),
                              .state = text_of(s, 6),
                              .started = sqlite3_column_int64(s, 7),
                              .ended = sqlite3_column_int64(s, 8),
                              .progress = progress_of(s, 9)};
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

/* ---- writing ---- */

/* Has another input this output? `which` tells of what kind. */
static dsc_status find_twin(dsc_ledger *l, int which, const dsc_ledger_row *row,
                            const uint64_t *digest, bool *found, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = dsc_ledger__statement(l, which, &s, err);

    *found = false;
    if (st || !row->output)
        return st;
    bind_text(s, 1, row->study);
    bind_text(s, 2, row->series);
    bind_text(s, 3, row->instance);
    bind_path(s, 4, row->output);
    bind_path(s, 5, row->input);
    if (which == DSC_LEDGER_SQL_PEER) {
        bind_text(s, 6, l->version);
        bind_text(s, 7, l->settings);
        if (digest)
            sqlite3_bind_blob(s, 8, digest, sizeof *digest, SQLITE_STATIC);
    }
    st = first_row(l, s, found, err);
    put_back(s);
    return st;
}

dsc_status dsc_ledger_put(dsc_ledger *l, const dsc_ledger_row *r,
                          dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    bool twin = false;
    dsc_status st = open_group(l, err);

    if (!st)
        st = find_twin(l, DSC_LEDGER_SQL_TWIN, r, NULL, &twin, err);
    if (!st)
        st = dsc_ledger__statement(l, DSC_LEDGER_SQL_PUT, &s, err);
    if (st)
        return st;
    sqlite3_bind_int64(s, 1, l->run);
    bind_path(s, 2, r->input);
    sqlite3_bind_int64(s, 3, r->size);
    sqlite3_bind_int64(s, 4, r->modified);
    if (r->sha256)
        sqlite3_bind_blob(s, 5, r->sha256, 32, SQLITE_STATIC);
    bind_text(s, 6, dsc_ledger_state_name(r->outcome));
    bind_text(s, 7, r->reason);
    bind_path(s, 8, r->output);
    bind_text(s, 9, r->study);
    bind_text(s, 10, r->series);
    bind_text(s, 11, r->instance);
    bind_text(s, 12, r->modality);
    sqlite3_bind_int64(s, 13, r->frames);
    sqlite3_bind_int64(s, 14, r->regions);
    sqlite3_bind_int64(s, 15, r->attempts);
    sqlite3_bind_int(s, 16, twin);
    sqlite3_bind_int64(s, 17, r->started);
    sqlite3_bind_int64(s, 18, r->ended);
    bind_text(s, 19, r->record);
    bind_taught(s, 20, r->learned, &r->taught);
    return dsc_ledger__run(l, s, err);
}

dsc_status dsc_ledger_claims(dsc_ledger *l, const char *study,
                             const char *series, const char *instance,
                             const char *output, bool *claims, dsc_error *err)
{
    dsc_ledger_row row = {.input = "",
                          .study = study,
                          .series = series,
                          .instance = instance,
                          .output = output};

    return find_twin(l, DSC_LEDGER_SQL_TWIN, &row, NULL, claims, err);
}

dsc_status dsc_ledger_reopen(dsc_ledger *l, const char *input,
                             const uint64_t *digest, char **output,
                             dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_ledger_row row = {.input = input};
    bool found = false, twin = false;
    dsc_status st = dsc_ledger__statement(l, DSC_LEDGER_SQL_OUTPUT, &s, err);

    *output = NULL;
    if (st)
        return st;
    bind_path(s, 1, input);
    st = first_row(l, s, &found, err);
    if (found) {
        row.output = *output = path_of(s, 0);
        row.study = text_of(s, 1);
        row.series = text_of(s, 2);
        row.instance = text_of(s, 3);
        st = find_twin(l, DSC_LEDGER_SQL_PEER, &row, digest, &twin, err);
    }
    put_back(s);
    if (!st)
        st = open_group(l, err);
    if (!st)
        st = dsc_ledger__statement(l, DSC_LEDGER_SQL_REOPEN, &s, err);
    if (!st) {
        bind_path(s, 1, input);
        st = dsc_ledger__run(l, s, err);
    }
    /* On disk before the output goes. */
    if (!st)
        st = dsc_ledger_flush(l, err);
    if (st || twin) {
        dsc_free(*output);
        *output = NULL;
    }
    return st;
}

/* ---- reading ---- */

dsc_status dsc_ledger_find(dsc_ledger *l, const char *input,
                           dsc_ledger_known *known, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = dsc_ledger__statement(l, DSC_LEDGER_SQL_FIND, &s, err);
    bool found;

    *known = (dsc_ledger_known){.found = false};
    if (st)
        return st;
    bind_path(s, 1, input);
    st = first_row(l, s, &found, err);
    if (found)
        *known = (dsc_ledger_known){
            .found = true,
            .outcome = state_of(text_of(s, 0)),
            .id = sqlite3_column_int64(s, 1),
            .size = sqlite3_column_int64(s, 2),
            .modified = sqlite3_column_int64(s, 3),
            .ended = sqlite3_column_int64(s, 4),
            .same_run_settings = !strcmp(text_of(s, 5), l->version) &&
                                 !strcmp(text_of(s, 6), l->settings),
            .taught = taught_of(s, 7),
            .run = sqlite3_column_int64(s, 8),
            .this_run = sqlite3_column_int64(s, 8) == l->run,
            .has_sha256 = sqlite3_column_bytes(s, 9) == 32};
    if (known->has_sha256)
        memcpy(known->sha256, sqlite3_column_blob(s, 9), 32);
    put_back(s);
    return st;
}

dsc_status dsc_ledger_get_output(dsc_ledger *l, const char *input,
                                 char **output, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = dsc_ledger__statement(l, DSC_LEDGER_SQL_OUTPUT, &s, err);
    bool found = false;

    *output = NULL;
    if (st)
        return st;
    bind_path(s, 1, input);
    st = first_row(l, s, &found, err);
    if (found && sqlite3_column_type(s, 0) != SQLITE_NULL) {
        *output = path_of(s, 0);
        if (!*output)
            st = dsc_fail(err, DSC_NOMEM, "out of memory");
    }
    put_back(s);
    return st;
}

dsc_status dsc_ledger_get_totals(dsc_ledger *l, dsc_ledger_totals *totals,
                                 dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = dsc_ledger__prepare(
        l, &s, "SELECT outcome, files, bytes FROM total", err);
    int rc;

    *totals = (dsc_ledger_totals){{0}, {0}};
    if (st)
        return st;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        unsigned state = state_of(text_of(s, 0));
        totals->files[state] = (uint64_t)sqlite3_column_int64(s, 1);
        totals->bytes[state] = (uint64_t)sqlite3_column_int64(s, 2);
    }
    if (rc != SQLITE_DONE)
        st = dsc_ledger__fail(l->db, rc, err);
    sqlite3_finalize(s);
    return st;
}

static bool give_row(sqlite3_stmt *s, unsigned wanted,
                     bool (*fn)(void *ctx, const dsc_ledger_row *row),
                     void *ctx)
{
    char *input = path_of(s, 2), *output = path_of(s, 7);
    dsc_ledger_row row = {
        .id = sqlite3_column_int64(s, 0),
        .run = sqlite3_column_int64(s, 1),
        .input = input ? input : "",
        .size = sqlite3_column_int64(s, 3),
        .modified = sqlite3_column_int64(s, 4),
        .outcome = state_of(text_of(s, 5)),
        .reason = text_of(s, 6),
        .output = output,
        .study = text_of(s, 8),
        .series = text_of(s, 9),
        .instance = text_of(s, 10),
        .modality = text_of(s, 11),
        .frames = (uint32_t)sqlite3_column_int64(s, 12),
        .regions = (uint32_t)sqlite3_column_int64(s, 13),
        .attempts = (unsigned)sqlite3_column_int(s, 14),
        .duplicate = sqlite3_column_int(s, 15) != 0,
        .started = sqlite3_column_int64(s, 16),
        .ended = sqlite3_column_int64(s, 17),
        .record = text_of(s, 18),
        .sha256 = sqlite3_column_bytes(s, 19) == 32 ? sqlite3_column_blob(s, 19)
                                                    : NULL,
        .learned = sqlite3_column_type(s, 20) != SQLITE_NULL,
        .taught = taught_of(s, 20),
    };
    bool more = !(wanted >> row.outcome & 1) || fn(ctx, &row);

    dsc_free(input);
    dsc_free(output);
    return more;
}

dsc_status dsc_ledger_each(dsc_ledger *l, const dsc_ledger_query *q,
                           bool (*fn)(void *ctx, const dsc_ledger_row *row),
                           void *ctx, dsc_error *err)
{
    unsigned written = 1u << DSC_CLEAN | 1u << DSC_SCRUBBED | 1u << DSC_IGNORED;
    unsigned wanted = q->outcomes ? q->outcomes : ~0u;
    sqlite3_stmt *s = NULL;
    char sql[700];
    dsc_status st;
    bool more = true;
    int rc = SQLITE_DONE;

    /* The middle condition lets SQLite use the small index of refusals. */
    snprintf(
        sql, sizeof sql,
        "SELECT id, run, input, size, modified, outcome, reason, output,"
        " study, series, instance, modality, frames, regions, attempts,"
        " duplicate, started, ended, record, sha256, taught FROM instance"
        " WHERE %s%s%s%s ORDER BY %s",
        wanted & written ? "1"
                         : "outcome IN ('quarantined','failed','pending')",
        wanted == 1u << DSC_LEDGER_PENDING ? " AND outcome = 'pending'" : "",
        q->study ? " AND study = ?1" : "", q->after_run ? " AND run > ?2" : "",
        q->by_study    ? "study, series, instance, id"
        : q->after_run ? "run, id"
                       : "id");
    st = dsc_ledger__prepare(l, &s, sql, err);
    if (st)
        return st;
    if (q->study)
        bind_text(s, 1, q->study);
    if (q->after_run)
        sqlite3_bind_int64(s, 2, q->after_run);
    while (more && (rc = sqlite3_step(s)) == SQLITE_ROW)
        more = give_row(s, wanted, fn, ctx);
    if (more && rc != SQLITE_DONE)
        st = dsc_ledger__fail(l->db, rc, err);
    sqlite3_finalize(s);
    return st;
}

dsc_status dsc_ledger_each_judged(dsc_ledger *l, int64_t after,
                                  bool (*fn)(void *ctx,
                                             const dsc_ledger_judged *row),
                                  void *ctx, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = dsc_ledger__prepare(
        l, &s,
        "SELECT id, input, outcome, taught, run FROM instance WHERE id > ?1"
        " AND taught IS NOT NULL"
        " AND outcome IN ('clean','scrubbed','quarantined') ORDER BY id",
        err);
    bool more = !st;
    int rc = SQLITE_DONE;

    if (!st)
        sqlite3_bind_int64(s, 1, after);
    while (more && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        char *input = path_of(s, 1);
        dsc_ledger_judged row = {.id = sqlite3_column_int64(s, 0),
                                 .input = input,
                                 .outcome = state_of(text_of(s, 2)),
                                 .taught = taught_of(s, 3),
                                 .run = sqlite3_column_int64(s, 4)};
        if (!input)
            st = dsc_fail(err, DSC_NOMEM, "out of memory");
        more = input && fn(ctx, &row);
        dsc_free(input);
    }
    if (more && rc != SQLITE_DONE)
        st = dsc_ledger__fail(l->db, rc, err);
    sqlite3_finalize(s);
    return st;
}

/* ---- what rows told of before ---- */

static bool give_former(sqlite3_stmt *s,
                        bool (*fn)(void *ctx, const dsc_ledger_row *row),
                        void *ctx, bool *more)
{
    char *input = path_of(s, 0);
    dsc_ledger_row row = {.input = input,
                          .size = sqlite3_column_int64(s, 1),
                          .modified = sqlite3_column_int64(s, 2),
                          .sha256 = sqlite3_column_bytes(s, 3) == 32
                                        ? sqlite3_column_blob(s, 3)
                                        : NULL,
                          .run = sqlite3_column_int64(s, 4),
                          .learned = true,
                          .taught = taught_of(s, 5)};

    *more = input && fn(ctx, &row);
    dsc_free(input);
    return input != NULL;
}

dsc_status dsc_ledger_each_former(dsc_ledger *l, int64_t after_run,
                                  bool (*fn)(void *ctx,
                                             const dsc_ledger_row *row),
                                  void *ctx, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st;
    bool more = true;
    int rc = SQLITE_DONE;

    if (!dsc_ledger__has_former(l->schema))
        return DSC_OK;
    st = dsc_ledger__prepare(
        l, &s,
        "SELECT input, size, modified, sha256, run, taught FROM former"
        " WHERE run > ?1",
        err);
    if (st)
        return st;
    sqlite3_bind_int64(s, 1, after_run);
    while (more && (rc = sqlite3_step(s)) == SQLITE_ROW)
        if (!give_former(s, fn, ctx, &more))
            st = dsc_fail(err, DSC_NOMEM, "out of memory");
    if (more && rc != SQLITE_DONE)
        st = dsc_ledger__fail(l->db, rc, err);
    sqlite3_finalize(s);
    return st;
}

dsc_status dsc_ledger_put_former(dsc_ledger *l, const dsc_ledger_row *r,
                                 dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = open_group(l, err);

    if (!st)
        st = dsc_ledger__statement(l, DSC_LEDGER_SQL_FORMER, &s, err);
    if (st)
        return st;
    bind_path(s, 1, r->input);
    sqlite3_bind_int64(s, 2, r->size);
    sqlite3_bind_int64(s, 3, r->modified);
    if (r->sha256)
        sqlite3_bind_blob(s, 4, r->sha256, 32, SQLITE_STATIC);
    sqlite3_bind_int64(s, 5, l->run);
    bind_taught(s, 6, r->learned, &r->taught);
    return dsc_ledger__run(l, s, err);
}
