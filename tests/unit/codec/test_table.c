/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/codec.h"

#include <criterion/criterion.h>
#include <string.h>

#define P  "1.2.840.10008.1.2"
#define P4 P ".4."

static const char *const handled[][2] = {
    {P, "raw"},      {P ".1", "raw"},   {P ".1.99", "raw"}, {P ".2", "raw"},
    {P ".5", "rle"}, {P4 "50", "jpeg"}, {P4 "51", "jpeg"},  {P4 "57", NULL},
    {P4 "70", NULL}, {P4 "80", NULL},   {P4 "81", NULL},    {P4 "90", NULL},
    {P4 "91", NULL}, {P4 "201", NULL},  {P4 "202", NULL},   {P4 "203", NULL},
};

static const char *const refused[] = {
    P ".1.98",
    P4 "52",
    P4 "53",
    P4 "54",
    P4 "55",
    P4 "56",
    P4 "58",
    P4 "59",
    P4 "60",
    P4 "61",
    P4 "62",
    P4 "63",
    P4 "64",
    P4 "65",
    P4 "66",
    P4 "92",
    P4 "93",
    P4 "94",
    P4 "95",
    P4 "100",
    P4 "100.1",
    P4 "101",
    P4 "101.1",
    P4 "102",
    P4 "102.1",
    P4 "103",
    P4 "103.1",
    P4 "104",
    P4 "104.1",
    P4 "105",
    P4 "105.1",
    P4 "106",
    P4 "106.1",
    P4 "107",
    P4 "108",
    P4 "110",
    P4 "111",
    P4 "112",
    P4 "204",
    P4 "205",
    P ".6.1",
    P ".6.2",
    P ".7.1",
    P ".7.2",
    P ".7.3",
    P ".8.1",
    "1.2.840.10008.1.20",
    "1.2.840.113619.5.2",
};

static const char *const unknown[] = {
    "",        " ",
    "1",       P ".3",
    P ".1.1",  P4,
    P4 "5",    P4 "500",
    P4 "50.1", "x" P,
    " " P,     P "..1",
    P4 "50 1", P ".99999999999999999999999999999999999999999999999",
};

Test(table, handled_ones_have_whole_codecs)
{
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++) {
        const dsc_codec *c = dsc_codec_for(handled[i][0]);
        cr_assert(c, "%s", handled[i][0]);
        cr_assert(c->decode && c->encode && c->name);
        cr_assert_eq(!c->edit, !c->cell);
        cr_assert_eq(!c->same_outside, !c->is_blank);
        cr_assert_eq(!c->same_outside, !c->differences);
        cr_assert(!c->parts || c->cell);
        cr_assert_eq(c->encapsulated, strcmp(c->name, "raw") != 0);
        if (handled[i][1])
            cr_assert_str_eq(c->name, handled[i][1]);
        cr_assert_null(dsc_codec_refusal(handled[i][0]));
        cr_assert_not_null(dsc_transfer_syntax_name(handled[i][0]));
    }
}

Test(table, refused_ones_say_why)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const char *why = dsc_codec_refusal(refused[i]);
        cr_assert_null(dsc_codec_for(refused[i]), "%s", refused[i]);
        cr_assert(why && strlen(why) > 5, "%s", refused[i]);
        cr_assert_not_null(dsc_transfer_syntax_name(refused[i]));
        cr_assert(!dsc_codec_can_encode(refused[i]));
    }
    cr_assert_str_eq(dsc_codec_refusal(P4 "100"), "MPEG2 video");
    cr_assert(strstr(dsc_codec_refusal(P4 "102"), "H.264"));
    cr_assert(strstr(dsc_codec_refusal(P4 "107"), "HEVC"));
    cr_assert(strstr(dsc_codec_refusal(P4 "94"), "JPIP"));
    cr_assert(strstr(dsc_codec_refusal(P4 "110"), "JPEG XL"));
    cr_assert(strstr(dsc_codec_refusal(P4 "53"), "retired"));
    cr_assert(strstr(dsc_codec_refusal("1.2.840.113619.5.2"), "big endian"));
}

Test(table, unknown_ones_are_refused)
{
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        cr_assert_null(dsc_codec_for(unknown[i]), "%s", unknown[i]);
        cr_assert_str_eq(dsc_codec_refusal(unknown[i]),
                         "unknown transfer syntax");
        cr_assert_null(dsc_transfer_syntax_name(unknown[i]));
        cr_assert(dsc_codec_is_lossy(unknown[i], (dsc_bytes){0}));
        cr_assert(!dsc_codec_can_encode(unknown[i]));
    }
    cr_assert_null(dsc_codec_for(NULL));
    cr_assert_not_null(dsc_codec_refusal(NULL));
    cr_assert_null(dsc_transfer_syntax_name(NULL));
}

Test(table, padding_does_not_count)
{
    cr_assert_eq(dsc_codec_for(P4 "50 "), dsc_codec_for(P4 "50"));
    cr_assert_eq(dsc_codec_for(P4 "50   "), dsc_codec_for(P4 "50"));
    cr_assert_eq(dsc_codec_for(P4 "50\0"), dsc_codec_for(P4 "50"));
    cr_assert_str_eq(dsc_transfer_syntax_name(P " "),
                     "Implicit VR Little Endian");
}

Test(table, loss)
{
    static const char *const lossless[] = {P,        P ".1",  P ".2",  P ".5",
                                           P4 "57",  P4 "70", P4 "80", P4 "90",
                                           P4 "201", P4 "202"};

    for (size_t i = 0; i < sizeof lossless / sizeof *lossless; i++)
        cr_assert(!dsc_codec_is_lossy(lossless[i], (dsc_bytes){0}), "%s",
                  lossless[i]);
    cr_assert(dsc_codec_is_lossy(P4 "50", (dsc_bytes){0}));
    cr_assert(dsc_codec_is_lossy(P4 "51", (dsc_bytes){0}));
    /* a stream that cannot be read is not called lossless */
    cr_assert(dsc_codec_is_lossy(P4 "81", (dsc_bytes){0}));
    cr_assert(dsc_codec_is_lossy(P4 "91", (dsc_bytes){0}));
    cr_assert(dsc_codec_is_lossy(P4 "203", (dsc_bytes){0}));
}

Test(table, targets_of_transcoding_are_lossless)
{
    static const char *const yes[] = {P,       P ".1",  P ".1.99",
                                      P ".2",  P ".5",  P4 "57",
                                      P4 "70", P4 "80", P4 "90"};
    static const char *const no[] = {P4 "50",  P4 "51",  P4 "81", P4 "91",
                                     P4 "201", P4 "202", P4 "203"};

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        cr_assert(dsc_codec_can_encode(yes[i]), "%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        cr_assert(!dsc_codec_can_encode(no[i]), "%s", no[i]);
}

static void collect(void *ctx, const char *library, const char *version)
{
    unsigned *n = ctx;

    cr_assert(library[0]);
    cr_assert(version[0] >= '0' && version[0] <= '9', "%s: %s", library,
              version);
    ++*n;
}

Test(table, libraries_have_versions)
{
    unsigned n = 0;

    dsc_codec_describe(collect, &n);
    cr_assert_geq(n, 4);
}
