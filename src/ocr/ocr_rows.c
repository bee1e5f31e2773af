/* SPDX-License-Identifier: Apache-2.0
 *
 * What a finder takes for one line may be two, or letters with ticks of a
 * scale, a rule, a colour bar or tissue beside them. Here the ink is told apart
 * piece by piece: pieces of one height that stand side by side are a row of
 * letters. A bar is a piece of its own where letters touch it. */
#include "base/axes.h"
#include "ocr/ocr_priv.h"

#include <string.h>

enum {
    CORE = 150,    /* darker than this is a letter's ink */
    EDGE_PX = 1,   /* around it, anti-aliased */
    LEAST_PX = 5,  /* lower letters cannot be read */
    PIECES = 512,  /* more are no text */
    MARGIN_PX = 2, /* around a row */
    REST_PX = 4,   /* what is lower or narrower is no letter: ticks */
    SMALL_PX = 8,
    SOLID_PERCENT = 92,
    BAR_PX = 9,  /* no stroke of a letter is as thick, */
    BAR_PART = 5 /* nor, of the box's shorter side, of a large one */
};

/* The variance of a stroke three pixels thick. */
#define THIN 0.75

typedef struct piece {
    dsc_rect box;
    uint32_t px;
    int32_t row; /* that it is in, or -1 */
    bool bar;
    bool tick; /* a straight slanted stroke, wider than high: no letter is */
} piece;

typedef struct map {
    const dsc_crop *crop;
    uint16_t *label; /* per pixel: piece + 1, or 0 */
    uint8_t *bars;   /* per pixel: is it a bar's? */
    uint32_t *stack;
    piece *pieces;
    size_t count;
    dsc_rect rows[DSC_OCR_ROWS]; /* of their letters */
    size_t row_count;
} map;

static size_t area_of(const dsc_crop *c)
{
    return (size_t)c->w * (size_t)c->h;
}

static void map_free(map *m)
{
    dsc_wipe_free(m->label, area_of(m->crop) * sizeof *m->label);
    dsc_wipe_free(m->bars, area_of(m->crop));
    dsc_wipe_free(m->stack, area_of(m->crop) * sizeof *m->stack);
    dsc_free(m->pieces);
}

static dsc_status map_make(map *m, const dsc_crop *crop, dsc_error *err)
{
    *m = (map){.crop = crop};
    m->label = dsc_calloc(area_of(crop), sizeof *m->label);
    m->bars = dsc_calloc(area_of(crop), sizeof *m->bars);
    m->stack = dsc_calloc(area_of(crop), sizeof *m->stack);
    m->pieces = dsc_calloc(PIECES, sizeof *m->pieces);
    if (!m->label || !m->bars || !m->stack || !m->pieces)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    return DSC_OK;
}

/* ---- bars ---- */

static void end_runs(uint8_t *px, size_t count, size_t step, size_t least)
{
    size_t run = 0;

    for (size_t i = 0; i < count; i++) {
        run = px[i * step] ? run + 1 : 0;
        px[i * step] = run >= least;
    }
}

/* From where runs end, back to where they begin. */
static void mark_back(uint8_t *px, size_t count, size_t step, size_t least)
{
    size_t left = 0;

    for (size_t i = count; i-- > 0;) {
        left = px[i * step] ? least : left ? left - 1 : 0;
        px[i * step] = left > 0;
    }
}

/* Ink in squares that no stroke of a letter holds. */
static void find_solid(map *m, size_t side)
{
    size_t w = (size_t)m->crop->w, h = (size_t)m->crop->h;

    for (size_t i = 0; i < w * h; i++)
        m->bars[i] = m->crop->px[i] < CORE;
    for (size_t y = 0; y < h; y++)
        end_runs(m->bars + y * w, w, 1, side);
    for (size_t x = 0; x < w; x++) {
        end_runs(m->bars + x, h, w, side);
        mark_back(m->bars + x, h, w, side);
    }
    for (size_t y = 0; y < h; y++)
        mark_back(m->bars + y * w, w, 1, side);
}

/* ---- pieces ---- */

/* Straight and thin, wider than high, and three times as long as thick. */
static bool is_tick(const piece *p, const dsc_axes *axes)
{
    double across, along;

    dsc_axes_get(axes, &across, &along);
    return p->box.w > p->box.h && across <= THIN && along >= 9 * across;
}

/* The connected ink that holds pixel `start`. */
static piece flood(map *m, size_t start, uint16_t label)
{
    int32_t w = m->crop->w, h = m->crop->h;
    size_t top = 0;
    piece p = {.row = -1, .bar = m->bars[start]};
    dsc_axes axes = {0};

    m->label[start] = label;
    m->stack[top++] = (uint32_t)start;
    while (top) {
        int32_t x = (int32_t)(m->stack[--top] % (uint32_t)w);
        int32_t y = (int32_t)(m->stack[top] / (uint32_t)w);
        p.box = dsc_rect_union(p.box, (dsc_rect){x, y, 1, 1});
        p.px++;
        dsc_axes_add(&axes, x, y);
        for (int32_t v = y > 0 ? y - 1 : 0; v <= y + 1 && v < h; v++)
            for (int32_t u = x > 0 ? x - 1 : 0; u <= x + 1 && u < w; u++) {
                size_t at = (size_t)v * (size_t)w + (size_t)u;
                if (m->crop->px[at] >= CORE || m->label[at] ||
                    m->bars[at] != m->bars[start])
                    continue;
                m->label[at] = label;
                m->stack[top++] = (uint32_t)at;
            }
    }
    p.tick = is_tick(&p, &axes);
    return p;
}

/* A line of a bar that is far shorter than the bar is a stroke of a letter that
 * touches it. `n` pixels from `at` on, `step` apart. */
static void give_back(map *m, uint16_t label, size_t at, size_t step, size_t n)
{
    size_t own = 0;

    for (size_t i = 0; i < n; i++)
        own += m->label[at + i * step] == label;
    for (size_t i = 0; i < n && own * 10 < n * 9; i++)
        if (m->label[at + i * step] == label)
            m->bars[at + i * step] = 0;
}

static void find_bars(map *m, dsc_rect box)
{
    size_t w = (size_t)m->crop->w, n = area_of(m->crop);
    int32_t part = (box.w < box.h ? box.w : box.h) / BAR_PART;
    uint16_t label = 0;

    find_solid(m, part < BAR_PX ? BAR_PX : (size_t)part);
    for (size_t i = 0; i < n && label < PIECES; i++) {
        dsc_rect r;
        if (!m->bars[i] || m->label[i])
            continue;
        r = flood(m, i, ++label).box;
        for (int32_t x = r.x; x < r.x + r.w; x++)
            give_back(m, label, (size_t)r.y * w + (size_t)x, w, (size_t)r.h);
        for (int32_t y = r.y; y < r.y + r.h; y++)
            give_back(m, label, (size_t)y * w + (size_t)r.x, 1, (size_t)r.w);
    }
    memset(m->label, 0, n * sizeof *m->label);
}

/* false: too many for text */
static bool find_pieces(map *m)
{
    for (size_t i = 0; i < area_of(m->crop); i++) {
        if (m->crop->px[i] >= CORE || m->label[i])
            continue;
        if (m->count == PIECES)
            return false;
        m->pieces[m->count] = flood(m, i, (uint16_t)(m->count + 1));
        m->count++;
    }
    return true;
}

/* ---- rows ---- */

/* By its shape alone: no rule, no bar, no cursor. Of the smallest letters some
 * have no paper in them. */
static bool may_be_letter(const piece *p)
{
    int64_t area = dsc_rect_area(p->box);
    bool solid = (int64_t)p->px * 100 > area * SOLID_PERCENT;
    bool narrow = p->box.h <= SMALL_PX ? p->box.w * 2 <= p->box.h * 3
                                       : p->box.w * 2 <= p->box.h;

    return !p->bar && !p->tick && p->box.h >= LEAST_PX &&
           p->box.w <= 8 * p->box.h && (!solid || narrow);
}

static int32_t shared(int32_t a0, int32_t an, int32_t b0, int32_t bn)
{
    int32_t end = a0 + an < b0 + bn ? a0 + an : b0 + bn;
    return end - (a0 > b0 ? a0 : b0);
}

static int32_t gap_of(dsc_rect a, dsc_rect b)
{
    return a.x < b.x ? b.x - a.x - a.w : a.x - b.x - b.w;
}

/* A letter beside the row's: it may be lower, as those without ascender are,
 * and a little higher. */
static bool beside(dsc_rect row, dsc_rect b)
{
    int32_t low = row.h < b.h ? row.h : b.h, high = row.h < b.h ? b.h : row.h;

    return b.h * 10 <= row.h * 18 && row.h <= 3 * b.h &&
           shared(row.y, row.h, b.y, b.h) * 10 >= low * 6 &&
           gap_of(row, b) <= 3 * high;
}

/* Points, commas, hyphens, the dot of an i: they go with a letter near by. */
static bool belongs(dsc_rect row, dsc_rect b)
{
    return b.h * 2 <= row.h && b.w * 3 <= row.h * 2 &&
           gap_of(row, b) * 2 <= b.w + b.h && b.y >= row.y - row.h / 3 &&
           b.y + b.h <= row.y + row.h + row.h / 3;
}

/* Let the row take what stands beside it until nothing more does. */
static void gather(map *m, int32_t row)
{
    dsc_rect *r = &m->rows[row];
    bool more = true;

    while (more) {
        more = false;
        for (size_t i = 0; i < m->count; i++) {
            piece *p = &m->pieces[i];
            if (p->row >= 0 ||
                !(may_be_letter(p) ? beside(*r, p->box) || belongs(*r, p->box)
                                   : belongs(*r, p->box)))
                continue;
            p->row = row;
            *r = dsc_rect_union(*r, p->box);
            more = true;
        }
    }
}

/* Two rows side by side are one: capitals, and small letters that reach the
 * row only by their tails. */
static bool are_one(dsc_rect a, dsc_rect b)
{
    int32_t low = a.h < b.h ? a.h : b.h, high = a.h < b.h ? b.h : a.h;

    return high * 10 <= low * 22 && shared(a.y, a.h, b.y, b.h) * 2 >= low &&
           gap_of(a, b) <= 3 * high;
}

static void merge_rows(map *m)
{
    for (size_t i = 0; i < m->row_count; i++)
        for (size_t k = i + 1; k < m->row_count; k++) {
            if (!are_one(m->rows[i], m->rows[k]))
                continue;
            m->rows[i] = dsc_rect_union(m->rows[i], m->rows[k]);
            m->rows[k] = m->rows[--m->row_count];
            for (size_t n = 0; n < m->count; n++) {
                piece *p = &m->pieces[n];
                if (p->row == (int32_t)k)
                    p->row = (int32_t)i;
                else if (p->row == (int32_t)m->row_count)
                    p->row = (int32_t)k;
            }
            k = i; /* it is larger now: look again */
        }
}

/* Is the middle of the piece in the box? */
static bool is_inside(const piece *p, dsc_rect box)
{
    int32_t x = p->box.x + p->box.w / 2, y = p->box.y + p->box.h / 2;

    return x >= box.x && y >= box.y && x < box.x + box.w && y < box.y + box.h;
}

static bool has_equal(const map *m, const piece *p)
{
    for (size_t i = 0; i < m->count; i++) {
        const piece *q = &m->pieces[i];
        if (q != p && may_be_letter(q) && beside(p->box, q->box) &&
            beside(q->box, p->box))
            return true;
    }
    return false;
}

/* Rows of letters whose first is in the box: those of several before what
 * stands alone, as a bar does. */
static void find_rows(map *m, dsc_rect box)
{
    for (int alone = 0; alone < 2; alone++)
        for (size_t i = 0; i < m->count && m->row_count < DSC_OCR_ROWS; i++) {
            piece *p = &m->pieces[i];
            if (p->row >= 0 || !may_be_letter(p) || p->box.h > box.h ||
                !is_inside(p, box) || (!alone && !has_equal(m, p)))
                continue;
            p->row = (int32_t)m->row_count;
            m->rows[m->row_count++] = p->box;
            gather(m, p->row);
        }
    merge_rows(m);
}

static size_t pieces_of(const map *m, int32_t row)
{
    size_t n = 0;

    for (size_t i = 0; i < m->count; i++)
        n += m->pieces[i].row == row;
    return n;
}

/* The row alone on white, as a crop of its own. */
static dsc_status row_crop(const map *m, int32_t row, dsc_crop *out,
                           dsc_error *err)
{
    const dsc_crop *c = m->crop;
    dsc_rect r =
        dsc_rect_clip(dsc_rect_grow(m->rows[row], MARGIN_PX, MARGIN_PX),
                      (uint32_t)c->w, (uint32_t)c->h);

    *out = (dsc_crop){.w = r.w,
                      .h = r.h,
                      .text_h = m->rows[row].h,
                      .area = dsc_ocr__to_plane(c, r),
                      .rotation = c->rotation};
    out->px = dsc_alloc(area_of(out));
    if (!out->px)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    memset(out->px, 255, area_of(out));
    for (int32_t y = 0; y < r.h; y++)
        for (int32_t x = 0; x < r.w; x++) {
            size_t at = (size_t)(r.y + y) * (size_t)c->w + (size_t)(r.x + x);
            int32_t own = (int32_t)m->label[at] - 1;
            bool near = false;
            for (int32_t v = -EDGE_PX; v <= EDGE_PX && own < 0; v++)
                for (int32_t u = -EDGE_PX; u <= EDGE_PX; u++) {
                    int32_t px = r.x + x + u, py = r.y + y + v;
                    uint16_t l;
                    if (px < 0 || py < 0 || px >= c->w || py >= c->h)
                        continue;
                    l = m->label[(size_t)py * (size_t)c->w + (size_t)px];
                    near |= l && m->pieces[l - 1].row == row;
                }
            if (own >= 0 ? m->pieces[own].row == row : near)
                out->px[(size_t)y * (size_t)r.w + (size_t)x] = c->px[at];
        }
    return DSC_OK;
}

/* Ink as high as letters that is in no row. */
static dsc_status list_others(const map *m, dsc_rects *out, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < m->count; i++)
        if (m->pieces[i].row < 0 && m->pieces[i].box.h >= LEAST_PX)
            st = dsc_rects_add(out, m->pieces[i].box, err);
    return st;
}

dsc_status dsc_ocr__rows(const dsc_crop *crop, dsc_rect box, dsc_row_crops *out,
                         dsc_error *err)
{
    map m;
    dsc_status st = map_make(&m, crop, err);

    *out = (dsc_row_crops){.count = 0};
    if (!st)
        find_bars(&m, box);
    if (!st && find_pieces(&m))
        find_rows(&m, box);
    for (size_t i = 0; !st && i < m.row_count; i++) {
        st = row_crop(&m, (int32_t)i, &out->items[i], err);
        out->letters[i] =
            pieces_of(&m, (int32_t)i) == 1 ? m.rows[i] : (dsc_rect){0};
        out->count += !st;
    }
    if (!st)
        st = list_others(&m, &out->others, err);
    map_free(&m);
    if (st)
        dsc_ocr__rows_free(out);
    return st;
}

void dsc_ocr__rows_free(dsc_row_crops *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        dsc_ocr__crop_free(&rows->items[i]);
    rows->count = 0;
    dsc_rects_free(&rows->others);
}

/* ---- what is in no row ---- */

static dsc_rect ink_in(const dsc_crop *c, dsc_rect r)
{
    dsc_rect ink = {0, 0, 0, 0};

    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            if (c->px[(size_t)y * (size_t)c->w + (size_t)x] < DSC_OCR_INK)
                ink = dsc_rect_union(ink, (dsc_rect){x, y, 1, 1});
    return ink;
}

dsc_status dsc_ocr__rest(const dsc_crop *crop, dsc_rect box,
                         const dsc_words *read, dsc_words *out, dsc_error *err)
{
    dsc_rects left = {0};
    uint32_t line = 0;
    dsc_status st = dsc_rects_add(&left, box, err);

    for (size_t k = 0; !st && k < read->count; k++) {
        line = read->items[k].line + 1;
        st = dsc_rects_cut(&left, read->items[k].box, err);
    }
    for (size_t i = 0; !st && i < left.count; i++) {
        dsc_rect ink = ink_in(crop, left.items[i]);
        if (ink.h < REST_PX || ink.w < 2)
            continue;
        ink = dsc_rect_clip(dsc_rect_grow(ink, 1, 1), (uint32_t)crop->w,
                            (uint32_t)crop->h);
        st = dsc_words_add(out, "", ink, 0, line++, err);
    }
    dsc_rects_free(&left);
    return st;
}
