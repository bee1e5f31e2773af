/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the two files of the mapping. */
#ifndef DSC_DEID_MAPPING_PRIV_H
#define DSC_DEID_MAPPING_PRIV_H

#include "deid/deid_priv.h"
#include "deid/mapping.h"

/* Places in the file. */
#define KDF_AT     16u /* 0: key, 1: scrypt with log2 N, r, p after it */
#define SALT_AT    32u
#define SALT_SIZE  16u
#define CHECK_AT   48u /* what a right key gives */
#define CHECK_SIZE 16u
#define HEAD_SIZE  64u
#define SLOT_SIZE  64u /* two of them, written in turn */
#define RECORDS_AT (HEAD_SIZE + 2 * SLOT_SIZE)

#define NONCE_SIZE 12
#define TAG_SIZE   16
#define SEAL_SIZE  (NONCE_SIZE + TAG_SIZE)

typedef struct dsc_mapping_head {
    uint8_t bytes[HEAD_SIZE]; /* all zero: nothing read yet */
    dsc_key key;              /* of this file */
    uint64_t count, length;   /* records, and bytes of the file, that count */
} dsc_mapping_head;

/* `out` has room for len + SEAL_SIZE. `what` and `n` say which piece it is. */
dsc_status dsc_mapping__seal(const dsc_mapping_head *head, char what,
                             uint64_t n, const uint8_t *plain, size_t len,
                             uint8_t *out, dsc_error *err);
/* `plain` has room for `len`. */
bool dsc_mapping__unseal(const dsc_mapping_head *head, char what, uint64_t n,
                         const uint8_t *sealed, size_t len, uint8_t *plain);
dsc_status dsc_mapping__new_head(dsc_mapping_head *head,
                                 const dsc_secret *secret, dsc_error *err);
/* The slot for the count and length in `head`: number count % 2. */
dsc_status dsc_mapping__seal_slot(const dsc_mapping_head *head,
                                  uint8_t slot[SLOT_SIZE], dsc_error *err);
dsc_status dsc_mapping__read_head(dsc_mapping_head *head, int fd,
                                  const dsc_secret *secret, dsc_error *err);
/* F_RDLCK, F_WRLCK or F_UNLCK; waits. */
dsc_status dsc_mapping__lock(int fd, short type, dsc_error *err);

#endif
