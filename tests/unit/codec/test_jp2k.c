/* SPDX-License-Identifier: Apache-2.0 */
#include "jp2k_maker.h"
#include "streams.h"

#include <criterion/criterion.h>
#include <string.h>

#define UID_90 "1.2.840.10008.1.2.4.90"
#define UID_91 "1.2.840.10008.1.2.4.91"

/* ---- decode and encode ---- */

typedef struct trip {
    const char *what;
    uint32_t w, h;
    unsigned samples, allocated, stored;
    bool is_signed;
    jp2k_recipe r;
} trip;

static const trip trips[] = {
    {"8 bit", 40, 30, 1, 8, 8, false, {.precision = 8, .levels = 3}},
    {"1 x 1", 1, 1, 1, 8, 8, false, {.precision = 8}},
    {"1 x 9", 1, 9, 1, 8, 8, false, {.precision = 8}},
    {"odd", 37, 21, 1, 16, 16, false, {.precision = 16, .levels = 4}},
    {"one bit", 33, 9, 1, 1, 1, false, {.precision = 1, .levels = 2}},
    {"signed 16",
     37,
     21,
     1,
     16,
     16,
     true,
     {.precision = 16, .is_signed = true, .levels = 2}},
    {"signed 12",
     37,
     21,
     1,
     16,
     12,
     true,
     {.precision = 12, .is_signed = true, .levels = 2}},
    {"signed 14 of 16 stored",
     20,
     21,
     1,
     16,
     16,
     true,
     {.precision = 14, .is_signed = true, .levels = 2}},
    {"12 in 16", 37, 21, 1, 16, 12, false, {.precision = 12, .levels = 2}},
    {"16 of 12 stored",
     37,
     21,
     1,
     16,
     12,
     false,
     {.precision = 16, .levels = 2}},
    {"12 in 32", 17, 21, 1, 32, 12, false, {.precision = 12, .levels = 2}},
    {"layers",
     64,
     48,
     1,
     8,
     8,
     false,
     {.precision = 8, .levels = 3, .layers = 4, .order = 1}},
    {"RGB", 31, 23, 3, 8, 8, false, {.precision = 8, .levels = 3}},
    {"RCT", 31, 23, 3, 8, 8, false, {.precision = 8, .levels = 3, .mct = true}},
    {"RCT 16",
     31,
     23,
     3,
     16,
     16,
     false,
     {.precision = 16, .levels = 3, .mct = true}},
    {"tiles",
     70,
     45,
     3,
     8,
     8,
     false,
     {.precision = 8, .levels = 2, .mct = true, .tile_w = 32, .tile_h = 16}},
    {"tile-parts",
     70,
     45,
     1,
     8,
     8,
     false,
     {.precision = 8,
      .levels = 3,
      .tile_w = 32,
      .tile_h = 32,
      .parts = true,
      .order = 1}},
    {"SOP, EPH, RPCL",
     70,
     45,
     1,
     8,
     8,
     false,
     {.precision = 8, .levels = 2, .style = 6, .order = 2}},
    {"precincts, PCRL",
     140,
     150,
     1,
     8,
     8,
     false,
     {.precision = 8, .levels = 2, .precinct = 64, .order = 3}},
    {"offset",
     40,
     33,
     1,
     8,
     8,
     false,
     {.precision = 8, .levels = 3, .x0 = 5, .y0 = 3}},
};

static void encode_again(const trip *t, const dsc_frame *frame,
                         const dsc_format *fmt, const dsc_buf *s)
{
    dsc_buf out = {0};
    dsc_error err = DSC_ERROR_INIT;
    cr_assert_eq(
        dsc_codec_jp2k.encode(&out, frame, UID_90, jp2k_bytes(s), fmt, &err),
        DSC_OK, "%s: %s", t->what, err.msg);
    dsc_frame back = jp2k_decode(jp2k_bytes(&out), fmt, t->what);
    cr_expect(stream_same(frame, &back), "%s: changed by encode", t->what);
    dsc_j2k_head a = jp2k_parse(jp2k_bytes(s)),
                 b = jp2k_parse(jp2k_bytes(&out));
    cr_expect_eq(a.precision, b.precision, "%s", t->what);
    cr_expect_eq(a.is_signed, b.is_signed, "%s", t->what);
    cr_expect_eq(a.tiles, b.tiles, "%s", t->what);
    cr_expect_eq(a.cod.mct, b.cod.mct, "%s", t->what);
    cr_expect_eq(a.cod.order, b.cod.order, "%s", t->what);
    cr_expect_eq(a.cod.comp[0].levels, b.cod.comp[0].levels, "%s", t->what);
    cr_expect_eq(b.cod.layers, 1, "%s", t->what);
    cr_expect_eq(b.cod.comp[0].wavelet, 1, "%s", t->what);
    cr_expect_not(dsc_codec__jp2k_is_lossy(jp2k_bytes(&out)));
    dsc_j2k__free(&a);
    dsc_j2k__free(&b);
    dsc_frame_free(&back);
    dsc_buf_free(&out);
}

Test(jp2k, reversible_streams)
{
    for (size_t i = 0; i < sizeof trips / sizeof *trips; i++) {
        const trip *t = &trips[i];
        dsc_format fmt = stream_format(t->w, t->h, t->samples, t->allocated,
                                       t->stored, t->is_signed);
        dsc_frame frame = stream_frame(&fmt, t->r.precision, (uint32_t)i);
        dsc_buf s = jp2k_make_stream(&frame, t->r);
        dsc_frame back = jp2k_decode(jp2k_bytes(&s), &fmt, t->what);
        /* A signed value of fewer bits than are stored is sign extended. */
        if (t->is_signed && t->stored > t->r.precision) {
            for (size_t p = 0; p < frame.size / 2; p++) {
                uint16_t *w = (uint16_t *)(void *)frame.data + p;
                if (*w >> (t->r.precision - 1))
                    *w = (uint16_t)(*w | 0xFFFFu << t->r.precision);
            }
        }
        cr_expect(stream_same(&frame, &back), "%s: other samples", t->what);
        encode_again(t, &back, &fmt, &s);
        dsc_frame_free(&back);
        dsc_frame_free(&frame);
        dsc_buf_free(&s);
    }
}

Test(jp2k, photometric_interpretation)
{
    static const struct {
        dsc_photometric dataset, frame;
    } cases[] = {
        {DSC_RGB, DSC_RGB},
        {DSC_YBR_FULL, DSC_YBR_FULL},
        {DSC_YBR_RCT, DSC_RGB},
        {DSC_YBR_ICT, DSC_RGB},
        {DSC_YBR_FULL_422, DSC_YBR_FULL},
    };
    dsc_format fmt = stream_format(31, 23, 3, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 1);
    for (int mct = 0; mct <= 1; mct++) {
        dsc_buf s = jp2k_make_stream(
            &frame, (jp2k_recipe){.precision = 8, .levels = 2, .mct = mct});
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            fmt.photometric = cases[i].dataset;
            fmt.layout = DSC_PLANAR; /* no word on encapsulated frames */
            dsc_frame back = jp2k_decode(jp2k_bytes(&s), &fmt, "photometric");
            cr_expect_eq(back.fmt.photometric, cases[i].frame);
            cr_expect_eq(back.fmt.layout, DSC_INTERLEAVED);
            cr_expect(stream_same(&frame, &back));
            dsc_frame_free(&back);
        }
        dsc_buf_free(&s);
    }
    dsc_frame_free(&frame);
}

/* Words that the old precision cannot hold come back all the same. */
Test(jp2k, precision_grows_with_the_words)
{
    static const struct {
        unsigned stored, like, words, want;
        bool is_signed;
    } cases[] = {
        {12, 12, 12, 12, false}, {12, 12, 13, 16, false},
        {10, 10, 16, 16, false}, {12, 12, 12, 12, true},
        {12, 12, 16, 16, true},  {16, 14, 16, 16, true},
        {12, 10, 12, 12, true},  {12, 16, 16, 16, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_format fmt =
            stream_format(19, 11, 1, 16, cases[i].stored, cases[i].is_signed);
        dsc_frame old = stream_frame(&fmt, cases[i].like, 2);
        dsc_buf s = jp2k_make_stream(
            &old, (jp2k_recipe){.precision = cases[i].like,
                                .is_signed = cases[i].is_signed,
                                .levels = 2});
        dsc_frame frame = stream_frame(&fmt, cases[i].words, 3);
        uint16_t *words = (uint16_t *)(void *)frame.data;
        words[5] = (uint16_t)(1u << (cases[i].words - 1));
        dsc_buf out = {0};
        dsc_error err = DSC_ERROR_INIT;
        cr_assert_eq(dsc_codec_jp2k.encode(&out, &frame, UID_90, jp2k_bytes(&s),
                                           &fmt, &err),
                     DSC_OK, "case %zu: %s", i, err.msg);
        dsc_frame back = jp2k_decode(jp2k_bytes(&out), &fmt, "precision");
        cr_expect(stream_same(&frame, &back), "case %zu", i);
        dsc_j2k_head head = jp2k_parse(jp2k_bytes(&out));
        cr_expect_eq(head.precision, cases[i].want, "case %zu: %u", i,
                     head.precision);
        dsc_j2k__free(&head);
        dsc_frame_free(&back);
        dsc_frame_free(&frame);
        dsc_frame_free(&old);
        dsc_buf_free(&out);
        dsc_buf_free(&s);
    }
}

Test(jp2k, without_an_old_stream)
{
    static const dsc_photometric kinds[] = {DSC_RGB, DSC_YBR_RCT, DSC_YBR_FULL};
    for (size_t i = 0; i < 3; i++)
        for (int layout = DSC_INTERLEAVED; layout <= DSC_PLANAR; layout++) {
            dsc_format fmt = stream_format(20, 11, 3, 8, 8, false);
            fmt.photometric = kinds[i];
            fmt.layout = (dsc_layout)layout;
            dsc_frame frame = stream_frame(&fmt, 8, 5);
            dsc_buf out = {0};
            cr_assert_eq(dsc_codec_jp2k.encode(&out, &frame, UID_90,
                                               (dsc_bytes){0}, &fmt, NULL),
                         DSC_OK);
            dsc_frame back = jp2k_decode(jp2k_bytes(&out), &fmt, "fresh");
            cr_expect(stream_same(&frame, &back));
            dsc_j2k_head head = jp2k_parse(jp2k_bytes(&out));
            cr_expect_eq(head.cod.mct, kinds[i] == DSC_YBR_RCT);
            dsc_j2k__free(&head);
            dsc_frame_free(&back);
            dsc_frame_free(&frame);
            dsc_buf_free(&out);
        }
}

/* ---- irreversible ---- */

Test(jp2k, irreversible_grey_becomes_reversible)
{
    dsc_format fmt = stream_format(61, 40, 1, 16, 12, false);
    dsc_frame frame = stream_frame(&fmt, 12, 1);
    dsc_buf out = {0};
    dsc_buf s = jp2k_make_stream(&frame, (jp2k_recipe){.precision = 12,
                                                       .levels = 3,
                                                       .irreversible = true,
                                                       .rate = 4});
    cr_expect(dsc_codec__jp2k_is_lossy(jp2k_bytes(&s)));
    dsc_frame seen = jp2k_decode(jp2k_bytes(&s), &fmt, "lossy");
    cr_expect(!stream_same(&frame, &seen));
    cr_assert_eq(
        dsc_codec_jp2k.encode(&out, &seen, UID_91, jp2k_bytes(&s), &fmt, NULL),
        DSC_OK);
    dsc_frame back = jp2k_decode(jp2k_bytes(&out), &fmt, "again");
    cr_expect(stream_same(&seen, &back));
    cr_expect_not(dsc_codec__jp2k_is_lossy(jp2k_bytes(&out)));
    dsc_frame_free(&back);
    dsc_frame_free(&seen);
    dsc_frame_free(&frame);
    dsc_buf_free(&out);
    dsc_buf_free(&s);
}

Test(jp2k, ict_stays_ict_and_exact)
{
    static const uint32_t sizes[][2] = {{61, 40}, {1, 1}, {130, 9}};
    for (size_t i = 0; i < 3; i++) {
        dsc_format fmt =
            stream_format(sizes[i][0], sizes[i][1], 3, 8, 8, false);
        fmt.photometric = DSC_YBR_ICT;
        dsc_frame frame = stream_frame(&fmt, 8, 1);
        dsc_buf out = {0};
        dsc_error err = DSC_ERROR_INIT;
        dsc_buf s = jp2k_make_stream(&frame, (jp2k_recipe){.precision = 8,
                                                           .levels = i ? 0 : 3,
                                                           .irreversible = true,
                                                           .mct = true,
                                                           .rate = 5});
        dsc_frame seen = jp2k_decode(jp2k_bytes(&s), &fmt, "lossy");
        cr_assert_eq(dsc_codec_jp2k.encode(&out, &seen, UID_91, jp2k_bytes(&s),
                                           &fmt, &err),
                     DSC_OK, "%s", err.msg);
        dsc_frame back = jp2k_decode(jp2k_bytes(&out), &fmt, "again");
        cr_expect(stream_same(&seen, &back));
        dsc_j2k_head head = jp2k_parse(jp2k_bytes(&out));
        cr_expect_eq(head.precision, 8);
        cr_expect_eq(head.cod.mct, 1);
        cr_expect_eq(head.cod.comp[0].wavelet, 0);
        dsc_j2k__free(&head);
        /* not in a lossless-only syntax */
        cr_expect_eq(dsc_codec_jp2k.encode(&out, &seen, UID_90, jp2k_bytes(&s),
                                           &fmt, NULL),
                     DSC_UNSUPPORTED);
        cr_expect_eq(out.len, 0);
        /* labelled otherwise, the reversible way is right */
        fmt.photometric = DSC_RGB;
        cr_expect_eq(dsc_codec_jp2k.encode(&out, &seen, UID_90, jp2k_bytes(&s),
                                           &fmt, NULL),
                     DSC_OK);
        dsc_frame_free(&back);
        dsc_frame_free(&seen);
        dsc_frame_free(&frame);
        dsc_buf_free(&out);
        dsc_buf_free(&s);
    }
}

/* ---- edit ---- */

static bool part_kept(const dsc_j2k_head *a, const dsc_j2k_part *p,
                      const dsc_j2k_head *b)
{
    for (size_t i = 0; i < b->part_count; i++) {
        const dsc_j2k_part *q = &b->parts[i];
        if (q->tile == p->tile && q->end - q->sot == p->end - p->sot &&
            !memcmp(a->stream.data + p->sot, b->stream.data + q->sot,
                    p->end - p->sot))
            return true;
    }
    return false;
}

static bool in_any(const dsc_rects *rects, int32_t x, int32_t y)
{
    dsc_rects_foreach (r, rects)
        if (x >= r->x && x < r->x + r->w && y >= r->y && y < r->y + r->h)
            return true;
    return false;
}

static void check_pixels(const dsc_frame *a, const dsc_frame *b,
                         const dsc_rects *rects, const dsc_fill *fill,
                         const char *what)
{
    for (uint32_t y = 0; y < a->fmt.rows; y++)
        for (uint32_t x = 0; x < a->fmt.columns; x++)
            for (unsigned s = 0; s < a->fmt.samples; s++) {
                bool inside = in_any(rects, (int32_t)x, (int32_t)y);
                uint32_t want = inside ? fill->v[s] : stream_word(a, x, y, s);
                cr_assert_eq(stream_word(b, x, y, s), want,
                             "%s: %u %u sample %u", what, x, y, s);
            }
}

typedef struct editing {
    const char *what;
    unsigned samples, allocated, stored;
    bool is_signed;
    dsc_photometric photometric;
    jp2k_recipe r;
} editing;

static const editing editings[] = {
    {"grey tiles",
     1,
     8,
     8,
     false,
     DSC_MONOCHROME2,
     {.precision = 8, .levels = 3, .tile_w = 32, .tile_h = 24}},
    {"odd tiles",
     1,
     16,
     12,
     false,
     DSC_MONOCHROME2,
     {.precision = 12, .levels = 4, .tile_w = 31, .tile_h = 27}},
    {"signed",
     1,
     16,
     16,
     true,
     DSC_MONOCHROME2,
     {.precision = 16,
      .is_signed = true,
      .levels = 2,
      .tile_w = 40,
      .tile_h = 40}},
    {"signed 12",
     1,
     16,
     12,
     true,
     DSC_MONOCHROME2,
     {.precision = 12,
      .is_signed = true,
      .levels = 2,
      .tile_w = 40,
      .tile_h = 40}},
    {"RCT",
     3,
     8,
     8,
     false,
     DSC_YBR_RCT,
     {.precision = 8, .levels = 2, .mct = true, .tile_w = 33, .tile_h = 29}},
    {"RGB",
     3,
     8,
     8,
     false,
     DSC_RGB,
     {.precision = 8, .levels = 2, .tile_w = 32, .tile_h = 32}},
    {"ICT",
     3,
     8,
     8,
     false,
     DSC_YBR_ICT,
     {.precision = 8,
      .levels = 3,
      .mct = true,
      .irreversible = true,
      .tile_w = 32,
      .tile_h = 32,
      .rate = 6}},
    {"lossy grey",
     1,
     16,
     10,
     false,
     DSC_MONOCHROME2,
     {.precision = 10,
      .levels = 3,
      .irreversible = true,
      .tile_w = 32,
      .tile_h = 32,
      .rate = 6}},
    {"tile-parts, PLT, TLM",
     1,
     8,
     8,
     false,
     DSC_MONOCHROME2,
     {.precision = 8,
      .levels = 3,
      .tile_w = 32,
      .tile_h = 32,
      .parts = true,
      .order = 1}},
    {"layers, SOP, EPH",
     1,
     8,
     8,
     false,
     DSC_MONOCHROME2,
     {.precision = 8,
      .levels = 3,
      .tile_w = 32,
      .tile_h = 32,
      .layers = 3,
      .style = 6,
      .order = 4}},
    {"precincts",
     1,
     8,
     8,
     false,
     DSC_MONOCHROME2,
     {.precision = 8,
      .levels = 1,
      .tile_w = 64,
      .tile_h = 64,
      .precinct = 32,
      .order = 2}},
};

static void edit_once(const editing *e, const dsc_rects *rects)
{
    dsc_format fmt = stream_format(101, 75, e->samples, e->allocated, e->stored,
                                   e->is_signed);
    fmt.photometric = e->photometric;
    dsc_frame source = stream_frame(&fmt, e->r.precision, 4);
    dsc_buf s = jp2k_make_stream(&source, e->r), out = {0};
    dsc_frame before = jp2k_decode(jp2k_bytes(&s), &fmt, e->what);
    dsc_fill fill = {{e->is_signed ? 1u << (e->stored - 1) : 0, 0, 0}};
    dsc_error err = DSC_ERROR_INIT;
    cr_assert_eq(
        dsc_codec_jp2k.edit(&out, jp2k_bytes(&s), &fmt, rects, &fill, &err),
        DSC_OK, "%s: %s", e->what, err.msg);
    dsc_frame after = jp2k_decode(jp2k_bytes(&out), &fmt, e->what);
    check_pixels(&before, &after, rects, &fill, e->what);
    dsc_j2k_head a = jp2k_parse(jp2k_bytes(&s)),
                 b = jp2k_parse(jp2k_bytes(&out));
    size_t kept = 0, touched = 0;
    for (size_t i = 0; i < a.part_count; i++) {
        uint32_t tx = a.parts[i].tile % a.tiles_x * a.xtsiz;
        uint32_t ty = a.parts[i].tile / a.tiles_x * a.ytsiz;
        dsc_rect tile = {(int32_t)tx, (int32_t)ty, (int32_t)a.xtsiz,
                         (int32_t)a.ytsiz};
        bool hit = false;
        dsc_rects_foreach (r, rects)
            hit = hit || !dsc_rect_empty(dsc_rect_intersect(tile, *r));
        touched += hit;
        if (!hit) {
            kept++;
            cr_expect(part_kept(&a, &a.parts[i], &b),
                      "%s: tile %u did not keep its bytes", e->what,
                      a.parts[i].tile);
        }
    }
    cr_expect(kept > 0 && touched > 0, "%s", e->what);
    dsc_j2k__free(&a);
    dsc_j2k__free(&b);
    dsc_frame_free(&after);
    dsc_frame_free(&before);
    dsc_frame_free(&source);
    dsc_buf_free(&out);
    dsc_buf_free(&s);
}

Test(jp2k, edit_keeps_other_tiles)
{
    dsc_rects rects = {0};
    /* within one tile; over tile borders at the right and bottom edge */
    cr_assert_eq(dsc_rects_add(&rects, (dsc_rect){3, 5, 9, 4}, NULL), DSC_OK);
    cr_assert_eq(dsc_rects_add(&rects, (dsc_rect){97, 60, 10, 90}, NULL),
                 DSC_OK);
    for (size_t i = 0; i < sizeof editings / sizeof *editings; i++)
        edit_once(&editings[i], &rects);
    dsc_rects_free(&rects);
}

/* An edited stream can be edited again. */
Test(jp2k, edit_twice)
{
    dsc_format fmt = stream_format(101, 75, 3, 8, 8, false);
    fmt.photometric = DSC_YBR_ICT;
    dsc_frame source = stream_frame(&fmt, 8, 4);
    dsc_buf one = jp2k_make_stream(&source, (jp2k_recipe){.precision = 8,
                                                          .levels = 3,
                                                          .mct = true,
                                                          .irreversible = true,
                                                          .tile_w = 32,
                                                          .tile_h = 32,
                                                          .rate = 6});
    dsc_frame want = jp2k_decode(jp2k_bytes(&one), &fmt, "source");
    dsc_fill fill = {{0, 0, 0}};
    dsc_error err = DSC_ERROR_INIT;
    for (int i = 0; i < 3; i++) {
        dsc_rects rects = {0};
        dsc_buf two = {0};
        cr_assert_eq(
            dsc_rects_add(&rects, (dsc_rect){i * 20, 10, 15, 30}, NULL),
            DSC_OK);
        cr_assert_eq(dsc_codec_jp2k.edit(&two, jp2k_bytes(&one), &fmt, &rects,
                                         &fill, &err),
                     DSC_OK, "%s", err.msg);
        dsc_frame got = jp2k_decode(jp2k_bytes(&two), &fmt, "edited");
        check_pixels(&want, &got, &rects, &fill, "again");
        dsc_frame_free(&want);
        want = got;
        dsc_buf_free(&one);
        one = two;
        dsc_rects_free(&rects);
    }
    dsc_frame_free(&want);
    dsc_frame_free(&source);
    dsc_buf_free(&one);
}

Test(jp2k, edit_hands_back_what_it_cannot)
{
    static const struct {
        const char *what;
        jp2k_recipe r;
        uint32_t fill;
    } cases[] = {
        {"one tile", {.precision = 8, .levels = 2}, 0},
        {"offset",
         {.precision = 8, .levels = 2, .tile_w = 32, .tile_h = 32, .x0 = 4},
         0},
        {"fill beyond the precision",
         {.precision = 8, .levels = 2, .tile_w = 32, .tile_h = 32},
         0x100},
    };
    dsc_format fmt = stream_format(80, 60, 1, 16, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 1);
    dsc_rects rects = {0};
    cr_assert_eq(dsc_rects_add(&rects, (dsc_rect){3, 5, 9, 4}, NULL), DSC_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_buf s = jp2k_make_stream(&frame, cases[i].r), out = {0};
        dsc_fill fill = {{cases[i].fill, 0, 0}};
        dsc_error err = DSC_ERROR_INIT;
        cr_expect_eq(dsc_codec_jp2k.edit(&out, jp2k_bytes(&s), &fmt, &rects,
                                         &fill, &err),
                     DSC_UNSUPPORTED, "%s: %s", cases[i].what, err.msg);
        cr_expect_eq(out.len, 0);
        uint32_t w = 0, h = 0;
        cr_expect_eq(dsc_codec_jp2k.cell(&w, &h, jp2k_bytes(&s), &fmt, NULL),
                     DSC_OK);
        cr_expect(w == 1 && h == 1);
        dsc_buf_free(&out);
        dsc_buf_free(&s);
    }
    dsc_rects_free(&rects);
    dsc_frame_free(&frame);
}

Test(jp2k, what_a_changed_frame_is_written_as)
{
    dsc_format fmt = stream_format(40, 28, 3, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 2);
    for (int lossy = 0; lossy <= 1; lossy++) {
        dsc_buf s =
            jp2k_make_stream(&frame, (jp2k_recipe){.precision = 8,
                                                   .levels = 2,
                                                   .mct = true,
                                                   .irreversible = lossy});
        cr_expect_str_eq(dsc_codec_jp2k.rewrite_uid(UID_90, jp2k_bytes(&s)),
                         UID_90);
        cr_expect_str_eq(dsc_codec_jp2k.rewrite_uid(UID_91, jp2k_bytes(&s)),
                         UID_91);
        cr_expect_str_eq(dsc_codec_jp2k.rewrite_uid("1.2.840.10008.1.2.4.203",
                                                    jp2k_bytes(&s)),
                         UID_90);
        cr_expect_str_eq(dsc_codec_jp2k.rewrite_uid("1.2.840.10008.1.2.4.201",
                                                    (dsc_bytes){0}),
                         UID_90);
        dsc_buf_free(&s);
    }
    dsc_frame_free(&frame);
}

Test(jp2k, what_a_new_stream_is_labelled)
{
    static const dsc_photometric cases[][2] = {
        {DSC_RGB, DSC_YBR_RCT},
        {DSC_YBR_FULL, DSC_YBR_FULL},
        {DSC_MONOCHROME1, DSC_MONOCHROME1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(dsc_codec_jp2k.label(cases[i][0]), cases[i][1]);
}
