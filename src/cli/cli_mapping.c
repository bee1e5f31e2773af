/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_mapping.h"

#include "base/file.h"
#include "deid/mapping.h"

#include <string.h>

static dsc_status read_passphrase(char *out, size_t size, const char *path,
                                  dsc_error *err)
{
    dsc_buf text = {0};
    size_t n;
    dsc_status st = dsc_read_file(&text, path, 65536, err);

    if (st) {
        dsc_error_context(err, "passphrase file");
        dsc_buf_free(&text);
        return st;
    }
    for (n = 0; n < text.len && !strchr("\r\n", text.data[n]); n++)
        ;
    if (n < DSC_PASSPHRASE_LEAST)
        st = dsc_fail(err, DSC_USAGE,
                      "passphrase file: its first line has fewer than %u "
                      "characters",
                      DSC_PASSPHRASE_LEAST);
    else if (n >= size)
        st = dsc_fail(err, DSC_USAGE, "passphrase file: it is too long");
    else
        memcpy(out, text.data, n);
    out[st ? 0 : n] = '\0';
    dsc_buf_free(&text);
    return st;
}

dsc_status dsc_cli_read_secret(dsc_cli_secret *out, const dsc_args *args,
                               const char *key, const char *passphrase,
                               dsc_error *err)
{
    const char *key_file = dsc_args_value(args, key, NULL);
    const char *text_file = dsc_args_value(args, passphrase, NULL);
    dsc_key bytes;
    dsc_status st = DSC_OK;

    memset(out, 0, sizeof *out);
    if (key_file && text_file)
        return dsc_fail(err, DSC_USAGE, "--%s and --%s exclude each other", key,
                        passphrase);
    if (key_file) {
        st = dsc_key_read(&bytes, key_file, err);
        memcpy(out->key, bytes.bytes, sizeof out->key);
        explicit_bzero(&bytes, sizeof bytes);
        out->has_key = true;
    } else if (text_file) {
        st = read_passphrase(out->passphrase, sizeof out->passphrase, text_file,
                             err);
        out->has_passphrase = true;
    }
    return st;
}

dsc_status dsc_cli_mapping(dsc_cli_secret *secret, const dsc_args *args,
                           dsc_options *options, dsc_error *err)
{
    dsc_status st = dsc_cli_read_secret(secret, args, "mapping-key",
                                        "mapping-passphrase", err);

    if (st)
        return st;
    options->keep_mapping = dsc_args_value(args, "keep-mapping", NULL);
    if (!options->keep_mapping)
        return secret->has_key || secret->has_passphrase
                   ? dsc_fail(err, DSC_USAGE,
                              "--mapping-key and --mapping-passphrase go with "
                              "--keep-mapping")
                   : DSC_OK;
    if (dsc_args_has(args, "anonymise"))
        return dsc_fail(err, DSC_USAGE,
                        "--anonymise leaves no way back: it goes with no "
                        "--keep-mapping");
    if (secret->has_key)
        options->mapping_key = secret->key;
    if (secret->has_passphrase)
        options->mapping_passphrase = secret->passphrase;
    return DSC_OK;
}
