/* SPDX-License-Identifier: Apache-2.0
 *
 * What is written in boxes of a file, for people who may see it. */
#include "scrub/scrub_priv.h"

#include <string.h>

static dsc_status append_words(dsc_buf *text, const dsc_words *words,
                               dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < words->count; i++) {
        const char *s = words->items[i].utf8;
        if (text->len)
            st = dsc_buf_append(text, " ", 1, err);
        if (!st)
            st = dsc_buf_append(text, s, strlen(s), err);
    }
    return st;
}

/* The lines of text that one view shows inside the box. */
static dsc_status read_view(dsc_scrubber *s, const dsc_view *view,
                            const dsc_rect *box, dsc_buf *text, dsc_error *err)
{
    dsc_plane plane = {view->data, view->columns, view->rows, view->stride};
    dsc_text_boxes lines = {0};
    dsc_status st = dsc_detector_find(s->detector, &plane, box,
                                      DSC_DETECT_THOROUGH, &lines, err);

    for (size_t i = 0; !st && i < lines.count; i++) {
        dsc_words words = {0};
        st = dsc_ocr_line(s->ocr, &plane, &lines.items[i], &words, err);
        if (!st)
            st = append_words(text, &words, err);
        dsc_words_free(&words);
    }
    dsc_text_boxes_free(&lines);
    return st;
}

static dsc_status read_box(dsc_scrubber *s, const dsc_views *views,
                           const dsc_region *r, dsc_buf *text, dsc_error *err)
{
    dsc_rect all = {0, 0, (int32_t)views->items[0].columns,
                    (int32_t)views->items[0].rows};
    dsc_rect box = dsc_rect_intersect((dsc_rect){r->x, r->y, r->w, r->h}, all);
    dsc_status st = DSC_OK;

    text->len = 0;
    if (dsc_rect_area(box) <= 0)
        return DSC_OK;
    for (size_t v = 0; !st && !text->len && v < views->count; v++)
        st = read_view(s, &views->items[v], &box, text, err);
    return st ? st : dsc_buf_append(text, "", 1, err);
}

/* The boxes that begin on one frame, after decoding it once. */
static dsc_status read_frame(dsc_scrubber *s, dsc_instance *inst,
                             const dsc_region_list *boxes, size_t first,
                             dsc_text_fn fn, void *ctx, dsc_error *err)
{
    uint32_t number = boxes->items[first].first_frame;
    dsc_frame frame = {0};
    dsc_views views = {0};
    dsc_buf text = {0}, encoded = {0};
    dsc_status st = dsc_instance_frame(inst, number, &encoded, NULL, err);

    if (!st)
        st = dsc_instance_look(inst, number, dsc_bytes_of(&encoded), &frame,
                               err);
    if (!st)
        st = dsc_views_render(&views, s->blit, inst, &frame, err);
    for (size_t i = first; !st && i < boxes->count; i++) {
        const dsc_region *r = &boxes->items[i];
        if (r->first_frame != number || r->overlay)
            continue;
        st = read_box(s, &views, r, &text, err);
        if (!st && text.len > 1)
            fn(ctx, i, (const char *)text.data);
    }
    dsc_buf_free(&text);
    dsc_buf_free(&encoded);
    dsc_views_free(&views);
    dsc_frame_free(&frame);
    return st;
}

dsc_status dsc_read_regions(dsc_scrubber *s, const dsc_input *input,
                            const dsc_region_list *boxes, dsc_text_fn fn,
                            void *ctx, dsc_error *err)
{
    dsc_instance inst = {0};
    dsc_status st = dsc_instance_open(&inst, input, err);

    if (!st && (!s->ocr || !s->detector))
        st = dsc_fail(err, DSC_USAGE, "this scrubber reads no text");
    for (size_t i = 0; !st && i < boxes->count; i++) {
        uint32_t frame = boxes->items[i].first_frame;
        bool seen = frame >= inst.frames;
        for (size_t k = 0; k < i && !seen; k++)
            seen = boxes->items[k].first_frame == frame;
        if (!seen)
            st = read_frame(s, &inst, boxes, i, fn, ctx, err);
    }
    dsc_instance_close(&inst);
    return st;
}
