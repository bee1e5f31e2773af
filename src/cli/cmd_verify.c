/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "report/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const dsc_cli_option options[] = {
    {"report", 0, "FILE",
     "prove every output that this report of 'clean' names"},
    DSC_SCRUB_OPTIONS,
    {NULL, 0, NULL, NULL},
};

static bool verify_pair(dsc_scrubber *s, size_t number, const char *input,
                        const char *output, const dsc_region_list *regions)
{
    dsc_result r = DSC_RESULT_INIT;
    bool ok;

    dsc_prove(s, &(dsc_input){.path = input}, &(dsc_input){.path = output},
              regions, &r);
    ok = r.outcome == DSC_CLEAN || r.outcome == DSC_SCRUBBED;
    printf("file %zu: %s%s\n", number,
           ok ? "proven" : "NOT proven: ", ok ? "" : r.reason);
    dsc_result_free(&r);
    return ok;
}

static bool was_written(const dsc_report_entry *e)
{
    return !strcmp(e->outcome, "clean") || !strcmp(e->outcome, "scrubbed");
}

/* DSC_OK, or the first thing wrong with the report itself. */
static dsc_status verify_report(dsc_scrubber *s, const char *path,
                                bool *all_proven, dsc_error *err)
{
    FILE *fp = fopen(path, "r");
    char *line = NULL;
    size_t cap = 0, number = 0, compared = 0;
    dsc_status st = DSC_OK;

    if (!fp)
        return dsc_fail(err, DSC_USAGE, "the report cannot be read: %s",
                        strerror(errno));
    while (!st && getline(&line, &cap, fp) > 0) {
        dsc_report_entry e;
        number++;
        st = dsc_report_parse(&e, line, err);
        if (st) {
            dsc_error_context(err, "report line %zu", number);
            break;
        }
        if (was_written(&e) && !e.output)
            st = dsc_fail(err, DSC_USAGE,
                          "report line %zu: no \"output\" of a file that was "
                          "written",
                          number);
        else if (was_written(&e)) {
            compared++;
            if (!verify_pair(s, number, e.input, e.output, &e.regions))
                *all_proven = false;
        }
        dsc_report_entry_free(&e);
    }
    if (!st && ferror(fp))
        st = dsc_fail(err, DSC_USAGE, "the report cannot be read to its end");
    /* Silence must not look like a proof. */
    if (!st && !compared)
        st = dsc_fail(err, DSC_USAGE, "the report names no output");
    free(line);
    fclose(fp);
    return st;
}

static int run_verify(const dsc_args *args)
{
    const char *report = dsc_args_value(args, "report", NULL);
    dsc_scrubber *s = NULL;
    uint8_t key[32];
    bool proven = true;
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st;

    if (report ? args->operand_count != 0 : args->operand_count != 2)
        return dsc_cli_usage("verify takes INPUT and OUTPUT, or --report");
    st = dsc_cli_scrubber(&s, args, key, &err);
    if (!st && report)
        st = verify_report(s, report, &proven, &err);
    else if (!st)
        proven = verify_pair(s, 1, args->operands[0], args->operands[1], NULL);
    explicit_bzero(key, sizeof key);
    dsc_scrubber_free(&s);
    if (st)
        return dsc_cli_usage("%s", err.msg);
    return proven ? DSC_EXIT_OK : DSC_EXIT_REFUSED;
}

const dsc_command dsc_cmd_verify = {
    "verify",
    "[options] INPUT OUTPUT | --report FILE",
    "prove that nothing changed but the boxes and no text is left",
    "The proof step on its own. With two files, whatever differs must be "
    "black in OUTPUT. With --report, every output that the report names is "
    "compared with its input: the boxes that it lists must be blank, all else "
    "identical. Either way OUTPUT is searched for text that the policy "
    "forbids.",
    options,
    run_verify,
};
