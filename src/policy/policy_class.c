/* SPDX-License-Identifier: Apache-2.0
 *
 * Captions ("Name:", "ID") and what a word looks like that identifies nobody.
 */
#include "policy/policy_term.h"

#include <string.h>

static bool token_is(const dsc_policy__line *line, const dsc_policy__token *t,
                     const char *word, size_t length)
{
    if (t->end - t->start != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (line->text[t->start + i].c != (unsigned char)word[i])
            return false;
    return true;
}

size_t dsc_policy__token_digits(const dsc_policy__line *line,
                                const dsc_policy__token *t)
{
    size_t n = 0;

    for (size_t i = t->start; i < t->end; i++)
        n += dsc_policy__is_digit(line->text[i].c);
    return n;
}

bool dsc_policy__token_in(const dsc_policy__line *line,
                          const dsc_policy__token *t, const char *words)
{
    while (*words) {
        size_t n = strcspn(words, " ");
        if (token_is(line, t, words, n))
            return true;
        words += n + (words[n] == ' ');
    }
    return false;
}

/* A point is a sign behind these: "Perf. Peak" */
#define SHORT_PERSONS "OP OPER SONO TECH REF REFD PERF PHYS ATT UNT UNTERS BEF"

/* What announces a value, in the languages of the month names. Those with
 * `sign` are words of their own, or parts of labels, but before a colon. */
static const struct {
    const char *words;
    dsc_class cls;
    bool sign;
} captions[] = {
    {"NAME PATIENT PAT PATIENTNAME PTNAME PT NOM PRENOM PRENOMS NOMBRE NOMBRES "
     "APELLIDO APELLIDOS NAAM VOORNAAM ACHTERNAAM COGNOME SOBRENOME APELIDO "
     "VORNAME NACHNAME FAMILIENNAME SURNAME LASTNAME FIRSTNAME FORENAME "
     "PACIENTE PAZIENTE PATIENTIN PATIENTE PACJENT NAZWISKO IMIE NAMN FORNAMN "
     "EFTERNAMN",
     DSC_CLASS_NAME, false},
    {"NOME NE PTE", DSC_CLASS_NAME, true},
    {"ID PID PATID PATIENTID PATIENTENID MRN ACC ACCESSION ACCNO SSN NHS KVNR "
     "CASENO EXAMID FALLNR FALLNUMMER PATNR VERSNR IPP NDA NSS DNI NHC BSN "
     "PESEL PERSONNR PERSONNUMMER CPF AUFTRAGSNR ORDERNO",
     DSC_CLASS_ID, false},
    /* "Ex: 2411" is the number of the examination */
    {"EX CASE ORDER EXAM CF", DSC_CLASS_ID, true},
    {"DOB GEB GEBOREN GEBURTSDATUM GEBDATUM BORN BIRTH NEE NATO NATA BIRTHDATE "
     "BIRTHDAY NAISSANCE BDAY DDN NACIMIENTO FNAC NASCITA NASCIMENTO "
     "GEBOORTEDATUM URODZENIA URODZONY URODZONA FODD FODELSEDATUM",
     DSC_CLASS_BIRTH, false},
    {"DR PHYSICIAN OPR OPERATOR SONOGRAPHER REFERRING RADIOLOGIST UNTERSUCHER ARZT "
     "PROF TECHNOLOGIST TECHNICIAN TECHNIKER TECHNICIEN MEDECIN RADIOLOGUE "
     "OPERATEUR OPERADOR OPERATORE LEKARZ LAKARE ATTENDING MTRA",
     DSC_CLASS_PERSON, false},
    {"BY STAFF USER READER MD DOC MEDICO MEDICA ARTS MTA PERFORMED REQUESTED",
     DSC_CLASS_PERSON, true},
    {SHORT_PERSONS, DSC_CLASS_PERSON, true},
    {"TEL TELEFON TELEPHONE PHONE FAX MOBIL FON EMAIL ADDRESS ADRESSE "
     "DIRECCION INDIRIZZO ADRES ADRESS ENDERECO PLZ",
     DSC_CLASS_CONTACT, false},
    {"MAIL MOBILE ZIP", DSC_CLASS_CONTACT, true},
    {"SEX GENDER GESCHLECHT SEXO SESSO GESLACHT PLEC SEXE ALTER EDAD LEEFTIJD "
     "IDADE",
     DSC_CLASS_AGE, false},
    {"AGE WIEK ALDER ETA KON", DSC_CLASS_AGE, true},
    {"INSTITUTION INSTITUCION ISTITUZIONE INSTELLING", DSC_CLASS_INSTITUTION,
     false},
    {"DEPT DEPARTMENT ABTEILUNG STATION WARD HOSP HOSPITAL SITE",
     DSC_CLASS_INSTITUTION, true}};

/* Between a caption and its value. */
static const char fillers[] = "NO NR NUM NUMBER ID OF DATE AM THE DE LE LA DEL "
                              "DI DATA DATUM NUMERO NUMMER NUMER N";

/* The character after a token is a sign that belongs to it. */
static uint32_t sign_after(const dsc_policy__line *line,
                           const dsc_policy__token *t)
{
    size_t i = t->end;

    /* "MD :" */
    if (i + 1 < line->text_count && line->text[i].c == ' ' &&
        line->text[i + 1].c == ':')
        i++;
    return i < line->text_count ? line->text[i].c : ' ';
}

static bool is_number_word(const dsc_policy__line *line,
                           const dsc_policy__token *t)
{
    return dsc_policy__token_digits(line, t) == t->end - t->start;
}

/* "DR 60", in capitals; "Dr Bo" may be read as "Dr 80". */
static bool is_dynamic_range(const dsc_policy__line *line, size_t i,
                             uint32_t sign)
{
    const dsc_policy__token *t = &line->tokens[i];

    return i + 1 < line->token_count && sign == ' ' &&
           token_is(line, t, "DR", 2) && !line->text[t->start + 1].lower &&
           is_number_word(line, t + 1) && t[1].end - t[1].start <= 3;
}

/* A number of three digits follows these. */
#define NUMBERED "CASE EXAM ORDER"

/* What people do: "Performed by Hand". "Obscured by gas", "GA by LMP" name
 * nobody. */
#define DEEDS                                                                  \
 "PERFORMED OPERATED SCANNED READ REPORTED SIGNED APPROVED VERIFIED "          \
 "DICTATED EXAMINED ACQUIRED REVIEWED REQUESTED ORDERED REFERRED "             \
 "INTERPRETED CONFIRMED DONE TAKEN"

/* "by" begins its line, or follows a deed. */
static bool tells_who(const dsc_policy__line *line, size_t i)
{
    const dsc_policy__token *t = &line->tokens[i];

    return token_is(line, t, "BY", 2) &&
           (!i || dsc_policy__token_in(line, t - 1, DEEDS)) &&
           dsc_policy__token_piece(line, t) <= DSC_PIECE_NAME_TERM &&
           !dsc_policy__token_digits(line, t + 1);
}

static bool announces(uint32_t sign)
{
    return sign == ':' || sign == '#';
}

/* A sign, or what stands for it: "Perf. Peak", "Case 3582", "performed by
 * Hand"; "3 by 4 cm" is none. */
static bool speaks_alone(const dsc_policy__line *line, size_t i, uint32_t sign)
{
    const dsc_policy__token *t = &line->tokens[i];

    if (announces(sign))
        return true;
    if (i + 1 >= line->token_count)
        return false;
    if (sign == '.' && dsc_policy__token_in(line, t, SHORT_PERSONS))
        return !line->text[t[1].start].lower; /* not "Op. scar" */
    if (dsc_policy__token_in(line, t, NUMBERED))
        return dsc_policy__token_digits(line, t + 1) >= 3;
    return tells_who(line, i);
}

/* "D.O.B.": its last letter speaks for all. */
static bool is_dotted_dob(const dsc_policy__line *line, size_t i)
{
    const dsc_policy__token *t = &line->tokens[i];

    return i >= 2 && token_is(line, t, "B", 1) &&
           token_is(line, t - 1, "O", 1) && token_is(line, t - 2, "D", 1) &&
           t->start - t[-2].start == 4 && sign_after(line, t - 1) == '.';
}

static bool caption_of(const dsc_policy__line *line, size_t i, dsc_class *cls)
{
    const dsc_policy__token *t = &line->tokens[i];
    uint32_t sign = sign_after(line, t);

    if (is_dotted_dob(line, i)) {
        *cls = DSC_CLASS_BIRTH;
        return true;
    }

    /* "PAT T: 37.0C" is the patient's temperature. */
    if (i + 1 < line->token_count && token_is(line, t, "PAT", 3) &&
        token_is(line, t + 1, "T", 1))
        return false;
    if (is_dynamic_range(line, i, sign))
        return false;
    for (size_t k = 0; k < sizeof captions / sizeof captions[0]; k++)
        if ((!captions[k].sign || speaks_alone(line, i, sign)) &&
            dsc_policy__token_in(line, t, captions[k].words)) {
            *cls = captions[k].cls;
            return true;
        }
    return false;
}

/* A caption with its sign or without. */
static bool head_of(const dsc_policy__line *line, size_t i, dsc_class *cls)
{
    for (size_t k = 0; k < sizeof captions / sizeof captions[0]; k++)
        if (dsc_policy__token_in(line, &line->tokens[i], captions[k].words)) {
            *cls = captions[k].cls;
            return true;
        }
    return false;
}

/* How many words a caption has at most: "exam 2019 no change" has one. */
static unsigned words_of(const dsc_policy__line *line, size_t i, dsc_class cls)
{
    const dsc_policy__token *t = &line->tokens[i];
    uint32_t sign = sign_after(line, t);

    return cls == DSC_CLASS_AGE ||
                   (!announces(sign) && dsc_policy__token_in(line, t, NUMBERED))
               ? 1
               : 3;
}

/* Words after a caption, to the next caption or measurement. */
static void mark_value(const dsc_policy__line *line, size_t i, dsc_class cls,
                       dsc_policy__mark *marks)
{
    uint32_t last = line->tokens[i].word;
    unsigned words = 0, most = words_of(line, i, cls);
    bool inside = true;

    for (size_t k = i + 1; k < line->token_count; k++) {
        const dsc_policy__token *t = &line->tokens[k];
        dsc_class other;
        bool glued = t->word == line->tokens[i].word;
        /* "by LA": at the end they are initials. */
        if (inside && dsc_policy__token_in(line, t, fillers) &&
            !(k + 1 == line->token_count &&
              dsc_policy__token_in(line, t, "AM DE LE LA DI")))
            continue;
        if (caption_of(line, k, &other)) {
            if (inside) /* "Patient name": the second one speaks */
                return;
            break;
        }
        /* "ID 1234 M" is no length: the M is the patient's sex. */
        if ((!inside || (cls != DSC_CLASS_ID && cls != DSC_CLASS_AGE)) &&
            dsc_policy__token_piece(line, t) == DSC_PIECE_NUMBER_UNIT)
            break;
        if (t->word != last || glued) {
            if (t->word != last && ++words > most)
                break;
            last = t->word;
        }
        inside = false;
        dsc_policy__mark_word(&marks[t->word], cls, 0.7f, "caption",
                              "beside a caption such as Name or ID");
    }
}

void dsc_policy__match_captions(const dsc_policy__line *line,
                                dsc_policy__mark *marks)
{
    dsc_class cls;

    for (size_t i = 0; i < line->token_count; i++)
        if (caption_of(line, i, &cls))
            mark_value(line, i, cls, marks);
}

/* Captions without a sign that were read worse do not speak to the next line.
 */
#define READ_WELL 0.5F

/* May the caption `i` speak to the next line? It ends this one, with a sign, or
 * all of the line are captions, of which one is sure: "DOB SEX AGE". */
static bool ends_line(const dsc_policy__line *line, size_t i, size_t before)
{
    uint32_t sign = sign_after(line, &line->tokens[i]);
    bool last = true, only = true, sure = false;
    dsc_class other;

    for (size_t k = 0; k < line->token_count; k++) {
        const dsc_policy__token *t = &line->tokens[k];
        bool filler = dsc_policy__token_in(line, t, fillers);
        if (t->word >= before)
            break;
        if (k > i) {
            last = last && filler;
            sign = sign_after(line, t);
        }
        sure = sure || caption_of(line, k, &other);
        only = only && line->confidence[t->word] >= READ_WELL &&
               (filler || head_of(line, k, &other));
    }
    return last &&
           ((only && sure) || (announces(sign) && caption_of(line, i, &other)));
}

void dsc_policy__match_announced(const dsc_policy__line *line, size_t before,
                                 dsc_policy__mark *marks)
{
    dsc_class cls;

    for (size_t i = 0; i < line->token_count && line->tokens[i].word < before;
         i++)
        if (head_of(line, i, &cls) && ends_line(line, i, before))
            mark_value(line, i, cls, marks);
}

bool dsc_policy__is_head(const dsc_policy__line *line, size_t word)
{
    dsc_class cls;

    for (size_t i = 0; i < line->token_count; i++)
        if (line->tokens[i].word == word)
            return head_of(line, i, &cls);
    return false;
}

/* ---- harmless classes ---- */

static void set_class(dsc_policy__mark *mark, dsc_class cls, float confidence)
{
    if (mark->identifying || mark->cls == DSC_CLASS_MEASUREMENT)
        return;
    mark->cls = cls;
    mark->confidence = confidence;
}

void dsc_policy__guess(const dsc_policy__line *line, dsc_policy__mark *marks)
{
    bool letters = false;

    for (size_t i = 0; i < line->token_count; i++)
        letters = letters || !is_number_word(line, &line->tokens[i]);
    for (size_t i = 0; i < line->token_count; i++) {
        const dsc_policy__token *t = &line->tokens[i];
        dsc_policy__mark *m = &marks[t->word];
        uint32_t first = line->text[t->start].c;
        if (is_number_word(line, t) || dsc_policy__is_digit(first))
            set_class(m, letters ? DSC_CLASS_MEASUREMENT : DSC_CLASS_SCALE,
                      letters ? 0.6f : 0.4f);
        else if (m->cls != DSC_CLASS_UNIT)
            set_class(m, DSC_CLASS_LABEL, 0.4f);
    }
}
