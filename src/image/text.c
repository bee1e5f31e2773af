/* SPDX-License-Identifier: Apache-2.0 */
#include "image/text.h"

#include <string.h>

/* Make room for one more item of `size` bytes; returns the array or NULL. */
static void *grow(void *items, size_t count, size_t *cap, size_t size,
                  dsc_error *err)
{
    size_t want = *cap ? *cap * 2 : 16;
    void *bigger;

    if (count < *cap)
        return items;
    bigger = dsc_calloc(want, size);
    if (!bigger) {
        dsc_fail(err, DSC_NOMEM, "out of memory");
        return NULL;
    }
    if (count)
        memcpy(bigger, items, count * size);
    dsc_wipe_free(items, *cap * size);
    *cap = want;
    return bigger;
}

dsc_status dsc_text_boxes_add(dsc_text_boxes *boxes, const dsc_text_box *box,
                              dsc_error *err)
{
    void *items =
        grow(boxes->items, boxes->count, &boxes->cap, sizeof *box, err);
    if (!items)
        return DSC_NOMEM;
    boxes->items = items;
    boxes->items[boxes->count++] = *box;
    return DSC_OK;
}

void dsc_text_boxes_free(dsc_text_boxes *boxes)
{
    dsc_free(boxes->items);
    *boxes = (dsc_text_boxes){0};
}

dsc_status dsc_words_add(dsc_words *words, const char *utf8, dsc_rect box,
                         float confidence, uint32_t line, dsc_error *err)
{
    char *copy = dsc_strdup(utf8);
    void *items;

    if (!copy)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    items =
        grow(words->items, words->count, &words->cap, sizeof(dsc_word), err);
    if (!items) {
        dsc_wipe_free(copy, strlen(copy));
        return DSC_NOMEM;
    }
    words->items = items;
    words->items[words->count++] = (dsc_word){copy, box, confidence, line};
    return DSC_OK;
}

void dsc_words_free(dsc_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        dsc_wipe_free(words->items[i].utf8, strlen(words->items[i].utf8));
    dsc_free(words->items);
    *words = (dsc_words){0};
}

float dsc_words_certainty(const dsc_words *words)
{
    float sum = 0, n = 0;

    for (size_t i = 0; i < words->count; i++) {
        float len = (float)strlen(words->items[i].utf8);
        sum += words->items[i].confidence * len;
        n += len;
    }
    return n > 0 ? sum / n : -1;
}
