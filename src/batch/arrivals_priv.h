/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that were seen in a watched folder and are not done. */
#ifndef DSC_BATCH_ARRIVALS_PRIV_H
#define DSC_BATCH_ARRIVALS_PRIV_H

#include "base/mem.h"

typedef struct dsc_arrival {
    char *path;
    int64_t size, modified;
    double since; /* seconds, monotonic: of the last change that was seen */
    bool closed;  /* its writer is done with it */
    bool gone;    /* to be swept */
} dsc_arrival;

/* Initialise with {0}. */
typedef struct dsc_arrivals {
    dsc_arrival *items;
    size_t count, cap;
    uint32_t *slots; /* hash table: index in items + 1; 0: free */
    size_t slot_count;
} dsc_arrivals;

/* NULL: not there (where `make` is false), or out of memory. The pointer holds
 * until the next call. */
dsc_arrival *dsc_arrivals_get(dsc_arrivals *a, const char *path, bool make);
/* Drop what is gone. */
void dsc_arrivals_sweep(dsc_arrivals *a);
void dsc_arrivals_free(dsc_arrivals *a);
/* Is it time for a file that failed? By the system's clock: both may be of
 * different runs. */
bool dsc_watch_tries_again(int64_t failed_ms, int64_t now_ms);

#endif
