/* SPDX-License-Identifier: Apache-2.0
 *
 * What boxes of JPEG frames take with them: cells, or parts of those in which
 * nothing is stored that the parts share. */
#include "../codec/jpeg_maker.h"
#include "box_mask.h"
#include "scrub/scrub_priv.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES 8u
/* clang-format off */
#define CLIP "clip-rgb-jpeg50.dcm" /* 8 frames of 256 x 192 */
static const jpeg_recipe grey420 = {
    "420", 256, 192, 3, .hs = {2, 1, 1}, .vs = {2, 1, 1}, .neutral = true};
static const jpeg_recipe grey422 = {
    "422", 256, 192, 3, .hs = {2, 1, 1}, .vs = {1, 1, 1}, .neutral = true};
static const jpeg_recipe red420 = {
    "red", 256, 192, 3, .hs = {2, 1, 1}, .vs = {2, 1, 1}, .dc_quant = 3, .red = 96};
/* a level is 2 or 5 grey values from the next */
static const jpeg_recipe level = {"level", 256, 192, 1, .flat = true, .dc_quant = 16};
static const jpeg_recipe noise = {"noise", 256, 192, 1, .dc_quant = 40};
/* clang-format on */

typedef struct clip {
    char folder[32], in[48], out[48];
    dsc_buf frames[FRAMES];
    dsc_instance inst;
} clip;

static dsc_status frame_bytes(void *ctx, uint32_t f, bool *keep, dsc_buf *out,
                              dsc_error *err)
{
    clip *c = ctx;

    *keep = false;
    out->len = 0;
    return dsc_buf_append(out, c->frames[f].data, c->frames[f].len, err);
}

/* A file again with frames of ours; `mono` is the Photometric Interpretation of
 * those that have one component. */
static void write_copy(clip *c, const char *from, const char *to,
                       const char *mono)
{
    dsc_instance inst = {0};
    dsc_outfile *out = NULL;
    bool existed;
    dsc_error err = DSC_ERROR_INIT;
    dsc_write_options o = {.frame = frame_bytes,
                           .ctx = c,
                           .implementation_class_uid = "2.25.1",
                           .implementation_version_name = "MADE"};

    cr_assert_eq(dsc_instance_open(&inst, &(dsc_input){.path = from}, &err),
                 DSC_OK, "%s", err.msg);
    cr_assert_eq(inst.frames, FRAMES);
    cr_assert(!mono ||
              (!dsc_dicom_set(inst.ds, DSC_TAG(0x0028, 0x0002), "1", &err) &&
               !dsc_dicom_set(inst.ds, DSC_TAG(0x0028, 0x0004), mono, &err)));
    cr_assert_eq(dsc_outfile_create(&out, to, &err), DSC_OK);
    cr_assert_eq(dsc_dicom_write(inst.ds, out, &o, &err), DSC_OK, "%s",
                 err.msg);
    cr_assert_eq(dsc_outfile_commit(&out, &existed, &err), DSC_OK);
    dsc_instance_close(&inst);
}

/* in.dcm: the clip of the test files. */
static void write_clip(clip *c, const char *mono)
{
    const char *dir = getenv("DSC_TESTDATA");
    char from[512];
    dsc_error err = DSC_ERROR_INIT;

    snprintf(from, sizeof from, "%s/%s", dir ? dir : "testdata", CLIP);
    snprintf(c->folder, sizeof c->folder, "/tmp/dsc-cells-XXXXXX");
    cr_assert_not_null(mkdtemp(c->folder));
    snprintf(c->in, sizeof c->in, "%s/in.dcm", c->folder);
    snprintf(c->out, sizeof c->out, "%s/out.dcm", c->folder);
    write_copy(c, from, c->in, mono);
    cr_assert_eq(dsc_instance_open(&c->inst, &(dsc_input){.path = c->in}, &err),
                 DSC_OK, "%s", err.msg);
}

/* All frames by one recipe. */
static void make_frames(clip *c, const jpeg_recipe *j)
{
    *c = (clip){.folder = ""};
    for (size_t f = 0; f < FRAMES; f++)
        jpeg_make(&c->frames[f], j);
}

static void alter(clip *c, size_t frame, int comp, unsigned x, unsigned y,
                  int k, int delta)
{
    dsc_buf old = c->frames[frame];

    c->frames[frame] = (dsc_buf){0};
    jpeg_alter(&c->frames[frame], (dsc_bytes){old.data, old.len}, comp, x, y, k,
               delta);
    dsc_buf_free(&old);
}

/* The colour of cell x, y on one frame is not nothing. */
static void colour(clip *c, size_t frame, unsigned x, unsigned y)
{
    alter(c, frame, 2, x, y, 5, 1);
}

static void drop(clip *c)
{
    dsc_instance_close(&c->inst);
    for (size_t f = 0; f < FRAMES; f++)
        dsc_buf_free(&c->frames[f]);
    unlink(c->in);
    unlink(c->out);
    rmdir(c->folder);
}

static dsc_region region(int x, int y, int w, int h)
{
    dsc_region r = {.last_frame = FRAMES - 1,
                    .x = x,
                    .y = y,
                    .w = w,
                    .h = h,
                    .source = "ocr",
                    .cls = "unknown",
                    .reason = "",
                    .confidence = 1};
    return r;
}

/* A word in the upper half of a row of cells goes, one below it stays; each box
 * is a pixel wider than its ink. */
static size_t settle(clip *c, bool parts)
{
    dsc_region goes = region(34, 35, 60, 4), stays = region(34, 40, 60, 7);
    dsc_region_list regions = {0}, kept = {0};
    const dsc_cells *cells;
    size_t left;

    cr_assert_eq(dsc_region_add(&regions, &goes, NULL), DSC_OK);
    cr_assert_eq(dsc_region_add(&kept, &stays, NULL), DSC_OK);
    cr_assert_eq(dsc_plan_cells(&c->inst, parts, &cells, NULL), DSC_OK);
    cr_assert_eq(dsc_plan_settle(&c->inst, &regions, &kept, NULL), DSC_OK);
    left = kept.count;
    cr_expect_eq(regions.items[0].h, left ? 8 : 16);
    dsc_free(regions.items);
    dsc_free(kept.items);
    return left;
}

Test(cells, a_box_without_colour_takes_part_of_a_cell)
{
    clip c;

    make_frames(&c, &grey420);
    write_clip(&c, NULL);
    cr_expect_eq(settle(&c, false), 0, "nobody looked for colour");
    cr_expect_eq(settle(&c, true), 1);
    cr_expect_eq(settle(&c, false), 1, "what was seen is remembered");
    drop(&c);
}

/* Harmless text that is cut goes with the cells of its ink: its edge alone is
 * in the next row of cells, and so is the neighbour's ink. */
Test(cells, a_word_that_is_cut_takes_no_cell_of_its_edge_alone)
{
    dsc_region goes = region(34, 20, 20, 4), lost = region(34, 18, 60, 15),
               stays = region(34, 32, 60, 12);
    dsc_region_list regions = {0}, kept = {0};
    clip c;

    make_frames(&c, &red420);
    write_clip(&c, NULL);
    cr_assert_eq(dsc_region_add(&regions, &goes, NULL), DSC_OK);
    cr_assert_eq(dsc_region_add(&kept, &lost, NULL), DSC_OK);
    cr_assert_eq(dsc_region_add(&kept, &stays, NULL), DSC_OK);
    cr_assert_eq(dsc_plan_settle(&c.inst, &regions, &kept, NULL), DSC_OK);
    cr_expect_eq(kept.count, 1);
    cr_expect_eq(kept.count ? kept.items[0].y : 0, stays.y);
    dsc_free(regions.items);
    dsc_free(kept.items);
    drop(&c);
}

/* An overlay has no cells: there its edge goes as well. */
Test(cells, a_word_of_an_overlay_that_is_cut_goes_with_its_edge)
{
    dsc_region goes = region(34, 20, 20, 4), lost = region(34, 18, 60, 15);
    dsc_region_list regions = {0}, kept = {0};
    clip c;

    goes.overlay = lost.overlay = 0x6000;
    make_frames(&c, &red420);
    write_clip(&c, NULL);
    cr_assert_eq(dsc_region_add(&regions, &goes, NULL), DSC_OK);
    cr_assert_eq(dsc_region_add(&kept, &lost, NULL), DSC_OK);
    cr_assert_eq(dsc_plan_settle(&c.inst, &regions, &kept, NULL), DSC_OK);
    cr_assert_eq(regions.count, 2);
    cr_expect_eq(regions.items[1].y, 18);
    cr_expect_eq(regions.items[1].h, 15);
    dsc_free(regions.items);
    dsc_free(kept.items);
    drop(&c);
}

/* It is one box on all frames, so that colour on any of them counts. */
Test(cells, colour_on_one_frame_takes_the_cell_on_all)
{
    for (size_t f = 0; f < FRAMES; f += FRAMES - 1) {
        clip c;
        make_frames(&c, &grey420);
        colour(&c, f, 4, 2);
        write_clip(&c, NULL);
        cr_expect_eq(settle(&c, true), 0, "frame %zu", f);
        drop(&c);
    }
}

Test(cells, colour_elsewhere_takes_nothing)
{
    clip c;

    make_frames(&c, &grey420);
    colour(&c, 3, 4, 1);
    colour(&c, 5, 1, 2);
    colour(&c, 6, 6, 2);
    write_clip(&c, NULL);
    cr_expect_eq(settle(&c, true), 1);
    drop(&c);
}

Test(cells, frames_of_several_samplings_have_no_parts)
{
    const dsc_cells *cells;
    clip c;

    make_frames(&c, &grey420);
    jpeg_make(&c.frames[4], &grey422);
    write_clip(&c, NULL);
    cr_assert_eq(dsc_plan_cells(&c.inst, true, &cells, NULL), DSC_OK);
    cr_expect(cells->w == 16 && cells->h == 16);
    cr_expect_eq(settle(&c, true), 0);
    drop(&c);
}

/* A frame whose coefficients cannot be read has no parts; it is refused when a
 * box is to be made in it, not here. */
Test(cells, a_broken_frame_has_no_parts)
{
    const dsc_cells *cells;
    clip c;

    make_frames(&c, &grey420);
    c.frames[7].len = c.frames[7].len / 2 & ~(size_t)1;
    write_clip(&c, NULL);
    cr_assert_eq(dsc_plan_cells(&c.inst, true, &cells, NULL), DSC_OK);
    cr_expect_eq(settle(&c, true), 0);
    drop(&c);
}

/* ---- cells that cannot be found out ---- */

static dsc_instance *shrinking;

/* One frame more than there is, from now on. */
static dsc_status parts_and_trouble(dsc_cells *cells, dsc_bytes in,
                                    const dsc_format *fmt, dsc_error *err)
{
    (void)in;
    (void)fmt;
    (void)err;
    (void)cells;
    shrinking->frames = FRAMES + 1;
    return DSC_OK;
}

Test(cells, a_failure_is_not_remembered)
{
    const dsc_cells *cells;
    dsc_codec codec;
    clip c;

    make_frames(&c, &grey420);
    write_clip(&c, NULL);
    c.inst.frames = FRAMES + 1;
    for (int i = 0; i < 2; i++)
        cr_expect_neq(dsc_plan_cells(&c.inst, false, &cells, NULL), DSC_OK);
    c.inst.frames = FRAMES;
    codec = *c.inst.codec;
    codec.parts = parts_and_trouble;
    c.inst.codec = &codec;
    shrinking = &c.inst;
    cr_expect_neq(dsc_plan_cells(&c.inst, true, &cells, NULL), DSC_OK);
    cr_expect_null(c.inst.cells.whole);
    cr_expect_neq(dsc_plan_cells(&c.inst, true, &cells, NULL), DSC_OK);
    drop(&c);
}

/* ---- a pair of files is compared block by block ---- */

static dsc_status out_path(void *ctx, const dsc_result *r, char *buf,
                           size_t size, dsc_error *err)
{
    clip *c = ctx;
    (void)r;
    (void)err;
    snprintf(buf, size, "%s", c->out);
    return DSC_OK;
}

static dsc_scrubber *blank_corner(const clip *c, int w, int h)
{
    char mask[64];
    const char *masks[] = {mask};
    dsc_options o = DSC_OPTIONS_INIT;
    dsc_scrubber *s = NULL;
    dsc_error err = DSC_ERROR_INIT;

    snprintf(mask, sizeof mask, "%s/m.yaml", c->folder);
    write_box_mask(mask, (dsc_rect){0, 0, w, h});
    o.find = DSC_FIND_MASKS;
    o.masks = masks;
    o.mask_count = 1;
    cr_assert_eq(dsc_scrubber_create(&s, &o, &err), DSC_OK, "%s", err.msg);
    unlink(mask);
    return s;
}

/* Red reaches a pixel into the black beside it, as chroma is decoded. With the
 * red gone that pixel is another, in a cell that looks blank and is not as the
 * blank ones are: black with this quantiser is -1023. */
Test(cells, a_pair_is_proven_where_colour_stood_beside_black)
{
    dsc_result r = DSC_RESULT_INIT, p = DSC_RESULT_INIT;
    dsc_scrubber *s;
    clip c;

    make_frames(&c, &red420);
    write_clip(&c, NULL);
    s = blank_corner(&c, 96, 192);
    dsc_clean(s, &(dsc_input){.path = c.in}, out_path, &c, &r);
    cr_assert_eq(r.outcome, DSC_SCRUBBED, "%s", r.reason);
    dsc_prove(s, &(dsc_input){.path = c.in}, &(dsc_input){.path = c.out}, NULL,
              &p);
    cr_expect_eq(p.outcome, DSC_SCRUBBED, "%s", p.reason);
    cr_expect(p.proof.boxes_blank && p.proof.outside_identical);
    dsc_result_free(&r);
    dsc_result_free(&p);
    dsc_scrubber_free(&s);
    drop(&c);
}

/* Whatever black is, a quantiser may not hold it. */
Test(cells, a_pair_of_one_component_is_proven)
{
    static const char *const mono[] = {"MONOCHROME1", "MONOCHROME2"};

    for (size_t i = 0; i < 2; i++) {
        dsc_result r = DSC_RESULT_INIT, p = DSC_RESULT_INIT;
        dsc_scrubber *s;
        clip c;
        make_frames(&c, &noise);
        write_clip(&c, mono[i]);
        s = blank_corner(&c, 96, 192);
        dsc_clean(s, &(dsc_input){.path = c.in}, out_path, &c, &r);
        cr_assert_eq(r.outcome, DSC_SCRUBBED, "%s", r.reason);
        dsc_prove(s, &(dsc_input){.path = c.in}, &(dsc_input){.path = c.out},
                  NULL, &p);
        cr_expect_eq(p.outcome, DSC_SCRUBBED, "%s: %s", mono[i], p.reason);
        dsc_result_free(&r);
        dsc_result_free(&p);
        dsc_scrubber_free(&s);
        drop(&c);
    }
}

/* A block has another level than the flat picture around it, so that all boxes
 * of the frame have one level: is it black? */
static void prove_level(const char *mono, unsigned x, unsigned y, int delta,
                        bool black)
{
    dsc_result r = DSC_RESULT_INIT, p = DSC_RESULT_INIT;
    char forged[64];
    dsc_scrubber *s;
    clip c;

    make_frames(&c, &level);
    write_clip(&c, mono);
    s = blank_corner(&c, 8, 8);
    dsc_clean(s, &(dsc_input){.path = c.in}, out_path, &c, &r);
    cr_assert_eq(r.outcome, DSC_SCRUBBED, "%s", r.reason);
    alter(&c, 3, 0, x, y, 0, delta);
    snprintf(forged, sizeof forged, "%s/forged.dcm", c.folder);
    write_copy(&c, c.out, forged, mono);
    dsc_prove(s, &(dsc_input){.path = c.in}, &(dsc_input){.path = forged}, NULL,
              &p);
    cr_expect_eq(p.outcome, black ? DSC_SCRUBBED : DSC_QUARANTINED,
                 "%s %d at %u,%u: %s", mono, delta, x, y, p.reason);
    unlink(forged);
    dsc_result_free(&r);
    dsc_result_free(&p);
    dsc_scrubber_free(&s);
    drop(&c);
}

Test(cells, a_box_of_one_level_is_black_or_not_proven)
{
    for (unsigned at = 0; at <= 20; at += 20) { /* in the mask, and elsewhere */
        prove_level("MONOCHROME2", at, at, 1, false);
        prove_level("MONOCHROME2", at, at, 77, false);
        prove_level("MONOCHROME2", at, at, -1, true);
        prove_level("MONOCHROME1", at, at, -1, false);
        prove_level("MONOCHROME1", at, at, -50, false);
        prove_level("MONOCHROME1", at, at, 1, true);
    }
}

Test(cells, as_black_as_black)
{
    static const struct {
        dsc_photometric photometric;
        bool is_signed;
        uint8_t fill, sample;
        bool black;
    } cases[] = {
        {DSC_MONOCHROME2, false, 10, 10, true},
        {DSC_MONOCHROME2, false, 10, 0, true},
        {DSC_MONOCHROME2, false, 10, 11, false},
        {DSC_MONOCHROME2, true, 0xF0, 0x80, true},
        {DSC_MONOCHROME2, true, 0xF0, 0x10, false},
        {DSC_MONOCHROME1, false, 200, 200, true},
        {DSC_MONOCHROME1, false, 200, 255, true},
        {DSC_MONOCHROME1, false, 200, 199, false},
        {DSC_MONOCHROME1, true, 0x10, 0xF0, false},
        {DSC_PALETTE_COLOR, false, 7, 7, true},
        {DSC_PALETTE_COLOR, false, 7, 6, false},
        {DSC_PALETTE_COLOR, false, 7, 8, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t samples[6] = {1, 255, 1, 255, cases[i].sample, 128};
        dsc_frame f = {{.columns = 3,
                        .rows = 2,
                        .samples = 1,
                        .bits_allocated = 8,
                        .bits_stored = 8,
                        .high_bit = 7,
                        .is_signed = cases[i].is_signed,
                        .photometric = cases[i].photometric},
                       samples,
                       sizeof samples};
        dsc_fill fill = {{cases[i].fill}};
        dsc_rect box = {1, 1, 1, 5}, where = {0, 0, 0, 0};
        dsc_rects rects = {&box, 1, 1};
        dsc_difference d = {&f, &f, &fill};
        cr_expect_eq(dsc_prove_as_black(&d, &rects, &where), cases[i].black,
                     "%zu", i);
        cr_expect(cases[i].black || (where.x == 1 && where.y == 1));
    }
}
