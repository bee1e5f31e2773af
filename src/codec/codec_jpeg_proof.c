/* SPDX-License-Identifier: Apache-2.0
 *
 * The proof of a JPEG edit, by looking at all stored coefficients again. It
 * walks all blocks and asks of each where it lies, and so shares nothing with
 * the edit, which walks rectangles. */
#include "codec/codec_jpeg_priv.h"

#include <string.h>

/* The picture in units of 8 x 8 pixels, one byte each. */
#define MET     1u /* a rectangle holds a pixel of it */
#define COVERED 2u /* one holds all of them */
#define DIFFERS 4u /* a block that differs holds a pixel of it */

typedef struct unit_map {
    size_t across, down;
    uint8_t *units;
} unit_map;

static void map_rect(unit_map *map, const dsc_jpeg_reader *r, dsc_rect box)
{
    int32_t right = (int32_t)r->d.image_width;
    int32_t bottom = (int32_t)r->d.image_height;

    for (int32_t y = box.y / DCTSIZE * DCTSIZE; y < box.y + box.h;
         y += DCTSIZE) {
        uint8_t *row = map->units + (size_t)(y / DCTSIZE) * map->across;
        bool all = y >= box.y &&
                   (y + DCTSIZE <= box.y + box.h || box.y + box.h == bottom);
        for (int32_t x = box.x / DCTSIZE * DCTSIZE; x < box.x + box.w;
             x += DCTSIZE)
            row[x / DCTSIZE] |=
                all && x >= box.x &&
                        (x + DCTSIZE <= box.x + box.w || box.x + box.w == right)
                    ? MET | COVERED
                    : MET;
    }
}

static dsc_status map_units(unit_map *map, const dsc_jpeg_reader *r,
                            const dsc_rects *rects, dsc_error *err)
{
    map->across = ((size_t)r->d.image_width + DCTSIZE - 1) / DCTSIZE;
    map->down = ((size_t)r->d.image_height + DCTSIZE - 1) / DCTSIZE;
    map->units = dsc_calloc(map->across, map->down);
    if (!map->units)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    dsc_rects_foreach (it, rects) {
        dsc_rect box = dsc_rect_clip(*it, r->d.image_width, r->d.image_height);
        if (!dsc_rect_empty(box))
            map_rect(map, r, box);
    }
    return DSC_OK;
}

/* The units of a block, [x0, x1) x [y0, y1). */
typedef struct block_place {
    size_t x0, x1, y0, y1;
} block_place;

static block_place place_of(const unit_map *map,
                            const struct jpeg_decompress_struct *d, int c,
                            JDIMENSION bx, JDIMENSION by)
{
    size_t h = (size_t)d->comp_info[c].h_samp_factor;
    size_t v = (size_t)d->comp_info[c].v_samp_factor;
    size_t max_h = (size_t)d->max_h_samp_factor;
    size_t max_v = (size_t)d->max_v_samp_factor;
    block_place p = {bx * max_h / h, ((bx + 1) * max_h + h - 1) / h,
                     by * max_v / v, ((by + 1) * max_v + v - 1) / v};

    p.x1 = p.x1 < map->across ? p.x1 : map->across;
    p.y1 = p.y1 < map->down ? p.y1 : map->down;
    return p;
}

/* Does any unit of the block have the bit? And do all? */
static bool any_unit(const unit_map *map, block_place p, uint8_t bit)
{
    for (size_t y = p.y0; y < p.y1; y++)
        for (size_t x = p.x0; x < p.x1; x++)
            if (map->units[y * map->across + x] & bit)
                return true;
    return false;
}

static bool all_units(const unit_map *map, block_place p, uint8_t bit)
{
    for (size_t y = p.y0; y < p.y1; y++)
        for (size_t x = p.x0; x < p.x1; x++)
            if (!(map->units[y * map->across + x] & bit))
                return false;
    return true;
}

/* ---- outside ---- */

typedef struct compare_job {
    dsc_jpeg_reader *a, *b;
    unit_map *map;
    bool same; /* outside of what is covered */
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

static void compare_row(compare_job *job, int c, JDIMENSION y)
{
    const JBLOCK *p = dsc_jpeg_block_row(job->a, c, y),
                 *q = dsc_jpeg_block_row(job->b, c, y);
    JDIMENSION n = job->a->d.comp_info[c].width_in_blocks;
    unit_map *map = job->map;

    for (JDIMENSION x = 0; x < n; x++) {
        block_place at;
        if (!memcmp(p[x], q[x], sizeof(JBLOCK)))
            continue;
        at = place_of(map, &job->a->d, c, x, y);
        job->same = job->same && all_units(map, at, COVERED);
        for (size_t uy = at.y0; uy < at.y1; uy++)
            for (size_t ux = at.x0; ux < at.x1; ux++)
                map->units[uy * map->across + ux] |= DIFFERS;
    }
}

static void compare_all(void *arg)
{
    compare_job *job = arg;
    const struct jpeg_decompress_struct *d = &job->a->d;

    for (int c = 0; c < d->num_components; c++)
        for (JDIMENSION y = 0; y < d->comp_info[c].height_in_blocks; y++)
            compare_row(job, c, y);
}

/* *comparable is false where coefficients do not become samples alike. */
static dsc_status compare(compare_job *job, bool *comparable, dsc_bytes a,
                          dsc_bytes b, const dsc_format *fmt,
                          const dsc_rects *rects, dsc_error *err)
{
    dsc_status st;

    if ((st = dsc_codec__jpeg_open(job->a, a, fmt, err)) ||
        (st = dsc_codec__jpeg_open(job->b, b, fmt, err)) ||
        (st = dsc_codec__jpeg_read_coefs(job->a, err)) ||
        (st = dsc_codec__jpeg_read_coefs(job->b, err)) ||
        (st = map_units(job->map, job->a, rects, err)))
        return st;
    *comparable = same_frame(&job->a->d, &job->b->d);
    if (!*comparable)
        return DSC_OK;
    job->b->d.err = job->a->d.err; /* one guard for both */
    return dsc_codec__jpeg_guard(&job->a->error, compare_all, job, err);
}

static void compare_free(compare_job *job)
{
    dsc_free(job->map->units);
    dsc_codec__jpeg_close(job->a);
    dsc_codec__jpeg_close(job->b);
}

dsc_status dsc_codec__jpeg_same_outside(bool *same, dsc_bytes a, dsc_bytes b,
                                        const dsc_format *fmt,
                                        const dsc_rects *rects, dsc_error *err)
{
    dsc_jpeg_reader ra = {0}, rb = {0};
    unit_map map = {0};
    compare_job job = {&ra, &rb, &map, true};
    bool comparable = false;
    dsc_status st = compare(&job, &comparable, a, b, fmt, rects, err);

    if (!st)
        *same = comparable && job.same;
    compare_free(&job);
    return st;
}

/* Runs of units that differ. */
static dsc_status list_differences(const unit_map *map,
                                   const dsc_jpeg_reader *r, dsc_rects *out,
                                   dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t y = 0; y < map->down; y++) {
        const uint8_t *row = map->units + y * map->across;
        for (size_t x = 0, n; !st && x < map->across; x += n + 1) {
            dsc_rect run = {(int32_t)x * DCTSIZE, (int32_t)y * DCTSIZE, 0,
                            DCTSIZE};
            for (n = 0; x + n < map->across && row[x + n] & DIFFERS; n++)
                run.w += DCTSIZE;
            if (n)
                st = dsc_rects_add(
                    out,
                    dsc_rect_clip(run, r->d.image_width, r->d.image_height),
                    err);
        }
    }
    return st;
}

dsc_status dsc_codec__jpeg_differences(dsc_rects *out, dsc_bytes a, dsc_bytes b,
                                       const dsc_format *fmt, dsc_error *err)
{
    static const dsc_rects none = {0};
    dsc_jpeg_reader ra = {0}, rb = {0};
    unit_map map = {0};
    compare_job job = {&ra, &rb, &map, true};
    bool comparable = false;
    dsc_status st = compare(&job, &comparable, a, b, fmt, &none, err);

    out->count = 0;
    if (!st && !comparable)
        st = dsc_fail(err, DSC_UNPROVEN, "another kind of JPEG stream");
    if (!st)
        st = list_differences(&map, &ra, out, err);
    compare_free(&job);
    return st;
}

/* ---- inside ---- */

typedef struct blank_job {
    dsc_jpeg_reader *reader;
    const unit_map *map;
    bool blank;
    bool seen_dc; /* one component: the DC of the first block */
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
            const JBLOCK *row = dsc_jpeg_block_row(job->reader, c, y);
            for (JDIMENSION x = 0; x < comp->width_in_blocks; x++) {
                if (any_unit(job->map, place_of(job->map, d, c, x, y), MET) &&
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
    unit_map map = {0};
    blank_job job = {.reader = &reader, .map = &map, .blank = true};
    dsc_status st;

    if ((st = dsc_codec__jpeg_open(&reader, in, fmt, err)) ||
        (st = dsc_codec__jpeg_read_coefs(&reader, err)) ||
        (st = map_units(&map, &reader, rects, err)) ||
        (st = dsc_codec__jpeg_guard(&reader.error, check_all, &job, err)))
        goto done;
    *blank = job.blank;
done:
    dsc_free(map.units);
    dsc_codec__jpeg_close(&reader);
    return st;
}
