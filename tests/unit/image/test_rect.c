/* SPDX-License-Identifier: Apache-2.0 */
#include "image/image.h"
#include "image/text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* Every rectangle is also a set of points of a small grid, which settles what
 * the right answer is. The grid has a border so that rectangles may stick out
 * of the "image". */
#define GRID   24
#define ORIGIN 6 /* grid index of coordinate 0 */
#define IMAGE  11

typedef struct grid {
    bool at[GRID][GRID];
} grid;

static grid draw(dsc_rect r)
{
    grid g = {{{0}}};

    for (int y = 0; y < GRID; y++)
        for (int x = 0; x < GRID; x++)
            g.at[y][x] = x - ORIGIN >= r.x && x - ORIGIN < r.x + r.w &&
                         y - ORIGIN >= r.y && y - ORIGIN < r.y + r.h;
    return g;
}

static bool same_grid(const grid *a, const grid *b)
{
    return !memcmp(a, b, sizeof *a);
}

/* A small generator of our own: the same sequence on every machine. */
static uint32_t state = 12345;

static int32_t pick(int32_t low, int32_t high)
{
    state = state * 1664525u + 1013904223u;
    return low + (int32_t)(state >> 8) % (high - low + 1);
}

static dsc_rect pick_rect(void)
{
    dsc_rect r = {pick(-4, 10), pick(-4, 10), pick(-2, 8), pick(-2, 8)};
    if (r.w < 0)
        r.w = 0;
    if (r.h < 0)
        r.h = 0;
    return r;
}

Test(rect, intersection_is_the_common_points)
{
    for (int i = 0; i < 3000; i++) {
        dsc_rect a = pick_rect(), b = pick_rect();
        grid ga = draw(a), gb = draw(b);
        grid got = draw(dsc_rect_intersect(a, b));
        for (int y = 0; y < GRID; y++)
            for (int x = 0; x < GRID; x++)
                ga.at[y][x] = ga.at[y][x] && gb.at[y][x];
        cr_assert(same_grid(&ga, &got), "round %d", i);
    }
}

Test(rect, union_is_the_smallest_box_of_both)
{
    for (int i = 0; i < 3000; i++) {
        dsc_rect a = pick_rect(), b = pick_rect();
        dsc_rect u = dsc_rect_union(a, b);
        grid ga = draw(a), gb = draw(b);
        int x0 = GRID, y0 = GRID, x1 = -1, y1 = -1;
        for (int y = 0; y < GRID; y++) {
            for (int x = 0; x < GRID; x++) {
                if (!ga.at[y][x] && !gb.at[y][x])
                    continue;
                x0 = x < x0 ? x : x0;
                x1 = x > x1 ? x : x1;
                y0 = y < y0 ? y : y0;
                y1 = y > y1 ? y : y1;
            }
        }
        if (x1 < 0) {
            cr_assert(dsc_rect_empty(u));
            continue;
        }
        cr_assert_eq(u.x, x0 - ORIGIN);
        cr_assert_eq(u.y, y0 - ORIGIN);
        cr_assert_eq(u.w, x1 - x0 + 1);
        cr_assert_eq(u.h, y1 - y0 + 1);
    }
}

Test(rect, clip_keeps_the_points_of_the_image)
{
    grid image = draw((dsc_rect){0, 0, IMAGE, IMAGE});

    for (int i = 0; i < 3000; i++) {
        dsc_rect r = pick_rect();
        grid want = draw(r), got = draw(dsc_rect_clip(r, IMAGE, IMAGE));
        for (int y = 0; y < GRID; y++)
            for (int x = 0; x < GRID; x++)
                want.at[y][x] = want.at[y][x] && image.at[y][x];
        cr_assert(same_grid(&want, &got), "round %d", i);
    }
}

/* A cell is in the result when it holds a point of the clipped rectangle. */
Test(rect, to_cells_takes_every_touched_cell_and_no_other)
{
    for (int i = 0; i < 5000; i++) {
        int32_t cw = pick(1, 5), ch = pick(1, 5);
        dsc_rect r = pick_rect();
        grid in = draw(dsc_rect_clip(r, IMAGE, IMAGE)), want = {{{0}}};
        grid got = draw(
            dsc_rect_to_cells(r, (uint32_t)cw, (uint32_t)ch, IMAGE, IMAGE));
        for (int y = 0; y < IMAGE; y++) {
            for (int x = 0; x < IMAGE; x++) {
                int cx = x / cw * cw, cy = y / ch * ch;
                bool touched = false;
                for (int v = cy; v < cy + ch && v < IMAGE; v++)
                    for (int u = cx; u < cx + cw && u < IMAGE; u++)
                        touched = touched || in.at[v + ORIGIN][u + ORIGIN];
                want.at[y + ORIGIN][x + ORIGIN] = touched;
            }
        }
        cr_assert(same_grid(&want, &got), "round %d", i);
    }
}

/* A part is in the result when the result touches it; a whole cell too. */
Test(rect, to_parts_takes_whole_cells_and_parts_of_the_others)
{
    for (int i = 0; i < 5000; i++) {
        uint32_t pw = (uint32_t)pick(1, 3), ph = (uint32_t)pick(1, 3);
        uint8_t whole[IMAGE * IMAGE];
        dsc_cells c = {pw * (uint32_t)pick(1, 4),
                       ph * (uint32_t)pick(1, 4),
                       IMAGE,
                       IMAGE,
                       pw,
                       ph,
                       whole};
        int often = pick(0, 9); /* in ten */
        dsc_rect r = pick_rect(), got, part, cell, again;
        bool any = false;
        for (size_t k = 0; k < sizeof whole; k++)
            whole[k] = pick(0, 9) < often;
        got = dsc_rect_to_parts(r, &c);
        part = dsc_rect_to_cells(r, pw, ph, IMAGE, IMAGE);
        cell = dsc_rect_to_cells(r, c.w, c.h, IMAGE, IMAGE);
        cr_assert_eq(dsc_rect_area(dsc_rect_intersect(got, part)),
                     dsc_rect_area(part), "round %d: lost", i);
        cr_assert_eq(dsc_rect_area(dsc_rect_intersect(got, cell)),
                     dsc_rect_area(got), "round %d: too much", i);
        again = dsc_rect_to_cells(got, pw, ph, IMAGE, IMAGE);
        cr_assert_eq(dsc_rect_area(again), dsc_rect_area(got));
        for (size_t y = 0; y < dsc_cells_down(&c); y++)
            for (size_t x = 0; x < dsc_cells_across(&c); x++) {
                dsc_rect one = dsc_rect_clip(
                    (dsc_rect){(int32_t)(x * c.w), (int32_t)(y * c.h),
                               (int32_t)c.w, (int32_t)c.h},
                    IMAGE, IMAGE);
                int64_t in = dsc_rect_area(dsc_rect_intersect(one, got));
                if (!whole[y * dsc_cells_across(&c) + x] || !in)
                    continue;
                any = true;
                cr_assert_eq(in, dsc_rect_area(one), "round %d: torn", i);
            }
        cr_assert(any || dsc_rect_area(got) == dsc_rect_area(part),
                  "round %d: grown for nothing", i);
        c.whole = NULL;
        got = dsc_rect_to_parts(r, &c);
        cr_assert_eq(dsc_rect_area(got), dsc_rect_area(cell));
    }
}

Test(rects, covered_counts_the_points_of_the_union)
{
    for (int i = 0; i < 2000; i++) {
        dsc_rects list = {0};
        dsc_rect r = pick_rect();
        grid all = {{{0}}}, want = draw(r);
        int64_t n = 0;
        for (int k = pick(0, 7); k > 0; k--) {
            dsc_rect one = pick_rect();
            grid g = draw(one);
            cr_assert_eq(dsc_rects_add(&list, one, NULL), DSC_OK);
            for (int y = 0; y < GRID; y++)
                for (int x = 0; x < GRID; x++)
                    all.at[y][x] = all.at[y][x] || g.at[y][x];
        }
        for (int y = 0; y < GRID; y++)
            for (int x = 0; x < GRID; x++)
                n += want.at[y][x] && all.at[y][x];
        cr_assert_eq(dsc_rects_covered(&list, r), n, "round %d", i);
        dsc_rects_free(&list);
    }
}

Test(rect, grows_to_whole_cells_inside_the_image)
{
    dsc_rect r = dsc_rect_to_cells((dsc_rect){9, 15, 8, 2}, 8, 16, 100, 30);

    cr_assert_eq(r.x, 8);
    cr_assert_eq(r.y, 0);
    cr_assert_eq(r.w, 16);
    cr_assert_eq(r.h, 30);
}

Test(rect, grow_moves_all_four_sides)
{
    dsc_rect r = dsc_rect_grow((dsc_rect){10, 20, 5, 6}, 2, 3);

    cr_assert_eq(r.x, 8);
    cr_assert_eq(r.y, 17);
    cr_assert_eq(r.w, 9);
    cr_assert_eq(r.h, 12);
    r = dsc_rect_grow((dsc_rect){10, 20, 5, 6}, -3, 0);
    cr_assert(dsc_rect_empty(r), "shrunk to nothing");
}

Test(rect, zero_cells_mean_clip)
{
    dsc_rect r = dsc_rect_to_cells((dsc_rect){-2, 1, 5, 5}, 0, 0, 10, 10);

    cr_assert_eq(r.x, 0);
    cr_assert_eq(r.w, 3);
}

/* The numbers of a hostile header or mask: no overflow (UBSan stops), and
 * nothing sticks out of the image. */
Test(rect, survives_extreme_coordinates)
{
    static const int32_t c[] = {INT32_MIN, INT32_MIN + 1, -5,       0,
                                5,         INT32_MAX - 1, INT32_MAX};
    static const uint32_t sizes[] = {0, 1, 10, 65535, INT32_MAX, UINT32_MAX};
    dsc_rects list = {0};

    cr_assert_eq(
        dsc_rects_add(&list, (dsc_rect){0, 0, INT32_MAX, INT32_MAX}, NULL),
        DSC_OK);
    cr_assert_eq(
        dsc_rects_add(&list,
                      (dsc_rect){INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX},
                      NULL),
        DSC_OK);
    cr_assert_eq(dsc_rects_add(&list, (dsc_rect){INT32_MAX - 2, 3, 9, 9}, NULL),
                 DSC_OK);
    for (unsigned i = 0; i < 7 * 7 * 7 * 7; i++) {
        dsc_rect r = {c[i % 7], c[i / 7 % 7], c[i / 49 % 7], c[i / 343]};
        int64_t area;
        for (unsigned k = 0; k < 6; k++) {
            dsc_rect p = dsc_rect_clip(r, sizes[k], sizes[k]);
            dsc_rect q = dsc_rect_to_cells(r, 16, 8, sizes[k], sizes[k]);
            cr_assert(dsc_rect_empty(p) ||
                      (p.x >= 0 && (int64_t)p.x + p.w <= sizes[k]));
            cr_assert(dsc_rect_empty(q) ||
                      (q.y >= 0 && (int64_t)q.y + q.h <= sizes[k]));
        }
        (void)dsc_rect_grow(r, INT32_MAX, INT32_MAX);
        (void)dsc_rect_union(r, (dsc_rect){-9, -9, 20, 20});
        area = dsc_rects_covered(&list, r);
        cr_assert(area >= 0 && area <= dsc_rect_area(r));
    }
    dsc_rects_free(&list);
}

Test(rects, covered_area_counts_overlaps_once)
{
    dsc_rects list = {0};

    cr_assert_eq(dsc_rects_add(&list, (dsc_rect){0, 0, 10, 10}, NULL), DSC_OK);
    cr_assert_eq(dsc_rects_add(&list, (dsc_rect){5, 5, 10, 10}, NULL), DSC_OK);
    cr_assert_eq(dsc_rects_covered(&list, (dsc_rect){0, 0, 20, 20}), 175);
    cr_assert_eq(dsc_rects_covered(&list, (dsc_rect){16, 0, 4, 20}), 0);
    dsc_rects_free(&list);
}

/* Hundreds of overlapping boxes must not take exponential time. */
Test(rects, covered_is_quick_for_many, .timeout = 60)
{
    dsc_rects list = {0};

    for (int i = 0; i < 400; i++)
        cr_assert_eq(dsc_rects_add(&list,
                                   (dsc_rect){pick(0, 900), pick(0, 900),
                                              pick(1, 300), pick(1, 300)},
                                   NULL),
                     DSC_OK);
    cr_assert_gt(dsc_rects_covered(&list, (dsc_rect){0, 0, 1200, 1200}), 0);
    dsc_rects_free(&list);
}

Test(rects, foreach_visits_all_and_an_empty_list_none)
{
    dsc_rects list = {0};
    int n = 0;

    dsc_rects_foreach (r, &list)
        n += r->w;
    cr_assert_eq(n, 0);
    for (int i = 0; i < 40; i++)
        cr_assert_eq(dsc_rects_add(&list, (dsc_rect){0, 0, 1, 1}, NULL),
                     DSC_OK);
    dsc_rects_foreach (r, &list)
        n += r->w;
    cr_assert_eq(n, 40);
    dsc_rects_free(&list);
}

Test(rects, out_of_memory_keeps_the_list)
{
    dsc_rects list = {0};

    for (int i = 0; i < 16; i++)
        cr_assert_eq(dsc_rects_add(&list, (dsc_rect){i, 0, 1, 1}, NULL),
                     DSC_OK);
    dsc_alloc_fail_after(1);
    cr_assert_eq(dsc_rects_add(&list, (dsc_rect){16, 0, 1, 1}, NULL),
                 DSC_NOMEM);
    cr_assert_eq(list.count, 16);
    cr_assert_eq(list.items[15].x, 15);
    dsc_rects_free(&list);
}

/* ---- lists of text ---- */

Test(words, are_copied_and_grow)
{
    dsc_words words = {0};
    char text[16];

    for (int i = 0; i < 50; i++) {
        snprintf(text, sizeof text, "w%d", i);
        cr_assert_eq(
            dsc_words_add(&words, text, (dsc_rect){i, 0, 1, 1}, 0.5f, 3, NULL),
            DSC_OK);
    }
    cr_assert_eq(words.count, 50);
    cr_assert_str_eq(words.items[7].utf8, "w7");
    cr_assert_eq(words.items[49].box.x, 49);
    cr_assert_eq(words.items[49].line, 3);
    dsc_words_free(&words);
    cr_assert_eq(words.count, 0);
    dsc_words_free(&words);
}

Test(words, any_failing_allocation_keeps_the_list_whole)
{
    for (unsigned long n = 1; n <= 2; n++) {
        dsc_words words = {0};
        dsc_error err = DSC_ERROR_INIT;
        dsc_alloc_fail_after(n);
        cr_assert_eq(
            dsc_words_add(&words, "x", (dsc_rect){0, 0, 1, 1}, 1, 0, &err),
            DSC_NOMEM);
        cr_assert_eq(err.status, DSC_NOMEM);
        cr_assert_eq(words.count, 0);
        dsc_words_free(&words);
    }
}

Test(text_boxes, grow_and_survive_lack_of_memory)
{
    dsc_text_boxes boxes = {0};
    dsc_text_box box = {{1, 2, 3, 4}, 0.5f, 90, true, false};

    for (int i = 0; i < 16; i++) {
        box.box.x = i;
        cr_assert_eq(dsc_text_boxes_add(&boxes, &box, NULL), DSC_OK);
    }
    dsc_alloc_fail_after(1);
    cr_assert_eq(dsc_text_boxes_add(&boxes, &box, NULL), DSC_NOMEM);
    cr_assert_eq(boxes.count, 16);
    cr_assert_eq(boxes.items[15].box.x, 15);
    dsc_text_boxes_free(&boxes);
    cr_assert_null(boxes.items);
}

/* A hole takes what it covers and nothing else, and parts do not overlap. */
Test(rects, cut, .timeout = 60)
{
    for (int i = 0; i < 2000; i++) {
        dsc_rects list = {0};
        dsc_rect all = pick_rect();
        int64_t left, area = 0;
        cr_assert_eq(dsc_rects_add(&list, all, NULL), DSC_OK);
        for (int k = pick(0, 4); k > 0; k--) {
            dsc_rect hole = pick_rect();
            left = dsc_rects_covered(&list, all) -
                   dsc_rects_covered(&list, dsc_rect_intersect(all, hole));
            cr_assert_eq(dsc_rects_cut(&list, hole, NULL), DSC_OK);
            cr_assert_eq(dsc_rects_covered(&list, all), left, "round %d", i);
            cr_assert_eq(dsc_rects_covered(&list, hole), 0, "round %d", i);
        }
        for (size_t k = 0; k < list.count; k++)
            area += dsc_rect_area(list.items[k]);
        cr_assert_eq(area, dsc_rects_covered(&list, all), "round %d", i);
        dsc_rects_free(&list);
    }
}
