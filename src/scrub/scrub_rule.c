/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules: the edge of a picture, of a table, of a window. A finder's box holds a
 * piece of one that is as high as its letters; it is none of them, since it
 * goes on far beyond them on one side, straight and of one colour. */
#include "scrub/scrub_priv.h"

#define THICK    6  /* a box of it is no thicker, a pixel around it included */
#define EVEN     24 /* grey levels of one colour, after a lossy compression */
#define CONTRAST 48 /* and of ink and paper */
#define BEYOND   32 /* pixels at least that it goes on for, */
#define TIMES    4  /* and so many times its piece in the box */

/* Across and along the rule, which stands or lies. */
static int pixel(const dsc_plane *p, bool stands, int32_t across, int32_t along)
{
    int32_t x = stands ? across : along, y = stands ? along : across;

    return p->data[(size_t)y * p->stride + (size_t)x];
}

static bool is_even(const dsc_plane *p, bool stands, int32_t across,
                    int32_t from, int32_t to, int colour)
{
    for (int32_t i = from; i < to; i++) {
        int off = pixel(p, stands, across, i) - colour;
        if (off > EVEN || off < -EVEN)
            return false;
    }
    return true;
}

bool dsc_is_rule(const dsc_plane *p, dsc_rect box)
{
    dsc_rect b = dsc_rect_clip(box, p->columns, p->rows);
    bool stands = b.h > b.w, before, after;
    int32_t thick = stands ? b.w : b.h, length = stands ? b.h : b.w;
    int32_t from = stands ? b.y : b.x, across = stands ? b.x : b.y;
    int32_t end = (int32_t)(stands ? p->rows : p->columns);
    int32_t reach = TIMES * length < BEYOND ? BEYOND : TIMES * length;
    int low = 255, high = 0;

    if (dsc_rect_empty(b) || thick > THICK || length < 2 * thick)
        return false;
    before = from >= reach;
    after = from + length + reach <= end;
    for (int32_t i = across; i < across + thick; i++) {
        int colour = pixel(p, stands, i, from + length / 2);
        if (!is_even(p, stands, i, from, from + length, colour))
            return false;
        before = before && is_even(p, stands, i, from - reach, from, colour);
        after = after && is_even(p, stands, i, from + length,
                                 from + length + reach, colour);
        low = colour < low ? colour : low;
        high = colour > high ? colour : high;
    }
    return (before || after) && high - low >= CONTRAST;
}
