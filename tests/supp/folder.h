/* SPDX-License-Identifier: Apache-2.0
 *
 * Folders that a test leaves behind. */
#ifndef DSC_TESTS_FOLDER_H
#define DSC_TESTS_FOLDER_H

#include <ftw.h>
#include <stdio.h>

static int remove_entry(const char *path, const struct stat *sb, int type,
                        struct FTW *ftw)
{
    (void)sb;
    (void)type;
    (void)ftw;
    return remove(path);
}

/* With all that is in it; links are not followed. */
static inline void remove_folder(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
