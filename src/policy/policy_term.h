/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of terms that may stay, and of people's names, as hashes of folded
 * text without separators. The built-in ones are made from text files by
 * make_lists.py.
 */
#ifndef DSC_POLICY_POLICY_TERM_H
#define DSC_POLICY_POLICY_TERM_H

#include "policy/policy_priv.h"

typedef enum dsc_policy__section {
    DSC_TERM_LABEL,
    DSC_TERM_TEXT,
    DSC_TERM_UNIT,
    DSC_TERM_LATERALITY,
    DSC_TERM_VENDOR,
    DSC_TERM_CAPTION
} dsc_policy__section;

typedef struct dsc_policy__term {
    uint64_t hash;
    uint8_t section;
    uint8_t words;
    bool name;     /* also somebody's name; of a unit, needs a number */
    bool initials; /* two letters that may be somebody's: need company */
} dsc_policy__term;

#define DSC_TERM_WORDS 10u
#define DSC_TERM_CHARS 64u
/* Shorter terms are not joined from, or torn into, other words. */
#define DSC_TERM_SOLID 5u

extern const dsc_policy__term dsc_policy__terms[], dsc_policy__alikes[];
extern const size_t dsc_policy__terms_count, dsc_policy__alikes_count;
extern const uint32_t dsc_policy__names[];
extern const size_t dsc_policy__names_count;
/* Names that are ordinary words of descriptions. */
extern const uint32_t dsc_policy__ordinary[];
extern const size_t dsc_policy__ordinary_count;

/* A hash that grows by folded characters. */
uint64_t dsc_policy__hash(uint64_t hash, uint32_t c);

/* What `words` tokens with this hash, `chars` characters long, are; NULL:
 * unknown. */
const dsc_policy__term *dsc_policy__find_term(const dsc_policy *policy,
                                              uint64_t hash, size_t words,
                                              size_t chars);
/* The same for text in which every character stands for those that OCR takes
 * it for; see dsc_policy__look. */
const dsc_policy__term *dsc_policy__find_alike(uint64_t hash, size_t words,
                                               size_t chars);
uint32_t dsc_policy__look(uint32_t c);
/* NULL: none. */
const dsc_policy__term *dsc_policy__find_unit(const dsc_policy *policy,
                                              const dsc_policy__char *text,
                                              size_t count);
static inline bool dsc_policy__is_unit(const dsc_policy *policy,
                                       const dsc_policy__char *text,
                                       size_t count)
{
    return dsc_policy__find_unit(policy, text, count) != NULL;
}
/* Two letters of the list that are as often initials: nothing else. */
bool dsc_policy__are_initials(const dsc_policy *policy, const char *utf8);
/* Are the words one term of the lists, all of them together? */
bool dsc_policy__make_term(const dsc_policy *policy,
                           const dsc_frame_word *words, size_t count);
bool dsc_policy__is_name(const dsc_policy__char *text, size_t count);
/* A name that says nothing alone: Screen, Port. */
bool dsc_policy__is_ordinary(const dsc_policy__char *text, size_t count);

#endif
