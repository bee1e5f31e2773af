/* SPDX-License-Identifier: Apache-2.0
 *
 * Boxes and kept text beside each other: what a box may reach, and text that
 * was found twice, in two views, or by the plan and the proof.
 */
#include "scrub/scrub_priv.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* ---- what a box may and may not do to kept text ---- */

static dsc_track track_of(dsc_span *spans, size_t n, dsc_rect box)
{
    return (dsc_track){.box = box,
                       .first = 2,
                       .last = 5,
                       .spans = spans,
                       .span_count = n,
                       .was_read = true};
}

static dsc_span span_of(dsc_rect box, bool blank, int32_t halo)
{
    return (dsc_span){.box = box,
                      .halo = dsc_rect_grow(box, halo, halo),
                      .decision = {.blank = blank, .rule = "x", .reason = "x"},
                      .was_read = true,
                      .sure = true,
                      .read = 0.9F};
}

Test(twice, a_halo_yields_to_kept_ink)
{
    dsc_span one[] = {span_of((dsc_rect){10, 40, 30, 12}, true, 8),
                      span_of((dsc_rect){44, 40, 30, 12}, false, 0)};
    dsc_span below[] = {span_of((dsc_rect){10, 54, 40, 12}, false, 0)};
    dsc_track t[] = {track_of(one, 2, (dsc_rect){10, 40, 64, 12}),
                     track_of(below, 1, (dsc_rect){10, 54, 40, 12})};
    dsc_tracks tracks = {.items = t, .count = 2};
    dsc_region_list regions = {0}, kept = {0};

    cr_assert_eq(dsc_plan_tracks(&tracks, 0, NULL, &regions, &kept, NULL),
                 DSC_OK);
    cr_assert_eq(regions.count, 1);
    cr_assert_eq(kept.count, 2);
    const dsc_region *r = &regions.items[0];
    cr_expect_eq(r->x, 2);
    cr_expect_eq(r->y, 32);
    cr_expect_eq(r->x + r->w, 45, "ends before the neighbour's ink");
    cr_expect_eq(r->y + r->h, 55, "ends above the next line's ink");
    /* on other frames there is nothing to yield to */
    t[1].first = t[1].last = 9;
    regions.count = kept.count = 0;
    cr_assert_eq(dsc_plan_tracks(&tracks, 0, NULL, &regions, &kept, NULL),
                 DSC_OK);
    cr_expect_eq(regions.items[0].y + regions.items[0].h, 60);
    dsc_free(regions.items);
    dsc_free(kept.items);
}

/* ---- text that was found twice ---- */

static dsc_word word_of(const char *text)
{
    return (dsc_word){.utf8 = (char *)(uintptr_t)text};
}

/* What a reader makes of ink that is no letter never stays, however sure it
 * is. */
Test(twice, signs_alone_do_not_stay)
{
    static const struct {
        const char *text;
        bool may;
    } cases[] = {{"=", false},   {"|", false},   {"--", false},
                 {"\"'", false}, {"R", true},    {"@", true},
                 {"12", true},   {"-0.4", true}, {"\xC2\xA9", true},
                 {"Doe", false}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_word word = word_of(cases[i].text);
        dsc_span span = span_of((dsc_rect){10, 10, 12, 12}, true, 0);
        dsc_track track = track_of(&span, 1, span.box);
        track.words = (dsc_words){&word, 1, 0};
        cr_expect_eq(dsc_words_may_stay(&track), cases[i].may, "%s",
                     cases[i].text);
    }
}

/* One kept word and one that goes, each a track. */
typedef struct twice {
    dsc_span good, bad;
    dsc_word good_word, bad_word;
    dsc_track t[2];
} twice;

static dsc_tracks pair_up(twice *p, dsc_rect good, dsc_rect bad)
{
    p->good = span_of(good, false, 0);
    p->bad = span_of(bad, true, 4);
    p->bad.read = 0.3F;
    p->good_word = word_of("2.0");
    p->bad_word = word_of("Z~");
    p->t[0] = track_of(&p->good, 1, good);
    p->t[1] = track_of(&p->bad, 1, bad);
    p->t[0].words = (dsc_words){&p->good_word, 1, 0};
    p->t[1].words = (dsc_words){&p->bad_word, 1, 0};
    return (dsc_tracks){.items = p->t, .count = 2};
}

Test(twice, read_well_once_is_enough)
{
    static const dsc_rect here = {40, 40, 20, 12}, more = {40, 40, 34, 12};
    twice p;
    dsc_tracks tracks = pair_up(&p, here, here);

    dsc_tracks_reconcile(&tracks);
    cr_expect(p.bad.settled);
    tracks = pair_up(&p, here, here);
    p.bad.read = 0.9F; /* as sure of something else */
    dsc_tracks_reconcile(&tracks);
    cr_expect(!p.bad.settled);
    p.bad_word = word_of("2.0"); /* but of the same */
    dsc_tracks_reconcile(&tracks);
    cr_expect(p.bad.settled);
    tracks = pair_up(&p, here, here);
    p.bad.decision.cls = DSC_CLASS_NAME;
    dsc_tracks_reconcile(&tracks);
    cr_expect(!p.bad.settled, "what identifies goes");
    tracks = pair_up(&p, here, here);
    p.good.read = 0.7F;
    dsc_tracks_reconcile(&tracks);
    cr_expect(!p.bad.settled, "not read well");
    tracks = pair_up(&p, here, more);
    dsc_tracks_reconcile(&tracks);
    cr_expect(!p.bad.settled, "more ink than was read");
    tracks = pair_up(&p, here, here);
    p.t[1].last = 9;
    dsc_tracks_reconcile(&tracks);
    cr_expect(!p.bad.settled, "not on all of its frames");
}

Test(twice, a_settled_word_has_no_box)
{
    static const dsc_rect here = {40, 40, 20, 12};
    dsc_region_list regions = {0}, kept = {0};
    twice p;
    dsc_tracks tracks = pair_up(&p, here, here);

    dsc_tracks_reconcile(&tracks);
    cr_assert_eq(dsc_plan_tracks(&tracks, 0, NULL, &regions, &kept, NULL),
                 DSC_OK);
    cr_expect_eq(regions.count, 0);
    cr_expect_eq(kept.count, 1);
    dsc_free(regions.items);
    dsc_free(kept.items);
}

/* A word was read so well at 40, 40, and another one in a later view, where it
 * was decided so: does that stay? */
static bool stays_again(const dsc_policy *policy, const char *first,
                        float first_read, const char *again, float again_read,
                        dsc_rect box, dsc_decision decision)
{
    char text[8];
    twice p;
    dsc_tracks tracks = pair_up(&p, (dsc_rect){40, 40, 20, 12}, box);

    snprintf(text, sizeof text, "%s", again);
    p.good_word.utf8 = (char *)(uintptr_t)first;
    p.bad_word.utf8 = text;
    p.good.read = first_read;
    p.bad.read = again_read;
    p.bad.decision = decision;
    dsc_tracks_doubt(policy, &tracks, 1);
    return !p.bad.decision.blank;
}

/* A later view with news at a word's place shows it, too, or something else. */
Test(twice, a_word_that_two_views_show_is_none_of_two)
{
    static const struct {
        const char *what, *text;
        dsc_rect box;
        float first, again;
        bool stays;
    } cases[] = {
        {"the same", "GI", {41, 40, 20, 12}, 0.83F, 0.7F, true},
        {"hardly", "GI", {41, 40, 20, 12}, 0.83F, 0.5F, false},
        {"hardly before", "GI", {41, 40, 20, 12}, 0.5F, 0.7F, false},
        {"another word", "G", {41, 40, 20, 12}, 0.83F, 0.7F, false},
        {"with more ink", "GI", {40, 40, 30, 12}, 0.83F, 0.7F, false},
        {"read well", "G", {40, 40, 20, 12}, 0.5F, 0.9F, true},
    };
    dsc_policy *policy;

    cr_assert_eq(dsc_policy_create(&policy, "safe", NULL, NULL, NULL), DSC_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_decision kept = {.rule = "x"};
        cr_expect_eq(stays_again(policy, "GI", cases[i].first, cases[i].text,
                                 cases[i].again, cases[i].box, kept),
                     cases[i].stays, "%s", cases[i].what);
    }
    dsc_policy_free(&policy);
}

/* Its number has no colour: in a view of colours "Power" stands alone. */
Test(twice, a_term_is_what_it_was_with_its_number)
{
    static const struct {
        const char *what, *text, *rule;
        float again;
        bool stays;
    } cases[] = {
        {"the same", "Power", "name-term", 0.9F, true},
        {"read badly", "Power", "name-term", 0.7F, false},
        {"another word", "Powers", "name-term", 0.9F, false},
        {"a name", "Power", "name-list", 0.9F, false},
    };
    dsc_policy *policy;

    cr_assert_eq(dsc_policy_create(&policy, "safe", NULL, NULL, NULL), DSC_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_decision goes = {.blank = true, .rule = cases[i].rule};
        cr_expect_eq(stays_again(policy, "Power", 0.9F, cases[i].text,
                                 cases[i].again, (dsc_rect){40, 40, 21, 12},
                                 goes),
                     cases[i].stays, "%s", cases[i].what);
    }
    dsc_policy_free(&policy);
}

/* Ink that could not be read, right beside a word, may be a letter of it. */
Test(twice, unread_ink_beside_a_word_takes_it)
{
    static const struct {
        dsc_rect unread;
        bool goes;
    } cases[] = {
        {{62, 40, 8, 12}, true},   {{32, 41, 7, 8}, true},
        {{70, 40, 8, 12}, false},  /* a word's space away */
        {{62, 46, 8, 3}, false},   /* a tick */
        {{40, 54, 20, 12}, false}, /* the next line */
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        twice p;
        dsc_tracks tracks =
            pair_up(&p, (dsc_rect){40, 40, 20, 12}, cases[i].unread);
        dsc_tracks_reconcile(&tracks);
        cr_expect(!p.good.decision.blank, "no rest of a box");
        p.t[1].is_rest = true;
        dsc_tracks_reconcile(&tracks);
        cr_expect_eq(p.good.decision.blank, cases[i].goes, "%zu", i);
        p.good.decision.blank = false;
        p.good.was_read = false; /* a rule or a bar */
        dsc_tracks_reconcile(&tracks);
        cr_expect(!p.good.decision.blank, "%zu", i);
    }
}

/* A box of tissue with a mark of a scale in it leaves the mark out; one as high
 * as the word, or that was read, does not. */
Test(twice, a_box_that_is_no_line_leaves_kept_text_out)
{
    static const dsc_rect mark = {40, 60, 10, 12}, tall = {30, 20, 40, 90},
                          flat = {30, 58, 60, 16};
    dsc_region_list regions = {0}, kept = {0};
    dsc_rects left = {0};
    twice p;
    dsc_tracks tracks = pair_up(&p, mark, tall);

    p.bad.halo = tall;
    cr_assert_eq(dsc_plan_tracks(&tracks, 0, NULL, &regions, &kept, NULL),
                 DSC_OK);
    cr_expect_eq(regions.count, 4);
    for (size_t i = 0; i < regions.count; i++) {
        const dsc_region *r = &regions.items[i];
        dsc_rect box = {r->x, r->y, r->w, r->h};
        cr_expect(dsc_rect_empty(dsc_rect_intersect(box, mark)));
        cr_assert_eq(dsc_rects_add(&left, box, NULL), DSC_OK);
    }
    cr_expect_eq(dsc_rects_covered(&left, tall),
                 dsc_rect_area(tall) - dsc_rect_area(mark));
    for (int i = 0; i < 3; i++) {
        regions.count = kept.count = 0;
        tracks = pair_up(&p, mark, i == 0 ? flat : tall);
        p.bad.halo = p.bad.box;
        p.bad.read = i == 1 ? 0.9F : 0.3F;
        p.bad.decision.cls = i == 2 ? DSC_CLASS_ID : DSC_CLASS_UNKNOWN;
        cr_assert_eq(dsc_plan_tracks(&tracks, 0, NULL, &regions, &kept, NULL),
                     DSC_OK);
        cr_expect_eq(regions.count, 1, "%d", i);
    }
    dsc_rects_free(&left);
    dsc_free(regions.items);
    dsc_free(kept.items);
}

/* What the plan kept for its surroundings stays in the proof, unless it
 * identifies somebody, or is more than what was kept. */
Test(twice, the_proof_keeps_what_was_explained)
{
    static const struct {
        const char *what, *rule;
        dsc_rect found;
        dsc_class cls;
        uint32_t last;
        bool doubtful, settled;
    } cases[] = {
        {"a mark", "mark", {40, 40, 10, 12}, DSC_CLASS_UNKNOWN, 9, true, true},
        {"a scale", "scale", {41, 41, 8, 10}, DSC_CLASS_UNKNOWN, 9, true, true},
        {"a name", "scale", {40, 40, 10, 12}, DSC_CLASS_NAME, 9, true, false},
        {"a longer word",
         "mark",
         {40, 40, 19, 12},
         DSC_CLASS_UNKNOWN,
         9,
         true,
         false},
        {"a line above",
         "mark",
         {40, 30, 10, 22},
         DSC_CLASS_UNKNOWN,
         9,
         true,
         false},
        {"on more frames",
         "mark",
         {40, 40, 10, 12},
         DSC_CLASS_UNKNOWN,
         10,
         true,
         false},
        {"a term",
         "allow-label",
         {40, 40, 10, 12},
         DSC_CLASS_UNKNOWN,
         9,
         true,
         false},
        {"in a sentence",
         "number-label",
         {40, 40, 10, 12},
         DSC_CLASS_UNKNOWN,
         9,
         false,
         false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_region mark = dsc_region_of((dsc_rect){40, 40, 10, 12}, 0, 9);
        dsc_span span = span_of(cases[i].found, true, 0);
        dsc_track t = track_of(&span, 1, cases[i].found);
        mark.rule = cases[i].rule;
        mark.doubtful = cases[i].doubtful;
        span.decision.cls = cases[i].cls;
        t.first = 2;
        t.last = cases[i].last;
        dsc_prove_settle(&(dsc_tracks){.items = &t, .count = 1},
                         &(dsc_region_list){.items = &mark, .count = 1});
        cr_expect_eq(span.settled, cases[i].settled, "%s", cases[i].what);
        dsc_prove_settle(&(dsc_tracks){.items = &t, .count = 1}, NULL);
    }
}

Test(twice, a_late_find_near_a_mark_takes_it)
{
    static const struct {
        dsc_rect found;
        uint32_t frame;
        const char *rule;
        bool takes;
    } cases[] = {
        {{110, 42, 60, 12}, 0, "mark", true},  /* on its line */
        {{130, 42, 60, 12}, 0, "mark", false}, /* far off */
        {{20, 80, 60, 12}, 0, "scale", true},  /* two lines below */
        {{20, 100, 60, 12}, 0, "mark", false},
        {{110, 42, 60, 12}, 5, "mark", false}, /* on another frame */
        {{110, 42, 60, 12}, 0, "allow-label", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_region mark = dsc_region_of((dsc_rect){40, 40, 10, 12}, 0, 0);
        dsc_region found =
            dsc_region_of(cases[i].found, cases[i].frame, cases[i].frame);
        mark.rule = cases[i].rule;
        mark.doubtful = true;
        cr_expect_eq(dsc_prove_disturbs(&found, &mark), cases[i].takes, "%zu",
                     i);
    }
}

/* The finder's box of a line that goes whole reaches over a word that was read
 * by itself. */
Test(twice, a_finders_box_leaves_what_was_read_apart)
{
    static const struct {
        const char *what;
        dsc_rect words;
        float sure;
        bool doubtful, stays;
    } cases[] = {
        {"apart", {150, 40, 60, 14}, 0.9F, false, true},
        {"close", {104, 40, 60, 14}, 0.9F, false, false},
        {"below it", {150, 49, 60, 14}, 0.9F, false, false},
        {"hardly read", {150, 40, 60, 14}, 0.6F, false, false},
        {"doubtful", {150, 40, 60, 14}, 0.9F, true, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_rect word = {40, 40, 60, 14};
        dsc_region_list regions = {0}, kept = {0};
        bool over = false;
        twice p;
        dsc_tracks tracks = pair_up(&p, word, cases[i].words);
        p.t[1].box = (dsc_rect){40, 40, 170, 14};
        p.bad.halo = p.bad.box;
        p.bad.read = 0.9F;
        p.good.decision.confidence = cases[i].sure;
        p.good.decision.doubtful = cases[i].doubtful;
        cr_assert_eq(dsc_plan_tracks(&tracks, 0, NULL, &regions, &kept, NULL),
                     DSC_OK);
        for (size_t k = 0; k < regions.count; k++)
            over = over || !dsc_rect_empty(dsc_rect_intersect(
                               dsc_region_box(&regions.items[k]), word));
        cr_expect_eq(!over, cases[i].stays, "%s", cases[i].what);
        dsc_free(regions.items);
        dsc_free(kept.items);
    }
}

/* Whole cells of a halo would reach kept text that those of the word do not. */
Test(twice, cells_of_a_halo_spare_kept_text)
{
    static const dsc_cells cells = {
        .w = 16, .h = 8, .columns = 640, .rows = 480};
    dsc_region_list regions = {0}, kept = {0};
    twice p;
    dsc_tracks tracks =
        pair_up(&p, (dsc_rect){66, 40, 10, 8}, (dsc_rect){34, 40, 29, 8});

    cr_assert_eq(dsc_plan_tracks(&tracks, 0, &cells, &regions, &kept, NULL),
                 DSC_OK);
    cr_assert_eq(regions.count, 1);
    cr_expect_leq(regions.items[0].x + regions.items[0].w, 64);
    cr_expect_eq(regions.items[0].x, 34);
    regions.count = kept.count = 0;
    cr_assert_eq(dsc_plan_tracks(&tracks, 0, NULL, &regions, &kept, NULL),
                 DSC_OK);
    cr_expect_gt(regions.items[0].x + regions.items[0].w, 64);
    dsc_free(regions.items);
    dsc_free(kept.items);
}
