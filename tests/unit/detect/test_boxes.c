/* SPDX-License-Identifier: Apache-2.0
 *
 * Boxes of several pictures become one list, and end where their ink ends. */
#include "detect/detect_priv.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

enum {
    SIDE = 256,
    STROKE = 2,
    STEP = 8,
    MOST_FINE = 3
};

static uint8_t grey[SIDE * SIDE];
static const dsc_plane plane = {grey, SIDE, SIDE, SIDE};

static void fill(dsc_rect r)
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        memset(grey + y * SIDE + r.x, 255, (size_t)r.w);
}

static dsc_rect lay(dsc_rect r, bool turned)
{
    return turned ? (dsc_rect){r.y, r.x, r.h, r.w} : r;
}

/* ---- what a finer picture has found already ---- */

struct known_case {
    char name[48];
    dsc_rect fine[MOST_FINE], coarse;
    bool kept, also_turned;
    int32_t loose;
};

static void judge(const struct known_case *c, bool turned)
{
    dsc_text_boxes boxes = {0};
    dsc_rects scratch = {0};
    size_t first = 0;
    dsc_text_box b = {.score = 0.9F};

    memset(grey, 0, sizeof grey);
    for (int32_t x = c->coarse.x; x < c->coarse.x + c->coarse.w; x += STEP)
        fill(lay((dsc_rect){x, c->coarse.y, STROKE, c->coarse.h}, turned));
    for (int i = 0; i < MOST_FINE && c->fine[i].w; i++) {
        b.box = lay(c->fine[i], turned);
        cr_assert_eq(dsc_text_boxes_add(&boxes, &b, NULL), DSC_OK);
        first++;
    }
    b.box = lay(c->coarse, turned);
    cr_assert_eq(dsc_text_boxes_add(&boxes, &b, NULL), DSC_OK);
    cr_assert_eq(
        dsc_detect__drop_known(&plane, c->loose, &boxes, first, &scratch, NULL),
        DSC_OK);
    cr_expect_eq(boxes.count, first + (size_t)c->kept, "%s, turned %d", c->name,
                 turned);
    dsc_text_boxes_free(&boxes);
    dsc_rects_free(&scratch);
}

ParameterizedTestParameters(boxes, known)
{
    static struct known_case cases[] = {
        {"lines drawn together",
         {{20, 20, 200, 10}, {20, 34, 200, 10}, {20, 48, 200, 10}},
         {20, 20, 200, 40},
         false,
         false,
         0},
        {"pieces of a higher line, letters between",
         {{20, 28, 85, 20}, {140, 28, 80, 20}},
         {20, 20, 200, 40},
         true,
         true,
         0},
        {"and a speck there",
         {{20, 28, 85, 20}, {140, 28, 80, 20}, {110, 36, 20, 8}},
         {20, 20, 200, 40},
         true,
         true,
         0},
        {"pieces with less than a letter between",
         {{20, 28, 88, 20}, {136, 28, 84, 20}},
         {20, 20, 200, 40},
         false,
         true,
         0},
        {"a piece without the first letters",
         {{55, 28, 165, 20}},
         {20, 20, 200, 40},
         true,
         true,
         0},
        {"a piece without the last letters",
         {{20, 28, 165, 20}},
         {20, 20, 200, 40},
         true,
         true,
         0},
        {"a whole line, and ink beside it",
         {{20, 26, 180, 30}},
         {10, 10, 210, 60},
         false,
         true,
         64},
        {"a line that lies across an upright box",
         {{20, 60, 100, 20}, {20, 90, 100, 20}, {20, 120, 100, 20}},
         {18, 55, 104, 110},
         false,
         false,
         0},
    };
    return cr_make_param_array(struct known_case, cases,
                               sizeof cases / sizeof *cases);
}

ParameterizedTest(struct known_case *c, boxes, known)
{
    judge(c, false);
    if (c->also_turned)
        judge(c, true);
}

/* ---- where a box ends ---- */

/* Letters below `top` in a box that starts at 40, and other ink, above it. */
struct edge_case {
    char name[48];
    int top;
    dsc_rect other;
    int want;
};

ParameterizedTestParameters(boxes, edge)
{
    static struct edge_case cases[] = {
        {"paper", 44, {0, 0, 0, 0}, 43},
        {"letters go on", 37, {0, 0, 0, 0}, 36},
        {"no more than a sixth", 30, {0, 0, 0, 0}, 35},
        {"a dot of a letter", 41, {40, 38, 2, 2}, 37},
        {"of another line", 44, {60, 30, 20, 10}, 43},
        {"beside the letters", 40, {45, 30, 1, 10}, 39},
    };
    return cr_make_param_array(struct edge_case, cases,
                               sizeof cases / sizeof *cases);
}

ParameterizedTest(struct edge_case *c, boxes, edge)
{
    dsc_text_box b = {.box = {38, 40, 160, 24}, .score = 0.9F};
    dsc_text_box low = {.box = {38, SIDE - 64, 160, 24}, .score = 0.9F};

    memset(grey, 0, sizeof grey);
    for (int32_t x = 40; x < 196; x += 2 * STEP)
        fill((dsc_rect){x, c->top, STROKE, 62 - c->top});
    fill(c->other);
    cr_expect(dsc_detect__snap(&plane, &b));
    cr_expect_eq(b.box.y, c->want, "%s: %d", c->name, b.box.y);
    for (int32_t y = 0; y < SIDE / 2; y++)
        for (int32_t x = 0; x < SIDE; x++) {
            uint8_t v = grey[y * SIDE + x];
            grey[y * SIDE + x] = grey[(SIDE - 1 - y) * SIDE + x];
            grey[(SIDE - 1 - y) * SIDE + x] = v;
        }
    cr_expect(dsc_detect__snap(&plane, &low));
    cr_expect_eq(low.box.y + low.box.h, SIDE - c->want, "%s, upside down: %d",
                 c->name, low.box.y + low.box.h);
}
