/* SPDX-License-Identifier: Apache-2.0
 *
 * A helper process that reads the header of one file after the other and says
 * to which shard it belongs. The patient's ID stays in it. */
#ifndef DSC_BATCH_PROBE_PRIV_H
#define DSC_BATCH_PROBE_PRIV_H

#include "deid/deid.h"

typedef struct dsc_probe dsc_probe;

dsc_status dsc_probe_start(dsc_probe **out, const dsc_key *key, uint32_t shards,
                           dsc_error *err) DSC_WARN_UNUSED;
/* Ask for a file: by its name, or by a descriptor of its bytes. A dead helper
 * is replaced. */
dsc_status dsc_probe_ask(dsc_probe *probe, const char *name, int fd,
                         dsc_error *err) DSC_WARN_UNUSED;
typedef struct dsc_probe_home {
    uint32_t shard;   /* 0: the header cannot be read */
    uint64_t study;   /* a keyed hash of its UID; 0: none */
    bool has_patient; /* else `shard` is that of the study */
} dsc_probe_home;
dsc_probe_home dsc_probe_answer(dsc_probe *probe);
void dsc_probe_stop(dsc_probe **probe);

#endif
