/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSC_CLI_CLI_ARGS_H
#define DSC_CLI_CLI_ARGS_H

#include "cli/cli.h"

/* Fill args (whose command and operands array, with room for argc, are set).
 * false after a usage message. */
bool dsc_args_parse(dsc_args *args, int argc, char **argv);

#endif
