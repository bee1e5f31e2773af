/* SPDX-License-Identifier: Apache-2.0 */
#include "blit/arm/neon_p.h"

#include "blit/vec_compare_p.h"
