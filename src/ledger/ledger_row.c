/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows: written in groups, found by input, streamed to readers. */
#include "ledger/ledger_priv.h"

#include <stdio.h>
#include <string.h>

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
        " attempts, duplicate, started, ended, record, taught, output_sha256,"
        " output_file, made)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
        " ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)"
        " ON CONFLICT(input) DO UPDATE SET run = ?1, size = ?3, modified = ?4,"
        " sha256 = ?5, outcome = ?6, reason = ?7, output = ?8, study = ?9,"
        " series = ?10, instance = ?11, modality = ?12, frames = ?13,"
        " regions = ?14, attempts = ?15, duplicate = ?16, started = ?17,"
        " ended = ?18, record = ?19, taught = ?20, output_sha256 = ?21,"
        " output_file = ?22, made = ?23",
    /* Whatever has no digest, of before schema 5, may be the same. All twins
     * tell the same of who made it. */
    [DSC_LEDGER_SQL_TWIN] =
        "SELECT made FROM instance WHERE study = ?1 AND series = ?2"
        " AND instance = ?3 AND output = ?4 AND input <> ?5"
        " AND outcome IN ('clean','scrubbed')"
        " AND ifnull(output_sha256 = ?6, 1) LIMIT 1",
    [DSC_LEDGER_SQL_OWN] =
        "UPDATE instance SET made = 1, output_file = ifnull(?5, output_file)"
        " WHERE study = ?1 AND series = ?2"
        " AND instance = ?3 AND output = ?4"
        " AND outcome IN ('clean','scrubbed')"
        " AND ifnull(output_sha256 = ?6, 1)",
    [DSC_LEDGER_SQL_MET] =
        "UPDATE instance SET output_file = ?2 WHERE input = ?1",
    /* A twin of another version or of other settings will be done anew, too:
     * its output may go. */
    [DSC_LEDGER_SQL_PEER] =
        "SELECT 1 FROM instance i JOIN run r ON r.id = i.run"
        " WHERE i.study = ?1 AND i.series = ?2 AND i.instance = ?3"
        " AND i.output = ?4 AND i.input <> ?5"
        " AND i.outcome IN ('clean','scrubbed')"
        " AND ifnull(i.output_sha256 = ?6, 1)"
        " AND r.version = ?7 AND r.settings = ?8"
        " AND (?9 IS NULL OR i.taught IS NULL"
        "  OR ?9 IN (substr(i.taught, 17, 8), substr(i.taught, 25, 8)))"
        " LIMIT 1",
    [DSC_LEDGER_SQL_REOPEN] =
        "UPDATE instance SET outcome = 'pending' WHERE input = ?1",
    [DSC_LEDGER_SQL_OUTPUT] =
        "SELECT i.output, i.output_sha256, i.output_file, i.made, r.watch, i.id,"
        " i.study, i.series, i.instance FROM instance i JOIN run r ON r.id = i.run"
        " WHERE i.input = ?1",
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

void dsc_ledger__bind_path(sqlite3_stmt *s, int at, const char *path)
{
    if (path)
        sqlite3_bind_blob(s, at, path, (int)strlen(path), SQLITE_STATIC);
    else
        sqlite3_bind_null(s, at);
}

void dsc_ledger__bind_text(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text ? text : "", -1, SQLITE_STATIC);
}

/* SQLite ends neither blobs nor NULLs with a NUL, so paths are copied. */
char *dsc_ledger__path_of(sqlite3_stmt *s, int column)
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

const char *dsc_ledger__text_of(sqlite3_stmt *s, int column)
{
    const unsigned char *text = sqlite3_column_text(s, column);
    return text ? (const char *)text : "";
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

/* Inode, size, time of change: 8 bytes each. */
#define FILE_SIZE 24

static void bind_file(sqlite3_stmt *s, int at, const dsc_ledger_file *f)
{
    uint64_t words[] = {f->inode, (uint64_t)f->size, (uint64_t)f->modified};

    _Static_assert(sizeof words == FILE_SIZE, "as it is read");
    if (f->known)
        sqlite3_bind_blob(s, at, words, sizeof words, SQLITE_TRANSIENT);
}

static void bind_digest(sqlite3_stmt *s, int at, const dsc_ledger_file *f)
{
    if (f->known)
        sqlite3_bind_blob(s, at, f->sha256, sizeof f->sha256, SQLITE_STATIC);
}

/* Of three columns: digest, file, made. */
static dsc_ledger_file file_of(sqlite3_stmt *s, int column)
{
    const void *digest = sqlite3_column_blob(s, column);
    const void *file = sqlite3_column_blob(s, column + 1);
    dsc_ledger_file f = {.ours = sqlite3_column_int(s, column + 2) != 0};
    uint64_t words[3];

    f.known = sqlite3_column_bytes(s, column) == sizeof f.sha256 &&
              sqlite3_column_bytes(s, column + 1) == FILE_SIZE;
    if (!f.known)
        return f;
    memcpy(f.sha256, digest, sizeof f.sha256);
    memcpy(words, file, sizeof words);
    f.inode = words[0];
    f.size = (int64_t)words[1];
    f.modified = (int64_t)words[2];
    return f;
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

/* ---- writing ---- */

static void bind_output(sqlite3_stmt *s, const dsc_ledger_row *row)
{
    dsc_ledger__bind_text(s, 1, row->study);
    dsc_ledger__bind_text(s, 2, row->series);
    dsc_ledger__bind_text(s, 3, row->instance);
    dsc_ledger__bind_path(s, 4, row->output);
    bind_digest(s, 6, &row->file);
}

/* Has another input this output? `which` tells of what kind. *made, where it is
 * not NULL: by a run of this ledger. */
static dsc_status find_twin(dsc_ledger *l, int which, const dsc_ledger_row *row,
                            const uint64_t *digest, bool *found, bool *made,
                            dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = dsc_ledger__statement(l, which, &s, err);

    *found = false;
    if (st || !row->output)
        return st;
    bind_output(s, row);
    dsc_ledger__bind_path(s, 5, row->input);
    if (which == DSC_LEDGER_SQL_PEER) {
        dsc_ledger__bind_text(s, 7, l->version);
        dsc_ledger__bind_text(s, 8, l->settings);
        if (digest)
            sqlite3_bind_blob(s, 9, digest, sizeof *digest, SQLITE_STATIC);
    }
    st = first_row(l, s, found, err);
    if (made)
        *made = *found && sqlite3_column_int(s, 0) != 0;
    put_back(s);
    return st;
}

static dsc_status own(dsc_ledger *l, const dsc_ledger_row *row, bool *any,
                      dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = dsc_ledger__statement(l, DSC_LEDGER_SQL_OWN, &s, err);

    if (st)
        return st;
    bind_output(s, row);
    bind_file(s, 5, &row->file);
    st = dsc_ledger__run(l, s, err);
    *any = !st && sqlite3_changes(l->db) > 0;
    return st;
}

dsc_status dsc_ledger_own(dsc_ledger *l, const char *study, const char *series,
                          const char *instance, const char *output,
                          const dsc_ledger_file *file, bool *claimed,
                          dsc_error *err)
{
    dsc_ledger_row row = {.study = study,
                          .series = series,
                          .instance = instance,
                          .output = output,
                          .file = *file};
    dsc_status st = open_group(l, err);

    *claimed = false;
    return st ? st : own(l, &row, claimed, err);
}

dsc_status dsc_ledger_met(dsc_ledger *l, const char *input,
                          const dsc_ledger_file *file, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = open_group(l, err);

    if (!st)
        st = dsc_ledger__statement(l, DSC_LEDGER_SQL_MET, &s, err);
    if (st)
        return st;
    dsc_ledger__bind_path(s, 1, input);
    bind_file(s, 2, file);
    return dsc_ledger__run(l, s, err);
}

dsc_status dsc_ledger_put(dsc_ledger *l, const dsc_ledger_row *r,
                          dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    bool twin = false, made = false;
    dsc_status st = open_group(l, err);

    if (!st)
        st = find_twin(l, DSC_LEDGER_SQL_TWIN, r, NULL, &twin, &made, err);
    if (!st)
        st = dsc_ledger__statement(l, DSC_LEDGER_SQL_PUT, &s, err);
    if (st)
        return st;
    sqlite3_bind_int64(s, 1, l->run);
    dsc_ledger__bind_path(s, 2, r->input);
    sqlite3_bind_int64(s, 3, r->size);
    sqlite3_bind_int64(s, 4, r->modified);
    if (r->sha256)
        sqlite3_bind_blob(s, 5, r->sha256, 32, SQLITE_STATIC);
    dsc_ledger__bind_text(s, 6, dsc_ledger_state_name(r->outcome));
    dsc_ledger__bind_text(s, 7, r->reason);
    dsc_ledger__bind_path(s, 8, r->output);
    dsc_ledger__bind_text(s, 9, r->study);
    dsc_ledger__bind_text(s, 10, r->series);
    dsc_ledger__bind_text(s, 11, r->instance);
    dsc_ledger__bind_text(s, 12, r->modality);
    sqlite3_bind_int64(s, 13, r->frames);
    sqlite3_bind_int64(s, 14, r->regions);
    sqlite3_bind_int64(s, 15, r->attempts);
    sqlite3_bind_int(s, 16, twin);
    sqlite3_bind_int64(s, 17, r->started);
    sqlite3_bind_int64(s, 18, r->ended);
    dsc_ledger__bind_text(s, 19, r->record);
    bind_taught(s, 20, r->learned, &r->taught);
    bind_digest(s, 21, &r->file);
    bind_file(s, 22, &r->file);
    sqlite3_bind_int(s, 23, r->file.ours || made);
    st = dsc_ledger__run(l, s, err);
    return !st && twin && r->file.ours ? own(l, r, &twin, err) : st;
}

static dsc_status output_of(sqlite3_stmt *s, dsc_ledger_output *output,
                            dsc_error *err)
{
    *output = (dsc_ledger_output){.path = dsc_ledger__path_of(s, 0),
                                  .file = file_of(s, 1),
                                  .by_watch = sqlite3_column_int(s, 4) != 0,
                                  .id = sqlite3_column_int64(s, 5)};
    return output->path || sqlite3_column_type(s, 0) == SQLITE_NULL
               ? DSC_OK
               : dsc_fail(err, DSC_NOMEM, "out of memory");
}

dsc_status dsc_ledger_reopen(dsc_ledger *l, const char *input,
                             const uint64_t *digest, dsc_ledger_output *output,
                             dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_ledger_row row = {.input = input};
    bool found = false, twin = false;
    dsc_status st = dsc_ledger__statement(l, DSC_LEDGER_SQL_OUTPUT, &s, err);

    *output = (dsc_ledger_output){.path = NULL};
    if (st)
        return st;
    dsc_ledger__bind_path(s, 1, input);
    st = first_row(l, s, &found, err);
    if (found)
        st = output_of(s, output, err);
    if (!st && found) {
        row.output = output->path;
        row.file = output->file;
        row.study = dsc_ledger__text_of(s, 6);
        row.series = dsc_ledger__text_of(s, 7);
        row.instance = dsc_ledger__text_of(s, 8);
        st = find_twin(l, DSC_LEDGER_SQL_PEER, &row, digest, &twin, NULL, err);
    }
    put_back(s);
    if (!st)
        st = open_group(l, err);
    if (!st)
        st = dsc_ledger__statement(l, DSC_LEDGER_SQL_REOPEN, &s, err);
    if (!st) {
        dsc_ledger__bind_path(s, 1, input);
        st = dsc_ledger__run(l, s, err);
    }
    /* On disk before the output goes. */
    if (!st)
        st = dsc_ledger_flush(l, err);
    if (st || twin) {
        dsc_free(output->path);
        output->path = NULL;
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
    dsc_ledger__bind_path(s, 1, input);
    st = first_row(l, s, &found, err);
    if (found)
        *known = (dsc_ledger_known){
            .found = true,
            .outcome = state_of(dsc_ledger__text_of(s, 0)),
            .id = sqlite3_column_int64(s, 1),
            .size = sqlite3_column_int64(s, 2),
            .modified = sqlite3_column_int64(s, 3),
            .ended = sqlite3_column_int64(s, 4),
            .same_run_settings =
                !strcmp(dsc_ledger__text_of(s, 5), l->version) &&
                !strcmp(dsc_ledger__text_of(s, 6), l->settings),
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
                                 dsc_ledger_output *output, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = dsc_ledger__statement(l, DSC_LEDGER_SQL_OUTPUT, &s, err);
    bool found = false;

    *output = (dsc_ledger_output){.path = NULL};
    if (st)
        return st;
    dsc_ledger__bind_path(s, 1, input);
    st = first_row(l, s, &found, err);
    if (found)
        st = output_of(s, output, err);
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
        unsigned state = state_of(dsc_ledger__text_of(s, 0));
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
    char *input = dsc_ledger__path_of(s, 2),
         *output = dsc_ledger__path_of(s, 7);
    dsc_ledger_row row = {
        .id = sqlite3_column_int64(s, 0),
        .run = sqlite3_column_int64(s, 1),
        .input = input ? input : "",
        .size = sqlite3_column_int64(s, 3),
        .modified = sqlite3_column_int64(s, 4),
        .outcome = state_of(dsc_ledger__text_of(s, 5)),
        .reason = dsc_ledger__text_of(s, 6),
        .output = output,
        .study = dsc_ledger__text_of(s, 8),
        .series = dsc_ledger__text_of(s, 9),
        .instance = dsc_ledger__text_of(s, 10),
        .modality = dsc_ledger__text_of(s, 11),
        .frames = (uint32_t)sqlite3_column_int64(s, 12),
        .regions = (uint32_t)sqlite3_column_int64(s, 13),
        .attempts = (unsigned)sqlite3_column_int(s, 14),
        .duplicate = sqlite3_column_int(s, 15) != 0,
        .started = sqlite3_column_int64(s, 16),
        .ended = sqlite3_column_int64(s, 17),
        .record = dsc_ledger__text_of(s, 18),
        .sha256 = sqlite3_column_bytes(s, 19) == 32 ? sqlite3_column_blob(s, 19)
                                                    : NULL,
        .learned = sqlite3_column_type(s, 20) != SQLITE_NULL,
        .taught = taught_of(s, 20),
        .file = file_of(s, 21),
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
        " duplicate, started, ended, record, sha256, taught, %s FROM instance"
        " WHERE %s%s%s%s%s ORDER BY %s",
        dsc_ledger__has_made(l->schema) ? "output_sha256, output_file, made"
                                        : "NULL, NULL, 0",
        wanted & written ? "1"
                         : "outcome IN ('quarantined','failed','pending')",
        wanted == 1u << DSC_LEDGER_PENDING ? " AND outcome = 'pending'" : "",
        q->study ? " AND study = ?1" : "", q->after_run ? " AND run > ?2" : "",
        q->no_watch ? " AND run NOT IN (SELECT id FROM run WHERE watch)" : "",
        q->by_study    ? "study, series, instance, id"
        : q->after_run ? "run, id"
                       : "id");
    st = dsc_ledger__prepare(l, &s, sql, err);
    if (st)
        return st;
    if (q->study)
        dsc_ledger__bind_text(s, 1, q->study);
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
        char *input = dsc_ledger__path_of(s, 1);
        dsc_ledger_judged row = {.id = sqlite3_column_int64(s, 0),
                                 .input = input,
                                 .outcome = state_of(dsc_ledger__text_of(s, 2)),
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
    char *input = dsc_ledger__path_of(s, 0);
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
    dsc_ledger__bind_path(s, 1, r->input);
    sqlite3_bind_int64(s, 2, r->size);
    sqlite3_bind_int64(s, 3, r->modified);
    if (r->sha256)
        sqlite3_bind_blob(s, 4, r->sha256, 32, SQLITE_STATIC);
    sqlite3_bind_int64(s, 5, l->run);
    bind_taught(s, 6, r->learned, &r->taught);
    return dsc_ledger__run(l, s, err);
}
