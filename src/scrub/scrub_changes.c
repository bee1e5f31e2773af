/* SPDX-License-Identifier: Apache-2.0
 *
 * What changed from one frame of a clip to the next, in tiles, against what was
 * searched there last: a text which comes up slowly is a change at some
 * frame. */
#include "scrub/scrub_priv.h"

#include <string.h>

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
    c->any = dsc_calloc(tiles, 2);
    if (!c->any)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    c->todo = c->any + tiles;
    memset(c->any, 1, tiles); /* all of the first frame */
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

bool dsc_changes_at(const dsc_changes *c, dsc_rect box)
{
    dsc_rect r = tiles_under(c, box);

    for (int32_t y = r.y; y < r.y + r.h; y++)
        if (memchr(c->any + (size_t)y * c->columns + (size_t)r.x, 1,
                   (size_t)r.w))
            return true;
    return false;
}

/* ---- compare ---- */

void dsc_changes_none(dsc_changes *c)
{
    memset(c->any, 0, tiles_of(c));
}

static void find_in_view(dsc_changes *c, const dsc_blit *blit,
                         const dsc_view *now, const dsc_view *before,
                         const dsc_rects *bars)
{
    dsc_blit_changed_tiles(blit, now, before, DSC_CHANGE_LEVELS, c->todo);
    for (size_t i = 0; i < tiles_of(c); i++)
        c->any[i] |= c->todo[i];
    if (!bars->count)
        return;
    dsc_blit_changed_tiles(blit, now, before, BAR_TOLERANCE, c->todo);
    dsc_bars_take_tiles(bars, c->todo, c->columns, c->rows, c->any);
}

bool dsc_changes_find(dsc_changes *c, const dsc_blit *blit,
                      const dsc_views *now, const dsc_rects *bars)
{
    size_t tiles = tiles_of(c);

    dsc_changes_none(c);
    if (now->count != c->seen.count) /* a new window would change them all */
        memset(c->any, 1, tiles);
    for (size_t v = 0; v < now->count && now->count == c->seen.count; v++)
        find_in_view(c, blit, &now->items[v], &c->seen.items[v], bars);
    memcpy(c->todo, c->any, tiles);
    return memchr(c->any, 1, tiles) != NULL;
}

static void copy_changed(const dsc_changes *c, size_t v, const dsc_view *now)
{
    const dsc_view *seen = &c->seen.items[v];

    for (uint32_t y = 0; y < now->rows; y++) {
        const uint8_t *changed = c->any + y / DSC_TILE * c->columns;
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
    bool all = !memchr(c->any, 0, tiles_of(c));

    c->seen.count = now->count;
    for (size_t v = 0; v < now->count; v++) {
        dsc_view swap = c->seen.items[v];
        if (!all) {
            copy_changed(c, v, &now->items[v]);
            continue;
        }
        c->seen.items[v] = now->items[v];
        now->items[v] = swap;
    }
}

/* ---- what is searched again ---- */

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
