/* SPDX-License-Identifier: Apache-2.0
 *
 * The C face of DCMTK's dcmjpeg, private to the codec module; see
 * docs/adr/0001-dcmjpeg-in-codec.md. No state between calls, any thread.
 */
#ifndef DSC_CODEC_CODEC_DCMJPEG_H
#define DSC_CODEC_CODEC_DCMJPEG_H

#ifdef __cplusplus
# define DSC_NOEXCEPT noexcept
extern "C" {
#else
# define DSC_NOEXCEPT
#endif

#include "codec/codec.h"

/* Decode a stream whose markers have been checked by the caller into `dst`,
 * interleaved, words of 1 byte for `precision` up to 8, else 2. `lossless`:
 * SOF3, else DCT. Never converts colour. A warning of the library is
 * DSC_BADFILE. */
dsc_status dsc_codec__dcmjpeg_decode(uint8_t *dst, size_t size, dsc_bytes in,
                                     unsigned precision, bool lossless,
                                     dsc_error *err) DSC_NOEXCEPT;

/* Encode interleaved samples (bytes where `precision` is 8, else words)
 * losslessly as SOF3 with a precision of 8, 12 or 16 bit. */
dsc_status dsc_codec__dcmjpeg_encode(dsc_buf *out, const void *samples,
                                     const dsc_format *fmt, unsigned precision,
                                     unsigned predictor,
                                     dsc_error *err) DSC_NOEXCEPT;
const char *dsc_codec__dcmjpeg_version(void) DSC_NOEXCEPT; /* DCMTK */

#ifdef __cplusplus
}
#endif

#endif
