/* SPDX-License-Identifier: Apache-2.0
 *
 * DA, DT and TM values: checked as PS3.5 6.2 defines them, and moved by whole
 * days. The old forms YYYY.MM.DD and HH:MM:SS are understood. */
#include "deid/deid_priv.h"

#include <stdio.h>
#include <string.h>

/* Days since 1970-01-01 in the proleptic Gregorian calendar, and back (the
 * usual era arithmetic: a year begins in March). */
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (int64_t)(m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void civil_from_days(int64_t z, int64_t *y, unsigned *m, unsigned *d)
{
    z += 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;

    *d = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
    *m = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    *y = yoe + era * 400 + (*m <= 2);
}

static unsigned month_length(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30,
                                         31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* n digits at *p as a number; false when there are fewer. */
static bool take(const char **p, int n, unsigned *out)
{
    *out = 0;
    for (int i = 0; i < n; i++) {
        if (**p < '0' || **p > '9')
            return false;
        *out = *out * 10 + (unsigned)(**p - '0');
        (*p)++;
    }
    return true;
}

typedef struct moment {
    unsigned year, month, day;
    int parts; /* how many of them were given */
} moment;

static bool good_day(const moment *m)
{
    return m->year >= 1 &&
           (m->parts < 2 || (m->month >= 1 && m->month <= 12)) &&
           (m->parts < 3 ||
            (m->day >= 1 && m->day <= month_length(m->year, m->month)));
}

static bool move(moment *m, int32_t days)
{
    int64_t year;

    if (m->parts < 2)
        m->month = 1;
    if (m->parts < 3)
        m->day = 1;
    civil_from_days(days_from_civil(m->year, m->month, m->day) + days, &year,
                    &m->month, &m->day);
    m->year = (unsigned)year;
    return year >= 1 && year <= 9999;
}

/* HH[MM[SS[.F{1,6}]]] or HH:MM[:SS[.F]] up to the end, or up to a zone. */
static bool time_of_day(const char **p, bool colons)
{
    static const unsigned most[] = {23, 59, 60};
    int parts = 0;

    while (parts < 3) {
        unsigned v;
        if (parts && colons && **p == ':')
            (*p)++;
        else if (parts && (**p < '0' || **p > '9'))
            break;
        if (!take(p, 2, &v) || v > most[parts])
            return false;
        parts++;
    }
    if (parts == 3 && **p == '.') {
        int n = 0;
        for ((*p)++; **p >= '0' && **p <= '9'; (*p)++)
            n++;
        if (n < 1 || n > 6)
            return false;
    }
    return parts > 0;
}

static bool zone(const char **p)
{
    unsigned hours, minutes;

    if (**p != '+' && **p != '-')
        return true;
    (*p)++;
    return take(p, 2, &hours) && take(p, 2, &minutes) && hours <= 14 &&
           minutes <= 59;
}

static bool move_da(const char *value, int32_t days, char *out, size_t size)
{
    const char *p = value;
    moment m = {.parts = 3};
    bool dots;

    if (!take(&p, 4, &m.year))
        return false;
    dots = *p == '.';
    p += dots;
    if (!take(&p, 2, &m.month))
        return false;
    if (dots && *p++ != '.')
        return false;
    if (!take(&p, 2, &m.day) || *p || !good_day(&m) || !move(&m, days))
        return false;
    return snprintf(out, size, "%04u%02u%02u", m.year, m.month, m.day) <
           (int)size;
}

static bool move_dt(const char *value, int32_t days, char *out, size_t size)
{
    const char *p = value, *rest;
    moment m = {.parts = 1};
    int n;

    if (!take(&p, 4, &m.year))
        return false;
    if (*p >= '0' && *p <= '9') {
        if (!take(&p, 2, &m.month))
            return false;
        m.parts = 2;
    }
    if (m.parts == 2 && *p >= '0' && *p <= '9') {
        if (!take(&p, 2, &m.day))
            return false;
        m.parts = 3;
    }
    if (!good_day(&m))
        return false;
    rest = p;
    if (m.parts == 3 && *p >= '0' && *p <= '9' && !time_of_day(&p, false))
        return false;
    if (!zone(&p) || *p || !move(&m, days))
        return false;
    n = m.parts == 1 ? snprintf(out, size, "%04u%s", m.year, rest)
        : m.parts == 2
            ? snprintf(out, size, "%04u%02u%s", m.year, m.month, rest)
            : snprintf(out, size, "%04u%02u%02u%s", m.year, m.month, m.day,
                       rest);
    return n < (int)size;
}

static bool check_tm(const char *value, char *out, size_t size)
{
    const char *p = value;
    size_t n = 0;

    if (!time_of_day(&p, true) || *p)
        return false;
    for (p = value; *p && n + 1 < size; p++)
        if (*p != ':')
            out[n++] = *p;
    out[n] = '\0';
    return !*p;
}

bool dsc_deid__move_date(const char *vr, const char *value, int32_t days,
                         char *out, size_t size)
{
    if (!strcmp(vr, "DA"))
        return move_da(value, days, out, size);
    if (!strcmp(vr, "DT"))
        return move_dt(value, days, out, size);
    return !strcmp(vr, "TM") && check_tm(value, out, size);
}

dsc_status dsc_deid__move_dates(const char *vr, const char *value, int32_t days,
                                dsc_buf *out, bool *kept, dsc_error *err)
{
    size_t start = out->len;
    dsc_status st = DSC_OK;

    *kept = false;
    while (!st) {
        size_t n = strcspn(value, "\\");
        const char *from = value + strspn(value, " ");
        const char *to = value + n;
        char one[32], done[40];
        while (to > from && to[-1] == ' ')
            to--;
        if (to < from || (size_t)(to - from) >= sizeof one)
            break;
        snprintf(one, sizeof one, "%.*s", (int)(to - from), from);
        if (!dsc_deid__move_date(vr, one, days, done, sizeof done))
            break;
        st = dsc_buf_append(out, done, strlen(done), err);
        value += n;
        if (!*value) {
            *kept = !st;
            return st;
        }
        if (!st)
            st = dsc_buf_append(out, "\\", 1, err);
        value++;
    }
    out->len = start;
    return st;
}
