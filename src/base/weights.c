/* SPDX-License-Identifier: Apache-2.0 */
#include "base/weights.h"

#include "base/file.h"

#include <string.h>

#define FILE_LIMIT ((size_t)1 << 20)
#define CRC_BYTES  4u

/* The CRC-32 of ISO 3309 (zlib's). */
static uint32_t crc32_of(const uint8_t *p, size_t n)
{
    uint32_t crc = ~0u;

    while (n--) {
        crc ^= *p++;
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1u)));
    }
    return ~crc;
}

static dsc_status check(dsc_buf *file, const dsc_weights_kind *kind,
                        dsc_error *err)
{
    if (file->len < DSC_WEIGHTS_HEAD + CRC_BYTES ||
        memcmp(file->data, kind->magic, sizeof kind->magic))
        return dsc_fail(err, DSC_USAGE, "%s weights: not a weight file",
                        kind->name);
    if (dsc_u32le(file->data + 8) != kind->version)
        return dsc_fail(err, DSC_USAGE,
                        "%s weights: version %u, this program runs version %u",
                        kind->name, dsc_u32le(file->data + 8), kind->version);
    file->len -= CRC_BYTES;
    if (crc32_of(file->data, file->len) != dsc_u32le(file->data + file->len))
        return dsc_fail(err, DSC_USAGE,
                        "%s weights: wrong checksum (damaged or truncated)",
                        kind->name);
    return DSC_OK;
}

dsc_status dsc_weights_read(dsc_buf *out, const char *path,
                            const dsc_weights_kind *kind, dsc_error *err)
{
    dsc_status st = dsc_read_file(out, path, FILE_LIMIT, err);

    if (st)
        dsc_error_context(err, "%s weights", kind->name);
    else
        st = check(out, kind, err);
    if (st)
        dsc_buf_free(out);
    return !st || st == DSC_NOMEM ? st : DSC_USAGE;
}
