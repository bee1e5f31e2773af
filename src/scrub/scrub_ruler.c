/* SPDX-License-Identifier: Apache-2.0
 *
 * Rulers: bright dots or ticks, small and thin, at even distances on a straight
 * line, with nothing between them: six at least. */
#include "base/axes.h"
#include "scrub/scrub_priv.h"

#include <math.h>

enum {
    LEAST_MARKS = 6,
    LEAST_LEVELS = 16, /* of a mark above its paper */
    FAINT_LEVELS = 8,  /* of text that is told from it */
    PART_OF = 5,       /* of the contrast of the number beside it */
    MARK_PX = 16,      /* no mark is larger */
    STEP_PX = 8,       /* nor nearer to the next one than this, */
    STEPS = 6,         /* nor farther than so many heights of the number */
    BESIDE = 2,        /* heights from a number to its mark */
    SPECK_PX = 3,
    SEEDS = 48,   /* more are no marks on dark paper */
    MARKS = 1024, /* nor are more as far around as rulers are looked for */
    WALK = 256    /* marks of one ruler at most */
};
#define OFF_PX 1.5F /* of a mark from where it should be */

typedef struct mark {
    float x, y;
    dsc_rect box;
    int32_t peak_x, peak_y;
} mark;

/* Of a part of the plane, row by row. */
typedef struct marks {
    mark items[MARKS];
    size_t count;
} marks;

typedef struct look {
    const dsc_plane *p;
    int ground, least;
    int32_t size; /* of a mark at most */
} look;

static int level(const look *l, int32_t x, int32_t y)
{
    if (x < 0 || y < 0 || x >= (int32_t)l->p->columns ||
        y >= (int32_t)l->p->rows)
        return 0;
    return l->p->data[(size_t)y * l->p->stride + (size_t)x] - l->ground;
}

/* ---- one mark ---- */

/* A dot, or a stroke at least twice as long as it is thick. */
static bool is_thin(const dsc_axes *axes)
{
    double across, along, thick, length;

    dsc_axes_get(axes, &across, &along);
    thick = sqrt(12 * fmax(across, 0));
    length = sqrt(12 * along);
    return length < 3 || (2 * thick <= length && thick <= 3);
}

/* The connected pixels around the brightest one that are at least a third as
 * bright; false where they are no mark. */
static bool measure(const look *l, int32_t x, int32_t y, mark *out)
{
    bool seen[2 * MARK_PX + 3][2 * MARK_PX + 3] = {{false}};
    int32_t stack[(2 * MARK_PX + 3) * (2 * MARK_PX + 3)], top = 0;
    const int32_t side = 2 * MARK_PX + 3, mid = MARK_PX + 1;
    int third = level(l, x, y) / 3, least = third > l->least ? third : l->least;
    dsc_axes axes = {.n = 0};
    int32_t left = mid, right = mid, upper = mid, lower = mid;

    seen[mid][mid] = true;
    stack[top++] = mid * side + mid;
    while (top) {
        int32_t at = stack[--top], u = at % side, v = at / side;
        if (!u || !v || u + 1 == side || v + 1 == side)
            return false;
        dsc_axes_add(&axes, u, v);
        left = u < left ? u : left;
        right = u > right ? u : right;
        upper = v < upper ? v : upper;
        lower = v > lower ? v : lower;
        if (right - left >= l->size || lower - upper >= l->size)
            return false;
        for (int32_t n = 0; n < 9; n++) {
            int32_t i = u + n % 3 - 1, k = v + n / 3 - 1;
            if (seen[k][i] || level(l, x + i - mid, y + k - mid) < least)
                continue;
            seen[k][i] = true;
            stack[top++] = k * side + i;
        }
    }
    *out = (mark){
        (float)(x - mid + axes.x / axes.n),
        (float)(y - mid + axes.y / axes.n),
        {x + left - mid, y + upper - mid, right - left + 1, lower - upper + 1},
        x,
        y};
    return is_thin(&axes);
}

/* The mark at a point, or one that reaches over it. */
static bool mark_at(const look *l, float x, float y, mark *out)
{
    int32_t at_x = (int32_t)lroundf(x), at_y = (int32_t)lroundf(y);
    int32_t best_x = at_x, best_y = at_y;

    for (int32_t v = at_y - 1; v <= at_y + 1; v++)
        for (int32_t u = at_x - 1; u <= at_x + 1; u++)
            if (level(l, u, v) > level(l, best_x, best_y)) {
                best_x = u;
                best_y = v;
            }
    return level(l, best_x, best_y) >= l->least &&
           measure(l, best_x, best_y, out);
}

/* ---- a row of marks ---- */

/* Nothing stands between two points. */
static bool is_paper(const look *l, const mark *a, float x, float y)
{
    for (int tenths = 4; tenths <= 6; tenths++) {
        float part = (float)tenths / 10;
        int32_t u = (int32_t)lroundf(a->x + part * (x - a->x));
        int32_t v = (int32_t)lroundf(a->y + part * (y - a->y));
        for (int k = 0; k < 9; k++)
            if (level(l, u + k % 3 - 1, v + k / 3 - 1) >= l->least)
                return false;
    }
    return true;
}

/* On from a mark as far as marks go, one of two at least; the last one's
 * number. The step is told better by each one that is found. */
static int32_t walk(const look *l, const mark *from, float *dx, float *dy,
                    int sign, int32_t *found)
{
    mark last = *from, m;
    int32_t end = 0;

    for (int32_t k = 1; k <= end + 2 && k < WALK; k++) {
        float x = from->x + (float)(sign * k) * *dx;
        float y = from->y + (float)(sign * k) * *dy;
        if (!is_paper(l, &last, x, y))
            break;
        if (!mark_at(l, x, y, &m))
            continue;
        if (hypotf(m.x - x, m.y - y) <= OFF_PX) {
            *dx = (m.x - from->x) / (float)(sign * k);
            *dy = (m.y - from->y) / (float)(sign * k);
        } else { /* a long one */
            m.x = x;
            m.y = y;
        }
        last = m;
        end = k;
        ++*found;
    }
    return end;
}

/* Of the rulers with this mark the one with most of them; `best` may have one
 * already. */
static void try_step(const look *l, const mark *seed, float dx, float dy,
                     int32_t *most, dsc_ruler *best)
{
    int32_t found = 1, after, before;

    if (dy < 0 || (dy < 1 && dx < 0)) {
        dx = -dx;
        dy = -dy;
    }
    after = walk(l, seed, &dx, &dy, 1, &found);
    before = walk(l, seed, &dx, &dy, -1, &found);
    if (found < LEAST_MARKS || 4 * found < 3 * (1 + after + before) ||
        found <= *most)
        return;
    *most = found;
    *best = (dsc_ruler){.x = seed->x,
                        .y = seed->y,
                        .dx = dx,
                        .dy = dy,
                        .before = before,
                        .after = after};
}

/* A pixel that none around it is brighter than. */
static bool is_peak(const look *l, int32_t x, int32_t y)
{
    int own = level(l, x, y);

    for (int32_t n = 0; n < 9 && own >= l->least; n++) {
        int other = level(l, x + n % 3 - 1, y + n / 3 - 1);
        if (other > own || (other == own && n < 4))
            return false;
    }
    return own >= l->least;
}

/* False: too many. */
static bool find_marks(const look *l, dsc_rect part, marks *out)
{
    dsc_rect in = dsc_rect_clip(part, l->p->columns, l->p->rows);
    mark m;

    out->count = 0;
    for (int32_t y = in.y; y < in.y + in.h; y++)
        for (int32_t x = in.x; x < in.x + in.w; x++) {
            if (!is_peak(l, x, y) || !measure(l, x, y, &m))
                continue;
            if (out->count == MARKS)
                return false;
            out->items[out->count++] = m;
        }
    return true;
}

static bool peaks_in(const mark *m, dsc_rect part)
{
    return m->peak_x >= part.x && m->peak_x < part.x + part.w &&
           m->peak_y >= part.y && m->peak_y < part.y + part.h;
}

/* The part in which a ruler that has the mark has another one. */
static dsc_rect around(const mark *m, int32_t reach)
{
    return dsc_rect_grow((dsc_rect){(int32_t)m->x, (int32_t)m->y, 1, 1}, reach,
                         reach);
}

/* The ruler with the most marks that has this one; `all` holds at least those
 * around it. */
static bool find_ruler(const look *l, const mark *seed, int32_t reach,
                       const marks *all, dsc_ruler *out)
{
    dsc_rect near = around(seed, reach);
    int32_t most = 0;

    for (size_t i = 0; i < all->count; i++) {
        const mark *m = &all->items[i];
        if (peaks_in(m, near) &&
            hypotf(m->x - seed->x, m->y - seed->y) >= STEP_PX)
            try_step(l, seed, m->x - seed->x, m->y - seed->y, &most, out);
    }
    return most > 0;
}

static look look_at(const dsc_plane *plane, int ground, int contrast,
                    int32_t size)
{
    int least = contrast / PART_OF;

    return (look){plane, ground, least < LEAST_LEVELS ? LEAST_LEVELS : least,
                  size < MARK_PX ? size : MARK_PX};
}

/* Its mark that is nearest to a point. */
static dsc_ruler nearest(const dsc_ruler *r, float x, float y)
{
    float along = ((x - r->x) * r->dx + (y - r->y) * r->dy) /
                  (r->dx * r->dx + r->dy * r->dy);
    int32_t k = (int32_t)lroundf(along);

    k = k < -r->before ? -r->before : k > r->after ? r->after : k;
    return (dsc_ruler){.x = r->x + (float)k * r->dx,
                       .y = r->y + (float)k * r->dy,
                       .dx = r->dx,
                       .dy = r->dy,
                       .before = r->before + k,
                       .after = r->after - k};
}

/* Is the mark half as large again as one beside it, on either side? */
static bool is_long(const look *l, const dsc_ruler *r)
{
    mark own, m;
    bool is = mark_at(l, r->x, r->y, &own);

    for (int sign = -1; is && sign <= 1; sign += 2)
        is = mark_at(l, r->x + (float)sign * r->dx, r->y + (float)sign * r->dy,
                     &m) &&
             2 * (own.box.w + own.box.h) >= 3 * (m.box.w + m.box.h);
    return is;
}

/* The ruler of the nearest mark around the box, no farther than `reach`. */
static bool find_beside(const look *l, dsc_rect box, int32_t reach,
                        dsc_ruler *out)
{
    float mid_x = (float)box.x + (float)(box.w - 1) / 2;
    float mid_y = (float)box.y + (float)(box.h - 1) / 2, least = INFINITY;
    int32_t step = STEPS * l->size, tried = 0;
    dsc_rect near = dsc_rect_grow(box, reach, reach);
    dsc_ruler r;
    marks all;

    if (!find_marks(l, near, &all) || !all.count ||
        !find_marks(l, dsc_rect_grow(near, step + MARK_PX, step + MARK_PX),
                    &all))
        return false;
    for (size_t i = 0; i < all.count; i++) {
        const mark *m = &all.items[i];
        float far = hypotf((float)m->peak_x - mid_x, (float)m->peak_y - mid_y);
        if (!peaks_in(m, near) || far >= least ||
            !dsc_rect_empty(dsc_rect_intersect(box, m->box)))
            continue;
        if (++tried > SEEDS)
            return false;
        if (find_ruler(l, m, step, &all, &r)) {
            least = far;
            *out = nearest(&r, mid_x, mid_y);
        }
    }
    return least < INFINITY;
}

bool dsc_ruler_beside(const dsc_plane *plane, dsc_rect box, int ground,
                      int contrast, dsc_ruler *out)
{
    look l = look_at(plane, ground, contrast, box.h);
    dsc_ruler r;
    bool found = find_beside(&l, box, BESIDE * box.h, &r);

    if (!found)
        return false;
    *out = r;
    out->is_long = is_long(&l, &r);
    return true;
}

/* The brightest pixel. */
static void find_brightest(const look *l, dsc_rect in, int32_t *x, int32_t *y)
{
    *x = in.x;
    *y = in.y;
    for (int32_t v = in.y; v < in.y + in.h; v++)
        for (int32_t u = in.x; u < in.x + in.w; u++)
            if (level(l, u, v) > level(l, *x, *y)) {
                *x = u;
                *y = v;
            }
}

/* Is what is bright here no larger than what a lossy compression leaves around
 * a mark? */
static bool is_speck(const look *l, int32_t x, int32_t y)
{
    look core = *l;
    mark m;

    core.least = 2 * level(l, x, y) / 3; /* more than a third */
    return measure(&core, x, y, &m) && m.box.w <= SPECK_PX &&
           m.box.h <= SPECK_PX;
}

/* Is all ink in it marks as large as this one, and specks? */
static bool holds_marks(const look *l, dsc_rect in, const dsc_ruler *r,
                        const mark *m)
{
    look all = *l;

    all.least = FAINT_LEVELS;
    for (int32_t y = in.y; y < in.y + in.h; y++)
        for (int32_t x = in.x; x < in.x + in.w; x++) {
            dsc_ruler at = nearest(r, (float)x, (float)y);
            if (is_peak(&all, x, y) &&
                (fabsf(at.x - (float)x) > (float)m->box.w / 2 + OFF_PX ||
                 fabsf(at.y - (float)y) > (float)m->box.h / 2 + OFF_PX) &&
                !is_speck(l, x, y))
                return false;
        }
    return true;
}

bool dsc_is_ticks(const dsc_plane *plane, dsc_rect box, int ground,
                  int contrast)
{
    look l = look_at(plane, ground, contrast, MARK_PX);
    dsc_rect in = dsc_rect_clip(box, plane->columns, plane->rows);
    int32_t x, y, reach = STEPS * MARK_PX;
    marks near;
    mark m;
    dsc_ruler r;

    find_brightest(&l, in, &x, &y);
    if (dsc_rect_empty(in) || level(&l, x, y) < l.least ||
        !measure(&l, x, y, &m) ||
        dsc_rect_area(dsc_rect_intersect(m.box, in)) != dsc_rect_area(m.box))
        return false;
    if (find_marks(&l, around(&m, reach), &near) &&
        find_ruler(&l, &m, reach, &near, &r))
        return holds_marks(&l, in, &r, &m);
    /* a long one, whose middle is not where those of the others are */
    if (!find_beside(&l, in, 3 * MARK_PX, &r))
        return false;
    r = nearest(&r, m.x, m.y);
    return !dsc_rect_empty(
               dsc_rect_intersect(dsc_rect_grow(m.box, 1, 1),
                                  (dsc_rect){(int32_t)lroundf(r.x),
                                             (int32_t)lroundf(r.y), 1, 1})) &&
           holds_marks(&l, in, &(dsc_ruler){.x = m.x, .y = m.y, .dx = 1}, &m);
}
