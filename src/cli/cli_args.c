/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_args.h"
#include "cli/cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const dsc_cli_option *find_long(const dsc_command *c, const char *name,
                                       size_t n)
{
    for (const dsc_cli_option *o = c->options; o->name; o++)
        if (strlen(o->name) == n && !strncmp(o->name, name, n))
            return o;
    return NULL;
}

static const dsc_cli_option *find_short(const dsc_command *c, char letter)
{
    for (const dsc_cli_option *o = c->options; o->name; o++)
        if (o->letter && o->letter == letter)
            return o;
    return NULL;
}

static bool give(dsc_args *args, const dsc_cli_option *o, const char *value)
{
    if (args->given_count == DSC_CLI_MAX) {
        dsc_cli_usage("too many options");
        return false;
    }
    args->given[args->given_count].option = o;
    args->given[args->given_count++].value = value;
    return true;
}

/* One argument that starts with a dash; *i moves on where its value is the
 * next one. */
static bool take_option(dsc_args *args, int argc, char **argv, int *i)
{
    const char *arg = argv[*i], *value = NULL;
    const dsc_cli_option *o;

    if (arg[1] == '-') {
        const char *name = arg + 2, *eq = strchr(name, '=');
        o = find_long(args->command, name,
                      eq ? (size_t)(eq - name) : strlen(name));
        value = eq ? eq + 1 : NULL;
    } else {
        o = find_short(args->command, arg[1]);
        value = arg[2] ? arg + 2 : NULL;
    }
    if (!o) {
        dsc_cli_usage("unknown option; see 'dcmscrub %s --help'",
                      args->command->name);
        return false;
    }
    if (!o->arg && value) {
        dsc_cli_usage("--%s takes no value", o->name);
        return false;
    }
    if (o->arg && !value) {
        if (*i + 1 >= argc) {
            dsc_cli_usage("--%s needs %s", o->name, o->arg);
            return false;
        }
        value = argv[++*i];
    }
    return give(args, o, value);
}

bool dsc_args_parse(dsc_args *args, int argc, char **argv)
{
    bool only_operands = false;

    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i];
        if (!only_operands && !strcmp(arg, "--")) {
            only_operands = true;
        } else if (!only_operands && arg[0] == '-' && arg[1]) {
            if (!take_option(args, argc, argv, &i))
                return false;
        } else {
            args->operands[args->operand_count++] = arg;
        }
    }
    return true;
}

bool dsc_args_has(const dsc_args *args, const char *name)
{
    return dsc_args_value(args, name, NULL) != NULL;
}

const char *dsc_args_value(const dsc_args *args, const char *name,
                           const char *fallback)
{
    for (size_t i = args->given_count; i-- > 0;)
        if (!strcmp(args->given[i].option->name, name))
            return args->given[i].value ? args->given[i].value : "";
    return fallback;
}

bool dsc_args_number(const dsc_args *args, const char *name, uint64_t fallback,
                     uint64_t low, uint64_t high, uint64_t *out)
{
    const char *text = dsc_args_value(args, name, NULL);
    char *end = NULL;

    *out = text ? strtoull(text, &end, 10) : fallback;
    if (!text || (text[0] >= '0' && text[0] <= '9' && !*end && *out >= low &&
                  *out <= high))
        return true;
    dsc_cli_usage("--%s takes a number from %" PRIu64 " to %" PRIu64, name, low,
                  high);
    return false;
}
