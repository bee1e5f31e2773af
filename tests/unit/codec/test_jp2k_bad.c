/* SPDX-License-Identifier: Apache-2.0 */
#include "jp2k_maker.h"
#include "streams.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/resource.h>

#define UID_90 "1.2.840.10008.1.2.4.90"
#define UID_91 "1.2.840.10008.1.2.4.91"

/* ---- bad input ---- */

static const jp2k_recipe bad_recipes[] = {
    {.precision = 8, .levels = 2},
    {.precision = 8, .levels = 2, .tile_w = 16, .tile_h = 16},
    {.precision = 8,
     .levels = 1,
     .tile_w = 16,
     .tile_h = 16,
     .parts = true,
     .order = 1},
    {.precision = 8,
     .levels = 2,
     .irreversible = true,
     .layers = 2,
     .style = 6},
};

Test(jp2k_bad, bad_streams_are_refused)
{
    dsc_format fmt = stream_format(40, 28, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 2);
    for (size_t i = 0; i < sizeof bad_recipes / sizeof *bad_recipes; i++) {
        dsc_buf s = jp2k_make_stream(&frame, bad_recipes[i]);
        cr_expect_gt(stream_truncate(&dsc_codec_jp2k, jp2k_bytes(&s), &fmt),
                     200);
        unsigned refused = stream_flip(&dsc_codec_jp2k, UID_91, jp2k_bytes(&s),
                                       &fmt, 1200, (uint32_t)i);
        cr_expect_gt(refused, 300, "only %u refused", refused);
        dsc_buf_free(&s);
    }
    dsc_frame_free(&frame);
}

Test(jp2k_bad, edit_survives_bad_streams)
{
    dsc_format fmt = stream_format(40, 28, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 2);
    dsc_buf s = jp2k_make_stream(&frame, bad_recipes[2]);
    dsc_rects rects = {0};
    dsc_fill fill = {{0, 0, 0}};
    uint32_t state = 99;
    unsigned ok = 0;
    cr_assert_eq(dsc_rects_add(&rects, (dsc_rect){3, 5, 9, 4}, NULL), DSC_OK);
    for (unsigned i = 0; i < 600; i++) {
        dsc_buf bad = {0}, out = {0};
        dsc_error err = DSC_ERROR_INIT;
        cr_assert_eq(dsc_buf_append(&bad, s.data, s.len, NULL), DSC_OK);
        for (unsigned n = 1 + i % 3; n > 0; n--)
            bad.data[stream_random(&state) % bad.len] =
                (uint8_t)stream_random(&state);
        dsc_status st = dsc_codec_jp2k.edit(&out, jp2k_bytes(&bad), &fmt,
                                            &rects, &fill, &err);
        cr_assert_neq(st, DSC_INTERNAL, "%s", err.msg);
        cr_assert_eq(out.len > 0, st == DSC_OK);
        ok += st == DSC_OK;
        dsc_buf_free(&out);
        dsc_buf_free(&bad);
    }
    cr_expect(ok > 0 && ok < 600, "%u", ok);
    dsc_rects_free(&rects);
    dsc_buf_free(&s);
    dsc_frame_free(&frame);
}

Test(jp2k_bad, headers_that_lie)
{
    enum {
        SIZ = 4,
        COD = 47
    }; /* of one component */
    static const struct {
        const char *what;
        unsigned offset;
        uint8_t value;
        dsc_status want;
    } lies[] = {
        {"no SOC", 1, 0, DSC_BADFILE},
        {"no SIZ", 3, 0x52, DSC_BADFILE},
        {"SIZ length", SIZ + 1, 40, DSC_BADFILE},
        {"part 2", SIZ + 2, 0x80, DSC_UNSUPPORTED},
        {"wider", SIZ + 6, 1, DSC_BADFILE},
        {"higher", SIZ + 10, 1, DSC_BADFILE},
        {"over 2^31", SIZ + 4, 0x80, DSC_BADFILE},
        {"offset past the end", SIZ + 12, 1, DSC_BADFILE},
        {"no tile width", SIZ + 23, 0, DSC_BADFILE},
        {"tiles of 1 x 28", SIZ + 23, 1, DSC_BADFILE},
        {"tile offset past the picture", SIZ + 31, 9, DSC_BADFILE},
        {"no components", SIZ + 37, 0, DSC_BADFILE},
        {"9 bit", SIZ + 38, 8, DSC_BADFILE},
        {"38 bit", SIZ + 38, 37, DSC_UNSUPPORTED},
        {"subsampled", SIZ + 39, 2, DSC_UNSUPPORTED},
        {"dy 0", SIZ + 40, 0, DSC_UNSUPPORTED},
        {"progression 7", COD + 3, 7, DSC_BADFILE},
        {"no layers", COD + 5, 0, DSC_BADFILE},
        {"65281 layers", COD + 4, 0xFF, DSC_BADFILE},
        {"MCT of one component", COD + 6, 1, DSC_BADFILE},
        {"MCT 9", COD + 6, 9, DSC_BADFILE},
        {"40 levels", COD + 7, 40, DSC_BADFILE},
        {"block of 2^12", COD + 8, 10, DSC_BADFILE},
        {"block area", COD + 8, 8, DSC_BADFILE},
        {"wavelet 2", COD + 11, 2, DSC_BADFILE},
        {"precincts that are not there", COD + 2, 1, DSC_BADFILE},
    };
    dsc_format fmt = stream_format(40, 28, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 2);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        dsc_buf s = jp2k_make_stream(
            &frame, (jp2k_recipe){.precision = 8, .levels = 2});
        cr_assert_eq(dsc_j2k_get16(s.data + COD - 2), DSC_J2K_COD);
        s.data[lies[i].offset] = lies[i].value;
        stream_refused(&dsc_codec_jp2k, jp2k_bytes(&s), &fmt, lies[i].want,
                       lies[i].what);
        dsc_buf_free(&s);
    }
    dsc_frame_free(&frame);
}

Test(jp2k_bad, datasets_that_do_not_fit)
{
    dsc_format fmt = stream_format(40, 28, 1, 16, 12, false);
    dsc_frame frame = stream_frame(&fmt, 12, 2);
    dsc_buf s =
        jp2k_make_stream(&frame, (jp2k_recipe){.precision = 12, .levels = 2});
    dsc_format f = fmt;
    f.rows = 27;
    stream_refused(&dsc_codec_jp2k, jp2k_bytes(&s), &f, DSC_BADFILE, "rows");
    f = fmt;
    f.samples = 3;
    f.photometric = DSC_RGB;
    stream_refused(&dsc_codec_jp2k, jp2k_bytes(&s), &f, DSC_BADFILE, "samples");
    f = stream_format(40, 28, 1, 8, 8, false);
    stream_refused(&dsc_codec_jp2k, jp2k_bytes(&s), &f, DSC_BADFILE, "bits");
    f = fmt;
    f.bits_stored = 17;
    stream_refused(&dsc_codec_jp2k, jp2k_bytes(&s), &f, DSC_BADFILE, "stored");
    dsc_buf_free(&s);
    dsc_frame_free(&frame);
}

/* A tile-part gone, twice, swapped, of another tile, too long. */
Test(jp2k_bad, tile_parts_must_be_whole)
{
    dsc_format fmt = stream_format(40, 28, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 2);
    dsc_buf s = jp2k_make_stream(&frame, bad_recipes[1]);
    dsc_j2k_head h = jp2k_parse(jp2k_bytes(&s));
    cr_assert_gt(h.part_count, 3);
    for (size_t gone = 0; gone < h.part_count; gone++) {
        dsc_buf t = {0};
        cr_assert_eq(dsc_buf_append(&t, s.data, h.parts[gone].sot, NULL),
                     DSC_OK);
        cr_assert_eq(dsc_buf_append(&t, s.data + h.parts[gone].end,
                                    s.len - h.parts[gone].end, NULL),
                     DSC_OK);
        stream_refused(&dsc_codec_jp2k, jp2k_bytes(&t), &fmt, DSC_BADFILE,
                       "a tile is missing");
        dsc_buf_free(&t);
    }
    size_t sot = h.parts[1].sot;
    const struct {
        const char *what;
        size_t at;
        uint8_t value;
    } lies[] = {
        {"tile 0 twice", sot + 5, 0},  {"tile 77", sot + 5, 77},
        {"part 1 first", sot + 10, 1}, {"too long", sot + 7, 9},
        {"too short", sot + 9, 13},    {"SOT length", sot + 3, 9},
        {"no SOD", sot + 13, 0x94},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        uint8_t was = s.data[lies[i].at];
        s.data[lies[i].at] = lies[i].value;
        stream_refused(&dsc_codec_jp2k, jp2k_bytes(&s), &fmt, DSC_BADFILE,
                       lies[i].what);
        s.data[lies[i].at] = was;
    }
    dsc_j2k__free(&h);
    dsc_buf_free(&s);
    dsc_frame_free(&frame);
}

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* A few bytes that claim huge pictures, tiles or precincts by the million:
 * refused before memory is taken. */
Test(jp2k_bad, bombs)
{
    static const struct {
        const char *what;
        uint32_t side, tile;
        dsc_status want;
    } cases[] = {
        {"65535 x 65535", 65535, 65535, DSC_LIMIT},
        {"40000 x 40000", 40000, 40000, DSC_LIMIT},
        {"16384 tiles", 16384, 128, DSC_BADFILE},
        {"one-pixel tiles", 4096, 1, DSC_LIMIT},
    };
    dsc_format fmt = stream_format(40, 28, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 2);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_buf s = jp2k_make_stream(
            &frame, (jp2k_recipe){.precision = 8, .levels = 2});
        fmt = stream_format(cases[i].side, cases[i].side, 1, 8, 8, false);
        put32(s.data + 8, cases[i].side);
        put32(s.data + 12, cases[i].side);
        put32(s.data + 24, cases[i].tile);
        put32(s.data + 28, cases[i].tile);
        dsc_alloc_fail_after(1);
        stream_refused(&dsc_codec_jp2k, jp2k_bytes(&s), &fmt, cases[i].want,
                       cases[i].what);
        dsc_alloc_fail_after(0);
        dsc_buf_free(&s);
    }
    dsc_frame_free(&frame);
}

/* Precincts of a few pixels over a large picture, and blocks of 4 x 4. */
Test(jp2k_bad, precinct_bomb)
{
    dsc_format fmt = stream_format(300, 300, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 2);
    memset(frame.data, 0, frame.size);
    dsc_buf s = jp2k_make_stream(
        &frame, (jp2k_recipe){.precision = 8, .levels = 2, .precinct = 128});
    dsc_j2k_head h = jp2k_parse(jp2k_bytes(&s));
    dsc_j2k__free(&h);
    /* COD: marker 45, Scod 49, SGcod 50, SPcod 54, precincts 59 */
    cr_assert_eq(dsc_j2k_get16(s.data + 45), DSC_J2K_COD);
    memset(s.data + 59, 0x11, 3);
    fmt = stream_format(16000, 16000, 1, 8, 8, false);
    put32(s.data + 8, 16000);
    put32(s.data + 12, 16000);
    put32(s.data + 24, 16000);
    put32(s.data + 28, 16000);
    stream_refused(&dsc_codec_jp2k, jp2k_bytes(&s), &fmt, DSC_BADFILE,
                   "precincts of 2 x 2");
    memset(s.data + 59, 0xFF, 3);
    s.data[55] = s.data[56] = 0;
    stream_refused(&dsc_codec_jp2k, jp2k_bytes(&s), &fmt, DSC_LIMIT,
                   "16 million code-blocks");
    dsc_buf_free(&s);
    dsc_frame_free(&frame);
}

/* ---- boxes and padding ---- */

static void put_box(dsc_buf *out, const char *type, const void *data, size_t n)
{
    uint8_t head[8];
    put32(head, (uint32_t)(n + 8));
    memcpy(head + 4, type, 4);
    cr_assert_eq(dsc_buf_append(out, head, 8, NULL), DSC_OK);
    cr_assert_eq(dsc_buf_append(out, data, n, NULL), DSC_OK);
}

Test(jp2k_bad, boxes_around_the_codestream)
{
    static const uint8_t magic[] = {0x0D, 0x0A, 0x87, 0x0A};
    dsc_format fmt = stream_format(40, 28, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 2);
    dsc_buf s =
        jp2k_make_stream(&frame, (jp2k_recipe){.precision = 8, .levels = 2});
    dsc_buf jp2 = {0};
    put_box(&jp2, "jP  ", magic, 4);
    put_box(&jp2, "ftyp", "jp2 \0\0\0\0jp2 ", 12);
    size_t at = jp2.len;
    put_box(&jp2, "jp2c", s.data, s.len);
    dsc_frame back = jp2k_decode(jp2k_bytes(&jp2), &fmt, "boxed");
    cr_expect(stream_same(&frame, &back));
    dsc_frame_free(&back);
    /* the last box may say 0: to the end */
    put32(jp2.data + at, 0);
    back = jp2k_decode(jp2k_bytes(&jp2), &fmt, "open box");
    cr_expect(stream_same(&frame, &back));
    dsc_frame_free(&back);
    static const uint32_t lengths[] = {7, 9, 0xFFFFFFFF, 1};
    for (size_t i = 0; i < 4; i++) {
        put32(jp2.data + at, lengths[i]);
        stream_refused(&dsc_codec_jp2k, jp2k_bytes(&jp2), &fmt, DSC_BADFILE,
                       "box length");
    }
    put32(jp2.data + at, 0);
    stream_truncate(&dsc_codec_jp2k, jp2k_bytes(&jp2), &fmt);
    /* a box length that stops the walk */
    put32(jp2.data + 12, 3);
    stream_refused(&dsc_codec_jp2k, jp2k_bytes(&jp2), &fmt, DSC_BADFILE,
                   "ftyp of 3 bytes");
    dsc_buf_free(&jp2);
    dsc_buf_free(&s);
    dsc_frame_free(&frame);
}

Test(jp2k_bad, padding_and_open_last_part)
{
    dsc_format fmt = stream_format(40, 28, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 2);
    dsc_buf s = jp2k_make_stream(&frame, bad_recipes[1]);
    dsc_j2k_head h = jp2k_parse(jp2k_bytes(&s));
    /* Psot 0: up to EOC */
    put32(s.data + h.parts[h.part_count - 1].sot + 6, 0);
    dsc_j2k__free(&h);
    for (int i = 0; i < 3; i++) {
        dsc_frame back = jp2k_decode(jp2k_bytes(&s), &fmt, "padded");
        cr_expect(stream_same(&frame, &back));
        dsc_frame_free(&back);
        cr_assert_eq(dsc_buf_append(&s, i ? "\xFF" : "\0", 1, NULL), DSC_OK);
    }
    dsc_buf_free(&s);
    dsc_frame_free(&frame);
}

Test(jp2k_bad, out_of_memory_is_told)
{
    dsc_format fmt = stream_format(40, 28, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 4);
    dsc_buf s = jp2k_make_stream(&frame, bad_recipes[1]), out = {0};
    dsc_rects rects = {0};
    dsc_fill fill = {{0, 0, 0}};
    unsigned long n;
    cr_assert_eq(dsc_rects_add(&rects, (dsc_rect){3, 5, 9, 4}, NULL), DSC_OK);
    for (n = 1; n < 200; n++) {
        dsc_alloc_fail_after(n);
        dsc_status st = dsc_codec_jp2k.edit(&out, jp2k_bytes(&s), &fmt, &rects,
                                            &fill, NULL);
        dsc_alloc_fail_after(0);
        if (!st)
            break;
        cr_assert_eq(st, DSC_NOMEM, "allocation %lu: %s", n,
                     dsc_status_name(st));
        cr_assert_eq(out.len, 0);
        dsc_buf_free(&out);
    }
    cr_expect(n > 8 && n < 200, "%lu", n);
    for (n = 1; n < 200; n++) {
        dsc_alloc_fail_after(n);
        dsc_status st = dsc_codec_jp2k.encode(&out, &frame, UID_90,
                                              (dsc_bytes){0}, &fmt, NULL);
        dsc_alloc_fail_after(0);
        if (!st)
            break;
        cr_assert_eq(st, DSC_NOMEM, "allocation %lu: %s", n,
                     dsc_status_name(st));
        dsc_buf_free(&out);
    }
    cr_expect(n > 5 && n < 200, "%lu", n);
    dsc_rects_free(&rects);
    dsc_buf_free(&out);
    dsc_buf_free(&s);
    dsc_frame_free(&frame);
}

#if defined(__has_feature)
# if __has_feature(address_sanitizer)
#  define __SANITIZE_ADDRESS__ 1
# endif
#endif

/* Tiles may be declared far larger than the image. OpenJPEG's encoder would
 * allocate for the whole of one. */
Test(jp2k_bad, tiles_wider_than_the_image)
{
    dsc_format fmt = stream_format(50, 40, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 3);
    dsc_buf s = jp2k_make_stream(
        &frame,
        (jp2k_recipe){.precision = 8, .levels = 2, .tile_w = 50, .tile_h = 16});
    dsc_buf out = {0};
    dsc_rects rects = {0};
    dsc_fill fill = {{0, 0, 0}};
    dsc_error err = DSC_ERROR_INIT;
    static const uint8_t wide[4] = {0x0A, 0, 0, 0};

    memcpy(s.data + 24, wide, 4); /* XTsiz */
    cr_assert_eq(dsc_rects_add(&rects, (dsc_rect){3, 5, 9, 4}, NULL), DSC_OK);
#ifndef __SANITIZE_ADDRESS__
    cr_assert_eq(setrlimit(RLIMIT_AS, &(struct rlimit){1 << 30, 1 << 30}), 0);
#endif
    cr_assert_eq(
        dsc_codec_jp2k.edit(&out, jp2k_bytes(&s), &fmt, &rects, &fill, &err),
        DSC_OK, "%s", err.msg);
    dsc_frame before = jp2k_decode(jp2k_bytes(&s), &fmt, "before");
    dsc_frame after = jp2k_decode(jp2k_bytes(&out), &fmt, "after");
    for (uint32_t y = 0; y < 40; y++)
        for (uint32_t x = 0; x < 50; x++) {
            bool in = x >= 3 && x < 12 && y >= 5 && y < 9;
            cr_assert_eq(after.data[y * 50 + x],
                         in ? 0 : before.data[y * 50 + x], "%u, %u", x, y);
        }
    dsc_frame_free(&after);
    dsc_frame_free(&before);
    dsc_frame_free(&frame);
    dsc_rects_free(&rects);
    dsc_buf_free(&out);
    dsc_buf_free(&s);
}
