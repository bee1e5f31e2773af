/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/net_kernel_p.h"

void dsc_net_conv_c(const dsc_net_layer *layer, const dsc_net_map *in,
                    dsc_net_map *out, bool relu, bool add)
{
    conv_any(layer, in, out, relu, add);
}
