/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers by keys, more than fit into memory: in a file of SQLite's that has
 * no name. */
#ifndef DSC_LEDGER_PAIRS_H
#define DSC_LEDGER_PAIRS_H

#include "base/mem.h"

typedef struct dsc_pairs dsc_pairs;

dsc_status dsc_pairs_open(dsc_pairs **out, dsc_error *err) DSC_WARN_UNUSED;
/* A key is some bytes. The first value stays. */
dsc_status dsc_pairs_put(dsc_pairs *pairs, const void *key, size_t len,
                         uint64_t value, dsc_error *err) DSC_WARN_UNUSED;
/* The last value stays. */
dsc_status dsc_pairs_set(dsc_pairs *pairs, const void *key, size_t len,
                         uint64_t value, dsc_error *err) DSC_WARN_UNUSED;
/* *value stays as it is where the key is not there. */
dsc_status dsc_pairs_get(dsc_pairs *pairs, const void *key, size_t len,
                         uint64_t *value, dsc_error *err) DSC_WARN_UNUSED;
void dsc_pairs_close(dsc_pairs **pairs);

#endif
