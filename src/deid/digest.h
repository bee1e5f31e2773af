/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256: of inputs, for the ledger, and of what decides about outputs.
 */
#ifndef DSC_DEID_DIGEST_H
#define DSC_DEID_DIGEST_H

#include "base/mem.h"

typedef struct dsc_sha256 dsc_sha256;

dsc_status dsc_sha256_open(dsc_sha256 **out, dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_sha256_add(dsc_sha256 *d, const void *data, size_t n,
                          dsc_error *err) DSC_WARN_UNUSED;
/* All that can be read from a descriptor, from its first byte on; its offset
 * stays where it is. */
dsc_status dsc_sha256_add_fd(dsc_sha256 *d, int fd,
                             dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_sha256_end(dsc_sha256 *d, uint8_t out[32],
                          dsc_error *err) DSC_WARN_UNUSED;
void dsc_sha256_free(dsc_sha256 **d);

/* Of one descriptor, as above. */
dsc_status dsc_sha256_fd(int fd, uint8_t out[32],
                         dsc_error *err) DSC_WARN_UNUSED;

#endif
