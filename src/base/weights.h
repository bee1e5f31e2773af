/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of learned weights: eight bytes that tell the kind, a version, numbers,
 * and the CRC-32 of all before it. Little endian.
 */
#ifndef DSC_BASE_WEIGHTS_H
#define DSC_BASE_WEIGHTS_H

#include "base/mem.h"

/* What messages call it, how it begins, and what this program runs. */
typedef struct dsc_weights_kind {
    const char *name;
    char magic[8];
    uint32_t version;
} dsc_weights_kind;

/* The numbers, from byte 0 of the file to the checksum, which is right.
 * DSC_USAGE where the file is missing, of another kind or version, damaged, or
 * larger than 1 MiB. */
dsc_status dsc_weights_read(dsc_buf *out, const char *path,
                            const dsc_weights_kind *kind,
                            dsc_error *err) DSC_WARN_UNUSED;
/* Bytes of kind and version. */
#define DSC_WEIGHTS_HEAD 12

static inline uint32_t dsc_u32le(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

#endif
