/* SPDX-License-Identifier: Apache-2.0
 *
 * Tesseract's word boxes come from its network's output steps and miss parts
 * of letters. Here each word gets the ink that is its own.
 */
#include "ocr/ocr_priv.h"

#include <string.h>

enum {
    RULE_PERCENT = 90,
    SPECK_PX = 4, /* lower than this is no letter */
    BLOBS = 64,   /* pieces of unread ink told apart in one line */
};

static int32_t clamp(int32_t v, int32_t low, int32_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* The letters' ink of a crop, a byte a pixel. */
typedef struct ink_map {
    uint8_t *px;     /* w * h: 0 none, OWN, or FOREIGN */
    uint8_t *inked;  /* per column: letters of the line */
    uint8_t *taken;  /* per column: some word's own */
    uint32_t *stack; /* of a flood */
    int32_t w, h;
} ink_map;

enum {
    NEW = 1,
    OWN,
    FOREIGN
};

static bool is_ink(const ink_map *m, int32_t x, int32_t y)
{
    return m->px[(size_t)y * (size_t)m->w + (size_t)x] == OWN;
}

/* Give one connected piece of ink its kind. Another line's that reaches
 * into the crop comes over its upper or lower edge and ends before the middle.
 */
static void judge_piece(ink_map *m, size_t start)
{
    size_t w = (size_t)m->w, top = 0, done = 0;
    int32_t y0 = m->h, y1 = 0;
    bool foreign;

    m->px[start] = OWN;
    m->stack[top++] = (uint32_t)start;
    while (done < top) { /* what was visited stays, to be marked again */
        int32_t x = (int32_t)(m->stack[done] % w);
        int32_t y = (int32_t)(m->stack[done++] / w);
        y0 = y < y0 ? y : y0;
        y1 = y > y1 ? y : y1;
        for (int32_t v = y - 1; v <= y + 1; v++)
            for (int32_t u = x - 1; u <= x + 1; u++) {
                size_t at = (size_t)v * w + (size_t)u;
                if (u < 0 || v < 0 || u >= m->w || v >= m->h ||
                    m->px[at] != NEW)
                    continue;
                m->px[at] = OWN;
                m->stack[top++] = (uint32_t)at;
            }
    }
    foreign =
        (y0 == 0 && y1 < m->h / 3) || (y1 == m->h - 1 && y0 >= m->h - m->h / 3);
    for (size_t i = 0; foreign && i < top; i++)
        m->px[m->stack[i]] = FOREIGN;
}

static void ink_free(ink_map *m)
{
    size_t n = (size_t)m->w * (size_t)m->h;

    dsc_wipe_free(m->px, n);
    dsc_wipe_free(m->stack, n * sizeof *m->stack);
    dsc_wipe_free(m->inked, 2 * (size_t)m->w);
}

static dsc_status ink_make(ink_map *m, const dsc_crop *c, dsc_error *err)
{
    size_t n = (size_t)c->w * (size_t)c->h;

    *m = (ink_map){.w = c->w, .h = c->h};
    m->px = dsc_alloc(n);
    m->stack = dsc_calloc(n, sizeof *m->stack);
    m->inked = dsc_calloc((size_t)c->w, 2);
    if (!m->px || !m->stack || !m->inked)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    m->taken = m->inked + c->w;
    for (size_t i = 0; i < n; i++)
        m->px[i] = c->px[i] < DSC_OCR_INK ? NEW : 0;
    for (size_t i = 0; i < n; i++)
        if (m->px[i] == NEW)
            judge_piece(m, i);
    return DSC_OK;
}

/* A row that is ink nearly from end to end: a rule under the line or the frame
 * of a table, which would hide every space between words. */
static bool is_rule(const ink_map *m, int32_t y)
{
    int32_t n = 0;

    for (int32_t x = 0; x < m->w; x++)
        n += is_ink(m, x, y);
    return (int64_t)n * 100 >= (int64_t)m->w * RULE_PERCENT;
}

/* Which columns hold ink of letters? */
static void mark_columns(ink_map *m)
{
    for (int32_t y = 0; y < m->h; y++) {
        if (is_rule(m, y))
            continue;
        for (int32_t x = 0; x < m->w; x++)
            m->inked[x] |= is_ink(m, x, y);
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
static dsc_rect ink_box(const ink_map *c, int32_t x0, int32_t x1)
{
    int32_t l = x1, r = x0, t = c->h, b = 0;

    for (int32_t y = 0; y < c->h; y++)
        for (int32_t x = x0; x < x1; x++)
            if (is_ink(c, x, y)) {
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

/* The words' boxes, and the columns that each takes. */
static void claim(ink_map *m, dsc_words *words)
{
    uint32_t w = (uint32_t)m->w, h = (uint32_t)m->h;
    int32_t low = 0;

    for (size_t i = 0; i < words->count; i++) {
        dsc_rect *box = &words->items[i].box, b;
        bool last = i + 1 == words->count;
        int32_t high =
            last ? m->w
                 : seam(m->inked, *box, words->items[i + 1].box, m->h, m->w);
        int32_t x0 = clamp(box->x, 0, m->w), x1;
        high = high < low ? low : high;
        x0 = clamp(x0, low, high);
        x1 = clamp(box->x + box->w, x0, high);
        follow(m->inked, &x0, &x1, low, high, m->h / 3);
        b = ink_box(m, x0, x1);
        if (!dsc_rect_empty(b))
            *box = dsc_rect_clip(dsc_rect_grow(b, 1, 1), w, h);
        else
            *box = dsc_rect_clip(*box, w, h);
        memset(m->taken + x0, 1, (size_t)(x1 - x0));
        low = high;
    }
}

/* The ink of a word's first letter. */
static dsc_rect first_ink(const ink_map *m, dsc_rect word)
{
    int32_t x0 = word.x, end = word.x + word.w, x1;

    while (x0 < end && !m->inked[x0])
        x0++;
    for (x1 = x0; x1 < end && m->inked[x1]; x1++)
        ;
    return ink_box(m, x0, x1);
}

/* ".62" is read as "-62": of a dash and a point only the place differs. */
static void lower_dash(const ink_map *m, dsc_word *w)
{
    size_t digits = strspn(w->utf8 + (*w->utf8 != 0), "0123456789");
    dsc_rect sign = first_ink(m, w->box);
    int32_t third = (w->box.h - 2) / 3; /* without the pixel around */

    if (*w->utf8 == '-' && digits && !w->utf8[1 + digits] && sign.w <= third &&
        sign.h <= third && sign.y - w->box.y > 2 * third)
        *w->utf8 = '.';
}

/* The next piece of letters' ink from column *x on that is no word's; false at
 * the end. Specks are left out. */
static bool next_blob(const ink_map *m, int32_t least, int32_t *x,
                      dsc_rect *out)
{
    while (*x < m->w) {
        int32_t x0 = *x, x1, end;
        if (!m->inked[x0] || m->taken[x0]) {
            (*x)++;
            continue;
        }
        for (end = x0; end < m->w && !m->taken[end]; end++)
            ;
        x1 = x0 + 1;
        follow(m->inked, &x0, &x1, x0, end, m->h / 3);
        *x = x1;
        *out = ink_box(m, x0, x1);
        if (out->h >= least && out->w >= 2)
            return true;
    }
    return false;
}

/* What stands in the line and is in no word that was read, as words without
 * text. */
static dsc_status add_unread(const ink_map *m, int32_t text_h, dsc_words *words,
                             dsc_error *err)
{
    int32_t least = text_h / 5 < SPECK_PX ? SPECK_PX : text_h / 5, x = 0;
    dsc_rect blob;
    size_t n = 0;
    dsc_status st = DSC_OK;

    while (!st && next_blob(m, least, &x, &blob)) {
        if (++n == BLOBS) /* the rest as one */
            blob = ink_box(m, blob.x, x = m->w);
        blob = dsc_rect_clip(dsc_rect_grow(blob, 1, 1), (uint32_t)m->w,
                             (uint32_t)m->h);
        st = dsc_words_add(words, "", blob, 0, 0, err);
    }
    return st;
}

dsc_status dsc_ocr__claim_ink(const dsc_crop *crop, dsc_words *words,
                              dsc_error *err)
{
    ink_map m = {0};
    dsc_status st;

    if (!words->count) /* nothing was read: the whole line is unread */
        return DSC_OK;
    st = ink_make(&m, crop, err);
    if (!st) {
        mark_columns(&m);
        claim(&m, words);
        for (size_t i = 0; i < words->count; i++)
            lower_dash(&m, &words->items[i]);
        st = add_unread(&m, crop->text_h, words, err);
    }
    ink_free(&m);
    return st;
}
