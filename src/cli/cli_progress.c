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
    if ((p->terminal || p->json) &&
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

static void hear_counter(dsc_progress *p)
{
    struct pollfd poll_fd = {p->counter_fd, POLLIN, 0};

    if (!p->counter || poll(&poll_fd, 1, 0) != 1)
        return;
    if (read(p->counter_fd, &p->total, sizeof p->total) !=
        (ssize_t)sizeof p->total)
        p->total = 0;
    stop_counting(p);
}

/* Seconds that are left; below 0: nobody knows. */
static double left(const dsc_progress *p, double rate)
{
    uint64_t passed = p->done + p->totals.skipped_files;

    if (!p->total || !(rate > 0))
        return -1;
    return passed < p->total ? (double)(p->total - passed) / rate : 0;
}

static double rate_of(const dsc_progress *p, double seconds)
{
    return seconds > 0 ? (double)p->done / seconds : 0;
}

void dsc_progress_show(dsc_progress *p)
{
    double t = dsc_progress_seconds(p), rate = rate_of(p, t), rest;
    uint64_t passed = p->done + p->totals.skipped_files;

    hear_counter(p);
    if (!p->terminal || (t - p->last_shown < 0.2 && passed != p->total))
        return;
    p->last_shown = t;
    fprintf(stderr, "\r%" PRIu64, passed);
    if (p->total)
        fprintf(stderr, "/%" PRIu64, p->total);
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
    hear_counter(p);
    printf("{\"state\":\"%s\",\"done\":%" PRIu64 ",\"skipped\":%" PRIu64
           ",\"total\":",
           state, p->done, p->totals.skipped_files);
    if (p->total)
        printf("%" PRIu64, p->total);
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
