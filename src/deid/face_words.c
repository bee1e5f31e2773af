/* SPDX-License-Identifier: Apache-2.0
 *
 * What part of the body a text or a code speaks of. */
#include "deid/face_priv.h"

#include <string.h>

/* Words as they come out of next_word(); a star stands for any end. Parts near
 * the head count: their images mostly show some of the face. */
static const char *const head_words[] = {
    "HEAD",        "HEADNECK",  "BRAIN*",     "CRAN*",   "INTRACRAN*",
    "SKULL",       "FACE",      "FACIAL",     "MAXILL*", "CEREBR*",
    "CEREBEL*",    "ENCEPH*",   "ENCEF*",     "NEURO*",  "KOPF*",
    "SCHADEL*",    "SCHAEDEL*", "HIRN*",      "GEHIRN*", "GESICHT*",
    "NNH",         "TETE",      "CERVEAU",    "VISAGE",  "CABEZA",
    "TESTA",       "VOLTO",     "CABECA",     "HOOFD",   "SCHEDEL",
    "HERSEN*",     "ORBIT*",    "SINUS*",     "SELLA",   "HYPOPHYS*",
    "PITUITARY",   "IAC",       "IAM",        "MANDIB*", "TMJ",
    "DENTAL",      "TEETH",     "JAW",        "JAWS",    "KIEFER*",
    "NECK",        "HALS",      "COU",        "CUELLO",  "COLLO",
    "CSPINE",      "CTSPINE",   "CERVICAL",   "HWS",     "MPRAGE",
    "FLAIR",       "STROKE",    "EYE",        "EYES",    "EAR",
    "EARS",        "NOSE",      "NASAL",      "NASO*",   "TONGUE",
    "PAROTID*",    "CAROTID*",  "WHOLEBODY",  "WB",      "GANZKORPER*",
    "FELSENBEIN*", "PETROUS",   "POLYTRAUMA", NULL};
static const char *const other_words[] = {
    "CHEST",    "THORA*",   "LUNG*",     "PULMON*",    "ABDOM*",  "PELVI*",
    "BECKEN*",  "HEART",    "CARDIA*",   "CARDIO*",    "HERZ*",   "CORONAR*",
    "KNEE*",    "KNIE*",    "GENOU",     "HIP",        "HIPS",    "HUFT*",
    "HUEFT*",   "SHOULDER", "SCHULTER*", "ANKLE",      "FOOT",    "FUSS*",
    "FEET",     "HAND",     "HANDS",     "WRIST",      "ELBOW",   "LIVER",
    "LEBER*",   "HEPAT*",   "KIDNEY*",   "RENAL",      "NIERE*",  "PROSTAT*",
    "LSPINE",   "LSSPINE",  "LUMBAR",    "LUMBAL*",    "LWS",     "BWS",
    "TSPINE",   "SSPINE",   "SACR*",     "EXTREMIT*",  "LEG",     "LEGS",
    "ARM",      "ARMS",     "FEMUR",     "TIBIA*",     "HUMER*",  "AORTA",
    "AORTIC",   "BREAST*",  "MAMM*",     "UTER*",      "BLADDER", "COLON*",
    "PANCREA*", "SPLEEN",   "TORSO",     "FOREARM",    "THIGH",   "CALF",
    "FINGER*",  "TOE*",     "CALCANEUS", "MEDIASTIN*", NULL};

/* SNOMED CT, and its older codes. */
static const char *const head_codes[] = {
    "69536005",  "T-D1100", "774007",    "T-D1000", "12738006",  "T-A0100",
    "89546000",  "T-11100", "89545001",  "T-D1200", "45048000",  "T-D1600",
    "122494005", "T-11501", "81745001",  "T-AA000", "117590005", "T-AB000",
    "45206002",  "T-21000", "363654007", "T-D1480", "2095001",   "T-22000",
    "661005",    "T-D1213", "91609006",  "T-11180", "70925003",  "T-11170",
    "53620006",  "T-15290", "361078006", "T-AB959", "42575006",  "T-D1460",
    "38266002",  "T-D0010", "1101003",   "T-D1400", NULL};
static const char *const other_codes[] = {
    "51185008", "T-D3000",   "818981001", "818983003", "T-D4000", "12921003",
    "T-D6000",  "80891009",  "T-32000",   "39607008",  "T-28000", "72696002",
    "T-D9200",  "76752008",  "T-04000",   "10200004",  "T-62000", "64033007",
    "T-71000",  "416775004", "T-D3000",   NULL};

/* Latin letters with marks, U+00C0 to U+00FF, without them. */
static const char plain[] =
    "AAAAAAACEEEEIIIIDNOOOOO OUUUUYTSAAAAAAACEEEEIIIIDNOOOOO OUUUUYTY";

/* The next run of letters, as capitals without marks; false at the end. */
static bool next_word(const char **text, char *word, size_t size)
{
    const unsigned char *p = (const unsigned char *)*text;
    size_t n = 0;

    for (; *p; p++) {
        char c = ' ';
        if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
            c = (char)(*p & ~0x20);
        else if (*p == 0xC3 && (p[1] & 0xC0) == 0x80)
            c = plain[*++p & 0x3F];
        if (c != ' ' && n + 1 < size)
            word[n++] = c;
        else if (c == ' ' && n)
            break;
    }
    word[n] = '\0';
    *text = (const char *)p;
    return n > 0;
}

static bool is_in(const char *word, const char *const *list)
{
    for (; *list; list++) {
        size_t n = strlen(*list);
        if ((*list)[n - 1] == '*' ? !strncmp(*list, word, n - 1)
                                  : !strcmp(*list, word))
            return true;
    }
    return false;
}

/* "femoral head", "humeral head" */
static bool is_bone(const char *before)
{
    return !strncmp(before, "FEMOR", 5) || !strncmp(before, "HUMER", 5);
}

unsigned dsc_face__words(const char *utf8)
{
    char word[40], before[40] = "";
    unsigned parts = 0;

    while (next_word(&utf8, word, sizeof word)) {
        if (is_in(word, head_words) && !is_bone(before))
            parts |= DSC_PART_HEAD;
        if (is_in(word, other_words))
            parts |= DSC_PART_OTHER;
        if (!strcmp(before, "WHOLE") && !strcmp(word, "BODY"))
            parts |= DSC_PART_HEAD;
        if (!strcmp(word, "SPINE") && before[0] && !before[1])
            parts |= before[0] == 'C' ? DSC_PART_HEAD : DSC_PART_OTHER;
        memcpy(before, word, sizeof before);
    }
    return parts;
}

unsigned dsc_face__code(const char *code)
{
    return is_in(code, head_codes)    ? DSC_PART_HEAD
           : is_in(code, other_codes) ? DSC_PART_OTHER
                                      : 0;
}
