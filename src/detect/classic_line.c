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
    MAX_H = 44, /* larger ones are found in the halved planes */
    MEGAPIXEL = 1 << 20,
    NOISY = 1000,    /* stray pieces in a megapixel */
    MAX_HITS = 4000, /* lines of one level */
    MAX_DOT = 8,     /* smaller pieces may be dots, dashes, accents */
};

/* A line under construction, in coordinates where it reads left to right. */
typedef struct chain {
    int32_t x0, y0, x1, y1;
    int32_t parent;
    int32_t next, last; /* the pieces of a chain are a list */
    int32_t pieces;
} chain;

typedef struct workspace {
    dsc_piece *members; /* of the chain that is judged */
    int32_t *tmp;
    dsc_piece *dots; /* by x */
    int32_t n_dots;
    int64_t stray; /* pieces that are in no line */
} workspace;

/* ---- glyphs ---- */

static int32_t permille(int64_t a, int64_t b)
{
    return b > 0 ? (int32_t)(a * 1000 / b) : 0;
}

static int32_t max32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int64_t max64(int64_t a, int64_t b)
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
    if (stroke > max32(50, h * 11 / 2))
        return false;
    if (w * 10 <= h * 16) {
        if (w * 10 > h * 5 && fill > 880)
            return false;
        return fill >= 100 && rows <= 4500 && cols <= 5500;
    }
    /* touching glyphs: enough strokes for the width */
    if (fill < 120 || fill > 800)
        return false;
    return rows * 13 >= 4 * w * 1000 / h && cols <= 5500 &&
           (cols >= 1100 || rows >= 1600);
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
    c[a].pieces += c[b].pieces;
    c[c[a].last].next = b;
    c[a].last = c[b].last;
}

static chain chain_of(const dsc_piece *p, int32_t i)
{
    return (chain){.x0 = p->x0,
                   .y0 = p->y0,
                   .x1 = p->x1,
                   .y1 = p->y1,
                   .parent = i,
                   .next = -1,
                   .last = i,
                   .pieces = 1};
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

static dsc_rect turn(dsc_rect r)
{
    return (dsc_rect){r.y, r.x, r.h, r.w};
}

/* Dots, commas, dashes and accents belong to the line they stand beside. The
 * reach is that of the line alone: dots do not lead to more dots. */
static dsc_rect take_dots(const workspace *ws, dsc_rect line, int32_t h,
                          int32_t peak)
{
    dsc_rect near = dsc_rect_grow(line, h * 8 / 10, h * 4 / 10), r = line;
    int32_t low = 0, high = ws->n_dots;

    while (low < high) {
        int32_t mid = (low + high) / 2;
        if (ws->dots[mid].x0 < near.x)
            low = mid + 1;
        else
            high = mid;
    }
    for (int32_t i = low; i < ws->n_dots; i++) {
        const dsc_piece *d = &ws->dots[i];
        dsc_rect box = {d->x0, d->y0, d->x1 - d->x0, d->y1 - d->y0};
        if (d->x0 >= near.x + near.w)
            break;
        if (box.h * 2 <= h && box.w <= h && d->x1 <= near.x + near.w &&
            d->y0 >= near.y && d->y1 <= near.y + near.h &&
            d->peaks * 10 >= (int64_t)peak * d->runs * 7)
            r = dsc_rect_union(r, box);
    }
    return r;
}

/* The chain whose root is c[i]: its pieces, copied together, are judged. */
static dsc_status add_line(const dsc_hat *hat, const chain *c, int32_t i,
                           const dsc_piece *p, bool turned, workspace *ws,
                           dsc_text_boxes *out, dsc_error *err)
{
    dsc_rect r = {c[i].x0, c[i].y0, c[i].x1 - c[i].x0, c[i].y1 - c[i].y0};
    dsc_text_box box = {.dark = hat->dark, .rotation = turned ? 90 : 0};
    dsc_features f;
    int32_t odds;
    size_t n = 0;

    if (r.h > 2 * MAX_H)
        return DSC_OK;
    for (int32_t k = i; k >= 0; k = c[k].next)
        ws->members[n++] = p[k];
    box.box = turned ? turn(r) : r;
    f = dsc_classic__measure(hat, ws->members, n, r, box.box, ws->tmp);
    odds = dsc_classic__odds(&f, dsc_rect_area(r) << (2 * hat->shift), turned);
#ifdef DSC_DETECT_TRACE /* examples for tests/bench/detect_fit.py */
    dsc_classic__trace(hat, box.box, turned, &f);
#endif
    if (odds < 0)
        return DSC_OK;
    ws->stray -= c[i].pieces;
    r = take_dots(ws, r, f.height, f.peak);
    box.box = turned ? turn(r) : r;
    box.score = (float)odds;
    return dsc_text_boxes_add(out, &box, err);
}

/* The more pieces a plane has that are in no line, the more often some of them
 * will look like a line by chance. */
static void raise_the_bar(const dsc_hat *hat, int64_t stray,
                          dsc_text_boxes *out, size_t from)
{
    int64_t area = (int64_t)hat->columns * hat->rows;
    int64_t density = stray * MEGAPIXEL / max64(area, MEGAPIXEL / 8);
    size_t kept = from;
    float more = 0;

    for (density /= NOISY; density > 0; density /= 2)
        more += density >= 16 ? 200 : 100; /* white noise: hopeless */
    for (size_t i = from; i < out->count; i++) {
        dsc_text_box b = out->items[i];
        b.score -= more;
        if (b.score >= 0)
            out->items[kept++] = b;
    }
    out->count = kept;
}

static dsc_status chains(const dsc_hat *hat, const dsc_piece *p, int32_t n,
                         bool turned, workspace *ws, dsc_text_boxes *out,
                         dsc_error *err)
{
    chain *c = dsc_calloc((size_t)n + 1, sizeof *c);
    size_t before = out->count;
    dsc_status st = DSC_OK;

    if (!c)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    link_chains(p, n, c);
    for (int32_t i = 0; i < n && !st && out->count < before + MAX_HITS; i++)
        if (c[i].parent == i)
            st = add_line(hat, c, i, p, turned, ws, out, err);
    raise_the_bar(hat, ws->stray, out, before);
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

static bool is_dot(const dsc_piece *p)
{
    return p->x1 - p->x0 <= 2 * MAX_DOT && p->y1 - p->y0 <= MAX_DOT;
}

/* Sort the pieces into glyphs and dots of one reading direction. Returns the
 * number of glyphs. */
static int32_t sieve(const dsc_pieces *pieces, bool turned, dsc_piece *glyphs,
                     workspace *ws)
{
    int32_t n = 0;

    ws->n_dots = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        dsc_piece p = pieces->items[i];
        if (turned)
            turn_piece(&p);
        if (is_glyph(&p))
            glyphs[n++] = p;
        else if (is_dot(&p))
            ws->dots[ws->n_dots++] = p;
    }
    qsort(glyphs, (size_t)n, sizeof *glyphs, by_x);
    qsort(ws->dots, (size_t)ws->n_dots, sizeof *glyphs, by_x);
    return n;
}

dsc_status dsc_classic__lines(const dsc_hat *hat, const dsc_pieces *pieces,
                              dsc_text_boxes *out, dsc_error *err)
{
    size_t room = pieces->count + 1;
    dsc_piece *p = dsc_calloc(room, sizeof *p);
    workspace ws = {.members = dsc_calloc(room, sizeof *p),
                    .tmp = dsc_calloc(room, sizeof *ws.tmp),
                    .dots = dsc_calloc(room, sizeof *p)};
    dsc_status st = DSC_OK;

    if (!p || !ws.members || !ws.tmp || !ws.dots)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    for (int turned = 0; turned < 2 && !st; turned++) {
        int32_t n = sieve(pieces, turned != 0, p, &ws);
        ws.stray = (int64_t)pieces->count;
        st = chains(hat, p, n, turned != 0, &ws, out, err);
    }
    dsc_free(p);
    dsc_free(ws.members);
    dsc_free(ws.tmp);
    dsc_free(ws.dots);
    return st;
}
