/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "ledger/ledger_priv.h"
#include "ledgers.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Opening must fail with these words. */
static void refused(dsc_ledger_mode mode, const char *words)
{
    dsc_ledger *l = NULL;
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = dsc_ledger_open(&l, file, mode, &err);

    cr_expect_neq(st, DSC_OK, "opened, and should not: %s", words);
    cr_expect_not_null(strstr(err.msg, words), "\"%s\" is not \"%s\"", err.msg,
                       words);
    cr_expect_null(strstr(err.msg, folder), "a path in: %s", err.msg);
    cr_expect_null(l);
    dsc_ledger_close(&l);
}

static dsc_ledger_known find(dsc_ledger *l, const char *input)
{
    dsc_ledger_known known;
    dsc_error err = DSC_ERROR_INIT;
    cr_assert_eq(dsc_ledger_find(l, input, &known, &err), DSC_OK, "%s",
                 err.msg);
    return known;
}

static void write_text(const char *path, const char *text)
{
    FILE *fp = fopen(path, "w");
    cr_assert_not_null(fp);
    fputs(text, fp);
    fclose(fp);
}

static void by_hand(const char *sql)
{
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(file, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s",
                 sqlite3_errmsg(db));
    sqlite3_close(db);
}

/* ---- rows ---- */

Test(rows, come_back_as_they_were, .init = enter, .fini = leave)
{
    /* not UTF-8, and longer than PATH_MAX */
    static char odd[5000];
    uint8_t sha[32] = {1, 2, [31] = 255};
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    dsc_ledger_row row;
    collected c = {.rows = 0};
    struct stat sb;

    memset(odd, 'x', sizeof odd - 1);
    memcpy(odd, "a/\xFF\xC3(\n'\";--", 10);
    row = row_of(odd, DSC_SCRUBBED);
    row.sha256 = sha;
    row.record = "{\"input\":\"x\"}";
    row.size = (int64_t)1 << 40;
    cr_assert_eq(dsc_ledger_put(l, &row, NULL), DSC_OK);
    dsc_ledger_close(&l);
    cr_assert_eq(stat(file, &sb), 0);
    cr_expect_eq(sb.st_mode & 0777, 0600);
    l = open_run(DSC_LEDGER_RESUME);
    cr_expect(find(l, odd).found);
    cr_expect_eq(find(l, odd).size, (int64_t)1 << 40);
    cr_expect_eq(find(l, odd).outcome, DSC_SCRUBBED);
    cr_expect_not(find(l, "a").found);
    ask(l, (dsc_ledger_query){.outcomes = 0}, &c);
    cr_expect_eq(c.rows, 1);
    cr_expect_arr_eq(c.sha, sha, 32);
    cr_expect_str_eq(c.record, "{\"input\":\"x\"}");
    cr_expect_eq(c.last.run, 1);
    dsc_ledger_close(&l);
}

Test(rows, one_for_each_input_and_totals, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    dsc_ledger_totals t;

    put(l, "a", DSC_FAILED);
    put(l, "a", DSC_SCRUBBED);
    put(l, "b", DSC_QUARANTINED);
    put(l, "c", DSC_QUARANTINED);
    put(l, "c", DSC_QUARANTINED);
    put(l, "d", DSC_CLEAN);
    cr_assert_eq(dsc_ledger_get_totals(l, &t, NULL), DSC_OK);
    cr_expect_eq(t.files[DSC_FAILED], 0);
    cr_expect_eq(t.files[DSC_SCRUBBED], 1);
    cr_expect_eq(t.files[DSC_QUARANTINED], 2);
    cr_expect_eq(t.files[DSC_CLEAN], 1);
    cr_expect_eq(t.bytes[DSC_QUARANTINED], 200);
    cr_expect_eq(t.bytes[DSC_FAILED], 0);
    dsc_ledger_close(&l);
}

Test(rows, the_second_of_one_output_is_a_duplicate, .init = enter,
     .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    collected c = {.stop_at = 1};
    dsc_ledger_output output;

    put(l, "a", DSC_SCRUBBED);
    put(l, "b", DSC_SCRUBBED);
    put(l, "a", DSC_SCRUBBED); /* now it is this one that came later */
    put(l, "q", DSC_QUARANTINED);
    ask(l, (dsc_ledger_query){.outcomes = 0}, &c);
    cr_expect_str_eq(c.inputs, "a ");
    cr_expect(c.last.duplicate);
    /* an output that another row tells of must stay */
    cr_expect_eq(dsc_ledger_reopen(l, "a", NULL, &output, NULL), DSC_OK);
    cr_expect_null(output.path);
    cr_expect_eq(find(l, "a").outcome, DSC_LEDGER_PENDING);
    /* and the last one takes it along */
    cr_expect_eq(dsc_ledger_reopen(l, "b", NULL, &output, NULL), DSC_OK);
    cr_assert_not_null(output.path);
    cr_expect_str_eq(output.path, "out/1/2/3.dcm");
    dsc_free(output.path);
    cr_expect_eq(dsc_ledger_reopen(l, "q", NULL, &output, NULL), DSC_OK);
    cr_expect_null(output.path);
    cr_expect_eq(dsc_ledger_reopen(l, "unknown", NULL, &output, NULL), DSC_OK);
    cr_expect_null(output.path);
    dsc_ledger_close(&l);
}

Test(rows, the_output_of_an_input, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    static const char *const none[] = {"q", "unknown", ""};
    dsc_ledger_output output;

    put(l, "a", DSC_SCRUBBED);
    put(l, "q", DSC_QUARANTINED);
    cr_expect_eq(dsc_ledger_get_output(l, "a", &output, NULL), DSC_OK);
    cr_assert_not_null(output.path);
    cr_expect_str_eq(output.path, "out/1/2/3.dcm");
    dsc_free(output.path);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        cr_expect_eq(dsc_ledger_get_output(l, none[i], &output, NULL), DSC_OK);
        cr_expect_null(output.path);
    }
    dsc_alloc_fail_after(1);
    cr_expect_eq(dsc_ledger_get_output(l, "a", &output, NULL), DSC_NOMEM);
    dsc_alloc_fail_after(0);
    cr_expect_null(output.path);
    dsc_ledger_close(&l);
}

Test(rows, a_twin_of_other_settings_keeps_no_output, .init = enter,
     .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    dsc_ledger_run other = {
        .version = "1.0", .settings = "others", .output = "out", .shard = ""};
    dsc_ledger_output output;

    put(l, "a", DSC_SCRUBBED);
    put(l, "b", DSC_SCRUBBED);
    cr_assert_eq(dsc_ledger_begin(l, &other, NULL), DSC_OK);
    /* both will be done anew: the first one must not meet the old output */
    cr_expect_eq(dsc_ledger_reopen(l, "a", NULL, &output, NULL), DSC_OK);
    cr_assert_not_null(output.path);
    dsc_free(output.path);
    put(l, "a", DSC_SCRUBBED);
    /* and the second one must not take the new one away */
    cr_expect_eq(dsc_ledger_reopen(l, "b", NULL, &output, NULL), DSC_OK);
    cr_expect_null(output.path);
    dsc_ledger_close(&l);
}

Test(lock, is_seen_from_outside, .init = enter, .fini = leave)
{
    dsc_ledger *l = NULL;

    cr_expect_not(dsc_ledger_is_busy(file));
    l = open_run(DSC_LEDGER_CREATE);
    cr_expect(dsc_ledger_is_busy(file));
    dsc_ledger_close(&l);
    cr_expect_not(dsc_ledger_is_busy(file));
}

Test(rows, readers_ask_by_outcome_and_study, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    collected c = {.rows = 0};
    dsc_ledger_row row = row_of("z", DSC_SCRUBBED);

    put(l, "a", DSC_SCRUBBED);
    put(l, "b", DSC_QUARANTINED);
    row.study = "0";
    cr_assert_eq(dsc_ledger_put(l, &row, NULL), DSC_OK);
    put(l, "c", DSC_FAILED);
    ask(l, (dsc_ledger_query){.outcomes = 1u << DSC_QUARANTINED}, &c);
    cr_expect_str_eq(c.inputs, "b ");
    c = (collected){.rows = 0};
    ask(l, (dsc_ledger_query){.by_study = true}, &c);
    cr_expect_str_eq(c.inputs, "z a b c ");
    c = (collected){.rows = 0};
    ask(l, (dsc_ledger_query){.study = "0"}, &c);
    cr_expect_str_eq(c.inputs, "z ");
    dsc_ledger_close(&l);
}

static bool take_run(void *ctx, const dsc_ledger_run *run)
{
    char *text = ctx;
    size_t at = strlen(text);
    snprintf(text + at, 256 - at, "%s/%s/%s/%s ", run->version, run->output,
             run->state, run->ended ? "ended" : "open");
    return true;
}

Test(rows, of_the_last_runs_and_what_was_learned, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    dsc_ledger_row row = row_of("learned", DSC_QUARANTINED);
    dsc_taught taught = {true, {1, 2, 0}, 3, 4};
    collected c = {.rows = 0};

    put(l, "old", DSC_CLEAN);
    put(l, "again", DSC_CLEAN);
    cr_assert_eq(
        dsc_ledger_reopen(l, "old", NULL, &(dsc_ledger_output){NULL}, NULL),
        DSC_OK);
    dsc_ledger_close(&l);
    l = open_run(DSC_LEDGER_RESUME);
    put(l, "new", DSC_CLEAN);
    put(l, "again", DSC_CLEAN);
    row.learned = true;
    cr_assert_eq(dsc_ledger_put(l, &row, NULL), DSC_OK);
    cr_expect_eq(find(l, "again").run, 2);
    ask(l, (dsc_ledger_query){.after_run = 1}, &c);
    cr_expect_str_eq(c.inputs, "again new learned ");
    cr_expect(c.last.learned && !c.last.taught.asked, "refused before");
    c = (collected){.stop_at = 2};
    ask(l, (dsc_ledger_query){.after_run = 1}, &c);
    cr_expect(!c.last.learned, "with --no-learn");
    c = (collected){.rows = 0};
    ask(l, (dsc_ledger_query){.outcomes = 1u << DSC_LEDGER_PENDING}, &c);
    cr_expect_str_eq(c.inputs, "old ");
    c = (collected){.rows = 0};
    ask(l, (dsc_ledger_query){.after_run = 2}, &c);
    cr_expect_str_eq(c.inputs, "");
    row.taught = taught;
    cr_assert_eq(dsc_ledger_put(l, &row, NULL), DSC_OK);
    ask(l, (dsc_ledger_query){.outcomes = 1u << DSC_QUARANTINED}, &c);
    cr_expect(c.last.learned && c.last.taught.asked);
    cr_expect(c.last.taught.kin.patient == 2 && c.last.taught.known == 4);
    dsc_ledger_close(&l);
}

/* ---- what they told of before ---- */

static bool list_former(void *ctx, const dsc_ledger_row *r)
{
    char *text = ctx;
    size_t at = strlen(text);

    snprintf(text + at, 256 - at, "%s%d@%d:%d ", r->input, (int)r->size,
             (int)r->run, (int)r->taught.known);
    return r->learned;
}

static const char *former(dsc_ledger *l, int64_t after_run)
{
    static char text[256];

    text[0] = '\0';
    cr_assert_eq(dsc_ledger_each_former(l, after_run, list_former, text, NULL),
                 DSC_OK);
    return text;
}

static const uint8_t sha_1[32] = {1}, sha_2[32] = {2};

static const struct {
    const char *name;
    int64_t size, modified;
    const uint8_t *before, *sha256;
    uint64_t known;       /* before; 0: refused before it was asked */
    bool learned, asked;  /* now */
    bool reopened, keeps; /* what it told of before */
} changes[] = {
    {"nothing", 100, 5, sha_1, sha_1, 4, true, true, false, false},
    {"outcome", 100, 5, NULL, NULL, 4, true, true, true, false},
    {"time only", 100, 6, sha_1, sha_1, 4, true, true, true, false},
    {"time, no digest", 100, 6, NULL, NULL, 4, true, true, false, true},
    {"time, no digest now", 100, 6, sha_1, NULL, 4, true, true, false, true},
    {"bytes", 100, 6, sha_1, sha_2, 4, true, true, true, true},
    {"size", 101, 5, NULL, NULL, 4, true, true, false, true},
    {"refused now", 100, 5, sha_1, sha_1, 4, true, false, true, true},
    {"no-learn now", 100, 5, sha_1, sha_1, 4, false, false, false, true},
    {"nobody asked", 101, 6, sha_1, sha_2, 0, true, true, true, false},
};

Test(rows, what_they_told_of_before, .init = enter, .fini = leave)
{
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const uint64_t known = changes[i].known;
        const char *kept = changes[i].keeps ? "a100@1:4 " : "";
        dsc_ledger_row row = row_of("a", DSC_CLEAN), first;
        dsc_ledger *l = open_run(DSC_LEDGER_CREATE);

        row.learned = true;
        row.sha256 = changes[i].before;
        row.taught = (dsc_taught){known > 0, {1, 2, 0}, 3, known};
        first = row;
        cr_assert_eq(dsc_ledger_put(l, &row, NULL), DSC_OK);
        dsc_ledger_close(&l);
        l = open_run(DSC_LEDGER_RESUME);
        if (changes[i].reopened)
            cr_assert_eq(dsc_ledger_reopen(l, "a", NULL,
                                           &(dsc_ledger_output){NULL}, NULL),
                         DSC_OK);
        row.size = changes[i].size;
        row.modified = changes[i].modified;
        row.sha256 = changes[i].sha256;
        row.learned = changes[i].learned;
        row.taught = (dsc_taught){changes[i].asked, {1, 2, 0}, 3, 5};
        cr_assert_eq(dsc_ledger_put(l, &row, NULL), DSC_OK);
        cr_expect_str_eq(former(l, 0), kept, "%s", changes[i].name);
        cr_expect_str_eq(former(l, 1), "", "%s", changes[i].name);
        /* What it was, and is, comes once more. */
        for (int turn = 0; turn < 4; turn++)
            cr_expect_eq(dsc_ledger_put(l, turn % 2 ? &row : &first, NULL),
                         DSC_OK, "%s: turn %d", changes[i].name, turn);
        cr_expect_eq(strncmp(former(l, 0), kept, strlen(kept)), 0, "%s",
                     changes[i].name);
        dsc_ledger_close(&l);
        unlink(file);
    }
}

Test(rows, settings_of_another_run_are_told, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    dsc_ledger_run other = {
        .version = "1.0", .settings = "ffff", .output = "out2", .shard = "1/2"};
    char runs[256] = "";

    put(l, "a", DSC_CLEAN);
    cr_expect(find(l, "a").same_run_settings);
    cr_assert_eq(dsc_ledger_end(l, "finished", NULL), DSC_OK);
    cr_assert_eq(dsc_ledger_begin(l, &other, NULL), DSC_OK);
    cr_expect_not(find(l, "a").same_run_settings);
    cr_assert_eq(dsc_ledger_runs(l, take_run, runs, NULL), DSC_OK);
    cr_expect_str_eq(runs, "1.0/out/finished/ended 1.0/out2/running/open ");
    dsc_ledger_close(&l);
}

Test(rows, a_kill_loses_at_most_the_open_group, .init = enter, .fini = leave)
{
    int status;
    dsc_ledger *l;
    pid_t pid = fork();

    if (pid == 0) {
        l = open_run(DSC_LEDGER_CREATE);
        put(l, "kept", DSC_CLEAN);
        if (dsc_ledger_flush(l, NULL))
            _exit(1);
        put(l, "lost", DSC_CLEAN);
        kill(getpid(), SIGKILL);
    }
    waitpid(pid, &status, 0);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    l = open_run(DSC_LEDGER_RESUME); /* the dead hold no lock */
    cr_expect(find(l, "kept").found);
    cr_expect_not(find(l, "lost").found);
    cr_expect_eq(dsc_ledger_check(l, NULL), DSC_OK);
    dsc_ledger_close(&l);
}

/* ---- what can be wrong with the file ---- */

Test(open, made_once, .init = enter, .fini = leave)
{
    dsc_ledger *l;

    refused(DSC_LEDGER_READ, "cannot be read");
    l = open_ledger(DSC_LEDGER_CREATE);
    dsc_ledger_close(&l);
    refused(DSC_LEDGER_CREATE, "--resume");
    l = open_ledger(DSC_LEDGER_RESUME);
    dsc_ledger_close(&l);
    l = open_ledger(DSC_LEDGER_READ);
    dsc_ledger_close(&l);
}

Test(open, an_empty_file_is_a_ledger_that_was_not_begun, .init = enter,
     .fini = leave)
{
    dsc_ledger *l;

    write_text(file, "");
    refused(DSC_LEDGER_READ, "empty");
    l = open_run(DSC_LEDGER_RESUME);
    put(l, "a", DSC_CLEAN);
    dsc_ledger_close(&l);
}

Test(open, other_files, .init = enter, .fini = leave)
{
    write_text(file, "This is no database, and it is longer than a header: "
                     "012345678901234567890123456789012345678901234567890123"
                     "456789012345678901234567890123456789");
    refused(DSC_LEDGER_RESUME, "no ledger");
    refused(DSC_LEDGER_READ, "no ledger");
    unlink(file);
    by_hand("CREATE TABLE other(x)");
    refused(DSC_LEDGER_RESUME, "no ledger");
    refused(DSC_LEDGER_READ, "no ledger");
    unlink(file);
    mkdir(file, 0700);
    refused(DSC_LEDGER_RESUME, "no regular file");
    refused(DSC_LEDGER_READ, "no regular file");
    rmdir(file);
    cr_assert_eq(mkfifo(file, 0600), 0);
    refused(DSC_LEDGER_RESUME, "no regular file");
    unlink(file);
    snprintf(file, sizeof file, "%s/none/l.db", folder);
    refused(DSC_LEDGER_RESUME, "cannot be written");
}

Test(open, of_a_newer_version, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    char sql[64];

    dsc_ledger_close(&l);
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d",
             dsc_ledger__current_version() + 1);
    by_hand(sql);
    refused(DSC_LEDGER_RESUME, "newer");
    refused(DSC_LEDGER_READ, "newer");
}

Test(open, corrupt, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    dsc_ledger_known known;
    dsc_error err = DSC_ERROR_INIT;
    char name[16], junk[4096];
    struct stat sb;
    int fd;

    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "%d", i);
        put(l, name, DSC_CLEAN);
    }
    dsc_ledger_close(&l);
    memset(junk, 0x5A, sizeof junk);
    fd = open(file, O_RDWR);
    cr_assert_eq(fstat(fd, &sb), 0);
    /* all pages but the one that names the tables */
    for (off_t at = 4096; at < sb.st_size; at += 4096)
        cr_assert_eq(pwrite(fd, junk, sizeof junk, at), 4096);
    close(fd);
    l = open_ledger(DSC_LEDGER_RESUME);
    cr_expect_eq(dsc_ledger_check(l, &err), DSC_BADFILE);
    cr_expect_str_eq(err.msg, "the ledger is corrupt");
    cr_expect_eq(dsc_ledger_find(l, "7", &known, NULL), DSC_BADFILE);
    dsc_ledger_close(&l);
    cr_assert_eq(truncate(file, 700), 0);
    refused(DSC_LEDGER_RESUME, "");
}

Test(open, by_two_batches, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE), *reader;
    dsc_ledger_totals t;

    put(l, "a", DSC_CLEAN);
    cr_assert_eq(dsc_ledger_flush(l, NULL), DSC_OK);
    put(l, "b", DSC_CLEAN);
    refused(DSC_LEDGER_RESUME, "another batch");
    reader = open_ledger(DSC_LEDGER_READ); /* this may be */
    cr_assert_eq(dsc_ledger_get_totals(reader, &t, NULL), DSC_OK);
    cr_expect_eq(t.files[DSC_CLEAN], 1);
    put(l, "c", DSC_CLEAN); /* and does not stop the writer */
    cr_expect_eq(dsc_ledger_flush(l, NULL), DSC_OK);
    dsc_ledger_close(&reader);
    dsc_ledger_close(&l);
}

Test(open, locked_by_another_program, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    sqlite3 *db = NULL;

    dsc_ledger_close(&l);
    cr_assert_eq(sqlite3_open(file, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db,
                              "PRAGMA locking_mode = EXCLUSIVE;"
                              "BEGIN EXCLUSIVE; CREATE TABLE x(y)",
                              NULL, NULL, NULL),
                 SQLITE_OK);
    refused(DSC_LEDGER_RESUME, "locked by another program");
    sqlite3_close(db);
}

Test(open, where_nothing_can_be_written, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    dsc_ledger_totals t;
    int status;
    pid_t pid;

    put(l, "a", DSC_CLEAN);
    dsc_ledger_close(&l);
    chmod(file, 0444);
    chmod(folder, 0555);
    pid = fork();
    if (pid == 0) { /* root may write everywhere */
        dsc_error err = DSC_ERROR_INIT;
        if (!geteuid() && (setgid(65534) || setuid(65534)))
            _exit(9);
        if (!dsc_ledger_open(&l, file, DSC_LEDGER_RESUME, &err))
            _exit(1);
        if (!strstr(err.msg, "cannot be written"))
            _exit(2);
        if (dsc_ledger_open(&l, file, DSC_LEDGER_READ, &err))
            _exit(3);
        if (dsc_ledger_get_totals(l, &t, &err) || t.files[DSC_CLEAN] != 1)
            _exit(4);
        dsc_ledger_close(&l);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    chmod(folder, 0755);
    cr_expect(WIFEXITED(status));
    cr_expect_eq(WEXITSTATUS(status), 0, "step %d", WEXITSTATUS(status));
}

Test(open, network_file_systems_are_known)
{
    cr_expect(dsc_ledger_is_network(0x6969));
    cr_expect(dsc_ledger_is_network(0xFF534D42));
    /* f_type is signed on some machines */
    cr_expect(dsc_ledger_is_network((unsigned long)(int)0xFE534D42));
    cr_expect_not(dsc_ledger_is_network(0xEF53));     /* ext4 */
    cr_expect_not(dsc_ledger_is_network(0x58465342)); /* XFS */
    cr_expect_not(dsc_ledger_is_network(0x01021994)); /* tmpfs */
}

/* ---- older versions ---- */

Test(migrate, every_older_version_comes_up_to_date, .init = enter,
     .fini = leave)
{
    for (int from = 1; from <= dsc_ledger__current_version(); from++) {
        sqlite3 *db = NULL;
        dsc_ledger *l;
        dsc_ledger_last last;
        collected c;

        unlink(file);
        cr_assert_eq(sqlite3_open(file, &db), SQLITE_OK);
        cr_assert_eq(dsc_ledger__migrate(db, from, NULL), DSC_OK);
        sqlite3_close(db);
        by_hand("INSERT INTO run(id, version, settings, output, shard, jobs,"
                " state, started) VALUES(7, 'old', 's', x'61', '', 1,"
                " 'finished', 1);"
                "INSERT INTO instance(run, input, size, modified, outcome,"
                " reason, study, series, instance, modality, frames, regions,"
                " attempts, duplicate, started, ended, record) VALUES(7,"
                " x'61', 1, 2, 'clean', '', '', '', '', '', 1, 0, 1, 0, 1, 2,"
                " '{}')");
        /* A reader migrates, too, where it must. */
        l = open_ledger(DSC_LEDGER_READ);
        cr_expect(find(l, "a").found);
        cr_expect_str_eq(former(l, 0), "");
        c = (collected){.rows = 0};
        ask(l, (dsc_ledger_query){.no_watch = false}, &c);
        cr_expect(c.rows == 1 && !c.last.file.known);
        cr_expect_eq(dsc_ledger_last_run(l, &last, NULL), DSC_OK);
        cr_expect_str_eq(last.state, "finished");
        dsc_free(last.output);
        dsc_ledger_close(&l);
        l = open_run(DSC_LEDGER_RESUME);
        cr_expect(find(l, "a").found);
        cr_expect_not(find(l, "a").same_run_settings);
        put(l, "b", DSC_CLEAN);
        dsc_ledger_close(&l);
    }
}

/* ---- a full disk ---- */

Test(disk, full, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = DSC_OK;
    dsc_ledger_row row = row_of("", DSC_CLEAN);
    char name[64];

    cr_assert_eq(
        sqlite3_exec(l->db, "PRAGMA max_page_count = 40", NULL, NULL, NULL),
        SQLITE_OK);
    row.input = name;
    for (int i = 0; !st && i < 100000; i++) {
        snprintf(name, sizeof name, "a rather long name of a file %d", i);
        st = dsc_ledger_put(l, &row, &err);
        if (!st && i % 100 == 0)
            st = dsc_ledger_flush(l, &err);
    }
    cr_expect_eq(st, DSC_IO);
    cr_expect_str_eq(err.msg, "the ledger: the disk is full");
    dsc_ledger_close(&l);
    l = open_run(DSC_LEDGER_RESUME);
    cr_expect_eq(dsc_ledger_check(l, NULL), DSC_OK);
    dsc_ledger_close(&l);
}
