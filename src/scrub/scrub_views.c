/* SPDX-License-Identifier: Apache-2.0
 *
 * The 8-bit pictures of a frame in which text is looked for. One window shows
 * burned-in text poorly when the modality's own window hides it, so deep
 * pixels are shown twice: as the header says, and with their full range. */
#include "scrub/scrub_priv.h"

static bool is_colour(const dsc_instance *inst)
{
    return inst->fmt.samples == 3 || inst->palette.count > 0;
}

static bool nearly_same(const dsc_window *a, const dsc_window *b)
{
    double tolerance = 0.1 * (b->high - b->low);
    double low = a->low - b->low, high = a->high - b->high;

    return low < tolerance && low > -tolerance && high < tolerance &&
           high > -tolerance;
}

static dsc_status add_view(dsc_views *views, const dsc_blit *blit,
                           const dsc_instance *inst, const dsc_frame *frame,
                           dsc_view_kind kind, const dsc_window *window,
                           dsc_error *err)
{
    dsc_status st =
        dsc_view_render(blit, &views->items[views->count], frame, kind, window,
                        inst->palette.count ? &inst->palette : NULL, err);
    if (!st)
        views->count++;
    return st;
}

dsc_status dsc_views_render(dsc_views *views, const dsc_blit *blit,
                            const dsc_instance *inst, const dsc_frame *frame,
                            dsc_error *err)
{
    const dsc_padding *padding = inst->has_padding ? &inst->padding : NULL;
    dsc_window full;
    dsc_status st;

    views->count = 0;
    if (is_colour(inst)) {
        st = DSC_OK;
        for (int kind = 0; !st && kind < DSC_VIEW_KINDS; kind++)
            st = add_view(views, blit, inst, frame, (dsc_view_kind)kind, NULL,
                          err);
        return st;
    }
    if (frame->fmt.bits_stored <= 8)
        return add_view(views, blit, inst, frame, DSC_VIEW_LUMA, NULL, err);
    full = dsc_view_auto_window(frame, 0.0, 1.0, padding);
    st = add_view(views, blit, inst, frame, DSC_VIEW_LUMA, &full, err);
    if (!st && inst->has_window && !nearly_same(&inst->window, &full))
        st = add_view(views, blit, inst, frame, DSC_VIEW_LUMA, &inst->window,
                      err);
    return st;
}

void dsc_views_free(dsc_views *views)
{
    for (size_t i = 0; i < DSC_MAX_VIEWS; i++)
        dsc_view_free(&views->items[i]);
    views->count = 0;
}
