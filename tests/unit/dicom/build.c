/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

const image small_image = {4, 4, 1, 8, 8, "MONOCHROME2", NULL, false, false};

void put_bytes(maker *m, const void *p, size_t n)
{
    if (dsc_buf_append(&m->out, p, n, NULL))
        abort();
}

void put16(maker *m, uint32_t v)
{
    uint8_t p[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
    uint8_t q[2] = {p[1], p[0]};
    put_bytes(m, m->big ? q : p, 2);
}

void put32(maker *m, uint32_t v)
{
    put16(m, m->big ? v >> 16 : v & 0xFFFF);
    put16(m, m->big ? v & 0xFFFF : v >> 16);
}

static bool long_form(const char *vr)
{
    return strstr("OB OD OF OL OV OW SQ SV UC UN UR UT UV", vr) != NULL;
}

void put_header(maker *m, uint32_t tag, const char *vr, uint32_t length)
{
    put16(m, tag >> 16);
    put16(m, tag & 0xFFFF);
    if (!m->implicit) {
        put_bytes(m, vr, 2);
        if (!long_form(vr)) {
            put16(m, length);
            return;
        }
        put16(m, 0);
    }
    put32(m, length);
}

void put_raw(maker *m, uint32_t tag, const char *vr, const void *p, size_t n)
{
    put_header(m, tag, vr, (uint32_t)n);
    put_bytes(m, p, n);
}

void put_text(maker *m, uint32_t tag, const char *vr, const char *text)
{
    size_t n = strlen(text);

    put_header(m, tag, vr, (uint32_t)(n + (n & 1)));
    put_bytes(m, text, n);
    if (n & 1)
        put_bytes(m, strcmp(vr, "UI") ? " " : "", 1);
}

void put_us(maker *m, uint32_t tag, uint16_t v)
{
    put_header(m, tag, "US", 2);
    put16(m, v);
}

void put_item(maker *m, uint32_t length)
{
    put16(m, 0xFFFE);
    put16(m, 0xE000);
    put32(m, length);
}

void put_item_end(maker *m)
{
    put16(m, 0xFFFE);
    put16(m, 0xE00D);
    put32(m, 0);
}

void put_sequence_end(maker *m)
{
    put16(m, 0xFFFE);
    put16(m, 0xE0DD);
    put32(m, 0);
}

void put_meta(maker *m, const char *syntax)
{
    static const uint8_t zeros[128];

    m->big = m->implicit = false;
    put_bytes(m, zeros, sizeof zeros);
    put_bytes(m, "DICM", 4);
    put_raw(m, DSC_TAG(2, 1), "OB", "\0\1", 2);
    put_text(m, DSC_TAG(2, 2), "UI", "1.2.840.10008.5.1.4.1.1.7");
    put_text(m, DSC_TAG(2, 3), "UI", "1.2.3.4.5");
    put_text(m, DSC_TAG(2, 0x10), "UI", syntax);
    put_text(m, DSC_TAG(2, 0x16), "AE", "SECRETAE");
    m->big = !strcmp(syntax, BIG);
    m->implicit = !strcmp(syntax, IMPLICIT);
}

void put_identity(maker *m)
{
    put_text(m, DSC_TAG(8, 0x16), "UI", "1.2.840.10008.5.1.4.1.1.7");
    put_text(m, DSC_TAG(8, 0x18), "UI", "1.2.3.4.5");
}

void put_image(maker *m, const image *i)
{
    put_us(m, DSC_TAG(0x28, 2), i->samples);
    put_text(m, DSC_TAG(0x28, 4), "CS", i->photometric);
    if (i->samples > 1)
        put_us(m, DSC_TAG(0x28, 6), i->planar);
    if (i->frames)
        put_text(m, DSC_TAG(0x28, 8), "IS", i->frames);
    put_us(m, DSC_TAG(0x28, 0x10), i->rows);
    put_us(m, DSC_TAG(0x28, 0x11), i->columns);
    put_us(m, DSC_TAG(0x28, 0x100), i->allocated);
    put_us(m, DSC_TAG(0x28, 0x101), i->stored);
    put_us(m, DSC_TAG(0x28, 0x102), (uint16_t)(i->stored - 1));
    put_us(m, DSC_TAG(0x28, 0x103), i->is_signed);
}

dsc_status open_made(dsc_dicom **ds, const maker *m, dsc_error *err)
{
    return dsc_dicom_open_memory(ds, m->out.data, m->out.len, NULL, err);
}

dsc_write_options plain_options(void)
{
    return (dsc_write_options){.implementation_class_uid = "1.2.3.4",
                               .implementation_version_name = "TEST_1"};
}

dsc_status write_made(dsc_dicom *ds, const dsc_write_options *options,
                      dsc_buf *bytes, dsc_error *err)
{
    char path[64];
    dsc_outfile *out = NULL;
    dsc_status st;

    snprintf(path, sizeof path, "/tmp/dsc-unit-dicom-%d/out", (int)getpid());
    st = dsc_outfile_create(&out, path, err);
    if (!st)
        st = dsc_dicom_write(ds, out, options, err);
    if (!st)
        st = dsc_outfile_flush(out, err);
    if (!st)
        st = dsc_read_file(bytes, dsc_outfile_temp_path(out), 1 << 26, err);
    dsc_outfile_abort(&out);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    return st;
}

void deflate_tail(maker *m, size_t from)
{
    z_stream z = {0};
    size_t n = m->out.len - from, room = n + n / 100 + 64;
    uint8_t *packed = malloc(room);

    if (!packed || deflateInit2(&z, 9, Z_DEFLATED, -15, 8, 0) != Z_OK)
        abort();
    z.next_in = m->out.data + from;
    z.avail_in = (uInt)n;
    z.next_out = packed;
    z.avail_out = (uInt)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    m->out.len = from;
    put_bytes(m, packed, room - z.avail_out);
    deflateEnd(&z);
    free(packed);
}

int compare_bytes(const char *what, const uint8_t *a, size_t na,
                  const uint8_t *b, size_t nb)
{
    size_t n = na < nb ? na : nb;

    for (size_t i = 0; i < n; i++) {
        if (a[i] != b[i]) {
            fprintf(stderr, "%s: byte %zu is %02x, not %02x\n", what, i, b[i],
                    a[i]);
            return 1;
        }
    }
    if (na != nb)
        fprintf(stderr, "%s: %zu bytes, not %zu\n", what, nb, na);
    return na != nb;
}
