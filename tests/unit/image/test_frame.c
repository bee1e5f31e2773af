/* SPDX-License-Identifier: Apache-2.0 */
#include "image/image.h"

#include <criterion/criterion.h>
#include <string.h>

static dsc_frame frame_422(uint32_t columns, uint32_t rows, dsc_photometric p)
{
    dsc_format f = {.columns = columns,
                    .rows = rows,
                    .samples = 3,
                    .bits_allocated = 8,
                    .bits_stored = 8,
                    .high_bit = 7,
                    .photometric = p,
                    .layout = DSC_YBR422};
    dsc_frame frame = {0};

    cr_assert_eq(dsc_frame_alloc(&frame, &f, NULL), DSC_OK);
    for (size_t i = 0; i < frame.size; i++)
        frame.data[i] = (uint8_t)(i + 1);
    return frame;
}

/* Y0 Y1 Cb Cr becomes Y0 Cb Cr Y1 Cb Cr; the spare pixel of an odd last pair
 * goes. */
Test(frame, full_chroma)
{
    static const uint8_t even[] = {1, 3, 4, 2, 3, 4, 5, 7, 8, 6, 7, 8};
    static const uint8_t odd[] = {1, 3,  4,  2,  3,  4,  5,  7,  8,
                                  9, 11, 12, 10, 11, 12, 13, 15, 16};
    dsc_frame f = frame_422(2, 2, DSC_YBR_FULL_422);

    cr_assert_eq(dsc_frame_full_chroma(&f, NULL), DSC_OK);
    cr_assert(f.fmt.layout == DSC_INTERLEAVED);
    cr_assert(f.fmt.photometric == DSC_YBR_FULL);
    cr_assert_eq(f.size, sizeof even);
    cr_assert_arr_eq(f.data, even, sizeof even);
    /* what is not subsampled stays */
    cr_assert_eq(dsc_frame_full_chroma(&f, NULL), DSC_OK);
    cr_assert_arr_eq(f.data, even, sizeof even);
    dsc_frame_free(&f);
    f = frame_422(3, 2, DSC_YBR_FULL_422);
    cr_assert_eq(dsc_frame_full_chroma(&f, NULL), DSC_OK);
    cr_assert_eq(f.size, sizeof odd);
    cr_assert_arr_eq(f.data, odd, sizeof odd);
    dsc_frame_free(&f);
}

/* There is no name for such pixels in full resolution. */
Test(frame, partial_range_stays)
{
    dsc_frame f = frame_422(2, 2, DSC_YBR_PARTIAL_422);
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_frame_full_chroma(&f, &err), DSC_UNSUPPORTED);
    cr_assert(strstr(err.msg, "YBR_PARTIAL_422"));
    cr_assert(f.fmt.layout == DSC_YBR422 && f.data[7] == 8);
    dsc_frame_free(&f);
}

Test(frame, out_of_memory)
{
    dsc_frame f = frame_422(2, 2, DSC_YBR_FULL_422);

    dsc_alloc_fail_after(1);
    cr_assert_eq(dsc_frame_full_chroma(&f, NULL), DSC_NOMEM);
    dsc_alloc_fail_after(0);
    cr_assert(f.fmt.layout == DSC_YBR422 && f.data[7] == 8);
    dsc_frame_free(&f);
}
