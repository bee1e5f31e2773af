/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/id_map.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#define MAX_TEXT ((size_t)64 << 20) /* as for a CSV file */

bool dsc_id_map_is_sqlite(const char *path)
{
    static const char magic[16] = "SQLite format 3";
    char start[sizeof magic];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is = fd >= 0 && read(fd, start, sizeof start) == sizeof start &&
              !memcmp(start, magic, sizeof magic);

    if (fd >= 0)
        close(fd);
    return is;
}

/* RFC 4180; numbers come as SQLite prints them. */
static dsc_status add_field(dsc_buf *csv, sqlite3_stmt *row, int column,
                            const char *end, dsc_error *err)
{
    int type = sqlite3_column_type(row, column);
    const char *text = (const char *)sqlite3_column_text(row, column);
    size_t n = (size_t)sqlite3_column_bytes(row, column);
    dsc_status st;

    if (type == SQLITE_NULL || type == SQLITE_BLOB)
        return dsc_fail(err, DSC_USAGE, "an ID is no text");
    if (!text)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    if (memchr(text, '\0', n))
        return dsc_fail(err, DSC_USAGE,
                        "an ID has a character that no ID can have");
    st = dsc_buf_append(csv, "\"", 1, err);
    for (size_t i = 0; !st && i < n; i++) {
        st = dsc_buf_append(csv, text + i, 1, err);
        if (!st && text[i] == '"')
            st = dsc_buf_append(csv, text + i, 1, err);
    }
    return st ? st : dsc_buf_append(csv, end, strlen(end), err);
}

static dsc_status read_rows(dsc_buf *csv, sqlite3_stmt *row, const char *path,
                            dsc_error *err)
{
    dsc_error e = DSC_ERROR_INIT;
    unsigned long long number = 0;
    dsc_status st = DSC_OK;
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(row)) == SQLITE_ROW) {
        number++;
        st = add_field(csv, row, 0, "\",", &e);
        if (!st)
            st = add_field(csv, row, 1, "\"\n", &e);
    }
    if (st)
        return dsc_fail(err, st == DSC_NOMEM ? st : DSC_USAGE,
                        "%.80s: row %llu: %s", path, number, e.msg);
    if (rc == SQLITE_NOMEM)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    return rc == SQLITE_DONE
               ? DSC_OK
               : dsc_fail(err, DSC_USAGE,
                          "%.80s: row %llu: the database cannot be read (%s)",
                          path, number + 1, sqlite3_errstr(rc));
}

dsc_status dsc_id_map_read_sqlite(dsc_buf *csv, const char *path,
                                  dsc_error *err)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
    dsc_status st = DSC_OK;

    csv->limit = MAX_TEXT;
    if (!rc)
        rc = sqlite3_prepare_v2(db, "SELECT \"real\", trial FROM id_map", -1,
                                &row, NULL);
    if (rc == SQLITE_NOMEM)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    else if (rc == SQLITE_ERROR)
        st = dsc_fail(err, DSC_USAGE,
                      "%.80s: a table id_map with columns real and trial is "
                      "expected",
                      path);
    else if (rc)
        st = dsc_fail(err, DSC_USAGE, "%.80s: the database cannot be read (%s)",
                      path, sqlite3_errstr(rc));
    if (!st)
        st = read_rows(csv, row, path, err);
    sqlite3_finalize(row);
    sqlite3_close(db);
    return st;
}
