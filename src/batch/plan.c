/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers are read by a ring of helpers: each line is written when its answer
 * is there, in the order found. */
#include "batch/plan.h"

#include "batch/manifest.h"
#include "batch/probe_priv.h"

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
} planner;

dsc_status dsc_plan_key_digest(const dsc_key *key, char out[17], dsc_error *err)
{
    return dsc_key_digest(key, "the key of a plan", out, err);
}

/* Write the line of what is on its way. */
static dsc_status collect(planner *p, slot *s, dsc_error *err)
{
    dsc_plan_totals *t = p->totals;
    dsc_status st = DSC_OK;
    uint64_t *size;

    if (!s->busy)
        return DSC_OK;
    s->busy = false;
    s->line.name = (const char *)s->name.data;
    s->line.shard = s->asked ? dsc_probe_answer(s->probe) : 0;
    t->files++;
    t->told += s->line.told;
    t->by_patient += s->line.shard != 0;
    t->by_path += !s->line.shard;
    if (!s->line.shard)
        st = dsc_key_share(p->options->key, s->line.name, p->options->shards,
                           &s->line.shard, err);
    if (st)
        return st;
    size = &p->sizes[s->line.shard - 1];
    if (++*size > t->largest)
        t->largest = *size;
    return dsc_manifest_put(p->out, &s->line, err);
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
    return st;
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
    dsc_free(p.slots);
    dsc_free(p.sizes);
    return st;
}
