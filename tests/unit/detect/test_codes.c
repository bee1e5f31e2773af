/* SPDX-License-Identifier: Apache-2.0
 *
 * Barcodes, QR, Data Matrix and Aztec codes, drawn as real ones are, and what
 * must not pass for one. */
#include "detect/codes.h"

#include "draw.h"
#include "generate_symbol.h"
#include "symbols.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QR = GEN_BARCODES
};

static uint32_t random_state = 12345;

static uint32_t next_random(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

typedef struct symbol {
    const char *what;
    int kind; /* GEN_CODE39 ... or QR */
    const char *text;
    double module;
    int height;
    double degrees; /* turned clockwise */
    int ink, paper;
    int blur; /* passes */
    int noise;
} symbol;

/* Is there ink at this place of the symbol, in modules? */
static int ink_at(const symbol *s, const uint8_t *runs, size_t n, gen_qr qr,
                  double u, double v)
{
    double end = 0;

    if (u < 0 || v < 0)
        return 0;
    if (s->kind == QR)
        return u < GEN_QR_SIDE && v < GEN_QR_SIDE && qr[(int)v][(int)u];
    if (v >= s->height / s->module)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (u < (end += runs[i]))
            return i % 2 == 0;
    return 0;
}

static void blur(canvas *c)
{
    uint8_t *old = malloc((size_t)c->w * c->h);

    memcpy(old, c->px, (size_t)c->w * c->h);
    for (size_t y = 1; y + 1 < c->h; y++)
        for (size_t x = 1; x + 1 < c->w; x++) {
            const uint8_t *p = old + y * c->w + x;
            c->px[y * c->w + x] =
                (uint8_t)((4 * p[0] + p[-1] + p[1] + p[-(int)c->w] + p[c->w]) /
                          8);
        }
    free(old);
}

/* Draw the symbol about the middle of the picture, over grained grey with a
 * quiet zone. */
static canvas draw_symbol(const symbol *s)
{
    canvas c = canvas_make(760, 700, 128);
    uint8_t runs[GEN_MAX_RUNS];
    gen_qr qr;
    size_t n = 0;
    double width = GEN_QR_SIDE, height = GEN_QR_SIDE, turn;

    if (s->kind == QR) {
        cr_assert(gen_qr_make(s->text, qr));
    } else {
        n = gen_barcode(s->kind, s->text, runs);
        cr_assert_gt(n, 0);
        width = 0;
        for (size_t i = 0; i < n; i++)
            width += runs[i];
        height = s->height / s->module;
    }
    canvas_speckle(&c, 110, 60, 2, 7);
    /* no half pixels where modules are whole ones */
    width = floor(width * s->module / 2) * 2 / s->module;
    turn = s->degrees * M_PI / 180;
    for (int y = 0; y < (int)c.h; y++)
        for (int x = 0; x < (int)c.w; x++) {
            int sum = 0;
            double u = 0, v = 0;
            for (int k = 0; k < 16; k++) { /* anti-aliased */
                double dx = (x + k % 4 / 4.0 + 0.125 - 380) / s->module;
                double dy = (y + k / 4 / 4.0 + 0.125 - 350) / s->module;
                u = dx * cos(turn) + dy * sin(turn) + width / 2;
                v = dy * cos(turn) - dx * sin(turn) + height / 2;
                sum += ink_at(s, runs, n, qr, u, v);
            }
            if (u < -6 || v < -4 || u > width + 6 || v > height + 4)
                continue;
            c.px[(size_t)y * c.w + (size_t)x] =
                (uint8_t)(s->paper + (s->ink - s->paper) * sum / 16 +
                          (s->noise
                               ? (int)next_random() % s->noise - s->noise / 2
                               : 0));
            c.ink[(size_t)y * c.w + (size_t)x] = sum > 4;
        }
    for (int k = 0; k < s->blur; k++)
        blur(&c);
    return c;
}

static const symbol symbols[] = {
    {"Code 39", GEN_CODE39, "0012-3456", 2, 60, 0, 0, 255, 0, 0},
    {"Code 39, standing", GEN_CODE39, "0012-3456", 2, 60, 90, 0, 255, 0, 0},
    {"Code 39, modules of a pixel", GEN_CODE39, "00123", 1, 20, 0, 0, 255, 0,
     0},
    {"Code 128", GEN_CODE128, "PAT-00123456", 3, 80, 0, 10, 240, 0, 0},
    {"Code 128, white on black", GEN_CODE128, "PAT-00123456", 2, 40, 0, 255, 0,
     0, 0},
    {"Code 128, odd scale", GEN_CODE128, "PAT-001234", 2.4, 60, 0, 0, 255, 1,
     0},
    {"Code 128, scanned", GEN_CODE128, "PAT-001234", 3, 90, 1.5, 30, 220, 1,
     20},
    {"Code 128, large", GEN_CODE128, "A1", 9, 200, 0, 20, 230, 2, 10},
    {"Code 128, low contrast", GEN_CODE128, "PAT-0012", 3, 60, 0, 80, 170, 0,
     0},
    {"Code 128, low", GEN_CODE128, "PAT-0012", 2, 14, 0, 0, 255, 0, 0},
    {"ITF", GEN_ITF, "00123456", 2, 40, 0, 0, 255, 0, 0},
    {"ITF, head down", GEN_ITF, "123456", 3, 50, 180, 0, 255, 1, 0},
    {"EAN-13", GEN_EAN13, "401234567890", 2, 60, 0, 0, 255, 0, 0},
    {"EAN-13, standing, scanned", GEN_EAN13, "401234567890", 3, 90, 268.8, 25,
     225, 1, 20},
    {"QR", QR, "PID 00123456", 4, 0, 0, 0, 255, 0, 0},
    {"QR, small", QR, "PID 00123456", 2, 0, 0, 0, 255, 0, 0},
    {"QR, large, white on black", QR, "PID 00123456", 11, 0, 0, 250, 10, 1, 0},
    {"QR, turned", QR, "00123456 MUSTERMANN", 5, 0, 20, 20, 235, 1, 20},
    {"QR, head down, scanned", QR, "00123456", 3.3, 0, 181.5, 40, 210, 1, 20},
};

Test(codes, finds_all_of_them)
{
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        const symbol *s = &symbols[i];
        canvas c = draw_symbol(s);
        dsc_plane p = canvas_plane(&c);
        dsc_codes codes = {0};
        dsc_rect boxes[64];
        size_t n = 0;

        cr_assert_eq(dsc_codes_find(&p, NULL, &codes, NULL), DSC_OK);
        cr_expect_gt(codes.count, 0, "%s: not found", s->what);
        for (; n < codes.count && n < 64; n++) {
            boxes[n] = codes.items[n].box;
            cr_expect_eq(codes.items[n].kind,
                         s->kind == QR ? DSC_CODE_MATRIX : DSC_CODE_BARS);
        }
        cr_expect_geq(canvas_covered(&c, boxes, n), 0.999, "%s: %.4f", s->what,
                      canvas_covered(&c, boxes, n));
        cr_expect_leq(canvas_area(&c, boxes, n), 0.45, "%s: %.2f of all",
                      s->what, canvas_area(&c, boxes, n));
        dsc_codes_free(&codes);
        canvas_free(&c);
    }
}

/* Ink at a place of a symbol that is turned by so many quarters; what lies
 * beside it, to four modules, is its paper. */
static bool grid_ink(const modules *g, int quarter, int x, int y, int w, int h)
{
    int u = quarter == 0   ? x
            : quarter == 1 ? y
            : quarter == 2 ? w - 1 - x
                           : w - 1 - y;
    int v = quarter == 0   ? y
            : quarter == 1 ? h - 1 - x
            : quarter == 2 ? h - 1 - y
                           : x;

    return u >= 0 && v >= 0 && u < w && v < h && g->rows[v][u] == '#';
}

static canvas draw_grid(const modules *g, int quarter, double module, int ink,
                        int paper, bool wild)
{
    canvas c = canvas_make(500, 420, 128);
    int w = (int)strlen(g->rows[0]), h = 0, margin = wild ? 2 : 4;

    while (g->rows[h])
        h++;
    canvas_speckle(&c, 110, 60, 2, 7);
    for (int y = 0; y < (int)c.h; y++)
        for (int x = 0; x < (int)c.w; x++) {
            int u = (int)floor((x - 60) / module);
            int v = (int)floor((y - 50) / module);
            int across = quarter % 2 ? h : w, down = quarter % 2 ? w : h;
            bool black = grid_ink(g, quarter, u, v, w, h);
            if (u < -margin || v < -margin || u >= across + margin ||
                v >= down + margin)
                continue;
            c.px[(size_t)y * c.w + (size_t)x] =
                (uint8_t)((black ? ink : paper) +
                          (wild ? (int)next_random() % 30 - 15 : 0));
            c.ink[(size_t)y * c.w + (size_t)x] = black;
        }
    if (wild)
        blur(&c);
    return c;
}

Test(codes, finds_grids)
{
    static const struct {
        double module;
        int ink, paper;
        bool wild;
    } ways[] = {{3, 0, 255, false},   {4, 255, 0, false}, {5, 40, 210, true},
                {6.4, 20, 230, true}, {9, 0, 255, false}, {3.7, 230, 20, true}};

    for (size_t i = 0; i < sizeof grids / sizeof *grids; i++)
        for (size_t k = 0; k < 4 * sizeof ways / sizeof *ways; k++) {
            const int quarter = (int)k % 4;
            canvas c =
                draw_grid(&grids[i], quarter, ways[k / 4].module,
                          ways[k / 4].ink, ways[k / 4].paper, ways[k / 4].wild);
            dsc_plane p = canvas_plane(&c);
            dsc_codes codes = {0};
            dsc_rect boxes[64];
            size_t n = 0;

            cr_assert_eq(dsc_codes_find(&p, NULL, &codes, NULL), DSC_OK);
            for (; n < codes.count && n < 64; n++)
                boxes[n] = codes.items[n].box;
            cr_expect_geq(canvas_covered(&c, boxes, n), 0.999,
                          "%s, way %zu, turned %d: %.4f", grids[i].what, k / 4,
                          quarter, canvas_covered(&c, boxes, n));
            cr_expect_leq(canvas_area(&c, boxes, n), 0.7, "%s, way %zu: %.2f",
                          grids[i].what, k / 4, canvas_area(&c, boxes, n));
            dsc_codes_free(&codes);
            canvas_free(&c);
        }
}

Test(codes, finds_within_a_part)
{
    canvas c = draw_symbol(&symbols[0]);
    dsc_plane p = canvas_plane(&c);
    dsc_rect left = {0, 0, 100, 700}, all = {50, 100, 650, 500};
    dsc_codes codes = {0};

    cr_assert_eq(dsc_codes_find(&p, &left, &codes, NULL), DSC_OK);
    cr_expect_eq(codes.count, 0);
    cr_assert_eq(dsc_codes_find(&p, &all, &codes, NULL), DSC_OK);
    cr_assert_gt(codes.count, 0);
    cr_expect_geq(canvas_covered(&c, &codes.items[0].box, 1), 0.999);
    dsc_codes_free(&codes);
    canvas_free(&c);
}

/* ---- what is none ---- */

static void bars(canvas *c, int x0, int x1, int period, int width)
{
    for (int x = x0; x < x1; x++)
        for (int y = 100; y < 300; y++)
            if (x % period < width)
                c->px[(size_t)y * c->w + (size_t)x] = 0;
}

static void draw_grating(canvas *c)
{
    bars(c, 20, 380, 6, 3);
}

/* Ticks of a ruler, every fifth one longer. */
static void draw_ruler(canvas *c)
{
    for (int x = 20; x < 380; x += 7)
        for (int y = 200; y < ((x - 20) % 35 ? 230 : 260); y++)
            c->px[(size_t)y * c->w + (size_t)x] = 0;
}

static void draw_text(canvas *c)
{
    static const char *const texts[] = {
        "III HIL TILL ILLI HILT IIII LILI", "Illinois lullaby will fill it",
        "HHHH HHHH HHHH HHHH", "00112 233 445 11111 1 111 11"};
    for (int i = 0; i < 12; i++) {
        stroke s = {.text = texts[i % 4],
                    .size = 10 + 3 * i,
                    .x = 8,
                    .y = 4 + 2 * i * i + 12 * i,
                    .ink = 0,
                    .outline = -1,
                    .bold = i % 2,
                    .mono = i % 3 == 0};
        canvas_write(c, &s);
    }
}

static void draw_speckle(canvas *c)
{
    canvas_speckle(c, 128, 500, 1, 3);
}

static void draw_dither(canvas *c)
{
    for (size_t i = 0; i < (size_t)c->w * c->h; i++)
        c->px[i] = (int)next_random() % 3 ? 255 : 0;
}

/* Layers of tissue in an M-mode: bars of every width and grey. */
static void draw_layers(canvas *c)
{
    for (size_t y = 0; y < c->h; y++)
        memset(c->px + y * c->w,
               (int)(110 + 60 * sin((double)y * 0.31) +
                     40 * sin((double)y * 0.83) + 30 * sin((double)y * 1.7)),
               c->w);
}

static void draw_checks(canvas *c)
{
    for (size_t y = 0; y < c->h; y++)
        for (size_t x = 0; x < c->w; x++)
            c->px[y * c->w + x] = (x / 8 + y / 8) % 2 ? 255 : 0;
}

/* Circles in circles have a QR code's runs, but not at three corners. */
static void draw_targets(canvas *c)
{
    for (int y = 0; y < (int)c->h; y++)
        for (int x = 0; x < (int)c->w; x++) {
            int k = x / 130, u = x - 130 * k - 65, v = y - 100 - 37 * k;
            double r = sqrt(u * u + v * v) / 8;
            if (r < 1.5 || (r > 2.5 && r < 3.5))
                c->px[(size_t)y * c->w + (size_t)x] = 0;
        }
}

/* A table of boxes, and a box whose two sides are thick. */
static void draw_table(canvas *c)
{
    for (int y = 40; y < 340; y++)
        for (int x = 40; x < 340; x++) {
            bool line = x % 20 < 2 || y % 20 < 2;
            bool thick = x < 50 || y > 330;
            if (line || thick)
                c->px[(size_t)y * c->w + (size_t)x] = 0;
        }
}

/* Squares in squares that are no middle of a code: three of them, thin. */
static void draw_frames(canvas *c)
{
    for (int y = 60; y < 200; y++)
        for (int x = 60; x < 200; x++) {
            int u = abs(x - 130), v = abs(y - 130), far = u > v ? u : v;
            if (far % 20 < 3)
                c->px[(size_t)y * c->w + (size_t)x] = 0;
        }
}

Test(codes, takes_nothing_else_for_one)
{
    enum {
        TRIES = 4 /* of what is random */
    };
    static const struct {
        const char *what;
        void (*draw)(canvas *);
    } others[] = {{"grating", draw_grating}, {"ruler", draw_ruler},
                  {"text", draw_text},       {"speckle", draw_speckle},
                  {"dither", draw_dither},   {"layers", draw_layers},
                  {"checks", draw_checks},   {"targets", draw_targets},
                  {"table", draw_table},     {"frames", draw_frames}};

    for (size_t i = 0; i < TRIES * sizeof others / sizeof *others; i++) {
        canvas c = canvas_make(400, 500, 255);
        dsc_plane p = canvas_plane(&c);
        dsc_codes codes = {0};

        others[i / TRIES].draw(&c);
        cr_assert_eq(dsc_codes_find(&p, NULL, &codes, NULL), DSC_OK);
        cr_expect_eq(codes.count, 0, "%s: %zu", others[i / TRIES].what,
                     codes.count);
        dsc_codes_free(&codes);
        canvas_free(&c);
    }
}

/* Planes of any size, also where the memory ends with them. */
Test(codes, odd_planes)
{
    static const uint32_t sizes[][2] = {{1, 1},  {2, 700},  {700, 2}, {3, 3},
                                        {40, 1}, {5000, 7}, {7, 5000}};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = (size_t)sizes[i][0] * sizes[i][1];
        uint8_t *px = malloc(n);
        dsc_plane p = {px, sizes[i][0], sizes[i][1], sizes[i][0]};
        dsc_rect outside = {-50, -50, 20, 20};
        dsc_codes codes = {0};

        for (size_t k = 0; k < n; k++)
            px[k] = (int)next_random() % 2 ? 255 : 0;
        cr_assert_eq(dsc_codes_find(&p, NULL, &codes, NULL), DSC_OK);
        for (size_t k = 0; k < codes.count; k++) {
            dsc_rect b = codes.items[k].box;
            cr_expect(b.x >= 0 && b.y >= 0 && b.w > 0 && b.h > 0 &&
                      b.x + b.w <= (int32_t)p.columns &&
                      b.y + b.h <= (int32_t)p.rows);
        }
        cr_assert_eq(dsc_codes_find(&p, &outside, &codes, NULL), DSC_OK);
        cr_expect_eq(codes.count, 0);
        dsc_codes_free(&codes);
        free(px);
    }
}
