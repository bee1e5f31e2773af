/* SPDX-License-Identifier: Apache-2.0
 *
 * The words were written down for this set alone, before any list of the
 * project was looked at, and are not to be used to make one. */
#include "words_lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX 32

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

static const language languages[LANGUAGES] = {
    {"en",
     {"Oliver", "Amelia", "Harriet", "Desmond", "Kimberly", "Tyrone",
      "Rosalind", "Graham", "Beatrice", "Leroy", "Philippa", "Wendell",
      "Shanice", "Trevor", "Gwendolyn", "Ezekiel", NULL},
     {"Hathaway", "Pemberton", "O'Connell", "McAllister", "Thornberry",
      "Whitcombe", "Abernathy", "Ngata", "Fairweather", "Kowalczyk",
      "Blackwood", "Stubbs", "Ollerenshaw", "Quimby", "Lockhart", "Dunmore",
      NULL},
     {"Saint Agatha Hospital", "Riverside Medical Center",
      "Queen Maud Infirmary", "Lakeview Clinic", NULL},
     {"14 Alder Lane", "221 Harbour Street", "7 Mill Road", NULL},
     {"Brackenford", "Port Ellery", "Wexcombe", NULL},
     {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
      "Nov", "Dec"},
     "Name:",
     "MRN:",
     "DOB:",
     "Dr.",
     "Acc:",
     "Tel.",
     {"Gain", "Liver", "Right Kidney", "Aorta", "Long Axis", "Freeze",
      "Abdomen", "Gallbladder", "Left Ventricle", "Spleen", NULL},
     {"Depth|cm", "Heart Rate|bpm", "Slice|mm", "Frame Rate|Hz", "Volume|ml",
      "Length|cm", NULL},
     '/'},
    {"de",
     {"Heinrich", "Ursula", "Jürgen", "Waltraud", "Günther", "Brunhilde",
      "Torsten", "Anneliese", "Dietmar", "Roswitha", "Sönke", "Friederike",
      "Volker", "Gisela", "Detlef", "Hannelore", NULL},
     {"Schönfelder", "Krautwurst", "Müllner", "Großkopf", "Weidenbacher",
      "Hübschmann", "Jäckel", "Rosenzweig", "Pfannenschmidt", "Oberländer",
      "Zwingenberger", "Bäumler", "Dachsberger", "Kühnel", "Strößner",
      "Ziegenhagen", NULL},
     {"Klinikum Lindenau", "Krankenhaus Sankt Ottilien",
      "Universitätsklinik Grünstadt", "Praxis am Markt", NULL},
     {"Lindenweg 12", "Hauptstraße 45", "Am Brunnen 3", NULL},
     {"Grünstadt", "Lindenau", "Oberweiler", NULL},
     {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August",
      "September", "Oktober", "November", "Dezember"},
     "Name:",
     "Pat.-Nr.:",
     "geb.",
     "Dr.",
     "Auftrag:",
     "Tel.",
     {"Verstärkung", "Leber", "Niere", "Milz", "Bauchspeicheldrüse",
      "Schilddrüse", "Herz", "Aorta", "Gallenblase", "Harnblase", NULL},
     {"Tiefe|cm", "Herzfrequenz|/min", "Schichtdicke|mm", "Länge|cm",
      "Volumen|ml", "Breite|mm", NULL},
     '.'},
    {"fr",
     {"Geneviève", "Thibault", "Solène", "Bertrand", "Océane", "Gaspard",
      "Mireille", "Hugues", "Apolline", "Baptiste", "Ghislaine", "Yannick",
      "Noémie", "Fabrice", NULL},
     {"Lefèvre", "Charbonnier", "Delacroix", "Beauchamp", "Rousselot",
      "Pelletier", "Desrosiers", "Guérin", "Montclair", "Vasseur", "Quéméner",
      "Boulanger", "Thévenet", "Marchandeau", NULL},
     {"Hôpital Sainte Colombe", "Clinique des Tilleuls",
      "Centre Hospitalier de Valmont", NULL},
     {"8 rue des Acacias", "31 avenue Foch", "5 place du Marché", NULL},
     {"Valmont", "Saint-Aubry", "Montreuil", NULL},
     {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
      "septembre", "octobre", "novembre", "décembre"},
     "Nom:",
     "IPP:",
     "né le",
     "Dr",
     "Dossier:",
     "Tél.",
     {"Foie", "Rein", "Rate", "Aorte", "Vessie", "Thyroïde", "Coeur", "Gain",
      "Pancréas", "Abdomen", NULL},
     {"Profondeur|cm", "Fréquence|Hz", "Epaisseur|mm", "Longueur|cm",
      "Volume|ml", NULL},
     '/'},
    {"es",
     {"Guadalupe", "Joaquín", "Remedios", "Íñigo", "Inmaculada", "Anselmo",
      "Begoña", "Rodrigo", "Encarnación", "Fermín", "Ximena", "Leandro", NULL},
     {"Etxeberria", "Villanueva", "Carrasco", "Ibáñez", "Montenegro",
      "Zamorano", "Peñalver", "Quintanilla", "Urrutia", "Bermúdez", "Salcedo",
      "Arrieta", NULL},
     {"Hospital Santa Eulalia", "Clínica del Rosario", "Centro Médico Aljarafe",
      NULL},
     {"Calle Mayor 17", "Avenida del Sol 203", "Plaza Nueva 4", NULL},
     {"Aljarafe", "Torrealta", "Ribera", NULL},
     {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto",
      "septiembre", "octubre", "noviembre", "diciembre"},
     "Nombre:",
     "NHC:",
     "Nac.",
     "Dr.",
     "Acceso:",
     "Tel.",
     {"Hígado", "Riñón", "Bazo", "Aorta", "Vejiga", "Tiroides", "Ganancia",
      "Páncreas", "Abdomen", "Corazón", NULL},
     {"Profundidad|cm", "Frecuencia|Hz", "Grosor|mm", "Longitud|cm",
      "Volumen|ml", NULL},
     '/'},
    {"it",
     {"Ludovica", "Ermenegildo", "Fiammetta", "Gennaro", "Ornella",
      "Baldassarre", "Concetta", "Tancredi", "Donatella", "Ruggero", "Carmela",
      "Sandro", NULL},
     {"Bellandi", "Castelnuovo", "Scognamiglio", "Pellegrini", "D'Angelo",
      "Mastrangelo", "Quaglia", "Zanetti", "Lo Presti", "Cavallaro",
      "Brambilla", "Vitale", NULL},
     {"Ospedale San Rocco", "Clinica Villa Azzurra", "Policlinico di Montalto",
      NULL},
     {"Via Garibaldi 22", "Corso Italia 108", "Piazza Dante 6", NULL},
     {"Montalto", "Villafranca", "Acquaviva", NULL},
     {"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio",
      "agosto", "settembre", "ottobre", "novembre", "dicembre"},
     "Nome:",
     "Codice:",
     "nato",
     "Dott.",
     "Accesso:",
     "Tel.",
     {"Fegato", "Rene", "Milza", "Aorta", "Vescica", "Tiroide", "Guadagno",
      "Pancreas", "Addome", "Cuore", NULL},
     {"Profondità|cm", "Frequenza|Hz", "Spessore|mm", "Lunghezza|cm",
      "Volume|ml", NULL},
     '/'},
    {"nl",
     {"Geertruida", "Wouter", "Annelies", "Sjoerd", "Femke", "Bartholomeus",
      "Marijke", "Joost", "Liesbeth", "Diederik", "Hendrikje", "Ruben", NULL},
     {"Vandersteen", "Hoogendoorn", "Kuipers", "Brouwers", "Zijlstra",
      "Oosterhuis", "Schoonhoven", "Wijnberg", "Terpstra", "Koopmans",
      "Veenstra", "Bloemendaal", NULL},
     {"Ziekenhuis Oosterwold", "Medisch Centrum Duinrand",
      "Polikliniek Westerpark", NULL},
     {"Kerkstraat 19", "Molenweg 88", "Dorpsplein 2", NULL},
     {"Oosterwold", "Duinrand", "Haverdam", NULL},
     {"januari", "februari", "maart", "april", "mei", "juni", "juli",
      "augustus", "september", "oktober", "november", "december"},
     "Naam:",
     "Patnr:",
     "geb.",
     "Dr.",
     "Opdracht:",
     "Tel.",
     {"Lever", "Nier", "Milt", "Aorta", "Blaas", "Schildklier", "Hart",
      "Galblaas", "Buik", "Gain", NULL},
     {"Diepte|cm", "Frequentie|Hz", "Dikte|mm", "Lengte|cm", "Volume|ml", NULL},
     '-'},
    {"pt",
     {"Filomena", "Gonçalo", "Conceição", "Anselmo", "Benedita", "Jerónimo",
      "Lurdes", "Vasco", "Graça", "Evaristo", "Iracema", "Duarte", NULL},
     {"Figueiredo", "Magalhães", "Vasconcelos", "Brandão", "Guimarães",
      "Cerqueira", "Teixeira", "Nogueira", "Quintela", "Sampaio", "Bragança",
      "Falcão", NULL},
     {"Hospital de São Bento", "Clínica da Boavista",
      "Centro Hospitalar do Vale", NULL},
     {"Rua das Flores 41", "Avenida Central 310", "Largo da Sé 9", NULL},
     {"Vale Formoso", "Boavista", "Ribeirão", NULL},
     {"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho",
      "agosto", "setembro", "outubro", "novembro", "dezembro"},
     "Nome:",
     "Processo:",
     "Nasc.",
     "Dr.",
     "Acesso:",
     "Tel.",
     {"Fígado", "Rim", "Baço", "Aorta", "Bexiga", "Tiroide", "Ganho",
      "Pâncreas", "Abdómen", "Coração", NULL},
     {"Profundidade|cm", "Frequência|Hz", "Espessura|mm", "Comprimento|cm",
      "Volume|ml", NULL},
     '/'},
    {"pl",
     {"Zdzisław", "Bożena", "Wojciech", "Małgorzata", "Grzegorz", "Stanisława",
      "Bogumił", "Jadwiga", "Mieczysław", "Halina", "Przemysław", "Danuta",
      NULL},
     {"Brzęczyszczykiewicz", "Wiśniewska", "Dąbrowski", "Szymańska",
      "Gołębiewski", "Pawłowska", "Zawadzki", "Krajewska", "Sobolewski",
      "Malinowska", "Jabłoński", "Rutkowska", NULL},
     {"Szpital Świętej Jadwigi", "Klinika Zdrowie", "Centrum Medyczne Podgórze",
      NULL},
     {"ul. Lipowa 27", "al. Wolności 140", "pl. Rynek 5", NULL},
     {"Podgórze", "Nowa Wola", "Zalesie", NULL},
     {"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca",
      "sierpnia", "września", "października", "listopada", "grudnia"},
     "Nazwisko:",
     "PESEL:",
     "ur.",
     "Dr",
     "Zlecenie:",
     "Tel.",
     {"Wątroba", "Nerka", "Śledziona", "Aorta", "Pęcherz", "Tarczyca", "Serce",
      "Trzustka", "Brzuch", "Gain", NULL},
     {"Głębokość|cm", "Częstotliwość|Hz", "Grubość|mm", "Długość|cm",
      "Objętość|ml", NULL},
     '.'},
    {"sv",
     {"Birgitta", "Torbjörn", "Åsa", "Gunnar", "Kerstin", "Örjan", "Majbritt",
      "Sigvard", "Annika", "Rolf", "Märta", "Håkan", NULL},
     {"Söderqvist", "Lindholm", "Åkerblom", "Björkman", "Hägglund", "Nyström",
      "Rosengren", "Ekström", "Wallander", "Sjöstrand", "Öberg", "Lönnroth",
      NULL},
     {"Sjukhuset Norrvik", "Vårdcentralen Ekbacken",
      "Universitetssjukhuset Södra", NULL},
     {"Storgatan 33", "Björkvägen 7", "Torget 1", NULL},
     {"Norrvik", "Ekbacken", "Lillsjön", NULL},
     {"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti",
      "september", "oktober", "november", "december"},
     "Namn:",
     "Personnr:",
     "född",
     "Dr",
     "Remiss:",
     "Tel.",
     {"Lever", "Njure", "Mjälte", "Aorta", "Urinblåsa", "Sköldkörtel", "Hjärta",
      "Bukspottkörtel", "Buk", "Gain", NULL},
     {"Djup|cm", "Frekvens|Hz", "Tjocklek|mm", "Längd|cm", "Volym|ml", NULL},
     '-'},
};

/* What devices show in any country: words, then a number's format and unit. */
static const char *const common[][3] = {
    {"LVIDd", "%d.%d", "cm"},
    {"IVSd", "%d.%d", "cm"},
    {"LVPWs", "%d.%d", "cm"},
    {"EF", "%d", "%"},
    {"E/A", "%d.%d", ""},
    {"LA Diam", "%d.%d", "cm"},
    {"AV Vmax", "%d.%d", "m/s"},
    {"MV PHT", "%d", "ms"},
    {"LVOT VTI", "%d.%d", "cm"},
    {"AV maxPG", "%d", "mmHg"},
    {"Dist", "%d.%d", "mm"},
    {"Area", "%d.%d", "cm2"},
    {"BPD", "%d.%d", "cm"},
    {"HC", "%d.%d", "cm"},
    {"FL", "%d.%d", "cm"},
    {"CRL", "%d.%d", "mm"},
    {"MI", "0.%d%d", ""},
    {"TIS", "0.%d%d", ""},
    {"FR", "%d", "Hz"},
    {"HR", "%d", "bpm"},
    {"Frq", "%d.%d", "MHz"},
    {"Gn", "%d", "dB"},
    {"DR", "%d", "dB"},
    {"PRF", "%d.%d", "kHz"},
    {"kV", "%d", ""},
    {"mAs", "%d", ""},
    {"DLP", "%d.%d", "mGycm"},
    {"CTDIvol", "%d.%d", "mGy"},
    {"SliceThk", "%d.%d", "mm"},
    {"TE", "%d", "ms"},
    {"TR", "%d", "ms"},
    {"FOV", "%d", "cm"},
    {"WL", "%d", ""},
    {"WW", "%d", ""},
    {"PI", "%d.%d", ""},
    {"RI", "0.%d%d", ""},
    {"Vol", "%d.%d", "ml"},
    {"D1", "%d.%d", "cm"},
};
static const char *const screens[] = {
    "PLAX",       "Apical 4 Chamber", "Freeze",     "2D",       "Color Doppler",
    "M-Mode",     "Adult Echo",       "Res",        "Gen",      "Parasternal",
    "Transverse", "Sagittal",         "CW Doppler", "Zoom",     "Map 1",
    "Sag",        "Supine",           "AP",         "Portable", "Axial"};

/* ---- chance ---- */

static uint32_t chance;

static uint32_t upto(uint32_t n)
{
    chance = chance * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(chance >> 8) * n >> 24);
}

static const char *pick(const char *const *list)
{
    uint32_t n = 0;

    while (list[n])
        n++;
    return list[upto(n)];
}

/* ---- words ---- */

/* Words of the text, split at its spaces. */
static void put(text_line *l, kind what, const char *fmt, ...)
{
    char text[256], *save = NULL;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    for (char *p = strtok_r(text, " ", &save); p && l->count < LINE_WORDS;
         p = strtok_r(NULL, " ", &save)) {
        text_word *w = &l->words[l->count++];
        snprintf(w->text, sizeof w->text, "%s", p);
        w->what = what;
    }
}

static void know(text_line *l, kind what, const char *vr, const char *fmt, ...)
{
    value *v = &l->header[l->values];
    va_list ap;

    if (l->values == LINE_VALUES)
        return;
    l->values++;
    v->what = what;
    v->vr = vr;
    va_start(ap, fmt);
    vsnprintf(v->text, sizeof v->text, fmt, ap);
    va_end(ap);
}

/* Capitals, as many screens write names: of two bytes in UTF-8 too. */
static void capitals(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p; p++) {
        unsigned c;
        if (*p >= 'a' && *p <= 'z')
            *p -= 32;
        if (*p < 0xC3 || *p > 0xC5 || !p[1])
            continue;
        c = (*p & 0x1Fu) << 6 | (p[1] & 0x3Fu);
        if (c >= 0xE0 && c <= 0xFE && c != 0xF7)
            c -= 32;
        else if ((c >= 0x139 && c <= 0x148) || c >= 0x179)
            c -= c % 2 == 0; /* capitals are odd there */
        else if (c >= 0x100)
            c -= c % 2;
        *p = (unsigned char)(0xC0 | c >> 6);
        *++p = (unsigned char)(0x80 | (c & 0x3F));
    }
}

static void date_text(const language *g, char *out, size_t size, char *yyyymmdd)
{
    unsigned y = 1930 + upto(93), m = 1 + upto(12), d = 1 + upto(28);

    snprintf(yyyymmdd, 9, "%04u%02u%02u", y, m, d);
    switch (upto(6)) {
    case 0:
        snprintf(out, size, "%u. %s %u", d, g->months[m - 1], y);
        break;
    case 1:
        snprintf(out, size, "%u %s %u", d, g->months[m - 1], y);
        break;
    case 2:
        snprintf(out, size, "%04u-%02u-%02u", y, m, d);
        break;
    default:
        if (g->order == '-')
            snprintf(out, size, "%04u-%02u-%02u", y, m, d);
        else
            snprintf(out, size, "%02u%c%02u%c%04u", d, g->order, m, g->order,
                     y);
    }
}

static void add_name(const language *g, text_line *l, kind what)
{
    char first[48], last[48];

    snprintf(first, sizeof first, "%s", pick(g->first));
    snprintf(last, sizeof last, "%s", pick(g->last));
    know(l, what, "PN", "%s^%s", last, first);
    if (upto(2)) {
        capitals(first);
        capitals(last);
    }
    switch (what == PERSON ? 3 + upto(2) : upto(5)) {
    case 0:
        put(l, what, "%s, %s", last, first);
        break;
    case 1:
        put(l, what, "%s %s", last, first);
        break;
    case 2:
        put(l, what, "%s^%s", last, first);
        break;
    case 3:
        put(l, what, "%s", last);
        break;
    default:
        put(l, what, "%s %s", first, last);
    }
}

static void add_id(const language *g, text_line *l, bool with_caption)
{
    char id[32];

    switch (upto(4)) {
    case 0:
        snprintf(id, sizeof id, "%08u", 10000 + upto(90000000));
        break;
    case 1:
        snprintf(id, sizeof id, "%c%c-%05u", 'A' + (int)upto(26),
                 'A' + (int)upto(26), 10000 + upto(90000));
        break;
    case 2:
        snprintf(id, sizeof id, "%06u-%04u", 100000 + upto(900000),
                 upto(10000));
        break;
    default:
        snprintf(id, sizeof id, "%c%07u", 'A' + (int)upto(26),
                 1000000 + upto(9000000));
    }
    know(l, ID, "LO", "%s", id);
    if (with_caption)
        put(l, CAPTION, "%s", upto(3) ? g->id : g->accession);
    put(l, ID, "%s", id);
}

static void add_date(const language *g, text_line *l, kind what)
{
    char text[64], day[9];

    date_text(g, text, sizeof text, day);
    know(l, what, "DA", "%s", day);
    put(l, what, "%s", text);
}

static void add_time(text_line *l)
{
    unsigned h = upto(24), m = upto(60), s = upto(60);

    know(l, TIME, "TM", "%02u%02u%02u", h, m, s);
    if (upto(4))
        put(l, TIME, "%02u:%02u:%02u", h, m, s);
    else
        put(l, TIME, "%u:%02u:%02u %s", h % 12 ? h % 12 : 12, m, s,
            h < 12 ? "AM" : "PM");
}

static void identifying(const language *g, text_line *l)
{
    const char *place;

    switch (upto(12)) {
    case 0:
    case 1:
        put(l, CAPTION, "%s", g->name);
        add_name(g, l, NAME);
        break;
    case 2:
    case 3:
        add_name(g, l, NAME);
        break;
    case 4:
        add_name(g, l, NAME);
        add_date(g, l, BIRTH);
        break;
    case 5:
        add_id(g, l, true);
        break;
    case 6:
        add_id(g, l, false);
        add_name(g, l, NAME);
        break;
    case 7:
        put(l, CAPTION, "%s", g->born);
        add_date(g, l, BIRTH);
        break;
    case 8:
        add_date(g, l, DATE);
        add_time(l);
        break;
    case 9:
        place = pick(g->hospital);
        know(l, INSTITUTION, "LO", "%s", place);
        put(l, INSTITUTION, "%s", place);
        break;
    case 10:
        put(l, CAPTION, "%s", g->doctor);
        add_name(g, l, PERSON);
        break;
    default:
        place = pick(g->street);
        if (upto(2)) {
            const char *city = pick(g->city);
            know(l, CONTACT, "LO", "%s, %05u %s", place, 12345, city);
            put(l, CONTACT, "%s, %05u %s", place, 12345, city);
        } else {
            unsigned a = 100 + upto(900), b = upto(10000000);
            know(l, CONTACT, "SH", "0%u %07u", a, b);
            put(l, CAPTION, "%s", g->phone);
            put(l, CONTACT, "0%u %07u", a, b);
        }
    }
}

/* ---- what stays ---- */

static void add_common(text_line *l)
{
    const char *const *c = common[upto(sizeof common / sizeof common[0])];
    unsigned a = 1 + upto(9), b = upto(10);

    put(l, SETTING, "%s", c[0]);
    if (!strcmp(c[1], "%d"))
        put(l, MEASUREMENT, "%u", 10 + upto(140));
    else if (c[1][0] == '0')
        put(l, MEASUREMENT, "0.%u%u", upto(10), b);
    else
        put(l, MEASUREMENT, "%u.%u%s", a, b, upto(3) ? "" : "7");
    put(l, UNIT, "%s", c[2]);
}

static void add_setting(const language *g, text_line *l)
{
    char text[48];
    const char *s = pick(g->settings), *unit = strchr(s, '|');

    snprintf(text, sizeof text, "%.*s", (int)(unit - s), s);
    put(l, SETTING, "%s", text);
    if (upto(2))
        put(l, MEASUREMENT, "%u.%u", 1 + upto(20), upto(10));
    else
        put(l, MEASUREMENT, "%u", 2 + upto(90));
    put(l, UNIT, "%s", unit + 1);
}

static void harmless(const language *g, text_line *l)
{
    switch (upto(6)) {
    case 0:
    case 1:
        add_common(l);
        break;
    case 2:
        add_common(l);
        add_common(l);
        break;
    case 3:
        add_setting(g, l);
        break;
    case 4:
        put(l, LABEL, "%s", pick(g->labels));
        break;
    default:
        put(l, LABEL, "%s", screens[upto(sizeof screens / sizeof *screens)]);
    }
}

/* ---- all of it ---- */

const char *kind_name(kind k)
{
    static const char *const names[KINDS] = {
        "name",    "id",          "date of birth", "date",
        "time",    "institution", "physician",     "address, phone",
        "caption", "measurement", "setting",       "label",
        "unit"};

    return names[k];
}

const char *language_name(unsigned i)
{
    return languages[i].code;
}

void make_line(uint32_t n, text_line *out)
{
    const language *g;

    memset(out, 0, sizeof *out);
    chance = n * 2654435761u + 97;
    upto(2);
    out->language = n % LANGUAGES;
    g = &languages[out->language];
    if (n / LANGUAGES % 2)
        identifying(g, out);
    else
        harmless(g, out);
    /* of every patient the header knows more than the line shows */
    if (!out->values) {
        know(out, NAME, "PN", "%s^%s", pick(g->last), pick(g->first));
        know(out, ID, "LO", "%08u", 10000000 + upto(90000000));
        know(out, BIRTH, "DA", "19%02u%02u%02u", 30 + upto(60), 1 + upto(12),
             1 + upto(28));
        know(out, INSTITUTION, "LO", "%s", pick(g->hospital));
    }
}
