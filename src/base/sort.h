/* SPDX-License-Identifier: Apache-2.0
 *
 * qsort and bsearch that take an empty list as it comes: NULL and 0, which is
 * undefined for those of the C library (C11 7.22.5).
 */
#ifndef DSC_BASE_SORT_H
#define DSC_BASE_SORT_H

#include <stdlib.h>

static inline void dsc_sort(void *items, size_t count, size_t size,
                            int (*compare)(const void *, const void *))
{
    if (count > 1)
        qsort(items, count, size, compare);
}

static inline void *dsc_lookup(const void *key, const void *items, size_t count,
                               size_t size,
                               int (*compare)(const void *, const void *))
{
    return count ? bsearch(key, items, count, size, compare) : NULL;
}

#endif
