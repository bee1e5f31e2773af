/* SPDX-License-Identifier: Apache-2.0
 *
 * What headers tell of studies and patients (dsc_learn), in SQLite: grows on
 * disk, not in memory. One process adds, any number recall meanwhile.
 *
 * Files belong together that share a study or a patient, over any number of
 * steps. A key under which many names or very many others were seen is a
 * placeholder, and nobody's. What is recalled depends on the set of files that
 * were added, not on their order.
 *
 * It holds names and IDs: mode 0600, beside the ledger, and kept with it, so
 * that a later run does not know less than one before it. Where it is lost, the
 * files that the ledger has must be read again.
 */
#ifndef DSC_LEDGER_LORE_H
#define DSC_LEDGER_LORE_H

#include "base/mem.h"
#include "dcmscrub.h"

#define DSC_LORE_VALUE 4096u /* longest value */

typedef struct dsc_lore dsc_lore;

/* NULL: in memory, for this process and those that it forks, of up to some
 * hundred megabytes. A file that is no lore, or of an older version, is
 * replaced, one that cannot be read is not. */
dsc_status dsc_lore_create(dsc_lore **out, const char *path,
                           dsc_error *err) DSC_WARN_UNUSED;
/* The one that was made with this id, or none at all. */
dsc_status dsc_lore_join(dsc_lore **out, const char *path, int id,
                         dsc_error *err) DSC_WARN_UNUSED;
/* By chance; 0 of one that was made before there were any. */
int dsc_lore_id(dsc_lore *lore);
/* For recall only; another one may be adding. DSC_BADFILE where there is none:
 * no file, no lore, or of an older version. */
dsc_status dsc_lore_open(dsc_lore **out, const char *path,
                         dsc_error *err) DSC_WARN_UNUSED;
/* The same when nobody else has it open: what somebody who was killed had begun
 * to write is rolled back. */
dsc_status dsc_lore_open_alone(dsc_lore **out, const char *path,
                               dsc_error *err) DSC_WARN_UNUSED;
void dsc_lore_close(dsc_lore **lore);
/* The file and those beside it. */
void dsc_lore_remove(const char *path);
/* The same for a new ledger: not what is no lore (DSC_USAGE). */
dsc_status dsc_lore_clear(const char *path, dsc_error *err) DSC_WARN_UNUSED;
/* When nobody has it open: the file, and nothing beside it. */
void dsc_lore_tidy(const char *path);
/* One in memory and one on disk, where no file can be shared: fill it from
 * there, where a lore lies there (*found); and write it. */
dsc_status dsc_lore_load(dsc_lore *lore, const char *path, bool *found,
                         dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_lore_save(dsc_lore *lore, const char *path,
                         dsc_error *err) DSC_WARN_UNUSED;

/* How it stands to the ledger. */
typedef struct dsc_lore_mark {
    int64_t run, started; /* each file of runs up to this one, which was started
                             then, is in it or told to be lost; 0: none */
} dsc_lore_mark;
dsc_status dsc_lore_get_mark(dsc_lore *lore, dsc_lore_mark *mark,
                             dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_lore_set_mark(dsc_lore *lore, const dsc_lore_mark *mark,
                             dsc_error *err) DSC_WARN_UNUSED;

/* Was a file of this name, size and time of change added? */
dsc_status dsc_lore_has(dsc_lore *lore, const char *name, int64_t size,
                        int64_t modified, bool *has,
                        dsc_error *err) DSC_WARN_UNUSED;
/* A file, then what its header tells. Seen by others after a flush.
 * DSC_LIMIT where it does not fit into memory. */
dsc_status dsc_lore_add_file(dsc_lore *lore, const char *name, int64_t size,
                             int64_t modified, dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_lore_add_kin(dsc_lore *lore, const dsc_kin *kin,
                            dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_lore_add_value(dsc_lore *lore, const dsc_kin *kin,
                              const void *value, size_t len,
                              dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_lore_flush(dsc_lore *lore, dsc_error *err) DSC_WARN_UNUSED;

/* A file that told something that nobody knows any more. As long as one is
 * told to be lost, nothing is recalled of those that belong together with it:
 * DSC_UNSUPPORTED. */
typedef struct dsc_lore_lost {
    const char *name;
    int64_t size, modified;
    const uint8_t *sha256; /* 32 bytes, or NULL */
    dsc_kin kin;
    uint64_t known; /* digest of all that was known when it was judged */
} dsc_lore_lost;
dsc_status dsc_lore_add_lost(dsc_lore *lore, const dsc_lore_lost *lost,
                             dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_lore_has_lost(dsc_lore *lore, bool *has,
                             dsc_error *err) DSC_WARN_UNUSED;
/* Forget those for which fn returns true. */
dsc_status dsc_lore_find_lost(dsc_lore *lore,
                              bool (*fn)(void *ctx, const dsc_lore_lost *lost),
                              void *ctx, dsc_error *err) DSC_WARN_UNUSED;

/* As in dsc_lessons; ctx is the lore. */
dsc_status dsc_lore_recall(void *lore, const dsc_kin *kin, dsc_lesson_fn fn,
                           void *ctx, dsc_error *err) DSC_WARN_UNUSED;
/* What is left, even if something was lost. */
dsc_status dsc_lore_recall_rest(void *lore, const dsc_kin *kin,
                                dsc_lesson_fn fn, void *ctx,
                                dsc_error *err) DSC_WARN_UNUSED;

#endif
