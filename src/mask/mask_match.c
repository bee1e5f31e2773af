/* SPDX-License-Identifier: Apache-2.0
 *
 * Does a template match, and which pixels does it name?
 */
#include "mask/mask_priv.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Most templates ask for the same few attributes; each is fetched once in a
 * row rather than once a template. */
#define CACHE 8u

typedef struct cached {
    bool valid, present;
    uint32_t index;
    char text[DSC_MASK_VALUE];
} cached;

typedef struct matcher {
    const dsc_masks *set;
    dsc_mask_header_fn header;
    void *ctx;
    uint32_t columns, rows;
    cached cache[CACHE];
} matcher;

static const cached *fetch(matcher *m, uint32_t index)
{
    cached *c = &m->cache[index % CACHE];
    const char *name = m->set->attributes[index];

    if (c->valid && c->index == index)
        return c;
    c->valid = true;
    c->index = index;
    c->present = true;
    /* The size comes from the decoder, so that it always is the image's. */
    if (!strcmp(name, "Rows") || !strcmp(name, "(0028,0010)"))
        snprintf(c->text, sizeof c->text, "%u", (unsigned)m->rows);
    else if (!strcmp(name, "Columns") || !strcmp(name, "(0028,0011)"))
        snprintf(c->text, sizeof c->text, "%u", (unsigned)m->columns);
    else {
        c->text[0] = 0;
        c->present = m->header(m->ctx, name, c->text, sizeof c->text);
        c->text[sizeof c->text - 1] = 0;
    }
    return c;
}

static bool same(const char *a, const char *b, size_t n, bool fold)
{
    return fold ? !strncasecmp(a, b, n) : !strncmp(a, b, n);
}

static bool holds(const char *text, const char *part, bool fold)
{
    size_t n = strlen(part);

    for (; strlen(text) >= n; text++)
        if (same(text, part, n, fold))
            return true;
    return false;
}

/* `text` as a whole or one of its values (between backslashes), without the
 * padding around it. */
static bool value_is(const char *text, const char *want, dsc_mask__op op,
                     bool fold)
{
    size_t n = strlen(want);
    bool whole = true;

    while (*text) {
        size_t len = whole ? strlen(text) : strcspn(text, "\\");
        const char *start = text;
        const char *next = text + len;
        while (len && *start == ' ') {
            start++;
            len--;
        }
        while (len && start[len - 1] == ' ')
            len--;
        if ((op == DSC_MASK__EQUALS ? len == n : len >= n) &&
            same(start, want, n, fold))
            return true;
        if (whole)
            whole = false;
        else
            text = *next ? next + 1 : next;
    }
    return false;
}

static bool in_range(const dsc_mask__cond *c, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\\");
        char one[64];
        double v;
        if (len < sizeof one) {
            memcpy(one, text, len);
            one[len] = 0;
            if (dsc_mask__number(one, &v) && v >= c->low && v <= c->high)
                return true;
        }
        text += len + (text[len] != 0);
    }
    return false;
}

static bool text_matches(const dsc_mask__cond *c, const char *text)
{
    bool fold = c->ignore_case == DSC_MASK__YES;

    switch (c->op) {
    case DSC_MASK__EQUALS:
        for (unsigned i = 0; i < c->equals_count; i++)
            if (value_is(text, c->equals[i], c->op, fold))
                return true;
        return false;
    case DSC_MASK__STARTS:
        for (unsigned i = 0; i < c->starts_with_count; i++)
            if (value_is(text, c->starts_with[i], c->op, fold))
                return true;
        return false;
    case DSC_MASK__CONTAINS:
        for (unsigned i = 0; i < c->contains_count; i++)
            if (holds(text, c->contains[i], fold))
                return true;
        return false;
    case DSC_MASK__REGEX:
        for (unsigned i = 0; i < c->compiled_count; i++)
            if (!regexec(&c->compiled[i], text, 0, NULL, 0))
                return true;
        return false;
    case DSC_MASK__RANGE:
        return in_range(c, text);
    default:
        return false;
    }
}

static bool matches(matcher *m, const dsc_mask__cond *c)
{
    bool yes = false;

    if (c->op == DSC_MASK__ANY) {
        for (unsigned i = 0; i < c->any_count && !yes; i++)
            yes = matches(m, &c->any[i]);
    } else if (c->op == DSC_MASK__ALL) {
        yes = true;
        for (unsigned i = 0; i < c->all_count && yes; i++)
            yes = matches(m, &c->all[i]);
    } else {
        const cached *v = fetch(m, c->attribute_index);
        /* An empty value says no more than a missing one. */
        bool present = v->present && v->text[strspn(v->text, " ")];
        yes = c->op == DSC_MASK__PRESENT
                  ? present == (c->present == DSC_MASK__YES)
                  : present && text_matches(c, v->text);
    }
    return c->negate == DSC_MASK__YES ? !yes : yes;
}

/* ---- boxes ---- */

static int64_t floor_of(int64_t millionths, int64_t size)
{
    return millionths * size / DSC_MASK_ONE;
}

static int64_t ceil_of(int64_t millionths, int64_t size)
{
    return (millionths * size + DSC_MASK_ONE - 1) / DSC_MASK_ONE;
}

/* Start and end along one axis; in whole pixels, or rounded so that a `blank`
 * region never gets smaller and a `keep only` region never larger. */
static void axis_range(const dsc_mask__axis *a, uint32_t size, bool fraction,
                       bool keep, int64_t *low, int64_t *high)
{
    int64_t all = fraction ? DSC_MASK_ONE : size;

    if (a->near_edge >= 0) {
        *low = a->near_edge;
        *high = a->size >= 0 ? *low + a->size : all - a->far_edge;
    } else {
        *high = all - a->far_edge;
        *low = *high - a->size;
    }
    if (*low < 0)
        *low = 0;
    if (*high > all)
        *high = all;
    if (!fraction || *high <= *low)
        return;
    *low = keep ? ceil_of(*low, size) : floor_of(*low, size);
    *high = keep ? floor_of(*high, size) : ceil_of(*high, size);
}

static dsc_rect region_box(const dsc_mask__template *t,
                           const dsc_mask__region *r, uint32_t columns,
                           uint32_t rows)
{
    int64_t x0, x1, y0, y1;
    dsc_rect box = {0, 0, 0, 0};

    axis_range(&r->x, columns, t->unit == 1, t->mode == 1, &x0, &x1);
    axis_range(&r->y, rows, t->unit == 1, t->mode == 1, &y0, &y1);
    if (x1 <= x0 || y1 <= y0)
        return box;
    box.x = (int32_t)x0;
    box.y = (int32_t)y0;
    box.w = (int32_t)(x1 - x0);
    box.h = (int32_t)(y1 - y0);
    return dsc_rect_clip(box, columns, rows);
}

static void tell_box(const dsc_mask__template *t, dsc_rect box,
                     dsc_mask_hit_fn fn, void *ctx)
{
    dsc_mask_hit hit = {t->id, box};
    if (!dsc_rect_empty(box))
        fn(ctx, &hit);
}

static void tell_template(const dsc_mask__template *t, uint32_t columns,
                          uint32_t rows, dsc_mask_hit_fn fn, void *ctx)
{
    dsc_rects keep = {0}, outside = {0};
    dsc_status st = DSC_OK;

    if (t->mode == 0) {
        for (unsigned i = 0; i < t->regions_count; i++)
            tell_box(t, region_box(t, &t->regions[i], columns, rows), fn, ctx);
        return;
    }
    for (unsigned i = 0; i < t->regions_count && !st; i++)
        st = dsc_rects_add(&keep, region_box(t, &t->regions[i], columns, rows),
                           NULL);
    if (!st)
        st = dsc_mask_complement(&keep, columns, rows, &outside, NULL);
    if (st) {
        /* What should be kept is not known, so nothing is. */
        dsc_rect all = {0, 0, (int32_t)columns, (int32_t)rows};
        tell_box(t, all, fn, ctx);
    } else {
        dsc_rects_foreach (r, &outside)
            tell_box(t, *r, fn, ctx);
    }
    dsc_rects_free(&keep);
    dsc_rects_free(&outside);
}

size_t dsc_masks_match(const dsc_masks *masks, dsc_mask_header_fn header,
                       void *ctx, uint32_t columns, uint32_t rows,
                       dsc_mask_hit_fn fn, void *fn_ctx)
{
    matcher m = {.set = masks,
                 .header = header,
                 .ctx = ctx,
                 .columns = columns,
                 .rows = rows};
    size_t count = 0;

    if (columns > INT32_MAX || rows > INT32_MAX)
        return 0;
    for (size_t i = 0; i < masks->count; i++) {
        const dsc_mask__template *t = masks->items[i];
        bool yes = true;
        for (unsigned k = 0; k < t->match_count && yes; k++)
            yes = matches(&m, &t->match[k]);
        if (!yes)
            continue;
        count++;
        tell_template(t, columns, rows, fn, fn_ctx);
    }
    /* The header's values must not stay behind on the stack. */
    explicit_bzero(&m, sizeof m);
    return count;
}
