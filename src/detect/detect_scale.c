/* SPDX-License-Identifier: Apache-2.0
 *
 * The plane as other pictures, for text that the net does not see in it. */
#include "detect/detect_priv.h"

#include <string.h>

#define PART_PX 256u

/* Bilinear at half pixels: 3/4 of the nearer one and 1/4 of the other. */
static void enlarge_row(const uint8_t *near_row, const uint8_t *far_row,
                        uint32_t columns, uint8_t *dst)
{
    uint16_t v[PART_PX + 2]; /* between the rows, a pixel more at each end */

    for (uint32_t x0 = 0; x0 < columns; x0 += PART_PX, dst += 2 * PART_PX) {
        uint32_t n = columns - x0 < PART_PX ? columns - x0 : PART_PX;
        uint32_t left = x0 ? x0 - 1 : 0;
        uint32_t right = x0 + n < columns ? x0 + n : columns - 1;
        v[0] = (uint16_t)(3 * near_row[left] + far_row[left]);
        for (uint32_t x = 0; x < n; x++)
            v[x + 1] = (uint16_t)(3 * near_row[x0 + x] + far_row[x0 + x]);
        v[n + 1] = (uint16_t)(3 * near_row[right] + far_row[right]);
        for (uint32_t x = 0; x < n; x++) {
            uint16_t middle = (uint16_t)(3 * v[x + 1] + 8);
            dst[2 * x] = (uint8_t)((uint16_t)(middle + v[x]) >> 4);
            dst[2 * x + 1] = (uint8_t)((uint16_t)(middle + v[x + 2]) >> 4);
        }
    }
}

void dsc_detect__enlarge(const dsc_plane *src, uint8_t *dst)
{
    size_t w = (size_t)src->columns * 2;

    for (uint32_t y = 0; y < src->rows * 2; y++) {
        uint32_t y0 = y / 2, y1 = y % 2 ? y0 + 1 : y0 ? y0 - 1 : 0;
        if (y1 >= src->rows)
            y1 = y0;
        enlarge_row(src->data + (size_t)y0 * src->stride,
                    src->data + (size_t)y1 * src->stride, src->columns,
                    dst + y * w);
    }
}

void dsc_detect__halve(const dsc_plane *src, uint8_t *dst)
{
    size_t w = src->columns / 2;

    for (uint32_t y = 0; y < src->rows / 2; y++) {
        const uint8_t *a = src->data + 2 * (size_t)y * src->stride;
        const uint8_t *b = a + src->stride;
        for (uint32_t x = 0; x < w; x++)
            dst[y * w + x] = (uint8_t)((a[2 * x] + a[2 * x + 1] + b[2 * x] +
                                        b[2 * x + 1] + 2) /
                                       4);
    }
}

/* ---- hidden text ---- */

#define FAINT_LEVELS 20 /* from here on the net sees it anyway */
#define FAINTEST     3  /* below are traces of compression */
#define FAINT_GAIN   32
#define FAINT_BLOCK  32u
/* Drawn text leaves at least so much of a block in exactly one grey, and
 * nearly all of the frame around a line. */
#define FLAT_PERCENT   50
#define MARGIN_PERCENT 85
#define MARGIN_PX      3

/* The most frequent grey of a part and how many pixels have it. */
static int ground_of(const dsc_plane *p, const dsc_rect *parts, size_t n,
                     uint32_t *most, uint32_t *all)
{
    uint32_t count[256] = {0};
    int best = 0;

    *all = 0;
    for (size_t i = 0; i < n; i++) {
        dsc_rect r = dsc_rect_clip(parts[i], p->columns, p->rows);
        for (int32_t y = r.y; y < r.y + r.h; y++)
            for (int32_t x = r.x; x < r.x + r.w; x++, ++*all)
                count[p->data[(size_t)y * p->stride + (size_t)x]]++;
    }
    for (int v = 1; v < 256; v++)
        best = count[v] > count[best] ? v : best;
    *most = count[best];
    return best;
}

static bool is_flat(const dsc_plane *p, dsc_rect r)
{
    const uint8_t *first = p->data + (size_t)r.y * p->stride + (size_t)r.x;

    for (int32_t y = 0; y < r.h; y++)
        if (memcmp(first + (size_t)y * p->stride, first, (size_t)r.w))
            return false;
    return !memcmp(first, first + 1, (size_t)r.w - 1);
}

static bool lift_block(const dsc_plane *p, dsc_rect r, uint8_t *out)
{
    uint32_t most, all;
    bool any = false;
    int ground;

    if (is_flat(p, r))
        return false;
    ground = ground_of(p, &r, 1, &most, &all);
    if (most * 100 < all * FLAT_PERCENT)
        return false;
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++) {
            int d = p->data[(size_t)y * p->stride + (size_t)x] - ground;
            int v = 128 + d * FAINT_GAIN;
            d = d < 0 ? -d : d;
            if (d < FAINTEST || d >= FAINT_LEVELS)
                continue;
            out[(size_t)y * p->columns + (size_t)x] = (uint8_t)(v < 0     ? 0
                                                                : v > 255 ? 255
                                                                          : v);
            any = true;
        }
    return any;
}

bool dsc_detect__lift_faint(const dsc_plane *plane, uint8_t *out)
{
    bool any = false;

    memset(out, 128, (size_t)plane->columns * plane->rows);
    for (uint32_t y = 0; y < plane->rows; y += FAINT_BLOCK)
        for (uint32_t x = 0; x < plane->columns; x += FAINT_BLOCK)
            any |=
                lift_block(plane,
                           dsc_rect_clip((dsc_rect){(int32_t)x, (int32_t)y,
                                                    FAINT_BLOCK, FAINT_BLOCK},
                                         plane->columns, plane->rows),
                           out);
    return any;
}

bool dsc_detect__stands_alone(const dsc_plane *plane, dsc_rect box)
{
    dsc_rect b = box;
    dsc_rect around[4] = {
        {b.x - MARGIN_PX, b.y - MARGIN_PX, b.w + 2 * MARGIN_PX, MARGIN_PX},
        {b.x - MARGIN_PX, b.y + b.h, b.w + 2 * MARGIN_PX, MARGIN_PX},
        {b.x - MARGIN_PX, b.y, MARGIN_PX, b.h},
        {b.x + b.w, b.y, MARGIN_PX, b.h}};
    uint32_t most, all;

    ground_of(plane, around, 4, &most, &all);
    return most * 100 >= all * MARGIN_PERCENT;
}

/* ---- huge letters ---- */

/* Of a grey are its neighbours, too: a compression moves a little. Ink takes
 * some of a letter's box and not nearly all. */
#define DRAWN_PERCENT 85
#define INK_PERCENT   8

static uint32_t count_near(const uint32_t *count, int grey)
{
    return count[grey] + (grey > 0 ? count[grey - 1] : 0) +
           (grey < 255 ? count[grey + 1] : 0);
}

bool dsc_detect__is_drawn(const dsc_plane *plane, dsc_rect box)
{
    uint32_t count[256] = {0};
    uint64_t all = 0, most[2] = {0, 0};

    box = dsc_rect_clip(box, plane->columns, plane->rows);
    all = (uint64_t)dsc_rect_area(box);
    for (int32_t y = box.y; y < box.y + box.h; y++)
        for (int32_t x = box.x; x < box.x + box.w; x++)
            count[plane->data[(size_t)y * plane->stride + (size_t)x]]++;
    for (int i = 0; i < 2; i++) {
        int best = 0;
        for (int v = 1; v < 256; v++)
            best = count_near(count, v) > count_near(count, best) ? v : best;
        most[i] = count_near(count, best);
        for (int v = best > 0 ? best - 1 : 0; v <= best + 1 && v < 256; v++)
            count[v] = 0;
    }
    return most[1] * 100 >= all * INK_PERCENT &&
           (most[0] + most[1]) * 100 >= all * DRAWN_PERCENT;
}
