/* SPDX-License-Identifier: Apache-2.0 */
#include "blit/x86/avx512_p.h"

#include "blit/vec_compare_p.h"
