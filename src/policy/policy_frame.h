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

/* Does nothing stand beside the word on its line, and, if this is asked for,
 * nothing that goes so near above or below that the two may belong together?
 * Single letters that are marks do not count, nor does word `but` (`i` itself:
 * none). */
bool dsc_policy__is_alone(const dsc_policy__frame *f, size_t i, size_t but,
                          bool around);
/* May so few letters fill its box? A name that was misread as one letter does
 * not stay for it. */
bool dsc_policy__fits_box(const dsc_frame_word *w);
/* What the frame tells: the word stays, but for a wish of the user's. */
void dsc_policy__keep_word(const dsc_policy__frame *f, size_t i, dsc_class cls,
                           float confidence, const char *rule,
                           const char *reason);
void dsc_policy__find_scales(const dsc_policy__frame *f);

#endif
