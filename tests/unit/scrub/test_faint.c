/* SPDX-License-Identifier: Apache-2.0
 *
 * Dim text in one of the finder's boxes with a bright word that was read, on
 * grounds of all kinds; and grounds without any. */
#include "scrub/scrub_priv.h"

#include "draw.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum {
    W = 320,
    H = 90
};

typedef enum ground {
    FLAT,
    GREY,  /* flat, too */
    GRAIN, /* noise without size */
    SLOPE  /* a gradient */
} ground;

static canvas paper(ground g, int amplitude, uint32_t dice)
{
    canvas c = canvas_make(W, H, g == GREY ? 60 : 20);

    for (int32_t i = 0; i < W * H; i++) {
        dice = dice * 1664525u + 1013904223u;
        if (g == GRAIN)
            c.px[i] =
                (uint8_t)(20 +
                          (int)((dice >> 16) % (uint32_t)(2 * amplitude + 1)) -
                          amplitude);
        if (g == SLOPE)
            c.px[i] = (uint8_t)(20 + i % W / 4);
    }
    return c;
}

/* A word at one place, in grey levels above its ground. */
static dsc_rect put(canvas *c, const char *text, int32_t x, int32_t y,
                    int levels)
{
    canvas own = canvas_make(W, H, 0);
    stroke s = {
        .text = text, .size = 13, .x = x, .y = y, .ink = 255, .outline = -1};
    dsc_rect box = canvas_write(&own, &s);

    memset(c->ink, 0, (size_t)W * H);
    for (size_t i = 0; i < (size_t)W * H; i++) {
        int v = c->px[i] + levels * own.px[i] / 255;
        c->px[i] = (uint8_t)(v > 255 ? 255 : v);
        c->ink[i] = own.px[i];
    }
    canvas_free(&own);
    return box;
}

/* What is found in the box, of which the word is read. */
static void find(const canvas *c, dsc_rect word, dsc_rect box, dsc_rects *rows)
{
    dsc_plane plane = canvas_plane(c);
    dsc_text_box line = {.box = box, .score = 1};
    dsc_text_boxes boxes = {.items = &line, .count = 1};
    dsc_span span = {.box = dsc_rect_grow(word, 1, 1), .was_read = true};
    dsc_track track = {.box = box, .spans = &span, .span_count = 1};
    dsc_tracks tracks = {.items = &track, .count = 1};

    cr_assert_eq(dsc_find_faint(&plane, &boxes, 0, &tracks, 0, rows, NULL),
                 DSC_OK);
}

static const struct faint_case {
    const char *what;
    int32_t x, y; /* of the dim word; the bright one is at 120, 40 */
} places[] = {
    {"left", 40, 40},   {"close at the left", 56, 40},
    {"right", 190, 40}, {"above", 120, 22},
    {"below", 110, 60}, {"far", 230, 40},
};

static void check(size_t place, ground g, int amplitude, int levels)
{
    const struct faint_case *t = &places[place];
    canvas c = paper(g, amplitude, 7);
    dsc_rect bright = put(&c, "85 BPM", 120, 40, 220);
    dsc_rect dim = put(&c, "ZBINDEN", t->x, t->y, levels);
    dsc_rects rows = {0};

    find(&c, bright, dsc_rect_grow(dsc_rect_union(bright, dim), 1, 1), &rows);
    cr_expect_gt(canvas_covered(&c, rows.items, rows.count), 0.97,
                 "%s, ground %d, %d levels: %zu rows, %.2f", t->what, (int)g,
                 levels, rows.count,
                 canvas_covered(&c, rows.items, rows.count));
    dsc_rects_foreach (r, &rows)
        cr_expect(dsc_rect_empty(dsc_rect_intersect(*r, bright)),
                  "%s, %d levels: cuts the word that stays", t->what, levels);
    dsc_rects_free(&rows);
    canvas_free(&c);
}

Test(faint, found_beside_bright_letters)
{
    static const int levels[] = {5, 8, 12, 20, 30, 45, 60};

    for (size_t p = 0; p < sizeof places / sizeof *places; p++)
        for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
            check(p, FLAT, 0, levels[i]);
            check(p, GREY, 0, levels[i]);
            if (levels[i] >= 8)
                check(p, SLOPE, 0, levels[i]);
            if (levels[i] >= 20)
                check(p, GRAIN, 2, levels[i]);
            if (levels[i] >= 45)
                check(p, GRAIN, 5, levels[i]);
        }
}

/* Nothing but ground: no ink, whatever its grain. */
Test(faint, grain_and_gradients_are_none)
{
    dsc_rect box = {40, 30, 220, 30};

    for (uint32_t k = 0; k < 40; k++) {
        canvas c = paper(k % 4 == 3 ? SLOPE : GRAIN, 1 + (int)k % 16, k);
        dsc_rect word = put(&c, "85 BPM", 120, 40, 220);
        dsc_rects rows = {0};
        if (k % 4 == 2)
            canvas_speckle(&c, 60, 30, 1, k);
        find(&c, word, box, &rows);
        cr_expect_eq(rows.count, 0, "ground %u: %zu rows", k, rows.count);
        dsc_rects_free(&rows);
        canvas_free(&c);
    }
}

/* What a lossy compression leaves around letters ends eight pixels away. */
Test(faint, ringing_is_none)
{
    canvas c = paper(FLAT, 0, 0);
    dsc_rect word = put(&c, "85 BPM", 120, 40, 220);
    dsc_rects rows = {0};

    for (int32_t y = word.y - 6; y < word.y + word.h + 6; y++)
        for (int32_t x = word.x - 6; x < word.x + word.w + 6; x++)
            if (c.px[y * W + x] == 20)
                c.px[y * W + x] = (uint8_t)(20 + (x % 3 - 1) * 12);
    find(&c, word, dsc_rect_grow(word, 20, 10), &rows);
    cr_expect_eq(rows.count, 0, "%zu rows", rows.count);
    dsc_rects_free(&rows);
    canvas_free(&c);
}

/* At the picture's edges, and in boxes that are as small as can be. */
Test(faint, boxes_at_the_edge)
{
    static const dsc_rect boxes[] = {{0, 0, 1, 1},    {W - 1, H - 1, 1, 1},
                                     {0, 0, W, H},    {W - 3, 0, 3, H},
                                     {-5, -5, 20, 9}, {W, H, 10, 10}};
    canvas c = paper(GRAIN, 9, 3);
    dsc_rects rows = {0};

    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++)
        find(&c, boxes[i], boxes[i], &rows);
    dsc_rects_foreach (r, &rows)
        cr_expect(r->x >= 0 && r->y >= 0 && r->x + r->w <= W &&
                  r->y + r->h <= H);
    dsc_rects_free(&rows);
    canvas_free(&c);
}
