/* SPDX-License-Identifier: Apache-2.0
 *
 * What headers tell, kept on disk. */
#include "ledger/lore.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/dsc-lore-XXXXXX", path[64];

static void enter(void)
{
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/lore", folder);
}

static void leave(void)
{
    dsc_lore_remove(path);
    rmdir(folder);
}

static dsc_lore *create(const char *at)
{
    dsc_lore *l = NULL;
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_lore_create(&l, at, &err), DSC_OK, "%s", err.msg);
    return l;
}

static void tell(dsc_lore *l, uint64_t study, uint64_t patient, uint64_t name,
                 const char *value)
{
    dsc_kin kin = {study, patient, name};

    cr_assert_eq(dsc_lore_add_kin(l, &kin, NULL), DSC_OK);
    cr_assert_eq(dsc_lore_add_value(l, &kin, value, strlen(value), NULL),
                 DSC_OK);
}

static dsc_status append(void *ctx, const void *value, size_t len,
                         dsc_error *err)
{
    char *all = ctx;
    size_t n = strlen(all);

    (void)err;
    cr_assert_lt(n + len + 2, 256);
    snprintf(all + n, 256 - n, "%.*s ", (int)len, (const char *)value);
    return DSC_OK;
}

static const char *recall(dsc_lore *l, uint64_t study, uint64_t patient)
{
    static char all[256];
    dsc_kin kin = {study, patient, 0};

    all[0] = '\0';
    cr_assert_eq(dsc_lore_recall(l, &kin, append, all, NULL), DSC_OK);
    return all;
}

/* ---- who belongs together ---- */

typedef struct row {
    char name[40];
    uint64_t told[4][3]; /* study, patient, name; the values are a, b, c, d */
    uint64_t study, patient;
    char known[16];
} row;

ParameterizedTestParameters(lore, groups)
{
    static row rows[] = {
        {"nothing", {{0}}, 1, 2, ""},
        {"the study", {{1, 2, 3}}, 1, 0, "a "},
        {"the patient", {{1, 2, 3}}, 0, 2, "a "},
        {"a stranger", {{1, 2, 3}}, 4, 5, ""},
        {"nobody asks for nothing", {{1, 2, 3}}, 0, 0, ""},
        {"another study of the patient", {{1, 2, 3}, {4, 2, 3}}, 4, 0, "a b "},
        {"another patient of the study", {{1, 2, 3}, {1, 5, 3}}, 0, 5, "a b "},
        {"a chain",
         {{1, 2, 3}, {4, 2, 3}, {4, 5, 3}, {6, 5, 3}},
         6,
         0,
         "a b c d "},
        {"two groups", {{1, 2, 3}, {4, 5, 3}}, 1, 2, "a "},
        {"a file that joins two groups", {{1, 2, 3}, {4, 5, 3}}, 1, 5, "a b "},
    };
    return cr_make_param_array(row, rows, sizeof rows / sizeof *rows);
}

ParameterizedTest(row *r, lore, groups)
{
    char first[256] = "";

    for (int backwards = 0; backwards < 2; backwards++) {
        dsc_lore *l = create(NULL);
        for (int i = 0; i < 4; i++) {
            int k = backwards ? 3 - i : i;
            char value[2] = {(char)('a' + k), 0};
            if (r->told[k][0])
                tell(l, r->told[k][0], r->told[k][1], r->told[k][2], value);
        }
        snprintf(first, sizeof first, "%s", recall(l, r->study, r->patient));
        cr_expect_eq(strlen(first), strlen(r->known), "%s: %s", r->name, first);
        for (const char *p = r->known; *p; p++)
            cr_expect_not_null(strchr(first, *p), "%s: %s", r->name, first);
        dsc_lore_close(&l);
    }
}

Test(lore, many_names_are_nobody)
{
    dsc_lore *l = create(NULL);

    for (uint64_t i = 0; i < 17; i++)
        tell(l, 100 + i, 7, 200 + i, i ? "other" : "mine");
    cr_expect_str_eq(recall(l, 100, 7), "mine ");
    cr_expect_str_eq(recall(l, 0, 7), "");
    dsc_lore_close(&l);
}

Test(lore, many_studies_are_nobody)
{
    dsc_lore *l = create(NULL);

    for (uint64_t i = 0; i < 1001; i++)
        tell(l, 5000 + i, 7, 8, i ? "other" : "mine");
    cr_expect_str_eq(recall(l, 5000, 7), "mine ");
    dsc_lore_close(&l);
}

/* ---- on disk ---- */

Test(lore, lasts_and_is_read_beside_its_writer, .init = enter, .fini = leave)
{
    dsc_lore *l = create(path), *reader = NULL;
    struct stat sb;
    bool has = true;

    tell(l, 1, 2, 3, "a");
    cr_assert_eq(dsc_lore_add_file(l, "f", 10, 20, NULL), DSC_OK);
    cr_assert_eq(dsc_lore_open(&reader, path, NULL), DSC_OK);
    cr_expect_str_eq(recall(reader, 1, 2), "", "not before the flush");
    cr_assert_eq(dsc_lore_flush(l, NULL), DSC_OK);
    cr_expect_str_eq(recall(reader, 1, 2), "a ");
    tell(l, 1, 2, 3, "b");
    dsc_lore_close(&l); /* a kill would do the same */
    cr_expect_str_eq(recall(reader, 1, 2), "a ");
    dsc_lore_close(&reader);
    l = create(path);
    cr_expect_str_eq(recall(l, 1, 2), "a ");
    cr_assert_eq(dsc_lore_has(l, "f", 10, 20, &has, NULL), DSC_OK);
    cr_expect(has);
    cr_assert_eq(dsc_lore_has(l, "f", 10, 21, &has, NULL), DSC_OK);
    cr_expect(!has, "it has changed");
    cr_assert_eq(stat(path, &sb), 0);
    cr_expect_eq(sb.st_mode & 0777, 0600);
    dsc_lore_close(&l);
}

ParameterizedTestParameters(lore, bad_files)
{
    static char rows[][48] = {"", "no database at all, but long enough",
                              "SQLite format 3"};
    return cr_make_param_array(char[48], rows, sizeof rows / sizeof *rows);
}

ParameterizedTest(const char *bytes, lore, bad_files, .init = enter,
                  .fini = leave)
{
    FILE *fp = fopen(path, "wb");
    dsc_lore *l;

    for (int i = 0; i < 200; i++)
        fputs(bytes, fp);
    fclose(fp);
    l = create(path);
    tell(l, 1, 2, 3, "a");
    cr_expect_str_eq(recall(l, 1, 2), "a ");
    dsc_lore_close(&l);
}

Test(lore, bad_places, .init = enter, .fini = leave)
{
    dsc_lore *l = NULL;
    dsc_error err = DSC_ERROR_INIT;

    cr_expect_eq(dsc_lore_open(&l, path, &err), DSC_IO);
    cr_expect_null(l);
    cr_expect_eq(dsc_lore_create(&l, "/nowhere/at/all", &err), DSC_IO);
    cr_expect_null(l);
    cr_assert_eq(symlink("/etc/passwd", path), 0);
    cr_expect_eq(dsc_lore_create(&l, path, &err), DSC_IO, "through a link");
    cr_expect_null(l);
}
