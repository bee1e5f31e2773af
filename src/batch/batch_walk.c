/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/source_priv.h"

#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

struct dsc_walk {
    FTS *fts;
    size_t root_len; /* of the input at hand */
    bool begun;
    bool has_avoid;
    dev_t avoid_dev; /* a folder that is not entered */
    ino_t avoid_ino;
};

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

dsc_status dsc_walk_open(dsc_walk **out, const char *const *inputs,
                         size_t count, const char *avoid, dsc_error *err)
{
    struct stat sb;
    dsc_walk *walk = dsc_alloc(sizeof *walk);
    char **list = dsc_calloc(count + 1, sizeof *list);
    dsc_status st = DSC_OK;

    *out = NULL;
    if (!walk || !list) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    for (size_t i = 0; i < count; i++)
        list[i] = (char *)inputs[i]; /* fts copies them and writes nothing */
    /* Links are followed; fts itself sees loops. */
    walk->fts =
        fts_open(list, FTS_LOGICAL | FTS_NOCHDIR | FTS_COMFOLLOW, by_name);
    if (!walk->fts) {
        st = dsc_fail(err, DSC_IO, "cannot list the input");
        goto done;
    }
    if (avoid && !stat(avoid, &sb)) {
        walk->has_avoid = true;
        walk->avoid_dev = sb.st_dev;
        walk->avoid_ino = sb.st_ino;
    }
    *out = walk;
    walk = NULL;
done:
    dsc_free(walk);
    dsc_free(list);
    return st;
}

static dsc_found kind_of(const FTSENT *e)
{
    switch (e->fts_info) {
    case FTS_F:
        return DSC_FOUND_FILE;
    case FTS_DEFAULT:
        return DSC_FOUND_SPECIAL;
    case FTS_DC:
    case FTS_DNR:
        return DSC_FOUND_UNLISTED;
    default: /* FTS_ERR, FTS_NS, FTS_SLNONE ... */
        return DSC_FOUND_UNREADABLE;
    }
}

static void describe(const dsc_walk *walk, const FTSENT *e, dsc_item *item)
{
    const struct stat *sb = e->fts_statp;

    *item = (dsc_item){.name = e->fts_path, .found = kind_of(e), .fd = -1};
    item->relative = e->fts_level == FTS_ROOTLEVEL
                         ? e->fts_name
                         : e->fts_path + walk->root_len;
    while (*item->relative == '/')
        item->relative++;
    if (item->found != DSC_FOUND_FILE)
        return;
    item->size = sb->st_size;
    item->modified =
        (int64_t)sb->st_mtim.tv_sec * 1000000000 + sb->st_mtim.tv_nsec;
}

dsc_status dsc_walk_next(dsc_walk *walk, dsc_item *item, dsc_error *err)
{
    FTSENT *e;

    *item = (dsc_item){.fd = -1};
    walk->begun = true;
    while ((errno = 0, e = fts_read(walk->fts)) != NULL) {
        switch (e->fts_info) {
        case FTS_D:
            if (e->fts_level == FTS_ROOTLEVEL)
                walk->root_len = e->fts_pathlen;
            /* A link may lead into the output: it would be cleaned anew
             * while it grows. */
            if (walk->has_avoid && e->fts_statp->st_dev == walk->avoid_dev &&
                e->fts_statp->st_ino == walk->avoid_ino)
                fts_set(walk->fts, e, FTS_SKIP);
            continue;
        case FTS_DP:
            continue;
        default:
            describe(walk, e, item);
            return DSC_OK;
        }
    }
    return errno ? dsc_fail(err, DSC_IO,
                            "the input could not be listed to its end")
                 : DSC_OK;
}

void dsc_walk_close(dsc_walk **walk)
{
    /* glibc leaks the roots of a walk that was never begun. */
    if (*walk && (*walk)->fts && !(*walk)->begun)
        (void)fts_read((*walk)->fts);
    if (*walk && (*walk)->fts)
        fts_close((*walk)->fts);
    dsc_free(*walk);
    *walk = NULL;
}
