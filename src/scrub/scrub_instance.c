/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 1, read: open the instance and derive what the steps need to know. */
#include "scrub/scrub_priv.h"

#include <stdio.h>
#include <string.h>

#define TAG_SOP_CLASS         DSC_TAG(0x0008, 0x0016)
#define TAG_SOP_INSTANCE      DSC_TAG(0x0008, 0x0018)
#define TAG_MODALITY          DSC_TAG(0x0008, 0x0060)
#define TAG_MANUFACTURER      DSC_TAG(0x0008, 0x0070)
#define TAG_MODEL             DSC_TAG(0x0008, 0x1090)
#define TAG_STUDY             DSC_TAG(0x0020, 0x000D)
#define TAG_SERIES            DSC_TAG(0x0020, 0x000E)
#define TAG_WAVEFORM_DATA     DSC_TAG(0x5400, 0x1010)
#define TAG_PADDING_VALUE     DSC_TAG(0x0028, 0x0120)
#define TAG_PADDING_LIMIT     DSC_TAG(0x0028, 0x0121)
#define TAG_WINDOW_CENTER     DSC_TAG(0x0028, 0x1050)
#define TAG_WINDOW_WIDTH      DSC_TAG(0x0028, 0x1051)
#define TAG_RESCALE_INTERCEPT DSC_TAG(0x0028, 0x1052)
#define TAG_RESCALE_SLOPE     DSC_TAG(0x0028, 0x1053)
#define MAX_OVERLAYS          16

/* Window Center and Width act on modality values (PS3.3 C.11.2); the views
 * work on stored values. */
static void read_window(dsc_instance *inst)
{
    double center, width, slope = 1, intercept = 0, a, b;

    if (!dsc_dicom_number(inst->ds, TAG_WINDOW_CENTER, 0, &center) ||
        !dsc_dicom_number(inst->ds, TAG_WINDOW_WIDTH, 0, &width) ||
        !(width >= 1))
        return;
    dsc_dicom_number(inst->ds, TAG_RESCALE_SLOPE, 0, &slope);
    dsc_dicom_number(inst->ds, TAG_RESCALE_INTERCEPT, 0, &intercept);
    if (!(slope > 0 || slope < 0))
        return;
    a = (center - width / 2 - intercept) / slope;
    b = (center + width / 2 - intercept) / slope;
    if (!(a < b || b < a)) /* NaN or empty */
        return;
    inst->window = a < b ? (dsc_window){a, b} : (dsc_window){b, a};
    inst->has_window = true;
}

static void read_padding(dsc_instance *inst)
{
    double value, limit;

    if (!dsc_dicom_number(inst->ds, TAG_PADDING_VALUE, 0, &value))
        return;
    if (!dsc_dicom_number(inst->ds, TAG_PADDING_LIMIT, 0, &limit))
        limit = value;
    inst->padding.low = (int64_t)(value < limit ? value : limit);
    inst->padding.high = (int64_t)(value < limit ? limit : value);
    inst->has_padding = true;
}

static uint32_t lowest_bits(unsigned n)
{
    return n >= 32 ? ~0u : (1u << n) - 1u;
}

static uint32_t stored_bits(const dsc_format *fmt)
{
    return lowest_bits(fmt->bits_stored)
           << (fmt->high_bit + 1u - fmt->bits_stored);
}

/* Bits of a word that are no part of its sample. */
static uint32_t spare_bits(const dsc_format *fmt)
{
    return lowest_bits(fmt->bits_allocated) & ~stored_bits(fmt);
}

static void read_overlay_bits(dsc_instance *inst)
{
    dsc_overlay planes[MAX_OVERLAYS];
    size_t n = dsc_dicom_overlays(inst->ds, planes, MAX_OVERLAYS);

    for (size_t i = 0; i < n && i < MAX_OVERLAYS; i++) {
        if (planes[i].embedded &&
            planes[i].bit_position < inst->fmt.bits_allocated)
            inst->overlay_bits |= 1u << planes[i].bit_position;
    }
    /* An overlay may not claim bits that the samples use. */
    inst->overlay_bits &= ~stored_bits(&inst->fmt);
}

typedef struct fact_walk {
    dsc_instance *inst;
    dsc_facts *facts;
    dsc_status status;
    dsc_error *err;
    bool nested_pixels;
    uint32_t odd; /* an element that nobody can judge where it is, or 0 */
} fact_walk;

static bool is_float_pixels(uint32_t tag)
{
    return tag == DSC_TAG(0x7FE0, 0x0008) || tag == DSC_TAG(0x7FE0, 0x0009);
}

static bool visit(void *ctx, const dsc_element *e)
{
    fact_walk *w = ctx;
    /* what is in there goes with it, or by itself */
    bool of_private = e->depth > 0 && dsc_dicom_path_is_private(e->path);
    dsc_class cls;

    if (e->tag == DSC_TAG(0x7FE0, 0x0010) && e->depth > 0 && !of_private) {
        w->inst->has_icon = strstr(e->path, "(0088,0200)") != NULL;
        w->nested_pixels = !w->inst->has_icon;
        if (w->nested_pixels)
            return false;
    }
    if (!of_private && (is_float_pixels(e->tag) ||
                        (e->tag == TAG_WAVEFORM_DATA && !w->inst->has_pixels &&
                         w->inst->kind != DSC_OBJECT_WAVEFORM))) {
        w->odd = e->tag;
        return false;
    }
    if (!e->in_meta && e->utf8 && e->utf8[0] &&
        dsc_policy_value_identifies(e->tag, e->vr, e->utf8, &cls))
        w->status = dsc_facts_add(w->facts, cls, e->vr, e->utf8, w->err);
    return w->status == DSC_OK;
}

static dsc_status walk_header(dsc_instance *inst, dsc_facts *facts,
                              dsc_error *err)
{
    fact_walk w = {.inst = inst, .facts = facts, .err = err};
    dsc_status st = dsc_dicom_walk(inst->ds, visit, &w, err);

    if (st)
        return st;
    if (w.status)
        return w.status;
    if (w.nested_pixels)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "(7FE0,0010) Pixel Data inside a sequence");
    if (w.odd)
        return dsc_fail(err, DSC_UNSUPPORTED, "(%04X,%04X) %s", w.odd >> 16,
                        w.odd & 0xFFFFu,
                        is_float_pixels(w.odd)
                            ? "Float Pixel Data"
                            : "Waveform Data in another kind of object");
    return dsc_face_judge(inst->ds, &inst->face, &inst->face_why, err);
}

static dsc_status read_pixels(dsc_instance *inst, dsc_error *err)
{
    const char *uid = dsc_dicom_transfer_syntax(inst->ds);
    const char *refusal = dsc_codec_refusal(uid);
    dsc_status st;

    if (refusal)
        return dsc_fail(err, DSC_UNSUPPORTED, "transfer syntax: %s", refusal);
    inst->codec = dsc_codec_for(uid);
    DSC_CHECK(inst->codec, err);
    st = dsc_dicom_format(inst->ds, &inst->fmt, &inst->frames, err);
    if (!st)
        st = dsc_dicom_check_frames(inst->ds, err);
    if (!st && inst->fmt.photometric == DSC_PALETTE_COLOR)
        st = dsc_dicom_palette(inst->ds, &inst->palette.rgb,
                               &inst->palette.count, &inst->palette.first, err);
    if (st)
        return st;
    read_window(inst);
    read_padding(inst);
    read_overlay_bits(inst);
    return DSC_OK;
}

/* The header first, for what can be told of a file that is refused because of
 * its pixels. */
static dsc_status read_image(dsc_instance *inst, dsc_error *err)
{
    dsc_error header = DSC_ERROR_INIT;
    dsc_status walked = walk_header(inst, &inst->facts, &header);
    dsc_status st;

    inst->facts_known = !walked;
    st = read_pixels(inst, err);
    return st || !walked ? st : dsc_fail(err, walked, "%s", header.msg);
}

/* The header is all there is to see. */
static dsc_status read_object(dsc_instance *inst, dsc_error *err)
{
    const char *uid = dsc_dicom_transfer_syntax(inst->ds);
    const char *refusal = dsc_codec_refusal(uid);
    dsc_status st = walk_header(inst, &inst->facts, err);

    inst->facts_known = !st;
    if (st)
        return st;
    if (inst->kind == DSC_OBJECT_OTHER)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "not an image: no (7FE0,0010) Pixel Data at the top "
                        "level");
    if (refusal)
        return dsc_fail(err, DSC_UNSUPPORTED, "transfer syntax: %s", refusal);
    if (dsc_codec_for(uid)->encapsulated)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "transfer syntax: of compressed pixels, and there are "
                        "none");
    return DSC_OK;
}

dsc_status dsc_instance_open(dsc_instance *out, const dsc_input *input,
                             dsc_error *err)
{
    char sop_class[72];
    dsc_status st;

    *out = (dsc_instance){0};
    st = input->path ? dsc_dicom_open(&out->ds, input->path, NULL, err)
                     : dsc_dicom_open_memory(&out->ds, input->data, input->len,
                                             NULL, err);
    if (st)
        return st;
    if (dsc_dicom_get_kind(out->ds) == DSC_KIND_DICOMDIR)
        return dsc_fail(err, DSC_NOTDICOM, "a DICOMDIR, not an instance");
    out->has_pixels = dsc_dicom_get_kind(out->ds) == DSC_KIND_IMAGE;
    dsc_dicom_string(out->ds, TAG_SOP_CLASS, sop_class, sizeof sop_class);
    out->kind = dsc_object_of(sop_class, out->has_pixels);
    return out->has_pixels ? read_image(out, err) : read_object(out, err);
}

dsc_status dsc_instance_admit(const dsc_scrubber *s, const dsc_instance *inst,
                              dsc_error *err)
{
    const char *title = dsc_object_title(inst->kind);

    switch (s->objects.way[inst->kind]) {
    case DSC_OBJECT_CLEAN:
        return DSC_OK;
    case DSC_OBJECT_DROP:
        return dsc_fail(err, DSC_NOTDICOM, "%s, dropped as the options ask",
                        title);
    default:
        if (inst->kind == DSC_OBJECT_OTHER)
            return DSC_OK; /* what it lacks says more */
        return dsc_fail(err, DSC_UNSUPPORTED, "%s%s", title,
                        dsc_object_can_clean(inst->kind)
                            ? ", quarantined as the options ask"
                            : ", which cannot be proven clean");
    }
}

dsc_status dsc_instance_learn(dsc_scrubber *s, dsc_instance *inst,
                              dsc_error *err)
{
    dsc_status st = dsc_lessons_facts(s, inst->ds, &inst->learned, err);

    /* its own header tells more: dates, UIDs */
    return st || !inst->learned.count ? st
                                      : walk_header(inst, &inst->learned, err);
}

void dsc_instance_close(dsc_instance *inst)
{
    dsc_dicom_free(&inst->ds);
    dsc_free(inst->palette.rgb);
    dsc_facts_free(&inst->facts);
    dsc_facts_free(&inst->learned);
    dsc_free(inst->cells.whole);
    *inst = (dsc_instance){0};
}

/* Study and Series UIDs are only names here: where one is missing, its tag and
 * the instance's own UID stand in, and the file is not lost for it. */
static dsc_status new_uid(const dsc_instance *inst, uint32_t tag,
                          const char *instance, const dsc_deid *deid,
                          char out[65], dsc_error *err)
{
    char old[288];

    if (!dsc_dicom_string(inst->ds, tag, old, sizeof old))
        snprintf(old, sizeof old, "no %08X in %s", tag, instance);
    return dsc_deid_map_uid(deid, old, out, err);
}

/* Empty the text if it holds anything but these characters. */
static void only_of(char *text, const char *allowed)
{
    if (text[strspn(text, allowed)])
        text[0] = '\0';
}

/* One word at a time, as a policy wants them: does any identify somebody? */
static dsc_status names_somebody(const dsc_instance *inst, const char *text,
                                 bool *out, dsc_error *err)
{
    dsc_words words = {0};
    dsc_decision *decisions = NULL;
    char word[DSC_MAX_DEVICE];
    dsc_status st = DSC_OK;

    *out = false;
    while (!st && *text) {
        size_t n = strcspn(text, " ");
        snprintf(word, sizeof word, "%.*s", (int)n, text);
        if (n)
            st = dsc_words_add(&words, word, (dsc_rect){0, 0, 1, 1}, 1, 0, err);
        text += n + (text[n] == ' ');
    }
    decisions = dsc_calloc(words.count + 1, sizeof *decisions);
    if (!st && !decisions)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    if (!st && words.count)
        st = dsc_policy_decide_line(dsc_policy_plain(DSC_POLICY_PHI),
                                    dsc_instance_facts(inst), words.items,
                                    words.count, decisions, err);
    for (size_t i = 0; !st && i < words.count; i++)
        *out = *out || decisions[i].blank;
    dsc_free(decisions);
    dsc_words_free(&words);
    return st;
}

/* "Manufacturer Model". Free text that is shown to people, so it is left out
 * where it holds odd characters or anything that identifies. */
static dsc_status describe_device(const dsc_instance *inst, dsc_result *r,
                                  dsc_error *err)
{
    char maker[DSC_MAX_DEVICE / 2], model[DSC_MAX_DEVICE / 2];
    bool identifies = false;
    dsc_status st;

    if (!inst->facts_known)
        return DSC_OK;
    dsc_dicom_string(inst->ds, TAG_MANUFACTURER, maker, sizeof maker);
    dsc_dicom_string(inst->ds, TAG_MODEL, model, sizeof model);
    snprintf(r->device, sizeof r->device, "%s%s%s", maker,
             maker[0] && model[0] ? " " : "", model);
    only_of(r->device, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                       "0123456789 -_./+()&,");
    st = names_somebody(inst, r->device, &identifies, err);
    if (st || identifies)
        r->device[0] = '\0';
    return st;
}

dsc_status dsc_instance_describe(const dsc_instance *inst, const dsc_deid *deid,
                                 dsc_result *r, dsc_error *err)
{
    char instance[256];
    dsc_status st;

    dsc_dicom_string(inst->ds, TAG_SOP_CLASS, r->sop_class,
                     sizeof r->sop_class);
    dsc_dicom_string(inst->ds, TAG_MODALITY, r->modality, sizeof r->modality);
    snprintf(r->ts_in, sizeof r->ts_in, "%s",
             dsc_dicom_transfer_syntax(inst->ds));
    /* These are shown to people, so only what they should hold gets out: a
     * broken file may have a name in them. */
    only_of(r->sop_class, "0123456789.");
    only_of(r->ts_in, "0123456789.");
    only_of(r->modality, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (strlen(r->modality) > 9) /* the longest defined term */
        r->modality[0] = '\0';
    r->columns = inst->fmt.columns;
    r->rows = inst->fmt.rows;
    r->frames = inst->frames;
    st = describe_device(inst, r, err);
    if (st || (inst->has_pixels && !inst->codec))
        return st; /* no codec: there will be no output to name */
    if (!dsc_dicom_string(inst->ds, TAG_SOP_INSTANCE, instance,
                          sizeof instance))
        return dsc_fail(err, DSC_BADFILE,
                        "(0008,0018) SOP Instance UID is missing");
    st = new_uid(inst, TAG_STUDY, instance, deid, r->study, err);
    if (!st)
        st = new_uid(inst, TAG_SERIES, instance, deid, r->series, err);
    return st ? st : dsc_deid_map_uid(deid, instance, r->instance, err);
}

void dsc_instance_clear_overlays(const dsc_instance *inst, dsc_frame *frame)
{
    uint32_t bits = inst->overlay_bits;
    size_t n = dsc_sample_bytes(&frame->fmt);

    for (size_t i = 0; bits && i + n <= frame->size; i += n) {
        uint32_t word = 0;
        memcpy(&word, frame->data + i, n); /* little endian hosts only */
        word &= ~bits;
        memcpy(frame->data + i, &word, n);
    }
}

dsc_status dsc_instance_decode(const dsc_instance *inst, uint32_t frame,
                               dsc_bytes encoded, dsc_frame *decoded,
                               dsc_error *err)
{
    dsc_status st = inst->codec->decode(decoded, encoded, &inst->fmt, err);

    if (st)
        dsc_error_context(err, "frame %u", frame);
    else
        dsc_instance_clear_overlays(inst, decoded);
    return st;
}

dsc_status dsc_instance_look(const dsc_instance *inst, uint32_t frame,
                             dsc_bytes encoded, dsc_frame *decoded,
                             dsc_error *err)
{
    const dsc_codec *codec = inst->codec;
    dsc_status st = dsc_instance_decode(inst, frame, encoded, decoded, err);

    if (!st && codec->clear) {
        st = codec->clear(decoded, encoded, &inst->fmt, err);
        if (st)
            dsc_error_context(err, "frame %u", frame);
        dsc_instance_clear_overlays(inst, decoded); /* they are back */
    }
    return st;
}

dsc_status dsc_instance_frame(dsc_instance *inst, uint32_t frame,
                              dsc_buf *encoded, dsc_frame *decoded,
                              dsc_error *err)
{
    dsc_buf own = {0};
    dsc_buf *buf = encoded ? encoded : &own;
    dsc_status st;

    if (!inst->codec)
        return dsc_fail(err, DSC_UNSUPPORTED, "it has no frames");
    st = dsc_dicom_frame(inst->ds, frame, buf, err);
    if (!st && decoded)
        st = dsc_instance_decode(inst, frame, dsc_bytes_of(buf), decoded, err);
    dsc_buf_free(&own);
    return st;
}

/* Has a word bits beyond its sample that nothing tells of? Those of a sign or
 * of padding only fill the word up. */
static bool has_spare_bits(const dsc_instance *inst, const dsc_frame *frame)
{
    const dsc_format *fmt = &inst->fmt;
    uint32_t word_bits = lowest_bits(fmt->bits_allocated);
    uint32_t spare = spare_bits(fmt);
    uint32_t sign = ~lowest_bits(fmt->high_bit) & word_bits;
    size_t n = dsc_sample_bytes(&frame->fmt);

    for (size_t i = 0; i + n <= frame->size; i += n) {
        uint32_t word = 0;
        memcpy(&word, frame->data + i, n);
        bool negative = fmt->is_signed && (word & (spare | sign)) == sign;
        bool padding = inst->has_padding &&
                       (word == ((uint32_t)inst->padding.low & word_bits) ||
                        word == ((uint32_t)inst->padding.high & word_bits));
        if ((word & spare) && !negative && !padding)
            return true;
    }
    return false;
}

dsc_status dsc_instance_find_spare_bits(dsc_instance *inst, dsc_error *err)
{
    uint32_t spare = inst->has_pixels ? spare_bits(&inst->fmt) : 0;
    dsc_frame frame = {0};
    bool found = false;
    dsc_status st = DSC_OK;

    if (!(spare & ~inst->overlay_bits))
        return DSC_OK; /* none, or overlays claim them all */
    for (uint32_t f = 0; !st && !found && f < inst->frames; f++) {
        st = dsc_instance_frame(inst, f, NULL, &frame, err);
        found = !st && has_spare_bits(inst, &frame);
    }
    if (found)
        inst->overlay_bits = spare;
    dsc_frame_free(&frame);
    return st;
}

dsc_fill dsc_instance_black(const dsc_instance *inst, const dsc_frame *frame)
{
    dsc_fill fill = dsc_fill_black(
        frame, inst->palette.count ? dsc_palette_darkest(&inst->palette) : 0,
        inst->has_padding ? &inst->padding : NULL);

    for (int i = 0; i < 3; i++)
        fill.v[i] &= ~inst->overlay_bits;
    return fill;
}

bool dsc_instance_edits_streams(const dsc_instance *inst)
{
    return inst->codec->edit && inst->overlay_bits == 0;
}
