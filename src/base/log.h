/* SPDX-License-Identifier: Apache-2.0
 *
 * Logging: a callback, a level, a component. No header value, OCR text, file
 * name or original UID is ever logged. No library code prints.
 */
#ifndef DSC_BASE_LOG_H
#define DSC_BASE_LOG_H

#include "base/status.h"

typedef enum dsc_log_level {
    DSC_LOG_ERROR,
    DSC_LOG_WARN,
    DSC_LOG_INFO,
    DSC_LOG_DEBUG
} dsc_log_level;

typedef void (*dsc_log_fn)(void *cookie, dsc_log_level level,
                           const char *component, const char *message);

/* Where messages go; NULL (the default) drops them. Process-wide; set it once
 * before any work starts. */
void dsc_log_set(dsc_log_fn fn, void *cookie, dsc_log_level max_level);

void dsc_log(dsc_log_level level, const char *component, const char *fmt, ...)
    DSC_PRINTF(3, 4);

#endif
