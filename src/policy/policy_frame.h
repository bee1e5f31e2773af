/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of one frame, judged by what stands around them.
 */
#ifndef DSC_POLICY_POLICY_FRAME_H
#define DSC_POLICY_POLICY_FRAME_H

#include "policy/policy_priv.h"

typedef struct dsc_policy__frame {
    const dsc_policy *policy;
    const dsc_frame_word *words;
    size_t count;
} dsc_policy__frame;

/* Words that were found as one line. */
typedef struct dsc_policy__frame_line {
    const dsc_frame_word *words;
    size_t count;
    dsc_rect box;
    bool fresh;   /* one of its words is */
    bool touched; /* it is fresh, or a line right of it or below it is */
} dsc_policy__frame_line;

static inline int32_t dsc_policy__least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}
static inline int32_t dsc_policy__most(int32_t a, int32_t b)
{
    return a > b ? a : b;
}
/* Pixels between two boxes; less than 0 where they overlap. */
static inline int32_t dsc_policy__between(int32_t a, int32_t a_size, int32_t b,
                                          int32_t b_size)
{
    return dsc_policy__most(b - (a + a_size), a - (b + b_size));
}
static inline int32_t dsc_policy__gap_x(dsc_rect a, dsc_rect b)
{
    return dsc_policy__between(a.x, a.w, b.x, b.w);
}
static inline int32_t dsc_policy__gap_y(dsc_rect a, dsc_rect b)
{
    return dsc_policy__between(a.y, a.h, b.y, b.h);
}

/* The lines of a frame, to be freed with dsc_free. */
dsc_status dsc_policy__list_lines(dsc_policy__frame_line **lines, size_t *n,
                                  const dsc_frame_word *words, size_t count,
                                  dsc_error *err) DSC_WARN_UNUSED;
/* The next line of a paragraph, or of a column. */
bool dsc_policy__is_below(const dsc_policy__frame_line *a,
                          const dsc_policy__frame_line *b);
/* What goes because of two lines that stand together. Of two that are not fresh
 * an earlier frame has told. `looks` grows by the pairs that were looked at:
 * some for each pair of a fresh line and another. */
dsc_status dsc_policy__compare_lines(const dsc_policy *policy,
                                     const dsc_facts *facts,
                                     dsc_policy__frame_line *lines,
                                     size_t count, size_t *looks,
                                     dsc_error *err) DSC_WARN_UNUSED;
/* So many heights away a word is still on the same line. */
#define DSC_BESIDE 6
/* And so many a number may be from its label where it is in no list. */
#define DSC_NEAR_LABEL 3
/* Are two boxes on one line, heights `h` told? */
bool dsc_policy__is_beside(dsc_rect a, dsc_rect b, int32_t h);
/* Does a box have so many tenths of its area in another? */
bool dsc_policy__is_inside(dsc_rect a, dsc_rect b, int tenths);
/* A number of one to three digits, and what follows its point. With a zero
 * before it, it is of a date or an ID. */
bool dsc_policy__is_value(const char *text);

/* Is it a caption, or what stands beside one? */
bool dsc_policy__is_caption(const dsc_decision *d);

/* Is it the same text at the same place, found twice, of which nothing says
 * that it identifies somebody? */
bool dsc_policy__is_same(const dsc_frame_word *a, const dsc_frame_word *b);

/* Is b another reading, no surer, of the ink of a? */
bool dsc_policy__is_ink_of(const dsc_frame_word *a, const dsc_frame_word *b);

/* What a word that stands alone may not have near it. */
typedef enum dsc_policy__near {
    DSC_NEAR_ON_LINE, /* anything on its line */
    DSC_NEAR_HERE,    /* as below, on its side of its ruler */
    DSC_NEAR_BUT_BAR, /* as below, but the bar between it and word `but` */
    DSC_NEAR_ALL /* what goes, so near above or below that it may belong to it
                  */
} dsc_policy__near;
/* Single letters that are marks do not count, nor does word `but` (`i` itself:
 * none). */
bool dsc_policy__is_alone(const dsc_policy__frame *f, size_t i, size_t but,
                          dsc_policy__near what);
/* May so few letters fill its box? A name that was misread as one letter does
 * not stay for it. */
bool dsc_policy__fits_box(const dsc_frame_word *w);
/* What the frame tells: the word stays, but for a wish of the user's. */
void dsc_policy__keep_word(const dsc_policy__frame *f, size_t i, dsc_class cls,
                           float confidence, const char *rule,
                           const char *reason);
void dsc_policy__find_scales(const dsc_policy__frame *f);
void dsc_policy__drop_initials(const dsc_policy__frame *f);
/* Does it stay as a number that a ruler explains? */
bool dsc_policy__is_depth(const dsc_frame_word *w);

#endif
