/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the tests of the mask module: files, headers, hits.
 */
#ifndef DSC_TESTS_MASK_TESTING_H
#define DSC_TESTS_MASK_TESTING_H

#include "mask/mask.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file with these bytes; the name is written to `path`. */
static inline void make_file(char path[64], const void *data, size_t size)
{
    int fd;

    snprintf(path, 64, "/tmp/dsc-mask-XXXXXX");
    fd = mkstemp(path);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, data, size), (ssize_t)size);
    close(fd);
}

/* Append to a text that has room for 512 bytes more; how many were written. */
static inline size_t add_text(char *at, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static inline size_t add_text(char *at, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(at, 512, fmt, ap);
    va_end(ap);
    cr_assert(n >= 0 && n < 512);
    return (size_t)n;
}

typedef struct problems {
    size_t count;
    int line;
    char first[256];
    char all[4096];
} problems;

static inline void on_problem(void *ctx, int line, const char *message)
{
    problems *p = ctx;
    size_t n = strlen(p->all);

    if (!p->count++) {
        p->line = line;
        snprintf(p->first, sizeof p->first, "%s", message);
    }
    snprintf(p->all + n, sizeof p->all - n, "%d: %s\n", line, message);
    cr_expect_null(strchr(message, '\n'));
}

/* A header as "Keyword=value;Keyword=value". */
static inline bool header_value(void *ctx, const char *keyword, char *buf,
                                size_t size)
{
    const char *p = ctx;
    size_t n = strlen(keyword);

    while (p && *p) {
        size_t len = strcspn(p, ";");
        if (!strncmp(p, keyword, n) && p[n] == '=') {
            snprintf(buf, size, "%.*s", (int)(len - n - 1), p + n + 1);
            return true;
        }
        p += len + (p[len] == ';');
    }
    return false;
}

/* A dictionary that lacks what people misspell. */
static inline bool all_but_misspelt(const char *keyword, uint32_t *tag)
{
    *tag = 0;
    return strcmp(keyword, "Manfacturer") != 0;
}

typedef struct hits {
    size_t count;
    char text[4096]; /* "id x,y,w,h\n" for each */
} hits;

static inline void on_hit(void *ctx, const dsc_mask_hit *hit)
{
    hits *h = ctx;
    size_t n = strlen(h->text);

    h->count++;
    snprintf(h->text + n, sizeof h->text - n, "%s %d,%d,%d,%d\n", hit->id,
             hit->box.x, hit->box.y, hit->box.w, hit->box.h);
}

static inline dsc_masks *load_text(const char *yaml)
{
    dsc_masks *set = NULL;
    dsc_error err = DSC_ERROR_INIT;
    char path[64];

    make_file(path, yaml, strlen(yaml));
    cr_assert_eq(dsc_masks_create(&set, NULL, &err), DSC_OK);
    cr_assert_eq(dsc_masks_load(set, path, &err), DSC_OK, "%s", err.msg);
    unlink(path);
    return set;
}

#endif
