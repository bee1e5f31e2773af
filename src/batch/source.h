/* SPDX-License-Identifier: Apache-2.0
 *
 * What there is to clean, one item at a time: the files of folders, of a list.
 * Found as they are asked for: nothing grows with their number, and the first
 * one is there at once.
 */
#ifndef DSC_BATCH_SOURCE_H
#define DSC_BATCH_SOURCE_H

#include "base/mem.h"

typedef enum dsc_found {
    DSC_FOUND_FILE,
    DSC_FOUND_SPECIAL,    /* device, socket, pipe: never opened */
    DSC_FOUND_UNREADABLE, /* broken link, vanished file, no permission */
    DSC_FOUND_UNLISTED    /* a folder that cannot be listed, a loop of links:
                             there may be files that nobody sees */
} dsc_found;

typedef struct dsc_item {
    const char *name;     /* as the report and the ledger call it: a path, or
                             "A.zip!3/name"; NULL: the end */
    const char *relative; /* below the input that it came from */
    dsc_found found;
    int fd; /* -1: open `name`; else the bytes (a memfd or an unlinked file),
               owned by the taker */
    int64_t size, modified; /* nanoseconds since 1970 */
} dsc_item;                 /* strings live until the next call */

typedef struct dsc_source_options {
    const char *const *inputs; /* files and folders; "-": a list on stdin */
    size_t input_count;
    const char *list;  /* a file of names, "-" for stdin; NULL: none */
    bool null_list;    /* names end with NULs, whatever comes first */
    const char *avoid; /* a folder that is not entered, however it is
                          reached; may be NULL */
} dsc_source_options;

typedef struct dsc_source dsc_source;

/* DSC_USAGE for a list that cannot be read, or stdin named twice. Strings are
 * borrowed as long as the source lives. */
dsc_status dsc_source_open(dsc_source **out, const dsc_source_options *options,
                           dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_source_next(dsc_source *source, dsc_item *item,
                           dsc_error *err) DSC_WARN_UNUSED;
void dsc_source_close(dsc_source **source);

#endif
