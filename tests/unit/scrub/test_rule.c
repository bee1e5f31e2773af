/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules and scales of colours, which are no letters, and letters, which are
 * neither. */
#include "scrub/scrub_priv.h"

#include <criterion/criterion.h>

#include "draw.h"

/* A line of ink in a box of letters, with what is around it. */
static bool is_rule(dsc_rect line, dsc_rect also, dsc_rect box, int paper,
                    int ink)
{
    canvas c = canvas_make(300, 200, paper);
    dsc_plane p = canvas_plane(&c);
    bool is;

    for (int32_t y = 0; y < 200; y++)
        for (int32_t x = 0; x < 300; x++) {
            dsc_rect at = {x, y, 1, 1};
            if (!dsc_rect_empty(dsc_rect_intersect(at, line)) ||
                !dsc_rect_empty(dsc_rect_intersect(at, also)))
                c.px[(size_t)y * c.w + (size_t)x] = (uint8_t)ink;
        }
    is = dsc_is_rule(&p, box);
    canvas_free(&c);
    return is;
}

Test(rule, a_rule_is_no_letter)
{
    const dsc_rect none = {0, 0, 0, 0};
    const struct {
        const char *what;
        dsc_rect line, also, box;
        int paper, ink;
        bool is;
    } rows[] = {
        {"at the edge", {0, 0, 2, 200}, none, {0, 80, 3, 13}, 0, 255, true},
        {"dark", {50, 0, 2, 200}, none, {49, 80, 4, 13}, 220, 20, true},
        {"lying", {0, 50, 300, 1}, none, {60, 49, 20, 3}, 0, 255, true},
        {"with a corner",
         {0, 0, 2, 200},
         {0, 0, 300, 2},
         {0, 10, 3, 13},
         0,
         255,
         true},
        {"with an end", {50, 80, 2, 120}, none, {49, 79, 4, 13}, 0, 255, false},
        {"to its end", {50, 80, 2, 120}, none, {49, 80, 4, 13}, 0, 255, true},
        /* letters and what may be one */
        {"a stroke", {50, 80, 2, 11}, none, {49, 79, 4, 13}, 0, 255, false},
        {"a long stroke",
         {50, 60, 2, 50},
         none,
         {49, 80, 4, 13},
         0,
         255,
         false},
        {"a dash", {60, 50, 18, 2}, none, {59, 49, 20, 4}, 0, 255, false},
        {"an L",
         {50, 0, 2, 200},
         {50, 90, 4, 2},
         {49, 80, 6, 13},
         0,
         255,
         false},
        {"a dot beside it",
         {50, 0, 2, 200},
         {53, 85, 1, 2},
         {49, 80, 5, 13},
         0,
         255,
         false},
        {"a broken line",
         {50, 0, 2, 84},
         {50, 86, 2, 110},
         {49, 80, 4, 13},
         0,
         255,
         false},
        {"thick", {50, 0, 9, 200}, none, {49, 80, 11, 30}, 0, 255, false},
        {"hardly seen",
         {50, 0, 2, 200},
         none,
         {49, 80, 4, 13},
         100,
         130,
         false},
        {"paper", none, none, {49, 80, 4, 13}, 0, 255, false},
        {"a square", {50, 0, 2, 200}, none, {49, 80, 4, 4}, 0, 255, false},
        {"outside", {50, 0, 2, 200}, none, {-50, -80, 4, 13}, 0, 255, false},
        {"too near the ends",
         {50, 0, 2, 200},
         none,
         {49, 0, 4, 60},
         0,
         255,
         false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(is_rule(rows[i].line, rows[i].also, rows[i].box,
                             rows[i].paper, rows[i].ink),
                     rows[i].is, "%s", rows[i].what);
}

/* A scale of colours on black, 20 to 60 across and 20 to 180 along, in cells of
 * 8 x 4; `mark` is drawn in it or beside it. */
typedef struct bar_case {
    const char *what;
    bool lies;
    int across; /* grey levels from cell to cell, */
    int along;  /* and along the bar */
    int noise;
    dsc_rect mark;
    int grey; /* of the mark, more than what is there */
    dsc_rect box;
    bool is;
} bar_case;

static const bar_case bar_cases[] = {
    {"a piece of it", false, 0, 6, 0, {0}, 0, {19, 60, 16, 30}, true},
    {"cells beside each other", false, 9, 6, 0, {0}, 0, {19, 60, 30, 40}, true},
    {"lying", true, 9, 6, 0, {0}, 0, {60, 19, 40, 16}, true},
    {"narrower in the box", false, 0, 6, 0, {0}, 0, {19, 60, 6, 40}, true},
    {"reversed", false, 0, -6, 0, {0}, 0, {19, 60, 16, 30}, true},
    {"one level off", false, 0, 6, 1, {0}, 0, {19, 60, 16, 30}, true},
    /* what may be letters */
    {"of one colour", false, 0, 0, 0, {0}, 0, {19, 60, 16, 30}, false},
    {"noise in it", false, 0, 6, 4, {0}, 0, {19, 60, 16, 30}, false},
    {"a stroke in it",
     false,
     0,
     6,
     0,
     {26, 70, 2, 9},
     60,
     {19, 60, 20, 30},
     false},
    {"a faint one", false, 0, 6, 0, {26, 70, 2, 9}, 3, {19, 60, 20, 30}, false},
    {"a faint dash",
     false,
     0,
     6,
     0,
     {25, 70, 5, 1},
     3,
     {19, 60, 20, 30},
     false},
    {"a line across",
     false,
     0,
     6,
     0,
     {20, 70, 40, 2},
     70,
     {19, 60, 20, 30},
     false},
    {"a dot beside it",
     false,
     0,
     6,
     0,
     {14, 70, 2, 2},
     250,
     {13, 60, 20, 30},
     false},
    {"a stroke at it",
     false,
     0,
     6,
     0,
     {19, 70, 1, 9},
     250,
     {18, 60, 20, 30},
     false},
    {"its dark end", false, 0, 6, 0, {0}, 0, {19, 10, 16, 30}, true},
    {"too short", false, 0, 6, 0, {0}, 0, {19, 60, 16, 11}, false},
    {"steep", false, 0, 60, 0, {0}, 0, {19, 60, 16, 30}, false},
    {"paper", false, 0, 6, 0, {0}, 0, {100, 60, 16, 30}, false},
    {"outside", false, 0, 6, 0, {0}, 0, {-100, -60, 16, 30}, false},
    {"at the plane's edge", false, 0, 6, 0, {0}, 0, {290, 60, 60, 30}, false},
    {"empty", false, 0, 6, 0, {0}, 0, {30, 60, 0, 0}, false},
    {"nothing in it", false, 0, 6, 0, {0}, 0, {30, 60, 2, 30}, false},
};

static int bar_grey(const bar_case *t, int32_t x, int32_t y)
{
    dsc_rect at = {x, y, 1, 1};
    int32_t across = t->lies ? y : x, along = t->lies ? x : y;
    int v = 0;

    if (across >= 20 && across < 60 && along >= 20 && along < 180)
        v = (t->along < 0 ? 250 : 10) + t->along * (along / 4 - 5) +
            t->across * ((across - 20) / 8 % 2) +
            t->noise * ((x * 7 + y * 3) % 2);
    if (!dsc_rect_empty(dsc_rect_intersect(at, t->mark)))
        v += t->grey;
    return v < 0 ? 0 : v > 255 ? 255 : v;
}

Test(rule, a_scale_of_colours_is_no_letter)
{
    for (size_t i = 0; i < sizeof bar_cases / sizeof *bar_cases; i++) {
        const bar_case *t = &bar_cases[i];
        canvas c = canvas_make(300, 200, 0);
        dsc_plane p = canvas_plane(&c);
        for (int32_t y = 0; y < 200; y++)
            for (int32_t x = 0; x < 300; x++)
                c.px[(size_t)y * c.w + (size_t)x] = (uint8_t)bar_grey(t, x, y);
        cr_expect_eq(dsc_is_bar(&p, t->box), t->is, "%s", t->what);
        canvas_free(&c);
    }
}

/* Two bars and the paper between them, as a reader makes a = of. */
Test(rule, two_scales_of_colours)
{
    canvas c = canvas_make(200, 100, 0);
    dsc_plane p = canvas_plane(&c);
    const dsc_rect box = {20, 30, 60, 40};

    for (int32_t y = 10; y < 90; y++)
        for (int32_t x = 24; x < 76; x++)
            if (x < 38 || x >= 41)
                c.px[(size_t)y * c.w + (size_t)x] = (uint8_t)(60 + 8 * (y / 4));
    cr_expect(dsc_is_bar(&p, box));
    c.px[50 * c.w + 39] = 30; /* a dot between them */
    cr_expect_not(dsc_is_bar(&p, box));
    c.px[50 * c.w + 39] = 0;
    for (int32_t y = 10; y < 90; y++) /* a stroke beside them */
        c.px[(size_t)y * c.w + 78] = (uint8_t)(60 + 8 * (y / 4));
    cr_expect_not(dsc_is_bar(&p, (dsc_rect){20, 30, 70, 40}));
    canvas_free(&c);
}

/* Drawn alone: no letter of any size is a bar, nor a part of one. */
Test(rule, no_letter_is_a_bar, .timeout = 60)
{
    for (double size = 12; size <= 120; size *= 1.6)
        for (int k = 0; k < 12; k++) {
            canvas c = canvas_make(400, 200, k % 2 ? 235 : 12);
            dsc_plane p = canvas_plane(&c);
            stroke s = {.text = k / 4 == 0   ? "LIE"
                                : k / 4 == 1 ? "OHM"
                                             : "-|_",
                        .size = size,
                        .x = 40,
                        .y = 30,
                        .bold = k % 4 > 1,
                        .outline = -1,
                        .ink = k % 2 ? 20 : 240};
            dsc_rect box = canvas_write(&c, &s);
            for (int32_t y = 0; y < box.h; y += 3)
                for (int32_t x = 0; x < box.w; x += 3) {
                    dsc_rect part = {box.x + x, box.y + y, box.w - x,
                                     box.h - y};
                    cr_expect_not(dsc_is_bar(&p, part),
                                  "%s %g %d: %d,%d,%d,%d of %d,%d,%d,%d",
                                  s.text, size, k, part.x, part.y, part.w,
                                  part.h, box.x, box.y, box.w, box.h);
                    part.w = part.w / 2 + 3;
                    cr_expect_not(dsc_is_bar(&p, part),
                                  "%s %g %d: %d,%d,%d,%d of %d,%d,%d,%d",
                                  s.text, size, k, part.x, part.y, part.w,
                                  part.h, box.x, box.y, box.w, box.h);
                }
            canvas_free(&c);
        }
}

/* Letters of a screen that was enlarged, faint, on a shaded strip: as even as
 * the cells of a bar, in steps that may be those of the strip. (A lone L may
 * be one, up to 20 levels.) */
static const char *const enlarged[] = {"#.....###.#...#", "#.....#...##.##",
                                       "#.....##..#.#.#", "#.....#...#...#",
                                       "###.#.###.#...#"};

static bool is_enlarged(int32_t x, int32_t y, int32_t size)
{
    return x >= 0 && y >= 0 && x / size < 15 && y / size < 5 &&
           enlarged[y / size][x / size] == '#';
}

Test(rule, enlarged_letters_on_a_strip_are_no_bar)
{
    for (int k = 0; k < 96; k++) {
        const int32_t size = k % 4 * 2 + 6;
        const int contrast = k / 4 % 4 * 9 + 20;
        const dsc_rect box = {19, 19, 15 * size + 2, 5 * size + 2};
        canvas c = canvas_make(300, 100, 0);
        dsc_plane p = canvas_plane(&c);
        for (int32_t y = 4; y < 96; y++)
            for (int32_t x = 4; x < 296; x++)
                c.px[(size_t)y * c.w + (size_t)x] =
                    (uint8_t)(60 +
                              (k / 16 == 0   ? 0
                               : k / 16 == 1 ? y
                               : k / 16 == 2 ? (y - 20) / size * 8
                               : k / 16 == 3 ? x / 3
                               : k / 16 == 4 ? (x - 20) / size * 6
                                             : (x + y) / 4) +
                              (is_enlarged(x - 20, y - 20, size) ? contrast
                                                                 : 0));
        for (int32_t w = box.w; w > 5 * size; w -= size)
            cr_expect_not(
                dsc_is_bar(&p, (dsc_rect){box.x + box.w - w, 19, w, box.h}),
                "%d: the last %d", k, w);
        for (int32_t w = box.w; w > 5 * size; w -= size)
            cr_expect_not(dsc_is_bar(&p, (dsc_rect){box.x, 19, w, box.h}),
                          "%d: the first %d", k, w);
        canvas_free(&c);
    }
}
