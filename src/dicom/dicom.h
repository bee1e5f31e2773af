/* SPDX-License-Identifier: Apache-2.0
 *
 * One DICOM instance, read and written through DCMTK. The C face: no C++ type
 * crosses it, no exception leaves it.
 *
 * Tags are (group << 16 | element). Large values (pixel data) stay on disk
 * until they are asked for and are released again after use, so an instance
 * of many gigabytes costs little memory. Values that nobody touches are
 * written back byte for byte.
 *
 * Not thread safe: one instance, one thread. Different instances are
 * independent.
 */
#ifndef DSC_DICOM_DICOM_H
#define DSC_DICOM_DICOM_H

#include "base/file.h"
#include "image/image.h"

#define DSC_TAG(g, e) ((uint32_t)(g) << 16 | (uint32_t)(e))

typedef struct dsc_dicom dsc_dicom;

/* Limits on hostile input; dsc_dicom_default_limits() gives sane ones. */
typedef struct dsc_dicom_limits {
    uint32_t max_depth;       /* sequence nesting */
    uint64_t max_elements;    /* all levels together */
    uint64_t max_frame_bytes; /* one decoded frame */
    uint64_t max_inflated;    /* deflated dataset, bytes after inflation */
    uint32_t max_frames;
} dsc_dicom_limits;
dsc_dicom_limits dsc_dicom_default_limits(void);

/* ---- read ---- */

/* Open a Part 10 file or a bare dataset. DSC_NOTDICOM: the file is something
 * else (or empty); DSC_BADFILE: it is DICOM and broken. `limits` may be NULL.
 * The file must stay in place until the instance is freed. */
dsc_status dsc_dicom_open(dsc_dicom **out, const char *path,
                          const dsc_dicom_limits *limits,
                          dsc_error *err) DSC_WARN_UNUSED;
/* The same from memory, which must outlive the instance. */
dsc_status dsc_dicom_open_memory(dsc_dicom **out, const void *data, size_t len,
                                 const dsc_dicom_limits *limits,
                                 dsc_error *err) DSC_WARN_UNUSED;
void dsc_dicom_free(dsc_dicom **ds);

typedef enum dsc_dicom_kind {
    DSC_KIND_IMAGE,    /* has Pixel Data (7FE0,0010) at the top level */
    DSC_KIND_DICOMDIR, /* Media Storage Directory */
    DSC_KIND_OTHER     /* SR, PR, encapsulated document, float pixels ... */
} dsc_dicom_kind;
dsc_dicom_kind dsc_dicom_get_kind(const dsc_dicom *ds);

/* Transfer Syntax UID as read; borrowed. */
const char *dsc_dicom_transfer_syntax(const dsc_dicom *ds);

/* ---- attributes ---- */

bool dsc_dicom_has(const dsc_dicom *ds, uint32_t tag);
/* First value, or all values (backslash-separated), as UTF-8, trailing padding
 * removed. false when absent, empty, binary or too long for buf (buf is ""). */
bool dsc_dicom_string(const dsc_dicom *ds, uint32_t tag, char *buf,
                      size_t size);
bool dsc_dicom_strings(const dsc_dicom *ds, uint32_t tag, char *buf,
                       size_t size);
/* Value number `index` of a numeric attribute (US, SS, UL, SL, FD, FL, IS,
 * DS). */
bool dsc_dicom_number(const dsc_dicom *ds, uint32_t tag, uint32_t index,
                      double *out);
/* Tag of a keyword such as "PatientName"; false if it is not in the
 * dictionary. */
bool dsc_dicom_keyword(const char *keyword, uint32_t *tag);
/* VR of an attribute in the dictionary; "" for what is not in it, "xs" or "ox"
 * where it leaves a choice. */
void dsc_dicom_vr(uint32_t tag, char vr[3]);

/* Does a path, as a walk tells it, lead through a private element? */
bool dsc_dicom_path_is_private(const char *path);

/* One element met on a walk over all levels, top to bottom. */
typedef struct dsc_element {
    uint32_t tag;
    char vr[3];
    const char *path;    /* "(0008,1110)[0].(0008,1155)"; no values */
    const char *keyword; /* "" when not in the dictionary */
    uint32_t depth;      /* 0: top level */
    bool in_meta;        /* File Meta Information */
    const char *utf8;    /* character values, all of them, as UTF-8; numeric
                            ones printed; NULL for bulk and sequences */
    uint64_t length;     /* value length in bytes */
} dsc_element;
/* Return false from fn to stop. */
typedef bool (*dsc_element_fn)(void *ctx, const dsc_element *element);
dsc_status dsc_dicom_walk(const dsc_dicom *ds, dsc_element_fn fn, void *ctx,
                          dsc_error *err) DSC_WARN_UNUSED;

/* Bytes of a value as they are stored, in pieces. Around the new bytes
 * data[from..to) lie up to DSC_VALUE_BEFORE bytes that came before and up to
 * DSC_VALUE_AFTER that are to come. */
#define DSC_VALUE_BEFORE 2048u
#define DSC_VALUE_AFTER  64u
typedef struct dsc_value {
    uint32_t tag;   /* 0: bytes that are in no element */
    uint32_t outer; /* the top-level sequence it is in, or 0 */
    uint32_t depth;
    char vr[3]; /* as written; the dictionary's in implicit VR */
    bool in_meta;
    uint64_t length; /* of the whole value */
    const uint8_t *data;
    size_t from, to, len;
    bool first; /* a value begins with this piece */
} dsc_value;
typedef dsc_status (*dsc_value_fn)(void *ctx, const dsc_value *value,
                                   dsc_error *err);
/* Every stored byte of the file that is neither a header of an element nor
 * top-level Pixel Data: preamble, File Meta, all values at all levels, and
 * what comes after the dataset. Read afresh from the source, not from what
 * was parsed. Stops at the first status that is not DSC_OK. */
dsc_status dsc_dicom_values(dsc_dicom *ds, dsc_value_fn fn, void *ctx,
                            dsc_error *err) DSC_WARN_UNUSED;

/* Ultrasound regions (0018,6011), corners inclusive as stored, unclipped. */
typedef struct dsc_us_region {
    uint32_t x0, y0, x1, y1;
    uint16_t spatial_format, data_type;
} dsc_us_region;
/* How many there are; fills up to `max`. */
size_t dsc_dicom_us_regions(const dsc_dicom *ds, dsc_us_region *out,
                            size_t max);

/* ---- change (top level unless said otherwise) ---- */

/* Set from UTF-8, encoded in the instance's character set; made with the
 * dictionary's VR when absent. Values are backslash-separated. DSC_LIMIT: the
 * VR or the dictionary forbids such a value; DSC_UNSUPPORTED: the character
 * set lacks it, or the attribute cannot be set as text. */
dsc_status dsc_dicom_set(dsc_dicom *ds, uint32_t tag, const char *utf8,
                         dsc_error *err) DSC_WARN_UNUSED;
/* Append one more value to a multi-valued attribute (made when absent). */
dsc_status dsc_dicom_append(dsc_dicom *ds, uint32_t tag, const char *utf8,
                            dsc_error *err) DSC_WARN_UNUSED;
/* Append a Code Sequence item (0008,0100/0102/0104) unless the code is there.
 */
dsc_status dsc_dicom_append_code(dsc_dicom *ds, uint32_t sequence,
                                 const char *value, const char *scheme,
                                 const char *meaning,
                                 dsc_error *err) DSC_WARN_UNUSED;
/* Append an item to a sequence (made when absent). A value with a `sequence`
 * goes to the first item of that sequence in the new item. */
typedef struct dsc_new_value {
    uint32_t sequence; /* 0: the item itself */
    uint32_t tag;
    const char *utf8;
} dsc_new_value;
dsc_status dsc_dicom_append_item(dsc_dicom *ds, uint32_t sequence,
                                 const dsc_new_value *values, size_t count,
                                 dsc_error *err) DSC_WARN_UNUSED;
/* Remove every element at any level for which fn says so; returns how many
 * went in *removed (may be NULL). */
typedef bool (*dsc_remove_fn)(void *ctx, const dsc_element *element);
dsc_status dsc_dicom_remove_if(dsc_dicom *ds, dsc_remove_fn fn, void *ctx,
                               size_t *removed, dsc_error *err) DSC_WARN_UNUSED;

/* ---- pixels ---- */

/* The Image Pixel attributes as they are now, checked against each other and
 * the limits; errors name the tag. Frames are always read as the attributes
 * were when the file was opened, and written as they are now. */
dsc_status dsc_dicom_format(const dsc_dicom *ds, dsc_format *fmt,
                            uint32_t *frames, dsc_error *err) DSC_WARN_UNUSED;

/* The encoded bytes of a frame: all its fragments joined (encapsulated), or
 * its native samples in the machine's byte order (one-bit frames shifted so
 * that the first pixel is bit 0 of byte 0). Replaces buf's content. Frames may
 * be read in any order; ascending is fast. */
dsc_status dsc_dicom_frame(dsc_dicom *ds, uint32_t frame, dsc_buf *buf,
                           dsc_error *err) DSC_WARN_UNUSED;

/* Check without decoding that Pixel Data and frame count agree: native length
 * neither short nor long (one pad byte is fine), offset tables, fragments. */
dsc_status dsc_dicom_check_frames(dsc_dicom *ds,
                                  dsc_error *err) DSC_WARN_UNUSED;

/* Palette as 8-bit RGB (16-bit entries scaled; segmented tables expanded). */
dsc_status dsc_dicom_palette(const dsc_dicom *ds, uint8_t **rgb,
                             uint32_t *count, int32_t *first,
                             dsc_error *err) DSC_WARN_UNUSED;

/* One overlay plane (60xx). */
typedef struct dsc_overlay {
    uint16_t group; /* 0x6000 ... 0x601E */
    uint32_t rows, columns;
    int32_t origin_row, origin_column; /* 1-based as in (60xx,0050) */
    uint32_t frames, first_frame;      /* image frame origin, 1-based */
    bool embedded;                     /* in unused bits of the pixel words */
    uint16_t bit_position;
} dsc_overlay;
/* How many there are; fills up to `max`. */
size_t dsc_dicom_overlays(const dsc_dicom *ds, dsc_overlay *out, size_t max);
/* Bitmap of overlay frame `frame` (0-based) spread to one byte a pixel, 0 or
 * 1, rows x columns; not for embedded ones. */
dsc_status dsc_dicom_overlay_bits(const dsc_dicom *ds,
                                  const dsc_overlay *overlay, uint32_t frame,
                                  dsc_buf *out, dsc_error *err) DSC_WARN_UNUSED;
/* Write such a bitmap back. */
dsc_status dsc_dicom_set_overlay_bits(dsc_dicom *ds, const dsc_overlay *overlay,
                                      uint32_t frame, const dsc_buf *bits,
                                      dsc_error *err) DSC_WARN_UNUSED;

/* ---- write ---- */

/* Gives the bytes of frame `frame` for the output. Set *keep to have the
 * source's bytes (and fragments) copied as they are. */
typedef dsc_status (*dsc_frame_fn)(void *ctx, uint32_t frame, bool *keep,
                                   dsc_buf *out, dsc_error *err);

typedef struct dsc_write_options {
    const char *transfer_syntax; /* NULL: as read */
    dsc_frame_fn frame;          /* NULL: Pixel Data byte for byte as read */
    void *ctx;
    const char *implementation_class_uid;    /* file meta of the output */
    const char *implementation_version_name; /* at most 16 characters */
} dsc_write_options;

/* Write a Part 10 file: zeroed preamble, new File Meta (no source AE titles or
 * private information), dataset, pixel data frame by frame. A changed
 * encapsulated frame becomes one even-length fragment; a Basic or Extended
 * Offset Table is filled when the source had one and left empty otherwise.
 * Bytes after the dataset and Data Set Trailing Padding are dropped. Attributes
 * that describe pixels (Photometric Interpretation ...) are the caller's to
 * set. */
dsc_status dsc_dicom_write(dsc_dicom *ds, dsc_outfile *out,
                           const dsc_write_options *options,
                           dsc_error *err) DSC_WARN_UNUSED;

/* Is the Pixel Data element of both, as encoded (values, fragments, offset
 * table), the same? */
dsc_status dsc_dicom_same_pixel_data(dsc_dicom *a, dsc_dicom *b, bool *same,
                                     dsc_error *err) DSC_WARN_UNUSED;

#endif
