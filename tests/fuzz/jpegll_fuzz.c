/* SPDX-License-Identifier: Apache-2.0 */
#include "codec_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 12-bit JPEG Extended shares the library and the writer. */
static void fuzz_jpeg12(const uint8_t *data, size_t size)
{
    fuzz_input in;
    dsc_frame frame = {0};
    dsc_error err = DSC_ERROR_INIT;
    if (!fuzz_split(&in, data, size))
        return;
    dsc_status st = dsc_codec__jpeg12_decode(&frame, in.stream, &in.fmt, &err);
    fuzz_must((st == DSC_OK) == (frame.data != NULL));
    fuzz_must(st == DSC_OK || (err.msg[0] && st != DSC_INTERNAL));
    if (st == DSC_OK)
        fuzz_encode(&dsc_codec_jpegll, &frame, &in, "1.2.840.10008.1.2.4.70");
    dsc_frame_free(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_jpeg12(data, size);
    return fuzz_codec(&dsc_codec_jpegll, "1.2.840.10008.1.2.4.57", data, size);
}
