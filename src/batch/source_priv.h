/* SPDX-License-Identifier: Apache-2.0
 *
 * What a source is made of. */
#ifndef DSC_BATCH_SOURCE_PRIV_H
#define DSC_BATCH_SOURCE_PRIV_H

#include "batch/source.h"

/* ---- the walk over folders ---- */

typedef struct dsc_walk dsc_walk;

dsc_status dsc_walk_open(dsc_walk **out, const char *const *inputs,
                         size_t count, const char *avoid,
                         dsc_error *err) DSC_WARN_UNUSED;
/* Follow no links but those given, and tell no sizes. */
void dsc_walk_physical(dsc_walk *walk);
/* The next entry; its name is NULL at the end. */
dsc_status dsc_walk_next(dsc_walk *walk, dsc_item *item,
                         dsc_error *err) DSC_WARN_UNUSED;
void dsc_walk_close(dsc_walk **walk);

/* ---- the names in a list ---- */

typedef struct dsc_list dsc_list;

/* `path` may be "-". Names end as the first one does, with a NUL or a line
 * feed; with NULs where `nulls` says so. They are written to `tee`, too, which
 * may be NULL; it is whole when the end was seen. */
dsc_status dsc_list_open(dsc_list **out, const char *path, bool nulls,
                         const char *tee, dsc_meanwhile *meanwhile,
                         dsc_error *err) DSC_WARN_UNUSED;
/* NULL at the end. Lives until the next call. */
dsc_status dsc_list_next(dsc_list *list, const char **name,
                         dsc_error *err) DSC_WARN_UNUSED;
void dsc_list_close(dsc_list **list);

/* ---- files that stand for many: archives, DICOMDIRs ---- */

typedef struct dsc_container dsc_container;

/* *out is NULL when the item is an ordinary file. */
dsc_status dsc_container_open(dsc_container **out, const dsc_item *item,
                              bool named_by_user,
                              const dsc_source_options *options,
                              dsc_error *err) DSC_WARN_UNUSED;
/* Its name is NULL at the end. */
dsc_status dsc_container_next(dsc_container *c, dsc_item *item,
                              dsc_error *err) DSC_WARN_UNUSED;
void dsc_container_take(dsc_container *c, dsc_item *item);
void dsc_container_close(dsc_container **c);

/* ---- one shard of a plan ---- */

typedef struct dsc_shard dsc_shard;

dsc_status dsc_shard_open(dsc_shard **out, const dsc_source_options *options,
                          dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_shard_next(dsc_shard *s, dsc_item *item,
                          dsc_error *err) DSC_WARN_UNUSED;
void dsc_shard_take(dsc_shard *s, dsc_item *item);
void dsc_shard_close(dsc_shard **s);

#endif
