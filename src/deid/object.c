/* SPDX-License-Identifier: Apache-2.0
 *
 * Kinds of objects, and what is to be done with them. */
#include "deid/deid_priv.h"
#include "deid/object_priv.h"

#include <string.h>

static const struct {
    const char *name, *title;
    bool cleanable, cleaned; /* can be; and is, unless somebody says no */
    const char *note;
} kinds[DSC_OBJECT_COUNT] = {
    [DSC_OBJECT_IMAGE] = {"image", "an image", true, true, NULL},
    [DSC_OBJECT_PR] = {"pr", "a presentation state", true, true,
                       "presentation state: texts and drawings cleaned"},
    [DSC_OBJECT_SR] = {"sr", "a structured report", true, true,
                       "structured report: content tree cleaned"},
    [DSC_OBJECT_KO] = {"ko", "a key object selection", true, true,
                       "key object selection: content tree cleaned"},
    [DSC_OBJECT_WAVEFORM] = {"waveform", "a waveform", true, true,
                             "waveform: annotations cleaned, samples kept"},
    [DSC_OBJECT_RT] = {"rt", "a radiotherapy object", true, true,
                       "radiotherapy object: header cleaned"},
    [DSC_OBJECT_SEGMENTATION] = {"segmentation", "a segmentation", true, true,
                                 "segmentation without pixels: header cleaned"},
    [DSC_OBJECT_REGISTRATION] = {"registration", "a registration", true, true,
                                 "registration: header cleaned"},
    [DSC_OBJECT_SPECTROSCOPY] = {"spectroscopy", "a spectrum", true, true,
                                 "spectrum: header cleaned, samples kept"},
    [DSC_OBJECT_DOCUMENT] = {"document", "an encapsulated document", false,
                             false, NULL},
    [DSC_OBJECT_RAW] = {"raw", "raw data or sound", false, false, NULL},
    [DSC_OBJECT_OTHER] = {"other", "an object of an unknown kind", false, false,
                          NULL},
};

const char *dsc_object_name(dsc_object_kind kind)
{
    return kinds[kind].name;
}

const char *dsc_object_title(dsc_object_kind kind)
{
    return kinds[kind].title;
}

const char *dsc_object_note(dsc_object_kind kind)
{
    return kinds[kind].note ? kinds[kind].note : kinds[kind].title;
}

bool dsc_object_can_clean(dsc_object_kind kind)
{
    return kinds[kind].cleanable;
}

bool dsc_object_parse(const char *name, size_t len, dsc_object_kind *kind)
{
    for (int k = 0; k < DSC_OBJECT_COUNT; k++) {
        if (strlen(kinds[k].name) == len && !memcmp(kinds[k].name, name, len)) {
            *kind = (dsc_object_kind)k;
            return true;
        }
    }
    return false;
}

/* After "1.2.840.10008.5.1.4."; a dot at the end stands for all below. */
static const struct {
    const char *uid;
    dsc_object_kind kind;
} classes[] = {
    {"1.1.11.", DSC_OBJECT_PR},
    {"1.1.88.59", DSC_OBJECT_KO},
    {"1.1.88.", DSC_OBJECT_SR},
    {"1.1.9.4.", DSC_OBJECT_RAW}, /* voices */
    {"1.1.9.", DSC_OBJECT_WAVEFORM},
    {"1.1.481.", DSC_OBJECT_RT},
    {"34.7", DSC_OBJECT_RT}, /* Delivery Instruction */
    {"1.1.66.4", DSC_OBJECT_SEGMENTATION},
    {"1.1.66.5", DSC_OBJECT_SEGMENTATION}, /* surfaces */
    {"1.1.66.7", DSC_OBJECT_SEGMENTATION}, /* label maps */
    {"1.1.66.1", DSC_OBJECT_REGISTRATION},
    {"1.1.66.2", DSC_OBJECT_REGISTRATION},
    {"1.1.66.3", DSC_OBJECT_REGISTRATION},
    {"1.1.66", DSC_OBJECT_RAW},
    {"1.1.4.2", DSC_OBJECT_SPECTROSCOPY},
    {"1.1.104.", DSC_OBJECT_DOCUMENT},
};

dsc_object_kind dsc_object_of(const char *sop_class, bool has_pixels)
{
    static const char root[] = "1.2.840.10008.5.1.4.";
    const char *rest = sop_class + sizeof root - 1;
    bool known = !strncmp(sop_class, root, sizeof root - 1);

    for (size_t i = 0; known && i < sizeof classes / sizeof *classes; i++) {
        const char *uid = classes[i].uid;
        size_t n = strlen(uid);
        if (uid[n - 1] == '.' ? strncmp(rest, uid, n) : strcmp(rest, uid))
            continue;
        if (has_pixels && classes[i].kind != DSC_OBJECT_SEGMENTATION)
            break; /* pictures are looked at as pictures */
        return classes[i].kind;
    }
    return has_pixels ? DSC_OBJECT_IMAGE : DSC_OBJECT_OTHER;
}

/* ---- what is done ---- */

void dsc_object_default(dsc_object_ways *ways)
{
    for (int k = 0; k < DSC_OBJECT_COUNT; k++)
        ways->way[k] =
            kinds[k].cleaned ? DSC_OBJECT_CLEAN : DSC_OBJECT_QUARANTINE;
}

static bool is_word(const char *p, size_t n, const char *word)
{
    return strlen(word) == n && !memcmp(p, word, n);
}

dsc_status dsc_object_set(dsc_object_ways *ways, const char *p, dsc_error *err)
{
    for (;;) {
        size_t n = strcspn(p, "=,");
        dsc_object_kind kind;
        if (p[n] != '=' || !dsc_object_parse(p, n, &kind))
            return dsc_fail(err, DSC_USAGE,
                            "objects are given as KIND=WAY; kinds are image, "
                            "pr, sr, ko, waveform, rt, segmentation, "
                            "registration, spectroscopy, document, raw, other");
        p += n + 1;
        n = strcspn(p, ",");
        if (is_word(p, n, "clean") && !kinds[kind].cleanable)
            return dsc_fail(err, DSC_USAGE,
                            "%s cannot be cleaned, only quarantined or dropped",
                            kinds[kind].title);
        if (is_word(p, n, "clean"))
            ways->way[kind] = DSC_OBJECT_CLEAN;
        else if (is_word(p, n, "quarantine"))
            ways->way[kind] = DSC_OBJECT_QUARANTINE;
        else if (is_word(p, n, "drop"))
            ways->way[kind] = DSC_OBJECT_DROP;
        else
            return dsc_fail(err, DSC_USAGE,
                            "an object is cleaned, quarantined or dropped: "
                            "KIND=clean, quarantine or drop");
        p += n;
        if (!*p++)
            return DSC_OK;
    }
}

/* ---- one instance ---- */

bool dsc_object__is_free_text(const dsc_at *at)
{
    static const char list[] = "LO LT SH ST UC UT";
    const char *found = at->meaning[0] ? strstr(list, at->meaning) : NULL;
    uint32_t group = at->tag >> 16;

    /* group 0008 has codes, and what the profile knows; overlays go whole */
    return found && group > 0x0008 && group < 0x5000 && !(group & 1u);
}

/* Labels and comments that people type into objects, of which Table E.1-1
 * lists few. (In images they stay as they are.) */
static bool is_label(const dsc_object *o, const dsc_at *at)
{
    return o->kind != DSC_OBJECT_IMAGE && !at->mark && at->standard[0] &&
           dsc_object__is_free_text(at) && !dsc_deid__find(at->tag);
}

/* Not a label, which names a part of the object, but somebody's remark. */
static bool is_remark(const dsc_at *at)
{
    if (strcmp(at->meaning, "LO") && strcmp(at->meaning, "SH"))
        return true;
    return at->tag == DSC_TAG(0x0040, 0xA492) || /* Completion Flag */
           at->tag == DSC_TAG(0x3004, 0x0006) || /* Dose Comment */
           at->tag == DSC_TAG(0x3006, 0x00C8);   /* Frame of Reference */
}

/* Where a house keeps things: no attribute of the profile's table, and no
 * business of others. */
static bool is_address(uint32_t tag)
{
    return tag == DSC_TAG(0x0008, 0x1190) || /* Retrieve URL */
           tag == DSC_TAG(0x0040, 0x4073) || /* Storage URL */
           tag == DSC_TAG(0x0040, 0xE001) || /* HL7 Instance Identifier */
           tag == DSC_TAG(0x0040, 0xE010) || /* Retrieve URI */
           tag == DSC_TAG(0x0074, 0x100A);   /* Contact URI */
}

static dsc_status handle(void *ctx, const dsc_deid_case *c, const dsc_at *at,
                         dsc_ruling *r, bool *decided, dsc_error *err)
{
    const dsc_object *o = ctx;
    dsc_status st = dsc_object__sr(o, c, at, r, decided, err);

    if (!st && !*decided)
        st = dsc_object__pr(o, c, at, r, decided, err);
    if (st || *decided)
        return st;
    *decided = is_address(at->tag) || is_label(o, at);
    if (is_address(at->tag)) {
        r->code = "D";
        return dsc_object__put(r, at, "urn:anonymized", "an address", err);
    }
    if (!*decided)
        return DSC_OK;
    return dsc_object__clean_text(o, c, at, !is_remark(at), r, err);
}

dsc_status dsc_object_open(dsc_object **out, dsc_object_kind kind,
                           dsc_deid_case *c, const dsc_dicom *ds,
                           dsc_error *err)
{
    dsc_object *o = dsc_alloc(sizeof *o);
    dsc_status st = DSC_OK;

    *out = NULL;
    if (!o)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    o->kind = kind;
    o->options = dsc_deid_options(dsc_deid_of(c));
    o->content = kind == DSC_OBJECT_SR || kind == DSC_OBJECT_KO ||
                 kind == DSC_OBJECT_WAVEFORM || o->options & DSC_DEID_CONTENT;
    o->graphics = kind == DSC_OBJECT_PR || o->options & DSC_DEID_GRAPHICS;
    dsc_deid_set_handler(c, handle, o);
    dsc_deid_set_done(c, (o->content ? DSC_DEID_CONTENT : 0u) |
                             (o->graphics ? DSC_DEID_GRAPHICS : 0u));
    if (o->content)
        st = dsc_object__sr_scan(o, ds, err);
    if (st)
        dsc_object_close(&o);
    *out = o;
    return st;
}

void dsc_object_close(dsc_object **po)
{
    if (!*po)
        return;
    dsc_free((*po)->emptied);
    dsc_free(*po);
    *po = NULL;
}

dsc_status dsc_object__put(dsc_ruling *r, const dsc_at *at, const char *text,
                           const char *why, dsc_error *err)
{
    r->edit->kind = DSC_EDIT_SET;
    r->edit->text.len = 0;
    memcpy(r->edit->vr, at->meaning, sizeof r->edit->vr);
    r->why = why;
    return dsc_buf_append(&r->edit->text, text, strlen(text), err);
}

dsc_status dsc_object__clean_text(const dsc_object *o, const dsc_deid_case *c,
                                  const dsc_at *at, bool always, dsc_ruling *r,
                                  dsc_error *err)
{
    const char *was = dsc_at_text(at);
    dsc_buf *text = &r->edit->text;
    dsc_status st = DSC_OK;

    r->code = "C";
    if (was && (always || o->options & DSC_DEID_DESCRIPTORS)) {
        st = dsc_deid_clean_text(c, was, text, err);
        if (!st)
            st = dsc_buf_append(text, "", 1, err);
        if (st)
            return st;
        text->len--;
        r->judged = true;
        if (!strcmp(was, (const char *)text->data)) {
            text->len = 0;
            r->edit->kind = DSC_EDIT_KEEP;
            r->why = "nothing in it identifies";
            return DSC_OK;
        }
        if (text->len && dsc_at_can_hold(at, (const char *)text->data)) {
            r->edit->kind = DSC_EDIT_SET;
            memcpy(r->edit->vr, at->meaning, sizeof r->edit->vr);
            r->why = "identifying words taken out";
            return DSC_OK;
        }
    }
    r->code = "D";
    return dsc_object__put(r, at, DSC_OBJECT_DUMMY, "a dummy for free text",
                           err);
}
