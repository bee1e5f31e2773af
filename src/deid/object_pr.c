/* SPDX-License-Identifier: Apache-2.0
 *
 * Text and drawings of presentation states, and annotations of waveforms
 * (PS3.15 E.3.3): measurements stay as they were drawn, words are cleaned,
 * drawings by hand go, since they may be handwriting. */
#include "deid/object_priv.h"

#include <string.h>

#define TAG_ANNOTATIONS  DSC_TAG(0x0070, 0x0001)
#define TAG_TEXT         DSC_TAG(0x0070, 0x0006)
#define TAG_TEXTS        DSC_TAG(0x0070, 0x0008)
#define TAG_GRAPHICS     DSC_TAG(0x0070, 0x0009)
#define TAG_POINTS       DSC_TAG(0x0070, 0x0021)
#define TAG_GRAPHIC_DATA DSC_TAG(0x0070, 0x0022)
#define TAG_COMPOUNDS    DSC_TAG(0x0070, 0x0209)
#define TAG_WAVE_NOTES   DSC_TAG(0x0040, 0xB020)
#define TAG_LAYERS       DSC_TAG(0x0070, 0x0060)
#define TAG_LAYER_TEXT   DSC_TAG(0x0070, 0x0068)
/* A measured outline has fewer corners than a signature. */
#define FREEHAND_BYTES (50u * 2 * 4)

static bool keeps_walking(const dsc_at *at)
{
    return at->tag == TAG_ANNOTATIONS || at->tag == TAG_TEXTS ||
           at->tag == TAG_GRAPHICS || at->tag == TAG_COMPOUNDS ||
           at->tag == TAG_WAVE_NOTES || at->tag == TAG_LAYERS;
}

static bool is_freehand(const dsc_at *at)
{
    /* the count and the points it counts must go together */
    char type[32] = "", count[16] = "";
    unsigned long n = 0;

    dsc_item_text(at->item, DSC_TAG(0x0070, 0x0023), type, sizeof type);
    if (strcmp(type, "POLYLINE") && strcmp(type, "INTERPOLATED"))
        return false;
    dsc_item_text(at->item, TAG_POINTS, count, sizeof count);
    for (const char *p = count; *p >= '0' && *p <= '9'; p++)
        n = n * 10 + (unsigned long)(*p - '0');
    return n * 2 * 4 > FREEHAND_BYTES ||
           (at->tag == TAG_GRAPHIC_DATA && at->length > FREEHAND_BYTES);
}

dsc_status dsc_object__pr(void *ctx, const dsc_deid_case *c, const dsc_at *at,
                          dsc_ruling *r, bool *decided, dsc_error *err)
{
    const dsc_object *o = ctx;

    if (at->depth == 0 || at->tag == TAG_TEXTS || at->tag == TAG_GRAPHICS ||
        at->tag == TAG_COMPOUNDS) {
        if (keeps_walking(at)) {
            *decided = true;
            r->code = "C";
            r->edit->kind = DSC_EDIT_KEEP;
            r->why = "its texts and drawings are cleaned";
        }
        return DSC_OK;
    }
    *decided = true;
    if (at->tag == TAG_TEXT || (at->tag == TAG_LAYER_TEXT))
        return dsc_object__clean_text(o, c, at, false, r, err);
    if (at->sequence == TAG_GRAPHICS && is_freehand(at)) {
        r->code = "C";
        if (at->tag == TAG_POINTS)
            return dsc_object__put(r, at, "2", "a drawing by hand", err);
        if (at->tag == TAG_GRAPHIC_DATA)
            return dsc_object__put(r, at, "0\\0\\0\\0", "a drawing by hand",
                                   err);
    }
    *decided = false;
    return DSC_OK;
}
