/* SPDX-License-Identifier: Apache-2.0 */
#include "jpeg_maker.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

dsc_format jpeg_format(const jpeg_recipe *r)
{
    return (dsc_format){
        .columns = r->w,
        .rows = r->h,
        .samples = (uint16_t)r->comps,
        .bits_allocated = 8,
        .bits_stored = 8,
        .high_bit = 7,
        .photometric = r->comps == 1 ? DSC_MONOCHROME2
                       : r->rgb      ? DSC_RGB
                                     : DSC_YBR_FULL,
    };
}

static void fill_row(uint8_t *row, const jpeg_recipe *r, uint32_t y)
{
    uint32_t seed = 977u * y + 13u;
    size_t samples = (size_t)r->w * (size_t)r->comps;

    if (r->picture) {
        memcpy(row, r->picture + y * samples, samples);
        return;
    }
    for (uint32_t i = 0; i < r->w * (uint32_t)r->comps; i++) {
        seed = seed * 1664525u + 1013904223u;
        row[i] = r->flat ? 100 : (uint8_t)(60 + (seed >> 24) % 160 + y % 30);
        if (r->neutral && i % 3)
            row[i] = 128;
        if (r->red)
            row[i] =
                (uint8_t)(i % 3 ? (i < 3 * r->red && i % 3 == 2 ? 240 : 128)
                          : i < 3 * r->red ? 80
                                           : 0);
    }
}

static void set_tables(struct jpeg_compress_struct *c, const jpeg_recipe *r)
{
    if (r->wide_tables)
        jpeg_set_linear_quality(c, 3000, FALSE);
    else
        jpeg_set_quality(c, r->quality ? r->quality : 85, TRUE);
    for (int i = 0; r->dc_quant && i < NUM_QUANT_TBLS; i++) {
        if (c->quant_tbl_ptrs[i])
            c->quant_tbl_ptrs[i]->quantval[0] = (UINT16)r->dc_quant;
    }
}

static int make_script(jpeg_scan_info *s, const jpeg_recipe *r)
{
    int n = 0;

    if (r->separate) {
        for (; n < r->comps; n++)
            s[n] = (jpeg_scan_info){1, {n}, 0, 63, 0, 0};
        return n;
    }
    s[n++] = (jpeg_scan_info){r->comps, {0, 1, 2}, 0, 0, 0, r->cut_dc ? 1 : 0};
    for (int c = 0; c < r->comps; c++) {
        for (int k = 1; k < 64; k++) {
            s[n] = (jpeg_scan_info){1, {c}, k, k, 0, 0};
            if (r->cut_dc) {
                s[n].Se = 63;
                k = 63;
            }
            n++;
        }
    }
    return n;
}

static void write_extras(struct jpeg_compress_struct *c)
{
    static const char text[] = "DOE^JANE 1970-01-01";
    JOCTET thumb[14 + 12] = "JFIF";

    jpeg_write_marker(c, JPEG_COM, (const JOCTET *)text, sizeof text);
    jpeg_write_marker(c, JPEG_APP0 + 1, (const JOCTET *)text, sizeof text);
    jpeg_write_marker(c, JPEG_APP0 + 5, (const JOCTET *)text, sizeof text);
    thumb[5] = 1;
    thumb[6] = 2;
    thumb[12] = thumb[13] = 2; /* 2 x 2 pixels follow */
    memset(thumb + 14, 0xAB, 12);
    jpeg_write_marker(c, JPEG_APP0, thumb, sizeof thumb);
}

void jpeg_make(dsc_buf *out, const jpeg_recipe *r)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr jerr;
    unsigned char *mem = NULL;
    unsigned long len = 0;
    jpeg_scan_info script[200];
    uint8_t *row = calloc(r->w, (size_t)r->comps);
    dsc_error err = DSC_ERROR_INIT;

    c.err = jpeg_std_error(&jerr);
    jerr.trace_level = -1; /* no word about 16-bit tables */
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &mem, &len);
    c.image_width = r->w;
    c.image_height = r->h;
    c.input_components = r->comps;
    c.in_color_space = r->comps == 1 ? JCS_GRAYSCALE
                       : r->rgb      ? JCS_RGB
                                     : JCS_YCbCr;
    jpeg_set_defaults(&c);
    if (r->rgb)
        jpeg_set_colorspace(&c, JCS_RGB);
    set_tables(&c, r);
    if (r->bare)
        c.write_JFIF_header = c.write_Adobe_marker = FALSE;
    for (int i = 0; i < r->comps; i++) {
        c.comp_info[i].h_samp_factor = r->hs[i] ? r->hs[i] : 1;
        c.comp_info[i].v_samp_factor = r->vs[i] ? r->vs[i] : 1;
        if (r->bare && r->rgb)
            c.comp_info[i].component_id = i + 1;
    }
    c.restart_interval = r->restart;
    c.optimize_coding = r->optimise ? TRUE : FALSE;
    if (r->progressive)
        jpeg_simple_progression(&c);
    if (r->separate || r->cut_dc || r->many_scans) {
        c.scan_info = script;
        c.num_scans = make_script(script, r);
    }
    jpeg_start_compress(&c, TRUE);
    if (r->comment)
        write_extras(&c);
    while (c.next_scanline < c.image_height) {
        fill_row(row, r, c.next_scanline);
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    out->len = 0;
    cr_assert_eq(dsc_buf_append(out, mem, len, &err), DSC_OK);
    free(mem);
    free(row);
}

static void read_blocks(jpeg_coefs *out, struct jpeg_decompress_struct *d,
                        jvirt_barray_ptr *coefs, int c)
{
    size_t n = (size_t)out->across[c] * 64;

    out->block[c] = calloc(n * out->down[c], sizeof(int16_t));
    for (unsigned y = 0; y < out->down[c]; y++) {
        JBLOCKARRAY rows =
            d->mem->access_virt_barray((j_common_ptr)d, coefs[c], y, 1, FALSE);
        memcpy(out->block[c] + y * n, rows[0], n * sizeof(int16_t));
    }
}

void jpeg_look(jpeg_coefs *out, dsc_bytes in)
{
    struct jpeg_decompress_struct d;
    struct jpeg_error_mgr jerr;
    jvirt_barray_ptr *coefs;

    memset(out, 0, sizeof *out);
    d.err = jpeg_std_error(&jerr);
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, in.data, in.len);
    jpeg_read_header(&d, TRUE);
    out->restart = d.restart_interval;
    coefs = jpeg_read_coefficients(&d);
    cr_assert_eq(jerr.num_warnings, 0, "the stream has %ld warnings",
                 jerr.num_warnings);
    out->comps = d.num_components;
    out->maxh = d.max_h_samp_factor;
    out->maxv = d.max_v_samp_factor;
    out->progressive = d.progressive_mode;
    out->jfif = d.saw_JFIF_marker;
    out->adobe = d.saw_Adobe_marker;
    out->adobe_transform = d.Adobe_transform;
    for (int c = 0; c < out->comps; c++) {
        out->h[c] = d.comp_info[c].h_samp_factor;
        out->v[c] = d.comp_info[c].v_samp_factor;
        out->across[c] = d.comp_info[c].width_in_blocks;
        out->down[c] = d.comp_info[c].height_in_blocks;
        memcpy(out->quant[c], d.comp_info[c].quant_table->quantval,
               sizeof out->quant[c]);
        read_blocks(out, &d, coefs, c);
    }
    jpeg_destroy_decompress(&d);
}

void jpeg_look_free(jpeg_coefs *c)
{
    for (int i = 0; i < 3; i++)
        free(c->block[i]);
    memset(c, 0, sizeof *c);
}

void jpeg_alter(dsc_buf *out, dsc_bytes in, int comp, unsigned bx, unsigned by,
                int k, int delta)
{
    struct jpeg_decompress_struct d;
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr jerr;
    jvirt_barray_ptr *coefs;
    JBLOCKARRAY rows;
    unsigned char *mem = NULL;
    unsigned long len = 0;
    dsc_error err = DSC_ERROR_INIT;

    d.err = c.err = jpeg_std_error(&jerr);
    jpeg_create_decompress(&d);
    jpeg_create_compress(&c);
    jpeg_mem_src(&d, in.data, in.len);
    jpeg_read_header(&d, TRUE);
    coefs = jpeg_read_coefficients(&d);
    rows =
        d.mem->access_virt_barray((j_common_ptr)&d, coefs[comp], by, 1, TRUE);
    rows[0][bx][k] = (JCOEF)(rows[0][bx][k] + delta);
    jpeg_copy_critical_parameters(&d, &c);
    c.optimize_coding = TRUE;
    jpeg_mem_dest(&c, &mem, &len);
    jpeg_write_coefficients(&c, coefs);
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    jpeg_destroy_decompress(&d);
    out->len = 0;
    cr_assert_eq(dsc_buf_append(out, mem, len, &err), DSC_OK);
    free(mem);
}

unsigned jpeg_count_markers(dsc_bytes in, uint8_t marker)
{
    unsigned n = 0;
    size_t i = 2;

    while (i + 3 < in.len) {
        uint8_t m = in.data[i + 1];
        if (in.data[i] != 0xFF || m == 0 || m == 0xFF ||
            (m >= 0xD0 && m <= 0xD7)) {
            i++;
            continue;
        }
        n += m == marker;
        if (m == 0xD9)
            break;
        i += 2 + ((size_t)in.data[i + 2] << 8 | in.data[i + 3]);
    }
    return n;
}
