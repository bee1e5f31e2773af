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
 * It holds names and IDs: mode 0600, beside the ledger, and removed when a run
 * is complete. It can be lost or corrupt without harm, since it is made anew
 * from the inputs.
 */
#ifndef DSC_LEDGER_LORE_H
#define DSC_LEDGER_LORE_H

#include "base/mem.h"
#include "dcmscrub.h"

#define DSC_LORE_VALUE 4096u /* longest value */

typedef struct dsc_lore dsc_lore;

/* NULL: in memory, for this process and those that it forks, of up to some
 * hundred megabytes. A file that is no lore, or of another version, is
 * replaced. */
dsc_status dsc_lore_create(dsc_lore **out, const char *path,
                           dsc_error *err) DSC_WARN_UNUSED;
/* For recall only; another one may be adding. */
dsc_status dsc_lore_open(dsc_lore **out, const char *path,
                         dsc_error *err) DSC_WARN_UNUSED;
void dsc_lore_close(dsc_lore **lore);
/* The file and those beside it. */
void dsc_lore_remove(const char *path);

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

/* As in dsc_lessons; ctx is the lore. */
dsc_status dsc_lore_recall(void *lore, const dsc_kin *kin, dsc_lesson_fn fn,
                           void *ctx, dsc_error *err) DSC_WARN_UNUSED;

#endif
