/* SPDX-License-Identifier: Apache-2.0
 *
 * Many byte strings looked for at once (Aho and Corasick, 1975): the time is
 * linear in the bytes searched, however many strings there are, and the memory
 * is linear in the strings.
 *
 * ASCII letters match in either case; all other bytes match themselves.
 */
#ifndef DSC_BASE_SEARCH_H
#define DSC_BASE_SEARCH_H

#include "base/mem.h"

#define DSC_SEARCH_MAX_LENGTH 1024u               /* bytes of one string */
#define DSC_SEARCH_MAX_BYTES  ((size_t)256 << 20) /* of all of them */

typedef struct dsc_search dsc_search;

dsc_status dsc_search_create(dsc_search **out, dsc_error *err) DSC_WARN_UNUSED;
void dsc_search_free(dsc_search **search); /* wipes */

/* Add a string of 1 to DSC_SEARCH_MAX_LENGTH bytes. *id counts from 0; a
 * string that is there already gets its old number. */
dsc_status dsc_search_add(dsc_search *search, const void *bytes, size_t len,
                          uint32_t *id, dsc_error *err) DSC_WARN_UNUSED;
/* How many different strings there are. */
uint32_t dsc_search_count(const dsc_search *search);

/* Call once after the last dsc_search_add. */
dsc_status dsc_search_prepare(dsc_search *search,
                              dsc_error *err) DSC_WARN_UNUSED;

/* Where a search stands; start with {0}. Bytes may come in pieces. */
typedef struct dsc_search_state {
    uint32_t node;
} dsc_search_state;

/* String `id` of `len` bytes ends before data[end]; it may have begun in an
 * earlier piece. Return false to stop. */
typedef bool (*dsc_search_fn)(void *ctx, uint32_t id, size_t len, size_t end);
/* Calls fn for every occurrence, overlapping ones too; false when fn did. */
bool dsc_search_feed(const dsc_search *search, dsc_search_state *state,
                     const uint8_t *data, size_t n, dsc_search_fn fn,
                     void *ctx);

#endif
