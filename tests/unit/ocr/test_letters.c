/* SPDX-License-Identifier: Apache-2.0
 *
 * What the net tells of a row as words: each with its ink, and as sure as two
 * sizes of the row make it. */
#include "ocr/ocr_priv.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- letters and ink ---- */

struct ink_case {
    char what[24];
    char picture[40]; /* a character a column: # has ink */
    /* columns of letters: the letter where it is told, else '.' */
    char told[40];
    float sure;
    /* words with their columns of ink and a mark: + sure, - not, ? unread */
    char words[60];
    int up; /* rows of paper above */
};

ParameterizedTestParameters(ink, is_told)
{
    static struct ink_case cases[] = {
        {"two words", "..###.###....###..", "...A...B.. ..C....", .99F,
         "AB 2-8 + C 13-15 +", 2},
        {"no doubt allowed", "..###.###..", "...A...B...", .9F, "AB 2-8 -", 2},
        {"beside its ink", "....###....", "..A........", .99F, "A 4-6 +", 2},
        {"no ink there", "....###....", "A..........", .99F, "", 2},
        {"ink untold before", "..###..###...", "........B....", .99F,
         " 2-4 ? B 7-9 +", 2},
        {"ink untold after", "..###..###...", "...A.........", .99F,
         "A 2-4 + 7-9 ?", 2},
        {"ink untold within", "..###.####.###..", "...A........B...", .99F,
         "AB 2-13 -", 2},
        {"too wide", "..####################..", "...A....................",
         .99F, "A 2-21 -", 2},
        {"of two words", "..#######....", "...A. .B.....", .99F,
         "A 2-8 - B 2-8 -", 2},
        {"no letter", "..###.###..", "...A...?...", .99F, "A\xEF\xBF\xBD 2-8 -",
         2},
        {"cut on the left", "###.###..", ".A...B...", .99F, "AB 0-6 -", 2},
        {"cut on the right", "..###.###", "...A...B.", .99F, "AB 2-8 -", 2},
        {"cut above", "..###.###..", "...A...B...", .99F, "AB 2-8 -", 0},
        {"one word is cut", "###...###..", ".A.. ..B...", .99F,
         "A 0-2 - B 6-8 +", 2},
        /* a thin letter of which the net tells nearer to the next one */
        {"thin before", "..##..####..", ".....A.B....", .99F, "AB 2-9 +", 2},
        {"thin after", "..####..##..", "...A..B.....", .99F, "AB 2-9 +", 2},
        {"thin of two", "..##..####..####..", ".....A.B.....C....", .99F,
         "ABC 2-15 +", 2},
        {"thin and too far", "..##.....####..", "........A.B....", .99F,
         " 2-3 ? AB 9-12 +", 2},
        {"its only letter", "..##..####..", "......A.....", .99F,
         " 2-3 ? A 6-9 +", 2},
        {"as wide as two", "..##..##########..", ".....A.....B......", .99F,
         " 2-3 ? AB 6-15 +", 2},
        {"thin on both sides", "..##..####..##..", ".....A....B.....", .99F,
         "AB 2-9 + 12-13 ?", 2},
    };
    return cr_make_param_array(struct ink_case, cases,
                               sizeof cases / sizeof cases[0]);
}

static const char *name_of(char c)
{
    static char names[256][2];

    names[(uint8_t)c][0] = c;
    return c == '?' ? "\xEF\xBF\xBD" : names[(uint8_t)c];
}

ParameterizedTest(struct ink_case *c, ink, is_told)
{
    int32_t w = (int32_t)strlen(c->picture), h = 9 + c->up + 2;
    dsc_crop row = {.w = w, .h = h, .text_h = 9};
    dsc_textread_text *text = calloc(1, sizeof *text);
    dsc_words words = {0};
    char got[200] = "";

    row.px = malloc((size_t)(w * h));
    memset(row.px, 255, (size_t)(w * h));
    for (int32_t y = c->up; y < c->up + 9; y++)
        for (int32_t x = 0; x < w; x++)
            row.px[y * w + x] = c->picture[x] == '#' ? 0 : 255;
    for (int32_t x = 0; x < w; x++) {
        if (c->told[x] == ' ')
            text->words++;
        else if (c->told[x] != '.')
            text->letters[text->count++] =
                (dsc_textread_letter){.utf8 = name_of(c->told[x]),
                                      .x0 = x,
                                      .x1 = x + 1,
                                      .word = (uint32_t)text->words};
    }
    text->words++;
    for (size_t i = 0; i < text->words; i++)
        text->sure[i] = c->sure;
    cr_assert_eq(dsc_ocr__letters(&row, text, &words, NULL), DSC_OK);
    for (size_t i = 0; i < words.count; i++) {
        const dsc_word *o = &words.items[i];
        char one[60];
        /* boxes are a pixel wider than their ink, where there is room */
        snprintf(one, sizeof one, "%s%s%s%d-%d %s", i ? " " : "", o->utf8,
                 o->utf8[0] || !i ? " " : "", o->box.x + (o->box.x > 0),
                 o->box.x + o->box.w - 1 - (o->box.x + o->box.w < w),
                 !o->utf8[0]         ? "?"
                 : o->confidence > 0 ? "+"
                                     : "-");
        strncat(got, one, sizeof got - strlen(got) - 1);
    }
    cr_expect_str_eq(got, c->words, "%s: %s", c->what, got);
    dsc_words_free(&words);
    free(text);
    free(row.px);
}

/* ---- two sizes ---- */

struct size_case {
    char what[32];
    char first[24], second[24]; /* words; letters of a shape are a character */
    float sure[2];              /* all words of each */
    float agreed;               /* the first word, within 0.001 */
};

ParameterizedTestParameters(sizes, agree)
{
    static struct size_case cases[] = {
        {"both", "GAIN", "GAIN", {.91F, .9F}, .991F},
        {"one of them very", "GAIN", "GAIN", {.99F, .5F}, .995F},
        {"one alone, very", "GAIN", "", {.995F, 0}, .995F},
        {"a sure one likely as well", "GAIN", "GAIN", {.95F, .5F}, .975F},
        {"the other one", "GAIN", "GAIN", {.6F, .99F}, .996F},
        {"among others", "MB OFF", "IMB OFF MB", {.95F, .9F}, .995F},
        /* not sure of */
        {"one alone", "GAIN", "", {.98F, 0}, 0},
        {"only the other", "GAIN", "GAIN", {.4F, .999F}, 0},
        {"another word in the other", "PWR", "PUR", {.98F, .99F}, 0},
        {"unlikely in the other", "GAIN", "GAIN", {.98F, .4F}, 0},
        {"not sure, likely", "GAIN", "GAIN", {.94F, .6F}, 0},
        {"neither enough", "GAIN", "GAIN", {.9F, .89F}, 0},
        {"the other has more", "LIN", "LIND", {.98F, .99F}, 0},
        {"the other has less", "LIND", "LIN", {.98F, .99F}, 0},
        {"the other has two words", "LIND", "LIN D", {.98F, .99F}, 0},
        {"the other has one word", "LIN D", "LIND", {.98F, .99F}, 0},
    };
    return cr_make_param_array(struct size_case, cases,
                               sizeof cases / sizeof cases[0]);
}

static dsc_textread_text *text_of(const char *s, float sure)
{
    dsc_textread_text *text = calloc(1, sizeof *text);

    for (; *s; s++)
        if (*s == ' ')
            text->words++;
        else
            text->letters[text->count++] =
                (dsc_textread_letter){.utf8 = name_of(*s),
                                      .shape = (uint32_t)*s,
                                      .word = (uint32_t)text->words};
    text->words += text->count > 0;
    for (size_t i = 0; i < text->words; i++)
        text->sure[i] = sure;
    return text;
}

ParameterizedTest(struct size_case *c, sizes, agree)
{
    dsc_textread_text *first = text_of(c->first, c->sure[0]);
    dsc_textread_text *second = text_of(c->second, c->sure[1]);

    dsc_ocr__agree(first, second);
    cr_expect_float_eq(first->sure[0], c->agreed, .001F, "%s: %f", c->what,
                       (double)first->sure[0]);
    cr_expect_eq(second->sure[0], c->sure[1]);
    free(first);
    free(second);
}
