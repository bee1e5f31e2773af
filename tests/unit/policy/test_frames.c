/* SPDX-License-Identifier: Apache-2.0
 *
 * frames.txt: pictures of frames, and what of their words goes. Each is judged
 * under phi and under safe.
 */
#include "policy/policy_frame.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAFE      dsc_policy_plain(DSC_POLICY_SAFE)
#define MAX_WORDS 128
/* One character of the picture in pixels. */
#define CELL_W 10
#define CELL_H 20
#define INK_H  14

typedef struct frame {
    char name[128];
    dsc_facts facts;
    char text[MAX_WORDS][64];
    dsc_rect box[MAX_WORDS];
    uint32_t line[MAX_WORDS];
    char phi[MAX_WORDS + 1], safe[MAX_WORDS + 1];
    size_t count;
    uint32_t lines;
    int row;
} frame;

/* A row of the picture: words with one space between them are one line. Marks
 * of what goes take a place of the picture each, as spaces would. */
static void read_row(frame *f, const char *row)
{
    for (size_t i = 0, last = 0; row[i] && row[i] != '\n';) {
        size_t n = strcspn(row + i, " \n");
        bool goes = row[i] == '[', unsafe = row[i] == '{';
        size_t from = i + (goes || unsafe), len = n - 2 * (goes || unsafe);
        dsc_rect box = {(int32_t)from * CELL_W, f->row * CELL_H,
                        (int32_t)len * CELL_W - 2, INK_H};
        if (!n) {
            i++;
            continue;
        }
        cr_assert(f->count < MAX_WORDS && len < sizeof f->text[0]);
        snprintf(f->text[f->count], sizeof f->text[0], "%.*s", (int)len,
                 row + from);
        f->lines += !last || i - last > 1;
        f->box[f->count] = box;
        f->line[f->count] = f->lines;
        f->phi[f->count] = goes ? '#' : '.';
        f->safe[f->count++] = goes || unsafe ? '#' : '.';
        i += n;
        last = i;
    }
    f->row++;
}

/* What is left of each word, as '#' and '.'; "?" stands for what was not read.
 */
static void decide(const dsc_policy *policy, const frame *f, float confidence,
                   char *got)
{
    dsc_decision d[MAX_WORDS];
    dsc_frame_word placed[MAX_WORDS];

    for (size_t i = 0, n; i < f->count; i += n) {
        dsc_word words[MAX_WORDS] = {{0}};
        for (n = 0; i + n < f->count && f->line[i + n] == f->line[i]; n++)
            words[n] = (dsc_word){.utf8 = (char *)f->text[i + n],
                                  .box = f->box[i + n],
                                  .confidence = confidence};
        if (!strcmp(f->text[i], "?"))
            d[i] = dsc_policy_decide_unread(policy, 1);
        else
            cr_assert_eq(dsc_policy_decide_line(policy, &f->facts, words, n,
                                                d + i, NULL),
                         DSC_OK);
    }
    for (size_t i = 0; i < f->count; i++)
        placed[i] =
            (dsc_frame_word){.utf8 = strcmp(f->text[i], "?") ? f->text[i] : "",
                             .box = f->box[i],
                             .confidence = confidence,
                             .line = f->line[i],
                             .fresh = true,
                             .decision = &d[i]};
    cr_assert_eq(
        dsc_policy_decide_frame(policy, &f->facts, placed, f->count, NULL),
        DSC_OK);
    for (size_t i = 0; i < f->count; i++)
        got[i] = d[i].blank ? '#' : '.';
    got[f->count] = 0;
}

static void check(frame *f)
{
    char got[MAX_WORDS + 1];

    f->phi[f->count] = f->safe[f->count] = 0;
    if (f->count) {
        decide(dsc_policy_plain(DSC_POLICY_PHI), f, 0.9F, got);
        cr_expect_str_eq(got, f->phi, "%s under phi: %s, not %s", f->name, got,
                         f->phi);
        decide(SAFE, f, 0.9F, got);
        cr_expect_str_eq(got, f->safe, "%s under safe: %s, not %s", f->name,
                         got, f->safe);
        /* what was hardly read is no mark and no scale */
        decide(SAFE, f, 0.1F, got);
        for (size_t i = 0; i < f->count; i++)
            cr_expect(got[i] == '#' || strlen(f->text[i]) > 3, "%s: %s stays",
                      f->name, f->text[i]);
    }
    dsc_facts_free(&f->facts);
    *f = (frame){.row = 0};
}

static void read_fact(frame *f, char *spec)
{
    static const struct {
        const char *word, *vr;
        dsc_class cls;
    } kinds[] = {{"name", "PN", DSC_CLASS_NAME}, {"id", "LO", DSC_CLASS_ID}};
    char *value = strchr(spec, '=');

    cr_assert_not_null(value, "%s", spec);
    *value++ = 0;
    value[strcspn(value, "\n")] = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (!strcmp(kinds[i].word, spec))
            cr_assert_eq(dsc_facts_add(&f->facts, kinds[i].cls, kinds[i].vr,
                                       value, NULL),
                         DSC_OK);
}

Test(policy_frames, every_picture)
{
    FILE *in = fopen(FRAMES, "r");
    char row[512];
    frame f = {.row = 0};
    int frames = 0;

    cr_assert_not_null(in);
    while (fgets(row, sizeof row, in)) {
        if (row[0] == '#')
            continue;
        if (row[0] == '=') {
            check(&f);
            snprintf(f.name, sizeof f.name, "%.*s", (int)strcspn(row + 2, "\n"),
                     row + 2);
            frames++;
        } else if (row[0] == '@') {
            read_fact(&f, row + 1);
        } else if (row[0] == '|') {
            read_row(&f, row + 1);
        }
    }
    check(&f);
    fclose(in);
    cr_expect_geq(frames, 40);
}

/* ---- what pictures do not show ---- */

static dsc_frame_word word_at(const char *text, dsc_rect box, uint32_t line,
                              dsc_decision *d)
{
    *d = (dsc_decision){.blank = true, .rule = "unknown", .reason = "x"};
    return (dsc_frame_word){.utf8 = text,
                            .box = box,
                            .confidence = 0.9F,
                            .line = line,
                            .fresh = true,
                            .decision = d};
}

static void decide_words(const dsc_policy *policy, dsc_frame_word *words,
                         size_t count)
{
    cr_assert_eq(dsc_policy_decide_frame(policy, NULL, words, count, NULL),
                 DSC_OK);
}

/* A frame full of numbers, or of letters, is a table, and costs no time. */
static void check_many(size_t count, bool numbers)
{
    static dsc_decision d[5000];
    static dsc_frame_word words[5000];
    static char text[5000][8];

    for (size_t i = 0; i < count; i++) {
        snprintf(text[i], sizeof text[i], numbers ? "%zu" : "L", i);
        words[i] = word_at(text[i], (dsc_rect){10, (int32_t)i * 20, 8, 10},
                           (uint32_t)i, &d[i]);
    }
    decide_words(SAFE, words, count);
    for (size_t i = 0; i < count; i++)
        cr_assert(d[i].blank);
}

/* Nearly as many marks as are looked at, and text in gaps between them. */
Test(policy_frames, many_marks_with_gaps, .timeout = 60)
{
    enum {
        MARKS = 95,
        GAPS = 6,
        ALL = MARKS + 2 * GAPS
    };
    char text[ALL][8];
    dsc_frame_word words[ALL];
    dsc_decision d[ALL];
    dsc_facts facts = {0};

    for (int i = 0, place = 0, n = 0; i < ALL; i++, place++) {
        bool missing =
            place > MARKS - 2 * GAPS && place % 4 < 2 && i - n < 2 * GAPS;
        n += !missing;
        snprintf(text[i], sizeof text[i], missing ? "?" : "%.1f",
                 0.5 * place + 20);
        d[i] = (dsc_decision){
            .blank = true, .cls = DSC_CLASS_UNKNOWN, .rule = "bare-number"};
        words[i] = (dsc_frame_word){.utf8 = text[i],
                                    .box = {100, 40 * place, 30, 14},
                                    .confidence = 0.9F,
                                    .line = (uint32_t)i,
                                    .decision = &d[i]};
    }
    cr_assert_eq(dsc_policy_decide_frame(SAFE, &facts, words, ALL, NULL),
                 DSC_OK);
    cr_expect_not(d[0].blank);
}

Test(policy_frames, many_words_are_no_scale, .timeout = 60)
{
    check_many(5000, true);
    check_many(5000, false);
    check_many(1000, false);
}

Test(policy_frames, wishes_are_heard)
{
    dsc_policy *p = NULL;
    dsc_decision d[4];
    dsc_frame_word w[4] = {word_at("L", (dsc_rect){10, 200, 10, 14}, 0, &d[0]),
                           word_at("P", (dsc_rect){200, 10, 10, 14}, 1, &d[1]),
                           word_at("-5", (dsc_rect){400, 10, 18, 14}, 2, &d[2]),
                           word_at("5", (dsc_rect){408, 90, 10, 14}, 3, &d[3])};

    cr_assert_eq(dsc_policy_create(&p, "safe", NULL, "laterality,scales", NULL),
                 DSC_OK);
    decide_words(p, w, 4);
    cr_expect(d[0].blank && !d[1].blank && d[2].blank && d[3].blank);
    decide_words(SAFE, w, 4);
    cr_expect(!d[0].blank && !d[2].blank && !d[3].blank);
    cr_expect_str_eq(dsc_class_name(d[0].cls), "laterality");
    cr_expect_str_eq(d[2].rule, "scale");
    dsc_policy_free(&p);
}

/* A word is one decision on many frames. */
Test(policy_frames, what_is_not_alone_on_one_frame_goes_on_all)
{
    dsc_decision d[2];
    dsc_frame_word w[2] = {
        word_at("F", (dsc_rect){10, 20, 10, 14}, 0, &d[0]),
        word_at("Smith", (dsc_rect){30, 20, 50, 14}, 1, &d[1])};

    decide_words(SAFE, w, 1);
    cr_expect_not(d[0].blank);
    decide_words(SAFE, w, 2);
    cr_expect(d[0].blank);
    decide_words(SAFE, w, 1);
    cr_expect(d[0].blank);
}

/* So it is with a number beside its label. */
Test(policy_frames, a_value_that_gets_company_goes)
{
    dsc_decision d[3];
    dsc_frame_word w[3] = {
        word_at("Gain", (dsc_rect){10, 20, 40, 14}, 0, &d[0]),
        word_at("62", (dsc_rect){80, 20, 20, 14}, 1, &d[1]),
        word_at("Smith", (dsc_rect){130, 20, 50, 14}, 2, &d[2])};

    d[0] = (dsc_decision){.cls = DSC_CLASS_LABEL, .rule = "allow-label"};
    decide_words(SAFE, w, 2);
    cr_expect_not(d[1].blank);
    decide_words(SAFE, w, 3);
    cr_expect(d[1].blank);
    decide_words(SAFE, w, 2);
    cr_expect(d[1].blank);
}

/* What was found twice is one: it is no company for itself. */
Test(policy_frames, what_is_found_twice_is_one)
{
    dsc_decision d[4];
    dsc_frame_word w[4] = {word_at("R", (dsc_rect){10, 20, 10, 14}, 0, &d[0]),
                           word_at("R", (dsc_rect){11, 20, 10, 14}, 1, &d[1]),
                           word_at("I", (dsc_rect){10, 40, 10, 14}, 2, &d[2]),
                           word_at("I", (dsc_rect){10, 40, 9, 14}, 3, &d[3])};

    decide_words(SAFE, w, 4);
    for (size_t i = 0; i < 4; i++)
        cr_expect_not(d[i].blank, "%zu", i);
    /* of another place, or identifying, it is another one */
    w[3].box.y += 20;
    decide_words(SAFE, w, 4);
    cr_expect(d[0].blank && d[2].blank && d[3].blank);
    w[3].box.y -= 20;
    for (size_t i = 0; i < 4; i++)
        d[i] = (dsc_decision){.blank = true, .rule = "unknown"};
    d[3].cls = DSC_CLASS_NAME;
    decide_words(SAFE, w, 4);
    cr_expect(d[2].blank && d[3].blank);
}

/* Nor is what another reading made of its ink, or of a piece of it. */
Test(policy_frames, a_bad_reading_is_no_company)
{
    static const struct {
        const char *what, *text, *again;
        dsc_rect box;
        float first, second;
        dsc_class cls;
        bool stays;
    } cases[] = {
        {"the same ink", "R", "Zq", {10, 20, 10, 14}, 0.9F, 0.3F, 0, true},
        {"its end", "R", "Zq", {15, 24, 5, 8}, 0.9F, 0.3F, 0, true},
        {"signs", "R", "=", {10, 20, 10, 14}, 0.9F, 0.9F, 0, true},
        {"read well", "R", "Zq", {10, 20, 10, 14}, 0.9F, 0.7F, 0, false},
        {"read badly itself",
         "R",
         "Zq",
         {10, 20, 10, 14},
         0.8F,
         0.3F,
         0,
         false},
        {"more ink", "R", "Zq", {10, 20, 13, 14}, 0.9F, 0.3F, 0, false},
        {"ink beside it", "R", "Zq", {22, 20, 10, 14}, 0.9F, 0.3F, 0, false},
        {"not read at all", "R", "", {10, 20, 10, 14}, 0.9F, 0, 0, false},
        {"a name",
         "R",
         "Zq",
         {10, 20, 10, 14},
         0.9F,
         0.3F,
         DSC_CLASS_NAME,
         false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_decision d[2];
        dsc_frame_word w[2] = {
            word_at(cases[i].text, (dsc_rect){10, 20, 10, 14}, 0, &d[0]),
            word_at(cases[i].again, cases[i].box, 1, &d[1])};
        w[0].confidence = cases[i].first;
        w[1].confidence = cases[i].second;
        if (cases[i].cls)
            d[1].cls = cases[i].cls;
        decide_words(SAFE, w, 2);
        cr_expect_eq(!d[0].blank, cases[i].stays, "%s", cases[i].what);
    }
}

/* Numbers that were found twice, with the point and without it. */
Test(policy_frames, a_colour_bar_found_twice)
{
    dsc_decision d[4];
    dsc_frame_word w[4] = {
        word_at("52", (dsc_rect){10, 20, 20, 12}, 0, &d[0]),
        word_at("52", (dsc_rect){10, 200, 20, 12}, 1, &d[1]),
        word_at("52.", (dsc_rect){10, 200, 26, 12}, 2, &d[2]),
        word_at("52", (dsc_rect){10, 120, 20, 12}, 3, &d[3])};

    decide_words(SAFE, w, 4);
    cr_expect(d[0].blank && d[1].blank && d[2].blank);
    decide_words(SAFE, w, 3);
    cr_expect_not(d[0].blank || d[1].blank || d[2].blank);
    /* a partner that is found again on a later frame stays with the first */
    d[1] = d[2] = (dsc_decision){.blank = true, .rule = "unknown"};
    decide_words(SAFE, w, 3);
    cr_expect_not(d[0].blank || d[1].blank || d[2].blank);
}

/* A rule beside a mark says nothing; ink that goes does. */
Test(policy_frames, a_rule_is_no_company)
{
    dsc_decision d[2];
    dsc_frame_word w[2] = {word_at("R", (dsc_rect){10, 20, 8, 11}, 0, &d[0]),
                           word_at("", (dsc_rect){0, 18, 3, 14}, 1, &d[1])};

    decide_words(SAFE, w, 2);
    cr_expect(d[0].blank);
    d[0] = (dsc_decision){.blank = true, .rule = "unknown"};
    d[1] = (dsc_decision){.cls = DSC_CLASS_LABEL, .rule = "rule"};
    decide_words(SAFE, w, 2);
    cr_expect_not(d[0].blank);
}

/* Values are kept by wish wherever they stand. */
Test(policy_frames, what_is_kept_by_wish_stays)
{
    dsc_policy *p = NULL;
    dsc_decision d[2] = {{.rule = "allow-caption"},
                         {.cls = DSC_CLASS_LABEL, .rule = "none"}};
    dsc_frame_word w[2] = {
        {"Hospital:", {10, 20, 90, 14}, 0.9F, 0, true, &d[0], NULL, 0},
        {"Nordstadt", {10, 40, 90, 14}, 0.9F, 1, true, &d[1], NULL, 0}};

    cr_assert_eq(dsc_policy_create(&p, "phi", "institution", NULL, NULL),
                 DSC_OK);
    decide_words(p, w, 2);
    cr_expect_not(d[1].blank);
    decide_words(dsc_policy_plain(DSC_POLICY_PHI), w, 2);
    cr_expect(d[1].blank);
    dsc_policy_free(&p);
}

/* Somebody's initials, which were found one by one. */
Test(policy_frames, letters_that_are_close_go)
{
    dsc_decision d[2];
    dsc_frame_word w[2] = {word_at("A", (dsc_rect){10, 20, 10, 14}, 0, &d[0]),
                           word_at("S", (dsc_rect){30, 20, 10, 14}, 1, &d[1])};

    decide_words(SAFE, w, 2);
    cr_expect(d[0].blank && d[1].blank);
    w[1].box.x = 60;
    decide_words(SAFE, w, 2);
    cr_expect(!d[0].blank && !d[1].blank);
}

/* "st" of "Cist", which another view shows by itself. */
Test(policy_frames, two_letters_of_a_longer_word_stay)
{
    dsc_decision d[3];
    dsc_frame_word w[3] = {
        word_at("Cist Mag", (dsc_rect){143, 87, 71, 14}, 0, &d[0]),
        word_at("0.7", (dsc_rect){241, 87, 34, 14}, 0, &d[1]),
        word_at("st", (dsc_rect){161, 90, 14, 11}, 1, &d[2])};

    w[2].confidence = 0.73F;
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; i < 3; i++)
            d[i] =
                (dsc_decision){.cls = DSC_CLASS_LABEL, .rule = "allow-label"};
        decide_words(SAFE, w, 3);
        cr_expect_eq(d[2].blank, k > 0);
        w[2].box.y += 20;
    }
}

/* Some other text that was read as one letter, or as a short number. */
Test(policy_frames, what_does_not_fill_its_box_goes)
{
    dsc_decision d[4];
    dsc_frame_word w[4] = {
        word_at("M", (dsc_rect){10, 20, 60, 14}, 0, &d[0]),
        word_at("I", (dsc_rect){300, 200, 10, 80}, 1, &d[1]),
        word_at(".62", (dsc_rect){500, 20, 90, 14}, 2, &d[2]),
        word_at("-.62", (dsc_rect){500, 200, 90, 14}, 3, &d[3])};

    decide_words(SAFE, w, 4);
    for (size_t i = 0; i < 4; i++)
        cr_expect(d[i].blank, "%s stays", w[i].utf8);
    w[0].box.w = 14;
    w[1].box.h = 20;
    w[2].box.w = w[3].box.w = 30;
    decide_words(SAFE, w, 4);
    for (size_t i = 0; i < 4; i++)
        cr_expect_not(d[i].blank, "%s goes", w[i].utf8);
}

/* Lines 45 pixels apart, of letters of 20. */
Test(policy_frames, banners_have_wide_pitches)
{
    dsc_decision d[3];
    dsc_frame_word w[3] = {
        word_at("Miller", (dsc_rect){40, 20, 90, 20}, 0, &d[0]),
        word_at("M", (dsc_rect){40, 65, 16, 20}, 1, &d[1]),
        word_at("QX7781", (dsc_rect){40, 110, 90, 20}, 2, &d[2])};

    d[0].cls = DSC_CLASS_NAME;
    decide_words(SAFE, w, 3);
    cr_expect(d[1].blank);
    /* nor is a name a mark, though it was read as one */
    w[0].utf8 = "R";
    w[0].box = (dsc_rect){40, 35, 16, 20};
    decide_words(SAFE, w, 3);
    cr_expect(d[0].blank && d[1].blank);
    /* or does not look like one, where the two are sides of the patient */
    d[0] = d[1] = d[2];
    w[1].utf8 = "I";
    w[0].box.w = 90;
    decide_words(SAFE, w, 2);
    cr_expect(d[0].blank && d[1].blank);
    d[0] = d[1] = d[2];
    w[0].box.w = 16;
    decide_words(SAFE, w, 2);
    cr_expect(!d[0].blank && !d[1].blank);
}

/* A box as wide holds a letter and a bar beside it. */
Test(policy_frames, a_letter_is_no_wider_than_an_M)
{
    for (int32_t w = 8; w <= 40; w += 2) {
        dsc_decision d[1];
        dsc_frame_word a[1] = {
            word_at("A", (dsc_rect){49, 29, w, 24}, 0, &d[0])};
        decide_words(SAFE, a, 1);
        cr_expect_eq(d[0].blank, w > 28, "%d", w);
    }
}

/* Captions of an earlier frame speak to what is new below them. */
Test(policy_frames, heads_of_columns_are_no_values)
{
    dsc_decision d[3] = {{.rule = "allow-caption"},
                         {.rule = "allow-caption"},
                         {.cls = DSC_CLASS_LABEL, .rule = "none"}};
    dsc_frame_word w[3] = {
        {"SEX", {10, 20, 28, 14}, 0.9F, 0, true, &d[0], NULL, 0},
        {"AGE", {70, 20, 28, 14}, 0.9F, 1, true, &d[1], NULL, 0},
        {"M", {10, 40, 8, 14}, 0.9F, 2, true, &d[2], NULL, 0}};
    const dsc_policy *phi = dsc_policy_plain(DSC_POLICY_PHI);

    decide_words(phi, w, 2);
    w[0].fresh = w[1].fresh = false;
    decide_words(phi, w, 3);
    cr_expect(d[2].blank);
}

/* A caption that was hardly read, and has no colon, may be none. */
Test(policy_frames, captions_are_read_well)
{
    dsc_decision d[2] = {{.rule = "none"}, {.rule = "none"}};
    dsc_frame_word w[2] = {
        {"Pat", {10, 20, 28, 14}, 0.4F, 0, true, &d[0], NULL, 0},
        {"Depth", {10, 40, 48, 14}, 0.9F, 1, true, &d[1], NULL, 0}};
    const dsc_policy *phi = dsc_policy_plain(DSC_POLICY_PHI);

    decide_words(phi, w, 2);
    cr_expect_not(d[1].blank);
    w[0].utf8 = "Pat:";
    decide_words(phi, w, 2);
    cr_expect(d[1].blank);
    d[1].blank = false;
    w[0].utf8 = "Pat";
    w[0].confidence = 0.6F;
    decide_words(phi, w, 2);
    cr_expect(d[1].blank);
}

/* `Hi` is what a reader made of a name; two of them at one place are no
 * company, and a word of three letters needs none. */
Test(policy_frames, two_letters_are_read_well)
{
    static const char *const texts[] = {"Hi", "Hi", "LV", "Gen"};
    dsc_decision d[4];
    dsc_frame_word w[4];

    for (size_t i = 0; i < 4; i++) {
        int32_t y = i < 2 ? 10 : 10 + 100 * (int32_t)i;
        d[i] = (dsc_decision){.rule = "none"};
        w[i] = (dsc_frame_word){.utf8 = texts[i],
                                .box = {10, y, 28, 14},
                                .confidence = 0.6F,
                                .line = (uint32_t)i,
                                .fresh = true,
                                .decision = &d[i]};
    }
    w[2].confidence = 0.8F;
    decide_words(SAFE, w, 4);
    cr_expect(d[0].blank);
    cr_expect(d[1].blank);
    cr_expect_not(d[2].blank);
    cr_expect_not(d[3].blank);
}

Test(policy_frames, nothing_and_odd_boxes, .timeout = 60)
{
    dsc_decision d[3];
    dsc_frame_word w[3] = {
        word_at("L", (dsc_rect){0, 0, 0, 0}, 0, &d[0]),
        word_at("-1", (dsc_rect){1 << 20, 1 << 20, 1 << 20, 1 << 20}, 1, &d[1]),
        word_at("1", (dsc_rect){-5, -5, 3, 3}, 2, &d[2])};

    decide_words(SAFE, w, 0);
    decide_words(SAFE, w, 3);
}

/* ---- many lines on many frames ---- */

enum {
    COLUMNS = 20,
    GRID = 2000
};

static size_t looks_of_frame(dsc_frame_word *words, size_t count)
{
    dsc_policy__frame_line *lines;
    size_t n, looks = 0;

    cr_assert_eq(dsc_policy__list_lines(&lines, &n, words, count, NULL),
                 DSC_OK);
    cr_assert_eq(dsc_policy__compare_lines(SAFE, NULL, lines, n, &looks, NULL),
                 DSC_OK);
    dsc_free(lines);
    return looks;
}

/* One more line on each frame: the work is that of the lines that came, not of
 * all that stand there, or thousands of frames would take an hour. */
Test(policy_frames, only_what_is_new_is_compared)
{
    static dsc_decision d[GRID];
    static dsc_frame_word words[GRID];
    size_t looks = 0;

    for (size_t i = 0; i < GRID; i++) {
        words[i] = word_at("Name:",
                           (dsc_rect){(int32_t)(i % COLUMNS) * 60,
                                      (int32_t)(i / COLUMNS) * 16, 50, 12},
                           (uint32_t)i, &d[i]);
        d[i].rule = "allow-caption";
        words[i].fresh = false;
    }
    cr_expect_eq(looks_of_frame(words, GRID), 0);
    for (size_t i = 0; i < GRID; i += 40) {
        words[i].fresh = true;
        looks += looks_of_frame(words, GRID);
        words[i].fresh = false;
    }
    cr_expect_leq(looks, GRID / 40 * GRID * 20, "%zu", looks);
    for (size_t i = 0; i < GRID; i++)
        words[i].fresh = true;
    cr_expect_leq(looks_of_frame(words, GRID), GRID * GRID * 4);
}

/* A value that comes later than its caption, and a caption later than its
 * value: both are compared when the later one comes. */
Test(policy_frames, what_comes_later_is_compared)
{
    for (int later = 0; later < 2; later++) {
        dsc_decision d[2];
        dsc_frame_word w[2] = {
            word_at("Name:", (dsc_rect){10, 20, 50, 14}, 0, &d[0]),
            word_at("Depth", (dsc_rect){70, 20, 50, 14}, 1, &d[1])};
        d[0] = (dsc_decision){.rule = "allow-caption"};
        d[1] = (dsc_decision){.cls = DSC_CLASS_LABEL, .rule = "allow-label"};
        w[!later].fresh = false;
        decide_words(SAFE, w, 2);
        cr_expect(d[1].blank, "%d", later);
    }
}

/* ---- rulers ---- */

/* An upright ruler's mark beside a number, `up` pixels above its middle. */
static dsc_ruler at_mark(dsc_rect number, int32_t before, int32_t after,
                         int32_t up, bool is_long)
{
    return (dsc_ruler){.x = (float)(number.x + number.w + 3),
                       .y = (float)(number.y + number.h / 2 - up),
                       .dy = 10,
                       .before = before,
                       .after = after,
                       .is_long = is_long};
}

Test(policy_frames, a_number_is_as_far_down_a_ruler_as_it_says)
{
    static const struct {
        const char *text;
        int32_t before, after, up;
        bool is_long, stays;
    } rows[] = {
        {"19", 18, 0, 6, false, true}, /* at its foot */
        {"18", 18, 0, 0, false, true},  {"18", 18, 0, 6, false, false},
        {"20", 18, 0, 6, false, false}, {"54", 18, 0, 0, false, false},
        {"7", 7, 0, 0, false, false}, /* a ruler too short to tell */
        {"10", 10, 8, 1, true, true}, /* beside one of its marks */
        {"10", 10, 8, 1, false, false}, {"10", 10, 8, 5, true, false},
        {"10", 11, 7, 0, true, false},  {"12", 12, 6, 0, true, false},
        {"5", 5, 13, 0, true, true},    {"0", 0, 18, 0, true, false},
        {"05", 5, 13, 0, true, false},  {"1O", 10, 8, 0, true, false},
        {"10.", 10, 8, 0, true, false}, {"-10", 10, 8, 0, true, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dsc_decision d;
        dsc_rect box = {100, 100, 9 * (int32_t)strlen(rows[i].text), 12};
        dsc_frame_word w = word_at(rows[i].text, box, 0, &d);
        dsc_ruler r = at_mark(box, rows[i].before, rows[i].after, rows[i].up,
                              rows[i].is_long);
        w.ruler = &r;
        decide_words(SAFE, &w, 1);
        cr_expect_eq(!d.blank, rows[i].stays, "%s", rows[i].text);
        cr_expect(d.blank || d.doubtful, "%s", rows[i].text);
        d.blank = true;
        decide_words(dsc_policy_plain(DSC_POLICY_ALL), &w, 1);
        cr_expect(d.blank, "%s", rows[i].text);
    }
}

/* The ruler explains no number that has company on its side, and no letters. */
Test(policy_frames, a_ruler_explains_a_number_that_stands_alone)
{
    static const struct {
        const char *text;
        dsc_rect box;
        float confidence;
        bool stays;
    } rows[] = {
        {"Kim", {70, 100, 26, 12}, 0.9F, false},
        {"", {80, 100, 12, 12}, 0, false},
        {"K", {104, 117, 8, 12}, 0.9F, false},
        {"7", {109, 74, 9, 12}, 0.9F, false}, /* beside the next mark */
        {"7", {109, 126, 9, 12}, 0.5F, false},
        {"os", {100, 126, 18, 12}, 0.33F, true}, /* a tick */
        {"7", {130, 74, 9, 12}, 0.9F, true},
        {"Page", {80, 126, 36, 12}, 0.9F, true},
        {"5", {109, 50, 9, 12}, 0.9F, true},     /* five marks up */
        {"Kim", {130, 100, 26, 12}, 0.9F, true}, /* in the picture */
        {"16", {100, 100, 18, 12}, 0.6F, true},  /* the same ink, misread */
        {"16", {100, 100, 18, 12}, 0.95F, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dsc_decision d[2];
        dsc_rect box = {100, 100, 18, 12};
        dsc_frame_word w[2] = {word_at("10", box, 0, &d[0]),
                               word_at(rows[i].text, rows[i].box, 1, &d[1])};
        dsc_ruler r = at_mark(box, 10, 8, 0, true);
        w[0].ruler = w[1].ruler = &r;
        w[1].confidence = rows[i].confidence;
        decide_words(SAFE, w, 2);
        cr_expect_eq(!d[0].blank, rows[i].stays, "%zu", i);
    }
}

static void tick_at(dsc_frame_word *w, dsc_rect box, dsc_decision *d)
{
    *w = word_at("", box, 7, d);
    *d = (dsc_decision){.blank = true, .rule = DSC_RULE_RULER, .reason = "x"};
}

/* ... and a tick that explains no number is ink that nobody read. */
Test(policy_frames, ticks_stay_beside_their_number)
{
    dsc_decision d[4];
    dsc_frame_word w[4] = {word_at("10", (dsc_rect){100, 100, 18, 12}, 0, d),
                           word_at("L", (dsc_rect){100, 300, 9, 12}, 1, d + 1)};
    dsc_ruler r = at_mark(w[0].box, 10, 8, 0, true);

    w[0].ruler = &r;
    tick_at(&w[2], (dsc_rect){121, 102, 9, 8}, &d[2]);
    tick_at(&w[3], (dsc_rect){112, 302, 9, 8}, &d[3]);
    decide_words(SAFE, w, 4);
    cr_expect(!d[0].blank && !d[2].blank);
    cr_expect(d[1].blank && d[3].blank, "a letter and its tick");
    r.before = 11;
    d[0].blank = true;
    d[0].rule = "unknown";
    d[0].cls = DSC_CLASS_UNKNOWN;
    decide_words(SAFE, w, 3);
    cr_expect(d[0].blank && d[2].blank, "another number");
}
