/* SPDX-License-Identifier: Apache-2.0
 *
 * Tesseract's word boxes come from its network's output steps and miss parts
 * of letters. Here each word gets the ink that is its own.
 */
#include "ocr/ocr_priv.h"

#include <string.h>

enum {
    INK = 190, /* darker than this is ink, anti-aliased edges included */
    RULE_PERCENT = 90,
    SPECK_PX = 4, /* lower than this is no letter */
    BLOBS = 64,   /* pieces of unread ink told apart in one line */
};

static int32_t clamp(int32_t v, int32_t low, int32_t high)
{
    return v < low ? low : v > high ? high : v;
}

static bool is_ink(const dsc_crop *c, int32_t x, int32_t y)
{
    return c->px[(size_t)y * (size_t)c->w + (size_t)x] < INK;
}

/* A row that is ink nearly from end to end: a rule under the line or the frame
 * of a table, which would hide every space between words. */
static bool is_rule(const dsc_crop *c, int32_t y)
{
    int32_t n = 0;

    for (int32_t x = 0; x < c->w; x++)
        n += is_ink(c, x, y);
    return (int64_t)n * 100 >= (int64_t)c->w * RULE_PERCENT;
}

/* Which columns hold ink of letters in rows [y0, y1)? */
static void mark_columns(const dsc_crop *c, int32_t y0, int32_t y1,
                         uint8_t *inked)
{
    memset(inked, 0, (size_t)c->w);
    for (int32_t y = y0; y < y1; y++) {
        if (is_rule(c, y))
            continue;
        for (int32_t x = 0; x < c->w; x++)
            inked[x] |= is_ink(c, x, y);
    }
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

/* The words' boxes, and in `taken` the columns that are some word's own. */
static void claim(const dsc_crop *crop, const uint8_t *inked, dsc_words *words,
                  uint8_t *taken)
{
    int32_t low = 0;

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
        memset(taken + x0, 1, (size_t)(x1 - x0));
        low = high;
    }
}

/* The next piece of letters' ink from column *x on that is no word's; false at
 * the end. Specks are left out. */
static bool next_blob(const dsc_crop *c, const uint8_t *inked,
                      const uint8_t *taken, int32_t *x, dsc_rect *out)
{
    int32_t least = c->text_h / 5 < SPECK_PX ? SPECK_PX : c->text_h / 5;

    while (*x < c->w) {
        int32_t x0 = *x, x1, end;
        if (!inked[x0] || taken[x0]) {
            (*x)++;
            continue;
        }
        for (end = x0; end < c->w && !taken[end]; end++)
            ;
        x1 = x0 + 1;
        follow(inked, &x0, &x1, x0, end, c->h / 3);
        *x = x1;
        *out = ink_box(c, x0, x1);
        if (out->h >= least && out->w >= 2)
            return true;
    }
    return false;
}

/* What stands in the line and is in no word that was read, as words without
 * text. */
static dsc_status add_unread(const dsc_crop *crop, const uint8_t *inked,
                             const uint8_t *taken, dsc_words *words,
                             dsc_error *err)
{
    dsc_rect blob;
    int32_t x = 0;
    size_t n = 0;
    dsc_status st = DSC_OK;

    while (!st && next_blob(crop, inked, taken, &x, &blob)) {
        if (++n == BLOBS) /* the rest as one */
            blob = ink_box(crop, blob.x, x = crop->w);
        blob = dsc_rect_clip(dsc_rect_grow(blob, 1, 1), (uint32_t)crop->w,
                             (uint32_t)crop->h);
        st = dsc_words_add(words, "", blob, 0, 0, err);
    }
    return st;
}

dsc_status dsc_ocr__claim_ink(const dsc_crop *crop, dsc_words *words,
                              dsc_error *err)
{
    size_t w = (size_t)crop->w;
    int32_t margin = (crop->h - crop->text_h) / 2;
    uint8_t *inked, *taken;
    dsc_status st = DSC_OK;

    if (!words->count) /* nothing was read: the whole line is unread */
        return DSC_OK;
    inked = dsc_calloc(w, 2);
    if (!inked)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    taken = inked + w;
    mark_columns(crop, 0, crop->h, inked);
    claim(crop, inked, words, taken);
    /* the margin shows other lines' ink */
    margin = margin < 0 ? 0 : margin;
    mark_columns(crop, margin, crop->h - margin, inked);
    st = add_unread(crop, inked, taken, words, err);
    dsc_wipe_free(inked, 2 * w);
    return st;
}
