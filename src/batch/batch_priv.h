/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk over the inputs and the pool of workers. */
#ifndef DSC_BATCH_BATCH_PRIV_H
#define DSC_BATCH_BATCH_PRIV_H

#include "batch/batch.h"

#include <sys/types.h>

/* ---- walk ---- */

/* What the walk met. */
typedef enum dsc_found {
    DSC_FOUND_FILE,
    DSC_FOUND_SPECIAL,   /* device, socket, pipe: never opened */
    DSC_FOUND_UNREADABLE /* broken link, folder that cannot be listed, loop */
} dsc_found;

typedef struct dsc_walk dsc_walk;

/* `avoid`: a folder that is not entered, however it is reached; may be NULL. */
dsc_status dsc_walk_open(dsc_walk **out, const char *const *inputs,
                         size_t count, const char *avoid,
                         dsc_error *err) DSC_WARN_UNUSED;
/* The next entry in name order, or NULL at the end. `*relative` is the path
 * below the input it came from. Both live until the next call. */
const char *dsc_walk_next(dsc_walk *walk, const char **relative,
                          dsc_found *found);
/* After the end: were there entries that could not be listed? */
bool dsc_walk_broken(const dsc_walk *walk);
void dsc_walk_close(dsc_walk **walk);

/* ---- worker ---- */

/* Frames on the pipes between supervisor and worker: a header, then bytes. */
typedef struct dsc_job {
    uint32_t path_len, relative_len; /* with their NULs */
} dsc_job;
typedef struct dsc_answer {
    uint32_t outcome, reason_len, line_len;
    uint64_t bytes;
} dsc_answer;

/* Serve jobs from `fd` until it closes or `parent` is gone. Never returns. */
_Noreturn void dsc_worker_main(dsc_scrubber *scrubber,
                               const dsc_batch_options *options, int fd,
                               pid_t parent);
bool dsc_read_all(int fd, void *data, size_t n);
bool dsc_write_all(int fd, const void *data, size_t n);

/* The report line of one file; hides paths when asked. */
dsc_status dsc_batch_line(dsc_buf *out, const dsc_batch_options *options,
                          const char *path, const char *output,
                          const dsc_result *result,
                          dsc_error *err) DSC_WARN_UNUSED;

#endif
