/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line: a table of verbs, each with a table of options, from which
 * parsing, --help and the man page are made.
 */
#ifndef DSC_CLI_CLI_H
#define DSC_CLI_CLI_H

#include "dcmscrub.h"

enum { /* exit codes */
    DSC_EXIT_OK = 0,
    DSC_EXIT_REFUSED = 1, /* something was quarantined or failed */
    DSC_EXIT_USAGE = 2
};

typedef struct dsc_cli_option {
    const char *name; /* long name without dashes */
    char letter;      /* short form, or 0 */
    const char *arg;  /* name of its argument; NULL: a switch */
    const char *help;
} dsc_cli_option;

typedef struct dsc_command dsc_command;

#define DSC_CLI_MAX 64

/* A parsed command line. Values are borrowed from argv. */
typedef struct dsc_args {
    const dsc_command *command;
    struct {
        const dsc_cli_option *option;
        const char *value;
    } given[DSC_CLI_MAX + 2]; /* a verb may add two of its own */
    size_t given_count;
    const char **operands;
    size_t operand_count;
} dsc_args;

struct dsc_command {
    const char *name;
    const char *synopsis;          /* after "dcmscrub <name>" */
    const char *summary;           /* one line */
    const char *details;           /* paragraphs for --help and the man page */
    const dsc_cli_option *options; /* ends with a NULL name */
    int (*run)(const dsc_args *args);
};

extern const dsc_command dsc_cmd_clean, dsc_cmd_inspect, dsc_cmd_verify,
    dsc_cmd_masks, dsc_cmd_key, dsc_cmd_header, dsc_cmd_report, dsc_cmd_batch,
    dsc_cmd_status, dsc_cmd_plan, dsc_cmd_merge, dsc_cmd_watch,
    dsc_cmd_reidentify, dsc_cmd_policy;

/* Options that say what text goes. */
#define DSC_POLICY_OPTIONS                                                     \
 {"policy", 0, "NAME",                                                         \
  "safe: what is not known to be harmless goes (default); phi: what "          \
  "identifies, and what cannot be read; all: every text"},                     \
     {"keep", 0, "KINDS",                                                      \
      "keep these all the same: any of dates,times,institution,device,ages,"   \
      "laterality"},                                                           \
     {"remove", 0, "KINDS",                                                    \
      "remove these all the same: any of measurements,labels,units,scales,"    \
      "laterality,vendor"},                                                    \
 {                                                                             \
  "allow", 0, "FILE",                                                          \
      "terms that may stay, as in masks/allow; may be repeated"                \
 }

/* Options that clean, inspect and verify share. */
#define DSC_SCRUB_OPTIONS                                                      \
 {"find", 0, "LIST",                                                           \
  "where findings come from: any of masks,ocr,detector (default all)"},        \
     DSC_POLICY_OPTIONS,                                                       \
     {"mask", 0, "WHAT",                                                       \
      "template file or folder, 'builtin', 'none' or 'us-regions'; may be "    \
      "repeated (default builtin)"},                                           \
     {"detect", 0, "EFFORT",                                                   \
      "how hard to look for text: fast or thorough (default); the proof is "   \
      "always thorough"},                                                      \
     {"lang", 0, "LANGS", "languages to read, as eng+deu (default eng)"},      \
     {"documents", 0, "WAY",                                                   \
      "images that are pages of text (letters, reports, dose screens): "       \
      "quarantine (default), blank all of it, or policy: word by word"},       \
     {"keep-overlays", 0, NULL,                                                \
      "keep overlay planes (60xx) and blank the text in them"},                \
     {"faces", 0, "HOW",                                                       \
      "slices of a head, which can be rendered to a face: warn (default) or "  \
      "quarantine"},                                                           \
     {"profile", 0, "WHAT",                                                    \
      "of the header: basic (default), research, internal, or a YAML file"},   \
     {"objects", 0, "KIND=WAY",                                                \
      "what is done with a kind of object: clean, quarantine or drop (no "     \
      "output, no fault); a list with commas, and may be repeated. Kinds: "    \
      "image, pr, sr, ko, waveform, rt, segmentation, registration, "          \
      "spectroscopy; document, raw and other are never cleaned"},              \
     {"key", 0, "FILE",                                                        \
      "key for UIDs, pseudonyms and dates (default: a fresh one, thrown "      \
      "away)"},                                                                \
     {"id-map", 0, "FILE",                                                     \
      "real and new Patient IDs: CSV, or SQLite with a table id_map(real, "    \
      "trial)"},                                                               \
     {"anonymise", 0, NULL, "insist on a fresh key that nobody keeps"},        \
     {"cpu-mask", 0, "LEVEL",                                                  \
      "use at most none, sse2, avx2, avxvnni, avx512 or neon"},                \
     {"verbose", 'v', NULL, "say more on stderr"},                             \
 {                                                                             \
  "help", 'h', NULL, "show this help"                                          \
 }

bool dsc_args_has(const dsc_args *args, const char *name);
/* The last value given, or `fallback`. */
const char *dsc_args_value(const dsc_args *args, const char *name,
                           const char *fallback);

/* A number from `low` to `high`, or `fallback` where none is given; false after
 * a usage message. */
bool dsc_args_number(const dsc_args *args, const char *name, uint64_t fallback,
                     uint64_t low, uint64_t high, uint64_t *out);

/* A message on stderr: "dcmscrub: ..." */
void dsc_cli_say(const char *fmt, ...) DSC_PRINTF(1, 2);
/* The same for a usage error; returns DSC_EXIT_USAGE. */
int dsc_cli_usage(const char *fmt, ...) DSC_PRINTF(1, 2);

/* A scrubber as the shared options ask. `key` receives the 32 bytes in use. */
dsc_status dsc_cli_scrubber(dsc_scrubber **out, const dsc_args *args,
                            uint8_t key[32], dsc_error *err) DSC_WARN_UNUSED;
/* The folders of the shipped templates and of the weights; false when they
 * cannot be found. */
bool dsc_cli_builtin_masks(char *buf, size_t size);
bool dsc_cli_models(char *buf, size_t size);

/* Help texts, from the same tables. */
void dsc_cli_help(const dsc_command *command);
void dsc_cli_man(const dsc_command *const *commands);

#endif
