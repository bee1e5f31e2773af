/* SPDX-License-Identifier: Apache-2.0
 *
 * What of the source's header is looked for.
 *
 *  - names: each part of three letters or more (one, if it is written without
 *    letters of Latin kind, then two characters), and the whole name in its
 *    usual orders. A part that is an ordinary word of the trade (Head, Long,
 *    Philips) counts only as part of the whole name.
 *  - IDs: five digits or more, four characters when letters and digits are
 *    mixed, five letters.
 *  - institutions, addresses, stations, serial numbers: the whole value of six
 *    characters or more, four when it has a digit.
 *  - dates: whole ones, with a four-digit year, in any order.
 *  - UIDs other than those that DICOM defines: of ten characters or more
 *    everywhere, shorter ones (but "0" and the like) in other UIDs.
 * Whatever is shorter must at least not stand where it stood. */
#include "base/hash.h"
#include "base/sort.h"
#include "deid/residual_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL_FORMS  2000u /* dates that are sought in every written form */
#define VALUE_MAX  512u
#define EVERYWHERE (DSC_IN_TEXT | DSC_IN_BINARY)

/* Names that are words, words that stand where a name should, and Defined
 * Terms that either might be (of image types, content trees and graphics). */
static const char *const ordinary[] = {
    "ABDOMEN",      "ANGIO",    "ANONYMIZED",  "ANONYMOUS", "APEX",
    "ARM",          "AXIAL",    "BABY",        "BACK",      "BEST",
    "BLACK",        "BLUE",     "BONE",        "BOX",       "BOY",
    "BRAIN",        "BREAST",   "BROWN",       "CANON",     "CASE",
    "CHEST",        "CHIN",     "CINE",        "CIRCLE",    "CLINIC",
    "CODE",         "COMPLETE", "COMPOSITE",   "CONTAINER", "CONTAINS",
    "CONTRAST",     "CROSS",    "DARK",        "DATE",      "DAY",
    "DIFFUSION",    "DISPLAY",  "DOCTOR",      "DOPPLER",   "DYNAMIC",
    "EAST",         "ELBOW",    "ELLIPSE",     "ENTER",     "FAST",
    "FEMALE",       "FIELD",    "FILM",        "FINDING",   "FIRST",
    "FLOW",         "FOOT",     "FORD",        "FRANK",     "FRONT",
    "FULL",         "GAIN",     "GIRL",        "GOOD",      "GRAY",
    "GREEN",        "GREY",     "HAND",        "HEAD",      "HEART",
    "HIGH",         "HILL",     "HIP",         "HITACHI",   "HOLD",
    "HOME",         "HOSPITAL", "HUMAN",       "IMAGE",     "INFANT",
    "ITEM",         "KNEE",     "KODAK",       "LANG",      "LARGE",
    "LAST",         "LAYER",    "LEFT",        "LEG",       "LIGHT",
    "LIMB",         "LINE",     "LITTLE",      "LIVER",     "LOCALIZER",
    "LONG",         "LOW",      "LUNG",        "MALE",      "MARK",
    "MASK",         "MAX",      "MAY",         "MIN",       "MISS",
    "MIXED",        "MODEL",    "MONO",        "MORE",      "MOSAIC",
    "MRS",          "NAME",     "NECK",        "NEW",       "NONE",
    "NORMAL",       "NORTH",    "NULL",        "NURSE",     "OBSERVER",
    "OLD",          "ORIGINAL", "PARTIAL",     "PATIENT",   "PERFUSION",
    "PERSON",       "PHANTOM",  "PHILIPS",     "PIXEL",     "POINT",
    "POST",         "POWER",    "PRICE",       "PROF",      "PROJECTION",
    "RAY",          "RED",      "REFORMATTED", "REPORT",    "RESAMPLED",
    "REST",         "RICE",     "RIGHT",       "ROOM",      "ROSE",
    "SALT",         "SAMPLE",   "SCAN",        "SCHNELL",   "SEPARATE",
    "SERIES",       "SHARP",    "SHORT",       "SIDE",      "SIEMENS",
    "SIR",          "SKULL",    "SMALL",       "SOFT",      "SOUTH",
    "SPECTROSCOPY", "SPINE",    "STAND",       "STATIC",    "STEM",
    "STONE",        "STRESS",   "STROKE",      "STRONG",    "STUDY",
    "TAGGING",      "TEST",     "TEXT",        "TIME",      "TISSUE",
    "TOSHIBA",      "UNIT",     "UNKNOWN",     "USER",      "VELOCITY",
    "VENOUS",       "VERIFIED", "VIEW",        "VOLUME",    "WAVE",
    "WEST",         "WHITE",    "WIDE",        "WISE",      "WOOD",
    "WRIST",        "YES",      "YOUNG",       "ZERO",
};

static bool is_ordinary(const char *text, size_t len)
{
    for (size_t i = 0; i < sizeof ordinary / sizeof *ordinary; i++)
        if (strlen(ordinary[i]) == len && !strncasecmp(ordinary[i], text, len))
            return true;
    return false;
}

typedef struct counts {
    size_t letters, digits, wide; /* wide: characters beyond Latin, Greek and
                                     Cyrillic */
} counts;

static counts count(const char *p, size_t n)
{
    counts c = {0, 0, 0};

    for (size_t i = 0; i < n; i++) {
        uint8_t b = (uint8_t)p[i];
        c.digits += b >= '0' && b <= '9';
        c.letters += (b | 0x20) >= 'a' && (b | 0x20) <= 'z';
        c.letters += b >= 0xC0 && b < 0xE0;
        c.wide += b >= 0xE0;
    }
    return c;
}

typedef struct collector {
    dsc_residual *r;
    dsc_forms *forms;
    size_t dates;
    dsc_status status;
    dsc_error *err;
} collector;

static int by_hash(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static bool is_kept(const collector *c, const char *p, size_t n)
{
    char value[VALUE_MAX + 1];
    uint64_t h;

    if (!c->r->kept.count || n > VALUE_MAX)
        return false;
    memcpy(value, p, n);
    value[n] = '\0';
    h = dsc_residual__placed_hash("", value);
    return dsc_lookup(&h, c->r->kept.items, c->r->kept.count, sizeof h,
                      by_hash);
}

static const char separators[] = " ,.;:/\\_()[]\"'-";

/* ---- names ---- */

static dsc_status add_name_word(collector *c, dsc_sought_kind kind,
                                const char *p, size_t n)
{
    counts has = count(p, n);

    if (has.wide < 2 && (has.letters < 3 || is_ordinary(p, n)))
        return DSC_OK;
    return dsc_residual__add_text(c->forms, kind, EVERYWHERE, p, n, c->err);
}

/* A component ("van der Berg"): as it is, and its words. */
static dsc_status add_component(collector *c, dsc_sought_kind kind,
                                const char *p, size_t n)
{
    dsc_status st = add_name_word(c, kind, p, n);

    for (size_t i = 0; !st && i < n;) {
        size_t skip = strspn(p + i, separators), len;
        i += skip;
        if (i >= n)
            break;
        len = strcspn(p + i, separators);
        len = len > n - i ? n - i : len;
        if (len < n)
            st = add_name_word(c, kind, p + i, len);
        i += len;
    }
    return st;
}

/* Family and given name together, for those too short to count alone. */
static dsc_status add_pairs(collector *c, dsc_sought_kind kind, const char *a,
                            size_t an, const char *b, size_t bn)
{
    static const char *const between[] = {"^", " ", ", ", ",", "_", "-", ""};
    char text[2 * VALUE_MAX];
    dsc_status st = DSC_OK;

    if (!an || !bn || an + bn < 3 || an + bn > VALUE_MAX)
        return DSC_OK;
    for (int order = 0; order < 2; order++) {
        for (size_t i = 0; !st && i < 7; i++) {
            int n = snprintf(text, sizeof text, "%.*s%s%.*s", (int)an, a,
                             between[i], (int)bn, b);
            if (!between[i][0] && n < 6)
                continue;
            st = dsc_residual__add_text(c->forms, kind, EVERYWHERE, text,
                                        (size_t)n, c->err);
        }
        const char *t = a;
        size_t tn = an;
        a = b;
        an = bn;
        b = t;
        bn = tn;
    }
    explicit_bzero(text, sizeof text);
    return st;
}

/* One component group: family^given^middle^prefix^suffix. */
static dsc_status add_name_group(collector *c, dsc_sought_kind kind,
                                 const char *p, size_t n)
{
    const char *part[3] = {"", "", ""};
    size_t len[3] = {0, 0, 0};
    dsc_status st = DSC_OK;

    for (size_t i = 0, at = 0; i < 3 && at <= n; i++) {
        size_t k = 0;
        while (at + k < n && p[at + k] != '^')
            k++;
        part[i] = p + at;
        len[i] = k;
        at += k + 1;
    }
    for (size_t i = 0; !st && i < 3; i++)
        st = add_component(c, kind, part[i], len[i]);
    if (!st)
        st = add_pairs(c, kind, part[0], len[0], part[1], len[1]);
    return st;
}

/* What policy makes of a name: without diacritics, Mueller for Müller. */
static dsc_status add_folded(collector *c, dsc_sought_kind kind,
                             const char *utf8)
{
    dsc_facts facts = {0};
    dsc_status st = dsc_facts_add(&facts, DSC_CLASS_NAME, "PN", utf8, c->err);

    for (size_t i = 0; !st && i < facts.count; i++)
        if (facts.items[i].kind == DSC_FACT_WHOLE)
            st = add_name_word(c, kind, facts.items[i].value,
                               strlen(facts.items[i].value));
    dsc_facts_free(&facts);
    return st;
}

static dsc_status add_name(collector *c, dsc_sought_kind kind, const char *utf8)
{
    dsc_status st = add_folded(c, kind, utf8);

    for (const char *p = utf8; !st && *p;) {
        size_t n = strcspn(p, "=\\");
        st = add_name_group(c, kind, p, n);
        p += n + (p[n] != '\0');
    }
    return st;
}

/* ---- all others ---- */

static dsc_status add_id(collector *c, const char *p, size_t n)
{
    counts has = count(p, n);
    char solid[VALUE_MAX];
    size_t k = 0;
    unsigned places = EVERYWHERE | (has.digits >= 6 ? DSC_IN_UID : 0u);
    dsc_status st;

    if (has.wide < 2 && has.digits < 5 &&
        !(has.digits && has.letters && has.digits + has.letters >= 4) &&
        !(has.letters >= 5 && !is_ordinary(p, n)))
        return DSC_OK;
    st = dsc_residual__add_text(c->forms, DSC_SOUGHT_ID, places, p, n, c->err);
    /* without separators, and without leading zeros */
    for (size_t i = 0; i < n && k < sizeof solid; i++)
        if (!strchr(separators, p[i]) && (k || p[i] != '0'))
            solid[k++] = p[i];
    if (!st && k < n && k >= 5)
        st = dsc_residual__add_text(c->forms, DSC_SOUGHT_ID, places, solid, k,
                                    c->err);
    explicit_bzero(solid, sizeof solid);
    return st;
}

static dsc_status add_whole(collector *c, dsc_sought_kind kind, const char *p,
                            size_t n)
{
    counts has = count(p, n);

    if (has.wide < 2 && n < (has.digits && has.letters ? 4u : 6u))
        return DSC_OK;
    if (!has.digits && is_ordinary(p, n))
        return DSC_OK;
    return dsc_residual__add_text(c->forms, kind, EVERYWHERE, p, n, c->err);
}

static dsc_status add_date(collector *c, const char *p, size_t n)
{
    if (n < 8 || !memcmp(p, DSC_DEID_DUMMY_DATE, 8))
        return DSC_OK;
    if (c->dates++ < ALL_FORMS)
        return dsc_residual__add_date(c->forms, p, c->err);
    return dsc_residual__add_bytes(c->forms, DSC_SOUGHT_DATE, EVERYWHERE, p, 8,
                                   c->err);
}

static dsc_status add_uid(collector *c, const char *p, size_t n)
{
    static const char standard[] = "1.2.840.10008.";

    if (n >= sizeof standard - 1 && !memcmp(p, standard, sizeof standard - 1))
        return DSC_OK;
    /* "0" fills a place in many a class UID too */
    if (n < 4 && !memchr(p, '.', n))
        return DSC_OK;
    return dsc_residual__add_bytes(
        c->forms, DSC_SOUGHT_UID, n < 10 ? DSC_IN_UID : EVERYWHERE | DSC_IN_UID,
        p, n, c->err);
}

static dsc_status add_value(collector *c, dsc_sought_kind kind, const char *p,
                            size_t n)
{
    while (n && (p[n - 1] == ' ' || p[n - 1] == '\0'))
        n--;
    while (n && *p == ' ') {
        p++;
        n--;
    }
    if (!n || n > VALUE_MAX || is_kept(c, p, n))
        return DSC_OK;
    switch (kind) {
    case DSC_SOUGHT_ID:
        return add_id(c, p, n);
    case DSC_SOUGHT_DATE:
        return add_date(c, p, n);
    case DSC_SOUGHT_UID:
        return add_uid(c, p, n);
    default:
        return add_whole(c, kind, p, n);
    }
}

/* ---- which attributes ---- */

/* UIDs that say how a file is made, not what it is of. */
static bool is_structural_uid(uint32_t tag)
{
    switch (tag) {
    case DSC_TAG(0x0008, 0x0016): /* SOP Class UID */
    case DSC_TAG(0x0008, 0x001A): /* Related General SOP Class UID */
    case DSC_TAG(0x0008, 0x001B): /* Original Specialized SOP Class UID */
    case DSC_TAG(0x0008, 0x010C): /* Coding Scheme UID */
    case DSC_TAG(0x0008, 0x010D): /* Context Group Extension Creator UID */
    case DSC_TAG(0x0008, 0x0117): /* Context UID */
    case DSC_TAG(0x0008, 0x0118): /* Mapping Resource UID */
    case DSC_TAG(0x0008, 0x0062): /* SOP Classes Supported */
    case DSC_TAG(0x0008, 0x1150): /* Referenced SOP Class UID */
    case DSC_TAG(0x0008, 0x115A): /* SOP Classes in Study */
    case DSC_TAG(0x0020, 0x9165): /* Dimension Index Pointer's creators */
    case DSC_TAG(0x0400, 0x0010): /* MAC Calculation Transfer Syntax UID */
    case DSC_TAG(0x0400, 0x0510): /* Encrypted Content Transfer Syntax UID */
    case DSC_TAG(0x0040, 0xDB0D): /* Template Extension Creator UID */
        return true;
    default:
        return false;
    }
}

static bool identifies(uint32_t tag, const char *vr, dsc_sought_kind *kind)
{
    dsc_class cls;

    if (!strcmp(vr, "UI")) {
        *kind = DSC_SOUGHT_UID;
        return tag >> 16 != 2 && !is_structural_uid(tag);
    }
    if (!dsc_policy_identifying(tag, vr, &cls))
        return false;
    switch (cls) {
    case DSC_CLASS_NAME:
        *kind = DSC_SOUGHT_NAME;
        return true;
    case DSC_CLASS_PERSON:
        *kind = DSC_SOUGHT_PERSON;
        return true;
    case DSC_CLASS_ID:
        *kind = DSC_SOUGHT_ID;
        return true;
    case DSC_CLASS_DATE:
    case DSC_CLASS_BIRTH:
        *kind = DSC_SOUGHT_DATE;
        return true;
    case DSC_CLASS_INSTITUTION:
        *kind = DSC_SOUGHT_INSTITUTION;
        return true;
    case DSC_CLASS_DEVICE:
        *kind = DSC_SOUGHT_DEVICE;
        return true;
    default: /* times of day say nothing without their date */
        return false;
    }
}

static bool is_kept_tag(const dsc_residual *r, uint32_t tag, const char *vr)
{
    return r->scope.keeps && r->scope.keeps(r->scope.ctx, tag, vr);
}

bool dsc_residual__is_sought(const dsc_residual *r, uint32_t tag,
                             const char *vr, dsc_sought_kind *kind)
{
    return !is_kept_tag(r, tag, vr) && identifies(tag, vr, kind);
}

uint64_t dsc_residual__placed_hash(const char *path, const char *value)
{
    uint64_t h = dsc_hash_bytes(DSC_HASH_START, path, strlen(path));

    h = dsc_hash_word(h, 0xFF); /* no byte of UTF-8 */
    return dsc_hash_bytes(h, value, strlen(value));
}

static dsc_status note_hash(dsc_placed *p, uint64_t hash, dsc_error *err)
{
    if (p->count == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 64;
        uint64_t *more = dsc_calloc(cap, sizeof *more);
        if (!more)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        if (p->count)
            memcpy(more, p->items, p->count * sizeof *more);
        dsc_free(p->items);
        p->items = more;
        p->cap = cap;
    }
    p->items[p->count++] = hash;
    return DSC_OK;
}

/* A value that stays where it is may stand elsewhere as well. */
static bool note_kept(void *ctx, const dsc_element *e)
{
    collector *c = ctx;
    dsc_sought_kind kind;

    if (e->in_meta || !e->utf8 || !is_kept_tag(c->r, e->tag, e->vr) ||
        !identifies(e->tag, e->vr, &kind))
        return true;
    for (const char *p = e->utf8; !c->status && *p;) {
        char value[VALUE_MAX + 1];
        size_t n = strcspn(p, "\\");
        if (n <= VALUE_MAX) {
            memcpy(value, p, n);
            value[n] = '\0';
            c->status = note_hash(&c->r->kept,
                                  dsc_residual__placed_hash("", value), c->err);
        }
        p += n + (p[n] != '\0');
    }
    return c->status == DSC_OK;
}

/* Does a value of an address or a text have letters of its own, or is it one
 * that an anonymous file would have too? */
static bool is_dummy(const char *value)
{
    size_t n = strcspn(value, "^=\\");

    return is_ordinary(value, n) || !value[strspn(value, "^= 0")] ||
           !strncmp(value, DSC_DEID_DUMMY_DATE, 8);
}

/* Each value on its own, for all but names and long texts. */
static dsc_status add_values(collector *c, dsc_sought_kind kind, const char *vr,
                             const char *utf8)
{
    dsc_status st = DSC_OK;

    if (!strcmp(vr, "PN"))
        return add_name(c, kind, utf8);
    if (!strcmp(vr, "ST") || !strcmp(vr, "LT") || !strcmp(vr, "UT"))
        return add_value(c, kind, utf8, strlen(utf8));
    for (const char *p = utf8; !st && *p;) {
        size_t n = strcspn(p, "\\");
        st = add_value(c, kind, p, n);
        p += n + (p[n] != '\0');
    }
    return st;
}

static bool visit(void *ctx, const dsc_element *e)
{
    collector *c = ctx;
    dsc_sought_kind kind;

    if (e->in_meta || !e->utf8 || !e->utf8[0] ||
        !dsc_residual__is_sought(c->r, e->tag, e->vr, &kind))
        return true;
    c->status = add_values(c, kind, e->vr, e->utf8);
    if (!c->status && !is_dummy(e->utf8))
        c->status = note_hash(
            &c->r->placed, dsc_residual__placed_hash(e->path, e->utf8), c->err);
    return c->status == DSC_OK;
}

/* The same values as the bytes that they are stored in, whatever the
 * character set claims to be. */
static dsc_status add_raw(void *ctx, const dsc_value *v, dsc_error *err)
{
    collector *c = ctx;
    dsc_sought_kind kind;
    size_t n = v->to;
    bool latin = true;

    if (v->in_meta || !v->tag || !v->first || v->length > VALUE_MAX || n < 4 ||
        !dsc_residual__is_sought(c->r, v->tag, v->vr, &kind) ||
        kind == DSC_SOUGHT_DATE || kind == DSC_SOUGHT_UID)
        return DSC_OK;
    while (n && (v->data[n - 1] == ' ' || v->data[n - 1] == '\0'))
        n--;
    for (size_t i = 0; i < n; i++)
        latin = latin && v->data[i] >= 0x20 && v->data[i] < 0x80;
    if (latin || n < 4) /* the text has it all */
        return DSC_OK;
    return dsc_residual__add_bytes(c->forms, kind, EVERYWHERE, v->data, n, err);
}

dsc_status dsc_residual__collect(dsc_residual *r, dsc_dicom *source,
                                 dsc_error *err)
{
    collector c = {.r = r, .err = err};
    dsc_status st = dsc_residual__forms_create(&c.forms, r, err);

    if (!st && r->scope.keeps)
        st = dsc_dicom_walk(source, note_kept, &c, err);
    if (!st)
        st = c.status;
    if (!st && r->kept.count)
        dsc_sort(r->kept.items, r->kept.count, sizeof *r->kept.items, by_hash);
    if (!st)
        st = dsc_dicom_walk(source, visit, &c, err);
    if (!st)
        st = c.status;
    if (!st)
        st = dsc_dicom_values(source, add_raw, &c, err);
    dsc_residual__forms_free(&c.forms);
    return st;
}
