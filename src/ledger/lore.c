/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/lore.h"

#include <sqlite3.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define LORE_VERSION 2
#define NO_LORE      (-1)
#define BUSY_MS      60000
#define NEW          "-new" /* while it is written */
/* More names than this under a study or Patient ID, or more studies of one
 * patient: no person's, but a placeholder. */
#define MAX_NAMES       16
#define MAX_OTHERS      1000
#define PAGES_IN_MEMORY "131072" /* of 4 KiB */

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
    [GET_MARK] = "SELECT run, started, born FROM mark",
    [SET_MARK] = "INSERT OR REPLACE INTO mark VALUES(0, ?1, ?2, ?3)",
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

/* A value lies under its study and under its patient: where one of them is a
 * placeholder, the other one has it. A file that has changed is in it twice:
 * what it told before is still known. */
static const char schema[] =
    "CREATE TABLE file(name BLOB, size INTEGER, modified INTEGER,"
    " PRIMARY KEY(name, size, modified)) WITHOUT ROWID;"
    "CREATE TABLE mark(id INTEGER PRIMARY KEY, run INTEGER, started INTEGER,"
    " born INTEGER);"
    "CREATE TABLE lost(id INTEGER PRIMARY KEY, name BLOB, size INTEGER,"
    " modified INTEGER, study INTEGER, patient INTEGER, known INTEGER,"
    " sha256 BLOB,"
    " UNIQUE(name, size, modified));"
    "CREATE INDEX lost_study ON lost(study);"
    "CREATE INDEX lost_patient ON lost(patient);"
    "CREATE TABLE node(key INTEGER PRIMARY KEY, names INTEGER NOT NULL,"
    " others INTEGER NOT NULL);"
    "CREATE TABLE called(key INTEGER, name INTEGER, PRIMARY KEY(key, name))"
    " WITHOUT ROWID;"
    "CREATE TABLE edge(key INTEGER, other INTEGER, PRIMARY KEY(key, other))"
    " WITHOUT ROWID;"
    "CREATE TABLE value(key INTEGER, bytes BLOB, PRIMARY KEY(key, bytes))"
    " WITHOUT ROWID;";

struct dsc_lore {
    sqlite3 *db;
    bool in_memory, in_group;
    sqlite3_stmt *sql[SQL_COUNT];
};

static dsc_status fail_to_keep(dsc_error *err, const char *why)
{
    return dsc_fail(err, DSC_IO,
                    "what headers tell cannot be kept beside the ledger: %s",
                    why);
}

static dsc_status fail(const dsc_lore *l, int rc, dsc_error *err)
{
    switch (rc & 0xFF) {
    case SQLITE_NOMEM:
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    case SQLITE_FULL:
        if (l->in_memory)
            return dsc_fail(err, DSC_LIMIT,
                            "the headers hold more identifying values than fit "
                            "into memory: use 'batch' with a local ledger");
        return dsc_fail(err, DSC_IO, "what headers tell: the disk is full");
    case SQLITE_CORRUPT:
        return dsc_fail(err, DSC_IO,
                        "LEDGER-learned is damaged: bring it back from a copy, "
                        "or remove it and name all inputs, whose headers are "
                        "read anew");
    default:
        return fail_to_keep(err, sqlite3_errstr(rc));
    }
}

/* ---- open and close ---- */

static dsc_status execute(dsc_lore *l, const char *sql, dsc_error *err)
{
    int rc = sqlite3_exec(l->db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? DSC_OK : fail(l, rc, err);
}

/* A number of its head: PRAGMA `what`. */
static int read_number(dsc_lore *l, const char *what, int *number)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(l->db, what, -1, &s, NULL);

    *number = 0;
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        *number = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* *version: 0 of an empty one, and NO_LORE of what is none. All else than that
 * and an older one may be of use, and is not replaced. */
static dsc_status read_version(dsc_lore *l, int *version, dsc_error *err)
{
    int rc = read_number(l, "PRAGMA user_version", version);

    if ((rc & 0xFF) == SQLITE_NOTADB) {
        *version = NO_LORE;
        return DSC_OK;
    }
    if (rc != SQLITE_OK)
        return fail(l, rc, err);
    return *version > LORE_VERSION
               ? dsc_fail(err, DSC_USAGE,
                          "LEDGER-learned is one of a newer version of "
                          "dcmscrub")
               : DSC_OK;
}

static dsc_status make_schema(dsc_lore *l, dsc_error *err)
{
    char set[96];
    int32_t id;
    dsc_status st;

    if (getrandom(&id, sizeof id, 0) != sizeof id)
        return fail_to_keep(err, strerror(errno));
    snprintf(set, sizeof set,
             "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", id,
             LORE_VERSION);
    st = execute(l, "BEGIN IMMEDIATE", err);
    if (!st)
        st = execute(l, schema, err);
    return st ? st : execute(l, set, err);
}

/* *lack: it is no lore, or an old one. */
static dsc_status set_up(dsc_lore *l, bool may_make, bool *lack, dsc_error *err)
{
    int version;
    dsc_status st = read_version(l, &version, err);

    *lack = !st && version != LORE_VERSION && (version || !may_make);
    if (st || *lack)
        return st;
    st = execute(l,
                 l->in_memory ? "PRAGMA max_page_count = " PAGES_IN_MEMORY
                              : "PRAGMA journal_mode = WAL;"
                                "PRAGMA synchronous = NORMAL;"
                                "PRAGMA journal_size_limit = 16777216;"
                                "PRAGMA cache_size = -8192",
                 err);
    return st || version == LORE_VERSION ? st : make_schema(l, err);
}

/* Made here and not by SQLite, whose files would be readable by all. */
static dsc_status make_file(const char *path, dsc_error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return fail_to_keep(err, strerror(errno));
    close(fd);
    return DSC_OK;
}

/* One that was copied, or put there by somebody so that he can read it. */
static dsc_status tighten(const char *path, dsc_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    dsc_status st = DSC_OK;

    if (fd < 0 || fchmod(fd, 0600))
        st = fail_to_keep(err, strerror(errno));
    if (fd >= 0)
        close(fd);
    return st;
}

/* Through a link it would be another ledger's. It is not opened for this unless
 * it must be: to close it would drop the locks that SQLite has on it. */
static dsc_status find_file(const char *path, bool *found, dsc_error *err)
{
    struct stat info;

    *found = !lstat(path, &info);
    if (!*found)
        return errno == ENOENT ? DSC_OK : fail_to_keep(err, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return fail_to_keep(err, "LEDGER-learned is no file");
    return info.st_mode & 077 ? tighten(path, err) : DSC_OK;
}

static dsc_status open_database(dsc_lore **out, const char *path, int flags,
                                dsc_error *err)
{
    dsc_lore *l = dsc_alloc(sizeof *l);
    int rc;

    *out = l;
    if (!l)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    l->in_memory = !path;
    rc = sqlite3_open_v2(path ? path : ":memory:", &l->db, flags, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(l->db, BUSY_MS);
    return rc == SQLITE_OK ? DSC_OK : fail(l, rc, err);
}

/* *lack: there is none, and may_make is not set; or what there is must be
 * replaced. */
static dsc_status open_to_write(dsc_lore **out, const char *path, bool may_make,
                                bool *lack, dsc_error *err)
{
    bool found = true;
    dsc_status st = path ? find_file(path, &found, err) : DSC_OK;

    *lack = !st && !found && !may_make;
    if (st || *lack)
        return st;
    if (!found)
        st = make_file(path, err);
    if (!st)
        st = open_database(out, path, SQLITE_OPEN_READWRITE, err);
    if (!st)
        st = set_up(*out, may_make, lack, err);
    if (st || *lack)
        dsc_lore_close(out);
    return st;
}

dsc_status dsc_lore_create(dsc_lore **out, const char *path, dsc_error *err)
{
    bool lack;
    dsc_status st;

    *out = NULL;
    st = open_to_write(out, path, true, &lack, err);
    if (st || !lack)
        return st;
    dsc_lore_remove(path);
    st = open_to_write(out, path, true, &lack, err);
    return st || !lack ? st : fail_to_keep(err, "somebody else writes to it");
}

dsc_status dsc_lore_join(dsc_lore **out, const char *path, int id,
                         dsc_error *err)
{
    bool lack;
    dsc_status st;

    *out = NULL;
    st = open_to_write(out, path, false, &lack, err);
    if (!st && !lack && dsc_lore_id(*out) != id) {
        lack = true;
        dsc_lore_close(out);
    }
    return st || !lack ? st
                       : dsc_fail(err, DSC_IO,
                                  "LEDGER-learned is gone, or another one than "
                                  "when this run began");
}

int dsc_lore_id(dsc_lore *l)
{
    int id;

    return read_number(l, "PRAGMA application_id", &id) ? 0 : id;
}

static dsc_status open_as(dsc_lore **out, const char *path, int flags,
                          dsc_error *err)
{
    int version = 0;
    bool found;
    dsc_status st = find_file(path, &found, err);

    *out = NULL;
    if (!st && !found)
        st = dsc_fail(err, DSC_BADFILE, "no LEDGER-learned");
    if (!st)
        st = open_database(out, path, flags, err);
    if (!st)
        st = read_version(*out, &version, err);
    if (!st && version != LORE_VERSION)
        st = dsc_fail(err, DSC_BADFILE, "no lore, or of an older version");
    if (st)
        dsc_lore_close(out);
    return st;
}

dsc_status dsc_lore_open(dsc_lore **out, const char *path, dsc_error *err)
{
    return open_as(out, path, SQLITE_OPEN_READONLY, err);
}

void dsc_lore_close(dsc_lore **pl)
{
    dsc_lore *l = *pl;

    if (!l)
        return;
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(l->sql[i]);
    sqlite3_close(l->db);
    dsc_free(l);
    *pl = NULL;
}

void dsc_lore_remove(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal", NEW};
    size_t n = strlen(path) + sizeof "-journal";
    char *name = dsc_alloc(n);

    for (size_t i = 0; name && i < sizeof ends / sizeof *ends; i++) {
        snprintf(name, n, "%s%s", path, ends[i]);
        unlink(name);
    }
    dsc_free(name);
}

dsc_status dsc_lore_clear(const char *path, dsc_error *err)
{
    dsc_lore *l = NULL;
    struct stat info;
    int version = 0;
    dsc_status st = DSC_OK;

    if (lstat(path, &info))
        return errno == ENOENT ? DSC_OK : fail_to_keep(err, strerror(errno));
    if (S_ISREG(info.st_mode))
        st = open_database(&l, path, SQLITE_OPEN_READONLY, err);
    if (!st && l)
        st = read_version(l, &version, err);
    dsc_lore_close(&l);
    if (!st && version <= 0 && (!S_ISREG(info.st_mode) || info.st_size))
        st = dsc_fail(err, DSC_USAGE,
                      "LEDGER-learned is there before its ledger, and none of "
                      "dcmscrub's: move it away");
    if (!st)
        dsc_lore_remove(path);
    return st;
}

/* Whoever may write and is the last one takes away what lies beside. */
void dsc_lore_tidy(const char *path)
{
    dsc_lore *l = NULL;

    if (!open_as(&l, path, SQLITE_OPEN_READWRITE, NULL))
        dsc_lore_close(&l);
}

/* ---- in memory and on disk ---- */

static dsc_status copy(dsc_lore *to, dsc_lore *from, dsc_error *err)
{
    sqlite3_backup *b = sqlite3_backup_init(to->db, "main", from->db, "main");
    int rc;

    if (!b)
        return fail(to, sqlite3_errcode(to->db), err);
    rc = sqlite3_backup_step(b, -1);
    sqlite3_backup_finish(b);
    return rc == SQLITE_DONE ? DSC_OK : fail(to, rc, err);
}

/* To write: what a killed one has begun to write is rolled back. */
dsc_status dsc_lore_load(dsc_lore *l, const char *path, bool *found,
                         dsc_error *err)
{
    dsc_lore *file = NULL;
    dsc_error e = DSC_ERROR_INIT;
    dsc_status st = open_as(&file, path, SQLITE_OPEN_READWRITE, &e);

    *found = !st;
    if (st)
        return st == DSC_BADFILE ? DSC_OK : dsc_fail(err, st, "%s", e.msg);
    st = copy(l, file, err);
    dsc_lore_close(&file);
    return st;
}

/* Its name is on disk, too, when this returns. */
static dsc_status settle(const char *from, const char *path, dsc_error *err)
{
    char *parent = dsc_strdup(path), *slash = parent;
    int file = open(from, O_RDONLY | O_CLOEXEC), folder = -1;
    dsc_status st = DSC_OK;

    if (parent && (slash = strrchr(parent, '/')))
        slash[1] = '\0';
    if (parent)
        folder = open(slash ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!parent || file < 0 || folder < 0 || fsync(file) ||
        rename(from, path) || fsync(folder))
        st = fail_to_keep(err, strerror(errno));
    if (file >= 0)
        close(file);
    if (folder >= 0)
        close(folder);
    dsc_free(parent);
    return st;
}

/* Whoever is killed meanwhile leaves the one before. */
dsc_status dsc_lore_save(dsc_lore *l, const char *path, dsc_error *err)
{
    size_t n = strlen(path) + sizeof NEW;
    char *part = dsc_alloc(n);
    dsc_lore *file = NULL;
    dsc_status st = part ? dsc_lore_flush(l, err)
                         : dsc_fail(err, DSC_NOMEM, "out of memory");

    if (!st) {
        snprintf(part, n, "%s%s", path, NEW);
        unlink(part);
        st = make_file(part, err);
    }
    if (!st)
        st = open_database(&file, part, SQLITE_OPEN_READWRITE, err);
    if (!st)
        st = execute(file, "PRAGMA journal_mode = OFF", err);
    if (!st)
        st = copy(file, l, err);
    dsc_lore_close(&file);
    if (!st)
        st = settle(part, path, err);
    if (st && part)
        unlink(part);
    dsc_free(part);
    return st;
}

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
    return rc == SQLITE_OK ? DSC_OK : fail(l, rc, err);
}

static dsc_status finish(dsc_lore *l, sqlite3_stmt *s, int rc, dsc_error *err)
{
    sqlite3_reset(s);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? DSC_OK : fail(l, rc, err);
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
                                  "in a run before");
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
                                sqlite3_column_int64(s, 1),
                                sqlite3_column_int64(s, 2)};
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
    sqlite3_bind_int64(s, 3, mark->born);
    return finish(l, s, sqlite3_step(s), err);
}
