/* SPDX-License-Identifier: Apache-2.0
 *
 * What opens a mapping: read from the files that options name. */
#ifndef DSC_CLI_CLI_MAPPING_H
#define DSC_CLI_CLI_MAPPING_H

#include "cli/cli.h"

typedef struct dsc_cli_secret {
    uint8_t key[32];
    char passphrase[1024];
    bool has_key, has_passphrase; /* one of them, or none */
} dsc_cli_secret;

/* From the files that the options `key` and `passphrase` name, if given; to be
 * wiped by the caller. DSC_USAGE for both, or for a file that holds neither. */
dsc_status dsc_cli_read_secret(dsc_cli_secret *out, const dsc_args *args,
                               const char *key, const char *passphrase,
                               dsc_error *err) DSC_WARN_UNUSED;
/* The options of clean; what they point to lives in `secret`. */
dsc_status dsc_cli_mapping(dsc_cli_secret *secret, const dsc_args *args,
                           dsc_options *options,
                           dsc_error *err) DSC_WARN_UNUSED;

#endif
