/* SPDX-License-Identifier: Apache-2.0
 *
 * A folder for a test; files, archives and small DICOM files in it. */
#ifndef DSC_TESTS_MAKERS_H
#define DSC_TESTS_MAKERS_H

#include "../../supp/folder.h"

#include <archive.h>
#include <archive_entry.h>
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char old[4096];

static inline void enter(void)
{
    cr_assert_not_null(getcwd(old, sizeof old));
    snprintf(folder, sizeof folder, "/tmp/dsc-inputs-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    mkdir("out", 0700);
}

static inline void leave(void)
{
    cr_assert_eq(chdir(old), 0);
    remove_folder(folder);
}

static inline void put_bytes(const char *path, const void *data, size_t n)
{
    FILE *fp = fopen(path, "w");
    cr_assert_not_null(fp);
    cr_assert_eq(fwrite(data, 1, n, fp), n);
    fclose(fp);
}

static inline void put(const char *path, const char *text)
{
    put_bytes(path, text, strlen(text));
}

/* ---- archives, made ---- */

static inline struct archive *begin(const char *path)
{
    struct archive *a = archive_write_new();

    if (strstr(path, ".zip"))
        archive_write_set_format_zip(a);
    else
        archive_write_set_format_pax_restricted(a);
    if (strstr(path, "gz"))
        archive_write_add_filter_gzip(a);
    cr_assert_eq(archive_write_open_filename(a, path), ARCHIVE_OK);
    return a;
}

static inline void add_kind(struct archive *a, const char *name, unsigned type,
                            const char *link, const void *data, size_t n)
{
    struct archive_entry *e = archive_entry_new();

    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, type);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, (int64_t)n);
    if (link && type == AE_IFLNK)
        archive_entry_set_symlink(e, link);
    else if (link)
        archive_entry_set_hardlink(e, link);
    cr_assert_geq(archive_write_header(a, e), ARCHIVE_WARN);
    if (n)
        cr_assert_eq(archive_write_data(a, data, n), (ssize_t)n);
    archive_entry_free(e);
}

static inline void add(struct archive *a, const char *name, const char *text)
{
    add_kind(a, name, AE_IFREG, NULL, text, strlen(text));
}

static inline void finish(struct archive *a)
{
    cr_assert_eq(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

static inline size_t slurp(const char *path, char *buf, size_t size)
{
    FILE *fp = fopen(path, "r");
    size_t n;

    cr_assert_not_null(fp);
    n = fread(buf, 1, size, fp);
    fclose(fp);
    return n;
}

/* ---- DICOM, explicit little endian ---- */

static inline size_t element(char *at, uint32_t tag, const char *vr,
                             const void *value, size_t n)
{
    unsigned pad = n % 2;
    size_t head = strcmp(vr, "SQ") && strcmp(vr, "OB") ? 8 : 12;

    at[0] = (char)(tag >> 16);
    at[1] = (char)(tag >> 24);
    at[2] = (char)tag;
    at[3] = (char)(tag >> 8);
    memcpy(at + 4, vr, 2);
    at[6] = at[7] = 0;
    if (head == 8) {
        at[6] = (char)((n + pad) & 255);
        at[7] = (char)((n + pad) >> 8);
    } else {
        for (unsigned i = 0; i < 4; i++)
            at[8 + i] = (char)((n + pad) >> 8 * i);
    }
    memcpy(at + head, value, n);
    if (pad)
        at[head + n] = vr[0] == 'U' || vr[0] == 'O' ? '\0' : ' ';
    return head + n + pad;
}

/* Preamble and File Meta; returns its length. `file` is zeroed. */
static inline size_t begin_dicom(char *file, size_t size, const char *class)
{
    static const char syntax[] = "1.2.840.10008.1.2.1";
    size_t at = 132, from;

    memset(file, 0, size);
    memcpy(file + 128, "DICM", 4);
    at += element(file + at, 0x00020000, "UL", "\0\0\0\0", 4);
    from = at;
    at += element(file + at, 0x00020001, "OB", "\0\1", 2);
    at += element(file + at, 0x00020002, "UI", class, strlen(class));
    at += element(file + at, 0x00020003, "UI", "1.2.3", 5);
    at += element(file + at, 0x00020010, "UI", syntax, strlen(syntax));
    file[140] = (char)(at - from);
    return at;
}

#endif
