/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/index.h"

#include "base/file.h"
#include "base/hash.h"
#include "batch/post_priv.h"
#include "deid/deid.h"
#include "dicom/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
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

/* ---- in a helper, since it parses DICOM ---- */

typedef struct outcome {
    uint64_t listed, left_out;
    uint32_t status;
    char msg[256];
} outcome;

/* Did we write the file, so that its proof stands for what goes into the index?
 * Whatever else lies in the folder stays out. */
static bool is_output(const char *path)
{
    dsc_dicom *ds = NULL;
    char writer[80] = "", removed[16] = "";

    if (dsc_dicom_open(&ds, path, NULL, NULL))
        return false;
    dsc_dicom_string(ds, DSC_TAG(0x0002, 0x0012), writer, sizeof writer);
    dsc_dicom_string(ds, DSC_TAG(0x0012, 0x0062), removed, sizeof removed);
    dsc_dicom_free(&ds);
    return !strcmp(writer, DSC_IMPLEMENTATION_CLASS_UID) &&
           !strcmp(removed, "YES");
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static dsc_status add_all(dsc_directory *d, const char *folder, outcome *o,
                          dsc_error *err)
{
    char *list[] = {(char *)folder, NULL};
    FTS *fts = fts_open(list, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    FTSENT *e;
    dsc_status st = DSC_OK;

    if (!fts)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    while (!st && (errno = 0, e = fts_read(fts))) {
        const char *below = e->fts_path + strlen(folder);
        bool listed = false;
        below += strspn(below, "/");
        if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR)
            st = dsc_fail(err, DSC_IO, "the output folder: %s",
                          strerror(e->fts_errno));
        if (e->fts_info != FTS_F || e->fts_name[0] == '.' ||
            !strcmp(below, "DICOMDIR"))
            continue;
        if (is_output(e->fts_path))
            st = dsc_directory_add(d, below, &listed, err);
        if (listed)
            o->listed++;
        else
            o->left_out++;
    }
    fts_close(fts);
    return st;
}

static dsc_status put_in_place(const char *temp, const char *name,
                               dsc_error *err)
{
    int fd = open(temp, O_RDONLY | O_CLOEXEC);
    dsc_status st = DSC_OK;

    if (fd < 0 || fsync(fd) || rename(temp, name))
        st = dsc_fail(err, DSC_IO, "the DICOMDIR cannot be written: %s",
                      strerror(errno));
    if (fd >= 0)
        close(fd);
    return st;
}

static dsc_status write_index(const char *folder, outcome *o, dsc_error *err)
{
    dsc_directory *d = NULL;
    char temp[4200], name[4200];
    int fd;
    dsc_status st;

    if ((size_t)snprintf(temp, sizeof temp,
                         "%s/" DSC_TMP_PREFIX "XXXXXX" DSC_TMP_SUFFIX,
                         folder) >= sizeof temp)
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
        st = add_all(d, folder, o, err);
    if (!st)
        st = dsc_directory_write(d, err);
    dsc_directory_free(&d);
    if (!st)
        st = put_in_place(temp, name, err);
    if (st)
        unlink(temp);
    return st;
}

/* ---- outside ---- */

dsc_status dsc_index_write(const char *folder, uint64_t *listed,
                           uint64_t *left_out, dsc_error *err)
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
        o.status = (uint32_t)write_index(folder, &o, &e);
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
