/* SPDX-License-Identifier: Apache-2.0
 *
 * A static site for people who check what was done: totals, a page a study
 * with pictures of the outputs, what was quarantined, a review sample.
 *
 * By default it tells what the outputs tell: new UIDs, classes and boxes, no
 * input path, no text that was read. `originals` adds those and marks every
 * page. Whatever a row holds is escaped; a row may come from anywhere.
 */
#ifndef DSC_REPORT_SITE_H
#define DSC_REPORT_SITE_H

#include "base/mem.h"
#include "dcmscrub.h"

/* One file, as `--report` tells of it. */
typedef struct dsc_site_row {
    int64_t number;     /* of the line or the ledger's row */
    const char *record; /* the JSON object */
    bool pending;       /* still to be done, whatever the record says */
    int64_t ended;      /* milliseconds since 1970; 0: unknown */
} dsc_site_row;
/* Return false to stop. */
typedef bool (*dsc_site_row_fn)(void *ctx, const dsc_site_row *row);

/* Where rows come from: every row once a call; `by_study` with the rows of a
 * study one after another (new Study UID, then any order). */
typedef struct dsc_site_source {
    dsc_status (*each)(void *ctx, bool by_study, dsc_site_row_fn fn,
                       void *fn_ctx, dsc_error *err);
    void *ctx;
} dsc_site_source;

/* One frame of a file as 8-bit RGB, to be freed with dsc_free. */
typedef dsc_status (*dsc_site_render_fn)(void *ctx, const char *path,
                                         uint32_t frame, uint8_t **rgb,
                                         uint32_t *columns, uint32_t *rows,
                                         dsc_error *err);
/* What is written in each of `boxes` of a file: calls fn for each box that
 * could be read. */
typedef dsc_status (*dsc_site_read_fn)(void *ctx, const char *path,
                                       const dsc_region_list *boxes,
                                       void (*fn)(void *fn_ctx, size_t box,
                                                  const char *utf8),
                                       void *fn_ctx, dsc_error *err);

typedef struct dsc_site_options {
    const char *dir;       /* must be missing or empty */
    bool originals;        /* before-pictures, text, input paths: PHI */
    unsigned pictures;     /* files with pictures, at most, a study */
    unsigned frames;       /* pictures a file, at most */
    unsigned picture_size; /* longer side, pixels */
    size_t sample;         /* files to draw for review; 0: none */
    uint64_t seed;
    dsc_site_render_fn render;
    dsc_site_read_fn read; /* used with originals */
    void *ctx;             /* of both */
} dsc_site_options;

typedef struct dsc_site_totals {
    uint64_t files, studies, pictures, missing, changed;
} dsc_site_totals;

/* Write the site; index.html comes last, so that a folder without it is an
 * unfinished one. DSC_USAGE where nothing was written: the folder is not
 * empty or cannot be made, or a row is not a record. */
dsc_status dsc_site_write(const dsc_site_source *source,
                          const dsc_site_options *options,
                          dsc_site_totals *totals,
                          dsc_error *err) DSC_WARN_UNUSED;

/* A report of JSON lines as a source. Open checks nothing but that the file
 * can be read. */
typedef struct dsc_site_lines dsc_site_lines;
dsc_status dsc_site_lines_open(dsc_site_lines **out, const char *path,
                               dsc_error *err) DSC_WARN_UNUSED;
void dsc_site_lines_close(dsc_site_lines **lines);
dsc_status dsc_site_lines_each(void *lines, bool by_study, dsc_site_row_fn fn,
                               void *fn_ctx, dsc_error *err) DSC_WARN_UNUSED;

#endif
