/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole plan. A line that is given must keep its promises; one that is
 * refused must say so, and no line is given after it. */
#include "batch/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const dsc_manifest *m, const dsc_manifest_line *line)
{
    size_t n = strlen(line->name);

    if (!line->shard || line->shard > dsc_manifest_shards(m) || !n ||
        line->relative >= n || (line->archive && line->archive >= n))
        abort();
    if (line->archive && line->name[line->archive] != '!')
        abort();
    if (line->told && (line->outcome < DSC_QUARANTINED || !line->reason))
        abort();
}

static void read_all(const char *path)
{
    dsc_manifest *m = NULL;
    dsc_manifest_line line;
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = dsc_manifest_open(&m, path, &err);

    if (st && (m || !err.msg[0]))
        abort();
    if (!st && (!dsc_manifest_shards(m) || strlen(dsc_manifest_key(m)) != 16))
        abort();
    while (!st && !(st = dsc_manifest_next(m, &line, &err)) && line.name)
        check(m, &line);
    if (st && !err.msg[0])
        abort();
    dsc_manifest_close(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = memfd_create("plan", 0);

    if (fd >= 0 && size && write(fd, data, size) == (ssize_t)size) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        read_all(path);
    }
    if (fd >= 0)
        close(fd);
    return 0;
}
