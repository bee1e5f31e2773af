/* SPDX-License-Identifier: Apache-2.0
 *
 * Ink in boxes of two lines: whose it is. */
#include "scrub/scrub_priv.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

enum {
    W = 160,
    H = 80,
    PAPER = 20,
    INK = 200
};

typedef struct sheet {
    uint8_t px[W * H];
    dsc_span spans[3];
    dsc_word words[3];
    dsc_track tracks[3];
    size_t count;
} sheet;

static void fill(sheet *s, dsc_rect r, int level)
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            s->px[y * W + x] = (uint8_t)level;
}

/* Strokes as letters have them. */
static void draw(sheet *s, dsc_rect r, int level)
{
    for (int32_t x = r.x; x + 2 <= r.x + r.w; x += 5)
        fill(s, (dsc_rect){x, r.y, 2, r.h}, level);
}

/* A line of one word; "" where it could not be read. */
static dsc_span *add(sheet *s, const char *text, dsc_rect box, bool blank)
{
    size_t i = s->count++;

    s->words[i] = (dsc_word){
        .utf8 = (char *)(uintptr_t)text, .box = box, .confidence = 0.9F};
    s->spans[i] = (dsc_span){.box = box,
                             .was_read = *text != '\0',
                             .read = *text ? 0.9F : 0,
                             .decision = {.blank = blank, .rule = "x"}};
    s->tracks[i] = (dsc_track){.box = box,
                               .spans = &s->spans[i],
                               .span_count = 1,
                               .words = {&s->words[i], 1, 0}};
    return &s->spans[i];
}

static void share(sheet *s)
{
    dsc_plane plane = {s->px, W, H, W};
    dsc_line_search how = {.still = true};
    dsc_tracks tracks = {.items = s->tracks, .count = s->count};

    cr_assert_eq(dsc_share_ink(&how, &plane, &tracks, 0, NULL), DSC_OK);
}

/* Two lines, 10 px high and 3 apart; the box of the lower one begins in the
 * upper one, which has it all but for `missing` rows. */
static const dsc_rect upper = {20, 10, 12, 12}, lower = {20, 18, 60, 17};

static void two_lines(sheet *s, int32_t missing)
{
    s->count = 0;
    memset(s->px, PAPER, sizeof s->px);
    draw(s, (dsc_rect){21, 11, 10, 10}, INK);
    draw(s, (dsc_rect){21, 24, 58, 10}, INK);
    add(s, "3", (dsc_rect){upper.x, upper.y, upper.w, upper.h - missing}, true);
}

Test(share, a_word_leaves_the_line_above_to_that)
{
    sheet s;
    dsc_span *word;

    two_lines(&s, 0);
    word = add(&s, "Surface", lower, false);
    share(&s);
    cr_expect_eq(word->box.y, 23, "%d", word->box.y);
    cr_expect_eq(word->box.y + word->box.h, 35);
    cr_expect_eq(s.spans[0].box.h, upper.h);
}

Test(share, and_the_line_below)
{
    sheet s = {.count = 0};
    dsc_span *word;

    memset(s.px, PAPER, sizeof s.px);
    draw(&s, (dsc_rect){21, 11, 58, 10}, INK);
    draw(&s, (dsc_rect){21, 24, 10, 10}, INK);
    word = add(&s, "Surface", (dsc_rect){20, 10, 60, 17}, false);
    add(&s, "3", (dsc_rect){20, 23, 12, 12}, true);
    share(&s);
    cr_expect_eq(word->box.y, 10);
    cr_expect_eq(word->box.h, 12, "%d", word->box.h);
}

Test(share, a_strip_that_nobody_has_stays_with_its_word)
{
    static const struct {
        const char *what, *text;
        int32_t missing; /* rows of the strip */
        float read;      /* the line above */
        bool above_goes, goes;
    } cases[] = {
        {"a row too few", "Surface", 3, 0.9F, true, false},
        {"not known what it is", "Surface", 0, 0.8F, false, false},
        {"what goes keeps all it has", "Meyer", 0, 0.9F, true, true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sheet s;
        dsc_span *word;
        two_lines(&s, cases[i].missing);
        word = add(&s, cases[i].text, lower, cases[i].goes);
        s.spans[0].read = cases[i].read;
        s.spans[0].decision.blank = cases[i].above_goes;
        share(&s);
        cr_expect_eq(word->box.y, lower.y, "%s", cases[i].what);
    }
}

/* What is between two lines and in the boxes of both stays in one. */
Test(share, two_words_do_not_leave_it_to_each_other)
{
    sheet s = {.count = 0};
    dsc_span *a, *b;

    memset(s.px, PAPER, sizeof s.px);
    draw(&s, (dsc_rect){21, 11, 58, 10}, INK);
    draw(&s, (dsc_rect){21, 23, 58, 4}, PAPER + 30);
    draw(&s, (dsc_rect){21, 29, 58, 10}, INK);
    a = add(&s, "Surface", (dsc_rect){20, 10, 60, 18}, false);
    b = add(&s, "Surface", (dsc_rect){20, 22, 60, 18}, false);
    share(&s);
    cr_expect((a->box.h == 18) != (b->box.h == 18), "%d %d", a->box.h,
              b->box.h);
}

Test(share, a_rule_is_no_part_of_a_number)
{
    sheet s = {.count = 0};
    dsc_span *word;

    memset(s.px, PAPER, sizeof s.px);
    fill(&s, (dsc_rect){0, 10, W, 2}, INK);
    draw(&s, (dsc_rect){61, 17, 18, 10}, INK);
    word = add(&s, "2.0", (dsc_rect){60, 9, 20, 19}, true);
    share(&s);
    cr_expect_eq(word->box.y, 16, "%d", word->box.y);
    /* letters over it are more than a rule */
    word->box = (dsc_rect){60, 3, 20, 25};
    draw(&s, (dsc_rect){61, 4, 18, 4}, PAPER + 30);
    share(&s);
    cr_expect_eq(word->box.y, 3, "%d", word->box.y);
}

/* Half a letter in a box of its own is the letter, seen twice. */
Test(share, unread_ink_of_words_is_no_text)
{
    static const dsc_rect half = {20, 10, 12, 6};

    for (int i = 0; i < 8; i++) {
        sheet s;
        dsc_span *piece;
        two_lines(&s, 0);
        piece = add(&s, "", half, true);
        s.tracks[1].words.count = 0;
        s.tracks[1].is_news = i == 1;
        s.tracks[1].beside = i == 2 ? lower : (dsc_rect){0, 0, 0, 0};
        s.spans[0].settled = i == 3; /* has no box itself */
        if (i == 4) {
            piece->box.w += 8; /* dim letters beside it */
            draw(&s, (dsc_rect){33, 11, 6, 4}, PAPER + 10);
        }
        if (i >= 6) { /* small text in a large letter's box */
            s.spans[0].box = (dsc_rect){10, 5, 30, 50};
            s.spans[0].decision.blank = i == 7;
        }
        if (i == 5)
            piece->box = (dsc_rect){90, 40, 20, 12}; /* no ink at all */
        share(&s);
        cr_expect_eq(piece->settled, i == 0 || i == 7, "%d", i);
    }
}

/* A row of buttons, 24 px high, with a word on each of the first two. */
static void draw_buttons(sheet *s)
{
    s->count = 0;
    memset(s->px, PAPER, sizeof s->px);
    for (int32_t i = 0; i < 3; i++)
        fill(s, (dsc_rect){4 + 52 * i, 28, 46, 24}, 90);
    for (int32_t i = 0; i < 2; i++)
        draw(s, (dsc_rect){12 + 52 * i, 36, 24, 9}, INK);
    for (int32_t i = 0; i < 2; i++)
        add(s, "Zoom", (dsc_rect){11 + 52 * i, 35, 26, 11}, false);
}

static const dsc_rect gap = {49, 27, 8, 26}, buttons = {3, 27, 105, 26};

/* What a finder takes for letters between buttons is none, with their words or
 * without. */
Test(share, edges_of_buttons_are_no_text)
{
    static const struct {
        const char *name, *text;
        dsc_rect box;
        float read;
        bool settled;
    } cases[] = {
        {"a gap", "l", {49, 27, 8, 26}, 0.7F, true},
        {"a gap, surely read", "l", {49, 27, 8, 26}, 0.9F, false},
        {"two buttons", "oo", {3, 27, 105, 26}, 0.4F, true},
        {"a stroke of a letter", "l", {49, 27, 8, 26}, 0.7F, false},
        {"a name of the gap's colour", "oo", {3, 27, 105, 26}, 0.4F, false},
        {"a dim letter on a button", "oo", {3, 27, 105, 26}, 0.4F, false},
        {"no edge at all", "l", {10, 60, 20, 12}, 0.4F, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sheet s;
        dsc_span *found;
        draw_buttons(&s);
        if (i == 3) { /* what is as high, and ends */
            fill(&s, (dsc_rect){0, 0, W, H}, 90);
            fill(&s, (dsc_rect){50, 28, 6, 24}, PAPER);
        }
        if (i == 4)
            draw(&s, (dsc_rect){40, 36, 8, 9}, PAPER);
        if (i == 5)
            fill(&s, (dsc_rect){42, 40, 1, 5}, 94);
        found = add(&s, cases[i].text, cases[i].box, true);
        found->read = cases[i].read;
        share(&s);
        cr_expect_eq(found->settled, cases[i].settled, "%s", cases[i].name);
    }
}

/* Blurred colour goes from one level to another little by little: no panel. */
Test(share, gradients_are_no_panels)
{
    sheet s;
    dsc_span *found;

    draw_buttons(&s);
    for (int32_t x = 0; x < W; x++)
        fill(&s, (dsc_rect){x, 28, 1, 24},
             90 + x % 40 - x % 20 * 2 * (x / 20 % 2));
    found = add(&s, "oo", (dsc_rect){60, 27, 40, 26}, true);
    found->read = 0.4F;
    share(&s);
    cr_expect(!found->settled);
}

/* Somebody who is recognised between buttons goes. */
Test(share, names_between_buttons_are_names)
{
    for (int i = 0; i < 3; i++) {
        sheet s;
        dsc_span *found;
        draw_buttons(&s);
        found = add(&s, "Lil", i == 2 ? buttons : gap, true);
        found->read = i ? 0.7F : 0.3F;
        found->decision.cls = DSC_CLASS_NAME;
        found->decision.rule = i ? "name-list" : "header-name";
        share(&s);
        cr_expect(!found->settled, "%d", i);
    }
}
