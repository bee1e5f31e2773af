/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be known to be wrong before a single file is read. */
#include "base/file.h"
#include "batch/batch_priv.h"
#include "batch/source_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is there a part ".." in it? Below a folder that does not exist yet it would
 * lead somewhere else once the folder is made. */
bool dsc_batch_has_dots(const char *path)
{
    for (; *path; path += *path == '/') {
        size_t n = strcspn(path, "/");
        if (n == 2 && path[0] == '.' && path[1] == '.')
            return true;
        path += n;
    }
    return false;
}

char *dsc_batch_resolve(const char *path)
{
    char *copy = strdup(path), *found = NULL, *full = NULL;
    size_t n = copy ? strlen(copy) : 0;

    while (n > 1 && copy[n - 1] == '/')
        copy[--n] = '\0';
    while (copy && !(found = realpath(copy, NULL))) {
        char *slash = strrchr(copy, '/');
        if (errno != ENOENT || slash == copy)
            break;
        if (!slash) {
            found = realpath(".", NULL);
            copy[0] = '\0';
            break;
        }
        *slash = '\0';
    }
    if (found) {
        const char *rest = path + strlen(copy);
        while (*rest == '/')
            rest++;
        if (dsc_batch_has_dots(rest)) {
            errno = EINVAL;
            goto done;
        }
        if (asprintf(&full, "%s%s%s", found,
                     *rest && strcmp(found, "/") ? "/" : "", rest) < 0)
            full = NULL;
    }
done:
    free(found);
    free(copy);
    n = full ? strlen(full) : 0;
    while (n > 1 && full[n - 1] == '/')
        full[--n] = '\0';
    return full;
}

/* Is `inner` the folder `outer` or below it? */
static bool is_below(const char *inner, const char *outer)
{
    size_t n = strlen(outer);

    if (!strcmp(outer, "/"))
        return true;
    return !strncmp(inner, outer, n) && (inner[n] == '\0' || inner[n] == '/');
}

static dsc_status check_input(const char *input, const char *output,
                              dsc_error *err)
{
    char *in = realpath(input, NULL);
    dsc_status st = DSC_OK;

    if (!in)
        st = dsc_fail(err, DSC_USAGE, "an input cannot be read: %s",
                      strerror(errno));
    else if (is_below(output, in))
        st = dsc_fail(err, DSC_USAGE,
                      "the output folder is inside or equal to an input");
    else if (is_below(in, output))
        st = dsc_fail(err, DSC_USAGE, "an input is inside the output folder");
    free(in);
    return st;
}

static dsc_status check_empty(const dsc_batch_options *o, dsc_error *err)
{
    DIR *dir = opendir(o->output);
    struct dirent *e;
    bool empty = true;

    if (!dir)
        return dsc_fail(err, DSC_USAGE, "the output folder: %s",
                        strerror(errno));
    while (empty && (e = readdir(dir)))
        empty = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");
    closedir(dir);
    if (!empty && !o->into_existing)
        return dsc_fail(err, DSC_USAGE,
                        "the output folder is not empty; --into-existing "
                        "adds to it");
    return DSC_OK;
}

void dsc_batch_sweep(const char *folder)
{
    dsc_walk *walk = NULL;
    dsc_item item;

    if (dsc_walk_open(&walk, &folder, 1, NULL, NULL))
        return;
    dsc_walk_physical(walk);
    while (!dsc_walk_next(walk, &item, NULL) && item.name)
        if (item.found == DSC_FOUND_FILE)
            dsc_remove_leftover(item.name);
    dsc_walk_close(&walk);
}

void dsc_batch_sweep_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *e;
    char path[PATH_MAX];

    while (dir && (e = readdir(dir)))
        if (!strncmp(e->d_name, DSC_TMP_PREFIX, strlen(DSC_TMP_PREFIX)) &&
            snprintf(path, sizeof path, "%s/%s", folder, e->d_name) <
                (int)sizeof path)
            dsc_remove_leftover(path);
    if (dir)
        closedir(dir);
}

static dsc_status check_writable(const dsc_batch_options *o, dsc_error *err)
{
    char path[PATH_MAX];
    dsc_outfile *probe = NULL;
    struct stat sb;
    dsc_error e = DSC_ERROR_INIT;
    dsc_status st;

    if (!stat(o->output, &sb) && !S_ISDIR(sb.st_mode))
        return dsc_fail(err, DSC_USAGE, "the output is not a folder");
    if (snprintf(path, sizeof path, "%s/probe", o->output) >= (int)sizeof path)
        return dsc_fail(err, DSC_USAGE, "the output path is too long");
    st = dsc_outfile_create(&probe, path, &e);
    dsc_outfile_abort(&probe);
    if (st)
        return dsc_fail(err, DSC_USAGE, "the output folder: %s", e.msg);
    st = check_empty(o, err);
    /* A shard is one of many: it knows by itself where its own lie. */
    if (!st && o->shard)
        dsc_batch_sweep_folder(o->output);
    else if (!st)
        dsc_batch_sweep(o->output);
    return st;
}

dsc_status dsc_batch_check(const dsc_batch_options *o, dsc_error *err)
{
    char *output;
    dsc_status st = DSC_OK;

    if (!o->source.input_count && !o->source.list && !o->source.plan)
        return dsc_fail(err, DSC_USAGE, "no input");
    if (!o->output || !o->output[0])
        return dsc_fail(err, DSC_USAGE, "no output folder (-o)");
    output = dsc_batch_resolve(o->output);
    if (!output)
        return dsc_fail(err, DSC_USAGE, "the output folder: %s",
                        strerror(errno));
    for (size_t i = 0; !st && i < o->source.input_count; i++)
        if (strcmp(o->source.inputs[i], "-"))
            st = check_input(o->source.inputs[i], output, err);
    free(output);
    return st ? st : check_writable(o, err);
}

static _Noreturn void count(const dsc_batch_options *o, int fd)
{
    dsc_source *source = NULL;
    dsc_item item = {.fd = -1};
    uint64_t n = 0;
    dsc_status st;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (o->ledger)
        dsc_ledger_after_fork(o->ledger);
    st = dsc_source_open(&source, &o->source, NULL);
    while (!st && !(st = dsc_source_next(source, &item, NULL)) && item.name) {
        n++;
        if (item.fd >= 0)
            close(item.fd);
    }
    dsc_source_close(&source);
    _exit(!st && dsc_write_all(fd, &n, sizeof n) ? 0 : 1);
}

bool dsc_batch_count(const dsc_batch_options *o, pid_t *pid, int *fd)
{
    int fds[2];

    for (size_t i = 0; i < o->source.input_count; i++)
        if (!strcmp(o->source.inputs[i], "-"))
            return false;
    if (o->source.list || pipe2(fds, O_CLOEXEC))
        return false;
    fflush(NULL);
    *pid = fork();
    if (*pid == 0) {
        close(fds[0]);
        count(o, fds[1]);
    }
    close(fds[1]);
    *fd = fds[0];
    if (*pid < 0)
        close(fds[0]);
    return *pid > 0;
}
