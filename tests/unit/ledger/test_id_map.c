/* SPDX-License-Identifier: Apache-2.0
 *
 * Maps of Patient IDs in SQLite, good and bad. */
#include "../../supp/folder.h"
#include "ledger/id_map.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64], file[96];

static void enter(void)
{
    snprintf(folder, sizeof folder, "/tmp/dsc-idmap-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/m.db", folder);
}

static void leave(void)
{
    remove_folder(folder);
}

static void make(const char *sql)
{
    sqlite3 *db = NULL;

    unlink(file);
    cr_assert_eq(sqlite3_open(file, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s",
                 sqlite3_errmsg(db));
    sqlite3_close(db);
}

#define TABLE "CREATE TABLE id_map (real, trial);"

Test(id_map, gives_the_rows_as_csv, .init = enter, .fini = leave)
{
    static const char *const want =
        "\"A\",\"T-1\"\n\"a,\"\"b\"\"\",\"T-2\"\n\"47\",\"T-3\"\n";
    dsc_buf csv = {0};
    dsc_error err = DSC_ERROR_INIT;

    make(TABLE "INSERT INTO id_map VALUES ('A','T-1'), ('a,\"b\"','T-2'), "
               "(47,'T-3')");
    cr_assert(dsc_id_map_is_sqlite(file));
    cr_assert_eq(dsc_id_map_read_sqlite(&csv, file, &err), DSC_OK, "%s",
                 err.msg);
    cr_assert_eq(csv.len, strlen(want));
    cr_expect_eq(memcmp(csv.data, want, csv.len), 0);
    dsc_buf_free(&csv);
}

Test(id_map, tells_the_row_that_is_wrong, .init = enter, .fini = leave)
{
    static const struct {
        const char *sql, *words;
    } cases[] = {
        {"CREATE TABLE other (real, trial)", "a table id_map"},
        {"CREATE TABLE id_map (from_id, to_id)", "a table id_map"},
        {"CREATE TABLE id_map (real)", "a table id_map"},
        {TABLE "INSERT INTO id_map VALUES ('A','B'), ('C',NULL)", "row 2: "},
        {TABLE "INSERT INTO id_map VALUES (x'41','B')", "row 1: "},
        {TABLE "INSERT INTO id_map VALUES ('A'||char(0)||'X','B')",
         "row 1: an ID has a character"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_buf csv = {0};
        dsc_error err = DSC_ERROR_INIT;
        make(cases[i].sql);
        cr_expect_eq(dsc_id_map_read_sqlite(&csv, file, &err), DSC_USAGE,
                     "case %zu", i);
        cr_expect(strstr(err.msg, cases[i].words), "case %zu: %s", i, err.msg);
        cr_expect(strstr(err.msg, "m.db"), "case %zu: %s", i, err.msg);
        dsc_buf_free(&csv);
    }
}

Test(id_map, broken_databases_are_told, .init = enter, .fini = leave)
{
    static const char text[] = "real,trial\nA,B\n";
    char damage[512];
    dsc_buf csv = {0};
    dsc_error err = DSC_ERROR_INIT;
    FILE *fp;

    make(TABLE "INSERT INTO id_map VALUES ('A','B')");
    fp = fopen(file, "r+b");
    cr_assert(fp);
    memset(damage, 0x5A, sizeof damage);
    cr_assert_eq(fseek(fp, 100, SEEK_SET), 0);
    fwrite(damage, 1, sizeof damage, fp);
    fclose(fp);
    cr_expect(dsc_id_map_is_sqlite(file));
    cr_expect_eq(dsc_id_map_read_sqlite(&csv, file, &err), DSC_USAGE);
    cr_expect(strstr(err.msg, "cannot be read"), "%s", err.msg);
    dsc_buf_free(&csv);
    fp = fopen(file, "wb");
    cr_assert(fp);
    fwrite(text, 1, sizeof text - 1, fp);
    fclose(fp);
    cr_expect_not(dsc_id_map_is_sqlite(file));
    cr_expect_not(dsc_id_map_is_sqlite(folder));
    cr_expect_not(dsc_id_map_is_sqlite("/none/at/all"));
}
