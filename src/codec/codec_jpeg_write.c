/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes coefficients that were read from a JPEG stream, and then changed,
 * into a stream of the same making.
 *
 * What is kept: process (sequential or progressive, SOF0 or SOF1), scan
 * script, restart interval, quantisation tables, sampling, component
 * identifiers, the JFIF and Adobe segments. Dropped: comments, all other
 * application segments and a JFIF thumbnail, since any of them may carry text
 * or a picture of the patient.
 *
 * Huffman tables: a sequential one-scan stream is coded with its own, which
 * costs little and keeps its size. Optimised tables may lack a symbol that
 * the blank blocks need; then, and for streams of several scans, whose tables
 * may differ from scan to scan, optimal ones are computed, at the price of a
 * second pass. libjpeg-turbo writes garbage for a symbol without a code, so
 * that the symbols are counted first. */
#include "codec/codec_jpeg_priv.h"

#include <string.h>

#include <jerror.h>

#define OUT_CHUNK ((size_t)64 << 10)

typedef struct write_job {
    dsc_jpeg_reader *reader;
    struct jpeg_compress_struct c;
    dsc_jpeg_error error;
    struct jpeg_destination_mgr dest;
    dsc_buf *out;
    jpeg_scan_info scans[DSC_JPEG_MAX_SCANS];
    int scan_count;
    bool optimise;
} write_job;

/* ---- the scans ---- */

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

static dsc_status add_scan(write_job *job, const uint8_t *p, size_t n,
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

static dsc_status read_script(write_job *job, dsc_error *err)
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
static bool script_is_whole(const write_job *job)
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

/* ---- Huffman tables ---- */

static bool has_code(const JHUFF_TBL *table, unsigned symbol)
{
    unsigned n = 0;

    if (!table)
        return false;
    for (unsigned i = 1; i <= 16; i++)
        n += table->bits[i];
    for (unsigned i = 0; i < n && i < 256; i++) {
        if (table->huffval[i] == symbol)
            return true;
    }
    return false;
}

/* Bits of a coefficient, or of the difference of two. */
static unsigned category(int diff)
{
    unsigned v = (unsigned)(diff < 0 ? -diff : diff);
    return v ? 32u - (unsigned)__builtin_clz(v) : 0;
}

/* A bit for each DC category that coding component c in one scan takes. */
static unsigned dc_categories(write_job *job, int c)
{
    struct jpeg_decompress_struct *d = &job->reader->d;
    const jpeg_component_info *comp = &d->comp_info[c];
    bool alone = d->num_components == 1; /* its MCU is one block */
    JDIMENSION h = alone ? 1 : (JDIMENSION)comp->h_samp_factor;
    JDIMENSION v = alone ? 1 : (JDIMENSION)comp->v_samp_factor;
    JDIMENSION across = (comp->width_in_blocks + h - 1) / h;
    JDIMENSION down = (comp->height_in_blocks + v - 1) / v;
    unsigned seen = 1; /* padding blocks differ by nothing */
    uint64_t mcu = 0;
    int before = 0;

    for (JDIMENSION my = 0; my < down; my++) {
        JDIMENSION n = comp->height_in_blocks - my * v;
        JBLOCKARRAY rows;
        if (n > v)
            n = v;
        rows = d->mem->access_virt_barray(
            (j_common_ptr)d, job->reader->coefs[c], my * v, n, FALSE);
        for (JDIMENSION mx = 0; mx < across; mx++, mcu++) {
            if (d->restart_interval && mcu % d->restart_interval == 0)
                before = 0;
            for (JDIMENSION i = 0; i < n * h; i++) {
                JDIMENSION x = mx * h + i % h;
                if (x >= comp->width_in_blocks)
                    continue;
                seen |= 1u << category(rows[i / h][x][0] - before);
                before = rows[i / h][x][0];
            }
        }
    }
    return seen;
}

/* Does an AC table hold every symbol of 8-bit baseline and none beyond, as the
 * well-known ones of ISO 10918-1 K.3 do? What was read by it can be written by
 * it, then, whatever it is. */
static bool is_full_ac(const JHUFF_TBL *table)
{
    bool seen[256] = {false};
    unsigned n = 0;

    for (unsigned i = 1; table && i <= 16; i++)
        n += table->bits[i];
    for (unsigned i = 0; i < n && i < 256; i++)
        seen[table->huffval[i]] = true;
    for (unsigned v = 0; v < 256; v++) {
        unsigned size = v & 15;
        bool want = size ? size <= 10 : v == 0x00 || v == 0xF0;
        if (seen[v] != want)
            return false;
    }
    return true;
}

/* Where each coefficient comes in zigzag order. */
static const uint8_t zigzag[DCTSIZE2] = {
    0,  1,  5,  6,  14, 15, 27, 28, 2,  4,  7,  13, 16, 26, 29, 42,
    3,  8,  12, 17, 25, 30, 41, 43, 9,  11, 18, 24, 31, 40, 44, 53,
    10, 19, 23, 32, 39, 45, 52, 54, 20, 22, 33, 38, 46, 51, 55, 60,
    21, 34, 37, 47, 50, 56, 59, 61, 35, 36, 48, 49, 57, 58, 62, 63,
};

/* Mark the AC symbols that coding one block takes; bit `size` of used[run]. */
static void mark_block(uint32_t used[16], const JCOEF *block)
{
    uint8_t size[DCTSIZE2];
    uint64_t set = 0;
    unsigned last = 0;

    for (unsigned i = 0; i < DCTSIZE2; i += 4) {
        uint64_t four;
        memcpy(&four, block + i, sizeof four);
        if (!four)
            continue;
        for (unsigned k = i; k < i + 4; k++) {
            size[zigzag[k]] = (uint8_t)category(block[k]);
            set |= (uint64_t)(block[k] != 0) << zigzag[k];
        }
    }
    for (set &= ~(uint64_t)1; set; set &= set - 1) {
        unsigned at = (unsigned)__builtin_ctzll(set), run = at - last - 1;
        if (run > 15)
            used[15] |= 1;
        used[run & 15] |= 1u << size[at];
        last = at;
    }
    if (last < DCTSIZE2 - 1)
        used[0] |= 1;
}

static bool ac_suffices(write_job *job, int c)
{
    struct jpeg_decompress_struct *d = &job->reader->d;
    const jpeg_component_info *comp = &d->comp_info[c];
    const JHUFF_TBL *table = d->ac_huff_tbl_ptrs[comp->ac_tbl_no];
    uint32_t used[16] = {1}; /* padding blocks: end of block at once */

    if (is_full_ac(table))
        return true;
    for (JDIMENSION y = 0; y < comp->height_in_blocks; y++) {
        JBLOCKARRAY rows = d->mem->access_virt_barray(
            (j_common_ptr)d, job->reader->coefs[c], y, 1, FALSE);
        for (JDIMENSION x = 0; x < comp->width_in_blocks; x++)
            mark_block(used, rows[0][x]);
    }
    for (unsigned run = 0; run < 16; run++) {
        for (unsigned size = 0; used[run] >> size; size++) {
            if ((used[run] >> size & 1u) &&
                (size > 10 || !has_code(table, run << 4 | size)))
                return false;
        }
    }
    return true;
}

static bool dc_suffices(write_job *job, int c)
{
    const struct jpeg_decompress_struct *d = &job->reader->d;
    const JHUFF_TBL *table = d->dc_huff_tbl_ptrs[d->comp_info[c].dc_tbl_no];
    unsigned seen = dc_categories(job, c);

    for (unsigned k = 0; seen >> k; k++) {
        if ((seen >> k & 1u) && (k > 11 || !has_code(table, k)))
            return false;
    }
    return true;
}

static void choose_tables(void *arg)
{
    write_job *job = arg;
    const struct jpeg_decompress_struct *d = &job->reader->d;

    job->optimise = true;
    if (d->progressive_mode || job->scan_count != 1)
        return;
    for (int c = 0; c < d->num_components; c++) {
        if (!dc_suffices(job, c) || !ac_suffices(job, c))
            return;
    }
    job->optimise = false;
}

/* ---- writing ---- */

static void use_room(write_job *job)
{
    job->dest.next_output_byte = job->out->data + job->out->len;
    job->dest.free_in_buffer = job->out->cap - job->out->len;
}

static void more_room(write_job *job)
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
    write_job *job = c->client_data;

    job->out->len = job->out->cap; /* libjpeg calls it only when all is used */
    more_room(job);
    return TRUE;
}

static void dest_term(j_compress_ptr c)
{
    write_job *job = c->client_data;
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

static void copy_tables(write_job *job)
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
static void write_segments(write_job *job)
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
    write_job *job = arg;
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

/* The stream could be read, so that what cannot be written is no fault of the
 * file's. */
static dsc_status run(write_job *job, dsc_error *err)
{
    dsc_error why = DSC_ERROR_INIT;
    dsc_status st;

    job->dest.init_destination = dest_init;
    job->dest.empty_output_buffer = dest_full;
    job->dest.term_destination = dest_term;
    job->c.err = dsc_codec__jpeg_error_init(&job->error);
    st = dsc_codec__jpeg_guard(&job->error, write_stream, job, &why);
    jpeg_destroy_compress(&job->c);
    if (st == DSC_BADFILE)
        st = DSC_UNSUPPORTED;
    return st ? dsc_fail(err, st, "writing back: %s", why.msg) : DSC_OK;
}

dsc_status dsc_codec__jpeg_write(dsc_buf *out, dsc_jpeg_reader *reader,
                                 dsc_error *err)
{
    write_job *job = dsc_alloc(sizeof *job);
    dsc_status st;

    out->len = 0;
    if (!job)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    job->reader = reader;
    job->out = out;
    if ((st = read_script(job, err)) ||
        (st = dsc_codec__jpeg_guard(&reader->error, choose_tables, job, err)) ||
        (st = dsc_buf_reserve(out, reader->in.len + OUT_CHUNK, err)) ||
        (st = run(job, err)))
        out->len = 0;
    else
        keep_sof(out, reader->marks.sof);
    dsc_free(job);
    return st;
}
