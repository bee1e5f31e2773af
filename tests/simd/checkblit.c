/* SPDX-License-Identifier: Apache-2.0
 *
 * Every kernel variant against the scalar reference, byte for byte, and the
 * reference against a plain model of what the kernel is for. Random lengths,
 * strides and alignments; the memory ends (or starts) at a page that must not
 * be touched, and the bytes around each row are poisoned.
 *
 *   checkblit [--seed N] [--rounds N]
 *
 * DSC_CPU limits the sets, as it does in dcmscrub; exit code 77 where the CPU
 * lacks the level that it names. */
#include "blit/blit_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_BYTES ((size_t)1 << 16)
#define MAX_N     2100u

static const char *const kernel_names[] = {
#define X(kernel, type) #kernel,
    DSC_BLIT_KERNELS(X)
#undef X
};

static uint64_t rng_state;
static uint64_t seed;
static unsigned long failures, checks;

static uint32_t rnd(void)
{
    /* splitmix64 */
    uint64_t z = rng_state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)(z >> 32 ^ z);
}

static uint32_t below(uint32_t n)
{
    return rnd() % n;
}

/* Lengths that matter: mostly near multiples of the vectors. */
static size_t random_length(void)
{
    switch (below(4)) {
    case 0:
        return below(70);
    case 1:
        return (size_t)64 * below(12) + below(5);
    case 2:
        return (size_t)32 * (1 + below(12)) - 1;
    default:
        return below(MAX_N);
    }
}

static void expect(bool good, const dsc_blit *blit, unsigned kernel,
                   const char *what, size_t n)
{
    checks++;
    if (good)
        return;
    failures++;
    if (failures <= 20)
        printf("FAILED %s (%s): %s, n = %zu, seed %llu\n", kernel_names[kernel],
               blit->variant[kernel], what, n, (unsigned long long)seed);
}

/* ---- memory between pages that fault ---- */

typedef struct arena {
    uint8_t *data; /* MAX_BYTES between two forbidden pages */
} arena;

static void arena_make(arena *a)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *p = mmap(NULL, MAX_BYTES + 2 * page, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED || mprotect(p, page, PROT_NONE) ||
        mprotect(p + page + MAX_BYTES, page, PROT_NONE)) {
        perror("mmap");
        exit(2);
    }
    a->data = p + page;
}

/* n bytes somewhere: at the very start, at the very end, or between. */
static uint8_t *arena_take(arena *a, size_t n)
{
    switch (below(3)) {
    case 0:
        return a->data;
    case 1:
        return a->data + MAX_BYTES - n;
    default:
        return a->data + below((uint32_t)(MAX_BYTES - n + 1));
    }
}

static arena in1, in2, in3, out1;
static uint8_t before[MAX_BYTES], expected[MAX_BYTES];

static void randomize(uint8_t *p, size_t n)
{
    unsigned style = below(3);

    for (size_t i = 0; i < n; i++)
        p[i] = style == 0   ? (uint8_t)rnd()
               : style == 1 ? (uint8_t)(rnd() % 3 * 127)
                            : (uint8_t)(i * 7);
}

/* The whole arena is poison before a kernel writes into it. */
static void poison(arena *a)
{
    uint8_t v = (uint8_t)(0xa0 + below(16));

    memset(a->data, v, MAX_BYTES);
    memset(before, v, MAX_BYTES);
}

/* ---- kernels ---- */

static size_t make_pattern(uint8_t *pattern)
{
    static const uint8_t cells[] = {1, 2, 3, 4, 6, 12};
    size_t cell = cells[below(6)];

    randomize(pattern, cell);
    for (size_t i = cell; i < DSC_PATTERN_BYTES; i++)
        pattern[i] = pattern[i - cell];
    return cell;
}

static void check_fill(const dsc_blit *blit)
{
    uint8_t pattern[DSC_PATTERN_BYTES];
    size_t cell = make_pattern(pattern);
    size_t n = random_length(), stride = n + below(40), rows = below(6);
    size_t extent = rows ? (rows - 1) * stride + n : 0;
    uint8_t *dst;

    poison(&out1);
    dst = arena_take(&out1, extent);
    memcpy(expected, before, MAX_BYTES);
    for (size_t y = 0; y < rows; y++)
        for (size_t i = 0; i < n; i++)
            expected[(size_t)(dst - out1.data) + y * stride + i] =
                pattern[i % cell];
    blit->fill(dst, stride, n, rows, pattern);
    expect(!memcmp(out1.data, expected, MAX_BYTES), blit, DSC_KERNEL_fill,
           "wrong bytes or a write outside", n);
}

/* Runs of some megabytes go another way. */
static void check_huge_fill(const dsc_blit *blit)
{
    uint8_t pattern[DSC_PATTERN_BYTES];
    size_t cell = make_pattern(pattern), room = (size_t)5 << 20;
    size_t n = ((size_t)4 << 20) + below(600) - 300, at = 64 + below(100);
    uint8_t *p = malloc(room);
    bool good = true;

    if (!p)
        exit(2);
    memset(p, 0xa5, room);
    blit->fill(p + at, 0, n, 1, pattern);
    for (size_t i = 0; i < room; i++)
        if (p[i] != (i < at || i >= at + n ? 0xa5 : pattern[(i - at) % cell]))
            good = false;
    expect(good, blit, DSC_KERNEL_fill, "wrong bytes or a write outside", n);
    free(p);
}

static void check_same(const dsc_blit *blit)
{
    size_t n = random_length(), want = n;
    uint8_t *a = arena_take(&in1, n), *b = arena_take(&in2, n);

    randomize(a, n);
    if (n)
        memcpy(b, a, n);
    for (unsigned k = below(4); n && k; k--) {
        size_t at = below((uint32_t)n);
        b[at] = (uint8_t)(a[at] ^ (1u << below(8)));
        if (at < want)
            want = at;
    }
    expect(blit->same(a, b, n) == want, blit, DSC_KERNEL_same,
           "wrong first difference", n);
}

static void check_match(const dsc_blit *blit)
{
    uint8_t pattern[DSC_PATTERN_BYTES];
    size_t cell = make_pattern(pattern), n = random_length(), want = n;
    uint8_t *a = arena_take(&in1, n);

    for (size_t i = 0; i < n; i++)
        a[i] = pattern[i % cell];
    for (unsigned k = below(4); n && k; k--) {
        size_t at = below((uint32_t)n);
        a[at] = (uint8_t)(pattern[at % cell] ^ (1u << below(8)));
        if (at < want)
            want = at;
    }
    expect(blit->match(a, n, pattern) == want, blit, DSC_KERNEL_match,
           "wrong first mismatch", n);
}

static void check_diff(const dsc_blit *blit)
{
    size_t n = random_length(), tiles = (n + 31) / 32;
    uint8_t *a = arena_take(&in1, n), *b = arena_take(&in2, n), *map;
    uint8_t tolerance = (uint8_t)(below(3) ? below(40) : 255 * below(2));
    size_t at;

    poison(&out1);
    map = arena_take(&out1, tiles);
    at = (size_t)(map - out1.data);
    for (size_t t = 0; t < tiles; t++)
        map[t] = before[at + t] = below(4) == 0;
    memcpy(expected, before, MAX_BYTES);
    randomize(a, n);
    for (size_t i = 0; i < n; i++) {
        int d = (int)below(2u * tolerance + 1) - tolerance;
        int v = a[i] + d;
        if (below(60) == 0)
            v = (int)below(256);
        b[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
        if (abs(a[i] - b[i]) > tolerance)
            expected[at + i / 32] = 1;
    }
    blit->diff(a, b, n, tolerance, map);
    expect(!memcmp(out1.data, expected, MAX_BYTES), blit, DSC_KERNEL_diff,
           "wrong tile or a write outside", n);
}

/* The window by the book, in floating point. */
static double plain_window(const dsc_format *fmt, const dsc_blit__scale *s,
                           uint32_t word)
{
    double v = (double)dsc_stored_value(fmt, word);
    double f = (v - (double)s->low) / (double)(s->high - s->low) * 255;

    f = f < 0 ? 0 : f > 255 ? 255 : f;
    return s->invert ? 255 - f : f;
}

static void random_format(dsc_format *fmt, dsc_blit__scale *s, unsigned bits)
{
    dsc_window window;

    *fmt = (dsc_format){.columns = 1, .rows = 1, .samples = 1};
    fmt->bits_allocated = (uint16_t)bits;
    fmt->bits_stored = (uint16_t)(1 + below(bits));
    fmt->high_bit =
        (uint16_t)(fmt->bits_stored - 1 + below(bits - fmt->bits_stored + 1));
    fmt->is_signed = below(2);
    window.low =
        (double)below(1u << bits) - (fmt->is_signed ? 1 << (bits - 1) : 0);
    window.high = window.low + (double)below(1u << bits);
    dsc_blit__scale_make(s, fmt, below(4) ? &window : NULL, below(2));
}

static void check_window(const dsc_blit *blit, unsigned bits)
{
    unsigned kernel = bits == 8 ? DSC_KERNEL_window_u8 : DSC_KERNEL_window_u16;
    size_t n = random_length(), bytes = bits / 8;
    uint8_t *in = arena_take(&in1, n * bytes), *out;
    dsc_blit__scale s;
    dsc_format fmt;
    size_t at;
    bool close = true;

    random_format(&fmt, &s, bits);
    if (!s.has_ramp)
        return;
    randomize(in, n * bytes);
    poison(&out1);
    out = arena_take(&out1, n);
    at = (size_t)(out - out1.data);
    memcpy(expected, before, MAX_BYTES);
    (bits == 8 ? dsc_window_u8_c : dsc_window_u16_c)(expected + at, in, n,
                                                     &s.ramp);
    for (size_t i = 0; i < n; i++) {
        double f = plain_window(&fmt, &s, dsc_blit__word(in, bytes, i));
        if (f - expected[at + i] > 0.51 || expected[at + i] - f > 0.51)
            close = false;
    }
    expect(close, blit, kernel, "the reference is off by more than rounding",
           n);
    (bits == 8 ? blit->window_u8 : blit->window_u16)(out, in, n, &s.ramp);
    expect(!memcmp(out1.data, expected, MAX_BYTES), blit, kernel,
           "wrong bytes or a write outside", n);
}

static uint8_t plain_max(uint8_t a, uint8_t b, uint8_t c)
{
    return a >= b && a >= c ? a : b >= c ? b : c;
}

static uint8_t plain_min(uint8_t a, uint8_t b, uint8_t c)
{
    return a <= b && a <= c ? a : b <= c ? b : c;
}

/* In the order of their kernels. */
enum {
    STRONGEST,
    SPREAD,
    GREEN,
    COOL,
    OF_COLOUR
};

static uint8_t plain_value(int what, uint8_t r, uint8_t g, uint8_t b)
{
    int high = plain_max(r, g, b), low = plain_min(r, g, b);

    switch (what) {
    case STRONGEST:
        return (uint8_t)high;
    case SPREAD:
        return (uint8_t)(high - low);
    case GREEN:
        return (uint8_t)(g - low);
    default:
        return (uint8_t)((b - low + high - r + 1) / 2);
    }
}

static void check_rgb(const dsc_blit *blit, int what)
{
    dsc_rgb_fn *const kernels[OF_COLOUR] = {blit->max_rgb, blit->spread_rgb,
                                            blit->green_rgb, blit->cool_rgb};
    size_t n = random_length();
    uint8_t *in = arena_take(&in1, 3 * n), *out;

    randomize(in, 3 * n);
    poison(&out1);
    out = arena_take(&out1, n);
    memcpy(expected, before, MAX_BYTES);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = in + 3 * i;
        expected[(size_t)(out - out1.data) + i] =
            plain_value(what, p[0], p[1], p[2]);
    }
    kernels[what](out, in, n);
    expect(!memcmp(out1.data, expected, MAX_BYTES), blit,
           DSC_KERNEL_max_rgb + (unsigned)what,
           "wrong bytes or a write outside", n);
}

static void check_planar(const dsc_blit *blit, int what)
{
    dsc_planar_fn *const kernels[OF_COLOUR] = {
        blit->max_planar, blit->spread_planar, blit->green_planar,
        blit->cool_planar};
    size_t n = random_length();
    uint8_t *r = arena_take(&in1, n), *g = arena_take(&in2, n),
            *b = arena_take(&in3, n), *out;

    randomize(r, n);
    randomize(g, n);
    randomize(b, n);
    poison(&out1);
    out = arena_take(&out1, n);
    memcpy(expected, before, MAX_BYTES);
    for (size_t i = 0; i < n; i++)
        expected[(size_t)(out - out1.data) + i] =
            plain_value(what, r[i], g[i], b[i]);
    kernels[what](out, r, g, b, n);
    expect(!memcmp(out1.data, expected, MAX_BYTES), blit,
           DSC_KERNEL_max_planar + (unsigned)what,
           "wrong bytes or a write outside", n);
}

/* ---- whole frames against a model that knows pixels only ---- */

/* What frame checks are filed under: the kernel they lean on. */
#define FRAME_FILL   DSC_KERNEL_fill
#define FRAME_FILLED DSC_KERNEL_match
#define FRAME_SAME   DSC_KERNEL_same

static dsc_format random_frame_format(void)
{
    static const uint16_t allocated[] = {8, 16, 32};
    dsc_format fmt = {.columns = 1 + below(150), .rows = 1 + below(20)};

    fmt.bits_allocated = allocated[below(3)];
    fmt.samples = below(2) ? 3 : 1;
    fmt.layout = below(2) ? DSC_PLANAR : DSC_INTERLEAVED;
    if (below(4) == 0) {
        fmt.layout = DSC_YBR422;
        fmt.samples = 3;
        fmt.bits_allocated = 8;
    }
    fmt.bits_stored = fmt.bits_allocated;
    fmt.high_bit = (uint16_t)(fmt.bits_stored - 1);
    fmt.photometric = fmt.samples == 1 ? DSC_MONOCHROME2 : DSC_YBR_FULL;
    return fmt;
}

static dsc_rect random_rect(const dsc_format *fmt)
{
    int32_t c = (int32_t)fmt->columns, r = (int32_t)fmt->rows;

    switch (below(12)) {
    case 0: /* negative sizes and nothing */
        return (dsc_rect){3, 3, -(int32_t)below(5), (int32_t)below(5)};
    case 1: /* huge */
        return (dsc_rect){-7, (int32_t)below(fmt->rows), INT32_MAX, INT32_MAX};
    case 2: /* far outside */
        return (dsc_rect){INT32_MAX, INT32_MIN, INT32_MAX, 40};
    case 3: /* the last column or row */
        return (dsc_rect){c - 1, r - 1, 1, 1};
    default:
        return (dsc_rect){(int32_t)below(fmt->columns + 20) - 10,
                          (int32_t)below(fmt->rows + 6) - 3,
                          (int32_t)below(fmt->columns / 2 + 2),
                          (int32_t)below(fmt->rows / 2 + 2)};
    }
}

static bool covered(const dsc_format *fmt, const dsc_rects *rects, int64_t x,
                    int64_t y)
{
    bool pairs = fmt->layout == DSC_YBR422;

    dsc_rects_foreach (r, rects) {
        /* a pair counts when either of its pixels is inside */
        for (int64_t px = pairs ? x & ~1 : x; px <= (pairs ? x | 1 : x); px++)
            if (px < fmt->columns && px >= r->x && px < (int64_t)r->x + r->w &&
                y >= r->y && y < (int64_t)r->y + r->h)
                return true;
    }
    return false;
}

/* Which pixel and sample a byte belongs to. */
static void locate(const dsc_format *fmt, size_t at, int64_t *x, int64_t *y,
                   size_t *sample, size_t *byte)
{
    size_t bytes = dsc_sample_bytes(fmt), index = at / bytes;
    size_t plane = (size_t)fmt->columns * fmt->rows;

    *byte = at % bytes;
    if (fmt->layout == DSC_YBR422) {
        size_t row = ((size_t)fmt->columns + 1) / 2 * 4, in_row = at % row;
        *y = (int64_t)(at / row);
        *x = (int64_t)(in_row / 4 * 2 + (in_row % 4 == 1));
        *sample = in_row % 4 < 2 ? 0 : in_row % 4 - 1;
        return;
    }
    if (fmt->layout == DSC_PLANAR) {
        *sample = index / plane;
        index %= plane;
    } else {
        *sample = index % fmt->samples;
        index /= fmt->samples;
    }
    *x = (int64_t)(index % fmt->columns);
    *y = (int64_t)(index / fmt->columns);
}

/* Keep the first in reading order; a pair counts as one. */
static bool first_of(dsc_rect *best, bool have, int64_t x, int64_t y,
                     const dsc_format *fmt)
{
    int32_t w = 1;

    if (fmt->layout == DSC_YBR422) {
        x &= ~1;
        w = x + 1 < fmt->columns ? 2 : 1;
    }
    if (have && (best->y < y || (best->y == y && best->x <= x)))
        return true;
    *best = (dsc_rect){(int32_t)x, (int32_t)y, w, 1};
    return true;
}

static bool same_rect(dsc_rect a, dsc_rect b)
{
    return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h;
}

/* Change a few bytes, anywhere. */
static void disturb(dsc_frame *f)
{
    for (unsigned k = below(3); k; k--)
        f->data[(size_t)rnd() % f->size] ^= (uint8_t)(1u << below(8));
}

/* The first pixel inside (or outside) the rectangles that differs. */
static bool differs_at(const dsc_frame *a, const dsc_frame *b,
                       const dsc_rects *rects, bool inside, dsc_rect *first)
{
    bool any = false;

    *first = (dsc_rect){0};
    for (size_t at = 0; at < a->size; at++) {
        size_t sample, byte;
        int64_t x, y;
        if (a->data[at] == b->data[at])
            continue;
        locate(&a->fmt, at, &x, &y, &sample, &byte);
        if (covered(&a->fmt, rects, x, y) == inside)
            any = first_of(first, any, x, y, &a->fmt);
    }
    return any;
}

static void model_fill(dsc_frame *f, const dsc_rects *rects,
                       const dsc_fill *fill)
{
    size_t bytes = dsc_sample_bytes(&f->fmt);

    for (size_t at = 0; at < f->size; at++) {
        size_t sample, byte;
        int64_t x, y;
        uint8_t word[4];
        uint16_t v16;
        locate(&f->fmt, at, &x, &y, &sample, &byte);
        if (!covered(&f->fmt, rects, x, y))
            continue;
        v16 = (uint16_t)fill->v[sample];
        word[0] = (uint8_t)fill->v[sample];
        if (bytes == 2)
            memcpy(word, &v16, 2);
        if (bytes == 4)
            memcpy(word, &fill->v[sample], 4);
        f->data[at] = word[byte];
    }
}

static void check_frame(const dsc_blit *blit)
{
    dsc_format fmt = random_frame_format();
    dsc_frame a = {0}, b = {0}, model = {0};
    dsc_fill fill = {{rnd(), rnd(), rnd()}};
    dsc_rects rects = {0};
    dsc_rect where, first;
    bool any;

    if (dsc_frame_alloc(&a, &fmt, NULL) || dsc_frame_alloc(&b, &fmt, NULL) ||
        dsc_frame_alloc(&model, &fmt, NULL))
        exit(2);
    for (unsigned k = below(below(10) ? 6 : 60); k; k--)
        if (dsc_rects_add(&rects, random_rect(&fmt), NULL))
            exit(2);
    randomize(a.data, a.size);
    memcpy(model.data, a.data, a.size);
    memcpy(b.data, a.data, a.size);
    model_fill(&model, &rects, &fill);
    dsc_blit_fill(blit, &b, &rects, &fill);
    expect(!memcmp(b.data, model.data, b.size), blit, FRAME_FILL,
           "frame fill differs from the model", b.size);
    expect(dsc_blit_same_outside(blit, &a, &b, &rects, &where), blit,
           FRAME_SAME, "a fill changed something outside", b.size);
    expect(dsc_blit_is_filled(blit, &b, &rects, &fill, &where), blit,
           FRAME_FILLED, "a filled frame is not filled", b.size);

    disturb(&b);
    any = differs_at(&model, &b, &rects, true, &first);
    expect(dsc_blit_is_filled(blit, &b, &rects, &fill, &where) == !any, blit,
           FRAME_FILLED, "is_filled missed or invented a pixel", b.size);
    expect(!any || same_rect(where, first), blit, FRAME_FILLED,
           "is_filled told the wrong pixel", b.size);
    any = differs_at(&model, &b, &rects, false, &first);
    expect(dsc_blit_same_outside(blit, &model, &b, &rects, &where) == !any,
           blit, FRAME_SAME, "same_outside missed or invented a pixel", b.size);
    expect(!any || same_rect(where, first), blit, FRAME_SAME,
           "same_outside told the wrong pixel", b.size);
    dsc_rects_free(&rects);
    dsc_frame_free(&a);
    dsc_frame_free(&b);
    dsc_frame_free(&model);
}

/* ---- views: any variant against scalar ---- */

static dsc_format random_view_format(void)
{
    static const dsc_photometric colours[] = {DSC_RGB, DSC_YBR_FULL,
                                              DSC_YBR_FULL_422,
                                              DSC_YBR_PARTIAL_422, DSC_YBR_RCT};
    dsc_format fmt = random_frame_format();
    uint16_t bits = fmt.bits_allocated;

    fmt.photometric = fmt.samples == 3 ? colours[below(5)]
                      : below(3)       ? (dsc_photometric)below(2)
                                       : DSC_PALETTE_COLOR;
    if (below(2))
        return fmt;
    fmt.bits_stored = (uint16_t)(1 + below(bits));
    fmt.high_bit = (uint16_t)(fmt.bits_stored - 1 +
                              below((uint32_t)bits - fmt.bits_stored + 1));
    fmt.is_signed = below(2);
    return fmt;
}

static bool same_view(const dsc_view *a, const dsc_view *b)
{
    return a->columns == b->columns && a->rows == b->rows &&
           a->size == b->size && !memcmp(a->data, b->data, a->size);
}

static void check_tiles(const dsc_blit *blit, const dsc_view *a, dsc_view *b)
{
    uint8_t map[2][64];
    size_t count[2];

    for (unsigned k = below(4); k; k--)
        b->data[below(b->rows) * b->stride + below(b->columns)] ^= 0x40;
    memset(map, 0, sizeof map);
    count[0] = dsc_blit_changed_tiles(blit, a, b, 9, map[0]);
    count[1] = dsc_blit_changed_tiles(dsc_blit_for(0), a, b, 9, map[1]);
    expect(count[0] == count[1] && !memcmp(map[0], map[1], sizeof map[0]), blit,
           DSC_KERNEL_diff, "tiles differ from the scalar ones", b->size);
}

static void check_view(const dsc_blit *blit)
{
    static uint8_t rgb[3 * 40];
    dsc_palette palette = {rgb, 1 + below(40), (int32_t)below(30) - 15};
    dsc_format fmt = random_view_format();
    dsc_window window = {(double)below(400) - 100, (double)below(5000)};
    const dsc_window *shown = &window;
    bool mono = fmt.photometric <= DSC_MONOCHROME2;
    dsc_view_kind kind =
        mono ? DSC_VIEW_LUMA : (dsc_view_kind)below(DSC_VIEW_KINDS);
    dsc_view a = {0}, b = {0};
    dsc_frame f = {0};

    randomize(rgb, sizeof rgb);
    if (dsc_frame_alloc(&f, &fmt, NULL))
        exit(2);
    randomize(f.data, f.size);
    if (below(2))
        window = dsc_view_auto_window(&f, 0.02, 0.98, NULL);
    if (below(3) == 0)
        shown = NULL;
    if (dsc_view_render(blit, &a, &f, kind, shown, &palette, NULL) ||
        dsc_view_render(dsc_blit_for(0), &b, &f, kind, shown, &palette, NULL))
        exit(2);
    expect(same_view(&a, &b), blit,
           mono ? DSC_KERNEL_window_u16 : DSC_KERNEL_max_planar,
           "the view differs from the scalar one", f.size);
    check_tiles(blit, &a, &b);
    dsc_view_free(&a);
    dsc_view_free(&b);
    dsc_frame_free(&f);
}

/* ---- */

static void check_all(unsigned flags, unsigned long rounds)
{
    const dsc_blit *blit = dsc_blit_for(flags);
    unsigned long had = failures;

    for (unsigned i = 0; i < 2; i++)
        check_huge_fill(blit);
    for (unsigned long i = 0; i < rounds; i++) {
        check_fill(blit);
        check_same(blit);
        check_match(blit);
        check_diff(blit);
        check_window(blit, 8);
        check_window(blit, 16);
        for (int what = 0; what < OF_COLOUR; what++) {
            check_rgb(blit, what);
            check_planar(blit, what);
        }
        check_frame(blit);
        check_view(blit);
    }
    printf("%-7s %s\n", dsc_cpu_level_name(flags),
           failures == had ? "ok" : "FAILED");
}

int main(int argc, char **argv)
{
    static const unsigned levels[] = {
        0, DSC_CPU_SSE2, DSC_CPU_SSE2 | DSC_CPU_AVX2,
        DSC_CPU_SSE2 | DSC_CPU_AVX2 | DSC_CPU_AVX512, DSC_CPU_NEON};
    const char *wanted = getenv("DSC_CPU");
    unsigned long rounds = 1000;
    unsigned flags = dsc_cpu_flags();

    seed = 20240607;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--seed"))
            seed = strtoull(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--rounds"))
            rounds = strtoul(argv[i + 1], NULL, 0);
        else
            argc = 0;
    }
    if (argc % 2 == 0) {
        fprintf(stderr, "usage: checkblit [--seed N] [--rounds N]\n");
        return 2;
    }
    if (wanted && strcmp(wanted, dsc_cpu_level_name(flags))) {
        printf("skipped: this CPU does not offer %s\n", wanted);
        return 77;
    }
    printf("seed %llu, %lu rounds\n", (unsigned long long)seed, rounds);
    arena_make(&in1);
    arena_make(&in2);
    arena_make(&in3);
    arena_make(&out1);
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if ((flags & levels[i]) != levels[i])
            continue;
        rng_state = seed; /* the same cases for each level */
        check_all(levels[i], rounds);
    }
    printf("%lu checks, %lu failed\n", checks, failures);
    return failures ? 1 : 0;
}
