/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/index.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/sort.h"
#include "batch/post_priv.h"
#include "deid/deid.h"
#include "dicom/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECONDS 86400 /* a day for the largest folder */

void dsc_disc_name(const char *uid, char out[DSC_DISC_NAME])
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    uint64_t n = dsc_hash_bytes(DSC_HASH_START, uid, strlen(uid));

    for (int i = 0; i < DSC_DISC_NAME - 1; i++, n /= 36)
        out[i] = letters[n % 36];
    out[DSC_DISC_NAME - 1] = '\0';
}

/* ---- what is to be listed: path, study, series, instance, NULs ---- */

#define FIELDS 4

dsc_status dsc_index_note(dsc_buf *outputs, const char *path, const char *study,
                          const char *series, const char *instance,
                          dsc_error *err)
{
    const char *const fields[FIELDS] = {path, study, series, instance};
    dsc_status st = DSC_OK;

    for (int i = 0; !st && i < FIELDS; i++)
        st = dsc_buf_append(outputs, fields[i], strlen(fields[i]) + 1, err);
    return st;
}

static const char *next_field(const char *field)
{
    return field + strlen(field) + 1;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static dsc_status sort_notes(const dsc_buf *outputs, const char ***sorted,
                             size_t *count, dsc_error *err)
{
    const char *begin = (const char *)outputs->data;
    const char *end = outputs->len ? begin + outputs->len : begin;
    size_t n = 0;

    for (const char *at = begin; at < end; at = next_field(at))
        n++;
    *count = n / FIELDS;
    *sorted = dsc_calloc(*count + 1, sizeof **sorted);
    if (!*sorted)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    n = 0;
    for (const char *at = begin; at < end; at = next_field(at))
        if (n++ % FIELDS == 0)
            (*sorted)[(n - 1) / FIELDS] = at;
    dsc_sort(*sorted, *count, sizeof **sorted, by_path);
    return DSC_OK;
}

/* ---- in a helper, since it parses DICOM ---- */

typedef struct outcome {
    uint64_t listed, left_out;
    uint32_t status;
    char msg[256];
} outcome;

static bool says(const dsc_dicom *ds, uint32_t tag, const char *what)
{
    char value[80] = "";

    dsc_dicom_string(ds, tag, value, sizeof value);
    return !strcmp(value, what);
}

/* Is it what was written under this name? Its proof stands for what goes into
 * the index. */
static bool is_output(const char *note)
{
    const char *study = next_field(note), *series = next_field(study);
    dsc_dicom *ds = NULL;
    bool is;

    if (dsc_dicom_open(&ds, note, NULL, NULL))
        return false;
    is = says(ds, DSC_TAG(0x0002, 0x0012), DSC_IMPLEMENTATION_CLASS_UID) &&
         says(ds, DSC_TAG(0x0012, 0x0062), "YES") &&
         says(ds, DSC_TAG(0x0020, 0x000D), study) &&
         says(ds, DSC_TAG(0x0020, 0x000E), series) &&
         says(ds, DSC_TAG(0x0008, 0x0018), next_field(series));
    dsc_dicom_free(&ds);
    return is;
}

static dsc_status add_all(dsc_directory *d, const char *folder,
                          const dsc_buf *outputs, outcome *o, dsc_error *err)
{
    const char **sorted = NULL;
    size_t count = 0, n = strlen(folder);
    dsc_status st = sort_notes(outputs, &sorted, &count, err);

    for (size_t i = 0; !st && i < count; i++) {
        const char *path = sorted[i];
        bool listed = false;
        if (i && !strcmp(path, sorted[i - 1]))
            continue; /* a twin's */
        if (!strncmp(path, folder, n) && path[n] == '/' && is_output(path))
            st = dsc_directory_add(d, path + n + strspn(path + n, "/"), &listed,
                                   err);
        if (listed)
            o->listed++;
        else
            o->left_out++;
    }
    dsc_free(sorted);
    return st;
}

static dsc_status write_index(const char *folder, const dsc_buf *outputs,
                              outcome *o, dsc_error *err)
{
    dsc_directory *d = NULL;
    dsc_error e = DSC_ERROR_INIT;
    char temp[4200], name[4200];
    int fd;
    dsc_status st;

    if ((size_t)snprintf(temp, sizeof temp, "%s/" DSC_TMP_NAME, folder) >=
        sizeof temp)
        return dsc_fail(err, DSC_LIMIT, "the output path is too long");
    snprintf(name, sizeof name, "%s/DICOMDIR", folder);
    fd = mkostemps(temp, (int)strlen(DSC_TMP_SUFFIX), O_CLOEXEC);
    if (fd < 0)
        return dsc_fail(err, DSC_IO, "the DICOMDIR cannot be written: %s",
                        strerror(errno));
    close(fd);
    unlink(temp); /* a free name, which the library fills */
    umask(077);
    st = dsc_directory_create(&d, temp, folder, err);
    if (!st)
        st = add_all(d, folder, outputs, o, err);
    if (!st)
        st = dsc_directory_write(d, err);
    dsc_directory_free(&d);
    if (!st && dsc_replace_file(temp, name, &e))
        st = dsc_fail(err, DSC_IO, "the DICOMDIR cannot be written: %s", e.msg);
    if (st)
        unlink(temp);
    return st;
}

/* ---- outside ---- */

dsc_status dsc_index_write(const char *folder, const dsc_buf *outputs,
                           uint64_t *listed, uint64_t *left_out, dsc_error *err)
{
    outcome o = {.listed = 0};
    dsc_post post = {&o, sizeof o, NULL, 0, -1};
    pid_t pid, parent = getpid();
    int ours, theirs;
    dsc_status st = dsc_post_fork(&pid, &ours, &theirs, err);

    if (st)
        return st;
    if (pid == 0) {
        dsc_error e = DSC_ERROR_INIT;
        int fd = dsc_post_isolate(theirs, parent);
        o.status = (uint32_t)write_index(folder, outputs, &o, &e);
        memcpy(o.msg, e.msg, sizeof o.msg);
        _exit(dsc_post_send(fd, &post) ? 0 : 1);
    }
    if (!dsc_post_receive(ours, &post, SECONDS, NULL))
        st = dsc_fail(err, DSC_INTERNAL,
                      "the process that wrote the DICOMDIR died");
    else if (o.status)
        st = dsc_fail(err, DSC_IO, "%.*s", (int)sizeof o.msg - 1, o.msg);
    if (post.pass >= 0)
        close(post.pass);
    dsc_post_end(pid, ours);
    *listed = o.listed;
    *left_out = o.left_out;
    return st;
}
