/* SPDX-License-Identifier: Apache-2.0 */
#include "blit/x86/sse2_p.h"

#include "blit/vec_compare_p.h"
