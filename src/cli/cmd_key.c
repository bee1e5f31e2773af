/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "deid/deid.h"

#include <string.h>

static const dsc_cli_option options[] = {
    {"help", 'h', NULL, "show this help"},
    {NULL, 0, NULL, NULL},
};

static int run_key(const dsc_args *args)
{
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st;

    if (args->operand_count != 2 || strcmp(args->operands[0], "new"))
        return dsc_cli_usage("key takes: new FILE");
    st = dsc_key_create(args->operands[1], &err);
    if (!st)
        return DSC_EXIT_OK;
    if (st == DSC_USAGE)
        return dsc_cli_usage("%s", err.msg);
    dsc_cli_say("%s", err.msg);
    return DSC_EXIT_REFUSED;
}

const dsc_command dsc_cmd_key = {
    "key",
    "new FILE",
    "make a key, so that several runs give the same new UIDs",
    "Writes a random key to FILE (mode 0600; never overwrites). Who has the "
    "key can link outputs to inputs: keep it as you keep the inputs.",
    options,
    run_key,
};
