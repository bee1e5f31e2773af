/* SPDX-License-Identifier: Apache-2.0
 *
 * Counting, error bounds and random samples. Pure.
 */
#ifndef DSC_REPORT_SITE_STATS_H
#define DSC_REPORT_SITE_STATS_H

#include "base/mem.h"

/* ---- counts by name ---- */

#define DSC_TALLY_COLUMNS 6

typedef struct dsc_tally_row {
    char *name;
    uint64_t counts[DSC_TALLY_COLUMNS];
    uint64_t total;
} dsc_tally_row;

/* Names past DSC_TALLY_MAX are counted together as "(others)". */
#define DSC_TALLY_MAX 2000u
typedef struct dsc_tally {
    dsc_tally_row *rows;
    size_t count;
} dsc_tally;

dsc_status dsc_tally_add(dsc_tally *tally, const char *name, unsigned column,
                         uint64_t n, dsc_error *err) DSC_WARN_UNUSED;
/* NULL where the name was never counted. */
const dsc_tally_row *dsc_tally_find(const dsc_tally *tally, const char *name);
void dsc_tally_sort(dsc_tally *tally); /* most first, then by name */
void dsc_tally_free(dsc_tally *tally);

/* Reasons that differ only in numbers ("frame 3", "byte 77") as one; tags and
 * names such as "JPEG 2000" stay. */
void dsc_reason_kind(const char *reason, char *buf, size_t size);

/* ---- durations ---- */

#define DSC_DURATION_BUCKETS 256u
typedef struct dsc_durations {
    uint64_t buckets[DSC_DURATION_BUCKETS];
    uint64_t count;
    double sum;
} dsc_durations;
void dsc_durations_add(dsc_durations *d, double ms);
/* Quantile q of 0..1, within 10 %. */
double dsc_durations_quantile(const dsc_durations *d, double q);

/* ---- error bounds, 95 % ---- */

/* Upper end of the share that may be wrong where `wrong` of `n` were: exact
 * for none (1 - 0.05^(1/n), about 3/n), else Wilson's, two-sided. 1 for n = 0.
 * n may be fractional (an effective size). */
double dsc_error_bound(double wrong, double n);

/* ---- a stratified sample ---- */

/* Files to draw from each of `count` strata of `sizes`, `n` in all where there
 * are as many: in proportion, but one at least from each, the largest first
 * where n is too small for that. */
void dsc_sample_allocate(const uint64_t *sizes, size_t count, uint64_t n,
                         uint64_t *drawn);
/* Size of a simple random sample that would say as much about all strata:
 * 1 / sum(W^2 / n). Strata of which nothing was drawn are left out. */
double dsc_sample_effective(const uint64_t *sizes, const uint64_t *drawn,
                            size_t count);
/* A file's place in the draw: the same for the same seed, whatever the order
 * of the files. The lowest are drawn. */
uint64_t dsc_sample_key(uint64_t seed, const char *instance, int64_t number);

/* The lowest `limit` keys of a stream. */
typedef struct dsc_draw_item {
    uint64_t key;
    int64_t number;
} dsc_draw_item;
typedef struct dsc_draw {
    dsc_draw_item *items; /* a heap, highest key first */
    size_t count, cap;
} dsc_draw;
dsc_status dsc_draw_add(dsc_draw *draw, size_t limit, uint64_t key,
                        int64_t number, dsc_error *err) DSC_WARN_UNUSED;
void dsc_draw_sort(dsc_draw *draw); /* lowest key first */
void dsc_draw_free(dsc_draw *draw);

#endif
