/* SPDX-License-Identifier: Apache-2.0
 *
 * Text that no reader saw in one of the finder's boxes with a word that was
 * read: dim on grounds of all kinds, or of the other colour; and grounds
 * without any. */
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
static void find_lines(const canvas *c, dsc_rect word, dsc_rect box, bool dark,
                       dsc_text_boxes *rows)
{
    dsc_plane plane = canvas_plane(c);
    dsc_text_box line = {.box = box, .score = 1, .dark = dark};
    dsc_text_boxes boxes = {.items = &line, .count = 1};
    dsc_span span = {.box = dsc_rect_grow(word, 1, 1), .was_read = true};
    dsc_track track = {.box = box, .spans = &span, .span_count = 1};
    dsc_tracks tracks = {.items = &track, .count = 1};

    cr_assert_eq(dsc_find_faint(&plane, &boxes, 0, &tracks, 0, rows, NULL),
                 DSC_OK);
}

static void add_boxes(dsc_rects *to, const dsc_text_boxes *found)
{
    for (size_t i = 0; i < found->count; i++)
        cr_assert_eq(dsc_rects_add(to, found->items[i].box, NULL), DSC_OK);
}

static void find(const canvas *c, dsc_rect word, dsc_rect box, dsc_rects *rows)
{
    dsc_text_boxes found = {0};

    find_lines(c, word, box, false, &found);
    add_boxes(rows, &found);
    dsc_text_boxes_free(&found);
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

/* Readers see bright letters of a box, or dark ones: names of the other kind
 * are not dim, and yet in no word. Each is a line of its own kind that holds
 * nothing of the label. */
static void check_other(const char *name, size_t place, bool dark, int levels)
{
    const struct faint_case *t = &places[place];
    int sign = dark ? 1 : -1;
    canvas c = canvas_make(W, H, 128);
    dsc_rect label = put(&c, "85 BPM", 120, 40, dark ? -120 : 120);
    dsc_rect other = put(&c, name, t->x, t->y, sign * levels);
    dsc_text_boxes rows = {0};
    dsc_rects boxes = {0};

    find_lines(&c, label, dsc_rect_grow(dsc_rect_union(label, other), 1, 1),
               dark, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        const dsc_text_box *r = &rows.items[i];
        cr_expect_neq(r->dark, dark, "%s %s: of the label's kind", name,
                      t->what);
        cr_expect(dsc_rect_empty(dsc_rect_intersect(r->box, label)),
                  "%s %s, %d levels: cuts the label", name, t->what, levels);
    }
    add_boxes(&boxes, &rows);
    cr_expect_gt(canvas_covered(&c, boxes.items, boxes.count), 0.97,
                 "%s %s, label dark %d, %d levels: %zu rows", name, t->what,
                 (int)dark, levels, rows.count);
    dsc_rects_free(&boxes);
    dsc_text_boxes_free(&rows);
    canvas_free(&c);
}

Test(faint, found_in_the_other_colour)
{
    static const char *const names[] = {"ZBINDEN", "Kha", "Rosette", "EDER"};

    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        for (size_t p = 0; p < sizeof places / sizeof *places; p++)
            for (int levels = 20; levels <= 120; levels += 25) {
                check_other(names[n], p, false, levels);
                check_other(names[n], p, true, levels);
            }
}

/* A bar little higher than its letters: what is above and below it is not the
 * ground of the name. */
static void check_bar(const char *name, int32_t room, int levels)
{
    canvas c = canvas_make(W, H, 20);
    dsc_rect label, other;
    dsc_rects rows = {0};

    memset(c.px + (size_t)(40 - room) * W, 90, (size_t)(10 + 2 * room) * W);
    label = put(&c, "85 BPM", 120, 40, 120);
    other = put(&c, name, 190, 40, -levels);
    cr_assert(other.y >= 40 && other.y + other.h <= 51);
    find(&c, label, dsc_rect_grow(dsc_rect_union(label, other), 1, room + 1),
         &rows);
    cr_expect_gt(canvas_covered(&c, rows.items, rows.count), 0.95,
                 "%s, %d px around, %d levels: %zu rows", name, room, levels,
                 rows.count);
    dsc_rects_free(&rows);
    canvas_free(&c);
}

Test(faint, found_on_a_narrow_bar)
{
    static const char *const names[] = {"FONTANEZ", "CORTER", "Dubois", "LEE"};

    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        for (int32_t room = 1; room <= 5; room++)
            for (int levels = 25; levels <= 85; levels += 15)
                check_bar(names[n], room, levels);
}

/* Names of both kinds around a label are no one line: a reader sees one kind
 * of it. */
Test(faint, two_colours_are_two_lines)
{
    canvas c = canvas_make(W, H, 128);
    dsc_rect label = put(&c, "85 BPM", 120, 40, 120);
    dsc_rect dim = put(&c, "KHA", 200, 40, 25);
    dsc_rect dark = put(&c, "CORTER", 240, 40, -90);
    dsc_text_boxes rows = {0};
    bool found[2] = {false, false};

    find_lines(
        &c, label,
        dsc_rect_grow(dsc_rect_union(label, dsc_rect_union(dim, dark)), 1, 1),
        false, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        const dsc_text_box *r = &rows.items[i];
        found[r->dark] = true;
        cr_expect(
            dsc_rect_empty(dsc_rect_intersect(r->box, r->dark ? dim : dark)),
            "line %zu holds letters of both", i);
    }
    cr_expect(found[0] && found[1]);
    dsc_text_boxes_free(&rows);
    canvas_free(&c);
}

/* What a second look did not find has no faint ink that is certain. */
Test(faint, beside_a_doubted_line_is_doubted)
{
    canvas c = paper(FLAT, 0, 0);
    dsc_rect word = put(&c, "85 BPM", 120, 40, 220);
    dsc_text_box line = {
        .box = dsc_rect_grow(word, 40, 20), .score = 1, .doubted = true};
    dsc_text_boxes boxes = {.items = &line, .count = 1}, rows = {0};
    dsc_span span = {.box = dsc_rect_grow(word, 1, 1), .was_read = true};
    dsc_track track = {.box = line.box, .spans = &span, .span_count = 1};
    dsc_tracks tracks = {.items = &track, .count = 1};
    dsc_plane plane;

    put(&c, "KIM", word.x + word.w + 12, 40, 40);
    plane = canvas_plane(&c);
    cr_assert_eq(dsc_find_faint(&plane, &boxes, 0, &tracks, 0, &rows, NULL),
                 DSC_OK);
    cr_expect(rows.count > 0);
    for (size_t i = 0; i < rows.count; i++)
        cr_expect(rows.items[i].doubted);
    dsc_text_boxes_free(&rows);
    canvas_free(&c);
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

static void fill(canvas *c, dsc_rect r, int level);

/* Where nothing rings, as little is text. */
Test(faint, found_close_to_a_word_in_a_picture_without_losses)
{
    for (int losses = 0; losses < 2; losses++) {
        canvas c = paper(losses ? GRAIN : FLAT, 1, 3);
        dsc_rect word = put(&c, "85 BPM", 120, 40, 220);
        dsc_rects rows = {0};

        for (int32_t i = 0; i < 2; i++) {
            dsc_rect letter = {word.x + 8 + 8 * i, word.y - 8, 1, 5};
            fill(&c, letter, 40);
            fill(&c, (dsc_rect){letter.x, letter.y + 4, 4, 1}, 40);
        }
        find(&c, word, dsc_rect_grow(word, 10, 10), &rows);
        cr_expect_eq(rows.count > 0, !losses, "%zu rows", rows.count);
        dsc_rects_free(&rows);
        canvas_free(&c);
    }
}

static void fill(canvas *c, dsc_rect r, int level)
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        memset(c->px + (size_t)y * W + r.x, level, (size_t)r.w);
}

/* Two buttons on a panel, the words on which are read; or a name on one of
 * them. */
static size_t on_buttons(const char *name, int levels)
{
    canvas c = canvas_make(W, H, 28);
    dsc_rect words, dim;
    dsc_rects rows = {0};
    size_t count;

    fill(&c, (dsc_rect){60, 34, 90, 26}, 60);
    fill(&c, (dsc_rect){156, 34, 56, 26}, 60);
    words = put(&c, "85 BPM", 67, 40, 180);
    dim = put(&c, *name ? name : "Print", 163, 40, *name ? levels : 180);
    if (!*name)
        words = dsc_rect_union(words, dim);
    find(&c, words, (dsc_rect){66, 38, 140, 18}, &rows);
    count = rows.count;
    if (*name)
        cr_expect_gt(canvas_covered(&c, rows.items, rows.count), 0.95,
                     "%s at %d, %d levels", name, dim.x, levels);
    dsc_rects_free(&rows);
    canvas_free(&c);
    return count;
}

Test(faint, buttons_are_none)
{
    cr_expect_eq(on_buttons("", 0), 0);
    for (int levels = 8; levels < 50; levels += 8)
        cr_expect_gt(on_buttons("LEE", levels), 0);
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
