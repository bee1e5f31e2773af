/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void set_pixel(uint8_t *rgb, uint32_t columns, uint32_t rows, int64_t x,
                      int64_t y, const uint8_t colour[3])
{
    if (x >= 0 && y >= 0 && x < columns && y < rows)
        memcpy(rgb + 3 * ((size_t)y * columns + (size_t)x), colour, 3);
}

void dsc_picture_outline(uint8_t *rgb, uint32_t columns, uint32_t rows,
                         const dsc_region *r, const uint8_t colour[3])
{
    /* just outside, so that the ink stays visible */
    int64_t x0 = (int64_t)r->x - 1, y0 = (int64_t)r->y - 1;
    int64_t x1 = (int64_t)r->x + r->w, y1 = (int64_t)r->y + r->h;

    for (int64_t x = x0; x <= x1 && x <= columns; x++) {
        set_pixel(rgb, columns, rows, x, y0 < 0 ? 0 : y0, colour);
        set_pixel(rgb, columns, rows, x, y1 >= rows ? rows - 1 : y1, colour);
    }
    for (int64_t y = y0; y <= y1 && y <= rows; y++) {
        set_pixel(rgb, columns, rows, x0 < 0 ? 0 : x0, y, colour);
        set_pixel(rgb, columns, rows, x1 >= columns ? columns - 1 : x1, y,
                  colour);
    }
}

void dsc_picture_shrink(uint8_t *rgb, uint32_t *columns, uint32_t *rows,
                        uint32_t longest)
{
    uint32_t w = *columns, h = *rows, side = w > h ? w : h;
    uint32_t ow, oh;

    if (side <= longest || !longest)
        return;
    ow = (uint32_t)((uint64_t)w * longest / side);
    oh = (uint32_t)((uint64_t)h * longest / side);
    ow = ow ? ow : 1;
    oh = oh ? oh : 1;
    /* Each pixel is the mean of those it stands for. They lie at or after its
     * own place, so the picture shrinks in place. */
    for (uint32_t y = 0; y < oh; y++) {
        uint32_t y0 = (uint32_t)((uint64_t)y * h / oh);
        uint32_t y1 = (uint32_t)((uint64_t)(y + 1) * h / oh);
        for (uint32_t x = 0; x < ow; x++) {
            uint32_t x0 = (uint32_t)((uint64_t)x * w / ow);
            uint32_t x1 = (uint32_t)((uint64_t)(x + 1) * w / ow);
            uint64_t sum[3] = {0}, n = (uint64_t)(x1 - x0) * (y1 - y0);
            for (uint32_t v = y0; v < y1; v++)
                for (uint32_t u = x0; u < x1; u++)
                    for (int c = 0; c < 3; c++)
                        sum[c] += rgb[3 * ((size_t)v * w + u) + (size_t)c];
            for (int c = 0; c < 3; c++)
                rgb[3 * ((size_t)y * ow + x) + (size_t)c] =
                    (uint8_t)((sum[c] + n / 2) / n);
        }
    }
    *columns = ow;
    *rows = oh;
}

/* In place: one byte a pixel, where all of them are grey. */
static bool make_grey(uint8_t *rgb, size_t pixels)
{
    for (size_t i = 0; i < pixels; i++)
        if (rgb[3 * i] != rgb[3 * i + 1] || rgb[3 * i] != rgb[3 * i + 2])
            return false;
    for (size_t i = 0; i < pixels; i++)
        rgb[i] = rgb[3 * i];
    return true;
}

dsc_status dsc_picture_write(const char *path, uint8_t *rgb, uint32_t columns,
                             uint32_t rows, unsigned mode, dsc_error *err)
{
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = columns, .height = rows};
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    FILE *fp = fd < 0 ? NULL : fdopen(fd, "wb");
    dsc_status st = DSC_OK;

    if (!fp) {
        st = dsc_fail(err, DSC_IO, "cannot write the picture: %s",
                      strerror(errno));
        if (fd >= 0)
            close(fd);
        return st;
    }
    image.format = make_grey(rgb, (size_t)columns * rows) ? PNG_FORMAT_GRAY
                                                          : PNG_FORMAT_RGB;
    if (!png_image_write_to_stdio(&image, fp, 0, rgb, 0, NULL))
        st = dsc_fail(err, DSC_IO, "cannot write the picture");
    if (fclose(fp) && !st)
        st = dsc_fail(err, DSC_IO, "cannot write the picture");
    png_image_free(&image);
    return st;
}

const char *dsc_picture_library_version(void)
{
    return png_get_libpng_ver(NULL);
}
