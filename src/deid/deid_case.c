/* SPDX-License-Identifier: Apache-2.0
 *
 * One instance: whose it is, and the values that follow from that and the key.
 */
#include "base/sort.h"
#include "deid/deid_priv.h"
#include "deid/mapping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAG_SOP_CLASS    DSC_TAG(0x0008, 0x0016)
#define TAG_SOP_INSTANCE DSC_TAG(0x0008, 0x0018)
#define TAG_PRIVATE_INFO DSC_TAG(0x0008, 0x0300)
#define TAG_NAME         DSC_TAG(0x0010, 0x0010)
#define TAG_ID           DSC_TAG(0x0010, 0x0020)
#define TAG_BIRTH_DATE   DSC_TAG(0x0010, 0x0030)
#define TAG_STUDY        DSC_TAG(0x0020, 0x000D)
#define MAX_SHIFT        3652u /* days: ten years back at most */
#define WELL_KNOWN       "1.2.840.10008."
#define WELL_KNOWN_MAX   40u

/* ---- keyed values ---- */

static const char *trim(const char *s, char *buf, size_t size)
{
    size_t n;

    while (*s == ' ')
        s++;
    snprintf(buf, size, "%s", s);
    n = strlen(buf);
    while (n && buf[n - 1] == ' ')
        buf[--n] = '\0';
    return buf;
}

static int compare_pair(const void *key, const void *pair)
{
    return strcmp(key, ((const dsc_deid__pair *)pair)->real);
}

/* "P" and 75 bits in base 32. */
dsc_status dsc_deid__pseudonym(const dsc_deid *d, const char *id,
                               char out[DSC_DEID__ID_SIZE], dsc_error *err)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const dsc_deid__pair *pair = NULL;
    uint8_t hash[32];
    dsc_status st;

    if (d->pair_count)
        pair = dsc_lookup(id, d->pairs, d->pair_count, sizeof *d->pairs,
                          compare_pair);
    if (pair) {
        snprintf(out, DSC_DEID__ID_SIZE, "%s", pair->trial);
        return DSC_OK;
    }
    st = dsc_deid__hash(&d->key, "patient", id, hash, err);
    if (st)
        return st;
    out[0] = 'P';
    for (unsigned i = 0; i < 15; i++) {
        unsigned at = i * 5, two = hash[at / 8] << 8u | hash[at / 8 + 1];
        out[1 + i] = digits[two >> (11 - at % 8) & 31u];
    }
    out[16] = '\0';
    return DSC_OK;
}

bool dsc_deid__is_uid(const char *text)
{
    size_t n = strlen(text);

    if (n < 1 || n > 64)
        return false;
    for (size_t i = 0; i < n; i++) {
        bool start = i == 0 || text[i - 1] == '.';
        if (text[i] == '.' ? start || i + 1 == n
                           : text[i] < '0' || text[i] > '9')
            return false;
        if (start && text[i] == '0' && i + 1 < n && text[i + 1] != '.')
            return false;
    }
    return true;
}

bool dsc_deid__is_well_known(const char *uid, bool instance)
{
    /* frames of reference, palettes, the instances that services have */
    static const char *const instances[] = {
        "1.4.",  "1.5.",  "1.9.",     "1.20.",    "1.40.",
        "1.42.", "2.16.", "5.1.1.17", "5.1.1.25", "5.1.1.40",
        "8.1.",  "6.1.",  "7.1.",     "9.1",      "15.0.",
    };
    size_t n = sizeof WELL_KNOWN - 1;

    if (strncmp(uid, WELL_KNOWN, n) || strlen(uid) > WELL_KNOWN_MAX ||
        !dsc_deid__is_uid(uid))
        return false;
    if (!instance)
        return true;
    for (size_t i = 0; i < sizeof instances / sizeof *instances; i++)
        if (!strncmp(uid + n, instances[i], strlen(instances[i])))
            return strlen(uid) <= 32;
    return false;
}

/* *stays: the UID itself comes out. */
static dsc_status map_uid(const dsc_deid *deid, const char *clean, bool retain,
                          char out[DSC_UID_SIZE], bool *stays, dsc_error *err)
{
    *stays = dsc_deid__is_uid(clean) &&
             (retain || dsc_deid__is_well_known(clean, true));
    if (!*stays)
        return dsc_uid_map(&deid->key, clean, out, err);
    memcpy(out, clean, strlen(clean) + 1);
    return DSC_OK;
}

dsc_status dsc_deid_map_uid(const dsc_deid *deid, const char *uid,
                            char out[DSC_UID_SIZE], dsc_error *err)
{
    char buf[512];
    bool stays;

    return map_uid(deid, trim(uid, buf, sizeof buf),
                   deid->options & DSC_DEID_KEEP_UIDS, out, &stays, err);
}

static dsc_status note_uid(const dsc_deid_case *c, const char *uid, bool retain,
                           char out[DSC_UID_SIZE], dsc_error *err)
{
    char buf[512];
    const char *old = trim(uid, buf, sizeof buf);
    bool stays;
    dsc_status st = map_uid(c->deid, old, retain, out, &stays, err);

    return st || stays || !c->mapping
               ? st
               : dsc_mapping_note(c->mapping, DSC_PAIR_UID, old, out, err);
}

dsc_status dsc_deid_uid(const dsc_deid_case *c, const char *uid,
                        char out[DSC_UID_SIZE], dsc_error *err)
{
    return note_uid(c, uid, c->deid->options & DSC_DEID_KEEP_UIDS, out, err);
}

dsc_status dsc_deid__new_uid(const dsc_deid_case *c, const char *uid,
                             char out[DSC_UID_SIZE], dsc_error *err)
{
    return note_uid(c, uid, false, out, err);
}

dsc_status dsc_deid__stand_in(const dsc_deid_case *c, const char *id,
                              char out[DSC_DEID__ID_SIZE], dsc_error *err)
{
    dsc_status st = dsc_deid__pseudonym(c->deid, id, out, err);

    return st || !c->mapping
               ? st
               : dsc_mapping_note(c->mapping, DSC_PAIR_ID, id, out, err);
}

dsc_status dsc_deid_record(dsc_deid_case *c, dsc_mapping *mapping,
                           dsc_error *err)
{
    char value[1024], own[1024];
    dsc_status st = DSC_OK;

    c->mapping = mapping;
    if (dsc_dicom_string(c->ds, TAG_ID, value, sizeof value) &&
        *trim(value, own, sizeof own))
        st = dsc_mapping_note(mapping, DSC_PAIR_ID, own, c->id, err);
    if (!st && dsc_dicom_string(c->ds, TAG_NAME, value, sizeof value) &&
        *trim(value, own, sizeof own))
        st = dsc_mapping_note(mapping, DSC_PAIR_NAME, own, c->id, err);
    if (!st && c->deid->options & DSC_DEID_SHIFT_DATES) {
        snprintf(own, sizeof own, "%d", (int)c->days);
        st = dsc_mapping_note(mapping, DSC_PAIR_DAYS, own, c->id, err);
    }
    return st;
}

dsc_status dsc_deid_date(const dsc_deid_case *c, const char *vr,
                         const char *value, dsc_buf *out, bool *kept,
                         dsc_error *err)
{
    unsigned how =
        c->deid->options & (DSC_DEID_FULL_DATES | DSC_DEID_SHIFT_DATES);

    *kept = false;
    return how ? dsc_deid__move_dates(vr, value,
                                      how & DSC_DEID_SHIFT_DATES ? c->days : 0,
                                      out, kept, err)
               : DSC_OK;
}

/* ---- free text ---- */

#define LINE_WORDS 64u

typedef struct line {
    dsc_word words[LINE_WORDS];
    dsc_decision decisions[LINE_WORDS];
    size_t count;
    const char *end; /* what follows it */
} line;

/* A line is written when the next one was read: a value may be broken over
 * both. */
typedef struct text {
    const dsc_policy *policy;
    line lines[2];
    unsigned now;         /* the line that words are added to */
    size_t kept, dropped; /* words of all lines so far */
} text;

static void add_word(text *t, char *word)
{
    line *l = &t->lines[t->now];

    l->words[l->count] = (dsc_word){.utf8 = word,
                                    .box = {(int32_t)l->count * 100, 0, 90, 20},
                                    .confidence = 1};
    l->count++;
}

/* Append the words of a line that may stay. */
static dsc_status write_line(text *t, line *l, dsc_buf *out, dsc_error *err)
{
    bool any = false;
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < l->count; i++) {
        const char *word = l->words[i].utf8;
        bool blank = l->decisions[i].blank;
        t->kept += !blank;
        t->dropped += blank;
        if (!blank && any)
            st = dsc_buf_append(out, " ", 1, err);
        if (!blank && !st)
            st = dsc_buf_append(out, word, strlen(word), err);
        any = any || !blank;
    }
    if (!st && l->end)
        st = dsc_buf_append(out, l->end, strlen(l->end), err);
    l->count = 0;
    l->end = NULL;
    return st;
}

/* What two lines, one below the other, hold together. */
static dsc_status judge_pair(const dsc_deid_case *c, text *t, dsc_error *err)
{
    dsc_frame_word words[2 * LINE_WORDS];
    size_t n = 0;

    for (unsigned k = 0; k < 2; k++) {
        line *l = &t->lines[k ? t->now : !t->now];
        for (size_t i = 0; i < l->count; i++) {
            words[n] = (dsc_frame_word){.utf8 = l->words[i].utf8,
                                        .box = l->words[i].box,
                                        .confidence = 1,
                                        .line = k,
                                        .fresh = true,
                                        .decision = &l->decisions[i]};
            words[n++].box.y = (int32_t)k * 30;
        }
    }
    return dsc_policy_decide_lines(t->policy, c->facts, words, n, err);
}

/* The line is whole: judge it, and write the one before it. */
static dsc_status end_line(const dsc_deid_case *c, text *t, const char *end,
                           dsc_buf *out, dsc_error *err)
{
    line *l = &t->lines[t->now], *before = &t->lines[!t->now];
    dsc_status st = DSC_OK;

    l->end = end;
    if (l->count)
        st = dsc_policy_decide_line(t->policy, c->facts, l->words, l->count,
                                    l->decisions, err);
    if (!st && l->count && before->count)
        st = judge_pair(c, t, err);
    if (!st)
        st = write_line(t, before, out, err);
    t->now = !t->now;
    return st;
}

/* Line by line; *t counts the words. */
static dsc_status judge(const dsc_deid_case *c, text *t, const char *utf8,
                        dsc_buf *out, dsc_error *err)
{
    char *copy = dsc_strdup(utf8), *p = copy;
    dsc_status st = DSC_OK;

    if (!copy)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    while (!st && *p) {
        size_t n = strcspn(p, " \t\r\n\f\\");
        char sep = p[n];
        bool breaks = sep == '\n' || sep == '\\';
        p[n] = '\0';
        if (n)
            add_word(t, p);
        p += n + (sep != '\0');
        if (breaks || t->lines[t->now].count == LINE_WORDS)
            st = end_line(c, t,
                          sep == '\\' ? "\\"
                          : breaks    ? "\r\n"
                          : *p        ? " "
                                      : NULL,
                          out, err);
    }
    if (!st)
        st = end_line(c, t, NULL, out, err);
    if (!st)
        st = write_line(t, &t->lines[!t->now], out, err);
    dsc_wipe_free(copy, strlen(utf8));
    return st;
}

dsc_status dsc_deid_clean_text(const dsc_deid_case *c, const char *utf8,
                               dsc_buf *out, dsc_error *err)
{
    text t = {.policy = c->deid->text};
    size_t start = out->len;
    dsc_status st = judge(c, &t, utf8, out, err);

    while (out->len > start && strchr(" \r\n", out->data[out->len - 1]))
        out->len--;
    return st;
}

dsc_status dsc_deid_is_harmless(const dsc_deid_case *c, const char *utf8,
                                bool *out, dsc_error *err)
{
    text t = {.policy = dsc_policy_plain(DSC_POLICY_SAFE)};
    dsc_buf left = {0};
    dsc_status st = judge(c, &t, utf8, &left, err);

    *out = !st && t.kept && !t.dropped;
    dsc_buf_free(&left);
    return st;
}

/* In the words of a text that is no name shorter ones turn up by chance. */
#define NAME_LEAST 4u

static bool is_of_person(const dsc_fact *fact)
{
    return fact->kind == DSC_FACT_WHOLE && strlen(fact->value) >= NAME_LEAST &&
           (fact->cls == DSC_CLASS_NAME || fact->cls == DSC_CLASS_PERSON ||
            fact->cls == DSC_CLASS_ID);
}

dsc_status dsc_deid__names_person(const dsc_deid_case *c, const char *utf8,
                                  bool *out, dsc_error *err)
{
    dsc_facts words = {0}; /* taken for a name, so that they compare to one */
    dsc_status st = dsc_facts_add(&words, DSC_CLASS_PERSON, "PN", utf8, err);

    *out = st == DSC_LIMIT;
    for (size_t i = 0; !st && i < c->facts->count; i++) {
        const dsc_fact *fact = &c->facts->items[i];
        for (size_t k = 0; k < words.count && is_of_person(fact); k++)
            *out = *out || !strcmp(fact->value, words.items[k].value);
    }
    dsc_facts_free(&words);
    return st == DSC_LIMIT ? DSC_OK : st;
}

/* ---- open ---- */

static dsc_status identify(dsc_deid_case *c, dsc_error *err)
{
    char id[1024], name[1024], born[64], study[256], own[65 + 2200];
    uint8_t hash[32];
    bool has_id = dsc_dicom_string(c->ds, TAG_ID, id, sizeof id) &&
                  *trim(id, own, sizeof id);
    dsc_status st;

    if (has_id) {
        memcpy(id, own, strlen(own) + 1);
    } else {
        /* no ID: name and birth date, or else the study, tell patients apart */
        bool named = dsc_dicom_string(c->ds, TAG_NAME, name, sizeof name);
        bool dated = dsc_dicom_string(c->ds, TAG_BIRTH_DATE, born, sizeof born);
        dsc_dicom_string(c->ds, TAG_STUDY, study, sizeof study);
        if (named || dated)
            snprintf(own, sizeof own, "\001name\001%s\001%s", name, born);
        else
            snprintf(own, sizeof own, "\001study\001%s", study);
    }
    st = dsc_deid__pseudonym(c->deid, has_id ? id : own, c->id, err);
    if (!st)
        st =
            dsc_deid__hash(&c->deid->key, "days", has_id ? id : own, hash, err);
    if (st)
        return st;
    memcpy(c->name, c->id, sizeof c->name);
    c->days =
        -(int32_t)(1u + (((unsigned)hash[0] << 16 | hash[1] << 8u | hash[2]) %
                         MAX_SHIFT));
    return DSC_OK;
}

/* (0008,0300): which private elements their maker calls harmless. */
static dsc_status collect_declared(void *ctx, const dsc_at *at, dsc_edit *edit,
                                   dsc_error *err)
{
    dsc_deid_case *c = ctx;
    dsc_deid__declared *d;
    char group[16], status[32], listed[2048];
    const char *p = listed;

    (void)edit;
    if (at->tag != DSC_TAG_ITEM || at->sequence != TAG_PRIVATE_INFO ||
        at->depth != 1 || c->declared_count == DSC_DEID__DECLARED)
        return DSC_OK;
    if (!c->declared)
        c->declared = dsc_calloc(DSC_DEID__DECLARED, sizeof *c->declared);
    if (!c->declared)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    d = &c->declared[c->declared_count];
    memset(d, 0, sizeof *d);
    if (!dsc_item_text(at->item, DSC_TAG(8, 0x301), group, sizeof group) ||
        !dsc_item_text(at->item, DSC_TAG(8, 0x302), d->creator,
                       sizeof d->creator) ||
        !dsc_item_text(at->item, DSC_TAG(8, 0x303), status, sizeof status))
        return DSC_OK;
    d->group = (uint16_t)strtoul(group, NULL, 10);
    d->all = !strcmp(status, "SAFE");
    if (!d->all &&
        (strcmp(status, "MIXED") ||
         !dsc_item_text(at->item, DSC_TAG(8, 0x304), listed, sizeof listed)))
        return DSC_OK;
    for (; !d->all && *p; p += strcspn(p, "\\"), p += *p == '\\') {
        unsigned long e = strtoul(p, NULL, 10);
        if (e <= 0xFF)
            d->listed[e / 8] |= (uint8_t)(1u << e % 8);
    }
    c->declared_count++;
    return DSC_OK;
}

dsc_status dsc_deid_open(dsc_deid_case **out, const dsc_deid *deid,
                         const dsc_dicom *ds, const dsc_facts *facts,
                         dsc_error *err)
{
    dsc_deid_case *c = dsc_alloc(sizeof *c);
    char uid[256];
    dsc_status st;

    *out = NULL;
    if (!c)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    c->deid = deid;
    c->ds = ds;
    c->facts = facts;
    dsc_dicom_string(ds, TAG_SOP_CLASS, uid, sizeof uid);
    c->iod = dsc_deid__iod(uid);
    st = identify(c, err);
    if (!st && deid->options & DSC_DEID_SAFE_PRIVATE &&
        dsc_dicom_has(ds, TAG_PRIVATE_INFO))
        st = dsc_dicom_edit_dry(ds, collect_declared, c, err);
    if (st)
        dsc_deid_close(&c);
    *out = c;
    return st;
}

void dsc_deid_close(dsc_deid_case **pc)
{
    dsc_deid_case *c = *pc;

    if (!c)
        return;
    dsc_free(c->declared);
    dsc_wipe_free(c, sizeof *c);
    *pc = NULL;
}

void dsc_deid_keep_overlays(dsc_deid_case *c)
{
    c->keep_overlays = true;
}

void dsc_deid_shows_face(dsc_deid_case *c)
{
    c->shows_face = true;
}

const dsc_deid *dsc_deid_of(const dsc_deid_case *c)
{
    return c->deid;
}

const char *dsc_deid_patient_id(const dsc_deid_case *c)
{
    return c->id;
}

const char *dsc_deid_patient_name(const dsc_deid_case *c)
{
    return c->name;
}

void dsc_deid_set_handler(dsc_deid_case *c, dsc_deid_handler fn, void *ctx)
{
    c->handler = fn;
    c->handler_ctx = ctx;
}

void dsc_deid_set_done(dsc_deid_case *c, unsigned options)
{
    c->done = options & (DSC_DEID_GRAPHICS | DSC_DEID_CONTENT);
}
