/* SPDX-License-Identifier: Apache-2.0
 *
 *     fault TEMPLATES MODELS FILE...
 *
 * Clean each file again and again, letting the n-th allocation, then the n-th
 * write, fsync or rename fail, for every n until a run meets no fault. Each
 * time the file must have failed for want of memory or disk with nothing left
 * in the output folder, or (where the fault could be borne) its output must be
 * the one of a run without faults. A plain main, so that leaks are told.
 */
#include "base/file.h"
#include "dcmscrub.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_POINTS 20000ul

typedef void (*inject_fn)(unsigned long n);

static char folder[64], output[128];
static const char *models;
static unsigned tests, failures;

static void say(bool good, const char *what, const char *file,
                unsigned long points)
{
    const char *slash = strrchr(file, '/');

    tests++;
    failures += !good;
    printf("%sok %u - %s: %s (%lu points)\n", good ? "" : "not ", tests, what,
           slash ? slash + 1 : file, points);
}

static dsc_status to_output(void *ctx, const dsc_result *result, char *buf,
                            size_t size, dsc_error *err)
{
    (void)ctx;
    (void)result;
    (void)err;
    snprintf(buf, size, "%s", output);
    return DSC_OK;
}

/* Files in the output folder, temporary ones too; removes them. */
static int sweep(void)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    char path[400];
    int n = 0;

    while (d && (e = readdir(d))) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        remove(path);
        n++;
    }
    if (d)
        closedir(d);
    return n;
}

static dsc_scrubber *scrubber_of(const char *templates, unsigned find,
                                 dsc_status *st)
{
    static const uint8_t key[32] = {1, 2, 3};
    dsc_options o = DSC_OPTIONS_INIT;
    dsc_scrubber *s = NULL;
    dsc_error err = DSC_ERROR_INIT;

    o.find = find;
    o.masks = &templates;
    o.mask_count = templates ? 1 : 0;
    o.key = key;
    o.models = models;
    *st = dsc_scrubber_create(&s, &o, &err);
    if (*st && *st != DSC_NOMEM)
        printf("# no scrubber: %s\n", err.msg);
    if (*st && s) {
        printf("# a scrubber that failed to be made is not NULL\n");
        failures++;
    }
    return s;
}

static dsc_outcome clean(dsc_scrubber *s, const char *file, char reason[256])
{
    dsc_result r = DSC_RESULT_INIT;
    dsc_outcome outcome;

    dsc_clean(s, &(dsc_input){.path = file}, to_output, NULL, &r);
    outcome = r.outcome;
    memcpy(reason, r.reason, 256);
    dsc_result_free(&r);
    return outcome;
}

static bool written(dsc_outcome outcome)
{
    return outcome == DSC_CLEAN || outcome == DSC_SCRUBBED;
}

/* One run with a fault at point n. *hit tells whether there was a fault. */
static bool one_run(dsc_scrubber *s, const char *file, inject_fn inject,
                    unsigned long n, const dsc_buf *want, bool *faultless)
{
    dsc_buf got = {0};
    char reason[256];
    dsc_outcome outcome;
    bool good = true;
    int files;

    inject(n);
    outcome = clean(s, file, reason);
    inject(0);
    *faultless = false;
    if (written(outcome)) {
        *faultless = true;
        good = dsc_read_file(&got, output, (size_t)1 << 30, NULL) == DSC_OK &&
               got.len == want->len && !memcmp(got.data, want->data, got.len);
        if (!good)
            printf("# point %lu: another output\n", n);
        dsc_buf_free(&got);
    } else if (outcome != DSC_FAILED && strncmp(reason, "proof: ", 7)) {
        /* A comparison without memory proves nothing, which is told as a
         * failed proof; all else must say that it is the machine's fault. */
        printf("# point %lu: %s (%s)\n", n, dsc_outcome_name(outcome), reason);
        good = false;
    } else if (!reason[0]) {
        printf("# point %lu: failed without a reason\n", n);
        good = false;
    }
    files = sweep();
    if (files != (written(outcome) ? 1 : 0)) {
        printf("# point %lu: %d files are left\n", n, files);
        good = false;
    }
    return good;
}

/* A fault that is borne (a cache that stays empty) gives a good run in the
 * middle; the end is a long row of good runs: of so many allocations, and not
 * less than so many runs. */
#define GOOD_ROW  25u
#define LEAST_ROW 9u

static void every_point(dsc_scrubber *s, const char *file, inject_fn inject,
                        const char *what, unsigned long step)
{
    dsc_buf want = {0};
    unsigned row = 0, enough = GOOD_ROW / (unsigned)step;
    unsigned long n = 1, points = 0;
    bool good = true;
    char reason[256];

    enough = enough > LEAST_ROW ? enough : LEAST_ROW;
    sweep();
    if (!written(clean(s, file, reason)) ||
        dsc_read_file(&want, output, (size_t)1 << 30, NULL)) {
        printf("# without a fault: %s\n", reason);
        good = false;
    }
    sweep();
    for (; good && row < enough && n < MOST_POINTS; n += step) {
        bool faultless;
        good = one_run(s, file, inject, n, &want, &faultless);
        row = faultless ? row + 1 : 0;
        points += !faultless;
    }
    if (good && (!points || n >= MOST_POINTS)) {
        printf("# %lu points: the faults do not reach it, or never end\n",
               points);
        good = false;
    }
    say(good, what, file, points);
    dsc_buf_free(&want);
}

static void creation(const char *templates, unsigned find)
{
    unsigned long n = 0, points = 0;
    unsigned row = 0;

    while (row < GOOD_ROW && n < MOST_POINTS) {
        dsc_scrubber *s;
        dsc_status st;
        dsc_alloc_fail_after(++n);
        s = scrubber_of(templates, find, &st);
        dsc_alloc_fail_after(0);
        if (st && st != DSC_NOMEM) {
            printf("# allocation %lu: status %s\n", n, dsc_status_name(st));
            failures++;
        }
        row = st ? 0 : row + 1;
        points += st != DSC_OK;
        dsc_scrubber_free(&s);
    }
    say(points && n < MOST_POINTS, "nth allocation fails", "making a scrubber",
        points);
}

int main(int argc, char **argv)
{
    dsc_scrubber *masks_only, *reader;
    dsc_status st;

    if (argc < 4)
        return 2;
    models = argv[2];
    snprintf(folder, sizeof folder, "/tmp/dsc-fault-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    snprintf(output, sizeof output, "%s/out.dcm", folder);
    creation(argv[1], DSC_FIND_MASKS);
    masks_only = scrubber_of(argv[1], DSC_FIND_MASKS, &st);
    reader = scrubber_of(NULL, DSC_FIND_OCR | DSC_FIND_DETECTOR, &st);
    for (int i = 3; masks_only && i < argc; i++) {
        every_point(masks_only, argv[i], dsc_alloc_fail_after,
                    "nth allocation fails", 1);
        every_point(masks_only, argv[i], dsc_file_fail_after,
                    "nth write, fsync or rename fails", 1);
    }
    /* Reading text takes long: every 61st allocation of one file. */
    if (reader)
        every_point(reader, argv[3], dsc_alloc_fail_after,
                    "allocations fail while reading text", 61);
    say(masks_only && reader, "scrubbers", "made", 2);
    dsc_scrubber_free(&masks_only);
    dsc_scrubber_free(&reader);
    sweep();
    rmdir(folder);
    printf("1..%u\n", tests);
    return failures ? 1 : 0;
}
