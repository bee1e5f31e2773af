/* SPDX-License-Identifier: Apache-2.0
 *
 * The 8-bit pictures of a frame in which text is looked for. One window shows
 * burned-in text poorly when the modality's own window hides it, so deep
 * pixels are shown twice: as the header says, and with their full range. */
#include "scrub/scrub_priv.h"

static bool is_colour(const dsc_instance *inst)
{
    return inst->fmt.samples == 3 || inst->palette.count > 0;
}

static bool nearly_same(const dsc_window *a, const dsc_window *b)
{
    double tolerance = 0.1 * (b->high - b->low);
    double low = a->low - b->low, high = a->high - b->high;

    return low < tolerance && low > -tolerance && high < tolerance &&
           high > -tolerance;
}

static dsc_status add_view(dsc_views *views, const dsc_blit *blit,
                           const dsc_instance *inst, const dsc_frame *frame,
                           dsc_view_kind kind, const dsc_window *window,
                           dsc_error *err)
{
    dsc_status st =
        dsc_view_render(blit, &views->items[views->count], frame, kind, window,
                        inst->palette.count ? &inst->palette : NULL, err);
    if (!st)
        views->count++;
    return st;
}

dsc_status dsc_views_render(dsc_views *views, const dsc_blit *blit,
                            const dsc_instance *inst, const dsc_frame *frame,
                            dsc_error *err)
{
    const dsc_padding *padding = inst->has_padding ? &inst->padding : NULL;
    dsc_window full;
    dsc_status st;

    views->count = 0;
    if (is_colour(inst)) {
        st = DSC_OK;
        for (int kind = 0; !st && kind < DSC_VIEW_KINDS; kind++)
            st = add_view(views, blit, inst, frame, (dsc_view_kind)kind, NULL,
                          err);
        return st;
    }
    if (frame->fmt.bits_stored <= 8)
        return add_view(views, blit, inst, frame, DSC_VIEW_LUMA, NULL, err);
    full = dsc_view_auto_window(frame, 0.0, 1.0, padding);
    st = add_view(views, blit, inst, frame, DSC_VIEW_LUMA, &full, err);
    if (!st && inst->has_window && !nearly_same(&inst->window, &full))
        st = add_view(views, blit, inst, frame, DSC_VIEW_LUMA, &inst->window,
                      err);
    return st;
}

void dsc_views_to_rgb(const int *v, int *rgb)
{
    int weakest = v[DSC_VIEW_LUMA] - v[DSC_VIEW_CHROMA];
    int green = v[DSC_VIEW_GREEN], blue;
    int more = 2 * v[DSC_VIEW_COOL] - v[DSC_VIEW_CHROMA]; /* blue less red */

    if (green == v[DSC_VIEW_CHROMA])
        blue = more > 0 ? more : 0;
    else
        blue = v[DSC_VIEW_CHROMA] + (more > 0 ? 0 : more);
    rgb[0] = weakest + blue - more;
    rgb[1] = weakest + green;
    rgb[2] = weakest + blue;
}

void dsc_views_of_rgb(const int *rgb, int *v)
{
    int most = rgb[0] > rgb[1] ? rgb[0] : rgb[1];
    int least = rgb[0] < rgb[1] ? rgb[0] : rgb[1];

    most = rgb[2] > most ? rgb[2] : most;
    least = rgb[2] < least ? rgb[2] : least;
    v[DSC_VIEW_LUMA] = most;
    v[DSC_VIEW_CHROMA] = most - least;
    v[DSC_VIEW_GREEN] = rgb[1] - least;
    v[DSC_VIEW_COOL] = (rgb[2] - least + most - rgb[0] + 1) / 2;
}

dsc_colour dsc_views_colour(const dsc_views *views, int32_t x, int32_t y)
{
    int v[DSC_VIEW_KINDS], c[3];

    for (int i = 0; i < DSC_VIEW_KINDS; i++)
        v[i] = dsc_views_at(views, (size_t)i, x, y);
    dsc_views_to_rgb(v, c);
    return (dsc_colour){
        .m = (int16_t)v[DSC_VIEW_LUMA],
        .luma = (int16_t)((299 * c[0] + 587 * c[1] + 114 * c[2]) / 1000),
        .u = (int16_t)(c[0] - c[1]),
        .v = (int16_t)(c[2] - c[1])};
}

dsc_hue dsc_hue_from(dsc_colour ground, dsc_colour c)
{
    return (dsc_hue){c.u - ground.u, c.v - ground.v};
}

int64_t dsc_hue_square(dsc_hue h)
{
    return h.u * h.u + h.v * h.v;
}

dsc_hue dsc_hue_off(dsc_hue h, dsc_hue letters)
{
    int64_t along = h.u * letters.u + h.v * letters.v;
    int64_t all = dsc_hue_square(letters);

    along = 2 * along > 3 * all ? 3 * all / 2 : along;
    if (along > 0) {
        h.u -= letters.u * along / all;
        h.v -= letters.v * along / all;
    }
    return h;
}

/* ---- what is new in a view ---- */

enum {
    NEWS_LEVELS = 16, /* less is no text that anybody promised to find */
    NEWS_PX = 16,     /* tiles: of small letters one holds two or three */
    NEWS_OF = 50,     /* of the pixels, at either end, may be what they like */
    SEEN_LEVELS = 10, /* mean deviation from which on a view shows its ink */
    FIXED = 256,
    MOST = 512 /* of what is left over; the rest counts as that */
};

/* Pixels of a part of two views, as they differ from their means. */
typedef struct pair {
    const dsc_view *view, *earlier;
    dsc_rect box;
    int64_t pixels;
    int mean, earlier_mean;
} pair;

static int mean_of(const dsc_view *v, dsc_rect box)
{
    int64_t sum = 0, n = dsc_rect_area(box);

    for (int32_t y = 0; y < box.h; y++)
        for (int32_t x = 0; x < box.w; x++)
            sum += dsc_view_row(v, box, y)[x];
    return (int)((sum + n / 2) / n);
}

/* How many levels of the view a level of the earlier one stands for. */
static int64_t slope_of(const pair *p)
{
    int64_t common = 0, own = 0;

    for (int32_t y = 0; y < p->box.h; y++) {
        const uint8_t *a = dsc_view_row(p->view, p->box, y);
        const uint8_t *b = dsc_view_row(p->earlier, p->box, y);
        for (int32_t x = 0; x < p->box.w; x++) {
            int d = b[x] - p->earlier_mean;
            common += (a[x] - p->mean) * d;
            own += d * d;
        }
    }
    return common * FIXED / (own + p->pixels * SEEN_LEVELS * SEEN_LEVELS);
}

/* Levels between which nearly all pixels are, less what the earlier view says
 * of them. */
static int left_over(const pair *p)
{
    int64_t slope = slope_of(p), cut = p->pixels / NEWS_OF, sum;
    uint32_t count[2 * MOST] = {0};
    int low = -1, high = 2 * MOST;

    for (int32_t y = 0; y < p->box.h; y++) {
        const uint8_t *a = dsc_view_row(p->view, p->box, y);
        const uint8_t *b = dsc_view_row(p->earlier, p->box, y);
        for (int32_t x = 0; x < p->box.w; x++) {
            int64_t d = (a[x] - p->mean) -
                        slope * (b[x] - p->earlier_mean) / FIXED + MOST;
            count[d < 0 ? 0 : d < 2 * MOST ? d : 2 * MOST - 1]++;
        }
    }
    for (sum = 0; sum <= cut;)
        sum += count[++low];
    for (sum = 0; sum <= cut;)
        sum += count[--high];
    return high - low;
}

static bool is_flat(const dsc_view *v, dsc_rect box)
{
    uint8_t low = 255, high = 0;

    for (int32_t y = 0; y < box.h; y++) {
        const uint8_t *row = dsc_view_row(v, box, y);
        for (int32_t x = 0; x < box.w; x++) {
            low = row[x] < low ? row[x] : low;
            high = row[x] > high ? row[x] : high;
        }
    }
    return high - low < NEWS_LEVELS;
}

bool dsc_views_has_news(const dsc_views *views, size_t which, dsc_rect box)
{
    const dsc_view *view = &views->items[which];
    pair p = {.view = view,
              .box = dsc_rect_clip(box, view->columns, view->rows)};

    if (dsc_rect_empty(p.box) || is_flat(view, p.box))
        return false;
    p.pixels = dsc_rect_area(p.box);
    p.mean = mean_of(view, p.box);
    for (size_t v = 0; v < which; v++) {
        p.earlier = &views->items[v];
        p.earlier_mean = mean_of(p.earlier, p.box);
        if (left_over(&p) < NEWS_LEVELS)
            return false;
    }
    return true;
}

dsc_rect dsc_views_news(const dsc_views *views, size_t which, dsc_rect within)
{
    const dsc_view *view = &views->items[which];
    dsc_rect all = dsc_rect_clip(within, view->columns, view->rows);
    dsc_rect news = {0, 0, 0, 0};

    for (int32_t y = all.y; y < all.y + all.h; y += NEWS_PX)
        for (int32_t x = all.x; x < all.x + all.w; x += NEWS_PX) {
            dsc_rect tile =
                dsc_rect_intersect((dsc_rect){x, y, NEWS_PX, NEWS_PX}, all);
            if (!dsc_rect_within(tile, news) &&
                dsc_views_has_news(views, which, tile))
                news = dsc_rect_union(news, tile);
        }
    return news;
}

void dsc_views_free(dsc_views *views)
{
    for (size_t i = 0; i < DSC_MAX_VIEWS; i++)
        dsc_view_free(&views->items[i]);
    views->count = 0;
}
