/* SPDX-License-Identifier: Apache-2.0
 *
 * The search for many strings against a search for each: the first byte says
 * how many strings follow, each with a byte of its length; the rest is the
 * text, which comes in two pieces. */
#include "base/search.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    MAX_STRINGS = 64
};

typedef struct found {
    const uint8_t *string[MAX_STRINGS];
    size_t len[MAX_STRINGS];
    size_t hits[MAX_STRINGS];
    size_t base;
    const uint8_t *text;
} found;

static bool same(const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int x = a[i] < 0x80 ? tolower(a[i]) : a[i];
        int y = b[i] < 0x80 ? tolower(b[i]) : b[i];
        if (x != y)
            return false;
    }
    return true;
}

static bool note(void *ctx, uint32_t id, size_t len, size_t end)
{
    found *f = ctx;
    size_t at = f->base + end;

    if (id >= MAX_STRINGS || len != f->len[id] || at < len ||
        !same(f->text + at - len, f->string[id], len))
        abort();
    f->hits[id]++;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    found f = {.base = 0};
    dsc_search *search = NULL;
    dsc_search_state state = {0};
    size_t at = 1, n, cut;

    if (size < 1 || dsc_search_create(&search, NULL))
        return 0;
    for (unsigned i = 0; i < data[0] % MAX_STRINGS && at < size; i++) {
        size_t len = data[at++];
        uint32_t id;
        if (!len || len > size - at)
            continue;
        if (dsc_search_add(search, data + at, len, &id, NULL))
            abort();
        f.string[id] = data + at;
        f.len[id] = len;
        at += len;
    }
    if (dsc_search_prepare(search, NULL))
        abort();
    f.text = data + at;
    n = size - at;
    cut = n / 3;
    dsc_search_feed(search, &state, f.text, cut, note, &f);
    f.base = cut;
    dsc_search_feed(search, &state, f.text + cut, n - cut, note, &f);
    for (uint32_t i = 0; i < dsc_search_count(search); i++) {
        size_t hits = 0;
        for (size_t k = 0; k + f.len[i] <= n; k++)
            hits += same(f.text + k, f.string[i], f.len[i]);
        if (hits != f.hits[i])
            abort();
    }
    dsc_search_free(&search);
    return 0;
}
