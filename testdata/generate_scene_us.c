/* SPDX-License-Identifier: Apache-2.0
 *
 * Ultrasound screens: a sector with speckle on black, a banner with the
 * patient, settings at the left, a depth scale, a grey bar, measurements.
 */
#include "generate.h"
#include "generate_console.h"

#include <math.h>
#include <string.h>

typedef struct sector {
    double x, y, r0, r1, half; /* tip, radii, half the opening angle */
} sector;

static void put_grey(gen_canvas *c, int x, int y, int32_t v)
{
    int32_t *p = c->v + ((size_t)y * (size_t)c->w + (size_t)x) * (size_t)c->ch;
    for (int i = 0; i < c->ch; i++)
        p[i] = v;
}

/* Exponential noise on a grid, smooth between its points. */
static double lattice(double x, double y, uint32_t seed)
{
    double ix = floor(x), iy = floor(y), sum = 0;
    for (int k = 0; k < 4; k++) {
        int cx = (int)ix + (k & 1), cy = (int)iy + (k >> 1);
        uint32_t st = seed ^ ((uint32_t)(cx + 5000) * 73856093u) ^
                      ((uint32_t)(cy + 5000) * 19349663u);
        gen_rand(&st);
        double u = gen_uniform(&st);
        double wx = (k & 1) ? x - ix : 1 - (x - ix);
        double wy = (k >> 1) ? y - iy : 1 - (y - iy);
        wx = wx * wx * (3 - 2 * wx);
        wy = wy * wy * (3 - 2 * wy);
        sum += wx * wy * -log(1 - u * 0.98);
    }
    return sum;
}

/* In polar coordinates, so that speckle gets wider with depth (r from 0 to
 * 1); two grids at an angle, or the grid would show; the logarithm is what
 * scanners show. About -1.5 to 0.9. */
static double speckle(double r, double a, uint32_t seed)
{
    double x = r * 72, y = a * 50;
    double sum = lattice(x, y, seed) +
                 lattice(0.8 * x + 0.6 * y, 0.8 * y - 0.6 * x, seed + 1);
    return log(sum / 2 + 0.1) * 1.3 + 0.2;
}

static double ramp(double x, double lo, double hi)
{
    double t = (x - lo) / (hi - lo);
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return t * t * (3 - 2 * t);
}

/* Brightness of the tissue: dark chambers, whose walls are bright where the
 * beam meets them at a right angle. */
static double tissue(double u, double v, double beat)
{
    static const double blob[3][4] = {{-0.12, 0.42, 0.17, 0.20},
                                      {0.20, 0.62, 0.15, 0.16},
                                      {-0.18, 0.80, 0.13, 0.09}};
    double t = 0.42 - 0.16 * v + 0.1 * sin(9 * u + 3 * v) * sin(7 * v);
    for (int i = 0; i < 3; i++) {
        double scale = 1 + 0.18 * beat * (i == 1 ? -1 : 1);
        double dx = (u - blob[i][0]) / (blob[i][2] * scale);
        double dy = (v - blob[i][1]) / (blob[i][3] * scale);
        double d = sqrt(dx * dx + dy * dy) + 1e-6;
        double wall = exp(-(d - 1) * (d - 1) / 0.012);
        t *= ramp(d, 0.85, 1.05);
        t += wall * (0.12 + 0.4 * fabs(dy / d));
    }
    return t;
}

static void draw_sector(gen_canvas *c, const sector *s, double beat,
                        uint32_t seed)
{
    for (int y = 0; y < c->h; y++)
        for (int x = 0; x < c->w; x++) {
            double dx = x - s->x, dy = y - s->y;
            double r = sqrt(dx * dx + dy * dy), a = atan2(dx, dy);
            if (r < s->r0 || r > s->r1 || fabs(a) > s->half)
                continue;
            double t = tissue(dx / s->r1, dy / s->r1, beat);
            t *= 1 - 0.45 * ramp(fabs(a) / s->half, 0.7, 1);
            t *= 1 - 0.5 * ramp(r / s->r1, 0.75, 1);
            double v = 6 + 215 * t + (8 + 46 * t) * speckle(r / s->r1, a, seed);
            put_grey(c, x, y, (int32_t)(v < 2 ? 2 : v > 235 ? 235 : v));
        }
}

/* Red toward, blue away, inside a part of the sector. */
static void draw_flow(gen_canvas *c, const sector *s, gen_pen *p)
{
    double lo = -0.28, hi = 0.22;
    for (int y = 0; y < c->h; y++)
        for (int x = 0; x < c->w; x++) {
            double dx = x - s->x, dy = y - s->y;
            double r = sqrt(dx * dx + dy * dy) / s->r1, a = atan2(dx, dy);
            if (r < 0.28 || r > 0.86 || a < lo || a > hi)
                continue;
            double f = sin(9 * r) * cos(11 * a) + 0.2 * speckle(r, a, 77);
            if (fabs(f) < 0.45)
                continue;
            int32_t *v = c->v + ((size_t)y * (size_t)c->w + (size_t)x) * 3;
            int32_t k = (int32_t)(130 + 120 * (fabs(f) > 1 ? 1 : fabs(f)));
            v[0] = f > 0 ? k : 10;
            v[1] = (int32_t)(60 * fabs(f));
            v[2] = f > 0 ? 10 : k;
        }
    gen_ink(p, 90, 190, 255);
    double xy[2 * 42];
    int n = 0;
    for (int i = 0; i <= 40; i++) {
        double a =
            i < 20 ? lo + (hi - lo) * i / 19 : hi - (hi - lo) * (i - 20) / 19;
        double r = (i < 20 ? 0.28 : 0.86) * s->r1;
        if (i == 40) {
            a = lo;
            r = 0.28 * s->r1;
        }
        xy[n++] = s->x + r * sin(a);
        xy[n++] = s->y + r * cos(a);
    }
    gen_polyline(p, xy, n / 2, 1, false);
}

static void grey_bar(gen_canvas *c, int x, int y, int w, int h, bool colour)
{
    for (int j = 0; j < h; j++)
        for (int i = 0; i < w; i++) {
            int32_t v = 255 - 255 * j / h;
            put_grey(c, x + i, y + j, v);
            if (!colour)
                continue;
            int32_t *p =
                c->v + ((size_t)(y + j) * (size_t)c->w + (size_t)(x + i)) * 3;
            int32_t k = j < h / 2 ? 255 - 400 * j / h : 400 * (j - h / 2) / h;
            p[0] = j < h / 2 ? 255 : 0;
            p[1] = k > 255 ? 255 : k;
            p[2] = j < h / 2 ? 0 : 255;
        }
}

static void depth_scale(gen_pen *p, const sector *s, int x)
{
    for (int cm = 0; cm <= 16; cm++) {
        double y = s->y + s->r1 * cm / 16.0;
        gen_line(p, x, floor(y) + 0.5, x + (cm % 5 ? 3 : 6), floor(y) + 0.5, 1);
        if (cm % 5 == 0 && cm)
            gen_text(p, x + 9, (int)(y + p->size * 0.36), "scale", "%d", cm);
    }
}

static void logo(gen_pen *p, int x, int y)
{
    gen_circle(p, x, y, p->size * 0.75, 1.5);
    gen_text(p, x - (int)(p->size * 0.42), y + (int)(p->size * 0.36), "device",
             "F");
}

static void banner(gen_scene *s, gen_pen *p)
{
    const gen_person *w = s->who;
    int m = s->w / 64, line = (int)(p->size * 1.25), y = (int)(p->size * 1.1);
    p->bold = s->w >= 300;
    gen_text(p, m, y, "name", "%s", w->shown);
    p->bold = false;
    gen_text(p, m, y + line, "id", "%s", w->id);
    gen_text_right(p, s->w - m, y, "date", "%s", gen_date_dots(w->date));
    gen_text_right(p, s->w - m, y + line, "time", "%s",
                   gen_time_colons(w->time));
    gen_text(p, m, y + 2 * line, "institution", "%s", w->institution_shown);
    if (s->w >= 300)
        gen_text_right(p, s->w - m, y + 2 * line, "accession", "%s",
                       w->accession);
    gen_ink(p, 70, 70, 70);
    gen_line(p, 0, y + 2 * line + 4.5, s->w, y + 2 * line + 4.5, 1);
}

static void settings(gen_scene *s, gen_pen *p, int y)
{
    static const char *const text[] = {"3.5 MHz", "Gn 62", "DR 70 dB",
                                       "FR 42 Hz"};
    for (int i = 0; i < 4; i++)
        gen_text(p, s->w / 64, y + i * (int)(p->size * 1.35), "label", "%s",
                 text[i]);
}

static void measurements(gen_scene *s, gen_pen *p)
{
    int line = (int)(p->size * 1.4), x = s->w / 64, y = s->h - 4;
    gen_text(p, x, y - 2 * line, "measurement", "1 D 4.17 cm");
    gen_text(p, x, y - line, "measurement", "2 D 2.63 cm");
    gen_text(p, x, y, "measurement", "EF 58 %%");
}

static void caliper(gen_pen *p, double x, double y)
{
    gen_line(p, x - 3, y, x + 3, y, 1);
    gen_line(p, x, y - 3, x, y + 3, 1);
}

static sector the_sector(const gen_scene *s, double top)
{
    sector sec = {s->w * 0.53, top, 6, s->h - top - 6, 0.72};
    return sec;
}

static gen_pen small_pen(gen_scene *s)
{
    double size = s->w >= 600 ? 15 : s->w >= 300 ? 11 : s->w >= 240 ? 10 : 8;
    return gen_pen_new(s->c, s->truth, size, 255);
}

void gen_scene_us(gen_scene *s)
{
    gen_pen p = small_pen(s);
    bool colour = s->ch == 3;
    double top = p.size * 4.6;
    sector sec = the_sector(s, top);
    draw_sector(s->c, &sec, 0, 4711);
    if (colour)
        draw_flow(s->c, &sec, &p);
    gen_ink(&p, 255, 255, 255);
    banner(s, &p);
    gen_ink(&p, 210, 210, 210);
    settings(s, &p, (int)(top + p.size * 1.6));
    depth_scale(&p, &sec, s->w - 46);
    grey_bar(s->c, s->w - 12, (int)top + 6, 8, s->h / 4, colour);
    gen_ink(&p, 255, 255, colour ? 0 : 255);
    measurements(s, &p);
    caliper(&p, sec.x - sec.r1 * 0.25, sec.y + sec.r1 * 0.42);
    caliper(&p, sec.x + sec.r1 * 0.05, sec.y + sec.r1 * 0.44);
    gen_ink(&p, 120, 200, 120);
    logo(&p, s->w * 5 / 16, (int)top + 10);
}

/* The screen of an old machine. */
void gen_scene_console(gen_scene *s)
{
    static const char *const settings[] = {"XMIT:A",  "2.7MHZ", "GAIN 82",
                                           "COMP 60", "85BPM",  "14HZ",
                                           "16CM",    "PWR 45"};
    const gen_person *w = s->who;
    gen_pen p = gen_pen_new(s->c, s->truth, 9, 255);
    sector sec = the_sector(s, 56);
    draw_sector(s->c, &sec, 0, 4713);
    gen_console_text(&p, 6, 4, "name", w->shown);
    gen_console_text(&p, 6, 18, "id", w->id);
    gen_console_text(&p, 6, 32, "institution", w->institution_shown);
    gen_console_text(&p, s->w - 8 - 10 * CONSOLE_PITCH, 4, "date",
                     gen_date_us(w->date));
    gen_console_text(&p, s->w - 8 - 8 * CONSOLE_PITCH, 18, "time",
                     gen_time_colons(w->time));
    for (int i = 0; i < 8; i++)
        gen_console_text(&p, 6, 60 + 16 * i, "label", settings[i]);
    gen_console_text(&p, 6, s->h - 30, "measurement", "D 2.63 CM");
    gen_console_text(&p, 6, s->h - 14, "measurement", "EF 58");
}

/* Bright settings with the patient dim beside them, left and right. */
void gen_scene_dim(gen_scene *s)
{
    static const char *const settings[] = {"85BPM", "GAIN 82", "FR 25HZ",
                                           "12.5CM", "COMP 60"};
    static const int32_t levels[] = {12, 20, 34, 46, 58};
    const gen_person *w = s->who;
    gen_pen p = gen_pen_new(s->c, s->truth, 9, 250), dim = p;
    int left = 14 + (int)strlen(w->accession) * CONSOLE_PITCH;
    sector sec = the_sector(s, 112);

    draw_sector(s->c, &sec, 0, 4714);
    for (int i = 0; i < 5; i++) {
        const char *text = settings[i];
        int y = 4 + 18 * i;
        int right = s->w / 2 + 38 + (int)strlen(text) * CONSOLE_PITCH;
        gen_ink(&dim, levels[i], levels[i], levels[i]);
        gen_console_text(&dim, 6, y, "accession", w->accession);
        gen_console_text(&p, left, y, "label", text);
        gen_console_text(&p, s->w / 2 + 30, y, "label", text);
        gen_console_text(&dim, right, y, "id", w->id);
    }
}

/* A scanned label with bars along and across, and a QR code on black. */
void gen_scene_codes(gen_scene *s)
{
    const gen_person *w = s->who;
    gen_pen p = small_pen(s);
    sector sec = the_sector(s, s->h * 0.45);
    draw_sector(s->c, &sec, 0, 4712);
    gen_ink(&p, 235, 235, 235);
    gen_rect(&p, 8, 6, 320, 74);
    gen_ink(&p, 20, 20, 20);
    gen_bars(&p, 24, 14, 1, 36, GEN_CODE128, "id", w->id);
    gen_text(&p, 24, 64, "id", "%s", w->id);
    p.rotate = 90;
    gen_bars(&p, 270, 76, 1, 40, GEN_ITF, "accession", "773401");
    p.rotate = 0;
    gen_ink(&p, 255, 255, 255);
    gen_qr_code(&p, s->w - 62, 10, 2, "id", w->id);
    gen_ink(&p, 210, 210, 210);
    gen_text(&p, 10, s->h - 30, "measurement", "Dist 12.5 mm");
    gen_text(&p, 10, s->h - 12, "label", "Gain");
}

static void ecg(gen_scene *s, gen_pen *p)
{
    static const double wave[] = {0,    0, 0.1, 0.18, 0.1,  0,   -0.15, 1,
                                  -0.3, 0, 0,   0.12, 0.25, 0.2, 0.05,  0};
    enum {
        N = 16
    };
    double xy[2 * 120];
    int n = 0, x0 = s->w / 4, x1 = s->w - 40;
    for (int i = 0; i < 96; i++) {
        xy[n++] = x0 + (double)(x1 - x0) * i / 95.0;
        xy[n++] = s->h - 8 - 16 * wave[i % N];
    }
    gen_ink(p, 0, 220, 0);
    if (s->ch == 1)
        gen_ink(p, 160, 160, 160);
    gen_polyline(p, xy, n / 2, 1, false);
    gen_ink(p, 255, 255, 255);
    double x = x0 + (double)(x1 - x0) * s->frame / s->frames;
    gen_line(p, x + 0.5, s->h - 26, x + 0.5, s->h - 4, 1);
}

/* The banner stays, the heart moves, one frame has an extra line. */
void gen_scene_echo(gen_scene *s)
{
    gen_pen p = small_pen(s);
    double top = p.size * 4.6;
    sector sec = the_sector(s, top);
    sec.r1 -= 20;
    double beat = sin(6.283185307179586 * s->frame / s->frames);
    draw_sector(s->c, &sec, beat, 900 + (uint32_t)s->frame * 17);
    /* Static text is recorded once, for all frames. */
    p.truth = s->frame == 0 ? s->truth : NULL;
    banner(s, &p);
    gen_ink(&p, 210, 210, 210);
    settings(s, &p, (int)(top + p.size * 1.6));
    depth_scale(&p, &sec, s->w - 40);
    grey_bar(s->c, s->w - 8, (int)top + 6, 6, s->h / 4, false);
    ecg(s, &p);
    gen_ink(&p, 255, 255, 255);
    p.truth = s->truth;
    p.frame = s->frame;
    gen_text(&p, s->w / 64, s->h - 6, "label", "Fr %02d", s->frame + 1);
    if (s->frame == s->frames / 2)
        gen_text(&p, s->w / 4, s->h * 5 / 8, "name", "%s", s->who->shown);
}

/* One line of text that wanders over the speckle. */
void gen_scene_moving(gen_scene *s)
{
    gen_pen p = small_pen(s);
    sector sec = the_sector(s, 6);
    draw_sector(s->c, &sec, 0, 600 + (uint32_t)s->frame);
    p.frame = s->frame;
    p.size += 2;
    gen_text(&p, 6 + s->frame * s->w / 16, 20 + s->frame * s->h / 9, "name",
             "%s", s->who->shown);
    gen_text(&p, s->w - 80, s->h - 8 - s->frame * s->h / 12, "date", "%s",
             gen_date_dots(s->who->date));
}
