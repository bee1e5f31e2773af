/* SPDX-License-Identifier: Apache-2.0
 *
 * A small colour picture with a word of strokes, and its views. */
#ifndef SCREEN_H
#define SCREEN_H

#include "scrub/scrub_priv.h"

#include <criterion/criterion.h>

enum {
    W = 120,
    H = 60,
    STROKES = 8 /* of a word: bars of 2 px, 6 apart, 12 high */
};

typedef struct colour {
    int v[3]; /* red, green, blue */
} colour;

typedef struct screen {
    colour px[H][W];
} screen;

static const colour black = {{0, 0, 0}};

static inline void fill(screen *s, dsc_rect r, colour c)
{
    r = dsc_rect_clip(r, W, H);
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            s->px[y][x] = c;
}

/* On nothing but ground; `word` is the box, 2 px wider than its strokes. */
static inline void draw_word(screen *s, dsc_rect word, colour ground,
                             colour ink)
{
    fill(s, (dsc_rect){0, 0, W, H}, ground);
    for (int32_t i = 0; i < STROKES; i++)
        fill(s, (dsc_rect){word.x + 2 + 6 * i, word.y + 2, 2, 12}, ink);
}

static inline void render(const screen *s, dsc_views *views)
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
    for (size_t i = 0; i < (size_t)W * H * 3; i++)
        frame.data[i] = (uint8_t)s->px[i / 3 / W][i / 3 % W].v[i % 3];
    cr_assert_eq(dsc_views_render(views, dsc_blit_for(0), &inst, &frame, &err),
                 DSC_OK);
    dsc_frame_free(&frame);
}

#endif
