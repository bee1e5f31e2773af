/* SPDX-License-Identifier: Apache-2.0
 *
 * The fictitious people and the list of strings that may never leak.
 */
#include "generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The names of people in the headers of the last three are in the encoding
 * that `charset` names; `shown` is UTF-8, as drawn. */
const gen_person gen_persons[GEN_PERSONS] = {
    {"", "Mustermann^Max", "Mustermann, Max", "FV-4711-0815", "19380819", "M",
     "Klinik am Fictivberg", "Klinik am Fictivberg", "Quacksalber^Otto",
     "Knipser^Karla", "ACC7734001", "20190314", "104207.000000", "FICTIVUS1",
     "Erfundene Gasse 17, 99999 Nirgendheim",
     "Erfundene Gasse 17, 99999 Nirgendheim"},
    {"", "Beispiel^Erika", "BEISPIEL Erika", "0098765432", "19641012", "F",
     "Praxis Dr. Erdacht", "Praxis Dr. Erdacht", "Erdacht^Petra",
     "Schaller^Uwe", "ACC7734002", "20201127", "083415", "SONOFICT2",
     "Luftschlossallee 3, 99998 Traumstadt",
     "Luftschlossallee 3, 99998 Traumstadt"},
    {"", "Doe^Jane^Q", "DOE, JANE Q", "JD-5550123", "19710402", "F",
     "Nowhere General Hospital", "NOWHERE GENERAL HOSPITAL", "Quackenbush^Ima",
     "Buttonwort^Bertha", "ACC7734003", "20210704", "161859", "NOWHERE-XR3",
     "12 Imaginary Lane, Nowhere", "12 Imaginary Lane, Nowhere"},
    {"ISO_IR 100", "M\xfc\xdfigbrodt^J\xfcrgen", "Müßigbrodt, Jürgen",
     "UML-220901", "19550923", "M", "Krankenhaus zum gr\xfcnen \xd6hr",
     "Krankenhaus zum grünen Öhr", "H\xe4mmerle^J\xf6rg", "Gr\xf6\xdfl^Anke",
     "ACC7734004", "20220119", "221133", "OEHR-CT4",
     "Stra\xdf"
     "e des \xdc"
     "berflusses 8",
     "Straße des Überflusses 8"},
    {"ISO_IR 192", "Łukasiewicz^Żaneta", "Łukasiewicz Żaneta", "PL-88112233",
     "19881122", "F", "Szpital Świętej Fikcji", "Szpital Świętej Fikcji",
     "Wyimaginowański^Jan", "Dźwięk^Ola", "ACC7734005", "20230808", "070605",
     "FIKCJA-US5", "ul. Nieistniejąca 44, Łódź", "ul. Nieistniejąca 44, Łódź"},
    {"\\ISO 2022 IR 87",
     "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B="
     "\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
     "YAMADA TAROU", "JP-0303-77", "19490503", "M", "Kakuu Byouin",
     "Kakuu Byouin", "Suzuki^Hanako", "Sato^Jiro", "ACC7734006", "20180930",
     "145012", "KAKUU-MR6", "Kakuu 1-2-3", "Kakuu 1-2-3"},
};

const char *gen_date_dots(const char *d)
{
    return gen_format("%.2s.%.2s.%.4s", d + 6, d + 4, d);
}

const char *gen_date_iso(const char *d)
{
    return gen_format("%.4s-%.2s-%.2s", d, d + 4, d + 6);
}

const char *gen_date_us(const char *d)
{
    return gen_format("%.2s/%.2s/%.4s", d + 4, d + 6, d);
}

const char *gen_date_words(const char *d)
{
    static const char *const month[] = {"JAN", "FEB", "MAR", "APR",
                                        "MAY", "JUN", "JUL", "AUG",
                                        "SEP", "OCT", "NOV", "DEC"};
    int m = (d[4] - '0') * 10 + (d[5] - '0');
    if (m < 1 || m > 12)
        gen_die("bad date");
    return gen_format("%.2s %s %.4s", d + 6, month[m - 1], d);
}

const char *gen_time_colons(const char *t)
{
    return gen_format("%.2s:%.2s:%.2s", t, t + 2, t + 4);
}

enum {
    MAX_PLANTED = 4096
};
static char *planted[MAX_PLANTED];
static int n_planted;

/* Short texts would turn up in any log by chance. */
void gen_plant(const char *text)
{
    if (strlen(text) < 4)
        return;
    for (int i = 0; i < n_planted; i++)
        if (strcmp(planted[i], text) == 0)
            return;
    if (n_planted == MAX_PLANTED)
        gen_die("too many planted strings");
    planted[n_planted] = strdup(text);
    if (!planted[n_planted++])
        gen_die("out of memory");
}

/* The whole name and each of its parts, as stored. */
static void plant_name(const char *name)
{
    gen_plant(name);
    /* 7-bit Japanese codes have "^" and "=" inside their characters. */
    const char *stop = strchr(name, '\x1b') ? "" : "^=";
    char *copy = gen_format("%s", name);
    char *save = NULL;
    for (char *t = strtok_r(copy, stop, &save); t;
         t = strtok_r(NULL, stop, &save))
        gen_plant(t);
}

static void plant_shown(const char *shown)
{
    gen_plant(shown);
    char *copy = gen_format("%s", shown);
    char *save = NULL;
    for (char *t = strtok_r(copy, ", ", &save); t;
         t = strtok_r(NULL, ", ", &save))
        gen_plant(t);
}

static void plant_date(const char *d)
{
    gen_plant(d);
    gen_plant(gen_date_dots(d));
    gen_plant(gen_date_iso(d));
    gen_plant(gen_date_us(d));
    gen_plant(gen_date_words(d));
}

void gen_plant_person(const gen_person *p)
{
    plant_name(p->name);
    plant_shown(p->shown);
    gen_plant(p->id);
    plant_date(p->birth);
    plant_date(p->date);
    gen_plant(p->time);
    gen_plant(gen_format("%.6s", p->time));
    gen_plant(gen_time_colons(p->time));
    gen_plant(p->institution);
    gen_plant(p->institution_shown);
    plant_name(p->physician);
    plant_name(p->operator_name);
    gen_plant(p->accession);
    gen_plant(p->station);
    gen_plant(p->address);
    gen_plant(p->address_shown);
    if (strstr(p->charset, "IR 87")) {
        gen_plant("Yamada");
        gen_plant("Tarou");
        gen_plant("山田^太郎");
        gen_plant("やまだ^たろう");
        gen_plant("山田");
    }
    if (strcmp(p->charset, "ISO_IR 100") == 0) {
        gen_plant("Hämmerle");
        gen_plant("Größl");
        gen_plant("Straße des Überflusses");
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void gen_write_planted(const char *path)
{
    qsort(planted, (size_t)n_planted, sizeof(planted[0]), by_text);
    gen_buf b = {0};
    for (int i = 0; i < n_planted; i++) {
        gen_put(&b, planted[i], strlen(planted[i]));
        gen_put8(&b, '\n');
        free(planted[i]);
    }
    n_planted = 0;
    gen_write_file(path, b.p, b.n);
}
