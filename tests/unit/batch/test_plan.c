/* SPDX-License-Identifier: Apache-2.0
 *
 * Plans: who goes where, what a shard gives, what a broken plan says. */
#include "batch/manifest.h"
#include "batch/plan.h"
#include "batch/source_priv.h"
#include "makers.h"

#include <criterion/parameterized.h>

static const dsc_key key = {{1, 2, 3}};

static void put_patient(const char *path, const char *id, const char *study)
{
    static char file[4096];
    size_t at = begin_dicom(file, sizeof file, "1.2.840.10008.5.1.4.1.1.7");

    at += element(file + at, 0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7", 25);
    at += element(file + at, 0x00100020, "LO", id, strlen(id));
    at += element(file + at, 0x0020000D, "UI", study, strlen(study));
    put_bytes(path, file, at);
}

static dsc_status plan(const char *input, const char *output, uint32_t shards,
                       unsigned jobs, dsc_plan_totals *totals)
{
    dsc_plan_options o = {
        .source = {.inputs = &input, .input_count = 1, .spill = "out"},
        .output = output,
        .shards = shards,
        .jobs = jobs,
        .key = &key};
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = dsc_plan_write(&o, totals, &err);

    cr_expect(!st || err.msg[0]);
    return st;
}

static uint32_t shard_of(const char *plan_path, const char *name)
{
    dsc_manifest *m = NULL;
    dsc_manifest_line line;
    uint32_t shard = 0;

    cr_assert_eq(dsc_manifest_open(&m, plan_path, NULL), DSC_OK);
    do {
        cr_assert_eq(dsc_manifest_next(m, &line, NULL), DSC_OK);
        if (line.name && !strcmp(line.name, name))
            shard = line.shard;
    } while (line.name);
    dsc_manifest_close(&m);
    cr_assert(shard, "%s is not in the plan", name);
    return shard;
}

/* Names and bytes that one shard gives, a line each. */
static dsc_status shard(char *out, size_t size, const char *plan_path,
                        uint32_t number, uint32_t of, const char *digest,
                        char *message)
{
    dsc_source_options o = {.plan = plan_path,
                            .shard = number,
                            .shards = of,
                            .plan_key = digest,
                            .spill = "out"};
    dsc_source *s = NULL;
    dsc_error err = DSC_ERROR_INIT;
    dsc_item item = {.fd = -1};
    dsc_status st = dsc_source_open(&s, &o, &err);
    size_t at = 0;

    out[0] = '\0';
    while (!st && !(st = dsc_source_next(s, &item, &err)) && item.name) {
        char text[16] = "";
        cr_assert_eq(dsc_source_take(s, &item, &err), DSC_OK);
        if (item.fd >= 0) {
            cr_expect_geq(read(item.fd, text, sizeof text - 1), 0);
            close(item.fd);
        }
        at += (size_t)snprintf(
            out + at, size - at, "%s|%s|%d|%s\n", item.name, item.relative,
            (int)item.found, item.found == DSC_FOUND_TOLD ? item.reason : text);
    }
    dsc_source_close(&s);
    if (message)
        snprintf(message, 256, "%s", err.msg);
    return st;
}

static char got[65536];

Test(plan, a_patient_is_in_one_shard, .init = enter, .fini = leave)
{
    dsc_plan_totals t;
    uint32_t a, b, seen = 0;

    mkdir("in", 0700);
    mkdir("in/x", 0700);
    for (int i = 0; i < 40; i++) {
        char path[32], id[16], study[16];
        snprintf(path, sizeof path, "in/%sf%02d", i % 2 ? "x/" : "", i);
        snprintf(id, sizeof id, "ID%d", i / 4);
        snprintf(study, sizeof study, "1.2.%d", i);
        put_patient(path, id, study);
    }
    put_patient("in/no-id-1", "", "1.9");
    put_patient("in/no-id-2", "", "1.9");
    put("in/notes", "no DICOM");
    cr_assert_eq(plan("in", "p", 5, 3, &t), DSC_OK);
    cr_expect_eq(t.files, 43);
    cr_expect_eq(t.by_patient, 42);
    cr_expect_eq(t.by_path, 1);
    for (int i = 0; i < 40; i += 4) {
        char path[32];
        snprintf(path, sizeof path, "in/f%02d", i);
        a = shard_of("p", path);
        seen |= 1u << a;
        snprintf(path, sizeof path, "in/x/f%02d", i + 3);
        cr_expect_eq(shard_of("p", path), a);
    }
    cr_expect_neq(seen & (seen - 1), 0, "all in one shard");
    cr_expect_eq(shard_of("p", "in/no-id-1"), shard_of("p", "in/no-id-2"));
    /* Where it lies and who reads it makes no difference. */
    a = shard_of("p", "in/f04");
    rename("in/f04", "in/moved");
    cr_assert_eq(plan("in", "p1", 5, 1, &t), DSC_OK);
    cr_expect_eq(shard_of("p1", "in/moved"), a);
    cr_assert_eq(plan("in", "p2", 5, 7, &t), DSC_OK);
    b = (uint32_t)slurp("p1", got, sizeof got / 2);
    cr_expect_eq(slurp("p2", got + b, sizeof got - b), b);
    cr_expect_eq(memcmp(got, got + b, b), 0);
}

Test(plan, the_shards_are_the_whole, .init = enter, .fini = leave)
{
    dsc_plan_totals t;
    struct archive *a;
    static char all[2 * sizeof got];

    mkdir("in", 0700);
    cr_assert_eq(chdir("in"), 0);
    a = begin("a.tar");
    add(a, "one", "1");
    add(a, "../two", "2");
    add(a, "three", "3");
    add(a, "four", "4");
    finish(a);
    cr_assert_eq(chdir(".."), 0);
    put("in/b\n\\\x7f\xe9", "odd");
    put("in/c", "c");
    cr_assert_eq(mkfifo("in/pipe", 0600), 0);
    cr_assert_eq(symlink("nowhere", "in/gone"), 0);
    cr_assert_eq(plan("in", "p", 3, 2, &t), DSC_OK);
    cr_expect_eq(t.files, 9);
    cr_expect_eq(t.told, 2);
    for (uint32_t i = 1; i <= 3; i++) {
        cr_expect_eq(shard(got, sizeof got, "p", i, 3, NULL, NULL), DSC_OK);
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s", got);
    }
    cr_expect(strstr(all, "in/a.tar!1/one|a.tar!1/one|0|1\n"), "%s", all);
    cr_expect(strstr(all, "in/a.tar!2/../two|a.tar!2/../two|5|a name with"));
    cr_expect(strstr(all, "in/a.tar!3/three|a.tar!3/three|0|3\n"));
    cr_expect(strstr(all, "in/a.tar!4/four|a.tar!4/four|0|4\n"));
    cr_expect(strstr(all, "in/b\n\\\x7f\xe9|b\n\\\x7f\xe9|0|\n"));
    cr_expect(strstr(all, "in/c|c|0|\n"));
    cr_expect(strstr(all, "in/pipe|pipe|1|\n"));
    cr_expect(strstr(all, "in/gone|gone|2|\n"));
    cr_expect_eq(strlen(all), strlen("in/a.tar|a.tar|5|an archive, read to its "
                                     "end\n") +
                                  strlen("in/a.tar!1/one|a.tar!1/one|0|1\n") +
                                  strlen("in/a.tar!2/../two|a.tar!2/../two|5|"
                                         "a name with '..' leads out of the "
                                         "archive\n") +
                                  strlen("in/a.tar!3/three|a.tar!3/three|0|3\n"
                                         "in/a.tar!4/four|a.tar!4/four|0|4\n"
                                         "in/b\n\\\x7f\xe9|b\n\\\x7f\xe9|0|\n"
                                         "in/c|c|0|\nin/pipe|pipe|1|\n"
                                         "in/gone|gone|2|\n"));
    unlink("in/c");
    unlink("in/a.tar");
    cr_expect_eq(
        shard(all, sizeof all, "p", shard_of("p", "in/c"), 3, NULL, NULL),
        DSC_OK);
    cr_expect(strstr(all, "in/c|c|2|\n"), "%s", all);
    cr_expect_eq(shard(all, sizeof all, "p", shard_of("p", "in/a.tar!4/four"),
                       3, NULL, NULL),
                 DSC_OK);
    cr_expect(strstr(all, "!4/four|a.tar!4/four|5|not in the archive any "
                          "more\n"),
              "%s", all);
}

Test(plan, a_broken_archive_is_told_by_its_shard, .init = enter, .fini = leave)
{
    dsc_plan_totals t;

    put("a.tar", "no tar");
    cr_assert_eq(plan("a.tar", "p", 1, 1, &t), DSC_OK);
    cr_expect_eq(shard(got, sizeof got, "p", 1, 1, NULL, NULL), DSC_OK);
    cr_expect_str_eq(got, "a.tar|a.tar|5|the archive is broken or ends early"
                          "\n");
}

Test(plan, is_never_overwritten, .init = enter, .fini = leave)
{
    dsc_plan_totals t;

    put("p", "precious");
    put("x", "x");
    cr_expect_eq(plan("x", "p", 1, 1, &t), DSC_USAGE);
    cr_expect_eq(slurp("p", got, sizeof got), 8);
    cr_expect_neq(plan("x", "missing\1/p", 1, 1, &t), DSC_USAGE);
}

Test(shard, of_other_numbers_and_keys, .init = enter, .fini = leave)
{
    static const uint32_t wrong[][2] = {{1, 2}, {4, 3}, {0, 3}, {1, 0}, {3, 4}};
    dsc_plan_totals t;
    char digest[17], message[256];

    put("x", "x");
    cr_assert_eq(plan("x", "p", 3, 1, &t), DSC_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_eq(shard(got, sizeof got, "p", wrong[i][0], wrong[i][1], NULL,
                           message),
                     DSC_USAGE, "%u/%u", wrong[i][0], wrong[i][1]);
    cr_assert_eq(dsc_plan_key_digest(&key, digest, NULL), DSC_OK);
    cr_expect_eq(shard(got, sizeof got, "p", 1, 3, digest, message), DSC_OK);
    digest[0] = (char)(digest[0] == 'a' ? 'b' : 'a');
    cr_expect_eq(shard(got, sizeof got, "p", 1, 3, digest, message), DSC_USAGE);
    cr_expect_str_eq(message, "the plan was made with another key");
}

typedef struct broken {
    char text[160], message[48];
} broken;

ParameterizedTestParameters(manifest, that_is_broken)
{
#define HEAD "dcmscrub-plan 1 3 0123456789abcdef\n"
    static broken cases[] = {
        {"", "this file is no plan"},
        {"hello\n", "this file is no plan"},
        {"dcmscrub-plan 2 3 0123456789abcdef\nend 0\n", "this file is no plan"},
        {"dcmscrub-plan 1 0 0123456789abcdef\nend 0\n", "this file is no plan"},
        {"dcmscrub-plan 1 -3 0123456789abcdef\nend 0\n",
         "this file is no plan"},
        {"dcmscrub-plan 1 9999999999 0123456789abcdef\nend 0\n",
         "this file is no plan"},
        {"dcmscrub-plan 1 3 0123\nend 0\n", "this file is no plan"},
        {HEAD, "the plan is not finished"},
        {HEAD "1\t0\t0\ta\t\n", "the plan is not finished"},
        {HEAD "1\t0\t0\ta\t\nend", "the plan is not finished"},
        {HEAD "1\t0\t0\ta\t\nend 1", "the plan is not finished"},
        {HEAD "1\t0\t0\ta\t\nend x\n", "the plan is not finished"},
        {HEAD "1\t0\t0\ta\t\nend 2\n", "the plan is broken at line 2"},
        {HEAD "1\t0\t0\ta\t\nend 1\nend 1\n", "the plan is broken at line 2"},
        {HEAD "4\t0\t0\ta\t\nend 1\n", "the plan is broken at line 1"},
        {HEAD "0\t0\t0\ta\t\nend 1\n", "the plan is broken at line 1"},
        {HEAD "1\t0\t0\t\t\nend 1\n", "the plan is broken at line 1"},
        {HEAD "1\t0\t1\ta\t\nend 1\n", "the plan is broken at line 1"},
        {HEAD "1\t0\t-1\ta\t\nend 1\n", "the plan is broken at line 1"},
        {HEAD "1\t1\t0\tab\t\nend 1\n", "the plan is broken at line 1"},
        {HEAD "1\t1\t0\ta!\t\nend 1\n", "the plan is broken at line 1"},
        {HEAD "1\t0\t0\ta\nend 1\n", "the plan is broken at line 1"},
        {HEAD "1\t0\t0\t\\\t\nend 1\n", "the plan is broken at line 1"},
        {HEAD "1\t0\t0\t\\x0\t\nend 1\n", "the plan is broken at line 1"},
        {HEAD "1\t0\t0\ta\\x00b\t\nend 1\n", "the plan is broken at line 1"},
        {HEAD "1\t0\t0\ta\tclean fine\nend 1\n",
         "the plan is broken at line 1"},
        {HEAD "1\t0\t0\ta\tgone why\nend 1\n", "the plan is broken at line 1"},
        {HEAD "1\t0\t0\ta\t\n\nend 2\n", "the plan is broken at line 2"},
    };
    return cr_make_param_array(broken, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(broken *c, manifest, that_is_broken, .init = enter,
                  .fini = leave)
{
    char message[256];

    put("p", c->text);
    cr_expect_eq(shard(got, sizeof got, "p", 1, 3, NULL, message), DSC_USAGE,
                 "%s", c->text);
    cr_expect_str_eq(message, c->message, "%s: %s", c->text, message);
}

Test(manifest, with_a_nul_or_not_there, .init = enter, .fini = leave)
{
    static const char text[] = HEAD "1\t0\t0\ta\0b\t\nend 1\n";
    char message[256];

    put_bytes("p", text, sizeof text - 1);
    cr_expect_eq(shard(got, sizeof got, "p", 1, 3, NULL, message), DSC_USAGE);
    cr_expect_eq(shard(got, sizeof got, "q", 1, 3, NULL, message), DSC_USAGE);
    cr_expect_eq(shard(got, sizeof got, "out", 1, 3, NULL, message), DSC_USAGE);
    cr_assert_eq(mkfifo("fifo", 0600), 0);
    cr_expect_eq(shard(got, sizeof got, "fifo", 1, 3, NULL, message),
                 DSC_USAGE);
}
