/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static const dsc_cli_option options[] = {
    {"values", 0, NULL, "print the values, old and new: patient data"},
    {"changes", 0, NULL, "leave out what stays as it is"},
    DSC_SCRUB_OPTIONS,
    {NULL, 0, NULL, NULL},
};

typedef struct listing {
    bool values, changes;
} listing;

/* One line whatever the value holds. */
static void print_value(const char *mark, const char *text)
{
    printf("    %s ", mark);
    for (size_t n = 0; *text && n < 200; text++, n++)
        putchar((unsigned char)*text < 0x20 || *text == 0x7F ? ' ' : *text);
    printf("%s\n", *text ? " ..." : "");
}

static dsc_status show(void *ctx, const dsc_header_line *line)
{
    const listing *l = ctx;

    if (l->changes && !strcmp(line->action, "keep"))
        return DSC_OK;
    printf("%-6s %s %s%s%s: %s%s%s%s\n", line->action, line->path, line->vr,
           line->keyword[0] ? " " : "", line->keyword, line->why,
           line->code[0] ? " (" : "", line->code, line->code[0] ? ")" : "");
    if (l->values && line->was && line->was[0])
        print_value("was", line->was);
    if (l->values && line->now)
        print_value("now", line->now);
    return ferror(stdout) ? DSC_IO : DSC_OK;
}

static int run_header(const dsc_args *args)
{
    listing l = {.values = dsc_args_has(args, "values"),
                 .changes = dsc_args_has(args, "changes")};
    dsc_scrubber *s = NULL;
    dsc_error err = DSC_ERROR_INIT;
    dsc_input input = {0};
    uint8_t key[32];
    dsc_status st;

    if (args->operand_count != 1)
        return dsc_cli_usage("header takes one FILE");
    st = dsc_cli_scrubber(&s, args, key, &err);
    if (st)
        return dsc_cli_usage("%s", err.msg);
    input.path = args->operands[0];
    st = dsc_header(s, &input, show, &l, &err);
    explicit_bzero(key, sizeof key);
    dsc_scrubber_free(&s);
    if (!st)
        return DSC_EXIT_OK;
    dsc_cli_say("%s", err.msg[0] ? err.msg : dsc_status_name(st));
    return DSC_EXIT_REFUSED;
}

const dsc_command dsc_cmd_header = {
    "header",
    "[options] FILE",
    "show what becomes of each attribute of the header, and why",
    "Lists the attributes at every level with what the profile does to them: "
    "keep, remove, empty, or set to another value; the reason; and the action "
    "code of DICOM PS3.15 Table E.1-1. Writes nothing. Values are printed only "
    "with --values. What is added to every output is told in "
    "docs/conformance.md.",
    options,
    run_header,
};
