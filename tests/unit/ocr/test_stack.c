/* SPDX-License-Identifier: Apache-2.0
 *
 * Letters that stand one below the other: which of them are a word, and what
 * must not be read for one. */
#include "ocr/ocr.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "generate_console.h"
#include "reading.h"

enum {
    W = 120,
    H = 240
};

struct stack_case {
    char what[28];
    char text[12];
    int32_t x, y, pitch;
    int32_t aside, jump;   /* the third letter stands so far off */
    dsc_rect ink[2];       /* besides, as bright as the letters */
    dsc_rect box;          /* empty: of the letters and the other ink */
    int32_t paper, letter; /* grey */
    char word[12];         /* that is sure; "" none of more than one letter */
};

static const struct stack_case cases[] = {
    {"a unit", "CM/S", 50, 60, 14, 0, 0, {{0}}, {0}, 0, 200, "CM/S"},
    {"dark", "CM/S", 50, 60, 14, 0, 0, {{0}}, {0}, 240, 20, "CM/S"},
    {"wide apart", "CM/S", 50, 60, 17, 0, 0, {{0}}, {0}, 0, 200, "CM/S"},
    {"beside a bar",
     "CM/S",
     50,
     60,
     14,
     0,
     0,
     {{57, 40, 30, 94}},
     {50, 30, 22, 114},
     0,
     200,
     "CM/S"},
    {"a name", "SMITH", 50, 60, 13, 0, 0, {{0}}, {0}, 0, 200, "SMITH"},
    /* not the whole of it */
    {"goes on above",
     "HELMS",
     50,
     60,
     14,
     0,
     0,
     {{0}},
     {49, 101, 9, 23},
     0,
     200,
     ""},
    {"goes on below",
     "HELMS",
     50,
     60,
     14,
     0,
     0,
     {{0}},
     {49, 59, 9, 38},
     0,
     200,
     ""},
    {"too long", "MUSTERMANN", 50, 40, 14, 0, 0, {{0}}, {0}, 0, 200, ""},
    {"at the upper edge", "CM/S", 50, 2, 14, 0, 0, {{0}}, {0}, 0, 200, ""},
    {"at the side", "CM/S", 1, 60, 14, 0, 0, {{0}}, {0}, 0, 200, ""},
    /* no word */
    {"two", "CM", 50, 60, 14, 0, 0, {{0}}, {0}, 0, 200, ""},
    {"marks of a scale", "1234", 50, 60, 14, 0, 0, {{0}}, {0}, 0, 200, ""},
    {"a number in it", "CM2S", 50, 60, 14, 0, 0, {{0}}, {0}, 0, 200, ""},
    {"uneven", "CM/S", 50, 60, 14, 0, 6, {{0}}, {0}, 0, 200, ""},
    {"crooked", "CM/S", 50, 60, 14, 6, 0, {{0}}, {0}, 0, 200, ""},
    {"far apart", "CM/S", 50, 60, 24, 0, 0, {{0}}, {0}, 0, 200, ""},
    {"a dot between",
     "CM/S",
     50,
     60,
     14,
     0,
     0,
     {{53, 71, 2, 2}},
     {0},
     0,
     200,
     ""},
    {"a dot above",
     "CM/S",
     50,
     60,
     14,
     0,
     0,
     {{53, 54, 2, 2}},
     {0},
     0,
     200,
     ""},
    {"a letter ruled through",
     "CM/S",
     50,
     60,
     14,
     0,
     0,
     {{46, 64, 18, 1}},
     {0},
     0,
     200,
     ""},
    {"marks below each other", "---", 50, 60, 14, 0, 0, {{0}}, {0}, 0, 200, ""},
};

typedef struct pen {
    canvas *c;
    int32_t x, y;
    int grey;
    dsc_rect box;
} pen;

static void put(pen *p, int32_t x, int32_t y)
{
    cr_assert(x >= 0 && y >= 0 && x < W && y < H);
    p->c->px[y * W + x] = (uint8_t)p->grey;
    p->box = dsc_rect_union(p->box, (dsc_rect){x, y, 1, 1});
}

static void dot(void *ctx, int x, int y)
{
    pen *p = ctx;

    put(p, p->x + x, p->y + y);
}

static pen draw(const struct stack_case *s, canvas *c)
{
    pen p = {.c = c, .grey = s->letter};

    for (int32_t i = 0; s->text[i]; i++) {
        char letter[2] = {s->text[i]};
        p.x = s->x + (i == 2 ? s->aside : 0);
        p.y = s->y + i * s->pitch + (i == 2 ? s->jump : 0);
        console_write(letter, dot, &p);
    }
    for (int k = 0; k < 2; k++)
        for (int32_t y = 0; y < s->ink[k].h; y++)
            for (int32_t x = 0; x < s->ink[k].w; x++)
                put(&p, s->ink[k].x + x, s->ink[k].y + y);
    return p;
}

static void check(dsc_ocr *ocr, const struct stack_case *s)
{
    canvas c = canvas_make(W, H, s->paper);
    pen p = draw(s, &c);
    dsc_plane plane = canvas_plane(&c);
    dsc_text_box box = {.box = dsc_rect_empty(s->box) ? p.box : s->box,
                        .dark = s->letter < s->paper};
    dsc_words words = {0}, small = {0};

    for (int again = 0; again < 2; again++) { /* what is remembered too */
        bool found = false;
        cr_assert_eq(dsc_ocr_rows(ocr, &plane, &box, &words, &small, NULL),
                     DSC_OK);
        for (size_t i = 0; i < small.count; i++) {
            const dsc_word *w = &small.items[i];
            if (w->confidence <= 0.9F || strlen(w->utf8) < 2)
                continue;
            cr_expect_str_eq(w->utf8, s->word, "%s: %s", s->what, w->utf8);
            cr_expect_geq(w->box.h, 3 * s->pitch);
            cr_expect_leq(w->box.w, 11);
            found = true;
        }
        cr_expect_eq(found, s->word[0] != '\0', "%s", s->what);
        if (found && s->ink[0].w)
            cr_expect_gt(small.count, 1, "%s: the bar is lost", s->what);
    }
    dsc_words_free(&words);
    dsc_words_free(&small);
    canvas_free(&c);
}

Test(stack, read, .timeout = 60)
{
    dsc_ocr *ocr = reader();

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(ocr, &cases[i]);
    dsc_ocr_free(&ocr);
}

Test(stack, out_of_memory, .timeout = 120)
{
    const struct stack_case s = {
        .text = "CM/S", .x = 50, .y = 60, .pitch = 14, .letter = 200};
    canvas c = canvas_make(W, H, 0);
    pen p = draw(&s, &c);
    dsc_plane plane = canvas_plane(&c);
    dsc_text_box box = {.box = p.box};
    dsc_words words = {0}, small = {0};
    dsc_ocr *ocr = reader();
    dsc_status st = DSC_NOMEM;
    unsigned long n = 0;

    while (st && n < 600) {
        dsc_error err = DSC_ERROR_INIT;
        dsc_alloc_fail_after(++n);
        st = dsc_ocr_rows(ocr, &plane, &box, &words, &small, &err);
        dsc_alloc_fail_after(0);
        cr_assert(st == DSC_OK ||
                  (st == DSC_NOMEM && !words.count && !small.count));
    }
    cr_expect_eq(st, DSC_OK);
    cr_expect_eq(small.count, 1);
    dsc_words_free(&words);
    dsc_words_free(&small);
    dsc_ocr_free(&ocr);
    canvas_free(&c);
}
