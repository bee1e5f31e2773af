/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "dicom/dicom.h"
#include "mask/mask.h"

#include <stdio.h>
#include <string.h>

static const dsc_cli_option options[] = {
    {"mask", 0, "WHAT",
     "template file or folder, or 'builtin'; may be repeated (default "
     "builtin)"},
    {"dialect", 0, "NAME", "for import: ctp or deid"},
    {"help", 'h', NULL, "show this help"},
    {NULL, 0, NULL, NULL},
};

/* ---- list ---- */

static dsc_status load(dsc_masks *masks, const dsc_args *args, dsc_error *err)
{
    char builtin[4200];
    bool named = false, wanted = false;
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < args->given_count; i++) {
        if (strcmp(args->given[i].option->name, "mask"))
            continue;
        named = true;
        if (!strcmp(args->given[i].value, "builtin"))
            wanted = true;
        else
            st = dsc_masks_load(masks, args->given[i].value, err);
    }
    if (st || (named && !wanted))
        return st;
    if (!dsc_cli_builtin_masks(builtin, sizeof builtin))
        return dsc_fail(err, DSC_USAGE, "the built-in templates are not found");
    return dsc_masks_load(masks, builtin, err);
}

static int list(const dsc_args *args)
{
    dsc_masks *masks = NULL;
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = dsc_masks_create(&masks, dsc_dicom_keyword, &err);

    if (!st)
        st = load(masks, args, &err);
    for (size_t i = 0; !st && i < dsc_masks_count(masks); i++) {
        dsc_mask_info info;
        dsc_masks_info(masks, i, &info);
        printf("%-44s %zu %s, %s (%s)\n", info.id, info.regions,
               info.keep_only ? "kept" : "blanked",
               info.description ? info.description : "", info.file);
    }
    dsc_masks_free(&masks);
    return st ? dsc_cli_usage("%s", err.msg) : DSC_EXIT_OK;
}

/* ---- check ---- */

static void print_problem(void *ctx, int line, const char *message)
{
    printf("%s:%d: %s\n", (const char *)ctx, line, message);
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && !strcmp(s + n - m, end);
}

/* Which templates the instance matches, and with which boxes. */
static int check_instance(dsc_scrubber *s, size_t number, const char *path)
{
    dsc_result r = DSC_RESULT_INIT;
    int rc = DSC_EXIT_OK;

    dsc_plan(s, &(dsc_input){.path = path}, &r);
    for (size_t i = 0; i < r.regions.count; i++) {
        const dsc_region *g = &r.regions.items[i];
        if (g->mask[0])
            printf("file %zu: %s blanks x %d y %d w %d h %d\n", number, g->mask,
                   g->x, g->y, g->w, g->h);
    }
    if (!r.regions.count) {
        printf("file %zu: %s\n", number,
               r.reason[0] ? r.reason : "no template matches");
        rc = DSC_EXIT_REFUSED;
    }
    dsc_result_free(&r);
    return rc;
}

static int check(const dsc_args *args)
{
    dsc_args asked = *args;
    dsc_scrubber *s = NULL;
    uint8_t key[32];
    dsc_error err = DSC_ERROR_INIT;
    int rc = DSC_EXIT_OK;
    static const dsc_cli_option find = {"find", 0, "LIST", ""};

    if (args->operand_count < 2)
        return dsc_cli_usage("masks check takes files");
    asked.given[asked.given_count].option = &find;
    asked.given[asked.given_count++].value = "masks";
    for (size_t i = 1; i < args->operand_count; i++) {
        const char *path = args->operands[i];
        if (ends_with(path, ".yaml") || ends_with(path, ".yml")) {
            if (dsc_masks_check_file(path, dsc_dicom_keyword, print_problem,
                                     (void *)path))
                rc = DSC_EXIT_REFUSED;
            continue;
        }
        if (!s && dsc_cli_scrubber(&s, &asked, key, &err))
            return dsc_cli_usage("%s", err.msg);
        if (check_instance(s, i, path))
            rc = DSC_EXIT_REFUSED;
    }
    dsc_scrubber_free(&s);
    return rc;
}

/* ---- import ---- */

static void print_warning(void *ctx, int line, const char *message)
{
    (void)ctx;
    dsc_cli_say("line %d: %s", line, message);
}

static int import(const dsc_args *args)
{
    const char *dialect = dsc_args_value(args, "dialect", "");
    dsc_buf yaml = {0};
    dsc_error err = DSC_ERROR_INIT;
    bool ctp = !strcmp(dialect, "ctp");
    dsc_status st;

    if (args->operand_count != 2 || (!ctp && strcmp(dialect, "deid")))
        return dsc_cli_usage("masks import takes --dialect ctp or deid, and "
                             "one file");
    st = dsc_masks_import(&yaml, args->operands[1],
                          ctp ? DSC_MASKS_CTP : DSC_MASKS_DEID,
                          dsc_dicom_keyword, print_warning, NULL, &err);
    if (!st)
        fwrite(yaml.data, 1, yaml.len, stdout);
    dsc_buf_free(&yaml);
    return st ? dsc_cli_usage("%s", err.msg) : DSC_EXIT_OK;
}

static int run_masks(const dsc_args *args)
{
    const char *what = args->operand_count ? args->operands[0] : "";

    if (!strcmp(what, "list"))
        return list(args);
    if (!strcmp(what, "check"))
        return check(args);
    if (!strcmp(what, "import"))
        return import(args);
    return dsc_cli_usage("masks takes list, check or import");
}

const dsc_command dsc_cmd_masks = {
    "masks",
    "list | check FILE... | import --dialect ctp|deid FILE",
    "list and check region templates, import other tools' rules",
    "list shows the templates. check tells, for each template file (.yaml), "
    "what is wrong in it, and for each DICOM file which templates match. "
    "import translates an RSNA CTP DicomPixelAnonymizer script or a "
    "pydicom/deid recipe to our YAML on standard output; rules that cannot be "
    "translated exactly are named on standard error.",
    options,
    run_masks,
};
