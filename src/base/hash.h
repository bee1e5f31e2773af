/* SPDX-License-Identifier: Apache-2.0
 *
 * FNV-1a, 64 bits (Fowler, Noll, Vo): for tables in memory, never for what is
 * written or must be hard to guess.
 */
#ifndef DSC_BASE_HASH_H
#define DSC_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define DSC_HASH_START 14695981039346656037u

static inline uint64_t dsc_hash_word(uint64_t hash, uint32_t word)
{
    return (hash ^ word) * 1099511628211u;
}

static inline uint64_t dsc_hash_bytes(uint64_t hash, const void *bytes,
                                      size_t n)
{
    const uint8_t *p = (const uint8_t *)bytes;

    for (size_t i = 0; i < n; i++)
        hash = dsc_hash_word(hash, p[i]);
    return hash;
}

#endif
