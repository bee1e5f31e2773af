/* SPDX-License-Identifier: Apache-2.0
 *
 * What pages have in common. */
#include "report/site_priv.h"

#include <stdio.h>
#include <string.h>

/* The site loads nothing but its own files and runs no other script. */
#define POLICY                                                                 \
 "default-src 'none'; img-src 'self' file:; style-src 'self' file:; "          \
 "script-src 'self' file:; base-uri 'none'; form-action 'none'"

void dsc_site_page_begin(const dsc_site *site, dsc_html *w, const char *up,
                         const char *title)
{
    bool phi = site->options->originals;

    dsc_html_put(
        w,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
        "<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, "
        "initial-scale=1\">\n<meta name=\"referrer\" "
        "content=\"no-referrer\">\n"
        "<title>%s%s - dcmscrub</title>\n",
        POLICY, phi ? "PATIENT DATA: " : "", title);
    dsc_html_put(w,
                 "<link rel=\"stylesheet\" href=\"%ssite.css\">\n"
                 "<script defer src=\"%ssite.js\"></script>\n</head>\n"
                 "<body data-site=\"%s\">\n<a class=\"skip\" "
                 "href=\"#main\">Skip to the content</a>\n",
                 up, up, site->id);
    if (phi)
        dsc_html_raw(w, "<p class=\"phi\" role=\"note\">These pages show "
                        "patient data: pictures before cleaning, text that "
                        "was read, names of inputs. Keep them where the "
                        "inputs are kept.</p>\n");
    dsc_html_put(w,
                 "<header><nav aria-label=\"Site\"><a "
                 "href=\"%sindex.html\">Overview</a> <a "
                 "href=\"%sstudies.html\">Studies</a> <a "
                 "href=\"%squarantine.html\">Quarantine</a>",
                 up, up, up);
    if (site->options->sample)
        dsc_html_put(w, " <a href=\"%ssample.html\">Sample</a>", up);
    dsc_html_put(w, "</nav></header>\n<main id=\"main\">\n<h1>%s</h1>\n",
                 title);
}

void dsc_site_page_end(dsc_html *w)
{
    dsc_html_put(w, "</main>\n<footer>dcmscrub %s</footer>\n</body>\n</html>\n",
                 dsc_version());
}

static void page_link(dsc_html *w, const dsc_site_pager *p, size_t to,
                      const char *word)
{
    if (to == 1)
        dsc_html_put(w, "<a href=\"%s\">%s</a> ", p->first, word);
    else
        dsc_html_put(w, "<a href=\"%s%zu.html\">%s</a> ", p->stem, to, word);
}

void dsc_site_pages(dsc_html *w, const dsc_site_pager *p)
{
    bool next = p->pages ? p->page < p->pages : p->more;

    if (p->page == 1 && !next)
        return;
    dsc_html_raw(w, "<nav class=\"pager\" aria-label=\"Pages\">");
    if (p->page > 1) {
        page_link(w, p, 1, "First");
        page_link(w, p, p->page - 1, "Previous");
    }
    dsc_html_put(w, "<span>Page %zu", p->page);
    if (p->pages)
        dsc_html_put(w, " of %zu", p->pages);
    dsc_html_raw(w, "</span> ");
    if (next)
        page_link(w, p, p->page + 1, "Next");
    if (next && p->pages)
        page_link(w, p, p->pages, "Last");
    dsc_html_raw(w, "</nav>\n");
}

static const unsigned columns[] = {DSC_SCRUBBED, DSC_CLEAN, DSC_QUARANTINED,
                                   DSC_FAILED, DSC_SITE_PENDING};

void dsc_site_outcome_table(dsc_html *w, const char *caption, const char *what,
                            const dsc_tally *t, size_t limit)
{
    size_t n = t->count < limit ? t->count : limit;

    dsc_html_put(w,
                 "<div class=\"wide\"><table "
                 "class=\"numbers\"><caption>%s</caption><thead><tr><th "
                 "scope=\"col\">%s</th><th scope=\"col\">files</th>",
                 caption, what);
    for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++)
        dsc_html_put(w, "<th scope=\"col\">%s</th>",
                     dsc_site_state(columns[k]));
    dsc_html_raw(w, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++) {
        const dsc_tally_row *r = &t->rows[i];
        dsc_html_put(w, "<tr><th scope=\"row\">%s</th><td>%lu</td>", r->name,
                     (unsigned long)r->total);
        for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++)
            dsc_html_put(w, "<td>%lu</td>",
                         (unsigned long)r->counts[columns[k]]);
        dsc_html_raw(w, "</tr>\n");
    }
    dsc_html_raw(w, "</tbody></table></div>\n");
    if (n < t->count)
        dsc_html_put(w,
                     "<p>The first %zu of %zu; all are in summary.json.</p>\n",
                     n, t->count);
}
