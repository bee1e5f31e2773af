/* SPDX-License-Identifier: Apache-2.0
 *
 * What the finder and the reader make of frames, and what the policy says of
 * each word before boxes and scales are looked at.
 *
 *     read_lines FILE FRAME [FILE FRAME ...]
 *
 * Prints patient data, a word a line, with tabs: number of the file, frame,
 * view, "line", "rows" or "small", box of the line, its score, box of the word,
 * confidence, "keep" or "blank", class, rule, text ("" where nothing could be
 * read). bench_misses.py makes pictures of it. */
#include "scrub/scrub_priv.h"

#include <stdio.h>
#include <stdlib.h>

static void die(const dsc_error *err)
{
    fprintf(stderr, "read_lines: %s\n", err->msg);
    exit(1);
}

static void print_box(dsc_rect r)
{
    printf("%d,%d,%d,%d\t", r.x, r.y, r.w, r.h);
}

static void print_words(const char *head, const char *how, const dsc_track *t,
                        const dsc_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        const dsc_span *s = &t->spans[i];
        const dsc_word *w = &words->items[i];
        printf("%s\t%s\t", head, how);
        print_box(t->box);
        printf("%.2f\t", (double)t->score);
        print_box(w->box);
        printf("%.2f\t%s\t%s\t%s\t%s\n", (double)w->confidence,
               s->decision.blank ? "blank" : "keep",
               dsc_class_name(s->decision.cls), s->decision.rule, w->utf8);
    }
}

/* The words of a line, or all rows, judged together. */
static dsc_status judge(dsc_scrubber *s, const dsc_facts *facts,
                        const dsc_plane *plane, const dsc_text_box *box,
                        const char *head, const char *how,
                        const dsc_words *words, dsc_error *err)
{
    dsc_track t = {.box = box->box, .score = box->score, .words = *words};
    dsc_status st = dsc_words_decide(s, facts, plane, &t, err);

    if (!st)
        print_words(head, how, &t, words);
    dsc_free(t.spans);
    return st;
}

static dsc_status read_view(dsc_scrubber *s, const dsc_facts *facts,
                            const dsc_view *view, const char *head,
                            dsc_error *err)
{
    dsc_plane plane = {view->data, view->columns, view->rows, view->stride};
    dsc_text_boxes boxes = {0};
    dsc_reading r = {.line = {0}};
    dsc_status st = dsc_detector_find(s->detector, &plane, NULL,
                                      DSC_DETECT_WIDE, &boxes, err);

    for (size_t i = 0; !st && i < boxes.count; i++) {
        const dsc_text_box *b = &boxes.items[i];
        st = dsc_words_read(s->ocr, &plane, NULL, b, &r, err);
        if (!st && !r.line.count)
            st = dsc_words_add(&r.line, "", b->box, 0, 0, err);
        if (!st)
            st = judge(s, facts, &plane, b, head, "line", &r.line, err);
        if (!st)
            st = judge(s, facts, &plane, b, head, "rows", &r.rows, err);
        if (!st)
            st = judge(s, facts, &plane, b, head, "small", &r.small, err);
    }
    dsc_reading_free(&r);
    dsc_text_boxes_free(&boxes);
    return st;
}

static dsc_status read_frame(dsc_scrubber *s, const char *path, int number,
                             uint32_t at, dsc_error *err)
{
    dsc_instance inst = {0};
    dsc_frame frame = {0};
    dsc_views views = {0};
    dsc_status st = dsc_instance_open(&inst, &(dsc_input){.path = path}, err);

    if (!st)
        st = dsc_instance_frame(&inst, at, NULL, &frame, err);
    if (!st)
        st = dsc_views_render(&views, s->blit, &inst, &frame, err);
    for (size_t v = 0; !st && v < views.count; v++) {
        char head[64];
        snprintf(head, sizeof head, "%d\t%u\t%zu", number, at, v);
        st =
            read_view(s, dsc_instance_facts(&inst), &views.items[v], head, err);
    }
    dsc_views_free(&views);
    dsc_frame_free(&frame);
    dsc_instance_close(&inst);
    return st;
}

int main(int argc, char **argv)
{
    dsc_options options = DSC_OPTIONS_INIT;
    dsc_error err = DSC_ERROR_INIT;
    dsc_scrubber *s = NULL;

    options.models = getenv("DSC_MODELS");
    if (dsc_scrubber_create(&s, &options, &err))
        die(&err);
    for (int i = 1; i + 1 < argc; i += 2)
        if (read_frame(s, argv[i], (i - 1) / 2,
                       (uint32_t)strtoul(argv[i + 1], NULL, 10), &err))
            die(&err);
    dsc_scrubber_free(&s);
    return 0;
}
