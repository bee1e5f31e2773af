/* SPDX-License-Identifier: Apache-2.0
 *
 * Panels and buttons: what lies on them is shown on the ground around, and what
 * is none is left alone. */
#include "screen.h"

static const colour grey = {{84, 84, 84}}, white = {{235, 235, 235}},
                    blue = {{10, 30, 60}}, pale = {{220, 225, 230}},
                    cyan = {{90, 225, 255}};
static const dsc_rect button = {20, 16, 60, 26};

static void draw_text(screen *s, dsc_rect on, colour ink)
{
    for (int32_t i = 0; i < 5; i++)
        fill(s, (dsc_rect){on.x + 10 + 6 * i, on.y + 7, 2, 12}, ink);
}

static void draw_button(screen *s, colour ground, colour panel, colour ink)
{
    fill(s, (dsc_rect){0, 0, W, H}, ground);
    fill(s, button, panel);
    draw_text(s, button, ink);
}

static void level(const screen *s, const uint8_t *boxed, dsc_views *views,
                  dsc_rects *panels)
{
    dsc_error err = DSC_ERROR_INIT;

    render(s, views);
    cr_assert_eq(dsc_level_panels(views, boxed, panels, &err), DSC_OK);
}

static size_t count(const screen *s, const uint8_t *boxed)
{
    dsc_views views = {0};
    dsc_rects panels = {0};
    size_t n;

    level(s, boxed, &views, &panels);
    n = panels.count;
    dsc_rects_free(&panels);
    dsc_views_free(&views);
    return n;
}

static int at(const dsc_views *v, size_t view, int32_t x, int32_t y)
{
    return v->items[view].data[(size_t)y * v->items[view].stride + (size_t)x];
}

/* Most that a view's pixels differ from where no panel is, outside letters. */
static int unevenness(const dsc_views *v, const screen *s, colour ink)
{
    int most = 0;

    for (size_t k = 0; k < v->count; k++)
        for (int32_t y = 0; y < H; y++)
            for (int32_t x = 0; x < W; x++) {
                int off = abs(at(v, k, x, y) - at(v, k, 0, 0));
                if (memcmp(&s->px[y][x], &ink, sizeof ink) != 0)
                    most = off > most ? off : most;
            }
    return most;
}

/* Of a pixel and the ground, in the view that shows most. */
static int contrast(const dsc_views *v, int32_t x, int32_t y)
{
    int most = 0;

    for (size_t k = 0; k < v->count; k++) {
        int off = abs(at(v, k, x, y) - at(v, k, 0, 0));
        most = off > most ? off : most;
    }
    return most;
}

Test(level, a_panel_is_ground)
{
    static const struct {
        const char *what;
        colour ground, panel, ink;
    } cases[] = {
        {"white on grey on black",
         {{0, 0, 0}},
         {{84, 84, 84}},
         {{235, 235, 235}}},
        {"cyan on blue on grey",
         {{28, 32, 44}},
         {{10, 30, 60}},
         {{90, 225, 255}}},
        {"black on white on grey",
         {{90, 90, 90}},
         {{220, 225, 230}},
         {{0, 0, 0}}},
        {"yellow on black on blue",
         {{10, 30, 60}},
         {{0, 0, 0}},
         {{255, 240, 60}}},
        {"dark on red on white",
         {{255, 255, 255}},
         {{200, 30, 20}},
         {{40, 0, 0}}},
    };
    static screen s;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_views views = {0};
        dsc_rects panels = {0};
        draw_button(&s, cases[i].ground, cases[i].panel, cases[i].ink);
        level(&s, NULL, &views, &panels);
        cr_expect_eq(panels.count, 1, "%s", cases[i].what);
        cr_expect_leq(unevenness(&views, &s, cases[i].ink), 1, "%s",
                      cases[i].what);
        cr_expect_gt(contrast(&views, 30, 30), 100, "%s: the text is there",
                     cases[i].what);
        dsc_rects_free(&panels);
        dsc_views_free(&views);
    }
}

/* What is faint stays as faint. */
Test(level, faint_ink_keeps_its_strength)
{
    static screen s;
    dsc_views views = {0};
    dsc_rects panels = {0};
    colour bright = {{84 + 5, 84 + 5, 84}}, dim = {{84, 84 - 5, 84 - 5}};

    draw_button(&s, black, grey, white);
    fill(&s, (dsc_rect){62, 24, 4, 8}, bright);
    fill(&s, (dsc_rect){70, 24, 4, 8}, dim);
    level(&s, NULL, &views, &panels);
    cr_assert_eq(panels.count, 1);
    cr_expect_eq(contrast(&views, 63, 26), 5);
    cr_expect_eq(contrast(&views, 71, 26), 5);
    dsc_rects_free(&panels);
    dsc_views_free(&views);
}

/* The frame of a button, and soft edges, go with it. */
Test(level, what_a_side_shows_all_along_is_edge)
{
    static const colour light = {{140, 140, 140}}, dark = {{40, 40, 40}};
    static screen s;
    dsc_views views = {0};
    dsc_rects panels = {0};

    draw_button(&s, black, black, black);
    fill(&s, dsc_rect_grow(button, 2, 2), light);
    fill(&s, dsc_rect_grow(button, 1, 1), dark);
    fill(&s, button, grey);
    draw_text(&s, button, white);
    level(&s, NULL, &views, &panels);
    cr_expect_eq(panels.count, 1);
    cr_expect_leq(unevenness(&views, &s, white), 1);
    dsc_rects_free(&panels);
    dsc_views_free(&views);
}

/* Text across an edge is there on both sides. */
Test(level, text_across_an_edge_is_left)
{
    static screen s;
    dsc_views views = {0};
    dsc_rects panels = {0};

    draw_button(&s, black, grey, white);
    fill(&s, (dsc_rect){74, 22, 12, 3}, cyan);
    level(&s, NULL, &views, &panels);
    cr_assert_eq(panels.count, 1);
    cr_expect_gt(at(&views, 0, 76, 23), 100);
    cr_expect_gt(at(&views, 0, 82, 23), 100);
    dsc_rects_free(&panels);
    dsc_views_free(&views);
}

Test(level, what_is_no_panel)
{
    static screen s;

    draw_button(&s, black, grey, grey);
    cr_expect_eq(count(&s, NULL), 0, "nothing is on it");
    draw_button(&s, black, white, black);
    fill(&s, (dsc_rect){26, 22, 48, 14}, black);
    cr_expect_eq(count(&s, NULL), 0, "a letter with a hole");
    draw_button(&s, black, grey, white);
    fill(&s, (dsc_rect){60, 16, 20, 18}, black);
    cr_expect_eq(count(&s, NULL), 0, "it has no four sides");
    fill(&s, (dsc_rect){0, 0, W, H}, white);
    fill(&s, (dsc_rect){2, 2, W - 4, H - 4}, black);
    draw_text(&s, button, white);
    cr_expect_eq(count(&s, NULL), 0, "a picture in a frame");
    draw_button(&s, pale, pale, blue);
    fill(&s, (dsc_rect){W / 2, 0, W / 2, H}, black);
    cr_expect_eq(count(&s, NULL), 0, "half of a picture");
    draw_button(&s, black, grey, white);
    for (int32_t y = 0; y < H; y++)
        for (int32_t x = 0; x < W; x++)
            for (int k = 0; k < 3 && x < button.x; k++)
                s.px[y][x].v[k] = 40 + (x * 37 + y * 61) % 97;
    cr_expect_eq(count(&s, NULL), 1, "one of four sides is tissue");
    for (int32_t y = 0; y < H; y++)
        for (int32_t x = 0; x < W; x++)
            for (int k = 0;
                 k < 3 && !dsc_rect_within((dsc_rect){x, y, 1, 1}, button); k++)
                s.px[y][x].v[k] = 40 + (x * 37 + y * 61) % 97;
    cr_expect_eq(count(&s, NULL), 0, "all around is tissue");
}

/* Black boxes in an output hide what they cover, and not the panel. */
Test(level, boxes_are_not_seen)
{
    static screen s;
    static uint8_t boxed[W * H];
    dsc_rect gone = {14, 22, 40, 11};

    draw_button(&s, blue, grey, grey);
    fill(&s, gone, black);
    memset(boxed, 0, sizeof boxed);
    for (int32_t y = gone.y; y < gone.y + gone.h; y++)
        memset(boxed + y * W + gone.x, 1, (size_t)gone.w);
    cr_expect_eq(count(&s, boxed), 1);
    cr_expect_eq(count(&s, NULL), 0, "whose black box is ink");
}
