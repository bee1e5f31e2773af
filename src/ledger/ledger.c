/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening and closing, the lock, what can be wrong with the file. */
#include "base/file.h"
#include "base/log.h"
#include "ledger/ledger_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define APPLICATION_ID 1146309444
#define BUSY_MS        5000
#define LOCK_TRIES     5 /* somebody may only be looking */
#define LOCK_PAUSE_US  20000

dsc_status dsc_ledger__fail(sqlite3 *db, int code, dsc_error *err)
{
    switch (code & 0xFF) {
    case SQLITE_NOMEM:
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return dsc_fail(err, DSC_USAGE,
                        "the ledger is locked by another "
                        "program");
    case SQLITE_READONLY:
        return dsc_fail(err, DSC_USAGE,
                        "the ledger is read-only, or its folder is");
    case SQLITE_NOTADB:
        return dsc_fail(err, DSC_USAGE, "this file is no ledger");
    case SQLITE_CORRUPT:
        return dsc_fail(err, DSC_BADFILE, "the ledger is corrupt");
    case SQLITE_FULL:
        return dsc_fail(err, DSC_IO, "the ledger: the disk is full");
    case SQLITE_CANTOPEN:
        return dsc_fail(err, DSC_USAGE, "the ledger cannot be opened: %s",
                        strerror(db && sqlite3_system_errno(db)
                                     ? sqlite3_system_errno(db)
                                     : ENOENT));
    case SQLITE_IOERR:
        return dsc_fail(err, DSC_IO, "the ledger cannot be read or written");
    default: /* SQLite's own words may quote values */
        return dsc_fail(err, DSC_INTERNAL, "the ledger: SQLite says: %s",
                        sqlite3_errstr(code));
    }
}

dsc_status dsc_ledger__exec(sqlite3 *db, const char *sql, dsc_error *err)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? DSC_OK : dsc_ledger__fail(db, rc, err);
}

static dsc_status number(sqlite3 *db, const char *sql, int *value,
                         dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    *value = rc == SQLITE_ROW ? sqlite3_column_int(s, 0) : 0;
    sqlite3_finalize(s);
    return rc == SQLITE_ROW || rc == SQLITE_DONE
               ? DSC_OK
               : dsc_ledger__fail(db, rc, err);
}

/* ---- where it lies ---- */

bool dsc_ledger_is_network(unsigned long fs_type)
{
    static const unsigned long types[] = {
        0x6969,     /* NFS */
        0x517B,     /* SMB */
        0xFF534D42, /* CIFS */
        0xFE534D42, /* SMB2 */
        0x01021997, /* 9P */
        0x5346414F, /* AFS */
        0x73757245, /* Coda */
        0x00C36400, /* Ceph */
        0x0BD00BD0, /* Lustre */
        0x47504653, /* GPFS */
        0x65735546, /* FUSE: sshfs, GlusterFS, and some that are local */
    };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if ((fs_type & 0xFFFFFFFFul) == types[i])
            return true;
    return false;
}

/* Only one batch at a time. A file of its own, since closing any descriptor of
 * the ledger would drop SQLite's locks. */
static dsc_status take_lock(dsc_ledger *l, dsc_error *err)
{

    for (int tries = 0;;) {
        l->lock_fd =
            open(l->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (l->lock_fd < 0)
            return dsc_fail(err, DSC_USAGE,
                            "the ledger cannot be locked (its folder): %s",
                            strerror(errno));
        if (flock(l->lock_fd, LOCK_EX | LOCK_NB)) {
            bool taken = errno == EWOULDBLOCK;
            close(l->lock_fd);
            l->lock_fd = -1;
            if (taken && tries++ < LOCK_TRIES) {
                usleep(LOCK_PAUSE_US);
                continue;
            }
            return dsc_fail(err, DSC_USAGE,
                            taken ? "another batch works with this ledger"
                                  : "this file system cannot lock files");
        }
        /* The last holder may have taken the name away meanwhile. */
        if (dsc_is_at(l->lock_fd, l->lock_path))
            return DSC_OK;
        close(l->lock_fd);
        l->lock_fd = -1;
    }
}

/* What lies beside it has one place, whatever links lead to it. */
static bool settle_path(dsc_ledger *l, const char *path)
{
    char room[PATH_MAX];

    l->path = dsc_strdup(realpath(path, room) ? room : path);
    l->lock_path = l->path ? dsc_ledger_beside(l, "-lock") : NULL;
    return l->lock_path != NULL;
}

bool dsc_ledger_is_busy(const char *path)
{
    dsc_ledger l = {.lock_fd = -1};
    bool busy = false;
    int fd = -1;

    if (settle_path(&l, path))
        fd = open(l.lock_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0) {
        busy = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
        close(fd);
    }
    dsc_free(l.path);
    dsc_free(l.lock_path);
    return busy;
}

static dsc_status find_place(dsc_ledger *l, const char *path,
                             dsc_ledger_mode mode, dsc_error *err)
{
    struct statfs fs;
    struct stat sb;
    int fd;

    if (!stat(path, &sb) && !S_ISREG(sb.st_mode))
        return dsc_fail(err, DSC_USAGE, "the ledger is no regular file");
    if (mode == DSC_LEDGER_CREATE && !access(path, F_OK))
        return dsc_fail(err, DSC_USAGE,
                        "the ledger exists already; --resume goes on with it");
    if (mode == DSC_LEDGER_READ && access(path, R_OK))
        return dsc_fail(err, DSC_USAGE, "the ledger cannot be read: %s",
                        strerror(errno));
    if (mode == DSC_LEDGER_READ)
        goto place;
    if (!lstat(path, &sb) && S_ISLNK(sb.st_mode) && access(path, F_OK))
        return dsc_fail(err, DSC_USAGE,
                        "the ledger is a link that leads nowhere");
    /* Made here and not by SQLite, whose files would be readable by all. */
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0)
        return dsc_fail(err, DSC_USAGE, "the ledger cannot be written: %s",
                        strerror(errno));
    close(fd);
place:
    if (!settle_path(l, path))
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    if (!statfs(path, &fs))
        l->remote = dsc_ledger_is_network((unsigned long)fs.f_type);
    return mode == DSC_LEDGER_READ ? DSC_OK : take_lock(l, err);
}

/* ---- open ---- */

/* A ledger at rest on a medium that cannot be written has no use for the
 * files beside it. */
static int open_immutable(dsc_ledger *l)
{
    struct stat sb;
    size_t n = strlen(l->path);
    char *name = dsc_alloc(3 * n + 32), *at = name;
    int rc = SQLITE_NOMEM;

    if (!name)
        return rc;
    snprintf(name, n + 5, "%s-wal", l->path);
    if (!stat(name, &sb) && sb.st_size) {
        dsc_free(name);
        return SQLITE_READONLY;
    }
    at += snprintf(name, 6, "file:");
    for (const char *p = l->path; *p; p++)
        at += snprintf(at, 4, strchr("%?#", *p) ? "%%%02X" : "%c",
                       (unsigned char)*p);
    snprintf(at, 14, "?immutable=1");
    sqlite3_close(l->db);
    l->db = NULL;
    rc = sqlite3_open_v2(name, &l->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                         NULL);
    dsc_free(name);
    return rc;
}

static dsc_status open_file(dsc_ledger *l, bool write, dsc_error *err)
{
    int flags = write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    int rc = sqlite3_open_v2(l->path, &l->db, flags, NULL), ignored;

    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(l->db, write ? 0 : BUSY_MS);
    if (rc == SQLITE_OK && !write &&
        number(l->db, "PRAGMA schema_version", &ignored, NULL) != DSC_OK) {
        int why = sqlite3_extended_errcode(l->db) & 0xFF;
        if (why == SQLITE_CANTOPEN || why == SQLITE_READONLY)
            rc = open_immutable(l);
    }
    return rc == SQLITE_OK ? DSC_OK : dsc_ledger__fail(l->db, rc, err);
}

static dsc_status set_up(dsc_ledger *l, dsc_error *err)
{
    dsc_status st = DSC_OK;

    /* A group is on disk when it is committed, a second's rows at a time: after
     * a power cut no row promises what is not there.
     * Without shared memory: SQLite then holds the file for itself alone. */
    if (l->remote)
        st = dsc_ledger__exec(l->db, "PRAGMA locking_mode = EXCLUSIVE", err);
    if (!st)
        st = dsc_ledger__exec(l->db,
                              "PRAGMA journal_mode = WAL;"
                              "PRAGMA synchronous = FULL;"
                              "PRAGMA journal_size_limit = 67108864;"
                              "PRAGMA wal_autocheckpoint = 8192;"
                              "PRAGMA cache_size = -16384;",
                              err);
    /* Readers that hold the file up for long must not stop a batch. */
    if (!st)
        sqlite3_busy_timeout(l->db, 12 * BUSY_MS);
    return st;
}

static dsc_status check_kind(dsc_ledger *l, int *version, dsc_error *err)
{
    int id = 0, tables = 0;
    dsc_status st = number(l->db, "PRAGMA application_id", &id, err);

    if (!st)
        st = number(l->db, "PRAGMA user_version", version, err);
    if (!st)
        st = number(l->db, "SELECT count(*) FROM sqlite_master", &tables, err);
    if (st)
        return st;
    if (id != APPLICATION_ID && (id || tables || *version))
        return dsc_fail(err, DSC_USAGE, "this file is no ledger");
    if (*version > dsc_ledger__current_version())
        return dsc_fail(err, DSC_USAGE,
                        "the ledger is of version %d, made by a newer "
                        "dcmscrub; this one knows version %d",
                        *version, dsc_ledger__current_version());
    return DSC_OK;
}

static dsc_status read_only(dsc_ledger *l, int version, dsc_error *err)
{
    dsc_ledger *w = NULL;
    dsc_status st;

    if (dsc_ledger__is_readable(version))
        return DSC_OK;
    if (version == 0)
        return dsc_fail(err, DSC_USAGE, "the ledger is empty");
    sqlite3_close(l->db);
    l->db = NULL;
    st = dsc_ledger_open(&w, l->path, DSC_LEDGER_RESUME, err);
    dsc_ledger_close(&w);
    return st ? st : open_file(l, false, err);
}

dsc_status dsc_ledger_open(dsc_ledger **out, const char *path,
                           dsc_ledger_mode mode, dsc_error *err)
{
    dsc_ledger *l = dsc_alloc(sizeof *l);
    bool write = mode != DSC_LEDGER_READ;
    int version = 0;
    dsc_status st;

    *out = NULL;
    if (!l)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    l->lock_fd = -1;
    st = find_place(l, path, mode, err);
    if (!st)
        st = open_file(l, write, err);
    if (!st)
        st = check_kind(l, &version, err);
    if (!st && write)
        st = set_up(l, err);
    if (!st && write && version < dsc_ledger__current_version())
        st = dsc_ledger__migrate(l->db, dsc_ledger__current_version(), err);
    if (!st && !write)
        st = read_only(l, version, err);
    if (st)
        dsc_ledger_close(&l);
    else
        l->schema = !write && dsc_ledger__is_readable(version)
                        ? version
                        : dsc_ledger__current_version();
    *out = l;
    return st;
}

void dsc_ledger_close(dsc_ledger **pl)
{
    dsc_ledger *l = *pl;

    if (!l)
        return;
    if (dsc_ledger_flush(l, NULL) != DSC_OK)
        dsc_log(DSC_LOG_WARN, "ledger", "the last rows could not be written");
    for (int i = 0; i < DSC_LEDGER_SQL_COUNT; i++)
        sqlite3_finalize(l->sql[i]);
    sqlite3_close(l->db);
    if (l->lock_fd >= 0) {
        unlink(l->lock_path);
        close(l->lock_fd);
    }
    dsc_free(l->path);
    dsc_free(l->lock_path);
    dsc_free(l);
    *pl = NULL;
}

void dsc_ledger_after_fork(dsc_ledger *l)
{
    if (l && l->lock_fd >= 0)
        close(l->lock_fd);
}

char *dsc_ledger_beside(const dsc_ledger *l, const char *end)
{
    size_t n = strlen(l->path) + strlen(end) + 1;
    char *name = dsc_alloc(n);

    if (name)
        snprintf(name, n, "%s%s", l->path, end);
    return name;
}

bool dsc_ledger_is_remote(const dsc_ledger *l)
{
    return l->remote;
}

dsc_status dsc_ledger_check(dsc_ledger *l, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    dsc_status st =
        dsc_ledger__prepare(l, &s, "PRAGMA integrity_check(1)", err);
    const unsigned char *text;
    int rc;

    if (st)
        return st;
    rc = sqlite3_step(s);
    text = rc == SQLITE_ROW ? sqlite3_column_text(s, 0) : NULL;
    if (rc != SQLITE_ROW)
        st = dsc_ledger__fail(l->db, rc, err);
    else if (!text || strcmp((const char *)text, "ok"))
        st = dsc_fail(err, DSC_BADFILE, "the ledger is corrupt");
    sqlite3_finalize(s);
    return st;
}

void dsc_ledger_describe(void (*fn)(void *, const char *, const char *),
                         void *ctx)
{
    fn(ctx, "SQLite", sqlite3_libversion());
}
