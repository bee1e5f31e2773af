/* SPDX-License-Identifier: Apache-2.0
 *
 * Which SIMD sets may be used: what the CPU and the operating system offer,
 * ANDed with a mask that tests, users
 * (DSC_CPU=none|sse2|avx2|avxvnni|avx512|neon) and bug hunts can set.
 */
#ifndef DSC_BASE_CPU_H
#define DSC_BASE_CPU_H

#include "base/status.h"

enum {
    DSC_CPU_SSE2 = 1u << 0,
    DSC_CPU_AVX2 = 1u << 1,
    DSC_CPU_AVX512 = 1u << 2, /* F + BW + VL, enabled by the system */
    DSC_CPU_NEON = 1u << 3,
    DSC_CPU_AVX512_VNNI = 1u << 4, /* part of the level avx512 */
    DSC_CPU_AVX_VNNI = 1u << 5     /* AVX2 with the products of VNNI */
};

/* Detected flags, ANDed with the mask. */
unsigned dsc_cpu_flags(void);

/* Set the mask by level name: a level allows itself and all below it, "none"
 * leaves scalar code only. DSC_USAGE for an unknown name. */
dsc_status dsc_cpu_set_level(const char *level, dsc_error *err);

/* Name of the highest level in `flags`. */
const char *dsc_cpu_level_name(unsigned flags);

#endif
