/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a fuzz target over files and folders, without a fuzzer:
 *
 *     TARGET_replay [-m N] PATH...
 *
 * With -m N each file is also run N times with a few bytes changed, the same
 * ones every time. A crash or a sanitizer's report is the failure; so is an
 * empty corpus. */
#include "base/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_LIMIT ((size_t)16 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long files, runs, mutations;

/* In memory of exactly its size, so that a read past the end is seen. */
static void run_exactly(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    runs++;
}

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void run_mutations(dsc_buf *buf)
{
    uint32_t seed = (uint32_t)buf->len;

    for (unsigned long i = 0; buf->len && i < mutations; i++) {
        size_t at[3], size = buf->len;
        uint8_t old[3];
        for (unsigned k = 0; k < 3; k++) {
            at[k] = next(&seed) % buf->len;
            old[k] = buf->data[at[k]];
            if (k <= i % 3)
                buf->data[at[k]] = (uint8_t)next(&seed);
        }
        if (i % 8 == 7)
            size = next(&seed) % buf->len;
        run_exactly(buf->data, size);
        for (unsigned k = 3; k-- > 0;)
            buf->data[at[k]] = old[k];
    }
}

static int run_file(const char *path)
{
    dsc_buf buf = {0};
    dsc_error err = DSC_ERROR_INIT;

    if (dsc_read_file(&buf, path, INPUT_LIMIT, &err)) {
        fprintf(stderr, "%s: %s\n", path, err.msg);
        return 1;
    }
    files++;
    run_exactly(buf.data, buf.len);
    run_mutations(&buf);
    dsc_buf_free(&buf);
    return 0;
}

static int run_path(const char *path)
{
    struct dirent **names;
    struct stat st;
    int n, rc = 0;

    if (stat(path, &st) || !S_ISDIR(st.st_mode))
        return run_file(path);
    n = scandir(path, &names, NULL, alphasort);
    if (n < 0) {
        perror(path);
        return 1;
    }
    for (int i = 0; i < n; i++) {
        char name[4096];
        if (names[i]->d_name[0] != '.') {
            snprintf(name, sizeof name, "%s/%s", path, names[i]->d_name);
            rc |= run_path(name);
        }
        free(names[i]);
    }
    free(names);
    return rc;
}

int main(int argc, char **argv)
{
    int rc = 0, i = 1;

    if (argc > 2 && !strcmp(argv[1], "-m")) {
        mutations = strtoul(argv[2], NULL, 10);
        i = 3;
    }
    for (; i < argc; i++)
        rc |= run_path(argv[i]);
    printf("%lu files, %lu runs\n", files, runs);
    return rc || !files;
}
