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
 * the blank blocks need; it is added then, at the end of the code. Streams of
 * several scans, whose tables may differ from scan to scan, get optimal ones,
 * at the price of a second pass. libjpeg-turbo writes garbage for a symbol
 * without a code, so that the symbols are counted first. */
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
    bool late_tables; /* Huffman tables behind the first scan */
    bool optimise;
    JHUFF_TBL dc[NUM_HUFF_TBLS], ac[NUM_HUFF_TBLS]; /* to write with */
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
        job->late_tables |= marker == 0xC4 && job->scan_count;
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

/* Sizes of baseline: no others can be written. */
#define DC_SIZES 0x0FFFu
#define AC_SIZES 0x07FFu

/* A set of symbols: run << 4 | size of AC, size of DC. */
typedef struct symbols {
    uint32_t run[16]; /* bit `size` of each run */
} symbols;

static unsigned table_count(const JHUFF_TBL *table)
{
    unsigned n = 0;

    for (unsigned i = 1; i <= 16; i++)
        n += table->bits[i];
    return n < 256 ? n : 256;
}

static symbols table_symbols(const JHUFF_TBL *table)
{
    symbols s = {{0}};

    for (unsigned i = 0, n = table_count(table); i < n; i++)
        s.run[table->huffval[i] >> 4] |= 1u << (table->huffval[i] & 15);
    return s;
}

/* Bits of a coefficient, or of the difference of two. */
static unsigned category(int diff)
{
    unsigned v = (unsigned)(diff < 0 ? -diff : diff);
    return v ? 32u - (unsigned)__builtin_clz(v) : 0;
}

typedef struct dc_walk {
    JDIMENSION restart, mcu;
    int before;
    uint32_t seen; /* bit for each category */
    int last;      /* all last coefficients of the blocks, or-ed */
} dc_walk;

/* One row of MCUs of h x n blocks. */
static void walk_row(dc_walk *w, JBLOCKARRAY rows, JDIMENSION n, JDIMENSION h,
                     JDIMENSION width)
{
    for (JDIMENSION x = 0; x < width; x += h, w->mcu++) {
        JDIMENSION end = x + h < width ? x + h : width;
        if (w->restart && w->mcu == w->restart)
            w->mcu = w->before = 0;
        for (JDIMENSION y = 0; y < n; y++) {
            for (JDIMENSION i = x; i < end; i++) {
                w->seen |= 1u << category(rows[y][i][0] - w->before);
                w->before = rows[y][i][0];
                w->last |= rows[y][i][DCTSIZE2 - 1];
            }
        }
    }
}

/* What coding component c in one scan takes of the DC table. */
static dc_walk walk_dc(write_job *job, int c)
{
    struct jpeg_decompress_struct *d = &job->reader->d;
    const jpeg_component_info *comp = &d->comp_info[c];
    bool alone = d->num_components == 1; /* its MCU is one block */
    JDIMENSION h = alone ? 1 : (JDIMENSION)comp->h_samp_factor;
    JDIMENSION v = alone ? 1 : (JDIMENSION)comp->v_samp_factor;
    dc_walk w = {.restart = d->restart_interval};

    w.seen = 1; /* padding blocks differ by nothing */
    for (JDIMENSION y = 0; y < comp->height_in_blocks; y += v) {
        JDIMENSION n = comp->height_in_blocks - y;
        n = n < v ? n : v;
        walk_row(&w,
                 d->mem->access_virt_barray((j_common_ptr)d,
                                            job->reader->coefs[c], y, n, FALSE),
                 n, h, comp->width_in_blocks);
    }
    return w;
}

static void mark_value(symbols *used, unsigned run, int value)
{
    if (run > 15)
        used->run[15] |= 1;
    used->run[run & 15] |= 1u << category(value);
}

/* Mark the AC symbols that coding one block takes. */
static void mark_block(symbols *used, const JCOEF *block)
{
    unsigned run = 0;

    for (unsigned k = 1; k < DCTSIZE2; k++) {
        int value = block[dsc_jpeg_natural[k]];
        if (value)
            mark_value(used, run, value);
        run = value ? 0 : run + 1;
    }
    if (run)
        used->run[0] |= 1;
}

/* The same for its last coefficient alone, which is not 0. */
static void mark_last(symbols *used, const JCOEF *block)
{
    unsigned run = 0;

    while (run < DCTSIZE2 - 2 && !block[dsc_jpeg_natural[DCTSIZE2 - 2 - run]])
        run++;
    mark_value(used, run, block[DCTSIZE2 - 1]);
}

/* Every symbol of baseline, as in the well-known tables of ISO 10918-1 K.3. */
static bool is_full_ac(const symbols *have)
{
    for (unsigned run = 0; run < 16; run++) {
        if (~have->run[run] & AC_SIZES & ~1u)
            return false;
    }
    return (have->run[0] & 1) && (have->run[15] & 1);
}

/* The AC symbols that component c takes and that its table may lack. What was
 * read by a table can be written by it: a run of zeros and a value have one
 * code. But for the end of block, which some tables write in several ways, and
 * the last coefficient, where libjpeg lets runs end that are too long. */
static void mark_ac(write_job *job, int c, const JHUFF_TBL *table,
                    bool any_last, symbols *used)
{
    struct jpeg_decompress_struct *d = &job->reader->d;
    const jpeg_component_info *comp = &d->comp_info[c];
    symbols have = table_symbols(table);
    bool all = job->late_tables;

    for (unsigned run = 0; run < 16; run++)
        all |= (have.run[run] & ~AC_SIZES) != 0;
    used->run[0] |= 1; /* blank and padding blocks: end of block at once */
    if (!all && (!any_last || is_full_ac(&have)))
        return;
    for (JDIMENSION y = 0; y < comp->height_in_blocks; y++) {
        JBLOCKARRAY rows = d->mem->access_virt_barray(
            (j_common_ptr)d, job->reader->coefs[c], y, 1, FALSE);
        for (JDIMENSION x = 0; x < comp->width_in_blocks; x++) {
            if (all)
                mark_block(used, rows[0][x]);
            else if (rows[0][x][DCTSIZE2 - 1])
                mark_last(used, rows[0][x]);
        }
    }
}

/* Lengthen the rarest codes until `room`, the unused ones of 16 bits, are as
 * many as wanted. The order of the symbols stays. */
static bool make_room(JHUFF_TBL *table, uint32_t *room, uint32_t want)
{
    for (unsigned len = 15; len && *room < want;) {
        if (!table->bits[len] || table->bits[len + 1] == 255) {
            len--;
            continue;
        }
        table->bits[len]--;
        table->bits[len + 1]++;
        *room += 1u << (15 - len);
        len = len < 15 ? len + 1 : len;
    }
    return *room >= want;
}

/* Give each symbol of `missing` a code behind those of its length; the code
 * of nothing but ones stays unused, as the standard has it. */
static bool add_symbols(JHUFF_TBL *table, const symbols *missing)
{
    uint8_t list[256];
    uint32_t n = 0, room = 65536, len = 16, at = 0;
    unsigned had = table_count(table);

    for (unsigned s = 0; s < 256; s++) {
        if (missing->run[s >> 4] >> (s & 15) & 1u)
            list[n++] = (uint8_t)s;
    }
    if (!n)
        return true;
    for (unsigned i = 1; i <= 16; i++) {
        if (table->bits[i] * (65536u >> i) > room)
            return false;
        room -= table->bits[i] * (65536u >> i);
    }
    if (had + n > 256 || !make_room(table, &room, n + 1))
        return false;
    while (len > 1 && n << (17 - len) < room)
        len--;
    if (table->bits[len] + n > 255)
        return false;
    for (unsigned i = 1; i <= len; i++)
        at += table->bits[i];
    memmove(table->huffval + at + n, table->huffval + at, had - at);
    memcpy(table->huffval + at, list, n);
    table->bits[len] = (UINT8)(table->bits[len] + n);
    return true;
}

static bool complete_table(JHUFF_TBL *table, const symbols *used,
                           uint32_t sizes)
{
    symbols have = table_symbols(table), missing;

    for (unsigned run = 0; run < 16; run++) {
        if (used->run[run] & ~sizes)
            return false;
        missing.run[run] = used->run[run] & ~have.run[run];
    }
    return add_symbols(table, &missing);
}

/* The stream's own tables, completed. */
static bool keep_tables(write_job *job)
{
    const struct jpeg_decompress_struct *d = &job->reader->d;
    symbols dc[NUM_HUFF_TBLS] = {{{0}}}, ac[NUM_HUFF_TBLS] = {{{0}}};

    for (int c = 0; c < d->num_components; c++) {
        int i = d->comp_info[c].dc_tbl_no, k = d->comp_info[c].ac_tbl_no;
        if (!d->dc_huff_tbl_ptrs[i] || !d->ac_huff_tbl_ptrs[k])
            return false;
        job->dc[i] = *d->dc_huff_tbl_ptrs[i];
        job->ac[k] = *d->ac_huff_tbl_ptrs[k];
        dc_walk w = walk_dc(job, c);
        dc[i].run[0] |= w.seen;
        mark_ac(job, c, &job->ac[k], w.last != 0, &ac[k]);
    }
    for (int i = 0; i < NUM_HUFF_TBLS; i++) {
        if (!complete_table(&job->dc[i], &dc[i], DC_SIZES) ||
            !complete_table(&job->ac[i], &ac[i], AC_SIZES))
            return false;
    }
    return true;
}

static void choose_tables(void *arg)
{
    write_job *job = arg;

    job->optimise = job->reader->d.progressive_mode || job->scan_count != 1 ||
                    !keep_tables(job);
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
    if (!*to)
        *to = jpeg_alloc_huff_table((j_common_ptr)c);
    memcpy((*to)->bits, from->bits, sizeof from->bits);
    memcpy((*to)->huffval, from->huffval, sizeof from->huffval);
    (*to)->sent_table = FALSE;
}

static void copy_tables(write_job *job)
{
    const struct jpeg_decompress_struct *d = &job->reader->d;

    for (int i = 0; i < d->num_components; i++) {
        int dc = d->comp_info[i].dc_tbl_no, ac = d->comp_info[i].ac_tbl_no;
        copy_table(&job->c, &job->c.dc_huff_tbl_ptrs[dc], &job->dc[dc]);
        copy_table(&job->c, &job->c.ac_huff_tbl_ptrs[ac], &job->ac[ac]);
        job->c.comp_info[i].dc_tbl_no = dc;
        job->c.comp_info[i].ac_tbl_no = ac;
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
