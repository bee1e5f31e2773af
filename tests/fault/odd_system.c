/* SPDX-License-Identifier: Apache-2.0
 *
 * A system that is not as it is, preloaded. Its clock jumps: to the time of day
 * are added the seconds that stand, as text, in the file that DSC_CLOCK names;
 * the monotonic clock stays as it is. Where DSC_NETWORK is set, all file
 * systems say that they are NFS. To the file that DSC_TRACE names is appended,
 * a line each, what was written, synced, named and removed, in this order; and
 * of which paths below the folder DSC_TRACE_PATHS a write to a "-wal" tells.
 * Whoever opens the file that DSC_ONCE names gets the signal DSC_ONCE_SIGNAL
 * (SIGKILL), or fails with EIO where DSC_ONCE_FAILS is set: the first
 * DSC_ONCE_TIMES (1) after DSC_ONCE_SKIP (0).
 * DSC_ONCE_MARK is a file that has a byte for each. DSC_MEMFD_KILLS: who makes
 * so many memory files in its life is killed, the first one of DSC_ONCE_MARK.
 * No file can take the place of the one that DSC_BUSY names (EBUSY, or EACCES
 * where DSC_BUSY_ERRNO is set), and none gets a name of over DSC_NAME_MAX bytes
 * (ENAMETOOLONG). Where DSC_INODES is set, a name tells of another inode than
 * its descriptor, as sshfs does. Whoever opens a file whose path ends in
 * DSC_DENIED fails with EACCES, or where DSC_DENIED_GONE is set finds it gone.
 * Whoever writes for the DSC_WRITE_AT-th time to the file that DSC_WRITE names
 * is killed before, or, where DSC_WRITE_PART is set, writes a half of it, stops
 * itself where DSC_WRITE_STOPS is set, and then finds the disk full, once.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

int statfs(const char *path, struct statfs *out)
{
    int rc = (int)syscall(SYS_statfs, path, out);

    if (!rc && getenv("DSC_NETWORK"))
        out->f_type = 0x6969;
    return rc;
}

static long offset(void)
{
    const char *path = getenv("DSC_CLOCK");
    char text[32] = "";
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;

    if (fd >= 0)
        close(fd);
    return n > 0 ? strtol(text, NULL, 10) : 0;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
    int rc = (int)syscall(SYS_clock_gettime, id, t);

    if (!rc && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
        t->tv_sec += offset();
    return rc;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    struct timespec t;

    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &t))
        return -1;
    tv->tv_sec = t.tv_sec;
    tv->tv_usec = t.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out)
{
    struct timespec t;

    if (clock_gettime(CLOCK_REALTIME, &t))
        return -1;
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}

/* ---- once ---- */

static long number(const char *name, long otherwise)
{
    const char *text = getenv(name);

    return text ? strtol(text, NULL, 10) : otherwise;
}

/* How many times was it met before? */
static long met(void)
{
    const char *mark = getenv("DSC_ONCE_MARK");
    int fd = mark ? (int)syscall(SYS_openat, AT_FDCWD, mark,
                                 O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0600)
                  : -1;
    long n = fd >= 0 ? (long)lseek(fd, 0, SEEK_END) : LONG_MAX;

    if (fd >= 0 && write(fd, "x", 1) == 1)
        close(fd);
    return n;
}

static bool is_denied(const char *path)
{
    const char *end = getenv("DSC_DENIED");
    size_t n = strlen(path), len = end ? strlen(end) : 0;

    return end && n >= len && !strcmp(path + n - len, end);
}

int open(const char *path, int flags, ...)
{
    const char *once = getenv("DSC_ONCE");
    long skip = number("DSC_ONCE_SKIP", 0);
    /* A watch, whether somebody writes to it; but SQLite opens so, too. */
    bool asks = flags & O_NOFOLLOW && !getenv("DSC_ONCE_SKIP");
    long n = once && !asks && !strcmp(path, once) ? met() : LONG_MAX;
    mode_t mode = 0;
    va_list args;

    if (flags & O_CREAT) {
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    if (is_denied(path)) {
        bool gone = getenv("DSC_DENIED_GONE");
        errno = gone ? ENOENT : EACCES;
        if (gone)
            syscall(SYS_unlinkat, AT_FDCWD, path, 0);
        return -1;
    }
    if (n >= skip && n < skip + number("DSC_ONCE_TIMES", 1)) {
        if (getenv("DSC_ONCE_FAILS")) {
            errno = EIO;
            return -1;
        }
        raise((int)number("DSC_ONCE_SIGNAL", SIGKILL));
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static bool is_too_long(const char *path)
{
    const char *slash = strrchr(path, '/');

    return getenv("DSC_NAME_MAX") && strlen(slash ? slash + 1 : path) >
                                         (size_t)number("DSC_NAME_MAX", 255);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to,
              unsigned flags)
{
    if (is_too_long(to)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

/* To a file that is a mount of its own. */
int rename(const char *from, const char *to)
{
    const char *busy = getenv("DSC_BUSY");

    if (busy && !strcmp(to, busy)) {
        errno = getenv("DSC_BUSY_ERRNO") ? EACCES : EBUSY;
        return -1;
    }
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int memfd_create(const char *name, unsigned flags)
{
    static long made;

    if (++made == number("DSC_MEMFD_KILLS", 0) && !met())
        raise(SIGKILL);
    return (int)syscall(SYS_memfd_create, name, flags);
}

int lstat(const char *path, struct stat *out)
{
    int rc = fstatat(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW);

    if (!rc && S_ISREG(out->st_mode) && getenv("DSC_INODES"))
        out->st_ino += 1000000;
    return rc;
}

/* ---- what lasts ---- */

static void note(const char *format, ...)
{
    const char *path = getenv("DSC_TRACE");
    char line[3 * PATH_MAX];
    int before = errno, n;
    va_list args;
    long fd;

    if (!path)
        return;
    va_start(args, format);
    n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fd = syscall(SYS_openat, AT_FDCWD, path,
                 O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && n > 0 && (size_t)n < sizeof line)
        (void)!syscall(SYS_write, fd, line, n);
    if (fd >= 0)
        syscall(SYS_close, fd);
    errno = before;
}

/* With the folder of a descriptor by its path. */
static const char *plain(const char *path, char room[PATH_MAX])
{
    static const char start[] = "/proc/self/fd/";
    const char *rest = strncmp(path, start, sizeof start - 1)
                           ? NULL
                           : strchr(path + sizeof start - 1, '/');
    char link[48];
    ssize_t n;

    if (!rest || rest - path >= (ptrdiff_t)sizeof link)
        return path;
    snprintf(link, sizeof link, "%.*s", (int)(rest - path), path);
    n = readlink(link, room, PATH_MAX - 1);
    if (n > 0)
        snprintf(room + n, PATH_MAX - (size_t)n, "%s", rest);
    return n > 0 ? room : path;
}

static void note_fd(const char *what, int fd)
{
    char link[48], path[PATH_MAX];
    ssize_t n;

    if (!getenv("DSC_TRACE"))
        return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof path - 1);
    if (n > 0 && path[0] == '/')
        note("%s\t%.*s\n", what, (int)n, path);
}

static bool is_log(int fd)
{
    char link[48], path[PATH_MAX];
    ssize_t n;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof path - 1);
    return n > 4 && !memcmp(path + n - 4, "-wal", 4);
}

/* Before the bytes are written: a row must not be there too soon. */
static void note_rows(int fd, const char *bytes, size_t n)
{
    const char *root = getenv("DSC_TRACE_PATHS"), *end = bytes + n, *at = bytes;

    while (root && is_log(fd) && at < end &&
           (at = memmem(at, (size_t)(end - at), root, strlen(root)))) {
        const char *stop = memmem(at, (size_t)(end - at), ".dcm", 4);
        if (stop && stop - at < PATH_MAX)
            note("row\t%.*s.dcm\n", (int)(stop - at), at);
        at += strlen(root);
    }
}

/* How often has that file been written to, with this time? 0: another one. */
static long count_write(int fd)
{
    static long times;
    const char *path = getenv("DSC_WRITE");
    struct stat held, named;

    return path && !fstat(fd, &held) && !stat(path, &named) &&
                   held.st_ino == named.st_ino && held.st_dev == named.st_dev
               ? ++times
               : 0;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    long times = count_write(fd), at = number("DSC_WRITE_AT", 1);
    bool part = getenv("DSC_WRITE_PART");
    ssize_t done;

    if (times && times == at + 1 && part) {
        if (getenv("DSC_WRITE_STOPS"))
            raise(SIGSTOP);
        errno = ENOSPC;
        return -1;
    }
    if (times && times == at && !part)
        raise(SIGKILL);
    done = syscall(SYS_write, fd, bytes, times && times == at ? n / 2 : n);
    note_fd("write", fd);
    return done;
}

/* The one of 64 bits, as all here are built for. */
ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    ssize_t done;

    if (getenv("DSC_TRACE"))
        note_rows(fd, bytes, n);
    done = syscall(SYS_pwrite64, fd, bytes, n, at);
    note_fd("write", fd);
    return done;
}

int fsync(int fd)
{
    int rc = (int)syscall(SYS_fsync, fd);

    note_fd("sync", fd);
    return rc;
}

int fdatasync(int fd)
{
    int rc = (int)syscall(SYS_fdatasync, fd);

    note_fd("sync", fd);
    return rc;
}

int link(const char *from, const char *to)
{
    char a[PATH_MAX], b[PATH_MAX];
    int rc = -1;

    if (is_too_long(to))
        errno = ENAMETOOLONG;
    else
        rc = (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (!rc)
        note("name\t%s\t%s\n", plain(to, a), plain(from, b));
    return rc;
}

int unlink(const char *path)
{
    char room[PATH_MAX];
    int rc = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);

    if (!rc)
        note("remove\t%s\n", plain(path, room));
    return rc;
}

int mkdir(const char *path, mode_t mode)
{
    char room[PATH_MAX];
    int rc = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);

    if (!rc)
        note("folder\t%s\n", plain(path, room));
    return rc;
}
