/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSC_BASE_UTF8_H
#define DSC_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the UTF-8 sequence that begins the `left` bytes at s, and its code
 * point; 0 for none: cut off, longer than it need be, half of a pair, beyond
 * U+10FFFF. Where text ends with a NUL `left` may be more than there is. */
size_t dsc_utf8_decode(const void *s, size_t left, uint32_t *point);
/* Code points of valid UTF-8. */
size_t dsc_utf8_count(const char *s);

#endif
