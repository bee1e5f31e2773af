/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITE_BUFFER ((size_t)256 * 1024)

struct dsc_outfile {
    int fd;
    char *path;
    char *temp;
    uint8_t *buffer;
    size_t pending;
    uint64_t flushed;
};

static unsigned long fail_countdown;

void dsc_file_fail_after(unsigned long n)
{
    fail_countdown = n;
}

static dsc_naming_fn on_naming;
static void *on_naming_ctx;

void dsc_outfile_on_naming(dsc_naming_fn fn, void *ctx)
{
    on_naming = fn;
    on_naming_ctx = ctx;
}

static bool injected_fault(void)
{
    if (fail_countdown && --fail_countdown == 0) {
        errno = ENOSPC;
        return true;
    }
    return false;
}

/* strerror names no file, so it is safe in a message. */
static dsc_status io_fail(dsc_error *err, const char *what)
{
    return dsc_fail(err, DSC_IO, "%s: %s", what, strerror(errno));
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *dir;

    if (!slash)
        return dsc_strdup(".");
    if (slash == path)
        return dsc_strdup("/");
    dir = dsc_strdup(path);
    if (dir)
        dir[slash - path] = '\0';
    return dir;
}

static dsc_status sync_folder(const char *path, bool may_be_shut,
                              dsc_error *err)
{
    char *dir = folder_of(path);
    dsc_status st = DSC_OK;
    bool shut;
    int fd;

    if (!dir)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    shut = fd < 0 && errno == EACCES && may_be_shut;
    /* Some network file systems cannot fsync a folder: EINVAL is theirs. */
    if (!shut && (fd < 0 || injected_fault() || (fsync(fd) && errno != EINVAL)))
        st = io_fail(err, "cannot sync the folder");
    if (fd >= 0)
        close(fd);
    dsc_free(dir);
    return st;
}

bool dsc_is_at(int fd, const char *path)
{
    struct stat held, named;

    return !fstat(fd, &held) && !stat(path, &named) &&
           held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

dsc_status dsc_sync_folder(const char *path, dsc_error *err)
{
    return sync_folder(path, false, err);
}

dsc_status dsc_replace_file(const char *from, const char *to, dsc_error *err)
{
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    dsc_status st = DSC_OK;

    if (fd < 0 || injected_fault() || fsync(fd))
        st = io_fail(err, "cannot sync the new file");
    if (fd >= 0)
        close(fd);
    if (!st && (injected_fault() || rename(from, to)))
        st = errno == EBUSY || errno == EACCES || errno == EPERM
                 ? dsc_fail(err, DSC_UNSUPPORTED, "cannot be replaced: %s",
                            strerror(errno))
                 : io_fail(err, "cannot rename the new file");
    /* One that can be written to and not read: the new name is there. */
    return st ? st : sync_folder(to, true, err);
}

dsc_status dsc_make_folders(const char *path, dsc_error *err)
{
    char *copy = dsc_strdup(path);
    dsc_status st = DSC_OK;
    struct stat info;

    if (!copy)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (char *p = copy + 1; !st; p++) {
        char c = *p;
        if (c != '/' && c != '\0')
            continue;
        *p = '\0';
        if (!mkdir(copy, 0700))
            st = dsc_sync_folder(copy, err);
        else if (errno != EEXIST)
            st = io_fail(err, "cannot make the output folder");
        *p = c;
        if (c == '\0')
            break;
    }
    dsc_free(copy);
    if (!st && (stat(path, &info) || !S_ISDIR(info.st_mode)))
        st = dsc_fail(err, DSC_IO, "cannot make the output folder: no folder");
    return st;
}

dsc_status dsc_outfile_create(dsc_outfile **out, const char *path,
                              dsc_error *err)
{
    dsc_outfile *f = dsc_alloc(sizeof *f);
    char *dir = folder_of(path);
    dsc_status st = DSC_OK;
    size_t n;

    *out = NULL;
    if (f)
        f->fd = -1;
    if (!f || !dir) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    f->path = dsc_strdup(path);
    n = strlen(dir) + sizeof DSC_TMP_PREFIX + sizeof DSC_TMP_SUFFIX + 8;
    f->temp = dsc_alloc(n);
    f->buffer = dsc_alloc(WRITE_BUFFER);
    if (!f->path || !f->temp || !f->buffer) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    st = dsc_make_folders(dir, err);
    if (st)
        goto done;
    snprintf(f->temp, n, "%s/" DSC_TMP_NAME, dir);
    f->fd = mkostemps(f->temp, (int)strlen(DSC_TMP_SUFFIX), O_CLOEXEC);
    if (f->fd < 0) {
        f->temp[0] = '\0';
        st = io_fail(err, "cannot create a file in the output folder");
        goto done;
    }
    /* Held as long as we live: a temporary file without a lock is a leftover
     * that dsc_remove_leftover may take away. */
    flock(f->fd, LOCK_EX | LOCK_NB);
    *out = f;
    f = NULL;
done:
    dsc_outfile_abort(&f);
    dsc_free(dir);
    return st;
}

static dsc_status write_all(int fd, const uint8_t *p, size_t n, int64_t offset,
                            dsc_error *err)
{
    while (n) {
        ssize_t w = -1;
        if (!injected_fault())
            w = offset < 0 ? write(fd, p, n) : pwrite(fd, p, n, offset);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return io_fail(err, "cannot write the output");
        p += w;
        n -= (size_t)w;
        if (offset >= 0)
            offset += w;
    }
    return DSC_OK;
}

dsc_status dsc_outfile_flush(dsc_outfile *f, dsc_error *err)
{
    dsc_status st = write_all(f->fd, f->buffer, f->pending, -1, err);
    if (st)
        return st;
    f->flushed += f->pending;
    f->pending = 0;
    return DSC_OK;
}

dsc_status dsc_outfile_write(dsc_outfile *f, const void *data, size_t n,
                             dsc_error *err)
{
    dsc_status st;

    if (n > WRITE_BUFFER - f->pending) {
        st = dsc_outfile_flush(f, err);
        if (st)
            return st;
    }
    if (n >= WRITE_BUFFER) {
        st = write_all(f->fd, data, n, -1, err);
        if (!st)
            f->flushed += n;
        return st;
    }
    if (n)
        memcpy(f->buffer + f->pending, data, n);
    f->pending += n;
    return DSC_OK;
}

dsc_status dsc_outfile_patch(dsc_outfile *f, uint64_t offset, const void *data,
                             size_t n, dsc_error *err)
{
    dsc_status st = dsc_outfile_flush(f, err);
    if (st)
        return st;
    DSC_CHECK(offset <= f->flushed && n <= f->flushed - offset, err);
    return write_all(f->fd, data, n, (int64_t)offset, err);
}

uint64_t dsc_outfile_tell(const dsc_outfile *f)
{
    return f->flushed + f->pending;
}

const char *dsc_outfile_temp_path(const dsc_outfile *f)
{
    return f->temp;
}

static bool is_regular(const char *path)
{
    struct stat info;

    return !stat(path, &info) && S_ISREG(info.st_mode);
}

/* Of `b` nobody knows what it is: opening a pipe would wait. */
static bool same_bytes(const char *a, const char *b)
{
    FILE *fa = fopen(a, "rb"), *fb = is_regular(b) ? fopen(b, "rb") : NULL;
    bool same = fa && fb;

    while (same) {
        char ba[8192], bb[8192];
        size_t na = fread(ba, 1, sizeof ba, fa);
        size_t nb = fread(bb, 1, sizeof bb, fb);
        same = na == nb && !memcmp(ba, bb, na) && !ferror(fa) && !ferror(fb);
        if (na < sizeof ba)
            break;
    }
    if (fa)
        fclose(fa);
    if (fb)
        fclose(fb);
    return same;
}

/* Give the temporary file its final name, which must be free. A final name
 * that holds the same bytes already is fine too. */
static dsc_status take_name(dsc_outfile *f, bool *existed, dsc_error *err)
{
    if (injected_fault())
        return io_fail(err, "cannot rename the output");
    /* link() never replaces; file systems without links have renameat2. */
    if (!link(f->temp, f->path))
        return DSC_OK;
    if (errno != EEXIST &&
        !renameat2(AT_FDCWD, f->temp, AT_FDCWD, f->path, RENAME_NOREPLACE)) {
        f->temp[0] = '\0';
        return DSC_OK;
    }
    if (errno != EEXIST)
        return io_fail(err, "cannot rename the output");
    *existed = true;
    return same_bytes(f->temp, f->path)
               ? DSC_OK
               : dsc_fail(err, DSC_IO,
                          "a different output exists under this name");
}

dsc_status dsc_outfile_commit(dsc_outfile **pf, bool *existed, dsc_error *err)
{
    dsc_outfile *f = *pf;
    dsc_status st = dsc_outfile_flush(f, err);

    *existed = false;
    if (st)
        goto done;
    if (injected_fault() || fsync(f->fd)) {
        st = io_fail(err, "cannot sync the output");
        goto done;
    }
    st = on_naming ? on_naming(on_naming_ctx, f->path, f->fd, err) : DSC_OK;
    if (st)
        goto done;
    st = take_name(f, existed, err);
    if (f->temp[0]) {
        unlink(f->temp);
        f->temp[0] = '\0';
    }
    if (st)
        goto done;
    st = dsc_sync_folder(f->path, err);
    /* Whether the new name survives a power cut is unknown: take it back, so
     * that "failed" always means "no output". */
    if (st && !*existed)
        unlink(f->path);
done:
    dsc_outfile_abort(pf);
    return st;
}

void dsc_outfile_abort(dsc_outfile **pf)
{
    dsc_outfile *f = *pf;

    if (!f)
        return;
    if (f->fd >= 0)
        close(f->fd);
    if (f->temp && f->temp[0])
        unlink(f->temp);
    dsc_free(f->temp);
    dsc_free(f->path);
    dsc_wipe_free(f->buffer, f->buffer ? WRITE_BUFFER : 0);
    dsc_free(f);
    *pf = NULL;
}

dsc_status dsc_read_file(dsc_buf *out, const char *path, size_t limit,
                         dsc_error *err)
{
    dsc_status st = DSC_OK;
    FILE *fp = fopen(path, "rb");
    uint8_t chunk[16384];
    size_t n;

    if (!fp)
        return io_fail(err, "cannot read the file");
    out->len = 0;
    while (!st && (n = fread(chunk, 1, sizeof chunk, fp)) > 0) {
        if (n > limit - out->len)
            st = dsc_fail(err, DSC_LIMIT, "file is over %zu bytes", limit);
        else
            st = dsc_buf_append(out, chunk, n, err);
    }
    if (!st && ferror(fp))
        st = io_fail(err, "cannot read the file");
    explicit_bzero(chunk, sizeof chunk);
    fclose(fp);
    return st;
}

bool dsc_remove_leftover(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t n = strlen(name);
    bool stale;
    int fd;

    if (strncmp(name, DSC_TMP_PREFIX, strlen(DSC_TMP_PREFIX)) ||
        n < strlen(DSC_TMP_SUFFIX) ||
        strcmp(name + n - strlen(DSC_TMP_SUFFIX), DSC_TMP_SUFFIX))
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    stale = !flock(fd, LOCK_EX | LOCK_NB) && !unlink(path);
    close(fd);
    return stale;
}
