/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 2, plan: the marks of scales. A number says nothing alone; those that
 * stand on one frame together may be a scale. */
#include "scrub/scrub_priv.h"

/* Of one frame; more are no scale. */
#define MAX_NUMBERS 128u

static bool is_candidate(const dsc_track *t, size_t span)
{
    const dsc_decision *d = &t->spans[span].decision;
    return d->number && d->blank;
}

static size_t gather(const dsc_tracks *tracks, uint32_t frame,
                     dsc_number *numbers)
{
    size_t n = 0;

    for (size_t i = 0; i < tracks->count; i++) {
        dsc_track *t = &tracks->items[i];
        if (t->first > frame || t->last < frame)
            continue;
        for (size_t k = 0; k < t->span_count && n < MAX_NUMBERS; k++)
            if (t->spans[k].decision.number)
                numbers[n++] =
                    (dsc_number){t->spans[k].box, &t->spans[k].decision};
    }
    return n;
}

void dsc_find_scales(const dsc_scrubber *s, dsc_tracks *tracks)
{
    dsc_number numbers[MAX_NUMBERS];
    bool any = false;
    uint32_t done = 0;

    for (size_t i = 0; i < tracks->count; i++)
        for (size_t k = 0; k < tracks->items[i].span_count; k++) {
            uint32_t frame = tracks->items[i].first;
            if (!is_candidate(&tracks->items[i], k) || (any && frame == done))
                continue;
            any = true;
            done = frame;
            dsc_policy_decide_scales(s->policy, numbers,
                                     gather(tracks, frame, numbers));
        }
}
