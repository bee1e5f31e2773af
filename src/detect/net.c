/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/net.h"

#include "base/cpu.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

/* As models/textdet/train.py writes it. */
#define MAGIC       "DSCTDET"
#define VERSION     1u
#define FILE_LIMIT  ((size_t)1 << 20)
#define HEAD_BYTES  16u
#define LAYER_BYTES 20u
#define CRC_BYTES   4u
#define OUTPUTS     8u /* 2 maps x 4 sub-pixels */

struct dsc_net {
    dsc_net_layer layers[NET_MAX_LAYERS];
    uint32_t count;
    dsc_net_conv_fn conv;
    dsc_net_map maps[2]; /* input, first layer */
    dsc_net_map body[2]; /* take turns */
    dsc_net_map head;
    float *out;
    size_t out_size;
};

/* ---- load ---- */

static uint32_t u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static bool sane_layer(const dsc_net_layer *l, uint32_t before)
{
    return l->out >= 1 && l->out <= NET_MAX_CHANNELS && l->in == before &&
           (l->kernel == 1 || l->kernel == 3) &&
           (l->stride == 1 || l->stride == 2) && l->dilation >= 1 &&
           l->dilation <= NET_BORDER;
}

/* The file has [out][ky][kx][in]; the kernels want the outputs side by side. */
static bool take_layer(dsc_net_layer *l, const uint8_t *p)
{
    size_t taps = (size_t)l->kernel * l->kernel, n = taps * l->in;

    l->weights = dsc_calloc(n * l->out, sizeof(float));
    l->bias = dsc_calloc(NET_MAX_CHANNELS, sizeof(float));
    if (!l->weights || !l->bias)
        return false;
    for (size_t o = 0; o < l->out; o++)
        for (size_t i = 0; i < n; i++, p += 4) {
            uint32_t bits = u32(p);
            memcpy(&l->weights[i * l->out + o], &bits, 4);
        }
    for (size_t o = 0; o < l->out; o++, p += 4) {
        uint32_t bits = u32(p);
        memcpy(&l->bias[o], &bits, 4);
    }
    return true;
}

static dsc_status parse(dsc_net *n, const dsc_buf *file, dsc_error *err)
{
    const uint8_t *p = file->data + HEAD_BYTES;
    size_t left = file->len - HEAD_BYTES - CRC_BYTES;
    uint32_t channels = 1;

    n->count = u32(file->data + 12);
    if (n->count < 3 || n->count > NET_MAX_LAYERS)
        return dsc_fail(err, DSC_USAGE, "text finder weights: %u layers",
                        n->count);
    for (uint32_t i = 0; i < n->count; i++) {
        dsc_net_layer *l = &n->layers[i];
        size_t floats;
        if (left < LAYER_BYTES)
            return dsc_fail(err, DSC_USAGE,
                            "text finder weights: truncated in layer %u", i);
        *l = (dsc_net_layer){u32(p),      u32(p + 4), u32(p + 8), u32(p + 12),
                             u32(p + 16), NULL,       NULL};
        if (!sane_layer(l, channels) || (l->stride == 2) != (i < 2))
            return dsc_fail(err, DSC_USAGE,
                            "text finder weights: layer %u makes no sense", i);
        p += LAYER_BYTES;
        left -= LAYER_BYTES;
        floats = (size_t)l->out * l->in * l->kernel * l->kernel + l->out;
        if (left < floats * 4)
            return dsc_fail(err, DSC_USAGE,
                            "text finder weights: truncated in layer %u", i);
        if (!take_layer(l, p))
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        p += floats * 4;
        left -= floats * 4;
        channels = l->out;
    }
    if (left || channels != OUTPUTS)
        return dsc_fail(err, DSC_USAGE,
                        "text finder weights: not what this version runs");
    return DSC_OK;
}

/* The CRC-32 of ISO 3309 (zlib's). */
static uint32_t crc32_of(const uint8_t *p, size_t n)
{
    uint32_t crc = ~0u;

    while (n--) {
        crc ^= *p++;
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1u)));
    }
    return ~crc;
}

static dsc_status check_file(const dsc_buf *file, dsc_error *err)
{
    size_t body;

    if (file->len < HEAD_BYTES + CRC_BYTES ||
        memcmp(file->data, MAGIC, sizeof MAGIC))
        return dsc_fail(err, DSC_USAGE,
                        "text finder weights: not a weight file");
    if (u32(file->data + 8) != VERSION)
        return dsc_fail(err, DSC_USAGE,
                        "text finder weights: version %u, this program runs "
                        "version %u",
                        u32(file->data + 8), VERSION);
    body = file->len - CRC_BYTES;
    if (crc32_of(file->data, body) != u32(file->data + body))
        return dsc_fail(err, DSC_USAGE,
                        "text finder weights: wrong checksum (damaged or "
                        "truncated)");
    return DSC_OK;
}

static dsc_net_conv_fn conv_for(unsigned flags)
{
#if defined(__x86_64__) || defined(__i386__)
    if (flags & DSC_CPU_AVX512)
        return dsc_net_conv_avx512;
    if (flags & DSC_CPU_AVX2)
        return dsc_net_conv_avx2;
#endif
    (void)flags;
    return dsc_net_conv_c;
}

dsc_status dsc_net_load(dsc_net **out, const char *path, unsigned flags,
                        dsc_error *err)
{
    dsc_buf file = {0};
    dsc_net *n = dsc_alloc(sizeof *n);
    dsc_status st = DSC_OK;

    *out = NULL;
    if (!n)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    st = dsc_read_file(&file, path, FILE_LIMIT, err);
    if (st) {
        dsc_error_context(err, "text finder weights");
        st = st == DSC_NOMEM ? st : DSC_USAGE;
    }
    if (!st)
        st = check_file(&file, err);
    if (!st)
        st = parse(n, &file, err);
    n->conv = conv_for(flags);
    if (st)
        dsc_net_free(&n);
    *out = n;
    dsc_buf_free(&file);
    return st;
}

static void free_map(dsc_net_map *m)
{
    dsc_wipe_free(m->data, m->size);
    *m = (dsc_net_map){0};
}

void dsc_net_free(dsc_net **pn)
{
    dsc_net *n = *pn;

    if (!n)
        return;
    for (uint32_t i = 0; i < NET_MAX_LAYERS; i++) {
        dsc_free(n->layers[i].weights);
        dsc_free(n->layers[i].bias);
    }
    for (int i = 0; i < 2; i++)
        free_map(&n->maps[i]);
    free_map(&n->body[0]);
    free_map(&n->body[1]);
    free_map(&n->head);
    dsc_wipe_free(n->out, n->out_size);
    dsc_free(n);
    *pn = NULL;
}

/* ---- run ---- */

/* Make a map of this shape, its border zero. Memory is reused; the inside is
 * whatever it was, since every kernel writes all of it. */
static dsc_status shape(dsc_net_map *m, uint32_t w, uint32_t h,
                        uint32_t channels, dsc_error *err)
{
    size_t n;

    if (m->data && m->w == w && m->h == h && m->channels == channels)
        return DSC_OK;
    if (!dsc_mul((size_t)w + 2 * NET_BORDER, (size_t)h + 2 * NET_BORDER, &n) ||
        !dsc_mul(n, (size_t)channels * sizeof(float), &n))
        return dsc_fail(err, DSC_LIMIT, "the plane is too large");
    if (m->size < n) {
        free_map(m);
        m->data = dsc_alloc(n);
        if (!m->data)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        m->size = n;
    } else {
        memset(m->data, 0, n);
    }
    m->w = w;
    m->h = h;
    m->channels = channels;
    return DSC_OK;
}

static void load_grey(dsc_net_map *m, const uint8_t *grey, size_t stride)
{
    for (uint32_t y = 0; y < m->h; y++) {
        float *row = dsc_net_at(m, 0, y);
        for (uint32_t x = 0; x < m->w; x++)
            row[x] = (float)grey[y * stride + x] / 127.5F - 1.0F;
    }
}

/* 8 channels at a quarter are 2 at a half: channel = map * 4 + dy * 2 + dx. */
static void unfold(const dsc_net_map *head, float *out)
{
    size_t row = (size_t)head->w * 2;

    for (uint32_t y = 0; y < head->h; y++)
        for (uint32_t x = 0; x < head->w; x++) {
            const float *v = dsc_net_at(head, x, y);
            for (unsigned k = 0; k < OUTPUTS; k++) {
                size_t oy = 2 * (size_t)y + (k >> 1 & 1u);
                size_t ox = 2 * (size_t)x + (k & 1u);
                out[(oy * row + ox) * 2 + (k >> 2)] = v[k];
            }
        }
}

static dsc_status shape_all(dsc_net *n, uint32_t w, uint32_t h, dsc_error *err)
{
    const dsc_net_layer *l = n->layers;
    size_t out = (size_t)w / 2 * (h / 2) * 2 * sizeof(float);
    dsc_status st = shape(&n->maps[0], w, h, 1, err);

    if (!st)
        st = shape(&n->maps[1], w / 2, h / 2, l[0].out, err);
    for (int i = 0; !st && i < 2; i++)
        st = shape(&n->body[i], w / 4, h / 4, l[1].out, err);
    if (!st)
        st = shape(&n->head, w / 4, h / 4, OUTPUTS, err);
    if (st || n->out_size >= out)
        return st;
    dsc_wipe_free(n->out, n->out_size);
    n->out_size = 0;
    n->out = dsc_alloc(out);
    if (!n->out)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    n->out_size = out;
    return DSC_OK;
}

dsc_status dsc_net_run(dsc_net *n, const uint8_t *grey, size_t stride,
                       uint32_t w, uint32_t h, const float **maps,
                       dsc_error *err)
{
    dsc_status st = shape_all(n, w, h, err);
    unsigned now = 0;

    if (st)
        return st;
    load_grey(&n->maps[0], grey, stride);
    n->conv(&n->layers[0], &n->maps[0], &n->maps[1], true, false);
    n->conv(&n->layers[1], &n->maps[1], &n->body[0], true, false);
    for (uint32_t i = 2; i + 1 < n->count; i++, now ^= 1u) {
        memcpy(n->body[now ^ 1u].data, n->body[now].data, n->body[now].size);
        n->conv(&n->layers[i], &n->body[now], &n->body[now ^ 1u], true, true);
    }
    n->conv(&n->layers[n->count - 1], &n->body[now], &n->head, false, false);
    unfold(&n->head, n->out);
    *maps = n->out;
    return DSC_OK;
}
