/* SPDX-License-Identifier: Apache-2.0
 *
 * HTML and CSV that cannot be broken out of: %s is always escaped. Errors
 * stick to the writer, so that only its last call needs to be looked at.
 */
#ifndef DSC_REPORT_SITE_HTML_H
#define DSC_REPORT_SITE_HTML_H

#include "base/mem.h"

typedef struct dsc_html {
    dsc_buf buf;
    dsc_status status;
    dsc_error *err;
} dsc_html;

/* Markup of ours, as it is. */
void dsc_html_raw(dsc_html *w, const char *markup);
/* printf with %s (escaped), %d, %u, %ld, %lu, %zu, %.Nf and %% only. */
void dsc_html_put(dsc_html *w, const char *fmt, ...) DSC_PRINTF(2, 3);
/* Text between tags or in a quoted attribute. What is not UTF-8, control
 * characters and marks that turn the writing direction become U+FFFD. */
void dsc_html_text(dsc_html *w, const char *text);
/* One CSV field with its comma, quoted where needed. A spreadsheet must not
 * take it for a formula. */
void dsc_csv_text(dsc_html *w, const char *text);
void dsc_csv_number(dsc_html *w, double value);
void dsc_csv_end(dsc_html *w); /* of the line */

/* Write what has been collected to a new file and empty the writer. */
dsc_status dsc_html_save(dsc_html *w, const char *path,
                         bool secret) DSC_WARN_UNUSED;
void dsc_html_free(dsc_html *w);

#endif
