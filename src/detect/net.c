/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/net.h"
#include "detect/net_kernels.h"

#include "base/cpu.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

/* As models/textdet/train.py writes it. */
#define MAGIC       "DSCTDET"
#define VERSION     2u
#define FILE_LIMIT  ((size_t)1 << 20)
#define HEAD_BYTES  16u
#define LAYER_BYTES 24u
#define CRC_BYTES   4u
#define MIN_LAYERS  3
#define MAX_LAYERS  16
#define BORDER      8 /* the largest dilation */
#define MAX_SIDE    16384u
#define GUARD       16 /* cells after each row of a map that comes out */
#define NO_TEXT     (-NET_TOP)

/* Rows of groups of 4 bytes, with a border of zeros, so that kernels have no
 * edges to mind. */
typedef struct map {
    uint8_t *data;
    size_t size;           /* bytes owned */
    uint32_t rows, border; /* rows without their border */
    size_t pitch;          /* bytes of a row */
} map;

struct dsc_net {
    dsc_net_layer layers[MAX_LAYERS];
    uint32_t count;
    const dsc_net_kernels *kernels;
    uint32_t w4, h4;  /* the plane, in quarters */
    uint32_t pixels;  /* w4, rounded up to whole vectors */
    size_t group;     /* bytes of one group of channels in a row */
    map input;        /* [samples 0 1 or 2 3 of a quarter] */
    map half;         /* [even or odd column][3 groups] */
    map body[2];      /* [6 groups]; they take turns */
    map sum;          /* the sum of the layers, 16 bits a channel */
    map text, centre; /* what comes out, a guard of "no text" around */
};

/* ---- load ---- */

static uint32_t u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

/* The kernels know one kind of net: 1-16-24, any number of 24-24, 24-8. */
static bool is_known(const dsc_net_layer *l, uint32_t at, uint32_t count)
{
    bool last = at + 1 == count;
    uint32_t in = at == 0 ? 1 : at == 1 ? NET_FIRST : NET_BODY;
    uint32_t out = at == 0 ? NET_FIRST : last ? NET_HEAD : NET_BODY;

    return l->in == in && l->out == out && l->kernel == (last ? 1u : 3u) &&
           l->stride == (at < 2 ? 2u : 1u) && l->dilation >= 1 &&
           l->dilation <= BORDER && (at > 1 || l->dilation == 1) &&
           l->drop < 16;
}

static size_t weight_bytes(const dsc_net_layer *l)
{
    return (size_t)l->out * l->in * l->kernel * l->kernel *
           (l->in == 1 ? sizeof(int16_t) : sizeof(int8_t));
}

/* The file has [out][ky][kx][in]. A tap of the first layer is a pair of
 * columns: two to the right of the middle's left edge, or the one before it
 * with a zero. */
static void fold_first(dsc_net_layer *l, const uint8_t *p)
{
    int16_t *w = l->weights;

    for (uint32_t o = 0; o < l->out; o++)
        for (uint32_t ky = 0; ky < 3; ky++, p += 6) {
            int16_t *a = w + ((size_t)ky * 2 * l->out + o) * 2;
            int16_t *b = a + (size_t)l->out * 2;
            a[0] = (int16_t)(p[2] | p[3] << 8);
            a[1] = (int16_t)(p[4] | p[5] << 8);
            b[0] = 0;
            b[1] = (int16_t)(p[0] | p[1] << 8);
        }
}

static void fold_groups(dsc_net_layer *l, const uint8_t *p)
{
    int8_t *w = l->weights;

    for (uint32_t o = 0; o < l->out; o++)
        for (uint32_t t = 0; t < l->taps; t++)
            for (uint32_t i = 0; i < 4; i++)
                w[((size_t)t * l->out + o) * 4 + i] = (int8_t)*p++;
}

static dsc_status take_layer(dsc_net_layer *l, const uint8_t *p, dsc_error *err)
{
    l->taps = l->in == 1 ? 6 : l->kernel * l->kernel * l->in / 4;
    l->weights = dsc_calloc((size_t)l->taps * l->out, 4);
    if (!l->weights)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    if (l->in == 1)
        fold_first(l, p);
    else
        fold_groups(l, p);
    p += weight_bytes(l);
    for (uint32_t o = 0; o < l->out; o++, p += 4) {
        l->bias[o] = (int32_t)u32(p);
        l->mult[o] = u32(p + 4 * (size_t)l->out);
        l->shift[o] = u32(p + 8 * (size_t)l->out);
        if (l->shift[o] > 30)
            return dsc_fail(err, DSC_USAGE,
                            "text finder weights: a scale makes no sense");
        l->half[o] = 1u << l->shift[o] >> 1;
    }
    return DSC_OK;
}

static dsc_status parse(dsc_net *n, const dsc_buf *file, dsc_error *err)
{
    const uint8_t *p = file->data + HEAD_BYTES;
    size_t left = file->len - HEAD_BYTES - CRC_BYTES;
    dsc_status st = DSC_OK;

    n->count = u32(file->data + 12);
    if (n->count < MIN_LAYERS || n->count > MAX_LAYERS)
        return dsc_fail(err, DSC_USAGE, "text finder weights: %u layers",
                        n->count);
    for (uint32_t i = 0; !st && i < n->count; i++) {
        dsc_net_layer *l = &n->layers[i];
        size_t need;
        if (left < LAYER_BYTES)
            return dsc_fail(err, DSC_USAGE,
                            "text finder weights: truncated in layer %u", i);
        *l = (dsc_net_layer){.out = u32(p),
                             .in = u32(p + 4),
                             .kernel = u32(p + 8),
                             .stride = u32(p + 12),
                             .dilation = u32(p + 16),
                             .drop = u32(p + 20)};
        if (!is_known(l, i, n->count))
            return dsc_fail(err, DSC_USAGE,
                            "text finder weights: layer %u makes no sense", i);
        need = weight_bytes(l) + 12 * (size_t)l->out;
        p += LAYER_BYTES;
        left -= LAYER_BYTES;
        if (left < need)
            return dsc_fail(err, DSC_USAGE,
                            "text finder weights: truncated in layer %u", i);
        st = take_layer(l, p, err);
        p += need;
        left -= need;
    }
    if (!st && left)
        st = dsc_fail(err, DSC_USAGE,
                      "text finder weights: not what this version runs");
    return st;
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

const dsc_net_kernels *dsc_net_kernels_for(unsigned flags)
{
#if defined(__x86_64__) || defined(__i386__)
    if (flags & DSC_CPU_AVX512_VNNI)
        return &dsc_net_kernels_avx512;
    if (flags & DSC_CPU_AVX2)
        return &dsc_net_kernels_avx2;
    if (flags & DSC_CPU_SSE2)
        return &dsc_net_kernels_sse2;
#elif defined(__aarch64__)
    if (flags & DSC_CPU_NEON)
        return &dsc_net_kernels_neon;
#endif
    (void)flags;
    return &dsc_net_kernels_c;
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
    n->kernels = dsc_net_kernels_for(flags);
    if (st)
        dsc_net_free(&n);
    *out = n;
    dsc_buf_free(&file);
    return st;
}

static void free_map(map *m)
{
    dsc_wipe_free(m->data, m->size);
    *m = (map){0};
}

void dsc_net_free(dsc_net **pn)
{
    dsc_net *n = *pn;

    if (!n)
        return;
    for (uint32_t i = 0; i < MAX_LAYERS; i++)
        dsc_free(n->layers[i].weights);
    free_map(&n->input);
    free_map(&n->half);
    free_map(&n->body[0]);
    free_map(&n->body[1]);
    free_map(&n->sum);
    free_map(&n->text);
    free_map(&n->centre);
    dsc_free(n);
    *pn = NULL;
}

/* ---- maps ---- */

static uint8_t *row_of(const map *m, uint32_t y)
{
    return m->data + (y + m->border) * m->pitch;
}

/* The border rows become zero; those who write a row clear its ends. */
static dsc_status shape(map *m, uint32_t rows, uint32_t border, size_t pitch,
                        dsc_error *err)
{
    size_t n = (rows + 2 * (size_t)border) * pitch;

    if (m->size < n) {
        free_map(m);
        m->data = dsc_alloc(n);
        if (!m->data)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        m->size = n;
    }
    memset(m->data, 0, border * pitch);
    memset(m->data + (rows + border) * pitch, 0, border * pitch);
    m->rows = rows;
    m->border = border;
    m->pitch = pitch;
    return DSC_OK;
}

static dsc_status shape_all(dsc_net *n, uint32_t w, uint32_t h, dsc_error *err)
{
    dsc_status st;

    if (n->w4 == w / 4 && n->h4 == h / 4)
        return DSC_OK;
    if (!w || !h || w % 4 || h % 4 || w > MAX_SIDE || h > MAX_SIDE)
        return dsc_fail(err, DSC_LIMIT, "a plane of %u x %u", w, h);
    n->h4 = 0; /* nothing fits until all does */
    n->w4 = w / 4;
    n->pixels = (n->w4 + NET_LANES - 1) / NET_LANES * NET_LANES;
    n->group = 4 * ((size_t)n->pixels + 2 * BORDER);
    st = shape(&n->input, h, 1, 2 * n->group, err);
    if (!st)
        st = shape(&n->half, h / 2, 1, NET_FIRST / 2 * n->group, err);
    for (int i = 0; !st && i < 2; i++)
        st = shape(&n->body[i], h / 4, BORDER, NET_BODY / 4 * n->group, err);
    if (!st)
        st = shape(&n->sum, h / 4, 0, 2 * NET_BODY * (size_t)n->pixels, err);
    if (!st)
        st = shape(&n->text, h / 2, 2, 2 * (size_t)n->pixels + GUARD, err);
    if (!st)
        st = shape(&n->centre, h / 2, 2, 2 * (size_t)n->pixels + GUARD, err);
    if (!st) {
        for (uint32_t y = 0; y < h / 2 + 4; y++)
            memset(n->text.data + y * n->text.pitch, NO_TEXT, n->text.pitch);
        n->h4 = h / 4;
    }
    return st;
}

/* What was computed past the end of the row is border again. */
static void clear_ends(const dsc_net *n, uint8_t *row, uint32_t groups)
{
    for (uint32_t g = 0; g < groups; g++, row += n->group) {
        memset(row, 0, 4 * BORDER);
        memset(row + 4 * ((size_t)BORDER + n->w4), 0,
               4 * ((size_t)n->pixels - n->w4 + BORDER));
    }
}

static void load_grey(dsc_net *n, const uint8_t *grey, size_t stride)
{
    for (uint32_t y = 0; y < n->h4 * 4; y++) {
        const uint8_t *src = grey + y * stride;
        int16_t *a = (int16_t *)(void *)(row_of(&n->input, y) + 4 * BORDER);
        int16_t *b = a + n->group / 2;
        for (uint32_t x = 0; x < n->w4; x++) {
            a[2 * x] = (int16_t)(2 * src[4 * x] - 255);
            a[2 * x + 1] = (int16_t)(2 * src[4 * x + 1] - 255);
            b[2 * x] = (int16_t)(2 * src[4 * x + 2] - 255);
            b[2 * x + 1] = (int16_t)(2 * src[4 * x + 3] - 255);
        }
        clear_ends(n, row_of(&n->input, y), 2);
    }
}

/* ---- layers ---- */

static void run_first(dsc_net *n)
{
    const dsc_net_layer *l = &n->layers[0];
    int32_t pitch = (int32_t)n->input.pitch, b = (int32_t)n->group;

    for (uint32_t y = 0; y < n->half.rows; y++) {
        uint8_t *out = row_of(&n->half, y);
        for (int odd = 0; odd < 2; odd++) {
            int32_t offsets[6];
            dsc_net_row r = {.in = row_of(&n->input, 2 * y) + 4 * BORDER,
                             .offsets = offsets,
                             .pixels = n->pixels,
                             .out = out + 4 * BORDER +
                                    (odd ? NET_FIRST / 4 * n->group : 0),
                             .group = n->group};
            for (int32_t k = 0; k < 3; k++) {
                offsets[2 * k] = (k - 1) * pitch + (odd ? b : 0);
                offsets[2 * k + 1] = (k - 1) * pitch + (odd ? 0 : b - 4);
            }
            n->kernels->first(l, &r);
        }
        clear_ends(n, out, NET_FIRST / 2);
    }
}

/* From the even and odd columns of a half to quarters. */
static void run_second(dsc_net *n)
{
    int32_t offsets[NET_MAX_TAPS], group = (int32_t)n->group, t = 0;

    for (int32_t ky = -1; ky <= 1; ky++)
        for (int32_t kx = -1; kx <= 1; kx++)
            for (int32_t g = 0; g < NET_FIRST / 4; g++)
                offsets[t++] = ky * (int32_t)n->half.pitch +
                               (kx ? NET_FIRST / 4 + g : g) * group -
                               (kx < 0 ? 4 : 0);
    for (uint32_t y = 0; y < n->h4; y++) {
        uint8_t *out = row_of(&n->body[0], y);
        dsc_net_row r = {.in = row_of(&n->half, 2 * y) + 4 * BORDER,
                         .offsets = offsets,
                         .pixels = n->pixels,
                         .out = out + 4 * BORDER,
                         .group = n->group,
                         .sum = (uint16_t *)(void *)row_of(&n->sum, y)};
        n->kernels->body(&n->layers[1], &r);
        clear_ends(n, out, NET_BODY / 4);
    }
}

static void run_body(dsc_net *n, const dsc_net_layer *l, const map *in,
                     const map *out)
{
    int32_t offsets[NET_MAX_TAPS], d = (int32_t)l->dilation, t = 0;

    for (int32_t ky = -1; ky <= 1; ky++)
        for (int32_t kx = -1; kx <= 1; kx++)
            for (int32_t g = 0; g < NET_BODY / 4; g++)
                offsets[t++] = ky * d * (int32_t)in->pitch + kx * d * 4 +
                               g * (int32_t)n->group;
    for (uint32_t y = 0; y < n->h4; y++) {
        uint8_t *row = row_of(out, y);
        dsc_net_row r = {.in = row_of(in, y) + 4 * BORDER,
                         .offsets = offsets,
                         .pixels = n->pixels,
                         .out = row + 4 * BORDER,
                         .group = n->group,
                         .sum = (uint16_t *)(void *)row_of(&n->sum, y),
                         .add = true};
        n->kernels->body(l, &r);
        clear_ends(n, row, NET_BODY / 4);
    }
}

static void run_head(dsc_net *n, const map *in)
{
    int32_t offsets[NET_BODY / 4];

    for (int32_t g = 0; g < NET_BODY / 4; g++)
        offsets[g] = g * (int32_t)n->group;
    for (uint32_t y = 0; y < n->h4; y++) {
        dsc_net_row r = {.in = row_of(in, y) + 4 * BORDER,
                         .offsets = offsets,
                         .pixels = n->pixels};
        for (uint32_t k = 0; k < 2; k++) {
            r.head[0][k] = (int8_t *)row_of(&n->text, 2 * y + k);
            r.head[1][k] = (int8_t *)row_of(&n->centre, 2 * y + k);
        }
        n->kernels->head(&n->layers[n->count - 1], &r);
        for (uint32_t k = 0; k < 2; k++)
            memset(r.head[0][k] + 2 * (size_t)n->w4, NO_TEXT,
                   2 * ((size_t)n->pixels - n->w4));
    }
}

dsc_status dsc_net_run(dsc_net *n, const uint8_t *grey, size_t stride,
                       uint32_t w, uint32_t h, dsc_net_maps *maps,
                       dsc_error *err)
{
    dsc_status st = shape_all(n, w, h, err);
    unsigned now = 0;

    if (st)
        return st;
    load_grey(n, grey, stride);
    run_first(n);
    run_second(n);
    for (uint32_t i = 2; i + 1 < n->count; i++, now ^= 1u)
        run_body(n, &n->layers[i], &n->body[now], &n->body[now ^ 1u]);
    run_head(n, &n->body[now]);
    *maps = (dsc_net_maps){(const int8_t *)row_of(&n->text, 0),
                           (const int8_t *)row_of(&n->centre, 0), w / 2, h / 2,
                           n->text.pitch};
    return DSC_OK;
}
