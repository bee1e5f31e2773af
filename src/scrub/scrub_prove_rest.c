/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of the proof that is about no frame: attributes that tell how the
 * frames look, overlay planes, and pictures that must not be there. */
#include "scrub/scrub_priv.h"

#include <string.h>

#define TAG_PHOTOMETRIC   DSC_TAG(0x0028, 0x0004)
#define TAG_PLANAR        DSC_TAG(0x0028, 0x0006)
#define TAG_BURNED_IN     DSC_TAG(0x0028, 0x0301)
#define TAG_LOSSY         DSC_TAG(0x0028, 0x2110)
#define TAG_LOSSY_RATIO   DSC_TAG(0x0028, 0x2112)
#define TAG_LOSSY_METHOD  DSC_TAG(0x0028, 0x2114)
#define TAG_ICON_SEQUENCE DSC_TAG(0x0088, 0x0200)
#define TAG_FRAME_TIME    DSC_TAG(0x0018, 0x1063)
#define TAG_FRAME_TIMES   DSC_TAG(0x0018, 0x1065)
#define TAG_CINE_RATE     DSC_TAG(0x0018, 0x0040)
#define MAX_OVERLAYS      16

typedef struct display {
    dsc_buf text; /* "path\0value\0" of each attribute that counts */
    bool converted, leftover;
    uint32_t leftover_tag;
    dsc_status status;
    dsc_error *err;
} display;

static bool is_repeating(uint32_t tag, uint32_t base)
{
    uint32_t group = tag >> 16;
    return group >= base && group <= base + 0x1E && group % 2 == 0;
}

/* Does the attribute tell how frames look or when they are shown? */
static bool counts(const display *d, const dsc_element *e)
{
    switch (e->tag) {
    case TAG_PHOTOMETRIC:
    case TAG_PLANAR:
        return !d->converted;
    case TAG_BURNED_IN:
    case TAG_LOSSY:
    case TAG_LOSSY_RATIO:
    case TAG_LOSSY_METHOD:
        return false;
    case TAG_FRAME_TIME:
    case TAG_FRAME_TIMES:
    case TAG_CINE_RATE:
        return true;
    default:
        /* group length elements are not kept */
        return e->tag >> 16 == 0x0028 && (e->tag & 0xFFFFu) != 0;
    }
}

static bool collect(void *ctx, const dsc_element *e)
{
    display *d = ctx;
    const char *value = e->utf8 ? e->utf8 : "";

    if (e->in_meta || strstr(e->path, "(0088,0200)["))
        return true;
    if (e->tag == TAG_ICON_SEQUENCE || is_repeating(e->tag, 0x5000) ||
        (e->depth > 0 && is_repeating(e->tag, 0x6000))) {
        d->leftover = true;
        d->leftover_tag = e->tag;
        return true;
    }
    if (!counts(d, e))
        return true;
    d->status = dsc_buf_append(&d->text, e->path, strlen(e->path) + 1, d->err);
    if (!d->status)
        d->status = dsc_buf_append(&d->text, value, strlen(value) + 1, d->err);
    return d->status == DSC_OK;
}

/* The path of the first attribute that differs. */
static const char *first_difference(const dsc_buf *a, const dsc_buf *b)
{
    size_t at = 0;

    while (at < a->len) {
        const char *path = (const char *)a->data + at;
        size_t n = strlen(path) + 1;
        n += strlen(path + n) + 1;
        if (b->len - at < n || memcmp(b->data + at, path, n))
            return path;
        at += n;
    }
    return at < b->len ? (const char *)b->data + at : "";
}

static dsc_status check_palette(const dsc_instance *a, const dsc_instance *b,
                                dsc_error *err)
{
    if (a->palette.count != b->palette.count ||
        a->palette.first != b->palette.first ||
        (a->palette.count &&
         memcmp(a->palette.rgb, b->palette.rgb, (size_t)a->palette.count * 3)))
        return dsc_fail(err, DSC_UNPROVEN, "the palette changed");
    return DSC_OK;
}

static dsc_status check_display(const dsc_instance *source,
                                const dsc_instance *output, dsc_error *err)
{
    bool converted = strcmp(dsc_dicom_transfer_syntax(source->ds),
                            dsc_dicom_transfer_syntax(output->ds)) != 0;
    display a = {.converted = converted, .err = err}, b = a;
    dsc_status st = dsc_dicom_walk(source->ds, collect, &a, err);

    if (!st)
        st = a.status;
    if (!st)
        st = dsc_dicom_walk(output->ds, collect, &b, err);
    if (!st)
        st = b.status;
    if (!st && b.leftover)
        st = dsc_fail(err, DSC_UNPROVEN, "(%04X,%04X) is still there",
                      b.leftover_tag >> 16, b.leftover_tag & 0xFFFFu);
    if (!st && (a.text.len != b.text.len ||
                (a.text.len && memcmp(a.text.data, b.text.data, a.text.len))))
        st = dsc_fail(err, DSC_UNPROVEN, "%.100s changed",
                      first_difference(&a.text, &b.text));
    dsc_buf_free(&a.text);
    dsc_buf_free(&b.text);
    return st ? st : check_palette(source, output, err);
}

/* ---- overlay planes that were kept ---- */

typedef struct overlay_proof {
    dsc_scrubber *s;
    dsc_instance *source, *output;
    const dsc_prove_request *request;
    const dsc_overlay *plane;
    dsc_buf a, b;
} overlay_proof;

static bool boxed(const overlay_proof *p, uint32_t frame, int32_t x, int32_t y)
{
    const dsc_region_list *list = p->request->regions;

    for (size_t i = 0; i < list->count; i++) {
        const dsc_region *r = &list->items[i];
        if (r->overlay == p->plane->group && r->first_frame <= frame &&
            frame <= r->last_frame && x >= r->x && x - r->x < r->w &&
            y >= r->y && y - r->y < r->h)
            return true;
    }
    return false;
}

/* Bits in boxes are gone and no other changed; without boxes, bits may only
 * have gone. */
static dsc_status compare_bits(const overlay_proof *p, uint32_t at,
                               dsc_error *err)
{
    const dsc_overlay *o = p->plane;

    if (p->a.len != p->b.len)
        return dsc_fail(err, DSC_UNPROVEN, "(%04X,3000) changed its size",
                        o->group);
    for (size_t i = 0; i < p->a.len; i++) {
        int32_t x = (int32_t)(i % o->columns) + o->origin_column - 1;
        int32_t y = (int32_t)(i / o->columns) + o->origin_row - 1;
        if (!p->a.data[i] && !p->b.data[i])
            continue;
        if (!p->a.data[i])
            return dsc_fail(err, DSC_UNPROVEN,
                            "(%04X,3000) frame %u: a bit was set at %d,%d",
                            o->group, at, x, y);
        if (p->request->regions && boxed(p, at, x, y) == (p->b.data[i] != 0))
            return dsc_fail(err, DSC_UNPROVEN,
                            p->b.data[i] ? "(%04X,3000) frame %u: a box is "
                                           "not blank at %d,%d"
                                         : "(%04X,3000) frame %u: a bit "
                                           "outside the boxes went at %d,%d",
                            o->group, at, x, y);
    }
    return DSC_OK;
}

static dsc_status search_overlay(overlay_proof *p, uint32_t at, dsc_error *err)
{
    dsc_plane view = {p->b.data, p->plane->columns, p->plane->rows,
                      p->plane->columns};
    dsc_region_list left = {0}, kept = {0};
    dsc_tracks tracks = {0};
    dsc_status st;

    for (size_t i = 0; i < p->b.len; i++)
        p->b.data[i] = p->b.data[i] ? 255 : 0;
    st = dsc_find_lines(p->s, &p->source->facts, &view, NULL, at, &tracks, err);
    if (!st)
        st = dsc_plan_tracks(&tracks, p->plane->group, &left, &kept, err);
    for (size_t i = 0; !st && i < left.count; i++) {
        dsc_region *r = &left.items[i];
        r->x += p->plane->origin_column - 1;
        r->y += p->plane->origin_row - 1;
        if (!dsc_prove_is_known(r, p->request, err))
            st = dsc_region_add(p->request->residual, r, err);
    }
    dsc_tracks_free(&tracks);
    dsc_free(left.items);
    dsc_free(kept.items);
    return st;
}

static dsc_status check_plane(overlay_proof *p, const dsc_overlay *was,
                              dsc_error *err)
{
    const dsc_overlay *o = p->plane;
    dsc_status st = DSC_OK;

    if (o->embedded)
        return dsc_fail(err, DSC_UNPROVEN,
                        "(%04X,0102) an overlay in the pixel words is still "
                        "there",
                        o->group);
    if (!was || was->embedded || was->rows != o->rows ||
        was->columns != o->columns || was->frames != o->frames ||
        was->origin_row != o->origin_row ||
        was->origin_column != o->origin_column ||
        was->first_frame != o->first_frame)
        return dsc_fail(err, DSC_UNPROVEN, "(%04X,3000) is another overlay",
                        o->group);
    for (uint32_t f = 0; !st && f < o->frames; f++) {
        uint32_t at = f + o->first_frame - 1;
        st = dsc_dicom_overlay_bits(p->source->ds, was, f, &p->a, err);
        if (!st)
            st = dsc_dicom_overlay_bits(p->output->ds, o, f, &p->b, err);
        if (!st)
            st = compare_bits(p, at, err);
        if (!st && p->s->detector)
            st = search_overlay(p, at, err);
    }
    return st;
}

static dsc_status check_overlays(dsc_scrubber *s, dsc_instance *source,
                                 dsc_instance *output,
                                 const dsc_prove_request *request,
                                 dsc_error *err)
{
    dsc_overlay was[MAX_OVERLAYS], is[MAX_OVERLAYS];
    size_t n = dsc_dicom_overlays(output->ds, is, MAX_OVERLAYS);
    size_t m = dsc_dicom_overlays(source->ds, was, MAX_OVERLAYS);
    overlay_proof p = {
        .s = s, .source = source, .output = output, .request = request};
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < n; i++) {
        const dsc_overlay *old = NULL;
        for (size_t k = 0; k < m; k++)
            if (was[k].group == is[i].group)
                old = &was[k];
        p.plane = &is[i];
        st = check_plane(&p, old, err);
    }
    dsc_buf_free(&p.a);
    dsc_buf_free(&p.b);
    return st;
}

dsc_status dsc_prove_rest(dsc_scrubber *s, dsc_instance *source,
                          dsc_instance *output,
                          const dsc_prove_request *request, dsc_error *err)
{
    dsc_status st = check_display(source, output, err);

    return st ? st : check_overlays(s, source, output, request, err);
}
