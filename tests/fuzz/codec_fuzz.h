/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fuzz targets of codecs share: 16 bytes say what the dataset claims
 * and what to blank, the rest is the encoded frame. Whatever decodes must
 * come back from the encoder sample by sample.
 */
#ifndef DSC_TESTS_FUZZ_CODEC_FUZZ_H
#define DSC_TESTS_FUZZ_CODEC_FUZZ_H

#include "codec/codec_priv.h"

#include <stdlib.h>
#include <string.h>

enum {
    FUZZ_HEADER = 16,
    FUZZ_MAX_PIXELS = 1 << 16, /* larger ones only make the search slow */
};

typedef struct fuzz_input {
    dsc_format fmt;
    dsc_rect rect;
    dsc_bytes stream;
} fuzz_input;

static inline bool fuzz_split(fuzz_input *in, const uint8_t *p, size_t n)
{
    static const uint16_t allocated[] = {8, 16, 32, 1};
    if (n < FUZZ_HEADER)
        return false;
    in->fmt = (dsc_format){
        .columns = p[0] | (uint32_t)p[1] << 8,
        .rows = p[2] | (uint32_t)p[3] << 8,
        .samples = p[4] & 1 ? 3 : 1,
        .bits_allocated = allocated[p[5] & 3],
        .bits_stored = p[6],
        .high_bit = p[7],
        .is_signed = (p[8] & 1) != 0,
        .layout = p[8] & 2 ? DSC_PLANAR : DSC_INTERLEAVED,
        .photometric = (dsc_photometric)(p[9] % DSC_PHOTOMETRIC_COUNT),
    };
    in->rect = (dsc_rect){p[10], p[11], p[12], p[13]};
    in->stream = (dsc_bytes){p + FUZZ_HEADER, n - FUZZ_HEADER};
    return in->fmt.columns * (uint64_t)in->fmt.rows <= FUZZ_MAX_PIXELS;
}

static inline void fuzz_must(bool ok)
{
    if (!ok)
        abort();
}

static inline void fuzz_encode(const dsc_codec *codec, const dsc_frame *frame,
                               const fuzz_input *in, const char *uid)
{
    dsc_buf out = {0};
    dsc_frame again = {0};
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = codec->encode(&out, frame, uid, in->stream, &in->fmt, &err);
    fuzz_must(st != DSC_INTERNAL);
    fuzz_must(st == DSC_OK || err.msg[0]);
    if (st == DSC_OK) {
        st = codec->decode(&again, (dsc_bytes){out.data, out.len}, &in->fmt,
                           &err);
        fuzz_must(st == DSC_OK && again.size == frame->size &&
                  again.fmt.layout == frame->fmt.layout &&
                  memcmp(again.data, frame->data, frame->size) == 0);
    }
    dsc_frame_free(&again);
    dsc_buf_free(&out);
}

static inline void fuzz_edit(const dsc_codec *codec, const fuzz_input *in)
{
    dsc_buf out = {0};
    dsc_rects rects = {0};
    dsc_fill fill = {{0, 0, 0}};
    dsc_error err = DSC_ERROR_INIT;
    if (dsc_rects_add(&rects, in->rect, NULL) == DSC_OK) {
        dsc_status st =
            codec->edit(&out, in->stream, &in->fmt, &rects, &fill, &err);
        fuzz_must(st != DSC_INTERNAL && (st == DSC_OK) == (out.len > 0));
    }
    dsc_rects_free(&rects);
    dsc_buf_free(&out);
}

/* The whole of a target: `uid` is what is written. */
static inline int fuzz_codec(const dsc_codec *codec, const char *uid,
                             const uint8_t *data, size_t size)
{
    fuzz_input in;
    dsc_frame frame = {0};
    dsc_error err = DSC_ERROR_INIT;
    if (!fuzz_split(&in, data, size))
        return 0;
    dsc_status st = codec->decode(&frame, in.stream, &in.fmt, &err);
    fuzz_must((st == DSC_OK) == (frame.data != NULL));
    fuzz_must(st == DSC_OK || (err.msg[0] && st != DSC_INTERNAL));
    if (st == DSC_OK)
        fuzz_encode(codec, &frame, &in, uid);
    if (codec->edit)
        fuzz_edit(codec, &in);
    dsc_frame_free(&frame);
    return 0;
}

#endif
