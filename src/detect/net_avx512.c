/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/net_kernel_p.h"

void net_conv_avx512(const net_layer *layer, const net_map *in, net_map *out,
                     bool relu, bool add)
{
    conv_any(layer, in, out, relu, add);
}
