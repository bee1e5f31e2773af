/* SPDX-License-Identifier: Apache-2.0
 *
 * Blanking inside a JPEG stream: the quantised coefficients of each block that
 * a rectangle meets become those of a flat one, all others are written back as
 * they were. */
#include "codec/codec_jpeg_priv.h"

#include <string.h>

/* ---- the blank value ---- */

/* What a block of nothing but DC decodes to. */
static int flat_sample(int dc, int q)
{
    int v = 128 + ((dc * q + 4) >> 3);
    return v < 0 ? 0 : v > 255 ? 255 : v;
}

/* The DC value that decodes to `want`, or to the nearest value on its black
 * side (`up` where that is brighter). Black and white are reached with room
 * to spare, so that decoders which round differently agree. */
static bool find_dc(int *dc, int q, int want, bool up)
{
    int low, x;

    /* Four times the range of samples is where IDCTs overflow. */
    if (q < 1 || q > 4000)
        return false;
    low = -((1024 + q - 1) / q); /* 0 for certain */
    x = (1016 + q - 1) / q;      /* 255 for certain */
    if (want <= 0) {
        *dc = low;
        return true;
    }
    if (want >= 255) {
        *dc = x;
        return true;
    }
    if (up) {
        while (x > low && flat_sample(x - 1, q) >= want)
            x--;
    } else {
        while (x > low && flat_sample(x, q) > want)
            x--;
    }
    *dc = x;
    return true;
}

typedef struct edit_job {
    dsc_jpeg_reader *reader;
    const dsc_rects *rects;
    JCOEF dc[MAX_COMPONENTS];
} edit_job;

static dsc_status grey_dc(edit_job *job, const dsc_format *fmt, uint32_t fill,
                          dsc_error *err)
{
    int q = job->reader->d.comp_info[0].quant_table->quantval[0];
    int want = (int)(fill & 0xFF), dc;

    if (!find_dc(&dc, q, want, fmt->photometric == DSC_MONOCHROME1))
        return dsc_fail(err, DSC_UNSUPPORTED, "JPEG stream: DC quantiser of %d",
                        q);
    /* An index next to the right one may be any colour. */
    if (fmt->photometric == DSC_PALETTE_COLOR && flat_sample(dc, q) != want)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG stream cannot hold the index of black");
    job->dc[0] = (JCOEF)dc;
    return DSC_OK;
}

static dsc_status choose_dc(edit_job *job, const dsc_format *fmt,
                            const dsc_fill *fill, dsc_error *err)
{
    const struct jpeg_decompress_struct *d = &job->reader->d;
    int dc;

    if (d->num_components == 1)
        return grey_dc(job, fmt, fill->v[0], err);
    if (fill->v[0] || fill->v[1] || fill->v[2])
        return dsc_fail(err, DSC_UNSUPPORTED, "JPEG colour box not black");
    for (int c = 0; c < d->num_components; c++) {
        int q = d->comp_info[c].quant_table->quantval[0];
        bool chroma = c > 0 && d->jpeg_color_space == JCS_YCbCr;
        if (!find_dc(&dc, q, 0, false))
            return dsc_fail(err, DSC_UNSUPPORTED,
                            "JPEG stream: DC quantiser of %d", q);
        job->dc[c] = (JCOEF)(chroma ? 0 : dc);
    }
    return DSC_OK;
}

/* ---- blanking ---- */

typedef struct span {
    JDIMENSION first, end;
} span;

/* Which of a component's `count` blocks in one direction hold a pixel of
 * [from, to). */
static span blocks_of(int32_t from, int32_t to, int factor, int max_factor,
                      JDIMENSION count)
{
    uint64_t per = (uint64_t)DCTSIZE * (uint64_t)max_factor;
    uint64_t first = (uint64_t)from * (uint64_t)factor / per;
    uint64_t end = ((uint64_t)to * (uint64_t)factor + per - 1) / per;

    return (span){(JDIMENSION)first, end < count ? (JDIMENSION)end : count};
}

static void blank_blocks(edit_job *job, int c, span across, span down)
{
    struct jpeg_decompress_struct *d = &job->reader->d;

    for (JDIMENSION y = down.first; y < down.end; y++) {
        JBLOCKARRAY row = d->mem->access_virt_barray(
            (j_common_ptr)d, job->reader->coefs[c], y, 1, TRUE);
        memset(row[0] + across.first, 0,
               (size_t)(across.end - across.first) * sizeof(JBLOCK));
        for (JDIMENSION x = across.first; x < across.end; x++)
            row[0][x][0] = job->dc[c];
    }
}

static void blank_rects(void *arg)
{
    edit_job *job = arg;
    const struct jpeg_decompress_struct *d = &job->reader->d;

    dsc_rects_foreach (it, job->rects) {
        dsc_rect r = dsc_rect_clip(*it, d->image_width, d->image_height);
        if (dsc_rect_empty(r))
            continue;
        for (int c = 0; c < d->num_components; c++) {
            const jpeg_component_info *comp = &d->comp_info[c];
            blank_blocks(job, c,
                         blocks_of(r.x, r.x + r.w, comp->h_samp_factor,
                                   d->max_h_samp_factor, comp->width_in_blocks),
                         blocks_of(r.y, r.y + r.h, comp->v_samp_factor,
                                   d->max_v_samp_factor,
                                   comp->height_in_blocks));
        }
    }
}

dsc_status dsc_codec__jpeg_edit(dsc_buf *out, dsc_bytes in,
                                const dsc_format *fmt, const dsc_rects *rects,
                                const dsc_fill *fill, dsc_error *err)
{
    dsc_jpeg_reader reader = {0};
    edit_job job = {.reader = &reader, .rects = rects};
    dsc_status st;

    out->len = 0;
    if ((st = dsc_codec__jpeg_open(&reader, in, fmt, err)) ||
        (st = dsc_codec__jpeg_read_coefs(&reader, err)) ||
        (st = choose_dc(&job, fmt, fill, err)) ||
        (st = dsc_codec__jpeg_guard(&reader.error, blank_rects, &job, err)))
        goto done;
    st = dsc_codec__jpeg_write(out, &reader, err);
done:
    dsc_codec__jpeg_close(&reader);
    return st;
}
