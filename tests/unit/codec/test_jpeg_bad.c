/* SPDX-License-Identifier: Apache-2.0
 *
 * Broken and hostile JPEG streams. */
#include "jpeg_maker.h"

#include <criterion/criterion.h>
#include <string.h>

static const dsc_fill black = {{0, 0, 0}};

static const dsc_codec *jpeg(void)
{
    return dsc_codec_for("1.2.840.10008.1.2.4.50");
}

#define S420 .hs = {2, 1, 1}, .vs = {2, 1, 1}

static const jpeg_recipe small_ones[] = {
    {"420", 35, 19, 3, S420},
    {"420 restart", 35, 19, 3, S420, .restart = 2},
    {"progressive", 35, 19, 3, S420, .progressive = true},
    {"optimised", 35, 19, 3, S420, .optimise = true},
    {"grey", 35, 19, 1, .comment = true},
    {"separate", 35, 19, 3, S420, .separate = true},
};
#define SMALL_ONES (sizeof small_ones / sizeof *small_ones)

/* All functions on one stream: each fails with a message and hands out
 * nothing, or succeeds; an edit that succeeds also passes its proof. Returns
 * the status of decode. */
static dsc_status try_all(dsc_bytes in, const dsc_format *fmt)
{
    dsc_error e1 = DSC_ERROR_INIT, e2 = DSC_ERROR_INIT, e3 = DSC_ERROR_INIT;
    dsc_rect r = {8, 3, 10, 10};
    dsc_rects rects = {&r, 1, 1};
    dsc_frame frame = {0};
    dsc_buf out = {0};
    dsc_status decoded, edited;
    uint32_t cw, ch;
    bool yes;

    decoded = jpeg()->decode(&frame, in, fmt, &e1);
    if (decoded)
        cr_assert(!frame.data && e1.msg[0] && e1.status == decoded);
    else
        cr_assert_eq(frame.size,
                     (size_t)fmt->columns * fmt->rows * fmt->samples);
    if (!jpeg()->cell(&cw, &ch, in, fmt, NULL))
        r = dsc_rect_to_cells(r, cw, ch, fmt->columns, fmt->rows);
    edited = jpeg()->edit(&out, in, fmt, &rects, &black, &e2);
    if (edited) {
        cr_assert(out.len == 0 && e2.msg[0] && e2.status == edited);
        cr_assert_neq(edited, DSC_INTERNAL, "%s", e2.msg);
    } else {
        cr_assert_eq(
            jpeg()->same_outside(&yes, in, bytes_of(&out), fmt, &rects, &e3),
            DSC_OK, "%s", e3.msg);
        cr_assert(yes);
        cr_assert_eq(jpeg()->is_blank(&yes, bytes_of(&out), fmt, &rects, &e3),
                     DSC_OK);
        cr_assert(yes);
    }
    yes = false;
    if (jpeg()->same_outside(&yes, in, in, fmt, &rects, NULL) == DSC_OK)
        cr_assert(yes);
    else
        cr_assert(!yes);
    dsc_frame_free(&frame);
    dsc_buf_free(&out);
    return decoded;
}

/* decode, edit and both proofs must refuse it as `want`. */
static void refused(dsc_bytes in, const dsc_format *fmt, dsc_status want,
                    const char *what)
{
    dsc_error e1 = DSC_ERROR_INIT, e2 = DSC_ERROR_INIT;
    dsc_rect r = {0, 0, 8, 8};
    dsc_rects rects = {&r, 1, 1};
    dsc_frame frame = {0};
    dsc_buf out = {0};
    bool yes;

    cr_assert_eq(jpeg()->decode(&frame, in, fmt, &e1), want, "%s: %s", what,
                 e1.msg);
    cr_assert_eq(jpeg()->edit(&out, in, fmt, &rects, &black, &e2), want,
                 "%s: %s", what, e2.msg);
    cr_assert(e1.msg[0] && e2.msg[0]);
    cr_assert_eq(jpeg()->same_outside(&yes, in, in, fmt, &rects, NULL), want);
    cr_assert_eq(jpeg()->is_blank(&yes, in, fmt, &rects, NULL), want);
    cr_assert(!frame.data && !out.len);
    dsc_buf_free(&out);
}

Test(jpeg_bad, truncated_at_every_byte)
{
    for (size_t i = 0; i < SMALL_ONES; i++) {
        dsc_buf in = {0};
        dsc_format fmt = jpeg_format(&small_ones[i]);

        jpeg_make(&in, &small_ones[i]);
        cr_assert_eq(try_all(bytes_of(&in), &fmt), DSC_OK);
        for (size_t n = 0; n < in.len; n++) {
            /* a copy of that very length, so that ASan sees a read past it */
            dsc_buf cut = {0};
            cr_assert_eq(dsc_buf_append(&cut, in.data, n, NULL), DSC_OK);
            refused((dsc_bytes){cut.data, n}, &fmt, DSC_BADFILE, "cut");
            dsc_buf_free(&cut);
        }
        dsc_buf_free(&in);
    }
}

Test(jpeg_bad, empty)
{
    dsc_format fmt = jpeg_format(&small_ones[0]);

    refused((dsc_bytes){NULL, 0}, &fmt, DSC_BADFILE, "nothing");
    refused((dsc_bytes){(const uint8_t *)"\xFF\xD8\xFF\xD9", 4}, &fmt,
            DSC_BADFILE, "no image");
}

Test(jpeg_bad, flipped_bytes)
{
    uint32_t seed = 4711;
    unsigned bad = 0, good = 0;

    for (size_t i = 0; i < SMALL_ONES; i++) {
        dsc_buf in = {0}, copy = {0};
        dsc_format fmt = jpeg_format(&small_ones[i]);

        jpeg_make(&in, &small_ones[i]);
        for (int round = 0; round < 1500; round++) {
            copy.len = 0;
            cr_assert_eq(dsc_buf_append(&copy, in.data, in.len, NULL), DSC_OK);
            for (int k = 0; k <= round % 3; k++) {
                seed = seed * 1664525u + 1013904223u;
                size_t at = (seed >> 8) % in.len;
                seed = seed * 1664525u + 1013904223u;
                copy.data[at] = (uint8_t)(seed >> 24);
            }
            if (try_all(bytes_of(&copy), &fmt))
                bad++;
            else
                good++;
        }
        dsc_buf_free(&in);
        dsc_buf_free(&copy);
    }
    /* both kinds must occur, or the test tests nothing */
    cr_assert(bad > 1000 && good > 100, "%u bad, %u good", bad, good);
}

/* ---- lies in the frame header ---- */

static size_t find_marker(const dsc_buf *b, uint8_t marker)
{
    for (size_t i = 2; i + 3 < b->len;
         i += 2 + ((size_t)b->data[i + 2] << 8 | b->data[i + 3])) {
        if (b->data[i + 1] == marker)
            return i;
    }
    cr_assert_fail("no marker %02x", marker);
    return 0;
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void expect_lie(size_t offset, int bytes, unsigned value,
                       dsc_status want, const char *what)
{
    dsc_buf in = {0};
    dsc_format fmt = jpeg_format(&small_ones[0]);
    uint8_t *p;

    jpeg_make(&in, &small_ones[0]);
    p = in.data + find_marker(&in, 0xC0) + offset;
    if (bytes == 2)
        put16(p, value);
    else
        *p = (uint8_t)value;
    refused(bytes_of(&in), &fmt, want, what);
    dsc_buf_free(&in);
}

Test(jpeg_bad, frame_header_lies)
{
    /* marker, length 2, precision 1, rows 2, columns 2, components 1 ... */
    expect_lie(1, 1, 0xC3, DSC_UNSUPPORTED, "lossless");
    expect_lie(1, 1, 0xC5, DSC_UNSUPPORTED, "hierarchical");
    expect_lie(1, 1, 0xC9, DSC_UNSUPPORTED, "arithmetic");
    expect_lie(1, 1, 0xCA, DSC_UNSUPPORTED, "arithmetic progressive");
    expect_lie(4, 1, 7, DSC_UNSUPPORTED, "precision 7");
    expect_lie(4, 1, 16, DSC_UNSUPPORTED, "precision 16");
    expect_lie(5, 2, 20, DSC_BADFILE, "one row more");
    expect_lie(5, 2, 18, DSC_BADFILE, "one row less");
    expect_lie(5, 2, 0, DSC_BADFILE, "no rows");
    expect_lie(7, 2, 36, DSC_BADFILE, "one column more");
    expect_lie(7, 2, 34, DSC_BADFILE, "one column less");
    expect_lie(7, 2, 0, DSC_BADFILE, "no columns");
    expect_lie(9, 1, 0, DSC_BADFILE, "no components");
    expect_lie(9, 1, 1, DSC_BADFILE, "one component");
    expect_lie(9, 1, 255, DSC_BADFILE, "255 components");
    expect_lie(2, 2, 2, DSC_BADFILE, "no header");
    expect_lie(2, 2, 0xFFFF, DSC_BADFILE, "long header");
    expect_lie(11, 1, 0x00, DSC_BADFILE, "no sampling");
    expect_lie(11, 1, 0x55, DSC_BADFILE, "sampling 5");
    expect_lie(11, 1, 0x32, DSC_BADFILE, "too many blocks");
    expect_lie(12, 1, 9, DSC_BADFILE, "no such table");
    expect_lie(13, 1, 1, DSC_BADFILE, "component named twice");
}

Test(jpeg_bad, dataset_disagrees)
{
    dsc_buf in = {0};
    dsc_format good = jpeg_format(&small_ones[0]), f;

    jpeg_make(&in, &small_ones[0]);
    f = good, f.columns = 0;
    refused(bytes_of(&in), &f, DSC_BADFILE, "no columns");
    f = good, f.rows = 20;
    refused(bytes_of(&in), &f, DSC_BADFILE, "rows");
    f = good, f.samples = 1, f.photometric = DSC_MONOCHROME2;
    refused(bytes_of(&in), &f, DSC_BADFILE, "one sample");
    f = good, f.photometric = DSC_MONOCHROME2;
    refused(bytes_of(&in), &f, DSC_BADFILE, "three grey samples");
    f = good, f.samples = 4;
    refused(bytes_of(&in), &f, DSC_UNSUPPORTED, "four samples");
    f = good, f.bits_allocated = 16;
    refused(bytes_of(&in), &f, DSC_BADFILE, "16 bits");
    f = good, f.bits_allocated = 1;
    refused(bytes_of(&in), &f, DSC_BADFILE, "stored over allocated");
    f = good, f.bits_stored = 0;
    refused(bytes_of(&in), &f, DSC_BADFILE, "no bits");
    dsc_buf_free(&in);
}

/* A few hundred bytes that claim the largest image there is. */
Test(jpeg_bad, giant_claim)
{
    dsc_buf in = {0};
    dsc_format fmt = jpeg_format(&small_ones[0]);
    uint8_t *p;

    jpeg_make(&in, &small_ones[0]);
    p = in.data + find_marker(&in, 0xC0);
    put16(p + 5, 65535);
    put16(p + 7, 65535);
    fmt.rows = fmt.columns = 65535;
    refused(bytes_of(&in), &fmt, DSC_LIMIT, "12 GB");
    put16(p + 5, 20000);
    put16(p + 7, 20000);
    fmt.rows = fmt.columns = 20000;
    refused(bytes_of(&in), &fmt, DSC_BADFILE, "1.2 GB");
    dsc_buf_free(&in);
}

Test(jpeg_bad, too_many_scans)
{
    jpeg_recipe j = {"bomb", 16, 16, 3, .many_scans = true};
    dsc_buf in = {0};
    dsc_format fmt = jpeg_format(&j);

    jpeg_make(&in, &j);
    refused(bytes_of(&in), &fmt, DSC_LIMIT, "190 scans");
    dsc_buf_free(&in);
}

/* Sequential streams whose last component has no scan. */
Test(jpeg_bad, component_without_scan)
{
    jpeg_recipe j = {"separate", 32, 32, 3, .separate = true};
    dsc_buf in = {0};
    dsc_format fmt = jpeg_format(&j);
    dsc_rect r = {0, 0, 8, 8};
    dsc_rects rects = {&r, 1, 1};
    dsc_buf out = {0};
    size_t last = 0;

    jpeg_make(&in, &j);
    for (size_t i = 2; i + 1 < in.len; i++) {
        if (in.data[i] == 0xFF && in.data[i + 1] == 0xDA)
            last = i;
    }
    cr_assert(last);
    in.data[last] = 0xFF;
    in.data[last + 1] = 0xD9;
    in.len = last + 2;
    cr_assert_eq(jpeg()->edit(&out, bytes_of(&in), &fmt, &rects, &black, NULL),
                 DSC_BADFILE);
    cr_assert_eq(out.len, 0);
    dsc_buf_free(&in);
    dsc_buf_free(&out);
}

Test(jpeg_bad, what_follows_the_end)
{
    static const uint8_t pads[][4] = {{0}, {0xFF, 0xFF}, {0x20, 0x20}};
    dsc_buf in = {0}, twice = {0};
    dsc_format fmt = jpeg_format(&small_ones[0]);
    size_t len;

    jpeg_make(&in, &small_ones[0]);
    len = in.len;
    for (size_t i = 0; i < 3; i++) {
        in.len = len;
        cr_assert_eq(dsc_buf_append(&in, pads[i], 4, NULL), DSC_OK);
        cr_assert_eq(try_all(bytes_of(&in), &fmt), DSC_OK);
    }
    in.len = len;
    cr_assert_eq(dsc_buf_append(&in, "x", 1, NULL), DSC_OK);
    cr_assert_eq(try_all(bytes_of(&in), &fmt), DSC_OK);
    cr_assert_eq(dsc_buf_append(&in, "DOE^JANE", 8, NULL), DSC_OK);
    refused(bytes_of(&in), &fmt, DSC_BADFILE, "text");
    in.len = len;
    cr_assert_eq(dsc_buf_append(&twice, in.data, len, NULL), DSC_OK);
    cr_assert_eq(dsc_buf_append(&twice, in.data, len, NULL), DSC_OK);
    refused(bytes_of(&twice), &fmt, DSC_BADFILE, "second image");
    dsc_buf_free(&in);
    dsc_buf_free(&twice);
}

/* Quantisers of zero: a black block does not exist. */
Test(jpeg_bad, zero_quantiser)
{
    jpeg_recipe j = {"grey", 16, 16, 1, .quality = 85};
    dsc_buf in = {0}, out = {0};
    dsc_format fmt = jpeg_format(&j);
    dsc_rect r = {0, 0, 8, 8};
    dsc_rects rects = {&r, 1, 1};
    bool blank = true;

    jpeg_make(&in, &j);
    in.data[find_marker(&in, 0xDB) + 5] = 0;
    cr_assert_eq(jpeg()->edit(&out, bytes_of(&in), &fmt, &rects, &black, NULL),
                 DSC_UNSUPPORTED);
    cr_assert_eq(jpeg()->is_blank(&blank, bytes_of(&in), &fmt, &rects, NULL),
                 DSC_OK);
    cr_assert(!blank);
    dsc_buf_free(&in);
    dsc_buf_free(&out);
}

/* A caller's cap on the output holds, whatever the size of the image. */
Test(jpeg_bad, output_limit)
{
    jpeg_recipe j = {"grey", 640, 480, 1, .quality = 85};
    dsc_buf in = {0}, out = {.limit = 70000};
    dsc_format fmt = jpeg_format(&j);
    dsc_rect r = {0, 0, 8, 8};
    dsc_rects rects = {&r, 1, 1};
    dsc_error err = DSC_ERROR_INIT;

    jpeg_make(&in, &j);
    cr_assert_gt(in.len, 70000);
    cr_assert_eq(jpeg()->edit(&out, bytes_of(&in), &fmt, &rects, &black, &err),
                 DSC_LIMIT, "%s", err.msg);
    cr_assert_eq(out.len, 0);
    dsc_buf_free(&in);
    dsc_buf_free(&out);
}

/* Every allocation of ours fails once. */
Test(jpeg_bad, out_of_memory)
{
    jpeg_recipe j = {"420", 40, 40, 3, S420};
    dsc_buf in = {0};
    dsc_format fmt = jpeg_format(&j);
    dsc_rect r = {0, 0, 8, 8};
    dsc_rects rects = {&r, 1, 1};
    unsigned failed = 0;

    jpeg_make(&in, &j);
    for (unsigned long n = 1; n < 20; n++) {
        dsc_buf out = {0};
        dsc_frame frame = {0};
        dsc_error e = DSC_ERROR_INIT;
        bool yes;
        dsc_status st;

        dsc_alloc_fail_after(n);
        st = jpeg()->edit(&out, bytes_of(&in), &fmt, &rects, &black, &e);
        dsc_alloc_fail_after(0);
        cr_assert(st == DSC_OK || (st == DSC_NOMEM && !out.len));
        failed += st == DSC_NOMEM;
        dsc_alloc_fail_after(n);
        st = jpeg()->decode(&frame, bytes_of(&in), &fmt, NULL);
        dsc_alloc_fail_after(0);
        cr_assert(st == DSC_OK || (st == DSC_NOMEM && !frame.data));
        failed += st == DSC_NOMEM;
        dsc_alloc_fail_after(n);
        st = jpeg()->is_blank(&yes, bytes_of(&in), &fmt, &rects, NULL);
        dsc_alloc_fail_after(0);
        cr_assert(st == DSC_OK || st == DSC_NOMEM);
        failed += st == DSC_NOMEM;
        dsc_buf_free(&out);
        dsc_frame_free(&frame);
    }
    cr_assert_geq(failed, 4);
    dsc_buf_free(&in);
}
