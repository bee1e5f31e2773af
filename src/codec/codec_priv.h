/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the codec module: the codec objects and what they ask of each other.
 */
#ifndef DSC_CODEC_CODEC_PRIV_H
#define DSC_CODEC_CODEC_PRIV_H

#include "codec/codec.h"

extern const dsc_codec dsc_codec_raw;    /* native */
extern const dsc_codec dsc_codec_rle;    /* .5 */
extern const dsc_codec dsc_codec_jpeg;   /* .50, .51 */
extern const dsc_codec dsc_codec_jpegll; /* .57, .70 */
extern const dsc_codec dsc_codec_jpegls; /* .80, .81 */
extern const dsc_codec dsc_codec_jp2k;   /* .90, .91, .201 to .203 */

/* No decoded frame is larger than this, whatever a stream claims. */
#define DSC_CODEC_FRAME_LIMIT ((size_t)2 << 30)

/* Is `fmt` one that any codec here can meet: sizes not zero, 1 or 3 samples
 * that go with the photometric interpretation, 1, 8, 16 or 32 bits allocated,
 * bits stored and high bit inside, not over DSC_CODEC_FRAME_LIMIT? *bytes (may
 * be NULL) is the size of the decoded frame. */
dsc_status dsc_codec__check_format(size_t *bytes, const dsc_format *fmt,
                                   dsc_error *err);

/* Is `frame` whole in itself and of the size, samples and sample width that
 * `fmt` names? Encoders call it first; DSC_INTERNAL where not. */
dsc_status dsc_codec__check_frame(const dsc_frame *frame, const dsc_format *fmt,
                                  dsc_error *err);

/* Where sample `s` of the first pixel lies, in bytes, and how far it is from
 * one pixel to the next. Not for DSC_YBR422. */
void dsc_codec__sample_place(size_t *first, size_t *step, const dsc_format *fmt,
                             unsigned s);

/* 12-bit JPEG Extended, which the 8-bit libjpeg cannot read: dsc_codec_jpeg
 * hands such streams over. Same contract as dsc_codec.decode. Written back as
 * JPEG Lossless (.70) by dsc_codec_jpegll. */
dsc_status dsc_codec__jpeg12_decode(dsc_frame *out, dsc_bytes in,
                                    const dsc_format *fmt, dsc_error *err);

/* Did the stream's coding lose anything? true where that cannot be told. */
bool dsc_codec__jpegls_is_lossy(dsc_bytes frame);
bool dsc_codec__jp2k_is_lossy(dsc_bytes frame);

/* dsc_codec.asides of the JPEG and JPEG-LS, and of the JPEG 2000 codecs. */
dsc_status dsc_codec__jpeg_asides(dsc_bytes in, dsc_aside_fn fn, void *ctx,
                                  dsc_error *err);
dsc_status dsc_codec__jp2k_asides(dsc_bytes in, dsc_aside_fn fn, void *ctx,
                                  dsc_error *err);

/* Versions for dsc_codec_describe; static strings. */
const char *dsc_codec__jpeg_version(void);     /* libjpeg-turbo */
const char *dsc_codec__dcmjpeg_version(void);  /* DCMTK */
const char *dsc_codec__charls_version(void);   /* CharLS */
const char *dsc_codec__openjpeg_version(void); /* OpenJPEG */

#endif
