/* SPDX-License-Identifier: Apache-2.0
 *
 * How well a detector finds text. Reads a folder made by detect_views.py:
 * index.txt, views as PGM, truth boxes with their ink.
 *
 *   bench_detect FOLDER [-e EFFORT] [-m MODELS] [-b BOXES | -r BOXES]
 *                [-l LINES] [-v]
 *   bench_detect -c FRAME.ppm [-m MODELS]
 *
 * -e: fast, thorough (as in clips) or wide (as stills; else this); -b: write
 * every box found there; -r: judge those boxes instead ("VIEW X Y W H ..." a
 * line); -l: write each line's share of ink that was covered, and each frame's
 * false share; -v: list misses and the largest false areas. -c: how long a
 * colour frame takes, from its samples to boxes.
 */
#include "base/cpu.h"
#include "blit/blit.h"
#include "detect/detect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MAX_TRUTH = 600,
    MARGIN = 8,
    LINE = 1 << 24
};

typedef struct truth {
    dsc_rect box;
    char kind[24], text[160];
    char *ink; /* '1' for ink, box.w * box.h */
} truth;

typedef struct tally {
    int boxes, phi, found, phi_found;
    double false_share; /* sum over frames */
    int frames;
    double ms, ms_max, mpx;
    size_t hits;
} tally;

typedef struct known {
    char view[200];
    dsc_rect box;
} known;

typedef struct options {
    const char *folder, *models;
    dsc_detect_effort effort;
    FILE *boxes, *lines;
    known *known; /* of another finder, judged instead */
    size_t known_count;
    bool verbose;
} options;

static bool identifies(const char *kind)
{
    static const char *const kinds[] = {"name",  "id",          "date",
                                        "time",  "institution", "person",
                                        "phone", "address",     "accession"};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kind, kinds[i]))
            return true;
    return false;
}

static FILE *open_in(const char *folder, const char *name)
{
    char path[2048];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return fopen(path, "rb");
}

static double cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool read_pgm(const options *o, const char *name, dsc_plane *p)
{
    FILE *f = open_in(o->folder, name);
    unsigned w = 0, h = 0;
    uint8_t *data = NULL;
    bool ok = f && fscanf(f, "P5 %u %u 255", &w, &h) == 2 && fgetc(f) == '\n';

    ok = ok && w && h && w < 65536 && h < 65536;
    if (ok)
        data = malloc((size_t)w * h);
    ok = ok && data && fread(data, 1, (size_t)w * h, f) == (size_t)w * h;
    *p = (dsc_plane){data, w, h, w};
    if (f)
        fclose(f);
    return ok;
}

static int read_truth(const options *o, const char *name, truth *t)
{
    static char line[LINE];
    char *save = NULL;
    FILE *f = open_in(o->folder, name);
    int n = 0, at;

    while (f && n < MAX_TRUTH && fgets(line, sizeof line, f)) {
        truth *x = &t[n];
        char *ink;
        if (sscanf(line, "%d %d %d %d %23s %n", &x->box.x, &x->box.y, &x->box.w,
                   &x->box.h, x->kind, &at) != 5)
            continue;
        ink = strtok_r(line + at, " \n", &save);
        if (!ink || strlen(ink) != (size_t)x->box.w * (size_t)x->box.h)
            continue;
        x->ink = strdup(ink);
        snprintf(x->text, sizeof x->text, "%s", strtok_r(NULL, "\n", &save));
        n++;
    }
    if (f)
        fclose(f);
    return n;
}

static void paint(uint8_t *mask, const dsc_plane *p, dsc_rect r, uint8_t bit)
{
    r = dsc_rect_clip(r, p->columns, p->rows);
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            mask[(size_t)y * p->columns + (size_t)x] |= bit;
}

static double cover(const uint8_t *mask, const dsc_plane *p, const truth *t)
{
    int ink = 0, under = 0;

    for (int32_t y = 0; y < t->box.h; y++)
        for (int32_t x = 0; x < t->box.w; x++)
            if (t->ink[y * t->box.w + x] == '1') {
                ink++;
                under += mask[(size_t)(t->box.y + y) * p->columns +
                              (size_t)(t->box.x + x)] &
                         1;
            }
    return ink ? (double)under / ink : 1;
}

static bool read_known(options *o, const char *path)
{
    FILE *f = fopen(path, "r");
    static char line[1024];
    known k;

    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "%199s %d %d %d %d", k.view, &k.box.x, &k.box.y,
                   &k.box.w, &k.box.h) != 5)
            continue;
        if (o->known_count % 4096 == 0)
            o->known =
                realloc(o->known, (o->known_count + 4096) * sizeof *o->known);
        if (!o->known)
            return false;
        o->known[o->known_count++] = k;
    }
    if (f)
        fclose(f);
    return f != NULL;
}

static bool boxes_of(const options *o, dsc_detector *d, const char *view,
                     const dsc_plane *p, dsc_text_boxes *found)
{
    found->count = 0;
    if (!o->known)
        return !dsc_detector_find(d, p, NULL, o->effort, found, NULL);
    for (size_t i = 0; i < o->known_count; i++) {
        dsc_text_box b = {.box = o->known[i].box};
        if (!strcmp(o->known[i].view, view) &&
            dsc_text_boxes_add(found, &b, NULL))
            return false;
    }
    return true;
}

/* One frame: the union of the boxes of its views. */
static bool bench_frame(const options *o, dsc_detector *d, char *line,
                        tally *sum)
{
    static truth t[MAX_TRUTH];
    char *save = NULL, *name = strtok_r(line, " \n", &save), *view;
    int n = name ? read_truth(o, name, t) : 0;
    dsc_text_boxes found = {0};
    uint8_t *mask = NULL;
    dsc_plane p = {0};
    size_t wrong = 0, area;

    while ((view = strtok_r(NULL, " \n", &save))) {
        double ms;
        if (!read_pgm(o, view, &p))
            return false;
        if (!mask)
            mask = calloc(p.columns, p.rows);
        ms = cpu_ms();
        if (!mask || !boxes_of(o, d, view, &p, &found))
            return false;
        ms = cpu_ms() - ms;
        sum->ms += ms;
        sum->mpx += (double)p.columns * p.rows / 1e6;
        sum->ms_max = ms > sum->ms_max ? ms : sum->ms_max;
        for (size_t i = 0; i < found.count; i++) {
            const dsc_text_box *x = &found.items[i];
            paint(mask, &p, x->box, 1);
            if (o->boxes)
                fprintf(o->boxes, "%s %d %d %d %d %.3f %d %d\n", view, x->box.x,
                        x->box.y, x->box.w, x->box.h, (double)x->score,
                        x->rotation, x->dark);
        }
        sum->hits += found.count;
        sum->frames++;
        free((void *)(uintptr_t)p.data);
    }
    if (!mask)
        return false;
    for (int i = 0; i < n; i++) {
        double c = cover(mask, &p, &t[i]);
        bool phi = identifies(t[i].kind);
        sum->boxes++;
        sum->phi += phi;
        sum->found += c >= 0.95;
        sum->phi_found += phi && c >= 0.95;
        if (o->lines)
            fprintf(o->lines, "L %s %s %.3f %s\n", name, t[i].kind, c,
                    t[i].text);
        if (o->verbose && c < 0.95)
            printf("%s %s %.2f %d,%d %dx%d %s: %s\n", phi ? "MISS" : "miss",
                   name, c, t[i].box.x, t[i].box.y, t[i].box.w, t[i].box.h,
                   t[i].kind, t[i].text);
        free(t[i].ink);
    }
    for (int i = 0; i < n; i++)
        paint(mask, &p, dsc_rect_grow(t[i].box, MARGIN, MARGIN), 2);
    area = (size_t)p.columns * p.rows;
    for (size_t i = 0; i < area; i++)
        wrong += mask[i] == 1;
    sum->false_share += (double)wrong / (double)area;
    if (o->lines)
        fprintf(o->lines, "F %s %.6f\n", name, (double)wrong / (double)area);
    if (o->verbose && (double)wrong > 0.01 * (double)area)
        printf("FALSE %s %.2f %%\n", name,
               100.0 * (double)wrong / (double)area);
    free(mask);
    dsc_text_boxes_free(&found);
    return true;
}

static void report(const char *what, const tally *t, int frames)
{
    if (!frames)
        return;
    printf("%-10s frames %d views %d boxes a view %.1f false area %.2f %% "
           "ms a Mpx %.1f, longest %.0f ms\n",
           what, frames, t->frames, (double)t->hits / t->frames,
           100 * t->false_share / frames, t->ms / t->mpx, t->ms_max);
    if (t->boxes)
        printf("%-10s identifying %d of %d (%.1f %%), all %d of %d (%.1f %%)\n",
               "", t->phi_found, t->phi, 100.0 * t->phi_found / t->phi,
               t->found, t->boxes, 100.0 * t->found / t->boxes);
}

static bool bench(const options *o)
{
    static char line[8192];
    dsc_detector *d = NULL;
    dsc_error err = DSC_ERROR_INIT;
    tally with = {0}, without = {0};
    int n_with = 0, n_without = 0;
    FILE *index = open_in(o->folder, "index.txt");

    if (!index || (!o->known && dsc_detector_create(&d, o->models, &err))) {
        fprintf(stderr, "bench_detect: %s\n", index ? err.msg : "no index.txt");
        return false;
    }
    while (fgets(line, sizeof line, index)) {
        bool text = line[0] == 'T';
        if (strlen(line) < 4)
            continue;
        if (!bench_frame(o, d, line + 2, text ? &with : &without))
            printf("UNREAD %s", line + 2);
        n_with += text;
        n_without += !text;
    }
    report("with text", &with, n_with);
    report("text-free", &without, n_without);
    dsc_detector_free(&d);
    fclose(index);
    return true;
}

/* ---- a colour frame, all of the way ---- */

enum {
    TURNS = 15
};

static bool read_ppm(const char *path, dsc_frame *frame)
{
    FILE *f = fopen(path, "rb");
    unsigned w = 0, h = 0;
    dsc_format fmt = {.samples = 3,
                      .bits_allocated = 8,
                      .bits_stored = 8,
                      .high_bit = 7,
                      .photometric = DSC_RGB};
    bool ok = f && fscanf(f, "P6 %u %u 255", &w, &h) == 2 && fgetc(f) == '\n';

    fmt.columns = w;
    fmt.rows = h;
    ok = ok && w && h && w < 16384 && h < 16384 &&
         !dsc_frame_alloc(frame, &fmt, NULL) &&
         fread(frame->data, 3, (size_t)w * h, f) == (size_t)w * h;
    if (f)
        fclose(f);
    return ok;
}

/* The best of several turns: [0] both views, [1] and the boxes of both. */
static bool time_colour(dsc_detector *d, const dsc_frame *frame,
                        dsc_detect_effort effort, double best[2])
{
    const dsc_blit *blit = dsc_blit_for(dsc_cpu_flags());
    dsc_text_boxes boxes = {0};
    dsc_view views[2] = {{0}, {0}};
    bool ok = true;

    best[0] = best[1] = 1e9;
    for (int turn = 0; ok && turn < TURNS; turn++) {
        double start = cpu_ms(), seen;
        for (int v = 0; ok && v < 2; v++)
            ok = !dsc_view_render(blit, &views[v], frame,
                                  v ? DSC_VIEW_CHROMA : DSC_VIEW_LUMA, NULL,
                                  NULL, NULL);
        seen = cpu_ms() - start;
        for (int v = 0; ok && v < 2; v++) {
            dsc_plane p = {views[v].data, views[v].columns, views[v].rows,
                           views[v].stride};
            ok = !dsc_detector_find(d, &p, NULL, effort, &boxes, NULL);
        }
        best[1] = cpu_ms() - start < best[1] ? cpu_ms() - start : best[1];
        best[0] = seen < best[0] ? seen : best[0];
    }
    dsc_text_boxes_free(&boxes);
    dsc_view_free(&views[0]);
    dsc_view_free(&views[1]);
    return ok;
}

static bool bench_colour(const char *path, const char *models)
{
    static const dsc_photometric kinds[] = {DSC_RGB, DSC_YBR_FULL};
    dsc_detector *d = NULL;
    dsc_frame frame = {0};
    double best[2];
    bool ok = read_ppm(path, &frame) && !dsc_detector_create(&d, models, NULL);

    for (int k = 0; ok && k < 2; k++)
        for (int e = 0; ok && e < 2; e++) {
            frame.fmt.photometric = kinds[k];
            ok = time_colour(d, &frame, e ? DSC_DETECT_WIDE : DSC_DETECT_FAST,
                             best);
            printf("%-8s %-8s %u x %u: views %.2f ms, with boxes %.1f ms\n",
                   dsc_photometric_name(kinds[k]), e ? "thorough" : "fast",
                   frame.fmt.columns, frame.fmt.rows, best[0], best[1]);
        }
    dsc_frame_free(&frame);
    dsc_detector_free(&d);
    return ok;
}

static dsc_detect_effort effort_of(const char *name)
{
    return !strcmp(name, "fast")       ? DSC_DETECT_FAST
           : !strcmp(name, "thorough") ? DSC_DETECT_THOROUGH
                                       : DSC_DETECT_WIDE;
}

int main(int argc, char **argv)
{
    const char *colour = NULL;
    options o = {.effort = DSC_DETECT_WIDE};
    bool ok = true;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "-v"))
            o.verbose = true;
        else if (!strcmp(argv[i], "-e") && i + 1 < argc)
            o.effort = effort_of(argv[++i]);
        else if (!strcmp(argv[i], "-l") && i + 1 < argc)
            o.lines = fopen(argv[++i], "w");
        else if (!strcmp(argv[i], "-r") && i + 1 < argc)
            ok = read_known(&o, argv[++i]);
        else if (!strcmp(argv[i], "-m") && i + 1 < argc)
            o.models = argv[++i];
        else if (!strcmp(argv[i], "-c") && i + 1 < argc)
            colour = argv[++i];
        else if (!strcmp(argv[i], "-b") && i + 1 < argc)
            o.boxes = fopen(argv[++i], "w");
        else
            o.folder = argv[i];
    }
    if (!!o.folder == !!colour || !ok) {
        fprintf(stderr, "usage: bench_detect FOLDER [-e EFFORT] [-m MODELS] "
                        "[-b BOXES | -r BOXES] [-l LINES] [-v]\n"
                        "       bench_detect -c FRAME.ppm [-m MODELS]\n");
        return 2;
    }
    if (colour)
        return bench_colour(colour, o.models) ? 0 : 1;
    ok = bench(&o);
    if (o.boxes)
        fclose(o.boxes);
    if (o.lines)
        fclose(o.lines);
    free(o.known);
    return ok ? 0 : 1;
}
