/* SPDX-License-Identifier: Apache-2.0
 *
 * JPEG in colour, decoded to be read. A stored coefficient stands for all
 * values within half a step of it, so a stream stands for many pictures. The
 * usual decoder shows the one in the middle, whose colour is blurred and rings.
 * This one shows the one among them whose colour follows the brightness
 * nearby, as letters of one colour on a ground of another do:
 *  - the fit: chroma as slope * luma + offset, least squares in windows (the
 *    guided filter: He, Sun, Tang, ECCV 2010);
 *  - the projection: the fit's coefficients put back within half a step of
 *    those that are stored (Zakhor, IEEE CSVT 2, 1992), and again.
 * At last a coefficient that the fit misses by a whole step and more has the
 * value that every decoder gives it: colour that brightness does not tell of is
 * as strong as in the usual picture. Where there is no colour to speak of, or
 * no flat ground, the picture is the usual one (docs/adr/0039). */
#include "codec/codec_jpeg_priv.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    CORE = 16,  /* blocks of chroma that a tile is done for, each way */
    MARGIN = 2, /* and blocks around them that count */
    ACROSS = CORE + 2 * MARGIN,
    SIDE = ACROSS * DCTSIZE,
    REACH = 2, /* of a window, to each side, in samples of chroma */
    TURNS = 4,
    SWING = 16, /* levels of chroma that are colour */
    FINE = 2,   /* steps that leave nothing to clear in full resolution */
    PAPER = 5,  /* levels that a flat ground has */
};
#define FLAT 4.0f /* variance of luma below which little follows it */

typedef struct plane {
    float at[SIDE][SIDE];
} plane;
typedef float block[DCTSIZE2]; /* row by row */

/* One component of a tile; in the end chroma is slope * luma + rest. */
typedef struct shade {
    JBLOCK coefs[ACROSS][ACROSS];
    block step;
    plane chroma, slope, rest;
    float low[ACROSS][ACROSS], high[ACROSS][ACROSS]; /* of what is stored */
} shade;

typedef struct tile {
    JDIMENSION x0, y0;         /* the first block, margin included */
    int w, h;                  /* in samples */
    float share[SIDE];         /* 1 / samples of a window's row */
    plane luma, mean, spread;  /* of luma, as coarse as chroma is stored */
    plane fit, product, means; /* work in progress */
    shade shades[2];
    bool clears[ACROSS][ACROSS]; /* which blocks are shown */
} tile;

typedef struct clear_job {
    dsc_jpeg_reader *reader;
    dsc_frame *out;
    int fx, fy;    /* pixels that a sample of chroma stands for */
    uint8_t *luma; /* shown once there is colour */
    bool luma_shown;
    size_t luma_w, luma_h; /* whole blocks */
    tile *tile;
} clear_job;

/* ---- blocks ---- */

/* cos(k * pi / 16) / 2 for k of 4, 1, 2, 3, 5, 6 and 7. */
#define A .35355339f
#define B .49039264f
#define C .46193977f
#define D .41573481f
#define E .27778512f
#define F .19134172f
#define G .09754516f
static const block cosines = {
    A, A,  A,  A,  A,  A,  A,  A, B, D,  E,  G,  -G, -E, -D, -B,
    C, F,  -F, -C, -C, -F, F,  C, D, -G, -B, -E, E,  B,  G,  -D,
    A, -A, -A, A,  A,  -A, -A, A, E, -B, G,  D,  -D, -G, B,  -E,
    F, -C, C,  -F, -F, C,  -C, F, G, -E, D,  -B, B,  -D, E,  -G,
};
static const block cosines_down = {
    A, B,  C,  D,  A,  E,  F,  G, A, D,  F,  -G, -A, -B, -C, -E,
    A, E,  -F, -B, -A, G,  C,  D, A, G,  -C, -E, A,  D,  -F, -B,
    A, -G, -C, E,  A,  -D, -F, B, A, -E, -F, B,  -A, -G, C,  -D,
    A, -D, F,  G,  -A, B,  -C, E, A, -B, C,  -D, A,  -E, F,  -G,
};

#undef A
#undef B
#undef C
#undef D
#undef E
#undef F
#undef G

static void multiply(const float *a, const float *b, float *out)
{
    for (int y = 0; y < DCTSIZE; y++) {
        float row[DCTSIZE] = {0};
        for (int k = 0; k < DCTSIZE; k++)
            for (int x = 0; x < DCTSIZE; x++)
                row[x] += a[y * DCTSIZE + k] * b[k * DCTSIZE + x];
        memcpy(out + y * DCTSIZE, row, sizeof row);
    }
}

static void to_coefs(const float *samples, float *coefs)
{
    block half;

    multiply(samples, cosines_down, half);
    multiply(cosines, half, coefs);
}

/* Most blocks of chroma are of one level. */
static bool is_one_level(const float *coefs)
{
    bool any = false;

    for (int i = 1; i < DCTSIZE2; i++)
        any |= coefs[i] != 0.0f;
    return !any;
}

/* What multiplying gives for these, to the last bit. */
static void to_one_level(float coef, float *samples)
{
    float v = cosines[0] * (coef * cosines[0]);

    for (int i = 0; i < DCTSIZE2; i++)
        samples[i] = v;
}

static void to_samples(const float *coefs, float *samples)
{
    block half;

    if (is_one_level(coefs)) {
        to_one_level(coefs[0], samples);
        return;
    }
    multiply(coefs, cosines, half);
    multiply(cosines_down, half, samples);
}

static void dequantise(const JCOEF *coefs, const float *step, float *out)
{
    for (int i = 0; i < DCTSIZE2; i++)
        out[i] = (float)coefs[i] * step[i];
}

static void steps_of(const jpeg_component_info *comp, float *step)
{
    for (int i = 0; i < DCTSIZE2; i++)
        step[i] = (float)comp->quant_table->quantval[i];
}

static uint8_t level(float v)
{
    return v <= 0.0f ? 0 : v >= 255.0f ? 255 : (uint8_t)(v + 0.5f);
}

static void show_luma(clear_job *job)
{
    const jpeg_component_info *comp = &job->reader->d.comp_info[0];
    block step, coefs, samples;

    job->luma_shown = true;
    steps_of(comp, step);
    for (JDIMENSION y = 0; y < comp->height_in_blocks; y++) {
        const JBLOCK *row = dsc_jpeg_block_row(job->reader, 0, y);
        uint8_t *out = job->luma + (size_t)y * DCTSIZE * job->luma_w;
        for (JDIMENSION x = 0; x < comp->width_in_blocks; x++, out += DCTSIZE) {
            dequantise(row[x], step, coefs);
            to_samples(coefs, samples);
            for (size_t j = 0; j < DCTSIZE; j++)
                for (size_t i = 0; i < DCTSIZE; i++)
                    out[j * job->luma_w + i] =
                        level(samples[j * DCTSIZE + i] + 128.0f);
        }
    }
}

/* ---- a tile ---- */

static int luma_at(const clear_job *job, size_t x, size_t y)
{
    x = x < job->luma_w ? x : job->luma_w - 1;
    y = y < job->luma_h ? y : job->luma_h - 1;
    return job->luma[y * job->luma_w + x];
}

static void shrink_luma(const clear_job *job)
{
    tile *t = job->tile;
    size_t left = (size_t)t->x0 * DCTSIZE * (size_t)job->fx;
    size_t top = (size_t)t->y0 * DCTSIZE * (size_t)job->fy;
    float share = 1.0f / (float)(job->fx * job->fy);

    for (int y = 0; y < t->h; y++) {
        for (int x = 0; x < t->w; x++) {
            int sum = 0;
            for (int j = 0; j < job->fy; j++)
                for (int i = 0; i < job->fx; i++)
                    sum += luma_at(job, left + (size_t)(x * job->fx + i),
                                   top + (size_t)(y * job->fy + j));
            t->luma.at[y][x] = (float)sum * share;
        }
    }
}

/* Each sample's mean over the window around it, as far as the tile goes. */
static void window_means(const tile *t, const plane *in, plane *out)
{
    static const float none[SIDE];
    const float *rows[2 * REACH + 1];
    float sums[SIDE + 2 * REACH] = {0};

    for (int y = 0; y < t->h; y++) {
        int first = y < REACH ? 0 : y - REACH;
        int end = y + REACH < t->h ? y + REACH + 1 : t->h;
        float share = 1.0f / (float)(end - first);

        for (int k = 0; k <= 2 * REACH; k++)
            rows[k] = first + k < end ? in->at[first + k] : none;
        for (int x = 0; x < t->w; x++)
            sums[REACH + x] = 0.0f + rows[0][x] + rows[1][x] + rows[2][x] +
                              rows[3][x] + rows[4][x];
        for (int x = t->w; x < t->w + REACH; x++)
            sums[REACH + x] = 0.0f;
        for (int x = 0; x < t->w; x++)
            out->at[y][x] = (0.0f + sums[x] + sums[x + 1] + sums[x + 2] +
                             sums[x + 3] + sums[x + 4]) *
                            (share * t->share[x]);
    }
}
static_assert(REACH == 2, "five rows and columns are added up");

#define EACH_SAMPLE(t)                                                         \
 for (int y = 0; y < (t)->h; y++)                                              \
  for (int x = 0; x < (t)->w; x++)

static void measure_luma(clear_job *job)
{
    tile *t = job->tile;

    memset(t->share, 0, sizeof t->share);
    for (int x = 0; x < t->w; x++) {
        int first = x < REACH ? 0 : x - REACH;
        int end = x + REACH < t->w ? x + REACH + 1 : t->w;
        t->share[x] = 1.0f / (float)(end - first);
    }
    shrink_luma(job);
    window_means(t, &t->luma, &t->mean);
    EACH_SAMPLE (t)
        t->product.at[y][x] = t->luma.at[y][x] * t->luma.at[y][x];
    window_means(t, &t->product, &t->spread);
    EACH_SAMPLE (t)
        t->spread.at[y][x] -= t->mean.at[y][x] * t->mean.at[y][x];
}

/* What luma says of the chroma there is. */
static void fit(tile *t, shade *s)
{
    window_means(t, &s->chroma, &t->means);
    EACH_SAMPLE (t)
        t->product.at[y][x] = t->luma.at[y][x] * s->chroma.at[y][x];
    window_means(t, &t->product, &t->fit);
    EACH_SAMPLE (t) {
        float slope = (t->fit.at[y][x] - t->means.at[y][x] * t->mean.at[y][x]) /
                      (t->spread.at[y][x] + FLAT);
        t->product.at[y][x] = slope;
        t->fit.at[y][x] = t->means.at[y][x] - slope * t->mean.at[y][x];
    }
    window_means(t, &t->product, &s->slope);
    window_means(t, &t->fit, &s->rest);
    EACH_SAMPLE (t)
        t->fit.at[y][x] =
            s->slope.at[y][x] * t->luma.at[y][x] + s->rest.at[y][x];
}

/* Within half a step of the stored value. */
static float nearest(float fitted, float stored, float step)
{
    float off = stored - fitted, half = 0.5f * step;

    return off > half ? stored - half : off < -half ? stored + half : fitted;
}

/* The same, but the stored value where the fit is a step or more from it, and
 * between the two in between. */
static float settled(float fitted, float stored, float step)
{
    float off = stored - fitted, far = fabsf(off), over = 2.0f * far - step;

    if (far >= step || over <= 0.0f)
        return far >= step ? stored : fitted;
    return off > 0.0f ? fitted + over : fitted - over;
}

static void get_block(const plane *p, int x, int y, float *b)
{
    for (int j = 0; j < DCTSIZE; j++)
        memcpy(b + j * DCTSIZE, &p->at[y + j][x], DCTSIZE * sizeof *b);
}

static void put_block(plane *p, int x, int y, const float *b)
{
    for (int j = 0; j < DCTSIZE; j++)
        memcpy(&p->at[y + j][x], b + j * DCTSIZE, DCTSIZE * sizeof *b);
}

/* The stored coefficients of the block at sample (x, y). */
static void stored_block(const shade *s, int x, int y, float *b)
{
    dequantise(s->coefs[y / DCTSIZE][x / DCTSIZE], s->step, b);
}

static void project(tile *t, shade *s, float (*value)(float, float, float))
{
    for (int y = 0; y < t->h; y += DCTSIZE) {
        for (int x = 0; x < t->w; x += DCTSIZE) {
            block b, stored;

            stored_block(s, x, y, stored);
            get_block(&t->fit, x, y, b);
            to_coefs(b, b);
            for (int i = 0; i < DCTSIZE2; i++)
                b[i] = value(b[i], stored[i], s->step[i]);
            to_samples(b, b);
            put_block(&s->chroma, x, y, b);
        }
    }
}

static void find_range(const float *samples, float *low, float *high)
{
    *low = *high = samples[0];
    for (int i = 1; i < DCTSIZE2; i++) {
        *low = samples[i] < *low ? samples[i] : *low;
        *high = samples[i] > *high ? samples[i] : *high;
    }
}

static void show_stored(const tile *t, shade *s)
{
    for (int y = 0; y < t->h / DCTSIZE; y++) {
        for (int x = 0; x < t->w / DCTSIZE; x++) {
            block b;

            stored_block(s, x * DCTSIZE, y * DCTSIZE, b);
            to_samples(b, b);
            find_range(b, &s->low[y][x], &s->high[y][x]);
            put_block(&s->chroma, x * DCTSIZE, y * DCTSIZE, b);
        }
    }
}

/* Blocks [x0, x1) x [y0, y1) of a tile. */
typedef struct part {
    int x0, x1, y0, y1;
} part;

static part around(const tile *t, int x, int y)
{
    int across = t->w / DCTSIZE, down = t->h / DCTSIZE;

    return (part){x ? x - 1 : 0, x + 2 < across ? x + 2 : across, y ? y - 1 : 0,
                  y + 2 < down ? y + 2 : down};
}

static bool has_colour(const shade *s, part p)
{
    float low = s->low[p.y0][p.x0], high = s->high[p.y0][p.x0];

    for (int y = p.y0; y < p.y1; y++)
        for (int x = p.x0; x < p.x1; x++) {
            low = s->low[y][x] < low ? s->low[y][x] : low;
            high = s->high[y][x] > high ? s->high[y][x] : high;
        }
    return high - low >= (float)SWING;
}

/* Are a third of the pixels one level, or nearly? On grain the fit would carry
 * the grain of luma into chroma. */
static bool has_paper(const clear_job *job, part p)
{
    int sizes[2] = {DCTSIZE * job->fx, DCTSIZE * job->fy};
    size_t left = (size_t)job->tile->x0 * (size_t)sizes[0];
    size_t top = (size_t)job->tile->y0 * (size_t)sizes[1];
    int counts[256 + PAPER] = {0}, near = 0, most = 0;
    int all = (p.x1 - p.x0) * sizes[0] * (p.y1 - p.y0) * sizes[1];

    for (int y = p.y0 * sizes[1]; y < p.y1 * sizes[1]; y++)
        for (int x = p.x0 * sizes[0]; x < p.x1 * sizes[0]; x++)
            counts[luma_at(job, left + (size_t)x, top + (size_t)y)]++;
    for (int i = 0; i < 256 + PAPER; i++) {
        near += counts[i] - (i >= PAPER ? counts[i - PAPER] : 0);
        most = near > most ? near : most;
    }
    return 3 * most >= all;
}

/* Which blocks of a part; returns the part that has them, none if x1 is 0. */
static part find_clears(clear_job *job, part core)
{
    tile *t = job->tile;
    part found = {ACROSS, 0, ACROSS, 0};

    for (int y = core.y0; y < core.y1; y++)
        for (int x = core.x0; x < core.x1; x++) {
            part p = around(t, x, y);
            bool clears =
                has_colour(&t->shades[0], p) || has_colour(&t->shades[1], p);
            if (clears && !job->luma_shown)
                show_luma(job);
            t->clears[y][x] = clears && has_paper(job, p);
            if (t->clears[y][x])
                found = (part){x < found.x0 ? x : found.x0,
                               x < found.x1 ? found.x1 : x + 1,
                               y < found.y0 ? y : found.y0, y + 1};
        }
    return found;
}

static void load_shade(const clear_job *job, int c)
{
    tile *t = job->tile;
    shade *s = &t->shades[c - 1];

    steps_of(&job->reader->d.comp_info[c], s->step);
    for (int y = 0; y < t->h / DCTSIZE; y++) {
        const JBLOCK *row =
            dsc_jpeg_block_row(job->reader, c, t->y0 + (JDIMENSION)y);
        memcpy(s->coefs[y], row + t->x0,
               (size_t)t->w / DCTSIZE * sizeof(JBLOCK));
    }
    show_stored(t, s);
}

static void clear_shade(tile *t, shade *s)
{
    for (int turn = 0; turn < TURNS; turn++) {
        fit(t, s);
        project(t, s, turn + 1 < TURNS ? nearest : settled);
    }
    EACH_SAMPLE (t)
        s->rest.at[y][x] =
            s->chroma.at[y][x] - s->slope.at[y][x] * t->luma.at[y][x];
}

/* ---- pixels ---- */

/* Where a pixel lies between samples of chroma. As in libjpeg, that is between
 * them at half the resolution, and in one of them at less. */
typedef struct spot {
    int at, next;
    float share; /* of the next */
} spot;

static spot spot_of(int pixel, int factor, int samples)
{
    int at = pixel / factor;

    if (factor != 2)
        return (spot){at, at, 0.0f};
    if (pixel % 2)
        return (spot){at, at + 1 < samples ? at + 1 : at, 0.25f};
    return (spot){at ? at - 1 : 0, at, 0.75f};
}

static float between(const plane *p, spot x, spot y)
{
    const float *a = p->at[y.at], *b = p->at[y.next];
    float above = a[x.at] + x.share * (a[x.next] - a[x.at]);
    float below = b[x.at] + x.share * (b[x.next] - b[x.at]);

    return above + y.share * (below - above);
}

/* The pixels of a block of chroma. */
static void show_block(const clear_job *job, int bx, int by)
{
    const tile *t = job->tile;
    const shade *blue = &t->shades[0], *red = &t->shades[1];
    int columns = (int)job->out->fmt.columns, rows = (int)job->out->fmt.rows;
    int left = (int)t->x0 * DCTSIZE * job->fx;
    int top = (int)t->y0 * DCTSIZE * job->fy;
    int right = left + (bx + 1) * DCTSIZE * job->fx;
    int bottom = top + (by + 1) * DCTSIZE * job->fy;

    right = right < columns ? right : columns;
    bottom = bottom < rows ? bottom : rows;
    for (int y = top + by * DCTSIZE * job->fy; y < bottom; y++) {
        int x = left + bx * DCTSIZE * job->fx;
        size_t at = (size_t)y * (size_t)columns + (size_t)x;
        uint8_t *out = job->out->data + at * 3;
        const uint8_t *luma = job->luma + (size_t)y * job->luma_w;
        spot v = spot_of(y - top, job->fy, t->h);

        for (; x < right; x++, out += 3) {
            spot u = spot_of(x - left, job->fx, t->w);
            float l = luma[x];
            float b =
                between(&blue->slope, u, v) * l + between(&blue->rest, u, v);
            float r =
                between(&red->slope, u, v) * l + between(&red->rest, u, v);
            out[0] = level(l + 1.402f * r);
            out[1] = level(l - 0.344136f * b - 0.714136f * r);
            out[2] = level(l + 1.772f * b);
        }
    }
}

static int blocks_from(JDIMENSION first, JDIMENSION all, int most)
{
    JDIMENSION left = all - first;
    return left < (JDIMENSION)most ? (int)left : most;
}

/* Blocks from (x, y) on and the margin around them; returns those without it.
 */
static part load_tile(clear_job *job, JDIMENSION x, JDIMENSION y, int w, int h)
{
    const jpeg_component_info *comp = &job->reader->d.comp_info[1];
    int left = x < MARGIN ? (int)x : MARGIN, top = y < MARGIN ? (int)y : MARGIN;
    int right = blocks_from(x, comp->width_in_blocks, w + MARGIN);
    int below = blocks_from(y, comp->height_in_blocks, h + MARGIN);
    tile *t = job->tile;

    t->x0 = x - (JDIMENSION)left;
    t->y0 = y - (JDIMENSION)top;
    t->w = (left + right) * DCTSIZE;
    t->h = (top + below) * DCTSIZE;
    load_shade(job, 1);
    load_shade(job, 2);
    return (part){left, left + (right < w ? right : w), top,
                  top + (below < h ? below : h)};
}

static void do_tile(clear_job *job, JDIMENSION x, JDIMENSION y)
{
    tile *t = job->tile;
    part found = find_clears(job, load_tile(job, x, y, CORE, CORE)), core;

    if (!found.x1)
        return;
    /* again, as little as it may be */
    core = load_tile(job, t->x0 + (JDIMENSION)found.x0,
                     t->y0 + (JDIMENSION)found.y0, found.x1 - found.x0,
                     found.y1 - found.y0);
    measure_luma(job);
    clear_shade(t, &t->shades[0]);
    clear_shade(t, &t->shades[1]);
    for (int j = 0; j < core.y1 - core.y0; j++)
        for (int i = 0; i < core.x1 - core.x0; i++)
            if (t->clears[found.y0 + j][found.x0 + i])
                show_block(job, core.x0 + i, core.y0 + j);
}

static void clear_all(void *arg)
{
    clear_job *job = arg;
    const jpeg_component_info *comp = &job->reader->d.comp_info[1];

    for (JDIMENSION y = 0; y < comp->height_in_blocks; y += CORE)
        for (JDIMENSION x = 0; x < comp->width_in_blocks; x += CORE)
            do_tile(job, x, y);
}

static bool is_fine(const jpeg_component_info *comp)
{
    for (int i = 0; i < DCTSIZE2; i++)
        if (comp->quant_table->quantval[i] > FINE)
            return false;
    return true;
}

/* Luma in full, both chromas in one resolution that divides it, and something
 * lost of them. */
static bool can_clear(const struct jpeg_decompress_struct *d)
{
    const jpeg_component_info *c = d->comp_info;
    bool full = c[0].h_samp_factor == c[1].h_samp_factor &&
                c[0].v_samp_factor == c[1].v_samp_factor;

    return d->jpeg_color_space == JCS_YCbCr &&
           c[0].h_samp_factor == d->max_h_samp_factor &&
           c[0].v_samp_factor == d->max_v_samp_factor &&
           c[1].h_samp_factor == c[2].h_samp_factor &&
           c[1].v_samp_factor == c[2].v_samp_factor &&
           !(c[0].h_samp_factor % c[1].h_samp_factor) &&
           !(c[0].v_samp_factor % c[1].v_samp_factor) &&
           !(full && is_fine(&c[1]) && is_fine(&c[2]));
}

static dsc_status clear_frame(clear_job *job, dsc_error *err)
{
    const jpeg_component_info *c = job->reader->d.comp_info;
    dsc_status st;

    job->fx = c[0].h_samp_factor / c[1].h_samp_factor;
    job->fy = c[0].v_samp_factor / c[1].v_samp_factor;
    job->luma_w = (size_t)c[0].width_in_blocks * DCTSIZE;
    job->luma_h = (size_t)c[0].height_in_blocks * DCTSIZE;
    if (!(job->luma = dsc_calloc(job->luma_w, job->luma_h)) ||
        !(job->tile = dsc_calloc(1, sizeof *job->tile)))
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    else
        st = dsc_codec__jpeg_guard(&job->reader->error, clear_all, job, err);
    dsc_wipe_free(job->luma, job->luma_w * job->luma_h);
    dsc_wipe_free(job->tile, sizeof *job->tile);
    return st;
}

dsc_status dsc_codec__jpeg_clear(dsc_frame *frame, dsc_bytes in,
                                 const dsc_format *fmt, dsc_error *err)
{
    dsc_jpeg_reader reader = {0};
    clear_job job = {.reader = &reader, .out = frame};
    dsc_status st = DSC_OK;

    if (fmt->samples != 3 || fmt->bits_allocated != 8)
        return DSC_OK;
    st = dsc_codec__jpeg_open(&reader, in, fmt, err);
    if (!st)
        st = dsc_codec__jpeg_read_coefs(&reader, err);
    if (!st && can_clear(&reader.d))
        st = clear_frame(&job, err);
    dsc_codec__jpeg_close(&reader);
    return st;
}
