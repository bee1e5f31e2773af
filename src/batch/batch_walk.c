/* SPDX-License-Identifier: Apache-2.0
 *
 * A walk down folders in name order. A folder of millions of files is read a
 * stretch at a time, each sorted by itself, so that neither memory nor the
 * wait for the first file grow with it. */
#include "base/sort.h"
#include "batch/source_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STRETCH   16384u /* names */
#define MAX_DEPTH 2048u

/* One folder on the way down. */
typedef struct level {
    DIR *dir;      /* NULL: read to its end */
    dsc_buf names; /* each a d_type, the name, a NUL */
    char **sorted; /* into names, behind the d_type */
    size_t count, next;
    size_t path_len; /* of the folder, with its slash */
    dev_t dev;
    ino_t ino;
    bool broken; /* it could not be read to its end */
} level;

struct dsc_walk {
    char **inputs; /* sorted */
    size_t input_count, next_input;
    level *levels;
    size_t depth;
    dsc_buf path;
    size_t root_len; /* of the input at hand */
    bool physical;   /* links are not followed, sizes not looked up */
    bool has_avoid;
    dev_t avoid_dev; /* a folder that is not entered */
    ino_t avoid_ino;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

dsc_status dsc_walk_open(dsc_walk **out, const char *const *inputs,
                         size_t count, const char *avoid, dsc_error *err)
{
    struct stat sb;
    dsc_walk *w = dsc_alloc(sizeof *w);
    bool good = w != NULL;

    *out = NULL;
    if (w)
        w->inputs = dsc_calloc(count + 1, sizeof *w->inputs);
    good = good && w->inputs;
    for (size_t i = 0; good && i < count; i++) {
        w->inputs[i] = dsc_strdup(inputs[i]);
        good = w->inputs[i] != NULL;
        w->input_count += good;
    }
    if (!good) {
        dsc_walk_close(&w);
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    }
    dsc_sort(w->inputs, count, sizeof *w->inputs, by_name);
    if (avoid && !stat(avoid, &sb)) {
        w->has_avoid = true;
        w->avoid_dev = sb.st_dev;
        w->avoid_ino = sb.st_ino;
    }
    *out = w;
    return DSC_OK;
}

void dsc_walk_physical(dsc_walk *walk)
{
    walk->physical = true;
}

/* ---- folders ---- */

static dsc_status set_path(dsc_walk *w, size_t keep, const char *name,
                           dsc_error *err)
{
    dsc_status st = dsc_buf_resize(&w->path, keep, err);
    return st ? st : dsc_buf_append(&w->path, name, strlen(name) + 1, err);
}

static dsc_status sort_names(level *l, dsc_error *err)
{
    char *at = (char *)l->names.data;

    dsc_free(l->sorted);
    l->sorted = dsc_calloc(l->count + 1, sizeof *l->sorted);
    if (!l->sorted)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (size_t i = 0; i < l->count; i++) {
        l->sorted[i] = at + 1;
        at += strlen(at + 1) + 2;
    }
    dsc_sort(l->sorted, l->count, sizeof *l->sorted, by_name);
    return DSC_OK;
}

/* The next stretch of names. */
static dsc_status fill(level *l, dsc_error *err)
{
    const struct dirent *e = NULL;
    dsc_status st = DSC_OK;

    l->names.len = l->count = l->next = 0;
    while (!st && l->count < STRETCH && (errno = 0, e = readdir(l->dir))) {
        char type = (char)e->d_type;
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        st = dsc_buf_append(&l->names, &type, 1, err);
        if (!st)
            st = dsc_buf_append(&l->names, e->d_name, strlen(e->d_name) + 1,
                                err);
        l->count++;
    }
    if (!st && !e && l->count < STRETCH) {
        l->broken = errno != 0;
        closedir(l->dir);
        l->dir = NULL;
    }
    return st ? st : sort_names(l, err);
}

/* Go down into the folder at w->path. *entered is false where it cannot be
 * listed. */
static dsc_status enter(dsc_walk *w, const struct stat *sb, bool *entered,
                        dsc_error *err)
{
    level *more, l = {.dev = sb->st_dev, .ino = sb->st_ino};
    size_t n = w->path.len - 1; /* without its NUL */
    int fd;
    dsc_status st;

    *entered = false;
    for (size_t i = 0; i < w->depth; i++)
        if (w->levels[i].dev == l.dev && w->levels[i].ino == l.ino)
            return DSC_OK; /* a loop of links */
    if (w->depth == MAX_DEPTH)
        return DSC_OK;
    fd = open((const char *)w->path.data,
              O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    l.dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!l.dir) {
        if (fd >= 0)
            close(fd);
        return DSC_OK;
    }
    *entered = true;
    more = dsc_calloc(w->depth + 1, sizeof *more);
    if (!more) {
        closedir(l.dir);
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    }
    if (w->depth)
        memcpy(more, w->levels, w->depth * sizeof *more);
    dsc_free(w->levels);
    w->levels = more;
    l.path_len = n + (n && w->path.data[n - 1] != '/');
    w->levels[w->depth++] = l;
    st = set_path(w, n, l.path_len > n ? "/" : "", err);
    return st ? st : fill(&w->levels[w->depth - 1], err);
}

static void leave(dsc_walk *w)
{
    level *l = &w->levels[--w->depth];

    if (l->dir)
        closedir(l->dir);
    dsc_buf_free(&l->names);
    dsc_free(l->sorted);
}

/* ---- entries ---- */

static void give(dsc_walk *w, dsc_found found, const struct stat *sb,
                 dsc_item *item)
{
    const char *path = (const char *)w->path.data;
    const char *slash = strrchr(path, '/');

    *item = (dsc_item){
        .name = path, .is_input = !w->depth, .found = found, .fd = -1};
    item->relative = w->depth            ? path + w->root_len
                     : slash && slash[1] ? slash + 1
                                         : path;
    while (*item->relative == '/')
        item->relative++;
    if (found != DSC_FOUND_FILE || !sb)
        return;
    item->size = sb->st_size;
    item->modified =
        (int64_t)sb->st_mtim.tv_sec * 1000000000 + sb->st_mtim.tv_nsec;
}

/* The entry at w->path, which `folder` says is known to be one; item->name
 * stays NULL where it is a folder that was entered, or is not to be. */
static dsc_status look(dsc_walk *w, bool folder, dsc_item *item, dsc_error *err)
{
    const char *path = (const char *)w->path.data;
    bool links = !w->physical || !w->depth, entered;
    struct stat sb;
    dsc_status st;

    if (links ? stat(path, &sb) : lstat(path, &sb)) {
        give(w, folder ? DSC_FOUND_UNLISTED : DSC_FOUND_UNREADABLE, NULL, item);
        return DSC_OK;
    }
    if (!S_ISDIR(sb.st_mode)) {
        give(w, S_ISREG(sb.st_mode) ? DSC_FOUND_FILE : DSC_FOUND_SPECIAL, &sb,
             item);
        return DSC_OK;
    }
    if (!w->depth)
        w->root_len = strlen(path);
    /* A link may lead into the output: it would be cleaned anew while it
     * grows. */
    if (w->has_avoid && sb.st_dev == w->avoid_dev && sb.st_ino == w->avoid_ino)
        return DSC_OK;
    st = enter(w, &sb, &entered, err);
    if (!st && !entered)
        give(w, DSC_FOUND_UNLISTED, NULL, item);
    return st;
}

/* The next name of the folder at hand, or up again. */
static dsc_status next_name(dsc_walk *w, dsc_item *item, dsc_error *err)
{
    level *l = &w->levels[w->depth - 1];
    bool broken = l->broken;
    dsc_status st;

    if (l->next == l->count && l->dir)
        return fill(l, err);
    if (l->next < l->count) {
        const char *name = l->sorted[l->next++];
        st = set_path(w, l->path_len, name, err);
        if (st || !w->physical || name[-1] != DT_REG)
            return st ? st : look(w, name[-1] == DT_DIR, item, err);
        give(w, DSC_FOUND_FILE, NULL, item);
        return DSC_OK;
    }
    st = set_path(w, l->path_len, "", err);
    leave(w);
    if (!st && broken)
        give(w, DSC_FOUND_UNLISTED, NULL, item);
    return st;
}

dsc_status dsc_walk_next(dsc_walk *w, dsc_item *item, dsc_error *err)
{
    dsc_status st = DSC_OK;

    *item = (dsc_item){.fd = -1};
    while (!st && !item->name) {
        if (w->depth) {
            st = next_name(w, item, err);
        } else if (w->next_input < w->input_count) {
            st = set_path(w, 0, w->inputs[w->next_input++], err);
            if (!st)
                st = look(w, false, item, err);
        } else {
            break;
        }
    }
    return st;
}

void dsc_walk_close(dsc_walk **walk)
{
    dsc_walk *w = *walk;

    if (!w)
        return;
    while (w->depth)
        leave(w);
    for (size_t i = 0; w->inputs && i < w->input_count; i++)
        dsc_free(w->inputs[i]);
    dsc_free(w->inputs);
    dsc_free(w->levels);
    dsc_buf_free(&w->path);
    dsc_free(w);
    *walk = NULL;
}
