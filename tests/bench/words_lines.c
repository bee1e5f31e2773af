/* SPDX-License-Identifier: Apache-2.0 */
#include "words_vocabulary.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const vocabulary *words = &first_vocabulary;

bool use_words(unsigned set)
{
    static const vocabulary *const sets[] = {
        &first_vocabulary, &second_vocabulary, &third_vocabulary};

    if (set < 1 || set > sizeof sets / sizeof sets[0])
        return false;
    words = sets[set - 1];
    return true;
}

/* ---- chance ---- */

static uint32_t chance;

static uint32_t upto(uint32_t n)
{
    chance = chance * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(chance >> 8) * n >> 24);
}

static const char *pick(const char *const *list)
{
    uint32_t n = 0;

    while (list[n])
        n++;
    return list[upto(n)];
}

/* ---- words ---- */

/* Words of the text, split at its spaces. */
static void put(text_line *l, kind what, const char *fmt, ...)
{
    char text[256], *save = NULL;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    for (char *p = strtok_r(text, " ", &save); p && l->count < LINE_WORDS;
         p = strtok_r(NULL, " ", &save)) {
        text_word *w = &l->words[l->count++];
        snprintf(w->text, sizeof w->text, "%s", p);
        w->what = what;
    }
}

static void know(text_line *l, kind what, const char *vr, const char *fmt, ...)
{
    value *v = &l->header[l->values];
    va_list ap;

    if (l->values == LINE_VALUES)
        return;
    l->values++;
    v->what = what;
    v->vr = vr;
    va_start(ap, fmt);
    vsnprintf(v->text, sizeof v->text, fmt, ap);
    va_end(ap);
}

/* Capitals, as many screens write names: of two bytes in UTF-8 too. */
static void capitals(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p; p++) {
        unsigned c;
        if (*p >= 'a' && *p <= 'z')
            *p -= 32;
        if (*p < 0xC3 || *p > 0xC5 || !p[1])
            continue;
        c = (*p & 0x1Fu) << 6 | (p[1] & 0x3Fu);
        if (c >= 0xE0 && c <= 0xFE && c != 0xF7)
            c -= 32;
        else if ((c >= 0x139 && c <= 0x148) || c >= 0x179)
            c -= c % 2 == 0; /* capitals are odd there */
        else if (c >= 0x100)
            c -= c % 2;
        *p = (unsigned char)(0xC0 | c >> 6);
        *++p = (unsigned char)(0x80 | (c & 0x3F));
    }
}

static void date_text(const language *g, char *out, size_t size, char *yyyymmdd)
{
    unsigned y = 1930 + upto(93), m = 1 + upto(12), d = 1 + upto(28);

    snprintf(yyyymmdd, 9, "%04u%02u%02u", y, m, d);
    switch (upto(6)) {
    case 0:
        snprintf(out, size, "%u. %s %u", d, g->months[m - 1], y);
        break;
    case 1:
        snprintf(out, size, "%u %s %u", d, g->months[m - 1], y);
        break;
    case 2:
        snprintf(out, size, "%04u-%02u-%02u", y, m, d);
        break;
    default:
        if (g->order == '-')
            snprintf(out, size, "%04u-%02u-%02u", y, m, d);
        else
            snprintf(out, size, "%02u%c%02u%c%04u", d, g->order, m, g->order,
                     y);
    }
}

static void add_name(const language *g, text_line *l, kind what)
{
    char first[48], last[48];

    snprintf(first, sizeof first, "%s", pick(g->first));
    snprintf(last, sizeof last, "%s", pick(g->last));
    know(l, what, "PN", "%s^%s", last, first);
    if (upto(2)) {
        capitals(first);
        capitals(last);
    }
    switch (what == PERSON ? 3 + upto(2) : upto(5)) {
    case 0:
        put(l, what, "%s, %s", last, first);
        break;
    case 1:
        put(l, what, "%s %s", last, first);
        break;
    case 2:
        put(l, what, "%s^%s", last, first);
        break;
    case 3:
        put(l, what, "%s", last);
        break;
    default:
        put(l, what, "%s %s", first, last);
    }
}

static void add_id(const language *g, text_line *l, bool with_caption)
{
    char id[32];

    switch (upto(4)) {
    case 0:
        snprintf(id, sizeof id, "%08u", 10000 + upto(90000000));
        break;
    case 1:
        snprintf(id, sizeof id, "%c%c-%05u", 'A' + (int)upto(26),
                 'A' + (int)upto(26), 10000 + upto(90000));
        break;
    case 2:
        snprintf(id, sizeof id, "%06u-%04u", 100000 + upto(900000),
                 upto(10000));
        break;
    default:
        snprintf(id, sizeof id, "%c%07u", 'A' + (int)upto(26),
                 1000000 + upto(9000000));
    }
    know(l, ID, "LO", "%s", id);
    if (with_caption)
        put(l, CAPTION, "%s", upto(3) ? g->id : g->accession);
    put(l, ID, "%s", id);
}

static void add_date(const language *g, text_line *l, kind what)
{
    char text[64], day[9];

    date_text(g, text, sizeof text, day);
    know(l, what, "DA", "%s", day);
    put(l, what, "%s", text);
}

static void add_time(text_line *l)
{
    unsigned h = upto(24), m = upto(60), s = upto(60);

    know(l, TIME, "TM", "%02u%02u%02u", h, m, s);
    if (upto(4))
        put(l, TIME, "%02u:%02u:%02u", h, m, s);
    else
        put(l, TIME, "%u:%02u:%02u %s", h % 12 ? h % 12 : 12, m, s,
            h < 12 ? "AM" : "PM");
}

static void identifying(const language *g, text_line *l)
{
    const char *place;

    switch (upto(12)) {
    case 0:
    case 1:
        put(l, CAPTION, "%s", g->name);
        add_name(g, l, NAME);
        break;
    case 2:
    case 3:
        add_name(g, l, NAME);
        break;
    case 4:
        add_name(g, l, NAME);
        add_date(g, l, BIRTH);
        break;
    case 5:
        add_id(g, l, true);
        break;
    case 6:
        add_id(g, l, false);
        add_name(g, l, NAME);
        break;
    case 7:
        put(l, CAPTION, "%s", g->born);
        add_date(g, l, BIRTH);
        break;
    case 8:
        add_date(g, l, DATE);
        add_time(l);
        break;
    case 9:
        place = pick(g->hospital);
        know(l, INSTITUTION, "LO", "%s", place);
        put(l, INSTITUTION, "%s", place);
        break;
    case 10:
        put(l, CAPTION, "%s", g->doctor);
        add_name(g, l, PERSON);
        break;
    default:
        place = pick(g->street);
        if (upto(2)) {
            const char *city = pick(g->city);
            know(l, CONTACT, "LO", "%s, %05u %s", place, 12345, city);
            put(l, CONTACT, "%s, %05u %s", place, 12345, city);
        } else {
            unsigned a = 100 + upto(900), b = upto(10000000);
            know(l, CONTACT, "SH", "0%u %07u", a, b);
            put(l, CAPTION, "%s", g->phone);
            put(l, CONTACT, "0%u %07u", a, b);
        }
    }
}

/* ---- what stays ---- */

static void add_common(text_line *l)
{
    const char *const *c;
    uint32_t n = 0;
    unsigned a, b;

    while (words->common[n][0])
        n++;
    c = words->common[upto(n)];
    a = 1 + upto(9);
    b = upto(10);
    put(l, SETTING, "%s", c[0]);
    if (!strcmp(c[1], "%d"))
        put(l, MEASUREMENT, "%u", 10 + upto(140));
    else if (c[1][0] == '0')
        put(l, MEASUREMENT, "0.%u%u", upto(10), b);
    else
        put(l, MEASUREMENT, "%u.%u%s", a, b, upto(3) ? "" : "7");
    put(l, UNIT, "%s", c[2]);
}

static void add_setting(const language *g, text_line *l)
{
    char text[48];
    const char *s = pick(g->settings), *unit = strchr(s, '|');

    snprintf(text, sizeof text, "%.*s", (int)(unit - s), s);
    put(l, SETTING, "%s", text);
    if (upto(2))
        put(l, MEASUREMENT, "%u.%u", 1 + upto(20), upto(10));
    else
        put(l, MEASUREMENT, "%u", 2 + upto(90));
    put(l, UNIT, "%s", unit + 1);
}

static void harmless(const language *g, text_line *l)
{
    switch (upto(6)) {
    case 0:
    case 1:
        add_common(l);
        break;
    case 2:
        add_common(l);
        add_common(l);
        break;
    case 3:
        add_setting(g, l);
        break;
    case 4:
        put(l, LABEL, "%s", pick(g->labels));
        break;
    default:
        put(l, LABEL, "%s", pick(words->screens));
    }
}

/* ---- all of it ---- */

const char *kind_name(kind k)
{
    static const char *const names[KINDS] = {
        "name",    "id",          "date of birth", "date",
        "time",    "institution", "physician",     "address, phone",
        "caption", "measurement", "setting",       "label",
        "unit"};

    return names[k];
}

const char *language_name(unsigned i)
{
    return words->languages[i].code;
}

void make_line(uint32_t n, text_line *out)
{
    const language *g;

    memset(out, 0, sizeof *out);
    chance = n * 2654435761u + 97;
    upto(2);
    out->language = n % LANGUAGES;
    g = &words->languages[out->language];
    if (n / LANGUAGES % 2)
        identifying(g, out);
    else
        harmless(g, out);
    /* of every patient the header knows more than the line shows */
    if (!out->values) {
        know(out, NAME, "PN", "%s^%s", pick(g->last), pick(g->first));
        know(out, ID, "LO", "%08u", 10000000 + upto(90000000));
        know(out, BIRTH, "DA", "19%02u%02u%02u", 30 + upto(60), 1 + upto(12),
             1 + upto(28));
        know(out, INSTITUTION, "LO", "%s", pick(g->hospital));
    }
}
