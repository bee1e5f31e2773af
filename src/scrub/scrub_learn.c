/* SPDX-License-Identifier: Apache-2.0
 *
 * What the headers of all files tell, used for each of them: a name that file 1
 * has in its header may be in the picture of file 2, which lacks it.
 *
 * Files belong together by their Study Instance UID and by Patient ID with its
 * issuer; only hashes of these are kept. The values themselves must be kept as
 * they are, since text is compared with them letter by letter. */
#include "scrub/scrub_priv.h"

#include "base/sort.h"
#include "deid/digest.h"

#include <string.h>

#define TAG_STUDY        DSC_TAG(0x0020, 0x000D)
#define TAG_PATIENT_ID   DSC_TAG(0x0010, 0x0020)
#define TAG_ISSUER       DSC_TAG(0x0010, 0x0021)
#define TAG_PATIENT_NAME DSC_TAG(0x0010, 0x0010)

#define MAX_VALUES 512u               /* of one file */
#define MAX_LENGTH 2048u              /* bytes of one value */
#define MAX_TOLD   ((size_t)64 << 20) /* bytes that others may tell of a file */

/* A value's bytes: this, then `length` bytes and a NUL. */
typedef struct item {
    uint8_t cls;
    char vr[3];
    uint32_t length;
} item;

/* ---- lists of values ---- */

static dsc_status list_add(void *ctx, const void *bytes, size_t len,
                           dsc_error *err)
{
    dsc_value_list *l = ctx;
    const char *text = bytes;
    item it;

    /* They come from a process that parsed what nobody trusts. */
    DSC_CHECK(len > sizeof it, err);
    memcpy(&it, text, sizeof it);
    DSC_CHECK(it.cls < DSC_CLASS_COUNT && it.length <= MAX_LENGTH &&
                  !it.vr[2] && len == sizeof it + it.length + 1 &&
                  !text[len - 1],
              err);
    if (l->bytes + len > MAX_TOLD)
        return dsc_fail(err, DSC_LIMIT,
                        "the headers of its study and patient hold more than "
                        "%zu MB of identifying values",
                        MAX_TOLD >> 20);
    if (l->count == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 64;
        char **more = dsc_calloc(cap, sizeof *more);
        if (!more)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        if (l->count)
            memcpy(more, l->items, l->count * sizeof *more);
        dsc_free(l->items);
        l->items = more;
        l->cap = cap;
    }
    l->items[l->count] = dsc_alloc(len);
    if (!l->items[l->count])
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    memcpy(l->items[l->count++], text, len);
    l->bytes += len;
    return DSC_OK;
}

static size_t size_of(const char *value)
{
    item it;

    memcpy(&it, value, sizeof it);
    return sizeof it + it.length + 1;
}

static void list_free(dsc_value_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        dsc_wipe_free(l->items[i], size_of(l->items[i]));
    dsc_free(l->items);
    *l = (dsc_value_list){0};
}

static int by_bytes(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    size_t n = size_of(x), m = size_of(y);
    int order = memcmp(x, y, n < m ? n : m);

    return order ? order : (n > m) - (n < m);
}

/* In an order that does not depend on that of the files. */
static void list_sort(dsc_value_list *l)
{
    size_t n = 0;

    dsc_sort(l->items, l->count, sizeof *l->items, by_bytes);
    for (size_t i = 0; i < l->count; i++) {
        if (n && !by_bytes(&l->items[n - 1], &l->items[i]))
            dsc_wipe_free(l->items[i], size_of(l->items[i]));
        else
            l->items[n++] = l->items[i];
    }
    l->count = n;
}

static bool list_has(const dsc_value_list *l, char *const *value)
{
    return dsc_lookup(value, l->items, l->count, sizeof *l->items, by_bytes);
}

/* Of the values of `a`, and those of `b` that are not among them. */
static dsc_status digest_of(const dsc_value_list *a, const dsc_value_list *b,
                            uint64_t *out, dsc_error *err)
{
    dsc_sha256 *d = NULL;
    uint8_t hash[32];
    size_t i = 0, k = 0;
    dsc_status st = dsc_sha256_open(&d, err);

    while (!st && (i < a->count || k < b->count)) {
        int order = i == a->count   ? 1
                    : k == b->count ? -1
                                    : by_bytes(&a->items[i], &b->items[k]);
        const char *value = order <= 0 ? a->items[i] : b->items[k];
        i += order <= 0;
        k += order >= 0;
        st = dsc_sha256_add(d, value, size_of(value), err);
    }
    if (!st)
        st = dsc_sha256_end(d, hash, err);
    dsc_sha256_free(&d);
    if (!st)
        memcpy(out, hash, sizeof *out);
    return st;
}

/* ---- one header ---- */

typedef struct reading {
    dsc_lesson_fn fn;
    void *ctx;
    unsigned values;
    dsc_status status;
    dsc_error *err;
} reading;

/* Dates and UIDs are no use elsewhere: they are known by their form, or are
 * another file's own. */
static bool is_worth(const dsc_element *e, dsc_class *cls)
{
    if (e->in_meta || !e->utf8 || !e->utf8[0] ||
        !dsc_policy_value_identifies(e->tag, e->vr, e->utf8, cls))
        return false;
    return *cls == DSC_CLASS_BIRTH ||
           (strcmp(e->vr, "UI") != 0 && *cls != DSC_CLASS_DATE &&
            *cls != DSC_CLASS_TIME && *cls != DSC_CLASS_DEVICE);
}

static bool read_value(void *ctx, const dsc_element *e)
{
    char bytes[sizeof(item) + MAX_LENGTH + 1];
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
    memcpy(bytes, &it, sizeof it);
    memcpy(bytes + sizeof it, e->utf8, n + 1);
    r->values++;
    r->status = r->fn(r->ctx, bytes, sizeof it + n + 1, r->err);
    explicit_bzero(bytes, sizeof it + n);
    return r->status == DSC_OK;
}

static dsc_status read_values(const dsc_dicom *ds, dsc_lesson_fn fn, void *ctx,
                              dsc_error *err)
{
    reading r = {.fn = fn, .ctx = ctx, .err = err};
    dsc_status st = dsc_dicom_walk(ds, read_value, &r, err);

    return st ? st : r.status;
}

static dsc_status add_string(dsc_sha256 *d, const dsc_dicom *ds, uint32_t tag,
                             bool *found, dsc_error *err)
{
    char text[1100];

    *found = dsc_dicom_string(ds, tag, text, sizeof text);
    return dsc_sha256_add(d, *found ? text : "", *found ? strlen(text) + 1 : 1,
                          err);
}

/* Hashed, since nobody needs to know more. */
static dsc_status key_of(const dsc_dicom *ds, uint32_t tag, uint32_t tag2,
                         uint64_t *out, dsc_error *err)
{
    dsc_sha256 *d = NULL;
    uint8_t hash[32];
    bool found = false, ignored;
    dsc_status st = dsc_sha256_open(&d, err);

    *out = 0;
    if (!st)
        st = dsc_sha256_add(d, &tag, sizeof tag, err);
    if (!st)
        st = add_string(d, ds, tag, &found, err);
    if (!st && tag2)
        st = add_string(d, ds, tag2, &ignored, err);
    if (!st)
        st = dsc_sha256_end(d, hash, err);
    dsc_sha256_free(&d);
    if (st || !found)
        return st;
    memcpy(out, hash, sizeof *out);
    *out += !*out;
    return DSC_OK;
}

static dsc_status kin_of(const dsc_dicom *ds, dsc_kin *kin, dsc_error *err)
{
    dsc_status st = key_of(ds, TAG_STUDY, 0, &kin->study, err);

    if (!st)
        st = key_of(ds, TAG_PATIENT_ID, TAG_ISSUER, &kin->patient, err);
    return st ? st : key_of(ds, TAG_PATIENT_NAME, 0, &kin->name, err);
}

dsc_status dsc_learn(const dsc_input *input, dsc_kin *kin, dsc_lesson_fn fn,
                     void *ctx, dsc_error *err)
{
    dsc_dicom *ds = NULL;
    dsc_status st = input->path ? dsc_dicom_open(&ds, input->path, NULL, err)
                                : dsc_dicom_open_memory(&ds, input->data,
                                                        input->len, NULL, err);

    *kin = (dsc_kin){0};
    if (!st)
        st = kin_of(ds, kin, err);
    if (!st && (kin->study || kin->patient))
        st = read_values(ds, fn, ctx, err);
    dsc_dicom_free(&ds);
    return st;
}

/* ---- use ---- */

void dsc_scrubber_use(dsc_scrubber *s, const dsc_lessons *lessons)
{
    s->lessons = lessons;
    dsc_lessons_forget(s);
}

dsc_status dsc_lessons_digest(const dsc_lessons *lessons, const dsc_kin *kin,
                              uint64_t *digest, dsc_error *err)
{
    dsc_value_list told = {0};
    dsc_status st = lessons->recall(lessons->ctx, kin, list_add, &told, err);

    list_sort(&told);
    if (!st)
        st = digest_of(&told, &(dsc_value_list){0}, digest, err);
    list_free(&told);
    return st;
}

void dsc_lessons_forget(dsc_scrubber *s)
{
    list_free(&s->told);
    s->taught = (dsc_taught){0};
}

/* Once for each file: it is planned and proven by the same values. What its own
 * header says, too, is no news. */
static dsc_status ask(dsc_scrubber *s, const dsc_dicom *ds, dsc_error *err)
{
    dsc_value_list own = {0};
    dsc_taught *t = &s->taught;
    size_t n = 0;
    dsc_status st = kin_of(ds, &t->kin, err);

    if (!st)
        st = s->lessons->recall(s->lessons->ctx, &t->kin, list_add, &s->told,
                                err);
    if (!st)
        st = read_values(ds, list_add, &own, err);
    list_sort(&s->told);
    list_sort(&own);
    if (!st)
        st = digest_of(&s->told, &(dsc_value_list){0}, &t->told, err);
    if (!st)
        st = digest_of(&s->told, &own, &t->known, err);
    for (size_t i = 0; i < s->told.count; i++) {
        char *value = s->told.items[i];
        if (list_has(&own, &value))
            dsc_wipe_free(value, size_of(value));
        else
            s->told.items[n++] = value;
    }
    s->told.count = n;
    list_free(&own);
    /* Where there is no answer to be had, it was judged by nobody. */
    if (st)
        t->told = t->known = 0;
    t->asked = st != DSC_IO && st != DSC_NOMEM;
    return st;
}

dsc_status dsc_lessons_facts(dsc_scrubber *s, const dsc_dicom *ds,
                             dsc_facts *facts, dsc_error *err)
{
    dsc_status st = s->taught.asked ? DSC_OK : ask(s, ds, err);

    for (size_t i = 0; !st && i < s->told.count; i++) {
        const char *value = s->told.items[i];
        item it;
        memcpy(&it, value, sizeof it);
        st = dsc_facts_add(facts, (dsc_class)it.cls, it.vr, value + sizeof it,
                           err);
    }
    return st;
}
