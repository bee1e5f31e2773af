/* SPDX-License-Identifier: Apache-2.0
 *
 * A lore's parts: the file (lore_file.c) and what is in it (lore.c). */
#ifndef DSC_LEDGER_LORE_PRIV_H
#define DSC_LEDGER_LORE_PRIV_H

#include "ledger/lore.h"

#include <sqlite3.h>

#define DSC_LORE_STATEMENTS 18

struct dsc_lore {
    sqlite3 *db;
    bool in_memory, in_group;
    sqlite3_stmt *sql[DSC_LORE_STATEMENTS];
};

/* What SQLite says, in words. */
dsc_status dsc_lore_fail(const dsc_lore *lore, int rc,
                         dsc_error *err) DSC_WARN_UNUSED;

#endif
