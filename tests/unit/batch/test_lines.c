/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of --report: the last line of each input. */
#include "batch/lines.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/dsc-lines-XXXXXX", path[64], part[64];

static void enter(void)
{
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/report", folder);
    snprintf(part, sizeof part, "%s/report.part", folder);
}

static void leave(void)
{
    unlink(path);
    unlink(part);
    rmdir(folder);
}

static void write_file(const char *text)
{
    FILE *fp = fopen(path, "w");

    cr_assert_not_null(fp);
    fputs(text, fp);
    fclose(fp);
}

static const char *read_file(void)
{
    static char text[1024];
    FILE *fp = fopen(path, "r");
    size_t n;

    cr_assert_not_null(fp);
    n = fread(text, 1, sizeof text - 1, fp);
    text[n] = '\0';
    fclose(fp);
    return text;
}

static dsc_lines *open_lines(const char *at)
{
    dsc_lines *l = NULL;
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_lines_open(&l, at, &err), DSC_OK, "%s", err.msg);
    return l;
}

static void unite(void)
{
    dsc_lines *l = open_lines(path);
    dsc_error err = DSC_ERROR_INIT;

    cr_expect_eq(dsc_lines_unite(l, &err), DSC_OK, "%s", err.msg);
    cr_expect_eq(dsc_lines_close(&l, &err), DSC_OK);
    cr_expect(access(part, F_OK), "nothing is left beside it");
}

#define A(x) "{\"input\":\"a\",\"outcome\":\"" #x "\"}\n"
#define B(x) "{\"input\":\"b\",\"outcome\":\"" #x "\"}\n"

typedef struct row {
    char before[256], after[256];
} row;

ParameterizedTestParameters(lines, the_last_one_stays)
{
    static row rows[] = {
        {"", ""},
        {A(1), A(1)},
        {A(1) B(1), A(1) B(1)},
        {A(1) A(2), A(2)},
        {A(1) A(1), A(1)},
        {A(1) B(1) A(2), B(1) A(2)},
        {A(1) B(1) A(2) B(2) A(3), B(2) A(3)},
        /* names that begin alike, and one with what ends a string */
        {"{\"input\":\"a\\\"\"}\n" A(1) "{\"input\":\"a\\\\\"}\n",
         "{\"input\":\"a\\\"\"}\n" A(1) "{\"input\":\"a\\\\\"}\n"},
        {"{\"input\":\"\xFF\\u0000\"}\n{\"input\":\"\xFF\\u0000\"}\n",
         "{\"input\":\"\xFF\\u0000\"}\n"},
        /* the same to the eye, not byte for byte */
        {"{\"input\":\"%FF\"}\n{\"input\":\"%FF\",\"input_bytes\":\"ff\"}\n",
         "{\"input\":\"%FF\"}\n{\"input\":\"%FF\",\"input_bytes\":\"ff\"}\n"},
        {"{\"input\":\"%FF\",\"input_bytes\":\"ff\",\"x\":1}\n"
         "{\"input\":\"%FF\",\"input_bytes\":\"ff\",\"x\":2}\n",
         "{\"input\":\"%FF\",\"input_bytes\":\"ff\",\"x\":2}\n"},
        /* as they were written when only people could tell "\xFF" from "%FF" */
        {"{\"input\":\"%FF\",\"x\":1}\n{\"input\":\"%FF\",\"x\":2}\n",
         "{\"input\":\"%FF\",\"x\":1}\n{\"input\":\"%FF\",\"x\":2}\n"},
        {"{\"input\":\"%8f\",\"x\":1}\n"
         "{\"input\":\"%8f\",\"input_bytes\":\"253866\",\"x\":2}\n",
         "{\"input\":\"%8f\",\"input_bytes\":\"253866\",\"x\":2}\n"},
        /* then, too, no other file was told as one of these */
        {"{\"input\":\"a%20b%\",\"x\":1}\n{\"input\":\"a%20b%\",\"x\":2}\n"
         "{\"input\":\"a%20b%\",\"input_bytes\":\"6125323062\"}\n",
         "{\"input\":\"a%20b%\",\"input_bytes\":\"6125323062\"}\n"},
        {"{\"input\":\"%7F%GF%8\",\"x\":1}\n{\"input\":\"%7F%GF%8\",\"x\":2}\n",
         "{\"input\":\"%7F%GF%8\",\"x\":2}\n"},
        {"{\"input\":\"%%8F\",\"x\":1}\n{\"input\":\"%%8F\",\"x\":2}\n",
         "{\"input\":\"%%8F\",\"x\":1}\n{\"input\":\"%%8F\",\"x\":2}\n"},
        {"{\"input\":\"a\",\"x\":\"%\"}\n{\"input\":\"a\",\"x\":\"%\"}\n",
         "{\"input\":\"a\",\"x\":\"%\"}\n"},
        /* what is no line of an input stays */
        {"\n\nnone\nnone\n" A(1) "{\"output\":\"a\"}\n" A(2),
         "\n\nnone\nnone\n{\"output\":\"a\"}\n" A(2)},
        {"{\"input\":\"\"}\n{\"input\":\"\"}\n",
         "{\"input\":\"\"}\n{\"input\":\"\"}\n"},
        {"{\"output\":\"a\n{\"inputs\":\"\n",
         "{\"output\":\"a\n{\"inputs\":\"\n"},
        /* a part of a line does not, as a kill leaves it */
        {A(1) A(2) "{\"input\":\"a\",\"outc", A(2)},
        {B(1) "{\"inp\n{\"input\":\"\n{\"\n", B(1)},
        {A(1) "{\"input\":\"a\",\"x\":{\"y\":[{}\n", A(1)},
        {A(1) "{\"input\":\"a\",\"x\":\"}\n{\"input\":\"a\",\"x\":{}\n", A(1)},
        {"{\"input\":\"a\",\"input_bytes\":\"}\n{\"input\":\"\\\n" A(1), A(1)},
        {"{\"input\":\"a\",\"ou" A(1) B(1), A(1) B(1)},
        {A(1) "{\"input\":\"a\",\"ou{\"inp{\"input\":\"c\"," B(1), A(1) B(1)},
        {A(1) "{\"input\":\"a\",\"x\":\"{\\\"input\\\":\\\"\"}\n",
         "{\"input\":\"a\",\"x\":\"{\\\"input\\\":\\\"\"}\n"},
        /* nor a line behind one that nobody ended */
        {A(1) "{\"input\":\"a\"}" B(1), "{\"input\":\"a\"}\n" B(1)},
        {"{\"input\":\"a\"}" B(1) A(2), B(1) A(2)},
        {"{\"input\":\"a\"}" B(1) B(2), "{\"input\":\"a\"}\n" B(2)},
        /* what others have made of whole lines stays */
        {"{\n  \"a\": 1\n}\n{\n", "{\n  \"a\": 1\n}\n{\n"},
        {"{\"input\":\"a\"}\r\n{\"input\":\"b\"}\r\n",
         "{\"input\":\"a\"}\r\n{\"input\":\"b\"}\r\n"},
        {"{\"input\":\"a\"}\r\n{\"input\":\"a\"} \n" B(1),
         "{\"input\":\"a\"} \n" B(1)},
        {"[\n{\"input\":\"a\"},\n{\"input\":\"b\"}\n]\n",
         "[\n{\"input\":\"a\"},\n{\"input\":\"b\"}\n]\n"},
        {"{\"input\":\"a\",\"x\":\"\\\"}{\"}",
         "{\"input\":\"a\",\"x\":\"\\\"}{\"}\n"},
    };
    return cr_make_param_array(row, rows, sizeof rows / sizeof *rows);
}

ParameterizedTest(row *r, lines, the_last_one_stays, .init = enter,
                  .fini = leave)
{
    struct stat info;

    write_file(r->before);
    cr_assert_eq(chmod(path, 0640), 0);
    unite();
    cr_expect_str_eq(read_file(), r->after);
    cr_assert_eq(stat(path, &info), 0);
    cr_expect_eq(info.st_mode & 07777, 0640);
    unite();
    cr_expect_str_eq(read_file(), r->after, "once more");
}

Test(lines, are_appended_in_one_piece, .init = enter, .fini = leave)
{
    dsc_lines *a = open_lines(path), *b = open_lines(path);
    struct stat info;

    cr_assert_eq(dsc_lines_add(a, A(1), strlen(A(1)), NULL), DSC_OK);
    cr_assert_eq(dsc_lines_add(b, B(1), strlen(B(1)), NULL), DSC_OK);
    cr_assert_eq(dsc_lines_add(a, A(2), strlen(A(2)), NULL), DSC_OK);
    cr_expect_eq(dsc_lines_unite(a, NULL), DSC_OK);
    cr_expect_str_eq(read_file(), A(1) B(1) A(2), "others append");
    cr_expect_eq(dsc_lines_close(&a, NULL), DSC_OK);
    cr_expect_eq(dsc_lines_unite(b, NULL), DSC_OK);
    cr_expect_str_eq(read_file(), B(1) A(2), "the last one does it");
    cr_expect_eq(dsc_lines_close(&b, NULL), DSC_OK);
    cr_assert_eq(stat(path, &info), 0);
    cr_expect_eq(info.st_mode & 0777, 0600);
}

/* Of another run that was killed while it wrote. */
Test(lines, no_part_becomes_a_line_of_ours, .init = enter, .fini = leave)
{
    dsc_lines *l = open_lines(path);
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

    cr_assert_eq(write(fd, A(1), 20), 20);
    close(fd);
    cr_expect_eq(dsc_lines_add(l, B(1), strlen(B(1)), NULL), DSC_OK);
    cr_expect_eq(dsc_lines_unite(l, NULL), DSC_OK);
    cr_expect_eq(dsc_lines_close(&l, NULL), DSC_OK);
    cr_expect_str_eq(read_file(), B(1));
}

Test(lines, no_room_for_the_whole, .init = enter, .fini = leave)
{
    size_t n = strlen(A(1));
    struct rlimit before, limit;
    dsc_lines *l = open_lines(path);
    dsc_error err = DSC_ERROR_INIT;

    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){n + n / 2, before.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_expect_eq(dsc_lines_add(l, A(1), n, &err), DSC_OK);
    cr_expect_eq(dsc_lines_add(l, A(2), n, &err), DSC_IO);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    cr_expect_str_eq(read_file(), A(1), "no part of it");
    cr_expect_eq(dsc_lines_close(&l, NULL), DSC_OK);
}

Test(lines, through_a_link, .init = enter, .fini = leave)
{
    char link[80];
    dsc_lines *l;
    struct stat info;

    snprintf(link, sizeof link, "%s/link", folder);
    write_file(A(1) A(2));
    cr_assert_eq(symlink("report", link), 0);
    l = open_lines(link);
    cr_expect_eq(dsc_lines_unite(l, NULL), DSC_OK);
    cr_expect_eq(dsc_lines_close(&l, NULL), DSC_OK);
    cr_expect_str_eq(read_file(), A(2));
    cr_assert_eq(lstat(link, &info), 0);
    cr_expect(S_ISLNK(info.st_mode));
    unlink(link);
}

/* Its folder, or the file itself, lets nobody do that: it stays as it is. */
Test(lines, that_cannot_be_replaced, .init = enter, .fini = leave)
{
    static const mode_t modes[][2] = {{0500, 0600}, {0700, 0200}};
    dsc_lines *l;

    write_file(A(1) A(2));
    if (geteuid() == 0) {
        cr_assert_eq(chown(path, 65534, 65534), 0);
        cr_assert_eq(chown(folder, 65534, 65534), 0);
        cr_assert_eq(seteuid(65534), 0);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(chmod(folder, modes[i][0]), 0);
        cr_assert_eq(chmod(path, modes[i][1]), 0);
        l = open_lines(path);
        cr_expect_eq(dsc_lines_unite(l, NULL), DSC_UNSUPPORTED, "%d", i);
        cr_expect_eq(dsc_lines_close(&l, NULL), DSC_OK);
    }
    cr_assert_eq(seteuid(getuid()), 0);
    cr_assert_eq(chmod(path, 0600), 0);
    cr_expect_str_eq(read_file(), A(1) A(2));
}

/* Whatever was in its place before the crash. */
Test(lines, after_a_crash, .init = enter, .fini = leave)
{
    FILE *fp = fopen(part, "w");

    fputs("half of it", fp);
    fclose(fp);
    write_file(A(1) A(2));
    unite();
    cr_expect_str_eq(read_file(), A(2));
}

Test(lines, a_pipe_has_no_place, .init = enter, .fini = leave)
{
    char name[32], got[64] = "";
    dsc_lines *l;
    int fds[2];

    cr_assert_eq(pipe(fds), 0);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fds[1]);
    l = open_lines(name);
    cr_expect_eq(dsc_lines_add(l, A(1), strlen(A(1)), NULL), DSC_OK);
    cr_expect_eq(dsc_lines_unite(l, NULL), DSC_OK);
    cr_expect_eq(dsc_lines_close(&l, NULL), DSC_OK);
    cr_expect_eq(read(fds[0], got, sizeof got - 1), (ssize_t)strlen(A(1)));
    cr_expect_str_eq(got, A(1));
}

/* A stranger's lock, of a reader even, keeps no line back for ever. */
Test(lines, another_ones_lock, .init = enter, .fini = leave, .timeout = 60)
{
    struct flock all = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    dsc_lines *l = open_lines(path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    cr_assert_neq(fcntl(fd, F_OFD_SETLK, &all), -1);
    cr_expect_eq(dsc_lines_add(l, A(1), strlen(A(1)), NULL), DSC_OK);
    cr_expect_eq(dsc_lines_add(l, A(2), strlen(A(2)), NULL), DSC_OK);
    close(fd);
    cr_expect_eq(dsc_lines_close(&l, NULL), DSC_OK);
    cr_expect_str_eq(read_file(), A(1) A(2));
}

Test(lines, bad_places, .init = enter, .fini = leave)
{
    dsc_lines *l = NULL;
    dsc_error err = DSC_ERROR_INIT;

    cr_expect_eq(dsc_lines_open(&l, "/nowhere/at/all", &err), DSC_IO);
    cr_expect_null(l);
    cr_expect_null(strstr(err.msg, "nowhere"));
    cr_expect_eq(dsc_lines_open(&l, folder, &err), DSC_IO);
    cr_expect_null(l);
    l = open_lines("/dev/null");
    cr_expect_eq(dsc_lines_unite(l, &err), DSC_OK, "no regular file");
    cr_expect_eq(dsc_lines_close(&l, NULL), DSC_OK);
    l = open_lines("/dev/full");
    cr_expect_eq(dsc_lines_add(l, A(1), strlen(A(1)), &err), DSC_IO);
    cr_expect_eq(dsc_lines_close(&l, NULL), DSC_OK);
    /* the new file cannot be made: the old one stays */
    write_file(A(1) A(2));
    cr_assert_eq(mkdir(part, 0700), 0);
    l = open_lines(path);
    cr_expect_eq(dsc_lines_unite(l, &err), DSC_IO);
    cr_expect_str_eq(read_file(), A(1) A(2));
    cr_expect_eq(dsc_lines_close(&l, NULL), DSC_OK);
    rmdir(part);
}
