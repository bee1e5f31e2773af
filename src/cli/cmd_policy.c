/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static const dsc_cli_option options[] = {
    DSC_POLICY_OPTIONS,
    {"header", 0, "FILE",
     "a DICOM file, whose header's values are looked for in the text"},
    {"help", 'h', NULL, "show this help"},
    {NULL, 0, NULL, NULL},
};

static void print(void *ctx, const dsc_explanation *e)
{
    (void)ctx;
    printf("%s  %-12s %-18s %.2f %c %-16s %s\n", e->blank ? "blank" : "keep ",
           e->cls, e->rule, (double)e->confidence, e->doubtful ? '?' : ' ',
           e->word, e->reason);
}

static int run_policy(const dsc_args *args)
{
    static const dsc_cli_option find = {"find", 0, "LIST", ""};
    static const dsc_cli_option mask = {"mask", 0, "WHAT", ""};
    const char *header = dsc_args_value(args, "header", NULL);
    dsc_input input = {.path = header};
    dsc_args asked = *args;
    dsc_scrubber *s = NULL;
    uint8_t key[32];
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st;

    if (args->operand_count < 2 || strcmp(args->operands[0], "test"))
        return dsc_cli_usage("policy takes: test TEXT...");
    /* Text alone needs no templates, models or OCR. */
    asked.given[asked.given_count].option = &find;
    asked.given[asked.given_count++].value = "masks";
    asked.given[asked.given_count].option = &mask;
    asked.given[asked.given_count++].value = "none";
    if (dsc_cli_scrubber(&s, &asked, key, &err))
        return dsc_cli_usage("%s", err.msg);
    st = DSC_OK;
    for (size_t i = 1; !st && i < args->operand_count; i++)
        st = dsc_explain(s, header ? &input : NULL, args->operands[i], print,
                         NULL, &err);
    dsc_scrubber_free(&s);
    if (st == DSC_USAGE)
        return dsc_cli_usage("%s", err.msg);
    if (st)
        dsc_cli_say("%s", err.msg);
    return st ? DSC_EXIT_REFUSED : DSC_EXIT_OK;
}

const dsc_command dsc_cmd_policy = {
    "policy",
    "test [OPTION...] TEXT...",
    "explain what the policy makes of a text",
    "For each word of each line TEXT: whether it would be blanked or kept, its "
    "class, the rule that says so, how sure that is (? where somebody should "
    "look), the word, and the reason. With --header the values of that file "
    "are known, as they are when it is cleaned. What is printed holds the "
    "TEXT, nothing of the header.",
    options,
    run_policy,
};
