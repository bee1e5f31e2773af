/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_batch.h"

#include <unistd.h>

static const dsc_cli_option options[] = {
    {"ledger", 0, "FILE",
     "what becomes of each file, in SQLite (docs/ledger.md); holds input "
     "paths, so it is made 0600"},
    {"resume", 0, NULL,
     "go on with a ledger: files that are done are passed over unless they "
     "have changed; failed ones are tried again"},
    {"redo", 0, NULL,
     "the same, and do files anew that were done with other options or by "
     "another version"},
    {"know-less", 0, NULL,
     "go on where less is known of patients than in a run before: what headers "
     "told was lost, and not all of them are among the inputs"},
    {"plan", 0, "FILE", "take the inputs from a plan ('dcmscrub plan')"},
    {"shard", 0, "I/N",
     "do part I, from 1, of the N of a plan; each shard has its own ledger"},
    DSC_CLEAN_OPTIONS,
    DSC_SCRUB_OPTIONS,
    {NULL, 0, NULL, NULL},
};

static int run_batch(const dsc_args *args)
{
    dsc_cli_ledger ledger = {dsc_args_value(args, "ledger", NULL),
                             DSC_LEDGER_CREATE};
    dsc_batch_options o;
    dsc_cli_shard_text shard;

    if (!dsc_cli_batch_options(args, &o))
        return DSC_EXIT_USAGE;
    if (!ledger.path || !ledger.path[0])
        return dsc_cli_usage("no ledger (--ledger)");
    if (!dsc_args_has(args, "key"))
        return dsc_cli_usage("a batch needs --key FILE: a later run must give "
                             "the same UIDs ('dcmscrub key new FILE')");
    if (!dsc_cli_shard(args, &o, &shard))
        return DSC_EXIT_USAGE;
    o.redo = dsc_args_has(args, "redo");
    o.know_less = dsc_args_has(args, "know-less");
    if (o.redo || dsc_args_has(args, "resume")) {
        ledger.mode = DSC_LEDGER_RESUME;
        o.into_existing = true;
    } else if (!access(ledger.path, F_OK)) {
        return dsc_cli_usage("the ledger exists already; --resume goes on "
                             "with it");
    }
    return dsc_cli_batch_run(args, &o, &ledger);
}

const dsc_command dsc_cmd_batch = {
    "batch",
    "[options] INPUT... -o OUTDIR --ledger FILE --key FILE",
    "clean an archive: with a ledger, to be resumed after any stop",
    "Does what clean does, and writes a row for each file into a ledger once "
    "its output has its name on disk. After a stop of any kind (a signal, a "
    "crash, a full disk) the same command with --resume goes on: nothing is "
    "lost, nothing double.\n"
    "SIGINT and SIGTERM finish the files at hand; a second one stops at once. "
    "'dcmscrub status LEDGER' tells how far it is, 'dcmscrub report LEDGER' "
    "makes pages for reviewers.",
    options,
    run_batch,
};
