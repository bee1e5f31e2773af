/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

size_t dsc_utf8_decode(const void *s, size_t left, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t *p = s;
    size_t n = 0;

    if (left && p[0] < 0x80)
        n = 1;
    else if (left && p[0] >= 0xC2 && p[0] <= 0xF4)
        n = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (!n || n > left)
        return 0;
    *point = n == 1 ? p[0] : p[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        *point = *point << 6 | (p[i] & 0x3Fu);
    }
    return *point < least[n] || *point > 0x10FFFF ||
                   (*point >= 0xD800 && *point <= 0xDFFF)
               ? 0
               : n;
}

size_t dsc_utf8_count(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += (*s & 0xC0) != 0x80;
    return n;
}
