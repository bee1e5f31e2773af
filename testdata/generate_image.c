/* SPDX-License-Identifier: Apache-2.0
 *
 * From what is shown on a canvas to stored samples.
 */
#include "generate.h"

#include <string.h>

typedef struct format {
    gen_pixfmt id;
    int canvas_ch, samples, alloc, stored, high;
    bool is_signed, inverted;
    int planar;
    const char *photometric;
} format;

static const format formats[] = {
    {GEN_GREY8, 1, 1, 8, 8, 7, 0, 0, 0, "MONOCHROME2"},
    {GEN_GREY8_M1, 1, 1, 8, 8, 7, 0, 1, 0, "MONOCHROME1"},
    {GEN_RGB, 3, 3, 8, 8, 7, 0, 0, 0, "RGB"},
    {GEN_RGB_PLANAR, 3, 3, 8, 8, 7, 0, 0, 1, "RGB"},
    {GEN_YBR_FULL, 3, 3, 8, 8, 7, 0, 0, 0, "YBR_FULL"},
    {GEN_YBR_FULL_422, 3, 3, 8, 8, 7, 0, 0, 0, "YBR_FULL_422"},
    {GEN_YBR_PARTIAL_422, 3, 3, 8, 8, 7, 0, 0, 0, "YBR_PARTIAL_422"},
    {GEN_PALETTE8, 1, 1, 8, 8, 7, 0, 0, 0, "PALETTE COLOR"},
    {GEN_PALETTE16, 1, 1, 16, 16, 15, 0, 0, 0, "PALETTE COLOR"},
    {GEN_BIT1, 1, 1, 1, 1, 0, 0, 0, 0, "MONOCHROME2"},
    {GEN_GREY10, 1, 1, 16, 10, 9, 0, 0, 0, "MONOCHROME2"},
    {GEN_GREY12, 1, 1, 16, 12, 11, 0, 0, 0, "MONOCHROME2"},
    {GEN_GREY12_M1, 1, 1, 16, 12, 11, 0, 1, 0, "MONOCHROME1"},
    {GEN_GREY12_HIGH, 1, 1, 16, 12, 15, 0, 0, 0, "MONOCHROME2"},
    {GEN_GREY12_EMBEDDED, 1, 1, 16, 12, 11, 0, 0, 0, "MONOCHROME2"},
    {GEN_GREY14_M1, 1, 1, 16, 14, 13, 0, 1, 0, "MONOCHROME1"},
    {GEN_GREY16, 1, 1, 16, 16, 15, 0, 0, 0, "MONOCHROME2"},
    {GEN_SIGNED16, 1, 1, 16, 16, 15, 1, 0, 0, "MONOCHROME2"},
    {GEN_SIGNED12, 1, 1, 16, 12, 11, 1, 0, 0, "MONOCHROME2"},
    {GEN_GREY32, 1, 1, 32, 32, 31, 0, 0, 0, "MONOCHROME2"},
    {GEN_RGB16, 3, 3, 16, 16, 15, 0, 0, 0, "RGB"},
};

enum {
    PALETTE16_ENTRIES = 1024
};

static const format *find_format(gen_pixfmt id)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (formats[i].id == id)
            return &formats[i];
    gen_die("unknown format");
}

/* White on the canvas. */
static int32_t canvas_max(const format *f)
{
    if (f->id == GEN_PALETTE16)
        return PALETTE16_ENTRIES - 1;
    if (f->alloc <= 8 || f->id == GEN_GREY32)
        return 255;
    return (1 << f->stored) - 1;
}

static void put_sample(gen_buf *b, const format *f, uint32_t v)
{
    if (f->stored < 32)
        v &= (1u << f->stored) - 1;
    v <<= f->high + 1 - f->stored;
    for (int i = 0; i < f->alloc / 8; i++)
        gen_put8(b, v >> (8 * i) & 0xff);
}

static void pack_grey(gen_buf *b, const format *f, const gen_canvas *c)
{
    int32_t max = canvas_max(f);
    for (size_t i = 0; i < (size_t)c->w * (size_t)c->h; i++) {
        int32_t v = c->v[i];
        int32_t lo = f->is_signed ? -32768 : 0;
        v = v < lo ? lo : v > max ? max : v;
        if (f->inverted)
            v = max - v;
        /* The darkest palette entry is the last one: see make_palette. */
        if (f->id == GEN_PALETTE8 || f->id == GEN_PALETTE16)
            v = max - v;
        put_sample(b, f,
                   f->id == GEN_GREY32 ? (uint32_t)v * 0x00fedcbau
                                       : (uint32_t)v);
    }
}

static unsigned byte_of(double v)
{
    return v < 0 ? 0 : v > 255 ? 255 : (unsigned)(v + 0.5);
}

static void ybr(const int32_t *rgb, bool partial, unsigned out[3])
{
    double r = rgb[0], g = rgb[1], b = rgb[2];
    if (partial) {
        out[0] = byte_of(0.2568 * r + 0.5041 * g + 0.0979 * b + 16);
        out[1] = byte_of(-0.1482 * r - 0.2910 * g + 0.4392 * b + 128);
        out[2] = byte_of(0.4392 * r - 0.3678 * g - 0.0714 * b + 128);
        return;
    }
    out[0] = byte_of(0.2990 * r + 0.5870 * g + 0.1140 * b);
    out[1] = byte_of(-0.1687 * r - 0.3313 * g + 0.5 * b + 128);
    out[2] = byte_of(0.5 * r - 0.4187 * g - 0.0813 * b + 128);
}

static void pack_colour(gen_buf *b, const format *f, const gen_canvas *c)
{
    size_t n = (size_t)c->w * (size_t)c->h;
    bool sub = f->id == GEN_YBR_FULL_422 || f->id == GEN_YBR_PARTIAL_422;
    if (sub && c->w % 2)
        gen_die("4:2:2 needs an even width");
    for (size_t i = 0; i < n; i++) {
        const int32_t *v = c->v + 3 * i;
        if (f->photometric[0] == 'R') {
            for (int k = 0; k < 3; k++)
                put_sample(b, f, (uint32_t)v[k]);
            continue;
        }
        unsigned o[3], o2[3];
        ybr(v, f->id == GEN_YBR_PARTIAL_422, o);
        if (!sub) {
            for (int k = 0; k < 3; k++)
                gen_put8(b, o[k]);
            continue;
        }
        ybr(v + 3, f->id == GEN_YBR_PARTIAL_422, o2);
        gen_put8(b, o[0]);
        gen_put8(b, o2[0]);
        gen_put8(b, (o[1] + o2[1] + 1) / 2);
        gen_put8(b, (o[2] + o2[2] + 1) / 2);
        i++;
    }
}

/* A warm grey ramp that runs from bright to dark. */
static void make_palette(gen_image *img)
{
    img->lut_entries = img->alloc == 8 ? 256 : PALETTE16_ENTRIES;
    img->lut_bits = img->alloc == 8 ? 8 : 16;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < img->lut_entries; i++) {
            int v = (img->lut_entries - 1 - i) * 255 / (img->lut_entries - 1);
            int c = k == 2 ? v * v / 255 : k == 1 ? (v * 230) / 255 : v;
            if (img->lut_bits == 8)
                gen_put8(&img->lut[k], (unsigned)c);
            else
                gen_put16(&img->lut[k], (unsigned)c * 257u, false);
        }
}

static void pack_bits(gen_image *img, const gen_canvas *c, int frame)
{
    size_t n = (size_t)c->w * (size_t)c->h, at = (size_t)frame * n;
    if (frame == 0)
        gen_put_zero(&img->bits, (n * (size_t)img->frames + 7) / 8);
    for (size_t i = 0; i < n; i++, at++) {
        unsigned bit = c->v[i] >= 128;
        img->bits.p[at / 8] |= (uint8_t)(bit << at % 8);
        gen_put8(&img->frame[frame], bit);
    }
}

/* Overlay text in the bit above the stored ones. */
static void embed_overlay(gen_image *img, const gen_person *who)
{
    gen_canvas c = gen_canvas_new(img->w, img->h, 1, 255);
    gen_scene s = {img->w, img->h, 1, 1, 0, 255, who, &c, &img->truth};
    gen_scene_overlay(&s);
    for (size_t i = 0; i < (size_t)img->w * (size_t)img->h; i++)
        if (c.v[i] >= 128)
            img->frame[0].p[2 * i + 1] |= 0x10;
}

gen_image *gen_image_draw(gen_scene_fn fn, gen_pixfmt id, int w, int h,
                          int frames, const gen_person *who)
{
    const format *f = find_format(id);
    gen_image *img = gen_alloc(sizeof(*img));
    if (frames > GEN_MAX_FRAMES)
        gen_die("too many frames");
    gen_plant_person(who);
    *img = (gen_image){.w = w,
                       .h = h,
                       .frames = frames,
                       .samples = f->samples,
                       .alloc = f->alloc,
                       .stored = f->stored,
                       .high = f->high,
                       .planar = f->planar,
                       .is_signed = f->is_signed,
                       .inverted = f->inverted,
                       .format = id,
                       .photometric = f->photometric};
    img->truth.frames = frames;
    for (int i = 0; i < frames; i++) {
        gen_canvas c = gen_canvas_new(w, h, f->canvas_ch, canvas_max(f));
        gen_scene s = {w,   h,  f->canvas_ch, frames, i, canvas_max(f),
                       who, &c, &img->truth};
        fn(&s);
        if (f->id == GEN_BIT1)
            pack_bits(img, &c, i);
        else if (f->canvas_ch == 1)
            pack_grey(&img->frame[i], f, &c);
        else
            pack_colour(&img->frame[i], f, &c);
    }
    if (id == GEN_PALETTE8 || id == GEN_PALETTE16)
        make_palette(img);
    if (id == GEN_GREY12_EMBEDDED)
        embed_overlay(img, who);
    return img;
}
