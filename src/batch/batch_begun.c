/* SPDX-License-Identifier: Apache-2.0
 *
 * What workers have begun. An entry is written, without being synced, before an
 * output gets its name: it outlives any kill, and after a power cut the same
 * settings give the same output anyway. On a network file system it is synced,
 * since there a node may die and another one go on. */
#include "base/file.h"
#include "batch/batch_priv.h"
#include "batch/source_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_BYTES ((size_t)64 << 20)

/* An entry: whether the name was taken already ("1" or "0"), path, study,
 * series, instance, each with its NUL. An empty string ends the entries. */
#define FIELDS 5

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
    const char *fields[FIELDS] = {access(output, F_OK) ? "0" : "1", output,
                                  r->study, r->series, r->instance};
    dsc_buf entry = {0};
    dsc_status st = DSC_OK;
    ssize_t n = -1;

    if (settled)
        b->end = 0;
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
    bool claimed = false;
    dsc_status st = DSC_OK;

    /* The file is only a file: it names nothing outside of the output. */
    if (!dsc_batch_is_ours(p->options, fields[1]))
        return DSC_OK;
    sweep_folder_of(fields[1], folder);
    if (fields[0][0] != '0')
        return DSC_OK;
    st = dsc_ledger_claims(p->options->ledger, fields[2], fields[3], fields[4],
                           fields[1], &claimed, err);
    if (!st && !claimed && unlink(fields[1]) && errno != ENOENT)
        st = dsc_fail(err, DSC_IO,
                      "an output without a row cannot be removed: "
                      "%s",
                      strerror(errno));
    return st;
}

dsc_status dsc_begun_reclaim(dsc_pool *p, unsigned slot, dsc_error *err)
{
    char *path = p->options->ledger ? path_of(p->options->ledger, slot) : NULL;
    char *folder = NULL;
    dsc_buf buf = {0};
    dsc_status st = DSC_OK;

    if (path && !access(path, F_OK)) {
        const char *at, *end;
        st = dsc_record_drain(p, err);
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
