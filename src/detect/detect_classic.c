/* SPDX-License-Identifier: Apache-2.0
 *
 * The classical detector: both polarities, several levels, then one list.
 */
#include "detect/classic_priv.h"

#include <stdlib.h>
#include <string.h>

/* Levels of the top-hat at which pieces are cut out. Ink is found whole at a
 * level near half its contrast; the steps between are small enough for that. */
static const int levels[] = {2, 5, 10, 18, 32, 56, 96, 150};
enum {
    LEVELS = sizeof levels / sizeof *levels,
    MAX_BOXES = 6000, /* the best ones, before they are merged */
};

/* Planes with a side below this are not halved again: large letters, which
 * the smaller planes are for, would not fit. */
static const uint32_t SMALL_PX[] = {48, 600, UINT32_MAX};

typedef struct classic {
    dsc_pieces pieces;
    uint8_t *hat, *row; /* parts of memory */
    uint8_t *memory;
    size_t size;
} classic;

static dsc_status classic_create(void **state, const char *models,
                                 dsc_error *err)
{
    (void)models;
    *state = dsc_alloc(sizeof(classic));
    return *state ? DSC_OK : dsc_fail(err, DSC_NOMEM, "out of memory");
}

static void classic_free(void *state)
{
    classic *c = state;

    dsc_free(c->pieces.items);
    if (c->memory)
        dsc_wipe_free(c->memory, c->size);
    dsc_free(c);
}

static dsc_status reserve(classic *c, size_t size, dsc_error *err)
{
    if (size <= c->size)
        return DSC_OK;
    if (c->memory)
        dsc_wipe_free(c->memory, c->size);
    c->size = 0;
    c->memory = dsc_alloc(size);
    if (!c->memory)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    c->size = size;
    return DSC_OK;
}

/* ---- one list ---- */

static int by_score(const void *a, const void *b)
{
    const dsc_text_box *p = a, *q = b;

    if (p->score != q->score)
        return p->score > q->score ? -1 : 1;
    if (p->box.y != q->box.y)
        return p->box.y < q->box.y ? -1 : 1;
    if (p->box.x != q->box.x)
        return p->box.x < q->box.x ? -1 : 1;
    if (p->box.w != q->box.w)
        return p->box.w < q->box.w ? -1 : 1;
    return p->box.h < q->box.h ? -1 : p->box.h > q->box.h;
}

static int by_place(const void *a, const void *b)
{
    const dsc_text_box *p = a, *q = b;

    if (p->box.y != q->box.y)
        return p->box.y < q->box.y ? -1 : 1;
    if (p->box.x != q->box.x)
        return p->box.x < q->box.x ? -1 : 1;
    return by_score(a, b);
}

static int32_t reading_height(const dsc_text_box *b)
{
    return b->rotation ? b->box.w : b->box.h;
}

static int64_t overlap(const dsc_text_box *a, const dsc_text_box *b)
{
    return dsc_rect_area(dsc_rect_intersect(a->box, b->box));
}

/* The same line seen twice, at two levels: the union is no higher than the
 * better box was at first, give or take what a level shows more of a rim. */
static bool same_line(const dsc_text_box *a, int32_t height,
                      const dsc_text_box *b)
{
    int64_t small = dsc_rect_area(a->box), other = dsc_rect_area(b->box);
    dsc_text_box both = *a;

    both.box = dsc_rect_union(a->box, b->box);
    if (a->rotation != b->rotation ||
        reading_height(&both) > height + 2 + height / 5)
        return false;
    small = other < small ? other : small;
    return overlap(a, b) * 2 > small;
}

/* Nothing new: the better box has it already. */
static bool inside(const dsc_text_box *b, const dsc_text_box *better)
{
    return overlap(b, better) * 10 > dsc_rect_area(b->box) * 8;
}

/* Fold each box into a better one that shows the same line. */
static dsc_status merge(dsc_text_boxes *boxes, dsc_error *err)
{
    int32_t *heights = NULL; /* of the kept ones, before they grew */
    size_t kept = 0;

    qsort(boxes->items, boxes->count, sizeof *boxes->items, by_score);
    if (boxes->count > MAX_BOXES)
        boxes->count = MAX_BOXES;
    heights = dsc_calloc(boxes->count + 1, sizeof *heights);
    if (!heights)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (size_t i = 0; i < boxes->count; i++) {
        dsc_text_box b = boxes->items[i];
        bool known = false;
        for (size_t k = 0; k < kept && !known; k++) {
            dsc_text_box *better = &boxes->items[k];
            known = true;
            if (same_line(better, heights[k], &b))
                better->box = dsc_rect_union(better->box, b.box);
            else
                known = inside(&b, better);
        }
        if (known)
            continue;
        heights[kept] = reading_height(&b);
        boxes->items[kept++] = b;
    }
    boxes->count = kept;
    dsc_free(heights);
    return DSC_OK;
}

/* ---- find ---- */

static dsc_status find_level(classic *c, const dsc_hat *hat,
                             dsc_piece_scan *scan, dsc_text_boxes *out,
                             dsc_error *err)
{
    bool flood;
    dsc_status st = dsc_classic__pieces(scan, hat->px, hat->columns, hat->rows,
                                        hat->level, &c->pieces, &flood, err);

    if (st || flood)
        return st;
    return dsc_classic__lines(hat, &c->pieces, out, err);
}

/* Halve the plane by means of 2 x 2. */
static void halve(const dsc_plane *p, uint8_t *to)
{
    size_t w = p->columns / 2, h = p->rows / 2;

    for (size_t y = 0; y < h; y++) {
        const uint8_t *a = p->data + 2 * y * p->stride, *b = a + p->stride;
        for (size_t x = 0; x < w; x++)
            to[y * w + x] = (uint8_t)((a[2 * x] + a[2 * x + 1] + b[2 * x] +
                                       b[2 * x + 1] + 2) /
                                      4);
    }
}

/* Boxes of a plane that has been halved `shift` times, in the whole one's
 * pixels; an ink pixel there may have come from any of those under it. */
static void enlarge(dsc_text_boxes *boxes, size_t from, int shift)
{
    for (size_t i = from; i < boxes->count; i++) {
        dsc_rect *r = &boxes->items[i].box;
        int32_t k = 1 << shift;
        *r = (dsc_rect){r->x * k, r->y * k, r->w * k, r->h * k};
        *r = dsc_rect_grow(*r, shift ? 1 : 0, shift ? 1 : 0);
    }
}

static dsc_status find_scale(classic *c, const dsc_plane *plane, int shift,
                             dsc_piece_scan *scan, dsc_text_boxes *out,
                             dsc_error *err)
{
    size_t n = (size_t)plane->columns * plane->rows, before = out->count;
    dsc_status st = DSC_OK;

    for (int dark = 0; dark < 2 && !st; dark++) {
        dsc_hat hat = {.px = c->hat,
                       .columns = (int32_t)plane->columns,
                       .rows = (int32_t)plane->rows,
                       .shift = shift,
                       .dark = dark != 0};
        dsc_classic__top_hat(plane, hat.dark, c->hat, c->hat + n, c->row);
        for (int i = 0; i < LEVELS && !st; i++) {
            hat.level = levels[i];
            st = find_level(c, &hat, scan, out, err);
        }
    }
    enlarge(out, before, shift);
    return st;
}

/* Room for the hat and its scratch, and for two smaller planes. */
static dsc_status lay_out(classic *c, const dsc_plane *plane, uint8_t *small[2],
                          dsc_error *err)
{
    size_t n = (size_t)plane->columns * plane->rows;
    dsc_status st = reserve(
        c, 2 * n + n / 4 + n / 16 + dsc_classic__row_bytes(plane->columns),
        err);

    if (st)
        return st;
    c->hat = c->memory;
    small[0] = c->hat + 2 * n;
    small[1] = small[0] + n / 4;
    c->row = small[1] + n / 16;
    return DSC_OK;
}

static dsc_status finish(dsc_text_boxes *out, const dsc_plane *plane,
                         dsc_error *err)
{
    dsc_status st = out->count ? merge(out, err) : DSC_OK;

    if (st || !out->count)
        return st;
    for (size_t i = 0; i < out->count; i++) {
        float odds = out->items[i].score;
        out->items[i].score = 0.5f + 0.499f * (odds / (odds + 300.0f));
        dsc_detect__snap(plane, &out->items[i]);
    }
    qsort(out->items, out->count, sizeof *out->items, by_place);
    return DSC_OK;
}

static dsc_status classic_find(void *state, const dsc_plane *plane,
                               dsc_detect_effort effort, dsc_text_boxes *out,
                               dsc_error *err)
{
    classic *c = state;
    dsc_plane p = *plane;
    dsc_piece_scan *scan = NULL;
    uint8_t *small[2] = {NULL, NULL};
    dsc_status st = lay_out(c, plane, small, err);

    (void)effort;
    if (!st)
        st = dsc_classic__scan_create(&scan, plane->columns, err);
    for (int shift = 0; shift <= 2 && !st; shift++) {
        if (shift) {
            halve(&p, small[shift - 1]);
            p = (dsc_plane){small[shift - 1], p.columns / 2, p.rows / 2,
                            p.columns / 2};
        }
        st = find_scale(c, &p, shift, scan, out, err);
        if (p.columns < SMALL_PX[shift] || p.rows < SMALL_PX[shift])
            break;
    }
    dsc_classic__scan_free(&scan);
    return st ? st : finish(out, plane, err);
}

const dsc_detect_ops dsc_detect__classic = {
    "classic",
    classic_create,
    classic_free,
    classic_find,
};
