/* SPDX-License-Identifier: Apache-2.0
 *
 * Words written downwards, a letter below the other: how many are read, read
 * wrongly, and would stay.
 *
 *     bench_stack FOLDER_OF_MODELS < WORDS
 *
 * WORDS has one a line. Each is drawn in capitals, in one of several fonts,
 * sizes and greys, on paper or on grain, read as a stack alone and judged
 * without a header. Prints the counts, and the words of which something stays.
 */
#include "ocr/ocr.h"
#include "policy/policy.h"

#include "draw.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    WIDTH = 80,
    HEIGHT = 400,
    LETTERS = 12
};

typedef struct tally {
    size_t words, read, other, stay;
} tally;

static void must(dsc_status st, const dsc_error *err)
{
    if (!st)
        return;
    fprintf(stderr, "bench_stack: %s\n", err->msg);
    exit(1);
}

static canvas draw(const char *word, unsigned n, dsc_text_box *box)
{
    bool dark = n % 5 == 0;
    int paper = dark ? 230 : (int)(n % 3) * 12;
    canvas c = canvas_make(WIDTH, HEIGHT, paper);
    int32_t size = 9 + (int32_t)(n / 2 % 12);

    if (n % 7 == 0)
        canvas_speckle(&c, paper, 12, 1, n);
    *box = (dsc_text_box){.dark = dark};
    for (int32_t i = 0; word[i]; i++) {
        char letter[2] = {word[i]};
        stroke s = {.text = letter,
                    .size = size,
                    .x = 30,
                    .y = 50 + i * (size + size / 4),
                    .ink = dark ? 20 : 130 + (int)(n % 4) * 40,
                    .outline = -1,
                    .serif = n % 11 == 0,
                    .mono = n % 3 == 1,
                    .bold = n % 13 == 0,
                    .sharp = n % 2};
        box->box = dsc_rect_union(box->box, canvas_write(&c, &s));
    }
    return c;
}

/* The stack's word, where there is one: it has letters. */
static const dsc_word *find(const dsc_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (words->items[i].confidence > 0 && strlen(words->items[i].utf8) > 2)
            return &words->items[i];
    return NULL;
}

static void measure(dsc_ocr *ocr, const char *word, tally *t)
{
    const dsc_policy *safe = dsc_policy_plain(DSC_POLICY_SAFE);
    dsc_text_box box;
    canvas c = draw(word, (unsigned)t->words++, &box);
    dsc_plane plane = canvas_plane(&c);
    dsc_words words = {0};
    dsc_error err = DSC_ERROR_INIT;
    dsc_decision d;
    const dsc_word *w;

    must(dsc_ocr_rows(ocr, &plane, &box, NULL, &words, &err), &err);
    w = find(&words);
    if (w) {
        must(dsc_policy_decide_line(safe, NULL, w, 1, &d, &err), &err);
        t->read++;
        t->other += strcasecmp(w->utf8, word) != 0;
        t->stay += !d.blank;
        if (!d.blank)
            printf("%s as %s (%.2f)\n", word, w->utf8, (double)w->confidence);
    }
    dsc_words_free(&words);
    canvas_free(&c);
}

int main(int argc, char **argv)
{
    char line[256];
    tally t = {0};
    dsc_ocr *ocr = NULL;
    dsc_error err = DSC_ERROR_INIT;

    if (argc != 2) {
        fprintf(stderr, "usage: bench_stack FOLDER_OF_MODELS < WORDS\n");
        return 2;
    }
    must(dsc_ocr_create(&ocr, "eng", argv[1], &err), &err);
    while (fgets(line, sizeof line, stdin)) {
        size_t n = strcspn(line, "\r\n");
        bool ascii = n >= 3 && n <= LETTERS;
        line[n] = '\0';
        for (size_t i = 0; i < n; i++) {
            ascii = ascii && line[i] > ' ' && line[i] < 0x7F;
            line[i] = (char)toupper((unsigned char)line[i]);
        }
        if (ascii)
            measure(ocr, line, &t);
    }
    printf("\n| words | read | other than written | of which something stays "
           "|\n|---|---|---|---|\n| %zu | %zu | %zu | %zu |\n",
           t.words, t.read, t.other, t.stay);
    dsc_ocr_free(&ocr);
    return 0;
}
