/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of files from a file or a pipe, as find or find -print0 gives them. */
#include "batch/source_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_NAME 65535u

struct dsc_list {
    FILE *fp;
    int end; /* what ends a name; -1: not known yet */
    dsc_buf name;
};

dsc_status dsc_list_open(dsc_list **out, const char *path, bool nulls,
                         dsc_error *err)
{
    dsc_list *l = dsc_alloc(sizeof *l);

    *out = NULL;
    if (!l)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    l->end = nulls ? '\0' : -1;
    l->fp = strcmp(path, "-") ? fopen(path, "re") : stdin;
    if (!l->fp) {
        dsc_free(l);
        return dsc_fail(err, DSC_USAGE, "the list of files: %s",
                        strerror(errno));
    }
    *out = l;
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
    while (!st && (c = getc(l->fp)) != EOF) {
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
    }
    if (!st && c == EOF && ferror(l->fp))
        st = dsc_fail(err, DSC_IO, "the list of files cannot be read");
    if (st || !l->name.len)
        return st;
    st = dsc_buf_append(&l->name, "", 1, err);
    *name = st ? NULL : (const char *)l->name.data;
    return st;
}

void dsc_list_close(dsc_list **list)
{
    dsc_list *l = *list;

    if (!l)
        return;
    if (l->fp != stdin)
        fclose(l->fp);
    dsc_buf_free(&l->name);
    dsc_free(l);
    *list = NULL;
}
