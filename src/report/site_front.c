/* SPDX-License-Identifier: Apache-2.0
 *
 * The front page, the list of studies, the plan of the sample, summary.json. */
#include "base/sort.h"
#include "report/site_priv.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PER_LIST 100u
#define TOP      25u

static dsc_status save(const dsc_site *site, dsc_html *w, const char *name)
{
    char path[4300];
    dsc_status st = dsc_site_path(site, path, sizeof path, "%s", name);

    if (!st)
        st = dsc_html_save(w, path, site->options->originals);
    dsc_html_free(w);
    return st;
}

dsc_status dsc_site_write_assets(dsc_site *site)
{
    dsc_html w = {.err = site->err};
    dsc_status st;

    dsc_html_raw(&w, dsc_site_css);
    st = save(site, &w, "site.css");
    w = (dsc_html){.err = site->err};
    dsc_html_raw(&w, dsc_site_js);
    return st ? st : save(site, &w, "site.js");
}

/* ---- studies ---- */

static int by_doubt(const void *pa, const void *pb)
{
    const dsc_site_study *a = pa, *b = pb;

    if (a->doubt < b->doubt || a->doubt > b->doubt)
        return a->doubt < b->doubt ? 1 : -1;
    return strcmp(a->uid, b->uid);
}

static void study_row(dsc_html *w, const dsc_site_study *s)
{
    static const unsigned states[] = {DSC_SCRUBBED, DSC_CLEAN, DSC_QUARANTINED,
                                      DSC_FAILED};

    dsc_html_put(
        w, "<tr class=\"%s\"><th scope=\"row\"><a href=\"study/%s.html\">",
        s->doubt >= 0.3 ? "doubt" : "sure", dsc_site_stem(s->uid));
    if (s->uid[0])
        dsc_html_put(w, "<code>%s</code>", s->uid);
    else
        dsc_html_raw(w, "Files of no known study");
    dsc_html_put(w, "</a></th><td>%s</td><td>%lu</td>", s->modality,
                 (unsigned long)s->files);
    for (size_t k = 0; k < sizeof states / sizeof states[0]; k++)
        dsc_html_put(w, "<td>%lu</td>", (unsigned long)s->states[states[k]]);
    dsc_html_put(w, "<td>%lu</td><td>%.2f</td></tr>\n",
                 (unsigned long)s->regions, s->doubt);
}

static dsc_status studies_page(dsc_site *site, size_t page, size_t pages)
{
    dsc_html w = {.err = site->err};
    dsc_site_pager pager = {.stem = "studies-",
                            .first = "studies.html",
                            .page = page,
                            .pages = pages};
    size_t from = (page - 1) * PER_LIST, to = from + PER_LIST;
    char name[40];

    dsc_site_page_begin(site, &w, "", "Studies");
    dsc_html_raw(
        &w, "<p>Doubtful studies first; the UIDs are the new ones.</p>\n"
            "<form class=\"jump\" role=\"search\"><label for=\"uid\">Open the "
            "study with this new UID</label> <input id=\"uid\" "
            "inputmode=\"decimal\" autocomplete=\"off\"> "
            "<button>Open</button></form>\n");
    dsc_site_pages(&w, &pager);
    dsc_html_raw(
        &w,
        "<div class=\"wide\"><table class=\"numbers\"><caption>Studies</caption><thead><tr>"
        "<th scope=\"col\">study</th><th scope=\"col\">modality</th><th "
        "scope=\"col\">files</th><th scope=\"col\">scrubbed</th><th "
        "scope=\"col\">clean</th><th scope=\"col\">quarantined</th><th "
        "scope=\"col\">failed</th><th scope=\"col\">boxes</th><th "
        "scope=\"col\">doubt</th></tr></thead><tbody>\n");
    for (size_t i = from; i < to && i < site->study_count; i++)
        study_row(&w, &site->studies[i]);
    dsc_html_raw(&w, "</tbody></table></div>\n");
    dsc_site_pages(&w, &pager);
    dsc_site_page_end(&w);
    snprintf(name, sizeof name, page == 1 ? "studies.html" : "studies-%zu.html",
             page);
    return save(site, &w, name);
}

dsc_status dsc_site_write_studies(dsc_site *site)
{
    size_t pages = (site->study_count + PER_LIST - 1) / PER_LIST;
    dsc_status st = DSC_OK;

    pages = pages ? pages : 1;
    if (site->study_count)
        dsc_sort(site->studies, site->study_count, sizeof *site->studies,
                 by_doubt);
    for (size_t page = 1; !st && page <= pages; page++)
        st = studies_page(site, page, pages);
    return st;
}

/* ---- the sample ---- */

static double effective_size(const dsc_site *site, uint64_t *left_out)
{
    uint64_t sizes[1000], drawn[1000];
    size_t n = site->stratum_count;

    *left_out = 0;
    for (size_t i = 0; i < n; i++) {
        sizes[i] = site->strata[i].size;
        drawn[i] = site->strata[i].drawn;
        *left_out += drawn[i] ? 0 : sizes[i];
    }
    return dsc_sample_effective(sizes, drawn, n);
}

static void bound_table(dsc_html *w, size_t drawn, double effective)
{
    static const unsigned wrong[] = {0, 1, 2, 3, 5, 10};

    dsc_html_raw(
        w,
        "<table class=\"numbers\"><caption>What the sample shows, 95 % confidence"
        "</caption><thead><tr><th scope=\"col\">wrong files in the "
        "sample</th><th scope=\"col\">share of wrong files among "
        "all is at most</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        double scale = drawn ? effective / (double)drawn : 0;
        if (wrong[i] > drawn)
            break;
        dsc_html_put(w, "<tr><th scope=\"row\">%u</th><td>%.3f %%</td></tr>\n",
                     wrong[i],
                     100 * dsc_error_bound(wrong[i] * scale, effective));
    }
    dsc_html_raw(w, "</tbody></table>\n");
}

dsc_status dsc_site_write_plan(dsc_site *site)
{
    dsc_html w = {.err = site->err};
    uint64_t left_out;
    double effective = effective_size(site, &left_out);

    dsc_site_page_begin(site, &w, "", "Review sample");
    dsc_html_put(&w,
                 "<p>%zu files were drawn at random from all outputs with seed "
                 "%lu: in proportion to the strata below, at least one from "
                 "each. The same seed draws the same files.</p>\n",
                 site->sampled_count, (unsigned long)site->options->seed);
    if (site->sampled_count)
        dsc_html_raw(&w, "<p><a class=\"go\" href=\"sample/1.html\">Look at "
                         "the sample</a></p>\n");
    dsc_html_put(
        &w,
        "<p>It says as much as a simple random sample of %.1f files. "
        "With nothing wrong in it the bound is 1 - 0.05^(1/n), which the "
        "rule of three gives as 3/n; else the upper end of Wilson's "
        "interval.",
        effective);
    if (left_out)
        dsc_html_put(
            &w,
            " <strong>Nothing was drawn from strata that hold %lu files: "
            "nothing is said about them. Draw more.</strong>",
            (unsigned long)left_out);
    dsc_html_raw(&w, "</p>\n");
    bound_table(&w, site->sampled_count, effective);
    dsc_html_raw(
        &w,
        "<div class=\"wide\"><table class=\"numbers\"><caption>Strata</caption>"
        "<thead><tr><th scope=\"col\">stratum</th><th "
        "scope=\"col\">files</th><th scope=\"col\">drawn</th><th "
        "scope=\"col\">bound with none wrong</th></tr></thead>"
        "<tbody>\n");
    for (size_t i = 0; i < site->stratum_count; i++) {
        const dsc_site_stratum *s = &site->strata[i];
        dsc_html_put(&w,
                     "<tr><th scope=\"row\">%s</th><td>%lu</td><td>%lu</td>"
                     "<td>%.2f %%</td></tr>\n",
                     s->name, (unsigned long)s->size, (unsigned long)s->drawn,
                     s->drawn == s->size
                         ? 0.0
                         : 100 * dsc_error_bound(0, (double)s->drawn));
    }
    dsc_html_raw(&w, "</tbody></table></div>\n<p>A stratum that was drawn "
                     "whole has no uncertainty left.</p>\n");
    dsc_site_page_end(&w);
    return save(site, &w, "sample.html");
}

/* ---- summary.json ---- */

static json_object *tally_json(const dsc_tally *t, bool boxes)
{
    json_object *list = json_object_new_array();

    for (size_t i = 0; i < t->count; i++) {
        const dsc_tally_row *r = &t->rows[i];
        json_object *o = json_object_new_object();
        json_object_object_add(o, "name", json_object_new_string(r->name));
        json_object_object_add(o, "total",
                               json_object_new_int64((int64_t)r->total));
        for (unsigned k = 0; k < (boxes ? 2u : DSC_SITE_STATES); k++)
            json_object_object_add(
                o, boxes ? k ? "kept" : "blanked" : dsc_site_state(k),
                json_object_new_int64((int64_t)r->counts[k]));
        json_object_array_add(list, o);
    }
    return list;
}

static json_object *stages_json(const dsc_site *site)
{
    static const char *const names[DSC_MS_COUNT] = {"read", "plan", "act",
                                                    "prove"};
    json_object *all = json_object_new_object();

    for (int i = 0; i < DSC_MS_COUNT; i++) {
        const dsc_durations *d = &site->stages[i];
        json_object *o = json_object_new_object();
        json_object_object_add(o, "total_ms", json_object_new_double(d->sum));
        json_object_object_add(
            o, "median_ms",
            json_object_new_double(dsc_durations_quantile(d, 0.5)));
        json_object_object_add(
            o, "p95_ms",
            json_object_new_double(dsc_durations_quantile(d, 0.95)));
        json_object_object_add(all, names[i], o);
    }
    return all;
}

static json_object *sample_json(const dsc_site *site)
{
    json_object *o = json_object_new_object();
    json_object *strata = json_object_new_array();
    uint64_t left_out;
    double effective = effective_size(site, &left_out);

    for (size_t i = 0; i < site->stratum_count; i++) {
        const dsc_site_stratum *s = &site->strata[i];
        json_object *t = json_object_new_object();
        json_object_object_add(t, "name", json_object_new_string(s->name));
        json_object_object_add(t, "files",
                               json_object_new_int64((int64_t)s->size));
        json_object_object_add(t, "drawn",
                               json_object_new_int64((int64_t)s->drawn));
        json_object_array_add(strata, t);
    }
    json_object_object_add(o, "seed",
                           json_object_new_int64((int64_t)site->options->seed));
    json_object_object_add(o, "drawn",
                           json_object_new_int64((int64_t)site->sampled_count));
    json_object_object_add(o, "effective", json_object_new_double(effective));
    json_object_object_add(
        o, "bound_with_none_wrong",
        json_object_new_double(dsc_error_bound(0, effective)));
    json_object_object_add(o, "strata", strata);
    return o;
}

dsc_status dsc_site_write_json(dsc_site *site)
{
    json_object *o = json_object_new_object();
    dsc_html w = {.err = site->err};
    const dsc_site_totals *t = &site->totals;
    const char *text;

    json_object_object_add(o, "site", json_object_new_string(site->id));
    json_object_object_add(o, "dcmscrub",
                           json_object_new_string(dsc_version()));
    json_object_object_add(o, "patient_data",
                           json_object_new_boolean(site->options->originals));
    json_object_object_add(o, "files",
                           json_object_new_int64((int64_t)t->files));
    json_object_object_add(o, "studies",
                           json_object_new_int64((int64_t)t->studies));
    json_object_object_add(o, "outputs_missing",
                           json_object_new_int64((int64_t)t->missing));
    json_object_object_add(o, "outputs_changed",
                           json_object_new_int64((int64_t)t->changed));
    json_object_object_add(o, "outcomes", tally_json(&site->outcomes, false));
    json_object_object_add(o, "modalities",
                           tally_json(&site->modalities, false));
    json_object_object_add(o, "devices", tally_json(&site->devices, false));
    json_object_object_add(o, "reasons", tally_json(&site->reasons, false));
    json_object_object_add(o, "classes", tally_json(&site->classes, true));
    json_object_object_add(o, "stages", stages_json(site));
    if (site->options->sample)
        json_object_object_add(o, "sample", sample_json(site));
    text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
                                                 JSON_C_TO_STRING_SPACED);
    if (text)
        dsc_html_raw(&w, text);
    else
        w.status = dsc_fail(site->err, DSC_NOMEM, "out of memory");
    dsc_html_raw(&w, "\n");
    json_object_put(o);
    return save(site, &w, "summary.json");
}

/* ---- the front page ---- */

static void outcome_tiles(dsc_html *w, const dsc_site *site)
{
    dsc_html_raw(w, "<ul class=\"tiles\">\n");
    for (size_t i = 0; i < site->outcomes.count; i++) {
        const dsc_tally_row *r = &site->outcomes.rows[i];
        dsc_html_put(w,
                     "<li class=\"o-%s\"><strong>%lu</strong> %s <span>%.1f"
                     "&nbsp;%%</span></li>\n",
                     r->name, (unsigned long)r->total, r->name,
                     100.0 * (double)r->total / (double)site->totals.files);
    }
    dsc_html_raw(w, "</ul>\n");
}

static void class_table(dsc_html *w, const dsc_tally *t)
{
    dsc_html_raw(
        w,
        "<table class=\"numbers\"><caption>Boxes by class</caption><thead><tr><th "
        "scope=\"col\">class</th><th scope=\"col\">blanked</th><th "
        "scope=\"col\">kept</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < t->count && i < TOP; i++)
        dsc_html_put(
            w, "<tr><th scope=\"row\">%s</th><td>%lu</td><td>%lu</td></tr>\n",
            t->rows[i].name, (unsigned long)t->rows[i].counts[0],
            (unsigned long)t->rows[i].counts[1]);
    dsc_html_raw(w, "</tbody></table>\n");
}

static void warnings(dsc_html *w, const dsc_site_totals *t)
{
    if (t->missing)
        dsc_html_put(
            w,
            "<p class=\"why\">%lu outputs are not where the record says "
            "they are.</p>\n",
            (unsigned long)t->missing);
    if (t->changed)
        dsc_html_put(
            w,
            "<p class=\"why\">%lu outputs are not of the size that was "
            "written.</p>\n",
            (unsigned long)t->changed);
}

dsc_status dsc_site_write_front(dsc_site *site)
{
    dsc_html w = {.err = site->err};

    dsc_site_page_begin(site, &w, "", "Cleaning report");
    dsc_html_put(
        &w, "<p>%lu files, %lu stud%s, %lu frames, %.1f MB read.</p>\n",
        (unsigned long)site->totals.files, (unsigned long)site->totals.studies,
        site->totals.studies == 1 ? "y" : "ies", (unsigned long)site->frames,
        (double)site->bytes_in / 1e6);
    warnings(&w, &site->totals);
    outcome_tiles(&w, site);
    dsc_html_raw(&w, "<h2>Charts</h2>\n<div class=\"charts\">\n");
    dsc_chart_time(&w, site);
    dsc_chart_classes(&w, &site->classes);
    dsc_chart_stages(&w, site->stages);
    dsc_html_raw(&w, "</div>\n<h2>Totals</h2>\n");
    dsc_site_outcome_table(&w, "By modality", "modality", &site->modalities,
                           TOP);
    dsc_site_outcome_table(&w, "By device", "device", &site->devices, TOP);
    dsc_site_outcome_table(&w, "By reason", "reason", &site->reasons, TOP);
    class_table(&w, &site->classes);
    dsc_html_raw(&w,
                 "<h2>Data</h2>\n<ul><li><a href=\"files.csv\">files.csv</a>: "
                 "one row a file</li><li><a "
                 "href=\"regions.csv\">regions.csv</a>: one row a box</li>"
                 "<li><a href=\"summary.json\">summary.json</a>: the totals of "
                 "this page</li></ul>\n<p>Pictures show what the outputs show: "
                 "where a text was missed, they show it too.</p>\n");
    dsc_site_page_end(&w);
    return save(site, &w, "index.html");
}
