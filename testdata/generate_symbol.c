/* SPDX-License-Identifier: Apache-2.0 */
#include "generate_symbol.h"

#include <stdbool.h>
#include <string.h>

/* ---- bars ---- */

typedef struct runs {
    uint8_t *v;
    size_t n;
} runs;

/* A pattern of digits: widths in modules. */
static void put_widths(runs *r, const char *widths)
{
    for (; *widths; widths++)
        r->v[r->n++] = (uint8_t)(*widths - '0');
}

/* A pattern of n and w: narrow, and wide by a factor of 3. */
static void put_wide(runs *r, const char *pattern)
{
    for (; *pattern; pattern++)
        r->v[r->n++] = *pattern == 'w' ? 3 : 1;
}

static const char *const code39[12] = {
    "nnnwwnwnn", "wnnwnnnnw", "nnwwnnnnw",         "wnwwnnnnn",
    "nnnwwnnnw", "wnnwwnnnn", "nnwwwnnnn",         "nnnwnnwnw",
    "wnnwnnwnn", "nnwwnnwnn", "nwnnnnwnw" /* - */, "nwnnwnwnn" /* * */};

static bool put_code39(runs *r, const char *text)
{
    put_wide(r, code39[11]);
    for (; *text; text++) {
        if (*text != '-' && (*text < '0' || *text > '9'))
            return false;
        r->v[r->n++] = 1;
        put_wide(r, code39[*text == '-' ? 10 : *text - '0']);
    }
    r->v[r->n++] = 1;
    put_wide(r, code39[11]);
    return true;
}

static const char *const code128[107] = {
    "212222", "222122", "222221", "121223", "121322", "131222", "122213",
    "122312", "132212", "221213", "221312", "231212", "112232", "122132",
    "122231", "113222", "123122", "123221", "223211", "221132", "221231",
    "213212", "223112", "312131", "311222", "321122", "321221", "312212",
    "322112", "322211", "212123", "212321", "232121", "111323", "131123",
    "131321", "112313", "132113", "132311", "211313", "231113", "231311",
    "112133", "112331", "132131", "113123", "113321", "133121", "313121",
    "211331", "231131", "213113", "213311", "213131", "311123", "311321",
    "331121", "312113", "312311", "332111", "314111", "221411", "431111",
    "111224", "111422", "121124", "121421", "141122", "141221", "112214",
    "112412", "122114", "122411", "142112", "142211", "241211", "221114",
    "413111", "241112", "134111", "111242", "121142", "121241", "114212",
    "124112", "124211", "411212", "421112", "421211", "212141", "214121",
    "412121", "111143", "111341", "131141", "114113", "114311", "411113",
    "411311", "113141", "114131", "311141", "411131", "211412", "211214",
    "211232", "2331112"};

static bool put_code128(runs *r, const char *text)
{
    unsigned sum = 104;

    put_widths(r, code128[104]);
    for (unsigned i = 1; *text; text++, i++) {
        if (*text < ' ' || *text > '~')
            return false;
        sum += i * (unsigned)(*text - ' ');
        put_widths(r, code128[*text - ' ']);
    }
    put_widths(r, code128[sum % 103]);
    put_widths(r, code128[106]);
    return true;
}

static const char *const itf[10] = {"nnwwn", "wnnnw", "nwnnw", "wwnnn",
                                    "nnwnw", "wnwnn", "nwwnn", "nnnww",
                                    "wnnwn", "nwnwn"};

static bool put_itf(runs *r, const char *text)
{
    put_wide(r, "nnnn");
    for (; text[0]; text += 2) {
        if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
            return false;
        for (int i = 0; i < 5; i++) {
            r->v[r->n++] = itf[text[0] - '0'][i] == 'w' ? 3 : 1;
            r->v[r->n++] = itf[text[1] - '0'][i] == 'w' ? 3 : 1;
        }
    }
    put_wide(r, "wnn");
    return true;
}

/* Digits of set A; B is A backwards, and the right half has A's widths. */
static const char *const ean[10] = {"3211", "2221", "2122", "1411", "1132",
                                    "1231", "1114", "1312", "1213", "3112"};
static const char *const ean_sets[10] = {"AAAAAA", "AABABB", "AABBAB", "AABBBA",
                                         "ABAABB", "ABBAAB", "ABBBAA", "ABABAB",
                                         "ABABBA", "ABBABA"};

static void put_ean_digit(runs *r, int digit, bool backwards)
{
    for (int i = 0; i < 4; i++)
        r->v[r->n++] = (uint8_t)(ean[digit][backwards ? 3 - i : i] - '0');
}

static bool put_ean13(runs *r, const char *text)
{
    int digit[13], sum = 0;

    if (strlen(text) != 12 || strspn(text, "0123456789") != 12)
        return false;
    for (int i = 0; i < 12; i++) {
        digit[i] = text[i] - '0';
        sum += digit[i] * (i % 2 ? 3 : 1);
    }
    digit[12] = (10 - sum % 10) % 10;
    put_widths(r, "111");
    for (int i = 1; i <= 6; i++)
        put_ean_digit(r, digit[i], ean_sets[digit[0]][i - 1] == 'B');
    put_widths(r, "11111");
    for (int i = 7; i <= 12; i++)
        put_ean_digit(r, digit[i], false);
    put_widths(r, "111");
    return true;
}

size_t gen_barcode(int kind, const char *text, uint8_t out[GEN_MAX_RUNS])
{
    static bool (*const put[GEN_BARCODES])(runs *, const char *) = {
        put_code39, put_code128, put_itf, put_ean13};
    runs r = {out, 0};

    if (kind < 0 || kind >= GEN_BARCODES || strlen(text) > 80 ||
        !put[kind](&r, text))
        return 0;
    return r.n;
}

/* ---- QR ---- */

enum {
    SIDE = GEN_QR_SIDE,
    DATA = 34,
    ECC = 10
};

static uint8_t multiply(uint8_t a, uint8_t b)
{
    unsigned p = 0, x = a;

    for (; b; b >>= 1) {
        p ^= b & 1 ? x : 0;
        x = x << 1 ^ (x & 0x80 ? 0x11D : 0);
    }
    return (uint8_t)p;
}

/* Reed and Solomon over GF(256). */
static void error_bytes(const uint8_t data[DATA], uint8_t ecc[ECC])
{
    uint8_t generator[ECC] = {0}, root = 1;

    generator[ECC - 1] = 1;
    for (int i = 0; i < ECC; i++) {
        for (int j = 0; j < ECC; j++) {
            generator[j] = multiply(generator[j], root);
            if (j + 1 < ECC)
                generator[j] ^= generator[j + 1];
        }
        root = multiply(root, 2);
    }
    memset(ecc, 0, ECC);
    for (int i = 0; i < DATA; i++) {
        uint8_t factor = data[i] ^ ecc[0];
        memmove(ecc, ecc + 1, ECC - 1);
        ecc[ECC - 1] = 0;
        for (int j = 0; j < ECC; j++)
            ecc[j] ^= multiply(generator[j], factor);
    }
}

static void put_bits(uint8_t *data, int *at, unsigned value, int bits)
{
    for (int i = bits - 1; i >= 0; i--, (*at)++)
        if (value >> i & 1)
            data[*at / 8] |= (uint8_t)(0x80 >> *at % 8);
}

static void put_finder(gen_qr qr, gen_qr fixed, int cy, int cx)
{
    for (int dy = -4; dy <= 4; dy++)
        for (int dx = -4; dx <= 4; dx++) {
            int y = cy + dy, x = cx + dx;
            int far = dy * dy > dx * dx ? dy * dy : dx * dx;
            if (y < 0 || x < 0 || y >= SIDE || x >= SIDE)
                continue;
            qr[y][x] = far != 4 && far != 16;
            fixed[y][x] = 1;
        }
}

static void put_format(gen_qr qr, gen_qr fixed)
{
    const unsigned format = 0x77C4; /* level L, mask 0 */

    for (int i = 0; i < 15; i++) {
        uint8_t bit = format >> i & 1;
        int y = i < 6 ? i : i < 8 ? i + 1 : 8;
        int x = i < 8 ? 8 : i == 8 ? 7 : 14 - i;
        qr[y][x] = bit;
        fixed[y][x] = 1;
        y = i < 8 ? 8 : SIDE - 15 + i;
        x = i < 8 ? SIDE - 1 - i : 8;
        qr[y][x] = bit;
        fixed[y][x] = 1;
    }
    qr[SIDE - 8][8] = fixed[SIDE - 8][8] = 1;
}

static void put_patterns(gen_qr qr, gen_qr fixed)
{
    for (int i = 0; i < SIDE; i++) {
        qr[6][i] = qr[i][6] = i % 2 == 0;
        fixed[6][i] = fixed[i][6] = 1;
    }
    put_finder(qr, fixed, 3, 3);
    put_finder(qr, fixed, 3, SIDE - 4);
    put_finder(qr, fixed, SIDE - 4, 3);
    for (int dy = -2; dy <= 2; dy++)
        for (int dx = -2; dx <= 2; dx++) {
            int far = dy * dy > dx * dx ? dy * dy : dx * dx;
            qr[SIDE - 7 + dy][SIDE - 7 + dx] = far != 1;
            fixed[SIDE - 7 + dy][SIDE - 7 + dx] = 1;
        }
    put_format(qr, fixed);
}

static void put_data(gen_qr qr, gen_qr fixed, const uint8_t *bytes)
{
    int at = 0;

    for (int right = SIDE - 1; right > 0; right -= 2) {
        if (right == 6)
            right = 5;
        for (int v = 0; v < SIDE; v++)
            for (int k = 0; k < 2; k++) {
                int x = right - k;
                bool up = ((right + 1) & 2) == 0;
                int y = up ? SIDE - 1 - v : v;
                unsigned bit = 0;
                if (fixed[y][x])
                    continue;
                if (at < (DATA + ECC) * 8)
                    bit = bytes[at / 8] >> (7 - at % 8) & 1u;
                at++;
                qr[y][x] = (uint8_t)(bit ^ ((x + y) % 2 == 0));
            }
    }
}

int gen_qr_make(const char *text, gen_qr out)
{
    uint8_t bytes[DATA + ECC] = {0};
    size_t n = strlen(text);
    gen_qr fixed;
    int at = 0;

    if (n > DATA - 2)
        return 0;
    put_bits(bytes, &at, 4, 4); /* bytes */
    put_bits(bytes, &at, (unsigned)n, 8);
    for (size_t i = 0; i < n; i++)
        put_bits(bytes, &at, (uint8_t)text[i], 8);
    at = (at + 4 + 7) / 8 * 8; /* the end mark is 0 */
    for (unsigned pad = 0xEC; at < DATA * 8; pad ^= 0xEC ^ 0x11)
        put_bits(bytes, &at, pad, 8);
    error_bytes(bytes, bytes + DATA);
    memset(out, 0, sizeof(gen_qr));
    memset(fixed, 0, sizeof fixed);
    put_patterns(out, fixed);
    put_data(out, fixed, bytes);
    return 1;
}
