/* SPDX-License-Identifier: Apache-2.0
 *
 * CPU time of the header work: planning, applying and checking the profile,
 * for an instance of 300 attributes and for structured reports of up to
 * 100,000 content items.
 *
 *   bench_deid */
#include "deid/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must(dsc_status st, const dsc_error *err)
{
    if (st) {
        fprintf(stderr, "bench_deid: %s\n", err->msg);
        exit(1);
    }
}

static void bytes(dsc_buf *b, const void *p, size_t n)
{
    must(dsc_buf_append(b, p, n, NULL), &(dsc_error){DSC_NOMEM, "memory"});
}

/* Implicit VR Little Endian. */
static void header(dsc_buf *b, uint32_t tag, uint32_t length)
{
    uint8_t h[8] = {
        (uint8_t)(tag >> 16),    (uint8_t)(tag >> 24),   (uint8_t)tag,
        (uint8_t)(tag >> 8),     (uint8_t)length,        (uint8_t)(length >> 8),
        (uint8_t)(length >> 16), (uint8_t)(length >> 24)};
    bytes(b, h, sizeof h);
}

static void text(dsc_buf *b, uint32_t tag, const char *value)
{
    size_t n = strlen(value);

    header(b, tag, (uint32_t)(n + n % 2));
    bytes(b, value, n);
    if (n % 2)
        bytes(b, " ", 1);
}

static void start(dsc_buf *b, const char *sop_class)
{
    text(b, 0x00080016, sop_class);
    text(b, 0x00080018, "1.2.3.4");
    text(b, 0x00080020, "20240131");
    text(b, 0x00080060, "US");
}

/* 300 attributes: what an ultrasound machine writes, a private block, and a
 * sequence of regions. */
static void instance(dsc_buf *b)
{
    start(b, "1.2.840.10008.5.1.4.1.1.6.1");
    text(b, 0x00080080, "General Hospital");
    text(b, 0x00081030, "Echo of Doe, John");
    header(b, 0x00081140, 20 * (8 + 2 * 8 + 28 + 12));
    for (int i = 0; i < 20; i++) {
        header(b, 0xFFFEE000, 2 * 8 + 28 + 12);
        text(b, 0x00081150, "1.2.840.10008.5.1.4.1.1.6.1 ");
        text(b, 0x00081155, "1.2.3.4.5.6 ");
    }
    for (uint32_t i = 0; i < 60; i++)
        text(b, 0x00091001 + (i << 1), "private text");
    text(b, 0x00100010, "Doe^John");
    text(b, 0x00100020, "4711");
    text(b, 0x00100030, "19700101");
    for (uint32_t i = 0; i < 90; i++)
        text(b, 0x00181050 + i, "1");
    text(b, 0x0020000D, "1.2.3");
    text(b, 0x0020000E, "1.2.3.1");
    for (uint32_t i = 0; i < 50; i++)
        text(b, 0x00201200 + i, "ROOM 5");
    for (uint32_t i = 0; i < 34; i++)
        text(b, 0x00401400 + i, "PLAN 1");
}

static void item(dsc_buf *b, unsigned i)
{
    char value[32];
    dsc_buf in = {0}, code = {0};

    snprintf(value, sizeof value, "finding %u of 20240131", i);
    text(&code, 0x00080100, "121071");
    text(&code, 0x00080102, "DCM");
    text(&code, 0x00080104, "Finding");
    text(&in, 0x0040A010, "CONTAINS");
    text(&in, 0x0040A032, "20240131120000");
    text(&in, 0x0040A040, "TEXT");
    header(&in, 0x0040A043, (uint32_t)code.len + 8);
    header(&in, 0xFFFEE000, (uint32_t)code.len);
    bytes(&in, code.data, code.len);
    text(&in, 0x0040A160, value);
    header(b, 0xFFFEE000, (uint32_t)in.len);
    bytes(b, in.data, in.len);
    dsc_buf_free(&in);
    dsc_buf_free(&code);
}

static void report(dsc_buf *b, unsigned items)
{
    dsc_buf all = {0};

    start(b, "1.2.840.10008.5.1.4.1.1.88.33");
    text(b, 0x00100010, "Doe^John");
    text(b, 0x00100020, "4711");
    for (unsigned i = 0; i < items; i++)
        item(&all, i);
    header(b, 0x0040A730, (uint32_t)all.len);
    bytes(b, all.data, all.len);
    dsc_buf_free(&all);
}

static dsc_status count(void *ctx, const dsc_at *at, dsc_edit *edit,
                        dsc_error *err)
{
    (void)edit;
    (void)err;
    *(size_t *)ctx += at->tag != DSC_TAG_ITEM;
    return DSC_OK;
}

static void measure(const char *what, const dsc_buf *data, dsc_object_kind kind,
                    const char *profile, int repeat)
{
    dsc_key key = {{1}};
    dsc_deid_settings settings = {.profile = profile, .key = &key};
    double best[3] = {1e9, 1e9, 1e9};
    dsc_dicom_limits limits = dsc_dicom_default_limits();
    dsc_error err = DSC_ERROR_INIT;
    dsc_deid *deid = NULL;
    size_t elements = 0;
    struct rusage usage;

    limits.max_elements = 10000000;
    must(dsc_deid_create(&deid, &settings, &err), &err);
    for (int i = 0; i < repeat; i++) {
        dsc_dicom *source = NULL, *output = NULL;
        dsc_deid_case *c = NULL;
        dsc_object *o = NULL;
        dsc_facts facts = {0};
        dsc_retag retag = {0};
        double t[4];
        must(dsc_facts_add(&facts, DSC_CLASS_NAME, "PN", "Doe^John", &err),
             &err);
        must(dsc_dicom_open_memory(&source, data->data, data->len, &limits,
                                   &err),
             &err);
        must(dsc_dicom_open_memory(&output, data->data, data->len, &limits,
                                   &err),
             &err);
        if (!elements)
            must(dsc_dicom_edit_dry(source, count, &elements, &err), &err);
        t[0] = cpu_ms();
        must(dsc_deid_open(&c, deid, source, &facts, &err), &err);
        must(dsc_object_open(&o, kind, c, source, &err), &err);
        t[1] = cpu_ms();
        must(dsc_deid_apply(c, output, &retag, &err), &err);
        t[2] = cpu_ms();
        must(dsc_deid_check(c, output, 0, &err), &err);
        t[3] = cpu_ms();
        for (int k = 0; k < 3; k++)
            if (t[k + 1] - t[k] < best[k])
                best[k] = t[k + 1] - t[k];
        dsc_object_close(&o);
        dsc_deid_close(&c);
        dsc_facts_free(&facts);
        dsc_dicom_free(&source);
        dsc_dicom_free(&output);
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("%-24s %-9s %8zu %8.2f %8.2f %8.2f %8.2f %8ld\n", what, profile,
           elements, best[0], best[1], best[2],
           (best[0] + best[1] + best[2]) * 1e3 / (double)elements,
           usage.ru_maxrss / 1024);
    dsc_deid_free(&deid);
}

int main(void)
{
    static const unsigned sizes[] = {1000, 10000, 100000};
    static const char *const profiles[] = {"basic", "research", "internal"};
    dsc_buf data = {0};

    printf("%-24s %-9s %8s %8s %8s %8s %8s %8s\n", "CPU ms, best", "profile",
           "elements", "open", "apply", "check", "us/elem", "MiB");
    instance(&data);
    for (int p = 0; p < 3; p++)
        measure("instance", &data, DSC_OBJECT_IMAGE, profiles[p], 50);
    for (int i = 0; i < 3; i++) {
        char what[32];
        data.len = 0;
        data.limit = (size_t)1 << 30;
        report(&data, sizes[i]);
        snprintf(what, sizeof what, "report, %u items", sizes[i]);
        measure(what, &data, DSC_OBJECT_SR, "basic", i < 2 ? 5 : 2);
        measure(what, &data, DSC_OBJECT_SR, "internal", i < 2 ? 5 : 1);
    }
    dsc_buf_free(&data);
    return 0;
}
