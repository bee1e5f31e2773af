/* SPDX-License-Identifier: Apache-2.0
 *
 * One value in all the ways it may be written: in each character set that
 * PS3.5 and the world outside of DICOM know, in capitals and not, dates in
 * the orders that people use. */
#include "deid/residual_priv.h"

#include <iconv.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <wctype.h>

#define ICONV_NONE ((iconv_t)-1)
#define TEXT_MAX   512u /* bytes of UTF-8 of one text */

/* ISO-2022-JP: as JIS X 0208 stands in a person name, between its escapes.
 * EUC-KR and GB18030 have the bytes of ISO 2022 IR 149 and 58, SHIFT_JIS those
 * of ISO_IR 13. */
static const char *const charsets[] = {
    "ISO-8859-1", "ISO-8859-2", "ISO-8859-3",  "ISO-8859-4", "ISO-8859-5",
    "ISO-8859-6", "ISO-8859-7", "ISO-8859-8",  "ISO-8859-9", "ISO-8859-15",
    "TIS-620",    "SHIFT_JIS",  "ISO-2022-JP", "EUC-JP",     "EUC-KR",
    "GB18030",    "BIG5",
};
#define CHARSETS (sizeof charsets / sizeof *charsets)

struct dsc_forms {
    dsc_residual *r;
    iconv_t cd[CHARSETS]; /* opened when first needed */
    bool opened;
    locale_t locale;
};

dsc_status dsc_residual__forms_create(dsc_forms **out, dsc_residual *r,
                                      dsc_error *err)
{
    dsc_forms *f = dsc_alloc(sizeof *f);

    *out = f;
    if (!f)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    f->r = r;
    for (size_t i = 0; i < CHARSETS; i++)
        f->cd[i] = ICONV_NONE;
    return DSC_OK;
}

void dsc_residual__forms_free(dsc_forms **pf)
{
    dsc_forms *f = *pf;

    if (!f)
        return;
    for (size_t i = 0; i < CHARSETS; i++)
        if (f->cd[i] != ICONV_NONE)
            iconv_close(f->cd[i]);
    if (f->locale)
        freelocale(f->locale);
    dsc_free(f);
    *pf = NULL;
}

static dsc_status add(dsc_forms *f, dsc_sought_kind kind, unsigned places,
                      dsc_form form, const void *bytes, size_t len,
                      dsc_error *err)
{
    dsc_residual *r = f->r;
    dsc_sought *all, one = {(uint8_t)places, (uint8_t)form, (uint8_t)kind};
    uint32_t id;
    dsc_status st;

    if (!len || len > DSC_SEARCH_MAX_LENGTH)
        return DSC_OK;
    st = dsc_search_add(r->search, bytes, len, &id, err);
    if (st)
        return st;
    all = (dsc_sought *)(void *)r->sought.data;
    if (id * sizeof one < r->sought.len) { /* sought for two reasons */
        all[id].places |= one.places;
        return DSC_OK;
    }
    return dsc_buf_append(&r->sought, &one, sizeof one, err);
}

dsc_status dsc_residual__add_bytes(dsc_forms *f, dsc_sought_kind kind,
                                   unsigned places, const void *bytes,
                                   size_t len, dsc_error *err)
{
    return add(f, kind, places, DSC_FORM_BYTES, bytes, len, err);
}

/* ---- characters ---- */

/* UTF-8 that has been checked: dicom gives nothing else. */
static size_t decode(uint32_t *out, size_t max, const char *p, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n && count < max;) {
        uint8_t c = (uint8_t)p[i];
        size_t more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
        uint32_t v = more == 3   ? c & 0x07u
                     : more == 2 ? c & 0x0Fu
                     : more == 1 ? c & 0x1Fu
                                 : c;
        for (i++; more && i < n; more--, i++)
            v = v << 6 | ((uint8_t)p[i] & 0x3Fu);
        out[count++] = v;
    }
    return count;
}

static size_t encode_utf8(char *out, const uint32_t *c, size_t n)
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t v = c[i];
        if (v < 0x80) {
            out[len++] = (char)v;
        } else if (v < 0x800) {
            out[len++] = (char)(0xC0 | v >> 6);
            out[len++] = (char)(0x80 | (v & 0x3F));
        } else if (v < 0x10000) {
            out[len++] = (char)(0xE0 | v >> 12);
            out[len++] = (char)(0x80 | (v >> 6 & 0x3F));
            out[len++] = (char)(0x80 | (v & 0x3F));
        } else {
            out[len++] = (char)(0xF0 | (v >> 18 & 7));
            out[len++] = (char)(0x80 | (v >> 12 & 0x3F));
            out[len++] = (char)(0x80 | (v >> 6 & 0x3F));
            out[len++] = (char)(0x80 | (v & 0x3F));
        }
    }
    return len;
}

static size_t encode_utf16(uint8_t *out, const uint32_t *c, size_t n, bool big)
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t v = c[i], units[2], count = 1;
        units[0] = v;
        units[1] = 0;
        if (v >= 0x10000) {
            units[0] = 0xD800 + ((v - 0x10000) >> 10);
            units[1] = 0xDC00 + ((v - 0x10000) & 0x3FF);
            count = 2;
        }
        for (uint32_t k = 0; k < count; k++) {
            out[len++] = (uint8_t)(big ? units[k] >> 8 : units[k]);
            out[len++] = (uint8_t)(big ? units[k] : units[k] >> 8);
        }
    }
    return len;
}

/* Those of the characters in a set's own bytes; 0 where it lacks one. */
static size_t encode_other(dsc_forms *f, size_t set, char *utf8, size_t n,
                           char *out, size_t size)
{
    char *in = utf8, *to = out;
    size_t left = size;

    if (f->cd[set] == ICONV_NONE)
        return 0;
    iconv(f->cd[set], NULL, NULL, NULL, NULL);
    /* a positive result counts characters that were not exact */
    if (iconv(f->cd[set], &in, &n, &to, &left) != 0 ||
        iconv(f->cd[set], NULL, NULL, &to, &left) != 0)
        return 0;
    return size - left;
}

/* One spelling, in every encoding. */
static dsc_status add_spelling(dsc_forms *f, dsc_sought_kind kind,
                               unsigned places, const uint32_t *c, size_t n,
                               dsc_error *err)
{
    char utf8[TEXT_MAX * 4], other[TEXT_MAX * 8];
    uint8_t wide[TEXT_MAX * 4];
    size_t len = encode_utf8(utf8, c, n), k;
    bool ascii = len == n;
    dsc_status st = add(f, kind, places, DSC_FORM_BYTES, utf8, len, err);

    if (!st) {
        k = encode_utf16(wide, c, n, false);
        st = add(f, kind, places, DSC_FORM_UTF16LE, wide, k, err);
    }
    if (!st) {
        k = encode_utf16(wide, c, n, true);
        st = add(f, kind, places, DSC_FORM_UTF16BE, wide, k, err);
    }
    for (size_t i = 0; !st && !ascii && i < CHARSETS; i++) {
        k = encode_other(f, i, utf8, len, other, sizeof other);
        /* two bytes are one character, which means nothing */
        if (k > 2)
            st = add(f, kind, places, DSC_FORM_BYTES, other, k, err);
    }
    explicit_bzero(utf8, sizeof utf8);
    explicit_bzero(other, sizeof other);
    explicit_bzero(wide, sizeof wide);
    return st;
}

static void open_sets(dsc_forms *f)
{
    if (f->opened)
        return;
    f->opened = true;
    for (size_t i = 0; i < CHARSETS; i++)
        f->cd[i] = iconv_open(charsets[i], "UTF-8");
    f->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

dsc_status dsc_residual__add_text(dsc_forms *f, dsc_sought_kind kind,
                                  unsigned places, const char *utf8, size_t len,
                                  dsc_error *err)
{
    uint32_t c[TEXT_MAX], other[TEXT_MAX];
    size_t n = decode(c, TEXT_MAX, utf8, len);
    bool ascii = n == len;
    dsc_status st;

    if (len > TEXT_MAX || !n)
        return DSC_OK;
    if (!ascii)
        open_sets(f);
    st = add_spelling(f, kind, places, c, n, err);
    /* The search minds no case in ASCII only. */
    for (int upper = 0; !st && !ascii && f->locale && upper < 2; upper++) {
        for (size_t i = 0; i < n; i++)
            other[i] = upper ? (uint32_t)towupper_l((wint_t)c[i], f->locale)
                             : (uint32_t)towlower_l((wint_t)c[i], f->locale);
        st = add_spelling(f, kind, places, other, n, err);
    }
    explicit_bzero(c, sizeof c);
    explicit_bzero(other, sizeof other);
    return st;
}

/* ---- dates ---- */

static dsc_status add_written(dsc_forms *f, const char *text, dsc_error *err)
{
    return dsc_residual__add_text(f, DSC_SOUGHT_DATE,
                                  DSC_IN_TEXT | DSC_IN_BINARY, text,
                                  strlen(text), err);
}

/* Day, month and year in numbers, in each order. */
static dsc_status add_numbers(dsc_forms *f, int y, int m, int d, dsc_error *err)
{
    static const char *const separators[] = {"", "-", ".", "/", " "};
    int orders[3][3] = {{y, m, d}, {d, m, y}, {m, d, y}};
    dsc_status st = DSC_OK;

    for (int order = 0; order < 3; order++) {
        const int *v = orders[order];
        for (size_t i = 0; !st && i < 10; i++) {
            const char *s = separators[i / 2];
            int width = i % 2 ? 1 : 2; /* 1.2.2020 and 01.02.2020 */
            char text[48];
            if (!*s && width == 1)
                continue;
            snprintf(text, sizeof text, "%0*d%s%0*d%s%0*d", width, v[0], s,
                     width, v[1], s, width, v[2]);
            st = add_written(f, text, err);
        }
    }
    return st;
}

/* "7 Apr 1969", "07-APR-1969", "April 7, 1969". */
static dsc_status add_named_month(dsc_forms *f, int y, int m, int d,
                                  dsc_error *err)
{
    static const char *const months[] = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    static const char *const separators[] = {" ", "-", ". ", ""};
    const char *name = months[m - 1];
    dsc_status st = DSC_OK;
    char text[64];

    for (int length = 3; !st && length <= 9; length += 6) {
        for (size_t i = 0; !st && i < 4; i++) {
            const char *s = separators[i];
            const char *second = i == 2 ? " " : s;
            snprintf(text, sizeof text, "%d%s%.*s%s%d", d, s, length, name,
                     second, y);
            st = add_written(f, text, err);
            if (st || d > 9)
                continue;
            snprintf(text, sizeof text, "0%d%s%.*s%s%d", d, s, length, name,
                     second, y);
            st = add_written(f, text, err);
        }
        for (int comma = 0; !st && comma < 2; comma++) {
            snprintf(text, sizeof text, "%.*s %d%s %d", length, name, d,
                     comma ? "," : "", y);
            st = add_written(f, text, err);
        }
    }
    return st;
}

dsc_status dsc_residual__add_date(dsc_forms *f, const char *p, dsc_error *err)
{
    int v[3] = {0, 0, 0}; /* year, month, day */
    dsc_status st;

    for (int i = 0; i < 8; i++) {
        if (p[i] < '0' || p[i] > '9')
            return DSC_OK;
        v[i < 4 ? 0 : i < 6 ? 1 : 2] *= 10;
        v[i < 4 ? 0 : i < 6 ? 1 : 2] += p[i] - '0';
    }
    if (v[0] < 1000 || v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > 31)
        return DSC_OK;
    st = add_numbers(f, v[0], v[1], v[2], err);
    return st ? st : add_named_month(f, v[0], v[1], v[2], err);
}
