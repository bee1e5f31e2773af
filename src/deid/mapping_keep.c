/* SPDX-License-Identifier: Apache-2.0
 *
 * Appending to the mapping. */
#include "base/file.h"
#include "deid/mapping_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Pairs that were kept lately are not written again: those of a series hardly
 * change from one instance to the next. A digest in each place, the last one
 * that fell there. */
#define SEEN 4096u

struct dsc_mapping {
    char *path, *passphrase;
    dsc_key secret;
    bool has_key;
    dsc_mapping_head head;
    int fd; /* -1: not yet opened, or by a parent process */
    pid_t owner;
    dsc_buf pending;
    uint8_t (*seen)[32];
};

const char *dsc_pair_name(dsc_pair_kind kind)
{
    switch (kind) {
    case DSC_PAIR_ID:
        return "patient-id";
    case DSC_PAIR_NAME:
        return "patient-name";
    case DSC_PAIR_DAYS:
        return "days";
    case DSC_PAIR_UID:
        return "uid";
    }
    return "unknown";
}

static dsc_secret secret_of(const dsc_mapping *m)
{
    return (dsc_secret){m->has_key ? &m->secret : NULL, m->passphrase};
}

/* A file that is there must be ours and open with the secret; else its folder
 * must take a new one. */
static dsc_status check_path(dsc_mapping *m, dsc_error *err)
{
    dsc_secret secret = secret_of(m);
    const char *slash = strrchr(m->path, '/');
    int fd = open(m->path, O_RDWR | O_CLOEXEC);
    dsc_status st;

    if (fd >= 0) {
        st = dsc_mapping__lock(fd, F_RDLCK, err);
        if (!st)
            st = dsc_mapping__read_head(&m->head, fd, &secret, err);
        close(fd);
        return st;
    }
    if (errno != ENOENT)
        return dsc_fail(err, DSC_USAGE, "the mapping cannot be written: %s",
                        strerror(errno));
    if (slash)
        m->path[slash - m->path] = '\0';
    if (access(slash == m->path ? "/" : slash ? m->path : ".", W_OK))
        st = dsc_fail(err, DSC_USAGE, "the mapping cannot be written: %s",
                      strerror(errno));
    else
        st = DSC_OK;
    if (slash)
        m->path[strlen(m->path)] = '/';
    return st ? st : dsc_mapping__new_head(&m->head, &secret, err);
}

dsc_status dsc_mapping_open(dsc_mapping **out, const char *path,
                            const dsc_secret *secret, dsc_error *err)
{
    dsc_mapping *m = dsc_alloc(sizeof *m);
    dsc_status st;

    *out = NULL;
    if (!m)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    m->fd = -1;
    m->path = dsc_strdup(path);
    m->seen = dsc_calloc(SEEN, sizeof *m->seen);
    m->has_key = secret->key != NULL;
    if (secret->key)
        m->secret = *secret->key;
    else
        m->passphrase = dsc_strdup(secret->passphrase);
    if (!m->path || !m->seen || (!m->has_key && !m->passphrase))
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    else
        st = check_path(m, err);
    if (st)
        dsc_mapping_close(&m);
    *out = m;
    return st;
}

void dsc_mapping_close(dsc_mapping **pm)
{
    dsc_mapping *m = *pm;

    if (!m)
        return;
    if (m->fd >= 0)
        close(m->fd);
    dsc_free(m->path);
    if (m->passphrase)
        dsc_wipe_free(m->passphrase, strlen(m->passphrase));
    dsc_free(m->seen);
    dsc_buf_free(&m->pending);
    dsc_wipe_free(m, sizeof *m);
    *pm = NULL;
}

/* ---- what is to be kept ---- */

void dsc_mapping_start(dsc_mapping *m)
{
    if (m->pending.len)
        memset(m->seen, 0, SEEN * sizeof *m->seen);
    m->pending.len = 0;
}

dsc_status dsc_mapping_note(dsc_mapping *m, dsc_pair_kind kind,
                            const char *real, const char *now, dsc_error *err)
{
    size_t start = m->pending.len, a = strlen(real) + 1, b = strlen(now) + 1;
    uint8_t head[5] = {(uint8_t)kind, (uint8_t)a, (uint8_t)(a >> 8), (uint8_t)b,
                       (uint8_t)(b >> 8)};
    uint8_t digest[32], *seen;
    dsc_status st;

    if (a > UINT16_MAX || b > UINT16_MAX)
        return dsc_fail(err, DSC_LIMIT, "a value is too long for the mapping");
    st = dsc_buf_append(&m->pending, head, sizeof head, err);
    if (!st)
        st = dsc_buf_append(&m->pending, real, a, err);
    if (!st)
        st = dsc_buf_append(&m->pending, now, b, err);
    if (!st && !EVP_Digest(m->pending.data + start, m->pending.len - start,
                           digest, NULL, EVP_sha256(), NULL))
        st = dsc_fail(err, DSC_INTERNAL, "a digest failed");
    if (st)
        return st;
    seen = m->seen[(digest[0] << 8u | digest[1]) % SEEN];
    if (!memcmp(seen, digest, sizeof digest))
        m->pending.len = start;
    else
        memcpy(seen, digest, sizeof digest);
    return DSC_OK;
}

/* ---- on disk ---- */

/* The file with no record yet appears whole or not at all; another process may
 * have been faster. */
static dsc_status make_file(dsc_mapping *m, dsc_error *err)
{
    dsc_mapping_head empty = m->head;
    dsc_outfile *out = NULL;
    uint8_t slots[2 * SLOT_SIZE] = {0};
    bool existed = false;
    dsc_status st;

    empty.count = 0;
    empty.length = RECORDS_AT;
    st = dsc_mapping__seal_slot(&empty, slots, err);
    if (!st)
        st = dsc_outfile_create(&out, m->path, err);
    if (!st)
        st = dsc_outfile_write(out, empty.bytes, HEAD_SIZE, err);
    if (!st)
        st = dsc_outfile_write(out, slots, sizeof slots, err);
    if (!st)
        st = dsc_outfile_commit(&out, &existed, err);
    dsc_outfile_abort(&out);
    explicit_bzero(&empty, sizeof empty);
    return existed ? DSC_OK : st;
}

/* Each process opens the file for itself: locks belong to the opened file. */
static dsc_status open_own(dsc_mapping *m, dsc_error *err)
{
    dsc_error quiet = DSC_ERROR_INIT;
    dsc_status st = DSC_OK;

    if (m->fd >= 0 && m->owner == getpid())
        return DSC_OK;
    if (m->fd >= 0)
        close(m->fd);
    m->fd = open(m->path, O_RDWR | O_CLOEXEC);
    if (m->fd < 0 && errno == ENOENT) {
        st = make_file(m, &quiet);
        if (st)
            return dsc_fail(err, st, "%s", quiet.msg);
        m->fd = open(m->path, O_RDWR | O_CLOEXEC);
    }
    if (m->fd < 0)
        return dsc_fail(err, DSC_IO, "the mapping cannot be written: %s",
                        strerror(errno));
    m->owner = getpid();
    return DSC_OK;
}

static dsc_status put(int fd, const uint8_t *p, size_t n, uint64_t at,
                      dsc_error *err)
{
    while (n) {
        ssize_t w = pwrite(fd, p, n, (off_t)at);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return dsc_fail(err, DSC_IO, "the mapping cannot be written: %s",
                            strerror(errno));
        p += w;
        n -= (size_t)w;
        at += (uint64_t)w;
    }
    return fdatasync(fd)
               ? dsc_fail(err, DSC_IO, "the mapping cannot be written: %s",
                          strerror(errno))
               : DSC_OK;
}

/* The record first, and only when it is on disk the slot that counts it. */
static dsc_status append(dsc_mapping *m, dsc_error *err)
{
    size_t n = m->pending.len + SEAL_SIZE;
    uint8_t slot[SLOT_SIZE];
    dsc_buf record = {0};
    dsc_status st = dsc_buf_resize(&record, 4 + n, err);

    for (unsigned i = 0; !st && i < 4; i++)
        record.data[i] = (uint8_t)(n >> 8 * i);
    if (!st)
        st = dsc_mapping__seal(&m->head, 'R', m->head.count, m->pending.data,
                               m->pending.len, record.data + 4, err);
    if (!st)
        st = put(m->fd, record.data, record.len, m->head.length, err);
    if (!st) {
        m->head.count++;
        m->head.length += record.len;
        st = dsc_mapping__seal_slot(&m->head, slot, err);
    }
    if (!st)
        st = put(m->fd, slot, SLOT_SIZE,
                 HEAD_SIZE + m->head.count % 2 * SLOT_SIZE, err);
    dsc_buf_free(&record);
    return st;
}

dsc_status dsc_mapping_keep(dsc_mapping *m, dsc_error *err)
{
    dsc_secret secret = secret_of(m);
    dsc_error quiet = DSC_ERROR_INIT;
    dsc_status st;

    if (!m->pending.len)
        return DSC_OK;
    st = open_own(m, &quiet);
    if (!st)
        st = dsc_mapping__lock(m->fd, F_WRLCK, &quiet);
    if (!st) {
        st = dsc_mapping__read_head(&m->head, m->fd, &secret, &quiet);
        if (!st)
            st = append(m, &quiet);
        (void)dsc_mapping__lock(m->fd, F_UNLCK, NULL);
    }
    if (!st) {
        m->pending.len = 0;
        return DSC_OK;
    }
    /* the instance is not to blame for a file that broke meanwhile */
    return dsc_fail(err, st == DSC_NOMEM ? st : DSC_IO, "%s", quiet.msg);
}
