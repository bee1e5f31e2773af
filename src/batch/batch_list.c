/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of files from a file or a pipe, as find or find -print0 gives them. */
#include "batch/post_priv.h"
#include "batch/source_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_NAME 65535u

struct dsc_list {
    int fd;
    FILE *tee; /* NULL: none */
    dsc_meanwhile *meanwhile;
    uint8_t bytes[65536]; /* read, not looked at */
    size_t at, count;
    int end; /* what ends a name; -1: not known yet */
    dsc_buf name;
};

static FILE *open_tee(const char *path)
{
    int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *fp = fd >= 0 ? fdopen(fd, "w") : NULL;

    if (!fp && fd >= 0)
        close(fd);
    return fp;
}

dsc_status dsc_list_open(dsc_list **out, const char *path, bool nulls,
                         const char *tee, dsc_meanwhile *meanwhile,
                         dsc_error *err)
{
    dsc_list *l = dsc_alloc(sizeof *l);

    *out = NULL;
    if (!l)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    l->meanwhile = meanwhile;
    l->end = nulls ? '\0' : -1;
    l->fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
                              : STDIN_FILENO;
    if (l->fd < 0) {
        dsc_free(l);
        return dsc_fail(err, DSC_USAGE, "the list of files: %s",
                        strerror(errno));
    }
    *out = l;
    l->tee = tee ? open_tee(tee) : NULL;
    if (!tee || l->tee)
        return DSC_OK;
    dsc_fail(err, DSC_IO, "a copy of the list: %s", strerror(errno));
    dsc_list_close(out);
    return DSC_IO;
}

/* The next byte; EOF at the end. */
static dsc_status next_byte(dsc_list *l, int *c, dsc_error *err)
{
    ssize_t n = 1;

    if (l->at == l->count) {
        /* A pipe may be silent for hours. */
        while (!dsc_post_wait(l->fd, 3600, l->meanwhile))
            if (dsc_post_is_stopped(l->meanwhile))
                return dsc_fail(err, DSC_CANCELLED, "told to stop");
        n = read(l->fd, l->bytes, sizeof l->bytes);
        if (n < 0)
            return dsc_fail(err, DSC_IO, "the list of files cannot be read");
        l->at = 0;
        l->count = (size_t)n;
    }
    *c = n ? l->bytes[l->at++] : EOF;
    return DSC_OK;
}

static bool is_end(dsc_list *l, int c)
{
    if (l->end < 0 && (c == '\0' || c == '\n'))
        l->end = c;
    return c == l->end;
}

dsc_status dsc_list_next(dsc_list *l, const char **name, dsc_error *err)
{
    dsc_status st = DSC_OK;
    int c = 0;

    *name = NULL;
    l->name.len = 0;
    while (!(st = next_byte(l, &c, err)) && c != EOF) {
        char byte = (char)c;
        if (is_end(l, c)) {
            if (l->name.len)
                break;
            continue; /* empty lines are no names */
        }
        if (c == '\0')
            st = dsc_fail(err, DSC_USAGE,
                          "the list of files holds line feeds and NULs: "
                          "--null says that NULs end the names");
        else if (l->name.len == MAX_NAME)
            st = dsc_fail(err, DSC_USAGE,
                          "the list of files holds a name of over %u bytes",
                          MAX_NAME);
        else
            st = dsc_buf_append(&l->name, &byte, 1, err);
        if (st)
            break;
    }
    if (!st && l->tee && c == EOF && fflush(l->tee))
        st = dsc_fail(err, DSC_IO, "a copy of the list: %s", strerror(errno));
    if (st || !l->name.len)
        return st;
    st = dsc_buf_append(&l->name, "", 1, err);
    if (!st && l->tee &&
        fwrite(l->name.data, 1, l->name.len, l->tee) != l->name.len)
        st = dsc_fail(err, DSC_IO, "a copy of the list: %s", strerror(errno));
    *name = st ? NULL : (const char *)l->name.data;
    return st;
}

void dsc_list_close(dsc_list **list)
{
    dsc_list *l = *list;

    if (!l)
        return;
    if (l->fd != STDIN_FILENO)
        close(l->fd);
    if (l->tee)
        fclose(l->tee);
    dsc_buf_free(&l->name);
    dsc_free(l);
    *list = NULL;
}
