/* SPDX-License-Identifier: Apache-2.0
 *
 * How long and how thick a piece of ink is, however it is turned.
 */
#ifndef DSC_BASE_AXES_H
#define DSC_BASE_AXES_H

#include <math.h>
#include <stdint.h>

/* Sums over the piece's pixels; begins as zeros. */
typedef struct dsc_axes {
    double n, x, y, xx, yy, xy;
} dsc_axes;

static inline void dsc_axes_add(dsc_axes *a, int32_t x, int32_t y)
{
    a->n++;
    a->x += x;
    a->y += y;
    a->xx += (double)x * x;
    a->yy += (double)y * y;
    a->xy += (double)x * y;
}

/* The variances across and along it, square pixels; of a straight stroke a
 * twelfth of the square of its thickness and of its length. */
static inline void dsc_axes_get(const dsc_axes *a, double *across,
                                double *along)
{
    double x = a->x / a->n, y = a->y / a->n;
    double xx = a->xx / a->n - x * x, yy = a->yy / a->n - y * y;
    double xy = a->xy / a->n - x * y, half = (xx + yy) / 2;
    double root = sqrt((xx - yy) * (xx - yy) / 4 + xy * xy);

    *across = half - root;
    *along = half + root;
}

#endif
