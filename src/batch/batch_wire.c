/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs and answers on the socket between supervisor and worker. */
#include "batch/batch_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_ANSWER ((uint32_t)1 << 30)
#define MAX_REASON 4096u

bool dsc_read_all(int fd, void *data, size_t n)
{
    uint8_t *p = data;

    while (n) {
        ssize_t r = read(fd, p, n);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return false;
        p += r;
        n -= (size_t)r;
    }
    return true;
}

bool dsc_write_all(int fd, const void *data, size_t n)
{
    const uint8_t *p = data;

    while (n) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return false;
        p += w;
        n -= (size_t)w;
    }
    return true;
}

/* Room for one descriptor, aligned as the kernel wants it. */
typedef union control {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
} control;

static bool send_head(int fd, const dsc_job *job, int passed)
{
    struct iovec iov = {(void *)job, sizeof *job};
    control c;
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = c.bytes,
                       .msg_controllen = sizeof c.bytes};
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    ssize_t n;

    memset(&c, 0, sizeof c);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(h), &passed, sizeof passed);
    do
        n = sendmsg(fd, &m, 0);
    while (n < 0 && errno == EINTR);
    return n > 0 &&
           dsc_write_all(fd, (const uint8_t *)job + n, sizeof *job - (size_t)n);
}

bool dsc_send_job(int fd, const dsc_task *task, bool settled)
{
    dsc_job job;

    memset(&job, 0, sizeof job); /* padding too */
    job.name_len = (uint32_t)strlen(task->name) + 1;
    job.relative_len = (uint32_t)strlen(task->relative) + 1;
    job.has_fd = task->fd >= 0;
    job.settled = settled;
    job.modified = task->modified;
    return (task->fd >= 0 ? send_head(fd, &job, task->fd)
                          : dsc_write_all(fd, &job, sizeof job)) &&
           dsc_write_all(fd, task->name, job.name_len) &&
           dsc_write_all(fd, task->relative, job.relative_len);
}

bool dsc_read_job(int fd, dsc_job *job, int *passed)
{
    struct iovec iov = {job, sizeof *job};
    control c;
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = c.bytes,
                       .msg_controllen = sizeof c.bytes};
    struct cmsghdr *h;
    ssize_t n;

    do
        n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return false;
    h = CMSG_FIRSTHDR(&m);
    if (h && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS &&
        h->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(passed, CMSG_DATA(h), sizeof *passed);
    return dsc_read_all(fd, (uint8_t *)job + n, sizeof *job - (size_t)n);
}

static bool read_buf(int fd, dsc_buf *buf, size_t n)
{
    return !dsc_buf_resize(buf, n, NULL) && dsc_read_all(fd, buf->data, n);
}

bool dsc_read_reply(int fd, dsc_reply *r)
{
    dsc_answer *a = &r->head;

    if (!dsc_read_all(fd, a, sizeof *a) || a->outcome > DSC_IGNORED ||
        !a->reason_len || a->reason_len > MAX_REASON ||
        a->line_len > MAX_ANSWER || a->output_len > DSC_BATCH_MAX_PATH ||
        !read_buf(fd, &r->reason, a->reason_len) ||
        !read_buf(fd, &r->line, a->line_len) ||
        !read_buf(fd, &r->output, a->output_len))
        return false;
    r->reason.data[r->reason.len - 1] = '\0';
    if (r->output.len)
        r->output.data[r->output.len - 1] = '\0';
    a->study[sizeof a->study - 1] = a->series[sizeof a->series - 1] = '\0';
    a->instance[sizeof a->instance - 1] = '\0';
    a->modality[sizeof a->modality - 1] = '\0';
    return true;
}

void dsc_reply_free(dsc_reply *r)
{
    dsc_buf_free(&r->reason);
    dsc_buf_free(&r->line);
    dsc_buf_free(&r->output);
}
