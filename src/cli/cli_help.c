/* SPDX-License-Identifier: Apache-2.0
 *
 * --help and the man page, from one set of tables. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#define WIDTH  78
#define INDENT 26

/* Print wrapped words; the first line starts at column `at`. */
static void wrapped(const char *text, int at, int indent)
{
    while (*text) {
        int n = (int)strcspn(text, " \n");
        if (at + n > WIDTH && at > indent) {
            printf("\n%*s", indent, "");
            at = indent;
        }
        printf("%.*s", n, text);
        at += n;
        text += n;
        if (*text == '\n') {
            printf("\n%*s", indent, "");
            at = indent;
            text++;
        } else if (*text == ' ') {
            text++;
            if (*text && at < WIDTH) {
                putchar(' ');
                at++;
            }
        }
    }
    putchar('\n');
}

static int option_label(const dsc_cli_option *o)
{
    int n = o->letter ? printf("  -%c, ", o->letter) : printf("      ");
    n += printf("--%s", o->name);
    if (o->arg)
        n += printf(" %s", o->arg);
    return n;
}

void dsc_cli_help(const dsc_command *c)
{
    printf("Usage: dcmscrub %s %s\n\n", c->name, c->synopsis);
    wrapped(c->details, 0, 0);
    printf("\nOptions:\n");
    for (const dsc_cli_option *o = c->options; o->name; o++) {
        int at = option_label(o);
        if (at >= INDENT) {
            putchar('\n');
            at = 0;
        }
        printf("%*s", INDENT - at, "");
        wrapped(o->help, INDENT, INDENT);
    }
}

/* ---- man page ---- */

static void roff(const char *text)
{
    bool start = true;

    for (; *text; text++) {
        if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\\')
            fputs("\\e", stdout);
        else if (start && (*text == '.' || *text == '\''))
            printf("\\&%c", *text);
        else if (*text == '\n')
            fputs("\n.PP\n", stdout);
        else
            putchar(*text);
        start = *text == '\n';
    }
    putchar('\n');
}

static void man_command(const dsc_command *c)
{
    printf(".SS dcmscrub %s\n.B dcmscrub %s\n", c->name, c->name);
    roff(c->synopsis);
    printf(".PP\n");
    roff(c->details);
    for (const dsc_cli_option *o = c->options; o->name; o++) {
        printf(".TP\n.B ");
        if (o->letter)
            printf("\\-%c, ", o->letter);
        printf("\\-\\-");
        for (const char *p = o->name; *p; p++)
            fputs(*p == '-' ? "\\-" : (char[]){*p, 0}, stdout);
        if (o->arg)
            printf(" \\fI%s\\fR", o->arg);
        putchar('\n');
        roff(o->help);
    }
}

void dsc_cli_man(const dsc_command *const *commands)
{
    printf(".TH DCMSCRUB 1 \"\" \"dcmscrub %s\" \"User Commands\"\n"
           ".SH NAME\ndcmscrub \\- remove burned\\-in identifying text from "
           "DICOM images\n.SH SYNOPSIS\n",
           dsc_version());
    for (size_t i = 0; commands[i]; i++) {
        printf(".B dcmscrub %s\n", commands[i]->name);
        roff(commands[i]->synopsis);
        printf(".br\n");
    }
    printf(".SH DESCRIPTION\n");
    roff("A file leaves as an output that is proven clean, or it is "
         "quarantined with a reason. Outside the blanked boxes an image is "
         "what it was.");
    printf(".SH COMMANDS\n");
    for (size_t i = 0; commands[i]; i++)
        man_command(commands[i]);
    printf(".SH EXIT STATUS\n.TP\n.B 0\nevery instance was clean or "
           "scrubbed\n.TP\n.B 1\nsomething was quarantined or failed\n.TP\n"
           ".B 2\nusage error\n.SH ENVIRONMENT\n.TP\n.B DSC_CPU\nthe same as "
           "\\-\\-cpu\\-mask\n.TP\n.B DSC_MASKS\nfolder of the built\\-in "
           "templates\n.TP\n.B DSC_MODELS\nfolder of the weights of the text "
           "finder\n");
}
