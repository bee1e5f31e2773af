/* SPDX-License-Identifier: Apache-2.0 */
#include "streams.h"

#include <criterion/criterion.h>
#include <string.h>

uint32_t stream_random(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

dsc_format stream_format(uint32_t columns, uint32_t rows, unsigned samples,
                         unsigned allocated, unsigned stored, bool is_signed)
{
    return (dsc_format){
        .columns = columns,
        .rows = rows,
        .samples = (uint16_t)samples,
        .bits_allocated = (uint16_t)allocated,
        .bits_stored = (uint16_t)stored,
        .high_bit = (uint16_t)(stored - 1),
        .is_signed = is_signed,
        .photometric = samples == 3 ? DSC_RGB : DSC_MONOCHROME2,
    };
}

static size_t place(const dsc_format *f, uint32_t x, uint32_t y, unsigned s)
{
    size_t pixel = (size_t)y * f->columns + x;
    if (f->layout == DSC_PLANAR)
        return s * (size_t)f->columns * f->rows + pixel;
    return pixel * f->samples + s;
}

static void put_word(dsc_frame *frame, size_t at, uint32_t w)
{
    size_t bytes = dsc_sample_bytes(&frame->fmt);
    if (bytes == 1)
        frame->data[at] = (uint8_t)w;
    else if (bytes == 2)
        memcpy(frame->data + 2 * at, &(uint16_t){(uint16_t)w}, 2);
    else
        memcpy(frame->data + 4 * at, &w, 4);
}

uint32_t stream_word(const dsc_frame *frame, uint32_t x, uint32_t y, unsigned s)
{
    size_t at = place(&frame->fmt, x, y, s);
    size_t bytes = dsc_sample_bytes(&frame->fmt);
    uint16_t half;
    uint32_t word;
    if (bytes == 1)
        return frame->data[at];
    if (bytes == 2) {
        memcpy(&half, frame->data + 2 * at, 2);
        return half;
    }
    memcpy(&word, frame->data + 4 * at, 4);
    return word;
}

dsc_frame stream_frame(const dsc_format *fmt, unsigned bits, uint32_t seed)
{
    dsc_frame frame = {0};
    uint32_t state = seed * 2654435761u + 1;
    uint32_t mask = bits >= 32 ? UINT32_MAX : (1u << bits) - 1;
    cr_assert_eq(dsc_frame_alloc(&frame, fmt, NULL), DSC_OK);
    for (uint32_t y = 0; y < fmt->rows; y++)
        for (uint32_t x = 0; x < fmt->columns; x++)
            for (unsigned s = 0; s < fmt->samples; s++) {
                uint32_t v = (x * 3 + y * 5 + s * 40)
                             << (bits > 8 ? bits - 8 : 0);
                v += stream_random(&state) % 7;
                if (stream_random(&state) % 31 == 0)
                    v = stream_random(&state);
                put_word(&frame, place(fmt, x, y, s), v & mask);
            }
    return frame;
}

bool stream_same(const dsc_frame *a, const dsc_frame *b)
{
    if (a->fmt.columns != b->fmt.columns || a->fmt.rows != b->fmt.rows ||
        a->fmt.samples != b->fmt.samples || a->size != b->size)
        return false;
    for (uint32_t y = 0; y < a->fmt.rows; y++)
        for (uint32_t x = 0; x < a->fmt.columns; x++)
            for (unsigned s = 0; s < a->fmt.samples; s++)
                if (stream_word(a, x, y, s) != stream_word(b, x, y, s))
                    return false;
    return true;
}

void stream_refused(const dsc_codec *codec, dsc_bytes in, const dsc_format *fmt,
                    dsc_status want, const char *what)
{
    dsc_frame frame = {0};
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = codec->decode(&frame, in, fmt, &err);
    cr_expect_eq(st, want, "%s: %s (%s)", what, dsc_status_name(st), err.msg);
    cr_expect(st == DSC_OK || err.msg[0], "%s: no message", what);
    cr_expect(st == DSC_OK || !frame.data, "%s: left a frame", what);
    dsc_frame_free(&frame);
}

unsigned stream_truncate(const dsc_codec *codec, dsc_bytes in,
                         const dsc_format *fmt)
{
    unsigned tried = 0;
    size_t step = in.len / 600 + 1;
    for (size_t n = 0; n < in.len; n += step) {
        /* an own block, so that a sanitizer sees a read past the end */
        dsc_buf cut = {0};
        dsc_frame frame = {0};
        dsc_error err = DSC_ERROR_INIT;
        cr_assert_eq(dsc_buf_append(&cut, in.data, n, NULL), DSC_OK);
        dsc_status st =
            codec->decode(&frame, (dsc_bytes){cut.data, n}, fmt, &err);
        cr_assert_neq(st, DSC_OK, "cut at %zu of %zu was accepted", n, in.len);
        cr_assert_neq(st, DSC_INTERNAL, "cut at %zu: %s", n, err.msg);
        cr_assert(err.msg[0] && !frame.data);
        dsc_frame_free(&frame);
        dsc_buf_free(&cut);
        tried++;
    }
    return tried;
}

unsigned stream_flip(const dsc_codec *codec, const char *uid, dsc_bytes in,
                     const dsc_format *fmt, unsigned times, uint32_t seed)
{
    unsigned refused = 0;
    uint32_t state = seed * 2654435761u + 1;
    size_t size;
    cr_assert(dsc_frame_bytes(fmt, &size));
    for (unsigned i = 0; i < times; i++) {
        dsc_buf bad = {0}, out = {0};
        dsc_frame frame = {0};
        dsc_error err = DSC_ERROR_INIT;
        cr_assert_eq(dsc_buf_append(&bad, in.data, in.len, NULL), DSC_OK);
        for (unsigned n = 1 + stream_random(&state) % 3; n > 0; n--) {
            /* headers are short and matter: half of the hits */
            size_t span =
                stream_random(&state) % 2 && in.len > 150 ? 150 : in.len;
            bad.data[stream_random(&state) % span] =
                (uint8_t)stream_random(&state);
        }
        dsc_bytes b = {bad.data, bad.len};
        dsc_status st = codec->decode(&frame, b, fmt, &err);
        cr_assert_neq(st, DSC_INTERNAL, "flip %u: %s", i, err.msg);
        cr_assert_eq(frame.data != NULL, st == DSC_OK);
        if (st) {
            refused++;
            cr_assert(err.msg[0]);
        } else {
            cr_assert_eq(frame.size, size);
            if (i % 8 == 0) {
                dsc_error e = DSC_ERROR_INIT;
                st = codec->encode(&out, &frame, uid, b, fmt, &e);
                cr_assert_neq(st, DSC_INTERNAL, "flip %u: %s", i, e.msg);
            }
        }
        dsc_buf_free(&out);
        dsc_frame_free(&frame);
        dsc_buf_free(&bad);
    }
    return refused;
}
