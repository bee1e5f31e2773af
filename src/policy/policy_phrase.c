/* SPDX-License-Identifier: Apache-2.0
 *
 * Words that go because of those around them: house numbers and small words of
 * an address, unknown words beside a date or an ID, a number beside a name, an
 * allowed word inside of a phrase that goes.
 */
#include "policy/policy_term.h"

#include <string.h>

/* Words of one address between two that are known to be of it. */
#define GAP 2u
/* Digits of a number beside a name. */
#define LONGEST 12u
/* Allowed words in a row that an unknown phrase may hold. */
#define RUN 2u

typedef struct phrase {
    const dsc_policy__line *line;
    dsc_policy__mark *marks;
    bool named; /* the header has names to compare with */
} phrase;

static const dsc_policy__token *token(const phrase *p, size_t i)
{
    return &p->line->tokens[i];
}

static const dsc_policy__mark *mark_of(const phrase *p, size_t i)
{
    return &p->marks[token(p, i)->word];
}

static size_t length(const phrase *p, size_t i)
{
    return token(p, i)->end - token(p, i)->start;
}

static size_t digits(const phrase *p, size_t i)
{
    return dsc_policy__token_digits(p->line, token(p, i));
}

static bool is_class(const phrase *p, size_t i, uint32_t classes)
{
    return i < p->line->token_count && mark_of(p, i)->identifying &&
           mark_of(p, i)->classes & classes;
}

/* A number with a unit, or such a unit: no part of anybody's name or address.
 */
static bool is_measured(const phrase *p, size_t i)
{
    dsc_policy__piece piece = dsc_policy__token_piece(p->line, token(p, i));

    return piece == DSC_PIECE_NUMBER_UNIT || piece == DSC_PIECE_UNIT ||
           piece == DSC_PIECE_NUMBER_LABEL;
}

/* ---- addresses ---- */

/* Articles, prepositions, and short forms of streets and squares. */
#define PARTICLES                                                               \
 "DA DE DI DO DU DEL DES DEI DOS DAS DELLA DELLE DEGLI DELLO DALLA LA LE LES "  \
 "EL LOS LAS VAN VON DER DEN DEM HET TEN TER AM AN IM IN ZUM ZUR AUF BEI OF "   \
 "THE ST AV AVE AL PL UL OS PZA PZZA VLE CSO RUA VIA RD LN SQ STR BD BLVD CRA " \
 "LGO PCA TRAV PTA NR NO N"

static void mark_address(const phrase *p, size_t i)
{
    dsc_policy__mark_word(&p->marks[token(p, i)->word], DSC_CLASS_CONTACT, 0.6F,
                          "address", "part of an address");
}

static bool is_address_part(const phrase *p, size_t i)
{
    size_t n = digits(p, i);

    if (is_measured(p, i))
        return false;
    return dsc_policy__token_in(p->line, token(p, i), PARTICLES) ||
           (n && n <= 4 && length(p, i) - n <= 1);
}

/* Is it a number that nothing explains, of so many digits? */
static bool is_number(const phrase *p, size_t i, size_t least, size_t most)
{
    return i < p->line->token_count && length(p, i) == digits(p, i) &&
           length(p, i) >= least && length(p, i) <= most && !is_measured(p, i);
}

static bool is_word(const phrase *p, size_t i)
{
    return i < p->line->token_count && !digits(p, i) && !is_measured(p, i) &&
           dsc_policy__token_piece(p->line, token(p, i)) != DSC_PIECE_CAPTION;
}

/* A word with a capital that no list has. */
static bool is_proper(const phrase *p, size_t i)
{
    return is_word(p, i) && length(p, i) >= 3 &&
           !p->line->text[token(p, i)->start].lower &&
           dsc_policy__token_piece(p->line, token(p, i)) <= DSC_PIECE_NAME_TERM;
}

static uint32_t sign_after(const phrase *p, size_t i)
{
    size_t end = token(p, i)->end;

    return end < p->line->text_count ? p->line->text[end].c : ' ';
}

/* "Am Brunnen 3, 12345 Town": a house number, a postal code, a town; the code
 * may be in two groups. What stands before the house is the street. */
static void postal_codes(const phrase *p)
{
    for (size_t i = 1; i + 2 < p->line->token_count; i++) {
        size_t code = i + 1, last, from = i;
        if (!is_number(p, i, 1, 4) || sign_after(p, i) != ',' ||
            !is_number(p, code, 2, 6))
            continue;
        last = code + is_number(p, code + 1, 3, 4);
        if (length(p, code) + (last > code ? length(p, last) : 0) < 4 ||
            !is_proper(p, last + 1))
            continue;
        for (size_t n = 0; n < 3 && is_word(p, last + 1); n++)
            last++;
        for (size_t n = 0; n < 4 && from && is_word(p, from - 1); n++)
            from--;
        for (size_t k = from; k <= last && from < i; k++)
            mark_address(p, k);
    }
}

/* "8 rue des Acacias, 12345 Town": the code and town after a street. */
static void towns(const phrase *p)
{
    const uint32_t contact = DSC_POLICY_BIT(DSC_CLASS_CONTACT);

    for (size_t i = 1; i < p->line->token_count; i++) {
        bool after = is_number(p, i, 4, 6) || is_number(p, i, 3, 3);
        if (!after || !is_proper(p, i + 1) ||
            !(is_class(p, i - 1, contact) ||
              (i > 1 && is_number(p, i - 1, 2, 4) &&
               is_class(p, i - 2, contact))))
            continue;
        for (size_t k = i + 1; k < i + 4 && is_proper(p, k); k++)
            mark_address(p, k);
        mark_address(p, i);
    }
}

/* A few words between two of one address, or of one institution. */
static void fill_gaps(const phrase *p, dsc_class cls)
{
    const uint32_t bit = DSC_POLICY_BIT(cls);
    size_t count = p->line->token_count;

    for (size_t i = 0; i < count; i++) {
        size_t last = i + 1;
        if (!is_class(p, i, bit))
            continue;
        while (last < count && last - i <= GAP && !is_class(p, last, bit) &&
               !is_measured(p, last))
            last++;
        if (is_class(p, last, bit))
            for (size_t k = i + 1; k < last; k++)
                dsc_policy__mark_word(&p->marks[token(p, k)->word], cls, 0.6F,
                                      "inside", "between words that identify");
    }
}

static void addresses(const phrase *p)
{
    const uint32_t contact = DSC_POLICY_BIT(DSC_CLASS_CONTACT);
    size_t count = p->line->token_count;

    fill_gaps(p, DSC_CLASS_CONTACT);
    fill_gaps(p, DSC_CLASS_INSTITUTION);
    for (size_t i = 1; i < count; i++)
        if (is_class(p, i - 1, contact) && is_address_part(p, i))
            mark_address(p, i);
    for (size_t i = count; i-- > 1;)
        if (is_class(p, i, contact) && is_address_part(p, i - 1))
            mark_address(p, i - 1);
}

/* ---- names beside a date, an ID or an age ---- */

static bool may_be_name(const phrase *p, size_t i)
{
    const dsc_policy__token *t = token(p, i);

    return length(p, i) >= 3 && !digits(p, i) &&
           !p->line->text[t->start].lower &&
           dsc_policy__token_piece(p->line, t) <= DSC_PIECE_NAME_TERM;
}

/* Between the words of a name. */
static bool joins_names(const phrase *p, size_t i)
{
    return dsc_policy__token_in(p->line, token(p, i),
                                "DE DA DI DO DU DOS DEL DER DEN VAN VON LA LE "
                                "EL AF TER TEN ZU") ||
           (length(p, i) == 1 && !digits(p, i));
}

static void mark_name(const phrase *p, size_t i)
{
    dsc_policy__mark_word(&p->marks[token(p, i)->word], DSC_CLASS_NAME, 0.5F,
                          "name-shape",
                          "unknown words as a name stands: alone, or beside a "
                          "date, an ID or an age");
}

static bool all_class(const phrase *p, size_t from, size_t to, uint32_t classes)
{
    for (size_t i = from; i < to; i++)
        if (!is_class(p, i, classes))
            return false;
    return true;
}

/* A line of two or three long words with capitals which nothing explains: that
 * is how names stand on screens. With names in the header it is not asked. */
static bool is_strange_line(const phrase *p)
{
    for (size_t i = 0; i < p->line->token_count; i++)
        if (mark_of(p, i)->identifying ||
            (!joins_names(p, i) &&
             (length(p, i) < 4 ||
              dsc_policy__token_piece(p->line, token(p, i)) != DSC_PIECE_NONE)))
            return false;
    return true;
}

static void names_beside(const phrase *p)
{
    const uint32_t beside =
        DSC_POLICY_BIT(DSC_CLASS_DATE) | DSC_POLICY_BIT(DSC_CLASS_BIRTH) |
        DSC_POLICY_BIT(DSC_CLASS_ID) | DSC_POLICY_BIT(DSC_CLASS_AGE);
    size_t count = p->line->token_count;

    for (size_t i = 0; i < count;) {
        size_t end = i, named = 0;
        while (end < count && !is_class(p, end, beside) &&
               (may_be_name(p, end) || (named && joins_names(p, end))))
            named += may_be_name(p, end++);
        if (named >= 2 &&
            ((i && is_class(p, i - 1, beside)) || is_class(p, end, beside)))
            for (size_t k = i; k < end; k++)
                mark_name(p, k);
        if (!p->named && named >= 2 && named <= 3 && i == 0 && end == count &&
            is_strange_line(p))
            for (size_t k = i; k < end; k++)
                mark_name(p, k);
        /* One word suffices where the line has nothing else. */
        if (named == 1 && end - i == 1 && length(p, i) >= 5 &&
            dsc_policy__token_piece(p->line, token(p, i)) == DSC_PIECE_NONE &&
            all_class(p, 0, i, beside) && all_class(p, end, count, beside) &&
            count > 1)
            mark_name(p, i);
        i = end > i ? end : i + 1;
    }
}

/* "CHIN 4471": a number beside somebody's name that nothing explains is an ID,
 * a year of birth, an age. */
static void numbers_beside(const phrase *p)
{
    const uint32_t name =
        DSC_POLICY_BIT(DSC_CLASS_NAME) | DSC_POLICY_BIT(DSC_CLASS_PERSON);

    for (size_t i = 0; i < p->line->token_count; i++)
        if (is_number(p, i, 2, LONGEST) && !mark_of(p, i)->identifying &&
            ((i && is_class(p, i - 1, name)) || is_class(p, i + 1, name)))
            dsc_policy__mark_word(&p->marks[token(p, i)->word], DSC_CLASS_ID,
                                  0.5F, "number-beside",
                                  "a number beside somebody's name");
}

void dsc_policy__match_phrases(const dsc_facts *facts,
                               const dsc_policy__line *line,
                               dsc_policy__mark *marks)
{
    phrase p = {line, marks, false};

    for (size_t i = 0; facts && i < facts->count && !p.named; i++)
        p.named = facts->items[i].cls == DSC_CLASS_NAME;

    postal_codes(&p);
    towns(&p);
    addresses(&p);
    names_beside(&p);
    numbers_beside(&p);
}

/* ---- allowed words inside of a phrase that goes ---- */

/* A word that goes as part of a phrase: of letters, and not for its reading. */
static bool goes(const dsc_policy__known *known, const dsc_decision *out,
                 size_t i)
{
    return out[i].blank && !known[i].number && known[i].chars > 1 &&
           (out[i].cls == DSC_CLASS_INSTITUTION ||
            out[i].cls == DSC_CLASS_CONTACT ||
            known[i].piece == DSC_PIECE_NONE);
}

static bool is_allowed_word(const dsc_policy__known *known,
                            const dsc_decision *out, size_t i)
{
    dsc_policy__piece p = known[i].piece;

    return !out[i].blank && known[i].chars >= 2 &&
           (p == DSC_PIECE_TEXT || p == DSC_PIECE_LABEL ||
            p == DSC_PIECE_ALIKE || p == DSC_PIECE_UNIT);
}

static bool all_go(const dsc_decision *out, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (!out[i].blank)
            return false;
    return to > from;
}

/* Beside the name of a hospital or an address, to the end of the line. */
static bool is_rest(const dsc_policy__line *line, const dsc_decision *out,
                    size_t from, size_t to)
{
    dsc_class cls;

    if ((from > 0) == (to < line->words) ||
        !(from ? all_go(out, 0, from) : all_go(out, to, line->words)))
        return false;
    cls = out[from ? from - 1 : to].cls;
    return cls == DSC_CLASS_INSTITUTION || cls == DSC_CLASS_CONTACT;
}

void dsc_policy__finish_phrases(const dsc_policy__line *line,
                                const dsc_policy__known *known,
                                dsc_decision *out)
{
    size_t end;

    for (size_t i = 0; i < line->words; i = end + (end == i)) {
        bool inside;
        end = i;
        while (end < line->words && is_allowed_word(known, out, end))
            end++;
        if (end == i || end - i > RUN)
            continue;
        inside = i && end < line->words && goes(known, out, i - 1) &&
                 goes(known, out, end);
        for (size_t k = i; (inside || is_rest(line, out, i, end)) && k < end;
             k++) {
            out[k].blank = true;
            out[k].cls = DSC_CLASS_UNKNOWN;
            out[k].rule = "phrase";
            out[k].reason = "an allowed word inside of a phrase that goes";
            out[k].doubtful = true;
        }
    }
}
