/* SPDX-License-Identifier: Apache-2.0
 *
 * Codecs: the encoded bytes of one frame in, samples out, and back.
 *
 * Knows no DICOM beyond Transfer Syntax UIDs as keys and the Image Pixel
 * attributes in dsc_format. A codec is one table of functions; a new one is
 * one file plus one line in codec.c. All functions are pure: no state between
 * calls, callable from several threads at once.
 *
 * Input bytes are hostile. A codec checks the stream's own size, depth and
 * component count against `fmt` before it allocates, treats a library's
 * warning about corrupt data as an error (DSC_BADFILE), and never returns a
 * partly decoded frame: after a failure the frame, or the buffer, is empty.
 */
#ifndef DSC_CODEC_CODEC_H
#define DSC_CODEC_CODEC_H

#include "image/image.h"

typedef struct dsc_bytes {
    const uint8_t *data;
    size_t len;
} dsc_bytes;

typedef struct dsc_codec dsc_codec;

typedef struct dsc_aside dsc_aside;
/* Return false to stop. */
typedef bool (*dsc_aside_fn)(void *ctx, const dsc_aside *aside);

struct dsc_codec {
    const char *name; /* "raw", "rle", "jpeg", ... */
    bool encapsulated;

    /* Decode one frame. `fmt` is the dataset's; frame->fmt tells what came
     * out (see dsc_frame). */
    dsc_status (*decode)(dsc_frame *out, dsc_bytes in, const dsc_format *fmt,
                         dsc_error *err);

    /* Optional: make a decoded frame clearer for looking for text in it: of
     * the pictures that a lossy stream may stand for, one whose colour has
     * edges. A frame of another kind is left as it is; a broken stream is an
     * error, even one that decode takes. NULL: there is nothing to clear. */
    dsc_status (*clear)(dsc_frame *frame, dsc_bytes in, const dsc_format *fmt,
                        dsc_error *err);

    /* Encode one frame without loss so that decode gives these very samples
     * again. `uid` is the transfer syntax to write, `like` the frame's old
     * encoded bytes (may be empty): the encoder keeps what it can of its
     * parameters (precision, photometric kind, tiling). `fmt` is the
     * dataset's format. */
    dsc_status (*encode)(dsc_buf *out, const dsc_frame *frame, const char *uid,
                         dsc_bytes like, const dsc_format *fmt, dsc_error *err);

    /* Optional: blank rectangles inside the encoded frame and keep the rest
     * of the stream's information as it is: for JPEG every DCT coefficient
     * that is of no pixel inside, for tiled JPEG 2000 every other tile's bytes.
     * `rects` are already grown to cell() or parts(): what a rectangle holds
     * only a piece of goes whole. NULL: the caller decodes, fills and encodes.
     * DSC_UNSUPPORTED from it means the same for this stream. */
    dsc_status (*edit)(dsc_buf *out, dsc_bytes in, const dsc_format *fmt,
                       const dsc_rects *rects, const dsc_fill *fill,
                       dsc_error *err);

    /* Goes with edit: width and height in pixels of the units that edit
     * changes as a whole (a JPEG MCU); 1 x 1 where edit is exact. */
    dsc_status (*cell)(uint32_t *w, uint32_t *h, dsc_bytes in,
                       const dsc_format *fmt, dsc_error *err);

    /* Optional, goes with cell: may less than a cell be changed? `cells` has
     * the size of the picture, cell()'s w and h, and room in `whole`. Sets the
     * parts' size, and in `whole` the cells whose parts share something that
     * this stream stores (the colour of a JPEG MCU, unless there is none);
     * all, where there are no parts or the cell is another. Others are left
     * alone, so that frames can be asked in turn. */
    dsc_status (*parts)(dsc_cells *cells, dsc_bytes in, const dsc_format *fmt,
                        dsc_error *err);

    /* Optional, for streams where samples next to a box may change though
     * nothing stored outside did (chroma upsampling): is everything the
     * stream stores outside the rectangles the same in both? NULL: compare
     * samples. *same is set only on DSC_OK. */
    dsc_status (*same_outside)(bool *same, dsc_bytes a, dsc_bytes b,
                               const dsc_format *fmt, const dsc_rects *rects,
                               dsc_error *err);

    /* Goes with same_outside: where the two differ, in whole blocks. Streams
     * that cannot be compared are DSC_UNPROVEN. */
    dsc_status (*differences)(dsc_rects *out, dsc_bytes a, dsc_bytes b,
                              const dsc_format *fmt, dsc_error *err);

    /* Optional, goes with same_outside: does nothing of which a pixel lies in
     * the rectangles hold anything but the blank value? With one component any
     * level will do, as long as it is one: which is black the frame says. NULL:
     * compare samples. */
    dsc_status (*is_blank)(bool *blank, dsc_bytes in, const dsc_format *fmt,
                           const dsc_rects *rects, dsc_error *err);

    /* Optional: the transfer syntax that a frame must be written in once it
     * is changed, where that differs from `uid` (12-bit lossy JPEG, HTJ2K).
     * NULL: the same. */
    const char *(*rewrite_uid)(const char *uid, dsc_bytes first_frame);

    /* Optional: the Photometric Interpretation of streams that encode makes
     * of such samples where there is no old one to follow. NULL: the same. */
    dsc_photometric (*label)(dsc_photometric samples);

    /* Optional: the parts of an encoded frame that are neither picture nor
     * needed to decode it. NULL: there are none. */
    dsc_status (*asides)(dsc_bytes in, dsc_aside_fn fn, void *ctx,
                         dsc_error *err);
};

/* ---- asides: comments and application data inside encoded frames ---- */

/* A run of bytes that no decoder turns into samples: the text of a JPEG
 * comment, Exif data, a thumbnail, bytes after the end of the image. */
struct dsc_aside {
    size_t offset, length;
    bool needed;  /* a decoder may read it (JFIF, Adobe, ICC profile, the name
                     of a known encoder): it stays and is only searched */
    uint8_t fill; /* what it is overwritten with otherwise */
};

/* Overwrite all asides that are not needed, in place: no length changes, no
 * byte of the picture does. *changed (may be NULL) is set where that changed
 * something and left alone otherwise. */
dsc_status dsc_codec_blank_asides(const dsc_codec *codec, dsc_buf *frame,
                                  bool *changed,
                                  dsc_error *err) DSC_WARN_UNUSED;

/* The codec of a transfer syntax; NULL where it cannot be handled. A UID may
 * carry trailing NULs or spaces. */
const dsc_codec *dsc_codec_for(const char *uid);

/* Why a transfer syntax cannot be handled ("MPEG2 video", "JPIP reference"),
 * or NULL where it can. Never NULL for an unknown one. */
const char *dsc_codec_refusal(const char *uid);

/* Name of a known transfer syntax, else NULL. */
const char *dsc_transfer_syntax_name(const char *uid);

/* Is loss in the nature of this syntax as `first_frame` uses it? (For
 * .91 and .203 the stream says, not the UID.) */
bool dsc_codec_is_lossy(const char *uid, dsc_bytes first_frame);

/* Can --transfer-syntax write it (lossless targets only)? */
bool dsc_codec_can_encode(const char *uid);

/* Names and versions of the libraries in use: fn("libjpeg-turbo", "2.1.5"). */
void dsc_codec_describe(void (*fn)(void *ctx, const char *library,
                                   const char *version),
                        void *ctx);

#endif
