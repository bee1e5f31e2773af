/* SPDX-License-Identifier: Apache-2.0
 *
 * A worker: one process, one scrubber, one file at a time. */
#include "base/file.h"
#include "batch/batch_priv.h"
#include "report/report.h"

#include "deid/deid.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MAX_PATH 65536u

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

typedef struct output_name {
    const dsc_batch_options *options;
    const char *relative;
    char path[8192]; /* once the name is known */
} output_name;

/* Would the next run take it for a leftover of this one? */
static bool looks_temporary(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;

    return !strncmp(name, DSC_TMP_PREFIX, strlen(DSC_TMP_PREFIX));
}

static dsc_status name_output(void *ctx, const dsc_result *r, char *buf,
                              size_t size, dsc_error *err)
{
    output_name *o = ctx;
    int n =
        o->options->keep_paths
            ? snprintf(o->path, sizeof o->path, "%s/%s", o->options->output,
                       o->relative)
            : snprintf(o->path, sizeof o->path, "%s/%s/%s/%s.dcm",
                       o->options->output, r->study, r->series, r->instance);

    if (o->options->keep_paths && looks_temporary(o->relative))
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "named like a temporary file of dcmscrub");
    if (n < 0 || (size_t)n >= sizeof o->path || (size_t)n >= size)
        return dsc_fail(err, DSC_LIMIT, "the output path is too long");
    memcpy(buf, o->path, (size_t)n + 1);
    return DSC_OK;
}

static bool serve(dsc_scrubber *scrubber, const dsc_batch_options *options,
                  int fd, const char *path, const char *relative)
{
    output_name name = {.options = options, .relative = relative};
    dsc_result r = DSC_RESULT_INIT;
    dsc_answer answer = {0};
    dsc_buf line = {0};
    bool written, ok;

    dsc_clean(scrubber, &(dsc_input){.path = path}, name_output, &name, &r);
    written = r.outcome == DSC_CLEAN || r.outcome == DSC_SCRUBBED;
    if (dsc_batch_line(&line, options, path, written ? name.path : NULL, &r,
                       NULL))
        return false; /* out of memory: the supervisor sees us go */
    answer = (dsc_answer){(uint32_t)r.outcome, (uint32_t)strlen(r.reason) + 1,
                          (uint32_t)line.len, r.bytes_in};
    ok = dsc_write_all(fd, &answer, sizeof answer) &&
         dsc_write_all(fd, r.reason, answer.reason_len) &&
         dsc_write_all(fd, line.data, line.len);
    dsc_buf_free(&line);
    dsc_result_free(&r);
    return ok;
}

void dsc_worker_main(dsc_scrubber *scrubber, const dsc_batch_options *options,
                     int fd, pid_t parent)
{
    static char path[MAX_PATH], relative[MAX_PATH];
    dsc_job job;
    bool ok = true;

    sigset_t none;

    /* The supervisor decides, also where the whole process group is told to
     * stop; and without it nobody would hear of what is written. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    while (ok && dsc_read_all(fd, &job, sizeof job)) {
        ok = job.path_len && job.path_len <= MAX_PATH && job.relative_len &&
             job.relative_len <= MAX_PATH &&
             dsc_read_all(fd, path, job.path_len) &&
             dsc_read_all(fd, relative, job.relative_len);
        path[MAX_PATH - 1] = relative[MAX_PATH - 1] = '\0';
        if (ok)
            ok = serve(scrubber, options, fd, path, relative);
    }
    dsc_scrubber_free(&scrubber); /* so that leak checkers see nothing left */
    _exit(ok ? 0 : 1);
}
