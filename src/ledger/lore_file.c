/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/lore_priv.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define LORE_VERSION    2
#define NO_LORE         (-1)
#define BUSY_MS         60000
#define NEW             "-new"   /* while it is written */
#define PAGES_IN_MEMORY "131072" /* of 4 KiB */

/* A value lies under its study and under its patient: where one of them is a
 * placeholder, the other one has it. A file that has changed is in it twice:
 * what it told before is still known. */
static const char schema[] =
    "CREATE TABLE file(name BLOB, size INTEGER, modified INTEGER,"
    " PRIMARY KEY(name, size, modified)) WITHOUT ROWID;"
    "CREATE TABLE mark(id INTEGER PRIMARY KEY, run INTEGER, started INTEGER);"
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

static dsc_status fail_to_keep(dsc_error *err, const char *why)
{
    return dsc_fail(err, DSC_IO,
                    "what headers tell cannot be kept beside the ledger: %s",
                    why);
}

dsc_status dsc_lore_fail(const dsc_lore *l, int rc, dsc_error *err)
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

    return rc == SQLITE_OK ? DSC_OK : dsc_lore_fail(l, rc, err);
}

static int read_number(dsc_lore *l, const char *sql, int *number)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(l->db, sql, -1, &s, NULL);

    *number = 0;
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        *number = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* *version: 0 of an empty one, as whoever is killed leaves it that makes one,
 * and NO_LORE of what is none. All else than that and an older one may be of
 * use, and is not replaced. */
static dsc_status read_version(dsc_lore *l, int *version, dsc_error *err)
{
    int tables = 0, rc = read_number(l, "PRAGMA user_version", version);

    if (rc == SQLITE_OK && !*version)
        rc = read_number(l, "SELECT count(*) FROM sqlite_master", &tables);
    if ((rc & 0xFF) == SQLITE_NOTADB || tables) {
        *version = NO_LORE;
        return DSC_OK;
    }
    if (rc != SQLITE_OK)
        return dsc_lore_fail(l, rc, err);
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

/* One that was copied, or put there by somebody so that he can read it. One
 * that cannot be written would have such files beside it. */
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
    return info.st_mode & 077 || (info.st_mode & 0600) != 0600
               ? tighten(path, err)
               : DSC_OK;
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
    return rc == SQLITE_OK ? DSC_OK : dsc_lore_fail(l, rc, err);
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

dsc_status dsc_lore_open_alone(dsc_lore **out, const char *path, dsc_error *err)
{
    return open_as(out, path, SQLITE_OPEN_READWRITE, err);
}

void dsc_lore_close(dsc_lore **pl)
{
    dsc_lore *l = *pl;

    if (!l)
        return;
    for (int i = 0; i < DSC_LORE_STATEMENTS; i++)
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
        st = open_database(&l, path, SQLITE_OPEN_READWRITE, err);
    if (!st && l)
        st = read_version(l, &version, err);
    dsc_lore_close(&l);
    if (!st && (!S_ISREG(info.st_mode) || version == NO_LORE))
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

    if (!dsc_lore_open_alone(&l, path, NULL))
        dsc_lore_close(&l);
}

/* ---- in memory and on disk ---- */

static dsc_status copy(dsc_lore *to, dsc_lore *from, dsc_error *err)
{
    sqlite3_backup *b = sqlite3_backup_init(to->db, "main", from->db, "main");
    int rc;

    if (!b)
        return dsc_lore_fail(to, sqlite3_errcode(to->db), err);
    rc = sqlite3_backup_step(b, -1);
    sqlite3_backup_finish(b);
    return rc == SQLITE_DONE ? DSC_OK : dsc_lore_fail(to, rc, err);
}

dsc_status dsc_lore_load(dsc_lore *l, const char *path, bool *found,
                         dsc_error *err)
{
    dsc_lore *file = NULL;
    dsc_error e = DSC_ERROR_INIT;
    dsc_status st = dsc_lore_open_alone(&file, path, &e);

    *found = !st;
    if (st)
        return st == DSC_BADFILE ? DSC_OK : dsc_fail(err, st, "%s", e.msg);
    st = copy(l, file, err);
    dsc_lore_close(&file);
    return st;
}

/* Whoever is killed meanwhile leaves the one before. */
dsc_status dsc_lore_save(dsc_lore *l, const char *path, dsc_error *err)
{
    size_t n = strlen(path) + sizeof NEW;
    char *part = dsc_alloc(n);
    dsc_lore *file = NULL;
    dsc_error e = DSC_ERROR_INIT;
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
    if (!st && dsc_replace_file(part, path, &e))
        st = fail_to_keep(err, e.msg);
    if (st && part)
        unlink(part);
    dsc_free(part);
    return st;
}
