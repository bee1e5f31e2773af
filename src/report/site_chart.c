/* SPDX-License-Identifier: Apache-2.0
 *
 * Charts as inline SVG. Each has a text alternative: a title, and a table or
 * the numbers beside its bars. */
#include "report/site_priv.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void when(int64_t ms, char *buf, size_t size)
{
    time_t t = (time_t)(ms / 1000);
    struct tm tm;

    buf[0] = '\0';
    if (gmtime_r(&t, &tm))
        strftime(buf, size, "%Y-%m-%d %H:%M:%S UTC", &tm);
}

/* Outcomes in the order in which bars are stacked. */
static const unsigned stacked[] = {DSC_SCRUBBED, DSC_CLEAN,   DSC_QUARANTINED,
                                   DSC_FAILED,   DSC_IGNORED, DSC_SITE_PENDING};
#define STACKED (sizeof stacked / sizeof stacked[0])

/* What the colours mean. */
static void key_begin(dsc_html *w)
{
    dsc_html_raw(w, "<ul class=\"key\">");
}

static void key_entry(dsc_html *w, const char *look, const char *word)
{
    dsc_html_put(w,
                 "<li><svg viewBox=\"0 0 12 12\" aria-hidden=\"true\"><rect "
                 "class=\"%s\" width=\"12\" height=\"12\"/></svg> %s</li>",
                 look, word);
}

static void key_end(dsc_html *w)
{
    dsc_html_raw(w, "</ul>");
}

static void time_key(dsc_html *w, const dsc_site *site)
{
    char look[32];

    key_begin(w);
    for (size_t k = 0; k < STACKED; k++) {
        const char *state = dsc_site_state(stacked[k]);
        uint64_t n = 0;
        for (size_t b = 0; b < DSC_SITE_BINS; b++)
            n += site->bins[b][stacked[k]];
        snprintf(look, sizeof look, "o-%s", state);
        if (n)
            key_entry(w, look, state);
    }
    key_end(w);
}

static void time_bars(dsc_html *w, const dsc_site *site, uint64_t most)
{
    for (size_t b = 0; b < DSC_SITE_BINS; b++) {
        double y = 150;
        for (size_t k = 0; k < STACKED; k++) {
            uint64_t n = site->bins[b][stacked[k]];
            double h = 140.0 * (double)n / (double)most;
            if (!n)
                continue;
            y -= h;
            dsc_html_put(
                w,
                "<rect class=\"o-%s\" x=\"%zu\" y=\"%.2f\" width=\"7\" "
                "height=\"%.2f\"><title>%lu %s</title></rect>",
                dsc_site_state(stacked[k]), 18 + 8 * b, y, h, (unsigned long)n,
                dsc_site_state(stacked[k]));
        }
    }
}

void dsc_chart_time(dsc_html *w, const dsc_site *site)
{
    char first[40], last[40];
    uint64_t most = 1;

    if (!site->first_ended || site->first_ended == site->last_ended)
        return;
    when(site->first_ended, first, sizeof first);
    when(site->last_ended, last, sizeof last);
    for (size_t b = 0; b < DSC_SITE_BINS; b++) {
        uint64_t n = 0;
        for (size_t k = 0; k < DSC_SITE_STATES; k++)
            n += site->bins[b][k];
        most = n > most ? n : most;
    }
    dsc_html_put(
        w,
        "<figure class=\"chart\"><figcaption>Files over time, at most %lu "
        "a bar</figcaption><svg viewBox=\"0 0 420 176\" role=\"img\" "
        "aria-label=\"Bars: files finished from %s to %s, by outcome; at "
        "most %lu in one bar of %.0f seconds\">",
        (unsigned long)most, first, last, (unsigned long)most,
        (double)(site->last_ended - site->first_ended + 1) / 1000 /
            DSC_SITE_BINS);
    time_bars(w, site, most);
    dsc_html_put(w,
                 "<path class=\"axis\" d=\"M14 150.5H406\"/><text x=\"14\" "
                 "y=\"168\">%s</text><text x=\"406\" y=\"168\" "
                 "text-anchor=\"end\">%s</text></svg>",
                 first, last);
    time_key(w, site);
    dsc_html_raw(w, "</figure>\n");
}

#define MAX_CLASSES 14u

void dsc_chart_classes(dsc_html *w, const dsc_tally *t)
{
    size_t n = t->count < MAX_CLASSES ? t->count : MAX_CLASSES;
    double most;

    if (!n)
        return;
    most = (double)t->rows[0].total;
    dsc_html_put(
        w,
        "<figure class=\"chart\"><figcaption>Regions by class: blanked + "
        "kept</figcaption><svg viewBox=\"0 0 420 %zu\" role=\"img\" "
        "aria-label=\"Bars: regions by class; the numbers are in the "
        "table of classes\">",
        24 * n + 4);
    for (size_t i = 0; i < n; i++) {
        double blanked = 200 * (double)t->rows[i].counts[0] / most;
        double kept = 200 * (double)t->rows[i].counts[1] / most;
        dsc_html_put(w,
                     "<text x=\"94\" y=\"%zu\" text-anchor=\"end\">%s</text>",
                     24 * i + 17, t->rows[i].name);
        dsc_html_put(
            w,
            "<rect class=\"blanked\" x=\"100\" y=\"%zu\" width=\"%.2f\" "
            "height=\"18\"/><rect class=\"kept\" x=\"%.2f\" y=\"%zu\" "
            "width=\"%.2f\" height=\"18\"/>",
            24 * i + 3, blanked, 100 + blanked, 24 * i + 3, kept);
        dsc_html_put(w, "<text x=\"%.1f\" y=\"%zu\">%lu + %lu</text>",
                     106 + blanked + kept, 24 * i + 17,
                     (unsigned long)t->rows[i].counts[0],
                     (unsigned long)t->rows[i].counts[1]);
    }
    dsc_html_raw(w, "</svg>");
    key_begin(w);
    key_entry(w, "blanked", "blanked");
    key_entry(w, "kept", "kept");
    key_end(w);
    dsc_html_raw(w, "</figure>\n");
}

void dsc_chart_stages(dsc_html *w, const dsc_durations *stages)
{
    static const char *const names[DSC_MS_COUNT] = {"read", "plan", "act",
                                                    "prove"};
    double most = 0;

    for (int i = 0; i < DSC_MS_COUNT; i++)
        if (stages[i].sum > most)
            most = stages[i].sum;
    if (!(most > 0))
        return;
    dsc_html_raw(w, "<figure class=\"chart\"><figcaption>Time per "
                    "stage</figcaption><svg viewBox=\"0 0 420 100\" "
                    "role=\"img\" aria-label=\"Bars: time of all files in each "
                    "stage; the numbers are in the table of stages\">");
    for (size_t i = 0; i < DSC_MS_COUNT; i++) {
        double width = 200 * stages[i].sum / most;
        dsc_html_put(
            w,
            "<text x=\"94\" y=\"%zu\" text-anchor=\"end\">%s</text><rect "
            "class=\"stage\" x=\"100\" y=\"%zu\" width=\"%.2f\" "
            "height=\"18\"/><text x=\"%.1f\" y=\"%zu\">%.1f %s</text>",
            24 * i + 17, names[i], 24 * i + 3, width, 106 + width, 24 * i + 17,
            most < 10000 ? stages[i].sum : stages[i].sum / 1000,
            most < 10000 ? "ms" : "s");
    }
    dsc_html_raw(
        w,
        "</svg></figure>\n<table class=\"numbers\"><caption>Stages, milliseconds a "
        "file</caption><thead><tr><th scope=\"col\">stage</th>"
        "<th scope=\"col\">mean</th><th scope=\"col\">median</th>"
        "<th scope=\"col\">95 %</th></tr></thead><tbody>");
    for (size_t i = 0; i < DSC_MS_COUNT; i++)
        dsc_html_put(
            w,
            "<tr><th scope=\"row\">%s</th><td>%.1f</td><td>%.1f</td><td>%.1f</td></tr>",
            names[i], stages[i].sum / (double)stages[i].count,
            dsc_durations_quantile(&stages[i], 0.5),
            dsc_durations_quantile(&stages[i], 0.95));
    dsc_html_raw(w, "</tbody></table>\n");
}
