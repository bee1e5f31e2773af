/* SPDX-License-Identifier: Apache-2.0
 *
 * 8-bit views of frames of any kind. Monochrome and palette pixels are looked
 * up or windowed; colour goes through three rows of 8-bit channels. */
#include "blit/blit_priv.h"
#include "blit/scalar_p.h"

#include <string.h>

#define CHUNK_PX 512u /* even, for pairs */

/* ---- memory ---- */

dsc_status dsc_view_alloc(dsc_view *view, uint32_t columns, uint32_t rows,
                          dsc_error *err)
{
    size_t stride = ((size_t)columns + 63) / 64 * 64, size;

    if (!columns || !rows || !dsc_mul(stride, rows, &size))
        return dsc_fail(err, DSC_BADFILE, "impossible view size");
    if (view->data && view->size == size) {
        memset(view->data, 0, size);
    } else {
        dsc_view_free(view);
        view->data = dsc_alloc(size);
        if (!view->data)
            return dsc_fail(err, DSC_NOMEM, "out of memory (view of %zu bytes)",
                            size);
    }
    view->columns = columns;
    view->rows = rows;
    view->stride = stride;
    view->size = size;
    return DSC_OK;
}

void dsc_view_free(dsc_view *view)
{
    dsc_wipe_free(view->data, view->size);
    *view = (dsc_view){0};
}

/* ---- one value at a time ---- */

/* All that decides the view byte of a stored value. */
typedef struct shade {
    const dsc_format *fmt;
    const dsc_palette *palette; /* NULL: through the scale */
    dsc_view_kind kind;
    dsc_blit__scale scale;
    bool whole_bytes; /* unsigned samples of 8 stored bits: shown as they are */
    uint8_t *table;   /* view byte of each word, for samples of up to 16 bits */
} shade;

static uint8_t shade_value(const shade *s, int64_t value)
{
    const dsc_palette *p = s->palette;
    const uint8_t *rgb;
    int64_t i;

    if (!p)
        return dsc_blit__scale_value(&s->scale, value);
    i = value - p->first;
    if (i < 0)
        i = 0;
    if (i >= (int64_t)p->count)
        i = (int64_t)p->count - 1;
    rgb = p->rgb + 3 * (size_t)i;
    switch (s->kind) {
    case DSC_VIEW_CHROMA:
        return spread(rgb[0], rgb[1], rgb[2]);
    case DSC_VIEW_GREEN:
        return green(rgb[0], rgb[1], rgb[2]);
    case DSC_VIEW_COOL:
        return cool(rgb[0], rgb[1], rgb[2]);
    default:
        return strongest(rgb[0], rgb[1], rgb[2]);
    }
}

static uint8_t shade_word(const shade *s, uint32_t word)
{
    if (s->table)
        return s->table[word];
    return shade_value(s, dsc_stored_value(s->fmt, word));
}

static dsc_status make_table(shade *s, dsc_error *err)
{
    size_t words = (size_t)1 << (8 * dsc_sample_bytes(s->fmt));
    uint8_t *table;

    if (dsc_sample_bytes(s->fmt) > 2)
        return DSC_OK;
    table = dsc_alloc(words);
    if (!table)
        return dsc_fail(err, DSC_NOMEM, "out of memory (view table)");
    for (size_t w = 0; w < words; w++)
        table[w] = shade_value(s, dsc_stored_value(s->fmt, (uint32_t)w));
    s->table = table;
    return DSC_OK;
}

/* ---- one sample a pixel ---- */

static void render_samples(const dsc_blit *blit, dsc_view *view,
                           const dsc_frame *frame, const shade *s)
{
    size_t bytes = dsc_sample_bytes(&frame->fmt);
    size_t columns = frame->fmt.columns;
    bool kernel = !s->palette && s->scale.has_ramp;

    for (size_t y = 0; y < frame->fmt.rows; y++) {
        const uint8_t *in = frame->data + y * columns * bytes;
        uint8_t *out = view->data + y * view->stride;

        if (kernel && bytes == 1) {
            blit->window_u8(out, in, columns, &s->scale.ramp);
        } else if (kernel) {
            blit->window_u16(out, in, columns, &s->scale.ramp);
        } else {
            for (size_t x = 0; x < columns; x++)
                out[x] = shade_word(s, dsc_blit__word(in, bytes, x));
        }
    }
}

static dsc_status render_grey(const dsc_blit *blit, dsc_view *view,
                              const dsc_frame *frame, shade *s, dsc_error *err)
{
    dsc_status st = DSC_OK;

    if (s->palette || !s->scale.has_ramp)
        st = make_table(s, err);
    if (!st)
        render_samples(blit, view, frame, s);
    dsc_free(s->table);
    s->table = NULL;
    return st;
}

/* ---- three samples a pixel ---- */

static dsc_rgb_fn *rgb_kernel(const dsc_blit *blit, dsc_view_kind kind)
{
    dsc_rgb_fn *const kernels[DSC_VIEW_KINDS] = {
        [DSC_VIEW_LUMA] = blit->max_rgb,
        [DSC_VIEW_CHROMA] = blit->spread_rgb,
        [DSC_VIEW_GREEN] = blit->green_rgb,
        [DSC_VIEW_COOL] = blit->cool_rgb};

    return kernels[kind];
}

static dsc_planar_fn *planar_kernel(const dsc_blit *blit, dsc_view_kind kind)
{
    dsc_planar_fn *const kernels[DSC_VIEW_KINDS] = {
        [DSC_VIEW_LUMA] = blit->max_planar,
        [DSC_VIEW_CHROMA] = blit->spread_planar,
        [DSC_VIEW_GREEN] = blit->green_planar,
        [DSC_VIEW_COOL] = blit->cool_planar};

    return kernels[kind];
}

/* value + products / 65536, rounded and clamped. Factors of 16 bits and a loop
 * of fixed length are what compilers make vectors of. */
static inline uint8_t add_chroma(int32_t value, int32_t products)
{
    int32_t v = value + ((products + 32768) >> 16);
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* PS3.3 C.7.6.3.1.2: YBR_FULL. Of a chunk that is not full the rest is
 * whatever it was. */
static void full_to_rgb(uint8_t c[3][CHUNK_PX])
{
    uint8_t *restrict r = c[0], *restrict g = c[1], *restrict b = c[2];

    for (size_t i = 0; i < CHUNK_PX; i++) {
        int16_t y = r[i], cb = (int16_t)(g[i] - 128),
                cr = (int16_t)(b[i] - 128);
        r[i] = add_chroma(y + cr, 26345 * cr);
        g[i] = add_chroma(y - cr, -22554 * cb + 18734 * cr);
        b[i] = add_chroma(y + 2 * cb, -14942 * cb);
    }
}

/* YBR_PARTIAL: Y 16..235, chroma 16..240. */
static void partial_to_rgb(uint8_t c[3][CHUNK_PX])
{
    uint8_t *restrict r = c[0], *restrict g = c[1], *restrict b = c[2];

    for (size_t i = 0; i < CHUNK_PX; i++) {
        int16_t y = (int16_t)(r[i] - 16), cb = (int16_t)(g[i] - 128);
        int16_t cr = (int16_t)(b[i] - 128);
        int32_t grey = 10773 * y;
        r[i] = add_chroma(y + 2 * cr, grey - 26475 * cr);
        g[i] = add_chroma(y - cr, grey - 25675 * cb + 12257 * cr);
        b[i] = add_chroma(y + 2 * cb, grey + 1129 * cb);
    }
}

static void load_triples(uint8_t c[3][CHUNK_PX], const uint8_t *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 3; k++)
            c[k][i] = in[3 * i + k];
}

static void load_pairs(uint8_t c[3][CHUNK_PX], const uint8_t *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *pair = pairs + i / 2 * 4;
        c[0][i] = pair[i % 2];
        c[1][i] = pair[2];
        c[2][i] = pair[3];
    }
}

/* Channel values of `n` pixels from column x on, 8 bits each; x is even. */
static void load_channels(uint8_t c[3][CHUNK_PX], const dsc_frame *frame,
                          const dsc_blit__geometry *geo, const shade *s,
                          size_t y, size_t x, size_t n)
{
    size_t bytes = dsc_sample_bytes(&frame->fmt);
    const uint8_t *row = frame->data + y * geo->stride;

    if (frame->fmt.layout == DSC_YBR422) {
        load_pairs(c, row + 2 * x, n);
        for (size_t k = 0; k < 3 && s->table; k++)
            for (size_t i = 0; i < n; i++)
                c[k][i] = s->table[c[k][i]];
        return;
    }
    if (s->whole_bytes && frame->fmt.layout != DSC_PLANAR) {
        load_triples(c, row + 3 * x, n);
        return;
    }
    for (size_t k = 0; k < 3; k++) {
        bool planar = frame->fmt.layout == DSC_PLANAR;
        const uint8_t *in = planar ? row + k * geo->plane_bytes : row;
        size_t at = planar ? x : 3 * x + k, step = planar ? 1 : 3;

        if (s->whole_bytes) {
            memcpy(c[k], in + at, n);
            continue;
        }
        for (size_t i = 0; i < n; i++, at += step)
            c[k][i] = shade_word(s, dsc_blit__word(in, bytes, at));
    }
}

static void render_converted(const dsc_blit *blit, dsc_view *view,
                             const dsc_frame *frame,
                             const dsc_blit__geometry *geo, const shade *s)
{
    dsc_planar_fn *kernel = planar_kernel(blit, s->kind);
    dsc_photometric p = frame->fmt.photometric;
    uint8_t c[3][CHUNK_PX] = {{0}};

    for (size_t y = 0; y < frame->fmt.rows; y++) {
        for (size_t x = 0, n; x < frame->fmt.columns; x += n) {
            n = frame->fmt.columns - x;
            if (n > CHUNK_PX)
                n = CHUNK_PX;
            load_channels(c, frame, geo, s, y, x, n);
            if (p == DSC_YBR_FULL || p == DSC_YBR_FULL_422)
                full_to_rgb(c);
            else if (p == DSC_YBR_PARTIAL_422 || p == DSC_YBR_PARTIAL_420)
                partial_to_rgb(c);
            kernel(view->data + y * view->stride + x, c[0], c[1], c[2], n);
        }
    }
}

/* Whole bytes of RGB need no conversion. */
static void render_rgb(const dsc_blit *blit, dsc_view *view,
                       const dsc_frame *frame, const dsc_blit__geometry *geo,
                       dsc_view_kind kind)
{
    dsc_planar_fn *planar = planar_kernel(blit, kind);
    dsc_rgb_fn *rgb = rgb_kernel(blit, kind);

    for (size_t y = 0; y < frame->fmt.rows; y++) {
        const uint8_t *in = frame->data + y * geo->stride;
        uint8_t *out = view->data + y * view->stride;
        size_t n = frame->fmt.columns;

        if (frame->fmt.layout == DSC_PLANAR)
            planar(out, in, in + geo->plane_bytes, in + 2 * geo->plane_bytes,
                   n);
        else
            rgb(out, in, n);
    }
}

static bool is_ybr(dsc_photometric p)
{
    return p == DSC_YBR_FULL || p == DSC_YBR_FULL_422 ||
           p == DSC_YBR_PARTIAL_422 || p == DSC_YBR_PARTIAL_420;
}

static dsc_status render_colour(const dsc_blit *blit, dsc_view *view,
                                const dsc_frame *frame,
                                const dsc_blit__geometry *geo, shade *s,
                                dsc_error *err)
{
    const dsc_format *fmt = &frame->fmt;
    dsc_status st = DSC_OK;

    s->whole_bytes =
        dsc_sample_bytes(fmt) == 1 && fmt->bits_stored == 8 && !fmt->is_signed;
    if (s->whole_bytes && !is_ybr(fmt->photometric) &&
        fmt->layout != DSC_YBR422) {
        render_rgb(blit, view, frame, geo, s->kind);
        return DSC_OK;
    }
    if (!s->whole_bytes)
        st = make_table(s, err);
    if (!st)
        render_converted(blit, view, frame, geo, s);
    dsc_free(s->table);
    s->table = NULL;
    return st;
}

/* ---- the entrance ---- */

static dsc_status check_frame(const dsc_frame *frame, dsc_view_kind kind,
                              const dsc_palette *palette, dsc_error *err)
{
    const dsc_format *fmt = &frame->fmt;
    bool mono = fmt->photometric == DSC_MONOCHROME1 ||
                fmt->photometric == DSC_MONOCHROME2;
    bool single = mono || fmt->photometric == DSC_PALETTE_COLOR;

    if (!dsc_blit__bits_ok(fmt))
        return dsc_fail(err, DSC_BADFILE,
                        "Bits Stored %u and High Bit %u do not fit Bits "
                        "Allocated %u",
                        fmt->bits_stored, fmt->high_bit, fmt->bits_allocated);
    if (fmt->samples != (single ? 1u : 3u))
        return dsc_fail(err, DSC_BADFILE, "%s with %u samples per pixel",
                        dsc_photometric_name(fmt->photometric), fmt->samples);
    if (fmt->photometric == DSC_PALETTE_COLOR &&
        (!palette || !palette->count || !palette->rgb))
        return dsc_fail(err, DSC_BADFILE, "PALETTE COLOR without a palette");
    if (mono && kind != DSC_VIEW_LUMA)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "a monochrome frame has no colour");
    return DSC_OK;
}

dsc_status dsc_view_render(const dsc_blit *blit, dsc_view *view,
                           const dsc_frame *frame, dsc_view_kind kind,
                           const dsc_window *window, const dsc_palette *palette,
                           dsc_error *err)
{
    const dsc_format *fmt = &frame->fmt;
    shade s = {.fmt = fmt, .kind = kind};
    dsc_blit__geometry geo;
    dsc_status st;

    if (!dsc_blit__geometry_of(frame, &geo))
        return dsc_fail(err, DSC_BADFILE, "impossible frame");
    st = check_frame(frame, kind, palette, err);
    if (!st)
        st = dsc_view_alloc(view, fmt->columns, fmt->rows, err);
    if (st)
        return st;
    if (fmt->photometric == DSC_PALETTE_COLOR)
        s.palette = palette;
    dsc_blit__scale_make(&s.scale, fmt, fmt->samples == 1 ? window : NULL,
                         fmt->photometric == DSC_MONOCHROME1);
    if (fmt->samples == 1)
        return render_grey(blit, view, frame, &s, err);
    return render_colour(blit, view, frame, &geo, &s, err);
}

uint32_t dsc_palette_darkest(const dsc_palette *palette)
{
    uint32_t best = 0;
    unsigned lowest = UINT32_MAX;

    for (uint32_t i = 0; i < palette->count; i++) {
        const uint8_t *rgb = palette->rgb + 3 * (size_t)i;
        /* The strongest channel decides, as in the views, then brightness. */
        unsigned light = (unsigned)strongest(rgb[0], rgb[1], rgb[2]) << 16 |
                         (299u * rgb[0] + 587u * rgb[1] + 114u * rgb[2]) / 1000;
        if (light < lowest) {
            lowest = light;
            best = i;
        }
    }
    return (uint32_t)palette->first + best;
}
