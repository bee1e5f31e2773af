/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cli/cli.h"
#include "report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const dsc_cli_option options[] = {
    {"png", 0, "DIR",
     "render frames with the boxes drawn (these pictures show patient data)"},
    {"frames", 0, "N", "at most so many frames a file for --png (default 4)"},
    {"json", 0, NULL, "report lines as 'clean --report' writes them"},
    DSC_SCRUB_OPTIONS,
    {NULL, 0, NULL, NULL},
};

static const uint8_t RED[3] = {255, 40, 40}, GREEN[3] = {40, 220, 40},
                     BLUE[3] = {80, 140, 255};

static void draw(uint8_t *rgb, uint32_t columns, uint32_t rows,
                 const dsc_region_list *list, uint32_t frame,
                 const uint8_t *fixed)
{
    for (size_t i = 0; i < list->count; i++) {
        const dsc_region *r = &list->items[i];
        const uint8_t *colour = fixed ? fixed : r->mask[0] ? BLUE : RED;
        if (r->first_frame <= frame && frame <= r->last_frame)
            dsc_picture_outline(rgb, columns, rows, r, colour);
    }
}

static dsc_status render(dsc_scrubber *s, const char *path, size_t number,
                         uint32_t frame, const char *dir, const dsc_result *r,
                         dsc_error *err)
{
    char png[4200];
    uint8_t *rgb = NULL;
    uint32_t columns, rows;
    dsc_status st = dsc_render(s, &(dsc_input){.path = path}, frame, &rgb,
                               &columns, &rows, err);

    if (st)
        return st;
    draw(rgb, columns, rows, &r->kept, frame, GREEN);
    draw(rgb, columns, rows, &r->regions, frame, NULL);
    if (snprintf(png, sizeof png, "%s/%04zu-%05u.png", dir, number, frame) >=
        (int)sizeof png)
        st = dsc_fail(err, DSC_USAGE, "the path is too long");
    else
        st = dsc_picture_write(png, rgb, columns, rows, 0600, err);
    free(rgb);
    return st;
}

/* Frames at which a region begins say most; then the first ones. */
static bool worth_a_picture(const dsc_result *r, uint32_t frame)
{
    if (frame == 0)
        return true;
    for (size_t i = 0; i < r->regions.count; i++)
        if (r->regions.items[i].first_frame == frame)
            return true;
    return false;
}

static dsc_status pictures(dsc_scrubber *s, const dsc_args *args,
                           const char *path, size_t number, uint64_t left,
                           const dsc_result *r, dsc_error *err)
{
    const char *dir = dsc_args_value(args, "png", NULL);
    dsc_status st = DSC_OK;

    if (!dir || (r->outcome != DSC_CLEAN && r->outcome != DSC_SCRUBBED))
        return DSC_OK;
    st = dsc_make_folders(dir, err);
    for (uint32_t f = 0; !st && f < r->frames && left; f++) {
        if (!worth_a_picture(r, f))
            continue;
        st = render(s, path, number, f, dir, r, err);
        left--;
    }
    return st;
}

static void print_regions(const char *what, const dsc_region_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const dsc_region *r = &list->items[i];
        printf("  %-5s frames %u-%u  x %d y %d w %d h %d  %s by %s: %s%s%s\n",
               what, r->first_frame, r->last_frame, r->x, r->y, r->w, r->h,
               r->cls, r->source, r->reason, r->mask[0] ? " " : "", r->mask);
    }
}

static dsc_status show(const dsc_args *args, const char *path, size_t number,
                       const dsc_result *r, dsc_error *err)
{
    dsc_buf line = {0};
    dsc_status st = DSC_OK;

    if (dsc_args_has(args, "json")) {
        st = dsc_report_line(&line, path, NULL, r, err);
        if (!st)
            fwrite(line.data, 1, line.len, stdout);
        dsc_buf_free(&line);
        return st;
    }
    printf("file %zu: ", number);
    if (r->outcome != DSC_CLEAN && r->outcome != DSC_SCRUBBED) {
        printf("would be %s: %s\n", dsc_outcome_name(r->outcome), r->reason);
        return DSC_OK;
    }
    if (!r->frames) {
        printf("%s, no pixels: %s\n", r->modality,
               r->note_count ? r->notes[0] : "");
        return DSC_OK;
    }
    printf("%s %ux%u, %u frame%s, %zu to blank, %zu kept\n", r->modality,
           r->columns, r->rows, r->frames, r->frames == 1 ? "" : "s",
           r->regions.count, r->kept.count);
    print_regions("blank", &r->regions);
    print_regions("keep", &r->kept);
    return DSC_OK;
}

static int run_inspect(const dsc_args *args)
{
    dsc_scrubber *s = NULL;
    uint8_t key[32];
    uint64_t frames;
    dsc_error err = DSC_ERROR_INIT;
    int rc = DSC_EXIT_OK;

    if (!args->operand_count)
        return dsc_cli_usage("no file to inspect");
    if (!dsc_args_number(args, "frames", 4, 0, UINT32_MAX, &frames))
        return DSC_EXIT_USAGE;
    if (dsc_cli_scrubber(&s, args, key, &err))
        return dsc_cli_usage("%s", err.msg);
    for (size_t i = 0; i < args->operand_count; i++) {
        dsc_result r = DSC_RESULT_INIT;
        dsc_status st;
        dsc_plan(s, &(dsc_input){.path = args->operands[i]}, &r);
        if (r.outcome == DSC_QUARANTINED || r.outcome == DSC_FAILED)
            rc = DSC_EXIT_REFUSED;
        st = show(args, args->operands[i], i + 1, &r, &err);
        if (!st)
            st = pictures(s, args, args->operands[i], i + 1, frames, &r, &err);
        dsc_result_free(&r);
        if (st) {
            dsc_cli_say("%s", err.msg);
            rc = DSC_EXIT_REFUSED;
            break;
        }
    }
    explicit_bzero(key, sizeof key);
    dsc_scrubber_free(&s);
    return rc;
}

const dsc_command dsc_cmd_inspect = {
    "inspect",
    "[options] FILE...",
    "show what would be blanked and why; writes nothing",
    "Runs the search on each file and prints the boxes that 'clean' would "
    "blank or keep, with class, source and reason. No text is printed. With "
    "--png the frames are drawn: red boxes go because of text, blue ones "
    "because of a mask, green ones stay.",
    options,
    run_inspect,
};
