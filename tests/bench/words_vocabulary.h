/* SPDX-License-Identifier: Apache-2.0
 *
 * The words that the lines are made of. Each set was written down for itself,
 * and is not to be used to make a list of the project.
 */
#ifndef DSC_TESTS_BENCH_WORDS_VOCABULARY_H
#define DSC_TESTS_BENCH_WORDS_VOCABULARY_H

#include "words_lines.h"

enum {
    MAX = 32
};

typedef struct language {
    const char *code;
    const char *first[MAX], *last[MAX];
    const char *hospital[8], *street[6], *city[6];
    const char *months[12];
    const char *name, *id, *born, *doctor, *accession, *phone; /* captions */
    const char *labels[16];   /* on their own */
    const char *settings[10]; /* with a number and a unit: "Depth|cm" */
    char order;               /* of dates: d.m.y as '.', d/m/y '/', y-m-d '-' */
} language;

/* Lists end with NULL. */
typedef struct vocabulary {
    language languages[LANGUAGES];
    /* What devices show in any country: words, a number's format, a unit. */
    const char *common[64][3];
    const char *screens[64];
} vocabulary;

extern const vocabulary first_vocabulary, second_vocabulary, third_vocabulary;

#endif
