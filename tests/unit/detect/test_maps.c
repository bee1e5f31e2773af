/* SPDX-License-Identifier: Apache-2.0
 *
 * The net's maps against its layers written out plainly, from the same file,
 * with nothing left out. */
#include "base/cpu.h"
#include "base/file.h"
#include "detect/net.h"
#include "draw.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHTS MODELS "/textdet/textdet.bin"
#define WIDE    MODELS "/textdet/wide.bin"

enum {
    TOP = 127,
    HEAD = 8,
    CELL = 4,     /* pixels */
    NEAR = 4,     /* cells from an edge: there is looked for text */
    FAINTEST = 3, /* levels of an edge */
    HINTED = -48,
    ROUNDS = 6
};

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* ---- plainly ---- */

typedef struct layer {
    uint32_t out, in, kernel, stride, dilation, drop;
    const uint8_t *weights, *scales;
} layer;

typedef struct volume {
    int32_t *v; /* [channel][row][column] */
    uint32_t channels, w, h;
} volume;

static uint32_t u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static const uint8_t *read_layer(layer *l, const uint8_t *p)
{
    size_t n;

    *l = (layer){u32(p),      u32(p + 4),  u32(p + 8), u32(p + 12),
                 u32(p + 16), u32(p + 20), p + 24,     NULL};
    n = (size_t)l->out * l->in * l->kernel * l->kernel;
    l->scales = l->weights + (l->in == 1 ? 2 * n : n);
    return l->scales + 12 * (size_t)l->out;
}

static int32_t weight(const layer *l, size_t i)
{
    if (l->in > 1)
        return (int8_t)l->weights[i];
    return (int16_t)(l->weights[2 * i] | l->weights[2 * i + 1] << 8);
}

static int32_t conv(const layer *l, const volume *in, uint32_t o, uint32_t x,
                    uint32_t y)
{
    uint32_t k = l->kernel;
    int32_t sum = (int32_t)u32(l->scales + 4 * (size_t)o);

    for (uint32_t t = 0; t < k * k; t++) {
        int64_t at_x =
            (int64_t)x * l->stride + ((int64_t)(t % k) - k / 2) * l->dilation;
        int64_t at_y =
            (int64_t)y * l->stride + ((int64_t)(t / k) - k / 2) * l->dilation;
        if (at_x < 0 || at_y < 0 || at_x >= in->w || at_y >= in->h)
            continue;
        for (uint32_t c = 0; c < l->in; c++)
            sum += in->v[((size_t)c * in->h + (size_t)at_y) * in->w +
                         (size_t)at_x] *
                   weight(l, ((size_t)o * k * k + t) * l->in + c);
    }
    return sum;
}

static uint32_t scaled(const layer *l, uint32_t o, uint32_t sum)
{
    uint32_t mult = u32(l->scales + 4 * ((size_t)l->out + o));
    uint32_t shift = u32(l->scales + 4 * (2 * (size_t)l->out + o));

    return (sum * mult + (1u << shift >> 1)) >> shift;
}

static volume volume_make(uint32_t channels, uint32_t w, uint32_t h)
{
    volume out = {calloc((size_t)channels * w * h, sizeof *out.v), channels, w,
                  h};
    cr_assert(out.v);
    return out;
}

/* The next layer's input; `sum` goes from layer to layer of the body. */
static volume apply(const layer *l, const volume *in, volume *sum)
{
    volume out = volume_make(l->out, in->w / l->stride, in->h / l->stride);
    size_t i = 0;

    for (uint32_t o = 0; o < l->out; o++)
        for (uint32_t y = 0; y < out.h; y++)
            for (uint32_t x = 0; x < out.w; x++, i++) {
                int32_t s = conv(l, in, o, x, y);
                uint32_t v = s < 0 ? 0 : scaled(l, o, (uint32_t)s);
                if (sum) {
                    v += (uint32_t)sum->v[i];
                    v = v < UINT16_MAX ? v : UINT16_MAX;
                    sum->v[i] = (int32_t)v;
                }
                v = (v + (1u << l->drop >> 1)) >> l->drop;
                out.v[i] = (int32_t)(v < TOP ? v : TOP);
            }
    return out;
}

static volume apply_head(const layer *l, const volume *in)
{
    volume out = volume_make(HEAD, in->w, in->h);
    size_t i = 0;

    for (uint32_t o = 0; o < HEAD; o++)
        for (uint32_t y = 0; y < out.h; y++)
            for (uint32_t x = 0; x < out.w; x++, i++) {
                int32_t s = conv(l, in, o, x, y);
                uint32_t v = scaled(l, o, (uint32_t)abs(s));
                int32_t top = (int32_t)(v < TOP ? v : TOP);
                out.v[i] = s < 0 ? -top : top;
            }
    return out;
}

/* [2 maps x 4 sub-pixels] */
static volume plain_net(const uint8_t *file, const dsc_plane *plane)
{
    uint32_t count = u32(file + 12);
    const uint8_t *p = file + 16;
    volume now = volume_make(1, plane->columns, plane->rows), sum = {0}, next;
    layer l;

    for (uint32_t y = 0; y < now.h; y++)
        for (uint32_t x = 0; x < now.w; x++)
            now.v[y * now.w + x] = 2 * plane->data[y * plane->stride + x] - 255;
    for (uint32_t i = 0; i < count; i++) {
        p = read_layer(&l, p);
        if (i == 1)
            sum = volume_make(l.out, now.w / 2, now.h / 2);
        next = i + 1 == count ? apply_head(&l, &now)
                              : apply(&l, &now, i ? &sum : NULL);
        free(now.v);
        now = next;
    }
    free(sum.v);
    return now;
}

/* ---- the plane ---- */

/* Two grounds, text on both, noise, a patch that hardly differs, much that is
 * flat; edges at the plane's edge. */
static canvas draw_plane(void)
{
    canvas c = canvas_make(388, 260, 0);
    stroke a = {.text = "SMITH",
                .size = 18,
                .x = 0,
                .y = 90,
                .ink = 230,
                .outline = -1};
    stroke b = {.text = "61 kg",
                .size = 14,
                .x = 330,
                .y = 240,
                .ink = 20,
                .outline = -1};

    for (uint32_t y = 0; y < c.h; y++)
        memset(c.px + y * c.w + 190, 77, c.w - 190);
    for (uint32_t y = 0; y < 40; y++)
        for (uint32_t x = 60; x < 100; x++)
            c.px[y * c.w + x] = (uint8_t)(40 + (x * 37 + y * y * 11) % 90);
    for (uint32_t y = 100; y < 170; y++)
        memset(c.px + y * c.w + 290, 77 + FAINTEST - 1, 50);
    canvas_write(&c, &a);
    canvas_write(&c, &b);
    return c;
}

static bool differ(uint8_t a, uint8_t b)
{
    return abs(a - b) >= FAINTEST;
}

static bool is_edge(const dsc_plane *p, uint32_t cx, uint32_t cy)
{
    for (uint32_t y = cy * CELL; y < (cy + 1) * CELL; y++)
        for (uint32_t x = cx * CELL; x < (cx + 1) * CELL; x++) {
            const uint8_t *at = p->data + y * p->stride + x;
            if ((x && differ(*at, at[-1])) ||
                (y && differ(*at, *(at - p->stride))))
                return true;
        }
    return false;
}

static bool is_near_edge(const dsc_plane *p, uint32_t cx, uint32_t cy)
{
    for (int64_t y = (int64_t)cy - NEAR; y <= cy + NEAR; y++)
        for (int64_t x = (int64_t)cx - NEAR; x <= cx + NEAR; x++)
            if (x >= 0 && y >= 0 && x < p->columns / CELL &&
                y < p->rows / CELL && is_edge(p, (uint32_t)x, (uint32_t)y))
                return true;
    return false;
}

/* Output o of a cell of 4 x 4 pixels. */
static int logit_at(const dsc_net_maps *m, uint32_t o, uint32_t x, uint32_t y)
{
    const int8_t *map = o < HEAD / 2 ? m->text : m->centre;

    return map[(2 * y + o / 2 % 2) * m->stride + 2 * x + o % 2];
}

static bool is_hinted(const dsc_net_maps *hints, uint32_t x, uint32_t y)
{
    bool any = false;

    for (uint32_t o = 0; o < HEAD / 2; o++)
        any |= logit_at(hints, o, x, y) >= HINTED;
    return any;
}

/* Where an edge is near, and a hint if there are any, the maps are the plain
 * net's; elsewhere there is no text. Returns how many cells the plane has
 * elsewhere. */
static uint32_t compare(const dsc_net_maps *m, const volume *plain,
                        const dsc_plane *plane, const dsc_net_maps *hints)
{
    uint32_t far = 0;

    cr_assert_eq(m->w, plane->columns / 2);
    cr_assert_eq(m->h, plane->rows / 2);
    for (uint32_t y = 0; y < plain->h; y++)
        for (uint32_t x = 0; x < plain->w; x++) {
            bool near =
                is_near_edge(plane, x, y) && (!hints || is_hinted(hints, x, y));
            far += !near;
            for (uint32_t o = 0; o < HEAD; o++) {
                int got = logit_at(m, o, x, y);
                int want =
                    near ? plain->v[(o * plain->h + y) * plain->w + x] : -TOP;
                if (!near && o >= HEAD / 2)
                    continue;
                if (hints)
                    want = (3 * want + logit_at(hints, o, x, y)) / 4;
                cr_assert_eq(got, want, "%u of cell %u, %u", o, x, y);
            }
        }
    return far;
}

/* On every level of this CPU, the wide net where the other one gives hints.
 * Returns how many cells it left out. */
static uint32_t check(const dsc_plane *plane)
{
    static const unsigned levels[] = {0,
                                      DSC_CPU_SSE2,
                                      DSC_CPU_AVX2,
                                      DSC_CPU_AVX_VNNI,
                                      DSC_CPU_AVX512_VNNI,
                                      DSC_CPU_NEON};
    dsc_buf file = {0}, wide_file = {0};
    volume plain, wide_plain;
    uint32_t far = 0;

    cr_assert_eq(dsc_read_file(&file, WEIGHTS, 1 << 20, NULL), DSC_OK);
    cr_assert_eq(dsc_read_file(&wide_file, WIDE, 1 << 20, NULL), DSC_OK);
    plain = plain_net(file.data, plane);
    wide_plain = plain_net(wide_file.data, plane);
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        dsc_net *n = NULL, *wide = NULL;
        dsc_net_maps m, wm;
        if ((dsc_cpu_flags() & levels[i]) != levels[i])
            continue;
        cr_assert_eq(dsc_net_load(&n, WEIGHTS, levels[i], NULL), DSC_OK);
        cr_assert_eq(dsc_net_run(n, plane->data, plane->stride, plane->columns,
                                 plane->rows, &m, NULL),
                     DSC_OK);
        compare(&m, &plain, plane, NULL);
        cr_assert_eq(dsc_net_load(&wide, WIDE, levels[i], NULL), DSC_OK);
        cr_assert_eq(dsc_net_run_where(wide, plane->data, plane->stride, &m,
                                       HINTED, &wm, NULL),
                     DSC_OK);
        far = compare(&wm, &wide_plain, plane, &m);
        dsc_net_free(&wide);
        dsc_net_free(&n);
    }
    free(plain.v);
    free(wide_plain.v);
    dsc_buf_free(&file);
    dsc_buf_free(&wide_file);
    return far;
}

Test(maps, are_what_the_layers_give, .timeout = 300)
{
    canvas c = draw_plane();
    dsc_plane plane = canvas_plane(&c);

    cr_assert_gt(check(&plane), 500);
    canvas_free(&c);
}

/* Grounds that hardly differ, in panes of any size, and a few dots: what is
 * needed has holes, and on both sides of a hole may be another grey. */
Test(maps, of_panes_and_dots, .timeout = 300)
{
    uint32_t seed = 1;

    for (int round = 0; round < ROUNDS; round++) {
        canvas c = canvas_make(256, 96, 40);
        dsc_plane plane = canvas_plane(&c);
        for (int i = 0; i < 12; i++) {
            uint32_t x0 = next_random(&seed) % 256;
            uint32_t y0 = next_random(&seed) % 96;
            uint32_t w = next_random(&seed) % (256 - x0) + 1;
            uint32_t h = next_random(&seed) % (96 - y0) + 1;
            uint8_t grey = (uint8_t)(39 + next_random(&seed) % FAINTEST);
            for (uint32_t y = y0; i < 10 && y < y0 + h; y++)
                memset(c.px + y * 256 + x0, grey, w);
            if (i >= 10) /* one of them at the plane's edge */
                c.px[y0 * 256 + (i == 11 ? 255 : x0)] = 200;
        }
        check(&plane);
        canvas_free(&c);
    }
}

/* ---- one plane after another ---- */

static void keep_map(const dsc_net_maps *m, int8_t *out)
{
    for (uint32_t y = 0; y < m->h; y++)
        memcpy(out + (size_t)y * m->w, m->text + y * m->stride, m->w);
}

/* What other planes left behind is never read; and once a plane as large was
 * seen nothing is allocated. */
Test(maps, history_does_not_matter)
{
    static const uint32_t sizes[][2] = {{388, 260}, {64, 260},  {388, 4},
                                        {4, 4},     {132, 132}, {388, 260}};
    static int8_t alone[194 * 130], after[194 * 130];
    canvas c = draw_plane(), noise = canvas_make(388, 260, 90);
    dsc_net *used = NULL;
    dsc_net_maps m;

    canvas_speckle(&noise, 120, 90, 0, 5);
    cr_assert_eq(dsc_net_load(&used, WEIGHTS, dsc_cpu_flags(), NULL), DSC_OK);
    cr_assert_eq(dsc_net_run(used, noise.px, 388, 388, 260, &m, NULL), DSC_OK);
    dsc_alloc_fail_after(1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint32_t w = sizes[i][0], h = sizes[i][1];
        size_t n = (size_t)w / 2 * (h / 2);
        dsc_net *fresh = NULL;
        cr_assert_eq(dsc_net_run(used, noise.px, 388, w, h, &m, NULL), DSC_OK);
        cr_assert_eq(dsc_net_run(used, c.px, 388, w, h, &m, NULL), DSC_OK);
        keep_map(&m, after);
        dsc_alloc_fail_after(0);
        cr_assert_eq(dsc_net_load(&fresh, WEIGHTS, dsc_cpu_flags(), NULL),
                     DSC_OK);
        cr_assert_eq(dsc_net_run(fresh, c.px, 388, w, h, &m, NULL), DSC_OK);
        keep_map(&m, alone);
        cr_assert_arr_eq(alone, after, n, "%u x %u", w, h);
        dsc_net_free(&fresh);
        dsc_alloc_fail_after(1);
    }
    dsc_alloc_fail_after(0);
    dsc_net_free(&used);
    canvas_free(&noise);
    canvas_free(&c);
}
