/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/arrivals_priv.h"

#include "base/hash.h"

#include <string.h>

#define FIRST 64u

static size_t slot_of(const dsc_arrivals *a, const char *path)
{
    size_t i = (size_t)dsc_hash_bytes(DSC_HASH_START, path, strlen(path)) &
               (a->slot_count - 1);

    while (a->slots[i] && strcmp(a->items[a->slots[i] - 1].path, path))
        i = (i + 1) & (a->slot_count - 1);
    return i;
}

static void index_all(dsc_arrivals *a)
{
    memset(a->slots, 0, a->slot_count * sizeof *a->slots);
    for (size_t i = 0; i < a->count; i++)
        a->slots[slot_of(a, a->items[i].path)] = (uint32_t)i + 1;
}

/* At most half of the slots are in use. */
static bool grow(dsc_arrivals *a)
{
    size_t cap = a->cap ? 2 * a->cap : FIRST;
    dsc_arrival *items = dsc_calloc(cap, sizeof *items);
    uint32_t *slots = dsc_calloc(2 * cap, sizeof *slots);

    if (!items || !slots || cap > UINT32_MAX / 2) {
        dsc_free(items);
        dsc_free(slots);
        return false;
    }
    if (a->count)
        memcpy(items, a->items, a->count * sizeof *items);
    dsc_free(a->items);
    dsc_free(a->slots);
    a->items = items;
    a->slots = slots;
    a->cap = cap;
    a->slot_count = 2 * cap;
    index_all(a);
    return true;
}

dsc_arrival *dsc_arrivals_get(dsc_arrivals *a, const char *path, bool make)
{
    size_t slot = a->slot_count ? slot_of(a, path) : 0;
    dsc_arrival *item;

    if (a->slot_count && a->slots[slot])
        return &a->items[a->slots[slot] - 1];
    if (!make)
        return NULL;
    if (a->count == a->cap) {
        if (!grow(a))
            return NULL;
        slot = slot_of(a, path);
    }
    item = &a->items[a->count];
    *item = (dsc_arrival){.path = dsc_strdup(path), .size = -1};
    if (!item->path)
        return NULL;
    a->slots[slot] = (uint32_t)++a->count;
    return item;
}

void dsc_arrivals_sweep(dsc_arrivals *a)
{
    size_t kept = 0;

    for (size_t i = 0; i < a->count; i++) {
        if (a->items[i].gone)
            dsc_free(a->items[i].path);
        else
            a->items[kept++] = a->items[i];
    }
    if (kept == a->count)
        return;
    a->count = kept;
    index_all(a);
}

void dsc_arrivals_free(dsc_arrivals *a)
{
    for (size_t i = 0; i < a->count; i++)
        dsc_free(a->items[i].path);
    dsc_free(a->items);
    dsc_free(a->slots);
    *a = (dsc_arrivals){0};
}
