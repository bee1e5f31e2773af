/* SPDX-License-Identifier: Apache-2.0
 *
 * What a profile keeps on purpose, which the residual proof does not look
 * for. */
#include "deid/deid_priv.h"
#include "deid/residual.h"

#include <string.h>

static bool keeps(const void *ctx, uint32_t tag, const char *vr)
{
    const dsc_deid *d = ctx;
    const dsc_deid__override *o = dsc_deid__overridden(d, tag);
    const dsc_deid__row *row = dsc_deid__find(tag);

    if (o)
        return o->action == DSC_ACTION_K;
    if (!strcmp(vr, "UI") && d->options & DSC_DEID_KEEP_UIDS)
        return true;
    if (row)
        return (row->keep & d->options) != 0;
    /* dates that the table does not list follow the option too */
    return (!strcmp(vr, "DA") || !strcmp(vr, "DT")) &&
           d->options & DSC_DEID_FULL_DATES;
}

dsc_residual_scope dsc_residual_scope_of(const dsc_deid *deid)
{
    return (dsc_residual_scope){keeps, deid};
}
