/* SPDX-License-Identifier: Apache-2.0
 *
 * libjpeg held on a short lead: every error and every warning about corrupt
 * data ends the work at once. */
#include "codec/codec_jpeg_priv.h"
#include "codec/codec_priv.h"

#include <string.h>

#include <jerror.h>

static dsc_status status_of(int code)
{
    switch (code) {
    case JERR_OUT_OF_MEMORY:
        return DSC_NOMEM;
    case JERR_NO_BACKING_STORE: /* over max_memory_to_use */
        return DSC_LIMIT;
    case JERR_ARITH_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_SOF_UNSUPPORTED:
        return DSC_UNSUPPORTED;
    default:
        return DSC_BADFILE;
    }
}

static void bail_out(j_common_ptr cinfo)
{
    dsc_jpeg_error *e = (dsc_jpeg_error *)cinfo->err;

    e->code = cinfo->err->msg_code;
    /* a caller's own status (a full buffer) goes before libjpeg's */
    if (!e->status)
        e->status = status_of(e->code);
    cinfo->err->format_message(cinfo, e->msg);
    longjmp(e->jump, 1);
}

/* Level -1 is a warning: libjpeg would go on and invent the missing samples.
 * The one that says nothing about the image is a JFIF version from the
 * future. */
static void on_message(j_common_ptr cinfo, int level)
{
    if (level < 0 && cinfo->err->msg_code != JWRN_JFIF_MAJOR)
        bail_out(cinfo);
}

static void say_nothing(j_common_ptr cinfo)
{
    (void)cinfo;
}

struct jpeg_error_mgr *dsc_codec__jpeg_error_init(dsc_jpeg_error *e)
{
    jpeg_std_error(&e->mgr);
    e->mgr.error_exit = bail_out;
    e->mgr.emit_message = on_message;
    e->mgr.output_message = say_nothing;
    e->status = DSC_OK;
    e->code = 0;
    return &e->mgr;
}

dsc_status dsc_codec__jpeg_guard(dsc_jpeg_error *e, void (*fn)(void *arg),
                                 void *arg, dsc_error *err)
{
    if (setjmp(e->jump))
        return dsc_fail(err, e->status, "JPEG stream: %s", e->msg);
    fn(arg);
    return DSC_OK;
}

static dsc_status check_process(const dsc_jpeg_marks *m, dsc_error *err)
{
    if (m->sof == 0xC3)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "lossless JPEG stream under a lossy transfer syntax");
    if (m->sof >= 0xC9)
        return dsc_fail(err, DSC_UNSUPPORTED, "arithmetic-coded JPEG stream");
    if (m->sof > 0xC2)
        return dsc_fail(err, DSC_UNSUPPORTED, "hierarchical JPEG stream");
    if (m->precision != 8)
        return dsc_fail(err, DSC_UNSUPPORTED, "JPEG stream of %u bits",
                        m->precision);
    if (m->scans > DSC_JPEG_MAX_SCANS)
        return dsc_fail(err, DSC_LIMIT, "JPEG stream of %u scans", m->scans);
    return DSC_OK;
}

/* Behind the end of image there may be padding and nothing else: a second
 * image there would be a frame that nobody looks at. */
static dsc_status check_end(const dsc_jpeg_marks *m, dsc_bytes in,
                            dsc_error *err)
{
    if (in.len - m->length == 1) /* whatever it is, it made the length even */
        return DSC_OK;
    for (size_t i = m->length; i < in.len; i++) {
        uint8_t b = in.data[i];
        if (b != 0x00 && b != 0xFF && b != 0x20)
            return dsc_fail(err, DSC_BADFILE,
                            "JPEG stream: %zu bytes behind its end",
                            in.len - m->length);
    }
    return DSC_OK;
}

static dsc_status check_match(const dsc_jpeg_marks *m, const dsc_format *fmt,
                              dsc_error *err)
{
    if (m->columns != fmt->columns || m->rows != fmt->rows)
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG stream of %u x %u where the dataset says %u x %u",
                        m->columns, m->rows, fmt->columns, fmt->rows);
    if (m->components != fmt->samples)
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG stream of %u components where the dataset says "
                        "%u samples per pixel",
                        m->components, fmt->samples);
    if (fmt->bits_allocated != 8)
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG stream of 8 bits where the dataset allocates %u",
                        fmt->bits_allocated);
    return DSC_OK;
}

/* Each block takes at least one bit, so that a few bytes cannot ask for
 * gigabytes. */
static dsc_status check_length(const dsc_jpeg_reader *r, dsc_error *err)
{
    uint64_t blocks = 0;

    for (int c = 0; c < r->d.num_components; c++)
        blocks += (uint64_t)r->d.comp_info[c].width_in_blocks *
                  r->d.comp_info[c].height_in_blocks;
    if (blocks / 8 > r->marks.scan_bytes)
        return dsc_fail(err, DSC_BADFILE,
                        "JPEG stream of %zu bytes cannot hold %u x %u pixels",
                        r->in.len, r->marks.columns, r->marks.rows);
    return DSC_OK;
}

static void read_header(void *arg)
{
    dsc_jpeg_reader *r = arg;
    struct jpeg_decompress_struct *d = &r->d;

    jpeg_create_decompress(d);
    d->mem->max_memory_to_use = (long)(DSC_CODEC_FRAME_LIMIT - 1);
    jpeg_mem_src(d, r->in.data, (unsigned long)r->marks.length);
    jpeg_save_markers(d, JPEG_APP0, 64);
    jpeg_save_markers(d, JPEG_APP0 + 14, 64);
    jpeg_read_header(d, TRUE);
    /* Neither JFIF nor Adobe say what the colours are: the dataset does. */
    if (d->num_components == 3 && !d->saw_JFIF_marker && !d->saw_Adobe_marker &&
        r->photometric == DSC_RGB)
        d->jpeg_color_space = JCS_RGB;
    d->dct_method = JDCT_ISLOW;
    d->do_block_smoothing = FALSE; /* it mixes blocks, boxes included */
}

dsc_status dsc_codec__jpeg_open(dsc_jpeg_reader *r, dsc_bytes in,
                                const dsc_format *fmt, dsc_error *err)
{
    dsc_status st;

    if ((st = dsc_codec__check_format(NULL, fmt, err)) ||
        (st = dsc_codec__jpeg_marks(&r->marks, in, false, err)) ||
        (st = check_end(&r->marks, in, err)) ||
        (st = check_process(&r->marks, err)) ||
        (st = check_match(&r->marks, fmt, err)))
        return st;
    r->in = in;
    r->photometric = fmt->photometric;
    r->d.err = dsc_codec__jpeg_error_init(&r->error);
    if ((st = dsc_codec__jpeg_guard(&r->error, read_header, r, err)))
        return st;
    DSC_CHECK(r->d.image_width == fmt->columns &&
                  r->d.image_height == fmt->rows &&
                  r->d.num_components == fmt->samples,
              err);
    return check_length(r, err);
}

static void read_coefs(void *arg)
{
    dsc_jpeg_reader *r = arg;
    r->coefs = jpeg_read_coefficients(&r->d);
}

const uint8_t dsc_jpeg_natural[DCTSIZE2] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

typedef struct band_check {
    dsc_jpeg_reader *r;
    int bad; /* component, or -1 */
} band_check;

static bool row_fits(const JBLOCK *row, JDIMENSION blocks, const JCOEF *below)
{
    for (JDIMENSION x = 0; x < blocks; x++)
        for (int i = 0; i < DCTSIZE2; i++)
            if (row[x][i] & below[i])
                return false;
    return true;
}

/* A corrupt scan may set a coefficient behind its band, where libjpeg says
 * nothing and no scan of the stream's script could write it. */
static void check_bands(void *arg)
{
    band_check *check = arg;
    struct jpeg_decompress_struct *d = &check->r->d;

    for (int c = 0; c < d->num_components; c++) {
        const jpeg_component_info *comp = &d->comp_info[c];
        JCOEF below[DCTSIZE2]; /* the bits that no scan has sent */
        for (int k = 0; k < DCTSIZE2; k++) {
            int al = d->coef_bits[c][k];
            below[dsc_jpeg_natural[k]] = (JCOEF)(al < 0 ? -1 : (1 << al) - 1);
        }
        for (JDIMENSION y = 0; y < comp->height_in_blocks; y++) {
            if (!row_fits(dsc_jpeg_block_row(check->r, c, y),
                          comp->width_in_blocks, below)) {
                check->bad = c;
                return;
            }
        }
    }
}

dsc_status dsc_codec__jpeg_read_coefs(dsc_jpeg_reader *r, dsc_error *err)
{
    band_check check = {r, -1};
    dsc_status st = dsc_codec__jpeg_guard(&r->error, read_coefs, r, err);

    if (!st && r->coefs && r->d.progressive_mode)
        st = dsc_codec__jpeg_guard(&r->error, check_bands, &check, err);
    if (!st && check.bad >= 0)
        st = dsc_fail(err, DSC_BADFILE,
                      "JPEG stream: component %d has a coefficient that is in "
                      "no scan",
                      check.bad + 1);
    if (st)
        return st;
    DSC_CHECK(r->coefs, err);
    for (int c = 0; c < r->d.num_components; c++) {
        if (!r->d.comp_info[c].quant_table)
            return dsc_fail(err, DSC_BADFILE,
                            "JPEG stream: component %d has no scan", c + 1);
    }
    return DSC_OK;
}

void dsc_codec__jpeg_close(dsc_jpeg_reader *r)
{
    jpeg_destroy_decompress(&r->d); /* fine where never created */
    r->coefs = NULL;
}
