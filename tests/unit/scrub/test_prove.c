/* SPDX-License-Identifier: Apache-2.0
 *
 * The proof: an output that somebody tampered with is never proven. */
#include "scrub/scrub_priv.h"

#include "box_mask.h"
#include "draw.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PHOTOMETRIC DSC_TAG(0x0028, 0x0004)
#define BOX         ((dsc_rect){32, 32, 64, 32})

/* What a test does to a good output. */
typedef struct tamper {
    dsc_instance *inst;
    void (*frame)(dsc_frame *frame, uint32_t number, uint32_t of);
} tamper;

static char folder[64];

static void path_in(char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s/%s", folder, name);
}

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/dsc-prove-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static void remove_folder(void)
{
    char path[128];

    for (const char **n =
             (const char *[]){"mask.yaml", "good.dcm", "bad.dcm", NULL};
         *n; n++) {
        path_in(path, sizeof path, *n);
        unlink(path);
    }
    rmdir(folder);
}

static void testdata(char *out, size_t size, const char *name)
{
    const char *dir = getenv("DSC_TESTDATA");

    snprintf(out, size, "%s/%s", dir ? dir : "testdata", name);
}

static dsc_scrubber *make_box_scrubber(unsigned find, dsc_rect box,
                                       bool keep_overlays)
{
    char mask[128];
    const char *masks[] = {mask};
    dsc_options o = DSC_OPTIONS_INIT;
    dsc_scrubber *s = NULL;
    dsc_error err = DSC_ERROR_INIT;

    path_in(mask, sizeof mask, "mask.yaml");
    write_box_mask(mask, box);
    o.find = find;
    o.models = MODELS;
    o.masks = masks;
    o.mask_count = 1;
    o.keep_overlays = keep_overlays;
    cr_assert_eq(dsc_scrubber_create(&s, &o, &err), DSC_OK, "%s", err.msg);
    return s;
}

static dsc_scrubber *make_scrubber(bool keep_overlays)
{
    return make_box_scrubber(DSC_FIND_MASKS, BOX, keep_overlays);
}

static dsc_status good_path(void *ctx, const dsc_result *r, char *buf,
                            size_t size, dsc_error *err)
{
    (void)ctx;
    (void)r;
    (void)err;
    path_in(buf, size, "good.dcm");
    return DSC_OK;
}

static dsc_status tampered_frame(void *ctx, uint32_t f, bool *keep,
                                 dsc_buf *out, dsc_error *err)
{
    tamper *t = ctx;
    dsc_frame frame = {0};
    dsc_status st;

    *keep = t->frame == NULL;
    if (*keep)
        return DSC_OK;
    st = dsc_instance_frame(t->inst, f, NULL, &frame, err);
    if (!st) {
        t->frame(&frame, f, t->inst->frames);
        st = t->inst->codec->encode(out, &frame,
                                    dsc_dicom_transfer_syntax(t->inst->ds),
                                    (dsc_bytes){NULL, 0}, &t->inst->fmt, err);
    }
    dsc_frame_free(&frame);
    return st;
}

/* Write good.dcm again as bad.dcm, changed. */
static void write_tampered(const char *from, tamper *t, uint32_t tag,
                           const char *value)
{
    char bad[128];
    dsc_instance inst = {0};
    dsc_outfile *out = NULL;
    bool existed;
    dsc_error err = DSC_ERROR_INIT;
    dsc_write_options o = {.frame = tampered_frame,
                           .ctx = t,
                           .implementation_class_uid = "2.25.1",
                           .implementation_version_name = "TAMPERED"};

    path_in(bad, sizeof bad, "bad.dcm");
    cr_assert_eq(dsc_instance_open(&inst, &(dsc_input){.path = from}, &err),
                 DSC_OK, "%s", err.msg);
    t->inst = &inst;
    if (tag)
        cr_assert_eq(dsc_dicom_set(inst.ds, tag, value, &err), DSC_OK, "%s",
                     err.msg);
    cr_assert_eq(dsc_outfile_create(&out, bad, &err), DSC_OK);
    cr_assert_eq(dsc_dicom_write(inst.ds, out, &o, &err), DSC_OK, "%s",
                 err.msg);
    cr_assert_eq(dsc_outfile_commit(&out, &existed, &err), DSC_OK);
    dsc_instance_close(&inst);
}

static void flip_outside(dsc_frame *f, uint32_t number, uint32_t of)
{
    if (number + 1 == of)
        f->data[f->size - 1] ^= 1;
}

static void flip_inside(dsc_frame *f, uint32_t number, uint32_t of)
{
    size_t n = dsc_sample_bytes(&f->fmt) * f->fmt.samples;

    if (number + 1 == of)
        f->data[((size_t)(BOX.y + 1) * f->fmt.columns + BOX.x + 1) * n] ^= 1;
}

/* Clean `name`, tamper, prove: with the regions, and without. */
static void check(const char *name,
                  void (*frame)(dsc_frame *, uint32_t, uint32_t), uint32_t tag,
                  const char *value, bool both)
{
    char in[512], good[128], bad[128];
    dsc_result r = DSC_RESULT_INIT, p = DSC_RESULT_INIT;
    dsc_scrubber *s;
    tamper t = {NULL, frame};

    make_folder();
    testdata(in, sizeof in, name);
    path_in(good, sizeof good, "good.dcm");
    path_in(bad, sizeof bad, "bad.dcm");
    s = make_scrubber(false);
    dsc_clean(s, &(dsc_input){.path = in}, good_path, NULL, &r);
    cr_assert_eq(r.outcome, DSC_SCRUBBED, "%s: %s", name, r.reason);
    cr_assert(r.proof.done);
    dsc_prove(s, &(dsc_input){.path = in}, &(dsc_input){.path = good},
              &r.regions, &p);
    cr_expect_eq(p.outcome, DSC_SCRUBBED, "%s: %s", name, p.reason);
    dsc_prove(s, &(dsc_input){.path = in}, &(dsc_input){.path = good}, NULL,
              &p);
    cr_expect_eq(p.outcome, DSC_SCRUBBED, "%s: %s", name, p.reason);
    write_tampered(good, &t, tag, value);
    dsc_prove(s, &(dsc_input){.path = in}, &(dsc_input){.path = bad},
              &r.regions, &p);
    cr_expect_eq(p.outcome, DSC_QUARANTINED, "%s passed", name);
    cr_expect(p.reason[0]);
    if (both) {
        dsc_prove(s, &(dsc_input){.path = in}, &(dsc_input){.path = bad}, NULL,
                  &p);
        cr_expect_eq(p.outcome, DSC_QUARANTINED, "%s passed as a pair", name);
    }
    dsc_result_free(&r);
    dsc_result_free(&p);
    dsc_scrubber_free(&s);
    remove_folder();
}

static const char *const exact[] = {
    "us-grey-explicit.dcm", "us-grey-rle.dcm", "us-rgb-jpegls80-line.dcm",
    "ct-jpeg70.dcm",        "clip-rle.dcm",    NULL};

Test(prove, a_sample_outside_the_box)
{
    for (size_t i = 0; exact[i]; i++)
        check(exact[i], flip_outside, 0, NULL, true);
}

Test(prove, a_sample_in_the_box)
{
    for (size_t i = 0; exact[i]; i++)
        check(exact[i], flip_inside, 0, NULL, false);
}

/* The column beside an odd box, which goes with it in 16-bit words. */
static dsc_frame whole;

static void restore_neighbour(dsc_frame *f, uint32_t number, uint32_t of)
{
    bool differed = false;

    (void)number;
    (void)of;
    for (int32_t y = BOX.y; y < BOX.y + BOX.h; y++) {
        size_t i = (size_t)y * f->fmt.columns + (size_t)BOX.x;
        differed |= f->data[i] != whole.data[i];
        f->data[i] = whole.data[i];
    }
    cr_assert(differed);
}

Test(prove, a_mask_takes_what_clean_takes)
{
    dsc_rect odd = {BOX.x + 1, BOX.y, BOX.w - 2, BOX.h};
    char in[512], good[128], bad[128];
    dsc_result r = DSC_RESULT_INIT, p = DSC_RESULT_INIT;
    dsc_instance source = {0};
    dsc_scrubber *s;
    tamper t = {NULL, restore_neighbour};

    make_folder();
    testdata(in, sizeof in, "us-grey-big-ow.dcm");
    path_in(good, sizeof good, "good.dcm");
    path_in(bad, sizeof bad, "bad.dcm");
    cr_assert(!dsc_instance_open(&source, &(dsc_input){.path = in}, NULL) &&
              !dsc_instance_frame(&source, 0, NULL, &whole, NULL));
    s = make_box_scrubber(DSC_FIND_MASKS, odd, false);
    dsc_clean(s, &(dsc_input){.path = in}, good_path, NULL, &r);
    cr_assert_eq(r.outcome, DSC_SCRUBBED, "%s", r.reason);
    dsc_prove(s, &(dsc_input){.path = in}, &(dsc_input){.path = good}, NULL,
              &p);
    cr_expect_eq(p.outcome, DSC_SCRUBBED, "%s", p.reason);
    write_tampered(good, &t, 0, NULL);
    dsc_prove(s, &(dsc_input){.path = in}, &(dsc_input){.path = bad}, NULL, &p);
    cr_expect_eq(p.outcome, DSC_QUARANTINED, "half a pair passed");
    dsc_result_free(&r);
    dsc_result_free(&p);
    dsc_scrubber_free(&s);
    dsc_frame_free(&whole);
    dsc_instance_close(&source);
    remove_folder();
}

Test(prove, attributes_over_the_same_bytes)
{
    check("us-grey-explicit.dcm", NULL, PHOTOMETRIC, "MONOCHROME1", true);
    check("us-grey-jpeg50.dcm", NULL, PHOTOMETRIC, "MONOCHROME1", true);
    check("us-rgb-explicit.dcm", NULL, DSC_TAG(0x0028, 0x0006), "1", true);
    check("us-rgb-explicit.dcm", NULL, PHOTOMETRIC, "YBR_FULL", true);
    check("us-grey-explicit.dcm", NULL, DSC_TAG(0x0028, 0x0103), "1", true);
    check("ct-explicit.dcm", NULL, DSC_TAG(0x0028, 0x1050), "7", true);
    check("clip-explicit.dcm", NULL, DSC_TAG(0x0018, 0x1063), "7", true);
}

/* An overlay that the output still has, in the words or beside them. */
Test(prove, overlays_that_are_left)
{
    static const char *const names[] = {"cr-overlay-embedded.dcm",
                                        "us-grey-overlay.dcm", NULL};

    for (size_t i = 0; names[i]; i++) {
        char in[512];
        dsc_result p = DSC_RESULT_INIT;
        dsc_region region = {.w = 100,
                             .h = 100,
                             .source = "mask",
                             .cls = "unknown",
                             .reason = "",
                             .confidence = 1,
                             .overlay = 0x6000};
        dsc_region_list list = {&region, 1, 1};
        dsc_scrubber *s;

        make_folder();
        testdata(in, sizeof in, names[i]);
        s = make_scrubber(true);
        /* the input itself is no output of which overlay text is gone */
        region.h = region.w = 4000;
        dsc_prove(s, &(dsc_input){.path = in}, &(dsc_input){.path = in}, &list,
                  &p);
        cr_expect_eq(p.outcome, DSC_QUARANTINED, "%s passed", names[i]);
        dsc_result_free(&p);
        dsc_scrubber_free(&s);
        remove_folder();
    }
}

/* Letters in the bits that no sample uses, and no overlay that tells of them.
 */
static void set_spare_bits(dsc_frame *f, uint32_t number, uint32_t of)
{
    (void)of;
    for (size_t i = 1; number == 0 && i < f->size; i += 64)
        f->data[i] |= 0x40;
}

/* Of bad.dcm, made of a file: cleaned, how many words have such bits still? */
static size_t spare_bits_left(const char *name,
                              void (*change)(dsc_frame *, uint32_t, uint32_t))
{
    char in[512], good[128], bad[128];
    dsc_result r = DSC_RESULT_INIT, p = DSC_RESULT_INIT;
    dsc_instance output = {0};
    dsc_frame frame = {0};
    dsc_scrubber *s;
    tamper t = {NULL, change};
    size_t left = 0;

    make_folder();
    testdata(in, sizeof in, name);
    path_in(good, sizeof good, "good.dcm");
    path_in(bad, sizeof bad, "bad.dcm");
    write_tampered(in, &t, 0, NULL);
    s = make_scrubber(false);
    dsc_clean(s, &(dsc_input){.path = bad}, good_path, NULL, &r);
    cr_assert_eq(r.outcome, DSC_SCRUBBED, "%s: %s", name, r.reason);
    dsc_prove(s, &(dsc_input){.path = bad}, &(dsc_input){.path = good},
              &r.regions, &p);
    cr_expect_eq(p.outcome, DSC_SCRUBBED, "%s: %s", name, p.reason);
    cr_assert(!dsc_instance_open(&output, &(dsc_input){.path = good}, NULL) &&
              !dsc_instance_frame(&output, 0, NULL, &frame, NULL));
    for (size_t i = 1; i < frame.size; i += 2)
        left += (frame.data[i] & 0xF0) != 0;
    dsc_result_free(&r);
    dsc_result_free(&p);
    dsc_scrubber_free(&s);
    dsc_frame_free(&frame);
    dsc_instance_close(&output);
    remove_folder();
    return left;
}

Test(prove, bits_that_no_sample_uses)
{
    cr_expect_eq(spare_bits_left("cr-mono1-12bit.dcm", set_spare_bits), 0);
    cr_expect_eq(spare_bits_left("ct-signed12.dcm", set_spare_bits), 0);
    /* a sign goes on to the end of its word */
    cr_expect_gt(spare_bits_left("ct-signed12.dcm", NULL), 0);
}

/* A scale's two numbers and nothing else. */
static void draw_scale(dsc_frame *f, uint32_t number, uint32_t of)
{
    canvas c = canvas_make(f->fmt.columns, f->fmt.rows, 0);
    stroke s = {.size = 18, .x = 44, .y = 40, .ink = 230, .outline = -1};

    (void)number;
    (void)of;
    s.text = "0";
    canvas_write(&c, &s);
    s.text = "10";
    s.y = 180;
    canvas_write(&c, &s);
    memcpy(f->data, c.px, f->size);
    canvas_free(&c);
}

/* A mask takes the one number of a scale; the other one stays for what the
 * input shows, not the output. */
Test(prove, a_mark_whose_scale_is_cut, .timeout = 60)
{
    char in[512], bad[128], good[128];
    dsc_result r = DSC_RESULT_INIT, p = DSC_RESULT_INIT;
    tamper t = {NULL, draw_scale};
    dsc_scrubber *s;

    make_folder();
    testdata(in, sizeof in, "us-grey-explicit.dcm");
    path_in(good, sizeof good, "good.dcm");
    path_in(bad, sizeof bad, "bad.dcm");
    write_tampered(in, &t, 0, NULL);
    s = make_box_scrubber(DSC_FIND_ALL, BOX, false);
    dsc_clean(s, &(dsc_input){.path = bad}, good_path, NULL, &r);
    cr_assert_eq(r.outcome, DSC_SCRUBBED, "%s", r.reason);
    cr_assert_eq(r.kept.count, 1);
    cr_expect_str_eq(r.kept.items[0].rule, "scale");
    cr_expect_geq(r.kept.items[0].y, 170);
    dsc_prove(s, &(dsc_input){.path = bad}, &(dsc_input){.path = good},
              &r.regions, &p);
    cr_expect_eq(p.outcome, DSC_SCRUBBED, "%s", p.reason);
    dsc_prove(s, &(dsc_input){.path = bad}, &(dsc_input){.path = good}, NULL,
              &p);
    cr_expect_eq(p.outcome, DSC_SCRUBBED, "as a pair: %s", p.reason);
    dsc_result_free(&r);
    dsc_result_free(&p);
    dsc_scrubber_free(&s);
    remove_folder();
}
