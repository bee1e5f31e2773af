/* SPDX-License-Identifier: Apache-2.0
 *
 * Rulers beside numbers, and what is none. */
#include "scrub/scrub_priv.h"

#include <criterion/criterion.h>

#include "draw.h"

#define NUMBER ((dsc_rect){112, 190, 12, 10})

static void dot(canvas *c, int32_t x, int32_t y, int32_t w, int32_t h, int grey)
{
    for (int32_t v = y; v < y + h; v++)
        for (int32_t u = x; u < x + w; u++)
            if (u >= 0 && v >= 0 && u < (int32_t)c->w && v < (int32_t)c->h)
                c->px[(size_t)v * c->w + (size_t)u] = (uint8_t)grey;
}

/* A tick of a sector's edge, five pixels long; `long` ones eight. */
static void tick(canvas *c, int32_t x, int32_t y, int32_t length)
{
    for (int32_t i = 0; i < length; i++)
        dot(c, x + i, y + 2 * i / 3, 1, 1, 170);
}

typedef struct ruler_case {
    const char *what;
    int marks, missing; /* the number of one that is left out, or -1 */
    float step;
    int32_t wide, high; /* of a mark */
    int grey, ground, noise;
    bool is;
} ruler_case;

static const ruler_case rulers[] = {
    {"dots", 19, -1, 9.8F, 1, 2, 60, 0, 0, true},
    {"ticks", 10, -1, 18, 6, 1, 200, 10, 0, true},
    {"one missing", 12, 4, 14, 2, 2, 120, 0, 0, true},
    {"on grain", 12, -1, 14, 2, 2, 120, 10, 8, true},
    {"five", 5, -1, 14, 2, 2, 120, 0, 0, false},
    {"too dim", 12, -1, 14, 2, 2, 15, 0, 0, false},
    {"too near", 30, -1, 5, 2, 2, 120, 0, 0, false},
    {"letters", 12, -1, 14, 6, 9, 120, 0, 0, false},
    {"a line", 12, -1, 14, 1, 14, 120, 0, 0, false},
    {"strong grain", 12, -1, 14, 2, 2, 60, 40, 60, false},
};

/* Marks from above down to beside the number. */
static canvas draw(const ruler_case *t)
{
    canvas c = canvas_make(240, 240, t->ground);

    if (t->noise)
        canvas_speckle(&c, t->ground, t->noise, 1, 7);
    for (int k = 0; k < t->marks; k++)
        if (k != t->missing)
            dot(&c, 128, 194 - (int32_t)((float)k * t->step + 0.5F), t->wide,
                t->high, t->ground + t->grey);
    return c;
}

Test(ruler, marks_beside_a_number)
{
    for (size_t i = 0; i < sizeof rulers / sizeof *rulers; i++) {
        const ruler_case *t = &rulers[i];
        canvas c = draw(t);
        dsc_plane p = canvas_plane(&c);
        dsc_ruler r = {.before = -1};
        bool is = dsc_ruler_beside(&p, NUMBER, t->ground, 100, &r);
        cr_expect_eq(is, t->is, "%s", t->what);
        if (is) {
            cr_expect_eq(r.before, t->marks - 1, "%s: %d", t->what, r.before);
            cr_expect_eq(r.after, 0, "%s: %d", t->what, r.after);
            cr_expect_float_eq(r.dy, t->step, 0.1, "%s: %f", t->what,
                               (double)r.dy);
        }
        canvas_free(&c);
    }
}

Test(ruler, of_dark_marks_is_none)
{
    canvas c = canvas_make(240, 240, 200);
    dsc_plane p = canvas_plane(&c);
    dsc_ruler r;

    for (int32_t k = 0; k < 12; k++)
        dot(&c, 128, 194 - 14 * k, 2, 2, 20);
    cr_expect_not(dsc_ruler_beside(&p, NUMBER, 200, 180, &r));
    canvas_free(&c);
}

/* The edge of a sector: fives are longer, and their middles elsewhere. */
static canvas sector(void)
{
    canvas c = canvas_make(400, 240, 0);

    for (int32_t k = 0; k <= 10; k++)
        tick(&c, 300 - 17 * k - (k % 5 ? 0 : 3), 10 + 22 * k, k % 5 ? 5 : 9);
    return c;
}

Test(ruler, slanted)
{
    canvas c = sector();
    dsc_plane p = canvas_plane(&c);
    dsc_ruler r;

    cr_assert(dsc_ruler_beside(&p, (dsc_rect){200, 117, 9, 11}, 0, 170, &r));
    cr_expect_eq(r.before + r.after, 10);
    cr_expect_eq(r.before, 5);
    cr_expect(r.is_long);
    cr_assert(dsc_ruler_beside(&p, (dsc_rect){183, 141, 9, 11}, 0, 170, &r));
    cr_expect_eq(r.before, 6);
    cr_expect_not(r.is_long);
    canvas_free(&c);
}

Test(ruler, ticks_are_nothing_else)
{
    const dsc_rect whole = {210, 118, 14, 10}, all = {190, 118, 38, 32};
    canvas c = sector();
    dsc_plane p = canvas_plane(&c);

    cr_expect(dsc_is_ticks(&p, whole, 0, 170), "a long one");
    cr_expect(dsc_is_ticks(&p, (dsc_rect){196, 140, 9, 7}, 0, 170), "short");
    cr_expect_not(dsc_is_ticks(&p, (dsc_rect){200, 140, 6, 7}, 0, 170), "half");
    cr_expect_not(dsc_is_ticks(&p, (dsc_rect){20, 20, 9, 9}, 0, 170), "empty");
    cr_expect_not(dsc_is_ticks(&p, (dsc_rect){0, 0, 0, 0}, 0, 170));
    cr_expect_not(dsc_is_ticks(&p, (dsc_rect){900, 900, 9, 9}, 0, 170));
    dot(&c, 213, 126, 2, 2, 40);
    cr_expect(dsc_is_ticks(&p, whole, 0, 170), "a speck beside it");
    /* a letter far too dim for a reader beside it */
    canvas_write(&c, &(stroke){.text = "K",
                               .size = 10,
                               .x = 191,
                               .y = 120,
                               .ink = 20,
                               .outline = -1});
    cr_expect_not(dsc_is_ticks(&p, all, 0, 170), "with a dim letter");
    canvas_free(&c);

    c = canvas_make(240, 240, 0); /* one stroke alone */
    p = canvas_plane(&c);
    tick(&c, 100, 100, 8);
    cr_expect_not(dsc_is_ticks(&p, (dsc_rect){98, 98, 12, 10}, 0, 170));
    canvas_free(&c);
}
