/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames and broken streams for the tests of the codecs.
 */
#ifndef DSC_TESTS_CODEC_STREAMS_H
#define DSC_TESTS_CODEC_STREAMS_H

#include "codec/codec.h"

/* A small deterministic generator (xorshift). */
uint32_t stream_random(uint32_t *state);

/* A format whose bits stored are the lowest of the word. */
dsc_format stream_format(uint32_t columns, uint32_t rows, unsigned samples,
                         unsigned allocated, unsigned stored, bool is_signed);

/* Gradients with noise, in `bits` bits of each word. Free it. */
dsc_frame stream_frame(const dsc_format *fmt, unsigned bits, uint32_t seed);

/* The word at a place, whatever the layout. */
uint32_t stream_word(const dsc_frame *frame, uint32_t x, uint32_t y,
                     unsigned sample);

/* Same size, samples and words, layouts apart. */
bool stream_same(const dsc_frame *a, const dsc_frame *b);

/* Every proper prefix (thinned out for long streams) must be refused with a
 * message and leave no data behind. Returns how many were tried. */
unsigned stream_truncate(const dsc_codec *codec, dsc_bytes in,
                         const dsc_format *fmt);

/* `times` copies with 1 to 3 bytes changed: refused, or decoded to a frame of
 * the right size; as `like` of the encoder they must not spoil the result.
 * Returns how many were refused. */
unsigned stream_flip(const dsc_codec *codec, const char *uid, dsc_bytes in,
                     const dsc_format *fmt, unsigned times, uint32_t seed);

/* decode() must give `want`, with a message, and no data. */
void stream_refused(const dsc_codec *codec, dsc_bytes in, const dsc_format *fmt,
                    dsc_status want, const char *what);

#endif
