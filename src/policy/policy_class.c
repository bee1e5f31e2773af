/* SPDX-License-Identifier: Apache-2.0
 *
 * Captions ("Name:", "ID") and what a word looks like that identifies nobody.
 */
#include "policy/policy_priv.h"

#include <string.h>

static bool token_is(const dsc_policy__line *line, const dsc_policy__token *t,
                     const char *word)
{
    size_t n = t->end - t->start;

    for (size_t i = 0; i < n; i++)
        if (!word[i] || line->text[t->start + i].c != (unsigned char)word[i])
            return false;
    return !word[n];
}

static bool token_in(const dsc_policy__line *line, const dsc_policy__token *t,
                     const char *const *list)
{
    for (; *list; list++)
        if (token_is(line, t, *list))
            return true;
    return false;
}

static const char *const name_captions[] = {
    "NAME",     "PATIENT",  "PAT",      "PATIENTNAME", "NOM",
    "PRENOM",   "NOMBRE",   "APELLIDO", "NAAM",        "COGNOME",
    "VORNAME",  "NACHNAME", "SURNAME",  "LASTNAME",    "FIRSTNAME",
    "PACIENTE", "PAZIENTE", "PTNAME",   "PT",          NULL};
static const char *const id_captions[] = {
    "ID",    "PID", "PATID", "PATIENTID", "MRN",    "ACC",    "ACCESSION",
    "ACCNO", "SSN", "NHS",   "KVNR",      "CASENO", "EXAMID", NULL};
static const char *const birth_captions[] = {
    "DOB", "GEB",  "GEBOREN",   "GEBURTSDATUM", "GEBDATUM",  "BORN", "BIRTH",
    "NEE", "NATO", "BIRTHDATE", "BIRTHDAY",     "NAISSANCE", "BDAY", NULL};
static const char *const person_captions[] = {
    "DR",          "PHYSICIAN",   "OPERATOR", "SONOGRAPHER", "REFERRING",
    "RADIOLOGIST", "UNTERSUCHER", "ARZT",     "PROF",        NULL};
/* Between a caption and its value. */
static const char *const fillers[] = {"NO", "NR",   "NUM", "NUMBER", "ID",
                                      "OF", "DATE", "AM",  "THE",    NULL};

static const struct {
    const char *const *words;
    dsc_class cls;
} captions[] = {{name_captions, DSC_CLASS_NAME},
                {id_captions, DSC_CLASS_ID},
                {birth_captions, DSC_CLASS_BIRTH},
                {person_captions, DSC_CLASS_PERSON}};

/* The character after a token is a sign that belongs to it. */
static uint32_t sign_after(const dsc_policy__line *line,
                           const dsc_policy__token *t)
{
    return t->end < line->text_count ? line->text[t->end].c : ' ';
}

static bool caption_of(const dsc_policy__line *line, size_t i, dsc_class *cls)
{
    const dsc_policy__token *t = &line->tokens[i];

    /* "PAT T: 37.0C" is the patient's temperature. */
    if (i + 1 < line->token_count && token_is(line, t, "PAT") &&
        token_is(line, t + 1, "T"))
        return false;
    /* "Ex: 2411" is the number of the examination. */
    if (token_is(line, t, "EX") && sign_after(line, t) == ':') {
        *cls = DSC_CLASS_ID;
        return true;
    }
    for (size_t k = 0; k < sizeof captions / sizeof captions[0]; k++)
        if (token_in(line, t, captions[k].words)) {
            *cls = captions[k].cls;
            return true;
        }
    return false;
}

static const char *const units[] = {
    "CM",  "MM",   "M",   "CM2", "CM3", "MM2", "ML",  "L",   "MS",   "S",
    "SEC", "MIN",  "HZ",  "KHZ", "MHZ", "DB",  "BPM", "FPS", "MMHG", "KG",
    "KV",  "KVP",  "MA",  "MAS", "MGY", "GY",  "HU",  "C",   "G",    "DEG",
    "PX",  "LMIN", "MSV", "MW",  "W",   "CMS", "LPM", "MPS", NULL};

static bool is_number_word(const dsc_policy__line *line,
                           const dsc_policy__token *t)
{
    for (size_t i = t->start; i < t->end; i++)
        if (!dsc_policy__is_digit(line->text[i].c))
            return false;
    return true;
}

/* A token of digits followed by a unit: with or without a space. */
static bool starts_measurement(const dsc_policy__line *line, size_t i)
{
    const dsc_policy__token *t = &line->tokens[i];
    size_t k = i;

    if (!is_number_word(line, t) || t->end - t->start > 4)
        return false;
    if (k + 1 < line->token_count && sign_after(line, t) == '.' &&
        is_number_word(line, t + 1) && t[1].word == t->word)
        k++;
    if (sign_after(line, &line->tokens[k]) == '%')
        return true;
    return k + 1 < line->token_count &&
           token_in(line, &line->tokens[k + 1], units);
}

/* Words after a caption: three at most, to the next caption or measurement. */
static void mark_value(const dsc_policy__line *line, size_t i, dsc_class cls,
                       dsc_policy__mark *marks)
{
    uint32_t last = line->tokens[i].word;
    unsigned words = 0;
    bool inside = true;

    for (size_t k = i + 1; k < line->token_count; k++) {
        const dsc_policy__token *t = &line->tokens[k];
        dsc_class other;
        bool glued = t->word == line->tokens[i].word;
        if (inside && token_in(line, t, fillers))
            continue;
        if (caption_of(line, k, &other)) {
            if (inside) /* "Patient name": the second one speaks */
                return;
            break;
        }
        /* "ID 1234 M" is no length: the M is the patient's sex. */
        if ((!inside || cls != DSC_CLASS_ID) && starts_measurement(line, k))
            break;
        if (t->word != last || glued) {
            if (t->word != last && ++words > 3)
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
        else if (token_in(line, t, units))
            set_class(m, DSC_CLASS_UNIT, 0.6f);
        else if (m->cls != DSC_CLASS_UNIT)
            set_class(m, DSC_CLASS_LABEL, 0.4f);
    }
}
