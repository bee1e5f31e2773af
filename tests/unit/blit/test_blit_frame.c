/* SPDX-License-Identifier: Apache-2.0 */
#include "blit/blit.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#define BACKGROUND 7u

static const dsc_blit *blit(void)
{
    return dsc_blit_for(dsc_cpu_flags());
}

static dsc_frame make_frame(uint32_t columns, uint32_t rows, uint16_t samples,
                            uint16_t bits, dsc_layout layout)
{
    dsc_format fmt = {.columns = columns,
                      .rows = rows,
                      .samples = samples,
                      .bits_allocated = bits,
                      .bits_stored = bits,
                      .high_bit = (uint16_t)(bits - 1),
                      .photometric = samples == 1 ? DSC_MONOCHROME2 : DSC_RGB,
                      .layout = layout};
    dsc_frame f = {0};

    cr_assert_eq(dsc_frame_alloc(&f, &fmt, NULL), DSC_OK);
    memset(f.data, BACKGROUND, f.size);
    return f;
}

static dsc_rects one(dsc_rect r)
{
    dsc_rects list = {0};

    cr_assert_eq(dsc_rects_add(&list, r, NULL), DSC_OK);
    return list;
}

static size_t count_not(const uint8_t *p, size_t n, uint8_t v)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += p[i] != v;
    return count;
}

/* Fill one box in a frame of BACKGROUND and release the box list. */
static void fill_box(dsc_frame *f, dsc_rect box, dsc_fill fill)
{
    dsc_rects list = one(box);

    dsc_blit_fill(blit(), f, &list, &fill);
    cr_assert(dsc_blit_is_filled(blit(), f, &list, &fill, NULL));
    dsc_rects_free(&list);
}

Test(fill, changes_the_box_and_nothing_else)
{
    dsc_frame f = make_frame(11, 6, 1, 8, DSC_INTERLEAVED);

    fill_box(&f, (dsc_rect){3, 2, 4, 3}, (dsc_fill){{0, 0, 0}});
    for (int y = 0; y < 6; y++)
        for (int x = 0; x < 11; x++) {
            bool inside = x >= 3 && x <= 6 && y >= 2 && y <= 4;
            cr_assert_eq(f.data[y * 11 + x], inside ? 0 : BACKGROUND,
                         "pixel %d, %d", x, y);
        }
    dsc_frame_free(&f);
}

Test(fill, writes_16_bit_words)
{
    dsc_frame f = make_frame(5, 3, 1, 16, DSC_INTERLEAVED);
    uint16_t v;

    fill_box(&f, (dsc_rect){4, 1, 9, 1}, (dsc_fill){{0xf830, 0, 0}});
    memcpy(&v, f.data + 2 * (1 * 5 + 4), sizeof v);
    cr_assert_eq(v, 0xf830);
    cr_assert_eq(count_not(f.data, f.size, BACKGROUND), 2);
    dsc_frame_free(&f);
}

Test(fill, writes_32_bit_words)
{
    dsc_frame f = make_frame(3, 2, 1, 32, DSC_INTERLEAVED);
    uint32_t v;

    fill_box(&f, (dsc_rect){1, 0, 1, 1}, (dsc_fill){{0x80000001u, 0, 0}});
    memcpy(&v, f.data + 4, sizeof v);
    cr_assert_eq(v, 0x80000001u);
    cr_assert_eq(count_not(f.data, f.size, BACKGROUND), 4);
    dsc_frame_free(&f);
}

Test(fill, interleaved_colour_keeps_the_sample_order)
{
    static const uint8_t want[] = {7, 7, 7, 1, 2, 3, 1, 2, 3, 7, 7, 7};
    dsc_frame f = make_frame(4, 1, 3, 8, DSC_INTERLEAVED);

    fill_box(&f, (dsc_rect){1, 0, 2, 1}, (dsc_fill){{1, 2, 3}});
    cr_assert_arr_eq(f.data, want, sizeof want);
    dsc_frame_free(&f);
}

Test(fill, planar_colour_writes_each_plane)
{
    static const uint8_t want[] = {7, 1, 7, 7, 1, 7,  /* all R */
                                   7, 2, 7, 7, 2, 7,  /* all G */
                                   7, 3, 7, 7, 3, 7}; /* all B */
    dsc_frame f = make_frame(3, 2, 3, 8, DSC_PLANAR);

    fill_box(&f, (dsc_rect){1, -4, 1, 90}, (dsc_fill){{1, 2, 3}});
    cr_assert_arr_eq(f.data, want, sizeof want);
    dsc_frame_free(&f);
}

Test(fill, ybr422_grows_to_whole_pairs)
{
    static const uint8_t want[] = {7,  7,  7,   7,   16, 16, 128, 129,
                                   16, 16, 128, 129, 7,  7,  7,   7};
    dsc_frame f = make_frame(8, 1, 3, 8, DSC_YBR422);

    fill_box(&f, (dsc_rect){3, 0, 2, 1}, (dsc_fill){{16, 128, 129}});
    cr_assert_arr_eq(f.data, want, sizeof want);
    dsc_frame_free(&f);
}

Test(fill, ybr422_odd_last_column_is_a_whole_pair)
{
    static const uint8_t want[] = {7, 7, 7, 7, 0, 0, 128, 128};
    dsc_frame f = make_frame(3, 2, 3, 8, DSC_YBR422);

    cr_assert_eq(f.size, 16);
    fill_box(&f, (dsc_rect){2, 1, 1, 1}, (dsc_fill){{0, 128, 128}});
    cr_assert_arr_eq(f.data + 8, want, sizeof want);
    cr_assert_eq(count_not(f.data, 8, BACKGROUND), 0);
    dsc_frame_free(&f);
}

Test(fill, ybr422_box_right_of_an_odd_image_is_outside)
{
    dsc_frame f = make_frame(3, 1, 3, 8, DSC_YBR422);

    fill_box(&f, (dsc_rect){3, 0, 1, 1}, (dsc_fill){{0, 128, 128}});
    cr_assert_eq(count_not(f.data, f.size, BACKGROUND), 0);
    dsc_frame_free(&f);
}

struct outside {
    dsc_rect box;
    size_t pixels; /* of a 10 x 10 frame */
};

ParameterizedTestParameters(fill, clips_odd_boxes)
{
    static struct outside cases[] = {
        {{-3, -3, 4, 4}, 1},
        {{9, 9, 1, 1}, 1},
        {{10, 0, 5, 5}, 0},
        {{0, 10, 5, 5}, 0},
        {{-5, 0, 5, 5}, 0},
        {{2, 2, 0, 4}, 0},
        {{2, 2, 4, 0}, 0},
        {{2, 2, -1, 4}, 0},
        {{2, 2, 4, INT32_MIN}, 0},
        {{INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX}, 0},
        {{-1, -1, INT32_MAX, INT32_MAX}, 100},
        {{INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX}, 0},
        {{0, 0, 10, 10}, 100},
        {{0, 3, 10, 2}, 20},
        {{3, 0, 2, 10}, 20},
        {{5, 5, INT32_MAX, INT32_MAX}, 25},
    };
    return cr_make_param_array(struct outside, cases,
                               sizeof cases / sizeof cases[0]);
}

ParameterizedTest(struct outside *c, fill, clips_odd_boxes)
{
    dsc_frame f = make_frame(10, 10, 1, 8, DSC_INTERLEAVED);

    fill_box(&f, c->box, (dsc_fill){{0, 0, 0}});
    cr_assert_eq(count_not(f.data, f.size, BACKGROUND), c->pixels);
    dsc_frame_free(&f);
}

Test(fill, leaves_an_impossible_frame_alone)
{
    dsc_frame f = make_frame(4, 4, 1, 8, DSC_INTERLEAVED);
    dsc_rects all = one((dsc_rect){0, 0, 4, 4});
    dsc_fill fill = {{0, 0, 0}};
    dsc_rect where = {1, 1, 1, 1};

    f.fmt.rows = 5; /* more than there is memory for */
    dsc_blit_fill(blit(), &f, &all, &fill);
    cr_assert_eq(count_not(f.data, f.size, BACKGROUND), 0);
    cr_assert_not(dsc_blit_is_filled(blit(), &f, &all, &fill, &where));
    cr_assert(dsc_rect_empty(where));
    cr_assert_not(dsc_blit_same_outside(blit(), &f, &f, &all, NULL));
    f.fmt.rows = 4;
    f.fmt.samples = 2;
    dsc_blit_fill(blit(), &f, &all, &fill);
    cr_assert_eq(count_not(f.data, f.size, BACKGROUND), 0);
    cr_assert_not(dsc_blit_is_filled(blit(), &f, &all, &fill, NULL));
    dsc_frame_free(&f);
    dsc_rects_free(&all);
}

Test(is_filled, tells_the_first_bad_pixel_of_any_plane)
{
    dsc_frame f = make_frame(6, 4, 3, 8, DSC_PLANAR);
    dsc_rects box = one((dsc_rect){1, 1, 4, 3});
    dsc_fill fill = {{10, 20, 30}};
    dsc_rect where;

    dsc_blit_fill(blit(), &f, &box, &fill);
    f.data[0 * 24 + 3 * 6 + 1] ^= 1; /* R of 1, 3 */
    f.data[2 * 24 + 2 * 6 + 4] ^= 1; /* B of 4, 2: earlier in the image */
    cr_assert_not(dsc_blit_is_filled(blit(), &f, &box, &fill, &where));
    cr_assert_eq(where.x, 4);
    cr_assert_eq(where.y, 2);
    cr_assert_eq(where.w, 1);
    cr_assert_eq(where.h, 1);
    dsc_frame_free(&f);
    dsc_rects_free(&box);
}

Test(is_filled, without_boxes_there_is_nothing_to_be_wrong)
{
    dsc_frame f = make_frame(6, 4, 1, 8, DSC_INTERLEAVED);
    dsc_rects none = {0};

    cr_assert(dsc_blit_is_filled(blit(), &f, &none, &(dsc_fill){{1}}, NULL));
    dsc_frame_free(&f);
}

/* One pixel beside each edge and corner of the box, and each just inside. */
Test(same_outside, knows_every_edge_of_a_box)
{
    dsc_rects box = one((dsc_rect){4, 3, 5, 4});

    for (int y = 0; y < 11; y++)
        for (int x = 0; x < 13; x++) {
            dsc_frame a = make_frame(13, 11, 3, 16, DSC_INTERLEAVED);
            dsc_frame b = make_frame(13, 11, 3, 16, DSC_INTERLEAVED);
            bool inside = x >= 4 && x < 9 && y >= 3 && y < 7;
            dsc_rect where = {0};
            b.data[(y * 13 + x) * 6 + 5] ^= 0x80; /* upper byte of blue */
            cr_assert_eq(dsc_blit_same_outside(blit(), &a, &b, &box, &where),
                         inside, "pixel %d, %d", x, y);
            if (!inside) {
                cr_assert_eq(where.x, x);
                cr_assert_eq(where.y, y);
            }
            dsc_frame_free(&a);
            dsc_frame_free(&b);
        }
    dsc_rects_free(&box);
}

Test(same_outside, overlapping_and_touching_boxes_are_one_area)
{
    static const dsc_rect boxes[] = {
        {5, 0, 3, 9}, {0, 2, 6, 2}, {8, 1, 2, 3}, {2, 3, 7, 1}, {5, 0, 3, 9}};
    static const char *const want[] = {".....###..", ".....#####", "##########",
                                       "##########", ".....###.."};
    dsc_rects list = {0};

    for (size_t i = 0; i < sizeof boxes / sizeof boxes[0]; i++)
        cr_assert_eq(dsc_rects_add(&list, boxes[i], NULL), DSC_OK);
    for (int y = 0; y < 5; y++)
        for (int x = 0; x < 10; x++) {
            dsc_frame a = make_frame(10, 5, 1, 8, DSC_INTERLEAVED);
            dsc_frame b = make_frame(10, 5, 1, 8, DSC_INTERLEAVED);
            b.data[y * 10 + x] = 0;
            cr_assert_eq(dsc_blit_same_outside(blit(), &a, &b, &list, NULL),
                         want[y][x] == '#', "pixel %d, %d", x, y);
            dsc_frame_free(&a);
            dsc_frame_free(&b);
        }
    dsc_rects_free(&list);
}

Test(same_outside, frames_of_another_format_differ)
{
    dsc_frame a = make_frame(4, 4, 1, 8, DSC_INTERLEAVED);
    dsc_rects all = one((dsc_rect){0, 0, 4, 4});
    dsc_rect where = {1, 1, 1, 1};
    dsc_format *fmt;

    for (int i = 0; i < 7; i++) {
        dsc_frame b = make_frame(4, 4, 1, 8, DSC_INTERLEAVED);
        fmt = &b.fmt;
        cr_assert(dsc_blit_same_outside(blit(), &a, &b, &all, NULL));
        fmt->columns -= i == 0;
        fmt->rows -= i == 1;
        fmt->bits_stored = (uint16_t)(fmt->bits_stored - (i == 2));
        fmt->high_bit = (uint16_t)(fmt->high_bit - (i == 3));
        fmt->is_signed = i == 4;
        if (i == 5)
            fmt->photometric = DSC_MONOCHROME1;
        if (i == 6)
            fmt->layout = DSC_PLANAR;
        cr_assert_not(dsc_blit_same_outside(blit(), &a, &b, &all, &where),
                      "difference %d", i);
        cr_assert(dsc_rect_empty(where));
        dsc_frame_free(&b);
    }
    dsc_frame_free(&a);
    dsc_rects_free(&all);
}

Test(same_outside, out_of_memory_proves_nothing)
{
    dsc_frame a = make_frame(4, 4, 1, 8, DSC_INTERLEAVED);
    dsc_rects box = one((dsc_rect){0, 0, 1, 1});
    dsc_rect where = {1, 1, 1, 1};

    dsc_alloc_fail_after(1);
    cr_assert_not(dsc_blit_same_outside(blit(), &a, &a, &box, &where));
    cr_assert(dsc_rect_empty(where));
    dsc_alloc_fail_after(1);
    cr_assert_not(
        dsc_blit_is_filled(blit(), &a, &box, &(dsc_fill){{BACKGROUND}}, NULL));
    dsc_frame_free(&a);
    dsc_rects_free(&box);
}

/* 20 000 boxes: seconds if each row or pixel looked at each box. */
Test(same_outside, many_boxes_are_told_apart, .timeout = 60)
{
    dsc_frame a = make_frame(2000, 2000, 1, 8, DSC_INTERLEAVED);
    dsc_frame b = make_frame(2000, 2000, 1, 8, DSC_INTERLEAVED);
    dsc_fill fill = {{0, 0, 0}};
    dsc_rects list = {0};
    dsc_rect where;

    for (int y = 0; y < 200; y++)
        for (int x = 0; x < 100; x++)
            cr_assert_eq(dsc_rects_add(&list,
                                       (dsc_rect){x * 20, y * 10 + x % 7, 9, 3},
                                       NULL),
                         DSC_OK);
    dsc_blit_fill(blit(), &b, &list, &fill);
    cr_assert(dsc_blit_same_outside(blit(), &a, &b, &list, NULL));
    cr_assert(dsc_blit_is_filled(blit(), &b, &list, &fill, NULL));
    cr_assert_eq(count_not(b.data, b.size, BACKGROUND), 20000u * 27);
    b.data[1999 * 2000 + 1989] = 0; /* 9 px right of the last box */
    cr_assert_not(dsc_blit_same_outside(blit(), &a, &b, &list, &where));
    cr_assert_eq(where.x, 1989);
    cr_assert_eq(where.y, 1999);
    dsc_frame_free(&a);
    dsc_frame_free(&b);
    dsc_rects_free(&list);
}

/* ---- tables ---- */

struct seen {
    unsigned count;
    const char *variant;
    bool mixed;
};

static void see(void *ctx, const char *kernel, const char *variant)
{
    struct seen *s = ctx;

    cr_assert_not_null(kernel);
    if (s->count++ && strcmp(s->variant, variant))
        s->mixed = true;
    s->variant = variant;
}

Test(describe, names_the_variant_of_every_kernel)
{
    struct seen s = {0};

    dsc_blit_describe(dsc_blit_for(0), see, &s);
    cr_assert_eq(s.count, 14);
    cr_assert_str_eq(s.variant, "c");
    cr_assert_not(s.mixed);
}

#if defined(__x86_64__)
Test(describe, a_gap_in_the_flags_ends_the_climb)
{
    struct seen s = {0};

    dsc_blit_describe(dsc_blit_for(DSC_CPU_AVX2 | DSC_CPU_AVX512), see, &s);
    cr_assert_str_eq(s.variant, "c");
    dsc_blit_describe(dsc_blit_for(DSC_CPU_SSE2 | DSC_CPU_AVX512), see, &s);
    cr_assert_str_eq(s.variant, "sse2");
    dsc_blit_describe(dsc_blit_for(DSC_CPU_NEON), see, &s);
    cr_assert_str_eq(s.variant, "c");
}
#endif
