/* SPDX-License-Identifier: Apache-2.0
 *
 * Keyed by the whole crop: entries are compared byte for byte, the hash only
 * finds candidates.
 */
#include "base/hash.h"
#include "ocr/ocr_priv.h"

#include <string.h>

enum {
    ENTRIES = 1024,
    MAX_BYTES = 16 << 20, /* pixels of all entries */
};

typedef struct entry {
    uint64_t hash;
    uint64_t used; /* tick of the last use; 0 = free */
    dsc_crop crop;
    dsc_words words;
} entry;

struct dsc_ocr_cache {
    entry items[ENTRIES];
    uint64_t tick;
    size_t bytes;
};

static size_t crop_bytes(const dsc_crop *c)
{
    return (size_t)c->w * (size_t)c->h;
}

/* Of the size and the pixels. */
static uint64_t hash_crop(const dsc_crop *c)
{
    uint64_t h = dsc_hash_word(DSC_HASH_START, (uint32_t)c->w);

    h = dsc_hash_word(h, (uint32_t)c->text_h);
    return dsc_hash_bytes(h, c->px, crop_bytes(c));
}

static bool same_crop(const dsc_crop *a, const dsc_crop *b)
{
    return a->w == b->w && a->h == b->h && a->text_h == b->text_h &&
           !memcmp(a->px, b->px, crop_bytes(a));
}

static void drop(dsc_ocr_cache *cache, entry *e)
{
    if (!e->used)
        return;
    cache->bytes -= crop_bytes(&e->crop);
    dsc_ocr__crop_free(&e->crop);
    dsc_words_free(&e->words);
    *e = (entry){0};
}

dsc_status dsc_ocr__cache_create(dsc_ocr_cache **out, dsc_error *err)
{
    *out = dsc_alloc(sizeof **out);
    return *out ? DSC_OK : dsc_fail(err, DSC_NOMEM, "out of memory");
}

void dsc_ocr__cache_free(dsc_ocr_cache **cache)
{
    if (!*cache)
        return;
    for (size_t i = 0; i < ENTRIES; i++)
        drop(*cache, &(*cache)->items[i]);
    dsc_free(*cache);
    *cache = NULL;
}

const dsc_words *dsc_ocr__cache_get(dsc_ocr_cache *cache, const dsc_crop *crop)
{
    uint64_t h = hash_crop(crop);

    for (size_t i = 0; i < ENTRIES; i++) {
        entry *e = &cache->items[i];
        if (e->used && e->hash == h && same_crop(&e->crop, crop)) {
            e->used = ++cache->tick;
            return &e->words;
        }
    }
    return NULL;
}

static entry *oldest(dsc_ocr_cache *cache)
{
    entry *old = NULL;

    for (size_t i = 0; i < ENTRIES; i++) {
        entry *e = &cache->items[i];
        if (e->used && (!old || e->used < old->used))
            old = e;
    }
    return old;
}

static entry *vacant(dsc_ocr_cache *cache)
{
    entry *old;

    for (size_t i = 0; i < ENTRIES; i++)
        if (!cache->items[i].used)
            return &cache->items[i];
    old = oldest(cache);
    drop(cache, old);
    return old;
}

void dsc_ocr__cache_put(dsc_ocr_cache *cache, dsc_crop *crop, dsc_words *words)
{
    size_t n = crop_bytes(crop);
    entry *e;

    if (n > MAX_BYTES / 8) {
        dsc_ocr__crop_free(crop);
        dsc_words_free(words);
        return;
    }
    while (cache->bytes + n > MAX_BYTES)
        drop(cache, oldest(cache));
    e = vacant(cache);
    *e = (entry){hash_crop(crop), ++cache->tick, *crop, *words};
    cache->bytes += n;
    *crop = (dsc_crop){0};
    *words = (dsc_words){0};
}
