/* SPDX-License-Identifier: Apache-2.0
 *
 * When the next file may be started. Only the hours look at the system's
 * clock, and they look again every few seconds: it may jump. */
#include "batch/batch_priv.h"

#include <stdio.h>
#include <time.h>

#define LOOK_AGAIN 5.0 /* seconds */

double dsc_batch_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int64_t dsc_batch_wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

dsc_status dsc_batch_parse_hours(dsc_batch_limits *limits, const char *text,
                                 dsc_error *err)
{
    unsigned h[2], m[2];
    int end = 0;

    if (sscanf(text, "%2u:%2u-%2u:%2u%n", &h[0], &m[0], &h[1], &m[1], &end) !=
            4 ||
        text[end] || h[0] > 23 || h[1] > 23 || m[0] > 59 || m[1] > 59)
        return dsc_fail(err, DSC_USAGE, "--between takes HH:MM-HH:MM");
    limits->from = (int)(60 * h[0] + m[0]);
    limits->to = (int)(60 * h[1] + m[1]);
    if (limits->from == limits->to)
        return dsc_fail(err, DSC_USAGE, "--between takes two different times");
    limits->has_hours = true;
    return DSC_OK;
}

bool dsc_batch_open_at(const dsc_batch_limits *l, int minute)
{
    if (!l->has_hours)
        return true;
    return l->from < l->to ? minute >= l->from && minute < l->to
                           : minute >= l->from || minute < l->to;
}

double dsc_batch_pause(const dsc_batch_limits *l, double next_start)
{
    double wait = next_start - dsc_batch_now();

    if (l->has_hours) {
        time_t wall = time(NULL);
        struct tm tm;
        localtime_r(&wall, &tm);
        if (!dsc_batch_open_at(l, 60 * tm.tm_hour + tm.tm_min))
            return LOOK_AGAIN;
    }
    return l->max_rate > 0 && wait > 0 ? wait : 0;
}
