/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_batch.h"

static const dsc_cli_option options[] = {
    DSC_CLEAN_OPTIONS,
    DSC_SCRUB_OPTIONS,
    {NULL, 0, NULL, NULL},
};

static int run_clean(const dsc_args *args)
{
    dsc_batch_options o;

    if (!dsc_cli_batch_options(args, &o))
        return DSC_EXIT_USAGE;
    if (o.disc_names && o.into_existing)
        return dsc_cli_usage("--dicomdir lists what was written, and nobody "
                             "knows of what lies there already: not with "
                             "--into-existing; 'batch' has a ledger for that");
    return dsc_cli_batch_run(args, &o, NULL);
}

const dsc_command dsc_cmd_clean = {
    "clean",
    "[options] INPUT... -o OUTDIR",
    "clean files and folders; only proven outputs are written",
    "Finds burned-in text in DICOM images, blanks it, re-encodes without "
    "touching anything else, and proves each output before it appears. Folders "
    "are searched to any depth. A file that cannot be cleaned and proven is "
    "quarantined: it has a line in the report and no output. What is no DICOM "
    "instance is ignored. Reports, presentation states and other objects "
    "without pixels are cleaned by rules for their kind (--objects).\n"
    "Outputs are named study/series/instance.dcm from their new UIDs. The new "
    "UIDs are the same in every run that uses the same --key.\n"
    "The header is de-identified by the Basic Profile of DICOM PS3.15 at every "
    "level (--profile); 'dcmscrub header' shows what becomes of a file's "
    "attributes.",
    options,
    run_clean,
};
