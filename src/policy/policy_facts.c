/* SPDX-License-Identifier: Apache-2.0
 *
 * Header values become facts: folded words, numbers without separators, dates
 * in every order. Separators are dropped on both sides of the comparison, so
 * one form stands for all its spellings.
 */
#include "policy/policy_priv.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>

/* Dates and times are found by their shape as well; facts only add what has
 * no shape (12041963). Past this many they are left out, not refused. */
#define TIMED_FACTS (DSC_POLICY_FACTS / 2)
#define TIMED_MAX   64u /* values of one attribute */

void dsc_facts_free(dsc_facts *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        char *v = facts->items[i].value;
        dsc_wipe_free(v, v ? strlen(v) : 0);
    }
    dsc_free(facts->items);
    memset(facts, 0, sizeof *facts);
}

static dsc_status add_kind(dsc_facts *facts, dsc_class cls, dsc_fact_kind kind,
                           const char *value, dsc_error *err)
{
    bool timed = dsc_policy__is_timed(cls);
    uint32_t hash =
        (uint32_t)dsc_hash_bytes(DSC_HASH_START, value, strlen(value));
    char *copy;

    if (timed && facts->count >= TIMED_FACTS)
        return DSC_OK;
    for (size_t i = 0; i < facts->count; i++)
        if (facts->items[i].hash == hash && facts->items[i].cls == cls &&
            facts->items[i].kind == kind &&
            !strcmp(facts->items[i].value, value))
            return DSC_OK;
    if (facts->count >= DSC_POLICY_FACTS)
        return dsc_fail(err, DSC_LIMIT,
                        "more than %u identifying values in the header",
                        DSC_POLICY_FACTS);
    if (facts->count == facts->cap) {
        size_t cap = facts->cap ? facts->cap * 2 : 32;
        dsc_fact *more = dsc_calloc(cap, sizeof *more);
        if (!more)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        if (facts->count)
            memcpy(more, facts->items, facts->count * sizeof *more);
        dsc_free(facts->items);
        facts->items = more;
        facts->cap = cap;
    }
    copy = dsc_strdup(value);
    if (!copy)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    facts->items[facts->count++] = (dsc_fact){cls, kind, hash, copy};
    return DSC_OK;
}

static dsc_status add_value(dsc_facts *facts, dsc_class cls, const char *value,
                            dsc_error *err)
{
    return add_kind(facts, cls, DSC_FACT_WHOLE, value, err);
}

/* A folded word being put together. */
typedef struct word {
    char text[DSC_POLICY_FACT_LEN * 4 + 1];
    size_t bytes;
    unsigned chars, letters, digits, cjk;
} word;

static void word_put(word *w, uint32_t c)
{
    if (w->chars == DSC_POLICY_FACT_LEN)
        return;
    w->bytes += dsc_policy__put(w->text + w->bytes, c);
    w->chars++;
    w->letters += dsc_policy__is_letter(c);
    w->digits += dsc_policy__is_digit(c);
    w->cjk += dsc_policy__is_cjk(c);
    w->text[w->bytes] = 0;
}

/* Words that head many an institution and many a screen. */
static bool is_common(const char *text)
{
    static const char *const common[] = {
        "GENERAL",    "MEDICAL",    "MEDICINE", "CENTER",    "CENTRE",
        "CARDIAC",    "HEART",      "ECHO",     "ADULT",     "IMAGING",
        "IMAGE",      "ULTRASOUND", "AND",      "FOR",       "THE",
        "DEPARTMENT", "DEPT",       "VASCULAR", "RADIOLOGY", "CARDIOLOGY",
        "ROOM",       "DER",        "DIE",      "UND",       "FUER",
        "FUR",        "DES",        "LES",      "LAB",       "UNIT",
        "LEFT",       "RIGHT",      "UNKNOWN",  "NONE",      "ANONYMOUS",
        "NULL"};

    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        if (!strcmp(text, common[i]))
            return true;
    return false;
}

static unsigned least_length(dsc_class cls, const word *w)
{
    if (w->cjk)
        return w->cjk >= 2 || cls == DSC_CLASS_NAME ? 1 : 2;
    if (cls == DSC_CLASS_NAME || cls == DSC_CLASS_PERSON || cls == DSC_CLASS_ID)
        return 3;
    return 4;
}

static dsc_status word_done(dsc_facts *facts, dsc_class cls, word *w,
                            dsc_error *err)
{
    dsc_status st = DSC_OK;
    bool digits_only = w->digits == w->chars;
    bool named = cls == DSC_CLASS_NAME || cls == DSC_CLASS_PERSON;

    if (named && w->chars == 2 && w->letters == 2 && !w->cjk)
        st = add_kind(facts, cls, DSC_FACT_SHORT, w->text, err);
    else if (w->chars >= least_length(cls, w) &&
             !((cls == DSC_CLASS_INSTITUTION || cls == DSC_CLASS_DEVICE) &&
               is_common(w->text)) &&
             !(digits_only && cls != DSC_CLASS_ID && w->chars < 5))
        st = add_value(facts, cls, w->text, err);
    memset(w, 0, sizeof *w);
    return st;
}

/* Each run of letters and digits is a fact; joined also where `join` says so
 * (an ID's separators mean nothing). `german` as in dsc_policy__fold. */
static dsc_status add_words(dsc_facts *facts, dsc_class cls, const char *utf8,
                            bool join, bool german, dsc_error *err)
{
    const char *p = utf8;
    word w = {{0}, 0, 0, 0, 0, 0};
    dsc_status st = DSC_OK;

    while (*p && !st) {
        uint32_t c = dsc_policy__next(&p), out[2];
        size_t n = dsc_policy__fold(c == 0xFFFD ? ' ' : c, german, out);
        for (size_t i = 0; i < n && !st; i++) {
            /* An apostrophe is part of a name: O'Neil is ONEIL. */
            bool inside = out[i] == '\'' || c == 0x2019;
            if (dsc_policy__is_word(out[i])) {
                word_put(&w, out[i]);
            } else if (!join && !inside) {
                st = word_done(facts, cls, &w, err);
            }
        }
    }
    if (!st)
        st = word_done(facts, cls, &w, err);
    explicit_bzero(&w, sizeof w);
    return st;
}

/* Folded with and without the German spelling of umlauts. Those who write
 * "Mueller" in the header may have "Müller" burned in: AE, OE, UE lose their
 * E in a third form. */
static dsc_status add_both(dsc_facts *facts, dsc_class cls, const char *utf8,
                           bool join, dsc_error *err)
{
    size_t size = strlen(utf8) + 1, n = 0;
    char *short_form = dsc_alloc(size);
    bool shorter = false;
    dsc_status st;

    if (!short_form)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    st = add_words(facts, cls, utf8, join, false, err);

    if (!st)
        st = add_words(facts, cls, utf8, join, true, err);
    for (const char *p = utf8; *p; p++) {
        if ((*p == 'e' || *p == 'E') && n && strchr("aouAOU", p[-1])) {
            shorter = true;
            continue;
        }
        short_form[n++] = *p;
    }
    short_form[n] = 0;
    if (!st && shorter)
        st = add_words(facts, cls, short_form, join, false, err);
    dsc_wipe_free(short_form, size);
    return st;
}

/* An ID: joined, without leading zeros, and its longer parts. */
static dsc_status add_id(dsc_facts *facts, dsc_class cls, const char *utf8,
                         dsc_error *err)
{
    const char *p = utf8;
    dsc_status st;

    while (*p == '0' || *p == ' ' || *p == '-' || *p == '.' || *p == '/')
        p++;
    st = add_words(facts, cls, p, true, false, err);
    /* "ABC-123456 / 7" is also burned in by its parts. */
    if (!st && strpbrk(p, " ^=/\\"))
        st = add_words(facts, cls, p, false, false, err);
    return st;
}

/* ---- dates and times ---- */

static int two_digits(const char *p)
{
    return (p[0] - '0') * 10 + (p[1] - '0');
}

static dsc_status add_date(dsc_facts *facts, dsc_class cls, const char *p,
                           dsc_error *err)
{
    int y = two_digits(p) * 100 + two_digits(p + 2), yy = y % 100;
    int m = two_digits(p + 4), d = two_digits(p + 6);
    char v[64];
    dsc_status st = DSC_OK;

    if (m < 1 || m > 12 || d < 1 || d > 31 || y < 1000)
        return DSC_OK;
    for (int form = 0; form < 8 && !st; form++) {
        switch (form) {
        case 0:
            snprintf(v, sizeof v, "%04d%02d%02d", y, m, d);
            break;
        case 1:
            snprintf(v, sizeof v, "%02d%02d%04d", d, m, y);
            break;
        case 2:
            snprintf(v, sizeof v, "%02d%02d%04d", m, d, y);
            break;
        case 3:
            snprintf(v, sizeof v, "%02d%02d%02d", yy, m, d);
            break;
        case 4:
            snprintf(v, sizeof v, "%02d%02d%02d", d, m, yy);
            break;
        case 5:
            snprintf(v, sizeof v, "%02d%02d%02d", m, d, yy);
            break;
        case 6:
            snprintf(v, sizeof v, "%d%d%04d", d, m, y);
            break;
        default:
            snprintf(v, sizeof v, "%d%d%04d", m, d, y);
            break;
        }
        if (strlen(v) >= 6)
            st = add_value(facts, cls, v, err);
    }
    for (size_t i = 0; !st; i++) {
        const char *name = dsc_policy__month_name(m, i);
        if (!name)
            break;
        snprintf(v, sizeof v, "%d%s%04d", d, name, y);
        st = add_value(facts, cls, v, err);
        snprintf(v, sizeof v, "%s%d%04d", name, d, y);
        st = st ? st : add_value(facts, cls, v, err);
        snprintf(v, sizeof v, "%d%s%02d", d, name, yy);
        st = st ? st : add_value(facts, cls, v, err);
    }
    return st;
}

static size_t digits_only(const char *p, size_t n, char *out, size_t size)
{
    size_t k = 0;

    for (size_t i = 0; i < n && k + 1 < size; i++) {
        if (p[i] >= '0' && p[i] <= '9')
            out[k++] = p[i];
        else if (!strchr(".:-/ ", p[i]))
            break;
        else if (p[i] == '.' && k >= 6)
            break; /* fraction of a second */
    }
    out[k] = 0;
    return k;
}

/* DA, DT, TM; several values between backslashes; the old forms with dots and
 * colons. */
static dsc_status add_timed(dsc_facts *facts, dsc_class cls, const char *vr,
                            const char *utf8, dsc_error *err)
{
    const char *p = utf8;
    dsc_status st = DSC_OK;
    unsigned values = 0;

    while (*p && !st && values++ < TIMED_MAX) {
        size_t n = strcspn(p, "\\");
        char v[32];
        size_t k = digits_only(p, n < 40 ? n : 40, v, sizeof v);
        if (!strcmp(vr, "TM")) {
            if (k >= 6) {
                v[6] = 0;
                st = add_value(facts, cls, v, err);
            }
        } else if (k >= 8) {
            char clock[7] = "";
            if (k >= 14)
                memcpy(clock, v + 8, 6);
            v[8] = 0;
            st = add_date(facts, cls, v, err);
            if (!st && clock[0])
                st = add_value(facts, DSC_CLASS_TIME, clock, err);
        }
        p += n + (p[n] != 0);
    }
    return st;
}

/* ---- initials ---- */

/* The first letter of a component of a name: 'A' to 'Z', else 0. */
static char first_letter(const char *p, size_t n)
{
    const char *end = p + n;

    while (p < end) {
        uint32_t out[2];
        size_t k = dsc_policy__fold(dsc_policy__next(&p), false, out);
        if (k && out[0] >= 'A' && out[0] <= 'Z')
            return (char)out[0];
        if (k && dsc_policy__is_letter(out[0]))
            return 0;
    }
    return 0;
}

/* Family^Given^Middle: GF, FG, GMF, FGM. Only of the first representation. */
static dsc_status add_initials(dsc_facts *facts, dsc_class cls,
                               const char *utf8, dsc_error *err)
{
    static const char orders[4][4] = {"10", "01", "120", "012"};
    const char *p = utf8;
    char letters[3] = {0};
    dsc_status st = DSC_OK;

    for (unsigned i = 0; i < 3; i++) {
        size_t n = strcspn(p, "^=\\");
        letters[i] = first_letter(p, n);
        if (p[n] != '^')
            break;
        p += n + 1;
    }
    for (unsigned o = 0; o < 4 && !st; o++) {
        char v[4] = "";
        bool whole = true;
        for (unsigned i = 0; orders[o][i]; i++) {
            v[i] = letters[orders[o][i] - '0'];
            whole = whole && v[i];
        }
        if (whole)
            st = add_kind(facts, cls, DSC_FACT_INITIALS, v, err);
    }
    return st;
}

dsc_status dsc_facts_add(dsc_facts *facts, dsc_class cls, const char *vr,
                         const char *utf8, dsc_error *err)
{
    if (!utf8 || !*utf8)
        return DSC_OK;
    if (strnlen(utf8, DSC_POLICY_VALUE_LEN + 1) > DSC_POLICY_VALUE_LEN)
        return dsc_fail(err, DSC_LIMIT,
                        "an identifying value of more than %u bytes in the "
                        "header",
                        DSC_POLICY_VALUE_LEN);
    if (!vr)
        vr = "";
    if (!strcmp(vr, "DA") || !strcmp(vr, "DT") || !strcmp(vr, "TM"))
        return add_timed(facts, cls, vr, utf8, err);
    if (cls == DSC_CLASS_ID)
        return add_id(facts, cls, utf8, err);
    if (cls == DSC_CLASS_INSTITUTION || cls == DSC_CLASS_DEVICE) {
        /* "MED CTR" means nothing alone; the name as a whole does. */
        dsc_status st = add_both(facts, cls, utf8, true, err);
        if (st)
            return st;
    }
    if (!strcmp(vr, "PN")) {
        dsc_status st = add_initials(facts, cls, utf8, err);
        if (st)
            return st;
    }
    return add_both(facts, cls, utf8, false, err);
}
