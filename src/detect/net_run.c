/* SPDX-License-Identifier: Apache-2.0
 *
 * A plane through the net. All layers go down the plane together, each as many
 * rows behind as it looks ahead, so that what they read is still in the cache
 * and little is kept. */
#include "detect/net_priv.h"

#include <string.h>

#define MAX_SIDE 16384u
#define GUARD    16 /* cells around the maps that come out */
#define NO_TEXT  (-NET_TOP)

/* ---- memory ---- */

static dsc_status make_room(dsc_net_buffer *b, size_t need, dsc_error *err)
{
    if (b->size >= need)
        return DSC_OK;
    dsc_wipe_free(b->data, b->size);
    b->size = 0;
    b->data = dsc_alloc(need);
    if (!b->data)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    b->size = need;
    return DSC_OK;
}

/* Take a ring of the buffer; of none, to know its size. */
static size_t take_ring(const dsc_net_buffer *b, size_t at, dsc_net_ring *r,
                        uint32_t rows, size_t pitch)
{
    *r = (dsc_net_ring){b->data ? b->data + at : NULL, rows, pitch};
    return at + (rows + 1) * pitch;
}

static size_t take_rings(dsc_net *n)
{
    const dsc_net_buffer *b = &n->rings;
    uint32_t last = n->count - 2;
    size_t sum = 2 * NET_LANES * (size_t)n->width * n->blocks;
    size_t at = take_ring(b, 0, &n->input, 8, 2 * n->group);

    at = take_ring(b, at, &n->half, 4, NET_FIRST / 2 * n->group);
    for (uint32_t i = 1; i <= last; i++) {
        uint32_t rows = i < last ? 2 * n->layers[i + 1].dilation + 1 : 1;
        at = take_ring(b, at, &n->body[i], rows, n->width / 4 * n->group);
    }
    return take_ring(b, at, &n->sum, n->delay[last] + 1, sum);
}

static dsc_status shape(dsc_net *n, uint32_t w, uint32_t h, dsc_error *err)
{
    size_t maps;
    dsc_status st;

    if (n->w4 == w / 4 && n->h4 == h / 4)
        return DSC_OK;
    if (!w || !h || w % 4 || h % 4 || w > MAX_SIDE || h > MAX_SIDE)
        return dsc_fail(err, DSC_LIMIT, "a plane of %u x %u", w, h);
    n->w4 = w / 4;
    n->h4 = 0; /* nothing fits until all does */
    n->blocks = (n->w4 + NET_LANES - 1) / NET_LANES;
    n->group = 4 * ((size_t)n->blocks * NET_LANES + 2 * NET_BORDER);
    n->pitch = 2 * (size_t)n->blocks * NET_LANES + GUARD;
    n->delay[1] = 0;
    for (uint32_t i = 2; i + 1 < n->count; i++)
        n->delay[i] = n->delay[i - 1] + n->layers[i].dilation;
    st = dsc_net_masks_shape(&n->masks, n->count, n->w4, h / 4, err);
    if (!st)
        st = make_room(&n->rings, take_rings(n), err);
    maps = ((size_t)h / 2 + 2) * n->pitch + GUARD;
    if (!st)
        st = make_room(&n->maps, 2 * maps, err);
    if (st)
        return st;
    memset(n->rings.data, 0, take_rings(n));
    memset(n->maps.data, NO_TEXT, 2 * maps);
    n->text = (int8_t *)n->maps.data + GUARD + n->pitch;
    n->centre = n->text + maps;
    n->h4 = h / 4;
    return DSC_OK;
}

/* ---- rows ---- */

/* Row y of those that the ring has at the moment. */
static uint8_t *ring_row(const dsc_net_ring *r, int64_t y, uint32_t height)
{
    int64_t at = y < 0 || y >= height ? r->rows : y % r->rows;
    return r->data + (size_t)at * r->pitch;
}

/* What was computed past the end of the row is border again. */
static void clear_end(const dsc_net *n, uint8_t *row, uint32_t groups)
{
    size_t end = 4 * ((size_t)NET_BORDER + n->w4);
    size_t past = 4 * ((size_t)n->blocks * NET_LANES - n->w4);

    for (uint32_t g = 0; past && g < groups; g++)
        memset(row + g * n->group + end, 0, past);
}

/* Any plane of this grey. */
static void make_flat(dsc_net *n, uint8_t grey)
{
    dsc_net_flat *f = n->flats + (size_t)grey * n->count;
    int16_t in[2 * NET_LANES];
    int32_t offsets[NET_MAX_TAPS] = {0};
    dsc_net_row r = {.in = (const uint8_t *)in,
                     .offsets = offsets,
                     .pixels = NET_LANES,
                     .out = f->out[0],
                     .group = sizeof f->out[0]};

    for (int x = 0; x < 2 * NET_LANES; x++)
        in[x] = (int16_t)(2 * grey - 255);
    n->kernels->first(&n->layers[0], &r);
    for (uint32_t i = 1; i + 1 < n->count; i++) {
        int32_t groups = (int32_t)n->layers[i].in / 4;
        for (int32_t t = 0; t < NET_MAX_TAPS; t++)
            offsets[t] = t % groups * (int32_t)r.group;
        r.in = f[i - 1].out[0];
        r.out = f[i].out[0];
        r.sum = f[i].sum;
        r.add = i > 1;
        memcpy(f[i].sum, f[i - 1].sum, sizeof f[i].sum);
        n->kernels->body(&n->layers[i], &r);
    }
    n->has_flat[grey] = true;
}

static dsc_net_row row_at(const dsc_net *n, const dsc_net_row *r,
                          uint32_t block)
{
    dsc_net_row out = *r;

    out.in += 4 * NET_LANES * (size_t)block;
    out.out += 4 * NET_LANES * (size_t)block;
    if (r->sum)
        out.sum += NET_LANES * (size_t)n->width * block;
    return out;
}

/* Of the row's step at r->first. */
static void fill_step(dsc_net *n, uint32_t i, uint8_t grey,
                      const dsc_net_row *r)
{
    const dsc_net_flat *f = n->flats + (size_t)grey * n->count + i;
    size_t at = r->first, step = n->kernels->step;

    if (!n->has_flat[grey])
        make_flat(n, grey);
    for (uint32_t g = 0; g < n->layers[i].out / 4; g++)
        memcpy(r->out + g * n->group + 4 * at, f->out[g] + 4 * at, 4 * step);
    for (uint32_t o = 0; r->sum && o < n->width; o += 2) {
        size_t pair = dsc_net_sum_at(n->width, o, r->first);
        memcpy(r->sum + pair, f->sum + pair, 2 * step * sizeof *f->sum);
    }
}

/* The mask's bits for a step of a row. */
static uint32_t bits_at(const dsc_net *n, const uint16_t *mask, uint32_t x)
{
    return mask[x / NET_LANES] >> x % NET_LANES &
           ((1u << n->kernels->step) - 1);
}

/* Run the kernel on what is needed of layer i, steps side by side at once;
 * those with nothing busy, which have one grey, are filled. */
static void run_row(dsc_net *n, uint32_t i, uint32_t y, dsc_net_row_fn kernel,
                    const dsc_net_row *row)
{
    const uint16_t *needed = dsc_net_needed(&n->masks, i + 1, y);
    const uint16_t *busy = dsc_net_busy(&n->masks, i + 1, y);
    uint32_t step = n->kernels->step, all = NET_LANES * n->blocks;

    for (uint32_t x = 0, end; x < all; x = end) {
        dsc_net_row r = row_at(n, row, x / NET_LANES);
        for (end = x;
             end < all && bits_at(n, needed, end) && bits_at(n, busy, end);)
            end += step;
        r.first = x % NET_LANES;
        r.pixels = r.first + end - x;
        if (end > x) {
            kernel(&n->layers[i], &r);
            continue;
        }
        if (bits_at(n, needed, x))
            fill_step(n, i, n->grey[4 * (y * n->stride + x)], &r);
        end = x + step;
    }
}

/* Samples 0 and 1 of each quarter go to a, 2 and 3 to b. */
static void load_samples(const uint8_t *p, int16_t *restrict a,
                         int16_t *restrict b, size_t n)
{
    for (size_t x = 0; x < n; x++) {
        a[2 * x] = (int16_t)(2 * p[4 * x] - 255);
        a[2 * x + 1] = (int16_t)(2 * p[4 * x + 1] - 255);
        b[2 * x] = (int16_t)(2 * p[4 * x + 2] - 255);
        b[2 * x + 1] = (int16_t)(2 * p[4 * x + 3] - 255);
    }
}

/* Four rows of the plane. */
static void load_row(dsc_net *n, uint32_t y)
{
    const uint16_t *needed = dsc_net_needed(&n->masks, 0, y);

    for (uint32_t b = 0, end; b < n->blocks; b = end + 1) {
        uint32_t x = NET_LANES * b, count;
        for (end = b; end < n->blocks && needed[end];)
            end++;
        count = NET_LANES * end < n->w4 ? NET_LANES * end : n->w4;
        for (uint32_t k = 4 * y; end > b && k < 4 * y + 4; k++) {
            uint8_t *row = ring_row(&n->input, k, 4 * n->h4) +
                           4 * (NET_BORDER + (size_t)x);
            load_samples(n->grey + k * n->stride + 4 * (size_t)x,
                         (int16_t *)(void *)row,
                         (int16_t *)(void *)(row + n->group), count - x);
        }
    }
}

/* Two rows of halves, even and odd columns apart. */
static void run_first(dsc_net *n, uint32_t y)
{
    int32_t b = (int32_t)n->group;

    for (uint32_t half = 2 * y; half < 2 * y + 2; half++) {
        const uint8_t *in = ring_row(&n->input, 2 * half, 4 * n->h4);
        uint8_t *out = ring_row(&n->half, half, 2 * n->h4);
        for (int odd = 0; odd < 2; odd++) {
            int32_t offsets[6];
            dsc_net_row r = {.in = in + 4 * NET_BORDER,
                             .offsets = offsets,
                             .out = out + 4 * NET_BORDER +
                                    (odd ? NET_FIRST / 4 * n->group : 0),
                             .group = n->group};
            for (int32_t k = 0; k < 3; k++) {
                int32_t at =
                    (int32_t)(ring_row(&n->input, 2 * (int64_t)half + k - 1,
                                       4 * n->h4) -
                              in);
                offsets[2 * k] = at + (odd ? b : 0);
                offsets[2 * k + 1] = at + (odd ? 0 : b - 4);
            }
            run_row(n, 0, y, n->kernels->first, &r);
        }
        clear_end(n, out, NET_FIRST / 2);
    }
}

/* Layer i of the body at row y, by the offsets of its taps. */
static void run_taps(dsc_net *n, uint32_t i, uint32_t y, const uint8_t *in,
                     const int32_t *offsets)
{
    uint8_t *out = ring_row(&n->body[i], y, n->h4);
    dsc_net_row r = {.in = in + 4 * NET_BORDER,
                     .offsets = offsets,
                     .out = out + 4 * NET_BORDER,
                     .group = n->group,
                     .sum = (uint16_t *)(void *)ring_row(&n->sum, y, n->h4),
                     .add = i > 1};

    run_row(n, i, y, n->kernels->body, &r);
    clear_end(n, out, n->width / 4);
}

/* From the even and odd columns of a half to quarters. */
static void run_second(dsc_net *n, uint32_t y)
{
    int32_t offsets[NET_MAX_TAPS], group = (int32_t)n->group, t = 0;
    const uint8_t *in = ring_row(&n->half, 2 * y, 2 * n->h4);

    for (int32_t ky = -1; ky <= 1; ky++) {
        int32_t row =
            (int32_t)(ring_row(&n->half, 2 * (int64_t)y + ky, 2 * n->h4) - in);
        for (int32_t kx = -1; kx <= 1; kx++)
            for (int32_t g = 0; g < NET_FIRST / 4; g++)
                offsets[t++] = row + (kx ? NET_FIRST / 4 + g : g) * group -
                               (kx < 0 ? 4 : 0);
    }
    run_taps(n, 1, y, in, offsets);
}

static void run_body(dsc_net *n, uint32_t i, uint32_t y)
{
    int32_t offsets[NET_MAX_TAPS], d = (int32_t)n->layers[i].dilation, t = 0;
    const dsc_net_ring *from = &n->body[i - 1];
    const uint8_t *in = ring_row(from, y, n->h4);

    for (int32_t ky = -1; ky <= 1; ky++) {
        int32_t row =
            (int32_t)(ring_row(from, (int64_t)y + ky * d, n->h4) - in);
        for (int32_t kx = -1; kx <= 1; kx++)
            for (int32_t g = 0; g < (int32_t)n->width / 4; g++)
                offsets[t++] = row + kx * d * 4 + g * (int32_t)n->group;
    }
    run_taps(n, i, y, in, offsets);
}

/* Cells that nobody needs are no text. */
static void blank_cells(const dsc_net_row *r, uint16_t needed)
{
    for (uint32_t x = 0; x < NET_LANES; x++)
        for (uint32_t k = 0; !(needed >> x & 1u) && k < 2; k++)
            memset(r->head[0][k] + 2 * x, NO_TEXT, 2);
}

static void run_head(dsc_net *n, uint32_t y)
{
    const uint16_t *needed = dsc_net_needed(&n->masks, n->count - 1, y);
    const uint8_t *in = ring_row(&n->body[n->count - 2], y, n->h4);
    int32_t offsets[NET_WIDE / 4];

    for (int32_t g = 0; g < (int32_t)n->width / 4; g++)
        offsets[g] = g * (int32_t)n->group;
    for (uint32_t b = 0; b < n->blocks; b++) {
        size_t at = 2 * y * n->pitch + 2 * NET_LANES * (size_t)b;
        dsc_net_row r = {.in = in + 4 * (NET_BORDER + NET_LANES * (size_t)b),
                         .offsets = offsets,
                         .pixels = NET_LANES,
                         .head = {{n->text + at, n->text + at + n->pitch},
                                  {n->centre + at, n->centre + at + n->pitch}}};
        if (needed[b])
            n->kernels->head(&n->layers[n->count - 1], &r);
        if (needed[b] != UINT16_MAX)
            blank_cells(&r, needed[b]);
    }
}

/* What the masks say is needed of n->grey. */
static void run_needed(dsc_net *n)
{
    uint32_t last = n->count - 2;

    for (uint32_t t = 0; t < n->h4 + n->delay[last]; t++) {
        if (t < n->h4) {
            load_row(n, t);
            run_first(n, t);
            run_second(n, t);
        }
        for (uint32_t i = 2; i <= last; i++)
            if (t >= n->delay[i] && t - n->delay[i] < n->h4)
                run_body(n, i, t - n->delay[i]);
        if (t >= n->delay[last])
            run_head(n, t - n->delay[last]);
    }
}

/* Where nothing was needed no text becomes no text as well. */
static void blend(int8_t *restrict own, const int8_t *restrict hints, size_t n)
{
    for (size_t x = 0; x < n; x++)
        own[x] = (int8_t)((3 * own[x] + hints[x]) / 4);
}

static dsc_status run(dsc_net *n, const uint8_t *grey, size_t stride,
                      uint32_t w, uint32_t h, const dsc_net_maps *hints,
                      int least, dsc_net_maps *maps, dsc_error *err)
{
    dsc_status st = shape(n, w, h, err);

    if (st)
        return st;
    n->grey = grey;
    n->stride = stride;
    dsc_net_masks_make(&n->masks, n->layers, grey, stride, hints, least);
    run_needed(n);
    for (uint32_t y = 0; hints && y < h / 2; y++) {
        blend(n->text + y * n->pitch, hints->text + y * hints->stride, w / 2);
        blend(n->centre + y * n->pitch, hints->centre + y * hints->stride,
              w / 2);
    }
    *maps = (dsc_net_maps){n->text, n->centre, w / 2, h / 2, n->pitch};
    return DSC_OK;
}

dsc_status dsc_net_run(dsc_net *n, const uint8_t *grey, size_t stride,
                       uint32_t w, uint32_t h, dsc_net_maps *maps,
                       dsc_error *err)
{
    return run(n, grey, stride, w, h, NULL, 0, maps, err);
}

dsc_status dsc_net_run_where(dsc_net *n, const uint8_t *grey, size_t stride,
                             const dsc_net_maps *hints, int least,
                             dsc_net_maps *maps, dsc_error *err)
{
    return run(n, grey, stride, 2 * hints->w, 2 * hints->h, hints, least, maps,
               err);
}
