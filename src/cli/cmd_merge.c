/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/merge.h"
#include "cli/cli.h"

#include <inttypes.h>

static const dsc_cli_option options[] = {
    {"output", 'o', "FILE", "the joined ledger; must be new; made 0600"},
    {"plan", 0, "FILE",
     "check against this plan that every input has its row, and no other"},
    {"quiet", 'q', NULL, "say nothing but errors"},
    {"verbose", 'v', NULL, "say more on stderr"},
    {"help", 'h', NULL, "show this help"},
    {NULL, 0, NULL, NULL},
};

/* Counts only: which inputs they are is patient data. */
static void say_problems(const dsc_merge_totals *t)
{
    if (t->missing)
        dsc_cli_say("%" PRIu64 " inputs of the plan are in no ledger, the "
                    "first of shard %" PRIu32,
                    t->missing, t->missing_shard);
    if (t->doubled)
        dsc_cli_say("%" PRIu64 " inputs are in two ledgers", t->doubled);
    if (t->pending)
        dsc_cli_say("%" PRIu64 " inputs were begun anew and not ended",
                    t->pending);
    if (t->unplanned)
        dsc_cli_say("%" PRIu64 " rows are of no input in the plan",
                    t->unplanned);
    dsc_cli_say("no ledger was written");
}

static int run_merge(const dsc_args *args)
{
    dsc_merge_options o = {.ledgers = args->operands,
                           .count = args->operand_count,
                           .output = dsc_args_value(args, "output", NULL),
                           .plan = dsc_args_value(args, "plan", NULL)};
    dsc_merge_totals t;
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st;
    const uint64_t *files = t.outcomes.files;

    if (!o.count || !o.output || !o.output[0])
        return dsc_cli_usage("merge takes ledgers, and -o FILE");
    st = dsc_merge(&o, &t, &err);
    if (st == DSC_USAGE || st == DSC_BADFILE)
        return dsc_cli_usage("%s", err.msg);
    if (st) {
        dsc_cli_say("no ledger was written: %s", err.msg);
        return DSC_EXIT_REFUSED;
    }
    if (!dsc_merge_is_whole(&t)) {
        say_problems(&t);
        return DSC_EXIT_REFUSED;
    }
    if (!dsc_args_has(args, "quiet"))
        dsc_cli_say("%zu ledgers, %" PRIu64 " files: %" PRIu64
                    " clean, %" PRIu64 " scrubbed, %" PRIu64
                    " quarantined, %" PRIu64 " failed, %" PRIu64 " ignored%s",
                    o.count, t.rows, files[DSC_CLEAN], files[DSC_SCRUBBED],
                    files[DSC_QUARANTINED], files[DSC_FAILED],
                    files[DSC_IGNORED],
                    o.plan ? "; each input of the plan once" : "");
    return DSC_EXIT_OK;
}

const dsc_command dsc_cmd_merge = {
    "merge",
    "[options] LEDGER... -o LEDGER",
    "join the ledgers of shards, with nothing missing or double",
    "The ledgers must be finished, of the same version and options, and every "
    "shard of one plan, each once. With --plan every input of it must have its "
    "row. What is missing, double or not finished gives exit code 1 and no "
    "ledger; ledgers that do not fit together give exit code 2.\n"
    "The joined ledger serves status, report and verify like any other; a "
    "batch cannot go on with it.",
    options,
    run_merge,
};
