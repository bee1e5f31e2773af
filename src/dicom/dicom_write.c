/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing: File Meta and Pixel Data are ours, all other attributes come from
 * the DCMTK side. One frame at a time is in memory.
 */
#include "dicom/dicom_priv.h"

#include <string.h>
#include <zlib.h>

#define CHUNK      ((size_t)64 * 1024)
#define MAX_LENGTH 0xFFFFFFFEu

typedef struct writer {
    dsc_dicom *ds;
    dsc_outfile *out;
    const dsc_write_options *options;
    const char *syntax; /* of the output */
    dsc_encoding enc;
    dsc_format format; /* of the output */
    bool pixels;       /* there is Pixel Data to write */
    z_stream *deflate; /* NULL: write through */
    uint8_t *chunk;
    /* where offset tables wait to be filled; 0: there is none */
    uint64_t basic_at, extended_at, lengths_at;
    dsc_buf basic, extended, lengths;
} writer;

/* ---- sink ---- */

static dsc_status deflate_some(writer *w, const void *data, size_t n, int flush,
                               dsc_error *err)
{
    z_stream *z = w->deflate;
    const uint8_t *p = data;
    int rc = Z_OK;

    do {
        size_t part = n < ((size_t)1 << 30) ? n : (size_t)1 << 30;
        z->next_in = (Bytef *)(uintptr_t)p;
        z->avail_in = (uInt)part;
        do {
            dsc_status st;
            z->next_out = w->chunk;
            z->avail_out = (uInt)CHUNK;
            rc = deflate(z, part == n ? flush : Z_NO_FLUSH);
            if (rc == Z_STREAM_ERROR)
                return dsc_fail(err, DSC_INTERNAL, "cannot deflate");
            st = dsc_outfile_write(w->out, w->chunk, CHUNK - z->avail_out, err);
            if (st)
                return st;
        } while (z->avail_out == 0);
        n -= part;
        if (n)
            p += part;
    } while (n);
    return DSC_OK;
}

static dsc_status put(void *ctx, const void *data, size_t n, dsc_error *err)
{
    writer *w = ctx;

    if (!w->deflate)
        return dsc_outfile_write(w->out, data, n, err);
    return n ? deflate_some(w, data, n, Z_NO_FLUSH, err) : DSC_OK;
}

/* ---- headers ---- */

static size_t le16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    return 2;
}

static size_t le32(uint8_t *p, uint32_t v)
{
    le16(p, v);
    le16(p + 2, v >> 16);
    return 4;
}

static size_t word16(const writer *w, uint8_t *p, uint32_t v)
{
    if (!w->enc.big_endian)
        return le16(p, v);
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
    return 2;
}

static size_t word32(const writer *w, uint8_t *p, uint32_t v)
{
    if (!w->enc.big_endian)
        return le32(p, v);
    word16(w, p, v >> 16);
    word16(w, p + 2, v & 0xFFFFu);
    return 4;
}

/* An element header with a 32-bit length; vr NULL: an item or delimiter. */
static dsc_status put_header(writer *w, uint32_t tag, const char *vr,
                             uint32_t length, dsc_error *err)
{
    uint8_t p[12];
    size_t n = word16(w, p, tag >> 16);

    n += word16(w, p + n, tag & 0xFFFFu);
    if (w->enc.explicit_vr && vr) {
        memcpy(p + n, vr, 2);
        n += 2;
        n += word16(w, p + n, 0);
    }
    n += word32(w, p + n, length);
    return put(w, p, n, err);
}

/* ---- file meta ---- */

static dsc_status meta_element(dsc_buf *meta, uint16_t element, const char *vr,
                               const void *value, size_t n, dsc_error *err)
{
    uint8_t p[12];
    size_t len = le16(p, 2), padded = n + (n & 1u);
    dsc_status st;

    len += le16(p + len, element);
    memcpy(p + len, vr, 2);
    len += 2;
    if (dsc_dicom__long_form(vr)) {
        len += le16(p + len, 0);
        len += le32(p + len, (uint32_t)padded);
    } else {
        len += le16(p + len, (uint32_t)padded);
    }
    st = dsc_buf_append(meta, p, len, err);
    if (!st)
        st = dsc_buf_append(meta, value, n, err);
    if (!st && padded > n)
        st = dsc_buf_append(meta, strcmp(vr, "SH") ? "" : " ", 1, err);
    return st;
}

static dsc_status meta_uid(const writer *w, dsc_buf *meta, uint16_t element,
                           uint32_t from, dsc_error *err)
{
    char uid[80];

    if (!dsc_dicom_string(w->ds, from, uid, sizeof uid) || strlen(uid) > 64)
        return dsc_fail(err, DSC_BADFILE, "(%04X,%04X) is missing or no UID",
                        from >> 16, from & 0xFFFFu);
    return meta_element(meta, element, "UI", uid, strlen(uid), err);
}

static dsc_status put_meta(writer *w, dsc_error *err)
{
    const dsc_write_options *o = w->options;
    uint8_t head[132] = {0}, length[4];
    dsc_buf meta = {0}, group = {0};
    dsc_status st;

    memcpy(head + 128, "DICM", 4);
    st = meta_element(&meta, 1, "OB", "\0\1", 2, err);
    if (!st)
        st = meta_uid(w, &meta, 2, DSC_TAG(8, 0x16), err);
    if (!st)
        st = meta_uid(w, &meta, 3, DSC_TAG(8, 0x18), err);
    if (!st)
        st = meta_element(&meta, 0x10, "UI", w->syntax, strlen(w->syntax), err);
    if (!st)
        st = meta_element(&meta, 0x12, "UI", o->implementation_class_uid,
                          strlen(o->implementation_class_uid), err);
    if (!st)
        st = meta_element(&meta, 0x13, "SH", o->implementation_version_name,
                          strlen(o->implementation_version_name), err);
    if (!st) {
        le32(length, (uint32_t)meta.len);
        st = meta_element(&group, 0, "UL", length, sizeof length, err);
    }
    if (!st)
        st = dsc_outfile_write(w->out, head, sizeof head, err);
    if (!st)
        st = dsc_outfile_write(w->out, group.data, group.len, err);
    if (!st)
        st = dsc_outfile_write(w->out, meta.data, meta.len, err);
    dsc_buf_free(&meta);
    dsc_buf_free(&group);
    return st;
}

/* ---- pixel data as it was ---- */

static dsc_status copy_range(writer *w, uint64_t from, uint64_t length,
                             dsc_error *err)
{
    uint8_t *buf = dsc_alloc(CHUNK);
    dsc_status st = DSC_OK;

    if (!buf)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    while (!st && length) {
        size_t n = length < CHUNK ? (size_t)length : CHUNK;
        st = dsc_dicom__source_read(&w->ds->source, from, buf, n, err);
        if (!st)
            st = put(w, buf, n, err);
        from += n;
        length -= n;
    }
    dsc_wipe_free(buf, CHUNK);
    return st;
}

/* ---- native ---- */

static const char *native_vr(const writer *w)
{
    const char *vr = w->ds->scan.pixel_vr;

    if (w->format.bits_allocated > 8)
        return "OW";
    if (w->ds->scan.encapsulated)
        return "OB";
    return strcmp(vr, "OB") ? "OW" : "OB";
}

/* The inverse of what reading does: `n` bytes from an even place. */
static void to_file_order(const writer *w, uint8_t *p, size_t n)
{
    size_t width = w->format.bits_allocated > 8
                       ? w->format.bits_allocated / 8u
                       : (strcmp(native_vr(w), "OW") ? 1 : 2);

    if (!w->enc.big_endian)
        return;
    for (size_t i = 0; width > 1 && i + width <= n; i += width) {
        for (size_t a = 0, b = width - 1; a < b; a++, b--) {
            uint8_t t = p[i + a];
            p[i + a] = p[i + b];
            p[i + b] = t;
        }
    }
}

/* Appends frames to a bit stream; what does not fill a whole word waits. */
typedef struct bit_queue {
    dsc_buf bytes;
    unsigned used; /* bits in the last byte; 0: it is full */
} bit_queue;

static dsc_status enqueue(bit_queue *q, const dsc_buf *frame, uint64_t bits,
                          dsc_error *err)
{
    size_t n = (size_t)(bits / 8 + (bits % 8 ? 1 : 0)), at = q->bytes.len;
    dsc_status st;

    if (frame->len != n)
        return dsc_fail(err, DSC_INTERNAL,
                        "a frame of %zu bytes came, %zu are declared",
                        frame->len, n);
    if (q->used == 0) {
        st = dsc_buf_append(&q->bytes, frame->data, n, err);
    } else {
        st = dsc_buf_resize(&q->bytes, at + n, err);
        for (size_t i = 0; !st && i < n; i++) {
            q->bytes.data[at + i - 1] |= (uint8_t)(frame->data[i] << q->used);
            q->bytes.data[at + i] = (uint8_t)(frame->data[i] >> (8 - q->used));
        }
    }
    if (st)
        return st;
    bits += q->used ? q->used : 0;
    q->bytes.len = (q->used ? at - 1 : at) + (size_t)((bits + 7) / 8);
    q->used = (unsigned)(bits % 8);
    return DSC_OK;
}

/* Write the whole 8-byte groups of the queue; all of it when `last`. */
static dsc_status drain(writer *w, bit_queue *q, bool last, dsc_error *err)
{
    size_t ready = q->bytes.len, rest;
    dsc_status st = DSC_OK;

    if (last && (ready & 1u)) {
        st = dsc_buf_append(&q->bytes, "", 1, err);
        ready++;
    }
    if (!last) {
        if (q->used)
            ready--;
        ready -= ready % 8;
    }
    if (st || !ready)
        return st;
    to_file_order(w, q->bytes.data, ready);
    st = put(w, q->bytes.data, ready, err);
    rest = q->bytes.len - ready;
    memmove(q->bytes.data, q->bytes.data + ready, rest);
    q->bytes.len = rest;
    return st;
}

/* One frame from the caller, or the source's when it says keep. */
static dsc_status next_frame(writer *w, uint32_t frame, dsc_buf *buf,
                             bool *keep, dsc_error *err)
{
    dsc_status st;

    *keep = w->options->frame == NULL;
    buf->len = 0;
    if (*keep)
        return DSC_OK;
    st = w->options->frame(w->options->ctx, frame, keep, buf, err);
    if (st)
        dsc_error_context(err, "frame %u", frame);
    return st;
}

static dsc_status native_pixels(writer *w, dsc_error *err)
{
    dsc_dicom *ds = w->ds;
    bit_queue q = {0};
    dsc_buf buf = {0};
    uint64_t bits = 0, total = 0;
    dsc_status st = DSC_OK;

    if (!dsc_dicom__frame_bits(&w->format, &bits) ||
        __builtin_mul_overflow(bits, ds->frames, &total) ||
        total / 8 >= MAX_LENGTH - 2)
        return dsc_fail(err, DSC_LIMIT,
                        "(7FE0,0010) uncompressed Pixel Data would be over "
                        "4 GiB");
    total = (total + 7) / 8;
    st = put_header(w, TAG_PIXELS, native_vr(w),
                    (uint32_t)(total + (total & 1u)), err);
    q.bytes.limit = buf.limit = SIZE_MAX;
    for (uint32_t i = 0; !st && i < ds->frames; i++) {
        bool keep;
        st = next_frame(w, i, &buf, &keep, err);
        if (!st && keep && ds->scan.encapsulated)
            st = dsc_fail(err, DSC_INTERNAL,
                          "frame %u: an encoded frame cannot be kept", i);
        if (!st && keep)
            st = dsc_dicom_frame(ds, i, &buf, err);
        if (!st)
            st = enqueue(&q, &buf, bits, err);
        if (!st)
            st = drain(w, &q, i + 1 == ds->frames, err);
    }
    dsc_buf_free(&q.bytes);
    dsc_buf_free(&buf);
    return st;
}

/* ---- encapsulated ---- */

static dsc_status put_fragment(writer *w, uint64_t length, dsc_error *err)
{
    if (length > MAX_LENGTH)
        return dsc_fail(err, DSC_LIMIT, "a fragment would be over 4 GiB");
    return put_header(w, TAG_ITEM, NULL, (uint32_t)(length + (length & 1u)),
                      err);
}

static dsc_status keep_fragments(writer *w, uint32_t frame, uint64_t *bytes,
                                 dsc_error *err)
{
    dsc_dicom *ds = w->ds;
    dsc_status st = DSC_OK;

    *bytes = 0;
    for (uint32_t i = ds->frame_map[frame]; !st && i < ds->frame_map[frame + 1];
         i++) {
        dsc_fragment f = ds->scan.fragments[i];
        st = put_fragment(w, f.length, err);
        if (!st)
            st = copy_range(w, f.offset, f.length, err);
        if (!st && (f.length & 1u))
            st = put(w, "", 1, err);
        *bytes += f.length;
    }
    return st;
}

static dsc_status note_offset(writer *w, uint64_t offset, uint64_t length,
                              dsc_error *err)
{
    uint8_t p[8];
    dsc_status st = DSC_OK;

    if (w->basic_at) {
        if (offset > UINT32_MAX)
            return dsc_fail(err, DSC_LIMIT,
                            "(7FE0,0010) a Basic Offset Table cannot reach "
                            "beyond 4 GiB");
        le32(p, (uint32_t)offset);
        st = dsc_buf_append(&w->basic, p, 4, err);
    }
    if (!st && w->extended_at) {
        le32(p, (uint32_t)offset);
        le32(p + 4, (uint32_t)(offset >> 32));
        st = dsc_buf_append(&w->extended, p, 8, err);
        le32(p, (uint32_t)length);
        le32(p + 4, (uint32_t)(length >> 32));
        if (!st)
            st = dsc_buf_append(&w->lengths, p, 8, err);
    }
    return st;
}

/* Room for a table that is filled in later. */
static dsc_status reserve_table(writer *w, uint64_t length, uint64_t *at,
                                dsc_error *err)
{
    static const uint8_t zeros[4096];
    dsc_status st = DSC_OK;

    *at = dsc_outfile_tell(w->out);
    while (!st && length) {
        size_t n = length < sizeof zeros ? (size_t)length : sizeof zeros;
        st = put(w, zeros, n, err);
        length -= n;
    }
    return st;
}

static dsc_status put_extended_tables(writer *w, dsc_error *err)
{
    uint32_t length = w->ds->frames * 8u;
    dsc_status st = put_header(w, TAG_EOT, "OV", length, err);

    if (!st)
        st = reserve_table(w, length, &w->extended_at, err);
    if (!st)
        st = put_header(w, TAG_EOT_LENGTH, "OV", length, err);
    if (!st)
        st = reserve_table(w, length, &w->lengths_at, err);
    return st;
}

static dsc_status fill_tables(writer *w, dsc_error *err)
{
    dsc_status st = DSC_OK;

    if (w->basic_at)
        st = dsc_outfile_patch(w->out, w->basic_at, w->basic.data, w->basic.len,
                               err);
    if (!st && w->extended_at) {
        st = dsc_outfile_patch(w->out, w->extended_at, w->extended.data,
                               w->extended.len, err);
        if (!st)
            st = dsc_outfile_patch(w->out, w->lengths_at, w->lengths.data,
                                   w->lengths.len, err);
    }
    return st;
}

static dsc_status put_frame(writer *w, uint32_t frame, uint64_t first,
                            dsc_buf *buf, bool same, dsc_error *err)
{
    uint64_t start = dsc_outfile_tell(w->out), bytes = 0;
    bool keep;
    dsc_status st = next_frame(w, frame, buf, &keep, err);

    if (st)
        return st;
    if (keep) {
        if (!same)
            return dsc_fail(err, DSC_INTERNAL,
                            "frame %u: a frame of another transfer syntax "
                            "cannot be kept",
                            frame);
        st = keep_fragments(w, frame, &bytes, err);
    } else {
        bytes = buf->len;
        if (bytes == 0)
            return dsc_fail(err, DSC_INTERNAL, "frame %u came out empty",
                            frame);
        st = put_fragment(w, bytes, err);
        if (!st)
            st = put(w, buf->data, buf->len, err);
        if (!st && (bytes & 1u))
            st = put(w, "", 1, err);
    }
    /* Extended Offset Table Lengths count the padding in (PS3.3 C.7.6.3.1.8) */
    return st ? st : note_offset(w, start - first, bytes + (bytes & 1u), err);
}

static dsc_status encapsulated_pixels(writer *w, bool same, dsc_error *err)
{
    dsc_dicom *ds = w->ds;
    bool table = ds->scan.encapsulated && ds->scan.table.length;
    uint32_t length = table ? ds->frames * 4u : 0;
    dsc_buf buf = {.limit = SIZE_MAX};
    uint64_t first;
    dsc_status st = DSC_OK;

    if (same)
        st = dsc_dicom__map_frames(ds, err);
    if (!st)
        st = put_header(w, TAG_PIXELS, "OB", UNDEFINED, err);
    if (!st)
        st = put_header(w, TAG_ITEM, NULL, length, err);
    if (!st && length)
        st = reserve_table(w, length, &w->basic_at, err);
    first = dsc_outfile_tell(w->out);
    for (uint32_t i = 0; !st && i < ds->frames; i++)
        st = put_frame(w, i, first, &buf, same, err);
    if (!st)
        st = put_header(w, TAG_SEQ_END, NULL, 0, err);
    if (!st)
        st = fill_tables(w, err);
    dsc_buf_free(&buf);
    return st;
}

/* ---- all of it ---- */

/* Is Pixel Data to be copied with all its offset tables? */
static bool verbatim(const writer *w)
{
    return !w->options->frame &&
           !strcmp(w->syntax, w->ds->preface.transfer_syntax);
}

static dsc_status put_pixels(writer *w, dsc_error *err)
{
    dsc_dicom *ds = w->ds;
    bool same = !strcmp(w->syntax, ds->preface.transfer_syntax);

    if (verbatim(w))
        return copy_range(w, ds->scan.pixel_header,
                          ds->scan.pixel_end - ds->scan.pixel_header, err);
    return dsc_dicom__is_native(w->syntax) ? native_pixels(w, err)
                                           : encapsulated_pixels(w, same, err);
}

static dsc_status check_options(writer *w, dsc_error *err)
{
    const dsc_write_options *o = w->options;
    dsc_dicom *ds = w->ds;
    uint32_t frames;
    dsc_status st;

    if (!o->implementation_class_uid || !o->implementation_version_name ||
        strlen(o->implementation_class_uid) > 64 ||
        strlen(o->implementation_version_name) > 16 || strlen(w->syntax) > 64)
        return dsc_fail(err, DSC_INTERNAL, "wrong write options");
    if (dsc_dicom__is_video(w->syntax) && o->frame)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "video (MPEG, HEVC) is not supported");
    if (verbatim(w) || !w->pixels)
        return DSC_OK;
    if (!o->frame &&
        (ds->scan.encapsulated || !dsc_dicom__is_native(w->syntax)))
        return dsc_fail(err, DSC_INTERNAL,
                        "a change of transfer syntax needs encoded frames");
    st = dsc_dicom_check_frames(ds, err);
    if (!st)
        st = dsc_dicom__read_format(ds, dsc_dicom__is_native(w->syntax),
                                    &w->format, &frames, err);
    if (!st && frames != ds->frames)
        st = dsc_fail(err, DSC_INTERNAL,
                      "(0028,0008) Number of Frames was changed");
    return st;
}

static dsc_status put_dataset(writer *w, dsc_error *err)
{
    dsc_dicom *ds = w->ds;
    uint32_t after_tables = TAG_EOT_LENGTH + 1;
    dsc_status st =
        dsc_dicom__tree_emit(ds->tree, 0, TAG_EOT, w->syntax, put, w, err);

    if (!st && (!w->pixels || verbatim(w)))
        st = dsc_dicom__tree_emit(ds->tree, TAG_EOT, after_tables, w->syntax,
                                  put, w, err);
    else if (!st && dsc_dicom_has(ds, TAG_EOT) &&
             !dsc_dicom__is_native(w->syntax))
        st = put_extended_tables(w, err);
    if (!st)
        st = dsc_dicom__tree_emit(ds->tree, after_tables, TAG_PIXELS, w->syntax,
                                  put, w, err);
    if (!st && w->pixels)
        st = put_pixels(w, err);
    if (!st)
        st = dsc_dicom__tree_emit(ds->tree, TAG_PIXELS + 1, UINT32_MAX,
                                  w->syntax, put, w, err);
    if (!st && w->deflate)
        st = deflate_some(w, NULL, 0, Z_FINISH, err);
    /* a deflated dataset is padded to even length */
    if (!st && w->deflate && (dsc_outfile_tell(w->out) & 1u))
        st = dsc_outfile_write(w->out, "", 1, err);
    return st;
}

dsc_status dsc_dicom_write(dsc_dicom *ds, dsc_outfile *out,
                           const dsc_write_options *options, dsc_error *err)
{
    writer w = {.ds = ds, .out = out, .options = options};
    z_stream z = {0};
    bool started = false;
    dsc_status st;

    w.syntax = options->transfer_syntax ? options->transfer_syntax
                                        : ds->preface.transfer_syntax;
    w.enc.explicit_vr = strcmp(w.syntax, UID_IMPLICIT_LE) != 0;
    w.enc.big_endian = !strcmp(w.syntax, UID_EXPLICIT_BE);
    w.pixels = ds->scan.has_pixels && dsc_dicom_has(ds, TAG_PIXELS);
    w.chunk = dsc_alloc(CHUNK);
    if (!w.chunk) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    st = check_options(&w, err);
    if (!st)
        st = put_meta(&w, err);
    if (st)
        goto done;
    if (!strcmp(w.syntax, UID_DEFLATED)) {
        if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                         Z_DEFAULT_STRATEGY) != Z_OK) {
            st = dsc_fail(err, DSC_NOMEM, "out of memory");
            goto done;
        }
        started = true;
        w.deflate = &z;
    }
    st = put_dataset(&w, err);
done:
    if (started)
        deflateEnd(&z);
    dsc_wipe_free(w.chunk, w.chunk ? CHUNK : 0);
    dsc_buf_free(&w.basic);
    dsc_buf_free(&w.extended);
    dsc_buf_free(&w.lengths);
    return st;
}
