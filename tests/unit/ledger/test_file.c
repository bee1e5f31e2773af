/* SPDX-License-Identifier: Apache-2.0
 *
 * Which file an output is, and whose. */
#include "ledgers.h"

static void put_file(dsc_ledger *l, const char *input, uint8_t digest,
                     bool ours, uint64_t inode)
{
    dsc_ledger_row row = row_of(input, DSC_SCRUBBED);

    row.file = (dsc_ledger_file){.known = digest != 0,
                                 .sha256 = {digest},
                                 .ours = ours,
                                 .inode = inode,
                                 .size = 8,
                                 .modified = -9};
    cr_assert_eq(dsc_ledger_put(l, &row, NULL), DSC_OK);
}

/* The inode of a file of this ledger, else 0. */
static uint64_t made(dsc_ledger *l, const char *input)
{
    dsc_ledger_output output;

    cr_assert_eq(dsc_ledger_get_output(l, input, &output, NULL), DSC_OK);
    dsc_free(output.path);
    if (output.file.ours)
        cr_expect(output.file.size == 8 && output.file.modified == -9);
    return output.file.ours ? output.file.inode : 0;
}

Test(file, of_twins_one_has_made_it, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    collected c = {.stop_at = 1};
    dsc_ledger_file mine = {.known = true,
                            .sha256 = {5},
                            .ours = true,
                            .inode = 6,
                            .size = 8,
                            .modified = -9};
    dsc_ledger_output output;
    bool claimed;

    put_file(l, "other ledger's", 1, false, 7);
    cr_expect_eq(made(l, "other ledger's"), 0);
    put_file(l, "first", 2, true, 1);
    put_file(l, "second", 2, false, 1); /* met there what the first has made */
    cr_expect_eq(made(l, "second"), 1);
    put_file(l, "third", 3, false, 0);
    put_file(l, "fourth", 3, true, 4); /* its row comes after the third's */
    cr_expect_eq(made(l, "third"), 4);
    cr_expect_eq(made(l, "second"), 1, "of other bytes");
    put_file(l, "lost row", 5, false, 0);
    cr_assert_eq(dsc_ledger_own(l, "1", "2", "3", "out/1/2/3.dcm", &mine,
                                &claimed, NULL),
                 DSC_OK);
    cr_expect(claimed && made(l, "lost row") == 6 && made(l, "third") == 4);
    mine.sha256[0] = 9;
    cr_assert_eq(dsc_ledger_own(l, "1", "2", "3", "out/1/2/3.dcm", &mine,
                                &claimed, NULL),
                 DSC_OK);
    cr_expect_not(claimed);
    /* only a twin of the same bytes keeps an output */
    cr_assert_eq(dsc_ledger_reopen(l, "first", NULL, &output, NULL), DSC_OK);
    cr_expect_null(output.path);
    cr_assert_eq(dsc_ledger_reopen(l, "second", NULL, &output, NULL), DSC_OK);
    cr_assert_not_null(output.path);
    cr_expect(output.file.known && output.file.ours &&
              output.file.sha256[0] == 2 && output.file.inode == 1);
    dsc_free(output.path);
    ask(l, (dsc_ledger_query){.outcomes = 0}, &c);
    cr_expect(c.last.file.known && !c.last.file.ours &&
              c.last.file.sha256[0] == 1 && c.last.file.inode == 7);
    dsc_ledger_close(&l);
}

/* One file, many inputs: each row costs as much as the first one. */
Test(file, many_twins, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    int steps = 0;
    char name[16];

    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "%d", i);
        put_file(l, name, 2, false, 1);
    }
    for (int i = 0; i < DSC_LEDGER_SQL_COUNT; i++)
        if (l->sql[i])
            steps += sqlite3_stmt_status(l->sql[i], SQLITE_STMTSTATUS_VM_STEP,
                                         false);
    cr_expect_lt(steps, 2000 * 500, "%d", steps);
    dsc_ledger_close(&l);
}

/* A note of a version that told no digest says nothing of the bytes. */
Test(file, owned_by_an_older_note, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    dsc_ledger_file old = {.ours = true, .inode = 6};
    bool claimed;

    put_file(l, "a", 2, false, 1);
    cr_assert_eq(
        dsc_ledger_own(l, "1", "2", "3", "out/1/2/3.dcm", &old, &claimed, NULL),
        DSC_OK);
    cr_expect(claimed && made(l, "a") == 1);
    dsc_ledger_close(&l);
}

Test(file, nothing_is_known_of_old_ones, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    dsc_ledger_output output;

    put_file(l, "old", 0, false, 0);
    put_file(l, "new", 2, true, 1); /* it may be the same */
    cr_assert_eq(dsc_ledger_reopen(l, "new", NULL, &output, NULL), DSC_OK);
    cr_expect_null(output.path);
    cr_assert_eq(dsc_ledger_reopen(l, "old", NULL, &output, NULL), DSC_OK);
    cr_assert_not_null(output.path);
    cr_expect_not(output.file.known);
    dsc_free(output.path);
    dsc_ledger_close(&l);
}

Test(rows, of_a_watch, .init = enter, .fini = leave)
{
    dsc_ledger *l = open_run(DSC_LEDGER_CREATE);
    dsc_ledger_run watch = {.version = "1.0",
                            .settings = SETTINGS,
                            .output = "out",
                            .shard = "",
                            .watch = true};
    collected c = {.rows = 0};
    dsc_ledger_output output;

    put(l, "a", DSC_CLEAN);
    cr_assert_eq(dsc_ledger_begin(l, &watch, NULL), DSC_OK);
    put(l, "b", DSC_CLEAN);
    ask(l, (dsc_ledger_query){.no_watch = true}, &c);
    cr_expect_str_eq(c.inputs, "a ");
    for (const char *name = "ab"; *name; name++) {
        cr_assert_eq(
            dsc_ledger_get_output(l, (char[]){*name, 0}, &output, NULL),
            DSC_OK);
        cr_expect_eq(output.by_watch, *name == 'b');
        dsc_free(output.path);
    }
    dsc_ledger_close(&l);
}
