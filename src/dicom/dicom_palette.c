/* SPDX-License-Identifier: Apache-2.0
 *
 * Palette Color Lookup Tables (PS3.3 C.7.6.3.1.5, segmented: C.7.9.2).
 */
#include "dicom/dicom_priv.h"

#include <string.h>

#define MAX_ENTRIES 65536u

typedef struct lut {
    uint32_t count;
    int32_t first;
    uint32_t bits; /* 8 or 16 */
    dsc_buf data;  /* as stored */
    uint16_t *values;
} lut;

static dsc_status lut_fail(dsc_error *err, int channel, uint16_t element,
                           const char *what)
{
    return dsc_fail(err, DSC_BADFILE, "(0028,%04X) Palette %s",
                    element + (unsigned)channel, what);
}

static dsc_status descriptor(const dsc_dicom *ds, int channel, lut *l,
                             dsc_error *err)
{
    uint32_t tag = DSC_TAG(0x28, 0x1101u + (unsigned)channel);
    double count, first, bits, sign = 0;

    if (!dsc_dicom_number(ds, tag, 0, &count) ||
        !dsc_dicom_number(ds, tag, 1, &first) ||
        !dsc_dicom_number(ds, tag, 2, &bits))
        return lut_fail(err, channel, 0x1101, "descriptor is missing or short");
    /* 0 stands for 65536; as SS a count above 32767 looks negative */
    l->count = (uint32_t)(int32_t)count & 0xFFFFu;
    if (l->count == 0)
        l->count = MAX_ENTRIES;
    l->first = (int32_t)first;
    dsc_dicom_number(ds, DSC_TAG(0x28, 0x103), 0, &sign);
    if (sign > 0 && l->first > 32767)
        l->first -= 65536;
    else if (!(sign > 0) && l->first < 0)
        l->first += 65536;
    l->bits = (uint32_t)bits;
    if (bits < 8 || bits > 16)
        return lut_fail(err, channel, 0x1101, "descriptor has wrong bits");
    l->bits = bits > 8 ? 16 : 8;
    return DSC_OK;
}

/* Entry words, or bytes for 8-bit data packed two to a word. */
static dsc_status plain(lut *l, int channel, dsc_error *err)
{
    size_t n = l->data.len;
    bool bytes = l->bits == 8 && n < (size_t)l->count * 2;

    if (bytes ? n < l->count : n < (size_t)l->count * 2)
        return lut_fail(err, channel, 0x1201, "data is too short");
    if (n > (size_t)l->count * (bytes ? 1u : 2u) + 1u)
        return lut_fail(err, channel, 0x1201, "data is too long");
    for (uint32_t i = 0; i < l->count; i++)
        l->values[i] = bytes ? l->data.data[i]
                             : dsc_dicom__u16(l->data.data + (size_t)i * 2);
    return DSC_OK;
}

/* ---- segmented ---- */

typedef struct segments {
    const lut *l;
    size_t words; /* how many values the data holds */
    bool bytes;
    uint32_t made;
    uint16_t *out;
} segments;

static uint32_t word(const segments *s, size_t i)
{
    return s->bytes ? s->l->data.data[i]
                    : dsc_dicom__u16(s->l->data.data + i * 2);
}

static bool discrete(segments *s, size_t at, uint32_t n)
{
    if (n > s->words - at || n > s->l->count - s->made)
        return false;
    for (uint32_t i = 0; i < n; i++)
        s->out[s->made++] = (uint16_t)word(s, at + i);
    return true;
}

static bool linear(segments *s, size_t at, uint32_t n)
{
    int64_t from, to;

    if (s->made == 0 || at >= s->words || n > s->l->count - s->made)
        return false;
    from = s->out[s->made - 1];
    to = word(s, at);
    for (uint32_t i = 1; i <= n; i++)
        s->out[s->made++] = (uint16_t)(from + (to - from) * (int64_t)i / n);
    return true;
}

/* One segment at *at; `nested` forbids a reference to a reference. */
static bool segment(segments *s, size_t *at, bool nested)
{
    uint32_t op, n;
    size_t target, offset_words = s->bytes ? 4 : 2;

    if (s->words - *at < 2)
        return false;
    op = word(s, *at);
    n = word(s, *at + 1);
    *at += 2;
    if (op == 0) {
        if (!discrete(s, *at, n))
            return false;
        *at += n;
        return true;
    }
    if (op == 1) {
        if (!linear(s, *at, n))
            return false;
        *at += 1;
        return true;
    }
    if (op != 2 || nested || s->words - *at < offset_words)
        return false;
    target = s->bytes ? dsc_dicom__u32(s->l->data.data + *at)
                      : word(s, *at) | (size_t)word(s, *at + 1) << 16;
    /* the offset counts bytes from the start of the data */
    if (!s->bytes)
        target /= 2;
    *at += offset_words;
    if (target >= *at)
        return false;
    for (; n; n--) {
        if (!segment(s, &target, true))
            return false;
    }
    return true;
}

static dsc_status segmented(lut *l, int channel, dsc_error *err)
{
    segments s = {.l = l, .out = l->values};
    size_t at = 0;

    s.bytes = l->bits == 8;
    s.words = s.bytes ? l->data.len : l->data.len / 2;
    while (s.made < l->count) {
        if (!segment(&s, &at, false))
            return lut_fail(err, channel, 0x1221,
                            "segmented data is broken or too short");
    }
    return DSC_OK;
}

static dsc_status load(const dsc_dicom *ds, int channel, lut *l, dsc_error *err)
{
    bool present = false;
    dsc_status st = descriptor(ds, channel, l, err);

    if (!st)
        st = dsc_dicom__tree_raw(ds->tree,
                                 DSC_TAG(0x28, 0x1201u + (unsigned)channel),
                                 &l->data, &present, err);
    if (st)
        return st;
    l->values = dsc_calloc(l->count, sizeof *l->values);
    if (!l->values)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    if (present && l->data.len)
        return plain(l, channel, err);
    st = dsc_dicom__tree_raw(ds->tree,
                             DSC_TAG(0x28, 0x1221u + (unsigned)channel),
                             &l->data, &present, err);
    if (st)
        return st;
    return present ? segmented(l, channel, err)
                   : lut_fail(err, channel, 0x1201, "data is missing");
}

/* Some writers say 16 bits and fill 8: all values small means that. */
static unsigned shift_for(const lut *l)
{
    uint32_t most = 0;

    for (int c = 0; c < 3; c++) {
        if (l[c].bits == 8)
            return 0;
        for (uint32_t i = 0; i < l[c].count; i++)
            most = l[c].values[i] > most ? l[c].values[i] : most;
    }
    return most > 255 ? 8 : 0;
}

dsc_status dsc_dicom_palette(const dsc_dicom *ds, uint8_t **rgb,
                             uint32_t *count, int32_t *first, dsc_error *err)
{
    lut l[3] = {0};
    uint8_t *out = NULL;
    unsigned shift;
    dsc_status st = DSC_OK;

    *rgb = NULL;
    for (int c = 0; c < 3 && !st; c++)
        st = load(ds, c, &l[c], err);
    if (st)
        goto done;
    for (int c = 1; c < 3; c++) {
        if (l[c].count != l[0].count || l[c].first != l[0].first ||
            l[c].bits != l[0].bits) {
            st = lut_fail(err, c, 0x1101, "descriptors differ");
            goto done;
        }
    }
    out = dsc_calloc(l[0].count, 3);
    if (!out) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    shift = shift_for(l);
    for (uint32_t i = 0; i < l[0].count; i++) {
        for (size_t c = 0; c < 3; c++)
            out[(size_t)i * 3 + c] = (uint8_t)(l[c].values[i] >> shift);
    }
    *rgb = out;
    *count = l[0].count;
    *first = l[0].first;
done:
    for (int c = 0; c < 3; c++) {
        dsc_buf_free(&l[c].data);
        dsc_free(l[c].values);
    }
    return st;
}
