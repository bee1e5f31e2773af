/* SPDX-License-Identifier: Apache-2.0
 *
 * A trie with failure links. Nodes keep their children in a list, for there
 * are few; only the root, where most bytes are met, has a table. */
#include "base/search.h"

#include <string.h>

#define NONE UINT32_MAX
#define ROOT 0u

typedef struct node {
    uint32_t child, sibling; /* 0: none; the root is nobody's child */
    uint32_t fail;           /* the longest proper suffix that is a node */
    uint32_t shorter;        /* the next suffix at which a string ends, or 0 */
    uint32_t id;             /* of the string that ends here, or NONE */
    uint16_t depth;
    uint8_t byte;
} node;

struct dsc_search {
    node *nodes;
    size_t count, cap;
    uint32_t strings;
    uint32_t root[256]; /* children of the root, by the byte as read */
};

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

dsc_status dsc_search_create(dsc_search **out, dsc_error *err)
{
    dsc_search *s = dsc_alloc(sizeof *s);

    *out = NULL;
    if (!s)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    s->cap = 256;
    s->nodes = dsc_calloc(s->cap, sizeof *s->nodes);
    if (!s->nodes) {
        dsc_free(s);
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    }
    s->nodes[ROOT].id = NONE;
    s->count = 1;
    *out = s;
    return DSC_OK;
}

void dsc_search_free(dsc_search **ps)
{
    dsc_search *s = *ps;

    if (!s)
        return;
    dsc_wipe_free(s->nodes, s->cap * sizeof *s->nodes);
    dsc_wipe_free(s, sizeof *s);
    *ps = NULL;
}

uint32_t dsc_search_count(const dsc_search *s)
{
    return s->strings;
}

static dsc_status grow(dsc_search *s, dsc_error *err)
{
    size_t cap = s->cap * 2;
    node *more;

    if (s->count < s->cap)
        return DSC_OK;
    if (s->count > DSC_SEARCH_MAX_BYTES)
        return dsc_fail(err, DSC_LIMIT, "too many strings to search for");
    more = dsc_calloc(cap, sizeof *more);
    if (!more)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    memcpy(more, s->nodes, s->count * sizeof *more);
    dsc_wipe_free(s->nodes, s->cap * sizeof *s->nodes);
    s->nodes = more;
    s->cap = cap;
    return DSC_OK;
}

/* The child of `at` for a lower-case byte, or ROOT. */
static uint32_t child_of(const dsc_search *s, uint32_t at, uint8_t byte)
{
    uint32_t c;

    if (at == ROOT)
        return s->root[byte];
    for (c = s->nodes[at].child; c; c = s->nodes[c].sibling)
        if (s->nodes[c].byte == byte)
            return c;
    return ROOT;
}

dsc_status dsc_search_add(dsc_search *s, const void *bytes, size_t len,
                          uint32_t *id, dsc_error *err)
{
    const uint8_t *p = bytes;
    uint32_t at = ROOT;

    DSC_CHECK(len && len <= DSC_SEARCH_MAX_LENGTH, err);
    for (size_t i = 0; i < len; i++) {
        uint8_t b = lower(p[i]);
        uint32_t next = child_of(s, at, b);
        if (!next) {
            dsc_status st = grow(s, err);
            if (st)
                return st;
            next = (uint32_t)s->count++;
            s->nodes[next] = (node){.sibling = s->nodes[at].child,
                                    .id = NONE,
                                    .depth = (uint16_t)(i + 1),
                                    .byte = b};
            s->nodes[at].child = next;
            if (at == ROOT)
                s->root[b] = next;
        }
        at = next;
    }
    if (s->nodes[at].id == NONE)
        s->nodes[at].id = s->strings++;
    *id = s->nodes[at].id;
    return DSC_OK;
}

/* From `at` on a byte, falling back to shorter suffixes. */
static uint32_t step(const dsc_search *s, uint32_t at, uint8_t byte)
{
    for (;;) {
        uint32_t next = child_of(s, at, byte);
        if (next || at == ROOT)
            return next;
        at = s->nodes[at].fail;
    }
}

dsc_status dsc_search_prepare(dsc_search *s, dsc_error *err)
{
    /* breadth first: a node's links need those of all shorter ones */
    uint32_t *queue = dsc_calloc(s->count, sizeof *queue);
    size_t head = 0, tail = 0;

    if (!queue)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    queue[tail++] = ROOT;
    while (head < tail) {
        uint32_t at = queue[head++];
        for (uint32_t c = s->nodes[at].child; c; c = s->nodes[c].sibling) {
            node *n = &s->nodes[c];
            const node *f;
            n->fail = at == ROOT ? ROOT : step(s, s->nodes[at].fail, n->byte);
            f = &s->nodes[n->fail];
            n->shorter = f->id != NONE ? n->fail : f->shorter;
            queue[tail++] = c;
        }
    }
    /* the bytes of a text come in either case */
    for (int c = 'A'; c <= 'Z'; c++)
        s->root[c] = s->root[c | 0x20];
    dsc_free(queue);
    return DSC_OK;
}

bool dsc_search_feed(const dsc_search *s, dsc_search_state *state,
                     const uint8_t *data, size_t n, dsc_search_fn fn, void *ctx)
{
    uint32_t at = state->node;

    for (size_t i = 0; i < n; i++) {
        if (at == ROOT) { /* most bytes begin nothing */
            while (i < n && !s->root[data[i]])
                i++;
            if (i == n)
                break;
        }
        at = step(s, at, lower(data[i]));
        for (uint32_t hit = s->nodes[at].id != NONE ? at : s->nodes[at].shorter;
             hit; hit = s->nodes[hit].shorter)
            if (!fn(ctx, s->nodes[hit].id, s->nodes[hit].depth, i + 1)) {
                state->node = at;
                return false;
            }
    }
    state->node = at;
    return true;
}
