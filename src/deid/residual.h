/* SPDX-License-Identifier: Apache-2.0
 *
 * The residual proof: no identifying value of the source's header is left in
 * any stored byte of the output that is no picture.
 *
 * Names, IDs, institutions, devices, dates and original UIDs are turned into
 * the forms in which they may be written down (every character set that DICOM
 * knows, UTF-16, name parts in either order, dates in the usual orders) and
 * looked for all at once. What is too short or too common to mean anything
 * alone is looked for only together with the rest of its name, or at the very
 * place it came from; residual_values.c says where the line is.
 */
#ifndef DSC_DEID_RESIDUAL_H
#define DSC_DEID_RESIDUAL_H

#include "codec/codec.h"
#include "deid/deid.h"

typedef struct dsc_residual dsc_residual;

/* Attributes whose values stay on purpose, though they identify; such a value
 * is not sought elsewhere either. keeps NULL: there are none. */
typedef struct dsc_residual_scope {
    bool (*keeps)(const void *ctx, uint32_t tag, const char *vr);
    const void *ctx;
} dsc_residual_scope;
/* What the options and the overrides of a profile keep; borrows it. */
dsc_residual_scope dsc_residual_scope_of(const dsc_deid *deid);

/* Collect the values of `source`, which is not changed. DSC_LIMIT where there
 * are too many to look for. */
dsc_status dsc_residual_create(dsc_residual **out, dsc_dicom *source,
                               const dsc_residual_scope *scope,
                               dsc_error *err) DSC_WARN_UNUSED;
void dsc_residual_free(dsc_residual **residual); /* wipes */

/* Search all stored values of the output: preamble, File Meta, every level of
 * the dataset, private and encapsulated bytes, what follows the dataset. */
dsc_status dsc_residual_header(dsc_residual *residual, dsc_dicom *output,
                               dsc_error *err) DSC_WARN_UNUSED;
/* Search an encoded frame's asides (comments, application data). */
dsc_status dsc_residual_frame(dsc_residual *residual, const dsc_codec *codec,
                              dsc_bytes encoded, uint32_t frame,
                              dsc_error *err) DSC_WARN_UNUSED;

/* How many values were found so far. */
size_t dsc_residual_hits(const dsc_residual *residual);
/* Where the first was found and of what kind it is, never the value:
 * "(0010,4000) holds a name of the source's header". */
void dsc_residual_describe(const dsc_residual *residual, char *buf,
                           size_t size);
/* How many strings are looked for. */
size_t dsc_residual_size(const dsc_residual *residual);

#endif
