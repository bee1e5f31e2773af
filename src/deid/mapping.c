/* SPDX-License-Identifier: Apache-2.0
 *
 * The file: a head that tells how the key is made and how much of the file
 * counts, then records under AES-256-GCM. */
#include "deid/mapping_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[16] = "dcmscrub map 1\n";

/* scrypt (RFC 7914): 32 MiB of memory for each guess of a passphrase */
#define SCRYPT_LOG_N  15
#define SCRYPT_R      8
#define SCRYPT_P      1
#define SCRYPT_MEMORY ((uint64_t)128 << 20)

static void put_number(uint8_t *p, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t get_number(const uint8_t *p, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = bytes; i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

/* ---- AEAD ---- */

/* What a piece of the file is: it must not pass for another one. */
static size_t associate(const dsc_mapping_head *head, char what, uint64_t n,
                        uint8_t out[HEAD_SIZE + 9])
{
    memcpy(out, head->bytes, HEAD_SIZE);
    out[HEAD_SIZE] = (uint8_t)what;
    put_number(out + HEAD_SIZE + 1, n, 8);
    return HEAD_SIZE + 9;
}

dsc_status dsc_mapping__seal(const dsc_mapping_head *head, char what,
                             uint64_t n, const uint8_t *plain, size_t len,
                             uint8_t *out, dsc_error *err)
{
    uint8_t aad[HEAD_SIZE + 9];
    int aad_len = (int)associate(head, what, n, aad), some = 0;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool ok =
        c && len <= INT32_MAX && getrandom(out, NONCE_SIZE, 0) == NONCE_SIZE &&
        EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, head->key.bytes, out) &&
        EVP_EncryptUpdate(c, NULL, &some, aad, aad_len) &&
        EVP_EncryptUpdate(c, out + NONCE_SIZE, &some, plain, (int)len) &&
        EVP_EncryptFinal_ex(c, out + NONCE_SIZE + len, &some) &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE,
                            out + NONCE_SIZE + len);

    EVP_CIPHER_CTX_free(c);
    return ok ? DSC_OK : dsc_fail(err, DSC_INTERNAL, "encryption failed");
}

bool dsc_mapping__unseal(const dsc_mapping_head *head, char what, uint64_t n,
                         const uint8_t *sealed, size_t len, uint8_t *plain)
{
    uint8_t aad[HEAD_SIZE + 9], tag[TAG_SIZE];
    int aad_len = (int)associate(head, what, n, aad), some = 0;
    size_t body = len - SEAL_SIZE;
    EVP_CIPHER_CTX *c;
    bool ok;

    if (len < SEAL_SIZE || len > INT32_MAX)
        return false;
    c = EVP_CIPHER_CTX_new();
    memcpy(tag, sealed + NONCE_SIZE + body, TAG_SIZE);
    ok = c &&
         EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, head->key.bytes,
                            sealed) &&
         EVP_DecryptUpdate(c, NULL, &some, aad, aad_len) &&
         EVP_DecryptUpdate(c, plain, &some, sealed + NONCE_SIZE, (int)body) &&
         EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) &&
         EVP_DecryptFinal_ex(c, plain + body, &some) > 0;
    EVP_CIPHER_CTX_free(c);
    return ok;
}

/* ---- the head ---- */

/* The file's own key, made with the salt and parameters in the head. */
static dsc_status make_key(dsc_mapping_head *head, const dsc_secret *secret,
                           dsc_error *err)
{
    const uint8_t *salt = head->bytes + SALT_AT;
    dsc_key master;
    char hex[2 * SALT_SIZE + 1];
    dsc_status st = DSC_OK;

    if (secret->key)
        master = *secret->key;
    else if (!EVP_PBE_scrypt(secret->passphrase, strlen(secret->passphrase),
                             salt, SALT_SIZE,
                             (uint64_t)1 << head->bytes[KDF_AT + 1],
                             head->bytes[KDF_AT + 2], head->bytes[KDF_AT + 3],
                             SCRYPT_MEMORY, master.bytes, sizeof master.bytes))
        st = dsc_fail(err, DSC_NOMEM,
                      "no key can be made of the passphrase (memory)");
    for (unsigned i = 0; i < SALT_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", salt[i]);
    if (!st)
        st = dsc_deid__hash(&master, "mapping", hex, head->key.bytes, err);
    explicit_bzero(&master, sizeof master);
    return st;
}

static dsc_status key_check(const dsc_mapping_head *head, uint8_t out[32],
                            dsc_error *err)
{
    return dsc_deid__hash(&head->key, "check", "", out, err);
}

dsc_status dsc_mapping__new_head(dsc_mapping_head *head,
                                 const dsc_secret *secret, dsc_error *err)
{
    uint8_t check[32];
    dsc_status st;

    memset(head, 0, sizeof *head);
    memcpy(head->bytes, magic, sizeof magic);
    if (!secret->key) {
        head->bytes[KDF_AT] = 1;
        head->bytes[KDF_AT + 1] = SCRYPT_LOG_N;
        head->bytes[KDF_AT + 2] = SCRYPT_R;
        head->bytes[KDF_AT + 3] = SCRYPT_P;
    }
    if (getrandom(head->bytes + SALT_AT, SALT_SIZE, 0) != SALT_SIZE)
        return dsc_fail(err, DSC_IO, "no random bytes for the mapping");
    st = make_key(head, secret, err);
    if (!st)
        st = key_check(head, check, err);
    if (!st)
        memcpy(head->bytes + CHECK_AT, check, CHECK_SIZE);
    head->length = RECORDS_AT;
    return st;
}

dsc_status dsc_mapping__seal_slot(const dsc_mapping_head *head,
                                  uint8_t slot[SLOT_SIZE], dsc_error *err)
{
    uint8_t plain[16];

    put_number(plain, head->count, 8);
    put_number(plain + 8, head->length, 8);
    memset(slot, 0, SLOT_SIZE);
    return dsc_mapping__seal(head, 'H', head->count % 2, plain, sizeof plain,
                             slot, err);
}

/* One of the two slots may be half written; the other then holds what was
 * true before. */
static bool read_slots(dsc_mapping_head *head, const uint8_t *slots)
{
    bool any = false;

    for (unsigned i = 0; i < 2; i++) {
        uint8_t plain[16];
        uint64_t count;
        if (!dsc_mapping__unseal(head, 'H', i, slots + i * SLOT_SIZE,
                                 SEAL_SIZE + sizeof plain, plain))
            continue;
        count = get_number(plain, 8);
        if (count % 2 != i || (any && count < head->count))
            continue;
        head->count = count;
        head->length = get_number(plain + 8, 8);
        any = true;
    }
    return any && head->length >= RECORDS_AT;
}

static dsc_status check_form(const uint8_t *bytes, size_t len,
                             const dsc_secret *secret, dsc_error *err)
{
    if (len < sizeof magic || memcmp(bytes, magic, sizeof magic))
        return dsc_fail(err, DSC_USAGE, "this is no mapping of dcmscrub");
    if (len < RECORDS_AT)
        return dsc_fail(err, DSC_BADFILE, "the mapping is truncated");
    if (bytes[KDF_AT] > 1 ||
        (bytes[KDF_AT] && (bytes[KDF_AT + 1] < 10 || bytes[KDF_AT + 1] > 20 ||
                           !bytes[KDF_AT + 2] || bytes[KDF_AT + 2] > 16 ||
                           !bytes[KDF_AT + 3] || bytes[KDF_AT + 3] > 4)))
        return dsc_fail(err, DSC_BADFILE, "the head of the mapping is damaged");
    if (bytes[KDF_AT] && secret->key)
        return dsc_fail(err, DSC_USAGE,
                        "the mapping is under a passphrase, not a key");
    if (!bytes[KDF_AT] && !secret->key)
        return dsc_fail(err, DSC_USAGE,
                        "the mapping is under a key, not a passphrase");
    return DSC_OK;
}

dsc_status dsc_mapping__lock(int fd, short type, dsc_error *err)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

    /* of the open file, so that threads and forked processes that opened it
     * for themselves exclude each other */
    while (fcntl(fd, F_OFD_SETLKW, &lock))
        if (errno != EINTR)
            return dsc_fail(err, DSC_IO, "the mapping cannot be locked: %s",
                            strerror(errno));
    return DSC_OK;
}

/* ---- reading ---- */

static bool tell_pairs(const uint8_t *p, size_t len, dsc_mapping_fn fn,
                       void *ctx, bool *stop)
{
    size_t at = 0;

    while (at < len && !*stop) {
        size_t real, now;
        if (len - at < 5)
            return false;
        real = get_number(p + at + 1, 2);
        now = get_number(p + at + 3, 2);
        /* both end with a NUL */
        if (!real || !now || real + now > len - at - 5 ||
            p[at + 5 + real - 1] || p[at + 5 + real + now - 1])
            return false;
        *stop = !fn(ctx, (dsc_pair_kind)p[at], (const char *)p + at + 5,
                    (const char *)p + at + 5 + real);
        at += 5 + real + now;
    }
    return true;
}

/* Record number `number` at `at`, in a file of `end` bytes. Its plain text is
 * `plain`; *good is false where there is none. */
static dsc_status read_record(const dsc_mapping_head *head, int fd, uint64_t at,
                              uint64_t end, uint64_t number, dsc_buf *plain,
                              bool *good, dsc_error *err)
{
    dsc_buf sealed = {0};
    uint8_t size[4];
    uint64_t n = 0;
    dsc_status st = DSC_OK;

    *good = at < end && end - at >= 4 && pread(fd, size, 4, (off_t)at) == 4;
    if (*good)
        n = get_number(size, 4);
    *good = *good && n >= SEAL_SIZE && n <= end - at - 4;
    if (*good)
        st = dsc_buf_resize(&sealed, n, err);
    if (*good && !st)
        st = dsc_buf_resize(plain, n, err);
    *good = *good && !st &&
            pread(fd, sealed.data, n, (off_t)at + 4) == (ssize_t)n &&
            dsc_mapping__unseal(head, 'R', number, sealed.data, n, plain->data);
    if (*good)
        plain->len = n - SEAL_SIZE;
    dsc_buf_free(&sealed);
    return st;
}

/* A record that is whole counts, though a crash came before the slot that says
 * so, or that slot is damaged. */
static dsc_status count_last(dsc_mapping_head *head, int fd, uint64_t end,
                             dsc_error *err)
{
    dsc_buf plain = {0};
    bool good = true;
    dsc_status st = DSC_OK;

    while (!st && good) {
        st = read_record(head, fd, head->length, end, head->count, &plain,
                         &good, err);
        if (!st && good) {
            head->length += 4 + SEAL_SIZE + plain.len;
            head->count++;
        }
    }
    dsc_buf_free(&plain);
    return st;
}

dsc_status dsc_mapping__read_head(dsc_mapping_head *head, int fd,
                                  const dsc_secret *secret, dsc_error *err)
{
    uint8_t bytes[RECORDS_AT], check[32];
    ssize_t n = pread(fd, bytes, sizeof bytes, 0);
    struct stat sb;
    dsc_status st;

    if (n < 0 || fstat(fd, &sb))
        return dsc_fail(err, DSC_IO, "the mapping cannot be read: %s",
                        strerror(errno));
    st = check_form(bytes, (size_t)n, secret, err);
    if (st)
        return st;
    if (memcmp(head->bytes, bytes, HEAD_SIZE)) { /* another file, or the first
                                                    time */
        memcpy(head->bytes, bytes, HEAD_SIZE);
        st = make_key(head, secret, err);
        if (!st)
            st = key_check(head, check, err);
        if (!st && memcmp(check, bytes + CHECK_AT, CHECK_SIZE))
            st = dsc_fail(err, DSC_USAGE,
                          secret->key
                              ? "the key is not that of the mapping"
                              : "the passphrase is not that of the mapping");
        if (st) {
            memset(head->bytes, 0, HEAD_SIZE);
            return st;
        }
    }
    if (!read_slots(head, bytes + HEAD_SIZE))
        return dsc_fail(err, DSC_BADFILE,
                        "the head of the mapping is damaged or was tampered "
                        "with");
    if ((uint64_t)sb.st_size < head->length)
        return dsc_fail(
            err, DSC_BADFILE,
            "the mapping is truncated: %llu bytes are missing",
            (unsigned long long)(head->length - (uint64_t)sb.st_size));
    return count_last(head, fd, (uint64_t)sb.st_size, err);
}

static dsc_status read_records(const dsc_mapping_head *head, int fd,
                               dsc_mapping_fn fn, void *ctx, dsc_error *err)
{
    dsc_buf plain = {0};
    uint64_t at = RECORDS_AT;
    bool stop = false;
    dsc_status st = DSC_OK;

    for (uint64_t i = 0; !st && !stop && i < head->count; i++) {
        bool good;
        st = read_record(head, fd, at, head->length, i, &plain, &good, err);
        if (!st &&
            (!good || !tell_pairs(plain.data, plain.len, fn, ctx, &stop)))
            st = dsc_fail(err, DSC_BADFILE,
                          "record %llu of the mapping is damaged or was "
                          "tampered with",
                          (unsigned long long)i + 1);
        at += 4 + SEAL_SIZE + plain.len;
    }
    if (!st && !stop && at != head->length)
        st = dsc_fail(err, DSC_BADFILE,
                      "the mapping has other records than it should");
    dsc_buf_free(&plain);
    return st;
}

dsc_status dsc_mapping_read(const char *path, const dsc_secret *secret,
                            dsc_mapping_fn fn, void *ctx, dsc_error *err)
{
    dsc_mapping_head head = {.length = 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    dsc_status st;

    if (fd < 0)
        return dsc_fail(err, DSC_USAGE, "the mapping cannot be read: %s",
                        strerror(errno));
    st = dsc_mapping__lock(fd, F_RDLCK, err);
    if (!st)
        st = dsc_mapping__read_head(&head, fd, secret, err);
    /* What counts now is never written again. */
    if (!st)
        st = dsc_mapping__lock(fd, F_UNLCK, err);
    if (!st)
        st = read_records(&head, fd, fn, ctx, err);
    close(fd);
    explicit_bzero(&head, sizeof head);
    return st;
}
