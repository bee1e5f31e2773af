/* SPDX-License-Identifier: Apache-2.0
 *
 * Panels and buttons taken away. Consoles write their settings on these, and a
 * finder takes their edges, and the gaps between them, for letters. Here a
 * panel's colour is taken off all that lies on it, and that of the ground
 * around it put there: text on a panel then stands on the ground, as strong as
 * before.
 *
 * A panel is a rectangle of one colour with text on it. What else its edge
 * shows, the frame of a button, what a compression makes of it, is the same all
 * along a side, and goes with it. */
#include "scrub/scrub_priv.h"

#include <stdlib.h>
#include <string.h>

enum {
    EVEN = 12,     /* grey levels that one colour differs by */
    RUN_PX = 6,    /* of one colour in a row: a piece of a panel */
    LEAST_W = 16,  /* letters' strokes are thinner, */
    LEAST_H = 9,   /* or hold no text */
    MARGIN_PX = 3, /* from a panel's side to its text, */
    INK_PX = 6,    /* and as much of it at least */
    AROUND_PX = 8, /* from a side to where the ground is even */
    SIDES = 4,
    LETTER = 16, /* levels: the hole of a letter is as the ground around */
    MOST_PX = 1 << 22, /* larger pictures show anatomy, and no console */
    EXACT = 64         /* levels off a panel: what is fainter stays as it is */
};

typedef struct shade {
    int v[DSC_MAX_VIEWS];
} shade;

/* Pixels of one colour that hang together. */
typedef struct part {
    shade colour;
    dsc_rect box;
    int64_t area;
    size_t parent; /* itself: none joined it with another */
} part;

typedef struct run {
    int32_t x, end;
    size_t part;
} run;

typedef struct desk {
    dsc_views *views;
    const uint8_t *boxed; /* or NULL */
    int32_t columns, rows;
    part *parts;
    size_t count, cap;
} desk;

/* A side's lines outside, from the nearest: lines[0] to lines[ground - 1] are
 * edge, and the next one is ground. */
typedef struct edge {
    shade lines[AROUND_PX + 1];
    int32_t ground;
    bool is_even;   /* there is a ground */
    bool is_border; /* the picture ends here, or little beyond */
    bool counts;    /* it is the panel's ground */
} edge;

static shade shade_at(const desk *d, int32_t x, int32_t y)
{
    shade s = {{0}};

    for (size_t k = 0; k < d->views->count; k++)
        s.v[k] = dsc_views_at(d->views, k, x, y);
    return s;
}

static bool near_shade(const desk *d, shade a, shade b, int levels)
{
    for (size_t k = 0; k < d->views->count; k++) {
        int off = a.v[k] - b.v[k];
        if (off > levels || off < -levels)
            return false;
    }
    return true;
}

static bool is_of(const desk *d, shade s, int32_t x, int32_t y)
{
    return near_shade(d, shade_at(d, x, y), s, EVEN);
}

static bool is_boxed(const desk *d, int32_t x, int32_t y)
{
    return d->boxed && d->boxed[(size_t)y * (size_t)d->columns + (size_t)x];
}

/* ---- parts of one colour ---- */

static size_t root_of(desk *d, size_t i)
{
    while (d->parts[i].parent != i) {
        d->parts[i].parent = d->parts[d->parts[i].parent].parent;
        i = d->parts[i].parent;
    }
    return i;
}

static dsc_status add_part(desk *d, shade colour, size_t *which, dsc_error *err)
{
    part *parts = dsc_room(d->parts, d->count, &d->cap, sizeof *parts);

    if (!parts)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    d->parts = parts;
    *which = d->count;
    d->parts[d->count] = (part){.colour = colour, .parent = d->count};
    d->count++;
    return DSC_OK;
}

static void join(desk *d, size_t a, size_t b)
{
    part *to = &d->parts[root_of(d, a)], *from = &d->parts[root_of(d, b)];

    if (to == from || !near_shade(d, to->colour, from->colour, EVEN))
        return;
    to->box = dsc_rect_union(to->box, from->box);
    to->area += from->area;
    from->parent = to->parent;
}

/* The end of what is of the colour that pixel x of a row has. */
static int32_t end_of_run(const desk *d, int32_t x, int32_t y)
{
    int32_t end = d->columns;

    for (size_t k = 0; k < d->views->count && end - x >= RUN_PX; k++) {
        const dsc_view *v = &d->views->items[k];
        const uint8_t *row = v->data + (size_t)y * v->stride;
        int32_t i = x + 1;
        while (i < end && abs(row[i] - row[x]) <= EVEN)
            i++;
        end = i;
    }
    for (int32_t i = x + 1; d->boxed && i < end; i++)
        if (is_boxed(d, i, y))
            end = i;
    return end;
}

/* The runs of a row, each joined with those above that it touches. */
static dsc_status take_row(desk *d, int32_t y, const run *above, size_t before,
                           run *now, size_t *count, dsc_error *err)
{
    size_t k = 0;
    dsc_status st = DSC_OK;

    *count = 0;
    for (int32_t x = 0, end; !st && x < d->columns; x = end) {
        run *r = &now[*count];
        shade s;
        end = is_boxed(d, x, y) ? x + 1 : end_of_run(d, x, y);
        if (end - x < RUN_PX)
            continue;
        s = shade_at(d, x, y);
        *r = (run){x, end, d->count};
        while (k < before && above[k].end <= x)
            k++;
        for (size_t i = k; i < before && above[i].x < end; i++) {
            size_t root = root_of(d, above[i].part);
            if (!near_shade(d, d->parts[root].colour, s, EVEN))
                continue;
            if (r->part == d->count)
                r->part = root;
            else
                join(d, r->part, root);
        }
        if (r->part == d->count)
            st = add_part(d, s, &r->part, err);
        if (!st) {
            part *p = &d->parts[root_of(d, r->part)];
            p->box = dsc_rect_union(p->box, (dsc_rect){x, y, end - x, 1});
            p->area += end - x;
            (*count)++;
        }
    }
    return st;
}

static dsc_status find_parts(desk *d, dsc_error *err)
{
    size_t most = (size_t)d->columns / RUN_PX + 1, before = 0, count = 0;
    run *rows[2] = {dsc_calloc(most, sizeof(run)),
                    dsc_calloc(most, sizeof(run))};
    dsc_status st = DSC_OK;

    if (!rows[0] || !rows[1])
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    for (int32_t y = 0; !st && y < d->rows; y++, before = count)
        st =
            take_row(d, y, rows[(y + 1) % 2], before, rows[y % 2], &count, err);
    dsc_free(rows[0]);
    dsc_free(rows[1]);
    return st;
}

/* ---- sides ---- */

/* Line number n inside of a side, from 0, or outside, from -1; empty beyond the
 * picture. */
static dsc_rect line_of(const desk *d, dsc_rect b, int which, int32_t n)
{
    dsc_rect r = b;

    if (which < 2) {
        r.y = which ? b.y + b.h - 1 - n : b.y + n;
        r.h = 1;
    } else {
        r.x = which > 2 ? b.x + b.w - 1 - n : b.x + n;
        r.w = 1;
    }
    return dsc_rect_intersect(r, (dsc_rect){0, 0, d->columns, d->rows});
}

/* Is most of a line of this colour? Most of it has to be seen. */
static bool is_line(const desk *d, dsc_rect line, shade s)
{
    int64_t is = 0, seen = 0;

    for (int32_t y = line.y; y < line.y + line.h; y++)
        for (int32_t x = line.x; x < line.x + line.w; x++) {
            seen += !is_boxed(d, x, y);
            is += !is_boxed(d, x, y) && is_of(d, s, x, y);
        }
    return 2 * seen > dsc_rect_area(line) && 4 * is >= 3 * seen;
}

/* What most of a line shows, view by view: the median. */
static shade median_of(const desk *d, dsc_rect line)
{
    shade s = {{0}};

    for (size_t k = 0; k < d->views->count; k++) {
        uint32_t hist[256] = {0}, n = 0, sum = 0;
        for (int32_t y = line.y; y < line.y + line.h; y++)
            for (int32_t x = line.x; x < line.x + line.w; x++)
                if (!is_boxed(d, x, y)) {
                    hist[dsc_views_at(d->views, k, x, y)]++;
                    n++;
                }
        while (s.v[k] < 255 && 2 * (sum += hist[s.v[k]]) < n)
            s.v[k]++;
    }
    return s;
}

/* Move each side inwards until it is of the panel's colour. */
static bool settle_sides(const desk *d, shade colour, dsc_rect *box)
{
    for (int which = 0; which < SIDES; which++) {
        int32_t n = 0;
        while (n < AROUND_PX && !is_line(d, line_of(d, *box, which, n), colour))
            n++;
        if (n == AROUND_PX)
            return false;
        box->x += which == 2 ? n : 0;
        box->y += which == 0 ? n : 0;
        box->w -= which > 1 ? n : 0;
        box->h -= which < 2 ? n : 0;
        if (box->w < LEAST_W || box->h < LEAST_H)
            return false;
    }
    return true;
}

/* From the panel to the first line that is as the next one. */
static edge look_outside(const desk *d, dsc_rect box, int which)
{
    edge s = {.ground = 0};

    for (int32_t n = 0; n <= AROUND_PX; n++) {
        dsc_rect line = line_of(d, box, which, -1 - n);
        if (dsc_rect_empty(line)) {
            s.is_border = true;
            s.is_even = n > 0;
            s.ground = n - 1;
            return s;
        }
        s.lines[n] = median_of(d, line);
        if (!is_line(d, line, s.lines[n]))
            return s;
        if (n && near_shade(d, s.lines[n], s.lines[n - 1], 1)) {
            s.is_even = true;
            s.is_border = dsc_rect_empty(line_of(d, box, which, -3 - n));
            s.ground = n - 1;
            return s;
        }
    }
    return s;
}

static int32_t length_of(dsc_rect box, int which)
{
    return which < 2 ? box.w : box.h;
}

/* The ground that most of the sides have. */
static bool find_ground(const desk *d, dsc_rect box, edge *sides, shade *ground)
{
    int32_t all = 0, most = 0, best = -1;
    int inner = 0;

    for (int i = 0; i < SIDES; i++) {
        int32_t same = 0;
        if (!sides[i].is_border)
            all += length_of(box, i);
        inner += !sides[i].is_border;
        for (int k = 0; k < SIDES && sides[i].is_even; k++)
            if (sides[k].is_even && !sides[k].is_border &&
                near_shade(d, sides[k].lines[sides[k].ground],
                           sides[i].lines[sides[i].ground], EVEN + 1))
                same += length_of(box, k);
        if (same > most) {
            most = same;
            best = i;
        }
    }
    if (best < 0 || 2 * most <= all || inner < 2)
        return false; /* of two stripes nobody knows which is the panel */
    *ground = sides[best].lines[sides[best].ground];
    for (int i = 0; i < SIDES; i++)
        sides[i].counts =
            sides[i].is_even &&
            near_shade(d, sides[i].lines[sides[i].ground], *ground, EVEN + 1);
    return true;
}

/* ---- what is on it ---- */

/* Text, and not the hole of a letter, which is as the ground around that. */
static bool holds_text(const desk *d, dsc_rect box, shade colour, shade ground)
{
    dsc_rect in = dsc_rect_grow(box, -MARGIN_PX, -MARGIN_PX);
    int64_t ink = 0, hole = 0, plain = 0;

    for (int32_t y = in.y; y < in.y + in.h; y++)
        for (int32_t x = in.x; x < in.x + in.w; x++) {
            if (is_boxed(d, x, y)) {
                ink++;
                continue;
            }
            if (is_of(d, colour, x, y)) {
                plain++;
                continue;
            }
            ink++;
            hole += near_shade(d, shade_at(d, x, y), ground, LETTER);
        }
    return ink >= INK_PX && 2 * plain >= ink && 2 * hole < ink;
}

/* ---- level ---- */

/* Colours are shifted as a whole, or their hue would change. */
static size_t channels(const desk *d)
{
    return d->views->count == DSC_VIEW_KINDS ? 3 : d->views->count;
}

static shade channels_of(const desk *d, shade views)
{
    shade c = views;

    if (d->views->count == DSC_VIEW_KINDS)
        dsc_views_to_rgb(views.v, c.v);
    return c;
}

/* How one channel of a panel is shown on other ground: as much darker or
 * brighter than that. Where there is no room, what is strong is less so or,
 * where there is more on the other side, it is dark in place of bright. */
typedef struct tone {
    int ground;
    int need[2], room[2]; /* of what is darker, and brighter */
    bool turns[2];
} tone;

static int shown(const tone *t, int from, int v)
{
    int off = v > from ? v - from : from - v;
    int bright = v > from, room = t->room[bright], need = t->need[bright];

    if (off > EXACT && need > room)
        off = EXACT + (off - EXACT) * (room - EXACT) / (need - EXACT);
    off = off > room ? room : off;
    return bright == t->turns[bright] ? t->ground - off : t->ground + off;
}

static void make_tones(const desk *d, dsc_rect box, shade panel, shade ground,
                       tone *tones)
{
    panel = channels_of(d, panel);
    ground = channels_of(d, ground);
    for (size_t k = 0; k < channels(d); k++)
        tones[k] = (tone){.ground = ground.v[k],
                          .room = {ground.v[k], 255 - ground.v[k]}};
    for (int32_t y = box.y; y < box.y + box.h; y++)
        for (int32_t x = box.x; x < box.x + box.w; x++) {
            shade s = channels_of(d, shade_at(d, x, y));
            for (size_t k = 0; k < channels(d) && !is_boxed(d, x, y); k++) {
                int off = s.v[k] - panel.v[k], bright = off > 0;
                off = off < 0 ? -off : off;
                if (off > tones[k].need[bright])
                    tones[k].need[bright] = off;
            }
        }
    for (size_t k = 0; k < channels(d); k++)
        for (int i = 0; i < 2; i++) {
            tone *t = &tones[k];
            t->turns[i] = t->need[i] > t->room[i] && t->room[i] < 128;
            if (t->turns[i])
                t->room[i] = 255 - t->room[i];
        }
}

/* Which colour belongs to a place in or beside a panel; NULL: none. */
static const shade *colour_at(dsc_rect b, const shade *panel, const edge *sides,
                              int32_t x, int32_t y)
{
    int32_t off[SIDES] = {b.y - 1 - y, y - b.y - b.h, b.x - 1 - x,
                          x - b.x - b.w};
    int farthest = 0;

    for (int i = 1; i < SIDES; i++)
        farthest = off[i] > off[farthest] ? i : farthest;
    if (off[farthest] < 0)
        return panel;
    return sides[farthest].counts && off[farthest] < sides[farthest].ground
               ? &sides[farthest].lines[off[farthest]]
               : NULL;
}

static dsc_rect with_edges(const desk *d, dsc_rect b, const edge *sides)
{
    int32_t more[SIDES];
    dsc_rect r;

    for (int i = 0; i < SIDES; i++)
        more[i] = sides[i].counts ? sides[i].ground : 0;
    r = (dsc_rect){b.x - more[2], b.y - more[0], b.w + more[2] + more[3],
                   b.h + more[0] + more[1]};
    return dsc_rect_intersect(r, (dsc_rect){0, 0, d->columns, d->rows});
}

static void put_channels(const desk *d, int32_t x, int32_t y, shade c)
{
    shade views = c;

    if (d->views->count == DSC_VIEW_KINDS)
        dsc_views_of_rgb(c.v, views.v);
    for (size_t k = 0; k < d->views->count; k++) {
        dsc_view *v = &d->views->items[k];
        v->data[(size_t)y * v->stride + (size_t)x] = (uint8_t)views.v[k];
    }
}

static void put_level(const desk *d, dsc_rect box, const shade *panel,
                      const edge *sides, const tone *tones)
{
    dsc_rect all = with_edges(d, box, sides);

    for (int32_t y = all.y; y < all.y + all.h; y++)
        for (int32_t x = all.x; x < all.x + all.w; x++) {
            const shade *base = colour_at(box, panel, sides, x, y);
            shade from, now;
            if (!base || is_boxed(d, x, y))
                continue;
            from = channels_of(d, *base);
            now = channels_of(d, shade_at(d, x, y));
            for (size_t k = 0; k < channels(d); k++)
                now.v[k] = shown(&tones[k], from.v[k], now.v[k]);
            put_channels(d, x, y, now);
        }
}

static dsc_status level_panel(desk *d, const part *p, dsc_rects *panels,
                              dsc_error *err)
{
    dsc_rect box = p->box;
    edge sides[SIDES];
    tone tones[DSC_MAX_VIEWS];
    shade ground;

    if (!settle_sides(d, p->colour, &box))
        return DSC_OK;
    for (int i = 0; i < SIDES; i++)
        sides[i] = look_outside(d, box, i);
    if (!find_ground(d, box, sides, &ground) ||
        near_shade(d, ground, p->colour, EVEN) ||
        !holds_text(d, box, p->colour, ground))
        return DSC_OK;
    make_tones(d, box, p->colour, ground, tones);
    put_level(d, box, &p->colour, sides, tones);
    return dsc_rects_add(panels, with_edges(d, box, sides), err);
}

static int by_area(const void *a, const void *b)
{
    const part *p = a, *q = b;
    int64_t pa = dsc_rect_area(p->box), qa = dsc_rect_area(q->box);

    if (pa != qa)
        return pa < qa ? -1 : 1;
    return p->box.y != q->box.y ? (p->box.y < q->box.y ? -1 : 1)
                                : (p->box.x > q->box.x) - (p->box.x < q->box.x);
}

/* What may be a panel, the smallest first: buttons lie on panels. */
static void keep_large(desk *d)
{
    size_t kept = 0;

    for (size_t i = 0; i < d->count; i++) {
        const part *p = &d->parts[i];
        if (p->parent == i && p->box.w >= LEAST_W && p->box.h >= LEAST_H &&
            3 * dsc_rect_area(p->box) <= (int64_t)d->columns * d->rows &&
            4 * p->area >= dsc_rect_area(p->box))
            d->parts[kept++] = *p;
    }
    d->count = kept;
    if (kept)
        qsort(d->parts, kept, sizeof *d->parts, by_area);
}

dsc_status dsc_level_panels(dsc_views *views, const uint8_t *boxed,
                            dsc_rects *panels, dsc_error *err)
{
    desk d = {.views = views,
              .boxed = boxed,
              .columns = (int32_t)views->items[0].columns,
              .rows = (int32_t)views->items[0].rows};
    dsc_status st = DSC_OK;

    panels->count = 0;
    if ((int64_t)d.columns * d.rows > MOST_PX)
        return DSC_OK;
    st = find_parts(&d, err);
    if (!st)
        keep_large(&d);
    for (size_t i = 0; !st && i < d.count; i++)
        st = level_panel(&d, &d.parts[i], panels, err);
    dsc_free(d.parts);
    return st;
}
