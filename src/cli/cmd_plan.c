/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/manifest.h"
#include "batch/plan.h"
#include "cli/cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const dsc_cli_option options[] = {
    {"output", 'o', "FILE", "the plan; must be new; made 0600"},
    {"shards", 0, "N", "how many parts; one is the work of one machine"},
    {"key", 0, "FILE", "key that decides who goes where; the batch's key"},
    {"list", 0, "FILE", "names of inputs, a line each; '-' is stdin"},
    {"null", '0', NULL, "names in the list end with NULs, not line feeds"},
    {"spill", 0, "DIR",
     "folder for unnamed files when members of archives are too large for "
     "memory (default: that of the plan)"},
    {"jobs", 'j', "N", "processes that read headers (default: the CPUs)"},
    {"quiet", 'q', NULL, "say nothing but errors"},
    {"verbose", 'v', NULL, "say more on stderr"},
    {"help", 'h', NULL, "show this help"},
    {NULL, 0, NULL, NULL},
};

static int say_result(const dsc_args *args, const dsc_plan_options *o,
                      dsc_status st, const dsc_error *err,
                      const dsc_plan_totals *t)
{
    if (st == DSC_USAGE)
        return dsc_cli_usage("%s", err->msg);
    if (st) {
        dsc_cli_say("no plan was written: %s", err->msg);
        return DSC_EXIT_REFUSED;
    }
    if (!dsc_args_has(args, "quiet"))
        dsc_cli_say("%" PRIu64 " files in %" PRIu32 " shards, the largest has "
                    "%" PRIu64 "; %" PRIu64 " by patient, %" PRIu64
                    " by their path",
                    t->files, o->shards, t->largest, t->by_patient, t->by_path);
    if (t->unlisted)
        dsc_cli_say("%" PRIu64 " folders could not be listed: there may be "
                    "files that are in no shard",
                    t->unlisted);
    return t->unlisted ? DSC_EXIT_REFUSED : DSC_EXIT_OK;
}

/* The folder of the plan; free with free. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path))
                 : strdup(".");
}

static int run_plan(const dsc_args *args)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    const char *key_file = dsc_args_value(args, "key", NULL);
    dsc_plan_options o = {.source = {.inputs = args->operands,
                                     .input_count = args->operand_count,
                                     .list = dsc_args_value(args, "list", NULL),
                                     .null_list = dsc_args_has(args, "null")},
                          .output = dsc_args_value(args, "output", NULL)};
    dsc_plan_totals totals = {0};
    dsc_key key;
    dsc_error err = DSC_ERROR_INIT;
    uint64_t shards, jobs;
    char *folder;
    dsc_status st;

    if (!o.output || !key_file || !dsc_args_has(args, "shards"))
        return dsc_cli_usage("plan takes --shards N, --key FILE and -o FILE");
    if (!args->operand_count && !o.source.list)
        return dsc_cli_usage("no input");
    if (!dsc_args_number(args, "shards", 1, 1, DSC_MANIFEST_SHARDS, &shards) ||
        !dsc_args_number(args, "jobs", cpus > 0 ? (uint64_t)cpus : 1, 1, 256,
                         &jobs))
        return DSC_EXIT_USAGE;
    o.shards = (uint32_t)shards;
    o.jobs = (unsigned)jobs;
    o.key = &key;
    folder = folder_of(o.output);
    o.source.spill = dsc_args_value(args, "spill", folder);
    st = folder ? dsc_key_read(&key, key_file, &err)
                : dsc_fail(&err, DSC_NOMEM, "out of memory");
    if (!st)
        st = dsc_plan_write(&o, &totals, &err);
    explicit_bzero(&key, sizeof key);
    free(folder);
    return say_result(args, &o, st, &err, &totals);
}

const dsc_command dsc_cmd_plan = {
    "plan",
    "[options] INPUT... --shards N --key FILE -o PLAN",
    "cut the work into shards for many machines",
    "Writes a list of all inputs with a shard for each: folders are searched, "
    "archives (tar, zip) and a DICOMDIR are read without being unpacked. All "
    "files of a patient go to one shard, which the patient's ID and the key "
    "decide. What has no readable header goes where its path says.\n"
    "Then 'dcmscrub batch --plan PLAN --shard I/N' does one shard, and "
    "'dcmscrub merge' joins the ledgers.\n"
    "The plan holds input paths, so it is patient data.",
    options,
    run_plan,
};
