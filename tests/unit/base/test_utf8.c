/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

struct sequence {
    char bytes[8];
    size_t left, length;
    uint32_t point;
};

ParameterizedTestParameters(utf8, decode)
{
    static struct sequence cases[] = {
        {"a", 1, 1, 'a'},
        {"", 1, 1, 0},
        {"\x7F\x80", 2, 1, 0x7F},
        {"\xC2\x80", 2, 2, 0x80},
        {"\xDF\xBF", 9, 2, 0x7FF},
        {"\xE0\xA0\x80", 3, 3, 0x800},
        {"\xED\x9F\xBF", 9, 3, 0xD7FF},
        {"\xEE\x80\x80", 3, 3, 0xE000},
        {"\xEF\xBF\xBF", 3, 3, 0xFFFF},
        {"\xF0\x90\x80\x80", 4, 4, 0x10000},
        {"\xF4\x8F\xBF\xBF", 9, 4, 0x10FFFF},
        /* nothing there, cut off, by its end or by another character */
        {"a", 0, 0, 0},
        {"\xC3\xA4", 1, 0, 0},
        {"\xC3", 9, 0, 0},
        {"\xE2\x82\xAC", 2, 0, 0},
        {"\xE2\x82", 9, 0, 0},
        {"\xE2\x82z", 9, 0, 0},
        {"\xF0\x9F\x98\x80", 3, 0, 0},
        {"\xF0\x9F\x98\xC0", 4, 0, 0},
        /* no beginning */
        {"\x80", 1, 0, 0},
        {"\xBF\xBF", 2, 0, 0},
        {"\xF5\x80\x80\x80", 4, 0, 0},
        {"\xF8\x88\x80\x80\x80", 5, 0, 0},
        {"\xFF", 1, 0, 0},
        /* more bytes than it takes */
        {"\xC0\x80", 2, 0, 0},
        {"\xC1\xBF", 2, 0, 0},
        {"\xE0\x9F\xBF", 3, 0, 0},
        {"\xF0\x8F\xBF\xBF", 4, 0, 0},
        /* halves of pairs, beyond the last one */
        {"\xED\xA0\x80", 3, 0, 0},
        {"\xED\xBF\xBF", 3, 0, 0},
        {"\xF4\x90\x80\x80", 4, 0, 0},
    };
    return cr_make_param_array(struct sequence, cases,
                               sizeof cases / sizeof *cases);
}

ParameterizedTest(struct sequence *c, utf8, decode)
{
    uint32_t point = 0;
    size_t n = dsc_utf8_decode(c->bytes, c->left, &point);

    cr_expect_eq(n, c->length, "%02x: %zu", (unsigned char)c->bytes[0], n);
    if (n)
        cr_expect_eq(point, c->point, "%04x", point);
}
