/* SPDX-License-Identifier: Apache-2.0
 *
 * JPEG of 8 bits: what the proof of an edit sees. */
#include "jpeg_maker.h"

#include <criterion/criterion.h>
#include <string.h>

#define S420 .hs = {2, 1, 1}, .vs = {2, 1, 1}

static const dsc_fill black = {{0, 0, 0}};

static const dsc_codec *jpeg(void)
{
    return dsc_codec_for("1.2.840.10008.1.2.4.50");
}

/* Change one coefficient of an edited stream and ask the proof. */
static void expect_caught(int comp, unsigned bx, unsigned by, int k, int delta,
                          bool want_same, bool want_blank)
{
    jpeg_recipe j = {"420", 64, 48, 3, S420};
    dsc_buf in = {0}, out = {0}, bad = {0};
    dsc_format fmt = jpeg_format(&j);
    dsc_rect r = {16, 16, 16, 16};
    dsc_rects rects = {&r, 1, 1};
    dsc_error err = DSC_ERROR_INIT;
    bool same, blank;

    jpeg_make(&in, &j);
    cr_assert_eq(jpeg()->edit(&out, bytes_of(&in), &fmt, &rects, &black, &err),
                 DSC_OK);
    jpeg_alter(&bad, bytes_of(&out), comp, bx, by, k, delta);
    cr_assert_eq(jpeg()->same_outside(&same, bytes_of(&in), bytes_of(&bad),
                                      &fmt, &rects, &err),
                 DSC_OK);
    cr_assert_eq(jpeg()->is_blank(&blank, bytes_of(&bad), &fmt, &rects, &err),
                 DSC_OK);
    cr_assert_eq(same, want_same, "%d %u,%u [%d]", comp, bx, by, k);
    cr_assert_eq(blank, want_blank, "%d %u,%u [%d]", comp, bx, by, k);
    dsc_buf_free(&in);
    dsc_buf_free(&out);
    dsc_buf_free(&bad);
}

Test(jpeg, proof_catches_any_coefficient)
{
    expect_caught(0, 2, 2, 0, 0, true, true);
    /* inside: luma blocks 2..3 x 2..3, chroma block 1,1 */
    expect_caught(0, 2, 2, 0, 200, true, false);
    expect_caught(0, 3, 3, 0, 200, true, false);
    expect_caught(0, 3, 2, 63, 1, true, false);
    expect_caught(0, 2, 3, 1, -1, true, false);
    expect_caught(1, 1, 1, 0, 1, true, false);
    expect_caught(2, 1, 1, 0, -1, true, false);
    expect_caught(2, 1, 1, 40, 1, true, false);
    /* outside, right at the edge and in the corners of the image */
    expect_caught(0, 1, 2, 0, 1, false, true);
    expect_caught(0, 4, 3, 63, 1, false, true);
    expect_caught(0, 2, 1, 5, 1, false, true);
    expect_caught(0, 3, 4, 0, -1, false, true);
    expect_caught(0, 0, 0, 0, 1, false, true);
    expect_caught(0, 7, 5, 63, 1, false, true);
    expect_caught(1, 0, 1, 0, 1, false, true);
    expect_caught(2, 2, 1, 0, 1, false, true);
    expect_caught(2, 3, 2, 63, 1, false, true);
}

Test(jpeg, proof_catches_other_tables_and_sampling)
{
    jpeg_recipe a = {"a", 64, 48, 3, S420}, b = a, c = a, d = a;
    dsc_buf ia = {0}, ib = {0};
    dsc_format fmt = jpeg_format(&a);
    dsc_rect all = {0, 0, 64, 48};
    dsc_rects rects = {&all, 1, 1};
    dsc_error err = DSC_ERROR_INIT;
    bool same = true;
    jpeg_recipe *others[] = {&b, &c, &d};

    b.quality = 84;
    c.hs[0] = 1;
    d.bare = true; /* colours then hang on the dataset */
    jpeg_make(&ia, &a);
    for (size_t i = 0; i < 3; i++) {
        jpeg_make(&ib, others[i]);
        cr_assert_eq(jpeg()->same_outside(&same, bytes_of(&ia), bytes_of(&ib),
                                          &fmt, &rects, &err),
                     DSC_OK);
        cr_assert(!same, "other %zu", i);
    }
    cr_assert_eq(jpeg()->same_outside(&same, bytes_of(&ia), bytes_of(&ia), &fmt,
                                      &rects, &err),
                 DSC_OK);
    cr_assert(same);
    dsc_buf_free(&ia);
    dsc_buf_free(&ib);
}

/* Grey boxes of several levels: a mosaic, which is_blank must see. */
Test(jpeg, grey_mosaic_is_not_blank)
{
    jpeg_recipe j = {"grey", 64, 48, 1, .hs = {1}, .vs = {1}};
    dsc_buf in = {0}, out = {0}, bad = {0};
    dsc_format fmt = jpeg_format(&j);
    dsc_rect r = {16, 16, 16, 16};
    dsc_rects rects = {&r, 1, 1};
    dsc_error err = DSC_ERROR_INIT;
    bool blank = true;

    jpeg_make(&in, &j);
    cr_assert_eq(jpeg()->edit(&out, bytes_of(&in), &fmt, &rects, &black, &err),
                 DSC_OK);
    jpeg_alter(&bad, bytes_of(&out), 0, 3, 3, 0, 1);
    cr_assert_eq(jpeg()->is_blank(&blank, bytes_of(&bad), &fmt, &rects, &err),
                 DSC_OK);
    cr_assert(!blank);
    dsc_buf_free(&in);
    dsc_buf_free(&out);
    dsc_buf_free(&bad);
}

/* A coefficient of the output of a box that ends inside of a cell. */
static void expect_part_caught(int comp, unsigned bx, unsigned by, int k,
                               bool want_same, bool want_blank)
{
    jpeg_recipe j = {"420", 64, 48, 3, S420, .neutral = true};
    dsc_buf in = {0}, out = {0}, bad = {0};
    dsc_format fmt = jpeg_format(&j);
    dsc_rect r = {16, 16, 8, 8};
    dsc_rects rects = {&r, 1, 1};
    bool same = !want_same, blank = !want_blank;

    jpeg_make(&in, &j);
    cr_assert_eq(jpeg()->edit(&out, bytes_of(&in), &fmt, &rects, &black, NULL),
                 DSC_OK);
    jpeg_alter(&bad, bytes_of(&out), comp, bx, by, k, 1);
    cr_assert_eq(jpeg()->same_outside(&same, bytes_of(&in), bytes_of(&bad),
                                      &fmt, &rects, NULL),
                 DSC_OK);
    cr_assert_eq(jpeg()->is_blank(&blank, bytes_of(&bad), &fmt, &rects, NULL),
                 DSC_OK);
    cr_expect_eq(same, want_same, "%d %u,%u [%d]", comp, bx, by, k);
    cr_expect_eq(blank, want_blank, "%d %u,%u [%d]", comp, bx, by, k);
    dsc_buf_free(&in);
    dsc_buf_free(&out);
    dsc_buf_free(&bad);
}

Test(jpeg, proof_catches_any_coefficient_of_a_part)
{
    expect_part_caught(0, 2, 2, 63, true, false);
    expect_part_caught(0, 3, 2, 63, false, true);
    expect_part_caught(0, 2, 3, 0, false, true);
    expect_part_caught(0, 1, 2, 0, false, true);
    expect_part_caught(1, 1, 1, 0, false, false); /* it lies in both */
    expect_part_caught(2, 1, 1, 9, false, false);
    expect_part_caught(1, 0, 1, 0, false, true);
}

/* ---- differences ---- */

Test(jpeg, differences_are_whole_blocks)
{
    jpeg_recipe j = {"420", 61, 43, 3, S420}, other = j;
    dsc_buf in = {0}, a = {0}, b = {0};
    dsc_format fmt = jpeg_format(&j);
    dsc_error err = DSC_ERROR_INIT;
    dsc_rects d = {0};

    jpeg_make(&in, &j);
    cr_assert_eq(
        jpeg()->differences(&d, bytes_of(&in), bytes_of(&in), &fmt, &err),
        DSC_OK);
    cr_assert_eq(d.count, 0);
    jpeg_alter(&a, bytes_of(&in), 0, 7, 5, 9, 1); /* the last of luma */
    cr_assert_eq(
        jpeg()->differences(&d, bytes_of(&in), bytes_of(&a), &fmt, &err),
        DSC_OK);
    cr_assert_eq(d.count, 1);
    cr_assert(!memcmp(d.items, &(dsc_rect){56, 40, 5, 3}, sizeof(dsc_rect)));
    jpeg_alter(&b, bytes_of(&a), 2, 1, 0, 0, 1); /* Cr, 16 x 16 pixels */
    cr_assert_eq(
        jpeg()->differences(&d, bytes_of(&in), bytes_of(&b), &fmt, &err),
        DSC_OK);
    cr_assert_eq(d.count, 3);
    cr_assert(!memcmp(d.items, &(dsc_rect){16, 0, 16, 8}, sizeof(dsc_rect)));
    cr_assert(!memcmp(d.items + 1, &(dsc_rect){16, 8, 16, 8}, sizeof *d.items));
    other.quality = 70;
    jpeg_make(&b, &other);
    cr_assert_eq(
        jpeg()->differences(&d, bytes_of(&in), bytes_of(&b), &fmt, &err),
        DSC_UNPROVEN);
    cr_assert_eq(d.count, 0);
    b.len /= 2;
    cr_assert_eq(
        jpeg()->differences(&d, bytes_of(&in), bytes_of(&b), &fmt, NULL),
        DSC_BADFILE);
    dsc_rects_free(&d);
    dsc_buf_free(&in);
    dsc_buf_free(&a);
    dsc_buf_free(&b);
}
