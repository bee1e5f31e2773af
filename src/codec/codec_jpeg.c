/* SPDX-License-Identifier: Apache-2.0
 *
 * JPEG Baseline (.50) and Extended (.51) of 8 bits by libjpeg-turbo. Twelve-bit
 * streams go to the lossless JPEG side. Nothing is ever encoded lossily: a
 * changed frame comes from dsc_codec__jpeg_edit. */
#include "codec/codec_jpeg_priv.h"
#include "codec/codec_priv.h"

#define STRING_(x) #x
#define STRING(x)  STRING_(x)

const char *dsc_codec__jpeg_version(void)
{
    return STRING(LIBJPEG_TURBO_VERSION);
}

/* A stream that cannot be walked is not "12 bits"; the 8-bit reader then says
 * what is wrong with it. */
static bool is_12_bit(dsc_bytes in)
{
    dsc_jpeg_marks marks;

    return !dsc_codec__jpeg_marks(&marks, in, false, NULL) &&
           marks.precision == 12 && marks.sof <= 0xC2;
}

typedef struct decode_job {
    dsc_jpeg_reader *reader;
    dsc_frame *out;
} decode_job;

static void decode_rows(void *arg)
{
    decode_job *job = arg;
    struct jpeg_decompress_struct *d = &job->reader->d;
    size_t stride = (size_t)d->image_width * (size_t)d->num_components;

    d->out_color_space = d->num_components == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_start_decompress(d);
    while (d->output_scanline < d->output_height) {
        JSAMPROW row = job->out->data + stride * d->output_scanline;
        jpeg_read_scanlines(d, &row, 1);
    }
    jpeg_finish_decompress(d);
}

static dsc_status jpeg_decode(dsc_frame *out, dsc_bytes in,
                              const dsc_format *fmt, dsc_error *err)
{
    dsc_jpeg_reader reader = {0};
    decode_job job = {&reader, out};
    dsc_format format = *fmt;
    dsc_status st;

    if (is_12_bit(in))
        return dsc_codec__jpeg12_decode(out, in, fmt, err);
    format.layout = DSC_INTERLEAVED;
    if (format.samples == 3)
        format.photometric = DSC_RGB;
    if ((st = dsc_codec__jpeg_open(&reader, in, fmt, err)) ||
        (st = dsc_frame_alloc(out, &format, err)))
        goto done;
    st = dsc_codec__jpeg_guard(&reader.error, decode_rows, &job, err);
done:
    if (st)
        dsc_frame_free(out);
    dsc_codec__jpeg_close(&reader);
    return st;
}

static dsc_status jpeg_encode(dsc_buf *out, const dsc_frame *frame,
                              const char *uid, dsc_bytes like,
                              const dsc_format *fmt, dsc_error *err)
{
    (void)frame;
    (void)uid;
    (void)like;
    (void)fmt;
    out->len = 0;
    return dsc_fail(err, DSC_UNSUPPORTED, "lossy JPEG is never encoded anew");
}

/* A 12-bit stream is decoded and written anew, so that any pixel will do. */
static dsc_status jpeg_cell(uint32_t *w, uint32_t *h, dsc_bytes in,
                            const dsc_format *fmt, dsc_error *err)
{
    dsc_jpeg_reader reader = {0};
    dsc_jpeg_cell cell;
    dsc_status st;

    if (is_12_bit(in)) {
        *w = *h = 1;
        return DSC_OK;
    }
    st = dsc_codec__jpeg_open(&reader, in, fmt, err);
    if (!st) {
        dsc_codec__jpeg_cell(&cell, &reader.d);
        *w = cell.w;
        *h = cell.h;
    }
    dsc_codec__jpeg_close(&reader);
    return st;
}

static const char *jpeg_rewrite_uid(const char *uid, dsc_bytes first_frame)
{
    return is_12_bit(first_frame) ? "1.2.840.10008.1.2.4.70" : uid;
}

const dsc_codec dsc_codec_jpeg = {
    .name = "jpeg",
    .encapsulated = true,
    .decode = jpeg_decode,
    .encode = jpeg_encode,
    .edit = dsc_codec__jpeg_edit,
    .cell = jpeg_cell,
    .same_outside = dsc_codec__jpeg_same_outside,
    .is_blank = dsc_codec__jpeg_is_blank,
    .rewrite_uid = jpeg_rewrite_uid,
    .asides = dsc_codec__jpeg_asides,
};
