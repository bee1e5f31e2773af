/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 4, prove: the output, read afresh by the ordinary reader, against the
 * source. Boxes are blank, everything else is what it was, and no text is
 * left that the policy forbids. */
#include "scrub/scrub_priv.h"

#include <string.h>

/* A finding whose area is blanked or judged harmless to this share is the edge
 * of a box or old news, not text that was missed. */
#define COVERED_PERCENT 90

typedef struct proof {
    dsc_scrubber *s;
    dsc_instance *source, *output;
    const dsc_prove_request *request;
    dsc_rects rects;
    dsc_buf a, b;
    dsc_frame fa, fb;
    dsc_residual *residual; /* the source's identifying values */
    bool same_syntax;       /* then the same bytes are the same samples */
    bool pixels_compared;   /* any frame that is not the source's bytes */
} proof;

static dsc_status check_formats(const dsc_instance *a, const dsc_instance *b,
                                dsc_error *err)
{
    if (a->has_pixels != b->has_pixels)
        return dsc_fail(err, DSC_UNPROVEN, "(7FE0,0010) came or went");
    if (b->has_icon)
        return dsc_fail(err, DSC_UNPROVEN,
                        "(0088,0200) an icon is left, which nobody searched");
    if (a->frames != b->frames)
        return dsc_fail(err, DSC_UNPROVEN,
                        "(0028,0008) Number of Frames changed");
    if (a->fmt.columns != b->fmt.columns || a->fmt.rows != b->fmt.rows ||
        a->fmt.samples != b->fmt.samples ||
        a->fmt.bits_allocated != b->fmt.bits_allocated ||
        a->fmt.bits_stored != b->fmt.bits_stored ||
        a->fmt.high_bit != b->fmt.high_bit ||
        a->fmt.is_signed != b->fmt.is_signed)
        return dsc_fail(err, DSC_UNPROVEN,
                        "the Image Pixel attributes "
                        "changed");
    return DSC_OK;
}

/* Byte offset of a sample, whichever way the planes lie. */
static size_t offset_of(const dsc_frame *f, size_t pixel, size_t sample)
{
    size_t n = dsc_sample_bytes(&f->fmt);
    size_t plane = (size_t)f->fmt.columns * f->fmt.rows;

    return f->fmt.layout == DSC_PLANAR ? (sample * plane + pixel) * n
                                       : (pixel * f->fmt.samples + sample) * n;
}

/* Bring `frame` into the layout of `like`, for frames of one image that were
 * stored in different ways. */
static dsc_status match_layout(dsc_frame *frame, const dsc_frame *like,
                               dsc_error *err)
{
    size_t n = dsc_sample_bytes(&frame->fmt);
    size_t pixels = (size_t)frame->fmt.columns * frame->fmt.rows;
    dsc_format fmt = frame->fmt;
    dsc_frame out = {0};
    dsc_status st;

    if (frame->fmt.layout == like->fmt.layout || frame->fmt.samples == 1)
        return DSC_OK;
    if (frame->fmt.layout == DSC_YBR422 || like->fmt.layout == DSC_YBR422)
        return dsc_fail(err, DSC_UNPROVEN, "the pixel layout changed");
    fmt.layout = like->fmt.layout;
    st = dsc_frame_alloc(&out, &fmt, err);
    for (size_t p = 0; !st && p < pixels; p++)
        for (size_t c = 0; c < fmt.samples; c++)
            memcpy(out.data + offset_of(&out, p, c),
                   frame->data + offset_of(frame, p, c), n);
    if (!st) {
        dsc_frame_free(frame);
        *frame = out;
    }
    return st;
}

static dsc_status decode_both(proof *p, uint32_t f, dsc_fill *fill,
                              dsc_error *err)
{
    dsc_status st =
        dsc_instance_decode(p->source, f, dsc_bytes_of(&p->a), &p->fa, err);

    if (!st)
        st =
            dsc_instance_decode(p->output, f, dsc_bytes_of(&p->b), &p->fb, err);
    /* written in full resolution by a compression that has no other */
    if (!st && p->fb.fmt.layout != DSC_YBR422)
        st = dsc_frame_full_chroma(&p->fa, err);
    if (!st && p->fa.fmt.photometric != p->fb.fmt.photometric)
        st = dsc_fail(err, DSC_UNPROVEN, "frame %u: the colour space changed",
                      f);
    if (!st)
        st = match_layout(&p->fb, &p->fa, err);
    if (!st)
        *fill = dsc_instance_black(p->source, &p->fa);
    return st;
}

static dsc_status compare_samples(proof *p, uint32_t f, dsc_error *err)
{
    dsc_rect where = {0, 0, 0, 0};
    dsc_fill fill;
    dsc_status st = decode_both(p, f, &fill, err);

    if (st)
        return st;
    if (!dsc_blit_is_filled(p->s->blit, &p->fb, &p->rects, &fill, &where))
        return dsc_fail(err, DSC_UNPROVEN,
                        "frame %u: a box is not blank at %d,%d", f, where.x,
                        where.y);
    if (!dsc_blit_same_outside(p->s->blit, &p->fa, &p->fb, &p->rects, &where))
        return dsc_fail(err, DSC_UNPROVEN,
                        "frame %u: a sample outside the boxes changed at "
                        "%d,%d",
                        f, where.x, where.y);
    return DSC_OK;
}

static bool compares_streams(const proof *p)
{
    return p->source->codec == p->output->codec && p->source->codec->is_blank &&
           !p->source->overlay_bits;
}

/* Streams whose codec compares what is stored; DSC_UNSUPPORTED where samples
 * must be compared. */
static dsc_status compare_streams(proof *p, uint32_t f, dsc_error *err)
{
    const dsc_codec *codec = p->source->codec;
    bool blank = false, same = false;
    dsc_status st;

    if (!compares_streams(p))
        return DSC_UNSUPPORTED;
    st = codec->is_blank(&blank, dsc_bytes_of(&p->b), &p->source->fmt,
                         &p->rects, err);
    if (!st)
        st =
            codec->same_outside(&same, dsc_bytes_of(&p->a), dsc_bytes_of(&p->b),
                                &p->source->fmt, &p->rects, err);
    if (st)
        return st;
    if (!blank)
        return dsc_fail(err, DSC_UNPROVEN, "frame %u: a box is not blank", f);
    if (!same)
        return dsc_fail(err, DSC_UNPROVEN,
                        "frame %u: a coefficient outside the boxes changed", f);
    return DSC_OK;
}

/* ---- differences, where nobody says which boxes there are ---- */

/* Add the frame's boxes; those that the frame before had live on. */
static dsc_status note_differences(proof *p, uint32_t f, dsc_error *err)
{
    dsc_region_list *list = p->request->differences;
    dsc_status st = DSC_OK;

    dsc_rects_foreach (r, &p->rects) {
        bool found = false;
        for (size_t i = 0; !found && i < list->count; i++) {
            dsc_region *o = &list->items[i];
            found = o->last_frame + 1 == f && o->x == r->x && o->y == r->y &&
                    o->w == r->w && o->h == r->h;
            if (found)
                o->last_frame = f;
        }
        if (!found && !st)
            st = dsc_region_add(list,
                                &(dsc_region){.first_frame = f,
                                              .last_frame = f,
                                              .x = r->x,
                                              .y = r->y,
                                              .w = r->w,
                                              .h = r->h,
                                              .source = "operator",
                                              .cls = "unknown",
                                              .reason = "black in the output",
                                              .confidence = 1},
                                err);
    }
    return st;
}

/* A stream of one component has no colour that reaches beyond a block, so that
 * samples tell what is_blank does not: which level its blocks hold. */
static dsc_status check_level(proof *p, uint32_t f, dsc_error *err)
{
    dsc_difference d = {&p->fa, &p->fb, NULL};
    dsc_rect where = {0, 0, 0, 0};
    dsc_fill fill;
    dsc_status st;

    if (p->source->fmt.samples > 1)
        return DSC_OK;
    st = decode_both(p, f, &fill, err);
    d.fill = &fill;
    if (!st && !dsc_prove_as_black(&d, &p->rects, &where))
        st =
            dsc_fail(err, DSC_UNPROVEN, "frame %u: a box is not black at %d,%d",
                     f, where.x, where.y);
    return st;
}

static dsc_status find_differences(proof *p, uint32_t f, dsc_error *err)
{
    dsc_difference d = {&p->fa, &p->fb, NULL};
    dsc_rect where = {0, 0, 0, 0};
    dsc_fill fill;
    dsc_status st;

    if (compares_streams(p)) {
        /* in samples a box's colour differs beside it as well */
        st = p->source->codec->differences(&p->rects, dsc_bytes_of(&p->a),
                                           dsc_bytes_of(&p->b), &p->source->fmt,
                                           err);
        if (!st)
            st = check_level(p, f, err);
        return st ? st : note_differences(p, f, err);
    }
    st = decode_both(p, f, &fill, err);
    d.fill = &fill;
    if (!st && !dsc_prove_only_black(&d, &where))
        st = dsc_fail(err, DSC_UNPROVEN,
                      "frame %u: a sample changed to something else than "
                      "black at %d,%d",
                      f, where.x, where.y);
    if (!st)
        st = dsc_prove_find_cells(&d, &p->rects, err);
    return st ? st : note_differences(p, f, err);
}

/* p->rects is what the masks name, p->a and p->b the streams. */
static dsc_status required_is_blank(proof *p, uint32_t f, dsc_error *err)
{
    dsc_rect where = {0, 0, 0, 0};
    dsc_fill fill;
    bool blank = true;
    dsc_status st;

    if (compares_streams(p)) {
        st = p->source->codec->is_blank(&blank, dsc_bytes_of(&p->b),
                                        &p->source->fmt, &p->rects, err);
        if (!st && blank)
            st = check_level(p, f, err);
    } else {
        st = decode_both(p, f, &fill, err);
        blank = !st && dsc_blit_is_filled(p->s->blit, &p->fb, &p->rects, &fill,
                                          &where);
    }
    if (!st && !blank)
        st = dsc_fail(err, DSC_UNPROVEN,
                      "frame %u: the box of a mask is not blank", f);
    return st;
}

typedef struct aside_check {
    dsc_bytes in;
    bool empty;
} aside_check;

static bool is_left(void *ctx, const dsc_aside *a)
{
    aside_check *c = ctx;

    for (size_t i = 0; c->empty && !a->needed && i < a->length; i++)
        c->empty = c->in.data[a->offset + i] == a->fill;
    return c->empty;
}

/* Comments and application data of the output's frame must be empty. */
static dsc_status check_asides(const proof *p, uint32_t f, dsc_error *err)
{
    const dsc_codec *codec = p->output->codec;
    dsc_bytes in = dsc_bytes_of(&p->b);
    aside_check check = {in, true};
    dsc_status st;

    if (!codec->asides)
        return DSC_OK;
    st = codec->asides(in, is_left, &check, err);
    if (!st && !check.empty)
        st = dsc_fail(err, DSC_UNPROVEN,
                      "frame %u: a comment or application data is left", f);
    return st;
}

static dsc_status compare_frame(proof *p, uint32_t f, dsc_error *err)
{
    dsc_error quiet = DSC_ERROR_INIT;
    const dsc_prove_request *q = p->request;
    dsc_status st = dsc_plan_rects(q->regions ? q->regions : q->required, f,
                                   &p->rects, err);

    if (!st)
        st = dsc_instance_frame(p->source, f, &p->a, NULL, err);
    if (!st)
        st = dsc_instance_frame(p->output, f, &p->b, NULL, err);
    if (!st)
        st = check_asides(p, f, err);
    if (!st)
        st = dsc_residual_frame(p->residual, p->output->codec,
                                dsc_bytes_of(&p->b), f, err);
    if (st)
        return st;
    if (!p->rects.count && !p->source->overlay_bits && p->same_syntax &&
        p->a.len == p->b.len && !memcmp(p->a.data, p->b.data, p->a.len))
        return DSC_OK;
    p->pixels_compared = true;
    if (!q->regions) {
        st = p->rects.count ? required_is_blank(p, f, err) : DSC_OK;
        if (!st)
            st = find_differences(p, f, err);
        if (st || !compares_streams(p))
            return st;
    }
    st = compare_streams(p, f, &quiet);
    if (st == DSC_UNSUPPORTED)
        return compare_samples(p, f, err);
    return st ? dsc_fail(err, st, "%s", quiet.msg) : DSC_OK;
}

/* ---- text that is left ---- */

static bool covered_on(const dsc_region *r, const dsc_region_list *lists[2],
                       uint32_t first, uint32_t last, bool *known,
                       dsc_error *err)
{
    dsc_rect box = {r->x, r->y, r->w, r->h};
    dsc_rects rects = {0};
    dsc_status st = DSC_OK;

    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; !st && lists[k] && i < lists[k]->count; i++) {
            const dsc_region *o = &lists[k]->items[i];
            if (o->overlay == r->overlay && o->first_frame <= first &&
                o->last_frame >= last)
                st = dsc_rects_add(&rects, (dsc_rect){o->x, o->y, o->w, o->h},
                                   err);
        }
    }
    *known = !st && dsc_rects_covered(&rects, box) * 100 >=
                        dsc_rect_area(box) * COVERED_PERCENT;
    dsc_rects_free(&rects);
    return st == DSC_OK;
}

/* Is this finding nothing new on any of its frames? */
static bool is_known(const dsc_region *r, const dsc_region_list *blanked,
                     const dsc_region_list *kept, dsc_error *err)
{
    const dsc_region_list *lists[2] = {blanked, kept};
    bool known = false;

    if (!covered_on(r, lists, r->first_frame, r->last_frame, &known, err) ||
        known || r->first_frame == r->last_frame)
        return known;
    for (uint32_t f = r->first_frame; f <= r->last_frame; f++)
        if (!covered_on(r, lists, f, f, &known, err) || !known)
            return false;
    return true;
}

bool dsc_prove_is_known(const dsc_region *found, const dsc_prove_request *q,
                        dsc_error *err)
{
    /* What could not be read this time but was read and kept before is the
     * rest of a line that lost its other words. */
    bool was_read = !strcmp(found->source, "ocr");

    return is_known(found, q->regions ? q->regions : q->differences,
                    was_read ? NULL : q->kept, err);
}

/* Did it stay for what stands around it? */
static bool is_mark(const dsc_region *kept)
{
    static const char *const rules[] = {"mark", "scale", "number-label",
                                        DSC_RULE_DEPTH, DSC_RULE_RULER};

    for (size_t i = 0; i < 5 && kept->doubtful && kept->rule; i++)
        if (!strcmp(kept->rule, rules[i]))
            return true;
    return false;
}

bool dsc_prove_disturbs(const dsc_region *found, const dsc_region *kept)
{
    /* as far as words of its line, and captions above and below it, speak */
    dsc_rect around =
        dsc_rect_grow(dsc_region_box(kept), 6 * kept->h, 3 * kept->h);

    return is_mark(kept) && dsc_regions_meet(kept, found) &&
           !dsc_rect_empty(dsc_rect_intersect(around, dsc_region_box(found)));
}

/* Marks side by side may be read as one word now. */
static bool was_explained(const dsc_region_list *kept, const dsc_track *t,
                          dsc_rect ink)
{
    dsc_rects marks = {0};
    bool all = true;

    for (size_t i = 0; kept && i < kept->count; i++) {
        const dsc_region *k = &kept->items[i];
        if (!k->overlay && is_mark(k) && k->first_frame <= t->first &&
            k->last_frame >= t->last)
            all = all &&
                  !dsc_rects_add(&marks, dsc_rect_grow(dsc_region_box(k), 1, 1),
                                 NULL);
    }
    all = all && dsc_rects_covered(&marks, ink) * 100 >=
                     dsc_rect_area(ink) * COVERED_PERCENT;
    dsc_rects_free(&marks);
    return all;
}

/* Nothing but its surroundings speaks against it. */
static bool is_harmless(const dsc_decision *d)
{
    return d->cls == DSC_CLASS_UNKNOWN ||
           (d->cls == DSC_CLASS_SCALE && !strcmp(d->rule, "touches"));
}

void dsc_prove_settle(dsc_tracks *tracks, const dsc_region_list *kept)
{
    for (size_t i = 0; i < tracks->count; i++)
        for (size_t k = 0; k < tracks->items[i].span_count; k++) {
            dsc_span *s = &tracks->items[i].spans[k];
            s->settled =
                s->settled || (s->decision.blank && is_harmless(&s->decision) &&
                               was_explained(kept, &tracks->items[i], s->box));
        }
}

static dsc_status search_again(proof *p, dsc_error *err)
{
    const dsc_prove_request *q = p->request;
    dsc_text_search how = {.effort = DSC_DETECT_THOROUGH,
                           .blank = q->regions,
                           .gone = q->regions ? q->regions : q->differences,
                           .kept = q->kept,
                           .looks = q->looks};
    dsc_region_list left = {0}, kept = {0};
    dsc_tracks tracks = {0};
    dsc_facts own = p->output->facts;
    dsc_status st;

    /* judged by the source's header, and seen through its window */
    p->output->facts = *dsc_instance_facts(p->source);
    st = dsc_find_text(p->s, p->output, &how, &tracks, err);
    p->output->facts = own;
    dsc_prove_settle(&tracks, q->kept);
    if (!st)
        st = dsc_plan_tracks(&tracks, 0, NULL, &left, &kept, err);
    for (size_t i = 0; !st && i < left.count; i++)
        if (!dsc_prove_is_known(&left.items[i], q, err))
            st = dsc_region_add(q->residual, &left.items[i], err);
    dsc_tracks_free(&tracks);
    dsc_free(left.items);
    dsc_free(kept.items);
    return st;
}

/* Nothing of the source's header anywhere in the output. */
static dsc_status search_header(proof *p, dsc_proof *result, dsc_error *err)
{
    char where[192];
    dsc_status st = dsc_residual_header(p->residual, p->output->ds, err);

    if (st)
        return st;
    result->residual_header = (long)dsc_residual_hits(p->residual);
    if (!result->residual_header)
        return DSC_OK;
    dsc_residual_describe(p->residual, where, sizeof where);
    return dsc_fail(err, DSC_UNPROVEN, "%s", where);
}

/* What was compared; the search needs as much again. */
static void free_frames(proof *p)
{
    dsc_buf_free(&p->a);
    dsc_buf_free(&p->b);
    dsc_frame_free(&p->fa);
    dsc_frame_free(&p->fb);
}

dsc_status dsc_prove_instance(dsc_scrubber *s, dsc_instance *source,
                              dsc_instance *output,
                              const dsc_prove_request *request,
                              dsc_proof *result, dsc_error *err)
{
    proof p = {.s = s, .source = source, .output = output, .request = request};
    dsc_residual_scope scope = dsc_residual_scope_of(s->deid);
    dsc_status st = check_formats(source, output, err);

    if (!st)
        st = dsc_residual_create(&p.residual, source->ds, &scope, err);
    p.same_syntax = !strcmp(dsc_dicom_transfer_syntax(source->ds),
                            dsc_dicom_transfer_syntax(output->ds));
    /* Bits that an overlay claims count as samples here: they must be gone. */
    output->overlay_bits = 0;
    *result = (dsc_proof){.residual_text = -1, .residual_header = -1};
    for (uint32_t f = 0; !st && f < source->frames; f++)
        st = compare_frame(&p, f, err);
    if (!st)
        st = dsc_prove_rest(s, source, output, request, err);
    if (!st)
        st = search_header(&p, result, err);
    if (!st) {
        result->boxes_blank = true;
        result->outside_identical = true;
    }
    /* On the source's own bytes the search would find what the plan found. */
    free_frames(&p);
    if (!st && s->detector && source->has_pixels &&
        (p.pixels_compared || !request->regions))
        st = search_again(&p, err);
    if (!st && s->detector && source->has_pixels)
        result->residual_text = (long)request->residual->count;
    result->done = st == DSC_OK;
    dsc_residual_free(&p.residual);
    dsc_rects_free(&p.rects);
    return st;
}
