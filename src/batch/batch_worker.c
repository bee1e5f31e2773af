/* SPDX-License-Identifier: Apache-2.0
 *
 * A worker: one process, one scrubber, one file at a time. */
#include "base/file.h"
#include "batch/batch_priv.h"
#include "batch/index.h"
#include "deid/deid.h"
#include "deid/digest.h"
#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

dsc_status dsc_batch_line(dsc_buf *out, const dsc_batch_options *options,
                          const char *path, const char *output,
                          const dsc_result *result, dsc_error *err)
{
    char digest[17];
    dsc_key key;
    dsc_status st = DSC_OK;

    if (options->hide_key) {
        memcpy(key.bytes, options->hide_key, sizeof key.bytes);
        st = dsc_key_digest(&key, path, digest, err);
        path = digest;
    }
    return st ? st : dsc_report_line(out, path, output, result, err);
}

/* ---- where it goes ---- */

typedef struct output_name {
    const dsc_batch_options *options;
    dsc_begun *begun; /* NULL: no ledger */
    bool settled;
    const char *relative;
    char path[PATH_MAX];  /* once the name is known ... */
    dsc_way way;          /* ... and where to write it ... */
    dsc_ledger_file file; /* ... and what it will stand for */
} output_name;

/* Would the next run take it for a leftover of this one? */
static bool looks_temporary(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;

    return !strncmp(name, DSC_TMP_PREFIX, strlen(DSC_TMP_PREFIX));
}

/* Can no file have this name, or the one that it has until it is whole? One
 * that is too long for this place only may be none for the next. */
static bool is_too_long(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n;

    if (strlen(path) >= PATH_MAX ||
        (slash && (size_t)(slash - path) + sizeof "/" DSC_TMP_NAME > PATH_MAX))
        return true;
    for (n = 0; *path && n <= NAME_MAX; path += n + (path[n] == '/'))
        n = strcspn(path, "/");
    return n > NAME_MAX;
}

/* STUDY/SERIES/INSTANCE, of 8 characters each. */
static int disc_path(output_name *o, const dsc_result *r)
{
    char study[DSC_DISC_NAME], series[DSC_DISC_NAME], instance[DSC_DISC_NAME];

    dsc_disc_name(r->study, study);
    dsc_disc_name(r->series, series);
    dsc_disc_name(r->instance, instance);
    return snprintf(o->path, sizeof o->path, "%s/%s/%s/%s", o->options->output,
                    study, series, instance);
}

static dsc_status name_output(void *ctx, const dsc_result *r, char *buf,
                              size_t size, dsc_error *err)
{
    output_name *o = ctx;
    int n =
        o->options->keep_paths ? snprintf(o->path, sizeof o->path, "%s/%s",
                                          o->options->output, o->relative)
        : o->options->disc_names
            ? disc_path(o, r)
            : snprintf(o->path, sizeof o->path, "%s/%s/%s/%s.dcm",
                       o->options->output, r->study, r->series, r->instance);

    if (o->options->keep_paths && looks_temporary(o->relative))
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "named like a temporary file of dcmscrub");
    if (o->options->keep_paths && dsc_batch_has_dots(o->relative))
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "its name leads out of the output folder");
    if (n < 0 || (size_t)n >= sizeof o->path || is_too_long(o->path) ||
        !dsc_place_way(o->options->place, o->path, &o->way) ||
        (size_t)snprintf(buf, size, "%s", o->way.path) >= size)
        return dsc_fail(err, DSC_LIMIT, "the output path is too long");
    return o->begun ? dsc_begun_note(o->begun, o->settled, o->path, r, err)
                    : DSC_OK;
}

static dsc_status note_naming(void *ctx, const char *path, int fd,
                              dsc_error *err)
{
    output_name *o = ctx;
    struct stat info;
    dsc_status st;

    if (strcmp(path, o->way.path)) /* a mapping is written, too */
        return DSC_OK;
    if (fstat(fd, &info))
        return dsc_fail(err, DSC_IO, "cannot look at the output: %s",
                        strerror(errno));
    o->file = (dsc_ledger_file){.known = true};
    dsc_place_identify(&o->file, &info);
    st = dsc_sha256_fd(fd, o->file.sha256, err);
    return st ? st : dsc_begun_named(o->begun, &o->file, err);
}

/* The name may tell of another inode than the descriptor did, as sshfs does.
 * And what was there already is nothing of ours to be taken back. */
static dsc_status note_named(output_name *o, bool was_there, dsc_error *err)
{
    struct stat info;

    if (!lstat(o->way.path, &info) && S_ISREG(info.st_mode) &&
        info.st_size == o->file.size)
        dsc_place_identify(&o->file, &info);
    o->file.ours = !was_there;
    return was_there ? dsc_begun_named(o->begun,
                                       &(dsc_ledger_file){.known = false}, err)
                     : DSC_OK;
}

/* ---- what comes in ---- */

typedef struct subject {
    const char *path, *relative;
    int fd; /* -1: a path */
    void *map;
    size_t len;
    int64_t size, modified;
    bool hashed;
    uint8_t sha256[32];
} subject;

static int64_t modified_of(const struct stat *sb)
{
    return (int64_t)sb->st_mtim.tv_sec * 1000000000 + sb->st_mtim.tv_nsec;
}

/* Bytes that came as a descriptor are used in place. */
static bool map_subject(subject *s)
{
    struct stat sb;

    if (s->fd < 0)
        return true;
    if (fstat(s->fd, &sb))
        return false;
    s->size = sb.st_size;
    s->len = (size_t)sb.st_size;
    if (!s->len)
        return true;
    s->map = mmap(NULL, s->len, PROT_READ, MAP_PRIVATE, s->fd, 0);
    if (s->map == MAP_FAILED)
        s->map = NULL;
    return s->map != NULL;
}

static void unmap_subject(subject *s)
{
    if (s->map)
        munmap(s->map, s->len);
    if (s->fd >= 0)
        close(s->fd);
}

/* What the ledger says of the input: before it is cleaned, so that a file that
 * changes meanwhile is seen to have changed. */
static void fingerprint(subject *s)
{
    struct stat sb;
    int fd = s->fd;

    if (fd < 0)
        fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return;
    if (!fstat(fd, &sb) && S_ISREG(sb.st_mode)) {
        s->size = sb.st_size;
        if (s->fd < 0)
            s->modified = modified_of(&sb);
        s->hashed = dsc_sha256_fd(fd, s->sha256, NULL) == DSC_OK;
    }
    if (s->fd < 0)
        close(fd);
}

/* The output is that of what was read; the digest must be, too. */
static void check_fingerprint(subject *s)
{
    struct stat sb;

    if (s->fd < 0 && (stat(s->path, &sb) || sb.st_size != s->size ||
                      modified_of(&sb) != s->modified))
        s->hashed = false;
}

/* ---- one file ---- */

static void clean(dsc_scrubber *scrubber, const dsc_batch_options *options,
                  subject *s, output_name *name, dsc_result *r)
{
    dsc_input input = {.path = s->path};

    if (options->ledger)
        fingerprint(s);
    if (!map_subject(s)) {
        r->outcome = DSC_FAILED;
        snprintf(r->reason, sizeof r->reason, "cannot be mapped: %s",
                 strerror(errno));
        return;
    }
    if (s->fd >= 0)
        input = (dsc_input){.data = s->map ? s->map : "", .len = s->len};
    dsc_clean(scrubber, &input, name_output, name, r);
    if (options->ledger)
        check_fingerprint(s);
}

static dsc_status describe(dsc_reply *reply, const subject *s,
                           const output_name *name, const dsc_result *r,
                           dsc_error *err)
{
    bool written = r->outcome == DSC_CLEAN || r->outcome == DSC_SCRUBBED;
    const char *output = written ? name->path : NULL;
    dsc_answer *a = &reply->head;
    dsc_status st =
        dsc_batch_line(&reply->line, name->options, s->path, output, r, err);

    if (!st)
        st = dsc_buf_append(&reply->reason, r->reason, strlen(r->reason) + 1,
                            err);
    if (!st && output)
        st = dsc_buf_append(&reply->output, output, strlen(output) + 1, err);
    a->outcome = (uint32_t)r->outcome;
    a->reason_len = (uint32_t)reply->reason.len;
    a->line_len = (uint32_t)reply->line.len;
    a->output_len = (uint32_t)reply->output.len;
    a->frames = r->frames;
    a->regions = (uint32_t)r->regions.count;
    a->bytes = r->bytes_in;
    a->size = s->size;
    a->modified = s->modified;
    a->ended = dsc_batch_wall_ms();
    a->taught = r->taught;
    if (written && name->begun)
        a->file = name->file;
    a->name_taken = r->name_taken;
    a->has_sha256 = s->hashed;
    memcpy(a->sha256, s->sha256, sizeof a->sha256);
    snprintf(a->study, sizeof a->study, "%s", r->study);
    snprintf(a->series, sizeof a->series, "%s", r->series);
    snprintf(a->instance, sizeof a->instance, "%s", r->instance);
    snprintf(a->modality, sizeof a->modality, "%s", r->modality);
    return st;
}

static bool serve(dsc_scrubber *scrubber, output_name *name, int fd, subject *s)
{
    dsc_result r = DSC_RESULT_INIT;
    dsc_reply reply = {.head = {0}};
    bool ok = true;

    name->relative = s->relative;
    clean(scrubber, name->options, s, name, &r);
    if (name->begun && (r.outcome == DSC_CLEAN || r.outcome == DSC_SCRUBBED))
        ok = !note_named(name, r.was_there, NULL);
    /* Out of memory or disk: the supervisor sees us go. */
    ok = ok && !describe(&reply, s, name, &r, NULL) &&
         dsc_send_reply(fd, &reply);
    dsc_reply_free(&reply);
    dsc_result_free(&r);
    return ok;
}

void dsc_worker_main(dsc_pool *p, unsigned slot, int fd, pid_t parent)
{
    const dsc_batch_options *options = p->options;
    dsc_lore_place place = {.path = p->learner.path};
    dsc_lessons lessons = {dsc_lore_place_recall, &place};
    dsc_begun begun = {.fd = -1};
    output_name name = {.options = options};
    static char path[DSC_BATCH_MAX_PATH], relative[DSC_BATCH_MAX_PATH];
    dsc_job job;
    bool ok = true;
    sigset_t none;

    /* The supervisor decides, also where the whole process group is told to
     * stop; and without it nobody would hear of what is written. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (options->ledger) {
        dsc_ledger_after_fork(options->ledger);
        dsc_begun_open(&begun, options->ledger, slot);
        name.begun = &begun;
        dsc_outfile_on_naming(note_naming, &name);
    }
    if (p->learner.path)
        dsc_scrubber_use(p->scrubber, &lessons);
    if (options->limits.nice)
        (void)setpriority(PRIO_PROCESS, 0,
                          getpriority(PRIO_PROCESS, 0) + options->limits.nice);
    while (ok) {
        subject s = {.path = path, .relative = relative, .fd = -1};
        if (!dsc_read_job(fd, &job, &s.fd))
            break;
        ok = job.name_len && job.name_len <= sizeof path && job.relative_len &&
             job.relative_len <= sizeof relative &&
             dsc_read_all(fd, path, job.name_len) &&
             dsc_read_all(fd, relative, job.relative_len) &&
             job.has_fd == (s.fd >= 0);
        path[sizeof path - 1] = relative[sizeof relative - 1] = '\0';
        s.modified = job.modified;
        name.settled = job.settled;
        place.id = job.lore_id;
        if (ok)
            ok = serve(p->scrubber, &name, fd, &s);
        unmap_subject(&s);
    }
    dsc_lore_close(&place.lore);
    dsc_scrubber_free(
        &p->scrubber); /* so that leak checkers see nothing left */
    _exit(ok ? 0 : 1);
}
