/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdio.h>

static dsc_log_fn sink;
static void *sink_cookie;
static dsc_log_level sink_level;

void dsc_log_set(dsc_log_fn fn, void *cookie, dsc_log_level max_level)
{
    sink = fn;
    sink_cookie = cookie;
    sink_level = max_level;
}

void dsc_log(dsc_log_level level, const char *component, const char *fmt, ...)
{
    char msg[512];
    va_list ap;

    if (!sink || level > sink_level)
        return;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    sink(sink_cookie, level, component, msg);
}
