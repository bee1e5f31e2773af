/* SPDX-License-Identifier: Apache-2.0
 *
 * The test data generator: what its parts share.
 *
 * It draws screens of imaginary devices with imaginary patients, encodes them
 * in every transfer syntax and writes DICOM files, good and broken. It uses
 * neither DCMTK nor anything of src/, so that a mistake there cannot hide
 * behind the same mistake here. Every run writes the same bytes.
 *
 * Failures end the program: nobody but a developer runs it. Memory lives in
 * one arena that gen_release() empties after each file.
 */
#ifndef DSC_TESTDATA_GENERATE_H
#define DSC_TESTDATA_GENERATE_H

#include "generate_symbol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GEN_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* ---- memory, bytes, files: generate_util.c ---- */

typedef struct gen_buf {
    uint8_t *p;
    size_t n, cap;
} gen_buf;

_Noreturn void gen_die(const char *fmt, ...) GEN_PRINTF(1, 2);
void *gen_alloc(size_t n); /* zeroed, lives until gen_release */
void gen_release(void);
char *gen_format(const char *fmt, ...) GEN_PRINTF(1, 2);

void gen_put(gen_buf *b, const void *data, size_t n);
void gen_put_zero(gen_buf *b, size_t n);
void gen_put8(gen_buf *b, unsigned v);
void gen_put16(gen_buf *b, unsigned v, bool big);
void gen_put32(gen_buf *b, uint32_t v, bool big);
gen_buf gen_bytes(const void *data, size_t n); /* a copy */

uint32_t gen_rand(uint32_t *state);
double gen_uniform(uint32_t *state); /* [0, 1) */
void gen_sha256(const void *data, size_t n, char hex[65]);
/* A 2.25 UID made from a text. */
const char *gen_uid(const char *text);
gen_buf gen_deflate(const void *data, size_t n);

extern const char *gen_folder; /* where files go */
gen_buf gen_read_file(const char *path);
bool gen_file_exists(const char *path);
void gen_write_file(const char *path, const void *data, size_t n);
void gen_make_folder(const char *path);
/* Run a program of the PATH, silently. False where it is not installed; ends
 * the run where it fails. */
bool gen_run(char *const argv[]);

/* ---- what is drawn where ---- */

enum {
    GEN_MAX_BOXES = 160,
    GEN_MAX_FRAMES = 16
};

typedef struct gen_box {
    int frame; /* -1: in every frame */
    int x, y, w, h;
    const char *text, *kind, *plane;
} gen_box;

typedef struct gen_truth {
    gen_box box[GEN_MAX_BOXES];
    int n, frames;
} gen_truth;

/* A fictitious person and visit. `name` is as written into the header. */
typedef struct gen_person {
    const char *charset, *name, *shown, *id, *birth, *sex;
    const char *institution, *institution_shown, *physician, *operator_name;
    const char *accession, *date, *time, *station, *address, *address_shown;
} gen_person;

enum {
    GEN_MAX_MUSTERMANN,
    GEN_ERIKA_BEISPIEL,
    GEN_JANE_DOE,
    GEN_LATIN1,
    GEN_UTF8,
    GEN_JAPANESE,
    GEN_PERSONS
};
extern const gen_person gen_persons[GEN_PERSONS];

/* "19380819" in the ways screens write it. */
const char *gen_date_dots(const char *yyyymmdd);
const char *gen_date_iso(const char *yyyymmdd);
const char *gen_date_us(const char *yyyymmdd);
const char *gen_date_words(const char *yyyymmdd);
const char *gen_time_colons(const char *hhmmss);

/* Strings that no log, message or report may ever show. */
void gen_plant(const char *text);
void gen_plant_person(const gen_person *p);
void gen_write_planted(const char *path);

/* ---- drawing: generate_draw.c ---- */

/* Samples of one frame as they will be shown: 1 or 3 per pixel. */
typedef struct gen_canvas {
    int w, h, ch;
    int32_t max; /* white */
    int32_t *v;
} gen_canvas;

typedef struct gen_pen {
    gen_canvas *c;
    gen_truth *truth; /* NULL: text is not recorded */
    int frame;
    const char *font; /* "Sans", "Mono" or "Serif" */
    double size;
    bool bold;
    bool outline; /* black rim, as on bright pictures */
    int rotate;   /* 0 or 90 degrees, reading upward */
    int32_t ink[3];
    const char *plane;
} gen_pen;

gen_canvas gen_canvas_new(int w, int h, int ch, int32_t max);
gen_pen gen_pen_new(gen_canvas *c, gen_truth *t, double size, int32_t ink);
void gen_ink(gen_pen *p, int32_t r, int32_t g, int32_t b);
/* Draws and records; returns the width in pixels. (x, y) is the left end of
 * the base line (the lower end for rotated text). */
int gen_text(gen_pen *p, int x, int y, const char *kind, const char *fmt, ...)
    GEN_PRINTF(5, 6);
/* The same, ending at x. */
void gen_text_right(gen_pen *p, int x, int y, const char *kind, const char *fmt,
                    ...) GEN_PRINTF(5, 6);
/* In letters of 7 x 9 pixels; (x, y) is their upper left corner. */
void gen_console_text(gen_pen *p, int x, int y, const char *kind,
                      const char *text);
void gen_line(gen_pen *p, double x0, double y0, double x1, double y1,
              double width);
void gen_polyline(gen_pen *p, const double *xy, int n, double width, bool fill);
void gen_rect(gen_pen *p, int x, int y, int w, int h);
void gen_circle(gen_pen *p, double x, double y, double r, double width);
/* A barcode (GEN_CODE39 ...) with its top left bar at (x, y), or standing, read
 * upward; a QR code. Both record their box. */
void gen_bars(gen_pen *p, int x, int y, int module, int height, int code,
              const char *kind, const char *text);
void gen_qr_code(gen_pen *p, int x, int y, int module, const char *kind,
                 const char *text);
/* "cairo 1.16.0 freetype 2.12.1 ..." */
const char *gen_library_versions(void);
/* Frees what the drawing libraries keep, for leak checkers. */
void gen_draw_close(void);

/* ---- scenes: generate_scene_*.c ---- */

typedef struct gen_scene {
    int w, h, ch;
    int frames, frame; /* of frames, which one to draw */
    int32_t max;       /* white, as in the canvas */
    const gen_person *who;
    gen_canvas *c;
    gen_truth *truth; /* boxes of this frame get its number, or -1 */
} gen_scene;

typedef void (*gen_scene_fn)(gen_scene *s);

void gen_scene_us(gen_scene *s);      /* still, grey or colour Doppler */
void gen_scene_console(gen_scene *s); /* still, all in letters of 7 x 9 */
void gen_scene_dim(gen_scene *s);     /* the same, names dim beside them */
void gen_scene_echo(gen_scene *s);    /* a frame of a clip */
void gen_scene_moving(gen_scene *s);  /* text moves from frame to frame */
void gen_scene_large(gen_scene *s);   /* letters of 44 and 60 pixels */
void gen_scene_overlay_small(gen_scene *s);
void gen_scene_screen(gen_scene *s);  /* workstation screen shot */
void gen_scene_chest(gen_scene *s);   /* CR/DX */
void gen_scene_rotated(gen_scene *s); /* CR with text along the edge */
void gen_scene_ct(gen_scene *s);      /* Hounsfield units, signed */
void gen_scene_dose(gen_scene *s);    /* CT dose report screen */
void gen_scene_letter(gen_scene *s);  /* black on white page */
void gen_scene_codes(gen_scene *s);   /* still with barcodes and a QR code */
void gen_scene_mr(gen_scene *s);      /* no text at all */
void gen_scene_overlay(gen_scene *s); /* 0 or 1: a bitmap with text */
void gen_scene_bitmap(gen_scene *s);  /* 0 or 1: a scanned form */

enum {
    GEN_CT_PADDING = -2000
};

/* ---- images: generate_image.c ---- */

typedef enum gen_pixfmt {
    GEN_GREY8,
    GEN_GREY8_M1,
    GEN_RGB,
    GEN_RGB_PLANAR,
    GEN_YBR_FULL,
    GEN_YBR_FULL_422,
    GEN_YBR_PARTIAL_422,
    GEN_PALETTE8,
    GEN_PALETTE16,
    GEN_BIT1,
    GEN_GREY10,
    GEN_GREY12,
    GEN_GREY12_M1,
    GEN_GREY12_HIGH,     /* bits stored 12, high bit 15 */
    GEN_GREY12_EMBEDDED, /* overlay in bit 12 of each word */
    GEN_GREY14_M1,
    GEN_GREY16,
    GEN_SIGNED16,
    GEN_SIGNED12,
    GEN_GREY32,
    GEN_RGB16
} gen_pixfmt;

typedef struct gen_image {
    int w, h, frames, samples, alloc, stored, high, planar;
    bool is_signed, inverted;
    gen_pixfmt format;
    const char *photometric;
    gen_buf frame[GEN_MAX_FRAMES]; /* native, little endian */
    gen_buf bits;                  /* GEN_BIT1: all frames */
    gen_buf lut[3];
    int lut_entries, lut_bits;
    gen_truth truth;
} gen_image;

/* Draw all frames of a scene in a format. */
gen_image *gen_image_draw(gen_scene_fn fn, gen_pixfmt format, int w, int h,
                          int frames, const gen_person *who);

/* ---- encoders: generate_encode*.c. Each returns one frame's stream. ---- */

typedef struct gen_jpeg_opts {
    int quality, h, v; /* chroma subsampling factors of the first component */
    int restart_mcus;
    bool progressive, optimise, rgb, per_component_scans, lie_jfif;
} gen_jpeg_opts;

gen_buf gen_rle(const gen_image *img, int frame);
/* One-bit pixels, eight to the byte, as some encoders have it. */
gen_buf gen_rle_bits(const gen_image *img, int frame);
gen_buf gen_jpeg(const gen_image *img, int frame, const gen_jpeg_opts *o);
gen_buf gen_jpegls(const gen_image *img, int frame, int interleave, int near);
gen_buf gen_j2k(const gen_image *img, int frame, bool reversible, int tile,
                bool mct);
/* Streams of other programs; false where the program is not installed. */
bool gen_dcmcjpeg(gen_buf *out, const gen_image *img, int frame,
                  const char *option);
bool gen_htj2k(gen_buf *out, const gen_image *img, int frame, bool reversible,
               const char *order);

/* ---- Part 10 files: generate_part10.c ---- */

typedef struct gen_set gen_set;
typedef struct gen_elem gen_elem;

struct gen_elem {
    uint32_t tag;
    char vr[3];
    gen_buf value;   /* little endian, not padded */
    gen_set **items; /* VR SQ */
    int n_items;
    bool undefined; /* write with undefined lengths */
    gen_buf *frag;  /* encapsulated pixel data: offset table, fragments */
    int n_frag;
};

struct gen_set {
    gen_elem *e;
    int n, cap;
};

gen_set *gen_set_new(void);
gen_elem *gen_raw(gen_set *s, uint32_t tag, const char *vr, const void *value,
                  size_t n); /* replaces an element of the same tag */
void gen_str(gen_set *s, uint32_t tag, const char *vr, const char *value);
void gen_us(gen_set *s, uint32_t tag, unsigned v);
void gen_ss(gen_set *s, uint32_t tag, int v);
void gen_ul(gen_set *s, uint32_t tag, uint32_t v);
void gen_sl(gen_set *s, uint32_t tag, int32_t v);
void gen_fd(gen_set *s, uint32_t tag, double v);
void gen_at(gen_set *s, uint32_t tag, uint32_t v);
gen_set *gen_item(gen_set *s, uint32_t tag); /* one more item of a sequence */
gen_elem *gen_find(gen_set *s, uint32_t tag);
void gen_remove(gen_set *s, uint32_t tag);
/* The element as it is, even where the tag is there already. */
gen_elem *gen_append(gen_set *s, uint32_t tag, const char *vr,
                     const void *value, size_t n);

#define GEN_TS_IMPLICIT "1.2.840.10008.1.2"
#define GEN_TS_EXPLICIT "1.2.840.10008.1.2.1"
#define GEN_TS_DEFLATED "1.2.840.10008.1.2.1.99"
#define GEN_TS_BIG      "1.2.840.10008.1.2.2"
#define GEN_TS_RLE      "1.2.840.10008.1.2.5"
#define GEN_TS_JPEG(n)  "1.2.840.10008.1.2.4." n

/* Preamble, file meta and dataset as bytes. */
gen_buf gen_part10(gen_set *meta, gen_set *ds, const char *ts);
/* The dataset alone. */
gen_buf gen_dataset(gen_set *ds, bool explicit_vr, bool big);
gen_set *gen_meta(const char *sop_class, const char *sop_instance,
                  const char *ts);

/* ---- headers of the object types: generate_header.c ---- */

typedef enum gen_iod {
    GEN_US,
    GEN_US_MULTI,
    GEN_SC,
    GEN_SC_MULTI_BYTE,
    GEN_SC_MULTI_BIT,
    GEN_SC_MULTI_WORD,
    GEN_SC_MULTI_COLOUR,
    GEN_CR,
    GEN_DX,
    GEN_CT,
    GEN_MR,
    GEN_DOSE
} gen_iod;

const char *gen_sop_class(gen_iod iod);
/* All attributes but Pixel Data. `key` makes the UIDs. */
gen_set *gen_header(gen_iod iod, const gen_person *who, const gen_image *img,
                    const char *key);
/* Patient, study, series and equipment of what is no image. */
gen_set *gen_header_object(const char *sop_class, const char *modality,
                           const gen_person *who, const char *key);
void gen_pixels_native(gen_set *ds, const gen_image *img, bool ow);

/* ---- collections: generate_{good,objects,refused,bad}.c ---- */

/* Write one file (below the output folder) with its truth (may be NULL) and
 * remember it for the MANIFEST. */
void gen_emit(const char *path, const char *what, gen_buf bytes,
              const gen_truth *truth, const gen_image *img);
/* A file that needs a program that is missing here. */
void gen_missing(const char *path, const char *program);

void gen_good(void);
void gen_objects(void);
void gen_refused(void);
void gen_bad(void);

#endif
