/* SPDX-License-Identifier: Apache-2.0
 *
 * One look at all headers before the first file is cleaned, so that each file
 * is judged by what all of its study and patient tell, whatever the order and
 * however many workers. A process of its own parses; where it dies, the next
 * one goes on behind the file at hand, which a worker will meet again. */
#include "batch/batch_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 60000 /* for one header */
#define MAX_RECORD  ((uint32_t)4 << 20)
#define MAX_DEATHS  1000

enum { /* what the reader says */
    BEGINS,
    RECORD,
    END
};

typedef struct message {
    uint32_t kind, length;
} message;

/* ---- the process that reads ---- */

typedef struct reader {
    int fd;
} reader;

static dsc_status say(void *ctx, const void *bytes, size_t len, dsc_error *err)
{
    const reader *r = ctx;
    message m = {RECORD, (uint32_t)len};

    if (len > MAX_RECORD || !dsc_write_all(r->fd, &m, sizeof m) ||
        !dsc_write_all(r->fd, bytes, len))
        return dsc_fail(err, DSC_IO, "the record cannot be handed on");
    return DSC_OK;
}

/* A file that cannot be read tells nothing; its worker will say so. */
static void read_item(reader *r, const dsc_item *item)
{
    size_t size = item->fd < 0 || item->size <= 0 ? 0 : (size_t)item->size;
    void *map = NULL;
    dsc_input input = {.path = item->name};

    if (item->fd >= 0) {
        map = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, item->fd, 0)
                   : MAP_FAILED;
        close(item->fd);
        if (map == MAP_FAILED)
            return;
        input = (dsc_input){.data = map, .len = size};
    }
    if (dsc_learn(&input, say, r, NULL)) {
        /* nothing to tell */
    }
    if (map)
        munmap(map, size);
}

static _Noreturn void read_all(const dsc_source_options *options, int fd,
                               uint64_t skip, pid_t parent)
{
    static const struct rlimit none = {0, 0};
    reader r = {fd};
    dsc_source *source = NULL;
    dsc_item item = {.name = NULL};
    dsc_status st;
    uint64_t n = 0;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_FSIZE, &none);
    st = dsc_source_open(&source, options, NULL);
    while (!st && !(st = dsc_source_next(source, &item, NULL)) && item.name) {
        message begins = {BEGINS, 0};
        if (item.found != DSC_FOUND_FILE)
            continue;
        if (n++ < skip) {
            if (item.fd >= 0)
                close(item.fd);
            continue;
        }
        if (!dsc_write_all(fd, &begins, sizeof begins))
            _exit(1);
        read_item(&r, &item);
    }
    dsc_source_close(&source);
    dsc_write_all(fd, &(message){END, 0}, sizeof(message));
    _exit(0);
}

/* ---- the supervisor ---- */

typedef struct lesson {
    dsc_learned *learned;
    const sigset_t *mask;
    bool (*stopped)(void);
    uint64_t begun; /* files */
    bool ended;
    dsc_buf record;
} lesson;

static bool wait_for(const lesson *l, int fd)
{
    struct pollfd p = {fd, POLLIN, 0};
    struct timespec patience = {PATIENCE_MS / 1000, 0};

    return ppoll(&p, 1, &patience, l->mask) == 1;
}

/* Until the reader ends, dies or has to be killed. */
static dsc_status listen_to(lesson *l, int fd, dsc_error *err)
{
    message m;
    dsc_status st = DSC_OK;

    while (!st && !l->ended && !l->stopped()) {
        if (!wait_for(l, fd) || !dsc_read_all(fd, &m, sizeof m))
            break;
        if (m.kind == BEGINS) {
            l->begun++;
        } else if (m.kind == END) {
            l->ended = true;
        } else if (m.kind == RECORD && m.length <= MAX_RECORD) {
            st = dsc_buf_resize(&l->record, m.length, err);
            if (st || !dsc_read_all(fd, l->record.data, m.length))
                break;
            st = dsc_learned_add(l->learned, l->record.data, m.length, err);
        } else {
            break;
        }
    }
    return st;
}

static dsc_status one_reader(lesson *l, const dsc_source_options *options,
                             dsc_error *err)
{
    pid_t parent = getpid(), pid;
    int fds[2];
    dsc_status st;

    if (pipe2(fds, O_CLOEXEC))
        return dsc_fail(err, DSC_IO, "cannot start a process: %s",
                        strerror(errno));
    pid = fork();
    if (pid == 0) {
        close(fds[0]);
        read_all(options, fds[1], l->begun, parent);
    }
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        return dsc_fail(err, DSC_IO, "cannot start a process: %s",
                        strerror(errno));
    }
    st = listen_to(l, fds[0], err);
    close(fds[0]);
    if (!l->ended)
        kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return st;
}

bool dsc_batch_can_learn(const dsc_source_options *o)
{
    bool streamed = o->list && !strcmp(o->list, "-");

    for (size_t i = 0; i < o->input_count; i++)
        streamed = streamed || !strcmp(o->inputs[i], "-");
    return !streamed;
}

dsc_status dsc_batch_learn(dsc_learned **out, const dsc_source_options *options,
                           const sigset_t *mask, bool (*stopped)(void),
                           dsc_error *err)
{
    lesson l = {.mask = mask, .stopped = stopped};
    dsc_status st = dsc_learned_create(&l.learned, err);

    *out = NULL;
    for (int deaths = 0; !st && !l.ended && !stopped(); deaths++) {
        if (deaths > MAX_DEATHS)
            st = dsc_fail(err, DSC_INTERNAL,
                          "the process that reads headers dies over and over");
        else
            st = one_reader(&l, options, err);
    }
    if (!st)
        st = dsc_learned_ready(l.learned, err);
    if (!st) {
        *out = l.learned;
        l.learned = NULL;
    }
    dsc_learned_free(&l.learned);
    dsc_buf_free(&l.record);
    return st;
}
