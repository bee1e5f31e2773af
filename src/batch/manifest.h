/* SPDX-License-Identifier: Apache-2.0
 *
 * The manifest that `dcmscrub plan` writes: every input with its shard, in the
 * order found. Docs: docs/batch.md.
 *
 *     dcmscrub-plan 1 <shards> <digest of the key>
 *     <shard> TAB <archive> TAB <relative> TAB <name> TAB <told>
 *     end <lines>
 *
 * `name` has its control characters and backslashes written as \xHH. Of it,
 * `archive` bytes are the path of an archive (0: no member of one) and what
 * follows byte `relative` is the part below the input. `told` is empty, or an
 * outcome, a space and the reason of what was judged when the plan was made.
 */
#ifndef DSC_BATCH_MANIFEST_H
#define DSC_BATCH_MANIFEST_H

#include "base/mem.h"
#include "dcmscrub.h"

#define DSC_MANIFEST_SHARDS 1000000u /* at most */

typedef struct dsc_manifest_line {
    uint32_t shard;
    size_t archive, relative;
    const char *name; /* NULL: the end. Lives until the next call */
    bool told;
    dsc_outcome outcome;
    const char *reason;
} dsc_manifest_line;

/* ---- write ---- */

typedef struct dsc_manifest_writer dsc_manifest_writer;

/* The file (mode 0600) has its name once it is finished, and must be new. */
dsc_status dsc_manifest_create(dsc_manifest_writer **out, const char *path,
                               uint32_t shards, const char *key_digest,
                               dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_manifest_put(dsc_manifest_writer *w,
                            const dsc_manifest_line *line,
                            dsc_error *err) DSC_WARN_UNUSED;
/* Frees it in every case. */
dsc_status dsc_manifest_finish(dsc_manifest_writer **w,
                               dsc_error *err) DSC_WARN_UNUSED;
void dsc_manifest_abort(dsc_manifest_writer **w);

/* ---- read ---- */

typedef struct dsc_manifest dsc_manifest;

/* DSC_USAGE for what is no finished plan. */
dsc_status dsc_manifest_open(dsc_manifest **out, const char *path,
                             dsc_error *err) DSC_WARN_UNUSED;
uint32_t dsc_manifest_shards(const dsc_manifest *m);
const char *dsc_manifest_key(const dsc_manifest *m);
/* DSC_USAGE for a broken line. */
dsc_status dsc_manifest_next(dsc_manifest *m, dsc_manifest_line *line,
                             dsc_error *err) DSC_WARN_UNUSED;
void dsc_manifest_close(dsc_manifest **m);

#endif
