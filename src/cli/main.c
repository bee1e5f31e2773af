/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "cli/cli_args.h"
#include "report/report.h"

#include <locale.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const dsc_command *const commands[] = {
    &dsc_cmd_clean,      &dsc_cmd_batch,  &dsc_cmd_status,
    &dsc_cmd_watch,      &dsc_cmd_plan,   &dsc_cmd_merge,
    &dsc_cmd_inspect,    &dsc_cmd_header, &dsc_cmd_verify,
    &dsc_cmd_masks,      &dsc_cmd_report, &dsc_cmd_key,
    &dsc_cmd_reidentify, &dsc_cmd_policy, NULL,
};

void dsc_cli_say(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("dcmscrub: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

int dsc_cli_usage(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("dcmscrub: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    return DSC_EXIT_USAGE;
}

static void log_line(void *cookie, dsc_log_level level, const char *component,
                     const char *message)
{
    (void)cookie;
    (void)level;
    fprintf(stderr, "%s: %s\n", component, message);
}

static void print_version(void *ctx, const char *what, const char *value)
{
    (void)ctx;
    printf("%-16s %s\n", what, value);
}

static void print_build(void)
{
    dsc_build_info(print_version, NULL);
    dsc_report_describe(print_version, NULL);
}

static int version(int argc, char **argv)
{
    printf("dcmscrub %s\n", dsc_version());
    if (argc > 2 && !strcmp(argv[2], "--build"))
        print_build();
    else if (argc > 2)
        return dsc_cli_usage("--version takes --build or nothing");
    return DSC_EXIT_OK;
}

static void general_help(void)
{
    printf("Usage: dcmscrub COMMAND [options] ...\n\n"
           "Removes burned-in identifying text from DICOM images.\n\n");
    for (size_t i = 0; commands[i]; i++)
        printf("  %-12s%s\n", commands[i]->name, commands[i]->summary);
    printf("\n'dcmscrub COMMAND --help' tells the options of a command,\n"
           "'dcmscrub --version --build' the libraries and SIMD in use.\n");
}

static int run(const dsc_command *command, int argc, char **argv)
{
    dsc_args args = {.command = command};
    int rc = DSC_EXIT_USAGE;

    args.operands = calloc((size_t)argc + 1, sizeof *args.operands);
    if (!args.operands)
        return DSC_EXIT_REFUSED;
    if (dsc_args_parse(&args, argc, argv)) {
        if (dsc_args_has(&args, "verbose"))
            dsc_log_set(log_line, NULL, DSC_LOG_INFO);
        if (dsc_args_has(&args, "help")) {
            dsc_cli_help(command);
            rc = DSC_EXIT_OK;
        } else {
            rc = command->run(&args);
        }
    }
    free(args.operands);
    return rc;
}

/* Frames are freed and allocated again for every file: without this glibc
 * hands them back to the kernel each time, and most of a mask-only run goes
 * into page faults (docs/BENCHMARKS.md). */
static void keep_freed_memory(void)
{
    mallopt(M_TRIM_THRESHOLD, 128 << 20);
    mallopt(M_MMAP_THRESHOLD, 64 << 20);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";

    keep_freed_memory();
    setlocale(LC_ALL, "C"); /* numbers look the same everywhere */
    if (!strcmp(verb, "--version"))
        return version(argc, argv);
    if (!strcmp(verb, "--help") || !strcmp(verb, "-h") ||
        !strcmp(verb, "help")) {
        general_help();
        return DSC_EXIT_OK;
    }
    if (!strcmp(verb, "--man")) {
        dsc_cli_man(commands);
        return DSC_EXIT_OK;
    }
    for (size_t i = 0; commands[i]; i++)
        if (!strcmp(verb, commands[i]->name))
            return run(commands[i], argc - 2, argv + 2);
    if (!verb[0]) {
        general_help();
        return DSC_EXIT_USAGE;
    }
    return dsc_cli_usage("unknown command; see 'dcmscrub --help'");
}
