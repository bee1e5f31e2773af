/* SPDX-License-Identifier: Apache-2.0
 *
 * All headers are looked at, so that each file is judged by what all of its
 * study and patient tell, whatever the order and however many workers. One
 * process parses (the reader), one writes what it tells into a file beside the
 * ledger (the keeper), while workers are at work already: docs/adr/0026. Where
 * the reader dies, the next one goes on behind the file at hand, which a worker
 * will meet again. */
#include "batch/batch_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE        60.0   /* seconds for one header */
#define MEMBER_PATIENCE 1000.0 /* the same, and to unpack a file */
#define FLUSH_SECONDS   0.1
#define FLUSH_FILES     100u
#define MAX_RECORD      ((uint32_t)4 << 20)
#define MAX_DEATHS      1000

enum { /* what the reader says */
    FILE_BEGINS,
    MEMBER_BEGINS,
    OTHER,  /* nothing to read */
    UNREAD, /* what the file at hand tells nobody knows: it cannot be read */
    RECORD,
    END
};

/* Then `length` bytes: a name with its NUL, or a dsc_kin and values, each
 * behind its uint32_t of length. */
typedef struct message {
    uint32_t kind, length;
    int64_t size, modified; /* of a file */
} message;

/* ---- the process that reads ---- */

typedef struct reader {
    int fd;
    dsc_lore *lore; /* for what was read before; NULL: nothing was */
    dsc_buf record, last;
} reader;

static void say(const reader *r, const message *m, const void *bytes)
{
    if (!dsc_write_all(r->fd, m, sizeof *m) ||
        !dsc_write_all(r->fd, bytes, m->length))
        _exit(1);
}

static dsc_status keep(void *ctx, const void *value, size_t len, dsc_error *err)
{
    dsc_buf *record = ctx;
    uint32_t n = (uint32_t)len;
    dsc_status st = dsc_buf_append(record, &n, sizeof n, err);

    return st ? st : dsc_buf_append(record, value, len, err);
}

/* What is no DICOM file tells nothing. One that tells the same as the last one
 * is no news. */
static void read_header(reader *r, const dsc_input *input)
{
    dsc_kin kin = {0};
    dsc_buf *record = &r->record, swap;
    dsc_status st;

    record->len = 0;
    st = dsc_buf_append(record, &kin, sizeof kin, NULL);
    if (!st)
        st = dsc_learn(input, &kin, keep, record, NULL);
    if (st == DSC_IO || st == DSC_NOMEM)
        say(r, &(message){.kind = UNREAD}, "");
    if (st || (!kin.study && !kin.patient) || record->len > MAX_RECORD)
        return;
    memcpy(record->data, &kin, sizeof kin);
    if (record->len == r->last.len &&
        !memcmp(record->data, r->last.data, record->len))
        return;
    say(r, &(message){RECORD, (uint32_t)record->len, 0, 0}, record->data);
    swap = r->last;
    r->last = *record;
    *record = swap;
}

static void read_bytes(reader *r, int fd, int64_t size)
{
    void *map = size > 0
                    ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0)
                    : MAP_FAILED;

    if (map == MAP_FAILED) {
        if (size > 0)
            say(r, &(message){.kind = UNREAD}, "");
        return;
    }
    read_header(r, &(dsc_input){.data = map, .len = (size_t)size});
    munmap(map, (size_t)size);
}

static bool is_known(const reader *r, const dsc_item *item)
{
    bool known = false;

    return r->lore &&
           !dsc_lore_has(r->lore, item->name, item->size, item->modified,
                         &known, NULL) &&
           known;
}

static dsc_status read_item(reader *r, dsc_source *source, dsc_item *item)
{
    message m = {OTHER, 0, item->size, item->modified};
    dsc_status st = DSC_OK;

    if (item->found == DSC_FOUND_FILE)
        m.kind = FILE_BEGINS;
    else if (item->found == DSC_FOUND_MEMBER)
        m.kind = MEMBER_BEGINS;
    if (m.kind != OTHER && is_known(r, item))
        m.kind = OTHER;
    if (m.kind != OTHER)
        m.length = (uint32_t)strlen(item->name) + 1;
    say(r, &m, item->name);
    if (m.kind == MEMBER_BEGINS)
        st = dsc_source_take(source, item, NULL);
    if (!st && m.kind == MEMBER_BEGINS && item->found != DSC_FOUND_FILE)
        say(r, &(message){.kind = UNREAD}, ""); /* not unpacked this time */
    if (st || m.kind == OTHER || item->found != DSC_FOUND_FILE)
        return st;
    if (item->fd >= 0)
        read_bytes(r, item->fd, item->size);
    else
        read_header(r, &(dsc_input){.path = item->name});
    return DSC_OK;
}

static _Noreturn void read_all(const dsc_source_options *options,
                               const char *lore, int fd, uint64_t skip,
                               pid_t parent)
{
    static const struct rlimit none = {0, 0};
    reader r = {.fd = fd};
    dsc_source *source = NULL;
    dsc_item item = {.name = NULL};
    dsc_status st;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    setrlimit(RLIMIT_CORE, &none);
    st = dsc_source_open(&source, options, NULL);
    if (!st && lore)
        st = dsc_lore_open(&r.lore, lore, NULL);
    while (!st && !(st = dsc_source_next(source, &item, NULL)) && item.name) {
        if (skip)
            skip--;
        else
            st = read_item(&r, source, &item);
        if (item.fd >= 0)
            close(item.fd);
    }
    dsc_source_close(&source);
    if (!st)
        say(&r, &(message){.kind = END}, "");
    _exit(st ? 1 : 0);
}

/* ---- the keeper ---- */

typedef struct lesson {
    dsc_lore *lore;
    const char *path; /* of the lore; NULL: in memory */
    const dsc_source_options *options;
    const sigset_t *mask; /* while it waits; NULL: as it is */
    bool (*stopped)(void);
    int news; /* for the supervisor; -1: nobody asks */
    uint64_t passed, unflushed, messages;
    uint64_t died_at; /* the file at which a reader died, as `passed` */
    double flushed, patience, heard;
    bool ended;
    message file; /* at hand; kind OTHER: none */
    char name[DSC_BATCH_MAX_PATH];
    dsc_buf record;
} lesson;

static dsc_status flush(lesson *l, dsc_error *err)
{
    dsc_learner_news news = {.passed = l->passed};
    dsc_status st = dsc_lore_flush(l->lore, err);

    l->unflushed = 0;
    l->flushed = dsc_batch_now();
    if (!st && l->news >= 0 && !dsc_write_all(l->news, &news, sizeof news))
        _exit(1); /* nobody there any more */
    return st;
}

/* Something to read within the file's time? What came before is not kept
 * waiting. */
static bool wait_for(lesson *l, int fd, dsc_status *st, dsc_error *err)
{
    static const struct timespec slice = {0, 100000000};

    l->heard = dsc_batch_now();
    while (!*st && !l->stopped()) {
        struct pollfd p = {fd, POLLIN, 0};
        int n = ppoll(&p, 1, &slice, l->mask);
        if (n == 1)
            return true;
        if (dsc_batch_now() - l->heard > l->patience)
            return false;
        if (l->unflushed)
            *st = flush(l, err);
    }
    return false;
}

/* The last one was read to its end. */
static dsc_status close_file(lesson *l, dsc_error *err)
{
    bool any = l->file.kind != OTHER;

    l->file.kind = OTHER;
    return any ? dsc_lore_add_file(l->lore, l->name, l->file.size,
                                   l->file.modified, err)
               : DSC_OK;
}

static dsc_status begin_file(lesson *l, const message *m, dsc_error *err)
{
    dsc_status st = close_file(l, err);

    l->passed++;
    l->patience = m->kind == MEMBER_BEGINS ? MEMBER_PATIENCE : PATIENCE;
    if (m->kind != OTHER && l->record.len && l->record.len <= sizeof l->name) {
        memcpy(l->name, l->record.data, l->record.len);
        l->name[l->record.len - 1] = '\0';
        l->file = *m;
    }
    if (!st && (++l->unflushed >= FLUSH_FILES ||
                dsc_batch_now() - l->flushed > FLUSH_SECONDS))
        st = flush(l, err);
    return st;
}

static dsc_status take_record(lesson *l, dsc_error *err)
{
    const uint8_t *p = l->record.data, *end = p + l->record.len;
    dsc_kin kin;
    dsc_status st;

    DSC_CHECK(l->record.len >= sizeof kin, err);
    memcpy(&kin, p, sizeof kin);
    p += sizeof kin;
    st = dsc_lore_add_kin(l->lore, &kin, err);
    while (!st && p < end) {
        uint32_t n;
        DSC_CHECK((size_t)(end - p) >= sizeof n, err);
        memcpy(&n, p, sizeof n);
        p += sizeof n;
        DSC_CHECK((size_t)(end - p) >= n, err);
        st = dsc_lore_add_value(l->lore, &kin, p, n, err);
        p += n;
    }
    return st;
}

static dsc_status take_message(lesson *l, const message *m, dsc_error *err)
{
    dsc_status st;

    l->messages++;
    switch (m->kind) {
    case UNREAD:
        l->file.kind = OTHER;
        return DSC_OK;
    case RECORD:
        return take_record(l, err);
    case END:
        l->ended = true;
        st = close_file(l, err);
        return st ? st : flush(l, err);
    default:
        return begin_file(l, m, err);
    }
}

/* Until the reader ends, dies or has to be killed. */
static dsc_status listen_to(lesson *l, int fd, dsc_error *err)
{
    message m;
    dsc_status st = DSC_OK;

    while (!st && !l->ended && wait_for(l, fd, &st, err)) {
        if (!dsc_read_all(fd, &m, sizeof m) || m.kind > END ||
            m.length > MAX_RECORD)
            break;
        st = dsc_buf_resize(&l->record, m.length, err);
        if (!st && !dsc_read_all(fd, l->record.data, m.length))
            break;
        if (!st)
            st = take_message(l, &m, err);
    }
    return st;
}

static bool has_crashed(int how)
{
    int sig = WIFSIGNALED(how) ? WTERMSIG(how) : 0;

    return sig == SIGSEGV || sig == SIGABRT || sig == SIGBUS || sig == SIGILL ||
           sig == SIGFPE || sig == SIGSYS;
}

/* A reader died on a file: the next one tries once more. If that one crashes,
 * it is the file's fault and it tells nothing; if it was killed or has to be,
 * nobody knows what the file tells. */
static dsc_status pass_over(lesson *l, int how, dsc_error *err)
{
    if (l->file.kind == OTHER)
        return DSC_OK;
    if (l->died_at == l->passed && has_crashed(how))
        return close_file(l, err);
    if (l->died_at != l->passed)
        l->died_at = l->passed--;
    l->file.kind = OTHER;
    return DSC_OK;
}

static dsc_status one_reader(lesson *l, dsc_error *err)
{
    pid_t parent = getpid(), pid;
    int fds[2], how = 0;
    dsc_status st;

    if (pipe2(fds, O_CLOEXEC))
        return dsc_fail(err, DSC_IO, "cannot start a process: %s",
                        strerror(errno));
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        close(fds[0]);
        if (l->news >= 0)
            close(l->news);
        read_all(l->options, l->path, fds[1], l->passed, parent);
    }
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        return dsc_fail(err, DSC_IO, "cannot start a process: %s",
                        strerror(errno));
    }
    l->patience = PATIENCE;
    st = listen_to(l, fds[0], err);
    close(fds[0]);
    if (!l->ended)
        kill(pid, SIGKILL);
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        ;
    return st || l->stopped() ? st : pass_over(l, how, err);
}

static dsc_status learn_all(lesson *l, dsc_error *err)
{
    uint64_t before;
    dsc_status st = DSC_OK;

    for (int deaths = 0; !st && !l->ended && !l->stopped(); deaths++) {
        before = l->messages;
        if (deaths > MAX_DEATHS)
            st = dsc_fail(err, DSC_INTERNAL,
                          "the process that reads headers dies over and over");
        else
            st = one_reader(l, err);
        if (!st && !l->ended && !l->stopped() && l->messages == before)
            st = dsc_fail(err, DSC_IO,
                          "the inputs cannot be listed to read their headers");
    }
    dsc_buf_free(&l->record);
    return st;
}

dsc_status dsc_learn_now(dsc_lore *lore, const dsc_source_options *options,
                         const sigset_t *mask, bool (*stopped)(void),
                         dsc_error *err)
{
    lesson *l = dsc_alloc(sizeof *l);
    dsc_status st;

    if (!l)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    *l = (lesson){.lore = lore,
                  .options = options,
                  .mask = mask,
                  .stopped = stopped,
                  .file = {.kind = OTHER},
                  .news = -1};
    st = learn_all(l, err);
    dsc_free(l);
    return st;
}

static bool never(void)
{
    return false;
}

static _Noreturn void keeper_main(const dsc_learner *learner,
                                  const dsc_source_options *options, int fd,
                                  pid_t parent)
{
    dsc_learner_news news = {.ended = true};
    dsc_error e = DSC_ERROR_INIT;
    lesson *l = dsc_alloc(sizeof *l);
    int nice = learner->pool->options->limits.nice;
    sigset_t none;

    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || !l)
        _exit(1);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (nice)
        (void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + nice);
    *l = (lesson){.path = learner->path,
                  .options = options,
                  .stopped = never,
                  .file = {.kind = OTHER},
                  .news = fd};
    news.status = dsc_lore_join(&l->lore, learner->path, learner->lore_id, &e);
    if (!news.status)
        news.status = learn_all(l, &e);
    news.passed = l->passed;
    snprintf(news.why, sizeof news.why, "%s", e.msg);
    dsc_lore_close(&l->lore);
    _exit(dsc_write_all(fd, &news, sizeof news) ? 0 : 1);
}

/* ---- a worker ---- */

dsc_status dsc_learner_is(dsc_lore *lore, int id, dsc_error *err)
{
    return dsc_lore_id(lore) == id
               ? DSC_OK
               : dsc_fail(err, DSC_IO,
                          "LEDGER-learned is another one than when this run "
                          "began");
}

dsc_status dsc_learner_open(dsc_lore **lore, const char *path, int id,
                            dsc_error *err)
{
    dsc_error e = DSC_ERROR_INIT;
    dsc_status st = dsc_lore_open(lore, path, &e);

    if (!st)
        st = dsc_learner_is(*lore, id, &e);
    if (!st)
        return DSC_OK;
    dsc_lore_close(lore);
    return dsc_fail(err, DSC_IO, "%s", e.msg);
}

dsc_status dsc_lore_place_recall(void *ctx, const dsc_kin *kin,
                                 dsc_lesson_fn fn, void *fn_ctx, dsc_error *err)
{
    dsc_lore_place *place = ctx;
    dsc_status st = place->lore ? DSC_OK
                                : dsc_learner_open(&place->lore, place->path,
                                                   place->id, err);

    return st ? st : dsc_lore_recall(place->lore, kin, fn, fn_ctx, err);
}

/* ---- the supervisor ---- */

static dsc_status start_keeper(dsc_learner *l, dsc_error *err)
{
    pid_t parent = getpid();
    int fds[2];

    if (pipe2(fds, O_CLOEXEC))
        return dsc_fail(err, DSC_IO, "cannot start a process: %s",
                        strerror(errno));
    fflush(NULL);
    l->pid = fork();
    if (l->pid == 0) {
        close(fds[0]);
        for (unsigned i = 0; i < l->pool->count; i++)
            if (l->pool->workers[i].fd >= 0)
                close(l->pool->workers[i].fd);
        dsc_ledger_after_fork(l->pool->options->ledger);
        keeper_main(l, &l->source, fds[1], parent);
    }
    close(fds[1]);
    l->fd = fds[0];
    if (l->pid > 0)
        return DSC_OK;
    close(fds[0]);
    l->fd = -1;
    return dsc_fail(err, DSC_IO, "cannot start a process: %s", strerror(errno));
}

dsc_status dsc_learner_take(dsc_learner *l, dsc_lore *lore, dsc_error *err)
{
    l->has_lore = true;
    l->lore_id = dsc_lore_id(lore);
    return dsc_known_keeps(l->pool->options, lore, err);
}

dsc_status dsc_learner_prepare(dsc_learner *l, dsc_error *err)
{
    dsc_lore *lore = NULL;
    dsc_status st;

    if (l->has_lore)
        return DSC_OK;
    st = dsc_lore_create(&lore, l->path, err);
    if (!st)
        st = dsc_learner_take(l, lore, err);
    dsc_lore_close(&lore);
    return st;
}

dsc_status dsc_learner_start(dsc_learner *l, dsc_error *err)
{
    dsc_status st = l->started ? DSC_OK : dsc_learner_prepare(l, err);

    if (st || l->started)
        return st;
    l->started = true;
    l->since = dsc_batch_now();
    return start_keeper(l, err);
}

static void reap(dsc_learner *l)
{
    close(l->fd);
    l->fd = -1;
    while (waitpid(l->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

dsc_status dsc_learner_listen(dsc_learner *l, dsc_error *err)
{
    dsc_learner_news news;

    if (!dsc_read_all(l->fd, &news, sizeof news)) {
        /* Killed: what it knew is on disk, the next one goes on. */
        kill(l->pid, SIGKILL);
        reap(l);
        if (++l->deaths > DSC_LEARNER_DEATHS)
            return dsc_fail(err, DSC_INTERNAL,
                            "the process that keeps what headers tell dies "
                            "over and over");
        return start_keeper(l, err);
    }
    l->passed = news.passed;
    if (!news.ended)
        return DSC_OK;
    l->ended = true;
    reap(l);
    news.why[sizeof news.why - 1] = '\0';
    return news.status ? dsc_fail(err, (dsc_status)news.status, "%s", news.why)
                       : DSC_OK;
}

bool dsc_learner_is_behind(const dsc_learner *l)
{
    return l->started && !l->ended &&
           (l->all_first || (l->passed < DSC_LEARNER_AHEAD &&
                             dsc_batch_now() - l->since < DSC_LEARNER_GRACE));
}

void dsc_learner_stop(dsc_learner *l)
{
    if (l->fd >= 0) {
        kill(l->pid, SIGKILL);
        reap(l);
    }
    dsc_free(l->path);
    l->path = NULL;
}
