/* SPDX-License-Identifier: Apache-2.0
 *
 * JPEG of 8 bits: the value that edit writes, and what colours are. */
#include "jpeg_maker.h"

#include <criterion/criterion.h>
#include <string.h>

#define S420  .hs = {2, 1, 1}, .vs = {2, 1, 1}
#define S444  .hs = {1, 1, 1}, .vs = {1, 1, 1}
#define UID50 "1.2.840.10008.1.2.4.50"

static const dsc_codec *jpeg(void)
{
    return dsc_codec_for(UID50);
}

/* ---- the value written ---- */

/* Blank a grey image whole with `value`; the level that came out, or -1 where
 * it was refused as unsupported. */
static int blank_with(dsc_photometric p, uint32_t value, unsigned dc_quant,
                      bool is_signed)
{
    jpeg_recipe j = {
        "grey", 24, 16, 1, .hs = {1}, .vs = {1}, .dc_quant = dc_quant};
    dsc_buf in = {0}, out = {0};
    dsc_format fmt = jpeg_format(&j);
    dsc_rect r = {0, 0, 24, 16};
    dsc_rects rects = {&r, 1, 1};
    dsc_fill fill = {{value, 0, 0}};
    dsc_frame frame = {0};
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st;
    int level = -1;

    fmt.photometric = p;
    fmt.is_signed = is_signed;
    j.wide_tables = dc_quant > 255;
    jpeg_make(&in, &j);
    st = jpeg()->edit(&out, bytes_of(&in), &fmt, &rects, &fill, &err);
    if (st == DSC_OK) {
        cr_assert_eq(jpeg()->decode(&frame, bytes_of(&out), &fmt, &err),
                     DSC_OK);
        cr_assert_eq(frame.fmt.photometric, p);
        level = frame.data[0];
        for (size_t i = 0; i < frame.size; i++)
            cr_assert_eq(frame.data[i], level);
    } else {
        cr_assert_eq(st, DSC_UNSUPPORTED, "%s", err.msg);
        cr_assert_eq(out.len, 0);
    }
    dsc_buf_free(&in);
    dsc_buf_free(&out);
    dsc_frame_free(&frame);
    return level;
}

Test(jpeg, blank_value)
{
    static const unsigned quants[] = {1, 2, 3, 7, 8, 16, 17, 99, 254, 255, 800};

    for (size_t i = 0; i < sizeof quants / sizeof *quants; i++) {
        unsigned q = quants[i];
        int step = (int)(q / 8 + 1);
        cr_assert_eq(blank_with(DSC_MONOCHROME2, 0, q, false), 0, "q %u", q);
        cr_assert_eq(blank_with(DSC_MONOCHROME1, 255, q, false), 255, "q %u",
                     q);
        cr_assert_eq(blank_with(DSC_PALETTE_COLOR, 0, q, false), 0);
        cr_assert_eq(blank_with(DSC_PALETTE_COLOR, 255, q, false), 255);
        cr_assert_eq(blank_with(DSC_PALETTE_COLOR, 128, q, false), 128);
        for (int v = 5; v < 255; v += 50) {
            /* never brighter than asked for, and near it */
            int dark = blank_with(DSC_MONOCHROME2, (uint32_t)v, q, false);
            int light = blank_with(DSC_MONOCHROME1, (uint32_t)v, q, false);
            int index = blank_with(DSC_PALETTE_COLOR, (uint32_t)v, q, false);
            cr_assert(dark >= 0 && dark <= v && dark + step >= v,
                      "q %u: %d for %d", q, dark, v);
            cr_assert(light >= v && light - step <= v, "q %u: %d for %d", q,
                      light, v);
            cr_assert(index == v || index == -1, "q %u: %d for %d", q, index,
                      v);
            if (q <= 8)
                cr_assert_eq(index, v, "q %u can hold all", q);
        }
    }
    cr_assert_eq(blank_with(DSC_PALETTE_COLOR, 131, 255, false), -1);
    /* -128, sign extended to a word by some callers */
    cr_assert_eq(blank_with(DSC_MONOCHROME2, 0x80, 8, true), 128);
    cr_assert_eq(blank_with(DSC_MONOCHROME2, 0xFFFFFF80, 8, true), 128);
    /* no inverse DCT survives such a table */
    cr_assert_eq(blank_with(DSC_MONOCHROME2, 0, 30000, false), -1);
}

Test(jpeg, colour_fill_must_be_black)
{
    jpeg_recipe j = {"420", 32, 32, 3, S420};
    dsc_buf in = {0}, out = {0};
    dsc_format fmt = jpeg_format(&j);
    dsc_rect r = {0, 0, 8, 8};
    dsc_rects rects = {&r, 1, 1};
    dsc_fill fill = {{0, 128, 128}};
    dsc_error err = DSC_ERROR_INIT;

    jpeg_make(&in, &j);
    cr_assert_eq(jpeg()->edit(&out, bytes_of(&in), &fmt, &rects, &fill, &err),
                 DSC_UNSUPPORTED);
    dsc_buf_free(&in);
    dsc_buf_free(&out);
}

/* ---- colours ---- */

static dsc_status decode_as(dsc_frame *out, const jpeg_recipe *j,
                            dsc_photometric p, dsc_layout layout)
{
    dsc_buf in = {0};
    dsc_format fmt = jpeg_format(j);
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st;

    fmt.photometric = p;
    fmt.layout = layout;
    jpeg_make(&in, j);
    st = jpeg()->decode(out, bytes_of(&in), &fmt, &err);
    dsc_buf_free(&in);
    return st;
}

static bool same_pixels(const dsc_frame *a, const dsc_frame *b)
{
    return a->size == b->size && !memcmp(a->data, b->data, a->size);
}

Test(jpeg, the_stream_says_what_its_colours_are)
{
    jpeg_recipe ybr = {"ybr", 24, 24, 3, S420};
    jpeg_recipe rgb = {"rgb", 24, 24, 3, S444, .rgb = true};
    jpeg_recipe bare = {"bare", 24, 24, 3, S444, .rgb = true, .bare = true};
    dsc_frame a = {0}, b = {0};

    /* JFIF: YCbCr whatever the label */
    cr_assert_eq(decode_as(&a, &ybr, DSC_YBR_FULL_422, DSC_INTERLEAVED), 0);
    cr_assert_eq(decode_as(&b, &ybr, DSC_RGB, DSC_PLANAR), 0);
    cr_assert(same_pixels(&a, &b));
    cr_assert_eq(b.fmt.photometric, DSC_RGB);
    cr_assert_eq(b.fmt.layout, DSC_INTERLEAVED);
    /* Adobe 0: RGB whatever the label */
    cr_assert_eq(decode_as(&a, &rgb, DSC_RGB, DSC_INTERLEAVED), 0);
    cr_assert_eq(decode_as(&b, &rgb, DSC_YBR_FULL, DSC_INTERLEAVED), 0);
    cr_assert(same_pixels(&a, &b));
    /* neither: the label decides */
    cr_assert_eq(decode_as(&b, &bare, DSC_RGB, DSC_INTERLEAVED), 0);
    cr_assert(same_pixels(&a, &b));
    cr_assert_eq(decode_as(&b, &bare, DSC_YBR_FULL, DSC_INTERLEAVED), 0);
    cr_assert(!same_pixels(&a, &b));
    dsc_frame_free(&a);
    dsc_frame_free(&b);
}

Test(jpeg, decode_is_libjpegs)
{
    jpeg_recipe j = {"420", 37, 21, 3, S420};
    struct jpeg_decompress_struct d;
    struct jpeg_error_mgr jerr;
    dsc_buf in = {0};
    dsc_frame frame = {0};
    dsc_format fmt = jpeg_format(&j);
    dsc_error err = DSC_ERROR_INIT;
    uint8_t row[37 * 3], *rows[1] = {row};

    jpeg_make(&in, &j);
    cr_assert_eq(jpeg()->decode(&frame, bytes_of(&in), &fmt, &err), DSC_OK);
    d.err = jpeg_std_error(&jerr);
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, in.data, in.len);
    jpeg_read_header(&d, TRUE);
    jpeg_start_decompress(&d);
    for (uint32_t y = 0; y < j.h; y++) {
        jpeg_read_scanlines(&d, rows, 1);
        cr_assert(!memcmp(row, frame.data + y * sizeof row, sizeof row));
    }
    jpeg_destroy_decompress(&d);
    dsc_buf_free(&in);
    dsc_frame_free(&frame);
}

Test(jpeg, never_encodes)
{
    jpeg_recipe j = {"grey", 24, 24, 1, .hs = {1}, .vs = {1}};
    dsc_buf in = {0}, out = {0};
    dsc_frame frame = {0};
    dsc_format fmt = jpeg_format(&j);
    dsc_error err = DSC_ERROR_INIT;

    jpeg_make(&in, &j);
    cr_assert_eq(jpeg()->decode(&frame, bytes_of(&in), &fmt, &err), DSC_OK);
    cr_assert_eq(jpeg()->encode(&out, &frame, UID50, bytes_of(&in), &fmt, &err),
                 DSC_UNSUPPORTED);
    cr_assert_eq(out.len, 0);
    cr_assert_str_eq(jpeg()->rewrite_uid(UID50, bytes_of(&in)), UID50);
    dsc_buf_free(&in);
    dsc_buf_free(&out);
    dsc_frame_free(&frame);
}
