/* SPDX-License-Identifier: Apache-2.0
 *
 * The files that a DICOMDIR lists (PS3.3 F.3). Runs in a feeder process, since
 * it parses DICOM. */
#include "base/sort.h"
#include "batch/feeder_priv.h"
#include "dicom/dicom.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define IN_USE  DSC_TAG(0x0004, 0x1410)
#define FILE_ID DSC_TAG(0x0004, 0x1500)

typedef struct listing {
    dsc_feed *feed;
    dsc_buf names; /* file IDs with '/' between their parts, each with a NUL */
    size_t count;
    bool inactive; /* the record at hand */
    dsc_error err;
    char root[4096], path[DSC_FEED_NAME + 4096], name[DSC_FEED_NAME];
} listing;

bool dsc_is_dicomdir(const char *path, bool named_by_user)
{
    const char *slash = strrchr(path, '/');
    return named_by_user && !strcasecmp(slash ? slash + 1 : path, "DICOMDIR");
}

static bool on_element(void *ctx, const dsc_element *e)
{
    listing *l = ctx;
    size_t from = l->names.len;

    if (e->tag == IN_USE)
        l->inactive = e->utf8 && !strcmp(e->utf8, "0");
    if (e->tag != FILE_ID || !e->utf8 || !e->utf8[0] || l->inactive)
        return true;
    if (dsc_buf_append(&l->names, e->utf8, strlen(e->utf8) + 1, &l->err))
        return false;
    for (char *p = (char *)l->names.data + from; *p; p++)
        *p = (char)(*p == '\\' ? '/' : *p);
    l->count++;
    return true;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Is every part a name of its own, none "", "." or ".."? */
static bool is_plain(const char *id)
{
    for (;; id++) {
        size_t n = strcspn(id, "/");
        if (!n || (n == 1 && id[0] == '.') ||
            (n == 2 && id[0] == '.' && id[1] == '.'))
            return false;
        id += n;
        if (!*id)
            return true;
    }
}

/* Discs are mounted with their names in either case. */
static bool find_file(listing *l, const char *id, struct stat *sb)
{
    int (*const cases[])(int) = {NULL, tolower, toupper};

    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        size_t n = 0;
        for (; id[n] && n < sizeof l->name - 1; n++)
            l->name[n] =
                cases[k] ? (char)cases[k]((unsigned char)id[n]) : id[n];
        l->name[n] = '\0';
        if ((size_t)snprintf(l->path, sizeof l->path, "%s/%s", l->root,
                             l->name) < sizeof l->path &&
            !stat(l->path, sb))
            return true;
    }
    snprintf(l->name, sizeof l->name, "%s", id);
    return false;
}

/* A link may lead out of the folder as well. */
static bool is_inside(const listing *l)
{
    char *real = realpath(l->path, NULL);
    size_t n = strlen(l->root);
    bool inside = real && !strncmp(real, l->root, n) &&
                  (real[n] == '/' || !strcmp(l->root, "/"));

    free(real);
    return inside;
}

static void offer(listing *l, const char *id)
{
    dsc_feed_entry entry = {.name = l->name};
    struct stat sb;

    if (!is_plain(id)) {
        entry.reason = DSC_FEED_OUTSIDE;
        snprintf(l->name, sizeof l->name, "%s", id);
    } else if (!find_file(l, id, &sb)) {
        entry.reason = DSC_FEED_MISSING;
    } else if (!is_inside(l)) {
        entry.reason = DSC_FEED_OUTSIDE;
    } else if (!S_ISREG(sb.st_mode)) {
        entry.reason = DSC_FEED_LINK;
    } else {
        entry.size = sb.st_size;
        entry.modified =
            (int64_t)sb.st_mtim.tv_sec * 1000000000 + sb.st_mtim.tv_nsec;
    }
    dsc_feed_offer(l->feed, &entry);
}

/* Each file once, in the order of the directory: sorted copies find those that
 * are listed twice. */
static dsc_feed_reason offer_all(listing *l)
{
    const char **sorted = dsc_calloc(l->count + 1, sizeof *sorted);
    bool *told = dsc_calloc(l->count + 1, sizeof *told);
    const char *p = (const char *)l->names.data;
    size_t unique = 0;

    if (!sorted || !told)
        return DSC_FEED_UNREADABLE;
    for (size_t i = 0; i < l->count; i++, p += strlen(p) + 1)
        sorted[i] = p;
    dsc_sort(sorted, l->count, sizeof *sorted, by_text);
    for (size_t i = 0; i < l->count; i++)
        if (!unique || strcmp(sorted[unique - 1], sorted[i]))
            sorted[unique++] = sorted[i];
    p = (const char *)l->names.data;
    for (size_t i = 0; i < l->count; i++, p += strlen(p) + 1) {
        const char *const *at =
            dsc_lookup(&p, sorted, unique, sizeof *sorted, by_text);
        if (at && !told[at - sorted]) {
            told[at - sorted] = true;
            offer(l, p);
        }
    }
    return DSC_FEED_FINE;
}

/* Below the real folder of the DICOMDIR as it was named. */
static bool find_root(listing *l, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == path ? dsc_strdup("/")
                   : slash       ? dsc_strdup(path)
                                 : dsc_strdup(".");
    char *real;

    if (folder && slash > path)
        folder[slash - path] = '\0';
    real = folder ? realpath(folder, NULL) : NULL;
    if (real)
        snprintf(l->root, sizeof l->root, "%s", real);
    dsc_free(folder);
    free(real);
    return l->root[0];
}

dsc_feed_reason dsc_feed_dicomdir(dsc_feed *feed, const char *path)
{
    static listing l;
    dsc_dicom *ds = NULL;
    dsc_status st;

    l = (listing){.feed = feed};
    st = find_root(&l, path) ? dsc_dicom_open(&ds, path, NULL, &l.err) : DSC_IO;
    if (st == DSC_IO)
        return DSC_FEED_UNREADABLE;
    if (st == DSC_NOTDICOM ||
        (!st && dsc_dicom_get_kind(ds) != DSC_KIND_DICOMDIR))
        return DSC_FEED_NO_DICOMDIR;
    if (!st)
        st = dsc_dicom_walk(ds, on_element, &l, &l.err);
    if (st || l.err.status)
        return DSC_FEED_BAD_DICOMDIR;
    return l.count ? offer_all(&l) /* the process ends: nothing is freed */
                   : DSC_FEED_EMPTY;
}
