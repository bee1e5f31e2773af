/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSC_REPORT_REPORT_PRIV_H
#define DSC_REPORT_REPORT_PRIV_H

#include <stddef.h>
#include <stdint.h>

struct json_object;

/* Bytes of the UTF-8 sequence at s and its code point; 0 for none. */
size_t dsc_report__decode(const unsigned char *s, uint32_t *point);
/* The path that a record has under this key, byte for byte; NULL: none, or no
 * memory. Free with dsc_free. */
char *dsc_report__path(struct json_object *record, const char *key);

#endif
