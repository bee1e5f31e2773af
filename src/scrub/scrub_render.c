/* SPDX-License-Identifier: Apache-2.0
 *
 * A frame as 8-bit RGB, for people to look at. */
#include "scrub/scrub_priv.h"

#include <stdlib.h>
#include <string.h>

static uint8_t clamp(double v)
{
    return v <= 0 ? 0 : v >= 255 ? 255 : (uint8_t)(v + 0.5);
}

/* PS3.3 C.7.6.3.1.2 */
static void ybr_to_rgb(double y, double cb, double cr, uint8_t *rgb)
{
    rgb[0] = clamp(y + 1.402 * (cr - 128));
    rgb[1] = clamp(y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128));
    rgb[2] = clamp(y + 1.772 * (cb - 128));
}

static double sample8(const dsc_frame *f, size_t at)
{
    size_t n = dsc_sample_bytes(&f->fmt);
    uint32_t word = 0;

    memcpy(&word, f->data + at * n, n);
    return (double)dsc_stored_value(&f->fmt, word) * 255 /
           ((double)((uint64_t)1 << f->fmt.bits_stored) - 1);
}

static void colour_pixel(const dsc_frame *f, uint32_t x, uint32_t y,
                         uint8_t *rgb)
{
    size_t plane = (size_t)f->fmt.columns * f->fmt.rows;
    size_t pixel = (size_t)y * f->fmt.columns + x;
    double v[3];

    if (f->fmt.layout == DSC_YBR422) {
        size_t pair = (size_t)y * ((f->fmt.columns + 1u) / 2u) + x / 2u;
        const uint8_t *p = f->data + pair * 4;
        ybr_to_rgb(p[x % 2], p[2], p[3], rgb);
        return;
    }
    for (unsigned s = 0; s < 3; s++)
        v[s] = sample8(f, f->fmt.layout == DSC_PLANAR ? s * plane + pixel
                                                      : pixel * 3 + s);
    if (f->fmt.photometric == DSC_YBR_FULL)
        ybr_to_rgb(v[0], v[1], v[2], rgb);
    else
        for (int s = 0; s < 3; s++)
            rgb[s] = clamp(v[s]);
}

static void palette_pixel(const dsc_instance *inst, const dsc_frame *f,
                          size_t pixel, uint8_t *rgb)
{
    size_t n = dsc_sample_bytes(&f->fmt);
    uint32_t word = 0;
    int64_t i;

    memcpy(&word, f->data + pixel * n, n);
    i = dsc_stored_value(&f->fmt, word) - inst->palette.first;
    if (i < 0)
        i = 0;
    if (i >= inst->palette.count)
        i = (int64_t)inst->palette.count - 1;
    memcpy(rgb, inst->palette.rgb + 3 * i, 3);
}

static dsc_status to_rgb(const dsc_scrubber *s, const dsc_instance *inst,
                         const dsc_frame *f, uint8_t *rgb, dsc_error *err)
{
    dsc_view view = {0};
    dsc_window full = {0, 0};
    const dsc_window *window = NULL;
    dsc_status st = DSC_OK;

    if (inst->fmt.samples == 1 && !inst->palette.count) {
        full = dsc_view_auto_window(f, 0.0, 1.0,
                                    inst->has_padding ? &inst->padding : NULL);
        if (inst->has_window)
            window = &inst->window;
        else if (f->fmt.bits_stored > 8)
            window = &full;
        st = dsc_view_render(s->blit, &view, f, DSC_VIEW_LUMA, window, NULL,
                             err);
    }
    for (uint32_t y = 0; !st && y < f->fmt.rows; y++) {
        for (uint32_t x = 0; x < f->fmt.columns; x++) {
            size_t pixel = (size_t)y * f->fmt.columns + x;
            uint8_t *p = rgb + 3 * pixel;
            if (inst->fmt.samples == 3)
                colour_pixel(f, x, y, p);
            else if (inst->palette.count)
                palette_pixel(inst, f, pixel, p);
            else
                memset(p, view.data[y * view.stride + x], 3);
        }
    }
    dsc_view_free(&view);
    return st;
}

dsc_status dsc_render(dsc_scrubber *s, const dsc_input *input, uint32_t frame,
                      uint8_t **rgb, uint32_t *columns, uint32_t *rows,
                      dsc_error *err)
{
    dsc_instance inst = {0};
    dsc_frame decoded = {0};
    size_t size = 0;
    dsc_status st = dsc_instance_open(&inst, input, err);

    *rgb = NULL;
    if (!st && frame >= inst.frames)
        st = dsc_fail(err, DSC_USAGE, "there is no frame %u", frame);
    if (!st)
        st = dsc_instance_frame(&inst, frame, NULL, &decoded, err);
    if (!st && (!dsc_mul(inst.fmt.columns, inst.fmt.rows, &size) ||
                !dsc_mul(size, 3, &size) || !(*rgb = dsc_alloc(size))))
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    if (!st)
        st = to_rgb(s, &inst, &decoded, *rgb, err);
    *columns = inst.fmt.columns;
    *rows = inst.fmt.rows;
    if (st) {
        dsc_free(*rgb);
        *rgb = NULL;
    }
    dsc_frame_free(&decoded);
    dsc_instance_close(&inst);
    return st;
}
