/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/ocr_priv.h"

#include <math.h>
#include <string.h>

enum {
    TEXT_PX = 32,         /* read best of 24 to 48 on real lines */
    BORDER_PX = 12,       /* white around the scaled line */
    SHEET_MAX_PX = 12000, /* longest side of a scaled line */
    CROP_MAX_PX = 30000,
    MIN_CONTRAST = 2,
};

/* ---- crop ---- */

/* Pixel (u, v) of the upright crop, from the plane. */
static uint8_t upright_at(const dsc_plane *p, const dsc_crop *c, int32_t u,
                          int32_t v)
{
    int32_t x = u, y = v;

    if (c->rotation == 90) {
        x = v;
        y = c->area.h - 1 - u;
    } else if (c->rotation == 270) {
        x = c->area.w - 1 - v;
        y = u;
    }
    return p
        ->data[(size_t)(c->area.y + y) * p->stride + (size_t)(c->area.x + x)];
}

/* The value below which `count` of the pixels lie. */
static int rank(const uint32_t hist[256], uint64_t count)
{
    uint64_t sum = 0;
    int v = 0;

    for (; v < 255; v++) {
        sum += hist[v];
        if (sum > count)
            break;
    }
    return v;
}

/* Map background to 255 and ink to 0. false where there is no contrast. */
static bool normalise(dsc_crop *c, bool dark)
{
    size_t n = (size_t)c->w * (size_t)c->h;
    uint32_t hist[256] = {0};
    int paper, ink;

    if (!dark)
        for (size_t i = 0; i < n; i++)
            c->px[i] = (uint8_t)(255 - c->px[i]);
    for (size_t i = 0; i < n; i++)
        hist[c->px[i]]++;
    /* Ink covers at most half of a line; its darkest few per cent are core
     * of strokes. */
    paper = rank(hist, n * 6 / 10);
    ink = rank(hist, n / 50);
    if (paper - ink < MIN_CONTRAST)
        return false;
    for (size_t i = 0; i < n; i++) {
        int v = (c->px[i] - ink) * 255 / (paper - ink);
        c->px[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
    return true;
}

dsc_status dsc_ocr__crop(dsc_crop *out, const dsc_plane *plane,
                         const dsc_text_box *line, dsc_error *err)
{
    dsc_rect box = dsc_rect_clip(line->box, plane->columns, plane->rows);
    int32_t text_h = line->rotation ? box.w : box.h;
    int32_t grow = text_h / 8 < 2 ? 2 : text_h / 8;
    bool turned = line->rotation != 0;
    dsc_crop c = {0};

    *out = c;
    if (line->rotation != 0 && line->rotation != 90 && line->rotation != 270)
        return dsc_fail(err, DSC_USAGE,
                        "a line of text can be turned by 0, "
                        "90 or 270 degrees only");
    if (box.w < 3 || box.h < 3 || box.w > CROP_MAX_PX || box.h > CROP_MAX_PX)
        return DSC_OK;
    c.area = dsc_rect_clip(dsc_rect_grow(box, grow, grow), plane->columns,
                           plane->rows);
    c.w = turned ? c.area.h : c.area.w;
    c.h = turned ? c.area.w : c.area.h;
    c.text_h = text_h;
    c.rotation = line->rotation;
    c.px = dsc_alloc((size_t)c.w * (size_t)c.h);
    if (!c.px)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (int32_t v = 0; v < c.h; v++)
        for (int32_t u = 0; u < c.w; u++)
            c.px[(size_t)v * (size_t)c.w + (size_t)u] =
                upright_at(plane, &c, u, v);
    if (!normalise(&c, line->dark))
        dsc_ocr__crop_free(&c);
    *out = c;
    return DSC_OK;
}

void dsc_ocr__crop_free(dsc_crop *crop)
{
    if (crop->px)
        dsc_wipe_free(crop->px, (size_t)crop->w * (size_t)crop->h);
    *crop = (dsc_crop){0};
}

dsc_rect dsc_ocr__to_plane(const dsc_crop *c, dsc_rect r)
{
    dsc_rect p = r;

    if (c->rotation == 90)
        p = (dsc_rect){r.y, c->area.h - r.x - r.w, r.h, r.w};
    else if (c->rotation == 270)
        p = (dsc_rect){c->area.w - r.y - r.h, r.x, r.h, r.w};
    p.x += c->area.x;
    p.y += c->area.y;
    return p;
}

/* ---- scaling ---- */

/* Catmull-Rom, |x| < 2. */
static double cubic(double x)
{
    x = fabs(x);
    if (x < 1)
        return (1.5 * x - 2.5) * x * x + 1;
    if (x < 2)
        return ((-0.5 * x + 2.5) * x - 4) * x + 2;
    return 0;
}

/* Scale one row or column of n samples, `step` apart, to m samples. The kernel
 * widens when the line shrinks, so that it averages. */
static void resample(const uint8_t *src, size_t sstep, int32_t n, uint8_t *dst,
                     size_t dstep, int32_t m, double scale)
{
    double width = scale < 1 ? 1 / scale : 1;

    for (int32_t i = 0; i < m; i++) {
        double mid = (i + 0.5) / scale - 0.5;
        int32_t a = (int32_t)floor(mid - 2 * width) + 1;
        int32_t b = (int32_t)ceil(mid + 2 * width) - 1;
        double sum = 0, weight = 0;
        for (int32_t j = a; j <= b; j++) {
            int32_t k = j < 0 ? 0 : j >= n ? n - 1 : j;
            double w = cubic((j - mid) / width);
            sum += w * src[(size_t)k * sstep];
            weight += w;
        }
        sum = sum / weight + 0.5;
        dst[(size_t)i * dstep] = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
    }
}

static int32_t scaled_px(int32_t px, double scale)
{
    int32_t n = (int32_t)(px * scale + 0.5);

    return n < 3 ? 3 : n;
}

/* The crop's pixels scaled, as w x h of rows that are `stride` apart. */
static dsc_status scale_into(const dsc_crop *crop, double scale, uint8_t *dst,
                             int32_t w, int32_t h, size_t stride,
                             dsc_error *err)
{
    size_t size = (size_t)crop->w * (size_t)h;
    uint8_t *tall = dsc_alloc(size);

    if (!tall)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (int32_t x = 0; x < crop->w; x++)
        resample(crop->px + x, (size_t)crop->w, crop->h, tall + x,
                 (size_t)crop->w, h, scale);
    for (int32_t y = 0; y < h; y++)
        resample(tall + (size_t)y * (size_t)crop->w, 1, crop->w,
                 dst + (size_t)y * stride, 1, w, scale);
    dsc_wipe_free(tall, size);
    return DSC_OK;
}

dsc_status dsc_ocr__larger(dsc_crop *out, const dsc_crop *crop, double scale,
                           dsc_error *err)
{
    dsc_crop c = {.w = scaled_px(crop->w, scale),
                  .h = scaled_px(crop->h, scale),
                  .text_h = scaled_px(crop->text_h, scale),
                  .area = crop->area,
                  .rotation = crop->rotation};
    dsc_status st;

    c.px = dsc_alloc((size_t)c.w * (size_t)c.h);
    if (!c.px)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    st = scale_into(crop, scale, c.px, c.w, c.h, (size_t)c.w, err);
    if (st)
        dsc_ocr__crop_free(&c);
    *out = c;
    return st;
}

dsc_status dsc_ocr__sheet(dsc_sheet *out, const dsc_crop *crop, dsc_error *err)
{
    int32_t longest = crop->w > crop->h ? crop->w : crop->h;
    dsc_sheet s = {.border = BORDER_PX,
                   .scale = (double)TEXT_PX / crop->text_h};
    dsc_status st;
    int32_t w, h;

    if (s.scale * longest > SHEET_MAX_PX)
        s.scale = (double)SHEET_MAX_PX / longest;
    w = scaled_px(crop->w, s.scale);
    h = scaled_px(crop->h, s.scale);
    s.w = w + 2 * BORDER_PX;
    s.h = h + 2 * BORDER_PX;
    s.px = dsc_alloc((size_t)s.w * (size_t)s.h);
    if (!s.px)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    memset(s.px, 255, (size_t)s.w * (size_t)s.h);
    st = scale_into(crop, s.scale,
                    s.px + (size_t)BORDER_PX * (size_t)s.w + BORDER_PX, w, h,
                    (size_t)s.w, err);
    if (st)
        dsc_ocr__sheet_free(&s);
    *out = s;
    return st;
}

void dsc_ocr__sheet_free(dsc_sheet *sheet)
{
    if (sheet->px)
        dsc_wipe_free(sheet->px, (size_t)sheet->w * (size_t)sheet->h);
    sheet->px = NULL;
}
