/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/feeder_priv.h"
#include "batch/post_priv.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The supervisor asks with one byte, the feeder answers with one message. */
#define ASK_NEXT 'n'
#define ASK_DATA 'd'

typedef struct message {
    uint32_t reason, end; /* end: of the container; it has no name */
    int64_t size, modified;
} message;

struct dsc_feeder {
    pid_t pid;
    int fd;
    unsigned seconds;
    dsc_meanwhile *meanwhile;
    bool ended;
    dsc_feed_reason died; /* FINE: it did not, or it was told */
    char name[DSC_FEED_NAME];
};

static const struct {
    dsc_outcome outcome;
    const char *text;
} reasons[DSC_FEED_REASONS] = {
    [DSC_FEED_FINE] = {DSC_CLEAN, ""},
    [DSC_FEED_EMPTY] = {DSC_IGNORED, "it holds no files"},
    [DSC_FEED_WHOLE] = {DSC_IGNORED, "an archive, read to its end"},
    [DSC_FEED_LINK] = {DSC_IGNORED, "not a regular file"},
    [DSC_FEED_DOTS] = {DSC_QUARANTINED,
                       "a name with '..' leads out of the archive"},
    [DSC_FEED_LONG_NAME] = {DSC_QUARANTINED,
                            "the name in the archive is too long"},
    [DSC_FEED_ENCRYPTED] = {DSC_QUARANTINED, "encrypted in the archive"},
    [DSC_FEED_TOO_LARGE] = {DSC_QUARANTINED,
                            "over the size limit for files in archives"},
    [DSC_FEED_TOO_DENSE] = {DSC_QUARANTINED,
                            "packed more tightly than any image: an archive "
                            "made to fill memory"},
    [DSC_FEED_TOO_DEEP] = {DSC_QUARANTINED,
                           "archives inside archives, too deep"},
    [DSC_FEED_TOO_MANY] = {DSC_QUARANTINED, "too many files in the archive"},
    [DSC_FEED_BROKEN] = {DSC_QUARANTINED,
                         "the archive is broken or ends early"},
    [DSC_FEED_BROKEN_MEMBER] = {DSC_QUARANTINED,
                                "broken or cut off in the archive"},
    [DSC_FEED_UNREADABLE] = {DSC_FAILED, "the archive cannot be read"},
    [DSC_FEED_NO_ROOM] = {DSC_FAILED, "no room to unpack it"},
    [DSC_FEED_HUNGRY] = {DSC_QUARANTINED,
                         "takes more memory to unpack than any archive should"},
    [DSC_FEED_NO_DICOMDIR] = {DSC_QUARANTINED,
                              "named like a DICOMDIR but none"},
    [DSC_FEED_BAD_DICOMDIR] = {DSC_QUARANTINED,
                               "a DICOMDIR that cannot be understood"},
    [DSC_FEED_OUTSIDE] = {DSC_QUARANTINED,
                          "the DICOMDIR lists a file outside of its folder"},
    [DSC_FEED_MISSING] = {DSC_FAILED, "listed in the DICOMDIR, but not there"},
    [DSC_FEED_DIED] = {DSC_QUARANTINED,
                       "the process that read the container died or hung"},
    [DSC_FEED_KILLED] = {DSC_FAILED,
                         "the process that read the container was killed"},
};

const char *dsc_feed_reason_text(dsc_feed_reason reason)
{
    return reasons[reason].text;
}

dsc_outcome dsc_feed_reason_outcome(dsc_feed_reason reason)
{
    return reasons[reason].outcome;
}

dsc_feed_limits dsc_feed_default_limits(void)
{
    return (dsc_feed_limits){
        .member_bytes = (uint64_t)16 << 30,
        .memory_bytes = (uint64_t)64 << 20,
        .heap_bytes = (uint64_t)1 << 30,
        .free_bytes = (uint64_t)256 << 20,
        .ratio = 250,
        .members = 100000000,
        .depth = 3,
        .seconds = 900,
    };
}

static bool ask(dsc_feeder *f, char what, message *m, char *name, int *passed)
{
    dsc_post answer = {m, sizeof *m, name, name ? DSC_FEED_NAME : 0, -1};
    bool ok = dsc_post_send(f->fd, &(dsc_post){&what, 1, NULL, 0, -1}) &&
              dsc_post_receive(f->fd, &answer, f->seconds, f->meanwhile) &&
              m->reason < DSC_FEED_REASONS && m->size >= 0;

    *passed = answer.pass;
    if (ok)
        return true;
    if (*passed >= 0)
        close(*passed);
    *passed = -1;
    return false;
}

/* ---- the feeder's side ---- */

/* What the supervisor wants next; nobody there any more: the end. */
static char wait_for_ask(const dsc_feed *feed)
{
    char what = 0;
    ssize_t n;
    struct rlimit cpu = {0};
    struct timespec used;

    do
        n = recv(feed->fd, &what, 1, 0);
    while (n < 0 && errno == EINTR);
    if (n != 1)
        _exit(0);
    /* A loop without end costs this entry, not the night. */
    if (!clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) &&
        !getrlimit(RLIMIT_CPU, &cpu)) {
        cpu.rlim_cur = (rlim_t)used.tv_sec + feed->limits.seconds;
        setrlimit(RLIMIT_CPU, &cpu);
    }
    return what;
}

bool dsc_feed_offer(dsc_feed *feed, const dsc_feed_entry *entry)
{
    message m = {entry->reason, 0, entry->size, entry->modified};
    dsc_post post = {&m, sizeof m, (char *)entry->name, strlen(entry->name) + 1,
                     -1};

    /* The supervisor has asked for this one already. */
    if (!dsc_post_send(feed->fd, &post))
        _exit(0);
    return wait_for_ask(feed) == ASK_DATA;
}

void dsc_feed_give(dsc_feed *feed, int fd, int64_t size, dsc_feed_reason reason)
{
    message m = {reason, 0, size, 0};
    bool ok = dsc_post_send(feed->fd, &(dsc_post){&m, sizeof m, NULL, 0, fd});

    if (fd >= 0)
        close(fd);
    if (!ok || wait_for_ask(feed) != ASK_NEXT)
        _exit(0);
}

static _Noreturn void feeder_main(int fd, pid_t parent, dsc_feed_body body,
                                  const char *path, const char *spill,
                                  const dsc_feed_limits *limits)
{
    dsc_feed feed = {.spill = spill, .limits = *limits};
    message end = {.end = 1};

    feed.fd = dsc_post_isolate(fd, parent);
    dsc_post_limit_memory(limits->heap_bytes);
    if (wait_for_ask(&feed) == ASK_NEXT) {
        end.reason = body(&feed, path);
        dsc_post_send(feed.fd, &(dsc_post){&end, sizeof end, NULL, 0, -1});
    }
    _exit(0);
}

/* ---- the supervisor's side ---- */

dsc_status dsc_feeder_start(dsc_feeder **out, dsc_feed_body body,
                            const char *path, const char *spill,
                            const dsc_feed_limits *limits,
                            dsc_meanwhile *meanwhile, dsc_error *err)
{
    dsc_feeder *f = dsc_alloc(sizeof *f);
    pid_t parent = getpid();
    int theirs;
    dsc_status st;

    *out = NULL;
    if (!f)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    f->seconds = limits->seconds;
    f->meanwhile = meanwhile;
    st = dsc_post_fork(&f->pid, &f->fd, &theirs, err);
    if (!st && f->pid == 0)
        feeder_main(theirs, parent, body, path, spill, limits);
    if (st) {
        dsc_free(f);
        return st;
    }
    *out = f;
    return DSC_OK;
}

/* Nobody's data makes the kernel send SIGKILL: that is a person, or the want
 * of memory. */
static dsc_feed_reason reap(dsc_feeder *f)
{
    uint8_t byte;
    int status = 0;

    if (recv(f->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0)
        return DSC_FEED_DIED; /* it is there: silent, or talks nonsense */
    while (waitpid(f->pid, &status, 0) < 0 && errno == EINTR)
        ;
    f->pid = 0;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? DSC_FEED_KILLED
                                                              : DSC_FEED_DIED;
}

void dsc_feeder_next(dsc_feeder *f, dsc_feed_entry *entry)
{
    message m;
    int passed = -1;

    *entry = (dsc_feed_entry){0};
    if (!f->ended && !ask(f, ASK_NEXT, &m, f->name, &passed)) {
        f->ended = true;
        f->died = reap(f);
    }
    if (f->ended) {
        entry->reason = f->died;
        f->died = DSC_FEED_FINE; /* told once */
        return;
    }
    if (passed >= 0)
        close(passed);
    f->ended = m.end != 0;
    *entry = (dsc_feed_entry){f->ended ? NULL : f->name,
                              (dsc_feed_reason)m.reason, m.size, m.modified};
}

int dsc_feeder_take(dsc_feeder *f, int64_t *size, dsc_feed_reason *reason)
{
    message m = {0};
    int passed = -1;

    if (f->ended || !ask(f, ASK_DATA, &m, NULL, &passed) ||
        (passed < 0) != (m.reason != DSC_FEED_FINE)) {
        if (passed >= 0)
            close(passed);
        passed = -1;
        if (!f->ended)
            f->died = reap(f);
        m = (message){.reason = f->died};
        f->ended = true;
    }
    *reason = (dsc_feed_reason)m.reason;
    *size = m.size;
    return passed;
}

void dsc_feeder_stop(dsc_feeder **pf)
{
    dsc_feeder *f = *pf;

    if (!f)
        return;
    if (f->pid)
        dsc_post_end(f->pid, f->fd);
    else
        close(f->fd);
    dsc_free(f);
    *pf = NULL;
}
