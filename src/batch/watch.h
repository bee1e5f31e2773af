/* SPDX-License-Identifier: Apache-2.0
 *
 * A folder that files are dropped into: which of them are complete?
 *
 * A file is complete when its writer has closed it (inotify tells) or it was
 * renamed into the folder; where nobody tells (network mounts), when it has
 * stayed as it is for a while. Files whose name begins with a dot or ends in
 * .part or .tmp are somebody's work in progress.
 */
#ifndef DSC_BATCH_WATCH_H
#define DSC_BATCH_WATCH_H

#include "ledger/ledger.h"

typedef struct dsc_watch_options {
    const char *folder;
    const char *taken;  /* complete files are moved here first, below their
                           names; same file system. NULL: they stay */
    double settle;      /* seconds without a change that make a file complete */
    double rescan;      /* seconds between two looks at the whole folder */
    dsc_ledger *ledger; /* files that it has, unchanged, are done */
} dsc_watch_options;

typedef struct dsc_watch dsc_watch;

/* DSC_USAGE for folders that are missing, in each other or, for `taken`, on
 * another file system. The caller has SIGINT and SIGTERM blocked. */
dsc_status dsc_watch_open(dsc_watch **out, const dsc_watch_options *options,
                          dsc_error *err) DSC_WARN_UNUSED;
/* Wait for complete files: their names, each with a NUL. None: SIGINT or
 * SIGTERM came, or it is `until` (as dsc_watch_now; 0: wait on). */
dsc_status dsc_watch_wait(dsc_watch *w, double until, dsc_buf *names,
                          dsc_error *err) DSC_WARN_UNUSED;
double dsc_watch_now(void); /* seconds */
bool dsc_watch_is_stopped(void);
void dsc_watch_close(dsc_watch **w);

#endif
