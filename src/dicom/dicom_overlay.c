/* SPDX-License-Identifier: Apache-2.0
 *
 * Overlay planes (PS3.3 C.9.2): bitmaps of their own, frame after frame
 * without padding, first pixel in the lowest bit.
 */
#include "dicom/dicom_priv.h"

#include <string.h>

#define FIRST_GROUP 0x6000u
#define LAST_GROUP  0x601Eu

static uint32_t tag_in(uint16_t group, uint16_t element)
{
    return DSC_TAG(group, element);
}

static bool positive(const dsc_dicom *ds, uint32_t tag, uint32_t max,
                     uint32_t *out)
{
    double v;

    if (!dsc_dicom_number(ds, tag, 0, &v) || v < 1 || v > (double)max)
        return false;
    *out = (uint32_t)v;
    return true;
}

static bool describe(const dsc_dicom *ds, uint16_t group, dsc_overlay *o)
{
    double v;
    uint32_t allocated = 1;
    bool has_data = dsc_dicom_has(ds, tag_in(group, 0x3000));

    *o = (dsc_overlay){.group = group,
                       .origin_row = 1,
                       .origin_column = 1,
                       .frames = 1,
                       .first_frame = 1};
    /* Broken sizes still count as an overlay: its bits may show a name. */
    if (!has_data && !dsc_dicom_has(ds, tag_in(group, 0x10)))
        return false;
    positive(ds, tag_in(group, 0x10), 0xFFFF, &o->rows);
    positive(ds, tag_in(group, 0x11), 0xFFFF, &o->columns);
    positive(ds, tag_in(group, 0x15), ds->limits.max_frames, &o->frames);
    positive(ds, tag_in(group, 0x51), UINT32_MAX, &o->first_frame);
    if (dsc_dicom_number(ds, tag_in(group, 0x50), 0, &v))
        o->origin_row = (int32_t)v;
    if (dsc_dicom_number(ds, tag_in(group, 0x50), 1, &v))
        o->origin_column = (int32_t)v;
    positive(ds, tag_in(group, 0x100), 0xFFFF, &allocated);
    if (dsc_dicom_number(ds, tag_in(group, 0x102), 0, &v) && v >= 0 &&
        v <= 0xFFFF)
        o->bit_position = (uint16_t)v;
    o->embedded = !has_data;
    return true;
}

size_t dsc_dicom_overlays(const dsc_dicom *ds, dsc_overlay *out, size_t max)
{
    size_t n = 0;

    for (uint32_t g = FIRST_GROUP; g <= LAST_GROUP; g += 2) {
        dsc_overlay o;
        if (!describe(ds, (uint16_t)g, &o))
            continue;
        if (n < max)
            out[n] = o;
        n++;
    }
    return n;
}

/* Load Overlay Data and find the first bit of the frame in it. */
static dsc_status locate(const dsc_dicom *ds, const dsc_overlay *o,
                         uint32_t frame, dsc_buf *data, uint64_t *bit,
                         dsc_error *err)
{
    uint64_t plane = (uint64_t)o->rows * o->columns;
    bool present;
    dsc_status st;

    if (o->embedded)
        return dsc_fail(err, DSC_INTERNAL,
                        "(%04X,3000) an embedded overlay has no bitmap",
                        o->group);
    if (plane == 0)
        return dsc_fail(err, DSC_BADFILE, "(%04X,0010) the overlay has no size",
                        o->group);
    if (frame >= o->frames)
        return dsc_fail(err, DSC_BADFILE, "(%04X,0015) overlay frame %u of %u",
                        o->group, frame, o->frames);
    if (plane > ds->limits.max_frame_bytes)
        return dsc_fail(err, DSC_LIMIT, "(%04X,0010) the overlay is too large",
                        o->group);
    st = dsc_dicom__tree_raw(ds->tree, tag_in(o->group, 0x3000), data, &present,
                             err);
    if (st)
        return st;
    *bit = plane * frame;
    if (!present || *bit + plane > (uint64_t)data->len * 8)
        return dsc_fail(err, DSC_BADFILE,
                        "(%04X,3000) Overlay Data is too short", o->group);
    return DSC_OK;
}

dsc_status dsc_dicom_overlay_bits(const dsc_dicom *ds,
                                  const dsc_overlay *overlay, uint32_t frame,
                                  dsc_buf *out, dsc_error *err)
{
    size_t n = (size_t)overlay->rows * overlay->columns;
    dsc_buf data = {0};
    uint64_t bit = 0;
    dsc_status st = locate(ds, overlay, frame, &data, &bit, err);

    out->len = 0;
    if (!st)
        st = dsc_buf_resize(out, n, err);
    for (size_t i = 0; !st && i < n; i++, bit++)
        out->data[i] = data.data[bit / 8] >> bit % 8 & 1u;
    dsc_buf_free(&data);
    return st;
}

dsc_status dsc_dicom_set_overlay_bits(dsc_dicom *ds, const dsc_overlay *overlay,
                                      uint32_t frame, const dsc_buf *bits,
                                      dsc_error *err)
{
    size_t n = (size_t)overlay->rows * overlay->columns;
    dsc_buf data = {0};
    uint64_t bit = 0;
    dsc_status st = locate(ds, overlay, frame, &data, &bit, err);

    if (!st && bits->len != n)
        st = dsc_fail(err, DSC_INTERNAL, "the bitmap has a wrong size");
    if (st)
        goto done;
    for (size_t i = 0; i < n; i++, bit++) {
        uint8_t mask = (uint8_t)(1u << bit % 8);
        if (bits->data[i])
            data.data[bit / 8] |= mask;
        else
            data.data[bit / 8] &= (uint8_t)~mask;
    }
    st = dsc_dicom__tree_patch(ds->tree, tag_in(overlay->group, 0x3000), &data,
                               err);
done:
    dsc_buf_free(&data);
    return st;
}
