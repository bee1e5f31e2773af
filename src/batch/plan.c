/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers are read by a ring of helpers: each line is written when its answer
 * is there, in the order found. */
#include "batch/plan.h"

#include "batch/manifest.h"
#include "batch/probe_priv.h"
#include "ledger/pairs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct slot {
    dsc_probe *probe;
    bool busy, asked;
    dsc_buf name;
    dsc_manifest_line line;
} slot;

typedef struct planner {
    const dsc_plan_options *options;
    dsc_plan_totals *totals;
    dsc_manifest_writer *out;
    uint64_t *sizes; /* of the shards */
    slot *slots;
    dsc_pairs *studies; /* with the shards of their patients */
    FILE *later;        /* what may belong to one of them */
} planner;

/* Of a file without a Patient ID, in `later`; then the name with its NUL. */
typedef struct waiting {
    size_t archive, relative, length;
    uint64_t study;
    uint32_t shard;
} waiting;

dsc_status dsc_plan_key_digest(const dsc_key *key, char out[17], dsc_error *err)
{
    return dsc_key_digest(key, "the key of a plan", out, err);
}

static dsc_status put(planner *p, const dsc_manifest_line *line, dsc_error *err)
{
    uint64_t *size = &p->sizes[line->shard - 1];

    if (++*size > p->totals->largest)
        p->totals->largest = *size;
    return dsc_manifest_put(p->out, line, err);
}

static dsc_status put_later(planner *p, const slot *s, uint64_t study,
                            dsc_error *err)
{
    waiting w;

    memset(&w, 0, sizeof w); /* padding too */
    w.archive = s->line.archive;
    w.relative = s->line.relative;
    w.length = s->name.len;
    w.study = study;
    w.shard = s->line.shard;
    if (fwrite(&w, sizeof w, 1, p->later) != 1 ||
        fwrite(s->name.data, 1, w.length, p->later) != w.length)
        return dsc_fail(err, DSC_IO, "a temporary file: %s", strerror(errno));
    return DSC_OK;
}

/* Write the line of what is on its way. */
static dsc_status collect(planner *p, slot *s, dsc_error *err)
{
    dsc_plan_totals *t = p->totals;
    dsc_probe_home home = {0};
    dsc_status st = DSC_OK;

    if (!s->busy)
        return DSC_OK;
    s->busy = false;
    s->line.name = (const char *)s->name.data;
    if (s->asked)
        home = dsc_probe_answer(s->probe);
    s->line.shard = home.shard;
    t->files++;
    t->told += s->line.told;
    t->by_patient += home.shard != 0;
    t->by_path += !home.shard;
    if (!home.shard)
        st = dsc_key_share(p->options->key, s->line.name, p->options->shards,
                           &s->line.shard, err);
    else if (!home.has_patient)
        return put_later(p, s, home.study, err);
    else if (home.study)
        st = dsc_pairs_put(p->studies, &home.study, sizeof home.study,
                           home.shard, err);
    return st ? st : put(p, &s->line, err);
}

/* Now that the patients of all studies are known. */
static dsc_status finish_waiting(planner *p, dsc_error *err)
{
    dsc_buf name = {0};
    waiting w;
    dsc_status st = DSC_OK;

    rewind(p->later);
    while (!st && fread(&w, sizeof w, 1, p->later) == 1) {
        dsc_manifest_line line = {.archive = w.archive, .relative = w.relative};
        uint64_t shard = w.shard;
        st = dsc_buf_resize(&name, w.length, err);
        if (!st && fread(name.data, 1, w.length, p->later) != w.length)
            st = dsc_fail(err, DSC_IO, "a temporary file was cut off");
        if (!st)
            st = dsc_pairs_get(p->studies, &w.study, sizeof w.study, &shard,
                               err);
        line.name = (const char *)name.data;
        line.shard = (uint32_t)shard;
        if (!st)
            st = put(p, &line, err);
    }
    if (!st && ferror(p->later))
        st = dsc_fail(err, DSC_IO, "a temporary file: %s", strerror(errno));
    dsc_buf_free(&name);
    return st;
}

static dsc_status begin(slot *s, const dsc_item *item, dsc_error *err)
{
    size_t n = strlen(item->name);
    dsc_status st;

    s->name.len = 0;
    st = dsc_buf_append(&s->name, item->name, n + 1, err);
    if (st)
        return st;
    s->line = (dsc_manifest_line){
        .archive = item->archive,
        .relative = n - strlen(item->relative),
        /* What failed in an archive is tried again by the batch. */
        .told = item->found == DSC_FOUND_TOLD &&
                !(item->archive && item->outcome == DSC_FAILED),
        .outcome = item->outcome,
        .reason = item->reason,
    };
    s->busy = true;
    s->asked = item->found == DSC_FOUND_FILE;
    return s->asked ? dsc_probe_ask(s->probe, item->name, item->fd, err)
                    : DSC_OK;
}

static dsc_status plan_all(planner *p, dsc_source *source, dsc_error *err)
{
    unsigned jobs = p->options->jobs;
    uint64_t n = 0;
    dsc_status st = DSC_OK;

    while (!st) {
        slot *s = &p->slots[n++ % jobs];
        dsc_item item;
        st = collect(p, s, err);
        if (!st)
            st = dsc_source_next(source, &item, err);
        if (st || !item.name)
            break;
        p->totals->unlisted += item.found == DSC_FOUND_UNLISTED;
        st = dsc_source_take(source, &item, err);
        if (!st)
            st = begin(s, &item, err);
        if (item.fd >= 0)
            close(item.fd);
    }
    for (unsigned i = 0; !st && i < jobs; i++)
        st = collect(p, &p->slots[n++ % jobs], err);
    return st ? st : finish_waiting(p, err);
}

dsc_status dsc_plan_write(const dsc_plan_options *o, dsc_plan_totals *totals,
                          dsc_error *err)
{
    planner p = {.options = o, .totals = totals};
    dsc_source *source = NULL;
    char digest[17];
    dsc_status st = dsc_plan_key_digest(o->key, digest, err);

    *totals = (dsc_plan_totals){0};
    p.sizes = dsc_calloc(o->shards, sizeof *p.sizes);
    p.slots = dsc_calloc(o->jobs, sizeof *p.slots);
    if (!st && (!p.sizes || !p.slots))
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    if (!st)
        st = dsc_pairs_open(&p.studies, err);
    if (!st && !(p.later = tmpfile()))
        st = dsc_fail(err, DSC_IO, "a temporary file: %s", strerror(errno));
    for (unsigned i = 0; !st && i < o->jobs; i++)
        st = dsc_probe_start(&p.slots[i].probe, o->key, o->shards, err);
    if (!st)
        st = dsc_source_open(&source, &o->source, err);
    if (!st)
        st = dsc_manifest_create(&p.out, o->output, o->shards, digest, err);
    if (!st)
        st = plan_all(&p, source, err);
    if (!st)
        st = dsc_manifest_finish(&p.out, err);
    dsc_manifest_abort(&p.out);
    dsc_source_close(&source);
    for (unsigned i = 0; p.slots && i < o->jobs; i++) {
        dsc_probe_stop(&p.slots[i].probe);
        dsc_buf_free(&p.slots[i].name);
    }
    if (p.later)
        fclose(p.later);
    dsc_pairs_close(&p.studies);
    dsc_free(p.slots);
    dsc_free(p.sizes);
    return st;
}
