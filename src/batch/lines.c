/* SPDX-License-Identifier: Apache-2.0
 *
 * Whoever appends holds a shared lock; who takes lines out must be alone, and
 * gives the file another inode, which those that come later look for. */
#include "batch/lines.h"

#include "base/file.h"
#include "deid/digest.h"
#include "ledger/ledger.h"
#include "ledger/pairs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define KEY_SIZE   16u /* of a SHA-256 */
#define OPEN_TRIES 100
#define LOCK_TRIES 200 /* of 10 ms */

struct dsc_lines {
    int fd;
    char *path; /* with links resolved; NULL: no regular file */
    bool local; /* it, and on a file system whose locks are to be had */
};

static dsc_status io_fail(dsc_error *err)
{
    return dsc_fail(err, DSC_IO, "the report cannot be written: %s",
                    strerror(errno));
}

/* Whatever becomes of this, it will be the same the next time. */
static dsc_status cannot_replace(dsc_error *err)
{
    return errno == EACCES || errno == EPERM || errno == EROFS
               ? dsc_fail(err, DSC_UNSUPPORTED,
                          "the report cannot be replaced: %s", strerror(errno))
               : io_fail(err);
}

/* ---- appending ---- */

/* One at a time: whoever has written a part of a line takes that back before
 * somebody else writes. A network file system would take it for one of the
 * locks that all hold. */
static void lock(dsc_lines *l, short type)
{
    struct flock all = {.l_type = type, .l_whence = SEEK_SET};

    for (int i = 0; l->local && fcntl(l->fd, F_OFD_SETLK, &all); i++) {
        /* A stranger holds it, a reader even: as where there are no locks. */
        if ((errno != EAGAIN && errno != EACCES) || i == LOCK_TRIES)
            l->local = false;
        else
            usleep(10000);
    }
}

/* A part of a line, as a full disk or a kill leaves it, is none of the next
 * one's. */
static dsc_status end_line(const dsc_lines *l, dsc_error *err)
{
    int fd = open(l->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    char last = '\n';
    bool whole = end < 1 || pread(fd, &last, 1, end - 1) != 1 || last == '\n';

    if (fd >= 0)
        close(fd);
    return whole || write(l->fd, "\n", 1) == 1 ? DSC_OK : io_fail(err);
}

/* Open and locked, and still under its name. */
static int open_current(const char *path)
{
    for (int tries = 0;; tries++) {
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        /* Where there are no locks, nobody can be alone. */
        if (fd < 0 || flock(fd, LOCK_SH) || dsc_is_at(fd, path) ||
            tries == OPEN_TRIES)
            return fd;
        close(fd);
    }
}

dsc_status dsc_lines_open(dsc_lines **out, const char *path, dsc_error *err)
{
    dsc_lines *l = dsc_alloc(sizeof *l);
    struct stat info;
    struct statfs fs;
    dsc_status st = DSC_OK;

    *out = NULL;
    if (!l)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    l->fd = open_current(path);
    if (l->fd < 0 || fstat(l->fd, &info))
        st = io_fail(err);
    else if (S_ISREG(info.st_mode))
        l->path = realpath(path, NULL);
    l->local = l->path && !fstatfs(l->fd, &fs) &&
               !dsc_ledger_is_network((unsigned long)fs.f_type);
    lock(l, F_WRLCK);
    if (!st && l->path)
        st = end_line(l, err);
    lock(l, F_UNLCK);
    *out = l;
    if (st)
        dsc_lines_close(out, NULL);
    return st;
}

/* A part of a line goes again, where nobody has appended to it meanwhile. */
static void take_back(const dsc_lines *l, size_t part)
{
    off_t end = lseek(l->fd, 0, SEEK_CUR);
    struct stat info;

    if (part && !fstat(l->fd, &info) && S_ISREG(info.st_mode) &&
        info.st_size == end && end >= (off_t)part)
        (void)!ftruncate(l->fd, end - (off_t)part);
}

dsc_status dsc_lines_add(dsc_lines *l, const char *line, size_t len,
                         dsc_error *err)
{
    size_t done = 0;
    dsc_status st = DSC_OK;

    lock(l, F_WRLCK);
    if (l->path)
        st = end_line(l, err);
    while (!st && done < len) {
        ssize_t n = write(l->fd, line + done, len - done);
        if (n > 0)
            done += (size_t)n;
        else if (!n || errno != EINTR)
            st = io_fail(err);
    }
    if (st)
        take_back(l, done);
    lock(l, F_UNLCK);
    return st;
}

dsc_status dsc_lines_close(dsc_lines **pl, dsc_error *err)
{
    dsc_lines *l = *pl;
    dsc_status st = DSC_OK;

    if (!l)
        return DSC_OK;
    if (l->fd >= 0 && close(l->fd))
        st = io_fail(err);
    free(l->path);
    dsc_free(l);
    *pl = NULL;
    return st;
}

/* ---- the last line of each input ---- */

/* Versions that told no bytes told those that are no text as %80 to %FF. */
static bool may_be_odd(const char *text, size_t len)
{
    for (size_t i = 0; i + 2 < len; i++)
        if (text[i] == '%' && memchr("89ABCDEF", text[i + 1], 8) &&
            memchr("0123456789ABCDEF", text[i + 2], 16))
            return true;
    return false;
}

static const char start[] = "{\"input\":\"";

/* Does its object end, whatever comes then? */
static bool is_whole(const char *line, size_t n)
{
    bool in_string = false;
    unsigned depth = 0;

    for (size_t i = 0; i < n; i++) {
        if (in_string && line[i] == '\\')
            i++;
        else if (line[i] == '"')
            in_string = !in_string;
        else if (!in_string && (line[i] == '{' || line[i] == '['))
            depth++;
        else if (!in_string && (line[i] == '}' || line[i] == ']') && !--depth)
            return true;
    }
    return false;
}

/* Is it the begin of an input's line, as a kill leaves it? A brace alone may
 * be anybody's. */
static bool is_part(const char *line, size_t n)
{
    size_t len = n && line[n - 1] == '\n' ? n - 1 : n, at = sizeof start - 1;

    return len > 1 && !memcmp(line, start, len < at ? len : at) &&
           !is_whole(line, len);
}

/* An input's line, up to where another one begins, as behind one that nobody
 * ended: no string has that begin, since quotes are escaped there. */
static size_t first_of(const char *line, size_t n)
{
    size_t at = sizeof start - 1;
    const char *next = n > at && !memcmp(line, start, at)
                           ? memmem(line + at, n - at, start, at)
                           : NULL;

    return next ? (size_t)(next - line) : n;
}

/* The input as it stands there, with its bytes where others may stand there
 * like it; *len 0: it is no such line, or nobody knows of which of several
 * files. */
static const char *input_of(const char *line, size_t n, size_t *len)
{
    static const char bytes[] = "\",\"input_bytes\":\"";
    const char *text, *end;
    size_t at = sizeof start - 1, more = sizeof bytes - 1;
    bool odd, has_bytes;

    *len = 0;
    if (n < at + 2 || memcmp(line, start, at))
        return line;
    text = line + at;
    while (at < n && line[at] != '"')
        at += line[at] == '\\' ? 2 : 1;
    if (at >= n)
        return line;
    odd = may_be_odd(text, (size_t)(line + at - text));
    has_bytes = n - at > more && !memcmp(line + at, bytes, more);
    end = has_bytes ? memchr(line + at + more, '"', n - at - more) : line + at;
    if (!end || (odd && !has_bytes))
        return line;
    *len = (size_t)((odd ? end : line + at) - text);
    return text;
}

static dsc_status key_of(const char *input, size_t len, uint8_t key[KEY_SIZE],
                         dsc_error *err)
{
    uint8_t hash[32];
    dsc_sha256 *d = NULL;
    dsc_status st = dsc_sha256_open(&d, err);

    if (!st)
        st = dsc_sha256_add(d, input, len, err);
    if (!st)
        st = dsc_sha256_end(d, hash, err);
    dsc_sha256_free(&d);
    if (!st)
        memcpy(key, hash, KEY_SIZE);
    return st;
}

typedef struct pass {
    FILE *in, *out; /* out: NULL in the first pass */
    dsc_pairs *last;
    bool any_to_go;
} pass;

static dsc_status take_line(pass *p, const char *line, size_t n,
                            uint64_t number, dsc_error *err)
{
    uint8_t key[KEY_SIZE];
    size_t len;
    const char *input = input_of(line, n, &len);
    uint64_t last = 0;
    dsc_status st;

    if (is_part(line, n)) {
        p->any_to_go = true;
        return DSC_OK;
    }
    st = len ? key_of(input, len, key, err) : DSC_OK;
    if (!st && len)
        st = dsc_pairs_get(p->last, key, sizeof key, &last, err);
    if (st)
        return st;
    if (p->out && (!len || last == number))
        return fwrite(line, 1, n, p->out) == n &&
                       (line[n - 1] == '\n' || fputc('\n', p->out) != EOF)
                   ? DSC_OK
                   : io_fail(err);
    if (p->out || !len)
        return DSC_OK;
    p->any_to_go = p->any_to_go || last;
    return dsc_pairs_set(p->last, key, sizeof key, number, err);
}

static dsc_status take_lines(pass *p, dsc_error *err)
{
    char *line = NULL;
    size_t room = 0;
    uint64_t number = 0;
    ssize_t n;
    dsc_status st = DSC_OK;

    rewind(p->in);
    while (!st && (n = getline(&line, &room, p->in)) > 0)
        for (size_t at = 0, len; !st && at < (size_t)n; at += len) {
            len = first_of(line + at, (size_t)n - at);
            st = take_line(p, line + at, len, ++number, err);
        }
    if (!st && ferror(p->in))
        st = io_fail(err);
    free(line);
    return st;
}

/* Of the same mode and, where that is allowed, owner. */
static dsc_status replace(const dsc_lines *l, pass *p, const char *part,
                          dsc_error *err)
{
    struct stat info;
    int fd =
        open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    dsc_status st = DSC_OK;

    if (fd >= 0)
        p->out = fdopen(fd, "w");
    if (!p->out) {
        st = cannot_replace(err);
        if (fd >= 0)
            close(fd);
        return st;
    }
    st = take_lines(p, err);
    if (!st && (fflush(p->out) || fstat(l->fd, &info) ||
                (fchown(fd, info.st_uid, info.st_gid) && errno != EPERM) ||
                fchmod(fd, info.st_mode & 07777)))
        st = io_fail(err);
    if (fclose(p->out) && !st)
        st = io_fail(err);
    if (!st)
        st = dsc_replace_file(part, l->path, err);
    if (st)
        unlink(part);
    return st;
}

dsc_status dsc_lines_unite(dsc_lines *l, dsc_error *err)
{
    char *part = NULL;
    pass p = {.in = NULL};
    dsc_status st;

    if (!l->path || flock(l->fd, LOCK_EX | LOCK_NB) ||
        !dsc_is_at(l->fd, l->path))
        return DSC_OK;
    if (asprintf(&part, "%s.part", l->path) < 0)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    p.in = fopen(l->path, "re");
    st = p.in ? dsc_pairs_open(&p.last, err) : cannot_replace(err);
    if (!st)
        st = take_lines(&p, err);
    if (!st && p.any_to_go)
        st = replace(l, &p, part, err);
    if (p.in)
        fclose(p.in);
    dsc_pairs_close(&p.last);
    free(part);
    return st;
}
