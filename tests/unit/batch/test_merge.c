/* SPDX-License-Identifier: Apache-2.0
 *
 * Joining ledgers: what fits together, what is missing or double. */
#include "batch/manifest.h"
#include "batch/merge.h"
#include "makers.h"

typedef struct ledger {
    const char *path, *version, *settings, *shard, *state;
} ledger;

static void put_row(dsc_ledger *l, const char *input, unsigned outcome)
{
    bool written = outcome == DSC_CLEAN || outcome == DSC_SCRUBBED;
    char output[4200];
    dsc_ledger_row row = {.input = input,
                          .size = 3,
                          .modified = 4,
                          .outcome = outcome,
                          .reason = written ? "" : "why",
                          .output = written ? output : NULL,
                          .study = "1",
                          .series = "2",
                          .instance = "3",
                          .modality = "US",
                          .attempts = 1,
                          .record = "{}"};

    snprintf(output, sizeof output, "out/%s", input);
    cr_assert_eq(dsc_ledger_put(l, &row, NULL), DSC_OK);
}

/* Inputs a..b of one letter; 'q' as the first: that one is quarantined. */
static void make(const ledger *what, const char *inputs)
{
    dsc_ledger_run run = {.version = what->version,
                          .settings = what->settings,
                          .output = "out",
                          .shard = what->shard,
                          .jobs = 2};
    dsc_ledger *l = NULL;

    cr_assert_eq(dsc_ledger_open(&l, what->path, DSC_LEDGER_RESUME, NULL),
                 DSC_OK);
    cr_assert_eq(dsc_ledger_begin(l, &run, NULL), DSC_OK);
    for (; *inputs; inputs++) {
        char name[2] = {*inputs};
        put_row(l, name,
                *inputs == 'q'   ? DSC_QUARANTINED
                : *inputs == 'p' ? DSC_LEDGER_PENDING
                                 : DSC_SCRUBBED);
    }
    if (strcmp(what->state, "running"))
        cr_assert_eq(dsc_ledger_end(l, what->state, NULL), DSC_OK);
    dsc_ledger_close(&l);
}

static void make_shard(const char *path, const char *shard, const char *inputs)
{
    make(&(ledger){path, "1", "s", shard, "finished"}, inputs);
}

static void make_plan(const char *path, uint32_t shards, const char *inputs)
{
    dsc_manifest_writer *w = NULL;

    cr_assert_eq(
        dsc_manifest_create(&w, path, shards, "0123456789abcdef", NULL),
        DSC_OK);
    for (uint32_t i = 0; inputs[i]; i++) {
        char name[2] = {inputs[i]};
        dsc_manifest_line line = {.shard = i % shards + 1, .name = name};
        cr_assert_eq(dsc_manifest_put(w, &line, NULL), DSC_OK);
    }
    cr_assert_eq(dsc_manifest_finish(&w, NULL), DSC_OK);
}

static dsc_status merge(const char *const *paths, size_t count,
                        const char *plan, dsc_merge_totals *t, char *message)
{
    dsc_merge_options o = {paths, count, "all", plan};
    dsc_error err = DSC_ERROR_INIT;
    bool before = !access("all", F_OK);
    dsc_status st = dsc_merge(&o, t, &err);

    snprintf(message, 256, "%s", err.msg);
    cr_expect_neq(access("all.part", F_OK), 0, "left behind");
    cr_expect_eq(!access("all", F_OK),
                 before || (!st && dsc_merge_is_whole(t)));
    return st;
}

static bool count(void *ctx, const dsc_ledger_row *row)
{
    char *inputs = ctx;

    cr_expect_eq(row->size, 3);
    cr_expect_str_eq(row->study, "1");
    cr_expect_str_eq(row->record, "{}");
    memcpy(inputs + strlen(inputs), row->input, 2);
    return true;
}

/* Its outputs may have been handed on before it ended. */
Test(merge, a_watch_stays_one, .init = enter, .fini = leave)
{
    static const char *const paths[] = {"one"};
    dsc_ledger_run watch = {.version = "1",
                            .settings = "s",
                            .output = "out",
                            .shard = "",
                            .watch = true};
    dsc_merge_totals t;
    dsc_ledger_last last;
    dsc_ledger *l = NULL;
    char message[256];

    cr_assert_eq(dsc_ledger_open(&l, "one", DSC_LEDGER_CREATE, NULL), DSC_OK);
    cr_assert_eq(dsc_ledger_begin(l, &watch, NULL), DSC_OK);
    put_row(l, "a", DSC_SCRUBBED);
    cr_assert_eq(dsc_ledger_end(l, "finished", NULL), DSC_OK);
    dsc_ledger_close(&l);
    cr_assert_eq(merge(paths, 1, NULL, &t, message), DSC_OK, "%s", message);
    cr_assert_eq(dsc_ledger_open(&l, "all", DSC_LEDGER_READ, NULL), DSC_OK);
    cr_assert_eq(dsc_ledger_last_run(l, &last, NULL), DSC_OK);
    cr_expect(last.watch);
    dsc_free(last.output);
    dsc_ledger_close(&l);
}

Test(merge, shards_become_one, .init = enter, .fini = leave)
{
    static const char *const paths[] = {"two", "one", "three"};
    dsc_ledger_query all = {.outcomes = 0};
    dsc_merge_totals t;
    dsc_ledger *l = NULL;
    char message[256], inputs[16] = "";
    struct stat sb;

    make_shard("one", "1/3", "ad");
    make_shard("two", "2/3", "qb");
    make_shard("three", "3/3", "");
    make_plan("plan", 3, "aqdb");
    cr_assert_eq(merge(paths, 3, "plan", &t, message), DSC_OK, "%s", message);
    cr_expect(dsc_merge_is_whole(&t));
    cr_expect_eq(t.rows, 4);
    cr_expect_eq(t.outcomes.files[DSC_SCRUBBED], 3);
    cr_expect_eq(t.outcomes.files[DSC_QUARANTINED], 1);
    cr_assert_eq(dsc_ledger_open(&l, "all", DSC_LEDGER_READ, NULL), DSC_OK);
    cr_expect_eq(dsc_ledger_each(l, &all, count, inputs, NULL), DSC_OK);
    cr_expect_str_eq(inputs, "qbad");
    dsc_ledger_close(&l);
    cr_assert_eq(stat("all", &sb), 0);
    cr_expect_eq(sb.st_mode & 0777, 0600);
    cr_expect_eq(merge(paths, 3, "plan", &t, message), DSC_USAGE);
    cr_expect_str_eq(message, "the joined ledger exists already");
}

static bool add_known(void *ctx, const dsc_ledger_row *row)
{
    uint64_t *sum = ctx;

    *sum = 10 * *sum + row->taught.known + row->sha256[31];
    return true;
}

Test(merge, what_rows_told_of_before_goes_along, .init = enter, .fini = leave)
{
    static const char *const paths[] = {"one", "two"};
    const uint8_t sha256[32] = {[31] = 1};
    dsc_ledger_row row = {.input = "a",
                          .sha256 = sha256,
                          .learned = true,
                          .taught = {.asked = true, .known = 6}};
    dsc_merge_totals t;
    dsc_ledger *l = NULL;
    char message[256];
    uint64_t sum = 0;

    for (int i = 0; i < 2; i++) {
        dsc_ledger_run run = {.version = "1",
                              .settings = "s",
                              .output = "out",
                              .shard = i ? "2/2" : "1/2"};
        cr_assert_eq(dsc_ledger_open(&l, paths[i], DSC_LEDGER_CREATE, NULL),
                     DSC_OK);
        cr_assert_eq(dsc_ledger_begin(l, &run, NULL), DSC_OK);
        cr_assert_eq(dsc_ledger_put_former(l, &row, NULL), DSC_OK);
        cr_assert_eq(dsc_ledger_end(l, "finished", NULL), DSC_OK);
        dsc_ledger_close(&l);
        row.input = "b";
    }
    cr_assert_eq(merge(paths, 2, NULL, &t, message), DSC_OK, "%s", message);
    cr_assert_eq(dsc_ledger_open(&l, "all", DSC_LEDGER_READ, NULL), DSC_OK);
    cr_expect_eq(dsc_ledger_each_former(l, 0, add_known, &sum, NULL), DSC_OK);
    cr_expect_eq(sum, 77);
    dsc_ledger_close(&l);
}

Test(merge, what_is_missing_or_double, .init = enter, .fini = leave)
{
    static const char *const paths[] = {"one", "two"};
    dsc_merge_totals t;
    char message[256];

    make_shard("one", "1/2", "abp");
    make_shard("two", "2/2", "bcd");
    make_plan("plan", 2, "axbycp");
    cr_assert_eq(merge(paths, 2, "plan", &t, message), DSC_OK, "%s", message);
    cr_expect_eq(t.rows, 6);
    cr_expect_eq(t.doubled, 1);
    cr_expect_eq(t.pending, 1);
    cr_expect_eq(t.missing, 2);
    cr_expect_eq(t.missing_shard, 2);
    cr_expect_eq(t.unplanned, 1);
}

Test(merge, an_input_that_was_planned_twice_hides_nothing, .init = enter,
     .fini = leave)
{
    static const char *const paths[] = {"one"};
    dsc_merge_totals t;
    char message[256];

    make_shard("one", "1/1", "ab");
    make_plan("plan", 1, "aa");
    cr_assert_eq(merge(paths, 1, "plan", &t, message), DSC_OK, "%s", message);
    cr_expect_eq(t.missing, 0);
    cr_expect_eq(t.unplanned, 1);
}

Test(merge, ledgers_that_do_not_fit, .init = enter, .fini = leave)
{
    static const struct {
        ledger other;
        const char *message;
    } cases[] = {
        {{"x", "2", "s", "2/2", "finished"},
         "ledger 2: written by version 2 of dcmscrub, others by 1"},
        {{"x", "1", "other", "2/2", "finished"},
         "ledger 2: written with other options, key, templates or weights than "
         "others"},
        {{"x", "1", "s", "2/2", "running"},
         "ledger 2: not finished (running): run it again with --resume"},
        {{"x", "1", "s", "2/2", "interrupted"},
         "ledger 2: not finished (interrupted): run it again with --resume"},
        {{"x", "1", "s", "", "finished"},
         "ledger 2: some are shards, others are not"},
        {{"x", "1", "s", "1/2", "finished"}, "ledger 2: shard 1/2 comes twice"},
        {{"x", "1", "s", "2/3", "finished"},
         "ledger 2: a shard of 3, where others are of 2"},
        {{"x", "1", "s", "3/2", "finished"}, "ledger 2: its shard is no I/N"},
        {{"x", "1", "s", "0/2", "finished"}, "ledger 2: its shard is no I/N"},
        {{"x", "1", "s", "2", "finished"}, "ledger 2: its shard is no I/N"},
        {{"x", "1", "s", "2/9999999", "finished"},
         "ledger 2: its shard is no I/N"},
    };
    static const char *const paths[] = {"one", "x"};
    dsc_merge_totals t;
    char message[256];

    make_shard("one", "1/2", "a");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make(&cases[i].other, "b");
        cr_expect_neq(merge(paths, 2, NULL, &t, message), DSC_OK);
        cr_expect_str_eq(message, cases[i].message, "%s", message);
        remove("x");
    }
}

Test(merge, shards_that_are_not_there, .init = enter, .fini = leave)
{
    static const char *const paths[] = {"one", "three", "gone"};
    dsc_merge_totals t;
    char message[256];

    make_shard("one", "1/3", "a");
    make_shard("three", "3/3", "b");
    cr_expect_eq(merge(paths, 2, NULL, &t, message), DSC_USAGE);
    cr_expect_str_eq(message, "shard 2/3 is missing");
    cr_expect_eq(merge(paths, 3, NULL, &t, message), DSC_USAGE);
    put("gone", "no ledger at all, only text that is long enough to be one");
    cr_expect_eq(merge(paths, 3, NULL, &t, message), DSC_USAGE);
    cr_expect_str_eq(message, "ledger 3: this file is no ledger");
}

Test(merge, plans_that_do_not_fit, .init = enter, .fini = leave)
{
    static const char *const paths[] = {"one"};
    dsc_merge_totals t;
    char message[256];

    make_shard("one", "1/1", "a");
    make_plan("plan", 2, "a");
    cr_expect_eq(merge(paths, 1, "plan", &t, message), DSC_USAGE);
    cr_expect_str_eq(message,
                     "the plan is one of 2 shards, the ledgers are of 1");
    cr_expect_eq(merge(paths, 1, "one", &t, message), DSC_USAGE);
    put("all.part", "in the way");
    cr_expect_eq(
        dsc_merge(&(dsc_merge_options){paths, 1, "all", NULL}, &t, NULL),
        DSC_USAGE);
    cr_expect_neq(access("all", F_OK), 0);
    cr_expect_eq(access("all.part", F_OK), 0);
}
