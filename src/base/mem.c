/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64u
#define SLACK     64u
#define BUF_LIMIT ((size_t)1 << 32)

static unsigned long fail_countdown;

void dsc_alloc_fail_after(unsigned long n)
{
    fail_countdown = n;
}

void *dsc_alloc(size_t size)
{
    size_t total;
    void *p = NULL;

    if (fail_countdown && --fail_countdown == 0)
        return NULL;
    if (!dsc_add(size, SLACK, &total) || posix_memalign(&p, ALIGNMENT, total))
        return NULL;
    memset(p, 0, total);
    return p;
}

void dsc_free(void *p)
{
    free(p);
}

void *dsc_calloc(size_t count, size_t size)
{
    size_t total;
    return dsc_mul(count, size, &total) ? dsc_alloc(total) : NULL;
}

void *dsc_room(void *items, size_t count, size_t *cap, size_t size)
{
    size_t more = *cap ? 2 * *cap : 32;
    void *moved;

    if (count < *cap)
        return items;
    moved = dsc_calloc(more, size);
    if (!moved)
        return NULL;
    if (count)
        memcpy(moved, items, count * size);
    dsc_free(items);
    *cap = more;
    return moved;
}

char *dsc_strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = dsc_alloc(n);
    return copy ? memcpy(copy, s, n) : NULL;
}

void dsc_wipe_free(void *p, size_t size)
{
    if (p)
        explicit_bzero(p, size);
    free(p);
}

dsc_status dsc_buf_reserve(dsc_buf *buf, size_t cap, dsc_error *err)
{
    size_t limit = buf->limit ? buf->limit : BUF_LIMIT;
    size_t want = buf->cap + buf->cap / 2;
    uint8_t *data;

    if (cap <= buf->cap)
        return DSC_OK;
    if (cap > limit)
        return dsc_fail(err, DSC_LIMIT, "%zu bytes wanted, limit is %zu", cap,
                        limit);
    if (want < cap)
        want = cap;
    if (want > limit)
        want = limit;
    data = dsc_alloc(want);
    if (!data)
        return dsc_fail(err, DSC_NOMEM, "out of memory (%zu bytes)", want);
    if (buf->len)
        memcpy(data, buf->data, buf->len);
    dsc_wipe_free(buf->data, buf->cap);
    buf->data = data;
    buf->cap = want;
    return DSC_OK;
}

dsc_status dsc_buf_resize(dsc_buf *buf, size_t len, dsc_error *err)
{
    dsc_status st = dsc_buf_reserve(buf, len, err);
    if (st)
        return st;
    if (len > buf->len)
        memset(buf->data + buf->len, 0, len - buf->len);
    buf->len = len;
    return DSC_OK;
}

dsc_status dsc_buf_append(dsc_buf *buf, const void *data, size_t n,
                          dsc_error *err)
{
    size_t len;
    dsc_status st;

    if (!dsc_add(buf->len, n, &len))
        return dsc_fail(err, DSC_LIMIT, "buffer size overflows");
    st = dsc_buf_reserve(buf, len, err);
    if (st)
        return st;
    if (n)
        memcpy(buf->data + buf->len, data, n);
    buf->len = len;
    return DSC_OK;
}

void dsc_buf_free(dsc_buf *buf)
{
    dsc_wipe_free(buf->data, buf->cap);
    buf->data = NULL;
    buf->len = buf->cap = 0;
}
