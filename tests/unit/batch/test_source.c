/* SPDX-License-Identifier: Apache-2.0
 *
 * Archives and DICOMDIRs as a source gives them, good and hostile. */
#include "batch/feeder_priv.h"
#include "batch/source_priv.h"
#include "makers.h"

#include <fcntl.h>
#include <signal.h>

/* ---- what a source gives ---- */

static void show(char *out, size_t size, dsc_source *s, dsc_item *item)
{
    char text[32] = "";
    size_t at = strlen(out);
    struct stat sb;

    cr_assert_eq(dsc_source_take(s, item, NULL), DSC_OK);
    if (item->fd >= 0) {
        cr_expect_eq(fstat(item->fd, &sb), 0);
        cr_expect_eq(sb.st_size, item->size);
        cr_expect_eq(item->found, DSC_FOUND_FILE);
        cr_expect_geq(read(item->fd, text, sizeof text - 1), 0);
        close(item->fd);
        snprintf(out + at, size - at, "%s=%s\n", item->name, text);
    } else if (item->found == DSC_FOUND_TOLD) {
        snprintf(out + at, size - at, "%s: %s: %s\n", item->name,
                 dsc_outcome_name(item->outcome), item->reason);
    } else {
        snprintf(out + at, size - at, "%s %d\n", item->name, (int)item->found);
    }
}

#define WHOLE ": ignored: an archive, read to its end\n"

static void list(char *out, size_t size, const char *input)
{
    dsc_source_options o = {
        .inputs = &input, .input_count = 1, .avoid = "out", .spill = "out"};
    dsc_source *s = NULL;
    dsc_error err = DSC_ERROR_INIT;
    dsc_item item;

    out[0] = '\0';
    cr_assert_eq(dsc_source_open(&s, &o, &err), DSC_OK, "%s", err.msg);
    for (;;) {
        cr_assert_eq(dsc_source_next(s, &item, &err), DSC_OK, "%s", err.msg);
        if (!item.name)
            break;
        show(out, size, s, &item);
    }
    dsc_source_close(&s);
}

static char got[65536];

static void expect(const char *input, const char *want)
{
    list(got, sizeof got, input);
    cr_expect_str_eq(got, want, "%s gives\n%s", input, got);
}

/* The same and the row of the archive itself, which is whole. */
static void expect_whole(const char *input, const char *want)
{
    static char all[sizeof got];

    snprintf(all, sizeof all, "%s%s" WHOLE, want, input);
    expect(input, all);
}

Test(archive, members_come_with_their_bytes, .init = enter, .fini = leave)
{
    static const char *const names[] = {"a.tar", "a.zip", "a.tar.gz", "A.TGZ"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct archive *a;
        char want[128];
        mkdir("in", 0700);
        cr_assert_eq(chdir("in"), 0);
        a = begin(i == 3 ? "x.tar.gz" : names[i]);
        add_kind(a, "dir", AE_IFDIR, NULL, NULL, 0);
        add(a, "dir/one", "first");
        add(a, "two", "second");
        finish(a);
        if (i == 3)
            rename("x.tar.gz", names[i]);
        cr_assert_eq(chdir(".."), 0);
        snprintf(want, sizeof want,
                 "in/%s!2/dir/one=first\nin/%s!3/two=second\nin/%s" WHOLE,
                 names[i], names[i], names[i]);
        expect("in", want);
        remove_folder("in");
    }
}

Test(archive, named_by_the_user_it_needs_no_suffix, .init = enter,
     .fini = leave)
{
    struct archive *a = begin("a.zip");

    add(a, "one", "1");
    finish(a);
    mkdir("in", 0700);
    rename("a.zip", "in/data");
    expect_whole("in/data", "in/data!1/one=1\n");
    expect("in", "in/data 0\n");
}

Test(archive, what_is_not_asked_for_is_passed_over, .init = enter,
     .fini = leave)
{
    const char *input = "a.tar";
    dsc_source_options o = {.inputs = &input, .input_count = 1, .spill = "out"};
    dsc_source *s = NULL;
    dsc_item item;
    struct archive *a = begin("a.tar");

    add(a, "one", "first");
    add(a, "two", "second");
    finish(a);
    cr_assert_eq(dsc_source_open(&s, &o, NULL), DSC_OK);
    cr_assert_eq(dsc_source_next(s, &item, NULL), DSC_OK);
    cr_expect_str_eq(item.name, "a.tar!1/one");
    cr_expect_str_eq(item.relative, "a.tar!1/one");
    cr_expect_eq(item.found, DSC_FOUND_MEMBER);
    cr_expect_eq(item.size, 5);
    cr_expect_gt(item.modified, 0);
    cr_assert_eq(dsc_source_next(s, &item, NULL), DSC_OK);
    cr_expect_str_eq(item.name, "a.tar!2/two");
    got[0] = '\0';
    show(got, sizeof got, s, &item);
    cr_expect_str_eq(got, "a.tar!2/two=second\n");
    dsc_source_close(&s); /* in the middle */
}

Test(archive, links_and_devices_are_no_files, .init = enter, .fini = leave)
{
    struct archive *a = begin("a.tar");

    add(a, "one", "1");
    add_kind(a, "soft", AE_IFLNK, "/etc/passwd", NULL, 0);
    add_kind(a, "hard", AE_IFREG, "one", NULL, 0);
    add_kind(a, "pipe", AE_IFIFO, NULL, NULL, 0);
    finish(a);
    expect_whole("a.tar", "a.tar!1/one=1\n"
                          "a.tar!2/soft: ignored: not a regular file\n"
                          "a.tar!3/hard: ignored: not a regular file\n"
                          "a.tar!4/pipe: ignored: not a regular file\n");
}

Test(archive, names_that_lead_out, .init = enter, .fini = leave)
{
    struct archive *a = begin("a.tar");

    add(a, "../up", "1");
    add(a, "/etc/absolute", "2");
    add(a, "a/../../b", "3");
    add(a, "a/..", "4");
    add(a, "..a/b..", "5");
    finish(a);
    expect_whole(
        "a.tar",
        "a.tar!1/../up: quarantined: a name with '..' leads out of the "
        "archive\n"
        "a.tar!2//etc/absolute=2\n"
        "a.tar!3/a/../../b: quarantined: a name with '..' leads out of the "
        "archive\n"
        "a.tar!4/a/..: quarantined: a name with '..' leads out of the "
        "archive\n"
        "a.tar!5/..a/b..=5\n");
}

Test(archive, long_names_and_other_bytes, .init = enter, .fini = leave)
{
    static char name[5000], want[5100];
    struct archive *a = begin("a.tar");

    memset(name, 'n', 4096);
    add(a, name, "long");
    add(a, "caf\xe9\n", "latin");
    add(a, "caf\xc3\xa9", "utf8");
    finish(a);
    snprintf(want, sizeof want,
             "a.tar!1/%s=long\na.tar!2/caf\xe9\n=latin\n"
             "a.tar!3/caf\xc3\xa9=utf8\n",
             name);
    expect_whole("a.tar", want);
}

Test(archive, a_name_over_every_limit, .init = enter, .fini = leave)
{
    static char name[70000];
    struct archive *a = begin("a.tar");

    memset(name, 'n', sizeof name - 1);
    add(a, name, "long");
    add(a, "b", "short");
    finish(a);
    expect_whole("a.tar",
                 "a.tar!1/: quarantined: the name in the archive is too long\n"
                 "a.tar!2/b=short\n");
}

Test(archive, the_same_name_twice, .init = enter, .fini = leave)
{
    struct archive *a = begin("a.zip");

    add(a, "one", "first");
    add(a, "one", "second");
    finish(a);
    expect_whole("a.zip", "a.zip!1/one=first\na.zip!2/one=second\n");
}

Test(archive, empty_and_no_archives, .init = enter, .fini = leave)
{
    char zeros[2048] = "";

    put_bytes("a.zip", "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);
    expect("a.zip", "a.zip: ignored: it holds no files\n");
    put_bytes("b.tar", zeros, 1024);
    expect("b.tar", "b.tar: ignored: it holds no files\n");
    put("c.tar", "no archive at all");
    expect("c.tar",
           "c.tar: quarantined: the archive is broken or ends early\n");
    put("d.tar.gz", "\x1f\x8b that is all");
    expect("d.tar.gz",
           "d.tar.gz: quarantined: the archive is broken or ends early\n");
    put("e.zip", "");
    expect("e.zip", "e.zip 0\n");
    memcpy(zeros + 128, "DICM", 4);
    memcpy(zeros, "PK\3\4", 4);
    put_bytes("f.zip", zeros, 1024);
    expect("f.zip", "f.zip 0\n");
}

Test(archive, cut_off_anywhere, .init = enter, .fini = leave)
{
    static char bytes[16384], noise[6000];
    static const char *const names[] = {"a.tar", "a.zip", "a.tar.gz"};

    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)(i * i * 7 >> 3 ^ i);
    for (size_t k = 0; k < 3; k++) {
        struct archive *a = begin(names[k]);
        size_t n;
        add_kind(a, "one", AE_IFREG, NULL, noise, 3000);
        add_kind(a, "two", AE_IFREG, NULL, noise, sizeof noise);
        finish(a);
        n = slurp(names[k], bytes, sizeof bytes);
        for (size_t cut = 200; cut < 9000 && cut + 200 < n; cut += 1111) {
            put_bytes(names[k], bytes, cut);
            list(got, sizeof got, names[k]);
            /* Every member is there, or somebody is told that it is not. */
            cr_expect(strstr(got, ": quarantined: ") ||
                          (strstr(got, "/one=") && strstr(got, "/two=")),
                      "%s cut at %zu of %zu:\n%s", names[k], cut, n, got);
        }
    }
}

Test(archive, garbage_in_the_middle, .init = enter, .fini = leave)
{
    static char bytes[65536];
    struct archive *a = begin("a.zip");
    size_t n;
    char *at;

    for (int i = 0; i < 20; i++) {
        char name[8], text[200];
        snprintf(name, sizeof name, "n%02d", i);
        memset(text, 'a' + i, sizeof text);
        add_kind(a, name, AE_IFREG, NULL, text, sizeof text);
    }
    finish(a);
    n = slurp("a.zip", bytes, sizeof bytes);
    at = memmem(bytes, n, "n10", 3);
    cr_assert_not_null(at);
    memset(at + 20, 0x55, 20);
    put_bytes("a.zip", bytes, n);
    list(got, sizeof got, "a.zip");
    cr_expect(strstr(got, "!1/n00=aaaa"));
    cr_expect(strstr(got, "!20/n19=tttt"));
    cr_expect(strstr(got, "!11/n10: quarantined: broken or cut off"), "%s",
              got);
}

Test(archive, encrypted, .init = enter, .fini = leave)
{
    struct archive *a = archive_write_new();

    archive_write_set_format_zip(a);
    archive_write_set_passphrase(a, "secret");
    cr_assert_eq(archive_write_set_options(a, "zip:encryption=aes256"),
                 ARCHIVE_OK);
    cr_assert_eq(archive_write_open_filename(a, "a.zip"), ARCHIVE_OK);
    add(a, "one", "hidden");
    finish(a);
    expect_whole("a.zip",
                 "a.zip!1/one: quarantined: encrypted in the archive\n");
}

/* ---- archives in archives, bombs ---- */

static void wrap(const char *outer, const char *inner)
{
    static char bytes[1 << 20];
    struct archive *a;
    size_t n = slurp(inner, bytes, sizeof bytes);

    a = begin(outer);
    add_kind(a, inner, AE_IFREG, NULL, bytes, n);
    add(a, "beside", "b");
    finish(a);
}

Test(archive, inside_archives, .init = enter, .fini = leave)
{
    struct archive *a = begin("1.zip");

    add(a, "x", "deep");
    finish(a);
    wrap("2.tar.gz", "1.zip");
    expect_whole("2.tar.gz", "2.tar.gz!1/1.zip!1/x=deep\n2.tar.gz!1/1.zip" WHOLE
                             "2.tar.gz!2/beside=b\n");
    wrap("3.zip", "2.tar.gz");
    wrap("4.tar", "3.zip");
    expect_whole("4.tar", "4.tar!1/3.zip!1/2.tar.gz!1/1.zip!1/x=deep\n"
                          "4.tar!1/3.zip!1/2.tar.gz!1/1.zip" WHOLE
                          "4.tar!1/3.zip!1/2.tar.gz!2/beside=b\n"
                          "4.tar!1/3.zip!1/2.tar.gz" WHOLE
                          "4.tar!1/3.zip!2/beside=b\n4.tar!1/3.zip" WHOLE
                          "4.tar!2/beside=b\n");
    wrap("5.tar", "4.tar");
    list(got, sizeof got, "5.tar");
    cr_expect(strstr(got, "1.zip: quarantined: archives inside archives, too "
                          "deep\n"),
              "%s", got);
    cr_expect(strstr(got, "5.tar!2/beside=b\n"));
}

Test(archive, a_broken_one_inside, .init = enter, .fini = leave)
{
    struct archive *a = begin("a.zip");

    add(a, "b.tar", "no tar");
    add(a, "c.tar", "");
    add(a, "d", "fine");
    finish(a);
    expect_whole(
        "a.zip",
        "a.zip!1/b.tar: quarantined: the archive is broken or ends early\n"
        "a.zip!2/c.tar=\n"
        "a.zip!3/d=fine\n");
}

/* All entries of a body under limits of the test's own. */
static void feed(const char *path, const dsc_feed_limits *limits)
{
    dsc_feeder *f = NULL;
    dsc_feed_entry e;
    size_t at = 0;

    got[0] = '\0';
    cr_assert_eq(
        dsc_feeder_start(&f, dsc_feed_archive, path, "out", limits, NULL, NULL),
        DSC_OK);
    for (;;) {
        dsc_feed_reason reason;
        int fd = -1;
        dsc_feeder_next(f, &e);
        reason = e.reason;
        if (e.name && e.reason == DSC_FEED_FINE)
            fd = dsc_feeder_take(f, &e.size, &reason);
        cr_assert_eq(fd >= 0, e.name && reason == DSC_FEED_FINE);
        if (fd >= 0)
            close(fd);
        at += (size_t)snprintf(got + at, sizeof got - at, "%s:%d:%lld ",
                               e.name ? e.name : "end", (int)reason,
                               (long long)e.size);
        if (!e.name)
            break;
    }
    dsc_feeder_stop(&f);
}

static void make_bomb(const char *path, size_t bytes, unsigned members)
{
    char *zeros = calloc(1, bytes);
    struct archive *a = begin(path);

    for (unsigned i = 0; i < members; i++) {
        char name[16];
        snprintf(name, sizeof name, "m%u", i);
        add_kind(a, name, AE_IFREG, NULL, zeros, bytes);
    }
    finish(a);
    free(zeros);
}

Test(bomb, size_ratio_and_number, .init = enter, .fini = leave)
{
    dsc_feed_limits l = dsc_feed_default_limits();

    make_bomb("a.zip", 4000000, 3); /* some 4 kB each when packed */
    l.member_bytes = 1000000;
    feed("a.zip", &l);
    cr_expect_str_eq(got, "1/m0:6:0 2/m1:6:0 3/m2:6:0 end:0:0 ", "%s", got);

    l = dsc_feed_default_limits();
    l.free_bytes = 0;
    l.ratio = 700;
    feed("a.zip", &l); /* the ratio is that of the whole */
    cr_expect_str_eq(got, "1/m0:0:4000000 2/m1:0:4000000 3/m2:7:0 end:0:0 ",
                     "%s", got);
    l.ratio = 100;
    feed("a.zip", &l);
    cr_expect(strstr(got, "1/m0:7:"), "%s", got);

    l = dsc_feed_default_limits();
    l.members = 2;
    feed("a.zip", &l);
    cr_expect_str_eq(got, "1/m0:0:4000000 2/m1:0:4000000 end:9:0 ", "%s", got);
}

/* All members of a body, and none asked for. */
Test(bomb, passing_over_counts_where_it_inflates, .init = enter, .fini = leave)
{
    dsc_feed_limits l = dsc_feed_default_limits();
    dsc_feeder *f = NULL;
    dsc_feed_entry e;
    unsigned n = 0;

    make_bomb("a.tar.gz", 4000000, 3);
    l.free_bytes = 0;
    l.ratio = 100;
    cr_assert_eq(dsc_feeder_start(&f, dsc_feed_archive, "a.tar.gz", "out", &l,
                                  NULL, NULL),
                 DSC_OK);
    for (dsc_feeder_next(f, &e); e.name; dsc_feeder_next(f, &e))
        n++;
    cr_expect_eq(n, 1);
    cr_expect_eq(e.reason, DSC_FEED_TOO_DENSE);
    dsc_feeder_stop(&f);
}

Test(bomb, an_archive_inside_counts_too, .init = enter, .fini = leave)
{
    dsc_feed_limits l = dsc_feed_default_limits();

    make_bomb("a.tar.gz", 900000, 1);
    wrap("b.zip", "a.tar.gz");
    l.free_bytes = 1000;
    l.ratio = 2;
    feed("b.zip", &l);
    cr_expect(strstr(got, "1/a.tar.gz!1/m0:7:"), "%s", got);
}

Test(feeder, large_members_go_to_files_without_names, .init = enter,
     .fini = leave)
{
    dsc_feed_limits l = dsc_feed_default_limits();

    make_bomb("a.tar", 3000000, 1);
    l.memory_bytes = 1000;
    feed("a.tar", &l);
    cr_expect_str_eq(got, "1/m0:0:3000000 end:0:0 ");
    cr_expect_eq(rmdir("out"), 0, "something was left behind");
    feed("a.tar", &l); /* no folder any more */
    cr_expect_str_eq(got, "1/m0:13:0 end:0:0 ", "%s", got);
}

static dsc_feed_reason dying(dsc_feed *f, const char *path)
{
    dsc_feed_entry e = {.name = "1/one"};

    (void)path;
    dsc_feed_offer(f, &e);
    e.name = "2/two";
    if (dsc_feed_offer(f, &e))
        raise(SIGKILL);
    return DSC_FEED_FINE;
}

static dsc_feed_reason crashing(dsc_feed *f, const char *path)
{
    dsc_feed_entry e = {.name = "1/one"};

    (void)path;
    dsc_feed_offer(f, &e);
    signal(SIGABRT, SIG_DFL);
    raise(SIGABRT);
    return DSC_FEED_FINE;
}

static dsc_feed_reason hanging(dsc_feed *f, const char *path)
{
    (void)f;
    (void)path;
    for (;;)
        pause();
    return DSC_FEED_FINE;
}

Test(feeder, one_that_dies_or_hangs_is_told_once, .init = enter, .fini = leave)
{
    dsc_feed_limits l = dsc_feed_default_limits();
    dsc_feeder *f = NULL;
    dsc_feed_entry e;
    dsc_feed_reason reason;

    cr_assert_eq(dsc_feeder_start(&f, dying, "x", "out", &l, NULL, NULL),
                 DSC_OK);
    dsc_feeder_next(f, &e);
    cr_expect_str_eq(e.name, "1/one");
    dsc_feeder_next(f, &e);
    cr_expect_str_eq(e.name, "2/two");
    cr_expect_eq(dsc_feeder_take(f, &e.size, &reason), -1);
    cr_expect_eq(reason, DSC_FEED_KILLED);
    cr_expect_str_eq(e.name, "2/two");
    dsc_feeder_next(f, &e); /* what comes after it is lost: said at the end */
    cr_expect_null(e.name);
    cr_expect_eq(e.reason, DSC_FEED_KILLED);
    dsc_feeder_next(f, &e);
    cr_expect_null(e.name);
    cr_expect_eq(e.reason, DSC_FEED_FINE);
    dsc_feeder_stop(&f);

    cr_assert_eq(dsc_feeder_start(&f, crashing, "x", "out", &l, NULL, NULL),
                 DSC_OK);
    dsc_feeder_next(f, &e);
    cr_expect_str_eq(e.name, "1/one");
    dsc_feeder_next(f, &e);
    cr_expect_null(e.name);
    cr_expect_eq(e.reason, DSC_FEED_DIED);
    dsc_feeder_stop(&f);

    l.seconds = 1;
    cr_assert_eq(dsc_feeder_start(&f, hanging, "x", "out", &l, NULL, NULL),
                 DSC_OK);
    dsc_feeder_next(f, &e);
    cr_expect_null(e.name);
    cr_expect_eq(e.reason, DSC_FEED_DIED);
    dsc_feeder_stop(&f);
}

/* ---- DICOMDIR ---- */

/* A record for each file ID; one that begins with '!' is not in use. */
static void put_dicomdir(const char *path, const char *const *ids, size_t count)
{
    static char file[60000], items[50000];
    static const char class[] = "1.2.840.10008.1.3.10";
    size_t n = 0, at;

    for (size_t i = 0; i < count; i++) {
        char item[4096];
        bool inactive = ids[i][0] == '!';
        size_t k = element(item, 0x00041400, "UL", "\0\0\0\0", 4);
        k += element(item + k, 0x00041410, "US", inactive ? "\0\0" : "\xff\xff",
                     2);
        k += element(item + k, 0x00041420, "UL", "\0\0\0\0", 4);
        k += element(item + k, 0x00041430, "CS", "IMAGE", 5);
        k += element(item + k, 0x00041500, "CS", ids[i] + inactive,
                     strlen(ids[i] + inactive));
        memcpy(items + n, "\xfe\xff\x00\xe0", 4);
        for (unsigned b = 0; b < 4; b++)
            items[n + 4 + b] = (char)(k >> 8 * b);
        memcpy(items + n + 8, item, k);
        n += 8 + k;
    }
    at = begin_dicom(file, sizeof file, class);
    at += element(file + at, 0x00041200, "UL", "\0\0\0\0", 4);
    at += element(file + at, 0x00041202, "UL", "\0\0\0\0", 4);
    at += element(file + at, 0x00041212, "US", "\0\0", 2);
    at += element(file + at, 0x00041220, "SQ", items, n);
    put_bytes(path, file, at);
}

Test(dicomdir, the_listed_files_each_once, .init = enter, .fini = leave)
{
    static const char *const ids[] = {"A\\ONE", "A\\TWO", "!A\\OLD", "A\\ONE",
                                      "SMALL"};

    mkdir("cd", 0700);
    mkdir("cd/A", 0700);
    put("cd/A/ONE", "1");
    put("cd/A/TWO", "2");
    put("cd/A/OLD", "0");
    put("cd/A/UNLISTED", "0");
    put("cd/small", "s");
    put_dicomdir("cd/DICOMDIR", ids, 5);
    expect("cd/DICOMDIR", "cd/A/ONE 0\ncd/A/TWO 0\ncd/small 0\n");
    /* Found in a folder it is a file among the others. */
    expect("cd", "cd/A/OLD 0\ncd/A/ONE 0\ncd/A/TWO 0\ncd/A/UNLISTED 0\n"
                 "cd/DICOMDIR 0\ncd/small 0\n");
    cr_assert_eq(chdir("cd"), 0);
    mkdir("out", 0700);
    expect("DICOMDIR", "A/ONE 0\nA/TWO 0\nsmall 0\n");
}

Test(dicomdir, files_outside_and_missing, .init = enter, .fini = leave)
{
    static const char *const ids[] = {"..\\SECRET",    "A\\..\\..\\SECRET",
                                      "LINK",          "GONE",
                                      "\\ETC\\PASSWD", "A\\\\B",
                                      "DIR",           ".",
                                      "../SECRET"};
    static const char *const outside =
        ": quarantined: the DICOMDIR lists a file outside of its folder\n";
    char want[2048];

    mkdir("cd", 0700);
    mkdir("cd/DIR", 0700);
    put("SECRET", "s");
    cr_assert_eq(symlink("../SECRET", "cd/LINK"), 0);
    put_dicomdir("cd/DICOMDIR", ids, 9);
    snprintf(want, sizeof want,
             "cd/../SECRET%scd/A/../../SECRET%scd/LINK%s"
             "cd/GONE: failed: listed in the DICOMDIR, but not there\n"
             "cd//ETC/PASSWD%scd/A//B%s"
             "cd/DIR: ignored: not a regular file\ncd/.%s",
             outside, outside, outside, outside, outside, outside);
    expect("cd/DICOMDIR", want);
}

Test(dicomdir, that_is_none, .init = enter, .fini = leave)
{
    static char bytes[60000];
    static const char *const ids[] = {"ONE"};
    size_t n;

    put("DICOMDIR", "hello");
    expect("DICOMDIR", "DICOMDIR: quarantined: named like a DICOMDIR but "
                       "none\n");
    put_dicomdir("DICOMDIR", ids, 1);
    n = slurp("DICOMDIR", bytes, sizeof bytes);
    put_bytes("DICOMDIR", bytes, n - 10);
    expect("DICOMDIR", "DICOMDIR: quarantined: a DICOMDIR that cannot be "
                       "understood\n");
    put_dicomdir("DICOMDIR", ids, 0);
    expect("DICOMDIR", "DICOMDIR: ignored: it holds no files\n");
}
