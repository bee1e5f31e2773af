/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/pairs.h"

#include <sqlite3.h>

struct dsc_pairs {
    sqlite3 *db;
    sqlite3_stmt *put, *set, *get;
};

static dsc_status fail(int rc, dsc_error *err)
{
    return dsc_fail(err, rc == SQLITE_NOMEM ? DSC_NOMEM : DSC_IO,
                    "a temporary table: %s", sqlite3_errstr(rc));
}

dsc_status dsc_pairs_open(dsc_pairs **out, dsc_error *err)
{
    static const char set_up[] =
        "PRAGMA journal_mode = OFF; PRAGMA cache_size = -4096;"
        "CREATE TABLE pair(key BLOB PRIMARY KEY, value INTEGER) WITHOUT ROWID;"
        "BEGIN";
    dsc_pairs *p = dsc_alloc(sizeof *p);
    int rc;

    *out = NULL;
    if (!p)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    rc = sqlite3_open("", &p->db);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(p->db, set_up, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(p->db,
                                "INSERT OR IGNORE INTO pair VALUES(?1, ?2)", -1,
                                &p->put, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(p->db,
                                "INSERT OR REPLACE INTO pair VALUES(?1, ?2)",
                                -1, &p->set, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(p->db, "SELECT value FROM pair WHERE key = ?1",
                                -1, &p->get, NULL);
    *out = p;
    if (rc == SQLITE_OK)
        return DSC_OK;
    dsc_pairs_close(out);
    return fail(rc, err);
}

static dsc_status finish(sqlite3_stmt *s, int rc, dsc_error *err)
{
    sqlite3_reset(s);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? DSC_OK : fail(rc, err);
}

static dsc_status write(sqlite3_stmt *s, const void *key, size_t len,
                        uint64_t value, dsc_error *err)
{
    sqlite3_bind_blob(s, 1, key, (int)len, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, (int64_t)value);
    return finish(s, sqlite3_step(s), err);
}

dsc_status dsc_pairs_put(dsc_pairs *p, const void *key, size_t len,
                         uint64_t value, dsc_error *err)
{
    return write(p->put, key, len, value, err);
}

dsc_status dsc_pairs_set(dsc_pairs *p, const void *key, size_t len,
                         uint64_t value, dsc_error *err)
{
    return write(p->set, key, len, value, err);
}

dsc_status dsc_pairs_get(dsc_pairs *p, const void *key, size_t len,
                         uint64_t *value, dsc_error *err)
{
    int rc;

    sqlite3_bind_blob(p->get, 1, key, (int)len, SQLITE_STATIC);
    rc = sqlite3_step(p->get);
    if (rc == SQLITE_ROW)
        *value = (uint64_t)sqlite3_column_int64(p->get, 0);
    return finish(p->get, rc, err);
}

void dsc_pairs_close(dsc_pairs **pp)
{
    dsc_pairs *p = *pp;

    if (!p)
        return;
    sqlite3_finalize(p->put);
    sqlite3_finalize(p->set);
    sqlite3_finalize(p->get);
    sqlite3_close(p->db);
    dsc_free(p);
    *pp = NULL;
}
