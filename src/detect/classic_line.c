/* SPDX-License-Identifier: Apache-2.0
 *
 * From pieces to lines. A glyph has a height that text has, strokes thin for
 * its height, sharp edges and an even ink; a line is a chain of glyphs of like
 * height side by side, with clean paper around. One lone glyph must show all
 * this more clearly than a chain of ten.
 */
#include "detect/classic_priv.h"

#include <stdlib.h>
#include <string.h>

enum {
    MIN_H = 5,
    MAX_H = 96,
    MAX_HITS = 4000, /* lines of one level */
};

/* A line under construction, in coordinates where it reads left to right. */
typedef struct chain {
    int32_t x0, y0, x1, y1;
    int32_t parent;
    int32_t glyphs10; /* tenths of glyphs, by width */
    int32_t pieces;
    int32_t sum_h;
    int64_t peaks, peaks2, runs, steps, area;
} chain;

/* ---- glyphs ---- */

static int32_t permille(int64_t a, int64_t b)
{
    return b > 0 ? (int32_t)(a * 1000 / b) : 0;
}

static int32_t max32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t min32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t stroke10(const dsc_piece *p)
{
    /* area / (half the boundary) = half the stroke for a long stroke */
    return p->area * 20 / (p->runs + p->columns) / 1;
}

/* Could this be a glyph, or a blot of glyphs that touch, of a line that reads
 * left to right? The caller has turned the piece. */
static bool is_glyph(const dsc_piece *p)
{
    int32_t w = p->x1 - p->x0, h = p->y1 - p->y0;
    int32_t fill = permille(p->area, (int64_t)w * h);
    int32_t stroke = stroke10(p);
    int32_t rows = permille(p->runs, h), cols = permille(p->columns, w);

    if (h < MIN_H || h > MAX_H || w > 40 * h)
        return false;
    if (stroke > max32(50, h * 4))
        return false;
    if (w * 10 <= h * 16) {
        if (w * 10 > h * 5 && fill > 880)
            return false;
        return fill >= 100 && rows <= 4500 && cols <= 5500;
    }
    /* touching glyphs: enough strokes for the width */
    if (fill < 120 || fill > 800)
        return false;
    return rows * 13 >= 4 * w * 1000 / h && cols <= 5500 && cols >= 1100;
}

static int32_t glyphs10(const dsc_piece *p)
{
    int32_t w = p->x1 - p->x0, h = p->y1 - p->y0;
    return w * 10 <= h * 13 ? 10 : w * 100 / (h * 7);
}

/* ---- chains ---- */

static int by_x(const void *a, const void *b)
{
    const dsc_piece *p = a, *q = b;

    if (p->x0 != q->x0)
        return p->x0 < q->x0 ? -1 : 1;
    if (p->y0 != q->y0)
        return p->y0 < q->y0 ? -1 : 1;
    if (p->x1 != q->x1)
        return p->x1 < q->x1 ? -1 : 1;
    return p->y1 < q->y1 ? -1 : p->y1 > q->y1;
}

static int32_t root(chain *c, int32_t i)
{
    while (c[i].parent != i) {
        c[i].parent = c[c[i].parent].parent;
        i = c[i].parent;
    }
    return i;
}

static void join(chain *c, int32_t a, int32_t b)
{
    a = root(c, a);
    b = root(c, b);
    if (a == b)
        return;
    if (b < a) {
        int32_t swap = a;
        a = b;
        b = swap;
    }
    c[b].parent = a;
    c[a].x0 = min32(c[a].x0, c[b].x0);
    c[a].y0 = min32(c[a].y0, c[b].y0);
    c[a].x1 = max32(c[a].x1, c[b].x1);
    c[a].y1 = max32(c[a].y1, c[b].y1);
    c[a].glyphs10 += c[b].glyphs10;
    c[a].pieces += c[b].pieces;
    c[a].sum_h += c[b].sum_h;
    c[a].peaks += c[b].peaks;
    c[a].peaks2 += c[b].peaks2;
    c[a].runs += c[b].runs;
    c[a].steps += c[b].steps;
    c[a].area += c[b].area;
}

static chain chain_of(const dsc_piece *p, int32_t i)
{
    return (chain){.x0 = p->x0,
                   .y0 = p->y0,
                   .x1 = p->x1,
                   .y1 = p->y1,
                   .parent = i,
                   .glyphs10 = glyphs10(p),
                   .pieces = 1,
                   .sum_h = p->y1 - p->y0,
                   .peaks = p->peaks,
                   .peaks2 = p->peaks2,
                   .runs = p->runs,
                   .steps = p->steps,
                   .area = p->area};
}

/* Neighbours in one line: like height, ink and place. */
static bool are_mates(const dsc_piece *a, const dsc_piece *b)
{
    int32_t ha = a->y1 - a->y0, hb = b->y1 - b->y0;
    int32_t tall = max32(ha, hb), small = min32(ha, hb);
    int32_t over = min32(a->y1, b->y1) - max32(a->y0, b->y0);
    int32_t gap = b->x0 - a->x1;
    int64_t pa = a->peaks / a->runs, pb = b->peaks / b->runs;

    if (gap > tall || small * 100 < tall * 45 || over * 2 < small)
        return false;
    return pa * 10 > pb * 6 && pb * 10 > pa * 6;
}

static void link_chains(const dsc_piece *p, int32_t n, chain *c)
{
    for (int32_t i = 0; i < n; i++)
        c[i] = chain_of(&p[i], i);
    for (int32_t i = 0; i < n; i++) {
        int32_t reach = p[i].x1 + MAX_H;
        int32_t tall = (p[i].y1 - p[i].y0) * 100 / 45 + 1;
        reach = min32(reach, p[i].x1 + tall);
        for (int32_t j = i + 1; j < n && p[j].x0 <= reach; j++)
            if (are_mates(&p[i], &p[j]))
                join(c, i, j);
    }
}

/* ---- judging ---- */

typedef struct span {
    int32_t count, over;
} span;

static int hat_at(const dsc_hat *hat, int32_t x, int32_t y)
{
    if (x < 0 || y < 0 || x >= hat->columns || y >= hat->rows)
        return 0;
    return hat->px[(size_t)y * (size_t)hat->columns + (size_t)x];
}

static void look(const dsc_hat *hat, int32_t x, int32_t y, int limit, span *s)
{
    s->count++;
    s->over += hat_at(hat, x, y) > limit;
}

/* Share of pixels brighter than `limit` on the frame of pixels `d` outside the
 * box: clean paper has none. */
static int32_t dirt(const dsc_hat *hat, dsc_rect b, int32_t d, int limit)
{
    span s = {0, 0};

    for (int32_t x = b.x - d; x < b.x + b.w + d; x++) {
        look(hat, x, b.y - d, limit, &s);
        look(hat, x, b.y + b.h + d - 1, limit, &s);
    }
    for (int32_t y = b.y - d + 1; y < b.y + b.h + d - 1; y++) {
        look(hat, b.x - d, y, limit, &s);
        look(hat, b.x + b.w + d - 1, y, limit, &s);
    }
    return permille(s.over, s.count);
}

/* The score in thousandths, 0 for what is no text. */
static int32_t judge(const dsc_hat *hat, const chain *c, dsc_rect box)
{
    int32_t h = c->y1 - c->y0, w = c->x1 - c->x0;
    int32_t glyphs = c->glyphs10;
    int32_t peak = (int32_t)(c->peaks / c->runs);
    int32_t sharp = permille(c->steps, 2 * c->peaks);
    int64_t var = c->peaks2 / c->runs - (int64_t)peak * peak;
    int32_t uneven = permille(var, (int64_t)peak * peak);
    int32_t ring = dirt(hat, box, 2, peak * 35 / 100);
    int32_t fill = permille(c->area, (int64_t)w * h);

    if (h > MAX_H * 2 || c->sum_h / c->pieces * 2 < h)
        return 0;
    if (sharp < 500 || fill > 800 || fill < 60)
        return 0;
    if (glyphs >= 30)
        return ring <= 250 && uneven <= 120 ? 600 + sharp / 4 : 0;
    if (glyphs >= 20)
        return ring <= 120 && uneven <= 80 && sharp >= 600 ? 400 + sharp / 4
                                                           : 0;
    if (h < 7 || ring > 40 || sharp < 700 || uneven > 60)
        return 0;
    return 200 + sharp / 4;
}

static dsc_rect turn(dsc_rect r)
{
    return (dsc_rect){r.y, r.x, r.h, r.w};
}

static dsc_status add_line(const dsc_hat *hat, const chain *c, bool turned,
                           dsc_text_boxes *out, dsc_error *err)
{
    dsc_rect r = {c->x0, c->y0, c->x1 - c->x0, c->y1 - c->y0};
    dsc_text_box box = {.dark = hat->dark, .rotation = turned ? 90 : 0};
    int32_t score;

    box.box = turned ? turn(r) : r;
    score = judge(hat, c, box.box);
    if (turned && c->glyphs10 < 30)
        score = 0;
    if (!score)
        return DSC_OK;
    box.score = (float)score / 1000.0f;
    return dsc_text_boxes_add(out, &box, err);
}

static dsc_status chains(const dsc_hat *hat, dsc_piece *p, int32_t n,
                         bool turned, dsc_text_boxes *out, dsc_error *err)
{
    chain *c = dsc_calloc((size_t)n + 1, sizeof *c);
    dsc_status st = DSC_OK;
    int32_t hits = 0;

    if (!c)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    qsort(p, (size_t)n, sizeof *p, by_x);
    link_chains(p, n, c);
    for (int32_t i = 0; i < n && !st && hits < MAX_HITS; i++) {
        size_t before = out->count;
        if (c[i].parent != i)
            continue;
        st = add_line(hat, &c[i], turned, out, err);
        hits += out->count > before;
    }
    dsc_free(c);
    return st;
}

static void turn_piece(dsc_piece *p)
{
    dsc_piece q = *p;

    p->x0 = q.y0;
    p->y0 = q.x0;
    p->x1 = q.y1;
    p->y1 = q.x1;
    p->runs = q.columns;
    p->columns = q.runs;
    /* The sums are over horizontal runs; as means they hold either way. */
    p->peaks = q.peaks * p->runs / q.runs;
    p->peaks2 = q.peaks2 * p->runs / q.runs;
    p->steps = q.steps * p->runs / q.runs;
}

dsc_status dsc_classic__lines(const dsc_hat *hat, dsc_pieces *pieces,
                              dsc_text_boxes *out, dsc_error *err)
{
    dsc_piece *p = dsc_calloc(pieces->count + 1, sizeof *p);
    dsc_status st = DSC_OK;

    if (!p)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (int turned = 0; turned < 2 && !st; turned++) {
        int32_t n = 0;
        for (size_t i = 0; i < pieces->count; i++) {
            p[n] = pieces->items[i];
            if (turned)
                turn_piece(&p[n]);
            n += is_glyph(&p[n]);
        }
        st = chains(hat, p, n, turned != 0, out, err);
    }
    dsc_free(p);
    return st;
}
