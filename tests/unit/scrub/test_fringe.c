/* SPDX-License-Identifier: Apache-2.0
 *
 * The colour of a word that halved chroma spreads around its strokes, and ink
 * that hides in it. */
#include "scrub/scrub_priv.h"

#include <criterion/criterion.h>

#include <math.h>

enum {
    W = 120,
    H = 60,
    STROKES = 8, /* of the word: bars of 2 px, 6 apart, 12 high */
    BLUR = 2     /* pixels around one that its chroma is the mean of */
};

typedef struct colour {
    int v[3];
} colour;

static const dsc_rect word = {35, 23, 48, 16}, line = {30, 18, 58, 26};
static const colour black = {{0, 0, 0}}, yellow = {{255, 240, 60}},
                    panel = {{10, 30, 60}}, blue = {{60, 60, 255}};

typedef struct screen {
    colour px[H][W];
} screen;

static void fill(screen *s, dsc_rect r, colour c)
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            s->px[y][x] = c;
}

static void draw_word(screen *s, colour ground, colour ink)
{
    fill(s, (dsc_rect){0, 0, W, H}, ground);
    for (int32_t i = 0; i < STROKES; i++)
        fill(s, (dsc_rect){36 + 6 * i, 25, 2, 12}, ink);
}

static double luma_of(const colour *c)
{
    return .299 * c->v[0] + .587 * c->v[1] + .114 * c->v[2];
}

static uint8_t sample(double v)
{
    return (uint8_t)lround(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* A pixel with its own luma, and the chroma of those around it. */
static void blurred(const screen *s, int32_t x, int32_t y, uint8_t rgb[3])
{
    dsc_rect around = dsc_rect_clip(
        (dsc_rect){x - BLUR, y - BLUR, 2 * BLUR + 1, 2 * BLUR + 1}, W, H);
    double off[3] = {0, 0, 0}, luma = luma_of(&s->px[y][x]);

    for (int32_t j = around.y; j < around.y + around.h; j++)
        for (int32_t i = around.x; i < around.x + around.w; i++)
            for (int k = 0; k < 3; k++)
                off[k] += s->px[j][i].v[k] - luma_of(&s->px[j][i]);
    for (int k = 0; k < 3; k++)
        rgb[k] = sample(luma + off[k] / (double)dsc_rect_area(around));
}

static void render(const screen *s, dsc_views *views)
{
    dsc_instance inst = {.fmt = {.samples = 3}};
    dsc_frame frame = {0};
    dsc_format fmt = {.columns = W,
                      .rows = H,
                      .samples = 3,
                      .bits_allocated = 8,
                      .bits_stored = 8,
                      .high_bit = 7,
                      .photometric = DSC_RGB};
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_frame_alloc(&frame, &fmt, &err), DSC_OK);
    for (int32_t i = 0; i < W * H; i++)
        blurred(s, i % W, i / W, frame.data + 3 * (size_t)i);
    cr_assert_eq(dsc_views_render(views, dsc_blit_for(0), &inst, &frame, &err),
                 DSC_OK);
    dsc_frame_free(&frame);
}

/* In the view of strengths of colour. */
static bool is_fringe(const screen *s, bool with_word)
{
    dsc_views views = {0};
    dsc_rects words = {0};
    dsc_error err = DSC_ERROR_INIT;
    bool is = false;

    render(s, &views);
    if (with_word)
        cr_assert_eq(dsc_rects_add(&words, word, &err), DSC_OK);
    cr_assert_eq(
        dsc_is_fringe(&views, DSC_VIEW_CHROMA, line, &words, &is, &err),
        DSC_OK);
    dsc_rects_free(&words);
    dsc_views_free(&views);
    return is;
}

Test(fringe, is_the_colour_around_a_word)
{
    static screen s;

    draw_word(&s, black, yellow);
    cr_expect(is_fringe(&s, true), "on black");
    draw_word(&s, panel, yellow);
    cr_expect(is_fringe(&s, true), "on a panel");
    draw_word(&s, black, blue);
    cr_expect(is_fringe(&s, true), "blue");
}

Test(fringe, is_nothing_without_the_word)
{
    static screen s;

    draw_word(&s, black, yellow);
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
        draw_word(&s, cases[i].ground, yellow);
        cr_expect(is_fringe(&s, true), "%s: without", cases[i].what);
        fill(&s, cases[i].at, cases[i].ink);
        cr_expect_not(is_fringe(&s, true), "%s", cases[i].what);
    }
}

/* A word without colour spreads none. */
Test(fringe, is_not_around_grey_words)
{
    static const colour white = {{250, 250, 250}}, teal = {{10, 70, 60}};
    static screen s;

    draw_word(&s, black, white);
    fill(&s, (dsc_rect){45, 26, 2, 10}, teal);
    fill(&s, (dsc_rect){57, 26, 2, 10}, teal);
    cr_expect_not(is_fringe(&s, true));
}

/* What has a hue between that of ground and letters may be another text. */
Test(fringe, is_not_on_coloured_ground)
{
    static const colour magenta = {{200, 0, 130}}, pale = {{250, 200, 235}};
    static screen s;

    draw_word(&s, magenta, pale);
    cr_expect_not(is_fringe(&s, true));
}
