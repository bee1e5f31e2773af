/* SPDX-License-Identifier: Apache-2.0
 *
 * Text with code extensions (ISO 2022, PS3.5 6.1.2.5) to UTF-8. DCMTK does
 * this only as far as its iconv knows the bare national sets, which that of
 * the C library does not; so runs of one set are put into the EUC form that it
 * does know.
 */
#include "dicom/dicom_priv.h"

#include <iconv.h>
#include <string.h>

typedef enum g0_set {
    G0_ASCII,
    G0_JIS0208,
    G0_JIS0212
} g0_set;

typedef struct designation {
    g0_set g0;
    const char *g1; /* iconv's name of the set of the high bytes, or NULL */
    bool katakana;  /* ... which is JIS X 0201 katakana, in EUC-JP */
} designation;

static const struct {
    const char *term; /* ends the Defined Term */
    const char *escape;
    g0_set g0;
    const char *g1;
    bool katakana;
} sets[] = {
    {"100", "-A", G0_ASCII, "ISO-8859-1", false},
    {"101", "-B", G0_ASCII, "ISO-8859-2", false},
    {"109", "-C", G0_ASCII, "ISO-8859-3", false},
    {"110", "-D", G0_ASCII, "ISO-8859-4", false},
    {"144", "-L", G0_ASCII, "ISO-8859-5", false},
    {"127", "-G", G0_ASCII, "ISO-8859-6", false},
    {"126", "-F", G0_ASCII, "ISO-8859-7", false},
    {"138", "-H", G0_ASCII, "ISO-8859-8", false},
    {"148", "-M", G0_ASCII, "ISO-8859-9", false},
    {"203", "-b", G0_ASCII, "ISO-8859-15", false},
    {"166", "-T", G0_ASCII, "TIS-620", false},
    {"13", ")I", G0_ASCII, "EUC-JP", true},
    {"58", "$)A", G0_ASCII, "GB2312", false},
    {"149", "$)C", G0_ASCII, "EUC-KR", false},
};

/* These change the low half. */
static const struct {
    const char *escape;
    g0_set g0;
} low_sets[] = {
    {"(B", G0_ASCII},   {"(J", G0_ASCII}, /* JIS X 0201 romaji: \ and ~ aside
                                             the same */
    {"$B", G0_JIS0208}, {"$@", G0_JIS0208}, {"$(D", G0_JIS0212},
};

static bool starts(const char *p, size_t n, const char *escape, size_t *used)
{
    size_t len = strlen(escape);

    if (n < len || memcmp(p, escape, len))
        return false;
    *used = len;
    return true;
}

/* What follows ESC; 0 where it is unknown. */
static size_t designate(designation *d, const char *p, size_t n)
{
    size_t used = 0;

    for (size_t i = 0; i < sizeof low_sets / sizeof *low_sets; i++) {
        if (starts(p, n, low_sets[i].escape, &used)) {
            d->g0 = low_sets[i].g0;
            return used;
        }
    }
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        if (starts(p, n, sets[i].escape, &used)) {
            d->g1 = sets[i].g1;
            d->katakana = sets[i].katakana;
            return used;
        }
    }
    return 0;
}

/* The sets that hold at the start: those of the first value. */
static designation initial(const char *charset)
{
    designation d = {G0_ASCII, NULL, false};
    size_t n = strcspn(charset, "\\");

    while (n && charset[n - 1] == ' ')
        n--;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        size_t len = strlen(sets[i].term);
        if (n > len && charset[n - len - 1] == ' ' &&
            !memcmp(charset + n - len, sets[i].term, len) &&
            sets[i].escape[0] != '$') {
            d.g1 = sets[i].g1;
            d.katakana = sets[i].katakana;
        }
    }
    return d;
}

static bool convert(const char *from, char *in, size_t n, dsc_buf *out)
{
    char room[64];
    bool ok = false;
    iconv_t cd = iconv_open("UTF-8", from);

    if (cd == (iconv_t)-1)
        return false;
    for (;;) {
        char *to = room;
        size_t left = sizeof room, before = n;
        size_t r = iconv(cd, &in, &n, &to, &left);
        if (dsc_buf_append(out, room, sizeof room - left, NULL))
            break;
        ok = r != (size_t)-1;
        if (ok || n == before)
            break;
    }
    iconv_close(cd);
    return ok;
}

/* One character from p[0..n) to EUC form in `euc`; 0 where it is broken. *set
 * is NULL for ASCII. */
static size_t to_euc(const designation *d, const char *p, size_t n, char *euc,
                     size_t *len, const char **set)
{
    unsigned char a = (unsigned char)p[0];
    size_t prefix = 0;

    if (a >= 0x80) {
        bool wide =
            d->g1 && (!strcmp(d->g1, "EUC-KR") || !strcmp(d->g1, "GB2312"));
        if (!d->g1 || (wide && n < 2))
            return 0;
        if (d->katakana)
            euc[prefix++] = (char)0x8E;
        memcpy(euc + prefix, p, wide ? 2 : 1);
        *len = prefix + (wide ? 2 : 1);
        *set = d->g1;
        return wide ? 2 : 1;
    }
    if (d->g0 == G0_ASCII || a <= 0x20) {
        euc[0] = p[0];
        *len = 1;
        *set = NULL;
        return 1;
    }
    if (n < 2 || (unsigned char)p[1] <= 0x20 || (unsigned char)p[1] >= 0x7F)
        return 0;
    if (d->g0 == G0_JIS0212)
        euc[prefix++] = (char)0x8F;
    euc[prefix] = (char)(p[0] | 0x80);
    euc[prefix + 1] = (char)(p[1] | 0x80);
    *len = prefix + 2;
    *set = "EUC-JP";
    return 2;
}

bool dsc_dicom__iso2022(const char *charset, const char *p, size_t n,
                        dsc_buf *utf8)
{
    const designation start = initial(charset);
    designation d = start;

    while (n) {
        char euc[4];
        const char *set = NULL;
        size_t used, len = 0;
        if (*p == 0x1B) {
            used = designate(&d, p + 1, n - 1);
            if (!used)
                return false;
            used++;
        } else {
            /* delimiters put the sets back; inside a two-byte set the same
             * bytes are halves of characters */
            if (d.g0 == G0_ASCII && strchr("\\^=\r\n\f\t", *p))
                d = start;
            used = to_euc(&d, p, n, euc, &len, &set);
            if (!used)
                return false;
            if (set ? !convert(set, euc, len, utf8)
                    : dsc_buf_append(utf8, euc, len, NULL) != DSC_OK)
                return false;
        }
        p += used;
        n -= used;
    }
    return true;
}
