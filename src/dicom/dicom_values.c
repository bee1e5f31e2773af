/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of all values, for those who search them. */
#include "dicom/dicom_priv.h"

#include <string.h>

#define PIECE ((uint64_t)256 * 1024)

typedef struct teller {
    const dsc_source *src;
    dsc_value_fn fn;
    void *ctx;
    bool in_meta;
    uint64_t skip; /* where the top-level Pixel Data value is; 0: nowhere */
    uint8_t *buf;
} teller;

static dsc_status tell(teller *t, const dsc_source *src, const dsc_place *p,
                       dsc_error *err)
{
    dsc_value v = {.tag = p->tag,
                   .outer = p->outer,
                   .depth = p->depth,
                   .in_meta = t->in_meta,
                   .length = p->length};
    uint64_t at = 0;
    dsc_status st = DSC_OK;

    memcpy(v.vr, p->vr, sizeof v.vr);
    while (!st && at < p->length) {
        uint64_t left = p->length - at, n = left < PIECE ? left : PIECE;
        uint64_t before = at < DSC_VALUE_BEFORE ? at : DSC_VALUE_BEFORE;
        uint64_t after =
            left - n < DSC_VALUE_AFTER ? left - n : DSC_VALUE_AFTER;
        v.data = src->mem ? src->mem + p->offset + at - before : t->buf;
        v.from = (size_t)before;
        v.to = (size_t)(before + n);
        v.len = (size_t)(before + n + after);
        v.first = at == 0;
        if (!src->mem)
            st = dsc_dicom__source_read(src, p->offset + at - before, t->buf,
                                        v.len, err);
        if (!st)
            st = t->fn(t->ctx, &v, err);
        at += n;
    }
    return st;
}

static dsc_status on_place(void *ctx, const dsc_place *p, dsc_error *err)
{
    teller *t = ctx;

    if (p->depth == 0 && p->tag == TAG_PIXELS && p->offset == t->skip)
        return DSC_OK;
    return tell(t, t->src, p, err);
}

/* A run of bytes outside all elements; longer than 4 GiB in parts. */
static dsc_status tell_range(teller *t, const dsc_source *src, uint64_t from,
                             uint64_t to, dsc_error *err)
{
    dsc_status st = DSC_OK;

    while (!st && from < to) {
        uint64_t n = to - from < UINT32_MAX ? to - from : UINT32_MAX;
        dsc_place p = {.vr = "OB", .offset = from, .length = (uint32_t)n};
        st = tell(t, src, &p, err);
        from += n;
    }
    return st;
}

static dsc_status tell_meta(teller *t, const dsc_dicom *ds, dsc_error *err)
{
    uint64_t at = ds->preface.meta_begin, end = ds->preface.meta_end;
    dsc_encoding enc = {!ds->preface.meta_implicit, false};
    dsc_status st = tell_range(t, &ds->file, 0, at, err);

    t->in_meta = true;
    while (!st && end - at >= 8) {
        uint8_t head[12];
        size_t n = end - at < 12 ? (size_t)(end - at) : 12;
        dsc_header h;
        dsc_place p;
        st = dsc_dicom__source_read(&ds->file, at, head, n, err);
        if (st)
            break;
        if (!dsc_dicom__header(&h, head, n, enc) ||
            h.length > end - at - h.size)
            break; /* the rest as it lies there */
        p = (dsc_place){
            .tag = h.tag, .offset = at + h.size, .length = h.length};
        memcpy(p.vr, h.vr, sizeof p.vr);
        if (!p.vr[0])
            dsc_dicom__dictionary_vr(h.tag, NULL, p.vr);
        st = tell(t, &ds->file, &p, err);
        at += h.size + (uint64_t)h.length;
    }
    if (!st)
        st = tell_range(t, &ds->file, at, end, err);
    t->in_meta = false;
    return st;
}

dsc_status dsc_dicom_values(dsc_dicom *ds, dsc_value_fn fn, void *ctx,
                            dsc_error *err)
{
    teller t = {.src = &ds->source, .fn = fn, .ctx = ctx};
    dsc_scan scan = {0};
    dsc_status st;

    if (ds->scan.has_pixels && !ds->scan.encapsulated)
        t.skip = ds->scan.pixel_value;
    t.buf = dsc_alloc(PIECE + DSC_VALUE_BEFORE + DSC_VALUE_AFTER);
    if (!t.buf)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    st = tell_meta(&t, ds, err);
    if (!st)
        st = dsc_dicom__scan_places(&scan, &ds->source, ds->scan.begin,
                                    ds->encoding, &ds->limits, on_place, &t,
                                    err);
    dsc_dicom__scan_free(&scan);
    if (!st)
        st = tell_range(&t, &ds->source, ds->scan.end, ds->source.size, err);
    dsc_wipe_free(t.buf, PIECE + DSC_VALUE_BEFORE + DSC_VALUE_AFTER);
    return st;
}
