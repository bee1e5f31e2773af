/* SPDX-License-Identifier: Apache-2.0
 *
 * A DICOMDIR of the outputs, for discs. */
#ifndef DSC_BATCH_INDEX_H
#define DSC_BATCH_INDEX_H

#include "base/mem.h"

/* One part of a file's name on a disc: 8 characters that stand for a UID. */
#define DSC_DISC_NAME 9
void dsc_disc_name(const char *uid, char out[DSC_DISC_NAME]);

/* Note an output, with its new UIDs, for dsc_index_write. What is written there
 * comes from whoever knows what was written, not from the folder: any file can
 * say that dcmscrub made it. */
dsc_status dsc_index_note(dsc_buf *outputs, const char *path, const char *study,
                          const char *series, const char *instance,
                          dsc_error *err) DSC_WARN_UNUSED;

/* Write FOLDER/DICOMDIR, in place of an older one, of the outputs that were
 * noted, each once, in the order of their names. *left_out counts those that
 * are not in the folder any more, have other UIDs by now, or names that a disc
 * cannot hold. */
dsc_status dsc_index_write(const char *folder, const dsc_buf *outputs,
                           uint64_t *listed, uint64_t *left_out,
                           dsc_error *err) DSC_WARN_UNUSED;

#endif
