/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSC_REPORT_REPORT_PRIV_H
#define DSC_REPORT_REPORT_PRIV_H

#include "base/status.h"

struct json_object;

/* The path that a record has under this key, byte for byte; NULL: none. Free
 * with dsc_free. */
dsc_status dsc_report__path(char **out, struct json_object *record,
                            const char *key, dsc_error *err) DSC_WARN_UNUSED;

#endif
