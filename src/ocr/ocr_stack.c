/* SPDX-License-Identifier: Apache-2.0
 *
 * Letters that stand one below the other, as a scale has its unit where there
 * is no room beside it: C, M, /, S. Side by side they are a row that can be
 * read. What goes on above or below is no such word: part of a name is not read
 * for the whole. */
#include "ocr/ocr_priv.h"

#include <string.h>

enum {
    LEAST = 3, /* letters */
    MOST = 8,
    APART_PX = 2, /* of letters side by side, and around them */
    EDGE_PX = 1,  /* around a letter, anti-aliased */
    FAINT = 2     /* grey levels that nobody sees */
};

static int32_t bottom(dsc_rect r)
{
    return r.y + r.h;
}

/* Is b the next letter below a? */
static bool is_next(dsc_rect a, dsc_rect b)
{
    int32_t end = a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w;
    int32_t common = end - (a.x > b.x ? a.x : b.x);
    int32_t narrow = a.w < b.w ? a.w : b.w, high = a.h > b.h ? a.h : b.h;
    int32_t gap = b.y - bottom(a);

    return !dsc_rect_empty(b) && gap > 0 && gap <= high &&
           5 * common >= 3 * narrow && 2 * a.w <= 3 * high &&
           2 * b.w <= 3 * high;
}

typedef struct stack {
    dsc_rect at[MOST]; /* of the letters, in the crop's coordinates */
    size_t rows[MOST]; /* that they are */
    size_t count;
} stack;

/* From one baseline to the next is the same everywhere, but for letters that
 * have none. */
static bool is_even(const stack *s, dsc_rect next)
{
    int32_t steps = (int32_t)s->count - 1;
    int32_t step = bottom(next) - bottom(s->at[s->count - 1]);
    int32_t all = bottom(s->at[s->count - 1]) - bottom(s->at[0]);
    int32_t off = step * steps - all;

    return 4 * (off < 0 ? -off : off) <= all;
}

/* false: another letter follows that the stack has no room for */
static bool pile_up(const dsc_row_crops *rows, size_t first, stack *s)
{
    s->rows[0] = first;
    s->at[0] = rows->letters[first];
    for (s->count = 1;; s->count++) {
        size_t best = rows->count;
        for (size_t i = 0; i < rows->count; i++)
            if (is_next(s->at[s->count - 1], rows->letters[i]) &&
                (best == rows->count ||
                 rows->letters[i].y < rows->letters[best].y))
                best = i;
        if (best == rows->count || !is_even(s, rows->letters[best]))
            return true;
        if (s->count == MOST)
            return false;
        s->rows[s->count] = best;
        s->at[s->count] = rows->letters[best];
    }
}

/* From one baseline to the next, on average. */
static int32_t pitch_of(const stack *s)
{
    int32_t steps = (int32_t)s->count - 1;

    return (bottom(s->at[s->count - 1]) - bottom(s->at[0]) + steps / 2) / steps;
}

/* The darkest and brightest pixel, in the plane. */
typedef struct range {
    int low, high;
} range;

/* false: not all of it is on the plane */
static bool widen(range *r, const dsc_plane *p, dsc_rect part)
{
    if (dsc_rect_area(dsc_rect_clip(part, p->columns, p->rows)) !=
        dsc_rect_area(part))
        return false;
    for (int32_t y = part.y; y < part.y + part.h; y++)
        for (int32_t x = part.x; x < part.x + part.w; x++) {
            int v = p->data[(size_t)y * p->stride + (size_t)x];
            r->low = v < r->low ? v : r->low;
            r->high = v > r->high ? v : r->high;
        }
    return true;
}

static bool is_paper(const dsc_crop *c, dsc_rect part)
{
    for (int32_t y = part.y; y < part.y + part.h; y++)
        for (int32_t x = part.x; x < part.x + part.w; x++)
            if (c->px[(size_t)y * (size_t)c->w + (size_t)x] < DSC_OCR_INK)
                return false;
    return true;
}

/* Nothing between the letters, and for a letter's room above and below no more
 * than there, however faint; and are words seen that they begin or end? */
static bool stands_alone(const dsc_plane *plane, const dsc_crop *c,
                         const stack *s)
{
    int32_t pitch = pitch_of(s);
    range between = {255, 0}, beyond = {255, 0};
    dsc_rect all = s->at[0], part;

    for (size_t i = 1; i < s->count; i++)
        all = dsc_rect_union(all, s->at[i]);
    for (size_t i = 0; i + 1 < s->count; i++) {
        int32_t from = bottom(s->at[i]) + EDGE_PX;
        part = (dsc_rect){all.x, from, all.w, s->at[i + 1].y - EDGE_PX - from};
        if (part.h < 1 || !is_paper(c, part) ||
            !widen(&between, plane, dsc_ocr__to_plane(c, part)))
            return false;
    }
    part = (dsc_rect){all.x, all.y - EDGE_PX - pitch, all.w, pitch};
    if (!widen(&beyond, plane, dsc_ocr__to_plane(c, part)))
        return false;
    part.y = bottom(all) + EDGE_PX;
    return widen(&beyond, plane, dsc_ocr__to_plane(c, part)) &&
           beyond.low >= between.low - FAINT &&
           beyond.high <= between.high + FAINT && 2 * all.x >= pitch &&
           2 * (c->w - all.x - all.w) >= pitch;
}

/* How much lower than on its baseline the letter stands. */
static int32_t drop_of(const stack *s, size_t i)
{
    int32_t steps = (int32_t)s->count - 1;
    int32_t all = bottom(s->at[steps]) - bottom(s->at[0]);

    return bottom(s->at[i]) - bottom(s->at[0]) -
           (all * (int32_t)i + steps / 2) / steps;
}

/* The letter from its row, its box at (x, y) of the crop. */
static void copy_letter(const dsc_crop *row, dsc_rect letter, dsc_crop *out,
                        int32_t x, int32_t y)
{
    for (int32_t v = -EDGE_PX; v < letter.h + EDGE_PX; v++)
        for (int32_t u = -EDGE_PX; u < letter.w + EDGE_PX; u++) {
            int32_t p = letter.x + u, q = letter.y + v;
            if (p >= 0 && q >= 0 && p < row->w && q < row->h)
                out->px[(size_t)(y + v) * (size_t)out->w + (size_t)(x + u)] =
                    row->px[(size_t)q * (size_t)row->w + (size_t)p];
        }
}

static dsc_status lay_out(const dsc_crop *c, const stack *s,
                          const dsc_row_crops *rows, dsc_crop *out,
                          dsc_error *err)
{
    int32_t top = 0, low = 0, x = APART_PX, y;

    *out = (dsc_crop){.w = APART_PX};
    for (size_t i = 0; i < s->count; i++) {
        int32_t end = drop_of(s, i), start = end - s->at[i].h;
        top = !i || start < top ? start : top;
        low = !i || end > low ? end : low;
        out->w += s->at[i].w + APART_PX;
        out->area = dsc_rect_union(out->area, s->at[i]);
    }
    out->area = dsc_ocr__to_plane(c, out->area);
    out->text_h = low - top;
    out->h = out->text_h + 2 * APART_PX;
    out->px = dsc_alloc((size_t)out->w * (size_t)out->h);
    if (!out->px)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    memset(out->px, 255, (size_t)out->w * (size_t)out->h);
    for (size_t i = 0; i < s->count; i++) {
        const dsc_crop *row = &rows->items[s->rows[i]];
        dsc_rect letter = s->at[i];
        y = APART_PX + drop_of(s, i) - letter.h - top;
        letter.x += c->area.x - row->area.x;
        letter.y += c->area.y - row->area.y;
        copy_letter(row, letter, out, x, y);
        x += letter.w + APART_PX;
    }
    return DSC_OK;
}

dsc_status dsc_ocr__stack(const dsc_plane *plane, const dsc_crop *crop,
                          const dsc_row_crops *rows, dsc_crop *out,
                          uint32_t *members, dsc_error *err)
{
    stack s;

    *members = 0;
    *out = (dsc_crop){0};
    for (size_t i = 0; i < rows->count; i++) {
        if (dsc_rect_empty(rows->letters[i]) || !pile_up(rows, i, &s) ||
            s.count < LEAST || !stands_alone(plane, crop, &s))
            continue;
        for (size_t k = 0; k < s.count; k++)
            *members |= UINT32_C(1) << s.rows[k];
        return lay_out(crop, &s, rows, out, err);
    }
    return DSC_OK;
}
