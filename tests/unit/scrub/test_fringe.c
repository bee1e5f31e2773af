/* SPDX-License-Identifier: Apache-2.0
 *
 * The colour of a word that halved chroma spreads around its strokes, and ink
 * that hides in it. */
#include "screen.h"

#include <math.h>

#define BLUR 2 /* pixels around one that its chroma is the mean of */

static const dsc_rect word = {34, 23, 48, 16}, line = {30, 18, 58, 26};
static const colour yellow = {{255, 240, 60}}, panel = {{10, 30, 60}},
                    blue = {{60, 60, 255}};

static double luma_of(const colour *c)
{
    return .299 * c->v[0] + .587 * c->v[1] + .114 * c->v[2];
}

/* Each pixel with its own luma, and the chroma of those around it. */
static void blur_chroma(const screen *s, screen *blurred)
{
    for (int32_t i = 0; i < W * H; i++) {
        int32_t x = i % W, y = i / W;
        dsc_rect around = dsc_rect_clip(
            dsc_rect_grow((dsc_rect){x, y, 1, 1}, BLUR, BLUR), W, H);
        double off[3] = {0, 0, 0}, luma = luma_of(&s->px[y][x]);
        for (int32_t n = 0; n < around.w * around.h; n++) {
            const colour *c =
                &s->px[around.y + n / around.w][around.x + n % around.w];
            for (int k = 0; k < 3; k++)
                off[k] += c->v[k] - luma_of(c);
        }
        for (int k = 0; k < 3; k++) {
            double v = luma + off[k] / (double)dsc_rect_area(around);
            blurred->px[y][x].v[k] = (int)lround(v < 0 ? 0 : v > 255 ? 255 : v);
        }
    }
}

/* In the view of strengths of colour. */
static bool is_fringe(const screen *s, bool with_word)
{
    static screen blurred;
    dsc_views views = {0};
    dsc_rects words = {0};
    dsc_error err = DSC_ERROR_INIT;
    dsc_rects left = {0};
    bool none;

    blur_chroma(s, &blurred);
    render(&blurred, &views);
    if (with_word)
        cr_assert_eq(dsc_rects_add(&words, word, &err), DSC_OK);
    cr_assert_eq(
        dsc_take_fringe(&views, DSC_VIEW_CHROMA, line, &words, &left, &err),
        DSC_OK);
    dsc_rects_free(&words);
    dsc_views_free(&views);
    none = !left.count;
    dsc_rects_free(&left);
    return none;
}

Test(fringe, is_the_colour_around_a_word)
{
    static screen s;

    draw_word(&s, word, black, yellow);
    cr_expect(is_fringe(&s, true), "on black");
    draw_word(&s, word, panel, yellow);
    cr_expect(is_fringe(&s, true), "on a panel");
    draw_word(&s, word, black, blue);
    cr_expect(is_fringe(&s, true), "blue");
}

Test(fringe, is_nothing_without_the_word)
{
    static screen s;

    draw_word(&s, word, black, yellow);
    cr_expect_not(is_fringe(&s, false));
}

Test(fringe, is_no_other_ink)
{
    static const struct {
        const char *what;
        colour ground;
        dsc_rect at;
        colour ink;
    } cases[] = {
        {"another hue between the strokes",
         {{0, 0, 0}},
         {44, 27, 2, 8},
         {{255, 60, 240}}},
        {"between the strokes, of the same hue",
         {{0, 0, 0}},
         {39, 27, 2, 8},
         {{60, 56, 15}}},
        {"beside, of the same hue",
         {{0, 0, 0}},
         {84, 26, 3, 10},
         {{90, 84, 20}}},
        {"above, only in hue", {{60, 60, 60}}, {50, 18, 8, 3}, {{90, 45, 60}}},
        {"below, dim", {{0, 0, 0}}, {50, 41, 8, 3}, {{45, 42, 10}}},
    };
    static screen s;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        draw_word(&s, word, cases[i].ground, yellow);
        cr_expect(is_fringe(&s, true), "%s: without", cases[i].what);
        fill(&s, cases[i].at, cases[i].ink);
        cr_expect_not(is_fringe(&s, true), "%s", cases[i].what);
    }
}

/* What is far from other ink is in a box of its own. */
Test(fringe, other_ink_is_told_row_by_row)
{
    static screen s, blurred;
    dsc_views views = {0};
    dsc_rects words = {0}, left = {0};
    dsc_rect all = {0, 0, W, H};
    dsc_error err = DSC_ERROR_INIT;

    draw_word(&s, word, black, yellow);
    fill(&s, (dsc_rect){10, 2, 8, 4}, blue);
    fill(&s, (dsc_rect){90, 52, 8, 4}, blue);
    blur_chroma(&s, &blurred);
    render(&blurred, &views);
    cr_assert_eq(dsc_rects_add(&words, word, &err), DSC_OK);
    cr_assert_eq(
        dsc_take_fringe(&views, DSC_VIEW_CHROMA, all, &words, &left, &err),
        DSC_OK);
    cr_assert_eq(left.count, 2);
    cr_expect_lt(left.items[0].y + left.items[0].h, word.y);
    cr_expect_gt(left.items[1].y, word.y + word.h);
    dsc_rects_free(&words);
    dsc_rects_free(&left);
    dsc_views_free(&views);
}

/* A word without colour spreads none. */
Test(fringe, is_not_around_grey_words)
{
    static const colour white = {{250, 250, 250}}, teal = {{10, 70, 60}};
    static screen s;

    draw_word(&s, word, black, white);
    fill(&s, (dsc_rect){45, 26, 2, 10}, teal);
    fill(&s, (dsc_rect){57, 26, 2, 10}, teal);
    cr_expect_not(is_fringe(&s, true));
}

/* What has a hue between that of ground and letters may be another text. */
Test(fringe, is_not_on_coloured_ground)
{
    static const colour magenta = {{200, 0, 130}}, pale = {{250, 200, 235}};
    static screen s;

    draw_word(&s, word, magenta, pale);
    cr_expect_not(is_fringe(&s, true));
}
