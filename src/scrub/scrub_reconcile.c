/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 2, plan: one text that was found twice, in two views or in boxes that
 * overlap. A number that was read well in one does not go because the other,
 * where tissue or a tick was in the box, made nothing of it. */
#include "scrub/scrub_priv.h"

#include <string.h>

/* Read well, and read so badly that it says nothing. */
#define WELL   0.85F
#define BADLY  0.6F
#define AROUND 3 /* pixels: boxes of one word in two views */
/* So well a word is read that two views show. */
#define TWICE 0.6F

/* On some frame, at most so many pixels apart. */
static bool are_near(const dsc_track *a, const dsc_track *b, int32_t px)
{
    return a->first <= b->last && b->first <= a->last &&
           !dsc_rect_empty(
               dsc_rect_intersect(dsc_rect_grow(a->box, px, px), b->box));
}

static const char *text_of(const dsc_track *t, size_t span)
{
    return span < t->words.count ? t->words.items[span].utf8 : "";
}

/* Does span k of `by` stay, and is it all that span i of `t` is: the same ink
 * on all frames, of which nothing, or the same, was read there? */
static bool explains(const dsc_track *by, size_t k, const dsc_track *t,
                     size_t i)
{
    const dsc_span *good = &by->spans[k], *bad = &t->spans[i];
    dsc_rect around = dsc_rect_grow(good->box, AROUND, AROUND);
    dsc_rect common = dsc_rect_intersect(around, bad->box);

    return !good->decision.blank && good->read >= WELL &&
           by->first <= t->first && by->last >= t->last &&
           dsc_rect_area(common) == dsc_rect_area(bad->box) &&
           (bad->read < BADLY || !strcmp(text_of(by, k), text_of(t, i)));
}

static void settle(dsc_track *t, const dsc_track *by)
{
    for (size_t i = 0; i < t->span_count; i++) {
        dsc_span *s = &t->spans[i];
        if (!s->decision.blank || s->decision.cls != DSC_CLASS_UNKNOWN)
            continue;
        for (size_t k = 0; k < by->span_count && !s->settled; k++)
            s->settled = explains(by, k, t, i);
    }
}

/* Ink in no row, right beside a word, may be a letter of it; of a rule or a bar
 * it is none. */
static bool may_belong(const dsc_span *unread, const dsc_span *word)
{
    dsc_rect a = unread->box, b = word->box;
    int32_t top = a.y > b.y ? a.y : b.y;
    int32_t end = a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h;
    int32_t gap = a.x < b.x ? b.x - a.x - a.w : a.x - b.x - b.w;

    return 2 * a.h >= b.h && 2 * (end - top) >= b.h && 3 * gap <= b.h;
}

static void part(const dsc_track *from, dsc_track *t)
{
    for (size_t i = 0; i < from->span_count; i++)
        for (size_t k = 0; k < t->span_count; k++) {
            const dsc_span *u = &from->spans[i];
            dsc_decision *d = &t->spans[k].decision;
            if (d->blank || !dsc_span_speaks(u, &t->spans[k]) ||
                !t->spans[k].was_read || !may_belong(u, &t->spans[k]))
                continue;
            d->blank = true;
            d->rule = "touches";
            d->reason = "touches text that goes";
        }
}

/* ---- what a later view shows at a word's place ---- */

/* Is word k of `by` the very word of this span, as well in its place? */
static bool is_again(const dsc_track *by, size_t k, const char *utf8,
                     const dsc_span *span)
{
    const dsc_span *s = &by->spans[k];
    dsc_rect common = dsc_rect_intersect(s->box, span->box);

    return !s->decision.blank && s->read >= TWICE &&
           !strcmp(text_of(by, k), utf8) &&
           10 * dsc_rect_area(common) >= 8 * dsc_rect_area(s->box) &&
           10 * dsc_rect_area(common) >= 8 * dsc_rect_area(span->box);
}

static const dsc_span *seen_before(const dsc_tracks *tracks, size_t earlier,
                                   const dsc_track *t, size_t span)
{
    for (size_t i = 0; i < earlier; i++)
        for (size_t k = 0; k < tracks->items[i].span_count; k++)
            if (are_near(&tracks->items[i], t, 0) &&
                is_again(&tracks->items[i], k, text_of(t, span),
                         &t->spans[span]))
                return &tracks->items[i].spans[k];
    return NULL;
}

/* A term that is a name as well, without the number behind it, which has no
 * colour: what it is an earlier view tells. */
static bool lacks_number(const dsc_span *s)
{
    return s->decision.blank && s->read >= WELL &&
           !strcmp(s->decision.rule, "name-term");
}

void dsc_tracks_doubt(const dsc_policy *policy, dsc_tracks *tracks,
                      size_t first)
{
    for (size_t i = first; i < tracks->count; i++) {
        dsc_track *t = &tracks->items[i];
        for (size_t k = 0; k < t->words.count; k++) {
            dsc_span *span = &t->spans[k];
            const dsc_span *before;
            if (span->read >= WELL && !lacks_number(span))
                continue;
            before = seen_before(tracks, first, t, k);
            if (before && lacks_number(span))
                span->decision = before->decision;
            if (span->read >= WELL || span->decision.blank ||
                (span->read >= TWICE && before))
                continue;
            t->words.items[k].utf8[0] = '\0';
            t->words.items[k].confidence = 0;
            span->was_read = span->sure = false;
            span->read = 0;
            span->decision = dsc_policy_decide_unread(policy, t->score);
        }
    }
}

void dsc_tracks_reconcile(dsc_tracks *tracks)
{
    for (size_t i = 0; i < tracks->count; i++)
        for (size_t k = 0; k < tracks->count; k++)
            if (i != k && !tracks->items[i].is_news &&
                are_near(&tracks->items[i], &tracks->items[k], AROUND))
                settle(&tracks->items[i], &tracks->items[k]);
    for (size_t i = 0; i < tracks->count; i++)
        for (size_t k = 0; k < tracks->count; k++)
            if (i != k && tracks->items[i].is_rest &&
                are_near(&tracks->items[i], &tracks->items[k],
                         tracks->items[k].box.h))
                part(&tracks->items[i], &tracks->items[k]);
}
