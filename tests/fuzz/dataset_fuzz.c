/* SPDX-License-Identifier: Apache-2.0
 *
 * The input is a whole file. What opens must answer every question without
 * harm, be written, open again, and still have the same Pixel Data.
 */
#include "dicom/dicom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

/* A failure has a message and is never our own fault. */
static bool fine(dsc_status st, dsc_error *err)
{
    must(st != DSC_INTERNAL);
    must(st == DSC_OK || err->msg[0]);
    *err = (dsc_error)DSC_ERROR_INIT;
    return st == DSC_OK;
}

static bool look(void *ctx, const dsc_element *e)
{
    size_t *n = ctx;
    *n +=
        strlen(e->path) + strlen(e->keyword) + (e->utf8 ? strlen(e->utf8) : 0);
    must(strlen(e->vr) == 2);
    return true;
}

static bool drop_odd(void *ctx, const dsc_element *e)
{
    (void)ctx;
    return (e->tag & 7) == 1;
}

static void read_pixels(dsc_dicom *ds)
{
    dsc_error err = DSC_ERROR_INIT;
    dsc_format fmt;
    dsc_buf frame = {0};
    uint32_t frames = 0;
    bool good = fine(dsc_dicom_format(ds, &fmt, &frames, &err), &err) &&
                fine(dsc_dicom_check_frames(ds, &err), &err);

    for (uint32_t i = 0; i < frames && i < 4; i++) {
        bool ok = fine(dsc_dicom_frame(ds, i, &frame, &err), &err);
        must(ok || frame.len == 0);
        must(ok || !good);
    }
    dsc_buf_free(&frame);
}

static void read_planes(dsc_dicom *ds)
{
    dsc_error err = DSC_ERROR_INIT;
    dsc_overlay o[16];
    dsc_us_region r[4];
    dsc_buf bits = {0};
    uint8_t *rgb = NULL;
    uint32_t count;
    int32_t first;
    size_t n = dsc_dicom_overlays(ds, o, 16);

    dsc_dicom_us_regions(ds, r, 4);
    fine(dsc_dicom_palette(ds, &rgb, &count, &first, &err), &err);
    dsc_free(rgb);
    for (size_t i = 0; i < n; i++) {
        if (!o[i].embedded &&
            fine(dsc_dicom_overlay_bits(ds, &o[i], 0, &bits, &err), &err))
            fine(dsc_dicom_set_overlay_bits(ds, &o[i], 0, &bits, &err), &err);
    }
    dsc_buf_free(&bits);
}

static void change(dsc_dicom *ds)
{
    dsc_error err = DSC_ERROR_INIT;

    fine(dsc_dicom_set(ds, DSC_TAG(8, 0x16), "1.2.3", &err), &err);
    fine(dsc_dicom_set(ds, DSC_TAG(8, 0x18), "1.2.3.4", &err), &err);
    fine(dsc_dicom_append(ds, DSC_TAG(0x12, 0x63), "method", &err), &err);
    fine(dsc_dicom_append_code(ds, DSC_TAG(0x12, 0x64), "113101", "DCM", "x",
                               &err),
         &err);
}

static void write_and_reopen(dsc_dicom *ds, const char *syntax)
{
    char path[64];
    dsc_error err = DSC_ERROR_INIT;
    dsc_outfile *out = NULL;
    dsc_dicom *again = NULL;
    bool same = false;
    const dsc_write_options o = {.transfer_syntax = syntax,
                                 .implementation_class_uid = "1.2",
                                 .implementation_version_name = "FUZZ"};

    snprintf(path, sizeof path, "/tmp/dsc-dataset-fuzz-%d", (int)getpid());
    must(dsc_outfile_create(&out, path, &err) == DSC_OK);
    if (fine(dsc_dicom_write(ds, out, &o, &err), &err)) {
        must(dsc_outfile_flush(out, &err) == DSC_OK);
        must(dsc_dicom_open(&again, dsc_outfile_temp_path(out), NULL, &err) ==
             DSC_OK);
        must(dsc_dicom_get_kind(again) == dsc_dicom_get_kind(ds));
        must(dsc_dicom_same_pixel_data(ds, again, &same, &err) == DSC_OK);
        must(same || syntax || dsc_dicom_get_kind(ds) != DSC_KIND_IMAGE);
    }
    dsc_dicom_free(&again);
    dsc_outfile_abort(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dsc_dicom_limits limits = dsc_dicom_default_limits();
    dsc_error err = DSC_ERROR_INIT;
    dsc_dicom *ds = NULL;
    char text[256];
    double v;
    size_t n = 0;

    limits.max_inflated = 1 << 20;
    limits.max_frame_bytes = 1 << 20;
    limits.max_frames = 1 << 10;
    if (!fine(dsc_dicom_open_memory(&ds, data, size, &limits, &err), &err)) {
        must(!ds);
        return 0;
    }
    fine(dsc_dicom_walk(ds, look, &n, &err), &err);
    dsc_dicom_strings(ds, DSC_TAG(0x10, 0x10), text, sizeof text);
    dsc_dicom_number(ds, DSC_TAG(0x28, 0x30), 1, &v);
    read_pixels(ds);
    read_planes(ds);
    change(ds);
    write_and_reopen(ds, NULL);
    if (dsc_dicom_get_kind(ds) == DSC_KIND_OTHER)
        write_and_reopen(ds, "1.2.840.10008.1.2.2");
    fine(dsc_dicom_remove_if(ds, drop_odd, NULL, NULL, &err), &err);
    dsc_dicom_free(&ds);
    return 0;
}
