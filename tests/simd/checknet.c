/* SPDX-License-Identifier: Apache-2.0
 *
 * The text finder's kernels of this CPU level against the reference: random
 * layers on random rows, every byte of the output compared, guard zones too.
 *
 *   checknet [--rounds N] [--seed N]
 */
#include "base/cpu.h"
#include "base/mem.h"
#include "detect/net_kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_PIXELS = 96,
    IN_BYTES = 64 * 1024,
    OUT_BYTES = NET_WIDE / 4 * (4 * MAX_PIXELS + 64),
    SUM_WORDS = NET_WIDE * MAX_PIXELS + 32,
    HEAD_BYTES = 2 * MAX_PIXELS + 32
};

typedef struct output {
    uint8_t out[OUT_BYTES];
    uint16_t sum[SUM_WORDS];
    int8_t head[4][HEAD_BYTES];
} output;

static uint64_t state;

static uint32_t next(uint32_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

/* A layer within the bounds that models/textdet/export.py keeps, now and then
 * at their very edge. */
static void make_layer(dsc_net_layer *l, uint32_t out, uint32_t taps,
                       bool words)
{
    bool extreme = next(8) == 0;
    int8_t *bytes;
    int16_t *word;

    *l = (dsc_net_layer){.out = out, .taps = taps, .drop = next(10)};
    l->weights = dsc_calloc((size_t)taps * out, 4);
    bytes = l->weights;
    word = l->weights;
    for (uint32_t i = 0; i < taps * out * 4 && !words; i++)
        bytes[i] = (int8_t)(extreme ? NET_TOP : (int)next(255) - 127);
    for (uint32_t i = 0; i < taps * out * 2 && words; i++)
        word[i] = (int16_t)(extreme ? 1023 : (int)next(2047) - 1023);
    for (uint32_t o = 0; o < out; o++) {
        l->bias[o] = (int32_t)next(60000) - 30000;
        l->mult[o] = next(500);
        l->shift[o] = next(14);
        l->half[o] = 1u << l->shift[o] >> 1;
    }
}

static void make_input(uint8_t *in, bool words)
{
    int16_t v;

    for (size_t i = 0; i < IN_BYTES; i++)
        in[i] = (uint8_t)(next(8) ? next(NET_TOP + 1) : NET_TOP);
    for (size_t i = 0; i < IN_BYTES && words; i += 2) {
        v = (int16_t)((int)next(511) - 255);
        memcpy(in + i, &v, 2);
    }
}

static void make_output(output *a, output *b)
{
    uint8_t *p = (uint8_t *)a;

    for (size_t i = 0; i < sizeof *a; i++)
        p[i] = (uint8_t)next(256);
    memcpy(b, a, sizeof *b);
}

static void run(dsc_net_row_fn fn, const dsc_net_layer *l, dsc_net_row r,
                output *o)
{
    r.out = o->out + 16;
    r.group = 4 * (size_t)r.pixels + 48;
    r.sum = o->sum + 16;
    for (int i = 0; i < 4; i++)
        r.head[i / 2][i % 2] = o->head[i] + 16;
    fn(l, &r);
}

static bool one_round(const dsc_net_kernels *k)
{
    static uint8_t in[IN_BYTES] __attribute__((aligned(64)));
    static output a, b;
    static const uint32_t outs[] = {NET_FIRST, NET_BODY, NET_WIDE, NET_HEAD};
    const dsc_net_row_fn subject[] = {k->first, k->body, k->body, k->head};
    const dsc_net_row_fn reference[] = {
        dsc_net_kernels_c.first, dsc_net_kernels_c.body, dsc_net_kernels_c.body,
        dsc_net_kernels_c.head};
    int32_t offsets[NET_MAX_TAPS];
    bool same = true;

    for (int i = 0; i < 4; i++) {
        uint32_t taps = i == 0 ? 6 : 1 + next(NET_MAX_TAPS);
        dsc_net_row r = {.in = in + IN_BYTES / 2,
                         .offsets = offsets,
                         .pixels =
                             NET_LANES * (1 + next(MAX_PIXELS / NET_LANES)),
                         .add = next(2) == 0};
        dsc_net_layer l;
        r.first = k->step < NET_LANES ? k->step * next(2) : 0;
        make_layer(&l, outs[i], taps, i == 0);
        make_input(in, i == 0);
        for (uint32_t t = 0; t < taps; t++)
            offsets[t] = 4 * ((int32_t)next(8000) - 4000);
        make_output(&a, &b);
        run(subject[i], &l, r, &a);
        run(reference[i], &l, r, &b);
        if (memcmp(&a, &b, sizeof a)) {
            printf("kernel %d differs: %u pixels, %u taps\n", i, r.pixels,
                   taps);
            same = false;
        }
        dsc_free(l.weights);
    }
    return same;
}

int main(int argc, char **argv)
{
    const dsc_net_kernels *k = dsc_net_kernels_for(dsc_cpu_flags());
    const char *level = getenv("DSC_CPU"), *name = "c";
    unsigned long rounds = 400, seed = 1, failed = 0;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--rounds"))
            rounds = strtoul(argv[i + 1], NULL, 10);
        else if (!strcmp(argv[i], "--seed"))
            seed = strtoul(argv[i + 1], NULL, 10);
    }
#if defined(__x86_64__) || defined(__i386__)
    name = k == &dsc_net_kernels_avx512    ? "avx512"
           : k == &dsc_net_kernels_avxvnni ? "avxvnni"
           : k == &dsc_net_kernels_avx2    ? "avx2"
           : k == &dsc_net_kernels_sse2    ? "sse2"
                                           : name;
#elif defined(__aarch64__)
    name = k == &dsc_net_kernels_neon ? "neon" : name;
#endif
    if (k == &dsc_net_kernels_c || (level && strcmp(level, name))) {
        printf("skipped: level %s runs the kernels of %s\n",
               level ? level : "-", name);
        return 77;
    }
    state = seed;
    for (unsigned long i = 0; i < rounds; i++)
        failed += !one_round(k);
    printf("%s: seed %lu, %lu rounds, %lu failed\n", name, seed, rounds,
           failed);
    return failed ? 1 : 0;
}
