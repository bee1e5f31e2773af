/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of earlier rounds, of which headers that came later tell more. */
#ifndef DSC_BATCH_MEND_H
#define DSC_BATCH_MEND_H

#include "batch/batch.h"

typedef struct dsc_mend {
    int64_t after; /* the last row looked at; 0: all were */
    bool open;     /* there may be an output that was judged by less, or a
                      header that nobody has read */
    dsc_buf names; /* inputs, each with its NUL */
    dsc_buf asked; /* the rows' own names: archives stand for their members */
} dsc_mend;

/* The inputs of rows behind `after` that were judged by less than is known now,
 * and of rows of this run whose headers were not read; a round over them, with
 * `mends` in its options, does them anew. Where the input is gone its output is
 * removed and its row is pending. A round must have come to its end before:
 * then what headers told is there. */
dsc_status dsc_mend_find(const dsc_batch_options *options, dsc_mend *mend,
                         dsc_error *err) DSC_WARN_UNUSED;
/* After that round: what it did not meet, as an archive that has changed lacks
 * a member, loses its output. */
dsc_status dsc_mend_settle(const dsc_batch_options *options, dsc_mend *mend,
                           dsc_error *err) DSC_WARN_UNUSED;
void dsc_mend_free(dsc_mend *mend);

#endif
