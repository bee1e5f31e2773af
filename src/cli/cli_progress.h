/* SPDX-License-Identifier: Apache-2.0
 *
 * How far a batch is: a line on the terminal, or JSON for programs.
 */
#ifndef DSC_CLI_CLI_PROGRESS_H
#define DSC_CLI_CLI_PROGRESS_H

#include "batch/batch.h"

#include <stdio.h>

typedef struct dsc_progress {
    bool terminal, json;
    dsc_batch_totals totals;
    uint64_t done, bytes; /* of this run */
    double start, last_shown;
    pid_t counter; /* who counts the files; 0: nobody */
    int counter_fd;
} dsc_progress;

void dsc_progress_start(dsc_progress *p, const dsc_batch_options *options);
/* Has the one who counts found the number? */
void dsc_progress_hear(dsc_progress *p);
/* Shows the line where it is time to. */
void dsc_progress_show(dsc_progress *p);
/* One JSON object: done, skipped, total, outcomes, bytes, seconds, rate, left,
 * state. */
void dsc_progress_json(dsc_progress *p, const char *state);
double dsc_progress_seconds(const dsc_progress *p);
/* Ends the line and the counting. */
void dsc_progress_end(dsc_progress *p);

#endif
