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

dsc_status dsc_picture_write(const char *path, const uint8_t *rgb,
                             uint32_t columns, uint32_t rows, dsc_error *err)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = columns,
                       .height = rows,
                       .format = PNG_FORMAT_RGB};
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *fp = fd < 0 ? NULL : fdopen(fd, "wb");
    dsc_status st = DSC_OK;

    if (!fp) {
        st = dsc_fail(err, DSC_IO, "cannot write the picture: %s",
                      strerror(errno));
        if (fd >= 0)
            close(fd);
        return st;
    }
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
