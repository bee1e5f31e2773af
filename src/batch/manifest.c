/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/manifest.h"

#include "base/file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC    "dcmscrub-plan 1 "
#define MAX_LINE ((size_t)512 * 1024)

/* ---- write ---- */

struct dsc_manifest_writer {
    dsc_outfile *file;
    uint64_t lines;
    dsc_buf text;
};

dsc_status dsc_manifest_create(dsc_manifest_writer **out, const char *path,
                               uint32_t shards, const char *key_digest,
                               dsc_error *err)
{
    dsc_manifest_writer *w = dsc_alloc(sizeof *w);
    char head[80];
    dsc_status st;

    *out = NULL;
    if (!w)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    snprintf(head, sizeof head, MAGIC "%" PRIu32 " %s\n", shards, key_digest);
    st = access(path, F_OK) ? dsc_outfile_create(&w->file, path, err)
                            : dsc_fail(err, DSC_USAGE,
                                       "the plan exists "
                                       "already");
    if (!st)
        st = dsc_outfile_write(w->file, head, strlen(head), err);
    if (st)
        dsc_manifest_abort(&w);
    *out = w;
    return st;
}

static dsc_status append_name(dsc_buf *to, const char *name, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (; !st && *name; name++) {
        unsigned char c = (unsigned char)*name;
        char text[5] = {*name};
        if (c < 0x20 || c == 0x7f || c == '\\')
            snprintf(text, sizeof text, "\\x%02X", c);
        st = dsc_buf_append(to, text, strlen(text), err);
    }
    return st;
}

dsc_status dsc_manifest_put(dsc_manifest_writer *w,
                            const dsc_manifest_line *line, dsc_error *err)
{
    char text[400];
    dsc_status st;

    w->text.len = 0;
    snprintf(text, sizeof text, "%" PRIu32 "\t%zu\t%zu\t", line->shard,
             line->archive, line->relative);
    st = dsc_buf_append(&w->text, text, strlen(text), err);
    if (!st)
        st = append_name(&w->text, line->name, err);
    snprintf(text, sizeof text, "\t%s%s%s\n",
             line->told ? dsc_outcome_name(line->outcome) : "",
             line->told ? " " : "", line->told ? line->reason : "");
    if (!st)
        st = dsc_buf_append(&w->text, text, strlen(text), err);
    if (!st)
        st = dsc_outfile_write(w->file, w->text.data, w->text.len, err);
    w->lines++;
    return st;
}

dsc_status dsc_manifest_finish(dsc_manifest_writer **pw, dsc_error *err)
{
    dsc_manifest_writer *w = *pw;
    char text[32];
    bool existed;
    dsc_status st;

    snprintf(text, sizeof text, "end %" PRIu64 "\n", w->lines);
    st = dsc_outfile_write(w->file, text, strlen(text), err);
    if (!st)
        st = dsc_outfile_commit(&w->file, &existed, err);
    if (!st && existed)
        st = dsc_fail(err, DSC_IO, "the plan exists already");
    dsc_manifest_abort(pw);
    return st;
}

void dsc_manifest_abort(dsc_manifest_writer **pw)
{
    dsc_manifest_writer *w = *pw;

    if (!w)
        return;
    dsc_outfile_abort(&w->file);
    dsc_buf_free(&w->text);
    dsc_free(w);
    *pw = NULL;
}

/* ---- read ---- */

struct dsc_manifest {
    FILE *fp;
    uint32_t shards;
    char key[17];
    uint64_t lines, promised;
    char *line; /* room for MAX_LINE and a NUL */
};

static dsc_status broken(const dsc_manifest *m, dsc_error *err)
{
    return dsc_fail(err, DSC_USAGE, "the plan is broken at line %" PRIu64,
                    m->lines + 1);
}

/* A decimal number up to `most` that ends with `end`; moves on behind it. */
static bool number(char **at, char end, uint64_t most, uint64_t *out)
{
    char *stop;

    errno = 0;
    *out = isdigit((unsigned char)**at) ? strtoull(*at, &stop, 10) : 0;
    if (!isdigit((unsigned char)**at) || errno || *stop != end || *out > most)
        return false;
    *at = stop + 1;
    return true;
}

static bool read_head(dsc_manifest *m)
{
    char head[80], *at = head + strlen(MAGIC);
    uint64_t shards;
    size_t n;

    if (!fgets(head, sizeof head, m->fp) || strncmp(head, MAGIC, strlen(MAGIC)))
        return false;
    if (!number(&at, ' ', DSC_MANIFEST_SHARDS, &shards) || !shards)
        return false;
    n = strspn(at, "0123456789abcdef");
    if (n != 16 || strcmp(at + n, "\n"))
        return false;
    m->shards = (uint32_t)shards;
    memcpy(m->key, at, n);
    return true;
}

/* The last line tells how many there are: a plan that was cut off has none, and
 * that must be known before the work begins. */
static bool read_tail(dsc_manifest *m)
{
    char tail[33] = "", *at;
    struct stat sb;
    ssize_t n = -1;

    if (!fstat(fileno(m->fp), &sb))
        n = pread(fileno(m->fp), tail, 32,
                  sb.st_size > 32 ? sb.st_size - 32 : 0);
    at = n > 6 ? memrchr(tail, '\n', (size_t)n - 1) : NULL;
    if (!at || strncmp(at, "\nend ", 5) || tail[n - 1] != '\n')
        return false;
    at += 5;
    return number(&at, '\n', UINT64_MAX - 1, &m->promised) && !*at;
}

/* A pipe would hold us up. */
static FILE *open_regular(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat sb;

    if (fd >= 0 && !fstat(fd, &sb) && S_ISREG(sb.st_mode))
        return fdopen(fd, "r");
    if (fd >= 0) {
        close(fd);
        errno = EINVAL;
    }
    return NULL;
}

dsc_status dsc_manifest_open(dsc_manifest **out, const char *path,
                             dsc_error *err)
{
    dsc_manifest *m = dsc_alloc(sizeof *m);
    dsc_status st = DSC_OK;

    *out = NULL;
    if (!m)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    m->line = dsc_alloc(MAX_LINE + 1);
    m->fp = m->line ? open_regular(path) : NULL;
    if (!m->line)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    else if (!m->fp)
        st = dsc_fail(err, DSC_USAGE, "the plan cannot be read: %s",
                      strerror(errno));
    else if (!read_head(m))
        st = dsc_fail(err, DSC_USAGE, "this file is no plan");
    else if (!read_tail(m))
        st = dsc_fail(err, DSC_USAGE, "the plan is not finished");
    if (st)
        dsc_manifest_close(&m);
    *out = m;
    return st;
}

uint32_t dsc_manifest_shards(const dsc_manifest *m)
{
    return m->shards;
}

const char *dsc_manifest_key(const dsc_manifest *m)
{
    return m->key;
}

/* In place, up to the tab behind it; returns the place behind that. */
static char *read_name(char *at)
{
    char *to = at;

    for (; *at && *at != '\t'; to++) {
        unsigned byte;
        if (*at != '\\') {
            *to = *at++;
            continue;
        }
        if (at[1] != 'x' || !isxdigit((unsigned char)at[2]) ||
            !isxdigit((unsigned char)at[3]) ||
            sscanf(at + 2, "%2x", &byte) != 1 || !byte)
            return NULL;
        *to = (char)byte;
        at += 4;
    }
    if (!*at)
        return NULL;
    *to = '\0';
    return at + 1;
}

static bool read_told(char *at, dsc_manifest_line *line)
{
    size_t n = strcspn(at, " ");

    line->told = *at != '\0';
    if (!line->told)
        return true;
    line->reason = at + n + (at[n] == ' ');
    for (int i = 0; i <= DSC_IGNORED; i++) {
        line->outcome = (dsc_outcome)i;
        if (strlen(dsc_outcome_name(line->outcome)) == n &&
            !strncmp(dsc_outcome_name(line->outcome), at, n))
            /* What was not looked at cannot have been cleaned. */
            return line->outcome >= DSC_QUARANTINED;
    }
    return false;
}

static bool read_line(const dsc_manifest *m, dsc_manifest_line *line)
{
    char *at = m->line, *name;
    uint64_t shard, archive, relative;
    size_t n;

    if (!number(&at, '\t', m->shards, &shard) || !shard ||
        !number(&at, '\t', MAX_LINE, &archive) ||
        !number(&at, '\t', MAX_LINE, &relative))
        return false;
    name = at;
    at = read_name(name);
    if (!at || !read_told(at, line))
        return false;
    n = strlen(name);
    if (!n || relative >= n ||
        (archive && (archive >= n - 1 || name[archive] != '!')))
        return false;
    line->shard = (uint32_t)shard;
    line->archive = (size_t)archive;
    line->relative = (size_t)relative;
    line->name = name;
    return true;
}

dsc_status dsc_manifest_next(dsc_manifest *m, dsc_manifest_line *line,
                             dsc_error *err)
{
    bool got = fgets(m->line, (int)MAX_LINE + 1, m->fp) != NULL;
    size_t n = got ? strlen(m->line) : 0;

    *line = (dsc_manifest_line){0};
    if (!got && ferror(m->fp))
        return dsc_fail(err, DSC_IO, "the plan cannot be read");
    if (!n || m->line[n - 1] != '\n') /* too long, cut off, or with a NUL */
        return broken(m, err);
    m->line[n - 1] = '\0';
    if (!strncmp(m->line, "end ", 4)) /* its number was read at the start */
        return m->lines == m->promised && getc(m->fp) == EOF ? DSC_OK
                                                             : broken(m, err);
    if (!read_line(m, line)) {
        line->name = NULL;
        return broken(m, err);
    }
    m->lines++;
    return DSC_OK;
}

void dsc_manifest_close(dsc_manifest **pm)
{
    dsc_manifest *m = *pm;

    if (!m)
        return;
    if (m->fp)
        fclose(m->fp);
    dsc_free(m->line);
    dsc_free(m);
    *pm = NULL;
}
