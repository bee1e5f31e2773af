/* SPDX-License-Identifier: Apache-2.0
 *
 * RLE of one-bit pixels, which come as a byte a pixel or eight to the byte. */
#include "codec/codec.h"
#include "streams.h"

#include <criterion/criterion.h>
#include <string.h>

#define UID "1.2.840.10008.1.2.5"

static const dsc_codec *rle(void)
{
    return dsc_codec_for(UID);
}

static dsc_status decode(dsc_frame *out, const dsc_format *fmt,
                         const char *segment, size_t n)
{
    uint8_t bytes[64 + 64] = {1, 0, 0, 0, 64};
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st;

    cr_assert_leq(n, 64);
    memcpy(bytes + 64, segment, n);
    st = rle()->decode(out, (dsc_bytes){bytes, 64 + n}, fmt, &err);
    cr_assert_eq(st == DSC_OK, out->data != NULL);
    return st;
}

/* 5 x 3: #.#.# / .#.#. / ##### */
static const uint8_t picture[15] = {1, 0, 1, 0, 1, 0, 1, 0,
                                    1, 0, 1, 1, 1, 1, 1};
static const char spread[] = "\x09\1\0\1\0\1\0\1\0\1\0\xFC\1"; /* G.2 */
static const char packed[] = "\x01\x55\x7D";

Test(rle_bits, both_ways_of_storing)
{
    dsc_format f = stream_format(5, 3, 1, 1, 1, false);
    dsc_frame frame = {0};

    cr_assert_eq(decode(&frame, &f, spread, sizeof spread - 1), DSC_OK);
    cr_assert_eq(frame.size, 15);
    cr_assert_arr_eq(frame.data, picture, 15);
    cr_assert_eq(decode(&frame, &f, packed, sizeof packed - 1), DSC_OK);
    cr_assert_eq(frame.size, 15);
    cr_assert_arr_eq(frame.data, picture, 15);
    dsc_frame_free(&frame);
}

Test(rle_bits, bad_segments)
{
    static const struct {
        const char *data;
        size_t n;
    } cases[] = {
        {"\xF2\2", 2},       /* 15 pixels of value 2 */
        {"\xF3\1", 2},       /* 14 pixels */
        {"\xF1\1", 2},       /* 16 pixels */
        {"\0\x55", 2},       /* 8 packed pixels */
        {"\2\x55\x7D\1", 4}, /* 24 packed pixels */
        {"\1\x55\xFD", 3},   /* a bit after the last pixel */
        {"\1\x55", 2},       /* run over the end */
        {"\x80\x80", 2},     /* nothing */
    };
    dsc_format f = stream_format(5, 3, 1, 1, 1, false);
    dsc_frame frame = {0};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(decode(&frame, &f, cases[i].data, cases[i].n), DSC_BADFILE,
                     "case %zu", i);
}

/* Only monochrome pixels may have one bit. */
Test(rle_bits, three_samples)
{
    dsc_format f = stream_format(5, 3, 3, 1, 1, false);
    uint8_t bytes[64 + 6] = {3, 0, 0, 0, 64, 0, 0, 0, 66, 0, 0, 0, 68};
    dsc_frame frame = {0};
    dsc_error err = DSC_ERROR_INIT;

    memcpy(bytes + 64, "\xF2\1\xF2\1\xF2\1", 6);
    cr_assert_eq(
        rle()->decode(&frame, (dsc_bytes){bytes, sizeof bytes}, &f, &err),
        DSC_BADFILE);
    cr_assert(!frame.data && err.msg[0]);
}

static void round_trip(uint32_t columns, uint32_t rows, const dsc_bytes *like,
                       size_t most)
{
    dsc_format f = stream_format(columns, rows, 1, 1, 1, false);
    dsc_frame frame = stream_frame(&f, 1, columns), back = {0};
    dsc_buf out = {0};
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(rle()->encode(&out, &frame, UID, *like, &f, &err), DSC_OK);
    cr_assert_leq(out.len, most);
    cr_assert_eq(rle()->decode(&back, (dsc_bytes){out.data, out.len}, &f, &err),
                 DSC_OK);
    cr_assert_eq(back.size, frame.size);
    cr_assert_arr_eq(back.data, frame.data, frame.size);
    dsc_frame_free(&frame);
    dsc_frame_free(&back);
    dsc_buf_free(&out);
}

/* What is written is stored as the old frame was; a byte a pixel where there
 * was none. */
Test(rle_bits, written_as_it_was)
{
    uint8_t old[64 + 8] = {1, 0, 0, 0, 64};
    dsc_bytes none = {0}, like = {old, 64 + 6};

    round_trip(1, 1, &none, 66);
    round_trip(31, 7, &none, 64 + 31 * 7 + 8);
    round_trip(64, 64, &none, 64 + 64 * 65);
    memcpy(old + 64, "\x81\0\x81\0\x81\0\x81\0", 8); /* 512 packed zeros */
    like.len = 64 + 8;
    round_trip(64, 64, &like, 64 + 64 * 9);
    memcpy(old + 64, "\xE5\0\0\0", 4); /* 28 bytes for 217 pixels */
    like.len = 64 + 4;
    round_trip(31, 7, &like, 64 + 30);
}

/* Samples over 1 are a caller's mistake, and never written. */
Test(rle_bits, samples_over_one)
{
    dsc_format f = stream_format(4, 4, 1, 1, 1, false);
    dsc_frame frame = stream_frame(&f, 1, 1);
    dsc_buf out = {0};
    dsc_error err = DSC_ERROR_INIT;

    frame.data[7] = 2;
    cr_assert_eq(rle()->encode(&out, &frame, UID, (dsc_bytes){0}, &f, &err),
                 DSC_INTERNAL);
    cr_assert_eq(out.len, 0);
    dsc_frame_free(&frame);
    dsc_buf_free(&out);
}
