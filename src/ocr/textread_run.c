/* SPDX-License-Identifier: Apache-2.0
 *
 * A row through the net, layer by layer. What an output depends on is gathered
 * into one run of numbers first, so that all else is sums of products, which
 * compilers make vector code of. Built for each instruction set, whose name
 * TEXTREAD_RUN ends with. */
#include "ocr/textread_priv.h"

#include <string.h>

/* Activations [row][column][channel] with a border of zeros at both ends of
 * each row, and one row of zeros that stands for all that is outside. */
typedef struct map {
    int16_t *px;
    size_t pitch; /* of a row, in numbers */
    uint32_t channels, height;
} map;

typedef struct run {
    int32_t columns;
    map from, to;
    uint16_t *sum; /* the running one: [row][column][channel] */
    int32_t *logits;
    int16_t *patch; /* what one output depends on */
} run;

/* ---- memory ---- */

static size_t row_numbers(uint32_t channels, int32_t columns)
{
    return channels * ((size_t)columns + 2 * TEXTREAD_BORDER);
}

/* The most that a map of any layer takes. */
static size_t map_numbers(const dsc_textread *t, int32_t columns)
{
    size_t most = (TEXTREAD_ROWS + 1) * row_numbers(1, columns);

    for (uint32_t i = 0; i < t->count; i++) {
        const textread_layer *l = &t->layers[i];
        size_t n = (l->height + 1) * row_numbers(l->out, columns);
        most = n > most ? n : most;
    }
    return most;
}

static size_t deepest(const dsc_textread *t)
{
    size_t most = 0;

    for (uint32_t i = 0; i < t->count; i++)
        most = t->layers[i].depth > most ? t->layers[i].depth : most;
    return most;
}

static dsc_status make_room(dsc_textread *t, run *r, dsc_error *err)
{
    size_t one = map_numbers(t, r->columns), deep = deepest(t);
    size_t logits = (size_t)r->columns * t->classes;
    size_t need = logits * sizeof(int32_t) + (3 * one + deep) * sizeof(int16_t);

    if (t->room_size < need) {
        dsc_wipe_free(t->room, t->room_size);
        t->room_size = 0;
        t->room = dsc_alloc(need);
        if (!t->room)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        t->room_size = need;
    }
    r->logits = (int32_t *)(void *)t->room;
    r->from.px = (int16_t *)(r->logits + logits);
    r->to.px = r->from.px + one;
    r->sum = (uint16_t *)(r->to.px + one);
    r->patch = (int16_t *)r->sum + one;
    return DSC_OK;
}

/* All zero. */
static void shape(map *m, uint32_t channels, uint32_t height, int32_t columns)
{
    m->channels = channels;
    m->height = height;
    m->pitch = row_numbers(channels, columns);
    memset(m->px, 0, (height + 1) * m->pitch * sizeof *m->px);
}

/* ---- layers ---- */

/* Row y, or the one of zeros; at column 0. */
static int16_t *row_of(const map *m, int64_t y)
{
    uint32_t at = y < 0 || y >= m->height ? m->height : (uint32_t)y;

    return m->px + at * m->pitch + (size_t)TEXTREAD_BORDER * m->channels;
}

static void gather(const run *r, const textread_layer *l, uint32_t y, int32_t x)
{
    int32_t step = (int32_t)l->dilation;
    int16_t *to = r->patch;

    for (uint32_t ky = 0; ky < l->high; ky++) {
        const int16_t *row =
            row_of(&r->from, (int64_t)y * l->down - l->pad + ky);
        int32_t at = x - (int32_t)l->wide / 2 * step;
        for (uint32_t kx = 0; kx < l->wide; kx++, at += step, to += l->in)
            memcpy(to, row + (ptrdiff_t)at * (ptrdiff_t)l->in,
                   l->in * sizeof *to);
    }
    memset(to, 0, (size_t)(r->patch + l->depth - to) * sizeof *to);
}

/* The sums of all outputs, without their bias. */
static void add_up(const textread_layer *l, const int16_t *restrict patch,
                   int32_t *restrict out)
{
    size_t n = l->depth;
    const int16_t *restrict w = l->weights;

    for (uint32_t o = 0; o < l->out; o += TEXTREAD_TOGETHER) {
        int32_t a = 0, b = 0, c = 0, d = 0;
        for (size_t i = 0; i < n; i++) {
            a += patch[i] * w[i];
            b += patch[i] * w[n + i];
            c += patch[i] * w[2 * n + i];
            d += patch[i] * w[3 * n + i];
        }
        out[o] = a;
        out[o + 1] = b;
        out[o + 2] = c;
        out[o + 3] = d;
        w += TEXTREAD_TOGETHER * n;
    }
}

/* Activations of one place; `total` is the running sum there. */
static void finish(const textread_layer *l, const int32_t *restrict sums,
                   uint16_t *restrict total, int16_t *restrict to)
{
    bool keeps = l->sort != TEXTREAD_PLAIN, adds = l->sort == TEXTREAD_ADD;
    uint32_t half = 1u << l->drop >> 1;

    for (uint32_t o = 0; o < l->out; o++) {
        int32_t sum = sums[o] + l->bias[o];
        uint32_t v =
            ((uint32_t)(sum < 0 ? 0 : sum) * l->mult[o] + l->half[o]) >>
            l->shift[o];
        if (keeps) {
            v += adds ? total[o] : 0u;
            v = v < UINT16_MAX ? v : UINT16_MAX;
            total[o] = (uint16_t)v;
            v = (v + half) >> l->drop;
        }
        to[o] = (int16_t)(v < TEXTREAD_TOP ? v : TEXTREAD_TOP);
    }
}

static void finish_logits(const textread_layer *l, const int32_t *restrict sums,
                          int32_t *restrict to)
{
    for (uint32_t o = 0; o < l->out; o++) {
        int32_t sum = sums[o] + l->bias[o];
        uint32_t size = (uint32_t)(sum < 0 ? -sum : sum);
        int32_t v = (int32_t)((size * l->mult[o] + l->half[o]) >> l->shift[o]);
        to[o] = sum < 0 ? -v : v;
    }
}

static void run_layer(const run *r, const textread_layer *l)
{
    int32_t sums[TEXTREAD_CHANNELS];

    for (uint32_t y = 0; y < l->height; y++)
        for (int32_t x = 0; x < r->columns; x++) {
            size_t at = (size_t)x * l->out;
            size_t row = (size_t)y * (size_t)r->columns * l->out;
            gather(r, l, y, x);
            add_up(l, r->patch, sums);
            if (l->sort == TEXTREAD_HEAD)
                finish_logits(l, sums, r->logits + at);
            else
                finish(l, sums, r->sum + row + at, row_of(&r->to, y) + at);
        }
}

/* ---- a row ---- */

typedef struct ink {
    int32_t x0, x1, y0, y1, darkest;
} ink;

static int32_t ink_at(const uint8_t *px, int32_t w, int32_t x, int32_t y)
{
    return 255 - px[(size_t)y * (size_t)w + (size_t)x];
}

static ink find_ink(const uint8_t *px, int32_t w, int32_t h)
{
    ink k = {w, 0, h, 0, 0};

    for (int32_t y = 0; y < h; y++)
        for (int32_t x = 0; x < w; x++) {
            int32_t v = ink_at(px, w, x, y);
            if (!v)
                continue;
            k.darkest = v > k.darkest ? v : k.darkest;
            k.x0 = x < k.x0 ? x : k.x0;
            k.x1 = x + 1 > k.x1 ? x + 1 : k.x1;
            k.y0 = y < k.y0 ? y : k.y0;
            k.y1 = y + 1 > k.y1 ? y + 1 : k.y1;
        }
    return k;
}

/* The ink in the middle of the window, its darkest at the top of the scale. */
static void load(const run *r, const uint8_t *px, int32_t w, const ink *k)
{
    int32_t down = (TEXTREAD_ROWS - (k->y1 - k->y0)) / 2;

    for (int32_t y = k->y0; y < k->y1; y++)
        for (int32_t x = k->x0; x < k->x1; x++)
            row_of(&r->from, y - k->y0 + down)[x - k->x0 + TEXTREAD_SIDE] =
                (int16_t)(ink_at(px, w, x, y) * TEXTREAD_TOP / k->darkest);
}

dsc_status TEXTREAD_RUN(dsc_textread *t, const uint8_t *px, int32_t w,
                        int32_t h, dsc_textread_logits *out, dsc_error *err)
{
    ink k = find_ink(px, w, h);
    run r = {.columns = k.x1 - k.x0 + 2 * TEXTREAD_SIDE};
    dsc_status st;

    *out = (dsc_textread_logits){.classes = t->classes};
    if (!k.darkest || k.y1 - k.y0 < DSC_TEXTREAD_LEAST_PX ||
        k.y1 - k.y0 > DSC_TEXTREAD_MOST_PX || k.x1 - k.x0 > DSC_TEXTREAD_WIDEST)
        return DSC_OK;
    st = make_room(t, &r, err);
    if (st)
        return st;
    shape(&r.from, 1, TEXTREAD_ROWS, r.columns);
    load(&r, px, w, &k);
    for (uint32_t i = 0; i < t->count; i++) {
        map done = r.from;
        shape(&r.to, t->layers[i].out, t->layers[i].height, r.columns);
        run_layer(&r, &t->layers[i]);
        r.from = r.to;
        r.to = done;
    }
    out->of = r.logits;
    out->columns = r.columns;
    out->first = k.x0 - TEXTREAD_SIDE;
    return DSC_OK;
}
