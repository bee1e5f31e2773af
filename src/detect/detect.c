/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/detect.h"

#include "detect/detect_priv.h"

#include <string.h>

/* The first one is the default. */
static const dsc_detect_ops *const detectors[] = {
    &dsc_detect__net,
    &dsc_detect__classic,
};
enum {
    DETECTORS = sizeof detectors / sizeof *detectors,
    /* Pixels around `within` that are looked at too, so that a line that
     * crosses its edge is judged, and boxed, by more than its cut end. */
    CONTEXT_PX = 96,
    SMALLEST_PX = 3,
};

struct dsc_detector {
    const dsc_detect_ops *ops;
    void *state;
};

const char *dsc_detector_name(size_t index)
{
    return index < DETECTORS ? detectors[index]->name : NULL;
}

dsc_status dsc_detector_create(dsc_detector **out, const char *name,
                               const char *models, dsc_error *err)
{
    const dsc_detect_ops *ops = name ? NULL : detectors[0];
    dsc_detector *d = NULL;
    dsc_status st;

    *out = NULL;
    for (size_t i = 0; !ops && i < DETECTORS; i++)
        if (!strcmp(detectors[i]->name, name))
            ops = detectors[i];
    if (!ops)
        return dsc_fail(err, DSC_USAGE, "no text detector of that name");
    d = dsc_alloc(sizeof *d);
    if (!d)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    d->ops = ops;
    st = ops->create(&d->state, models, err);
    if (st)
        dsc_free(d);
    else
        *out = d;
    return st;
}

void dsc_detector_free(dsc_detector **d)
{
    if (!*d)
        return;
    (*d)->ops->free((*d)->state);
    dsc_free(*d);
    *d = NULL;
}

dsc_status dsc_detector_find(dsc_detector *d, const dsc_plane *plane,
                             const dsc_rect *within, dsc_detect_effort effort,
                             dsc_text_boxes *out, dsc_error *err)
{
    dsc_rect all = {0, 0, INT32_MAX, INT32_MAX}, wanted, area;
    dsc_plane part = *plane;
    size_t kept = 0;
    dsc_status st;

    out->count = 0;
    wanted = dsc_rect_clip(within ? *within : all, plane->columns, plane->rows);
    if (dsc_rect_empty(wanted))
        return DSC_OK;
    area = dsc_rect_clip(dsc_rect_grow(wanted, CONTEXT_PX, CONTEXT_PX),
                         plane->columns, plane->rows);
    if (area.w < SMALLEST_PX || area.h < SMALLEST_PX)
        return DSC_OK;
    part.data += (size_t)area.y * plane->stride + (size_t)area.x;
    part.columns = (uint32_t)area.w;
    part.rows = (uint32_t)area.h;
    st = d->ops->find(d->state, &part, effort, out, err);
    if (st) {
        out->count = 0;
        return st;
    }
    for (size_t i = 0; i < out->count; i++) {
        dsc_text_box b = out->items[i];
        b.box.x += area.x;
        b.box.y += area.y;
        if (!dsc_rect_empty(dsc_rect_intersect(b.box, wanted)))
            out->items[kept++] = b;
    }
    out->count = kept;
    return DSC_OK;
}
