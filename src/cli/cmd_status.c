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

typedef struct last_run {
    uint64_t count;
    char version[32], shard[32], state[16];
    unsigned jobs;
    int64_t started, ended;
} last_run;

/* What the file says is shown, so only what it should hold gets out. */
static void take_word(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
    out[strspn(out, "abcdefghijklmnopqrstuvwxyz0123456789./+-~")] = '\0';
}

static bool remember(void *ctx, const dsc_ledger_run *run)
{
    last_run *last = ctx;

    last->count++;
    last->jobs = run->jobs;
    last->started = run->started;
    last->ended = run->ended;
    take_word(last->version, sizeof last->version, run->version);
    take_word(last->shard, sizeof last->shard, run->shard);
    take_word(last->state, sizeof last->state, run->state);
    return true;
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

static void print_words(const last_run *last, const dsc_ledger_totals *t)
{
    uint64_t files = 0, bytes = 0;

    printf("%-12s %s", "state", last->state);
    if (last->count > 1)
        printf(", run %" PRIu64, last->count);
    if (last->shard[0])
        printf(", shard %s", last->shard);
    printf(", %u worker%s, dcmscrub %s\n", last->jobs,
           last->jobs == 1 ? "" : "s", last->version);
    print_time("started", last->started);
    if (last->ended)
        print_time("ended", last->ended);
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

static void print_json(const last_run *last, const dsc_ledger_totals *t)
{
    uint64_t bytes = 0;

    printf("{\"state\":\"%s\",\"runs\":%" PRIu64 ",\"shard\":\"%s\","
           "\"jobs\":%u,\"version\":\"%s\",\"started\":%" PRId64 ",\"ended\":",
           last->state, last->count, last->shard, last->jobs, last->version,
           last->started);
    if (last->ended)
        printf("%" PRId64, last->ended);
    else
        printf("null");
    for (unsigned i = 0; i < DSC_LEDGER_STATES; i++) {
        printf(",\"%s\":%" PRIu64, dsc_ledger_state_name(i), t->files[i]);
        bytes += t->bytes[i];
    }
    printf(",\"bytes\":%" PRIu64 "}\n", bytes);
}

static int run_status(const dsc_args *args)
{
    const char *path = args->operand_count == 1 ? args->operands[0] : NULL;
    last_run last = {.state = "empty"};
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
        st = dsc_ledger_runs(ledger, remember, &last, &err);
    if (!st)
        st = dsc_ledger_get_totals(ledger, &totals, &err);
    dsc_ledger_close(&ledger);
    if (st)
        return dsc_cli_usage("%s", err.msg);
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
    "on it and --resume goes on.",
    options,
    run_status,
};
