/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "ledger/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const dsc_cli_option options[] = {
    {"json", 0, NULL, "one JSON object"},
    {"help", 'h', NULL, "show this help"},
    {NULL, 0, NULL, NULL},
};

/* What the file says is shown, so only what it should hold gets out. */
static void cut_word(char *text)
{
    text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789./+-~")] = '\0';
}

static void print_time(const char *what, int64_t ms)
{
    time_t t = (time_t)(ms / 1000);
    char text[40] = "?";
    struct tm tm;

    if (localtime_r(&t, &tm))
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
    printf("%-12s %s\n", what, text);
}

/* Files a second of the last run; 0: nobody knows. */
static double rate_of(const dsc_ledger_progress *p)
{
    return p->seconds > 0 ? (double)p->done / p->seconds : 0;
}

/* Seconds that are left; below 0: nobody knows. */
static double left_of(const dsc_ledger_last *last)
{
    const dsc_ledger_progress *p = &last->progress;
    uint64_t passed = p->done + p->passed;
    double rate = rate_of(p);

    if (strcmp(last->state, "running") != 0 || !p->total || !(rate > 0))
        return -1;
    return passed < p->total ? (double)(p->total - passed) / rate : 0;
}

static void print_left(const dsc_ledger_last *last)
{
    double rate = rate_of(&last->progress), left = left_of(last);
    unsigned long minutes = (unsigned long)(left / 60 + 0.5);

    if (rate > 0)
        printf("%-12s %.2f files/s in this run\n", "rate", rate);
    if (left >= 0)
        printf("%-12s %lu:%02lu h, of %" PRIu64 " files\n", "left",
               minutes / 60, minutes % 60, last->progress.total);
}

static void print_words(const dsc_ledger_last *last, const dsc_ledger_totals *t)
{
    uint64_t files = 0, bytes = 0;

    printf("%-12s %s", "state", last->state);
    if (last->runs > 1)
        printf(", run %" PRIu64, last->runs);
    if (last->shard[0])
        printf(", shard %s", last->shard);
    printf(", %u worker%s, dcmscrub %s\n", last->jobs,
           last->jobs == 1 ? "" : "s", last->version);
    print_time("started", last->started);
    if (last->ended)
        print_time("ended", last->ended);
    print_left(last);
    for (unsigned i = 0; i < DSC_LEDGER_STATES; i++) {
        files += t->files[i];
        bytes += t->bytes[i];
        if (t->files[i] || i <= DSC_FAILED)
            printf("%-12s %" PRIu64 "\n", dsc_ledger_state_name(i),
                   t->files[i]);
    }
    printf("%-12s %" PRIu64 " files, %.1f MB\n", "all", files,
           (double)bytes / 1e6);
}

static void print_json(const dsc_ledger_last *last, const dsc_ledger_totals *t)
{
    uint64_t bytes = 0;

    printf("{\"state\":\"%s\",\"runs\":%" PRIu64 ",\"shard\":\"%s\","
           "\"jobs\":%u,\"version\":\"%s\",\"started\":%" PRId64 ",\"ended\":",
           last->state, last->runs, last->shard, last->jobs, last->version,
           last->started);
    if (last->ended)
        printf("%" PRId64, last->ended);
    else
        printf("null");
    for (unsigned i = 0; i < DSC_LEDGER_STATES; i++) {
        printf(",\"%s\":%" PRIu64, dsc_ledger_state_name(i), t->files[i]);
        bytes += t->bytes[i];
    }
    printf(",\"bytes\":%" PRIu64 ",\"done\":%" PRIu64 ",\"total\":", bytes,
           last->progress.done + last->progress.passed);
    if (last->progress.total)
        printf("%" PRIu64, last->progress.total);
    else
        printf("null");
    printf(",\"rate\":%.3f,\"left\":", rate_of(&last->progress));
    if (left_of(last) >= 0)
        printf("%.0f}\n", left_of(last));
    else
        printf("null}\n");
}

static int run_status(const dsc_args *args)
{
    const char *path = args->operand_count == 1 ? args->operands[0] : NULL;
    dsc_ledger_last last = {.runs = 0};
    dsc_ledger_totals totals;
    dsc_ledger *ledger = NULL;
    dsc_error err = DSC_ERROR_INIT;
    bool busy;
    dsc_status st;

    if (!path)
        return dsc_cli_usage("status takes one ledger");
    busy = dsc_ledger_is_busy(path);
    st = dsc_ledger_open(&ledger, path, DSC_LEDGER_READ, &err);
    if (!st)
        st = dsc_ledger_last_run(ledger, &last, &err);
    if (!st)
        st = dsc_ledger_get_totals(ledger, &totals, &err);
    dsc_ledger_close(&ledger);
    dsc_free(last.output);
    if (st)
        return dsc_cli_usage("%s", err.msg);
    if (!last.runs)
        snprintf(last.state, sizeof last.state, "empty");
    cut_word(last.version);
    cut_word(last.shard);
    cut_word(last.state);
    /* Nobody was left to write down how it ended. */
    if (!strcmp(last.state, "running") && !busy)
        snprintf(last.state, sizeof last.state, "killed");
    if (dsc_args_has(args, "json"))
        print_json(&last, &totals);
    else
        print_words(&last, &totals);
    return DSC_EXIT_OK;
}

const dsc_command dsc_cmd_status = {
    "status",
    "[options] LEDGER",
    "tell how far a batch is",
    "Reads a ledger, also while its batch runs. The state is running, "
    "finished, interrupted (by a signal), failed, or killed: then nobody works "
    "on it and --resume goes on. The rate is that of the last run, what is left "
    "is known when all files have been counted.",
    options,
    run_status,
};
