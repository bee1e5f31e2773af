/* SPDX-License-Identifier: Apache-2.0
 *
 * The pieces of the site: rows read (site_record.c), counted (site_write.c),
 * and shown (the others). */
#ifndef DSC_REPORT_SITE_PRIV_H
#define DSC_REPORT_SITE_PRIV_H

#include "report/site.h"
#include "report/site_html.h"
#include "report/site_stats.h"

struct json_object;

/* ---- a row ---- */

#define DSC_SITE_PENDING (DSC_IGNORED + 1)
#define DSC_SITE_STATES  (DSC_SITE_PENDING + 1)

typedef struct dsc_site_box {
    dsc_region region; /* strings borrowed from the record */
    bool kept;
    double doubt;
    char *text; /* with originals: what is written there; owned */
} dsc_site_box;

/* Strings are borrowed from `json`; "" where unknown. */
typedef struct dsc_site_file {
    struct json_object *json;
    int64_t number, ended;
    unsigned outcome; /* dsc_outcome or DSC_SITE_PENDING */
    const char *reason, *modality, *device, *sop_class, *ts_in, *ts_out;
    const char *study, *series, *instance;
    const char *input, *output;     /* for people */
    char *input_path, *output_path; /* to be opened; "": none */
    uint32_t frames, columns, rows;
    dsc_site_box *boxes; /* doubtful ones first */
    size_t box_count;
    dsc_proof proof;
    struct json_object *notes; /* array or NULL */
    uint64_t bytes_in, bytes_out;
    double ms[DSC_MS_COUNT];
    double doubt; /* 0..1, how much it wants a look */
    const char *why;
    const char *problem; /* of the output as it is now; NULL: none */
    bool sampled;
} dsc_site_file;

dsc_status dsc_site_file_parse(dsc_site_file *out, const dsc_site_row *row,
                               dsc_error *err) DSC_WARN_UNUSED;
void dsc_site_file_free(dsc_site_file *file);
bool dsc_site_is_written(const dsc_site_file *file);
size_t dsc_site_notes(const dsc_site_file *file);
const char *dsc_site_note(const dsc_site_file *file, size_t index);
const char *dsc_site_state(unsigned outcome);
/* "US Maker Model": what is expected to look alike. */
void dsc_site_kind(const dsc_site_file *file, char *buf, size_t size);

/* ---- the whole ---- */

typedef struct dsc_site_study {
    char uid[65]; /* "" for files of no known study */
    char modality[17];
    uint64_t files, states[DSC_SITE_STATES], regions;
    double doubt;
} dsc_site_study;

typedef struct dsc_site_stratum {
    char *name;
    uint64_t size, drawn;
    dsc_draw draw;
} dsc_site_stratum;

#define DSC_SITE_BINS 48

typedef struct dsc_site {
    const dsc_site_options *options;
    dsc_error *err;
    dsc_status status;
    dsc_site_totals totals;
    dsc_tally outcomes, modalities, devices, reasons, classes, kinds;
    dsc_durations stages[DSC_MS_COUNT];
    int64_t first_ended, last_ended;
    uint64_t bins[DSC_SITE_BINS][DSC_SITE_STATES];
    uint64_t frames, bytes_in;
    dsc_site_stratum *strata;
    size_t stratum_count;
    int64_t *sampled; /* sorted numbers */
    size_t sampled_count;
    dsc_site_study *studies;
    size_t study_count, study_cap;
    uint64_t fingerprint; /* of all files: names the site for marks */
    char id[20];
} dsc_site;

/* A path below the site's folder. */
dsc_status dsc_site_path(const dsc_site *site, char *buf, size_t size,
                         const char *fmt, ...) DSC_PRINTF(4, 5);
dsc_status dsc_site_folder(const dsc_site *site, const char *name);
/* Begin and end of a page; `up` is "" or "../". */
void dsc_site_page_begin(const dsc_site *site, dsc_html *w, const char *up,
                         const char *title);
void dsc_site_page_end(dsc_html *w);
/* Links to the pages around page `page` of `pages` (0: unknown, more says
 * whether one follows). Names are stem + number + ".html"; the first may have
 * another. */
typedef struct dsc_site_pager {
    const char *stem, *first;
    size_t page, pages;
    bool more;
} dsc_site_pager;
void dsc_site_pages(dsc_html *w, const dsc_site_pager *pager);

/* ---- parts of pages ---- */

/* A table of a tally with a column an outcome. */
void dsc_site_outcome_table(dsc_html *w, const char *caption, const char *what,
                            const dsc_tally *tally, size_t limit);
void dsc_chart_time(dsc_html *w, const dsc_site *site);
void dsc_chart_classes(dsc_html *w, const dsc_tally *classes);
void dsc_chart_stages(dsc_html *w, const dsc_durations *stages);

/* ---- files ---- */

/* Pictures of a file for the pages, written to img/. */
#define DSC_SITE_MAX_FRAMES 16
typedef struct dsc_site_pictures {
    struct {
        uint32_t frame;
        bool output, original; /* was written */
    } items[DSC_SITE_MAX_FRAMES];
    size_t count;
    const char *problem; /* why there is none */
} dsc_site_pictures;
/* Is the output there, and the one that was written? Sets file->problem. */
void dsc_site_check_output(dsc_site *site, dsc_site_file *file);
dsc_status dsc_site_make_pictures(dsc_site *site, dsc_site_file *file,
                                  dsc_site_pictures *out);
/* Of the sampled files and the studies' pages alike; pages that show it lie
 * one folder deep. */
void dsc_site_card(const dsc_site *site, dsc_html *w, const dsc_site_file *file,
                   const dsc_site_pictures *pictures);
/* The folder and page stem of a study. */
const char *dsc_site_stem(const char *study);

/* The study being collected; written when it ends. */
typedef struct dsc_site_pages_state {
    dsc_site_file *files;
    size_t count, part; /* part: pages written of this study so far */
    dsc_site_study study;
    unsigned pictures_left;
    dsc_html page, files_csv, regions_csv, refused, sample;
    size_t refused_on_page, refused_pages, sample_on_page, sample_pages;
} dsc_site_pages_state;
dsc_status dsc_site_begin_pages(dsc_site *site, dsc_site_pages_state *p);
dsc_status dsc_site_take_file(dsc_site *site, dsc_site_pages_state *p,
                              dsc_site_file *file);
dsc_status dsc_site_end_pages(dsc_site *site, dsc_site_pages_state *p);
void dsc_site_free_pages(dsc_site_pages_state *p);

/* ---- lists and the front page ---- */

dsc_status dsc_site_write_refused_page(dsc_site *site, dsc_site_pages_state *p,
                                       bool more);
dsc_status dsc_site_write_sample_page(dsc_site *site, dsc_site_pages_state *p,
                                      bool more);
dsc_status dsc_site_write_studies(dsc_site *site);
dsc_status dsc_site_write_plan(dsc_site *site);
dsc_status dsc_site_write_json(dsc_site *site);
dsc_status dsc_site_write_front(dsc_site *site);
dsc_status dsc_site_write_assets(dsc_site *site);

extern const char dsc_site_css[], dsc_site_js[]; /* site.css, site.js */

#endif
