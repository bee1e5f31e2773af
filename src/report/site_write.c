/* SPDX-License-Identifier: Apache-2.0
 *
 * The site as a whole. The rows are read twice: once to count, to know what
 * is usual for a device and to draw the sample, once study by study to write
 * the pages. */
#include "base/sort.h"
#include "report/site_priv.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_STRATA 1000u

/* ---- the folder ---- */

dsc_status dsc_site_path(const dsc_site *site, char *buf, size_t size,
                         const char *fmt, ...)
{
    int n = snprintf(buf, size, "%s/", site->options->dir), m;
    va_list ap;

    va_start(ap, fmt);
    m = n < 0 || (size_t)n >= size
            ? -1
            : vsnprintf(buf + n, size - (size_t)n, fmt, ap);
    va_end(ap);
    if (m < 0 || (size_t)n + (size_t)m >= size)
        return dsc_fail(site->err, DSC_USAGE, "the folder's path is too long");
    return DSC_OK;
}

dsc_status dsc_site_folder(const dsc_site *site, const char *name)
{
    char path[4300];
    dsc_status st = dsc_site_path(site, path, sizeof path, "%s", name);

    if (!st && mkdir(path, site->options->originals ? 0700 : 0777) &&
        errno != EEXIST)
        st = dsc_fail(site->err, DSC_IO, "cannot make a folder: %s",
                      strerror(errno));
    return st;
}

static dsc_status is_empty(const char *path, dsc_error *err)
{
    DIR *d = opendir(path);
    struct dirent *e;
    size_t n = 0;

    if (!d)
        return dsc_fail(err, DSC_USAGE, "the folder cannot be used: %s",
                        strerror(errno));
    while ((e = readdir(d)) != NULL)
        n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
    closedir(d);
    return n ? dsc_fail(err, DSC_USAGE, "the folder is not empty") : DSC_OK;
}

static dsc_status make_site_folder(const dsc_site *site)
{
    const char *dir = site->options->dir;
    mode_t mode = site->options->originals ? 0700 : 0777;
    dsc_status st = DSC_OK;

    if (mkdir(dir, mode)) {
        if (errno != EEXIST)
            return dsc_fail(site->err, DSC_USAGE,
                            "the folder cannot be made: %s", strerror(errno));
        st = is_empty(dir, site->err);
        if (!st && site->options->originals && chmod(dir, 0700))
            st = dsc_fail(site->err, DSC_USAGE,
                          "the folder cannot be closed to others: %s",
                          strerror(errno));
    }
    return st;
}

/* ---- first pass ---- */

static dsc_status stratum_of(dsc_site *site, const dsc_site_file *f,
                             dsc_site_stratum **out)
{
    char name[64];

    snprintf(name, sizeof name, "%s, %s",
             f->modality[0] ? f->modality : "unknown modality",
             dsc_site_state(f->outcome));
    *out = NULL;
    for (size_t i = 0; i < site->stratum_count; i++)
        if (!strcmp(site->strata[i].name, name))
            *out = &site->strata[i];
    if (*out)
        return DSC_OK;
    if (site->stratum_count == MAX_STRATA) {
        *out = &site->strata[MAX_STRATA - 1];
        return DSC_OK;
    }
    *out = &site->strata[site->stratum_count];
    (*out)->name = dsc_strdup(name);
    if (!(*out)->name)
        return dsc_fail(site->err, DSC_NOMEM, "out of memory");
    site->stratum_count++;
    return DSC_OK;
}

static dsc_status count_for_sample(dsc_site *site, const dsc_site_file *f)
{
    dsc_site_stratum *s = NULL;
    dsc_status st;

    if (!dsc_site_is_written(f))
        return DSC_OK;
    st = stratum_of(site, f, &s);
    if (st)
        return st;
    s->size++;
    return dsc_draw_add(
        &s->draw, site->options->sample,
        dsc_sample_key(site->options->seed, f->instance, f->number), f->number,
        site->err);
}

static dsc_status count_boxes(dsc_site *site, const dsc_site_file *f)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < f->box_count; i++)
        st = dsc_tally_add(&site->classes,
                           f->boxes[i].region.cls[0] ? f->boxes[i].region.cls
                                                     : "unknown",
                           f->boxes[i].kept, 1, site->err);
    return st;
}

static dsc_status count_file(dsc_site *site, const dsc_site_file *f)
{
    char kind[200];
    dsc_status st = dsc_tally_add(&site->outcomes, dsc_site_state(f->outcome),
                                  f->outcome, 1, site->err);

    site->totals.files++;
    site->frames += f->frames;
    site->bytes_in += f->bytes_in;
    site->fingerprint += dsc_sample_key(0, f->instance, f->number);
    if (f->ended) {
        if (!site->first_ended || f->ended < site->first_ended)
            site->first_ended = f->ended;
        if (f->ended > site->last_ended)
            site->last_ended = f->ended;
    }
    if (f->outcome == DSC_IGNORED)
        return st;
    dsc_site_kind(f, kind, sizeof kind);
    if (!st)
        st = dsc_tally_add(&site->modalities,
                           f->modality[0] ? f->modality : "unknown", f->outcome,
                           1, site->err);
    if (!st)
        st = dsc_tally_add(&site->devices, f->device[0] ? f->device : "unknown",
                           f->outcome, 1, site->err);
    if (!st)
        st = dsc_tally_add(&site->kinds, kind, f->outcome, 1, site->err);
    if (!st && f->reason[0]) {
        dsc_reason_kind(f->reason, kind, sizeof kind);
        st = dsc_tally_add(&site->reasons, kind, f->outcome, 1, site->err);
    }
    for (int i = 0; i < DSC_MS_COUNT; i++)
        dsc_durations_add(&site->stages[i], f->ms[i]);
    if (!st)
        st = count_boxes(site, f);
    return st ? st : count_for_sample(site, f);
}

static bool count_row(void *ctx, const dsc_site_row *row)
{
    dsc_site *site = ctx;
    dsc_site_file f;

    site->status = dsc_site_file_parse(&f, row, site->err);
    if (!site->status) {
        site->status = count_file(site, &f);
        dsc_site_file_free(&f);
    }
    return !site->status;
}

/* ---- the sample ---- */

static int by_number(const void *pa, const void *pb)
{
    const int64_t *a = pa, *b = pb;
    return (*a > *b) - (*a < *b);
}

static int by_name(const void *pa, const void *pb)
{
    const dsc_site_stratum *a = pa, *b = pb;
    return strcmp(a->name, b->name);
}

static dsc_status draw_sample(dsc_site *site)
{
    size_t n = site->stratum_count, all = 0;
    uint64_t *sizes = dsc_calloc(n + 1, sizeof *sizes);
    uint64_t *drawn = dsc_calloc(n + 1, sizeof *drawn);
    dsc_status st = DSC_OK;

    if (!sizes || !drawn) {
        st = dsc_fail(site->err, DSC_NOMEM, "out of memory");
        goto done;
    }
    dsc_sort(site->strata, n, sizeof *site->strata, by_name);
    for (size_t i = 0; i < n; i++)
        sizes[i] = site->strata[i].size;
    dsc_sample_allocate(sizes, n, site->options->sample, drawn);
    for (size_t i = 0; i < n; i++)
        all += (size_t)(site->strata[i].drawn = drawn[i]);
    site->sampled = dsc_calloc(all + 1, sizeof *site->sampled);
    if (!site->sampled) {
        st = dsc_fail(site->err, DSC_NOMEM, "out of memory");
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        dsc_draw_sort(&site->strata[i].draw);
        for (uint64_t k = 0; k < drawn[i]; k++)
            site->sampled[site->sampled_count++] =
                site->strata[i].draw.items[k].number;
    }
    dsc_sort(site->sampled, site->sampled_count, sizeof *site->sampled,
             by_number);
done:
    dsc_free(sizes);
    dsc_free(drawn);
    return st;
}

/* ---- how much a file wants a look ---- */

static void raise_doubt(dsc_site_file *f, double doubt, const char *why)
{
    if (doubt > f->doubt) {
        f->doubt = doubt;
        f->why = why;
    }
}

/* Nothing found is odd where most files of that device had text. */
static void doubt_nothing_found(const dsc_site *site, dsc_site_file *f)
{
    char kind[200];
    const dsc_tally_row *usual;
    double written, share;

    dsc_site_kind(f, kind, sizeof kind);
    usual = dsc_tally_find(&site->kinds, kind);
    if (f->outcome != DSC_CLEAN || !usual)
        return;
    written = (double)(usual->counts[DSC_CLEAN] + usual->counts[DSC_SCRUBBED]);
    share = (double)usual->counts[DSC_SCRUBBED] / written;
    if (written >= 4 && share >= 0.5)
        raise_doubt(f, 0.5 + 0.4 * share,
                    "nothing was found, but most files of this device had "
                    "text");
}

static void judge(dsc_site *site, dsc_site_file *f)
{
    f->why = "";
    if (!dsc_site_is_written(f))
        return;
    dsc_site_check_output(site, f);
    if (f->problem)
        raise_doubt(f, 1, f->problem);
    if (!f->proof.done)
        raise_doubt(f, 1, "the record holds no proof");
    else if (!f->proof.boxes_blank || !f->proof.outside_identical ||
             f->proof.residual_text > 0 || f->proof.residual_header > 0)
        raise_doubt(f, 1, "the record's proof has a failed check");
    else if (f->proof.residual_text < 0)
        raise_doubt(f, 0.6, "nobody searched the output for text");
    doubt_nothing_found(site, f);
    for (size_t i = 0; i < f->box_count; i++)
        raise_doubt(f, f->boxes[i].doubt,
                    f->boxes[i].kept ? "text was kept whose class is not sure"
                                     : "a blanked box whose class is not sure");
}

/* ---- second pass ---- */

typedef struct second {
    dsc_site *site;
    dsc_site_pages_state pages;
} second;

static void count_time(dsc_site *site, const dsc_site_file *f)
{
    int64_t span = site->last_ended - site->first_ended + 1;

    if (f->ended >= site->first_ended && f->ended <= site->last_ended &&
        f->ended)
        site->bins[(size_t)((double)(f->ended - site->first_ended) /
                            (double)span * DSC_SITE_BINS)][f->outcome]++;
}

static bool show_row(void *ctx, const dsc_site_row *row)
{
    second *s = ctx;
    dsc_site *site = s->site;
    dsc_site_file f;

    site->status = dsc_site_file_parse(&f, row, site->err);
    if (site->status)
        return false;
    f.sampled = site->sampled_count &&
                dsc_lookup(&f.number, site->sampled, site->sampled_count,
                           sizeof *site->sampled, by_number);
    count_time(site, &f);
    judge(site, &f);
    site->status = dsc_site_take_file(site, &s->pages, &f); /* takes it over */
    return !site->status;
}

static dsc_status write_pages(dsc_site *site, const dsc_site_source *source)
{
    second s = {.site = site};
    dsc_status st = dsc_site_begin_pages(site, &s.pages);

    if (!st)
        st = source->each(source->ctx, true, show_row, &s, site->err);
    if (!st)
        st = site->status;
    if (!st)
        st = dsc_site_end_pages(site, &s.pages);
    dsc_site_free_pages(&s.pages);
    return st;
}

/* ---- all of it ---- */

static void free_site(dsc_site *site)
{
    dsc_tally *tallies[] = {&site->outcomes, &site->modalities, &site->devices,
                            &site->reasons,  &site->classes,    &site->kinds};

    for (size_t i = 0; i < sizeof tallies / sizeof tallies[0]; i++)
        dsc_tally_free(tallies[i]);
    for (size_t i = 0; i < site->stratum_count; i++) {
        dsc_free(site->strata[i].name);
        dsc_draw_free(&site->strata[i].draw);
    }
    dsc_free(site->strata);
    dsc_free(site->sampled);
    dsc_free(site->studies);
}

static dsc_status write_rest(dsc_site *site)
{
    dsc_tally *tallies[] = {&site->outcomes, &site->modalities, &site->devices,
                            &site->reasons, &site->classes};
    dsc_status st = dsc_site_write_studies(site);

    for (size_t i = 0; i < sizeof tallies / sizeof tallies[0]; i++)
        dsc_tally_sort(tallies[i]);
    if (!st && site->options->sample)
        st = dsc_site_write_plan(site);
    if (!st)
        st = dsc_site_write_json(site);
    return st ? st : dsc_site_write_front(site);
}

dsc_status dsc_site_write(const dsc_site_source *source,
                          const dsc_site_options *options,
                          dsc_site_totals *totals, dsc_error *err)
{
    dsc_site *site = dsc_alloc(sizeof *site);
    dsc_status st = DSC_OK;

    *totals = (dsc_site_totals){0};
    if (!site)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    site->options = options;
    site->err = err;
    site->strata = dsc_calloc(MAX_STRATA, sizeof *site->strata);
    if (!site->strata)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    if (!st)
        st = source->each(source->ctx, false, count_row, site, err);
    if (!st)
        st = site->status;
    if (!st && !site->totals.files)
        st = dsc_fail(err, DSC_USAGE, "there is nothing to report on");
    if (!st)
        st = draw_sample(site);
    snprintf(site->id, sizeof site->id, "%016lx", (long)site->fingerprint);
    if (!st)
        st = make_site_folder(site);
    if (!st)
        st = dsc_site_write_assets(site);
    if (!st)
        st = write_pages(site, source);
    if (!st)
        st = write_rest(site);
    *totals = site->totals;
    free_site(site);
    dsc_free(site);
    return st;
}
