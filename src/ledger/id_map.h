/* SPDX-License-Identifier: Apache-2.0
 *
 * A map of Patient IDs in a SQLite file, as CSV text for those who know no
 * database.
 */
#ifndef DSC_LEDGER_ID_MAP_H
#define DSC_LEDGER_ID_MAP_H

#include "base/mem.h"

/* Does the file start as those of SQLite do? */
bool dsc_id_map_is_sqlite(const char *path);
/* The columns `real` and `trial` of its table `id_map`, a row a line.
 * Patient data. DSC_USAGE names the row that cannot be one. */
dsc_status dsc_id_map_read_sqlite(dsc_buf *csv, const char *path,
                                  dsc_error *err) DSC_WARN_UNUSED;

#endif
