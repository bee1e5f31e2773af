/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that do not fit 32 bits of length or of memory. The native one has
 * 2.5 GiB and is sparse; it is made only where DSC_SLOW is set.
 */
#include "build.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static long peak_kib(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

static void put_at(int fd, off_t at, const char *text)
{
    cr_assert_eq(pwrite(fd, text, 4, at), 4);
}

Test(large, native_clip_over_2_gib, .timeout = 300)
{
    enum {
        FRAMES = 2500,
        FRAME = 1024 * 1024
    };
    image i = {1024, 1024, 1, 8, 8, "MONOCHROME2", "2500", 0, 0};
    char name[] = "/tmp/dsc-large-XXXXXX";
    dsc_buf frame = {0};
    dsc_dicom *ds;
    maker m = {0};
    long before;
    int fd;

    if (!getenv("DSC_SLOW"))
        cr_skip_test("DSC_SLOW is not set");
    fd = mkstemp(name);
    cr_assert_geq(fd, 0);
    put_meta(&m, EXPLICIT);
    put_identity(&m);
    put_image(&m, &i);
    put_header(&m, DSC_TAG(0x7FE0, 0x10), "OB", (uint32_t)FRAMES * FRAME);
    cr_assert_eq(write(fd, m.out.data, m.out.len), (ssize_t)m.out.len);
    cr_assert_eq(ftruncate(fd, (off_t)m.out.len + (off_t)FRAMES * FRAME), 0);
    put_at(fd, (off_t)m.out.len + (off_t)2400 * FRAME, "here");
    before = peak_kib();
    cr_assert_eq(dsc_dicom_open(&ds, name, NULL, NULL), DSC_OK);
    cr_assert_eq(dsc_dicom_check_frames(ds, NULL), DSC_OK);
    for (uint32_t f = 0; f < FRAMES; f++) {
        cr_assert_eq(dsc_dicom_frame(ds, f, &frame, NULL), DSC_OK);
        cr_assert_eq(frame.len, FRAME);
        cr_assert_eq(!memcmp(frame.data, "here", 4), f == 2400);
    }
    cr_assert_lt(peak_kib() - before, 16 * 1024);
    dsc_dicom_free(&ds);
    dsc_buf_free(&frame);
    dsc_buf_free(&m.out);
    close(fd);
    unlink(name);
}

Test(large, memory_does_not_grow_with_encapsulated_frames, .timeout = 120)
{
    enum {
        FRAMES = 3000,
        SIZE = 65536
    };
    image i = {64, 64, 1, 8, 8, "MONOCHROME2", "3000", 0, 0};
    char name[] = "/tmp/dsc-large-XXXXXX";
    dsc_buf frame = {0};
    dsc_dicom *ds;
    maker m = {0};
    off_t at;
    long before;
    int fd = mkstemp(name);

    cr_assert_geq(fd, 0);
    put_meta(&m, JPEG);
    put_identity(&m);
    put_image(&m, &i);
    put_header(&m, DSC_TAG(0x7FE0, 0x10), "OB", OPEN);
    put_item(&m, 0);
    at = (off_t)m.out.len;
    cr_assert_eq(pwrite(fd, m.out.data, m.out.len, 0), (ssize_t)m.out.len);
    for (int f = 0; f < FRAMES; f++) {
        m.out.len = 0;
        put_item(&m, SIZE);
        cr_assert_eq(pwrite(fd, m.out.data, 8, at), 8);
        put_at(fd, at + 8, "data");
        at += 8 + SIZE;
    }
    m.out.len = 0;
    put_sequence_end(&m);
    cr_assert_eq(pwrite(fd, m.out.data, 8, at), 8);
    before = peak_kib();
    cr_assert_eq(dsc_dicom_open(&ds, name, NULL, NULL), DSC_OK);
    for (uint32_t f = 0; f < FRAMES; f++)
        cr_assert_eq(dsc_dicom_frame(ds, f, &frame, NULL), DSC_OK);
    cr_assert_lt(peak_kib() - before, 16 * 1024);
    dsc_dicom_free(&ds);
    dsc_buf_free(&frame);
    dsc_buf_free(&m.out);
    close(fd);
    unlink(name);
}
