/* SPDX-License-Identifier: Apache-2.0
 *
 * What headers tell, kept on disk. */
#include "ledger/lore.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
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

    cr_expect_eq(dsc_lore_open(&l, path, &err), DSC_BADFILE);
    cr_expect_null(l);
    cr_expect_eq(dsc_lore_join(&l, path, 0, &err), DSC_IO, "not made by it");
    cr_expect_null(l);
    cr_expect_eq(access(path, F_OK), -1);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    cr_expect_eq(dsc_lore_open(&l, path, &err), DSC_BADFILE, "no lore yet");
    cr_expect_null(l);
    cr_assert_eq(unlink(path), 0);
    cr_expect_eq(dsc_lore_create(&l, "/nowhere/at/all", &err), DSC_IO);
    cr_expect_null(l);
    cr_assert_eq(symlink("/etc/passwd", path), 0);
    cr_expect_eq(dsc_lore_create(&l, path, &err), DSC_IO, "through a link");
    cr_expect_null(l);
    cr_expect_eq(dsc_lore_open(&l, path, &err), DSC_IO, "through a link");
    cr_expect_null(l);
    cr_expect_eq(dsc_lore_clear(path, &err), DSC_USAGE);
}

/* Numbers of the head of an SQLite file. */
#define VERSION_AT 60
#define ID_AT      68

static void set_version(uint8_t version)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    cr_assert_eq(pwrite(fd, &version, 1, VERSION_AT + 3), 1);
    close(fd);
}

static uint32_t id_on_disk(void)
{
    uint32_t id = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    cr_assert_eq(pread(fd, &id, sizeof id, ID_AT), (ssize_t)sizeof id);
    close(fd);
    return id;
}

typedef struct version_row {
    uint8_t version;
    dsc_status open, create;
    bool stays;
} version_row;

ParameterizedTestParameters(lore, versions)
{
    static version_row rows[] = {{1, DSC_BADFILE, DSC_OK, false},
                                 {2, DSC_OK, DSC_OK, true},
                                 {3, DSC_USAGE, DSC_USAGE, true}};
    return cr_make_param_array(version_row, rows, sizeof rows / sizeof *rows);
}

ParameterizedTest(version_row *r, lore, versions, .init = enter, .fini = leave)
{
    dsc_lore *l = create(path);
    struct stat info;
    uint32_t id;
    dsc_error err = DSC_ERROR_INIT;

    dsc_lore_close(&l);
    id = id_on_disk();
    set_version(r->version);
    cr_assert_eq(chmod(path, 0644), 0);
    cr_expect_eq(dsc_lore_open(&l, path, &err), r->open);
    dsc_lore_close(&l);
    cr_expect_eq(dsc_lore_create(&l, path, &err), r->create);
    dsc_lore_close(&l);
    cr_expect_eq(id_on_disk() == id, r->stays);
    cr_assert_eq(stat(path, &info), 0);
    cr_expect_eq(info.st_mode & 0777, 0600);
}

/* A mode that is not ours, and that no other can read, stays: some file systems
 * have no other. */
Test(lore, modes, .init = enter, .fini = leave)
{
    static const struct {
        mode_t before, after;
    } cases[] = {
        {0700, 0700}, {0600, 0600}, {0400, 0600}, {0710, 0600}, {0604, 0600}};
    dsc_lore *l = create(path);
    struct stat info;

    dsc_lore_close(&l);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert_eq(chmod(path, cases[i].before), 0);
        cr_expect_eq(dsc_lore_create(&l, path, NULL), DSC_OK);
        dsc_lore_close(&l);
        cr_assert_eq(stat(path, &info), 0);
        cr_expect_eq(info.st_mode & 0777, cases[i].after, "%o",
                     cases[i].before);
    }
}

/* One in its place is another one, even if it looks the same. */
Test(lore, join, .init = enter, .fini = leave)
{
    dsc_lore *l = create(path);
    int id = dsc_lore_id(l);
    dsc_error err = DSC_ERROR_INIT;

    dsc_lore_close(&l);
    cr_assert_eq(dsc_lore_join(&l, path, id, &err), DSC_OK, "%s", err.msg);
    dsc_lore_close(&l);
    dsc_lore_remove(path);
    l = create(path);
    dsc_lore_close(&l);
    cr_expect_eq(dsc_lore_join(&l, path, id, &err), DSC_IO);
    cr_expect_null(l);
    cr_expect_eq(dsc_lore_clear(path, &err), DSC_OK);
    cr_expect_eq(access(path, F_OK), -1);
}

/* What a file told before it changed is not forgotten. */
Test(lore, a_file_that_changes)
{
    dsc_lore *l = create(NULL);
    bool has = false;

    cr_assert_eq(dsc_lore_add_file(l, "f", 10, 20, NULL), DSC_OK);
    cr_assert_eq(dsc_lore_add_file(l, "f", 10, 21, NULL), DSC_OK);
    cr_assert_eq(dsc_lore_has(l, "f", 10, 20, &has, NULL), DSC_OK);
    cr_expect(has);
    dsc_lore_close(&l);
}

/* ---- lost ---- */

static dsc_status try_recall(dsc_lore *l, uint64_t study, uint64_t patient)
{
    char all[256] = "";

    return dsc_lore_recall(l, &(dsc_kin){study, patient, 0}, append, all, NULL);
}

static bool forget_all(void *ctx, const dsc_lore_lost *lost)
{
    snprintf(ctx, 64, "%s %d %d", lost->name, (int)lost->size,
             (int)lost->modified);
    return lost->known == 9;
}

typedef struct lost_row {
    char name[40];
    uint64_t study, patient; /* whose file is lost */
    uint64_t ask_study, ask_patient;
    bool refused;
} lost_row;

ParameterizedTestParameters(lore, lost)
{
    static lost_row rows[] = {
        {"the study", 1, 0, 1, 2, true},
        {"the patient", 0, 2, 1, 2, true},
        {"the patient's other study", 4, 2, 1, 2, true},
        {"over a bond that only it had", 8, 9, 8, 0, true},
        {"a stranger", 5, 6, 1, 2, false},
        {"nobody's", 0, 0, 1, 2, false},
        {"nobody asks for nothing", 1, 2, 0, 0, false},
    };
    return cr_make_param_array(lost_row, rows, sizeof rows / sizeof *rows);
}

ParameterizedTest(lost_row *r, lore, lost)
{
    dsc_lore *l = create(NULL);
    dsc_lore_lost lost = {.name = "gone",
                          .size = 3,
                          .modified = 4,
                          .kin = {r->study, r->patient, 0},
                          .known = 9};
    char seen[64] = "";
    bool has = true;

    tell(l, 1, 2, 3, "a");
    tell(l, 4, 2, 3, "b");
    cr_assert_eq(dsc_lore_has_lost(l, &has, NULL), DSC_OK);
    cr_expect(!has);
    cr_assert_eq(dsc_lore_add_lost(l, &lost, NULL), DSC_OK);
    cr_assert_eq(dsc_lore_add_lost(l, &lost, NULL), DSC_OK, "once is enough");
    cr_expect_eq(try_recall(l, r->ask_study, r->ask_patient),
                 r->refused ? DSC_UNSUPPORTED : DSC_OK, "%s", r->name);
    cr_assert_eq(dsc_lore_has_lost(l, &has, NULL), DSC_OK);
    cr_expect(has);
    cr_assert_eq(dsc_lore_find_lost(l, forget_all, seen, NULL), DSC_OK);
    cr_expect_str_eq(seen, "gone 3 4");
    cr_expect_eq(try_recall(l, r->ask_study, r->ask_patient), DSC_OK);
    dsc_lore_close(&l);
}

Test(lore, some_stay_lost)
{
    dsc_lore *l = create(NULL);
    dsc_lore_lost a = {.name = "a", .kin = {1, 0, 0}, .known = 9};
    dsc_lore_lost b = {.name = "b", .kin = {2, 0, 0}, .known = 8};
    char seen[64] = "";

    tell(l, 1, 0, 3, "a");
    tell(l, 2, 0, 3, "b");
    cr_assert_eq(dsc_lore_add_lost(l, &a, NULL), DSC_OK);
    cr_assert_eq(dsc_lore_add_lost(l, &b, NULL), DSC_OK);
    cr_assert_eq(dsc_lore_find_lost(l, forget_all, seen, NULL), DSC_OK);
    cr_expect_eq(try_recall(l, 1, 0), DSC_OK);
    cr_expect_eq(try_recall(l, 2, 0), DSC_UNSUPPORTED);
    dsc_lore_close(&l);
}

/* ---- kept ---- */

static bool has_sha256(void *ctx, const dsc_lore_lost *lost)
{
    *(bool *)ctx =
        lost->sha256 && lost->sha256[0] == 1 && lost->sha256[31] == 2;
    return false;
}

Test(lore, in_memory_and_kept, .init = enter, .fini = leave)
{
    dsc_lore *l = create(NULL);
    dsc_lore_mark mark = {5, 6}, read = {0};
    uint8_t sha256[32] = {1, [31] = 2};
    dsc_lore_lost lost = {
        .name = "gone", .sha256 = sha256, .kin = {8, 9, 0}, .known = 9};
    struct stat sb;
    bool found = true, same = false;

    cr_assert_eq(dsc_lore_load(l, path, &found, NULL), DSC_OK);
    cr_expect(!found, "nothing is there");
    cr_assert_eq(dsc_lore_get_mark(l, &read, NULL), DSC_OK);
    cr_expect_eq(read.run, 0);
    tell(l, 1, 2, 3, "a");
    cr_assert_eq(dsc_lore_add_lost(l, &lost, NULL), DSC_OK);
    cr_assert_eq(dsc_lore_set_mark(l, &mark, NULL), DSC_OK);
    cr_assert_eq(dsc_lore_save(l, path, NULL), DSC_OK);
    cr_assert_eq(dsc_lore_save(l, path, NULL), DSC_OK, "over itself");
    dsc_lore_close(&l);
    cr_assert_eq(stat(path, &sb), 0);
    cr_expect_eq(sb.st_mode & 0777, 0600);
    l = create(NULL);
    cr_assert_eq(dsc_lore_load(l, path, &found, NULL), DSC_OK);
    cr_expect(found);
    cr_expect_str_eq(recall(l, 1, 2), "a ");
    cr_expect_eq(try_recall(l, 8, 0), DSC_UNSUPPORTED);
    tell(l, 1, 2, 3, "b");
    cr_expect_str_eq(recall(l, 1, 2), "a b ");
    cr_assert_eq(dsc_lore_get_mark(l, &read, NULL), DSC_OK);
    cr_expect(read.run == 5 && read.started == 6);
    cr_assert_eq(dsc_lore_find_lost(l, has_sha256, &same, NULL), DSC_OK);
    cr_expect(same);
    cr_expect_eq(dsc_lore_save(l, "/nowhere/at/all", NULL), DSC_IO);
    dsc_lore_close(&l);
}
