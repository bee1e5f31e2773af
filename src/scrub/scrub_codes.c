/* SPDX-License-Identifier: Apache-2.0
 *
 * Barcodes and QR codes: they go under every policy, and with them the text
 * that is written at them. */
#include "scrub/scrub_priv.h"

static dsc_status add_code(const dsc_code *code, uint32_t frame,
                           dsc_tracks *tracks, dsc_error *err)
{
    dsc_track track = {.box = code->box,
                       .first = frame,
                       .last = frame,
                       .score = 1,
                       .is_code = true};
    dsc_span *span = dsc_calloc(1, sizeof *span);
    dsc_status st;

    if (!span)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    span->box = span->halo = code->box;
    span->decision = (dsc_decision){
        .blank = true,
        .cls = DSC_CLASS_ID,
        .confidence = 1,
        .rule = "code",
        .reason = code->kind == DSC_CODE_BARS ? "a barcode" : "a QR code"};
    track.spans = span;
    track.span_count = 1;
    st = dsc_track_add(tracks, &track, err);
    dsc_free(track.spans);
    return st;
}

bool dsc_codes_hold(const dsc_tracks *tracks, uint32_t frame, dsc_rect box)
{
    for (size_t i = 0; i < tracks->count; i++) {
        const dsc_track *t = &tracks->items[i];
        dsc_rect common = dsc_rect_intersect(t->box, box);
        if (t->is_code && t->first == frame &&
            dsc_rect_area(common) == dsc_rect_area(box))
            return true;
    }
    return false;
}

dsc_status dsc_find_codes(const dsc_plane *plane, const dsc_rect *within,
                          uint32_t frame, dsc_tracks *tracks, dsc_error *err)
{
    dsc_codes codes = {0};
    dsc_status st = dsc_codes_find(plane, within, &codes, err);

    /* another view of the frame may have shown the same code */
    for (size_t i = 0; !st && i < codes.count; i++)
        if (!dsc_codes_hold(tracks, frame, codes.items[i].box))
            st = add_code(&codes.items[i], frame, tracks, err);
    dsc_codes_free(&codes);
    return st;
}

static int32_t at_least_0(int32_t v)
{
    return v < 0 ? 0 : v;
}

/* As near as the digits below a barcode: no line's height away. */
static bool stands_at(dsc_rect line, dsc_rect code)
{
    int32_t right = line.x - (code.x + code.w), left = code.x - line.x - line.w;
    int32_t below = line.y - (code.y + code.h),
            above = code.y - line.y - line.h;
    int32_t height = line.w < line.h ? line.w : line.h;
    int32_t dx = at_least_0(left > right ? left : right);
    int32_t dy = at_least_0(above > below ? above : below);

    return dx + dy <= height;
}

void dsc_codes_claim_text(dsc_tracks *tracks)
{
    for (size_t i = 0; i < tracks->count; i++) {
        const dsc_track *code = &tracks->items[i];
        for (size_t k = 0; code->is_code && k < tracks->count; k++) {
            dsc_track *t = &tracks->items[k];
            if (t->is_code || t->first > code->last || code->first > t->last ||
                !stands_at(t->box, code->box))
                continue;
            for (size_t n = 0; n < t->span_count; n++) {
                dsc_decision *d = &t->spans[n].decision;
                if (!d->blank)
                    *d = (dsc_decision){.blank = true,
                                        .cls = DSC_CLASS_ID,
                                        .confidence = 0.8F,
                                        .rule = "beside-code",
                                        .reason = "stands at a code"};
            }
        }
    }
}
