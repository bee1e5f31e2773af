/* SPDX-License-Identifier: Apache-2.0
 *
 * Tesseract's word boxes come from its network's output steps and miss parts
 * of letters. Here each word gets the ink that is its own.
 */
#include "ocr/ocr_priv.h"

#include <string.h>

enum {
    INK = 190
}; /* darker than this is ink, anti-aliased edges included */

static int32_t clamp(int32_t v, int32_t low, int32_t high)
{
    return v < low ? low : v > high ? high : v;
}

static bool column_has_ink(const dsc_crop *c, int32_t x)
{
    for (int32_t y = 0; y < c->h; y++)
        if (c->px[(size_t)y * (size_t)c->w + (size_t)x] < INK)
            return true;
    return false;
}

/* Where the space between two neighbours is: the middle of the longest run of
 * empty columns around the seam of their boxes. */
static int32_t seam(const uint8_t *inked, dsc_rect a, dsc_rect b, int32_t h,
                    int32_t w)
{
    int32_t end = a.x + a.w, low = end, high = b.x, best = 0, at;

    if (low > high) {
        low = b.x;
        high = end;
    }
    at = (low + high) / 2;
    low = clamp(low - h / 3, a.x + a.w / 2, w);
    high = clamp(high + h / 3, 0, b.x + b.w / 2);
    for (int32_t x = clamp(low, 0, w), run = 0; x < high && x < w; x++) {
        run = inked[x] ? 0 : run + 1;
        if (run > best) {
            best = run;
            at = x - run / 2;
        }
    }
    return clamp(at, 0, w);
}

/* The smallest box of ink in columns [x0, x1). */
static dsc_rect ink_box(const dsc_crop *c, int32_t x0, int32_t x1)
{
    int32_t l = x1, r = x0, t = c->h, b = 0;

    for (int32_t y = 0; y < c->h; y++)
        for (int32_t x = x0; x < x1; x++)
            if (c->px[(size_t)y * (size_t)c->w + (size_t)x] < INK) {
                l = x < l ? x : l;
                r = x + 1 > r ? x + 1 : r;
                t = y < t ? y : t;
                b = y + 1 > b ? y + 1 : b;
            }
    return (dsc_rect){l, t, r - l, b - t};
}

/* Widen [x0, x1) over ink while the gap is no more than `gap`, within
 * [low, high). */
static void follow(const uint8_t *inked, int32_t *x0, int32_t *x1, int32_t low,
                   int32_t high, int32_t gap)
{
    for (int32_t x = *x0 - 1; x >= low && *x0 - x <= gap + 1; x--)
        if (inked[x])
            *x0 = x;
    for (int32_t x = *x1; x < high && x - *x1 <= gap; x++)
        if (inked[x])
            *x1 = x + 1;
}

dsc_status dsc_ocr__claim_ink(const dsc_crop *crop, dsc_words *words,
                              dsc_error *err)
{
    uint8_t *inked = dsc_alloc((size_t)crop->w);
    int32_t low = 0;

    if (!inked)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (int32_t x = 0; x < crop->w; x++)
        inked[x] = column_has_ink(crop, x);
    for (size_t i = 0; i < words->count; i++) {
        dsc_rect *box = &words->items[i].box, b;
        bool last = i + 1 == words->count;
        int32_t high =
            last ? crop->w
                 : seam(inked, *box, words->items[i + 1].box, crop->h, crop->w);
        int32_t x0 = clamp(box->x, 0, crop->w), x1;
        high = high < low ? low : high;
        x0 = clamp(x0, low, high);
        x1 = clamp(box->x + box->w, x0, high);
        follow(inked, &x0, &x1, low, high, crop->h / 3);
        b = ink_box(crop, x0, x1);
        if (!dsc_rect_empty(b))
            *box = dsc_rect_clip(dsc_rect_grow(b, 1, 1), (uint32_t)crop->w,
                                 (uint32_t)crop->h);
        else
            *box = dsc_rect_clip(*box, (uint32_t)crop->w, (uint32_t)crop->h);
        low = high;
    }
    dsc_wipe_free(inked, (size_t)crop->w);
    return DSC_OK;
}
