/* SPDX-License-Identifier: Apache-2.0 */
#include "image/image.h"

#include <criterion/criterion.h>

Test(rect, grows_to_whole_cells_inside_the_image)
{
    dsc_rect r = dsc_rect_to_cells((dsc_rect){9, 15, 8, 2}, 8, 16, 100, 30);

    cr_assert_eq(r.x, 8);
    cr_assert_eq(r.y, 0);
    cr_assert_eq(r.w, 16);
    cr_assert_eq(r.h, 30);
}

Test(rect, survives_extreme_coordinates)
{
    dsc_rect r =
        dsc_rect_clip((dsc_rect){-5, INT32_MAX, INT32_MAX, INT32_MAX}, 10, 10);
    cr_assert(dsc_rect_empty(r));
}

Test(rects, covered_area_counts_overlaps_once)
{
    dsc_rects list = {0};

    cr_assert_eq(dsc_rects_add(&list, (dsc_rect){0, 0, 10, 10}, NULL), DSC_OK);
    cr_assert_eq(dsc_rects_add(&list, (dsc_rect){5, 5, 10, 10}, NULL), DSC_OK);
    cr_assert_eq(dsc_rects_covered(&list, (dsc_rect){0, 0, 20, 20}), 175);
    cr_assert_eq(dsc_rects_covered(&list, (dsc_rect){16, 0, 4, 20}), 0);
    dsc_rects_free(&list);
}
