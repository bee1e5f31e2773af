/* SPDX-License-Identifier: Apache-2.0
 *
 * The classical detector: both polarities, several levels, then one list.
 */
#include "detect/classic_priv.h"

#include <stdlib.h>
#include <string.h>

/* Levels of the top-hat at which pieces are cut out. Ink is found whole at a
 * level near half its contrast; the steps between are small enough for that. */
static const int levels[] = {10, 18, 32, 56, 96, 150};
enum {
    LEVELS = sizeof levels / sizeof *levels
};

typedef struct classic {
    dsc_pieces pieces;
    uint8_t *memory; /* hat, tmp, row */
    size_t size;
} classic;

static dsc_status classic_create(void **state, dsc_error *err)
{
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

/* The same line seen twice: at two levels, or as two polarities. */
static bool same_line(const dsc_text_box *a, const dsc_text_box *b)
{
    int64_t over = dsc_rect_area(dsc_rect_intersect(a->box, b->box));
    int64_t small = dsc_rect_area(a->box), other = dsc_rect_area(b->box);

    small = other < small ? other : small;
    return over * 2 > small;
}

/* Fold each box into a better one that shows the same line. */
static void merge(dsc_text_boxes *boxes)
{
    size_t kept = 0;

    qsort(boxes->items, boxes->count, sizeof *boxes->items, by_score);
    for (size_t i = 0; i < boxes->count; i++) {
        dsc_text_box b = boxes->items[i];
        size_t k = 0;
        while (k < kept && !same_line(&boxes->items[k], &b))
            k++;
        if (k == kept) {
            boxes->items[kept++] = b;
            continue;
        }
        boxes->items[k].box = dsc_rect_union(boxes->items[k].box, b.box);
    }
    boxes->count = kept;
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

static dsc_status classic_find(void *state, const dsc_plane *plane,
                               dsc_text_boxes *out, dsc_error *err)
{
    classic *c = state;
    size_t n = (size_t)plane->columns * plane->rows;
    size_t row = dsc_classic__row_bytes(plane->columns);
    dsc_piece_scan *scan = NULL;
    dsc_status st = reserve(c, 2 * n + row, err);

    if (!st)
        st = dsc_classic__scan_create(&scan, plane->columns, err);
    for (int dark = 0; dark < 2 && !st; dark++) {
        dsc_hat hat = {c->memory, (int32_t)plane->columns, (int32_t)plane->rows,
                       0, dark != 0};
        dsc_classic__top_hat(plane, hat.dark, c->memory, c->memory + n,
                             c->memory + 2 * n);
        for (int i = 0; i < LEVELS && !st; i++) {
            hat.level = levels[i];
            st = find_level(c, &hat, scan, out, err);
        }
    }
    dsc_classic__scan_free(&scan);
    if (st)
        return st;
    merge(out);
    for (size_t i = 0; i < out->count; i++)
        out->items[i].box =
            dsc_rect_clip(dsc_rect_grow(out->items[i].box, 1, 1),
                          plane->columns, plane->rows);
    qsort(out->items, out->count, sizeof *out->items, by_place);
    return DSC_OK;
}

const dsc_detect_ops dsc_detect__classic = {
    "classic",
    classic_create,
    classic_free,
    classic_find,
};
