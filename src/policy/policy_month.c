/* SPDX-License-Identifier: Apache-2.0
 *
 * Month names of the languages that devices speak: English, German, French,
 * Spanish, Italian, Dutch, Portuguese, Polish, Swedish;
 * folded.
 */
#include "policy/policy_priv.h"

#include <string.h>

/* Names of one month. A leading '?' marks short words that stand on screens
 * for other things as well: they make a date only with a year. */
static const char *const names[12] = {
    ("JANUARY JANUAR JAN JAENNER JANNER JANVIER JANV ENERO ENE GENNAIO "
     "?GEN JANUARI JANEIRO STYCZNIA STYCZEN STY"),
    ("FEBRUARY FEBRUAR FEB FEVRIER FEVR FEBRERO FEBBRAIO FEBRUARI "
     "FEVEREIRO FEV LUTEGO LUTY ?LUT"),
    ("MARCH MAERZ MARZ MRZ MARS MARZO MAART MRT MARCO ?MAR MARCA MARZEC"),
    ("APRIL APR AVRIL AVR ABRIL ABR APRILE KWIETNIA KWIECIEN KWI"),
    ("MAY MAI MAYO MAGGIO ?MAG MEI MAIO MAJ MAJA"),
    ("JUNE JUN JUNI JUIN JUNIO GIUGNO GIU JUNHO CZERWCA CZERWIEC CZE"),
    ("JULY JUL JULI JUILLET JUIL JUILL JULIO LUGLIO ?LUG JULHO LIPCA "
     "LIPIEC LIP"),
    ("AUGUST AUG AOUT AGOSTO AGO AUGUSTUS AUGUSTI SIERPNIA SIERPIEN SIE"),
    ("SEPTEMBER SEP SEPT SEPTEMBRE SEPTIEMBRE SETTEMBRE ?SET SETEMBRO "
     "WRZESNIA WRZESIEN WRZ"),
    ("OCTOBER OKTOBER OCT OKT OCTOBRE OCTUBRE OTTOBRE OTT ?OUT OUTUBRO "
     "PAZDZIERNIKA PAZDZIERNIK PAZ"),
    ("NOVEMBER NOV NOVEMBRE NOVIEMBRE NOVEMBRO LISTOPADA LISTOPAD LIS"),
    ("DECEMBER DEZEMBER DEC DEZ DECEMBRE DICIEMBRE DICEMBRE DIC DEZEMBRO "
     "GRUDNIA GRUDZIEN GRU"),
};

/* Those that facts are written with. */
static const char *const header_names[12][4] = {
    {"JAN", "JANUARY", "JANUAR", NULL}, {"FEB", "FEBRUARY", "FEBRUAR", NULL},
    {"MAR", "MARCH", "MARZ", NULL},     {"APR", "APRIL", NULL, NULL},
    {"MAY", "MAI", NULL, NULL},         {"JUN", "JUNE", "JUNI", NULL},
    {"JUL", "JULY", "JULI", NULL},      {"AUG", "AUGUST", NULL, NULL},
    {"SEP", "SEPTEMBER", NULL, NULL},   {"OCT", "OCTOBER", "OKTOBER", NULL},
    {"NOV", "NOVEMBER", NULL, NULL},    {"DEC", "DECEMBER", "DEZEMBER", NULL}};

const char *dsc_policy__month_name(int month, size_t i)
{
    return month >= 1 && month <= 12 && i < 4 ? header_names[month - 1][i]
                                              : NULL;
}

/* Equal, or in a long name one wrong character. */
static bool name_is(const dsc_policy__char *text, size_t count,
                    const char *name, size_t n)
{
    size_t wrong = 0;

    if (count != n)
        return false;
    for (size_t i = 0; i < n; i++)
        wrong += text[i].c != (unsigned char)name[i];
    return wrong <= (n >= 5 ? 1u : 0u);
}

int dsc_policy__month(const dsc_policy__char *text, size_t count, bool *sure)
{
    *sure = true;
    if (count < 3 || count > 12)
        return 0;
    for (int m = 0; m < 12; m++) {
        const char *p = names[m];
        while (*p) {
            size_t n = strcspn(p, " ");
            bool weak = *p == '?';
            if (name_is(text, count, p + weak, n - weak)) {
                *sure = !weak;
                return m + 1;
            }
            p += n + (p[n] == ' ');
        }
    }
    return 0;
}
