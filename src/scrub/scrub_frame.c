/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 2, plan: what the lines of one frame tell of each other. A number says
 * nothing alone; those that stand on one frame together may be a scale. */
#include "base/utf8.h"
#include "scrub/scrub_priv.h"

#include <string.h>

/* A word of a track, to be decided with those around it. Nothing that stands
 * around it makes a word harmless which is not all that the track shows. */
static dsc_frame_word place(const dsc_track *t, size_t span, size_t track,
                            uint32_t frame)
{
    dsc_span *s = &t->spans[span];
    bool read = span < t->words.count;
    bool trusted = read && !t->loose;

    return (dsc_frame_word){.utf8 = read ? t->words.items[span].utf8 : "",
                            .box = s->box,
                            .confidence =
                                trusted ? t->words.items[span].confidence : 0,
                            .read = read ? s->read : 0,
                            .line = (uint32_t)track,
                            .fresh = t->first == frame,
                            .decision = &s->decision,
                            .ruler = s->at_ruler ? &s->ruler : NULL};
}

static bool shows(const dsc_track *t, uint32_t frame)
{
    return t->first <= frame && frame <= t->last;
}

static dsc_status decide_frame(const dsc_scrubber *s, const dsc_facts *facts,
                               const dsc_tracks *tracks,
                               const dsc_region_list *gone, uint32_t frame,
                               dsc_error *err)
{
    dsc_decision blank = {.blank = true, .cls = DSC_CLASS_UNKNOWN};
    dsc_frame_word *words = NULL;
    size_t count = gone ? gone->count : 0;
    dsc_status st;

    for (size_t i = 0; i < tracks->count; i++)
        if (shows(&tracks->items[i], frame))
            count += tracks->items[i].span_count;
    words = dsc_calloc(count + 1, sizeof *words);
    if (!words)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    count = 0;
    for (size_t i = 0; i < tracks->count; i++) {
        const dsc_track *t = &tracks->items[i];
        if (shows(t, frame))
            for (size_t k = 0; k < t->span_count; k++)
                if (!t->spans[k].settled)
                    words[count++] = place(t, k, i, frame);
    }
    for (size_t i = 0; gone && i < gone->count; i++) {
        const dsc_region *r = &gone->items[i];
        if (!r->overlay && (r->rule || !strcmp(r->source, "operator")) &&
            r->first_frame <= frame && frame <= r->last_frame)
            words[count++] =
                (dsc_frame_word){.utf8 = "",
                                 .box = dsc_region_box(r),
                                 .line = (uint32_t)(tracks->count + i),
                                 .decision = &blank};
    }
    st = dsc_policy_decide_frame(s->policy, facts, words, count, err);
    dsc_free(words);
    return st;
}

/* One or two letters, and no digit: a term may be somebody's initials. */
static bool may_be_initials(const char *utf8)
{
    return *utf8 && dsc_utf8_count(utf8) <= 2 && !strpbrk(utf8, "0123456789");
}

/* May somebody be meant by what stands at a bar? A mark stands alone, and a
 * bar has limits, two numbers, and a unit. */
static bool is_doubted_at(const dsc_span *s, const char *utf8, dsc_rect bar)
{
    bool alone = s->decision.doubtful && strcmp(s->decision.rule, "scale") != 0;
    dsc_rect near = dsc_rect_grow(s->box, (alone ? 14 : 1) * s->box.h,
                                  (alone ? 2 : 1) * s->box.h);

    return !s->decision.blank && (alone || may_be_initials(utf8)) &&
           !dsc_rect_empty(dsc_rect_intersect(near, bar));
}

/* It went with what a finder takes the bar for, and still goes. */
static void drop_beside_bar(const dsc_track *bar, dsc_track *t)
{
    for (size_t k = 0; k < t->words.count; k++)
        if (is_doubted_at(&t->spans[k], t->words.items[k].utf8, bar->box))
            t->spans[k].decision =
                (dsc_decision){.blank = true,
                               .cls = DSC_CLASS_UNKNOWN,
                               .rule = "beside-bar",
                               .reason = "at a bar of colours, and no limit "
                                         "or unit of it"};
}

static void drop_beside_bars(dsc_tracks *tracks)
{
    for (size_t i = 0; i < tracks->count; i++)
        for (size_t k = 0; tracks->items[i].is_bar && k < tracks->count; k++)
            if (tracks->items[i].first <= tracks->items[k].last &&
                tracks->items[k].first <= tracks->items[i].last)
                drop_beside_bar(&tracks->items[i], &tracks->items[k]);
}

/* Does anything stay in the box, on frames that the track is on? */
static bool any_stays(const dsc_tracks *tracks, const dsc_track *t)
{
    for (size_t i = 0; i < tracks->count; i++) {
        const dsc_track *o = &tracks->items[i];
        for (size_t k = 0; k < o->span_count; k++)
            if (!o->spans[k].decision.blank && o->first <= t->last &&
                t->first <= o->last &&
                !dsc_rect_empty(dsc_rect_intersect(o->spans[k].box, t->beside)))
                return true;
    }
    return false;
}

/* Was it read: as what identifies somebody, or two characters of anything? */
static bool may_name_somebody(const dsc_track *t)
{
    for (size_t k = 0; k < t->span_count; k++)
        if (t->spans[k].decision.blank &&
            (t->spans[k].decision.cls != DSC_CLASS_UNKNOWN ||
             (k < t->words.count &&
              dsc_utf8_count(t->words.items[k].utf8) >= 2)))
            return true;
    return false;
}

/* Faint ink beside what goes after all is no faint ink of that, unless it was
 * read: alone, bright text is found by the finder. */
static void drop_faint(dsc_tracks *tracks)
{
    size_t left = 0;

    for (size_t i = 0; i < tracks->count; i++)
        if (!dsc_rect_empty(tracks->items[i].beside) &&
            !may_name_somebody(&tracks->items[i]) &&
            !any_stays(tracks, &tracks->items[i]))
            tracks->items[i].first = 1 + tracks->items[i].last; /* marked */
    for (size_t i = 0; i < tracks->count; i++)
        if (tracks->items[i].first > tracks->items[i].last)
            dsc_track_free(&tracks->items[i]);
        else
            tracks->items[left++] = tracks->items[i];
    tracks->count = left;
}

/* Does a span of another track that goes hold the box, on all its frames? */
static bool goes_with(const dsc_tracks *tracks, const dsc_track *t,
                      dsc_rect box)
{
    for (size_t i = 0; i < tracks->count; i++) {
        const dsc_track *o = &tracks->items[i];
        for (size_t k = 0; o != t && !o->is_bar_ink && k < o->span_count; k++)
            if (o->first <= t->first && o->last >= t->last &&
                o->spans[k].decision.blank && !o->spans[k].settled &&
                dsc_rect_within(box, o->spans[k].box))
                return true;
    }
    return false;
}

/* Ink in a bar that is a known line, which goes, is told of once. */
static void settle_bar_ink(dsc_tracks *tracks)
{
    for (size_t i = 0; i < tracks->count; i++) {
        dsc_track *t = &tracks->items[i];
        for (size_t k = 0; t->is_bar_ink && k < t->span_count; k++)
            t->spans[k].settled |= goes_with(tracks, t, t->spans[k].box);
    }
}

dsc_status dsc_decide_frames(const dsc_scrubber *s, const dsc_facts *facts,
                             dsc_tracks *tracks, const dsc_region_list *gone,
                             dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < tracks->count; i++) {
        uint32_t frame = tracks->items[i].first;
        if (!i || tracks->items[i - 1].first != frame)
            st = decide_frame(s, facts, tracks, gone, frame, err);
    }
    drop_beside_bars(tracks);
    for (size_t i = 0; !st && i < tracks->count; i++)
        dsc_words_part(&tracks->items[i]);
    if (dsc_policy_is_safe(s->policy))
        dsc_tracks_reconcile(tracks);
    if (!st)
        drop_faint(tracks);
    settle_bar_ink(tracks);
    return st;
}
