/* SPDX-License-Identifier: Apache-2.0
 *
 * A ledger in a folder of its own, and rows. */
#ifndef DSC_TESTS_UNIT_LEDGER_LEDGERS_H
#define DSC_TESTS_UNIT_LEDGER_LEDGERS_H

#include "../../supp/folder.h"
#include "ledger/ledger_priv.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS "0123456789abcdef"

static char folder[64], file[96];

static void enter(void)
{
    snprintf(folder, sizeof folder, "/tmp/dsc-ledger-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/l.db", folder);
}

static void leave(void)
{
    remove_folder(folder);
}

static dsc_ledger *open_ledger(dsc_ledger_mode mode)
{
    dsc_ledger *l = NULL;
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_ledger_open(&l, file, mode, &err), DSC_OK, "%s", err.msg);
    return l;
}

static dsc_ledger *open_run(dsc_ledger_mode mode)
{
    dsc_ledger *l = open_ledger(mode);
    dsc_ledger_run run = {.version = "1.0",
                          .settings = SETTINGS,
                          .output = "out",
                          .shard = "",
                          .jobs = 2};

    cr_assert_eq(dsc_ledger_begin(l, &run, NULL), DSC_OK);
    return l;
}

static dsc_ledger_row row_of(const char *input, unsigned outcome)
{
    bool written = outcome == DSC_CLEAN || outcome == DSC_SCRUBBED;
    return (dsc_ledger_row){.input = input,
                            .size = 100,
                            .modified = 5,
                            .outcome = outcome,
                            .reason = written ? "" : "no",
                            .output = written ? "out/1/2/3.dcm" : NULL,
                            .study = "1",
                            .series = "2",
                            .instance = "3",
                            .modality = "US",
                            .frames = 1,
                            .attempts = 1,
                            .record = "{}"};
}

static void put(dsc_ledger *l, const char *input, unsigned outcome)
{
    dsc_ledger_row row = row_of(input, outcome);
    dsc_error err = DSC_ERROR_INIT;
    cr_assert_eq(dsc_ledger_put(l, &row, &err), DSC_OK, "%s", err.msg);
}

typedef struct collected {
    char inputs[256];
    int rows, stop_at;
    dsc_ledger_row last;
    uint8_t sha[32];
    char record[64];
} collected;

static bool collect(void *ctx, const dsc_ledger_row *r)
{
    collected *c = ctx;
    size_t at = strlen(c->inputs);

    snprintf(c->inputs + at, sizeof c->inputs - at, "%s ", r->input);
    c->rows++;
    c->last = *r;
    if (r->sha256)
        memcpy(c->sha, r->sha256, 32);
    snprintf(c->record, sizeof c->record, "%s", r->record);
    return c->rows != c->stop_at;
}

static void ask(dsc_ledger *l, dsc_ledger_query q, collected *c)
{
    dsc_error err = DSC_ERROR_INIT;
    cr_assert_eq(dsc_ledger_each(l, &q, collect, c, &err), DSC_OK, "%s",
                 err.msg);
}

#endif
