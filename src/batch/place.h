/* SPDX-License-Identifier: Apache-2.0
 *
 * The output folder, held open while a batch or watch runs. What is written or
 * removed is so in the folder that was opened, wherever its path leads
 * meanwhile: a mount that goes away leaves another folder of its name. And
 * nothing counts as done unless the path leads to it. Without /proc the path is
 * all there is.
 */
#ifndef DSC_BATCH_PLACE_H
#define DSC_BATCH_PLACE_H

#include "ledger/ledger.h"

#include <limits.h>
#include <sys/stat.h>

typedef struct dsc_place dsc_place;

/* The folder is there. */
dsc_status dsc_place_open(dsc_place **out, const char *path,
                          dsc_error *err) DSC_WARN_UNUSED;
void dsc_place_close(dsc_place **place);
/* DSC_IO where its path leads nowhere, or to another folder. */
dsc_status dsc_place_check(const dsc_place *place,
                           dsc_error *err) DSC_WARN_UNUSED;

/* For what is done in all of it; lives as long as the place. */
const char *dsc_place_folder(const dsc_place *place);

/* Where to write, find and remove an output: by the folder's path where the way
 * through the descriptor is too long, for its temporary name, too. */
typedef struct dsc_way {
    char path[PATH_MAX];
} dsc_way;
/* False where the output's path does not lie in the folder, or is too long. */
bool dsc_place_way(const dsc_place *place, const char *output, dsc_way *way);
/* Is it known not to be there, since nothing has its name or something else
 * has? Where a copy of it has, `file` is that one from now on. */
bool dsc_place_lacks(const dsc_place *place, const char *output,
                     dsc_ledger_file *file);
/* If it is there, and ours; *stays: something else has its name, or nobody may
 * read what has. DSC_BADFILE where it does not lie in the folder. */
dsc_status dsc_place_remove(const dsc_place *place, const char *output,
                            const dsc_ledger_file *file, bool *stays,
                            dsc_error *err) DSC_WARN_UNUSED;

/* Inode, size and time of change; not the device, whose number may be another
 * one on the next node. */
void dsc_place_identify(dsc_ledger_file *file, const struct stat *info);
bool dsc_place_is_same(const dsc_ledger_file *a, const dsc_ledger_file *b);
/* Does the path name the very file? */
bool dsc_place_is(const char *path, const dsc_ledger_file *file);
/* Or one of the same bytes, as in a copy of the folder: it is read only then,
 * and `file` is that one from now on. Whatever is there, where nothing is known
 * of it. Not DSC_OK: nobody knows. */
typedef enum dsc_sight {
    DSC_SIGHT_NONE, /* nothing has the name, or something else */
    DSC_SIGHT_FILE,
    DSC_SIGHT_HIDDEN /* nobody may read what has it */
} dsc_sight;
dsc_status dsc_place_find(const char *path, dsc_ledger_file *file,
                          dsc_sight *sight, dsc_error *err) DSC_WARN_UNUSED;

#endif
