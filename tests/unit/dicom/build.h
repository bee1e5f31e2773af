/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes DICOM byte by byte, independent of the code under test, and says
 * nothing about what is valid.
 */
#ifndef DSC_TESTS_UNIT_DICOM_BUILD_H
#define DSC_TESTS_UNIT_DICOM_BUILD_H

#include "dicom/dicom.h"

#define IMPLICIT "1.2.840.10008.1.2"
#define EXPLICIT "1.2.840.10008.1.2.1"
#define DEFLATED "1.2.840.10008.1.2.1.99"
#define BIG      "1.2.840.10008.1.2.2"
#define JPEG     "1.2.840.10008.1.2.4.50"
#define J2K      "1.2.840.10008.1.2.4.90"
#define RLE      "1.2.840.10008.1.2.5"
#define HTJ2K    "1.2.840.10008.1.2.4.201"
#define MPEG     "1.2.840.10008.1.2.4.102"
#define OPEN     0xFFFFFFFFu /* undefined length */

typedef struct maker {
    dsc_buf out;
    bool big, implicit;
} maker;

void put_bytes(maker *m, const void *p, size_t n);
void put16(maker *m, uint32_t v);
void put32(maker *m, uint32_t v);
/* Header alone; `length` as it is. */
void put_header(maker *m, uint32_t tag, const char *vr, uint32_t length);
/* Whole element, value bytes as they are. */
void put_raw(maker *m, uint32_t tag, const char *vr, const void *p, size_t n);
/* Text padded to even length. */
void put_text(maker *m, uint32_t tag, const char *vr, const char *text);
void put_us(maker *m, uint32_t tag, uint16_t v);
void put_item(maker *m, uint32_t length);
void put_item_end(maker *m);
void put_sequence_end(maker *m);
/* Preamble, "DICM" and File Meta; sets the byte order for what follows. */
void put_meta(maker *m, const char *syntax);
/* SOP Class and Instance UID. */
void put_identity(maker *m);

typedef struct image {
    uint16_t rows, columns, samples, allocated, stored;
    const char *photometric;
    const char *frames; /* NULL: none */
    bool planar, is_signed;
} image;
/* The Image Pixel attributes of an ordinary image. */
void put_image(maker *m, const image *i);
/* 8-bit monochrome, 4 x 4. */
extern const image small_image;

/* Open what was made; the maker must live on. */
dsc_status open_made(dsc_dicom **ds, const maker *m, dsc_error *err);
/* Write to a scratch file and read that back into `bytes`. */
dsc_status write_made(dsc_dicom *ds, const dsc_write_options *options,
                      dsc_buf *bytes, dsc_error *err);
dsc_write_options plain_options(void);
/* Deflate what follows offset `from`. */
void deflate_tail(maker *m, size_t from);
/* 0 when they are the same; tells where they differ. */
int compare_bytes(const char *what, const uint8_t *a, size_t na,
                  const uint8_t *b, size_t nb);

/* Call as the last statement of a test: Criterion hides leaks at exit. */
#if defined(__SANITIZE_ADDRESS__)
# include <sanitizer/lsan_interface.h>
# define CHECK_LEAKS() cr_assert_eq(__lsan_do_recoverable_leak_check(), 0)
#else
# define CHECK_LEAKS() (void)0
#endif

#endif
