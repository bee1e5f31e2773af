/* SPDX-License-Identifier: Apache-2.0
 *
 * The input is a whole file. Whatever can be de-identified by the rules for
 * its kind must be what the check expects.
 */
#include "deid/object.h"

#include <stdlib.h>

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

static dsc_object_kind kind_of(const dsc_dicom *ds)
{
    char uid[72];

    dsc_dicom_string(ds, DSC_TAG(0x0008, 0x0016), uid, sizeof uid);
    return dsc_object_of(uid, dsc_dicom_get_kind(ds) == DSC_KIND_IMAGE);
}

static void clean(const dsc_deid *deid, const dsc_dicom *source,
                  dsc_dicom *work)
{
    dsc_error err = DSC_ERROR_INIT;
    dsc_deid_case *c = NULL;
    dsc_object *o = NULL;
    dsc_facts facts = {0};
    dsc_retag what = {.pixels_changed = false};

    if (fine(
            dsc_facts_add(&facts, DSC_CLASS_NAME, "PN", "Mustermann^Max", &err),
            &err) &&
        fine(dsc_deid_open(&c, deid, source, &facts, &err), &err) &&
        fine(dsc_object_open(&o, kind_of(source), c, source, &err), &err) &&
        fine(dsc_deid_apply(c, work, &what, &err), &err)) {
        must(dsc_deid_check(c, work, 0, &err) == DSC_OK);
        must(dsc_deid_check(c, work, DSC_UNKNOWN_KEY | DSC_UNKNOWN_FACTS,
                            &err) == DSC_OK);
    }
    dsc_object_close(&o);
    dsc_deid_close(&c);
    dsc_facts_free(&facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const profiles[] = {"basic", "internal"};
    static const dsc_key key = {{7}};

    for (int i = 0; i < 2; i++) {
        dsc_deid_settings settings = {.profile = profiles[i], .key = &key};
        dsc_error err = DSC_ERROR_INIT;
        dsc_dicom *source = NULL, *work = NULL;
        dsc_deid *deid = NULL;
        must(dsc_deid_create(&deid, &settings, &err) == DSC_OK);
        if (fine(dsc_dicom_open_memory(&source, data, size, NULL, &err),
                 &err) &&
            fine(dsc_dicom_open_memory(&work, data, size, NULL, &err), &err))
            clean(deid, source, work);
        dsc_dicom_free(&source);
        dsc_dicom_free(&work);
        dsc_deid_free(&deid);
    }
    return 0;
}
