/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules: the edge of a picture, of a table, of a window. A finder's box holds a
 * piece of one that is as high as its letters; it is none of them, since it
 * goes on far beyond them on one side, straight and of one colour. And pieces
 * of the bars that show which colours there are. */
#include "scrub/scrub_priv.h"

#define THICK    6  /* a box of it is no thicker, a pixel around it included */
#define EVEN     24 /* grey levels of one colour, after a lossy compression */
#define CONTRAST 48 /* and of ink and paper */
#define BEYOND   32 /* pixels at least that it goes on for, */
#define TIMES    4  /* and so many times its piece in the box */
#define BAR_PX   12 /* no stroke of a letter is as thick */
#define CELL_PX  6  /* nor as a cell of its colours */
#define SAME     1  /* grey levels that one colour may differ by, */
#define STEP     48 /* those beside it at most, */
#define RANGE    32 /* and all of the bar at least */
#define STEPS    3  /* along it */
#define FADES    8  /* grey levels that an edge changes beyond the box, */
#define TURNS    20 /* and in it, at its steps */
#define BASE     24 /* where it stands for no flow it is as dark as this, */
#define BASE_PX  14 /* for so many lines at most */
#define NO_PAPER (-1000)

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

/* ---- bars ---- */

static bool is_near(int a, int b, int levels)
{
    return a - b <= levels && b - a <= levels;
}

/* A line across a bar: cells of one colour beside each other, wider than
 * strokes are. Paper may be between bars, or all that there is. */
static bool are_cells(const dsc_plane *p, bool stands, int32_t across,
                      int32_t thick, int32_t at, int paper)
{
    int32_t cell = across, bar = across, widest = 0; /* where they begin */
    int last = pixel(p, stands, across, at);

    for (int32_t i = across; i <= across + thick; i++) {
        bool ends = i == across + thick;
        int v = ends ? paper : pixel(p, stands, i, at);
        bool was_paper = is_near(last, paper, SAME);
        if (is_near(v, last, SAME) && !ends)
            continue;
        if (!was_paper && cell > across && !ends && i - cell < CELL_PX)
            return false;
        if (!was_paper && (ends || is_near(v, paper, SAME)))
            widest = i - bar > widest ? i - bar : widest;
        else if (!was_paper && !is_near(v, last, STEP))
            return false;
        if (was_paper)
            bar = i;
        cell = i;
        last = v;
    }
    return widest >= BAR_PX || (!widest && paper != NO_PAPER);
}

static int edge(const dsc_plane *p, bool stands, int32_t across, int32_t at)
{
    return pixel(p, stands, across, at) - pixel(p, stands, across - 1, at);
}

/* Bars beside each other have their edges at the same places all along, which
 * change little by little; strokes of letters begin and end. */
static bool has_edges_of(const dsc_plane *p, bool stands, int32_t across,
                         int32_t thick, int32_t at, int32_t other, int levels,
                         bool *any)
{
    for (int32_t k = across + 1; k < across + thick; k++) {
        int e = edge(p, stands, k, at);
        if (!is_near(e, edge(p, stands, k, other), levels))
            return false;
        *any = *any || !is_near(e, 0, FADES);
    }
    return true;
}

/* ... and beyond the box on one side at least, which ends where the strokes of
 * letters do. */
static bool goes_on(const dsc_plane *p, bool stands, int32_t across,
                    int32_t thick, int32_t from, int32_t end)
{
    int32_t room = (int32_t)(stands ? p->rows : p->columns);
    int32_t before = from, behind = end - 1;
    bool any = false; /* nobody asks */

    while (
        before > 0 && before > from - CELL_PX &&
        has_edges_of(p, stands, across, thick, before - 1, before, FADES, &any))
        before--;
    while (
        behind + 1 < room && behind + 1 < end + CELL_PX &&
        has_edges_of(p, stands, across, thick, behind + 1, behind, FADES, &any))
        behind++;
    return before == from - CELL_PX || behind == end - 1 + CELL_PX;
}

/* From dark to bright or from bright to dark: what has a stroke in it goes to
 * and fro. */
static bool is_monotone(const dsc_plane *p, bool stands, int32_t across,
                        int32_t from, int32_t end)
{
    int least = 255, most = 0;
    bool rises = false, falls = false;

    for (int32_t i = from; i < end && !(rises && falls); i++) {
        int v = pixel(p, stands, across, i);
        least = v < least ? v : least;
        most = v > most ? v : most;
        rises = rises || v > least + SAME;
        falls = falls || v < most - SAME;
    }
    return !(rises && falls);
}

static bool is_dark(const dsc_plane *p, bool stands, int32_t across,
                    int32_t thick, int32_t at)
{
    for (int32_t k = across; k < across + thick; k++)
        if (pixel(p, stands, k, at) > BASE)
            return false;
    return true;
}

/* The base line of a scale of velocities, nearly black: from here on they rise
 * again. Marks are at it, too thin and too dark for letters. */
static int32_t base_line(const dsc_plane *p, bool stands, int32_t across,
                         int32_t thick, int32_t from, int32_t end, int32_t *to)
{
    int32_t base = from;

    while (base < end && !is_dark(p, stands, across, thick, base))
        base++;
    for (*to = base; *to < end && is_dark(p, stands, across, thick, *to);)
        ++*to;
    return *to - base <= BASE_PX ? base : (*to = end);
}

/* Along bars colours change little by little, more often than at the edges of a
 * thick stroke, and much in all. */
static bool is_scale(const dsc_plane *p, bool stands, int32_t across,
                     int32_t thick, int32_t from, int32_t end, int paper)
{
    int least = 255, most = 0, steps = 0;
    int32_t light,
        dark = base_line(p, stands, across, thick, from, end, &light);
    bool edges = false;

    for (int32_t k = across; k < across + thick; k++)
        if (!is_monotone(p, stands, k, from, dark) ||
            !is_monotone(p, stands, k, light, end))
            return false;
    for (int32_t i = from; i < end; i++) {
        int32_t before = i == from || i == light ? i : i - 1;
        bool changes = false, base = i >= dark && i < light;
        if (!are_cells(p, stands, across, thick, i, paper) ||
            (!base &&
             !has_edges_of(p, stands, across, thick, i, before, TURNS, &edges)))
            return false;
        for (int32_t k = across; k < across + thick; k++) {
            int v = pixel(p, stands, k, i);
            int last = pixel(p, stands, k, i > from ? i - 1 : i);
            if (!is_near(v, last, STEP))
                return false;
            changes = changes || !is_near(v, last, SAME);
            if (is_near(v, paper, SAME))
                continue;
            least = v < least ? v : least;
            most = v > most ? v : most;
        }
        steps += changes;
    }
    return steps >= STEPS && most - least >= RANGE &&
           (!edges || goes_on(p, stands, across, thick, from, end));
}

/* Is the line of one colour, that of the paper where that is known? */
static bool is_paper(const dsc_plane *p, bool stands, int32_t across,
                     int32_t from, int32_t end, int *paper)
{
    int colour = *paper == NO_PAPER ? pixel(p, stands, across, from) : *paper;

    for (int32_t i = from; i < end; i++)
        if (!is_near(pixel(p, stands, across, i), colour, SAME))
            return false;
    *paper = colour;
    return true;
}

static bool is_bar(const dsc_plane *p, dsc_rect b, bool stands)
{
    int32_t left = stands ? b.x : b.y, right = left + (stands ? b.w : b.h);
    int32_t from = stands ? b.y : b.x, end = from + (stands ? b.h : b.w);
    int32_t room = (int32_t)(stands ? p->columns : p->rows);
    int32_t thick = right - left < BAR_PX ? BAR_PX : right - left;
    int paper = NO_PAPER;

    for (int32_t i = left; i < right && paper == NO_PAPER; i++)
        is_paper(p, stands, i, from, end, &paper);
    while (paper != NO_PAPER && from < end &&
           is_paper(p, !stands, from, left, right, &paper))
        from++;
    while (paper != NO_PAPER && from < end &&
           is_paper(p, !stands, end - 1, left, right, &paper))
        end--;
    if (end - from < BAR_PX)
        return false;
    /* It may be as thick as a bar only beyond the box. */
    for (int32_t i = right - thick; i <= left; i++)
        if (i >= 0 && i + thick <= room &&
            is_scale(p, stands, i, thick, from, end, paper))
            return true;
    return false;
}

bool dsc_is_bar(const dsc_plane *p, dsc_rect box)
{
    /* without the pixel around its ink */
    dsc_rect b = dsc_rect_grow(dsc_rect_clip(box, p->columns, p->rows), -1, -1);

    return !dsc_rect_empty(b) && (is_bar(p, b, true) || is_bar(p, b, false));
}
