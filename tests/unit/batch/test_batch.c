/* SPDX-License-Identifier: Apache-2.0 */
#include "../../supp/folder.h"
#include "batch/batch_priv.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char old[4096];

static void enter(void)
{
    cr_assert_not_null(getcwd(old, sizeof old));
    snprintf(folder, sizeof folder, "/tmp/dsc-batch-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void leave(void)
{
    cr_assert_eq(chdir(old), 0);
    remove_folder(folder);
}

static void put(const char *path, const char *text)
{
    FILE *fp = fopen(path, "w");
    cr_assert_not_null(fp);
    fputs(text, fp);
    fclose(fp);
}

/* All that a walk meets, as "relative:kind " in a line. */
static void walk(char *out, size_t size, const char *input, const char *avoid)
{
    dsc_source_options o = {.inputs = &input, .input_count = 1, .avoid = avoid};
    dsc_source *source = NULL;
    dsc_item item;
    dsc_error err = DSC_ERROR_INIT;
    size_t at = 0;

    out[0] = '\0';
    cr_assert_eq(dsc_source_open(&source, &o, &err), DSC_OK);
    while (!dsc_source_next(source, &item, &err) && item.name && at < size)
        at += (size_t)snprintf(out + at, size - at, "%s:%d ", item.relative,
                               (int)item.found);
    cr_expect_eq(err.status, DSC_OK);
    dsc_source_close(&source);
}

Test(walk, files_links_and_special_files, .init = enter, .fini = leave)
{
    char got[512];

    mkdir("in", 0700);
    mkdir("in/b", 0700);
    put("in/b/two", "2");
    put("in/a\nb", "1");
    cr_assert_eq(mkfifo("in/pipe", 0600), 0);
    cr_assert_eq(symlink("nowhere", "in/broken"), 0);
    cr_assert_eq(symlink("..", "in/b/loop"), 0);
    walk(got, sizeof got, "in", NULL);
    cr_expect_str_eq(got, "a\nb:0 b/loop:3 b/two:0 broken:2 pipe:1 ");
    walk(got, sizeof got, "in/", NULL);
    cr_expect_str_eq(got, "a\nb:0 b/loop:3 b/two:0 broken:2 pipe:1 ");
    walk(got, sizeof got, "in/b/two", NULL);
    cr_expect_str_eq(got, "two:0 ");
    cr_assert_eq(chdir("in"), 0);
    walk(got, sizeof got, ".", NULL);
    cr_expect_str_eq(got, "a\nb:0 b/loop:3 b/two:0 broken:2 pipe:1 ");
}

Test(walk, a_link_into_the_output_is_not_followed, .init = enter, .fini = leave)
{
    char got[512];

    mkdir("in", 0700);
    mkdir("out", 0700);
    put("in/one", "1");
    put("out/old", "0");
    cr_assert_eq(symlink("../out", "in/result"), 0);
    walk(got, sizeof got, "in", "out");
    cr_expect_str_eq(got, "one:0 ");
    walk(got, sizeof got, "in", NULL);
    cr_expect_str_eq(got, "one:0 result/old:0 ");
}

static dsc_status try(const char *input, const char *output, char *message)
{
    dsc_batch_options o = {.source = {.inputs = &input, .input_count = 1},
                           .output = output,
                           .jobs = 1};
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = dsc_batch_check(&o, &err);

    snprintf(message, 256, "%s", err.msg);
    return st;
}

Test(check, folders_in_each_other, .init = enter, .fini = leave)
{
    static const char *const wrong[][2] = {
        {"in", "in"},
        {"in", "in/"},
        {"in", "./in//"},
        {"in", "in/out"},
        {"in", "in/new/out"},
        {"in/", "in/out"},
        {".", "out"},
        {"in/b", "in"},
        {"in", "new/../in"},
        {"in", "new/../in/out"},
        {"in", "new/x/../../in"},
        {"in", "link"},
        {"link", "in"},
        {"in", "link/out"},
        {"/", "out"},
        {"missing", "out"},
        {"in/file", "in/file"},
        {"in", "in/file/out"},
        {"in", ""},
    };
    char message[256];

    mkdir("in", 0700);
    mkdir("in/b", 0700);
    put("in/file", "1");
    cr_assert_eq(symlink("in", "link"), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cr_expect_eq(try(wrong[i][0], wrong[i][1], message), DSC_USAGE,
                     "%s -o %s", wrong[i][0], wrong[i][1]);
        cr_expect(message[0]);
        cr_expect_neq(access("new", F_OK), 0, "made for %s", wrong[i][1]);
        cr_expect_null(strstr(message, folder));
    }
    cr_expect_eq(try("in", "out", message), DSC_OK, "%s", message);
    cr_expect_eq(try("in", "./a/b/", message), DSC_OK, "%s", message);
    cr_expect_eq(try("in", "inside", message), DSC_OK, "%s", message);
}

Test(check, output_that_holds_something, .init = enter, .fini = leave)
{
    const char *input = "in";
    dsc_batch_options o = {.source = {.inputs = &input, .input_count = 1},
                           .output = "out",
                           .into_existing = true};
    dsc_error err = DSC_ERROR_INIT;
    char message[256];

    mkdir("in", 0700);
    mkdir("out", 0700);
    put("out/x", "1");
    put("out/.dcmscrub-abcdef.tmp", "left");
    cr_expect_eq(try("in", "out", message), DSC_USAGE);
    cr_expect_eq(access("out/.dcmscrub-abcdef.tmp", F_OK), 0);
    cr_expect_eq(dsc_batch_check(&o, &err), DSC_OK, "%s", err.msg);
    cr_expect_neq(access("out/.dcmscrub-abcdef.tmp", F_OK), 0);
    cr_expect_eq(access("out/x", F_OK), 0);
    put("plain", "1");
    cr_expect_eq(try("in", "plain", message), DSC_USAGE);
}

/* ---- runs ---- */

typedef struct seen {
    unsigned files;
    int sig;         /* sent to our group at the first file */
    unsigned blamed; /* outcomes that are not "ignored" */
} seen;

static bool on_file(void *ctx, const dsc_batch_event *e)
{
    seen *s = ctx;

    s->blamed += e->outcome != DSC_IGNORED;
    if (!s->files++ && s->sig)
        kill(0, s->sig);
    return true;
}

static dsc_scrubber *scrubber(void)
{
    dsc_options o = DSC_OPTIONS_INIT;
    dsc_scrubber *s = NULL;
    dsc_error err = DSC_ERROR_INIT;

    o.find = DSC_FIND_MASKS;
    cr_assert_eq(dsc_scrubber_create(&s, &o, &err), DSC_OK, "%s", err.msg);
    return s;
}

static void run(seen *s, dsc_batch_totals *totals, unsigned jobs)
{
    const char *input = "in";
    dsc_batch_options o = {.source = {.inputs = &input, .input_count = 1},
                           .output = "out",
                           .jobs = jobs};
    dsc_scrubber *scrub = scrubber();
    dsc_place *place = NULL;
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_batch_check(&o, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_place_open(&place, o.output, &err), DSC_OK, "%s", err.msg);
    o.place = place;
    cr_expect_eq(dsc_batch_run(scrub, &o, on_file, s, totals, &err), DSC_OK,
                 "%s", err.msg);
    dsc_place_close(&place);
    dsc_scrubber_free(&scrub);
}

static void many(unsigned n)
{
    char path[32];

    mkdir("in", 0700);
    for (unsigned i = 0; i < n; i++) {
        snprintf(path, sizeof path, "in/%04u", i);
        put(path, "no DICOM at all");
    }
}

Test(run, every_file_is_told_once, .init = enter, .fini = leave)
{
    seen s = {0};
    dsc_batch_totals totals;

    many(200);
    run(&s, &totals, 3);
    cr_expect_eq(s.files, 200);
    cr_expect_eq(totals.outcomes[DSC_IGNORED], 200);
    cr_expect_eq(totals.worker_deaths, 0);
    cr_expect_not(totals.interrupted);
}

static void stop_with(int sig)
{
    seen s = {.sig = sig};
    dsc_batch_totals totals;

    setpgid(0, 0); /* the signal is for us and our workers only */
    many(400);
    run(&s, &totals, 2);
    cr_expect(totals.interrupted);
    cr_expect_lt(s.files, 400);
    cr_expect_eq(s.blamed, 0, "%u files blamed for the signal", s.blamed);
    cr_expect_eq(totals.worker_deaths, 0);
}

Test(run, term_to_the_group_finishes_the_files_at_hand, .init = enter,
     .fini = leave)
{
    stop_with(SIGTERM);
}

Test(run, int_to_the_group_finishes_the_files_at_hand, .init = enter,
     .fini = leave)
{
    stop_with(SIGINT);
}
