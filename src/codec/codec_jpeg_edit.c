/* SPDX-License-Identifier: Apache-2.0
 *
 * Blanking inside a JPEG stream: the quantised coefficients of the touched
 * cells become those of a flat block, all others are written back as they
 * were.
 *
 * What of the stream is kept: process (sequential or progressive, SOF0 or
 * SOF1), scan script, restart interval, quantisation tables, sampling,
 * component identifiers, the JFIF and Adobe segments. Dropped: comments, all
 * other application segments and a JFIF thumbnail, since any of them may carry
 * text or a picture of the patient.
 *
 * Huffman tables: a sequential one-scan stream is first coded with its own
 * tables, which costs nothing and keeps its size. Optimised tables may lack a
 * symbol that the blank blocks need; then, and for streams of several scans,
 * whose tables may differ from scan to scan, optimal tables are computed. */
#include "codec/codec_jpeg_priv.h"

#include <string.h>

#include <jerror.h>

#define OUT_CHUNK ((size_t)64 << 10)

/* ---- the blank value ---- */

/* What a block of nothing but DC decodes to. */
static int flat_sample(int dc, int q)
{
    int v = 128 + ((dc * q + 4) >> 3);
    return v < 0 ? 0 : v > 255 ? 255 : v;
}

/* The DC value that decodes to `want`, or to the nearest value on its black
 * side (`up` where that is brighter). Black and white are reached with room
 * to spare, so that decoders which round differently agree. */
static bool find_dc(int *dc, int q, int want, bool up)
{
    int low, x;

    /* Four times the range of samples is where IDCTs overflow. */
    if (q < 1 || q > 4000)
        return false;
    low = -((1024 + q - 1) / q); /* 0 for certain */
    x = (1016 + q - 1) / q;      /* 255 for certain */
    if (want <= 0) {
        *dc = low;
        return true;
    }
    if (want >= 255) {
        *dc = x;
        return true;
    }
    if (up) {
        while (x > low && flat_sample(x - 1, q) >= want)
            x--;
    } else {
        while (x > low && flat_sample(x, q) > want)
            x--;
    }
    *dc = x;
    return true;
}

typedef struct edit_job {
    dsc_jpeg_reader *reader;
    const dsc_rects *rects;
    JCOEF dc[MAX_COMPONENTS];
    /* writing */
    struct jpeg_compress_struct c;
    dsc_jpeg_error error;
    struct jpeg_destination_mgr dest;
    dsc_buf *out;
    jpeg_scan_info scans[DSC_JPEG_MAX_SCANS];
    int scan_count;
    bool optimise;
} edit_job;

static dsc_status grey_dc(edit_job *job, const dsc_format *fmt, uint32_t fill,
                          dsc_error *err)
{
    int q = job->reader->d.comp_info[0].quant_table->quantval[0];
    int want = (int)(fill & 0xFF), dc;

    if (!find_dc(&dc, q, want, fmt->photometric == DSC_MONOCHROME1))
        return dsc_fail(err, DSC_UNSUPPORTED, "JPEG stream: DC quantiser of %d",
                        q);
    /* An index next to the right one may be any colour. */
    if (fmt->photometric == DSC_PALETTE_COLOR && flat_sample(dc, q) != want)
        return dsc_fail(err, DSC_UNSUPPORTED,
                        "JPEG stream cannot hold the index of black");
    job->dc[0] = (JCOEF)dc;
    return DSC_OK;
}

static dsc_status choose_dc(edit_job *job, const dsc_format *fmt,
                            const dsc_fill *fill, dsc_error *err)
{
    const struct jpeg_decompress_struct *d = &job->reader->d;
    int dc;

    if (d->num_components == 1)
        return grey_dc(job, fmt, fill->v[0], err);
    if (fill->v[0] || fill->v[1] || fill->v[2])
        return dsc_fail(err, DSC_UNSUPPORTED, "JPEG colour box not black");
    for (int c = 0; c < d->num_components; c++) {
        int q = d->comp_info[c].quant_table->quantval[0];
        bool chroma = c > 0 && d->jpeg_color_space == JCS_YCbCr;
        if (!find_dc(&dc, q, 0, false))
            return dsc_fail(err, DSC_UNSUPPORTED,
                            "JPEG stream: DC quantiser of %d", q);
        job->dc[c] = (JCOEF)(chroma ? 0 : dc);
    }
    return DSC_OK;
}

/* ---- blanking ---- */

/* Blocks [x0, x1) x [y0, y1) of one component. */
static void blank_blocks(edit_job *job, int c, JDIMENSION x0, JDIMENSION x1,
                         JDIMENSION y0, JDIMENSION y1)
{
    struct jpeg_decompress_struct *d = &job->reader->d;

    for (JDIMENSION y = y0; y < y1; y++) {
        JBLOCKARRAY row = d->mem->access_virt_barray(
            (j_common_ptr)d, job->reader->coefs[c], y, 1, TRUE);
        memset(row[0] + x0, 0, (size_t)(x1 - x0) * sizeof(JBLOCK));
        for (JDIMENSION x = x0; x < x1; x++)
            row[0][x][0] = job->dc[c];
    }
}

static JDIMENSION at_most(uint64_t a, JDIMENSION b)
{
    return a < b ? (JDIMENSION)a : b;
}

static void blank_rects(void *arg)
{
    edit_job *job = arg;
    const struct jpeg_decompress_struct *d = &job->reader->d;
    dsc_jpeg_cell cell;

    dsc_codec__jpeg_cell(&cell, d);
    dsc_rects_foreach (it, job->rects) {
        dsc_rect r = dsc_rect_clip(*it, d->image_width, d->image_height);
        if (dsc_rect_empty(r))
            continue;
        uint32_t left = (uint32_t)r.x / cell.w, top = (uint32_t)r.y / cell.h;
        uint32_t right = ((uint32_t)(r.x + r.w) + cell.w - 1) / cell.w;
        uint32_t bottom = ((uint32_t)(r.y + r.h) + cell.h - 1) / cell.h;
        for (int c = 0; c < d->num_components; c++) {
            const jpeg_component_info *comp = &d->comp_info[c];
            uint64_t bx = cell.blocks_x[c], by = cell.blocks_y[c];
            blank_blocks(job, c, at_most(left * bx, comp->width_in_blocks),
                         at_most(right * bx, comp->width_in_blocks),
                         at_most(top * by, comp->height_in_blocks),
                         at_most(bottom * by, comp->height_in_blocks));
        }
    }
}

/* ---- the source's structure ---- */

/* The next marker from *pos on, in entropy-coded data or out of it. The
 * stream has been walked strictly before; this only never reads past it.
 * *pos is then behind the marker. 0 at the end. */
static uint8_t next_marker(dsc_bytes in, size_t *pos)
{
    while (*pos + 1 < in.len) {
        const uint8_t *ff = memchr(in.data + *pos, 0xFF, in.len - 1 - *pos);
        if (!ff)
            break;
        *pos = (size_t)(ff - in.data) + 1;
        if (*ff == 0xFF && ff[1] != 0xFF && ff[1] != 0 &&
            !(ff[1] >= 0xD0 && ff[1] <= 0xD7)) {
            ++*pos;
            return ff[1];
        }
    }
    *pos = in.len;
    return 0;
}

/* The length of the segment whose marker ends at pos; 0 at its end. */
static size_t segment_length(dsc_bytes in, size_t pos)
{
    if (in.len - pos < 2)
        return 0;
    size_t n = (size_t)in.data[pos] << 8 | in.data[pos + 1];
    return n <= in.len - pos ? n : 0;
}

static int component_index(const struct jpeg_decompress_struct *d, int id)
{
    for (int c = 0; c < d->num_components; c++) {
        if (d->comp_info[c].component_id == id)
            return c;
    }
    return -1;
}

static dsc_status add_scan(edit_job *job, const uint8_t *p, size_t n,
                           dsc_error *err)
{
    jpeg_scan_info *s = &job->scans[job->scan_count];

    DSC_CHECK(job->scan_count < (int)DSC_JPEG_MAX_SCANS, err);
    DSC_CHECK(n >= 6 && p[2] >= 1 && p[2] <= MAX_COMPS_IN_SCAN, err);
    DSC_CHECK(n == 6 + 2 * (size_t)p[2], err);
    s->comps_in_scan = p[2];
    for (int i = 0; i < s->comps_in_scan; i++) {
        int c = component_index(&job->reader->d, p[3 + 2 * i]);
        DSC_CHECK(c >= 0, err);
        s->component_index[i] = c;
    }
    p += 3 + 2 * s->comps_in_scan;
    s->Ss = p[0];
    s->Se = p[1];
    s->Ah = p[2] >> 4;
    s->Al = p[2] & 15;
    if (!job->reader->d.progressive_mode) {
        /* ignored by decoders, and not always written right */
        s->Ss = s->Ah = s->Al = 0;
        s->Se = DCTSIZE2 - 1;
    }
    job->scan_count++;
    return DSC_OK;
}

static dsc_status read_script(edit_job *job, dsc_error *err)
{
    dsc_bytes in = job->reader->in;
    size_t pos = 2;
    uint8_t marker;
    dsc_status st;

    while ((marker = next_marker(in, &pos)) != 0 && marker != 0xD9) {
        size_t n = segment_length(in, pos);
        if (marker == 0xDA && (st = add_scan(job, in.data + pos, n, err)))
            return st;
        pos += n;
    }
    return DSC_OK;
}

/* Does the script send every bit of the DC values? A stream that was cut
 * short by its maker may not, and could not hold the blank value. */
static bool script_is_whole(const edit_job *job)
{
    for (int c = 0; c < job->reader->d.num_components; c++) {
        bool whole = false;
        for (int i = 0; i < job->scan_count; i++) {
            const jpeg_scan_info *s = &job->scans[i];
            for (int k = 0; k < s->comps_in_scan; k++)
                whole |= s->component_index[k] == c && !s->Ss && !s->Al;
        }
        if (!whole)
            return false;
    }
    return true;
}

/* ---- writing ---- */

static void use_room(edit_job *job)
{
    job->dest.next_output_byte = job->out->data + job->out->len;
    job->dest.free_in_buffer = job->out->cap - job->out->len;
}

static void more_room(edit_job *job)
{
    dsc_error err = DSC_ERROR_INIT;

    if (dsc_buf_reserve(job->out, job->out->cap + OUT_CHUNK, &err)) {
        job->error.status = err.status;
        ERREXIT1(&job->c, JERR_OUT_OF_MEMORY, 0);
    }
    use_room(job);
}

static void dest_init(j_compress_ptr c)
{
    use_room(c->client_data);
}

static boolean dest_full(j_compress_ptr c)
{
    edit_job *job = c->client_data;

    job->out->len = job->out->cap; /* libjpeg calls it only when all is used */
    more_room(job);
    return TRUE;
}

static void dest_term(j_compress_ptr c)
{
    edit_job *job = c->client_data;
    job->out->len = job->out->cap - job->dest.free_in_buffer;
}

static void copy_table(struct jpeg_compress_struct *c, JHUFF_TBL **to,
                       const JHUFF_TBL *from)
{
    if (!from)
        return;
    if (!*to)
        *to = jpeg_alloc_huff_table((j_common_ptr)c);
    memcpy((*to)->bits, from->bits, sizeof from->bits);
    memcpy((*to)->huffval, from->huffval, sizeof from->huffval);
    (*to)->sent_table = FALSE;
}

static void copy_tables(edit_job *job)
{
    const struct jpeg_decompress_struct *d = &job->reader->d;

    for (int i = 0; i < NUM_HUFF_TBLS; i++) {
        copy_table(&job->c, &job->c.dc_huff_tbl_ptrs[i],
                   d->dc_huff_tbl_ptrs[i]);
        copy_table(&job->c, &job->c.ac_huff_tbl_ptrs[i],
                   d->ac_huff_tbl_ptrs[i]);
    }
    for (int i = 0; i < d->num_components; i++) {
        job->c.comp_info[i].dc_tbl_no = d->comp_info[i].dc_tbl_no;
        job->c.comp_info[i].ac_tbl_no = d->comp_info[i].ac_tbl_no;
    }
}

/* The last JFIF and the last Adobe segment, which are those that libjpeg goes
 * by, cut to their fixed part and without thumbnail. */
static void write_segments(edit_job *job)
{
    const struct jpeg_marker_struct *jfif = NULL, *adobe = NULL;
    JOCTET data[14];

    for (jpeg_saved_marker_ptr m = job->reader->d.marker_list; m; m = m->next) {
        if (m->marker == JPEG_APP0 && m->data_length >= 14 &&
            !memcmp(m->data, "JFIF", 5))
            jfif = m;
        if (m->marker == JPEG_APP0 + 14 && m->data_length >= 12 &&
            !memcmp(m->data, "Adobe", 5))
            adobe = m;
    }
    if (jfif) {
        memcpy(data, jfif->data, 14);
        data[12] = data[13] = 0; /* thumbnail of 0 x 0 pixels */
        jpeg_write_marker(&job->c, JPEG_APP0, data, 14);
    }
    if (adobe)
        jpeg_write_marker(&job->c, JPEG_APP0 + 14, adobe->data, 12);
}

static void write_stream(void *arg)
{
    edit_job *job = arg;
    struct jpeg_compress_struct *c = &job->c;
    struct jpeg_decompress_struct *d = &job->reader->d;

    jpeg_create_compress(c);
    c->client_data = job;
    c->dest = &job->dest;
    jpeg_copy_critical_parameters(d, c);
    c->restart_interval = d->restart_interval;
    c->write_JFIF_header = FALSE; /* write_segments does */
    c->write_Adobe_marker = FALSE;
    c->scan_info = job->scans;
    c->num_scans = job->scan_count;
    c->optimize_coding = job->optimise ? TRUE : FALSE;
    if (d->progressive_mode && !script_is_whole(job))
        jpeg_simple_progression(c);
    if (!job->optimise)
        copy_tables(job);
    jpeg_write_coefficients(c, job->reader->coefs);
    write_segments(job);
    jpeg_finish_compress(c);
}

static dsc_status write_once(edit_job *job, bool optimise, dsc_error *err)
{
    dsc_status st;

    job->out->len = 0;
    job->optimise = optimise;
    job->dest.init_destination = dest_init;
    job->dest.empty_output_buffer = dest_full;
    job->dest.term_destination = dest_term;
    memset(&job->c, 0, sizeof job->c);
    job->c.err = dsc_codec__jpeg_error_init(&job->error);
    st = dsc_codec__jpeg_guard(&job->error, write_stream, job, err);
    jpeg_destroy_compress(&job->c);
    return st;
}

/* The stream could be read, so that what cannot be written is no fault of the
 * file's. */
static dsc_status write_back(edit_job *job, dsc_error *err)
{
    dsc_error first = DSC_ERROR_INIT;
    bool own_tables = !job->reader->d.progressive_mode && job->scan_count == 1;
    dsc_status st;

    st = dsc_buf_reserve(job->out, job->reader->in.len + OUT_CHUNK, err);
    if (st)
        return st;
    if (own_tables) {
        st = write_once(job, false, &first);
        if (job->error.code != JERR_HUFF_MISSING_CODE &&
            job->error.code != JERR_BAD_HUFF_TABLE)
            goto done;
    }
    first = (dsc_error)DSC_ERROR_INIT;
    st = write_once(job, true, &first);
done:
    if (st == DSC_BADFILE)
        st = DSC_UNSUPPORTED;
    return st ? dsc_fail(err, st, "writing back: %s", first.msg) : DSC_OK;
}

/* libjpeg names a stream SOF0 wherever it could be; SOF1 stays SOF1. */
static void keep_sof(dsc_buf *out, uint8_t sof)
{
    dsc_bytes in = {out->data, out->len};
    size_t pos = 2;
    uint8_t marker;

    while ((marker = next_marker(in, &pos)) != 0) {
        if (marker == DSC_JPEG_SOF0 && sof == DSC_JPEG_SOF1)
            out->data[pos - 1] = sof;
        if (marker >= DSC_JPEG_SOF0 && marker <= 0xC2)
            return;
        pos += segment_length(in, pos);
    }
}

dsc_status dsc_codec__jpeg_edit(dsc_buf *out, dsc_bytes in,
                                const dsc_format *fmt, const dsc_rects *rects,
                                const dsc_fill *fill, dsc_error *err)
{
    dsc_jpeg_reader reader = {0};
    edit_job *job = NULL;
    dsc_status st;

    out->len = 0;
    if ((st = dsc_codec__jpeg_open(&reader, in, fmt, err)) ||
        (st = dsc_codec__jpeg_read_coefs(&reader, err)))
        goto done;
    job = dsc_alloc(sizeof *job);
    if (!job) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    job->reader = &reader;
    job->rects = rects;
    job->out = out;
    if ((st = choose_dc(job, fmt, fill, err)) || (st = read_script(job, err)) ||
        (st = dsc_codec__jpeg_guard(&reader.error, blank_rects, job, err)) ||
        (st = write_back(job, err)))
        goto done;
    keep_sof(out, reader.marks.sof);
done:
    if (st)
        out->len = 0;
    dsc_free(job);
    dsc_codec__jpeg_close(&reader);
    return st;
}
