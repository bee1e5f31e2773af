/* SPDX-License-Identifier: Apache-2.0
 *
 * A DICOMDIR of the outputs, for discs. */
#ifndef DSC_BATCH_INDEX_H
#define DSC_BATCH_INDEX_H

#include "base/status.h"

/* One part of a file's name on a disc: 8 characters that stand for a UID. */
#define DSC_DISC_NAME 9
void dsc_disc_name(const char *uid, char out[DSC_DISC_NAME]);

/* Write FOLDER/DICOMDIR, in place of an older one, of all outputs in the
 * folder. *listed and *left_out count the files; those that dcmscrub did not
 * write, and those with names that a disc cannot hold, are left out. */
dsc_status dsc_index_write(const char *folder, uint64_t *listed,
                           uint64_t *left_out, dsc_error *err) DSC_WARN_UNUSED;

#endif
