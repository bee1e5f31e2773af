/* SPDX-License-Identifier: Apache-2.0 */
#include "dicom/dicom_priv.h"

#include <stdio.h>
#include <string.h>

/* DCMTK gets everything but Pixel Data in one piece. */
#define MAX_HEADER ((uint64_t)1 << 30)

dsc_dicom_limits dsc_dicom_default_limits(void)
{
    return (dsc_dicom_limits){
        .max_depth = 64,
        .max_elements = 1000000,
        .max_frame_bytes = (uint64_t)1 << 30,
        .max_inflated = (uint64_t)1 << 32,
        .max_frames = 1000000,
    };
}

bool dsc_dicom__is_native(const char *uid)
{
    return !strcmp(uid, UID_IMPLICIT_LE) || !strcmp(uid, UID_EXPLICIT_LE) ||
           !strcmp(uid, UID_EXPLICIT_BE) || !strcmp(uid, UID_DEFLATED);
}

bool dsc_dicom__is_video(const char *uid)
{
    static const char prefix[] = "1.2.840.10008.1.2.4.10";
    size_t n = sizeof prefix - 1;

    /* .100 to .108: MPEG-2, MPEG-4, HEVC and their fragmentable forms */
    return !strncmp(uid, prefix, n) && uid[n] >= '0' && uid[n] <= '8' &&
           (uid[n + 1] == '\0' || uid[n + 1] == '.');
}

static const char *uid_of(dsc_encoding enc)
{
    if (enc.big_endian)
        return UID_EXPLICIT_BE;
    return enc.explicit_vr ? UID_EXPLICIT_LE : UID_IMPLICIT_LE;
}

/* How the dataset is encoded: as File Meta says, unless that says nothing or
 * the bytes of an uncompressed dataset plainly say otherwise. */
static dsc_status settle_encoding(dsc_dicom *ds, dsc_error *err)
{
    char *uid = ds->preface.transfer_syntax;
    uint64_t at = ds->preface.meta_end;
    dsc_encoding guess;

    ds->encoding = (dsc_encoding){
        .explicit_vr = strcmp(uid, UID_IMPLICIT_LE) != 0,
        .big_endian = !strcmp(uid, UID_EXPLICIT_BE),
    };
    if (uid[0] && (!dsc_dicom__is_native(uid) || !strcmp(uid, UID_DEFLATED)))
        return DSC_OK;
    if (dsc_dicom__guess(&ds->file, at, &guess)) {
        ds->encoding = guess;
        snprintf(uid, sizeof ds->preface.transfer_syntax, "%s", uid_of(guess));
    } else if (!uid[0]) {
        return dsc_fail(err, DSC_BADFILE,
                        "(0002,0010) Transfer Syntax UID is missing");
    }
    return DSC_OK;
}

static dsc_status settle_source(dsc_dicom *ds, dsc_error *err)
{
    uint64_t begin = ds->preface.meta_end;

    if (!strcmp(ds->preface.transfer_syntax, UID_DEFLATED)) {
        dsc_status st = dsc_dicom__inflate(&ds->source, &ds->file, begin,
                                           ds->limits.max_inflated, err);
        if (st)
            return st;
        ds->inflated = true;
        begin = 0;
    } else {
        ds->source = ds->file;
    }
    return dsc_dicom__scan(&ds->scan, &ds->source, begin, ds->encoding,
                           &ds->limits, err);
}

static dsc_status append_range(dsc_buf *buf, const dsc_source *src,
                               uint64_t begin, uint64_t end, dsc_error *err)
{
    size_t at = buf->len;
    dsc_status st;

    if (begin == end)
        return DSC_OK;
    st = dsc_buf_resize(buf, at + (size_t)(end - begin), err);
    return st ? st
              : dsc_dicom__source_read(src, begin, buf->data + at,
                                       (size_t)(end - begin), err);
}

/* In DCMTK's copy Pixel Data stands as an empty element. */
static dsc_status append_placeholder(dsc_buf *buf, const dsc_dicom *ds,
                                     dsc_error *err)
{
    static const uint8_t le[12] = {0xE0, 0x7F, 0x10, 0, 'O', 'W'};
    static const uint8_t be[12] = {0x7F, 0xE0, 0, 0x10, 'O', 'W'};
    static const uint8_t implicit[8] = {0xE0, 0x7F, 0x10, 0};

    if (!ds->encoding.explicit_vr)
        return dsc_buf_append(buf, implicit, sizeof implicit, err);
    return dsc_buf_append(buf, ds->encoding.big_endian ? be : le, sizeof le,
                          err);
}

static dsc_status parse(dsc_dicom *ds, dsc_error *err)
{
    const dsc_scan *scan = &ds->scan;
    const dsc_preface *pre = &ds->preface;
    uint64_t total = scan->end - scan->begin;
    dsc_buf meta = {0}, data = {0};
    dsc_status st;

    if (scan->has_pixels)
        total -= scan->pixel_end - scan->pixel_header;
    if (total > MAX_HEADER)
        return dsc_fail(err, DSC_LIMIT,
                        "the attributes beside Pixel Data are over %llu bytes",
                        (unsigned long long)MAX_HEADER);
    st = append_range(&meta, &ds->file, pre->meta_begin, pre->meta_end, err);
    if (!st)
        st = dsc_buf_reserve(&data, (size_t)total + 12, err);
    if (!st && !scan->has_pixels)
        st = append_range(&data, &ds->source, scan->begin, scan->end, err);
    if (!st && scan->has_pixels) {
        st = append_range(&data, &ds->source, scan->begin, scan->pixel_header,
                          err);
        if (!st)
            st = append_placeholder(&data, ds, err);
        if (!st)
            st = append_range(&data, &ds->source, scan->pixel_end, scan->end,
                              err);
    }
    if (!st)
        st = dsc_dicom__tree_parse(&ds->tree, pre->transfer_syntax,
                                   ds->encoding, meta.data, meta.len,
                                   pre->meta_implicit, data.data, data.len,
                                   scan->elements, &ds->limits, err);
    dsc_buf_free(&meta);
    dsc_buf_free(&data);
    return st;
}

static dsc_dicom_kind kind_of(const dsc_dicom *ds)
{
    static const char dicomdir[] = "1.2.840.10008.1.3.10";
    char uid[72];

    if (dsc_dicom_string(ds, DSC_TAG(2, 2), uid, sizeof uid) &&
        !strcmp(uid, dicomdir))
        return DSC_KIND_DICOMDIR;
    if (dsc_dicom_has(ds, DSC_TAG(4, 0x1220)))
        return DSC_KIND_DICOMDIR;
    return ds->scan.has_pixels ? DSC_KIND_IMAGE : DSC_KIND_OTHER;
}

/* Takes *file over, also when it fails. */
static dsc_status open_source(dsc_dicom **out, dsc_source *file,
                              const dsc_dicom_limits *limits, dsc_error *err)
{
    dsc_dicom *ds = dsc_alloc(sizeof *ds);
    dsc_status st;

    if (!ds) {
        dsc_dicom__source_close(file);
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    }
    ds->file = *file;
    ds->source.fd = -1;
    ds->limits = limits ? *limits : dsc_dicom_default_limits();
    st = dsc_dicom__preface(&ds->preface, &ds->file, err);
    if (!st)
        st = settle_encoding(ds, err);
    if (!st)
        st = settle_source(ds, err);
    if (!st)
        st = parse(ds, err);
    if (st)
        goto done;
    ds->kind = kind_of(ds);
    if (ds->kind == DSC_KIND_IMAGE)
        (void)!dsc_dicom_format(ds, &ds->format, &ds->frames,
                                &ds->format_error);
    *out = ds;
    ds = NULL;
done:
    dsc_dicom_free(&ds);
    return st;
}

dsc_status dsc_dicom_open(dsc_dicom **out, const char *path,
                          const dsc_dicom_limits *limits, dsc_error *err)
{
    dsc_source file;
    dsc_status st;

    *out = NULL;
    st = dsc_dicom__source_open(&file, path, err);
    if (st) {
        dsc_dicom__source_close(&file);
        return st;
    }
    return open_source(out, &file, limits, err);
}

dsc_status dsc_dicom_open_memory(dsc_dicom **out, const void *data, size_t len,
                                 const dsc_dicom_limits *limits, dsc_error *err)
{
    dsc_source file;

    *out = NULL;
    dsc_dicom__source_memory(&file, data, len);
    return open_source(out, &file, limits, err);
}

void dsc_dicom_free(dsc_dicom **pds)
{
    dsc_dicom *ds = *pds;

    if (!ds)
        return;
    dsc_dicom__tree_free(&ds->tree);
    dsc_dicom__scan_free(&ds->scan);
    if (ds->inflated)
        dsc_dicom__source_close(&ds->source);
    dsc_dicom__source_close(&ds->file);
    dsc_free(ds->frame_map);
    dsc_free(ds);
    *pds = NULL;
}

dsc_dicom_kind dsc_dicom_get_kind(const dsc_dicom *ds)
{
    return ds->kind;
}

const char *dsc_dicom_transfer_syntax(const dsc_dicom *ds)
{
    return ds->preface.transfer_syntax;
}
