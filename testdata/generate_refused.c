/* SPDX-License-Identifier: Apache-2.0
 *
 * Valid objects that cannot be proven clean: no pixels, pixels of another
 * kind, transfer syntaxes without a decoder.
 */
#include "generate.h"

#include <string.h>

#define STORAGE "1.2.840.10008.5.1.4.1.1."

static const gen_person *who(void)
{
    return &gen_persons[GEN_MAX_MUSTERMANN];
}

static gen_image *small(void)
{
    return gen_image_draw(gen_scene_echo, GEN_GREY8, 192, 144, 1, who());
}

static void emit(const char *name, const char *what, gen_set *ds,
                 const char *ts)
{
    const gen_elem *c = gen_find(ds, 0x00080016);
    const gen_elem *i = gen_find(ds, 0x00080018);
    gen_set *meta =
        gen_meta((const char *)c->value.p, (const char *)i->value.p, ts);
    gen_emit(gen_format("refused/%s.dcm", name), what, gen_part10(meta, ds, ts),
             NULL, NULL);
}

/* An image whose one frame is `stream` under the transfer syntax `ts`. */
static void stream_file(const char *name, const char *what, const char *ts,
                        gen_buf stream)
{
    gen_image *img = small();
    gen_set *ds = gen_header(GEN_US, who(), img, name);
    gen_elem *e = gen_raw(ds, 0x7fe00010, "OB", NULL, 0);
    e->frag = gen_alloc(2 * sizeof(gen_buf));
    if (stream.n % 2)
        gen_put8(&stream, 0);
    e->frag[1] = stream;
    e->n_frag = 2;
    emit(name, what, ds, ts);
}

static void videos(void)
{
    static const uint8_t mp4[] = {0,   0,   0,   24,  'f', 't', 'y', 'p',
                                  'm', 'p', '4', '2', 0,   0,   0,   0,
                                  'm', 'p', '4', '2', 'i', 's', 'o', 'm'};
    static const uint8_t mpeg2[] = {0, 0, 1, 0xba, 0x44, 0, 4, 0, 4, 1, 0, 1};
    static const uint8_t jxl[] = {0xff, 0x0a, 0x18, 0x0c, 0x0a, 0x08, 0x10, 0};
    gen_buf v = gen_bytes(mp4, sizeof(mp4));
    gen_put_zero(&v, 200);
    stream_file("mpeg4-h264", "H.264 video", GEN_TS_JPEG("102"), v);
    stream_file("mpeg4-hevc", "HEVC video", GEN_TS_JPEG("107"), v);
    stream_file("mpeg2", "MPEG-2 video", GEN_TS_JPEG("100"),
                gen_bytes(mpeg2, sizeof(mpeg2)));
    stream_file("jpegxl-lossless", "JPEG XL", GEN_TS_JPEG("110"),
                gen_bytes(jxl, sizeof(jxl)));
    stream_file("jpegxl-recompressed", "JPEG XL", GEN_TS_JPEG("111"),
                gen_bytes(jxl, sizeof(jxl)));
    stream_file("jpegxl", "JPEG XL", GEN_TS_JPEG("112"),
                gen_bytes(jxl, sizeof(jxl)));
    gen_image *img = small();
    stream_file("deflated-frame", "each frame deflated",
                "1.2.840.10008.1.2.8.1",
                gen_deflate(img->frame[0].p, img->frame[0].n));
    stream_file("uncompressed-encapsulated", "native frame in a fragment",
                "1.2.840.10008.1.2.1.98", img->frame[0]);
    stream_file("syntax-unknown", "invented transfer syntax", "2.25.4711",
                img->frame[0]);
}

static void retired_jpeg(void)
{
    static const char *const row[2][4] = {
        {"jpeg53-spectral", "retired JPEG process 6", GEN_TS_JPEG("53"), "+es"},
        {"jpeg55-progressive", "retired JPEG process 10", GEN_TS_JPEG("55"),
         "+ep"},
    };
    gen_image *img = small();
    for (int i = 0; i < 2; i++) {
        gen_buf s = {0};
        if (gen_dcmcjpeg(&s, img, 0, row[i][3]))
            stream_file(row[i][0], row[i][1], row[i][2], s);
        else
            gen_missing(gen_format("refused/%s.dcm", row[i][0]),
                        "dcmcjpeg (dcmtk)");
    }
}

static void jpip(void)
{
    static const char *const ts[2] = {GEN_TS_JPEG("94"), GEN_TS_JPEG("95")};
    for (int i = 0; i < 2; i++) {
        gen_image *img = small();
        const char *name = i ? "jpip-deflate" : "jpip";
        gen_set *ds = gen_header(GEN_US, who(), img, name);
        gen_str(ds, 0x00287fe0, "UR",
                "https://jpip.example.org/?patient=Mustermann^Max");
        const gen_elem *uid = gen_find(ds, 0x00080018);
        gen_set *meta =
            gen_meta(gen_sop_class(GEN_US), (const char *)uid->value.p, ts[i]);
        /* .95 deflates the whole dataset, as .99 does */
        gen_buf b = gen_part10(meta, ds, ts[i]);
        if (i) {
            gen_buf d = gen_dataset(ds, true, false);
            b.n -= d.n;
            d = gen_deflate(d.p, d.n);
            gen_put(&b, d.p, d.n + d.n % 2);
        }
        gen_emit(gen_format("refused/%s.dcm", name), "pixels on a server", b,
                 NULL, NULL);
    }
}

/* ---- documents, raw data, sound ---- */

static void document(const char *name, const char *what, const char *sop_class,
                     const char *title, const char *type, const char *body)
{
    gen_set *d = gen_header_object(sop_class, "DOC", who(), name);
    gen_str(d, 0x00080023, "DA", "20190314");
    gen_str(d, 0x00080033, "TM", "104500");
    gen_str(d, 0x0008002a, "DT", "20190314104500");
    gen_str(d, 0x00080064, "CS", "WSD");
    gen_str(d, 0x00280301, "CS", "YES");
    if (title)
        gen_str(d, 0x00420010, "ST", title);
    gen_str(d, 0x00420012, "LO", type);
    gen_raw(d, 0x00420011, "OB", body, strlen(body));
    emit(name, what, d, GEN_TS_EXPLICIT);
}

static void documents(void)
{
    static const char pdf[] =
        "%PDF-1.1\n1 0 obj <</Type /Catalog>> endobj\n"
        "% Mustermann, Max\ntrailer <</Root 1 0 R>>\n%%EOF\n";

    document("pdf", "encapsulated PDF", STORAGE "104.1",
             "Letter about Mustermann", "application/pdf", pdf);
    document("pdf-without-title", "encapsulated PDF, no title", STORAGE "104.1",
             NULL, "application/pdf", pdf);
    document("cda", "encapsulated CDA", STORAGE "104.2", "Letter", "text/XML",
             "<?xml version=\"1.0\"?><ClinicalDocument><recordTarget>"
             "<name>Max Mustermann</name></recordTarget></ClinicalDocument>");
    document("stl", "encapsulated model", STORAGE "104.3", "Skull", "model/stl",
             "solid Mustermann^Max\nendsolid");
    gen_set *raw = gen_header_object(STORAGE "66", "MR", who(), "raw");
    gen_str(raw, 0x00080023, "DA", "20190314");
    gen_str(raw, 0x00080033, "TM", "104500");
    gen_str(raw, 0x00209163, "UI", gen_uid("creator of raw data"));
    gen_str(raw, 0x00190010, "LO", "FICTION CORP");
    gen_raw(raw, 0x00191001, "OB", "k-space of Mustermann^Max ", 26);
    emit("raw", "raw data", raw, GEN_TS_EXPLICIT);
}

static void sound(void)
{
    gen_set *ds = gen_header_object(STORAGE "9.4.1", "AU", who(), "voice");
    gen_set *w = gen_item(ds, 0x54000100);
    gen_us(w, 0x003a0005, 1);
    gen_ul(w, 0x003a0010, 100);
    gen_us(w, 0x54001004, 8);
    gen_str(w, 0x54001006, "CS", "UB");
    gen_buf samples = {0};
    gen_put_zero(&samples, 100);
    gen_raw(w, 0x54001010, "OB", samples.p, samples.n);
    emit("voice", "somebody speaks", ds, GEN_TS_EXPLICIT);
}

static void float_pixels(void)
{
    for (int wide = 0; wide < 2; wide++) {
        const char *name = wide ? "pixels-double" : "pixels-float";
        gen_set *ds = gen_header(GEN_MR, who(), small(), name);
        gen_str(ds, 0x00080016, "UI", STORAGE "30");
        gen_us(ds, 0x00280100, wide ? 64 : 32);
        gen_us(ds, 0x00280010, 8);
        gen_us(ds, 0x00280011, 8);
        gen_remove(ds, 0x00280101);
        gen_remove(ds, 0x00280102);
        gen_remove(ds, 0x00280103);
        gen_buf b = {0};
        for (int i = 0; i < 64; i++) {
            double d = i * 0.5;
            float f = (float)d;
            gen_put(&b, wide ? (void *)&d : (void *)&f, wide ? 8 : 4);
        }
        gen_raw(ds, wide ? 0x7fe00009 : 0x7fe00008, wide ? "OD" : "OF", b.p,
                b.n);
        emit(name, wide ? "double float pixel data" : "float pixel data", ds,
             GEN_TS_EXPLICIT);
    }
}

static void directory(void)
{
    static const char cls[] = "1.2.840.10008.1.3.10";
    gen_set *ds = gen_set_new();
    gen_str(ds, 0x00041130, "CS", "FICTION");
    gen_ul(ds, 0x00041200, 0);
    gen_ul(ds, 0x00041202, 0);
    gen_us(ds, 0x00041212, 0);
    gen_set *r = gen_item(ds, 0x00041220);
    gen_ul(r, 0x00041400, 0);
    gen_us(r, 0x00041410, 0xffff);
    gen_ul(r, 0x00041420, 0);
    gen_str(r, 0x00041430, "CS", "PATIENT");
    gen_str(r, 0x00100010, "PN", "Mustermann^Max");
    gen_str(r, 0x00100020, "LO", "FV-4711-0815");
    gen_set *meta = gen_meta(cls, gen_uid("directory"), GEN_TS_EXPLICIT);
    gen_emit("refused/DICOMDIR", "directory of a medium (ignored)",
             gen_part10(meta, ds, GEN_TS_EXPLICIT), NULL, NULL);
}

void gen_refused(void)
{
    videos();
    retired_jpeg();
    jpip();
    documents();
    sound();
    float_pixels();
    directory();
    gen_release();
}
