/* SPDX-License-Identifier: Apache-2.0
 *
 * RLE frames. Eight bytes of format, then the frame:
 * columns 2, rows 2 (little endian), samples, bits allocated, flags, unused. */
#include "codec/codec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *uid = "1.2.840.10008.1.2.5";
    const dsc_codec *codec = dsc_codec_for(uid);
    dsc_frame frame = {0}, again = {0};
    dsc_buf out = {0};
    dsc_format fmt = {0};

    if (size < 8)
        return 0;
    fmt.columns = data[0] | (uint32_t)data[1] << 8;
    fmt.rows = data[2] | (uint32_t)data[3] << 8;
    fmt.samples = data[4];
    fmt.bits_allocated = fmt.bits_stored = data[5];
    fmt.high_bit = (uint16_t)(data[5] - 1);
    fmt.photometric = data[4] == 3 ? DSC_RGB : DSC_MONOCHROME2;
    fmt.layout = data[6] & 1 ? DSC_PLANAR : DSC_INTERLEAVED;
    /* giants are the unit tests' matter; here they only cost time */
    if ((uint64_t)fmt.columns * fmt.rows > 1u << 22)
        return 0;
    if (!codec->decode(&frame, (dsc_bytes){data + 8, size - 8}, &fmt, NULL)) {
        if (codec->encode(&out, &frame, uid, (dsc_bytes){0}, &fmt, NULL) ||
            codec->decode(&again, (dsc_bytes){out.data, out.len}, &fmt, NULL) ||
            again.size != frame.size ||
            memcmp(again.data, frame.data, frame.size))
            abort();
    } else if (frame.data) {
        abort();
    }
    dsc_frame_free(&frame);
    dsc_frame_free(&again);
    dsc_buf_free(&out);
    return 0;
}
