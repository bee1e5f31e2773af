/* SPDX-License-Identifier: Apache-2.0
 *
 * Word geometry: drawn lines of which some words go. Whatever the reader makes
 * of them, every pixel of ink lies in a box that goes or in a word that is
 * kept, and no box that goes lies on ink that is kept. */
#include "scrub/scrub_priv.h"

#include "draw.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 8

typedef struct drawn {
    const char *text;
    bool goes;
    canvas own; /* its ink alone */
    dsc_rect box;
} drawn;

typedef struct page {
    canvas c;
    drawn words[MAX_WORDS];
    size_t count;
    dsc_rect line;
} page;

/* No descenders: all stand on one base line by their lower edge. */
static void put(page *p, stroke s, int32_t *x, int32_t base, int32_t gap)
{
    drawn *d = &p->words[p->count++];
    canvas trial = canvas_make(p->c.w, p->c.h, 0);

    s.text = d->text;
    s.x = *x;
    s.y = 4;
    s.y = base - canvas_write(&trial, &s).h;
    canvas_free(&trial);
    d->own = canvas_make(p->c.w, p->c.h, 0);
    canvas_write(&d->own, &s);
    d->box = canvas_write(&p->c, &s);
    p->line = dsc_rect_union(p->line, d->box);
    *x = d->box.x + d->box.w + gap;
}

static page draw_line(const drawn *words, size_t n, stroke s, int paper)
{
    int32_t size = (int32_t)s.size, x = 2 * size;
    page p = {
        .c = canvas_make((uint32_t)(size * 36), (uint32_t)(size * 4), paper)};

    s.outline = -1;
    for (size_t i = 0; i < n; i++) {
        p.words[p.count].text = words[i].text;
        p.words[p.count].goes = words[i].goes;
        put(&p, s, &x, size * 2, size / 2);
    }
    return p;
}

static void free_page(page *p)
{
    for (size_t i = 0; i < p->count; i++)
        canvas_free(&p->words[i].own);
    canvas_free(&p->c);
}

static bool inside(const dsc_region_list *list, int32_t x, int32_t y)
{
    for (size_t i = 0; i < list->count; i++) {
        const dsc_region *r = &list->items[i];
        if (x >= r->x && y >= r->y && x < r->x + r->w && y < r->y + r->h)
            return true;
    }
    return false;
}

/* Of a word's ink pixels, how many lie in the list? */
static size_t ink_in(const canvas *c, const dsc_region_list *list, size_t *all)
{
    size_t n = 0;

    *all = 0;
    for (int32_t y = 0; y < (int32_t)c->h; y++)
        for (int32_t x = 0; x < (int32_t)c->w; x++)
            if (c->ink[(size_t)y * c->w + (size_t)x]) {
                (*all)++;
                n += inside(list, x, y);
            }
    return n;
}

static dsc_ocr *reader(void)
{
    static dsc_ocr *ocr;
    dsc_error err = DSC_ERROR_INIT;

    if (!ocr)
        cr_assert_eq(dsc_ocr_create(&ocr, "eng", MODELS, &err), DSC_OK, "%s",
                     err.msg);
    return ocr;
}

/* Read and judge the page's line with a header that holds the words that go. */
static void judge(const page *p, const stroke *s, int paper,
                  dsc_region_list *regions, dsc_region_list *kept)
{
    dsc_scrubber scrubber = {.find = DSC_FIND_ALL};
    dsc_facts facts = {0};
    dsc_plane plane = canvas_plane(&p->c);
    dsc_text_box line = {.box = dsc_rect_grow(p->line, 1, 1),
                         .dark = s->ink < paper};
    dsc_track track = {.box = line.box, .score = 1, .was_read = true};
    dsc_tracks tracks = {.items = &track, .count = 1};
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_policy_create(&scrubber.policy, "phi", NULL, NULL, &err),
                 DSC_OK);
    for (size_t i = 0; i < p->count; i++)
        if (p->words[i].goes)
            cr_assert_eq(dsc_facts_add(&facts, DSC_CLASS_NAME, "PN",
                                       p->words[i].text, &err),
                         DSC_OK);
    cr_assert_eq(dsc_ocr_line(reader(), &plane, &line, &track.words, &err),
                 DSC_OK);
    cr_assert_gt(track.words.count, 0);
    cr_assert_eq(dsc_words_decide(&scrubber, &facts, &plane, &track, &err),
                 DSC_OK);
    cr_assert_eq(dsc_decide_frames(&scrubber, &facts, &tracks, NULL, &err),
                 DSC_OK);
    cr_assert_eq(dsc_plan_tracks(&tracks, 0, NULL, regions, kept, &err),
                 DSC_OK);
    dsc_free(track.spans);
    dsc_words_free(&track.words);
    dsc_facts_free(&facts);
    dsc_policy_free(&scrubber.policy);
}

static void check(const page *p, const dsc_region_list *regions,
                  const dsc_region_list *kept, const char *what)
{
    size_t all, n, stay = 0;

    for (size_t i = 0; i < p->count; i++) {
        const drawn *d = &p->words[i];
        n = ink_in(&d->own, regions, &all);
        if (d->goes)
            cr_expect_eq(n, all, "%s: %s keeps %zu of %zu pixels", what,
                         d->text, all - n, all);
        else
            cr_expect(n == 0 || n == all, "%s: %s loses %zu of %zu pixels",
                      what, d->text, n, all);
        stay += !d->goes && n == 0;
    }
    for (size_t i = 0; i < p->count; i++) {
        n = ink_in(&p->words[i].own, kept, &all);
        n += ink_in(&p->words[i].own, regions, &all);
        cr_expect_eq(n, all, "%s: %s: %zu of %zu pixels are told", what,
                     p->words[i].text, n, all);
    }
    cr_expect_gt(stay, 0, "%s: nothing is kept", what);
}

/* Between two words that go side by side nothing shows where one ended. */
static void check_gap(const page *p, size_t i, const dsc_region_list *regions,
                      const char *what)
{
    dsc_rect a = p->words[i].box, b = p->words[i + 1].box;

    for (int32_t x = a.x + a.w; x < b.x; x++)
        cr_expect(inside(regions, x, a.y + a.h / 2), "%s: a gap at %d", what,
                  x);
}

/* ---- drawn lines ---- */

static const drawn lines[][MAX_WORDS] = {
    {{.text = "Depth"},
     {.text = "Winterhalter", .goes = true},
     {.text = "Rosamunde", .goes = true},
     {.text = "Gain"},
     {.text = "45"}},
    {{.text = "Winterhalter", .goes = true},
     {.text = "Frame"},
     {.text = "28"},
     {.text = "Rosamunde", .goes = true}},
    {{.text = "Heart"},
     {.text = "Rate"},
     {.text = "Rosamunde", .goes = true},
     {.text = "Winterhalter", .goes = true}},
};

Test(words, ink_goes_with_its_word, .timeout = 300)
{
    static const double sizes[] = {11, 14, 19, 27, 44};

    for (size_t k = 0; k < sizeof sizes / sizeof *sizes * 6; k++) {
        stroke s = {.size = sizes[k / 6],
                    .serif = k % 3 == 1,
                    .mono = k % 3 == 2,
                    .sharp = k % 2 && k / 6 % 2,
                    .bold = k % 4 == 3};
        int paper = k % 2 ? 235 : 12;
        size_t which = k % (sizeof lines / sizeof *lines), n = 0;
        dsc_region_list regions = {0}, kept = {0};
        char what[64];
        page p;

        s.ink = k % 2 ? 20 : 240;
        while (n < MAX_WORDS && lines[which][n].text)
            n++;
        snprintf(what, sizeof what, "line %zu, %g px, %s", which, s.size,
                 s.serif  ? "serif"
                 : s.mono ? "mono"
                          : "sans");
        p = draw_line(lines[which], n, s, paper);
        judge(&p, &s, paper, &regions, &kept);
        check(&p, &regions, &kept, what);
        if (which != 1)
            check_gap(&p, which ? 2 : 1, &regions, what);
        dsc_free(regions.items);
        dsc_free(kept.items);
        free_page(&p);
    }
}

/* Drawn like the traces of a pen: nobody reads that, so it goes. */
static dsc_rect scribble(page *p, int32_t x, int32_t y, int32_t h, int ink)
{
    dsc_rect box = {x, y, 3 * h, h};

    for (int32_t i = 0; i < box.w; i++)
        for (int32_t t = 0; t < 2; t++) {
            int32_t v = y + abs((i * 5) % (2 * h - 2) - (h - 1)) + t;
            p->c.px[(size_t)v * p->c.w + (size_t)(x + i)] = (uint8_t)ink;
        }
    p->line = dsc_rect_union(p->line, box);
    return box;
}

Test(words, ink_that_nobody_read_goes, .timeout = 60)
{
    for (int32_t size = 14; size <= 40; size += 13) {
        stroke s = {.size = size, .ink = 240};
        page p = draw_line(lines[0], 1, s, 10);
        dsc_region_list regions = {0}, kept = {0};
        dsc_rect trace = scribble(&p, p.line.x + p.line.w + 2 * size, p.line.y,
                                  p.line.h - 2, 240);
        size_t out = 0;

        judge(&p, &s, 10, &regions, &kept);
        for (int32_t y = trace.y; y < trace.y + trace.h; y++)
            for (int32_t x = trace.x; x < trace.x + trace.w; x++)
                out += p.c.px[(size_t)y * p.c.w + (size_t)x] > 200 &&
                       !inside(&regions, x, y) && !inside(&kept, x, y);
        cr_expect_eq(out, 0, "%d px: %zu pixels in no box", size, out);
        dsc_free(regions.items);
        dsc_free(kept.items);
        free_page(&p);
    }
}

/* ---- ringing ---- */

Test(words, what_compression_leaves_around_goes, .timeout = 60)
{
    stroke s = {.size = 18, .ink = 240};
    page p = draw_line(lines[1], 1, s, 20);
    dsc_rect b = p.words[0].box;
    dsc_region_list regions = {0}, kept = {0};

    /* ripples up to 6 pixels away, as 8 x 8 blocks leave them */
    for (int32_t y = b.y - 6; y < b.y + b.h + 6; y++)
        for (int32_t x = b.x - 6; x < b.x + b.w + 6; x++) {
            uint8_t *v = &p.c.px[(size_t)y * p.c.w + (size_t)x];
            if (*v == 20)
                *v = (uint8_t)((x + y) % 2 ? 12 : 28);
        }
    judge(&p, &s, 20, &regions, &kept);
    for (int32_t y = 0; y < (int32_t)p.c.h; y++)
        for (int32_t x = 0; x < (int32_t)p.c.w; x++)
            if (p.c.px[(size_t)y * p.c.w + (size_t)x] != 20)
                cr_assert(inside(&regions, x, y), "%d,%d is left", x, y);
    dsc_free(regions.items);
    dsc_free(kept.items);
    free_page(&p);
}

/* A box of two lines, of which one names the patient: the other stays. */
Test(words, a_box_of_two_lines_is_read_apart, .timeout = 60)
{
    dsc_scrubber scrubber = {.find = DSC_FIND_ALL};
    canvas c = canvas_make(300, 90, 0);
    stroke s = {.text = "Mustermann",
                .size = 18,
                .x = 20,
                .y = 20,
                .ink = 255,
                .outline = -1};
    dsc_rect name = canvas_write(&c, &s), gain;
    dsc_plane plane = canvas_plane(&c);
    dsc_text_box box = {.score = 1};
    dsc_track track = {.score = 1};
    dsc_reading reading = {.line = {0}};
    dsc_facts facts = {0};
    dsc_tracks tracks = {0};
    dsc_region_list regions = {0}, kept = {0};
    dsc_rects gone = {0};

    s.text = "Gain 52";
    s.y = 46;
    gain = canvas_write(&c, &s);
    track.box = box.box = dsc_rect_grow(dsc_rect_union(name, gain), 1, 1);
    cr_assert_eq(dsc_policy_create(&scrubber.policy, "safe", NULL, NULL, NULL),
                 DSC_OK);
    cr_assert_eq(
        dsc_facts_add(&facts, DSC_CLASS_NAME, "PN", "Mustermann", NULL),
        DSC_OK);
    cr_assert_eq(dsc_words_read(reader(), &plane, NULL, &box, &reading, NULL),
                 DSC_OK);
    cr_expect_gt(reading.rows.count, 2);
    cr_assert_eq(dsc_words_judge(&scrubber, &facts, &plane, &reading, &track,
                                 &tracks, NULL),
                 DSC_OK);
    cr_assert_eq(dsc_decide_frames(&scrubber, &facts, &tracks, NULL, NULL),
                 DSC_OK);
    cr_assert_eq(dsc_plan_tracks(&tracks, 0, NULL, &regions, &kept, NULL),
                 DSC_OK);
    for (size_t i = 0; i < regions.count; i++) {
        const dsc_region *r = &regions.items[i];
        cr_assert_eq(
            dsc_rects_add(&gone, (dsc_rect){r->x, r->y, r->w, r->h}, NULL),
            DSC_OK);
    }
    cr_expect_eq(dsc_rects_covered(&gone, name), dsc_rect_area(name));
    cr_expect_eq(dsc_rects_covered(&gone, gain), 0);
    dsc_rects_free(&gone);
    dsc_free(regions.items);
    dsc_free(kept.items);
    dsc_tracks_free(&tracks);
    dsc_facts_free(&facts);
    dsc_reading_free(&reading);
    dsc_policy_free(&scrubber.policy);
    canvas_free(&c);
}

/* ---- more ink than letters ---- */

static const struct more_case {
    const char *beside; /* what the word's box holds as well */
    int32_t gap;
    int ink; /* of that; the word's is 230, the paper 90 */
    const char *policy;
    bool stays;
} more_cases[] = {
    {"", 0, 0, "safe", true},           {"Bianchi", 3, 140, "safe", false},
    {"ZHANG", 2, 230, "safe", false},   {"ZHANG", 4, 20, "safe", false},
    {"N G U Y", 3, 150, "safe", false}, {"Bianchi", 3, 140, "phi", true},
};

/* The reader's box of a word takes ink in that stands right beside it. */
static void check_more(const struct more_case *m)
{
    static const char *const labels[] = {"BPM", "Abdomen", "Gain", "52%"};
    dsc_scrubber scrubber = {.find = DSC_FIND_ALL};

    cr_assert_eq(
        dsc_policy_create(&scrubber.policy, m->policy, NULL, NULL, NULL),
        DSC_OK);
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        canvas c = canvas_make(300, 60, 90);
        dsc_plane plane = canvas_plane(&c);
        stroke s = {.text = labels[i],
                    .size = 13,
                    .x = 20,
                    .y = 20,
                    .ink = 230,
                    .outline = -1};
        dsc_track track = {.score = 1, .was_read = true};
        dsc_tracks tracks = {.items = &track, .count = 1};

        track.box = canvas_write(&c, &s);
        s.text = m->beside;
        s.x = track.box.x + track.box.w + m->gap;
        s.ink = m->ink;
        if (*m->beside)
            track.box = dsc_rect_union(track.box, canvas_write(&c, &s));
        track.box = dsc_rect_grow(track.box, 1, 1);
        cr_assert_eq(
            dsc_words_add(&track.words, labels[i], track.box, 0.95F, 0, NULL),
            DSC_OK);
        cr_assert_eq(dsc_words_decide(&scrubber, NULL, &plane, &track, NULL),
                     DSC_OK);
        cr_assert_eq(dsc_decide_frames(&scrubber, NULL, &tracks, NULL, NULL),
                     DSC_OK);
        cr_expect_eq(!track.spans[0].decision.blank, m->stays, "%s %s, %s",
                     labels[i], m->beside, m->policy);
        dsc_free(track.spans);
        dsc_words_free(&track.words);
        canvas_free(&c);
    }
    dsc_policy_free(&scrubber.policy);
}

Test(words, a_box_of_more_than_was_read_goes)
{
    for (size_t i = 0; i < sizeof more_cases / sizeof *more_cases; i++)
        check_more(&more_cases[i]);
}

/* ---- marks ---- */

typedef struct mark_case {
    const char *what;
    bool loose, gone, stays;
} mark_case;

static mark_case mark_cases[] = {
    {"alone", false, false, true},
    {"not all that the track shows", true, false, false},
    {"beside text that is gone", false, true, false},
};

ParameterizedTestParameters(words, mark)
{
    return cr_make_param_array(mark_case, mark_cases,
                               sizeof mark_cases / sizeof *mark_cases);
}

ParameterizedTest(mark_case *m, words, mark)
{
    dsc_scrubber scrubber = {.find = DSC_FIND_ALL};
    canvas c = canvas_make(300, 90, 0);
    dsc_plane plane = canvas_plane(&c);
    dsc_track track = {.box = {100, 30, 14, 18}, .score = 1, .was_read = true};
    dsc_tracks tracks = {.items = &track, .count = 1};
    dsc_region name = {.x = 20,
                       .y = 30,
                       .w = 60,
                       .h = 18,
                       .source = "ocr",
                       .rule = "header-name"};
    dsc_region_list gone = {.items = &name, .count = 1};

    cr_assert_eq(dsc_policy_create(&scrubber.policy, "safe", NULL, NULL, NULL),
                 DSC_OK);
    cr_assert_eq(dsc_words_add(&track.words, "R", track.box, 0.9F, 0, NULL),
                 DSC_OK);
    cr_assert_eq(dsc_words_decide(&scrubber, NULL, &plane, &track, NULL),
                 DSC_OK);
    track.loose = m->loose;
    cr_assert_eq(dsc_decide_frames(&scrubber, NULL, &tracks,
                                   m->gone ? &gone : NULL, NULL),
                 DSC_OK);
    cr_expect_eq(!track.spans[0].decision.blank, m->stays, "%s", m->what);
    dsc_free(track.spans);
    dsc_words_free(&track.words);
    dsc_policy_free(&scrubber.policy);
    canvas_free(&c);
}

/* Limits of a bar of colours, and what was read between them. */
static size_t limits_kept(const dsc_scrubber *s, float read, float trusted)
{
    static const char *const text[] = {".62", "45", ".62"};
    static const int32_t y[] = {20, 38, 140};
    dsc_tracks tracks = {.count = 0};
    size_t kept = 0;

    for (size_t i = 0; i < 3; i++) {
        dsc_rect box = {100, y[i], 20, 12};
        dsc_track t = {.box = box, .score = 1, .was_read = true};
        t.spans = dsc_calloc(1, sizeof *t.spans);
        cr_assert(t.spans);
        t.spans[0] = (dsc_span){.box = box,
                                .was_read = true,
                                .read = i == 1 ? read : 0.95F,
                                .decision = {.blank = true,
                                             .cls = DSC_CLASS_UNKNOWN,
                                             .rule = "bare-number"}};
        t.span_count = 1;
        cr_assert_eq(dsc_words_add(&t.words, text[i], box,
                                   i == 1 ? trusted : 0.95F, 0, NULL),
                     DSC_OK);
        cr_assert_eq(dsc_track_add(&tracks, &t, NULL), DSC_OK);
    }
    cr_assert_eq(dsc_decide_frames(s, NULL, &tracks, NULL, NULL), DSC_OK);
    for (size_t i = 0; i < tracks.count; i++)
        kept += !tracks.items[i].spans[0].decision.blank;
    dsc_tracks_free(&tracks);
    return kept;
}

/* A piece of a bar is read badly. An age across it is read well, and its box
 * shows more than it: it does not stay, and is text all the same. */
Test(words, a_number_that_is_not_trusted_is_text_for_others)
{
    dsc_scrubber scrubber = {.find = DSC_FIND_ALL};

    cr_assert_eq(dsc_policy_create(&scrubber.policy, "safe", NULL, NULL, NULL),
                 DSC_OK);
    cr_expect_eq(limits_kept(&scrubber, 0.3F, 0.3F), 2);
    cr_expect_eq(limits_kept(&scrubber, 0.9F, 0.9F), 1); /* the far one */
    cr_expect_eq(limits_kept(&scrubber, 0.9F, 0), 1);
    dsc_policy_free(&scrubber.policy);
}

/* Beside a number that goes in the end, a dim name is a name. */
Test(words, faint_ink_goes_alone_where_it_was_read)
{
    static const struct {
        dsc_class cls;
        const char *text;
        size_t tracks;
    } rows[] = {{DSC_CLASS_NAME, "", 2},
                {DSC_CLASS_UNKNOWN, "Ka", 2},
                {DSC_CLASS_UNKNOWN, "K", 1},
                {DSC_CLASS_UNKNOWN, "", 1}};
    dsc_scrubber scrubber = {.find = DSC_FIND_ALL};

    cr_assert_eq(dsc_policy_create(&scrubber.policy, "safe", NULL, NULL, NULL),
                 DSC_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dsc_rect box[2] = {{100, 30, 24, 12}, {130, 30, 40, 12}};
        dsc_tracks tracks = {.count = 0};
        for (size_t k = 0; k < 2; k++) {
            dsc_track t = {.box = box[k], .score = 1};
            t.spans = dsc_calloc(1, sizeof *t.spans);
            cr_assert(t.spans);
            t.spans[0] = (dsc_span){
                .box = box[k],
                .decision = {.blank = true,
                             .cls = k ? rows[i].cls : DSC_CLASS_UNKNOWN,
                             .rule = "test"}};
            t.span_count = 1;
            t.beside = k ? box[0] : t.beside;
            cr_assert_eq(dsc_words_add(&t.words, k ? rows[i].text : "", box[k],
                                       0.1F, 0, NULL),
                         DSC_OK);
            cr_assert_eq(dsc_track_add(&tracks, &t, NULL), DSC_OK);
            dsc_free(t.spans);
            dsc_words_free(&t.words);
        }
        cr_assert_eq(dsc_decide_frames(&scrubber, NULL, &tracks, NULL, NULL),
                     DSC_OK);
        cr_expect_eq(tracks.count, rows[i].tracks);
        dsc_tracks_free(&tracks);
    }
    dsc_policy_free(&scrubber.policy);
}

static void open_testdata(dsc_instance *inst, const char *name)
{
    const char *dir = getenv("DSC_TESTDATA");
    char path[4096];
    dsc_error err = DSC_ERROR_INIT;

    snprintf(path, sizeof path, "%s/%s", dir ? dir : "testdata", name);
    cr_assert_eq(dsc_instance_open(inst, &(dsc_input){.path = path}, &err),
                 DSC_OK, "%s", err.msg);
}

static dsc_region box(int32_t x, int32_t y, int32_t w, int32_t h,
                      uint32_t first, uint32_t last)
{
    return dsc_region_of((dsc_rect){x, y, w, h}, first, last);
}

static void add(dsc_region_list *list, dsc_region r)
{
    cr_assert_eq(dsc_region_add(list, &r, NULL), DSC_OK);
}

/* Blocks of 8 or 16 pixels grow into kept text: that goes whole, and what this
 * cuts in turn; what is out of reach stays. */
Test(words, kept_text_is_never_cut)
{
    dsc_instance inst = {0};
    dsc_region_list regions = {0}, kept = {0};
    size_t whole = 0;

    open_testdata(&inst, "clip-jpeg50.dcm");
    add(&regions, box(10, 10, 20, 10, 0, 0));
    add(&kept, box(29, 10, 30, 10, 0, 0));  /* cut by the growth */
    add(&kept, box(62, 10, 30, 10, 0, 0));  /* cut by that one's */
    add(&kept, box(120, 10, 20, 10, 0, 0)); /* out of reach */
    add(&kept, box(12, 12, 5, 5, 0, 0));    /* inside: gone already */
    add(&kept, box(29, 10, 30, 10, 1, 1));  /* another frame */
    cr_assert_eq(dsc_plan_settle(&inst, &regions, &kept, NULL), DSC_OK);
    cr_expect_eq(kept.count, 2);
    cr_expect_eq(regions.count, 3);
    for (size_t i = 0; i < regions.count; i++) {
        const dsc_region *r = &regions.items[i];
        cr_expect(r->x % 8 == 0 && r->y % 8 == 0 && r->w % 8 == 0);
        whole += i > 0 && r->rule && !strcmp(r->rule, "cut");
        for (size_t k = 0; k < kept.count; k++) {
            const dsc_region *t = &kept.items[k];
            dsc_rect common = dsc_rect_intersect(
                (dsc_rect){r->x, r->y, r->w, r->h},
                (dsc_rect){t->x + 1, t->y + 1, t->w - 2, t->h - 2});
            cr_expect(t->first_frame > 0 || dsc_rect_empty(common));
        }
    }
    cr_expect_eq(whole, 2);
    /* once more: nothing changes */
    cr_assert_eq(dsc_plan_settle(&inst, &regions, &kept, NULL), DSC_OK);
    cr_expect_eq(kept.count, 2);
    cr_expect_eq(regions.count, 3);
    dsc_instance_close(&inst);
    dsc_free(regions.items);
    dsc_free(kept.items);
}

/* Lines a pixel apart: one that is cut takes none along. */
Test(words, a_cut_goes_no_farther)
{
    dsc_instance inst = {0};
    dsc_region_list regions = {0}, kept = {0};

    open_testdata(&inst, "us-rgb-rle.dcm");
    add(&regions, box(10, 10, 30, 12, 0, 0));
    add(&kept, box(10, 20, 30, 10, 0, 0)); /* cut */
    add(&kept, box(10, 29, 30, 10, 0, 0)); /* its ink is in no other box */
    cr_assert_eq(dsc_plan_settle(&inst, &regions, &kept, NULL), DSC_OK);
    cr_expect_eq(kept.count, 1);
    cr_expect_eq(kept.items[0].y, 29);
    cr_expect_eq(regions.count, 2);
    dsc_instance_close(&inst);
    dsc_free(regions.items);
    dsc_free(kept.items);
}

/* A bar that a box takes a piece of is no text that would be read wrongly. */
Test(words, a_bar_may_be_cut)
{
    dsc_instance inst = {0};
    dsc_region_list regions = {0}, kept = {0};
    dsc_region bar = box(25, 10, 12, 80, 0, 0);

    open_testdata(&inst, "ct-explicit.dcm");
    bar.source = "detector";
    bar.rule = "bar";
    add(&regions, box(10, 60, 20, 10, 0, 0));
    add(&kept, bar);
    add(&kept, box(10, 20, 12, 30, 0, 0)); /* a word at the bar */
    cr_assert_eq(dsc_plan_settle(&inst, &regions, &kept, NULL), DSC_OK);
    cr_expect_eq(regions.count, 1);
    cr_assert_eq(kept.count, 1, "what lost ink is not told to be kept");
    cr_expect_eq(kept.items[0].x, 10);
    dsc_instance_close(&inst);
    dsc_free(regions.items);
    dsc_free(kept.items);
}

/* Text of many frames that is cut on some of them stays on the others. */
Test(words, text_is_kept_on_frames_without_the_box)
{
    dsc_instance inst = {0};
    dsc_region_list regions = {0}, kept = {0};
    bool frame[10] = {false};

    open_testdata(&inst, "ct-explicit.dcm");
    add(&regions, box(10, 10, 20, 10, 3, 4));
    add(&kept, box(25, 10, 30, 10, 0, 9));
    cr_assert_eq(dsc_plan_settle(&inst, &regions, &kept, NULL), DSC_OK);
    cr_assert_eq(regions.count, 2);
    cr_expect_eq(regions.items[1].first_frame, 3);
    cr_expect_eq(regions.items[1].last_frame, 4);
    cr_expect_leq(regions.items[1].x, 25);
    cr_expect_geq(regions.items[1].x + regions.items[1].w, 55);
    for (size_t k = 0; k < kept.count; k++)
        for (uint32_t f = kept.items[k].first_frame;
             f <= kept.items[k].last_frame; f++)
            frame[f] = true;
    for (uint32_t f = 0; f < 10; f++)
        cr_expect_eq(frame[f], f < 3 || f > 4, "frame %u", f);
    dsc_instance_close(&inst);
    dsc_free(regions.items);
    dsc_free(kept.items);
}

/* ---- a line whose box shows more than its letters ---- */

/* "Gain" over a bar, with or without small text in its letters. What stays? */
static size_t kept_over_bar(const char *small, bool *crowded)
{
    dsc_scrubber scrubber = {.find = DSC_FIND_ALL};
    canvas c = canvas_make(200, 90, 0);
    stroke s = {.text = "Gain",
                .size = 20,
                .x = 40,
                .y = 20,
                .ink = 255,
                .outline = -1};
    stroke in = {.text = small, .size = 9, .ink = 150, .outline = -1};
    dsc_rect gain = canvas_write(&c, &s);
    dsc_rect bar = {gain.x - 4, gain.y + gain.h + 2, gain.w + 8, 10};
    dsc_plane plane = canvas_plane(&c);
    dsc_text_box box = {.box = dsc_rect_grow(dsc_rect_union(gain, bar), 1, 1),
                        .score = 1};
    dsc_track track = {.box = box.box, .score = 1};
    dsc_reading reading = {.line = {0}};
    dsc_facts facts = {0};
    dsc_tracks tracks = {0};
    size_t kept = 0;

    in.x = gain.x + 2;
    in.y = gain.y + 3;
    if (small)
        canvas_write(&c, &in);
    for (int32_t y = bar.y; y < bar.y + bar.h; y++)
        memset(c.px + (size_t)y * c.w + (size_t)bar.x, 255, (size_t)bar.w);
    cr_assert_eq(dsc_policy_create(&scrubber.policy, "safe", NULL, NULL, NULL),
                 DSC_OK);
    cr_assert_eq(dsc_words_read(reader(), &plane, NULL, &box, &reading, NULL),
                 DSC_OK);
    *crowded = reading.crowded;
    cr_assert_eq(dsc_words_judge(&scrubber, &facts, &plane, &reading, &track,
                                 &tracks, NULL),
                 DSC_OK);
    for (size_t i = 0; i < tracks.count; i++) {
        dsc_track *t = &tracks.items[i];
        cr_assert_eq(dsc_words_see_inside(&scrubber, &plane, NULL, t, NULL),
                     DSC_OK);
        for (size_t k = 0; k < t->span_count; k++) {
            kept += t->spans[k].was_read && !t->spans[k].decision.blank;
            cr_expect(t->spans[k].decision.blank ||
                      t->spans[k].box.y + t->spans[k].box.h <= bar.y + 1);
        }
    }
    dsc_tracks_free(&tracks);
    dsc_facts_free(&facts);
    dsc_reading_free(&reading);
    dsc_policy_free(&scrubber.policy);
    canvas_free(&c);
    return kept;
}

/* The reader of lines has seen the label only: as a row it is without the bar.
 */
Test(words, a_label_over_a_bar_is_read_apart, .timeout = 60)
{
    bool crowded = false;

    cr_expect_eq(kept_over_bar(NULL, &crowded), 1);
    cr_expect(crowded);
    cr_expect_eq(kept_over_bar("KIM", &crowded), 0);
}
