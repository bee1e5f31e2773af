/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/codec.h"

#include <criterion/criterion.h>
#include <string.h>

static const dsc_codec *raw(void)
{
    return dsc_codec_for("1.2.840.10008.1.2.1");
}

static dsc_format format(uint32_t w, uint32_t h, unsigned samples,
                         unsigned bits)
{
    return (dsc_format){
        .columns = w,
        .rows = h,
        .samples = (uint16_t)samples,
        .bits_allocated = (uint16_t)bits,
        .bits_stored = (uint16_t)bits,
        .high_bit = (uint16_t)(bits - 1),
        .photometric = samples == 1 ? DSC_MONOCHROME2 : DSC_RGB,
    };
}

static dsc_status decode(dsc_frame *out, const uint8_t *data, size_t n,
                         const dsc_format *fmt)
{
    return raw()->decode(out, (dsc_bytes){data, n}, fmt, NULL);
}

/* Decode and encode `n` bytes of noise; the bytes must come back. */
static void round_trip(const dsc_format *fmt, size_t n)
{
    uint8_t data[4096];
    dsc_frame frame = {0};
    dsc_buf out = {0};
    uint32_t seed = 7;

    cr_assert_leq(n, sizeof data);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        data[i] = (uint8_t)(seed >> 24);
    }
    cr_assert_eq(decode(&frame, data, n, fmt), DSC_OK);
    cr_assert_eq(frame.fmt.columns, fmt->columns);
    cr_assert_eq(raw()->encode(&out, &frame, "1.2.840.10008.1.2.1",
                               (dsc_bytes){0}, fmt, NULL),
                 DSC_OK);
    if (fmt->bits_allocated != 1)
        cr_assert_eq(frame.size, n);
    cr_assert_eq(out.len, n);
    if (fmt->bits_allocated != 1)
        cr_assert(!memcmp(out.data, data, n));
    /* one byte too few or too many is no frame */
    cr_assert_eq(decode(&frame, data, n - 1, fmt), DSC_BADFILE);
    cr_assert_eq(decode(&frame, data, n + 1, fmt), DSC_BADFILE);
    cr_assert_eq(decode(&frame, data, 0, fmt), DSC_BADFILE);
    dsc_frame_free(&frame);
    dsc_buf_free(&out);
}

Test(raw, words_come_back)
{
    for (unsigned samples = 1; samples <= 3; samples += 2) {
        for (unsigned bits = 8; bits <= 32; bits *= 2) {
            dsc_format f = format(13, 7, samples, bits);
            round_trip(&f, 13 * 7 * samples * bits / 8);
            f.layout = DSC_PLANAR;
            round_trip(&f, 13 * 7 * samples * bits / 8);
            f.layout = DSC_INTERLEAVED;
            f.is_signed = true;
            f.bits_stored = (uint16_t)(bits - 3);
            f.high_bit = (uint16_t)(bits - 2);
            round_trip(&f, 13 * 7 * samples * bits / 8);
        }
    }
}

Test(raw, one_bit_pixels)
{
    dsc_format f = format(5, 3, 1, 1);
    /* bit 0 of byte 0 is the first pixel */
    static const uint8_t packed[2] = {0xA5, 0x4E};
    static const uint8_t pixels[15] = {1, 0, 1, 0, 0, 1, 0, 1,
                                       0, 1, 1, 1, 0, 0, 1};
    dsc_frame frame = {0};
    dsc_buf out = {0};

    cr_assert_eq(decode(&frame, packed, 2, &f), DSC_OK);
    cr_assert_eq(frame.size, 15);
    cr_assert_eq(frame.fmt.bits_allocated, 8);
    cr_assert_eq(frame.fmt.bits_stored, 1);
    cr_assert(!memcmp(frame.data, pixels, 15));
    cr_assert_eq(raw()->encode(&out, &frame, "", (dsc_bytes){0}, &f, NULL),
                 DSC_OK);
    cr_assert_eq(out.len, 2);
    cr_assert(!memcmp(out.data, packed, 2));
    frame.data[3] = 2;
    cr_assert_eq(raw()->encode(&out, &frame, "", (dsc_bytes){0}, &f, NULL),
                 DSC_INTERNAL);
    cr_assert_eq(out.len, 0);
    dsc_frame_free(&frame);
    dsc_buf_free(&out);
    f = format(16, 4, 1, 1);
    round_trip(&f, 8);
    f = format(17, 5, 1, 1);
    round_trip(&f, 11);
}

Test(raw, native_422)
{
    static const dsc_photometric kinds[] = {DSC_YBR_FULL_422,
                                            DSC_YBR_PARTIAL_422};
    dsc_frame frame = {0};
    uint8_t data[48] = {1, 2, 3};

    for (size_t i = 0; i < 2; i++) {
        dsc_format f = format(6, 4, 3, 8);
        f.photometric = kinds[i];
        round_trip(&f, 48);
        cr_assert_eq(decode(&frame, data, 48, &f), DSC_OK);
        cr_assert_eq(frame.fmt.layout, DSC_YBR422);
        /* three bytes a pixel is another photometric interpretation */
        cr_assert_eq(decode(&frame, data, 72, &f), DSC_BADFILE);
        f.layout = DSC_PLANAR;
        cr_assert_eq(decode(&frame, data, 48, &f), DSC_UNSUPPORTED);
        f = format(6, 4, 3, 16);
        f.photometric = kinds[i];
        cr_assert_eq(decode(&frame, data, 96, &f), DSC_UNSUPPORTED);
    }
    dsc_frame_free(&frame);
}

Test(raw, photometric_kinds_that_native_cannot_have)
{
    static const dsc_photometric kinds[] = {DSC_YBR_PARTIAL_420, DSC_YBR_RCT,
                                            DSC_YBR_ICT};
    uint8_t data[48] = {0};
    dsc_frame frame = {0};

    for (size_t i = 0; i < 3; i++) {
        dsc_format f = format(4, 4, 3, 8);
        f.photometric = kinds[i];
        cr_assert_eq(decode(&frame, data, 48, &f), DSC_UNSUPPORTED);
        cr_assert(!frame.data);
    }
}

Test(raw, senseless_formats)
{
    uint8_t data[64] = {0};
    dsc_frame frame = {0};
    struct {
        dsc_format f;
        dsc_status want;
    } cases[] = {
        {format(0, 4, 1, 8), DSC_BADFILE},
        {format(4, 0, 1, 8), DSC_BADFILE},
        {format(65536, 4, 1, 8), DSC_BADFILE},
        {format(4, 4, 0, 8), DSC_UNSUPPORTED},
        {format(4, 4, 2, 8), DSC_UNSUPPORTED},
        {format(4, 4, 4, 8), DSC_UNSUPPORTED},
        {format(4, 4, 1, 12), DSC_UNSUPPORTED},
        {format(4, 4, 1, 64), DSC_UNSUPPORTED},
        {format(65535, 65535, 3, 32), DSC_LIMIT},
        {format(65535, 65535, 1, 8), DSC_LIMIT},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(decode(&frame, data, 16, &cases[i].f), cases[i].want,
                     "case %zu", i);
    for (unsigned stored = 0; stored < 20; stored++) {
        for (unsigned high = 0; high < 20; high++) {
            dsc_format f = format(4, 8, 1, 16);
            bool fine =
                stored >= 1 && stored <= 16 && high <= 15 && high + 1 >= stored;
            f.bits_stored = (uint16_t)stored;
            f.high_bit = (uint16_t)high;
            cr_assert_eq(decode(&frame, data, 64, &f),
                         fine ? DSC_OK : DSC_BADFILE, "%u %u", stored, high);
        }
    }
    dsc_frame_free(&frame);
}

Test(raw, photometric_and_samples_must_agree)
{
    uint8_t data[48] = {0};
    dsc_frame frame = {0};

    for (unsigned p = 0; p < DSC_PHOTOMETRIC_COUNT; p++) {
        dsc_format f = format(4, 4, p <= DSC_PALETTE_COLOR ? 3 : 1, 8);
        f.photometric = (dsc_photometric)p;
        cr_assert_neq(decode(&frame, data, f.samples * 16u, &f), DSC_OK);
    }
}

/* A frame that came from another codec changes its layout on the way. */
Test(raw, layout_follows_the_dataset)
{
    static const uint8_t pixels[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    static const uint8_t planes[12] = {1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12};
    dsc_format f = format(2, 2, 3, 8), planar = f;
    dsc_frame frame = {0};
    dsc_buf out = {0};

    planar.layout = DSC_PLANAR;
    cr_assert_eq(decode(&frame, pixels, 12, &f), DSC_OK);
    cr_assert_eq(raw()->encode(&out, &frame, "", (dsc_bytes){0}, &planar, NULL),
                 DSC_OK);
    cr_assert(out.len == 12 && !memcmp(out.data, planes, 12));
    cr_assert_eq(decode(&frame, planes, 12, &planar), DSC_OK);
    cr_assert_eq(raw()->encode(&out, &frame, "", (dsc_bytes){0}, &f, NULL),
                 DSC_OK);
    cr_assert(out.len == 12 && !memcmp(out.data, pixels, 12));
    dsc_frame_free(&frame);
    dsc_buf_free(&out);
}

Test(raw, encode_refuses_another_size)
{
    uint8_t data[12] = {0};
    dsc_format f = format(2, 2, 3, 8), g = f;
    dsc_frame frame = {0};
    dsc_buf out = {0};

    cr_assert_eq(decode(&frame, data, 12, &f), DSC_OK);
    g.columns = 4, g.rows = 1;
    cr_assert_eq(raw()->encode(&out, &frame, "", (dsc_bytes){0}, &g, NULL),
                 DSC_INTERNAL);
    g = f, g.photometric = DSC_YBR_FULL_422;
    cr_assert_eq(raw()->encode(&out, &frame, "", (dsc_bytes){0}, &g, NULL),
                 DSC_INTERNAL);
    g = f, g.bits_allocated = 16;
    cr_assert_eq(raw()->encode(&out, &frame, "", (dsc_bytes){0}, &g, NULL),
                 DSC_INTERNAL);
    frame.size--;
    cr_assert_eq(raw()->encode(&out, &frame, "", (dsc_bytes){0}, &f, NULL),
                 DSC_INTERNAL);
    frame.size++;
    cr_assert_eq(out.len, 0);
    dsc_frame_free(&frame);
    dsc_buf_free(&out);
}
