/* SPDX-License-Identifier: Apache-2.0
 *
 * The mapping file. Nobody without the key can make one that is read beyond
 * its head, so only the first kind of input is a file as it lies there:
 *
 *     'f' file
 *     'r' slots (2 x 16 bytes), then records (2 bytes length, plain text),
 *         sealed here with the key
 *
 * Whatever is in it: an answer is OK or a message; what opens takes one more
 * record, and then everything that was told before is told again.
 */
#include "deid/mapping_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const dsc_key key = {{1, 2, 3}};
static const dsc_secret secret = {.key = &key};

static void must(bool ok)
{
    if (!ok)
        abort();
}

/* ---- the file ---- */

static void put(int fd, const void *p, size_t n)
{
    must(write(fd, p, n) == (ssize_t)n);
}

/* The head of every file that is made here; its salt is zeros. */
static dsc_mapping_head make_head(void)
{
    /* as the salt is, so is the key: made with the module's own functions */
    static const char zeros[] = "00000000000000000000000000000000";
    dsc_mapping_head head = {.length = RECORDS_AT};
    uint8_t check[32];

    memcpy(head.bytes, "dcmscrub map 1\n", 16);
    must(!dsc_deid__hash(&key, "mapping", zeros, head.key.bytes, NULL));
    must(!dsc_deid__hash(&head.key, "check", "", check, NULL));
    memcpy(head.bytes + CHECK_AT, check, CHECK_SIZE);
    return head;
}

static void put_sealed(int fd, const dsc_mapping_head *head, char what,
                       uint64_t n, const uint8_t *plain, size_t len)
{
    uint8_t *sealed = malloc(len + SEAL_SIZE);

    must(sealed);
    must(!dsc_mapping__seal(head, what, n, plain, len, sealed, NULL));
    put(fd, sealed, len + SEAL_SIZE);
    free(sealed);
}

static void put_records(int fd, const uint8_t *p, size_t size)
{
    static const uint8_t zeros[SLOT_SIZE];
    const dsc_mapping_head head = make_head();
    const size_t sealed = 16 + SEAL_SIZE;
    size_t at = 32;

    if (size < 32)
        return;
    put(fd, head.bytes, HEAD_SIZE);
    for (unsigned i = 0; i < 2; i++) {
        put_sealed(fd, &head, 'H', i, p + i * 16, 16);
        put(fd, zeros, SLOT_SIZE - sealed);
    }
    for (uint64_t n = 0; size - at >= 2; n++) {
        size_t len = p[at] | (size_t)p[at + 1] << 8;
        uint32_t all;
        at += 2;
        if (len > size - at)
            len = size - at;
        all = (uint32_t)(len + SEAL_SIZE);
        put(fd, &all, sizeof all);
        put_sealed(fd, &head, 'R', n, p + at, len);
        at += len;
    }
}

/* ---- the questions ---- */

typedef struct heard {
    size_t pairs, bytes;
    bool added; /* the last one is ours */
} heard;

static bool hear(void *ctx, dsc_pair_kind kind, const char *real,
                 const char *now)
{
    heard *h = ctx;

    h->pairs++;
    h->bytes += strlen(real) + strlen(now) + strlen(dsc_pair_name(kind));
    h->added = kind == DSC_PAIR_ID && !strcmp(real, "added");
    return true;
}

static dsc_status ask(const char *path, heard *h)
{
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = dsc_mapping_read(path, &secret, hear, h, &err);

    must(st == DSC_OK || st == DSC_USAGE || st == DSC_BADFILE);
    must(st == DSC_OK || err.msg[0]);
    return st;
}

static void add(const char *path, const heard *before, bool whole)
{
    dsc_mapping *m = NULL;
    heard after = {0};
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = dsc_mapping_open(&m, path, &secret, &err);

    must(!st || err.msg[0]);
    must(!st || !whole);
    if (!st) {
        dsc_mapping_start(m);
        must(!dsc_mapping_note(m, DSC_PAIR_ID, "added", "P1", &err));
        must(!dsc_mapping_keep(m, &err));
    }
    dsc_mapping_close(&m);
    if (st || !whole)
        return;
    must(!ask(path, &after));
    must(after.pairs == before->pairs + 1 && after.added);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    heard before = {0};
    bool whole;
    int fd;

    if (!size)
        return 0;
    fd = memfd_create("mapping", MFD_CLOEXEC);
    must(fd >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (data[0] == 'r')
        put_records(fd, data + 1, size - 1);
    else
        put(fd, data + 1, size - 1);
    whole = !ask(path, &before);
    add(path, &before, whole);
    close(fd);
    return 0;
}
