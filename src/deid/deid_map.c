/* SPDX-License-Identifier: Apache-2.0
 *
 * A table of real Patient IDs and those of a trial: CSV (RFC 4180), two
 * columns. Its values are patient data: messages tell lines, never values. */
#include "base/sort.h"
#include "deid/deid_priv.h"

#include <stdlib.h>
#include <string.h>

#define MAX_FILE ((size_t)64 << 20)

typedef struct csv {
    const char *p, *end;
    unsigned line;
    const char *path;
    dsc_error *err;
} csv;

static dsc_status wrong(const csv *c, const char *what)
{
    return dsc_fail(c->err, DSC_USAGE, "%.80s:%u: %s", c->path, c->line, what);
}

/* One field into `out`, NUL-terminated, without blanks around it. */
static dsc_status field(csv *c, char *out, size_t size)
{
    bool quoted = c->p < c->end && *c->p == '"';
    size_t n = 0;

    if (quoted)
        c->p++;
    for (;;) {
        char ch;
        if (c->p == c->end) {
            if (quoted)
                return wrong(c, "a quoted field has no end");
            break;
        }
        ch = *c->p;
        if (quoted && ch == '"') {
            if (c->p + 1 < c->end && c->p[1] == '"') {
                c->p++;
            } else {
                c->p++;
                break;
            }
        } else if (!quoted && (ch == ',' || ch == '\n' || ch == '\r')) {
            break;
        } else if ((unsigned char)ch < 0x20 || ch == 0x7F || ch == '\\' ||
                   (!quoted && ch == '"')) {
            return wrong(c, "a field has a character that no ID can have");
        }
        if (n + 1 == size)
            return wrong(c, "a field is longer than an ID can be");
        out[n++] = ch;
        c->p++;
    }
    while (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    memmove(out, out + strspn(out, " "), strlen(out + strspn(out, " ")) + 1);
    return DSC_OK;
}

static dsc_status end_of_line(csv *c)
{
    if (c->p < c->end && *c->p == '\r')
        c->p++;
    if (c->p < c->end && *c->p++ != '\n')
        return wrong(c, "two columns expected: real ID, trial ID");
    return DSC_OK;
}

static dsc_status add(dsc_deid *d, const char *real, const char *trial,
                      unsigned line, dsc_error *err)
{
    dsc_deid__pair *pair;

    if (d->pair_count == d->pair_cap) {
        size_t cap = d->pair_cap ? d->pair_cap * 2 : 64;
        dsc_deid__pair *more = dsc_calloc(cap, sizeof *more);
        if (!more)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        if (d->pair_count)
            memcpy(more, d->pairs, d->pair_count * sizeof *more);
        dsc_free(d->pairs);
        d->pairs = more;
        d->pair_cap = cap;
    }
    pair = &d->pairs[d->pair_count];
    pair->line = line;
    pair->real = dsc_strdup(real);
    pair->trial = dsc_strdup(trial);
    if (!pair->real || !pair->trial) {
        dsc_free(pair->real);
        dsc_free(pair->trial);
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    }
    d->pair_count++;
    return DSC_OK;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const dsc_deid__pair *)a)->real,
                  ((const dsc_deid__pair *)b)->real);
}

static dsc_status read_lines(dsc_deid *d, csv *c)
{
    char real[65], trial[65];
    dsc_status st = DSC_OK;

    while (!st && c->p < c->end) {
        c->line++;
        st = field(c, real, sizeof real);
        if (!st && (c->p == c->end || *c->p != ',')) {
            if (!real[0]) { /* an empty line */
                st = end_of_line(c);
                continue;
            }
            return wrong(c, "two columns expected: real ID, trial ID");
        }
        if (st)
            break;
        c->p++;
        st = field(c, trial, sizeof trial);
        if (!st)
            st = end_of_line(c);
        if (st)
            break;
        if (!real[0] || !trial[0])
            return wrong(c, "an ID is empty");
        for (const char *p = trial; *p; p++)
            if ((unsigned char)*p >= 0x80)
                return wrong(c, "a trial ID must be plain ASCII");
        if (!strcmp(real, trial))
            return wrong(c, "the trial ID is the real one");
        if (c->line == 1 && !strcmp(real, "real") && !strcmp(trial, "trial"))
            continue; /* a heading */
        st = add(d, real, trial, c->line, c->err);
    }
    return st;
}

dsc_status dsc_deid__load_map(dsc_deid *d, const char *path, const char *known,
                              dsc_error *err)
{
    dsc_buf text = {0};
    csv c = {.path = path, .err = err};
    dsc_status st = known ? dsc_buf_append(&text, known, strlen(known), err)
                          : dsc_read_file(&text, path, MAX_FILE, err);

    if (st) {
        dsc_error_context(err, "map of IDs");
        return st == DSC_NOMEM ? st : DSC_USAGE;
    }
    c.p = text.len ? (const char *)text.data : "";
    c.end = c.p + text.len;
    if (text.len >= 3 && !memcmp(c.p, "\xEF\xBB\xBF", 3))
        c.p += 3;
    st = read_lines(d, &c);
    if (!st && d->pair_count)
        dsc_sort(d->pairs, d->pair_count, sizeof *d->pairs, compare);
    for (size_t i = 1; !st && i < d->pair_count; i++)
        if (!strcmp(d->pairs[i - 1].real, d->pairs[i].real) &&
            strcmp(d->pairs[i - 1].trial, d->pairs[i].trial))
            st = dsc_fail(
                err, DSC_USAGE,
                "%.80s:%u: this real ID has another trial ID too", path,
                d->pairs[i - 1].line > d->pairs[i].line ? d->pairs[i - 1].line
                                                        : d->pairs[i].line);
    dsc_buf_free(&text);
    return st;
}
