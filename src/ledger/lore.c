/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/lore_priv.h"

#include <string.h>

/* More names than this under a study or Patient ID, or more studies of one
 * patient: no person's, but a placeholder. */
#define MAX_NAMES  16
#define MAX_OTHERS 1000

enum {
    BEGIN,
    COMMIT,
    HAS,
    ADD_FILE,
    ADD_NAME,
    ADD_EDGE,
    COUNT_NAME,
    COUNT_OTHER,
    ADD_VALUE,
    RECALL,
    GET_MARK,
    SET_MARK,
    ADD_NODE,
    ADD_LOST,
    NEXT_LOST,
    FORGET_LOST,
    HAS_LOST,
    IS_LOST,
    SQL_COUNT
};
_Static_assert(SQL_COUNT <= DSC_LORE_STATEMENTS, "room for all");

#define SOMEBODY " names <= 16 AND others <= 1000 "
#define KIN                                                                    \
 "WITH RECURSIVE kin(key) AS ("                                                \
 " SELECT key FROM node WHERE key IN (?1, ?2) AND" SOMEBODY                    \
 " UNION SELECT e.other FROM kin JOIN edge e ON e.key = kin.key"               \
 " JOIN node n ON n.key = e.other WHERE" SOMEBODY ")"

static const char *const statements[SQL_COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [HAS] = "SELECT 1 FROM file WHERE name = ?1 AND size = ?2"
            " AND modified = ?3",
    [ADD_FILE] = "INSERT OR IGNORE INTO file VALUES(?1, ?2, ?3)",
    [ADD_NAME] = "INSERT OR IGNORE INTO called VALUES(?1, ?2)",
    [ADD_EDGE] = "INSERT OR IGNORE INTO edge VALUES(?1, ?2)",
    [COUNT_NAME] = "INSERT INTO node VALUES(?1, 1, 0)"
                   " ON CONFLICT(key) DO UPDATE SET names = names + 1",
    [COUNT_OTHER] = "INSERT INTO node VALUES(?1, 0, 1)"
                    " ON CONFLICT(key) DO UPDATE SET others = others + 1",
    [ADD_VALUE] = "INSERT OR IGNORE INTO value VALUES(?1, ?2)",
    [RECALL] = KIN " SELECT DISTINCT v.bytes FROM kin"
                   " JOIN value v ON v.key = kin.key",
    [GET_MARK] = "SELECT run, started FROM mark",
    [SET_MARK] = "INSERT OR REPLACE INTO mark(id, run, started)"
                 " VALUES(0, ?1, ?2)",
    [ADD_NODE] = "INSERT OR IGNORE INTO node VALUES(?1, 0, 0)",
    [ADD_LOST] =
        "INSERT OR IGNORE INTO lost(name, size, modified, study, patient,"
        " known, sha256) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [NEXT_LOST] = "SELECT id, name, size, modified, study, patient, known,"
                  " sha256 FROM lost WHERE id > ?1 ORDER BY id LIMIT 1",
    [FORGET_LOST] = "DELETE FROM lost WHERE id = ?1",
    [HAS_LOST] = "SELECT 1 FROM lost LIMIT 1",
    [IS_LOST] = KIN " SELECT 1 FROM kin JOIN lost ON lost.study = kin.key"
                    " UNION ALL"
                    " SELECT 1 FROM kin JOIN lost ON lost.patient = kin.key"
                    " LIMIT 1",
};

/* ---- statements ---- */

static dsc_status prepare(dsc_lore *l, int which, sqlite3_stmt **out,
                          dsc_error *err)
{
    int rc = SQLITE_OK;

    if (!l->sql[which])
        rc =
            sqlite3_prepare_v3(l->db, statements[which], -1,
                               SQLITE_PREPARE_PERSISTENT, &l->sql[which], NULL);
    *out = l->sql[which];
    return rc == SQLITE_OK ? DSC_OK : dsc_lore_fail(l, rc, err);
}

static dsc_status finish(dsc_lore *l, sqlite3_stmt *s, int rc, dsc_error *err)
{
    sqlite3_reset(s);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? DSC_OK
                                                 : dsc_lore_fail(l, rc, err);
}

/* Of numbers; *changed: did it? */
static dsc_status run(dsc_lore *l, int which, uint64_t a, uint64_t b,
                      bool *changed, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = prepare(l, which, &s, err);
    int rc;

    if (st)
        return st;
    sqlite3_bind_int64(s, 1, (int64_t)a);
    sqlite3_bind_int64(s, 2, (int64_t)b);
    rc = sqlite3_step(s);
    if (changed)
        *changed = rc == SQLITE_DONE && sqlite3_changes(l->db) > 0;
    return finish(l, s, rc, err);
}

static dsc_status open_group(dsc_lore *l, dsc_error *err)
{
    dsc_status st = l->in_group ? DSC_OK : run(l, BEGIN, 0, 0, NULL, err);

    l->in_group = l->in_group || !st;
    return st;
}

dsc_status dsc_lore_flush(dsc_lore *l, dsc_error *err)
{
    dsc_status st = l->in_group ? run(l, COMMIT, 0, 0, NULL, err) : DSC_OK;

    l->in_group = l->in_group && st;
    return st;
}

/* ---- adding ---- */

static void bind_file(sqlite3_stmt *s, const char *name, int64_t size,
                      int64_t modified)
{
    sqlite3_bind_blob(s, 1, name, (int)strlen(name), SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, size);
    sqlite3_bind_int64(s, 3, modified);
}

dsc_status dsc_lore_has(dsc_lore *l, const char *name, int64_t size,
                        int64_t modified, bool *has, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = prepare(l, HAS, &s, err);
    int rc;

    *has = false;
    if (st)
        return st;
    bind_file(s, name, size, modified);
    rc = sqlite3_step(s);
    *has = rc == SQLITE_ROW;
    return finish(l, s, rc, err);
}

dsc_status dsc_lore_add_file(dsc_lore *l, const char *name, int64_t size,
                             int64_t modified, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = open_group(l, err);

    if (!st)
        st = prepare(l, ADD_FILE, &s, err);
    if (st)
        return st;
    bind_file(s, name, size, modified);
    return finish(l, s, sqlite3_step(s), err);
}

static dsc_status add_key(dsc_lore *l, uint64_t key, uint64_t name,
                          uint64_t other, dsc_error *err)
{
    bool fresh = false;
    dsc_status st;

    if (!key)
        return DSC_OK;
    st = run(l, ADD_NAME, key, name, &fresh, err);
    if (!st && fresh)
        st = run(l, COUNT_NAME, key, 0, NULL, err);
    if (st || !other)
        return st;
    st = run(l, ADD_EDGE, key, other, &fresh, err);
    return st || !fresh ? st : run(l, COUNT_OTHER, key, 0, NULL, err);
}

dsc_status dsc_lore_add_kin(dsc_lore *l, const dsc_kin *k, dsc_error *err)
{
    dsc_status st = open_group(l, err);

    if (!st)
        st = add_key(l, k->study, k->name, k->patient, err);
    return st ? st : add_key(l, k->patient, k->name, k->study, err);
}

static dsc_status add_value(dsc_lore *l, uint64_t key, const void *value,
                            size_t len, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = key ? prepare(l, ADD_VALUE, &s, err) : DSC_OK;

    if (st || !key)
        return st;
    sqlite3_bind_int64(s, 1, (int64_t)key);
    sqlite3_bind_blob(s, 2, value, (int)len, SQLITE_STATIC);
    return finish(l, s, sqlite3_step(s), err);
}

dsc_status dsc_lore_add_value(dsc_lore *l, const dsc_kin *k, const void *value,
                              size_t len, dsc_error *err)
{
    dsc_status st = open_group(l, err);

    DSC_CHECK(len <= DSC_LORE_VALUE, err);
    if (!st)
        st = add_value(l, k->study, value, len, err);
    return st ? st : add_value(l, k->patient, value, len, err);
}

/* ---- lost ---- */

/* Its study and patient still belong together. */
static dsc_status add_bond(dsc_lore *l, uint64_t key, uint64_t other,
                           dsc_error *err)
{
    dsc_status st = key ? run(l, ADD_NODE, key, 0, NULL, err) : DSC_OK;

    return st || !key || !other ? st : run(l, ADD_EDGE, key, other, NULL, err);
}

dsc_status dsc_lore_add_lost(dsc_lore *l, const dsc_lore_lost *lost,
                             dsc_error *err)
{
    const dsc_kin *k = &lost->kin;
    sqlite3_stmt *s = NULL;
    dsc_status st = open_group(l, err);

    if (!st)
        st = add_bond(l, k->study, k->patient, err);
    if (!st)
        st = add_bond(l, k->patient, k->study, err);
    if (!st)
        st = prepare(l, ADD_LOST, &s, err);
    if (st)
        return st;
    bind_file(s, lost->name, lost->size, lost->modified);
    sqlite3_bind_int64(s, 4, (int64_t)k->study);
    sqlite3_bind_int64(s, 5, (int64_t)k->patient);
    sqlite3_bind_int64(s, 6, (int64_t)lost->known);
    sqlite3_bind_blob(s, 7, lost->sha256, lost->sha256 ? 32 : 0,
                      SQLITE_TRANSIENT);
    return finish(l, s, sqlite3_step(s), err);
}

/* *id: of the one before; 0 where there is none any more. */
static dsc_status visit_lost(dsc_lore *l, int64_t *id,
                             bool (*fn)(void *ctx, const dsc_lore_lost *lost),
                             void *ctx, bool *forget, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = prepare(l, NEXT_LOST, &s, err);
    int rc;

    *forget = false;
    if (st)
        return st;
    sqlite3_bind_int64(s, 1, *id);
    rc = sqlite3_step(s);
    *id = rc == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
    if (*id) {
        dsc_buf name = {0};
        dsc_lore_lost lost = {
            .size = sqlite3_column_int64(s, 2),
            .modified = sqlite3_column_int64(s, 3),
            .kin = {.study = (uint64_t)sqlite3_column_int64(s, 4),
                    .patient = (uint64_t)sqlite3_column_int64(s, 5)},
            .known = (uint64_t)sqlite3_column_int64(s, 6),
            .sha256 = sqlite3_column_bytes(s, 7) == 32
                          ? sqlite3_column_blob(s, 7)
                          : NULL};
        st = dsc_buf_append(&name, sqlite3_column_blob(s, 1),
                            (size_t)sqlite3_column_bytes(s, 1), err);
        if (!st)
            st = dsc_buf_append(&name, "", 1, err);
        lost.name = (const char *)name.data;
        *forget = !st && fn(ctx, &lost);
        dsc_buf_free(&name);
    }
    return st ? finish(l, s, rc, NULL), st : finish(l, s, rc, err);
}

dsc_status dsc_lore_find_lost(dsc_lore *l,
                              bool (*fn)(void *ctx, const dsc_lore_lost *lost),
                              void *ctx, dsc_error *err)
{
    int64_t id = 0;
    bool forget;
    dsc_status st = open_group(l, err);

    while (!st) {
        st = visit_lost(l, &id, fn, ctx, &forget, err);
        if (!id)
            break;
        if (!st && forget)
            st = run(l, FORGET_LOST, (uint64_t)id, 0, NULL, err);
    }
    return st;
}

static dsc_status has_row(dsc_lore *l, int which, const dsc_kin *kin, bool *has,
                          dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = prepare(l, which, &s, err);
    int rc;

    *has = false;
    if (st)
        return st;
    sqlite3_bind_int64(s, 1, (int64_t)kin->study);
    sqlite3_bind_int64(s, 2, (int64_t)kin->patient);
    rc = sqlite3_step(s);
    *has = rc == SQLITE_ROW;
    return finish(l, s, rc, err);
}

dsc_status dsc_lore_has_lost(dsc_lore *l, bool *has, dsc_error *err)
{
    return has_row(l, HAS_LOST, &(dsc_kin){0}, has, err);
}

static dsc_status check_lost(dsc_lore *l, const dsc_kin *kin, dsc_error *err)
{
    bool lost = false;
    dsc_status st = dsc_lore_has_lost(l, &lost, err);

    if (!st && lost)
        st = has_row(l, IS_LOST, kin, &lost, err);
    return st || !lost ? st
                       : dsc_fail(err, DSC_UNSUPPORTED,
                                  "less is known of its study or patient than "
                                  "in a run before; name all inputs, or take "
                                  "--know-less");
}

/* ---- recall ---- */

dsc_status dsc_lore_recall(void *lore, const dsc_kin *kin, dsc_lesson_fn fn,
                           void *ctx, dsc_error *err)
{
    dsc_status st = check_lost(lore, kin, err);

    return st ? st : dsc_lore_recall_rest(lore, kin, fn, ctx, err);
}

dsc_status dsc_lore_recall_rest(void *lore, const dsc_kin *kin,
                                dsc_lesson_fn fn, void *ctx, dsc_error *err)
{
    dsc_lore *l = lore;
    sqlite3_stmt *s = NULL;
    dsc_status st = prepare(l, RECALL, &s, err), end;
    int rc = SQLITE_DONE;

    if (st)
        return st;
    sqlite3_bind_int64(s, 1, (int64_t)kin->study);
    sqlite3_bind_int64(s, 2, (int64_t)kin->patient);
    while (!st && (rc = sqlite3_step(s)) == SQLITE_ROW)
        st = fn(ctx, sqlite3_column_blob(s, 0),
                (size_t)sqlite3_column_bytes(s, 0), err);
    end = finish(l, s, rc, st ? NULL : err);
    return st ? st : end;
}

/* ---- how far it goes ---- */

dsc_status dsc_lore_get_mark(dsc_lore *l, dsc_lore_mark *mark, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = prepare(l, GET_MARK, &s, err);
    int rc;

    *mark = (dsc_lore_mark){0};
    if (st)
        return st;
    rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        *mark = (dsc_lore_mark){sqlite3_column_int64(s, 0),
                                sqlite3_column_int64(s, 1)};
    return finish(l, s, rc, err);
}

dsc_status dsc_lore_set_mark(dsc_lore *l, const dsc_lore_mark *mark,
                             dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st = prepare(l, SET_MARK, &s, err);

    if (st)
        return st;
    sqlite3_bind_int64(s, 1, mark->run);
    sqlite3_bind_int64(s, 2, mark->started);
    return finish(l, s, sqlite3_step(s), err);
}
