/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_batch.h"

#include "batch/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool dsc_cli_shard(const dsc_args *args, dsc_batch_options *o,
                   dsc_cli_shard_text *s)
{
    const char *text = dsc_args_value(args, "shard", NULL);
    const char *plan = dsc_args_value(args, "plan", NULL);
    char *end = NULL;
    unsigned long of = 0, number = 0;
    dsc_error err = DSC_ERROR_INIT;
    dsc_key key;
    dsc_status st;

    if (!text && !plan)
        return true;
    if (text && text[0] >= '1' && text[0] <= '9')
        number = strtoul(text, &end, 10);
    if (end && end[0] == '/' && end[1] >= '1' && end[1] <= '9')
        of = strtoul(end + 1, &end, 10);
    if (!plan || !end || *end || !number || number > of || of > UINT32_MAX) {
        dsc_cli_usage("a shard is --plan FILE --shard I/N, I from 1 to N");
        return false;
    }
    st = dsc_key_read(&key, dsc_args_value(args, "key", ""), &err);
    if (!st)
        st = dsc_plan_key_digest(&key, s->key, &err);
    explicit_bzero(&key, sizeof key);
    if (st) {
        dsc_cli_usage("%s", err.msg);
        return false;
    }
    snprintf(s->text, sizeof s->text, "%lu/%lu", number, of);
    o->source.plan = plan;
    o->source.shard = (uint32_t)number;
    o->source.shards = (uint32_t)of;
    o->source.plan_key = s->key;
    o->shard = s->text;
    o->into_existing = true; /* the others write there, too */
    return true;
}
