/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/watch.h"

#include "base/file.h"
#include "base/log.h"
#include "batch/arrivals_priv.h"
#include "batch/batch_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ROUND        10000u /* files at a time */
#define GATHER       0.5 /* seconds after a file was closed: others may follow */
#define TRY_AGAIN_MS (15 * 60 * 1000) /* after a failure */
#define EVENTS                                                                 \
 (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR | IN_DONT_FOLLOW)

struct dsc_watch {
    dsc_watch_options o;
    int inotify;    /* -1: none */
    char **folders; /* by watch descriptor */
    size_t folder_count;
    dsc_arrivals seen;
    double next_scan;
    bool told_limit;
    struct sigaction old_int, old_term, old_io;
};

static volatile sig_atomic_t told_to_stop;

static void on_signal(int sig)
{
    (void)sig;
    told_to_stop = 1;
}

/* ---- what was seen ---- */

static bool is_unfinished(const char *name)
{
    static const char *const ends[] = {".part", ".tmp", ".filepart"};
    size_t n = strlen(name);

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t k = strlen(ends[i]);
        if (n > k && !strcmp(name + n - k, ends[i]))
            return true;
    }
    return name[0] == '.';
}

static int64_t modified_of(const struct stat *sb)
{
    return (int64_t)sb->st_mtim.tv_sec * 1000000000 + sb->st_mtim.tv_nsec;
}

/* A clock that was set back keeps nobody waiting. */
bool dsc_watch_tries_again(int64_t failed_ms, int64_t now_ms)
{
    return now_ms < failed_ms || now_ms - failed_ms >= TRY_AGAIN_MS;
}

static dsc_status is_done(const dsc_watch *w, const char *path,
                          const struct stat *sb, bool *done, dsc_error *err)
{
    dsc_ledger_known known;
    dsc_status st = dsc_ledger_find(w->o.ledger, path, &known, err);

    *done = !st && known.found && known.size == sb->st_size &&
            known.modified == modified_of(sb) &&
            known.outcome != DSC_LEDGER_PENDING &&
            (known.outcome != DSC_FAILED ||
             !dsc_watch_tries_again(known.ended, dsc_batch_wall_ms()));
    return st;
}

static dsc_status consider(dsc_watch *w, const char *path, const char *name,
                           const struct stat *sb, bool closed, dsc_error *err)
{
    dsc_arrival *a = dsc_arrivals_get(&w->seen, path, false);
    bool done = false;
    dsc_status st = DSC_OK;

    if (!S_ISREG(sb->st_mode) || is_unfinished(name))
        return DSC_OK;
    if (!a && !w->o.taken)
        st = is_done(w, path, sb, &done, err);
    if (st || done)
        return st;
    a = dsc_arrivals_get(&w->seen, path, true);
    if (!a)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    if (a->size != sb->st_size || a->modified != modified_of(sb)) {
        a->size = sb->st_size;
        a->modified = modified_of(sb);
        a->since = dsc_batch_now();
        a->closed = false;
    }
    a->closed |= closed;
    return DSC_OK;
}

/* ---- where to look ---- */

static void listen_to(dsc_watch *w, const char *folder)
{
    int wd =
        w->inotify < 0 ? -1 : inotify_add_watch(w->inotify, folder, EVENTS);
    char **more;

    if (wd < 0) {
        if (w->inotify >= 0 && errno == ENOSPC && !w->told_limit)
            dsc_log(DSC_LOG_WARN, "watch",
                    "too many folders for inotify "
                    "(fs.inotify.max_user_watches): the others are looked at "
                    "from time to time");
        w->told_limit |= errno == ENOSPC;
        return;
    }
    if ((size_t)wd >= w->folder_count) {
        size_t n = 2 * (size_t)wd + 16;
        more = dsc_calloc(n, sizeof *more);
        if (!more)
            return; /* the look from time to time finds what is in it */
        if (w->folder_count)
            memcpy(more, w->folders, w->folder_count * sizeof *more);
        dsc_free(w->folders);
        w->folders = more;
        w->folder_count = n;
    }
    dsc_free(w->folders[wd]);
    w->folders[wd] = dsc_strdup(folder);
}

/* All files of a folder; links are not followed. What cannot be listed now may
 * be listed the next time: a mount that went away comes back. */
static dsc_status scan(dsc_watch *w, const char *folder, dsc_error *err)
{
    char *list[] = {(char *)folder, NULL};
    FTS *fts = fts_open(list, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    FTSENT *e;
    dsc_status st = DSC_OK;

    if (!fts)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    while (!st && (e = fts_read(fts))) {
        if (e->fts_info == FTS_D)
            listen_to(w, e->fts_path);
        else if (e->fts_info == FTS_F)
            st =
                consider(w, e->fts_path, e->fts_name, e->fts_statp, false, err);
        else if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR)
            dsc_log(DSC_LOG_WARN, "watch", "a folder cannot be listed: %s",
                    strerror(e->fts_errno));
    }
    fts_close(fts);
    return st;
}

static dsc_status take_event(dsc_watch *w, const struct inotify_event *e,
                             dsc_error *err)
{
    const char *folder = e->wd >= 0 && (size_t)e->wd < w->folder_count
                             ? w->folders[e->wd]
                             : NULL;
    char path[8192];
    struct stat sb;

    if (e->mask & IN_Q_OVERFLOW)
        w->next_scan = 0;
    if (folder && e->mask & IN_IGNORED) {
        dsc_free(w->folders[e->wd]);
        w->folders[e->wd] = NULL;
        return DSC_OK;
    }
    if (!folder || !e->len ||
        (size_t)snprintf(path, sizeof path, "%s/%s", folder, e->name) >=
            sizeof path ||
        lstat(path, &sb))
        return DSC_OK;
    if (S_ISDIR(sb.st_mode))
        return scan(w, path, err);
    return consider(w, path, e->name, &sb,
                    e->mask & (IN_CLOSE_WRITE | IN_MOVED_TO), err);
}

static dsc_status take_events(dsc_watch *w, dsc_error *err)
{
    _Alignas(struct inotify_event) char buf[65536];
    dsc_status st = DSC_OK;
    ssize_t n;

    while (!st && w->inotify >= 0 &&
           (n = read(w->inotify, buf, sizeof buf)) > 0) {
        for (char *p = buf; !st && p < buf + n;) {
            const struct inotify_event *e = (const void *)p;
            st = take_event(w, e, err);
            p += sizeof *e + e->len;
        }
    }
    return st;
}

/* ---- what is complete ---- */

/* A lease for reading is refused while somebody has the file open for writing;
 * not all file systems know. */
static bool has_writer(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    bool writer = fd >= 0 && fcntl(fd, F_SETLEASE, F_RDLCK) &&
                  (errno == EAGAIN || errno == EACCES);

    if (fd >= 0) {
        fcntl(fd, F_SETLEASE, F_UNLCK);
        close(fd);
    }
    return writer;
}

static double ready_at(const dsc_watch *w, const dsc_arrival *a)
{
    return a->since + (a->closed ? GATHER : w->o.settle);
}

static bool is_complete(const dsc_watch *w, dsc_arrival *a, double now)
{
    struct stat sb;

    if (ready_at(w, a) > now)
        return false;
    if (lstat(a->path, &sb) || !S_ISREG(sb.st_mode)) {
        a->gone = true;
        return false;
    }
    if (sb.st_size == a->size && modified_of(&sb) == a->modified &&
        !has_writer(a->path))
        return true;
    a->size = sb.st_size;
    a->modified = modified_of(&sb);
    a->since = now;
    a->closed = false;
    return false;
}

/* Out of the folder, under a name of its own: "a/b", or "a/b.1" where that is
 * taken. */
static dsc_status move(const dsc_watch *w, const char *from, dsc_buf *names,
                       dsc_error *err)
{
    const char *below = from + strlen(w->o.folder);
    char to[8192], *slash;
    size_t n;
    dsc_status st;

    n = (size_t)snprintf(to, sizeof to - 16, "%s/%s", w->o.taken,
                         below + strspn(below, "/"));
    if (n >= sizeof to - 16)
        return dsc_fail(err, DSC_LIMIT, "a path is too long to be moved");
    slash = strrchr(to, '/');
    *slash = '\0';
    st = dsc_make_folders(to, err);
    *slash = '/';
    for (unsigned i = 1; !st; i++) {
        if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
            return dsc_buf_append(names, to, strlen(to) + 1, err);
        if (errno == ENOENT)
            return DSC_OK; /* somebody was faster */
        /* NFS has no such rename. */
        if (errno == EINVAL && access(to, F_OK) && !rename(from, to))
            return dsc_buf_append(names, to, strlen(to) + 1, err);
        if (errno != EEXIST && access(to, F_OK))
            return dsc_fail(err, DSC_IO, "a file cannot be moved: %s",
                            strerror(errno));
        snprintf(to + n, sizeof to - n, ".%u", i);
    }
    return st;
}

static dsc_status collect(dsc_watch *w, dsc_buf *names, dsc_error *err)
{
    double now = dsc_batch_now();
    unsigned count = 0;
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < w->seen.count && count < ROUND; i++) {
        dsc_arrival *a = &w->seen.items[i];
        if (!is_complete(w, a, now))
            continue;
        count++;
        st = w->o.taken
                 ? move(w, a->path, names, err)
                 : dsc_buf_append(names, a->path, strlen(a->path) + 1, err);
        a->gone = true;
    }
    dsc_arrivals_sweep(&w->seen);
    return st;
}

/* ---- waiting ---- */

static double next_time(const dsc_watch *w)
{
    double next = w->next_scan;

    for (size_t i = 0; i < w->seen.count; i++) {
        const dsc_arrival *a = &w->seen.items[i];
        if (ready_at(w, a) < next)
            next = ready_at(w, a);
    }
    return next;
}

static void sleep_until(const dsc_watch *w, double next)
{
    struct pollfd p = {w->inotify, POLLIN, 0};
    double wait = next - dsc_batch_now();
    struct timespec t;
    sigset_t open_mask;

    if (wait < 0.01)
        wait = 0.01;
    t = (struct timespec){(time_t)wait,
                          (long)((wait - (double)(time_t)wait) * 1e9)};
    sigprocmask(SIG_SETMASK, NULL, &open_mask);
    sigdelset(&open_mask, SIGINT);
    sigdelset(&open_mask, SIGTERM);
    if (ppoll(&p, 1, &t, &open_mask) == 1)
        usleep(10000); /* what belongs together comes together */
}

double dsc_watch_now(void)
{
    return dsc_batch_now();
}

bool dsc_watch_is_stopped(void)
{
    return told_to_stop;
}

dsc_status dsc_watch_wait(dsc_watch *w, double until, dsc_buf *names,
                          dsc_error *err)
{
    dsc_status st = DSC_OK;

    names->len = 0;
    while (!st && !names->len) {
        double now = dsc_batch_now();
        st = take_events(w, err);
        if (!st && now >= w->next_scan) {
            st = scan(w, w->o.folder, err);
            w->next_scan = dsc_batch_now() + w->o.rescan;
        }
        if (!st)
            st = collect(w, names, err);
        if (told_to_stop || (until > 0 && now >= until))
            break;
        if (!st && !names->len) {
            double next = next_time(w);
            sleep_until(w, until > 0 && until < next ? until : next);
        }
    }
    return st;
}

/* ---- open and close ---- */

static bool is_below(const char *inner, const char *outer)
{
    size_t n = strlen(outer);

    return !strncmp(inner, outer, n) &&
           (inner[n] == '\0' || inner[n] == '/' || !strcmp(outer, "/"));
}

static dsc_status check(const dsc_watch_options *o, dsc_error *err)
{
    struct stat a, b;
    char *in = realpath(o->folder, NULL), *to = NULL;
    dsc_status st = DSC_OK;

    if (!in || stat(in, &a) || !S_ISDIR(a.st_mode))
        st = dsc_fail(err, DSC_USAGE, "the folder to watch: %s",
                      in ? "no folder" : strerror(errno));
    if (!st && o->taken && dsc_make_folders(o->taken, NULL))
        st =
            dsc_fail(err, DSC_USAGE, "the folder to move to cannot be made: %s",
                     strerror(errno));
    if (!st && o->taken) {
        to = realpath(o->taken, NULL);
        if (!to || stat(to, &b))
            st = dsc_fail(err, DSC_USAGE, "the folder to move to: %s",
                          strerror(errno));
        else if (is_below(in, to) || is_below(to, in))
            st = dsc_fail(err, DSC_USAGE,
                          "the folder to move to and the watched one are in "
                          "each other");
        else if (a.st_dev != b.st_dev)
            st = dsc_fail(err, DSC_USAGE,
                          "the folder to move to is on another file system");
    }
    free(in);
    free(to);
    return st;
}

dsc_status dsc_watch_open(dsc_watch **out, const dsc_watch_options *options,
                          dsc_error *err)
{
    struct sigaction stop = {.sa_handler = on_signal},
                     ignore = {.sa_handler = SIG_IGN};
    dsc_watch *w;
    dsc_status st = check(options, err);

    *out = NULL;
    if (st)
        return st;
    w = dsc_alloc(sizeof *w);
    if (!w)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    w->o = *options;
    w->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    told_to_stop = 0;
    sigaction(SIGINT, &stop, &w->old_int);
    sigaction(SIGTERM, &stop, &w->old_term);
    sigaction(SIGIO, &ignore, &w->old_io); /* of leases */
    *out = w;
    return DSC_OK;
}

void dsc_watch_close(dsc_watch **pw)
{
    dsc_watch *w = *pw;

    if (!w)
        return;
    sigaction(SIGINT, &w->old_int, NULL);
    sigaction(SIGTERM, &w->old_term, NULL);
    sigaction(SIGIO, &w->old_io, NULL);
    if (w->inotify >= 0)
        close(w->inotify);
    for (size_t i = 0; i < w->folder_count; i++)
        dsc_free(w->folders[i]);
    dsc_free(w->folders);
    dsc_arrivals_free(&w->seen);
    dsc_free(w);
    *pw = NULL;
}
