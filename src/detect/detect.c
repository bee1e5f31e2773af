/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of text by the learned net, at several scales. Big planes are searched
 * in tiles that overlap by what an output can see, so that seams do not show.
 */
#include "detect/detect_priv.h"
#include "detect/net.h"
#include "detect/net_lines.h"

#include "base/cpu.h"

#include <stdio.h>
#include <string.h>

#define TILE_W_PX   1280u
#define TILE_H_PX   2048u
#define MIN_CELLS   4 /* of two pixels a side */
#define MARGIN_PX   2
#define SMALLEST_PX 3
#define GRID_PX     8
/* Half of what the net sees, and what a pixel is enlarged from. */
#define ENLARGED_REACH (DSC_NET_REACH / 2 + 4)
/* Differences below this are no text. */
#define FLAT_LEVELS 6
/* The net knows text of about 8 to 60 px. Small planes have smaller letters
 * and are enlarged as well; larger letters show in the plane halved, as often
 * as one has room in it. */
#define ENLARGE_UP_TO_PX (800u * 600u)
#define HALVE_FROM_PX    80u
#define LARGE_SCORE      0.68F
/* Pictures coarser than the half of a plane of this size: anatomy that is much
 * reduced looks like letters. So nothing lower than this is taken of them; and
 * what is not drawn in two greys must be sure, and surer where it is low enough
 * for a finer picture as well, which misses it only if it is drawn in dots, or
 * not so many times as long as it is high, as organs are. */
#define COARSE_FROM_PX 256u
#define COARSE_PX      20
#define COARSE_LOW_PX  28
#define COARSE_LONG    2
#define COARSE_SCORE   0.85F

/* Certainties of 0.48, 0.58, 0.79 and 0.27 beyond a line's ends (not in clips:
 * their false area is at its limit); of the wide net 0.56, for it is surer;
 * where two nets must agree 0.5, 0.5 and 0.73. */
static const dsc_net_levels levels[] = {
    [DSC_DETECT_FAST] = {-1, 5, 21, -16},
    [DSC_DETECT_THOROUGH] = {-1, 5, 21, INT8_MAX},
    [DSC_DETECT_WIDE] = {4, 5, 21, -16},
    [DSC_DETECT_AGAIN] = {0, 0, 21, INT8_MAX}};
/* A certainty of 0.05: where the small net has less, the wide one is not
 * asked. */
#define WORTH_A_LOOK (-48)

struct dsc_detector {
    dsc_net *n;
    dsc_net *wide; /* takes four times as long */
    dsc_detect_effort effort;
    dsc_net_lines lines;
    uint8_t *grey; /* a tile, its right and lower edges repeated */
    size_t grey_size;
    uint8_t *other; /* the whole plane as another picture */
    size_t other_size;
    uint8_t *half; /* halved, once or more */
    size_t half_size;
    dsc_rects known;
};

/* ---- memory ---- */

void dsc_detector_free(dsc_detector **pd)
{
    dsc_detector *d = *pd;

    if (!d)
        return;
    dsc_net_free(&d->n);
    dsc_net_free(&d->wide);
    dsc_wipe_free(d->grey, d->grey_size);
    dsc_wipe_free(d->other, d->other_size);
    dsc_wipe_free(d->half, d->half_size);
    dsc_net_lines_free(&d->lines);
    dsc_rects_free(&d->known);
    dsc_free(d);
    *pd = NULL;
}

static dsc_status load_net(dsc_net **out, const char *models, const char *name,
                           dsc_error *err)
{
    char path[4200];

    snprintf(path, sizeof path, "%s/textdet/%s", models, name);
    return dsc_net_load(out, path, dsc_cpu_flags(), err);
}

dsc_status dsc_detector_create(dsc_detector **out, const char *models,
                               dsc_error *err)
{
    dsc_detector *d = dsc_alloc(sizeof *d);
    dsc_status st;

    *out = NULL;
    if (!d)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    st = load_net(&d->n, models, "textdet.bin", err);
    if (!st)
        st = load_net(&d->wide, models, "wide.bin", err);
    if (st)
        dsc_detector_free(&d);
    *out = d;
    return st;
}

static dsc_status make_room(uint8_t **p, size_t *size, size_t need,
                            dsc_error *err)
{
    if (*size >= need)
        return DSC_OK;
    dsc_wipe_free(*p, *size);
    *size = 0;
    *p = dsc_alloc(need);
    if (!*p)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    *size = need;
    return DSC_OK;
}

/* ---- one tile ---- */

static dsc_status add_box(const dsc_net_line *b, const dsc_plane *plane,
                          dsc_rect tile, dsc_rect core, dsc_text_boxes *out,
                          dsc_error *err)
{
    dsc_rect r = {tile.x + 2 * b->x0, tile.y + 2 * b->y0,
                  2 * (b->x1 - b->x0 + 1), 2 * (b->y1 - b->y0 + 1)};
    dsc_text_box box = {.score = 0};
    int64_t cx = r.x + r.w / 2, cy = r.y + r.h / 2;

    /* each line belongs to the tile that its centre is in */
    if (b->cells < MIN_CELLS || cx < core.x || cy < core.y ||
        cx >= (int64_t)core.x + core.w || cy >= (int64_t)core.y + core.h)
        return DSC_OK;
    box.box = dsc_rect_clip(dsc_rect_grow(r, MARGIN_PX, MARGIN_PX),
                            plane->columns, plane->rows);
    if (dsc_rect_empty(box.box))
        return DSC_OK;
    box.score = (float)(b->sum / b->cells) / DSC_NET_CERTAIN;
    box.rotation = r.h > 2 * r.w && r.h >= 28 ? 90 : 0;
    return dsc_text_boxes_add(out, &box, err);
}

static void copy_tile(dsc_detector *d, const dsc_plane *plane, dsc_rect tile,
                      uint32_t w, uint32_t h)
{
    for (uint32_t y = 0; y < h; y++) {
        uint32_t sy = y < (uint32_t)tile.h ? y : (uint32_t)tile.h - 1;
        const uint8_t *src = plane->data +
                             ((size_t)tile.y + sy) * plane->stride +
                             (size_t)tile.x;
        uint8_t *dst = d->grey + (size_t)y * w;
        memcpy(dst, src, (size_t)tile.w);
        memset(dst + tile.w, src[tile.w - 1], w - (uint32_t)tile.w);
    }
}

static dsc_status search_tile(dsc_detector *d, const dsc_plane *plane,
                              dsc_rect core, dsc_text_boxes *out,
                              dsc_error *err)
{
    dsc_rect tile =
        dsc_rect_clip(dsc_rect_grow(core, DSC_NET_REACH, DSC_NET_REACH),
                      plane->columns, plane->rows);
    uint32_t w = ((uint32_t)tile.w + 3) / 4 * 4;
    uint32_t h = ((uint32_t)tile.h + 3) / 4 * 4;
    dsc_net_maps m;
    dsc_status st = make_room(&d->grey, &d->grey_size, (size_t)w * h, err);

    if (st)
        return st;
    copy_tile(d, plane, tile, w, h);
    st = dsc_net_run(d->n, d->grey, w, w, h, &m, err);
    if (!st && d->effort >= DSC_DETECT_WIDE)
        st = dsc_net_run_where(d->wide, d->grey, w, &m, WORTH_A_LOOK, &m, err);
    if (!st)
        st = dsc_net_lines_find(&d->lines, &m, &levels[d->effort], err);
    for (size_t i = 0; !st && i < d->lines.count; i++)
        st = add_box(&d->lines.items[i], plane, tile, core, out, err);
    return st;
}

/* The part and what the net sees beside it, where the net's step of 4 starts
 * as in the whole plane, halved too. */
static dsc_rect around(dsc_rect r, const dsc_plane *p, int32_t reach)
{
    int32_t x1 = r.x + r.w, y1 = r.y + r.h;

    r.x = r.x / GRID_PX * GRID_PX;
    r.y = r.y / GRID_PX * GRID_PX;
    r.w = x1 - r.x;
    r.h = y1 - r.y;
    return dsc_rect_clip(dsc_rect_grow(r, reach, reach), p->columns, p->rows);
}

/* Where the plane is not flat, and what the net sees around. */
static dsc_rect content_of(const dsc_plane *p)
{
    int ground = p->data[0];
    dsc_rect r = {0, 0, 0, 0};
    int32_t x0 = (int32_t)p->columns, x1 = 0, y0 = -1, y1 = 0;

    for (uint32_t y = 0; y < p->rows; y++) {
        const uint8_t *row = p->data + y * p->stride;
        uint8_t low = 255, high = 0;
        for (uint32_t x = 0; x < p->columns; x++) {
            low = row[x] < low ? row[x] : low;
            high = row[x] > high ? row[x] : high;
        }
        if (high - ground < FLAT_LEVELS && ground - low < FLAT_LEVELS)
            continue;
        y0 = y0 < 0 ? (int32_t)y : y0;
        y1 = (int32_t)y + 1;
        for (int32_t x = 0; x < x0; x++)
            if (row[x] - ground >= FLAT_LEVELS ||
                ground - row[x] >= FLAT_LEVELS)
                x0 = x;
        for (int32_t x = (int32_t)p->columns; x > x1; x--)
            if (row[x - 1] - ground >= FLAT_LEVELS ||
                ground - row[x - 1] >= FLAT_LEVELS)
                x1 = x;
    }
    if (y0 >= 0)
        r = around((dsc_rect){x0, y0, x1 - x0, y1 - y0}, p, DSC_NET_REACH);
    return r;
}

/* The part of the plane that `area` is. */
static dsc_plane part_of(const dsc_plane *plane, dsc_rect area)
{
    return (dsc_plane){plane->data + (size_t)area.y * plane->stride +
                           (size_t)area.x,
                       (uint32_t)area.w, (uint32_t)area.h, plane->stride};
}

/* The boxes from `first` on, of such a part, as boxes of the plane. */
static void move(dsc_text_boxes *out, size_t first, dsc_rect area)
{
    for (size_t i = first; i < out->count; i++) {
        out->items[i].box.x += area.x;
        out->items[i].box.y += area.y;
    }
}

/* Flat margins are left out. */
static dsc_status search_plane(dsc_detector *d, const dsc_plane *plane,
                               dsc_text_boxes *out, dsc_error *err)
{
    dsc_rect area = content_of(plane);
    size_t first = out->count;
    dsc_plane part = part_of(plane, area);
    dsc_status st = DSC_OK;

    for (uint32_t y = 0; !st && y < part.rows; y += TILE_H_PX) {
        for (uint32_t x = 0; !st && x < part.columns; x += TILE_W_PX) {
            dsc_rect core = {(int32_t)x, (int32_t)y, TILE_W_PX, TILE_H_PX};
            st = search_tile(d, &part,
                             dsc_rect_clip(core, part.columns, part.rows), out,
                             err);
        }
    }
    move(out, first, area);
    return st;
}

/* ---- scales ---- */

typedef enum picture {
    ITSELF,
    LARGE,
    FAINT
} picture;

/* A box of a picture that has 2 pixels for one of the plane, or one for
 * 1 << halved. */
static dsc_rect to_plane(dsc_rect r, picture what, int halved)
{
    int32_t x1 = r.x + r.w, y1 = r.y + r.h, one = 1 << halved;

    if (what == LARGE)
        return (dsc_rect){r.x / 2, r.y / 2, (x1 + 1) / 2 - r.x / 2,
                          (y1 + 1) / 2 - r.y / 2};
    return (dsc_rect){one * r.x, one * r.y, one * r.w, one * r.h};
}

static bool is_coarse(const dsc_plane *plane, int halved)
{
    return halved >
           (plane->columns >= COARSE_FROM_PX && plane->rows >= COARSE_FROM_PX);
}

static bool is_credibly_huge(const dsc_plane *plane, const dsc_text_box *b,
                             int halved)
{
    int32_t low = b->box.w < b->box.h ? b->box.w : b->box.h;
    int32_t length = b->box.w < b->box.h ? b->box.h : b->box.w;
    bool is_line = low >= COARSE_LOW_PX && length >= COARSE_LONG * low;

    if (low < COARSE_PX)
        return false;
    return b->score >= (is_line ? LARGE_SCORE : COARSE_SCORE) ||
           dsc_detect__is_drawn(plane, to_plane(b->box, ITSELF, halved));
}

/* Enlarged speckle and lifted noise look more like text than the plane does. */
static bool is_credible(const dsc_plane *plane, const dsc_plane *seen,
                        picture what, int halved, const dsc_text_box *b)
{
    if (is_coarse(plane, halved) && !is_credibly_huge(plane, b, halved))
        return false;
    if (what == LARGE)
        return b->score >= LARGE_SCORE;
    return what != FAINT || dsc_detect__stands_alone(seen, b->box);
}

/* The boxes from `first` on, of a picture of `seen`, that say something new. */
static dsc_status keep_new(dsc_detector *d, const dsc_plane *plane,
                           const dsc_plane *seen, picture what, int halved,
                           dsc_text_boxes *out, size_t first, dsc_error *err)
{
    size_t kept = first;

    for (size_t i = first; i < out->count; i++) {
        dsc_text_box b = out->items[i];
        if (what == LARGE)
            b.box = to_plane(b.box, what, 0);
        b.box = dsc_rect_clip(b.box, seen->columns, seen->rows);
        if (!is_credible(plane, seen, what, halved, &b))
            continue;
        b.box = dsc_rect_clip(to_plane(b.box, ITSELF, halved), plane->columns,
                              plane->rows);
        out->items[kept++] = b;
    }
    out->count = kept;
    return dsc_detect__drop_known(
        plane, is_coarse(plane, halved) ? COARSE_LOW_PX << halved : 0, out,
        first, &d->known, err);
}

/* Search the plane as another picture of `seen`, which is the plane halved so
 * many times. */
static dsc_status search_as(dsc_detector *d, const dsc_plane *plane,
                            const dsc_plane *seen, picture what, int halved,
                            dsc_text_boxes *out, dsc_error *err)
{
    uint32_t times = what == LARGE ? 2 : 1;
    dsc_plane other = {.columns = seen->columns * times,
                       .rows = seen->rows * times,
                       .stride = seen->columns * times};
    size_t first = out->count;
    dsc_status st = DSC_OK;

    if (what == ITSELF)
        other = *seen;
    else
        st = make_room(&d->other, &d->other_size,
                       (size_t)other.columns * other.rows, err);
    if (st)
        return st;
    if (what == LARGE)
        dsc_detect__enlarge(seen, d->other);
    else if (what == FAINT && !dsc_detect__lift_faint(seen, d->other))
        return DSC_OK;
    if (what != ITSELF)
        other.data = d->other;
    st = search_plane(d, &other, out, err);
    return st ? st : keep_new(d, plane, seen, what, halved, out, first, err);
}

/* The plane, or what was halved before, in place, halved. */
static dsc_status halve(dsc_detector *d, dsc_plane *seen, dsc_error *err)
{
    uint32_t w = seen->columns / 2, h = seen->rows / 2;
    dsc_status st = make_room(&d->half, &d->half_size, (size_t)w * h, err);

    if (!st)
        dsc_detect__halve(seen, d->half);
    *seen = (dsc_plane){d->half, w, h, w};
    return st;
}

/* Enlarged, the net sees half as far. */
static dsc_status search_enlarged(dsc_detector *d, const dsc_plane *plane,
                                  dsc_rect wanted, dsc_text_boxes *out,
                                  dsc_error *err)
{
    dsc_rect area = around(wanted, plane, ENLARGED_REACH);
    dsc_plane part = part_of(plane, area);
    size_t first = out->count;
    dsc_status st = search_as(d, &part, &part, LARGE, 0, out, err);

    move(out, first, area);
    return st;
}

/* From fine to coarse, since fine scales tell lines apart best. */
static dsc_status find(dsc_detector *d, const dsc_plane *plane, dsc_rect wanted,
                       dsc_detect_effort effort, dsc_text_boxes *out,
                       dsc_error *err)
{
    uint64_t pixels = (uint64_t)plane->columns * plane->rows;
    dsc_plane seen = *plane;
    bool more = true;
    size_t kept = 0;
    dsc_status st = DSC_OK;

    d->effort = effort;
    if (effort != DSC_DETECT_FAST && pixels <= ENLARGE_UP_TO_PX)
        st = search_enlarged(d, plane, wanted, out, err);
    for (int halved = 0; !st && more; halved++) {
        st = search_as(d, plane, &seen, ITSELF, halved, out, err);
        if (!st && effort != DSC_DETECT_FAST)
            st = search_as(d, plane, &seen, FAINT, halved, out, err);
        more = seen.columns >= HALVE_FROM_PX && seen.rows >= HALVE_FROM_PX;
        if (!st && more)
            st = halve(d, &seen, err);
    }
    if (!st)
        dsc_detect__join(out);
    for (size_t i = 0; !st && i < out->count; i++)
        if (dsc_detect__snap(plane, &out->items[i]))
            out->items[kept++] = out->items[i];
    out->count = st ? 0 : kept;
    return st;
}

dsc_rect dsc_detector_sees(const dsc_plane *plane, dsc_rect within)
{
    return around(dsc_rect_clip(within, plane->columns, plane->rows), plane,
                  DSC_NET_REACH);
}

dsc_status dsc_detector_find(dsc_detector *d, const dsc_plane *plane,
                             const dsc_rect *within, dsc_detect_effort effort,
                             dsc_text_boxes *out, dsc_error *err)
{
    dsc_rect all = {0, 0, INT32_MAX, INT32_MAX}, wanted, area;
    size_t kept = 0;
    dsc_plane part;
    dsc_status st;

    out->count = 0;
    wanted = dsc_rect_clip(within ? *within : all, plane->columns, plane->rows);
    if (dsc_rect_empty(wanted))
        return DSC_OK;
    /* a line that crosses the edge is judged, and boxed, by more than its cut
     * end */
    area = dsc_detector_sees(plane, wanted);
    if (area.w < SMALLEST_PX || area.h < SMALLEST_PX)
        return DSC_OK;
    part = part_of(plane, area);
    wanted.x -= area.x;
    wanted.y -= area.y;
    st = find(d, &part, wanted, effort, out, err);
    if (st) {
        out->count = 0;
        return st;
    }
    for (size_t i = 0; i < out->count; i++) {
        dsc_text_box b = out->items[i];
        if (!dsc_rect_empty(dsc_rect_intersect(b.box, wanted)))
            out->items[kept++] = b;
    }
    out->count = kept;
    move(out, 0, area);
    return DSC_OK;
}
