/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk over the inputs and the pool of workers. */
#ifndef DSC_BATCH_BATCH_PRIV_H
#define DSC_BATCH_BATCH_PRIV_H

#include "batch/batch.h"

#include <sys/types.h>

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
