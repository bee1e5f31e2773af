/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of text by the learned net: its two maps become boxes.
 *
 * The map of line middles tells lines apart; each middle then grows over the
 * map of text until it meets another's share. Big planes are searched in
 * tiles that overlap by what an output can see, so that seams do not show. */
#include "detect/detect_priv.h"
#include "detect/net.h"

#include "base/cpu.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TILE_PX      1024u
#define CENTRE_LOGIT 0.0F  /* p >= 0.5 */
#define TEXT_LOGIT   -0.4F /* p >= 0.4 */
#define ALONE_LOGIT  0.85F /* text without a middle: p >= 0.7 */
#define MIN_CELLS    4     /* of two pixels a side */
#define GROW_STEPS   24
#define MARGIN_PX    2

typedef struct finder {
    dsc_net *n;
    uint8_t *grey; /* a tile, its right and lower edges repeated */
    size_t grey_size;
    uint8_t *scaled; /* the whole plane, enlarged or halved */
    size_t scaled_size;
    int32_t *label;
    uint32_t *queue;
    size_t cells; /* that label and queue have room for */
} finder;

/* A line while it is being collected, in half-resolution cells. */
typedef struct blob {
    int32_t x0, y0, x1, y1;
    uint32_t cells;
    double sum;
} blob;

typedef struct blobs {
    blob *items;
    size_t count, cap;
} blobs;

/* ---- memory ---- */

static void finder_free(void *state)
{
    finder *f = state;

    dsc_net_free(&f->n);
    dsc_wipe_free(f->grey, f->grey_size);
    dsc_wipe_free(f->scaled, f->scaled_size);
    dsc_free(f->label);
    dsc_free(f->queue);
    dsc_free(f);
}

static dsc_status finder_create(void **state, const char *models,
                                dsc_error *err)
{
    char path[4200];
    finder *f = dsc_alloc(sizeof *f);
    dsc_status st;

    if (!f)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    snprintf(path, sizeof path, "%s/textdet/textdet.bin", models);
    st = dsc_net_load(&f->n, path, dsc_cpu_flags(), err);
    if (st)
        finder_free(f);
    else
        *state = f;
    return st;
}

static dsc_status make_room(finder *f, uint32_t w, uint32_t h, dsc_error *err)
{
    size_t pixels = (size_t)w * h, cells = pixels / 4;

    if (f->grey_size < pixels) {
        dsc_wipe_free(f->grey, f->grey_size);
        f->grey_size = 0;
        f->grey = dsc_alloc(pixels);
        if (f->grey)
            f->grey_size = pixels;
    }
    if (f->cells < cells) {
        dsc_free(f->label);
        dsc_free(f->queue);
        f->cells = 0;
        f->label = dsc_calloc(cells, sizeof *f->label);
        f->queue = dsc_calloc(cells, sizeof *f->queue);
        if (f->label && f->queue)
            f->cells = cells;
    }
    if (f->grey_size < pixels || f->cells < cells)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    return DSC_OK;
}

static dsc_status add_blob(blobs *list, blob b, dsc_error *err)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 64;
        blob *items = dsc_calloc(cap, sizeof *items);
        if (!items)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        dsc_free(list->items);
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = b;
    return DSC_OK;
}

/* ---- maps to blobs ---- */

typedef struct maps {
    const float *v; /* text, middle */
    uint32_t w, h;
} maps;

static float text_at(const maps *m, uint32_t i)
{
    return m->v[2 * (size_t)i];
}

static float centre_at(const maps *m, uint32_t i)
{
    return m->v[2 * (size_t)i + 1];
}

static void take_cell(blob *b, const maps *m, uint32_t i)
{
    int32_t x = (int32_t)(i % m->w), y = (int32_t)(i / m->w);

    if (!b->cells || x < b->x0)
        b->x0 = x;
    if (!b->cells || x > b->x1)
        b->x1 = x;
    if (!b->cells || y < b->y0)
        b->y0 = y;
    if (!b->cells || y > b->y1)
        b->y1 = y;
    b->cells++;
    b->sum += 1.0 / (1.0 + exp(-(double)text_at(m, i)));
}

typedef bool (*member_fn)(const maps *m, uint32_t i);

static bool is_centre(const maps *m, uint32_t i)
{
    return centre_at(m, i) >= CENTRE_LOGIT && text_at(m, i) >= TEXT_LOGIT;
}

static bool is_alone(const maps *m, uint32_t i)
{
    return text_at(m, i) >= ALONE_LOGIT;
}

/* Visit the neighbours of cell i: 8 of them, inside the map. */
#define FOR_NEIGHBOURS(m, i, j)                                                \
 for (int32_t dy_ = -1; dy_ <= 1; dy_++)                                       \
  for (int32_t dx_ = -1; dx_ <= 1; dx_++)                                      \
   if ((int64_t)((i) % (m)->w) + dx_ >= 0 &&                                   \
       (int64_t)((i) % (m)->w) + dx_ < (m)->w &&                               \
       (int64_t)((i) / (m)->w) + dy_ >= 0 &&                                   \
       (int64_t)((i) / (m)->w) + dy_ < (m)->h &&                               \
       ((j) = (uint32_t)((int64_t)(i) + (int64_t)dy_ * (m)->w + dx_), true))

/* Label the connected parts of unlabelled member cells. */
static dsc_status label_parts(finder *f, const maps *m, member_fn member,
                              blobs *list, dsc_error *err)
{
    uint32_t cells = m->w * m->h;
    dsc_status st = DSC_OK;

    for (uint32_t s = 0; !st && s < cells; s++) {
        blob b = {0};
        size_t head = 0, tail = 0;
        if (f->label[s] || !member(m, s))
            continue;
        f->label[s] = (int32_t)list->count + 1;
        f->queue[tail++] = s;
        while (head < tail) {
            uint32_t i = f->queue[head++], j;
            take_cell(&b, m, i);
            FOR_NEIGHBOURS(m, i, j)
            if (!f->label[j] && member(m, j)) {
                f->label[j] = f->label[s];
                f->queue[tail++] = j;
            }
        }
        st = add_blob(list, b, err);
    }
    return st;
}

/* All labels grow together, a ring a step, over cells of text. */
static void grow_labels(finder *f, const maps *m, blobs *list)
{
    uint32_t cells = m->w * m->h;
    size_t head = 0, tail = 0, ring;

    for (uint32_t i = 0; i < cells; i++)
        if (f->label[i])
            f->queue[tail++] = i;
    for (int step = 0; step < GROW_STEPS && head < tail; step++) {
        for (ring = tail; head < ring; head++) {
            uint32_t i = f->queue[head], j;
            FOR_NEIGHBOURS(m, i, j)
            if (!f->label[j] && text_at(m, j) >= TEXT_LOGIT) {
                f->label[j] = f->label[i];
                f->queue[tail++] = j;
                take_cell(&list->items[f->label[i] - 1], m, j);
            }
        }
    }
}

/* ---- blobs to boxes ---- */

static dsc_status add_box(const blob *b, const dsc_plane *plane, dsc_rect tile,
                          dsc_rect core, dsc_text_boxes *out, dsc_error *err)
{
    dsc_rect r = {tile.x + 2 * b->x0, tile.y + 2 * b->y0,
                  2 * (b->x1 - b->x0 + 1), 2 * (b->y1 - b->y0 + 1)};
    dsc_text_box box = {.score = (float)(b->sum / b->cells)};
    int64_t cx = r.x + r.w / 2, cy = r.y + r.h / 2;

    /* each line belongs to the tile that its centre is in */
    if (b->cells < MIN_CELLS || cx < core.x || cy < core.y ||
        cx >= (int64_t)core.x + core.w || cy >= (int64_t)core.y + core.h)
        return DSC_OK;
    box.box = dsc_rect_clip(dsc_rect_grow(r, MARGIN_PX, MARGIN_PX),
                            plane->columns, plane->rows);
    if (dsc_rect_empty(box.box))
        return DSC_OK;
    box.rotation = r.h > 2 * r.w && r.h >= 28 ? 90 : 0;
    return dsc_text_boxes_add(out, &box, err);
}

static void copy_tile(finder *f, const dsc_plane *plane, dsc_rect tile,
                      uint32_t w, uint32_t h)
{
    for (uint32_t y = 0; y < h; y++) {
        uint32_t sy = y < (uint32_t)tile.h ? y : (uint32_t)tile.h - 1;
        const uint8_t *src = plane->data +
                             ((size_t)tile.y + sy) * plane->stride +
                             (size_t)tile.x;
        uint8_t *dst = f->grey + (size_t)y * w;
        memcpy(dst, src, (size_t)tile.w);
        memset(dst + tile.w, src[tile.w - 1], w - (uint32_t)tile.w);
    }
}

static dsc_status search_tile(finder *f, const dsc_plane *plane, dsc_rect core,
                              dsc_text_boxes *out, dsc_error *err)
{
    dsc_rect tile = dsc_rect_clip(dsc_rect_grow(core, NET_REACH, NET_REACH),
                                  plane->columns, plane->rows);
    uint32_t w = ((uint32_t)tile.w + 3) / 4 * 4;
    uint32_t h = ((uint32_t)tile.h + 3) / 4 * 4;
    maps m = {.w = w / 2, .h = h / 2};
    blobs list = {0};
    dsc_status st = make_room(f, w, h, err);

    if (st)
        return st;
    copy_tile(f, plane, tile, w, h);
    st = dsc_net_run(f->n, f->grey, w, w, h, &m.v, err);
    memset(f->label, 0, (size_t)m.w * m.h * sizeof *f->label);
    if (!st)
        st = label_parts(f, &m, is_centre, &list, err);
    if (!st)
        grow_labels(f, &m, &list);
    if (!st)
        st = label_parts(f, &m, is_alone, &list, err);
    for (size_t i = 0; !st && i < list.count; i++)
        st = add_box(&list.items[i], plane, tile, core, out, err);
    dsc_free(list.items);
    return st;
}

static dsc_status search_plane(finder *f, const dsc_plane *plane,
                               dsc_text_boxes *out, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (uint32_t y = 0; !st && y < plane->rows; y += TILE_PX) {
        for (uint32_t x = 0; !st && x < plane->columns; x += TILE_PX) {
            dsc_rect core = {(int32_t)x, (int32_t)y, TILE_PX, TILE_PX};
            st = search_tile(f, plane,
                             dsc_rect_clip(core, plane->columns, plane->rows),
                             out, err);
        }
    }
    return st;
}

/* ---- scales ---- */

/* The net knows text of about 8 to 60 px. Small planes have smaller letters
 * and are enlarged as well; halved ones show large letters and headlines. */
#define ENLARGE_UP_TO_PX (640u * 512u)
#define HALVE_FROM_PX    256u
/* A box whose area boxes of finer scales hold to this share says nothing new:
 * it is the same lines, drawn together. */
#define KNOWN_PERCENT     40
#define KNOWN_INK_PERCENT 90

static void enlarge(const dsc_plane *src, uint8_t *dst)
{
    size_t w = (size_t)src->columns * 2;

    for (uint32_t y = 0; y < src->rows * 2; y++) {
        /* bilinear at half pixels: weights of 3/4 and 1/4 */
        uint32_t y0 = y / 2, y1 = y % 2 ? y0 + 1 : y0 ? y0 - 1 : 0;
        const uint8_t *near_row = src->data + (size_t)y0 * src->stride;
        const uint8_t *far_row =
            src->data + (size_t)(y1 < src->rows ? y1 : y0) * src->stride;
        for (uint32_t x = 0; x < src->columns * 2; x++) {
            uint32_t x0 = x / 2, x1 = x % 2 ? x0 + 1 : x0 ? x0 - 1 : 0;
            if (x1 >= src->columns)
                x1 = x0;
            dst[y * w + x] = (uint8_t)((9u * near_row[x0] + 3u * near_row[x1] +
                                        3u * far_row[x0] + far_row[x1] + 8u) /
                                       16u);
        }
    }
}

static void halve(const dsc_plane *src, uint8_t *dst)
{
    size_t w = src->columns / 2;

    for (uint32_t y = 0; y < src->rows / 2; y++) {
        const uint8_t *a = src->data + 2 * (size_t)y * src->stride;
        const uint8_t *b = a + src->stride;
        for (uint32_t x = 0; x < w; x++)
            dst[y * w + x] = (uint8_t)((a[2 * x] + a[2 * x + 1] + b[2 * x] +
                                        b[2 * x + 1] + 2) /
                                       4);
    }
}

/* Search the plane at num/den of its size; boxes come in its own pixels. */
static dsc_status search_scaled(finder *f, const dsc_plane *plane, bool twice,
                                dsc_text_boxes *out, dsc_error *err)
{
    dsc_plane scaled = {.columns =
                            twice ? plane->columns * 2 : plane->columns / 2,
                        .rows = twice ? plane->rows * 2 : plane->rows / 2};
    size_t first = out->count, size = (size_t)scaled.columns * scaled.rows;
    dsc_status st;

    if (f->scaled_size < size) {
        dsc_wipe_free(f->scaled, f->scaled_size);
        f->scaled_size = 0;
        f->scaled = dsc_alloc(size);
        if (!f->scaled)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        f->scaled_size = size;
    }
    if (twice)
        enlarge(plane, f->scaled);
    else
        halve(plane, f->scaled);
    scaled.data = f->scaled;
    scaled.stride = scaled.columns;
    st = search_plane(f, &scaled, out, err);
    for (size_t i = first; i < out->count; i++) {
        dsc_rect *r = &out->items[i].box;
        int32_t x1 = r->x + r->w, y1 = r->y + r->h;
        *r = twice ? (dsc_rect){r->x / 2, r->y / 2, (x1 + 1) / 2 - r->x / 2,
                                (y1 + 1) / 2 - r->y / 2}
                   : (dsc_rect){2 * r->x, 2 * r->y, 2 * r->w, 2 * r->h};
        *r = dsc_rect_clip(*r, plane->columns, plane->rows);
    }
    return st;
}

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

static bool is_inside(const dsc_text_box *boxes, size_t count, int32_t x,
                      int32_t y)
{
    for (size_t i = 0; i < count; i++) {
        dsc_rect r = boxes[i].box;
        if (x >= r.x && y >= r.y && x < r.x + r.w && y < r.y + r.h)
            return true;
    }
    return false;
}

/* Is nearly all ink of the box, which is what differs from its paper, inside
 * the other boxes? Then it is those lines, drawn together. */
static bool ink_is_known(const dsc_plane *plane, dsc_rect r,
                         const dsc_text_box *boxes, size_t count)
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
                    known += is_inside(boxes, count, x, y);
                }
            }
    return known * 100 >= ink * KNOWN_INK_PERCENT;
}

/* Drop boxes from `first` on that say no more than the ones before. */
static dsc_status drop_known(const dsc_plane *plane, dsc_text_boxes *boxes,
                             size_t first, dsc_error *err)
{
    dsc_rects known = {0};
    size_t kept = first;
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < first; i++)
        st = dsc_rects_add(&known, boxes->items[i].box, err);
    for (size_t i = first; !st && i < boxes->count; i++) {
        dsc_rect r = boxes->items[i].box;
        int64_t covered = dsc_rects_covered(&known, r);
        if (covered * 100 < dsc_rect_area(r) * KNOWN_PERCENT &&
            (!covered || !ink_is_known(plane, r, boxes->items, first)))
            boxes->items[kept++] = boxes->items[i];
    }
    boxes->count = kept;
    dsc_rects_free(&known);
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

static void join_lines(dsc_text_boxes *boxes)
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

/* From fine to coarse, since fine scales tell lines apart best. `fast` leaves
 * out the enlarged scale, which costs four times the plane's own. */
static dsc_status find(void *state, const dsc_plane *plane,
                       dsc_detect_effort effort, dsc_text_boxes *out,
                       dsc_error *err)
{
    uint64_t pixels = (uint64_t)plane->columns * plane->rows;
    size_t first = out->count;
    dsc_status st = DSC_OK;

    if (effort == DSC_DETECT_THOROUGH && pixels <= ENLARGE_UP_TO_PX)
        st = search_scaled(state, plane, true, out, err);
    if (!st) {
        first = out->count;
        st = search_plane(state, plane, out, err);
    }
    if (!st)
        st = drop_known(plane, out, first, err);
    if (!st && plane->columns >= HALVE_FROM_PX &&
        plane->rows >= HALVE_FROM_PX) {
        first = out->count;
        st = search_scaled(state, plane, false, out, err);
        if (!st)
            st = drop_known(plane, out, first, err);
    }
    if (!st)
        join_lines(out);
    for (size_t i = 0; !st && i < out->count; i++)
        dsc_detect__snap(plane, &out->items[i]);
    return st;
}

const dsc_detect_ops dsc_detect__net = {"net", finder_create, finder_free,
                                        find};
