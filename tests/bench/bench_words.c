/* SPDX-License-Identifier: Apache-2.0
 *
 * Which words go, which stay: a set of lines (words_lines.c) drawn, read by the
 * OCR and judged, with the header that goes with each line and without one.
 *
 *     bench_words CACHE [LINES] [LANGUAGES] [FONT...]
 *
 * CACHE keeps what the OCR read, so that a policy can be measured again in
 * seconds; remove it for other lines, languages or fonts. DSC_MISSES=FILE: the
 * words that were decided wrongly; DSC_FIRST=N: another set, whose first line
 * is number N; DSC_WORDS=2, 3: of other words; DSC_SIZES=7-12: letters of these
 * sizes (13-25). The font "console" has capitals of 7 x 9 pixels without
 * diacritics, whatever the size. Needs DSC_MODELS. Prints tables as Markdown.
 */
#include "policy/policy_priv.h"
#include "scrub/scrub_priv.h"

#include "generate_console.h"

#include "words_lines.h"

#include <cairo/cairo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    WIDTH = 1200,
    HEIGHT = 64,
    MARGIN = 14
};

/* ---- drawing ---- */

typedef struct picture {
    uint8_t px[WIDTH * HEIGHT];
    dsc_rect boxes[LINE_WORDS]; /* of the words' ink */
    dsc_rect line;
    bool dark;
} picture;

static const char *const *fonts;
static size_t font_count;

static uint32_t first_line;
static uint32_t least_size = 13, most_size = 25;

static uint32_t state;

static uint32_t dice(uint32_t n)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(state >> 8) * n >> 24);
}

static dsc_rect ink_of(const uint8_t *a, int stride)
{
    dsc_rect r = {0, 0, 0, 0};

    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            if (a[y * stride + x] >= 90)
                r = dsc_rect_union(r, (dsc_rect){x, y, 1, 1});
    return r;
}

static void blend(picture *p, const uint8_t *a, int stride, int ink)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            uint8_t *v = &p->px[y * WIDTH + x];
            int c = a[y * stride + x];
            *v = (uint8_t)((*v * (255 - c) + ink * c + 127) / 255);
        }
}

/* White or grey on black, black on white; a fifth over grain. */
static int prepare(picture *p, uint32_t n)
{
    static const int papers[][2] = {{0, 255}, {16, 200}, {250, 20}, {40, 230}};
    const int *c;
    bool grain;

    state = n * 2246822519u + 3;
    dice(2);
    c = papers[dice(4)];
    grain = dice(5) == 0;
    p->dark = c[1] < c[0];
    for (size_t i = 0; i < sizeof p->px; i++) {
        int v = c[0] + (grain ? (int)dice(36) - 18 : 0);
        p->px[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
    return c[1];
}

/* Returns where the next word begins. */
static double draw_word(cairo_surface_t *s, const char *text, const char *font,
                        double size, bool bold, double x)
{
    cairo_font_options_t *o = cairo_font_options_create();
    cairo_t *cr = cairo_create(s);
    cairo_text_extents_t e;

    cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
    cairo_set_font_options(cr, o);
    cairo_select_font_face(cr, font, CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD
                                : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, size);
    cairo_text_extents(cr, text, &e);
    cairo_move_to(cr, x, 40);
    cairo_show_text(cr, text);
    cairo_destroy(cr);
    cairo_font_options_destroy(o);
    return x + e.x_advance + size * 0.3;
}

typedef struct console {
    cairo_surface_t *s;
    int x;
} console;

static void console_dot(void *ctx, int x, int y)
{
    console *c = ctx;

    if (c->x + x < WIDTH)
        cairo_image_surface_get_data(
            c->s)[(30 + y) * cairo_image_surface_get_stride(c->s) + c->x + x] =
            255;
}

static double draw_console(cairo_surface_t *s, const char *text, double x)
{
    char capitals[200] = "";
    console c = {s, (int)x};
    size_t n = 0;

    while (*text && n + 2 < sizeof capitals) {
        uint32_t folded[2];
        size_t k = dsc_policy__fold(dsc_policy__next(&text), false, folded);
        for (size_t i = 0; i < k; i++)
            capitals[n++] = (char)(folded[i] < 128 ? folded[i] : ' ');
    }
    cairo_surface_flush(s);
    console_write(capitals, console_dot, &c);
    cairo_surface_mark_dirty(s);
    return x + (double)(n + 1) * CONSOLE_PITCH;
}

static void draw(picture *p, const text_line *l, uint32_t n)
{
    int ink = prepare(p, n);
    double size = least_size + dice(most_size - least_size + 1), x = MARGIN;
    const char *font = fonts[n / 7 % font_count];
    bool bold = dice(4) == 0;

    p->line = (dsc_rect){0, 0, 0, 0};
    for (size_t i = 0; i < l->count; i++) {
        cairo_surface_t *s =
            cairo_image_surface_create(CAIRO_FORMAT_A8, WIDTH, HEIGHT);
        x = strcmp(font, "console")
                ? draw_word(s, l->words[i].text, font, size, bold, x)
                : draw_console(s, l->words[i].text, x);
        cairo_surface_flush(s);
        p->boxes[i] = ink_of(cairo_image_surface_get_data(s),
                             cairo_image_surface_get_stride(s));
        p->line = dsc_rect_union(p->line, p->boxes[i]);
        blend(p, cairo_image_surface_get_data(s),
              cairo_image_surface_get_stride(s), ink);
        cairo_surface_destroy(s);
    }
}

/* ---- reading, once ---- */

static void die(const char *what)
{
    fprintf(stderr, "bench_words: %s\n", what);
    exit(1);
}

typedef struct reading {
    dsc_rect box;
    dsc_reading words;
} reading;

static void store_words(FILE *fp, const dsc_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        const dsc_word *w = &words->items[i];
        fprintf(fp, "%u %d %d %d %d %.6f %s\n", w->line, w->box.x, w->box.y,
                w->box.w, w->box.h, (double)w->confidence, w->utf8);
    }
}

static void store(FILE *fp, uint32_t n, const reading *r)
{
    fprintf(fp, "%u %zu %zu %zu %d %d %d %d\n", n, r->words.line.count,
            r->words.rows.count, r->words.small.count, r->box.x, r->box.y,
            r->box.w, r->box.h);
    store_words(fp, &r->words.line);
    store_words(fp, &r->words.rows);
    store_words(fp, &r->words.small);
}

static void read_lines(const char *path, uint32_t lines, const char *languages)
{
    dsc_error err = DSC_ERROR_INIT;
    dsc_ocr *ocr = NULL;
    picture *p = malloc(sizeof *p);
    FILE *fp = fopen(path, "w");
    double start = dsc_now_ms();
    uint32_t again = 0, small = 0;

    if (!fp || !p)
        die("the cache cannot be written");
    if (dsc_ocr_create(&ocr, languages, getenv("DSC_MODELS"), &err))
        die(err.msg);
    for (uint32_t n = 0; n < lines; n++) {
        text_line l;
        reading r = {.box = {0}};
        dsc_plane plane = {p->px, WIDTH, HEIGHT, WIDTH};
        dsc_text_box box = {.score = 1};
        make_line(first_line + n, &l);
        draw(p, &l, first_line + n);
        box.box = r.box = dsc_rect_grow(p->line, 1, 1);
        box.dark = p->dark;
        if (dsc_words_read(ocr, &plane, NULL, &box, &r.words, &err))
            die(err.msg);
        again += r.words.rows.count > 0;
        small += r.words.small.count > 0;
        store(fp, n, &r);
        dsc_reading_free(&r.words);
    }
    fprintf(
        stderr,
        "read %u lines with %s, %u of them twice, %u by the reader of small "
        "letters as well: %.1f ms a line\n",
        lines, languages, again, small, (dsc_now_ms() - start) / lines);
    if (fclose(fp))
        die("the cache cannot be written");
    dsc_ocr_free(&ocr);
    free(p);
}

static bool restore_words(FILE *fp, size_t count, dsc_words *words)
{
    char text[512];

    for (size_t i = 0; i < count; i++) {
        dsc_rect b;
        float confidence;
        uint32_t line;
        if (fscanf(fp, "%u %d %d %d %d %f", &line, &b.x, &b.y, &b.w, &b.h,
                   &confidence) != 6 ||
            getc(fp) != ' ' || !fgets(text, sizeof text, fp))
            return false;
        text[strcspn(text, "\n")] = '\0';
        if (dsc_words_add(words, text, b, confidence, line, NULL))
            return false;
    }
    return true;
}

static bool restore(FILE *fp, uint32_t n, reading *r)
{
    unsigned number;
    size_t line, rows, small;

    return fscanf(fp, "%u %zu %zu %zu %d %d %d %d\n", &number, &line, &rows,
                  &small, &r->box.x, &r->box.y, &r->box.w, &r->box.h) == 8 &&
           number == n && restore_words(fp, line, &r->words.line) &&
           restore_words(fp, rows, &r->words.rows) &&
           restore_words(fp, small, &r->words.small);
}

/* ---- judging ---- */

typedef struct tally {
    size_t words, right;
} tally;

enum {
    SAFE_HEADER,
    SAFE_BARE,
    PHI_HEADER,
    PHI_BARE,
    WAYS
};
static const char *const way_names[WAYS] = {"safe, header", "safe, no header",
                                            "phi, header", "phi, no header"};

typedef struct tables {
    tally kinds[WAYS][KINDS];
    tally languages[WAYS][LANGUAGES][2]; /* must go, must stay */
    tally all[WAYS][2];
    size_t decided;
    double ms;
    FILE *misses;
} tables;

static dsc_class class_of(kind k)
{
    static const dsc_class classes[] = {DSC_CLASS_NAME,   DSC_CLASS_ID,
                                        DSC_CLASS_BIRTH,  DSC_CLASS_DATE,
                                        DSC_CLASS_TIME,   DSC_CLASS_INSTITUTION,
                                        DSC_CLASS_PERSON, DSC_CLASS_CONTACT};

    return classes[k];
}

static void add_header(const text_line *l, dsc_facts *facts)
{
    for (size_t i = 0; i < l->values; i++)
        if (dsc_facts_add(facts, class_of(l->header[i].what), l->header[i].vr,
                          l->header[i].text, NULL))
            die("a value of a header is refused");
}

static void judge_line(const dsc_policy *policy, const dsc_facts *facts,
                       const reading *r, const picture *p,
                       dsc_region_list *regions, tables *t)
{
    dsc_scrubber s = {.find = DSC_FIND_ALL};
    dsc_plane plane = {p->px, WIDTH, HEIGHT, WIDTH};
    dsc_track track = {.box = r->box, .score = 1};
    dsc_tracks tracks = {0};
    dsc_region_list kept = {0};
    double start = dsc_now_ms();
    dsc_status st;

    memcpy(&s.policy, &policy, sizeof policy);
    st = dsc_words_judge(&s, facts, &plane, &r->words, &track, &tracks, NULL);
    if (!st)
        st = dsc_decide_frames(&s, facts, &tracks, NULL, NULL);
    t->ms += dsc_now_ms() - start;
    t->decided += r->words.line.count + r->words.rows.count;
    if (st || dsc_plan_tracks(&tracks, 0, NULL, regions, &kept, NULL))
        die("a line cannot be judged");
    dsc_tracks_free(&tracks);
    dsc_free(kept.items);
}

/* Share of a word's box that goes, in per cent. */
static int64_t share(dsc_rect box, const dsc_region_list *regions)
{
    dsc_rects rects = {0};
    int64_t n;

    for (size_t i = 0; i < regions->count; i++) {
        const dsc_region *r = &regions->items[i];
        if (dsc_rects_add(&rects, (dsc_rect){r->x, r->y, r->w, r->h}, NULL))
            die("out of memory");
    }
    n = dsc_rects_covered(&rects, box) * 100 / dsc_rect_area(box);
    dsc_rects_free(&rects);
    return n;
}

static void tell_miss(tables *t, int way, const text_line *l, size_t i,
                      const dsc_words *words)
{
    if (!t->misses)
        return;
    fprintf(t->misses, "%s\t%s\t%s\t%s\t", way_names[way],
            language_name(l->language), kind_name(l->words[i].what),
            l->words[i].text);
    for (size_t k = 0; k < l->count; k++)
        fprintf(t->misses, "%s%s", k ? " " : "", l->words[k].text);
    fprintf(t->misses, "\t");
    for (size_t k = 0; k < words->count; k++)
        fprintf(t->misses, "%s%s", k ? " " : "", words->items[k].utf8);
    fprintf(t->misses, "\n");
}

static void count_line(tables *t, int way, const text_line *l, const picture *p,
                       const dsc_region_list *regions, const dsc_words *words)
{
    for (size_t i = 0; i < l->count; i++) {
        kind k = l->words[i].what;
        bool stays = k > CAPTION;
        int64_t gone;
        bool right;
        if (k == CAPTION || dsc_rect_empty(p->boxes[i]))
            continue;
        gone = share(p->boxes[i], regions);
        right = stays ? gone <= 5 : gone >= 95;
        t->kinds[way][k].words++;
        t->kinds[way][k].right += right;
        t->languages[way][l->language][stays].words++;
        t->languages[way][l->language][stays].right += right;
        t->all[way][stays].words++;
        t->all[way][stays].right += right;
        if (!right)
            tell_miss(t, way, l, i, words);
    }
}

static void judge_all(const char *path, uint32_t lines, tables *t)
{
    dsc_policy *policies[2] = {NULL, NULL};
    picture *p = malloc(sizeof *p);
    FILE *fp = fopen(path, "r");

    if (!fp || !p ||
        dsc_policy_create(&policies[0], "safe", NULL, NULL, NULL) ||
        dsc_policy_create(&policies[1], "phi", NULL, NULL, NULL))
        die("cannot begin");
    for (uint32_t n = 0; n < lines; n++) {
        dsc_facts facts = {0};
        reading r = {.box = {0}};
        text_line l;
        make_line(first_line + n, &l);
        draw(p, &l, first_line + n);
        add_header(&l, &facts);
        if (!restore(fp, n, &r))
            die("the cache is of another set: remove it");
        for (int way = 0; way < WAYS; way++) {
            dsc_region_list regions = {0};
            judge_line(policies[way / 2], way % 2 ? NULL : &facts, &r, p,
                       &regions, t);
            count_line(t, way, &l, p, &regions,
                       r.words.rows.count ? &r.words.rows : &r.words.line);
            dsc_free(regions.items);
        }
        dsc_reading_free(&r.words);
        dsc_facts_free(&facts);
    }
    fclose(fp);
    free(p);
    for (int i = 0; i < 2; i++)
        dsc_policy_free(&policies[i]);
}

/* ---- tables ---- */

static void cell(const tally *t)
{
    if (t->words)
        printf(" %.2f |", 100.0 * (double)t->right / (double)t->words);
    else
        printf(" - |");
}

static void head(const char *first)
{
    printf("\n| %s | words |", first);
    for (int w = 0; w < WAYS; w++)
        printf(" %s |", way_names[w]);
    printf("\n|---|---|---|---|---|---|\n");
}

static void print_tables(const tables *t)
{
    static const char *const what[2] = {"removed", "kept"};

    head("per cent right");
    for (int k = 0; k < 2; k++) {
        printf("| must be %s | %zu |", what[k], t->all[0][k].words);
        for (int w = 0; w < WAYS; w++)
            cell(&t->all[w][k]);
        printf("\n");
    }
    head("class");
    for (int k = 0; k < KINDS; k++) {
        if (k == CAPTION)
            continue;
        printf("| %s | %zu |", kind_name((kind)k), t->kinds[0][k].words);
        for (int w = 0; w < WAYS; w++)
            cell(&t->kinds[w][k]);
        printf("\n");
    }
    for (int k = 0; k < 2; k++) {
        head(k ? "language: kept" : "language: removed");
        for (unsigned g = 0; g < LANGUAGES; g++) {
            printf("| %s | %zu |", language_name(g),
                   t->languages[0][g][k].words);
            for (int w = 0; w < WAYS; w++)
                cell(&t->languages[w][g][k]);
            printf("\n");
        }
    }
    printf("\n%zu words decided, %.4f ms a word\n", t->decided,
           t->ms / (double)(t->decided ? t->decided : 1));
}

int main(int argc, char **argv)
{
    static const char *const usual[] = {"DejaVu Sans", "DejaVu Sans Mono",
                                        "DejaVu Serif"};
    uint32_t lines = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 10000;
    const char *languages = argc > 3 ? argv[3] : "eng";
    const char *misses = getenv("DSC_MISSES"), *first = getenv("DSC_FIRST");
    const char *set = getenv("DSC_WORDS");
    const char *sizes = getenv("DSC_SIZES");
    tables *t = calloc(1, sizeof *t);
    FILE *fp;

    if (argc < 2 || !lines || !t)
        die("usage: bench_words CACHE [LINES] [LANGUAGES] [FONT...]");
    if (set && !use_words((unsigned)strtoul(set, NULL, 10)))
        die("DSC_WORDS is 1, 2 or 3");
    if (sizes && (sscanf(sizes, "%u-%u", &least_size, &most_size) != 2 ||
                  most_size < least_size))
        die("DSC_SIZES is not LEAST-MOST");
    first_line = first ? (uint32_t)strtoul(first, NULL, 10) : 0;
    fonts = argc > 4 ? (const char *const *)&argv[4] : usual;
    font_count = argc > 4 ? (size_t)argc - 4 : 3;
    fp = fopen(argv[1], "r");
    if (fp)
        fclose(fp);
    else
        read_lines(argv[1], lines, languages);
    t->misses = misses ? fopen(misses, "w") : NULL;
    judge_all(argv[1], lines, t);
    if (t->misses)
        fclose(t->misses);
    print_tables(t);
    free(t);
    return 0;
}
