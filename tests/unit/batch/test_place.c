/* SPDX-License-Identifier: Apache-2.0
 *
 * The output folder: what lies in it, and whether it is still the same. */
#include "batch/place.h"

#include "../../supp/folder.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static dsc_ledger_file unknown; /* of before schema 5 */
static char folder[] = "/tmp/dsc-place-XXXXXX";
static dsc_place *place;
static bool stays;

static void enter(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    cr_assert_eq(mkdir("out", 0700), 0);
    cr_assert_eq(dsc_place_open(&place, "out", NULL), DSC_OK);
}

static void leave(void)
{
    dsc_place_close(&place);
    cr_assert_eq(chdir("/"), 0);
    remove_folder(folder);
}

static void put(const char *path)
{
    FILE *fp = fopen(path, "w");

    cr_assert_not_null(fp, "%s", path);
    fclose(fp);
}

static void write_to(const char *path, const char *text)
{
    FILE *fp = fopen(path, "w");

    cr_assert_not_null(fp, "%s", path);
    fputs(text, fp);
    fclose(fp);
}

Test(place, what_lies_outside, .init = enter, .fini = leave)
{
    static const char *const wrong[] = {
        "",        "/",         "out",   "o",        "out2/x",
        "./out/x", "out/../x",  "x/out", "out/a/..", "out/a/../../x",
        "/out/x",  "out../x.d", "OUT/x"};
    char longest[PATH_MAX + 8];
    dsc_way way;

    put("x");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_expect_not(dsc_place_way(place, wrong[i], &way), "%s", wrong[i]);
        cr_expect_not(dsc_place_lacks(place, wrong[i], &unknown), "%s",
                      wrong[i]);
        cr_expect_eq(dsc_place_remove(place, wrong[i], &unknown, &stays, NULL),
                     DSC_BADFILE);
    }
    cr_expect_eq(access("x", F_OK), 0);
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "out/", 4);
    longest[PATH_MAX + 4] = '\0';
    cr_expect_not(dsc_place_way(place, longest, &way));
}

Test(place, what_lies_in_it, .init = enter, .fini = leave)
{
    dsc_way way;

    put("out/..x");
    cr_expect(dsc_place_way(place, "out/..x", &way));
    cr_expect_eq(access(way.path, F_OK), 0);
    cr_expect_not(dsc_place_lacks(place, "out/..x", &unknown));
    cr_expect_eq(dsc_place_remove(place, "out/..x", &unknown, &stays, NULL),
                 DSC_OK);
    cr_expect_neq(access("out/..x", F_OK), 0);
    cr_expect(dsc_place_lacks(place, "out/..x", &unknown));
    cr_expect_eq(dsc_place_remove(place, "out/..x", &unknown, &stays, NULL),
                 DSC_OK);
    put("out/file");
    cr_expect(dsc_place_lacks(place, "out/file/x", &unknown));
    cr_expect_eq(dsc_place_remove(place, "out/file/x", &unknown, &stays, NULL),
                 DSC_OK);
    cr_assert_eq(mkdir("out/folder", 0700), 0);
    cr_expect(dsc_place_lacks(place, "out/folder", &unknown),
              "a folder is no output");
    cr_expect_eq(dsc_place_remove(place, "out/folder", &unknown, &stays, NULL),
                 DSC_OK);
    cr_expect_eq(access("out/folder", F_OK), 0);
}

/* ---- is it the one that was made? ---- */

typedef struct sight {
    char what[32], now[8]; /* "-": the very file; its bytes since */
    bool ours, old, link;
    bool lacks, goes;
} sight;

ParameterizedTestParameters(place, which_file)
{
    static sight sights[] = {
        {"the very file", "-", .ours = true, .goes = true},
        {"nobody knows", "x", .old = true, .goes = true},
        {"a copy", "made", .ours = true, .goes = true},
        {"another", "else", .ours = true, .lacks = true},
        {"a longer one", "made?", .ours = true, .lacks = true},
        {"empty", "", .ours = true, .lacks = true},
        {"a link to a copy", "made", .ours = true, .link = true, .lacks = true},
        {"a link", "x", .old = true, .link = true, .lacks = true},
        {"it was there", "-", .lacks = false},
        {"it was there, now a copy", "made", .lacks = false},
        {"it was there, now a longer one", "made?", .lacks = true},
        {"it was there, now another", "else", .lacks = true},
    };
    return cr_make_param_array(sight, sights, sizeof sights / sizeof *sights);
}

ParameterizedTest(const sight *s, place, which_file)
{
    /* printf made | sha256sum */
    static const uint8_t digest[32] = {
        0xea, 0x08, 0x90, 0x69, 0x7a, 0x77, 0xaf, 0x0a, 0x2e, 0x05, 0x4c,
        0xcc, 0xec, 0x58, 0x7c, 0x8a, 0x42, 0xfe, 0xb5, 0xcf, 0x38, 0xe7,
        0x78, 0xc6, 0xc6, 0xe2, 0xa9, 0x6b, 0xfb, 0x94, 0x5c, 0x0b};
    dsc_ledger_file file = {.known = !s->old, .ours = s->ours};
    bool replaced = strcmp(s->now, "-") != 0;
    struct stat info;

    enter();
    memcpy(file.sha256, digest, sizeof digest);
    write_to("out/x", "made");
    cr_assert_eq(stat("out/x", &info), 0);
    dsc_place_identify(&file, &info);
    if (replaced) {
        write_to("y", s->now);
        cr_assert_eq(rename("out/x", "away"), 0); /* its inode stays taken */
        cr_assert_eq(s->link ? symlink("../y", "out/x") : rename("y", "out/x"),
                     0);
    }
    cr_expect_eq(dsc_place_is("out/x", &file), !replaced, "%s", s->what);
    cr_expect_eq(dsc_place_lacks(place, "out/x", &file), s->lacks, "%s",
                 s->what);
    if (!s->lacks)
        cr_expect(dsc_place_is("out/x", &file), "from now on");
    cr_expect_eq(dsc_place_remove(place, "out/x", &file, &stays, NULL), DSC_OK);
    cr_expect_eq(lstat("out/x", &info) != 0, s->goes, "%s", s->what);
    cr_expect_eq(stays, !s->goes, "%s", s->what);
    leave();
}

/* No file can have such a name: it is not there. */
Test(place, too_long_a_name, .init = enter, .fini = leave)
{
    char name[4 + NAME_MAX + 2] = "out/";

    memset(name + 4, 'a', NAME_MAX + 1);
    cr_expect(dsc_place_lacks(place, name, &unknown));
    cr_expect_eq(dsc_place_remove(place, name, &unknown, &stays, NULL), DSC_OK);
}

/* "out" is shorter than the way through a descriptor, which must have room for
 * a temporary name, too. */
Test(place, a_long_way, .init = enter, .fini = leave)
{
    char path[PATH_MAX + 1] = "out";
    dsc_way way;

    for (size_t n = 3; n < PATH_MAX; n++) {
        path[n] = n % 200 == 3 ? '/' : 'a';
        path[n + 1] = '\0';
        if (n > PATH_MAX - 64 && path[n] != '/')
            cr_expect(dsc_place_way(place, path, &way) == (n < PATH_MAX - 1) &&
                          (n == PATH_MAX - 1 || !strcmp(way.path, path) ||
                           strlen(way.path) + 22 <= PATH_MAX),
                      "%zu", n);
    }
    path[PATH_MAX - 1] = '\0';
    cr_expect(dsc_place_way(place, path, &way));
    cr_expect_str_eq(way.path, path);
    cr_expect(dsc_place_lacks(place, path, &unknown));
    cr_expect_eq(dsc_place_remove(place, path, &unknown, &stays, NULL), DSC_OK);
}

Test(place, another_one_of_its_name, .init = enter, .fini = leave)
{
    dsc_error err = DSC_ERROR_INIT;
    dsc_way way;

    cr_expect_eq(dsc_place_check(place, NULL), DSC_OK);
    cr_assert_eq(rename("out", "away"), 0);
    cr_expect_eq(dsc_place_check(place, &err), DSC_IO);
    cr_expect_null(strstr(err.msg, "another"));
    cr_assert_eq(mkdir("out", 0700), 0);
    err = (dsc_error)DSC_ERROR_INIT;
    cr_expect_eq(dsc_place_check(place, &err), DSC_IO);
    cr_expect_not_null(strstr(err.msg, "another"));
    /* What is done meanwhile is done in the old one. */
    put("out/x");
    cr_expect(dsc_place_lacks(place, "out/x", &unknown));
    cr_expect(dsc_place_way(place, "out/x", &way));
    put(way.path);
    cr_expect_eq(access("away/x", F_OK), 0);
    cr_expect_eq(dsc_place_remove(place, "out/x", &unknown, &stays, NULL),
                 DSC_OK);
    cr_expect_neq(access("away/x", F_OK), 0);
    cr_expect_eq(access("out/x", F_OK), 0);
    cr_assert_eq(rename("out", "strays"), 0);
    cr_assert_eq(rename("away", "out"), 0);
    cr_expect_eq(dsc_place_check(place, NULL), DSC_OK);
    /* A link to it is the same. */
    cr_assert_eq(rename("out", "away"), 0);
    cr_assert_eq(symlink("away", "out"), 0);
    cr_expect_eq(dsc_place_check(place, NULL), DSC_OK);
}

Test(place, none, .init = enter, .fini = leave)
{
    static const char *const none[] = {"", "missing", "file", "out/missing"};
    dsc_place *p = place;

    put("file");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        cr_expect_eq(dsc_place_open(&p, none[i], NULL), DSC_IO, "%s", none[i]);
        cr_expect_null(p);
    }
    dsc_place_close(&p);
}
