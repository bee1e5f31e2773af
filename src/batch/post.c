/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/post_priv.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLICE_MS 100

typedef union control {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(int))];
} control;

bool dsc_post_send(int fd, const dsc_post *post)
{
    struct iovec parts[] = {{post->head, post->head_len},
                            {post->text, post->text_len}};
    control c = {.room = ""};
    struct msghdr h = {.msg_iov = parts, .msg_iovlen = post->text_len ? 2 : 1};
    ssize_t n;

    if (post->pass >= 0) {
        struct cmsghdr *first;
        h.msg_control = c.room;
        h.msg_controllen = sizeof c.room;
        first = CMSG_FIRSTHDR(&h);
        first->cmsg_level = SOL_SOCKET;
        first->cmsg_type = SCM_RIGHTS;
        first->cmsg_len = CMSG_LEN(sizeof post->pass);
        memcpy(CMSG_DATA(first), &post->pass, sizeof post->pass);
    }
    do
        n = sendmsg(fd, &h, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n >= 0;
}

bool dsc_post_is_stopped(const dsc_meanwhile *m)
{
    sigset_t waiting;

    return (m && m->enough) ||
           (!sigpending(&waiting) && (sigismember(&waiting, SIGINT) == 1 ||
                                      sigismember(&waiting, SIGTERM) == 1));
}

bool dsc_post_wait(int fd, double seconds, dsc_meanwhile *m)
{
    struct pollfd p = {fd, POLLIN, 0};
    int r = 0;

    while (r != 1 && seconds > 0 && !dsc_post_is_stopped(m)) {
        r = poll(&p, 1, SLICE_MS);
        if (r < 0 && errno != EINTR)
            return false;
        seconds -= SLICE_MS / 1000.0;
        if (r != 1 && m)
            m->enough = !m->fn(m->ctx);
    }
    return r == 1;
}

bool dsc_post_receive(int fd, dsc_post *post, unsigned seconds,
                      dsc_meanwhile *meanwhile)
{
    struct iovec parts[] = {{post->head, post->head_len},
                            {post->text, post->text_len}};
    control c = {.room = ""};
    struct msghdr h = {.msg_iov = parts,
                       .msg_iovlen = post->text_len ? 2 : 1,
                       .msg_control = c.room,
                       .msg_controllen = sizeof c.room};
    ssize_t n;
    size_t len;

    post->pass = -1;
    if (!dsc_post_wait(fd, seconds, meanwhile))
        return false;
    do
        n = recvmsg(fd, &h, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    for (struct cmsghdr *m = CMSG_FIRSTHDR(&h); m; m = CMSG_NXTHDR(&h, m))
        if (m->cmsg_level == SOL_SOCKET && m->cmsg_type == SCM_RIGHTS)
            memcpy(&post->pass, CMSG_DATA(m), sizeof post->pass);
    if (n < 0 || (size_t)n < post->head_len ||
        h.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
        return false;
    len = (size_t)n - post->head_len;
    post->text_len = len;
    return !len || memchr(post->text, '\0', len) == post->text + len - 1;
}

dsc_status dsc_post_fork(pid_t *pid, int *ours, int *theirs, dsc_error *err)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
        return dsc_fail(err, DSC_IO, "cannot start a helper: %s",
                        strerror(errno));
    fflush(NULL);
    *pid = fork();
    *ours = fds[0];
    *theirs = fds[1];
    if (*pid == 0)
        return DSC_OK;
    close(fds[1]);
    if (*pid > 0)
        return DSC_OK;
    dsc_fail(err, DSC_IO, "cannot start a helper: %s", strerror(errno));
    close(fds[0]);
    return DSC_IO;
}

int dsc_post_isolate(int fd, pid_t parent)
{
    sigset_t none;

    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    /* Sockets of workers and the ledger's lock are not for us. */
    if (getppid() != parent || dup2(fd, 3) != 3)
        _exit(1);
    close_range(4, ~0u, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    return 3;
}

void dsc_post_limit_memory(uint64_t bytes)
{
    unsigned long pages = 0;
    FILE *fp = fopen("/proc/self/statm", "re");
    struct rlimit limit = {0};

    if (!fp || fscanf(fp, "%*u %*u %*u %*u %*u %lu", &pages) != 1)
        pages = 0;
    if (fp)
        fclose(fp);
    if (!pages || getrlimit(RLIMIT_DATA, &limit))
        return;
    bytes += (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
    if (limit.rlim_max == RLIM_INFINITY || bytes < limit.rlim_max)
        limit.rlim_cur = limit.rlim_max = bytes;
    setrlimit(RLIMIT_DATA, &limit);
}

void dsc_post_end(pid_t pid, int fd)
{
    kill(pid, SIGKILL);
    close(fd);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}
