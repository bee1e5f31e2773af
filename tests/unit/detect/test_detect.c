/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/detect_priv.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"

/* ---- helpers ---- */

static void find_by(dsc_detect_effort effort, const dsc_plane *plane,
                    const dsc_rect *within, dsc_text_boxes *out)
{
    dsc_detector *d = NULL;
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_detector_create(&d, MODELS, &err), DSC_OK);
    cr_assert_eq(dsc_detector_find(d, plane, within, effort, out, &err), DSC_OK,
                 "%s", err.msg);
    dsc_detector_free(&d);
    cr_assert_null(d);
}

static void find(const dsc_plane *plane, const dsc_rect *within,
                 dsc_text_boxes *out)
{
    find_by(DSC_DETECT_WIDE, plane, within, out);
}

static dsc_rect *rects(const dsc_text_boxes *b)
{
    dsc_rect *r = calloc(b->count + 1, sizeof *r);

    for (size_t i = 0; i < b->count; i++)
        r[i] = b->items[i].box;
    return r;
}

static double covered(const canvas *c, const dsc_text_boxes *b)
{
    dsc_rect *r = rects(b);
    double share = canvas_covered(c, r, b->count);
    free(r);
    return share;
}

static double area(const canvas *c, const dsc_text_boxes *b)
{
    dsc_rect *r = rects(b);
    double share = canvas_area(c, r, b->count);
    free(r);
    return share;
}

/* The box that has most of `ink`. */
static const dsc_text_box *best(const dsc_text_boxes *b, dsc_rect ink)
{
    const dsc_text_box *top = NULL;
    int64_t most = 0;

    for (size_t i = 0; i < b->count; i++) {
        int64_t a = dsc_rect_area(dsc_rect_intersect(b->items[i].box, ink));
        if (a > most) {
            most = a;
            top = &b->items[i];
        }
    }
    return top;
}

static bool holds(dsc_rect outer, dsc_rect inner)
{
    return dsc_rect_area(dsc_rect_intersect(outer, inner)) ==
           dsc_rect_area(inner);
}

/* ---- text of every kind is found whole ---- */

typedef struct text_case {
    char what[40];
    char text[40];
    double size;
    int paper, ink, outline, speckle, smooth, rotation;
    int sharp, mono, bold, serif;
} text_case;

static text_case cases[] = {
    /* what, text, size, paper, ink, outline, speckle, smooth, rotation */
    {"white on black", "Mustermann, Max", 16, 0, 255, -1, 0, 0, 0, 0, 0, 0, 0},
    {"black on white", "Doe, Jane 1961", 16, 255, 0, -1, 0, 0, 0, 0, 0, 0, 0},
    {"8 px high", "MRN 4711-08", 11, 0, 255, -1, 0, 0, 0, 1, 0, 0, 0},
    {"24 px high", "City Hospital", 32, 0, 230, -1, 0, 0, 0, 0, 0, 0, 0},
    {"40 px high", "SMITH 1938", 55, 0, 255, -1, 0, 0, 0, 0, 0, 1, 0},
    {"60 px high", "Name 77", 82, 0, 255, -1, 0, 0, 0, 0, 0, 0, 0},
    {"60 px bold black", "Name 77", 82, 240, 10, -1, 0, 0, 0, 0, 0, 1, 0},
    {"grey on black", "19.08.1938", 14, 0, 110, -1, 0, 0, 0, 0, 1, 0, 0},
    {"grey on grey", "19.08.1938", 16, 90, 170, -1, 0, 0, 0, 0, 0, 0, 0},
    {"faint", "Patient 0815", 16, 20, 36, -1, 0, 0, 0, 0, 0, 0, 0},
    {"very faint", "Patient 0815", 16, 2, 6, -1, 0, 0, 0, 1, 0, 0, 0},
    {"dark on grey", "DOB 1971-03-04", 16, 150, 60, -1, 0, 0, 0, 0, 0, 0, 0},
    {"over speckle", "Mustermann, Max", 18, 60, 255, -1, 60, 2, 0, 0, 0, 0, 0},
    {"outlined on speckle", "ACC 123456", 18, 120, 255, 0, 45, 2, 0, 0, 0, 0,
     0},
    {"serif", "Institution of Good", 18, 0, 255, -1, 0, 0, 0, 0, 0, 0, 1},
    {"one digit", "4", 14, 0, 255, -1, 0, 0, 0, 0, 0, 0, 0},
    {"one digit, bitmap", "7", 13, 0, 255, -1, 0, 0, 0, 1, 1, 0, 0},
    {"one letter", "R", 40, 0, 255, -1, 0, 0, 0, 0, 0, 1, 0},
    {"two letters", "Dr", 15, 0, 255, -1, 0, 0, 0, 0, 0, 0, 0},
    {"signed number", "-1.5", 14, 0, 200, -1, 0, 0, 0, 0, 0, 0, 0},
    {"time", "11:24:58", 13, 0, 255, -1, 0, 0, 0, 1, 1, 0, 0},
    {"date", "2011/05/25", 13, 0, 255, -1, 0, 0, 0, 0, 0, 0, 0},
    {"turned left", "Mustermann 1938", 18, 0, 255, -1, 0, 0, 90, 0, 0, 0, 0},
    {"turned right", "Mustermann 1938", 18, 0, 255, -1, 0, 0, 270, 0, 0, 0, 0},
    {"turned, black", "ID 0123456789", 16, 255, 0, -1, 0, 0, 90, 0, 0, 0, 0},
};

ParameterizedTestParameters(detect, finds)
{
    return cr_make_param_array(text_case, cases, sizeof cases / sizeof *cases);
}

static void check_found(const text_case *t, dsc_detect_effort effort)
{
    canvas c = canvas_make(640, 480, t->paper);
    stroke s = {.text = t->text,
                .size = t->size,
                .x = 120,
                .y = 90,
                .ink = t->ink,
                .outline = t->outline,
                .rotation = t->rotation,
                .serif = t->serif != 0,
                .mono = t->mono != 0,
                .bold = t->bold != 0,
                .sharp = t->sharp != 0};
    dsc_text_boxes found = {0};
    const dsc_text_box *top;
    dsc_plane p = canvas_plane(&c);
    dsc_rect ink;

    if (t->speckle)
        canvas_speckle(&c, t->paper, t->speckle, t->smooth, 5);
    ink = canvas_write(&c, &s);
    find_by(effort, &p, NULL, &found);
    cr_expect_geq(covered(&c, &found), 0.99, "%s: %.3f of the ink in %zu boxes",
                  t->what, covered(&c, &found), found.count);
    top = best(&found, ink);
    cr_assert_not_null(top, "%s", t->what);
    cr_expect_eq(top->rotation != 0, t->rotation != 0, "%s", t->what);
    cr_expect_eq(top->dark, t->ink < t->paper, "%s", t->what);
    cr_expect(top->score > 0 && top->score <= 1);
    /* tight: within 4 px of the ink (speckle beside it may pass for ink), or
     * 5 % of its size */
    cr_expect(holds(dsc_rect_grow(ink, (t->speckle ? 6 : 4) + ink.w / 20,
                                  (t->speckle ? 6 : 4) + ink.h / 20),
                    top->box),
              "%s: %d,%d %dx%d for ink %d,%d %dx%d", t->what, top->box.x,
              top->box.y, top->box.w, top->box.h, ink.x, ink.y, ink.w, ink.h);
    cr_expect_lt(area(&c, &found),
                 0.01 + 1.6 * (double)dsc_rect_area(ink) / (640.0 * 480.0),
                 "%s: area %.4f", t->what, area(&c, &found));
    dsc_text_boxes_free(&found);
    canvas_free(&c);
}

ParameterizedTest(text_case *t, detect, finds)
{
    check_found(t, DSC_DETECT_THOROUGH);
    check_found(t, DSC_DETECT_WIDE);
    check_found(t, DSC_DETECT_AGAIN);
}

/* A letter as white as the bar it stands on is covered with its line. */
static int32_t bar_ends[] = {4, 9, 13};

ParameterizedTestParameters(detect, starts_on_a_bar)
{
    return cr_make_param_array(int32_t, bar_ends,
                               sizeof bar_ends / sizeof *bar_ends);
}

ParameterizedTest(int32_t *end, detect, starts_on_a_bar)
{
    canvas c = canvas_make(640, 480, 0);
    stroke s = {.text = "Mustermann 1938",
                .size = 14,
                .x = 120,
                .y = 90,
                .ink = 255,
                .outline = -1};
    dsc_text_boxes found = {0};
    dsc_plane p = canvas_plane(&c);
    dsc_rect ink = canvas_write(&c, &s);

    for (int32_t y = 60; y < 160; y++)
        memset(c.px + (size_t)y * 640 + ink.x - 14, 255, (size_t)(14 + *end));
    find(&p, NULL, &found);
    cr_expect_geq(covered(&c, &found), 0.99, "%.3f of the ink",
                  covered(&c, &found));
    dsc_text_boxes_free(&found);
    canvas_free(&c);
}

Test(detect, text_at_every_edge)
{
    stroke s = {.text = "MAX 1938", .size = 16, .ink = 255, .outline = -1};
    static const int32_t at[][2] = {{0, 0}, {420, 0}, {0, 288}, {420, 288}};

    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        canvas c = canvas_make(500, 300, 0);
        dsc_text_boxes found = {0};
        dsc_plane p = canvas_plane(&c);
        s.x = at[i][0];
        s.y = at[i][1];
        canvas_write(&c, &s);
        find(&p, NULL, &found);
        cr_expect_geq(covered(&c, &found), 0.97, "corner %zu: %.3f", i,
                      covered(&c, &found));
        dsc_text_boxes_free(&found);
        canvas_free(&c);
    }
}

Test(detect, lines_of_a_block_stay_apart)
{
    canvas c = canvas_make(500, 300, 0);
    dsc_text_boxes found = {0};
    dsc_plane p = canvas_plane(&c);
    dsc_rect ink[4];

    for (int i = 0; i < 4; i++) {
        stroke s = {.text = "Mustermann, Max 1938",
                    .size = 15,
                    .x = 40,
                    .y = 40 + 19 * i,
                    .ink = 255,
                    .outline = -1};
        ink[i] = canvas_write(&c, &s);
    }
    find(&p, NULL, &found);
    cr_assert_geq(covered(&c, &found), 0.99);
    for (int i = 0; i < 4; i++) {
        const dsc_text_box *b = best(&found, ink[i]);
        cr_assert_not_null(b);
        cr_expect_leq(b->box.h, ink[i].h + 6);
        cr_expect_eq(b->rotation, 0);
    }
    dsc_text_boxes_free(&found);
    canvas_free(&c);
}

/* ---- what is no text ---- */

typedef enum pattern {
    EMPTY_BLACK,
    EMPTY_WHITE,
    GRADIENT,
    NOISE,
    SPECKLE,
    COARSE_SPECKLE,
    GRID,
    CHECKERS,
    DISC,
    PATTERNS
} pattern;

static void fill(canvas *c, pattern what)
{
    if (what == NOISE)
        canvas_speckle(c, 128, 400, 0, 77);
    else if (what == SPECKLE)
        canvas_speckle(c, 90, 160, 2, 99);
    else if (what == COARSE_SPECKLE)
        canvas_speckle(c, 90, 20, 8, 3);
    for (uint32_t y = 0; y < c->h; y++)
        for (uint32_t x = 0; x < c->w; x++) {
            uint8_t *p = &c->px[(size_t)y * c->w + x];
            int32_t dx = (int32_t)x - 320, dy = (int32_t)y - 240;
            if (what == EMPTY_WHITE)
                *p = 255;
            else if (what == GRADIENT)
                *p = (uint8_t)(x * 255 / c->w);
            else if (what == GRID)
                *p = x % 40 == 0 || y % 40 == 0 ? 200 : 20;
            else if (what == CHECKERS)
                *p = (x / 8 + y / 8) % 2 ? 255 : 0;
            else if (what == DISC)
                *p = dx * dx + dy * dy < 200 * 200 ? 220 : 5;
        }
}

Test(detect, false_alarms_are_few)
{
    for (int what = 0; what < PATTERNS; what++) {
        canvas c = canvas_make(640, 480, 0);
        dsc_text_boxes found = {0};
        dsc_plane p = canvas_plane(&c);
        fill(&c, (pattern)what);
        find(&p, NULL, &found);
        if (what == EMPTY_BLACK || what == EMPTY_WHITE || what == GRADIENT ||
            what == DISC)
            cr_expect_eq(found.count, 0, "pattern %d: %zu boxes", what,
                         found.count);
        /* white noise has everything that letters have, now and then */
        cr_expect_leq(area(&c, &found), what == NOISE ? 0.03 : 0.01,
                      "pattern %d: %.4f in %zu boxes", what, area(&c, &found),
                      found.count);
        dsc_text_boxes_free(&found);
        canvas_free(&c);
    }
}

/* ---- sizes ---- */

Test(detect, planes_of_any_size)
{
    static const uint32_t sizes[][2] = {
        {1, 1},     {2, 2},   {3, 3},   {1, 20000}, {20000, 1}, {20000, 3},
        {3, 20000}, {15, 15}, {16, 17}, {47, 48},   {7, 601},   {1201, 9}};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        canvas c = canvas_make(sizes[i][0], sizes[i][1], 0);
        dsc_plane p = canvas_plane(&c);
        dsc_text_boxes found = {0};
        for (int k = 0; k < 3; k++) {
            if (k == 1)
                memset(c.px, 255, (size_t)c.w * c.h);
            if (k == 2)
                canvas_speckle(&c, 128, 400, 0, 5);
            find(&p, NULL, &found);
            for (size_t b = 0; b < found.count; b++) {
                dsc_rect r = found.items[b].box;
                cr_assert(r.x >= 0 && r.y >= 0 && r.w > 0 && r.h > 0 &&
                          r.x + r.w <= (int32_t)c.w &&
                          r.y + r.h <= (int32_t)c.h);
            }
        }
        dsc_text_boxes_free(&found);
        canvas_free(&c);
    }
}

Test(detect, large_plane, .timeout = 120)
{
    canvas c = canvas_make(5000, 5000, 0);
    stroke s = {.text = "Mustermann, Max",
                .size = 70,
                .x = 3000,
                .y = 4000,
                .ink = 255,
                .outline = -1};
    stroke small = {.text = "Mustermann, Max",
                    .size = 16,
                    .x = 4800,
                    .y = 100,
                    .ink = 255,
                    .outline = -1};
    dsc_text_boxes found = {0};
    dsc_plane p = canvas_plane(&c);

    canvas_speckle(&c, 60, 60, 0, 5);
    canvas_write(&c, &s);
    canvas_write(&c, &small);
    find(&p, NULL, &found);
    cr_expect_geq(covered(&c, &found), 0.99);
    dsc_text_boxes_free(&found);
    canvas_free(&c);
}

typedef struct huge_case {
    char text[16];
    double size;
    uint32_t w, h;
    int paper, ink, rotation, effort;
} huge_case;

static huge_case huge_cases[] = {
    {"Mustermann", 130, 1024, 768, 0, 255, 0, DSC_DETECT_FAST},
    {"MEIER 38", 220, 1400, 768, 255, 0, 0, DSC_DETECT_THOROUGH},
    {"Smith", 320, 1024, 768, 90, 200, 0, DSC_DETECT_WIDE},
    {"KIM", 240, 640, 480, 0, 255, 0, DSC_DETECT_AGAIN},
    {"Doe, J", 180, 640, 768, 255, 30, 90, DSC_DETECT_WIDE},
    {"JONES", 150, 250, 640, 20, 240, 270, DSC_DETECT_FAST},
    {"ADAMS", 820, 3600, 1000, 0, 255, 0, DSC_DETECT_FAST},
    /* nobody sees it */
    {"Miller", 90, 640, 480, 0, 4, 0, DSC_DETECT_THOROUGH},
    {"MILLER", 300, 1400, 500, 255, 249, 0, DSC_DETECT_WIDE},
};

ParameterizedTestParameters(detect, huge_letters)
{
    return cr_make_param_array(huge_case, huge_cases,
                               sizeof huge_cases / sizeof *huge_cases);
}

ParameterizedTest(huge_case *t, detect, huge_letters)
{
    canvas c = canvas_make(t->w, t->h, t->paper);
    stroke s = {.text = t->text,
                .size = t->size,
                .x = 25,
                .y = 40,
                .ink = t->ink,
                .outline = -1,
                .rotation = t->rotation};
    dsc_text_boxes found = {0};
    dsc_plane p = canvas_plane(&c);
    dsc_rect ink = canvas_write(&c, &s);
    const dsc_text_box *top;

    find_by((dsc_detect_effort)t->effort, &p, NULL, &found);
    cr_expect_geq(covered(&c, &found), 0.99, "%s: %.3f of the ink in %zu boxes",
                  t->text, covered(&c, &found), found.count);
    top = best(&found, ink);
    cr_assert_not_null(top, "%s", t->text);
    cr_expect(
        holds(dsc_rect_grow(ink, 4 + ink.w / 20, 4 + ink.h / 10), top->box),
        "%s: %d,%d %dx%d for ink %d,%d %dx%d", t->text, top->box.x, top->box.y,
        top->box.w, top->box.h, ink.x, ink.y, ink.w, ink.h);
    cr_expect_eq(top->rotation != 0, t->rotation != 0, "%s", t->text);
    dsc_text_boxes_free(&found);
    canvas_free(&c);
}

Test(detect, halving_in_place)
{
    enum {
        W = 37,
        H = 23
    };
    uint8_t px[W * H], half[(W / 2) * (H / 2)];
    dsc_plane p = {px, W, H, W};

    for (int i = 0; i < W * H; i++)
        px[i] = (uint8_t)(i * 89 + i / 7 * 31);
    dsc_detect__halve(&p, half);
    for (int y = 0; y < H / 2; y++)
        for (int x = 0; x < W / 2; x++) {
            const uint8_t *a = px + 2 * y * W + 2 * x;
            cr_assert_eq(half[y * (W / 2) + x],
                         (a[0] + a[1] + a[W] + a[W + 1] + 2) / 4);
        }
    dsc_detect__halve(&p, px);
    cr_expect_eq(memcmp(px, half, sizeof half), 0);
}

Test(detect, rows_may_be_padded)
{
    enum {
        STRIDE = 700
    };
    canvas c = canvas_make(600, 200, 0);
    stroke s = {.text = "Doe, Jane",
                .size = 16,
                .x = 300,
                .y = 100,
                .ink = 255,
                .outline = -1};
    uint8_t *wide = malloc((size_t)STRIDE * 200);
    dsc_plane tight = canvas_plane(&c), loose = {wide, 600, 200, STRIDE};
    dsc_text_boxes a = {0}, b = {0};

    canvas_write(&c, &s);
    memset(wide, 255, (size_t)STRIDE * 200);
    for (size_t y = 0; y < 200; y++)
        memcpy(wide + y * STRIDE, c.px + y * 600, 600);
    find(&tight, NULL, &a);
    find(&loose, NULL, &b);
    cr_assert_gt(a.count, 0);
    cr_assert_eq(a.count, b.count);
    for (size_t i = 0; i < a.count; i++)
        cr_expect_eq(memcmp(&a.items[i].box, &b.items[i].box, sizeof(dsc_rect)),
                     0);
    free(wide);
    dsc_text_boxes_free(&a);
    dsc_text_boxes_free(&b);
    canvas_free(&c);
}

/* ---- within ---- */

static canvas two_lines(dsc_rect ink[2])
{
    canvas c = canvas_make(900, 600, 0);
    stroke s = {.text = "Mustermann, Max",
                .size = 16,
                .x = 100,
                .y = 100,
                .ink = 255,
                .outline = -1};

    ink[0] = canvas_write(&c, &s);
    s.x = 600;
    s.y = 500;
    ink[1] = canvas_write(&c, &s);
    return c;
}

Test(detect, within_gives_the_same_boxes)
{
    dsc_rect ink[2], within;
    canvas c = two_lines(ink);
    dsc_plane p = canvas_plane(&c);
    dsc_text_boxes all = {0}, part = {0};

    find(&p, NULL, &all);
    cr_assert_not_null(best(&all, ink[0]));
    /* the line exactly, and only its second half */
    for (int k = 0; k < 2; k++) {
        within = ink[0];
        if (k == 1) {
            within.x += within.w / 2;
            within.w -= within.w / 2;
        }
        find(&p, &within, &part);
        cr_assert_not_null(best(&part, ink[0]), "case %d", k);
        cr_expect_null(best(&part, ink[1]), "case %d", k);
        for (size_t i = 0; i < part.count; i++)
            cr_expect_gt(
                dsc_rect_area(dsc_rect_intersect(part.items[i].box, within)),
                0);
        if (k == 0)
            cr_expect_eq(memcmp(&best(&part, ink[0])->box,
                                &best(&all, ink[0])->box, sizeof(dsc_rect)),
                         0);
    }
    dsc_text_boxes_free(&all);
    dsc_text_boxes_free(&part);
    canvas_free(&c);
}

/* Letters of 6 px are found in the enlarged plane alone, which is searched less
 * far around a part: each word has the box and the score it has in the whole.
 */
Test(detect, within_finds_small_letters)
{
    static const char *const words[] = {"Max", "Erika", "geb.", "1938",
                                        "Muster"};
    canvas c = canvas_make(640, 480, 0);
    dsc_plane p = canvas_plane(&c);
    dsc_text_boxes all = {0}, found = {0};
    size_t same = 0;

    canvas_speckle(&c, 30, 20, 0, 5);
    for (int i = 0; i < 60; i++) {
        stroke s = {.text = words[i % 5],
                    .size = 6,
                    .x = 31 + i % 6 * 97,
                    .y = 23 + i / 6 * 43,
                    .ink = 200,
                    .outline = -1};
        canvas_write(&c, &s);
    }
    find_by(DSC_DETECT_THOROUGH, &p, NULL, &all);
    cr_assert_gt(all.count, 40);
    for (size_t i = 0; i < all.count; i++) {
        dsc_text_box want = all.items[i];
        find_by(DSC_DETECT_THOROUGH, &p, &want.box, &found);
        for (size_t k = 0; k < found.count; k++)
            same += !memcmp(&found.items[k].box, &want.box, sizeof want.box) &&
                    found.items[k].score == want.score;
    }
    cr_expect_eq(same, all.count);
    dsc_text_boxes_free(&all);
    dsc_text_boxes_free(&found);
    canvas_free(&c);
}

/* What is beyond what a search within a part is said to see does not count. */
Test(detect, within_sees_no_farther)
{
    dsc_rect ink[2], within, seen;
    canvas c = two_lines(ink), noise = canvas_make(900, 600, 0);
    dsc_plane p = canvas_plane(&c);
    dsc_text_boxes before = {0}, after = {0};

    within = (dsc_rect){ink[0].x + 9, ink[0].y, 30, 21};
    seen = dsc_detector_sees(&p, within);
    cr_assert_lt(dsc_rect_area(seen), 900 * 600 / 4);
    find(&p, &within, &before);
    cr_assert_gt(before.count, 0);
    canvas_speckle(&noise, 120, 90, 0, 5);
    for (int32_t y = 0; y < 600; y++)
        for (int32_t x = 0; x < 900; x++)
            if (x < seen.x || y < seen.y || x >= seen.x + seen.w ||
                y >= seen.y + seen.h)
                c.px[y * 900 + x] = noise.px[y * 900 + x];
    find(&p, &within, &after);
    cr_assert_eq(after.count, before.count);
    for (size_t i = 0; i < after.count; i++)
        cr_expect_eq(
            memcmp(&after.items[i].box, &before.items[i].box, sizeof(dsc_rect)),
            0, "box %zu", i);
    dsc_text_boxes_free(&before);
    dsc_text_boxes_free(&after);
    canvas_free(&c);
    canvas_free(&noise);
}

Test(detect, within_may_be_empty_or_outside)
{
    static const dsc_rect odd[] = {{0, 0, 0, 0},
                                   {10, 10, -5, 7},
                                   {900, 0, 50, 50},
                                   {-80, -80, 60, 60},
                                   {INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX},
                                   {INT32_MIN, INT32_MIN, 5, 5}};
    dsc_rect ink[2], huge = {-50, -50, INT32_MAX, INT32_MAX};
    canvas c = two_lines(ink);
    dsc_plane p = canvas_plane(&c);
    dsc_text_boxes found = {0};

    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        find(&p, &odd[i], &found);
        cr_expect_eq(found.count, 0, "rectangle %zu", i);
    }
    find(&p, &huge, &found);
    cr_expect_not_null(best(&found, ink[0]));
    cr_expect_not_null(best(&found, ink[1]));
    dsc_text_boxes_free(&found);
    canvas_free(&c);
}

/* ---- same input, same output ---- */

Test(detect, history_does_not_matter)
{
    dsc_rect ink[2];
    canvas c = two_lines(ink), other = canvas_make(333, 777, 0);
    dsc_plane p = canvas_plane(&c), q = canvas_plane(&other);
    dsc_text_boxes a = {0}, b = {0};
    dsc_detector *d = NULL;

    canvas_speckle(&other, 90, 160, 2, 4);
    find(&p, NULL, &a);
    cr_assert_eq(dsc_detector_create(&d, MODELS, NULL), DSC_OK);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(dsc_detector_find(d, &q, NULL, DSC_DETECT_WIDE, &b, NULL),
                     DSC_OK);
        cr_assert_eq(dsc_detector_find(d, &p, NULL, DSC_DETECT_WIDE, &b, NULL),
                     DSC_OK);
        cr_assert_eq(a.count, b.count);
        for (size_t k = 0; k < a.count; k++) {
            cr_expect_eq(
                memcmp(&a.items[k].box, &b.items[k].box, sizeof(dsc_rect)), 0);
            cr_expect_eq(a.items[k].score, b.items[k].score);
            cr_expect_eq(a.items[k].rotation, b.items[k].rotation);
        }
    }
    dsc_detector_free(&d);
    dsc_text_boxes_free(&a);
    dsc_text_boxes_free(&b);
    canvas_free(&c);
    canvas_free(&other);
}

/* ---- the table, memory ---- */

Test(detect, out_of_memory)
{
    dsc_rect ink[2];
    canvas c = two_lines(ink);
    dsc_plane p = canvas_plane(&c);
    dsc_text_boxes found = {0};
    dsc_status st = DSC_NOMEM;
    unsigned long n;

    for (n = 1; n < 5000 && st; n++) {
        dsc_detector *d = NULL;
        dsc_error err = DSC_ERROR_INIT;
        dsc_alloc_fail_after(n);
        st = dsc_detector_create(&d, MODELS, &err);
        if (!st)
            st = dsc_detector_find(d, &p, NULL, DSC_DETECT_WIDE, &found, &err);
        dsc_alloc_fail_after(0);
        cr_assert(st == DSC_OK || st == DSC_NOMEM);
        if (st)
            cr_assert_eq(found.count, 0);
        dsc_detector_free(&d);
    }
    cr_expect_gt(n, 10);
    cr_expect_eq(st, DSC_OK);
    cr_expect_not_null(best(&found, ink[0]));
    dsc_text_boxes_free(&found);
    canvas_free(&c);
}
