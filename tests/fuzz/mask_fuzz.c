/* SPDX-License-Identifier: Apache-2.0
 *
 * First byte: what the rest is. 'C' a CTP script, 'D' a deid recipe, all else
 * a template file. What imports must load; what loads must match in bounds.
 */
#include "mask/mask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COLUMNS 97
#define ROWS    61

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool header(void *ctx, const char *keyword, char *buf, size_t size)
{
    (void)ctx;
    snprintf(buf, size, "%s\\12.5", keyword);
    return keyword[1] != 'x';
}

static void hit(void *ctx, const dsc_mask_hit *h)
{
    (void)ctx;
    if (h->box.x < 0 || h->box.y < 0 || h->box.w <= 0 || h->box.h <= 0 ||
        h->box.x + h->box.w > COLUMNS || h->box.y + h->box.h > ROWS)
        abort();
}

/* A file in memory; its name under /proc is written to `path`. */
static int memory_file(const uint8_t *data, size_t size, char path[64])
{
    int fd = memfd_create("mask", 0);

    if (fd < 0)
        return -1;
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    if (size && write(fd, data, size) != (ssize_t)size) {
        close(fd);
        return -1;
    }
    return fd;
}

static void load(const uint8_t *data, size_t size, bool must)
{
    char path[64];
    int fd = memory_file(data, size, path);
    dsc_masks *set = NULL;
    dsc_error err = DSC_ERROR_INIT;

    if (fd < 0 || dsc_masks_create(&set, NULL, &err))
        goto done;
    if (dsc_masks_load(set, path, &err)) {
        if (must || !err.msg[0] || dsc_masks_count(set))
            abort();
        goto done;
    }
    for (size_t i = 0; i < dsc_masks_count(set); i++) {
        dsc_mask_info info;
        dsc_masks_info(set, i, &info);
        if (!info.regions || !info.conditions || !info.id[0])
            abort();
    }
    dsc_masks_match(set, header, NULL, COLUMNS, ROWS, hit, NULL);
done:
    dsc_masks_free(&set);
    if (fd >= 0)
        close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    dsc_buf yaml = {0};
    dsc_status st;
    int fd;

    if (!size)
        return 0;
    if (*data != 'C' && *data != 'D') {
        load(data + 1, size - 1, false);
        return 0;
    }
    fd = memory_file(data + 1, size - 1, path);
    if (fd < 0)
        return 0;
    st = dsc_masks_import(&yaml, path,
                          *data == 'C' ? DSC_MASKS_CTP : DSC_MASKS_DEID, NULL,
                          NULL, NULL, NULL);
    close(fd);
    if (!st)
        load(yaml.data, yaml.len, true);
    dsc_buf_free(&yaml);
    return 0;
}
