/* SPDX-License-Identifier: Apache-2.0
 *
 * The last look at a box, in the plane itself: the letters' gaps can pass for
 * letters of the other polarity, but the frame around a line is paper.
 */
#include "detect/detect_priv.h"

#include <stdlib.h>

typedef struct levels {
    uint32_t count[256];
    uint32_t sum;
} levels;

static int pixel(const dsc_plane *p, int32_t x, int32_t y)
{
    return p->data[(size_t)y * p->stride + (size_t)x];
}

static void add(levels *l, const dsc_plane *p, dsc_rect r)
{
    r = dsc_rect_clip(r, p->columns, p->rows);
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++) {
            l->count[pixel(p, x, y)]++;
            l->sum++;
        }
}

/* The value that `share` thousandths of the pixels do not reach. */
static int rank(const levels *l, uint32_t share)
{
    uint64_t sum = 0;
    int v = 0;

    for (; v < 255; v++) {
        sum += l->count[v];
        if (sum * 1000 > (uint64_t)l->sum * share)
            break;
    }
    return v;
}

/* Rows and columns from one to two pixels outside. */
static void add_ring(levels *l, const dsc_plane *p, dsc_rect b)
{
    add(l, p, (dsc_rect){b.x - 2, b.y - 2, b.w + 4, 2});
    add(l, p, (dsc_rect){b.x - 2, b.y + b.h, b.w + 4, 2});
    add(l, p, (dsc_rect){b.x - 2, b.y, 2, b.h});
    add(l, p, (dsc_rect){b.x + b.w, b.y, 2, b.h});
}

/* Above and below, a letter's ink goes on this near: a dot or an accent may
 * stand that far off. At an end the next letter may stand a height off. */
#define NEAR_PX 2

static bool is_ink(int value, int paper, int ink)
{
    int d = (value - paper) * 10, limit = (ink - paper) * 4;
    return limit > 0 ? d > limit : d < limit;
}

static bool has_ink(const dsc_plane *p, dsc_rect r, int paper, int ink)
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            if (is_ink(pixel(p, x, y), paper, ink))
                return true;
    return false;
}

/* Does ink of the box go on in the strip beside it? What stands there by
 * itself is grain, or another line. */
static bool goes_on(const dsc_plane *p, dsc_rect box, dsc_rect strip, int paper,
                    int ink)
{
    bool at_end = strip.w < strip.h ? box.w >= box.h : box.h > box.w;
    int32_t high = box.w < box.h ? box.w : box.h;
    int32_t reach = at_end && high > NEAR_PX ? high : NEAR_PX;

    strip = dsc_rect_clip(strip, p->columns, p->rows);
    for (int32_t y = strip.y; y < strip.y + strip.h; y++)
        for (int32_t x = strip.x; x < strip.x + strip.w; x++) {
            dsc_rect near = dsc_rect_grow((dsc_rect){x, y, 1, 1}, reach, reach);
            if (is_ink(pixel(p, x, y), paper, ink) &&
                has_ink(p, dsc_rect_intersect(near, box), paper, ink))
                return true;
        }
    return false;
}

static dsc_rect widen(const dsc_plane *p, dsc_rect b, int32_t reach, int paper,
                      int ink)
{
    dsc_rect r = b;

    for (int32_t i = 0; i < reach; i++) {
        dsc_rect old = r;
        if (goes_on(p, r, (dsc_rect){r.x - 1, r.y, 1, r.h}, paper, ink)) {
            r.x--;
            r.w++;
        }
        if (goes_on(p, r, (dsc_rect){r.x + r.w, r.y, 1, r.h}, paper, ink))
            r.w++;
        if (goes_on(p, r, (dsc_rect){r.x, r.y - 1, r.w, 1}, paper, ink)) {
            r.y--;
            r.h++;
        }
        if (goes_on(p, r, (dsc_rect){r.x, r.y + r.h, r.w, 1}, paper, ink))
            r.h++;
        if (r.w == old.w && r.h == old.h)
            break;
    }
    return r;
}

/* Is all of it paper, give or take? */
static bool is_paper(const dsc_plane *p, dsc_rect r, int paper, int within)
{
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++) {
            int d = pixel(p, x, y) - paper;
            if (d > within || d < -within)
                return false;
        }
    return true;
}

/* Take off rows and columns of paper; on grained paper there are none. */
static dsc_rect trim(const dsc_plane *p, dsc_rect r, int paper, int within)
{
    int32_t most_h = r.h / 3, most_w = r.w / 3;

    for (int32_t i = 0; i < most_h; i++, r.y++, r.h--)
        if (!is_paper(p, (dsc_rect){r.x, r.y, r.w, 1}, paper, within))
            break;
    for (int32_t i = 0; i < most_h; i++, r.h--)
        if (!is_paper(p, (dsc_rect){r.x, r.y + r.h - 1, r.w, 1}, paper, within))
            break;
    for (int32_t i = 0; i < most_w; i++, r.x++, r.w--)
        if (!is_paper(p, (dsc_rect){r.x, r.y, 1, r.h}, paper, within))
            break;
    for (int32_t i = 0; i < most_w; i++, r.w--)
        if (!is_paper(p, (dsc_rect){r.x + r.w - 1, r.y, 1, r.h}, paper, within))
            break;
    return r;
}

/* Where the paper changes beyond an end (the edge of a picture, a grey bar) a
 * letter may lie that cannot be told from it: the room of one more goes. */
#define LETTER_PX 12

static dsc_rect lengthen(const dsc_plane *p, dsc_rect b, bool turned, int paper,
                         int within)
{
    int32_t high = turned ? b.w : b.h;
    int32_t more = high < LETTER_PX ? high : LETTER_PX;
    dsc_rect ends[2] = {{b.x - more, b.y, more, b.h},
                        {b.x + b.w, b.y, more, b.h}};

    if (turned) {
        ends[0] = (dsc_rect){b.x, b.y - more, b.w, more};
        ends[1] = (dsc_rect){b.x, b.y + b.h, b.w, more};
    }
    for (int i = 0; i < 2; i++) {
        levels end = {{0}, 0};
        add(&end, p, ends[i]);
        if (end.sum && abs(rank(&end, 500) - paper) > within)
            b = dsc_rect_union(b, ends[i]);
    }
    return b;
}

/* Grained paper: most of what the box shows, its frame shows as well. */
#define GRAIN_PERCENT 40
#define GRAINED_SCORE 0.68F

static bool is_grained(const levels *ring, int contrast)
{
    int spread = rank(ring, 900) - rank(ring, 100);
    return spread * 100 > contrast * GRAIN_PERCENT;
}

bool dsc_detect__snap(const dsc_plane *plane, dsc_text_box *box)
{
    dsc_rect b = dsc_rect_clip(box->box, plane->columns, plane->rows);
    int32_t h = box->rotation ? b.w : b.h;
    levels in = {{0}, 0}, ring = {{0}, 0};
    int low, high, paper, contrast;
    bool credible = true, grained;

    add(&in, plane, b);
    add_ring(&ring, plane, b);
    if (ring.sum) {
        low = rank(&in, 20);
        high = rank(&in, 980);
        paper = rank(&ring, 500);
        box->dark = paper - low > high - paper;
        contrast = box->dark ? paper - low : high - paper;
        grained = is_grained(&ring, contrast);
        /* grain passes for ink */
        b = widen(plane, b, grained || h / 6 < 2 ? 2 : h / 6, paper,
                  box->dark ? low : high);
        credible = box->score >= GRAINED_SCORE || !grained;
        b = trim(plane, b, paper, contrast / 5 < 8 ? contrast / 5 : 8);
        if (credible)
            b = lengthen(plane, b, box->rotation != 0, paper, contrast / 3);
    }
    box->box =
        dsc_rect_clip(dsc_rect_grow(b, 1, 1), plane->columns, plane->rows);
    return credible;
}
