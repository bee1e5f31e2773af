/* SPDX-License-Identifier: Apache-2.0
 *
 * Text of one colour on another of the same brightness and the same strength,
 * in every form that a colour frame has; and what a view shows that others do
 * not. */
#include "scrub/scrub_priv.h"

#include "draw.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "MUELLER"

typedef struct colour {
    uint8_t v[3]; /* red, green, blue */
} colour;

/* In each pair the strongest channel is as strong, and the weakest as weak. */
static const struct pair_case {
    const char *what;
    colour ground, text;
} pairs[] = {
    {"yellow on red", {{255, 0, 0}}, {{255, 255, 0}}},
    {"dim yellow on dim red", {{177, 0, 0}}, {{177, 142, 0}}},
    {"red on magenta", {{255, 0, 255}}, {{255, 0, 0}}},
    {"cyan on green", {{0, 255, 0}}, {{0, 255, 255}}},
    {"magenta on orange", {{255, 128, 0}}, {{255, 0, 255}}},
    {"blue on red", {{255, 0, 0}}, {{0, 0, 255}}},
    {"yellow on green", {{30, 200, 30}}, {{200, 200, 30}}},
    {"cyan on blue", {{0, 0, 255}}, {{0, 255, 255}}},
    {"blue on magenta", {{200, 0, 200}}, {{0, 0, 200}}},
    {"pale green on pale blue", {{170, 170, 220}}, {{170, 220, 170}}},
    {"orange on pink", {{240, 150, 180}}, {{240, 180, 150}}},
};

#define PAIRS (sizeof pairs / sizeof *pairs)

/* Files of which the frame is replaced. */
static const char *const forms[] = {
    "us-rgb-explicit.dcm", "us-rgb-planar.dcm", "us-ybr-explicit.dcm",
    "us-ybr422-explicit.dcm", "palette8-explicit.dcm"};

#define FORMS (sizeof forms / sizeof *forms)

static colour to_ybr(colour c)
{
    double r = c.v[0], g = c.v[1], b = c.v[2];
    double y = 0.299 * r + 0.587 * g + 0.114 * b;
    double cb = 128.5 + (b - y) / 1.772, cr = 128.5 + (r - y) / 1.402;

    return (colour){{(uint8_t)(y + 0.5), (uint8_t)(cb > 255 ? 255 : cb),
                     (uint8_t)(cr > 255 ? 255 : cr)}};
}

#define DEPTH                                                                  \
 {                                                                             \
  .text = "Depth 10.2 cm", .size = 20, .y = 80                                 \
 }
#define CM                                                                     \
 {                                                                             \
  .text = "12.5 cm", .size = 20, .y = 80                                       \
 }

#define INITIALS(points, top)                                                  \
 {                                                                             \
  .text = "J.R.", .size = (points), .y = (top)                                 \
 }

/* A kept label that an earlier view shows, and at its place a name. */
static const struct overlap {
    const char *what;
    size_t pair;
    stroke label, name;
    bool under; /* the name is */
} overlaps[] = {
    {"lower", 2, DEPTH, {.text = "MUELLER HANS", .size = 20, .y = 92}, false},
    {"through it", 2, DEPTH, {.text = NAME, .size = 14, .y = 81}, false},
    {"behind it", 2, DEPTH, {.text = NAME, .size = 14, .y = 81}, true},
    {"through a number", 0, CM, {.text = NAME, .size = 14, .y = 81}, false},
    {"behind a number", 0, CM, {.text = NAME, .size = 14, .y = 81}, true},
    {"behind it, cyan on blue",
     7,
     CM,
     {.text = NAME, .size = 14, .y = 81},
     true},
    {"initials behind a number", 0, CM, INITIALS(17, 80), true},
    {"initials behind it", 0, DEPTH, INITIALS(17, 80), true},
    {"initials behind a number, lower", 0, CM, INITIALS(18, 82), true},
    {"initials behind a number, cyan on blue", 7, CM, INITIALS(18, 80), true},
    {"initials behind it, cyan on blue", 7, DEPTH, INITIALS(17, 80), true},
};

/* A name, and in the same colour a label, left of which the ground is black. */
typedef struct picture {
    const struct pair_case *pair;
    const char *words;          /* of the label; NULL: none */
    const struct overlap *over; /* then it is white; or NULL */
    canvas name, label;
    uint32_t edge; /* of the ground */
} picture;

static void paint(const dsc_format *fmt, const picture *p, dsc_buf *out)
{
    const canvas *c = &p->name;
    bool ybr = fmt->photometric != DSC_RGB;
    size_t n = (size_t)c->w * c->h;

    for (size_t i = 0; i < n; i++) {
        bool ink = c->ink[i] >= 128, label = p->label.ink[i] >= 128;
        bool white = p->over && label && (p->over->under || !ink);
        colour black = {{0, 0, 0}};
        colour own = white                ? (colour){{255, 255, 255}}
                     : ink || label       ? p->pair->text
                     : i % c->w < p->edge ? black
                                          : p->pair->ground;
        size_t at = i / 2 * 4; /* of a 4:2:2 pair, whose rows are even */
        if (fmt->samples == 1) {
            out->data[i] = ink;
            continue;
        }
        own = ybr ? to_ybr(own) : own;
        for (size_t k = 0; k < 3; k++)
            if (fmt->layout == DSC_YBR422)
                out->data[at + (k ? k + 1 : i % 2)] = own.v[k];
            else
                out->data[fmt->layout == DSC_PLANAR ? k * n + i : 3 * i + k] =
                    own.v[k];
    }
}

static dsc_status give(void *ctx, uint32_t f, bool *keep, dsc_buf *out,
                       dsc_error *err)
{
    const dsc_buf *frame = ctx;

    (void)f;
    *keep = false;
    out->len = 0;
    return dsc_buf_append(out, frame->data, frame->len, err);
}

static void write_bold(canvas *c, stroke s, int32_t x)
{
    s.x = x;
    s.ink = 255;
    s.outline = -1;
    s.bold = true;
    s.sharp = true;
    canvas_write(c, &s);
}

/* What the label hides is no ink. */
static void draw_over(picture *p)
{
    write_bold(&p->label, p->over->label, 40);
    write_bold(&p->name, p->over->name, 43);
    for (size_t i = 0; p->over->under && i < (size_t)p->name.w * p->name.h; i++)
        if (p->label.ink[i] >= 128)
            p->name.ink[i] = 0;
}

static void draw(picture *p, uint32_t w, uint32_t h)
{
    stroke s = {.size = 14, .x = 20, .y = 50, .ink = 255, .outline = -1};
    dsc_rect label = {0, 0, 0, 0};

    p->name = canvas_make(w, h, 0);
    p->label = canvas_make(w, h, 0);
    if (p->over) {
        draw_over(p);
        return;
    }
    s.bold = true;
    s.text = p->words;
    if (p->words)
        label = canvas_write(&p->label, &s);
    p->edge = p->words ? (uint32_t)(label.x + label.w + 3) : 0;
    s.text = p->words ? "J.R." : NAME;
    s.size = p->words ? 14 : 20;
    s.x = (int32_t)p->edge + (p->words ? 4 : 20);
    canvas_write(&p->name, &s);
}

/* A file of that form with the picture on it. */
static void write_file(const char *path, const char *form, picture *p)
{
    const char *dir = getenv("DSC_TESTDATA");
    char from[512];
    dsc_instance inst = {0};
    dsc_outfile *out = NULL;
    dsc_buf frame = {0};
    dsc_error err = DSC_ERROR_INIT;
    bool existed;
    dsc_write_options o = {.frame = give,
                           .ctx = &frame,
                           .implementation_class_uid = "2.25.1",
                           .implementation_version_name = "MADE"};

    snprintf(from, sizeof from, "%s/%s", dir ? dir : "testdata", form);
    cr_assert_eq(dsc_instance_open(&inst, &(dsc_input){.path = from}, &err),
                 DSC_OK, "%s", err.msg);
    draw(p, inst.fmt.columns, inst.fmt.rows);
    cr_assert_eq(dsc_instance_frame(&inst, 0, &frame, NULL, &err), DSC_OK);
    paint(&inst.fmt, p, &frame);
    cr_assert_eq(dsc_outfile_create(&out, path, &err), DSC_OK);
    cr_assert_eq(dsc_dicom_write(inst.ds, out, &o, &err), DSC_OK, "%s",
                 err.msg);
    cr_assert_eq(dsc_outfile_commit(&out, &existed, &err), DSC_OK);
    dsc_buf_free(&frame);
    dsc_instance_close(&inst);
}

static dsc_scrubber *make_scrubber(void)
{
    dsc_options o = DSC_OPTIONS_INIT;
    dsc_scrubber *s = NULL;
    dsc_error err = DSC_ERROR_INIT;

    o.find = DSC_FIND_OCR | DSC_FIND_DETECTOR;
    o.models = MODELS;
    cr_assert_eq(dsc_scrubber_create(&s, &o, &err), DSC_OK, "%s", err.msg);
    return s;
}

/* The name goes, all of it and not much else; a label stays. */
static void check(dsc_scrubber *s, const char *form,
                  const struct pair_case *pair, const char *label,
                  const struct overlap *over)
{
    static const dsc_text_search how = {.effort = DSC_DETECT_THOROUGH};
    char folder[32] = "/tmp/dsc-views-XXXXXX", path[48];
    picture p = {.pair = pair, .words = label, .over = over};
    dsc_instance inst = {0};
    dsc_tracks tracks = {0};
    dsc_region_list regions = {0}, kept = {0};
    dsc_rects boxes = {0};
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.dcm", folder);
    write_file(path, form, &p);
    cr_assert_eq(dsc_instance_open(&inst, &(dsc_input){.path = path}, &err),
                 DSC_OK, "%s", err.msg);
    if (inst.palette.count) {
        memcpy(inst.palette.rgb, pair->ground.v, 3);
        memcpy(inst.palette.rgb + 3, pair->text.v, 3);
    }
    cr_assert_eq(dsc_find_text(s, &inst, &how, &tracks, &err), DSC_OK, "%s",
                 err.msg);
    cr_assert_eq(dsc_plan_tracks(&tracks, 0, NULL, &regions, &kept, &err),
                 DSC_OK);
    cr_assert_eq(dsc_plan_rects(&regions, 0, &boxes, &err), DSC_OK);
    cr_expect_gt(canvas_covered(&p.name, boxes.items, boxes.count), 0.999,
                 "%s, %s, %s: %zu boxes", form, pair->what,
                 over ? over->what : "alone", boxes.count);
    cr_expect_lt(canvas_area(&p.name, boxes.items, boxes.count), 0.25, "%s, %s",
                 form, pair->what);
    if (label)
        cr_expect_lt(canvas_covered(&p.label, boxes.items, boxes.count), 0.5,
                     "%s", label);
    dsc_rects_free(&boxes);
    dsc_free(regions.items);
    dsc_free(kept.items);
    dsc_tracks_free(&tracks);
    dsc_instance_close(&inst);
    canvas_free(&p.name);
    canvas_free(&p.label);
    unlink(path);
    rmdir(folder);
}

Test(views, a_name_in_any_colour_goes, .timeout = 120)
{
    dsc_scrubber *s = make_scrubber();

    for (size_t p = 0; p < PAIRS; p++)
        check(s, forms[0], &pairs[p], NULL, NULL);
    for (size_t f = 1; f < FORMS; f++)
        for (size_t p = f % 2; p < PAIRS; p += 5)
            check(s, forms[f], &pairs[p], NULL, NULL);
    dsc_scrubber_free(&s);
}

/* The first views end where the label does. */
Test(views, what_goes_on_in_a_later_view, .timeout = 60)
{
    static const char *const labels[] = {
        "Depth 10.2 cm", "Gain 12 dB", "Depth 10 cm", "Gain 12 dB Depth 9 cm"};
    dsc_scrubber *s = make_scrubber();

    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        for (size_t p = 0; p < 3; p += 2)
            check(s, forms[0], &pairs[p], labels[i], NULL);
    dsc_scrubber_free(&s);
}

Test(views, a_name_at_the_place_of_a_label, .timeout = 60)
{
    dsc_scrubber *s = make_scrubber();

    for (size_t i = 0; i < sizeof overlaps / sizeof *overlaps; i++)
        check(s, forms[0], &pairs[overlaps[i].pair], NULL, &overlaps[i]);
    dsc_scrubber_free(&s);
}

/* ---- news ---- */

enum {
    SIDE = 48
};

/* 0 or 1: bars of two pixels, every eighth. */
static int stroke_at(int x, int y)
{
    return x % 8 < 2 && y > 8 && y < 40;
}

/* Of no size, and never the same in two views. */
static int grain_at(int x, int y, int view, int levels)
{
    uint32_t dice = (uint32_t)(x + 97 * y + 7919 * view) * 2654435761u;
    return (int)((dice >> 16) % (uint32_t)(levels + 1)) - levels / 2;
}

/* Levels of strokes in each view, of a grain in each and of one that they
 * share. */
static const struct news_case {
    const char *what;
    int ink[3];
    int grain[3], shared[3];
    bool news;
} news_cases[] = {
    {"nothing", {0, 0, 0}, {0}, {0}, false},
    {"strokes in the last view alone", {0, 0, 100}, {0}, {0}, true},
    {"faint ones", {0, 0, 17}, {0}, {0}, true},
    {"fainter than anybody reads", {0, 0, 12}, {0}, {0}, false},
    {"dark ones", {0, 0, -60}, {0}, {0}, true},
    {"the same in all", {100, 100, 100}, {0}, {0}, false},
    {"the same in one", {0, 90, 40}, {0}, {0}, false},
    {"the same, dark for bright", {-90, 0, 90}, {0}, {0}, false},
    {"but for a trace", {2, 2, 100}, {0}, {0}, true},
    {"but for too little to be read", {8, 8, 100}, {0}, {0}, true},
    {"what the compression left", {0, 0, 0}, {30, 10, 12}, {0}, false},
    {"strokes under grain of the others", {0, 0, 60}, {80, 60, 0}, {0}, true},
    {"grain that all have", {0, 0, 0}, {4, 4, 4}, {90, 60, 70}, false},
    {"strokes under grain that all have",
     {0, 0, 90},
     {4, 4, 4},
     {90, 60, 70},
     true},
    {"strokes of all under it", {90, 60, 70}, {4, 4, 4}, {90, 60, 70}, false},
};

static void make_views(dsc_views *views, const struct news_case *t)
{
    for (int v = 0; v < 3; v++) {
        dsc_view *view = &views->items[v];
        cr_assert_eq(dsc_view_alloc(view, SIDE, SIDE, NULL), DSC_OK);
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                int g = 125 + t->ink[v] * stroke_at(x, y) +
                        grain_at(x, y, v, t->grain[v]) +
                        grain_at(x, y, 3, 100) * t->shared[v] / 100;
                view->data[(size_t)y * view->stride + (size_t)x] =
                    (uint8_t)(g < 0     ? 0
                              : g > 255 ? 255
                                        : g);
            }
    }
    views->count = 3;
}

Test(news, are_what_no_earlier_view_shows)
{
    static const dsc_rect all = {0, 0, SIDE, SIDE};

    for (size_t i = 0; i < sizeof news_cases / sizeof *news_cases; i++) {
        const struct news_case *t = &news_cases[i];
        dsc_views views = {0};
        make_views(&views, t);
        cr_expect_eq(dsc_views_has_news(&views, 2, all), t->news, "%s",
                     t->what);
        cr_expect_eq(!dsc_rect_empty(dsc_views_news(&views, 2, all)), t->news,
                     "%s", t->what);
        dsc_views_free(&views);
    }
}

/* Wherever they stand: strokes a pixel wide, as of three letters of 7 px. */
Test(news, of_small_letters)
{
    static const struct news_case none = {.what = "none"};
    static const dsc_rect all = {0, 0, SIDE, SIDE};

    for (int at = 0; at < 256; at++) {
        int left = 8 + at % 16, top = 8 + at / 16;
        dsc_views views = {0};
        make_views(&views, &none);
        for (int y = top; y < top + 7; y++)
            for (int x = left; x < left + 17; x += 3)
                views.items[2]
                    .data[(size_t)y * views.items[2].stride + (size_t)x] = 165;
        cr_expect_not(dsc_rect_empty(dsc_views_news(&views, 2, all)),
                      "at %d, %d", left, top);
        dsc_views_free(&views);
    }
}

Test(news, are_looked_for_in_the_part_alone)
{
    static const dsc_rect parts[] = {{0, 0, 8, 8},      {-5, -5, 10, 10},
                                     {47, 47, 1, 1},    {60, 60, 5, 5},
                                     {0, 41, 48, 1000}, {10, 10, 0, 0}};
    const struct news_case *t = &news_cases[1];
    dsc_rect end = {16, 16, INT32_MAX, INT32_MAX}, news;
    dsc_views views = {0};

    make_views(&views, t);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        cr_expect_not(dsc_views_has_news(&views, 2, parts[i]), "part %zu", i);
        cr_expect(dsc_rect_empty(dsc_views_news(&views, 2, parts[i])),
                  "part %zu", i);
    }
    news = dsc_views_news(&views, 2, end);
    cr_expect(news.x == 16 && news.y == 16 && news.w == 32 && news.h == 32);
    dsc_views_free(&views);
}
