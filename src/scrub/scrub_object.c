/* SPDX-License-Identifier: Apache-2.0
 *
 * Instances without pixels: the header and what it nests is all there is. They
 * go the way of the images, without frames. */
#include "scrub/scrub_priv.h"

#include <stdio.h>

static dsc_status clean_header(const dsc_scrubber *s, dsc_instance *inst,
                               dsc_error *err)
{
    dsc_retag what = {.pixels_changed = false};
    dsc_header_case header;
    dsc_status st = dsc_header_open(&header, s, inst, err);

    if (!st)
        st = dsc_deid_apply(header.deid, inst->ds, &what, err);
    dsc_header_close(&header);
    return st;
}

dsc_status dsc_act_object(dsc_scrubber *s, dsc_instance *inst, dsc_outfile *out,
                          dsc_result *result, dsc_error *err)
{
    dsc_write_options options = {
        .implementation_class_uid = DSC_IMPLEMENTATION_CLASS_UID,
        .implementation_version_name = DSC_IMPLEMENTATION_VERSION_NAME};
    dsc_status st = clean_header(s, inst, err);

    if (st)
        return st;
    snprintf(result->ts_out, sizeof result->ts_out, "%s",
             dsc_dicom_transfer_syntax(inst->ds));
    return dsc_dicom_write(inst->ds, out, &options, err);
}
