/* SPDX-License-Identifier: Apache-2.0
 *
 * Boxes that hold more than one clean line, read row by row. */
#include "ocr/ocr.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "reading.h"

static void fill(canvas *c, dsc_rect r, int grey)
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        memset(c->px + (size_t)y * c->w + (size_t)r.x, grey, (size_t)r.w);
}

/* Lines of text with what a finder may take into their box. */
typedef struct rows_case {
    const char *what;
    const char *lines[2];
    int32_t below; /* of the second line */
    dsc_rect bars[3];
    int bar; /* grey */
    int paper, ink;
    size_t others; /* boxes of what is none of the lines */
} rows_case;

static const rows_case row_cases[] = {
    {"two lines",
     {"Asc Ao Diam 3.3 cm", "Asc Ao Index"},
     30,
     {{0}},
     0,
     0,
     255,
     0},
    {"two lines, dark",
     {"Gain 52", "DOB 19.08.1938"},
     28,
     {{0}},
     0,
     240,
     10,
     0},
    {"underlined", {"LVIDd 4.2 cm"}, 0, {{20, 47, 200, 2}}, 255, 0, 255, 0},
    {"beside a colour bar", {"0.62"}, 0, {{70, 20, 14, 60}}, 255, 0, 200, 3},
    {"under tissue", {"3:PELVIS"}, 0, {{10, 0, 150, 18}}, 200, 0, 255, 1},
    {"between ticks",
     {"12.5"},
     0,
     {{2, 38, 8, 2}, {2, 24, 8, 2}, {2, 52, 8, 2}},
     255,
     0,
     255,
     0},
};

static void text_of_line(const dsc_words *w, uint32_t line, char *out,
                         size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < w->count; i++) {
        if (w->items[i].line != line)
            continue;
        if (out[0])
            strncat(out, " ", size - strlen(out) - 1);
        strncat(out, w->items[i].utf8, size - strlen(out) - 1);
    }
}

Test(rows, read_apart, .timeout = 60)
{
    dsc_ocr *ocr = reader();

    for (size_t i = 0; i < sizeof row_cases / sizeof *row_cases; i++) {
        const rows_case *t = &row_cases[i];
        canvas c = canvas_make(300, 100, t->paper);
        dsc_plane p = canvas_plane(&c);
        dsc_text_box box = {.dark = t->ink < t->paper};
        dsc_words words = {0}, small = {0};
        size_t lines = t->lines[1] ? 2 : 1, others = 0;
        char read[200];
        for (size_t k = 0; k < 3; k++)
            if (t->bars[k].w) {
                fill(&c, t->bars[k], t->bar);
                box.box = dsc_rect_union(box.box, t->bars[k]);
            }
        for (int k = 0; k < 2 && t->lines[k]; k++) {
            stroke s = {.text = t->lines[k],
                        .size = 18,
                        .x = 20,
                        .y = 30 + k * t->below,
                        .ink = t->ink,
                        .outline = -1};
            box.box = dsc_rect_union(box.box, canvas_write(&c, &s));
        }
        cr_assert_eq(dsc_ocr_rows(ocr, &p, &box, &words, &small, NULL), DSC_OK);
        for (uint32_t k = 0; k < 2 && t->lines[k]; k++) {
            text_of_line(&words, k, read, sizeof read);
            cr_expect_str_eq(read, t->lines[k], "%s: %s", t->what, read);
        }
        for (size_t k = 0; k < words.count; k++) {
            others += words.items[k].line >= lines;
            cr_expect(!k || words.items[k].line >= words.items[k - 1].line);
        }
        cr_expect_eq(others, t->others, "%s: %zu", t->what, others);
        cr_expect_gt(covered(&c, &words), 0.995, "%s", t->what);
        dsc_words_free(&words);
        dsc_words_free(&small);
        canvas_free(&c);
    }
    dsc_ocr_free(&ocr);
}

/* A letter that is too solid to be one is left out when the row is read; the
 * word around it was not read then. */
Test(rows, ink_left_out_of_a_word_voids_it, .timeout = 60)
{
    canvas c = canvas_make(300, 60, 0);
    dsc_plane p = canvas_plane(&c);
    stroke s = {
        .text = "AD", .size = 20, .x = 20, .y = 20, .ink = 255, .outline = -1};
    dsc_rect left = canvas_write(&c, &s);
    dsc_rect block = {left.x + left.w + 2, left.y, 11, left.h};
    dsc_text_box box = {.box = left};
    dsc_words words = {0}, small = {0};
    dsc_ocr *ocr = reader();
    bool held = false;

    fill(&c, block, 255);
    s.text = "AMS";
    s.x = block.x + block.w + 2;
    box.box = dsc_rect_union(left, canvas_write(&c, &s));
    cr_assert_eq(dsc_ocr_rows(ocr, &p, &box, &words, &small, NULL), DSC_OK);
    for (size_t i = 0; i < words.count; i++) {
        dsc_rect common = dsc_rect_intersect(words.items[i].box, block);
        if (dsc_rect_area(common) * 2 < dsc_rect_area(block))
            continue;
        held = true;
        cr_expect_eq(words.items[i].confidence, 0);
    }
    cr_expect(held);
    dsc_words_free(&words);
    dsc_words_free(&small);
    dsc_ocr_free(&ocr);
    canvas_free(&c);
}

/* A tick of a slanted ruler is no letter of the number beside it, nor lost. */
Test(rows, a_slanted_tick_is_apart, .timeout = 60)
{
    canvas c = canvas_make(120, 60, 0);
    dsc_plane p = canvas_plane(&c);
    stroke s = {
        .text = "10", .size = 14, .x = 20, .y = 20, .ink = 200, .outline = -1};
    dsc_rect number = canvas_write(&c, &s), tick;
    dsc_text_box box = {.box = number};
    dsc_words words = {0}, small = {0};
    dsc_ocr *ocr = reader();
    char read[200];

    tick = (dsc_rect){number.x + number.w + 3, number.y + 2, 10, 7};
    for (int32_t i = 0; i < 10; i++)
        fill(&c, (dsc_rect){tick.x + i, tick.y + 2 * i / 3, 1, 2}, 200);
    box.box = dsc_rect_union(number, tick);
    cr_assert_eq(dsc_ocr_rows(ocr, &p, &box, &words, &small, NULL), DSC_OK);
    text_of_line(&words, 0, read, sizeof read);
    cr_expect_str_eq(read, "10");
    cr_assert_eq(words.count, 2);
    cr_expect_str_eq(words.items[1].utf8, "");
    cr_expect_eq(dsc_rect_area(dsc_rect_intersect(words.items[1].box, tick)),
                 dsc_rect_area(tick));
    dsc_words_free(&words);
    dsc_words_free(&small);
    dsc_ocr_free(&ocr);
    canvas_free(&c);
}

/* Whatever stands in the box, all its ink is in some word: nothing is lost
 * between rows, and letters that are in none are ink that was not read. */
Test(rows, lose_no_ink, .timeout = 120)
{
    static const char *const texts[] = {"Mustermann", "il.,:;'-", "ID: 4711",
                                        "Jürgen",     "MMMM",     "1"};
    dsc_ocr *ocr = reader();
    uint32_t dice = 7;

    for (int n = 0; n < 60; n++) {
        canvas c = canvas_make(260, 90, n % 3 ? 0 : 250);
        dsc_plane p = canvas_plane(&c);
        dsc_text_box box = {.dark = n % 3 == 0};
        dsc_words words = {0}, small = {0};
        for (int k = 0; k < 3; k++) {
            dice = dice * 1664525u + 1013904223u;
            stroke s = {.text = texts[(dice >> 24) % 6],
                        .size = 11 + (dice >> 16) % 14,
                        .x = 10 + (int32_t)((dice >> 8) % 90),
                        .y = 6 + (int32_t)((dice >> 12) % 50),
                        .ink = n % 3 ? 255 : 0,
                        .outline = -1,
                        .bold = n % 2};
            box.box = dsc_rect_union(box.box, canvas_write(&c, &s));
        }
        cr_assert_eq(dsc_ocr_rows(ocr, &p, &box, &words, &small, NULL), DSC_OK);
        /* what is lower than a letter may be left, and faint edges */
        if (words.count)
            cr_expect_gt(covered(&c, &words), 0.97, "%d: %f", n,
                         covered(&c, &words));
        dsc_words_free(&words);
        dsc_words_free(&small);
        canvas_free(&c);
    }
    dsc_ocr_free(&ocr);
}

Test(rows, many_pieces_are_none, .timeout = 60)
{
    canvas c = canvas_make(400, 100, 0);
    dsc_plane p = canvas_plane(&c);
    dsc_text_box box = {.box = {0, 0, 400, 100}};
    dsc_words words = {0}, small = {0};
    dsc_ocr *ocr = reader();

    for (int32_t y = 0; y < 98; y += 4)
        for (int32_t x = 0; x < 398; x += 4)
            fill(&c, (dsc_rect){x, y, 2, 2}, 255);
    cr_assert_eq(dsc_ocr_rows(ocr, &p, &box, &words, &small, NULL), DSC_OK);
    cr_expect_eq(words.count, 0);
    dsc_ocr_free(&ocr);
    canvas_free(&c);
}

Test(rows, out_of_memory, .timeout = 120)
{
    canvas c = canvas_make(400, 100, 0);
    stroke s = {.text = "Doe, Jane",
                .size = 18,
                .x = 20,
                .y = 20,
                .ink = 255,
                .outline = -1};
    dsc_text_box box = {.box = canvas_write(&c, &s)};
    dsc_plane p = canvas_plane(&c);
    dsc_ocr *ocr = reader();
    dsc_words words = {0}, small = {0};
    dsc_status st = DSC_NOMEM;
    unsigned long n = 0;

    s.y = 50;
    box.box = dsc_rect_union(box.box, canvas_write(&c, &s));
    while (st && n < 300) {
        dsc_error err = DSC_ERROR_INIT;
        dsc_alloc_fail_after(++n);
        st = dsc_ocr_rows(ocr, &p, &box, &words, &small, &err);
        dsc_alloc_fail_after(0);
        cr_assert(st == DSC_OK || (st == DSC_NOMEM && words.count == 0));
    }
    cr_expect_eq(st, DSC_OK);
    cr_expect_gt(words.count, 2);
    dsc_words_free(&words);
    dsc_words_free(&small);
    dsc_ocr_free(&ocr);
    canvas_free(&c);
}
