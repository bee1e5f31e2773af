/* SPDX-License-Identifier: Apache-2.0
 *
 * Palettes and overlay planes.
 */
#include "build.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* ---- palettes ---- */

typedef struct palette {
    uint16_t count, first, bits;
    const char *data;
    size_t length;
    bool segmented;
    dsc_status st;
    const char *want; /* of one channel */
} palette;

static dsc_status load_palette(const palette *p, uint8_t **rgb, uint32_t *count,
                               int32_t *first, dsc_error *err)
{
    maker m = {0};
    dsc_dicom *ds;
    dsc_status st;

    put_meta(&m, EXPLICIT);
    put_identity(&m);
    put_image(&m, &small_image);
    for (uint32_t c = 0; c < 3; c++) {
        put_header(&m, DSC_TAG(0x28, 0x1101 + c), "US", 6);
        put16(&m, p->count);
        put16(&m, p->first);
        put16(&m, p->bits);
    }
    for (uint32_t c = 0; c < 3; c++)
        put_raw(&m, DSC_TAG(0x28, (p->segmented ? 0x1221 : 0x1201) + c), "OW",
                p->data, p->length);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    st = dsc_dicom_palette(ds, rgb, count, first, err);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
    return st;
}

static const palette palettes[] = {
    {4, 0, 8, "\1\2\3\4", 4, false, DSC_OK, "\1\2\3\4"},
    {4, 0, 8, "\1\0\2\0\3\0\4\0", 8, false, DSC_OK, "\1\2\3\4"},
    {3, 5, 8, "\1\2\3\0", 4, false, DSC_OK, "\1\2\3"},
    {4, 0, 16, "\0\1\0\2\0\3\0\4", 8, false, DSC_OK, "\1\2\3\4"},
    /* says 16 bits, fills 8 */
    {4, 0, 16, "\1\0\2\0\3\0\4\0", 8, false, DSC_OK, "\1\2\3\4"},
    {4, 0, 16, "\0\1\0\2\0\3", 6, false, DSC_BADFILE, NULL},
    {4, 0, 16, "\0\1\0\2\0\3\0\4\0\5\0\6", 12, false, DSC_BADFILE, NULL},
    {4, 0, 8, "\1\2", 2, false, DSC_BADFILE, NULL},
    {0, 0, 16, "\1\2", 2, false, DSC_BADFILE, NULL}, /* 65536 entries */
    {4, 0, 0, "\1\2\3\4", 4, false, DSC_BADFILE, NULL},
    {4, 0, 32, "\1\2\3\4", 4, false, DSC_BADFILE, NULL},
    {4, 0, 8, "", 0, false, DSC_BADFILE, NULL},
    /* discrete 2, then a line of 4 to 0x0900 */
    {6, 0, 16, "\0\0\2\0\0\1\0\1\1\0\4\0\0\11", 14, true, DSC_OK,
     "\1\1\3\5\7\11"},
    /* the discrete segment again, by reference */
    {4, 0, 16, "\0\0\2\0\0\1\0\2\2\0\1\0\0\0\0\0", 16, true, DSC_OK,
     "\1\2\1\2"},
    /* a line without a start, references forward, to itself, nonsense */
    {6, 0, 16, "\1\0\4\0\0\11", 6, true, DSC_BADFILE, NULL},
    {6, 0, 16, "\2\0\1\0\0\0\0\0", 8, true, DSC_BADFILE, NULL},
    {6, 0, 16, "\2\0\1\0\100\0\0\0", 8, true, DSC_BADFILE, NULL},
    {6, 0, 16, "\2\0\377\377\377\377\377\377", 8, true, DSC_BADFILE, NULL},
    {6, 0, 16, "\7\0\1\0\0\0", 6, true, DSC_BADFILE, NULL},
    {6, 0, 16, "\0\0\100\0\0\1", 6, true, DSC_BADFILE, NULL},
    {6, 0, 16, "\0\0\0\0\0\0\0\0", 8, true, DSC_BADFILE, NULL},
    {6, 0, 16, "", 0, true, DSC_BADFILE, NULL},
};

Test(palette, forms)
{
    for (size_t i = 0; i < sizeof palettes / sizeof *palettes; i++) {
        const palette *p = &palettes[i];
        uint8_t *rgb = NULL;
        uint32_t count = 0;
        int32_t first = -1;
        dsc_error err = DSC_ERROR_INIT;

        cr_assert_eq(load_palette(p, &rgb, &count, &first, &err), p->st,
                     "case %zu: %s", i, err.msg);
        cr_assert_eq(rgb != NULL, p->st == DSC_OK);
        if (p->st)
            continue;
        cr_assert_eq(count, p->count);
        cr_assert_eq(first, p->first);
        for (uint32_t k = 0; k < count * 3; k++)
            cr_assert_eq(rgb[k], (uint8_t)p->want[k / 3], "case %zu at %u", i,
                         k);
        dsc_free(rgb);
    }
    CHECK_LEAKS();
}

Test(palette, count_zero_means_65536)
{
    static char data[131072];
    palette p = {0, 0, 16, data, sizeof data, false, DSC_OK, NULL};
    uint8_t *rgb;
    uint32_t count;
    int32_t first;

    data[131071] = 9;
    cr_assert_eq(load_palette(&p, &rgb, &count, &first, NULL), DSC_OK);
    cr_assert_eq(count, 65536);
    cr_assert_eq(rgb[65535 * 3], 9);
    dsc_free(rgb);
}

/* ---- overlays ---- */

static void put_overlay(maker *m, uint32_t group, uint16_t rows, uint16_t cols,
                        const char *frames, const void *data, size_t n)
{
    put_us(m, DSC_TAG(group, 0x10), rows);
    put_us(m, DSC_TAG(group, 0x11), cols);
    if (frames)
        put_text(m, DSC_TAG(group, 0x15), "IS", frames);
    put_raw(m, DSC_TAG(group, 0x50), "SS", "\xfe\xff\3\0", 4);
    if (m->big) {
        m->out.len -= 4;
        put_bytes(m, "\xff\xfe\0\3", 4);
    }
    put_us(m, DSC_TAG(group, 0x100), data ? 1 : 16);
    put_us(m, DSC_TAG(group, 0x102), data ? 0 : 12);
    if (data)
        put_raw(m, DSC_TAG(group, 0x3000), "OW", data, n);
}

Test(overlay, planes)
{
    for (int big = 0; big < 2; big++) {
        maker m = {0};
        dsc_buf bits = {0}, bytes = {0};
        dsc_dicom *ds, *again;
        dsc_overlay o[2];
        dsc_write_options w = plain_options();
        static const uint8_t want[] = {1, 1, 1, 0, 0, 1, 0, 0, 1};

        put_meta(&m, big ? BIG : EXPLICIT);
        put_identity(&m);
        /* two frames of 3 x 3: 001 001 001 and 111 001 001, bit by bit */
        put_overlay(&m, 0x6000, 3, 3, "2",
                    big ? "\x4F\x24\0\2" : "\x24\x4F\2\0", 4);
        put_overlay(&m, 0x6010, 4, 4, NULL, NULL, 0);
        cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
        cr_assert_eq(dsc_dicom_overlays(ds, o, 1), 2);
        cr_assert_eq(dsc_dicom_overlays(ds, o, 2), 2);
        cr_assert_eq(o[0].frames, 2);
        cr_assert_eq(o[0].origin_row, -2);
        cr_assert_eq(o[0].origin_column, 3);
        cr_assert_not(o[0].embedded);
        cr_assert(o[1].embedded);
        cr_assert_eq(o[1].bit_position, 12);
        cr_assert_eq(dsc_dicom_overlay_bits(ds, &o[1], 0, &bits, NULL),
                     DSC_INTERNAL);
        cr_assert_eq(dsc_dicom_overlay_bits(ds, &o[0], 2, &bits, NULL),
                     DSC_BADFILE);
        cr_assert_eq(dsc_dicom_overlay_bits(ds, &o[0], 1, &bits, NULL), DSC_OK);
        cr_assert_eq(compare_bytes("bits", want, 9, bits.data, bits.len), 0);
        memset(bits.data, 0, bits.len);
        bits.data[8] = 1;
        cr_assert_eq(dsc_dicom_set_overlay_bits(ds, &o[0], 1, &bits, NULL),
                     DSC_OK);
        bits.len--;
        cr_assert_eq(dsc_dicom_set_overlay_bits(ds, &o[0], 1, &bits, NULL),
                     DSC_INTERNAL);
        cr_assert_eq(write_made(ds, &w, &bytes, NULL), DSC_OK);
        cr_assert_eq(
            dsc_dicom_open_memory(&again, bytes.data, bytes.len, NULL, NULL),
            DSC_OK);
        cr_assert_eq(dsc_dicom_overlay_bits(again, &o[0], 0, &bits, NULL),
                     DSC_OK);
        cr_assert_eq(compare_bytes("first",
                                   (const uint8_t *)"\0\0\1\0\0\1\0\0\1", 9,
                                   bits.data, bits.len),
                     0);
        cr_assert_eq(dsc_dicom_overlay_bits(again, &o[0], 1, &bits, NULL),
                     DSC_OK);
        cr_assert_eq(compare_bytes("second",
                                   (const uint8_t *)"\0\0\0\0\0\0\0\0\1", 9,
                                   bits.data, bits.len),
                     0);
        dsc_dicom_free(&ds);
        dsc_dicom_free(&again);
        dsc_buf_free(&bits);
        dsc_buf_free(&bytes);
        dsc_buf_free(&m.out);
    }
    CHECK_LEAKS();
}

Test(overlay, broken_ones_are_listed_and_refused)
{
    maker m = {0};
    dsc_buf bits = {0};
    dsc_dicom *ds;
    dsc_overlay o[3];

    put_meta(&m, EXPLICIT);
    put_identity(&m);
    put_overlay(&m, 0x6000, 65535, 65535, "1000", "\1\2", 2);
    put_overlay(&m, 0x6002, 0, 3, NULL, "\1\2", 2);
    put_raw(&m, DSC_TAG(0x6004, 0x3000), "OW", "\1\2", 2);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_overlays(ds, o, 3), 3);
    for (int i = 0; i < 3; i++) {
        dsc_status st = dsc_dicom_overlay_bits(ds, &o[i], 0, &bits, NULL);
        cr_assert_eq(st, i ? DSC_BADFILE : DSC_LIMIT);
        cr_assert_eq(bits.len, 0);
    }
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
    CHECK_LEAKS();
}
