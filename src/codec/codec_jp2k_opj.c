/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenJPEG on memory: one codestream in or out, one thread, no messages
 * printed. Every warning of its decoder is an error: each one it has means
 * that it went on with something the stream did not say.
 */
#include "codec/codec_jp2k_priv.h"

#include <openjpeg.h>
#include <string.h>

enum {
    /* Bits that the fine quantisation may add; past these the floats of the
     * 9/7 wavelet are no finer. */
    FIRST_EXTRA = 4,
    LAST_EXTRA = 8,
};

/* ---- memory as a stream ---- */

typedef struct source {
    dsc_bytes bytes;
    size_t pos;
} source;

static OPJ_SIZE_T source_read(void *dst, OPJ_SIZE_T n, void *ctx)
{
    source *s = ctx;
    size_t left = s->bytes.len - s->pos;
    if (left == 0)
        return (OPJ_SIZE_T)-1;
    if (n > left)
        n = left;
    memcpy(dst, s->bytes.data + s->pos, n);
    s->pos += n;
    return n;
}

static OPJ_OFF_T source_skip(OPJ_OFF_T n, void *ctx)
{
    source *s = ctx;
    if (n < 0 || (uint64_t)n > s->bytes.len - s->pos)
        return -1;
    s->pos += (size_t)n;
    return n;
}

static OPJ_BOOL source_seek(OPJ_OFF_T pos, void *ctx)
{
    source *s = ctx;
    if (pos < 0 || (uint64_t)pos > s->bytes.len)
        return OPJ_FALSE;
    s->pos = (size_t)pos;
    return OPJ_TRUE;
}

typedef struct sink {
    dsc_buf *buf;
    size_t pos;
    dsc_status status;
} sink;

static bool sink_reach(sink *s, size_t end)
{
    if (end > s->buf->len)
        s->status = dsc_buf_resize(s->buf, end, NULL);
    return s->status == DSC_OK;
}

static OPJ_SIZE_T sink_write(void *src, OPJ_SIZE_T n, void *ctx)
{
    sink *s = ctx;
    size_t end;
    if (!dsc_add(s->pos, n, &end) || !sink_reach(s, end))
        return (OPJ_SIZE_T)-1;
    memcpy(s->buf->data + s->pos, src, n);
    s->pos = end;
    return n;
}

static OPJ_OFF_T sink_skip(OPJ_OFF_T n, void *ctx)
{
    sink *s = ctx;
    size_t end;
    if (n < 0 || !dsc_add(s->pos, (size_t)n, &end) || !sink_reach(s, end))
        return -1;
    s->pos = end;
    return n;
}

static OPJ_BOOL sink_seek(OPJ_OFF_T pos, void *ctx)
{
    sink *s = ctx;
    if (pos < 0 || !sink_reach(s, (size_t)pos))
        return OPJ_FALSE;
    s->pos = (size_t)pos;
    return OPJ_TRUE;
}

static void count_message(const char *msg, void *ctx)
{
    /* A tile-part count that is one too low, by a known encoder. The parser
     * has seen that the tile-parts are all there, and OpenJPEG mends it. */
    static const char benign[] = "Non conformant codestream TPsot==TNsot";
    if (strncmp(msg, benign, sizeof benign - 1) != 0)
        ++*(unsigned *)ctx;
}

static void drop_message(const char *msg, void *ctx)
{
    (void)msg;
    (void)ctx;
}

static void set_handlers(opj_codec_t *codec, unsigned *complaints)
{
    opj_set_info_handler(codec, drop_message, NULL);
    opj_set_warning_handler(codec, count_message, complaints);
    opj_set_error_handler(codec, count_message, complaints);
}

/* ---- planes ---- */

dsc_status dsc_j2k__planes_alloc(dsc_j2k_planes *planes, dsc_error *err)
{
    size_t n;
    if (!dsc_mul(planes->w, planes->h, &n) ||
        !dsc_mul(n, planes->components, &n))
        return dsc_fail(err, DSC_LIMIT, "frame too large");
    planes->count = n;
    planes->data = dsc_calloc(n, sizeof *planes->data);
    return planes->data ? DSC_OK : dsc_fail(err, DSC_NOMEM, "out of memory");
}

void dsc_j2k__planes_free(dsc_j2k_planes *planes)
{
    dsc_wipe_free(planes->data, planes->count * sizeof *planes->data);
    planes->data = NULL;
    planes->count = 0;
}

/* ---- decoding ---- */

static bool image_matches(const opj_image_t *image, const dsc_j2k_planes *p)
{
    if (image->x0 != p->x0 || image->y0 != p->y0 || image->x1 != p->x0 + p->w ||
        image->y1 != p->y0 + p->h || image->numcomps != p->components)
        return false;
    for (unsigned c = 0; c < image->numcomps; c++) {
        const opj_image_comp_t *k = &image->comps[c];
        if (k->w != p->w || k->h != p->h || k->dx != 1 || k->dy != 1 ||
            k->prec != p->precision || (k->sgnd != 0) != p->is_signed)
            return false;
    }
    return true;
}

static dsc_status take_samples(dsc_j2k_planes *p, const opj_image_t *image,
                               dsc_error *err)
{
    size_t plane = (size_t)p->w * p->h;
    int32_t low = p->is_signed ? -(1 << (p->precision - 1)) : 0;
    int32_t high = (1 << (p->precision - (p->is_signed ? 1 : 0))) - 1;
    for (unsigned c = 0; c < p->components; c++) {
        const OPJ_INT32 *src = image->comps[c].data;
        int32_t *dst = p->data + c * plane;
        if (!src)
            return dsc_fail(err, DSC_BADFILE, "corrupt JPEG 2000 stream");
        for (size_t i = 0; i < plane; i++) {
            if (src[i] < low || src[i] > high)
                return dsc_fail(err, DSC_BADFILE,
                                "JPEG 2000 samples exceed their precision");
            dst[i] = src[i];
        }
    }
    return DSC_OK;
}

static opj_stream_t *open_source(source *src)
{
    opj_stream_t *stream =
        opj_stream_create(OPJ_J2K_STREAM_CHUNK_SIZE, OPJ_TRUE);
    if (!stream)
        return NULL;
    opj_stream_set_read_function(stream, source_read);
    opj_stream_set_skip_function(stream, source_skip);
    opj_stream_set_seek_function(stream, source_seek);
    opj_stream_set_user_data(stream, src, NULL);
    opj_stream_set_user_data_length(stream, src->bytes.len);
    return stream;
}

dsc_status dsc_j2k__decompress(dsc_j2k_planes *planes, dsc_bytes bytes,
                               dsc_error *err)
{
    source src = {bytes, 0};
    unsigned complaints = 0;
    opj_dparameters_t params;
    opj_image_t *image = NULL;
    opj_stream_t *stream = open_source(&src);
    opj_codec_t *codec = opj_create_decompress(OPJ_CODEC_J2K);
    dsc_status st = DSC_OK;
    if (!stream || !codec) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    opj_set_default_decoder_parameters(&params);
    set_handlers(codec, &complaints);
    if (!opj_setup_decoder(codec, &params) ||
        !opj_decoder_set_strict_mode(codec, OPJ_TRUE)) {
        st = dsc_fail(err, DSC_INTERNAL, "OpenJPEG refused its parameters");
        goto done;
    }
    if (!opj_read_header(stream, codec, &image) ||
        !image_matches(image, planes) || !opj_decode(codec, stream, image) ||
        !opj_end_decompress(codec, stream) || complaints ||
        !image_matches(image, planes)) {
        st = dsc_fail(err, DSC_BADFILE, "corrupt JPEG 2000 stream");
        goto done;
    }
    st = take_samples(planes, image, err);
done:
    if (image)
        opj_image_destroy(image);
    if (codec)
        opj_destroy_codec(codec);
    if (stream)
        opj_stream_destroy(stream);
    return st;
}

/* ---- encoding ---- */

static opj_image_t *make_image(const dsc_j2k_planes *p)
{
    opj_image_cmptparm_t comps[DSC_J2K_MAX_COMPONENTS];
    size_t plane = (size_t)p->w * p->h;
    memset(comps, 0, sizeof comps);
    for (unsigned c = 0; c < p->components; c++) {
        comps[c].dx = comps[c].dy = 1;
        comps[c].w = p->w;
        comps[c].h = p->h;
        comps[c].x0 = p->x0;
        comps[c].y0 = p->y0;
        comps[c].prec = p->precision;
        comps[c].sgnd = p->is_signed;
    }
    opj_image_t *image = opj_image_create(p->components, comps,
                                          p->components == 1 ? OPJ_CLRSPC_GRAY
                                                             : OPJ_CLRSPC_SRGB);
    if (!image)
        return NULL;
    image->x0 = p->x0;
    image->y0 = p->y0;
    image->x1 = p->x0 + p->w;
    image->y1 = p->y0 + p->h;
    for (unsigned c = 0; c < p->components; c++)
        memcpy(image->comps[c].data, p->data + c * plane,
               plane * sizeof *p->data);
    return image;
}

/* OpenJPEG takes no more resolutions than halve the tile down to a pixel. */
static unsigned fit_levels(unsigned levels, uint32_t w, uint32_t h)
{
    uint32_t side = w < h ? w : h;
    while (levels > 0 && (side >> levels) == 0)
        levels--;
    return levels;
}

static void fill_params(opj_cparameters_t *c, const dsc_j2k_params *p,
                        const dsc_j2k_planes *planes)
{
    static char comment[] = "dcmscrub";
    uint32_t w = p->tile_w ? p->tile_w : planes->w;
    uint32_t h = p->tile_h ? p->tile_h : planes->h;
    opj_set_default_encoder_parameters(c);
    c->cp_comment = comment;
    c->prog_order = (OPJ_PROG_ORDER)p->order;
    c->tcp_numlayers = 1;
    c->tcp_rates[0] = 0; /* all of it */
    c->cp_disto_alloc = 1;
    c->irreversible = p->irreversible;
    c->tcp_mct = p->mct;
    c->numresolution = (int)fit_levels(p->levels, w, h) + 1;
    c->cblockw_init = 1 << p->block_w;
    c->cblockh_init = 1 << p->block_h;
    c->image_offset_x0 = (int)planes->x0;
    c->image_offset_y0 = (int)planes->y0;
    if (p->tile_w) {
        c->tile_size_on = OPJ_TRUE;
        c->cp_tx0 = (int)planes->x0;
        c->cp_ty0 = (int)planes->y0;
        c->cp_tdx = (int)p->tile_w;
        c->cp_tdy = (int)p->tile_h;
    }
}

static opj_stream_t *open_sink(sink *to)
{
    opj_stream_t *stream =
        opj_stream_create(OPJ_J2K_STREAM_CHUNK_SIZE, OPJ_FALSE);
    if (!stream)
        return NULL;
    opj_stream_set_write_function(stream, sink_write);
    opj_stream_set_skip_function(stream, sink_skip);
    opj_stream_set_seek_function(stream, sink_seek);
    opj_stream_set_user_data(stream, to, NULL);
    return stream;
}

dsc_status dsc_j2k__compress(dsc_buf *out, const dsc_j2k_planes *planes,
                             const dsc_j2k_params *params, dsc_error *err)
{
    sink to = {out, 0, DSC_OK};
    unsigned complaints = 0;
    opj_cparameters_t cparams;
    opj_image_t *image = make_image(planes);
    opj_stream_t *stream = open_sink(&to);
    opj_codec_t *codec = opj_create_compress(OPJ_CODEC_J2K);
    dsc_status st = DSC_OK;
    out->len = 0;
    if (!image || !stream || !codec) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    fill_params(&cparams, params, planes);
    set_handlers(codec, &complaints);
    if (!opj_setup_encoder(codec, &cparams, image) ||
        !opj_start_compress(codec, image, stream) ||
        !opj_encode(codec, stream) || !opj_end_compress(codec, stream))
        st = to.status == DSC_NOMEM
                 ? dsc_fail(err, DSC_NOMEM, "out of memory")
                 : dsc_fail(err, DSC_UNSUPPORTED,
                            "JPEG 2000 encoder refused the frame");
done:
    if (codec)
        opj_destroy_codec(codec);
    if (stream)
        opj_stream_destroy(stream);
    if (image)
        opj_image_destroy(image);
    if (st)
        out->len = 0;
    return st;
}

/* ---- irreversible, but exact after rounding ---- */

/* Is every sample of the finer decode nearer to the wanted one than a quarter
 * of a step? (Half would do; the rest is for other decoders' floats.) */
static bool near_enough(const dsc_j2k_planes *fine, const dsc_j2k_planes *want,
                        unsigned extra)
{
    int32_t limit = 1 << (extra - 2);
    for (size_t i = 0; i < want->count; i++) {
        int32_t target = want->data[i] << extra;
        int32_t got = fine->data[i];
        if (got - target > limit || target - got > limit)
            return false;
    }
    return true;
}

/* The stream is made for samples of `precision + extra` bits, shifted up. Step
 * sizes in QCD are relative to the dynamic range, Rb = Ssiz + gain
 * (15444-1 equation E-3), so that with Ssiz set back the very same stream
 * means samples of `precision` bits with steps 2^extra times finer; the level
 * shift of 2^(Ssiz - 1) scales the same way. */
dsc_status dsc_j2k__compress_fine(dsc_buf *out, unsigned *extra,
                                  const dsc_j2k_planes *planes,
                                  const dsc_j2k_params *params, dsc_error *err)
{
    dsc_j2k_planes fine = *planes, back = *planes;
    dsc_j2k_params p = *params;
    dsc_status st = DSC_OK;
    fine.data = back.data = NULL;
    p.irreversible = true;
    if (planes->is_signed || planes->precision > 12)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "irreversible colour of this depth");
    st = dsc_j2k__planes_alloc(&fine, err);
    if (!st)
        st = dsc_j2k__planes_alloc(&back, err);
    for (unsigned k = FIRST_EXTRA; !st && k <= LAST_EXTRA; k++) {
        fine.precision = back.precision = (uint8_t)(planes->precision + k);
        for (size_t i = 0; i < planes->count; i++)
            fine.data[i] = planes->data[i] << k;
        st = dsc_j2k__compress(out, &fine, &p, err);
        if (!st)
            st = dsc_j2k__decompress(&back, (dsc_bytes){out->data, out->len},
                                     err);
        if (!st && near_enough(&back, planes, k)) {
            *extra = k;
            goto done;
        }
    }
    if (!st)
        st = dsc_fail(err, DSC_UNSUPPORTED,
                      "irreversible colour could not be kept exactly");
done:
    dsc_j2k__planes_free(&fine);
    dsc_j2k__planes_free(&back);
    if (st)
        out->len = 0;
    return st;
}

const char *dsc_codec__openjpeg_version(void)
{
    return opj_version();
}
