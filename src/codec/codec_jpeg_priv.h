/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the 8-bit JPEG codec: libjpeg with its errors and warnings made
 * statuses.
 */
#ifndef DSC_CODEC_CODEC_JPEG_PRIV_H
#define DSC_CODEC_CODEC_JPEG_PRIV_H

#include "codec/codec_jpegmark.h"

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h needs it */

#include <jpeglib.h>

/* A progressive stream may repeat passes over a large image at the price of a
 * few bytes each; no encoder needs more than this. */
#define DSC_JPEG_MAX_SCANS 100u

typedef struct dsc_jpeg_error {
    struct jpeg_error_mgr mgr; /* first, so that libjpeg's pointer is ours */
    jmp_buf jump;
    dsc_status status;
    int code; /* libjpeg's */
    char msg[JMSG_LENGTH_MAX];
} dsc_jpeg_error;

struct jpeg_error_mgr *dsc_codec__jpeg_error_init(dsc_jpeg_error *e);

/* Run `fn(arg)`, in which libjpeg may bail out by way of `e`. All calls into
 * libjpeg happen inside such a function, so that no local variable of a
 * function that calls setjmp changes. */
dsc_status dsc_codec__jpeg_guard(dsc_jpeg_error *e, void (*fn)(void *arg),
                                 void *arg, dsc_error *err);

typedef struct dsc_jpeg_reader {
    struct jpeg_decompress_struct d;
    dsc_jpeg_error error;
    dsc_jpeg_marks marks;
    dsc_bytes in;
    dsc_photometric photometric; /* the dataset's */
    jvirt_barray_ptr *coefs;
} dsc_jpeg_reader;

/* Check the stream against `fmt` and read its header. The reader must be
 * closed even after a failure; start from {0}. */
dsc_status dsc_codec__jpeg_open(dsc_jpeg_reader *r, dsc_bytes in,
                                const dsc_format *fmt, dsc_error *err);
/* Then read all quantised coefficients into r->coefs. */
dsc_status dsc_codec__jpeg_read_coefs(dsc_jpeg_reader *r, dsc_error *err);
/* Row `y` of a component's blocks, to look at; inside a guard. */
static inline const JBLOCK *dsc_jpeg_block_row(dsc_jpeg_reader *r, int c,
                                               JDIMENSION y)
{
    JBLOCKARRAY rows = r->d.mem->access_virt_barray((j_common_ptr)&r->d,
                                                    r->coefs[c], y, 1, FALSE);
    return (const JBLOCK *)rows[0];
}
void dsc_codec__jpeg_close(dsc_jpeg_reader *r);

/* Where in a block the coefficients lie, in zigzag order. */
extern const uint8_t dsc_jpeg_natural[DCTSIZE2];

/* Write r->coefs as they are now into a stream like the one that was read. */
dsc_status dsc_codec__jpeg_write(dsc_buf *out, dsc_jpeg_reader *r,
                                 dsc_error *err);

/* The functions of the codec object that have files of their own. */
dsc_status dsc_codec__jpeg_clear(dsc_frame *frame, dsc_bytes in,
                                 const dsc_format *fmt, dsc_error *err);
dsc_status dsc_codec__jpeg_edit(dsc_buf *out, dsc_bytes in,
                                const dsc_format *fmt, const dsc_rects *rects,
                                const dsc_fill *fill, dsc_error *err);
dsc_status dsc_codec__jpeg_same_outside(bool *same, dsc_bytes a, dsc_bytes b,
                                        const dsc_format *fmt,
                                        const dsc_rects *rects, dsc_error *err);
dsc_status dsc_codec__jpeg_differences(dsc_rects *out, dsc_bytes a, dsc_bytes b,
                                       const dsc_format *fmt, dsc_error *err);
dsc_status dsc_codec__jpeg_is_blank(bool *blank, dsc_bytes in,
                                    const dsc_format *fmt,
                                    const dsc_rects *rects, dsc_error *err);

#endif
