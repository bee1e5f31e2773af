/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines of one shard of a manifest. Members of an archive come in the order
 * of the archive, so one pass over it serves them all, or two. */
#include "batch/manifest.h"
#include "batch/source_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct dsc_shard {
    dsc_manifest *manifest;
    uint32_t shard;
    const dsc_source_options *options;
    dsc_container *container; /* of the archive that the last line was in */
    char *archive;            /* its path */
    unsigned rewinds;         /* of it */
};

#define MAX_REWINDS 3u /* where it has changed nothing helps */

dsc_status dsc_shard_open(dsc_shard **out, const dsc_source_options *o,
                          dsc_error *err)
{
    dsc_shard *s = dsc_alloc(sizeof *s);
    dsc_status st;

    *out = NULL;
    if (!s)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    s->shard = o->shard;
    s->options = o;
    st = dsc_manifest_open(&s->manifest, o->plan, err);
    if (!st && dsc_manifest_shards(s->manifest) != o->shards)
        st = dsc_fail(err, DSC_USAGE, "the plan is one of %u shards, not %u",
                      dsc_manifest_shards(s->manifest), o->shards);
    if (!st && (!o->shard || o->shard > o->shards))
        st = dsc_fail(err, DSC_USAGE, "there is no shard %u of %u", o->shard,
                      o->shards);
    if (!st && o->plan_key &&
        strcmp(o->plan_key, dsc_manifest_key(s->manifest)))
        st = dsc_fail(err, DSC_USAGE, "the plan was made with another key");
    if (st)
        dsc_shard_close(&s);
    *out = s;
    return st;
}

static void look(dsc_item *item)
{
    struct stat sb;

    if (stat(item->name, &sb)) {
        item->found = DSC_FOUND_UNREADABLE;
    } else if (S_ISREG(sb.st_mode)) {
        item->found = DSC_FOUND_FILE;
        item->size = sb.st_size;
        item->modified =
            (int64_t)sb.st_mtim.tv_sec * 1000000000 + sb.st_mtim.tv_nsec;
    } else {
        item->found =
            S_ISDIR(sb.st_mode) ? DSC_FOUND_UNLISTED : DSC_FOUND_SPECIAL;
    }
}

static void close_archive(dsc_shard *s)
{
    dsc_container_close(&s->container);
    dsc_free(s->archive);
    s->archive = NULL;
    s->rewinds = 0;
}

/* The container of this member's archive, opened afresh when it is another one
 * than before; NULL where there is no such archive any more. */
static dsc_status enter_archive(dsc_shard *s, const dsc_manifest_line *line,
                                dsc_error *err)
{
    dsc_item file = {.fd = -1};
    dsc_status st;

    if (s->archive && strlen(s->archive) == line->archive &&
        !strncmp(s->archive, line->name, line->archive))
        return DSC_OK;
    if (s->archive)
        close_archive(s);
    s->archive = dsc_strdup(line->name);
    if (!s->archive)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    s->archive[line->archive] = '\0';
    file.name = file.relative = s->archive;
    look(&file);
    st = dsc_container_open(&s->container, &file, true, s->options, err);
    return st;
}

/* *found: `item` is the member; else the archive is at its end. */
static dsc_status look_for(dsc_shard *s, const dsc_manifest_line *line,
                           dsc_item *item, bool *found, dsc_error *err)
{
    dsc_item at = {.fd = -1};
    dsc_status st = enter_archive(s, line, err);

    *found = false;
    while (!st && s->container) {
        st = dsc_container_next(s->container, &at, err);
        if (st || !at.name)
            break;
        if (!strcmp(at.name, line->name)) {
            const char *name = item->name, *relative = item->relative;
            *item = at;
            item->name = name;
            item->relative = relative;
            *found = true;
            return DSC_OK;
        }
    }
    return st;
}

static dsc_status find_member(dsc_shard *s, const dsc_manifest_line *line,
                              dsc_item *item, dsc_error *err)
{
    bool found = false;
    dsc_status st = look_for(s, line, item, &found, err);

    /* Files without a Patient ID come behind the others: from the start. */
    if (!st && !found && s->container && s->rewinds < MAX_REWINDS) {
        unsigned rewinds = s->rewinds + 1;
        close_archive(s);
        s->rewinds = rewinds;
        st = look_for(s, line, item, &found, err);
    }
    if (st || found)
        return st;
    item->found = DSC_FOUND_TOLD;
    item->outcome = DSC_FAILED;
    item->reason = "not in the archive any more";
    return DSC_OK;
}

dsc_status dsc_shard_next(dsc_shard *s, dsc_item *item, dsc_error *err)
{
    dsc_manifest_line line;
    dsc_status st;

    *item = (dsc_item){.fd = -1};
    do
        st = dsc_manifest_next(s->manifest, &line, err);
    while (!st && line.name && line.shard != s->shard);
    if (st || !line.name)
        return st;
    item->name = line.name;
    item->relative = line.name + line.relative;
    item->archive = line.archive;
    if (line.told) {
        item->found = DSC_FOUND_TOLD;
        item->outcome = line.outcome;
        item->reason = line.reason;
    } else if (line.archive) {
        return find_member(s, &line, item, err);
    } else {
        look(item);
    }
    return DSC_OK;
}

void dsc_shard_take(dsc_shard *s, dsc_item *item)
{
    if (s->container)
        dsc_container_take(s->container, item);
}

void dsc_shard_close(dsc_shard **ps)
{
    dsc_shard *s = *ps;

    if (!s)
        return;
    close_archive(s);
    dsc_manifest_close(&s->manifest);
    dsc_free(s);
    *ps = NULL;
}
