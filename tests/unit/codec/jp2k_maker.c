/* SPDX-License-Identifier: Apache-2.0 */
#include "jp2k_maker.h"
#include "streams.h"

#include <criterion/criterion.h>
#include <openjpeg.h>
#include <string.h>

typedef struct sink {
    uint8_t *data;
    size_t len, pos;
} sink;

enum {
    SINK = 1 << 22
};

static OPJ_SIZE_T sink_write(void *p, OPJ_SIZE_T n, void *ctx)
{
    sink *s = ctx;
    cr_assert(s->pos + n <= SINK);
    memcpy(s->data + s->pos, p, n);
    s->pos += n;
    if (s->pos > s->len)
        s->len = s->pos;
    return n;
}

static OPJ_OFF_T sink_skip(OPJ_OFF_T n, void *ctx)
{
    sink *s = ctx;
    s->pos += (size_t)n;
    return n;
}

static OPJ_BOOL sink_seek(OPJ_OFF_T n, void *ctx)
{
    sink *s = ctx;
    s->pos = (size_t)n;
    return OPJ_TRUE;
}

static opj_image_t *make_image(const dsc_frame *frame, const jp2k_recipe *r)
{
    const dsc_format *f = &frame->fmt;
    opj_image_cmptparm_t c[3];
    memset(c, 0, sizeof c);
    for (unsigned s = 0; s < f->samples; s++) {
        c[s].dx = c[s].dy = 1;
        c[s].w = f->columns;
        c[s].h = f->rows;
        c[s].x0 = r->x0;
        c[s].y0 = r->y0;
        c[s].prec = r->precision;
        c[s].sgnd = r->is_signed;
    }
    opj_image_t *image = opj_image_create(f->samples, c, OPJ_CLRSPC_SRGB);
    cr_assert_not_null(image);
    image->x0 = r->x0;
    image->y0 = r->y0;
    image->x1 = r->x0 + f->columns;
    image->y1 = r->y0 + f->rows;
    for (unsigned s = 0; s < f->samples; s++)
        for (uint32_t i = 0; i < f->columns * f->rows; i++) {
            int32_t v =
                (int32_t)stream_word(frame, i % f->columns, i / f->columns, s);
            if (r->is_signed && v >> (r->precision - 1))
                v -= 1 << r->precision;
            image->comps[s].data[i] = v;
        }
    return image;
}

static void fill_params(opj_cparameters_t *p, const jp2k_recipe *r)
{
    unsigned layers = r->layers ? r->layers : 1;
    opj_set_default_encoder_parameters(p);
    p->tcp_numlayers = (int)layers;
    for (unsigned i = 0; i < layers; i++)
        p->tcp_rates[i] = i + 1 == layers ? r->rate : (float)(40u >> i);
    p->cp_disto_alloc = 1;
    p->numresolution = (int)r->levels + 1;
    p->prog_order = (OPJ_PROG_ORDER)r->order;
    p->irreversible = r->irreversible;
    p->tcp_mct = r->mct;
    p->csty = r->style;
    p->image_offset_x0 = (int)r->x0;
    p->image_offset_y0 = (int)r->y0;
    if (r->precinct) {
        p->csty |= 1;
        p->res_spec = 1;
        p->prcw_init[0] = p->prch_init[0] = r->precinct;
    }
    if (r->tile_w) {
        p->tile_size_on = OPJ_TRUE;
        p->cp_tdx = (int)r->tile_w;
        p->cp_tdy = (int)r->tile_h;
    }
    if (r->parts) {
        p->tp_on = 1;
        p->tp_flag = 'R';
    }
}

dsc_buf jp2k_make_stream(const dsc_frame *frame, jp2k_recipe r)
{
    static const char *const extras[] = {"PLT=YES", "TLM=YES", NULL};
    dsc_buf out = {0};
    opj_cparameters_t p;
    sink s = {dsc_alloc(SINK), 0, 0};
    opj_image_t *image = make_image(frame, &r);
    opj_stream_t *stream = opj_stream_create(65536, OPJ_FALSE);
    opj_codec_t *codec = opj_create_compress(OPJ_CODEC_J2K);
    cr_assert(s.data && stream && codec);
    opj_stream_set_write_function(stream, sink_write);
    opj_stream_set_skip_function(stream, sink_skip);
    opj_stream_set_seek_function(stream, sink_seek);
    opj_stream_set_user_data(stream, &s, NULL);
    fill_params(&p, &r);
    cr_assert(opj_setup_encoder(codec, &p, image));
    if (r.parts)
        cr_assert(opj_encoder_set_extra_options(codec, extras));
    cr_assert(opj_start_compress(codec, image, stream));
    cr_assert(opj_encode(codec, stream));
    cr_assert(opj_end_compress(codec, stream));
    opj_destroy_codec(codec);
    opj_stream_destroy(stream);
    opj_image_destroy(image);
    cr_assert_eq(dsc_buf_append(&out, s.data, s.len, NULL), DSC_OK);
    dsc_free(s.data);
    return out;
}

dsc_frame jp2k_decode(dsc_bytes s, const dsc_format *fmt, const char *what)
{
    dsc_frame frame = {0};
    dsc_error err = DSC_ERROR_INIT;
    cr_assert_eq(dsc_codec_jp2k.decode(&frame, s, fmt, &err), DSC_OK, "%s: %s",
                 what, err.msg);
    return frame;
}

dsc_j2k_head jp2k_parse(dsc_bytes s)
{
    dsc_j2k_head head;
    dsc_error err = DSC_ERROR_INIT;
    cr_assert_eq(dsc_j2k__parse(&head, s, &err), DSC_OK, "%s", err.msg);
    return head;
}
