/* SPDX-License-Identifier: Apache-2.0
 *
 * One file: its pictures, its boxes, what the report says of it. */
#include "report/report.h"
#include "report/site_priv.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const char *dsc_site_stem(const char *study)
{
    return study[0] ? study : "none";
}

/* ---- pictures ---- */

/* Frames at which doubtful boxes begin say most. */
static void choose_frames(const dsc_site *site, const dsc_site_file *f,
                          dsc_site_pictures *p)
{
    unsigned most = site->options->frames < DSC_SITE_MAX_FRAMES
                        ? site->options->frames
                        : DSC_SITE_MAX_FRAMES;

    for (size_t i = 0; i < f->box_count && p->count < most; i++) {
        const dsc_region *r = &f->boxes[i].region;
        bool shown = r->first_frame >= f->frames;
        for (size_t k = 0; k < p->count && !shown; k++)
            shown = r->first_frame <= p->items[k].frame &&
                    p->items[k].frame <= r->last_frame;
        if (!shown)
            p->items[p->count++].frame = r->first_frame;
    }
    if (!p->count && f->frames)
        p->items[p->count++].frame = 0;
    for (uint32_t part = 1; part <= 2 && p->count < most; part++) {
        uint32_t frame = part == 1 ? f->frames / 2 : f->frames - 1;
        bool shown = false;
        for (size_t k = 0; k < p->count; k++)
            shown = shown || p->items[k].frame == frame;
        if (!shown && f->frames)
            p->items[p->count++].frame = frame;
    }
}

/* DSC_OK with *made false where the file cannot be shown: pages live without
 * one picture. */
static dsc_status make_picture(const dsc_site *site, const dsc_site_file *f,
                               uint32_t frame, const char *source,
                               const char *suffix, bool *made)
{
    const dsc_site_options *o = site->options;
    char path[4300];
    uint8_t *rgb = NULL;
    uint32_t columns = 0, rows = 0;
    dsc_error why = DSC_ERROR_INIT;
    dsc_status st;

    *made = false;
    if (o->render(o->ctx, source, frame, &rgb, &columns, &rows, &why))
        return DSC_OK;
    st = dsc_site_path(site, path, sizeof path, "img/%s/%ld-%u%s.png",
                       dsc_site_stem(f->study), (long)f->number, frame, suffix);
    if (!st && columns == f->columns && rows == f->rows) {
        dsc_picture_shrink(rgb, &columns, &rows, o->picture_size);
        st = dsc_picture_write(path, rgb, columns, rows,
                               o->originals ? 0600 : 0666, site->err);
        *made = !st;
    }
    dsc_wipe_free(rgb, 3 * (size_t)columns * rows);
    return st;
}

static void take_text(void *ctx, size_t box, const char *utf8)
{
    dsc_site_file *f = ctx;

    if (box < f->box_count && !f->boxes[box].text)
        f->boxes[box].text = dsc_strdup(utf8);
}

/* What was there before. A box that cannot be read has no text, which is no
 * error: it may have been found by a mask. */
static dsc_status read_boxes(const dsc_site *site, dsc_site_file *f)
{
    const dsc_site_options *o = site->options;
    dsc_region_list list = {.count = f->box_count, .cap = f->box_count};
    dsc_error why = DSC_ERROR_INIT;
    dsc_status st;

    if (!f->box_count || !o->read)
        return DSC_OK;
    list.items = dsc_calloc(f->box_count, sizeof *list.items);
    if (!list.items)
        return dsc_fail(site->err, DSC_NOMEM, "out of memory");
    for (size_t i = 0; i < f->box_count; i++)
        list.items[i] = f->boxes[i].region;
    st = o->read(o->ctx, f->input_path, &list, take_text, f, &why);
    dsc_free(list.items);
    return st == DSC_NOMEM ? dsc_fail(site->err, st, "%s", why.msg) : DSC_OK;
}

void dsc_site_check_output(dsc_site *site, dsc_site_file *f)
{
    struct stat sb;

    if (!dsc_site_is_written(f))
        return;
    if (stat(f->output_path, &sb) || !S_ISREG(sb.st_mode)) {
        site->totals.missing++;
        f->problem = "the output is missing";
    } else if ((uint64_t)sb.st_size != f->bytes_out) {
        site->totals.changed++;
        f->problem = "the output is not the one that was written: its size "
                     "differs";
    }
}

static dsc_status make_one(dsc_site *site, dsc_site_file *f,
                           dsc_site_pictures *p, size_t i)
{
    uint32_t frame = p->items[i].frame;
    dsc_status st =
        make_picture(site, f, frame, f->output_path, "", &p->items[i].output);

    if (!st && !p->items[i].output)
        p->problem = "the output cannot be shown, or is not the one that was "
                     "written";
    if (!st && site->options->originals)
        st = make_picture(site, f, frame, f->input_path, "-before",
                          &p->items[i].original);
    site->totals.pictures += p->items[i].output;
    return st;
}

dsc_status dsc_site_make_pictures(dsc_site *site, dsc_site_file *f,
                                  dsc_site_pictures *out)
{
    char name[100];
    dsc_status st;

    *out = (dsc_site_pictures){.problem = f->problem};
    if (!dsc_site_is_written(f) || f->problem)
        return DSC_OK;
    choose_frames(site, f, out);
    snprintf(name, sizeof name, "img/%s", dsc_site_stem(f->study));
    st = dsc_site_folder(site, name);
    for (size_t i = 0; !st && i < out->count; i++)
        st = make_one(site, f, out, i);
    if (!st && site->options->originals)
        st = read_boxes(site, f);
    if (!st && out->problem) {
        f->doubt = 1;
        f->why = out->problem;
    }
    return st;
}

/* ---- the card ---- */

static bool on_frame(const dsc_site_box *b, uint32_t frame)
{
    return b->region.first_frame <= frame && frame <= b->region.last_frame &&
           !b->region.overlay;
}

static void outlines(dsc_html *w, const dsc_site_file *f, uint32_t frame)
{
    unsigned letter = f->columns / 45 + 3;

    dsc_html_put(w,
                 "<svg class=\"boxes\" viewBox=\"0 0 %u %u\" "
                 "preserveAspectRatio=\"none\" aria-hidden=\"true\">",
                 f->columns, f->rows);
    for (size_t i = 0; i < f->box_count; i++) {
        const dsc_site_box *b = &f->boxes[i];
        const dsc_region *r = &b->region;
        if (!on_frame(b, frame))
            continue;
        dsc_html_put(w,
                     "<rect class=\"%s%s\" x=\"%d\" y=\"%d\" width=\"%d\" "
                     "height=\"%d\"><title>box %zu: %s, %s</title></rect>",
                     b->kept ? "kept" : "blanked",
                     b->doubt >= 0.3 ? " doubt" : "", r->x, r->y, r->w, r->h,
                     i + 1, r->cls, r->reason);
        dsc_html_put(w, "<text x=\"%d\" y=\"%d\" font-size=\"%u\">%zu</text>",
                     r->x + 1,
                     r->y - 1 < (int)letter ? r->y + (int)letter : r->y - 1,
                     letter, i + 1);
    }
    dsc_html_raw(w, "</svg>");
}

static void picture(dsc_html *w, const dsc_site_file *f, uint32_t frame,
                    bool original)
{
    const char *what = original ? "Before cleaning" : "Output";
    const char *suffix = original ? "-before" : "";
    size_t boxes = 0;

    for (size_t i = 0; i < f->box_count; i++)
        boxes += on_frame(&f->boxes[i], frame);
    dsc_html_put(w,
                 "<figure class=\"%s\"><a class=\"pic\" "
                 "href=\"../img/%s/%ld-%u%s.png\">",
                 original ? "before" : "after", dsc_site_stem(f->study),
                 (long)f->number, frame, suffix);
    dsc_html_put(
        w,
        "<img loading=\"lazy\" src=\"../img/%s/%ld-%u%s.png\" "
        "width=\"%u\" height=\"%u\" alt=\"%s of file %ld, frame %u, with "
        "%zu boxes that the table tells\">",
        dsc_site_stem(f->study), (long)f->number, frame, suffix, f->columns,
        f->rows, what, (long)f->number, frame, boxes);
    outlines(w, f, frame);
    dsc_html_put(w,
                 "</a><figcaption>%s, frame %u of %u</figcaption></figure>\n",
                 what, frame, f->frames);
}

static void box_row(const dsc_site *site, dsc_html *w, const dsc_site_box *b,
                    size_t number)
{
    const dsc_region *r = &b->region;

    dsc_html_put(
        w,
        "<tr data-box=\"%zu\" class=\"%s\"><th scope=\"row\">%zu</th><td>%s</td>"
        "<td>%s</td><td>%s</td><td>%s%s%s</td><td>%.2f</td>",
        number, b->doubt >= 0.3 ? "doubt" : "sure", number,
        b->kept ? "kept" : "blanked", r->cls, r->source, r->mask,
        r->mask[0] && r->reason[0] ? ": " : "", r->reason,
        (double)r->confidence);
    dsc_html_put(w, "<td>%u-%u</td><td>%d, %d, %d x %d", r->first_frame,
                 r->last_frame, r->x, r->y, r->w, r->h);
    if (r->overlay)
        dsc_html_put(w, ", overlay %u", (r->overlay - 0x6000u) / 2);
    dsc_html_raw(w, "</td>");
    if (site->options->originals)
        dsc_html_put(w, "<td>%s</td>", b->text ? b->text : "");
    dsc_html_raw(w, "</tr>\n");
}

#define BOXES_SHOWN 200u

static void box_table(const dsc_site *site, dsc_html *w, const dsc_site_file *f)
{
    static const char *const heads[] = {"box",    "fate", "class",
                                        "source", "rule", "confidence",
                                        "frames", "place"};

    if (!f->box_count)
        return;
    dsc_html_put(
        w,
        "<div class=\"wide\"><table class=\"places\"><caption>Boxes of file "
        "%ld, doubtful "
        "ones first</caption><thead><tr>",
        (long)f->number);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        dsc_html_put(w, "<th scope=\"col\">%s</th>", heads[i]);
    if (site->options->originals)
        dsc_html_raw(w, "<th scope=\"col\">text that is read there</th>");
    dsc_html_raw(w, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < f->box_count && i < BOXES_SHOWN; i++)
        box_row(site, w, &f->boxes[i], i + 1);
    dsc_html_raw(w, "</tbody></table></div>\n");
    if (f->box_count > BOXES_SHOWN)
        dsc_html_put(w, "<p>The first %u of %zu; all are in regions.csv.</p>\n",
                     BOXES_SHOWN, f->box_count);
}

static void proof_line(dsc_html *w, const dsc_site_file *f)
{
    const dsc_proof *p = &f->proof;

    if (!dsc_site_is_written(f))
        return;
    if (!p->done) {
        dsc_html_raw(w, "<p>Proof: none in the record.</p>\n");
        return;
    }
    dsc_html_put(
        w, "<p>Proof: boxes blank %s, all else identical %s, text left ",
        p->boxes_blank ? "yes" : "NO", p->outside_identical ? "yes" : "NO");
    if (p->residual_text < 0)
        dsc_html_raw(w, "not searched");
    else
        dsc_html_put(w, "%ld", p->residual_text);
    dsc_html_raw(w, ", header values left ");
    if (p->residual_header < 0)
        dsc_html_raw(w, "not searched");
    else
        dsc_html_put(w, "%ld", p->residual_header);
    dsc_html_raw(w, ".</p>\n");
}

void dsc_site_card(const dsc_site *site, dsc_html *w, const dsc_site_file *f,
                   const dsc_site_pictures *p)
{
    dsc_html_put(w,
                 "<article class=\"file\" id=\"f%ld\" data-file=\"%ld\" "
                 "data-instance=\"%s\">\n<h2>File %ld <span class=\"badge "
                 "o-%s\">%s</span>",
                 (long)f->number, (long)f->number, f->instance, (long)f->number,
                 dsc_site_state(f->outcome), dsc_site_state(f->outcome));
    if (f->sampled)
        dsc_html_raw(w, " <span class=\"badge\">sample</span>");
    dsc_html_raw(w, "</h2>\n");
    if (f->doubt >= 0.3)
        dsc_html_put(w, "<p class=\"why\">Worth a look (%.2f): %s.</p>\n",
                     f->doubt, f->why);
    dsc_html_put(w, "<p class=\"facts\">%s%s%s, %u x %u, %u frame%s",
                 f->modality[0] ? f->modality : "unknown modality",
                 f->device[0] ? ", " : "", f->device, f->columns, f->rows,
                 f->frames, f->frames == 1 ? "" : "s");
    if (f->instance[0])
        dsc_html_put(w, ". Instance <code>%s</code>", f->instance);
    dsc_html_raw(w, ".</p>\n");
    if (site->options->originals)
        dsc_html_put(w, "<p>Input: <code>%s</code></p>\n", f->input);
    if (f->reason[0])
        dsc_html_put(w, "<p>Reason: %s.</p>\n", f->reason);
    if (p->problem && f->why != p->problem)
        dsc_html_put(w, "<p>No picture: %s.</p>\n", p->problem);
    dsc_html_raw(w, "<div class=\"pics\">\n");
    for (size_t i = 0; i < p->count; i++) {
        if (p->items[i].original)
            picture(w, f, p->items[i].frame, true);
        if (p->items[i].output)
            picture(w, f, p->items[i].frame, false);
    }
    dsc_html_raw(w, "</div>\n");
    box_table(site, w, f);
    proof_line(w, f);
    for (size_t i = 0; i < dsc_site_notes(f); i++)
        dsc_html_put(w, "<p>Note: %s.</p>\n", dsc_site_note(f, i));
    dsc_html_raw(w, "</article>\n");
}
