/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/ocr.h"
#include "ocr/ocr_priv.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reading.h"

static const char line_text[] = "Mustermann, Max 19.08.1938";

/* ---- helpers ---- */

static int min3(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

/* 1 - edit distance / length of the longer. */
static double similarity(const char *a, const char *b)
{
    int n = (int)strlen(a), m = (int)strlen(b), last[200];

    if (n >= 200 || m >= 200)
        return 0;
    for (int j = 0; j <= m; j++)
        last[j] = j;
    for (int i = 1; i <= n; i++) {
        int diagonal = last[0];
        last[0] = i;
        for (int j = 1; j <= m; j++) {
            int old = last[j];
            last[j] = min3(last[j] + 1, last[j - 1] + 1,
                           diagonal + (a[i - 1] != b[j - 1]));
            diagonal = old;
        }
    }
    return 1.0 - (double)last[m] / (n > m ? n : m ? m : 1);
}

static void join(const dsc_words *w, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < w->count; i++) {
        if (i)
            strncat(out, " ", size - strlen(out) - 1);
        strncat(out, w->items[i].utf8, size - strlen(out) - 1);
    }
}

static bool same_words(const dsc_words *a, const dsc_words *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i].utf8, b->items[i].utf8) ||
            memcmp(&a->items[i].box, &b->items[i].box, sizeof(dsc_rect)) ||
            a->items[i].confidence != b->items[i].confidence)
            return false;
    return true;
}

/* ---- reading ---- */

typedef struct read_case {
    const char *what;
    double size;
    int paper, ink, speckle;
    int16_t turned, told; /* how it lies, what the finder says */
} read_case;

static const read_case cases[] = {
    {"white on black", 16, 0, 255, 0, 0, 0},
    {"black on white", 16, 255, 0, 0, 0, 0},
    {"10 px high", 14, 0, 255, 0, 0, 0},
    {"large", 60, 0, 255, 0, 0, 0},
    {"grey", 18, 40, 120, 0, 0, 0},
    {"faint", 18, 10, 24, 0, 0, 0},
    {"over speckle", 24, 60, 255, 60, 0, 0},
    {"turned left", 18, 0, 255, 0, 90, 90},
    {"turned right", 18, 0, 255, 0, 270, 270},
    {"turned right, told left", 18, 0, 255, 0, 270, 90},
    {"turned left, told right, dark", 18, 250, 20, 0, 90, 270},
};

Test(ocr, reads_a_line, .timeout = 120)
{
    dsc_ocr *ocr = reader();

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const read_case *t = &cases[i];
        canvas c = canvas_make(1000, 1000, t->paper);
        stroke s = {.text = line_text,
                    .size = t->size,
                    .x = 20,
                    .y = 30,
                    .ink = t->ink,
                    .outline = -1,
                    .rotation = t->turned};
        dsc_words words = {0};
        dsc_plane p = canvas_plane(&c);
        dsc_text_box line = {.rotation = t->told, .dark = t->ink < t->paper};
        dsc_error err = DSC_ERROR_INIT;
        char read[400];

        if (t->speckle)
            canvas_speckle(&c, t->paper, t->speckle, 2, 3);
        line.box = canvas_write(&c, &s);
        cr_assert_eq(dsc_ocr_line(ocr, &p, &line, &words, &err), DSC_OK);
        join(&words, read, sizeof read);
        cr_expect_gt(similarity(read, line_text), 0.8, "%s: %.2f", t->what,
                     similarity(read, line_text));
        cr_expect_geq(covered(&c, &words), 0.98, "%s: %.3f of the ink", t->what,
                      covered(&c, &words));
        for (size_t k = 0; k < words.count; k++) {
            dsc_rect b = words.items[k].box;
            cr_expect(words.items[k].confidence >= 0 &&
                      words.items[k].confidence <= 1);
            cr_expect_eq(dsc_rect_area(dsc_rect_intersect(
                             b, dsc_rect_grow(line.box, 9, 9))),
                         dsc_rect_area(b), "%s: a word leaves its line",
                         t->what);
        }
        dsc_words_free(&words);
        canvas_free(&c);
    }
    dsc_ocr_free(&ocr);
    cr_expect_null(ocr);
}

Test(ocr, words_do_not_share_ink, .timeout = 60)
{
    canvas c = canvas_make(600, 60, 0);
    stroke s = {.text = "Doe Jane 1961",
                .size = 20,
                .x = 20,
                .y = 20,
                .ink = 255,
                .outline = -1};
    dsc_text_box line = {.box = canvas_write(&c, &s)};
    dsc_plane p = canvas_plane(&c);
    dsc_words words = {0};
    dsc_ocr *ocr = reader();

    cr_assert_eq(dsc_ocr_line(ocr, &p, &line, &words, NULL), DSC_OK);
    cr_assert_eq(words.count, 3);
    for (size_t i = 0; i + 1 < words.count; i++)
        cr_expect(dsc_rect_empty(
            dsc_rect_intersect(words.items[i].box, words.items[i + 1].box)));
    dsc_words_free(&words);
    dsc_ocr_free(&ocr);
    canvas_free(&c);
}

/* ---- the same crop gives the same words ---- */

Test(ocr, history_does_not_matter, .timeout = 120)
{
    static const char *const texts[] = {"8O0B l1I| 5S2Z", "Mustermann, Max",
                                        "11:24:58 PM", "Gen Gn 60 C 61"};
    enum {
        N = sizeof texts / sizeof *texts
    };
    canvas c = canvas_make(500, 60 * N, 0);
    dsc_plane p = canvas_plane(&c);
    dsc_words first[N] = {{0}};
    dsc_text_box line[N] = {{{0}, 0, 0, false, false}};

    for (int i = 0; i < N; i++) {
        stroke s = {.text = texts[i],
                    .size = 14,
                    .x = 20,
                    .y = 20 + 60 * i,
                    .ink = 255,
                    .outline = -1};
        dsc_ocr *fresh = reader();
        line[i].box = canvas_write(&c, &s);
        cr_assert_eq(dsc_ocr_line(fresh, &p, &line[i], &first[i], NULL),
                     DSC_OK);
        dsc_ocr_free(&fresh);
    }
    /* backwards, twice: the second round comes from the cache */
    dsc_ocr *ocr = reader();
    for (int k = 2 * N - 1; k >= 0; k--) {
        dsc_words words = {0};
        cr_assert_eq(dsc_ocr_line(ocr, &p, &line[k % N], &words, NULL), DSC_OK);
        cr_expect(same_words(&words, &first[k % N]), "line %d, round %d", k % N,
                  k / N);
        dsc_words_free(&words);
    }
    dsc_ocr_free(&ocr);
    for (int i = 0; i < N; i++)
        dsc_words_free(&first[i]);
    canvas_free(&c);
}

/* A line that moved by a few pixels is the same crop; its words move too. */
Test(ocr, cached_words_are_put_in_place, .timeout = 60)
{
    dsc_ocr *ocr = reader();
    dsc_words words[2] = {{0}, {0}};
    dsc_rect box[2];

    for (int i = 0; i < 2; i++) {
        canvas c = canvas_make(400, 200, 0);
        stroke s = {.text = "Doe, Jane",
                    .size = 18,
                    .x = 20 + 100 * i,
                    .y = 20 + 90 * i,
                    .ink = 255,
                    .outline = -1};
        dsc_plane p = canvas_plane(&c);
        dsc_text_box line = {.box = canvas_write(&c, &s)};
        box[i] = line.box;
        cr_assert_eq(dsc_ocr_line(ocr, &p, &line, &words[i], NULL), DSC_OK);
        canvas_free(&c);
    }
    cr_assert_gt(words[0].count, 0);
    cr_assert_eq(words[0].count, words[1].count);
    for (size_t k = 0; k < words[0].count; k++) {
        cr_expect_eq(words[1].items[k].box.x - words[0].items[k].box.x,
                     box[1].x - box[0].x);
        cr_expect_eq(words[1].items[k].box.y - words[0].items[k].box.y,
                     box[1].y - box[0].y);
    }
    dsc_words_free(&words[0]);
    dsc_words_free(&words[1]);
    dsc_ocr_free(&ocr);
}

/* More lines than the cache holds. */
Test(ocr, cache_is_bounded, .timeout = 120)
{
    canvas c = canvas_make(64, 64, 0);
    dsc_plane p = canvas_plane(&c);
    dsc_ocr *ocr = reader();
    dsc_words words = {0};

    for (uint32_t i = 0; i < 1100; i++) {
        /* contents that are cheap to read: a few specks */
        dsc_text_box line = {.box = {4, 4, 5, 4}};
        memset(c.px, 0, (size_t)c.w * c.h);
        for (uint32_t b = 0; b < 12; b++)
            c.px[(5 + b / 4) * c.w + 5 + b % 4] =
                (uint8_t)(i >> b & 1 ? 255 : 90);
        cr_assert_eq(dsc_ocr_line(ocr, &p, &line, &words, NULL), DSC_OK);
    }
    dsc_words_free(&words);
    dsc_ocr_free(&ocr);
    canvas_free(&c);
}

/* ---- odd crops ---- */

Test(ocr, odd_crops_are_empty, .timeout = 60)
{
    static const dsc_rect boxes[] = {
        {0, 0, 1, 1},           {0, 0, 0, 0},   {10, 10, 2, 40},
        {10, 10, 40, 2},        {-5, -5, 7, 7}, {5000, 5000, 50, 50},
        {10, 10, -4, 9},        {0, 0, 3, 3},   {0, 0, INT32_MAX, INT32_MAX},
        {-9, 20, 5, INT32_MAX}, {60, 60, 3, 3}, {0, 30, 64, 3},
    };
    static const int16_t turns[] = {0, 90, 270};
    canvas flat = canvas_make(64, 64, 77), noise = canvas_make(64, 64, 0);
    dsc_ocr *ocr = reader();
    dsc_words words = {0}, small = {0};

    canvas_speckle(&noise, 128, 400, 0, 9);
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++)
        for (size_t k = 0; k < 3; k++) {
            dsc_text_box line = {.box = boxes[i], .rotation = turns[k]};
            dsc_plane p = canvas_plane(&flat), q = canvas_plane(&noise);
            cr_assert_eq(dsc_ocr_line(ocr, &p, &line, &words, NULL), DSC_OK);
            cr_expect_eq(words.count, 0);
            cr_assert_eq(dsc_ocr_rows(ocr, &p, &line, &words, &small, NULL),
                         DSC_OK);
            cr_expect_eq(words.count, 0);
            cr_assert_eq(dsc_ocr_rows(ocr, &q, &line, &words, &small, NULL),
                         DSC_OK);
            for (size_t w = 0; w < words.count; w++) {
                dsc_rect b = words.items[w].box;
                cr_expect(b.x >= 0 && b.y >= 0 && b.x + b.w <= 64 &&
                          b.y + b.h <= 64 && b.w > 0 && b.h > 0);
            }
            cr_assert_eq(dsc_ocr_line(ocr, &q, &line, &words, NULL), DSC_OK);
            for (size_t w = 0; w < words.count; w++) {
                dsc_rect b = words.items[w].box;
                cr_expect(b.x >= 0 && b.y >= 0 && b.x + b.w <= 64 &&
                          b.y + b.h <= 64 && b.w > 0 && b.h > 0);
            }
        }
    dsc_words_free(&words);
    dsc_words_free(&small);
    dsc_ocr_free(&ocr);
    canvas_free(&flat);
    canvas_free(&noise);
}

Test(ocr, planes_of_one_pixel, .timeout = 60)
{
    uint8_t one = 9, *row = calloc(20000, 1);
    dsc_plane planes[] = {{&one, 1, 1, 1},
                          {row, 20000, 1, 20000},
                          {row, 1, 20000, 1},
                          {row, 5000, 4, 5000}};
    dsc_ocr *ocr = reader();
    dsc_words words = {0}, small = {0};

    for (int i = 0; i < 20000; i += 2)
        row[i] = 255;
    for (size_t i = 0; i < sizeof planes / sizeof *planes; i++) {
        dsc_text_box line = {.box = {0, 0, 20000, 20000}};
        cr_assert_eq(dsc_ocr_line(ocr, &planes[i], &line, &words, NULL),
                     DSC_OK);
        cr_assert_eq(dsc_ocr_rows(ocr, &planes[i], &line, &words, &small, NULL),
                     DSC_OK);
        line.rotation = 90;
        cr_assert_eq(dsc_ocr_line(ocr, &planes[i], &line, &words, NULL),
                     DSC_OK);
    }
    dsc_words_free(&words);
    dsc_words_free(&small);
    dsc_ocr_free(&ocr);
    free(row);
}

Test(ocr, other_rotations_are_refused)
{
    canvas c = canvas_make(64, 64, 0);
    dsc_plane p = canvas_plane(&c);
    dsc_text_box line = {.box = {5, 5, 30, 10}, .rotation = 180};
    dsc_error err = DSC_ERROR_INIT;
    dsc_words words = {0};
    dsc_ocr *ocr = reader();

    cr_expect_eq(dsc_ocr_line(ocr, &p, &line, &words, &err), DSC_USAGE);
    cr_expect_eq(words.count, 0);
    cr_expect(strstr(err.msg, "90"));
    dsc_ocr_free(&ocr);
    canvas_free(&c);
}

/* ---- languages ---- */

Test(ocr, missing_language_names_its_package)
{
    static const struct {
        const char *languages, *package;
    } wrong[] = {
        {"xyz", "tesseract-ocr-xyz"},
        {"eng+xyz", "tesseract-ocr-xyz"},
        {"xyz+eng", "tesseract-ocr-xyz"},
        {"abc_def", "tesseract-ocr-abc-def"},
        {"script/Nowhere", "tesseract-ocr-script"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        dsc_ocr *ocr = (dsc_ocr *)(uintptr_t)8;
        dsc_error err = DSC_ERROR_INIT;
        cr_expect_eq(dsc_ocr_create(&ocr, wrong[i].languages, MODELS, &err),
                     DSC_USAGE, "%s", wrong[i].languages);
        cr_expect_null(ocr);
        cr_expect(strstr(err.msg, wrong[i].package), "%s: %s",
                  wrong[i].languages, err.msg);
    }
}

Test(ocr, malformed_languages)
{
    static const char *const wrong[] = {
        "",        "+",     "eng+", "+eng", "eng++eng", "../../etc/passwd",
        "eng deu", "e\nng", "/eng", "eng/", "a//b",     NULL};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        dsc_ocr *ocr = NULL;
        dsc_error err = DSC_ERROR_INIT;
        cr_expect_eq(dsc_ocr_create(&ocr, wrong[i], MODELS, &err), DSC_USAGE);
        cr_expect_null(ocr);
        cr_expect(strlen(err.msg) > 0);
    }
}

/* ---- quiet; memory ---- */

Test(ocr, nothing_is_printed, .timeout = 60)
{
    char name[] = "/tmp/dsc-ocr-XXXXXX";
    int file = mkstemp(name), out = dup(1), err = dup(2);
    canvas c = canvas_make(400, 100, 0);
    stroke s = {.text = "Doe, Jane",
                .size = 18,
                .x = 20,
                .y = 20,
                .ink = 255,
                .outline = -1};
    dsc_text_box line = {.box = canvas_write(&c, &s)},
                 tiny = {.box = {0, 0, 4, 4}};
    dsc_plane p = canvas_plane(&c);
    dsc_words words = {0};
    dsc_ocr *ocr = NULL;
    off_t size;

    cr_assert(file >= 0 && out >= 0 && err >= 0);
    fflush(NULL);
    dup2(file, 1);
    dup2(file, 2);
    dsc_status missing = dsc_ocr_create(&ocr, "eng+xyz", MODELS, NULL);
    dsc_status st = dsc_ocr_create(&ocr, "eng", MODELS, NULL);
    if (!st)
        st = dsc_ocr_line(ocr, &p, &line, &words, NULL);
    if (!st)
        st = dsc_ocr_line(ocr, &p, &tiny, &words, NULL);
    dsc_ocr_free(&ocr);
    fflush(NULL);
    dup2(out, 1);
    dup2(err, 2);
    size = lseek(file, 0, SEEK_END);
    close(file);
    unlink(name);
    cr_expect_eq(missing, DSC_USAGE);
    cr_expect_eq(st, DSC_OK);
    cr_expect_eq(size, 0);
    dsc_words_free(&words);
    canvas_free(&c);
}

Test(ocr, out_of_memory, .timeout = 120)
{
    canvas c = canvas_make(400, 100, 0);
    stroke s = {.text = "Doe, Jane",
                .size = 18,
                .x = 20,
                .y = 20,
                .ink = 255,
                .outline = -1};
    dsc_text_box line = {.box = canvas_write(&c, &s)};
    dsc_plane p = canvas_plane(&c);
    dsc_ocr *ocr = reader();
    dsc_words words = {0};
    dsc_status st = DSC_NOMEM;
    unsigned long n = 0;

    while (st && n < 200) {
        dsc_error err = DSC_ERROR_INIT;
        dsc_alloc_fail_after(++n);
        st = dsc_ocr_line(ocr, &p, &line, &words, &err);
        dsc_alloc_fail_after(0);
        cr_assert(st == DSC_OK || (st == DSC_NOMEM && words.count == 0));
    }
    cr_expect_gt(n, 5);
    cr_expect_eq(st, DSC_OK);
    cr_expect_geq(words.count, 2);
    dsc_words_free(&words);
    dsc_ocr_free(&ocr);
    for (n = 1; n < 4; n++) {
        dsc_alloc_fail_after(n);
        st = dsc_ocr_create(&ocr, "eng", MODELS, NULL);
        dsc_alloc_fail_after(0);
        cr_expect(st ? ocr == NULL : ocr != NULL);
        dsc_ocr_free(&ocr);
    }
    canvas_free(&c);
}

Test(ocr, versions)
{
    cr_expect(strchr(dsc_ocr_tesseract_version(), '.'));
    cr_expect(strchr(dsc_ocr_leptonica_version(), '.'));
}

/* Where Tesseract has the function, the dynamic linker must take ours. */
Test(ocr, no_table_of_the_old_engine)
{
    void *found = dlsym(
        RTLD_DEFAULT,
        "_ZN9tesseract13UnicharAmbigs13LoadUniversalERKNS_10UNICHARSETEPS1_");
    Dl_info where, here;

    if (!found)
        cr_skip_test("another Tesseract");
    cr_assert(dladdr(found, &where) && dladdr(line_text, &here));
    cr_expect_eq(where.dli_fbase, here.dli_fbase, "%s", where.dli_fname);
}

/* ---- whose ink is it ---- */

#define W 200
#define H 40

static void ink(uint8_t *px, int32_t x, int32_t y, int32_t w, int32_t h)
{
    for (int32_t v = y; v < y + h; v++)
        memset(px + v * W + x, 0, (size_t)w);
}

typedef struct dash_case {
    char read[4];
    int32_t y, w, h;
    char expected[4];
} dash_case;

/* Read: columns 20 to 60. Not read: a letter, specks, the line above and the
 * line below. */
Test(ocr, unread_ink_is_told)
{
    static uint8_t px[W * H];
    dsc_crop crop = {.px = px, .w = W, .h = H, .text_h = 32};
    dsc_words words = {0};

    memset(px, 255, sizeof px);
    ink(px, 20, 8, 40, 24);
    ink(px, 22, 0, 10, 5);   /* letters of the line above */
    ink(px, 40, 37, 10, 3);  /* of the line below */
    ink(px, 100, 0, 20, 6);  /* above, beside the word */
    ink(px, 130, 18, 3, 3);  /* dust */
    ink(px, 150, 8, 12, 24); /* what nobody read */
    cr_assert_eq(
        dsc_words_add(&words, "READ", (dsc_rect){24, 9, 30, 20}, 0.9F, 0, NULL),
        DSC_OK);
    cr_assert_eq(dsc_ocr__claim_ink(&crop, &words, NULL), DSC_OK);
    cr_assert_eq(words.count, 2);
    dsc_rect a = words.items[0].box, b = words.items[1].box;
    cr_expect(a.x == 19 && a.y == 7 && a.w == 42 && a.h == 26, "%d,%d %dx%d",
              a.x, a.y, a.w, a.h);
    cr_expect_str_eq(words.items[1].utf8, "");
    cr_expect_eq(words.items[1].confidence, 0);
    cr_expect(b.x == 149 && b.y == 7 && b.w == 14 && b.h == 26, "%d,%d %dx%d",
              b.x, b.y, b.w, b.h);
    dsc_words_free(&words);
}

/* A dash at the foot of its digits that is no wider than a point is one. */
ParameterizedTestParameters(ocr, dash_or_point)
{
    static dash_case dashes[] = {{"-62", 26, 6, 6, ".62"},
                                 {"-62", 16, 6, 6, "-62"},
                                 {"-62", 28, 14, 4, "-62"},
                                 {"-6A", 26, 6, 6, "-6A"},
                                 {"-", 26, 6, 6, "-"}};

    return cr_make_param_array(dash_case, dashes,
                               sizeof dashes / sizeof *dashes, NULL);
}

ParameterizedTest(dash_case *t, ocr, dash_or_point)
{
    static uint8_t px[W * H];
    dsc_crop crop = {.px = px, .w = W, .h = H, .text_h = 32};
    dsc_words words = {0};

    memset(px, 255, sizeof px);
    ink(px, 20, t->y, t->w, t->h);
    ink(px, 40, 8, 12, 24);
    ink(px, 56, 8, 12, 24);
    cr_assert_eq(dsc_words_add(&words, t->read, (dsc_rect){20, 8, 48, 24}, 0.9F,
                               0, NULL),
                 DSC_OK);
    cr_assert_eq(dsc_ocr__claim_ink(&crop, &words, NULL), DSC_OK);
    cr_expect_str_eq(words.items[0].utf8, t->expected);
    dsc_words_free(&words);
}

/* A rule under the line hides no space between its words. */
Test(ocr, a_rule_parts_no_words)
{
    static uint8_t px[W * H];
    dsc_crop crop = {.px = px, .w = W, .h = H, .text_h = 32};
    dsc_words words = {0};

    memset(px, 255, sizeof px);
    ink(px, 0, 35, W, 2);
    ink(px, 10, 8, 70, 24);
    ink(px, 100, 8, 70, 24);
    cr_assert_eq(
        dsc_words_add(&words, "A", (dsc_rect){12, 9, 60, 20}, 1, 0, NULL),
        DSC_OK);
    cr_assert_eq(
        dsc_words_add(&words, "B", (dsc_rect){84, 9, 80, 20}, 1, 0, NULL),
        DSC_OK);
    cr_assert_eq(dsc_ocr__claim_ink(&crop, &words, NULL), DSC_OK);
    cr_assert_eq(words.count, 2);
    dsc_rect a = words.items[0].box, b = words.items[1].box;
    cr_expect(a.x <= 10 && a.x + a.w >= 80 && a.x + a.w < 100);
    cr_expect(b.x > 80 && b.x <= 100 && b.x + b.w >= 170);
    dsc_words_free(&words);
}

/* A line of nothing but dashes of a pen is one box at the end. */
Test(ocr, many_pieces_become_one)
{
    enum {
        WIDE = 3000
    };
    uint8_t *px = malloc(WIDE * H);
    dsc_crop crop = {.px = px, .w = WIDE, .h = H, .text_h = 32};
    dsc_words words = {0};

    memset(px, 255, WIDE * H);
    for (int32_t x = 60; x + 4 < WIDE; x += 20)
        for (int32_t y = 8; y < 32; y++)
            memset(px + y * WIDE + x, 0, 4);
    cr_assert_eq(
        dsc_words_add(&words, "x", (dsc_rect){0, 8, 30, 20}, 1, 0, NULL),
        DSC_OK);
    cr_assert_eq(dsc_ocr__claim_ink(&crop, &words, NULL), DSC_OK);
    cr_expect_leq(words.count, 65);
    for (int32_t x = 60; x + 4 < WIDE; x += 20) {
        bool told = false;
        for (size_t i = 0; i < words.count; i++) {
            dsc_rect b = words.items[i].box;
            told |= b.x <= x && b.x + b.w >= x + 4 && b.y <= 8 && b.h >= 24;
        }
        cr_expect(told, "ink at %d", x);
    }
    dsc_words_free(&words);
    free(px);
}
