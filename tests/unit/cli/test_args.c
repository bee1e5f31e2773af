/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/cli_args.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char said[256];

/* What main.c has for the real program. */
int dsc_cli_usage(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(said, sizeof said, fmt, ap);
    va_end(ap);
    return DSC_EXIT_USAGE;
}

static const dsc_cli_option options[] = {
    {"output", 'o', "DIR", ""},
    {"quiet", 'q', NULL, ""},
    {"mask", 0, "WHAT", ""},
    {NULL, 0, NULL, NULL},
};
static const dsc_command command = {"verb", "", "", "", options, NULL};

static const char *operands[256];

static bool parse(dsc_args *args, int argc, char **argv)
{
    *args = (dsc_args){.command = &command, .operands = operands};
    said[0] = '\0';
    return dsc_args_parse(args, argc, argv);
}

#define PARSE(args, ...)                                                       \
 parse((args), (int)(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)),        \
       (char *[]){__VA_ARGS__})

Test(args, every_way_to_give_a_value)
{
    dsc_args a;

    cr_assert(PARSE(&a, "--output", "x"));
    cr_expect_str_eq(dsc_args_value(&a, "output", ""), "x");
    cr_assert(PARSE(&a, "--output=x=y"));
    cr_expect_str_eq(dsc_args_value(&a, "output", ""), "x=y");
    cr_assert(PARSE(&a, "-ox"));
    cr_expect_str_eq(dsc_args_value(&a, "output", ""), "x");
    cr_assert(PARSE(&a, "-o", "-q"));
    cr_expect_str_eq(dsc_args_value(&a, "output", ""), "-q");
    cr_expect_not(dsc_args_has(&a, "quiet"));
    cr_assert(PARSE(&a, "-o", "a", "-o", "b"));
    cr_expect_str_eq(dsc_args_value(&a, "output", ""), "b");
    cr_assert(PARSE(&a, "--output="));
    cr_expect_str_eq(dsc_args_value(&a, "output", "none"), "");
}

Test(args, operands_and_the_end_of_options)
{
    dsc_args a;

    cr_assert(PARSE(&a, "a", "-q", "-", "--", "--output", "-o"));
    cr_assert_eq(a.operand_count, 4);
    cr_expect_str_eq(a.operands[0], "a");
    cr_expect_str_eq(a.operands[1], "-");
    cr_expect_str_eq(a.operands[2], "--output");
    cr_expect_str_eq(a.operands[3], "-o");
    cr_expect(dsc_args_has(&a, "quiet"));
}

Test(args, wrong_ones)
{
    dsc_args a;

    cr_expect_not(PARSE(&a, "--outpu", "x"));
    cr_expect_not(PARSE(&a, "--outputs", "x"));
    cr_expect_not(PARSE(&a, "-x"));
    cr_expect_not(PARSE(&a, "-qx"));
    cr_expect_not(PARSE(&a, "--quiet=yes"));
    cr_expect_not(PARSE(&a, "--output"));
    cr_expect_not(PARSE(&a, "-o"));
    cr_expect(said[0]);
    /* a mistyped argument may be a name: it is not repeated */
    cr_expect_not(PARSE(&a, "--Mustermann^Max"));
    cr_expect_null(strstr(said, "Mustermann"));
}

Test(args, as_many_options_as_there_is_room_for)
{
    char *argv[DSC_CLI_MAX + 1];
    dsc_args a;

    for (int i = 0; i <= DSC_CLI_MAX; i++)
        argv[i] = (char *)"--mask=x";
    cr_expect(parse(&a, DSC_CLI_MAX, argv));
    cr_expect_eq(a.given_count, DSC_CLI_MAX);
    /* 'masks check' adds one */
    cr_expect_gt(sizeof a.given / sizeof a.given[0], DSC_CLI_MAX);
    cr_expect_not(parse(&a, DSC_CLI_MAX + 1, argv));
}
