/* SPDX-License-Identifier: Apache-2.0
 *
 * The header of an instance, between the steps and the deid module. */
#include "scrub/scrub_priv.h"

dsc_status dsc_header_open(dsc_header_case *out, const dsc_scrubber *s,
                           const dsc_instance *inst, dsc_error *err)
{
    dsc_status st;

    *out = (dsc_header_case){NULL, NULL};
    st = dsc_deid_open(&out->deid, s->deid, inst->ds, dsc_instance_facts(inst),
                       err);
    if (!st)
        st =
            dsc_object_open(&out->object, inst->kind, out->deid, inst->ds, err);
    /* overlays without an image are not looked at */
    if (!st && s->keep_overlays && inst->has_pixels)
        dsc_deid_keep_overlays(out->deid);
    if (!st && inst->face == DSC_FACE_YES)
        dsc_deid_shows_face(out->deid);
    if (!st && s->mapping)
        st = dsc_deid_record(out->deid, s->mapping, err);
    return st;
}

void dsc_header_close(dsc_header_case *header)
{
    dsc_object_close(&header->object);
    dsc_deid_close(&header->deid);
}

typedef struct telling {
    dsc_header_case header;
    dsc_header_fn fn;
    void *ctx;
} telling;

static dsc_status tell(void *ctx, const dsc_at *at, dsc_edit *edit,
                       dsc_error *err)
{
    static const char *const actions[] = {
        [DSC_EDIT_KEEP] = "keep",
        [DSC_EDIT_REMOVE] = "remove",
        [DSC_EDIT_EMPTY] = "empty",
        [DSC_EDIT_SET] = "set",
    };
    const telling *t = ctx;
    dsc_ruling ruling = {.edit = edit};
    dsc_header_line line;
    dsc_status st = dsc_deid_rule(t->header.deid, at, &ruling, err);

    if (st || (at->tag == DSC_TAG_ITEM && edit->kind == DSC_EDIT_KEEP))
        return st;
    st = dsc_buf_append(&edit->text, "", 1, err);
    if (st)
        return st;
    edit->text.len--;
    line = (dsc_header_line){
        .path = at->path,
        .keyword = dsc_at_keyword(at),
        .vr = at->vr,
        .action = actions[edit->kind],
        .code = ruling.code,
        .why = ruling.why,
        .was = dsc_at_text(at),
        .now =
            edit->kind == DSC_EDIT_SET ? (const char *)edit->text.data : NULL,
    };
    return t->fn(t->ctx, &line);
}

dsc_status dsc_header(dsc_scrubber *s, const dsc_input *input, dsc_header_fn fn,
                      void *ctx, dsc_error *err)
{
    dsc_instance inst = {0};
    telling t = {.fn = fn, .ctx = ctx};
    dsc_error refused = DSC_ERROR_INIT;
    dsc_status st = dsc_instance_open(&inst, input, &refused);

    if (s->mapping)
        dsc_mapping_start(s->mapping);
    /* Pixels that cannot be handled are no reason to hide the header's fate. */
    if (st && !inst.facts_known)
        st = dsc_fail(err, st, "%s", refused.msg);
    else
        st = dsc_header_open(&t.header, s, &inst, err);
    if (!st)
        st = dsc_dicom_edit_dry(inst.ds, tell, &t, err);
    dsc_header_close(&t.header);
    dsc_instance_close(&inst);
    return st;
}
