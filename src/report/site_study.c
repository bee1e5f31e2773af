/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages that are written while the rows go by: a study's, the list of what
 * was refused, the sample's, and the CSV files. */
#include "base/sort.h"
#include "report/site_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files of a study held at once; more of them are sorted in parts. */
#define GROUP_MAX  2000u
#define PER_PAGE   25u
#define PER_LIST   200u
#define PER_SAMPLE 20u
#define FLUSH      ((size_t)1 << 20)

/* ---- CSV ---- */

static void csv_files_head(const dsc_site *site, dsc_html *w)
{
    dsc_html_raw(
        w, "number,study,series,instance,outcome,reason,modality,device,"
           "sop_class,transfer_syntax_in,transfer_syntax_out,frames,columns,"
           "rows,blanked,kept,doubt,why,sampled,residual_text,"
           "residual_header,bytes_in,bytes_out,ms_read,ms_plan,ms_act,"
           "ms_prove");
    dsc_html_raw(w, site->options->originals ? ",input,output\n" : "\n");
}

static void csv_file(const dsc_site *site, dsc_html *w, const dsc_site_file *f)
{
    const char *words[] = {
        f->study,  f->series,   f->instance, dsc_site_state(f->outcome),
        f->reason, f->modality, f->device,   f->sop_class,
        f->ts_in,  f->ts_out};
    size_t kept = 0;

    for (size_t i = 0; i < f->box_count; i++)
        kept += f->boxes[i].kept;
    dsc_csv_number(w, (double)f->number);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        dsc_csv_text(w, words[i]);
    dsc_csv_number(w, f->frames);
    dsc_csv_number(w, f->columns);
    dsc_csv_number(w, f->rows);
    dsc_csv_number(w, (double)(f->box_count - kept));
    dsc_csv_number(w, (double)kept);
    dsc_csv_number(w, (double)(int)(f->doubt * 1000 + 0.5) / 1000);
    dsc_csv_text(w, f->why);
    dsc_csv_number(w, f->sampled);
    dsc_csv_number(w, (double)f->proof.residual_text);
    dsc_csv_number(w, (double)f->proof.residual_header);
    dsc_csv_number(w, (double)f->bytes_in);
    dsc_csv_number(w, (double)f->bytes_out);
    for (int i = 0; i < DSC_MS_COUNT; i++)
        dsc_csv_number(w, f->ms[i]);
    if (site->options->originals) {
        dsc_csv_text(w, f->input);
        dsc_csv_text(w, f->output);
    }
    dsc_csv_end(w);
}

static void csv_boxes(const dsc_site *site, dsc_html *w, const dsc_site_file *f)
{
    for (size_t i = 0; i < f->box_count; i++) {
        const dsc_site_box *b = &f->boxes[i];
        const dsc_region *r = &b->region;
        double places[] = {r->overlay, r->first_frame, r->last_frame, r->x,
                           r->y,       r->w,           r->h};
        dsc_csv_number(w, (double)f->number);
        dsc_csv_number(w, (double)(i + 1));
        dsc_csv_text(w, f->instance);
        dsc_csv_text(w, b->kept ? "kept" : "blanked");
        dsc_csv_text(w, r->cls);
        dsc_csv_text(w, r->source);
        dsc_csv_text(w, r->mask);
        dsc_csv_text(w, r->reason);
        dsc_csv_number(w, (double)(int)((double)r->confidence * 1000 + 0.5) /
                              1000);
        for (size_t k = 0; k < sizeof places / sizeof places[0]; k++)
            dsc_csv_number(w, places[k]);
        if (site->options->originals)
            dsc_csv_text(w, b->text);
        dsc_csv_end(w);
    }
}

static dsc_status save_csv(const dsc_site *site, dsc_html *w, const char *name,
                           size_t from)
{
    char path[4300];
    dsc_status st;

    if (w->status || w->buf.len < from)
        return w->status;
    st = dsc_site_path(site, path, sizeof path, "%s", name);
    return st ? st : dsc_html_save(w, path, site->options->originals);
}

/* ---- what was refused ---- */

static bool is_refused(const dsc_site_file *f)
{
    return f->outcome == DSC_QUARANTINED || f->outcome == DSC_FAILED ||
           f->outcome == DSC_SITE_PENDING;
}

dsc_status dsc_site_write_refused_page(dsc_site *site, dsc_site_pages_state *p,
                                       bool more)
{
    dsc_site_pager pager = {.stem = "quarantine-",
                            .first = "quarantine.html",
                            .page = ++p->refused_pages,
                            .more = more};
    dsc_html w = {.err = site->err};
    char path[4300];
    dsc_status st;

    dsc_site_page_begin(site, &w, "", "Quarantine");
    dsc_html_raw(&w, "<p>Files without an output, and why. They wait where "
                     "they were; nothing of them is in the outputs.</p>\n");
    dsc_site_pages(&w, &pager);
    dsc_html_raw(&w,
                 "<div class=\"wide\"><table><caption>Refused files</caption>"
                 "<thead><tr><th scope=\"col\">file</th><th scope=\"col\">"
                 "outcome</th><th scope=\"col\">reason</th><th "
                 "scope=\"col\">modality</th><th scope=\"col\">device</th>"
                 "<th scope=\"col\">study</th></tr></thead><tbody>\n");
    if (!p->refused.buf.len)
        dsc_html_raw(&w, "<tr><td colspan=\"6\">none</td></tr>\n");
    if (!w.status)
        w.status = dsc_buf_append(&w.buf, p->refused.buf.data,
                                  p->refused.buf.len, site->err);
    dsc_html_raw(&w, "</tbody></table></div>\n");
    dsc_site_pages(&w, &pager);
    dsc_site_page_end(&w);
    p->refused.buf.len = 0;
    p->refused_on_page = 0;
    st = pager.page == 1
             ? dsc_site_path(site, path, sizeof path, "quarantine.html")
             : dsc_site_path(site, path, sizeof path, "quarantine-%zu.html",
                             pager.page);
    if (!st)
        st = dsc_html_save(&w, path, site->options->originals);
    dsc_html_free(&w);
    return st;
}

static dsc_status add_refused(dsc_site *site, dsc_site_pages_state *p,
                              const dsc_site_file *f)
{
    dsc_html *w = &p->refused;
    dsc_status st = DSC_OK;

    if (p->refused_on_page == PER_LIST)
        st = dsc_site_write_refused_page(site, p, true);
    p->refused_on_page++;
    dsc_html_put(w, "<tr><th scope=\"row\">%ld</th><td>%s</td><td>%s",
                 (long)f->number, dsc_site_state(f->outcome), f->reason);
    if (site->options->originals)
        dsc_html_put(w, "<br><code>%s</code>", f->input);
    dsc_html_put(w, "</td><td>%s</td><td>%s</td><td>", f->modality, f->device);
    if (f->study[0])
        dsc_html_put(w, "<a href=\"study/%s.html\"><code>%s</code></a>",
                     f->study, f->study);
    dsc_html_raw(w, "</td></tr>\n");
    return st ? st : w->status;
}

/* ---- the sample ---- */

dsc_status dsc_site_write_sample_page(dsc_site *site, dsc_site_pages_state *p,
                                      bool more)
{
    char path[4300];
    dsc_site_pager pager = {
        .stem = "", .first = "1.html", .page = ++p->sample_pages, .more = more};
    dsc_html w = {.err = site->err};
    dsc_status st;

    dsc_site_page_begin(site, &w, "../", "Review sample");
    dsc_html_raw(&w, "<p><a href=\"../sample.html\">How it was drawn, and what "
                     "it can show</a></p>\n");
    dsc_site_pages(&w, &pager);
    if (!w.status)
        w.status = dsc_buf_append(&w.buf, p->sample.buf.data, p->sample.buf.len,
                                  site->err);
    dsc_site_pages(&w, &pager);
    dsc_site_page_end(&w);
    p->sample.buf.len = 0;
    p->sample_on_page = 0;
    st = dsc_site_path(site, path, sizeof path, "sample/%zu.html", pager.page);
    if (!st)
        st = dsc_html_save(&w, path, site->options->originals);
    dsc_html_free(&w);
    return st;
}

static dsc_status add_sample(dsc_site *site, dsc_site_pages_state *p,
                             const dsc_site_file *f,
                             const dsc_site_pictures *pictures)
{
    dsc_status st = DSC_OK;

    if (p->sample_on_page == PER_SAMPLE)
        st = dsc_site_write_sample_page(site, p, true);
    p->sample_on_page++;
    dsc_site_card(site, &p->sample, f, pictures);
    return st ? st : p->sample.status;
}

/* ---- a study ---- */

static dsc_status write_study_page(dsc_site *site, dsc_site_pages_state *p,
                                   dsc_site_pager *pager, size_t from,
                                   size_t to)
{
    const char *stem = dsc_site_stem(p->study.uid);
    char path[4300];
    dsc_html *w = &p->page;
    dsc_status st = DSC_OK;

    dsc_site_page_begin(site, w, "../",
                        p->study.uid[0] ? "Study" : "Files of no known study");
    if (p->study.uid[0])
        dsc_html_put(w, "<p><code>%s</code></p>\n", p->study.uid);
    dsc_html_raw(w, "<p>Doubtful files first. Red boxes were blanked, green "
                    "ones kept; thick ones are worth a look. Frames count from "
                    "0.</p>\n");
    dsc_site_pages(w, pager);
    for (size_t i = from; !st && i < to; i++) {
        dsc_site_file *f = &p->files[i];
        dsc_site_pictures pictures = {0};
        if (f->sampled || p->pictures_left) {
            st = dsc_site_make_pictures(site, f, &pictures);
            if (!f->sampled && dsc_site_is_written(f))
                p->pictures_left--;
        } else if (dsc_site_is_written(f)) {
            pictures.problem = "there are enough of this study (--pictures)";
        }
        if (!st)
            dsc_site_card(site, w, f, &pictures);
        if (!st && f->sampled)
            st = add_sample(site, p, f, &pictures);
        if (f->doubt > p->study.doubt)
            p->study.doubt = f->doubt;
        csv_file(site, &p->files_csv, f);
        csv_boxes(site, &p->regions_csv, f);
    }
    dsc_site_pages(w, pager);
    dsc_site_page_end(w);
    if (!st)
        st = pager->page == 1
                 ? dsc_site_path(site, path, sizeof path, "study/%s.html", stem)
                 : dsc_site_path(site, path, sizeof path, "study/%s-%zu.html",
                                 stem, pager->page);
    return st ? st : dsc_html_save(w, path, site->options->originals);
}

static int by_doubt(const void *pa, const void *pb)
{
    const dsc_site_file *a = pa, *b = pb;

    if (a->doubt < b->doubt || a->doubt > b->doubt)
        return a->doubt < b->doubt ? 1 : -1;
    return (a->number > b->number) - (a->number < b->number);
}

/* Write the files collected; `more` of the study may come. */
static dsc_status write_part(dsc_site *site, dsc_site_pages_state *p, bool more)
{
    char stem[80], first[80];
    size_t pages = (p->count + PER_PAGE - 1) / PER_PAGE;
    dsc_status st = DSC_OK;

    dsc_sort(p->files, p->count, sizeof *p->files, by_doubt);
    snprintf(stem, sizeof stem, "%s-", dsc_site_stem(p->study.uid));
    snprintf(first, sizeof first, "%s.html", dsc_site_stem(p->study.uid));
    for (size_t k = 0; !st && k < pages; k++) {
        dsc_site_pager pager = {.stem = stem,
                                .first = first,
                                .page = ++p->part,
                                .more = more || k + 1 < pages};
        size_t from = k * PER_PAGE, to = from + PER_PAGE;
        st = write_study_page(site, p, &pager, from,
                              to < p->count ? to : p->count);
    }
    for (size_t i = 0; i < p->count; i++)
        dsc_site_file_free(&p->files[i]);
    p->count = 0;
    if (!st)
        st = save_csv(site, &p->files_csv, "files.csv", FLUSH);
    return st ? st : save_csv(site, &p->regions_csv, "regions.csv", FLUSH);
}

static dsc_status end_study(dsc_site *site, dsc_site_pages_state *p)
{
    dsc_status st = DSC_OK;

    if (!p->study.files)
        return DSC_OK;
    if (p->count)
        st = write_part(site, p, false);
    if (st)
        return st;
    if (site->study_count == site->study_cap) {
        size_t cap = site->study_cap ? 2 * site->study_cap : 256;
        dsc_site_study *list = dsc_calloc(cap, sizeof *list);
        if (!list)
            return dsc_fail(site->err, DSC_NOMEM, "out of memory");
        if (site->study_count)
            memcpy(list, site->studies, site->study_count * sizeof *list);
        dsc_free(site->studies);
        site->studies = list;
        site->study_cap = cap;
    }
    site->studies[site->study_count++] = p->study;
    site->totals.studies += p->study.uid[0] != '\0';
    return DSC_OK;
}

static void begin_study(const dsc_site *site, dsc_site_pages_state *p,
                        const dsc_site_file *f)
{
    p->study = (dsc_site_study){0};
    p->part = 0;
    p->pictures_left = site->options->pictures;
    snprintf(p->study.uid, sizeof p->study.uid, "%s", f->study);
}

dsc_status dsc_site_take_file(dsc_site *site, dsc_site_pages_state *p,
                              dsc_site_file *f)
{
    dsc_status st = DSC_OK;

    if (p->study.files && strcmp(p->study.uid, f->study))
        st = end_study(site, p);
    if (!st && (!p->study.files || strcmp(p->study.uid, f->study)))
        begin_study(site, p, f);
    if (!st && is_refused(f))
        st = add_refused(site, p, f);
    /* What belongs to no study and has no output is in the lists alone. */
    if (!st && !f->study[0] && !dsc_site_is_written(f)) {
        csv_file(site, &p->files_csv, f);
        st = save_csv(site, &p->files_csv, "files.csv", FLUSH);
        dsc_site_file_free(f);
        return st;
    }
    if (!st && p->count == GROUP_MAX)
        st = write_part(site, p, true);
    if (st) {
        dsc_site_file_free(f);
        return st;
    }
    p->study.files++;
    p->study.states[f->outcome]++;
    p->study.regions += f->box_count;
    if (f->doubt > p->study.doubt)
        p->study.doubt = f->doubt;
    if (!p->study.modality[0])
        snprintf(p->study.modality, sizeof p->study.modality, "%s",
                 f->modality);
    p->files[p->count++] = *f;
    return DSC_OK;
}

dsc_status dsc_site_begin_pages(dsc_site *site, dsc_site_pages_state *p)
{
    dsc_html *writers[] = {&p->page, &p->files_csv, &p->regions_csv,
                           &p->refused, &p->sample};
    dsc_status st = dsc_site_folder(site, "study");

    if (!st)
        st = dsc_site_folder(site, "img");
    if (!st && site->options->sample)
        st = dsc_site_folder(site, "sample");
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++)
        writers[i]->err = site->err;
    p->files = dsc_calloc(GROUP_MAX, sizeof *p->files);
    if (!st && !p->files)
        st = dsc_fail(site->err, DSC_NOMEM, "out of memory");
    csv_files_head(site, &p->files_csv);
    dsc_html_raw(&p->regions_csv,
                 "number,box,instance,fate,class,source,mask,reason,confidence,"
                 "overlay,first_frame,last_frame,x,y,w,h");
    dsc_html_raw(&p->regions_csv, site->options->originals ? ",text\n" : "\n");
    return st;
}

dsc_status dsc_site_end_pages(dsc_site *site, dsc_site_pages_state *p)
{
    dsc_status st = end_study(site, p);

    if (!st)
        st = save_csv(site, &p->files_csv, "files.csv", 0);
    if (!st)
        st = save_csv(site, &p->regions_csv, "regions.csv", 0);
    if (!st)
        st = dsc_site_write_refused_page(site, p, false);
    if (!st && p->sample_on_page)
        st = dsc_site_write_sample_page(site, p, false);
    return st;
}

void dsc_site_free_pages(dsc_site_pages_state *p)
{
    for (size_t i = 0; i < p->count; i++)
        dsc_site_file_free(&p->files[i]);
    dsc_free(p->files);
    dsc_html_free(&p->page);
    dsc_html_free(&p->files_csv);
    dsc_html_free(&p->regions_csv);
    dsc_html_free(&p->refused);
    dsc_html_free(&p->sample);
}
