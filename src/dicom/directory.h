/* SPDX-License-Identifier: Apache-2.0
 *
 * A DICOMDIR (PS3.10) of the files in a folder. */
#ifndef DSC_DICOM_DIRECTORY_H
#define DSC_DICOM_DIRECTORY_H

#include "base/status.h"

typedef struct dsc_directory dsc_directory;

/* `path` is the file to write, which must not exist; `folder` is where the
 * listed files lie. */
dsc_status dsc_directory_create(dsc_directory **out, const char *path,
                                const char *folder,
                                dsc_error *err) DSC_WARN_UNUSED;
/* List a file, named below the folder. *listed is false for one that a DICOMDIR
 * cannot hold. */
dsc_status dsc_directory_add(dsc_directory *d, const char *name, bool *listed,
                             dsc_error *err) DSC_WARN_UNUSED;
/* Record keys that must have a value and have none in the files (Study Date,
 * Study ID ...) get invented ones. */
dsc_status dsc_directory_write(dsc_directory *d,
                               dsc_error *err) DSC_WARN_UNUSED;
void dsc_directory_free(dsc_directory **d);

#endif
