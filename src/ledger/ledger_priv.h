/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSC_LEDGER_LEDGER_PRIV_H
#define DSC_LEDGER_LEDGER_PRIV_H

#include "ledger/ledger.h"

#include <sqlite3.h>

enum { /* prepared once */
    DSC_LEDGER_SQL_BEGIN,
    DSC_LEDGER_SQL_COMMIT,
    DSC_LEDGER_SQL_FIND,
    DSC_LEDGER_SQL_PUT,
    DSC_LEDGER_SQL_TWIN,
    DSC_LEDGER_SQL_PEER,
    DSC_LEDGER_SQL_REOPEN,
    DSC_LEDGER_SQL_OUTPUT,
    DSC_LEDGER_SQL_NOTE,
    DSC_LEDGER_SQL_FORMER,
    DSC_LEDGER_SQL_OWN,
    DSC_LEDGER_SQL_MET,
    DSC_LEDGER_SQL_COUNT
};

struct dsc_ledger {
    sqlite3 *db;
    char *path, *lock_path;
    int lock_fd; /* -1: none */
    bool remote;
    int schema;    /* its version */
    bool in_group; /* a transaction is open */
    int64_t run;
    char version[32], settings[65]; /* of this run */
    sqlite3_stmt *sql[DSC_LEDGER_SQL_COUNT];
};

/* The version that this code writes. */
int dsc_ledger__current_version(void);
/* Can one of this version be read as it is? */
bool dsc_ledger__is_readable(int version);
/* Has it the table, the columns? */
bool dsc_ledger__has_former(int version);
bool dsc_ledger__has_made(int version);
/* Bring the schema from any older version to `to` (tests stop early). */
dsc_status dsc_ledger__migrate(sqlite3 *db, int to, dsc_error *err);

/* An SQLite failure as a status and a message without names. */
dsc_status dsc_ledger__fail(sqlite3 *db, int code, dsc_error *err);
dsc_status dsc_ledger__exec(sqlite3 *db, const char *sql, dsc_error *err);
dsc_status dsc_ledger__prepare(dsc_ledger *l, sqlite3_stmt **out,
                               const char *sql, dsc_error *err);
/* The prepared statement of this number. */
dsc_status dsc_ledger__statement(dsc_ledger *l, int which, sqlite3_stmt **out,
                                 dsc_error *err);
/* Paths are bytes. NULL: none; else free with dsc_free. */
void dsc_ledger__bind_path(sqlite3_stmt *s, int at, const char *path);
char *dsc_ledger__path_of(sqlite3_stmt *s, int column);
/* NULL counts as "". */
void dsc_ledger__bind_text(sqlite3_stmt *s, int at, const char *text);
const char *dsc_ledger__text_of(sqlite3_stmt *s, int column);
/* Run a statement that gives no rows; resets it. */
dsc_status dsc_ledger__run(dsc_ledger *l, sqlite3_stmt *s, dsc_error *err);

#endif
