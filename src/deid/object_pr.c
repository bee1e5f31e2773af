/* SPDX-License-Identifier: Apache-2.0
 *
 * Text and drawings of presentation states, and annotations of waveforms
 * (PS3.15 E.3.3): measurements stay as they were drawn, words go unless all of
 * a text are known to be harmless, drawings by hand go, since they may be
 * handwriting. Bounding boxes, anchors, references and styles stay. */
#include "deid/object_priv.h"

#include <stdio.h>
#include <string.h>

#define TAG_SHUTTER      DSC_TAG(0x0018, 0x1600)
#define TAG_SHUTTER_GREY DSC_TAG(0x0018, 0x1622)
#define TAG_SHUTTER_FROM DSC_TAG(0x0018, 0x1623)
#define TAG_SHUTTER_LAB  DSC_TAG(0x0018, 0x1624)
#define TAG_ANNOTATIONS  DSC_TAG(0x0070, 0x0001)
#define TAG_LAYER        DSC_TAG(0x0070, 0x0002)
#define TAG_TEXT         DSC_TAG(0x0070, 0x0006)
#define TAG_GRAPHICS     DSC_TAG(0x0070, 0x0009)
#define TAG_POINTS       DSC_TAG(0x0070, 0x0021)
#define TAG_GRAPHIC_DATA DSC_TAG(0x0070, 0x0022)
#define TAG_GRAPHIC_TYPE DSC_TAG(0x0070, 0x0023)
#define TAG_LAYERS       DSC_TAG(0x0070, 0x0060)
#define TAG_LABEL        DSC_TAG(0x0070, 0x0080)
#define TAG_DESCRIPTION  DSC_TAG(0x0070, 0x0081)
#define TAG_COMPOUNDS    DSC_TAG(0x0070, 0x0209)
#define TAG_FONT         DSC_TAG(0x0070, 0x0227)
#define TAG_CSS_FONT     DSC_TAG(0x0070, 0x0229)
#define TAG_GROUPS       DSC_TAG(0x0070, 0x0234)
#define TAG_COMPOUND     DSC_TAG(0x0070, 0x0294)
#define TAG_WAVE_NOTES   DSC_TAG(0x0040, 0xB020)
/* A measured outline has fewer corners than a signature. */
#define FREEHAND_POINTS 50u
#define FREEHAND_BYTES  (FREEHAND_POINTS * 2 * 4)

static dsc_status keep(dsc_ruling *r, const char *why)
{
    r->code = "C";
    r->edit->kind = DSC_EDIT_KEEP;
    r->why = why;
    return DSC_OK;
}

/* Sequences below which all text is a user's. */
static bool is_root(const dsc_object *o, uint32_t tag)
{
    return (tag == TAG_ANNOTATIONS && o->graphics) ||
           (tag == TAG_WAVE_NOTES && o->content) || tag == TAG_LAYERS ||
           tag == TAG_GROUPS;
}

/* ---- drawings ---- */

static bool is_open_line(const dsc_item *item)
{
    static const char *const types[] = {"POLYLINE", "INTERPOLATED",
                                        "MULTILINE"};
    char type[32] = "";

    if (!dsc_item_text(item, TAG_GRAPHIC_TYPE, type, sizeof type))
        dsc_item_text(item, TAG_COMPOUND, type, sizeof type);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(type, types[i]))
            return true;
    return false;
}

/* The count and the points that it counts must go together. */
static bool is_freehand(const dsc_at *at)
{
    char count[16] = "";
    unsigned long n = 0;

    if ((at->sequence != TAG_GRAPHICS && at->sequence != TAG_COMPOUNDS) ||
        !is_open_line(at->item))
        return false;
    dsc_item_text(at->item, TAG_POINTS, count, sizeof count);
    for (const char *p = count; *p >= '0' && *p <= '9'; p++)
        n = n * 10 + (unsigned long)(*p - '0');
    return n > FREEHAND_POINTS ||
           (at->tag == TAG_GRAPHIC_DATA && at->length > FREEHAND_BYTES);
}

static dsc_status drawing(const dsc_at *at, dsc_ruling *r, dsc_error *err)
{
    r->code = "C";
    return dsc_object__put(r, at, at->tag == TAG_POINTS ? "2" : "0\\0\\0\\0",
                           "a drawing by hand", err);
}

/* ---- words ---- */

static bool is_free_text(const dsc_at *at)
{
    return dsc_object__is_free_text(at) && at->tag != TAG_FONT &&
           at->tag != TAG_CSS_FONT;
}

static dsc_status text_object(const dsc_object *o, const dsc_deid_case *c,
                              const dsc_at *at, dsc_ruling *r, dsc_error *err)
{
    const char *was = dsc_at_text(at);
    bool harmless = false;
    dsc_status st = DSC_OK;

    if (was && !(o->options & DSC_DEID_DESCRIPTORS))
        st = dsc_deid_is_harmless(c, was, &harmless, err);
    if (st)
        return st;
    if (harmless)
        return keep(r, "known to be harmless");
    return dsc_object__clean_text(o, c, at, false, r, err);
}

/* A name that a user may have typed and that others refer to: the same value
 * becomes the same one, wherever it stands. */
static dsc_status typed_name(const dsc_deid_case *c, const dsc_at *at,
                             dsc_ruling *r, dsc_error *err)
{
    const char *was = dsc_at_text(at);
    char uid[DSC_UID_SIZE], name[17];
    dsc_buf left = {0};
    bool same = false;
    dsc_status st = DSC_OK;

    if (was && *was)
        st = dsc_deid_clean_text(c, was, &left, err);
    if (!st)
        same = was && left.len == strlen(was) &&
               (!left.len || !memcmp(was, left.data, left.len));
    dsc_buf_free(&left);
    if (st)
        return st;
    if (same)
        return keep(r, "nothing in it identifies");
    st = dsc_deid_uid(c, was ? was : "", uid, err);
    if (st)
        return st;
    /* the end of "2.25.<number>", in the form of a code string */
    snprintf(name, sizeof name, "L%.15s", uid + sizeof "2.25." - 1);
    r->code = "C";
    return dsc_object__put(r, at, name, "a name in the place of a name", err);
}

/* ---- shutters ---- */

/* A shutter that an overlay shapes: the overlay goes, so it goes too. */
static bool is_bitmap_shutter(const dsc_at *at)
{
    char shape[64] = "";

    if (at->tag != TAG_SHUTTER && at->tag != TAG_SHUTTER_FROM &&
        at->tag != TAG_SHUTTER_GREY && at->tag != TAG_SHUTTER_LAB)
        return false;
    return dsc_item_text(at->item, TAG_SHUTTER, shape, sizeof shape) &&
           !strcmp(shape, "BITMAP");
}

dsc_status dsc_object__pr(const dsc_object *o, const dsc_deid_case *c,
                          const dsc_at *at, dsc_ruling *r, bool *decided,
                          dsc_error *err)
{
    *decided = true;
    if (is_root(o, at->tag)) {
        r->edit->mark = DSC_OBJECT_MARK;
        return keep(r, "its texts and drawings are cleaned");
    }
    if (at->tag == TAG_LAYER || at->tag == TAG_LABEL)
        return typed_name(c, at, r, err);
    if (at->tag == TAG_DESCRIPTION)
        return dsc_object__clean_text(o, c, at, false, r, err);
    if (o->kind == DSC_OBJECT_PR && is_bitmap_shutter(at)) {
        r->code = "X";
        r->edit->kind = DSC_EDIT_REMOVE;
        r->why = "a shutter whose bitmap goes";
        return DSC_OK;
    }
    if (at->mark == DSC_OBJECT_MARK) {
        if (at->tag == TAG_TEXT)
            return text_object(o, c, at, r, err);
        if ((at->tag == TAG_POINTS || at->tag == TAG_GRAPHIC_DATA) &&
            is_freehand(at))
            return drawing(at, r, err);
        if (is_free_text(at))
            return dsc_object__clean_text(o, c, at, false, r, err);
    }
    *decided = false;
    return DSC_OK;
}
