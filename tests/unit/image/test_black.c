/* SPDX-License-Identifier: Apache-2.0 */
#include "image/image.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

/* ---- what black is, on small frames of raw words ---- */

struct black {
    char what[48];
    dsc_photometric photometric;
    uint16_t allocated, stored, high;
    bool is_signed;
    uint32_t words[6]; /* one row of six samples */
    bool padded;
    dsc_padding padding;
    uint32_t want;
};

static struct black mono_cases[] = {
    {"M2: lowest",
     DSC_MONOCHROME2,
     8,
     8,
     7,
     false,
     {9, 5, 200, 7, 255, 6},
     false,
     {0, 0},
     5},
    {"M1: highest",
     DSC_MONOCHROME1,
     8,
     8,
     7,
     false,
     {9, 5, 200, 7, 250, 6},
     false,
     {0, 0},
     250},
    {"M2: signed, lowest is negative",
     DSC_MONOCHROME2,
     16,
     16,
     15,
     true,
     {0, 1, 0xFF00, 0x7FFF, 5, 6},
     false,
     {0, 0},
     0xFF00},
    {"M1: signed, highest is positive",
     DSC_MONOCHROME1,
     16,
     16,
     15,
     true,
     {0, 1, 0xFF00, 0x0FFF, 5, 6},
     false,
     {0, 0},
     0x0FFF},
    {"M1: signed, all negative",
     DSC_MONOCHROME1,
     16,
     16,
     15,
     true,
     {0xFFF0, 0xFFF1, 0xFF00, 0xFFF2, 0xFFF3, 0xFFF4},
     false,
     {0, 0},
     0xFFF4},
    {"M2: signed 12 of 16, sign extended",
     DSC_MONOCHROME2,
     16,
     12,
     11,
     true,
     {0xFC18, 0, 0x0200, 5, 6, 7},
     false,
     {0, 0},
     0xFC18},
    {"M2: signed 12 of 16, not sign extended",
     DSC_MONOCHROME2,
     16,
     12,
     11,
     true,
     {0x0C18, 0, 0x0200, 5, 6, 7},
     false,
     {0, 0},
     0xFC18},
    {"M2: overlay bits above High Bit do not count",
     DSC_MONOCHROME2,
     16,
     12,
     11,
     false,
     {0xF003, 0x0005, 0x8004, 9, 10, 11},
     false,
     {0, 0},
     3},
    {"M1: overlay bits above High Bit do not count",
     DSC_MONOCHROME1,
     16,
     12,
     11,
     false,
     {0xF003, 0x0FF0, 0x8004, 9, 10, 11},
     false,
     {0, 0},
     0x0FF0},
    {"M2: High Bit 15 of 12 stored",
     DSC_MONOCHROME2,
     16,
     12,
     15,
     false,
     {0x0540, 0x0F0F, 0xFFF0, 0x0100, 0x0200, 0x0300},
     false,
     {0, 0},
     0x0100},
    {"M1: High Bit 15 of 12 stored",
     DSC_MONOCHROME1,
     16,
     12,
     15,
     false,
     {0x0540, 0x0F0F, 0xABCF, 0x0100, 0x0200, 0x0300},
     false,
     {0, 0},
     0xABC0},
    {"M2: signed, High Bit 13 of 12 stored",
     DSC_MONOCHROME2,
     16,
     12,
     13,
     true,
     {0x2000, 0, 4, 8, 12, 16},
     false,
     {0, 0},
     0x2000},
    {"M2: 32 bits",
     DSC_MONOCHROME2,
     32,
     32,
     31,
     false,
     {0x80000000u, 0x70000000u, 0xFFFFFFFFu, 0x80000001u, 0x90000000u,
      0x7FFFFFFFu},
     false,
     {0, 0},
     0x70000000u},
    {"M2: signed 32 bits",
     DSC_MONOCHROME2,
     32,
     32,
     31,
     true,
     {0x80000005u, 0x70000000u, 0xFFFFFFFFu, 0x80000006u, 0, 1},
     false,
     {0, 0},
     0x80000005u},
    {"M1: signed 32 bits",
     DSC_MONOCHROME1,
     32,
     32,
     31,
     true,
     {0x80000005u, 0x70000000u, 0xFFFFFFFFu, 0x80000006u, 0, 1},
     false,
     {0, 0},
     0x70000000u},
    {"M2: signed 20 of 32",
     DSC_MONOCHROME2,
     32,
     20,
     19,
     true,
     {0xFFFFFC18u, 0, 1, 2, 3, 4},
     false,
     {0, 0},
     0xFFFFFC18u},
    {"M2: one bit",
     DSC_MONOCHROME2,
     8,
     1,
     0,
     false,
     {1, 1, 0, 1, 1, 1},
     false,
     {0, 0},
     0},
    {"M2: one bit, all set",
     DSC_MONOCHROME2,
     8,
     1,
     0,
     false,
     {1, 1, 1, 1, 1, 1},
     false,
     {0, 0},
     1},
    {"M1: one bit",
     DSC_MONOCHROME1,
     8,
     1,
     0,
     false,
     {1, 0, 0, 0, 0, 0},
     false,
     {0, 0},
     1},
    {"M2: padding 0 is not black",
     DSC_MONOCHROME2,
     8,
     8,
     7,
     false,
     {0, 0, 17, 18, 200, 0},
     true,
     {0, 0},
     17},
    {"M1: padding 255 is not black",
     DSC_MONOCHROME1,
     8,
     8,
     7,
     false,
     {255, 0, 17, 18, 200, 0},
     true,
     {255, 255},
     200},
    {"M2: a range of padding",
     DSC_MONOCHROME2,
     16,
     16,
     15,
     true,
     {0xF830, 0xF8FF, 0xF900, 3, 4, 5},
     true,
     {-2000, -1792},
     3},
    {"M2: just outside the range",
     DSC_MONOCHROME2,
     16,
     16,
     15,
     true,
     {0xF830, 0xF82F, 0xFF00, 3, 4, 5},
     true,
     {-2000, -1792},
     0xF82F},
    {"M1: nothing but padding is not white",
     DSC_MONOCHROME1,
     8,
     8,
     7,
     false,
     {255, 255, 255, 255, 255, 255},
     true,
     {255, 255},
     255},
    {"M2: nothing but padding",
     DSC_MONOCHROME2,
     16,
     16,
     15,
     true,
     {0xF830, 0xF830, 0xF830, 0xF830, 0xF830, 0xF830},
     true,
     {-2000, -2000},
     0xF830},
};

static void put_words(dsc_frame *frame, const uint32_t *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t v16 = (uint16_t)words[i];
        switch (dsc_sample_bytes(&frame->fmt)) {
        case 1:
            frame->data[i] = (uint8_t)words[i];
            break;
        case 2:
            memcpy(frame->data + 2 * i, &v16, 2);
            break;
        default:
            memcpy(frame->data + 4 * i, &words[i], 4);
        }
    }
}

ParameterizedTestParameters(black, of_one_sample)
{
    return cr_make_param_array(struct black, mono_cases,
                               sizeof mono_cases / sizeof mono_cases[0]);
}

ParameterizedTest(struct black *c, black, of_one_sample)
{
    dsc_format fmt = {6,
                      1,
                      1,
                      c->allocated,
                      c->stored,
                      c->high,
                      c->is_signed,
                      c->photometric,
                      DSC_INTERLEAVED};
    dsc_frame frame = {0};
    dsc_fill fill;

    cr_assert_eq(dsc_frame_alloc(&frame, &fmt, NULL), DSC_OK);
    put_words(&frame, c->words, 6);
    fill = dsc_fill_black(&frame, 99, c->padded ? &c->padding : NULL);
    cr_assert_eq(fill.v[0], c->want, "%s: %#x, not %#x", c->what, fill.v[0],
                 c->want);
    dsc_frame_free(&frame);
}

struct colour {
    dsc_photometric photometric;
    uint16_t samples, allocated, stored;
    uint32_t want[3];
};

static struct colour colour_cases[] = {
    {DSC_RGB, 3, 8, 8, {0, 0, 0}},
    {DSC_RGB, 3, 16, 12, {0, 0, 0}},
    {DSC_YBR_RCT, 3, 8, 8, {0, 0, 0}},
    {DSC_YBR_ICT, 3, 8, 8, {0, 0, 0}},
    {DSC_YBR_FULL, 3, 8, 8, {0, 128, 128}},
    {DSC_YBR_FULL, 3, 16, 16, {0, 32768, 32768}},
    {DSC_YBR_FULL_422, 3, 8, 8, {0, 128, 128}},
    {DSC_YBR_PARTIAL_422, 3, 8, 8, {16, 128, 128}},
    {DSC_YBR_PARTIAL_420, 3, 8, 8, {16, 128, 128}},
    {DSC_YBR_PARTIAL_422, 3, 16, 10, {64, 512, 512}},
    {DSC_PALETTE_COLOR, 1, 8, 8, {77, 0, 0}},
    {DSC_PALETTE_COLOR, 1, 16, 16, {77, 0, 0}},
};

ParameterizedTestParameters(black, of_colour)
{
    return cr_make_param_array(struct colour, colour_cases,
                               sizeof colour_cases / sizeof colour_cases[0]);
}

ParameterizedTest(struct colour *c, black, of_colour)
{
    dsc_format fmt = {4,
                      2,
                      c->samples,
                      c->allocated,
                      c->stored,
                      (uint16_t)(c->stored - 1),
                      false,
                      c->photometric,
                      DSC_INTERLEAVED};
    dsc_frame frame = {0};
    dsc_fill fill;

    cr_assert_eq(dsc_frame_alloc(&frame, &fmt, NULL), DSC_OK);
    memset(frame.data, 0xC3, frame.size);
    fill = dsc_fill_black(&frame, 77, NULL);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(fill.v[i], c->want[i], "%s sample %d: %u",
                     dsc_photometric_name(c->photometric), i, fill.v[i]);
    dsc_frame_free(&frame);
}

/* ---- stored values ---- */

Test(stored_value, every_16_bit_word_of_every_depth)
{
    for (uint16_t stored = 1; stored <= 16; stored++) {
        for (uint16_t high = (uint16_t)(stored - 1); high < 16; high++) {
            dsc_format f = {1,
                            1,
                            1,
                            16,
                            stored,
                            high,
                            true,
                            DSC_MONOCHROME2,
                            DSC_INTERLEAVED};
            unsigned shift = high + 1u - stored;
            for (uint32_t w = 0; w < 65536; w += 7) {
                uint32_t bits = (w >> shift) % (1u << stored);
                int64_t want = (int64_t)bits;
                f.is_signed = false;
                cr_assert_eq(dsc_stored_value(&f, w), want);
                if (bits >= 1u << (stored - 1))
                    want -= (int64_t)1 << stored;
                f.is_signed = true;
                cr_assert_eq(dsc_stored_value(&f, w), want);
            }
        }
    }
}

/* ---- formats and frames ---- */

Test(photometric, names_round_trip)
{
    dsc_photometric p;

    for (unsigned i = 0; i < DSC_PHOTOMETRIC_COUNT; i++) {
        char padded[32];
        const char *name = dsc_photometric_name((dsc_photometric)i);
        cr_assert(dsc_photometric_parse(name, &p));
        cr_assert_eq(p, (dsc_photometric)i);
        snprintf(padded, sizeof padded, "%s  ", name);
        cr_assert(dsc_photometric_parse(padded, &p));
    }
    cr_assert_str_eq(dsc_photometric_name(DSC_PHOTOMETRIC_COUNT), "");
}

Test(photometric, unknown_terms_are_refused)
{
    static const char *const bad[] = {"",
                                      "MONOCHROME",
                                      "MONOCHROME3",
                                      "monochrome2",
                                      " RGB",
                                      "RGBA",
                                      "CMYK",
                                      "ARGB",
                                      "HSV",
                                      "YBR_FULL_444",
                                      "YBR",
                                      "RGB\\RGB",
                                      "MONOCHROME2\\MONOCHROME1"};
    dsc_photometric p = DSC_RGB;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_not(dsc_photometric_parse(bad[i], &p), "%s", bad[i]);
    cr_assert_eq(p, DSC_RGB);
}

struct size {
    dsc_format fmt;
    bool good;
    size_t want;
};

static struct size size_cases[] = {
    {{10, 20, 1, 8, 8, 7, false, DSC_MONOCHROME2, DSC_INTERLEAVED}, true, 200},
    {{10, 20, 1, 1, 1, 0, false, DSC_MONOCHROME2, DSC_INTERLEAVED}, true, 200},
    {{10, 20, 1, 16, 12, 11, false, DSC_MONOCHROME2, DSC_INTERLEAVED},
     true,
     400},
    {{10, 20, 3, 8, 8, 7, false, DSC_RGB, DSC_PLANAR}, true, 600},
    {{10, 20, 1, 32, 32, 31, false, DSC_MONOCHROME2, DSC_INTERLEAVED},
     true,
     800},
    {{10, 20, 3, 8, 8, 7, false, DSC_YBR_FULL_422, DSC_YBR422}, true, 400},
    {{11, 20, 3, 8, 8, 7, false, DSC_YBR_FULL_422, DSC_YBR422}, true, 480},
    {{65535, 65535, 3, 16, 16, 15, false, DSC_RGB, DSC_INTERLEAVED},
     true,
     (size_t)65535 * 65535 * 6},
    {{0, 20, 1, 8, 8, 7, false, DSC_MONOCHROME2, DSC_INTERLEAVED}, false, 0},
    {{10, 0, 1, 8, 8, 7, false, DSC_MONOCHROME2, DSC_INTERLEAVED}, false, 0},
    {{10, 20, 0, 8, 8, 7, false, DSC_MONOCHROME2, DSC_INTERLEAVED}, false, 0},
    {{UINT32_MAX, UINT32_MAX, 3, 32, 32, 31, false, DSC_RGB, DSC_INTERLEAVED},
     false,
     0},
    {{UINT32_MAX, UINT32_MAX, 65535, 8, 8, 7, false, DSC_RGB, DSC_PLANAR},
     false,
     0},
};

ParameterizedTestParameters(frame, size)
{
    return cr_make_param_array(struct size, size_cases,
                               sizeof size_cases / sizeof size_cases[0]);
}

ParameterizedTest(struct size *c, frame, size)
{
    size_t n = 0;
    dsc_frame frame = {0};

    cr_assert_eq(dsc_frame_bytes(&c->fmt, &n), c->good);
    if (c->good)
        cr_assert_eq(n, c->want, "%zu", n);
    else
        cr_assert_eq(dsc_frame_alloc(&frame, &c->fmt, NULL), DSC_BADFILE);
    cr_assert_null(frame.data);
}

Test(frame, memory_is_reused_and_cleared)
{
    dsc_format fmt = {
        8, 4, 1, 16, 12, 11, false, DSC_MONOCHROME2, DSC_INTERLEAVED};
    dsc_frame frame = {0};

    cr_assert_eq(dsc_frame_alloc(&frame, &fmt, NULL), DSC_OK);
    memset(frame.data, 0xFF, frame.size);
    cr_assert_eq(dsc_frame_alloc(&frame, &fmt, NULL), DSC_OK);
    for (size_t i = 0; i < frame.size; i++)
        cr_assert_eq(frame.data[i], 0);
    fmt.rows = 9;
    cr_assert_eq(dsc_frame_alloc(&frame, &fmt, NULL), DSC_OK);
    cr_assert_eq(frame.size, 8 * 9 * 2);
    fmt.bits_allocated = fmt.bits_stored = 1;
    fmt.high_bit = 0;
    cr_assert_eq(dsc_frame_alloc(&frame, &fmt, NULL), DSC_OK);
    cr_assert_eq(frame.fmt.bits_allocated, 8, "one bit is spread to a byte");
    dsc_frame_free(&frame);
    cr_assert_null(frame.data);
    dsc_frame_free(&frame);
}

Test(frame, out_of_memory_is_told)
{
    dsc_format fmt = {
        8, 4, 1, 8, 8, 7, false, DSC_MONOCHROME2, DSC_INTERLEAVED};
    dsc_frame frame = {0};
    dsc_error err = DSC_ERROR_INIT;

    dsc_alloc_fail_after(1);
    cr_assert_eq(dsc_frame_alloc(&frame, &fmt, &err), DSC_NOMEM);
    cr_assert_null(frame.data);
    cr_assert_eq(frame.size, 0);
}
