/* SPDX-License-Identifier: Apache-2.0
 *
 * Screens and paper: workstation screen shot, CT dose report, letter, forms
 * and overlays of one bit.
 */
#include "generate.h"

/* Colours are given from 0 to 255, whatever white is on the canvas. */
static void to_canvas(const gen_canvas *c, int32_t r, int32_t g, int32_t b,
                      int32_t out[3])
{
    int32_t grey = (r + 2 * g + b) / 4;
    const int32_t rgb[3] = {c->ch == 3 ? r : grey, c->ch == 3 ? g : grey,
                            c->ch == 3 ? b : grey};
    for (int i = 0; i < 3; i++)
        out[i] = (int32_t)((int64_t)rgb[i] * c->max / 255);
}

static void fill(gen_scene *s, int32_t r, int32_t g, int32_t b)
{
    int32_t v[3];
    to_canvas(s->c, r, g, b, v);
    for (size_t i = 0; i < (size_t)s->w * (size_t)s->h; i++)
        for (int k = 0; k < s->c->ch; k++)
            s->c->v[i * (size_t)s->c->ch + (size_t)k] = v[k];
}

static void ink_rgb(gen_pen *p, int32_t r, int32_t g, int32_t b)
{
    int32_t v[3];
    to_canvas(p->c, r, g, b, v);
    gen_ink(p, v[0], v[1], v[2]);
}

/* A patient list with a preview: dark text on light and light on dark. */
void gen_scene_screen(gen_scene *s)
{
    const gen_person *w = s->who;
    fill(s, 200, 204, 210);
    gen_pen p = gen_pen_new(s->c, s->truth, 11, 255);
    ink_rgb(&p, 30, 60, 120);
    gen_rect(&p, 0, 0, s->w, 18);
    ink_rgb(&p, 255, 255, 255);
    gen_text(&p, 5, 13, "device", "FictiView 3.1");
    gen_text_right(&p, s->w - 5, 13, "name", "%s", w->shown);
    ink_rgb(&p, 20, 20, 20);
    gen_rect(&p, s->w / 2, 26, s->w / 2 - 8, s->h - 60);
    ink_rgb(&p, 120, 110, 100);
    gen_circle(&p, s->w * 0.74, 26 + (s->h - 60) * 0.5, (s->h - 60) * 0.36, 0);
    ink_rgb(&p, 60, 55, 50);
    gen_circle(&p, s->w * 0.72, 26 + (s->h - 60) * 0.46, (s->h - 60) * 0.2, 0);
    ink_rgb(&p, 255, 220, 0);
    gen_text(&p, s->w / 2 + 4, 40, "id", "%s", w->id);
    gen_text(&p, s->w / 2 + 4, s->h - 40, "date", "%s", gen_date_iso(w->date));
    ink_rgb(&p, 0, 0, 0);
    gen_text(&p, 8, 38, "label", "Patient");
    gen_text(&p, 8, 52, "name", "%s", w->shown);
    gen_text(&p, 8, 74, "label", "Born");
    gen_text(&p, 8, 88, "date", "%s", gen_date_dots(w->birth));
    gen_text(&p, 8, 110, "label", "Referring");
    gen_text(&p, 8, 124, "person", "Dr. Quacksalber");
    ink_rgb(&p, 170, 0, 0);
    gen_text(&p, 8, 146, "measurement", "Vol 41.5 ml");
    gen_text(&p, 8, 160, "measurement", "Diam 23 mm");
    ink_rgb(&p, 90, 90, 90);
    gen_rect(&p, 0, s->h - 26, s->w, 26);
    ink_rgb(&p, 255, 255, 255);
    gen_text(&p, 8, s->h - 9, "institution", "%s", w->institution_shown);
    gen_text_right(&p, s->w - 8, s->h - 9, "time", "%s",
                   gen_time_colons(w->time));
}

void gen_scene_dose(gen_scene *s)
{
    static const char *const row[4][5] = {
        {"1", "Scout", "120", "-", "-"},
        {"2", "Helical", "120", "11.42", "412.60"},
        {"3", "Axial", "100", "6.05", "88.17"},
        {"", "", "Total", "DLP:", "500.77"},
    };
    const gen_person *w = s->who;
    fill(s, 0, 0, 0);
    gen_pen p = gen_pen_new(s->c, s->truth, 13, s->max);
    p.font = "Mono";
    gen_text(&p, 10, 24, "label", "Patient Name:");
    gen_text(&p, 130, 24, "name", "%s", w->shown);
    gen_text(&p, 10, 44, "label", "Patient ID:");
    gen_text(&p, 130, 44, "id", "%s", w->id);
    gen_text(&p, 10, 64, "label", "Accession:");
    gen_text(&p, 130, 64, "accession", "%s", w->accession);
    gen_text(&p, 10, 84, "label", "Exam:");
    gen_text(&p, 130, 84, "date", "%s", gen_date_words(w->date));
    gen_text(&p, 10, 104, "institution", "%s", w->institution_shown);
    p.bold = true;
    gen_text(&p, 110, 140, "label", "Dose Report");
    p.bold = false;
    static const int column[5] = {10, 60, 150, 220, 300};
    static const char *const head[5] = {"Ser", "Type", "kV", "CTDIvol",
                                        "DLP mGycm"};
    for (int i = 0; i < 5; i++)
        gen_text(&p, column[i], 170, "label", "%s", head[i]);
    gen_line(&p, 8, 178.5, s->w - 8, 178.5, 1);
    for (int r = 0; r < 4; r++)
        for (int i = 0; i < 5; i++)
            if (row[r][i][0] && row[r][i][0] != '-')
                gen_text(&p, column[i], 200 + 22 * r,
                         i == 1 || i == 2 ? "label" : "measurement", "%s",
                         row[r][i]);
    gen_text(&p, 10, s->h - 12, "label", "1 / 1");
}

static void paragraph(gen_pen *p, int x, int y)
{
    static const char *const text[] = {
        "thank you for sending the above patient, whom we saw in our",
        "imaginary department. The ultrasound of the abdomen shows a",
        "liver of normal size and structure without focal lesions. The",
        "gall bladder is free of stones. Both kidneys are unremarkable.",
        "The spleen measures 11.2 cm. There is no free fluid.",
        "",
        "Conclusion: an entirely fictitious finding.",
    };
    for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
        if (text[i][0])
            gen_text(p, x, y + (int)i * 26, "label", "%s", text[i]);
}

/* About A4 at 100 dpi. */
void gen_scene_letter(gen_scene *s)
{
    const gen_person *w = s->who;
    fill(s, 255, 255, 255);
    gen_pen p = gen_pen_new(s->c, s->truth, 28, 30);
    p.font = "Serif";
    p.bold = true;
    gen_text(&p, 90, 90, "institution", "%s", w->institution_shown);
    p.bold = false;
    p.size = 15;
    gen_text(&p, 90, 116, "address", "%s", w->address_shown);
    gen_text(&p, 90, 138, "phone", "Tel. 09999 / 12 34 56 78");
    gen_line(&p, 90, 152.5, s->w - 90, 152.5, 1.5);
    p.size = 19;
    gen_text_right(&p, s->w - 90, 230, "date", "%s", gen_date_dots(w->date));
    gen_text(&p, 90, 280, "label", "Patient:");
    gen_text(&p, 190, 280, "name", "%s", w->shown);
    gen_text(&p, 90, 308, "label", "born:");
    gen_text(&p, 190, 308, "date", "%s", gen_date_dots(w->birth));
    gen_text(&p, 90, 336, "label", "No.:");
    gen_text(&p, 190, 336, "id", "%s", w->id);
    gen_text(&p, 90, 400, "label", "Dear colleague,");
    paragraph(&p, 90, 440);
    gen_text(&p, 90, 680, "label", "With kind regards");
    p.size = 24;
    gen_text(&p, 110, 750, "person", "Dr. O. Quacksalber");
    p.size = 11;
    gen_text(&p, 90, s->h - 40, "label", "Page 1 of 1");
    gen_text_right(&p, s->w - 90, s->h - 40, "accession", "%s", w->accession);
}

/* 1 where ink is: an overlay of a workstation. */
void gen_scene_overlay(gen_scene *s)
{
    fill(s, 0, 0, 0);
    gen_pen p = gen_pen_new(s->c, s->truth, 12, s->max);
    p.plane = "overlay";
    gen_text(&p, 6, s->h - 24, "name", "%s", s->who->shown);
    gen_text(&p, 6, s->h - 8, "id", "%s", s->who->id);
    gen_line(&p, s->w * 0.4, s->h * 0.5, s->w * 0.6, s->h * 0.4, 2);
    gen_text(&p, (int)(s->w * 0.6), (int)(s->h * 0.4), "measurement", "34 mm");
}

/* A form as a fax machine sends it; one frame a page. */
void gen_scene_bitmap(gen_scene *s)
{
    fill(s, 255, 255, 255);
    gen_pen p = gen_pen_new(s->c, s->truth, 14, 0);
    p.frame = s->frame;
    p.bold = true;
    gen_text(&p, 6, 20, "name", "%s", s->who->shown);
    p.bold = false;
    gen_text(&p, 6, 40, "id", "%s", s->who->id);
    gen_text(&p, 6, 60, "label", "Page %d", s->frame + 1);
    gen_line(&p, 6, 68.5, s->w - 6, 68.5, 2);
    for (int i = 0; i < 3 + s->frame; i++)
        gen_line(&p, 6, 80.5 + 8 * i, s->w - 20 - 9 * i, 80.5 + 8 * i, 2);
}

/* Letters far larger than a DCT block, on dark and on bright ground. */
void gen_scene_large(gen_scene *s)
{
    for (int y = 0; y < s->h; y++)
        for (int x = 0; x < s->w * s->ch; x++)
            s->c->v[(size_t)y * (size_t)(s->w * s->ch) + (size_t)x] =
                20 + 40 * y / s->h;
    gen_pen p = gen_pen_new(s->c, s->truth, 44, s->max);
    p.bold = true;
    gen_text(&p, 8, 50, "name", "%s", s->who->shown);
    ink_rgb(&p, 220, 220, 190);
    gen_rect(&p, 0, s->h / 2 - 10, s->w, s->h / 3 + 10);
    ink_rgb(&p, 40, 0, 90);
    p.size = 60;
    gen_text(&p, 8, s->h / 2 + 46, "date", "%s", gen_date_dots(s->who->birth));
    ink_rgb(&p, 255, 255, 255);
    p.size = 14;
    p.bold = false;
    gen_text(&p, 8, s->h - 8, "measurement", "Dist 12.5 mm");
}

/* A small overlay of its own size, name only. */
void gen_scene_overlay_small(gen_scene *s)
{
    gen_pen p = gen_pen_new(s->c, s->truth, 11, s->max);
    p.plane = "overlay";
    gen_text(&p, 2, s->h - 5, "name", "%s", s->who->shown);
}
