/* SPDX-License-Identifier: Apache-2.0
 *
 * Ink beside words that stay, which no reader saw. A reader sees a finder's box
 * in the contrast of its brightest letters, or of its darkest: what is dim
 * beside them, or of the other kind, is paper to it. Here the rest of the box
 * is looked at by itself: each pixel against the ground around it and that
 * ground's own grain. */
#include "scrub/scrub_priv.h"

#include <stdlib.h>
#include <string.h>

enum {
    LEAST_LEVELS = 4, /* above or below the ground: ink, on flat ground, */
    GRAINS = 6,       /* or so many times the ground's mean deviation */
    EDGE_PX = 2,      /* around a word's box: its own blurred edges */
    RINGING_PX = 8,   /* and what a lossy compression leaves around it, */
    RINGING_OF = 8,   /* which is no more than an eighth of its contrast */
    UNEVEN_OF = 32,   /* of the ground around it is uneven then, a little, */
    MOST_INK_OF = 4,  /* or more than this much */
    FAINT_OF = 3,     /* more than a third of it the readers see */
    SMALL_PX = 8,     /* of the smallest letters some have no paper in them */
    SOLID_PERCENT = 92,
    OPEN_OF = 6,    /* of its edge, so much may be none */
    TAKEN = 2,      /* ink of a piece */
    LETTER_PX = 4,  /* lower pieces are no letters */
    WIDE = 12,      /* heights: letters that touch are no wider */
    PIECES = 2048,  /* more are no text */
    AROUND_PX = 48, /* of a box, what is no farther away is looked at, */
    GROUND_PX = 24, /* a ground reaches no farther around a pixel, */
    ROW_PX = 2,     /* or that of a row above and below it */
    BAR_LEVELS = 8  /* that the ink of one bar differs by */
};

/* Of a pixel: what it may count as. */
enum {
    WORD = 1, /* belongs to a word, or to another box of the finder */
    NEAR = 2, /* close to a word */
    GONE = 4, /* belongs to ink that goes, or to another box */
    INK = 8   /* has a sign */
};

typedef struct piece {
    dsc_rect box; /* in the desk's coordinates */
    uint32_t px, edge, open;
    int strength; /* grey levels off the ground */
    bool dark;    /* darker than it */
    bool letter;  /* may be one, by its shape and strength */
    bool far;     /* some of it is not near a word */
    bool cut;     /* the rest of it goes, or is another box's */
    bool grainy;  /* the ground is not flat */
    bool taken;
} piece;

/* Pixels of a column above and below a row by their values, but for those of
 * words; then how many there are of sixteen values each, a part. A window's are
 * the sum of its columns'. */
enum {
    VALUES = 256,
    PART = 16,
    PARTS = VALUES / PART
};
typedef struct values {
    uint16_t parts[PARTS];
    uint16_t bins[PARTS][PART];
} values;

/* Of a window only the part that the median lies in is looked at value by
 * value: `seen` says around which column the others' bins were summed. */
typedef struct window {
    values v;
    int32_t seen[PARTS];
} window;

typedef struct desk {
    dsc_rect area; /* of the plane; then, per pixel: */
    uint8_t *mask; /* WORD, NEAR */
    uint8_t *grey;
    uint8_t *ground; /* the median around it */
    uint8_t *off;    /* levels off the ground, */
    uint8_t *grain;  /* and what is usual there */
    int8_t *sign;    /* ink: 1 brighter, -1 darker than the ground; 0 none */
    uint32_t *stack;
    values *columns;
    piece *pieces;
    size_t count;
} desk;

static size_t pixels_of(const desk *d)
{
    return (size_t)dsc_rect_area(d->area);
}

static size_t at(const desk *d, int32_t x, int32_t y)
{
    return (size_t)y * (size_t)d->area.w + (size_t)x;
}

static void desk_free(desk *d)
{
    dsc_free(d->mask);
    dsc_free(d->stack);
    dsc_free(d->columns);
    dsc_free(d->pieces);
}

static dsc_status desk_make(desk *d, const dsc_plane *plane, dsc_error *err)
{
    size_t n = pixels_of(d), w = (size_t)d->area.w;

    d->mask = dsc_calloc(n, 6);
    d->stack = dsc_calloc(n, sizeof *d->stack);
    d->columns = dsc_calloc(w, sizeof *d->columns);
    d->pieces = dsc_calloc(PIECES, sizeof *d->pieces);
    if (!d->mask || !d->stack || !d->columns || !d->pieces)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    d->grey = d->mask + n;
    d->ground = d->mask + 2 * n;
    d->off = d->mask + 3 * n;
    d->grain = d->mask + 4 * n;
    d->sign = (int8_t *)d->mask + 5 * n;
    for (int32_t y = 0; y < d->area.h; y++)
        memcpy(d->grey + (size_t)y * w,
               plane->data + (size_t)(d->area.y + y) * plane->stride +
                   (size_t)d->area.x,
               w);
    return DSC_OK;
}

static void mark(desk *d, dsc_rect r, const dsc_rect *but, uint8_t what)
{
    dsc_rect in = dsc_rect_intersect(r, d->area);

    for (int32_t y = in.y; y < in.y + in.h; y++)
        for (int32_t x = in.x; x < in.x + in.w; x++)
            if (!but || x < but->x || y < but->y || x >= but->x + but->w ||
                y >= but->y + but->h)
                d->mask[at(d, x - d->area.x, y - d->area.y)] |= what;
}

/* ---- the ground ---- */

static void add_bins(uint16_t *restrict to, const uint16_t *restrict of)
{
    for (size_t i = 0; i < PART; i++)
        to[i] = (uint16_t)(to[i] + of[i]);
}

static void take_bins(uint16_t *restrict from, const uint16_t *restrict of)
{
    for (size_t i = 0; i < PART; i++)
        from[i] = (uint16_t)(from[i] - of[i]);
}

static void count_row(desk *d, const uint8_t *of, int32_t y, int by)
{
    for (int32_t x = 0; y >= 0 && y < d->area.h && x < d->area.w; x++) {
        values *v = &d->columns[x];
        uint8_t value = of[at(d, x, y)];
        uint16_t *bin = &v->bins[value / PART][value % PART];
        if (d->mask[at(d, x, y)] & WORD)
            continue;
        *bin = (uint16_t)(*bin + by);
        v->parts[value / PART] = (uint16_t)(v->parts[value / PART] + by);
    }
}

/* Bring the bins of a part to the window around column x. */
static void sum_part(const desk *d, window *w, size_t part, int32_t reach,
                     int32_t x)
{
    uint16_t *bins = w->v.bins[part];
    int32_t from = w->seen[part] - reach, to = w->seen[part] + reach + 1;

    if (to <= x) { /* anew takes less */
        memset(bins, 0, sizeof w->v.bins[part]);
        from = to = x - reach;
    }
    for (int32_t k = from < 0 ? 0 : from; k < x - reach; k++)
        take_bins(bins, d->columns[k].bins[part]);
    for (int32_t k = to < 0 ? 0 : to; k <= x + reach && k < d->area.w; k++)
        add_bins(bins, d->columns[k].bins[part]);
    w->seen[part] = x;
}

static uint8_t median_at(const desk *d, window *w, int32_t reach, int32_t x)
{
    uint32_t n = 0, sum = 0, m = 0;
    size_t part = 0;

    for (size_t i = 0; i < PARTS; i++)
        n += w->v.parts[i];
    if (!n)
        return 0;
    while (2 * (sum + w->v.parts[part]) < n)
        sum += w->v.parts[part++];
    sum_part(d, w, part, reach, x);
    while (2 * (sum += w->v.bins[part][m]) < n)
        m++;
    return (uint8_t)(PART * (uint32_t)part + m);
}

/* The median around each pixel, `reach` beside it, `up` above and below. */
static void find_medians(desk *d, const uint8_t *of, int32_t reach, int32_t up,
                         uint8_t *out)
{
    memset(d->columns, 0, (size_t)d->area.w * sizeof *d->columns);
    for (int32_t y = 0; y < up; y++)
        count_row(d, of, y, 1);
    for (int32_t y = 0; y < d->area.h; y++) {
        window w = {.v = {{0}}};
        for (size_t i = 0; i < PARTS; i++)
            w.seen[i] = -reach - 1; /* nothing */
        count_row(d, of, y + up, 1);
        count_row(d, of, y - up - 1, -1);
        for (int32_t x = -reach; x < d->area.w; x++) {
            if (x + reach < d->area.w)
                add_bins(w.v.parts, d->columns[x + reach].parts);
            if (x > reach)
                take_bins(w.v.parts, d->columns[x - reach - 1].parts);
            if (x >= 0)
                out[at(d, x, y)] = median_at(d, &w, reach, x);
        }
    }
}

static int least_of(const desk *d, size_t i)
{
    int least = GRAINS * d->grain[i];

    return least < LEAST_LEVELS ? LEAST_LEVELS : least;
}

/* Against the ground on all sides, or, of a bar little higher than its letters,
 * in the row alone: all else around them is not their ground. */
static void find_ink(desk *d, int32_t side, bool in_row)
{
    int32_t around = side < 8 ? 8 : side > GROUND_PX ? GROUND_PX : side;
    int32_t reach = in_row ? GROUND_PX : around, up = in_row ? ROW_PX : around;
    size_t n = pixels_of(d);

    find_medians(d, d->grey, reach, up, d->ground);
    for (size_t i = 0; i < n; i++)
        d->off[i] = (uint8_t)abs(d->grey[i] - d->ground[i]);
    find_medians(d, d->off, reach, up, d->grain);
    for (size_t i = 0; i < n; i++)
        d->sign[i] = d->mask[i] & WORD || d->off[i] < least_of(d, i) ? 0
                     : d->grey[i] > d->ground[i]                     ? 1
                                                                     : -1;
}

/* Bars of one colour, or of ink, that are longer than a letter is high are no
 * letters: panels and buttons, their edges, and what lies between two. */
static void take_bars(desk *d, int32_t side)
{
    int32_t length = 3 * side / 2 + 1;
    dsc_plane grey = {d->grey, (uint32_t)d->area.w, (uint32_t)d->area.h,
                      (size_t)d->area.w};

    for (size_t i = 0; i < pixels_of(d); i++)
        d->mask[i] |= d->sign[i] ? INK : 0;
    dsc_mark_bars(&grey, 0, DSC_PANEL_LEVELS, length, d->mask);
    dsc_mark_bars(&grey, INK, BAR_LEVELS, length, d->mask);
    for (size_t i = 0; i < pixels_of(d); i++) {
        if (d->mask[i] & DSC_PANEL)
            d->sign[i] = 0;
        d->mask[i] &= (uint8_t) ~(DSC_PANEL | INK);
    }
}

/* ---- pieces ---- */

/* Pixel `i` of the piece, seen from its neighbour `k`: an edge, or does what
 * is as bright go on there, as on one side of a step of the ground? */
static void add_edge(const desk *d, size_t i, size_t k, piece *p)
{
    p->cut |= (d->mask[k] & GONE) != 0;
    if (d->sign[k] || d->mask[k] & WORD)
        return;
    p->edge++;
    p->open += 4 * abs(d->grey[i] - d->grey[k]) <= d->off[i];
}

/* The connected ink that holds pixel `start`. */
static piece flood(desk *d, size_t start)
{
    int8_t sign = d->sign[start];
    size_t w = (size_t)d->area.w, top = 0;
    piece p = {.dark = sign < 0};

    d->sign[start] = TAKEN;
    d->stack[top++] = (uint32_t)start;
    while (top) {
        size_t i = d->stack[--top];
        int32_t x = (int32_t)(i % w), y = (int32_t)(i / w);
        dsc_rect around = {x - 1, y - 1, 3, 3};
        p.box = dsc_rect_union(p.box, (dsc_rect){x, y, 1, 1});
        p.px++;
        p.strength = d->off[i] > p.strength ? d->off[i] : p.strength;
        p.far |= !(d->mask[i] & NEAR);
        p.grainy |= least_of(d, i) > LEAST_LEVELS;
        around = dsc_rect_clip(around, (uint32_t)w, (uint32_t)d->area.h);
        for (int32_t v = around.y; v < around.y + around.h; v++)
            for (int32_t u = around.x; u < around.x + around.w; u++) {
                size_t k = at(d, u, v);
                add_edge(d, i, k, &p);
                if (d->sign[k] != sign)
                    continue;
                d->sign[k] = TAKEN;
                d->stack[top++] = (uint32_t)k;
            }
    }
    return p;
}

/* By its shape: no rule, no bar, no tissue, no step. */
static bool has_shape(const piece *p, int32_t side)
{
    bool solid = (int64_t)p->px * 100 > dsc_rect_area(p->box) * SOLID_PERCENT;
    bool narrow = p->box.h <= SMALL_PX ? p->box.w * 2 <= p->box.h * 3
                                       : p->box.w * 2 <= p->box.h;

    return p->box.h >= LETTER_PX && 2 * p->box.h <= 3 * side &&
           p->box.w <= WIDE * p->box.h && (!solid || narrow) &&
           p->open * OPEN_OF <= p->edge;
}

/* Is the ground near words even but for ink, as a lossy compression never
 * leaves it? */
static bool is_clean(const desk *d)
{
    size_t all = 0, uneven = 0, ink = 0;

    for (size_t i = 0; i < pixels_of(d); i++) {
        if ((d->mask[i] & (WORD | NEAR)) != NEAR)
            continue;
        all++;
        uneven += d->off[i] > 0 && d->off[i] < LEAST_LEVELS;
        ink += d->off[i] >= LEAST_LEVELS;
    }
    return UNEVEN_OF * uneven < all && MOST_INK_OF * ink < all;
}

/* `contrast`: of the words, `dark`: are they? false: too many for text */
static bool find_pieces(desk *d, int32_t side, int contrast, bool dark)
{
    bool clean = is_clean(d);

    for (size_t i = 0; i < pixels_of(d); i++) {
        piece p;
        if (!d->sign[i] || d->sign[i] == TAKEN)
            continue;
        if (d->count == PIECES)
            return false;
        p = flood(d, i);
        p.letter = !p.cut && has_shape(&p, side) &&
                   (p.dark != dark || p.strength * FAINT_OF <= contrast) &&
                   (p.far || clean || p.strength * RINGING_OF > contrast);
        d->pieces[d->count++] = p;
    }
    return true;
}

static int32_t gap_of(dsc_rect a, dsc_rect b)
{
    return a.x < b.x ? b.x - a.x - a.w : a.x - b.x - b.w;
}

static bool in_row(dsc_rect row, dsc_rect b)
{
    int32_t top = row.y > b.y ? row.y : b.y;
    int32_t end = row.y + row.h < b.y + b.h ? row.y + row.h : b.y + b.h;
    int32_t low = row.h < b.h ? row.h : b.h;

    return 2 * (end - top) >= low && 2 * b.h <= 3 * row.h &&
           2 * gap_of(row, b) <= 3 * row.h;
}

static bool is_inside(const desk *d, const piece *p, dsc_rect box)
{
    dsc_rect middle = {d->area.x + p->box.x + p->box.w / 2,
                       d->area.y + p->box.y + p->box.h / 2, 1, 1};

    return !dsc_rect_empty(dsc_rect_intersect(middle, box));
}

/* The letters beside this one, and all as dark or bright that stands between
 * them. On grainy ground one letter alone is a grain; several that touch are
 * none. */
static dsc_rect row_of(desk *d, piece *first)
{
    dsc_rect row = first->box;
    size_t letters = 1;
    bool more = true;

    first->taken = true;
    while (more) {
        more = false;
        for (size_t i = 0; i < d->count; i++) {
            piece *p = &d->pieces[i];
            if (p->taken || p->dark != first->dark || !in_row(row, p->box))
                continue;
            p->taken = true;
            row = dsc_rect_union(row, p->box);
            letters += p->letter;
            more = true;
        }
    }
    if (first->grainy && letters < 2 && 2 * row.w < 3 * row.h)
        return (dsc_rect){0, 0, 0, 0};
    row = dsc_rect_grow(row, 1, 1);
    row.x += d->area.x;
    row.y += d->area.y;
    return dsc_rect_intersect(row, d->area);
}

/* ---- a box ---- */

static void mark_words(desk *d, const dsc_tracks *tracks, uint32_t frame,
                       const dsc_text_boxes *boxes, const dsc_rect *box)
{
    for (size_t i = 0; i < tracks->count; i++) {
        const dsc_track *t = &tracks->items[i];
        if (frame < t->first || frame > t->last)
            continue;
        for (size_t k = 0; k < t->span_count; k++) {
            dsc_rect b = t->spans[k].box;
            bool gone = t->spans[k].decision.blank && !t->spans[k].was_read;
            mark(d, dsc_rect_grow(b, EDGE_PX, EDGE_PX), NULL,
                 gone ? WORD | GONE : WORD);
            mark(d, dsc_rect_grow(b, RINGING_PX, RINGING_PX), NULL, NEAR);
        }
    }
    for (size_t i = 0; i < boxes->count; i++)
        mark(d, boxes->items[i].box, box, WORD | GONE);
}

/* Of the brightest or darkest in the box. */
static int contrast_of(const desk *d)
{
    int low = 255, high = 0;

    for (size_t i = 0; i < pixels_of(d); i++) {
        low = d->grey[i] < low ? d->grey[i] : low;
        high = d->grey[i] > high ? d->grey[i] : high;
    }
    return high - low;
}

/* Rows of the ink that was found, of which `like` is the finder's box. */
static dsc_status add_rows(desk *d, dsc_rect near, const dsc_text_box *like,
                           dsc_text_boxes *out, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < d->count; i++) {
        piece *p = &d->pieces[i];
        dsc_text_box row = *like;
        if (p->taken || !p->letter || !is_inside(d, p, near))
            continue;
        row.box = row_of(d, p);
        row.dark = p->dark;
        if (dsc_rect_empty(row.box))
            continue;
        mark(d, row.box, NULL, WORD);
        st = dsc_text_boxes_add(out, &row, err);
    }
    return st;
}

static dsc_status find_rest(const dsc_plane *plane, const dsc_text_boxes *boxes,
                            size_t which, const dsc_tracks *tracks,
                            uint32_t frame, bool sharp, dsc_text_boxes *out,
                            dsc_error *err)
{
    const dsc_text_box *line = &boxes->items[which];
    dsc_rect box = line->box;
    int32_t side = box.w < box.h ? box.w : box.h;
    int32_t around = side < AROUND_PX ? side : AROUND_PX;
    dsc_rect near = dsc_rect_grow(box, around, around);
    desk d = {.area = dsc_rect_clip(dsc_rect_grow(near, around, around),
                                    plane->columns, plane->rows)};
    dsc_status st;

    if (dsc_rect_empty(d.area))
        return DSC_OK;
    st = desk_make(&d, plane, err);
    if (!st)
        mark_words(&d, tracks, frame, boxes, &box);
    for (int in_row = 0; !st && in_row < 2; in_row++) {
        find_ink(&d, side, in_row);
        take_bars(&d, side);
        d.count = 0;
        if (find_pieces(&d, side, sharp ? 0 : contrast_of(&d), line->dark))
            st = add_rows(&d, near, line, out, err);
    }
    desk_free(&d);
    return st;
}

dsc_status dsc_find_faint(const dsc_plane *plane, const dsc_text_boxes *boxes,
                          size_t which, const dsc_tracks *tracks,
                          uint32_t frame, dsc_text_boxes *out, dsc_error *err)
{
    return find_rest(plane, boxes, which, tracks, frame, false, out, err);
}

dsc_status dsc_find_beside_bar(const dsc_plane *plane, dsc_text_boxes *boxes,
                               dsc_rect bar, const dsc_tracks *tracks,
                               uint32_t frame, dsc_text_boxes *out,
                               dsc_error *err)
{
    size_t last = boxes->count;
    dsc_text_box box = {.box = bar, .score = 1};
    dsc_status st = dsc_text_boxes_add(boxes, &box, err);

    for (int dark = 0; !st && dark < 2; dark++) {
        boxes->items[last].dark = dark;
        st = find_rest(plane, boxes, last, tracks, frame, true, out, err);
    }
    boxes->count = last;
    return st;
}
