/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/codec_priv.h"
#include "jp2k_maker.h"
#include "jpeg_maker.h"
#include "streams.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#define BASELINE "1.2.840.10008.1.2.4.50"
#define LS       "1.2.840.10008.1.2.4.80"

/* Streams of segments; what is blanked is written as the expected bytes. */
struct stream {
    char uid[32];
    uint8_t in[96], out[96];
    size_t n;
};

#define SOI   "\xFF\xD8"
#define EOI   "\xFF\xD9"
#define SCAN  "\xFF\xDA\0\4\1\2" /* and entropy-coded bytes */
#define ZEROS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

ParameterizedTestParameters(aside, blanks)
{
#define CASE(uid, in, out)                                                     \
 {                                                                             \
  uid, in, out, sizeof(in) - 1                                                 \
 }
    static struct stream cases[] = {
        /* a comment; the picture's bytes stay */
        CASE(BASELINE, SOI "\xFF\xFE\0\7Hello" SCAN "ab\xFF\0c" EOI,
             SOI "\xFF\xFE\0\7     " SCAN "ab\xFF\0c" EOI),
        /* the name of an encoder stays, but not what looks like one */
        CASE(BASELINE, SOI "\xFF\xFE\0\x0CLavc58.134" SCAN "ab" EOI,
             SOI "\xFF\xFE\0\x0CLavc58.134" SCAN "ab" EOI),
        CASE(BASELINE, SOI "\xFF\xFE\0\x0CLavc\1\2\3\4\5\6" SCAN "ab" EOI,
             SOI "\xFF\xFE\0\x0C          " SCAN "ab" EOI),
        /* JFIF with a thumbnail of one pixel, Adobe */
        CASE(BASELINE,
             SOI "\xFF\xE0\0\x13JFIF\0\1\1\0\0\1\0\1\1\1RGB"
                 "\xFF\xEE\0\x0E"
                 "Adobe\0\x64\0\0\0\0\1" SCAN "ab" EOI,
             SOI "\xFF\xE0\0\x13JFIF\0\1\1\0\0\1\0\1\1\1\0\0\0"
                 "\xFF\xEE\0\x0E"
                 "Adobe\0\x64\0\0\0\0\1" SCAN "ab" EOI),
        /* Exif and an extended JFIF thumbnail */
        CASE(BASELINE,
             SOI "\xFF\xE1\0\x0C"
                 "Exif\0\0DATE"
                 "\xFF\xE0\0\x0AJFXX\0\x10zz" SCAN "ab" EOI,
             SOI "\xFF\xE1\0\x0C"
                 "\0\0\0\0\0\0\0\0\0\0"
                 "\xFF\xE0\0\x0A\0\0\0\0\0\0\0\0" SCAN "ab" EOI),
        /* between scans and after the end */
        CASE(BASELINE,
             SOI SCAN "ab\xFF\xFE\0\4hi" SCAN "cd\xFF\xD0x" EOI "tail",
             SOI SCAN "ab\xFF\xFE\0\4  " SCAN "cd\xFF\xD0x" EOI "\0\0\0\0"),
        /* bytes where a marker should be, a segment that is cut off */
        CASE(BASELINE, SOI "junk\xFF\xFE\0\4hi" SCAN "ab" EOI,
             SOI "\0\0\0\0\xFF\xFE\0\4  " SCAN "ab" EOI),
        CASE(BASELINE, SOI "\xFF\xFE\1\1hello", SOI "\xFF\xFE\0\0\0\0\0\0\0"),
        /* JPEG-LS: a byte below 80 after FF is data */
        CASE(LS,
             SOI "\xFF\xF7\0\4\1\2" SCAN "a\xFF\x7E"
                 "b" EOI,
             SOI "\xFF\xF7\0\4\1\2" SCAN "a\xFF\x7E"
                 "b" EOI),
        CASE(LS,
             SOI "\xFF\xE8\0\7mrfx\1\xFF\xFE\0\4hi\xFF\xF7\0\4\1\2" SCAN
                 "a" EOI,
             SOI "\xFF\xE8\0\7mrfx\1\xFF\xFE\0\4  \xFF\xF7\0\4\1\2" SCAN
                 "a" EOI),
        /* SPIFF: an entry of its directory goes, its end, which holds a start
         * of image, stays */
        CASE(LS,
             SOI "\xFF\xE8\0\x0ASPIFF\0\2\0\xFF\xE8\0\x0A\0\0\0\5Anna"
                 "\xFF\xE8\0\x08\0\0\0\1\xFF\xD8\xFF\xF7\0\4\1\2" SCAN "a" EOI,
             SOI "\xFF\xE8\0\x0ASPIFF\0\2\0\xFF\xE8\0\x0A"
                 "\0\0\0\0\0\0\0\0"
                 "\xFF\xE8\0\x08\0\0\0\1\xFF\xD8\xFF\xF7\0\4\1\2" SCAN "a" EOI),
        /* no JPEG at all: a decoder will say so */
        CASE(BASELINE, "hello", "hello"),
    };
#undef CASE
    return cr_make_param_array(struct stream, cases,
                               sizeof cases / sizeof cases[0]);
}

ParameterizedTest(struct stream *c, aside, blanks)
{
    const dsc_codec *codec = dsc_codec_for(c->uid);
    dsc_buf buf = {0};
    bool changed = false, again = false;

    cr_assert_eq(dsc_buf_append(&buf, c->in, c->n, NULL), DSC_OK);
    cr_assert_eq(dsc_codec_blank_asides(codec, &buf, &changed, NULL), DSC_OK);
    cr_expect_eq(buf.len, c->n);
    for (size_t i = 0; i < c->n; i++)
        cr_expect_eq(buf.data[i], c->out[i], "byte %zu: %02X", i, buf.data[i]);
    cr_expect_eq(changed, memcmp(c->in, c->out, c->n) != 0);
    cr_assert_eq(dsc_codec_blank_asides(codec, &buf, &again, NULL), DSC_OK);
    cr_expect_not(again, "blanked twice");
    dsc_buf_free(&buf);
}

Test(aside, the_picture_of_a_jpeg_stays)
{
    jpeg_recipe recipe = {.name = "",
                          .w = 40,
                          .h = 24,
                          .comps = 3,
                          .quality = 80,
                          .hs = {2, 1, 1},
                          .vs = {2, 1, 1},
                          .comment = true};
    const dsc_codec *codec = dsc_codec_for(BASELINE);
    dsc_format fmt = jpeg_format(&recipe);
    dsc_buf in = {0}, out = {0};
    dsc_rects none = {0};
    bool changed = false, same = false;

    jpeg_make(&in, &recipe);
    cr_assert_eq(dsc_buf_append(&out, in.data, in.len, NULL), DSC_OK);
    cr_assert_eq(dsc_codec_blank_asides(codec, &out, &changed, NULL), DSC_OK);
    cr_assert(changed);
    cr_assert_eq(codec->same_outside(&same, bytes_of(&in), bytes_of(&out), &fmt,
                                     &none, NULL),
                 DSC_OK);
    cr_assert(same);
    dsc_buf_free(&in);
    dsc_buf_free(&out);
}

/* A COM segment put into a JPEG 2000 main header, after SIZ. */
static void insert_comment(dsc_buf *out, dsc_bytes in, uint16_t kind,
                           const char *text)
{
    size_t siz = 4 + ((size_t)in.data[4] << 8 | in.data[5]), n = strlen(text);
    uint8_t head[6] = {0xFF, 0x64, 0, (uint8_t)(n + 4), 0, (uint8_t)kind};

    cr_assert_eq(dsc_buf_append(out, in.data, siz, NULL), DSC_OK);
    cr_assert_eq(dsc_buf_append(out, head, sizeof head, NULL), DSC_OK);
    cr_assert_eq(dsc_buf_append(out, text, n, NULL), DSC_OK);
    cr_assert_eq(dsc_buf_append(out, in.data + siz, in.len - siz, NULL),
                 DSC_OK);
}

Test(aside, comments_of_jpeg2000)
{
    static const struct {
        const char *text;
        uint16_t kind;
        char fill; /* 0 where it stays */
        bool stays;
    } cases[] = {
        {"Mustermann, Max", 1, ' ', false},
        {"Mustermann, Max", 0, '\0', false},
        {"Kakadu-v7.10", 1, 0, true},
        {"Kakadu-v7.10", 0, '\0', false},
    };
    const dsc_codec *codec = dsc_codec_for("1.2.840.10008.1.2.4.90");
    dsc_format fmt = stream_format(24, 16, 1, 8, 8, false);
    dsc_frame frame = stream_frame(&fmt, 8, 5);
    dsc_buf plain =
        jp2k_make_stream(&frame, (jp2k_recipe){.precision = 8, .levels = 2});

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_buf buf = {0};
        dsc_frame seen;
        bool changed = false;
        uint8_t *text;
        size_t n = strlen(cases[i].text);
        insert_comment(&buf, jp2k_bytes(&plain), cases[i].kind, cases[i].text);
        cr_assert_eq(dsc_buf_append(&buf, "tail", 4, NULL), DSC_OK);
        text = memmem(buf.data, buf.len, cases[i].text, n);
        cr_assert_not_null(text);
        cr_assert_eq(dsc_codec_blank_asides(codec, &buf, &changed, NULL),
                     DSC_OK);
        cr_expect(changed); /* the tail, at least */
        cr_expect_arr_eq(buf.data + buf.len - 4, "\0\0\0\0", 4);
        for (size_t k = 0; k < n; k++)
            cr_expect_eq((char)text[k],
                         cases[i].stays ? cases[i].text[k] : cases[i].fill);
        seen = jp2k_decode(jp2k_bytes(&buf), &fmt, cases[i].text);
        cr_expect(stream_same(&seen, &frame));
        dsc_frame_free(&seen);
        dsc_buf_free(&buf);
    }
    dsc_buf_free(&plain);
    dsc_frame_free(&frame);
}

Test(aside, a_broken_codestream_is_no_frame)
{
    const dsc_codec *codec = dsc_codec_for("1.2.840.10008.1.2.4.90");
    dsc_buf buf = {0};

    cr_assert_eq(dsc_buf_append(&buf, "\xFF\x4F\xFF", 3, NULL), DSC_OK);
    cr_assert_eq(dsc_codec_blank_asides(codec, &buf, NULL, NULL), DSC_BADFILE);
    dsc_buf_free(&buf);
}
