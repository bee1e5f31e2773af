/* SPDX-License-Identifier: Apache-2.0
 *
 * Which kernel for which CPU. Scalar first, then each higher set over it; the
 * climb stops at the first set that is missing. */
#include "blit/blit_priv.h"

#include <pthread.h>

#define USE(table, isa, kernel)                                                \
 ((table)->kernel = dsc_##kernel##_##isa,                                      \
  (table)->variant[DSC_KERNEL_##kernel] = #isa)
#define USE_ALL(table, isa)                                                    \
 do {                                                                          \
  USE(table, isa, fill);                                                       \
  USE(table, isa, same);                                                       \
  USE(table, isa, match);                                                      \
  USE(table, isa, diff);                                                       \
  USE(table, isa, window_u8);                                                  \
  USE(table, isa, window_u16);                                                 \
  USE(table, isa, max_rgb);                                                    \
  USE(table, isa, spread_rgb);                                                 \
  USE(table, isa, green_rgb);                                                  \
  USE(table, isa, cool_rgb);                                                   \
  USE(table, isa, max_planar);                                                 \
  USE(table, isa, spread_planar);                                              \
  USE(table, isa, green_planar);                                               \
  USE(table, isa, cool_planar);                                                \
 } while (0)

#define LEVELS 4

static dsc_blit tables[LEVELS];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

/* What each level above scalar needs, lowest first. */
static const unsigned level_flag[LEVELS] = {
#if defined(__x86_64__) || defined(__i386__)
    0, DSC_CPU_SSE2, DSC_CPU_AVX2, DSC_CPU_AVX512
#elif defined(__aarch64__)
    0, DSC_CPU_NEON, 0, 0
#else
    0, 0, 0, 0
#endif
};

static void make_tables(void)
{
    USE_ALL(&tables[0], c);
#if defined(__x86_64__) || defined(__i386__)
    tables[1] = tables[0];
    USE_ALL(&tables[1], sse2);
    tables[2] = tables[1];
    USE_ALL(&tables[2], avx2);
    tables[3] = tables[2];
    USE_ALL(&tables[3], avx512);
#elif defined(__aarch64__)
    tables[1] = tables[0];
    USE_ALL(&tables[1], neon);
#endif
}

const dsc_blit *dsc_blit_for(unsigned cpu_flags)
{
    size_t level = 0;

    pthread_once(&tables_once, make_tables);
    while (level + 1 < LEVELS && (cpu_flags & level_flag[level + 1]))
        level++;
    return &tables[level];
}

void dsc_blit_describe(const dsc_blit *blit,
                       void (*fn)(void *ctx, const char *kernel,
                                  const char *variant),
                       void *ctx)
{
#define X(kernel, type) fn(ctx, #kernel, blit->variant[DSC_KERNEL_##kernel]);
    DSC_BLIT_KERNELS(X)
#undef X
}
