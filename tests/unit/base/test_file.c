/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/dsc-base-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static const char *in_folder(const char *name)
{
    static char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Names in the folder, hidden ones too, "." and ".." left out. */
static int entries(void)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    int n = 0;

    cr_assert_not_null(d);
    while ((e = readdir(d)))
        n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
    closedir(d);
    return n;
}

static void remove_folder(void)
{
    DIR *d = opendir(folder);
    struct dirent *e;

    while (d && (e = readdir(d)))
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
            remove(in_folder(e->d_name));
    if (d)
        closedir(d);
    rmdir(folder);
}

static void put(const char *name, const char *text)
{
    FILE *fp = fopen(in_folder(name), "wb");
    cr_assert_not_null(fp);
    fputs(text, fp);
    fclose(fp);
}

static bool holds(const char *name, const void *bytes, size_t n)
{
    dsc_buf b = {0};
    bool same =
        dsc_read_file(&b, in_folder(name), (size_t)1 << 30, NULL) == DSC_OK &&
        b.len == n && (n == 0 || !memcmp(b.data, bytes, n));
    dsc_buf_free(&b);
    return same;
}

TestSuite(outfile, .init = make_folder, .fini = remove_folder);

Test(outfile, is_invisible_until_commit)
{
    dsc_outfile *f = NULL;
    dsc_error err = DSC_ERROR_INIT;
    bool existed = true;
    struct stat info;

    cr_assert_eq(dsc_outfile_create(&f, in_folder("a"), &err), DSC_OK);
    cr_assert_eq(dsc_outfile_write(f, "hello", 5, &err), DSC_OK);
    cr_assert_eq(dsc_outfile_tell(f), 5);
    cr_assert_eq(access(in_folder("a"), F_OK), -1);
    cr_assert_eq(stat(dsc_outfile_temp_path(f), &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600, "temporary file is private");
    cr_assert_eq(dsc_outfile_commit(&f, &existed, &err), DSC_OK);
    cr_assert_null(f);
    cr_assert_not(existed);
    cr_assert(holds("a", "hello", 5));
    cr_assert_eq(stat(in_folder("a"), &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600, "output is private");
    cr_assert_eq(info.st_nlink, 1);
    cr_assert_eq(entries(), 1);
}

Test(outfile, abort_leaves_nothing)
{
    dsc_outfile *f = NULL;

    cr_assert_eq(dsc_outfile_create(&f, in_folder("a"), NULL), DSC_OK);
    cr_assert_eq(dsc_outfile_write(f, "hello", 5, NULL), DSC_OK);
    dsc_outfile_abort(&f);
    cr_assert_null(f);
    cr_assert_eq(entries(), 0);
    dsc_outfile_abort(&f);
}

Test(outfile, never_replaces_a_different_file)
{
    dsc_outfile *f = NULL;
    dsc_error err = DSC_ERROR_INIT;
    bool existed = false;

    put("a", "mine");
    cr_assert_eq(dsc_outfile_create(&f, in_folder("a"), &err), DSC_OK);
    cr_assert_eq(dsc_outfile_write(f, "your", 4, &err), DSC_OK);
    cr_assert_eq(dsc_outfile_commit(&f, &existed, &err), DSC_IO);
    cr_assert(existed, "it was there");
    cr_assert_null(f);
    cr_assert_null(strstr(err.msg, folder), "the message names no file");
    cr_assert(holds("a", "mine", 4));
    cr_assert_eq(entries(), 1);
}

Test(outfile, a_longer_or_shorter_file_is_different)
{
    static const char *const others[] = {"sam", "samee", ""};

    for (size_t i = 0; i < 3; i++) {
        dsc_outfile *f = NULL;
        bool existed;
        put("a", others[i]);
        cr_assert_eq(dsc_outfile_create(&f, in_folder("a"), NULL), DSC_OK);
        cr_assert_eq(dsc_outfile_write(f, "same", 4, NULL), DSC_OK);
        cr_assert_eq(dsc_outfile_commit(&f, &existed, NULL), DSC_IO);
        cr_assert(holds("a", others[i], strlen(others[i])));
    }
}

Test(outfile, an_equal_file_is_fine)
{
    dsc_outfile *f = NULL;
    bool existed = false;

    put("a", "same");
    cr_assert_eq(dsc_outfile_create(&f, in_folder("a"), NULL), DSC_OK);
    cr_assert_eq(dsc_outfile_write(f, "same", 4, NULL), DSC_OK);
    cr_assert_eq(dsc_outfile_commit(&f, &existed, NULL), DSC_OK);
    cr_assert(existed);
    cr_assert_eq(entries(), 1);
}

Test(outfile, a_folder_under_the_final_name_stays)
{
    dsc_outfile *f = NULL;
    bool existed = false;

    cr_assert_eq(mkdir(in_folder("a"), 0700), 0);
    cr_assert_eq(dsc_outfile_create(&f, in_folder("a"), NULL), DSC_OK);
    cr_assert_eq(dsc_outfile_commit(&f, &existed, NULL), DSC_IO);
    cr_assert(existed);
    cr_assert_eq(entries(), 1);
}

/* Sizes around the write buffer, appended in odd pieces. */
Test(outfile, keeps_every_byte_of_large_files)
{
    static const size_t sizes[] = {0,          1,          262143, 262144,
                                   262145,     524288,     700001, 262144 * 3,
                                   262144 + 7, 262144 - 13};
    static uint8_t bytes[800000];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 >> 3);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (size_t piece = 1000; piece < 400000; piece = piece * 7 + 1) {
            dsc_outfile *f = NULL;
            bool existed;
            cr_assert_eq(dsc_outfile_create(&f, in_folder("a"), NULL), DSC_OK);
            for (size_t at = 0; at < sizes[s]; at += piece) {
                size_t n = sizes[s] - at < piece ? sizes[s] - at : piece;
                cr_assert_eq(dsc_outfile_write(f, bytes + at, n, NULL), DSC_OK);
                cr_assert_eq(dsc_outfile_tell(f), at + n);
            }
            cr_assert_eq(dsc_outfile_commit(&f, &existed, NULL), DSC_OK);
            cr_assert(holds("a", bytes, sizes[s]));
            remove(in_folder("a"));
        }
    }
}

Test(outfile, patches_what_was_written)
{
    dsc_outfile *f = NULL;
    bool existed;

    cr_assert_eq(dsc_outfile_create(&f, in_folder("a"), NULL), DSC_OK);
    cr_assert_eq(dsc_outfile_write(f, "0123456789", 10, NULL), DSC_OK);
    cr_assert_eq(dsc_outfile_patch(f, 3, "abc", 3, NULL), DSC_OK);
    cr_assert_eq(dsc_outfile_patch(f, 9, "z", 1, NULL), DSC_OK);
    cr_assert_eq(dsc_outfile_patch(f, 10, "", 0, NULL), DSC_OK);
    cr_assert_eq(dsc_outfile_tell(f), 10);
    cr_assert_eq(dsc_outfile_write(f, "end", 3, NULL), DSC_OK);
    cr_assert_eq(dsc_outfile_commit(&f, &existed, NULL), DSC_OK);
    cr_assert(holds("a", "012abc678zend", 13));
}

Test(outfile, a_patch_past_the_end_is_refused)
{
    static const struct {
        uint64_t offset;
        size_t n;
    } bad[] = {{10, 1}, {9, 2}, {11, 0}, {UINT64_MAX, 1}, {UINT64_MAX, 0}};
    char bytes[2] = "xy";

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        dsc_outfile *f = NULL;
        cr_assert_eq(dsc_outfile_create(&f, in_folder("a"), NULL), DSC_OK);
        cr_assert_eq(dsc_outfile_write(f, "0123456789", 10, NULL), DSC_OK);
        cr_assert_eq(dsc_outfile_patch(f, bad[i].offset, bytes, bad[i].n, NULL),
                     DSC_INTERNAL);
        dsc_outfile_abort(&f);
    }
    cr_assert_eq(entries(), 0);
}

Test(outfile, readers_see_what_was_flushed)
{
    dsc_outfile *f = NULL;
    dsc_buf b = {0};

    cr_assert_eq(dsc_outfile_create(&f, in_folder("a"), NULL), DSC_OK);
    cr_assert_eq(dsc_outfile_write(f, "hello", 5, NULL), DSC_OK);
    cr_assert_eq(dsc_outfile_flush(f, NULL), DSC_OK);
    cr_assert_eq(dsc_read_file(&b, dsc_outfile_temp_path(f), 100, NULL),
                 DSC_OK);
    cr_assert_eq(b.len, 5);
    cr_assert_arr_eq(b.data, "hello", 5);
    dsc_buf_free(&b);
    dsc_outfile_abort(&f);
}

Test(outfile, makes_private_folders_on_the_way)
{
    dsc_outfile *f = NULL;
    struct stat info;
    bool existed;

    cr_assert_eq(dsc_outfile_create(&f, in_folder("p/q/a"), NULL), DSC_OK);
    cr_assert_eq(dsc_outfile_commit(&f, &existed, NULL), DSC_OK);
    cr_assert_eq(stat(in_folder("p/q"), &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0700);
    remove(in_folder("p/q/a"));
    remove(in_folder("p/q"));
}

Test(outfile, a_file_in_the_way_of_a_folder_is_an_error)
{
    dsc_outfile *f = (dsc_outfile *)folder;
    dsc_error err = DSC_ERROR_INIT;

    put("p", "text");
    cr_assert_eq(dsc_outfile_create(&f, in_folder("p/q/a"), &err), DSC_IO);
    cr_assert_null(f);
    cr_assert_null(strstr(err.msg, folder));
    f = (dsc_outfile *)folder;
    cr_assert_eq(dsc_outfile_create(&f, in_folder("p/a"), NULL), DSC_IO);
    cr_assert_null(f);
    cr_assert_eq(dsc_make_folders(in_folder("p"), NULL), DSC_IO);
    cr_assert(holds("p", "text", 4));
}

Test(outfile, a_file_takes_the_place_of_another)
{
    char from[400];
    dsc_error err = DSC_ERROR_INIT;

    snprintf(from, sizeof from, "%s", in_folder("new"));
    cr_assert_eq(dsc_replace_file(from, in_folder("old"), &err), DSC_IO);
    cr_assert_null(strstr(err.msg, folder));
    /* no sync, no rename: the old one; no sync of the folder: the new one */
    for (unsigned long n = 1; n <= 4; n++) {
        put("old", "old");
        put("new", "new");
        dsc_file_fail_after(n);
        cr_assert_eq(dsc_replace_file(from, in_folder("old"), NULL),
                     n < 4 ? DSC_IO : DSC_OK);
        dsc_file_fail_after(0);
        cr_assert(holds("old", n < 3 ? "old" : "new", 3));
        cr_assert_eq(entries(), n < 3 ? 2 : 1);
    }
}

/* It may be written to and not read: it cannot be synced. */
Test(outfile, a_file_takes_the_place_of_another_in_a_shut_folder)
{
    char from[400];

    put("old", "old");
    put("new", "new");
    snprintf(from, sizeof from, "%s", in_folder("new"));
    if (geteuid() == 0) {
        cr_assert_eq(chown(from, 65534, 65534), 0);
        cr_assert_eq(chown(folder, 65534, 65534), 0);
        cr_assert_eq(seteuid(65534), 0);
    }
    cr_assert_eq(chmod(folder, 0300), 0);
    cr_expect_eq(dsc_replace_file(from, in_folder("old"), NULL), DSC_OK);
    cr_expect_eq(dsc_sync_folder(from, NULL), DSC_IO);
    cr_assert_eq(chmod(folder, 0500), 0);
    cr_expect_eq(dsc_replace_file(in_folder("old"), from, NULL),
                 DSC_UNSUPPORTED);
    cr_assert_eq(chmod(folder, 0700), 0);
    cr_assert_eq(seteuid(getuid()), 0);
    cr_expect(holds("old", "new", 3));
}

Test(outfile, a_vanished_temporary_file_fails_the_commit)
{
    dsc_outfile *f = NULL;
    bool existed;

    cr_assert_eq(dsc_outfile_create(&f, in_folder("a"), NULL), DSC_OK);
    unlink(dsc_outfile_temp_path(f));
    cr_assert_eq(dsc_outfile_commit(&f, &existed, NULL), DSC_IO);
    cr_assert_eq(entries(), 0);
}

/* Each write, fsync and rename in turn: never an output, never a leftover,
 * and the fault-free run that ends the loop gives the whole file. */
Test(outfile, any_failing_system_call_leaves_nothing)
{
    static uint8_t bytes[600000];
    unsigned long n;

    for (n = 1; n < 100; n++) {
        dsc_outfile *f = NULL;
        bool existed = false;
        dsc_error err = DSC_ERROR_INIT;
        dsc_status st;

        dsc_file_fail_after(n);
        st = dsc_outfile_create(&f, in_folder("a"), &err);
        for (int i = 0; i < 3 && !st; i++)
            st = dsc_outfile_write(f, bytes + i * 200000, 200000, &err);
        if (!st)
            st = dsc_outfile_patch(f, 0, "x", 1, &err);
        if (!st)
            st = dsc_outfile_commit(&f, &existed, &err);
        dsc_outfile_abort(&f);
        dsc_file_fail_after(0);
        if (!st)
            break;
        cr_assert_eq(st, DSC_IO);
        cr_assert_eq(err.status, DSC_IO);
        cr_assert_eq(entries(), 0, "fault %lu left something", n);
    }
    cr_assert(n >= 6 && n < 100, "%lu points of failure", n - 1);
    bytes[0] = 'x';
    cr_assert(holds("a", bytes, sizeof bytes));
}

Test(outfile, a_sync_failure_does_not_take_back_an_earlier_output)
{
    unsigned long n;
    dsc_status st = DSC_IO;

    put("a", "same");
    for (n = 1; n < 50 && st; n++) {
        dsc_outfile *f = NULL;
        bool existed = false;
        cr_assert_eq(dsc_outfile_create(&f, in_folder("a"), NULL), DSC_OK);
        cr_assert_eq(dsc_outfile_write(f, "same", 4, NULL), DSC_OK);
        dsc_file_fail_after(n);
        st = dsc_outfile_commit(&f, &existed, NULL);
        dsc_file_fail_after(0);
        cr_assert(holds("a", "same", 4));
        cr_assert_eq(entries(), 1);
    }
    cr_assert_eq(st, DSC_OK);
}

Test(outfile, any_failing_allocation_leaves_nothing)
{
    unsigned long n;

    for (n = 1; n < 100; n++) {
        dsc_outfile *f = NULL;
        bool existed;
        dsc_error err = DSC_ERROR_INIT;
        dsc_status st;

        dsc_alloc_fail_after(n);
        st = dsc_outfile_create(&f, in_folder("a"), &err);
        if (!st)
            st = dsc_outfile_write(f, "x", 1, &err);
        if (!st)
            st = dsc_outfile_commit(&f, &existed, &err);
        dsc_alloc_fail_after(0);
        if (!st)
            break;
        cr_assert_eq(st, DSC_NOMEM);
        cr_assert_null(f);
        cr_assert_eq(entries(), 0, "allocation %lu left something", n);
        /* A struct half made must not close somebody's descriptor 0. */
        cr_assert_neq(fcntl(STDIN_FILENO, F_GETFD), -1);
    }
    cr_assert(n >= 6 && n < 100);
    cr_assert(holds("a", "x", 1));
}

TestSuite(leftover, .init = make_folder, .fini = remove_folder);

Test(leftover, of_a_dead_process_goes)
{
    put(".dcmscrub-abc123.tmp", "half");
    cr_assert(dsc_remove_leftover(in_folder(".dcmscrub-abc123.tmp")));
    cr_assert_eq(entries(), 0);
}

Test(leftover, that_is_still_written_stays)
{
    dsc_outfile *f = NULL;
    bool existed;

    cr_assert_eq(dsc_outfile_create(&f, in_folder("a"), NULL), DSC_OK);
    cr_assert_not(dsc_remove_leftover(dsc_outfile_temp_path(f)));
    cr_assert_eq(dsc_outfile_write(f, "x", 1, NULL), DSC_OK);
    cr_assert_eq(dsc_outfile_commit(&f, &existed, NULL), DSC_OK);
    cr_assert(holds("a", "x", 1));
}

Test(leftover, other_names_are_not_ours)
{
    static const char *const names[] = {"a.dcm", ".dcmscrub-", "dcmscrub-a.tmp",
                                        ".dcmscrub-a.tmp.dcm", "a.tmp"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        put(names[i], "precious");
        cr_assert_not(dsc_remove_leftover(in_folder(names[i])));
        cr_assert(holds(names[i], "precious", 8));
    }
    cr_assert_not(dsc_remove_leftover(in_folder("absent")));
    cr_assert_not(dsc_remove_leftover(in_folder(".dcmscrub-absent.tmp")));
}

TestSuite(read_file, .init = make_folder, .fini = remove_folder);

Test(read_file, stops_at_the_limit)
{
    dsc_buf b = {0};
    dsc_error err = DSC_ERROR_INIT;

    put("a", "0123456789");
    cr_assert_eq(dsc_read_file(&b, in_folder("a"), 10, &err), DSC_OK);
    cr_assert_eq(b.len, 10);
    cr_assert_eq(dsc_read_file(&b, in_folder("a"), 9, &err), DSC_LIMIT);
    cr_assert_eq(err.status, DSC_LIMIT);
    cr_assert_eq(dsc_read_file(&b, in_folder("a"), 0, NULL), DSC_LIMIT);
    dsc_buf_free(&b);
}

Test(read_file, an_empty_file_has_no_bytes)
{
    dsc_buf b = {0};

    put("a", "");
    cr_assert_eq(dsc_read_file(&b, in_folder("a"), 0, NULL), DSC_OK);
    cr_assert_eq(b.len, 0);
    dsc_buf_free(&b);
}

Test(read_file, absent_files_and_folders_are_io_errors)
{
    dsc_buf b = {0};
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_read_file(&b, in_folder("none"), 10, &err), DSC_IO);
    cr_assert_null(strstr(err.msg, folder), "the message names no file");
    cr_assert_eq(dsc_read_file(&b, folder, 10, NULL), DSC_IO);
    dsc_buf_free(&b);
}

Test(read_file, replaces_what_the_buffer_held)
{
    dsc_buf b = {0};

    put("a", "second");
    cr_assert_eq(dsc_buf_append(&b, "the first", 9, NULL), DSC_OK);
    cr_assert_eq(dsc_read_file(&b, in_folder("a"), 100, NULL), DSC_OK);
    cr_assert_eq(b.len, 6);
    cr_assert_arr_eq(b.data, "second", 6);
    dsc_buf_free(&b);
}

Test(read_file, is_longer_than_one_chunk)
{
    static char text[70001];
    dsc_buf b = {0};

    memset(text, 'q', sizeof text - 1);
    put("a", text);
    cr_assert_eq(dsc_read_file(&b, in_folder("a"), 70000, NULL), DSC_OK);
    cr_assert_eq(b.len, 70000);
    cr_assert_arr_eq(b.data, text, 70000);
    cr_assert_eq(dsc_read_file(&b, in_folder("a"), 69999, NULL), DSC_LIMIT);
    dsc_buf_free(&b);
}
