/* SPDX-License-Identifier: Apache-2.0
 *
 * JPEG frames of 8 or 12 bits. Eight bytes, then the stream:
 * columns 2, rows 2 (little endian), samples, photometric, x and y of a box.
 * Whatever edit makes of the stream must pass the proof. */
#include "codec/codec.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_edit(const dsc_codec *codec, dsc_bytes in,
                       const dsc_format *fmt, dsc_rect box)
{
    dsc_rects list = {&box, 1, 1}, differences = {0}, *rects = &list;
    dsc_fill fill = {{0, 0, 0}};
    dsc_buf out = {0};
    dsc_bytes made;
    bool same = false, blank = false;

    if (codec->edit(&out, in, fmt, rects, &fill, NULL)) {
        if (out.len)
            abort();
        goto done;
    }
    made = (dsc_bytes){out.data, out.len};
    if (codec->same_outside(&same, in, made, fmt, rects, NULL) || !same ||
        codec->is_blank(&blank, made, fmt, rects, NULL) || !blank ||
        codec->differences(&differences, in, made, fmt, NULL) ||
        codec->is_blank(&blank, made, fmt, &differences, NULL) || !blank)
        abort();
done:
    dsc_rects_free(&differences);
    dsc_buf_free(&out);
}

/* Grown to what can be changed; false where that cannot be told. */
static bool grow(dsc_rect *box, const dsc_codec *codec, dsc_bytes in,
                 const dsc_format *fmt)
{
    dsc_cells cells = {.columns = fmt->columns, .rows = fmt->rows};
    bool ok = !codec->cell(&cells.w, &cells.h, in, fmt, NULL);

    if (ok) {
        cells.whole = calloc(dsc_cells_across(&cells), dsc_cells_down(&cells));
        ok = cells.whole && !codec->parts(&cells, in, fmt, NULL);
    }
    if (ok)
        *box = dsc_rect_to_parts(*box, &cells);
    free(cells.whole);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const dsc_codec *codec = dsc_codec_for("1.2.840.10008.1.2.4.51");
    dsc_frame frame = {0};
    dsc_format fmt = {0};
    dsc_bytes in;
    dsc_rect box;

    if (size < 8)
        return 0;
    in = (dsc_bytes){data + 8, size - 8};
    fmt.columns = data[0] | (uint32_t)data[1] << 8;
    fmt.rows = data[2] | (uint32_t)data[3] << 8;
    fmt.samples = data[4];
    fmt.bits_allocated = fmt.bits_stored = 8;
    fmt.high_bit = 7;
    fmt.photometric = data[5] % DSC_PHOTOMETRIC_COUNT;
    if ((uint64_t)fmt.columns * fmt.rows > 1u << 20)
        return 0;
    box = (dsc_rect){data[6], data[7], 9, 7};
    if (codec->decode(&frame, in, &fmt, NULL) && frame.data)
        abort();
    if (frame.data)
        (void)codec->clear(&frame, in, &fmt, NULL);
    (void)codec->rewrite_uid("1.2.840.10008.1.2.4.51", in);
    if (grow(&box, codec, in, &fmt))
        check_edit(codec, in, &fmt, box);
    dsc_frame_free(&frame);
    return 0;
}
