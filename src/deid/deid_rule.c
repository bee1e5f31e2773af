/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes of one element: Table E.1-1 with its options, resolved by the
 * attribute's Type in the IOD at hand (PS3.15 E.1.1, Table E.1-1a). */
#include "deid/deid_priv.h"

#include <stdio.h>
#include <string.h>

#define TAG_ZONE            DSC_TAG(0x0008, 0x0201)
#define TAG_NAME            DSC_TAG(0x0010, 0x0010)
#define TAG_ID              DSC_TAG(0x0010, 0x0020)
#define TAG_SUBJECT_ID      DSC_TAG(0x0012, 0x0040)
#define TAG_SUBJECT_READING DSC_TAG(0x0012, 0x0042)
#define TAG_OVERLAY_DATA    0x3000u
#define TAG_OVERLAY_COMMENT 0x4000u

/* dsc_edit.mark below a sequence of dummies */
#define MARK_DUMMY 1u

typedef struct rule {
    const dsc_deid_case *c;
    const dsc_at *at;
    dsc_ruling *r;
    const char *vr;  /* that tells what the value means */
    bool plain_date; /* a date that no date option is about stays as it is */
    dsc_error *err;
} rule;

static bool is_one_of(const char *vr, const char *list)
{
    const char *found = vr[0] ? strstr(list, vr) : NULL;

    return found && (found - list) % 3 == 0;
}

static bool is_date(const char *vr)
{
    return is_one_of(vr, "DA DT TM");
}

static bool is_free_text(const char *vr)
{
    return is_one_of(vr, "LO LT SH ST UC UT");
}

static dsc_status decide(rule *q, dsc_edit_kind kind, const char *why)
{
    q->r->edit->kind = kind;
    q->r->why = why;
    return DSC_OK;
}

static dsc_status set(rule *q, const char *text, const char *why)
{
    dsc_edit *e = q->r->edit;

    e->text.len = 0;
    memcpy(e->vr, q->vr, 3);
    if (!strcmp(q->vr, "UN"))
        return decide(q, DSC_EDIT_EMPTY, why);
    e->kind = DSC_EDIT_SET;
    q->r->why = why;
    return dsc_buf_append(&e->text, text, strlen(text), q->err);
}

/* ---- the actions ---- */

static dsc_status map_uids(rule *q)
{
    const char *text = dsc_at_text(q->at);
    dsc_edit *e = q->r->edit;
    dsc_status st = DSC_OK;

    if (!text)
        return decide(q, DSC_EDIT_REMOVE, "a UID of a wrong form");
    if (!*text)
        return decide(q, DSC_EDIT_KEEP, "empty");
    for (const char *p = text; !st;) {
        size_t n = strcspn(p, "\\");
        char one[512], now[DSC_UID_SIZE] = "";
        if (n >= sizeof one)
            return decide(q, DSC_EDIT_REMOVE, "a UID of a wrong form");
        memcpy(one, p, n);
        one[n] = '\0';
        if (n)
            st = dsc_deid__new_uid(q->c, one, now, q->err);
        if (!st)
            st = dsc_buf_append(&e->text, now, strlen(now), q->err);
        p += n;
        if (!*p || st)
            break;
        st = dsc_buf_append(&e->text, "\\", 1, q->err);
        p++;
    }
    if (!st && strlen(text) == e->text.len &&
        !memcmp(text, e->text.data, e->text.len))
        return decide(q, DSC_EDIT_KEEP, "a well-known UID");
    memcpy(e->vr, "UI", 3);
    e->kind = DSC_EDIT_SET;
    q->r->why = "a new UID made with the key";
    return st;
}

/* A value that says nothing, but is there. */
static dsc_status put_dummy(rule *q, const char *why)
{
    static const struct {
        char vr[3];
        const char *text;
    } dummies[] = {
        {"AS", "000Y"},
        {"DA", DSC_DEID_DUMMY_DATE},
        {"DT", DSC_DEID_DUMMY_DATE "000000"},
        {"TM", "000000"},
        {"DS", "0"},
        {"IS", "0"},
        {"US", "0"},
        {"SS", "0"},
        {"UL", "0"},
        {"SL", "0"},
        {"FL", "0"},
        {"FD", "0"},
        {"CS", "ANONYMIZED"},
        {"AE", "ANONYMIZED"},
        {"LO", "ANONYMIZED"},
        {"LT", "ANONYMIZED"},
        {"PN", "ANONYMIZED"},
        {"SH", "ANONYMIZED"},
        {"ST", "ANONYMIZED"},
        {"UC", "ANONYMIZED"},
        {"UT", "ANONYMIZED"},
        {"UR", "urn:anonymized"},
    };

    if (!strcmp(q->at->vr, "SQ")) {
        q->r->edit->mark = MARK_DUMMY;
        return decide(q, DSC_EDIT_KEEP, "its items get dummy values");
    }
    if (!strcmp(q->vr, "UI"))
        return map_uids(q);
    if (q->at->tag == TAG_SUBJECT_ID || q->at->tag == TAG_SUBJECT_READING)
        return set(q, q->c->id, "the patient's pseudonym");
    for (size_t i = 0; i < sizeof dummies / sizeof *dummies; i++)
        if (!strcmp(q->vr, dummies[i].vr))
            return set(q, dummies[i].text, why);
    return decide(q, DSC_EDIT_EMPTY, why);
}

static dsc_status put_pseudonym(rule *q)
{
    char id[1024], name[DSC_DEID__ID_SIZE];
    const char *stands = q->c->id;
    dsc_status st = DSC_OK;

    /* Deeper down the patient may be another one. */
    if (q->at->depth > 0) {
        if (!dsc_item_text(q->at->item, TAG_ID, id, sizeof id))
            return decide(q, DSC_EDIT_EMPTY, "no ID beside it");
        st = dsc_deid__stand_in(q->c, id, name, q->err);
        stands = name;
    }
    if (st)
        return st;
    return set(q, stands, "the patient's pseudonym");
}

static dsc_status put_zero(rule *q, const char *why)
{
    if (q->at->tag == TAG_ID || q->at->tag == TAG_NAME)
        return put_pseudonym(q);
    return decide(q, DSC_EDIT_EMPTY, why);
}

/* X, Z and D where the table leaves the choice to the attribute's Type. */
static dsc_status resolve(rule *q, dsc_deid__action action)
{
    dsc_deid__kind kind =
        dsc_deid__type_of(q->at->tag, q->at->sequence, q->c->iod);
    bool one = kind <= DSC_TYPE_1C,
         two = kind == DSC_TYPE_2 || kind == DSC_TYPE_2C;
    bool unknown = kind == DSC_TYPE_UNKNOWN;

    switch (action) {
    case DSC_ACTION_X:
        if (kind == DSC_TYPE_1)
            return put_dummy(q, "a dummy value, for it must be there");
        if (two)
            return put_zero(q, "emptied, for it must be there");
        return decide(q, DSC_EDIT_REMOVE, "removed by the profile");
    case DSC_ACTION_Z:
        if (kind == DSC_TYPE_1)
            return put_dummy(q, "a dummy value, for it must not be empty");
        return put_zero(q, "emptied by the profile");
    case DSC_ACTION_D:
        return put_dummy(q, "a dummy value");
    case DSC_ACTION_Z_D:
        return one || unknown
                   ? put_dummy(q, "a dummy value, for it must not be empty")
                   : put_zero(q, "emptied by the profile");
    case DSC_ACTION_X_Z:
        return one || two || unknown
                   ? put_zero(q, "emptied, for it must be there")
                   : decide(q, DSC_EDIT_REMOVE, "removed by the profile");
    case DSC_ACTION_X_D:
    case DSC_ACTION_X_Z_D:
        if (two)
            return put_zero(q, "emptied, for it must be there");
        return one || unknown
                   ? put_dummy(q, "a dummy value, for it must not be empty")
                   : decide(q, DSC_EDIT_REMOVE, "removed by the profile");
    case DSC_ACTION_X_Z_U:
        return one || two || unknown
                   ? decide(q, DSC_EDIT_KEEP, "its UIDs are mapped")
                   : decide(q, DSC_EDIT_REMOVE, "removed by the profile");
    default:
        return dsc_fail(q->err, DSC_INTERNAL, "(%04X,%04X) has no action",
                        q->at->tag >> 16, q->at->tag & 0xFFFFu);
    }
}

static dsc_status keep_or_move_date(rule *q, dsc_deid__action otherwise)
{
    const char *text = dsc_at_text(q->at);
    bool kept = false;
    dsc_status st;

    if (!text)
        return resolve(q, otherwise);
    if (!*text)
        return decide(q, DSC_EDIT_KEEP, "empty");
    st = q->plain_date ? dsc_deid__move_dates(q->vr, text, 0, &q->r->edit->text,
                                              &kept, q->err)
                       : dsc_deid_date(q->c, q->vr, text, &q->r->edit->text,
                                       &kept, q->err);
    if (st)
        return st;
    if (!kept)
        return resolve(q, otherwise);
    if (q->plain_date || q->c->deid->options & DSC_DEID_FULL_DATES ||
        !strcmp(q->vr, "TM"))
        return decide(q, DSC_EDIT_KEEP, "a valid date or time is retained");
    memcpy(q->r->edit->vr, q->vr, 3);
    q->r->why = "moved by the patient's number of days";
    q->r->edit->kind = DSC_EDIT_SET;
    return DSC_OK;
}

/* Cut to what the VR holds (PS3.5 6.2), at a character's border. */
static void fit(const char *vr, dsc_buf *text)
{
    size_t most = !strcmp(vr, "SH")   ? 16
                  : !strcmp(vr, "LO") ? 64
                  : !strcmp(vr, "ST") ? 1024
                  : !strcmp(vr, "LT") ? 10240
                                      : SIZE_MAX;
    size_t characters = 0, n = 0;
    bool single = is_one_of(vr, "LT ST UT");

    for (size_t i = 0; i < text->len; i++) {
        uint8_t b = text->data[i];
        if ((b & 0xC0) != 0x80)
            characters = !single && b == '\\' ? 0 : characters + 1;
        if (b == 0x7F || (b < 0x20 && !(single && (b == '\r' || b == '\n'))))
            b = ' ';
        if (characters <= most)
            text->data[n++] = b;
    }
    text->len = n;
}

static dsc_status clean_text(rule *q, dsc_deid__action otherwise)
{
    const char *text = dsc_at_text(q->at);
    dsc_buf *out = &q->r->edit->text;
    dsc_status st;

    if (!text)
        return resolve(q, otherwise);
    if (!*text)
        return decide(q, DSC_EDIT_KEEP, "empty");
    st = dsc_deid_clean_text(q->c, text, out, q->err);
    if (st)
        return st;
    q->r->judged = true;
    fit(q->vr, out);
    if (!out->len)
        return resolve(q, otherwise);
    if (out->len == strlen(text) && !memcmp(out->data, text, out->len))
        return decide(q, DSC_EDIT_KEEP, "nothing in it identifies");
    st = dsc_buf_append(out, "", 1, q->err);
    if (st)
        return st;
    out->len--;
    if (!dsc_at_can_hold(q->at, (const char *)out->data)) {
        out->len = 0;
        return resolve(q, otherwise);
    }
    memcpy(q->r->edit->vr, q->vr, 3);
    q->r->why = "identifying words taken out";
    q->r->edit->kind = DSC_EDIT_SET;
    return DSC_OK;
}

/* C means what the value is: a date, a text, a sequence. */
static dsc_status clean(rule *q, dsc_deid__action otherwise)
{
    if (is_date(q->vr))
        return keep_or_move_date(q, otherwise);
    if (is_free_text(q->vr) || !strcmp(q->vr, "AE"))
        return clean_text(q, otherwise);
    if (!strcmp(q->at->vr, "SQ"))
        return decide(q, DSC_EDIT_KEEP, "cleaned item by item");
    return resolve(q, otherwise);
}

/* Timezone Offset From UTC goes with times, which are not moved. */
static dsc_status keep_zone(rule *q, dsc_deid__action otherwise)
{
    const char *text = dsc_at_text(q->at);
    bool valid = text && (*text == '+' || *text == '-') &&
                 strspn(text + 1, "0123456789") == 4 && !text[5];

    return valid ? decide(q, DSC_EDIT_KEEP, "times are retained")
                 : resolve(q, otherwise);
}

/* A UID that is none may be anything, a name too. */
static dsc_status keep_uids(rule *q)
{
    const char *text = dsc_at_text(q->at);

    for (const char *p = text; p && *p; p += *p == '\\') {
        size_t n = strcspn(p, "\\");
        char one[DSC_UID_SIZE];
        snprintf(one, sizeof one, "%.*s", (int)(n < 65 ? n : 0), p);
        if (n && !dsc_deid__is_uid(one))
            return map_uids(q);
        p += n;
    }
    return text ? decide(q, DSC_EDIT_KEEP, "retained") : map_uids(q);
}

static dsc_status act(rule *q, dsc_deid__action action,
                      dsc_deid__action otherwise)
{
    q->r->code = dsc_deid__action_name(action);
    if (q->at->tag == TAG_ZONE && !strcmp(q->vr, "SH") &&
        (action == DSC_ACTION_K || action == DSC_ACTION_C))
        return keep_zone(q, otherwise);
    switch (action) {
    case DSC_ACTION_K:
        if (is_date(q->vr))
            return keep_or_move_date(q, otherwise);
        if (!strcmp(q->vr, "UI"))
            return keep_uids(q);
        return decide(q, DSC_EDIT_KEEP, "retained");
    case DSC_ACTION_C:
        return clean(q, otherwise);
    case DSC_ACTION_U:
        return map_uids(q);
    default:
        return resolve(q, action);
    }
}

/* The practice of Dr. Smith has a name that no option retains. */
static dsc_status retain(rule *q, dsc_deid__action otherwise)
{
    const char *text = is_free_text(q->vr) ? dsc_at_text(q->at) : NULL;
    dsc_class own = DSC_CLASS_UNKNOWN;
    bool named = false;
    dsc_status st = DSC_OK;

    if (text && (!dsc_policy_identifying(q->at->tag, q->vr, &own) ||
                 own == DSC_CLASS_INSTITUTION || own == DSC_CLASS_DEVICE))
        st = dsc_deid__names_person(q->c, text, &named, q->err);
    if (st || !named)
        return st ? st : act(q, DSC_ACTION_K, otherwise);
    st = act(q, otherwise, otherwise);
    q->r->why = "not retained, for it names a person";
    return st;
}

/* ---- which action ---- */

static dsc_status by_row(rule *q, const dsc_deid__row *row)
{
    unsigned options = q->c->deid->options;

    /* Free text that can be cleaned is not kept as it stands. */
    if (row->clean & options & DSC_DEID_DESCRIPTORS && is_free_text(q->vr))
        return act(q, DSC_ACTION_C, row->basic);
    if (row->keep & options) {
        q->plain_date =
            !(options & (DSC_DEID_FULL_DATES | DSC_DEID_SHIFT_DATES));
        return retain(q, row->basic);
    }
    if (row->clean & options)
        return act(q, DSC_ACTION_C, row->basic);
    return act(q, row->basic, row->basic);
}

bool dsc_deid__is_structural(uint32_t tag)
{
    static const uint32_t tags[] = {
        0x00080016, 0x0008001A, 0x0008001B, 0x0008005A, 0x0008010C, 0x00080117,
        0x00080118, 0x00081150, 0x0008115A, 0x00083002, 0x00287FE0, 0x00400440,
        0x0040E025, 0x04000010, 0x04000510, 0x00741404,
    };

    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (tags[i] == tag)
            return true;
    return false;
}

static dsc_status unlisted_uid(rule *q)
{
    const char *text = dsc_at_text(q->at);
    char one[80];
    bool all = text && *text;

    if (text && !*text)
        return decide(q, DSC_EDIT_KEEP, "empty");
    for (const char *p = text; all && p;) {
        size_t n = strcspn(p, "\\");
        if (n >= sizeof one) {
            all = false;
            break;
        }
        memcpy(one, p, n);
        one[n] = '\0';
        while (n && one[n - 1] == ' ')
            one[--n] = '\0';
        all = dsc_deid__is_structural(q->at->tag)
                  ? dsc_deid__is_uid(one)
                  : dsc_deid__is_well_known(one, false);
        p = strchr(p, '\\');
        p = p ? p + 1 : NULL;
    }
    if (all)
        return decide(q, DSC_EDIT_KEEP, "names a class, syntax or scheme");
    q->r->code = "U";
    return map_uids(q);
}

/* The form in which the value was written must not be a way round the
 * dictionary: a name may hide in an attribute that should be a number. */
static bool is_wrong_form(const dsc_at *at)
{
    static const char text[] = "LO LT PN SH ST UC UR UT";
    bool is_text = is_one_of(at->vr, text);

    if (!strcmp(at->vr, at->standard) || !at->standard[0])
        return false;
    if (!strcmp(at->vr, "SQ") != !strcmp(at->standard, "SQ"))
        return true;
    if (!strcmp(at->vr, "UN"))
        return false;
    return is_text && !is_one_of(at->standard, text) &&
           strcmp(at->standard, "AE") && strcmp(at->standard, "CS");
}

static dsc_status unlisted(rule *q)
{
    unsigned options = q->c->deid->options;

    if (!strcmp(q->vr, "UI"))
        return options & DSC_DEID_KEEP_UIDS
                   ? decide(q, DSC_EDIT_KEEP, "UIDs are retained")
                   : unlisted_uid(q);
    if (is_date(q->vr)) {
        q->r->code = "X/Z/D";
        return keep_or_move_date(q, DSC_ACTION_X_Z_D);
    }
    if (!strcmp(q->vr, "PN"))
        return act(q, DSC_ACTION_X_Z_D, DSC_ACTION_X_Z_D);
    if (q->at->mark == MARK_DUMMY &&
        (is_free_text(q->vr) || !strcmp(q->vr, "AE") || !strcmp(q->vr, "UR")))
        return act(q, DSC_ACTION_D, DSC_ACTION_D);
    q->r->code = "";
    return decide(q, DSC_EDIT_KEEP, "not in the profile's table");
}

/* ---- private elements ---- */

/* Known harmless: by the table, or as their maker declares. *vr is what the
 * value means where the table tells. */
static bool is_harmless(const rule *q, const char *creator, uint16_t group,
                        uint8_t element, const char **vr)
{
    const dsc_deid__safe *s = dsc_deid__is_safe(creator, group, element);

    *vr = s ? s->vr : "";
    if (s)
        return true;
    for (size_t i = 0; i < q->c->declared_count; i++) {
        const dsc_deid__declared *d = &q->c->declared[i];
        if (d->group == group && !strcmp(d->creator, creator) &&
            (d->all || d->listed[element / 8] >> element % 8 & 1u))
            return true;
    }
    return false;
}

static dsc_status creator(rule *q)
{
    uint32_t tag = q->at->tag, first = (tag & 0xFFFF0000u) | (tag & 0xFFu) << 8;
    const char *text = dsc_at_text(q->at), *vr;
    char name[1024];
    size_t n;

    if (!text || strlen(text) >= sizeof name)
        return decide(q, DSC_EDIT_REMOVE, "private");
    text += strspn(text, " ");
    snprintf(name, sizeof name, "%s", text);
    n = strlen(name);
    while (n && name[n - 1] == ' ')
        name[--n] = '\0';
    for (uint32_t t = dsc_item_next(q->at->item, first - 1);
         t && t <= first + 0xFF; t = dsc_item_next(q->at->item, t))
        if (is_harmless(q, name, (uint16_t)(tag >> 16), (uint8_t)t, &vr))
            return decide(q, DSC_EDIT_KEEP, "reserves known-safe elements");
    return decide(q, DSC_EDIT_REMOVE, "private");
}

static dsc_status private_element(rule *q)
{
    uint32_t tag = q->at->tag, element = tag & 0xFFFFu;
    const char *vr;

    q->r->code = "X";
    if (!(q->c->deid->options & DSC_DEID_SAFE_PRIVATE))
        return decide(q, DSC_EDIT_REMOVE, "private");
    if (element >= 0x10 && element <= 0xFF)
        return creator(q);
    if (!q->at->creator || !*q->at->creator)
        return decide(q, DSC_EDIT_REMOVE, "private, and nobody's");
    if (!is_harmless(q, q->at->creator, (uint16_t)(tag >> 16), (uint8_t)element,
                     &vr))
        return decide(q, DSC_EDIT_REMOVE, "private, not known to be safe");
    if (vr[0] && !strcmp(q->at->vr, "SQ") != !strcmp(vr, "SQ"))
        return decide(q, DSC_EDIT_REMOVE, "not of the form it should have");
    if (!strcmp(q->at->vr, "UN") && vr[0])
        q->vr = vr;
    q->r->code = "C";
    if (is_date(q->vr) || !strcmp(q->vr, "UI") || !strcmp(q->vr, "PN")) {
        /* in implicit VR what is written says nothing of the form */
        dsc_status st = unlisted(q);
        if (q->r->edit->kind == DSC_EDIT_SET && !strcmp(q->at->vr, "UN"))
            q->r->edit->kind = DSC_EDIT_REMOVE;
        return st;
    }
    return decide(q, DSC_EDIT_KEEP, "known to be safe");
}

/* Curves and overlays; false: the element is none of theirs. */
static bool repeating(rule *q)
{
    uint32_t group = q->at->tag >> 16, element = q->at->tag & 0xFFFFu;

    if (group >= 0x5000 && group <= 0x501E && group % 2 == 0) {
        q->r->code = "X";
        decide(q, DSC_EDIT_REMOVE, "a curve");
        return true;
    }
    if (group < 0x6000 || group > 0x601E || group % 2)
        return false;
    /* What was not searched never stays: nested planes, planes in the unused
     * bits of pixels, comments. */
    if (q->c->keep_overlays && q->at->depth == 0 &&
        element != TAG_OVERLAY_COMMENT && element != 0x0022 &&
        element != 0x1500 &&
        dsc_item_has(q->at->item, DSC_TAG(group, TAG_OVERLAY_DATA))) {
        q->r->code = "C";
        decide(q, DSC_EDIT_KEEP, "an overlay, its text blanked");
        return true;
    }
    q->r->code = "X";
    decide(q, DSC_EDIT_REMOVE, "an overlay");
    return true;
}

/* Pixels and samples in a private sequence, which nobody searched. */
static bool is_hidden_picture(const dsc_at *at)
{
    return (at->tag == DSC_TAG(0x5400, 0x1010) ||
            (at->tag >= DSC_TAG(0x7FE0, 0x0008) &&
             at->tag <= DSC_TAG(0x7FE0, 0x0010))) &&
           at->depth > 0 && dsc_dicom_path_is_private(at->path);
}

dsc_status dsc_deid_rule_plain(const dsc_deid_case *c, const dsc_at *at,
                               dsc_ruling *ruling, dsc_error *err)
{
    rule q = {c, at, ruling, at->meaning, false, err};
    uint32_t group = at->tag >> 16;
    const dsc_deid__override *o;
    const dsc_deid__row *row;

    ruling->code = "";
    if (at->tag == DSC_TAG_ITEM)
        return decide(&q, DSC_EDIT_KEEP, "an item");
    if (group < 0x0008)
        return decide(&q, DSC_EDIT_REMOVE, "has no place in an instance");
    if (group & 1u)
        return private_element(&q);
    if (is_hidden_picture(at))
        return decide(&q, DSC_EDIT_REMOVE, "in a private sequence");
    o = dsc_deid__overridden(c->deid, at->tag);
    if (o) {
        dsc_status st;
        q.plain_date =
            !(c->deid->options & (DSC_DEID_FULL_DATES | DSC_DEID_SHIFT_DATES));
        st = act(&q, o->action, DSC_ACTION_X_Z_D);
        if (!st && ruling->edit->kind == DSC_EDIT_KEEP)
            ruling->why = "the profile file says so";
        return st;
    }
    if (repeating(&q))
        return DSC_OK;
    row = dsc_deid__find(at->tag);
    if (!row && !at->standard[0]) {
        ruling->code = "X";
        return decide(&q, DSC_EDIT_REMOVE, "not in the dictionary");
    }
    if (is_wrong_form(at)) {
        ruling->code = "X";
        return decide(&q, DSC_EDIT_REMOVE, "not of the form it should have");
    }
    /* a name or date under another attribute's tag stays one */
    if (row && !(is_date(at->standard) && !is_date(at->meaning)))
        return by_row(&q, row);
    if (row) {
        q.vr = at->standard;
        return by_row(&q, row);
    }
    if (is_date(at->standard) || !strcmp(at->standard, "PN") ||
        !strcmp(at->standard, "UI"))
        q.vr = at->standard;
    return unlisted(&q);
}

dsc_status dsc_deid_rule(const dsc_deid_case *c, const dsc_at *at,
                         dsc_ruling *ruling, dsc_error *err)
{
    bool decided = false;
    dsc_status st = DSC_OK;

    ruling->code = "";
    ruling->why = "";
    /* what a profile file says of an attribute comes first */
    if (c->handler && !dsc_deid__overridden(c->deid, at->tag))
        st = c->handler(c->handler_ctx, c, at, ruling, &decided, err);
    if (!st && !decided)
        st = dsc_deid_rule_plain(c, at, ruling, err);
    return st;
}
