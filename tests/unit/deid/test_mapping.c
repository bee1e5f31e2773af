/* SPDX-License-Identifier: Apache-2.0
 *
 * The encrypted mapping: what is kept comes back, for its secret only; broken
 * files are told from whole ones; many processes append, and some die. */
#include "deid/mapping.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/dcmscrub-mapping-XXXXXX";
static char path[64];
static const dsc_key key = {{1, 2, 3}}, other = {{4}};
static const dsc_secret by_key = {.key = &key};

static void make_folder(void)
{
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/map", folder);
}

static void drop_folder(void)
{
    unlink(path);
    rmdir(folder);
}

static void keep(dsc_mapping *m, const char *real, const char *now)
{
    dsc_error err = DSC_ERROR_INIT;

    dsc_mapping_start(m);
    cr_assert_eq(dsc_mapping_note(m, DSC_PAIR_UID, real, now, NULL), DSC_OK);
    cr_assert_eq(dsc_mapping_keep(m, &err), DSC_OK, "%s", err.msg);
}

static void keep_some(const dsc_secret *secret, unsigned from, unsigned to)
{
    dsc_mapping *m = NULL;
    char real[32], now[32];

    cr_assert_eq(dsc_mapping_open(&m, path, secret, NULL), DSC_OK);
    for (unsigned i = from; i < to; i++) {
        snprintf(real, sizeof real, "1.2.%u", i);
        snprintf(now, sizeof now, "2.25.%u", i);
        keep(m, real, now);
    }
    dsc_mapping_close(&m);
}

/* Counts pairs "1.2.N" -> "2.25.N" by N; anything else is a lie. */
typedef struct heard {
    unsigned total, lies, each[1000];
} heard;

static bool hear(void *ctx, dsc_pair_kind kind, const char *real,
                 const char *now)
{
    heard *h = ctx;
    unsigned a = 0, b = 0;

    h->total++;
    if (kind != DSC_PAIR_UID || sscanf(real, "1.2.%u", &a) != 1 ||
        sscanf(now, "2.25.%u", &b) != 1 || a != b || a >= 1000)
        h->lies++;
    else
        h->each[a]++;
    return true;
}

static dsc_status read_all(const dsc_secret *secret, heard *h, dsc_error *err)
{
    memset(h, 0, sizeof *h);
    *err = (dsc_error)DSC_ERROR_INIT;
    return dsc_mapping_read(path, secret, hear, h, err);
}

static size_t load(uint8_t *buf, size_t size)
{
    FILE *fp = fopen(path, "rb");
    size_t n;

    cr_assert(fp);
    n = fread(buf, 1, size, fp);
    fclose(fp);
    return n;
}

static void store(const uint8_t *buf, size_t n)
{
    FILE *fp = fopen(path, "wb");

    cr_assert(fp);
    cr_assert_eq(fwrite(buf, 1, n, fp), n);
    fclose(fp);
}

Test(mapping, tells_what_was_kept_to_its_key_only, .init = make_folder,
     .fini = drop_folder)
{
    dsc_secret wrong = {.key = &other}, text = {.passphrase = "no key at all"};
    dsc_mapping *m = NULL;
    dsc_error err;
    struct stat sb;
    uint8_t bytes[4096];
    heard h;

    keep_some(&by_key, 0, 3);
    keep_some(&by_key, 3, 5);
    cr_assert_eq(stat(path, &sb), 0);
    cr_expect_eq(sb.st_mode & 0777, 0600);
    cr_assert_eq(read_all(&by_key, &h, &err), DSC_OK, "%s", err.msg);
    cr_expect_eq(h.total, 5);
    cr_expect_eq(h.lies, 0);
    cr_expect_eq(read_all(&wrong, &h, &err), DSC_USAGE);
    cr_expect(strstr(err.msg, "not that of the mapping"));
    cr_expect_eq(read_all(&text, &h, &err), DSC_USAGE);
    cr_expect(strstr(err.msg, "under a key"));
    cr_expect_eq(h.total, 0);
    cr_expect_eq(dsc_mapping_open(&m, path, &wrong, &err), DSC_USAGE);
    cr_expect_null(m);
    cr_expect_not(memmem(bytes, load(bytes, sizeof bytes), "1.2.", 4));
}

Test(mapping, opens_with_its_passphrase_only, .init = make_folder,
     .fini = drop_folder)
{
    dsc_secret right = {.passphrase = "correct horse"},
               wrong = {.passphrase = "correct house"};
    dsc_error err;
    heard h;

    keep_some(&right, 0, 2);
    cr_assert_eq(read_all(&right, &h, &err), DSC_OK, "%s", err.msg);
    cr_expect_eq(h.total, 2);
    cr_expect_eq(read_all(&wrong, &h, &err), DSC_USAGE);
    cr_expect(strstr(err.msg, "passphrase is not"));
    cr_expect_eq(read_all(&by_key, &h, &err), DSC_USAGE);
    cr_expect(strstr(err.msg, "under a passphrase"));
}

Test(mapping, nothing_kept_makes_no_file, .init = make_folder,
     .fini = drop_folder)
{
    dsc_mapping *m = NULL;

    cr_assert_eq(dsc_mapping_open(&m, path, &by_key, NULL), DSC_OK);
    dsc_mapping_start(m);
    cr_expect_eq(dsc_mapping_keep(m, NULL), DSC_OK);
    /* noted for an instance that was refused */
    cr_expect_eq(dsc_mapping_note(m, DSC_PAIR_ID, "a", "b", NULL), DSC_OK);
    dsc_mapping_start(m);
    cr_expect_eq(dsc_mapping_keep(m, NULL), DSC_OK);
    dsc_mapping_close(&m);
    cr_expect_neq(access(path, F_OK), 0);
}

/* A pair that was dropped with its instance comes again with the next. */
Test(mapping, keeps_each_pair_once_but_never_forgets, .init = make_folder,
     .fini = drop_folder)
{
    dsc_mapping *m = NULL;
    dsc_error err;
    heard h;

    cr_assert_eq(dsc_mapping_open(&m, path, &by_key, NULL), DSC_OK);
    keep(m, "1.2.1", "2.25.1");
    keep(m, "1.2.1", "2.25.1");
    cr_expect_eq(dsc_mapping_note(m, DSC_PAIR_UID, "1.2.2", "2.25.2", NULL),
                 DSC_OK);
    keep(m, "1.2.2", "2.25.2");
    dsc_mapping_close(&m);
    cr_assert_eq(read_all(&by_key, &h, &err), DSC_OK);
    cr_expect_eq(h.each[1], 1);
    cr_expect_eq(h.each[2], 1);
}

Test(mapping, cut_anywhere_is_told, .init = make_folder, .fini = drop_folder)
{
    uint8_t bytes[4096];
    dsc_error err;
    heard h;
    size_t n;

    keep_some(&by_key, 0, 3);
    n = load(bytes, sizeof bytes);
    for (size_t cut = 0; cut < n; cut++) {
        dsc_status st;
        store(bytes, cut);
        st = read_all(&by_key, &h, &err);
        cr_expect(st == DSC_BADFILE || (st == DSC_USAGE && cut < 16),
                  "%zu of %zu: %d", cut, n, st);
        cr_expect_eq(h.total, 0, "%zu", cut);
        cr_expect(strstr(err.msg, cut < 16 ? "no mapping" : "truncated"));
    }
}

/* Each byte matters, but for those of the two slots: then all is told as it
 * was. */
Test(mapping, any_changed_byte_is_told_or_harmless, .init = make_folder,
     .fini = drop_folder)
{
    uint8_t bytes[4096];
    dsc_error err;
    heard h;
    size_t n, told = 0;

    keep_some(&by_key, 0, 3);
    n = load(bytes, sizeof bytes);
    for (size_t i = 0; i < n; i++) {
        dsc_status st;
        bytes[i] ^= 0x41;
        store(bytes, n);
        bytes[i] ^= 0x41;
        st = read_all(&by_key, &h, &err);
        cr_expect_eq(h.lies, 0, "byte %zu", i);
        if (st)
            told++;
        else
            cr_expect(h.total == 3 && i >= 64 && i < 192, "byte %zu", i);
    }
    cr_expect_geq(told, n - 128, "%zu of %zu", told, n);
}

Test(mapping, records_cannot_change_places, .init = make_folder,
     .fini = drop_folder)
{
    uint8_t bytes[4096], swapped[4096];
    dsc_error err;
    size_t n, size;
    heard h;

    keep_some(&by_key, 0, 2);
    n = load(bytes, sizeof bytes);
    size = (n - 192) / 2; /* both are as long */
    memcpy(swapped, bytes, n);
    memcpy(swapped + 192, bytes + 192 + size, size);
    memcpy(swapped + 192 + size, bytes + 192, size);
    store(swapped, n);
    cr_expect_eq(read_all(&by_key, &h, &err), DSC_BADFILE);
    cr_expect(strstr(err.msg, "record 1 "), "%s", err.msg);
    cr_expect_eq(h.total, 0);
}

/* A record that a crash kept from being counted. */
Test(mapping, an_unfinished_record_does_not_count, .init = make_folder,
     .fini = drop_folder)
{
    dsc_error err;
    heard h;
    FILE *fp;

    keep_some(&by_key, 0, 2);
    fp = fopen(path, "ab");
    cr_assert(fp);
    for (int i = 0; i < 1000; i++)
        fputc(i, fp);
    fclose(fp);
    cr_assert_eq(read_all(&by_key, &h, &err), DSC_OK, "%s", err.msg);
    cr_expect_eq(h.total, 2);
    keep_some(&by_key, 2, 4);
    cr_assert_eq(read_all(&by_key, &h, &err), DSC_OK, "%s", err.msg);
    cr_expect_eq(h.total, 4);
    cr_expect_eq(h.lies, 0);
}

/* A full disk: the instance fails, what was kept stays, and the next one that
 * finds room is kept. */
Test(mapping, a_full_disk_breaks_nothing, .init = make_folder,
     .fini = drop_folder)
{
    struct rlimit all, little;
    dsc_mapping *m = NULL;
    dsc_error err = DSC_ERROR_INIT;
    struct stat sb;
    heard h;

    cr_assert_eq(dsc_mapping_open(&m, path, &by_key, NULL), DSC_OK);
    keep(m, "1.2.1", "2.25.1");
    cr_assert_eq(stat(path, &sb), 0);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &all), 0);
    little = all;
    little.rlim_cur = (rlim_t)sb.st_size + 10;
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &little), 0);
    dsc_mapping_start(m);
    cr_expect_eq(dsc_mapping_note(m, DSC_PAIR_UID, "1.2.2", "2.25.2", NULL),
                 DSC_OK);
    cr_expect_eq(dsc_mapping_keep(m, &err), DSC_IO);
    cr_expect(strstr(err.msg, "cannot be written"), "%s", err.msg);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
    cr_assert_eq(read_all(&by_key, &h, &err), DSC_OK, "%s", err.msg);
    cr_expect_eq(h.total, 1);
    keep(m, "1.2.2", "2.25.2");
    dsc_mapping_close(&m);
    cr_assert_eq(read_all(&by_key, &h, &err), DSC_OK, "%s", err.msg);
    cr_expect_eq(h.total, 2);
    cr_expect_eq(h.each[2], 1);
}

Test(mapping, refuses_what_is_none_and_leaves_it, .init = make_folder,
     .fini = drop_folder)
{
    static const uint8_t text[] = "dcmscrub map, as somebody's notes\n";
    char nowhere[96];
    dsc_mapping *m = NULL;
    dsc_error err = DSC_ERROR_INIT;
    uint8_t now[128];

    store(text, sizeof text);
    cr_expect_eq(dsc_mapping_open(&m, path, &by_key, &err), DSC_USAGE);
    cr_expect(strstr(err.msg, "no mapping"));
    cr_expect_eq(load(now, sizeof now), sizeof text);
    cr_expect_arr_eq(now, text, sizeof text);
    snprintf(nowhere, sizeof nowhere, "%s/none/map", folder);
    cr_expect_eq(dsc_mapping_open(&m, nowhere, &by_key, NULL), DSC_USAGE);
    cr_expect_eq(dsc_mapping_open(&m, folder, &by_key, NULL), DSC_USAGE);
    cr_expect_null(m);
}

/* ---- many processes ---- */

#define WRITERS 4
#define EACH    50

Test(mapping, many_processes_append, .init = make_folder, .fini = drop_folder,
     .timeout = 60)
{
    pid_t pids[WRITERS];
    dsc_mapping *m = NULL;
    dsc_error err;
    heard h;

    /* opened before the fork, as workers get it */
    cr_assert_eq(dsc_mapping_open(&m, path, &by_key, NULL), DSC_OK);
    for (unsigned w = 0; w < WRITERS; w++) {
        pids[w] = fork();
        cr_assert_geq(pids[w], 0);
        for (unsigned i = 0; !pids[w] && i < EACH; i++) {
            char real[32], now[32];
            snprintf(real, sizeof real, "1.2.%u", w * EACH + i);
            snprintf(now, sizeof now, "2.25.%u", w * EACH + i);
            dsc_mapping_start(m);
            if (dsc_mapping_note(m, DSC_PAIR_UID, real, now, NULL) ||
                dsc_mapping_keep(m, NULL))
                _exit(1);
        }
        if (!pids[w])
            _exit(0);
    }
    for (unsigned w = 0; w < WRITERS; w++) {
        int status = 1;
        cr_assert_eq(waitpid(pids[w], &status, 0), pids[w]);
        cr_expect_eq(status, 0);
    }
    keep(m, "1.2.999", "2.25.999");
    dsc_mapping_close(&m);
    cr_assert_eq(read_all(&by_key, &h, &err), DSC_OK, "%s", err.msg);
    cr_expect_eq(h.total, WRITERS * EACH + 1);
    cr_expect_eq(h.lies, 0);
    for (unsigned i = 0; i < WRITERS * EACH; i++)
        cr_expect_eq(h.each[i], 1, "%u", i);
}

/* Killed at any moment: what it said was kept is there. */
Test(mapping, a_killed_process_leaves_a_whole_file, .init = make_folder,
     .fini = drop_folder, .timeout = 60)
{
    dsc_error err;
    heard h;

    keep_some(&by_key, 900, 901);
    for (unsigned round = 0; round < 10; round++) {
        int fds[2], status;
        uint32_t kept = 0, last = 0;
        pid_t pid;
        cr_assert_eq(pipe(fds), 0);
        pid = fork();
        cr_assert_geq(pid, 0);
        if (!pid) {
            dsc_mapping *m = NULL;
            char real[32], now[32];
            if (dsc_mapping_open(&m, path, &by_key, NULL))
                _exit(1);
            for (uint32_t i = 0; i < 800; i++) {
                snprintf(real, sizeof real, "1.2.%u", i);
                snprintf(now, sizeof now, "2.25.%u", i);
                if (dsc_mapping_note(m, DSC_PAIR_UID, real, now, NULL) ||
                    dsc_mapping_keep(m, NULL) ||
                    write(fds[1], &i, sizeof i) != sizeof i)
                    _exit(1);
            }
            _exit(0);
        }
        close(fds[1]);
        for (unsigned n = 0; n <= round && read(fds[0], &last, sizeof last) > 0;
             n++)
            kept = last;
        usleep(100 * round);
        kill(pid, SIGKILL);
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        close(fds[0]);
        cr_assert_eq(read_all(&by_key, &h, &err), DSC_OK, "%s", err.msg);
        cr_expect_eq(h.lies, 0);
        /* this round and those before said so of 0 to `kept` */
        cr_expect_geq(kept, round);
        for (unsigned i = 0; i <= round; i++)
            cr_expect_geq(h.each[i], round - i + 1, "%u", i);
    }
}

Test(mapping, out_of_memory_is_told, .init = make_folder, .fini = drop_folder)
{
    dsc_error err;
    heard h;
    bool done = false;

    for (unsigned long n = 1; n < 100 && !done; n++) {
        dsc_mapping *m = NULL;
        dsc_status st;
        dsc_alloc_fail_after(n);
        st = dsc_mapping_open(&m, path, &by_key, NULL);
        if (!st)
            st = dsc_mapping_note(m, DSC_PAIR_UID, "1.2.1", "2.25.1", NULL);
        if (!st)
            st = dsc_mapping_keep(m, NULL);
        dsc_alloc_fail_after(0);
        dsc_mapping_close(&m);
        done = !st;
        if (st)
            cr_expect_eq(st, DSC_NOMEM, "%lu: %d", n, st);
    }
    cr_expect(done);
    cr_assert_eq(read_all(&by_key, &h, &err), DSC_OK, "%s", err.msg);
    cr_expect_eq(h.each[1], 1);
    cr_expect_eq(h.lies, 0);
}
