/* SPDX-License-Identifier: Apache-2.0
 *
 * Drawing on a canvas of integer samples. Shapes and letters become an 8-bit
 * coverage mask (Cairo), which mixes the ink into the samples: so the same
 * code draws 8-bit colour, 14-bit X-rays and signed Hounsfield units, and the
 * place of every letter is known exactly.
 */
#include "generate.h"
#include "generate_console.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cairo-ft.h>
#include <cairo.h>
#include <fontconfig/fontconfig.h>
#include <jpeglib.h>
#include <openjpeg.h>
#include <zlib.h>

/* charls.h alone would need its C++ parts to be switched off here. */
extern const char *charls_get_version_string(void);

/* Coverage from which a pixel counts as ink of a truth box. */
enum {
    INK = 64
};

typedef struct mask {
    cairo_surface_t *surface;
    cairo_t *cr;
    int w, h;
} mask;

gen_canvas gen_canvas_new(int w, int h, int ch, int32_t max)
{
    gen_canvas c = {w, h, ch, max, NULL};
    c.v = gen_alloc((size_t)w * (size_t)h * (size_t)ch * sizeof(int32_t));
    return c;
}

gen_pen gen_pen_new(gen_canvas *c, gen_truth *t, double size, int32_t ink)
{
    gen_pen p = {.c = c,
                 .truth = t,
                 .frame = -1,
                 .font = "Sans",
                 .size = size,
                 .plane = "pixels"};
    gen_ink(&p, ink, ink, ink);
    return p;
}

void gen_ink(gen_pen *p, int32_t r, int32_t g, int32_t b)
{
    p->ink[0] = r;
    p->ink[1] = g;
    p->ink[2] = b;
}

static mask mask_new(const gen_canvas *c)
{
    mask m = {.w = c->w, .h = c->h};
    m.surface = cairo_image_surface_create(CAIRO_FORMAT_A8, c->w, c->h);
    m.cr = cairo_create(m.surface);
    if (cairo_status(m.cr) != CAIRO_STATUS_SUCCESS)
        gen_die("cairo: %s", cairo_status_to_string(cairo_status(m.cr)));
    cairo_set_antialias(m.cr, CAIRO_ANTIALIAS_GRAY);
    cairo_set_source_rgba(m.cr, 1, 1, 1, 1);
    return m;
}

/* Mix `ink` into the canvas where the mask covers it; *box is where ink is. */
static void mask_apply(mask *m, gen_canvas *c, const int32_t ink[3],
                       gen_box *box)
{
    cairo_surface_flush(m->surface);
    const uint8_t *a = cairo_image_surface_get_data(m->surface);
    int stride = cairo_image_surface_get_stride(m->surface);
    int x0 = m->w, y0 = m->h, x1 = -1, y1 = -1;
    for (int y = 0; y < m->h; y++)
        for (int x = 0; x < m->w; x++) {
            int cover = a[y * stride + x];
            if (!cover)
                continue;
            int32_t *v =
                c->v + ((size_t)y * (size_t)c->w + (size_t)x) * (size_t)c->ch;
            for (int i = 0; i < c->ch; i++)
                v[i] += (int32_t)(((int64_t)ink[i] - v[i]) * cover / 255);
            if (cover < INK)
                continue;
            x0 = x < x0 ? x : x0;
            x1 = x > x1 ? x : x1;
            y0 = y < y0 ? y : y0;
            y1 = y > y1 ? y : y1;
        }
    if (box) {
        box->x = x0;
        box->y = y0;
        box->w = x1 - x0 + 1;
        box->h = y1 - y0 + 1;
    }
    cairo_destroy(m->cr);
    cairo_surface_destroy(m->surface);
}

/* Another family would mean other letters in every file: refuse it. */
static void check_family(cairo_t *cr, const char *want)
{
    cairo_scaled_font_t *sf = cairo_get_scaled_font(cr);
    FT_Face face = cairo_ft_scaled_font_lock_face(sf);
    if (!face)
        gen_die("no font face");
    if (strcmp(face->family_name, want) != 0)
        gen_die("font %s is not installed (got %s): install fonts-dejavu-core",
                want, face->family_name);
    cairo_ft_scaled_font_unlock_face(sf);
}

static void set_font(cairo_t *cr, const gen_pen *p)
{
    const char *family = gen_format(
        "DejaVu %s", strcmp(p->font, "Mono") == 0 ? "Sans Mono" : p->font);
    cairo_select_font_face(cr, family, CAIRO_FONT_SLANT_NORMAL,
                           p->bold ? CAIRO_FONT_WEIGHT_BOLD
                                   : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, p->size);
    cairo_font_options_t *fo = cairo_font_options_create();
    cairo_font_options_set_antialias(fo, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(fo, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(fo, CAIRO_HINT_METRICS_OFF);
    cairo_set_font_options(cr, fo);
    cairo_font_options_destroy(fo);
    check_family(cr, family);
}

static void record(const gen_pen *p, const gen_box *box, const char *kind,
                   const char *text)
{
    static const char *const identify[] = {"name",  "id",          "date",
                                           "time",  "institution", "person",
                                           "phone", "address",     "accession"};
    for (size_t i = 0; i < sizeof(identify) / sizeof(identify[0]); i++)
        if (strcmp(kind, identify[i]) == 0)
            gen_plant(text);
    if (!p->truth)
        return;
    if (box->w <= 0)
        gen_die("text left no ink: %s", text);
    if (p->truth->n == GEN_MAX_BOXES)
        gen_die("too many boxes");
    gen_box *b = &p->truth->box[p->truth->n++];
    *b = *box;
    b->frame = p->frame;
    b->text = text;
    b->kind = kind;
    b->plane = p->plane;
}

static void place(cairo_t *cr, const gen_pen *p, int x, int y, const char *text)
{
    set_font(cr, p);
    cairo_move_to(cr, x, y);
    if (p->rotate)
        cairo_rotate(cr, -1.5707963267948966);
    cairo_text_path(cr, text);
    cairo_identity_matrix(cr); /* extents in pixels */
}

static int draw_text(gen_pen *p, int x, int y, const char *kind,
                     const char *text)
{
    if (p->outline) {
        static const int32_t black[3] = {0, 0, 0};
        mask rim = mask_new(p->c);
        place(rim.cr, p, x, y, text);
        cairo_set_line_width(rim.cr, 3);
        cairo_set_line_join(rim.cr, CAIRO_LINE_JOIN_ROUND);
        cairo_stroke(rim.cr);
        mask_apply(&rim, p->c, black, NULL);
    }
    mask m = mask_new(p->c);
    place(m.cr, p, x, y, text);
    double x0, y0, x1, y1;
    cairo_fill_extents(m.cr, &x0, &y0, &x1, &y1);
    if (x0 < 0 || y0 < 0 || x1 > p->c->w || y1 > p->c->h)
        gen_die("text outside its %d x %d canvas: %s", p->c->w, p->c->h, text);
    cairo_fill(m.cr);
    gen_box box = {0};
    mask_apply(&m, p->c, p->ink, &box);
    record(p, &box, kind, text);
    return box.w;
}

int gen_text(gen_pen *p, int x, int y, const char *kind, const char *fmt, ...)
{
    char tmp[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(tmp, sizeof(tmp), fmt, ap);
    va_end(ap);
    return draw_text(p, x, y, kind, gen_format("%s", tmp));
}

typedef struct console {
    mask m;
    int x, y;
} console;

static void console_dot(void *ctx, int x, int y)
{
    console *k = ctx;
    cairo_rectangle(k->m.cr, k->x + x, k->y + y, 1, 1);
}

void gen_console_text(gen_pen *p, int x, int y, const char *kind,
                      const char *text)
{
    console k = {mask_new(p->c), x, y};
    gen_box box = {0};
    console_write(text, console_dot, &k);
    cairo_fill(k.m.cr);
    mask_apply(&k.m, p->c, p->ink, &box);
    record(p, &box, kind, gen_format("%s", text));
}

void gen_text_right(gen_pen *p, int x, int y, const char *kind, const char *fmt,
                    ...)
{
    char tmp[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(tmp, sizeof(tmp), fmt, ap);
    va_end(ap);
    mask m = mask_new(p->c);
    set_font(m.cr, p);
    cairo_text_extents_t e;
    cairo_text_extents(m.cr, tmp, &e);
    cairo_destroy(m.cr);
    cairo_surface_destroy(m.surface);
    draw_text(p, x - (int)(e.x_bearing + e.width + 0.999), y, kind,
              gen_format("%s", tmp));
}

void gen_line(gen_pen *p, double x0, double y0, double x1, double y1,
              double width)
{
    const double xy[4] = {x0, y0, x1, y1};
    gen_polyline(p, xy, 2, width, false);
}

void gen_polyline(gen_pen *p, const double *xy, int n, double width, bool fill)
{
    mask m = mask_new(p->c);
    cairo_move_to(m.cr, xy[0], xy[1]);
    for (int i = 1; i < n; i++)
        cairo_line_to(m.cr, xy[2 * i], xy[2 * i + 1]);
    cairo_set_line_width(m.cr, width);
    if (fill)
        cairo_fill(m.cr);
    else
        cairo_stroke(m.cr);
    mask_apply(&m, p->c, p->ink, NULL);
}

void gen_rect(gen_pen *p, int x, int y, int w, int h)
{
    mask m = mask_new(p->c);
    cairo_rectangle(m.cr, x, y, w, h);
    cairo_fill(m.cr);
    mask_apply(&m, p->c, p->ink, NULL);
}

void gen_circle(gen_pen *p, double x, double y, double r, double width)
{
    mask m = mask_new(p->c);
    cairo_arc(m.cr, x, y, r, 0, 6.283185307179586);
    cairo_set_line_width(m.cr, width);
    if (width > 0)
        cairo_stroke(m.cr);
    else
        cairo_fill(m.cr);
    mask_apply(&m, p->c, p->ink, NULL);
}

void gen_bars(gen_pen *p, int x, int y, int module, int height, int code,
              const char *kind, const char *text)
{
    uint8_t runs[GEN_MAX_RUNS];
    size_t n = gen_barcode(code, text, runs);
    int at = 0;
    if (!n)
        gen_die("no barcode for this text: %s", text);
    for (size_t i = 0; i < n; i++) {
        int w = runs[i] * module;
        if (i % 2 == 0 && p->rotate)
            gen_rect(p, x, y - at - w, height, w);
        else if (i % 2 == 0)
            gen_rect(p, x + at, y, w, height);
        at += w;
    }
    gen_box box = {.x = x, .y = y, .w = at, .h = height};
    if (p->rotate)
        box = (gen_box){.x = x, .y = y - at, .w = height, .h = at};
    record(p, &box, kind, text);
}

void gen_qr_code(gen_pen *p, int x, int y, int module, const char *kind,
                 const char *text)
{
    gen_qr qr;
    if (!gen_qr_make(text, qr))
        gen_die("too long for a QR code: %s", text);
    for (int v = 0; v < GEN_QR_SIDE; v++)
        for (int u = 0; u < GEN_QR_SIDE; u++)
            if (qr[v][u])
                gen_rect(p, x + u * module, y + v * module, module, module);
    gen_box box = {
        .x = x, .y = y, .w = GEN_QR_SIDE * module, .h = GEN_QR_SIDE * module};
    record(p, &box, kind, text);
}

const char *gen_library_versions(void)
{
    FT_Library ft;
    if (FT_Init_FreeType(&ft) != 0)
        gen_die("freetype does not start");
    FT_Int a, b, c;
    FT_Library_Version(ft, &a, &b, &c);
    FT_Done_FreeType(ft);
    return gen_format("cairo %s, freetype %d.%d.%d, libjpeg-turbo %d, "
                      "openjpeg %s, charls %s, zlib %s",
                      cairo_version_string(), a, b, c,
                      LIBJPEG_TURBO_VERSION_NUMBER, opj_version(),
                      charls_get_version_string(), zlibVersion());
}

void gen_draw_close(void)
{
    cairo_debug_reset_static_data();
    FcFini();
}
