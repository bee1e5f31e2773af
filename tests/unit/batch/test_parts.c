/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of the engine by themselves: lists, hours, the wire, who gets
 * which file, digests. */
#include "../../supp/folder.h"
#include "batch/arrivals_priv.h"
#include "batch/batch_priv.h"
#include "batch/source_priv.h"
#include "deid/digest.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static char old[4096];

static void enter(void)
{
    cr_assert_not_null(getcwd(old, sizeof old));
    snprintf(folder, sizeof folder, "/tmp/dsc-parts-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void leave(void)
{
    cr_assert_eq(chdir(old), 0);
    remove_folder(folder);
}

static void put(const char *path, const char *bytes, size_t n)
{
    FILE *fp = fopen(path, "w");
    cr_assert_not_null(fp);
    cr_assert_eq(fwrite(bytes, 1, n, fp), n);
    fclose(fp);
}

/* ---- lists ---- */

/* The names, each with a '|' behind it; "!" for an error. */
static const char *names_of(const char *bytes, size_t n, bool nulls)
{
    static char got[256];
    dsc_list *list = NULL;
    dsc_error err = DSC_ERROR_INIT;
    const char *name = "";
    size_t at = 0;
    dsc_status st = DSC_OK;

    got[0] = '\0';
    put("list", bytes, n);
    cr_assert_eq(dsc_list_open(&list, "list", nulls, NULL, NULL, &err), DSC_OK);
    while (!(st = dsc_list_next(list, &name, &err)) && name)
        at += (size_t)snprintf(got + at, sizeof got - at, "%s|", name);
    if (st)
        snprintf(got + at, sizeof got - at, "!");
    dsc_list_close(&list);
    return got;
}

Test(list, names, .init = enter, .fini = leave)
{
    dsc_list *list = NULL;
    dsc_error err = DSC_ERROR_INIT;
    char *long_name = malloc(70000);

#define NAMES(text, nulls) names_of(text, sizeof(text) - 1, nulls)
    cr_expect_str_eq(NAMES("", false), "");
    cr_expect_str_eq(NAMES("\n\n\n", false), "");
    cr_expect_str_eq(NAMES("a\nb\n", false), "a|b|");
    cr_expect_str_eq(NAMES("a\nb", false), "a|b|");
    cr_expect_str_eq(NAMES("a b\n\n c\n", false), "a b| c|");
    cr_expect_str_eq(NAMES("a\0b\nc\0", false), "a|b\nc|");
    cr_expect_str_eq(NAMES("b\nc\0a\0", true), "b\nc|a|");
    cr_expect_str_eq(NAMES("b\nc\0a\0", false), "b|!");
    cr_expect_str_eq(NAMES("\xff\n", false), "\xff|");
    memset(long_name, 'x', 70000);
    cr_expect_str_eq(names_of(long_name, 70000, false), "!");
    cr_expect_eq(dsc_list_open(&list, "none", false, NULL, NULL, &err),
                 DSC_USAGE);
    cr_expect_null(strstr(err.msg, "none"));
    free(long_name);
}

Test(list, a_source_walks_what_it_names, .init = enter, .fini = leave)
{
    dsc_source_options o = {.list = "list"};
    dsc_source *source = NULL;
    dsc_item item;
    dsc_error err = DSC_ERROR_INIT;

    mkdir("in", 0700);
    put("in/a", "12345", 5);
    put("list", "./in\n/gone\n", 11);
    cr_assert_eq(dsc_source_open(&source, &o, &err), DSC_OK);
    cr_assert_eq(dsc_source_next(source, &item, &err), DSC_OK);
    cr_expect_str_eq(item.name, "./in/a");
    cr_expect_str_eq(item.relative, "in/a");
    cr_expect_eq(item.size, 5);
    cr_expect_gt(item.modified, 0);
    cr_expect_eq(item.fd, -1);
    cr_assert_eq(dsc_source_next(source, &item, &err), DSC_OK);
    cr_expect_eq(item.found, DSC_FOUND_UNREADABLE);
    cr_expect_str_eq(item.relative, "gone");
    cr_assert_eq(dsc_source_next(source, &item, &err), DSC_OK);
    cr_expect_null(item.name);
    dsc_source_close(&source);
}

/* More than are sorted at once: each is met, and met once. */
Test(walk, a_folder_of_many_files, .init = enter, .fini = leave)
{
    enum {
        MANY = 17000
    };
    static const char *const inputs[] = {"in"};
    static bool met[MANY];
    dsc_source_options o = {.inputs = inputs, .input_count = 1};
    dsc_source *source = NULL;
    dsc_item item;
    char path[32];
    int twice = 0, count = 0;

    mkdir("in", 0700);
    for (int i = 0; i < MANY; i++) {
        snprintf(path, sizeof path, "in/%d", i);
        close(open(path, O_CREAT | O_WRONLY, 0600));
    }
    cr_assert_eq(dsc_source_open(&source, &o, NULL), DSC_OK);
    while (!dsc_source_next(source, &item, NULL) && item.name) {
        long n = strtol(item.relative, NULL, 10);
        cr_assert(n >= 0 && n < MANY);
        twice += met[n];
        met[n] = true;
        count++;
    }
    cr_expect_eq(twice, 0);
    cr_expect_eq(count, MANY);
    dsc_source_close(&source);
}

/* ---- hours ---- */

Test(hours, wrong_ones)
{
    static const char *const wrong[] = {
        "",           "20:00",        "20:00-",      "24:00-06:00",
        "20:60-6:00", "20:00-20:00",  "a-b",         "20:00-06:00x",
        "-1:00-2:00", "20:00 -06:00", "20.00-06.00", "20:00-06",
    };
    dsc_batch_limits l;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_eq(dsc_batch_parse_hours(&l, wrong[i], NULL), DSC_USAGE, "%s",
                     wrong[i]);
}

Test(hours, by_day_and_over_midnight)
{
    dsc_batch_limits l = {.seconds = 0};
    int open = 0;

    cr_expect(dsc_batch_open_at(&l, 0));
    cr_assert_eq(dsc_batch_parse_hours(&l, "20:00-06:30", NULL), DSC_OK);
    for (int m = 0; m < 24 * 60; m++)
        open += dsc_batch_open_at(&l, m);
    cr_expect_eq(open, 10 * 60 + 30);
    cr_expect(dsc_batch_open_at(&l, 20 * 60));
    cr_expect(dsc_batch_open_at(&l, 0));
    cr_expect_not(dsc_batch_open_at(&l, 6 * 60 + 30));
    cr_assert_eq(dsc_batch_parse_hours(&l, "9:00-17:00", NULL), DSC_OK);
    cr_expect(dsc_batch_open_at(&l, 9 * 60));
    cr_expect_not(dsc_batch_open_at(&l, 17 * 60));
    cr_expect_not(dsc_batch_open_at(&l, 0));
}

/* ---- the wire ---- */

/* ---- a watched folder's clock ---- */

Test(watch, a_clock_that_jumps_keeps_no_file_waiting)
{
    const int64_t hour = 3600 * 1000;

    cr_expect(!dsc_watch_tries_again(1000 * hour, 1000 * hour));
    cr_expect(!dsc_watch_tries_again(1000 * hour, 1000 * hour + 60000));
    cr_expect(dsc_watch_tries_again(1000 * hour, 1001 * hour));
    cr_expect(dsc_watch_tries_again(1000 * hour, 999 * hour));
    cr_expect(dsc_watch_tries_again(1000 * hour, 0));
}

Test(wire, a_job_with_its_bytes)
{
    char name[] = "A.zip!1/x", relative[] = "x", got[64];
    dsc_task task = {.name = name, .relative = relative, .modified = 77};
    dsc_job job;
    int fds[2], passed = -1;

    task.fd = memfd_create("x", MFD_CLOEXEC);
    cr_assert_eq(write(task.fd, "bytes", 5), 5);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    cr_assert(dsc_send_job(fds[0], &task, true, -42));
    cr_assert(dsc_read_job(fds[1], &job, &passed));
    cr_expect(job.has_fd);
    cr_expect_eq(job.modified, 77);
    cr_expect_eq(job.lore_id, -42);
    cr_assert(dsc_read_all(fds[1], got, job.name_len));
    cr_expect_str_eq(got, name);
    cr_assert(dsc_read_all(fds[1], got, job.relative_len));
    cr_assert_geq(passed, 0);
    cr_expect_neq(passed, task.fd);
    cr_expect_eq(pread(passed, got, sizeof got, 0), 5);
    close(passed);
    close(task.fd);
    task.fd = passed = -1;
    cr_assert(dsc_send_job(fds[0], &task, true, 0));
    cr_assert(dsc_read_job(fds[1], &job, &passed));
    cr_expect_not(job.has_fd);
    cr_expect_eq(passed, -1);
    close(fds[0]);
    close(fds[1]);
}

/* A worker may be overwritten by what it reads: nothing it says is believed. */
Test(wire, answers_that_make_no_sense)
{
    static const dsc_answer wrong[] = {
        {.outcome = DSC_IGNORED + 1, .reason_len = 1},
        {.outcome = DSC_CLEAN, .reason_len = 0},
        {.outcome = DSC_CLEAN, .reason_len = 5000},
        {.outcome = DSC_CLEAN, .reason_len = 1, .line_len = UINT32_MAX},
        {.outcome = DSC_CLEAN, .reason_len = 1, .output_len = 1u << 30},
        {.outcome = DSC_CLEAN, .reason_len = 100}, /* which do not come */
        {.outcome = DSC_CLEAN, .reason_len = 7},   /* and one more */
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        dsc_reply reply = {.head = {0}};
        int fds[2];
        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        cr_assert(dsc_write_all(fds[0], &wrong[i], sizeof wrong[i]));
        cr_assert(dsc_write_all(fds[0], "12345678", 8));
        close(fds[0]);
        cr_expect_not(dsc_read_reply(fds[1], &reply), "%zu", i);
        dsc_reply_free(&reply);
        close(fds[1]);
    }
}

/* More than a socket takes or a reader's first gulp. */
Test(wire, a_long_answer)
{
    dsc_reply sent = {.head = {.outcome = DSC_SCRUBBED}}, got = {.head = {0}};
    int fds[2];
    pid_t pid;

    cr_assert_eq(dsc_buf_append(&sent.reason, "why", 4, NULL), DSC_OK);
    cr_assert_eq(dsc_buf_resize(&sent.line, 3000000, NULL), DSC_OK);
    for (size_t i = 0; i < sent.line.len; i++)
        sent.line.data[i] = (uint8_t)(i % 251);
    cr_assert_eq(dsc_buf_append(&sent.output, "out/x", 6, NULL), DSC_OK);
    sent.head.reason_len = (uint32_t)sent.reason.len;
    sent.head.line_len = (uint32_t)sent.line.len;
    sent.head.output_len = (uint32_t)sent.output.len;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    pid = fork();
    if (!pid)
        _exit(dsc_send_reply(fds[0], &sent) ? 0 : 1);
    cr_assert(dsc_read_reply(fds[1], &got));
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    cr_expect_str_eq((const char *)got.reason.data, "why");
    cr_assert_eq(got.line.len, sent.line.len);
    cr_expect_eq(memcmp(got.line.data, sent.line.data, sent.line.len), 0);
    cr_expect_str_eq((const char *)got.output.data, "out/x");
    dsc_reply_empty(&got); /* what is large is given back */
    cr_expect_null(got.line.data);
    cr_expect_not_null(got.reason.data);
    sent.line.len = sent.head.line_len = 10;
    cr_assert(dsc_send_reply(fds[0], &sent));
    cr_assert(dsc_read_reply(fds[1], &got));
    cr_expect_eq(got.line.len, 10);
    cr_expect_str_eq((const char *)got.reason.data, "why");
    dsc_reply_free(&sent);
    dsc_reply_free(&got);
    close(fds[0]);
    close(fds[1]);
}

Test(wire, strings_end_and_names_stay_inside)
{
    dsc_answer a = {.outcome = DSC_CLEAN, .reason_len = 3, .output_len = 3};
    dsc_reply reply = {.head = {0}};
    int fds[2];

    memset(a.study, 'x', sizeof a.study);
    memset(a.modality, 'x', sizeof a.modality);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    cr_assert(dsc_write_all(fds[0], &a, sizeof a));
    cr_assert(dsc_write_all(fds[0], "abcdef", 6));
    cr_assert(dsc_read_reply(fds[1], &reply));
    cr_expect_str_eq((const char *)reply.reason.data, "ab");
    cr_expect_str_eq((const char *)reply.output.data, "de");
    cr_expect_eq(strlen(reply.head.study), sizeof a.study - 1);
    cr_expect_eq(strlen(reply.head.modality), sizeof a.modality - 1);
    dsc_reply_free(&reply);
    close(fds[0]);
    close(fds[1]);
}

/* ---- who gets which file ---- */

static dsc_task *next_for(dsc_pool *p, unsigned worker)
{
    dsc_worker *w = &p->workers[worker];
    dsc_task *t = NULL;

    dsc_task_free(&w->task);
    cr_assert_eq(dsc_pool_choose(p, w, &t, NULL), DSC_OK);
    w->task = t;
    if (t)
        w->folder = t->folder;
    return t;
}

Test(choose, a_worker_keeps_to_its_folder, .init = enter, .fini = leave)
{
    static const char *const inputs[] = {"in"};
    dsc_batch_options o = {.source = {.inputs = inputs, .input_count = 1}};
    dsc_batch_totals totals = {.worker_deaths = 0};
    dsc_worker workers[2] = {{.fd = -1}, {.fd = -1}};
    dsc_pool p = {
        .options = &o, .workers = workers, .count = 2, .totals = &totals};
    unsigned of_a = 0, of_b = 0, stolen = 0;
    char path[64];

    mkdir("in", 0700);
    mkdir("in/a", 0700);
    mkdir("in/b", 0700);
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof path, "in/%c/%02d", i % 2 ? 'a' : 'b', i);
        put(path, "", 0);
    }
    cr_assert_eq(dsc_source_open(&p.source, &o.source, NULL), DSC_OK);
    for (int i = 0; i < 20; i++) {
        of_a += !strncmp(next_for(&p, 0)->name, "in/a", 4);
        of_b += !strncmp(next_for(&p, 1)->name, "in/b", 4);
    }
    cr_expect_eq(of_a, 20);
    cr_expect_eq(of_b, 20);
    cr_expect_null(next_for(&p, 0));
    dsc_source_close(&p.source);
    /* One folder for two: nobody is idle. */
    o.source.inputs = (const char *const[]){"in/a"};
    p.source_ended = false;
    cr_assert_eq(dsc_source_open(&p.source, &o.source, NULL), DSC_OK);
    while (next_for(&p, 0) && next_for(&p, 1))
        stolen++;
    cr_expect_eq(stolen, 10);
    dsc_task_free(&workers[0].task);
    dsc_task_free(&workers[1].task);
    dsc_source_close(&p.source);
}

/* ---- what becomes of outputs ---- */

/* A pool of one worker, which is this test, and what it has told. */
typedef struct office {
    dsc_batch_options options;
    dsc_place *place;
    dsc_batch_totals totals;
    dsc_worker worker;
    dsc_pool pool;
    dsc_begun begun;
    int fd; /* the worker's end */
    char told[256];
} office;

static bool hear(void *ctx, const dsc_batch_event *e)
{
    office *o = ctx;
    size_t at = strlen(o->told);

    snprintf(o->told + at, sizeof o->told - at, "%s;",
             dsc_outcome_name(e->outcome));
    return true;
}

static void open_office(office *o)
{
    static const dsc_ledger_run run = {
        .version = "1.0", .settings = "s", .output = "out", .shard = ""};
    int fds[2];

    *o = (office){.options = {.output = "out"}};
    cr_assert_eq(
        dsc_ledger_open(&o->options.ledger, "l.db", DSC_LEDGER_CREATE, NULL),
        DSC_OK);
    cr_assert_eq(dsc_ledger_begin(o->options.ledger, &run, NULL), DSC_OK);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    o->fd = fds[1];
    o->worker.fd = fds[0];
    o->pool = (dsc_pool){.options = &o->options,
                         .totals = &o->totals,
                         .workers = &o->worker,
                         .count = 1,
                         .fn = hear,
                         .ctx = o};
    dsc_begun_open(&o->begun, o->options.ledger, 0);
    cr_assert_geq(o->begun.fd, 0);
    cr_assert_eq(mkdir("out", 0700), 0);
    cr_assert_eq(dsc_place_open(&o->place, "out", NULL), DSC_OK);
    o->options.place = o->place;
}

static void close_office(office *o)
{
    close(o->begun.fd);
    close(o->fd);
    close(o->worker.fd);
    dsc_task_free(&o->worker.task);
    dsc_ledger_close(&o->options.ledger);
    dsc_place_close(&o->place);
}

static void note(office *o, const char *output, const char *instance)
{
    dsc_result r = DSC_RESULT_INIT;

    snprintf(r.study, sizeof r.study, "1");
    snprintf(r.series, sizeof r.series, "2");
    snprintf(r.instance, sizeof r.instance, "%s", instance);
    cr_assert_eq(dsc_begun_note(&o->begun, false, output, &r, NULL), DSC_OK);
}

static void add_row(office *o, char *input, const char *output,
                    const char *instance)
{
    dsc_task task = {.name = input, .fd = -1};
    dsc_reply reply = {.head = {.outcome = DSC_CLEAN}};
    int64_t id;

    snprintf(reply.head.study, sizeof reply.head.study, "1");
    snprintf(reply.head.series, sizeof reply.head.series, "2");
    snprintf(reply.head.instance, sizeof reply.head.instance, "%s", instance);
    cr_assert_eq(
        dsc_buf_append(&reply.output, output, strlen(output) + 1, NULL),
        DSC_OK);
    cr_assert_eq(dsc_record_put(&o->pool, &task, &reply, &id, NULL), DSC_OK);
    dsc_reply_free(&reply);
}

Test(begun, what_another_one_named_stays, .init = enter, .fini = leave)
{
    static office o;

    open_office(&o);
    note(&o, "out/x", "3"); /* it is free, but another one is first */
    put("out/x", "other", 5);
    add_row(&o, (char[]){"b/x"}, "out/x", "4");
    note(&o, "out/y", "5"); /* that of another ledger */
    put("out/y", "other", 5);
    cr_expect_eq(dsc_begun_reclaim(&o.pool, 0, NULL), DSC_OK);
    cr_expect_eq(access("out/x", F_OK), 0);
    cr_expect_eq(access("out/y", F_OK), 0);
    cr_expect_neq(access("l.db-begun-0", F_OK), 0);
    close_office(&o);
}

/* The worker makes it, of these bytes. */
static dsc_ledger_file name(office *o, const char *output, const char *instance)
{
    dsc_ledger_file file = {.known = true, .sha256 = {7}, .ours = true};
    struct stat info;

    note(o, output, instance);
    put(output, "mine", 4);
    cr_assert_eq(stat(output, &info), 0);
    dsc_place_identify(&file, &info);
    cr_assert_eq(dsc_begun_named(&o->begun, &file, NULL), DSC_OK);
    return file;
}

Test(begun, what_this_one_named_goes, .init = enter, .fini = leave)
{
    static office o;
    dsc_ledger_file file;
    dsc_ledger_output output;

    open_office(&o);
    name(&o, "out/w", "6");
    file = name(&o, "out/x", "3");
    add_row(&o, (char[]){"a/x"}, "out/x", "3");
    file.ours = false; /* a twin has met it there */
    o.pool.queued[0].reply.head.file = file;
    cr_expect_eq(dsc_begun_reclaim(&o.pool, 0, NULL), DSC_OK);
    cr_expect_neq(access("out/w", F_OK), 0); /* no row has it */
    cr_expect_eq(access("out/x", F_OK), 0);
    cr_assert_eq(dsc_ledger_get_output(o.options.ledger, "a/x", &output, NULL),
                 DSC_OK);
    cr_expect(output.file.ours && dsc_place_is("out/x", &output.file));
    dsc_free(output.path);
    close_office(&o);
}

/* In a copy of the folder it is another file of the same bytes. */
Test(begun, what_was_copied_is_ours, .init = enter, .fini = leave)
{
    /* printf mine | sha256sum */
    static const uint8_t digest[] = {
        0x3f, 0xd3, 0x05, 0x42, 0xfe, 0x3f, 0x61, 0xb1, 0x4b, 0xd4, 0xa4,
        0xb2, 0xdc, 0x0b, 0x6f, 0xb3, 0x0f, 0xa6, 0xf6, 0x3e, 0xbc, 0xe5,
        0x2d, 0xd1, 0x77, 0x8a, 0xaa, 0x8c, 0x4d, 0xc0, 0x2c, 0xff};
    static office o;
    dsc_ledger_file file;
    dsc_ledger_output output;
    char path[8], kept[8];

    open_office(&o);
    for (const char *c = "wxy"; *c; c++) {
        snprintf(path, sizeof path, "out/%c", *c);
        snprintf(kept, sizeof kept, "kept-%c", *c);
        file = name(&o, path, path);
        memcpy(file.sha256, digest, sizeof digest);
        cr_assert_eq(dsc_begun_named(&o.begun, &file, NULL), DSC_OK);
        cr_assert_eq(rename(path, kept), 0); /* its inode stays taken */
        put(path, *c == 'y' ? "else" : "mine", 4);
    }
    add_row(&o, (char[]){"a/x"}, "out/x", "out/x");
    o.pool.queued[0].reply.head.file = file;
    cr_expect_eq(dsc_begun_reclaim(&o.pool, 0, NULL), DSC_OK);
    cr_expect_neq(access("out/w", F_OK), 0); /* no row has it */
    cr_expect_eq(access("out/x", F_OK), 0);
    cr_expect_eq(access("out/y", F_OK), 0, "somebody else's");
    cr_assert_eq(dsc_ledger_get_output(o.options.ledger, "a/x", &output, NULL),
                 DSC_OK);
    cr_expect(output.file.ours && dsc_place_is("out/x", &output.file));
    dsc_free(output.path);
    close_office(&o);
}

/* Somebody else was first, with the same bytes. */
Test(begun, what_was_there_stays, .init = enter, .fini = leave)
{
    static office o;

    open_office(&o);
    name(&o, "out/x", "3");
    cr_assert_eq(
        dsc_begun_named(&o.begun, &(dsc_ledger_file){.known = false}, NULL),
        DSC_OK);
    cr_expect_eq(dsc_begun_reclaim(&o.pool, 0, NULL), DSC_OK);
    cr_expect_eq(access("out/x", F_OK), 0);
    close_office(&o);
}

/* A row has its name, but other bytes: it was lost before. */
Test(begun, what_took_a_lost_name_goes, .init = enter, .fini = leave)
{
    static office o;
    dsc_ledger_file lost;

    open_office(&o);
    lost = name(&o, "out/x", "3");
    lost.sha256[0]++;
    add_row(&o, (char[]){"a/x"}, "out/x", "3");
    o.pool.queued[0].reply.head.file = lost;
    cr_expect_eq(dsc_begun_reclaim(&o.pool, 0, NULL), DSC_OK);
    cr_expect_neq(access("out/x", F_OK), 0);
    close_office(&o);
}

/* An entry of a version that told no digest. */
Test(begun, an_older_entry, .init = enter, .fini = leave)
{
    static office o;
    struct stat info;
    char entry[256];
    int n;

    open_office(&o);
    put("out/x", "mine", 4);
    put("out/y", "other", 5);
    cr_assert_eq(stat("out/x", &info), 0);
    n = snprintf(entry, sizeof entry,
                 "%020ju %020ju %020jd%cout/x%c1%c2%c3%c%020ju %020ju %020jd%c"
                 "out/y%c1%c2%c4%c%c",
                 (uintmax_t)info.st_ino, (uintmax_t)info.st_size,
                 (intmax_t)info.st_mtim.tv_sec * 1000000000 +
                     info.st_mtim.tv_nsec,
                 0, 0, 0, 0, 0, (uintmax_t)info.st_ino, (uintmax_t)info.st_size,
                 (intmax_t)0, 0, 0, 0, 0, 0, 0);
    put("l.db-begun-0", entry, (size_t)n);
    cr_expect_eq(dsc_begun_reclaim(&o.pool, 0, NULL), DSC_OK);
    cr_expect_neq(access("out/x", F_OK), 0);
    cr_expect_eq(access("out/y", F_OK), 0);
    close_office(&o);
}

/* Where a ledger is locked, nobody waits for it twice. */
Test(record, a_run_that_never_began_does_not_end, .init = enter, .fini = leave)
{
    static office o;
    dsc_ledger_last last;

    open_office(&o);
    cr_expect_eq(dsc_record_end(&o.pool, true, false, NULL), DSC_OK);
    cr_assert_eq(dsc_ledger_last_run(o.options.ledger, &last, NULL), DSC_OK);
    cr_expect_str_eq(last.state, "running");
    dsc_free(last.output);
    close_office(&o);
}

Test(begun, an_entry_goes_after_the_row_is_on_disk, .init = enter,
     .fini = leave)
{
    static office o;
    dsc_ledger *reader = NULL;
    dsc_ledger_known known;

    open_office(&o);
    note(&o, "out/x", "3");
    put("out/x", "mine", 4);
    add_row(&o, (char[]){"a/x"}, "out/x", "3");
    cr_expect_eq(dsc_begun_reclaim(&o.pool, 0, NULL), DSC_OK);
    cr_expect_neq(access("l.db-begun-0", F_OK), 0);
    cr_expect_eq(access("out/x", F_OK), 0);
    /* as after a kill of the supervisor */
    cr_assert_eq(dsc_ledger_open(&reader, "l.db", DSC_LEDGER_READ, NULL),
                 DSC_OK);
    cr_assert_eq(dsc_ledger_find(reader, "a/x", &known, NULL), DSC_OK);
    cr_expect(known.found);
    dsc_ledger_close(&reader);
    close_office(&o);
}

/* The worker's answer: all is well, it is out/x. */
static void answer(office *o)
{
    dsc_answer a = {.outcome = DSC_CLEAN,
                    .reason_len = 1,
                    .line_len = 3,
                    .output_len = sizeof "out/x"};

    cr_assert(dsc_write_all(o->fd, &a, sizeof a));
    cr_assert(dsc_write_all(o->fd, "", 1));
    cr_assert(dsc_write_all(o->fd, "{}\n", 3));
    cr_assert(dsc_write_all(o->fd, "out/x", sizeof "out/x"));
}

static bool is_begun(office *o)
{
    dsc_job job;
    char got[64];
    int passed = -1;

    return recv(o->fd, got, 1, MSG_PEEK | MSG_DONTWAIT) == 1 &&
           dsc_read_job(o->fd, &job, &passed) &&
           dsc_read_all(o->fd, got, job.name_len) &&
           dsc_read_all(o->fd, got, job.relative_len);
}

Test(record, an_output_that_was_taken_away_is_made_again, .init = enter,
     .fini = leave)
{
    static office o;
    static const dsc_item item = {.name = "a/x", .relative = "x", .fd = -1};
    dsc_ledger_known known;

    open_office(&o);
    for (int there = 0; there < 2; there++) {
        dsc_task *t = dsc_task_new(&item, 1);
        o.told[0] = '\0';
        unlink("out/x");
        cr_assert_eq(dsc_pool_hand_over(&o.pool, &o.worker, t, NULL), DSC_OK);
        cr_expect(is_begun(&o));
        answer(&o);
        cr_expect_eq(dsc_pool_listen(&o.pool, &o.worker, NULL), DSC_OK);
        cr_expect_str_eq(o.told, "");
        cr_assert(is_begun(&o), "%s", o.told);
        if (there)
            put("out/x", "", 0);
        answer(&o);
        cr_expect_eq(dsc_pool_listen(&o.pool, &o.worker, NULL), DSC_OK);
        cr_expect_str_eq(o.told, there ? "clean;" : "failed;");
        cr_expect_not(is_begun(&o));
        cr_assert_eq(dsc_record_drain(&o.pool, NULL), DSC_OK);
        cr_assert_eq(dsc_ledger_find(o.options.ledger, "a/x", &known, NULL),
                     DSC_OK);
        cr_expect_eq(known.outcome, there ? DSC_CLEAN : DSC_FAILED);
    }
    close_office(&o);
}

/* ---- digests, names ---- */

Test(sha256, of_a_descriptor, .init = enter, .fini = leave)
{
    /* FIPS 180-2, B.1 */
    static const uint8_t abc[32] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
        0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
        0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    uint8_t got[32];
    int fd;

    put("abc", "abc", 3);
    fd = open("abc", O_RDONLY);
    cr_assert_eq(lseek(fd, 2, SEEK_SET), 2);
    cr_assert_eq(dsc_sha256_fd(fd, got, NULL), DSC_OK);
    cr_expect_arr_eq(got, abc, 32);
    cr_expect_eq(lseek(fd, 0, SEEK_CUR), 2);
    close(fd);
    cr_expect_eq(dsc_sha256_fd(fd, got, NULL), DSC_IO);
    fd = open(".", O_RDONLY);
    cr_expect_eq(dsc_sha256_fd(fd, got, NULL), DSC_IO);
    close(fd);
}

Test(names, dots)
{
    cr_expect(dsc_batch_has_dots(".."));
    cr_expect(dsc_batch_has_dots("a/../b"));
    cr_expect(dsc_batch_has_dots("a/.."));
    cr_expect(dsc_batch_has_dots("/../a"));
    cr_expect_not(dsc_batch_has_dots("a..b/...c/d.."));
    cr_expect_not(dsc_batch_has_dots(""));
    cr_expect_not(dsc_batch_has_dots("./a"));
}
