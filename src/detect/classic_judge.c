/* SPDX-License-Identifier: Apache-2.0
 *
 * Is a chain of pieces a line of text? What tells burned-in text from anatomy
 * and noise: even ink, sharp edges, few half-tones, like heights on a common
 * base or top line, strokes of one width, and clean paper around.
 */
#include "detect/classic_priv.h"

#include <stdlib.h>
#include <string.h>

enum {
    LARGE_PX = 2000
};

static int32_t ratio(int64_t a, int64_t b)
{
    int64_t r = b > 0 ? a * 1000 / b : 0;
    return r > 30000 ? 30000 : (int32_t)r;
}

/* ---- what is around and between the pieces ---- */

typedef struct tones {
    int32_t count; /* pixels looked at */
    int32_t half;  /* neither paper nor ink */
    int32_t ink;
    int64_t paper_sum;
} tones;

static void look(const dsc_hat *hat, int32_t x, int32_t y, int32_t peak,
                 tones *t)
{
    int32_t v = 0;

    if (x >= 0 && y >= 0 && x < hat->columns && y < hat->rows)
        v = hat->px[(size_t)y * (size_t)hat->columns + (size_t)x];
    t->count++;
    if (v * 10 > peak * 7)
        t->ink++;
    else if (v * 10 > peak * 3)
        t->half++;
    else
        t->paper_sum += v;
}

/* The frame of pixels `d` outside the box. */
static tones look_around(const dsc_hat *hat, dsc_rect b, int32_t d,
                         int32_t peak)
{
    tones t = {0};

    for (int32_t x = b.x - d; x < b.x + b.w + d; x++) {
        look(hat, x, b.y - d, peak, &t);
        look(hat, x, b.y + b.h + d - 1, peak, &t);
    }
    for (int32_t y = b.y - d + 1; y < b.y + b.h + d - 1; y++) {
        look(hat, b.x - d, y, peak, &t);
        look(hat, b.x + b.w + d - 1, y, peak, &t);
    }
    return t;
}

static tones look_inside(const dsc_hat *hat, dsc_rect b, int32_t peak)
{
    tones t = {0};

    for (int32_t y = b.y; y < b.y + b.h; y++)
        for (int32_t x = b.x; x < b.x + b.w; x++)
            look(hat, x, y, peak, &t);
    return t;
}

/* ---- the pieces ---- */

typedef struct sums {
    int64_t n, glyphs10, h, area, runs, columns, peaks, peaks2, steps, stroke;
    int64_t gaps;
} sums;

static int32_t stroke100(const dsc_piece *p)
{
    return (int32_t)((int64_t)p->area * 200 / (p->runs + p->columns));
}

static sums add_up(const dsc_piece *p, size_t n)
{
    sums s = {.n = (int64_t)n};

    for (size_t i = 0; i < n; i++) {
        int64_t w = p[i].x1 - p[i].x0, h = p[i].y1 - p[i].y0;
        s.glyphs10 += w * 10 <= h * 13 ? 10 : w * 100 / (h * 7);
        s.h += h;
        s.area += p[i].area;
        s.runs += p[i].runs;
        s.columns += p[i].columns;
        s.peaks += p[i].peaks;
        s.peaks2 += p[i].peaks2;
        s.steps += p[i].steps;
        s.stroke += stroke100(&p[i]);
    }
    return s;
}

static int by_value(const void *a, const void *b)
{
    int32_t p = *(const int32_t *)a, q = *(const int32_t *)b;
    return p < q ? -1 : p > q;
}

/* Mean distance from the median. */
static int32_t spread(int32_t *v, size_t n)
{
    int64_t sum = 0;

    qsort(v, n, sizeof *v, by_value);
    for (size_t i = 0; i < n; i++)
        sum += labs((long)v[i] - v[n / 2]);
    return (int32_t)(sum * 100 / (int64_t)n);
}

typedef int32_t (*property)(const dsc_piece *);

static int32_t get_top(const dsc_piece *p)
{
    return p->y0;
}

static int32_t get_bottom(const dsc_piece *p)
{
    return p->y1;
}

static int32_t get_height(const dsc_piece *p)
{
    return p->y1 - p->y0;
}

static int32_t spread_of(const dsc_piece *p, size_t n, property f, int32_t *tmp)
{
    for (size_t i = 0; i < n; i++)
        tmp[i] = f(&p[i]);
    return spread(tmp, n);
}

dsc_features dsc_classic__measure(const dsc_hat *hat, const dsc_piece *p,
                                  size_t n, dsc_rect line, dsc_rect box,
                                  int32_t *tmp)
{
    sums s = add_up(p, n);
    int32_t peak = (int32_t)(s.peaks / s.runs);
    int32_t h = (int32_t)(s.h / s.n);
    int32_t top = spread_of(p, n, get_top, tmp);
    int32_t bottom = spread_of(p, n, get_bottom, tmp);
    int32_t stroke = (int32_t)(s.stroke / s.n);
    tones ring = look_around(hat, box, 2, peak);
    tones in = look_inside(hat, box, peak);
    tones far = look_around(hat, box, h / 2 < 4 ? 4 : h / 2, peak);
    dsc_features f = {0};

    f.glyphs10 = (int32_t)s.glyphs10;
    f.height = h;
    f.peak = peak;
    f.sharp = ratio(s.steps, 2 * s.peaks);
    f.uneven =
        ratio(s.peaks2 / s.runs - (int64_t)peak * peak, (int64_t)peak * peak);
    f.ring_ink = ratio(ring.ink, ring.count);
    f.ring_half = ratio(ring.half, ring.count);
    f.half = ratio(in.half, in.ink);
    f.paper =
        ratio(in.paper_sum, (int64_t)peak * (in.count - in.ink - in.half + 1));
    f.tall = ratio(line.h, h);
    f.base = ratio((top < bottom ? top : bottom), h * 100);
    f.heights = ratio(spread_of(p, n, get_height, tmp), h * 100);
    f.fill = ratio(s.area, (int64_t)line.w * line.h);
    f.stroke = ratio(stroke, h * 100);
    f.strokes = ratio(spread_of(p, n, stroke100, tmp), (int64_t)stroke * 100);
    f.rows = ratio(s.runs * 10, (int64_t)h * s.glyphs10);
    f.columns = ratio(s.columns * 10, (int64_t)h * s.glyphs10);
    f.far = ratio(far.ink + far.half, far.count);
    return f;
}

/* ---- the verdict ---- */

static int class_of(const dsc_features *f)
{
    if (f->glyphs10 < 15)
        return 0;
    if (f->glyphs10 < 29)
        return 1;
    return f->glyphs10 < 60 ? 2 : 3;
}

/* Whole doublings above 1. */
static int32_t doublings(int64_t v)
{
    int32_t n = 0;

    for (; v > 1; v /= 2)
        n++;
    return n;
}

int32_t dsc_classic__odds(const dsc_features *f, int64_t area, bool turned)
{
    /* Log-odds, in hundredths, that a chain needs; more for a large one, whose
     * loss would hurt. */
    static const int32_t least[DSC_CLASSIC_CLASSES] = {-60, -30, 0, 0};
    int32_t values[DSC_CLASSIC_FEATURES];
    int class = class_of(f);
    const dsc_weights *w = &dsc_classic__weights[class];
    int32_t odds = w->bias;

    /* A turned letter or two is an upright one lying beside its mates. */
    if ((turned && class < 2) || f->tall > 2000)
        return -1;
    memcpy(values, f, sizeof values);
    for (size_t i = 0; i < DSC_CLASSIC_FEATURES; i++) {
        int32_t k = 0;
        while (k < w->features[i].n && values[i] >= w->features[i].edges[k])
            k++;
        odds += w->features[i].weights[k];
    }
    odds -= least[class] + 90 * doublings(area / LARGE_PX);
    return odds;
}
