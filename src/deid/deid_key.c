/* SPDX-License-Identifier: Apache-2.0 */
#include "deid/deid_priv.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX_DIGITS 64u

dsc_status dsc_key_random(dsc_key *key, dsc_error *err)
{
    if (getrandom(key->bytes, sizeof key->bytes, 0) !=
        (ssize_t)sizeof key->bytes)
        return dsc_fail(err, DSC_IO, "no random bytes for a key");
    return DSC_OK;
}

static int hex_value(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = tolower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

dsc_status dsc_key_read(dsc_key *key, const char *path, dsc_error *err)
{
    dsc_buf text = {0};
    size_t digits = 0;
    dsc_status st = dsc_read_file(&text, path, 4096, err);

    for (size_t i = 0; !st && i < text.len; i++) {
        int v = hex_value(text.data[i]);
        if (isspace(text.data[i]))
            continue;
        if (v < 0 || digits == HEX_DIGITS) {
            st = dsc_fail(err, DSC_USAGE,
                          "a key file holds 64 hexadecimal digits; make one "
                          "with 'dcmscrub key new'");
            break;
        }
        key->bytes[digits / 2] =
            (uint8_t)(digits % 2 ? key->bytes[digits / 2] | v : v << 4);
        digits++;
    }
    if (!st && digits != HEX_DIGITS)
        st = dsc_fail(err, DSC_USAGE,
                      "a key file holds 64 hexadecimal digits, this one %zu",
                      digits);
    if (st) {
        explicit_bzero(key, sizeof *key);
        dsc_error_context(err, "key file");
    }
    dsc_buf_free(&text);
    return st;
}

dsc_status dsc_key_create(const char *path, dsc_error *err)
{
    char text[HEX_DIGITS + 2];
    dsc_key key;
    dsc_status st = dsc_key_random(&key, err);
    int fd;

    if (st)
        return st;
    for (size_t i = 0; i < sizeof key.bytes; i++)
        snprintf(text + 2 * i, 3, "%02x", key.bytes[i]);
    text[HEX_DIGITS] = '\n';
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        st = dsc_fail(err, DSC_USAGE, "the key file exists already");
    else if (fd < 0)
        st = dsc_fail(err, DSC_IO, "cannot create the key file: %s",
                      strerror(errno));
    else if (write(fd, text, HEX_DIGITS + 1) != HEX_DIGITS + 1 || fsync(fd))
        st = dsc_fail(err, DSC_IO, "cannot write the key file: %s",
                      strerror(errno));
    if (fd >= 0)
        close(fd);
    explicit_bzero(&key, sizeof key);
    explicit_bzero(text, sizeof text);
    return st;
}

/* HMAC-SHA256 over "purpose\0text", so that a UID and a path with the same
 * characters share nothing. */
dsc_status dsc_deid__hash(const dsc_key *key, const char *purpose,
                          const char *text, uint8_t out[32], dsc_error *err)
{
    dsc_buf message = {0};
    unsigned len = 0;
    dsc_status st = dsc_buf_append(&message, purpose, strlen(purpose) + 1, err);

    if (!st)
        st = dsc_buf_append(&message, text, strlen(text), err);
    if (!st && (!HMAC(EVP_sha256(), key->bytes, sizeof key->bytes, message.data,
                      message.len, out, &len) ||
                len != 32))
        st = dsc_fail(err, DSC_INTERNAL, "HMAC failed");
    dsc_buf_free(&message);
    return st;
}

dsc_status dsc_uid_map(const dsc_key *key, const char *uid,
                       char out[DSC_UID_SIZE], dsc_error *err)
{
    uint8_t hash[32];
    char digits[40];
    __extension__ unsigned __int128 number = 0;
    size_t n = sizeof digits - 1;
    dsc_status st = dsc_deid__hash(key, "uid", uid, hash, err);

    if (st)
        return st;
    /* RFC 9562: version 8 (custom), variant 10 */
    hash[6] = (uint8_t)((hash[6] & 0x0f) | 0x80);
    hash[8] = (uint8_t)((hash[8] & 0x3f) | 0x80);
    for (int i = 0; i < 16; i++)
        number = number << 8 | hash[i];
    digits[n] = '\0';
    do {
        digits[--n] = (char)('0' + (int)(number % 10));
        number /= 10;
    } while (number);
    snprintf(out, DSC_UID_SIZE, "2.25.%s", digits + n);
    return DSC_OK;
}

dsc_status dsc_key_digest(const dsc_key *key, const char *text, char out[17],
                          dsc_error *err)
{
    uint8_t hash[32];
    dsc_status st = dsc_deid__hash(key, "path", text, hash, err);

    for (int i = 0; !st && i < 8; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
    return st;
}

dsc_status dsc_key_share(const dsc_key *key, const char *text, uint32_t shares,
                         uint32_t *share, dsc_error *err)
{
    uint8_t hash[32];
    uint64_t number = 0;
    dsc_status st = dsc_deid__hash(key, "share", text, hash, err);

    for (int i = 0; i < 8; i++)
        number = number << 8 | hash[i];
    *share = st ? 0 : (uint32_t)(number % shares) + 1;
    return st;
}

const char *dsc_deid_library_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}
