/* SPDX-License-Identifier: Apache-2.0
 *
 * The content tree of a structured report (PS3.15 E.3.4, Table E.3.4-1).
 *
 * Codes, numbers, coordinates and references stay (UIDs are mapped as
 * everywhere). Names, identifying texts, dates and device UIDs go: the whole
 * content item where nothing hangs on it, else its value, so that no parent
 * loses its children and no number in a by-reference relationship comes to
 * point elsewhere. */
#include "base/hash.h"
#include "base/sort.h"
#include "deid/object_priv.h"

#include <stdlib.h>
#include <string.h>

#define TAG_CONTENT   DSC_TAG(0x0040, 0xA730)
#define TAG_TYPE      DSC_TAG(0x0040, 0xA040)
#define TAG_CONCEPT   DSC_TAG(0x0040, 0xA043)
#define TAG_DATETIME  DSC_TAG(0x0040, 0xA120)
#define TAG_DATE      DSC_TAG(0x0040, 0xA121)
#define TAG_TIME      DSC_TAG(0x0040, 0xA122)
#define TAG_PNAME     DSC_TAG(0x0040, 0xA123)
#define TAG_UID       DSC_TAG(0x0040, 0xA124)
#define TAG_TEXT      DSC_TAG(0x0040, 0xA160)
#define TAG_CODE      DSC_TAG(0x0040, 0xA168)
#define TAG_NUMBER    DSC_TAG(0x0040, 0xA300)
#define TAG_REFERENCE DSC_TAG(0x0040, 0xDB73)
#define TAG_VALUE     DSC_TAG(0x0008, 0x0100)
#define TAG_SCHEME    DSC_TAG(0x0008, 0x0102)
#define TAG_MEANING   DSC_TAG(0x0008, 0x0104)

typedef enum fate {
    KEEP,
    CLEAN,
    DUMMY,
    REMOVE
} fate;

/* A content item, as its value type and concept tell. */
typedef struct content {
    char type[20], code[20], scheme[20];
} content;

static void read_content(content *c, const dsc_item *item)
{
    *c = (content){"", "", ""};
    dsc_item_text(item, TAG_TYPE, c->type, sizeof c->type);
    dsc_item_first(item, TAG_CONCEPT, TAG_VALUE, c->code, sizeof c->code);
    dsc_item_first(item, TAG_CONCEPT, TAG_SCHEME, c->scheme, sizeof c->scheme);
    if (!strcmp(c->scheme, "SRT") || !strcmp(c->scheme, "99SDM"))
        memcpy(c->scheme, "SCT", 4);
}

static int compare_row(const void *key, const void *row)
{
    const content *c = key;
    const dsc_sr_row *r = row;
    int d = strcmp(c->code, r->code);

    if (!d)
        d = strcmp(c->scheme, r->scheme);
    return d ? d : strcmp(c->type, r->type);
}

static bool is_time(const char *type)
{
    return !strcmp(type, "DATE") || !strcmp(type, "TIME") ||
           !strcmp(type, "DATETIME");
}

/* A reference to an image, a waveform or another object: the UIDs in it are
 * mapped, which protects it and keeps what belongs together. */
static bool is_reference(const char *type)
{
    return !strcmp(type, "IMAGE") || !strcmp(type, "WAVEFORM") ||
           !strcmp(type, "COMPOSITE");
}

static fate fate_of(const dsc_object *o, const content *c)
{
    const dsc_sr_row *row = dsc_lookup(c, dsc_sr__rows, dsc_sr__row_count,
                                       sizeof *dsc_sr__rows, compare_row);
    const unsigned dates = DSC_DEID_FULL_DATES | DSC_DEID_SHIFT_DATES;

    if (is_reference(c->type))
        return KEEP;
    if (is_time(c->type)) {
        /* also where it is kept: only valid ones are */
        if (o->options & dates && (!row || (row->keep | row->clean) & dates))
            return CLEAN;
        return row && row->basic == DSC_SR_D ? DUMMY : REMOVE;
    }
    if (row && o->options & row->keep)
        return KEEP;
    if (row && o->options & row->clean)
        return CLEAN;
    if (row)
        return row->basic == DSC_SR_X ? REMOVE : DUMMY;
    if (!strcmp(c->type, "TEXT"))
        return CLEAN;
    if (!strcmp(c->type, "PNAME"))
        return DUMMY;
    return KEEP;
}

/* Does the whole item go? Only where nothing depends on it, but that a
 * container takes along what it contains. */
static bool item_goes(const dsc_object *o, const dsc_item *item)
{
    content c;

    if (o->by_reference)
        return false;
    read_content(&c, item);
    if (dsc_item_has(item, TAG_CONTENT) && strcmp(c.type, "CONTAINER"))
        return false;
    return fate_of(o, &c) == REMOVE;
}

/* ---- a look over the tree before it is changed ---- */

typedef struct look {
    const dsc_object *o;
    bool by_reference;
    dsc_buf sequences; /* of uint64_t: the sequence of each item, those with
                          an item that stays marked with the lowest bit */
} look;

/* Items are met with the path of their sequence and their number. */
static dsc_status note_item(void *ctx, const dsc_at *at, dsc_edit *edit,
                            dsc_error *err)
{
    look *l = ctx;
    const char *end;
    uint64_t h;

    (void)edit;
    l->by_reference = l->by_reference || at->tag == TAG_REFERENCE;
    if (at->tag != DSC_TAG_ITEM || at->sequence != TAG_CONTENT)
        return DSC_OK;
    end = strrchr(at->path, '[');
    h = dsc_hash_bytes(DSC_HASH_START, at->path,
                       end ? (size_t)(end - at->path) : strlen(at->path));
    h = (h & ~(uint64_t)1) | !item_goes(l->o, at->item);
    return dsc_buf_append(&l->sequences, &h, sizeof h, err);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Sequences none of whose items stays. */
static dsc_status keep_emptied(dsc_object *o, dsc_buf *sequences,
                               dsc_error *err)
{
    uint64_t *all = (uint64_t *)(void *)sequences->data;
    size_t n = sequences->len / sizeof *all, count = 0;

    if (!n)
        return DSC_OK;
    dsc_sort(all, n, sizeof *all, by_value);
    for (size_t i = 0; i < n; i++) {
        bool last = i + 1 == n || all[i + 1] >> 1 != all[i] >> 1;
        if (last && !(all[i] & 1u))
            all[count++] = all[i];
    }
    if (!count)
        return DSC_OK;
    o->emptied = dsc_calloc(count, sizeof *o->emptied);
    if (!o->emptied)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    memcpy(o->emptied, all, count * sizeof *all);
    o->emptied_count = count;
    return DSC_OK;
}

dsc_status dsc_object__sr_scan(dsc_object *o, const dsc_dicom *ds,
                               dsc_error *err)
{
    look l = {.o = o};
    dsc_status st;

    if (!dsc_dicom_has(ds, TAG_CONTENT))
        return DSC_OK;
    st = dsc_dicom_edit_dry(ds, note_item, &l, err);
    o->by_reference = l.by_reference; /* then no item goes */
    if (!st && !o->by_reference)
        st = keep_emptied(o, &l.sequences, err);
    dsc_buf_free(&l.sequences);
    return st;
}

/* ---- values ---- */

typedef struct job {
    const dsc_object *o;
    const dsc_deid_case *c;
    const dsc_at *at;
    dsc_ruling *r;
    dsc_error *err;
} job;

static dsc_status decide(job *j, dsc_edit_kind kind, const char *code,
                         const char *why)
{
    j->r->edit->kind = kind;
    j->r->code = code;
    j->r->why = why;
    return DSC_OK;
}

static dsc_status put(job *j, const char *text, const char *why)
{
    j->r->code = "D";
    return dsc_object__put(j->r, j->at, text, why, j->err);
}

static dsc_status date_value(job *j, fate f)
{
    const char *text = dsc_at_text(j->at);
    bool kept = false;
    dsc_status st = DSC_OK;

    if (f == CLEAN && text && *text)
        st = dsc_deid_date(j->c, j->at->meaning, text, &j->r->edit->text, &kept,
                           j->err);
    if (st)
        return st;
    if (kept && strlen(text) == j->r->edit->text.len &&
        !memcmp(text, j->r->edit->text.data, j->r->edit->text.len)) {
        j->r->edit->text.len = 0;
        return decide(j, DSC_EDIT_KEEP, "K", "a date or time is retained");
    }
    if (kept) {
        memcpy(j->r->edit->vr, j->at->meaning, sizeof j->r->edit->vr);
        return decide(j, DSC_EDIT_SET, "C",
                      "moved by the patient's number of days");
    }
    if (!strcmp(j->at->meaning, "TM"))
        return put(j, "000000", "a dummy time");
    return put(j,
               strcmp(j->at->meaning, "DT") ? DSC_DEID_DUMMY_DATE
                                            : DSC_DEID_DUMMY_DATE "000000",
               "a dummy date");
}

static dsc_status text_value(job *j, const content *c, fate f)
{
    if (!strcmp(c->code, "121030") && !strcmp(c->scheme, "DCM"))
        return put(j, dsc_deid_patient_id(j->c), "the patient's pseudonym");
    return f == CLEAN
               ? dsc_object__clean_text(j->o, j->c, j->at, false, j->r, j->err)
               : put(j, DSC_OBJECT_DUMMY, "a dummy for a text");
}

/* The value of a content item of a type that goes, in an item that stays. */
static dsc_status value(job *j, const content *c, fate f, bool *decided)
{
    *decided = true;
    if (f == KEEP && j->at->tag != TAG_UID)
        return decide(j, DSC_EDIT_KEEP, "K", "kept by an option");
    switch (j->at->tag) {
    case TAG_TEXT:
        return text_value(j, c, f);
    case TAG_PNAME:
        if (!strcmp(c->code, "121029") && !strcmp(c->scheme, "DCM"))
            return put(j, dsc_deid_patient_name(j->c),
                       "the patient's pseudonym");
        return put(j, DSC_OBJECT_DUMMY, "a dummy for a name");
    case TAG_DATE:
    case TAG_TIME:
    case TAG_DATETIME:
        return date_value(j, f);
    case TAG_NUMBER:
        return decide(j, DSC_EDIT_EMPTY, "X", "a number that identifies");
    case TAG_CODE:
        j->r->edit->mark = DSC_OBJECT_MARK_CODE;
        return decide(j, DSC_EDIT_KEEP, "D", "its code becomes a dummy");
    default: /* UIDs are mapped as all others */
        *decided = false;
        return DSC_OK;
    }
}

/* Which value the type of an item has. */
static uint32_t value_tag(const char *type)
{
    static const struct {
        const char *type;
        uint32_t tag;
    } tags[] = {
        {"TEXT", TAG_TEXT},  {"PNAME", TAG_PNAME},       {"DATE", TAG_DATE},
        {"TIME", TAG_TIME},  {"DATETIME", TAG_DATETIME}, {"UIDREF", TAG_UID},
        {"NUM", TAG_NUMBER}, {"CODE", TAG_CODE},
    };

    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (!strcmp(tags[i].type, type))
            return tags[i].tag;
    return 0;
}

static bool is_value(uint32_t tag)
{
    return tag == TAG_TEXT || tag == TAG_PNAME || tag == TAG_DATE ||
           tag == TAG_TIME || tag == TAG_DATETIME || tag == TAG_NUMBER ||
           tag == TAG_CODE;
}

/* What a local code says is anybody's text. */
static dsc_status meaning(job *j, bool *decided)
{
    char scheme[20] = "";

    dsc_item_text(j->at->item, TAG_SCHEME, scheme, sizeof scheme);
    if (strncmp(scheme, "99", 2) && strcmp(scheme, "L"))
        return DSC_OK;
    *decided = true;
    return dsc_object__clean_text(j->o, j->c, j->at, true, j->r, j->err);
}

/* What is inside of a code that identifies. */
static dsc_status dummy_code(job *j)
{
    switch (j->at->tag) {
    case DSC_TAG_ITEM:
        return decide(j, DSC_EDIT_KEEP, "", "an item");
    case TAG_VALUE:
    case TAG_MEANING:
        return put(j, DSC_OBJECT_DUMMY, "a dummy for a code");
    case TAG_SCHEME:
        return put(j, "99ANONYMIZED", "a dummy for a code");
    default:
        return decide(j, DSC_EDIT_REMOVE, "X", "of a code that identifies");
    }
}

static dsc_status content_sequence(job *j)
{
    const dsc_object *o = j->o;
    uint64_t h =
        dsc_hash_bytes(DSC_HASH_START, j->at->path, strlen(j->at->path)) &
        ~(uint64_t)1;

    if (dsc_lookup(&h, o->emptied, o->emptied_count, sizeof h, by_value))
        return decide(j, DSC_EDIT_REMOVE, "X", "all its items go");
    return decide(j, DSC_EDIT_KEEP, "C", "its items are cleaned");
}

static dsc_status content_item(job *j)
{
    if (item_goes(j->o, j->at->item))
        return decide(j, DSC_EDIT_REMOVE, "X", "content that identifies");
    return decide(j, DSC_EDIT_KEEP, "C", "its value is cleaned");
}

/* Items with a Value Type are content items, wherever they are; below the
 * dummies of the profile its own rules hold. */
static bool is_content(const dsc_object *o, const dsc_at *at)
{
    if (o->content && (at->sequence == TAG_CONTENT || at->depth == 0))
        return true;
    return (o->content || !at->mark) && dsc_item_has(at->item, TAG_TYPE);
}

dsc_status dsc_object__sr(const dsc_object *o, const dsc_deid_case *c,
                          const dsc_at *at, dsc_ruling *r, bool *decided,
                          dsc_error *err)
{
    job j = {o, c, at, r, err};
    content item;
    fate f;

    if (at->mark == DSC_OBJECT_MARK_CODE) {
        *decided = true;
        return dummy_code(&j);
    }
    if (o->content && at->tag == TAG_CONTENT) {
        *decided = true;
        return content_sequence(&j);
    }
    if (o->content && at->tag == DSC_TAG_ITEM && at->sequence == TAG_CONTENT) {
        *decided = true;
        return content_item(&j);
    }
    if (at->tag == TAG_MEANING && (o->content || o->kind != DSC_OBJECT_IMAGE ||
                                   at->mark == DSC_OBJECT_MARK))
        return meaning(&j, decided);
    if (!is_value(at->tag) || !is_content(o, at))
        return DSC_OK;
    read_content(&item, at->item);
    f = fate_of(o, &item);
    /* a value that its item should not have is a stray one */
    if (at->tag != value_tag(item.type))
        f = DUMMY;
    else if (f == KEEP && (at->tag == TAG_NUMBER || at->tag == TAG_CODE))
        return DSC_OK;
    return value(&j, &item, f, decided);
}
