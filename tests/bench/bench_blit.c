/* SPDX-License-Identifier: Apache-2.0
 *
 * GB/s of each kernel and variant beside memset (fill) or memcmp (the rest) on
 * the same rows in the same run: a table, then one line of JSON.
 *
 *   bench_blit [--ms N] [--kernel NAME]
 *
 * Each figure is the best of many short turns; the subjects take turns, so
 * that a busy machine hurts all alike. Bytes are those written by fills, those
 * read from the first operand by the others. */
#include "blit/blit_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STRIDE   ((size_t)4096 * 3)
#define MAX_ROWS ((size_t)2048)
#define TURN_NS  200000.0
#define SUBJECTS 6 /* libc and up to five variants */

typedef struct row {
    unsigned kernel;
    const char *what;
    size_t n; /* bytes of a row, of the input where that differs */
    size_t rows;
    size_t stride;
    unsigned cell; /* bytes of the fill pattern */
} row;

/* Boxes of 64 lines in frames of usual widths; then longer runs. */
static const row rows[] = {
    {DSC_KERNEL_fill, "u8 16/800 px", 16, 64, 800, 1},
    {DSC_KERNEL_fill, "u8 64/800 px", 64, 64, 800, 1},
    {DSC_KERNEL_fill, "u8 200/800 px", 200, 64, 800, 1},
    {DSC_KERNEL_fill, "u8 700/800 px", 700, 64, 800, 1},
    {DSC_KERNEL_fill, "u16 64/512 px", 128, 64, 1024, 2},
    {DSC_KERNEL_fill, "u16 333/512 px", 666, 64, 1024, 2},
    {DSC_KERNEL_fill, "u16 64/2048 px", 128, 64, 4096, 2},
    {DSC_KERNEL_fill, "u16 333/2048 px", 666, 64, 4096, 2},
    {DSC_KERNEL_fill, "u32 64/512 px", 256, 64, 2048, 4},
    {DSC_KERNEL_fill, "rgb8 64/1024 px", 192, 64, 3072, 3},
    {DSC_KERNEL_fill, "rgb8 333/1024 px", 999, 64, 3072, 3},
    {DSC_KERNEL_fill, "rgb16 64/640 px", 384, 64, 3840, 6},
    {DSC_KERNEL_fill, "422 64/640 px", 128, 64, 1280, 4},
    {DSC_KERNEL_fill, "u16 2048/4096 px", 4096, 1024, 8192, 2},
    {DSC_KERNEL_fill, "rgb8 24 MB run", STRIDE *MAX_ROWS, 1, 0, 3},
    {DSC_KERNEL_same, "64 B rows", 64, 64, 4096, 0},
    {DSC_KERNEL_same, "1000 B rows", 1000, 64, 4096, 0},
    {DSC_KERNEL_same, "256 KB run", 262144, 1, 0, 0},
    {DSC_KERNEL_same, "24 MB run", STRIDE *MAX_ROWS, 1, 0, 0},
    {DSC_KERNEL_match, "u8 64 px", 64, 64, 4096, 1},
    {DSC_KERNEL_match, "rgb8 333 px", 999, 64, STRIDE, 3},
    {DSC_KERNEL_match, "24 MB run", STRIDE *MAX_ROWS, 1, 0, 3},
    {DSC_KERNEL_diff, "1000 B rows", 1000, 64, 4096, 0},
    {DSC_KERNEL_diff, "1024x768", 1024, 768, 1024, 0},
    {DSC_KERNEL_window_u8, "64 px", 64, 64, 4096, 0},
    {DSC_KERNEL_window_u8, "1024x768", 1024, 768, 1024, 0},
    {DSC_KERNEL_window_u16, "64 px", 128, 64, 4096, 0},
    {DSC_KERNEL_window_u16, "512x512", 1024, 512, 1024, 0},
    {DSC_KERNEL_max_rgb, "64 px", 192, 64, 4096, 0},
    {DSC_KERNEL_max_rgb, "1024x768", 3072, 768, 3072, 0},
    {DSC_KERNEL_spread_rgb, "1024x768", 3072, 768, 3072, 0},
    {DSC_KERNEL_green_rgb, "1024x768", 3072, 768, 3072, 0},
    {DSC_KERNEL_cool_rgb, "1024x768", 3072, 768, 3072, 0},
    {DSC_KERNEL_max_planar, "1024x768", 1024, 768, 1024, 0},
    {DSC_KERNEL_spread_planar, "1024x768", 1024, 768, 1024, 0},
    {DSC_KERNEL_green_planar, "1024x768", 1024, 768, 1024, 0},
    {DSC_KERNEL_cool_planar, "1024x768", 1024, 768, 1024, 0},
};

#define ROWS (sizeof rows / sizeof rows[0])

static const char *const kernel_names[] = {
#define X(kernel, type) #kernel,
    DSC_BLIT_KERNELS(X)
#undef X
};

static uint8_t *mem_a, *mem_b, *mem_out, *map;
static uint8_t pattern[DSC_PATTERN_BYTES];
static const dsc_ramp ramp = {.range = 255, .mul = 65280, .shift = 16};
static volatile size_t sink;

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void run_libc(const row *r)
{
    size_t sum = 0;

    if (r->kernel == DSC_KERNEL_fill) {
        for (size_t y = 0; y < r->rows; y++)
            memset(mem_out + y * r->stride, (int)sink & 1, r->n);
        return;
    }
    for (size_t y = 0; y < r->rows; y++)
        sum +=
            (size_t)memcmp(mem_a + y * r->stride, mem_b + y * r->stride, r->n);
    sink = sum;
}

static void run_row(const dsc_blit *k, const row *r, size_t y, size_t *sum)
{
    const uint8_t *a = mem_a + y * r->stride, *b = mem_b + y * r->stride;
    uint8_t *out = mem_out + y * r->stride;

    switch (r->kernel) {
    case DSC_KERNEL_same:
        *sum += k->same(a, b, r->n) != r->n;
        break;
    case DSC_KERNEL_match:
        *sum += k->match(a, r->n, pattern) != r->n;
        break;
    case DSC_KERNEL_diff:
        k->diff(a, b, r->n, 3, map);
        break;
    case DSC_KERNEL_window_u8:
        k->window_u8(out, a, r->n, &ramp);
        break;
    case DSC_KERNEL_window_u16:
        k->window_u16(out, a, r->n / 2, &ramp);
        break;
    case DSC_KERNEL_max_rgb:
        k->max_rgb(out, a, r->n / 3);
        break;
    case DSC_KERNEL_spread_rgb:
        k->spread_rgb(out, a, r->n / 3);
        break;
    case DSC_KERNEL_green_rgb:
        k->green_rgb(out, a, r->n / 3);
        break;
    case DSC_KERNEL_cool_rgb:
        k->cool_rgb(out, a, r->n / 3);
        break;
    case DSC_KERNEL_max_planar:
        k->max_planar(out, a, b, a + 64, r->n);
        break;
    case DSC_KERNEL_spread_planar:
        k->spread_planar(out, a, b, a + 64, r->n);
        break;
    case DSC_KERNEL_green_planar:
        k->green_planar(out, a, b, a + 64, r->n);
        break;
    default:
        k->cool_planar(out, a, b, a + 64, r->n);
        break;
    }
}

static void run_kernel(const dsc_blit *k, const row *r)
{
    size_t sum = 0;

    if (r->kernel == DSC_KERNEL_fill) {
        k->fill(mem_out, r->stride, r->n, r->rows, pattern);
        return;
    }
    for (size_t y = 0; y < r->rows; y++)
        run_row(k, r, y, &sum);
    sink = sum;
}

static double time_once(const dsc_blit *k, const row *r, unsigned repeat)
{
    double start = now_ns();

    for (unsigned i = 0; i < repeat; i++) {
        if (k)
            run_kernel(k, r);
        else
            run_libc(r);
    }
    return (now_ns() - start) / repeat;
}

/* How often to run within one turn. */
static unsigned repeat_for(const row *r)
{
    double ns = time_once(NULL, r, 1);
    double fit;

    ns = time_once(NULL, r, 3);
    fit = TURN_NS / (ns > 1 ? ns : 1);
    return fit < 1 ? 1u : (unsigned)fit;
}

static void measure(const dsc_blit *const *subjects, size_t count, const row *r,
                    double budget_ns, double *gbps)
{
    unsigned repeat = repeat_for(r);
    double end, best[SUBJECTS], t;

    for (size_t s = 0; s < count; s++) {
        best[s] = time_once(subjects[s], r, 1);
    }
    end = now_ns() + budget_ns;
    do {
        for (size_t s = 0; s < count; s++) {
            t = time_once(subjects[s], r, repeat);
            if (t < best[s])
                best[s] = t;
        }
    } while (now_ns() < end);
    for (size_t s = 0; s < count; s++)
        gbps[s] = (double)(r->n * r->rows) / best[s];
}

static void prepare(const row *r)
{
    size_t all = STRIDE * MAX_ROWS;

    for (size_t i = 0; i < DSC_PATTERN_BYTES; i++)
        pattern[i] = (uint8_t)(r->cell ? i % r->cell * 3 : 0);
    for (size_t i = 0; i < all; i++)
        mem_a[i] = mem_b[i] = (uint8_t)(i * 31 >> 3);
    if (r->kernel == DSC_KERNEL_match)
        for (size_t y = 0; y < r->rows; y++)
            for (size_t i = 0; i < r->n; i++)
                mem_a[y * r->stride + i] = mem_b[y * r->stride + i] =
                    pattern[i % DSC_PATTERN_PERIOD];
    memset(map, 0, STRIDE);
}

static size_t find_subjects(const dsc_blit **subjects, const char **names)
{
    static const unsigned levels[] = {
        0, DSC_CPU_SSE2, DSC_CPU_SSE2 | DSC_CPU_AVX2,
        DSC_CPU_SSE2 | DSC_CPU_AVX2 | DSC_CPU_AVX512, DSC_CPU_NEON};
    unsigned flags = dsc_cpu_flags();
    size_t count = 0;

    subjects[count] = NULL;
    names[count++] = "libc";
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if ((flags & levels[i]) != levels[i])
            continue;
        subjects[count] = dsc_blit_for(levels[i]);
        names[count++] = i ? dsc_cpu_level_name(levels[i]) : "c";
    }
    return count;
}

static void print_json(const char *const *names, size_t count,
                       double gbps[][SUBJECTS])
{
    const char *comma = "";

    printf("{\"benchmark\":\"blit\",\"unit\":\"GB/s\",\"rows\":[");
    for (size_t i = 0; i < ROWS; i++) {
        const row *r = &rows[i];
        if (gbps[i][0] <= 0) /* not asked for */
            continue;
        printf("%s{\"kernel\":\"%s\",\"case\":\"%s\",\"bytes\":%zu", comma,
               kernel_names[r->kernel], r->what, r->n * r->rows);
        for (size_t s = 0; s < count; s++)
            printf(",\"%s\":%.2f", names[s], gbps[i][s]);
        printf("}");
        comma = ",";
    }
    printf("]}\n");
}

static void bench_all(double ms, const char *only)
{
    static double gbps[ROWS][SUBJECTS];
    const dsc_blit *subjects[SUBJECTS];
    const char *names[SUBJECTS];
    size_t count = find_subjects(subjects, names);

    printf("%-14s %-16s", "GB/s", "");
    for (size_t s = 0; s < count; s++)
        printf(" %8s", names[s]);
    printf("  best/libc\n");
    for (size_t i = 0; i < ROWS; i++) {
        const row *r = &rows[i];
        if (only && strcmp(only, kernel_names[r->kernel]))
            continue;
        prepare(r);
        measure(subjects, count, r, ms * 1e6, gbps[i]);
        printf("%-14s %-16s", kernel_names[r->kernel], r->what);
        for (size_t s = 0; s < count; s++)
            printf(" %8.1f", gbps[i][s]);
        printf("  %9.2f\n", gbps[i][count - 1] / gbps[i][0]);
        fflush(stdout);
    }
    print_json(names, count, gbps);
}

int main(int argc, char **argv)
{
    double ms = 60;
    const char *only = NULL;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--ms"))
            ms = strtod(argv[i + 1], NULL);
        else if (!strcmp(argv[i], "--kernel"))
            only = argv[i + 1];
        else
            argc = 0;
    }
    if (argc % 2 == 0) {
        fprintf(stderr, "usage: bench_blit [--ms N] [--kernel NAME]\n");
        return 2;
    }
    mem_a = dsc_alloc(STRIDE * MAX_ROWS);
    mem_b = dsc_alloc(STRIDE * MAX_ROWS);
    mem_out = dsc_alloc(STRIDE * MAX_ROWS);
    map = dsc_alloc(STRIDE);
    if (!mem_a || !mem_b || !mem_out || !map)
        return 1;
    bench_all(ms, only);
    dsc_free(mem_a);
    dsc_free(mem_b);
    dsc_free(mem_out);
    dsc_free(map);
    return 0;
}
