/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the dicom module.
 *
 * Three parts work together:
 *  - the scanner (C, no recursion) walks the whole structure of the file first,
 *    refuses what is broken or over a limit, and finds Pixel Data;
 *  - DCMTK then gets the dataset without the value of Pixel Data, so that it
 *    never sees a structure that could make it recurse too deep or allocate
 *    too much;
 *  - frames are read from, and written beside, DCMTK: straight from the source.
 */
#ifndef DSC_DICOM_DICOM_PRIV_H
#define DSC_DICOM_DICOM_PRIV_H

#include "dicom/dicom.h"

#ifdef __cplusplus
# define DSC_NOEXCEPT noexcept
#else
# define DSC_NOEXCEPT
#endif

#define TAG_ITEM       DSC_TAG(0xFFFE, 0xE000)
#define TAG_ITEM_END   DSC_TAG(0xFFFE, 0xE00D)
#define TAG_SEQ_END    DSC_TAG(0xFFFE, 0xE0DD)
#define TAG_PIXELS     DSC_TAG(0x7FE0, 0x0010)
#define TAG_EOT        DSC_TAG(0x7FE0, 0x0001)
#define TAG_EOT_LENGTH DSC_TAG(0x7FE0, 0x0002)
#define TAG_PADDING    DSC_TAG(0xFFFC, 0xFFFC)
#define UNDEFINED      0xFFFFFFFFu

#define UID_IMPLICIT_LE "1.2.840.10008.1.2"
#define UID_EXPLICIT_LE "1.2.840.10008.1.2.1"
#define UID_DEFLATED    "1.2.840.10008.1.2.1.99"
#define UID_EXPLICIT_BE "1.2.840.10008.1.2.2"

/* ---- source: random access to bytes in memory or in a file ---- */

typedef struct dsc_source {
    const uint8_t *mem; /* NULL: use fd */
    uint8_t *owned;     /* mem, when it is ours to free */
    int fd;
    uint64_t size;
} dsc_source;

dsc_status dsc_dicom__source_open(dsc_source *s, const char *path,
                                  dsc_error *err) DSC_WARN_UNUSED;
void dsc_dicom__source_memory(dsc_source *s, const void *data, size_t len);
void dsc_dicom__source_close(dsc_source *s);
dsc_status dsc_dicom__source_read(const dsc_source *s, uint64_t offset,
                                  void *buf, size_t n,
                                  dsc_error *err) DSC_WARN_UNUSED;
/* Inflate in[offset..end) (raw deflate) to a new source: memory while small,
 * an unlinked temporary file beyond that. */
dsc_status dsc_dicom__inflate(dsc_source *out, const dsc_source *in,
                              uint64_t offset, uint64_t limit,
                              dsc_error *err) DSC_WARN_UNUSED;

/* ---- scan ---- */

typedef struct dsc_encoding {
    bool explicit_vr;
    bool big_endian;
} dsc_encoding;

typedef struct dsc_fragment {
    uint64_t offset; /* of the value in the source */
    uint32_t length;
} dsc_fragment;

typedef struct dsc_scan {
    uint64_t begin, end;      /* dataset bytes; what lies beyond is dropped */
    uint64_t elements;        /* all levels, File Meta not counted */
    bool has_pixels;          /* top-level Pixel Data */
    bool encapsulated;        /* ... of undefined length */
    bool nested_encapsulated; /* an encapsulated Pixel Data in a sequence */
    char pixel_vr[3];
    uint64_t pixel_header;   /* offset of its tag */
    uint64_t pixel_value;    /* of its value, or of the first item */
    uint64_t pixel_length;   /* value bytes without the closing delimiter */
    uint64_t pixel_end;      /* first byte after the element */
    dsc_fragment table;      /* Basic Offset Table item */
    dsc_fragment *fragments; /* without the table */
    size_t fragment_count, fragment_cap;
} dsc_scan;

/* Walk the dataset in [begin, source size). */
dsc_status dsc_dicom__scan(dsc_scan *scan, const dsc_source *src,
                           uint64_t begin, dsc_encoding enc,
                           const dsc_dicom_limits *limits,
                           dsc_error *err) DSC_WARN_UNUSED;
void dsc_dicom__scan_free(dsc_scan *scan);
/* Is a value whose VR nobody wrote taken for a sequence: items in implicit VR
 * little endian (PS3.5 6.2.2) and nothing else? The scanner and DCMTK's side
 * both ask here. */
dsc_status dsc_dicom__holds_items(const uint8_t *data, size_t len,
                                  const dsc_dicom_limits *limits, bool *out,
                                  dsc_error *err) DSC_WARN_UNUSED;

/* Where a value lies in the source. */
typedef struct dsc_place {
    uint32_t tag;
    uint32_t outer; /* the top-level sequence it is in, or 0 */
    uint32_t depth;
    char vr[3]; /* as written; the dictionary's in implicit VR */
    uint64_t offset;
    uint32_t length;
} dsc_place;
typedef dsc_status (*dsc_place_fn)(void *ctx, const dsc_place *place,
                                   dsc_error *err);
/* The same walk, told of every value that is no sequence; not of the
 * fragments of the top-level Pixel Data. */
dsc_status dsc_dicom__scan_places(dsc_scan *scan, const dsc_source *src,
                                  uint64_t begin, dsc_encoding enc,
                                  const dsc_dicom_limits *limits,
                                  dsc_place_fn place, void *ctx,
                                  dsc_error *err) DSC_WARN_UNUSED;

/* One element header. */
typedef struct dsc_header {
    uint32_t tag;
    char vr[3];      /* "" in implicit VR and for items */
    uint32_t length; /* may be UNDEFINED */
    uint32_t size;   /* bytes of the header itself */
} dsc_header;
/* Parse the header in p[0..n). false where n is too small or the VR is none;
 * tag is set in the second case. */
bool dsc_dicom__header(dsc_header *h, const uint8_t *p, size_t n,
                       dsc_encoding enc);
bool dsc_dicom__known_vr(const char *vr);
bool dsc_dicom__long_form(const char *vr);

/* What the start of the file says. */
typedef struct dsc_preface {
    bool part10; /* "DICM" is where it belongs */
    uint64_t meta_begin, meta_end;
    bool meta_implicit; /* File Meta in implicit VR: wrong but seen */
    char transfer_syntax[72];
} dsc_preface;
dsc_status dsc_dicom__preface(dsc_preface *out, const dsc_source *src,
                              dsc_error *err) DSC_WARN_UNUSED;
/* Guess how the dataset at `offset` is encoded; false if it looks like none. */
bool dsc_dicom__guess(const dsc_source *src, uint64_t offset,
                      dsc_encoding *enc);

/* ---- instance ---- */

typedef struct dsc_tree dsc_tree; /* DCMTK objects */

struct dsc_dicom {
    dsc_source file;   /* as given */
    dsc_source source; /* of the dataset: file, or its inflated bytes */
    bool inflated;
    dsc_preface preface;
    dsc_encoding encoding;
    dsc_dicom_limits limits;
    dsc_scan scan;
    dsc_dicom_kind kind;
    dsc_tree *tree;
    /* the format as read, for frames are read with it whatever is set later */
    dsc_format format;
    uint32_t frames;
    dsc_error format_error;
    /* first fragment of each frame, plus the end; built on demand */
    uint32_t *frame_map;
};

bool dsc_dicom__is_native(const char *uid);
bool dsc_dicom__is_video(const char *uid);

/* ---- DCMTK side (the *_shim.cc files) ---- */

dsc_status dsc_dicom__tree_parse(dsc_tree **out, const char *transfer_syntax,
                                 dsc_encoding enc, const uint8_t *meta,
                                 size_t meta_len, bool meta_implicit,
                                 const uint8_t *data, size_t len,
                                 uint64_t expected_elements,
                                 const dsc_dicom_limits *limits,
                                 dsc_error *err) DSC_NOEXCEPT DSC_WARN_UNUSED;
void dsc_dicom__tree_free(dsc_tree **tree) DSC_NOEXCEPT;
/* VR of the dictionary ("" if unknown); `creator` may be NULL. */
void dsc_dicom__dictionary_vr(uint32_t tag, const char *creator,
                              char vr[3]) DSC_NOEXCEPT;
bool dsc_dicom__dictionary_tag(const char *keyword, uint32_t *tag) DSC_NOEXCEPT;

bool dsc_dicom__tree_has(const dsc_tree *t, uint32_t tag) DSC_NOEXCEPT;
bool dsc_dicom__tree_text(const dsc_tree *t, uint32_t tag, bool all, char *buf,
                          size_t size) DSC_NOEXCEPT;
/* sequence 0: a top-level attribute, else one of item `item`. */
bool dsc_dicom__tree_number(const dsc_tree *t, uint32_t sequence, uint32_t item,
                            uint32_t tag, uint32_t index,
                            double *out) DSC_NOEXCEPT;
size_t dsc_dicom__tree_items(const dsc_tree *t, uint32_t sequence) DSC_NOEXCEPT;
/* Value bytes in little endian order; false when absent. */
dsc_status dsc_dicom__tree_raw(const dsc_tree *t, uint32_t tag, dsc_buf *out,
                               bool *present,
                               dsc_error *err) DSC_NOEXCEPT DSC_WARN_UNUSED;
/* Overwrite part of an OB or OW value. */
dsc_status dsc_dicom__tree_patch(dsc_tree *t, uint32_t tag,
                                 const dsc_buf *value,
                                 dsc_error *err) DSC_NOEXCEPT DSC_WARN_UNUSED;
dsc_status dsc_dicom__tree_set(dsc_tree *t, uint32_t tag, const char *utf8,
                               bool append,
                               dsc_error *err) DSC_NOEXCEPT DSC_WARN_UNUSED;
dsc_status
dsc_dicom__tree_append_code(dsc_tree *t, uint32_t sequence, const char *value,
                            const char *scheme, const char *meaning,
                            dsc_error *err) DSC_NOEXCEPT DSC_WARN_UNUSED;
dsc_status
dsc_dicom__tree_append_item(dsc_tree *t, uint32_t sequence,
                            const dsc_new_value *values, size_t count,
                            dsc_error *err) DSC_NOEXCEPT DSC_WARN_UNUSED;
dsc_status dsc_dicom__tree_walk(const dsc_dicom *ds, dsc_element_fn fn,
                                void *ctx,
                                dsc_error *err) DSC_NOEXCEPT DSC_WARN_UNUSED;
dsc_status dsc_dicom__tree_remove_if(dsc_dicom *ds, dsc_remove_fn fn, void *ctx,
                                     size_t *removed, dsc_error *err)
    DSC_NOEXCEPT DSC_WARN_UNUSED;

/* Text with ISO 2022 code extensions, appended to utf8; false: not valid. */
bool dsc_dicom__iso2022(const char *charset, const char *p, size_t n,
                        dsc_buf *utf8);

/* Takes the encoded bytes, in order. */
typedef dsc_status (*dsc_sink_fn)(void *ctx, const void *data, size_t n,
                                  dsc_error *err);
/* Encode the top-level elements with first <= tag < last, without group
 * lengths, Pixel Data and Data Set Trailing Padding. */
dsc_status dsc_dicom__tree_emit(const dsc_tree *t, uint32_t first,
                                uint32_t last, const char *transfer_syntax,
                                dsc_sink_fn sink, void *ctx,
                                dsc_error *err) DSC_NOEXCEPT DSC_WARN_UNUSED;

/* ---- pixels ---- */

/* Check the format's attributes as they are now; some go only with, or
 * without, a native transfer syntax. */
dsc_status dsc_dicom__read_format(const dsc_dicom *ds, bool native,
                                  dsc_format *fmt, uint32_t *frames,
                                  dsc_error *err) DSC_WARN_UNUSED;
/* Bits of one native frame. */
bool dsc_dicom__frame_bits(const dsc_format *fmt, uint64_t *bits);
dsc_status dsc_dicom__map_frames(dsc_dicom *ds, dsc_error *err) DSC_WARN_UNUSED;
static inline uint16_t dsc_dicom__u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}
static inline uint32_t dsc_dicom__u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

#endif
