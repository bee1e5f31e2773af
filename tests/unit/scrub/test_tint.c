/* SPDX-License-Identifier: Apache-2.0
 *
 * Ink of another colour at a word: splinters of initials behind its letters;
 * and what is none of a text. */
#include "screen.h"

static const dsc_rect word = {14, 12, 48, 16};
static const colour white = {{255, 255, 255}}, red = {{255, 0, 0}},
                    yellow = {{255, 255, 0}};

static void find(const screen *s, dsc_rect box, dsc_rect *ink)
{
    dsc_views views = {0};
    dsc_error err = DSC_ERROR_INIT;

    render(s, &views);
    cr_assert_eq(dsc_find_tint(&views, box, ink, &err), DSC_OK);
    dsc_views_free(&views);
}

static bool has_tint(const screen *s)
{
    dsc_rect ink;

    find(s, word, &ink);
    return !dsc_rect_empty(ink);
}

/* Of the pairs of a ground and letters none has a third colour. */
Test(tint, is_none_of_a_word_alone)
{
    static const colour colours[] = {
        {{0, 0, 0}},       {{255, 255, 255}}, {{255, 0, 0}},   {{0, 60, 200}},
        {{255, 255, 0}},   {{120, 120, 120}}, {{30, 90, 40}},  {{255, 0, 255}},
        {{170, 170, 220}}, {{250, 160, 20}},  {{0, 200, 200}}, {{90, 10, 30}}};
    static screen s;

    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++)
        for (size_t k = 0; k < sizeof colours / sizeof *colours; k++) {
            draw_word(&s, word, colours[i], colours[k]);
            cr_expect_not(has_tint(&s), "%zu on %zu", k, i);
        }
}

/* What chroma spreads from the strokes is around them as well. */
Test(tint, is_none_of_a_ground_that_is_seen_beyond_the_word)
{
    static const colour ground = {{40, 40, 40}}, ink = {{255, 240, 60}},
                        stained = {{60, 58, 20}};
    static screen s;

    draw_word(&s, word, ground, ground);
    fill(&s, dsc_rect_grow(word, 1, 1), stained);
    fill(&s, (dsc_rect){50, 15, 9, 9}, ground);
    for (int32_t i = 0; i < STROKES; i++)
        fill(&s, (dsc_rect){16 + 6 * i, 14, 2, 12}, ink);
    cr_expect_not(has_tint(&s));
}

Test(tint, is_what_is_between_the_strokes)
{
    static const struct {
        const char *what;
        colour ground, ink, other;
    } cases[] = {
        {"yellow", {{255, 0, 0}}, {{255, 255, 255}}, {{255, 255, 0}}},
        {"cyan", {{0, 0, 255}}, {{255, 255, 255}}, {{0, 255, 255}}},
        {"red at yellow", {{0, 0, 0}}, {{255, 255, 0}}, {{200, 0, 0}}},
        {"dim", {{0, 0, 0}}, {{255, 255, 255}}, {{40, 0, 40}}},
        {"pale", {{170, 170, 220}}, {{255, 255, 255}}, {{170, 220, 170}}},
        {"opposite", {{0, 60, 130}}, {{255, 255, 255}}, {{130, 60, 0}}},
        {"at black", {{200, 0, 200}}, {{0, 0, 0}}, {{0, 0, 200}}},
    };
    static const dsc_rect ink = {20, 16, 2, 3};
    static screen s;
    dsc_rect found;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        draw_word(&s, word, cases[i].ground, cases[i].ink);
        fill(&s, ink, cases[i].other);
        find(&s, word, &found);
        cr_expect(found.x == ink.x && found.y == ink.y && found.w == ink.w &&
                      found.h == ink.h,
                  "%s: %d %d %d %d", cases[i].what, found.x, found.y, found.w,
                  found.h);
    }
}

/* All of it, where it goes on outside the word. */
Test(tint, goes_on_outside)
{
    static screen s;
    dsc_rect found;

    draw_word(&s, word, red, white);
    fill(&s, (dsc_rect){20, 16, 2, 18}, yellow);
    find(&s, word, &found);
    cr_expect_eq(found.y, 16);
    cr_expect_eq(found.h, 18);
}

Test(tint, is_no_bar_no_speck_and_no_hue_that_is_nearly_the_same)
{
    static screen s;

    draw_word(&s, word, red, white);
    fill(&s, (dsc_rect){20, 0, 2, H}, yellow);
    cr_expect_not(has_tint(&s), "goes on");
    draw_word(&s, word, red, white);
    fill(&s, (dsc_rect){20, 16, 1, 5}, yellow);
    cr_expect_not(has_tint(&s), "a speck");
    draw_word(&s, word, red, white);
    fill(&s, (dsc_rect){20, 16, 2, 4}, (colour){{255, 24, 0}});
    cr_expect_not(has_tint(&s), "hardly another hue");
    draw_word(&s, word, red, white);
    fill(&s, (dsc_rect){66, 16, 2, 4}, yellow);
    cr_expect_not(has_tint(&s), "beside it");
}

/* Red and blue a pixel to the left and to the right, as some frame grabbers
 * leave them. */
Test(tint, is_no_fringe)
{
    static screen s, apart;

    draw_word(&s, word, black, white);
    apart = s;
    for (int32_t y = 0; y < H; y++)
        for (int32_t x = 1; x + 1 < W; x++) {
            apart.px[y][x].v[0] = s.px[y][x - 1].v[0];
            apart.px[y][x].v[2] = s.px[y][x + 1].v[2];
        }
    cr_expect_not(has_tint(&apart));
}

/* Colour in half the resolution: strong where the brightness is not. */
Test(tint, is_no_blurred_colour)
{
    static screen s, half;

    draw_word(&s, word, black, yellow);
    half = s;
    for (int32_t y = 0; y < H; y++)
        for (int32_t x = 1; x + 1 < W; x++) {
            int m = s.px[y][x].v[0], more = 0;
            for (int32_t d = -1; d <= 1; d++)
                more += (s.px[y][x + d].v[0] - s.px[y][x + d].v[2]) / 3;
            half.px[y][x] = (colour){{m, m, m > more ? m - more : 0}};
        }
    cr_expect_not(has_tint(&half));
}

static colour mix(colour a, colour b, int percent)
{
    colour c;

    for (int k = 0; k < 3; k++)
        c.v[k] = a.v[k] + (b.v[k] - a.v[k]) * percent / 100;
    return c;
}

static const colour teal = {{22, 52, 50}}, orange = {{255, 165, 40}};

/* Of thin letters there are more edges than strokes, and these are weak. */
static void draw_thin_word(screen *s, int percent)
{
    fill(s, (dsc_rect){0, 0, W, H}, teal);
    for (int32_t i = 0; i < STROKES; i++) {
        dsc_rect stroke = {word.x + 2 + 6 * i, word.y + 2, 3, 12};
        fill(s, stroke, mix(teal, orange, 40));
        fill(s, (dsc_rect){stroke.x + 1, stroke.y, 1, 12},
             mix(teal, orange, percent));
    }
}

Test(tint, is_no_stroke_between_its_edges)
{
    static screen s;

    draw_thin_word(&s, 100);
    cr_expect_not(has_tint(&s));
}

/* What is strong beside weak letters is another text. */
Test(tint, is_a_strong_text_at_weak_letters)
{
    static screen s;

    draw_thin_word(&s, 40);
    fill(&s, (dsc_rect){20, 16, 2, 4}, orange);
    cr_expect(has_tint(&s));
}

Test(tint, of_bad_boxes)
{
    static const dsc_rect boxes[] = {
        {0, 0, 0, 0}, {-9, -9, 5, 5},         {W, H, 4, 4},    {0, 0, W, H},
        {0, 0, 1, 1}, {W - 1, H - 1, 50, 50}, {-5, -5, 900, 9}};
    static screen s;
    dsc_rect found;

    draw_word(&s, word, red, white);
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
        find(&s, boxes[i], &found);
        cr_expect(dsc_rect_empty(found), "%zu", i);
    }
}

Test(tint, of_grey_views)
{
    dsc_views views = {.count = 1};
    dsc_rect found;

    cr_assert_eq(dsc_view_alloc(&views.items[0], W, H, NULL), DSC_OK);
    cr_assert_eq(dsc_find_tint(&views, word, &found, NULL), DSC_OK);
    cr_expect(dsc_rect_empty(found));
    dsc_views_free(&views);
}
