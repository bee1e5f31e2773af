/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"

#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
# include <cpuid.h>

/* Not every compiler's builtin knows it: leaf 7, second part, EAX. */
static bool has_avx_vnni(void)
{
    unsigned a = 0, b, c, d;

    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && a >> 4 & 1;
}
#endif

static unsigned cpu_mask = ~0u;
static bool env_read;

static const struct {
    const char *name;
    unsigned mask;
} levels[] = {
    {"none", 0},
    {"sse2", DSC_CPU_SSE2},
    {"avx2", DSC_CPU_SSE2 | DSC_CPU_AVX2},
    {"avxvnni", DSC_CPU_SSE2 | DSC_CPU_AVX2 | DSC_CPU_AVX_VNNI},
    {"avx512", DSC_CPU_SSE2 | DSC_CPU_AVX2 | DSC_CPU_AVX_VNNI | DSC_CPU_AVX512 |
                   DSC_CPU_AVX512_VNNI},
    {"neon", DSC_CPU_NEON},
};

static unsigned detect(void)
{
    unsigned flags = 0;
#if defined(__x86_64__) || defined(__i386__)
    /* The builtins look at cpuid and at xgetbv. */
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse2"))
        flags |= DSC_CPU_SSE2;
    if (__builtin_cpu_supports("avx2"))
        flags |= DSC_CPU_AVX2;
    if (flags & DSC_CPU_AVX2 && has_avx_vnni())
        flags |= DSC_CPU_AVX_VNNI;
    if (__builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        flags |= DSC_CPU_AVX512;
    if (flags & DSC_CPU_AVX512 && __builtin_cpu_supports("avx512vnni"))
        flags |= DSC_CPU_AVX512_VNNI;
#elif defined(__aarch64__)
    flags |= DSC_CPU_NEON;
#endif
    return flags;
}

dsc_status dsc_cpu_set_level(const char *level, dsc_error *err)
{
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (!strcmp(level, levels[i].name)) {
            cpu_mask = levels[i].mask;
            env_read = true;
            return DSC_OK;
        }
    }
    return dsc_fail(
        err, DSC_USAGE,
        "unknown CPU level (none, sse2, avx2, avxvnni, avx512, neon)");
}

unsigned dsc_cpu_flags(void)
{
    if (!env_read) {
        const char *env = getenv("DSC_CPU");
        env_read = true;
        if (env && dsc_cpu_set_level(env, NULL))
            cpu_mask = 0; /* an unknown level is the safe one */
    }
    return detect() & cpu_mask;
}

const char *dsc_cpu_level_name(unsigned flags)
{
    if (flags & DSC_CPU_NEON)
        return "neon";
    if (flags & DSC_CPU_AVX512)
        return "avx512";
    if (flags & DSC_CPU_AVX_VNNI)
        return "avxvnni";
    if (flags & DSC_CPU_AVX2)
        return "avx2";
    return flags & DSC_CPU_SSE2 ? "sse2" : "none";
}
