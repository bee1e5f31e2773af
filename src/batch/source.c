/* SPDX-License-Identifier: Apache-2.0
 *
 * The inputs of the command line first, in name order, then the lists; where an
 * item stands for many, those. */
#include "batch/post_priv.h"
#include "batch/source_priv.h"

#include <string.h>
#include <unistd.h>

struct dsc_source {
    const dsc_source_options *options;
    const char **inputs; /* without "-" */
    size_t input_count;
    dsc_walk *walk; /* over `inputs`, then over each entry of the list */
    dsc_list *list;
    bool in_list;
    dsc_container *container; /* entered, not yet at its end */
    dsc_shard *shard;         /* in place of all others */
};

static dsc_status open_list(dsc_source *s, const char *path, dsc_error *err)
{
    const dsc_source_options *o = s->options;
    bool on_stdin = !strcmp(path, "-");

    if (s->list)
        return dsc_fail(err, DSC_USAGE, "more than one list of files");
    if (on_stdin && o->replay)
        return dsc_list_open(&s->list, o->replay, true, NULL, NULL, err);
    return dsc_list_open(&s->list, path, o->null_list, on_stdin ? o->tee : NULL,
                         o->meanwhile, err);
}

dsc_status dsc_source_open(dsc_source **out, const dsc_source_options *options,
                           dsc_error *err)
{
    dsc_source *s = dsc_alloc(sizeof *s);
    dsc_status st = DSC_OK;

    *out = NULL;
    if (!s)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    s->options = options;
    s->inputs = dsc_calloc(options->input_count + 1, sizeof *s->inputs);
    if (!s->inputs)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    if (!st && options->plan && (options->input_count || options->list))
        st = dsc_fail(err, DSC_USAGE, "a plan goes with no other input");
    if (!st && options->plan)
        st = dsc_shard_open(&s->shard, options, err);
    if (!st && options->list)
        st = open_list(s, options->list, err);
    for (size_t i = 0; !st && i < options->input_count; i++) {
        if (!strcmp(options->inputs[i], "-"))
            st = open_list(s, "-", err);
        else
            s->inputs[s->input_count++] = options->inputs[i];
    }
    if (!st && s->input_count)
        st = dsc_walk_open(&s->walk, s->inputs, s->input_count, options->avoid,
                           err);
    if (st)
        dsc_source_close(&s);
    *out = s;
    return st;
}

/* An entry of a list keeps its whole path below the output. */
static const char *below_root(const char *path)
{
    for (;;) {
        while (*path == '/')
            path++;
        if (path[0] != '.' || path[1] != '/')
            return path;
        path += 2;
    }
}

static const char *below(const char *root, const char *path)
{
    size_t n = root ? strlen(root) : 0;

    return below_root(n && !strncmp(path, root, n) && path[n] == '/' ? path + n
                                                                     : path);
}

static dsc_status next_of_list(dsc_source *s, bool *found, dsc_error *err)
{
    const char *path = NULL;
    dsc_status st = dsc_list_next(s->list, &path, err);

    dsc_walk_close(&s->walk);
    *found = !st && path;
    s->in_list = true;
    return *found ? dsc_walk_open(&s->walk, &path, 1, s->options->avoid, err)
                  : st;
}

/* The next of folders and lists. */
static dsc_status next_file(dsc_source *s, dsc_item *item, dsc_error *err)
{
    bool more = true;
    dsc_status st = DSC_OK;

    *item = (dsc_item){.fd = -1};
    while (!st && more) {
        if (s->walk)
            st = dsc_walk_next(s->walk, item, err);
        if (st || item->name)
            break;
        more = false;
        if (s->list)
            st = next_of_list(s, &more, err);
    }
    if (!st && item->name && s->in_list)
        item->relative = below(s->options->root, item->name);
    return st;
}

/* A large archive may take long: what came of it is not begun any more. */
static dsc_status unless_stopped(const dsc_source *s, dsc_item *item,
                                 dsc_error *err)
{
    if (!dsc_post_is_stopped(s->options->meanwhile))
        return DSC_OK;
    if (item->fd >= 0)
        close(item->fd);
    *item = (dsc_item){.fd = -1};
    return dsc_fail(err, DSC_CANCELLED, "told to stop");
}

static dsc_status next_item(dsc_source *s, dsc_item *item, dsc_error *err)
{
    dsc_status st;

    if (s->shard)
        return dsc_shard_next(s->shard, item, err);
    for (;;) {
        if (s->container) {
            st = dsc_container_next(s->container, item, err);
            if (st || item->name)
                return st;
            dsc_container_close(&s->container);
        }
        st = next_file(s, item, err);
        if (st || !item->name)
            return st;
        st = dsc_container_open(&s->container, item,
                                item->is_input && !s->in_list, s->options, err);
        if (st || !s->container)
            return st;
    }
}

dsc_status dsc_source_next(dsc_source *s, dsc_item *item, dsc_error *err)
{
    dsc_status st = next_item(s, item, err);

    return st ? st : unless_stopped(s, item, err);
}

dsc_status dsc_source_take(dsc_source *s, dsc_item *item, dsc_error *err)
{
    if (item->found != DSC_FOUND_MEMBER)
        return DSC_OK;
    DSC_CHECK(s->container || s->shard, err);
    if (s->shard)
        dsc_shard_take(s->shard, item);
    else
        dsc_container_take(s->container, item);
    return unless_stopped(s, item, err);
}

void dsc_source_close(dsc_source **source)
{
    dsc_source *s = *source;

    if (!s)
        return;
    dsc_shard_close(&s->shard);
    dsc_container_close(&s->container);
    dsc_walk_close(&s->walk);
    dsc_list_close(&s->list);
    dsc_free(s->inputs);
    dsc_free(s);
    *source = NULL;
}
