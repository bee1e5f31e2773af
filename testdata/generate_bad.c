/* SPDX-License-Identifier: Apache-2.0
 *
 * Broken files, part 1: cut, wrong attributes, wrong lengths, no DICOM.
 * bad/ must never give an output; odd/ may be cleaned or quarantined, as the
 * reader sees fit, but may not crash it or come out unproven.
 */
#include "generate_bad.h"

#include <string.h>

gen_set *bad_header(gen_pixfmt format, int frames, gen_image **out)
{
    gen_image *img = gen_image_draw(gen_bad_scene, format, BAD_W, BAD_H, frames,
                                    &gen_persons[GEN_MAX_MUSTERMANN]);
    gen_set *ds = gen_header(frames > 1 ? GEN_US_MULTI : GEN_US,
                             &gen_persons[GEN_MAX_MUSTERMANN], img, "bad");
    gen_remove(ds, 0x00080081);
    gen_remove(ds, 0x00080090);
    gen_remove(ds, 0x00081070);
    *out = img;
    return ds;
}

void gen_bad_scene(gen_scene *s)
{
    gen_pen p = gen_pen_new(s->c, s->truth, 8, s->max);
    gen_text(&p, 2, 10, "name", "MUSTER");
    gen_circle(&p, s->w / 2.0, s->h * 0.6, 8 + s->frame, 0);
}

gen_buf bad_file(gen_set *ds, const char *ts)
{
    const gen_elem *c = gen_find(ds, 0x00080016);
    const gen_elem *i = gen_find(ds, 0x00080018);
    gen_set *meta = gen_meta(c ? (const char *)c->value.p : "",
                             i ? (const char *)i->value.p : "", ts);
    return gen_part10(meta, ds, ts);
}

void bad_emit(const char *name, const char *what, gen_buf b)
{
    bool odd = strncmp(name, "odd/", 4) == 0;
    gen_emit(gen_format("%s%s.dcm", odd ? "" : "bad/", name), what, b, NULL,
             NULL);
}

static gen_set *native(gen_pixfmt format, int frames)
{
    gen_image *img;
    gen_set *ds = bad_header(format, frames, &img);
    gen_pixels_native(ds, img, img->alloc > 8);
    return ds;
}

static gen_buf good(void)
{
    return bad_file(native(GEN_GREY8, 1), GEN_TS_EXPLICIT);
}

size_t bad_find(const gen_buf *b, uint32_t tag)
{
    uint8_t t[4] = {(uint8_t)(tag >> 16), (uint8_t)(tag >> 24), (uint8_t)tag,
                    (uint8_t)(tag >> 8)};
    for (size_t i = 132; i + 8 <= b->n; i++)
        if (memcmp(b->p + i, t, 4) == 0 && b->p[i + 4] >= 'A' &&
            b->p[i + 4] <= 'Z')
            return i;
    gen_die("tag %08x is not in the file", (unsigned)tag);
}

static gen_buf first(gen_buf b, size_t n)
{
    if (n > b.n)
        gen_die("cannot cut beyond the end");
    return gen_bytes(b.p, n);
}

/* ---- cut at every structural boundary ---- */

static void cut_files(void)
{
    gen_buf g = good();
    size_t meta = bad_find(&g, 0x00080008);
    size_t name = bad_find(&g, 0x00100010), seq = bad_find(&g, 0x00186011);
    size_t px = bad_find(&g, 0x7fe00010);
    const struct {
        const char *name;
        size_t at;
    } row[] = {
        {"cut-in-preamble", 100},
        {"cut-in-magic", 130},
        {"cut-after-magic", 132},
        {"cut-in-meta-length", 142},
        {"cut-in-meta", 200},
        {"cut-after-meta", meta},
        {"cut-in-tag", name + 2},
        {"cut-in-vr", name + 5},
        {"cut-in-length", name + 7},
        {"cut-after-length", name + 8},
        {"cut-in-value", name + 13},
        {"cut-in-sequence-length", seq + 10},
        {"cut-in-item", seq + 16},
        {"cut-in-item-value", seq + 33},
        {"cut-before-pixels", px},
        {"cut-in-pixel-length", px + 9},
        {"cut-after-pixel-length", px + 12},
        {"cut-in-pixels", px + 12 + (size_t)BAD_W * BAD_H / 2},
        {"cut-last-byte", g.n - 1},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
        bad_emit(row[i].name, gen_format("cut after %zu bytes", row[i].at),
                 first(g, row[i].at));
    gen_buf d = bad_file(native(GEN_GREY8, 1), GEN_TS_DEFLATED);
    bad_emit("cut-in-deflate", "deflated dataset cut", first(d, d.n - 200));
    bad_emit("cut-deflate-tail", "deflated dataset without its last bytes",
             first(d, d.n - 6));
}

/* ---- wrong attributes of the image ---- */

static void attribute_files(void)
{
    enum {
        NONE = -1
    };
    static const struct {
        const char *name;
        uint32_t tag;
        int value; /* NONE: left out */
    } row[] = {
        {"rows-missing", 0x00280010, NONE},
        {"rows-zero", 0x00280010, 0},
        {"rows-too-many", 0x00280010, 4800},
        {"columns-missing", 0x00280011, NONE},
        {"columns-zero", 0x00280011, 0},
        {"bits-allocated-missing", 0x00280100, NONE},
        {"bits-allocated-zero", 0x00280100, 0},
        {"bits-allocated-7", 0x00280100, 7},
        {"bits-allocated-24", 0x00280100, 24},
        {"bits-allocated-64", 0x00280100, 64},
        {"bits-stored-missing", 0x00280101, NONE},
        {"bits-stored-zero", 0x00280101, 0},
        {"bits-stored-above-allocated", 0x00280101, 12},
        {"high-bit-above-allocated", 0x00280102, 200},
        {"high-bit-below-stored", 0x00280102, 3},
        {"samples-zero", 0x00280002, 0},
        {"samples-two", 0x00280002, 2},
        {"samples-65535", 0x00280002, 65535},
        {"sign-two", 0x00280103, 2},
        {"photometric-missing", 0x00280004, NONE},
        {"pixels-missing", 0x7fe00010, NONE},
        {"odd/high-bit-missing", 0x00280102, NONE},
        {"odd/samples-missing", 0x00280002, NONE},
        {"odd/sign-missing", 0x00280103, NONE},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        gen_set *ds = native(GEN_GREY8, 1);
        if (row[i].value == NONE)
            gen_remove(ds, row[i].tag);
        else
            gen_us(ds, row[i].tag, (unsigned)row[i].value);
        bad_emit(row[i].name, "image attribute missing or wrong",
                 bad_file(ds, GEN_TS_EXPLICIT));
    }
}

static void text_attribute_files(void)
{
    static const struct {
        const char *name;
        uint32_t tag;
        const char *vr, *value;
    } row[] = {
        {"photometric-unknown", 0x00280004, "CS", "GREEN"},
        {"photometric-rgb-of-one-sample", 0x00280004, "CS", "RGB"},
        {"photometric-palette-without-palette", 0x00280004, "CS",
         "PALETTE COLOR"},
        {"frames-zero", 0x00280008, "IS", "0"},
        {"frames-negative", 0x00280008, "IS", "-3"},
        {"frames-text", 0x00280008, "IS", "many"},
        {"frames-huge", 0x00280008, "IS", "2147483647"},
        {"frames-overflow", 0x00280008, "IS", "99999999999"},
        {"frames-missing", 0x00280008, "IS", "7"},
        {"rows-as-text", 0x00280010, "LO", "forty-eight"},
        {"odd/frames-fraction", 0x00280008, "IS", "1.0"},
        {"odd/charset-unknown", 0x00080005, "CS", "ISO_IR 999"},
        {"odd/charset-latin1-bytes", 0x00100010, "PN", "M\xfcller^J\xf6rg"},
        {"odd/uid-letters", 0x00080018, "UI", "not.a.uid"},
        {"odd/uid-path", 0x00080018, "UI", "../../../tmp/escaped"},
        {"odd/uid-long", 0x00080018, "UI",
         "1.22222222222222222222222222222222222222222222222222222222222222222"
         "2222222222222222222222222222222222222222222222222222222222222222"},
        {"odd/uid-empty", 0x00080018, "UI", ""},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        gen_set *ds = native(GEN_GREY8, 1);
        gen_str(ds, row[i].tag, row[i].vr, row[i].value);
        bad_emit(row[i].name, "attribute with an impossible value",
                 bad_file(ds, GEN_TS_EXPLICIT));
    }
    gen_set *ds = native(GEN_GREY8, 3);
    gen_elem *px = gen_find(ds, 0x7fe00010);
    gen_put_zero(&px->value, (size_t)2 * BAD_W * BAD_H);
    bad_emit("odd/frames-extra", "3 frames declared, 5 there",
             bad_file(ds, GEN_TS_EXPLICIT));
}

static void size_files(void)
{
    static const char *const ts[] = {GEN_TS_EXPLICIT, GEN_TS_RLE,
                                     GEN_TS_JPEG("50"), GEN_TS_JPEG("90")};
    static const char *const name[] = {"huge-native", "huge-rle", "huge-jpeg50",
                                       "huge-j2k90"};
    for (int i = 0; i < 4; i++) {
        gen_image *img;
        gen_set *ds = bad_header(GEN_GREY8, 1, &img);
        gen_us(ds, 0x00280010, 65535);
        gen_us(ds, 0x00280011, 65535);
        gen_buf kb = gen_bytes(img->frame[0].p, 1024);
        if (i == 0)
            gen_raw(ds, 0x7fe00010, "OB", kb.p, kb.n);
        else
            bad_fragments(ds, 2, (gen_buf[]){{0}, kb});
        bad_emit(name[i], "65535 x 65535 declared over 1 KB",
                 bad_file(ds, ts[i]));
    }
    gen_image *img;
    gen_set *ds = bad_header(GEN_RGB, 1, &img);
    gen_us(ds, 0x00280010, 65535);
    gen_us(ds, 0x00280011, 65535);
    gen_us(ds, 0x00280100, 32);
    gen_str(ds, 0x00280008, "IS", "2000000000");
    gen_pixels_native(ds, img, false);
    bad_emit("huge-overflow", "size in bytes needs more than 64 bits",
             bad_file(ds, GEN_TS_EXPLICIT));
}

/* ---- wrong lengths: patches of a good file ---- */

static void patch32(gen_buf *b, size_t at, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        b->p[at + (size_t)i] = (uint8_t)(v >> (8 * i));
}

static void patch16(gen_buf *b, size_t at, unsigned v)
{
    b->p[at] = (uint8_t)v;
    b->p[at + 1] = (uint8_t)(v >> 8);
}

static void length_files(void)
{
    static const struct {
        const char *name;
        uint32_t tag;
        int at, bytes; /* of the length, from the tag */
        uint32_t value;
    } row[] = {
        {"length-name-past-end", 0x00100010, 6, 2, 0xfff0},
        {"length-name-short", 0x00100010, 6, 2, 4},
        {"length-rows-one", 0x00280010, 6, 2, 1},
        {"length-rows-zero", 0x00280010, 6, 2, 0},
        {"length-sequence-past-end", 0x00186011, 8, 4, 0x00fffff0},
        {"length-sequence-unterminated", 0x00186011, 8, 4, 0xffffffff},
        {"length-sequence-short", 0x00186011, 8, 4, 20},
        {"length-item-past-end", 0x00186011, 16, 4, 0x00fffff0},
        {"length-item-short", 0x00186011, 16, 4, 6},
        {"length-pixels-past-end", 0x7fe00010, 8, 4, 0x00fffff0},
        {"length-pixels-4g", 0x7fe00010, 8, 4, 0xfffffffe},
        {"length-pixels-undefined", 0x7fe00010, 8, 4, 0xffffffff},
        {"length-pixels-short", 0x7fe00010, 8, 4, 1000},
        {"length-pixels-zero", 0x7fe00010, 8, 4, 0},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        gen_buf g = good();
        size_t at = bad_find(&g, row[i].tag) + (size_t)row[i].at;
        if (row[i].bytes == 2)
            patch16(&g, at, row[i].value);
        else
            patch32(&g, at, row[i].value);
        bad_emit(row[i].name, gen_format("length %u", (unsigned)row[i].value),
                 g);
    }
    gen_buf g = good();
    patch32(&g, 140, 0x7ffffff0);
    bad_emit("length-meta-past-end", "group length of the file meta", g);
    g = good();
    patch32(&g, 140, 20);
    bad_emit("odd/length-meta-short", "group length of the file meta", g);
    g = good();
    memcpy(g.p + bad_find(&g, 0x00100010) + 4, "??", 2);
    bad_emit("vr-unknown", "value representation ??", g);
    g = good();
    memcpy(g.p + bad_find(&g, 0x00186011) + 4, "LO", 2);
    bad_emit("vr-sequence-as-text", "sequence with VR LO", g);
    gen_set *ds = native(GEN_GREY8, 1);
    gen_buf odd = bad_file(ds, GEN_TS_EXPLICIT);
    size_t at = bad_find(&odd, 0x00100010);
    gen_buf out = gen_bytes(odd.p, at + 8 + 13);
    patch16(&out, at + 6, 13);
    gen_put(&out, odd.p + at + 8 + 14, odd.n - at - 8 - 14);
    bad_emit("odd/length-odd", "a value of 13 bytes", out);
}

/* ---- order and duplicates ---- */

static void order_files(void)
{
    static const uint32_t tag[] = {0x00100010, 0x00280010, 0x00280103};
    static const char *const name[] = {
        "odd/duplicate-name", "odd/duplicate-rows", "odd/duplicate-sign"};
    for (int i = 0; i < 3; i++) {
        gen_set *ds = native(GEN_GREY8, 1);
        const gen_elem e = *gen_find(ds, tag[i]);
        gen_elem *d = gen_append(ds, tag[i], e.vr, e.value.p, e.value.n);
        if (i == 1)
            d->value.p[0] = 200;
        bad_emit(name[i], "element twice", bad_file(ds, GEN_TS_EXPLICIT));
    }
    gen_set *ds = native(GEN_GREY8, 1);
    const gen_elem px = *gen_find(ds, 0x7fe00010);
    gen_append(ds, 0x7fe00010, "OB", px.value.p, px.value.n);
    bad_emit("odd/duplicate-pixels", "Pixel Data twice",
             bad_file(ds, GEN_TS_EXPLICIT));
    ds = native(GEN_GREY8, 1);
    gen_remove(ds, 0x00100010);
    gen_append(ds, 0x00100010, "PN", "Mustermann^Max", 14);
    bad_emit("odd/order-name-last", "elements out of order",
             bad_file(ds, GEN_TS_EXPLICIT));
}

/* ---- file meta that lies ---- */

static void meta_files(void)
{
    static const char *const lie[][3] = {
        {"meta-says-implicit", GEN_TS_IMPLICIT, "dataset is explicit"},
        {"meta-says-big", GEN_TS_BIG, "dataset is little endian"},
        {"meta-says-deflated", GEN_TS_DEFLATED, "dataset is not deflated"},
        {"meta-says-rle", GEN_TS_RLE, "pixels are native"},
        {"meta-says-jpeg", GEN_TS_JPEG("50"), "pixels are native"},
        {"meta-syntax-empty", "", "transfer syntax of no characters"},
        {"meta-syntax-text", "explicit please", "transfer syntax is no UID"},
    };
    for (size_t i = 0; i < sizeof(lie) / sizeof(lie[0]); i++) {
        gen_set *ds = native(GEN_GREY8, 1);
        gen_set *meta =
            gen_meta(gen_sop_class(GEN_US), gen_uid("x"), lie[i][1]);
        /* gen_part10 encodes as told: tell it the truth */
        bad_emit(lie[i][0], lie[i][2], gen_part10(meta, ds, GEN_TS_EXPLICIT));
    }
    gen_set *ds = native(GEN_GREY8, 1);
    gen_set *meta = gen_meta(gen_sop_class(GEN_US), gen_uid("x"), "");
    gen_remove(meta, 0x00020010);
    bad_emit("odd/meta-syntax-missing", "no Transfer Syntax UID",
             gen_part10(meta, ds, GEN_TS_EXPLICIT));
    ds = native(GEN_GREY8, 1);
    gen_remove(ds, 0x00080016);
    bad_emit("odd/class-missing", "no SOP Class UID",
             bad_file(ds, GEN_TS_EXPLICIT));
    ds = native(GEN_GREY8, 1);
    gen_buf bare = gen_dataset(ds, true, false);
    bad_emit("odd/bare-explicit", "explicit dataset without file meta", bare);
}

/* ---- not DICOM ---- */

static void alien_files(void)
{
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', 13,  10,  26, 10, 0, 0,
                                  0,    13,  'I', 'H', 'D', 'R', 0,  0,  0, 1,
                                  0,    0,   0,   1,   8,   0,   0,  0,  0};
    static const char text[] = "Mustermann, Max was here.\n";
    bad_emit("empty", "no byte at all", (gen_buf){0});
    bad_emit("one-byte", "one byte", gen_bytes("D", 1));
    bad_emit("alien-text", "a text file", gen_bytes(text, sizeof(text) - 1));
    bad_emit("alien-png", "a PNG file", gen_bytes(png, sizeof(png)));
    gen_buf z = {0};
    gen_put_zero(&z, 1024);
    bad_emit("alien-zeros", "1024 zero bytes", z);
    z.n = 128;
    bad_emit("preamble-only", "128 zero bytes", z);
    gen_buf noise = {0};
    uint32_t seed = 99;
    for (int i = 0; i < 2000; i++)
        gen_put8(&noise, gen_rand(&seed) & 0xff);
    bad_emit("alien-noise", "random bytes", noise);
    memset(noise.p, 0, 128);
    memcpy(noise.p + 128, "DICM", 4);
    bad_emit("magic-then-noise", "random bytes after DICM", noise);
    gen_image *img = gen_image_draw(gen_bad_scene, GEN_GREY8, BAD_W, BAD_H, 1,
                                    &gen_persons[GEN_MAX_MUSTERMANN]);
    gen_jpeg_opts o = {0};
    bad_emit("alien-jpeg", "a JPEG file", gen_jpeg(img, 0, &o));
}

/* ---- pixels and bytes in unusual places ---- */

static void trailing_files(void)
{
    static const char text[] = "Mustermann, Max FV-4711-0815 ";
    gen_buf b = good();
    gen_put(&b, text, sizeof(text) - 1);
    gen_put8(&b, ' ');
    bad_emit("odd/trailing-text", "a name behind the dataset", b);
    b = good();
    gen_put_zero(&b, 512);
    bad_emit("odd/trailing-zeros", "zero bytes behind the dataset", b);
    b = bad_file(native(GEN_GREY8, 1), GEN_TS_DEFLATED);
    gen_put(&b, text, sizeof(text) - 1);
    bad_emit("odd/trailing-deflated", "a name behind the deflated dataset", b);
}

static void hidden_pixel_files(void)
{
    gen_set *ds = native(GEN_GREY8, 1);
    gen_set *item = gen_item(ds, 0x00082112);
    const gen_elem *px = gen_find(ds, 0x7fe00010);
    gen_us(item, 0x00280010, BAD_H);
    gen_us(item, 0x00280011, BAD_W);
    gen_us(item, 0x00280100, 8);
    gen_raw(item, 0x7fe00010, "OB", px->value.p, px->value.n);
    bad_emit("odd/pixels-nested", "Pixel Data in a sequence",
             bad_file(ds, GEN_TS_EXPLICIT));
    ds = native(GEN_GREY8, 1);
    px = gen_find(ds, 0x7fe00010);
    const gen_buf copy = gen_bytes(px->value.p, px->value.n);
    gen_str(ds, 0x7fe10010, "LO", "FICTITIOUS PRIVATE");
    gen_raw(ds, 0x7fe11001, "OB", copy.p, copy.n);
    bad_emit("odd/pixels-private", "the picture again in a private element",
             bad_file(ds, GEN_TS_EXPLICIT));
    ds = native(GEN_GREY8, 1);
    gen_us(ds, 0x50000005, 2);
    gen_us(ds, 0x50000010, 4);
    gen_str(ds, 0x50000020, "CS", "ROI");
    gen_us(ds, 0x50000103, 0);
    gen_str(ds, 0x50002500, "LO", "Mustermann, Max");
    gen_raw(ds, 0x50003000, "OW", "\1\0\2\0\3\0\4\0\5\0\6\0\7\0\10\0", 16);
    bad_emit("odd/curve", "curve (retired) with a name for a label",
             bad_file(ds, GEN_TS_EXPLICIT));
    ds = native(GEN_RGB, 1);
    gen_remove(ds, 0x00280006);
    bad_emit("odd/planar-missing", "RGB without Planar Configuration",
             bad_file(ds, GEN_TS_EXPLICIT));
}

/* ---- overlays and palettes ---- */

static void overlay_set(gen_set *ds, unsigned rows, unsigned columns,
                        unsigned alloc, unsigned position, size_t bytes)
{
    gen_buf b = {0};
    gen_put_zero(&b, bytes);
    gen_us(ds, 0x60000010, rows);
    gen_us(ds, 0x60000011, columns);
    gen_str(ds, 0x60000040, "CS", "G");
    gen_raw(ds, 0x60000050, "SS", "\1\0\1\0", 4);
    gen_us(ds, 0x60000100, alloc);
    gen_us(ds, 0x60000102, position);
    if (bytes)
        gen_raw(ds, 0x60003000, "OW", b.p, b.n);
}

static void overlay_files(void)
{
    static const struct {
        const char *name, *what;
        unsigned rows, columns, alloc, position;
        size_t bytes;
    } row[] = {
        {"odd/overlay-short", "bitmap of 10 bytes", BAD_H, BAD_W, 1, 0, 10},
        {"odd/overlay-huge", "65535 x 65535", 65535, 65535, 1, 0, 16},
        {"odd/overlay-zero", "no rows", 0, BAD_W, 1, 0, 16},
        {"odd/overlay-bit-stored", "embedded in a bit of the samples", BAD_H,
         BAD_W, 8, 3, 0},
        {"odd/overlay-bit-outside", "embedded in bit 40", BAD_H, BAD_W, 8, 40,
         0},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        gen_set *ds = native(GEN_GREY8, 1);
        overlay_set(ds, row[i].rows, row[i].columns, row[i].alloc,
                    row[i].position, row[i].bytes);
        bad_emit(row[i].name, row[i].what, bad_file(ds, GEN_TS_EXPLICIT));
    }
}

static void palette_files(void)
{
    gen_set *ds = native(GEN_PALETTE8, 1);
    gen_remove(ds, 0x00281201);
    bad_emit("palette-red-missing", "no red palette",
             bad_file(ds, GEN_TS_EXPLICIT));
    ds = native(GEN_PALETTE8, 1);
    gen_raw(ds, 0x00281202, "OW", "\1\2\3\4", 4);
    bad_emit("palette-short", "green palette of 4 bytes",
             bad_file(ds, GEN_TS_EXPLICIT));
    ds = native(GEN_PALETTE8, 1);
    gen_raw(ds, 0x00281103, "US", "\0\1", 2);
    bad_emit("palette-descriptor-short", "descriptor of one value",
             bad_file(ds, GEN_TS_EXPLICIT));
    ds = native(GEN_PALETTE8, 1);
    for (uint32_t t = 0x00281101; t <= 0x00281103; t++)
        gen_raw(ds, t, "US", "\0\1\0\0\44\0", 6);
    bad_emit("palette-bits-36", "entries of 36 bits",
             bad_file(ds, GEN_TS_EXPLICIT));
}

/* ---- bombs ---- */

static gen_buf nested(int depth, bool close)
{
    gen_buf b = {0};
    for (int i = 0; i < depth; i++) {
        static const uint8_t open[] = {0x08, 0x00, 0x40, 0x11, 'S',  'Q',  0,
                                       0,    0xff, 0xff, 0xff, 0xff, 0xfe, 0xff,
                                       0x00, 0xe0, 0xff, 0xff, 0xff, 0xff};
        gen_put(&b, open, sizeof(open));
    }
    for (int i = 0; close && i < depth; i++) {
        static const uint8_t shut[] = {0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0,
                                       0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0};
        gen_put(&b, shut, sizeof(shut));
    }
    return b;
}

static gen_buf with_dataset(const gen_buf *dataset, const char *ts)
{
    gen_buf b = gen_part10(gen_meta(gen_sop_class(GEN_US), gen_uid("x"), ts),
                           gen_set_new(), GEN_TS_EXPLICIT);
    gen_put(&b, dataset->p, dataset->n);
    return b;
}

static void bomb_files(void)
{
    gen_buf image = gen_dataset(native(GEN_GREY8, 1), true, false);
    gen_buf n = nested(600, true);
    gen_put(&n, image.p, image.n);
    bad_emit("odd/nested-600", "600 levels of sequences",
             with_dataset(&n, GEN_TS_EXPLICIT));
    n = nested(100000, true);
    gen_put(&n, image.p, image.n);
    n = gen_deflate(n.p, n.n);
    gen_put_zero(&n, n.n % 2);
    bad_emit("nested-100000-deflated", "100000 levels of sequences",
             with_dataset(&n, GEN_TS_DEFLATED));
    n = nested(100000, false);
    n = gen_deflate(n.p, n.n);
    gen_put_zero(&n, n.n % 2);
    bad_emit("nested-100000-open", "100000 sequences that never end",
             with_dataset(&n, GEN_TS_DEFLATED));
    gen_set *ds = native(GEN_GREY8, 1);
    gen_elem *px = gen_find(ds, 0x7fe00010);
    gen_put_zero(&px->value, (size_t)64 << 20);
    bad_emit("deflate-bomb", "64 MiB of pixels from 64 KB",
             bad_file(ds, GEN_TS_DEFLATED));
    gen_release();
}

void gen_bad(void)
{
    static void (*const all[])(void) = {
        cut_files,     attribute_files, text_attribute_files,
        size_files,    length_files,    order_files,
        meta_files,    alien_files,     bomb_files,
        bad_streams,   trailing_files,  hidden_pixel_files,
        overlay_files, palette_files};
    gen_make_folder(gen_format("%s/odd", gen_folder));
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        all[i]();
        gen_release();
    }
}
