/* SPDX-License-Identifier: Apache-2.0
 *
 * Small letters on planes: what the second reader makes of them, and what it
 * must not be sure of. */
#include "ocr/ocr.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "generate_console.h"
#include "reading.h"

enum {
    W = 240,
    H = 60
};

struct console_case {
    char what[24];
    char text[20];
    int32_t x, y;
    int paper, ink;
    dsc_rect bar;   /* of ink, too */
    int32_t end;    /* column where the picture ends; 0: W */
    char small[32]; /* words that are sure */
};

ParameterizedTestParameters(console, read)
{
    static struct console_case cases[] = {
        {"on black", "2.7MHZ", 20, 20, 0, 255, {0}, 0, "2.7MHZ"},
        {"on white", "GAIN 82", 20, 20, 255, 0, {0}, 0, "GAIN 82"},
        {"grey", "COMP 60", 20, 20, 60, 110, {0}, 0, "COMP 60"},
        {"at the corner", "85BPM", 1, 1, 0, 255, {0}, 0, "85BPM"},
        {"a name", "MUSTERMANN", 20, 20, 0, 255, {0}, 0, "MUSTERMANN"},
        /* not to be sure of */
        {"cut", "GAIN 82", 20, 20, 0, 255, {0}, 78, "GAIN"},
        {"a bar in it", "GAIN", 20, 20, 0, 255, {37, 16, 4, 17}, 0, ""},
        {"ruled through", "GAIN", 20, 20, 0, 255, {18, 24, 40, 1}, 0, ""},
        {"a lead or 11", "II", 20, 20, 0, 255, {0}, 0, ""},
        {"ten", "10", 20, 20, 0, 255, {0}, 0, "10"},
        {"a bar alone", "", 20, 20, 0, 255, {40, 20, 30, 9}, 0, ""},
        {"ticks", "", 20, 20, 0, 255, {40, 20, 2, 9}, 0, ""},
    };
    return cr_make_param_array(struct console_case, cases,
                               sizeof cases / sizeof cases[0]);
}

typedef struct pen {
    canvas *c;
    int32_t x, y, end;
    int ink;
    dsc_rect box;
} pen;

static void put(pen *p, int32_t x, int32_t y)
{
    if (x < 0 || y < 0 || x >= p->end || y >= H)
        return;
    p->c->px[y * W + x] = (uint8_t)p->ink;
    p->box = dsc_rect_union(p->box, (dsc_rect){x, y, 1, 1});
}

static void dot(void *ctx, int x, int y)
{
    pen *p = ctx;

    put(p, p->x + x, p->y + y);
}

ParameterizedTest(struct console_case *c, console, read, .timeout = 60)
{
    canvas k = canvas_make(W, H, c->paper);
    pen p = {&k, c->x, c->y, c->end ? c->end : W, c->ink, {0}};
    dsc_plane plane = canvas_plane(&k);
    dsc_text_box box = {.dark = c->ink < c->paper};
    dsc_words words = {0}, small = {0};
    dsc_ocr *ocr = reader();
    char sure[64] = "";

    console_write(c->text, dot, &p);
    for (int32_t y = c->bar.y; y < c->bar.y + c->bar.h; y++)
        for (int32_t x = c->bar.x; x < c->bar.x + c->bar.w; x++)
            put(&p, x, y);
    plane.columns = (uint32_t)p.end;
    box.box = dsc_rect_clip(dsc_rect_grow(p.box, 1, 1), plane.columns, H);
    for (int with = 0; with < 2; with++) {
        cr_assert_eq(
            dsc_ocr_rows(ocr, &plane, &box, with ? &words : NULL, &small, NULL),
            DSC_OK);
        sure[0] = '\0';
        for (size_t i = 0; i < small.count; i++) {
            dsc_rect b = small.items[i].box;
            cr_expect(b.x >= 0 && b.y >= 0 && b.x + b.w <= p.end &&
                      b.y + b.h <= H);
            if (small.items[i].confidence <= 0.9F)
                continue;
            if (sure[0])
                strncat(sure, " ", sizeof sure - strlen(sure) - 1);
            strncat(sure, small.items[i].utf8, sizeof sure - strlen(sure) - 1);
        }
        /* beside Tesseract the surer one of both has the row */
        cr_expect(!strcmp(sure, c->small) || (with && !small.count), "%s: %s",
                  c->what, sure);
    }
    dsc_words_free(&words);
    dsc_words_free(&small);
    dsc_ocr_free(&ocr);
    canvas_free(&k);
}

/* A letter from what a list of labels has, and full of thin letters: read as
 * they are or not at all, however they are drawn and damaged. */
static const char *const near_labels[] = {
    "PUR",   "PVR",  "LIND", "GEHN",  "GIAN", "GAIM", "TIES", "MII",
    "THIM",  "ONN",  "SEC",  "CIMNE", "HARN", "FILI", "ILI",  "LILI",
    "IMLIH", "TIBI", "DEPT", "LIN",   "NODA", "MIB",  "WIT",  "AIL"};

/* Grey levels, grain, and how often neighbours are averaged. */
static const struct {
    int paper, ink, grain, blur;
} damages[] = {{0, 255, 0, 0},   {90, 130, 0, 0},  {128, 60, 0, 0},
               {90, 150, 24, 0}, {0, 200, 60, 0},  {60, 160, 0, 1},
               {160, 100, 8, 1}, {0, 255, 110, 0}, {40, 220, 20, 2}};

static void damage(canvas *k, int grain, int blur)
{
    uint32_t seed = 7;

    for (size_t i = 0; i < (size_t)W * H; i++) {
        int v = k->px[i];
        seed = seed * 1664525u + 1013904223u;
        v += grain ? (int)(seed >> 16) % grain - grain / 2 : 0;
        k->px[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
    for (; blur; blur--)
        for (size_t i = 0; i + 1 < (size_t)W * H; i++)
            k->px[i] = (uint8_t)((k->px[i] + k->px[i + 1]) / 2);
}

Test(small, names_stay_names, .timeout = 120)
{
    dsc_ocr *ocr = reader();
    size_t read = 0;

    for (size_t d = 0; d < sizeof damages / sizeof *damages; d++)
        for (size_t i = 0; i < sizeof near_labels / sizeof *near_labels; i++) {
            canvas k = canvas_make(W, H, damages[d].paper);
            pen p = {&k, 20, 20, W, damages[d].ink, {0}};
            dsc_plane plane = canvas_plane(&k);
            dsc_text_box box = {.dark = damages[d].ink < damages[d].paper};
            dsc_words small = {0};
            console_write(near_labels[i], dot, &p);
            damage(&k, damages[d].grain, damages[d].blur);
            box.box = dsc_rect_grow(p.box, 1, 1);
            cr_assert_eq(dsc_ocr_rows(ocr, &plane, &box, NULL, &small, NULL),
                         DSC_OK);
            for (size_t w = 0; w < small.count; w++) {
                if (small.items[w].confidence <= 0)
                    continue;
                read++;
                cr_expect(!strcasecmp(small.items[w].utf8, near_labels[i]),
                          "%s as %s, %zu", near_labels[i], small.items[w].utf8,
                          d);
            }
            dsc_words_free(&small);
            canvas_free(&k);
        }
    cr_expect_gt(read, 60);
    dsc_ocr_free(&ocr);
}
