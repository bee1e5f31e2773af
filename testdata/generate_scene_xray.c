/* SPDX-License-Identifier: Apache-2.0
 *
 * Pictures with more than 8 bits: chest X-ray, X-ray with rotated text, CT
 * slice in Hounsfield units, MR slice without text.
 */
#include "generate.h"

#include <math.h>

static double ellipse(double x, double y, double cx, double cy, double rx,
                      double ry)
{
    double dx = (x - cx) / rx, dy = (y - cy) / ry;
    return sqrt(dx * dx + dy * dy);
}

/* 1 inside, 0 outside, soft over `edge`. */
static double inside(double d, double edge)
{
    double t = (1 - d) / edge;
    return t < 0 ? 0 : t > 1 ? 1 : t * t * (3 - 2 * t);
}

static void set_all(gen_scene *s, double (*f)(double u, double v), double noise,
                    int32_t lo, int32_t hi, uint32_t seed)
{
    for (int y = 0; y < s->h; y++)
        for (int x = 0; x < s->w; x++) {
            double v = f((x + 0.5) / s->w, (y + 0.5) / s->h);
            v += noise * (gen_uniform(&seed) + gen_uniform(&seed) - 1);
            v = v < 0 ? 0 : v > 1 ? 1 : v;
            s->c->v[(size_t)y * (size_t)s->w + (size_t)x] =
                lo + (int32_t)(v * (hi - lo));
        }
}

/* Bright = dense, as shown on MONOCHROME2. */
static double chest(double u, double v)
{
    double body = inside(ellipse(u, v, 0.5, 0.75, 0.46, 0.72), 0.12);
    double neck = inside(ellipse(u, v, 0.5, 0.05, 0.13, 0.25), 0.3);
    double t = 0.12 + 0.5 * (body > neck ? body : neck);
    double lung = inside(ellipse(u, v, 0.30, 0.52, 0.15, 0.30), 0.25) +
                  inside(ellipse(u, v, 0.70, 0.52, 0.15, 0.30), 0.25);
    t -= 0.36 * lung;
    t += 0.25 * inside(ellipse(u, v, 0.56, 0.66, 0.14, 0.17), 0.3);
    t += 0.18 * inside(ellipse(u, v, 0.5, 0.5, 0.05, 0.6), 0.6);
    for (int i = 0; i < 7; i++) {
        double cx = u < 0.5 ? 0.42 : 0.58;
        double d = ellipse(u, v, cx, 0.42 + 0.09 * i, 0.30, 0.16);
        double rib = fabs(d - 1) < 0.06 ? 1 - fabs(d - 1) / 0.06 : 0;
        t += 0.07 * rib * (v < 0.42 + 0.09 * i) * body;
    }
    return t * 0.9;
}

static void corner_block(gen_scene *s, gen_pen *p)
{
    const gen_person *w = s->who;
    int line = (int)(p->size * 1.3), x = s->w / 40, y = (int)(p->size * 1.3);
    gen_text(p, x, y, "name", "%s", w->shown);
    gen_text(p, x, y + line, "id", "%s", w->id);
    gen_text(p, x, y + 2 * line, "date", "%s", gen_date_words(w->birth));
    gen_text(p, x, y + 3 * line, "institution", "%s", w->institution_shown);
    gen_text_right(p, s->w - x, y, "date", "%s", gen_date_iso(w->date));
    gen_text_right(p, s->w - x, y + line, "time", "%s",
                   gen_time_colons(w->time));
}

void gen_scene_chest(gen_scene *s)
{
    set_all(s, chest, 0.03, s->max / 50, s->max * 9 / 10, 31);
    gen_pen p = gen_pen_new(s->c, s->truth, s->w >= 400 ? 15 : 11, s->max);
    p.font = "Mono";
    p.outline = true;
    if (s->w < 400)
        p.font = "Sans";
    corner_block(s, &p);
    p.size *= 1.8;
    p.bold = true;
    gen_text(&p, s->w / 10, s->h * 9 / 10, "label", "R");
    gen_text_right(&p, s->w * 9 / 10, s->h * 9 / 10, "label", "PA");
}

/* As plates read with the label at the edge: text runs upward. */
void gen_scene_rotated(gen_scene *s)
{
    set_all(s, chest, 0.03, s->max / 50, s->max * 9 / 10, 37);
    gen_pen p = gen_pen_new(s->c, s->truth, 13, s->max);
    gen_ink(&p, 0, 0, 0);
    gen_rect(&p, 0, 0, 40, s->h);
    gen_ink(&p, s->max, s->max, s->max);
    p.rotate = 90;
    gen_text(&p, 15, s->h - 8, "name", "%s", s->who->shown);
    gen_text(&p, 33, s->h - 8, "id", "%s", s->who->id);
    gen_text(&p, 15, s->h / 2 - 20, "date", "%s", gen_date_dots(s->who->birth));
    gen_text(&p, 33, s->h / 2 - 20, "date", "%s", gen_date_iso(s->who->date));
    p.rotate = 0;
    p.bold = true;
    p.size = 24;
    gen_text(&p, s->w - 40, s->h - 20, "label", "L");
}

static double slice(double u, double v)
{
    /* 0 .. 1 stand for -1000 .. 1000 HU; air is 0 */
    double d = ellipse(u, v, 0.5, 0.52, 0.42, 0.32);
    double t = 0.0 + 0.45 * inside(d, 0.02); /* fat */
    t += 0.075 * inside(ellipse(u, v, 0.5, 0.52, 0.38, 0.28), 0.03);
    t += 0.03 * inside(ellipse(u, v, 0.36, 0.46, 0.17, 0.14), 0.08);
    t += 0.02 * inside(ellipse(u, v, 0.66, 0.45, 0.09, 0.08), 0.08);
    t += 0.02 * inside(ellipse(u, v, 0.53, 0.58, 0.03, 0.04), 0.2);
    t += 0.30 * inside(ellipse(u, v, 0.5, 0.68, 0.06, 0.06), 0.1);
    t -= 0.18 * inside(ellipse(u, v, 0.5, 0.69, 0.025, 0.025), 0.2);
    for (int i = -3; i <= 3; i++) {
        double a = i * 0.42 + 1.5707963;
        double r = inside(ellipse(u, v, 0.5 + 0.39 * cos(a) * (i < 0 ? -1 : 1),
                                  0.52 + 0.29 * sin(a) * (i & 1 ? 1 : -1),
                                  0.025, 0.012),
                          0.4);
        t += 0.25 * r;
    }
    t -= 0.5 * inside(ellipse(u, v, 0.62, 0.36, 0.03, 0.02), 0.3);
    /* the table */
    if (v > 0.87 && v < 0.885 && u > 0.15 && u < 0.85)
        t = 0.4;
    return t;
}

void gen_scene_ct(gen_scene *s)
{
    set_all(s, slice, 0.012, -1000, 1000, 53);
    /* Outside the round field of view the scanner has measured nothing. */
    for (int y = 0; y < s->h; y++)
        for (int x = 0; x < s->w; x++)
            if (ellipse(x, y, s->w / 2.0, s->h / 2.0, s->w / 2.0, s->h / 2.0) >
                1)
                s->c->v[(size_t)y * (size_t)s->w + (size_t)x] = GEN_CT_PADDING;
    gen_pen p = gen_pen_new(s->c, s->truth, 11, 1800);
    gen_text(&p, s->w / 4, s->h / 2, "name", "%s", s->who->shown);
    gen_text(&p, s->w / 4, s->h / 2 + 15, "id", "%s", s->who->id);
    gen_text(&p, 4, 13, "date", "%s", gen_date_dots(s->who->date));
    gen_text_right(&p, s->w - 4, 13, "institution", "%s",
                   s->w >= 256 ? s->who->institution_shown : "FICTIV");
    gen_text(&p, 4, s->h - 6, "label", "kV 120 mA 210");
    gen_text_right(&p, s->w - 4, s->h - 6, "label", "W 400 L 40");
}

static double brain(double u, double v)
{
    double t = 0.8 * inside(ellipse(u, v, 0.5, 0.5, 0.38, 0.45), 0.03);
    t -= 0.65 * inside(ellipse(u, v, 0.5, 0.5, 0.35, 0.42), 0.03);
    double b = inside(ellipse(u, v, 0.5, 0.5, 0.33, 0.40), 0.03);
    t += b * (0.35 + 0.03 * sin(40 * u + 6 * sin(19 * v)) *
                         sin(37 * v + 5 * sin(23 * u)));
    t -= 0.4 * inside(ellipse(u, v, 0.44, 0.48, 0.04, 0.12), 0.2);
    t -= 0.4 * inside(ellipse(u, v, 0.56, 0.48, 0.04, 0.12), 0.2);
    return t + 0.02;
}

void gen_scene_mr(gen_scene *s)
{
    set_all(s, brain, 0.03, 0, s->max * 3 / 5, 71);
}
