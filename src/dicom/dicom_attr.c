/* SPDX-License-Identifier: Apache-2.0 */
#include "dicom/dicom_priv.h"

#include <string.h>

bool dsc_dicom_has(const dsc_dicom *ds, uint32_t tag)
{
    return dsc_dicom__tree_has(ds->tree, tag);
}

bool dsc_dicom_string(const dsc_dicom *ds, uint32_t tag, char *buf, size_t size)
{
    return dsc_dicom__tree_text(ds->tree, tag, false, buf, size);
}

bool dsc_dicom_strings(const dsc_dicom *ds, uint32_t tag, char *buf,
                       size_t size)
{
    return dsc_dicom__tree_text(ds->tree, tag, true, buf, size);
}

bool dsc_dicom_number(const dsc_dicom *ds, uint32_t tag, uint32_t index,
                      double *out)
{
    return dsc_dicom__tree_number(ds->tree, 0, 0, tag, index, out);
}

bool dsc_dicom_keyword(const char *keyword, uint32_t *tag)
{
    return dsc_dicom__dictionary_tag(keyword, tag);
}

void dsc_dicom_vr(uint32_t tag, char vr[3])
{
    dsc_dicom__dictionary_vr(tag, NULL, vr);
}

/* "(0009,1001)[0].(0008,0018)": the last digit of a group tells. */
bool dsc_dicom_path_is_private(const char *path)
{
    for (const char *p = path; (p = strchr(p, '(')); p++)
        if (strlen(p) > 4 && strchr("13579BDF", p[4]))
            return true;
    return false;
}

dsc_status dsc_dicom_walk(const dsc_dicom *ds, dsc_element_fn fn, void *ctx,
                          dsc_error *err)
{
    return dsc_dicom__tree_walk(ds, fn, ctx, err);
}

dsc_status dsc_dicom_set(dsc_dicom *ds, uint32_t tag, const char *utf8,
                         dsc_error *err)
{
    return dsc_dicom__tree_set(ds->tree, tag, utf8, false, err);
}

dsc_status dsc_dicom_append(dsc_dicom *ds, uint32_t tag, const char *utf8,
                            dsc_error *err)
{
    return dsc_dicom__tree_set(ds->tree, tag, utf8, true, err);
}

dsc_status dsc_dicom_append_code(dsc_dicom *ds, uint32_t sequence,
                                 const char *value, const char *scheme,
                                 const char *meaning, dsc_error *err)
{
    return dsc_dicom__tree_append_code(ds->tree, sequence, value, scheme,
                                       meaning, err);
}

dsc_status dsc_dicom_append_item(dsc_dicom *ds, uint32_t sequence,
                                 const dsc_new_value *values, size_t count,
                                 dsc_error *err)
{
    return dsc_dicom__tree_append_item(ds->tree, sequence, values, count, err);
}

dsc_status dsc_dicom_remove_if(dsc_dicom *ds, dsc_remove_fn fn, void *ctx,
                               size_t *removed, dsc_error *err)
{
    if (removed)
        *removed = 0;
    return dsc_dicom__tree_remove_if(ds, fn, ctx, removed, err);
}

/* Corners are UL by the standard but some writers store them signed. */
static bool region_number(const dsc_dicom *ds, uint32_t item, uint16_t element,
                          uint32_t max, uint32_t *out)
{
    double v;

    if (!dsc_dicom__tree_number(ds->tree, DSC_TAG(0x18, 0x6011), item,
                                DSC_TAG(0x18, element), 0, &v) ||
        v < 0 || v > (double)max)
        return false;
    *out = (uint32_t)v;
    return true;
}

size_t dsc_dicom_us_regions(const dsc_dicom *ds, dsc_us_region *out, size_t max)
{
    size_t items = dsc_dicom__tree_items(ds->tree, DSC_TAG(0x18, 0x6011));
    size_t count = 0;

    for (uint32_t i = 0; i < items; i++) {
        dsc_us_region r = {0};
        uint32_t format = 0, type = 0;
        if (!region_number(ds, i, 0x6018, UINT32_MAX, &r.x0) ||
            !region_number(ds, i, 0x601A, UINT32_MAX, &r.y0) ||
            !region_number(ds, i, 0x601C, UINT32_MAX, &r.x1) ||
            !region_number(ds, i, 0x601E, UINT32_MAX, &r.y1))
            continue;
        region_number(ds, i, 0x6012, UINT16_MAX, &format);
        region_number(ds, i, 0x6014, UINT16_MAX, &type);
        r.spatial_format = (uint16_t)format;
        r.data_type = (uint16_t)type;
        if (count < max)
            out[count] = r;
        count++;
    }
    return count;
}
