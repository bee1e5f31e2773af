/* SPDX-License-Identifier: Apache-2.0
 *
 * The search itself: what was found, and whether it counts there. */
#include "base/sort.h"
#include "deid/residual_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAG_MANUFACTURER DSC_TAG(0x0008, 0x0070)
#define TAG_MODEL_NAME   DSC_TAG(0x0008, 0x1090)
#define TAG_SOFTWARE     DSC_TAG(0x0018, 0x1020)
#define LEAST_IN_BINARY  4u
#define SURE_IN_BINARY   8u /* bytes that random data will not have */

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

dsc_status dsc_residual_create(dsc_residual **out, dsc_dicom *source,
                               const dsc_residual_scope *scope, dsc_error *err)
{
    dsc_residual *r = dsc_alloc(sizeof *r);
    dsc_status st;

    *out = NULL;
    if (!r)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    r->scope = *scope;
    st = dsc_search_create(&r->search, err);
    if (!st)
        st = dsc_residual__collect(r, source, err);
    if (!st)
        st = dsc_search_prepare(r->search, err);
    if (!st && r->placed.count)
        dsc_sort(r->placed.items, r->placed.count, sizeof *r->placed.items,
                 by_value);
    if (st)
        dsc_residual_free(&r);
    *out = r;
    return st;
}

void dsc_residual_free(dsc_residual **pr)
{
    dsc_residual *r = *pr;

    if (!r)
        return;
    dsc_search_free(&r->search);
    dsc_buf_free(&r->sought);
    dsc_free(r->placed.items);
    dsc_free(r->kept.items);
    dsc_free(r);
    *pr = NULL;
}

/* ---- does a string count where it was found? ---- */

/* What the search is in just now. */
typedef struct place {
    dsc_residual *r;
    unsigned kind; /* DSC_IN_*, 0 for numbers */
    uint32_t tag, outer, frame;
    bool in_frame;
    const uint8_t *data;
    size_t base, len; /* where the piece that is fed begins; all that is
                         there */
} place;

enum {
    OTHER,
    LETTER,
    DIGIT
};

static int class_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return DIGIT;
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? LETTER : OTHER;
}

/* The character that begins at data[at], as far as it is one of ASCII. */
static int class_at(const place *p, dsc_form form, size_t at)
{
    const uint8_t *d = p->data + at;

    if (form == DSC_FORM_BYTES)
        return at < p->len ? class_of(d[0]) : OTHER;
    if (at + 1 >= p->len || d[form == DSC_FORM_UTF16LE ? 1 : 0])
        return OTHER;
    return class_of(d[form == DSC_FORM_UTF16LE ? 0 : 1]);
}

/* Is what was found a word of its own? SMITH is not in SMITHSON, 12345 is not
 * in 123456; but both are in ID12345SMITH. */
static bool is_whole(const place *p, const dsc_sought *s, size_t at, size_t len)
{
    size_t unit = s->form == DSC_FORM_BYTES ? 1 : 2;
    dsc_form form = (dsc_form)s->form;
    int first = class_at(p, form, at),
        last = class_at(p, form, at + len - unit);

    if (first != OTHER && at >= unit && class_at(p, form, at - unit) == first)
        return false;
    if (last != OTHER && class_at(p, form, at + len) == last)
        return false;
    if (s->kind != DSC_SOUGHT_UID || s->form != DSC_FORM_BYTES)
        return true;
    /* a UID that another one begins or ends with is another one */
    return !(at >= 2 && p->data[at - 1] == '.' &&
             class_of(p->data[at - 2]) == DIGIT) &&
           !(at + len + 1 < p->len && p->data[at + len] == '.' &&
             class_of(p->data[at + len + 1]) == DIGIT);
}

/* In random bytes short strings turn up by chance, but hardly with text on
 * both sides. */
static bool is_amid_text(const place *p, size_t at, size_t len)
{
    size_t from = at < 4 ? 0 : at - 4;
    size_t to = at + len + 4 > p->len ? p->len : at + len + 4;

    for (size_t i = from; i < to; i++)
        if (p->data[i] && (p->data[i] < 0x20 || p->data[i] == 0x7F) &&
            !strchr("\t\n\r\f\x1b", p->data[i]))
            return false;
    return true;
}

/* The make of a machine that is somebody's station or institution too; part of
 * an institution or device that stays on purpose. */
static bool is_harmless_there(const place *p, const dsc_sought *s)
{
    const dsc_residual *r = p->r;

    if (s->kind != DSC_SOUGHT_DEVICE && s->kind != DSC_SOUGHT_INSTITUTION)
        return false;
    return p->tag == TAG_MANUFACTURER || p->tag == TAG_MODEL_NAME ||
           p->tag == TAG_SOFTWARE ||
           (r->scope.keeps && r->scope.keeps(r->scope.ctx, p->tag, ""));
}

static bool on_found(void *ctx, uint32_t id, size_t len, size_t end)
{
    place *p = ctx;
    const dsc_sought *s = (const dsc_sought *)(void *)p->r->sought.data + id;
    size_t at = p->base + end - len;

    if (!(s->places & p->kind) || p->base + end < len ||
        !is_whole(p, s, at, len))
        return true;
    if (p->kind == DSC_IN_BINARY &&
        (len < LEAST_IN_BINARY ||
         (len < SURE_IN_BINARY && !is_amid_text(p, at, len))))
        return true;
    if (is_harmless_there(p, s))
        return true;
    if (!p->r->hits++) {
        p->r->tag = p->tag;
        p->r->outer = p->outer;
        p->r->frame = p->frame;
        p->r->in_frame = p->in_frame;
        p->r->kind = s->kind;
    }
    return true;
}

/* ---- stored values ---- */

static unsigned kind_of(const dsc_value *v)
{
    static const char text[] = "AECSDADTLOLTPNSHSTTMUCURUT";

    if (!strcmp(v->vr, "UI"))
        return DSC_IN_UID;
    if (!strcmp(v->vr, "DS") || !strcmp(v->vr, "IS") || !strcmp(v->vr, "AS"))
        return 0;
    for (size_t i = 0; i + 1 < sizeof text; i += 2)
        if (v->vr[0] == text[i] && v->vr[1] == text[i + 1])
            return DSC_IN_TEXT;
    return DSC_IN_BINARY;
}

/* A shifted date may well be one that stood elsewhere before: dates are
 * judged by their place. */
static bool is_date(const dsc_value *v)
{
    return !strcmp(v->vr, "DA") || !strcmp(v->vr, "DT");
}

typedef struct walk {
    dsc_residual *r;
    dsc_search_state state;
} walk;

static dsc_status on_value(void *ctx, const dsc_value *v, dsc_error *err)
{
    walk *w = ctx;
    place p = {.r = w->r,
               .kind = is_date(v) ? 0 : kind_of(v),
               .tag = v->tag,
               .outer = v->outer,
               .data = v->data,
               .base = v->from,
               .len = v->len};

    (void)err;
    if (v->first)
        w->state = (dsc_search_state){0};
    if (p.kind)
        dsc_search_feed(w->r->search, &w->state, v->data + v->from,
                        v->to - v->from, on_found, &p);
    return DSC_OK;
}

static bool on_element(void *ctx, const dsc_element *e)
{
    dsc_residual *r = ctx;
    dsc_sought_kind kind;
    uint64_t hash;

    if (e->in_meta || !e->utf8 || !e->utf8[0] ||
        !dsc_residual__is_sought(r, e->tag, e->vr, &kind))
        return true;
    hash = dsc_residual__placed_hash(e->path, e->utf8);
    if (dsc_lookup(&hash, r->placed.items, r->placed.count, sizeof hash,
                   by_value) &&
        !r->hits++) {
        r->tag = e->tag;
        r->outer = 0;
        r->in_frame = false;
        r->kind = (uint8_t)kind;
    }
    return true;
}

dsc_status dsc_residual_header(dsc_residual *r, dsc_dicom *output,
                               dsc_error *err)
{
    walk w = {r, {0}};
    dsc_status st = dsc_dicom_values(output, on_value, &w, err);

    if (!st && r->placed.count)
        st = dsc_dicom_walk(output, on_element, r, err);
    return st;
}

/* ---- frames ---- */

typedef struct frame_walk {
    dsc_residual *r;
    dsc_bytes in;
    uint32_t frame;
} frame_walk;

static bool on_aside(void *ctx, const dsc_aside *a)
{
    frame_walk *w = ctx;
    dsc_search_state state = {0};
    place p = {.r = w->r,
               .kind = DSC_IN_BINARY,
               .tag = DSC_TAG(0x7FE0, 0x0010),
               .frame = w->frame,
               .in_frame = true,
               .data = w->in.data + a->offset,
               .len = a->length};

    return dsc_search_feed(w->r->search, &state, p.data, p.len, on_found, &p);
}

dsc_status dsc_residual_frame(dsc_residual *r, const dsc_codec *codec,
                              dsc_bytes encoded, uint32_t frame, dsc_error *err)
{
    frame_walk w = {r, encoded, frame};

    return codec->asides ? codec->asides(encoded, on_aside, &w, err) : DSC_OK;
}

/* ---- results ---- */

size_t dsc_residual_hits(const dsc_residual *r)
{
    return r->hits;
}

size_t dsc_residual_size(const dsc_residual *r)
{
    return dsc_search_count(r->search);
}

void dsc_residual_describe(const dsc_residual *r, char *buf, size_t size)
{
    static const char *const what[] = {
        [DSC_SOUGHT_NAME] = "the patient's name",
        [DSC_SOUGHT_PERSON] = "a person's name",
        [DSC_SOUGHT_ID] = "an ID",
        [DSC_SOUGHT_DATE] = "a date",
        [DSC_SOUGHT_INSTITUTION] = "an institution",
        [DSC_SOUGHT_DEVICE] = "a device",
        [DSC_SOUGHT_UID] = "a UID",
    };
    char where[64];

    if (!r->hits) {
        snprintf(buf, size, "nothing is left of the source's header");
        return;
    }
    if (r->in_frame)
        snprintf(where, sizeof where, "frame %u: a comment", r->frame);
    else if (!r->tag)
        snprintf(where, sizeof where, "a part outside the dataset");
    else if (r->outer)
        snprintf(where, sizeof where, "(%04X,%04X) in (%04X,%04X)",
                 r->tag >> 16, r->tag & 0xFFFFu, r->outer >> 16,
                 r->outer & 0xFFFFu);
    else
        snprintf(where, sizeof where, "(%04X,%04X)", r->tag >> 16,
                 r->tag & 0xFFFFu);
    snprintf(buf, size, "%s still holds %s of the source's header", where,
             what[r->kind]);
}
