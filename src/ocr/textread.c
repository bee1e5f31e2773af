/* SPDX-License-Identifier: Apache-2.0
 *
 * The weights of the net for small letters, as models/textread/export.py writes
 * them. */
#include "ocr/textread_priv.h"

#include "base/cpu.h"
#include "base/weights.h"

#include <stdlib.h>
#include <string.h>

static const dsc_weights_kind kind = {"letter reader", "DSCREAD", 1};
#define NUMBERS     4u /* of the head */
#define LAYER_BYTES 36u

/* The part of the file that has not been taken. */
typedef struct rest {
    const uint8_t *p;
    size_t len;
} rest;

static const uint8_t *take(rest *r, size_t n)
{
    const uint8_t *p = r->p;

    if (r->len < n)
        return NULL;
    r->p += n;
    r->len -= n;
    return p;
}

static dsc_status broken(dsc_error *err, const char *what)
{
    return dsc_fail(err, DSC_USAGE, "letter reader weights: %s", what);
}

/* The bytes of a character that begins like this; 0: none does. */
static size_t length_of(uint8_t c)
{
    return c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

/* One character for each class but the first. */
static dsc_status take_names(dsc_textread *t, rest *r, size_t bytes,
                             dsc_error *err)
{
    const uint8_t *p = take(r, bytes), *end;

    if (!p)
        return broken(err, "truncated in the classes");
    end = p + bytes;
    for (t->classes = 1; p < end; t->classes++) {
        size_t n = length_of(*p);
        if (!n || !*p || n > (size_t)(end - p) ||
            t->classes == TEXTREAD_CHANNELS)
            return broken(err, "classes make no sense");
        memcpy(t->names[t->classes], p, n);
        if (!strcmp(t->names[t->classes], " "))
            t->space = t->classes;
        p += n;
    }
    return t->space ? DSC_OK : broken(err, "no space among the classes");
}

/* Letters of one shape. Which of them it is does not matter to a policy, which
 * knows them for what readers confuse, but for 0 and 1 among digits. */
static void find_shapes(dsc_textread *t)
{
    static const char *const alike[] = {"Cc", "0Oo",  "Ss", "Uu", "Vv",
                                        "Ww", "1Il|", "Xx", "Zz"};

    for (uint32_t k = 0; k < t->classes; k++)
        t->shape[k] = k;
    for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
        uint32_t first = 0;
        for (uint32_t k = 1; k < t->classes; k++)
            if (!t->names[k][1] && strchr(alike[i], t->names[k][0])) {
                first = first ? first : k;
                t->shape[k] = first;
                t->shared[first] = k != first;
            }
    }
}

static bool in_range(uint32_t v, uint32_t least, uint32_t most)
{
    return v >= least && v <= most;
}

/* Can it follow on the layer before? NULL: on the row itself. */
static bool follows(textread_layer *l, const textread_layer *before)
{
    uint32_t rows = before ? before->height : TEXTREAD_ROWS;

    if (!in_range(l->out, 1, TEXTREAD_CHANNELS) ||
        l->in != (before ? before->out : 1) ||
        !in_range(l->high, 1, TEXTREAD_ROWS) || !in_range(l->wide, 1, 5) ||
        l->wide % 2 == 0 || !in_range(l->down, 1, 2) ||
        !in_range(l->dilation, 1, TEXTREAD_BORDER) ||
        l->wide / 2 * l->dilation > TEXTREAD_BORDER || l->pad > l->high / 2 ||
        l->sort >= TEXTREAD_SORTS || l->drop > TEXTREAD_MAX_DROP ||
        rows + 2 * l->pad < l->high)
        return false;
    l->height = (rows + 2 * l->pad - l->high) / l->down + 1;
    return l->sort != TEXTREAD_ADD ||
           (before &&
            (before->sort == TEXTREAD_BEGIN || before->sort == TEXTREAD_ADD) &&
            before->out == l->out && before->height == l->height);
}

/* What the sum of an output reaches. */
static uint64_t highest_sum(const textread_layer *l, uint32_t o)
{
    const int16_t *w = l->weights + o * l->depth;
    uint64_t sum = 0;

    for (size_t i = 0; i < l->depth; i++)
        sum += TEXTREAD_TOP * (uint64_t)abs(w[i]);
    return sum + (uint64_t)llabs(l->bias[o]);
}

static size_t up_to(size_t n, size_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

static dsc_status take_weights(textread_layer *l, rest *r, dsc_error *err)
{
    size_t taps = (size_t)l->high * l->wide * l->in;
    const uint8_t *w = take(r, taps * l->out);
    const uint8_t *s = take(r, 12 * (size_t)l->out);

    if (!w || !s)
        return broken(err, "truncated in a layer");
    l->depth = up_to(taps, TEXTREAD_STEP);
    l->weights = dsc_calloc(up_to(l->out, TEXTREAD_TOGETHER) * l->depth,
                            sizeof *l->weights);
    if (!l->weights)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (uint32_t o = 0; o < l->out; o++, s += 4) {
        for (size_t i = 0; i < taps; i++)
            l->weights[o * l->depth + i] = (int8_t)*w++;
        l->bias[o] = (int32_t)dsc_u32le(s);
        l->mult[o] = dsc_u32le(s + 4 * (size_t)l->out);
        l->shift[o] = dsc_u32le(s + 8 * (size_t)l->out);
        l->half[o] = l->shift[o] < 31 ? 1u << l->shift[o] >> 1 : INT32_MAX;
        if (highest_sum(l, o) * l->mult[o] + l->half[o] > INT32_MAX)
            return broken(err, "a scale makes no sense");
    }
    return DSC_OK;
}

static dsc_status take_layer(textread_layer *l, const textread_layer *before,
                             rest *r, dsc_error *err)
{
    const uint8_t *p = take(r, LAYER_BYTES);

    if (!p)
        return broken(err, "truncated in a layer");
    l->out = dsc_u32le(p);
    l->in = dsc_u32le(p + 4);
    l->high = dsc_u32le(p + 8);
    l->wide = dsc_u32le(p + 12);
    l->down = dsc_u32le(p + 16);
    l->dilation = dsc_u32le(p + 20);
    l->pad = dsc_u32le(p + 24);
    l->sort = dsc_u32le(p + 28);
    l->drop = dsc_u32le(p + 32);
    return follows(l, before) ? take_weights(l, r, err)
                              : broken(err, "a layer makes no sense");
}

static dsc_status parse(dsc_textread *t, const dsc_buf *file, dsc_error *err)
{
    rest r = {file->data + DSC_WEIGHTS_HEAD, file->len - DSC_WEIGHTS_HEAD};
    const uint8_t *head = take(&r, (NUMBERS - 1) * sizeof(uint32_t));
    const textread_layer *last;
    dsc_status st;

    if (!head)
        return broken(err, "truncated in the head");
    t->count = dsc_u32le(head);
    if (!in_range(t->count, 1, TEXTREAD_LAYERS))
        return broken(err, "too few or too many layers");
    st = take_names(t, &r, dsc_u32le(head + 8), err);
    if (!st && dsc_u32le(head + 4) != t->classes)
        return broken(err, "classes make no sense");
    if (!st)
        find_shapes(t);
    for (uint32_t i = 0; !st && i < t->count; i++)
        st = take_layer(&t->layers[i], i ? &t->layers[i - 1] : NULL, &r, err);
    for (uint32_t i = 0; !st && i < t->count; i++)
        if ((t->layers[i].sort == TEXTREAD_HEAD) != (i + 1 == t->count))
            return broken(err, "not what this version runs");
    last = &t->layers[t->count - 1];
    if (!st && (r.len || last->height != 1 || last->out != t->classes))
        return broken(err, "not what this version runs");
    return st;
}

static textread_run_fn run_for(unsigned flags)
{
#if defined(__x86_64__) || defined(__i386__)
    if (flags & DSC_CPU_AVX2)
        return dsc_textread_run_avx2;
#endif
    (void)flags;
    return dsc_textread_run_c;
}

dsc_status dsc_textread_run(dsc_textread *t, const uint8_t *px, int32_t w,
                            int32_t h, dsc_textread_logits *out, dsc_error *err)
{
    return t->run(t, px, w, h, out, err);
}

dsc_status dsc_textread_load(dsc_textread **out, const char *path,
                             unsigned flags, dsc_error *err)
{
    dsc_buf file = {0};
    dsc_textread *t = dsc_alloc(sizeof *t);
    dsc_status st;

    *out = NULL;
    if (!t)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    t->run = run_for(flags);
    st = dsc_weights_read(&file, path, &kind, err);
    if (!st)
        st = parse(t, &file, err);
    if (st)
        dsc_textread_free(&t);
    *out = t;
    dsc_buf_free(&file);
    return st;
}

void dsc_textread_free(dsc_textread **pt)
{
    dsc_textread *t = *pt;

    if (!t)
        return;
    for (uint32_t i = 0; i < TEXTREAD_LAYERS; i++)
        dsc_free(t->layers[i].weights);
    dsc_wipe_free(t->room, t->room_size);
    dsc_free(t);
    *pt = NULL;
}
