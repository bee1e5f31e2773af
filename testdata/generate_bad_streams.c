/* SPDX-License-Identifier: Apache-2.0
 *
 * Broken files, part 2: encapsulation, offset tables, and streams of each
 * codec that are cut, flipped or lie about their size.
 */
#include "generate_bad.h"

#include <string.h>

void bad_fragments(gen_set *ds, int n, const gen_buf *frag)
{
    gen_elem *e = gen_raw(ds, 0x7fe00010, "OB", NULL, 0);
    e->frag = gen_alloc((size_t)n * sizeof(gen_buf));
    for (int i = 0; i < n; i++) {
        e->frag[i] = gen_bytes(frag[i].p, frag[i].n);
        if (e->frag[i].n % 2)
            gen_put8(&e->frag[i], 0);
    }
    e->n_frag = n;
}

/* ---- encapsulation: 3 frames of JPEG, one fragment each ---- */

enum {
    FRAMES = 3
};

static gen_set *clip(gen_buf frag[FRAMES + 1])
{
    static const gen_jpeg_opts o = {0};
    gen_image *img;
    gen_set *ds = bad_header(GEN_GREY8, FRAMES, &img);
    frag[0] = (gen_buf){0};
    for (int i = 0; i < FRAMES; i++) {
        frag[i + 1] = gen_jpeg(img, i, &o);
        if (frag[i + 1].n % 2)
            gen_put8(&frag[i + 1], 0);
    }
    return ds;
}

static gen_buf clip_file(gen_set *ds, int n, const gen_buf *frag)
{
    bad_fragments(ds, n, frag);
    return bad_file(ds, GEN_TS_JPEG("50"));
}

static gen_buf table(int n, const uint32_t *v)
{
    gen_buf b = {0};
    for (int i = 0; i < n; i++)
        gen_put32(&b, v[i], false);
    return b;
}

static void table_files(void)
{
    gen_buf f[FRAMES + 1];
    clip(f);
    const uint32_t second = (uint32_t)f[1].n + 8;
    const uint32_t third = second + (uint32_t)f[2].n + 8;
    const struct {
        const char *name, *what;
        int n;
        uint32_t v[5];
    } row[] = {
        {"odd/table-past-end",
         "offset behind the last fragment",
         3,
         {0, second, 0x00ffffff}},
        {"odd/table-unsorted", "offsets not in order", 3, {0, third, second}},
        {"odd/table-same", "two frames at one offset", 3, {0, second, second}},
        {"odd/table-inside",
         "offset inside a fragment",
         3,
         {0, second + 4, third}},
        {"odd/table-first-not-zero",
         "first offset is 8",
         3,
         {8, second + 8, third + 8}},
        {"odd/table-from-table",
         "offsets counted from the table",
         3,
         {20, second + 20, third + 20}},
        {"odd/table-too-few", "two offsets for three frames", 2, {0, second}},
        {"odd/table-too-many",
         "four offsets for three frames",
         4,
         {0, second, third, third + 100}},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        gen_set *ds = clip(f);
        f[0] = table(row[i].n, row[i].v);
        bad_emit(row[i].name, row[i].what, clip_file(ds, FRAMES + 1, f));
    }
    gen_set *ds = clip(f);
    f[0] = gen_bytes("\0\0\0\0\1\0", 6);
    bad_emit("odd/table-odd-length", "offset table of 6 bytes",
             clip_file(ds, FRAMES + 1, f));
}

static void put64(gen_buf *b, uint64_t v)
{
    gen_put32(b, (uint32_t)v, false);
    gen_put32(b, (uint32_t)(v >> 32), false);
}

static void extended_table_files(void)
{
    static const char *const name[] = {
        "odd/extended-length-wrong", "odd/extended-past-end",
        "odd/extended-overflow", "odd/extended-without-lengths",
        "odd/extended-too-few"};
    for (int k = 0; k < 5; k++) {
        gen_buf f[FRAMES + 1], off = {0}, len = {0};
        gen_set *ds = clip(f);
        uint64_t at = 0;
        for (int i = 0; i < (k == 4 ? 2 : FRAMES); i++) {
            put64(&off, k == 1 && i == 2   ? 1u << 30
                        : k == 2 && i == 2 ? UINT64_MAX - 3
                                           : at);
            put64(&len, f[i + 1].n + (k == 0 && i == 1 ? 5000 : 0));
            at += f[i + 1].n + 8;
        }
        gen_raw(ds, 0x7fe00001, "OV", off.p, off.n);
        if (k != 3)
            gen_raw(ds, 0x7fe00002, "OV", len.p, len.n);
        bad_emit(name[k], "broken extended offset table",
                 clip_file(ds, FRAMES + 1, f));
    }
}

static void fragment_files(void)
{
    gen_buf f[FRAMES + 2];
    gen_set *ds = clip(f);
    bad_emit("fragments-missing", "3 frames declared, 2 there",
             clip_file(ds, FRAMES, f));
    ds = clip(f);
    f[FRAMES + 1] = f[1];
    bad_emit("odd/fragments-extra", "3 frames declared, 4 there",
             clip_file(ds, FRAMES + 2, f));
    ds = clip(f);
    f[2] = (gen_buf){0};
    bad_emit("fragment-empty", "second fragment has no bytes",
             clip_file(ds, FRAMES + 1, f));
    ds = clip(f);
    f[1] = f[2] = f[3] = (gen_buf){0};
    bad_emit("fragments-all-empty", "no fragment has bytes",
             clip_file(ds, FRAMES + 1, f));
    ds = clip(f);
    bad_emit("fragments-none", "an offset table and no fragment",
             clip_file(ds, 1, f));
    ds = clip(f);
    f[FRAMES + 1] = (gen_buf){0};
    bad_emit("odd/fragment-empty-last", "an empty fragment after the last",
             clip_file(ds, FRAMES + 2, f));
    ds = clip(f);
    gen_buf joined = gen_bytes(f[1].p, f[1].n);
    gen_put(&joined, f[2].p, f[2].n);
    gen_put(&joined, f[3].p, f[3].n);
    f[1] = joined;
    bad_emit("fragment-of-three-frames", "all frames in one fragment",
             clip_file(ds, 2, f));
}

static size_t items(const gen_buf *b)
{
    return bad_find(b, 0x7fe00010) + 12;
}

static void put_le32(gen_buf *b, size_t at, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        b->p[at + (size_t)i] = (uint8_t)(v >> (8 * i));
}

static void item_files(void)
{
    gen_buf f[FRAMES + 1];
    gen_set *ds = clip(f);
    const gen_buf g = clip_file(ds, FRAMES + 1, f);
    size_t at = items(&g);
    gen_buf b = gen_bytes(g.p, g.n);
    put_le32(&b, at + 12, 0x00fffff0);
    bad_emit("fragment-past-end", "length of the first fragment", b);
    b = gen_bytes(g.p, g.n);
    put_le32(&b, at + 12, 10);
    bad_emit("fragment-short", "length of the first fragment", b);
    b = gen_bytes(g.p, g.n);
    put_le32(&b, at + 12, 0xffffffff);
    bad_emit("fragment-undefined", "length of the first fragment", b);
    b = gen_bytes(g.p, g.n);
    put_le32(&b, at + 8, 0x12340008);
    bad_emit("fragment-no-item", "something else where an item should be", b);
    b = gen_bytes(g.p, g.n);
    put_le32(&b, at + 4, 0x00fffff0);
    bad_emit("table-length-past-end", "length of the offset table", b);
    b = gen_bytes(g.p, g.n - 8);
    bad_emit("odd/delimiter-missing", "no sequence delimiter at the end", b);
    bad_emit("cut-in-table", "cut in the offset table's item",
             gen_bytes(g.p, at + 5));
    bad_emit("cut-after-table", "cut behind the offset table",
             gen_bytes(g.p, at + 8));
    bad_emit("cut-in-fragment-item", "cut in an item header",
             gen_bytes(g.p, at + 13));
    bad_emit("cut-in-fragment", "cut in the first fragment",
             gen_bytes(g.p, at + 16 + f[1].n / 2));
    bad_emit("cut-between-fragments", "cut before the second fragment",
             gen_bytes(g.p, at + 16 + f[1].n));
    bad_emit("cut-in-delimiter", "cut in the sequence delimiter",
             gen_bytes(g.p, g.n - 3));
}

static void mixed_files(void)
{
    gen_buf f[FRAMES + 1];
    gen_set *ds = clip(f);
    bad_fragments(ds, FRAMES + 1, f);
    bad_emit("encapsulated-under-native", "fragments under explicit LE",
             bad_file(ds, GEN_TS_EXPLICIT));
    ds = clip(f);
    gen_raw(ds, 0x7fe00010, "OB", f[1].p, f[1].n);
    bad_emit("native-under-jpeg", "JPEG stream without encapsulation",
             bad_file(ds, GEN_TS_JPEG("50")));
}

/* ---- streams ---- */

typedef struct codec_row {
    const char *name, *ts;
} codec_row;

static const codec_row codecs[] = {
    {"rle", GEN_TS_RLE},           {"jpeg50", GEN_TS_JPEG("50")},
    {"jpeg70", GEN_TS_JPEG("70")}, {"jpegls80", GEN_TS_JPEG("80")},
    {"j2k90", GEN_TS_JPEG("90")},  {"jpeg51", GEN_TS_JPEG("51")},
};

enum {
    CODECS = sizeof(codecs) / sizeof(codecs[0])
};

static bool encode(gen_buf *out, int codec, const gen_image *img)
{
    static const gen_jpeg_opts o = {0};
    switch (codec) {
    case 0:
        *out = gen_rle(img, 0);
        return true;
    case 1:
        *out = gen_jpeg(img, 0, &o);
        return true;
    case 2:
        return gen_dcmcjpeg(out, img, 0, "+e1");
    case 3:
        *out = gen_jpegls(img, 0, 0, 0);
        return true;
    case 4:
        *out = gen_j2k(img, 0, true, 0, false);
        return true;
    default:
        return gen_dcmcjpeg(out, img, 0, "+ee +q 90");
    }
}

static void stream_file(int codec, const char *name, const char *what,
                        gen_buf stream)
{
    gen_image *img;
    gen_set *ds = bad_header(codec == 5 ? GEN_GREY12 : GEN_GREY8, 1, &img);
    bad_fragments(ds, 2, (gen_buf[]){{0}, stream});
    bad_emit(gen_format("%s-%s", codecs[codec].name, name), what,
             bad_file(ds, codecs[codec].ts));
}

static void odd_stream_file(int codec, const char *name, const char *what,
                            gen_buf stream)
{
    gen_image *img;
    gen_set *ds = bad_header(codec == 5 ? GEN_GREY12 : GEN_GREY8, 1, &img);
    bad_fragments(ds, 2, (gen_buf[]){{0}, stream});
    bad_emit(gen_format("odd/%s-%s", codecs[codec].name, name), what,
             bad_file(ds, codecs[codec].ts));
}

/* Offset of a marker, e.g. the start of frame. */
static size_t marker(const gen_buf *s, int first, int last)
{
    for (size_t i = 2; i + 8 < s->n; i++)
        if (s->p[i] == 0xff && s->p[i + 1] >= first && s->p[i + 1] <= last)
            return i;
    gen_die("no marker %02x in the stream", (unsigned)first);
}

static void patch_be16(gen_buf *b, size_t at, unsigned v)
{
    b->p[at] = (uint8_t)(v >> 8);
    b->p[at + 1] = (uint8_t)v;
}

/* Size and precision in a frame header of the JPEG family. */
static void lying_jpeg(int codec, const gen_buf *s)
{
    size_t sof = codec == 3   ? marker(s, 0xf7, 0xf7)
                 : codec == 2 ? marker(s, 0xc3, 0xc3)
                              : marker(s, 0xc0, 0xc1);
    const struct {
        const char *name, *what;
        unsigned rows, columns, precision, components;
    } row[] = {
        {"lies-huge", "frame header says 65535 x 65535", 65535, 65535, 0, 0},
        {"lies-larger", "frame header says 96 x 128", 96, 128, 0, 0},
        {"lies-smaller", "frame header says 16 x 24", 16, 24, 0, 0},
        {"lies-zero-rows", "frame header says no rows", 0, BAD_W, 0, 0},
        {"lies-zero-columns", "frame header says no columns", BAD_H, 0, 0, 0},
        {"lies-precision", "frame header says 16 bits", BAD_H, BAD_W, 16, 0},
        {"lies-components", "frame header says 4 components", BAD_H, BAD_W, 0,
         4},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        gen_buf b = gen_bytes(s->p, s->n);
        patch_be16(&b, sof + 5, row[i].rows);
        patch_be16(&b, sof + 7, row[i].columns);
        if (row[i].precision)
            b.p[sof + 4] = (uint8_t)row[i].precision;
        if (row[i].components)
            b.p[sof + 9] = (uint8_t)row[i].components;
        stream_file(codec, row[i].name, row[i].what, b);
    }
}

static void lying_j2k(const gen_buf *s)
{
    size_t siz = marker(s, 0x51, 0x51);
    const struct {
        const char *name, *what;
        size_t at;
        unsigned v;
    } row[] = {
        {"lies-huge", "SIZ says 4 G columns", 6, 0xffff},
        {"lies-larger", "SIZ says 128 columns", 8, 128},
        {"lies-smaller", "SIZ says 24 columns", 8, 24},
        {"lies-tile-zero", "tiles of no width", 24, 0},
        {"lies-components", "SIZ says 16384 components", 38, 16384},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        gen_buf b = gen_bytes(s->p, s->n);
        patch_be16(&b, siz + row[i].at, row[i].v);
        stream_file(4, row[i].name, row[i].what, b);
    }
}

static void lying_rle(const gen_buf *s)
{
    const struct {
        const char *name, *what;
        size_t at;
        uint32_t v;
    } row[] = {
        {"segments-none", "no segment", 0, 0},
        {"segments-16", "16 segments", 0, 16},
        {"segments-three", "3 segments for one sample", 0, 3},
        {"offset-past-end", "offset behind the stream", 4, 0x00ffffff},
        {"offset-in-header", "offset inside the header", 4, 8},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        gen_buf b = gen_bytes(s->p, s->n);
        put_le32(&b, row[i].at, row[i].v);
        stream_file(0, row[i].name, row[i].what, b);
    }
    gen_buf b = gen_bytes(s->p, 64);
    for (int i = 0; i < BAD_W * BAD_H / 128 - 1; i++)
        gen_put(&b, "\x81\x00", 2);
    stream_file(0, "short", "128 samples too few", b);
    gen_put(&b, "\x81\x00\x81\x00", 4);
    odd_stream_file(0, "long", "128 samples too many", b);
    b = gen_bytes(s->p, 64);
    gen_put(&b, "\x7f\x01\x02", 3);
    stream_file(0, "literal-past-end", "literal run longer than the stream", b);
    gen_buf header = gen_bytes(s->p, 30);
    stream_file(0, "header-cut", "less than a header", header);
}

/* A comment in the stream that names the patient. */
static void comment_file(int codec, const gen_buf *s)
{
    static const char text[] = "Mustermann, Max FV-4711-0815";
    size_t at = 2;
    if (codec == 0 || codec == 2 || codec == 5)
        return;
    if (codec == 4) /* behind the size marker, which has to be first */
        at = 4 + ((size_t)s->p[4] << 8 | s->p[5]);
    gen_buf b = gen_bytes(s->p, at);
    gen_put16(&b, codec == 4 ? 0xff64 : 0xfffe, true);
    gen_put16(&b, (unsigned)(sizeof(text) - 1 + (codec == 4 ? 4 : 2)), true);
    if (codec == 4)
        gen_put16(&b, 1, true);
    gen_put(&b, text, sizeof(text) - 1);
    gen_put(&b, s->p + at, s->n - at);
    odd_stream_file(codec, "comment-name", "patient in a comment of the stream",
                    b);
}

static void codec_files(int codec)
{
    gen_image *img;
    bad_header(codec == 5 ? GEN_GREY12 : GEN_GREY8, 1, &img);
    gen_buf s = {0};
    if (!encode(&s, codec, img)) {
        gen_missing(gen_format("bad/%s-*.dcm", codecs[codec].name),
                    "dcmcjpeg (dcmtk)");
        return;
    }
    stream_file(codec, "cut-early", "stream cut after 40 bytes",
                gen_bytes(s.p, 40));
    stream_file(codec, "cut-half", "stream cut in the middle",
                gen_bytes(s.p, s.n / 2 / 2 * 2));
    uint32_t seed = 7;
    gen_buf noise = {0};
    for (int i = 0; i < 600; i++)
        gen_put8(&noise, gen_rand(&seed) & 0xff);
    stream_file(codec, "noise", "random bytes for a stream", noise);
    gen_buf zero = {0};
    gen_put_zero(&zero, 600);
    stream_file(codec, "zeros", "zero bytes for a stream", zero);
    for (int k = 0; k < 3; k++) {
        gen_buf b = gen_bytes(s.p, s.n);
        for (int i = 0; i < 6; i++)
            b.p[gen_rand(&seed) % b.n] ^= (uint8_t)(1 + gen_rand(&seed) % 255);
        odd_stream_file(codec, gen_format("flipped-%d", k + 1),
                        "six bytes changed", b);
    }
    comment_file(codec, &s);
    if (codec == 0)
        lying_rle(&s);
    else if (codec == 4)
        lying_j2k(&s);
    else
        lying_jpeg(codec, &s);
}

void bad_streams(void)
{
    table_files();
    extended_table_files();
    fragment_files();
    item_files();
    mixed_files();
    for (int i = 0; i < CODECS; i++)
        codec_files(i);
}
