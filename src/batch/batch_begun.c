/* SPDX-License-Identifier: Apache-2.0
 *
 * What workers have begun. An entry is written before an output is begun, so
 * that its temporary file is found, and completed before it gets its name.
 * From then on it is synced: without it a power cut would leave an output of
 * which nobody knows. On a network file system it is synced from the beginning,
 * since there a node may die and another one go on.
 *
 * Somebody else (another worker, another ledger with the same output folder)
 * may want the same name and be first. So the entry tells which file is ours.
 */
#include "base/file.h"
#include "batch/batch_priv.h"
#include "batch/source_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_BYTES ((size_t)64 << 20)

/* An entry: which file it is, path, study, series, instance, each with its NUL.
 * An empty string ends the entries. */
#define FIELDS 5

/* Inode, size, time of change, digest. All zeros: it has no name yet. Always as
 * long, to be written in place. */
#define IDENTITY 128

static void tell(const dsc_ledger_file *file, char out[IDENTITY])
{
    int n =
        snprintf(out, IDENTITY, "%020ju %020ju %020jd ", (uintmax_t)file->inode,
                 (uintmax_t)file->size, (intmax_t)file->modified);

    for (size_t i = 0; i < sizeof file->sha256; i++)
        n += snprintf(out + n, 3, "%02x", file->sha256[i]);
}

/* Older versions told no digest. */
static dsc_ledger_file heard(const char *text)
{
    dsc_ledger_file file = {.ours = true};
    uintmax_t inode = 0, size = 0;
    intmax_t modified = 0;
    int at = 0;

    sscanf(text, "%ju %ju %jd %n", &inode, &size, &modified, &at);
    file.inode = inode;
    file.size = (int64_t)size;
    file.modified = modified;
    file.known = at && strlen(text + at) == 2 * sizeof file.sha256;
    for (size_t i = 0; file.known && i < sizeof file.sha256; i++)
        file.known = sscanf(text + at + 2 * i, "%2hhx", &file.sha256[i]) == 1;
    return file;
}

static char *path_of(const dsc_ledger *ledger, unsigned slot)
{
    char end[24];

    snprintf(end, sizeof end, "-begun-%u", slot);
    return dsc_ledger_beside(ledger, end);
}

/* ---- in the worker ---- */

void dsc_begun_open(dsc_begun *b, const dsc_ledger *ledger, unsigned slot)
{
    char *path = path_of(ledger, slot);

    *b = (dsc_begun){.fd = -1, .sync = dsc_ledger_is_remote(ledger)};
    if (path)
        b->fd = open(
            path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    dsc_free(path);
}

dsc_status dsc_begun_note(dsc_begun *b, bool settled, const char *output,
                          const dsc_result *r, dsc_error *err)
{
    char identity[IDENTITY];
    const char *fields[FIELDS] = {identity, output, r->study, r->series,
                                  r->instance};
    dsc_buf entry = {0};
    dsc_status st = DSC_OK;
    ssize_t n = -1;

    tell(&(dsc_ledger_file){.known = false}, identity);
    if (settled)
        b->end = 0;
    b->last = b->end;
    for (int i = 0; !st && i < FIELDS; i++)
        st = dsc_buf_append(&entry, fields[i], strlen(fields[i]) + 1, err);
    if (!st)
        st = dsc_buf_append(&entry, "", 1, err);
    if (!st) {
        n = pwrite(b->fd, entry.data, entry.len, b->end);
        if (n != (ssize_t)entry.len || (b->sync && fdatasync(b->fd)))
            st = dsc_fail(err, DSC_IO, "beside the ledger: %s",
                          n < 0 ? strerror(errno) : "no room");
        else
            b->end += n - 1; /* over the empty string */
    }
    dsc_buf_free(&entry);
    return st;
}

dsc_status dsc_begun_named(dsc_begun *b, const dsc_ledger_file *file,
                           dsc_error *err)
{
    char identity[IDENTITY];
    size_t len;
    ssize_t n;

    tell(file, identity);
    len = strlen(identity);
    n = pwrite(b->fd, identity, len, b->last);
    if (n != (ssize_t)len || fdatasync(b->fd))
        return dsc_fail(err, DSC_IO, "beside the ledger: %s",
                        n < 0 || n == (ssize_t)len ? strerror(errno)
                                                   : "no room");
    return DSC_OK;
}

/* ---- in the supervisor ---- */

/* A folder's outputs mostly come one after the other. */
static void sweep_folder_of(const char *output, char **last)
{
    char *folder = dsc_strdup(output), *slash;

    slash = folder ? strrchr(folder, '/') : NULL;
    if (!slash) {
        dsc_free(folder);
        return;
    }
    *slash = '\0';
    if (!*last || strcmp(*last, folder) != 0)
        dsc_batch_sweep_folder(folder);
    dsc_free(*last);
    *last = folder;
}

static dsc_status reclaim(dsc_pool *p, const char *const fields[FIELDS],
                          char **folder, dsc_error *err)
{
    dsc_ledger_file file = heard(fields[0]);
    dsc_sight sight = DSC_SIGHT_NONE;
    bool stays, claimed = false;
    dsc_way way;
    dsc_status st = DSC_OK;

    /* The file is only a file: it names nothing outside of the output. */
    if (!dsc_place_way(p->options->place, fields[1], &way))
        return DSC_OK;
    sweep_folder_of(way.path, folder);
    if (file.known)
        st = dsc_place_find(way.path, &file, &sight, err);
    else if (dsc_place_is(way.path, &file))
        sight = DSC_SIGHT_FILE;
    if (sight != DSC_SIGHT_FILE)
        return st;
    /* It may be the output of a twin, too: of the same bytes and UIDs. */
    st = dsc_ledger_own(p->options->ledger, fields[2], fields[3], fields[4],
                        fields[1], &file, &claimed, err);
    return st || claimed ? st
                         : dsc_place_remove(p->options->place, fields[1], &file,
                                            &stays, err);
}

dsc_status dsc_begun_reclaim(dsc_pool *p, unsigned slot, dsc_error *err)
{
    char *path = p->options->ledger ? path_of(p->options->ledger, slot) : NULL;
    char *folder = NULL;
    dsc_buf buf = {0};
    dsc_status st = DSC_OK;

    if (path && !access(path, F_OK)) {
        const char *at, *end;
        /* On disk before the entry goes that tells of their outputs. */
        st = dsc_place_check(p->options->place, err);
        if (!st)
            st = dsc_record_flush(p, err);
        if (!st)
            st = dsc_read_file(&buf, path, MAX_BYTES, err);
        at = buf.len ? (const char *)buf.data : "";
        end = at + buf.len;
        while (!st && at < end && *at) {
            const char *fields[FIELDS];
            int n = 0;
            while (n < FIELDS && at < end &&
                   memchr(at, 0, (size_t)(end - at))) {
                fields[n++] = at;
                at += strlen(at) + 1;
            }
            if (n < FIELDS) /* cut off: nothing has got this name */
                break;
            st = reclaim(p, fields, &folder, err);
        }
        if (!st)
            st = dsc_ledger_flush(p->options->ledger, err);
        if (!st)
            unlink(path);
    }
    dsc_buf_free(&buf);
    dsc_free(folder);
    dsc_free(path);
    return st;
}

static void forget(const dsc_pool *p, unsigned slot)
{
    char *path = path_of(p->options->ledger, slot);

    if (path)
        unlink(path);
    dsc_free(path);
}

dsc_status dsc_begun_reclaim_all(dsc_pool *p, bool take_back, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (unsigned i = 0; !st && i < DSC_BATCH_MAX_JOBS; i++) {
        if (take_back)
            st = dsc_begun_reclaim(p, i, err);
        else
            forget(p, i);
    }
    return st;
}
