/* SPDX-License-Identifier: Apache-2.0
 *
 * The ink of a line of a clip: is it what another frame showed? */
#include "scrub/scrub_priv.h"

#include <string.h>

#define START_BYTES ((size_t)32 << 20)

/* Pixels of ink on either of two pictures, and those that changed. */
typedef struct ink {
    uint32_t all, changed;
} ink;

/* Of ink that stands so much more is as it was than of its paper. */
#define MORE_INK 0.1
/* The eighth of a line that differs most from its paper is ink; so bright, or
 * so dark. */
#define INK_OF 8

static int ink_level(const uint8_t *px, size_t n, uint8_t flip)
{
    uint32_t count[256] = {0}, sum = 0;
    int level = 256;

    for (size_t i = 0; i < n; i++)
        count[px[i] ^ flip]++;
    while (level > 1 && sum * INK_OF <= n)
        sum += count[--level];
    return level;
}

/* Over what moves the finder's box of one line is not always the same, but less
 * than a letter more: is there ink in what is more? */
static bool has_ink_beside(const dsc_view *view, dsc_rect box, dsc_rect of,
                           int level, uint8_t flip)
{
    int32_t side = of.w < of.h ? of.w : of.h;
    int32_t more = side / 4 < 2 ? 2 : side / 4;

    if (!dsc_rect_within(box, dsc_rect_grow(of, more, more)))
        return true;
    for (int32_t y = 0; y < box.h; y++) {
        const uint8_t *row = dsc_view_row(view, box, y);
        for (int32_t x = 0; x < box.w; x++) {
            dsc_rect at = {box.x + x, box.y + y, 1, 1};
            if ((row[x] ^ flip) >= level && !dsc_rect_within(at, of))
                return true;
        }
    }
    return false;
}

/* What moves around it does not count, but where that is as bright. Each part,
 * which is as long as it is high and holds a letter or two, is looked at by
 * itself. */
bool dsc_ink_same(const dsc_view *view, const uint8_t *old, dsc_rect b,
                  const dsc_text_box *line)
{
    size_t n = (size_t)dsc_rect_area(b);
    uint8_t flip = line->dark ? 255 : 0;
    int32_t side = b.w < b.h ? b.w : b.h;
    int level = ink_level(old, n, flip);

    if (has_ink_beside(view, line->box, b, level, flip))
        return false;
    for (int32_t y0 = 0; y0 < b.h; y0 += side)
        for (int32_t x0 = 0; x0 < b.w; x0 += side) {
            ink part = {0, 0};
            for (int32_t y = y0; y < b.h && y < y0 + side; y++) {
                const uint8_t *row = old + (size_t)y * (size_t)b.w;
                const uint8_t *now = dsc_view_row(view, b, y);
                for (int32_t x = x0; x < b.w && x < x0 + side; x++) {
                    bool is_ink =
                        (row[x] ^ flip) >= level || (now[x] ^ flip) >= level;
                    part.all += is_ink;
                    part.changed +=
                        is_ink && (row[x] - now[x] > DSC_CHANGE_LEVELS ||
                                   now[x] - row[x] > DSC_CHANGE_LEVELS);
                }
            }
            if (part.changed > part.all / 5 + 2)
                return false;
        }
    return true;
}

/* Ink is as it was, more than what is behind it: tissue that hardly moves is no
 * text. */
bool dsc_ink_stands(const dsc_view *view, const uint8_t *old, dsc_rect b,
                    bool dark)
{
    uint8_t flip = dark ? 255 : 0;
    int level = ink_level(old, (size_t)dsc_rect_area(b), flip);
    double all[2] = {0}, same[2] = {0}; /* of paper, of ink */

    for (int32_t y = 0; y < b.h; y++) {
        const uint8_t *row = old + (size_t)y * (size_t)b.w;
        const uint8_t *now = dsc_view_row(view, b, y);
        for (int32_t x = 0; x < b.w; x++) {
            bool is_ink = (row[x] ^ flip) >= level;
            all[is_ink]++;
            same[is_ink] += row[x] - now[x] <= DSC_CHANGE_LEVELS &&
                            now[x] - row[x] <= DSC_CHANGE_LEVELS;
        }
    }
    return 3 * same[1] >= all[1] &&
           (all[0] == 0 || same[1] / all[1] - same[0] / all[0] >= MORE_INK);
}

dsc_status dsc_starts_add(dsc_starts *l, dsc_start start, const uint8_t *px,
                          dsc_error *err)
{
    size_t n = (size_t)dsc_rect_area(start.box);
    dsc_start *items;

    if (l->bytes + n > START_BYTES)
        return DSC_OK;
    items = dsc_room(l->items, l->count, &l->cap, sizeof *items);
    if (!items)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    l->items = items;
    start.px = dsc_alloc(n);
    if (!start.px)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    memcpy(start.px, px, n);
    l->items[l->count++] = start;
    l->bytes += n;
    return DSC_OK;
}

void dsc_starts_free(dsc_starts *l)
{
    for (size_t i = 0; i < l->count; i++)
        dsc_wipe_free(l->items[i].px, (size_t)dsc_rect_area(l->items[i].box));
    dsc_free(l->items);
    *l = (dsc_starts){0};
}
