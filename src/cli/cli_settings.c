/* SPDX-License-Identifier: Apache-2.0
 *
 * One digest for all that decides about outputs. An option that nobody thought
 * of counts: better a file too many done anew than one left as it is. */
#include "cli/cli_batch.h"

#include "deid/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool matters(const char *option)
{
    static const char *const no[] = {
        "output",   "report",  "report-paths", "into-existing", "files-from",
        "null",     "jobs",    "time-limit",   "memory-limit",  "nice",
        "max-rate", "between", "progress",     "on-quarantine", "hook-input",
        "log",      "quiet",   "ledger",       "resume",        "redo",
        "cpu-mask", "verbose", "help",         "shard",         "plan",
        "move-to",  "settle",  "rescan",       "know-less"};

    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (!strcmp(option, no[i]))
            return false;
    return true;
}

/* A string with its length, so that two never run into each other. */
static dsc_status add_text(dsc_sha256 *d, const char *text, dsc_error *err)
{
    return dsc_sha256_add(d, text, strlen(text) + 1, err);
}

static dsc_status add_file(dsc_sha256 *d, const char *path, dsc_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    dsc_status st;

    if (fd < 0)
        return dsc_fail(err, DSC_IO, "a file of the settings: %s",
                        strerror(errno));
    st = dsc_sha256_add_fd(d, fd, err);
    close(fd);
    return st;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* In a folder of templates or weights: what is no text about them. */
static bool counts(const FTSENT *e)
{
    const char *dot = strrchr(e->fts_name, '.');

    return e->fts_info == FTS_F &&
           (e->fts_level == FTS_ROOTLEVEL ||
            (dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml") ||
                     !strcmp(dot, ".bin"))));
}

/* The bytes of a file, or of the files of a folder by name; where they lie
 * does not matter. */
static dsc_status add_tree(dsc_sha256 *d, const char *path, dsc_error *err)
{
    char *list[] = {(char *)path, NULL};
    FTS *fts = fts_open(list, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    FTSENT *e;
    dsc_status st = DSC_OK;

    if (!fts)
        return dsc_fail(err, DSC_IO, "a file of the settings: %s",
                        strerror(errno));
    while (!st && (e = fts_read(fts))) {
        if (!counts(e))
            continue;
        st = add_text(d, e->fts_name, err);
        if (!st)
            st = add_file(d, e->fts_accpath, err);
    }
    fts_close(fts);
    return st;
}

/* Options whose value may be a file: what is in it counts. */
static bool names_file(const char *option, const char *value)
{
    return (!strcmp(option, "mask") || !strcmp(option, "profile") ||
            !strcmp(option, "id-map")) &&
           !access(value, R_OK);
}

static dsc_status add_options(dsc_sha256 *d, const dsc_args *args,
                              dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < args->given_count; i++) {
        const char *name = args->given[i].option->name;
        const char *value = args->given[i].value ? args->given[i].value : "";
        if (!matters(name) || !strcmp(name, "key"))
            continue;
        st = add_text(d, name, err);
        if (!st)
            st = names_file(name, value) ? add_tree(d, value, err)
                                         : add_text(d, value, err);
    }
    return st;
}

typedef struct reader {
    dsc_sha256 *d;
    dsc_status st;
    dsc_error *err;
} reader;

/* What reads the words decides about outputs, too. */
static void add_library(void *ctx, const char *what, const char *value)
{
    reader *r = ctx;

    if (!r->st && !strcmp(what, "Tesseract"))
        r->st = add_text(r->d, value, r->err);
}

dsc_status dsc_cli_settings(const dsc_args *args, const uint8_t key[32],
                            char out[65], dsc_error *err)
{
    char folder[4200];
    uint8_t digest[32];
    dsc_sha256 *d = NULL;
    reader r = {.err = err};
    dsc_status st = dsc_sha256_open(&d, err);

    /* Not the key's digest alone, which one could look for in a list. */
    if (!st)
        st = dsc_sha256_add(d, "dcmscrub settings", 18, err);
    if (!st)
        st = dsc_sha256_add(d, key, 32, err);
    if (!st)
        st = add_options(d, args, err);
    if (!st && dsc_cli_builtin_masks(folder, sizeof folder))
        st = add_tree(d, folder, err);
    if (!st && dsc_cli_models(folder, sizeof folder))
        st = add_tree(d, folder, err);
    r.d = d;
    if (!st)
        dsc_build_info(add_library, &r);
    if (!st)
        st = r.st;
    if (!st)
        st = dsc_sha256_end(d, digest, err);
    for (int i = 0; !st && i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    dsc_sha256_free(&d);
    return st;
}
