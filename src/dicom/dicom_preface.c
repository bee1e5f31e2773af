/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands before the dataset, and what the dataset is encoded in when
 * nothing says so.
 */
#include "dicom/dicom_priv.h"

#include <string.h>

#define MAX_META ((uint64_t)1 << 24)

static size_t read_some(const dsc_source *src, uint64_t at, uint8_t *p,
                        size_t n)
{
    uint64_t left = at < src->size ? src->size - at : 0;

    if (left < n)
        n = (size_t)left;
    return dsc_dicom__source_read(src, at, p, n, NULL) ? 0 : n;
}

/* Do two elements in ascending order stand here? */
static bool two_elements(const dsc_source *src, uint64_t at, dsc_encoding enc)
{
    uint32_t last = 0;

    for (int i = 0; i < 2; i++) {
        dsc_header h;
        uint8_t p[12];
        size_t n = read_some(src, at, p, sizeof p);
        char vr[3] = "";

        if (i && at == src->size)
            return true; /* a dataset of a single element */
        if (!dsc_dicom__header(&h, p, n, enc) || h.tag <= last)
            return false;
        if (h.tag >> 16 < 4 || h.tag >> 16 > 0x40)
            return false;
        dsc_dicom__dictionary_vr(h.tag, NULL, vr);
        if (!enc.explicit_vr && !vr[0] && (h.tag & 0xFFFFu))
            return false;
        if (h.length == UNDEFINED)
            return i == 1;
        if (h.length > src->size - at - h.size)
            return i == 1; /* the scanner will tell that it is cut off */
        last = h.tag;
        at += h.size + (uint64_t)h.length;
    }
    return true;
}

bool dsc_dicom__guess(const dsc_source *src, uint64_t offset, dsc_encoding *enc)
{
    static const dsc_encoding tries[] = {
        {true, false}, {true, true}, {false, false}};

    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        if (two_elements(src, offset, tries[i])) {
            *enc = tries[i];
            return true;
        }
    }
    return false;
}

static dsc_status take_uid(dsc_preface *out, const dsc_source *src, uint64_t at,
                           uint32_t length, dsc_error *err)
{
    char *uid = out->transfer_syntax;
    size_t n = length;
    dsc_status st;

    if (n >= sizeof out->transfer_syntax)
        return dsc_fail(err, DSC_BADFILE, "(0002,0010) is too long");
    st = dsc_dicom__source_read(src, at, uid, n, err);
    while (!st && n && (uid[n - 1] == '\0' || uid[n - 1] == ' '))
        n--;
    uid[st ? 0 : n] = '\0';
    if (strspn(uid, "0123456789.") != n && !st)
        st = dsc_fail(err, DSC_BADFILE, "(0002,0010) is no UID");
    return st;
}

static dsc_status read_meta(dsc_preface *out, const dsc_source *src,
                            dsc_error *err)
{
    uint64_t at = out->meta_begin;
    uint32_t last = 0;

    for (;;) {
        dsc_encoding enc = {!out->meta_implicit, false};
        dsc_header h;
        uint8_t p[12];
        size_t n = read_some(src, at, p, sizeof p);
        bool ok;
        dsc_status st;

        out->meta_end = at;
        if (n < 8 || dsc_dicom__u16(p) != 2)
            return DSC_OK;
        ok = dsc_dicom__header(&h, p, n, enc);
        if (!ok && at == out->meta_begin && n >= 8) {
            out->meta_implicit = true;
            ok = dsc_dicom__header(&h, p, n, (dsc_encoding){false, false});
        }
        if (!ok)
            return dsc_fail(err, DSC_BADFILE,
                            "the File Meta Information is broken after "
                            "(%04X,%04X)",
                            last >> 16, last & 0xFFFFu);
        if (h.length > src->size - at - h.size || !strcmp(h.vr, "SQ"))
            return dsc_fail(err, DSC_BADFILE, "(%04X,%04X) has a wrong length",
                            h.tag >> 16, h.tag & 0xFFFFu);
        if (h.tag <= last)
            return dsc_fail(err, DSC_BADFILE,
                            "(%04X,%04X) is out of order or appears twice",
                            h.tag >> 16, h.tag & 0xFFFFu);
        if (h.tag == DSC_TAG(2, 0x10)) {
            st = take_uid(out, src, at + h.size, h.length, err);
            if (st)
                return st;
        }
        last = h.tag;
        at += h.size + (uint64_t)h.length;
        if (at - out->meta_begin > MAX_META)
            return dsc_fail(err, DSC_LIMIT,
                            "the File Meta Information is over %llu bytes",
                            (unsigned long long)MAX_META);
    }
}

dsc_status dsc_dicom__preface(dsc_preface *out, const dsc_source *src,
                              dsc_error *err)
{
    uint8_t p[132];
    size_t n = read_some(src, 0, p, sizeof p);
    dsc_encoding enc;

    memset(out, 0, sizeof *out);
    if (src->size == 0)
        return dsc_fail(err, DSC_NOTDICOM, "the file is empty");
    if (n == sizeof p && !memcmp(p + 128, "DICM", 4)) {
        dsc_status st;
        out->part10 = true;
        out->meta_begin = 132;
        st = read_meta(out, src, err);
        /* the four letters may stand in a bare dataset by chance */
        if (st || out->meta_end > out->meta_begin ||
            !dsc_dicom__guess(src, 0, &enc))
            return st;
        memset(out, 0, sizeof *out);
        return DSC_OK;
    }
    /* File Meta without a preamble, or a dataset and nothing else */
    if (n >= 8 && !memcmp(p, "\2\0", 2) && p[3] == 0 &&
        dsc_dicom__known_vr((const char *)p + 4)) {
        out->part10 = true;
        return read_meta(out, src, err);
    }
    if (n < 8 || (memcmp(p, "\10\0", 2) && memcmp(p, "\0\10", 2)) ||
        !dsc_dicom__guess(src, 0, &enc))
        return dsc_fail(err, DSC_NOTDICOM, "not a DICOM file");
    return DSC_OK;
}
