/* SPDX-License-Identifier: Apache-2.0
 *
 * Outcomes as JSON lines, read and written, and pictures for people.
 *
 * A report holds input paths and is therefore patient data unless paths are
 * hidden: files are made with mode 0600.
 */
#ifndef DSC_REPORT_REPORT_H
#define DSC_REPORT_REPORT_H

#include "base/mem.h"
#include "dcmscrub.h"

/* One JSON object and a line feed, appended to `out`. `output` is NULL where
 * nothing was written. */
dsc_status dsc_report_line(dsc_buf *out, const char *input, const char *output,
                           const dsc_result *result,
                           dsc_error *err) DSC_WARN_UNUSED;

/* What `verify` needs of a line that was written by the above. */
typedef struct dsc_report_entry {
    char *input;
    char *output; /* NULL: nothing was written */
    char outcome[16];
    dsc_region_list regions;
} dsc_report_entry;
dsc_status dsc_report_parse(dsc_report_entry *out, const char *line,
                            dsc_error *err) DSC_WARN_UNUSED;
void dsc_report_entry_free(dsc_report_entry *entry);

/* Names and versions of the libraries in use. */
void dsc_report_describe(void (*fn)(void *ctx, const char *library,
                                    const char *version),
                         void *ctx);

/* ---- pictures ---- */

/* Draw the outline of a rectangle into an RGB picture. */
void dsc_picture_outline(uint8_t *rgb, uint32_t columns, uint32_t rows,
                         const dsc_region *region, const uint8_t colour[3]);
/* Make the longer side `longest` pixels, in place; smaller ones stay. */
void dsc_picture_shrink(uint8_t *rgb, uint32_t *columns, uint32_t *rows,
                        uint32_t longest);
/* Write a PNG, with one channel where all is grey; `rgb` is used up. */
dsc_status dsc_picture_write(const char *path, uint8_t *rgb, uint32_t columns,
                             uint32_t rows, unsigned mode,
                             dsc_error *err) DSC_WARN_UNUSED;

/* libpng's version. */
const char *dsc_picture_library_version(void);

#endif
