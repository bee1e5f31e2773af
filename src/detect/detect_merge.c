/* SPDX-License-Identifier: Apache-2.0
 *
 * Boxes of several scales become one list. */
#include "detect/detect_priv.h"

/* A box whose area boxes of finer scales hold to this share is those lines,
 * drawn together, unless one of them is a part of the same single line. */
#define KNOWN_PERCENT 40
/* But no box of which they leave so much of its length in one piece, in parts
 * of its height: they are pieces of its line. It is left where they take less
 * than this part of the height. */
#define LEFT_PERCENT   75
#define PART_OF_HEIGHT 3
/* A box whose ink they hold to this share says nothing new. */
#define KNOWN_INK_PERCENT 97

/* The value that half of the box's pixels reach: its paper. */
static int paper_of(const dsc_plane *plane, dsc_rect r)
{
    uint32_t count[256] = {0}, sum = 0;
    int64_t half = dsc_rect_area(r) / 2;
    int v = 0;

    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            count[plane->data[(size_t)y * plane->stride + (size_t)x]]++;
    while (v < 255 && (sum += count[v]) <= half)
        v++;
    return v;
}

static bool is_inside(const dsc_rects *boxes, int32_t x, int32_t y)
{
    dsc_rects_foreach (r, boxes)
        if (x >= r->x && y >= r->y && x < r->x + r->w && y < r->y + r->h)
            return true;
    return false;
}

/* Is nearly all ink of the box, which is what differs from its paper, inside
 * the other boxes? Then it is those lines, drawn together. */
static bool ink_is_known(const dsc_plane *plane, dsc_rect r,
                         const dsc_rects *boxes)
{
    int paper = paper_of(plane, r), most = 0;
    int64_t ink = 0, known = 0;

    for (int pass = 0; pass < 2; pass++)
        for (int32_t y = r.y; y < r.y + r.h; y++)
            for (int32_t x = r.x; x < r.x + r.w; x++) {
                int d =
                    plane->data[(size_t)y * plane->stride + (size_t)x] - paper;
                d = d < 0 ? -d : d;
                if (pass == 0) {
                    most = d > most ? d : most;
                } else if (d * 3 > most) {
                    ink++;
                    known += is_inside(boxes, x, y);
                }
            }
    return known * 100 >= ink * KNOWN_INK_PERCENT;
}

/* Is one of the boxes a part of the same single line? Then the coarser box may
 * have its missing end. A part of an upright line does not lie down itself. */
static bool is_one_line(dsc_rect r, const dsc_rects *boxes)
{
    dsc_rects_foreach (b, boxes)
        if (dsc_rect_area(dsc_rect_intersect(r, *b)) * 2 > dsc_rect_area(*b) &&
            (b->h * 3 > r.h * 2 ||
             (b->w * 3 > r.w * 2 && r.h > r.w && b->h * 2 > b->w)))
            return true;
    return false;
}

/* A long box lies down; its length and height are w and h. */
static dsc_rect lay(dsc_rect r, bool upright)
{
    return upright ? (dsc_rect){r.y, r.x, r.h, r.w} : r;
}

/* Do the boxes leave a letter's room of the line and more? */
static bool leave_letters(dsc_rect r, const dsc_rects *boxes)
{
    bool upright = r.h > r.w;
    dsc_rect line = lay(r, upright);
    int32_t left = 0;

    for (int32_t x = line.x; x < line.x + line.w; x++) {
        dsc_rect column = {x, line.y, 1, line.h};
        int64_t taken = 0;
        dsc_rects_foreach (b, boxes)
            taken +=
                dsc_rect_area(dsc_rect_intersect(column, lay(*b, upright)));
        left = taken * PART_OF_HEIGHT < line.h ? left + 1 : 0;
        if (left * 100 > line.h * LEFT_PERCENT)
            return true;
    }
    return false;
}

/* Those of the first so many boxes that meet the rectangle. */
static dsc_status list_meeting(const dsc_text_boxes *boxes, size_t first,
                               dsc_rect r, dsc_rects *out, dsc_error *err)
{
    dsc_status st = DSC_OK;

    out->count = 0;
    for (size_t i = 0; !st && i < first; i++)
        if (!dsc_rect_empty(dsc_rect_intersect(boxes->items[i].box, r)))
            st = dsc_rects_add(out, boxes->items[i].box, err);
    return st;
}

dsc_status dsc_detect__drop_known(const dsc_plane *plane, int32_t loose,
                                  dsc_text_boxes *boxes, size_t first,
                                  dsc_rects *scratch, dsc_error *err)
{
    size_t kept = first;
    dsc_status st = DSC_OK;

    for (size_t i = first; !st && i < boxes->count; i++) {
        dsc_rect r = boxes->items[i].box;
        bool is_loose = r.w < loose || r.h < loose, drawn_together;
        st = list_meeting(boxes, first, r, scratch, err);
        drawn_together = dsc_rects_covered(scratch, r) * 100 >=
                             dsc_rect_area(r) * KNOWN_PERCENT &&
                         (is_loose || !is_one_line(r, scratch)) &&
                         !leave_letters(r, scratch);
        if (!drawn_together &&
            (!scratch->count || !ink_is_known(plane, r, scratch)))
            boxes->items[kept++] = boxes->items[i];
    }
    boxes->count = kept;
    return st;
}

/* Parts of one line that stand side by side become one, so that a name or a
 * date is read whole: heights alike, most of the height shared, a gap no wider
 * than a letter is high. */
static bool continues(dsc_rect a, dsc_rect b)
{
    int32_t shared = (a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h) -
                     (a.y > b.y ? a.y : b.y);
    int32_t low = a.h < b.h ? a.h : b.h, high = a.h < b.h ? b.h : a.h;
    int32_t gap = a.x < b.x ? b.x - a.x - a.w : a.x - b.x - b.w;

    return high * 2 <= low * 3 && shared * 10 >= low * 7 && gap <= low;
}

void dsc_detect__join(dsc_text_boxes *boxes)
{
    for (size_t i = 0; i < boxes->count; i++) {
        dsc_text_box *a = &boxes->items[i];
        for (size_t k = 0; k < boxes->count; k++) {
            const dsc_text_box *b = &boxes->items[k];
            if (k == i || a->rotation || b->rotation ||
                !continues(a->box, b->box))
                continue;
            a->box = dsc_rect_union(a->box, b->box);
            a->score = a->score > b->score ? a->score : b->score;
            boxes->items[k] = boxes->items[--boxes->count];
            /* it is larger now: look again, wherever it lies */
            if (i == boxes->count)
                a = &boxes->items[i = k];
            k = (size_t)-1;
        }
    }
}
