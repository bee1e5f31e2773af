/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 3, act: write the instance with its regions blanked, each frame by the
 * cheapest exact way of its codec. Frames without a region keep their bytes. */
#include "scrub/scrub_priv.h"

#include <stdio.h>
#include <string.h>

#define TAG_PHOTOMETRIC DSC_TAG(0x0028, 0x0004)
#define TAG_PLANAR      DSC_TAG(0x0028, 0x0006)
#define MAX_OVERLAYS    16

typedef struct act {
    dsc_scrubber *s;
    dsc_instance *inst;
    const dsc_region_list *regions;
    const dsc_codec *target;
    const char *uid; /* of the output */
    bool convert;    /* another transfer syntax: every frame is rewritten */
    dsc_format fmt;  /* of the output's frames, as the header will say */
    dsc_rects rects;
    dsc_frame frame;
    dsc_buf source;
} act;

/* The blank value of a codec that edits streams without decoding them: the
 * extreme ends, which is what its clamping can reach. */
static dsc_fill extreme_fill(const dsc_instance *inst)
{
    dsc_fill fill = {{0, 0, 0}};

    if (inst->fmt.photometric == DSC_MONOCHROME1)
        fill.v[0] = (1u << inst->fmt.bits_stored) - 1u;
    else if (inst->palette.count)
        fill.v[0] = dsc_palette_darkest(&inst->palette);
    return fill;
}

static dsc_status edit_stream(act *a, dsc_buf *out, dsc_error *err)
{
    const dsc_codec *codec = a->inst->codec;
    dsc_bytes in = dsc_bytes_of(&a->source);
    dsc_fill fill;
    dsc_status st = DSC_OK;

    if (codec->is_blank) {
        fill = extreme_fill(a->inst);
    } else {
        st = codec->decode(&a->frame, in, &a->inst->fmt, err);
        if (st)
            return st;
        fill = dsc_instance_black(a->inst, &a->frame);
    }
    return codec->edit(out, in, &a->inst->fmt, &a->rects, &fill, err);
}

/* Pixels of three planes to pixels of three samples, for codecs and syntaxes
 * that know only those. */
static dsc_status interleave(dsc_frame *frame, dsc_error *err)
{
    size_t n = dsc_sample_bytes(&frame->fmt);
    size_t plane = frame->size / 3;
    dsc_format fmt = frame->fmt;
    dsc_frame out = {0};
    dsc_status st;

    if (frame->fmt.layout != DSC_PLANAR)
        return DSC_OK;
    fmt.layout = DSC_INTERLEAVED;
    st = dsc_frame_alloc(&out, &fmt, err);
    for (size_t i = 0; !st && i < frame->size; i += n)
        memcpy(out.data + i % plane * 3 + i / plane * n, frame->data + i, n);
    if (!st) {
        dsc_frame_free(frame);
        *frame = out;
    }
    return st;
}

static dsc_status rewrite_frame(act *a, dsc_buf *out, dsc_error *err)
{
    dsc_fill fill;
    dsc_bytes like =
        a->convert ? (dsc_bytes){NULL, 0} : dsc_bytes_of(&a->source);
    dsc_status st = a->inst->codec->decode(&a->frame, dsc_bytes_of(&a->source),
                                           &a->inst->fmt, err);

    if (!st && a->convert && a->target->encapsulated)
        st = dsc_frame_full_chroma(&a->frame, err);
    if (st)
        return st;
    dsc_instance_clear_overlays(a->inst, &a->frame);
    fill = dsc_instance_black(a->inst, &a->frame);
    dsc_blit_fill(a->s->blit, &a->frame, &a->rects, &fill);
    if (a->convert)
        st = interleave(&a->frame, err);
    if (!st)
        st = a->target->encode(out, &a->frame, a->uid, like, &a->fmt, err);
    return st;
}

/* A frame without a box: its bytes, unless they hold comments that go. */
static dsc_status keep_frame(act *a, uint32_t f, bool *keep, dsc_buf *out,
                             dsc_error *err)
{
    bool changed = false;
    dsc_status st = DSC_OK;

    *keep = true;
    if (!a->inst->codec->asides)
        return DSC_OK;
    st = dsc_instance_frame(a->inst, f, out, NULL, err);
    if (!st)
        st = dsc_codec_blank_asides(a->inst->codec, out, &changed, err);
    *keep = !changed;
    return st;
}

static dsc_status change_frame(act *a, uint32_t f, dsc_buf *out, dsc_error *err)
{
    dsc_status st = dsc_instance_frame(a->inst, f, &a->source, NULL, err);

    if (st)
        return st;
    out->len = 0;
    if (!a->convert && dsc_instance_edits_streams(a->inst)) {
        dsc_error quiet = DSC_ERROR_INIT;
        st = edit_stream(a, out, &quiet);
        if (st != DSC_UNSUPPORTED)
            return st ? dsc_fail(err, st, "%s", quiet.msg) : DSC_OK;
        out->len = 0;
    }
    return rewrite_frame(a, out, err);
}

/* Called by the writer, which puts the frame's number before a message. */
static dsc_status frame_bytes(void *ctx, uint32_t f, bool *keep, dsc_buf *out,
                              dsc_error *err)
{
    act *a = ctx;
    dsc_status st = dsc_plan_rects(a->regions, f, &a->rects, err);

    if (st)
        return st;
    if (!a->convert && !a->rects.count && !a->inst->overlay_bits)
        return keep_frame(a, f, keep, out, err);
    *keep = false;
    st = change_frame(a, f, out, err);
    /* an edited stream has the comments of its source */
    return st ? st : dsc_codec_blank_asides(a->target, out, NULL, err);
}

/* Does any frame hold comments that go? */
static dsc_status find_asides(act *a, bool *found, dsc_error *err)
{
    dsc_buf buf = {0};
    dsc_status st = DSC_OK;

    for (uint32_t f = 0;
         !st && !*found && a->inst->codec->asides && f < a->inst->frames; f++) {
        st = dsc_instance_frame(a->inst, f, &buf, NULL, err);
        if (!st)
            st = dsc_codec_blank_asides(a->inst->codec, &buf, found, err);
        if (st)
            dsc_error_context(err, "frame %u", f);
    }
    dsc_buf_free(&buf);
    return st;
}

/* ---- header ---- */

static dsc_status blank_overlay(dsc_instance *inst, const dsc_overlay *plane,
                                uint32_t frame, const dsc_region_list *regions,
                                dsc_error *err)
{
    uint32_t at = frame + plane->first_frame - 1;
    dsc_buf bits = {0};
    bool changed = false;
    dsc_status st = dsc_dicom_overlay_bits(inst->ds, plane, frame, &bits, err);

    for (size_t i = 0; !st && i < regions->count; i++) {
        const dsc_region *r = &regions->items[i];
        dsc_rect box = {r->x - plane->origin_column + 1,
                        r->y - plane->origin_row + 1, r->w, r->h};
        if (r->overlay != plane->group || at < r->first_frame ||
            at > r->last_frame)
            continue;
        box = dsc_rect_clip(box, plane->columns, plane->rows);
        for (int32_t y = box.y; y < box.y + box.h; y++)
            memset(bits.data + (size_t)y * plane->columns + box.x, 0,
                   (size_t)box.w);
        changed = true;
    }
    if (!st && changed)
        st = dsc_dicom_set_overlay_bits(inst->ds, plane, frame, &bits, err);
    dsc_buf_free(&bits);
    return st;
}

/* The planes themselves go with the header unless they are kept. */
static dsc_status clean_overlays(act *a, dsc_error *err)
{
    dsc_overlay planes[MAX_OVERLAYS];
    size_t n = dsc_dicom_overlays(a->inst->ds, planes, MAX_OVERLAYS);
    dsc_status st = DSC_OK;

    for (size_t i = 0; a->s->keep_overlays && i < n && i < MAX_OVERLAYS; i++)
        for (uint32_t f = 0; !st && !planes[i].embedded && f < planes[i].frames;
             f++)
            st = blank_overlay(a->inst, &planes[i], f, a->regions, err);
    return st;
}

static const char *lossy_method(const char *uid)
{
    if (!strncmp(uid, "1.2.840.10008.1.2.4.8", 21))
        return "ISO_14495_1";
    if (!strncmp(uid, "1.2.840.10008.1.2.4.20", 22))
        return "ISO_15444_15";
    return !strncmp(uid, "1.2.840.10008.1.2.4.9", 21) ? "ISO_15444_1"
                                                      : "ISO_10918_1";
}

static bool blanks_pixels(const act *a)
{
    for (size_t i = 0; i < a->regions->count; i++)
        if (!a->regions->items[i].overlay)
            return true;
    return a->inst->overlay_bits != 0;
}

/* Which transfer syntax comes out, and whether all frames must change. */
static dsc_status choose_target(act *a, dsc_result *result, dsc_error *err)
{
    const char *in = dsc_dicom_transfer_syntax(a->inst->ds);
    const char *out = in;

    if (a->s->transfer_syntax[0]) {
        out = a->s->transfer_syntax;
        if (strcmp(in, out))
            dsc_result_note(result, "transfer syntax changed as asked");
    } else if (blanks_pixels(a) && a->inst->codec->rewrite_uid) {
        out = a->inst->codec->rewrite_uid(in, dsc_bytes_of(&a->source));
        if (strcmp(in, out))
            dsc_result_note(result, "changed frames of this compression are "
                                    "rewritten without further loss in "
                                    "another transfer syntax");
    }
    a->uid = out;
    a->convert = strcmp(in, out) != 0;
    a->target = dsc_codec_for(out);
    DSC_CHECK(a->target, err);
    if (!a->convert && blanks_pixels(a) && !a->inst->codec->is_blank &&
        dsc_codec_is_lossy(in, dsc_bytes_of(&a->source)))
        dsc_result_note(result, "lossy frames with a box are rewritten "
                                "without further loss");
    return DSC_OK;
}

/* Native to native changes keep every attribute; else the decoded frame says
 * what the samples now are. */
static dsc_status convert_header(act *a, dsc_error *err)
{
    dsc_status st = DSC_OK;

    if (!a->convert ||
        (!a->target->encapsulated && !a->inst->codec->encapsulated))
        return DSC_OK;
    st = dsc_instance_frame(a->inst, 0, NULL, &a->frame, err);
    if (!st && a->target->encapsulated)
        st = dsc_frame_full_chroma(&a->frame, err);
    if (st)
        return st;
    a->fmt = a->frame.fmt;
    a->fmt.bits_allocated = a->inst->fmt.bits_allocated;
    a->fmt.layout = DSC_INTERLEAVED;
    if (a->target->label)
        a->fmt.photometric = a->target->label(a->fmt.photometric);
    st = dsc_dicom_set(a->inst->ds, TAG_PHOTOMETRIC,
                       dsc_photometric_name(a->fmt.photometric), err);
    if (!st && a->fmt.samples == 3)
        st = dsc_dicom_set(a->inst->ds, TAG_PLANAR, "0", err);
    return st;
}

/* Was anything lost in any frame? Frames of one image may differ. */
static dsc_status find_loss(act *a, bool *lossy, dsc_error *err)
{
    const char *in = dsc_dicom_transfer_syntax(a->inst->ds);
    dsc_buf buf = {0};
    dsc_status st = DSC_OK;

    *lossy = dsc_codec_is_lossy(in, dsc_bytes_of(&a->source));
    /* The others are asked where the stream can tell more than the syntax:
     * no stream at all counts as lossy then. */
    for (uint32_t f = 1; !st && !*lossy && f < a->inst->frames &&
                         dsc_codec_is_lossy(in, (dsc_bytes){NULL, 0});
         f++) {
        st = dsc_instance_frame(a->inst, f, &buf, NULL, err);
        *lossy = !st && dsc_codec_is_lossy(in, dsc_bytes_of(&buf));
    }
    dsc_buf_free(&buf);
    return st;
}

static dsc_status clean_header(act *a, dsc_error *err)
{
    const char *in = dsc_dicom_transfer_syntax(a->inst->ds);
    bool lossy = false;
    dsc_retag what = {.pixels_changed = blanks_pixels(a), .pixels_clean = true};
    dsc_header_case header;
    size_t native = 0;
    dsc_status st = dsc_header_open(&header, a->s, a->inst, err);

    if (!st && a->inst->codec->encapsulated)
        st = find_loss(a, &lossy, err);
    if (lossy) {
        dsc_frame_bytes(&a->inst->fmt, &native);
        what.was_lossy = true;
        what.lossy_method = lossy_method(in);
        what.lossy_ratio = (double)native / (double)a->source.len;
    }
    if (!st)
        st = dsc_deid_apply(header.deid, a->inst->ds, &what, err);
    dsc_header_close(&header);
    return st;
}

dsc_status dsc_act(dsc_scrubber *s, dsc_instance *inst, dsc_outfile *out,
                   dsc_result *result, dsc_error *err)
{
    act a = {
        .s = s, .inst = inst, .regions = &result->regions, .fmt = inst->fmt};
    dsc_write_options options = {
        .implementation_class_uid = DSC_IMPLEMENTATION_CLASS_UID,
        .implementation_version_name = DSC_IMPLEMENTATION_VERSION_NAME,
        .ctx = &a};
    bool changes = false;
    /* the first frame's bytes tell which kind of stream it is */
    dsc_status st = dsc_instance_frame(inst, 0, &a.source, NULL, err);

    if (!st)
        st = choose_target(&a, result, err);
    if (!st)
        st = clean_overlays(&a, err);
    if (!st)
        st = clean_header(&a, err);
    if (!st)
        st = convert_header(&a, err);
    if (!st) {
        snprintf(result->ts_out, sizeof result->ts_out, "%s", a.uid);
        options.transfer_syntax = a.uid;
        changes = a.convert || blanks_pixels(&a);
        if (!changes)
            st = find_asides(&a, &changes, err);
    }
    if (!st) {
        if (changes)
            options.frame = frame_bytes;
        st = dsc_dicom_write(inst->ds, out, &options, err);
    }
    dsc_rects_free(&a.rects);
    dsc_frame_free(&a.frame);
    dsc_buf_free(&a.source);
    return st;
}
