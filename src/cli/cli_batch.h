/* SPDX-License-Identifier: Apache-2.0
 *
 * What the commands share that clean many files.
 */
#ifndef DSC_CLI_CLI_BATCH_H
#define DSC_CLI_CLI_BATCH_H

#include "batch/batch.h"
#include "cli/cli.h"

#define DSC_CLEAN_OPTIONS                                                      \
 {"output", 'o', "DIR", "folder to write to; made when missing"},              \
     {"report", 0, "FILE",                                                     \
      "append one JSON object a file; holds input paths, so it is made 0600"}, \
     {"report-paths", 0, "HOW",                                                \
      "plain (default), or hash: keyed digests in place of input paths"},      \
     {"keep-paths", 0, NULL,                                                   \
      "name outputs as the inputs, not by their new UIDs (names may "          \
      "identify)"},                                                            \
     {"dicomdir", 0, NULL,                                                     \
      "name outputs as discs want it, by 8 characters, and write a DICOMDIR "  \
      "of all outputs"},                                                       \
     {"into-existing", 0, NULL,                                                \
      "add to an output folder that is not empty; never overwrites"},          \
     {"no-learn", 0, NULL,                                                     \
      "do not use what headers of other files tell: each picture is judged "   \
      "by its own header alone"},                                              \
     {"transfer-syntax", 0, "UID",                                             \
      "write all frames in this lossless transfer syntax"},                    \
     {"keep-mapping", 0, "FILE",                                               \
      "keep, encrypted, which real IDs, names and UIDs became which new "      \
      "ones; for 'dcmscrub reidentify'"},                                      \
     {"mapping-key", 0, "FILE",                                                \
      "key of the mapping (default: that of --key)"},                          \
     {"mapping-passphrase", 0, "FILE",                                         \
      "put the mapping under the passphrase in the first line of FILE"},       \
     {"files-from", 0, "FILE",                                                 \
      "read names of inputs from FILE, - being stdin, one a line or ended "    \
      "by NULs; '-' as an INPUT is the same as --files-from -"},               \
     {"null", '0', NULL, "the names of --files-from end with NULs"},           \
     {"jobs", 'j', "N", "worker processes (default: the CPUs there are)"},     \
     {"time-limit", 0, "SECONDS",                                              \
      "for one file (default 3600, 0: none); then its worker is killed, the "  \
      "file tried once more and quarantined"},                                 \
     {"memory-limit", 0, "MIB",                                                \
      "resident memory of a worker (default 0: any), enforced likewise"},      \
     {"nice", 0, "N", "make workers nicer by 0 to 19"},                        \
     {"max-rate", 0, "N", "start at most N files a second, as 20 or 0.5"},     \
     {"between", 0, "HH:MM-HH:MM",                                             \
      "start files at these times of day only, as 20:00-06:00"},               \
     {"progress", 0, "json",                                                   \
      "a JSON object on stdout each second, and one at the end"},              \
     {"on-quarantine", 0, "PROGRAM",                                           \
      "run PROGRAM NUMBER OUTCOME REASON, without a shell, for each file "     \
      "that is quarantined or failed"},                                        \
     {"hook-input", 0, NULL,                                                   \
      "give --on-quarantine the input path as a fourth argument"},             \
     {"log", 0, "FILE",                                                        \
      "write messages to FILE, or to syslog where FILE is 'syslog'"},          \
 {                                                                             \
  "quiet", 'q', NULL, "say nothing but errors"                                 \
 }

/* Options of DSC_CLEAN_OPTIONS for the engine; false after a usage message.
 * `scratch` is what --report-paths hash points to until the key is known. */
bool dsc_cli_batch_options(const dsc_args *args, dsc_batch_options *out);

/* Clean all, show progress, report, sum up. With `ledger_path` a ledger is
 * written there. Returns the exit code. */
typedef struct dsc_cli_ledger {
    const char *path;
    dsc_ledger_mode mode;
} dsc_cli_ledger;
int dsc_cli_batch_run(const dsc_args *args, const dsc_batch_options *options,
                      const dsc_cli_ledger *ledger);

/* The same for files that come by and by. `next` tells the inputs of the next
 * round, or that there is none, in *more; `open` is called once, when the
 * ledger is. `whole`, at the end: was all judged by what is known by now? */
typedef struct dsc_cli_rounds {
    dsc_status (*open)(void *ctx, const dsc_batch_options *options,
                       dsc_error *err);
    dsc_status (*next)(void *ctx, dsc_batch_options *options, bool *more,
                       dsc_error *err);
    dsc_status (*whole)(void *ctx, const dsc_batch_options *options,
                        bool *whole, dsc_error *err);
    void *ctx;
} dsc_cli_rounds;
int dsc_cli_batch_rounds(const dsc_args *args, const dsc_batch_options *options,
                         const dsc_cli_ledger *ledger,
                         const dsc_cli_rounds *rounds);

/* SHA-256, in hexadecimal, of all that decides about outputs: the options but
 * those that do not matter, the key, the bytes of templates, profiles, maps
 * and weights. */
dsc_status dsc_cli_settings(const dsc_args *args, const uint8_t key[32],
                            char out[65], dsc_error *err) DSC_WARN_UNUSED;

/* --plan and --shard; false after a usage message. `text` is borrowed. */
typedef struct dsc_cli_shard_text {
    char text[32], key[17];
} dsc_cli_shard_text;
bool dsc_cli_shard(const dsc_args *args, dsc_batch_options *options,
                   dsc_cli_shard_text *text);

/* Messages to a file or to syslog, as --log asks. The file is opened anew for
 * each message: it may be moved away at any time. */
bool dsc_cli_log(const dsc_args *args);

#endif
