/* SPDX-License-Identifier: Apache-2.0
 *
 * Frame encoders by direct use of the libraries: RLE (own), libjpeg-turbo,
 * CharLS, OpenJPEG.
 */
#include "generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <charls/charls.h>
#include <jpeglib.h>
#include <openjpeg.h>

/* ---- RLE (PackBits, PS3.5 annex G) ---- */

static void pack_row(gen_buf *out, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t run = 1;
        while (i + run < n && run < 128 && p[i + run] == p[i])
            run++;
        if (run > 2 || (run == 2 && i + run == n)) {
            gen_put8(out, (unsigned)(257 - run));
            gen_put8(out, p[i]);
            i += run;
            continue;
        }
        size_t lit = 0;
        while (i + lit < n && lit < 128 &&
               !(i + lit + 2 < n && p[i + lit] == p[i + lit + 1] &&
                 p[i + lit] == p[i + lit + 2]))
            lit++;
        gen_put8(out, (unsigned)(lit - 1));
        gen_put(out, p + i, lit);
        i += lit;
    }
}

static gen_buf with_header(const uint32_t offset[15], size_t segments,
                           const gen_buf *body)
{
    gen_buf out = {0};
    gen_put32(&out, (uint32_t)segments, false);
    for (int i = 0; i < 15; i++)
        gen_put32(&out, offset[i], false);
    gen_put(&out, body->p, body->n);
    return out;
}

gen_buf gen_rle_bits(const gen_image *img, int frame)
{
    const uint32_t offset[15] = {64};
    const gen_buf *src = &img->frame[frame];
    gen_buf bits = {0}, body = {0};
    gen_put_zero(&bits, (src->n + 7) / 8);
    for (size_t i = 0; i < src->n; i++)
        bits.p[i / 8] |= (uint8_t)(src->p[i] << i % 8);
    pack_row(&body, bits.p, bits.n);
    if (body.n % 2)
        gen_put8(&body, 0);
    return with_header(offset, 1, &body);
}

/* One segment a byte plane, most significant first; rows end at their end. */
gen_buf gen_rle(const gen_image *img, int frame)
{
    size_t bytes = img->alloc == 1 ? 1 : (size_t)img->alloc / 8;
    size_t segments = bytes * (size_t)img->samples;
    size_t step = segments, w = (size_t)img->w;
    const uint8_t *src = img->frame[frame].p;
    uint8_t *row = gen_alloc(w);
    gen_buf body = {0};
    uint32_t offset[15] = {0};
    for (size_t s = 0; s < segments; s++) {
        size_t at = s / bytes * bytes + (bytes - 1 - s % bytes);
        offset[s] = (uint32_t)(64 + body.n);
        for (size_t y = 0; y < (size_t)img->h; y++) {
            for (size_t x = 0; x < w; x++)
                row[x] = src[(y * w + x) * step + at];
            pack_row(&body, row, w);
        }
        if (body.n % 2)
            gen_put8(&body, 0);
    }
    return with_header(offset, segments, &body);
}

/* ---- JPEG DCT, 8 bit ---- */

static void one_scan_a_component(struct jpeg_compress_struct *c,
                                 jpeg_scan_info *scans)
{
    for (int i = 0; i < c->num_components; i++)
        scans[i] = (jpeg_scan_info){1, {i}, 0, 63, 0, 0};
    c->scan_info = scans;
    c->num_scans = c->num_components;
}

gen_buf gen_jpeg(const gen_image *img, int frame, const gen_jpeg_opts *o)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr err; /* the library's own: message and exit */
    c.err = jpeg_std_error(&err);
    jpeg_create_compress(&c);
    unsigned char *mem = NULL;
    unsigned long len = 0;
    jpeg_mem_dest(&c, &mem, &len);
    c.image_width = (JDIMENSION)img->w;
    c.image_height = (JDIMENSION)img->h;
    c.input_components = img->samples;
    c.in_color_space = img->samples == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(&c);
    if (img->samples == 3)
        jpeg_set_colorspace(&c, o->rgb ? JCS_RGB : JCS_YCbCr);
    jpeg_set_quality(&c, o->quality ? o->quality : 80, TRUE);
    c.dct_method = JDCT_ISLOW;
    c.write_JFIF_header = img->samples == 3 && !o->rgb;
    c.optimize_coding = o->optimise || o->progressive;
    c.comp_info[0].h_samp_factor = o->h ? o->h : 1;
    c.comp_info[0].v_samp_factor = o->v ? o->v : 1;
    c.restart_interval = (unsigned)o->restart_mcus;
    jpeg_scan_info scans[3];
    if (o->progressive)
        jpeg_simple_progression(&c);
    else if (o->per_component_scans)
        one_scan_a_component(&c, scans);
    jpeg_start_compress(&c, TRUE);
    size_t stride = (size_t)img->w * (size_t)img->samples;
    for (size_t y = 0; y < (size_t)img->h; y++) {
        JSAMPROW row = img->frame[frame].p + y * stride;
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    gen_buf out = gen_bytes(mem, len);
    free(mem);
    jpeg_destroy_compress(&c);
    return out;
}

/* ---- JPEG-LS ---- */

static void check_ls(charls_jpegls_errc rc, const char *what)
{
    if (rc != CHARLS_JPEGLS_ERRC_SUCCESS)
        gen_die("charls %s: %s", what, charls_get_error_message(rc));
}

gen_buf gen_jpegls(const gen_image *img, int frame, int interleave, int near)
{
    charls_jpegls_encoder *e = charls_jpegls_encoder_create();
    charls_frame_info info = {(uint32_t)img->w, (uint32_t)img->h, img->stored,
                              img->samples};
    if (!e)
        gen_die("out of memory");
    check_ls(charls_jpegls_encoder_set_frame_info(e, &info), "frame info");
    check_ls(charls_jpegls_encoder_set_near_lossless(e, near), "near");
    check_ls(charls_jpegls_encoder_set_interleave_mode(
                 e, (charls_interleave_mode)interleave),
             "interleave");
    const gen_buf *src = &img->frame[frame];
    gen_buf plane = *src;
    if (interleave == CHARLS_INTERLEAVE_MODE_NONE && img->samples == 3) {
        plane = (gen_buf){0};
        for (size_t k = 0; k < 3; k++)
            for (size_t i = k; i < src->n; i += 3)
                gen_put8(&plane, src->p[i]);
    }
    gen_buf out = {0};
    out.cap = src->n * 2 + 4096;
    out.p = gen_alloc(out.cap);
    check_ls(charls_jpegls_encoder_set_destination_buffer(e, out.p, out.cap),
             "destination");
    check_ls(charls_jpegls_encoder_encode_from_buffer(e, plane.p, plane.n, 0),
             "encode");
    check_ls(charls_jpegls_encoder_get_bytes_written(e, &out.n), "size");
    charls_jpegls_encoder_destroy(e);
    return out;
}

/* ---- JPEG 2000 ---- */

typedef struct j2k_stream {
    gen_buf b;
    size_t at;
} j2k_stream;

static OPJ_SIZE_T j2k_write(void *p, OPJ_SIZE_T n, void *user)
{
    j2k_stream *s = user;
    if (s->at + n > s->b.n)
        gen_put_zero(&s->b, s->at + n - s->b.n);
    memcpy(s->b.p + s->at, p, n);
    s->at += n;
    return n;
}

static OPJ_OFF_T j2k_skip(OPJ_OFF_T n, void *user)
{
    j2k_stream *s = user;
    s->at += (size_t)n;
    return n;
}

static OPJ_BOOL j2k_seek(OPJ_OFF_T n, void *user)
{
    j2k_stream *s = user;
    s->at = (size_t)n;
    return OPJ_TRUE;
}

static opj_image_t *j2k_image(const gen_image *img, int frame)
{
    opj_image_cmptparm_t parm[3] = {0};
    for (int k = 0; k < img->samples; k++)
        parm[k] = (opj_image_cmptparm_t){.dx = 1,
                                         .dy = 1,
                                         .w = (OPJ_UINT32)img->w,
                                         .h = (OPJ_UINT32)img->h,
                                         .prec = (OPJ_UINT32)img->stored,
                                         .sgnd = img->is_signed};
    opj_image_t *o =
        opj_image_create((OPJ_UINT32)img->samples, parm,
                         img->samples == 3 ? OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY);
    if (!o)
        gen_die("out of memory");
    o->x1 = (OPJ_UINT32)img->w;
    o->y1 = (OPJ_UINT32)img->h;
    const uint8_t *p = img->frame[frame].p;
    size_t n = (size_t)img->w * (size_t)img->h * (size_t)img->samples;
    for (size_t i = 0; i < n; i++) {
        size_t ns = (size_t)img->samples;
        int32_t v = p[i];
        if (img->alloc == 16)
            v = p[2 * i] | p[2 * i + 1] << 8;
        if (img->is_signed && v >> (img->stored - 1))
            v -= 1 << img->stored;
        o->comps[i % ns].data[i / ns] = v;
    }
    return o;
}

gen_buf gen_j2k(const gen_image *img, int frame, bool reversible, int tile,
                bool mct)
{
    opj_cparameters_t cp;
    opj_set_default_encoder_parameters(&cp);
    cp.tcp_numlayers = 1;
    cp.cp_disto_alloc = 1;
    cp.tcp_rates[0] = reversible ? 0 : 8;
    cp.irreversible = !reversible;
    cp.tcp_mct = mct;
    cp.numresolution = img->w < 128 || img->h < 128 ? 4 : 6;
    if (tile) {
        cp.tile_size_on = OPJ_TRUE;
        cp.cp_tdx = cp.cp_tdy = tile;
        cp.numresolution = 5;
    }
    opj_codec_t *codec = opj_create_compress(OPJ_CODEC_J2K);
    opj_image_t *image = j2k_image(img, frame);
    opj_stream_t *stream = opj_stream_default_create(OPJ_FALSE);
    j2k_stream s = {0};
    if (!codec || !stream)
        gen_die("out of memory");
    opj_stream_set_user_data(stream, &s, NULL);
    opj_stream_set_write_function(stream, j2k_write);
    opj_stream_set_skip_function(stream, j2k_skip);
    opj_stream_set_seek_function(stream, j2k_seek);
    if (!opj_setup_encoder(codec, &cp, image) ||
        !opj_start_compress(codec, image, stream) ||
        !opj_encode(codec, stream) || !opj_end_compress(codec, stream))
        gen_die("JPEG 2000 encoding failed");
    opj_stream_destroy(stream);
    opj_destroy_codec(codec);
    opj_image_destroy(image);
    return s.b;
}
