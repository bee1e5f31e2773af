/* SPDX-License-Identifier: Apache-2.0
 *
 * What there is to clean, one item at a time: the files of folders, of a list.
 * Found as they are asked for: nothing grows with their number, and the first
 * one is there at once.
 */
#ifndef DSC_BATCH_SOURCE_H
#define DSC_BATCH_SOURCE_H

#include "base/mem.h"
#include "dcmscrub.h"

typedef enum dsc_found {
    DSC_FOUND_FILE,
    DSC_FOUND_SPECIAL,    /* device, socket, pipe: never opened */
    DSC_FOUND_UNREADABLE, /* broken link, vanished file, no permission */
    DSC_FOUND_UNLISTED,   /* a folder that cannot be listed, a loop of links:
                             there may be files that nobody sees */
    DSC_FOUND_MEMBER,     /* in an archive: dsc_source_take gives its bytes */
    DSC_FOUND_TOLD        /* judged already: `outcome` and `reason` tell */
} dsc_found;

typedef struct dsc_item {
    const char *name;     /* as the report and the ledger call it: a path, or
                             "A.zip!3/name"; NULL: the end */
    const char *relative; /* below the input that it came from; in `name` or
                             a copy of its end */
    size_t archive; /* how much of `name` is the archive's path; 0: none */
    bool is_input;  /* the user named it, it was not found in a folder */
    dsc_found found;
    int fd; /* -1: open `name`; else the bytes (a memfd or an unlinked file),
               owned by the taker */
    int64_t size, modified; /* nanoseconds since 1970 */
    dsc_outcome outcome;    /* of what is DSC_FOUND_TOLD */
    const char *reason;     /* static; never NULL then */
} dsc_item;                 /* strings live until the next call */

/* What is done while an archive or a list on stdin keeps us waiting. */
typedef struct dsc_meanwhile {
    bool (*fn)(void *ctx); /* ten times a second; false: wait no more */
    void *ctx;
    bool enough; /* it said so */
} dsc_meanwhile;

typedef struct dsc_source_options {
    const char *plan;       /* a manifest in place of all inputs; NULL: none */
    uint32_t shard, shards; /* of the plan: which, from 1, and of how many */
    const char *plan_key;   /* the digest of the key that the plan must have */
    const char *const *inputs; /* files and folders; "-": a list on stdin */
    size_t input_count;
    const char *list;   /* a file of names, "-" for stdin; NULL: none */
    bool null_list;     /* names end with NULs, whatever comes first */
    const char *tee;    /* a copy of a list on stdin, with NULs; NULL: none */
    const char *replay; /* such a copy in place of stdin; NULL: stdin */
    const char
        *root; /* a folder: names in the list lie below it; may be NULL */
    const char *avoid;        /* a folder that is not entered, however it is
                                 reached; may be NULL */
    const char *spill;        /* for members of archives that are too large for
                                 memory: files without a name go here */
    dsc_meanwhile *meanwhile; /* NULL: nothing */
} dsc_source_options;

typedef struct dsc_source dsc_source;

/* DSC_USAGE for a list that cannot be read, or stdin named twice. Strings are
 * borrowed as long as the source lives. */
dsc_status dsc_source_open(dsc_source **out, const dsc_source_options *options,
                           dsc_error *err) DSC_WARN_UNUSED;
/* DSC_CANCELLED where SIGINT or SIGTERM, being blocked, waits, or `meanwhile`
 * had enough: neither an archive nor a list on stdin keeps anybody from
 * stopping. */
dsc_status dsc_source_next(dsc_source *source, dsc_item *item,
                           dsc_error *err) DSC_WARN_UNUSED;
/* Fill in what costs work: the bytes of a DSC_FOUND_MEMBER, which becomes a
 * DSC_FOUND_FILE with `fd` and `size`, or DSC_FOUND_TOLD. Other items stay as
 * they are. Only for the item that came last; do not call it for one that is
 * not wanted. */
dsc_status dsc_source_take(dsc_source *source, dsc_item *item,
                           dsc_error *err) DSC_WARN_UNUSED;
void dsc_source_close(dsc_source **source);

#endif
