/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_progress.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double dsc_progress_seconds(const dsc_progress *p)
{
    return now() - p->start;
}

void dsc_progress_start(dsc_progress *p, const dsc_batch_options *options)
{
    p->start = now();
    /* Who reads all headers counts them, too. */
    if ((p->terminal || p->json || (options->ledger && !options->learn)) &&
        !dsc_batch_count(options, &p->counter, &p->counter_fd))
        p->counter = 0;
}

static void stop_counting(dsc_progress *p)
{
    if (!p->counter)
        return;
    kill(p->counter, SIGKILL);
    close(p->counter_fd);
    while (waitpid(p->counter, NULL, 0) < 0 && errno == EINTR)
        ;
    p->counter = 0;
}

void dsc_progress_hear(dsc_progress *p)
{
    struct pollfd poll_fd = {p->counter_fd, POLLIN, 0};
    uint64_t total;

    if (!p->counter || poll(&poll_fd, 1, 0) != 1)
        return;
    if (read(p->counter_fd, &total, sizeof total) == (ssize_t)sizeof total)
        p->totals.total = total;
    stop_counting(p);
}

/* Each file once. */
static uint64_t done_of(const dsc_progress *p)
{
    return p->done - p->totals.redone;
}

/* Seconds that are left; below 0: nobody knows. */
static double left(const dsc_progress *p, double rate)
{
    uint64_t passed = done_of(p) + p->totals.skipped_files;

    if (!p->totals.total || !(rate > 0))
        return -1;
    return passed < p->totals.total ? (double)(p->totals.total - passed) / rate
                                    : 0;
}

static double rate_of(const dsc_progress *p, double seconds)
{
    return seconds > 0 ? (double)done_of(p) / seconds : 0;
}

void dsc_progress_show(dsc_progress *p)
{
    double t = dsc_progress_seconds(p), rate = rate_of(p, t), rest;
    uint64_t passed = done_of(p) + p->totals.skipped_files;

    if (!p->terminal || (t - p->last_shown < 0.2 && passed != p->totals.total))
        return;
    p->last_shown = t;
    fprintf(stderr, "\r%" PRIu64, passed);
    if (p->totals.total)
        fprintf(stderr, "/%" PRIu64, p->totals.total);
    fprintf(stderr, " files, %.1f/s, %.1f MB/s, ", rate,
            (double)p->bytes / 1e6 / (t > 0 ? t : 1));
    rest = left(p, rate);
    if (rest >= 3600)
        fprintf(stderr, "%.1f h left, ", rest / 3600);
    else if (rest >= 0)
        fprintf(stderr, "%d:%02d left, ", (int)rest / 60, (int)rest % 60);
    fprintf(stderr, "%" PRIu64 " quarantined, %" PRIu64 " failed \033[K",
            p->totals.outcomes[DSC_QUARANTINED],
            p->totals.outcomes[DSC_FAILED]);
}

static void number_or_null(const char *name, double value)
{
    if (value >= 0)
        printf(",\"%s\":%.1f", name, value);
    else
        printf(",\"%s\":null", name);
}

void dsc_progress_json(dsc_progress *p, const char *state)
{
    double t = dsc_progress_seconds(p), rate = rate_of(p, t);

    if (!p->json)
        return;
    printf("{\"state\":\"%s\",\"done\":%" PRIu64 ",\"skipped\":%" PRIu64
           ",\"total\":",
           state, done_of(p), p->totals.skipped_files);
    if (p->totals.total)
        printf("%" PRIu64, p->totals.total);
    else
        printf("null");
    for (unsigned i = 0; i <= DSC_IGNORED; i++)
        printf(",\"%s\":%" PRIu64, dsc_outcome_name((dsc_outcome)i),
               p->totals.outcomes[i]);
    printf(",\"bytes\":%" PRIu64, p->bytes);
    number_or_null("seconds", t);
    number_or_null("rate", rate);
    number_or_null("left", left(p, rate));
    printf("}\n");
    fflush(stdout);
}

void dsc_progress_end(dsc_progress *p)
{
    stop_counting(p);
    if (p->terminal)
        fprintf(stderr, "\n");
}
