/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening by a square that lies wholly inside the plane, separable. The
 * extreme of k samples takes log2(k) passes of loops that compilers turn into
 * vector code.
 */
#include "detect/classic_priv.h"

#include <string.h>

enum {
    K = DSC_CLASSIC_STROKE_PX
};

size_t dsc_classic__row_bytes(uint32_t columns)
{
    return 2 * ((size_t)columns + 2 * K);
}

static void lower(uint8_t *restrict dst, const uint8_t *restrict a,
                  const uint8_t *restrict b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dst[i] = a[i] < b[i] ? a[i] : b[i];
}

static void upper(uint8_t *restrict dst, const uint8_t *restrict a,
                  const uint8_t *restrict b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dst[i] = a[i] > b[i] ? a[i] : b[i];
}

static void lower_into(uint8_t *restrict dst, const uint8_t *restrict b,
                       size_t n)
{
    for (size_t i = 0; i < n; i++)
        dst[i] = dst[i] < b[i] ? dst[i] : b[i];
}

static void upper_into(uint8_t *restrict dst, const uint8_t *restrict b,
                       size_t n)
{
    for (size_t i = 0; i < n; i++)
        dst[i] = dst[i] > b[i] ? dst[i] : b[i];
}

/* How far the next pass reaches, when `span` of `k` samples are in. */
static size_t next_step(size_t span, size_t k)
{
    return span * 2 <= k ? span : k - span;
}

/* a[i] = f of a[i .. i + k - 1] for the first n samples; n + k - 1 are read.
 * Returns which of the two buffers holds the result. */
static uint8_t *row_passes(uint8_t *a, uint8_t *b, size_t n, size_t k,
                           void (*f)(uint8_t *restrict, const uint8_t *restrict,
                                     const uint8_t *restrict, size_t))
{
    size_t len = n + k - 1;

    for (size_t span = 1; span < k;) {
        size_t step = next_step(span, k);
        uint8_t *swap = a;
        len -= step;
        f(b, a, a + step, len);
        a = b;
        b = swap;
        span += step;
    }
    return a;
}

/* Minimum over kx columns, where they fit: w - kx + 1 samples a row. */
static void erode_rows(uint8_t *img, size_t w, size_t h, size_t kx,
                       uint8_t *row)
{
    for (size_t y = 0; y < h; y++) {
        memcpy(row, img + y * w, w);
        memcpy(img + y * w,
               row_passes(row, row + w + 2 * K, w - kx + 1, kx, lower),
               w - kx + 1);
    }
}

static void dilate_rows(uint8_t *img, size_t w, size_t h, size_t kx,
                        uint8_t *row)
{
    for (size_t y = 0; y < h; y++) {
        memset(row, 0, w + 2 * K);
        memcpy(row + kx - 1, img + y * w, w - kx + 1);
        memcpy(img + y * w, row_passes(row, row + w + 2 * K, w, kx, upper), w);
    }
}

static void erode_columns(uint8_t *img, size_t w, size_t h, size_t ky)
{
    for (size_t span = 1; span < ky;) {
        size_t step = next_step(span, ky);
        for (size_t y = 0; y + step < h; y++)
            lower_into(img + y * w, img + (y + step) * w, w);
        span += step;
    }
    /* No square starts in the last rows. */
    memset(img + (h - ky + 1) * w, 0, (ky - 1) * w);
}

static void dilate_columns(uint8_t *img, size_t w, size_t h, size_t ky)
{
    for (size_t span = 1; span < ky;) {
        size_t step = next_step(span, ky);
        for (size_t y = h - 1; y >= step; y--)
            upper_into(img + y * w, img + (y - step) * w, w);
        span += step;
    }
}

void dsc_classic__top_hat(const dsc_plane *plane, bool negative, uint8_t *hat,
                          uint8_t *tmp, uint8_t *row)
{
    size_t w = plane->columns, h = plane->rows;
    size_t kx = w < K ? w : K, ky = h < K ? h : K;
    uint8_t flip = negative ? 255 : 0;

    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++)
            hat[y * w + x] = plane->data[y * plane->stride + x] ^ flip;
    memcpy(tmp, hat, w * h);
    erode_rows(tmp, w, h, kx, row);
    erode_columns(tmp, w, h, ky);
    dilate_columns(tmp, w, h, ky);
    dilate_rows(tmp, w, h, kx, row);
    for (size_t i = 0; i < w * h; i++)
        hat[i] = (uint8_t)(hat[i] - tmp[i]);
}
