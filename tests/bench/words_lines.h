/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines as screens and films show them, half of them about a person, in nine
 * languages, and the header that goes with each.
 */
#ifndef DSC_TESTS_BENCH_WORDS_LINES_H
#define DSC_TESTS_BENCH_WORDS_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LINE_WORDS = 16,
    LINE_VALUES = 8,
    LANGUAGES = 9
};

/* What a word is. Those before CAPTION must go, those after it stay. */
typedef enum kind {
    NAME,
    ID,
    BIRTH,
    DATE,
    TIME,
    INSTITUTION,
    PERSON,
    CONTACT,
    CAPTION, /* counts neither way */
    MEASUREMENT,
    SETTING,
    LABEL,
    UNIT,
    KINDS
} kind;

typedef struct text_word {
    char text[48];
    kind what;
} text_word;

typedef struct value { /* of the header */
    kind what;
    const char *vr;
    char text[96];
} value;

typedef struct text_line {
    unsigned language;
    text_word words[LINE_WORDS];
    size_t count;
    value header[LINE_VALUES];
    size_t values;
} text_line;

/* Before the first line: names, places and labels of set 1, which it is, 2, or
 * 3, whose misses nobody has looked at; false where there is no such set. */
bool use_words(unsigned set);
const char *kind_name(kind k);
const char *language_name(unsigned language);
/* Number `n` of the set: always the same line. */
void make_line(uint32_t n, text_line *out);

#endif
