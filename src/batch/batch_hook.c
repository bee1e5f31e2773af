/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs that are told of refused files: no shell, no patient data unless
 * asked for, and never in the way of the batch for long. */
#include "base/log.h"
#include "batch/batch_priv.h"
#include "batch/post_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_RUNNING 8
#define PATIENCE    30.0 /* seconds that a program may take ... */
#define HURRY       10.0 /* ... once a signal was seen that tells us to stop */

extern char **environ;

struct dsc_hooks {
    dsc_batch_hook hook;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    bool at_once; /* nobody waits any more */
    double told;  /* when a signal to stop was first seen; 0: none */
    struct {
        pid_t pid; /* 0: free */
        double begun;
    } running[MAX_RUNNING];
};

dsc_status dsc_hooks_open(dsc_hooks **out, const dsc_batch_hook *hook,
                          dsc_error *err)
{
    dsc_hooks *h = dsc_alloc(sizeof *h);
    sigset_t none, usual;
    short flags =
        POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;

    *out = NULL;
    if (!h)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    h->hook = *hook;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    sigaddset(&usual, SIGHUP);
    posix_spawnattr_init(&h->attributes);
    posix_spawnattr_setflags(&h->attributes, flags);
    posix_spawnattr_setsigmask(&h->attributes, &none);
    posix_spawnattr_setsigdefault(&h->attributes, &usual);
    posix_spawn_file_actions_init(&h->files);
    if (posix_spawn_file_actions_addopen(&h->files, STDIN_FILENO, "/dev/null",
                                         O_RDONLY, 0)) {
        dsc_hooks_close(&h, true);
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    }
    *out = h;
    return DSC_OK;
}

/* Reap what has ended; the place of the oldest that still runs, or -1. */
static int reap(dsc_hooks *h, int *free_place)
{
    int oldest = -1;

    *free_place = -1;
    for (int i = 0; i < MAX_RUNNING; i++) {
        int status = 0;
        pid_t pid = h->running[i].pid;
        if (pid && waitpid(pid, &status, WNOHANG) == pid) {
            if (!WIFEXITED(status) || WEXITSTATUS(status))
                dsc_log(DSC_LOG_WARN, "batch", "--on-quarantine: it failed");
            h->running[i].pid = pid = 0;
        }
        if (!pid)
            *free_place = i;
        else if (oldest < 0 || h->running[i].begun < h->running[oldest].begun)
            oldest = i;
    }
    return oldest;
}

static bool is_late(dsc_hooks *h, double begun)
{
    double now = dsc_batch_now();

    if (h->told <= 0 && dsc_post_is_stopped(NULL))
        h->told = now;
    return h->at_once || now - begun > PATIENCE ||
           (h->told > 0 && now - (begun > h->told ? begun : h->told) > HURRY);
}

/* Until a place is free, or (all) until none runs. */
static int wait_for_place(dsc_hooks *h, bool all)
{
    for (;;) {
        int place, oldest = reap(h, &place);
        if (all ? oldest < 0 : place >= 0)
            return place;
        if (is_late(h, h->running[oldest].begun)) {
            double waited = dsc_batch_now() - h->running[oldest].begun;
            kill(-h->running[oldest].pid, SIGKILL);
            dsc_log(DSC_LOG_WARN, "batch",
                    "--on-quarantine: killed after %.0f s", waited);
            waitpid(h->running[oldest].pid, NULL, 0);
            h->running[oldest].pid = 0;
            continue;
        }
        usleep(10000);
    }
}

void dsc_hooks_run(dsc_hooks *h, int64_t id, const char *outcome,
                   const char *reason, const char *input)
{
    char number[24];
    const char *argv[] = {h->hook.program,
                          number,
                          outcome,
                          reason,
                          h->hook.with_input ? input : NULL,
                          NULL};
    int place = wait_for_place(h, false);
    int rc;

    snprintf(number, sizeof number, "%" PRId64, id);
    rc = posix_spawnp(&h->running[place].pid, h->hook.program, &h->files,
                      &h->attributes, (char *const *)argv, environ);
    h->running[place].begun = dsc_batch_now();
    if (rc) {
        h->running[place].pid = 0;
        dsc_log(DSC_LOG_WARN, "batch", "--on-quarantine: %s", strerror(rc));
    }
}

void dsc_hooks_close(dsc_hooks **hooks, bool at_once)
{
    dsc_hooks *h = *hooks;

    if (!h)
        return;
    h->at_once = at_once;
    wait_for_place(h, true);
    posix_spawnattr_destroy(&h->attributes);
    posix_spawn_file_actions_destroy(&h->files);
    dsc_free(h);
    *hooks = NULL;
}
