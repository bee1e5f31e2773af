/* SPDX-License-Identifier: Apache-2.0
 *
 * What the headers of all files tell, used for each of them: a name that file 1
 * has in its header may be in the picture of file 2, which lacks it.
 *
 * Files belong together by their Study Instance UID and by Patient ID with its
 * issuer; only hashes of these are kept. The values themselves must be kept as
 * they are, since text is compared with them letter by letter. What is found
 * depends on the set of files, not on their order. */
#include "scrub/scrub_priv.h"

#include "base/hash.h"
#include "base/sort.h"

#include <string.h>

#define TAG_STUDY        DSC_TAG(0x0020, 0x000D)
#define TAG_PATIENT_ID   DSC_TAG(0x0010, 0x0020)
#define TAG_ISSUER       DSC_TAG(0x0010, 0x0021)
#define TAG_PATIENT_NAME DSC_TAG(0x0010, 0x0010)

#define MAX_VALUES 512u  /* of one file */
#define MAX_LENGTH 2048u /* bytes of one value */
/* More patient names than this under one study or Patient ID: the ID is a
 * placeholder, and no person's. */
#define MAX_NAMES 16u
#define MAX_BYTES ((size_t)512 << 20)

/* One value as it lies in a record: this, then `length` bytes and a NUL. */
typedef struct item {
    uint8_t cls;
    char vr[3];
    uint32_t length;
} item;

/* What begins a record. 0: the file has none. */
typedef struct keys {
    uint64_t study, patient, name;
} keys;

typedef struct value {
    uint64_t study, patient, hash;
    char *text; /* an item and its bytes */
} value;

typedef struct node {
    uint64_t key;
    uint32_t parent;
    bool nobody; /* has too many names */
} node;

struct dsc_learned {
    value *values;
    size_t value_count, value_cap;
    keys *links;
    size_t link_count, link_cap;
    uint64_t *seen; /* hashes of values and links; 0: free */
    size_t seen_count, seen_cap;
    node *nodes; /* by key */
    size_t node_count;
    size_t bytes;
};

/* ---- one header ---- */

typedef struct reading {
    dsc_buf out;
    unsigned values;
    dsc_status status;
    dsc_error *err;
} reading;

/* Dates and UIDs are no use elsewhere: they are known by their form, or are
 * another file's own. */
static bool is_worth(const dsc_element *e, dsc_class *cls)
{
    if (e->in_meta || !e->utf8 || !e->utf8[0] ||
        !dsc_policy_identifying(e->tag, e->vr, cls))
        return false;
    return *cls == DSC_CLASS_BIRTH ||
           (strcmp(e->vr, "UI") != 0 && *cls != DSC_CLASS_DATE &&
            *cls != DSC_CLASS_TIME && *cls != DSC_CLASS_DEVICE);
}

static bool read_value(void *ctx, const dsc_element *e)
{
    reading *r = ctx;
    item it = {0};
    dsc_class cls;
    size_t n;

    if (!is_worth(e, &cls) || r->values >= MAX_VALUES)
        return true;
    n = strnlen(e->utf8, MAX_LENGTH + 1);
    if (n > MAX_LENGTH)
        return true; /* its own file is refused for it */
    it.cls = (uint8_t)cls;
    it.length = (uint32_t)n;
    memcpy(it.vr, e->vr, strnlen(e->vr, 2));
    r->values++;
    r->status = dsc_buf_append(&r->out, &it, sizeof it, r->err);
    if (!r->status)
        r->status = dsc_buf_append(&r->out, e->utf8, n + 1, r->err);
    return r->status == DSC_OK;
}

static uint64_t key_of(const dsc_dicom *ds, uint32_t tag, uint32_t tag2,
                       unsigned kind)
{
    char text[1100], second[1100];
    uint64_t h = dsc_hash_word(DSC_HASH_START, kind);

    if (!dsc_dicom_string(ds, tag, text, sizeof text))
        return 0;
    h = dsc_hash_bytes(h, text, strlen(text) + 1);
    if (tag2 && dsc_dicom_string(ds, tag2, second, sizeof second))
        h = dsc_hash_bytes(h, second, strlen(second));
    return h ? h : 1;
}

static keys keys_of(const dsc_dicom *ds)
{
    return (keys){key_of(ds, TAG_STUDY, 0, 1),
                  key_of(ds, TAG_PATIENT_ID, TAG_ISSUER, 2),
                  key_of(ds, TAG_PATIENT_NAME, 0, 3)};
}

dsc_status dsc_learn(const dsc_input *input, dsc_learn_fn fn, void *ctx,
                     dsc_error *err)
{
    reading r = {.err = err};
    dsc_dicom *ds = NULL;
    keys k;
    dsc_status st = input->path ? dsc_dicom_open(&ds, input->path, NULL, err)
                                : dsc_dicom_open_memory(&ds, input->data,
                                                        input->len, NULL, err);

    if (st)
        return st;
    k = keys_of(ds);
    st = dsc_buf_append(&r.out, &k, sizeof k, err);
    if (!st)
        st = dsc_dicom_walk(ds, read_value, &r, err);
    if (!st)
        st = r.status;
    if (!st && r.values && (k.study || k.patient))
        st = fn(ctx, r.out.data, r.out.len, err);
    dsc_buf_free(&r.out);
    dsc_dicom_free(&ds);
    return st;
}

/* ---- all of them ---- */

dsc_status dsc_learned_create(dsc_learned **out, dsc_error *err)
{
    *out = dsc_alloc(sizeof **out);
    return *out ? DSC_OK : dsc_fail(err, DSC_NOMEM, "out of memory");
}

static size_t text_size(const char *text)
{
    item it;

    memcpy(&it, text, sizeof it);
    return sizeof it + it.length + 1;
}

void dsc_learned_free(dsc_learned **learned)
{
    dsc_learned *l = *learned;

    if (!l)
        return;
    for (size_t i = 0; i < l->value_count; i++)
        dsc_wipe_free(l->values[i].text, text_size(l->values[i].text));
    dsc_free(l->values);
    dsc_free(l->links);
    dsc_free(l->seen);
    dsc_free(l->nodes);
    dsc_free(l);
    *learned = NULL;
}

static dsc_status more(void **items, size_t count, size_t *cap, size_t size,
                       dsc_learned *l, dsc_error *err)
{
    size_t want = *cap ? *cap * 2 : 64;
    void *bigger;

    if (count < *cap)
        return DSC_OK;
    l->bytes += (want - *cap) * size;
    bigger = dsc_calloc(want, size);
    if (!bigger)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    if (count)
        memcpy(bigger, *items, count * size);
    dsc_free(*items);
    *items = bigger;
    *cap = want;
    return DSC_OK;
}

static void put_seen(uint64_t *seen, size_t cap, uint64_t h)
{
    size_t at = (size_t)h & (cap - 1);

    while (seen[at])
        at = (at + 1) & (cap - 1);
    seen[at] = h;
}

/* Is it new? Then it is noted. */
static dsc_status note(dsc_learned *l, uint64_t h, bool *is_new, dsc_error *err)
{
    size_t at;

    h = h ? h : 1;
    if (l->seen_count * 2 >= l->seen_cap) {
        size_t cap = l->seen_cap ? l->seen_cap * 2 : 1024;
        uint64_t *seen = dsc_calloc(cap, sizeof *seen);
        if (!seen)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        for (size_t i = 0; i < l->seen_cap; i++)
            if (l->seen[i])
                put_seen(seen, cap, l->seen[i]);
        l->bytes += (cap - l->seen_cap) * sizeof *seen;
        dsc_free(l->seen);
        l->seen = seen;
        l->seen_cap = cap;
    }
    at = (size_t)h & (l->seen_cap - 1);
    while (l->seen[at] && l->seen[at] != h)
        at = (at + 1) & (l->seen_cap - 1);
    *is_new = !l->seen[at];
    if (*is_new) {
        l->seen[at] = h;
        l->seen_count++;
    }
    return DSC_OK;
}

static dsc_status add_value(dsc_learned *l, const keys *k, const char *text,
                            size_t size, dsc_error *err)
{
    value v = {k->study, k->patient, dsc_hash_bytes(DSC_HASH_START, text, size),
               NULL};
    uint64_t whole = dsc_hash_bytes(v.hash, &v.study, sizeof v.study);
    bool is_new = false;
    dsc_status st;

    whole = dsc_hash_bytes(whole, &v.patient, sizeof v.patient);
    st = note(l, whole, &is_new, err);
    if (st || !is_new)
        return st;
    st = more((void **)&l->values, l->value_count, &l->value_cap, sizeof v, l,
              err);
    if (st)
        return st;
    v.text = dsc_alloc(size);
    if (!v.text)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    memcpy(v.text, text, size);
    l->bytes += size;
    l->values[l->value_count++] = v;
    return DSC_OK;
}

static dsc_status add_link(dsc_learned *l, const keys *k, dsc_error *err)
{
    bool is_new = false;
    dsc_status st =
        note(l, dsc_hash_bytes(DSC_HASH_START, k, sizeof *k), &is_new, err);

    if (!st && is_new)
        st = more((void **)&l->links, l->link_count, &l->link_cap, sizeof *k, l,
                  err);
    if (!st && is_new)
        l->links[l->link_count++] = *k;
    return st;
}

dsc_status dsc_learned_add(dsc_learned *l, const void *bytes, size_t len,
                           dsc_error *err)
{
    const char *p = bytes, *end = p + len;
    item it;
    keys k;
    dsc_status st;

    DSC_CHECK(len >= sizeof k && !l->nodes, err);
    memcpy(&k, p, sizeof k);
    p += sizeof k;
    st = add_link(l, &k, err);
    while (!st && p < end) {
        DSC_CHECK((size_t)(end - p) > sizeof it, err);
        memcpy(&it, p, sizeof it);
        DSC_CHECK(it.cls < DSC_CLASS_COUNT && it.length <= MAX_LENGTH &&
                      !it.vr[2] && (size_t)(end - p) > sizeof it + it.length &&
                      !p[sizeof it + it.length],
                  err);
        st = add_value(l, &k, p, sizeof it + it.length + 1, err);
        p += sizeof it + it.length + 1;
    }
    if (!st && l->bytes > MAX_BYTES)
        st =
            dsc_fail(err, DSC_LIMIT,
                     "the headers hold more than %zu MB of identifying values: "
                     "clean fewer studies in one run",
                     MAX_BYTES >> 20);
    return st;
}

/* ---- who belongs together ---- */

static int by_key(const void *a, const void *b)
{
    uint64_t x = ((const node *)a)->key, y = ((const node *)b)->key;

    return (x > y) - (x < y);
}

static node *find_node(const dsc_learned *l, uint64_t key)
{
    node wanted = {.key = key};

    return key ? dsc_lookup(&wanted, l->nodes, l->node_count, sizeof *l->nodes,
                            by_key)
               : NULL;
}

static uint32_t root_of(const dsc_learned *l, uint32_t i)
{
    while (l->nodes[i].parent != i)
        i = l->nodes[i].parent = l->nodes[l->nodes[i].parent].parent;
    return i;
}

/* The smaller number leads, so that the order of links does not matter. */
static void join(dsc_learned *l, const node *a, const node *b)
{
    uint32_t x = root_of(l, (uint32_t)(a - l->nodes));
    uint32_t y = root_of(l, (uint32_t)(b - l->nodes));

    if (x < y)
        l->nodes[y].parent = x;
    else
        l->nodes[x].parent = y;
}

static dsc_status make_nodes(dsc_learned *l, dsc_error *err)
{
    size_t n = 0;

    l->nodes = dsc_calloc(2 * l->link_count + 1, sizeof *l->nodes);
    if (!l->nodes)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (size_t i = 0; i < l->link_count; i++) {
        if (l->links[i].study)
            l->nodes[n++].key = l->links[i].study;
        if (l->links[i].patient)
            l->nodes[n++].key = l->links[i].patient;
    }
    dsc_sort(l->nodes, n, sizeof *l->nodes, by_key);
    for (size_t i = 0; i < n; i++)
        if (!i || l->nodes[i].key != l->nodes[l->node_count - 1].key)
            l->nodes[l->node_count++].key = l->nodes[i].key;
    for (size_t i = 0; i < l->node_count; i++)
        l->nodes[i].parent = (uint32_t)i;
    return DSC_OK;
}

/* A key with the name of a patient that was seen under it. */
typedef struct called {
    uint64_t key, name;
} called;

static int by_called(const void *a, const void *b)
{
    const called *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->name > y->name) - (x->name < y->name);
}

static dsc_status mark_nobody(dsc_learned *l, dsc_error *err)
{
    called *list = dsc_calloc(2 * l->link_count + 1, sizeof *list);
    size_t n = 0, names = 0;

    if (!list)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (size_t i = 0; i < l->link_count; i++) {
        list[n++] = (called){l->links[i].study, l->links[i].name};
        list[n++] = (called){l->links[i].patient, l->links[i].name};
    }
    dsc_sort(list, n, sizeof *list, by_called);
    for (size_t i = 0; i < n; i++) {
        node *it;
        names = i && list[i].key == list[i - 1].key
                    ? names + (list[i].name != list[i - 1].name)
                    : 1;
        it = names > MAX_NAMES ? find_node(l, list[i].key) : NULL;
        if (it)
            it->nobody = true;
    }
    dsc_free(list);
    return DSC_OK;
}

/* Where a file's values are kept: NULL where it has no key that is anybody's.
 */
static const node *home_of(const dsc_learned *l, uint64_t study,
                           uint64_t patient)
{
    const node *a = find_node(l, study), *b = find_node(l, patient);

    if (a && !a->nobody)
        return a;
    return b && !b->nobody ? b : NULL;
}

static int by_home(const void *a, const void *b)
{
    const value *x = a, *y = b;

    if (x->study != y->study)
        return x->study < y->study ? -1 : 1;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

dsc_status dsc_learned_ready(dsc_learned *l, dsc_error *err)
{
    dsc_status st = make_nodes(l, err);

    if (!st)
        st = mark_nobody(l, err);
    for (size_t i = 0; !st && i < l->link_count; i++) {
        const node *a = find_node(l, l->links[i].study);
        const node *b = find_node(l, l->links[i].patient);
        if (a && b && !a->nobody && !b->nobody)
            join(l, a, b);
    }
    for (size_t i = 0; !st && i < l->node_count; i++)
        l->nodes[i].parent = root_of(l, (uint32_t)i); /* look-ups write none */
    /* from now on `study` is the number of the values' home, from 1 */
    for (size_t i = 0; !st && i < l->value_count; i++) {
        value *v = &l->values[i];
        const node *home = home_of(l, v->study, v->patient);
        v->study = home ? 1 + root_of(l, (uint32_t)(home - l->nodes)) : 0;
    }
    if (!st)
        dsc_sort(l->values, l->value_count, sizeof *l->values, by_home);
    return st;
}

/* ---- use ---- */

static size_t first_of(const dsc_learned *l, uint64_t home)
{
    size_t low = 0, high = l->value_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (l->values[mid].study < home)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

dsc_status dsc_learned_facts(const dsc_learned *l, const dsc_dicom *ds,
                             dsc_facts *facts, dsc_error *err)
{
    keys k = keys_of(ds);
    const node *home = l->nodes ? home_of(l, k.study, k.patient) : NULL;
    uint64_t number;
    dsc_status st = DSC_OK;

    if (!home)
        return DSC_OK;
    number = 1 + root_of(l, (uint32_t)(home - l->nodes));
    for (size_t i = first_of(l, number);
         !st && i < l->value_count && l->values[i].study == number; i++) {
        const value *v = &l->values[i];
        item it;
        if (i && l->values[i - 1].study == number &&
            l->values[i - 1].hash == v->hash)
            continue;
        memcpy(&it, v->text, sizeof it);
        st = dsc_facts_add(facts, (dsc_class)it.cls, it.vr, v->text + sizeof it,
                           err);
    }
    return st;
}

void dsc_scrubber_use(dsc_scrubber *s, const dsc_learned *learned)
{
    s->learned = learned;
}
