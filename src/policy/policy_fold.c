/* SPDX-License-Identifier: Apache-2.0
 *
 * Folding of text, without a locale and without tables of a Unicode library.
 */
#include "base/utf8.h"
#include "policy/policy_priv.h"

#include <string.h>

uint32_t dsc_policy__next(const char **p)
{
    uint32_t c;
    size_t n = dsc_utf8_decode(*p, 4, &c);

    *p += n ? n : 1;
    return n ? c : 0xFFFD;
}

size_t dsc_policy__put(char out[4], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* U+00C0 to U+00FF and U+0100 to U+017F, one base letter each. '?' stands for
 * what is treated apart, ' ' for signs. */
static const char latin1[] = "AAAAAA?CEEEEIIIIDNOOOOO OUUUUY??"
                             "AAAAAA?CEEEEIIIIDNOOOOO OUUUUY?Y";
static const char latin_a[] = "AAAAAACCCCCCCCDDDDEEEEEEEEEEGGGG"
                              "GGGGHHHHIIIIIIIIII??JJKKKLLLLLLL"
                              "LLLNNNNNNNNNOOOOOO??RRRRRRSSSSSS"
                              "SSTTTTTTUUUUUUUUUUUUWWYYYZZZZZZS";

static size_t two(uint32_t out[2], char a, char b)
{
    out[0] = (uint32_t)a;
    out[1] = (uint32_t)b;
    return 2;
}

static size_t fold_latin(uint32_t c, bool german, uint32_t out[2])
{
    char base;

    switch (c) {
    case 0xDF:
        return two(out, 'S', 'S');
    case 0xC6:
    case 0xE6:
        return two(out, 'A', 'E');
    case 0x152:
    case 0x153:
        return two(out, 'O', 'E');
    case 0x132:
    case 0x133:
        return two(out, 'I', 'J');
    case 0xDE:
    case 0xFE:
        return two(out, 'T', 'H');
    default:
        break;
    }
    if (german && (c == 0xC4 || c == 0xE4))
        return two(out, 'A', 'E');
    if (german && (c == 0xD6 || c == 0xF6 || c == 0xD8 || c == 0xF8))
        return two(out, 'O', 'E');
    if (german && (c == 0xDC || c == 0xFC))
        return two(out, 'U', 'E');
    if (german && (c == 0xC5 || c == 0xE5))
        return two(out, 'A', 'A');
    base = c < 0x100 ? latin1[c - 0xC0] : latin_a[c - 0x100];
    out[0] = (uint32_t)(base == '?' ? ' ' : base);
    return 1;
}

/* Capitals of Greek and Cyrillic, accents of Greek dropped. */
static uint32_t fold_greek_cyrillic(uint32_t c)
{
    static const struct {
        uint16_t from, to;
    } accents[] = {{0x386, 0x391}, {0x388, 0x395}, {0x389, 0x397},
                   {0x38A, 0x399}, {0x38C, 0x39F}, {0x38E, 0x3A5},
                   {0x38F, 0x3A9}, {0x3AC, 0x391}, {0x3AD, 0x395},
                   {0x3AE, 0x397}, {0x3AF, 0x399}, {0x3CC, 0x39F},
                   {0x3CD, 0x3A5}, {0x3CE, 0x3A9}, {0x3C2, 0x3A3},
                   {0x390, 0x399}, {0x3B0, 0x3A5}, {0x3AA, 0x399},
                   {0x3AB, 0x3A5}, {0x3CA, 0x399}, {0x3CB, 0x3A5}};

    for (size_t i = 0; i < sizeof accents / sizeof accents[0]; i++)
        if (accents[i].from == c)
            return accents[i].to;
    if (c >= 0x3B1 && c <= 0x3C9)
        return c - 0x20;
    if (c >= 0x430 && c <= 0x44F)
        c -= 0x20;
    else if (c >= 0x450 && c <= 0x45F)
        c -= 0x50;
    return c == 0x401 ? 0x415 : c == 0x419 ? 0x418 : c;
}

/* What shows nothing of itself: controls but for white space, combining marks,
 * points of Hebrew and Arabic, soft hyphens, zero width and direction marks. */
static bool is_nothing(uint32_t c)
{
    static const struct {
        uint16_t first, last;
    } runs[] = {
        {0x01, 0x08},     {0x0E, 0x1F},     {0x7F, 0x84},     {0x86, 0x9F},
        {0xAD, 0xAD},     {0x300, 0x36F},   {0x591, 0x5BD},   {0x5BF, 0x5BF},
        {0x5C1, 0x5C2},   {0x5C4, 0x5C5},   {0x610, 0x61A},   {0x61C, 0x61C},
        {0x64B, 0x65F},   {0x670, 0x670},   {0x200B, 0x200F}, {0x202A, 0x202E},
        {0x2060, 0x206F}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}};

    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++)
        if (c >= runs[i].first && c <= runs[i].last)
            return true;
    return false;
}

size_t dsc_policy__fold(uint32_t c, bool german, uint32_t out[2])
{
    if (c >= 0xFF01 && c <= 0xFF5E) /* full width */
        c -= 0xFEE0;
    if (c >= 'a' && c <= 'z')
        c -= 'a' - 'A';
    out[0] = c;
    if (is_nothing(c))
        return 0;
    if (c <= 0x20)
        out[0] = ' ';
    if (c < 0x80)
        return 1;
    if (c >= 0xC0 && c <= 0x17F)
        return fold_latin(c, german, out);
    if (c >= 0x370 && c <= 0x45F)
        out[0] = fold_greek_cyrillic(c);
    else if (c >= 0x1E00 && c <= 0x1EFF) {
        /* Latin Extended Additional: Vietnamese vowels and the like. */
        static const struct {
            uint16_t last;
            char base;
        } runs[] = {{0x1E01, 'A'}, {0x1E07, 'B'}, {0x1E09, 'C'}, {0x1E13, 'D'},
                    {0x1E1D, 'E'}, {0x1E1F, 'F'}, {0x1E21, 'G'}, {0x1E2B, 'H'},
                    {0x1E2F, 'I'}, {0x1E35, 'K'}, {0x1E3D, 'L'}, {0x1E43, 'M'},
                    {0x1E4B, 'N'}, {0x1E53, 'O'}, {0x1E57, 'P'}, {0x1E5F, 'R'},
                    {0x1E69, 'S'}, {0x1E71, 'T'}, {0x1E7B, 'U'}, {0x1E7F, 'V'},
                    {0x1E89, 'W'}, {0x1E8D, 'X'}, {0x1E8F, 'Y'}, {0x1E95, 'Z'},
                    {0x1E9F, 'S'}, {0x1EB7, 'A'}, {0x1EC7, 'E'}, {0x1ECB, 'I'},
                    {0x1EE3, 'O'}, {0x1EF1, 'U'}, {0x1EFF, 'Y'}};
        for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++)
            if (c <= runs[i].last) {
                out[0] = (uint32_t)runs[i].base;
                break;
            }
    } else if (c == 0xB0 || c == 0x2103) {
        out[0] = '%'; /* degrees are a unit that is a sign, too */
    } else if (c == 0xB2 || c == 0xB3) {
        out[0] = c == 0xB2 ? '2' : '3';
    } else if (c == 0xB5) {
        out[0] = 'U'; /* micro */
    } else if (c < 0xC0 || (c >= 0x2000 && c <= 0x2BFF) ||
               (c >= 0x3000 && c <= 0x3004) || c == 0x30FB) {
        /* Dashes of all kinds mean '-', the rest of the signs nothing. */
        out[0] = (c >= 0x2010 && c <= 0x2015) || c == 0x2212 ? '-' : ' ';
    }
    return 1;
}

/* ---- a line ---- */

void dsc_policy__line_free(dsc_policy__line *line)
{
    size_t all = line->cap;

    dsc_wipe_free(line->text, line->text ? all * sizeof *line->text : 0);
    dsc_wipe_free(line->solid, line->solid ? all * sizeof *line->solid : 0);
    dsc_free(line->tokens);
    dsc_free(line->unclear);
    dsc_free(line->confidence);
    dsc_free(line->piece);
    memset(line, 0, sizeof *line);
}

static bool is_lower(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0xFF) ||
           (c >= 0x100 && c <= 0x17F && (c & 1)) ||
           (c >= 0x3B1 && c <= 0x3C9) || (c >= 0x430 && c <= 0x45F);
}

/* false when the word does not fit. */
static bool add_word(dsc_policy__line *line, const char *utf8, uint32_t word)
{
    const char *p = utf8 ? utf8 : "";

    if (line->text_count + 1 >= line->cap)
        return false;
    while (*p) {
        uint32_t c = dsc_policy__next(&p), out[2];
        size_t n;
        if (c == 0xFFFD || c < 0x20 || c == 0x7F)
            line->unclear[word]++;
        n = dsc_policy__fold(c == 0xFFFD ? ' ' : c, false, out);
        if (line->text_count + n + 1 >= line->cap)
            return false;
        for (size_t i = 0; i < n; i++) {
            line->text[line->text_count].c = out[i];
            line->text[line->text_count].lower = is_lower(c);
            line->text[line->text_count++].word = word;
        }
    }
    line->text[line->text_count].c = ' ';
    line->text[line->text_count++].word = word;
    return true;
}

/* Signs inside words that OCR read for letters and digits: | for I or l, $ for
 * S, @ for 0. */
static void straighten(dsc_policy__line *line)
{
    for (size_t i = 0; i < line->text_count; i++) {
        uint32_t before = i ? line->text[i - 1].c : ' ';
        uint32_t after = i + 1 < line->text_count ? line->text[i + 1].c : ' ';
        uint32_t *c = &line->text[i].c;
        if (*c == '|' &&
            (dsc_policy__is_word(before) || dsc_policy__is_word(after)))
            *c = 'I';
        else if (*c == '$' && dsc_policy__is_word(after))
            *c = 'S';
        else if (*c == '@' && !dsc_policy__is_letter(before) &&
                 (dsc_policy__is_digit(after) || after == '.'))
            *c = '0';
    }
}

static void split_tokens(dsc_policy__line *line)
{
    size_t i = 0;

    while (i < line->text_count) {
        dsc_policy__token *t;
        if (!dsc_policy__is_word(line->text[i].c)) {
            i++;
            continue;
        }
        t = &line->tokens[line->token_count];
        t->start = (uint32_t)i;
        t->word = line->text[i].word;
        t->solid = (uint32_t)line->solid_count;
        while (i < line->text_count && dsc_policy__is_word(line->text[i].c)) {
            line->solid[line->solid_count].c = line->text[i++].c;
            line->solid[line->solid_count++].word = (uint32_t)line->token_count;
        }
        t->end = (uint32_t)i;
        line->token_count++;
    }
}

/* Room for all words, each character twice and a space after each word; never
 * more than the limit. */
static size_t line_cap(const dsc_word *words, size_t count)
{
    size_t cap = 8;

    for (size_t i = 0; i < count && cap < DSC_POLICY_LINE_LEN; i++)
        cap += 2 * (words[i].utf8 ? strnlen(words[i].utf8, DSC_POLICY_LINE_LEN)
                                  : 0) +
               2;
    return cap < DSC_POLICY_LINE_LEN ? cap : DSC_POLICY_LINE_LEN;
}

dsc_status dsc_policy__line_make(dsc_policy__line *line, const dsc_word *words,
                                 size_t count, dsc_error *err)
{
    line->cap = line_cap(words, count);
    line->text = dsc_calloc(line->cap, sizeof *line->text);
    line->solid = dsc_calloc(line->cap, sizeof *line->solid);
    line->tokens = dsc_calloc(line->cap, sizeof *line->tokens);
    line->unclear = dsc_calloc(count + 1, sizeof *line->unclear);
    line->confidence = dsc_calloc(count + 1, sizeof *line->confidence);
    line->piece = dsc_calloc(line->cap, sizeof *line->piece);
    if (!line->text || !line->solid || !line->tokens || !line->unclear ||
        !line->confidence || !line->piece)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (size_t i = 0; i < count && i < UINT32_MAX; i++) {
        if (!add_word(line, words[i].utf8, (uint32_t)i))
            break;
        line->confidence[i] = words[i].confidence;
        line->words = i + 1;
    }
    straighten(line);
    split_tokens(line);
    return DSC_OK;
}
