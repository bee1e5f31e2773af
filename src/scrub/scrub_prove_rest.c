/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of the proof that is about no frame: the header and overlay
 * planes. */
#include "scrub/scrub_priv.h"

#include <string.h>

#define MAX_OVERLAYS 16

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

/* Every attribute, at every level, is what the profile makes of the source's;
 * nothing else went, came or changed. */
static dsc_status check_header(const dsc_scrubber *s,
                               const dsc_instance *source,
                               const dsc_instance *output, unsigned unknown,
                               dsc_error *err)
{
    dsc_header_case header;
    dsc_status st = dsc_header_open(&header, s, source, err);

    if (!st)
        st = dsc_deid_check(header.deid, output->ds, unknown, err);
    dsc_header_close(&header);
    return st;
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
    dsc_line_search how = {.facts = dsc_instance_facts(p->source),
                           .effort = DSC_DETECT_THOROUGH,
                           .frame = at};
    dsc_region_list left = {0}, kept = {0};
    dsc_tracks tracks = {0};
    dsc_status st;

    for (size_t i = 0; i < p->b.len; i++)
        p->b.data[i] = p->b.data[i] ? 255 : 0;
    st = dsc_find_lines(p->s, &view, &how, &tracks, err);
    if (!st)
        st = dsc_decide_frames(p->s, dsc_instance_facts(p->source), &tracks,
                               NULL, err);
    if (!st)
        st = dsc_plan_tracks(&tracks, p->plane->group, NULL, &left, &kept, err);
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
    dsc_status st = check_header(s, source, output, request->unknown, err);

    if (!st)
        st = check_palette(source, output, err);
    return st ? st : check_overlays(s, source, output, request, err);
}
