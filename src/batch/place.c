/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/place.h"

#include "base/file.h"
#include "batch/batch_priv.h"
#include "deid/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct dsc_place {
    int fd;
    char *path;
    char way[32]; /* through the descriptor; "": there is no /proc */
};

dsc_status dsc_place_open(dsc_place **out, const char *path, dsc_error *err)
{
    dsc_place *p = dsc_alloc(sizeof *p);
    dsc_status st = DSC_OK;

    if (p)
        *p = (dsc_place){.fd = -1, .path = dsc_strdup(path)};
    if (!p || !p->path)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    else if ((p->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
        st = dsc_fail(err, DSC_IO, "the output folder: %s", strerror(errno));
    if (!st) {
        snprintf(p->way, sizeof p->way, "/proc/self/fd/%d", p->fd);
        if (!dsc_is_at(p->fd, p->way))
            p->way[0] = '\0';
    }
    *out = p;
    if (st)
        dsc_place_close(out);
    return st;
}

dsc_status dsc_place_check(const dsc_place *p, dsc_error *err)
{
    struct stat info;

    if (dsc_is_at(p->fd, p->path))
        return DSC_OK;
    if (stat(p->path, &info) || fstat(p->fd, &info))
        return dsc_fail(err, DSC_IO, "the output folder: %s", strerror(errno));
    return dsc_fail(err, DSC_IO,
                    "the output folder is another one than when this run "
                    "began");
}

const char *dsc_place_folder(const dsc_place *p)
{
    return p->way[0] ? p->way : p->path;
}

bool dsc_place_way(const dsc_place *p, const char *output, dsc_way *way)
{
    const char *folder = dsc_place_folder(p);
    size_t n = strlen(p->path);
    int len;

    if (strncmp(output, p->path, n) || output[n] != '/' ||
        dsc_batch_has_dots(output + n))
        return false;
    /* The way through the descriptor may be the longer one. */
    if (strlen(folder) + strlen(output + n) + sizeof "/" DSC_TMP_NAME >
        sizeof way->path)
        folder = p->path;
    len = snprintf(way->path, sizeof way->path, "%s%s", folder, output + n);
    return len >= 0 && (size_t)len < sizeof way->path;
}

/* Of a call that failed: there is no file of this name. */
static bool is_absent(int error)
{
    return error == ENOENT || error == ENOTDIR || error == EISDIR ||
           error == ENAMETOOLONG;
}

void dsc_place_identify(dsc_ledger_file *file, const struct stat *info)
{
    file->inode = info->st_ino;
    file->size = info->st_size;
    file->modified =
        (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
}

bool dsc_place_is_same(const dsc_ledger_file *a, const dsc_ledger_file *b)
{
    return a->inode == b->inode && a->size == b->size &&
           a->modified == b->modified;
}

static bool is_it(const dsc_ledger_file *file, const struct stat *info)
{
    dsc_ledger_file there;

    dsc_place_identify(&there, info);
    return dsc_place_is_same(&there, file);
}

bool dsc_place_is(const char *path, const dsc_ledger_file *file)
{
    struct stat info;

    return !lstat(path, &info) && S_ISREG(info.st_mode) && is_it(file, &info);
}

static dsc_status compare(const char *path, const uint8_t sha256[32],
                          dsc_sight *sight, dsc_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    uint8_t digest[32];
    dsc_status st;

    *sight = DSC_SIGHT_NONE;
    if (fd < 0 && (errno == EACCES || errno == EPERM))
        *sight = DSC_SIGHT_HIDDEN;
    else if (fd < 0 && !is_absent(errno) && errno != ELOOP /* now a link */)
        return dsc_fail(err, DSC_IO, "an output: %s", strerror(errno));
    if (fd < 0)
        return DSC_OK;
    st = dsc_sha256_fd(fd, digest, err);
    if (!st && !memcmp(digest, sha256, sizeof digest))
        *sight = DSC_SIGHT_FILE;
    close(fd);
    return st;
}

dsc_status dsc_place_find(const char *path, dsc_ledger_file *file,
                          dsc_sight *sight, dsc_error *err)
{
    struct stat info;
    dsc_status st = DSC_OK;

    *sight = DSC_SIGHT_NONE;
    if (lstat(path, &info))
        return is_absent(errno)
                   ? DSC_OK
                   : dsc_fail(err, DSC_IO, "an output: %s", strerror(errno));
    if (!S_ISREG(info.st_mode))
        return DSC_OK;
    if (!file->known || is_it(file, &info))
        *sight = DSC_SIGHT_FILE;
    else if (info.st_size == file->size)
        st = compare(path, file->sha256, sight, err);
    if (*sight == DSC_SIGHT_FILE)
        dsc_place_identify(file, &info);
    return st;
}

bool dsc_place_lacks(const dsc_place *p, const char *output,
                     dsc_ledger_file *file)
{
    dsc_sight sight;
    dsc_way way;

    return dsc_place_way(p, output, &way) &&
           !dsc_place_find(way.path, file, &sight, NULL) &&
           sight == DSC_SIGHT_NONE;
}

dsc_status dsc_place_remove(const dsc_place *p, const char *output,
                            const dsc_ledger_file *file, bool *stays,
                            dsc_error *err)
{
    dsc_ledger_file there = *file;
    dsc_sight sight = DSC_SIGHT_NONE;
    struct stat info;
    dsc_way way;
    dsc_status st = DSC_OK;

    *stays = false;
    if (!dsc_place_way(p, output, &way))
        return dsc_fail(err, DSC_BADFILE,
                        "the ledger names an output outside of the output "
                        "folder");
    if (file->ours || !file->known)
        st = dsc_place_find(way.path, &there, &sight, err);
    if (sight == DSC_SIGHT_FILE && unlink(way.path) && !is_absent(errno))
        st = dsc_fail(err, DSC_IO, "an old output cannot be removed: %s",
                      strerror(errno));
    *stays = !st && sight != DSC_SIGHT_FILE && !lstat(way.path, &info);
    return st;
}

void dsc_place_close(dsc_place **pp)
{
    dsc_place *p = *pp;

    if (!p)
        return;
    if (p->fd >= 0)
        close(p->fd);
    dsc_free(p->path);
    dsc_free(p);
    *pp = NULL;
}
