/* SPDX-License-Identifier: Apache-2.0
 *
 * The net for small letters: its weight file, its arithmetic against the layers
 * written out plainly, what columns say together, odd rows. */
#include "base/cpu.h"
#include "base/file.h"
#include "ocr/ocr_priv.h"
#include "ocr/textread.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WEIGHTS MODELS "/textread/textread.bin"

/* Where what is in the file, and what it has. */
enum {
    LAYERS_AT = 12,
    CLASSES_AT = 16,
    NAMES_AT = 20,
    HEAD_BYTES = 24,
    LAYER_BYTES = 36,
    WINDOW = 24,
    END = 4
};

static uint32_t u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static void put_u32(uint8_t *p, uint32_t v)
{
    for (size_t i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static void sign(dsc_buf *file)
{
    uint32_t crc = ~0u;

    for (size_t i = 0; i < file->len - 4; i++) {
        crc ^= file->data[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1u)));
    }
    put_u32(file->data + file->len - 4, ~crc);
}

static dsc_buf weight_file(void)
{
    dsc_buf file = {0};

    cr_assert_eq(dsc_read_file(&file, WEIGHTS, 1 << 20, NULL), DSC_OK);
    return file;
}

static dsc_textread *net(void)
{
    dsc_textread *t = NULL;
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_textread_load(&t, WEIGHTS, dsc_cpu_flags(), &err), DSC_OK,
                 "%s", err.msg);
    return t;
}

static dsc_status load_bytes(dsc_textread **t, const dsc_buf *b, dsc_error *err)
{
    char path[] = "/tmp/dcmscrub-textread-XXXXXX";
    int fd = mkstemp(path);
    dsc_status st;

    cr_assert(fd >= 0 && write(fd, b->data, b->len) == (ssize_t)b->len);
    close(fd);
    st = dsc_textread_load(t, path, dsc_cpu_flags(), err);
    unlink(path);
    return st;
}

/* ---- the weight file ---- */

struct damage {
    char what[16];
    size_t keep; /* bytes kept; 0: all */
    long at;     /* of a number that is changed; -1: none; -2 and less: in the
                    head of the first layer */
    uint32_t to;
    char message[40];
    bool sign; /* with a checksum that fits */
};
#define LAYER(field) (-2 - (field))

enum {
    OUT,
    IN,
    HIGH,
    WIDE,
    DOWN,
    DILATION,
    PAD,
    SORT,
    DROP
};

ParameterizedTestParameters(textread, refuses)
{
    static struct damage cases[] = {
        {"empty", 1, -1, 0, "not a weight file", false},
        {"head only", 16, -1, 0, "wrong checksum", false},
        {"signed head", 20, -1, 0, "truncated in the head", true},
        {"truncated", 5000, -1, 0, "wrong checksum", false},
        {"other magic", 0, 0, 0, "not a weight file", false},
        {"finder's magic", 0, 3, 'T', "not a weight file", false},
        {"other version", 0, 8, 2, "version 2", false},
        {"no checksum", 0, 9000, 0xFF00FF, "wrong checksum", false},
        {"no layers", 0, LAYERS_AT, 0, "layers", true},
        {"many layers", 0, LAYERS_AT, 17, "layers", true},
        {"a layer less", 0, LAYERS_AT, 9, "not what this version", true},
        {"a layer more", 0, LAYERS_AT, 11, "truncated in a layer", true},
        {"classes", 0, CLASSES_AT, 10, "classes make no sense", true},
        {"names past all", 0, NAMES_AT, UINT32_MAX, "truncated", true},
        {"no names", 0, NAMES_AT, 0, "no space", true},
        {"many names", 0, NAMES_AT, 4096, "classes make no sense", true},
        {"no UTF-8", 0, HEAD_BYTES, 0x80, "classes make no sense", true},
        {"NUL as a name", 0, HEAD_BYTES, 0, "classes make no sense", true},
        {"cut in names", HEAD_BYTES + 9, -1, 0, "truncated", true},
        {"cut in layers", 5000, -1, 0, "truncated in a layer", true},
        {"no channels", 0, LAYER(OUT), 0, "makes no sense", true},
        {"channels", 0, LAYER(OUT), 1 << 30, "makes no sense", true},
        {"other input", 0, LAYER(IN), 16, "makes no sense", true},
        {"high", 0, LAYER(HIGH), 25, "makes no sense", true},
        {"not high", 0, LAYER(HIGH), 0, "makes no sense", true},
        {"wide", 0, LAYER(WIDE), 7, "makes no sense", true},
        {"even", 0, LAYER(WIDE), 2, "makes no sense", true},
        {"stays there", 0, LAYER(DOWN), 0, "makes no sense", true},
        {"dilation", 0, LAYER(DILATION), 9, "makes no sense", true},
        {"no dilation", 0, LAYER(DILATION), 0, "makes no sense", true},
        {"pad", 0, LAYER(PAD), 2, "makes no sense", true},
        {"other sort", 0, LAYER(SORT), 4, "makes no sense", true},
        {"adds to nothing", 0, LAYER(SORT), 2, "makes no sense", true},
        {"drop", 0, LAYER(DROP), 10, "makes no sense", true},
        {"head first", 0, LAYER(SORT), 3, "not what this version", true},
    };
    return cr_make_param_array(struct damage, cases,
                               sizeof cases / sizeof cases[0]);
}

ParameterizedTest(struct damage *c, textread, refuses)
{
    dsc_buf file = weight_file();
    size_t layer = HEAD_BYTES + u32(file.data + NAMES_AT);
    dsc_textread *t = NULL;
    dsc_error err = DSC_ERROR_INIT;

    if (c->at >= 0)
        put_u32(file.data + c->at, c->to);
    else if (c->at <= -2)
        put_u32(file.data + layer + 4 * (size_t)(-2 - c->at), c->to);
    if (c->keep)
        file.len = c->keep;
    if (c->sign)
        sign(&file);
    cr_assert_eq(load_bytes(&t, &file, &err), DSC_USAGE, "%s", c->what);
    cr_expect(strstr(err.msg, c->message), "%s: %s", c->what, err.msg);
    cr_expect(strstr(err.msg, "letter reader weights: "));
    cr_expect_null(t);
    dsc_buf_free(&file);
}

Test(textread, missing_file_is_told)
{
    dsc_textread *t = NULL;
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_textread_load(&t, "/nonexistent", 0, &err), DSC_USAGE);
    cr_assert(strstr(err.msg, "letter reader weights"), "%s", err.msg);
}

/* Scales with which a sum might not fit 31 bits. */
Test(textread, refuses_scales_that_overflow)
{
    dsc_buf file = weight_file();
    uint8_t *layer = file.data + HEAD_BYTES + u32(file.data + NAMES_AT);
    size_t out = u32(layer), taps = u32(layer + 8) * u32(layer + 12);
    uint8_t *mult = layer + LAYER_BYTES + out * taps + 4 * out;
    dsc_textread *t = NULL;
    dsc_error err = DSC_ERROR_INIT;

    put_u32(mult, 1u << 30);
    sign(&file);
    cr_assert_eq(load_bytes(&t, &file, &err), DSC_USAGE);
    cr_expect(strstr(err.msg, "scale"), "%s", err.msg);
    put_u32(mult, 1);
    put_u32(mult + 4 * out, 40);
    sign(&file);
    cr_assert_eq(load_bytes(&t, &file, NULL), DSC_USAGE);
    dsc_buf_free(&file);
}

/* Whatever stands in the numbers: loaded or refused, and what is loaded runs.
 */
Test(textread, survives_any_numbers, .timeout = 120)
{
    dsc_buf whole = weight_file();
    size_t end = HEAD_BYTES + u32(whole.data + NAMES_AT) + LAYER_BYTES;
    uint32_t seed = 7;
    size_t loaded = 0;

    for (int n = 0; n < 400; n++) {
        dsc_buf file = {0};
        dsc_textread *t = NULL;
        cr_assert_eq(dsc_buf_append(&file, whole.data, whole.len, NULL),
                     DSC_OK);
        for (int k = 0; k < 1 + n % 3; k++) {
            size_t at;
            seed = seed * 1664525u + 1013904223u;
            at = n % 2 ? 8 + (seed >> 8) % (end - 8)
                       : (seed >> 8) % (file.len - 4);
            file.data[at] = (uint8_t)(seed >> 3);
        }
        sign(&file);
        if (!load_bytes(&t, &file, NULL)) {
            uint8_t row[12 * 40];
            dsc_textread_logits logits;
            for (size_t i = 0; i < sizeof row; i++)
                row[i] = (uint8_t)(i * 37);
            cr_assert_eq(dsc_textread_run(t, row, 40, 12, &logits, NULL),
                         DSC_OK);
            loaded++;
        }
        dsc_textread_free(&t);
        dsc_buf_free(&file);
    }
    cr_expect_gt(loaded, 20);
    dsc_buf_free(&whole);
}

/* ---- arithmetic ---- */

typedef struct plain_layer {
    uint32_t n[9];
    const uint8_t *weights, *bias, *mult, *shift;
} plain_layer;

typedef struct plain_map {
    int64_t *v; /* [row][column][channel] */
    int32_t rows, columns, channels;
} plain_map;

static int64_t at(const plain_map *m, int32_t y, int32_t x, int32_t c)
{
    if (y < 0 || x < 0 || y >= m->rows || x >= m->columns)
        return 0;
    return m
        ->v[((size_t)y * (size_t)m->columns + (size_t)x) * (size_t)m->channels +
            (size_t)c];
}

static int64_t plain_sum(const plain_layer *l, const plain_map *m, int32_t y,
                         int32_t x, uint32_t o)
{
    int64_t sum = (int32_t)u32(l->bias + 4 * o);
    const uint8_t *w =
        l->weights + (size_t)o * l->n[HIGH] * l->n[WIDE] * l->n[IN];

    for (int32_t ky = 0; ky < (int32_t)l->n[HIGH]; ky++)
        for (int32_t kx = 0; kx < (int32_t)l->n[WIDE]; kx++)
            for (int32_t c = 0; c < (int32_t)l->n[IN]; c++)
                sum += (int8_t)*w++ *
                       at(m, y * (int32_t)l->n[DOWN] - (int32_t)l->n[PAD] + ky,
                          x + (kx - (int32_t)l->n[WIDE] / 2) *
                                  (int32_t)l->n[DILATION],
                          c);
    return sum;
}

static int64_t most(int64_t v, int64_t top)
{
    return v < top ? v : top;
}

/* One layer; `total` is the running sum. */
static plain_map plain_run(const plain_layer *l, const plain_map *m,
                           int64_t *total)
{
    plain_map out = {.columns = m->columns, .channels = (int32_t)l->n[OUT]};
    size_t i = 0;

    out.rows = (m->rows + 2 * (int32_t)l->n[PAD] - (int32_t)l->n[HIGH]) /
                   (int32_t)l->n[DOWN] +
               1;
    out.v = calloc((size_t)out.rows * (size_t)out.columns * l->n[OUT],
                   sizeof *out.v);
    for (int32_t y = 0; y < out.rows; y++)
        for (int32_t x = 0; x < out.columns; x++)
            for (uint32_t o = 0; o < l->n[OUT]; o++, i++) {
                int64_t sum = plain_sum(l, m, y, x, o), v = llabs(sum);
                uint32_t shift = u32(l->shift + 4 * o);
                v = (v * u32(l->mult + 4 * o) + (1 << shift >> 1)) >> shift;
                if (l->n[SORT] == 3) {
                    out.v[i] = sum < 0 ? -v : v;
                    continue;
                }
                v = sum < 0 ? 0 : v;
                if (l->n[SORT]) {
                    v = most(v + (l->n[SORT] == 2 ? total[i] : 0), 65535);
                    total[i] = v;
                    v = (v + (1 << l->n[DROP] >> 1)) >> l->n[DROP];
                }
                out.v[i] = most(v, 127);
            }
    return out;
}

static plain_layer plain_layer_at(const uint8_t **p)
{
    plain_layer l;
    size_t taps;

    for (int i = 0; i < 9; i++)
        l.n[i] = u32(*p + 4 * i);
    taps = (size_t)l.n[OUT] * l.n[IN] * l.n[HIGH] * l.n[WIDE];
    l.weights = *p + LAYER_BYTES;
    l.bias = l.weights + taps;
    l.mult = l.bias + 4 * l.n[OUT];
    l.shift = l.mult + 4 * l.n[OUT];
    *p = l.shift + 4 * l.n[OUT];
    return l;
}

/* Logits of letters 0 on 255 that reach all four edges. */
static plain_map plain_net(const dsc_buf *file, const uint8_t *px, int32_t w,
                           int32_t h)
{
    const uint8_t *p = file->data + HEAD_BYTES + u32(file->data + NAMES_AT);
    plain_map m = {.rows = WINDOW, .columns = w + 2 * END, .channels = 1};
    int64_t *total = calloc((size_t)m.columns * WINDOW * 256, sizeof *total);
    int dark = 0;

    m.v = calloc((size_t)m.columns * WINDOW, sizeof *m.v);
    for (int32_t i = 0; i < w * h; i++)
        dark = 255 - px[i] > dark ? 255 - px[i] : dark;
    for (int32_t y = 0; y < h; y++)
        for (int32_t x = 0; x < w; x++)
            m.v[(y + (WINDOW - h) / 2) * m.columns + x + END] =
                (255 - px[y * w + x]) * 127 / dark;
    for (uint32_t i = 0; i < u32(file->data + LAYERS_AT); i++) {
        plain_layer l = plain_layer_at(&p);
        plain_map next = plain_run(&l, &m, total);
        free(m.v);
        m = next;
    }
    free(total);
    return m;
}

/* With every instruction set that there is. */
Test(textread, as_the_layers_written_out, .timeout = 120)
{
    static const int32_t sizes[][2] = {{1, 5}, {3, 22}, {40, 9}, {17, 6}};
    const unsigned levels[] = {0, dsc_cpu_flags()};
    dsc_buf file = weight_file();
    dsc_textread *t[2] = {NULL, NULL};
    uint32_t seed = 5;

    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(dsc_textread_load(&t[i], WEIGHTS, levels[i], NULL),
                     DSC_OK);
    for (size_t n = 0; n < 2 * sizeof sizes / sizeof *sizes; n++) {
        int32_t w = sizes[n / 2][0], h = sizes[n / 2][1];
        uint8_t px[40 * 22];
        dsc_textread_logits logits;
        plain_map m;
        for (int32_t i = 0; i < w * h; i++) {
            seed = seed * 1664525u + 1013904223u;
            /* strokes and paper, and edges between; none of it quite black */
            px[i] = (uint8_t)(seed >> 30 ? 254 - (seed >> 29) * 7 : 20);
        }
        m = plain_net(&file, px, w, h);
        cr_assert_eq(dsc_textread_run(t[n % 2], px, w, h, &logits, NULL),
                     DSC_OK);
        cr_assert_eq(logits.columns, m.columns);
        cr_assert_eq(logits.classes, (uint32_t)m.channels);
        cr_assert_eq(logits.first, -END);
        for (int32_t i = 0; i < m.columns * m.channels; i++)
            cr_assert_eq(logits.of[i], m.v[i], "%d x %d, number %d", w, h, i);
        free(m.v);
    }
    for (size_t i = 0; i < 2; i++)
        dsc_textread_free(&t[i]);
    dsc_buf_free(&file);
}

/* ---- what columns say ---- */

enum {
    LOW = -100 * DSC_TEXTREAD_LOGIT,
    COLUMNS = 12
};

/* Class number of an ASCII character: the classes begin with these. */
static uint32_t class_of(char c)
{
    return (uint32_t)(c - ' ') + 1;
}

typedef struct said {
    int32_t *of;
    dsc_textread_logits logits;
} said;

/* A column for each character, '_' for none. */
static said say(const char *columns, uint32_t classes)
{
    size_t n = strlen(columns);
    said s = {.of = calloc(n * classes, sizeof(int32_t))};

    s.logits = (dsc_textread_logits){s.of, classes, (int32_t)n, -END};
    for (size_t i = 0; i < n * classes; i++)
        s.of[i] = LOW;
    for (size_t x = 0; x < n; x++)
        s.of[x * classes + (columns[x] == '_' ? 0 : class_of(columns[x]))] = 0;
    return s;
}

static void spell(const dsc_textread_text *t, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < t->count; i++) {
        if (i && t->letters[i].word != t->letters[i - 1].word)
            strncat(out, " ", size - strlen(out) - 1);
        strncat(out, t->letters[i].utf8, size - strlen(out) - 1);
    }
}

static uint32_t classes_of(dsc_textread *t)
{
    uint8_t px[5] = {0};
    dsc_textread_logits logits;

    cr_assert_eq(dsc_textread_run(t, px, 1, 5, &logits, NULL), DSC_OK);
    return logits.classes;
}

struct columns_case {
    char columns[16];
    char text[16];
};

ParameterizedTestParameters(columns, say)
{
    static struct columns_case cases[] = {
        {"____", ""},
        {"_A_", "A"},
        {"AAA", "A"},
        {"AA_A", "AA"},
        {"AABB_", "AB"},
        {"A B", "A B"},
        {"_A_ _B", "A B"},
        {"  A  ", "A"},
        {"   ", ""},
        {"A_ _ _B", "A B"},
        {"5_5__.2", "55.2"},
        {" A_ A ", "A A"},
        {"A", "A"},
        /* one shape is one letter */
        {"_cCc_", "c"},
        {"CC_c", "Cc"},
        {"_O0_8", "08"},
        {"O.8", "0.8"},
        {"_l_5", "15"},
        {"l.O", "1.0"},
        {"lO", "lO"},
        {"PlO", "PlO"},
        {"5_O_A", "5OA"},
        {"l.", "l."},
        {"O-5", "0-5"},
    };
    return cr_make_param_array(struct columns_case, cases,
                               sizeof cases / sizeof cases[0]);
}

ParameterizedTest(struct columns_case *c, columns, say)
{
    dsc_textread *t = net();
    said s = say(c->columns, classes_of(t));
    dsc_textread_text *text = calloc(1, sizeof *text);
    char read[64];

    cr_assert_eq(dsc_textread_decode(t, &s.logits, text, NULL), DSC_OK);
    spell(text, read, sizeof read);
    cr_expect_str_eq(read, c->text, "%s", c->columns);
    for (size_t i = 0; i < text->words; i++)
        cr_expect_gt(text->sure[i], 0.9999F);
    for (size_t i = 0; i < text->count; i++) {
        const dsc_textread_letter *l = &text->letters[i];
        cr_expect(l->x0 >= -END && l->x1 > l->x0);
        cr_expect_neq(c->columns[l->x0 + END], '_');
    }
    free(text);
    free(s.of);
    dsc_textread_free(&t);
}

/* The chance of a word is the sum over all ways to say it: here each of the
 * 3^5 paths of five columns that say A, B or nothing is tried. */
Test(columns, chance_is_the_sum_of_all_paths)
{
    static const uint32_t set[] = {0, 'A' - ' ' + 1, 'B' - ' ' + 1};
    dsc_textread *t = net();
    uint32_t classes = classes_of(t), seed = 3;
    dsc_textread_text *text = calloc(1, sizeof *text);

    for (int n = 0; n < 200; n++) {
        said s = say("_____", classes);
        double p[5][3], sum = 0;
        char read[16];
        for (size_t x = 0; x < 5; x++) {
            double all = 0;
            for (size_t k = 0; k < 3; k++) {
                seed = seed * 1664525u + 1013904223u;
                s.of[x * classes + set[k]] = (int32_t)(seed >> 22);
                all += p[x][k] = pow(2.718281828459045, (seed >> 22) / 256.0);
            }
            for (size_t k = 0; k < 3; k++)
                p[x][k] /= all;
        }
        cr_assert_eq(dsc_textread_decode(t, &s.logits, text, NULL), DSC_OK);
        spell(text, read, sizeof read);
        for (int path = 0; path < 243; path++) {
            char told[8] = "";
            double chance = 1;
            for (int x = 0, rest = path, last = 0; x < 5; x++, rest /= 3) {
                int k = rest % 3;
                chance *= p[x][k];
                if (k && k != last)
                    strncat(told, k == 1 ? "A" : "B", 2);
                last = k;
            }
            if (!strcmp(told, read))
                sum += chance;
        }
        if (text->words)
            cr_expect_lt(fabs(sum - (double)text->sure[0]), 1e-5, "%s %f %f",
                         read, sum, (double)text->sure[0]);
        free(s.of);
    }
    free(text);
    dsc_textread_free(&t);
}

Test(columns, doubt_between_letters_counts)
{
    dsc_textread *t = net();
    uint32_t classes = classes_of(t);
    said s = say("_A__B_", classes);
    dsc_textread_text *text = calloc(1, sizeof *text);

    s.of[3 * classes + class_of('I')] = -1 * DSC_TEXTREAD_LOGIT;
    cr_assert_eq(dsc_textread_decode(t, &s.logits, text, NULL), DSC_OK);
    cr_assert_eq(text->words, 1);
    cr_expect_eq(text->count, 2);
    cr_expect_lt(text->sure[0], 0.8F);
    free(text);
    free(s.of);
    dsc_textread_free(&t);
}

/* Two classes of one shape are no doubt, two shapes are. */
Test(columns, doubt_within_a_shape_does_not_count)
{
    dsc_textread *t = net();
    uint32_t classes = classes_of(t);
    said s = say("_5_0_", classes);
    dsc_textread_text *text = calloc(1, sizeof *text);

    s.of[3 * classes + class_of('O')] = 0;
    s.of[3 * classes + class_of('o')] = -10;
    cr_assert_eq(dsc_textread_decode(t, &s.logits, text, NULL), DSC_OK);
    cr_expect_gt(text->sure[0], 0.999F);
    s.of[3 * classes + class_of('Q')] = 0;
    cr_assert_eq(dsc_textread_decode(t, &s.logits, text, NULL), DSC_OK);
    cr_expect_lt(text->sure[0], 0.8F);
    /* more probable together than nothing, though not each */
    s.of[3 * classes] = 100;
    cr_assert_eq(dsc_textread_decode(t, &s.logits, text, NULL), DSC_OK);
    cr_expect_eq(text->count, 2);
    free(text);
    free(s.of);
    dsc_textread_free(&t);
}

Test(columns, too_many_letters_are_none)
{
    dsc_textread *t = net();
    char columns[2 * DSC_TEXTREAD_LETTERS + 3] = "";
    dsc_textread_text *text = calloc(1, sizeof *text);

    for (size_t i = 0; i <= DSC_TEXTREAD_LETTERS; i++)
        memcpy(columns + 2 * i, "A_", 3);
    for (size_t n = 0; n < 2; n++) {
        said s = say(columns + 2 * n, classes_of(t));
        cr_assert_eq(dsc_textread_decode(t, &s.logits, text, NULL), DSC_OK);
        cr_expect_eq(text->count, n ? DSC_TEXTREAD_LETTERS : 0);
        cr_expect_eq(text->words, n);
        free(s.of);
    }
    free(text);
    dsc_textread_free(&t);
}

/* ---- rows ---- */

struct row_case {
    char what[16];
    int32_t w, h;
    int px; /* -1: noise */
    dsc_rect ink;
    int32_t columns;
};

ParameterizedTestParameters(rows_of, any_size)
{
    static struct row_case cases[] = {
        {"one pixel", 1, 1, 0, {0}, 0},
        {"a column", 1, 1024, 0, {0}, 0},
        {"a line", 1024, 1, 0, {0}, 0},
        {"white", 60, 16, 255, {0}, 0},
        {"black", 60, 23, 0, {0}, 0},
        {"black, low", 60, 22, 0, {0}, 68},
        {"lowest", 60, 40, 255, {3, 20, 9, 5}, 17},
        {"too low", 60, 40, 255, {3, 20, 9, 4}, 0},
        {"widest", 1020, 12, 255, {2, 1, 1016, 9}, 1024},
        {"too wide", 1020, 12, 255, {2, 1, 1017, 9}, 0},
        {"faint", 60, 12, 255, {0, 0, 0, 0}, 0},
        {"noise", 200, 20, -1, {0}, 208},
        {"noise, wide", 1016, 12, -1, {0}, 1024},
    };
    return cr_make_param_array(struct row_case, cases,
                               sizeof cases / sizeof cases[0]);
}

/* Nothing is sure of what is no letter, and all ink stays in the row. */
ParameterizedTest(struct row_case *c, rows_of, any_size, .timeout = 60)
{
    dsc_textread *t = net();
    size_t n = (size_t)c->w * (size_t)c->h;
    dsc_crop row = {.px = malloc(n), .w = c->w, .h = c->h, .text_h = c->h};
    dsc_textread_logits logits;
    dsc_words words = {0};
    uint32_t seed = 11;

    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        row.px[i] = (uint8_t)(c->px < 0 ? (int)(seed >> 24) : c->px);
    }
    for (int32_t y = c->ink.y; y < c->ink.y + c->ink.h; y++)
        memset(row.px + y * c->w + c->ink.x, 10, (size_t)c->ink.w);
    cr_assert_eq(dsc_textread_run(t, row.px, c->w, c->h, &logits, NULL),
                 DSC_OK);
    cr_expect_eq(logits.columns, c->columns, "%s: %d", c->what, logits.columns);
    cr_assert_eq(dsc_ocr__small(t, &row, &words, NULL), DSC_OK);
    for (size_t i = 0; i < words.count; i++) {
        dsc_rect b = words.items[i].box;
        cr_expect_eq(words.items[i].confidence, 0, "%s: %s", c->what,
                     words.items[i].utf8);
        cr_expect(b.x >= 0 && b.y >= 0 && b.x + b.w <= c->w &&
                  b.y + b.h <= c->h && b.w > 0 && b.h > 0);
    }
    dsc_words_free(&words);
    free(row.px);
    dsc_textread_free(&t);
}

Test(textread, out_of_memory, .timeout = 120)
{
    dsc_textread *t = NULL;
    dsc_status st = DSC_NOMEM;
    uint8_t px[40 * 12];
    unsigned long n = 0;

    for (size_t i = 0; i < sizeof px; i++)
        px[i] = i % 40 % 7 < 3 ? 0 : 255;
    while (st && n < 100) {
        dsc_words words = {0};
        dsc_crop row = {.px = px, .w = 40, .h = 12, .text_h = 12};
        dsc_alloc_fail_after(++n);
        st = dsc_textread_load(&t, WEIGHTS, dsc_cpu_flags(), NULL);
        if (!st)
            st = dsc_ocr__small(t, &row, &words, NULL);
        dsc_alloc_fail_after(0);
        cr_assert(st == DSC_OK || st == DSC_NOMEM);
        dsc_words_free(&words);
        dsc_textread_free(&t);
    }
    cr_expect_eq(st, DSC_OK);
    cr_expect_gt(n, 20);
}
