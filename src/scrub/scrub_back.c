/* SPDX-License-Identifier: Apache-2.0
 *
 * The way back: what a mapping that was kept tells. */
#include "scrub/scrub_priv.h"

#include <string.h>

typedef struct answering {
    dsc_mapped_fn fn;
    void *ctx;
} answering;

static bool answer(void *ctx, dsc_pair_kind kind, const char *real,
                   const char *now)
{
    const answering *a = ctx;
    dsc_mapped pair = {dsc_pair_name(kind), real, now};

    return a->fn(a->ctx, &pair);
}

dsc_status dsc_reidentify(const char *path, const uint8_t *key,
                          const char *passphrase, dsc_mapped_fn fn, void *ctx,
                          dsc_error *err)
{
    answering a = {fn, ctx};
    dsc_secret secret = {.passphrase = passphrase};
    dsc_key own;
    dsc_status st;

    if (!key == !passphrase)
        return dsc_fail(err, DSC_USAGE, "a key or a passphrase, one of them");
    if (key) {
        memcpy(own.bytes, key, sizeof own.bytes);
        secret.key = &own;
    }
    st = dsc_mapping_read(path, &secret, answer, &a, err);
    explicit_bzero(&own, sizeof own);
    return st;
}
