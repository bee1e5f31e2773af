/* SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"

#include <stdio.h>
#include <string.h>

dsc_status dsc_fail(dsc_error *err, dsc_status status, const char *fmt, ...)
{
    if (err && err->status == DSC_OK) {
        va_list ap;
        va_start(ap, fmt);
        err->status = status;
        vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        va_end(ap);
    }
    return status;
}

void dsc_error_context(dsc_error *err, const char *fmt, ...)
{
    char old[sizeof err->msg];
    va_list ap;
    int n;

    if (!err || err->status == DSC_OK)
        return;
    memcpy(old, err->msg, sizeof old);
    va_start(ap, fmt);
    n = vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof err->msg)
        snprintf(err->msg + n, sizeof err->msg - (size_t)n, ": %s", old);
}

const char *dsc_status_name(dsc_status status)
{
    switch (status) {
    case DSC_OK:
        return "ok";
    case DSC_NOMEM:
        return "nomem";
    case DSC_IO:
        return "io";
    case DSC_NOTDICOM:
        return "notdicom";
    case DSC_BADFILE:
        return "badfile";
    case DSC_UNSUPPORTED:
        return "unsupported";
    case DSC_LIMIT:
        return "limit";
    case DSC_UNPROVEN:
        return "unproven";
    case DSC_CANCELLED:
        return "cancelled";
    case DSC_USAGE:
        return "usage";
    case DSC_INTERNAL:
        break;
    }
    return "internal";
}

void dsc_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            *text = '?';
}
