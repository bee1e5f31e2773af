/* SPDX-License-Identifier: Apache-2.0
 *
 * Region templates: which parts of the picture a device is known to fill with
 * identifying text.
 *
 * A mask set is the templates of one or more YAML files. A template matches an
 * instance by conditions on its header; all matching templates apply. The
 * header is asked for through a callback, so this module knows no DICOM
 * library.
 */
#ifndef DSC_MASK_MASK_H
#define DSC_MASK_MASK_H

#include "image/image.h"

typedef struct dsc_masks dsc_masks;

/* The value of an attribute at the top level by keyword
 * ("ManufacturerModelName") or, where a template says so, by tag in lower-case
 * hex ("(0019,10ab)"); all values joined by a backslash, as UTF-8, cut at
 * `size`. false when absent. Rows and Columns are never asked for: they are
 * those given to dsc_masks_match. */
typedef bool (*dsc_mask_header_fn)(void *ctx, const char *keyword, char *buf,
                                   size_t size);

/* The tag of a keyword; false if there is none of that name. NULL in place of
 * such a function: whatever looks like a keyword will do. */
typedef bool (*dsc_mask_known_fn)(const char *keyword, uint32_t *tag);

dsc_status dsc_masks_create(dsc_masks **out, dsc_mask_known_fn known,
                            dsc_error *err) DSC_WARN_UNUSED;
void dsc_masks_free(dsc_masks **masks);

/* Add one template file, or every *.yaml of a folder in name order. DSC_USAGE
 * for a malformed file; the message holds "name:line: what is wrong" (mask
 * files hold no patient data, so their names may be told). */
dsc_status dsc_masks_load(dsc_masks *masks, const char *path,
                          dsc_error *err) DSC_WARN_UNUSED;

/* Problems of one file, all of them: fn(ctx, line, message). Returns how
 * many. */
size_t dsc_masks_check_file(const char *path, dsc_mask_known_fn known,
                            void (*fn)(void *ctx, int line,
                                       const char *message),
                            void *ctx);

/* A rectangle that a template says must go. */
typedef struct dsc_mask_hit {
    const char *id; /* template id; borrowed from the set */
    dsc_rect box;   /* pixels, clipped to the image, never empty */
} dsc_mask_hit;
typedef void (*dsc_mask_hit_fn)(void *ctx, const dsc_mask_hit *hit);

/* Evaluate all templates for one instance. `keep only` templates give the
 * complement of their rectangles. Returns how many templates matched. */
size_t dsc_masks_match(const dsc_masks *masks, dsc_mask_header_fn header,
                       void *ctx, uint32_t columns, uint32_t rows,
                       dsc_mask_hit_fn fn, void *fn_ctx);

/* Everything outside the given rectangles, as rectangles that do not overlap
 * (for `keep only` templates and the Sequence of Ultrasound Regions). */
dsc_status dsc_mask_complement(const dsc_rects *keep, uint32_t columns,
                               uint32_t rows, dsc_rects *out,
                               dsc_error *err) DSC_WARN_UNUSED;

/* One template as `masks list` shows it. All borrowed. */
typedef struct dsc_mask_info {
    const char *id, *file, *description, *provenance;
    size_t conditions, regions;
    bool keep_only;
} dsc_mask_info;
size_t dsc_masks_count(const dsc_masks *masks);
void dsc_masks_info(const dsc_masks *masks, size_t index, dsc_mask_info *out);

/* ---- import ---- */

typedef enum dsc_mask_dialect {
    DSC_MASKS_CTP, /* RSNA CTP DicomPixelAnonymizer script */
    DSC_MASKS_DEID /* pydicom/deid recipe */
} dsc_mask_dialect;

/* Translate other tools' rules to our YAML. Rules that cannot be translated
 * exactly are told through `warn` with their line and left out; the import
 * fails (DSC_USAGE) only when the file as a whole is not of that dialect. */
dsc_status dsc_masks_import(dsc_buf *yaml, const char *path,
                            dsc_mask_dialect dialect, dsc_mask_known_fn known,
                            void (*warn)(void *ctx, int line,
                                         const char *message),
                            void *ctx, dsc_error *err) DSC_WARN_UNUSED;

/* libcyaml's version. */
const char *dsc_masks_library_version(void);

#endif
