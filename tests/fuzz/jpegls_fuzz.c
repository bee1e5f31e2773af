/* SPDX-License-Identifier: Apache-2.0 */
#include "codec_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_codec(&dsc_codec_jpegls, "1.2.840.10008.1.2.4.80", data, size);
}
