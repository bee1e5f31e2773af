/* SPDX-License-Identifier: Apache-2.0
 *
 * The learned finder: its weight file, its determinism, odd planes. */
#include "base/cpu.h"
#include "base/file.h"
#include "detect/detect.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/dcmscrub-net-XXXXXX";

/* ---- the weight file ---- */

struct damage {
    char what[16];
    size_t keep; /* bytes kept; 0: all */
    long offset; /* of a byte that is changed; -1: none */
    char message[48];
    bool sign; /* with a checksum that fits */
};

enum {
    HEAD_BYTES = 16,
    LAYER_BYTES = 24,
    FIRST_OUT = 16,
    /* of the first layer: in the file */
    FIRST_MULT = HEAD_BYTES + LAYER_BYTES + FIRST_OUT * (9 * 2 + 4),
    FIRST_SHIFT = FIRST_MULT + 4 * FIRST_OUT,
    SECOND_OUT = FIRST_SHIFT + 4 * FIRST_OUT
};

static void sign(dsc_buf *file)
{
    uint32_t crc = ~0u;

    for (size_t i = 0; i < file->len - 4; i++) {
        crc ^= file->data[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1u)));
    }
    for (size_t i = 0; i < 4; i++)
        file->data[file->len - 4 + i] = (uint8_t)(~crc >> (8 * i));
}

ParameterizedTestParameters(weights, refuses)
{
    static struct damage cases[] = {
        {"empty", 1, -1, "not a weight file", false},
        {"head only", 16, -1, "wrong checksum", false},
        {"signed head", 16, -1, "no layers", true},
        {"truncated", 5000, -1, "wrong checksum", false},
        {"other magic", 0, 0, "not a weight file", false},
        {"other version", 0, 8, "version", false},
        {"flipped weight", 0, 4000, "wrong checksum", false},
        {"layer count", 0, 12, "wrong checksum", false},
        {"signed count", 0, 12, "layers", true},
        {"signed, cut", 5000, -1, "truncated in layer", true},
        {"channels", 0, HEAD_BYTES, "makes no sense", true},
        {"dilation", 0, HEAD_BYTES + 16, "makes no sense", true},
        {"drop", 0, HEAD_BYTES + 20, "makes no sense", true},
        /* sums that would not fit 31 bits */
        {"multiplier", 0, FIRST_MULT + 3, "a scale makes no sense", true},
        {"shift", 0, FIRST_SHIFT, "a scale makes no sense", true},
        {"layer's width", 0, SECOND_OUT, "layer 1 makes no sense", true},
    };
    return cr_make_param_array(struct damage, cases,
                               sizeof cases / sizeof cases[0]);
}

static void write_bytes(const char *path, const dsc_buf *b)
{
    FILE *fp = fopen(path, "wb");
    cr_assert(fp);
    cr_assert_eq(fwrite(b->data, 1, b->len, fp), b->len);
    fclose(fp);
}

/* A copy of one of the nets, damaged or not. */
static void copy_net(const char *name, const struct damage *c)
{
    char path[256];
    dsc_buf file = {0};

    snprintf(path, sizeof path, "%s/textdet/%s", MODELS, name);
    cr_assert_eq(dsc_read_file(&file, path, 1 << 20, NULL), DSC_OK);
    if (c && c->keep)
        file.len = c->keep;
    if (c && c->offset >= 0)
        file.data[c->offset] ^= 0x40;
    if (c && c->sign)
        sign(&file);
    snprintf(path, sizeof path, "%s/textdet/%s", folder, name);
    write_bytes(path, &file);
    dsc_buf_free(&file);
}

ParameterizedTest(struct damage *c, weights, refuses)
{
    static const char *const names[] = {"textdet.bin", "wide.bin"};
    char path[128];
    dsc_detector *d = NULL;
    dsc_error err = DSC_ERROR_INIT;

    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/textdet", folder);
    cr_assert_eq(mkdir(path, 0700), 0);
    for (int damaged = 0; damaged < 2; damaged++) {
        for (int i = 0; i < 2; i++)
            copy_net(names[i], i == damaged ? c : NULL);
        cr_assert_eq(dsc_detector_create(&d, folder, &err), DSC_USAGE);
        cr_assert(strstr(err.msg, c->message), "%s: %s", names[damaged],
                  err.msg);
        cr_assert_null(d);
    }
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/textdet/%s", folder, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/textdet", folder);
    rmdir(path);
    rmdir(folder);
}

Test(weights, missing_file_is_told)
{
    dsc_detector *d = NULL;
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_detector_create(&d, "/nonexistent", &err), DSC_USAGE);
    cr_assert(strstr(err.msg, "weights"), "%s", err.msg);
}

/* ---- planes ---- */

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static double found_share(const char *level, uint32_t w, uint32_t h, int fill,
                          dsc_text_boxes *out)
{
    size_t n = (size_t)w * h;
    uint8_t *grey = malloc(n);
    dsc_plane plane = {grey, w, h, w};
    dsc_detector *d = NULL;
    dsc_rects boxes = {0};
    uint32_t seed = 1;
    double share;

    cr_assert(grey);
    for (size_t i = 0; i < n; i++)
        grey[i] = fill < 0 ? (uint8_t)next_random(&seed) : (uint8_t)fill;
    cr_assert_eq(dsc_cpu_set_level(level, NULL), DSC_OK);
    cr_assert_eq(dsc_detector_create(&d, MODELS, NULL), DSC_OK);
    cr_assert_eq(dsc_detector_find(d, &plane, NULL, DSC_DETECT_WIDE, out, NULL),
                 DSC_OK);
    for (size_t i = 0; i < out->count; i++)
        cr_assert_eq(dsc_rects_add(&boxes, out->items[i].box, NULL), DSC_OK);
    share = (double)dsc_rects_covered(
                &boxes, (dsc_rect){0, 0, (int32_t)w, (int32_t)h}) /
            (double)n;
    dsc_rects_free(&boxes);
    dsc_detector_free(&d);
    free(grey);
    return share;
}

struct plane_case {
    uint32_t w, h;
    int fill; /* -1: noise */
    double most;
};

ParameterizedTestParameters(planes, without_text)
{
    static struct plane_case cases[] = {
        {1, 1, 0, 0},      {1, 20000, 0, 0},    {20000, 1, 255, 0},
        {3, 3, 128, 0},    {640, 480, 0, 0},    {640, 480, 255, 0},
        {640, 480, 90, 0}, {640, 480, -1, .02}, {5000, 5000, 0, 0},
    };
    return cr_make_param_array(struct plane_case, cases,
                               sizeof cases / sizeof cases[0]);
}

ParameterizedTest(struct plane_case *c, planes, without_text)
{
    dsc_text_boxes found = {0};
    double share = found_share("avx512", c->w, c->h, c->fill, &found);

    cr_assert_leq(share, c->most, "%ux%u fill %d: %.4f", c->w, c->h, c->fill,
                  share);
    dsc_text_boxes_free(&found);
}
