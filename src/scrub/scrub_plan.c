/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 2, plan: findings of all sources become regions to blank and text to
 * keep. Changes nothing. */
#include "scrub/scrub_priv.h"

#include <stdio.h>
#include <string.h>

#define MAX_OVERLAYS   16
#define MAX_US_REGIONS 64

dsc_status dsc_region_add(dsc_region_list *list, const dsc_region *region,
                          dsc_error *err)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 16;
        dsc_region *items = dsc_calloc(cap, sizeof *items);
        if (!items)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        dsc_free(list->items);
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = *region;
    return DSC_OK;
}

dsc_region dsc_region_of(dsc_rect box, uint32_t first, uint32_t last)
{
    return (dsc_region){.first_frame = first,
                        .last_frame = last,
                        .x = box.x,
                        .y = box.y,
                        .w = box.w,
                        .h = box.h,
                        .source = "mask",
                        .cls = "unknown",
                        .reason = "",
                        .confidence = 1};
}

/* ---- masks ---- */

typedef struct mask_walk {
    const dsc_instance *inst;
    dsc_result *result;
    dsc_error *err;
    dsc_status status;
} mask_walk;

static bool header_value(void *ctx, const char *keyword, char *buf, size_t size)
{
    const dsc_instance *inst = ctx;
    unsigned group, element;
    uint32_t tag;

    if (sscanf(keyword, "(%4x,%4x)", &group, &element) == 2)
        tag = DSC_TAG(group, element);
    else if (!dsc_dicom_keyword(keyword, &tag))
        return false;
    return dsc_dicom_strings(inst->ds, tag, buf, size);
}

static void mask_hit(void *ctx, const dsc_mask_hit *hit)
{
    mask_walk *w = ctx;
    dsc_region r = dsc_region_of(hit->box, 0, w->inst->frames - 1);

    if (w->status)
        return;
    r.reason = "a mask for this device";
    snprintf(r.mask, sizeof r.mask, "%s", hit->id);
    w->status = dsc_region_add(&w->result->regions, &r, w->err);
}

static dsc_status plan_us_regions(const dsc_instance *inst, dsc_result *result,
                                  dsc_error *err)
{
    dsc_us_region regions[MAX_US_REGIONS];
    size_t n = dsc_dicom_us_regions(inst->ds, regions, MAX_US_REGIONS);
    dsc_rects keep = {0}, blank = {0};
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < n && i < MAX_US_REGIONS; i++) {
        int64_t w = (int64_t)regions[i].x1 - regions[i].x0 + 1;
        int64_t h = (int64_t)regions[i].y1 - regions[i].y0 + 1;
        dsc_rect r;
        if (regions[i].x0 > INT32_MAX || regions[i].y0 > INT32_MAX ||
            w > INT32_MAX || h > INT32_MAX || w <= 0 || h <= 0)
            continue;
        r = (dsc_rect){(int32_t)regions[i].x0, (int32_t)regions[i].y0,
                       (int32_t)w, (int32_t)h};
        r = dsc_rect_clip(r, inst->fmt.columns, inst->fmt.rows);
        if (!dsc_rect_empty(r))
            st = dsc_rects_add(&keep, r, err);
    }
    if (!st && keep.count)
        st = dsc_mask_complement(&keep, inst->fmt.columns, inst->fmt.rows,
                                 &blank, err);
    dsc_rects_foreach (r, &blank) {
        dsc_region region = dsc_region_of(*r, 0, inst->frames - 1);
        region.reason = "outside the Sequence of Ultrasound Regions";
        snprintf(region.mask, sizeof region.mask, "us-regions");
        if (!st)
            st = dsc_region_add(&result->regions, &region, err);
    }
    dsc_rects_free(&keep);
    dsc_rects_free(&blank);
    return st;
}

/* ---- overlays ---- */

static dsc_rect bits_extent(const uint8_t *bits, uint32_t columns,
                            uint32_t rows)
{
    dsc_rect r = {0, 0, 0, 0};

    for (uint32_t y = 0; y < rows; y++) {
        const uint8_t *row = bits + (size_t)y * columns;
        const uint8_t *first = memchr(row, 1, columns);
        const uint8_t *last = first ? memrchr(row, 1, columns) : NULL;
        if (first)
            r = dsc_rect_union(r, (dsc_rect){(int32_t)(first - row), (int32_t)y,
                                             (int32_t)(last - first) + 1, 1});
    }
    return r;
}

/* Overlay pixel (1,1) of the image is at the origin; regions are told in
 * image pixels. */
static dsc_rect to_image(const dsc_overlay *plane, dsc_rect r)
{
    r.x += plane->origin_column - 1;
    r.y += plane->origin_row - 1;
    return r;
}

static void move_to_image(const dsc_overlay *plane, dsc_region_list *list,
                          size_t from)
{
    for (size_t i = from; i < list->count; i++) {
        dsc_region *r = &list->items[i];
        dsc_rect at = to_image(plane, (dsc_rect){r->x, r->y, r->w, r->h});
        r->x = at.x;
        r->y = at.y;
    }
}

static dsc_status find_overlay_text(dsc_scrubber *s, dsc_instance *inst,
                                    const dsc_overlay *plane, dsc_buf *bits,
                                    uint32_t frame, dsc_result *result,
                                    dsc_error *err)
{
    dsc_plane view = {bits->data, plane->columns, plane->rows, plane->columns};
    size_t before = result->regions.count, kept = result->kept.count;
    dsc_line_search how = {.facts = dsc_instance_facts(inst),
                           .effort = s->effort,
                           .frame = frame + plane->first_frame - 1};
    dsc_tracks tracks = {0};
    dsc_status st;

    for (size_t i = 0; i < bits->len; i++)
        bits->data[i] = bits->data[i] ? 255 : 0;
    st = dsc_find_lines(s, &view, &how, &tracks, err);
    if (!st)
        st = dsc_decide_frames(s, dsc_instance_facts(inst), &tracks, NULL, err);
    if (!st)
        st = dsc_plan_tracks(&tracks, plane->group, NULL, &result->regions,
                             &result->kept, err);
    move_to_image(plane, &result->regions, before);
    move_to_image(plane, &result->kept, kept);
    dsc_tracks_free(&tracks);
    return st;
}

static dsc_status plan_overlay_frame(dsc_scrubber *s, dsc_instance *inst,
                                     const dsc_overlay *plane, uint32_t frame,
                                     dsc_result *result, dsc_error *err)
{
    dsc_buf bits = {0};
    dsc_status st = dsc_dicom_overlay_bits(inst->ds, plane, frame, &bits, err);

    if (!st && s->keep_overlays && s->detector) {
        st = find_overlay_text(s, inst, plane, &bits, frame, result, err);
    } else if (!st) {
        dsc_rect extent = bits_extent(bits.data, plane->columns, plane->rows);
        uint32_t at = frame + plane->first_frame - 1;
        dsc_region r = dsc_region_of(to_image(plane, extent), at, at);
        r.reason = "overlay plane removed";
        r.source = "detector";
        r.overlay = plane->group;
        if (!dsc_rect_empty(extent))
            st = dsc_region_add(&result->regions, &r, err);
    }
    dsc_buf_free(&bits);
    return st;
}

/* Where the pixel words carry overlay bits, on any frame. */
static dsc_status plan_embedded(dsc_instance *inst, const dsc_overlay *plane,
                                dsc_result *result, dsc_error *err)
{
    uint32_t bit = 1u << plane->bit_position, all = inst->overlay_bits;
    size_t pixels = (size_t)inst->fmt.columns * inst->fmt.rows;
    size_t n = (inst->fmt.bits_allocated + 7u) / 8u;
    dsc_frame frame = {0};
    dsc_buf bits = {0};
    dsc_rect extent = {0, 0, 0, 0};
    dsc_region r;
    dsc_status st = dsc_buf_resize(&bits, pixels, err);

    inst->overlay_bits = 0; /* look at the words as they are */
    for (uint32_t f = 0; !st && f < inst->frames; f++) {
        st = dsc_instance_frame(inst, f, NULL, &frame, err);
        for (size_t i = 0; !st && i < pixels; i++) {
            uint32_t word = 0;
            memcpy(&word, frame.data + i * n, n);
            bits.data[i] = (word & bit) != 0;
        }
        if (!st)
            extent =
                dsc_rect_union(extent, bits_extent(bits.data, inst->fmt.columns,
                                                   inst->fmt.rows));
    }
    inst->overlay_bits = all;
    r = dsc_region_of(extent, 0, inst->frames - 1);
    r.reason = "overlay bits cleared in the pixel words";
    r.source = "detector";
    r.overlay = plane->group;
    if (!st && !dsc_rect_empty(extent))
        st = dsc_region_add(&result->regions, &r, err);
    dsc_frame_free(&frame);
    dsc_buf_free(&bits);
    return st;
}

static dsc_status plan_overlays(dsc_scrubber *s, dsc_instance *inst,
                                dsc_result *result, dsc_error *err)
{
    dsc_overlay planes[MAX_OVERLAYS];
    size_t n = dsc_dicom_overlays(inst->ds, planes, MAX_OVERLAYS);
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < n && i < MAX_OVERLAYS; i++) {
        if (planes[i].embedded) {
            if (planes[i].bit_position < 32 &&
                inst->overlay_bits >> planes[i].bit_position & 1u)
                st = plan_embedded(inst, &planes[i], result, err);
            continue;
        }
        for (uint32_t f = 0; !st && f < planes[i].frames; f++)
            st = plan_overlay_frame(s, inst, &planes[i], f, result, err);
    }
    if (!st && n)
        dsc_result_note(result, s->keep_overlays && s->detector
                                    ? "overlay planes searched for text"
                                : s->keep_overlays ? "overlay planes blanked"
                                                   : "overlay planes removed");
    else if (!st && inst->overlay_bits)
        dsc_result_note(result,
                        "bits that no sample uses cleared in the pixel words");
    return st;
}

/* ---- all of it ---- */

dsc_status dsc_plan_rects(const dsc_region_list *regions, uint32_t frame,
                          dsc_rects *out, dsc_error *err)
{
    dsc_status st = DSC_OK;

    out->count = 0;
    for (size_t i = 0; !st && i < regions->count; i++) {
        const dsc_region *r = &regions->items[i];
        if (!r->overlay && r->first_frame <= frame && frame <= r->last_frame &&
            r->w > 0 && r->h > 0)
            st = dsc_rects_add(out, (dsc_rect){r->x, r->y, r->w, r->h}, err);
    }
    return st;
}

dsc_status dsc_plan_masks(dsc_scrubber *s, dsc_instance *inst,
                          dsc_result *result, dsc_error *err)
{
    dsc_status st = DSC_OK;
    size_t masks = 0;

    if (s->find & DSC_FIND_MASKS) {
        mask_walk w = {inst, result, err, DSC_OK};
        masks = dsc_masks_match(s->masks, header_value, inst, inst->fmt.columns,
                                inst->fmt.rows, mask_hit, &w);
        st = w.status;
    }
    if (!st && s->us_regions) {
        size_t before = result->regions.count;
        st = plan_us_regions(inst, result, err);
        masks += result->regions.count > before;
    }
    /* Nobody looked at it: it must not leave with the claim of being clean. */
    if (!st && !s->detector && !masks)
        st = dsc_fail(err, DSC_UNSUPPORTED,
                      "no mask is known for it and no text search was asked "
                      "for");
    return st;
}

/* A page goes whole, or stays here. */
static dsc_status plan_document(const dsc_scrubber *s, const dsc_instance *inst,
                                dsc_result *result, dsc_error *err)
{
    dsc_rect all = {0, 0, (int32_t)inst->fmt.columns, (int32_t)inst->fmt.rows};
    dsc_region r = dsc_region_of(all, 0, inst->frames - 1);

    if (s->documents == DSC_DOCUMENTS_QUARANTINE)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "a document image, not a picture of a patient: a "
                        "letter, report or screen of text (see --documents)");
    r.source = "detector";
    r.rule = "document";
    r.reason = "a document image";
    dsc_result_note(result, "document image blanked");
    return dsc_region_add(&result->regions, &r, err);
}

static dsc_status plan_text(dsc_instance *inst, const dsc_tracks *tracks,
                            dsc_result *result, dsc_error *err)
{
    const dsc_cells *cells;
    dsc_status st = dsc_plan_cells(inst, true, &cells, err);

    return st ? st
              : dsc_plan_tracks(tracks, 0, cells, &result->regions,
                                &result->kept, err);
}

dsc_status dsc_plan_instance(dsc_scrubber *s, dsc_instance *inst,
                             dsc_result *result, dsc_error *err)
{
    dsc_text_search how = {.effort = s->effort};
    dsc_tracks tracks = {0};
    dsc_status st = DSC_OK;

    if (!inst->has_pixels) {
        dsc_result_note(result, dsc_object_note(inst->kind));
        return DSC_OK;
    }
    if (inst->face != DSC_FACE_NO)
        dsc_result_note(result, inst->face_why);
    if (inst->face != DSC_FACE_NO && s->refuse_faces)
        st = dsc_fail(err, DSC_UNSUPPORTED, "%s", inst->face_why);
    if (!st)
        st = dsc_plan_masks(s, inst, result, err);
    if (!st)
        st = plan_overlays(s, inst, result, err);
    if (!st && s->detector)
        st = dsc_find_text(s, inst, &how, &tracks, err);
    if (!st && s->documents != DSC_DOCUMENTS_POLICY &&
        dsc_is_document(inst, &tracks.page))
        st = plan_document(s, inst, result, err);
    else if (!st && tracks.count)
        st = plan_text(inst, &tracks, result, err);
    if (!st)
        st = dsc_plan_settle(inst, &result->regions, &result->kept, err);
    dsc_tracks_free(&tracks);
    return st;
}
