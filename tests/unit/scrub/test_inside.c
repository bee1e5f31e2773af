/* SPDX-License-Identifier: Apache-2.0
 *
 * Ink in a word's box that its letters cannot have. */
#include "scrub/scrub_priv.h"

#include <criterion/criterion.h>

#include "draw.h"

enum {
    PAPER = 20,
    X = 30,
    Y = 20
};

typedef struct row {
    const char *text;
    double size;
    int ink;
    const char *small; /* or NULL */
    int32_t dx, dy;
    int small_ink;
} row;

static canvas page_of(const row *r, dsc_rect *box)
{
    canvas c = canvas_make(300, 100, PAPER);
    stroke large = {.text = r->text,
                    .size = r->size,
                    .x = X,
                    .y = Y,
                    .ink = r->ink,
                    .outline = -1};
    stroke small = {.text = r->small,
                    .size = 9,
                    .x = X + r->dx,
                    .y = Y + r->dy,
                    .ink = r->small_ink,
                    .outline = -1};

    *box = dsc_rect_grow(canvas_write(&c, &large), 1, 1);
    if (r->small)
        canvas_write(&c, &small);
    return c;
}

static bool holds(const canvas *c, const uint8_t *filled, const char *text,
                  dsc_rect box)
{
    dsc_plane p = canvas_plane(c);
    dsc_word w = {.box = box};
    dsc_error err = DSC_ERROR_INIT;
    bool does = false;

    w.utf8 = (char *)(uintptr_t)text;
    cr_assert_eq(dsc_holds_other_ink(&p, filled, &w, &does, &err), DSC_OK);
    return does;
}

static bool shows(const row *r)
{
    dsc_rect box;
    canvas c = page_of(r, &box);
    bool does = holds(&c, NULL, r->text, box);

    canvas_free(&c);
    return does;
}

/* Is an I more than that, whose middle has so many levels of 200? */
static bool is_more(int middle)
{
    dsc_rect box = {X, Y, 4, 16};
    canvas c = canvas_make(100, 60, PAPER);
    bool does;

    for (int32_t y = 1; y < 15; y++)
        for (int32_t x = 1; x < 3; x++)
            c.px[(Y + y) * 100 + X + x] =
                (uint8_t)(PAPER + (y == 7 ? middle : 200));
    does = holds(&c, NULL, "I", box);
    canvas_free(&c);
    return does;
}

Test(inside, a_thin_stroke_does_not_break)
{
    cr_expect_not(is_more(110));
    cr_expect_not(is_more(92));
    cr_expect(is_more(80)); /* two texts */
    cr_expect(is_more(0));
}

Test(inside, a_word_alone_is_all_that_its_box_shows)
{
    static const char *const words[] = {
        "Liver", "Left", "Axial", "Zoom", "2D",    "THI",   "HR",   "81", "EF",
        "62",    "%",    "Depth", "11",   "cm",    "0.8",   "MI",   "A",  "R",
        "L",     "Se:",  "3:5",   "Gain", "kHz",   "65bpm", "B/W",  "+",  "-4",
        "Größe", "ähnl", "09",    "86",   "Image", "Frame", "Abd!", "?"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (double size = 16; size < 40; size += 5)
            cr_expect_not(shows(&(row){words[i], size, 240, NULL, 0, 0, 0}),
                          "%s of %g", words[i], size);
}

Test(inside, small_text_in_it_is_other_ink)
{
    static const row rows[] = {
        {"Liver", 26, 240, "KIM", 6, 12, 110},
        {"Zoom", 24, 240, "EVANS", 6, 5, 240},
        {"2D", 24, 240, "43Y", 2, 6, 150},
        {"Axial", 24, 240, "ABAD", 6, 2, 100},
        {"Left", 24, 240, "MEYER", 10, 4, 240},
        {"Liver", 24, 240, "MEYER", 10, 6, 80},
        {"L", 26, 240, "JO", 5, 3, 240},
        {"THI", 28, 60, "LI", 4, 8, 110},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect(shows(&rows[i]), "%s in %s", rows[i].small, rows[i].text);
}

/* A line below a word is none of a text. */
Test(inside, a_rule_is_none)
{
    dsc_rect box;
    canvas c = page_of(&(row){"2D", 22, 240, NULL, 0, 0, 0}, &box);

    box.h += 4;
    for (int32_t x = box.x + 1; x < box.x + box.w - 1; x++)
        c.px[(size_t)(box.y + box.h - 2) * c.w + (size_t)x] = 240;
    cr_expect_not(holds(&c, NULL, "2D", box));
    canvas_free(&c);
}

/* The proof does not take for ink what it paints black boxes over with. */
Test(inside, what_fills_a_box_is_none)
{
    dsc_rect box;
    canvas c = page_of(&(row){"Left", 24, 240, NULL, 0, 0, 0}, &box);
    uint8_t *filled = dsc_calloc((size_t)c.w * c.h, 1);

    cr_assert(filled);
    box.h += 8;
    for (int32_t y = box.y + box.h - 6; y < box.y + box.h - 1; y++)
        for (int32_t x = box.x + 2; x < box.x + 8; x++) {
            c.px[(size_t)y * c.w + (size_t)x] = 100;
            filled[(size_t)y * c.w + (size_t)x] = 1;
        }
    cr_expect(holds(&c, NULL, "Left", box));
    cr_expect_not(holds(&c, filled, "Left", box));
    dsc_free(filled);
    canvas_free(&c);
}

/* Letters of lower boxes grow together. */
Test(inside, of_low_letters_nothing_is_said)
{
    cr_expect_not(shows(&(row){"Liver", 12, 240, "KIM", 2, 2, 240}));
}

/* A picture that was enlarged 2.67 times, as a frame grabber does. */
static bool shows_enlarged(const row *r)
{
    dsc_rect box, large;
    canvas c = page_of(r, &box), soft = canvas_make(800, 266, PAPER);
    bool does;

    for (int32_t y = 0; y < soft.h; y++)
        for (int32_t x = 0; x < soft.w; x++) {
            int32_t u = 96 * x, v = 96 * y, i = u >> 8, k = v >> 8;
            int32_t i2 = i + 1 < c.w ? i + 1 : i, k2 = k + 1 < c.h ? k + 1 : k;
            int32_t top = c.px[k * c.w + i] * (256 - (u & 255)) +
                          c.px[k * c.w + i2] * (u & 255);
            int32_t end = c.px[k2 * c.w + i] * (256 - (u & 255)) +
                          c.px[k2 * c.w + i2] * (u & 255);
            soft.px[y * soft.w + x] =
                (uint8_t)((top * (256 - (v & 255)) + end * (v & 255)) >> 16);
        }
    large = (dsc_rect){box.x * 8 / 3 - 1, box.y * 8 / 3 - 1, box.w * 8 / 3 + 2,
                       box.h * 8 / 3 + (r->small ? 16 : 2)};
    does = holds(&soft, NULL, r->text, large);
    canvas_free(&c);
    canvas_free(&soft);
    return does;
}

Test(inside, soft_letters_are_all_that_their_box_shows)
{
    static const char *const words[] = {"Gn", "62", "DR", "70",  "dB", "FR",
                                        "42", "Hz", "EF", "THI", "HR", "81"};
    size_t more = 0;

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        more += shows_enlarged(&(row){words[i], 11, 230, NULL, 0, 0, 0});
    cr_expect_leq(more, 1, "%zu", more);
}

/* But where each letter has grown together with it. */
Test(inside, text_at_soft_letters_is_other_ink)
{
    static const row rows[] = {{"Gn", 12, 230, "KIM", 10, 7, 230},
                               {"DR", 12, 230, "J.R.", 10, 6, 230},
                               {"THI", 12, 230, "ROTH", 3, 7, 150},
                               {"HR", 12, 230, "43Y", 2, 7, 110},
                               {"EF", 12, 230, "SA", 6, 6, 200}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        row r = rows[i];
        cr_expect(shows_enlarged(&r), "%s at %s", r.small, r.text);
    }
}
