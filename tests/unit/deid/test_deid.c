/* SPDX-License-Identifier: Apache-2.0 */
#include "deid/deid.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/dcmscrub-deid-XXXXXX";

static void make_folder(void)
{
    cr_assert(mkdtemp(folder));
}

static void write_text(const char *path, const char *text)
{
    FILE *fp = fopen(path, "w");
    cr_assert(fp);
    fputs(text, fp);
    fclose(fp);
}

Test(uid, is_the_same_for_the_same_key_and_another_for_another)
{
    dsc_key a = {{1}}, b = {{2}};
    char first[DSC_UID_SIZE], again[DSC_UID_SIZE], other[DSC_UID_SIZE];

    cr_assert_eq(dsc_uid_map(&a, "1.2.3", first, NULL), DSC_OK);
    cr_assert_eq(dsc_uid_map(&a, "1.2.3", again, NULL), DSC_OK);
    cr_assert_eq(dsc_uid_map(&b, "1.2.3", other, NULL), DSC_OK);
    cr_assert_str_eq(first, again);
    cr_assert_str_neq(first, other);
    cr_assert_eq(dsc_uid_map(&a, "1.2.4", other, NULL), DSC_OK);
    cr_assert_str_neq(first, other);
}

/* PS3.5 9.1 and B.2: digits and dots, 64 characters, no leading zero. */
Test(uid, is_a_valid_uuid_derived_uid)
{
    dsc_key key = {{7}};
    char in[16], out[DSC_UID_SIZE];

    for (int i = 0; i < 2000; i++) {
        snprintf(in, sizeof in, "1.2.%d", i);
        cr_assert_eq(dsc_uid_map(&key, in, out, NULL), DSC_OK);
        cr_assert_eq(strncmp(out, "2.25.", 5), 0);
        cr_assert_neq(out[5], '0');
        cr_assert_leq(strlen(out), 64);
        cr_assert_eq(strspn(out + 5, "0123456789"), strlen(out) - 5);
    }
}

Test(key, file_is_made_once_for_its_owner_and_reads_back, .init = make_folder)
{
    char path[64];
    dsc_key a, b;
    struct stat sb;
    dsc_error err = DSC_ERROR_INIT;

    snprintf(path, sizeof path, "%s/key", folder);
    cr_assert_eq(dsc_key_create(path, NULL), DSC_OK);
    cr_assert_eq(stat(path, &sb), 0);
    cr_assert_eq(sb.st_mode & 0777, 0600);
    cr_assert_eq(dsc_key_read(&a, path, NULL), DSC_OK);
    cr_assert_eq(dsc_key_read(&b, path, NULL), DSC_OK);
    cr_assert_arr_eq(a.bytes, b.bytes, sizeof a.bytes);
    cr_assert_eq(dsc_key_create(path, &err), DSC_USAGE);
    cr_assert(strstr(err.msg, "exists"));
    unlink(path);
    rmdir(folder);
}

struct bad_key {
    char text[160];
    char message[64];
};

ParameterizedTestParameters(key, refuses)
{
    static struct bad_key cases[] = {
        {"", "this one 0"},
        {"00112233", "this one 8"},
        {"zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
         "64 hexadecimal digits"},
        {"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0",
         "64 hexadecimal digits"},
    };
    return cr_make_param_array(struct bad_key, cases,
                               sizeof cases / sizeof cases[0]);
}

ParameterizedTest(struct bad_key *c, key, refuses, .init = make_folder)
{
    char path[64];
    dsc_key key;
    dsc_error err = DSC_ERROR_INIT;

    snprintf(path, sizeof path, "%s/key", folder);
    write_text(path, c->text);
    cr_assert_eq(dsc_key_read(&key, path, &err), DSC_USAGE);
    cr_assert(strstr(err.msg, c->message), "%s", err.msg);
    for (size_t i = 0; i < sizeof key.bytes; i++)
        cr_assert_eq(key.bytes[i], 0);
    unlink(path);
    rmdir(folder);
}

Test(key, digest_is_keyed_and_shares_nothing_with_uids)
{
    dsc_key a = {{1}}, b = {{2}};
    char x[17], y[17];

    cr_assert_eq(dsc_key_digest(&a, "/in/Mustermann.dcm", x, NULL), DSC_OK);
    cr_assert_eq(dsc_key_digest(&b, "/in/Mustermann.dcm", y, NULL), DSC_OK);
    cr_assert_eq(strlen(x), 16);
    cr_assert_str_neq(x, y);
}
