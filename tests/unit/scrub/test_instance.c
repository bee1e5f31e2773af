/* SPDX-License-Identifier: Apache-2.0 */
#include "scrub/scrub_priv.h"

#include <criterion/criterion.h>
#include <string.h>

/* A sign extended black must not set the bits that an embedded overlay had
 * and that are cleared everywhere else. */
Test(instance, black_clears_overlay_bits)
{
    dsc_instance inst = {.overlay_bits = 0x1000};
    dsc_frame frame = {0};
    static const uint16_t words[4] = {0x0800, 0x07FF, 0, 5};

    inst.fmt = (dsc_format){.columns = 4,
                            .rows = 1,
                            .samples = 1,
                            .bits_allocated = 16,
                            .bits_stored = 12,
                            .high_bit = 11,
                            .is_signed = true,
                            .photometric = DSC_MONOCHROME2};
    cr_assert_eq(dsc_frame_alloc(&frame, &inst.fmt, NULL), DSC_OK);
    memcpy(frame.data, words, sizeof words);
    cr_assert_eq(dsc_instance_black(&inst, &frame).v[0], 0xE800);
    inst.overlay_bits = 0;
    cr_assert_eq(dsc_instance_black(&inst, &frame).v[0], 0xF800);
    dsc_frame_free(&frame);
}
