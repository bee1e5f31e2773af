/* SPDX-License-Identifier: Apache-2.0
 *
 * The schema, as the steps that led to it. A step is never changed once it has
 * been released: a new one is added. */
#include "ledger/ledger_priv.h"

#include <stdio.h>

static const char *const steps[] = {
    /* 1 */
    "PRAGMA application_id = 1146309444;" /* "DSLD" */
    "CREATE TABLE run("
    " id INTEGER PRIMARY KEY,"
    " version TEXT NOT NULL,"
    " settings TEXT NOT NULL,"
    " output BLOB NOT NULL,"
    " shard TEXT NOT NULL,"
    " jobs INTEGER NOT NULL,"
    " state TEXT NOT NULL,"
    " started INTEGER NOT NULL,"
    " ended INTEGER NOT NULL DEFAULT 0);"
    /* Paths are bytes, not text: they need not be UTF-8. */
    "CREATE TABLE instance("
    " id INTEGER PRIMARY KEY,"
    " run INTEGER NOT NULL REFERENCES run(id),"
    " input BLOB NOT NULL UNIQUE,"
    " size INTEGER NOT NULL,"
    " modified INTEGER NOT NULL,"
    " sha256 BLOB,"
    " outcome TEXT NOT NULL CHECK(outcome IN ('clean','scrubbed',"
    "  'quarantined','failed','ignored','pending')),"
    " reason TEXT NOT NULL,"
    " output BLOB,"
    " study TEXT NOT NULL,"
    " series TEXT NOT NULL,"
    " instance TEXT NOT NULL,"
    " modality TEXT NOT NULL,"
    " frames INTEGER NOT NULL,"
    " regions INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL,"
    " duplicate INTEGER NOT NULL,"
    " started INTEGER NOT NULL,"
    " ended INTEGER NOT NULL,"
    " record TEXT NOT NULL);"
    "CREATE INDEX instance_uids ON instance(study, series, instance);"
    "CREATE INDEX instance_refused ON instance(outcome)"
    " WHERE outcome IN ('quarantined','failed','pending');"
    /* Kept up to date by triggers: a status of 100 million rows is six rows. */
    "CREATE TABLE total(outcome TEXT PRIMARY KEY, files INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TRIGGER instance_added AFTER INSERT ON instance BEGIN"
    " INSERT INTO total VALUES(new.outcome, 1, new.size)"
    "  ON CONFLICT(outcome) DO UPDATE SET files = files + 1,"
    "  bytes = bytes + excluded.bytes; END;"
    "CREATE TRIGGER instance_removed AFTER DELETE ON instance BEGIN"
    " UPDATE total SET files = files - 1, bytes = bytes - old.size"
    "  WHERE outcome = old.outcome; END;"
    "CREATE TRIGGER instance_changed AFTER UPDATE OF outcome, size"
    " ON instance BEGIN"
    " UPDATE total SET files = files - 1, bytes = bytes - old.size"
    "  WHERE outcome = old.outcome;"
    " INSERT INTO total VALUES(new.outcome, 1, new.size)"
    "  ON CONFLICT(outcome) DO UPDATE SET files = files + 1,"
    "  bytes = bytes + excluded.bytes; END;",
    /* 2: what other headers told; how far the run is */
    "ALTER TABLE instance ADD COLUMN taught BLOB;"
    "ALTER TABLE run ADD COLUMN done INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE run ADD COLUMN passed INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE run ADD COLUMN total INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE run ADD COLUMN seconds REAL NOT NULL DEFAULT 0;",
    /* 3: the rows of the last runs */
    "CREATE INDEX instance_run ON instance(run);",
    /* 4: what rows told of before they were of another file of that name, or of
     * one that could not be read any more */
    "CREATE TABLE former("
    " input BLOB NOT NULL,"
    " size INTEGER NOT NULL,"
    " modified INTEGER NOT NULL,"
    " sha256 BLOB,"
    " run INTEGER NOT NULL CHECK(typeof(run) = 'integer'),"
    " taught BLOB NOT NULL CHECK(length(taught) = 32),"
    " PRIMARY KEY(input, size, modified)) WITHOUT ROWID;"
    "CREATE INDEX former_run ON former(run);"
    /* OR IGNORE would be the outer statement's ABORT. */
    "CREATE TRIGGER instance_told AFTER UPDATE OF taught ON instance"
    " WHEN length(old.taught) > 0 AND NOT (ifnull(length(new.taught), 0) > 0"
    "  AND (old.size = new.size AND old.modified = new.modified"
    "   OR ifnull(old.sha256 = new.sha256, 0))) BEGIN"
    " INSERT INTO former VALUES(old.input, old.size, old.modified,"
    "  old.sha256, old.run, old.taught) ON CONFLICT DO NOTHING; END;",
    /* 5: which file an output is; whose outputs may be handed on at any time */
    "ALTER TABLE instance ADD COLUMN output_sha256 BLOB;"
    "ALTER TABLE instance ADD COLUMN output_file BLOB;"
    "ALTER TABLE instance ADD COLUMN made INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE run ADD COLUMN watch INTEGER NOT NULL DEFAULT 0;",
};

/* What comes behind it is for writers, or makes reading faster. */
#define READABLE 2

bool dsc_ledger__is_readable(int version)
{
    return version >= READABLE && version <= dsc_ledger__current_version();
}

bool dsc_ledger__has_former(int version)
{
    return version >= 4;
}

bool dsc_ledger__has_made(int version)
{
    return version >= 5;
}

int dsc_ledger__current_version(void)
{
    return (int)(sizeof steps / sizeof steps[0]);
}

static dsc_status read_version(sqlite3 *db, int *version, dsc_error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        *version = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return rc == SQLITE_ROW ? DSC_OK : dsc_ledger__fail(db, rc, err);
}

dsc_status dsc_ledger__migrate(sqlite3 *db, int to, dsc_error *err)
{
    char set[48];
    int version = 0;
    dsc_status st = dsc_ledger__exec(db, "BEGIN IMMEDIATE", err);

    if (st)
        return st;
    st = read_version(db, &version, err);
    for (; !st && version < to; version++) {
        st = dsc_ledger__exec(db, steps[version], err);
        snprintf(set, sizeof set, "PRAGMA user_version = %d", version + 1);
        if (!st)
            st = dsc_ledger__exec(db, set, err);
    }
    if (!st)
        st = dsc_ledger__exec(db, "COMMIT", err);
    if (st)
        (void)dsc_ledger__exec(db, "ROLLBACK", NULL);
    return st;
}
