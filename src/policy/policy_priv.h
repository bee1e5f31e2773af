/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the files of this module only.
 *
 * Text is compared in a folded form: capitals without diacritics, digits, and
 * the characters of other scripts; everything else is a separator.
 */
#ifndef DSC_POLICY_POLICY_PRIV_H
#define DSC_POLICY_POLICY_PRIV_H

#include "policy/policy.h"

/* Limits that keep the time for one line short whatever the header holds. */
#define DSC_POLICY_FACTS     4096u
#define DSC_POLICY_FACT_LEN  64u    /* folded characters of one fact */
#define DSC_POLICY_VALUE_LEN 65536u /* bytes of one header value */
#define DSC_POLICY_LINE_LEN  2048u  /* folded characters of one line */

/* The next character of UTF-8 text; U+FFFD for what is none. Never moves past
 * the end. */
uint32_t dsc_policy__next(const char **p);
/* Write `c` as UTF-8; returns the length. */
size_t dsc_policy__put(char out[4], uint32_t c);

/* One character in folded form: up to two characters. Returns how many; 0 for
 * marks that vanish; a separator folds to one ' ' unless it is an ASCII
 * punctuation mark, which stays. `german` writes Ae for A umlaut. */
size_t dsc_policy__fold(uint32_t c, bool german, uint32_t out[2]);

static inline bool dsc_policy__is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}
static inline bool dsc_policy__is_letter(uint32_t c)
{
    return (c >= 'A' && c <= 'Z') || (c > 0x7F && c != 0xFFFD);
}
static inline bool dsc_policy__is_word(uint32_t c)
{
    return dsc_policy__is_digit(c) || dsc_policy__is_letter(c);
}
/* Scripts in which one or two characters are a whole name. */
static inline bool dsc_policy__is_cjk(uint32_t c)
{
    return (c >= 0x2E80 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7AF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

/* Dates and times are also known by their shape. */
static inline bool dsc_policy__is_timed(dsc_class cls)
{
    return cls == DSC_CLASS_DATE || cls == DSC_CLASS_BIRTH ||
           cls == DSC_CLASS_TIME;
}

/* ---- a policy ---- */

#define DSC_POLICY_BIT(cls) (1u << (cls))

struct dsc_policy {
    dsc_policy_kind kind;
    uint32_t keep, drop; /* DSC_POLICY_BIT of classes */
    /* of the site; see policy_term.h */
    struct dsc_policy__term *terms;
    size_t term_count, term_cap;
};

/* ---- a line ---- */

typedef struct dsc_policy__char {
    uint32_t c;
    uint32_t word;
    bool lower; /* it was a small letter */
} dsc_policy__char;

/* A run of letters and digits. */
typedef struct dsc_policy__token {
    uint32_t start, end; /* in text */
    uint32_t solid;      /* start in solid */
    uint32_t word;
} dsc_policy__token;

typedef struct dsc_policy__line {
    dsc_policy__char *text; /* words with one ' ' between them */
    size_t text_count;
    dsc_policy__char *solid; /* letters and digits only; .word is the token */
    size_t solid_count;
    dsc_policy__token *tokens;
    size_t token_count;
    size_t cap;        /* of text, solid and tokens */
    size_t words;      /* how many words fitted */
    uint32_t *unclear; /* per word: characters that were no text */
    float *confidence; /* per word: the engine's */
    uint8_t *piece;    /* per character of the text: a dsc_policy__piece */
} dsc_policy__line;

dsc_status dsc_policy__line_make(dsc_policy__line *line, const dsc_word *words,
                                 size_t count, dsc_error *err) DSC_WARN_UNUSED;
void dsc_policy__line_free(dsc_policy__line *line);

/* What is known of a word while a line is judged; later steps never overwrite
 * an identifying class with a harmless one. */
typedef struct dsc_policy__mark {
    bool identifying;
    dsc_class cls; /* the surest */
    float confidence;
    uint32_t classes;          /* DSC_POLICY_BIT of all */
    const char *rule, *reason; /* as in dsc_decision */
} dsc_policy__mark;
void dsc_policy__mark_word(dsc_policy__mark *mark, dsc_class cls,
                           float confidence, const char *rule,
                           const char *reason);

/* Why a piece of a line is harmless, the least sure first. */
typedef enum dsc_policy__piece {
    DSC_PIECE_NONE,
    DSC_PIECE_NAME_TERM, /* a term that is a name as well: it is not enough */
    DSC_PIECE_DATE,      /* of a date or time: explained, not harmless */
    DSC_PIECE_LETTER,    /* C of "C 50" */
    DSC_PIECE_PRESET,    /* 3 of "3:PELVIS" */
    DSC_PIECE_ALIKE,     /* a term with letters that OCR confuses */
    DSC_PIECE_NUMBER_LABEL,
    DSC_PIECE_CAPTION,
    DSC_PIECE_VENDOR,
    DSC_PIECE_LATERALITY,
    DSC_PIECE_TEXT,
    DSC_PIECE_LABEL,
    DSC_PIECE_NUMBER_UNIT,
    DSC_PIECE_UNIT
} dsc_policy__piece;

typedef struct dsc_policy__known {
    dsc_policy__piece piece;
    size_t chars; /* letters and digits of the word */
    bool number;  /* it is a number and nothing else */
} dsc_policy__known;
/* Fills the line's pieces; `out` has one entry a word, all zero. */
void dsc_policy__find_known(const dsc_policy *policy,
                            const dsc_policy__line *line,
                            dsc_policy__known *out);
/* Of the least sure character of a token. */
dsc_policy__piece dsc_policy__token_piece(const dsc_policy__line *line,
                                          const dsc_policy__token *t);

/* Words that match facts. */
dsc_status dsc_policy__match_facts(const dsc_facts *facts,
                                   const dsc_policy__line *line,
                                   dsc_policy__mark *marks,
                                   dsc_error *err) DSC_WARN_UNUSED;
/* Short names and initials beside what matched already. */
void dsc_policy__match_short(const dsc_facts *facts,
                             const dsc_policy__line *line,
                             dsc_policy__mark *marks);
/* Dates and times in written form. */
void dsc_policy__match_dates(const dsc_policy__line *line,
                             dsc_policy__mark *marks);
/* Words beside "Name:", "ID" and the like. */
void dsc_policy__match_captions(const dsc_policy__line *line,
                                dsc_policy__mark *marks);
/* The same for words of a second line, after a caption that ends the first: its
 * words are the first `before`. */
void dsc_policy__match_announced(const dsc_policy__line *line, size_t before,
                                 dsc_policy__mark *marks);
/* May the word be a caption, though it lacks its sign? */
bool dsc_policy__is_head(const dsc_policy__line *line, size_t word);
/* What identifies by its form, where nothing is known of it: telephone
 * numbers, long numbers, ages, titles, hospitals, names. */
void dsc_policy__match_shapes(const dsc_policy__line *line,
                              dsc_policy__mark *marks);
/* What goes with words that were matched: parts of an address, unknown words
 * beside a date. The last of the matchers. */
void dsc_policy__match_phrases(const dsc_facts *facts,
                               const dsc_policy__line *line,
                               dsc_policy__mark *marks);
/* Allowed words inside of a phrase that goes are part of it. */
void dsc_policy__finish_phrases(const dsc_policy__line *line,
                                const dsc_policy__known *known,
                                dsc_decision *out);
/* What a word that identifies nobody looks like. */
void dsc_policy__guess(const dsc_policy__line *line, dsc_policy__mark *marks);
/* How many of a token's characters are digits? */
size_t dsc_policy__token_digits(const dsc_policy__line *line,
                                const dsc_policy__token *t);
/* Is the token one of these words, with a space between them? */
bool dsc_policy__token_in(const dsc_policy__line *line,
                          const dsc_policy__token *t, const char *words);
/* A month name in one of the known languages: 1 to 12, else 0. `sure` is false
 * for short forms that are common words on screens. */
int dsc_policy__month(const dsc_policy__char *text, size_t count, bool *sure);
/* Month name number `i` of `month` in English and German; NULL at the end. */
const char *dsc_policy__month_name(int month, size_t i);

#endif
