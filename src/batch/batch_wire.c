/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs and answers on the socket between supervisor and worker. */
#include "batch/batch_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
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

/* All parts at once, so that whoever waits for them wakes once; the descriptor
 * comes with the first byte, -1: none. */
static bool send_parts(int fd, struct iovec *parts, size_t count, int passed)
{
    control c;
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = count};
    ssize_t n;

    if (passed >= 0) {
        struct cmsghdr *h;
        memset(&c, 0, sizeof c);
        m.msg_control = c.bytes;
        m.msg_controllen = sizeof c.bytes;
        h = CMSG_FIRSTHDR(&m);
        h->cmsg_level = SOL_SOCKET;
        h->cmsg_type = SCM_RIGHTS;
        h->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(h), &passed, sizeof passed);
    }
    do
        n = sendmsg(fd, &m, 0);
    while (n < 0 && errno == EINTR);
    for (size_t i = 0; n >= 0 && i < count; i++) {
        size_t sent =
            (size_t)n < parts[i].iov_len ? (size_t)n : parts[i].iov_len;
        n -= (ssize_t)sent;
        if (sent < parts[i].iov_len &&
            !dsc_write_all(fd, (const uint8_t *)parts[i].iov_base + sent,
                           parts[i].iov_len - sent))
            return false;
    }
    return n >= 0;
}

bool dsc_send_job(int fd, const dsc_task *task, bool settled, int lore_id)
{
    dsc_job job;
    struct iovec parts[] = {
        {&job, sizeof job},
        {(void *)task->name, strlen(task->name) + 1},
        {(void *)task->relative, strlen(task->relative) + 1}};

    memset(&job, 0, sizeof job); /* padding too */
    job.name_len = (uint32_t)parts[1].iov_len;
    job.relative_len = (uint32_t)parts[2].iov_len;
    job.has_fd = task->fd >= 0;
    job.settled = settled;
    job.modified = task->modified;
    job.lore_id = lore_id;
    return send_parts(fd, parts, 3, task->fd);
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

bool dsc_send_reply(int fd, const dsc_reply *r)
{
    struct iovec parts[] = {{(void *)&r->head, sizeof r->head},
                            {r->reason.data, r->reason.len},
                            {r->line.data, r->line.len},
                            {r->output.data, r->output.len}};

    return send_parts(fd, parts, 4, -1);
}

/* What came with the head, not yet looked at. */
typedef struct early {
    const uint8_t *at;
    size_t count;
} early;

static bool read_buf(int fd, early *e, dsc_buf *buf, size_t n)
{
    size_t here = n < e->count ? n : e->count;

    if (dsc_buf_resize(buf, n, NULL))
        return false;
    if (here)
        memcpy(buf->data, e->at, here);
    e->at += here;
    e->count -= here;
    return here == n || dsc_read_all(fd, buf->data + here, n - here);
}

/* A worker says nothing more until it is asked again, so what comes with the
 * head is all its own. */
static bool read_head(int fd, dsc_answer *head, uint8_t *room, size_t size,
                      early *e)
{
    struct iovec parts[] = {{head, sizeof *head}, {room, size}};
    ssize_t n;

    *e = (early){room, 0};
    do
        n = readv(fd, parts, 2);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return false;
    if ((size_t)n < sizeof *head)
        return dsc_read_all(fd, (uint8_t *)head + n, sizeof *head - (size_t)n);
    e->count = (size_t)n - sizeof *head;
    return true;
}

bool dsc_read_reply(int fd, dsc_reply *r)
{
    dsc_answer *a = &r->head;
    uint8_t room[16384];
    early e;

    if (!read_head(fd, a, room, sizeof room, &e) || a->outcome > DSC_IGNORED ||
        !a->reason_len || a->reason_len > MAX_REASON ||
        a->line_len > MAX_ANSWER || a->output_len > DSC_BATCH_MAX_PATH ||
        !read_buf(fd, &e, &r->reason, a->reason_len) ||
        !read_buf(fd, &e, &r->line, a->line_len) ||
        !read_buf(fd, &e, &r->output, a->output_len) || e.count)
        return false;
    r->reason.data[r->reason.len - 1] = '\0';
    if (r->output.len)
        r->output.data[r->output.len - 1] = '\0';
    a->study[sizeof a->study - 1] = a->series[sizeof a->series - 1] = '\0';
    a->instance[sizeof a->instance - 1] = '\0';
    a->modality[sizeof a->modality - 1] = '\0';
    return true;
}

#define KEEP_ROOM ((size_t)64 * 1024)

static void empty(dsc_buf *buf)
{
    if (buf->cap > KEEP_ROOM)
        dsc_buf_free(buf);
    buf->len = 0;
}

void dsc_reply_empty(dsc_reply *r)
{
    empty(&r->reason);
    empty(&r->line);
    empty(&r->output);
}

void dsc_reply_free(dsc_reply *r)
{
    dsc_buf_free(&r->reason);
    dsc_buf_free(&r->line);
    dsc_buf_free(&r->output);
}
