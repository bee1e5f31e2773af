/* SPDX-License-Identifier: Apache-2.0 */
#include "deid/deid.h"

#include <stdio.h>
#include <string.h>

#define TAG_IMAGE_TYPE           DSC_TAG(0x0008, 0x0008)
#define TAG_SOP_INSTANCE_UID     DSC_TAG(0x0008, 0x0018)
#define TAG_DERIVATION           DSC_TAG(0x0008, 0x2111)
#define TAG_DERIVATION_CODES     DSC_TAG(0x0008, 0x9215)
#define TAG_DEID_METHOD          DSC_TAG(0x0012, 0x0063)
#define TAG_DEID_METHOD_CODES    DSC_TAG(0x0012, 0x0064)
#define TAG_BURNED_IN_ANNOTATION DSC_TAG(0x0028, 0x0301)
#define TAG_LOSSY                DSC_TAG(0x0028, 0x2110)
#define TAG_LOSSY_RATIO          DSC_TAG(0x0028, 0x2112)
#define TAG_LOSSY_METHOD         DSC_TAG(0x0028, 0x2114)

/* Value 1 becomes DERIVED, the others stay (PS3.3 C.7.6.1.1.2). */
static dsc_status set_derived(dsc_dicom *ds, dsc_error *err)
{
    char old[1024], now[1100];
    const char *rest;

    if (!dsc_dicom_strings(ds, TAG_IMAGE_TYPE, old, sizeof old))
        return dsc_dicom_set(ds, TAG_IMAGE_TYPE, "DERIVED\\SECONDARY", err);
    rest = strchr(old, '\\');
    snprintf(now, sizeof now, "DERIVED%s", rest ? rest : "");
    /* Values that CS forbids cannot be written again. */
    if (!dsc_dicom_set(ds, TAG_IMAGE_TYPE, now, NULL))
        return DSC_OK;
    return dsc_dicom_set(ds, TAG_IMAGE_TYPE, "DERIVED\\SECONDARY", err);
}

/* Once lossy, always said (PS3.3 C.7.6.1.1.5). A ratio and method that are
 * there describe the step that made the source, so they stay. */
static dsc_status set_lossy(dsc_dicom *ds, const dsc_retag *what,
                            dsc_error *err)
{
    char ratio[32];
    dsc_status st = dsc_dicom_set(ds, TAG_LOSSY, "01", err);

    if (st || dsc_dicom_has(ds, TAG_LOSSY_METHOD) ||
        dsc_dicom_has(ds, TAG_LOSSY_RATIO) || !what->lossy_method)
        return st;
    snprintf(ratio, sizeof ratio, "%.4g", what->lossy_ratio);
    st = dsc_dicom_set(ds, TAG_LOSSY_RATIO, ratio, err);
    return st ? st
              : dsc_dicom_set(ds, TAG_LOSSY_METHOD, what->lossy_method, err);
}

static dsc_status new_instance_uid(dsc_dicom *ds, const dsc_key *key,
                                   dsc_error *err)
{
    char old[256], now[DSC_UID_SIZE];
    dsc_status st;

    if (!dsc_dicom_string(ds, TAG_SOP_INSTANCE_UID, old, sizeof old))
        return dsc_fail(err, DSC_BADFILE,
                        "(0008,0018) SOP Instance UID is missing");
    st = dsc_uid_map(key, old, now, err);
    return st ? st : dsc_dicom_set(ds, TAG_SOP_INSTANCE_UID, now, err);
}

dsc_status dsc_deid_retag(dsc_dicom *ds, const dsc_key *key,
                          const dsc_retag *what, dsc_error *err)
{
    dsc_status st = new_instance_uid(ds, key, err);

    if (!st)
        st = dsc_dicom_set(ds, TAG_BURNED_IN_ANNOTATION, "NO", err);
    if (!st)
        st = dsc_dicom_append(ds, TAG_DEID_METHOD,
                              "dcmscrub: burned-in text removed and proven",
                              err);
    if (!st)
        st = dsc_dicom_append_code(ds, TAG_DEID_METHOD_CODES, "113101", "DCM",
                                   "Clean Pixel Data Option", err);
    if (!st && what->was_lossy)
        st = set_lossy(ds, what, err);
    if (st || !what->pixels_changed)
        return st;
    st = set_derived(ds, err);
    if (!st)
        st = dsc_dicom_set(ds, TAG_DERIVATION,
                           "Burned-in text blanked by dcmscrub", err);
    if (!st)
        st = dsc_dicom_append_code(ds, TAG_DERIVATION_CODES, "113047", "DCM",
                                   "Pixel by pixel mask", err);
    return st;
}
