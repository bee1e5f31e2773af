/* SPDX-License-Identifier: Apache-2.0
 *
 * Panels, buttons, and what lies between them: paper of several colours. A
 * finder takes the edges of two that are as far apart as letters are high for
 * letters, and the median of a place that two share is the ground of one. */
#include "scrub/scrub_priv.h"

#include <stdlib.h>

enum {
    THICK_PX = 3,   /* a bar of one colour that is as thick, and longer than any
                       stroke, is a piece of one */
    AROUND_PX = 16, /* a panel reaches so far beyond such bars, at most */
    LONG = 128      /* in a long run of one colour */
};

/* Mark runs of one colour that are so long, and have the mark `of` (0: any),
 * along rows or columns. */
static void mark_runs(const dsc_plane *p, int same, bool row, size_t length,
                      uint8_t of, uint8_t what, uint8_t *mask)
{
    size_t lines = row ? p->rows : p->columns;
    size_t all = row ? p->columns : p->rows;
    size_t step = row ? 1 : p->stride, mask_step = row ? 1 : p->columns;

    for (size_t i = 0; i < lines; i++) {
        const uint8_t *v = p->data + i * (row ? p->stride : 1);
        uint8_t *m = mask + i * (row ? p->columns : 1);
        size_t from = 0;
        while (from < all) {
            int colour = v[from * step];
            size_t to = from;
            while (to < all && (m[to * mask_step] & of) == of &&
                   abs(v[to * step] - colour) <= same)
                to++;
            for (size_t k = from; to - from >= length && k < to; k++)
                m[k * mask_step] |= what;
            from = to > from ? to : from + 1;
        }
    }
}

void dsc_mark_bars(const dsc_plane *plane, uint8_t of, int same, int32_t length,
                   uint8_t *mask)
{
    size_t n = (size_t)plane->columns * plane->rows;

    for (int row = 0; row < 2; row++) {
        mark_runs(plane, same, row, (size_t)length, of, LONG, mask);
        mark_runs(plane, same, !row, THICK_PX, LONG, DSC_PANEL, mask);
        for (size_t i = 0; i < n; i++)
            mask[i] &= (uint8_t)~LONG;
    }
}

/* ---- what else is of a panel's colour ---- */

/* An area, and for each pixel one more than the colour of the panel it belongs
 * to, or 0. */
typedef struct sheet {
    dsc_plane plane;
    uint8_t *mask;
    uint16_t *colour;
} sheet;

static void spread_to(sheet *s, size_t i, int v, size_t from)
{
    if (!s->colour[i] && s->mask[from] &&
        abs(v + 1 - s->colour[from]) <= DSC_PANEL_LEVELS)
        s->colour[i] = s->colour[from];
}

/* From what is marked one pixel farther, and mark it. */
static void spread(sheet *s)
{
    size_t w = s->plane.columns, h = s->plane.rows;

    for (size_t y = 0, i = 0; y < h; y++)
        for (size_t x = 0; x < w; x++, i++) {
            int v = s->plane.data[y * s->plane.stride + x];
            if (x)
                spread_to(s, i, v, i - 1);
            if (x + 1 < w)
                spread_to(s, i, v, i + 1);
            if (y)
                spread_to(s, i, v, i - w);
            if (y + 1 < h)
                spread_to(s, i, v, i + w);
        }
    for (size_t i = 0; i < w * h; i++)
        s->mask[i] = s->colour[i] ? DSC_PANEL : 0;
}

static void take_colours(sheet *s)
{
    size_t w = s->plane.columns, h = s->plane.rows;

    for (size_t y = 0, i = 0; y < h; y++)
        for (size_t x = 0; x < w; x++, i++)
            if (s->mask[i])
                s->colour[i] =
                    (uint16_t)(s->plane.data[y * s->plane.stride + x] + 1);
}

dsc_status dsc_panels_in(const dsc_plane *plane, dsc_rect box, uint8_t **mask,
                         dsc_rect *area, dsc_error *err)
{
    bool lies = box.w >= 2 * box.h;
    int32_t most = lies || box.h > box.w ? box.h : box.w; /* of a letter */
    int32_t length = most + 1;
    int32_t times = most / 2 < AROUND_PX ? most / 2 : AROUND_PX;
    sheet s = {.mask = NULL};
    size_t n;

    *area = dsc_rect_clip(dsc_rect_grow(box, length, length), plane->columns,
                          plane->rows);
    n = (size_t)dsc_rect_area(*area);
    s.mask = *mask = dsc_calloc(n, 1);
    s.colour = dsc_calloc(n, sizeof *s.colour);
    if (!s.mask || !s.colour) {
        dsc_free(s.colour);
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    }
    s.plane = (dsc_plane){plane->data + (size_t)area->y * plane->stride +
                              (size_t)area->x,
                          (uint32_t)area->w, (uint32_t)area->h, plane->stride};
    dsc_mark_bars(&s.plane, 0, DSC_PANEL_LEVELS, length, s.mask);
    take_colours(&s);
    for (int32_t i = 0; i < times; i++)
        spread(&s);
    dsc_free(s.colour);
    return DSC_OK;
}
