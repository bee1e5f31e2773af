/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory: checked sizes, an allocator with fault injection, a capped buffer.
 *
 * Pixel memory is zeroed before it is freed, since it may show a patient.
 */
#ifndef DSC_BASE_MEM_H
#define DSC_BASE_MEM_H

#include "base/status.h"

/* Checked arithmetic on sizes that come from a file. Return false on overflow
 * and leave *out alone. */
static inline bool dsc_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}
static inline bool dsc_add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

/* Zeroed memory, 64-byte aligned, with 64 readable bytes after the end, so
 * that SIMD kernels may read (never write) past a row. NULL when out of
 * memory or when a test told the allocator to fail. Free with dsc_free. */
void *dsc_alloc(size_t size);
void dsc_free(void *p);
/* The same for `count` objects of `size` bytes, overflow-checked. */
void *dsc_calloc(size_t count, size_t size);
/* A list of `count` such objects with room for one more, and *cap says for how
 * many: itself, or moved to where there is twice as much. NULL when out of
 * memory; then nothing changed. */
void *dsc_room(void *items, size_t count, size_t *cap, size_t size);
char *dsc_strdup(const char *s);
/* Zero `size` bytes in a way the compiler keeps, then free. */
void dsc_wipe_free(void *p, size_t size);

/* Tests: let the n-th allocation from now fail (0 = never). */
void dsc_alloc_fail_after(unsigned long n);

/* A growable byte buffer that never grows past `limit` (0 = 4 GiB).
 * Initialise with {0}; release with dsc_buf_free (which wipes). */
typedef struct dsc_buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t limit;
} dsc_buf;

dsc_status dsc_buf_reserve(dsc_buf *buf, size_t cap,
                           dsc_error *err) DSC_WARN_UNUSED;
/* Set the length; new bytes are zero. */
dsc_status dsc_buf_resize(dsc_buf *buf, size_t len,
                          dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_buf_append(dsc_buf *buf, const void *data, size_t n,
                          dsc_error *err) DSC_WARN_UNUSED;
void dsc_buf_free(dsc_buf *buf);

#endif
