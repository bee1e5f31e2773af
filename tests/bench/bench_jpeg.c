/* SPDX-License-Identifier: Apache-2.0
 *
 * The JPEG edit beside what jpegtran does with the same stream: a table, then
 * one line of JSON.
 *
 *   bench_jpeg [--ms N] [--write DIR]
 *   bench_jpeg --edit IN.jpg OUT.jpg
 *
 * "copy" is jpegtran -copy all: coefficients read, and written sequentially
 * with the standard Huffman tables, whatever the source had. "same" is
 * jpegtran told to keep the kind of stream (-optimize, -progressive), which is
 * what the edit does too. Figures are CPU time, the best of many turns, and
 * the subjects take turns, so that a busy machine hurts all alike.
 *
 * --write leaves the streams in DIR, --edit is one edit in a process of its
 * own: both for the comparison with jpegtran's process. */
#include "codec/codec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jpeglib.h>

#define BASELINE "1.2.840.10008.1.2.4.50"

typedef enum tables {
    STANDARD,
    OPTIMISED,
    TIGHT, /* optimised for a picture without black: the edit lacks a code */
    PROGRESSIVE
} tables;

static const char *const table_names[] = {"standard", "optimised", "tight",
                                          "progressive"};

typedef struct stream {
    const char *size;
    uint32_t w, h;
    tables tables;
    dsc_format fmt;
    unsigned char *data;
    unsigned long len;
} stream;

enum {
    EDIT,
    COPY,
    SAME,
    SUBJECTS
};

static const char *const subject_names[SUBJECTS] = {"edit", "copy", "same"};

/* One thread, no file: CPU time is the time of a quiet machine. */
static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- streams ---- */

static uint32_t noise(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* A sector of speckle on black, letters' worth of sharp bars above it, and a
 * patch of colour: the frequencies of an ultrasound picture. */
static void draw_row(JSAMPLE *row, const stream *s, uint32_t y, uint32_t *state)
{
    double cx = s->w / 2.0, cy = -0.05 * s->h, reach = 0.95 * s->h;

    for (uint32_t x = 0; x < s->w; x++, row += 3) {
        double dx = x - cx, dy = y - cy, r = sqrt(dx * dx + dy * dy);
        int v = 0;
        if (r < reach && fabs(dx) < 0.75 * dy && y > s->h / 12)
            v = (int)(70 + 50 * sin(r / 23) * cos(dx / 31) +
                      (double)(noise(state) >> 26));
        else if (y < s->h / 12 && y % 20 < 12 && x < s->w / 2)
            v = noise(state) >> 31 ? 235 : 0;
        if (s->tables == TIGHT)
            v = 110 + v / 8;
        row[0] = row[1] = row[2] = (JSAMPLE)v;
        if (v && r > 0.4 * reach && r < 0.6 * reach && fabs(dx) < 0.2 * dy)
            row[2] = (JSAMPLE)(v / 3);
    }
}

static bool make_stream(stream *s)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr e;
    JSAMPLE *row = malloc((size_t)s->w * 3);
    uint32_t state = 88172645;

    if (!row)
        return false;
    c.err = jpeg_std_error(&e);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &s->data, &s->len);
    c.image_width = s->w;
    c.image_height = s->h;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, 90, TRUE);
    c.comp_info[0].h_samp_factor = 2;
    c.comp_info[0].v_samp_factor = 1;
    c.optimize_coding = s->tables == OPTIMISED || s->tables == TIGHT;
    if (s->tables == PROGRESSIVE)
        jpeg_simple_progression(&c);
    jpeg_start_compress(&c, TRUE);
    for (uint32_t y = 0; y < s->h; y++) {
        draw_row(row, s, y, &state);
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    free(row);
    s->fmt = (dsc_format){.columns = s->w,
                          .rows = s->h,
                          .samples = 3,
                          .bits_allocated = 8,
                          .bits_stored = 8,
                          .high_bit = 7,
                          .photometric = DSC_YBR_FULL_422};
    return true;
}

/* ---- subjects ---- */

/* The header lines of text at the top, and a line at the bottom. */
static bool edit(dsc_buf *out, const stream *s)
{
    const dsc_codec *codec = dsc_codec_for(BASELINE);
    dsc_rect box[] = {{0, 0, (int32_t)s->w / 2, (int32_t)s->h / 12},
                      {16, (int32_t)s->h - 40, 200, 20}};
    dsc_rects rects = {box, 2, 2};
    dsc_fill black = {{0, 0, 0}};
    dsc_bytes in = {s->data, s->len};
    dsc_error err = DSC_ERROR_INIT;
    uint32_t w, h;

    if (codec->cell(&w, &h, in, &s->fmt, &err) == DSC_OK) {
        for (size_t i = 0; i < 2; i++)
            box[i] = dsc_rect_to_cells(box[i], w, h, s->w, s->h);
        if (codec->edit(out, in, &s->fmt, &rects, &black, &err) == DSC_OK)
            return true;
    }
    fprintf(stderr, "bench_jpeg: %s\n", err.msg);
    return false;
}

/* What jpegtran does, without files. */
static unsigned long transcode(const stream *s, tables kind)
{
    struct jpeg_decompress_struct d;
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr e;
    unsigned char *out = NULL;
    unsigned long len = 0;
    jvirt_barray_ptr *coefs;

    d.err = c.err = jpeg_std_error(&e);
    jpeg_create_decompress(&d);
    jpeg_create_compress(&c);
    jpeg_mem_src(&d, s->data, s->len);
    for (int m = 0; m < 16; m++)
        jpeg_save_markers(&d, JPEG_APP0 + m, 0xFFFF);
    jpeg_save_markers(&d, JPEG_COM, 0xFFFF);
    jpeg_read_header(&d, TRUE);
    coefs = jpeg_read_coefficients(&d);
    jpeg_copy_critical_parameters(&d, &c);
    c.optimize_coding = kind == OPTIMISED || kind == TIGHT;
    if (kind == PROGRESSIVE)
        jpeg_simple_progression(&c);
    jpeg_mem_dest(&c, &out, &len);
    jpeg_write_coefficients(&c, coefs);
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    jpeg_finish_decompress(&d);
    jpeg_destroy_decompress(&d);
    free(out);
    return len;
}

static bool run_subject(int subject, const stream *s)
{
    dsc_buf out = {0};
    bool ok;

    if (subject != EDIT)
        return transcode(s, subject == SAME ? s->tables : STANDARD) > 0;
    ok = edit(&out, s);
    dsc_buf_free(&out);
    return ok;
}

static bool measure(const stream *s, double budget_ns, double best[SUBJECTS])
{
    double end = now_ns() + budget_ns;

    for (int i = 0; i < SUBJECTS; i++)
        best[i] = INFINITY;
    do {
        for (int i = 0; i < SUBJECTS; i++) {
            double start = now_ns(), t;
            if (!run_subject(i, s))
                return false;
            t = now_ns() - start;
            if (t < best[i])
                best[i] = t;
        }
    } while (now_ns() < end);
    return true;
}

static bool write_file(const char *path, const uint8_t *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    bool ok = f && fwrite(data, 1, len, f) == len;

    if (f && fclose(f))
        ok = false;
    return ok;
}

static bool bench_stream(stream *s, double ms, const char *folder, bool first)
{
    double best[SUBJECTS];
    char path[4096];

    if (!make_stream(s) || !measure(s, ms * 1e6, best))
        return false;
    fprintf(stderr, "%-10s %-12s %8lu bytes", s->size, table_names[s->tables],
            s->len);
    printf("%s{\"size\":\"%s\",\"tables\":\"%s\",\"bytes\":%lu",
           first ? "" : ",", s->size, table_names[s->tables], s->len);
    for (int i = 0; i < SUBJECTS; i++) {
        fprintf(stderr, "  %s %7.2f ms", subject_names[i], best[i] / 1e6);
        printf(",\"%s_ms\":%.3f", subject_names[i], best[i] / 1e6);
    }
    fprintf(stderr, "  edit/copy %.2f  edit/same %.2f\n",
            best[EDIT] / best[COPY], best[EDIT] / best[SAME]);
    printf("}");
    if (!folder)
        return true;
    snprintf(path, sizeof path, "%s/%s-%s.jpg", folder, s->size,
             table_names[s->tables]);
    return write_file(path, s->data, s->len);
}

static bool bench_all(double ms, const char *folder)
{
    static stream all[] = {
        {"640x480", 640, 480, STANDARD, {0}, NULL, 0},
        {"640x480", 640, 480, OPTIMISED, {0}, NULL, 0},
        {"640x480", 640, 480, TIGHT, {0}, NULL, 0},
        {"640x480", 640, 480, PROGRESSIVE, {0}, NULL, 0},
        {"1920x1080", 1920, 1080, STANDARD, {0}, NULL, 0},
        {"1920x1080", 1920, 1080, OPTIMISED, {0}, NULL, 0},
        {"1920x1080", 1920, 1080, TIGHT, {0}, NULL, 0},
        {"1920x1080", 1920, 1080, PROGRESSIVE, {0}, NULL, 0},
    };
    bool ok = true;

    printf("{\"benchmark\":\"jpeg\",\"rows\":[");
    for (size_t i = 0; ok && i < sizeof all / sizeof *all; i++) {
        ok = bench_stream(&all[i], ms, folder, i == 0);
        free(all[i].data);
    }
    printf("]}\n");
    return ok;
}

/* One edit as a process. The streams of --write are all of one kind. */
static bool edit_file(const char *in, const char *to)
{
    static unsigned char data[8 << 20];
    struct jpeg_decompress_struct d;
    struct jpeg_error_mgr e;
    stream s = {.data = data};
    dsc_buf out = {0};
    FILE *f = fopen(in, "rb");
    bool ok;

    if (!f)
        return false;
    s.len = fread(data, 1, sizeof data, f);
    fclose(f);
    d.err = jpeg_std_error(&e);
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, s.data, s.len);
    jpeg_read_header(&d, TRUE);
    s.w = d.image_width;
    s.h = d.image_height;
    jpeg_destroy_decompress(&d);
    s.fmt = (dsc_format){.columns = s.w,
                         .rows = s.h,
                         .samples = 3,
                         .bits_allocated = 8,
                         .bits_stored = 8,
                         .high_bit = 7,
                         .photometric = DSC_YBR_FULL_422};
    ok = edit(&out, &s) && write_file(to, out.data, out.len);
    dsc_buf_free(&out);
    return ok;
}

int main(int argc, char **argv)
{
    const char *folder = NULL;
    double ms = 1000;
    int i = 1;

    if (argc == 4 && !strcmp(argv[1], "--edit"))
        return edit_file(argv[2], argv[3]) ? 0 : 1;
    for (; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--ms"))
            ms = strtod(argv[i + 1], NULL);
        else if (!strcmp(argv[i], "--write"))
            folder = argv[i + 1];
        else
            break;
    }
    if (i < argc) {
        fprintf(stderr, "usage: bench_jpeg [--ms N] [--write DIR]\n"
                        "       bench_jpeg --edit IN.jpg OUT.jpg\n");
        return 2;
    }
    return bench_all(ms, folder) ? 0 : 1;
}
