/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/detect_priv.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdlib.h>

typedef struct size_case {
    uint32_t columns, rows;
} size_case;

/* Odd sides, one pixel, and rows of more than one part. */
static size_case sizes[] = {{1, 1},   {2, 3},   {3, 2},   {1, 40},  {40, 1},
                            {255, 4}, {256, 5}, {257, 6}, {512, 3}, {771, 7}};

ParameterizedTestParameters(scale, enlarges)
{
    return cr_make_param_array(size_case, sizes, sizeof sizes / sizeof *sizes);
}

static uint8_t at(const dsc_plane *p, int64_t x, int64_t y)
{
    x = x < 0 ? 0 : x < p->columns ? x : p->columns - 1;
    y = y < 0 ? 0 : y < p->rows ? y : p->rows - 1;
    return p->data[(size_t)y * p->stride + (size_t)x];
}

/* The plane at a place in quarters of a pixel from the middle of the first one.
 */
static int linear(const dsc_plane *p, int64_t x, int64_t y)
{
    int64_t x0 = (x + 4) / 4 - 1, y0 = (y + 4) / 4 - 1;
    int64_t a = x - 4 * x0, b = y - 4 * y0;
    int64_t upper = (4 - a) * at(p, x0, y0) + a * at(p, x0 + 1, y0);
    int64_t lower = (4 - a) * at(p, x0, y0 + 1) + a * at(p, x0 + 1, y0 + 1);

    return (int)(((4 - b) * upper + b * lower + 8) / 16);
}

static void check_enlarged(const dsc_plane *p)
{
    uint32_t w = 2 * p->columns, h = 2 * p->rows, wrong = 0;
    uint8_t *out = calloc((size_t)w * h + 1, 1);

    out[(size_t)w * h] = 77;
    dsc_detect__enlarge(p, out);
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++)
            wrong += out[(size_t)y * w + x] !=
                     linear(p, 2 * (int64_t)x - 1, 2 * (int64_t)y - 1);
    cr_expect_eq(wrong, 0, "%u of %u x %u", wrong, w, h);
    cr_expect_eq(out[(size_t)w * h], 77, "a pixel too many");
    free(out);
}

ParameterizedTest(size_case *c, scale, enlarges)
{
    size_t stride = c->columns + 5;
    uint8_t *px = malloc(stride * c->rows);
    dsc_plane p = {px, c->columns, c->rows, stride};

    for (size_t i = 0; i < stride * c->rows; i++)
        px[i] = (uint8_t)((i * 2654435761u) >> 24);
    check_enlarged(&p);
    free(px);
}
