/* SPDX-License-Identifier: Apache-2.0
 *
 * What a cleaned instance says of itself (PS3.15 E.1.1, E.2, E.3; PS3.3
 * C.7.1.1, C.7.5.1, C.7.6.1.1). */
#include "deid/deid_priv.h"

#include <stdio.h>
#include <string.h>

#define TAG_IMAGE_TYPE           DSC_TAG(0x0008, 0x0008)
#define TAG_DERIVATION           DSC_TAG(0x0008, 0x2111)
#define TAG_SOURCE_IMAGES        DSC_TAG(0x0008, 0x2112)
#define TAG_PIXEL_PRESENTATION   DSC_TAG(0x0008, 0x9205)
#define TAG_DERIVATION_CODES     DSC_TAG(0x0008, 0x9215)
#define TAG_IDENTITY_REMOVED     DSC_TAG(0x0012, 0x0062)
#define TAG_DEID_METHOD          DSC_TAG(0x0012, 0x0063)
#define TAG_DEID_METHOD_CODES    DSC_TAG(0x0012, 0x0064)
#define TAG_EQUIPMENT            DSC_TAG(0x0018, 0xA001)
#define TAG_BURNED_IN_ANNOTATION DSC_TAG(0x0028, 0x0301)
#define TAG_FACES                DSC_TAG(0x0028, 0x0302)
#define TAG_DATES_MODIFIED       DSC_TAG(0x0028, 0x0303)
#define TAG_LOSSY                DSC_TAG(0x0028, 0x2110)
#define TAG_LOSSY_RATIO          DSC_TAG(0x0028, 0x2112)
#define TAG_LOSSY_METHOD         DSC_TAG(0x0028, 0x2114)
#define TAG_SHARED_GROUPS        DSC_TAG(0x5200, 0x9229)
#define TAG_FRAME_GROUPS         DSC_TAG(0x5200, 0x9230)

bool dsc_deid__is_own(const dsc_deid_case *c, uint32_t tag)
{
    static const uint32_t tags[] = {
        TAG_IMAGE_TYPE,
        TAG_DERIVATION,
        TAG_DERIVATION_CODES,
        TAG_IDENTITY_REMOVED,
        TAG_DEID_METHOD,
        TAG_DEID_METHOD_CODES,
        TAG_EQUIPMENT,
        TAG_DATES_MODIFIED,
        TAG_BURNED_IN_ANNOTATION,
        TAG_LOSSY,
        TAG_LOSSY_RATIO,
        TAG_LOSSY_METHOD,
    };

    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (tags[i] == tag)
            return true;
    return tag == TAG_FACES && c->shows_face;
}

/* Must other attributes, or the types that frames have of their own, agree with
 * value 1 of Image Type (ADR 19)? */
static bool is_type_tied(const dsc_deid_case *c, const dsc_dicom *ds)
{
    return dsc_dicom_has(ds, TAG_PIXEL_PRESENTATION) ||
           dsc_dicom_has(ds, TAG_SHARED_GROUPS) ||
           dsc_dicom_has(ds, TAG_FRAME_GROUPS) ||
           (c->iod != DSC_DEID__NO_IOD &&
            dsc_deid__type_of(TAG_SOURCE_IMAGES, 0, c->iod) == DSC_TYPE_2C);
}

/* Value 1 becomes DERIVED, the others stay (PS3.3 C.7.6.1.1.2). */
static dsc_status set_derived(const dsc_deid_case *c, dsc_dicom *ds,
                              dsc_error *err)
{
    char old[1024], now[1100];
    const char *rest;

    if (is_type_tied(c, ds))
        return DSC_OK;
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

static dsc_status set_pixels(const dsc_deid_case *c, dsc_dicom *ds,
                             const dsc_retag *what, dsc_error *err)
{
    dsc_status st = DSC_OK;

    if (what->pixels_clean)
        st = dsc_dicom_set(ds, TAG_BURNED_IN_ANNOTATION, "NO", err);
    if (!st && what->was_lossy)
        st = set_lossy(ds, what, err);
    if (st || !what->pixels_changed)
        return st;
    st = set_derived(c, ds, err);
    if (!st)
        st = dsc_dicom_set(ds, TAG_DERIVATION,
                           "Burned-in text blanked by dcmscrub", err);
    if (!st)
        st = dsc_dicom_append_code(ds, TAG_DERIVATION_CODES, "113047", "DCM",
                                   "Pixel by pixel mask", err);
    return st;
}

/* CID 7050, in the order of its codes. */
static dsc_status set_codes(const dsc_deid_case *c, dsc_dicom *ds,
                            const dsc_retag *what, dsc_error *err)
{
    static const struct {
        unsigned option;
        const char *code, *meaning;
    } codes[] = {
        {DSC_DEID_FACES, "113102", "Clean Recognizable Visual Features Option"},
        {DSC_DEID_GRAPHICS, "113103", "Clean Graphics Option"},
        {DSC_DEID_CONTENT, "113104", "Clean Structured Content Option"},
        {DSC_DEID_DESCRIPTORS, "113105", "Clean Descriptors Option"},
        {DSC_DEID_FULL_DATES, "113106",
         "Retain Longitudinal Temporal Information Full Dates Option"},
        {DSC_DEID_SHIFT_DATES, "113107",
         "Retain Longitudinal Temporal Information Modified Dates Option"},
        {DSC_DEID_KEEP_PATIENT, "113108",
         "Retain Patient Characteristics Option"},
        {DSC_DEID_KEEP_DEVICE, "113109", "Retain Device Identity Option"},
        {DSC_DEID_KEEP_UIDS, "113110", "Retain UIDs Option"},
        {DSC_DEID_SAFE_PRIVATE, "113111", "Retain Safe Private Option"},
        {DSC_DEID_KEEP_INSTITUTION, "113112",
         "Retain Institution Identity Option"},
    };
    const dsc_deid *d = c->deid;
    const unsigned only_done = DSC_DEID_GRAPHICS | DSC_DEID_CONTENT;
    unsigned claims = (d->options & ~only_done) | c->done;
    dsc_status st = DSC_OK;

    /* A profile file that keeps more than the standard lets it is no longer
     * the standard's profile. */
    if (!d->weaker)
        st = dsc_dicom_append_code(ds, TAG_DEID_METHOD_CODES, "113100", "DCM",
                                   "Basic Application Confidentiality Profile",
                                   err);
    if (!st && what->pixels_clean)
        st = dsc_dicom_append_code(ds, TAG_DEID_METHOD_CODES, "113101", "DCM",
                                   "Clean Pixel Data Option", err);
    for (size_t i = 0; !st && i < sizeof codes / sizeof *codes; i++)
        if (claims & codes[i].option)
            st = dsc_dicom_append_code(ds, TAG_DEID_METHOD_CODES, codes[i].code,
                                       "DCM", codes[i].meaning, err);
    return st;
}

const char *dsc_deid__dates_term(const dsc_deid_case *c)
{
    const dsc_deid *d = c->deid;

    if (d->options & DSC_DEID_SHIFT_DATES)
        return "MODIFIED";
    return d->options & DSC_DEID_FULL_DATES || d->keeps_dates ? "UNMODIFIED"
                                                              : "REMOVED";
}

static dsc_status set_equipment(dsc_dicom *ds, dsc_error *err)
{
    static const dsc_new_value values[] = {
        {0, DSC_TAG(0x0008, 0x0070), "dcmscrub"},
        {0, DSC_TAG(0x0018, 0x1020), DSC_IMPLEMENTATION_VERSION_NAME},
        {DSC_TAG(0x0040, 0xA170), DSC_TAG(0x0008, 0x0100), "109104"},
        {DSC_TAG(0x0040, 0xA170), DSC_TAG(0x0008, 0x0102), "DCM"},
        {DSC_TAG(0x0040, 0xA170), DSC_TAG(0x0008, 0x0104),
         "De-identifying Equipment"},
    };

    return dsc_dicom_append_item(ds, TAG_EQUIPMENT, values,
                                 sizeof values / sizeof *values, err);
}

dsc_status dsc_deid__retag(const dsc_deid_case *c, dsc_dicom *ds,
                           const dsc_retag *what, dsc_error *err)
{
    dsc_status st = dsc_dicom_set(ds, TAG_IDENTITY_REMOVED, "YES", err);

    if (!st)
        st = dsc_dicom_append(ds, TAG_DEID_METHOD,
                              c->deid->weaker
                                  ? "dcmscrub: a profile of the site's own"
                                  : "dcmscrub: PS3.15 Basic Profile and "
                                    "options",
                              err);
    if (!st && what->pixels_clean)
        st = dsc_dicom_append(ds, TAG_DEID_METHOD,
                              "dcmscrub: burned-in text removed and proven",
                              err);
    if (!st)
        st = set_codes(c, ds, what, err);
    if (!st)
        st =
            dsc_dicom_set(ds, TAG_DATES_MODIFIED, dsc_deid__dates_term(c), err);
    if (!st && c->shows_face)
        st = dsc_dicom_set(ds, TAG_FACES, "YES", err);
    if (!st)
        st = set_equipment(ds, err);
    return st ? st : set_pixels(c, ds, what, err);
}
