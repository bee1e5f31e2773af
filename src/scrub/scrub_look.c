/* SPDX-License-Identifier: Apache-2.0
 *
 * Boxes that the finder told of parts of planes, by a hash of all pixels that
 * it looked at. The rounds of a proof see most of a clip as the round before
 * did. */
#include "scrub/scrub_priv.h"

#include "base/hash.h"

#include <string.h>

#define LOOKS 8192u /* of some 30 bytes and their boxes; newer ones replace */

typedef struct look {
    uint64_t key; /* 0: none */
    dsc_text_boxes boxes;
} look;

struct dsc_looks {
    look slots[LOOKS];
};

dsc_status dsc_looks_create(dsc_looks **out, dsc_error *err)
{
    *out = dsc_alloc(sizeof **out);
    return *out ? DSC_OK : dsc_fail(err, DSC_NOMEM, "out of memory");
}

void dsc_looks_free(dsc_looks **looks)
{
    for (size_t i = 0; *looks && i < LOOKS; i++)
        dsc_text_boxes_free(&(*looks)->slots[i].boxes);
    dsc_free(*looks);
    *looks = NULL;
}

static uint64_t key_of(const dsc_plane *p, dsc_rect within,
                       dsc_detect_effort effort)
{
    const uint32_t words[] = {p->columns,         p->rows,
                              (uint32_t)within.x, (uint32_t)within.y,
                              (uint32_t)within.w, (uint32_t)within.h,
                              (uint32_t)effort};
    uint64_t key = dsc_hash_bytes(DSC_HASH_START, words, sizeof words);
    dsc_rect seen = dsc_detector_sees(p, within);

    for (int32_t y = seen.y; y < seen.y + seen.h; y++) {
        const uint8_t *px = p->data + (size_t)y * p->stride + (size_t)seen.x;
        const uint8_t *end = px + seen.w;
        uint32_t four;
        for (; px + sizeof four <= end; px += sizeof four) {
            memcpy(&four, px, sizeof four);
            key = dsc_hash_word(key, four);
        }
        key = dsc_hash_bytes(key, px, (size_t)(end - px));
    }
    return key ? key : 1;
}

static dsc_status copy_boxes(dsc_text_boxes *to, const dsc_text_boxes *from,
                             dsc_error *err)
{
    dsc_status st = DSC_OK;

    to->count = 0;
    for (size_t i = 0; !st && i < from->count; i++)
        st = dsc_text_boxes_add(to, &from->items[i], err);
    return st;
}

dsc_status dsc_look_at(dsc_looks *looks, dsc_detector *detector,
                       const dsc_plane *plane, const dsc_rect *within,
                       dsc_detect_effort effort, dsc_text_boxes *out,
                       dsc_error *err)
{
    dsc_rect all = {0, 0, (int32_t)plane->columns, (int32_t)plane->rows};
    uint64_t key;
    look *l;
    dsc_status st;

    if (!looks)
        return dsc_detector_find(detector, plane, within, effort, out, err);
    key = key_of(plane, within ? *within : all, effort);
    l = &looks->slots[key % LOOKS];
    if (l->key == key)
        return copy_boxes(out, &l->boxes, err);
    l->key = 0;
    st = dsc_detector_find(detector, plane, within, effort, out, err);
    if (!st)
        st = copy_boxes(&l->boxes, out, err);
    if (!st)
        l->key = key;
    return st;
}
