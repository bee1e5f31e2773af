/* SPDX-License-Identifier: Apache-2.0
 *
 * A small writer of datasets and Part 10 files. Values are kept in little
 * endian order; the writer swaps them for big endian by their VR.
 */
#include "generate.h"

#include <string.h>

gen_set *gen_set_new(void)
{
    return gen_alloc(sizeof(gen_set));
}

gen_elem *gen_find(gen_set *s, uint32_t tag)
{
    for (int i = 0; i < s->n; i++)
        if (s->e[i].tag == tag)
            return &s->e[i];
    return NULL;
}

static gen_elem *insert(gen_set *s, int at)
{
    if (s->n == s->cap) {
        int cap = s->cap * 2 + 16;
        gen_elem *e = gen_alloc((size_t)cap * sizeof(*e));
        if (s->n)
            memcpy(e, s->e, (size_t)s->n * sizeof(*e));
        s->e = e;
        s->cap = cap;
    }
    memmove(&s->e[at + 1], &s->e[at], (size_t)(s->n - at) * sizeof(*s->e));
    memset(&s->e[at], 0, sizeof(s->e[at]));
    s->n++;
    return &s->e[at];
}

void gen_remove(gen_set *s, uint32_t tag)
{
    for (int i = 0; i < s->n; i++)
        if (s->e[i].tag == tag) {
            memmove(&s->e[i], &s->e[i + 1],
                    (size_t)(s->n - i - 1) * sizeof(*s->e));
            s->n--;
            i--;
        }
}

static gen_elem *fill(gen_elem *e, uint32_t tag, const char *vr,
                      const void *value, size_t n)
{
    e->tag = tag;
    memcpy(e->vr, vr, 2);
    e->value = gen_bytes(value, n);
    return e;
}

gen_elem *gen_append(gen_set *s, uint32_t tag, const char *vr,
                     const void *value, size_t n)
{
    return fill(insert(s, s->n), tag, vr, value, n);
}

gen_elem *gen_raw(gen_set *s, uint32_t tag, const char *vr, const void *value,
                  size_t n)
{
    gen_remove(s, tag);
    int at = 0;
    while (at < s->n && s->e[at].tag < tag)
        at++;
    return fill(insert(s, at), tag, vr, value, n);
}

void gen_str(gen_set *s, uint32_t tag, const char *vr, const char *value)
{
    gen_raw(s, tag, vr, value, strlen(value));
}

static void number(gen_set *s, uint32_t tag, const char *vr, uint64_t v, int n)
{
    uint8_t b[8];
    for (int i = 0; i < n; i++)
        b[i] = (uint8_t)(v >> (8 * i));
    gen_raw(s, tag, vr, b, (size_t)n);
}

void gen_us(gen_set *s, uint32_t tag, unsigned v)
{
    number(s, tag, "US", v, 2);
}

void gen_ss(gen_set *s, uint32_t tag, int v)
{
    number(s, tag, "SS", (uint64_t)(int64_t)v, 2);
}

void gen_ul(gen_set *s, uint32_t tag, uint32_t v)
{
    number(s, tag, "UL", v, 4);
}

void gen_sl(gen_set *s, uint32_t tag, int32_t v)
{
    number(s, tag, "SL", (uint64_t)(int64_t)v, 4);
}

void gen_fd(gen_set *s, uint32_t tag, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof(bits));
    number(s, tag, "FD", bits, 8);
}

void gen_at(gen_set *s, uint32_t tag, uint32_t v)
{
    number(s, tag, "AT", (v & 0xffff) << 16 | v >> 16, 4);
}

gen_set *gen_item(gen_set *s, uint32_t tag)
{
    gen_elem *e = gen_find(s, tag);
    if (!e)
        e = gen_raw(s, tag, "SQ", NULL, 0);
    gen_set **items = gen_alloc((size_t)(e->n_items + 1) * sizeof(*items));
    if (e->n_items)
        memcpy(items, e->items, (size_t)e->n_items * sizeof(*items));
    items[e->n_items] = gen_set_new();
    e->items = items;
    return items[e->n_items++];
}

static size_t word_size(const char *vr)
{
    static const char *const two = "US SS OW AT";
    static const char *const four = "UL SL FL OF OL";
    static const char *const eight = "FD OD SV UV OV";
    if (strstr(two, vr))
        return 2;
    if (strstr(four, vr))
        return 4;
    return strstr(eight, vr) ? 8 : 1;
}

static bool long_length(const char *vr)
{
    return strstr("OB OW OF OD OL OV SQ UN UC UR UT SV UV", vr) != NULL;
}

static void put_tag(gen_buf *b, uint32_t tag, bool big)
{
    gen_put16(b, tag >> 16, big);
    gen_put16(b, tag & 0xffff, big);
}

static void put_head(gen_buf *b, const gen_elem *e, uint32_t len, bool expl,
                     bool big)
{
    put_tag(b, e->tag, big);
    if (!expl) {
        gen_put32(b, len, big);
        return;
    }
    gen_put(b, e->vr, 2);
    if (!long_length(e->vr)) {
        gen_put16(b, len, big);
        return;
    }
    gen_put16(b, 0, big);
    gen_put32(b, len, big);
}

static void put_value(gen_buf *b, const gen_elem *e, bool big)
{
    size_t word = big ? word_size(e->vr) : 1;
    gen_buf v = gen_bytes(e->value.p, e->value.n);
    if (v.n % 2)
        gen_put8(&v, strstr("UI OB OW UN", e->vr) ? 0 : ' ');
    for (size_t i = 0; i + word <= v.n; i += word)
        for (size_t k = 0; k < word; k++)
            gen_put8(b, v.p[i + (word > 1 ? word - 1 - k : 0)]);
}

static void put_sequence(gen_buf *b, const gen_elem *e, bool expl, bool big)
{
    gen_buf body = {0};
    for (int i = 0; i < e->n_items; i++) {
        gen_buf item = gen_dataset(e->items[i], expl, big);
        put_tag(&body, 0xfffee000, big);
        gen_put32(&body, e->undefined ? 0xffffffffu : (uint32_t)item.n, big);
        gen_put(&body, item.p, item.n);
        if (e->undefined) {
            put_tag(&body, 0xfffee00d, big);
            gen_put32(&body, 0, big);
        }
    }
    put_head(b, e, e->undefined ? 0xffffffffu : (uint32_t)body.n, expl, big);
    gen_put(b, body.p, body.n);
    if (e->undefined) {
        put_tag(b, 0xfffee0dd, big);
        gen_put32(b, 0, big);
    }
}

static void put_fragments(gen_buf *b, const gen_elem *e)
{
    put_head(b, e, 0xffffffffu, true, false);
    for (int i = 0; i < e->n_frag; i++) {
        put_tag(b, 0xfffee000, false);
        gen_put32(b, (uint32_t)e->frag[i].n, false);
        gen_put(b, e->frag[i].p, e->frag[i].n);
    }
    put_tag(b, 0xfffee0dd, false);
    gen_put32(b, 0, false);
}

gen_buf gen_dataset(gen_set *ds, bool expl, bool big)
{
    gen_buf b = {0};
    for (int i = 0; i < ds->n; i++) {
        const gen_elem *e = &ds->e[i];
        if (strcmp(e->vr, "SQ") == 0) {
            put_sequence(&b, e, expl, big);
        } else if (e->n_frag) {
            put_fragments(&b, e);
        } else {
            put_head(&b, e, (uint32_t)(e->value.n + e->value.n % 2), expl, big);
            put_value(&b, e, big);
        }
    }
    return b;
}

gen_set *gen_meta(const char *sop_class, const char *sop_instance,
                  const char *ts)
{
    static const uint8_t version[2] = {0, 1};
    gen_set *m = gen_set_new();
    gen_raw(m, 0x00020001, "OB", version, 2);
    gen_str(m, 0x00020002, "UI", sop_class);
    gen_str(m, 0x00020003, "UI", sop_instance);
    gen_str(m, 0x00020010, "UI", ts);
    gen_str(m, 0x00020012, "UI", gen_uid("dcmscrub test data generator"));
    gen_str(m, 0x00020013, "SH", "DSC_TESTDATA");
    return m;
}

gen_buf gen_part10(gen_set *meta, gen_set *ds, const char *ts)
{
    gen_buf b = {0};
    gen_put_zero(&b, 128);
    gen_put(&b, "DICM", 4);
    gen_remove(meta, 0x00020000);
    gen_buf m = gen_dataset(meta, true, false);
    gen_ul(meta, 0x00020000, (uint32_t)m.n);
    m = gen_dataset(meta, true, false);
    gen_put(&b, m.p, m.n);
    gen_buf d = gen_dataset(ds, strcmp(ts, GEN_TS_IMPLICIT) != 0,
                            strcmp(ts, GEN_TS_BIG) == 0);
    if (strcmp(ts, GEN_TS_DEFLATED) == 0) {
        d = gen_deflate(d.p, d.n);
        if (d.n % 2)
            gen_put8(&d, 0);
    }
    gen_put(&b, d.p, d.n);
    return b;
}
