/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames straight from the source: where each one lies, and its bytes.
 */
#include "dicom/dicom_priv.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "native samples are handed out in little endian order");

static dsc_status pixel_fail(dsc_error *err, const char *what)
{
    return dsc_fail(err, DSC_BADFILE, "(7FE0,0010) Pixel Data %s", what);
}

/* ---- which fragments make a frame ---- */

/* Fill the map from sorted fragment offsets: offset(i) is where frame i
 * starts, counted from the first item after the table. */
typedef uint64_t (*offset_fn)(const uint8_t *table, uint32_t frame);

static uint64_t offset32(const uint8_t *table, uint32_t frame)
{
    return dsc_dicom__u32(table + (size_t)frame * 4);
}

static uint64_t offset64(const uint8_t *table, uint32_t frame)
{
    const uint8_t *p = table + (size_t)frame * 8;
    return dsc_dicom__u32(p) | (uint64_t)dsc_dicom__u32(p + 4) << 32;
}

static bool map_by_offsets(dsc_dicom *ds, const uint8_t *table,
                           offset_fn offset)
{
    const dsc_scan *scan = &ds->scan;
    uint64_t base = scan->table.offset + scan->table.length;
    size_t at = 0;

    for (uint32_t i = 0; i < ds->frames; i++) {
        uint64_t want = base + offset(table, i) + 8;
        while (at < scan->fragment_count && scan->fragments[at].offset < want)
            at++;
        if (at == scan->fragment_count || scan->fragments[at].offset != want ||
            (i == 0 && at != 0) || (i && ds->frame_map[i - 1] >= at))
            return false;
        ds->frame_map[i] = (uint32_t)at;
    }
    return true;
}

static dsc_status map_by_basic_table(dsc_dicom *ds, bool *done, dsc_error *err)
{
    dsc_fragment t = ds->scan.table;
    dsc_buf table = {0};
    dsc_status st;

    if (t.length != (uint64_t)ds->frames * 4)
        return DSC_OK;
    st = dsc_buf_resize(&table, t.length, err);
    if (!st)
        st = dsc_dicom__source_read(&ds->source, t.offset, table.data, t.length,
                                    err);
    if (!st)
        *done = map_by_offsets(ds, table.data, offset32);
    dsc_buf_free(&table);
    return st;
}

static dsc_status map_by_extended_table(dsc_dicom *ds, bool *done,
                                        dsc_error *err)
{
    dsc_buf table = {0};
    bool present;
    dsc_status st =
        dsc_dicom__tree_raw(ds->tree, TAG_EOT, &table, &present, err);

    if (!st && present && table.len == (uint64_t)ds->frames * 8)
        *done = map_by_offsets(ds, table.data, offset64);
    dsc_buf_free(&table);
    return st;
}

/* Without a table: a fragment that starts with the mark of a JPEG or JPEG 2000
 * stream starts a frame. */
static dsc_status map_by_marks(dsc_dicom *ds, bool *done, dsc_error *err)
{
    const dsc_scan *scan = &ds->scan;
    uint32_t n = 0;

    for (size_t i = 0; i < scan->fragment_count; i++) {
        uint8_t p[3] = {0};
        dsc_status st;
        if (scan->fragments[i].length < 3)
            continue;
        st = dsc_dicom__source_read(&ds->source, scan->fragments[i].offset, p,
                                    3, err);
        if (st)
            return st;
        if (p[0] != 0xFF ||
            !((p[1] == 0xD8 && p[2] == 0xFF) || (p[1] == 0x4F && p[2] == 0xFF)))
            continue;
        if (n == ds->frames || (n == 0 && i != 0))
            return DSC_OK;
        ds->frame_map[n++] = (uint32_t)i;
    }
    *done = n == ds->frames;
    return DSC_OK;
}

static dsc_status map(dsc_dicom *ds, dsc_error *err)
{
    const dsc_scan *scan = &ds->scan;
    bool done = false;
    dsc_status st = DSC_OK;

    if (scan->fragment_count < ds->frames)
        return dsc_fail(err, DSC_BADFILE,
                        "(7FE0,0010) Pixel Data has %zu fragments for %u "
                        "frames",
                        scan->fragment_count, ds->frames);
    if (ds->frames == 1)
        done = true;
    if (!done && scan->table.length)
        st = map_by_basic_table(ds, &done, err);
    if (!st && !done && dsc_dicom_has(ds, TAG_EOT))
        st = map_by_extended_table(ds, &done, err);
    /* As many fragments as frames: there is one way only, whatever a broken
     * table says. */
    if (!st && !done && scan->fragment_count == ds->frames) {
        for (uint32_t i = 0; i < ds->frames; i++)
            ds->frame_map[i] = i;
        done = true;
    }
    if (!st && !done && !scan->table.length && !dsc_dicom_has(ds, TAG_EOT))
        st = map_by_marks(ds, &done, err);
    if (!st && !done)
        st = pixel_fail(err, "has fragments that cannot be told apart into "
                             "frames");
    if (!st)
        ds->frame_map[ds->frames] = (uint32_t)scan->fragment_count;
    return st;
}

static uint64_t frame_length(const dsc_dicom *ds, uint32_t frame)
{
    uint64_t n = 0;

    for (uint32_t i = ds->frame_map[frame]; i < ds->frame_map[frame + 1]; i++)
        n += ds->scan.fragments[i].length;
    return n;
}

dsc_status dsc_dicom__map_frames(dsc_dicom *ds, dsc_error *err)
{
    dsc_status st;

    if (ds->frame_map)
        return DSC_OK;
    if (dsc_dicom__is_video(ds->preface.transfer_syntax))
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "video (MPEG, HEVC) is not supported");
    /* before the map is allocated: it is no larger than the fragment list */
    if (ds->scan.fragment_count < ds->frames)
        return map(ds, err);
    ds->frame_map = dsc_calloc((size_t)ds->frames + 1, sizeof *ds->frame_map);
    if (!ds->frame_map)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    st = map(ds, err);
    for (uint32_t i = 0; !st && i < ds->frames; i++) {
        uint64_t n = frame_length(ds, i);
        if (n == 0)
            st = dsc_fail(err, DSC_BADFILE, "frame %u is empty", i);
        else if (n > ds->limits.max_frame_bytes)
            st = dsc_fail(err, DSC_LIMIT, "frame %u is over %llu bytes", i,
                          (unsigned long long)ds->limits.max_frame_bytes);
    }
    if (st) {
        dsc_free(ds->frame_map);
        ds->frame_map = NULL;
    }
    return st;
}

/* ---- checks ---- */

static dsc_status check_native(const dsc_dicom *ds, dsc_error *err)
{
    const dsc_scan *scan = &ds->scan;
    uint64_t frame_bits, bits, bytes;

    if (strcmp(scan->pixel_vr, "OB") && strcmp(scan->pixel_vr, "OW") &&
        (ds->encoding.explicit_vr || scan->pixel_vr[0]))
        return pixel_fail(err, "has a VR that is neither OB nor OW");
    if (!dsc_dicom__frame_bits(&ds->format, &frame_bits) ||
        __builtin_mul_overflow(frame_bits, ds->frames, &bits))
        return pixel_fail(err, "cannot be as long as declared");
    bytes = bits / 8 + (bits % 8 ? 1 : 0);
    if (scan->pixel_length < bytes)
        return dsc_fail(err, DSC_BADFILE,
                        "(7FE0,0010) Pixel Data has %llu bytes, %llu are "
                        "declared",
                        (unsigned long long)scan->pixel_length,
                        (unsigned long long)bytes);
    if (scan->pixel_length > bytes + (bytes & 1u))
        return dsc_fail(err, DSC_BADFILE,
                        "(7FE0,0010) Pixel Data has %llu bytes, only %llu are "
                        "declared",
                        (unsigned long long)scan->pixel_length,
                        (unsigned long long)bytes);
    return DSC_OK;
}

dsc_status dsc_dicom_check_frames(dsc_dicom *ds, dsc_error *err)
{
    bool native = dsc_dicom__is_native(ds->preface.transfer_syntax);

    if (ds->kind != DSC_KIND_IMAGE)
        return dsc_fail(err, DSC_BADFILE, "(7FE0,0010) Pixel Data is missing");
    if (ds->format_error.status)
        return dsc_fail(err, ds->format_error.status, "%s",
                        ds->format_error.msg);
    if (native == ds->scan.encapsulated)
        return pixel_fail(err, "does not fit the transfer syntax");
    return native ? check_native(ds, err) : dsc_dicom__map_frames(ds, err);
}

/* ---- bytes ---- */

/* Big endian: how many bytes swap as one word. */
static size_t swap_width(const dsc_dicom *ds)
{
    if (!ds->encoding.big_endian)
        return 1;
    if (ds->format.bits_allocated > 8)
        return ds->format.bits_allocated / 8u;
    return strcmp(ds->scan.pixel_vr, "OW") ? 1 : 2;
}

static void swap(uint8_t *p, size_t n, size_t width)
{
    for (size_t i = 0; width > 1 && i + width <= n; i += width) {
        for (size_t a = 0, b = width - 1; a < b; a++, b--) {
            uint8_t t = p[i + a];
            p[i + a] = p[i + b];
            p[i + b] = t;
        }
    }
}

/* Value bytes [begin, end) in little endian order. */
static dsc_status read_range(const dsc_dicom *ds, uint64_t begin, uint64_t end,
                             dsc_buf *buf, dsc_error *err)
{
    size_t width = swap_width(ds);
    uint64_t from = begin - begin % width;
    uint64_t to = end + (width - end % width) % width;
    size_t skip = (size_t)(begin - from), n = (size_t)(end - begin);
    dsc_status st;

    if (to > ds->scan.pixel_length)
        to = ds->scan.pixel_length;
    st = dsc_buf_resize(buf, (size_t)(to - from), err);
    if (!st)
        st = dsc_dicom__source_read(&ds->source, ds->scan.pixel_value + from,
                                    buf->data, (size_t)(to - from), err);
    if (st)
        return st;
    swap(buf->data, buf->len, width);
    if (skip)
        memmove(buf->data, buf->data + skip, n);
    buf->len = n;
    return DSC_OK;
}

static dsc_status native_frame(const dsc_dicom *ds, uint32_t frame,
                               dsc_buf *buf, dsc_error *err)
{
    uint64_t bits = 0, first, last;
    unsigned shift;
    size_t n;
    dsc_status st = check_native(ds, err);

    if (st)
        return st;
    dsc_dicom__frame_bits(&ds->format, &bits);
    first = bits * frame;
    last = first + bits;
    st = read_range(ds, first / 8, last / 8 + (last % 8 ? 1 : 0), buf, err);
    if (st)
        return st;
    /* one-bit frames follow each other without padding */
    shift = (unsigned)(first % 8);
    n = (size_t)(bits / 8 + (bits % 8 ? 1 : 0));
    for (size_t i = 0; shift && i < n; i++) {
        unsigned next = i + 1 < buf->len ? buf->data[i + 1] : 0;
        buf->data[i] = (uint8_t)(buf->data[i] >> shift | next << (8 - shift));
    }
    if (bits % 8)
        buf->data[n - 1] &= (uint8_t)((1u << bits % 8) - 1u);
    buf->len = n;
    return DSC_OK;
}

static dsc_status encapsulated_frame(dsc_dicom *ds, uint32_t frame,
                                     dsc_buf *buf, dsc_error *err)
{
    size_t at = 0;
    dsc_status st = dsc_dicom__map_frames(ds, err);

    if (!st)
        st = dsc_buf_resize(buf, (size_t)frame_length(ds, frame), err);
    if (st)
        return st;
    for (uint32_t i = ds->frame_map[frame]; !st && i < ds->frame_map[frame + 1];
         i++) {
        dsc_fragment f = ds->scan.fragments[i];
        st = dsc_dicom__source_read(&ds->source, f.offset, buf->data + at,
                                    f.length, err);
        at += f.length;
    }
    return st;
}

dsc_status dsc_dicom_frame(dsc_dicom *ds, uint32_t frame, dsc_buf *buf,
                           dsc_error *err)
{
    dsc_status st;

    buf->len = 0;
    if (ds->kind != DSC_KIND_IMAGE)
        return dsc_fail(err, DSC_BADFILE, "(7FE0,0010) Pixel Data is missing");
    if (ds->format_error.status)
        return dsc_fail(err, ds->format_error.status, "%s",
                        ds->format_error.msg);
    if (frame >= ds->frames)
        return dsc_fail(err, DSC_BADFILE, "frame %u of %u was asked for", frame,
                        ds->frames);
    if (dsc_dicom__is_native(ds->preface.transfer_syntax) ==
        ds->scan.encapsulated)
        st = pixel_fail(err, "does not fit the transfer syntax");
    else if (ds->scan.encapsulated)
        st = encapsulated_frame(ds, frame, buf, err);
    else
        st = native_frame(ds, frame, buf, err);
    if (st)
        buf->len = 0;
    return st;
}

/* ---- comparison ---- */

dsc_status dsc_dicom_same_pixel_data(dsc_dicom *a, dsc_dicom *b, bool *same,
                                     dsc_error *err)
{
    enum {
        CHUNK = 65536
    };
    const dsc_scan *sa = &a->scan, *sb = &b->scan;
    uint8_t *pa = dsc_alloc(CHUNK), *pb = dsc_alloc(CHUNK);
    dsc_status st = DSC_OK;

    *same = false;
    if (!pa || !pb) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    if (!sa->has_pixels || !sb->has_pixels ||
        sa->encapsulated != sb->encapsulated ||
        sa->pixel_length != sb->pixel_length)
        goto done;
    for (uint64_t at = 0; at < sa->pixel_length; at += CHUNK) {
        uint64_t left = sa->pixel_length - at;
        size_t n = left < CHUNK ? (size_t)left : CHUNK;
        st = dsc_dicom__source_read(&a->source, sa->pixel_value + at, pa, n,
                                    err);
        if (!st)
            st = dsc_dicom__source_read(&b->source, sb->pixel_value + at, pb, n,
                                        err);
        if (st || memcmp(pa, pb, n))
            goto done;
    }
    *same = true;
done:
    dsc_wipe_free(pa, pa ? CHUNK : 0);
    dsc_wipe_free(pb, pb ? CHUNK : 0);
    return st;
}
