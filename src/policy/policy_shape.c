/* SPDX-License-Identifier: Apache-2.0
 *
 * What identifies somebody by its own form, without a header: telephone
 * numbers, addresses, long numbers, ages, titles, hospitals, people's names.
 */
#include "policy/policy_term.h"

#include <string.h>

#define LONG_NUMBER  5u /* digits of a number that nothing explains */
#define PHONE_DIGITS 7u
#define AROUND       4u /* words on each side that belong to a hospital's name */

typedef struct shape {
    const dsc_policy__line *line;
    dsc_policy__mark *marks;
    bool all_names; /* ordinary words that are names, and no others */
} shape;

static uint32_t at(const shape *s, size_t i)
{
    return i < s->line->text_count ? s->line->text[i].c : ' ';
}

static bool is(const shape *s, size_t i, const char *words)
{
    return i < s->line->token_count &&
           dsc_policy__token_in(s->line, &s->line->tokens[i], words);
}

static size_t length(const dsc_policy__token *t)
{
    return t->end - t->start;
}

static bool is_number(const shape *s, size_t i)
{
    const dsc_policy__token *t = &s->line->tokens[i];

    return i < s->line->token_count &&
           dsc_policy__token_digits(s->line, t) == length(t);
}

static bool is_alphabetic(const shape *s, size_t i)
{
    return i < s->line->token_count &&
           dsc_policy__token_digits(s->line, &s->line->tokens[i]) == 0;
}

/* Nothing harmless that the allow-lists know. */
static bool is_unknown(const shape *s, size_t i)
{
    return dsc_policy__token_piece(s->line, &s->line->tokens[i]) <=
           DSC_PIECE_NAME_TERM;
}

static void mark(const shape *s, size_t i, dsc_class cls, float confidence,
                 const char *rule, const char *reason)
{
    dsc_policy__mark_word(&s->marks[s->line->tokens[i].word], cls, confidence,
                          rule, reason);
}

/* ---- telephone, e-mail, address ---- */

static void contacts(const shape *s)
{
    for (size_t i = 0; i < s->line->token_count; i++) {
        const dsc_policy__token *t = &s->line->tokens[i];
        bool before = t->start && at(s, t->start - 1) == '@';
        if (before || at(s, t->end) == '@' || is(s, i, "WWW HTTP HTTPS"))
            mark(s, i, DSC_CLASS_CONTACT, 0.9f, "e-mail",
                 "an e-mail or web address");
    }
}

/* The sign between two groups of a telephone number or an ID. */
static bool joins(const shape *s, size_t i, bool spaces)
{
    const dsc_policy__token *t = &s->line->tokens[i];
    size_t gap;
    bool sign = false;

    if (i + 1 >= s->line->token_count || !is_number(s, i + 1))
        return false;
    gap = t[1].start - t->end;
    for (size_t k = t->end; k < t[1].start; k++) {
        uint32_t c = at(s, k);
        if (c != ' ' && c != '-' && c != '.' && c != '/' && c != '(' &&
            c != ')')
            return false;
        sign = sign || c != ' ';
    }
    return gap <= 3 && (sign || spaces);
}

/* "Zoom +49 731 55402": no setting explains a number that one dials, and none
 * is in brackets with a unit behind what follows. */
static bool may_be_dialled(const shape *s, size_t i, uint32_t sign, bool dots)
{
    return dsc_policy__token_piece(s->line, &s->line->tokens[i]) ==
               DSC_PIECE_NUMBER_LABEL ||
           ((sign == '+' || sign == '(') && !dots);
}

/* Groups of digits from token i: a telephone number, or an ID in groups. */
static size_t grouped(const shape *s, size_t i)
{
    const dsc_policy__token *t = &s->line->tokens[i];
    uint32_t sign = t->start ? at(s, t->start - 1) : ' ';
    bool dialled = sign == '+' || sign == '(' ||
                   (length(t) >= 3 && at(s, t->start) == '0');
    unsigned digits = (unsigned)length(t), least = digits;
    size_t last = i;
    bool dots = false;

    while (joins(s, last, dialled)) {
        dots = dots || at(s, s->line->tokens[last].end) == '.';
        last++;
        digits += (unsigned)length(&s->line->tokens[last]);
        if (length(&s->line->tokens[last]) < least)
            least = (unsigned)length(&s->line->tokens[last]);
    }
    if (last == i || digits < PHONE_DIGITS || (dots && least < 2))
        return i;
    for (size_t k = i; k <= last; k++)
        if (!is_unknown(s, k) && !(dialled && may_be_dialled(s, k, sign, dots)))
            return i;
    for (size_t k = i; k <= last; k++)
        mark(s, k, dialled ? DSC_CLASS_CONTACT : DSC_CLASS_ID, 0.7f,
             dialled ? "phone" : "digits",
             dialled ? "a telephone number" : "a long number");
    return last;
}

static void long_numbers(const shape *s)
{
    for (size_t i = 0; i < s->line->token_count; i++) {
        const dsc_policy__token *t = &s->line->tokens[i];
        bool tail = t->start >= 2 && at(s, t->start - 1) == '.' &&
                    dsc_policy__is_digit(at(s, t->start - 2));
        if (dsc_policy__token_digits(s->line, t) >= LONG_NUMBER && !tail &&
            is_unknown(s, i))
            mark(s, i, DSC_CLASS_ID, 0.7f, "digits", "a long number");
        if (is_number(s, i))
            i = grouped(s, i);
    }
}

/* Does a word of `parts` stand at the token's head, or at its tail? Nothing of
 * three letters is a part. */
static bool has_part(const shape *s, size_t i, const char *parts, bool tail)
{
    const dsc_policy__token *t = &s->line->tokens[i];

    for (size_t n; *parts; parts += n + (parts[n] == ' ')) {
        size_t same = 0;
        n = strcspn(parts, " ");
        while (same < n && length(t) >= n &&
               at(s, (tail ? t->end - n : t->start) + same) ==
                   (unsigned char)parts[same])
            same++;
        if (same == n)
            return true;
    }
    return false;
}

#define STREETS                                                                 \
 "STREET STRASSE STR AVENUE ROAD RD BLVD BOULEVARD RUE CALLE PLATZ WEG GASSE "  \
 "ALLEE STRAAT LAAN PLEIN ULICA UL GATAN VAGEN PIAZZA CORSO VIALE RUA AVENIDA " \
 "AVDA POBOX POSTFACH CEDEX LANE PLACE CHEMIN IMPASSE QUAI PLAZA PASEO CAMINO " \
 "CARRER VICOLO STRADA LARGO PRACA TRAVESSA ESTRADA ALAMEDA PLAC ALEJA ALEJE "  \
 "OSIEDLE SKWER TORG TORGET GRAND KADE GRACHT SINGEL DREEF DIJK UFER DAMM"

/* Hauptstrasse, Kungsgatan */
#define STREET_TAILS                                                           \
 "STRASSE STRAAT GATAN GASSE PLATZ VAGEN WEG LAAN PLEIN DIJK KADE GRACHT "     \
 "DREEF SINGEL ALLEE UFER DAMM TORG TORGET STIGEN BACKEN"
static bool is_street(const shape *s, size_t i)
{
    return has_part(s, i, STREET_TAILS, true) || is(s, i, STREETS);
}

static void streets(const shape *s)
{
    for (size_t i = 0; i < s->line->token_count; i++) {
        size_t from = i, to = i;
        bool number = false;
        if (!is_street(s, i))
            continue;
        while (from && i - from < 2 && is_unknown(s, from - 1))
            number = is_number(s, --from) || number;
        while (to + 1 < s->line->token_count && to - i < 3 &&
               is_unknown(s, to + 1))
            number = is_number(s, ++to) || number;
        /* A street has a house in it, or a name. */
        for (size_t k = from; k <= to && (number || from < i || to > i); k++)
            mark(s, k, DSC_CLASS_CONTACT, 0.7f, "address", "an address");
    }
}

/* ---- age and sex ---- */

#define SEXES                                                                  \
 "MALE FEMALE MANNLICH WEIBLICH MASCULIN FEMININ MASCULINO FEMENINO FEMININO " \
 "FEMMINA MASCHIO HOMME FEMME HOMBRE MUJER VROUW KOBIETA MEZCZYZNA KVINNA"

static bool is_sex(const shape *s, size_t i)
{
    return is(s, i, "M F W");
}

static void ages(const shape *s)
{
    for (size_t i = 0; i < s->line->token_count; i++) {
        const dsc_policy__token *t = &s->line->tokens[i];
        size_t n = dsc_policy__token_digits(s->line, t);
        uint32_t last = at(s, t->end - 1);
        size_t with = i;
        if (is(s, i, SEXES))
            mark(s, i, DSC_CLASS_AGE, 0.7f, "sex", "somebody's sex");
        if (n == length(t) && n <= 3 &&
            is(s, i + 1,
               "Y YR YRS YO YEAR YEARS JAHRE JAHR ANS ANOS ANNI "
               "JAAR LAT YEARSOLD"))
            with = i + 1;
        else if (n == length(t) && n >= 1 && n <= 3 &&
                 ((at(s, t->end) == '/' && is_sex(s, i + 1)) ||
                  (i && at(s, t->start - 1) == '/' && is_sex(s, i - 1))))
            with = i && is_sex(s, i - 1) ? i - 1 : i + 1;
        else if (n + 1 != length(t) || n < 1 || n > 3 ||
                 !(last == 'Y' ||
                   (n == 3 && strchr("MWD", (int)(last & 0x7F)) &&
                    at(s, t->start) == '0')))
            continue;
        mark(s, i, DSC_CLASS_AGE, 0.8f, "age", "an age");
        mark(s, with, DSC_CLASS_AGE, 0.8f, "age", "an age");
    }
}

/* ---- titles ---- */

/* A term of four letters and more that people are called, with a capital. */
static bool is_called(const shape *s, size_t i)
{
    const dsc_policy__token *t = &s->line->tokens[i];

    return i < s->line->token_count && is_alphabetic(s, i) && length(t) >= 4 &&
           !s->line->text[t->start].lower &&
           dsc_policy__is_name(s->line->text + t->start, length(t));
}

#define TITLES                                                                 \
 "PROF MRS MISS HERR FRAU MME MLLE MONSIEUR MADAME SIG SIGRA SIGNORA SENOR "   \
 "SENORA SRA DOTT DOTTSSA DSSA DHR MEVR MEVROUW PANI LEK DOKTOR DOCTOR"
/* These mean other things as well: mitral regurgitation, milliseconds. */
#define UNSURE_TITLES "DR MR MS SR PAN"
#define BETWEEN       "MED DENT PROF DR HC RER NAT VON VAN DE DER DI DA LA LE"
#define AFTER_NAMES   "MD PHD RDCS RDMS RVT FACC FASE DDS FRCR FRCP MBBS"

/* "Mr." */
static bool is_written_title(const shape *s, size_t i)
{
    const dsc_policy__token *t = &s->line->tokens[i];

    return is(s, i, "MR MS") && at(s, t->end) == '.' &&
           !s->line->text[t->start].lower;
}

static void titles(const shape *s)
{
    for (size_t i = 0; i < s->line->token_count; i++) {
        bool sure = is(s, i, TITLES) || is_written_title(s, i);
        size_t k = i + 1, named = 0;
        if (is(s, i, AFTER_NAMES) && i && is_alphabetic(s, i - 1) &&
            (is_unknown(s, i - 1) || is_called(s, i - 1))) {
            mark(s, i - 1, DSC_CLASS_PERSON, 0.7f, "title", "beside a title");
            mark(s, i, DSC_CLASS_PERSON, 0.7f, "title", "beside a title");
        }
        if (!sure && !is(s, i, UNSURE_TITLES))
            continue;
        while (is(s, k, BETWEEN))
            k++;
        while (named < 2 && is_alphabetic(s, k) && (sure || is_unknown(s, k))) {
            mark(s, k++, DSC_CLASS_PERSON, 0.7f, "title", "beside a title");
            named++;
        }
        for (size_t j = i; named && j < k; j++)
            mark(s, j, DSC_CLASS_PERSON, 0.7f, "title", "beside a title");
    }
}

/* ---- institutions ---- */

#define HOSPITALS                                                               \
 "HOSPITAL HOSP HOPITAL HOPITAUX OSPEDALE OSPEDALI OSPEDALIERA OSPEDALIERO "    \
 "SAIRAALA CLINIC CLINICS CLINICO CHU CHRU CHR UMC AMC NHS ASL IRCCS CABINET "  \
 "UNIV UNIVERSITY INFIRMARY HEALTHCARE HEALTH INSTITUTE INSTITUT INSTITUTO "    \
 "ISTITUTO INSTYTUT INSTITUUT SPZOZ NZOZ ZOZ ZDROWIA LECZNICA PORADNIA "        \
 "PRZYCHODNIA GABINET PRAKTIJK HUISARTS HUISARTSEN MVZ AMBULANZ AMBULATORIO "   \
 "CONSULTORIO MATERNIDADE MATERNITE MATERNIDAD SANATORIO SANATORIUM DISPENSAR " \
 "DISPENSARIO HOSPICE AZIENDA MOTTAGNING MOTTAGNINGEN REGIONSJUKHUS"
/* How words for hospitals begin and end, compounds among them. */
#define HOSPITAL_HEADS                                                         \
 "HOSPITA KLINI CLINIQUE CLINICA POLIKLIN POLICLIN POLYCLIN SZPITAL UNIVERSI " \
 "UNIWERSY LASARETT SJUKHUS ZIEKENHUIS KRANKENHAUS"
#define HOSPITAL_TAILS                                                         \
 "SJUKHUS SJUKHUSET SYKEHUS SYGEHUS ZIEKENHUIS GASTHUIS KLINIK KLINIKEN "      \
 "KLINIKUM KLINIEK KRANKENHAUS SPITAL HOSPITAL LASARETT LASARETTET PRAXIS "    \
 "PRAKTIJK VARDCENTRAL VARDCENTRALEN HALSOCENTRAL HALSOCENTRALEN ZENTRUM"
#define CENTRES                                                                \
 "CENTER CENTRE CTR CENTRO CENTRUM ZENTRUM CARE CASA UNIDAD UNIDADE CENTRAL"
/* What makes a centre one of medicine, before it or after. */
#define OF_MEDICINE                                                            \
 "BREAST EYE SPINE KIDNEY RENAL LUNG VEIN JOINT BONE BRAIN PAIN SLEEP STROKE " \
 "TRAUMA DIABETES DIALYSIS FERTILITY ENDOSCOPY DENTAL WOMEN WOMENS CHILDREN "  \
 "CHILDRENS REHABILITATION ORTHOPEDIC ORTHOPAEDIC SURGERY ONCOLOGY VASCULAR "  \
 "MEDICAL MED HEART HEALTH IMAGING CANCER DIAGNOSTIC SURGICAL CARE CARDIAC "   \
 "MEDISCH MEDISCHE MEDICO MEDICA MEDYCZNE MEDYCZNY MEDICINSKT MEDIZINISCHES "  \
 "HOSPITALAR HOSPITALIER HOSPITALARIO DIAGNOSTICO DIAGNOSTYCZNE SALUD SAUDE "  \
 "SALUTE SANTE ZDROWIA ONKOLOGII KARDIOLOGII GEZONDHEID SANITARIO"

/* "Medical Center", "Centro Medico", "Centro de Salud" */
static bool is_centre(const shape *s, size_t i)
{
    size_t next = i + 1 + is(s, i + 1, "DE DI DA DO VOOR OF FOR");
    size_t before = i && is(s, i - 1, "S") ? i - 1 : i; /* Women's */

    return is(s, i, CENTRES) && ((before && is(s, before - 1, OF_MEDICINE)) ||
                                 is(s, next, OF_MEDICINE));
}

static bool is_institution(const shape *s, size_t i)
{
    return is(s, i, HOSPITALS) || has_part(s, i, HOSPITAL_HEADS, false) ||
           has_part(s, i, HOSPITAL_TAILS, true) || is_centre(s, i) ||
           (is(s, i, OF_MEDICINE) &&
            ((i && is_centre(s, i - 1)) ||
             (i + 1 < s->line->token_count && is_centre(s, i + 1))));
}

static void institution_word(const shape *s, size_t beside)
{
    if (is_alphabetic(s, beside) && is_unknown(s, beside))
        mark(s, beside, DSC_CLASS_INSTITUTION, 0.7f, "institution",
             "the name of an institution");
}

static void institutions(const shape *s)
{
    for (size_t i = 0; i < s->line->token_count; i++) {
        if (!is_institution(s, i))
            continue;
        mark(s, i, DSC_CLASS_INSTITUTION, 0.7f, "institution",
             "the name of an institution");
        for (size_t k = 1; k <= AROUND; k++) {
            if (k <= i)
                institution_word(s, i - k);
            institution_word(s, i + k);
        }
    }
}

/* ---- names ---- */

static bool may_be_name(const shape *s, size_t i)
{
    const dsc_policy__token *t = &s->line->tokens[i];

    return i < s->line->token_count && is_alphabetic(s, i) && length(t) >= 2 &&
           !s->line->text[t->start].lower && is_unknown(s, i);
}

static bool is_initial(const shape *s, size_t i)
{
    return is_alphabetic(s, i) && length(&s->line->tokens[i]) == 1;
}

static bool beside_initial(const shape *s, size_t i)
{
    return (i && is_initial(s, i - 1)) || is_initial(s, i + 1);
}

static bool has_name(const shape *s, size_t i)
{
    const dsc_policy__token *t = &s->line->tokens[i];

    return may_be_name(s, i) &&
           dsc_policy__is_name(s->line->text + t->start, length(t));
}

/* An ordinary word that people are called as well. */
static bool is_ordinary_name(const shape *s, size_t i)
{
    const dsc_policy__token *t = &s->line->tokens[i];

    return has_name(s, i) &&
           dsc_policy__is_ordinary(s->line->text + t->start, length(t));
}

/* Two words of a line, or more, and all of them names: "Rod Chin" */
static bool are_names(const shape *s)
{
    size_t words = 0;

    for (size_t i = 0; i < s->line->token_count; i++) {
        if (!is_alphabetic(s, i))
            continue;
        if (!is_ordinary_name(s, i))
            return false;
        words++;
    }
    return words >= 2;
}

/* Ordinary words and terms that are names need an initial beside them; the
 * former may be all of a line as well. */
static bool in_list(const shape *s, size_t i)
{
    const dsc_policy__token *t = &s->line->tokens[i];

    if (!has_name(s, i))
        return false;
    if (beside_initial(s, i))
        return true;
    if (is_ordinary_name(s, i))
        return s->all_names;
    return dsc_policy__token_piece(s->line, t) == DSC_PIECE_NONE;
}

/* Three letters are a name only where another name stands beside, or an
 * initial. */
static bool is_listed_name(const shape *s, size_t i)
{
    return in_list(s, i) &&
           (length(&s->line->tokens[i]) > 3 || (i && may_be_name(s, i - 1)) ||
            may_be_name(s, i + 1) || (i && is_called(s, i - 1)) ||
            is_called(s, i + 1) || beside_initial(s, i));
}

static void list_name(const shape *s, size_t i)
{
    mark(s, i, DSC_CLASS_NAME, 0.6f, "name-list", "somebody's name");
    for (int side = -1; side <= 1; side += 2) {
        size_t beside = i + (size_t)side;
        /* Two words of a name, one of which no list has. */
        if (beside < s->line->token_count && may_be_name(s, beside) &&
            !in_list(s, beside))
            mark(s, beside, DSC_CLASS_NAME, 0.5f, "name-beside",
                 "beside somebody's name");
    }
}

/* May a word be half of a name, whatever the lists know of it? A unit after its
 * number is none. */
static bool may_be_half(const shape *s, size_t i)
{
    const dsc_policy__token *t = &s->line->tokens[i];

    return i < s->line->token_count && is_alphabetic(s, i) && length(t) >= 2 &&
           !s->line->text[t->start].lower &&
           !(i && dsc_policy__token_piece(s->line, t) == DSC_PIECE_UNIT &&
             dsc_policy__token_piece(s->line, t - 1) == DSC_PIECE_NUMBER_UNIT);
}

/* Two words, one of which nobody knows: "Liver, Spleen" are none. */
static bool may_be_halves(const shape *s, size_t i)
{
    return may_be_half(s, i) && may_be_half(s, i + 1) &&
           (may_be_name(s, i) || may_be_name(s, i + 1));
}

/* "SMITH, J" and "SMITH^JOHN" */
static void name_form(const shape *s, size_t i)
{
    const dsc_policy__token *t = &s->line->tokens[i];
    uint32_t sign = at(s, t->end);
    bool caret = sign == '^' && is_alphabetic(s, i) && is_alphabetic(s, i + 1);
    /* The same, misread. */
    bool star = sign == '*' && may_be_halves(s, i) && length(t) >= 3 &&
                length(&t[1]) >= 3 && t[1].start == t->end + 1;
    bool comma = sign == ',' && may_be_halves(s, i) && length(t) >= 3 &&
                 t[1].start - t->end <= 2;

    if (!caret && !comma && sign == ',' && may_be_name(s, i) &&
        length(t) >= 3 && is_alphabetic(s, i + 1) && length(&t[1]) == 1)
        comma = true;
    for (size_t k = i; (caret || star || comma) && k <= i + 1; k++)
        mark(s, k, DSC_CLASS_NAME, 0.7f, "name-form",
             "written as a name: Last, First");
}

/* Sides, and what anatomy is written with: "L. Kidney", "A. femoralis". */
#define LATIN "AVNMLR"

static bool may_be_initial(const shape *s, size_t i, bool of_site)
{
    uint32_t c;

    if (!is_initial(s, i) || !is_unknown(s, i))
        return false;
    c = at(s, s->line->tokens[i].start);
    return c < 0x80 && !(of_site && strchr(LATIN, (int)c));
}

static bool is_digit_at(const shape *s, size_t i)
{
    return i < s->line->token_count &&
           dsc_policy__is_digit(at(s, s->line->tokens[i].start));
}

/* "Jo", "AL": two letters that nobody knows; "MR Peak" is a valve's. */
static bool is_short(const shape *s, size_t i)
{
    return may_be_name(s, i) && length(&s->line->tokens[i]) == 2 &&
           !is(s, i, UNSURE_TITLES);
}

/* "Rein D" is a kidney on the right, "HEAD W/O" without contrast. */
static bool is_initial_behind(const shape *s, size_t i)
{
    bool side = (is(s, i, "REIN") && is(s, i + 1, "D G")) ||
                (is(s, i, "MANO") && is(s, i + 1, "D I"));
    bool without = is(s, i + 1, "W") && is(s, i + 2, "O") &&
                   at(s, s->line->tokens[i + 1].end) == '/';

    return may_be_initial(s, i + 1, true) && !side && !without;
}

/* "J HEAD", "JO HEAD", "M A HEAD": a term that people are called needs no sign.
 * E of an echo stands before its peak. */
static bool has_initial(const shape *s, size_t i, bool label)
{
    bool before =
        i && may_be_initial(s, i - 1, true) && !(label && is(s, i - 1, "E"));

    /* "Frame rate" is no name. */
    if (!is_called(s, i) ||
        (i + 1 < s->line->token_count && !is_unknown(s, i + 1)))
        return false;
    return (before || is_initial_behind(s, i) || is_short(s, i + 1) ||
            (i && is_short(s, i - 1)) ||
            (i > 1 && may_be_initial(s, i - 1, false) &&
             may_be_initial(s, i - 2, false)));
}

/* "B. PEAK" and "PEAK, B": a term that nobody is known to be called, written as
 * people are. */
static void term_form(const shape *s, size_t i)
{
    const dsc_policy__token *t = &s->line->tokens[i];
    dsc_policy__piece piece = dsc_policy__token_piece(s->line, t);
    bool site = piece != DSC_PIECE_LABEL && piece != DSC_PIECE_ALIKE, before;

    if (piece <= DSC_PIECE_DATE || piece >= DSC_PIECE_NUMBER_UNIT ||
        !is_alphabetic(s, i) || length(t) < 3 ||
        s->line->text[t->start].lower || is_digit_at(s, i + 1))
        return;
    before = i && !is_digit_at(s, i - 2) && at(s, t[-1].end) == '.' &&
             t->start - t[-1].end <= 2 && may_be_initial(s, i - 1, site);
    if (before ||
        (at(s, t->end) == ',' && i + 1 < s->line->token_count &&
         t[1].start - t->end <= 2 && may_be_initial(s, i + 1, site)) ||
        has_initial(s, i, !site))
        mark(s, i, DSC_CLASS_NAME, 0.5f, "name-form",
             "a term beside an initial");
}

/* "LA KHANI": a name of five letters and more that broke at a gap, of which
 * one piece is a term by chance. Letters and digits stand without gaps in the
 * solid text. */
static void broken_name(const shape *s, size_t i)
{
    const dsc_policy__token *t = &s->line->tokens[i];
    size_t both;

    if (i + 1 >= s->line->token_count || t[1].start != t->end + 1 ||
        at(s, t->end) != ' ' || !is_alphabetic(s, i) || length(t) < 2 ||
        !is_alphabetic(s, i + 1) || length(&t[1]) < 2 ||
        !(is_unknown(s, i) || is_unknown(s, i + 1)))
        return;
    both = length(t) + length(&t[1]);
    if (both < 5 || !dsc_policy__is_name(s->line->solid + t->solid, both))
        return;
    for (size_t k = i; k <= i + 1; k++)
        mark(s, k, DSC_CLASS_NAME, 0.5f, "name-list",
             "somebody's name, in two pieces");
}

static void names(const shape *s)
{
    for (size_t i = 0; i < s->line->token_count; i++) {
        broken_name(s, i);
        if (is_listed_name(s, i))
            list_name(s, i);
        name_form(s, i);
        term_form(s, i);
    }
}

void dsc_policy__match_shapes(const dsc_policy__line *line,
                              dsc_policy__mark *marks)
{
    shape s = {line, marks, false};

    s.all_names = are_names(&s);
    contacts(&s);
    long_numbers(&s);
    streets(&s);
    ages(&s);
    titles(&s);
    institutions(&s);
    names(&s);
}
