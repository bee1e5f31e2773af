/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that stand for many. A kind is a line in the table. */
#include "batch/feeder_priv.h"
#include "batch/source_priv.h"

#include <stdio.h>
#include <string.h>

typedef struct kind {
    bool (*is)(const char *path, bool named_by_user);
    dsc_feed_body body;
    bool members; /* entries are bytes in it, not files beside it */
} kind;

static const kind kinds[] = {
    {dsc_is_archive, dsc_feed_archive, true},
    {dsc_is_dicomdir, dsc_feed_dicomdir, false},
};

struct dsc_container {
    const kind *kind;
    dsc_feeder *feeder;
    char *path;
    size_t relative; /* in `path`: where the part below the input begins */
    dsc_buf name;    /* of the entry at hand */
    int64_t size, modified; /* of it */
    bool ended;
};

dsc_status dsc_container_open(dsc_container **out, const dsc_item *item,
                              bool named_by_user,
                              const dsc_source_options *options, dsc_error *err)
{
    dsc_feed_limits limits = dsc_feed_default_limits();
    const kind *k = NULL;
    dsc_container *c;
    dsc_status st;

    *out = NULL;
    if (item->found != DSC_FOUND_FILE || item->fd >= 0)
        return DSC_OK;
    for (size_t i = 0; !k && i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].is(item->name, named_by_user))
            k = &kinds[i];
    if (!k)
        return DSC_OK;
    c = dsc_alloc(sizeof *c);
    if (!c)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    c->kind = k;
    c->path = dsc_strdup(item->name);
    c->size = item->size;
    c->modified = item->modified;
    c->relative = strlen(item->name) - strlen(item->relative);
    st = c->path
             ? dsc_feeder_start(&c->feeder, k->body, c->path, options->spill,
                                &limits, options->meanwhile, err)
             : dsc_fail(err, DSC_NOMEM, "out of memory");
    if (st)
        dsc_container_close(&c);
    *out = c;
    return st;
}

static void tell(dsc_item *item, dsc_feed_reason reason)
{
    item->found = DSC_FOUND_TOLD;
    item->outcome = dsc_feed_reason_outcome(reason);
    item->reason = dsc_feed_reason_text(reason);
}

/* "A.zip!3/name", or the file's own path beside the DICOMDIR. */
static dsc_status make_name(dsc_container *c, const char *entry, dsc_error *err)
{
    const char *slash = strrchr(c->path, '/');
    size_t folder = slash ? (size_t)(slash + 1 - c->path) : 0;
    size_t n = c->kind->members ? strlen(c->path) : folder;
    dsc_status st;

    c->name.len = 0;
    st = dsc_buf_append(&c->name, c->path, n, err);
    if (!st && c->kind->members)
        st = dsc_buf_append(&c->name, "!", 1, err);
    return st ? st : dsc_buf_append(&c->name, entry, strlen(entry) + 1, err);
}

dsc_status dsc_container_next(dsc_container *c, dsc_item *item, dsc_error *err)
{
    dsc_feed_entry e;
    dsc_status st;

    *item = (dsc_item){.fd = -1};
    if (c->ended)
        return DSC_OK;
    dsc_feeder_next(c->feeder, &e);
    item->size = e.size;
    item->modified = e.modified;
    if (!e.name) {
        c->ended = true;
        /* An archive has a row of its own: where it was broken before and is
         * whole now, that must be told, too. */
        if (e.reason == DSC_FEED_FINE && c->kind->members)
            e.reason = DSC_FEED_WHOLE;
        if (e.reason == DSC_FEED_FINE)
            return DSC_OK;
        item->name = c->path;
        item->relative = c->path + c->relative;
        item->size = c->size;
        item->modified = c->modified;
        tell(item, e.reason);
        return DSC_OK;
    }
    st = make_name(c, e.name, err);
    if (st)
        return st;
    item->name = (const char *)c->name.data;
    item->relative = item->name + c->relative;
    item->archive = c->kind->members ? strlen(c->path) : 0;
    if (e.reason != DSC_FEED_FINE)
        tell(item, e.reason);
    else
        item->found = c->kind->members ? DSC_FOUND_MEMBER : DSC_FOUND_FILE;
    return DSC_OK;
}

void dsc_container_take(dsc_container *c, dsc_item *item)
{
    dsc_feed_reason reason;

    if (item->found != DSC_FOUND_MEMBER)
        return;
    item->fd = dsc_feeder_take(c->feeder, &item->size, &reason);
    if (item->fd >= 0)
        item->found = DSC_FOUND_FILE;
    else
        tell(item, reason);
}

void dsc_container_close(dsc_container **pc)
{
    dsc_container *c = *pc;

    if (!c)
        return;
    dsc_feeder_stop(&c->feeder);
    dsc_buf_free(&c->name);
    dsc_free(c->path);
    dsc_free(c);
    *pc = NULL;
}
