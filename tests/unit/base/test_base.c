/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <criterion/criterion.h>

Test(error, the_first_one_wins_and_context_goes_in_front)
{
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_fail(&err, DSC_BADFILE, "no Rows"), DSC_BADFILE);
    cr_assert_eq(dsc_fail(&err, DSC_IO, "later"), DSC_IO);
    cr_assert_eq(err.status, DSC_BADFILE);
    dsc_error_context(&err, "frame %d", 12);
    cr_assert_str_eq(err.msg, "frame 12: no Rows");
}

Test(buf, stops_at_its_limit)
{
    dsc_buf b = {.limit = 100};
    dsc_error err = DSC_ERROR_INIT;
    uint8_t bytes[64] = {7};

    cr_assert_eq(dsc_buf_append(&b, bytes, 64, &err), DSC_OK);
    cr_assert_eq(dsc_buf_append(&b, bytes, 64, &err), DSC_LIMIT);
    cr_assert_eq(b.len, 64);
    dsc_buf_free(&b);
}
