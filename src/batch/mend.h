/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of earlier rounds, of which headers that came later tell more. */
#ifndef DSC_BATCH_MEND_H
#define DSC_BATCH_MEND_H

#include "batch/batch.h"

/* The inputs, each with its NUL, of rows of the ledger behind *after that were
 * judged by less than is known now; a round over them, with `mends` in its
 * options, does them anew. Where the input is gone its output is removed and
 * its row is pending. *after becomes the last row looked at, or 0 when all
 * were: then there are no more names. */
dsc_status dsc_mend_find(const dsc_batch_options *options, int64_t *after,
                         dsc_buf *names, dsc_error *err) DSC_WARN_UNUSED;

#endif
