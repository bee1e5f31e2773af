/* SPDX-License-Identifier: Apache-2.0
 *
 * The profile applied to a dataset, and what was written checked against it. */
#include "deid/deid_priv.h"
#include "deid/object_priv.h"

#include <string.h>

#define TAG_SOP_INSTANCE_UID DSC_TAG(0x0008, 0x0018)
#define TAG_PHOTOMETRIC      DSC_TAG(0x0028, 0x0004)
#define TAG_PLANAR           DSC_TAG(0x0028, 0x0006)
#define TAG_OFFSETS          DSC_TAG(0x7FE0, 0x0001)
#define TAG_OFFSET_LENGTHS   DSC_TAG(0x7FE0, 0x0002)

unsigned dsc_deid_options(const dsc_deid *deid)
{
    return deid->options;
}

dsc_status dsc_deid_create(dsc_deid **out, const dsc_deid_settings *settings,
                           dsc_error *err)
{
    dsc_deid *d = dsc_alloc(sizeof *d);
    dsc_status st;

    *out = NULL;
    if (!d)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    d->key = *settings->key;
    d->text =
        settings->text ? settings->text : dsc_policy_plain(DSC_POLICY_PHI);
    st = dsc_deid__load_profile(
        d, settings->profile ? settings->profile : "basic", err);
    if (!st && settings->id_map)
        st =
            dsc_deid__load_map(d, settings->id_map, settings->id_map_text, err);
    if (st)
        dsc_deid_free(&d);
    *out = d;
    return st;
}

void dsc_deid_free(dsc_deid **pd)
{
    dsc_deid *d = *pd;

    if (!d)
        return;
    for (size_t i = 0; i < d->pair_count; i++) {
        dsc_wipe_free(d->pairs[i].real, strlen(d->pairs[i].real));
        dsc_free(d->pairs[i].trial);
    }
    dsc_free(d->pairs);
    dsc_free(d->overrides);
    dsc_wipe_free(d, sizeof *d);
    *pd = NULL;
}

/* ---- apply ---- */

static dsc_status edit(void *ctx, const dsc_at *at, dsc_edit *what,
                       dsc_error *err)
{
    dsc_ruling ruling = {.edit = what};

    return dsc_deid_rule(ctx, at, &ruling, err);
}

dsc_status dsc_deid_apply(const dsc_deid_case *c, dsc_dicom *ds,
                          const dsc_retag *what, dsc_error *err)
{
    dsc_status st;

    if (!dsc_dicom_has(ds, TAG_SOP_INSTANCE_UID))
        return dsc_fail(err, DSC_BADFILE,
                        "(0008,0018) SOP Instance UID is missing");
    st = dsc_dicom_edit(ds, edit, (void *)c, err);
    return st ? st : dsc_deid__retag(c, ds, what, err);
}

/* ---- check ---- */

typedef struct check {
    const dsc_deid_case *c;
    unsigned unknown;
    bool converted;
    /* of the element that the walk is at */
    bool set, judged;
    dsc_buf text; /* what it should be */
} check;

static dsc_status expect(void *ctx, const dsc_at *at, dsc_edit *what,
                         dsc_error *err)
{
    check *k = ctx;
    dsc_ruling ruling = {.edit = what};
    dsc_status st = dsc_deid_rule(k->c, at, &ruling, err);
    const char *was = dsc_at_text(at);

    k->set = what->kind == DSC_EDIT_SET;
    k->judged = ruling.judged && (k->set || what->kind == DSC_EDIT_KEEP);
    k->text.len = 0;
    if (!st && k->judged && k->set)
        st = dsc_buf_append(&k->text, what->text.data, what->text.len, err);
    else if (!st && k->judged && was)
        st = dsc_buf_append(&k->text, was, strlen(was), err);
    return st ? st : dsc_buf_append(&k->text, "", 1, err);
}

/* Without the key: another value of the same form is all that can be asked
 * for. */
static bool is_other_value(const dsc_at *at, const char *text)
{
    const char *was = dsc_at_text(at);

    return text && *text && was && strcmp(was, text) != 0;
}

static const char gaps[] = " \t\r\n\f\\";

/* Are the words of `text` among those of `all`, in the same order? */
static bool is_part(const char *text, const char *all)
{
    while (*(text += strspn(text, gaps))) {
        size_t n = strcspn(text, gaps), m = 0;
        do {
            all += m;
            all += strspn(all, gaps);
            m = strcspn(all, gaps);
        } while (m && (m != n || memcmp(text, all, n) != 0));
        if (!m)
            return false;
        text += n;
        all += m;
    }
    return true;
}

/* A value of which words were taken out, or nothing was left. */
static bool has_fewer_words(const check *k, dsc_differ_kind kind,
                            const char *text)
{
    const char *all = (const char *)k->text.data;

    return k->judged && k->unknown & DSC_UNKNOWN_FACTS &&
           (kind == DSC_DIFFER_MISSING ||
            (kind == DSC_DIFFER_VALUE &&
             (!text || !*text || !strcmp(text, DSC_OBJECT_DUMMY) ||
              is_part(text, all))));
}

static bool differ(void *ctx, const dsc_at *at, dsc_differ_kind kind,
                   const char *text)
{
    const check *k = ctx;

    if (at->depth == 0) {
        if (dsc_deid__is_own(k->c, at->tag))
            return kind != DSC_DIFFER_MISSING;
        if (at->tag == TAG_OFFSETS || at->tag == TAG_OFFSET_LENGTHS)
            return true;
        if (at->tag == TAG_PHOTOMETRIC || at->tag == TAG_PLANAR)
            return k->converted;
        /* overlay bits are compared one by one elsewhere */
        if (k->c->keep_overlays && (at->tag & 0xFFE1FFFFu) == 0x60003000u)
            return kind == DSC_DIFFER_VALUE;
    }
    return has_fewer_words(k, kind, text) ||
           (k->unknown & DSC_UNKNOWN_KEY && k->set &&
            kind == DSC_DIFFER_VALUE && is_other_value(at, text));
}

static dsc_status says(const dsc_dicom *ds, uint32_t tag, const char *term,
                       dsc_error *err)
{
    char value[64];

    if (dsc_dicom_string(ds, tag, value, sizeof value) && !strcmp(value, term))
        return DSC_OK;
    return dsc_fail(err, DSC_UNPROVEN, "(%04X,%04X) does not say %s", tag >> 16,
                    tag & 0xFFFFu, term);
}

dsc_status dsc_deid_check(const dsc_deid_case *c, const dsc_dicom *output,
                          unsigned unknown, dsc_error *err)
{
    check k = {.c = c,
               .unknown = unknown,
               .converted = strcmp(dsc_dicom_transfer_syntax(c->ds),
                                   dsc_dicom_transfer_syntax(output)) != 0};
    dsc_status st =
        dsc_dicom_edit_check(c->ds, output, expect, differ, &k, err);

    if (!st)
        st = says(output, DSC_TAG(0x0012, 0x0062), "YES", err);
    if (!st)
        st =
            says(output, DSC_TAG(0x0028, 0x0303), dsc_deid__dates_term(c), err);
    if (!st && c->shows_face)
        st = says(output, DSC_TAG(0x0028, 0x0302), "YES", err);
    dsc_buf_free(&k.text);
    return st;
}
