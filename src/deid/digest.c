/* SPDX-License-Identifier: Apache-2.0 */
#include "deid/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)256 * 1024)

struct dsc_sha256 {
    EVP_MD_CTX *ctx;
};

static dsc_status failed(dsc_error *err)
{
    return dsc_fail(err, DSC_INTERNAL, "SHA-256 failed");
}

dsc_status dsc_sha256_open(dsc_sha256 **out, dsc_error *err)
{
    dsc_sha256 *d = dsc_alloc(sizeof *d);

    *out = NULL;
    if (!d)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    d->ctx = EVP_MD_CTX_new();
    if (!d->ctx || !EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL)) {
        dsc_sha256_free(&d);
        return failed(err);
    }
    *out = d;
    return DSC_OK;
}

dsc_status dsc_sha256_add(dsc_sha256 *d, const void *data, size_t n,
                          dsc_error *err)
{
    return EVP_DigestUpdate(d->ctx, data, n) ? DSC_OK : failed(err);
}

dsc_status dsc_sha256_add_fd(dsc_sha256 *d, int fd, dsc_error *err)
{
    uint8_t *chunk = dsc_alloc(CHUNK);
    off_t at = 0;
    ssize_t n = 1;
    dsc_status st = DSC_OK;

    if (!chunk)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    while (!st && n) {
        n = pread(fd, chunk, CHUNK, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            st = dsc_fail(err, DSC_IO, "cannot read the file: %s",
                          strerror(errno));
        else
            st = dsc_sha256_add(d, chunk, (size_t)n, err);
        at += n > 0 ? n : 0;
    }
    dsc_wipe_free(chunk, CHUNK);
    return st;
}

dsc_status dsc_sha256_end(dsc_sha256 *d, uint8_t out[32], dsc_error *err)
{
    unsigned len = 0;

    return EVP_DigestFinal_ex(d->ctx, out, &len) && len == 32 ? DSC_OK
                                                              : failed(err);
}

void dsc_sha256_free(dsc_sha256 **d)
{
    if (*d)
        EVP_MD_CTX_free((*d)->ctx);
    dsc_free(*d);
    *d = NULL;
}

dsc_status dsc_sha256_fd(int fd, uint8_t out[32], dsc_error *err)
{
    dsc_sha256 *d = NULL;
    dsc_status st = dsc_sha256_open(&d, err);

    if (!st)
        st = dsc_sha256_add_fd(d, fd, err);
    if (!st)
        st = dsc_sha256_end(d, out, err);
    dsc_sha256_free(&d);
    return st;
}
