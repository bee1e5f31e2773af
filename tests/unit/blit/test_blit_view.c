/* SPDX-License-Identifier: Apache-2.0 */
#include "blit/blit.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const dsc_blit *blit(void)
{
    return dsc_blit_for(dsc_cpu_flags());
}

static dsc_format mono(uint32_t columns, uint16_t allocated, uint16_t stored,
                       bool is_signed)
{
    return (dsc_format){.columns = columns,
                        .rows = 1,
                        .samples = 1,
                        .bits_allocated = allocated,
                        .bits_stored = stored,
                        .high_bit = (uint16_t)(stored - 1),
                        .is_signed = is_signed,
                        .photometric = DSC_MONOCHROME2};
}

static dsc_format colour(uint32_t columns, uint32_t rows, dsc_photometric p,
                         dsc_layout layout)
{
    return (dsc_format){.columns = columns,
                        .rows = rows,
                        .samples = 3,
                        .bits_allocated = 8,
                        .bits_stored = 8,
                        .high_bit = 7,
                        .photometric = p,
                        .layout = layout};
}

static dsc_frame frame_of(dsc_format fmt, const void *data, size_t size)
{
    dsc_frame f = {0};

    cr_assert_eq(dsc_frame_alloc(&f, &fmt, NULL), DSC_OK);
    cr_assert_eq(f.size, size);
    memcpy(f.data, data, size);
    return f;
}

/* Render and compare the first row, then again with the scalar kernels. */
static void expect_row(const dsc_format *fmt, const void *data, size_t size,
                       dsc_view_kind kind, const dsc_window *window,
                       const dsc_palette *palette, const uint8_t *want)
{
    const dsc_blit *tables[2] = {blit(), dsc_blit_for(0)};
    dsc_frame f = frame_of(*fmt, data, size);
    dsc_error err = DSC_ERROR_INIT;
    dsc_view v = {0};

    for (int t = 0; t < 2; t++) {
        cr_assert_eq(
            dsc_view_render(tables[t], &v, &f, kind, window, palette, &err),
            DSC_OK, "%s", err.msg);
        cr_assert_eq(v.columns, fmt->columns);
        cr_assert_eq(v.rows, fmt->rows);
        for (uint32_t x = 0; x < fmt->columns; x++)
            cr_assert_eq(v.data[x], want[x], "column %u: %u, not %u", x,
                         v.data[x], want[x]);
    }
    dsc_view_free(&v);
    dsc_frame_free(&f);
}

#define EXPECT(fmt, data, kind, window, palette, ...)                          \
 do {                                                                          \
  static const uint8_t want_[] = {__VA_ARGS__};                                \
  expect_row(&(fmt), (data), sizeof(data), kind, window, palette, want_);      \
 } while (0)

Test(view, eight_bits_through_a_window)
{
    static const uint8_t data[] = {0, 99, 100, 101, 150, 199, 200, 255};
    dsc_format fmt = mono(8, 8, 8, false);

    /* 1/100 of 255 is 2.55, rounded; 50/100 is 127.5 */
    EXPECT(fmt, data, DSC_VIEW_LUMA, (&(dsc_window){100, 200}), NULL, 0, 0, 0,
           3, 128, 252, 255, 255);
}

Test(view, without_a_window_the_range_is_bits_stored)
{
    static const uint16_t data[] = {0, 1, 2048, 4095};
    dsc_format fmt = mono(4, 16, 12, false);

    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 0, 0, 128, 255);
}

Test(view, monochrome1_is_inverted)
{
    static const uint8_t data[] = {0, 10, 20, 255};
    dsc_format fmt = mono(4, 8, 8, false);

    fmt.photometric = DSC_MONOCHROME1;
    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 255, 245, 235, 0);
    EXPECT(fmt, data, DSC_VIEW_LUMA, (&(dsc_window){0, 20}), NULL, 255, 127, 0,
           0);
}

Test(view, signed_values_keep_their_order)
{
    static const int16_t data[] = {-32768, -1000, -500, 0, 32767};
    dsc_format fmt = mono(5, 16, 16, true);

    EXPECT(fmt, data, DSC_VIEW_LUMA, (&(dsc_window){-1000, 0}), NULL, 0, 0, 128,
           255, 255);
    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 0, 124, 126, 128, 255);
}

Test(view, signed_twelve_bits_extend_their_own_sign)
{
    /* -2048, -1, 0, 2047; overlay bits above must not count */
    static const uint16_t data[] = {0x0800, 0x5fff, 0xf000, 0x17ff};
    dsc_format fmt = mono(4, 16, 12, true);

    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 0, 127, 128, 255);
    EXPECT(fmt, data, DSC_VIEW_LUMA, (&(dsc_window){-1, 0}), NULL, 0, 0, 255,
           255);
}

Test(view, signed_bytes)
{
    static const int8_t data[] = {-128, -1, 0, 127};
    dsc_format fmt = mono(4, 8, 8, true);

    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 0, 127, 128, 255);
}

Test(view, high_bit_above_bits_stored)
{
    /* ten bits in bits 15..6 */
    static const uint16_t data[] = {0x003f, 0x0040, 0xffc0, 512u << 6};
    dsc_format fmt = mono(4, 16, 10, false);

    fmt.high_bit = 15;
    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 0, 0, 255, 128);
}

Test(view, one_bit)
{
    static const uint8_t data[] = {0, 1, 1, 0, 1};
    dsc_format fmt = mono(5, 1, 1, false);

    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 0, 255, 255, 0, 255);
}

Test(view, thirty_two_bits)
{
    static const uint32_t data[] = {0, 1u << 31, 0xffffffffu};
    static const int32_t sdata[] = {INT32_MIN, 0, INT32_MAX};
    dsc_format fmt = mono(3, 32, 32, false), sfmt = mono(3, 32, 32, true);

    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 0, 128, 255);
    EXPECT(sfmt, sdata, DSC_VIEW_LUMA, NULL, NULL, 0, 128, 255);
    EXPECT(sfmt, sdata, DSC_VIEW_LUMA, (&(dsc_window){-1, 1}), NULL, 0, 128,
           255);
}

Test(view, window_wider_than_the_values)
{
    static const uint8_t data[] = {0, 100, 200, 255};
    dsc_format fmt = mono(4, 8, 8, false);

    /* center 100, width 1000: 255 * (v + 400) / 1000 */
    EXPECT(fmt, data, DSC_VIEW_LUMA, (&(dsc_window){-400, 600}), NULL, 102, 128,
           153, 167);
    EXPECT(fmt, data, DSC_VIEW_LUMA, (&(dsc_window){300, 400}), NULL, 0, 0, 0,
           0);
    EXPECT(fmt, data, DSC_VIEW_LUMA, (&(dsc_window){-400, -300}), NULL, 255,
           255, 255, 255);
}

Test(view, degenerate_windows_are_thresholds)
{
    static const uint8_t data[] = {0, 99, 100, 101, 255};
    dsc_format fmt = mono(5, 8, 8, false);

    EXPECT(fmt, data, DSC_VIEW_LUMA, (&(dsc_window){100, 100}), NULL, 0, 0, 0,
           255, 255);
    EXPECT(fmt, data, DSC_VIEW_LUMA, (&(dsc_window){100, -50}), NULL, 0, 0, 0,
           255, 255);
    EXPECT(fmt, data, DSC_VIEW_LUMA, (&(dsc_window){99.5, 99.5}), NULL, 0, 0,
           255, 255, 255);
    EXPECT(fmt, data, DSC_VIEW_LUMA, (&(dsc_window){NAN, NAN}), NULL, 0, 99,
           100, 101, 255);
    EXPECT(fmt, data, DSC_VIEW_LUMA, (&(dsc_window){-INFINITY, INFINITY}), NULL,
           128, 128, 128, 128, 128);
}

/* ---- palettes ---- */

static uint8_t three_entries[] = {10, 20, 30, 200, 100, 0, 5, 5, 5};

Test(view, palette_with_negative_first_value)
{
    static const int16_t data[] = {-300, -2, -1, 0, 1, 300};
    dsc_palette p = {three_entries, 3, -2};
    dsc_format fmt = mono(6, 16, 16, true);

    fmt.photometric = DSC_PALETTE_COLOR;
    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, &p, 30, 30, 200, 5, 5, 5);
    EXPECT(fmt, data, DSC_VIEW_CHROMA, NULL, &p, 20, 20, 200, 0, 0, 0);
    EXPECT(fmt, data, DSC_VIEW_GREEN, NULL, &p, 10, 10, 100, 0, 0, 0);
    EXPECT(fmt, data, DSC_VIEW_COOL, NULL, &p, 20, 20, 0, 0, 0, 0);
}

Test(view, palette_of_bytes)
{
    static const uint8_t data[] = {0, 9, 10, 11, 12, 255};
    dsc_palette p = {three_entries, 3, 10};
    dsc_format fmt = mono(6, 8, 8, false);

    fmt.photometric = DSC_PALETTE_COLOR;
    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, &p, 30, 30, 30, 200, 5, 5);
}

Test(palette, darkest_entry_is_a_stored_value)
{
    static uint8_t dark_twice[] = {1, 1, 1, 0, 0, 0, 0, 0, 0};

    cr_assert_eq(dsc_palette_darkest(&(dsc_palette){three_entries, 3, 0}), 2);
    cr_assert_eq(dsc_palette_darkest(&(dsc_palette){three_entries, 3, 100}),
                 102);
    cr_assert_eq(
        (int32_t)dsc_palette_darkest(&(dsc_palette){three_entries, 3, -5}), -3);
    cr_assert_eq(dsc_palette_darkest(&(dsc_palette){dark_twice, 3, 0}), 1);
    cr_assert_eq(dsc_palette_darkest(&(dsc_palette){NULL, 0, 0}), 0);
}

/* ---- colour ---- */

static int farther(int far, int a, int b)
{
    int d = a > b ? a - b : b - a;
    return d > far ? d : far;
}

Test(view, rgb_strongest_channel_and_spread)
{
    static const uint8_t data[] = {255, 0, 0, 1, 2, 3, 9, 9, 9, 0, 200, 199};
    dsc_format fmt = colour(4, 1, DSC_RGB, DSC_INTERLEAVED);

    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 255, 3, 9, 200);
    EXPECT(fmt, data, DSC_VIEW_CHROMA, NULL, NULL, 255, 2, 0, 200);
    EXPECT(fmt, data, DSC_VIEW_GREEN, NULL, NULL, 0, 1, 0, 200);
    EXPECT(fmt, data, DSC_VIEW_COOL, NULL, NULL, 0, 2, 0, 200);
}

Test(view, rgb_planes)
{
    static const uint8_t data[] = {255, 1, 9, 0, 0, 2, 9, 200, 0, 3, 9, 199};
    dsc_format fmt = colour(4, 1, DSC_RGB, DSC_PLANAR);

    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 255, 3, 9, 200);
    EXPECT(fmt, data, DSC_VIEW_CHROMA, NULL, NULL, 255, 2, 0, 200);
    EXPECT(fmt, data, DSC_VIEW_GREEN, NULL, NULL, 0, 1, 0, 200);
    EXPECT(fmt, data, DSC_VIEW_COOL, NULL, NULL, 0, 2, 0, 200);
}

/* Two colours of which one channel differs by so many levels differ in one of
 * the views by a fifth of them at least. */
Test(view, no_colour_hides_another)
{
    enum {
        STEP = 15,
        LEVELS = 255 / STEP + 1,
        COLOURS = LEVELS * LEVELS * LEVELS
    };
    static uint8_t rgb[COLOURS][3];
    dsc_format fmt = colour(COLOURS, 1, DSC_RGB, DSC_INTERLEAVED);
    dsc_frame f = {.data = rgb[0], .size = sizeof rgb, .fmt = fmt};
    dsc_view views[DSC_VIEW_KINDS] = {{0}};

    for (int i = 0; i < COLOURS; i++)
        for (int k = 0, rest = i; k < 3; k++, rest /= LEVELS)
            rgb[i][k] = (uint8_t)(rest % LEVELS * STEP);
    for (int kind = 0; kind < DSC_VIEW_KINDS; kind++)
        cr_assert_eq(dsc_view_render(blit(), &views[kind], &f,
                                     (dsc_view_kind)kind, NULL, NULL, NULL),
                     DSC_OK);
    for (int i = 0; i < COLOURS; i++)
        for (int j = 0; j < i; j++) {
            int apart = 0, seen = 0;
            for (int k = 0; k < 3; k++)
                apart = farther(apart, rgb[i][k], rgb[j][k]);
            for (int kind = 0; kind < DSC_VIEW_KINDS; kind++)
                seen = farther(seen, views[kind].data[i], views[kind].data[j]);
            if (5 * seen < apart - 5) /* a view rounds */
                cr_assert_fail("%d,%d,%d and %d,%d,%d: %d", rgb[i][0],
                               rgb[i][1], rgb[i][2], rgb[j][0], rgb[j][1],
                               rgb[j][2], seen);
        }
    for (int kind = 0; kind < DSC_VIEW_KINDS; kind++)
        dsc_view_free(&views[kind]);
}

Test(view, rgb_of_sixteen_bits)
{
    static const uint16_t data[] = {65535, 0, 0, 0, 32768, 257};
    dsc_format fmt = colour(2, 1, DSC_RGB, DSC_INTERLEAVED);

    fmt.bits_allocated = fmt.bits_stored = 16;
    fmt.high_bit = 15;
    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 255, 128);
    EXPECT(fmt, data, DSC_VIEW_CHROMA, NULL, NULL, 255, 128);
    EXPECT(fmt, data, DSC_VIEW_GREEN, NULL, NULL, 0, 128);
    EXPECT(fmt, data, DSC_VIEW_COOL, NULL, NULL, 0, 65);
}

/* R = Y + 1.402 Cr', G = Y - 0.344136 Cb' - 0.714136 Cr', B = Y + 1.772 Cb' */
Test(view, ybr_full)
{
    static const uint8_t data[] = {76, 85,  255, 100, 128, 128,
                                   0,  128, 128, 100, 138, 108};
    dsc_format fmt = colour(4, 1, DSC_YBR_FULL, DSC_INTERLEAVED);

    /* pure red: 254.05, -0.03, -0.2; greys; Cb' 10, Cr' -20: R 71.96,
     * G 110.84, B 117.72 */
    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 254, 100, 0, 118);
    EXPECT(fmt, data, DSC_VIEW_CHROMA, NULL, NULL, 254, 0, 0, 46);
    EXPECT(fmt, data, DSC_VIEW_GREEN, NULL, NULL, 0, 0, 0, 39);
    EXPECT(fmt, data, DSC_VIEW_COOL, NULL, NULL, 0, 0, 0, 46);
}

Test(view, ybr_full_planes)
{
    static const uint8_t data[] = {76, 100, 85, 138, 255, 108};
    dsc_format fmt = colour(2, 1, DSC_YBR_FULL, DSC_PLANAR);

    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 254, 118);
}

Test(view, ybr_full_422_pairs_share_chroma)
{
    /* five columns: the last pair has one pixel and a spare luma */
    static const uint8_t data[] = {100, 50,  138, 108, 10, 20,
                                   128, 128, 76,  99,  85, 255};
    dsc_format fmt = colour(5, 1, DSC_YBR_FULL_422, DSC_YBR422);

    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 118, 68, 10, 20, 254);
    EXPECT(fmt, data, DSC_VIEW_CHROMA, NULL, NULL, 46, 46, 0, 0, 254);
    EXPECT(fmt, data, DSC_VIEW_GREEN, NULL, NULL, 39, 39, 0, 0, 0);
    EXPECT(fmt, data, DSC_VIEW_COOL, NULL, NULL, 46, 46, 0, 0, 0);
}

Test(view, ybr_partial_422_has_foot_and_headroom)
{
    /* black 16, white 235, below black, above white */
    static const uint8_t data[] = {16, 235, 128, 128, 3, 255, 128, 128};
    dsc_format fmt = colour(4, 1, DSC_YBR_PARTIAL_422, DSC_YBR422);

    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 0, 255, 0, 255);
    EXPECT(fmt, data, DSC_VIEW_CHROMA, NULL, NULL, 0, 0, 0, 0);
}

Test(view, long_422_rows_keep_pairs_together)
{
    enum {
        COLUMNS = 1501,
        BYTES = (COLUMNS + 1) / 2 * 4
    };
    uint8_t data[BYTES], want[COLUMNS];
    dsc_format fmt = colour(COLUMNS, 1, DSC_YBR_FULL_422, DSC_YBR422);

    for (int i = 0; i < BYTES; i++)
        data[i] = (uint8_t)(i % 4 < 2 ? i / 4 % 200 : 128);
    for (int x = 0; x < COLUMNS; x++)
        want[x] = (uint8_t)(x / 2 % 200);
    expect_row(&fmt, data, sizeof data, DSC_VIEW_LUMA, NULL, NULL, want);
}

Test(view, decoded_jpeg_2000_colour_is_rgb_already)
{
    static const uint8_t data[] = {1, 2, 250};
    dsc_format fmt = colour(1, 1, DSC_YBR_RCT, DSC_INTERLEAVED);

    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 250);
    fmt.photometric = DSC_YBR_ICT;
    EXPECT(fmt, data, DSC_VIEW_LUMA, NULL, NULL, 250);
}

/* ---- refusals ---- */

static void expect_refusal(dsc_format fmt, dsc_view_kind kind,
                           const dsc_palette *palette, dsc_status want)
{
    dsc_format room = fmt;
    dsc_frame f = {0};
    dsc_error err = DSC_ERROR_INIT;
    dsc_view v = {0};

    cr_assert_eq(dsc_frame_alloc(&f, &room, NULL), DSC_OK);
    f.fmt = fmt;
    cr_assert_eq(dsc_view_render(blit(), &v, &f, kind, NULL, palette, &err),
                 want);
    cr_assert_eq(err.status, want);
    cr_assert_neq(err.msg[0], '\0');
    cr_assert_null(v.data);
    dsc_frame_free(&f);
}

Test(view, refuses_bits_that_do_not_fit)
{
    static const uint16_t bits[][2] = {/* stored, high */
                                       {0, 0},        {0, 15},  {17, 16},
                                       {12, 10},      {12, 16}, {12, 65535},
                                       {65535, 65534}};

    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        dsc_format fmt = mono(3, 16, 16, i % 2);
        fmt.bits_stored = bits[i][0];
        fmt.high_bit = bits[i][1];
        expect_refusal(fmt, DSC_VIEW_LUMA, NULL, DSC_BADFILE);
    }
}

Test(view, refuses_samples_that_contradict_the_photometric)
{
    dsc_format fmt = colour(3, 1, DSC_MONOCHROME2, DSC_INTERLEAVED);

    expect_refusal(fmt, DSC_VIEW_LUMA, NULL, DSC_BADFILE);
    fmt.photometric = DSC_PALETTE_COLOR;
    expect_refusal(fmt, DSC_VIEW_LUMA, NULL, DSC_BADFILE);
    fmt = mono(3, 8, 8, false);
    fmt.photometric = DSC_RGB;
    expect_refusal(fmt, DSC_VIEW_LUMA, NULL, DSC_BADFILE);
    fmt.samples = 2;
    expect_refusal(fmt, DSC_VIEW_LUMA, NULL, DSC_BADFILE);
    fmt.samples = 4;
    expect_refusal(fmt, DSC_VIEW_LUMA, NULL, DSC_BADFILE);
}

Test(view, refuses_a_missing_palette)
{
    dsc_format fmt = mono(3, 8, 8, false);

    fmt.photometric = DSC_PALETTE_COLOR;
    expect_refusal(fmt, DSC_VIEW_LUMA, NULL, DSC_BADFILE);
    expect_refusal(fmt, DSC_VIEW_LUMA, &(dsc_palette){NULL, 0, 0}, DSC_BADFILE);
    expect_refusal(fmt, DSC_VIEW_LUMA, &(dsc_palette){three_entries, 0, 0},
                   DSC_BADFILE);
}

Test(view, refuses_chroma_of_grey)
{
    for (int kind = DSC_VIEW_CHROMA; kind < DSC_VIEW_KINDS; kind++)
        expect_refusal(mono(3, 8, 8, false), (dsc_view_kind)kind, NULL,
                       DSC_UNSUPPORTED);
}

Test(view, refuses_a_frame_with_too_little_memory)
{
    dsc_format fmt = mono(3, 8, 8, false);
    dsc_frame f = {0};
    dsc_view v = {0};

    cr_assert_eq(
        dsc_view_render(blit(), &v, &f, DSC_VIEW_LUMA, NULL, NULL, NULL),
        DSC_BADFILE);
    cr_assert_eq(dsc_frame_alloc(&f, &fmt, NULL), DSC_OK);
    f.fmt.rows = 65535;
    f.fmt.columns = 65535;
    cr_assert_eq(
        dsc_view_render(blit(), &v, &f, DSC_VIEW_LUMA, NULL, NULL, NULL),
        DSC_BADFILE);
    dsc_frame_free(&f);
}

Test(view, out_of_memory_at_every_allocation)
{
    static const uint8_t data[] = {0, 1, 2};
    dsc_format fmt = mono(3, 8, 8, false);
    dsc_palette p = {three_entries, 3, 0};
    dsc_frame f;

    fmt.photometric = DSC_PALETTE_COLOR;
    f = frame_of(fmt, data, sizeof data);
    for (unsigned long n = 1; n <= 2; n++) {
        dsc_view v = {0};
        dsc_alloc_fail_after(n);
        cr_assert_eq(
            dsc_view_render(blit(), &v, &f, DSC_VIEW_LUMA, NULL, &p, NULL),
            DSC_NOMEM);
        dsc_alloc_fail_after(0);
        dsc_view_free(&v);
    }
    dsc_frame_free(&f);
}

Test(view, alloc_reuses_and_refuses)
{
    dsc_view v = {0};
    uint8_t *had;

    cr_assert_eq(dsc_view_alloc(&v, 0, 5, NULL), DSC_BADFILE);
    cr_assert_eq(dsc_view_alloc(&v, 5, 0, NULL), DSC_BADFILE);
    cr_assert_eq(dsc_view_alloc(&v, 65, 3, NULL), DSC_OK);
    cr_assert_eq(v.stride, 128);
    cr_assert_eq(v.size, 384);
    v.data[5] = 9;
    had = v.data;
    cr_assert_eq(dsc_view_alloc(&v, 100, 3, NULL), DSC_OK);
    cr_assert_eq(v.data, had);
    cr_assert_eq(v.data[5], 0);
    cr_assert_eq(v.columns, 100);
    dsc_view_free(&v);
    cr_assert_null(v.data);
    dsc_view_free(&v);
}

/* ---- windows from the data ---- */

Test(auto_window, takes_percentiles)
{
    uint8_t data[101];
    dsc_format fmt = mono(101, 8, 8, false);
    dsc_window w;
    dsc_frame f;

    for (int i = 0; i < 101; i++)
        data[i] = (uint8_t)(2 * (100 - i)); /* order does not matter */
    f = frame_of(fmt, data, sizeof data);
    w = dsc_view_auto_window(&f, 0.0, 1.0, NULL);
    cr_assert_eq(w.low, 0);
    cr_assert_eq(w.high, 200);
    w = dsc_view_auto_window(&f, 0.25, 0.75, NULL);
    cr_assert_eq(w.low, 50);
    cr_assert_eq(w.high, 150);
    w = dsc_view_auto_window(&f, -3, 77, NULL);
    cr_assert_eq(w.low, 0);
    cr_assert_eq(w.high, 200);
    w = dsc_view_auto_window(&f, NAN, NAN, NULL);
    cr_assert_eq(w.low, 0);
    cr_assert_eq(w.high, 200);
    dsc_frame_free(&f);
}

Test(auto_window, leaves_padding_out)
{
    static const int16_t data[] = {-2000, -2000, -1999, 40, 50, 60, -2000};
    dsc_padding pad = {-2000, -1999};
    dsc_frame f = frame_of(mono(7, 16, 16, true), data, sizeof data);
    dsc_window w = dsc_view_auto_window(&f, 0, 1, &pad);

    cr_assert_eq(w.low, 40);
    cr_assert_eq(w.high, 60);
    w = dsc_view_auto_window(&f, 0, 1, NULL);
    cr_assert_eq(w.low, -2000);
    w = dsc_view_auto_window(&f, 0, 1, &(dsc_padding){-2000, 60});
    cr_assert_eq(w.low, INT16_MIN, "all padding: the full range");
    cr_assert_eq(w.high, INT16_MAX);
    dsc_frame_free(&f);
}

Test(auto_window, reads_the_stored_bits_only)
{
    /* twelve bits in 15..4; the low nibble is not part of the value */
    static const uint16_t data[] = {0x123f, 0x1230, 0x456e, 0xfff1};
    dsc_format fmt = mono(4, 16, 12, false);
    dsc_frame f;
    dsc_window w;

    fmt.high_bit = 15;
    f = frame_of(fmt, data, sizeof data);
    w = dsc_view_auto_window(&f, 0, 0.5, NULL);
    cr_assert_eq(w.low, 0x123);
    cr_assert_eq(w.high, 0x456);
    dsc_frame_free(&f);
}

Test(auto_window, thirty_two_bits_are_exact)
{
    static const int32_t data[] = {-70000, 5, 70001, 2000000000, 70003};
    dsc_frame f = frame_of(mono(5, 32, 32, true), data, sizeof data);
    dsc_window w = dsc_view_auto_window(&f, 0, 1, NULL);

    cr_assert_eq(w.low, -70000);
    cr_assert_eq(w.high, 2000000000);
    w = dsc_view_auto_window(&f, 0.25, 0.75, NULL);
    cr_assert_eq(w.low, 5);
    cr_assert_eq(w.high, 70003);
    w = dsc_view_auto_window(&f, 0.5, 0.5, &(dsc_padding){5, 5});
    cr_assert_eq(w.low, 70001);
    cr_assert_eq(w.high, 70003);
    dsc_frame_free(&f);
}

Test(auto_window, rare_text_on_flat_ground_shows)
{
    enum {
        N = 1000
    };
    uint8_t data[N] = {0}, want[N] = {0};
    dsc_format fmt = mono(N, 8, 8, false);
    dsc_window w;
    dsc_frame f;

    data[500] = 3;
    want[500] = 255;
    f = frame_of(fmt, data, sizeof data);
    w = dsc_view_auto_window(&f, 0.01, 0.99, NULL);
    cr_assert_eq(w.low, 0);
    cr_assert_eq(w.high, 0);
    expect_row(&fmt, data, sizeof data, DSC_VIEW_LUMA, &w, NULL, want);
    dsc_frame_free(&f);
}

Test(auto_window, survives_bad_frames)
{
    dsc_frame f = {.fmt = mono(3, 16, 16, false)};
    dsc_window w = dsc_view_auto_window(&f, 0, 1, NULL);

    cr_assert_eq(w.high, 65535, "no data: the full range");
    f.fmt.bits_stored = 0;
    w = dsc_view_auto_window(&f, 0, 1, NULL);
    cr_assert(w.low < w.high);
}

/* ---- frame to frame ---- */

Test(changed_tiles, marks_exactly_the_tiles_of_the_changed_pixels)
{
    dsc_view a = {0}, b = {0};
    uint8_t map[3 * 3 + 1];

    cr_assert_eq(dsc_view_alloc(&a, 70, 65, NULL), DSC_OK);
    cr_assert_eq(dsc_view_alloc(&b, 70, 65, NULL), DSC_OK);
    for (uint32_t y = 0; y < 65; y++)
        for (uint32_t x = 0; x < 70; x++) {
            size_t tile = y / 32 * 3 + x / 32;
            memset(map, 0x55, sizeof map);
            b.data[y * b.stride + x] = 5;
            cr_assert_eq(dsc_blit_changed_tiles(blit(), &a, &b, 5, map), 0);
            cr_assert_eq(dsc_blit_changed_tiles(blit(), &a, &b, 4, map), 1);
            for (size_t t = 0; t < 9; t++)
                cr_assert_eq(map[t], t == tile, "pixel %u, %u", x, y);
            cr_assert_eq(map[9], 0x55, "a write past the map");
            b.data[y * b.stride + x] = 0;
        }
    b.data[70] = 255; /* right of the image: padding of the row */
    cr_assert_eq(dsc_blit_changed_tiles(blit(), &a, &b, 0, map), 0);
    dsc_view_free(&a);
    dsc_view_free(&b);
}

Test(changed_tiles, views_of_different_size_share_nothing)
{
    dsc_view a = {0}, b = {0};
    uint8_t map[4];

    cr_assert_eq(dsc_view_alloc(&a, 64, 33, NULL), DSC_OK);
    cr_assert_eq(dsc_view_alloc(&b, 64, 32, NULL), DSC_OK);
    cr_assert_eq(dsc_blit_changed_tiles(blit(), &a, &b, 255, map), 4);
    cr_assert_eq(map[3], 1);
    dsc_view_free(&a);
    dsc_view_free(&b);
}
