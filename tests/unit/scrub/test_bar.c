/* SPDX-License-Identifier: Apache-2.0
 *
 * Bars of colours in which each pixel is accounted for, and what is none. */
#include "scrub/scrub_priv.h"

#include <criterion/criterion.h>

#include <string.h>

#define W  200
#define H  240
#define X  80 /* of the bar */
#define Y  60
#define BW 24
#define BH 120

typedef struct picture {
    uint8_t rgb[H][W][3];
} picture;

static void paint(picture *p, dsc_rect r, int red, int green, int blue)
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++) {
            p->rgb[y][x][0] = (uint8_t)red;
            p->rgb[y][x][1] = (uint8_t)green;
            p->rgb[y][x][2] = (uint8_t)blue;
        }
}

static int clamp(int v)
{
    return v < 0 ? 0 : v > 255 ? 255 : v;
}

static void shift(picture *p, dsc_rect r, int by)
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            for (int k = 0; k < 3; k++)
                p->rgb[y][x][k] = (uint8_t)clamp(p->rgb[y][x][k] + by);
}

/* Red above, blue below, black between; green more in each of four columns. */
static void draw_velocities(picture *p)
{
    for (int32_t y = 0; y < BH; y++) {
        int level = 4 * (y < BH / 2 ? BH / 2 - y : y - BH / 2);
        dsc_rect row = {X, Y + y, BW, 1};
        paint(p, row, y < BH / 2 ? level : 0, level / 4,
              y < BH / 2 ? 0 : level);
    }
}

static void draw_cells(picture *p)
{
    for (int32_t y = 0; y < BH; y++)
        for (int32_t k = 0; k < 4; k++) {
            int level = (BH - y / 4 * 4) * 2;
            paint(p, (dsc_rect){X + 6 * k, Y + y, 6, 1}, level, level * k / 4,
                  0);
        }
}

static void draw_greys(picture *p)
{
    for (int32_t y = 0; y < BH; y++)
        paint(p, (dsc_rect){X, Y + y, BW, 1}, 2 * y + 10, 2 * y + 10,
              2 * y + 10);
}

static void draw_lying(picture *p)
{
    for (int32_t x = 0; x < BH; x++)
        paint(p, (dsc_rect){X - 60 + x, Y, 1, BW}, 250 - 2 * x, 130 - x, 0);
}

/* Lines across, as of a code that lies. */
static void draw_lines(picture *p)
{
    for (int32_t y = 0; y < BH; y++) {
        int level = y * y / 7 % 2 ? 60 : 90;
        paint(p, (dsc_rect){X, Y + y, BW, 1}, level, level, 0);
    }
}

static void draw_flat(picture *p)
{
    paint(p, (dsc_rect){X, Y, BW, BH}, 200, 40, 0);
}

/* A shaded page with two words and a wide space between them. */
static void draw_page(picture *p)
{
    for (int32_t y = 0; y < BH; y++)
        paint(p, (dsc_rect){0, Y + y, W, 1}, 2 * y, y, 0);
    shift(p, (dsc_rect){X - 5, Y + 50, 4, 20}, 40);
    shift(p, (dsc_rect){X + BW + 1, Y + 50, 4, 20}, 40);
}

/* Tissue around it, and ends of one colour, which are no ground. */
static void draw_on_tissue(picture *p)
{
    for (int32_t y = 0; y < H; y++)
        for (int32_t x = 0; x < W; x++)
            paint(p, (dsc_rect){x, y, 1, 1}, (7 * x + 13 * y) % 50,
                  (7 * x + 13 * y) % 50, (7 * x + 13 * y) % 50);
    for (int32_t y = 0; y < BH; y++) {
        int level = 4 * (y < BH / 2 ? BH / 2 - y : y - BH / 2);
        paint(p, (dsc_rect){X, Y + y, BW, 1}, clamp(level + 60), level, 0);
    }
    paint(p, (dsc_rect){X, Y, BW, 16}, 255, 200, 0);
    paint(p, (dsc_rect){X, Y + BH - 16, BW, 16}, 255, 200, 0);
}

static const struct bar_case {
    const char *what;
    void (*draw)(picture *p);
    dsc_rect also; /* what else is drawn, */
    int levels;    /* so much brighter; NONE: nothing, BLACK: black, */
    size_t bars;   /* and so many are found */
} bar_cases[] = {
    {"velocities", draw_velocities, {0, 0, 0, 0}, 0, 1},
    {"cells", draw_cells, {0, 0, 0, 0}, 0, 1},
    {"greys", draw_greys, {0, 0, 0, 0}, 0, 1},
    {"a letter at its side", draw_velocities, {X - 6, 100, 6, 10}, 200, 1},
    {"text above it", draw_velocities, {X + 2, Y - 12, 20, 11}, 200, 1},
    {"a mark of the base line", draw_velocities, {X + 22, 117, 2, 6}, -255, 1},
    /* ink in it, of any kind */
    {"a stroke", draw_velocities, {X + 4, 90, 2, 9}, 150, 0},
    {"a dim one", draw_velocities, {X + 4, 90, 2, 9}, 4, 0},
    {"a dark one", draw_velocities, {X + 4, 90, 2, 9}, -5, 0},
    {"a point", draw_cells, {X + 8, 90, 1, 1}, 6, 0},
    {"a dash of half its width", draw_greys, {X, 130, BW / 2, 2}, 5, 0},
    {"at its upper end", draw_velocities, {X + 4, Y, 3, 7}, 20, 0},
    {"over its upper end", draw_velocities, {X + 4, Y - 4, 3, 8}, 120, 0},
    {"over its side", draw_velocities, {X - 4, 90, 8, 9}, 120, 0},
    {"as thick as a cell", draw_cells, {X + 6, 100, 6, 24}, 30, 0},
    {"on the base line", draw_velocities, {X + 8, 116, 2, 7}, 12, 0},
    {"a deep mark there", draw_velocities, {X + 18, 117, 6, 6}, -255, 0},
    {"no ground above", draw_velocities, {X, 0, BW, Y}, 90, 0},
    {"text that touches it", draw_velocities, {X + 2, Y - 9, 3, 9}, 90, 0},
    /* no bars */
    {"lines", draw_lines, {0, 0, 0, 0}, 0, 0},
    {"one colour", draw_flat, {0, 0, 0, 0}, 0, 0},
    {"colours on tissue", draw_on_tissue, {0, 0, 0, 0}, 0, 0},
    {"the space between words", draw_page, {0, 0, 0, 0}, 0, 0},
};

/* As dsc_view_render has it. */
static uint8_t seen(const uint8_t *c, size_t view)
{
    int most = c[0] > c[1] ? c[0] : c[1], least = c[0] < c[1] ? c[0] : c[1];

    most = c[2] > most ? c[2] : most;
    least = c[2] < least ? c[2] : least;
    return (uint8_t)(view == 0   ? most
                     : view == 1 ? most - least
                     : view == 2 ? c[1] - least
                                 : (c[2] - least + most - c[0]) / 2);
}

static void see(const picture *p, dsc_views *views, size_t count)
{
    dsc_error err = DSC_ERROR_INIT;

    views->count = count;
    for (size_t v = 0; v < count; v++) {
        dsc_view *view = &views->items[v];
        cr_assert_eq(dsc_view_alloc(view, W, H, &err), DSC_OK);
        for (int32_t y = 0; y < H; y++)
            for (int32_t x = 0; x < W; x++)
                view->data[(size_t)y * view->stride + (size_t)x] =
                    seen(p->rgb[y][x], v);
    }
}

static int at(const dsc_views *v, size_t view, int32_t x, int32_t y)
{
    const dsc_view *p = &v->items[view];

    return p->data[(size_t)y * p->stride + (size_t)x];
}

Test(bar, is_explained_whole_or_not_at_all)
{
    for (size_t i = 0; i < sizeof bar_cases / sizeof *bar_cases; i++) {
        const struct bar_case *c = &bar_cases[i];
        static picture p;
        dsc_views before = {.count = 0}, after = {.count = 0};
        dsc_rects bars = {0};
        dsc_error err = DSC_ERROR_INIT;
        dsc_rect bar = {0, 0, 0, 0};
        memset(&p, 0, sizeof p);
        c->draw(&p);
        shift(&p, c->also, c->levels);
        see(&p, &before, DSC_MAX_VIEWS);
        see(&p, &after, DSC_MAX_VIEWS);
        cr_assert_eq(dsc_take_bars(&after, NULL, 0, &bars, &err), DSC_OK);
        cr_expect_eq(bars.count, c->bars, "%s: %zu bars", c->what, bars.count);
        if (bars.count)
            bar = bars.items[0];
        cr_expect(!c->bars || (bar.x == X && bar.w == BW && bar.y >= Y &&
                               bar.y + bar.h <= Y + BH && bar.h >= BH - 2),
                  "%s: %d,%d %dx%d", c->what, bar.x, bar.y, bar.w, bar.h);
        for (size_t v = 0; v < DSC_MAX_VIEWS; v++)
            for (int32_t y = 0; y < H; y++)
                for (int32_t x = 0; x < W; x++) {
                    bool in = x >= bar.x && x < bar.x + bar.w && y >= bar.y &&
                              y < bar.y + bar.h;
                    cr_assert_eq(at(&after, v, x, y),
                                 in ? 0 : at(&before, v, x, y), "%s: %d,%d",
                                 c->what, x, y);
                }
        dsc_rects_free(&bars);
        dsc_views_free(&before);
        dsc_views_free(&after);
    }
}

/* In an output there are no others than in the source: what is left of one,
 * where a name at its end went, may look like a whole one. */
static const struct known_case {
    const char *what, *rule;
    dsc_rect box;
    uint32_t first, last;
    bool is;
} known_cases[] = {
    {"itself", DSC_RULE_BAR, {X, Y, BW, BH}, 0, 4, true},
    {"two rows less", DSC_RULE_BAR, {X, Y + 1, BW, BH - 2}, 2, 2, true},
    {"a label there", "allow-label", {X, Y, BW, BH}, 0, 4, false},
    {"another bar", DSC_RULE_BAR, {X + 2 * BW, Y, BW, BH}, 0, 4, false},
    {"a bar before", DSC_RULE_BAR, {X, Y, BW, BH}, 0, 1, false},
    {"a bar later", DSC_RULE_BAR, {X, Y, BW, BH}, 3, 4, false},
};

Test(bar, of_an_output_was_one_in_the_source)
{
    for (size_t i = 0; i < sizeof known_cases / sizeof *known_cases; i++) {
        const struct known_case *c = &known_cases[i];
        static picture p;
        dsc_region region = dsc_region_of(c->box, c->first, c->last);
        dsc_region_list kept = {.items = &region, .count = 1};
        dsc_views views = {.count = 0};
        dsc_rects bars = {0};
        dsc_error err = DSC_ERROR_INIT;
        region.rule = c->rule;
        draw_velocities(&p);
        see(&p, &views, DSC_MAX_VIEWS);
        cr_assert_eq(dsc_take_bars(&views, &kept, 2, &bars, &err), DSC_OK);
        cr_expect_eq(bars.count, c->is, "%s", c->what);
        cr_expect_eq(at(&views, 0, X + 2, Y + 2) == 0, c->is, "%s", c->what);
        dsc_rects_free(&bars);
        dsc_views_free(&views);
    }
}

/* Of a grey frame nobody knows what its columns would be. */
Test(bar, is_coloured)
{
    static picture p;
    dsc_views views = {.count = 0};
    dsc_rects bars = {0};
    dsc_error err = DSC_ERROR_INIT;

    draw_greys(&p);
    see(&p, &views, 1);
    cr_assert_eq(dsc_take_bars(&views, NULL, 0, &bars, &err), DSC_OK);
    cr_expect_eq(bars.count, 0);
    dsc_views_free(&views);
}

static const struct ink_case {
    const char *what;
    void (*draw)(picture *p);
    dsc_rect ink;
    int levels;
    size_t boxes;
} ink_cases[] = {
    {"none", draw_velocities, {0, 0, 0, 0}, 0, 0},
    {"none in cells", draw_cells, {0, 0, 0, 0}, 0, 0},
    {"none in greys", draw_greys, {0, 0, 0, 0}, 0, 0},
    {"none where it lies", draw_lying, {0, 0, 0, 0}, 0, 0},
    {"bright", draw_velocities, {X + 4, 90, 2, 9}, 150, 1},
    {"dim", draw_velocities, {X + 4, 90, 2, 9}, 4, 1},
    {"dark", draw_velocities, {X + 4, 90, 8, 6}, -5, 1},
    {"in greys", draw_greys, {X + 9, 100, 3, 7}, 6, 1},
    {"in a cell", draw_cells, {X + 8, 90, 2, 8}, 6, 1},
    {"over cells", draw_cells, {X + 3, 90, 14, 8}, 6, 1},
    {"where it lies", draw_lying, {X - 20, Y + 6, 9, 12}, 4, 1},
    {"cut by its side", draw_velocities, {X, 90, 5, 8}, 6, 1},
    {"at the base line", draw_velocities, {X + 8, 112, 4, 14}, 12, 1},
    /* nothing of it, or too little */
    {"a tick", draw_greys, {X, 130, BW / 2, 3}, 60, 0},
    {"all across", draw_greys, {X, 130, BW, 9}, 60, 0},
    {"a limit above it", draw_velocities, {X + 2, Y - 12, 20, 11}, 200, 0},
    {"a letter at its side", draw_velocities, {X - 8, 100, 6, 10}, 200, 0},
    {"in one colour", draw_flat, {X + 4, 90, 2, 9}, 40, 0},
    {"on a page", draw_page, {X + 4, 90, 2, 9}, 40, 0},
    {"on tissue", draw_on_tissue, {X + 4, 90, 2, 9}, 40, 0},
};

static void expect_ink(const struct ink_case *c, size_t view_count,
                       const uint8_t *filled, size_t boxes)
{
    static picture p;
    dsc_views views = {.count = 0};
    dsc_rects ink = {0};
    dsc_error err = DSC_ERROR_INIT;

    memset(&p, 0, sizeof p);
    c->draw(&p);
    shift(&p, c->ink, c->levels);
    see(&p, &views, view_count);
    cr_assert_eq(dsc_find_bar_ink(&views, filled, &ink, &err), DSC_OK);
    cr_expect_eq(ink.count, boxes, "%s: %zu boxes", c->what, ink.count);
    cr_expect_eq(dsc_rects_covered(&ink, c->ink),
                 boxes ? dsc_rect_area(c->ink) : 0, "%s: in a box", c->what);
    dsc_rects_foreach (r, &ink)
        cr_expect(dsc_rect_area(*r) <=
                      dsc_rect_area(dsc_rect_grow(c->ink, 2, 2)),
                  "%s: %d,%d %dx%d", c->what, r->x, r->y, r->w, r->h);
    dsc_rects_free(&ink);
    dsc_views_free(&views);
}

Test(bar, shows_ink)
{
    static uint8_t filled[H * W];

    for (size_t i = 0; i < sizeof ink_cases / sizeof *ink_cases; i++) {
        const struct ink_case *c = &ink_cases[i];
        expect_ink(c, DSC_MAX_VIEWS, NULL, c->boxes);
        memset(filled, 0, sizeof filled);
        for (int32_t y = 0; y < c->ink.h; y++)
            memset(filled + (c->ink.y + y) * W + c->ink.x, 1, (size_t)c->ink.w);
        expect_ink(c, DSC_MAX_VIEWS, filled, 0);
    }
}

/* A grey frame has one view. */
Test(bar, shows_ink_in_greys)
{
    const struct ink_case c = {"dim", draw_greys, {X + 9, 100, 3, 7}, -4, 1};

    expect_ink(&c, 1, NULL, 1);
}

Test(bar, a_word_over_other_ink)
{
    static const struct {
        const char *what;
        dsc_rect ink; /* beside the strokes of a word */
        int levels;
        bool other;
    } rows[] = {
        {"nothing", {0, 0, 0, 0}, 0, false},
        {"a blurred edge", {43, 31, 1, 8}, 30, false},
        {"a dim letter between", {46, 32, 1, 6}, 5, true},
        {"a dim letter under it", {41, 42, 2, 2}, 20, true},
        {"a grain", {46, 33, 1, 1}, 5, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static picture p;
        dsc_views views = {.count = 0};
        memset(&p, 0, sizeof p);
        paint(&p, (dsc_rect){41, 31, 2, 9}, 200, 200, 200);
        paint(&p, (dsc_rect){49, 31, 2, 9}, 200, 200, 200);
        shift(&p, rows[i].ink, rows[i].levels);
        see(&p, &views, DSC_MAX_VIEWS);
        cr_expect_eq(
            dsc_bars_holds_other_ink(&views, (dsc_rect){40, 30, 12, 11}),
            rows[i].other, "%s", rows[i].what);
        dsc_views_free(&views);
    }
}
