/* SPDX-License-Identifier: Apache-2.0 */
#include "draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cairo/cairo.h>

enum {
    INK = 90
}; /* coverage that counts as ink */

canvas canvas_make(uint32_t w, uint32_t h, int grey)
{
    canvas c = {malloc((size_t)w * h), calloc(w, h), w, h};
    memset(c.px, grey, (size_t)w * h);
    return c;
}

void canvas_free(canvas *c)
{
    free(c->px);
    free(c->ink);
    *c = (canvas){0};
}

dsc_plane canvas_plane(const canvas *c)
{
    return (dsc_plane){c->px, c->w, c->h, c->w};
}

static void set_font(cairo_t *cr, const stroke *s)
{
    const char *family = s->mono    ? "DejaVu Sans Mono"
                         : s->serif ? "DejaVu Serif"
                                    : "DejaVu Sans";
    cairo_font_options_t *o = cairo_font_options_create();

    cairo_select_font_face(cr, family, CAIRO_FONT_SLANT_NORMAL,
                           s->bold ? CAIRO_FONT_WEIGHT_BOLD
                                   : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, s->size);
    cairo_font_options_set_antialias(o, s->sharp ? CAIRO_ANTIALIAS_NONE
                                                 : CAIRO_ANTIALIAS_GRAY);
    cairo_set_font_options(cr, o);
    cairo_font_options_destroy(o);
}

/* Coverage of the text (or of its rim) as an A8 surface. */
static cairo_surface_t *coverage(const canvas *c, const stroke *s, bool rim)
{
    cairo_surface_t *surf =
        cairo_image_surface_create(CAIRO_FORMAT_A8, (int)c->w, (int)c->h);
    cairo_t *cr = cairo_create(surf);
    cairo_text_extents_t e;

    set_font(cr, s);
    cairo_text_extents(cr, s->text, &e);
    cairo_translate(cr, s->x, s->y);
    if (s->rotation == 90) {
        cairo_translate(cr, 0, ceil(e.width));
        cairo_rotate(cr, -M_PI / 2);
    } else if (s->rotation == 270) {
        cairo_translate(cr, ceil(e.height), 0);
        cairo_rotate(cr, M_PI / 2);
    }
    cairo_move_to(cr, -e.x_bearing, -e.y_bearing);
    if (rim) {
        cairo_text_path(cr, s->text);
        cairo_set_line_width(cr, 3);
        cairo_stroke(cr);
    } else {
        cairo_show_text(cr, s->text);
    }
    cairo_destroy(cr);
    cairo_surface_flush(surf);
    return surf;
}

static dsc_rect blend(canvas *c, cairo_surface_t *surf, int grey, bool is_ink)
{
    const uint8_t *a = cairo_image_surface_get_data(surf);
    size_t stride = (size_t)cairo_image_surface_get_stride(surf);
    dsc_rect box = {0};

    for (uint32_t y = 0; y < c->h; y++)
        for (uint32_t x = 0; x < c->w; x++) {
            int v = a[y * stride + x];
            uint8_t *p = &c->px[(size_t)y * c->w + x];
            uint8_t *ink = &c->ink[(size_t)y * c->w + x];
            *p = (uint8_t)((*p * (255 - v) + grey * v + 127) / 255);
            if (!is_ink || v < INK)
                continue;
            *ink = (uint8_t)(v > *ink ? v : *ink);
            box = dsc_rect_union(box, (dsc_rect){(int32_t)x, (int32_t)y, 1, 1});
        }
    return box;
}

dsc_rect canvas_write(canvas *c, const stroke *s)
{
    cairo_surface_t *surf;
    dsc_rect box;

    if (s->outline >= 0) {
        surf = coverage(c, s, true);
        blend(c, surf, s->outline, false);
        cairo_surface_destroy(surf);
    }
    surf = coverage(c, s, false);
    box = blend(c, surf, s->ink, true);
    cairo_surface_destroy(surf);
    return box;
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

void canvas_speckle(canvas *c, int mean, int amplitude, int smooth,
                    uint32_t seed)
{
    size_t w = c->w, h = c->h;
    int *v = malloc(w * h * sizeof *v), *u = malloc(w * h * sizeof *u);
    uint32_t state = seed | 1u;

    for (size_t i = 0; i < w * h; i++)
        v[i] = (int)(next_random(&state) % 2001) - 1000;
    for (int k = 0; k < smooth; k++) {
        memcpy(u, v, w * h * sizeof *v);
        for (size_t y = 1; y + 1 < h; y++)
            for (size_t x = 1; x + 1 < w; x++)
                v[y * w + x] =
                    (u[y * w + x] * 2 + u[y * w + x - 1] + u[y * w + x + 1] +
                     u[(y - 1) * w + x] + u[(y + 1) * w + x]) /
                    4;
    }
    for (size_t i = 0; i < w * h; i++) {
        int p = mean + v[i] * amplitude / 1000;
        c->px[i] = (uint8_t)(p < 0 ? 0 : p > 255 ? 255 : p);
    }
    free(v);
    free(u);
}

static uint8_t *paint(const canvas *c, const dsc_rect *boxes, size_t n)
{
    uint8_t *m = calloc(c->w, c->h);

    for (size_t i = 0; i < n; i++) {
        dsc_rect r = dsc_rect_clip(boxes[i], c->w, c->h);
        for (int32_t y = r.y; y < r.y + r.h; y++)
            memset(m + (size_t)y * c->w + (size_t)r.x, 1, (size_t)r.w);
    }
    return m;
}

double canvas_covered(const canvas *c, const dsc_rect *boxes, size_t n)
{
    uint8_t *m = paint(c, boxes, n);
    size_t ink = 0, under = 0;

    for (size_t i = 0; i < (size_t)c->w * c->h; i++)
        if (c->ink[i]) {
            ink++;
            under += m[i];
        }
    free(m);
    return ink ? (double)under / (double)ink : 0;
}

double canvas_area(const canvas *c, const dsc_rect *boxes, size_t n)
{
    uint8_t *m = paint(c, boxes, n);
    size_t under = 0;

    for (size_t i = 0; i < (size_t)c->w * c->h; i++)
        under += m[i];
    free(m);
    return (double)under / ((double)c->w * c->h);
}
