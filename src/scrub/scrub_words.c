/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of one line: what the policy says of each, and how far its ink
 * goes. */
#include "base/utf8.h"
#include "scrub/scrub_priv.h"

#include <string.h>

/* Around a blanked word: a pixel or two for anti-aliased edges, more where
 * what a lossy compression left around the letters ends on flat paper. */
#define HALO_PX    2
#define RINGING_PX 8
#define FLAT       4 /* grey levels that are still the paper */
#define INK_OF     4 /* of the strongest ink: what the reader still sees */
/* What the reader makes of tissue has less. */
#define SURE 0.6F
/* A box of which every word is at least as sure was read well. */
#define WELL_READ   0.85F
#define SURELY_READ 0.95F
/* Rows that were read no better are tissue. */
#define LEAST_READ 0.5F

/* ---- what lies around the ink ---- */

static int pixel(const dsc_plane *p, int32_t x, int32_t y)
{
    return p->data[(size_t)y * p->stride + (size_t)x];
}

bool dsc_range_of(const dsc_plane *p, dsc_rect r, int *low, int *high)
{
    dsc_rect in = dsc_rect_clip(r, p->columns, p->rows);

    *low = 255;
    *high = 0;
    for (int32_t y = in.y; y < in.y + in.h; y++)
        for (int32_t x = in.x; x < in.x + in.w; x++) {
            int v = pixel(p, x, y);
            *low = v < *low ? v : *low;
            *high = v > *high ? v : *high;
        }
    return !dsc_rect_empty(in);
}

/* The line of pixels `i` outside of a side of the box; 0 touches it. */
static dsc_rect beside(dsc_rect b, int side, int32_t i)
{
    const dsc_rect sides[4] = {{b.x - 1 - i, b.y, 1, b.h},
                               {b.x + b.w + i, b.y, 1, b.h},
                               {b.x, b.y - 1 - i, b.w, 1},
                               {b.x, b.y + b.h + i, b.w, 1}};
    return sides[side];
}

/* How far the ink's halo goes on one side: to where flat paper begins. Tissue
 * and other text have no such place near by. */
static int32_t reach(const dsc_plane *p, dsc_rect box, int side)
{
    int low, high, paper;
    int32_t i = RINGING_PX;

    if (!dsc_range_of(p, beside(box, side, RINGING_PX), &low, &high) ||
        high - low > FLAT)
        return HALO_PX;
    paper = (low + high) / 2;
    while (i > HALO_PX &&
           dsc_range_of(p, beside(box, side, i - 1), &low, &high) &&
           high - paper <= FLAT && paper - low <= FLAT)
        i--;
    return i;
}

static dsc_rect halo_of(const dsc_plane *p, dsc_rect box)
{
    int32_t left = reach(p, box, 0), right = reach(p, box, 1);
    int32_t up = reach(p, box, 2), down = reach(p, box, 3);
    dsc_rect r = {box.x - left, box.y - up, box.w + left + right,
                  box.h + up + down};

    return dsc_rect_clip(r, p->columns, p->rows);
}

/* ---- decisions ---- */

/* They go, unless the frame has a number that they explain. */
static const dsc_decision ticks = {
    .blank = true, .rule = DSC_RULE_RULER, .reason = "marks of a ruler"};

/* The words that hold text, which is what a policy judges; borrowed. */
static dsc_word *with_text(const dsc_words *words, size_t *count)
{
    dsc_word *out = dsc_calloc(words->count, sizeof *out);

    *count = 0;
    for (size_t i = 0; out && i < words->count; i++)
        if (words->items[i].utf8[0])
            out[(*count)++] = words->items[i];
    return out;
}

/* Two words so close that some of one's ink may be counted to the other. */
static bool touch(dsc_rect a, dsc_rect b, int32_t line_height)
{
    int32_t least = line_height / 10 < 2 ? 2 : line_height / 10;

    /* each box is a pixel wider than its ink */
    return !dsc_rect_empty(
        dsc_rect_intersect(dsc_rect_grow(a, least - 2, least - 2), b));
}

bool dsc_span_speaks(const dsc_span *by, const dsc_span *of)
{
    const dsc_decision *d = &by->decision;

    return (d->blank && !by->settled) ||
           (d->rule && !strcmp(d->rule, DSC_RULE_RULER) &&
            strcmp(of->decision.rule, DSC_RULE_DEPTH) != 0);
}

/* Where a word that goes and one that stays cannot be told apart, both go. */
void dsc_words_part(dsc_track *t)
{
    int32_t height = t->box.w < t->box.h ? t->box.w : t->box.h;
    bool before = false; /* did the policy blank the word before? */

    for (size_t i = 0; i < t->span_count; i++) {
        dsc_span *s = &t->spans[i];
        bool blank = s->decision.blank && !s->settled;
        bool cut = (before || (i && dsc_span_speaks(s - 1, s))) &&
                   touch(t->spans[i - 1].box, s->box, height);
        if (i + 1 < t->span_count && dsc_span_speaks(s + 1, s))
            cut |= touch(s->box, t->spans[i + 1].box, height);
        if (!blank && cut) {
            s->decision.blank = true;
            s->decision.rule = "touches";
            s->decision.reason = "touches text that goes";
        }
        before = blank;
    }
}

static void find_halos(const dsc_plane *plane, dsc_track *t)
{
    for (size_t i = 0; i < t->span_count; i++)
        t->spans[i].halo = halo_of(plane, t->spans[i].box);
}

/* Grey levels off `ground`, at most. */
static int off_in(const dsc_plane *p, dsc_rect box, int ground)
{
    int low, high;

    dsc_range_of(p, box, &low, &high);
    return high - ground > ground - low ? high - ground : ground - low;
}

/* A word's box is a pixel wider than its ink: what most of its edge shows. */
int dsc_ground_of(const dsc_plane *p, dsc_rect box)
{
    uint32_t hist[256] = {0}, n = 0, sum = 0;
    int ground = -1;

    for (int side = 0; side < 4; side++) {
        dsc_rect in = dsc_rect_clip(beside(box, side, -1), p->columns, p->rows);
        for (int32_t y = in.y; y < in.y + in.h; y++)
            for (int32_t x = in.x; x < in.x + in.w; x++, n++)
                hist[pixel(p, x, y)]++;
    }
    while (ground < 255 && 2 * sum <= n)
        sum += hist[++ground];
    return ground;
}

static bool is_ticks(const dsc_plane *p, dsc_rect box)
{
    int ground = dsc_ground_of(p, box);
    return dsc_is_ticks(p, box, ground, off_in(p, box, ground));
}

static bool is_number(const char *utf8)
{
    return utf8[0] && !utf8[strspn(utf8, "0123456789")];
}

/* A number that nothing explains yet may be one of a ruler. */
static void look_for_ruler(const dsc_plane *p, const dsc_word *w, dsc_span *s)
{
    int ground = dsc_ground_of(p, w->box);

    if (s->decision.blank && s->decision.cls == DSC_CLASS_UNKNOWN &&
        is_number(w->utf8))
        s->at_ruler = dsc_ruler_beside(p, w->box, ground,
                                       off_in(p, w->box, ground), &s->ruler);
}

/* Ink that is in no word. A piece of a rule or of a bar is none of a letter. */
static dsc_decision decide_ink(const dsc_scrubber *s, const dsc_plane *plane,
                               const dsc_track *track, dsc_rect box)
{
    dsc_decision known = {.cls = DSC_CLASS_LABEL, .confidence = 0.9F};

    if (dsc_policy_is_safe(s->policy) && dsc_is_rule(plane, box)) {
        known.rule = "rule";
        known.reason = "a straight line beyond the text";
    } else if (dsc_policy_is_safe(s->policy) && dsc_is_bar(plane, box)) {
        known.rule = DSC_RULE_BAR;
        known.reason = "a scale of colours";
    } else if (dsc_policy_is_safe(s->policy) && is_ticks(plane, box)) {
        known = ticks;
    }
    return known.rule ? known
                      : dsc_policy_decide_unread(s->policy, track->score);
}

/* A letter is one run of columns with ink, or shares one with the next. A box
 * of more holds another text beside the word, too dim or too close for the
 * reader. */
static bool holds_more(const dsc_plane *p, const dsc_word *w)
{
    dsc_rect box = dsc_rect_clip(w->box, p->columns, p->rows);
    int ground = dsc_ground_of(p, box), most = off_in(p, box, ground);
    size_t runs = 0;
    bool before = false;

    for (int32_t x = box.x; x < box.x + box.w; x++) {
        dsc_rect column = {x, box.y, 1, box.h};
        bool ink = INK_OF * off_in(p, column, ground) > most;
        runs += ink && !before;
        before = ink;
    }
    return runs > dsc_utf8_count(w->utf8) + 1;
}

/* What was read is not all that a box shows: nothing makes that harmless. */
static void distrust(const dsc_scrubber *s, dsc_track *t, size_t i)
{
    t->words.items[i].confidence = 0;
    if (!t->spans[i].decision.blank)
        t->spans[i].decision = dsc_policy_decide_unread(s->policy, t->score);
}

dsc_status dsc_words_decide(const dsc_scrubber *s, const dsc_facts *facts,
                            const dsc_plane *plane, dsc_track *track,
                            dsc_error *err)
{
    const dsc_words *words = &track->words;
    size_t count = 0, next = 0;
    dsc_word *read = with_text(words, &count);
    dsc_decision *decisions = dsc_calloc(words->count, sizeof *decisions);
    dsc_status st = DSC_OK;

    track->spans = dsc_calloc(words->count, sizeof *track->spans);
    if (!read || !decisions || !track->spans)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    if (!st)
        st = dsc_policy_decide_line(s->policy, facts, read, count, decisions,
                                    err);
    for (size_t i = 0; !st && i < words->count; i++) {
        const dsc_word *w = &words->items[i];
        dsc_span *span = &track->spans[track->span_count++];
        span->box = w->box;
        span->was_read = w->utf8[0] != '\0';
        span->sure = w->confidence >= SURE && strlen(w->utf8) > 1;
        span->read = w->confidence;
        span->decision = span->was_read ? decisions[next++]
                                        : decide_ink(s, plane, track, w->box);
        if (!span->was_read || !dsc_policy_is_safe(s->policy))
            continue;
        if (span->decision.blank && span->decision.cls == DSC_CLASS_UNKNOWN &&
            !is_number(w->utf8) && is_ticks(plane, track->box))
            span->decision = ticks;
        else if (holds_more(plane, w))
            distrust(s, track, i);
        else
            look_for_ruler(plane, w, span);
    }
    if (!st)
        find_halos(plane, track);
    dsc_free(decisions);
    dsc_free(read);
    return st;
}

dsc_status dsc_words_unread(const dsc_scrubber *s, const dsc_plane *plane,
                            dsc_track *track, dsc_error *err)
{
    track->spans = dsc_calloc(1, sizeof *track->spans);
    if (!track->spans)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    track->spans[0] = (dsc_span){
        .box = track->box, .decision = decide_ink(s, plane, track, track->box)};
    track->span_count = 1;
    find_halos(plane, track);
    return DSC_OK;
}

/* ---- one box of the finder ---- */

/* One sign: a reader of lines knows no letter by its neighbours there, and the
 * reader of small ones is surer of another. */
static bool is_other_sign(const dsc_reading *r)
{
    const char *line = r->line.count == 1 ? r->line.items->utf8 : "";
    const char *small = r->small.count == 1 ? r->small.items->utf8 : "";

    return dsc_utf8_count(line) == 1 && dsc_utf8_count(small) == 1 &&
           strcmp(line, small) != 0;
}

static bool read_well(const dsc_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (words->items[i].confidence < WELL_READ)
            return false;
    return words->count > 0;
}

void dsc_reading_free(dsc_reading *r)
{
    dsc_words_free(&r->line);
    dsc_words_free(&r->rows);
    dsc_words_free(&r->small);
    r->crowded = false;
}

/* Are rows the surer reading of a box, and no tissue? Of a line that is not all
 * that its boxes show nobody is sure. */
static bool are_surer(const dsc_words *rows, const dsc_reading *r)
{
    float sure = dsc_words_certainty(rows);

    return sure >= LEAST_READ &&
           (r->crowded || sure > dsc_words_certainty(&r->line));
}

void dsc_reading_choose(dsc_reading *r)
{
    if (!are_surer(&r->small, r))
        dsc_words_free(&r->small);
    if (!r->small.count && !are_surer(&r->rows, r))
        dsc_words_free(&r->rows);
}

/* Of a word alone: on a line of several that shows more, initials beside a term
 * had gone with the rest. */
static dsc_status look_inside(const dsc_plane *plane, dsc_reading *r,
                              dsc_error *err)
{
    return r->line.count == 1
               ? dsc_holds_other_ink(plane, r->filled, r->line.items,
                                     &r->crowded, err)
               : DSC_OK;
}

dsc_status dsc_words_read(dsc_ocr *ocr, const dsc_plane *plane,
                          const uint8_t *filled, const dsc_text_box *box,
                          dsc_reading *out, dsc_error *err)
{
    bool well = false;
    dsc_status st;

    dsc_reading_free(out);
    out->filled = filled;
    st = dsc_ocr_line(ocr, plane, box, &out->line, err);
    if (!st && read_well(&out->line)) {
        st = look_inside(plane, out, err);
        well = !out->crowded;
    }
    if (!st)
        st = dsc_ocr_rows(ocr, plane, box, well ? NULL : &out->rows,
                          &out->small, err);
    dsc_reading_choose(out);
    return st;
}

static dsc_status copy_words(dsc_words *to, const dsc_word *from, size_t n,
                             dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < n; i++)
        st = dsc_words_add(to, from[i].utf8, from[i].box, from[i].confidence,
                           from[i].line, err);
    return st;
}

/* A finder's box is so much longer than its words at most. */
#define ROOM_PX 16

/* Does the box hold more than the words, text that is too faint beside them? */
static bool reaches_beyond(dsc_rect box, const dsc_words *words)
{
    dsc_rect all = {0};
    int32_t room = 0;

    for (size_t i = 0; i < words->count; i++) {
        dsc_rect w = words->items[i].box;
        all = dsc_rect_union(all, w);
        room = w.h > room ? w.h : room;
    }
    room += ROOM_PX;
    return words->count && (all.x - box.x > room || all.y - box.y > room ||
                            box.x + box.w - all.x - all.w > room ||
                            box.y + box.h - all.y - all.h > room);
}

/* The words of one row, or the ink of none, as a track of its own. */
static dsc_status add_row(const dsc_scrubber *s, const dsc_facts *facts,
                          const dsc_plane *plane, const dsc_word *row, size_t n,
                          const dsc_track *like, bool loose, dsc_tracks *tracks,
                          dsc_error *err)
{
    dsc_track t = {.first = like->first,
                   .last = like->last,
                   .score = like->score,
                   .was_read = like->was_read,
                   .doubted = like->doubted,
                   .is_rest = true};
    dsc_status st = copy_words(&t.words, row, n, err);

    for (size_t i = 0; i < n; i++) {
        t.box = dsc_rect_union(t.box, row[i].box);
        t.is_rest = t.is_rest && !row[i].utf8[0];
    }
    if (!st)
        st = dsc_words_decide(s, facts, plane, &t, err);
    t.loose = loose;
    if (!st)
        st = dsc_track_add(tracks, &t, err);
    dsc_free(t.spans);
    dsc_words_free(&t.words);
    return st;
}

static dsc_status add_rows(const dsc_scrubber *s, const dsc_facts *facts,
                           const dsc_plane *plane, const dsc_words *rows,
                           const dsc_track *like, dsc_tracks *tracks,
                           dsc_error *err)
{
    bool loose = reaches_beyond(like->box, rows);
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < rows->count;) {
        const dsc_word *row = rows->items + i;
        size_t n = 1;
        while (i + n < rows->count && row[n].line == row->line)
            n++;
        st = add_row(s, facts, plane, row, n, like, loose, tracks, err);
        i += n;
    }
    return st;
}

bool dsc_span_identifies(const dsc_span *s)
{
    return s->decision.cls != DSC_CLASS_UNKNOWN &&
           s->decision.cls < DSC_CLASS_MEASUREMENT &&
           (s->read >= SURE || !strncmp(s->decision.rule, "header-", 7));
}

static bool any_identifies(const dsc_track *t)
{
    for (size_t i = 0; i < t->span_count; i++)
        if (dsc_span_identifies(&t->spans[i]))
            return true;
    return false;
}

/* Letters that a reader is sure of, and that no list knows. */
static bool is_sure_of_none(const dsc_track *t, size_t i)
{
    const dsc_span *s = &t->spans[i];
    const char *text = t->words.items[i].utf8;

    return s->decision.blank && s->decision.cls == DSC_CLASS_UNKNOWN &&
           s->read >= SURELY_READ && dsc_utf8_count(text) > 1 &&
           !strpbrk(text, "0123456789");
}

/* These are none of a term that another reader is less sure of. */
static void overrule_guesses(const dsc_tracks *by, dsc_track *t)
{
    for (size_t i = 0; i < by->count; i++)
        for (size_t k = 0; k < by->items[i].span_count; k++) {
            const dsc_span *s = &by->items[i].spans[k];
            for (size_t n = 0;
                 is_sure_of_none(&by->items[i], k) && n < t->span_count; n++)
                if (!t->spans[n].decision.blank && t->spans[n].read < s->read &&
                    !dsc_rect_empty(
                        dsc_rect_intersect(s->box, t->spans[n].box)))
                    t->spans[n].decision = s->decision;
        }
}

/* What identifies in one reading goes in the other as well. */
static void overrule(const dsc_track *by, dsc_track *t)
{
    for (size_t i = 0; i < by->span_count; i++)
        for (size_t k = 0;
             dsc_span_identifies(&by->spans[i]) && k < t->span_count; k++)
            if (!dsc_span_identifies(&t->spans[k]) &&
                !dsc_rect_empty(
                    dsc_rect_intersect(by->spans[i].box, t->spans[k].box)))
                t->spans[k].decision = by->spans[i].decision;
}

static void overrule_one(const dsc_tracks *by, dsc_track *t)
{
    for (size_t i = 0; i < by->count; i++)
        overrule(&by->items[i], t);
}

static void overrule_all(const dsc_tracks *by, dsc_tracks *tracks)
{
    for (size_t k = 0; k < tracks->count; k++)
        overrule_one(by, &tracks->items[k]);
}

/* No letter, digit or mark: what a reader makes of a bar. */
static bool is_ink(const char *utf8)
{
    return utf8[strspn(utf8, "!\"#$%&'()*+,-./:;<=>?[\\]^_`{|}~")] == '\0';
}

static bool has_digit(const dsc_word *w)
{
    return strpbrk(w->utf8, "0123456789") != NULL;
}

/* A number or a mark may stay for what stands around it. */
static bool may_stay(const dsc_track *t, size_t span)
{
    const dsc_decision *d = &t->spans[span].decision;
    const char *text = t->words.items[span].utf8;

    return !d->blank ||
           (d->cls == DSC_CLASS_UNKNOWN && !is_ink(text) &&
            (strlen(text) <= 2 || has_digit(&t->words.items[span])));
}

bool dsc_span_is_trusted(const dsc_track *t, size_t span, float read)
{
    return t->spans[span].was_read && t->spans[span].read >= read &&
           may_stay(t, span);
}

dsc_status dsc_words_see_tint(const dsc_scrubber *s, const dsc_views *views,
                              dsc_track *t, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t k = 0; !st && k < t->words.count; k++) {
        dsc_span *span = &t->spans[k];
        dsc_rect ink = {0, 0, 0, 0};
        if (dsc_span_is_trusted(t, k, LEAST_READ))
            st = dsc_find_tint(views, span->box, &ink, err);
        if (st || dsc_rect_empty(ink))
            continue;
        distrust(s, t, k);
        span->box = dsc_rect_union(span->box, ink);
        span->halo = dsc_rect_union(span->halo, ink);
        t->box = dsc_rect_union(t->box, ink);
    }
    return st;
}

dsc_status dsc_words_see_inside(const dsc_scrubber *s, const dsc_plane *plane,
                                const uint8_t *filled, dsc_track *t,
                                dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t k = 0; !st && k < t->words.count; k++) {
        bool other = false;
        /* letters that go are text for what stands around, while trusted */
        if (t->spans[k].was_read && may_stay(t, k) &&
            (!t->spans[k].decision.blank || has_digit(&t->words.items[k])))
            st = dsc_holds_other_ink(plane, filled, &t->words.items[k], &other,
                                     err);
        if (!st && other)
            distrust(s, t, k);
    }
    return st;
}

/* Bytes of the words, read so well, that stay, twice, and of those that may. */
static size_t leaves(const dsc_track *t, float read)
{
    size_t n = 0;

    for (size_t k = 0; k < t->words.count; k++)
        if (t->words.items[k].confidence >= read)
            n += strlen(t->words.items[k].utf8) *
                 (!t->spans[k].decision.blank ? 2 : may_stay(t, k));
    return n;
}

bool dsc_words_may_stay(const dsc_track *t)
{
    return leaves(t, 0) > 0;
}

static size_t leave(const dsc_tracks *tracks, float read)
{
    size_t n = 0;

    for (size_t i = 0; i < tracks->count; i++)
        n += leaves(&tracks->items[i], read);
    return n;
}

static dsc_status take_all(dsc_tracks *from, dsc_tracks *to, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < from->count; i++)
        st = dsc_track_add(to, &from->items[i], err);
    return st;
}

/* Where a box shows more than letters, rows count only if they have none of
 * it; else the box goes whole. */
static dsc_status see_inside_all(const dsc_scrubber *s, const dsc_plane *plane,
                                 const dsc_reading *reading, dsc_tracks *rows,
                                 dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && reading->crowded && i < rows->count; i++)
        st = dsc_words_see_inside(s, plane, reading->filled, &rows->items[i],
                                  err);
    return st;
}

/* The rows, judged, if they count instead of the line: the second reading,
 * unless the first leaves more. If not, what identifies in them goes in the
 * line. */
static dsc_status judge_rows(const dsc_scrubber *s, const dsc_facts *facts,
                             const dsc_plane *plane, const dsc_reading *reading,
                             dsc_track *line, dsc_tracks *out, dsc_error *err)
{
    dsc_tracks rows = {0}, small = {0};
    size_t first = 0, second;
    float read = reading->crowded ? LEAST_READ : 0;
    dsc_status st = add_rows(s, facts, plane, &reading->rows, line, &rows, err);

    if (!st)
        st = add_rows(s, facts, plane, &reading->small, line, &small, err);
    if (!st)
        st = see_inside_all(s, plane, reading, &rows, err);
    if (!st)
        st = see_inside_all(s, plane, reading, &small, err);
    overrule_all(&rows, &small);
    overrule_all(&small, &rows);
    for (size_t i = 0; i < rows.count; i++)
        overrule_guesses(&small, &rows.items[i]);
    second = leave(&small, read);
    if (are_surer(&reading->rows, reading))
        first = leave(&rows, read);
    if (second && second >= first) {
        st = st ? st : take_all(&small, out, err);
    } else if (first) {
        st = st ? st : take_all(&rows, out, err);
    } else {
        overrule_one(&rows, line);
        overrule_one(&small, line);
        overrule_guesses(&small, line);
    }
    dsc_tracks_free(&rows);
    dsc_tracks_free(&small);
    return st;
}

dsc_status dsc_words_judge(const dsc_scrubber *s, const dsc_facts *facts,
                           const dsc_plane *plane, const dsc_reading *reading,
                           dsc_track *track, dsc_tracks *tracks, dsc_error *err)
{
    dsc_tracks apart = {0};
    bool bar = dsc_policy_is_safe(s->policy) && dsc_is_bar(plane, track->box);
    dsc_status st = DSC_OK;

    track->was_read = reading->line.count > 0 && !bar;
    if (track->was_read)
        st = copy_words(&track->words, reading->line.items, reading->line.count,
                        err);
    if (!st)
        st = track->was_read ? dsc_words_decide(s, facts, plane, track, err)
                             : dsc_words_unread(s, plane, track, err);
    track->loose = reaches_beyond(track->box, &reading->line);
    if (!st && dsc_policy_is_safe(s->policy) && !bar &&
        !any_identifies(track) &&
        (reading->crowded || !read_well(&reading->line) || !leaves(track, 0) ||
         is_other_sign(reading)))
        st = judge_rows(s, facts, plane, reading, track, &apart, err);
    if (!st && apart.count)
        st = take_all(&apart, tracks, err);
    else if (!st)
        st = dsc_track_add(tracks, track, err);
    dsc_tracks_free(&apart);
    dsc_free(track->spans);
    track->spans = NULL;
    dsc_words_free(&track->words);
    return st;
}
