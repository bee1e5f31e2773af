/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/net_priv.h"

#include "base/cpu.h"
#include "base/weights.h"

#include <stdlib.h>
#include <string.h>

/* As models/textdet/train.py writes it. */
static const dsc_weights_kind kind = {"text finder", "DSCTDET", 2};
#define HEAD_BYTES  16u
#define LAYER_BYTES 24u
#define MIN_LAYERS  3

/* ---- load ---- */

/* The kernels know two kinds of net: 1-16-24, any number of 24-24, 24-8, and
 * with 48 instead of 24. */
static bool is_known(const dsc_net *n, uint32_t at)
{
    const dsc_net_layer *l = &n->layers[at];
    bool last = at + 1 == n->count;
    uint32_t in = at == 0 ? 1 : at == 1 ? NET_FIRST : n->width;
    uint32_t out = at == 0 ? NET_FIRST : last ? NET_HEAD : n->width;

    return l->in == in && l->out == out && l->kernel == (last ? 1u : 3u) &&
           l->stride == (at < 2 ? 2u : 1u) && l->dilation >= 1 &&
           l->dilation <= NET_MAX_DILATION && (at > 1 || l->dilation == 1) &&
           l->drop <= NET_MAX_DROP;
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

/* What the sum of an output reaches. */
static uint64_t highest_sum(const dsc_net_layer *l, uint32_t o)
{
    const int8_t *bytes = l->weights;
    const int16_t *words = l->weights;
    uint64_t sum = 0;

    for (uint32_t t = 0; t < l->taps; t++)
        for (uint32_t i = 0; i < (l->in == 1 ? 2u : 4u); i++)
            sum +=
                l->in == 1
                    ? 255u * (uint64_t)abs(words[(t * l->out + o) * 2 + i])
                    : NET_TOP * (uint64_t)abs(bytes[(t * l->out + o) * 4 + i]);
    return sum + (uint64_t)llabs(l->bias[o]);
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
        l->bias[o] = (int32_t)dsc_u32le(p);
        l->mult[o] = dsc_u32le(p + 4 * (size_t)l->out);
        l->shift[o] = dsc_u32le(p + 8 * (size_t)l->out);
        l->half[o] = l->shift[o] < 31 ? 1u << l->shift[o] >> 1 : INT32_MAX;
        if (highest_sum(l, o) * l->mult[o] + l->half[o] > INT32_MAX)
            return dsc_fail(err, DSC_USAGE,
                            "text finder weights: a scale makes no sense");
    }
    return DSC_OK;
}

static dsc_status parse(dsc_net *n, const dsc_buf *file, dsc_error *err)
{
    const uint8_t *p = file->data + HEAD_BYTES;
    size_t left = file->len - HEAD_BYTES;
    dsc_status st = DSC_OK;

    if (file->len < HEAD_BYTES)
        return dsc_fail(err, DSC_USAGE, "text finder weights: no layers");
    n->count = dsc_u32le(file->data + 12);
    if (n->count < MIN_LAYERS || n->count > NET_MAX_LAYERS)
        return dsc_fail(err, DSC_USAGE, "text finder weights: %u layers",
                        n->count);
    for (uint32_t i = 0; !st && i < n->count; i++) {
        dsc_net_layer *l = &n->layers[i];
        size_t need;
        if (left < LAYER_BYTES)
            return dsc_fail(err, DSC_USAGE,
                            "text finder weights: truncated in layer %u", i);
        *l = (dsc_net_layer){.out = dsc_u32le(p),
                             .in = dsc_u32le(p + 4),
                             .kernel = dsc_u32le(p + 8),
                             .stride = dsc_u32le(p + 12),
                             .dilation = dsc_u32le(p + 16),
                             .drop = dsc_u32le(p + 20)};
        if (i == 1)
            n->width = l->out == NET_WIDE ? NET_WIDE : NET_BODY;
        if (!is_known(n, i))
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
        return dsc_fail(err, DSC_USAGE,
                        "text finder weights: not what this version runs");
    n->flats = st ? NULL : dsc_calloc(256 * (size_t)n->count, sizeof *n->flats);
    if (!st && !n->flats)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    return st;
}

const dsc_net_kernels *dsc_net_kernels_for(unsigned flags)
{
#if defined(__x86_64__) || defined(__i386__)
    if (flags & DSC_CPU_AVX512_VNNI)
        return &dsc_net_kernels_avx512;
    if (flags & DSC_CPU_AVX_VNNI)
        return &dsc_net_kernels_avxvnni;
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
    st = dsc_weights_read(&file, path, &kind, err);
    if (!st)
        st = parse(n, &file, err);
    n->kernels = dsc_net_kernels_for(flags);
    if (st)
        dsc_net_free(&n);
    *out = n;
    dsc_buf_free(&file);
    return st;
}

void dsc_net_free(dsc_net **pn)
{
    dsc_net *n = *pn;

    if (!n)
        return;
    for (uint32_t i = 0; i < NET_MAX_LAYERS; i++)
        dsc_free(n->layers[i].weights);
    dsc_free(n->flats);
    dsc_net_masks_free(&n->masks);
    dsc_wipe_free(n->rings.data, n->rings.size);
    dsc_wipe_free(n->maps.data, n->maps.size);
    dsc_free(n);
    *pn = NULL;
}
