/* SPDX-License-Identifier: Apache-2.0 */
#include "generate_console.h"

#include <stdlib.h>
#include <string.h>

/* Points are a digit for the column and one for the row; '|' lifts the pen. */
static const char *const console_strokes[128] = {
    ['A'] = "08 03 30 63 68|05 65",
    ['B'] = "00 08 58 67 65 54 04|00 50 61 63 54",
    ['C'] = "61 50 10 01 07 18 58 67",
    ['D'] = "00 08 48 66 62 40 00",
    ['E'] = "60 00 08 68|04 44",
    ['F'] = "60 00 08|04 44",
    ['G'] = "61 50 10 01 07 18 58 67 64 34",
    ['H'] = "00 08|60 68|04 64",
    ['I'] = "10 50|30 38|18 58",
    ['J'] = "60 67 58 18 07",
    ['K'] = "00 08|60 24 68|04 24",
    ['L'] = "00 08 68",
    ['M'] = "08 00 33 60 68",
    ['N'] = "08 00 68 60",
    ['O'] = "10 50 61 67 58 18 07 01 10",
    ['P'] = "08 00 50 61 63 54 04",
    ['Q'] = "10 50 61 67 58 18 07 01 10|46 68",
    ['R'] = "08 00 50 61 63 54 04|24 68",
    ['S'] = "61 50 10 01 03 14 54 65 67 58 18 07",
    ['T'] = "00 60|30 38",
    ['U'] = "00 07 18 58 67 60",
    ['V'] = "00 05 38 65 60",
    ['W'] = "00 08 35 68 60",
    ['X'] = "00 68|60 08",
    ['Y'] = "00 34 60|34 38",
    ['Z'] = "00 60 08 68",
    ['0'] = "20 40 62 66 48 28 06 02 20",
    ['1'] = "11 30 38|18 58",
    ['2'] = "01 10 50 61 63 08 68",
    ['3'] = "01 10 50 61 63 54 24|54 65 67 58 18 07",
    ['4'] = "58 50 05 65",
    ['5'] = "60 00 03 53 64 67 58 18 07",
    ['6'] = "50 10 01 07 18 58 67 65 54 04",
    ['7'] = "00 60 61 34 38",
    ['8'] = "10 50 61 63 54 14 03 01 10|14 05 07 18 58 67 65 54",
    ['9'] = "64 14 03 01 10 50 61 67 58 18",
    ['.'] = "37 38 28 27",
    [','] = "37 38 29",
    [':'] = "32 33 23 22|36 37 27 26",
    ['-'] = "14 54",
    ['/'] = "08 60",
    ['+'] = "14 54|32 36",
    ['='] = "13 53|15 55",
};

static int console_sign(int v)
{
    return (v > 0) - (v < 0);
}

/* From one point to the other, a pixel in each column or row. */
static void console_line(const int from[2], const int to[2], int at,
                         console_dot_fn dot, void *ctx)
{
    int dx = to[0] - from[0], dy = to[1] - from[1];
    int n = abs(dx) > abs(dy) ? abs(dx) : abs(dy);

    for (int i = 0; i <= n; i++) {
        int x = n ? (2 * dx * i + n * console_sign(dx)) / (2 * n) : 0;
        int y = n ? (2 * dy * i + n * console_sign(dy)) / (2 * n) : 0;
        dot(ctx, at + from[0] + x, from[1] + y);
    }
}

void console_write(const char *text, console_dot_fn dot, void *ctx)
{
    for (int at = 0; *text; text++, at += CONSOLE_PITCH) {
        const char *p =
            (unsigned char)*text < 128 ? console_strokes[(int)*text] : NULL;
        int last[2] = {-1, 0};
        while (p && *p) {
            int point[2] = {p[0] - '0', p[1] - '0'};
            if (last[0] >= 0)
                console_line(last, point, at, dot, ctx);
            p += 2;
            memcpy(last, point, sizeof last);
            if (*p == '|')
                last[0] = -1;
            p += *p != '\0';
        }
    }
}
