/* SPDX-License-Identifier: Apache-2.0
 *
 * What changed from one frame of a clip to the next, view by view in tiles,
 * against what was searched there last: a text which comes up slowly is a
 * change at some frame. A grey sector that moves is none in the views of
 * colour. */
#include "scrub/scrub_priv.h"

#include <string.h>

/* Where one view changed, and another is to be trusted to show nothing new; it
 * is searched on one frame of so many in any case, for each shows a little more
 * of what is faint. */
#define ALONE_TOLERANCE 12
#define ALL_VIEWS_EACH  4
/* Beside a bar of colours the ground is even, and ink of four levels is looked
 * for. */
#define BAR_TOLERANCE 3

dsc_status dsc_changes_make(dsc_changes *c, uint32_t width, uint32_t height,
                            dsc_error *err)
{
    size_t tiles;

    *c = (dsc_changes){.width = width,
                       .height = height,
                       .columns = (width + DSC_TILE - 1) / DSC_TILE,
                       .rows = (height + DSC_TILE - 1) / DSC_TILE};
    tiles = (size_t)c->columns * c->rows;
    c->any = dsc_calloc(tiles, 2 + 2 * DSC_MAX_VIEWS);
    if (!c->any)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    c->todo = c->any + tiles;
    for (size_t v = 0; v < DSC_MAX_VIEWS; v++) {
        c->in_view[v] = c->todo + (1 + 2 * v) * tiles;
        c->told[v] = c->in_view[v] + tiles;
        memset(c->in_view[v], 1, tiles); /* all of the first frame */
    }
    return DSC_OK;
}

void dsc_changes_free(dsc_changes *c)
{
    dsc_free(c->any);
    dsc_views_free(&c->seen);
}

static size_t tiles_of(const dsc_changes *c)
{
    return (size_t)c->columns * c->rows;
}

static dsc_rect tiles_under(const dsc_changes *c, dsc_rect box)
{
    dsc_rect r = dsc_rect_clip(box, c->width, c->height);
    int32_t x = r.x / DSC_TILE, y = r.y / DSC_TILE;

    return (dsc_rect){x, y, (r.x + r.w - 1) / DSC_TILE - x + 1,
                      (r.y + r.h - 1) / DSC_TILE - y + 1};
}

static void set_under(const dsc_changes *c, uint8_t *marks, dsc_rect box,
                      uint8_t mark)
{
    dsc_rect r = tiles_under(c, box);

    for (int32_t y = r.y; y < r.y + r.h; y++)
        memset(marks + (size_t)y * c->columns + (size_t)r.x, mark, (size_t)r.w);
}

static bool any_under(const dsc_changes *c, const uint8_t *marks, dsc_rect box)
{
    dsc_rect r = tiles_under(c, box);

    for (int32_t y = r.y; y < r.y + r.h; y++)
        if (memchr(marks + (size_t)y * c->columns + (size_t)r.x, 1,
                   (size_t)r.w))
            return true;
    return false;
}

bool dsc_changes_at(const dsc_changes *c, dsc_rect box)
{
    return any_under(c, c->any, box);
}

bool dsc_changes_in_view(const dsc_changes *c, size_t view, dsc_rect box)
{
    return any_under(c, c->in_view[view], box);
}

/* ---- compare ---- */

void dsc_changes_none(dsc_changes *c)
{
    memset(c->any, 0, tiles_of(c));
}

static void find_in_view(dsc_changes *c, const dsc_blit *blit,
                         const dsc_view *now, size_t v, const dsc_rects *bars)
{
    const dsc_view *before = &c->seen.items[v];

    dsc_blit_changed_tiles(blit, now, before, DSC_CHANGE_LEVELS, c->in_view[v]);
    if (bars->count) {
        dsc_blit_changed_tiles(blit, now, before, BAR_TOLERANCE, c->todo);
        dsc_bars_take_tiles(bars, c->todo, c->columns, c->rows, c->in_view[v]);
    }
    for (size_t i = 0; i < tiles_of(c); i++)
        c->any[i] |= c->in_view[v][i];
}

bool dsc_changes_find(dsc_changes *c, const dsc_blit *blit,
                      const dsc_views *now, const dsc_rects *bars,
                      uint32_t frame)
{
    size_t tiles = tiles_of(c);

    if (now->count != c->seen.count) { /* a new window would change them all */
        memset(c->any, 1, tiles);
        for (size_t v = 0; v < now->count; v++)
            memset(c->in_view[v], 1, tiles);
        return true;
    }
    dsc_changes_none(c);
    for (size_t v = 0; v < now->count; v++)
        find_in_view(c, blit, &now->items[v], v, bars);
    for (size_t v = 0; v < now->count; v++) {
        dsc_blit_changed_tiles(blit, &now->items[v], &c->seen.items[v],
                               ALONE_TOLERANCE, c->todo);
        for (size_t i = 0; i < tiles; i++)
            c->in_view[v][i] |=
                c->any[i] && (c->todo[i] || frame % ALL_VIEWS_EACH == 0);
    }
    return memchr(c->any, 1, tiles) != NULL;
}

static void copy_changed(const dsc_changes *c, size_t v, const dsc_view *now)
{
    const dsc_view *seen = &c->seen.items[v];

    for (uint32_t y = 0; y < now->rows; y++) {
        const uint8_t *changed = c->in_view[v] + y / DSC_TILE * c->columns;
        for (uint32_t x = 0; x < now->columns; x += DSC_TILE) {
            uint32_t left = now->columns - x;
            if (changed[x / DSC_TILE])
                memcpy(seen->data + (size_t)y * seen->stride + x,
                       now->data + (size_t)y * now->stride + x,
                       left < DSC_TILE ? left : DSC_TILE);
        }
    }
}

/* The tiles that did not change stay as they were, so that what changes slowly
 * does change. */
void dsc_changes_take(dsc_changes *c, dsc_views *now)
{
    c->seen.count = now->count;
    for (size_t v = 0; v < now->count; v++)
        if (memchr(c->in_view[v], 0, tiles_of(c))) {
            copy_changed(c, v, &now->items[v]);
        } else {
            dsc_view swap = c->seen.items[v];
            c->seen.items[v] = now->items[v];
            now->items[v] = swap;
        }
}

/* ---- what of a view is searched again ---- */

/* A later view counts where it has news: where it changed, or where they are
 * news only since an earlier view changed. */
static bool has_more_news(dsc_changes *c, const dsc_views *now, size_t view,
                          size_t tile)
{
    dsc_rect r = {(int32_t)(tile % c->columns) * DSC_TILE,
                  (int32_t)(tile / c->columns) * DSC_TILE, DSC_TILE, DSC_TILE};
    bool before = c->told[view][tile];

    c->told[view][tile] = !dsc_rect_empty(dsc_views_news(now, view, r));
    return c->told[view][tile] && (c->in_view[view][tile] || !before);
}

void dsc_changes_untold(dsc_changes *c, size_t view, dsc_rect box)
{
    set_under(c, c->told[view], box, 0);
}

void dsc_changes_plan(dsc_changes *c, const dsc_views *now, size_t view)
{
    for (size_t i = 0; i < tiles_of(c); i++)
        c->todo[i] = c->any[i] &&
                     (view < DSC_FIRST_VIEWS ? c->in_view[view][i]
                                             : has_more_news(c, now, view, i));
}

void dsc_changes_add(dsc_changes *c, dsc_rect box)
{
    set_under(c, c->todo, box, 1);
}

/* The tiles that hang together with this one; the map itself is the stack:
 * grids are small, so that repeated passes are cheap. */
static dsc_rect flood(dsc_changes *c, size_t tile)
{
    dsc_rect r = {(int32_t)(tile % c->columns), (int32_t)(tile / c->columns), 1,
                  1};
    bool grew = true;

    while (grew) {
        dsc_rect around =
            dsc_rect_clip(dsc_rect_grow(r, 1, 1), c->columns, c->rows);
        grew = false;
        for (int32_t y = around.y; y < around.y + around.h; y++)
            for (int32_t x = around.x; x < around.x + around.w; x++) {
                uint8_t *t = &c->todo[(size_t)y * c->columns + (size_t)x];
                if (!*t)
                    continue;
                *t = 0;
                r = dsc_rect_union(r, (dsc_rect){x, y, 1, 1});
                grew = true;
            }
    }
    return r;
}

bool dsc_changes_next(dsc_changes *c, dsc_rect *part)
{
    const uint8_t *t = memchr(c->todo, 1, tiles_of(c));
    dsc_rect r;

    if (!t)
        return false;
    r = flood(c, (size_t)(t - c->todo));
    *part = (dsc_rect){r.x * DSC_TILE, r.y * DSC_TILE, r.w * DSC_TILE,
                       r.h * DSC_TILE};
    return true;
}
