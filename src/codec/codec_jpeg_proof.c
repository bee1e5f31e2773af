/* SPDX-License-Identifier: Apache-2.0
 *
 * The proof of a JPEG edit, by looking at all stored coefficients again. It
 * walks all blocks and asks of each whether it is touched, and so shares
 * nothing with the edit, which walks rectangles, but the size of the cell. */
#include "codec/codec_jpeg_priv.h"

#include <string.h>

/* Which cells does a rectangle touch? One byte each. */
typedef struct cell_map {
    dsc_jpeg_cell cell;
    size_t across, down;
    uint8_t *touched;
} cell_map;

static dsc_status map_cells(cell_map *map, const dsc_jpeg_reader *r,
                            const dsc_rects *rects, dsc_error *err)
{
    dsc_codec__jpeg_cell(&map->cell, &r->d);
    map->across = (r->d.image_width + map->cell.w - 1) / map->cell.w;
    map->down = (r->d.image_height + map->cell.h - 1) / map->cell.h;
    map->touched = dsc_calloc(map->across, map->down);
    if (!map->touched)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    dsc_rects_foreach (it, rects) {
        dsc_rect box = dsc_rect_clip(*it, r->d.image_width, r->d.image_height);
        for (int32_t y = box.y; y < box.y + box.h; y++) {
            uint8_t *row = map->touched + (size_t)y / map->cell.h * map->across;
            for (int32_t x = box.x; x < box.x + box.w; x++)
                row[(size_t)x / map->cell.w] = 1;
        }
    }
    return DSC_OK;
}

static bool is_touched(const cell_map *map, int c, JDIMENSION bx, JDIMENSION by)
{
    size_t x = bx / map->cell.blocks_x[c], y = by / map->cell.blocks_y[c];

    return x < map->across && y < map->down &&
           map->touched[y * map->across + x];
}

static const JBLOCK *block_row(dsc_jpeg_reader *r, int c, JDIMENSION y)
{
    JBLOCKARRAY rows = r->d.mem->access_virt_barray((j_common_ptr)&r->d,
                                                    r->coefs[c], y, 1, FALSE);
    return (const JBLOCK *)rows[0];
}

/* ---- outside ---- */

typedef struct compare_job {
    dsc_jpeg_reader *a, *b;
    const cell_map *map;
    bool same;
} compare_job;

/* What decides how coefficients become samples. */
static bool same_frame(const struct jpeg_decompress_struct *a,
                       const struct jpeg_decompress_struct *b)
{
    if (a->image_width != b->image_width ||
        a->image_height != b->image_height ||
        a->num_components != b->num_components ||
        a->data_precision != b->data_precision ||
        a->jpeg_color_space != b->jpeg_color_space ||
        a->saw_JFIF_marker != b->saw_JFIF_marker ||
        a->saw_Adobe_marker != b->saw_Adobe_marker ||
        (a->saw_Adobe_marker && a->Adobe_transform != b->Adobe_transform))
        return false;
    for (int c = 0; c < a->num_components; c++) {
        const jpeg_component_info *p = &a->comp_info[c];
        const jpeg_component_info *q = &b->comp_info[c];
        if (p->component_id != q->component_id ||
            p->h_samp_factor != q->h_samp_factor ||
            p->v_samp_factor != q->v_samp_factor ||
            p->width_in_blocks != q->width_in_blocks ||
            p->height_in_blocks != q->height_in_blocks ||
            memcmp(p->quant_table->quantval, q->quant_table->quantval,
                   sizeof p->quant_table->quantval))
            return false;
    }
    return true;
}

static bool same_row(compare_job *job, int c, JDIMENSION y)
{
    const JBLOCK *p = block_row(job->a, c, y), *q = block_row(job->b, c, y);
    JDIMENSION n = job->a->d.comp_info[c].width_in_blocks;

    for (JDIMENSION x = 0; x < n; x++) {
        if (memcmp(p[x], q[x], sizeof(JBLOCK)) &&
            !is_touched(job->map, c, x, y))
            return false;
    }
    return true;
}

static void compare_all(void *arg)
{
    compare_job *job = arg;
    const struct jpeg_decompress_struct *d = &job->a->d;

    for (int c = 0; c < d->num_components; c++) {
        for (JDIMENSION y = 0; y < d->comp_info[c].height_in_blocks; y++) {
            if (!same_row(job, c, y)) {
                job->same = false;
                return;
            }
        }
    }
}

dsc_status dsc_codec__jpeg_same_outside(bool *same, dsc_bytes a, dsc_bytes b,
                                        const dsc_format *fmt,
                                        const dsc_rects *rects, dsc_error *err)
{
    dsc_jpeg_reader ra = {0}, rb = {0};
    cell_map map = {0};
    compare_job job = {&ra, &rb, &map, true};
    dsc_status st;

    if ((st = dsc_codec__jpeg_open(&ra, a, fmt, err)) ||
        (st = dsc_codec__jpeg_open(&rb, b, fmt, err)) ||
        (st = dsc_codec__jpeg_read_coefs(&ra, err)) ||
        (st = dsc_codec__jpeg_read_coefs(&rb, err)) ||
        (st = map_cells(&map, &ra, rects, err)))
        goto done;
    if (!same_frame(&ra.d, &rb.d)) {
        *same = false;
        goto done;
    }
    rb.d.err = ra.d.err; /* one guard for both */
    if ((st = dsc_codec__jpeg_guard(&ra.error, compare_all, &job, err)))
        goto done;
    *same = job.same;
done:
    dsc_free(map.touched);
    dsc_codec__jpeg_close(&ra);
    dsc_codec__jpeg_close(&rb);
    return st;
}

/* ---- inside ---- */

typedef struct blank_job {
    dsc_jpeg_reader *reader;
    const cell_map *map;
    bool blank;
    bool seen_dc; /* one component: the DC of the first touched block */
    JCOEF dc;
} blank_job;

/* A flat block that decodes to 0 at every sample, and not so far below that
 * an inverse DCT wraps round. */
static bool dc_is_black(int dc, int q)
{
    return dc * q <= -1024 && dc * q >= -5120;
}

static bool block_is_blank(blank_job *job, int c, const JCOEF *block)
{
    const struct jpeg_decompress_struct *d = &job->reader->d;
    int q = d->comp_info[c].quant_table->quantval[0];

    for (int i = 1; i < DCTSIZE2; i++) {
        if (block[i])
            return false;
    }
    if (d->num_components == 3 && c > 0 && d->jpeg_color_space == JCS_YCbCr)
        return block[0] == 0;
    if (d->num_components == 3)
        return dc_is_black(block[0], q);
    /* Which grey is black depends on the whole frame (or on the palette). One
     * level everywhere in all boxes shows nothing. */
    if (!job->seen_dc)
        job->dc = block[0];
    job->seen_dc = true;
    return block[0] == job->dc;
}

static void check_all(void *arg)
{
    blank_job *job = arg;
    const struct jpeg_decompress_struct *d = &job->reader->d;

    for (int c = 0; c < d->num_components; c++) {
        const jpeg_component_info *comp = &d->comp_info[c];
        for (JDIMENSION y = 0; y < comp->height_in_blocks; y++) {
            const JBLOCK *row = block_row(job->reader, c, y);
            for (JDIMENSION x = 0; x < comp->width_in_blocks; x++) {
                if (is_touched(job->map, c, x, y) &&
                    !block_is_blank(job, c, row[x])) {
                    job->blank = false;
                    return;
                }
            }
        }
    }
}

dsc_status dsc_codec__jpeg_is_blank(bool *blank, dsc_bytes in,
                                    const dsc_format *fmt,
                                    const dsc_rects *rects, dsc_error *err)
{
    dsc_jpeg_reader reader = {0};
    cell_map map = {0};
    blank_job job = {.reader = &reader, .map = &map, .blank = true};
    dsc_status st;

    if ((st = dsc_codec__jpeg_open(&reader, in, fmt, err)) ||
        (st = dsc_codec__jpeg_read_coefs(&reader, err)) ||
        (st = map_cells(&map, &reader, rects, err)) ||
        (st = dsc_codec__jpeg_guard(&reader.error, check_all, &job, err)))
        goto done;
    *blank = job.blank;
done:
    dsc_free(map.touched);
    dsc_codec__jpeg_close(&reader);
    return st;
}
