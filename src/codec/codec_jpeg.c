/* SPDX-License-Identifier: Apache-2.0
 *
 * JPEG Baseline (.50) and Extended (.51) of 8 bits by libjpeg-turbo. Twelve-bit
 * streams go to the lossless JPEG side. Nothing is ever encoded lossily: a
 * changed frame comes from dsc_codec__jpeg_edit. */
#include "codec/codec_jpeg_priv.h"
#include "codec/codec_priv.h"

#include <string.h>

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

/* ---- what edit changes as a whole ---- */

/* The smallest rectangle of pixels that is made of whole blocks in every
 * component: the MCU, but for streams whose sampling factors have a common
 * divisor (one component, say). In each direction it holds `blocks[c]` blocks
 * of component c. */
typedef struct cell_shape {
    uint32_t w, h;
    uint32_t blocks_x[MAX_COMPONENTS], blocks_y[MAX_COMPONENTS];
} cell_shape;

static uint32_t gcd(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

static cell_shape shape_of(const struct jpeg_decompress_struct *d)
{
    uint32_t gx = 0, gy = 0;
    cell_shape cell;

    for (int c = 0; c < d->num_components; c++) {
        gx = gcd(gx, (uint32_t)d->comp_info[c].h_samp_factor);
        gy = gcd(gy, (uint32_t)d->comp_info[c].v_samp_factor);
    }
    cell.w = DCTSIZE * (uint32_t)d->max_h_samp_factor / gx;
    cell.h = DCTSIZE * (uint32_t)d->max_v_samp_factor / gy;
    for (int c = 0; c < d->num_components; c++) {
        cell.blocks_x[c] = (uint32_t)d->comp_info[c].h_samp_factor / gx;
        cell.blocks_y[c] = (uint32_t)d->comp_info[c].v_samp_factor / gy;
    }
    return cell;
}

/* A 12-bit stream is decoded and written anew, so that any pixel will do. */
static dsc_status jpeg_cell(uint32_t *w, uint32_t *h, dsc_bytes in,
                            const dsc_format *fmt, dsc_error *err)
{
    dsc_jpeg_reader reader = {0};
    dsc_status st;

    if (is_12_bit(in)) {
        *w = *h = 1;
        return DSC_OK;
    }
    st = dsc_codec__jpeg_open(&reader, in, fmt, err);
    if (!st) {
        cell_shape cell = shape_of(&reader.d);
        *w = cell.w;
        *h = cell.h;
    }
    dsc_codec__jpeg_close(&reader);
    return st;
}

typedef struct parts_job {
    dsc_jpeg_reader *reader;
    dsc_cells *cells;
} parts_job;

static bool is_zero(const JCOEF *block)
{
    for (int i = 0; i < DCTSIZE2; i++) {
        if (block[i])
            return false;
    }
    return true;
}

/* Chroma that is not all zero may be of the text in one part as well as of what
 * stands in the others. Where it is all zero it is blank already. */
static void find_colour(void *arg)
{
    parts_job *job = arg;
    struct jpeg_decompress_struct *d = &job->reader->d;
    size_t across = dsc_cells_across(job->cells);
    cell_shape cell = shape_of(d);

    for (int c = 1; c < d->num_components; c++) {
        const jpeg_component_info *comp = &d->comp_info[c];
        for (JDIMENSION y = 0; y < comp->height_in_blocks; y++) {
            uint8_t *whole = job->cells->whole + y / cell.blocks_y[c] * across;
            const JBLOCK *row = dsc_jpeg_block_row(job->reader, c, y);
            for (JDIMENSION x = 0; x < comp->width_in_blocks; x++)
                whole[x / cell.blocks_x[c]] |= !is_zero(row[x]);
        }
    }
}

/* The cell is what the caller knows, luma in full resolution, a block of it
 * less than a cell, and colour none at zero. */
static bool has_parts(const struct jpeg_decompress_struct *d,
                      const dsc_cells *cells)
{
    cell_shape cell = shape_of(d);

    return d->num_components == 3 && d->jpeg_color_space == JCS_YCbCr &&
           cell.w == cells->w && cell.h == cells->h &&
           cell.w * cell.h > DCTSIZE2 &&
           d->comp_info[0].h_samp_factor == d->max_h_samp_factor &&
           d->comp_info[0].v_samp_factor == d->max_v_samp_factor;
}

static dsc_status jpeg_parts(dsc_cells *cells, dsc_bytes in,
                             const dsc_format *fmt, dsc_error *err)
{
    dsc_jpeg_reader reader = {0};
    parts_job job = {&reader, cells};
    dsc_status st = dsc_codec__jpeg_open(&reader, in, fmt, err);

    cells->part_w = cells->part_h = DCTSIZE;
    if (!st && !has_parts(&reader.d, cells)) {
        memset(cells->whole, 1,
               dsc_cells_across(cells) * dsc_cells_down(cells));
        goto done;
    }
    if (!st)
        st = dsc_codec__jpeg_read_coefs(&reader, err);
    if (!st)
        st = dsc_codec__jpeg_guard(&reader.error, find_colour, &job, err);
done:
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
    .clear = dsc_codec__jpeg_clear,
    .encode = jpeg_encode,
    .edit = dsc_codec__jpeg_edit,
    .cell = jpeg_cell,
    .parts = jpeg_parts,
    .same_outside = dsc_codec__jpeg_same_outside,
    .differences = dsc_codec__jpeg_differences,
    .is_blank = dsc_codec__jpeg_is_blank,
    .rewrite_uid = jpeg_rewrite_uid,
    .asides = dsc_codec__jpeg_asides,
};
